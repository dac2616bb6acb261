"""Packed targets: a target in the form it is solved fastest in, made from one or straight from a corpus.

A corpus's target is made, packed and solved without ever being held as a sparse matrix of float32.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..core.stage import Lineage
from ..corpus.vocabulary import Vocabulary
from ..linalg.bfloat16.packed import TILING, Packed, PackedOperator, Tiling, expected_widths, pack
from ..linalg.rowblocks import RowBlocks
from .expectation import Expectation
from .formula import Formula
from .target import Target


@dataclass(frozen=True)
class PackedTarget:
    """A symmetric target made by a formula, its entries rounded to bfloat16.

    Attributes
    ----------
    packed : Packed
        The part on the pairs that were counted.
    source : Target or Expectation
        What has the background, the marginal, the total and the formula.
    vocabulary : Vocabulary
    lineage : Lineage
        The target's.
    exact : function
        Gives the :class:`Target` itself, for what rounding would leave undecided.
    """

    packed: Packed
    source: Target | Expectation
    vocabulary: Vocabulary
    lineage: Lineage
    exact: Callable[[], Target]

    def __len__(self) -> int:
        return len(self.vocabulary)

    @property
    def is_symmetric(self) -> bool:
        """Always: only such targets are packed."""
        return True

    @property
    def formula(self) -> Formula | None:
        """The target's."""
        return self.source.formula

    @property
    def marginal(self) -> np.ndarray | None:
        """(V,) P_i."""
        return self.source.marginal

    @property
    def total(self) -> float:
        """n, the sum of the weighted counts."""
        return self.source.total

    @property
    def drawn(self) -> np.ndarray | None:
        """(V,) what noise is the power α of, where that is not P_i."""
        return self.source.drawn

    def product(self, blocks: RowBlocks) -> PackedOperator:
        """A function that multiplies with (V, b) float32 blocks of vectors."""
        return self.packed.operator(self.source.left, self.source.right, blocks)


def packed_target(target: Target, blocks: RowBlocks, tiling: Tiling = TILING) -> PackedTarget:
    """``target``, which must be symmetric and made by a formula, packed."""
    assert target.marginal is not None
    seen, widths = target.seen, expected_widths(target.marginal, target.total, tiling)
    indptr, indices, data = (np.asarray(part) for part in (seen.indptr, seen.indices, seen.data))
    packed = pack(indptr, indices, data, widths, blocks, tiling.entries)
    return PackedTarget(packed, target, target.vocabulary, target.lineage, lambda: target)
