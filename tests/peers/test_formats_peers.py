"""Formats and KeyedVectors against the packages they speak to: gensim, model2vec, safetensors, scikit-learn."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

from solve2vec import formats
from solve2vec.core.errors import FolderError
from solve2vec.embedding.embedding import Embedding
from solve2vec.embedding.keyed.exchange import ONLY_GENSIM, SHORTER
from solve2vec.embedding.spelled import spell
from solve2vec.formats import word2vec

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Call to deprecated:DeprecationWarning")]


@pytest.fixture(scope="module")
def gensim():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        models = pytest.importorskip("gensim.models")
    return models


@pytest.fixture(scope="module")
def model2vec():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("model2vec")


def embedding(words, dim=20, seed=0):
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((len(words), dim)).astype(np.float32) * 0.3
    counts = np.sort(rng.integers(1, 10**6, len(words)))[::-1]
    return Embedding.from_vectors(words, vectors, counts=counts.copy())


PLAIN = [
    "the",
    "of",
    "\u00a0",
    "caf\u00e9",
    '"',
    "'s",
    "<script>",
    "\\n",
    "日本",
    "x" * 10_000,
    *(f"w{i}" for i in range(300)),
]


def same(keyed, E):
    assert list(keyed.index_to_key) == list(E.index_to_key)
    np.testing.assert_array_equal(np.asarray(keyed.vectors, np.float32), E.vectors)


# --- files and gensim -----------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # gensim leaves its file open
@pytest.mark.parametrize("name", ["word2vec-text", "word2vec-binary", "fasttext", "glove"])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_gensim_reads_what_we_write(gensim, name, ending, tmp_path):
    E = embedding(PLAIN)
    path = formats.save(E, tmp_path / f"v{ending}", format=name)
    how = {"binary": name == "word2vec-binary", "no_header": name == "glove"}
    same(gensim.KeyedVectors.load_word2vec_format(str(path), **how), E)


def test_gensim_reads_our_binary_without_line_breaks(gensim, tmp_path):
    E = embedding(PLAIN)
    word2vec.write_binary(E, tmp_path / "v.bin", newline=False)
    same(gensim.KeyedVectors.load_word2vec_format(str(tmp_path / "v.bin"), binary=True), E)


@pytest.mark.parametrize(("binary", "header"), [(False, False), (False, True), (True, True)])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_we_read_what_gensim_writes(gensim, binary, header, ending, tmp_path):
    E = embedding(PLAIN)
    path = tmp_path / f"v{ending}"
    E.to_gensim().save_word2vec_format(str(path), binary=binary, write_header=header)
    same(formats.load(path), E)


@pytest.mark.parametrize("what", ["KeyedVectors", "Word2Vec"])
def test_gensims_own_files_are_refused_with_the_way_out(gensim, what, tmp_path):
    path = str(tmp_path / "m.model")
    if what == "KeyedVectors":
        embedding(["a", "b"]).to_gensim().save(path)
    else:
        gensim.Word2Vec([["a", "b"]] * 9, vector_size=4, min_count=1, workers=1).save(path)
    with pytest.raises(FolderError, match="save_word2vec_format"):
        formats.load(path)


def test_there_and_back_through_gensim(gensim):
    E = embedding(PLAIN)
    keyed = E.to_gensim()
    assert type(keyed) is gensim.KeyedVectors
    same(keyed, E)
    assert keyed.get_vecattr("of", "count") == E.get_vecattr("of", "count")
    back = Embedding.from_gensim(keyed)
    same(back, E)
    np.testing.assert_array_equal(back.vocabulary.counts, E.vocabulary.counts)
    keyed.vectors[0] = 0  # its vectors are its own
    assert E.vectors[0].any()


def test_counts_that_gensim_made_up_are_not_taken_over(gensim, tmp_path):
    path = formats.save(embedding(["a", "b", "c"]), tmp_path / "v.bin")
    keyed = gensim.KeyedVectors.load_word2vec_format(str(path), binary=True)
    assert keyed.get_vecattr("a", "count") == 3
    assert not Embedding.from_gensim(keyed).vocabulary.counts.any()


@pytest.mark.parametrize("kind", ["Word2Vec", "FastText", "Doc2Vec", "KeyedVectors", "FastTextKeyedVectors"])
def test_what_gensim_saved_is_read_in_the_way_that_the_error_names(kind, gensim, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    texts = [["a", "b", "c"], ["a", "b"]] * 9
    how = {"vector_size": 4, "min_count": 1, "workers": 1, "seed": 1}
    if kind == "Doc2Vec":
        tagged = [gensim.doc2vec.TaggedDocument(text, [n]) for n, text in enumerate(texts)]
        saved = gensim.Doc2Vec(tagged, **how)
    else:
        model = gensim.FastText if kind.startswith("Fast") else gensim.Word2Vec
        saved = model(texts, **how)
        saved = saved.wv if kind.endswith("KeyedVectors") else saved
    saved.save("a model's")
    with pytest.raises(FolderError, match="gensim's own format") as refused:
        formats.load("a model's")
    advice = str(refused.value).split("in gensim, ")[1]
    exec(advice, vars(gensim).copy())
    same(getattr(saved, "wv", saved), formats.load("vectors.bin"))


def test_a_trained_word2vec_is_taken_over(gensim):
    model = gensim.Word2Vec([["a", "b", "c"], ["a", "b"]] * 9, vector_size=4, min_count=1, workers=1, seed=1)
    E = Embedding.from_gensim(model)
    same(model.wv, E)
    assert E.get_vecattr("a", "count") == 18


# --- KeyedVectors against gensim's ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pair(gensim):
    rng = np.random.default_rng(3)
    words = [f"w{i}" for i in range(800)]
    vectors = rng.standard_normal((800, 50)).astype(np.float32) * rng.lognormal(size=(800, 1)).astype(np.float32)
    vectors[400:430] = vectors[20]  # ties
    vectors[500:503] = 2 * vectors[30]
    E = Embedding.from_vectors(words, vectors, counts=np.arange(800, 0, -1) * 3)
    return E, E.to_gensim()


def same_answers(ours, theirs, tolerance=2e-6):
    """Same values, and the same words wherever values differ by more than rounding."""
    assert len(ours) == len(theirs)
    if not ours:
        return
    values = np.array([value for _, value in ours])
    np.testing.assert_allclose(values, [value for _, value in theirs], atol=tolerance, rtol=tolerance)
    edges = np.flatnonzero(np.diff(values) < -2 * tolerance) + 1
    for one, other in zip(
        np.split(np.array(ours, object), edges), np.split(np.array(theirs, object), edges), strict=True
    ):
        if one[-1][0] != ours[-1][0]:  # the last group may be cut anywhere
            assert set(one[:, 0]) == set(other[:, 0])


CALLS = {
    "one": {"positive": "w3"},
    "analogy": {"positive": ["w3", "w5"], "negative": ["w9"]},
    "ties": {"positive": ["w20"], "topn": 60},
    "tied word": {"positive": ["w410"], "topn": 20},
    "rows": {"positive": [3, 5], "negative": [9]},
    "weights": {"positive": [("w3", 0.5), ("w5", 2.0)], "negative": [("w9", -0.25)]},
    "restrict": {"positive": ["w3", "w5"], "negative": ["w700"], "restrict_vocab": 100},
    "clip": {"positive": ["w3"], "clip_start": 100, "clip_end": 200},
    "all": {"positive": ["w3"], "topn": 5000},
    "none": {"positive": ["w3"], "topn": 0},
    "same twice": {"positive": ["w3", "w3"], "negative": ["w3"]},
    "negative only": {"negative": ["w3"], "topn": 7},
}


@pytest.mark.parametrize("call", CALLS)
def test_most_similar_is_gensims(pair, call):
    E, keyed = pair
    same_answers(E.most_similar(**CALLS[call]), keyed.most_similar(**CALLS[call]))


def test_most_similar_by_vector_and_of_all_is_gensims(pair):
    E, keyed = pair
    vector = np.random.default_rng(1).standard_normal(50).astype(np.float32)
    same_answers(E.most_similar([vector, "w3"]), keyed.most_similar([vector, "w3"]))
    same_answers(E.similar_by_vector(vector, topn=30), keyed.similar_by_vector(vector, topn=30))
    same_answers(E.similar_by_word("w7", topn=30), keyed.similar_by_word("w7", topn=30))
    np.testing.assert_allclose(E.most_similar("w3", topn=None), keyed.most_similar("w3", topn=None), atol=2e-6)


@pytest.mark.parametrize("call", ["one", "analogy", "ties", "all", "same twice"])
def test_cosmul_is_gensims(pair, call):
    E, keyed = pair
    same_answers(E.most_similar_cosmul(**CALLS[call]), keyed.most_similar_cosmul(**CALLS[call]), tolerance=1e-5)


def test_cosmul_by_vector_is_gensims(pair):
    E, keyed = pair
    vector = np.random.default_rng(1).standard_normal(50).astype(np.float32)
    vector /= np.linalg.norm(vector)
    call = {"positive": [vector, "w3"], "negative": ["w8"], "topn": 20}
    same_answers(E.most_similar_cosmul(**call), keyed.most_similar_cosmul(**call), tolerance=1e-5)


def test_the_other_questions_are_answered_as_by_gensim(pair):
    E, keyed = pair
    near = {"abs": 2e-6}
    for one, other in [("w3", "w9"), ("w20", "w405"), ("w30", "w501"), ("w799", "w0")]:
        assert E.similarity(one, other) == pytest.approx(float(keyed.similarity(one, other)), **near)
        assert E.distance(one, other) == pytest.approx(float(keyed.distance(one, other)), **near)
    for one, other in [("w3", "w9"), ("w700", "w2"), ("w9", "w9")]:
        assert E.rank(one, other) == keyed.rank(one, other)
        assert E.closer_than(one, other) == keyed.closer_than(one, other)
    np.testing.assert_allclose(E.distances("w3"), keyed.distances("w3"), **{"atol": 2e-6})
    np.testing.assert_allclose(E.distances("w3", ["w4", "w5"]), keyed.distances("w3", ["w4", "w5"]), atol=2e-6)
    sets = (["w1", "w2", "unknown"], ["w3", "w4", "w5"])
    assert E.n_similarity(*sets) == pytest.approx(float(keyed.n_similarity(*sets)), **near)
    for words in (["w1", "w2", "w3", "w4"], ["w20", "w401", "w402", "w7"], ["w5", "unknown", "w6", "w8"]):
        assert E.doesnt_match(words) == keyed.doesnt_match(words)


def test_word2vecs_format_is_written_as_by_gensim(gensim, tmp_path):
    counted = embedding(PLAIN)
    shuffled = np.random.default_rng(1).permutation(len(PLAIN))
    for words in (PLAIN, [PLAIN[row] for row in shuffled]):
        E = Embedding.from_vectors(words, counted.vectors, counts=counted.vocabulary.counts[shuffled])
        ours, theirs = tmp_path / "ours", tmp_path / "theirs"
        E.save_word2vec_format(ours, binary=True)
        E.to_gensim().save_word2vec_format(str(theirs), binary=True)
        assert ours.read_bytes() == theirs.read_bytes()
        E.save_word2vec_format(ours)
        E.to_gensim().save_word2vec_format(str(theirs))
        one, other = (
            gensim.KeyedVectors.load_word2vec_format(str(path), unicode_errors="strict") for path in (ours, theirs)
        )
        assert list(one.index_to_key) == list(other.index_to_key)
        np.testing.assert_array_equal(one.vectors, other.vectors)


def test_every_name_of_gensims_is_ours_or_led_to_gensim(pair):
    E, keyed = pair
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = {name for name in dir(type(keyed)) if not name.startswith("_")}
    inside = {"add_lifecycle_event"}  # of gensim's own files
    missing = {name for name in names if not hasattr(E, name)}
    assert missing == set(ONLY_GENSIM) | set(SHORTER) | inside


@pytest.mark.parametrize("options", [{}, {"pre_normalize": False}, {"post_normalize": True}, {"weights": [2, -1, 0.5]}])
def test_means_are_gensims(pair, options):
    E, keyed = pair
    for keys in (["w1", "w2", "w3"], ["w1", "unknown", 3], [np.ones(50, np.float32), "w2", "w3"]):
        np.testing.assert_allclose(
            E.get_mean_vector(keys, **options), keyed.get_mean_vector(keys, **options), atol=1e-5
        )


def test_vectors_and_rows_are_gensims(pair):
    E, keyed = pair
    for norm in (False, True):
        np.testing.assert_allclose(E.get_vector("w3", norm=norm), keyed.get_vector("w3", norm=norm), rtol=1e-6)
    np.testing.assert_allclose(E.unit_vectors, keyed.get_normed_vectors(), rtol=1e-6)
    assert dict(E.key_to_index) == keyed.key_to_index
    assert E.vector_size == keyed.vector_size
    for key in ("w3", "unknown", "w799", "w800"):
        assert (key in E) == (key in keyed)
        assert E.key_to_index.get(key, -1) == keyed.get_index(key, -1)
    assert E.get_vecattr("w3", "count") == keyed.get_vecattr("w3", "count")


@pytest.mark.parametrize("options", [{}, {"case_insensitive": False}, {"dummy4unknown": True}, {"restrict_vocab": 120}])
def test_analogies_are_scored_as_by_gensim(gensim, options, tmp_path):
    rng = np.random.default_rng(5)
    words = [spelling for i in range(60) for spelling in (f"word{i}", f"Word{i}", f"other{i}")]
    base = rng.standard_normal((60, 1, 10)) + 0.3 * rng.standard_normal((60, 3, 10))
    base[:, 2] += 2 * np.eye(10)[0]
    E = Embedding.from_vectors(words, base.reshape(180, 10).astype(np.float32))
    lines = [": one"]
    for i in range(200):
        a, b = rng.choice(70, 2, replace=False)  # ten of seventy are unknown
        lines += [f"Word{a} other{a} word{b} Other{b}"] + ([": two"] if i == 99 else [])
    (tmp_path / "q.txt").write_text("\n".join(lines) + "\n")
    score, sections = E.evaluate_word_analogies(tmp_path / "q.txt", **options)
    theirs, their_sections = E.to_gensim().evaluate_word_analogies(str(tmp_path / "q.txt"), **options)
    assert score == theirs
    assert sections == their_sections
    if options.get("case_insensitive", True):
        assert 0 < score < 1


@pytest.mark.parametrize("options", [{}, {"dummy4unknown": True}, {"restrict_vocab": 300}])
def test_pairs_are_scored_as_by_gensim(pair, options, tmp_path):
    E, keyed = pair
    rng = np.random.default_rng(6)
    lines = [f"w{a}\tW{b}\t{x:.3f}" for a, b, x in zip(*rng.integers(0, 900, (2, 200)), rng.random(200), strict=True)]
    (tmp_path / "p.tsv").write_text("\n".join(lines) + "\n")
    pearson, spearman, unknown = E.evaluate_word_pairs(tmp_path / "p.tsv", **options)
    theirs = keyed.evaluate_word_pairs(str(tmp_path / "p.tsv"), **options)
    assert pearson == pytest.approx(tuple(theirs[0]), abs=1e-6)
    assert spearman == pytest.approx(tuple(theirs[1]), abs=1e-3)  # float32 ties fall differently
    if not options.get("dummy4unknown"):  # gensim then divides by the pairs without the unknown ones twice
        assert unknown == pytest.approx(theirs[2])


# --- model2vec and safetensors --------------------------------------------------------------------------------------

HOSTILE = [
    "plain",
    "New York",
    "",
    " ",
    "\u00a0",
    "tab\t",
    "line\nbreak",
    "<script>",
    "[UNK]",
    "nul\0",
    '"q"',
    "\\",
    "x" * 10_000,
]


def test_model2vec_loads_what_we_write(model2vec, tmp_path):
    words = ["the", "king", "don_t", "日本"]
    E = embedding(words)
    formats.save(E, tmp_path / "m", format="safetensors")
    model = model2vec.StaticModel.from_pretrained(tmp_path / "m")
    assert list(model.tokens)[:-1] == words
    np.testing.assert_array_equal(model.embedding[:-1], E.vectors)
    expected = (E["the"] + E["king"]) / 2
    np.testing.assert_allclose(model.encode("The KING, unknown!"), expected, atol=1e-6)
    np.testing.assert_array_equal(model.encode("nothing known"), np.zeros(20))
    for word in words:
        np.testing.assert_allclose(model.encode(word), E[word], atol=1e-6)


def test_model2vec_does_not_cut_long_texts_of_ours(model2vec, tmp_path):
    E = embedding(["a", "b"])
    formats.save(E, tmp_path / "m", format="safetensors")
    model = model2vec.StaticModel.from_pretrained(tmp_path / "m")
    text = "a " * 5000 + "b " * 15000
    np.testing.assert_allclose(model.encode(text), 0.25 * E["a"] + 0.75 * E["b"], atol=1e-4)


@pytest.mark.parametrize(("word", "text"), [("c++", "i like c++ a"), ("don't", "(don't)"), ("co-op", "the co-op.")])
def test_model2vec_finds_words_with_punctuation(model2vec, word, text, tmp_path):
    E = embedding([word, "words"])
    formats.save(E, tmp_path / "m", format="safetensors")
    np.testing.assert_allclose(model2vec.StaticModel.from_pretrained(tmp_path / "m").encode(text), E[word], atol=1e-6)


def test_model2vec_loads_hostile_words_and_gives_them_back(model2vec, tmp_path):
    E = embedding(HOSTILE)
    formats.save(E, tmp_path / "m", format="safetensors")
    model = model2vec.StaticModel.from_pretrained(tmp_path / "m")
    assert list(model.tokens)[:-1] == HOSTILE
    model.save_pretrained(tmp_path / "again")
    for folder in ("m", "again"):
        back = formats.load(tmp_path / folder)
        assert list(back.words) == HOSTILE
        np.testing.assert_array_equal(back.vectors, E.vectors)


@pytest.mark.parametrize("how", ["as it is", "float16", "clusters"])
def test_we_read_what_model2vec_writes(model2vec, how, tmp_path):
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.pre_tokenizers import Whitespace

    vocabulary = {"[PAD]": 0, "[UNK]": 1, "king": 2, "##dom": 3, "queen": 4}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((3 if how == "clusters" else 5, 6)).astype(
        np.float16 if how == "float16" else np.float32
    )
    extra = {"token_mapping": np.array([0, 1, 2, 1, 0]), "weights": rng.random(5)} if how == "clusters" else {}
    model = model2vec.StaticModel(vectors, tokenizer, **extra)
    model.save_pretrained(tmp_path / "m")
    E = formats.load(tmp_path / "m")
    assert list(E.words) == list(vocabulary)
    for word in ("king", "queen"):
        np.testing.assert_allclose(E[word], model.encode(word), rtol=1e-3)


def test_safetensors_itself_reads_what_we_write(tmp_path):
    numpy = pytest.importorskip("safetensors.numpy")
    E = embedding(["a", "b"])
    formats.save(E, tmp_path / "m", format="safetensors")
    tensors = numpy.load_file(tmp_path / "m" / "model.safetensors")
    np.testing.assert_array_equal(tensors["embeddings"], np.vstack([E.vectors, np.zeros((1, 20), np.float32)]))
    np.testing.assert_array_equal(tensors["counts"], E.vocabulary.counts)


def test_the_hub_reads_the_model_card(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hub = pytest.importorskip("huggingface_hub")
    formats.save(embedding(["a", "b"]), tmp_path / "m", format="safetensors")
    card = hub.ModelCard.load(tmp_path / "m" / "README.md")
    assert card.data.library_name == "model2vec"
    assert "static-embeddings" in card.data.tags


def test_parquet_is_read_by_arrow_as_a_table_of_vectors(tmp_path):
    from pyarrow import parquet

    E = embedding(HOSTILE)
    table = parquet.read_table(formats.save(E, tmp_path / "v.parquet"))
    assert table.column_names == ["token", "count", "vector"]
    assert table["token"].to_pylist() == HOSTILE
    assert table.schema.field("vector").type.list_size == 20


def test_tokenizer_json_is_what_tokenizers_would_write(tmp_path):
    tokenizers = pytest.importorskip("tokenizers")
    formats.save(embedding(["don't", "b"]), tmp_path / "m", format="safetensors")
    path = tmp_path / "m" / "tokenizer.json"
    theirs = json.loads(tokenizers.Tokenizer.from_file(str(path)).to_str())
    assert theirs == json.loads(path.read_text())


def test_gensim_reads_our_fasttext_model_and_spells_as_we_do(tmp_path, gensim):
    from gensim.models.fasttext import load_facebook_vectors

    rng = np.random.default_rng(0)
    words = [a + b + end for a in ("tea", "cup", "caf\u00e9") for b in "klmnprst" for end in ("", "s", "ing", "ed")]
    counts = np.sort(rng.integers(1, 20, len(words)))[::-1].copy()  # with ties
    S = spell(Embedding.from_vectors(words, rng.standard_normal((len(words), 20)), counts=counts))
    theirs = load_facebook_vectors(str(formats.save(S, tmp_path / "model.bin", "fasttext-bin")))
    assert list(theirs.index_to_key) == list(S.words)
    np.testing.assert_allclose(theirs.vectors, S.vectors, atol=1e-5)
    for string in ("teaking", "caf\u00e9", "cupx"):
        np.testing.assert_allclose(theirs[string], S.vector(string, unknown="subword"), atol=1e-6)


def test_we_read_a_fasttext_model_that_gensim_trained(tmp_path, gensim):
    from gensim.models.fasttext import load_facebook_vectors, save_facebook_model

    texts = [["tea", "teas", "cup", "cups", "drink", "drinking"][i % 3 :] for i in range(60)]
    model = gensim.FastText(texts, vector_size=8, min_count=1, bucket=500, epochs=2, min_n=2, max_n=4, workers=1)
    save_facebook_model(model, str(tmp_path / "model.bin"))
    ours, theirs = formats.load(tmp_path / "model.bin"), load_facebook_vectors(str(tmp_path / "model.bin"))
    for word in theirs.index_to_key:
        np.testing.assert_allclose(ours[word], theirs[word], atol=1e-6)
    np.testing.assert_allclose(ours.vector("teacup", unknown="subword"), theirs["teacup"], atol=1e-6)
