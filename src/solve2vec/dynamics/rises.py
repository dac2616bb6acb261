"""Rises: when each mode is half-way on the flow itself, and the moments that see it happen.

By itself a mode k rises at its own τ_k.  With others it comes earlier where a stronger one has dragged it along, and
later where it must first push out a weaker one, which takes time in proportion to 1 / (λ_k - λ_j), however long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..core.errors import InputError
from .begun import checked_times
from .growth import half_way_times

LOOKS = 64  # at the flow, while modes would rise if each were alone
DOUBLINGS = 30  # of the time after that; who has not pushed the others out by then never does
MOMENTS, IN_A_DOUBLING = 200, 8  # of a prediction, in the same two stretches of time

Strengths = Callable[[float], np.ndarray]  # time → (K,)


def span(λ: np.ndarray, s0_squared: np.ndarray) -> tuple[float, float] | None:
    """Before the first rise and after the last one, if each mode were alone; None where none rises."""
    rising = (λ > 0) & (s0_squared > 0)
    if not rising.any():
        return None
    λ, τ = λ[rising], np.nan_to_num(half_way_times(λ, s0_squared)[rising])
    return float(np.maximum(τ - 3 / λ, 0.1 / λ).min()), float((τ + 5 / λ).max())


def alone(λ: np.ndarray, s0_squared: np.ndarray) -> np.ndarray:
    """(K,) τ_k of each mode by itself; 0 where it begins above half of λ_k, NaN where it never rises."""
    return np.where((λ > 0) & (s0_squared >= λ / 2), 0.0, half_way_times(λ, s0_squared))


def together(
    strengths: Strengths, λ: np.ndarray, ends: tuple[float, float] | None, doublings: int = DOUBLINGS
) -> np.ndarray:
    """(K,) when each strength first reaches λ_k / 2 on a flow; 0 where it begins there, NaN where it never does.

    Parameters
    ----------
    strengths : function
        Of time, gives (K,).
    λ : (K,) array
    ends : pair of float, optional
        What :func:`span` says.
    doublings : int
        Of the second of these; who has not risen by then never does.
    """
    if ends is None:
        return np.full(len(λ), np.nan)
    times = [0.0, *np.geomspace(*ends, LOOKS).tolist()]
    seen = [strengths(t) for t in times]
    due = (strengths(ends[1] * 2**doublings) >= λ / 2) & (λ > 0)
    while (due & (seen[-1] < λ / 2)).any() and len(times) <= LOOKS + doublings:
        times.append(2 * times[-1])
        seen.append(strengths(times[-1]))
    above = np.array(seen) >= λ / 2
    first = np.where((λ > 0) & above.any(axis=0), above.argmax(axis=0), -1)
    return np.array([_crossing(strengths, λ, k, times, j) for k, j in enumerate(first.tolist())])


def _crossing(strengths: Strengths, λ: np.ndarray, k: int, times: list[float], j: int) -> float:
    """Between times j - 1 and j, from log(s²/(λ - s²)), which is nearly linear in time."""
    from scipy.optimize import brentq

    if j <= 0:
        return 0.0 if j == 0 else float("nan")

    def log_odds(t: float) -> float:
        share = np.clip(strengths(t)[k] / λ[k], 1e-300, 1 - 1e-12)
        return float(np.log(share / (1 - share)))

    return float(brentq(log_odds, times[j - 1], times[j], xtol=1e-12 * times[j], rtol=1e-10))


def moments(
    times: Sequence[float] | np.ndarray | None, ends: tuple[float, float] | None, half_way: np.ndarray
) -> np.ndarray:
    """The given times; or 0 and 200 in geometric steps while modes rise one by one, and more until the last has."""
    if times is not None:
        return checked_times(times)
    if ends is None:
        raise InputError("no mode rises from this start: give the times to look at")
    latest = np.nanmax(half_way, initial=0.0)
    more = np.ceil(IN_A_DOUBLING * np.log2(2 * latest / ends[1])) if latest > ends[1] else 0
    later = ends[1] * 2 ** (np.arange(1, more + 1) / IN_A_DOUBLING)
    return np.concatenate([[0.0], np.geomspace(*ends, MOMENTS), later])
