"""Geometry: whether a list of words is a ring, a line or a tree, in the text's own numbers and in the vectors.

Words that stand for places on a circle or a line occur together the more the nearer they are.  If that depends on
distance alone, the modes of their part of M* are waves, and the vectors lie on a ring or a curve (Karkada et al.
2026); if it depends on where branches meet, they split from coarse to fine (Nava and Wyart 2026).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..core import progress
from ..core.errors import InputError, require_stage
from ..core.options import SEED, Number
from ..core.parallel import single_threaded_blas
from ..core.resources import with_resources
from ..core.stage import csr
from ..embedding.embedding import Embedding, embed
from ..linalg.search import unit_rows
from ..spectrum.solver import solve
from .shapes import FEWEST, MOST, SHAPES, ShapeName, distances, falls_with_distance, modes_of, residual, strength

if TYPE_CHECKING:
    from ..target.target import Target

LEVEL = 0.05  # of chance, at which a shape counts
DRAWS = 200


class Fit(NamedTuple):
    """How well a shape accounts for a table of pairs.

    ``score`` is the share of what pairs have beyond the levels of their words that the shape predicts for pairs that
    it was not fitted to: 1 all, 0 none, negative where it misleads.  ``chance`` is the share of random lists that score
    as high, ``order_chance`` that of random orders of the list itself; None of a tree, which has no order.
    ``falls`` says whether nearer words are more alike: without that, distance may count, but not as on a ring or line.
    """

    score: float
    chance: float
    order_chance: float | None
    falls: bool

    @property
    def counts(self) -> bool:
        """Whether it accounts for anything, more than chance does in 95 of 100 cases, and by nearness."""
        return self.falls and self.score > 0 and self.by_chance <= LEVEL

    @property
    def by_chance(self) -> float:
        """The larger of the two shares."""
        return max(self.chance, self.order_chance or 0.0)


class Mode(NamedTuple):
    """A mode that the shape predicts, in one view.

    ``values`` (n, m) at the words; ``strength``, its share of the table, and ``by_chance`` what 95 of 100 tables of
    chance have at most; ``places`` (n, m) where the others put each word along it, and ``agreement``, the mean cosine
    of the two.
    """

    name: str
    values: np.ndarray
    strength: float
    by_chance: float
    places: np.ndarray
    agreement: float


@dataclass(frozen=True, eq=False, kw_only=True)
class View:
    """One table of all pairs of the list, and its shape.

    Attributes
    ----------
    name : str
        ``M*`` the target's entries, ``vectors`` cosines, ``masked`` cosines of vectors that were solved for again with
        the list's own pairs at chance.
    table : (n, n) float64
    residual : (n, n) float64
        Less the level of each word; 0 on the diagonal.
    fits : dict
        Of each shape.
    by_chance : (D, n, n) float64
        Residuals of the tables of random lists; of ``masked`` those of ``vectors``, whose own pairs are not masked.
    """

    name: str
    table: np.ndarray
    residual: np.ndarray
    fits: dict[ShapeName, Fit]
    by_chance: np.ndarray

    @property
    def shape(self) -> ShapeName | None:
        """The shape with the highest score of those that count, or None."""
        return _best({name: fit for name, fit in self.fits.items() if fit.counts})

    @property
    def nearest_shape(self) -> ShapeName:
        """The shape, or what has the highest score where there is none."""
        return self.shape or _best(self.fits) or "ring"

    def places(self, block: np.ndarray) -> np.ndarray:
        """(n, m) where the others put each word along modes Φ: E Φ, each column of length 1.

        Row i sums over j ≠ i: a word's own place is no part of it, so random words do not agree with Φ.
        """
        made = self.residual @ block
        lengths = np.linalg.norm(made, axis=0)
        return np.asarray(made / np.where(lengths > 0, lengths, 1))

    def by_distance(self, shape: ShapeName) -> np.ndarray:
        """(m, 4) of each distance: itself, mean and standard error of the residual, and the pairs of it."""
        apart = distances(len(self.table), shape)
        rows = []
        for distance in range(1, int(apart.max()) + 1):
            values = self.residual[np.triu(apart == distance)]
            error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
            rows.append((distance, values.mean(), error, len(values)))
        return np.array(rows)


@dataclass(frozen=True, eq=False, kw_only=True)
class Geometry:
    """The shape of a list of words.

    Attributes
    ----------
    words : tuple of str, length n
        In the order that is claimed.
    views : dict of View
        ``M*``, ``vectors`` and ``masked``, those that there are.
    draws : int
        Random lists, and random orders.
    lists : tuple of tuple of str
        The random lists, each word of a frequency near that of its counterpart.
    """

    words: tuple[str, ...]
    views: dict[str, View]
    draws: int
    lists: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.words)

    def __repr__(self) -> str:
        told = ", ".join(f"{name}: {view.shape or 'no shape'}" for name, view in self.views.items())
        return f"Geometry({len(self)} words, {told})"

    @property
    def first(self) -> View:
        """M*, where there is a target; else the vectors."""
        return next(iter(self.views.values()))

    @property
    def shape(self) -> ShapeName | None:
        """That of the first view."""
        return self.first.shape

    def modes(self, view: str, shape: ShapeName | None = None) -> list[Mode]:
        """The modes that a shape predicts, in one of the views.

        Parameters
        ----------
        view : {"M*", "vectors", "masked"}
        shape : {"ring", "line", "tree"}, optional
            By default that of the first view, or what comes nearest.  A tree's modes are those of the first view's
            tree; random lists have those of their own trees then.
        """
        if view not in self.views:
            raise InputError(f"there is no view {view!r}; there are {', '.join(self.views)}")
        own, shape = self.views[view], shape or self.first.nearest_shape
        made = []
        for k, (name, block) in enumerate(modes_of(self.first.residual, shape)):
            chance = strength(own.by_chance, block)
            if shape == "tree":
                trees = [modes_of(E, "tree") for E in self.first.by_chance]
                chance = np.array(
                    [
                        strength(E, tree[k][1]) if k < len(tree) else 0.0
                        for E, tree in zip(own.by_chance, trees, strict=True)
                    ]
                )
            places = own.places(block)
            made.append(
                Mode(name, block, float(strength(own.residual, block)), float(np.quantile(chance, 1 - LEVEL)),
                     places, float(np.einsum("nm,nm->m", places, block).mean()))
            )  # fmt: skip
        return made

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        shape = self.first.nearest_shape
        return {
            "words": list(self.words), "shape": self.shape, "nearest_shape": shape, "draws": self.draws,
            "views": [
                {
                    "view": name, "shape": view.shape, "table": view.table.tolist(),
                    "fits": {shape: fit._asdict() for shape, fit in view.fits.items()},
                    "modes": [
                        mode._asdict() | {"values": mode.values.tolist(), "places": mode.places.tolist()}
                        for mode in self.modes(name)
                    ],
                    "by_distance": [] if shape == "tree" else view.by_distance(shape).tolist(),
                }
                for name, view in self.views.items()
            ],
            "random_lists": [list(words) for words in self.lists[:5]],
        }  # fmt: skip


@with_resources
def geometry(
    embedding: Embedding,
    words: Sequence[str],
    target: Target | None = None,
    *,
    masked: bool = True,
    draws: int = DRAWS,
    seed: int = 0,
    threads: int | None = None,
) -> Geometry:
    """Whether a list of words is a ring, a line or a tree, tested against random lists and random orders.

    Parameters
    ----------
    embedding : Embedding
    words : sequence of str, length 6 … 300
        In the order in which they would stand on a ring or a line.
    target : Target, optional
        The matrix that the embedding was solved from: what the text says of each pair.  Without it only vectors are
        looked at.
    masked : bool
        Solve the target again with the list's own pairs set to 0, as if these words met each other as often as by
        chance: what is left of the shape is what all other words say of them.  It takes as long as a solve.
    draws : int
        Random lists whose words are each about as frequent as those of the list, and random orders of it.
    seed : int
    threads : int, optional

    Returns
    -------
    Geometry

    Raises
    ------
    InputError
        If a word is unknown or stands twice, there are too few words in the list or in the vocabulary, or the target
        is of other words or not symmetric.

    References
    ----------
    .. [1] Karkada, Korchinski, Nava, Wyart and Bahri, "Symmetry in language statistics shapes the geometry of model
       representations", 2026, arXiv:2602.15029.
    .. [2] Nava and Wyart, "Hierarchical Concept Geometry in Language Models Emerges from Word Co-occurrence", 2026,
       arXiv:2605.23821.
    .. [3] Korchinski, Karkada, Bahri and Wyart, "On the Emergence of Linear Analogies in Word Embeddings", NeurIPS
       2025, arXiv:2505.18651: what masked pairs leave.

    Examples
    --------
    >>> import numpy as np
    >>> from solve2vec import Embedding
    >>> angle = 2 * np.pi * np.arange(12) / 12
    >>> rng = np.random.default_rng(0)
    >>> hours = np.c_[np.cos(angle), np.sin(angle), 0.2 * rng.standard_normal((12, 3))]
    >>> words = [f"hour{k}" for k in range(12)] + [f"other{k}" for k in range(60)]
    >>> E = Embedding.from_vectors(words, np.r_[hours, rng.standard_normal((60, 5))])
    >>> geometry(E, words[:12]).shape
    'ring'
    """
    require_stage("geometry", embedding, "Embedding", "make one with fit(text) or load(run)")
    Number(least=20, whole=True)("draws", draws)
    SEED("seed", seed)
    words = tuple(words)
    if not FEWEST <= len(words) <= MOST:
        raise InputError(f"a list has {FEWEST} … {MOST} words, got {len(words)}")
    if len(set(words)) < len(words):
        twice = next(word for at, word in enumerate(words) if word in words[:at])
        raise InputError(f"{twice!r} stands twice in the list: each word has one place")
    ids = embedding.vocabulary.ids(words)
    if target is not None:
        require_stage("geometry", target, "Target", "make one with build_target(counts), or Run(…).target()")
        if target.vocabulary.words != embedding.words:
            raise InputError("the target is of other words than the embedding: give the one that it was solved from")
        if not target.is_symmetric:
            raise InputError("the target is not symmetric: a list of words has one shape in a symmetric one")
    rng = np.random.default_rng(seed)
    drawn = _random_lists(ids, len(embedding), draws, rng)
    orders = np.array([rng.permutation(len(words)) for _ in range(draws)])
    unit = unit_rows(np.asarray(embedding.vectors), np.float64)
    views: dict[str, View] = {}
    with progress.task("geometry", 3.0 if target is not None and masked else 2.0) as advance:
        with single_threaded_blas():
            if target is not None:
                lists = np.array([_entries(target, one) for one in drawn])
                views["M*"] = _view("M*", _entries(target, ids), lists, orders)
            advance(1.0)
            lists = np.array([_cosines(unit, one) for one in drawn])
            views["vectors"] = _view("vectors", _cosines(unit, ids), lists, orders)
            advance(1.0)
        if target is not None and masked:
            again = unit_rows(embed(solve(without_pairs(target, ids), embedding.dim)).vectors, np.float64)
            with single_threaded_blas():
                views["masked"] = _view("masked", _cosines(again, ids), lists, orders)
            advance(1.0)
    named = tuple(tuple(embedding.words[row] for row in one) for one in drawn)
    return Geometry(words=words, views=views, draws=draws, lists=named)


def without_pairs(target: Target, ids: np.ndarray) -> Target:
    """The target with M_ij = 0 for each two different words of a list: they meet as often as by chance."""
    from scipy import sparse

    M = _entries(target, ids)
    np.fill_diagonal(M, 0)
    rows, columns = np.repeat(ids, len(ids)), np.tile(ids, len(ids))
    added = sparse.csr_array((-M.ravel().astype(np.float32), (rows, columns)), shape=target.seen.shape)
    seen = sparse.csr_array(target.seen + added)
    lineage = target.lineage.then("without_pairs", words=[target.vocabulary.words[row] for row in ids.tolist()])
    return replace(target, seen=csr(seen.data, seen.indices, seen.indptr.astype(np.int64), seen.shape), lineage=lineage)


def _view(name: str, table: np.ndarray, lists: np.ndarray, orders: np.ndarray) -> View:
    """A table with the fits of every shape, against tables (D, n, n) of random lists and its own random orders."""
    E, random = residual(table), residual(lists)
    shuffled = np.array([E[np.ix_(order, order)] for order in orders])
    fits = {
        shape: Fit(
            score := float(one.score(E[None])[0]),
            _chance(score, one.score(random)),
            _chance(score, one.score(shuffled)) if one.has_order else None,
            falls_with_distance(E, shape),
        )
        for shape, one in SHAPES.items()
    }
    return View(name=name, table=table, residual=E, fits=fits, by_chance=random)


def _best(fits: dict[ShapeName, Fit]) -> ShapeName | None:
    scored: list[tuple[float, ShapeName]] = [(-fit.score, name) for name, fit in fits.items()]
    return min(scored, default=(0.0, None))[1]


def _chance(score: float, others: np.ndarray) -> float:
    """The share of scores as high, counting the one itself: no number of draws shows a share of 0."""
    return float((1 + np.count_nonzero(others >= score)) / (1 + len(others)))


def _entries(target: Target, ids: np.ndarray) -> np.ndarray:
    """(n, n) float64, the target's entries between some words."""
    place = np.full(len(target), -1)
    place[ids] = np.arange(len(ids))
    made = target.left[ids] @ target.right[ids].T
    seen = target.seen
    for i, row in enumerate(ids.tolist()):  # SciPy's indexing would convert all indices of the matrix first
        part = slice(int(seen.indptr[row]), int(seen.indptr[row + 1]))
        at = place[seen.indices[part]]
        made[i, at[at >= 0]] += seen.data[part][at >= 0]
    return made


def _cosines(unit: np.ndarray, ids: np.ndarray) -> np.ndarray:
    return unit[ids] @ unit[ids].T


def _random_lists(ids: np.ndarray, V: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """(draws, n) rows of other words, each of a rank within a fifth of its counterpart's and ten; none stands twice."""
    return np.array([list(_random_list(ids, V, rng)) for _ in range(draws)])


def _random_list(ids: np.ndarray, V: int, rng: np.random.Generator) -> Iterator[int]:
    taken = set(ids.tolist())
    for row in ids.tolist():
        reach = 10 + row // 5
        while True:
            near = [other for other in range(max(0, row - reach), min(V, row + reach + 1)) if other not in taken]
            if near:
                break
            if reach > V:
                raise InputError(
                    f"there are {V} words, too few to draw lists of {len(ids)} others: fit with more words"
                )
            reach *= 2
        chosen = near[int(rng.integers(len(near)))]
        taken.add(chosen)
        yield chosen
