"""Learning drawn: what was predicted as lines, what was observed as open circles on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import InputError
from . import style
from .caption import caption

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..trajectory import Trajectory

TIME = "time (gradient flow)"
SEEN: dict[str, Any] = {
    "linestyle": "none",
    "marker": "o",
    "markersize": 3.6,
    "markerfacecolor": "white",
    "markeredgewidth": 0.8,
}
WIDTH = 2  # of a band, in deviations
ROOM = 0.052  # of the height, for one label


def plot_strengths(
    predicted: Trajectory | None = None,
    observed: Trajectory | None = None,
    *,
    modes: int = 8,
    words: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Strength s_k² of the first modes against time: each a step from 0 to λ_k.

    A prediction that knows its ``deviations`` has a band of two of them on each side.

    Parameters
    ----------
    predicted, observed : Trajectory
        One, or both: lines, and circles.
    modes : int
        How many, strongest first.
    words : bool
        Write the words of each mode at the end of its curve.
    ax : matplotlib Axes, optional
        Of a new figure by default.

    Raises
    ------
    InputError
        If there is nothing to draw, ``modes`` is below 1, or matplotlib is not installed.
    """
    drawn = _given(predicted, observed)
    if modes < 1:
        raise InputError(f"modes must be at least 1, got {modes}")
    modes = min(modes, *(one.strengths.shape[1] for one in drawn))
    ax = style.axes_or_new(ax, width=8.0, height=4.4)
    for k in range(modes):
        shade = style.DARK if k % 2 == 0 else style.MIDDLE
        if predicted is not None:
            line, deviations = predicted.strengths[:, k], predicted.deviations
            if deviations is not None:
                time, low = _shown(predicted, line - WIDTH * deviations[:, k])
                high = _shown(predicted, line + WIDTH * deviations[:, k])[1]
                ax.fill_between(time, low, high, color=style.LINE, alpha=0.6, linewidth=0)
            ax.plot(*_shown(predicted, line), color=shade, linewidth=1.4)
        if observed is not None:
            ax.plot(*_shown(observed, observed.strengths[:, k]), color=shade, **SEEN)
    _time_axis(ax, drawn)
    ax.set_ylim(bottom=min(0.0, *(float(one.strengths[:, :modes].min()) for one in drawn)))
    ax.set_ylabel("strength $s_k^2$ of a mode")
    _label_ends(ax, drawn[0], modes, words)
    _legend(ax, predicted, observed)
    return ax


def plot_loss(predicted: Trajectory | None = None, observed: Trajectory | None = None, ax: Axes | None = None) -> Axes:
    """Loss against time, as a share of all that it falls: the staircase.

    Losses of two models are not one scale; each is drawn from 1, at its first moment, to 0, at the last moment that
    both have.  A trajectory that follows no modes has a loss, too.
    """
    drawn = _given(predicted, observed, is_followed=False)
    ax = style.axes_or_new(ax)
    end = min(float(one.time[-1]) for one in drawn)
    for one, how in zip(drawn, _styles(predicted, observed), strict=True):
        last = float(np.interp(end, one.time, one.loss))
        ax.plot(*_shown(one, (one.loss - last) / (float(one.loss[0]) - last or 1.0)), **how)
    _time_axis(ax, drawn)
    ax.set_xlim(right=1.02 * end)
    ax.set_ylim(-0.03, 1.05)
    ax.set_ylabel("loss, as a share of its fall")
    _legend(ax, predicted, observed)
    return ax


def plot_singular_values(trajectory: Trajectory, ax: Axes | None = None) -> Axes:
    """Singular values of W against time: the rank grows by one at each step."""
    if trajectory.singular_values is None:
        raise InputError("this trajectory has no singular values: predict, or train, with a start that is known")
    ax = style.axes_or_new(ax)
    for place, values in enumerate(trajectory.singular_values.T):
        shade = style.DARK if place % 2 == 0 else style.MIDDLE
        ax.plot(*_shown(trajectory, values), color=shade, linewidth=1.1)
    _time_axis(ax, [trajectory])
    ax.set_ylim(bottom=0)
    ax.set_ylabel("singular values of $W$")
    return ax


def plot_overlap(observed: Trajectory, predicted: Trajectory | None = None, ax: Axes | None = None) -> Axes:
    """How much of the leading modes the leading directions of the model hold, against time."""
    if observed.overlap is None:
        raise InputError("this trajectory has no overlap with modes: train with a spectrum to follow")
    ax = style.axes_or_new(ax)
    if predicted is not None and predicted.overlap is None:
        predicted = None
    drawn = _given(predicted, observed)
    for one, how in zip(drawn, _styles(predicted, observed), strict=True):
        ax.plot(*_shown(one, one.overlap), **how)
    _time_axis(ax, drawn)
    ax.set_ylim(0, 1.02)
    ax.set_ylabel("overlap with the modes, $\\|V^T\\hat U\\|^2 / K$")
    _legend(ax, predicted, observed)
    return ax


def plot_half_way(predicted: Trajectory, observed: Trajectory, ax: Axes | None = None) -> Axes:
    """Observed half-way times against predicted ones; on the line where they are equal."""
    ax = style.axes_or_new(ax, width=4.6, height=4.4)
    K = min(predicted.strengths.shape[1], observed.strengths.shape[1])
    τ, τ_seen = predicted.half_way()[:K], observed.half_way()[:K]
    both = np.isfinite(τ) & np.isfinite(τ_seen) & (τ > 0) & (τ_seen > 0)
    if both.any():
        ends = [0.9 * min(τ[both].min(), τ_seen[both].min()), 1.1 * max(τ[both].max(), τ_seen[both].max())]
        ax.plot(ends, ends, color=style.LINE, linewidth=1.2, zorder=0)
        ax.loglog(τ[both], τ_seen[both], color=style.DARK, **SEEN)
        style.plain_ticks(ax)
    else:
        ax.text(0.5, 0.5, "no mode rose in both", transform=ax.transAxes, ha="center", color=style.TEXT)
    ax.set_xlabel("predicted half-way time $\\tau_k$")
    ax.set_ylabel("observed")
    style.plain(ax)
    return ax


def plot_comparison(predicted: Trajectory, observed: Trajectory, modes: int = 8) -> np.ndarray:
    """Four views of a prediction and a run: strengths, loss, half-way times, and overlap or singular values.

    Returns
    -------
    (2, 2) array of Axes
        Of one new figure; its title says what is drawn.
    """
    figure, axes = style.pyplot().subplots(2, 2, figsize=(11.5, 7.6), layout="constrained", width_ratios=(3, 2))
    plot_strengths(predicted, observed, modes=modes, ax=axes[0, 0])
    plot_half_way(predicted, observed, ax=axes[0, 1])
    plot_loss(predicted, observed, ax=axes[1, 0])
    if observed.overlap is not None:
        plot_overlap(observed, predicted, ax=axes[1, 1])
    else:
        plot_singular_values(observed, ax=axes[1, 1])
    figure.suptitle(f"{caption(predicted)}\n{caption(observed)}", fontsize="medium", **style.VERBATIM)
    return axes


def _given(*trajectories: Trajectory | None, is_followed: bool = True) -> list[Trajectory]:
    needed = int(is_followed)  # modes
    given = [one for one in trajectories if one is not None and len(one) and one.strengths.shape[1] >= needed]
    if not given:
        raise InputError(f"there is nothing to draw: give a trajectory{' that follows modes' * is_followed}")
    return given


def _styles(predicted: Trajectory | None, observed: Trajectory | None) -> list[dict[str, Any]]:
    line = {"color": style.DARK, "linewidth": 1.4}
    return [line] * (predicted is not None) + [{"color": style.DARK, **SEEN}] * (observed is not None)


def _shown(trajectory: Trajectory, values: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Times after 0, which a logarithmic axis can show, and the values there."""
    assert values is not None
    later = trajectory.time > 0
    return trajectory.time[later], values[later]


def _time_axis(ax: Axes, drawn: list[Trajectory]) -> None:
    """Logarithmic, from shortly before the first rise to the end."""
    ax.set_xscale("log")
    begins = [_first_rise(one) for one in drawn]
    ends = [float(one.time[-1]) for one in drawn]
    if 0 < min(begins) < max(ends):
        ax.set_xlim(min(begins), 1.02 * max(ends))
    style.plain_ticks(ax)
    ax.set_xlabel(TIME)
    ax.grid(axis="y", color=style.LINE, linewidth=0.6)
    style.plain(ax)


def _first_rise(trajectory: Trajectory) -> float:
    later = trajectory.time > 0
    there = later & (trajectory.strengths > 0.003 * np.abs(trajectory.eigenvalues)).any(axis=1)
    found = trajectory.time[there if there.any() else later]
    return float(found[0]) if len(found) else 0.0


def _label_ends(ax: Axes, trajectory: Trajectory, modes: int, words: bool) -> None:
    """Names right of the curves' ends, moved apart where they would touch, tied to the ends by thin lines."""
    low, high = ax.get_ylim()
    ends = [(float(trajectory.strengths[-1, k]) - low) / (high - low) for k in range(modes)]
    for k, (end, place) in enumerate(zip(ends, style.spread(ends, ROOM), strict=True)):
        name = trajectory.mode_names[k] if words and k < len(trajectory.mode_names) else ""
        ax.plot([1.0, 1.025], [end, place], transform=ax.transAxes, color=style.LINE, linewidth=0.8, clip_on=False)
        label = f"{k}  {style.word_text(name.split(' '), longest=14)}" if name else str(k)
        ax.text(1.03, place, label, transform=ax.transAxes, va="center", fontsize="small", **style.VERBATIM)


def _legend(ax: Axes, predicted: Trajectory | None, observed: Trajectory | None) -> None:
    from matplotlib.lines import Line2D

    drawn = [one for one in (predicted, observed) if one is not None]
    handles = [
        Line2D([], [], label=one.model, **how) for one, how in zip(drawn, _styles(predicted, observed), strict=True)
    ]
    if len(handles) > 1:
        place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1), "ncols": 2, "borderaxespad": 0.2}
        ax.legend(handles=handles, frameon=False, fontsize="small", **place)
