"""Half-steps of alternating least squares: the best W for a given U, and the loss there.

ℒ = Σ_ij g_ij (w_i·u_j - M*_ij)² + ridge, over all pairs, with 8 n g_ij = C_ij + E_ij + κ.  For a given U each w_i is
the solution of d equations, and the weights are sparse + rank one, so that what all pairs contribute to them is one
matrix for all rows (Hu, Koren and Volinsky 2008):

    (Σ_j C_ij u_j u_jᵀ  +  row_i Σ_j column_j u_j u_jᵀ  +  κ UᵀU) w_i  =  2 (Σ_j C_ij u_j  -  row_i Σ_j column_j u_j)
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...core.errors import InputError
from ...linalg.rowblocks import RowBlocks
from ...target.target import Target
from .pairs import Pairs

ROWS = 64  # rows solved together
GATHERED = 1024  # contexts whose vectors lie side by side in a core's cache

HalfStep = Callable[[np.ndarray], tuple[np.ndarray, float]]


class WeightedSteps:
    """Half-steps under g_ij = (C_ij + E_ij + κ) / (8 n); equations are multiplied by 8 n."""

    def __init__(self, pairs: Pairs, target: Target, blocks: RowBlocks, ridge: float) -> None:
        self._pairs, self._blocks = pairs, blocks
        V = len(pairs)
        all_pairs = pairs.total + float(pairs.row.sum() * pairs.column.sum()) + pairs.shrinkage * V**2
        self._ridge = ridge * all_pairs / V**2  # r ḡ, times 8 n
        self._constant = _squared_target(pairs, target)

    def for_rows(self, U: np.ndarray) -> tuple[np.ndarray, float]:
        """W for a given U, and the loss."""
        return self._half_step(U, self._pairs.row, self._pairs.column)

    def for_columns(self, W: np.ndarray) -> tuple[np.ndarray, float]:
        """U for a given W: C is symmetric, and Eᵀ = column rowᵀ."""
        return self._half_step(W, self._pairs.column, self._pairs.row)

    def _half_step(self, U: np.ndarray, own: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, float]:
        """W from (A_i + ridge) w_i = b_i; at its solution the loss is the constant less Σ b_i·w_i / 8 n."""
        blocks, κ = self._blocks, self._pairs.shrinkage
        chance = blocks.gram(U * other[:, None], U)
        everywhere = κ * blocks.gram(U, U) + self._ridge * np.eye(U.shape[1])
        mean = blocks.gram(U, other[:, None])[:, 0]
        W = np.empty_like(U)

        def solve_rows(first: int) -> float:
            rows = range(first, min(first + ROWS, len(U)))
            A, b = self._seen(U, rows)
            A += own[rows.start : rows.stop, None, None] * chance + everywhere
            b -= own[rows.start : rows.stop, None] * mean
            b *= 2
            W[rows.start : rows.stop] = _solved(A, b)
            return float((b * W[rows.start : rows.stop]).sum())

        explained = sum(blocks.map(solve_rows, list(range(0, len(U), ROWS))))
        given = self._ridge * float((U * U).sum())
        return W, self._constant + (given - explained) / (8 * self._pairs.total)

    def _seen(self, U: np.ndarray, rows: range) -> tuple[np.ndarray, np.ndarray]:
        """Σ_j C_ij u_j u_jᵀ (rows, d, d) and Σ_j C_ij u_j (rows, d) over the counted pairs."""
        from ...kernels.alternating import gather_scaled

        d = U.shape[1]
        A, b = np.zeros((len(rows), d, d)), np.zeros((len(rows), d))
        scaled = np.empty((GATHERED, d))
        ends, columns, C = self._pairs.stored(rows.start, rows.stop)
        for i in range(len(rows)):
            for at in range(int(ends[i]), int(ends[i + 1]), GATHERED):
                some = slice(at, min(at + GATHERED, int(ends[i + 1])))
                gather_scaled(U, columns[some], C[some], scaled, b[i])
                X = scaled[: some.stop - some.start]
                A[i] += X.T @ X
        return A, b


class UnweightedSteps:
    """Half-steps under equal weights: W = M U (UᵀU + r)⁻¹."""

    def __init__(self, target: Target, blocks: RowBlocks, ridge: float) -> None:
        self._blocks, self._ridge, self._constant = blocks, ridge, target.squared_norm()
        self._product, self._transposed = target.product(blocks), target.product(blocks, transposed=True)

    def for_rows(self, U: np.ndarray) -> tuple[np.ndarray, float]:
        """W for a given U, and the loss."""
        return self._half_step(U, self._product(U))

    def for_columns(self, W: np.ndarray) -> tuple[np.ndarray, float]:
        """U for a given W, and the loss."""
        return self._half_step(W, self._transposed(W))

    def _half_step(self, U: np.ndarray, MU: np.ndarray) -> tuple[np.ndarray, float]:
        A = self._blocks.gram(U, U) + self._ridge * np.eye(U.shape[1])
        W = self._blocks.times(MU, _solved(A[None], np.eye(len(A))[None])[0])
        explained = float(np.trace(self._blocks.gram(MU, W)))
        return W, self._constant + self._ridge * float((U * U).sum()) - explained


def _solved(A: np.ndarray, b: np.ndarray) -> np.ndarray:
    """A_i⁻¹ b_i for symmetric positive A (m, d, d) and b (m, d) or (m, d, d)."""
    from scipy.linalg import cho_factor, cho_solve

    made = np.empty_like(b)
    for i in range(len(A)):
        try:
            factor = cho_factor(A[i], lower=True, overwrite_a=True, check_finite=False)
        except np.linalg.LinAlgError as error:
            raise InputError(
                "the equations of a word are singular: use fewer dimensions, or a ridge such as 1e-6"
            ) from error
        made[i] = cho_solve(factor, b[i], check_finite=False)
    return made


def _squared_target(pairs: Pairs, target: Target) -> float:
    """Σ_ij g_ij M*_ij² = Σ (C - E)² / (2 n (C + E + κ)): first as if no pair had been counted, then those that were.

    Without counts a pair has (E² / (E + κ)) / 2 n, which is E / 2 n for κ = 0, and otherwise -E M_ij / 4 n with M the
    target's background.
    """
    κ, total = pairs.shrinkage, 0.0
    if κ == 0:
        total = float(pairs.row.sum() * pairs.column.sum())
    else:
        total = -0.5 * float((pairs.row @ target.left) @ (target.right.T @ pairs.column))
    for first in range(0, len(pairs), ROWS):
        last = min(first + ROWS, len(pairs))
        ends, columns, C = pairs.stored(first, last)
        E = np.repeat(pairs.row[first:last], np.diff(ends)) * pairs.column[columns]
        total += float(((C - E) ** 2 / (C + E + κ) - E * E / (E + κ)).sum())
    return total / (2 * pairs.total)
