"""The exact flow: dW/dt = (M - W Wᵀ) W from any start, small or not, aligned or not.

S = W Wᵀ obeys a matrix Riccati equation with the solution (cf. Fukumizu 1998; Braun et al. 2022)

    S(t) = e^(Mt) W_0 [I + W_0ᵀ G W_0]⁻¹ W_0ᵀ e^(Mt),      G = 2 ∫_0^t e^(2Ms) ds

In the eigenbasis of M, with A = VᵀW_0, G = diag(g) and Q the upper part of the orthonormal factor of [g^½ A; I],

    W(t) = V diag(c)^½ Q  up to a rotation,      c_k = e^(2 λ_k t) / g_k = λ_k / (1 - e^(-2 λ_k t))

so that s_k²(t) = c_k |q_k|²: a ceiling that falls to λ_k, times a leverage that rises from 0 to 1.  Nothing cancels,
and nothing need overflow: see :meth:`Flow.at`.
"""

from __future__ import annotations

import numpy as np

from .growth import ceiling, log_growth

ROUNDING = 16 * np.finfo(np.float64).eps  # of a row: what is smaller is 0, and stays so while the row grows


class Flow:
    """The exact flow in the eigenbasis of M, up to a rotation of the d columns.

    Parameters
    ----------
    eigenvalues : (n,) array
        λ, falling, of either sign.
    start : (n, d) array
        A = VᵀW_0, the start's part of each mode.

    Examples
    --------
    >>> flow = Flow(np.array([2.0, 1.0]), np.array([[0.1, 0.0], [0.0, 0.1]]))
    >>> W = flow.at(50.0)
    >>> (W @ W.T).round(9).tolist()
    [[2.0, 0.0], [0.0, 1.0]]
    """

    def __init__(self, eigenvalues: np.ndarray, start: np.ndarray) -> None:
        self._λ = np.asarray(eigenvalues, np.float64)
        n, d = start.shape
        # A = L O with L lower trapezoidal: O is a rotation of the columns, and L does for A at every time
        L = np.zeros((n, d))
        L[:, : min(n, d)] = np.linalg.qr(np.asarray(start, np.float64).T)[1].T
        L[np.abs(L) < ROUNDING * np.linalg.norm(L, axis=1, keepdims=True)] = 0
        self._L, self._sign = L, np.sign(L)
        with np.errstate(divide="ignore"):
            self._log_L = np.log(np.abs(L))

    def at(self, t: float) -> np.ndarray:
        """(n, d) W in the eigenbasis at time t ≥ 0, up to a rotation of its columns.

        The rows of g^½ L fall steeply, from e^(λ_1 t) down.  A column may be scaled without changing the space
        that Q spans; each is divided by its largest entry, logarithms first, and is then of size 1 on the
        diagonal and smaller below: well conditioned, whatever t.
        """
        if t == 0:
            return self._L.copy()
        logs = self._log_L + log_growth(self._λ, t)[:, None] / 2
        scale = -np.maximum(logs.max(axis=0, initial=0.0), 0.0)
        with np.errstate(under="ignore"):
            upper, lower = self._sign * np.exp(logs + scale), np.diag(np.exp(scale))
        Q = np.linalg.qr(np.concatenate([upper, lower]))[0]
        return np.sqrt(ceiling(self._λ, t))[:, None] * Q[: len(upper)]
