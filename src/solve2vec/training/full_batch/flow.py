"""Following a gradient flow: by equal steps, which is gradient descent, or by a solver that chooses its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...core import progress
from ...core.errors import InputError
from ...linalg.krylov import leading_eigenpairs
from ...linalg.rowblocks import RowBlocks
from .chebyshev import Chebyshev
from .losses import Loss, Unweighted

Flow = Callable[[np.ndarray], np.ndarray]
Observe = Callable[[float, np.ndarray, float, int], None]  # time, state, loss, updates so far

BIAS = 0.02  # of a step η: Euler's method is late by η λ / 2, as a share, for a mode of strength λ
LOOKS = 30  # power iterations
ROUNDING = 1e-13  # of a loss that is a difference of sums, as a share of its value at the start


@dataclass(frozen=True)
class Stability:
    """How fast the fastest direction falls back, and how fast the fastest one grows from nothing.

    Attributes
    ----------
    rate : float
        The largest decay rate ρ on the way: steps of η are stable below 2 / ρ.
    growth : float
        λ_1 of the flow near W = 0.
    exact : bool
        Whether ρ is known (unweighted), or estimated at two places (weighted).
    """

    rate: float
    growth: float
    exact: bool

    @property
    def largest_step(self) -> float:
        """2 / ρ."""
        return 2 / self.rate

    @property
    def step(self) -> float:
        """Half of the largest, and small enough for half-way times true to 1 %."""
        return min(1 / self.rate, BIAS / max(self.growth, 1e-300))


def stability_of(loss: Unweighted, state: np.ndarray, blocks: RowBlocks) -> Stability:
    """Of the unweighted flow, from the ends of M's spectrum.

    Untied, the fastest decay at the fixed point is 2 σ_1.  A start of size s² = ‖W_0‖² above λ_1 adds 3 s² + |λ_min|.
    """
    V, size = state.shape[1], _squared_norm(state, blocks)
    if len(state) == 2:
        largest = np.sqrt(_top(lambda X: loss.transposed(loss.product(X)), blocks, V))
        rate = 2 * largest if size <= largest else 3 * size + largest
        return Stability(float(rate), float(largest), True)
    top, low = _top(loss.product, blocks, V), max(0.0, _top(lambda X: -loss.product(X), blocks, V))
    top = max(top, 0.0)
    rate = fastest_decay(top, low) if size <= top else 3 * size + low
    return Stability(float(rate), float(top), True)


def fastest_decay(top: float, low: float) -> float:
    """max(2 λ_1, λ_1 + |λ_min|) of λ_1 and |λ_min|: how fast the tied, unweighted flow falls back at its fixed point.

    The Jacobian at W = V_d Λ_d^½ has the eigenvalues -2 λ_k, -(λ_j + λ_k) and λ_j - λ_k, j not among the learned modes.
    """
    return max(2 * top, top + low)


def stability_near(loss: Loss, start: np.ndarray, goal: np.ndarray, growth: float) -> Stability:
    """Of any loss, estimated at the start and near the goal, by power iteration on the flow's Jacobian."""
    return Stability(max(spectral_radius(loss.flow, state) for state in (start, goal)), growth, False)


def spectral_radius(flow: Flow, state: np.ndarray, seed: int = 0) -> float:
    """The largest |eigenvalue| of the flow's Jacobian at ``state``, which is symmetric, from differences."""
    direction = np.random.default_rng(seed).standard_normal(state.shape)
    size = 1e-4 * max(1.0, float(np.linalg.norm(state)))
    length = 0.0
    for _ in range(LOOKS):
        direction *= size / np.linalg.norm(direction)
        direction = (flow(state + direction) - flow(state - direction)) / 2
        length = float(np.linalg.norm(direction)) / size
        if length == 0:
            break
    return length


def stabilize(
    loss: Loss, state: np.ndarray, times: np.ndarray, observe: Observe, *, relative: float, absolute: float
) -> int:
    """The stabilized integrator for stiff losses, observed at ``times``, rising from 0; steps made."""
    solver = Chebyshev(loss.flow, state, relative=relative, absolute=absolute)
    with progress.task("population training", float(times[-1])) as advance, np.errstate(all="ignore"):
        for moment in times.tolist():
            for step in solver.reach(moment):
                advance(step)
            observe(moment, solver.state, loss.value(solver.state), solver.steps)
    return solver.steps


def require_stable(step: float, stability: Stability) -> None:
    """Refuse steps that cannot settle."""
    if step >= stability.largest_step:
        raise InputError(
            f"learning_rate {step:g} would diverge: the largest stable one is {stability.largest_step:.3g}"
        )


def descend(loss: Loss, state: np.ndarray, step: float, moments: np.ndarray, observe: Observe, limit: float) -> int:
    """Gradient descent with steps of ``step``, observed at the ``moments`` (steps, rising from 0); steps made.

    Raises
    ------
    InputError
        When the state is no longer finite, or the loss has risen between two moments: the step is too large.
    """
    state, done, last = state.copy(), 0, np.inf
    rounding = ROUNDING * abs(loss.value(state))
    with progress.task("population training", float(moments[-1])) as advance, np.errstate(all="ignore"):
        for moment in moments.tolist():
            while done < moment:
                state += step * loss.flow(state)
                done += 1
                advance(1)
                _require_finite(state, done, step, limit)
            now = loss.value(state)
            if not now <= last + 1e-9 * abs(last) + rounding:
                raise InputError(_too_large(step, limit, f"the loss rose from {last:.6g} to {now:.6g} at step {done}"))
            last = now
            observe(done * step, state, now, done)
    return done


def integrate(
    loss: Loss, state: np.ndarray, times: np.ndarray, observe: Observe, *, relative: float, absolute: float
) -> int:
    """Dormand and Prince's eighth-order method (SciPy's DOP853), observed at ``times``, rising from 0; steps made."""
    from scipy.integrate import DOP853

    shape, made = state.shape, 0

    def right_side(_: float, y: np.ndarray) -> np.ndarray:
        return loss.flow(y.reshape(shape)).ravel()

    observe(0.0, state, loss.value(state), 0)
    solver = DOP853(right_side, 0.0, state.ravel(), float(times[-1]), rtol=relative, atol=absolute)
    at = 1
    with progress.task("population training", float(times[-1])) as advance:
        while at < len(times):
            if solver.status != "running" or solver.step():
                raise InputError(f"the integrator stopped at time {solver.t:.3g}: raise tolerance, or use fixed steps")
            made += 1
            advance(float(solver.t - solver.t_old))
            between = solver.dense_output() if times[at] <= solver.t else None
            while between is not None and at < len(times) and times[at] <= solver.t:
                state = between(times[at]).reshape(shape)
                observe(float(times[at]), state, loss.value(state), made)
                at += 1
    return made


def _require_finite(state: np.ndarray, done: int, step: float, limit: float) -> None:
    if not np.isfinite(np.vdot(state, state)):
        raise InputError(_too_large(step, limit, f"the vectors are no longer finite at step {done}"))


def _too_large(step: float, limit: float, what: str) -> str:
    advice = limit if limit < step else step / 4
    return f"learning_rate {step:g} is too large, {what}: the largest stable one is about {advice:.3g}"


def _top(product: Flow, blocks: RowBlocks, V: int) -> float:
    """The algebraically largest eigenvalue."""
    return float(leading_eigenpairs(product, blocks, 1, tolerance=1e-3, dtype=np.float64).values[0])


def _squared_norm(state: np.ndarray, blocks: RowBlocks) -> float:
    """The largest squared singular value of W and of U."""
    return max(float(np.linalg.eigvalsh(blocks.gram(X, X))[-1]) for X in state)
