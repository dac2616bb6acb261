"""Concordance: the lines of a text in which a word stands, one under the other (key word in context)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..core.errors import InputError, require_positive, require_stage
from ..core.printing import printable
from ..corpus.corpus import Origin

if TYPE_CHECKING:
    from ..corpus.corpus import Corpus

BLOCK = 1 << 20  # tokens looked at at a time
COLUMNS = 80  # of a line of text
NAMED = 24  # of them at most for where a line is
UNKNOWN = "·"  # stands for a word without a row

Words = tuple[str | None, ...]  # None where a word has no row


class Line(NamedTuple):
    """One place where the words stand.

    Attributes
    ----------
    document : int
        Its number in the corpus, from 0.
    place : int
        How many tokens of the document stand before it.
    before, words, after : tuple of str or None
        None for words without a row.
    file : str, optional
        Where the document was read, if that is known.
    line : int, optional
        The line or row of the file, from 1, where the document begins.
    """

    document: int
    place: int
    before: Words
    words: Words
    after: Words
    file: str | None = None
    line: int | None = None

    @property
    def where(self) -> str:
        """The name of the file and the line there, or the number of the document."""
        return named(self.document, self.file, self.line)


@dataclass(frozen=True)
class Concordance(Sequence[Line]):
    """Lines in which the same words stand; printed, they are aligned in 80 columns.

    Attributes
    ----------
    words : tuple of str
    seen : int
        How often they stand in the text: at least as often as there are lines.
    lines : tuple of Line
        In the order of the text.
    """

    words: tuple[str, ...]
    seen: int
    lines: tuple[Line, ...]

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, place):  # type: ignore[no-untyped-def]
        return self.lines[place]

    def __str__(self) -> str:
        return self.text()

    def text(self, columns: int = COLUMNS) -> str:
        """The lines one under the other, cut to so many columns; · is a word without a row."""
        shown = [(printable(line.where), *map(_joined, (line.before, line.words, line.after))) for line in self.lines]
        label = min(NAMED, max((_width(where) for where, *_ in shown), default=0))
        middle = max((_width(words) for _, _, words, _ in shown), default=0)
        side = max(8, (columns - label - middle - 4) // 2)
        return "\n".join(
            f"{_fitted(where, label, keep_end=_width(where) > label)}  {_fitted(before, side, keep_end=True)} "
            f"{words}{' ' * (middle - _width(words))} {_fitted(after, side)}".rstrip()
            for where, before, words, after in shown
        )


def concordance(
    corpus: Corpus, words: str | Sequence[str], n: int = 20, *, window: int = 10, near: str | None = None
) -> Concordance:
    """The lines of a text in which a word stands, or several words one after another.

    Parameters
    ----------
    corpus : Corpus
    words : str or sequence of str
        Of the vocabulary; several stand side by side, in this order.
    n : int
        How many lines; of more, so many spread evenly over the text, the first and the last among them.
    window : int
        Words shown on each side, as far as the document goes.
    near : str, optional
        Only lines that have this word, too, among those shown.

    Returns
    -------
    Concordance

    Raises
    ------
    UnknownWordError
        If a word has no row.
    InputError
        If ``n`` or ``window`` is below 1.

    Examples
    --------
    >>> from solve2vec.corpus.corpus import VocabularyOptions, encode
    >>> corpus = encode(["a rose is a rose", "the rose"], selection=VocabularyOptions(min_count=1))
    >>> print(concordance(corpus, "rose", window=2))
    document 0                                a rose is a
    document 0                             is a rose
    document 1                              the rose
    """
    require_stage("concordance", corpus, "Corpus", "make one with encode(documents)")
    require_positive(n=n, window=window)
    asked = (words,) if isinstance(words, str) else tuple(words)
    if not asked:
        raise InputError("no word to look for: give at least one")
    ids = corpus.vocabulary.ids(asked)
    places = places_of(corpus, ids)
    if near is not None:
        places = _those_near(corpus, places, len(ids), places_of(corpus, corpus.vocabulary.ids([near])), window)
    seen = len(places)
    if seen > n:
        places = places[np.linspace(0, seen - 1, n).astype(np.int64)]
    return Concordance(asked, seen, tuple(line_at(corpus, int(place), len(ids), window) for place in places))


def places_of(corpus: Corpus, ids: np.ndarray) -> np.ndarray:
    """(n,) int64, where in the tokens these ids stand one after another in one document, rising."""
    tokens, starts = corpus.tokens, np.asarray(corpus.document_starts)
    blocks = range(0, len(tokens), BLOCK)
    found = np.concatenate(
        [np.zeros(0, np.int64), *(np.flatnonzero(tokens[at : at + BLOCK] == ids[0]) + at for at in blocks)]
    )
    if len(ids) > 1:
        found = found[found + len(ids) <= starts[np.searchsorted(starts, found, "right")]]
        for further, token in enumerate(ids[1:], 1):
            found = found[tokens[found + further] == token]
    return found


def _those_near(corpus: Corpus, places: np.ndarray, length: int, others: np.ndarray, window: int) -> np.ndarray:
    """The places that have one of ``others`` within ``window`` tokens of the same document, besides what stands there.

    >>> from solve2vec.corpus.corpus import VocabularyOptions, encode
    >>> corpus = encode(["a b a c a", "a"], selection=VocabularyOptions(min_count=1))
    >>> a = places_of(corpus, corpus.vocabulary.ids(["a"]))
    >>> _those_near(corpus, a, 1, a, 2).tolist(), _those_near(corpus, a, 1, a, 1).tolist()
    ([0, 2, 4], [])
    """
    starts = np.asarray(corpus.document_starts)
    document = np.searchsorted(starts, places, "right") - 1
    edges = np.stack(
        [
            np.maximum(places - window, starts[document]),
            places,
            places + length,
            np.minimum(places + length + window, starts[document + 1]),
        ]
    )
    before = np.searchsorted(others, edges)
    return places[(before[1] > before[0]) | (before[3] > before[2])]


def line_at(corpus: Corpus, place: int, length: int, window: int) -> Line:
    """The line around ``length`` tokens at this place of the corpus."""
    starts = corpus.document_starts
    document = int(np.searchsorted(starts, place, "right")) - 1
    begin, end = int(starts[document]), int(starts[document + 1])

    def words(first: int, last: int) -> Words:
        known = corpus.vocabulary.words
        return tuple(known[token] if token < len(known) else None for token in corpus.tokens[first:last].tolist())

    return Line(
        document,
        place - begin,
        words(max(begin, place - window), place),
        words(place, place + length),
        words(place + length, min(end, place + length + window)),
        *(corpus.origin(document) or ()),
    )


def named(document: int, file: str | None, line: int | None) -> str:
    """What to call a document.

    >>> named(5, None, None), named(5, "texts/a.txt", 7), named(5, "texts/b.txt", None)
    ('document 5', 'a.txt:7', 'b.txt')
    """
    return f"document {document}" if file is None else str(Origin(Path(file).name or file, line))


def _joined(words: Words) -> str:
    return " ".join(UNKNOWN if word is None else printable(word) for word in words)


def _width(text: str) -> int:
    """Columns that a text takes; letters of Chinese and the like take two, marks on letters none.

    >>> _width("abc"), _width("狗"), _width("e\u0301")
    (3, 2, 1)
    """
    if text.isascii():
        return len(text)
    return sum(_columns(letter) for letter in text)


def _columns(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 1 + (unicodedata.east_asian_width(letter) in "WF")


def _fitted(text: str, columns: int, *, keep_end: bool = False) -> str:
    """A text cut or filled to so many columns; kept is its beginning, or its end, which then stands to the right."""
    if _width(text) > columns:
        kept, room = [], columns - 1
        for letter in reversed(text) if keep_end else text:
            room -= _columns(letter)
            if room < 0:
                break
            kept.append(letter)
        text = "…" + "".join(reversed(kept)) if keep_end else "".join(kept) + "…"
    space = " " * (columns - _width(text))
    return space + text if keep_end else text + space
