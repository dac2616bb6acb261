"""Document vectors, against the same in plain NumPy."""

import json

import numpy as np
import pytest

from solve2vec import Embedding, InputError, ReadingOptions, embed_documents
from solve2vec.cli.main import run
from solve2vec.core import resources
from solve2vec.embedding.documents import common_directions

WORDS = ["the", "tea", "cup", "rain", "sea"]
COUNTS = np.array([50, 20, 15, 10, 5])
TEXTS = ["the tea the cup", "the rain", "sea sea the boat", "boat", "", "cup tea rain sea the", "sea"]


@pytest.fixture
def embedding():
    return Embedding.from_vectors(WORDS, np.random.default_rng(0).normal(size=(5, 3)), counts=COUNTS)


def plain(embedding, texts, a):
    """The definition, a word at a time."""
    p = dict(zip(WORDS, COUNTS / COUNTS.sum(), strict=True))
    means = np.zeros((len(texts), embedding.dim))
    for at, text in enumerate(texts):
        known = [word for word in text.split() if word in p]
        for word in known:
            means[at] += a / (a + p[word]) * embedding[word] / len(known)
    return means


def test_by_hand():
    words = Embedding.from_vectors(["a", "b"], [[1.0, 0.0], [0.0, 1.0]], counts=np.array([3, 1]))
    made = embed_documents(words, ["a b", "b b c"], smoothing=0.25, components=0)
    assert made.vectors.tolist() == [[0.125, 0.25], [0.0, 0.5]]  # weights 1/4 and 1/2
    assert made.tokens.tolist() == [2, 3] and made.known.tolist() == [2, 2]


@pytest.mark.parametrize("components", [0, 1, 2])
def test_agrees_with_the_definition(embedding, components):
    made = embed_documents(embedding, TEXTS, smoothing=1e-2, components=components)
    means = plain(embedding, TEXTS, 1e-2)
    directions = np.linalg.svd(means)[2][:components]
    np.testing.assert_allclose(made.vectors, means - means @ directions.T @ directions, atol=1e-6)
    assert made.known.tolist() == [4, 2, 3, 0, 0, 5, 1] and len(made) == len(TEXTS)


def test_new_documents_lose_the_directions_of_the_old(embedding):
    old = embed_documents(embedding, TEXTS[:3])
    new = embed_documents(embedding, TEXTS[3:], directions=old.directions)
    own = embed_documents(embedding, TEXTS[3:])
    means = plain(embedding, TEXTS[3:], 1e-3)
    np.testing.assert_allclose(new.vectors, means - means @ old.directions.T @ old.directions, atol=1e-7)
    assert np.abs(new.vectors - own.vectors).max() > 1e-2 * np.abs(means).max()


def test_a_file_read_in_pieces_gives_the_same_bits_as_lists_with_any_threads(embedding, tmp_path):
    rng = np.random.default_rng(1)
    texts = [" ".join(rng.choice([*WORDS, "boat"], rng.integers(1, 9))) for _ in range(300)]
    (tmp_path / "text.txt").write_text("".join(f"{text}\n" for text in texts))
    whole = embed_documents(embedding, [text.split() for text in texts], threads=1)
    for threads in (1, 2, 3):
        with resources.using(block=64):
            made = embed_documents(embedding, tmp_path / "text.txt", threads=threads)
        assert made.known.tolist() == whole.known.tolist()
        assert np.array_equal(made.vectors, whole.vectors)
    (tmp_path / "two.txt").write_text("the tea\n\n\ncup\nrain")
    two = embed_documents(embedding, tmp_path / "two.txt", reading=ReadingOptions(document="blank-line"))
    assert two.known.tolist() == [2, 2]
    one = embed_documents(embedding, tmp_path / "text.txt", reading=ReadingOptions(document="file"), components=0)
    np.testing.assert_allclose(one.vectors, plain(embedding, [" ".join(texts)], 1e-3), atol=1e-6)


def test_the_directions_are_fewer_than_the_dimensions():
    assert common_directions(np.ones((4, 3)), 9).shape == (2, 3)
    assert common_directions(np.ones((1, 3)), 9).shape == (1, 3)
    assert common_directions(np.zeros((0, 3)), 1).shape == (0, 3)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"smoothing": 0}, "smoothing must be a number above 0, got 0"),
        ({"components": -1}, "components must be 0 or more, got -1"),
        ({"directions": [[1.0, 2.0]]}, "directions have 2 dimensions, the embedding has 3"),
        ({"directions": [["a", "b", "c"]]}, "directions must be numbers"),
        ({"directions": [[1.0, np.nan, 0.0]]}, "directions have an entry that is not a finite number"),
    ],
)
def test_what_cannot_be_is_refused(embedding, options, said):
    with pytest.raises(InputError, match=said):
        embed_documents(embedding, TEXTS, **options)


def test_smoothing_needs_counts():
    words = Embedding.from_vectors(["a"], [[1.0]])
    with pytest.raises(InputError, match="give smoothing=None"):
        embed_documents(words, ["a"])


@pytest.mark.parametrize("ending", ["npy", "parquet"])
def test_the_command_writes_a_row_for_each_document(embedding, tmp_path, capsys, ending):
    embedding.save(tmp_path / "run/embedding")
    (tmp_path / "text.txt").write_text("\n".join(TEXTS) + "\n")
    out = tmp_path / f"vectors.{ending}"
    assert run(["embed-documents", str(tmp_path / "run"), str(tmp_path / "text.txt"), "--out", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["documents"] == len(TEXTS) and said["known_tokens"] == 15 and said["without_known_words"] == 2
    expected = embed_documents(embedding, TEXTS)
    if ending == "npy":
        assert np.array_equal(np.load(out), expected.vectors)
    else:
        from pyarrow import parquet

        table = parquet.read_table(out)
        assert table["document"].to_pylist() == list(range(len(TEXTS)))
        assert np.array_equal(np.array(table["vector"].to_pylist(), np.float32), expected.vectors)
        assert table["known"].to_pylist() == expected.known.tolist()


def test_the_command_keeps_the_directions_for_new_documents(embedding, tmp_path, capsys):
    embedding.save(tmp_path / "run/embedding")
    for name, texts in (("old", TEXTS[:3]), ("new", TEXTS[3:])):
        (tmp_path / f"{name}.txt").write_text("\n".join(texts) + "\n")
    common = ["embed-documents", str(tmp_path / "run")]
    kept = ["--directions", str(tmp_path / "directions.npy")]
    assert run([*common, str(tmp_path / "old.txt"), "--out", str(tmp_path / "old.npy"), *kept]) == 0
    assert run([*common, str(tmp_path / "new.txt"), "--out", str(tmp_path / "new.npy"), *kept]) == 0
    directions = embed_documents(embedding, TEXTS[:3]).directions
    expected = embed_documents(embedding, TEXTS[3:], directions=directions)
    assert np.array_equal(np.load(tmp_path / "new.npy"), expected.vectors)


@pytest.mark.parametrize("content", [b"", b"no array\n"])
def test_a_file_of_directions_that_is_no_array_is_refused(embedding, tmp_path, capsys, content):
    embedding.save(tmp_path / "run/embedding")
    (tmp_path / "text.txt").write_text("the tea\n")
    (tmp_path / "d.npy").write_bytes(content)
    given = ["--out", str(tmp_path / "v.npy"), "--directions", str(tmp_path / "d.npy")]
    assert run(["embed-documents", str(tmp_path / "run"), str(tmp_path / "text.txt"), *given]) == 2
    assert "d.npy is not an array in NumPy's .npy format" in capsys.readouterr().err
    assert not (tmp_path / "v.npy").exists()


def test_another_ending_is_refused(embedding, tmp_path, capsys):
    embedding.save(tmp_path / "run/embedding")
    assert run(["embed-documents", str(tmp_path / "run"), "text.txt", "--out", str(tmp_path / "v.csv")]) == 2
    assert ".npy or .parquet" in capsys.readouterr().err


def test_no_documents_are_no_file_of_vectors(embedding, tmp_path, capsys):
    embedding.save(tmp_path / "run/embedding")
    (tmp_path / "empty.txt").write_text("")
    out = str(tmp_path / "none.npy")
    assert run(["embed-documents", str(tmp_path / "run"), str(tmp_path / "empty.txt"), "--out", out]) == 2
    assert "empty.txt has no documents" in capsys.readouterr().err
    assert not (tmp_path / "none.npy").exists()
