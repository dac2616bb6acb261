"""A basis that grows by columns, each number in two bfloat16: what the first lacks of a float32 is the second.

Both together have 16 of 24 significant bits.  The first alone is half of the bytes to read, and enough to take the
basis away from what is nearly orthogonal to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..columns import GrowingColumns
from ..rowblocks import RowBlocks, aligned_empty, aligned_full, aligned_zeros
from .halves import WIDTH, Halves, even, filled_up, narrow_into


class SplitColumns(GrowingColumns):
    """(V, m) float32 in panels of 32 columns; memory is touched when a panel is filled, not before.

    Parameters
    ----------
    blocks : RowBlocks
        Of V rows.
    room : int
        Columns there may be.

    Attributes
    ----------
    upper, lower : (panels, V, 32) uint16
        What a column is the sum of; an odd V gets another row, of zeros.
    """

    def __init__(self, blocks: RowBlocks, room: int) -> None:
        super().__init__(blocks, room, np.float32)
        shape = -(-room // WIDTH), blocks.n_rows + blocks.n_rows % 2, WIDTH
        self.upper, self.lower = aligned_zeros(shape, np.uint16), aligned_zeros(shape, np.uint16)

    def append(self, X: np.ndarray) -> None:
        """Take X (V, b) float32 as the next columns."""
        # Fill the last panel first, then begin the next.
        done = 0
        while done < X.shape[1]:
            taken = min(WIDTH - self.size % WIDTH, X.shape[1] - done)
            self._append(X[:, done : done + taken])
            done += taken

    def _append(self, X: np.ndarray) -> None:
        """Take X as the next columns of one panel."""
        from ...kernels.bfloat16.rounding import split_block

        (panel, first), b = divmod(self.size, WIDTH), X.shape[1]

        def put(rows: slice) -> None:
            parts = self.upper[panel, rows], self.lower[panel, rows]
            # A whole panel is split in place; columns of a panel begun earlier are split aside, then copied.
            halves = parts if first == 0 else tuple(np.empty_like(part) for part in parts)
            split_block(filled_up(X, rows, rows), *halves)
            if first:
                for part, fresh in zip(parts, halves, strict=True):
                    part[:, first : first + b] = fresh[:, :b]

        self.blocks.map(put, self.blocks.blocks)
        self.size += b

    def remove_from(self, X: np.ndarray, work: Halves) -> None:
        """X -= Q Qᵀ X for orthonormal columns Q, by their upper halves: X (V, b ≤ 32) float32 with little of them left.

        Coefficients are off by what rounding X takes, which is 1e-4 of its columns at most.
        """
        from ...kernels.bfloat16.pairs import add_crossed_products, add_pairs_products

        panels = self.upper[: self._n_panels]

        def crossed(rows: slice) -> np.ndarray:
            sums = aligned_full((len(panels), WIDTH, WIDTH), np.float32, 0)
            add_crossed_products(panels[:, even(rows)], work.put_rows(X, rows), sums)
            return sums

        # The coefficients -Qᵀ X: products within blocks of rows in float32, sums over them in float64.
        C = np.zeros((len(panels), WIDTH, WIDTH))
        for part in self.blocks.map(crossed, self.blocks.blocks):
            C -= part
        coefficients = _paired(C.transpose(0, 2, 1).reshape(-1, WIDTH)).reshape(len(panels), -1, WIDTH)

        # X += Q C, with the coefficients rounded too, two rows side by side as the kernel takes them.
        def take_away(rows: slice) -> None:
            product = aligned_full((rows.stop - rows.start, WIDTH), np.float32, 0)
            add_pairs_products(panels[:, rows].view(np.uint32), coefficients, product)
            X[rows] += product[:, : X.shape[1]]

        self.blocks.map(take_away, self.blocks.blocks)

    @property
    def _n_panels(self) -> int:
        return -(-self.size // WIDTH)

    def _pieces(self) -> list[slice]:
        return [slice(WIDTH * panel, WIDTH * (panel + 1)) for panel in range(self._n_panels)]

    def _of(self, pieces: Sequence[int], rows: slice) -> Iterator[np.ndarray]:
        from ...kernels.bfloat16.rounding import join_block

        block = aligned_empty((rows.stop - rows.start, WIDTH), np.float32)
        for panel in pieces:
            join_block(self.upper[panel, rows], self.lower[panel, rows], block)
            yield block


def _paired(C: np.ndarray) -> np.ndarray:
    """(n, 32) as bfloat16, two rows side by side: (n / 2, 32) uint32."""
    halves, pairs = aligned_empty(C.shape, np.uint16), aligned_empty((len(C) // 2, WIDTH), np.uint32)
    narrow_into(halves, pairs, C.astype(np.float32, order="C"))
    return pairs
