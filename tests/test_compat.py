"""The doors of gensim's and scikit-learn's names: each argument arrives, or is refused by name."""

from __future__ import annotations

import copy
import pickle
import re
import warnings
from dataclasses import fields

import numpy as np
import pytest

import solve2vec
from solve2vec import compat
from solve2vec.compat import DEFAULTS, translate, word2vec
from solve2vec.cooccurrence.window import Window
from solve2vec.core.errors import InputError
from solve2vec.core.gensim import ARGUMENTS, in_our_names
from solve2vec.embedding.embedding import Embedding
from solve2vec.recipe import Recipe, fit
from solve2vec.target.formula import Formula

REFUSED = {name: argument.why for name, argument in ARGUMENTS.items() if argument.default is ...}
ONLY_AS_IN_GENSIM = {
    name: (argument.default, argument.why)
    for name, argument in ARGUMENTS.items()
    if name not in DEFAULTS and name not in REFUSED
}
SENTENCES = [
    ["the", "king", "rules", "the", "land"],
    ["the", "queen", "rules", "the", "land"],
    ["a", "dog", "barks", "at", "a", "cat"],
    ["a", "cat", "runs", "from", "a", "dog"],
] * 10


def test_gensims_defaults_become_ours():
    assert translate(sentences=SENTENCES) == {
        "source": SENTENCES,
        "dim": 100,
        "min_count": 5,
        "window": Window(size=5, weighting="linear"),
        "formula": Formula(kind="mstar", negatives=5, context_smoothing=0.75, subsample=1e-3),
        "seed": 1,
        "token_pattern": "whitespace",
        "lowercase": False,
        "unicode_form": "none",
    }


@pytest.mark.parametrize(
    ("asked", "made"),
    [
        ({"vector_size": np.int64(7)}, {"dim": 7}),
        ({"window": 9, "shrink_windows": False}, {"window": Window(size=9, weighting="flat")}),
        ({"min_count": 0}, {"min_count": 1}),
        ({"min_count": 3}, {"min_count": 3}),
        ({"max_final_vocab": 50}, {"max_vocab": 50}),
        ({"workers": 3}, {"threads": 3}),
        ({"seed": 9}, {"seed": 9}),
        ({"sample": None}, {"formula": Formula(negatives=5, context_smoothing=0.75, subsample=None)}),
        ({"sample": 0, "negative": 2, "ns_exponent": 1}, {"formula": Formula(negatives=2, context_smoothing=1)}),
        ({"sg": 1, "hs": 0, "callbacks": [], "trim_rule": None, "compute_loss": False, "sorted_vocab": 1}, {}),
    ],
)
def test_each_argument_arrives(asked, made):
    assert translate(sentences=SENTENCES, **asked) == {**translate(sentences=SENTENCES), **made}


def test_a_corpus_file_is_split_as_gensim_splits_it():
    made = translate(corpus_file="text8")
    assert {name: made[name] for name in ("source", "token_pattern", "lowercase", "unicode_form")} == {
        "source": "text8",
        "token_pattern": "whitespace",
        "lowercase": False,
        "unicode_form": "none",
    }


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_meaning_here_is_refused_even_at_gensims_default(name):
    with pytest.raises(InputError, match=f"^{name}=5 cannot be honoured: {REFUSED[name][:20]}"):
        translate(sentences=SENTENCES, **{name: 5})


@pytest.mark.parametrize("name", ONLY_AS_IN_GENSIM)
def test_what_asks_for_something_we_lack_is_refused_and_its_default_is_not(name):
    default, _ = ONLY_AS_IN_GENSIM[name]
    assert translate(sentences=SENTENCES, **{name: default}) == translate(sentences=SENTENCES)
    with pytest.raises(InputError, match=f"^{name}=.* cannot be honoured|^sg must be 0 or 1"):
        translate(sentences=SENTENCES, **{name: "something"})


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"sg": 0}, "sg=0 cannot be honoured: CBOW has no closed form"),
        ({"negative": 0}, "negative must be at least 1, got 0: hierarchical softmax"),
        ({"negative": "5"}, "negative must be a number, got '5'"),
        ({"negative": None}, "negative must be a number, got None"),
        ({"ns_exponent": "0.75"}, "ns_exponent must be a number, got '0.75'"),
        ({"sample": "1e-3"}, "sample must be a number, got '1e-3'"),
        ({"callbacks": [print]}, "callbacks"),
        ({"ns_exponent": 0}, "ns_exponent must be above 0 and at most 1, got 0"),
        ({"ns_exponent": -0.5}, "ns_exponent must be above 0 and at most 1, got -0.5"),
        ({"sample": -1}, "sample must be 0 or more, got -1"),
        ({"sample": float("nan")}, "sample must be a finite number, 0 or more, got nan"),
        ({"vector_size": 0}, "vector_size must be at least 1, got 0"),
        ({"vector_size": 10.5}, "vector_size must be a whole number, got 10.5"),
        ({"window": True}, "window must be a whole number, got True"),
        ({"workers": 0}, "workers must be at least 1, got 0"),
        ({"max_final_vocab": 0}, "max_final_vocab must be at least 1, got 0"),
        ({"vectorsize": 10}, "did you mean 'vector_size'"),
        ({"size": 10}, "vector_size"),
        ({"dim": 10}, "has no argument 'dim'; it calls it vector_size"),
        ({"sg": 2}, "sg must be 0 or 1, got 2: 1 is skip-gram, 0 CBOW"),
        ({"shrink_windows": "no"}, "shrink_windows must be 0 or 1, got 'no'"),
        ({"zzz": 10}, "no argument 'zzz'; arguments: sentences, "),
    ],
)
def test_a_value_that_cannot_be_honoured_is_refused_by_name(asked, message):
    with pytest.raises(InputError, match=message):
        translate(sentences=SENTENCES, **asked)


def test_one_source_is_needed():
    for both in ({}, {"sentences": SENTENCES, "corpus_file": "x"}):
        with pytest.raises(InputError, match="sentences or corpus_file"):
            translate(**both)
    with pytest.raises(InputError, match="give lists of words or a list of texts, or corpus_file="):
        translate(sentences="text8")


def test_word2vec_is_fit_with_these_arguments():
    E = word2vec(SENTENCES, vector_size=3, window=2, min_count=1, sample=0, negative=1, workers=1)
    expected = fit(
        SENTENCES, 3, window=Window(2, "linear"), min_count=1, seed=1, threads=1,
        formula=Formula(negatives=1.0, context_smoothing=0.75),
    )  # fmt: skip
    assert isinstance(E, Embedding)
    assert E.fingerprint == expected.fingerprint
    assert E.vector_size == 3


def test_texts_are_split_as_the_lines_of_a_file(tmp_path):
    texts = ["The  cat's\tpaw", "New-York, U.S. éte\u0301"] * 10
    (tmp_path / "text").write_text("\n".join(texts), encoding="utf-8")
    options = {"vector_size": 1, "min_count": 1, "sample": 0, "negative": 1}
    made = [word2vec(source, **options) for source in (texts, iter(texts), [text.split() for text in texts])] + [
        word2vec(corpus_file=tmp_path / "text", **options)
    ]
    assert set(made[0].words) == {"The", "cat's", "paw", "New-York,", "U.S.", "éte\u0301"}
    assert len({E.fingerprint for E in made}) == 1


def test_word2vec_reads_a_generator_and_a_file_alike(tmp_path):
    (tmp_path / "text").write_text("".join(" ".join(sentence) + "\n" for sentence in SENTENCES))
    options = {"vector_size": 2, "min_count": 1, "sample": 0, "negative": 1}
    one = word2vec((sentence for sentence in SENTENCES), **options)
    other = word2vec(corpus_file=tmp_path / "text", **options)
    assert one.fingerprint == other.fingerprint


def test_every_argument_of_gensims_constructor_is_honoured_or_refused():
    inspect = pytest.importorskip("inspect")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gensim = pytest.importorskip("gensim.models")
    theirs = inspect.signature(gensim.Word2Vec.__init__).parameters
    known = {*DEFAULTS, *REFUSED, *ONLY_AS_IN_GENSIM}
    assert set(theirs) - {"self"} <= known
    assert known - set(theirs) == {"iter"}
    for name in {*DEFAULTS} - {"workers"}:
        assert DEFAULTS[name] == theirs[name].default
    for name, (default, _) in ONLY_AS_IN_GENSIM.items():
        assert default == theirs[name].default or name == "sg"


def test_the_table_names_every_argument():
    for name in {*DEFAULTS, *REFUSED, *ONLY_AS_IN_GENSIM}:
        assert name in compat.models.__doc__


# --- gensim's classes -----------------------------------------------------------------------------------------------

COMMON_TEXTS = [  # the example of gensim's documentation
    ["human", "interface", "computer"], ["survey", "user", "computer", "system", "response", "time"],
    ["eps", "user", "interface", "system"], ["system", "human", "system", "eps"], ["user", "response", "time"],
    ["trees"], ["graph", "trees"], ["graph", "minors", "trees"], ["graph", "minors", "survey"],
]  # fmt: skip


def test_the_first_example_of_gensims_documentation_runs_after_one_sentence(tmp_path):
    arguments = {"sentences": COMMON_TEXTS, "window": 5, "min_count": 1, "workers": 4}
    with pytest.raises(InputError, match=r"^vector_size=100 is more than this text can fill") as refused:
        compat.Word2Vec(**arguments, vector_size=100)
    size = int(re.search(r"use vector_size=(\d+) or less", str(refused.value))[1])
    for name in ("size_", "dim"):
        with pytest.raises(InputError, match="vector_size"):
            compat.Word2Vec(**arguments, **{name: size})
    model = compat.Word2Vec(**arguments, vector_size=size)
    model.save(tmp_path / "word2vec.model")
    model = compat.Word2Vec.load(tmp_path / "word2vec.model")
    with pytest.raises(AttributeError, match="train is not offered here: an embedding is solved"):
        model.train([["hello", "world"]], total_examples=1, epochs=1)
    vector, similar = model.wv["computer"], model.wv.most_similar("computer", topn=10)
    assert vector.shape == (size,) and len(similar) == 10
    model.wv.save(tmp_path / "word2vec.wordvectors")
    vectors = compat.KeyedVectors.load(tmp_path / "word2vec.wordvectors", mmap="r")
    np.testing.assert_array_equal(vectors["computer"], vector)
    assert vectors.most_similar("computer", topn=10) == similar


def test_vectors_that_grow_answer_as_an_embedding_of_what_is_there():
    rng = np.random.default_rng(0)
    words, rows = [f"w{i}" for i in range(20)], rng.standard_normal((20, 5)).astype(np.float32)
    grown = compat.KeyedVectors(vector_size=5)
    assert len(grown) == 0 and grown.vectors.shape == (0, 5) and "w0" not in grown
    assert grown.add_vectors(words[:3], rows[:3], extras={"count": [5, 9, 7]}) == [0, 1, 2]
    assert grown.add_vector("w3", rows[3]) == 3
    grown[words[4:]] = rows[4:]
    expected = Embedding.from_vectors(words, rows)
    assert grown.most_similar("w3", topn=19) == expected.most_similar("w3", topn=19)
    assert list(grown) == grown.index_to_key == words and "w7" in grown and 19 in grown and 20 not in grown
    before = grown.embedding
    grown.add_vectors("w0", rows[1])  # keeps what is there
    np.testing.assert_array_equal(grown["w0"], rows[0])
    grown.add_vectors("w0", rows[1], replace=True)
    grown[1] = rows[0]
    np.testing.assert_array_equal(grown[["w0", "w1"]], rows[[1, 0]])
    assert [grown.get_vecattr(word, "count") for word in words[:4]] == [5, 9, 7, 0]
    np.testing.assert_array_equal(before["w0"], rows[0])  # what was handed out has not changed
    grown.set_vecattr("w3", "count", 8)
    grown.sort_by_descending_frequency()
    assert grown.index_to_key[:4] == ["w1", "w3", "w2", "w0"]
    np.testing.assert_array_equal(grown["w3"], rows[3])
    grown.unit_normalize_all()
    np.testing.assert_allclose(np.linalg.norm(grown.vectors, axis=1), 1, rtol=1e-6)
    copied = copy.deepcopy(grown)
    copied["w0"] = rows[5]
    assert not np.array_equal(copied["w0"], grown["w0"])


@pytest.mark.parametrize(
    ("keys", "weights", "message"),
    [
        (["a", "b"], np.ones((1, 3)), r"2 words but vectors of shape \(1, 3\): they need \(2, 3\)"),
        (["a"], np.ones((1, 2)), r"they need \(1, 3\)"),
        (["a"], [[1, np.nan, 1]], "the vector of 'a' is not finite"),
        ([("a",)], np.ones((1, 3)), "is not a word"),
    ],
)
def test_what_cannot_be_added_changes_nothing(keys, weights, message):
    grown = compat.KeyedVectors(3)
    grown["there"] = [1, 2, 3]
    with pytest.raises(InputError, match=message):
        grown.add_vectors(keys, weights)
    assert grown.index_to_key == ["there"] and grown["there"].tolist() == [1, 2, 3]


# --- fit and the trainers -------------------------------------------------------------------------------------------


def test_fit_takes_gensims_names():
    theirs = fit(SENTENCES, vector_size=2, window=2, min_count=1, sample=1e-2, negative=2, ns_exponent=0.75, workers=1,
                 shrink_windows=True, max_final_vocab=8, sg=1, hs=0)  # fmt: skip
    ours = fit(SENTENCES, 2, size=2, min_count=1, subsample=1e-2, negatives=2, context_smoothing=0.75, threads=1,
               weighting="linear", max_vocab=8)  # fmt: skip
    assert theirs.fingerprint == ours.fingerprint
    assert str(theirs.lineage) == str(ours.lineage)


def test_a_recipe_takes_a_window_as_a_number_or_as_an_object():
    assert Recipe.of(window=5) == Recipe.of(size=5) == Recipe.of(window=Window(5))
    assert Recipe.of(window="document").window.size == "document"


def test_trainers_take_gensims_names():
    corpus = solve2vec.encode(SENTENCES, selection=solve2vec.VocabularyOptions(min_count=1))
    theirs = solve2vec.sgns.train(corpus, window=3, vector_size=2, alpha=0.05, min_alpha=0.01, iter=2, sample=0,
                                  negative=3, ns_exponent=0.5, threads=1)  # fmt: skip
    ours = solve2vec.sgns.train(corpus, window=Window(3, "linear"), dim=2, learning_rate=0.05,
                                final_learning_rate=0.01, epochs=2, subsample=None, negatives=3, context_smoothing=0.5,
                                threads=1)  # fmt: skip
    assert theirs.embedding.fingerprint == ours.embedding.fingerprint


@pytest.mark.parametrize("name", [name for name in ARGUMENTS if ARGUMENTS[name].ours not in ("", name)])
def test_no_option_is_given_by_two_names(name):
    with pytest.raises(InputError, match=f"^{ARGUMENTS[name].ours} is given twice, once as {name}: give it once"):
        in_our_names({name: 1, ARGUMENTS[name].ours: 1}, trains=True)


# --- scikit-learn ---------------------------------------------------------------------------------------------------

TEXTS = [" ".join(sentence) for sentence in SENTENCES]


@pytest.fixture(scope="module")
def WordEmbedder():
    pytest.importorskip("sklearn")
    from solve2vec.sklearn import WordEmbedder

    return WordEmbedder


@pytest.fixture
def embedder(WordEmbedder):
    return WordEmbedder(dim=2, min_count=1, threads=1)


@pytest.fixture
def means(WordEmbedder):
    return WordEmbedder(dim=2, min_count=1, threads=1, smoothing=None, components=0)


def test_the_estimators_defaults_are_the_recipes(WordEmbedder):
    recipe = Recipe()
    ours = WordEmbedder().get_params()
    theirs = {field.name: getattr(getattr(recipe, part.name), field.name) for part in fields(recipe)
              for field in fields(getattr(recipe, part.name))}  # fmt: skip
    assert {name: value for name, value in ours.items() if name in theirs} == {
        name: theirs[name] for name in ours if name in theirs
    }
    assert set(ours) - set(theirs) == {"dim", "power", "smoothing", "components", "threads"}


def test_a_document_is_the_mean_of_its_words(means):
    vectors = means.fit(TEXTS).transform(["The KING, rules!", "dog dog cat", "zebra", ""])
    E = means.embedding_
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors[0], (E["the"] + E["king"] + E["rules"]) / 3, atol=1e-6)
    np.testing.assert_allclose(vectors[1], (2 * E["dog"] + E["cat"]) / 3, atol=1e-6)
    np.testing.assert_array_equal(vectors[2:], np.zeros((2, 2)))


def test_new_documents_are_embedded_by_what_the_old_ones_taught(embedder):
    from solve2vec import embed_documents

    learned = embed_documents((fitted := embedder.fit(TEXTS)).embedding_, TEXTS)
    np.testing.assert_array_equal(fitted.directions_, learned.directions)
    new = embed_documents(fitted.embedding_, TEXTS[:1], directions=learned.directions)
    np.testing.assert_array_equal(fitted.transform(TEXTS[:1]), new.vectors)


def test_texts_and_lists_of_tokens_are_alike(embedder, WordEmbedder):
    by_tokens = WordEmbedder(dim=2, min_count=1, threads=1).fit(SENTENCES)
    embedder.fit(TEXTS)
    assert embedder.embedding_.fingerprint == by_tokens.embedding_.fingerprint
    np.testing.assert_array_equal(embedder.transform(TEXTS), by_tokens.transform(SENTENCES))
    assert embedder.transform([]).shape == (0, 2)


def test_fit_transform_is_fit_then_transform_and_fitting_twice_changes_nothing(embedder):
    first = embedder.fit_transform(TEXTS)
    np.testing.assert_array_equal(embedder.transform(TEXTS), first)
    np.testing.assert_array_equal(embedder.fit(np.array(TEXTS, dtype=object)).transform(TEXTS), first)


def test_names_clone_and_pickle(embedder):
    from sklearn.base import clone
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError):
        embedder.transform(TEXTS)
    embedder.fit(TEXTS)
    assert embedder.get_feature_names_out().tolist() == ["wordembedder0", "wordembedder1"]
    assert clone(embedder).get_params() == embedder.get_params()
    again = pickle.loads(pickle.dumps(embedder))
    np.testing.assert_array_equal(again.transform(TEXTS), embedder.transform(TEXTS))


def test_it_works_in_a_pipeline_and_a_search(WordEmbedder):
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline

    y = [0, 0, 1, 1] * 10
    pipeline = make_pipeline(WordEmbedder(min_count=1, threads=1), LogisticRegression())
    search = GridSearchCV(pipeline, {"wordembedder__dim": [1, 2], "wordembedder__size": [2, "document"]}, cv=2)
    search.fit(TEXTS, y)
    assert search.best_score_ == 1
    assert set(search.predict(["the king", "the dog barks"])) == {0, 1}


def test_what_is_not_a_list_of_documents_is_refused(embedder):
    for wrong in ("one text", 5, [5, 6]):
        with pytest.raises(InputError):
            embedder.fit(wrong)
    with pytest.raises(InputError, match="kind must be"):
        embedder.set_params(kind="nothing").fit(TEXTS)


def test_a_table_or_a_mapping_is_not_taken_for_its_columns(embedder):
    class Table(list):
        columns = ("text", "price")

    embedder.fit(TEXTS)
    for wrong in (Table(["text", "price"]), {"text": TEXTS}, np.array(TEXTS)[:, None]):
        with pytest.raises(InputError, match="give"):
            embedder.transform(wrong)
        with pytest.raises(InputError, match="give"):
            embedder.fit(wrong)


APPLICABLE = (
    "check_estimator_cloneable",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_get_params_invariance",
    "check_set_params",
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_get_feature_names_out_error",
    "check_estimator_repr",
    "check_mixin_order",
    "check_valid_tag_types",
    "check_estimator_tags_renamed",
)


@pytest.mark.parametrize("name", APPLICABLE)
def test_the_estimator_checks_that_need_no_matrix_pass(name, embedder):
    """The others feed a matrix of numbers: scikit-learn itself skips them for estimators tagged as taking text."""
    from sklearn.utils import estimator_checks

    getattr(estimator_checks, name)("WordEmbedder", embedder)


def test_scikit_learn_runs_on_it_what_it_runs_on_its_own_text_vectorizers(embedder):
    from sklearn.exceptions import SkipTestWarning
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.utils.estimator_checks import check_estimator

    with pytest.warns(SkipTestWarning, match="requires input"):
        ours, theirs = check_estimator(embedder), check_estimator(TfidfVectorizer())
    assert [check["check_name"] for check in ours] == [check["check_name"] for check in theirs]
    assert {check["status"] for check in ours} == {"passed"}
