"""HTML: a small table for a notebook.  Values and words come from anybody's text, and no word is more than a word.

They are escaped and cut, and words stand in ``<code>``, where no notebook looks for formulas.  Nothing is fetched, and
no color is set, so the page's own light or dark colors hold.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from .printing import printable

LETTERS = 40  # of a word
VALUE_LETTERS = 80  # of any other value

_CELL = "text-align: left; vertical-align: top; padding: 0.15em 1em 0.15em 0"


def table(kind: str, rows: Iterable[tuple[str, str]]) -> str:
    """A table of rows of (name, HTML), under the name of a kind of thing.

    >>> print(table("Vocabulary", [("first words", words(["<b>"]))]))  # doctest: +ELLIPSIS
    <div ...<strong>Vocabulary</strong>...<code dir="auto">&lt;b&gt;</code>...</div>
    """
    body = "".join(
        f'<tr><th scope="row" style="{_CELL}">{text(name)}</th><td style="{_CELL}">{cell}</td></tr>'
        for name, cell in rows
    )
    kind = f"<strong>{text(kind)}</strong>"
    return f'<div class="tex2jax_ignore mathjax_ignore">{kind}<table><tbody>{body}</tbody></table></div>'


def words(listed: Iterable[str]) -> str:
    """Words side by side."""
    return " ".join(f'<code dir="auto">{text(word)}</code>' for word in listed)


def steps(listed: Iterable[tuple[str, Sequence[tuple[str, object]]]]) -> str:
    """A numbered list of verbs, each with the names and values that it ran with."""
    items = (
        f"<li><code>{text(verb)}</code> "
        + ", ".join(f"{text(name)}={text(repr(value), VALUE_LETTERS)}" for name, value in values)
        + "</li>"
        for verb, values in listed
    )
    return f'<ol style="margin: 0; padding-left: 1.5em">{"".join(items)}</ol>'


def text(value: object, letters: int = LETTERS) -> str:
    """Any value for HTML: cut to ``letters``, what is unseen spelled out, nothing left that is markup."""
    return html.escape(printable(value, letters))
