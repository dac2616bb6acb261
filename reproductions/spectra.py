"""The spectra of four matrices of one text, and how they fall: about a power of the rank (the paper's appendix).

M*, PPMI, PMI with the paper's value of pairs never seen (log 1e-25 = -57.56) and with 0, and G_ij = P_ij/(P_i P_j) + 1,
the weights of the quadratic loss where those of the marginals are taken away.  V = 10,000, linear window of 16.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from workshop import claim, save_figure, wikipedia_counts

from solve2vec import Formula, Solver, Target, build_target, solve
from solve2vec.plots import style

MODES, FLOOR = 400, -57.56
RANKS = (10, 400)  # that the power is fitted on
PAPER = -0.6  # the line it draws beside them


def weights() -> Target:
    """P_ij / (P_i P_j) + 1 on the pairs that were counted, 1 elsewhere."""
    counts = wikipedia_counts()
    C, P = counts.counts, counts.marginal()
    rows = np.repeat(np.arange(len(P)), np.diff(C.indptr))
    ratio = C.data / counts.denominator / counts.total / (P[rows] * P[C.indices])
    matrix = sparse.csr_array((ratio + 1, C.indices.astype(np.int64), np.asarray(C.indptr)), shape=C.shape)
    return Target.from_array(matrix, counts.vocabulary, background=1.0)


def main() -> None:
    """Solve four, fit, draw."""
    with claim(
        "spectra",
        "Eigenvalues of all these matrices fall about as a power of the rank up to some fifty, and more slowly then",
    ) as found:
        counts = wikipedia_counts()
        found["share of pairs never seen"] = round(1 - counts.counts.nnz / len(counts) ** 2, 4)
        kinds = {
            "M*": Formula("mstar", shrinkage=0.0), "PPMI": Formula("ppmi", shrinkage=0.0),
            "PMI, unseen 0": Formula("pmi", shrinkage=0.0),
            "PMI, unseen −57.56": Formula("pmi", shrinkage=0.0, floor=FLOOR),
        }  # fmt: skip
        curves = {name: solve(build_target(counts, one), MODES).eigenvalues for name, one in kinds.items()}
        curves["G = P/PP + 1"] = solve(weights(), MODES, solver=Solver(tolerance=1e-3)).eigenvalues
        ranks = np.arange(1, MODES + 1)
        fitted = slice(RANKS[0] - 1, RANKS[1])
        for name, λ in curves.items():
            slope = np.polyfit(np.log(ranks[fitted]), np.log(λ[fitted]), 1)[0]
            found[name] = {"λ of rank 1, 10, 100, 400": [float(f"{λ[r - 1]:.4g}") for r in (1, 10, 100, 400)],
                           f"power of the rank, {RANKS[0]} … {RANKS[1]}": round(float(slope), 3)}  # fmt: skip
        figure, ax = style.pyplot().subplots(figsize=(8, 5.2), layout="constrained")
        strokes = [(c, d) for d in ("-", (0, (4, 1.5))) for c in (style.DARK, style.MIDDLE, style.LIGHT)]
        for (name, λ), (color, dash) in zip(curves.items(), strokes, strict=False):
            power = found[name][f"power of the rank, {RANKS[0]} … {RANKS[1]}"]
            ax.loglog(ranks, λ / λ[0], color=color, linestyle=dash, linewidth=1.8, label=f"{name}: power {power}")
        ax.loglog(ranks, 1.0 * ranks**PAPER, color=style.LINE, linewidth=3, zorder=0, label="the paper's line, −.6")
        ax.set(xlabel="rank", ylabel="eigenvalue / largest")
        ax.legend(frameon=False, title=f"power of the rank fitted on {RANKS[0]} … {RANKS[1]}")
        style.plain(ax)
        style.plain_ticks(ax)
        save_figure(figure, "spectra")


if __name__ == "__main__":
    main()
