"""The recommender: least-squares prediction of every item from the others of its basket, in a few modes."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import numpy as np

from ..cooccurrence.cooccurrence import Cooccurrence, count
from ..cooccurrence.window import Window
from ..core.choices import require_choice
from ..core.errors import InputError, NotConverged, require_stage
from ..core.options import FROM_0, POSITIVE
from ..core.resources import with_resources
from ..core.stage import Stage, csr
from ..corpus.corpus import VocabularyOptions, encode
from ..corpus.vocabulary import Vocabulary
from ..linalg.operator import Operator
from ..linalg.rowblocks import row_blocks
from ..linalg.search import largest, nearest
from ..spectrum.solver import Solver, complaint, krylov, plan_for, signs_of

if TYPE_CHECKING:
    from scipy import sparse

    from ..linalg.krylov import Eigenpairs

DIM = 100
UnknownItem = Literal["error", "ignore"]


class Recommendation(NamedTuple):
    """An item, its score, and what each item of the basket contributes to it, the largest share first.

    The score estimates how many of the item the basket has, 0 to 1 about, and the contributions sum to it.
    """

    item: str
    score: float
    because: tuple[tuple[str, float], ...]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Recommender(Stage):
    """Items in d modes of their co-occurrence: scores what a basket lacks.  Made by :func:`solve_recommender`.

    Attributes
    ----------
    eigenvalues : (d,) float64
        λ of A = S⁻¹ O S⁻¹, largest |λ / (1 + λ)| first.  Positive modes join items that complete each other, negative
        ones tell items apart that replace each other.
    eigenvectors : (V, d) float32
        U, orthonormal columns.
    scales : (V,) float64
        The diagonal of S, √(n_i + ridge).
    ridge : float
        Added to the number of every item.
    vocabulary : Vocabulary
        The items.
    """

    eigenvalues: np.ndarray
    eigenvectors: np.ndarray
    scales: np.ndarray
    ridge: float
    vocabulary: Vocabulary

    def __post_init__(self) -> None:
        V, d = len(self.vocabulary), len(self.eigenvalues)
        if self.eigenvectors.shape != (V, d) or self.scales.shape != (V,):
            raise InputError(f"eigenvectors have shape {self.eigenvectors.shape}; {V} items need ({V}, {d})")
        super().__post_init__()

    def __len__(self) -> int:
        return len(self.vocabulary)

    @property
    def dim(self) -> int:
        """d, the number of modes."""
        return len(self.eigenvalues)

    @property
    def items(self) -> tuple[str, ...]:
        """The items, most frequent first."""
        return self.vocabulary.words

    def summary(self) -> dict[str, Any]:
        """Items, modes, how many of these are negative, and the ridge."""
        negative = int((self.eigenvalues < 0).sum())
        return {"items": len(self), "dim": self.dim, "negative_modes": negative, "ridge": self.ridge}

    @cached_property
    def _given(self) -> np.ndarray:
        """(V, d) float64, what each item of a basket adds to the basket's coordinates."""
        gains = self.eigenvalues / (1 + self.eigenvalues)
        made: np.ndarray = self.eigenvectors.astype(np.float64) * gains / self.scales[:, None]
        return made

    @cached_property
    def _asked(self) -> tuple[np.ndarray, float]:
        """(V, d) float32 rows of length 1 at most, and their unit: coordinates times row times unit is a score."""
        U = self.eigenvectors.astype(np.float64)
        own = 1 - (U * U) @ (self.eigenvalues / (1 + self.eigenvalues))  # of (I + A)⁻¹, the diagonal
        rows = U * (self.scales / own)[:, None]
        unit = float(np.sqrt((rows * rows).sum(axis=1).max())) * (1 + 1e-6)
        return (rows / unit).astype(np.float32), unit

    def weights(self, item: str) -> np.ndarray:
        """(V,) float64, what each item in a basket contributes to the score of ``item``; nothing to its own."""
        row = self.vocabulary.require(item)
        rows, unit = self._asked
        made: np.ndarray = self._given @ rows[row].astype(np.float64) * unit
        made[row] = 0
        return made

    def recommend(self, items: Iterable[str], n: int = 10, *, unknown: UnknownItem = "error") -> list[Recommendation]:
        """The ``n`` items with the highest scores beside those of a basket, which are left out themselves.

        Parameters
        ----------
        items : iterable of str or int
            The basket; an item counts once.  Of an empty one the most frequent items come first.
        n : int
        unknown : {"error", "ignore"}
            What to do with items that have no row.

        Raises
        ------
        UnknownWordError
            If an item has no row and unknown ones are not ignored.

        Examples
        --------
        >>> recommender = fit_recommender([["tea", "milk"], ["tea", "lemon"], ["ink", "pen"]] * 5, dim=2)
        >>> [near.item for near in recommender.recommend(["pen"], n=1)]
        ['ink']
        """
        if isinstance(items, str):
            raise InputError(f"a basket is a list of items, got the text {items!r}: give [{items!r}]")
        POSITIVE("n", n)
        require_choice("unknown", unknown, get_args(UnknownItem))
        names = [str(item) for item in items]
        if unknown == "error":
            for name in names:
                self.vocabulary.require(name)
        places, scores = self.recommend_many([names], n)
        basket = sorted({row for row in map(self.vocabulary.id_of.get, names) if row is not None})
        rows, unit = self._asked
        made = []
        for place, score in zip(places[0].tolist(), scores[0].tolist(), strict=True):
            if place < 0:
                break
            shares = self._given[basket] @ rows[place].astype(np.float64) * unit
            because = tuple((self.items[basket[k]], float(shares[k])) for k in largest(shares, len(basket)).tolist())
            made.append(Recommendation(self.items[place], score, because))
        return made

    def recommend_many(self, baskets: Iterable[Iterable[str]], n: int = 10) -> tuple[np.ndarray, np.ndarray]:
        """Recommend to many baskets at once; items without a row are ignored.

        Parameters
        ----------
        baskets : iterable of iterables of str
        n : int

        Returns
        -------
        places : (Q, n) int64
            Of items in :attr:`items`, highest scores first, equal ones by frequency; -1 where no item is left.
        scores : (Q, n) float32
        """
        id_of = self.vocabulary.id_of
        known = [sorted({row for item in basket if (row := id_of.get(str(item))) is not None}) for basket in baskets]
        starts = np.cumsum([0, *map(len, known)])
        ids = np.fromiter((row for basket in known for row in basket), np.int64, starts[-1])
        return self.recommend_ids(ids, starts, n)

    def recommend_ids(self, ids: np.ndarray, starts: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
        """As :meth:`recommend_many`, for baskets ``ids[starts[q] : starts[q + 1]]`` of distinct rows."""
        from scipy import sparse

        V, Q = len(self), len(starts) - 1
        rows, unit = self._asked
        places, scores = np.full((Q, n), -1, np.int64), np.zeros((Q, n), np.float32)
        has = np.diff(starts)
        baskets = sparse.csr_array((np.ones(len(ids)), ids, starts), shape=(Q, V))
        with row_blocks(Q):  # BLAS on one thread: the same bits for any number
            for size in np.unique(has).tolist():  # of those of one size, as many rows are hidden
                which = np.flatnonzero(has == size)
                queries = (baskets[which] @ self._given).astype(np.float32)
                hidden = ids[starts[which][:, None] + np.arange(size)] if size else None
                best, found = nearest(rows, queries, n, hidden)
                places[which, : best.shape[1]], scores[which, : best.shape[1]] = best, found * np.float32(unit)
        return places, scores


@with_resources
def solve_recommender(
    counts: Cooccurrence,
    dim: int = DIM,
    *,
    ridge: float | None = None,
    solver: Solver = Solver(),  # noqa: B008 - frozen
    threads: int | None = None,
) -> Recommender:
    """Solve for what each item's presence tells of every other item, in closed form.

    With G = XᵀX of the baskets X (one row a basket, one column an item), least squares with a ridge that may not
    predict an item by itself has the weights B = I - P diag(P)⁻¹ with P = (G + ridge I)⁻¹ [1]_.  G is the counts of
    pairs O and the numbers of items n, so P = S⁻¹ (I + A)⁻¹ S⁻¹ with S² = diag(n + ridge) and A = S⁻¹ O S⁻¹, and
    (I + A)⁻¹ = I - Σ_k λ_k / (1 + λ_k) u_k u_kᵀ over the modes of A.  The ``dim`` modes with the largest
    |λ / (1 + λ)| are kept, from both ends of the spectrum, and nothing V × V is formed.

    Parameters
    ----------
    counts : Cooccurrence
        In a window of the whole document: every pair of items in a basket counts.
    dim : int
        d, at most V.
    ridge : float, optional
        At least 0; the mean number of an item by default.
    solver : Solver
        Its tolerance is a share of the largest eigenvalue of either end.
    threads : int, optional
        All cores by default; the result does not depend on it.

    Raises
    ------
    InputError
        If the counts are of another window or empty, or an argument is out of range.

    References
    ----------
    .. [1] Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019, arXiv:1905.03375.

    Examples
    --------
    >>> import solve2vec
    >>> counts = solve2vec.count(solve2vec.encode([["tea", "milk"], ["ink", "pen"]] * 5), Window("document"))
    >>> solve_recommender(counts, dim=2).dim
    2
    """
    require_stage("solve_recommender", counts, "Cooccurrence", 'make one with count(corpus, Window("document"))')
    POSITIVE("dim", dim)
    size = counts.lineage.values_of("count").get("size", "document")
    if size != "document":
        raise InputError(
            f"these counts are of windows of {size} tokens; baskets are counted whole: count with "
            'Window("document"), or fit with --size document'
        )
    V = len(counts)
    if dim > V:
        raise InputError(f"asked for {dim} modes; there are {V} items: use dim={V} or less")
    if not len(counts.counts.data):
        raise InputError(f"no two of the {V} items are in one basket: there is nothing to recommend from")
    numbers = np.asarray(counts.vocabulary.counts, np.float64)
    ridge = float(numbers.mean()) if ridge is None else ridge
    FROM_0("ridge", ridge)
    scales = np.sqrt(np.maximum(numbers + ridge, np.finfo(float).tiny))
    values, vectors = _modes(_scaled(counts, scales), dim, solver)
    return Recommender(
        eigenvalues=values,
        eigenvectors=(vectors * signs_of(vectors)).astype(np.float32, order="C"),
        scales=scales,
        ridge=float(ridge),
        vocabulary=counts.vocabulary,
        lineage=counts.lineage.then("solve_recommender", dim=dim, ridge=float(ridge), **asdict(solver)),
    )


@with_resources
def fit_recommender(
    baskets: Any,
    dim: int = DIM,
    *,
    ridge: float | None = None,
    min_count: int = 5,
    threads: int | None = None,
) -> Recommender:
    """From baskets to a recommender in one call: encode, count, solve.

    Parameters
    ----------
    baskets : path, Documents, or iterable of lists of items
        See :func:`~solve2vec.text.events.read_events` for tables of users and items.
    dim, ridge, threads
        See :func:`solve_recommender`; ``dim`` is lowered to the number of items.
    min_count : int
        Items in fewer baskets are left out.

    Examples
    --------
    >>> fit_recommender([["tea", "milk"], ["ink", "pen"]] * 5, dim=2).items
    ('ink', 'milk', 'pen', 'tea')
    """
    corpus = encode(baskets, selection=VocabularyOptions(min_count=min_count))
    return solve_recommender(count(corpus, Window("document")), min(dim, len(corpus.vocabulary)), ridge=ridge)


def _scaled(counts: Cooccurrence, scales: np.ndarray) -> sparse.csr_array:
    """A = S⁻¹ O S⁻¹, float32."""
    given = counts.counts
    indptr, indices = np.asarray(given.indptr), np.asarray(given.indices)
    values = np.asarray(given.data) / float(counts.denominator)
    values /= np.repeat(scales, np.diff(indptr))
    values /= scales[indices]
    return csr(values.astype(np.float32), indices, indptr, given.shape)


def _modes(A: sparse.csr_array, dim: int, solver: Solver) -> tuple[np.ndarray, np.ndarray]:
    """(d,) eigenvalues and (V, d) eigenvectors of A with the largest |λ / (1 + λ)|, largest first."""
    V = A.shape[0]
    if plan_for(None, V, dim, solver=solver).method == "dense":
        values, vectors = np.linalg.eigh(A.toarray().astype(np.float64))
    else:
        none = np.zeros((V, 0))
        with row_blocks(V) as blocks:
            product = Operator(A, none, none, blocks)
            upper = _converged(krylov(product, blocks, dim, solver, None), solver)
            lower = _converged(krylov(lambda X: -product(X), blocks, dim, solver, None), solver)
        values = np.concatenate([upper.values, -lower.values])
        vectors = np.concatenate([upper.vectors, lower.vectors], axis=1)
        is_of_its_end = np.concatenate([upper.values > 0, lower.values > 0])  # with few of a sign, others come twice
        values, vectors = values[is_of_its_end], vectors[:, is_of_its_end]
    values = np.maximum(values, np.finfo(np.float32).eps - 1)  # G is positive semidefinite, so λ > -1 up to rounding
    kept = largest(np.abs(values / (1 + values)), dim)
    return values[kept].astype(np.float64), vectors[:, kept]


def _converged(pairs: Eigenpairs, solver: Solver) -> Eigenpairs:
    if not pairs.converged:
        warnings.warn(complaint(pairs, solver), NotConverged, stacklevel=5)
    return pairs
