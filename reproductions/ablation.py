"""What the paper changes in word2vec, one change at a time: the loss and the weights (Figure 8 of the paper).

Four models go down their whole gradient from one tiny start, one matrix each (W = U):

                              word2vec's weights        every pair alike
    logistic loss             SGNS                      weights only
    to second order           approximation only        both: the quadratic model that theory solves

Without weights the logistic loss begins as the quadratic model does, and goes on to the shifted PMI, of pairs never
seen to -∞.  The paper draws samples of another corpus (COCA), 20,000 words in 150 dimensions, with k = 2; here it is
the whole gradient of 2,000 words of Wikipedia in 50 dimensions, with the same k.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from workshop import claim, save_figure, wikipedia_counts

from solve2vec import Formula, PopulationOptions, Trajectory, build_target, compare, population, predict, solve
from solve2vec.plots import style
from solve2vec.training.full_batch.starting import starting_point

V, DIM, MODES, NEGATIVES, SIGMA = 2_000, 50, 20, 2, 1e-3 / 50**0.5
MODELS = {
    "logistic": "regular SGNS", "quadratic": "quartic loss only",
    "unweighted-logistic": "equal weights only", "unweighted": "both: the quadratic model",
}  # fmt: skip
DARK, EVERY = 5, 10  # modes drawn dark; of the others, every tenth pale
STRETCH = 12.0  # runs last until so many times the half-way time of the first mode


def main() -> None:
    """Descend four times from one start; lay theory over each; draw singular values."""
    sentence = (
        "It is the weights, not the approximation, that blur word2vec's steps; without weights SGNS learns in steps."
    )
    with claim("ablation", sentence) as found:
        counts = wikipedia_counts(10_000).head(V)
        formula = Formula(negatives=NEGATIVES, shrinkage=0.0)
        target = build_target(counts, formula)
        spectrum = solve(target, DIM)
        settings = PopulationOptions(
            dim=DIM, modes=MODES, init_scale=SIGMA, integrator="stabilized", tolerance=1e-2, seed=0
        )
        [W] = starting_point(target, settings, spectrum, None)
        τ = predict(spectrum, W, modes=MODES, target=target).half_way()
        times = np.geomspace(0.3 * τ[0], STRETCH * τ.max(), 160)
        runs: dict[str, Trajectory] = {}
        for loss, name in MODELS.items():
            own = PopulationOptions(**vars(settings) | {"loss": loss})
            source: dict[str, Any] = (
                {"source": target} if loss == "unweighted" else {"source": counts, "formula": formula}
            )
            made = population.train(**source, settings=own, spectrum=spectrum, times=times)
            runs[name] = made.trajectory
            said = predict(spectrum, W, modes=MODES, times=made.trajectory.time, target=target)
            found[name] = told = compared(said, made.trajectory)
            print(f"  {name}: {told}, {made.facts['seconds']:.0f} s", flush=True)
        found["settings"] = {"words": V, "dim": DIM, "negatives": NEGATIVES, "σ": SIGMA}
        draw(runs, τ[0])


def compared(said: Trajectory, seen: Trajectory) -> dict[str, Any]:
    """A run against theory: order, half-way times, and how much of what is learned is in one step."""
    comparison = compare(said, seen)
    halves = [mode.ratio for mode in comparison.risen]
    return {
        "modes risen to half of λ": f"{len(comparison.risen)} of {MODES}",
        "order": comparison.order_agreement and round(comparison.order_agreement, 3),
        "half-way times as a multiple of the predicted: median, quartiles": np.round(
            np.quantile(halves, [0.5, 0.25, 0.75]), 2
        ).tolist() if halves else None,
        "median R²": comparison.median_r_squared and round(comparison.median_r_squared, 3),
        "overlap with the modes at the end": round(comparison.final_overlap, 3),
        "steps apart": round(apart(said, seen), 3),
    }  # fmt: skip


def apart(said: Trajectory, seen: Trajectory) -> float:
    """How far one step is over when the next begins, for the five strongest directions: 1 if wholly.

    Of each two neighbors the share that the stronger one has of its λ when the weaker has a tenth of its own.
    """
    s, λ = seen.singular_values[:, : DARK + 1] ** 2, said.eigenvalues
    begun = [(s[:, k + 1] > 0.1 * λ[k + 1]).argmax() for k in range(DARK)]
    return float(np.mean([min(1.0, s[at, k] / λ[k]) for k, at in enumerate(begun)]))


def draw(runs: dict[str, Trajectory], τ: float) -> None:
    """Singular values of W against time, model by model."""
    figure, axes = style.pyplot().subplots(2, 2, figsize=(11.5, 7.6), sharex=True, sharey=True, layout="constrained")
    for ax, (name, run) in zip(axes.flat, runs.items(), strict=True):
        for k in range(run.singular_values.shape[1]):
            if k < DARK:
                color, width = (style.DARK, style.MIDDLE)[k % 2], 1.7
            elif k % EVERY == 0:
                color, width = style.LIGHT, 1.0
            else:
                continue
            ax.plot(run.time / τ, run.singular_values[:, k], color=color, linewidth=width)
        ax.set_xscale("log")
        ax.set_xlim(run.time[1] / τ, run.time[-1] / τ)
        ax.set_title(name, fontsize="medium", loc="left")
        style.plain(ax)
        style.plain_ticks(ax)
    for ax in axes[1]:
        ax.set_xlabel("time t / τ$_1$, τ$_1$ when theory has the first mode half-way")
    for ax in axes[:, 0]:
        ax.set_ylabel("singular values of W")
    figure.suptitle(
        f"Wikipedia, {V:,} words, d = {DIM}, k = {NEGATIVES}: the {DARK} largest singular values, dark and lighter in "
        f"turn; pale: the {EVERY + 1}th, {2 * EVERY + 1}st, …; others not shown (Figure 8)",
        fontsize="medium",
    )
    save_figure(figure, "ablation")


if __name__ == "__main__":
    main()
