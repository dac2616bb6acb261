"""The operator: a sparse matrix on a background of low rank, times blocks of vectors.

Words are numbered by falling frequency, so most of what is stored crowds into one corner: there dense products
run three to four times as fast per entry as sparse ones.  Every tile of rows is therefore split at a column of its own:
dense to the left, sparse to the right.  Where the split lies follows from the matrix alone, not from the machine.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.stage import csr
from .rowblocks import RowBlocks, aligned, aligned_empty

TILE = 512  # rows and columns
SPARSE_COST = 3  # of one stored entry, in dense entries
DENSE_ENTRIES = 1 << 28  # at most: 1 GiB of float32


class Operator:
    """M X for M = seen + left rightᵀ, in the precision of X.

    Parameters
    ----------
    seen : (V, V) CSR array of float32, columns rising in each row
    left, right : (V, r) float64
    blocks : RowBlocks
        Of V rows.
    """

    def __init__(self, seen: Any, left: np.ndarray, right: np.ndarray, blocks: RowBlocks) -> None:
        self._indptr, self._indices, self._data = (np.asarray(p) for p in (seen.indptr, seen.indices, seen.data))
        self._factors, self._blocks = {left.dtype: (left, right)}, blocks
        V = seen.shape[0]
        self._tiles = [(at, min(V, at + TILE)) for at in range(0, V, TILE)]
        self._corner: list[np.ndarray] | None = None
        self._starts = self._indptr[:-1]  # where the sparse part of each row starts

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """(V, b) → (V, b)."""
        from ..kernels.panels import add_any_product
        from ..kernels.products import add_csr_times_block

        X = aligned(X, X.dtype)
        if X.dtype == np.float32 and self._corner is None:
            self._split()
        dense = self._corner if X.dtype == np.float32 else None
        starts = self._starts if dense is not None else self._indptr[:-1]
        left, right = self._background(X.dtype)
        low = aligned(self._blocks.gram(right, X), X.dtype)
        Y = aligned_empty(X.shape, X.dtype)

        def tile(n: int) -> None:
            rows = slice(*self._tiles[n])
            Y[rows] = 0
            add_any_product(left[rows], low, Y[rows])
            if dense is not None:
                add_any_product(dense[n], X[: dense[n].shape[1]], Y[rows])
            add_csr_times_block(starts, self._indptr[1:], self._indices, self._data, X, Y, *self._tiles[n])

        self._blocks.map(tile, list(range(len(self._tiles))))
        return Y

    def _background(self, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
        """left and right in the precision of a block, kept from one product to the next."""
        if dtype not in self._factors:
            left, right = next(iter(self._factors.values()))
            self._factors[dtype] = left.astype(dtype), right.astype(dtype)
        return self._factors[dtype]

    def _split(self) -> None:
        """Choose for each tile of rows how many columns are dense, and fill them."""
        from ..kernels.products import fill_dense, tile_counts

        V = len(self._indptr) - 1
        stored = np.concatenate(
            self._blocks.map(
                lambda tile: tile_counts(self._indptr, self._indices, *tile, TILE, V)[None, :], self._tiles
            )
        )
        widths = _dense_widths(stored, V)
        self._starts = np.array(self._indptr[:-1])

        def fill(tile: int) -> np.ndarray:
            first, last = self._tiles[tile]
            dense = np.zeros((last - first, int(widths[tile])), np.float32)
            fill_dense(self._indptr, self._indices, self._data, first, last, dense, self._starts)
            return dense

        self._corner = self._blocks.map(fill, list(range(len(self._tiles))))


def transpose(matrix: Any) -> Any:
    """The transpose of a CSR array, as one with columns rising in each row."""
    turned = matrix.T.tocsr().sorted_indices()
    return csr(turned.data, turned.indices.astype(np.int32), turned.indptr.astype(np.int64), turned.shape)


def _dense_widths(stored: np.ndarray, V: int) -> np.ndarray:
    """(tiles,) columns to hold densely, from the (tiles, tiles) numbers of stored entries: where it saves most."""
    columns = np.minimum(TILE * np.arange(1, stored.shape[1] + 1), V)
    rows = np.diff(np.minimum(TILE * np.arange(stored.shape[0] + 1), V))
    saved = SPARSE_COST * np.cumsum(stored, axis=1) - rows[:, None] * columns
    best = saved.argmax(axis=1)
    widths = np.where(saved.max(axis=1) > 0, columns[best], 0)
    room = np.cumsum(widths * rows) <= DENSE_ENTRIES
    return np.where(room, widths, 0)
