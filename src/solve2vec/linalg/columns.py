"""Columns: a matrix that grows by blocks of columns, each of them in one piece.

Memory is touched when it is filled, not before: side by side in long rows, the first columns would touch all of it.
"""

from __future__ import annotations

import numpy as np

from .rowblocks import RowBlocks, aligned, aligned_empty, aligned_full


class Columns:
    """(V, m), block of columns by block of columns.

    Parameters
    ----------
    blocks : RowBlocks
        Of V rows.
    room : int
        Columns there may be.
    dtype : numpy dtype
    """

    def __init__(self, blocks: RowBlocks, room: int, dtype: type) -> None:
        self.blocks, self.room, self.dtype = blocks, room, dtype
        self._memory = aligned_empty((room * blocks.n_rows,), dtype)
        self._parts: list[tuple[slice, np.ndarray]] = []  # which columns, and (V, b)

    @property
    def size(self) -> int:
        """m."""
        return self._parts[-1][0].stop if self._parts else 0

    def append(self, X: np.ndarray) -> None:
        """Take X (V, b) as the next columns."""
        V, b = X.shape
        columns = slice(self.size, self.size + b)
        part = self._memory[columns.start * V : columns.stop * V].reshape(V, b)

        def put(rows: slice) -> None:
            part[rows] = X[rows]

        self.blocks.map(put, self.blocks.blocks)
        self._parts.append((columns, part))

    def replace(self, X: np.ndarray) -> None:
        """Take X (V, b) for all columns so far."""
        self._parts = []
        self.append(X)

    def gram(self, Y: np.ndarray) -> np.ndarray:
        """Qᵀ Y: (V, b) → (m, b) float64; blocks of rows in their own precision, sums over them in float64."""
        from ..kernels.panels import add_any_product

        def block(rows: slice) -> np.ndarray:
            made, y = aligned_full((self.size, Y.shape[1]), self.dtype, 0), Y[rows]
            for columns, part in self._parts:
                add_any_product(part[rows].T, y, made[columns])
            return made

        total = np.zeros((self.size, Y.shape[1]))
        for part in self.blocks.map(block, self.blocks.blocks):
            total += part
        return total

    def take_away(self, Y: np.ndarray, C: np.ndarray) -> None:
        """Y -= Q C in place: (V, b), (m, b); blocks of columns for which C is zero cost nothing."""
        self._add(Y, -C)

    def times(self, C: np.ndarray) -> np.ndarray:
        """Q C: (m, b) → (V, b)."""
        made = aligned_full((self.blocks.n_rows, C.shape[1]), self.dtype, 0)
        self._add(made, C)
        return made

    def _add(self, Y: np.ndarray, C: np.ndarray) -> None:
        from ..kernels.panels import add_any_product

        C = aligned(C, self.dtype)
        parts = [(part, C[columns]) for columns, part in self._parts if C[columns].any()]

        def block(rows: slice) -> None:
            for part, c in parts:
                add_any_product(part[rows], c, Y[rows])

        self.blocks.map(block, self.blocks.blocks)
