"""Nodes of graphs with planted communities classified by their vectors, against gensim's skip-gram on drawn walks."""

from __future__ import annotations

import time

import measure
import numpy as np

NODES, GROUPS, DEGREE, DIM = 3000, 30, 10, 64
WALKS, LENGTH, WINDOW = 10, 80, 10
SHARE = 0.2  # of nodes whose label is known


def planted(mixing: float, seed: int = 0) -> tuple[list[tuple[int, int]], np.ndarray]:
    """Edges between nodes of one community, and a share of them to anywhere; degrees by a power law."""
    rng = np.random.default_rng(seed)
    group, weight = rng.integers(0, GROUPS, NODES), rng.pareto(2.5, NODES) + 1
    n = NODES * DEGREE // 2
    first, second = rng.choice(NODES, n, p=weight / weight.sum()), np.empty(n, np.int64)
    outside = rng.random(n) < mixing
    second[outside] = rng.choice(NODES, outside.sum(), p=weight / weight.sum())
    for k in range(GROUPS):
        own, here = np.flatnonzero(group == k), ~outside & (group[first] == k)
        second[here] = rng.choice(own, here.sum(), p=weight[own] / weight[own].sum())
    kept = first != second
    return list(zip(first[kept].tolist(), second[kept].tolist(), strict=True)), group


def accuracy(vectors: np.ndarray, labels: np.ndarray) -> float:
    """The mean over five splits."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import normalize

    X, found = normalize(vectors), []
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(len(labels))
        known, asked = np.split(order, [int(SHARE * len(labels))])
        model = LogisticRegression(max_iter=300, C=10).fit(X[known], labels[known])
        found.append((model.predict(X[asked]) == labels[asked]).mean())
    return float(np.mean(found))


def main() -> None:
    """Print a row for each share of edges to anywhere."""
    from gensim.models import Word2Vec

    import solve2vec

    print(measure.machine())
    print("| edges to anywhere | ours | seconds | gensim | seconds |\n|---|---|---|---|---|")
    solve2vec.fit_graph(planted(0.5)[0][:500], dim=4)  # loads the kernels
    for mixing in (0.4, 0.5, 0.6):
        edges, group = planted(mixing)
        graph = solve2vec.read_graph(edges)
        labels = group[np.array(graph.nodes, np.int64)]
        begun = time.perf_counter()
        ours = solve2vec.fit_graph(graph, DIM, walks=WALKS, length=LENGTH, window=solve2vec.Window(WINDOW, "flat"))
        seconds = time.perf_counter() - begun
        begun, rng = time.perf_counter(), np.random.default_rng(0)
        first, other = graph.adjacency.indptr, graph.adjacency.indices
        walks = []
        for _ in range(WALKS):
            path = [np.arange(len(graph))]
            while len(path) < LENGTH:
                degrees = first[path[-1] + 1] - first[path[-1]]
                path.append(other[first[path[-1]] + (rng.random(len(graph)) * degrees).astype(np.int64)])
            walks += np.array(path).T.astype(str).tolist()
        peer = Word2Vec(walks, vector_size=DIM, window=WINDOW, sg=1, workers=2, min_count=0, epochs=1, seed=1)
        peer_seconds = time.perf_counter() - begun
        theirs = accuracy(np.array([peer.wv[str(node)] for node in range(len(graph))]), labels)
        own = accuracy(ours.vectors, labels)
        print(f"| {mixing:.0%} | {own:.3f} | {seconds:.1f} | {theirs:.3f} | {peer_seconds:.0f} |")


if __name__ == "__main__":
    main()
