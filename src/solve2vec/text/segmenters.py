"""Segmenters: what cuts text that is written without spaces into words, of other packages or of one's own."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from typing import Any

from ..core.errors import InputError
from .unseen import JOINERS

Segment = Callable[[str], Iterable[str]]
PACKAGES: dict[str, tuple[str, str, Callable[[Any], Segment]]] = {  # name: language, module, what cuts
    "jieba": ("Chinese", "jieba", lambda jieba: _jieba(jieba)),
    "janome": ("Japanese", "janome.tokenizer", lambda janome: _janome(janome.Tokenizer())),
    "fugashi": ("Japanese", "fugashi", lambda fugashi: _fugashi(fugashi.Tagger())),
    "pythainlp": ("Thai", "pythainlp.tokenize", lambda pythainlp: pythainlp.word_tokenize),
}


@cache
def segmenter(given: str) -> Segment:
    """What takes a piece of text without white space and gives its words.

    Parameters
    ----------
    given : str
        A package of :data:`PACKAGES`, or ``module:function``, such as ``mine:cut``.

    Raises
    ------
    InputError
        If it is neither, or not installed.
    """
    if given in PACKAGES:
        _, name, cut = PACKAGES[given]
        try:
            return cut(import_module(name))
        except ImportError as error:
            raise InputError(f"the segmenter {given} needs the package {given}: pip install {given}") from error
    module, colon, function = given.partition(":")
    known = ", ".join(f"{name} ({language})" for name, (language, _, _) in PACKAGES.items())
    if not colon:
        raise InputError(f"there is no segmenter {given!r}: {known}, or module:function")
    try:
        made: Segment = getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(f"the segmenter {given!r} cannot be loaded: {error}") from error
    return made


def _jieba(jieba: Any) -> Segment:
    jieba.setLogLevel("ERROR")  # it tells where it keeps its dictionary
    cut: Segment = jieba.lcut
    return cut


def _janome(tokenizer: Any) -> Segment:
    return lambda text: list(tokenizer.tokenize(text, wakati=True))


def _fugashi(tagger: Any) -> Segment:
    return lambda text: [word.surface for word in tagger(text)]


def characters(word: str) -> list[str]:
    """The letters of a word, each with the marks on it, and with what joins it to the next.

    >>> len(characters("cafe\u0301")), len(characters("नमस्ते"))
    (4, 4)
    """
    if word.isascii():
        return list(word)
    made: list[str] = []
    for character in word:
        if made and _is_mark(character):
            made[-1] += character
        else:
            made.append(character)
    return made


@cache
def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M") or character in JOINERS
