"""Signal: what the vectors of pairs that share a relation have in common, and how far another set would move it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

GROUPS = 50  # of pairs left out in turn, at most


@dataclass(frozen=True, eq=False)
class Sample:
    """What measures look at: n pairs in some number of modes.

    Attributes
    ----------
    vectors : (n, d) float64
        R, the relation vectors w_b - w_a.
    among : mapping of str to (n, n) float64
        Numbers of two pairs, first the example and then the question; the diagonal means nothing.
    """

    vectors: np.ndarray
    among: Mapping[str, np.ndarray]

    def leaving_out(self) -> Iterator[Sample]:
        """The sample without each of its pairs in turn; without groups of them where there are many."""
        n = len(self.vectors)
        for first in range(groups := min(n, GROUPS)):
            kept = np.flatnonzero(np.arange(n) % groups != first)
            yield Sample(self.vectors[kept], {name: M[np.ix_(kept, kept)] for name, M in self.among.items()})


class Top(NamedTuple):
    """The strongest direction of relation vectors: its share of their squared length, and of it that is their mean."""

    share: float
    on_mean: float


def top_of(R: np.ndarray) -> Top:
    """λ_max(R Rᵀ) / tr R Rᵀ, and cos² between its right singular vector and the mean of the rows.

    With u the eigenvector of G = R Rᵀ, that direction is Rᵀu / √λ and the mean Rᵀ1 / n, so cos² = λ (u·1)² / 1ᵀG1.
    """
    from scipy.linalg import eigh

    G = R @ R.T
    n, total = len(G), float(np.trace(G))
    if total <= 0:
        return Top(np.nan, np.nan)
    [value], u = eigh(G, subset_by_index=[n - 1, n - 1])
    of_mean = float(G.sum())
    return Top(float(value) / total, float(value) * float(u.sum()) ** 2 / of_mean if of_mean > 0 else 0.0)


def effective_dim(R: np.ndarray) -> float:
    """(tr Σ)² / tr Σ², in how many directions pairs differ from their mean; Σ is the covariance of the rows.

    tr Σ² is estimated without bias where rows are normal (Bai and Saranadasa 1996):
    (n-1)² / ((n-2)(n+1)) · (tr S² - (tr S)² / (n-1)), S the sample covariance.
    """
    n = len(R)
    if n < 3:
        return np.nan
    apart = R - R.mean(axis=0)
    G = apart @ apart.T / (n - 1)  # has the eigenvalues of S
    trace = float(np.trace(G))
    squared = (n - 1) ** 2 / ((n - 2) * (n + 1)) * (float((G**2).sum()) - trace**2 / (n - 1))
    return trace**2 / squared if squared > 0 else np.nan


def localization(R: np.ndarray) -> float:
    """Σ p_k² / (Σ p_k)², p_k the squared mean along mode k: the inverse participation ratio, 1/d … 1."""
    power = R.mean(axis=0) ** 2
    return float((power**2).sum() / power.sum() ** 2) if power.any() else np.nan


def mean_cosine(R: np.ndarray) -> float:
    """The mean cosine of two different rows."""
    lengths = np.linalg.norm(R, axis=1, keepdims=True)
    unit = np.divide(R, lengths, out=np.zeros_like(R), where=lengths > 0)
    n = len(R)
    return float((np.square(unit.sum(axis=0)).sum() - np.square(unit).sum()) / (n * (n - 1))) if n > 1 else np.nan


def _mean_of(name: str) -> Callable[[Sample], float]:
    def mean(sample: Sample) -> float:
        M, n = sample.among[name], len(sample.vectors)
        return float((M.sum() - np.trace(M)) / (n * (n - 1))) if n > 1 else np.nan

    return mean


class Measure(NamedTuple):
    """A number of a sample: what it says, how it is found, and where it lies."""

    about: str
    of: Callable[[Sample], float]
    least: float = -np.inf
    most: float = np.inf


SNR = "signal to noise, λ_max(R Rᵀ) / (tr R Rᵀ / rank R Rᵀ): the share of the strongest direction, times the rank"
MEASURES: dict[str, Measure] = {
    "share": Measure(
        "share of the squared length of all relation vectors in their strongest direction",
        lambda sample: top_of(sample.vectors).share, 0, 1,
    ),
    "on_mean": Measure(
        "squared cosine of that direction with the mean relation vector",
        lambda sample: top_of(sample.vectors).on_mean, 0, 1,
    ),
    "effective_dim": Measure(
        "directions in which pairs differ from their mean: (tr Σ)² / tr Σ²",
        lambda sample: effective_dim(sample.vectors), 1,
    ),
    "localization": Measure(
        "inverse participation ratio of the mean relation vector over modes: 1 where it is one mode, 1/d where all",
        lambda sample: localization(sample.vectors), 0, 1,
    ),
    "cosine": Measure("mean cosine of two relation vectors", lambda sample: mean_cosine(sample.vectors), -1, 1),
    "answer": Measure("mean cosine of w_b - w_a + w_c with the right answer w_d", _mean_of("answer"), -1, 1),
    "nearest": Measure(
        "the same, divided by the cosine of w_d with its nearest other word", _mean_of("nearest")
    ),
    "accuracy": Measure("share of questions answered rightly, every pair after every other", _mean_of("right"), 0, 1),
}  # fmt: skip


class Measured(NamedTuple):
    """A number with the low and high end of its interval; NaN where it is not defined."""

    value: float
    low: float
    high: float


def measure(sample: Sample, confidence: float) -> dict[str, Measured]:
    """``snr`` and every measure of a sample, with intervals for what another set of pairs of the relation would show.

    Pair after pair is left out (the jackknife; Student's t).  Drawing pairs with replacement does not do: a pair that
    is drawn twice agrees with itself, and 95 % intervals of the share hold 0 to 75 % of planted values.
    """
    from scipy.special import stdtrit

    values = {name: one.of(sample) for name, one in MEASURES.items()}
    without = [{name: one.of(part) for name, one in MEASURES.items()} for part in sample.leaving_out()]
    J = len(without)
    reach = float(stdtrit(J - 1, (1 + confidence) / 2)) * np.sqrt((J - 1) / J)
    made: dict[str, Measured] = {}
    for name, one in MEASURES.items():
        replicates = np.array([part[name] for part in without])
        half = reach * np.sqrt(((replicates - replicates.mean()) ** 2).sum())
        low, high = np.clip([values[name] - half, values[name] + half], one.least, one.most)
        made[name] = Measured(values[name], float(low), float(high))
    rank = np.linalg.matrix_rank(sample.vectors @ sample.vectors.T)
    return {"snr": Measured(*(float(rank * part) for part in made["share"]))} | made
