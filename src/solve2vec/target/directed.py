"""Directed targets: what stands before and after a word, as one wide matrix that is never formed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..cooccurrence.directed import Directed
from ..core.choices import require_choice
from ..core.errors import InputError, require_numbers, require_stage
from ..core.parallel import ordered_map
from ..core.resources import with_resources
from ..core.stage import Lineage, csr
from ..corpus.vocabulary import Vocabulary
from ..linalg.bfloat16.packed import Packed, PackedSquares, pack
from ..linalg.bfloat16.rounded import expected_lengths
from ..linalg.operator import Operator, transpose
from ..linalg.rowblocks import RowBlocks
from .kinds import DIRECTED, DirectedKind, DirectedName
from .target import PAIRS

if TYPE_CHECKING:
    from scipy import sparse

    from ..cooccurrence.cooccurrence import Cooccurrence

ENTRIES = 1 << 18  # of a tile: of counts of one place there are few


@dataclass(frozen=True)
class DirectedFormula:
    """T as a function of directed counts: a row of :data:`solve2vec.target.kinds.DIRECTED`, to a power.

    Parameters
    ----------
    kind : str
        Which function, a key of that table.
    exponent : float
        ρ > 0, of each entry: below 1 it smooths, as a few pairs that are seen very often would else decide everything.

    Examples
    --------
    >>> DirectedFormula(exponent=0.5).of(np.array([4.0]), np.array([4.0]), np.array([4.0]), 16.0).tolist()
    [1.0]
    """

    kind: DirectedName = "ratio"
    exponent: float = 0.4

    def __post_init__(self) -> None:
        require_choice("kind", self.kind, DIRECTED)
        require_numbers(exponent=self.exponent)
        if not (np.isfinite(self.exponent) and self.exponent > 0):
            raise InputError(f"exponent must be a finite number above 0, got {self.exponent}")
        object.__setattr__(self, "exponent", float(self.exponent))

    @property
    def is_symmetric(self) -> bool:
        """Whether what is solved is symmetric: A Aᵀ always is."""
        return True

    @property
    def row(self) -> DirectedKind:
        """The row of the table."""
        return DIRECTED[self.kind]

    def of(self, counts: np.ndarray, row: np.ndarray, column: np.ndarray, total: float) -> np.ndarray:
        """T of pairs, from their counts and the sums of their rows and columns; float64."""
        made: np.ndarray = self.row.value(np.asarray(counts, np.float64), row, column, total) ** self.exponent
        return made


@dataclass(frozen=True)
class DirectedTarget:
    """A = [T_1, T_1ᵀ, T_2, T_2ᵀ, …]: beside each word all that stands after it and before it, at each offset.

    Only A Aᵀ = Σ T Tᵀ + Tᵀ T is multiplied with vectors, and it is never formed either.  Counts that know no order
    are symmetric: there A = T.

    Attributes
    ----------
    parts : tuple of (V, V) CSR arrays of float32
        T of each offset.
    vocabulary : Vocabulary
    formula : DirectedFormula
    lineage : Lineage
    is_one_sided : bool
        Whether T stands alone, without Tᵀ.
    """

    parts: tuple[sparse.csr_array, ...]
    vocabulary: Vocabulary
    formula: DirectedFormula
    lineage: Lineage
    is_one_sided: bool = False

    def __len__(self) -> int:
        return len(self.vocabulary)

    def toarray(self) -> np.ndarray:
        """(V, m V) float64, all of A: for small vocabularies."""
        dense = [part.toarray().astype(np.float64) for part in self.parts]
        return np.hstack([side for T in dense for side in ((T,) if self.is_one_sided else (T, T.T))])

    def product(self, blocks: RowBlocks) -> Callable[[np.ndarray], np.ndarray]:
        """A function that multiplies A Aᵀ with (V, b) blocks of vectors, in their own precision."""
        none = np.zeros((len(self), 0))
        both = [
            (Operator(part, none, none, blocks), Operator(transpose(part), none, none, blocks)) for part in self.parts
        ]

        def multiplied(X: np.ndarray) -> np.ndarray:
            total = np.zeros_like(X)
            for forth, back in both:
                total += forth(back(X))
                if not self.is_one_sided:
                    total += back(forth(X))
            return total

        return multiplied

    def rounded_product(self, blocks: RowBlocks) -> RoundedSquares:
        """The same with entries and vectors rounded to bfloat16, in half the time."""
        return RoundedSquares(self, blocks)


class RoundedSquares:
    """A Aᵀ X with A's entries and X rounded to bfloat16, and what that may add to residuals."""

    def __init__(self, target: DirectedTarget, blocks: RowBlocks) -> None:
        self._blocks, pairs, longest = blocks, [], 0.0
        for T in target.parts:
            turned = transpose(T)
            forth, back = _packed(T, blocks), _packed(turned, blocks)
            pairs += [(forth, back)] if target.is_one_sided else [(forth, back), (back, forth)]
            longest = max(longest, *(_longest(M) for M in ((turned,) if target.is_one_sided else (T, turned))))
        self._product, self._longest = PackedSquares(pairs, blocks), longest
        self._rows = np.sqrt(sum(matrix.errors for matrix, _ in pairs))
        self._column = max(float(transposed.rounding.max()) for _, transposed in pairs)

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """(V, b) → (V, b)."""
        return self._product(X)

    def lost(self, vectors: np.ndarray, values: np.ndarray) -> np.ndarray:
        """(K,) length that errors δ of A's entries add to residuals, as far as they are to be expected.

        Of δ (Aᵀ v) it is at most σ times the longest column of δ, and of A (δᵀ v), where δᵀ v is noise, every entry by
        itself, at most the length of that times A's longest column.
        """
        noise = expected_lengths(self._blocks, vectors, self._rows)
        return self._column * np.sqrt(np.maximum(values, 0)) + self._longest * noise


def _packed(T: sparse.csr_array, blocks: RowBlocks) -> Packed:
    indptr, indices, data = (np.asarray(part) for part in (T.indptr, T.indices, T.data))
    return pack(indptr, indices, data, np.zeros(T.shape[0], np.int64), blocks, ENTRIES)


def _longest(T: sparse.csr_array) -> float:
    """The length of the longest row."""
    sums = np.concatenate([[0], np.cumsum(np.square(T.data, dtype=np.float64))])
    return float(np.sqrt(np.diff(sums[np.asarray(T.indptr)]).max(initial=0)))


@with_resources
def directed_target(
    counts: Directed | Cooccurrence,
    formula: DirectedFormula = DirectedFormula(),
    *,
    threads: int | None = None,
) -> DirectedTarget:
    """The directed target of counts; of symmetric ones, which know no order, the one-sided one.

    Raises
    ------
    InputError
        If no two words stand where they were counted.

    Examples
    --------
    >>> from solve2vec.cooccurrence.directed import count_directed
    >>> from solve2vec.corpus.corpus import VocabularyOptions, encode
    >>> counts = count_directed(encode([["a", "b"]], selection=VocabularyOptions(min_count=1)), (1,))
    >>> directed_target(counts).toarray().tolist()
    [[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]
    """
    require_stage("a directed target", formula, "DirectedFormula", "make one with DirectedFormula(exponent=…)")
    if not isinstance(counts, Directed):
        require_stage("a directed target", counts, "Cooccurrence", "make one with count_directed(corpus)")
    matrices = [counts.at(offset) for offset in counts.offsets] if isinstance(counts, Directed) else [counts.counts]
    if not any(len(matrix.data) for matrix in matrices):
        raise InputError(
            f"no two of the {len(counts.vocabulary):,} words stand where they were counted: use other offsets, more "
            "text, or documents of more than one token"
        )
    return DirectedTarget(
        parts=tuple(_valued(matrix, formula) for matrix in matrices),
        vocabulary=counts.vocabulary,
        formula=formula,
        lineage=counts.lineage.then("directed_target", **asdict(formula)),
        is_one_sided=not isinstance(counts, Directed),
    )


def _valued(counts: sparse.csr_array, formula: DirectedFormula) -> sparse.csr_array:
    """T of the counts of one offset, block by block."""
    V = counts.shape[0]
    indptr, indices, data = (np.asarray(part) for part in (counts.indptr, counts.indices, counts.data))
    begins = list(range(0, len(data), PAIRS))
    columns = np.zeros(V)
    for at in begins:  # whole numbers: exact in any order
        columns += np.bincount(indices[at : at + PAIRS], data[at : at + PAIRS], minlength=V)
    sums = np.concatenate([[0], np.cumsum(data, dtype=np.int64)])
    rows, total = (sums[indptr[1:]] - sums[indptr[:-1]]).astype(np.float64), float(sums[-1])
    values = np.empty(len(data), np.float32)

    def block(at: int) -> None:
        part = slice(at, min(at + PAIRS, len(data)))
        first, last = np.searchsorted(indptr, [part.start, part.stop - 1], side="right") - 1
        lengths = np.diff(np.clip(indptr[first : last + 2], part.start, part.stop))
        values[part] = formula.of(data[part], np.repeat(rows[first : last + 1], lengths), columns[indices[part]], total)

    for _ in ordered_map(block, begins):
        pass
    return csr(values, indices, indptr, (V, V))
