"""Blocks of vectors in bfloat16, in the two layouts that products need, and a basis that removes itself from others."""

from __future__ import annotations

import numpy as np

from .rowblocks import RowBlocks, aligned_empty, aligned_full, aligned_zeros

WIDTH = 32  # vectors in a panel, as many as the kernels multiply at a time


class Halves:
    """Panels of 32 vectors as bfloat16: ``rows`` row by row, ``pairs`` two rows side by side in 32 bits.

    Parameters
    ----------
    blocks : RowBlocks
        Of V rows; an odd one gets another, of zeros.
    room : int
        Panels there may be.

    Attributes
    ----------
    rows : (room, V, 32) uint16
    pairs : (room, V / 2, 32) uint32
    size : int
        Panels there are.
    """

    def __init__(self, blocks: RowBlocks, room: int) -> None:
        self._blocks, self.size = blocks, 0
        n_rows = blocks.n_rows + blocks.n_rows % 2
        self.rows = aligned_zeros((room, n_rows, WIDTH), np.uint16)
        self.pairs = aligned_zeros((room, n_rows // 2, WIDTH), np.uint32)

    def put(self, X: np.ndarray, panel: int) -> None:
        """X (V, b ≤ 32) float32, filled up with zeros, as this panel, the last there is."""
        self.size = panel + 1
        self._blocks.map(lambda rows: self._put_rows(X, panel, rows), self._blocks.blocks)

    def _put_rows(self, X: np.ndarray, panel: int, rows: slice) -> None:
        pairs, block = _paired(rows), X[rows]
        n_rows = 2 * (pairs.stop - pairs.start)
        if block.shape != (n_rows, WIDTH):
            block = aligned_full((n_rows, WIDTH), np.float32, 0)
            block[: rows.stop - rows.start, : X.shape[1]] = X[rows]
        narrow_into(self.rows[panel, rows.start : rows.start + n_rows], self.pairs[panel, pairs], block)
        if n_rows > rows.stop - rows.start:  # the row of no word stays 0, whatever was left over for it
            self.rows[panel, rows.stop] = 0
            self.pairs[panel, pairs.stop - 1] &= 0xFFFF

    def remove_from(self, X: np.ndarray, work: Halves) -> None:
        """X -= Q Qᵀ X for the orthonormal columns Q of all panels: X (V, b ≤ 32) float32 with little of them left.

        ``work`` is one panel.  Coefficients are off by what rounding X takes, which is 1e-4 of its columns at most.
        """
        from ..kernels.bfloat import add_pairs_products, add_transposed_products

        m = self.size

        def crossed(rows: slice) -> np.ndarray:
            work._put_rows(X, 0, rows)
            made = aligned_full((m, WIDTH, WIDTH), np.float32, 0)
            add_transposed_products(self.pairs[:m, _paired(rows)], work.pairs[0, _paired(rows)], made)
            return made

        C = np.zeros((m, WIDTH, WIDTH))
        for part in self._blocks.map(crossed, self._blocks.blocks):
            C += part
        halves, pairs = aligned_empty((m * WIDTH, WIDTH), np.uint16), aligned_empty((m * WIDTH // 2, WIDTH), np.uint32)
        narrow_into(halves, pairs, (-C).astype(np.float32).reshape(-1, WIDTH))
        coefficients = pairs.reshape(m, WIDTH // 2, WIDTH)

        def take_away(rows: slice) -> None:
            made = aligned_full((rows.stop - rows.start, WIDTH), np.float32, 0)
            add_pairs_products(self.rows[:m, rows].view(np.uint32), coefficients, made)
            X[rows] += made[:, : X.shape[1]]

        self._blocks.map(take_away, self._blocks.blocks)


def narrow_into(rows: np.ndarray, pairs: np.ndarray, X: np.ndarray) -> None:
    """X (n, 32) float32 as bfloat16, n even: rows (n, 32) uint16, pairs (n / 2, 32) uint32."""
    from ..kernels.bfloat import narrow_block

    narrow_block(X, aligned_full((1, WIDTH), np.float32, 0), rows, pairs)


def _paired(rows: slice) -> slice:
    """The pairs of a block of rows, which begins with an even one."""
    return slice(rows.start // 2, (rows.stop + 1) // 2)
