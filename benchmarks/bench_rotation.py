"""Axes of 30,000 words in 200 dimensions turned to be read, against scikit-learn's FastICA: time, and how they read."""

from __future__ import annotations

import json
import sys
import tempfile
import time

import measure

DIM = 200


def embedding():
    """Of the shared Wikipedia text with the default settings."""
    from solve2vec import fit

    return fit(measure.plain_text(), DIM, token_pattern="[a-z]+", max_vocab=30_000)


def ours(path: str, threads: int) -> None:
    """Independent components, begun at the modes."""
    from solve2vec import load, rotate

    given = load(path)
    rotate(given.head(1000))  # loads the kernels
    begun = time.perf_counter()
    made = rotate(given, threads=threads)
    report(time.perf_counter() - begun, made.vectors)


def sklearn(path: str) -> None:
    """The same fixed-point iteration, to the same movement of axes, begun at random."""
    import warnings

    import numpy as np
    from sklearn.decomposition import FastICA

    from solve2vec import load
    from solve2vec.embedding.rotation import HEAD, SETTLED

    given = load(path)
    W = np.asarray(given.vectors)
    warnings.simplefilter("ignore")  # it says so where it did not settle
    begun = time.perf_counter()
    found = FastICA(whiten="unit-variance", fun="logcosh", max_iter=100, tol=SETTLED, random_state=0).fit(W[:HEAD])
    seconds = time.perf_counter() - begun
    axes = W @ found.components_.T
    report(seconds, axes * np.where((axes.astype(float) ** 3).sum(axis=0) < 0, -1, 1), found.n_iter_)


def report(seconds: float, along, iterations: int | None = None) -> None:
    """With the mean cosine of the ten words at the end of an axis: in the space itself, which axes do not change."""
    import numpy as np

    from solve2vec import load
    from solve2vec.embedding.rotation import farthest

    unit = load(sys.argv[2]).unit_vectors.astype(float)
    ends = [unit[farthest(column, 10)] for column in along.T]
    alike = np.mean([(np.square(end.sum(axis=0)).sum() - 10) / 90 for end in ends])
    after = "" if iterations is None else f", {iterations} iterations"
    print(json.dumps({"seconds": seconds, "note": f"words at an end alike by {alike:.2f}{after}"}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["ours"]:
        ours(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1:2] == ["sklearn"]:
        sklearn(sys.argv[2])
    else:
        with tempfile.TemporaryDirectory() as folder:
            embedding().save(path := f"{folder}/embedding")
            this = [sys.executable, __file__]
            peers = {
                "solve2vec, 1 thread": [*this, "ours", path, "1"],
                "scikit-learn FastICA": [*this, "sklearn", path],
            }
            measure.compare([*this, "ours", path, "2"], peers, name="rotation", runs=int((sys.argv[1:] or ["1"])[0]))
