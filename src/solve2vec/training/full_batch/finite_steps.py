"""Finite steps: what stochastic gradient descent does on average that its gradient flow does not.

A step of size η moves rows by what a few pairs say, and so they tremble around the flow: δw_i, with a covariance C_i.
To first order in η that pulls on everyone else, since a slope is curved along what trembles: the mean of the gradient
of w_i is that of the flow and

    Σ_j (P_ij + N_ij) σ′(x_ij) C_j w_i,          the same for u_j with the C_i,

a ridge that nobody asked for.  Where rows have settled, C = η/2 in every direction, whatever the loss: noise and
curvature are made of the same pairs (a fluctuation–dissipation theorem; Mandt, Hoffman and Blei, JMLR 2017).  Modes
then end lower by about η V/2, and the weakest never rise.  On the way there, in the units of the loss,

    dC_i/dτ = -H_i C_i - C_i H_i + η D_i,    H_i = Σ_j (P + N) σ′ u_j u_jᵀ,    D_i = Σ_j [P (1 - σ)² + N σ²] u_j u_jᵀ

The noise words of a center push against its own word, so that of the mean of all u_j nothing is left in the D of a
context; and a center's m contexts move together, which adds E m (m - 1) / E m times the covariance of two words of one
window.  Here H_i and D_i are taken as a number for each row times one matrix for all, and C_i as diagonal in its
eigenvectors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...linalg.rowblocks import RowBlocks
from .losses import Curved, Slopes


@dataclass(frozen=True)
class Crowd:
    """How pairs come together.

    Attributes
    ----------
    single, others : float
        Σ ω² / Σ ω of a center's contexts on average, and (Σ ω)² / Σ ω less that.
    marginal : (V,) float64
        P_i.
    """

    single: float
    others: float
    marginal: np.ndarray


class FiniteSteps:
    """The trembling of rows, and its pull.

    Parameters
    ----------
    loss : Curved
    shape : (m, V, d)
        Of the state.
    rate : function
        Gives η at a time of the flow.
    crowd : Crowd
        How pairs come together.
    blocks : RowBlocks
    """

    def __init__(
        self,
        loss: Curved,
        shape: tuple[int, ...],
        rate: Callable[[float], float],
        crowd: Crowd,
        blocks: RowBlocks,
    ) -> None:
        self._rate, self.crowd, self._blocks = rate, crowd, blocks
        self._speed = loss.unit / (2 if shape[0] == 1 else 1)  # of τ; tied, both roles of a word move it
        self._unit = loss.unit
        self.variances = np.zeros(shape)  # of each row, along the columns of its basis
        self._bases: list[np.ndarray] | None = None
        self._pulls: list[tuple[np.ndarray, np.ndarray]] = []

    def turn(self, bases: list[np.ndarray]) -> None:
        """Go on in other bases."""
        for n, basis in enumerate(bases):
            if self._bases is not None:
                self.variances[n] = self.variances[n] @ (self._bases[n].T @ basis) ** 2
        self._bases = bases

    def pull(self, state: np.ndarray) -> np.ndarray:
        """What is taken from the flow at a state."""
        made = np.zeros_like(state)
        for n, (rows, matrix) in enumerate(self._pulls):
            made[n] = self._blocks.times(state[n], matrix) * rows[:, None]
        return made

    def pass_time(self, seen: Slopes, time: float, h: float, state: np.ndarray) -> None:
        """Let rows tremble for a step of ``h`` from ``time``, by what was seen at its beginning, to ``state``."""
        assert self._bases is not None
        tied, η = len(state) == 1, self._rate(time)
        curvature, total = seen.curvature, float(seen.curvature[0].sum())
        W, U = state[0], state[-1]
        met = [_moments(X, weights, self._blocks) for X, weights in ((U, curvature[1]), (W, curvature[0]))]
        window = [self._of_windows(X, PX) for X, PX in zip((U, W), seen.together[::-1], strict=True)]
        for n, basis in enumerate(self._bases):
            H, D = np.zeros_like(self.variances[n]), np.zeros_like(self.variances[n])
            for role in (0, 1) if tied else (n,):
                second, mean = met[role]
                along, middle = np.maximum(_diagonal(second, basis), 0), (mean @ basis) ** 2
                both = self.crowd.others * np.maximum(_diagonal(window[role], basis), 0)
                drawn, pushed = seen.drawn[role][:, None], seen.pushed[role][:, None]
                H += curvature[role][:, None] * along
                if role == 0:  # a context meets a center and its noise at once
                    D += (drawn + pushed) * self.crowd.single * np.maximum(along - middle, 0) + drawn * both
                else:
                    D += (drawn + pushed) * (self.crowd.single * along + both + self.crowd.others * middle)
            z = 2 * H * self._speed * h
            grown = np.divide(-np.expm1(-z), z, out=np.ones_like(z), where=z > 1e-12)
            self.variances[n] *= np.exp(-z)
            self.variances[n] += η * self._speed * h * D * grown
        self._pulls = self._pulls_of(curvature, total, tied)

    def _pulls_of(self, curvature: np.ndarray, total: float, tied: bool) -> list[tuple[np.ndarray, np.ndarray]]:
        """Of each matrix: a number for each row, and the mean covariance (d, d) of the rows that it meets."""
        assert self._bases is not None
        covariances = []
        for n, basis in enumerate(self._bases):
            weights = curvature.sum(axis=0) / 2 if tied else curvature[n]
            covariances.append((basis * (weights @ self.variances[n] / total)) @ basis.T)
        if tied:
            return [(self._unit / 2 * curvature.sum(axis=0), covariances[0])]
        return [(self._unit * curvature[0], covariances[1]), (self._unit * curvature[1], covariances[0])]

    def _of_windows(self, X: np.ndarray, PX: np.ndarray) -> np.ndarray:
        """Σ_ij (P_ij - P_i P_j) x_i x_jᵀ: the covariance of the rows of two words of one window."""
        mean = self._blocks.gram(X, self.crowd.marginal[:, None])[:, 0]
        covariance = self._blocks.gram(X, PX) - np.outer(mean, mean)
        return np.asarray((covariance + covariance.T) / 2)


def _moments(X: np.ndarray, weights: np.ndarray, blocks: RowBlocks) -> tuple[np.ndarray, np.ndarray]:
    """The weighted mean of x xᵀ and of x."""
    total = float(weights.sum())
    return blocks.gram(X * weights[:, None], X) / total, blocks.gram(X, weights[:, None])[:, 0] / total


def _diagonal(A: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """Diagonal of Bᵀ A B."""
    return np.asarray(((A @ basis) * basis).sum(axis=0))
