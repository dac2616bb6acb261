"""Memory: how much there is, and how people write amounts of it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from .errors import InputError

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")
_LIMITS = (
    (_CGROUP / "memory.max", _CGROUP / "memory.current"),
    (_CGROUP / "memory/memory.limit_in_bytes", _CGROUP / "memory/memory.usage_in_bytes"),
)
_AMOUNT = re.compile(r"\s*([\d.]+)\s*([KMGT]?)(i?)B?\s*", re.IGNORECASE)


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


def available_bytes() -> int:
    """Memory that can be had without pushing others out, as far as the system tells; else 4 GB."""
    return int(max(1, min(_of_machine(), _of_container())))


def _of_machine() -> int:
    try:
        for line in _MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, ValueError, OSError):
        return 4 * 10**9


def _of_container() -> float:
    """What the control group of this process (Docker, Slurm, Kubernetes) still allows; endless without one."""
    for limit, used in _LIMITS:
        try:
            return int(limit.read_text()) - int(used.read_text())  # version 2 says "max" where there is no limit
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
