"""The window: which neighbours count as context, and how much."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import lcm
from typing import Literal

import numpy as np

from ..core.errors import InputError, is_whole
from ..core.options import check_options, option

Size = int | Literal["document"]
WeightingName = Literal["harmonic", "linear", "flat"]
HARMONIC_DENOMINATOR = lcm(*range(1, 13))  # 27,720: exact up to size 12; see docs/decisions/0001


@dataclass(frozen=True, kw_only=True)
class Weighting:
    """How the weight of a context falls with its distance j; a new one is a row of :data:`WEIGHTINGS`.

    Attributes
    ----------
    formula, about : str
        The weight of a context, and whose it is.
    denominator : function of L
        What every weight is a whole multiple of 1 over: weights are whole numbers, so that sums are exact.
    numerators : function of j, L
        (L,) int64 from the distances 1 … L: weight times denominator, to the nearest whole number, halves up; at most
        the denominator.
    """

    formula: str
    about: str
    denominator: Callable[[int], int]
    numerators: Callable[[np.ndarray, int], np.ndarray]


def _harmonic(L: int) -> int:
    return lcm(*range(1, L + 1)) if L <= 12 else HARMONIC_DENOMINATOR


WEIGHTINGS: dict[WeightingName, Weighting] = {
    "harmonic": Weighting(
        formula="1 / j",
        about="GloVe's; beyond size 12 rounded to 1 / 27,720",
        denominator=_harmonic,
        numerators=lambda j, L: (2 * _harmonic(L) + j) // (2 * j),
    ),
    "linear": Weighting(
        formula="(L + 1 - j) / L",
        about="word2vec's shrinking window, on average",
        denominator=lambda L: L,
        numerators=lambda j, L: L + 1 - j,
    ),
    "flat": Weighting(
        formula="1",
        about="every neighbour alike",
        denominator=lambda L: 1,
        numerators=lambda j, L: np.ones_like(j),
    ),
}


@dataclass(frozen=True)
class Window:
    """A context at distance j = 1 … L weighs ``numerators[j - 1] / denominator``.

    Counts stay integers, so sums are exact in any order.  A size of ``"document"`` makes every other token of the
    document a context of weight 1: baskets, playlists, sets of genes.

    Parameters
    ----------
    size : int or "document"
        L, tokens on each side that count as context; at least 1.
    weighting : str
        How the weight of a context falls with its distance, a key of :data:`WEIGHTINGS`; a document window is flat.

    Raises
    ------
    InputError
        If the size is below 1 or there is no such weighting.

    Examples
    --------
    >>> window = Window(size=3, weighting="harmonic")
    >>> (window.numerators / window.denominator).round(3).tolist()
    [1.0, 0.5, 0.333]
    """

    size: Size = option(32, "Tokens on each side that count as context, or 'document' for the whole of it.")
    weighting: WeightingName = option(
        "harmonic",
        "How the weight of a context falls with its distance: "
        + ", ".join(f"{name} ({row.formula})" for name, row in WEIGHTINGS.items())
        + ".",
    )

    def __post_init__(self) -> None:
        if self.size != "document" and (not is_whole(self.size) or self.size < 1):
            raise InputError(f"window size must be a whole number of at least 1, or 'document', got {self.size!r}")
        check_options(self)
        if self.size == "document":
            object.__setattr__(self, "weighting", "flat")
        elif self.size > 10_000:
            raise InputError(f"window size {self.size} is above 10,000 tokens: the size 'document' takes whole ones")
        else:
            object.__setattr__(self, "size", int(self.size))  # a NumPy integer would not go into stage.json

    @property
    def is_document(self) -> bool:
        """Whether the whole document is the context."""
        return self.size == "document"

    @cached_property
    def denominator(self) -> int:
        """What every weight is a whole multiple of 1 over."""
        return 1 if self.is_document else WEIGHTINGS[self.weighting].denominator(int(self.size))

    @cached_property
    def numerators(self) -> np.ndarray:
        """(L,) int64, the weight at each distance; a document window has the single weight 1."""
        if self.is_document:
            return np.ones(1, dtype=np.int64)
        L = int(self.size)
        return WEIGHTINGS[self.weighting].numerators(np.arange(1, L + 1, dtype=np.int64), L)
