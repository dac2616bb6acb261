"""Rank grows by one at each step: a staircase of the loss, and vectors confined to 1, 2, 3 … dimensions in turn.

The quadratic model with equal weights goes down its whole gradient from a tiny random start.  Laid over it is what the
modes of M* say, from the very numbers that it began with (exact formula) or from each mode alone (aligned formula).
On a planted corpus, whose M* is known exactly, and on the 2,000 most frequent words of Wikipedia.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from workshop import FIGURES, claim, save_figure, wikipedia_counts

from solve2vec import (
    Comparison,
    PopulationOptions,
    Solver,
    Spectrum,
    Start,
    Target,
    compare,
    mstar,
    planted_corpus,
    population,
    predict,
    solve,
)
from solve2vec.dynamics import growth_frames
from solve2vec.plots import animate_growth, plot_loss, plot_singular_values, style

SIGMA, TINY = 1e-4, 1e-12
STEPS = (5e-3, 1.25e-3, 3.125e-4)  # of the planted corpus, where λ_1 = 16
NARROW = f"planted, 11 dimensions for 11 modes: random start, aligned formula (step {STEPS[-1]:g})"
LARGE = "planted: large random start, exact formula against the integrated flow"
DIM, MODES = 50, 20  # on Wikipedia


def begun(spectrum: Spectrum, settings: PopulationOptions) -> np.ndarray:
    """(V, d) what population training with these settings begins with."""
    if settings.start == "aligned":
        return settings.init_scale * settings.dim**0.5 * spectrum.eigenvectors[:, : settings.dim].astype(np.float64)
    return Start(settings.init_scale, settings.dim, seed=settings.seed).draw(len(spectrum.vocabulary))[0]


def laid_over(
    target: Target,
    spectrum: Spectrum,
    settings: PopulationOptions,
    method: str,
    watch: Callable[..., None] | None = None,
) -> tuple[Comparison, np.ndarray]:
    """A run over its prediction; and the rows of the moments after each of the first four steps."""
    W, K = begun(spectrum, settings), settings.modes
    τ = predict(spectrum, W, method=method, modes=K, target=target).half_way()
    after = np.sqrt(τ[:4] * τ[1:5])
    times = np.unique(np.r_[np.geomspace(τ[0] / 4, (τ + 3 / spectrum.eigenvalues[:K]).max(), 150), after])
    seen = population.train(target, settings, spectrum=spectrum, times=times, watch=watch).trajectory
    said = predict(spectrum, W, method=method, modes=K, times=seen.time, target=target)
    return compare(said, seen), np.abs(seen.time - after[:, None]).argmin(axis=1)


def told(comparison: Comparison, rows: np.ndarray) -> dict[str, object]:
    """What is kept of a comparison; ``rows`` are the moments after each of the first steps."""
    squares = comparison.observed.singular_values[rows] ** 2
    return {
        "modes_risen": f"{len(comparison.risen)} of {len(comparison.modes)}",
        "worst_error_of_a_half_way_time": round(max(abs(mode.ratio - 1) for mode in comparison.risen), 5),
        "lowest_r_squared": round(min(mode.r_squared for mode in comparison.modes), 6),
        "median_r_squared": round(comparison.median_r_squared, 6),
        "order_agreement": round(comparison.order_agreement, 4),
        "share_of_W_in_r_directions_after_step_r": [
            round(float(row[:r].sum() / row.sum()), 3) for r, row in enumerate(squares, start=1)
        ],
    }


def planted(found: dict[str, object]) -> Comparison:
    """Eleven separate eigenvalues, known exactly, in 34 dimensions; steps get four times smaller from run to run."""
    world = planted_corpus()
    target = Target.from_array(world.mstar(), world.words)
    spectrum = solve(target, 34)
    for how, method in (("random", "aligned"), ("aligned", "aligned"), ("random", "exact")):
        for η in STEPS:
            settings = PopulationOptions(dim=34, modes=11, init_scale=SIGMA, start=how, learning_rate=η)
            comparison, rows = laid_over(target, spectrum, settings, method)
            found[f"planted: {how} start, {method} formula, step {η:g}"] = told(comparison, rows)
    # with no dimension to spare the last modes are not independent of those before: alone they are predicted worse
    settings = PopulationOptions(dim=11, modes=11, init_scale=SIGMA, learning_rate=STEPS[-1])
    found[NARROW] = told(*laid_over(target, spectrum, settings, "aligned"))
    settings = PopulationOptions(dim=34, modes=11, init_scale=TINY)
    tiny, rows = laid_over(target, spectrum, settings, "exact")
    found[f"planted: random start, exact formula, σ = {TINY:g}"] = told(tiny, rows)
    # the Riccati solution against the integrated flow, from a random start that is larger than the end
    settings = PopulationOptions(dim=34, modes=11, init_scale=0.5, integrator="adaptive", tolerance=1e-11, duration=2.0)
    seen = population.train(target, settings, spectrum=spectrum).trajectory
    said = predict(spectrum, begun(spectrum, settings), modes=11, times=seen.time, target=target)
    λ = float(spectrum.eigenvalues[0])
    found[LARGE] = {
        "squared_norm_of_the_start_as_a_multiple_of_λ_1": round(float(seen.singular_values[0, 0] ** 2 / λ), 1),
        "worst_error_of_a_strength_as_a_share_of_λ_1": float(
            f"{np.abs(said.strengths - seen.strengths).max() / λ:.1e}"
        ),
        "worst_error_of_the_loss_as_a_share": float(f"{np.abs(said.loss / seen.loss - 1).max():.1e}"),
    }
    return tiny


def real(found: dict[str, object]) -> tuple[Comparison, Spectrum, list[np.ndarray]]:
    """Wikipedia; and the words' places after each of the first three steps, along three fixed directions of the space.

    These are the ones in which the trained vectors hold modes 0, 1 and 2.
    """
    target = mstar(wikipedia_counts(10_000).head(2_000), shrinkage=0.0)
    spectrum = solve(target, DIM, solver=Solver(tolerance=1e-6))
    looks: list[np.ndarray] = []
    settings = PopulationOptions(dim=DIM, modes=MODES, init_scale=SIGMA)
    comparison, rows = laid_over(target, spectrum, settings, "exact", watch=lambda time, W, U: looks.append(W))
    found["enwiki105: exact formula, from the numbers that the run began with"] = told(comparison, rows)
    typical = compare(predict(spectrum, Start(SIGMA, DIM), modes=MODES), comparison.observed)
    found["enwiki105: aligned formula, from σ alone"] = told(typical, rows)
    directions = spectrum.eigenvectors[:, :3].T @ looks[-1]
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    return comparison, spectrum, [looks[row] @ directions.T for row in rows[:3]]


def draw(small: Comparison, big: Comparison, spectrum: Spectrum, places: list[np.ndarray]) -> None:
    """Loss and singular values of both corpora, and the space after the first three steps."""
    figure = style.pyplot().figure(figsize=(11.5, 10.4), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(9, 5))
    axes = above.subplots(2, 2)
    names = (f"planted corpus, σ = {TINY:g}", f"Wikipedia, 2,000 words, σ = {SIGMA:g}")
    dots = {"color": style.DARK, "linestyle": "none", "marker": "o", "ms": 3, "mfc": "white", "mew": 0.8}
    for row, (name, comparison) in enumerate(zip(names, (small, big), strict=True)):
        seen = comparison.observed
        plot_loss(comparison.predicted, seen, ax=axes[row, 0])
        plot_singular_values(comparison.predicted, ax=axes[row, 1])
        axes[row, 1].plot(seen.time[1::2], seen.singular_values[1::2, :8], **dots)
        axes[row, 1].set_title(name, fontsize="medium", loc="right")
    extremes = [(mode, word) for mode in range(3) for end in spectrum.mode_words(mode, 1) for word in end]
    tokens = spectrum.vocabulary.ids([word for _, word in extremes])
    limit = max(np.abs(place).max() for place in places)
    for at, place in enumerate(places):
        ax = below.add_subplot(1, 3, at + 1, projection="3d")
        ax.set_box_aspect((1, 1, 1), zoom=0.84)
        ax.plot(*place.T, ".", ms=2, color=style.LIGHT)
        ax.plot(*place[tokens].T, "o", ms=4, color=style.DARK)
        for token, (mode, word) in zip(tokens, extremes, strict=True):
            if mode <= at:  # the modes that have risen
                ax.text(*place[token], f" {word}", fontsize=9, va=("center", "bottom", "top")[mode])
        ax.set(xlim=(-limit, limit), ylim=(-limit, limit), zlim=(-limit, limit))
        ax.set_xlabel("mode 0", labelpad=-10)
        ax.set_ylabel("mode 1", labelpad=-10)
        ax.set_zlabel("mode 2", labelpad=-12)
        ax.set(xticklabels=[], yticklabels=[], zticklabels=[])
        ax.set_title(f"words of Wikipedia after step {at + 1}", fontsize="medium")
    save_figure(figure, "staircase")


def animate(spectrum: Spectrum) -> None:
    """The same words, from the closed form, in the plane of the first two modes."""
    start = Start(SIGMA, DIM, seed=0)
    said = predict(spectrum, start, modes=8)
    words = [word for mode in range(5) for end in spectrum.mode_words(mode, 2) for word in end]
    words = list(dict.fromkeys(words))
    times, places, strengths = growth_frames(said, spectrum, start, spectrum.vocabulary.ids(words), frames=60)
    title = "Word vectors of Wikipedia growing, one mode after another (theory; 2,000 words, d = 50)"
    made = animate_growth(times, places, words, strengths, said.eigenvalues, title=title)
    made.save(FIGURES / "growth.gif", writer="pillow", dpi=80)


def main() -> None:
    """Train, compare, draw."""
    with claim("staircase", "loss falls in steps, and at each the vectors take in one more direction") as found:
        small = planted(found)
        big, spectrum, places = real(found)
        fine = [one for name, one in found.items() if name.endswith(tuple(f"step {η:g}" for η in STEPS[1:]))]
        found["met"] = {
            "planted, both formulas, η ≤ 0.00125: half-way times within 2 %, every R² above .999": all(
                one["worst_error_of_a_half_way_time"] < 0.02 and one["lowest_r_squared"] > 0.999 for one in fine
            ),
            "planted, large start: within 1e-6": found[LARGE]["worst_error_of_a_strength_as_a_share_of_λ_1"] < 1e-6,
            "enwiki105, exact formula: median R² above .98": big.median_r_squared > 0.98,
            "enwiki105, exact formula: order agreement above .95": big.order_agreement > 0.95,
        }
        draw(small, big, spectrum, places)
        animate(spectrum)


if __name__ == "__main__":
    main()
