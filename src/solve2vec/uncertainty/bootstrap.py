"""The bootstrap: what the vectors and modes would have been on other texts like this one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ..core.errors import InputError
from ..core.stage import Stage
from ..corpus.vocabulary import Vocabulary
from ..embedding.embedding import Embedding
from ..linalg.search import dots, largest
from ..spectrum.spectrum import Spectrum
from .interval import Interval, Level, Method
from .matching import Matches, match

_Ends = Callable[[np.ndarray, np.ndarray, int], tuple[np.ndarray, np.ndarray]]
HALF = 0.5  # of a space that must be found again for it to count as replicated


class Neighbor(NamedTuple):
    """A near word: its cosine, the interval, and the share of replicates in which it is as near as the n-th."""

    word: str
    cosine: float
    low: float
    high: float
    share: float


class Mode(NamedTuple):
    """A mode and how far it can be trusted.

    ``overlap`` is the mean square cosine with the mode that stands for it in the replicates; ``group`` are the
    modes it mixes with, itself among them, and ``group_overlap`` that of their common space; ``share`` is the share
    of replicates that have at least half of that space; ``bias`` the replicates' mean eigenvalue less the estimate.
    """

    eigenvalue: float
    low: float
    high: float
    bias: float
    overlap: float
    group: tuple[int, ...]
    group_overlap: float
    share: float


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Bootstrap(Stage):
    """Vectors and modes of B corpora whose documents were drawn, with replacement, from those of the run.

    Attributes
    ----------
    vectors : (H, d) float32
        The run's own vectors, of length 1.
    replicates : (B, H, d) float16
        The same of each replicate; rotated against each other, which no cosine sees.  float16 moves a cosine by
        less than 0.0005.
    eigenvalues : (K,) float64
    replicate_eigenvalues : (B, K) float64
    products : (B, K, K) float32
        v_k · v_l of mode k of the run and mode l of the replicate.
    shards : int
        S.
    vocabulary : Vocabulary
        The H words that have intervals.
    embedding : str
        Fingerprint of the embedding that this belongs to.
    """

    vectors: np.ndarray
    replicates: np.ndarray
    eigenvalues: np.ndarray
    replicate_eigenvalues: np.ndarray
    products: np.ndarray
    shards: int
    vocabulary: Vocabulary
    embedding: str = ""

    def __len__(self) -> int:
        return len(self.replicates)

    def summary(self) -> dict[str, Any]:
        """Replicates, shards, words, dimensions and modes."""
        B, H, d = self.replicates.shape
        return {"replicates": B, "shards": self.shards, "words": H, "dim": d, "modes": len(self.eigenvalues)}

    def is_of(self, stage: Embedding | Spectrum) -> bool:
        """Whether this belongs to just these vectors or modes, and not to a run that was solved again since."""
        if isinstance(stage, Embedding):
            return stage.fingerprint == self.embedding
        return bool(np.array_equal(stage.eigenvalues, self.eigenvalues))

    def similarity(
        self, one: str, other: str, *, confidence: float = 0.95, method: Method = "normal", prediction: bool = False
    ) -> Interval:
        """Cosine of two words with its interval.

        Parameters
        ----------
        confidence, method, prediction
            See :class:`Level`.

        Raises
        ------
        UnknownWordError
            If a word is not among those with intervals.
        InputError
            If there are too few replicates for percentiles.
        """
        return self.similarities([(one, other)], confidence=confidence, method=method, prediction=prediction)[0]

    def similarities(
        self,
        pairs: list[tuple[str, str]],
        *,
        confidence: float = 0.95,
        method: Method = "normal",
        prediction: bool = False,
    ) -> list[Interval]:
        """:meth:`similarity` of many pairs at once."""
        level = Level(confidence, method, prediction)
        left, right = (self._tokens(pair[side] for pair in pairs) for side in (0, 1))
        estimates = _clipped(dots(self.vectors[left], self.vectors[right]))
        replicated = np.stack([_clipped(dots(vectors[left], vectors[right])) for vectors in self.replicates])
        return self._intervals(level.of_cosines, estimates, replicated)

    def neighbors(
        self, word: str, n: int = 10, *, confidence: float = 0.95, method: Method = "normal", prediction: bool = False
    ) -> list[Neighbor]:
        """The ``n`` nearest words by cosine, nearest first, with intervals and how often they come back.

        Being chosen for a large cosine makes it look larger than it is: the intervals are wide enough for that,
        but they are around the cosine that was found.

        Parameters
        ----------
        word : str
        n : int
            How many, at least 1.
        confidence, method, prediction
            See :class:`Level`.
        """
        if n < 1:
            raise InputError(f"asked for {n} neighbors; ask for at least 1")
        level, token = Level(confidence, method, prediction), int(self._tokens([word])[0])
        n = min(n, len(self.vocabulary) - 1)
        estimates = _near(self.vectors, token)
        replicated = np.stack([_near(vectors, token) for vectors in self.replicates])
        best = largest(estimates.astype(np.float32), n)  # as an embedding has them
        nth = np.partition(replicated, -n, axis=1)[:, -n]  # (B,) the n-th largest cosine of each replicate
        shares = (replicated[:, best] >= nth[:, None]).mean(axis=0)
        intervals = self._intervals(level.of_cosines, _clipped(estimates[best]), _clipped(replicated[:, best]))
        words = [self.vocabulary.words[at] for at in best]
        return [Neighbor(w, *i, share) for w, i, share in zip(words, intervals, shares.tolist(), strict=True)]

    def modes(self, *, confidence: float = 0.95, method: Method = "normal", prediction: bool = False) -> list[Mode]:
        """Every mode's eigenvalue with its interval, and how much of its direction comes back.

        Eigenvalues are those of the modes that stand for it by direction, whatever their rank.  They depend
        on the length of a text: noise spreads them, in a replicate once more; that bias is told beside.

        Parameters
        ----------
        confidence, method, prediction
            See :class:`Level`.
        """
        level, matches = Level(confidence, method, prediction), self.matches
        replicated = np.take_along_axis(np.asarray(self.replicate_eigenvalues), matches.place, axis=1)
        intervals = self._intervals(level.of_values, np.asarray(self.eigenvalues), replicated)
        bias = (replicated.mean(axis=0) - self.eigenvalues).tolist()
        group_of = {k: group for group in matches.groups for k in group}
        overlap, together = matches.overlaps.mean(axis=0).tolist(), matches.group_overlaps.mean(axis=0).tolist()
        shares = (matches.group_overlaps >= HALF).mean(axis=0).tolist()
        return [
            Mode(*interval, bias[k], overlap[k], group_of[k], together[k], shares[k])
            for k, interval in enumerate(intervals)
        ]

    @cached_property
    def matches(self) -> Matches:
        """Which mode of each replicate stands for which mode of the run."""
        return match(self.products)

    def _tokens(self, words: Iterable[str]) -> np.ndarray:
        return self.vocabulary.ids(words)

    def _intervals(self, ends: _Ends, estimates: np.ndarray, replicated: np.ndarray) -> list[Interval]:
        low, high = ends(estimates, replicated, self.shards)
        return [Interval(*numbers) for numbers in zip(estimates.tolist(), low.tolist(), high.tolist(), strict=True)]


def _clipped(cosines: np.ndarray) -> np.ndarray:
    return np.clip(cosines, -1, 1)


def _near(vectors: np.ndarray, token: int) -> np.ndarray:
    """(H,) float64, the cosine of every word with one, which itself gets -inf."""
    cosines = dots(vectors, vectors[token])
    cosines[token] = -np.inf
    return cosines
