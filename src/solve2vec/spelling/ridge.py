"""Ridge regression on a sparse matrix, by conjugate gradients: the same bits for any number of threads."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..linalg.operator import transpose
from ..linalg.rowblocks import ROWS, RowBlocks, aligned, aligned_zeros, row_blocks

STEPS = 12  # leave 3 % of the residual at 30,000 words; a fixed number, so no column's answer depends on the others
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
    D = np.asarray(weights, np.float32)[:, None]
    back = transpose(G)
    penalty_ = np.float32(penalty)
    squares = np.repeat(D[:, 0].astype(np.float64), np.diff(G.indptr)) * G.data.astype(np.float64) ** 2
    diagonal = np.bincount(G.indices, weights=squares, minlength=G.shape[1]) + penalty
    M = (1 / diagonal).astype(np.float32)[:, None]
    with row_blocks(G.shape[0], rows=rows) as words, row_blocks(G.shape[1], rows=rows) as ngrams:
        R = times(
            back, aligned(np.asarray(E, np.float32) * D, np.float32), ngrams
        )  # what is left to explain: at first GᵀDE
        B, P = aligned_zeros(R.shape, np.float32), aligned(R * M, np.float32)
        left = first = ngrams.dots(R, P)
        for _ in range(steps):
            Y = times(G, P, words)  # A P, with A = GᵀDG + λ
            _each(words, lambda rows, Y=Y: np.multiply(Y[rows], D[rows], out=Y[rows]))
            AP = times(back, Y, ngrams)
            _each(ngrams, lambda rows, AP=AP: np.add(AP[rows], penalty_ * P[rows], out=AP[rows]))
            is_going = left > SPENT * first
            step = np.where(is_going, left / np.maximum(ngrams.dots(P, AP), 1e-300), 0).astype(np.float32)

            def advance(rows: slice, step: np.ndarray = step, AP: np.ndarray = AP) -> None:
                B[rows] += P[rows] * step
                R[rows] -= AP[rows] * step

            _each(ngrams, advance)
            now = ngrams.sums(lambda rows: np.einsum("ij,ij->j", R[rows], R[rows] * M[rows]), R.shape[1])
            turn = np.where(is_going, now / np.maximum(left, 1e-300), 0).astype(np.float32)
            _each(ngrams, lambda rows, turn=turn: np.add(R[rows] * M[rows], P[rows] * turn, out=P[rows]))
            left = now
    return np.ascontiguousarray(B)


def times(G: Any, X: np.ndarray, blocks: RowBlocks) -> np.ndarray:
    """G X: (V, N) CSR, (N, d) float32 → (V, d), block of rows by block of rows."""
    from ..kernels.products import add_csr_times_block

    made = aligned_zeros((G.shape[0], X.shape[1]), np.float32)
    starts, ends = np.asarray(G.indptr[:-1], np.int64), np.asarray(G.indptr[1:], np.int64)

    def block(rows: slice) -> None:
        add_csr_times_block(starts, ends, G.indices, G.data, X, made, rows.start, rows.stop)

    blocks.map(block, blocks.blocks)
    return made


def _each(blocks: RowBlocks, function: Any) -> None:
    blocks.map(function, blocks.blocks)
