"""The spectrum drawn: how strong its modes are, and what each of them means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import InputError
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..spectrum.spectrum import Spectrum


def plot_eigenvalues(spectrum: Spectrum, ax: Axes | None = None) -> Axes:
    """Eigenvalues by rank, both on logarithmic axes.

    Parameters
    ----------
    spectrum : Spectrum
        Its positive eigenvalues are drawn; those that an embedding can use.
    ax : matplotlib Axes, optional
        Of a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If matplotlib is not installed.
    """
    ax = style.axes_or_new(ax)
    strengths = [float(value) for value in spectrum.eigenvalues if value > 0]
    ax.loglog(range(1, len(strengths) + 1), strengths, ".-", color=style.DARK, linewidth=1, markersize=4)
    ax.grid(which="major", color=style.LINE, linewidth=0.6)
    ax.set_xlabel("mode, by rank")
    ax.set_ylabel("eigenvalue λ")
    style.plain(ax)
    return ax


def plot_modes(spectrum: Spectrum, modes: int = 12, words: int = 6, ax: Axes | None = None) -> Axes:
    """Draw the strongest modes, strongest on top: a bar as long as λ, with the words at each of its ends.

    Parameters
    ----------
    spectrum : Spectrum
    modes : int
        How many; fewer if the spectrum has fewer.
    words : int
        How many at each end, the most extreme first.
    ax : matplotlib Axes, optional
        Of a new figure by default, wide enough for the words.  The labels stand outside of the axes.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If ``modes`` or ``words`` is below 1, or matplotlib is not installed.
    """
    if modes < 1 or words < 1:
        raise InputError(f"modes and words must be at least 1, got {modes} and {words}")
    modes = min(modes, len(spectrum))
    ax = style.axes_or_new(ax, width=5 + 1.0 * words, height=0.9 + 0.3 * modes)
    strengths = [float(value) for value in spectrum.eigenvalues[:modes]]
    rows, ends = list(range(modes)), [spectrum.mode_words(k, words) for k in range(modes)]
    ax.barh(rows, strengths, height=0.62, color=style.DARK)
    ax.barh(rows, [-strength for strength in strengths], height=0.62, color=style.LIGHT)
    for row, strength in zip(rows, strengths, strict=True):
        label = f"{strength:,.0f}" if strength >= 100 else f"{strength:.3g}"
        ax.text(strength + 0.05 * strengths[0], row, label, color=style.TEXT, va="center", fontsize="small")
    ax.set_xlim(-1.05 * strengths[0], 1.9 * strengths[0])  # with room for a number beside the longest bar
    ax.set_ylim(modes - 0.5, -0.5)
    ax.set_xticks([])
    ax.set_xlabel("← negative end   λ   positive end →")
    ax.set_yticks(rows, [style.word_text(negative) for _, negative in ends], **style.VERBATIM)
    other = ax.secondary_yaxis("right")
    other.set_yticks(rows, [style.word_text(positive) for positive, _ in ends], **style.VERBATIM)
    for drawn in (ax, other):
        style.plain(drawn)
    return ax
