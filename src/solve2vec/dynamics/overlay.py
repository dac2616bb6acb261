"""Overlay: the numbers of an observed run laid over its prediction, mode by mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

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
    predicted_own, observed_own : float or None
        When it first reaches half of where it itself is in the last twentieth of the time that both cover: a model with
        weights does not end at λ_k.  None where that is below a tenth of λ_k: it has hardly risen.
    predicted_final, observed_final : float
        s_k² at the last moment that both cover.
    r_squared : float or None
        1 - Σ (observed - predicted)² / Σ (observed - its mean)², over the observed moments that both cover; None
        with fewer than three of them, or a strength that varies by less than a thousandth of λ_k.
    worst_residual : float or None
        The largest |predicted - observed| / λ_k over the same moments.
    covered : float or None
        The share of the observed moments that lie within two of the prediction's deviations, where it has some.
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
    predicted_own: float | None = None
    observed_own: float | None = None
    covered: float | None = None

    @property
    def ratio(self) -> float | None:
        """Observed half-way time as a multiple of the predicted one."""
        return _ratio(self.predicted_half_way, self.observed_half_way)

    @property
    def own_ratio(self) -> float | None:
        """The same of the times of half of each one's own end."""
        return _ratio(self.predicted_own, self.observed_own)


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
        """Kendall's τ of the times of λ / 2, in -1…1; None with fewer than two modes risen in both."""
        return _order([(mode.predicted_half_way, mode.observed_half_way) for mode in self.risen])

    @property
    def own_order_agreement(self) -> float | None:
        """Kendall's τ of the times of half of each one's own end."""
        found = [(mode.predicted_own, mode.observed_own) for mode in self.modes if mode.own_ratio is not None]
        return _order(found)

    @property
    def judged_at(self) -> Literal["λ/2", "own end"]:
        """What half-way is half of: λ, or each one's own end where a model's pairs have weights, as word2vec's have."""
        return "own end" if _has_weights(self.predicted) or _has_weights(self.observed) else "λ/2"

    @property
    def rises(self) -> list[tuple[ModeComparison, float, float]]:
        """The modes that came half-way in both, as it is :attr:`judged_at`, each with when they did."""
        own = self.judged_at == "own end"
        found = [
            (mode, mode.predicted_own, mode.observed_own) if own
            else (mode, mode.predicted_half_way, mode.observed_half_way)
            for mode in self.modes if (mode.own_ratio if own else mode.ratio) is not None
        ]  # fmt: skip
        return [(mode, one or 0.0, other or 0.0) for mode, one, other in found]

    @property
    def covered(self) -> float | None:
        """The share of all modes' observed moments within two of the prediction's deviations."""
        found = [mode.covered for mode in self.modes if mode.covered is not None]
        return float(np.mean(found)) if found else None

    @property
    def median_r_squared(self) -> float | None:
        """Over the modes that came half-way in both, as it is :attr:`judged_at`."""
        found = [mode.r_squared for mode, _, _ in self.rises if mode.r_squared is not None]
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


def _has_weights(trajectory: Trajectory) -> bool:
    """Whether its lineage says so."""
    lineage = trajectory.lineage
    drawn, whole = lineage.values_of("train") or trajectory.expected_training, lineage.values_of("population_train")
    return bool(drawn and not drawn.get("reweighted")) or whole.get("loss") in ("quadratic", "logistic")


def _ratio(predicted: float | None, observed: float | None) -> float | None:
    return None if predicted is None or observed is None or predicted <= 0 else observed / predicted


def _order(times: Sequence[tuple[float | None, float | None]]) -> float | None:
    from scipy.stats import kendalltau

    return finite(float(kendalltau(*np.array(times, np.float64).T).statistic)) if len(times) > 1 else None


def common(predicted: Trajectory, observed: Trajectory) -> np.ndarray:
    """(T,) bool: the observed moments that the prediction covers."""
    slack = 1e-9 * predicted.time[-1]
    return (observed.time >= predicted.time[0] - slack) & (observed.time <= predicted.time[-1] + slack)


def finite(value: float) -> float | None:
    """The number, or None where it is not finite."""
    return value if np.isfinite(value) else None
