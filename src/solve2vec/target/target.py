"""Targets: the matrix whose best rank-d approximation is the embedding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ..cooccurrence.rows import row_sums
from ..core.errors import InputError, require_stage
from ..core.parallel import ordered_map
from ..core.resources import with_resources
from ..core.stage import Lineage, Stage, csr
from ..corpus.vocabulary import Vocabulary
from ..linalg.operator import Operator, transpose
from ..linalg.rowblocks import RowBlocks
from .expectation import Expectation
from .formula import Formula
from .kinds import KINDS, KindName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scipy import sparse

    from ..cooccurrence.cooccurrence import Cooccurrence

PAIRS = 1 << 18  # pairs worked on at a time


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Target(Stage):
    """M = seen + left rightᵀ: a sparse part on the pairs that were counted, on a background of low rank.

    The background is the value of pairs never seen: one number where κ = 0, a smooth function of the two words'
    frequencies where κ > 0, hence numerically of low rank.  Nothing V x V is ever formed.

    Attributes
    ----------
    seen : (V, V) CSR array of float32
        M less the background, on the pairs that were counted.
    left, right : (V, r) float64
        The background's factors; r = 0 where it is 0.
    background_error : float
        The largest difference between left rightᵀ and the exact background that was found.
    vocabulary : Vocabulary
    formula : Formula, optional
        Absent for outside matrices.
    marginal : (V,) float64, optional
        P_i.
    total : float
        n, the sum of the weighted counts.
    drawn : (V,) float64, optional
        What noise is the power α of, where that is not P_i: weights or counts of words before subsampling.
    """

    seen: sparse.csr_array
    left: np.ndarray
    right: np.ndarray
    vocabulary: Vocabulary
    background_error: float = 0.0
    formula: Formula | None = None
    marginal: np.ndarray | None = None
    total: float = 0.0
    drawn: np.ndarray | None = field(default=None, metadata={"optional": True})

    def __post_init__(self) -> None:
        if isinstance(self.formula, Mapping):
            object.__setattr__(self, "formula", Formula.of_values(self.formula))
        super().__post_init__()

    def __len__(self) -> int:
        return len(self.vocabulary)

    def summary(self) -> dict[str, Any]:
        """Words, formula, stored pairs, and the background's rank."""
        formula = "given" if self.formula is None else self.formula.kind
        rank = self.left.shape[1]
        return {"words": len(self), "formula": formula, "pairs": len(self.seen.data), "background_rank": rank}

    @property
    def is_symmetric(self) -> bool:
        """Whether M equals its transpose, up to the rounding of its entries."""
        if self.formula is not None:
            return self.formula.is_symmetric
        off = abs(self.seen - self.seen.T).max() if self.seen.nnz else 0.0
        is_rounding = off <= 2.0**-22 * np.abs(self.seen.data).max(initial=0.0)
        return bool(is_rounding and _is_symmetric_product(self.left, self.right))

    def exact(self) -> Target:
        """The target itself, where a packed one may stand as well."""
        return self

    def toarray(self) -> np.ndarray:
        """(V, V) float64, all of M: for small vocabularies."""
        return self.seen.toarray().astype(np.float64) + self.left @ self.right.T

    def row(self, word: str) -> np.ndarray:
        """(V,) float64, the row of ``word``."""
        i = self.vocabulary.require(word)
        return self.seen[[i]].toarray()[0].astype(np.float64) + self.left[i] @ self.right.T

    def product(self, blocks: RowBlocks, *, transposed: bool = False) -> Operator:
        """A function that multiplies M (or Mᵀ) with (V, b) blocks of vectors, in their own precision."""
        seen, left, right = self.seen, self.left, self.right
        if transposed and not self.is_symmetric:
            seen, left, right = transpose(seen), right, left
        return Operator(seen, left, right, blocks)

    def rounding(self) -> float:
        """How far float32 entries can move an eigenvalue: values nearer to 0 may as well be 0."""
        seen = np.asarray(self.seen.data)
        pieces = (seen[at : at + PAIRS] for at in range(0, len(seen), PAIRS))
        seen_norm = np.sqrt(sum(float(piece @ piece) for piece in pieces))
        background_norm = np.sqrt(_squared_product_norm(self.left, self.right))
        return float(seen_norm + background_norm) * 2.0**-22

    def squared_norm(self) -> float:
        """‖M‖², the sum of squares of all entries."""
        background = _squared_product_norm(self.left, self.right)
        cross = 0.0
        for first, last in _row_ranges(self.seen.indptr):
            rows, columns, values = _triples(self.seen, first, last)
            values = values.astype(np.float64)
            under = np.einsum("ij,ij->i", self.left[rows], self.right[columns]) if self.left.shape[1] else 0.0
            cross += float((values * (values + 2 * under)).sum())
        return background + cross

    @classmethod
    def from_array(cls, matrix: Any, words: Vocabulary | Sequence[str], *, background: float = 0.0) -> Target:
        """Any matrix as a target.

        Parameters
        ----------
        matrix : (V, V) array or SciPy sparse matrix
        words : sequence of str or Vocabulary, length V
        background : float
            What a sparse matrix does not store.

        Raises
        ------
        InputError
            If it is not square, has another size than the words, or an entry is not finite.
        """
        from scipy import sparse

        vocabulary = words if isinstance(words, Vocabulary) else Vocabulary.of_words(words)
        V = len(vocabulary)
        is_stored = sparse.issparse(matrix)
        given = sparse.csr_array(matrix if is_stored else np.asarray(matrix) - background, dtype=np.float64, copy=True)
        if given.shape != (V, V):
            raise InputError(f"the matrix has shape {given.shape}; {V} words need ({V}, {V})")
        given.sum_duplicates()
        given.data -= background if is_stored else 0
        if not (np.abs(given.data) < np.finfo(np.float32).max).all():
            raise InputError("the matrix has an entry that is not a finite number of float32's range")
        given.data = given.data.astype(np.float32)
        left = np.full((V, 1 if background else 0), background)
        return cls(
            seen=csr(given.data, given.indices, given.indptr.astype(np.int64), given.shape),
            left=left,
            right=np.ones_like(left),
            vocabulary=vocabulary,
            lineage=Lineage().then("from_array", background=background),
        )


@with_resources
def build_target(cooccurrence: Cooccurrence, formula: Formula = Formula(), *, threads: int | None = None) -> Target:  # noqa: B008
    """The matrix that ``formula`` makes of the counts.

    Raises
    ------
    InputError
        If there are no counts.

    Examples
    --------
    >>> from solve2vec.cooccurrence.cooccurrence import Cooccurrence
    >>> counts = Cooccurrence.from_matrix([[0, 2, 0], [2, 0, 2], [0, 2, 0]], ["a", "b", "c"])
    >>> build_target(counts, Formula(kind="mstar", shrinkage=0, context_smoothing=1)).toarray().round(3).tolist()
    [[-2.0, 0.667, -2.0], [0.667, -2.0, 0.667], [-2.0, 0.667, -2.0]]
    """
    require_stage("a target", cooccurrence, "Cooccurrence", "make one with count(corpus)")
    require_stage("a target", formula, "Formula", "make one with Formula(kind=…)")
    counts, denominator = cooccurrence.counts, cooccurrence.denominator
    expected = Expectation.of(
        row_sums(counts), denominator, formula, cooccurrence.vocabulary, partial(row_sums, counts)
    )
    data = np.empty(len(counts.data), np.float32)
    indptr, indices, values = (np.asarray(part) for part in (counts.indptr, counts.indices, counts.data))

    def block(edges: tuple[int, int]) -> None:
        first, last = edges
        expected.fill(slice(first, last), indptr[first : last + 1], indices, values, 1 / denominator, data)

    for _ in ordered_map(block, _row_ranges(counts.indptr)):
        pass
    seen = csr(data, counts.indices, counts.indptr, counts.shape)
    return expected_target(seen, expected, cooccurrence.vocabulary, cooccurrence.lineage)


def expected_target(seen: sparse.csr_array, expected: Expectation, vocabulary: Vocabulary, lineage: Lineage) -> Target:
    """A target from what was counted of it and what was expected, with the step in its lineage."""
    return Target(
        seen=seen,
        left=expected.left,
        right=expected.right,
        background_error=expected.background_error,
        vocabulary=vocabulary,
        formula=expected.formula,
        marginal=expected.marginal,
        total=expected.total,
        drawn=expected.drawn,
        lineage=expected_lineage(lineage, expected.formula),
    )


def expected_lineage(counted: Lineage, formula: Formula) -> Lineage:
    """The lineage of a target made of counts."""
    return counted.then("target", **formula.values)


class Verb(Protocol):
    """A function from counts to the target of its name."""

    def __call__(self, cooccurrence: Cooccurrence, *, threads: int | None = None, **options: Any) -> Target:
        """Build it; ``options`` as in :class:`Formula`, no shrinkage unless asked for where none was published."""


def verb_of(kind: KindName) -> Verb:
    """The function from counts to the target ``kind``.

    Its default shrinkage is that of the table of targets, where :func:`build_target`, ``fit`` and the command line
    have that of :class:`Formula` for all of them.
    """
    row = KINDS[kind]

    @with_resources
    def verb(cooccurrence: Cooccurrence, *, threads: int | None = None, **options: Any) -> Target:
        return build_target(cooccurrence, Formula(kind=kind, **{"shrinkage": row.shrinkage} | options))

    verb.__name__ = verb.__qualname__ = kind
    verb.__doc__ = f"""Build the target {row.label}: {row.about}.

    {row.formula}; {row.source}.

    Parameters
    ----------
    cooccurrence : Cooccurrence
    threads : int, optional
        All cores by default; the result is the same.
    **options
        Fields of :class:`Formula`.  κ, ``shrinkage``, is {row.shrinkage:g} unless given; that of ``Formula``, ``fit``
        and the command line is {Formula.shrinkage:g}.
    """
    return verb


mstar = verb_of("mstar")
shifted_pmi = verb_of("shifted_pmi")
pmi = verb_of("pmi")
ppmi = verb_of("ppmi")


def _row_ranges(indptr: np.ndarray) -> list[tuple[int, int]]:
    """Blocks of rows with about equally many stored entries."""
    pieces = max(1, int(indptr[-1]) // PAIRS)
    edges = np.unique(np.searchsorted(indptr, np.linspace(0, indptr[-1], pieces + 1)[1:-1]))
    edges = np.unique(np.concatenate([[0], edges, [len(indptr) - 1]]))
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def _triples(matrix: sparse.csr_array, first: int, last: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row, column and value of every stored entry in a block of rows."""
    start, end = int(matrix.indptr[first]), int(matrix.indptr[last])
    rows = np.repeat(np.arange(first, last), np.diff(matrix.indptr[first : last + 1]))
    return rows, matrix.indices[start:end], matrix.data[start:end]


def _squared_product_norm(left: np.ndarray, right: np.ndarray) -> float:
    """‖left rightᵀ‖², from (r, r) products."""
    return float(((left.T @ left) * (right.T @ right)).sum())


def _is_symmetric_product(left: np.ndarray, right: np.ndarray) -> bool:
    """Whether left rightᵀ equals its transpose, up to rounding: ‖A - Aᵀ‖² = 2 (‖A‖² - tr AA), from (r, r) products."""
    squared = _squared_product_norm(left, right)
    cross = right.T @ left
    return abs(squared - float((cross * cross.T).sum())) <= 1e-12 * squared
