"""Tall, thin matrices cut into fixed blocks of rows: each block computed by one worker, sums added in block order.

The blocks depend on the number of rows alone, and BLAS runs on one thread inside them, so the number of workers
does not change a bit; a processor of another kind may, since BLAS does.  Whatever executes functions can stand in
for the threads.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

from ..core.parallel import single_threaded_blas, thread_pool
from ..core.resources import thread_count

LINE = 64  # bytes in a cache line: vectors that straddle two cost the kernels a third of their speed
ROWS = 2048  # rows in a block: 2048 x 1000 float32 stay in a core's cache

Slice = slice
Item = TypeVar("Item")
Result = TypeVar("Result")


class RowBlocks:
    """Algebra on (V, b) matrices, block of rows by block of rows.

    Parameters
    ----------
    n_rows : int
        V.
    pool : executor, or None
        None runs the blocks one after another.
    workers : int
        How many take blocks at a time.
    rows : int
        Of a block: sums are rounded otherwise with another number.
    """

    def __init__(self, n_rows: int, pool: Executor | None = None, workers: int = 1, *, rows: int = ROWS) -> None:
        self.n_rows = n_rows
        self._pool, self._helpers = pool, workers
        self.blocks = [slice(at, min(n_rows, at + rows)) for at in range(0, n_rows, rows)]

    def map(self, function: Callable[[Item], Result], items: list[Item]) -> list[Result]:
        """``function`` of each item, in order."""
        if self._pool is None or len(items) == 1:
            return [function(item) for item in items]
        made: dict[int, Result] = {}
        places = iter(range(len(items)))

        def work() -> None:
            try:
                for place in places:  # whoever is free takes the next: a future for each would cost more than the work
                    made[place] = function(items[place])
            except BaseException:
                for _ in places:  # nobody takes another
                    pass
                raise

        for helper in [self._pool.submit(work) for _ in range(self._helpers)]:
            helper.result()
        return [made[place] for place in range(len(items))]

    def gram(self, X: np.ndarray, Y: np.ndarray, dtype: Any = None) -> np.ndarray:
        """Xᵀ Y: (V, m), (V, b) → (m, b) float64; blocks in their own precision or in ``dtype``, sums in float64."""

        def block(rows: Slice) -> np.ndarray:
            x = X[rows].astype(dtype or X.dtype, copy=False)  # in the cache, where all of X would be fresh memory
            return _product(x.T, x if Y is X else Y[rows].astype(dtype or Y.dtype, copy=False))

        total = np.zeros((X.shape[1], Y.shape[1]))
        for part in self.map(block, self.blocks):
            total += part
        return total

    def times(self, X: np.ndarray, C: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """X C: (V, m), (m, b) → (V, b), in the precision of X; ``out`` may be X itself."""
        C = aligned(C, X.dtype)
        made = aligned_empty((self.n_rows, C.shape[1]), X.dtype) if out is None else out

        def block(rows: Slice) -> None:
            made[rows] = _product(X[rows], C)

        self.map(block, self.blocks)
        return made

    def take_away(self, Y: np.ndarray, X: np.ndarray, C: np.ndarray) -> None:
        """Y -= X C in place: (V, b), (V, m), (m, b)."""
        from ..kernels.panels import add_any_product

        C = aligned(-C, X.dtype)

        def block(rows: Slice) -> None:
            add_any_product(X[rows], C, Y[rows])

        self.map(block, self.blocks)

    def subtract(self, Y: np.ndarray, X: np.ndarray, factors: np.ndarray) -> None:
        """Y -= X diag(factors) in place: (V, b), (V, b), (b,)."""
        factors = factors.astype(X.dtype)

        def block(rows: Slice) -> None:
            Y[rows] -= X[rows] * factors

        self.map(block, self.blocks)

    def squared_norms(self, X: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """(b,) float64, the squared length of each column; ``weights`` (V,) multiply the rows."""
        if weights is None:
            return self.dots(X, X)
        return self.sums(lambda rows: np.square(X[rows] * weights[rows, None]).sum(axis=0), X.shape[1])

    def dots(self, X: np.ndarray, Y: np.ndarray) -> np.ndarray:
        """(b,) float64, each column of X (V, b) times that of Y."""
        return self.sums(lambda rows: np.einsum("ij,ij->j", X[rows], Y[rows]), X.shape[1])

    def sums(self, function: Callable[[Slice], np.ndarray], b: int) -> np.ndarray:
        """(b,) float64, what ``function`` makes of each block of rows, added in their order."""
        total = np.zeros(b)
        for part in self.map(function, self.blocks):
            total += part
        return total

    def orthonormal(self, X: np.ndarray, smallest: float) -> tuple[np.ndarray, np.ndarray]:
        """Q with orthonormal columns and C with X ≈ Q C; directions shorter than ``smallest`` are left out.

        The eigenvectors of XᵀX give the directions; twice, since one pass loses half the digits.
        """
        coefficients = np.eye(X.shape[1])
        for _ in range(2):
            values, U = np.linalg.eigh(self.gram(X, X))
            kept = values > smallest**2
            lengths = np.sqrt(values[kept])
            X = self.times(X, U[:, kept] / lengths)
            coefficients = (U[:, kept] * lengths).T @ coefficients
            smallest = 0.5  # what is left has length 1 by now
        return X, coefficients


def aligned_empty(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An array that begins where a cache line does, its entries not set."""
    return _lined_up(np.empty, shape, dtype)


def aligned_zeros(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An array of zeros that begins where a cache line does; the system gives memory only to what is written."""
    return _lined_up(np.zeros, shape, dtype)


def aligned(X: np.ndarray, dtype: Any) -> np.ndarray:
    """X in C order from the beginning of a cache line on: X itself if it lies so."""
    if X.dtype == dtype and X.flags.c_contiguous and X.ctypes.data % LINE == 0:
        return X
    return aligned_full(X.shape, dtype, X)


def aligned_full(shape: tuple[int, ...], dtype: Any, values: Any) -> np.ndarray:
    """An array that begins where a cache line does, its entries set to ``values``."""
    made = aligned_empty(shape, dtype)
    made[:] = values
    return made


def _lined_up(make: Callable[..., np.ndarray], shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    size = math.prod(shape) * np.dtype(dtype).itemsize
    room = make(size + LINE, np.uint8)
    first = -room.ctypes.data % LINE
    return room[first : first + size].view(dtype).reshape(shape)


def _product(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """A B in their precision."""
    from ..kernels.panels import add_any_product

    made = aligned_full((A.shape[0], B.shape[1]), np.result_type(A, B), 0)
    add_any_product(A, B, made)
    return made


@contextmanager
def row_blocks(n_rows: int, *, rows: int = ROWS) -> Iterator[RowBlocks]:
    """Row blocks on as many threads as there may be now, with BLAS held to one thread of its own."""
    workers = thread_count()
    with single_threaded_blas():
        if workers == 1:
            yield RowBlocks(n_rows, rows=rows)
        else:
            with thread_pool(workers) as pool:
                yield RowBlocks(n_rows, pool, workers, rows=rows)
