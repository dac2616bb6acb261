"""Scatter: how far a run's modes may be expected to stray from the flow, since a text is not everywhere the same.

What a stretch of text teaches a mode differs from what the whole does.  With D_k the variance of that, for each pair
met, a strength strays as a walker in a valley,

    dv_k/dt = 2 J_k v_k + η D_k dτ/dt,      v_k the variance of s_k²

where J_k is how fast a small difference grows: as fast as the mode itself while it rises; and then away, at the pace
at which the flow comes to rest.  Stretches are long, since documents are about something: from one token to the next
is the smaller part of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...linalg.rowblocks import RowBlocks
from ..full_batch.pairs import Pairs
from ..full_batch.sparse import noise_line, padded

STRETCHES, SHARE, SHORTEST = 48, 256, 200  # how many; each 1/SHARE of the text, and at least so many tokens
LOW, HALF, LATE, DONE = 0.02, 0.5, 0.8, 0.96  # of a mode's end


@dataclass(frozen=True)
class Scatter:
    """Measures D_k, for modes that are followed.

    Attributes
    ----------
    stretches : list of Pairs
    left, right : (V, K) float64
        The modes.
    logistic : bool
    """

    stretches: list[Pairs]
    left: np.ndarray
    right: np.ndarray
    logistic: bool

    def variances(self, state: np.ndarray, blocks: RowBlocks) -> np.ndarray:
        """(K,) D_k: the variance of what a stretch does to s_k² = Σ l_ik w_i·u_j r_jk, over its number of pairs."""
        W, U = state[0], state[-1]
        L, R, q = self.left, self.right, self.stretches[0].column / self.stretches[0].column.sum()
        α, β, _ = noise_line(q, W, U, blocks, logistic=self.logistic)
        A, B = blocks.gram(U, R), blocks.gram(W, L)  # s_k² grows by l_kᵀ ΔW a_k + b_kᵀ ΔUᵀ r_k
        UA, WB = blocks.times(U, A), blocks.times(W, B)
        noise = L * (α[:, None] * (q @ UA) + β[:, None] * blocks.times(W, blocks.gram(U * q[:, None], UA)))
        noise += WB * (α[:, None] * (q @ R) + β[:, None] * blocks.times(W, blocks.gram(U * q[:, None], R)))
        flat = [padded(side) for side in (W, U)]
        both = np.ascontiguousarray(np.concatenate([UA, R], axis=1), np.float32)

        def moved(stretch: Pairs) -> np.ndarray:
            met = _met(stretch, flat, both, self.logistic)
            K = L.shape[1]
            return np.asarray((L * met[:, :K] + WB * met[:, K:] - noise * stretch.row[:, None]).sum(axis=0))

        moves = np.array(blocks.map(moved, self.stretches))
        sizes = np.array([stretch.total for stretch in self.stretches])
        off = moves - sizes[:, None] * (moves.sum(axis=0) / sizes.sum())
        made = (off * off).sum(axis=0) / sizes.sum()
        return made * (4 if len(state) == 1 else 1)  # tied, a mode grows by both roles, and both by all of it


def _met(stretch: Pairs, flat: list[np.ndarray], both: np.ndarray, logistic: bool) -> np.ndarray:
    """(V, 2 K) Σ_j C_ij (1 - s_ij) times the rows of ``both``."""
    from ...kernels.expected import pair_errors
    from ...kernels.products import add_csr_times_block

    C, V, stride = stretch.counts, len(stretch), flat[0].shape[1]
    indptr, indices, counts = (np.asarray(part) for part in (C.indptr, C.indices, C.data))
    errors, made = np.empty(len(counts), np.float32), np.zeros((V, both.shape[1]), np.float32)
    stored = indptr, indices, counts, stretch.unit, np.asarray(stretch.keep)
    pair_errors(0, V, stored, flat[0].ravel(), flat[1].ravel(), stride, logistic, errors)
    add_csr_times_block(indptr[:-1], indptr[1:], indices, errors, both, made, 0, V)
    return made


def deviations(
    times: np.ndarray,
    strengths: np.ndarray,
    moments: np.ndarray,
    variances: np.ndarray,
    rate: Callable[[float], float],
    speed: float,
) -> np.ndarray:
    """(T, K) √v_k at ``times``, from D_k at some ``moments`` (m, K); ``speed`` is dτ/dt."""
    made = np.zeros_like(strengths)
    for k, strength in enumerate(strengths.T):
        J = _growth(times, strength)
        D = np.interp(times, moments, variances[:, k])
        v = 0.0
        for n in range(1, len(times)):
            h, x = times[n] - times[n - 1], 2 * J[n] * (times[n] - times[n - 1])
            grown = np.expm1(x) / x if abs(x) > 1e-9 else 1.0
            v = v * np.exp(x) + rate(float(times[n])) * speed * D[n] * h * grown
            made[n, k] = np.sqrt(v)
    return made


def _growth(times: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """(T,) J, of s′ = g (1 - s/s_∞) s: g (1 - 2 s/s_∞) = 2 (log s)′ - g; past half, the pace of coming to rest."""
    top = float(strength.max())
    if top <= 0:
        return np.zeros_like(times)
    s = np.maximum(np.maximum.accumulate(strength), 1e-3 * top)
    growth = np.gradient(np.log(s), times)
    rising = (s > LOW * top) & (s < HALF * top)
    fastest = float(growth[rising].max() if rising.any() else growth.max())
    J = np.clip(2 * growth - fastest, -fastest, fastest)
    half, late, done = (int((s >= share * top).argmax()) for share in (HALF, LATE, DONE))
    if done > late >= half > 0:
        pace = min(fastest, np.log((1 - LATE) / (1 - DONE)) / (times[done] - times[late]))
        J[half:] = -pace * np.clip(2 * s[half:] / top - 1, 0, 1)
    return J
