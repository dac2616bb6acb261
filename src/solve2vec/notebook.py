"""Notebook: a stage as a small HTML table: its kind, its numbers, some of its words, and how it was made.

Words come from anybody's text: they are escaped and cut, and stand in ``<code>``, where no notebook looks for
formulas.  Nothing is fetched, and no color is set, so the page's own light or dark colors hold.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from .core.stage import Stage, Step, _brief
from .corpus.vocabulary import Vocabulary
from .spectrum.spectrum import Spectrum

WORDS = 8
MODES = 5
MODE_WORDS = 4  # at each end of a mode
HEAD = 20_000  # rows looked at for the words of modes: a memory-mapped spectrum is not read to its end
LETTERS = 40  # of a word
VALUE_LETTERS = 80  # of a value of the lineage

_CELL = "text-align: left; vertical-align: top; padding: 0.15em 1em 0.15em 0"


def as_html(stage: Stage) -> str:
    """The table that a notebook shows for a stage.

    Examples
    --------
    >>> print(as_html(Vocabulary.from_counts({"<b>": 2})))  # doctest: +ELLIPSIS
    <div ...<code dir="auto">&lt;b&gt;</code>...</div>
    """
    rows = [*_facts(stage), *_words(stage), *_modes(stage), *_history(stage)]
    body = "".join(_row(name, cell) for name, cell in rows)
    kind = f"<strong>{_text(type(stage).__name__)}</strong>"
    return f'<div class="tex2jax_ignore mathjax_ignore">{kind}<table><tbody>{body}</tbody></table></div>'


def _row(name: str, cell: str) -> str:
    return f'<tr><th scope="row" style="{_CELL}">{name}</th><td style="{_CELL}">{cell}</td></tr>'


def _facts(stage: Stage) -> Iterator[tuple[str, str]]:
    for name, value in stage.summary().items():
        yield _text(name.replace("_", " ")), _text(_brief(value), VALUE_LETTERS)


def _words(stage: Stage) -> Iterator[tuple[str, str]]:
    vocabulary = stage if isinstance(stage, Vocabulary) else getattr(stage, "vocabulary", None)
    if vocabulary is not None and len(vocabulary):
        more = " …" if len(vocabulary) > WORDS else ""
        yield "first words", _listed(vocabulary.words[:WORDS]) + more


def _modes(stage: Stage) -> Iterator[tuple[str, str]]:
    """The words at the two ends of the leading modes, among the most frequent words."""
    if not isinstance(stage, Spectrum):
        return
    leading = np.asarray(stage.eigenvectors[:HEAD, :MODES], np.float64)
    words = stage.vocabulary.words
    for k, (column, eigenvalue) in enumerate(zip(leading.T, stage.eigenvalues[:MODES].tolist(), strict=True)):
        order = np.argsort(-column, kind="stable").tolist()
        top = [words[i] for i in order[:MODE_WORDS] if column[i] > 0]
        bottom = [words[i] for i in order[::-1][:MODE_WORDS] if column[i] < 0]
        ends = " ↔ ".join(_listed(end) for end in (top, bottom) if end)
        yield f"mode {k}", f"{_text(_brief(eigenvalue))}: {ends}"


def _history(stage: Stage) -> Iterator[tuple[str, str]]:
    if stage.lineage:
        steps = "".join(f"<li>{_step(step)}</li>" for step in stage.lineage)
        yield "made by", f'<ol style="margin: 0; padding-left: 1.5em">{steps}</ol>'


def _step(step: Step) -> str:
    values = (f"{_text(name)}={_text(repr(value), VALUE_LETTERS)}" for name, value in step.values.items())
    return f"<code>{_text(step.verb)}</code> " + ", ".join(values)


def _listed(words: Iterable[str]) -> str:
    return " ".join(f'<code dir="auto">{_text(word)}</code>' for word in words)


def _text(value: Any, letters: int = LETTERS) -> str:
    """Text for HTML: cut to ``letters``, control and direction characters spelled out, nothing left that is markup."""
    text = str(value)
    text = text if len(text) <= letters else text[: letters - 1] + "…"
    return html.escape("".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text))
