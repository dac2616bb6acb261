"""A stabilized explicit integrator for stiff gradient flows: Runge–Kutta–Chebyshev of second order.

A step of s stages is stable over a stretch of the negative axis that grows as s², so that a decay rate ρ costs √ρ
evaluations and not ρ.  Weighted losses need it: frequent words fall back a hundred times as fast as rare ones learn.

References: Sommeijer, Shampine and Verwer, "RKC: an explicit solver for parabolic PDEs", J. Comput. Appl. Math. 1997.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ...core.errors import InputError

Flow = Callable[[np.ndarray], np.ndarray]

DAMPING = 2 / 13
MOST_STAGES = 200
FRESH = 20  # steps for which an estimate of ρ serves
SAFETY = 1.2  # on that estimate


class Chebyshev:
    """Follows dy/dt = flow(y) from y at time 0, with steps of its own.

    Parameters
    ----------
    flow : function
        With a symmetric Jacobian.
    state : array
    relative, absolute : float
        Error allowed in a step, as a share of each entry, and in each entry.
    """

    def __init__(self, flow: Flow, state: np.ndarray, *, relative: float, absolute: float) -> None:
        self._flow, self._relative, self._absolute = flow, relative, absolute
        self.time, self.state, self.steps = 0.0, state, 0
        self._slope = flow(state)
        self._direction = self._slope.copy() if self._slope.any() else np.ones_like(state)
        self._radius, self._age = self._estimated_radius(), 0
        self._size = 0.25 / self._radius

    def reach(self, time: float) -> Iterator[float]:
        """Go on to ``time``, exactly; the length of each step that was made."""
        while self.time < time:
            if self._age >= FRESH:
                self._radius, self._age = self._estimated_radius(), 0
            longest = 0.65 * MOST_STAGES**2 / self._radius
            left = time - self.time
            size = min(self._size, longest, left)
            size = left / 2 if size < left < 2 * size else size  # no crumbs
            made = self._stages(size)
            slope = self._flow(made)
            error = self._error(made, slope, size)
            if not np.isfinite(error):
                error = 1e3
            if error <= 1:
                self.time = time if size == left else self.time + size
                self.state, self._slope = made, slope
                self.steps += 1
                self._age += 1
                yield size
            else:
                self._age = FRESH  # a rejected step may come from an old ρ
                if size < 1e-14 * time:
                    raise InputError(f"the integrator stopped at time {self.time:.3g}: raise tolerance")
            self._size = size * min(2.0, max(0.1, 0.8 * max(error, 1e-10) ** (-1 / 3)))

    def _stages(self, h: float) -> np.ndarray:
        """One step of s stages: Y_j = (1 - μ - ν) Y_0 + μ Y_{j-1} + ν Y_{j-2} + μ̃ h F_{j-1} + γ̃ h F_0."""
        s = max(2, 1 + int(np.sqrt(1 + 1.54 * h * self._radius)))
        w0 = 1 + DAMPING / s**2
        T, dT, ddT = _chebyshev(s, w0)
        w1 = dT[s] / ddT[s]
        b = np.r_[0.0, 0.0, ddT[2:] / dT[2:] ** 2]
        b[:2] = b[2]
        first, slope = self.state, self._slope
        before, last = first, first + b[1] * w1 * h * slope
        for j in range(2, s + 1):
            μ, ν, μh = 2 * b[j] * w0 / b[j - 1], -b[j] / b[j - 2], 2 * b[j] * w1 / b[j - 1] * h
            made = (1 - μ - ν) * first + μ * last + ν * before + μh * self._flow(last)
            made -= (1 - b[j - 1] * T[j - 1]) * μh * slope
            before, last = last, made
        return last

    def _error(self, made: np.ndarray, slope: np.ndarray, h: float) -> float:
        """The step's error as a share of what is allowed: 0.8 (y - y₁) + 0.4 h (F + F₁)."""
        off = 0.8 * (self.state - made) + 0.4 * h * (self._slope + slope)
        allowed = self._absolute + self._relative * np.maximum(np.abs(made), np.abs(self.state))
        return float(np.sqrt(np.mean((off / allowed) ** 2)))

    def _estimated_radius(self) -> float:
        """The largest |eigenvalue| of the Jacobian here, with some to spare, by power iteration on differences."""
        size = 1e-5 * max(1e-3, float(np.linalg.norm(self.state)))
        now = before = 0.0
        for _ in range(50):
            self._direction *= size / np.linalg.norm(self._direction)
            self._direction = self._flow(self.state + self._direction) - self._slope
            now, before = float(np.linalg.norm(self._direction)) / size, now
            if now == 0:  # flat: any direction will do next time
                self._direction = np.ones_like(self.state)
                return 1e-6
            if abs(now - before) <= 0.01 * now:
                break
        return SAFETY * now


def _chebyshev(s: int, x: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """T_j(x) and their first two derivatives, j = 0 … s."""
    T, dT, ddT = np.zeros((3, s + 1))
    T[0], T[1], dT[1] = 1, x, 1
    for j in range(2, s + 1):
        T[j] = 2 * x * T[j - 1] - T[j - 2]
        dT[j] = 2 * T[j - 1] + 2 * x * dT[j - 1] - dT[j - 2]
        ddT[j] = 4 * dT[j - 1] + 2 * x * ddT[j - 1] - ddT[j - 2]
    return T, dT, ddT
