"""Fitting: from a graph to a vector for each node in one call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..cooccurrence.window import Window
from ..core.options import DIM
from ..core.resources import with_resources
from ..embedding.embedding import Embedding, embed
from ..run.writing import Draft
from ..spectrum.solver import Solver, solve
from ..target.formula import Formula
from ..target.target import build_target
from .graph import Graph, read_graph
from .walks import NEAR, count_walks

KEPT = ("cooccurrence", "spectrum", "embedding")


@with_resources
def fit_graph(
    graph: Any,
    dim: int = DIM,
    *,
    window: Window = NEAR,
    walks: int = 10,
    length: int = 80,
    formula: Formula = Formula(),  # noqa: B008 - frozen
    solver: Solver = Solver(),  # noqa: B008 - frozen
    out: str | Path | None = None,
    threads: int | None = None,
    **columns: Any,
) -> Embedding:
    """From a graph to vectors of its nodes: count expected walks, target, solve, embed.

    Parameters
    ----------
    graph : Graph, or what :func:`read_graph` reads
    dim : int
        d.
    window, walks, length
        See :func:`count_walks`.
    formula, solver
        See :func:`~solve2vec.build_target` and :func:`~solve2vec.solve`.
    out : path, optional
        A run folder for counts, spectrum and embedding.
    threads : int, optional
        All cores by default; the result does not depend on it.
    **columns
        Options of :func:`read_graph`, where the graph is yet to be read.

    Examples
    --------
    >>> ring = [(f"n{i}", f"n{(i + 1) % 60}") for i in range(60)]
    >>> fit_graph(ring, dim=2).dim
    2
    """
    graph = graph if isinstance(graph, Graph) else read_graph(graph, **columns)
    with Draft(out, KEPT, anew=True) as save:
        counts = save(count_walks(graph, window, walks=walks, length=length))
        return save(embed(save(solve(build_target(counts, formula), dim, solver=solver))))
