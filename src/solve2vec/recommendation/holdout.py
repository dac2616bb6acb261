"""Holdout: hide one item in some baskets, recommend, and see how high it comes; beside simple peers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from ..cooccurrence.cooccurrence import count
from ..cooccurrence.window import Window
from ..core import progress
from ..core.errors import InputError, require_stage
from ..core.options import INSIDE_0_1, POSITIVE, SEED
from ..core.parallel import single_threaded_blas
from ..core.resources import thread_count, with_resources
from ..corpus.corpus import Corpus
from ..linalg.search import largest
from ..spectrum.solver import Solver
from .recommender import DIM, solve_recommender

if TYPE_CHECKING:
    from scipy import sparse

    from ..cooccurrence.cooccurrence import Cooccurrence

FEWEST = 2  # items in a basket of which one is hidden: one is left to ask with
SCORES = 1 << 24  # held at a time: 128 MB
Z = 1.96  # of a 95 % interval


@dataclass(frozen=True)
class HoldoutScore:
    """How well one way of recommending finds the hidden items among its first n.

    Attributes
    ----------
    method : str
    recall : float
        The share of baskets whose hidden item is among the first n.
    low, high : float
        Its 95 % interval (Wilson).
    ndcg : float
        The mean of 1 / log2(1 + rank), 0 beyond n.
    coverage : float
        The share of all items that are recommended to some basket.
    popularity : float
        The mean share of training baskets that have a recommended item.
    """

    method: str
    recall: float
    low: float
    high: float
    ndcg: float
    coverage: float
    popularity: float


@dataclass(frozen=True)
class Holdout:
    """The scores of all methods on the same hidden items; ``baskets`` of them, ``n`` recommended to each."""

    scores: tuple[HoldoutScore, ...]
    baskets: int
    items: int
    n: int

    def __getitem__(self, method: str) -> HoldoutScore:
        return next(score for score in self.scores if score.method == method)


@with_resources
def evaluate_recommender(
    corpus: Corpus,
    dim: int = DIM,
    *,
    ridge: float | None = None,
    n: int = 10,
    holdout: float = 0.1,
    seed: int = 0,
    solver: Solver = Solver(),  # noqa: B008 - frozen
    threads: int | None = None,
) -> Holdout:
    """Learn from most baskets, hide one item in each of the others, and look for it among ``n`` recommendations.

    Beside the recommender, on the same baskets: *popularity* (the most frequent items), *item-kNN* (the sum of the
    items' cosines over baskets) and, where the package ``implicit`` is installed, its factorization by alternating
    least squares in as many dimensions (regularization 100, alpha 10: the best of those tried on recipes).

    Parameters
    ----------
    corpus : Corpus
        A document is a basket; an item counts once in those that are asked.
    dim, ridge, solver
        See :func:`solve_recommender`.
    n : int
    holdout : float
        The share of baskets that are not learned from, in (0, 1).
    seed : int
        Of the choice of baskets and of hidden items.
    threads : int, optional
        All cores by default; the scores of our own methods do not depend on it.

    Raises
    ------
    InputError
        If no basket is left to ask or to learn from.

    Examples
    --------
    >>> import solve2vec
    >>> corpus = solve2vec.encode([["tea", "milk"], ["ink", "pen"]] * 50)
    >>> evaluate_recommender(corpus, dim=2, n=1)["solve2vec"].recall
    1.0
    """
    require_stage("evaluate_recommender", corpus, "Corpus", "make one with encode(baskets)")
    POSITIVE("n", n)
    INSIDE_0_1("holdout", holdout)
    SEED("seed", seed)
    training, baskets, hidden = _split(corpus, holdout, np.random.default_rng(seed))
    V, Q = len(corpus.vocabulary), len(hidden)
    n = min(n, V)
    counts = count(training, Window("document"))
    recommender = solve_recommender(counts, min(dim, V), ridge=ridge, solver=solver)
    ways: dict[str, Callable[[], np.ndarray]] = {
        "solve2vec": lambda: recommender.recommend_ids(baskets.indices, baskets.indptr, n)[0],
        "item-kNN": lambda: _best(baskets, _neighborhood(counts), n),
        "popularity": lambda: _best(baskets, np.asarray(counts.vocabulary.counts, np.float64), n),
    }
    if find_spec("implicit"):
        ways["implicit ALS"] = lambda: _als(training, baskets, min(dim, V), n, seed)
    shares = np.asarray(counts.vocabulary.counts, np.float64) / max(1, training.n_documents)
    scores = []
    with progress.task("asking", float(len(ways))) as advance:
        for method, best in ways.items():
            scores.append(_score(method, best(), hidden, shares))
            advance(1)
    return Holdout(tuple(scores), Q, V, n)


def _split(corpus: Corpus, holdout: float, rng: np.random.Generator) -> tuple[Corpus, sparse.csr_array, np.ndarray]:
    """The baskets to learn from; those to ask with, (Q, V) ones; and the (Q,) items hidden in them."""
    every, lengths = _numbers(corpus), np.diff(np.asarray(corpus.document_starts))
    every.data[:] = 1
    usable = np.flatnonzero(np.diff(every.indptr) >= FEWEST)
    asked = np.sort(rng.choice(usable, round(holdout * len(usable)), replace=False))
    is_asked = np.zeros(corpus.n_documents, bool)
    is_asked[asked] = True
    tokens = np.asarray(corpus.tokens)[~np.repeat(is_asked, lengths)]
    if not len(asked) or not (tokens < len(corpus.vocabulary)).any():
        raise InputError(
            f"{len(usable):,} baskets have {FEWEST} known items or more; a share of {holdout:g} of them leaves none to "
            "ask or none to learn from: give more baskets or another share"
        )
    ends = np.cumsum([0, *lengths[~is_asked].tolist()])
    training = replace(corpus, tokens=tokens, document_starts=ends, file_starts=None, lines=None)
    training = replace(training, vocabulary=training.counted_vocabulary())
    baskets = every[asked]
    at = baskets.indptr[:-1] + (rng.random(len(asked)) * np.diff(baskets.indptr)).astype(np.int64)
    hidden = baskets.indices[at].copy()
    baskets.data[at] = 0
    baskets.eliminate_zeros()
    return training, baskets, hidden


def _numbers(corpus: Corpus) -> sparse.csr_array:
    """(D, V) float32, how many of each item a basket has."""
    from scipy import sparse

    V, D, tokens = len(corpus.vocabulary), corpus.n_documents, np.asarray(corpus.tokens)
    owner, known = np.repeat(np.arange(D), np.diff(np.asarray(corpus.document_starts))), tokens < V
    made = sparse.csr_array((np.ones(known.sum(), np.float32), (owner[known], tokens[known])), shape=(D, V))
    made.sum_duplicates()
    return made


def _neighborhood(counts: Cooccurrence) -> sparse.csr_array:
    """(V, V) cosines of items over the baskets that have them; an item is no neighbor of its own."""
    from scipy import sparse

    lengths = sparse.diags_array(1 / np.sqrt(np.maximum(np.asarray(counts.vocabulary.counts, np.float64), 1)))
    cosines = sparse.csr_array(lengths @ (counts.counts.astype(np.float64) / counts.denominator) @ lengths)
    cosines.setdiag(0)
    return cosines


def _best(baskets: sparse.csr_array, weights: Any, n: int) -> np.ndarray:
    """(Q, n) the items with the largest scores beside a basket's own: (V, V) weights, or (V,) scores for all."""
    Q, V = baskets.shape
    best, step = np.empty((Q, n), np.int64), max(1, SCORES // V)
    for at in range(0, Q, step):
        part = baskets[at : at + step]
        scores = (
            np.tile(weights, (part.shape[0], 1)) if getattr(weights, "ndim", 2) == 1 else (part @ weights).toarray()
        )
        scores[part.nonzero()] = -np.inf
        best[at : at + step] = [largest(row, n) for row in scores]
    return best


def _als(training: Corpus, baskets: sparse.csr_array, dim: int, n: int, seed: int) -> np.ndarray:
    """What implicit's alternating least squares recommends, folded in for baskets it has not seen."""
    from implicit.als import AlternatingLeastSquares
    from scipy import sparse

    given = sparse.csr_matrix(_numbers(training))
    asked = sparse.csr_matrix(baskets.astype(np.float32))
    with single_threaded_blas():
        model = AlternatingLeastSquares(
            factors=dim, regularization=100, alpha=10, random_state=seed, num_threads=thread_count()
        )
        model.fit(given, show_progress=False)
        made: np.ndarray = model.recommend(np.arange(asked.shape[0]), asked, N=n, recalculate_user=True)[0]
    return made


def _score(method: str, best: np.ndarray, hidden: np.ndarray, shares: np.ndarray) -> HoldoutScore:
    Q, hits = len(hidden), best == hidden[:, None]
    recall = float(hits.any(axis=1).mean())
    gains = 1 / np.log2(2 + np.arange(best.shape[1]))
    recommended = best[best >= 0]
    low, high = _wilson(recall, Q)
    return HoldoutScore(
        method=method,
        recall=recall,
        low=low,
        high=high,
        ndcg=float((hits * gains).sum(axis=1).mean()),
        coverage=len(np.unique(recommended)) / len(shares),
        popularity=float(shares[recommended].mean()) if len(recommended) else 0.0,
    )


def _wilson(share: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a share seen in n cases (Wilson 1927)."""
    middle, width = share + Z**2 / (2 * n), Z * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return float((middle - width) / (1 + Z**2 / n)), float((middle + width) / (1 + Z**2 / n))
