"""Blocks of vectors in bfloat16, in the two layouts that products need, and a basis that removes itself from others."""

from __future__ import annotations

import numpy as np

from .rowblocks import RowBlocks, aligned_empty, aligned_full

WIDTH = 32  # vectors in a block


class Halves:
    """(V, m) bfloat16, row by row and two rows side by side.

    Parameters
    ----------
    blocks : RowBlocks
        Of V rows.
    room : int
        Columns, zeros at first.
    """

    def __init__(self, blocks: RowBlocks, room: int) -> None:
        self._blocks = blocks
        n_rows, room = blocks.n_rows + blocks.n_rows % 2, room + -room % WIDTH
        self.rows = aligned_full((n_rows, room), np.uint16, 0)
        self.pairs = aligned_full((n_rows // 2, room), np.uint32, 0)

    def put(self, X: np.ndarray, first: int = 0) -> None:
        """X (V, b ≤ 32) float32 into the columns from ``first`` on; those up to 32 become 0."""
        self._blocks.map(lambda rows: self._put_rows(X, first, rows), self._blocks.blocks)

    def _put_rows(self, X: np.ndarray, first: int, rows: slice) -> None:
        pairs, columns = _paired(rows), slice(first, first + WIDTH)
        n_rows, block = 2 * (pairs.stop - pairs.start), X[rows]
        if block.shape != (n_rows, WIDTH):
            block = aligned_full((n_rows, WIDTH), np.float32, 0)
            block[: rows.stop - rows.start, : X.shape[1]] = X[rows]
        narrow_into(self.rows[rows.start : rows.start + n_rows, columns], self.pairs[pairs, columns], block)

    def remove_from(self, X: np.ndarray, m: int, work: Halves) -> None:
        """X -= Q Qᵀ X for the first ``m`` columns Q, orthonormal: X (V, b ≤ 32) float32 with little of them left.

        Coefficients and products are good to three digits, so a thousandth of what is there stays.
        """
        from ..kernels.bfloat import add_pairs_product

        m, b = m + m % 2, X.shape[1]

        def crossed(rows: slice) -> np.ndarray:
            work._put_rows(X, 0, rows)
            made = aligned_full((m, WIDTH), np.float32, 0)
            add_pairs_product(self.pairs[_paired(rows), :m].T, work.pairs[_paired(rows)], made)
            return made

        C = np.zeros((m, WIDTH))
        for part in self._blocks.map(crossed, self._blocks.blocks):
            C += part
        halves, pairs = aligned_empty((m, WIDTH), np.uint16), aligned_empty((m // 2, WIDTH), np.uint32)
        narrow_into(halves, pairs, -C.astype(np.float32))

        def take_away(rows: slice) -> None:
            made = aligned_full((rows.stop - rows.start, WIDTH), np.float32, 0)
            add_pairs_product(self.rows[rows, :m].view(np.uint32), pairs, made)
            X[rows] += made[:, :b]

        self._blocks.map(take_away, self._blocks.blocks)


def narrow_into(rows: np.ndarray, pairs: np.ndarray, X: np.ndarray) -> None:
    """X (n, 32) float32 as bfloat16, n even: rows (n, 32) uint16, pairs (n / 2, 32) uint32."""
    from ..kernels.bfloat import narrow_block

    narrow_block(X, aligned_full((1, WIDTH), np.float32, 0), rows, pairs)


def _paired(rows: slice) -> slice:
    """The pairs of a block of rows, which begins with an even one."""
    return slice(rows.start // 2, (rows.stop + 1) // 2)
