"""The start: how far modes overlap in time when training begins at a given scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..dynamics.growth import aligned_strengths, half_way_times
from ..dynamics.starts import Start
from .finding import Finding, Severity, Unavailable
from .picture import Curves
from .registry import check
from .settings import DiagnosisOptions

if TYPE_CHECKING:
    from ..spectrum.spectrum import Spectrum

STEPS = 8  # leading modes whose order is looked at
SMALL = 1e-4  # what "very small" is: below it little is won
SMALLER = 1e-8
OF_THE_BEST = (0.5, 0.75)  # of the staircase that σ = 1e-4 leaves: below, a warning; below, worth knowing
OF_THE_END = (0.1, 0.02)  # of the final embedding's squared length, held by the start: above, likewise
SMALLEST = 1e-140  # below, σ² is no longer a number


@check
def start_too_large(learned: Spectrum, settings: DiagnosisOptions) -> Finding:
    """Modes rise one after another from a small start, and all together from a large one."""
    λ = np.asarray(learned.eigenvalues, np.float64)
    λ = λ[λ > 0][: min(STEPS, settings.dim)]
    if len(λ) < 2:
        raise Unavailable("the target has fewer than two positive modes, so there is no order to lose")
    σ, zeros, d = settings.sigma, settings.starts_with_zeros, settings.dim
    alone = time_alone(λ, start_squares(σ, len(λ), settings))
    share, best, ideal = (
        float(time_alone(λ, start_squares(s, len(λ), settings, zeros=z)).mean())
        for s, z in ((σ, zeros), (SMALL, False), (SMALLER, False))
    )
    held = start_length(learned, settings)
    steps = {m: largest_start(λ[:m], settings) for m in range(2, min(len(λ), 5) + 1)}
    severity: Severity = (
        "warning" if share < OF_THE_BEST[0] * best or held > OF_THE_END[0]
        else "worth knowing" if share < OF_THE_BEST[1] * best or held > OF_THE_END[1]
        else "fine"
    )  # fmt: skip
    fires = severity != "fine"
    name = f"the start of {settings.init_scale} (σ = {σ:.2g})" if zeros else f"σ = {σ:g}"
    return Finding(
        check="start_too_large",
        severity=severity,
        claim=f"From {name} the modes rise together: {share:.0%} of the staircase is left, against {best:.0%} from "
        f"σ = {SMALL:g}."
        if fires
        else f"From {name} the modes rise as far one after another as these eigenvalues allow: {share:.0%} of the "
        f"staircase stands; σ = {SMALLER:g} would leave {ideal:.0%}.",
        evidence=_evidence(λ, alone, steps, held, settings, len(learned.vocabulary)),
        advice="Always initialize very small: the time to learn grows only with log 1/σ, and what is learned first is "
        "then told from what is learned next.",
        options=f"--init-scale {SMALL:g}",
        gensim="no argument: scale model.wv.vectors down before the first epoch",
        source="Karkada et al., NeurIPS 2025, §4; Saxe, McClelland and Ganguli, ICLR 2014 (the law of each mode)",
        numbers={"sigma": σ, "dim": d, "share_of_staircase": share, "share_at_1e-4": best, "share_at_1e-8": ideal,
                 "alone": alone.tolist(), "eigenvalues": λ.tolist(), "start_of_final_length": held,
                 "largest_sigma_for_first_modes": steps},
        picture=_stairs(λ, settings),
    )  # fmt: skip


def start_squares(σ: float, K: int, settings: DiagnosisOptions, *, zeros: bool | None = None) -> np.ndarray:
    """(K,) s_0² of each mode.

    Where contexts start at 0, what grows is (W + 0)/√2 instead of (W + U)/√2: half of it.
    """
    start = Start(init_scale=σ, dim=max(settings.dim, K), tied=settings.tied)
    halved = settings.starts_with_zeros if zeros is None else zeros
    return start.typical_squares(K) * (0.5 if halved and not settings.tied else 1.0)


def rises(λ: np.ndarray, s0_squared: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(K,) when each strength passes 10 % and 90 % of λ_k: τ_k ∓ ln 9 / (2 λ_k); 0 where the start is beyond.

    Examples
    --------
    >>> [t.round(3).tolist() for t in rises(np.array([2.0]), np.array([2e-4]))]
    [[1.753], [2.852]]
    """
    log_odds = np.log(np.maximum(λ / s0_squared - 1, np.finfo(float).tiny))
    return np.maximum(0, (log_odds - np.log(9)) / (2 * λ)), np.maximum(0, (log_odds + np.log(9)) / (2 * λ))


def time_alone(λ: np.ndarray, s0_squared: np.ndarray) -> np.ndarray:
    """(K - 1,) how much of each mode's rise, from 10 to 90 %, is over when the next one's begins; in 0…1."""
    begin, end = rises(λ, s0_squared)
    width = end[:-1] - begin[:-1]
    over = np.divide(begin[1:] - begin[:-1], width, out=np.zeros(len(width)), where=width > 0)
    return np.clip(over, 0, 1)


def largest_start(λ: np.ndarray, settings: DiagnosisOptions) -> float | None:
    """The largest σ from which every one of these modes has risen to 90 % when the next is at 10 %, by bisection.

    None where no σ above 1e-140 will do.
    """

    def is_sequential(log_σ: float) -> bool:
        return bool((time_alone(λ, start_squares(float(np.exp(log_σ)), len(λ), settings)) >= 1).all())

    low, high = np.log(SMALLEST), np.log(np.sqrt(λ[-1]))
    if not is_sequential(low):
        return None
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if is_sequential(middle) else (low, middle)
    return float(np.exp(low))


def start_length(spectrum: Spectrum, settings: DiagnosisOptions) -> float:
    """‖W_0‖² = σ² d V as a share of the final ‖W‖² = Σ_k λ_k, whose modes beyond those solved count as the last."""
    λ = np.maximum(np.asarray(spectrum.eigenvalues[: settings.dim], np.float64), 0)
    final = λ.sum() + max(0, settings.dim - len(λ)) * λ[-1]
    return float(settings.sigma**2 * settings.dim * len(spectrum.vocabulary) / final)


def _evidence(
    λ: np.ndarray, alone: np.ndarray, steps: dict[int, float | None], held: float, settings: DiagnosisOptions, V: int
) -> str:
    first = ", ".join(f"{k + 1}→{k + 2} {share:.0%}" for k, share in enumerate(alone))
    needed = "; ".join(
        f"the first {m} modes: " + ("no σ above 1e-140" if σ is None else f"σ below {σ:.1g}") for m, σ in steps.items()
    )
    return (
        f"{'λ =' if settings.tied else 'Singular values, those of two matrices:'} "
        f"{', '.join(f'{value:.4g}' for value in λ)} ({V:,} words, d = {settings.dim}). Of each mode's rise is over "
        f"when the next begins: {first}. One strictly after the other: {needed}. "
        f"The start holds {held:.2g} of the final embedding's squared length."
    )


def _stairs(λ: np.ndarray, settings: DiagnosisOptions) -> Curves:
    """How far these modes have risen in time, from this start and from 1e-4; time in units of the first half-way."""
    lines, times = {}, np.geomspace(0.5, 1.5 * λ[0] / λ[-1], 221)
    for name, σ, zeros in (
        (f"σ = {settings.sigma:.2g}", settings.sigma, None), (f"σ = {SMALL:g}", SMALL, False),
    ):  # fmt: skip
        squares = np.minimum(start_squares(σ, len(λ), settings, zeros=zeros), 0.49 * λ)
        τ = half_way_times(λ, squares)[0]
        lines[name] = (aligned_strengths(λ, squares, times * τ) / λ).mean(axis=1).tolist()
    caption = (
        "How far the leading modes have risen, predicted: a staircase from a small start, a slope from a large one"
    )
    return Curves(
        times.tolist(), lines, caption, "time, 1 = the first mode is half-way", "mean share of strength", log_x=True
    )
