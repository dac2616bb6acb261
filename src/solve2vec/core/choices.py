"""Choices: a value is one of a few, or a sentence names them all and the nearest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .errors import InputError, nearest


def refusal(what: str, given: Any, among: Iterable[Any]) -> str:
    """The sentence that refuses ``given``; all values of ``what`` are ``among``.

    >>> refusal("kind", "ppmy", ["mstar", "ppmi"])
    "kind must be one of mstar, ppmi, got 'ppmy'; did you mean 'ppmi'?"
    """
    names = [str(name) for name in among]
    near = nearest(str(given), names)
    said = f"{what} must be one of {', '.join(names)}, got {given!r:.100}"
    return said if near is None else f"{said}; did you mean {near!r}?"


def require_choice(what: str, given: Any, among: Iterable[Any]) -> None:
    """Refuse a value that is not ``among`` those there are.

    Raises
    ------
    InputError
        With :func:`refusal`.
    """
    among = tuple(among)
    if not isinstance(given, str) or given not in among:
        raise InputError(refusal(what, given, among))
