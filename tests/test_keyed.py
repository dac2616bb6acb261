"""KeyedVectors' names: by hand, by the obvious loops in float64, and where gensim leaves things open."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from operator import attrgetter
from types import MappingProxyType

import numpy as np
import pytest

import solve2vec
from solve2vec import compat, formats
from solve2vec.core import resources
from solve2vec.core.errors import FolderError, InputError, UnknownWordError
from solve2vec.core.frozen import CHANGING
from solve2vec.embedding.embedding import Embedding
from solve2vec.embedding.keyed import exchange
from solve2vec.embedding.keyed.exchange import MODELS, ONLY_GENSIM, SHORTER

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
    assert E.index_to_key == WORDS and isinstance(E.index_to_key, list)
    assert E.key_to_index == {word: row for row, word in enumerate(WORDS)} and isinstance(E.key_to_index, dict)
    assert E.vector_size == 4
    assert E.get_vecattr("king", "count") == 7
    np.testing.assert_allclose(E.norms, np.linalg.norm(VECTORS, axis=1), rtol=1e-6)
    assert E.wv is E and E.get_normed_vectors() is E.unit_vectors


@pytest.mark.parametrize("name", ["key_to_index", "index_to_key"])
def test_words_and_rows_are_copied_and_written_as_any_dict_and_list(E, name):
    held, kind = getattr(E, name), {"key_to_index": dict, "index_to_key": list}[name]
    for made in (json.loads(json.dumps(held)), copy.deepcopy(held), copy.copy(held), pickle.loads(pickle.dumps(held)),
                 held.copy(), kind(held), kind([*held]) if kind is list else held | {}):  # fmt: skip
        assert made == held and type(made) is kind
    changes = {name for owner, names in CHANGING.items() if issubclass(owner, kind) for name in names.split()}
    public = {name for name in dir(kind) if not name.startswith("_")} - {"fromkeys", "copy"}
    assert changes >= public - {*dir(tuple)} - {*dir(MappingProxyType)}
    for change in changes:
        with pytest.raises(TypeError, match=f"never changes: take a {kind.__name__}"):
            getattr(held, change)()
    assert getattr(E, name) == getattr(Embedding.from_vectors(WORDS, VECTORS), name)


def test_a_row_stands_for_its_word_everywhere(many):
    E, word, row, other = many, "w3", 3, 200
    for one, two in (
        (E[row], E[word]), (E[[row, "w9"]], E[[word, "w9"]]), (E[np.array([3, 9])], E[[word, "w9"]]),
        (E.vector(np.int64(row)), E.vector(word)), (E.get_vector(row, norm=True), E.get_vector(word, norm=True)),
        (E.distances(row), E.distances(word)), (E.get_mean_vector([row, 9]), E.get_mean_vector([word, "w9"])),
    ):  # fmt: skip
        np.testing.assert_array_equal(one, two)
    assert E.neighbors(row) == E.neighbors(word) == E.most_similar(row) == E.similar_by_key(row)
    assert E.similarity(row, other) == E.similarity(w1=word, w2="w200") == E.similarity(word, other)
    assert E.analogy(row, 9, other) == E.analogy(word, "w9", "w200")
    assert E.analogy(row, 9, other, method="mul") == E.analogy(word, "w9", "w200", method="mul")
    assert E.distance(w1=row, w2=other) == E.distance(word, "w200")
    assert E.rank(key1=row, key2=other) == E.rank(word, "w200")
    assert E.closer_than(row, other) == E.closer_than(word, "w200")
    assert row in E and word in E and np.int64(299) in E and 300 not in E and -1 not in E and "w300" not in E
    assert E.has_index_for(row) and E.has_index_for(word) and not E.has_index_for(300)
    assert E.get_index(row) == E.get_index(word) == 3 and E.get_index("pear", -1) == E.get_index(300, default=-1) == -1
    for ask in (E.__getitem__, E.vector, E.neighbors, E.get_index, E.most_similar, E.distances):
        with pytest.raises(UnknownWordError, match="300 is neither a word nor one of the 300 rows"):
            ask(300)


def test_the_nearest_of_those_given(many):
    cosines = {word: many.similarity("w3", word) for word in ("w9", "w50", "w100", "w2")}
    nearest = max(cosines, key=cosines.get)
    assert many.most_similar_to_given("w3", list(cosines)) == nearest
    assert many.most_similar_to_given("w60", ["w104", "w50"]) == "w104"  # of equal ones the first
    near = sum(cosine for _, cosine in many.most_similar("w3", topn=7))
    assert many.relative_cosine_similarity("w3", "w9", topn=7) == pytest.approx(many.similarity("w3", "w9") / near)
    with pytest.raises(InputError, match="at least one word to choose from"):
        many.most_similar_to_given("w3", [])


def test_vectors_of_some_words_are_an_embedding(E):
    made = E.vectors_for_all(["queen", "pear", 0, "queen"], copy_vecattrs=True)
    assert made.index_to_key == ["queen", "man"] and made.vocabulary.counts.tolist() == [6, 9]
    np.testing.assert_array_equal(made.vectors, E[["queen", "man"]])
    assert not E.vectors_for_all(["queen"]).vocabulary.counts.any()
    with pytest.raises(InputError, match="none of these words has a vector"):
        E.vectors_for_all(["pear"])


def test_vectors_of_some_words_are_spelled_out_where_spelling_has_one():
    texts = [f"the {stem}{end} is {stem}" for stem in ("walk", "talk", "jump", "play") for end in ("ed", "ing", "er")]
    spelled = solve2vec.fit(texts * 5, dim=3, min_count=1, spelling=True)
    made = spelled.vectors_for_all(["playing", "talked", "jumpings"])
    assert made.index_to_key == ["playing", "talked", "jumpings"]
    np.testing.assert_array_equal(made["jumpings"], spelled.vector("jumpings", unknown="subword"))
    assert spelled.vectors_for_all(["playing", "jumpings"], allow_inference=False).index_to_key == ["playing"]


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
        lambda E: E.save_word2vec_format("never", append=True),
        lambda E: E.save_word2vec_format("never", total_vec=9),
        lambda E: E.save_word2vec_format("never", binary=True, write_header=False),
        lambda E: Embedding.load_word2vec_format("never", datatype=np.float16),
        lambda E: Embedding.load_word2vec_format("never", limit=0),
        lambda E: Embedding.load_word2vec_format("never", binary=True, no_header=True),
        lambda E: E.most_similar("man", indexer="annoy"),
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


@pytest.mark.parametrize("name", sorted(ONLY_GENSIM))
def test_what_only_gensim_has_says_so(E, name):
    assert not hasattr(E, name)
    with pytest.raises(AttributeError, match=rf"say to_gensim\(\)\.{name}$"):
        getattr(E, name)


@pytest.mark.parametrize("name", sorted(exchange.CHANGING))
def test_what_would_change_an_embedding_says_what_changes_instead(E, name):
    with pytest.raises(AttributeError, match=f"^{name} would change an embedding, which never changes: make another"):
        getattr(E, name)
    assert hasattr(compat.KeyedVectors, name) or name in (
        "allocate_vecattrs",
        "intersect_word2vec_format",
        "resize_vectors",
    )


def test_rows_are_not_assigned_to(E):
    with pytest.raises(TypeError, match="an embedding never changes: make another with"):
        E["man"] = [1, 2, 3, 4]


@pytest.mark.parametrize("name", MODELS)
def test_what_a_model_does_says_what_does_it_here(E, name):
    with pytest.raises(AttributeError, match=f"^{name} is not offered here: "):
        getattr(E, name)


@pytest.mark.parametrize("name", SHORTER)
def test_what_has_another_name_here_says_which(E, name):
    assert not hasattr(E, name)
    with pytest.raises(AttributeError, match=f"^{name} is not offered here: say "):
        getattr(E, name)
    attrgetter(SHORTER[name])(E)


def test_other_attributes_are_missing_as_anywhere(E):
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


def test_words_in_another_encoding_are_read_as_gensim_reads_them(tmp_path):
    words, path = ["caf\u00e9", "th\u00e9"], tmp_path / "latin.txt"
    path.write_bytes("2 2\ncaf\u00e9 1 2\nth\u00e9 3 4\n".encode("latin-1"))
    assert Embedding.load_word2vec_format(path, encoding="latin-1").index_to_key == words
    for errors, expected in (("replace", ["caf\ufffd", "th\ufffd"]), ("ignore", ["caf", "th"])):
        assert Embedding.load_word2vec_format(path, unicode_errors=errors).index_to_key == expected
    with pytest.raises(UnicodeDecodeError) as refused:
        Embedding.load_word2vec_format(path, unicode_errors="strict")
    assert isinstance(refused.value, FolderError) and "2 of 2 words are not UTF8" in str(refused.value)
    with pytest.warns(UserWarning, match="2 of 2 words are not UTF8"):
        Embedding.load_word2vec_format(path)
    with pytest.raises(InputError, match="unknown encoding: latin-0: name an encoding that Python has"):
        Embedding.load_word2vec_format(path, encoding="latin-0")


def test_a_file_of_counts_and_one_without_header_go_there_and_back(E, tmp_path):
    text, counts = tmp_path / "v.txt", tmp_path / "counts"
    E.save_word2vec_format(text, fvocab=counts, write_header=False, prefix="en:")
    assert text.read_text().startswith("en:man 1 0 0 1\n")
    assert counts.read_text().splitlines()[:2] == ["en:man 9", "en:woman 8"]
    back = Embedding.load_word2vec_format(text, fvocab=counts, no_header=True, limit=4)
    assert back.index_to_key == [f"en:{word}" for word in WORDS[:4]]
    assert back.vocabulary.counts.tolist() == [9, 8, 7, 6]
    np.testing.assert_array_equal(back.vectors, E.vectors[:4])


@pytest.mark.parametrize("name", ["v.bin", "v.txt", "v.glove", "v.vec", "v.npz", "v.parquet", "folder"])
def test_only_so_many_words_are_read(many, name, tmp_path):
    formats.save(many, tmp_path / name)
    for limit in (1, 7, 300, 999):
        made = solve2vec.load(tmp_path / name, limit=limit)
        assert made.words == many.words[:limit]
        np.testing.assert_array_equal(made.vectors, many.vectors[:limit])
    with pytest.raises(InputError, match="limit must be at least 1, got 0"):
        solve2vec.load(tmp_path / name, limit=0)


@pytest.mark.parametrize("name", ["v.bin", "v.txt", "v.glove"])
def test_what_lies_beyond_the_limit_is_not_read(many, name, tmp_path):
    formats.save(many, tmp_path / name)
    content = (tmp_path / name).read_bytes()
    half = len(content) // 2
    (tmp_path / name).write_bytes(content[:half] + b"\xff" * (len(content) - half))
    with resources.using(block=64):
        assert solve2vec.load(tmp_path / name, limit=20).words == many.words[:20]


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
    for delimiter, encoding in ((",", "utf8"), (";", "latin-1"), ("|", "utf8")):
        lines = path.read_text().replace("\t", delimiter).replace("pear", "pear \u00e9")
        (tmp_path / "p.other").write_text(lines, encoding=encoding)
        assert E.evaluate_word_pairs(tmp_path / "p.other", delimiter, encoding) == E.evaluate_word_pairs(path)


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
