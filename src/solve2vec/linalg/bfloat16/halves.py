"""A block of 32 vectors in bfloat16, in the two layouts that products need."""

from __future__ import annotations

import numpy as np

from ..rowblocks import RowBlocks, aligned_full, aligned_zeros

WIDTH = 32  # vectors in a block, as many as the kernels multiply at a time


class Halves:
    """32 vectors as bfloat16: ``rows`` row by row, ``pairs`` two rows side by side in 32 bits.

    Parameters
    ----------
    blocks : RowBlocks
        Of V rows; an odd number gets one more, of what is left over of the last: what multiplies it is 0.

    Attributes
    ----------
    rows : (V, 32) uint16
    pairs : (V / 2, 32) uint32
    """

    def __init__(self, blocks: RowBlocks) -> None:
        self._blocks = blocks
        n_rows = blocks.n_rows + blocks.n_rows % 2
        self.rows = aligned_zeros((n_rows, WIDTH), np.uint16)
        self.pairs = aligned_zeros((n_rows // 2, WIDTH), np.uint32)

    def put(self, X: np.ndarray) -> None:
        """Hold X (V, b ≤ 32) float32, filled up with zeros."""
        self._blocks.map(lambda rows: self.put_rows(X, rows), self._blocks.blocks)

    def put_rows(self, X: np.ndarray, rows: slice) -> np.ndarray:
        """Hold these rows of X; their pairs."""
        whole = even(rows)
        pairs = self.pairs[whole.start // 2 : whole.stop // 2]
        narrow_into(self.rows[whole], pairs, filled_up(X, rows, whole))
        return pairs


def even(rows: slice) -> slice:
    """These rows of V, which begin with an even one, and one more where they are odd in number."""
    return slice(rows.start, rows.stop + (rows.stop - rows.start) % 2)


def filled_up(X: np.ndarray, rows: slice, whole: slice) -> np.ndarray:
    """Some rows of X (V, b ≤ 32) with zeros in all that is missing of 32 columns, and of the rows ``whole``."""
    shape = whole.stop - whole.start, WIDTH
    if X.shape[1] == WIDTH and rows == whole:
        return X[rows]
    block = aligned_full(shape, np.float32, 0)
    block[: rows.stop - rows.start, : X.shape[1]] = X[rows]
    return block


def narrow_into(rows: np.ndarray, pairs: np.ndarray, X: np.ndarray) -> None:
    """X (n, 32) float32 as bfloat16, n even: rows (n, 32) uint16, pairs (n / 2, 32) uint32."""
    from ...kernels.bfloat16.rounding import narrow_block

    narrow_block(X, rows, pairs)
