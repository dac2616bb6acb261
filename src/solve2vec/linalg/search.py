"""Search: the n largest, equal ones by place, and cosines that are the same on every processor.

BLAS adds up a product in an order that depends on the processor, on its threads, and on where a row lies among the
others.  Equal rows may therefore get unequal scores, and one question two answers.  So BLAS only gives bounds of each
score, by what its rounding may hide; rows that these leave open are scored again, each by itself and in one order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..core.resources import block_size

UNIT, UNIT_64 = 2.0**-24, 2.0**-53  # the relative rounding error of one operation of float32, and of float64
TINY = 2.0**-126  # what a processor that flushes subnormal numbers to 0 may lose in one
QUERIES = 1024  # searched at a time …
SCORES = 1 << 26  # … and at most so many scores held: 256 MB
ENTRIES = 1 << 16  # of rows widened to float64 at a time: they fit a core's cache
GROUPS = 16  # groups of scores for each of the n wanted, whose largest entries bound the n-th largest score


def dots(rows: np.ndarray, query: np.ndarray, places: np.ndarray | None = None) -> np.ndarray:
    """(m,) float64, the inner product of each row with ``query``; equal rows get equal bits, on every processor.

    Products of float32 entries are exact in float64, and NumPy adds up each row by itself, in pairs.

    Parameters
    ----------
    rows : (V, d) array
    query : (d,) array, or (m, d) for one of its own for each row
    places : (m,) int array, optional
        Only these rows, in this order.
    """
    m, d = len(rows) if places is None else len(places), rows.shape[1]
    made, step = np.empty(m, np.float64), max(1, ENTRIES // max(1, d))
    for at in range(0, m, step):
        part = slice(at, at + step)
        wide = rows[part if places is None else places[part]].astype(np.float64, order="C")
        wide *= query if query.ndim == 1 else query[part]
        np.add.reduce(wide, axis=1, out=made[part])
    made += 0.0  # -0 becomes 0
    return made


def products(rows: np.ndarray, query: np.ndarray) -> np.ndarray:
    """(V,) float32, ``dots(rows, query)`` rounded: the same bits sooner, for rows no longer than 1."""
    made = _blas_dots(rows, query)
    reach = _reach(query[None, :], UNIT_64)[0]
    open_ = np.flatnonzero((made - reach).astype(np.float32) != (made + reach).astype(np.float32))
    made[open_] = dots(rows, query, open_)
    return made.astype(np.float32)


def _blas_dots(rows: np.ndarray, query: np.ndarray) -> np.ndarray:
    """(V,) float64, ``dots(rows, query)`` up to the last digits."""
    (V, d), query = rows.shape, query.astype(np.float64)
    made, step = np.empty(V, np.float64), max(1, ENTRIES // max(1, d))
    wide = np.empty((min(step, V), d), np.float64)
    for at in range(0, V, step):
        part = wide[: len(made[at : at + step])]
        np.copyto(part, rows[at : at + step])
        np.dot(part, query, out=made[at : at + step])
    return made


def _rough(rows: np.ndarray, query: np.ndarray) -> np.ndarray:
    """(V,) float64, the product in float32."""
    with np.errstate(all="ignore"):  # BLAS may leave flags though all numbers are finite
        return (rows @ query).astype(np.float64)


def above(rows: np.ndarray, query: np.ndarray, least: np.float32) -> np.ndarray:
    """(m,) int64, the places of rows, no longer than 1, whose ``products`` with ``query`` are above ``least``."""
    rough, reach = _rough(rows, query), _reach(query[None, :])[0]
    may_be = np.flatnonzero(rough > least - reach)
    is_open = rough[may_be] <= least + reach
    is_open[is_open] = dots(rows, query, may_be[is_open]).astype(np.float32) <= least
    return may_be[~is_open]


def unit_rows(rows: np.ndarray, dtype: type = np.float32) -> np.ndarray:
    """(n, d) rows scaled to length 1, of any size that float32 holds; zero rows stay zero."""
    made: np.ndarray = np.empty(rows.shape, dtype)
    step = max(1, ENTRIES // max(1, rows.shape[1]))
    for at in range(0, len(rows), step):
        wide = rows[at : at + step].astype(np.float64, order="C")  # NumPy adds up along memory
        lengths = np.sqrt(np.add.reduce(wide * wide, axis=1))[:, None]
        made[at : at + step] = wide / np.where(lengths > 0, lengths, 1)
    return made


def largest(values: np.ndarray, n: int) -> np.ndarray:
    """(min(n, V),) the places of the ``n`` largest of ``values`` (V,), largest first, equal ones by place."""
    if n < 1:
        return np.empty(0, np.int64)
    if n >= len(values):
        return np.argsort(-values, kind="stable")
    least = np.partition(values, len(values) - n)[len(values) - n]
    places = np.flatnonzero(values >= least)  # more than n where the n-th value is shared
    return places[np.argsort(-values[places], kind="stable")[:n]]


def nearest(
    rows: np.ndarray, queries: np.ndarray, n: int, hidden: np.ndarray | Sequence[Sequence[int]] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Find the ``n`` rows with the largest inner products with each query, exactly.

    Parameters
    ----------
    rows : (V, d) float32
        None longer than 1.
    queries : (Q, d) float32
    n : int
        At least 1; fewer are found where fewer rows may answer.
    hidden : (Q, m) ints, optional
        Rows that may not answer each query.

    Returns
    -------
    places : (Q, n) int64
    scores : (Q, n) float32
        The products, falling; equal ones by place.
    """
    hidden = None if hidden is None else np.asarray(hidden)
    dropped = 0 if hidden is None or not len(hidden) else max(len(set(places)) for places in hidden.tolist())
    n = max(0, min(n, len(rows) - dropped))
    found = np.empty((len(queries), n), np.int64), np.empty((len(queries), n), np.float32)
    step = max(1, min(block_size(QUERIES), SCORES // max(1, len(rows))))
    for at in range(0, len(queries) if n else 0, step):
        part = slice(at, at + step)
        with np.errstate(all="ignore"):  # as in _rough
            rough = queries[part] @ rows.T
        if hidden is not None:
            np.put_along_axis(rough, hidden[part], -np.inf, axis=1)
        floors = np.nextafter((_nth_largest(rough, n) - _reach(queries[part])).astype(np.float32), -np.inf)
        for q, floor in enumerate(np.maximum(floors, np.finfo(np.float32).min), at):  # what is hidden is below
            may_be = np.flatnonzero(rough[q - at] >= floor)
            scores = dots(rows, queries[q], may_be).astype(np.float32)
            best = np.argsort(-scores, kind="stable")[:n]
            found[0][q], found[1][q] = may_be[best], scores[best]
    return found


def _reach(queries: np.ndarray, unit: float = UNIT) -> np.ndarray:
    """(Q,) how far below the n-th largest rough score a row's may lie that is among the n best.

    Whatever the order, a product of d entries is off by at most γ = du / (1 - du) of the lengths' product (Higham 2002,
    section 3.1), for either of two rows; and scores that round to the same float32 are equal.
    """
    d = queries.shape[1]
    lengths = np.sqrt(dots(queries, queries))
    return 2 * (lengths * (d * unit / (1 - d * unit) + 2 * unit) + d * TINY)


@dataclass(frozen=True)
class Ratio:
    """A product of shifted cosines over another, as 3CosMul has it: Π (1 + x·p) / 2 over Π (1 + x·n) / 2 + ε.

    Attributes
    ----------
    over, under : lists of (d,) float32
        The p and n, of any length.
    epsilon : float
        ε, above 0.
    """

    over: Sequence[np.ndarray]
    under: Sequence[np.ndarray]
    epsilon: float

    def of(self, rows: np.ndarray, places: np.ndarray | None = None) -> np.ndarray:
        """(m,) float32 of each of ``rows``, or of those at ``places``; equal rows get equal bits."""
        if places is None:
            least, most = self._bounds(rows, _blas_dots, UNIT_64)
            made: np.ndarray = most.astype(np.float32)
            open_ = np.flatnonzero(least.astype(np.float32) != made)
            made[open_] = self.of(rows, open_)
            return made
        over, under = (
            np.prod([(1 + dots(rows, query, places)) / 2 for query in queries], axis=0)
            for queries in (self.over, self.under)
        )
        ratios: np.ndarray = (over / (under + self.epsilon)).astype(np.float32)
        return ratios

    def largest(self, rows: np.ndarray, n: int, hidden: Sequence[int] = ()) -> tuple[np.ndarray, np.ndarray]:
        """The places of the ``n`` rows, no longer than 1, with the largest ratios, and these; equal ones by place."""
        least, most = self._bounds(rows, _rough, UNIT)
        least[list(hidden)] = most[list(hidden)] = -np.inf
        n = max(0, min(n, len(rows) - len(set(hidden))))
        floor = np.partition(least, len(rows) - n)[len(rows) - n] if n else np.inf
        may_be = np.flatnonzero((most.astype(np.float32) >= np.float32(floor)) & (most > -np.inf))
        scores = self.of(rows, may_be)
        best = np.argsort(-scores, kind="stable")[:n]
        return may_be[best], scores[best]

    def _bounds(self, rows: np.ndarray, product: Callable[..., np.ndarray], unit: float) -> tuple[np.ndarray, ...]:
        """Of each row, what its ratio is at least and at most, by what rounding may hide in ``product``."""
        (over, over_most), (under, under_most) = (
            self._of_products(rows, queries, product, unit) for queries in (self.over, self.under)
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            least = over / np.where(over < 0, under + self.epsilon, under_most + self.epsilon)
            most = over_most / (under + self.epsilon)
        is_sure = under + self.epsilon > 0
        return np.where(is_sure, least, -np.inf), np.where(is_sure, most, np.inf)

    @staticmethod
    def _of_products(
        rows: np.ndarray, queries: Sequence[np.ndarray], product: Callable[..., np.ndarray], unit: float
    ) -> tuple[np.ndarray, np.ndarray]:
        least, most, is_positive = np.ones(len(rows)), np.ones(len(rows)), np.ones(len(rows), bool)
        for query in queries:
            near, reach = (1 + product(rows, query)) / 2, _reach(query[None, :], unit)[0]
            low, high = near - reach, near + reach
            is_positive &= low >= 0
            least, most = least * low, most * np.maximum(high, -low)
        return np.where(is_positive, least, -most), most


def _nth_largest(scores: np.ndarray, n: int) -> np.ndarray:
    """(Q,) float64, of each row of ``scores`` (Q, V) its n-th largest entry, or a little less where that is quicker."""
    V, groups = scores.shape[1], GROUPS * n
    if (width := V // groups) > 1:  # the n-th largest of some entries, one of each group, is no larger
        scores = scores[:, : width * groups].reshape(-1, width, groups).max(axis=1)
    return np.partition(scores, scores.shape[1] - n, axis=1)[:, -n].astype(np.float64)
