"""Moves of words between two texts drawn: how far each one moved, against how often it was seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_moves(
    counts: np.ndarray, moves: np.ndarray, by_chance: np.ndarray, named: Sequence[tuple[int, str]],
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw every word as a dot, what 95 % of moves by chance stay under as a line, and some words by name.

    Parameters
    ----------
    counts, moves, by_chance : (n,) arrays
        Of each word: how often it was seen in the text that has it less, its move, and that limit.
    named : sequence of (row, word)
    ax : matplotlib Axes, optional
        Of a new figure by default.
    """
    ax = style.axes_or_new(ax, width=8.0, height=4.6)
    order = np.argsort(counts)
    ax.plot(counts, moves, ".", ms=3, color=style.LIGHT)
    ax.plot(counts[order], by_chance[order], color=style.MIDDLE, linewidth=1.4)
    ax.annotate(
        "95 % of moves by chance", (counts[order][-1], by_chance[order][-1]), (0, 4), ha="right",
        textcoords="offset points", fontsize="small", color=style.MIDDLE,
    )  # fmt: skip
    for row, word in named:
        ax.plot(counts[row], moves[row], "o", ms=4.5, color=style.DARK)
        ax.annotate(
            style.word_text([word]), (counts[row], moves[row]), (5, 2), textcoords="offset points", fontsize="small",
            **style.VERBATIM,
        )  # fmt: skip
    ax.set_xscale("log")
    ax.set_xlabel("how often the word was seen in the text that has it less")
    ax.set_ylabel("move: 1 - cosine")
    ax.margins(x=0.08)
    style.plain(ax)
    style.plain_ticks(ax)
    return ax
