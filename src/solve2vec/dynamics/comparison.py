"""Comparison: an observed run laid over its prediction, in numbers and in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..core.errors import InputError
from ..trajectory import Trajectory, half_way_times
from .overlay import ModeComparison, Overlay, common, finite
from .remarks import remarks_on

SAME = 1e-2  # of λ_1: eigenvalues further apart belong to different targets
LAST, HARDLY = 0.05, 0.1  # of the time, where a strength has its end; of λ, an end that is one
STILL = 1e-3  # of λ_k: a strength that moves no further has no curve


@dataclass(frozen=True, eq=False)
class Comparison(Overlay):
    """A prediction, an observation, what lies between them, and what can be said of it."""

    @cached_property
    def remarks(self) -> tuple[str, ...]:
        """Where theory and practice part, and why: one sentence for each sign of it in the numbers."""
        return remarks_on(self)

    def as_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        worst, overlap = self.worst, self.observed.overlap
        return {
            "predicted": self.predicted.model,
            "observed": self.observed.model,
            "modes": [asdict(mode) | {"ratio": mode.ratio, "own_ratio": mode.own_ratio} for mode in self.modes],
            "judged_at": self.judged_at,
            "risen": len(self.risen),
            "median_r_squared": self.median_r_squared,
            "order_agreement": self.order_agreement,
            "own_order_agreement": self.own_order_agreement,
            "covered": self.covered,
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
    within = common(predicted, observed)
    if not within.any():
        raise InputError(
            f"the prediction covers times {predicted.time[0]:.3g} … {predicted.time[-1]:.3g}, the run "
            f"{observed.time[0]:.3g} … {observed.time[-1]:.3g}: predict at the times of the run (--at)"
        )
    time, λ = observed.time[within], predicted.eigenvalues
    expected = _interpolated(predicted.time, predicted.strengths, time)
    assert expected is not None
    halves = predicted.half_way(), observed.half_way()
    seen, deviations = observed.strengths[within], _interpolated(predicted.time, predicted.deviations, time)
    own = [_own_half_way(one, time, λ) for one in (expected, seen)]
    modes = tuple(
        replace(
            _compared(k, predicted, halves[0][k], halves[1][k], expected[:, k], seen[:, k]),
            predicted_own=finite(float(own[0][k])),
            observed_own=finite(float(own[1][k])),
            covered=None if deviations is None else _covered(seen[:, k] - expected[:, k], deviations[:, k]),
        )
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


def _own_half_way(strengths: np.ndarray, time: np.ndarray, λ: np.ndarray) -> np.ndarray:
    """(K,) when each strength (T, K) first reaches half of its mean in the last twentieth of the time."""
    ends = strengths[time >= time[-1] - LAST * (time[-1] - time[0])].mean(axis=0)
    aims = np.where(ends >= HARDLY * np.abs(λ), ends, np.nan)
    return half_way_times(time, strengths, aims)


def _covered(off: np.ndarray, deviation: np.ndarray) -> float | None:
    """The share of moments, but for the start itself, within two deviations."""
    counts = deviation > 0
    return float((np.abs(off) <= 2 * deviation)[counts].mean()) if counts.any() else None


def _cut(trajectory: Trajectory, K: int) -> Trajectory:
    alignment, deviations = trajectory.alignment, trajectory.deviations
    return replace(
        trajectory,
        strengths=trajectory.strengths[:, :K],
        eigenvalues=trajectory.eigenvalues[:K],
        alignment=None if alignment is None else alignment[:, :K],
        mode_names=trajectory.mode_names[:K],
        deviations=None if deviations is None else deviations[:, :K],
    )


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
        predicted_half_way=finite(float(τ)),
        observed_half_way=finite(float(τ_seen)),
        predicted_final=float(expected[-1]),
        observed_final=float(seen[-1]),
        r_squared=finite(1 - float(((seen - expected) ** 2).sum()) / total) if is_enough else None,
        worst_residual=finite(float(np.abs(expected - seen).max()) / abs(λ)) if λ else None,
    )
