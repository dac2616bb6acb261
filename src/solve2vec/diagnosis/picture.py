"""Small pictures for the report: bars and curves as SVG, drawn by matplotlib."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

import numpy as np

from ..core.printing import printable
from ..plots import style

WIDTH, HEIGHT, ROW = 5.8, 2.4, 0.23  # inches; of one bar
LONGEST = 60  # letters of a label
STROKES = ((style.DARK, "-"), ("#b3541e", "--"), (style.MIDDLE, ":"), ("#333333", "-."))  # distinct in gray, too
UNSTAMPED = dict.fromkeys(("Creator", "Date", "Format", "Type"))  # the same page twice is the same bytes


@dataclass(frozen=True)
class Bars:
    """Horizontal bars, each with its name and value.

    Attributes
    ----------
    names : sequence of str
    values : sequence of float
        0 or more.
    texts : sequence of str
        How each value is written.
    caption : str
    marked : int, optional
        The bar that stands out.
    """

    names: Sequence[str]
    values: Sequence[float]
    texts: Sequence[str]
    caption: str
    marked: int | None = None

    def svg(self) -> str:
        """The picture, as an element of a page."""
        return _svg(self.draw, 0.1 + ROW * len(self.names), self.caption)

    def draw(self, ax: Any) -> None:
        """The bars, on matplotlib's axes."""
        lengths = np.nan_to_num(np.maximum(np.asarray(self.values, float), 0.0), posinf=0.0)
        colors = [STROKES[1][0] if row == self.marked else style.DARK for row in range(len(lengths))]
        bars = ax.barh(range(len(lengths)), lengths, height=0.65, color=colors)
        ax.bar_label(bars, [printable(text, LONGEST) for text in self.texts], padding=4, **style.VERBATIM)
        ax.set_yticks(range(len(lengths)), [printable(name, LONGEST) for name in self.names], **style.VERBATIM)
        ax.set_xlim(0, 1.2 * lengths.max(initial=0.0) or 1.0)
        ax.invert_yaxis()
        ax.xaxis.set_visible(False)


@dataclass(frozen=True)
class Curves:
    """Lines over one axis.

    Attributes
    ----------
    x : sequence of float
    lines : dict
        Values (one for each x) by name.
    caption, x_name, y_name : str
    log_x, log_y : bool
    marks : dict
        Places on the x-axis that have a name.
    """

    x: Sequence[float]
    lines: dict[str, Sequence[float]]
    caption: str
    x_name: str = ""
    y_name: str = ""
    log_x: bool = False
    log_y: bool = False
    marks: dict[str, float] | None = None

    def svg(self) -> str:
        """The picture, as an element of a page."""
        return _svg(self.draw, HEIGHT, self.caption)

    def draw(self, ax: Any) -> None:
        """The lines, on matplotlib's axes."""
        for place, (name, line) in enumerate(self.lines.items()):
            color, dashes = STROKES[place % len(STROKES)]
            ax.plot(self.x, line, dashes, color=color, linewidth=2, label=printable(name, LONGEST))
        ax.set(xlabel=self.x_name, ylabel=self.y_name)
        if self.log_x:
            ax.set_xscale("log")
        if self.log_y:
            ax.set_yscale("log")
        else:
            ax.set_ylim(bottom=0)
        ax.grid(axis="y", color=style.LINE, linewidth=0.6)
        top = ax.get_xaxis_transform()
        for place, (name, x) in enumerate((self.marks or {}).items()):
            ax.axvline(x, color=STROKES[1][0], linewidth=1.2)
            ax.text(x, 0.95 - 0.12 * place, f" {printable(name, LONGEST)}", transform=top, va="top", **style.VERBATIM)
        if len(self.lines) > 1:
            ax.figure.legend(loc="outside lower center", ncols=len(self.lines), frameon=False)


def _svg(draw: Callable[[Any], None], height: float, caption: str) -> str:
    """What ``draw`` makes of new axes, as SVG whose text stays text, above its caption."""
    style.pyplot()  # refuses where matplotlib is missing
    import matplotlib
    from matplotlib.figure import Figure

    figure, drawn = Figure(figsize=(WIDTH, height), layout="constrained"), StringIO()
    said = html.escape(printable(caption))
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": caption, "font.size": 9}):
        ax = figure.subplots()
        style.plain(ax)
        draw(ax)
        figure.savefig(drawn, format="svg", metadata=UNSTAMPED)
    svg = drawn.getvalue()
    svg = svg[svg.index("<svg") :].replace("<svg", f'<svg role="img" aria-label="{said}"', 1)
    return f"<figure>{svg}<figcaption>{said}</figcaption></figure>"
