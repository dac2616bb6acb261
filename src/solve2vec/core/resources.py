"""Resources: threads, memory and scratch space, given once at the top and read by whatever works below."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from .errors import InputError, require_numbers
from .options import POSITIVE, check_options, option

Given = ParamSpec("Given")
Result = TypeVar("Result")

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_AMOUNT = re.compile(r"\s*([\d.]+)\s*([KMGT]?)(i?)B?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Resources:
    """What work may use.  No result depends on it.

    Parameters
    ----------
    threads : int, optional
        As many as this process may use by default.
    memory : int or str, optional
        Bytes, or such as "4GB"; half of what is free by default.
    scratch : path, optional
        A folder for working files; the system's own by default.
    block : int, optional
        Bytes, tokens or counts worked on at a time; by default each stage's own number of them.

    Examples
    --------
    >>> Resources(threads=2, memory="4GB").memory
    4000000000
    """

    threads: int | None = option(None, "Threads; all cores by default. The result does not depend on it.", POSITIVE)
    memory: int | str | None = option(
        None, "Memory for token ids and counts, such as 4GB; half of what is free by default."
    )
    scratch: str | Path | None = option(None, "Folder for working files.")
    block: int | None = option(None, "Bytes, tokens or counts worked on at a time.", POSITIVE)

    def __post_init__(self) -> None:
        check_options(self)
        if self.memory is not None:
            if not isinstance(self.memory, str):
                require_numbers(memory=self.memory)
            object.__setattr__(self, "memory", parse_bytes(self.memory))


_current: ContextVar[Resources] = ContextVar("resources", default=Resources())  # noqa: B039 - frozen


def current() -> Resources:
    """What the work going on may use."""
    return _current.get()


@contextmanager
def using(resources: Resources | None = None, **changes: Any) -> Iterator[Resources]:
    """Let everything inside the block use ``resources``, or the present ones, with ``changes`` that are not None.

    Examples
    --------
    >>> with using(threads=4), using(memory="2GB", threads=None):
    ...     current().threads, current().memory
    (4, 2000000000)
    """
    given = {name: value for name, value in changes.items() if value is not None}
    token = _current.set(replace(resources or current(), **given))
    try:
        yield current()
    finally:
        _current.reset(token)


def settle(resources: Resources) -> None:
    """Let a new thread use ``resources`` until it ends: a thread does not know what its maker may use."""
    _current.set(resources)


def with_resources(verb: Callable[Given, Result]) -> Callable[Given, Result]:
    """Let a verb's keywords ``threads``, ``memory`` and ``scratch`` hold for all that it calls."""
    names = [f.name for f in fields(Resources) if f.name in (verb.__kwdefaults__ or {})]

    @wraps(verb)
    def entered(*args: Given.args, **options: Given.kwargs) -> Result:
        given: dict[str, Any] = {name: options.get(name) for name in names}
        with using(**given):
            return verb(*args, **options)

    return entered


def thread_count() -> int:
    """How many threads there may be now: those given, or as many as this process may use."""
    if (threads := current().threads) is not None:
        return threads
    return processors()


def memory_limit() -> int:
    """Bytes that work may take now: those given, or half of what is free."""
    memory = current().memory
    return available_bytes() // 2 if memory is None else int(memory)


def block_size(own: int) -> int:
    """How much to work on at a time: what is given, or the stage's ``own`` number."""
    return current().block or own


def parse_bytes(amount: float | str) -> int:
    """Bytes from a number or a text such as "4GB", "512MiB" or "2g".

    Raises
    ------
    InputError
        If the text is not an amount, or it is not positive.

    Examples
    --------
    >>> parse_bytes("2GB"), parse_bytes("1KiB")
    (2000000000, 1024)
    """
    if isinstance(amount, str):
        match = _AMOUNT.fullmatch(amount)
        if not match or match[1].count(".") > 1 or not match[1].strip("."):
            raise InputError(f"memory must be such as 4GB or 512MiB, got {amount!r}")
        power = "KMGT".find(match[2].upper()) + 1 if match[2] else 0
        unit = 1024**power if match[3] else _UNITS[match[2].upper()]
        amount = float(match[1]) * unit
    if not 0 < amount < float("inf"):
        raise InputError(f"memory must be above 0 bytes, got {amount}")
    return int(amount)


def available_bytes(system: Path = Path("/")) -> int:
    """Memory that can be had without pushing others out, as the files below ``system`` tell; else 4 GB."""
    allowed = [_allowed_bytes(group) for group in _control_groups(system)]
    return int(max(1, min(_of_machine(system / "proc/meminfo"), *allowed)))


def processors(system: Path = Path("/")) -> int:
    """Processors that this process may use: those it is bound to, and no more than the quota of its control groups."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = (_quota(group) for group in _control_groups(system))
    return max(1, min([bound, *(math.ceil(quota) for quota in quotas if quota)]))


def _of_machine(meminfo: Path) -> int:
    try:
        for line in meminfo.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, ValueError, OSError):
        return 4 * 10**9


def _control_groups(system: Path) -> list[Path]:
    """The folders of the control groups (Docker, Slurm, Kubernetes, systemd) around this process, the outermost first.

    A container sees its own as the root; without one the groups of this process are nested in each other.
    """
    root = system / "sys/fs/cgroup"
    try:
        lines = (system / "proc/self/cgroup").read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    found = [root, root / "memory", root / "cpu"]
    for line in lines:
        _, kinds, path = [*line.split(":", 2), "", ""][:3]
        for top in [root / kind for kind in kinds.split(",") if kind] or [root]:
            inner = Path(path.lstrip("/"))
            found += [top / part for part in (*reversed(inner.parents), inner) if top / part not in found]
    return found


def _quota(group: Path) -> float:
    """Processors' worth of time that a control group has; 0 where there is no limit."""
    try:
        first, *others = (group / "cpu.max").read_text().split()  # version 2
    except (OSError, ValueError):
        try:
            first = (group / "cpu.cfs_quota_us").read_text()
            others = [(group / "cpu.cfs_period_us").read_text()]
        except OSError:
            return 0
    try:
        return max(0.0, int(first) / int(others[0]))
    except (ValueError, IndexError, ZeroDivisionError):  # max
        return 0


def _allowed_bytes(group: Path) -> float:
    """Memory that a control group still allows; endless without a limit."""
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        try:
            # version 2 says "max" where there is no limit
            return int((group / limit).read_text()) - int((group / used).read_text())
        except (OSError, ValueError):
            continue
    return float("inf")


def readable(n_bytes: float) -> str:
    """Bytes as people read them.

    >>> readable(1_250_000_000)
    '1.2 GB'
    """
    for unit in ("B", "kB", "MB", "GB"):
        if abs(n_bytes) < (999.5 if unit == "B" else 999.95):  # what would round up goes to the next unit
            return f"{n_bytes:.0f} {unit}" if unit == "B" else f"{n_bytes:.1f} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:.1f} TB"
