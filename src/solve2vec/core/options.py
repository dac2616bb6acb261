"""Options: a field says its type, default, help and check in one place; what repeats a field borrows it from there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import MISSING, dataclass, field, fields, make_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from .choices import require_choice
from .errors import InputError, require_numbers, require_whole

T = TypeVar("T")
DIM, POWER = 200, 0.5  # of vectors, and of the eigenvalues in them, where nothing else is asked for
Check = Callable[[str, Any], None]  # takes a name and its value; raises an InputError


@dataclass(frozen=True)
class Number:
    """The check that a value is a finite number within bounds.

    Parameters
    ----------
    least, most : float, optional
        Bounds that may be reached.
    above, below : float, optional
        Bounds that may not.
    whole : bool
        Whether it must be an integer.
    way_out : str
        What the sentence that refuses others ends with.

    Examples
    --------
    >>> Number(above=0, most=1)("share", 3)
    Traceback (most recent call last):
        ...
    solve2vec.core.errors.InputError: share must be above 0 and at most 1, got 3
    """

    least: float | None = None
    most: float | None = None
    above: float | None = None
    below: float | None = None
    whole: bool = False
    way_out: str = ""

    def __call__(self, name: str, value: Any) -> None:
        """Refuse a value that is none."""
        (require_whole if self.whole else require_numbers)(**{name: value})
        is_finite = self.whole or math.isfinite(value)
        if not is_finite or not self._holds(value):
            bounds = self._bounds()
            must = bounds if is_finite and bounds else f"a finite number{', ' * bool(bounds)}{bounds}"
            raise InputError(f"{name} must be {must}, got {value}{': ' * bool(self.way_out)}{self.way_out}")

    def _holds(self, value: Any) -> bool:
        return (
            (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )

    def _bounds(self) -> str:
        """In words."""
        named = {"above": self.above, "at least": self.least, "below": self.below, "at most": self.most}
        said = " and ".join(f"{name} {bound:g}" for name, bound in named.items() if bound is not None)
        return "0 or more" if said == "at least 0" else said


POSITIVE = Number(least=1, whole=True)
FINITE = Number()
ABOVE_0 = Number(above=0)
FROM_0 = Number(least=0)
INSIDE_0_1 = Number(above=0, below=1)
SEED = Number(least=0, whole=True)


def option(default: Any = MISSING, help: str = "", check: Check | None = None) -> Any:
    """A field of a dataclass with its default, what ``--help`` says of it, and its check."""
    return field(default=default, metadata={"help": help, "check": check})


def same_as(owner: type[Any], name: str, **changes: Any) -> Any:
    """The field ``name`` of another dataclass, with its default, help and check where nothing else is given."""
    theirs = next(f for f in fields(owner) if f.name == name)
    own: dict[str, Any] = {"default": theirs.default, **theirs.metadata}
    return option(**(own | changes))


def check_options(options: Any) -> None:
    """Refuse a field that is none of its choices, or that its check refuses; None may be where its type says so.

    >>> @dataclass
    ... class Options:
    ...     order: Literal["rising", "falling"] = "rising"
    ...     most: int | None = option(None, "Most of them.", POSITIVE)
    ...     def __post_init__(self) -> None:
    ...         check_options(self)
    >>> Options("rising", 3)
    Options(order='rising', most=3)
    >>> Options("fall")
    Traceback (most recent call last):
        ...
    solve2vec.core.errors.InputError: order must be one of rising, falling, got 'fall'; did you mean 'falling'?
    >>> Options(most=0)
    Traceback (most recent call last):
        ...
    solve2vec.core.errors.InputError: most must be at least 1, got 0
    """
    for name, types, choices, check in _checks_of(options.__class__):
        value = getattr(options, name)
        if value is None and NoneType in types:
            continue
        if choices and (isinstance(value, str) or not set(types) - {NoneType}):
            what = f"{name}, where it is no number," if set(types) - {NoneType} else name
            require_choice(what, value, choices)
        elif check is not None:
            check(name, value)


@cache
def _checks_of(kind: Any) -> list[tuple[str, tuple[Any, ...], tuple[Any, ...], Check | None]]:
    """Of each field: its name, the types that it may have, the choices beside these, and its check."""
    hints = get_type_hints(kind)
    parts = {f.name: members(hints[f.name]) for f in fields(kind)}
    return [
        (
            f.name,
            tuple(part for part in parts[f.name] if get_origin(part) is not Literal),
            tuple(value for part in parts[f.name] if get_origin(part) is Literal for value in get_args(part)),
            f.metadata.get("check"),
        )
        for f in fields(kind)
    ]


def members(hint: Any) -> tuple[Any, ...]:
    """The members of a union, or the one type.

    >>> members(int | None)
    (<class 'int'>, <class 'NoneType'>)
    """
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


class Unset:
    """Options of which each is None unless it is given."""

    def given(self) -> dict[str, Any]:
        """Those that were given, by name."""
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name)) is not None}  # type: ignore[arg-type]


def with_fields(options: Iterable[tuple[str, Any, Any]]) -> Callable[[type[T]], type[T]]:
    """A decorator: the class as a frozen dataclass of these fields, each with its type and its ``option``."""

    def made(base: type[T]) -> type[T]:
        namespace = {"__doc__": base.__doc__, "__module__": base.__module__}
        return make_dataclass(base.__name__, list(options), bases=(base,), namespace=namespace, frozen=True)

    return made
