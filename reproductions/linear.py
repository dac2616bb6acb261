"""How analogies become linear: spike, bulk and localization of relation vectors (Figures 4, 6 and 7 of the paper).

One solve of M* (κ = 0, V = 10,000, linear window of 16) for 4,096 modes gives the embedding of every smaller dimension.
What is measured is what ``solve2vec relations`` measures: for the n pairs (a, b) of a category, R_d has the rows
w_b - w_a in the first d modes, rows of W = V Λ^½ as they are.

    S/N            the paper's, λ_max(R Rᵀ) / (tr R Rᵀ / rank R Rᵀ)
    bulk           eigenvalues of R Rᵀ / d but the largest, beside the law of Marchenko and Pastur in d_eff dimensions,
                   d_eff = (tr Σ)² / tr Σ².  The paper takes d_eff from the second largest eigenvalue, and multiplies it
                   by hand, by 1 to 1.3 (past tense) or .6 to .8 (others).
    localization   the squared mean of R along each mode

Intervals of 95 % leave out pair after pair.  Modes beyond some hundreds have eigenvalues that are noise of the counts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from workshop import DATA, claim, modes_of_mstar, save_figure

import solve2vec
from solve2vec import Relation, Relations, Spectrum
from solve2vec.evaluation import read_analogies
from solve2vec.plots import plot_bulk, plot_curves, plot_localization, style

MOST = 4096
DIMS = sorted({*np.logspace(2, 12, 11, base=2).astype(int).tolist(), 200})  # powers of 2, and the paper's d
FAMILIES = {  # the paper's five, and their names in the question set
    "gram6-nationality-adjective": "nationality", "family": "male – female", "gram7-past-tense": "past tense",
    "gram1-adjective-to-adverb": "adverb", "gram2-opposite": "opposite",
}  # fmt: skip
OTHERS = ("family", "gram1-adjective-to-adverb", "gram8-plural", "gram3-comparative")  # Figure 6
PAST, BULKS, WIDTH = "gram7-past-tense", (128, 256, 512, 1024), 100


def edge_dim(one: Relation, d: int) -> float:
    """The paper's d_eff, n / (√(λ_2 / σ²) - 1)², λ_2 the second largest eigenvalue of what is left without the mean."""
    R = one.vectors[:, :d] - one.vectors[:, :d].mean(axis=0)
    upper = np.linalg.eigvalsh(R @ R.T / d)[-2]
    return float(len(R) / (np.sqrt(upper / (R**2).mean()) - 1) ** 2)


def kept(one: Relation) -> dict[str, Any]:
    """S/N, accuracy, cosines along d; where S/N is highest; the bulk in 256 modes."""
    snr, accuracy = one.curve("snr"), one.curve("accuracy")[:, 0]
    best, bulk = int(np.argmax(accuracy)), one.bulk(256)
    low = one.dims.index(max(4, one.dims[0]))
    slope = np.polyfit(np.log(one.dims[low:]), np.log(one.curve("localization")[low:, 0]), 1)[0]
    return {
        "pairs": len(one),
        "highest S/N, at d": [round(float(np.max(snr[:, 0])), 2), one.best_dim],
        "S/N at d: value, low, high": {d: np.round(one.at(d)["snr"], 2).tolist() for d in (4, 32, 200, 512, MOST)},
        "highest accuracy in %, at d": [round(100 * float(accuracy[best]), 1), one.dims[best]],
        "accuracy in % at d": {d: round(100 * one.at(d)["accuracy"].value, 1) for d in (32, 200, 512, MOST)},
        "cosine of sum and answer, over that of the nearest word": {
            d: [round(one.at(d)[name].value, 3) for name in ("answer", "nearest")] for d in (4, 32, 200, 512, MOST)
        },
        "in 256 modes: σ², d_eff, the paper's d_eff without its factor, spike, edge of the bulk": [
            float(f"{value:.3g}")
            for value in (bulk.variance, bulk.effective_dim, edge_dim(one, 256), one.eigenvalues(256)[0], bulk.high)
        ],
        "spike on the mean (cos²) at d": {d: round(one.at(d)["on_mean"].value, 3) for d in (32, 200, MOST)},
        "localization of the mean falls as d to the power": round(float(slope), 2),
    }  # fmt: skip


def draw_figure_4(found: Relations, spectrum: Spectrum) -> None:
    """Left, the bulk in more and more modes; right, where the mean of past tense lies, S/N and accuracy."""
    figure = plt.figure(figsize=(14, 9.5), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(2, 3))
    one = found[PAST]
    for ax, d in zip(left.subplots(4, 1), BULKS, strict=True):
        plot_bulk(one, d, ax)
        ax.set_xlabel("" if d != BULKS[-1] else ax.get_xlabel())
    above, below = right.subfigures(2, 1)
    ax = plot_localization(one, above.subplots(), WIDTH)
    for height, k in zip((0.95, 0.83, 0.71, 0.59), np.argsort(-one.mean_shares(WIDTH))[:4], strict=True):
        words = [" ".join(end) for end in spectrum.mode_words(int(k), 4)]
        ax.annotate(
            f"mode {k}: {words[0]} ↔ {words[1]}", (k, 100 * one.mean_shares()[k]), (0.22, height), fontsize="small",
            textcoords="axes fraction", arrowprops={"arrowstyle": "-", "color": style.LINE}, va="center",
        )  # fmt: skip
    axes = below.subplots(1, 2)
    for ax, name in zip(axes, ("snr", "accuracy"), strict=True):
        plot_curves(found, name, list(FAMILIES), ax)
    axes[0].set_yscale("log")
    style.plain_ticks(axes[0])
    axes[0].legend(frameon=False, fontsize="small", loc="lower left")
    axes[1].text(0.02, 0.97, "pale: the nine other relations", transform=axes[1].transAxes, va="top", fontsize="small")
    figure.suptitle("Wikipedia, V = 10,000: relation vectors in the first d modes of M* (Figure 4)", fontsize="medium")
    save_figure(figure, "linear")


def draw_figure_6(found: Relations) -> None:
    """Four other relations in 256 modes: the bulk, and the modes of the mean."""
    figure, axes = plt.subplots(4, 2, figsize=(12, 12), layout="constrained")
    for (bulk, modes), name in zip(axes, OTHERS, strict=True):
        plot_bulk(found[name], 256, bulk)
        plot_localization(found[name], modes, WIDTH)
    figure.suptitle("Other relations in the first 256 modes (Figure 6)", fontsize="medium")
    save_figure(figure, "linear_others")


def draw_figure_7(found: Relations) -> None:
    """How near the sum of three vectors comes to the fourth, and to it as measured by its nearest word."""
    figure, axes = plt.subplots(1, 2, figsize=(11.5, 4.6), layout="constrained")
    plot_curves(found, "answer", list(FAMILIES), axes[0])
    plot_curves(found, "nearest", list(FAMILIES), axes[1])
    axes[0].set_title("cosine of $w_b − w_a + w_c$ and the answer", fontsize="medium", loc="left")
    axes[0].set_ylabel("mean cosine")
    axes[1].set_title("… over the cosine of the answer and its nearest word", fontsize="medium", loc="left")
    axes[1].axhline(1, color=style.LINE, linewidth=1)
    axes[1].text(4.2, 1.01, "nearer than any other word", fontsize="small", va="bottom")
    axes[0].legend(frameon=False, fontsize="small", loc="lower left", title="pale: other relations")
    save_figure(figure, "linear_answers")


def main() -> None:
    """Solve once, measure, draw."""
    sentence = (
        "Pairs of a relation share a spike on a bulk that chance explains; signal to noise rises to some dozens of "
        "modes and then falls, while accuracy goes on rising, to a few hundred."
    )
    with claim("linear", sentence) as found:
        spectrum = modes_of_mstar(MOST)
        E = solve2vec.embed(spectrum)
        measured = solve2vec.relations(E, read_analogies(DATA / "evaluation" / "questions-words.txt"), dims=DIMS)
        found |= {one.name: kept(one) for one in measured}
        draw_figure_4(measured, spectrum)
        draw_figure_6(measured)
        draw_figure_7(measured)


if __name__ == "__main__":
    main()
