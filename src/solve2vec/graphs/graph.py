"""The graph: named nodes and weighted edges, from files, tables, networkx or SciPy."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import InputError
from ..text.tables import first_empty, is_missing, is_table, is_table_file, read_table

if TYPE_CHECKING:
    from scipy import sparse

SOURCES, TARGETS, WEIGHTS = ("source", "from", "src"), ("target", "to", "dst"), ("weight",)  # names that columns have


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes and edges.

    Attributes
    ----------
    adjacency : (V, V) CSR array of float64
        ``adjacency[i, j]`` is the weight of the edge from i to j, above 0; of an undirected graph it is symmetric.
    nodes : tuple of str, length V
    is_directed : bool
    """

    adjacency: sparse.csr_array
    nodes: tuple[str, ...]
    is_directed: bool

    def __len__(self) -> int:
        return len(self.nodes)

    def __repr__(self) -> str:
        edges = self.adjacency.nnz if self.is_directed else (self.adjacency.nnz + self._loops) // 2
        return f"Graph({len(self):,} nodes, {edges:,} {'directed ' * self.is_directed}edges)"

    @property
    def _loops(self) -> int:
        return int((self.adjacency.diagonal() > 0).sum())


def read_graph(
    edges: Any,
    *,
    source: str | None = None,
    target: str | None = None,
    weight: str | None = None,
    directed: bool | None = None,
    nodes: Sequence[str] | None = None,
) -> Graph:
    """Read a graph from what holds its edges.

    Parameters
    ----------
    edges : path, table, networkx graph, SciPy sparse array, or iterable of (source, target[, weight])
        A path to a ``.parquet``, ``.csv``, ``.tsv`` or ``.jsonl`` table, or to an edge list: two or three columns
        split by white space, ``#`` before comments.  Tables are those of Arrow, pandas, polars or a dict of columns.
    source, target, weight : str, optional
        Columns of a table.  By default those called so (``from``, ``to``, ``src``, ``dst`` as well), or the first two;
        edges without a column of weights weigh 1.
    directed : bool, optional
        Whether an edge leads one way only; by default as networkx says, and no.  Weights of one edge that is there
        several times add up, in an undirected graph those of both directions.
    nodes : sequence of str, optional
        The names of the rows of a sparse array; their numbers by default.

    Raises
    ------
    InputError
        If there is no edge, a weight is not a finite number above 0, or a column is not there.

    Examples
    --------
    >>> read_graph([("a", "b"), ("b", "c", 2.0)])
    Graph(3 nodes, 2 edges)
    """
    if hasattr(edges, "is_directed") and hasattr(edges, "edges"):  # networkx
        directed = bool(edges.is_directed()) if directed is None else directed
        weight = weight or "weight"
        triples = [(a, b, data.get(weight, 1.0)) for a, b, data in edges.edges(data=True)]
        return _graph(*_columns(triples), directed, lonely=[str(node) for node in edges.nodes])
    if hasattr(edges, "tocoo") and hasattr(edges, "shape"):  # SciPy
        return _of_matrix(edges, nodes, directed)
    is_path = isinstance(edges, (str, os.PathLike))
    if is_path and not is_table_file(edges):
        return _graph(*_edge_list(Path(edges)), bool(directed))
    if not (is_path or isinstance(edges, dict) or is_table(edges)):
        return _graph(*_columns(list(edges)), bool(directed))
    table, name = read_table(edges)
    if len(table.column_names) < 2:
        raise InputError(f"{name} has {len(table.column_names)} column; a table of edges has a source and a target")
    first, second = (
        _column(table.column_names, given, known, place, name)
        for given, known, place in ((source, SOURCES, 0), (target, TARGETS, 1))
    )
    named = weight or next((column for column in table.column_names if column.lower() in WEIGHTS), None)
    if named is not None and named not in table.column_names:
        raise InputError(f"{name} has no column {named!r} for the weight; it has {', '.join(table.column_names)}")
    ends = [np.asarray(_texts(table.column(column), column, name), dtype=object) for column in (first, second)]
    weights = np.ones(len(table)) if named is None else _numbers(table.column(named), named, name)
    return _graph(ends[0], ends[1], weights, bool(directed))


def _column(columns: Sequence[str], given: str | None, known: Sequence[str], place: int, name: str) -> str:
    if given is not None and given not in columns:
        raise InputError(f"{name} has no column {given!r}; it has {', '.join(columns)}")
    return given or next((column for column in columns if column.lower() in known), columns[place])


def _texts(column: Any, of: str, name: str) -> list[str]:
    import pyarrow as pa

    if (place := first_empty(column, is_nan_empty=True)) is not None:
        raise InputError(f"row {place + 1} of {name} has no node in column {of!r}: drop such rows first")
    texts: list[str] = column.cast(pa.string()).to_pylist()
    return texts


def _numbers(column: Any, of: str, name: str) -> np.ndarray:
    import pyarrow as pa

    try:
        return np.asarray(column.cast(pa.float64()), np.float64)
    except pa.ArrowInvalid:
        raise InputError(
            f"column {of!r} of {name} holds {column.type}, not weights: name a column of numbers"
        ) from None


def _columns(triples: Iterable[Sequence[Any]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first, second, weights = [], [], []
    for place, edge in enumerate(triples):
        if isinstance(edge, str) or len(edge) not in (2, 3):
            raise InputError(f"edge {place} is {edge!r:.60}; an edge is (source, target) or (source, target, weight)")
        if any(map(is_missing, edge[:2])):
            raise InputError(f"edge {place} is {edge!r:.60}, of which a node is missing: leave it out")
        first.append(str(edge[0]))
        second.append(str(edge[1]))
        weights.append(edge[2] if len(edge) == 3 else 1.0)
    try:
        numbers = np.array(weights, np.float64)
    except (TypeError, ValueError):
        raise InputError("a weight is not a number: give (source, target, weight)") from None
    return np.array(first, dtype=object), np.array(second, dtype=object), numbers


def _edge_list(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The columns of an edge list; a line that has not two or three of them is named."""
    if not path.is_file():
        raise InputError(f"{path} is not a file: give a table (.csv, .tsv, .parquet, .jsonl) or an edge list")
    triples = []
    try:
        with open(path, encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                parts = line.split("#", 1)[0].split()
                if not parts:
                    continue
                if len(parts) not in (2, 3):
                    raise InputError(
                        f"line {number} of {path} has {len(parts)} columns; an edge list has a source, a target and "
                        "perhaps a weight, split by white space"
                    )
                triples.append((*parts[:2], float(parts[2])) if len(parts) == 3 else (*parts,))
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"line {number} of {path} is no edge ({error}): give source, target and a weight") from None
    return _columns(triples)


def _of_matrix(matrix: Any, nodes: Sequence[str] | None, directed: bool | None) -> Graph:
    given = matrix.tocoo()
    V = given.shape[0]
    if given.shape != (V, V):
        raise InputError(f"the matrix has shape {given.shape}; that of a graph is square")
    names = tuple(map(str, range(V))) if nodes is None else tuple(map(str, nodes))
    if len(names) != V or len(set(names)) != V:
        raise InputError(f"{len(set(names))} names for {V} nodes: give each row a name of its own")
    lookup = np.array(names, dtype=object)
    weights = np.asarray(given.data, np.float64)
    if not directed:
        if abs(given - given.T).sum() > 0:
            raise InputError("the matrix is not symmetric: say directed=True, or add its transpose to it")
        keep = given.row <= given.col
        return _graph(lookup[given.row[keep]], lookup[given.col[keep]], weights[keep], False, lonely=names)
    return _graph(lookup[given.row], lookup[given.col], weights, True, lonely=names)


def _graph(
    first: np.ndarray, second: np.ndarray, weights: np.ndarray, directed: bool, lonely: Iterable[str] = ()
) -> Graph:
    """Nodes by falling number of edges, equal ones by name."""
    from scipy import sparse

    if not len(first):
        raise InputError("there is no edge: nothing to walk on")
    if not (np.isfinite(weights).all() and (weights > 0).all()):
        place = int(np.flatnonzero(~(np.isfinite(weights) & (weights > 0)))[0])
        raise InputError(f"edge {place} has the weight {weights[place]}; weights are finite numbers above 0")
    names, ids = np.unique(np.concatenate([first, second]).astype(str), return_inverse=True)
    i, j = ids[: len(first)], ids[len(first) :]
    V = len(names)
    degrees = np.bincount(i, minlength=V) + np.bincount(j, minlength=V)
    order = np.argsort(-degrees, kind="stable")
    rank = np.empty(V, np.int64)
    rank[order] = np.arange(V)
    i, j = rank[i], rank[j]
    if not directed:
        loops = i == j
        i, j, weights = (
            np.concatenate([i, j[~loops]]),
            np.concatenate([j, i[~loops]]),
            np.concatenate([weights, weights[~loops]]),
        )
    nodes = tuple(names[order].tolist())
    known = set(nodes)
    nodes += tuple(sorted({name for name in lonely if name not in known}))
    adjacency = sparse.coo_array((weights, (i, j)), shape=(len(nodes), len(nodes))).tocsr()
    adjacency.sum_duplicates()
    return Graph(adjacency, nodes, directed)
