"""The options that say what a command may use: declared once, flattened into every command that works long."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..core import resources

Hidden = Parameter(parse=False)
Together = Parameter(name="*")
_HELP = {f.name: f.metadata["help"] for f in fields(resources.Resources)}


@dataclass(frozen=True)
class Resources(resources.Resources):
    """``--threads`` and ``--memory``; what is left the command chooses itself."""

    memory: Annotated[str | None, Parameter(help=_HELP["memory"])] = field(default=None)
    scratch: Annotated[str | Path | None, Hidden] = None
    block: Annotated[int | None, Hidden] = None


@dataclass(frozen=True)
class Threads(Resources):
    """``--threads`` alone, where nothing is counted."""

    memory: Annotated[str | None, Hidden] = None
