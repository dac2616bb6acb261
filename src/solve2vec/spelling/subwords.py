"""Subwords: a row for each n-gram, what they say about words, and a vector for any string."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ..core.errors import InputError, UnknownWordError, require_numbers
from ..core.stage import Stage
from ..linalg.rowblocks import aligned, row_blocks
from .ngrams import Ngrams, Shared, incidence
from .ridge import ridge, times

PENALTY, STRENGTH = 10.0, 1.5  # λ and s: the best of a grid on analogies, similarities and rare words of English
TRIED = {"penalty": 300.0, "columns": 32, "folds": 5, "steps": 8}  # strong: only what many words agree on is evidence
ENOUGH = 5000  # words left out and foretold; fewer where there are no more
LEAST_SHARE = 0.005  # of the variance of unseen words; ids and words in another's place explain less than nothing
LEAST_WORDS = 1000  # fewer are no evidence


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Subwords(Stage):
    """What spelling says about words: a word's vector is E_w + s G_w B, E what its contexts say.

    G_w counts the n-grams of word w, divided by √m_w, their number; B = argmin Σ_w √n_w ‖E_w - G_w B‖² + λ‖B‖², n_w
    how often w was seen (Zhao, Mudgal and Liang 2018).  The vector of any string is the mean of its n-grams' rows, as
    in fastText (Bojanowski et al. 2017).

    Attributes
    ----------
    rows : (N, d) float32
        √m B, m the mean of m_w: a row for each bucket of n-grams that is in two words or more.
    buckets : (N,) int64
        Rising.
    ngrams : Ngrams
    size : float
        m.
    strength : float
        s.
    penalty : float
        λ.
    averaged : bool
        A word's vector is the mean of a row of its own and those of all its n-grams, as fastText trains it.
    """

    rows: np.ndarray
    buckets: np.ndarray
    ngrams: Ngrams
    size: float
    strength: float = STRENGTH
    penalty: float = PENALTY
    averaged: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.ngrams, dict):
            object.__setattr__(self, "ngrams", Ngrams(**self.ngrams))
        if self.rows.ndim != 2 or len(self.rows) != len(self.buckets):
            raise InputError(f"rows have shape {self.rows.shape}; {len(self.buckets)} buckets need a row each")
        super().__post_init__()

    @property
    def dim(self) -> int:
        """d, the number of columns."""
        return int(self.rows.shape[1])

    def summary(self) -> dict[str, Any]:
        """N-grams, dimensions and strength."""
        return {"ngrams": len(self.rows), "dim": self.dim, **asdict(self.ngrams), "strength": self.strength}

    def first(self, dim: int) -> Subwords:
        """Those of the first ``dim`` columns."""
        return replace(self, rows=self.rows[:, :dim])

    def of(self, strings: Sequence[str]) -> np.ndarray:
        """(n, d) float32, the vector of any string: the mean of its n-grams' rows; zeros where none is known."""
        return self._means(strings)[0]

    def require(self, string: str) -> np.ndarray:
        """(d,) float32, the vector of a string.

        Raises
        ------
        UnknownWordError
            If no word has an n-gram of it.
        """
        if not isinstance(string, str):
            raise UnknownWordError(f"{string!r} is not a word: words are strings")
        vector: np.ndarray = self.of([string])[0]
        if not vector.any():
            raise UnknownWordError(f"{string!r} has no vector, and shares no n-gram with a word that has one")
        return vector

    def parts(self, words: Sequence[str], shared: Shared | None = None) -> np.ndarray:
        """(n, d) float32, the part of each word's vector that comes from its spelling: s G B.

        ``shared`` has their n-grams, where these are known already.
        """
        means, sizes = self._means(words, shared)
        factors = sizes / (1 + sizes) if self.averaged else self.strength * np.sqrt(sizes / self.size)
        return means * factors.astype(np.float32)[:, None]

    def _means(self, words: Sequence[str], shared: Shared | None = None) -> tuple[np.ndarray, np.ndarray]:
        if not len(words) or not len(self.rows):
            return np.zeros((len(words), self.dim), np.float32), np.zeros(len(words))
        if shared is None:
            G, sizes = incidence(self.ngrams, words, np.asarray(self.buckets))
        else:
            G, sizes = shared.counts, shared.sizes
        with row_blocks(len(words)) as blocks:
            sums = times(G, aligned(np.asarray(self.rows), np.float32), blocks)
        return sums / np.maximum(sizes, 1).astype(np.float32)[:, None], sizes


def learn(
    shared: Shared, vectors: np.ndarray, counts: np.ndarray, *, strength: float, penalty: float = PENALTY
) -> Subwords:
    """Regress vectors (V, d) on the n-grams of their words.

    Parameters
    ----------
    shared : Shared
    vectors : (V, d) array
    counts : (V,) array
        n_w; words that nobody counted weigh as if seen once.
    strength : float
        s.
    penalty : float
        λ.
    """
    require_numbers(strength=strength, penalty=penalty)
    if not (0 <= strength < np.inf and 0 < penalty < np.inf):
        raise InputError(f"strength must be 0 or more and the penalty above 0, got {strength} and {penalty}")
    size = float(shared.sizes.mean()) if len(shared.sizes) else 1.0
    rows = ridge(shared.weighted, vectors, _weights(counts), penalty) * np.float32(np.sqrt(size))
    return Subwords(
        rows=rows, buckets=shared.buckets, ngrams=shared.ngrams, size=size, strength=strength, penalty=penalty
    )


def explained(shared: Shared, vectors: np.ndarray, counts: np.ndarray) -> float:
    """The share of the variance of unseen words' vectors that their spelling explains; below 0 if it misleads.

    Every fifth word is left out of the regression and foretold by it, weighted as there, then every other fifth until
    5,000 words were; variance is about the mean of the words that were not left out.  The first 32 columns are asked,
    which have most of it.
    """
    V, folds, G = len(vectors), int(TRIED["folds"]), shared.weighted
    E = np.ascontiguousarray(vectors[:, : int(TRIED["columns"])], np.float32)
    weights, fold = _weights(counts), np.arange(V) % folds
    missed = total = 0.0
    for out in range(min(folds, -(-ENOUGH * folds // max(1, V)))):
        kept = np.where(fold == out, 0, weights)
        B = ridge(G, E, kept, TRIED["penalty"], steps=int(TRIED["steps"]))
        with row_blocks(V) as blocks:
            foretold = times(G, aligned(B, np.float32), blocks)
        mean = np.einsum("i,ij->j", kept, E) / kept.sum()
        squares = ((E - foretold).astype(np.float64) ** 2).sum(axis=1), ((E - mean) ** 2).sum(axis=1)
        missed, total = (
            so_far + float((weights * each)[fold == out].sum())
            for so_far, each in zip((missed, total), squares, strict=True)
        )
    return 1 - missed / total if total > 0 else 0.0


def means_something(shared: Shared, vectors: np.ndarray, counts: np.ndarray) -> bool:
    """Whether spelling says something about these words: never for ids, and for too few words nobody can tell."""
    return len(vectors) >= LEAST_WORDS and explained(shared, vectors, counts) > LEAST_SHARE


def _weights(counts: np.ndarray) -> np.ndarray:
    return np.sqrt(np.maximum(np.asarray(counts, np.float64), 1))
