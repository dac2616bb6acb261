"""Packed matrices: rows in tiles of bfloat16, each dense up to a column of its own and sparse beyond.

Words are numbered by falling frequency, so most of what is stored crowds to the left and to the top, where dense
products run four times as fast per entry as sparse ones.  Half of the bytes of float32 are half of the time, and the
rounding of the entries, independent from one to the next, is far below what residuals are asked for: the solver's
tolerance is a share of λ_1, and how far the rounding moves each mode is part of its residual.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..rowblocks import RowBlocks, aligned_empty, aligned_full
from .halves import WIDTH, Halves

SPARSE_COST = 4  # of one stored entry, in dense entries
EVENTS = 3  # windows that a unit of weight stands for, about: 2 to 8 do as well


@dataclass(frozen=True)
class Tiling:
    """How a matrix is cut into tiles.

    Attributes
    ----------
    band : int
        Rows that share a width.
    step : int
        Columns; widths are multiples.
    dense_entries : int
        At most, of all tiles: 512 MiB by default.
    entries : int
        Stored in a tile, about: fewer rows at a time would read the vectors more often.
    """

    band: int = 128
    step: int = 64
    dense_entries: int = 1 << 28
    entries: int = 1 << 21


TILING = Tiling()


@dataclass(frozen=True)
class Tile:
    """Rows first … last - 1: dense (n, w) uint32, pairs of bfloat16; starts, indices and values of the rest."""

    rows: slice
    dense: np.ndarray
    starts: np.ndarray
    indices: np.ndarray
    values: np.ndarray


class Packed:
    """A (V, V) matrix in tiles.

    Parameters
    ----------
    tiles : list of Tile
        Their rows one after another from 0 to V.
    errors : (V,) float64
        The squared length of what rounding took from each row.
    """

    def __init__(self, tiles: list[Tile], errors: np.ndarray) -> None:
        self.tiles, self.errors = tiles, errors

    def __len__(self) -> int:
        return len(self.errors)

    def operator(self, left: np.ndarray, right: np.ndarray, blocks: RowBlocks) -> PackedOperator:
        """What multiplies this plus left rightᵀ with blocks of vectors."""
        return PackedOperator(self, left, right, blocks)

    @property
    def rounding(self) -> np.ndarray:
        """(V,) the length of what rounding took from each row."""
        return np.sqrt(self.errors)


class PackedOperator:
    """M X for M = packed + left rightᵀ: (V, b) float32 → (V, b) float32, X rounded to bfloat16 but for left rightᵀ."""

    def __init__(self, packed: Packed, left: np.ndarray, right: np.ndarray, blocks: RowBlocks) -> None:
        self._packed, self._blocks = packed, blocks
        self._left, self._right = left.astype(np.float32), right.astype(np.float32)
        self._halves = Halves(blocks)

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """(V, b) → (V, b)."""
        V, b = X.shape
        X = np.ascontiguousarray(X, dtype=np.float32)
        Y = aligned_empty((V, b), np.float32)
        # M X = packed X + left (rightᵀ X): the small factor once, for all tiles.
        low = self._blocks.gram(self._right, X).astype(np.float32)
        for first in range(0, b, WIDTH):
            columns = slice(first, min(b, first + WIDTH))
            self._multiply(X if b <= WIDTH else np.ascontiguousarray(X[:, columns]), low[:, columns], Y[:, columns])
        return Y

    def _multiply(self, X: np.ndarray, low: np.ndarray, Y: np.ndarray) -> None:
        """Y = M X for at most 32 vectors."""
        from ...kernels.bfloat16.pairs import add_pairs_product, add_sparse_product
        from ...kernels.panels import add_any_product

        # Kernels multiply 32 vectors at a time: fill up narrower blocks with zeros.
        b, halves = X.shape[1], self._halves
        wide = aligned_full((low.shape[0], WIDTH), np.float32, 0)
        wide[:, :b] = low
        halves.put(X)

        def multiply(tile: Tile) -> None:
            y = Y[tile.rows] if b == WIDTH else aligned_empty((tile.rows.stop - tile.rows.start, WIDTH), np.float32)
            y[:] = 0
            # The background of low rank in float32, then the frequent columns densely, the others sparsely.
            add_any_product(self._left[tile.rows], wide, y)
            add_pairs_product(tile.dense, halves.pairs, y)
            add_sparse_product(tile.starts, tile.indices, tile.values, halves.rows, y)
            if b < WIDTH:
                Y[tile.rows] = y[:, :b]

        self._blocks.map(multiply, self._packed.tiles)


class PackedSquares:
    """A Aᵀ X for A = [A_1, A_2, …] in tiles without a dense part, X and each A_iᵀ X rounded to bfloat16.

    Parameters
    ----------
    pairs : sequence of (Packed, Packed)
        A_i and its transpose, both (V, V).
    blocks : RowBlocks
        Of V rows.
    """

    def __init__(self, pairs: Sequence[tuple[Packed, Packed]], blocks: RowBlocks) -> None:
        self._pairs, self._blocks = pairs, blocks
        self._outer, self._inner = Halves(blocks), Halves(blocks)

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """(V, b) → (V, b) float32."""
        V, b = X.shape
        Y = aligned_empty((V, b), np.float32)
        for first in range(0, b, WIDTH):
            columns = slice(first, min(b, first + WIDTH))
            whole = Y if b == WIDTH else aligned_empty((V, WIDTH), np.float32)
            self._multiply(X[:, columns], whole)
            if whole is not Y:
                Y[:, columns] = whole[:, : columns.stop - columns.start]
        return Y

    def _multiply(self, X: np.ndarray, Y: np.ndarray) -> None:
        self._outer.put(np.ascontiguousarray(X, dtype=np.float32))
        Z = aligned_empty(Y.shape, np.float32)
        Y[:] = 0
        for matrix, transposed in self._pairs:
            Z[:] = 0
            self._add(transposed, self._outer, Z)
            self._inner.put(Z)
            self._add(matrix, self._inner, Y)

    def _add(self, matrix: Packed, halves: Halves, Y: np.ndarray) -> None:
        """Y += A X."""
        from ...kernels.bfloat16.pairs import add_sparse_product

        def add(tile: Tile) -> None:
            add_sparse_product(tile.starts, tile.indices, tile.values, halves.rows, Y[tile.rows])

        self._blocks.map(add, matrix.tiles)


def pack(
    indptr: np.ndarray,
    indices: np.ndarray,
    data: np.ndarray,
    widths: np.ndarray,
    blocks: RowBlocks,
    entries: int = TILING.entries,
) -> Packed:
    """A CSR matrix of float32, columns rising in each row, in tiles; ``widths``: see :func:`expected_widths`."""
    V = len(indptr) - 1
    errors = np.empty(V)

    def tile(edges: tuple[int, int]) -> Tile:
        first, last = edges
        return packed_tile(first, indptr[first : last + 1], indices, data, widths, errors[first:last])

    return Packed(blocks.map(tile, tile_edges(np.diff(indptr), widths, entries)), errors)


def packed_tile(
    first: int, indptr: np.ndarray, indices: np.ndarray, data: np.ndarray, widths: np.ndarray, errors: np.ndarray
) -> Tile:
    """Rows of a CSR matrix, the first of them row ``first``, as a tile; what rounding took of each into ``errors``."""
    from ...kernels.bfloat16.rounding import pack_rows

    # Allocate: the dense part up to the tile's width, and room for the sparse part, one more entry in each row.
    n, V, width = len(indptr) - 1, len(widths), int(widths[first])
    dense = np.zeros((n, width), np.uint16)
    beyond = int((indices[indptr[0] : indptr[-1]] >= width).sum())
    starts = np.zeros(n + 1, np.int64)
    places = np.empty(beyond + n, _index_type(V))
    values = np.empty(beyond + n, np.uint16)
    pack_rows(first, indptr, indices, data, dense, starts, places, values, errors)
    return Tile(slice(first, first + n), dense.view(np.uint32), starts, places, values)


def packed_bytes(stored: np.ndarray, widths: np.ndarray) -> int:
    """What a matrix with at most so many entries ``stored`` in each row takes."""
    return int(2 * widths.sum() + stored.sum() * (2 + _index_type(len(widths)).itemsize))


def _index_type(V: int) -> np.dtype:
    return np.dtype(np.uint16 if V <= 1 << 16 else np.uint32)


def tile_edges(stored: np.ndarray, widths: np.ndarray, entries: int = TILING.entries) -> list[tuple[int, int]]:
    """Rows first … last - 1 of each tile: of one width, and with about ``entries`` ``stored``, (V,) those of each row.

    No bit of a product depends on where tiles end.
    """
    ends, changes = np.cumsum(stored), np.flatnonzero(np.diff(widths)) + 1
    edges = [0]
    for change in (*changes.tolist(), len(widths)):
        # Within one width, cut where about ENTRIES entries are reached, but take one row at least.
        while edges[-1] < change:
            base = ends[edges[-1] - 1] if edges[-1] else 0
            last = int(np.searchsorted(ends, base + entries, side="right"))
            edges.append(min(change, max(edges[-1] + 1, last)))
    return list(itertools.pairwise(edges))


def expected_widths(marginal: np.ndarray, total: float, tiling: Tiling = TILING) -> np.ndarray:
    """(V,) how many columns of each row to hold densely, from the frequencies alone.

    A pair of expected weight E is seen with probability 1 - exp(-EVENTS E), about; dense where that is above the
    ratio of costs.  P falls but for accidents; where it does not, products are slower, not wrong.
    """
    # The least expected weight worth a dense entry, and the last column that reaches it in the middle row of each band.
    P = np.sort(marginal)[::-1]
    least = -np.log1p(-1 / SPARSE_COST) / EVENTS
    middles = np.minimum(np.arange(0, len(P), tiling.band) + tiling.band // 2, len(P) - 1)
    columns = np.searchsorted(-P, -least / np.maximum(total * P[middles], 1e-300), side="right")
    return _allowed(columns, len(P), tiling)


def _allowed(columns: np.ndarray, V: int, tiling: Tiling) -> np.ndarray:
    """The columns of each band as those of each row: whole steps, and no more than memory is meant for."""
    widths = np.minimum(-(-columns // tiling.step) * tiling.step, V + V % 2)
    widths[np.cumsum(widths.astype(np.int64) * tiling.band) > tiling.dense_entries] = 0
    return np.repeat(widths, tiling.band)[:V]
