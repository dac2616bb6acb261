"""The method by hand and the package give the same: words, counts, vectors."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import solve2vec
from solve2vec.target.expectation import BACKGROUND_ERROR

SCRIPT = Path(__file__).parents[1] / "examples" / "by_hand.py"
DIM = 12


@pytest.fixture(scope="module")
def by_hand():
    spec = importlib.util.spec_from_file_location("by_hand", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def lines():
    """400 lines of 150 words with frequencies 1/rank, where words of like rank modulo 10 keep together."""
    rng = np.random.default_rng(7)
    ranks = np.arange(1, 151)
    made = []
    for document in range(400):
        weights = (1 + 8 * (ranks % 10 == document % 10)) / ranks
        drawn = rng.choice(150, size=rng.integers(0, 60), p=weights / weights.sum())
        made.append(" ".join(f"Word{token}" for token in drawn))
    return made


@pytest.fixture
def path(lines, tmp_path):
    (tmp_path / "text.txt").write_text("\n".join(lines))
    return tmp_path / "text.txt"


@pytest.mark.parametrize(("size", "shrinkage"), [(32, 0.5), (5, 0.5), (32, 0.0)])
def test_the_method_by_hand_gives_what_the_package_gives(by_hand, lines, path, tmp_path, size, shrinkage):
    words, C, λ, W = by_hand.fit(lines, dim=DIM, size=size, shrinkage=shrinkage)
    keep = ["cooccurrence", "spectrum"]
    embedding = solve2vec.fit(path, DIM, size=size, shrinkage=shrinkage, out=tmp_path / "run", keep=keep)
    counts = solve2vec.load(tmp_path / "run" / "cooccurrence")

    assert embedding.words == tuple(words)
    assert np.array_equal(counts.counts.toarray() * (by_hand.DENOMINATOR // counts.denominator), C)

    # The package's M differs by the background's error and by rounding its sparse part, of size at most 4, to float32.
    V, M = len(words), by_hand.mstar(C, shrinkage)
    error = V * (BACKGROUND_ERROR + 4 * 2.0**-24)  # of ‖M‖, at most
    assert np.abs(embedding.eigenvalues - λ).max() <= error + 2.0**-40 * V  # Weyl

    # W Wᵀ = P M P with P the projector on the leading modes; P turns by at most error / gap (Davis and Kahan).
    rest = np.linalg.eigvalsh(M)[::-1]
    turned = error / (rest[DIM - 1] - rest[DIM] - error)
    assert 0 < turned < 0.1, "the test's own text must have a gap here"
    rounding = 2.0**-22 * λ[0]  # vectors are stored as float32
    vectors = embedding.vectors.astype(np.float64)
    assert np.abs(vectors @ vectors.T - W @ W.T).max() <= error + 2 * (λ[0] + error) * turned + rounding


def test_neighbors_by_hand_are_those_of_the_package(by_hand, lines, path):
    words, _, _, W = by_hand.fit(lines, dim=DIM)
    embedding = solve2vec.fit(path, DIM)
    for word in words[:20]:
        expected, found = by_hand.neighbors(W, words, word, 3), embedding.neighbors(word, 3)
        assert [near for near, _ in found] == [near for near, _ in expected]


def test_the_script_runs(path):
    done = subprocess.run([sys.executable, SCRIPT, path, "word3"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("150 words") and "word13" in done.stdout
