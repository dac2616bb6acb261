"""Overlay: the numbers of an observed run laid over its prediction, mode by mode."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..trajectory import Trajectory


@dataclass(frozen=True)
class ModeComparison:
    """One mode, predicted and observed.  What cannot be said is None.

    Attributes
    ----------
    mode : int
        0 for the strongest.
    name : str
        The words at its positive end.
    eigenvalue : float
        λ_k.
    predicted_half_way, observed_half_way : float or None
        τ_k, when the strength first reaches λ_k / 2, in flow time, wherever in its trajectory that is.
    predicted_final, observed_final : float
        s_k² at the last moment that both cover.
    r_squared : float or None
        1 - Σ (observed - predicted)² / Σ (observed - its mean)², over the observed moments that both cover; None
        with fewer than three of them, or a strength that varies by less than a thousandth of λ_k.
    worst_residual : float or None
        The largest |predicted - observed| / λ_k over the same moments.
    """

    mode: int
    name: str
    eigenvalue: float
    predicted_half_way: float | None
    observed_half_way: float | None
    predicted_final: float
    observed_final: float
    r_squared: float | None
    worst_residual: float | None

    @property
    def ratio(self) -> float | None:
        """Observed half-way time as a multiple of the predicted one."""
        if self.predicted_half_way is None or self.observed_half_way is None or self.predicted_half_way <= 0:
            return None
        return self.observed_half_way / self.predicted_half_way


@dataclass(frozen=True, eq=False)
class Overlay:
    """A prediction, an observation, and what lies between them.

    Attributes
    ----------
    predicted, observed : Trajectory
        Cut to the modes that both follow.
    modes : tuple of ModeComparison
    time : (T,) float64
        The observed moments that both cover.
    expected : (T, K) float64
        The predicted strengths there, by monotone cubic interpolation.
    """

    predicted: Trajectory
    observed: Trajectory
    modes: tuple[ModeComparison, ...]
    time: np.ndarray
    expected: np.ndarray

    @cached_property
    def seen(self) -> np.ndarray:
        """(T, K) the observed strengths at :attr:`time`."""
        return self.observed.strengths[common(self.predicted, self.observed)]

    @property
    def risen(self) -> tuple[ModeComparison, ...]:
        """The modes that reached half of λ in both."""
        return tuple(mode for mode in self.modes if mode.ratio is not None)

    @property
    def order_agreement(self) -> float | None:
        """Kendall's τ of the half-way times, in -1…1; None with fewer than two modes risen in both."""
        from scipy.stats import kendalltau

        if len(self.risen) < 2:
            return None
        times = np.array([(mode.predicted_half_way, mode.observed_half_way) for mode in self.risen]).T
        return finite(float(kendalltau(*times).statistic))

    @property
    def median_r_squared(self) -> float | None:
        """Over the modes that reached half of λ in both."""
        found = [mode.r_squared for mode in self.risen if mode.r_squared is not None]
        return float(np.median(found)) if found else None

    @property
    def worst(self) -> ModeComparison | None:
        """The mode with the largest residual."""
        found = [mode for mode in self.modes if mode.worst_residual is not None]
        return max(found, key=lambda mode: mode.worst_residual or 0.0, default=None)

    @property
    def final_overlap(self) -> float | None:
        """‖VᵀÛ‖² / K, the observed subspace's share of the modes, at the end of the run."""
        overlap = self.observed.overlap
        return None if overlap is None or not len(overlap) else float(overlap[-1])


def common(predicted: Trajectory, observed: Trajectory) -> np.ndarray:
    """(T,) bool: the observed moments that the prediction covers."""
    slack = 1e-9 * predicted.time[-1]
    return (observed.time >= predicted.time[0] - slack) & (observed.time <= predicted.time[-1] + slack)


def finite(value: float) -> float | None:
    """The number, or None where it is not finite."""
    return value if np.isfinite(value) else None
