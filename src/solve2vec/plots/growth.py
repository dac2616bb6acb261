"""The embedding space growing: words in the plane of two modes, frame by frame, beside the strengths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import InputError
from . import style

if TYPE_CHECKING:
    from matplotlib.animation import FuncAnimation

FONT = 9  # points
PLANE = (455.0, 315.0)  # about the size of the plane, in points


def animate_growth(
    times: Sequence[float] | np.ndarray,
    positions: np.ndarray,
    words: Sequence[str],
    strengths: np.ndarray,
    eigenvalues: np.ndarray,
    *,
    axes_names: tuple[str, str] = ("mode 0", "mode 1"),
    title: str = "",
    seconds: float = 8.0,
) -> FuncAnimation:
    """Words moving out from the origin as one mode after another is learned.

    Parameters
    ----------
    times : (T,) array
    positions : (T, n, 2) array
        Where each word is at each time: two columns of its vector.
    words : sequence of str, length n
    strengths : (T, K) array
        s_k² of the modes whose bars are drawn.
    eigenvalues : (K,) array
        λ_k, the bars' full length.
    axes_names : pair of str
        What the two directions are.
    title : str
    seconds : float
        Of the whole animation, once through.

    Returns
    -------
    matplotlib.animation.FuncAnimation
        ``.save("growth.gif", writer="pillow")`` writes it.  Limits do not move, so growth is seen as growth.

    Raises
    ------
    InputError
        If the shapes do not fit, or matplotlib is not installed.
    """
    positions, strengths = np.asarray(positions, np.float64), np.asarray(strengths, np.float64)
    T, n, K = len(times), len(words), len(eigenvalues)
    if positions.shape != (T, n, 2) or strengths.shape != (T, K) or T == 0:
        raise InputError(
            f"{T} times, {n} words and {K} modes need positions ({T}, {n}, 2) and strengths ({T}, {K}), "
            f"got {positions.shape} and {strengths.shape}"
        )
    figure, (plane, bars) = style.pyplot().subplots(1, 2, figsize=(9.6, 5.4), layout="constrained", width_ratios=(3, 1))
    move_words = _plane(plane, positions, words, axes_names)
    move_bars = _bars(bars, strengths, np.asarray(eigenvalues, np.float64))
    figure.suptitle(title, fontsize="medium", **style.VERBATIM)

    from matplotlib.animation import FuncAnimation

    def draw(frame: int) -> list[Any]:
        plane.set_title(f"time {times[frame]:.3g}", fontsize="medium", loc="left")
        return [*move_words(frame), *move_bars(frame)]

    draw(T - 1)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # the layout of the last frame is that of all: once, not at every frame
    return FuncAnimation(figure, draw, frames=T, interval=1000 * seconds / T, init_func=lambda: [])


def _plane(ax: Any, positions: np.ndarray, words: Sequence[str], names: tuple[str, str]) -> Any:
    x, y = positions[:, :, 0], positions[:, :, 1]
    for set_limits, values in ((ax.set_xlim, x), (ax.set_ylim, y)):
        low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
        room = 0.12 * ((high - low) or 1.0)
        set_limits(low - room, high + room)
    ax.axhline(0, color=style.LINE, linewidth=0.8, zorder=0)
    ax.axvline(0, color=style.LINE, linewidth=0.8, zorder=0)
    dots = ax.scatter(x[0], y[0], s=14, color=style.DARK)
    shown = [style.word_text([word], longest=16) for word in words]
    labels = [
        ax.annotate(word, (0, 0), xytext=offset, textcoords="offset points", va="center", ha=side,
                    fontsize=FONT, **style.VERBATIM)
        for word, (offset, side) in zip(shown, _offsets(positions[-1], shown, ax), strict=True)
    ]  # fmt: skip
    ax.set_xlabel(names[0], **style.VERBATIM)
    ax.set_ylabel(names[1], **style.VERBATIM)
    style.plain(ax)

    def move(frame: int) -> list[Any]:
        dots.set_offsets(positions[frame])
        for label, place in zip(labels, positions[frame], strict=True):
            label.xy = tuple(place)
        return [dots, *labels]

    return move


def _offsets(places: np.ndarray, words: Sequence[str], ax: Any) -> list[tuple[tuple[float, float], str]]:
    """For each word, how far from its dot (points) and on which side, so that at the end no two words touch.

    Words stand beside their dots, away from the middle; from top to bottom, each gives way downward to those
    before it.
    """
    limits = np.array([ax.get_xlim(), ax.get_ylim()])
    points = (places - limits[:, 0]) / np.ptp(limits, axis=1) * PLANE
    to_left = points[:, 0] < points[:, 0].mean()
    made: list[tuple[tuple[float, float], str]] = [((0.0, 0.0), "left")] * len(words)
    taken: list[tuple[float, float, float]] = []  # left, right, height
    for at in np.argsort(-points[:, 1], kind="stable").tolist():
        x, y = points[at]
        width = 0.62 * FONT * len(words[at])
        left = x - 5 - width if to_left[at] else x + 5
        for begin, end, height in sorted(taken, key=lambda other: -other[2]):
            if left < end and begin < left + width and abs(y - height) < 1.15 * FONT:
                y = height - 1.15 * FONT
        taken.append((left, left + width, y))
        made[at] = ((-5.0 if to_left[at] else 5.0, float(y - points[at, 1])), "right" if to_left[at] else "left")
    return made


def _bars(ax: Any, strengths: np.ndarray, λ: np.ndarray) -> Any:
    rows = np.arange(len(λ))
    ax.barh(rows, λ, height=0.7, color="none", edgecolor=style.LINE, linewidth=0.8)
    filled = ax.barh(rows, strengths[0], height=0.7, color=style.DARK)
    ax.set_ylim(len(λ) - 0.5, -0.5)
    ax.set_xlim(0, 1.05 * float(max(λ.max(), strengths.max())))
    ax.set_yticks(rows, [str(k) for k in rows])
    ax.set_xlabel("strength $s_k^2$; outline: $\\lambda_k$")
    ax.set_ylabel("mode")
    style.plain(ax)

    def move(frame: int) -> list[Any]:
        for bar, strength in zip(filled, strengths[frame], strict=True):
            bar.set_width(strength)
        return list(filled)

    return move
