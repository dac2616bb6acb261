"""Remarks: where theory and practice part, in words; each is said only where the numbers show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..trajectory import Trajectory
from .overlay import ModeComparison, Overlay

LATE = 0.01  # of a half-way time that a finite step must explain to be mentioned
FALL = 0.01  # of λ that a strength must go before it counts as turned
TURNS = 4  # more than the flow's own
OTHER = 0.05  # of λ that final strengths must differ by
BEGUN = 0.01  # of λ that a mode must have at the start
DONE, DUE = 0.9, 0.1  # of λ: one mode is done, the next is under way
ORDER, OVERLAP = 0.95, 0.9  # agreement below which it is mentioned
NAMES = {"negatives": "k", "context_smoothing": "α", "shrinkage": "κ", "subsample": "subsampling", "size": "window"}

NORMAL = "normal numbers"


def remarks_on(overlay: Overlay) -> tuple[str, ...]:
    """One sentence for each sign of a difference; the first says how well the two agree."""
    rules = (
        agreement, other_start, other_target, not_risen, finite_step, clock, noise, other_optimum, large_start,
        exchanged, subspace,
    )  # fmt: skip
    explained = () if other_target(overlay) is None else (clock, other_optimum)
    return tuple(said for rule in rules if rule not in explained and (said := rule(overlay)) is not None)


def agreement(overlay: Overlay) -> str | None:
    """How many modes rose in both, and how near their times and curves are."""
    rises, own = overlay.rises, overlay.judged_at == "own end"
    if not rises and own:
        return "No mode came half-way to its own end in both: there is nothing to compare yet."
    if not rises:
        modes = [mode for mode in overlay.modes if mode.eigenvalue > 0]
        there = [m.mode for m in modes if _rises(overlay.seen[:, m.mode], m) is None]
        why = f"the run begins with {_modes(there)} above it" if there else "there is nothing to compare yet"
        return f"No mode reached half of its λ in both: {why}."
    off = [abs(seen / due - 1) for _, due, seen in rises]
    far = rises[int(np.argmax(off))][0]
    curve = overlay.median_r_squared
    tail = "" if curve is None else f"; the median R² of their curves is {curve:.4f}"
    at_λ = [abs((mode.ratio or 1) - 1) for mode in overlay.risen]
    too = f" Half of λ itself: {len(at_λ)} modes, {np.median(at_λ):.2%} in the median." if own and at_λ else ""
    return (
        f"{len(rises)} of {len(overlay.modes)} modes reached half of their {'own end' if own else 'λ'} in both; "
        f"half-way times differ by {np.median(off):.2%} in the median and by {max(off):.2%} at most "
        f"(mode {far.mode}){tail}.{too}"
    )


def other_start(overlay: Overlay) -> str | None:
    """The lineages name different starts."""
    theory, run = overlay.predicted.beginning, overlay.observed.beginning
    kinds = _kind_of_start(theory), _kind_of_start(run)
    if None not in kinds and kinds[0] != kinds[1]:
        return (
            f"The two starts are not the same: theory begins with {kinds[0]}, the run with {kinds[1]}; differences in "
            "time may be only that, and predict(spectrum, W) begins with W."
        )
    names = {"init_scale": "σ", "dim": "d", "seed": "seed"} if kinds == (NORMAL, NORMAL) else {"dim": "d"}
    found = [
        f"{name} = {theory[key]} predicted and {run[key]} observed"
        for key, name in names.items()
        if theory.get(key) is not None and run.get(key) is not None and not _same(theory[key], run[key])
    ]
    if not found:
        return None
    return f"The two starts are not the same: {', '.join(found)}; differences in time may be only that."


def other_target(overlay: Overlay) -> str | None:
    """The run was trained on other pairs than those the modes are of."""
    theory, run = overlay.predicted.source, overlay.observed.source
    found = [
        f"{NAMES.get(key, key)} = {value} in the prediction and {run[key]} in training"
        for key, value in theory.items()
        if key in run and run[key] != value
    ]
    return f"The run learns another target than the modes are of: {', '.join(found)}." if found else None


def not_risen(overlay: Overlay) -> str | None:
    """Modes that come to half of λ in one of the two only, though both looked long enough."""
    end, modes = overlay.time[-1], [mode for mode in overlay.modes if mode.eigenvalue > 0]
    rose = [[_rises(values[:, m.mode], m) for m in modes] for values in (overlay.expected, overlay.seen)]
    late = [mode.mode for mode, due, seen in zip(modes, *rose, strict=True) if due and seen is False]
    early = [mode.mode for mode, due, seen in zip(modes, *rose, strict=True) if seen and due is False]
    said = []
    if late:
        said.append(f"{_modes(late)} should have reached half of λ by time {end:.3g} and did not")
    if early:
        said.append(f"{_modes(early)} reached half of λ by time {end:.3g} before it was due")
    return f"{'; '.join(said)}." if said else None


def finite_step(overlay: Overlay) -> str | None:
    """A step η multiplies a mode by 1 + ηλ where the flow multiplies by e^(ηλ): late by ηλ / ln(1 + ηλ) - 1."""
    η, strongest = _step_size(overlay.observed), overlay.modes[0]
    is_descent = overlay.observed.beginning.get("integrator", "fixed") == "fixed"
    if not is_descent or η is None or strongest.eigenvalue <= 0:
        return None
    late = η * strongest.eigenvalue / np.log1p(η * strongest.eigenvalue) - 1
    if late < LATE:
        return None
    seen = "" if strongest.ratio is None else f"; it was seen at {strongest.ratio:.3f} times the predicted time"
    return (
        f"Finite step: at η = {η:.3g} one step multiplies mode 0 by 1 + ηλ = {1 + η * strongest.eigenvalue:.3g} and "
        f"not by e^ηλ, which makes it {late:.1%} late{seen}."
    )


def clock(overlay: Overlay) -> str | None:
    """All half-way times are off by about one factor."""
    ratios = np.array([seen / due for _, due, seen in overlay.rises])
    if len(ratios) < 3:
        return None
    low, middle, high = np.percentile(ratios, [25, 50, 75])
    if abs(middle - 1) < 0.02 or high - low > abs(middle - 1) / 2:
        return None
    return (
        f"The run's clock is off by one factor: half-way times are {middle:.3g} times the predicted ones, and half of "
        f"them lie within {low:.3g} … {high:.3g}; the order is not touched by it."
    )


def noise(overlay: Overlay) -> str | None:
    """Strengths that go up and down again and again, which no smooth flow of a mode does; or how much was expected."""
    if overlay.covered is not None:
        return (
            f"Noise: {overlay.covered:.1%} of the observed strengths lie within two of the deviations that are "
            "expected of steps that are not small, and of text that is not everywhere the same."
        )
    λ = overlay.predicted.eigenvalues
    turns = [
        _turns(overlay.seen[:, k], FALL * abs(λ[k])) - _turns(overlay.expected[:, k], FALL * abs(λ[k]))
        for k in range(len(λ))
    ]
    k = int(np.argmax(turns))
    if turns[k] < TURNS:
        return None
    return (
        f"Noise: the strength of mode {k} turns {turns[k]} times more than the flow's, by at least {FALL:.0%} of λ "
        f"each time, and falls back by up to {_fall(overlay.seen[:, k]) / abs(λ[k]):.1%}; "
        "the gradient of a batch is not that of the whole loss."
    )


def other_optimum(overlay: Overlay) -> str | None:
    """Modes that are done, and stand elsewhere than at λ."""
    done = [m for m in overlay.modes if m.predicted_final >= 0.95 * m.eigenvalue > 0 and _is_flat(overlay, m.mode)]
    if not done:
        return None
    shares = np.array([mode.observed_final / mode.eigenvalue for mode in done])
    middle = float(np.median(shares))
    if abs(middle - 1) < OTHER:
        return None
    return (
        f"Other optimum: the {len(done)} modes that have settled stand at {middle:.2f} of λ in the median "
        f"({shares.min():.2f} … {shares.max():.2f}), so {overlay.observed.model} does not minimize the unweighted "
        "squares of M that theory solves: its pairs have weights, or its loss is another."
    )


def large_start(overlay: Overlay) -> str | None:
    """Modes that are there from the start, and steps that run into each other."""
    theory, first = overlay.predicted, overlay.expected[0]
    λ = theory.eigenvalues
    begun = int((first > BEGUN * np.abs(λ)).sum()) if overlay.time[0] == 0 else 0
    pairs, blurred = _blurred_steps(theory)
    said = []
    if begun:
        said.append(f"{begun} of {len(λ)} modes begin above {BEGUN:.0%} of λ")
    if pairs and blurred > pairs / 2:
        said.append(f"of {pairs} neighboring steps {blurred} begin before the one before is done")
    if not said:
        return None
    told = f"Steps overlap in the theory itself: {' and '.join(said)}; a smaller start would draw them apart."
    is_alone = begun > 0 and theory.lineage.values_of("predict").get("method") == "aligned"
    return told + " The aligned law leaves out what modes do to each other: the exact method has it." * is_alone


def exchanged(overlay: Overlay) -> str | None:
    """Modes that came in another order."""
    agreed = overlay.own_order_agreement if overlay.judged_at == "own end" else overlay.order_agreement
    if agreed is None or agreed >= ORDER:
        return None
    times = sorted((due, seen) for _, due, seen in overlay.rises)
    swapped = [(a, b) for at, (a, before) in enumerate(times) for b, after in times[at + 1 :] if after < before]
    if not swapped:
        return None
    apart = [b / a - 1 for a, b in swapped]
    return (
        f"Order: {len(swapped)} pairs of modes came the other way round (Kendall's τ {agreed:.3f}); their predicted "
        f"times differ by {np.median(apart):.1%} in the median and {max(apart):.1%} at most."
    )


def subspace(overlay: Overlay) -> str | None:
    """At the end the run's leading directions are not the modes."""
    overlap = overlay.final_overlap
    if overlap is None or overlap >= OVERLAP or len(overlay.risen) < len(overlay.modes):
        return None
    return f"Subspace: the run's leading directions hold {overlap:.1%} of the modes at its end, though all have risen."


def _same(one: float, other: float) -> bool:
    return bool(np.isclose(float(one), float(other), rtol=1e-6, atol=0))


def _rises(strength: np.ndarray, mode: ModeComparison) -> bool | None:
    """Whether a strength comes to half of λ; None where it begins there."""
    above = strength >= mode.eigenvalue / 2
    return None if above[0] else bool(above.any())


def _kind_of_start(values: dict[str, Any]) -> str | None:
    """In words; None where nothing is known of it."""
    if not values or values.get("given"):
        return None
    if values.get("warm_start"):
        return "vectors that it was given (a warm start)"
    if values.get("start") == "aligned":
        return "the modes themselves, made small"
    return "word2vec's own numbers" if values["init_scale"] is None else NORMAL


def _modes(numbers: Sequence[int]) -> str:
    listed = ", ".join(map(str, numbers[:8])) + (", …" if len(numbers) > 8 else "")
    return f"mode {listed}" if len(numbers) == 1 else f"{len(numbers)} modes ({listed})"


def _step_size(observed: Trajectory) -> float | None:
    """The largest flow time that one update made."""
    if observed.step is None or len(observed) < 2:
        return None
    steps = np.diff(observed.step)
    if not (steps > 0).any():
        return None
    return float((np.diff(observed.time)[steps > 0] / steps[steps > 0]).max())


def _fall(strength: np.ndarray) -> float:
    """How far a strength falls below what it was before."""
    return float((np.maximum.accumulate(strength) - strength).max())


def _turns(strength: np.ndarray, amount: float) -> int:
    """How often a strength turns around, counting only ways of at least ``amount``."""
    turns, direction, extreme = 0, 0, float(strength[0])
    for value in strength.tolist():
        if direction * (value - extreme) > 0:
            extreme = value
        elif abs(value - extreme) >= amount:
            turns += direction != 0
            direction, extreme = (1 if value > extreme else -1), value
    return turns


def _is_flat(overlay: Overlay, k: int) -> bool:
    """Whether the last tenth of the moments moves a strength by less than 2 % of itself."""
    last = overlay.seen[-max(3, len(overlay.seen) // 10) :, k]
    return bool(np.ptp(last) < 0.02 * max(abs(last[-1]), 1e-300))


def _blurred_steps(theory: Trajectory) -> tuple[int, int]:
    """How many neighboring steps there are, and how many begin (10 % of λ) before the one before is done (90 %)."""
    done, due = theory.half_way(2 * DONE * theory.eigenvalues), theory.half_way(2 * DUE * theory.eigenvalues)
    order = np.argsort(theory.half_way())
    order = order[np.isfinite((done + due)[order])]
    return max(0, len(order) - 1), int((due[order][1:] < done[order][:-1]).sum())
