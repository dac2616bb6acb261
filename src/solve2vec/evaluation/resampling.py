"""How sure a number is: the spread it shows when its questions are drawn again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

import numpy as np

from ..core.choices import require_choice
from ..core.options import INSIDE_0_1, SEED, Number, check_options, option
from .questions import Analogy

Resample = Literal["pairs", "questions"]
Thing = TypeVar("Thing", bound=Hashable)
_NUMBERS_AT_ONCE = 1 << 21  # drawn at a time, so that memory does not grow with the samples


@dataclass(frozen=True)
class Drawing:
    """Percentile intervals from samples drawn with replacement (Efron and Tibshirani 1993).

    Parameters
    ----------
    samples : int
        How many; 0 for no interval.
    seed : int
    confidence : float
        The share of samples inside the interval, between 0 and 1.
    """

    samples: int = option(1000, "Resamples for the intervals; 0 for none.")
    seed: int = option(0, "Of the resampling.", SEED)
    confidence: float = option(0.95, "Of the intervals.", INSIDE_0_1)

    def __post_init__(self) -> None:
        Number(least=0, whole=True)("bootstrap", self.samples)
        check_options(self)

    def draws(self, n: int) -> Iterator[np.ndarray]:
        """(b, n) int64 places in 0…n-1, in blocks of samples, ``samples`` in all."""
        rng = np.random.default_rng(self.seed)
        block = max(1, _NUMBERS_AT_ONCE // max(1, n))
        for at in range(0, self.samples, block):
            yield rng.integers(n, size=(min(block, self.samples - at), n))

    def weights(self, strata: np.ndarray, most: int) -> Iterator[np.ndarray]:
        """(n, b) float64, how often each of n things was drawn, each of the ``strata`` (n,) from its own members.

        b is at most ``most``; all blocks together have ``samples`` columns.
        """
        rng = np.random.default_rng(self.seed)
        members = [np.flatnonzero(strata == stratum) for stratum in np.unique(strata)]
        for at in range(0, self.samples, most):
            b = min(most, self.samples - at)
            drawn = np.concatenate([own[rng.integers(len(own), size=(len(own), b))] for own in members])
            yield np.bincount((drawn * b + np.arange(b)).ravel(), minlength=drawn.size).reshape(-1, b).astype(float)

    def interval(self, values: np.ndarray) -> tuple[float | None, float | None]:
        """Low and high; samples on which the number is undefined (NaN) do not count."""
        values = values[np.isfinite(values)]
        if not len(values):
            return None, None
        outside = (1 - self.confidence) / 2
        low, high = np.quantile(values, [outside, 1 - outside])
        return float(low), float(high)

    def chance(self, values: np.ndarray) -> float | None:
        """Two-sided share of samples on the other side of 0, in 0…1: small where 0 is hard to reach by chance."""
        values = values[np.isfinite(values)]
        if not len(values):
            return None
        # one sample more on each side: no number of samples can show a share of exactly 0
        tail = 1 + min(np.count_nonzero(values <= 0), np.count_nonzero(values >= 0))
        return float(min(1.0, 2 * tail / (len(values) + 1)))


@dataclass(frozen=True, eq=False)
class Means:
    """Means of samples of questions: of all, (B,) float64, and of each category; NaN where none was drawn."""

    overall: np.ndarray
    categories: dict[str, np.ndarray]


def resampled_means(
    questions: Sequence[Analogy],
    values: np.ndarray,
    bootstrap: Drawing,
    resample: Resample,
    same: Callable[[str], str] = str,
) -> Means:
    """Mean of ``values`` (Q,), one for each question, in each sample.

    Parameters
    ----------
    resample : {"pairs", "questions"}
        What is drawn, each category from its own.  The answers to a : b :: c : d and to e : f :: c : d have the pair
        c : d in common, so they are no two independent trials.  ``pairs`` draws word pairs and gives a question the
        product of the times its two were drawn, the bootstrap of crossed data (Owen 2007, "The pigeonhole
        bootstrap").
    same : function of a word
        Words for which it gives one answer count as one.
    """
    require_choice("resample", resample, get_args(Resample))
    names, category = numbered(question.category for question in questions)
    order = np.argsort(category, kind="stable")
    starts = np.searchsorted(category[order], np.arange(len(names)))
    sums, totals = [np.empty((len(names), 0))], [np.empty((len(names), 0))]
    for weights in _weights([questions[q] for q in order.tolist()], category[order], bootstrap, resample, same):
        totals.append(np.add.reduceat(weights, starts, axis=0))
        sums.append(np.add.reduceat(weights * values[order, None], starts, axis=0))
    sum_, total = np.hstack(sums), np.hstack(totals)  # (C, B)
    with np.errstate(invalid="ignore"):
        return Means(sum_.sum(axis=0) / total.sum(axis=0), dict(zip(names, sum_ / total, strict=True)))


def _weights(
    questions: Sequence[Analogy],
    category: np.ndarray,
    bootstrap: Drawing,
    resample: Resample,
    same: Callable[[str], str],
) -> Iterator[np.ndarray]:
    """(Q, b) float64, how often each question counts, in blocks of samples; none for no questions."""
    if not questions:
        return
    most = max(1, min(32, _NUMBERS_AT_ONCE // len(questions)))
    if resample == "questions":
        yield from bootstrap.weights(category, most)
        return
    examples = [(same(question.a), same(question.b)) for question in questions]
    targets = [(same(question.c), same(question.answers[0])) for question in questions]
    _, number = numbered(pair for both in zip(examples, targets, strict=True) for pair in both)
    example, target = number.reshape(-1, 2).T
    _, first = np.unique(number, return_index=True)  # a pair of two categories is drawn with its first one
    itself = np.flatnonzero(example == target)
    for drawn in bootstrap.weights(category[first // 2], most):
        weights = drawn[example]
        weights *= drawn[target]
        weights[itself] = drawn[example[itself]]
        yield weights


def numbered(things: Iterable[Thing]) -> tuple[list[Thing], np.ndarray]:
    """Different things in the order they come, and (n,) int64, the place there of each."""
    places: dict[Thing, int] = {}
    each = [places.setdefault(thing, len(places)) for thing in things]
    return list(places), np.array(each, dtype=np.int64)
