"""Training ends at the principal components of M*: the leading modes, each as strong as its eigenvalue.

The quadratic model with equal weights goes down its whole gradient, and where it ends is held against the eigenvectors
of M* (one matrix) or its singular vectors (two: words in W, contexts in U); then the same for more and more dimensions,
which must end at the best approximation of that rank.
"""

from __future__ import annotations

import numpy as np
from workshop import claim, save_figure, wikipedia_counts

from solve2vec import (
    PopulationOptions,
    Solver,
    Spectrum,
    Start,
    Target,
    mstar,
    planted_corpus,
    population,
    predict,
    solve,
)
from solve2vec.plots import style

TOP, SHOWN, LONGER = 5, 10, 4.0
WHEN = ("when the last mode has risen", "four times as late")
DIMS = {"enwiki105": (1, 2, 5, 10, 20, 50), "planted": (1, 2, 3, 5, 8, 11, 18, 25, 34)}


def cosines(vectors: np.ndarray, modes: np.ndarray) -> np.ndarray:
    """(K, K) |cos| between K modes and the K leading left singular directions of trained vectors (V, d)."""
    directions = np.linalg.svd(vectors.astype(np.float64), full_matrices=False)[0][:, : modes.shape[1]]
    return np.abs(modes.T.astype(np.float64) @ directions)


def overlap(vectors: np.ndarray, modes: np.ndarray) -> float:
    """‖VᵀÛ‖² / K of the leading modes, in 0…1."""
    return round(float((cosines(vectors, modes[:, :TOP]) ** 2).mean() * TOP), 6)


def trained(
    target: Target, spectrum: Spectrum, d: int, steepest: float, longer: float = 1.0
) -> list[tuple[np.ndarray, np.ndarray]]:
    """W and U of one run in d dimensions, when the last of them has risen and ``longer`` times as late."""
    is_tied = spectrum.right_vectors is None
    settings = PopulationOptions(dim=d, modes=d, tied=is_tied, learning_rate=0.5 / steepest)
    τ = predict(spectrum, Start(settings.init_scale, d, is_tied), modes=d).half_way()
    risen = float((τ + 3 / spectrum.eigenvalues[:d]).max())
    seen: list[tuple[np.ndarray, np.ndarray]] = []
    population.train(
        target, settings, spectrum=spectrum, times=sorted({risen, longer * risen}),
        watch=lambda time, W, U: seen.append((W, W if U is None else U)),
    )  # fmt: skip
    return seen[1:]


def left_over(vectors: np.ndarray, spectrum: Spectrum) -> float:
    """‖W Wᵀ - M_d‖ / ‖M_d‖, M_d the best approximation of M with rank d by positive modes."""
    d = vectors.shape[1]
    V, λ = spectrum.eigenvectors[:, :d].astype(np.float64), spectrum.eigenvalues[:d]
    W = vectors.astype(np.float64)
    return round(float(np.linalg.norm(W @ W.T - (V * λ) @ V.T) / np.linalg.norm(λ)), 5)


def shown(target: Target, name: str, found: dict[str, object]) -> dict[str, np.ndarray]:
    """Train in every number of dimensions, and with two matrices in the last; what the figure shows."""
    dims, solver = DIMS[name], Solver(tolerance=1e-6)
    tied, untied = (solve(target, dims[-1], tied=is_tied, solver=solver) for is_tied in (True, False))
    steepest = float(untied.eigenvalues[0])  # M's largest singular value
    runs = [trained(target, tied, d, steepest, LONGER) for d in dims]
    W, U = trained(target, untied, dims[-1], steepest)[0]
    errors = np.array([[left_over(vectors, tied) for vectors, _ in run] for run in runs])
    one = runs[-1][0][0]
    found[f"{name}, d = {dims[-1]}: overlap of the {TOP} leading modes"] = result = {
        "one matrix": overlap(one, tied.eigenvectors),
        "two matrices, words": overlap(W, untied.eigenvectors),
        "two matrices, contexts": overlap(U, untied.right_vectors),
    }
    found[f"{name}: every overlap at least .99"] = min(result.values()) >= 0.99
    for row, when in enumerate(WHEN):
        found[f"{name}: ‖WWᵀ - M_d‖ / ‖M_d‖ for d, {when}"] = dict(zip(dims, errors[:, row].tolist(), strict=True))
    return {
        "one matrix": cosines(one, tied.eigenvectors[:, :SHOWN]),
        "two matrices: words": cosines(W, untied.eigenvectors[:, :SHOWN]),
        "two matrices: contexts": cosines(U, untied.right_vectors[:, :SHOWN]),
        "λ": tied.eigenvalues,
        "s²": np.linalg.svd(one.astype(np.float64), compute_uv=False) ** 2,
        "errors": errors,
    }


def draw(results: dict[str, dict[str, np.ndarray]]) -> None:
    """Which direction is which mode, how strong each is, and the error against d."""
    figure, axes = style.pyplot().subplots(2, 3, figsize=(11.5, 7.4), layout="constrained")
    real = results["enwiki105"]
    for ax, name in zip(axes[0], list(real)[:3], strict=True):
        image = ax.imshow(real[name], cmap="Blues", vmin=0, vmax=1)
        ax.set(title=f"Wikipedia, {name}", xlabel="trained direction", ylabel="mode of M*")
        style.plain(ax)
    figure.colorbar(image, ax=axes[0], label="|cosine|", shrink=0.8)
    for ax, (name, title) in zip(axes[1], (("enwiki105", "Wikipedia"), ("planted", "planted corpus")), strict=False):
        result, k = results[name], np.arange(len(results[name]["λ"]))
        ax.plot(k, result["λ"], color=style.MIDDLE, linewidth=4, alpha=0.5, label="eigenvalue $\\lambda_k$ of M*")
        ax.plot(k, result["s²"], "o", color=style.DARK, ms=3.5, mfc="white", label="trained: $s_k^2$")
        ax.set(title=f"{title}: strengths", xlabel="mode k", ylim=(0, None))
        ax.legend(frameon=False)
        style.plain(ax)
    for name, shade in (("enwiki105", style.DARK), ("planted", style.LIGHT)):
        for row, (when, line) in enumerate(zip(("last mode risen", "4 x as late"), ("o--", "o-"), strict=True)):
            errors = 100 * results[name]["errors"][:, row]
            axes[1, 2].plot(DIMS[name], errors, line, color=shade, ms=4, label=f"{name}, {when}")
    axes[1, 2].set(
        title="what training left", xlabel="dimensions d", ylabel="‖WWᵀ − M$_d$‖ / ‖M$_d$‖, %", ylim=(0, None)
    )
    axes[1, 2].legend(frameon=False)
    style.plain(axes[1, 2])
    save_figure(figure, "pca")


def main() -> None:
    """Train, compare, draw."""
    with claim("pca", "the trained embedding is the principal components of M*, words and contexts") as found:
        world = planted_corpus()
        results = {
            "planted": shown(Target.from_array(world.mstar(), world.words), "planted", found),
            "enwiki105": shown(mstar(wikipedia_counts(10_000).head(2_000), shrinkage=0.0), "enwiki105", found),
        }
        draw(results)


if __name__ == "__main__":
    main()
