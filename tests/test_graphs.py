"""Vectors of nodes: expected walks against walks that are drawn, and against dense powers; files against each other."""

import json

import numpy as np
import pytest
from scipy import sparse

from solve2vec import InputError, Run, Window, count, count_walks, encode, fit_graph, read_graph
from solve2vec.cli.main import run
from solve2vec.corpus.corpus import VocabularyOptions

HOUSE = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"), ("a", "e"), ("b", "e")]


def random_graph(V=30, edges=80, seed=0, directed=False):
    rng = np.random.default_rng(seed)
    triples = {(int(i), int(j)) for i, j in rng.integers(0, V, (edges, 2)) if i != j}
    return read_graph([(f"n{i}", f"n{j}", 1 + (i + j) % 3) for i, j in sorted(triples)], directed=directed)


def dense_counts(graph, window, walks, length):
    """Σ_s ρ_s(i) (Pᵗ)_ij over all places s and distances t of a walk, both ways, as it is said."""
    A = graph.adjacency.toarray()
    P = A / np.maximum(A.sum(axis=1, keepdims=True), 1e-300)
    there = np.zeros_like(P)
    for s in range(length):
        visits = np.ones(len(P)) @ np.linalg.matrix_power(P, s)
        for t in range(1, min(window.size, length - 1 - s) + 1):
            there += walks * window.numerators[t - 1] * visits[:, None] * np.linalg.matrix_power(P, t)
    there = np.where(there >= window.denominator / 2, np.rint(there), 0)
    return there + there.T


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("window", [Window(1, "flat"), Window(4, "linear"), Window(9, "harmonic")])
def test_counts_are_those_of_dense_powers(window, directed):
    graph = random_graph(directed=directed)
    made = count_walks(graph, window, walks=3, length=7)
    expected = dense_counts(graph, window, 3, 7)
    assert np.abs(made.counts.toarray() - expected).max() <= 1  # of a half that is rounded either way
    assert (made.counts.toarray() != expected).mean() < 0.01
    assert made.denominator == window.denominator


def test_walks_that_are_drawn_come_to_the_expected_counts():
    graph, rng = random_graph(V=12, edges=30), np.random.default_rng(1)
    walks, length, window = 4000, 6, Window(3, "flat")
    P = graph.adjacency.toarray()
    P /= P.sum(axis=1, keepdims=True)
    drawn = []
    for start in range(len(graph)):
        for _ in range(walks):
            path = [start]
            while len(path) < length:
                path.append(rng.choice(len(graph), p=P[path[-1]]))
            drawn.append([graph.nodes[node] for node in path])
    seen = count(encode(drawn, selection=VocabularyOptions(min_count=1)), window)
    order = [seen.vocabulary.id_of[node] for node in graph.nodes]
    seen = seen.counts.toarray()[np.ix_(order, order)]
    made = count_walks(graph, window, walks=walks, length=length)
    expected = made.counts.toarray()
    assert np.abs(seen - expected).max() < 6 * np.sqrt(expected.max() * window.size)
    assert np.corrcoef(seen.ravel(), expected.ravel())[0, 1] > 0.9995
    assert made.vocabulary.counts.sum() == pytest.approx(walks * length * len(graph), rel=1e-3)


@pytest.mark.parametrize("threads", [2, 3])
def test_the_same_bits_for_any_number_of_threads(threads):
    graph = random_graph(V=100, edges=400)
    alone, many = (count_walks(graph, threads=n) for n in (1, threads))
    assert alone.fingerprint == many.fingerprint


def test_a_walk_ends_where_no_edge_leads_on():
    made = count_walks(read_graph([("a", "b")], directed=True), Window(3, "flat"), walks=5, length=80)
    assert made.counts.toarray().tolist() == [[0, 5], [5, 0]]  # a b five times, b alone five times


def planted(V=600, groups=6, seed=0):
    rng = np.random.default_rng(seed)
    group = rng.integers(0, groups, V)
    near = np.array([rng.choice(np.flatnonzero(group == group[i])) if rng.random() < 0.6 else rng.integers(V)
                     for i in np.repeat(np.arange(V), 6)])  # fmt: skip
    edges = [
        (f"n{i}", f"n{j}") for i, j in zip(np.repeat(np.arange(V), 6).tolist(), near.tolist(), strict=True) if i != j
    ]
    return edges, group


def test_planted_communities_are_neighbors():
    edges, group = planted()
    made = fit_graph(edges, dim=8)
    labels = np.array([group[int(node[1:])] for node in made.words])
    same = [
        np.mean([labels[made.vocabulary.id_of[near]] == labels[row] for near, _ in made.neighbors(node, 10)])
        for row, node in enumerate(made.words[:100])
    ]
    assert np.mean(same) > 0.85  # by chance 1/6


def test_every_way_in_is_the_same_graph(tmp_path):
    import pyarrow as pa
    from pyarrow import csv, parquet

    triples = [("a", "b", 1.0), ("c", "b", 2.5), ("c", "a", 1.0)]
    table = pa.table(
        {"from": [e[0] for e in triples], "to": [e[1] for e in triples], "weight": [e[2] for e in triples]}
    )
    csv.write_csv(table, tmp_path / "g.csv")
    parquet.write_table(table, tmp_path / "g.parquet")
    (tmp_path / "g.edges").write_text("# a comment\na b\nc b 2.5\n\nc\ta 1\n")
    matrix = sparse.csr_array([[0, 1, 1], [1, 0, 2.5], [1, 2.5, 0]])
    ways = [triples, table, table.to_pydict(), tmp_path / "g.csv", str(tmp_path / "g.parquet"), tmp_path / "g.edges"]
    expected = read_graph(matrix, nodes=["a", "b", "c"])
    assert expected.nodes == ("a", "b", "c")
    for way in ways:
        made = read_graph(way)
        assert made.nodes == expected.nodes
        assert made.adjacency.toarray().tolist() == expected.adjacency.toarray().tolist()


def test_networkx_graphs_keep_direction_weights_and_lonely_nodes():
    networkx = pytest.importorskip("networkx")
    given = networkx.DiGraph([(1, 2, {"weight": 3}), (2, 1)])
    given.add_node("alone")
    made = read_graph(given)
    assert made.is_directed and made.nodes == ("1", "2", "alone")
    assert made.adjacency.toarray().tolist() == [[0, 3, 0], [1, 0, 0], [0, 0, 0]]


def test_edges_that_come_twice_add_up():
    made = read_graph([("a", "b"), ("b", "a"), ("a", "a", 2)])
    assert made.adjacency.toarray().tolist() == [[2, 2], [2, 0]] and repr(made) == "Graph(2 nodes, 2 edges)"


@pytest.mark.parametrize(
    ("edges", "options", "says"),
    [
        ([], {}, "there is no edge"),
        ([("a", "b", -1)], {}, "edge 0 has the weight -1"),
        ([("a", "b", float("nan"))], {}, "edge 0 has the weight nan"),
        ([("a", "b", "heavy")], {}, "a weight is not a number"),
        (["ab"], {}, "edge 0 is 'ab'"),
        ({"x": ["a"]}, {}, "1 column"),
        ({"x": ["a"], "y": ["b"]}, {"source": "z"}, "no column 'z'; it has x, y"),
        ({"x": ["a"], "y": ["b"]}, {"weight": "z"}, "no column 'z' for the weight"),
        ({"x": ["a", None], "y": ["b", "c"]}, {}, "row 2 of the table has no node"),
        ({"x": ["a"], "y": ["b"], "weight": ["heavy"]}, {}, "not weights"),
        (sparse.csr_array([[0, 1], [0, 0]]), {}, "not symmetric"),
        (sparse.csr_array([[0, 1, 0], [0, 0, 1]]), {}, "is square"),
        ("nowhere.edges", {}, "not a file"),
    ],
)
def test_bad_graphs_are_named(edges, options, says):
    with pytest.raises(InputError, match=says):
        read_graph(edges, **options)


@pytest.mark.parametrize("line", ["a b c d", "a", "a b heavy"])
def test_a_bad_line_of_an_edge_list_is_named(line, tmp_path):
    (tmp_path / "g.txt").write_text(f"a b\n{line}\n")
    with pytest.raises(InputError, match="line 2 of"):
        read_graph(tmp_path / "g.txt")


def test_what_cannot_be_walked_is_refused():
    graph = read_graph(HOUSE)
    with pytest.raises(InputError, match="no documents"):
        count_walks(graph, Window("document"))
    with pytest.raises(InputError, match="walks must"):
        count_walks(graph, walks=0)
    with pytest.raises(InputError, match="take more walks"):
        count_walks(graph, length=1)


def test_the_command_makes_a_run(tmp_path, capsys):
    edges, _ = planted(V=200)
    (tmp_path / "g.csv").write_text("source,target\n" + "\n".join(map(",".join, edges)))
    assert run(["fit-graph", str(tmp_path / "g.csv"), "--out", str(tmp_path / "run"), "--dim", "5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["fingerprint"] == fit_graph(tmp_path / "g.csv", 5).fingerprint
    made = Run(tmp_path / "run")
    assert made.stages == ("cooccurrence", "spectrum", "embedding") and made.stale() == ()
    assert run(["neighbors", str(tmp_path / "run"), made.vocabulary.words[0]]) == 0
    assert run(["fit-graph", str(tmp_path / "g.csv"), "--out", str(tmp_path / "run"), "--source", "none"]) == 2
    assert "no column 'none'" in capsys.readouterr().err
