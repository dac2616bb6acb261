"""Arguments of the wrong kind are told by name and value, before any work."""

from fractions import Fraction

import numpy as np
import pytest

import solve2vec as s2v
from solve2vec.core.errors import InputError, require_numbers, require_positive, require_whole

DOCUMENTS = [
    line.split() for line in ("cats chase mice", "dogs chase cats", "mice eat cheese", "people eat cheese")
] * 5


@pytest.mark.parametrize("value", [3, np.int8(3), np.uint64(3), 10**30])
def test_whole_numbers_of_any_kind_are_whole(value):
    require_whole(n=value)
    require_positive(n=value)


@pytest.mark.parametrize("value", [3.0, np.float32(3), "3", None, True, np.True_, np.array([3]), Fraction(3)])
def test_what_is_not_whole_is_told_by_name(value):
    for require in (require_whole, require_positive):
        with pytest.raises(InputError, match=r"^n must be a whole number, got "):
            require(one=1, n=value)


@pytest.mark.parametrize("value", [3, 0.5, np.int8(3), np.float32(0.5), Fraction(1, 2), float("nan")])
def test_numbers_of_any_kind_are_numbers(value):
    require_numbers(x=value)


@pytest.mark.parametrize("value", ["0.5", None, True, np.True_, np.array([0.5]), 1j])
def test_what_is_no_number_is_told_by_name(value):
    with pytest.raises(InputError, match=r"^x must be a number, got "):
        require_numbers(one=1, x=value)


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda: s2v.VocabularyOptions(min_count=5.5), "min_count must be a whole number, got 5.5"),
        (lambda: s2v.VocabularyOptions(min_count="5"), "min_count must be a whole number, got '5'"),
        (lambda: s2v.VocabularyOptions(max_vocab=1e3), "max_vocab must be a whole number, got 1000.0"),
        (lambda: s2v.Window(size=5.0), "window size must be a whole number .* got 5.0"),
        (lambda: s2v.Formula(shrinkage="0.5"), "shrinkage must be a number, got '0.5'"),
        (lambda: s2v.Formula(shrinkage=None), "shrinkage must be a number, got None"),
        (lambda: s2v.Formula(negatives=True), "negatives must be a number, got True"),
        (lambda: s2v.Formula(context_smoothing="1"), "context_smoothing must be a number, got '1'"),
        (lambda: s2v.Formula(subsample="none"), "subsample must be a number, got 'none'"),
        (lambda: s2v.Formula(floor="0"), "floor must be a number, got '0'"),
        (lambda: s2v.Solver(tolerance="fine"), "tolerance must be a number, got 'fine'"),
        (lambda: s2v.Solver(seed=1.5), "seed must be a whole number, got 1.5"),
        (lambda: s2v.Solver(max_products=1e4), "max_products must be a whole number, got 10000.0"),
        (lambda: s2v.Resampling(replicates=2.5), "replicates must be a whole number, got 2.5"),
        (lambda: s2v.Resampling(shards="9"), "shards must be a whole number, got '9'"),
        (lambda: s2v.Resampling(seed=None), "seed must be a whole number, got None"),
        (lambda: s2v.Resampling(head=2.0), "head must be a whole number, got 2.0"),
        (lambda: s2v.Phrases("npmi", "0.5"), "phrase_threshold must be a number, got '0.5'"),
        (lambda: s2v.Phrases(phrase_count=2.5), "phrase_count must be a whole number, got 2.5"),
        (lambda: s2v.Phrases(phrase_rounds=True), "phrase_rounds must be a whole number, got True"),
        (lambda: s2v.Phrases(phrase_delimiter=None), "phrase_delimiter must be a string, got None"),
        (
            lambda: s2v.Cooccurrence.from_matrix([[0, 3], [3, 0]], ["a", "b"], denominator=2.5),
            "denominator must be a whole number, got 2.5",
        ),
    ],
)
def test_hyperparameters_of_the_wrong_kind_are_told(made, says):
    with pytest.raises(InputError, match=f"^{says}"):
        made()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"dim": 20.0}, "dim must be a whole number, got 20.0"),
        ({"dim": "20"}, "dim must be a whole number, got '20'"),
        ({"power": "x"}, "power must be a number, got 'x'"),
        ({"threads": "2"}, "threads must be a whole number, got '2'"),
        ({"shards": 2.5}, "shards must be a whole number, got 2.5"),
        ({"memory": (1, 2)}, r"memory must be a number, got \(1, 2\)"),
        ({"bootstrap": True, "out": "run"}, "replicates must be a whole number, got True"),
        ({"seed": 1.5}, "seed must be a whole number, got 1.5"),
        ({"vector_size": 2, "dim": 3}, "dim is given twice, once as vector_size"),
        ({"workers": 2, "threads": 2}, "threads is given twice, once as workers"),
        ({"window": 5, "size": 4}, "size is given twice, once as window"),
        ({"window": "wide"}, "window must be a Window, got 'wide'; or give its fields by name: size, weighting"),
        ({"vector_size": 2.5}, "vector_size must be a whole number, got 2.5"),
        ({"epochs": 5}, "epochs=5 cannot be honoured: the closed form takes no steps"),
        ({"sg": 0}, "sg=0 cannot be honoured: CBOW has no closed form"),
    ],
)
def test_fit_refuses_what_it_cannot_use_before_it_reads(options, says):
    def documents():
        raise AssertionError("read")
        yield

    with pytest.raises(InputError, match=f"^{says}"):
        s2v.fit(documents(), **options)


@pytest.fixture(scope="module")
def stages():
    corpus = s2v.encode(DOCUMENTS)
    counts = s2v.count(corpus)
    target = s2v.mstar(counts)
    spectrum = s2v.solve(target, 2)
    return {"corpus": corpus, "counts": counts, "target": target, "spectrum": spectrum, "vectors": s2v.embed(spectrum)}


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda s: s2v.solve(s["counts"], 2), "solve needs a Target, got a Cooccurrence: make one with mstar"),
        (lambda s: s2v.solve(s["vectors"], 2), "solve needs a Target, got an Embedding: make one with mstar"),
        (lambda s: s2v.mstar(s["corpus"]), "a target needs a Cooccurrence, got a Corpus: make one with count"),
        (lambda s: s2v.build_target(s["counts"], "ppmi"), "a target needs a Formula, got a str: make one with"),
        (lambda s: s2v.count(DOCUMENTS), "count needs a Corpus, got a list: make one with encode"),
        (lambda s: s2v.count(s["corpus"], 5), "count needs a Window, got an int: make one with Window"),
        (
            lambda s: s2v.encode(DOCUMENTS, s2v.VocabularyOptions()),
            "encode needs a Vocabulary, got a VocabularyOptions: .* selection=…",
        ),
        (
            lambda s: s2v.encode(DOCUMENTS, selection=5),
            "encode needs a VocabularyOptions, got an int: make one with VocabularyOptions",
        ),
        (lambda s: s2v.embed(s["target"]), "embed needs a Spectrum, got a Target: make one with solve"),
        (lambda s: s2v.solve(s["target"], 2.0), "dim must be a whole number, got 2.0"),
        (lambda s: s2v.embed(s["spectrum"], dim="2"), "dim must be a whole number, got '2'"),
        (lambda s: s2v.embed(s["spectrum"], power="x"), "power must be a number, got 'x'"),
    ],
)
def test_a_stage_out_of_order_is_told_with_the_verb_that_is_missing(stages, made, says):
    with pytest.raises(InputError, match=f"^{says}"):
        made(stages)


def test_stages_of_more_special_kinds_are_taken(stages):
    s2v.embed(s2v.solve(stages["target"], 2, tied=False))  # a SingularSpectrum


def test_numbers_from_numpy_are_taken(stages):
    plain = s2v.fit(DOCUMENTS, 2, min_count=3, size=4, seed=1, shrinkage=0.5)
    numbers = {"min_count": np.int64(3), "size": np.int32(4), "seed": np.uint8(1), "shrinkage": np.float32(0.5)}
    assert s2v.fit(DOCUMENTS, np.int64(2), **numbers).fingerprint == plain.fingerprint
