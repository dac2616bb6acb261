"""Words that are left out, and forms that stand for one word: lists of a language, or files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from ..core.errors import InputError


def stop_words(given: str | Iterable[str]) -> frozenset[str]:
    """The words of a language (a code such as "fr"), of a file with one a line, or those that are given in a list.

    Raises
    ------
    InputError
        If it is neither a language that the package stop-words has nor a file.
    """
    if not isinstance(given, str):
        return frozenset(given)
    if _is_file(given):
        return frozenset(line for line in _lines(given) if line and not line.startswith("#"))
    package = _package("stop_words", "stop-words", f"stop words of {given!r}")
    try:
        return frozenset(package.get_stop_words(given))
    except package.StopWordError as error:
        known = ", ".join(sorted(package.LANGUAGE_MAPPING))
        raise InputError(f"there are no stop words of {given!r}: {known}; or give a file with one a line") from error


def lemmatizer(given: str) -> Callable[[str], str]:
    """What gives a word's lemma: of a language (a code such as "la"), or of a table of forms and lemmas.

    Of the two columns, separated by a tab, that with more different words has the forms: each is there once, a lemma as
    often as it has forms.

    Raises
    ------
    InputError
        If it is neither a language that the package simplemma has nor such a table.
    """
    if not _is_file(given):
        simplemma = _package("simplemma", "simplemma", f"lemmas of {given!r}")
        if given not in _languages():
            raise InputError(
                f"simplemma has no lemmas of {given!r}: {', '.join(sorted(_languages()))}; or give a table"
            )
        return lambda word: str(simplemma.lemmatize(word, lang=given))
    pairs = [(number, line.split("\t")) for number, line in enumerate(_lines(given), start=1) if line]
    for number, columns in pairs:
        if len(columns) < 2 or not all(columns[:2]):
            raise InputError(f"{given}, line {number}: a table of lemmas has two columns, separated by a tab")
    if not pairs:
        raise InputError(f"{given} is empty: a table of lemmas has a form and its lemma a line")
    columns_ = list(zip(*(columns[:2] for _, columns in pairs), strict=True))
    forms, lemmas = columns_ if len(set(columns_[0])) >= len(set(columns_[1])) else reversed(columns_)
    lemma_of = dict(zip(reversed(forms), reversed(lemmas), strict=True))  # of several, the first
    return lambda word: lemma_of.get(word, word)


def _is_file(given: str) -> bool:
    return "." in given or "/" in given or Path(given).is_file()


def _lines(path: str) -> list[str]:
    try:
        return [line.strip() for line in Path(path).read_text(encoding="utf-8-sig").splitlines()]
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 at byte {error.start}: convert it first") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


@cache
def _languages() -> frozenset[str]:
    """Those of simplemma."""
    strategies = import_module("simplemma.strategies.dictionaries.dictionary_factory")
    return frozenset(strategies.SUPPORTED_LANGUAGES)


def _package(module: str, name: str, what: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise InputError(f"{what} come from the package {name}: pip install {name}; or give a file") from error
