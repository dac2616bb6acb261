"""The registry: every check by its name, and the material that it asks for, which its arguments name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from ..core.errors import InputError
from .finding import Finding, Skipped, Unavailable

Check = Callable[..., Finding]
Registered = TypeVar("Registered", bound=Check)
CHECKS: dict[str, Check] = {}  # in the order they are made
UNLESS: dict[str, Callable[[Any], str | None]] = {}


def check(function: Registered) -> Registered:
    """Register a check.  Its name is what it looks for; its arguments are parts of the material."""
    CHECKS[function.__name__] = function
    return function


def unless(reason: Callable[[Any], str | None]) -> Callable[[Registered], Registered]:
    """Skip a check where ``reason`` of the settings is a sentence, before any material is made for it."""

    def note(function: Registered) -> Registered:
        UNLESS[function.__name__] = reason
        return function

    return note


def needs(function: Check) -> list[str]:
    """The parts of the material that a check asks for."""
    return list(inspect.signature(function).parameters)


def run(function: Check, material: Any) -> Finding | Skipped:
    """Make a check, or say why it cannot be made."""
    reason = UNLESS.get(function.__name__, lambda settings: None)(material.settings)
    if reason is not None:
        return Skipped(function.__name__, reason)
    try:
        return function(**{name: getattr(material, name) for name in needs(function)})
    except (Unavailable, InputError) as error:  # one stage that cannot be made is no reason to tell nothing
        return Skipped(function.__name__, str(error))
