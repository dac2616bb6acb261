"""Style: what all plots share.  Two shades far apart in lightness, so that a grey print says the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DARK, LIGHT = "#1f4e79", "#9dbfdd"  # lightness about 32 and 76 of 100
LINE, TEXT = "#d0d0d0", "#222222"
VERBATIM = {"parse_math": False, "usetex": False}  # words are data: a $ in one is a dollar


def axes_or_new(ax: Axes | None, *, width: float = 6.4, height: float = 4.0) -> Axes:
    """Take the given axes, or those of a new figure of so many inches.

    Raises
    ------
    InputError
        If matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise InputError("plots need matplotlib: pip install solve2vec[plots]") from error
    if ax is not None:
        return ax
    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def plain(ax: Any) -> None:
    """Take the frame away, and put thin lines behind the data."""
    for side in ("top", "right", "left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.tick_params(length=0, colors=TEXT)
    ax.set_axisbelow(True)


def word_text(words: list[str], *, longest: int = 24) -> str:
    r"""Words side by side; control characters are spelled out, long ones are cut.

    >>> word_text(["a" + chr(7), "b" * 30])
    'a\\x07 bbbbbbbbbbbbbbbbbbbbbbb…'
    """
    return " ".join(_shown(word, longest) for word in words)


def _shown(word: str, longest: int) -> str:
    word = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in word)
    return word if len(word) <= longest else word[: longest - 1] + "…"
