"""W Uᵀ ≈ M: how well the product of the two matrices gives back M*, and the shifted PMI.

For k = 1, 5 and 15 negatives: with all pairs weighed alike (singular vectors of the target), with word2vec's weights
(alternating least squares), and SGNS itself, its logistic loss lowered on the whole gradient, on few words.  R² is
1 - Σ (M - WUᵀ)² / Σ (M - mean)²: over all pairs of words, over those that were counted, and with word2vec's weights.
"""

from __future__ import annotations

import numpy as np
from workshop import claim, save_figure, wikipedia_counts

from solve2vec import (
    Cooccurrence,
    Embedding,
    Formula,
    PopulationOptions,
    WeightedOptions,
    build_target,
    planted_corpus,
    population,
    solve,
    weighted,
)
from solve2vec.plots import style

NEGATIVES = (1, 5, 15)
DIMS, WEIGHTED_DIMS, DRAWN = (50, 100, 200), (50, 100), 100
FEW = 300  # words of SGNS's own loss

Scores = dict[str, float]


def determined(M: np.ndarray, X: np.ndarray, weights: np.ndarray | float = 1.0) -> float:
    """R² of X as an account of M, of equal shape."""
    g = np.broadcast_to(weights, M.shape)
    mean = (g * M).sum() / g.sum()
    return round(float(1 - (g * (M - X) ** 2).sum() / (g * (M - mean) ** 2).sum()), 4)


def chances(counts: Cooccurrence, k: int) -> tuple[np.ndarray, np.ndarray]:
    """C and E (V, V): counts, and k times those that chance would give."""
    C = counts.counts.toarray() / counts.denominator
    return C, k * np.outer(C.sum(axis=1), C.sum(axis=0)) / C.sum()


def scores(X: np.ndarray, counts: Cooccurrence, k: int) -> Scores:
    """How well X = W Uᵀ accounts for M* and for the shifted PMI."""
    C, E = chances(counts, k)
    M, seen = 2 * (C - E) / (C + E), C > 0
    pmi, x = np.log(C[seen] / E[seen]), X[seen]
    return {
        "M*, all pairs": determined(M, X),
        "M*, counted pairs": determined(M[seen], x),
        "M*, word2vec's weights": determined(M, X, C + E),
        "shifted PMI, counted pairs": determined(pmi, x),
        "shifted PMI, weights of the logistic loss at its minimum": determined(pmi, x, (C * E / (C + E))[seen]),
        "shifted PMI, counted pairs, correlation": round(float(np.corrcoef(pmi, x)[0, 1]), 4),
    }


def product(embedding: Embedding) -> np.ndarray:
    """(V, V) W Uᵀ."""
    return embedding.vectors.astype(np.float64) @ embedding.context_vectors.T.astype(np.float64)


def equal_weights(counts: Cooccurrence, kind: str, k: int, dims: tuple[int, ...]) -> dict[int, np.ndarray]:
    """The best product for all pairs alike, in closed form; modes are nested, so one solve serves all dimensions."""
    modes = solve(build_target(counts, Formula(kind=kind, negatives=k, shrinkage=0.0)), dims[-1], tied=False)
    left, right = modes.eigenvectors * modes.eigenvalues, modes.right_vectors.T
    return {d: left[:, :d] @ right[:d] for d in dims}


def own_weights(counts: Cooccurrence, k: int, dims: tuple[int, ...]) -> dict[int, np.ndarray]:
    """The best product under word2vec's weights."""
    formula = Formula(negatives=k, shrinkage=0.0)
    fits = {d: weighted.factorize(counts, WeightedOptions(dim=d, tolerance=0.01), formula=formula) for d in dims}
    return {d: product(fit.embedding) for d, fit in fits.items()}


def skip_gram(counts: Cooccurrence, k: int, d: int) -> dict[int, np.ndarray]:
    """SGNS's own loss, lowered on its whole gradient until all d modes should have risen."""
    settings = PopulationOptions(
        loss="logistic", dim=d, modes=d, tied=False, integrator="stabilized", tolerance=1e-3, init_scale=0.01
    )
    return {d: product(population.train(counts, settings, formula=Formula(negatives=k, shrinkage=0.0)).embedding)}


def told(found: dict[str, object], name: str, counts: Cooccurrence, k: int, made: dict[int, np.ndarray]) -> None:
    """Keep the scores of products made in some numbers of dimensions."""
    found |= {f"{name}, k = {k}, d = {d}": scores(X, counts, k) for d, X in made.items()}


def draw(counts: Cooccurrence, drawn: dict[tuple[str, int], np.ndarray]) -> None:
    """WUᵀ against M*, as a density over pairs of words; R² beside it."""
    rows = {"equal weights": "M*, all pairs", "word2vec's weights": "M*, word2vec's weights"}
    figure, axes = style.pyplot().subplots(2, 3, figsize=(11.5, 7.6), sharex="col", sharey="col", layout="constrained")
    for (name, k), X in drawn.items():
        ax = axes[list(rows).index(name), NEGATIVES.index(k)]
        C, E = chances(counts, k)
        ax.plot([-2, 2], [-2, 2], color=style.LINE, linewidth=1, zorder=3)
        weights = None if name == "equal weights" else (C + E).ravel()[::5]
        ax.hexbin(
            (2 * (C - E) / (C + E)).ravel()[::5], X.ravel()[::5], C=weights, reduce_C_function=np.sum,
            extent=(-2, 2, -2.5, 2.5), gridsize=60, bins="log", cmap="Blues", mincnt=1,
        )  # fmt: skip
        r_squared = scores(X, counts, k)[rows[name]]
        ax.set_title(f"k = {k}, {name}: R² = {r_squared:.2f}", fontsize="medium")
        ax.set(xlabel="M*$_{ij}$" if name != "equal weights" else None, ylabel="$w_i \\cdot u_j$")
        style.plain(ax)
    figure.suptitle(
        f"Every fifth pair of 2,000 words of Wikipedia, d = {DRAWN}; the darker, the more pairs (above) or the more "
        "weight (below), on a logarithmic scale",
        fontsize="medium",
    )
    save_figure(figure, "product")


def main() -> None:
    """Fit, score, draw."""
    with claim("product", "the product of the two matrices gives back M*, or the shifted PMI") as found:
        world = planted_corpus()
        planted = Cooccurrence.from_matrix(world.joint * 1e6, world.words)
        real, drawn = wikipedia_counts(10_000).head(2_000), {}
        for k in NEGATIVES:
            for name, counts, dims in (("planted", planted, (34,)), ("enwiki105", real, DIMS)):
                alike = equal_weights(counts, "mstar", k, dims)
                own = own_weights(counts, k, tuple(d for d in dims if d in (*WEIGHTED_DIMS, 34)))
                told(found, f"{name}, M* with equal weights", counts, k, alike)
                told(found, f"{name}, M* with word2vec's weights", counts, k, own)
                told(
                    found,
                    f"{name}, shifted PMI with equal weights",
                    counts,
                    k,
                    equal_weights(counts, "shifted_pmi", k, dims),
                )
                few = counts.head(FEW)
                told(found, f"{name}, {len(few)} words: SGNS", few, k, skip_gram(few, k, dims[0]))
            drawn |= {("equal weights", k): alike[DRAWN], ("word2vec's weights", k): own[DRAWN]}
        draw(real, drawn)


if __name__ == "__main__":
    main()
