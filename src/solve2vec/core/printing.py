"""Printing: text from anywhere, made safe to show: nothing unseen is left in it, and nothing goes on forever."""

from __future__ import annotations

from typing import Any

# letters and marks that show nothing, though Python counts them as printable
INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")


def printable(text: object, letters: int | None = None) -> str:
    r"""Any value as text in which all that is not seen is spelled out, cut to ``letters``.

    Spelled out are control characters (C0 and C1), the marks of writing direction, what has no width, half of a
    surrogate pair, and every space but the common one.

    >>> printable("a" + chr(27) + "[2J"), printable("b" + chr(0x202E)), printable("b" * 30, 4)
    ('a\\x1b[2J', 'b\\u202e', 'bbb…')
    """
    shown = str(text)
    if not shown.isprintable() or not INVISIBLE.isdisjoint(shown):
        shown = "".join(_spelled(character) for character in shown)
    return shown if letters is None or len(shown) <= letters else shown[: letters - 1] + "…"


def _spelled(character: str) -> str:
    if character.isprintable() and character not in INVISIBLE:
        return character
    return character.encode("unicode_escape").decode()


def brief(value: Any) -> str:
    """A number as people read it: four digits, or its thousands apart.

    >>> brief(0.123456), brief(1234567), brief("word")
    ('0.1235', '1,234,567', 'word')
    """
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
