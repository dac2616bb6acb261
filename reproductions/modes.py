"""What the directions of an embedding mean: word2vec's, M*'s and PPMI's side by side (the paper's Figures 3a and 5).

Directions are the left singular vectors of W, strongest first: of skip-gram trained on the text (one matrix, W = U),
and of M* (κ = 0) and PPMI solved for.  V = 10,000, d = 200, linear window of 16.  Words are the 4,000 most frequent,
as far out as their vector of length 1 lies.  The overlap of two directions is their squared cosine.

The planted half: text is written from a world of known concepts; the leading modes of what was counted are they.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from workshop import claim, modes_of_mstar, save_figure, wikipedia_counts, word2vec

import solve2vec
from solve2vec import Embedding, Spectrum, Target, VocabularyOptions, Window
from solve2vec.datasets.planted import PlantedCorpus
from solve2vec.datasets.synthetic import planted_corpus
from solve2vec.linalg.search import largest
from solve2vec.plots import plot_modes, style

DIM, HEAD, SHOWN, WORDS = 200, 4_000, 12, 5
BESIDE, SQUARE = (*range(8), 15, 31), 64  # directions in the table of Figure 3a; the overlaps of Figure 5


def directions(E: Embedding) -> np.ndarray:
    """(V, d) left singular vectors of W, the strongest first; the heavier end of each is positive."""
    left = np.linalg.svd(E.vectors.astype(np.float64), full_matrices=False)[0]
    return left * np.where((left**3).sum(axis=0) < 0, -1, 1)


def ends(E: Embedding, left: np.ndarray, k: int) -> tuple[list[str], list[str]]:
    """The words farthest out along a direction, on both sides, of the most frequent ones."""
    along = E.unit_vectors[:HEAD].astype(np.float64) @ (left[:, k] @ E.vectors / np.linalg.norm(left[:, k] @ E.vectors))
    return tuple([E.words[row] for row in largest(side * along, WORDS)] for side in (1, -1))  # type: ignore[return-value]


def overlaps(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(d, d) squared cosines of two sets of directions."""
    return (one.T @ other) ** 2


def told(overlap: np.ndarray) -> dict[str, Any]:
    """How much directions of the first are single directions of the second, and how much of one space both have."""
    return {
        "of the first 5, 10, 20, 64 directions: mean overlap with their best partner": [
            round(float(overlap[:k, :].max(axis=1).mean()), 3) for k in (5, 10, 20, SQUARE)
        ],
        "shared by the spaces of the first 5, 10, 20, 64, 200": [
            round(float(overlap[:k, :k].sum() / k), 3) for k in (5, 10, 20, SQUARE, DIM)
        ],
    }


def draw_overlaps(found: dict[str, np.ndarray]) -> None:
    """Squared cosines of skip-gram's directions with M*'s, and with PPMI's."""
    figure, axes = style.pyplot().subplots(1, 2, figsize=(11.5, 5.4), layout="constrained")
    for ax, (name, overlap) in zip(axes, found.items(), strict=True):
        image = ax.imshow(overlap[:SQUARE, :SQUARE], cmap="Blues", vmin=0, vmax=1)
        ax.set(xlabel=f"direction of {name}, by strength", ylabel="direction of skip-gram, by strength")
        ax.set_title(f"skip-gram and {name}", fontsize="medium", loc="left")
        style.plain(ax)
    figure.colorbar(image, ax=axes, label="squared cosine: 1 the same direction, 0 perpendicular", shrink=0.8)
    save_figure(figure, "overlaps")


def planted() -> dict[str, Any]:
    """How much of the planted directions the leading modes hold, and what they answer; of exact M* and of a text."""
    world = planted_corpus()
    corpus = solve2vec.encode(world.documents(100_000, seed=1), selection=VocabularyOptions(min_count=1))
    counted = solve2vec.mstar(solve2vec.count(corpus, Window("document")), shrinkage=0.0)
    targets = {"exact M*": Target.from_array(world.mstar(), world.words), "5 million words of text": counted}
    return {name: _planted(world, solve2vec.solve(target, world.dim)) for name, target in targets.items()}


def _planted(world: PlantedCorpus, spectrum: Spectrum) -> dict[str, Any]:
    rows, names = [world.words.index(word) for word in spectrum.vocabulary.words], list(world.concept_eigenvalues())
    concepts = np.array([world.concepts[name][rows] for name in names]).T
    concepts /= np.linalg.norm(concepts, axis=0)
    every = np.c_[concepts, *(world.contrasts(factor)[rows] for factor in ("family", "country", "verb"))]
    cosines, E = np.abs(concepts.T @ spectrum.eigenvectors), solve2vec.embed(spectrum)
    nearest = zip(names, cosines.argmax(axis=1) + 1, cosines.max(axis=1).round(3), strict=True)
    return {
        f"overlap of {len(names)} modes with {len(names)} concepts": overlap(spectrum, concepts),
        f"overlap of {world.dim} modes with all {every.shape[1]} planted directions": overlap(spectrum, every),
        "% of analogies solved with so many modes": {
            d: {name: _percent(E.first(d), asked) for name, asked in world.analogies.items()}
            for d in (5, 11, 20, world.dim)
        },
        "each concept's mode, cosine": {name: [int(mode), float(cosine)] for name, mode, cosine in nearest},
    }


def overlap(spectrum: Spectrum, directions: np.ndarray) -> float:
    """‖V_dᵀQ‖²/d, Q an orthonormal basis of the d directions."""
    d = directions.shape[1]
    across = np.linalg.qr(directions)[0].T @ spectrum.eigenvectors[:, :d]
    return round(float((across**2).sum() / d), 4)


def _percent(E: Embedding, asked: list[tuple[str, str, str, str]]) -> float:
    return round(100 * float(np.mean([E.analogy(a, b, c, 1)[0][0] == d for a, b, c, d in asked])), 1)


def main() -> None:
    """Three embeddings of one vocabulary, their words and overlaps; then the planted text."""
    sentence = (
        "The leading directions of word2vec, M* and PPMI are topics, much the same ones; PPMI's are nearer to "
        "word2vec's than M*'s are; in a planted text they are the concepts it was written from."
    )
    with claim("modes", sentence) as found:
        spectrum = modes_of_mstar(DIM)
        made = {
            "skip-gram": word2vec(tied=True),
            "M*": solve2vec.embed(spectrum),
            "PPMI": solve2vec.embed(solve2vec.solve(solve2vec.ppmi(wikipedia_counts()), DIM)),
        }
        left = {name: directions(E) for name, E in made.items()}
        found["Figure 3a: direction, words at its two ends"] = {
            name: {k + 1: [" ".join(end) for end in ends(E, left[name], k)] for k in BESIDE} for name, E in made.items()
        }
        found["modes: λ, positive end, negative end"] = [
            [round(float(spectrum.eigenvalues[k])), *(" ".join(words) for words in spectrum.mode_words(k, 8))]
            for k in range(SHOWN)
        ]
        beside = {name: overlaps(left["skip-gram"], left[name]) for name in ("M*", "PPMI")}
        found |= {f"Figure 5: skip-gram and {name}": told(one) for name, one in beside.items()}
        found["Figure 5: M* and PPMI"] = told(overlaps(left["M*"], left["PPMI"]))
        draw_overlaps(beside)
        ax = plot_modes(spectrum, SHOWN, WORDS)
        ax.set_title("The 12 strongest modes of M* on Wikipedia, and the words at their ends", fontsize="medium")
        save_figure(ax.figure, "modes")
        found["planted"] = planted()


if __name__ == "__main__":
    main()
