"""Style: what all plots share.  Two shades far apart in lightness, so that a grey print says the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..core.errors import InputError
from ..core.printing import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DARK, LIGHT = "#1f4e79", "#9dbfdd"  # lightness about 32 and 76 of 100
MIDDLE = "#5b8db8"  # about 56: for neighboring curves
LINE, TEXT = "#d0d0d0", "#222222"
VERBATIM: dict[str, Any] = {"parse_math": False, "usetex": False}  # words are data: a $ in one is a dollar


def pyplot() -> Any:
    """Import matplotlib's pyplot.

    Raises
    ------
    InputError
        If matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise InputError("plots need matplotlib: pip install matplotlib") from error
    return plt


def axes_or_new(ax: Axes | None, *, width: float = 6.4, height: float = 4.0) -> Axes:
    """Take the given axes, or those of a new figure of so many inches."""
    return pyplot().subplots(figsize=(width, height), layout="constrained")[1] if ax is None else ax


def plain(ax: Any) -> None:
    """Take the frame away, and put thin lines behind the data."""
    for side in ("top", "right", "left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.tick_params(length=0, colors=TEXT)
    ax.set_axisbelow(True)


def plain_ticks(ax: Any) -> None:
    """Numbers as people write them, also between powers of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    for axis in (ax.xaxis, ax.yaxis):
        if axis.get_scale() == "log":
            low, high = axis.get_view_interval()
            subs = (1.0, 2.0, 5.0) if high > 15 * low else (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
            axis.set_major_locator(LogLocator(subs=subs, numticks=12))
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axis.set_minor_locator(NullLocator())


def spread(places: Sequence[float], room: float) -> list[float]:
    """Heights for labels: as near to their places as lets each keep ``room``, and in their order.

    >>> [round(place, 3) for place in spread([0.5, 0.52, 0.0], 0.1)]
    [0.46, 0.56, 0.0]
    """
    order = sorted(range(len(places)), key=lambda at: places[at])
    groups: list[tuple[float, int]] = []  # of labels that touch: where they begin, and how many
    for at in order:
        begin, count = places[at], 1
        while groups and groups[-1][0] + room * groups[-1][1] > begin:
            before, many = groups.pop()
            # the mean of what each member alone would have the group begin at
            begin, count = (before * many + (begin - room * many) * count) / (many + count), many + count
        groups.append((begin, count))
    heights = [begin + room * step for begin, count in groups for step in range(count)]
    made = [0.0] * len(places)
    for at, height in zip(order, heights, strict=True):
        made[at] = height
    return made


def word_text(words: list[str], *, longest: int = 24) -> str:
    r"""Words side by side; what is unseen is spelled out, long ones are cut.

    >>> word_text(["a" + chr(7), "b" * 30])
    'a\\x07 bbbbbbbbbbbbbbbbbbbbbbb…'
    """
    return " ".join(printable(word, longest) for word in words)
