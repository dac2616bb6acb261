"""Cleaning: text without the markup and the escape codes that it came in, and without hyphens at line ends."""

from __future__ import annotations

import codecs
import html
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .batches import ReadingOptions

Step = tuple[Callable[[str], str], Callable[[str], int]]  # what is done, and up to where it may be
HELD = 1 << 20  # letters that may wait for the end of a tag
LONGEST = 1 << 13  # letters of a word cut into several
INLINE = frozenset([
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
    "ins", "kbd", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u",
    "var", "wbr",
])  # fmt: skip
BLOCK = frozenset([
    "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "div", "dl",
    "dt", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr",
    "html", "li", "main", "nav", "ol", "option", "p", "pre", "section", "select", "summary", "table", "tbody", "td",
    "tfoot", "th", "thead", "title", "tr", "ul",
])  # fmt: skip
TAG = re.compile(
    r"<!--.*?-->|<(script|style)\b[^<>]*>.*?</\1\s*>|</?([a-z][\w:-]*)(?:\s[^<>]*|/)?>|<[!?][^<>]*>", re.I | re.S
)
OPENERS = tuple(  # what is not complete before what closes it
    (re.compile(opener, re.I), re.compile(closer, re.I))
    for opener, closer in (
        ("<!--", "-->"), (r"<script\b", r"</script\s*>"), (r"<style\b", r"</style\s*>"), (r"<(?:[a-z/!?]|\Z)", ">"),
    )
)  # fmt: skip
ENTITY = re.compile(r"&#?\w{0,32}\Z")
ESCAPE = re.compile(  # of terminals: ECMA-48, section 5.4; and titles of windows
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[PX^_][^\x1b\n]*\x1b\\|[ -/]*[0-Z\\^-~])"
)
OPEN_ESCAPE = re.compile(r"\x1b[^\n]{0,255}\Z")
LAST_LETTER = re.compile(r"[^\x08]\x08*\Z")
STRUCK = re.compile(r"[^\n\x08]\x08")  # a letter and a step back, by which pages of manuals are bold
HYPHEN = re.compile("([^\\W\\d_])[-\u00ad\u2010]\r?\n[ \t]*([^\\W\\d_]\\S*)[ \t]*(\r?\n)?")
LAST_WORDS = re.compile("(?:\\S*[-\u00ad\u2010]\r?\n[ \t]*)*\\S*\\s*\\Z")


class Cleaner:
    """Cleans text as a ``reading`` asks for; false where it asks for nothing."""

    def __init__(self, reading: ReadingOptions) -> None:
        self.steps = (*(STRIPPING if reading.strip_markup else ()), *(JOINING if reading.join_hyphens else ()))

    def __bool__(self) -> bool:
        return bool(self.steps)

    def clean(self, text: str) -> str:
        """The text, cleaned."""
        return _through(self.steps, text)

    def stream(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The blocks of a file, cleaned; what is not UTF-8 stays as it is, for others to tell."""
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        texts: Iterator[str] = itertools.chain(map(decoder.decode, blocks), _last(decoder))
        for step, end in self.steps:
            texts = _in_pieces(texts, step, end)
        return (text.encode("utf-8", "surrogateescape") for text in texts)

    def column(self, texts: Any) -> Any:
        """An Arrow array of strings, each cleaned; lists of tokens stay as they are."""
        import pyarrow as pa

        if not self or pa.types.is_list(texts.type):
            return texts
        return pa.array([text and self.clean(text) for text in texts.to_pylist()], pa.string())


def strip(text: str) -> str:
    r"""The text without tags, comments, scripts and the escape codes of terminals; entities are what they stand for.

    >>> strip("<p>Caf&eacute; <b>T</b>ea</p><!-- no --> \x1b[31mred\x1b[0m")
    '\nCafé Tea\n  red'
    """
    return _through(STRIPPING, text)


def _through(steps: Iterable[Step], text: str) -> str:
    for step, _ in steps:
        text = step(text)
    return text


def _without_escapes(text: str) -> str:
    return ESCAPE.sub("", text) if "\x1b" in text else text


def _without_struck(text: str) -> str:
    return STRUCK.sub("", text) if "\x08" in text else text


def _without_tags(text: str) -> str:
    return TAG.sub(_instead, text) if "<" in text else text


def _without_entities(text: str) -> str:
    return html.unescape(text) if "&" in text else text


def join(text: str) -> str:
    r"""The text with each word whole that a hyphen cuts at a line's end, in the first of the two lines.

    >>> join("an exam-\nple of a half-\nBaked one")
    'an example\nof a half-\nBaked one'
    """
    changed = True

    def whole(cut: re.Match[str]) -> str:
        nonlocal changed
        if not cut[2][0].islower():
            return cut[0]
        changed = True
        return f"{cut[1]}{cut[2]}\n"

    while changed:
        changed = False
        text = HYPHEN.sub(whole, text)
    return text


def _last(decoder: codecs.IncrementalDecoder) -> Iterator[str]:
    yield decoder.decode(b"", final=True)


def _in_pieces(texts: Iterable[str], step: Callable[[str], str], end: Callable[[str], int]) -> Iterator[str]:
    """What a step makes of a text that comes in pieces; what may not be complete waits for the next."""
    held = ""
    for text in texts:
        held += text
        at = end(held)
        at = at if len(held) - at < HELD else len(held)  # where nothing is closed for very long
        yield step(held[:at])
        held = held[at:]
    yield step(held)


def _before(pattern: re.Pattern[str], letters: int) -> Callable[[str], int]:
    """What says where a pattern begins that reaches to the end, among the last letters."""

    def end(text: str) -> int:
        found = pattern.search(text, max(0, len(text) - letters))
        return len(text) if found is None else found.start()

    return end


def _end_of_tags(text: str) -> int:
    """Up to where no tag is open; one that opens inside another may open that again, where the text then ends."""
    at, before = len(text), -1
    while at != before:
        before = at
        for opener, closer in OPENERS:
            for found in reversed([*opener.finditer(text, max(0, at - HELD), at)]):
                if closer.search(text, found.end(), at):
                    break
                at = found.start()
    return at


def _instead(tag: re.Match[str]) -> str:
    """What stands in the place of markup: nothing within a line, a new line around a block, else a space."""
    name = (tag[2] or "").lower()
    if name in INLINE:
        return ""
    return "\n" if name in BLOCK or "\n" in tag[0] else " "


STRIPPING: tuple[Step, ...] = (
    (_without_escapes, _before(OPEN_ESCAPE, 256)),
    (_without_struck, _before(LAST_LETTER, 256)),
    (_without_tags, _end_of_tags),
    (_without_entities, _before(ENTITY, 64)),
)
JOINING = ((join, _before(LAST_WORDS, LONGEST)),)
