"""Ask an embedding with equal rows everything there is to ask, and print the answers with all their bits.

Run by itself, in a process of its own: the BLAS kernels are chosen once, when NumPy is imported.
"""

import json
import tempfile
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

from solve2vec.embedding.embedding import Embedding
from solve2vec.evaluation import Analogy, AnalogyQuestions, SimilarityQuestions, analogies, similarity
from solve2vec.linalg.search import nearest
from solve2vec.spectrum.solver import solve
from solve2vec.target.target import Target
from solve2vec.uncertainty.bootstrap import Bootstrap


def embedding_of(d, V=400):
    """Half of the rows are copies of few; some are zeros; of some only the length differs."""
    rng = np.random.default_rng(d)
    vectors = rng.standard_normal((V, d)).astype(np.float32)
    vectors[rng.permutation(V)[: V // 2]] = vectors[rng.integers(0, 9, V // 2)]
    vectors[rng.permutation(V)[:9]] = 0
    vectors[rng.permutation(V)[:9]] *= 4
    return Embedding.from_vectors([f"w{row}" for row in range(V)], vectors)


def answers_of(E):
    """By name, what an embedding answers to each kind of question."""
    V, words = len(E), ["w3", "w50", "w77", "w399"]
    rng = np.random.default_rng(0)
    asked = rng.integers(0, V, (60, 4)).tolist()
    questions = AnalogyQuestions("q", tuple(Analogy("c", *(f"w{row}" for row in q[:3]), (f"w{q[3]}",)) for q in asked))
    pairs = SimilarityQuestions("p", tuple((f"w{a}", f"w{b}") for a, b, *_ in asked), [float(q[3]) for q in asked])
    noisy = [E.vectors + np.float32(0.1) * rng.standard_normal(E.vectors.shape).astype(np.float32) for _ in range(3)]
    bootstrap = Bootstrap(
        vectors=E.unit_vectors, replicates=np.stack(noisy).astype(np.float16), eigenvalues=np.ones(1),
        replicate_eigenvalues=np.ones((3, 1)), products=np.ones((3, 1, 1), np.float32), shards=3,
        vocabulary=E.vocabulary,
    )  # fmt: skip
    tokens, cosines = E.search(E.vectors, 25)
    return {
        "search": [tokens.tolist(), cosines.tolist()],
        "nearest": [found.tolist() for found in nearest(E.unit_vectors[7:], E.unit_vectors[:5], V)],
        "neighbors": [E.neighbors(word, n) for word in words for n in (1, 17, V)],
        "analogy": [E.analogy(*words[:3], n, method=m) for m in ("add", "mul") for n in (1, 17, V)],
        "similarity": [E.similarity("w3", f"w{row}") for row in range(V)],
        "most_similar": [E.most_similar(words[:2], words[2:], topn=n, clip_start=5) for n in (1, 17, V)],
        "cosmul": [E.most_similar_cosmul(words[:2], words[2:], topn=n) for n in (1, 17, V)],
        "all": [E.most_similar("w3", topn=None).tolist(), E.distances("w50").tolist()],
        "rank": [[E.rank(word, f"w{row}") for row in range(0, V, 7)] for word in words],
        "stranger": [E.doesnt_match([f"w{row}" for row in range(at, at + 9)]) for at in range(0, 90, 9)],
        "sets": E.n_similarity(words[:2], words[2:]),
        "answered": [analogies(E, questions, method=m, bootstrap=0).answered for m in ("add", "mul")],
        "pairs": similarity(E, pairs, bootstrap=0).cosines.tolist(),
        "intervals": [tuple(near) for near in bootstrap.neighbors("w3", 30)],
        "saved": _after_saving(E).neighbors("w3", V),
    }


def signs_of_mirrored(V):
    """The signs of the first word in all modes of a matrix that is its own mirror image: ±x are the largest entries."""
    M = np.random.default_rng(V).standard_normal((V, V))
    M = M + M.T
    target = Target.from_array(M + M[::-1, ::-1] + 9 * V * np.eye(V), [f"w{row}" for row in range(V)])
    return (solve(target, V).eigenvectors[0] > 0).tolist()


def _after_saving(E):
    with tempfile.TemporaryDirectory() as folder:
        return Embedding.load(E.save(Path(folder) / "embedding"))


if __name__ == "__main__":
    blas = sorted({str(pool.get("architecture")) for pool in threadpool_info() if pool["user_api"] == "blas"})
    answers = {f"in {d} dimensions": answers_of(embedding_of(d)) for d in (2, 17, 50, 200)}
    answers["of mirrored matrices"] = {f"signs of {V}": signs_of_mirrored(V) for V in range(2, 20)}
    print(json.dumps({"blas": blas, "answers": answers}))
