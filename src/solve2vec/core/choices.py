"""Choices: a value is one of a few, or a sentence names them all and the nearest."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

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


def require_choices(options: Any) -> None:
    """Refuse a field of a dataclass that is none of the values of its ``Literal``.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Options:
    ...     order: Literal["rising", "falling"] = "rising"
    ...     def __post_init__(self) -> None:
    ...         require_choices(self)
    >>> Options("fall")
    Traceback (most recent call last):
        ...
    solve2vec.core.errors.InputError: order must be one of rising, falling, got 'fall'; did you mean 'falling'?
    """
    for name, among in _choices_of(options.__class__).items():
        require_choice(name, getattr(options, name), among)


@cache
def _choices_of(kind: Any) -> dict[str, tuple[Any, ...]]:
    return {name: get_args(hint) for name, hint in get_type_hints(kind).items() if get_origin(hint) is Literal}
