"""What ``fit`` may be told of a target and its solution: only what is given, as views have defaults of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from types import NoneType
from typing import Any, Literal, get_type_hints

from ..core.options import Unset, members, option, with_fields
from ..embedding.view import NARROW, WIDE
from ..spectrum.solver import Solver
from ..target.formula import Formula


def _unset(kind: type[Any], of_view: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """The fields of some options, each None unless it is given; "none" is given where None is a value of its own."""
    hints = get_type_hints(kind)
    for f in fields(kind):
        said = "none" if f.default is None else f.default
        if of_view.get(f.name, f.default) != f.default:
            said = f"{said}, of two views {of_view[f.name]}"
        help = f.metadata["help"] + (f" [default: {said}]" if said != "none" else "")
        is_optional = NoneType in members(hints[f.name]) and f.name in of_view
        yield f.name, (Literal["none"] | hints[f.name] if is_optional else hints[f.name] | None), option(None, help)


class _Given(Unset):
    def given(self) -> dict[str, Any]:
        """Those that were given, by name."""
        return {name: None if value == "none" else value for name, value in super().given().items()}


@with_fields(_unset(Formula, vars(WIDE.formula)))
class TargetOptions(_Given):
    """The fields of :class:`Formula`; None where one was not given."""


@with_fields(_unset(Solver, {"tolerance": f"{WIDE.tolerance:g} and {NARROW.tolerance:g}"}))
class SolverOptions(_Given):
    """The fields of :class:`Solver`; None where one was not given."""
