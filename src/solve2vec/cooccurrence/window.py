"""The window: which neighbours count as context, and how much."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import lcm
from typing import Literal

import numpy as np

from ..core.errors import InputError, is_whole

HARMONIC_DENOMINATOR = lcm(*range(1, 13))  # 27,720: exact up to size 12; see docs/decisions/0001


@dataclass(frozen=True)
class Window:
    """A context at distance j = 1 … L weighs ``numerators[j - 1] / denominator``.

    ======== ================= =========================================
    flat     1                 every neighbour alike
    linear   (L + 1 - j) / L   word2vec's shrinking window, on average
    harmonic 1 / j             GloVe; beyond size 12 rounded to 1 / 27,720
    ======== ================= =========================================

    Counts stay integers, so sums are exact in any order.  A size of ``"document"`` makes every other
    token of the document a context of weight 1: baskets, playlists, sets of genes.

    Parameters
    ----------
    size : int or "document"
        L, tokens on each side that count as context; at least 1.
    weighting : {"harmonic", "linear", "flat"}
        How the weight of a context falls with its distance; a document window is always flat.

    Raises
    ------
    InputError
        If the size is below 1 or the weighting is not one of the three.

    Examples
    --------
    >>> window = Window(size=3, weighting="harmonic")
    >>> (window.numerators / window.denominator).round(3).tolist()
    [1.0, 0.5, 0.333]
    """

    size: int | Literal["document"] = field(
        default=32, metadata={"help": "Tokens on each side that count as context, or 'document' for the whole of it."}
    )
    weighting: Literal["harmonic", "linear", "flat"] = field(
        default="harmonic", metadata={"help": "How the weight of a context falls with its distance."}
    )

    def __post_init__(self) -> None:
        if self.weighting not in ("harmonic", "linear", "flat"):
            raise InputError(f"window weighting must be harmonic, linear or flat, got {self.weighting!r}")
        if self.size == "document":
            object.__setattr__(self, "weighting", "flat")
        elif not is_whole(self.size) or self.size < 1:
            raise InputError(f"window size must be a whole number of at least 1, or 'document', got {self.size!r}")
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
        if self.is_document or self.weighting == "flat":
            return 1
        if self.weighting == "linear":
            return int(self.size)
        return lcm(*range(1, int(self.size) + 1)) if int(self.size) <= 12 else HARMONIC_DENOMINATOR

    @cached_property
    def numerators(self) -> np.ndarray:
        """(L,) int64, the weight at each distance; a document window has the single weight 1."""
        if self.is_document:
            return np.ones(1, dtype=np.int64)
        distance = np.arange(1, int(self.size) + 1, dtype=np.int64)
        if self.weighting == "harmonic":  # to the nearest whole number, halves up
            return (2 * self.denominator + distance) // (2 * distance)
        return int(self.size) + 1 - distance if self.weighting == "linear" else np.ones_like(distance)
