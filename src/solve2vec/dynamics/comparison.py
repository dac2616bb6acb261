"""Comparison: an observed run laid over its prediction, mode by mode."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..core.errors import InputError
from ..trajectory import Trajectory

SAME = 1e-2  # of λ_1: eigenvalues further apart belong to different targets
STILL = 1e-3  # of λ_k: a strength that moves no further has no curve


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
class Comparison:
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
        return self.observed.strengths[_common(self.predicted, self.observed)]

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
        return _plain(float(kendalltau(*times).statistic))

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

    @cached_property
    def remarks(self) -> tuple[str, ...]:
        """Where theory and practice part, and why: one sentence for each sign of it in the numbers."""
        from .remarks import remarks_on

        return remarks_on(self)

    def as_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        worst, overlap = self.worst, self.observed.overlap
        return {
            "predicted": self.predicted.model,
            "observed": self.observed.model,
            "modes": [asdict(mode) | {"ratio": mode.ratio} for mode in self.modes],
            "risen": len(self.risen),
            "median_r_squared": self.median_r_squared,
            "order_agreement": self.order_agreement,
            "worst_residual": None if worst is None else worst.worst_residual,
            "worst_mode": None if worst is None else worst.mode,
            "time": self.observed.time,
            "overlap": overlap,
            "predicted_overlap": _interpolated(self.predicted.time, self.predicted.overlap, self.observed.time),
            "final_overlap": self.final_overlap,
            "remarks": list(self.remarks),
        }


def compare(predicted: Trajectory, observed: Trajectory) -> Comparison:
    """Lay an observed run over its prediction.

    Parameters
    ----------
    predicted, observed : Trajectory
        Of the same modes; where one follows more, the rest is left out.  Predicting at ``times=observed.time``
        spares the interpolation.

    Raises
    ------
    InputError
        If they follow different modes, share no moments, or the prediction has one matrix and the run two.

    Examples
    --------
    >>> from solve2vec.dynamics.growth import aligned_strengths
    >>> λ, time = np.array([2.0, 1.0]), np.linspace(0, 20, 200)
    >>> law = aligned_strengths(λ, np.array([1e-6, 1e-6]), time)
    >>> theory = Trajectory(model="theory", time=time, loss=0 * time, strengths=law, eigenvalues=λ)
    >>> found = compare(theory, theory)
    >>> found.order_agreement, [mode.r_squared for mode in found.modes]
    (1.0, [1.0, 1.0])
    """
    K = min(predicted.strengths.shape[1], observed.strengths.shape[1])
    _require_same(predicted, observed, K)
    predicted, observed = _cut(predicted, K), _cut(observed, K)
    within = _common(predicted, observed)
    if not within.any():
        raise InputError(
            f"the prediction covers times {predicted.time[0]:.3g} … {predicted.time[-1]:.3g}, the run "
            f"{observed.time[0]:.3g} … {observed.time[-1]:.3g}: predict at the times of the run (--at)"
        )
    time = observed.time[within]
    expected = _interpolated(predicted.time, predicted.strengths, time)
    assert expected is not None
    halves = predicted.half_way(), observed.half_way()
    modes = tuple(
        _compared(k, predicted, halves[0][k], halves[1][k], expected[:, k], observed.strengths[within, k])
        for k in range(K)
    )
    return Comparison(predicted, observed, modes, time, expected)


def _require_same(predicted: Trajectory, observed: Trajectory, K: int) -> None:
    if K == 0 or not len(observed) or not predicted.time[-1:] > predicted.time[:1]:
        raise InputError("one of the two follows no modes, or has too few moments: train with a spectrum to follow")
    λ, found = predicted.eigenvalues[:K], observed.eigenvalues[:K]
    apart = np.abs(λ - found) > SAME * np.abs(λ[0])
    if apart.any():
        k = int(apart.argmax())
        raise InputError(
            f"they follow different modes: mode {k} has λ = {λ[k]:.4g} in the prediction and {found[k]:.4g} in the "
            "run; predict from the spectrum that was followed"
        )
    one, two = (given.beginning.get("tied") for given in (predicted, observed))
    if None not in (one, two) and one != two:
        names = ("one matrix", "two matrices") if one else ("two matrices", "one matrix")
        way_out = "with --untied" if one else "without --untied"
        raise InputError(f"the prediction is for {names[0]}, the run has {names[1]}: predict {way_out}")


def _cut(trajectory: Trajectory, K: int) -> Trajectory:
    from dataclasses import replace

    alignment = trajectory.alignment
    return replace(
        trajectory,
        strengths=trajectory.strengths[:, :K],
        eigenvalues=trajectory.eigenvalues[:K],
        alignment=None if alignment is None else alignment[:, :K],
        mode_names=trajectory.mode_names[:K],
    )


def _common(predicted: Trajectory, observed: Trajectory) -> np.ndarray:
    """(T,) bool: the observed moments that the prediction covers."""
    slack = 1e-9 * predicted.time[-1]
    return (observed.time >= predicted.time[0] - slack) & (observed.time <= predicted.time[-1] + slack)


def _interpolated(time: np.ndarray, values: np.ndarray | None, at: np.ndarray) -> np.ndarray | None:
    """Monotone between moments; NaN outside of them."""
    if values is None:
        return None
    kept = np.flatnonzero(np.diff(time, prepend=-np.inf) > 0)
    from scipy.interpolate import PchipInterpolator

    inside = np.where(np.abs(at - time[-1]) <= 1e-9 * time[-1], time[-1], at)
    return np.asarray(PchipInterpolator(time[kept], values[kept], extrapolate=False)(inside))


def _compared(
    k: int, predicted: Trajectory, τ: float, τ_seen: float, expected: np.ndarray, seen: np.ndarray
) -> ModeComparison:
    λ = float(predicted.eigenvalues[k])
    total = float(((seen - seen.mean()) ** 2).sum())
    is_enough = len(seen) >= 3 and np.ptp(seen) > STILL * abs(λ)
    return ModeComparison(
        mode=k,
        name=predicted.mode_names[k] if k < len(predicted.mode_names) else "",
        eigenvalue=λ,
        predicted_half_way=_plain(float(τ)),
        observed_half_way=_plain(float(τ_seen)),
        predicted_final=float(expected[-1]),
        observed_final=float(seen[-1]),
        r_squared=_plain(1 - float(((seen - expected) ** 2).sum()) / total) if is_enough else None,
        worst_residual=_plain(float(np.abs(expected - seen).max()) / abs(λ)) if λ else None,
    )


def _plain(value: float) -> float | None:
    return value if np.isfinite(value) else None
