"""An exponential integrator for weighted losses: second order, two looks at the loss a step, whatever the vocabulary.

Frequent words fall back a thousand times as fast as the others learn.  But how fast is known: the curvature that w_i
sees is nearly its weight times one matrix for all words, H_i ≈ ¼ g_i S_U with S_U the weighted mean of u uᵀ.  That part
is followed exactly, in the eigenvectors of S_U; what is left is not stiff.  With F the flow and L the frozen part,

    a = θ + h φ₁(-hL) F(θ),      θ(t + h) = a + h φ₂(-hL) [F(a) - F(θ) + L (a - θ)]

with φ₁(-z) = (1 - e^-z)/z and φ₂(-z) = (z - 1 + e^-z)/z² (Cox and Matthews, J. Comput. Phys. 2002).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...core.errors import InputError
from ...linalg.rowblocks import RowBlocks
from .finite_steps import Crowd, FiniteSteps
from .losses import Curved, Slopes

FIRST = 1e-2  # of the fastest time of growth: the first step


class Exponential:
    """Follows a weighted loss from a state at time 0, with steps of its own.

    Parameters
    ----------
    loss : Curved
    state : (m, V, d) float64
    relative, absolute : float
        How far a step may go beyond its frozen part, as a share of each entry, and in each entry.
    growth : float
        λ_1: how fast the fastest mode grows.
    blocks : RowBlocks
    finite : FiniteSteps, optional
        What steps of training do that are not small.
    """

    def __init__(
        self,
        loss: Curved,
        state: np.ndarray,
        *,
        relative: float,
        absolute: float,
        growth: float,
        blocks: RowBlocks,
        finite: FiniteSteps | None = None,
    ) -> None:
        self._loss, self._relative, self._absolute, self._blocks = loss, relative, absolute, blocks
        self._finite, self._size = finite, FIRST / growth
        self.time, self.state, self.steps = 0.0, state, 0
        self._seen = self._look(state)

    def follow(self, loss: Curved, crowd: Crowd | None = None) -> None:
        """Go on with another loss of the same unit of time."""
        if loss is not self._loss:
            self._loss = loss
            if self._finite is not None and crowd is not None:
                self._finite.crowd = crowd
            self._seen = self._look(self.state)

    def reach(self, time: float) -> Iterator[float]:
        """Go on to ``time``, exactly; the length of each step that was made."""
        while self.time < time:
            bases, left = self._bases(), time - self.time
            if self._finite is not None:
                self._finite.turn([basis for _, basis in bases])
            while True:
                size = min(self._size, left)
                size = left / 2 if size < left < 2 * size else size  # no crumbs
                made, error = self._step(bases, size)
                error = error if np.isfinite(error) else 1e3
                self._size = size * min(2.0, max(0.2, 0.9 * max(error, 1e-8) ** -0.5))
                if error <= 1:
                    break
                if size < 1e-14 * time:
                    raise InputError(f"the integrator stopped at time {self.time:.3g}: raise tolerance")
            if self._finite is not None:
                self._finite.pass_time(self._seen, self.time, size, made)
            self.time = time if size == left else self.time + size
            self.state, self.steps = made, self.steps + 1
            self._seen = self._look(made)
            yield size

    def _look(self, state: np.ndarray) -> Slopes:
        """The flow at a state, and more where it is needed."""
        return self._loss.slopes(state, closely=self._finite is not None)

    def _flow(self, state: np.ndarray, seen: Slopes | None = None) -> np.ndarray:
        flow = self._loss.flow(state) if seen is None else seen.flow
        return flow if self._finite is None else flow - self._finite.pull(state)

    def _bases(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Of each matrix: the rates (V, d) of its frozen part, and the (d, d) basis in which they stand."""
        W, U = self.state[0], self.state[-1]
        mass, blocks, total = self._loss.mass, self._blocks, float(self._loss.mass[0].sum())
        seen = [np.linalg.eigh(blocks.gram(other * mass[n][:, None], other) / total) for n, other in ((1, U), (0, W))]
        pull = [self._loss.unit / 4 * mass[n][:, None] for n in (0, 1)]
        if len(self.state) == 1:  # one matrix has the mean of both parts
            values, basis = np.linalg.eigh(sum((basis * values) @ basis.T for values, basis in seen) / 2)
            return [((pull[0] + pull[1]) / 2 * np.maximum(values, 0), basis)]
        return [(p * np.maximum(values, 0), basis) for p, (values, basis) in zip(pull, seen, strict=True)]

    def _step(self, bases: list[tuple[np.ndarray, np.ndarray]], h: float) -> tuple[np.ndarray, float]:
        """The state a step later, and its error as a share of what is allowed: the last part of the step."""
        θ, times = self.state, self._blocks.times
        F = self._flow(θ, self._seen)
        a = np.empty_like(θ)
        for n, (rates, basis) in enumerate(bases):
            a[n] = θ[n] + times(times(F[n], basis) * (h * _first(h * rates)), basis.T)
        more = self._flow(a) - F
        made = np.empty_like(θ)
        for n, (rates, basis) in enumerate(bases):
            beyond = times(more[n], basis) + rates * times(a[n] - θ[n], basis)
            made[n] = a[n] + times(beyond * (h * _second(h * rates)), basis.T)
        allowed = self._absolute + self._relative * np.maximum(np.abs(made), np.abs(θ))
        return made, float(np.sqrt(np.mean(((made - a) / allowed) ** 2)))


def _first(z: np.ndarray) -> np.ndarray:
    """φ₁(-z) for z ≥ 0.

    >>> _first(np.array([0.0, 1.0])).round(6).tolist()
    [1.0, 0.632121]
    """
    return np.divide(-np.expm1(-z), z, out=np.ones_like(z), where=z > 0)


def _second(z: np.ndarray) -> np.ndarray:
    """φ₂(-z) for z ≥ 0.

    >>> _second(np.array([0.0, 1.0])).round(6).tolist()
    [0.5, 0.367879]
    """
    return np.divide(1 - _first(z), z, out=0.5 - z / 6, where=z > 1e-5)
