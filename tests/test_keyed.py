"""KeyedVectors' names: by hand, by the obvious loops in float64, and where gensim leaves things open."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest

from solve2vec import formats
from solve2vec.core.errors import FolderError, InputError, UnknownWordError
from solve2vec.embedding.embedding import Embedding
from solve2vec.embedding.keyed.exchange import SHORTER

WORDS = ["man", "woman", "king", "queen", "apple", "nothing"]
VECTORS = [[1, 0, 0, 1], [0, 1, 0, 1], [1, 0, 3, 1], [0, 1, 3, 1], [0, 0, -2, 0.5], [0, 0, 0, 0]]


@pytest.fixture
def E():
    return Embedding.from_vectors(WORDS, np.array(VECTORS, np.float32), counts=[9, 8, 7, 6, 5, 4])


@pytest.fixture
def many():
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((300, 20)).astype(np.float32)
    vectors[100:110] = vectors[50]  # ties
    return Embedding.from_vectors([f"w{i}" for i in range(300)], vectors)


def obvious_cosines(E, vector):
    """Cosine of each row with ``vector``, in float64."""
    W = np.asarray(E.vectors, np.float64)
    lengths = np.linalg.norm(W, axis=1) * np.linalg.norm(vector)
    return np.divide(W @ vector, lengths, out=np.zeros(len(W)), where=lengths > 0)


def obvious_mean(E, weights):
    rows = np.array([E.vectors[E.key_to_index[word]] for word in weights], np.float64)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True) * np.array(list(weights.values()))[:, None]).sum(axis=0)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_not_finite_have_no_neighbors(E, bad):
    vector = np.array([1, bad, 0, 0])
    for ask in (E.most_similar, E.similar_by_vector, E.most_similar_cosmul, E.distances, E.get_mean_vector):
        with pytest.raises(InputError, match="a vector has an entry that is not a finite number"):
            ask(vector)
    with pytest.raises(InputError, match=f"a weight is {bad}: weights are finite numbers"):
        E.most_similar([("man", 1.0), ("king", bad)])
    with pytest.raises(InputError, match=f"a weight is {bad}"):
        E.get_mean_vector(["man"], [bad])


def test_words_and_rows(E):
    assert E.index_to_key == tuple(WORDS)
    assert E.key_to_index["king"] == 2
    assert dict(E.key_to_index) == {word: row for row, word in enumerate(WORDS)}
    assert E.vector_size == 4
    assert E.get_vecattr("king", "count") == 7
    with pytest.raises(TypeError):
        E.key_to_index["pear"] = 9


def test_a_vector_by_word_or_row(E):
    np.testing.assert_array_equal(E.get_vector("king"), [1, 0, 3, 1])
    np.testing.assert_array_equal(E.get_vector(2), [1, 0, 3, 1])
    np.testing.assert_allclose(E.get_vector("king", norm=True), np.array([1, 0, 3, 1]) / np.sqrt(11), rtol=1e-6)
    np.testing.assert_array_equal(E.get_vector(5, norm=True), np.zeros(4))
    for row in (6, -1):
        with pytest.raises(UnknownWordError, match=f"{row} is neither a word nor one of the 6 rows"):
            E.get_vector(row)


def test_a_mean_by_hand(E):
    np.testing.assert_allclose(E.get_mean_vector(["king", "queen"], pre_normalize=False), [0.5, 0.5, 3, 1])
    np.testing.assert_allclose(
        E.get_mean_vector(["king", "queen"], [3, -1], pre_normalize=False), [0.75, -0.25, 1.5, 0.5]
    )
    np.testing.assert_allclose(E.get_mean_vector(["king", "pear"], pre_normalize=False), [1, 0, 3, 1])
    np.testing.assert_allclose(E.get_mean_vector([np.array([4.0, 0, 0, 0])]), [4, 0, 0, 0])  # vectors as they are
    assert np.linalg.norm(E.get_mean_vector(["king", "apple"], post_normalize=True)) == pytest.approx(1)
    np.testing.assert_array_equal(E.get_mean_vector(["pear"]), np.zeros(4))
    with pytest.raises(UnknownWordError, match="pear"):
        E.get_mean_vector(["king", "pear"], ignore_missing=False)
    with pytest.raises(InputError, match="at least one"):
        E.get_mean_vector([])
    with pytest.raises(InputError, match="one for each"):
        E.get_mean_vector(["king"], [1, 2])


@pytest.mark.parametrize("restrict", [None, 40, 120])
def test_most_similar_agrees_with_the_obvious_loops(many, restrict):
    weights = {"w3": 1.0, "w60": 1.0, "w7": -1.0}
    expected = obvious_cosines(many, obvious_mean(many, weights))[:restrict]
    found = many.most_similar(["w3", "w60"], ["w7"], topn=25, restrict_vocab=restrict)
    order = [row for row in np.argsort(-expected, kind="stable") if f"w{row}" not in weights][:25]
    assert [word for word, _ in found] == [f"w{row}" for row in order]
    np.testing.assert_allclose([value for _, value in found], expected[order], atol=1e-6)
    np.testing.assert_allclose(
        many.most_similar(["w3", "w60"], ["w7"], topn=None, restrict_vocab=restrict), expected, atol=1e-6
    )


def test_most_similar_takes_words_rows_vectors_and_weights(many):
    expected = many.most_similar(positive=["w3", "w9"], negative=["w7"])
    assert many.most_similar(positive=[3, np.int64(9)], negative="w7") == expected
    assert many.most_similar(positive=[("w3", 1.0), "w9"], negative=[("w7", -1)]) == expected
    assert many.most_similar(positive=[("w3", 2.0), ("w9", 2.0), ("w7", -2.0)]) == expected
    vector = many.get_vector("w3")
    assert many.most_similar(vector)[0] == ("w3", pytest.approx(1))  # a vector hides no word
    assert many.most_similar([vector]) == many.similar_by_vector(vector) == many.similar_by_vector(vector.tolist())
    assert many.most_similar("w3") == many.similar_by_word("w3") == many.similar_by_word(3)
    assert many.most_similar(np.array(["w3", "w9"])) == many.most_similar(["w3", "w9"])


def test_equal_values_come_in_row_order(many):
    found = many.most_similar("w50", topn=5)
    assert [word for word, _ in found] == ["w100", "w101", "w102", "w103", "w104"]
    assert [word for word, _ in many.most_similar("w105", topn=3)] == ["w50", "w100", "w101"]


def test_clips_and_small_searches(many):
    everything = many.most_similar("w3", topn=None)
    found = many.most_similar("w3", topn=4, clip_start=200, clip_end=250)
    assert [word for word, _ in found] == [f"w{200 + row}" for row in np.argsort(-everything[200:250])[:4]]
    assert len(many.most_similar("w3", topn=1000)) == 299
    assert len(many.most_similar("w3", topn=10, restrict_vocab=4)) == 3
    assert many.most_similar("w3", restrict_vocab=1) == [("w0", pytest.approx(float(everything[0])))]
    assert many.most_similar("w0", restrict_vocab=1) == []
    assert many.most_similar("w3", topn=0) == []


def test_an_analogy_by_hand(E):
    assert E.most_similar(positive=["king", "woman"], negative=["man"])[0][0] == "queen"
    assert E.most_similar_cosmul(positive=["king", "woman"], negative=["man"])[0][0] == "queen"


def test_cosmul_agrees_with_its_formula(many):
    positive, negative = ["w3", "w60"], ["w7"]
    near = {word: (1 + obvious_cosines(many, many[word].astype(float))) / 2 for word in positive + negative}
    expected = near["w3"] * near["w60"] / (near["w7"] + 1e-6)
    found = many.most_similar_cosmul(positive, negative, topn=8)
    order = [row for row in np.argsort(-expected, kind="stable") if f"w{row}" not in near][:8]
    assert [word for word, _ in found] == [f"w{row}" for row in order]
    np.testing.assert_allclose([value for _, value in found], expected[order], rtol=1e-5)
    restricted = many.most_similar_cosmul(positive, negative, topn=300, restrict_vocab=40)
    assert len(restricted) == 38  # the two of the three words that are among the first 40
    with pytest.raises(InputError, match="at least one positive"):
        many.most_similar_cosmul(negative=["w1"])


def test_distances_and_ranks(many):
    expected = 1 - obvious_cosines(many, many["w3"].astype(float))
    np.testing.assert_allclose(many.distances("w3"), expected, atol=1e-6)
    np.testing.assert_allclose(many.distances("w3", ["w9", "w2"]), expected[[9, 2]], atol=1e-6)
    np.testing.assert_allclose(many.distances(5 * many["w3"], ["w9"]), expected[[9]], atol=1e-6)
    assert many.distance("w3", "w9") == pytest.approx(expected[9], abs=1e-6)
    nearer = [f"w{row}" for row in np.flatnonzero(expected < expected[9]) if row != 3]
    assert many.closer_than("w3", "w9") == nearer
    assert many.rank("w3", "w9") == len(nearer) + 1
    assert many.rank("w3", many.most_similar("w3")[0][0]) == 1
    assert many.rank("w50", "w109") == 1  # equal ones are not nearer


def test_sets_of_words(E):
    one, other = np.array([0.5, 0.5, 0, 1]), np.array([0.5, 0.5, 3, 1])
    expected = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    assert E.n_similarity(["man", "woman"], ["king", "queen"]) == pytest.approx(expected)
    assert E.n_similarity(["man", "woman", "pear"], ["king", "queen"]) == pytest.approx(expected)
    assert E.doesnt_match(["man", "woman", "king", "apple", "pear"]) == "apple"
    for call in (
        lambda: E.n_similarity(["pear"], ["king"]),
        lambda: E.doesnt_match(["pear"]),
        lambda: E.n_similarity([], []),
    ):
        with pytest.raises(InputError, match="nothing to compare"):
            call()


def test_zeros_have_cosine_zero_with_everything(E):
    assert E.most_similar("nothing", topn=2) == [("man", 0.0), ("woman", 0.0)]
    assert np.array_equal(E.distances("nothing"), np.ones(6))
    assert E.n_similarity(["nothing"], ["king"]) == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda E: E.most_similar("pear"),
        lambda E: E.most_similar(99),
        lambda E: E.get_vector("pear"),
        lambda E: E.rank("king", "pear"),
        lambda E: E.distances("king", ["pear"]),
        lambda E: E.most_similar_cosmul("pear"),
    ],
)
def test_an_unknown_word_is_a_key_error_and_an_input_error(E, call):
    with pytest.raises(UnknownWordError) as caught:
        call(E)
    assert isinstance(caught.value, KeyError)
    assert isinstance(caught.value, InputError)


@pytest.mark.parametrize(
    "call",
    [
        lambda E: E.most_similar(),
        lambda E: E.most_similar([("king", 1.0, 2.0)]),
        lambda E: E.similar_by_vector(np.ones(3)),
        lambda E: E.save_word2vec_format("never", prefix="x"),
        lambda E: E.save_word2vec_format("never", fvocab="x"),
        lambda E: E.save_word2vec_format("never", prefixed=""),
        lambda E: Embedding.load_word2vec_format("never", no_header=True),
        lambda E: E.evaluate_word_analogies("x", similarity_function="x"),
        lambda E: Embedding.from_gensim({}),
    ],
)
def test_what_cannot_be_answered_is_an_input_error(E, call):
    with pytest.raises(InputError):
        call(E)


def test_an_attribute_that_nobody_kept_is_a_key_error(E):
    bare = Embedding.from_vectors(["a", "b"], np.eye(2, dtype=np.float32))
    for ask, said in (
        (lambda: E.get_vecattr("king", "sample_int"), "words have no attribute 'sample_int' here"),
        (lambda: bare.get_vecattr("a", "count"), "these vectors came without counts"),
    ):
        with pytest.raises(KeyError) as caught:
            ask()
        assert str(caught.value).startswith(said)
        assert isinstance(caught.value, InputError)
    with pytest.raises(UnknownWordError):
        bare.get_vecattr("pear", "count")


@pytest.mark.parametrize("name", ["wmdistance", "vectors_for_all", "add_vector", "set_vecattr", "rank_by_centrality"])
def test_what_only_gensim_has_says_so(E, name):
    assert not hasattr(E, name)
    with pytest.raises(AttributeError, match=rf"say to_gensim\(\)\.{name}$"):
        getattr(E, name)


@pytest.mark.parametrize("name", SHORTER)
def test_what_has_another_name_here_says_which(E, name):
    assert not hasattr(E, name)
    with pytest.raises(AttributeError, match=f"^{name} is not offered here: say "):
        getattr(E, name)
    other = SHORTER[name].partition("[")[0]
    assert hasattr(E, other) or other == "word in embedding"


def test_other_attributes_are_missing_as_anywhere(E):
    with pytest.raises(AttributeError, match=r"is itself what gensim calls model\.wv"):
        E.wv  # noqa: B018
    with pytest.raises(AttributeError, match=r"^'Embedding' object has no attribute 'most_similiar'"):
        E.most_similiar  # noqa: B018
    assert copy.deepcopy(E).words == E.words
    assert pickle.loads(pickle.dumps(E)).words == E.words


@pytest.mark.parametrize("binary", [False, True])
def test_word2vecs_format_is_written_by_falling_count(binary, tmp_path):
    vectors = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)
    counted = Embedding.from_vectors(["a", "b", "c", "d"], vectors, counts=[2, 9, 2, 5])
    bare = Embedding.from_vectors(["a", "b", "c", "d"], vectors)
    for E, order in ((counted, [1, 3, 0, 2]), (bare, [0, 1, 2, 3])):
        E.save_word2vec_format(tmp_path / "v", binary=binary, write_header=True)
        read = formats.load(tmp_path / "v")
        assert read.words == tuple("abcd"[row] for row in order)
        np.testing.assert_array_equal(read.vectors, vectors[order])
        assert read.lineage.values_of("load")["format"] == ("word2vec-binary" if binary else "word2vec-text")


@pytest.mark.parametrize("binary", [False, True])
def test_word2vecs_format_is_read_back(E, binary, tmp_path):
    E.save_word2vec_format(tmp_path / "v", binary=binary)
    order = np.argsort(-E.vocabulary.counts, kind="stable")
    for limit in (None, 2):
        back = Embedding.load_word2vec_format(tmp_path / "v", binary=binary, limit=limit)
        assert isinstance(back, Embedding)
        assert back.words == tuple(E.words[row] for row in order[:limit])
        np.testing.assert_array_equal(back.vectors, E.vectors[order[:limit]])
    with pytest.raises(FolderError):
        Embedding.load_word2vec_format(tmp_path / "v", binary=not binary)


def test_analogies_from_a_file(E, tmp_path):
    path = tmp_path / "q.txt"
    path.write_text(
        ": sex\nMan woman king QUEEN\nman king woman apple\nman woman king pear\n: rank\nman king woman queen\n"
    )
    score, sections = E.evaluate_word_analogies(path)
    assert score == pytest.approx(2 / 3)
    assert [section["section"] for section in sections] == ["sex", "rank", "Total accuracy"]
    assert sections[0]["correct"] == [("MAN", "WOMAN", "KING", "QUEEN")]
    assert sections[0]["incorrect"] == [("MAN", "KING", "WOMAN", "APPLE")]
    assert sections[2]["correct"] == [("MAN", "WOMAN", "KING", "QUEEN"), ("MAN", "KING", "WOMAN", "QUEEN")]
    assert E.evaluate_word_analogies(path, dummy4unknown=True)[0] == pytest.approx(2 / 4)
    assert E.evaluate_word_analogies(path, case_insensitive=False)[0] == pytest.approx(1 / 2)
    assert E.evaluate_word_analogies(path, restrict_vocab=3) == (
        0.0,
        [{"section": name, "correct": [], "incorrect": []} for name in ("sex", "rank", "Total accuracy")],
    )


def test_pairs_from_a_file(E, tmp_path):
    path = tmp_path / "p.tsv"
    path.write_text("# people\nman\twoman\t5\nking\tqueen\t9\nking\tapple\t1\nking\tpear\t2\n")
    pearson, spearman, unknown = E.evaluate_word_pairs(path)
    cosines = [E.similarity("man", "woman"), E.similarity("king", "queen"), E.similarity("king", "apple")]
    assert pearson[0] == pytest.approx(np.corrcoef(cosines, [5, 9, 1])[0, 1])
    assert spearman[0] == pytest.approx(1)
    assert unknown == pytest.approx(25)
    assert 0 <= pearson[1] <= 1
    with_zero = E.evaluate_word_pairs(path, dummy4unknown=True)
    assert with_zero[0][0] == pytest.approx(np.corrcoef([*cosines, 0], [5, 9, 1, 2])[0, 1])
    assert with_zero[2] == pytest.approx(25)
    with pytest.raises(InputError, match="only 0 of 4 pairs"):
        E.evaluate_word_pairs(path, restrict_vocab=1)


def test_importing_the_door_imports_nothing_heavy():
    code = (
        "import sys; import solve2vec.embedding.keyed; "
        "print([m for m in ('numba','scipy','pyarrow','gensim','sklearn','solve2vec.evaluation') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


class FakeKeyedVectors:
    """What from_gensim needs of gensim's."""

    def __init__(self, words, vectors, counts=None):
        self.index_to_key, self.vectors = words, vectors
        self.expandos = {} if counts is None else {"count": np.array(counts)}


class FakeModel:
    def __init__(self, wv):
        self.wv = wv


def test_from_gensim_takes_words_vectors_and_true_counts():
    vectors = np.eye(3, dtype=np.float32)
    E = Embedding.from_gensim(FakeModel(FakeKeyedVectors(["a", "b", "c"], vectors, [7, 5, 5])))
    assert E.words == ("a", "b", "c")
    assert E.vocabulary.counts.tolist() == [7, 5, 5]
    np.testing.assert_array_equal(E.vectors, vectors)
    made_up = Embedding.from_gensim(FakeKeyedVectors(["a", "b", "c"], vectors, [3, 2, 1]))
    assert made_up.vocabulary.counts.tolist() == [0, 0, 0]
    vectors[0, 0] = 9  # not a view of theirs
    assert E.vectors[0, 0] == 1
    with pytest.raises(InputError, match="key 7"):
        Embedding.from_gensim(FakeKeyedVectors([7, "b", "c"], vectors))


def test_vectors_that_were_handed_out_cannot_change_the_answers():
    made = Embedding.from_vectors(["a", "b", "c"], [[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
    for handed in (made.get_vector("a", norm=True), made.get_vector("a"), made.unit_vectors):
        with pytest.raises(ValueError, match="read-only"):
            handed *= -1
