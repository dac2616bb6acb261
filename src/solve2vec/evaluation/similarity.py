"""Similarity: how well cosines put word pairs in the order that people put them in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from .answering import unit
from .lookup import Case, Lookup, WordVectors
from .questions import SimilarityQuestions
from .resampling import Drawing

_DECIMALS = 12  # of a cosine: rounding errors must not put an order into pairs that are equally alike


@dataclass(frozen=True, kw_only=True, eq=False)
class SimilarityScore:
    """How well an embedding orders a set of word pairs, and each of its cosines.

    Attributes
    ----------
    file : str
        The question set.
    spearman : float, optional
        Spearman's rank correlation with the scores people gave, -1…1, equal values sharing their mean rank;
        None where fewer than two pairs are known, or all of them are equal.
    pearson : float, optional
        Pearson's correlation, likewise.
    low, high : float, optional
        Bootstrap interval of ``spearman``.
    pairs, skipped : int
        Word pairs with both words known, and the others.
    cosines : (n,) float64
        Of each pair in the set, -1…1; NaN where it was skipped.
    unknown : dict
        Words without a vector, and how many pairs each kept from being scored; most first.
    case, restrict, bootstrap
        The settings.
    layout : str
        How the file was understood.
    """

    file: str
    spearman: float | None
    pearson: float | None
    low: float | None
    high: float | None
    pairs: int
    skipped: int
    cosines: np.ndarray
    unknown: dict[str, int]
    case: Case
    restrict: int | None
    bootstrap: Drawing
    layout: str = ""

    @property
    def coverage(self) -> float | None:
        """The share of pairs with both words known, 0…1."""
        return self.pairs / (self.pairs + self.skipped) if self.pairs + self.skipped else None

    def __repr__(self) -> str:
        value = "undefined" if self.spearman is None else f"{self.spearman:.4f}"
        return f"SimilarityScore({self.file}, spearman={value}, pairs={self.pairs:,}, skipped={self.skipped:,})"

    def as_json(self) -> dict[str, Any]:
        """Plain values, settings included; what is not known is None."""
        names = ("file", "spearman", "low", "high", "pairs", "skipped", "pearson", "coverage", "unknown", "layout")
        how = {"case": self.case, "restrict": self.restrict, "resampled": "pairs", **vars(self.bootstrap)}
        return {name: getattr(self, name) for name in names} | how


def similarity(
    embedding: WordVectors,
    questions: SimilarityQuestions,
    *,
    case: Case = "ignore",
    restrict: int | None = None,
    bootstrap: int = Drawing.samples,
    seed: int = Drawing.seed,
    confidence: float = Drawing.confidence,
) -> SimilarityScore:
    """Compare cosines with what people said about word pairs, by Spearman's rank correlation [1]_.

    Parameters
    ----------
    embedding : Embedding
    questions : SimilarityQuestions
        From :func:`read_similarities`, or made by hand.
    case : {"ignore", "lower", "as_is"}
        As in :func:`analogies`.
    restrict : int, optional
        Know only this many first words.
    bootstrap : int
        How many samples for the interval; word pairs are drawn, with replacement.  0 for no interval.
    seed : int
        Of the samples; same seed, same interval.
    confidence : float
        The share of samples in the interval, between 0 and 1.

    Returns
    -------
    SimilarityScore
        Pairs with an unknown word are skipped, and the score says which words those were.

    Raises
    ------
    InputError
        If an option has a value it cannot have, or a vector is not finite.

    References
    ----------
    .. [1] Finkelstein et al., "Placing Search in Context: The Concept Revisited", ACM TOIS 20, 2002 (WordSim-353).

    Examples
    --------
    >>> from solve2vec import Embedding
    >>> E = Embedding.from_vectors(["cat", "dog", "car"], [[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
    >>> asked = SimilarityQuestions("pets", (("cat", "dog"), ("dog", "car"), ("cat", "car")), [9.0, 3.0, 1.0])
    >>> similarity(E, asked).spearman
    1.0
    """
    drawing = Drawing(bootstrap, seed, confidence)
    cosines, unknown = pair_cosines(embedding, questions, Lookup.of(embedding, case, restrict))
    known = np.isfinite(cosines)
    low, high = drawing.interval(resampled_spearman(cosines[known], questions.scores[known], drawing))
    return SimilarityScore(
        file=questions.file,
        spearman=spearman(cosines[known], questions.scores[known]),
        pearson=_known(_correlation(cosines[known], questions.scores[known])),
        low=low,
        high=high,
        pairs=int(known.sum()),
        skipped=int((~known).sum()),
        cosines=cosines,
        unknown=unknown,
        case=case,
        restrict=restrict,
        bootstrap=drawing,
        layout=questions.layout,
    )


def pair_cosines(
    embedding: WordVectors, questions: SimilarityQuestions, lookup: Lookup
) -> tuple[np.ndarray, dict[str, int]]:
    """(n,) float64, NaN where a word is unknown; and those words, with the number of pairs each is in."""
    rows = np.array([lookup(pair) for pair in questions.pairs], dtype=np.int64).reshape(-1, 2)
    known = (rows >= 0).all(axis=1)
    cosines = np.full(len(rows), np.nan)
    one, other = unit(embedding.vectors[rows[known, 0]]), unit(embedding.vectors[rows[known, 1]])
    cosines[known] = np.round(np.clip((one * other).sum(axis=1), -1, 1), _DECIMALS)
    words = (dict.fromkeys(pair) for pair in questions.pairs)
    unknown = Counter(word for pair in words for word, row in zip(pair, lookup(list(pair)), strict=True) if row < 0)
    return cosines, dict(unknown.most_common())


def spearman(one: np.ndarray, other: np.ndarray) -> float | None:
    """Spearman's rank correlation of two (n,) arrays, equal values sharing their mean rank; None if undefined."""
    return _known(_correlation(ranks(one), ranks(other)))


def resampled_spearman(one: np.ndarray, other: np.ndarray, bootstrap: Drawing) -> np.ndarray:
    """(B,) float64, of each sample of the n pairs; NaN where it is undefined."""
    if not len(one):
        return np.empty(0)
    found = [_correlation(ranks(one[drawn]), ranks(other[drawn])) for drawn in bootstrap.draws(len(one))]
    return np.concatenate(found) if found else np.empty(0)


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks 1…n along the last axis; equal values share their mean rank."""
    from scipy.stats import rankdata

    return rankdata(values, axis=-1)


def _correlation(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Pearson's correlation along the last axis; NaN where a side is constant or has one value."""
    if not one.shape[-1]:
        return np.full(one.shape[:-1], np.nan)
    x = one - one.mean(axis=-1, keepdims=True)
    y = other - other.mean(axis=-1, keepdims=True)
    size = np.sqrt((x * x).sum(axis=-1) * (y * y).sum(axis=-1))
    # not size > 0: the mean of equal numbers may miss them by a rounding error
    varies = (np.ptp(one, axis=-1) > 0) & (np.ptp(other, axis=-1) > 0)
    r = np.divide((x * y).sum(axis=-1), size, out=np.full(np.shape(size), np.nan), where=varies)
    return np.clip(r, -1, 1)


def _known(value: np.ndarray) -> float | None:
    return float(value) if np.isfinite(value) else None
