"""Deep: learning in linear networks of three and more layers, W A_2 … A_(L-1) Uᵀ with layers of d × d in between.

The gradient flow of ½‖M - W B Uᵀ‖², B = A_2 … A_(L-1), is

    dW/dt = (M U - W B UᵀU) Bᵀ      dU/dt = (Mᵀ W - U Bᵀ WᵀW) B
    dA_l/dt = (A_2 … A_(l-1))ᵀ (WᵀM U - WᵀW B UᵀU) (A_(l+1) … A_(L-1))ᵀ

Near 0 it does not grow exponentially, as with two layers, but like a power of what there is: a network rests near each
saddle, the best matrix of rank r, for the longer the smaller it began (Saxe, McClelland & Ganguli 2014; Jacot et al.
2021: saddle to saddle).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.errors import InputError
from ..linalg.layers import product, slopes_between
from .frame import Frame

RELATIVE = 1e-9  # error of a step, as a share of each entry …
ABSOLUTE = 1e-12  # … and of the largest eigenvalue's layer, λ_1^(1/L)


def rise_time(s: np.ndarray, λ: np.ndarray, depth: int) -> np.ndarray:
    """An antiderivative of dt = ds / (L s^(2-2/L) (λ - s)), 0 < s < λ, L ≥ 3.

    With b = 2/L - 1 it is s^b ₂F₁(1, b; b+1; s/λ) / ((2 - L) λ).
    """
    from scipy.special import hyp2f1

    b = 2 / depth - 1
    return np.asarray(s**b * hyp2f1(1, b, b + 1, s / λ) / ((2 - depth) * λ))


def half_way_times(λ: np.ndarray, s0: np.ndarray, depth: int) -> np.ndarray:
    """(K,) when the strength of a mode that begins at s_0 is λ_k / 2; NaN where it never crosses it.

    Examples
    --------
    >>> half_way_times(np.array([2.0]), np.array([0.5]), 3).round(4).tolist()
    [0.2044]
    """
    λ, s0 = np.asarray(λ, np.float64), np.asarray(s0, np.float64)
    rises = (λ > 0) & (s0 > 0) & (s0 < λ / 2)
    safe_λ, safe = np.where(rises, λ, 1.0), np.where(rises, s0, 0.25)
    return np.where(rises, rise_time(safe_λ / 2, safe_λ, depth) - rise_time(safe, safe_λ, depth), np.nan)


def aligned_strengths(λ: np.ndarray, s0: np.ndarray, times: np.ndarray, depth: int) -> np.ndarray:
    """(T, K) strengths from equal layers that hold s_0^(1/L) along each mode, and nothing across [1]_.

    ds/dt = L s^(2-2/L) (λ - s).  Time is known as a function of strength, which is turned around by bisection of
    log s/(λ - s).  Modes of no positive eigenvalue stay at 0, where they begin.

    References
    ----------
    .. [1] Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear
       neural networks", ICLR 2014, section 1.3.
    """
    from scipy.special import expit

    made = np.zeros((len(times), len(λ)))
    for k in np.flatnonzero((λ > 0) & (s0 > 0)):
        if s0[k] >= λ[k]:
            raise InputError(f"the start has {s0[k]:.3g} of mode {k}, above its {λ[k]:.3g}: begin smaller")
        began = rise_time(s0[k], λ[k], depth)
        low = np.full(len(times), np.log(s0[k] / (λ[k] - s0[k])))
        high = np.full(len(times), 36.0)  # 1 - 2e-16 of λ
        for _ in range(64):
            middle = (low + high) / 2
            later = rise_time(λ[k] * expit(middle), λ[k], depth) - began < times
            low, high = np.where(later, middle, low), np.where(later, high, middle)
        made[:, k] = np.where(times > 0, λ[k] * expit(low), s0[k])
    return made


def span(λ: np.ndarray, s0: np.ndarray, depth: int) -> tuple[float, float] | None:
    """Before the first rise and after the last one, if each mode were alone; None where none rises."""
    τ = half_way_times(λ, s0, depth)
    if not np.isfinite(τ).any():
        return None
    return float(np.nanmin(τ) / 4), float(np.nanmax(τ + 5 / np.where(λ > 0, λ, np.inf)))


class DeepFlow:
    """The flow of all layers in a frame, from any start, integrated as far as it is looked at.

    Parameters
    ----------
    frame : Frame
        Its start is W and U.
    between : sequence of (d, d) arrays
        A_2 … A_(L-1).
    """

    imbalance = 0.0  # nothing is left out

    def __init__(self, frame: Frame, between: Sequence[np.ndarray]) -> None:
        from scipy.integrate import DOP853

        self.frame, self._m, self._d = frame, *frame.start.shape
        layers = [frame.start, *between, frame.context_start]
        self._shapes = [layer.shape for layer in layers]
        y = np.concatenate([layer.ravel() for layer in layers]).astype(np.float64)
        size = max(float(frame.values[0]), np.finfo(float).tiny) ** (1 / len(layers))
        self._solver = DOP853(self._slope, 0.0, y, np.inf, rtol=RELATIVE, atol=ABSOLUTE * size)
        self._ends, self._first = [0.0], y
        self._pieces: list[Any] = []

    def at(self, t: float) -> tuple[np.ndarray, np.ndarray]:
        """W and U Bᵀ (m, d) at time t, whose product is that of all layers."""
        W, *between, U = self._layers(self._state(float(t)))
        return W, U @ product(between).T

    def _state(self, t: float) -> np.ndarray:
        while self._ends[-1] < t:
            if problem := self._solver.step():
                raise InputError(f"the layers could not be followed beyond time {self._solver.t:.3g}: {problem}")
            self._ends.append(float(self._solver.t))
            self._pieces.append(self._solver.dense_output())
        if t <= 0:
            return self._first
        return np.asarray(self._pieces[int(np.searchsorted(self._ends, t)) - 1](t))

    def _layers(self, y: np.ndarray) -> list[np.ndarray]:
        at, made = 0, []
        for shape in self._shapes:
            made.append(y[at : at + shape[0] * shape[1]].reshape(shape))
            at += shape[0] * shape[1]
        return made

    def _slope(self, _: float, y: np.ndarray) -> np.ndarray:
        W, *between, U = self._layers(y)
        return np.concatenate([one.ravel() for one in slopes(self.frame.values, W, between, U)])


def slopes(ρ: np.ndarray, W: np.ndarray, between: Sequence[np.ndarray], U: np.ndarray) -> list[np.ndarray]:
    """d/dt of every layer, for M = diag(ρ)."""
    B = product(between)
    of_W = (ρ[:, None] * U - W @ (B @ (U.T @ U))) @ B.T
    inner = W.T @ (ρ[:, None] * U) - (W.T @ W) @ B @ (U.T @ U)
    return [of_W, *slopes_between(between, inner), (ρ[:, None] * W - U @ (B.T @ (W.T @ W))) @ B]
