"""Weighted losses of any number of words, from the counted pairs alone: O(pairs d) a look.

Noise has every pair of words, N_ij = a_i b_j, a matrix of rank one.  Where σ is a line, σ(x) = α_i + β_i x, all of it
is summed by moments of U: Σ_j a_i b_j (α_i + β_i w_i·u_j) u_j = a_i (α_i ū + β_i S w_i), ū = Σ b u, S = Σ b u uᵀ.
Pairs that were counted are then put right one by one.  For the quadratic loss, where σ is ½ + x/4, that is exact; for
the logistic one only what is left on pairs never counted is not, and there the line is the best one for w_i·u_j as
normal numbers, which they nearly are, with the mean and variance that they have.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...linalg.rowblocks import RowBlocks
from .losses import DENSE, Curved, Logistic, Quadratic, Slopes
from .pairs import Pairs

PAIRS = 1 << 18  # pairs of the rows that a thread takes at a time
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(16)


class SparseWeighted:
    """What :class:`~solve2vec.training.full_batch.losses.Weighted` is, with products in float32.

    Parameters
    ----------
    pairs : Pairs
        Without shrinkage, which is there for every pair.
    blocks : RowBlocks
    logistic : bool
        SGNS, or its second order.
    """

    def __init__(self, pairs: Pairs, blocks: RowBlocks, *, logistic: bool) -> None:
        assert not pairs.shrinkage
        self._pairs, self._blocks, self._logistic = pairs, blocks, logistic
        self.name = "population sgns" if logistic else "population weighted quadratic"
        self.unit = pairs.time_unit
        V = len(pairs)
        C, zero = pairs.counts, np.zeros(V)
        skip = zero if pairs.skip is None else pairs.skip
        self._stored = *map(np.asarray, (C.indptr, C.indices, C.data)), pairs.unit, np.asarray(pairs.keep)
        self._rows, self._columns = (_float32(pairs.row, zero), _float32(pairs.column, skip))
        self._ranges = _ranges(np.asarray(C.indptr))
        n, a, b = pairs.total, pairs.row, pairs.column
        counted, left_out = np.zeros(V), np.zeros(V)
        squares = float(a.sum() * b.sum()) / 2  # Σ n g M*² of pairs that were never counted
        for first, last in self._ranges:
            ends, columns, weights = pairs.stored(first, last)
            rows = np.repeat(np.arange(last - first), np.diff(ends))
            counted[first:last] = np.bincount(rows, weights, minlength=last - first)
            left_out[first:last] = np.bincount(rows, weights * skip[columns], minlength=last - first)
            E = a[first + rows] * b[columns]
            N = E - weights * skip[columns]
            squares += float(((weights - N) ** 2 / (weights + N) - E).sum()) / 2
        whole = n + float(a.sum() * b.sum() - left_out.sum())
        self._constant = 0.0 if logistic else (squares - np.log(2) * whole) / n  # Σ g (x - M*)² begins at Σ g M*²
        self.mass = np.stack([counted + a * b.sum() - left_out, counted * (1 - skip) + b * a.sum()]) / n

    def flow(self, state: np.ndarray) -> np.ndarray:
        """-unit ∂ℒ/∂W and -unit ∂ℒ/∂U; tied, the mean of both."""
        return self.slopes(state, closely=False).flow

    def slopes(self, state: np.ndarray, *, closely: bool = True) -> Slopes:
        """The flow, and the rest of :class:`Slopes`: ``together`` only where it is looked at ``closely``."""
        from ...kernels.expected import pair_slopes

        W, U = state[0], state[-1]
        (V, d), pairs, blocks = W.shape, self._pairs, self._blocks
        line = noise_line(pairs.column, W, U, blocks, logistic=self._logistic)
        α, β, γ = line
        flat = [padded(side) for side in (W, U)]
        stride = flat[0].shape[1]
        found, sums = np.zeros((2, V, stride), np.float32), np.empty((2, V, 3))
        together = np.zeros((2, V, stride if closely else 0), np.float32)
        lines = tuple(part.astype(np.float32) for part in line)

        def part(side_and_rows: tuple[int, tuple[int, int]]) -> None:
            side, rows = side_and_rows
            masses = (self._rows, self._columns)
            pair_slopes(
                *rows, self._stored, flat[side].ravel(), flat[1 - side].ravel(), stride, masses[side], masses[1 - side],
                lines, side == 0, self._logistic, found[side].ravel(), together[1 - side].ravel(), sums[side],
            )  # fmt: skip

        blocks.map(part, [(side, rows) for side in (0, 1) for rows in self._ranges])
        a, b = pairs.row, pairs.column
        made = found[:, :, :d].astype(np.float64)
        made[0] += a[:, None] * (α[:, None] * blocks.gram(U, b[:, None])[:, 0])
        made[0] += (a * β)[:, None] * blocks.times(W, blocks.gram(U * b[:, None], U))
        made[1] += b[:, None] * blocks.gram(W, (a * α)[:, None])[:, 0]
        made[1] += b[:, None] * blocks.times(U, blocks.gram(W * (a * β)[:, None], W))
        if len(state) == 1:
            made = made.mean(axis=0)[None]
        made *= -self.unit / pairs.total
        curvature, drawn, pushed = sums.transpose(2, 0, 1)
        curvature += np.stack([a * b.sum() * β, b * (a @ β)])
        pushed += np.stack([a * b.sum() * γ, b * (a @ γ)])
        n, together = pairs.total, together[:, :, : d if closely else 0] / pairs.total
        return Slopes(made, curvature / n, drawn / n, pushed / n, together)

    def value(self, state: np.ndarray) -> float:
        """The loss, in the units of the model it belongs to."""
        from ...kernels.expected import pair_losses

        W, U = state[0], state[-1]
        α, β, _ = noise_line(self._pairs.column, W, U, self._blocks, logistic=self._logistic)
        mean, variance = _moments(self._pairs.column, W, U, self._blocks)
        x = mean[:, None] + np.sqrt(variance)[:, None] * NODES
        height = np.log(2) + x / 2 + x * x / 8
        if self._logistic:
            height = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
        on_average = height @ (WEIGHTS / WEIGHTS.sum())
        c = on_average - α * mean - β * (variance + mean**2) / 2
        flat, losses = [padded(side) for side in (W, U)], np.empty(len(W))
        line = tuple(part.astype(np.float64) for part in (c, α, β))

        def part(rows: tuple[int, int]) -> None:
            pair_losses(
                *rows, self._stored, flat[0].ravel(), flat[1].ravel(), flat[0].shape[1], self._rows, self._columns,
                line, self._logistic, losses,
            )  # fmt: skip

        self._blocks.map(part, self._ranges)
        a, b = self._pairs.row, self._pairs.column
        return self._constant + float(losses.sum() + (a @ on_average) * b.sum()) / self._pairs.total


def expected_loss(pairs: Pairs, blocks: RowBlocks, most: int = DENSE, *, logistic: bool) -> Curved:
    """A weighted loss, with all pairs of words where there are at most so many words, or with those counted."""
    if len(pairs) > most:
        return SparseWeighted(pairs, blocks, logistic=logistic)
    return (Logistic if logistic else Quadratic).of(pairs, blocks)


def noise_line(
    column: np.ndarray, W: np.ndarray, U: np.ndarray, blocks: RowBlocks, *, logistic: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(V,) α and β of each row's line, and the mean of s², where noise is drawn in proportion to ``column``.

    For x ~ N(m, v) the best line has the slope E σ′(x) and the mean E σ(x) (Stein); both are nearly those of σ at
    m / √(1 + π v/8) (MacKay 1992).
    """
    mean, variance = _moments(column, W, U, blocks)
    if not logistic:
        V = len(W)
        return np.full(V, 0.5), np.full(V, 0.25), (0.5 + mean / 4) ** 2 + variance / 16
    narrower = 1 / np.sqrt(1 + np.pi * variance / 8)
    s = 1 / (1 + np.exp(-mean * narrower))
    β = s * (1 - s) * narrower
    return s - β * mean, β, s - β  # σ² = σ - σ′


def _moments(column: np.ndarray, W: np.ndarray, U: np.ndarray, blocks: RowBlocks) -> tuple[np.ndarray, np.ndarray]:
    """(V,) mean and variance of w_i·u_j, j drawn in proportion to ``column``."""
    q = column / column.sum()
    mean = W @ blocks.gram(U, q[:, None])[:, 0]
    second = (blocks.times(W, blocks.gram(U * q[:, None], U)) * W).sum(axis=1)
    return mean, np.maximum(second - mean**2, 0)


def _float32(*parts: np.ndarray) -> tuple[np.ndarray, ...]:
    return tuple(np.ascontiguousarray(part, np.float32) for part in parts)


def padded(X: np.ndarray) -> Any:
    """(V, stride) float32, rows padded with zeros to whole vectors."""
    from ...kernels.llvm import LANES

    made = np.zeros((len(X), -(-X.shape[1] // LANES) * LANES), np.float32)
    made[:, : X.shape[1]] = X
    return made


def _ranges(indptr: np.ndarray) -> list[tuple[int, int]]:
    """Rows with about so many pairs."""
    V = len(indptr) - 1
    edges = np.searchsorted(indptr, np.arange(0, int(indptr[-1]) + PAIRS, PAIRS))
    edges = np.unique(np.clip(np.r_[0, edges, V], 0, V))
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
