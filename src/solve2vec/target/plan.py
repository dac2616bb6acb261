"""Plans: how a target is made and solved, decided once and followed by whatever makes and whatever solves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..core.errors import InputError, require_positive
from ..linalg.bfloat16.packed import TILING, Tiling
from ..linalg.rowblocks import ROWS

Method = Literal["dense", "krylov", "rounded"]


@dataclass(frozen=True)
class Plan:
    """How a target is made and solved.  :func:`~solve2vec.spectrum.solver.plan_for` makes one.

    Parameters
    ----------
    method : {"krylov", "dense", "rounded"}
        By products with M; from all of M as one array; or by products with its entries rounded to bfloat16, and with M
        where that leaves anything undecided.
    keep : tuple of str
        Which of cooccurrence and target are wanted themselves: they are made, where otherwise the next is made at once.
    shards : int, optional
        Count in so many parts at least.
    memory : int, optional
        Bytes that solving may take; what is free by default.
    rows : int
        Of a block in linear algebra: sums are rounded otherwise with another number.
    tiling : Tiling
        How a rounded target is cut.
    """

    method: Method = "krylov"
    keep: tuple[str, ...] = ()
    shards: int | None = None
    memory: int | None = None
    rows: int = ROWS
    tiling: Tiling = TILING

    def __post_init__(self) -> None:
        if self.method not in ("dense", "krylov", "rounded"):
            raise InputError(f"method must be dense, krylov or rounded, got {self.method!r}")
        require_positive(rows=self.rows, **{} if self.shards is None else {"shards": self.shards})
