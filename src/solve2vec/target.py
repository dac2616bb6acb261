"""Targets: the matrix whose best rank-d approximation is the embedding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from .errors import InputError
from .formula import Formula
from .linalg.operator import Operator
from .linalg.rowblocks import RowBlocks
from .parallel import ordered_map
from .stage import Lineage, Stage, csr
from .vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .cooccurrence import Cooccurrence

BACKGROUND_ERROR = 1e-6  # of any entry of M, which are of size 1
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
    """

    seen: sparse.csr_array
    left: np.ndarray
    right: np.ndarray
    vocabulary: Vocabulary
    background_error: float = 0.0
    formula: Formula | None = None
    marginal: np.ndarray | None = None
    total: float = 0.0

    def __post_init__(self) -> None:
        if isinstance(self.formula, Mapping):
            object.__setattr__(self, "formula", Formula(**self.formula))
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
        """Whether M equals its transpose."""
        if self.formula is not None:
            return self.formula.is_symmetric
        return bool(abs(self.seen - self.seen.T).sum() == 0 and _is_symmetric_product(self.left, self.right))

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
            seen, left, right = sparse.csr_array(seen.T).sorted_indices(), right, left
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


def build_target(cooccurrence: Cooccurrence, formula: Formula = Formula(), *, threads: int | None = None) -> Target:  # noqa: B008
    """The matrix that ``formula`` makes of the counts.

    Raises
    ------
    InputError
        If there are no counts.

    Examples
    --------
    >>> from solve2vec.cooccurrence import Cooccurrence
    >>> counts = Cooccurrence.from_matrix([[0, 2, 0], [2, 0, 2], [0, 2, 0]], ["a", "b", "c"])
    >>> build_target(counts, Formula(kind="mstar", shrinkage=0, context_smoothing=1)).toarray().round(3).tolist()
    [[-2.0, 0.667, -2.0], [0.667, -2.0, 0.667], [-2.0, 0.667, -2.0]]
    """
    keep = None if formula.subsample is None else cooccurrence.vocabulary.keep_probability(formula.subsample)
    marginal, total = _marginal(cooccurrence, keep, formula.unigram)
    normalizer = float((marginal**formula.context_smoothing).sum())
    x, y = formula.log_expected(np.maximum(marginal, marginal[marginal > 0].min()), total, normalizer)
    left, right, error = _background(formula, x, y)
    return Target(
        seen=_seen(cooccurrence, formula, keep, np.exp(x), np.exp(y), threads),
        left=left,
        right=right,
        background_error=error,
        vocabulary=cooccurrence.vocabulary,
        formula=formula,
        marginal=marginal,
        total=total,
        lineage=cooccurrence.lineage.then("target", **asdict(formula)),
    )


def mstar(cooccurrence: Cooccurrence, *, threads: int | None = None, **options: Any) -> Target:
    """The quadratic word embedding model's target, 2 (C - E) / (C + E + κ); ``options`` as in :class:`Formula`."""
    return build_target(cooccurrence, Formula(kind="mstar", **options), threads=threads)


def pmi(cooccurrence: Cooccurrence, *, threads: int | None = None, **options: Any) -> Target:
    """Pointwise mutual information, natural logarithm.

    No shrinkage unless asked for, as published; :func:`build_target`, ``fit(kind="pmi")`` and the command line have
    that of :class:`Formula`, 0.5.
    """
    return build_target(cooccurrence, Formula(kind="pmi", **{"shrinkage": 0.0} | options), threads=threads)


def shifted_pmi(cooccurrence: Cooccurrence, *, threads: int | None = None, **options: Any) -> Target:
    """PMI - log k, what skip-gram with k negatives factorizes (Levy and Goldberg 2014); shrinkage as in :func:`pmi`."""
    return build_target(cooccurrence, Formula(kind="shifted_pmi", **{"shrinkage": 0.0} | options), threads=threads)


def ppmi(cooccurrence: Cooccurrence, *, threads: int | None = None, **options: Any) -> Target:
    """Positive PMI, max(0, PMI - log k); shrinkage as in :func:`pmi`."""
    return build_target(cooccurrence, Formula(kind="ppmi", **{"shrinkage": 0.0} | options), threads=threads)


def _marginal(cooccurrence: Cooccurrence, keep: np.ndarray | None, unigram: bool) -> tuple[np.ndarray, float]:
    """P_i (V,) and n, after expected subsampling."""
    weights = cooccurrence.row_weights() if keep is None else _kept_weights(cooccurrence, keep)
    if not weights.any():
        raise InputError(
            f"no two of the {len(cooccurrence):,} words ever stand in one window: "
            "use a wider window, more text, or documents of more than one token"
        )
    if unigram:
        p = cooccurrence.vocabulary.unigram()
        p = p if keep is None else p * keep / (p * keep).sum()
        return p, float(weights.sum())
    return weights / weights.sum(), float(weights.sum())


def _kept_weights(cooccurrence: Cooccurrence, keep: np.ndarray) -> np.ndarray:
    """(V,) Σ_j C_ij keep_i keep_j, by blocks of rows: SciPy's product would copy all counts to float64."""
    counts, sums = cooccurrence.counts, np.zeros(len(cooccurrence))
    for first, last in _row_ranges(counts.indptr):
        rows, columns, values = _triples(counts, first, last)
        sums[first:last] = np.bincount(rows - first, values * keep[columns], minlength=last - first)
    return keep * sums / cooccurrence.denominator


def _seen(
    cooccurrence: Cooccurrence,
    formula: Formula,
    keep: np.ndarray | None,
    expected_row: np.ndarray,
    expected_column: np.ndarray,
    threads: int | None,
) -> sparse.csr_array:
    """M less the background on the counted pairs, block of rows by block of rows."""
    from .kernels.targets import fill_seen

    counts = cooccurrence.counts
    data = np.empty(len(counts.data), np.float32)
    parts = (np.asarray(counts.indptr), np.asarray(counts.indices), np.asarray(counts.data))
    kept = np.ones(counts.shape[0]) if keep is None else keep
    kind = {"mstar": 0, "ppmi": 2}.get(formula.kind, 1)
    numbers = (kind, float(formula.shrinkage), float(formula.floor))

    def block(rows: tuple[int, int]) -> None:
        fill_seen(*parts, 1 / cooccurrence.denominator, kept, expected_row, expected_column, *numbers, *rows, data)

    for _ in ordered_map(block, _row_ranges(counts.indptr), threads):
        pass
    return csr(data, counts.indices, counts.indptr, counts.shape)


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


def _background(formula: Formula, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Factors of the background f(x_i + y_j), and their largest error: interpolation on Chebyshev nodes."""
    V = len(x)
    if (constant := formula.constant_background) is not None:
        left = np.full((V, 1 if constant else 0), constant)
        return left, np.ones_like(left), 0.0
    samples = np.linspace(0, V - 1, min(V, 200)).astype(int)
    some = np.argsort(x, kind="stable")[samples], np.argsort(y, kind="stable")[samples]
    exact = formula.of_unseen(np.exp(x[some[0]][:, None] + y[some[1]][None, :]))
    for nodes in range(4, 200, 4):
        node_x, basis_x = _chebyshev(x, nodes)
        node_y, basis_y = _chebyshev(y, nodes)
        values = formula.of_unseen(np.exp(node_x[:, None] + node_y[None, :]))
        error = float(np.abs(basis_x[some[0]] @ values @ basis_y[some[1]].T - exact).max())
        if error < BACKGROUND_ERROR:
            break
    return basis_x @ values, basis_y, error


def _chebyshev(x: np.ndarray, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes (r,) on the range of ``x`` and the Lagrange basis (V, r) on them, by discrete cosine sums."""
    middle, half = (x.max() + x.min()) / 2, max((x.max() - x.min()) / 2, 1e-12)
    angles = (np.arange(nodes) + 0.5) * np.pi / nodes
    degrees = np.arange(nodes)
    at_words = np.cos(degrees * np.arccos(np.clip((x - middle) / half, -1, 1))[:, None])  # (V, r)
    at_nodes = np.cos(degrees[:, None] * angles) * (2 - (degrees == 0))[:, None] / nodes
    return middle + half * np.cos(angles), at_words @ at_nodes
