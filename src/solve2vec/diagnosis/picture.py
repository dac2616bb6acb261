"""Small pictures: bars and curves as SVG, drawn here, so that a report needs no other program and no network."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.printing import printable

WIDTH, ROW, LABEL = 560, 22, 190
DARK, LIGHT, LINE, MARK = "#1f4e79", "#9dbfdd", "#d0d0d0", "#b3541e"
STROKES = ((DARK, ""), (MARK, "6 3"), ("#6b8fb0", "2 3"), ("#333333", "9 3 2 3"))  # told apart in grey, too
LETTERS = 30  # of a label


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
    marked : int, optional
        The bar that stands out.
    caption : str
    """

    names: Sequence[str]
    values: Sequence[float]
    texts: Sequence[str]
    caption: str
    marked: int | None = None

    def svg(self) -> str:
        """The picture, as an element of a page."""
        largest = max([float(value) for value in self.values if np.isfinite(value)] + [1e-300])
        room = WIDTH - LABEL - 90
        parts = []
        for row, (name, value, text) in enumerate(zip(self.names, self.values, self.texts, strict=True)):
            length = room * max(0.0, float(value)) / largest if np.isfinite(value) else 0.0
            color, y = MARK if row == self.marked else DARK, row * ROW
            parts.append(_text(LABEL - 8, y + 15, name, "end"))
            parts.append(f'<rect x="{LABEL}" y="{y + 4}" width="{length:.1f}" height="{ROW - 8}" fill="{color}"/>')
            parts.append(_text(LABEL + length + 6, y + 15, text, "start"))
        return _framed(parts, ROW * len(self.names), self.caption)


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
        marks = self.marks or {}
        across = _Axis([*self.x, *marks.values()], self.log_x, 60, WIDTH - 20)
        up = _Axis([v for line in self.lines.values() for v in line], self.log_y, 190, 20, zero=not self.log_y)
        parts = [f'<line x1="60" y1="190" x2="{WIDTH - 20}" y2="190" stroke="{LINE}"/>']
        for value in up.ticks():
            y = up(value)
            parts.append(f'<line x1="60" y1="{y:.1f}" x2="{WIDTH - 20}" y2="{y:.1f}" stroke="{LINE}"/>')
            parts.append(_text(54, y + 4, f"{value:.3g}", "end"))
        parts += [_text(across(value), 206, f"{value:.3g}", "middle") for value in across.ticks()]
        for place, (name, x) in enumerate(marks.items()):
            parts.append(
                f'<line x1="{across(x):.1f}" y1="20" x2="{across(x):.1f}" y2="190" stroke="{MARK}" stroke-width="1.5"/>'
            )
            side = "end" if across(x) > WIDTH / 2 else "start"
            parts.append(_text(across(x) + (-5 if side == "end" else 5), 34 + 15 * place, name, side))
        for (color, dashes), line in zip(_strokes(len(self.lines)), self.lines.values(), strict=True):
            points = " ".join(
                f"{across(x):.1f},{up(y):.1f}"
                for x, y in zip(self.x, line, strict=True)
                if np.isfinite(y) and (y > 0 or not self.log_y) and (x > 0 or not self.log_x)
            )
            parts.append(
                f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2" '
                f'stroke-dasharray="{dashes}"/>'
            )
        parts += self._legend()
        parts.append(_text((60 + WIDTH) / 2, 224, self.x_name, "middle"))
        parts.append(_text(60, 12, self.y_name, "start"))
        return _framed(parts, 254 if len(self.lines) > 1 else 230, self.caption)

    def _legend(self) -> list[str]:
        if len(self.lines) < 2:
            return []
        parts, x = [], 60.0
        for (color, dashes), name in zip(_strokes(len(self.lines)), self.lines, strict=True):
            parts.append(
                f'<line x1="{x:.0f}" y1="240" x2="{x + 24:.0f}" y2="240" stroke="{color}" stroke-width="2" '
                f'stroke-dasharray="{dashes}"/>'
            )
            parts.append(_text(x + 29, 244, name, "start"))
            x += 45 + 7 * min(len(name), LETTERS)
        return parts


class _Axis:
    """Values to places on the page."""

    def __init__(self, values: Sequence[float], log: bool, start: float, end: float, zero: bool = False) -> None:
        kept = [float(v) for v in values if np.isfinite(v) and (v > 0 or not log)] or [1.0]
        self._log, self._start, self._end = log, start, end
        self._low, self._high = min([*kept, 0.0] if zero and not log else kept), max(kept)
        if self._high <= self._low:
            self._high = self._low * 10 if log else self._low + 1

    def __call__(self, value: float) -> float:
        low, high, v = (np.log(x) if self._log else x for x in (self._low, self._high, value))
        return float(self._start + (self._end - self._start) * (v - low) / (high - low))

    def ticks(self) -> list[float]:
        """At most six, round ones."""
        if self._log:
            low, high = np.log10(self._low), np.log10(self._high)
            if high - low < 1:
                return [self._low, float(np.sqrt(self._low * self._high)), self._high]
            step = max(1, int(np.ceil((high - low) / 5)))
            return [10.0**power for power in range(int(np.ceil(low)), int(np.floor(high)) + 1, step)]
        rough = (self._high - self._low) / 4
        unit = 10 ** np.floor(np.log10(rough))
        step = unit * min((f for f in (1, 2, 2.5, 5, 10) if f * unit >= rough), default=10)
        first = np.ceil(self._low / step)
        return [float((first + k) * step) for k in range(7) if (first + k) * step <= self._high * (1 + 1e-9)]


def _strokes(n: int) -> list[tuple[str, str]]:
    return [STROKES[k % len(STROKES)] for k in range(n)]


def _text(x: float, y: float, text: str, anchor: str) -> str:
    shown = html.escape(printable(text, LETTERS * 2))
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{shown}</text>'


def _framed(parts: list[str], height: float, caption: str) -> str:
    height += 4
    said = html.escape(caption)
    return (
        f'<figure><svg viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}" role="img" '
        f'aria-label="{said}" xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
        f"<figcaption>{said}</figcaption></figure>"
    )
