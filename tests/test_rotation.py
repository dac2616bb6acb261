"""Rotations against planted axes, and against what no rotation may change."""

import json

import numpy as np
import pytest

from solve2vec import Embedding, InputError, explore, fit, rotate
from solve2vec.cli.main import run
from solve2vec.datasets.synthetic import planted_corpus
from solve2vec.embedding.rotation import coherence


def mixed(V=4000, d=6, seed=0):
    """Independent columns of unequal strength, each with few large entries, all positive; and a mixture of them."""
    rng = np.random.default_rng(seed)
    sources = rng.exponential(size=(V, d)) ** 2 * np.linspace(2, 1, d)
    Q = np.linalg.qr(rng.standard_normal((d, d)))[0]
    return sources, Embedding.from_vectors([f"w{i}" for i in range(V)], (sources - sources.mean(axis=0)) @ Q)


def test_planted_axes_are_found():
    sources, embedding = mixed()
    made = rotate(embedding)
    across = np.abs(np.corrcoef(made.vectors.T, sources.T)[:6, 6:])
    assert (across.max(axis=1) > 0.99).all() and sorted(across.argmax(axis=1)) == list(range(6))
    best = {made.words[i] for i in sources[:, 0].argsort()[-5:]}
    axis = int(across[:, 0].argmax())
    assert set(made.axis_words(axis, 5)) == best  # the long side is the positive one


def test_no_angle_and_no_length_is_changed():
    _, embedding = mixed(V=500)
    made = rotate(embedding, iterations=3)
    assert made.moved > 1e-3 >= rotate(embedding).moved
    np.testing.assert_allclose(made.matrix.T @ made.matrix, np.eye(6), atol=1e-12)
    np.testing.assert_allclose(made.vectors, embedding.vectors @ made.matrix, atol=1e-4)
    np.testing.assert_allclose(made.strengths, np.square(made.vectors, dtype=float).sum(axis=0), rtol=1e-5)
    assert (np.diff(made.strengths) <= 0).all()
    assert ((made.vectors.astype(float) ** 3).sum(axis=0) > 0).all()


def test_the_number_of_threads_changes_no_bit():
    _, embedding = mixed(V=5000)
    made = [rotate(embedding, threads=threads) for threads in (1, 2, 3)]
    assert len({(m.matrix.tobytes(), m.vectors.tobytes()) for m in made}) == 1


def test_words_beyond_the_head_are_turned_with_the_others():
    _, embedding = mixed(V=3000)
    made, of_head = rotate(embedding, head=2000), rotate(embedding.head(2000))
    across = np.abs(made.matrix.T @ of_head.matrix)  # in another order where strengths are alike
    np.testing.assert_allclose(np.sort(across, axis=1)[:, -1], 1, atol=1e-9)
    assert made.vectors.shape == (3000, 6)


def test_coherence_by_hand():
    vectors = np.array([[3.0, 1.0], [4.0, 0.0], [1.0, 5.0], [-9.0, 0.0]], np.float32)
    first = (3 / np.sqrt(10)) * 1 + 0 * (1 / np.sqrt(10))  # cosine of rows 1 and 0
    second = (1 * 3 + 5 * 1) / np.sqrt(26 * 10)  # of rows 2 and 0
    np.testing.assert_allclose(coherence(vectors, 2), [first, second], rtol=1e-6)
    assert coherence(vectors[:1], 2).tolist() == [1, 1]


def test_axes_of_planted_topics_hold_the_words_of_one_each():
    rng = np.random.default_rng(3)
    topics = [rng.choice(30, 12) + 30 * rng.integers(8) for _ in range(4000)]
    embedding = fit([[f"w{token}" for token in row] for row in topics], 7, size="document", min_count=1)
    made = rotate(embedding)
    held = [{int(word[1:]) // 30 for word in made.axis_words(axis, 10)} for axis in range(7)]
    assert all(len(topic) == 1 for topic in held) and len(set.union(*held)) == 7
    np.testing.assert_allclose(made.coherence(), 1, atol=1e-3)


def test_what_cannot_be_turned_is_refused():
    with pytest.raises(InputError, match="the 3 columns of 2 vectors depend on each other"):
        rotate(Embedding.from_vectors(["a", "b"], [[1.0, 0, 0], [0, 1.0, 0]]))
    _, embedding = mixed(V=100)
    with pytest.raises(InputError, match="iterations must be at least 1, got 0"):
        rotate(embedding, iterations=0)
    with pytest.raises(InputError, match="no axis 6; the rotation has axes 0…5"):
        rotate(embedding).axis_words(6)


def test_a_page_of_a_rotation_shows_its_axes_and_no_learning():
    _, embedding = mixed(V=300)
    made = rotate(embedding)
    contents = explore(embedding, rotation=made).contents
    assert (contents["kind"], contents["trajectories"], contents["low"]) == ("rotated", [], None)
    assert [word for word, _ in contents["ends"][2][0]] == made.axis_words(2, 12)
    np.testing.assert_allclose(np.square(contents["weights"]), made.strengths, rtol=1e-5)
    for other in (embedding.head(200), embedding.first(5), mixed(V=300, seed=1)[1]):
        with pytest.raises(InputError, match="the rotation is not of this embedding"):
            explore(other, rotation=made)


def test_the_command_line_tells_axes(tmp_path, capsys):
    texts = planted_corpus(plain=3).documents(800, length=20, seed=1)
    embedding = fit(texts, 5, min_count=1, size=5, out=tmp_path / "run")
    assert run(["modes", str(tmp_path / "run"), "--rotated", "--json", "--words", "3", "--modes", "4"]) == 0
    told = json.loads(capsys.readouterr().out)
    made = rotate(embedding)
    assert [axis["words"] for axis in told["axes"]] == [made.axis_words(k, 3) for k in range(4)]
    assert told["coherence"] == pytest.approx(made.coherence().mean(), abs=1e-6)
    assert run(["modes", str(tmp_path / "run"), "--rotated"]) == 0
    assert f"before rotation {coherence(embedding.vectors).mean():.2f}" in capsys.readouterr().out
    assert run(["modes", str(tmp_path / "run"), "--rotated", "--intervals"]) == 2
    assert "rotated axes have no intervals" in capsys.readouterr().err
