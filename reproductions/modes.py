"""What the modes of Wikipedia mean, and how analogies become solvable as modes are learned (the paper's Figure 4).

One solve of M* (κ = 0, V = 10,000, linear window of 16) gives the embedding after d modes, for every d: its first d
columns.  For the n pairs (a, b) of a category, r = w_b - w_a are the relation vectors, rows of W = V Λ^½ as they are;
m_k and s_k² are the mean and the variance (n - 1) of their coordinate along mode k.

    noise of mode k     s_k²              how much pairs differ
    signal of mode k    m_k² - s_k²/n     what they share: an unbiased estimate of the square of the true mean
    S/N of d modes      Σ_{k≤d} signal_k / Σ_{k≤d} s_k²

Two relation vectors of a category have a cosine of about S/N / (1 + S/N).  This is our definition in mode coordinates;
the paper fits a spiked random matrix to the same vectors.  Intervals of 95 % leave out
pair after pair (jackknife, Student's t): drawing pairs again would repeat some, and take them for agreement.

The planted half: text is written from a world of known concepts; the leading modes of what was counted are they.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from scipy.stats import t as student
from workshop import DATA, claim, save_figure, wikipedia_counts

import solve2vec
from solve2vec import Embedding, Spectrum, Target, VocabularyOptions, Window
from solve2vec.datasets.planted import PlantedCorpus
from solve2vec.datasets.synthetic import planted_corpus
from solve2vec.evaluation import AnalogyQuestions, AnalogyScore, analogies, read_analogies
from solve2vec.plots import plot_modes, style

DIMS = np.unique(np.rint(np.geomspace(1, 200, 24)).astype(int)).tolist()
SHOWN = {  # categories that are drawn by name
    "gram6-nationality-adjective": "nationality", "capital-common-countries": "capitals", "family": "family",
    "gram3-comparative": "comparative", "gram7-past-tense": "past tense", "gram2-opposite": "opposite",
}  # fmt: skip
STROKES = [(color, dash) for dash in ("-", (0, (4, 1.5))) for color in (style.DARK, style.MIDDLE, style.LIGHT)]
STEPS = np.unique(np.rint(np.geomspace(1, 200, 60)).astype(int))  # numbers of modes that S/N is taken of


def relation_vectors(E: Embedding, questions: AnalogyQuestions, category: str) -> np.ndarray:
    """(n, d) float64, w_b - w_a of the category's pairs whose words are both known."""
    asked = [q for q in questions.questions if q.category == category]
    both = [pair for q in asked for pair in ((q.a.lower(), q.b.lower()), (q.c.lower(), q.answers[0].lower()))]
    return np.array([E[b] - E[a] for a, b in dict.fromkeys(both) if a in E and b in E], dtype=np.float64)


def signal_and_noise(R: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two (d,) arrays, of each mode."""
    noise = R.var(axis=0, ddof=1)
    return R.mean(axis=0) ** 2 - noise / len(R), noise


def growing(R: np.ndarray) -> np.ndarray:
    """(d,) S/N of the first d modes."""
    signal, noise = signal_and_noise(R)
    return np.cumsum(signal) / np.cumsum(noise)


def with_interval(R: np.ndarray) -> dict[str, Any]:
    """S/N of the first 10, 50 and all modes: value, low, high."""
    n, values = len(R), growing(R)
    without = np.array([growing(np.delete(R, one, axis=0)) for one in range(n)])
    half = student.ppf(0.975, n - 1) * np.sqrt((n - 1) * without.var(axis=0))
    at = {d: (values[d - 1], values[d - 1] - half[d - 1], values[d - 1] + half[d - 1]) for d in (10, 50, len(values))}
    return {"pairs": n} | {f"{d} modes": [round(float(value), 2) for value in three] for d, three in at.items()}


def half_way(scores: dict[int, AnalogyScore], category: str) -> int:
    """The first of ``DIMS`` with half of the right answers that all modes give."""
    right = {d: score.categories[category].correct for d, score in scores.items()}
    return next(d for d in DIMS if right[d] >= right[DIMS[-1]] / 2)


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


def draw(spectrum: Spectrum, scores: dict[int, AnalogyScore], vectors: dict[str, np.ndarray]) -> None:
    """The modes' words; below them accuracy, S/N by number of modes, and signal and noise of each mode."""
    figure = plt.figure(figsize=(12, 9.6), layout="constrained")
    grid = figure.add_gridspec(2, 3, height_ratios=(1.15, 1))
    top = figure.add_subfigure(grid[0, :])
    plot_modes(spectrum, 12, 5, top.subplots())
    top.suptitle("The 12 strongest modes of M* on Wikipedia, and the words at their ends", x=0.01, ha="left")
    axes = [figure.add_subplot(grid[1, column]) for column in range(3)]
    for category in next(iter(scores.values())).categories:
        if category not in SHOWN:
            right = [100 * score.categories[category].accuracy for score in scores.values()]
            axes[0].plot(DIMS, right, color=style.LINE, linewidth=1, zorder=1)
    for (category, name), (color, dash) in zip(SHOWN.items(), STROKES, strict=True):
        right = [100 * score.categories[category].accuracy for score in scores.values()]
        stroke = {"color": color, "linestyle": dash, "linewidth": 1.8, "label": name}
        axes[0].plot(DIMS, right, **stroke)
        axes[1].plot(STEPS, growing(vectors[category])[STEPS - 1], **stroke)
    axes[0].set(title="Analogies solved", ylabel="% right (other categories in pale grey)")
    axes[1].set(title="Relation vectors: signal to noise", ylabel="S/N of the first d modes")
    signal, noise = signal_and_noise(vectors["gram6-nationality-adjective"])
    edges = np.unique(np.rint(np.geomspace(1, 201, 25)).astype(int))
    for values, color, mark, name in ((noise, style.LIGHT, "s", "noise"), (signal, style.DARK, "o", "signal")):
        means = [values[a - 1 : b - 1].mean() for a, b in pairwise(edges)]
        axes[2].plot(edges[:-1], means, mark + "-", color=color, markersize=4, label=name)
    axes[2].axhline(0, color=style.LINE, linewidth=1)
    axes[2].set(title="Nationality: signal and noise of each mode", ylabel="squared length (bins of modes)")
    axes[1].set_yscale("log", nonpositive="mask")
    axes[1].set_yticks([0.03, 0.1, 0.3, 1, 3], ["0.03", "0.1", "0.3", "1", "3"])
    axes[1].set_ylim(bottom=0.02)
    axes[1].minorticks_off()
    for ax, label in zip(axes, ("d, modes learned", "d, modes learned", "mode"), strict=True):
        ax.set_xscale("log")
        ax.set_xticks([1, 3, 10, 30, 100, 200], ["1", "3", "10", "30", "100", "200"])
        ax.minorticks_off()
        ax.set_xlabel(label)
        ax.grid(color=style.LINE, linewidth=0.4)
        if ax is not axes[1]:  # the same lines as in the first
            ax.legend(fontsize="small", frameon=False)
        style.plain(ax)
    save_figure(figure, "modes")


def main() -> None:
    """Solve once, ask after every number of modes, measure relation vectors, then the planted text."""
    sentence = (
        "The top modes are topics.  Pairs of a relation agree best within few modes, but few modes do not tell words "
        "apart: analogies are solved with some dozens of modes more, while signal to noise falls."
    )
    questions = read_analogies(DATA / "evaluation" / "questions-words.txt")
    with claim("modes", sentence) as found:
        spectrum = solve2vec.solve(solve2vec.mstar(wikipedia_counts(), shrinkage=0.0), DIMS[-1])
        E = solve2vec.embed(spectrum)
        scores = {d: analogies(E.first(d), questions) for d in DIMS}
        known = [name for name, score in scores[DIMS[-1]].categories.items() if score.asked]
        vectors = {name: relation_vectors(E, questions, name) for name in known}
        found["modes: λ, positive end, negative end"] = [
            [round(float(spectrum.eigenvalues[k])), *(" ".join(words) for words in spectrum.mode_words(k, 8))]
            for k in range(12)
        ]
        found["accuracy by modes, low, high"] = {
            d: [round(100 * share, 1) for share in (score.accuracy, score.low, score.high)]
            for d, score in scores.items()
        }
        found["% right of each category with all modes"] = {
            name: round(100 * scores[DIMS[-1]].categories[name].accuracy, 1) for name in known
        }
        found["modes for half of a category's right answers"] = {name: half_way(scores, name) for name in known}
        found["relation vectors, signal to noise"] = {name: with_interval(vectors[name]) for name in known}
        found["planted"] = planted()
        draw(spectrum, scores, vectors)


if __name__ == "__main__":
    main()
