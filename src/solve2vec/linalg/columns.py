"""Columns: a matrix that grows by blocks of columns, each of them in one piece.

Memory is touched when it is filled, not before: side by side in long rows, the first columns would touch all of it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

import numpy as np

from .rowblocks import RowBlocks, aligned_empty, aligned_full


class GrowingColumns(ABC):
    """(V, m), however its columns are held: in pieces that lie side by side.

    Parameters
    ----------
    blocks : RowBlocks
        Of V rows.
    room : int
        Columns there may be.
    dtype : numpy dtype
        What it is multiplied in.

    Attributes
    ----------
    size : int
        m.
    """

    def __init__(self, blocks: RowBlocks, room: int, dtype: type) -> None:
        self.blocks, self.room, self.dtype, self.size = blocks, room, dtype, 0

    @abstractmethod
    def append(self, X: np.ndarray) -> None:
        """Take X (V, b) as the next columns."""

    def replace(self, X: np.ndarray) -> None:
        """Take X (V, b) for all columns so far."""
        self.size = 0
        self.append(X)

    @abstractmethod
    def _pieces(self) -> list[slice]:
        """Which columns each piece holds; the last may have zeros beyond the last column."""

    @abstractmethod
    def _of(self, pieces: Sequence[int], rows: slice) -> Iterator[np.ndarray]:
        """Some rows of these pieces, each until the next is asked for."""

    def gram(self, Y: np.ndarray) -> np.ndarray:
        """Qᵀ Y: (V, b) → (m, b) float64; blocks of rows in their own precision, sums over them in float64."""
        from ..kernels.panels import add_any_product

        pieces, shape = self._pieces(), (self._width, Y.shape[1])

        def block(rows: slice) -> np.ndarray:
            made, y = aligned_full(shape, self.dtype, 0), Y[rows]
            for columns, q in zip(pieces, self._of(range(len(pieces)), rows), strict=True):
                add_any_product(q.T, y, made[columns])
            return made

        total = np.zeros(shape)
        for part in self.blocks.map(block, self.blocks.blocks):
            total += part
        return total[: self.size]

    def take_away(self, Y: np.ndarray, C: np.ndarray) -> None:
        """Y -= Q C in place: (V, b), (m, b); pieces for which C is zero cost nothing."""
        self._add(Y, -C)

    def times(self, C: np.ndarray) -> np.ndarray:
        """Q C: (m, b) → (V, b)."""
        made = aligned_full((self.blocks.n_rows, C.shape[1]), self.dtype, 0)
        self._add(made, C)
        return made

    @property
    def _width(self) -> int:
        """m, and the zeros beyond."""
        pieces = self._pieces()
        return pieces[-1].stop if pieces else 0

    def _add(self, Y: np.ndarray, C: np.ndarray) -> None:
        """Y += Q C."""
        from ..kernels.panels import add_any_product

        whole = aligned_full((self._width, C.shape[1]), self.dtype, 0)
        whole[: self.size] = C
        pieces = self._pieces()
        needed = [piece for piece, columns in enumerate(pieces) if whole[columns].any()]

        def block(rows: slice) -> None:
            for piece, q in zip(needed, self._of(needed, rows), strict=True):
                add_any_product(q, whole[pieces[piece]], Y[rows])

        self.blocks.map(block, self.blocks.blocks)


class Columns(GrowingColumns):
    """Columns in full precision, a piece for each block that was appended."""

    def __init__(self, blocks: RowBlocks, room: int, dtype: type) -> None:
        super().__init__(blocks, room, dtype)
        self._memory = aligned_empty((room * blocks.n_rows,), dtype)
        self._parts: list[tuple[slice, np.ndarray]] = []  # which columns, and (V, b)

    def append(self, X: np.ndarray) -> None:
        """Take X (V, b) as the next columns."""
        V, b = X.shape
        columns = slice(self.size, self.size + b)
        part = self._memory[columns.start * V : columns.stop * V].reshape(V, b)

        def put(rows: slice) -> None:
            part[rows] = X[rows]

        self.blocks.map(put, self.blocks.blocks)
        self._parts.append((columns, part))
        self.size = columns.stop

    def replace(self, X: np.ndarray) -> None:
        """Take X (V, b) for all columns so far."""
        self._parts = []
        super().replace(X)

    def _pieces(self) -> list[slice]:
        return [columns for columns, _ in self._parts]

    def _of(self, pieces: Sequence[int], rows: slice) -> Iterator[np.ndarray]:
        return (self._parts[piece][1][rows] for piece in pieces)
