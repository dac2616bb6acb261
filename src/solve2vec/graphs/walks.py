"""Walks: how often two nodes are expected near each other on random walks, without drawing one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from ..cooccurrence.cooccurrence import Cooccurrence
from ..cooccurrence.rows import add_rows, collected, narrow
from ..cooccurrence.window import Window
from ..core import progress
from ..core.errors import InputError, require_stage
from ..core.options import POSITIVE
from ..core.parallel import ordered_map
from ..core.resources import memory_limit, with_resources
from ..core.stage import Lineage, csr
from ..corpus.vocabulary import Vocabulary
from ..linalg.operator import transpose
from ..linalg.rowblocks import aligned_full
from .graph import Graph

if TYPE_CHECKING:
    from scipy import sparse

NEAR = Window(10, "flat")
COLUMNS = 32  # starting nodes followed at a time


@with_resources
def count_walks(
    graph: Graph,
    window: Window = NEAR,
    *,
    walks: int = 10,
    length: int = 80,
    threads: int | None = None,
) -> Cooccurrence:
    """The expected co-occurrence counts of DeepWalk's walks [1]_, from powers of the transition matrix [2]_.

    ``walks`` walks start at every node and take ``length`` nodes each, every next one drawn by the weights of edges; a
    walk ends where no edge leads on.  With P the transition matrix and o_t(i) how often i is visited with t steps to
    go at least, node j is expected Σ_t ω_t (o_t(i) (Pᵗ)_ij + o_t(j) (Pᵗ)_ji) times around i.  Expectations are rounded
    to whole counts, so that a pair expected less than half a time is none.

    Parameters
    ----------
    graph : Graph
    window : Window
        T steps to each side, and how their weight falls; DeepWalk's is flat, word2vec's linear.
    walks, length : int
        DeepWalk's numbers.  More walks keep rarer pairs.
    threads : int, optional
        All cores by default; the counts do not depend on it.

    Returns
    -------
    Cooccurrence
        The nodes are its words, most edges first.  Takes O(V T E) time for E edges.

    Raises
    ------
    InputError
        If the window is one of documents, an argument is out of range, or no pair is expected half a time.

    References
    ----------
    .. [1] Perozzi, Al-Rfou and Skiena, "DeepWalk", KDD 2014.
    .. [2] Qiu et al., "Network Embedding as Matrix Factorization", WSDM 2018.

    Examples
    --------
    >>> from solve2vec.graphs.graph import read_graph
    >>> counts = count_walks(read_graph([("a", "b")]), Window(1, "flat"), walks=1, length=3)
    >>> counts.counts.toarray().tolist()  # a b a, b a b
    [[0, 4], [4, 0]]
    """
    require_stage("count_walks", graph, "Graph", "make one with read_graph(edges)")
    require_stage("count_walks", window, "Window", "make one with Window(size)")
    POSITIVE("walks", walks)
    POSITIVE("length", length)
    if window.is_document:
        raise InputError("walks have no documents: give a window of so many steps, such as Window(10)")
    back = transpose(_transitions(graph.adjacency))
    visits = _visits(back, length)
    steps = min(int(window.size), length - 1)
    weights = window.numerators[:steps] * float(walks)
    factors = weights[:, None] * np.array([visits[t] for t in range(1, steps + 1)]).reshape(steps, len(graph))
    there = collected(
        _rows(back, factors, window.denominator / 2), len(graph), len(graph) ** 2, np.int64, memory_limit()
    )
    counts = add_rows([there, transpose(there)], [1, 1])
    if not len(counts.data):
        raise InputError("no two nodes are expected together half a time: take more walks, or longer ones")
    occupied = np.rint(walks * visits[0]).astype(np.int64)
    vocabulary = Vocabulary(words=graph.nodes, counts=occupied, total=int(occupied.sum()), documents=walks * len(graph))
    how = {"walks": walks, "length": length, "directed": graph.is_directed}
    return Cooccurrence(
        counts=narrow(counts),
        denominator=window.denominator,
        vocabulary=vocabulary,
        lineage=Lineage().then("read_graph", nodes=len(graph)).then("walk", **how).then("count", **asdict(window)),
    )


def _transitions(adjacency: sparse.csr_array) -> sparse.csr_array:
    """P, rows sum to 1; to 0 where no edge leads on."""
    sums = np.asarray(adjacency.sum(axis=1)).ravel()
    values = adjacency.data / np.repeat(np.where(sums > 0, sums, 1), np.diff(adjacency.indptr))
    return csr(values, adjacency.indices.astype(np.int32), adjacency.indptr.astype(np.int64), adjacency.shape)


def _visits(back: sparse.csr_array, length: int) -> np.ndarray:
    """(length, V) float64: [t, i] is how often the walks from all nodes stand at i with t places after it at least.

    ``back`` is Pᵀ.
    """
    now = np.ones(back.shape[0])
    places = [now]
    for _ in range(length - 1):
        now = back @ now
        places.append(now)
    return np.cumsum(places, axis=0)[::-1]


def _rows(
    back: sparse.csr_array, factors: np.ndarray, least: float
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Σ_t factors[t, i] (Pᵗ)_ij from ``least`` on, rounded: a block of rows at a time."""
    from ..kernels.products import add_csr_times_block

    V = back.shape[0]
    begins = list(range(0, V, COLUMNS))

    def block(first: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        last = min(V, first + COLUMNS)
        X: Any = aligned_full((V, last - first), np.float64, 0)
        X[np.arange(first, last), np.arange(last - first)] = 1
        total = np.zeros_like(X)
        for factor in factors:
            Y = aligned_full(X.shape, np.float64, 0)
            add_csr_times_block(back.indptr[:-1], back.indptr[1:], back.indices, back.data, X, Y, 0, V)
            X = Y
            total += X * factor[first:last]
        whole = np.where(least <= total.T, np.rint(total.T), 0).astype(np.int64)
        rows, columns = np.nonzero(whole)
        return np.bincount(rows, minlength=last - first), columns.astype(np.int32), whole[rows, columns]

    with progress.task("walking", float(V)) as advance:
        for part in ordered_map(block, begins):
            advance(len(part[0]))
            yield part
