"""Ridge regression on a sparse matrix, by conjugate gradients: the same bits for any number of threads."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..linalg.operator import transpose
from ..linalg.rowblocks import ROWS, RowBlocks, aligned, aligned_empty, aligned_zeros, row_blocks

COLUMNS = 32  # at a time: their rows stay in the cache
STEPS = 8  # more move no score; a fixed number, so no column's answer depends on the others
SPENT = 1e-18  # of a column's first squared residual: below it there is nothing left to solve for in float32


def ridge(
    G: Any, E: np.ndarray, weights: np.ndarray, penalty: float, *, steps: int = STEPS, rows: int = ROWS
) -> np.ndarray:
    """Find B (N, d) float32 that makes Σ_w weights_w ‖E_w - G_w B‖² + penalty ‖B‖² least.

    Conjugate gradients on (GᵀDG + λ) B = GᵀDE, each column for itself, with the diagonal as preconditioner.

    Parameters
    ----------
    G : (V, N) CSR
    E : (V, d) array
    weights : (V,) array
        The diagonal of D.
    penalty : float
        λ > 0.
    steps : int
        Of conjugate gradients.
    rows : int
        Of a block of V or of N: sums are rounded otherwise with another number.
    """
    B = np.empty((G.shape[1], E.shape[1]), np.float32)
    with row_blocks(G.shape[0], rows=rows) as words, row_blocks(G.shape[1], rows=rows) as ngrams:
        equations = _Equations(G, np.asarray(weights, np.float32), penalty, words, ngrams)
        for at in range(0, E.shape[1], COLUMNS):
            B[:, at : at + COLUMNS] = equations.solved(E[:, at : at + COLUMNS], steps)
    return B


class _Equations:
    """(GᵀDG + λ) B = GᵀDE, with what is the same for all columns."""

    def __init__(self, G: Any, D: np.ndarray, penalty: float, words: RowBlocks, ngrams: RowBlocks) -> None:
        squares = np.repeat(D.astype(np.float64), np.diff(G.indptr)) * G.data.astype(np.float64) ** 2
        diagonal = np.bincount(G.indices, weights=squares, minlength=G.shape[1]) + penalty
        self._D, self._λ, self._M = D, np.float32(penalty), (1 / diagonal).astype(np.float32)
        self._back, self._words, self._ngrams = transpose(G), words, ngrams
        self._G, self._Gt = ((np.asarray(m.indptr), np.asarray(m.indices), np.asarray(m.data)) for m in (G, self._back))

    def solved(self, E: np.ndarray, steps: int) -> np.ndarray:
        """(N, d) for a few columns (V, d)."""
        from ..kernels import regression

        words, ngrams, M, n = self._words, self._ngrams, self._M, E.shape[1]
        # what is left to explain, at first GᵀDE, and where to go
        R = times(self._back, aligned(np.asarray(E, np.float32) * self._D[:, None], np.float32), ngrams)
        P, B = aligned(R * M[:, None], np.float32), aligned_zeros(R.shape, np.float32)
        Y, AP = aligned_empty(E.shape, np.float32), aligned_empty(R.shape, np.float32)

        def weigh(rows: slice) -> None:
            regression.weigh_rows(*self._G, P, self._D, Y, rows.start, rows.stop)

        def multiply(rows: slice) -> np.ndarray:
            dots = np.zeros(n)
            regression.normal_rows(*self._Gt, Y, P, self._λ, AP, dots, rows.start, rows.stop)
            return dots

        left = first = ngrams.dots(R, P)
        for _ in range(steps):
            words.map(weigh, words.blocks)
            curved = ngrams.sums(multiply, n)  # Pᵀ A P, with A = GᵀDG + λ
            is_going = left > SPENT * first
            step = np.where(is_going, left / np.maximum(curved, 1e-300), 0).astype(np.float32)

            def advance(rows: slice, step: np.ndarray = step) -> np.ndarray:
                squares = np.zeros(n)
                regression.advance_rows(step, P, AP, M, B, R, squares, rows.start, rows.stop)
                return squares

            now = ngrams.sums(advance, n)
            turn = np.where(is_going, now / np.maximum(left, 1e-300), 0).astype(np.float32)

            def turned(rows: slice, turn: np.ndarray = turn) -> None:
                regression.turn_rows(turn, R, M, P, rows.start, rows.stop)

            ngrams.map(turned, ngrams.blocks)
            left = now
        return B


def times(G: Any, X: np.ndarray, blocks: RowBlocks) -> np.ndarray:
    """G X: (V, N) CSR, (N, d) float32 → (V, d), block of rows by block of rows."""
    from ..kernels.products import add_csr_times_block

    made = aligned_zeros((G.shape[0], X.shape[1]), np.float32)
    starts, ends = np.asarray(G.indptr[:-1], np.int64), np.asarray(G.indptr[1:], np.int64)

    def block(rows: slice) -> None:
        add_csr_times_block(starts, ends, G.indices, G.data, X, made, rows.start, rows.stop)

    blocks.map(block, blocks.blocks)
    return made
