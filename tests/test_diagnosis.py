"""Diagnosis: every check fires on a corpus that has its fault, and is silent on one that has not."""

import re
import sys
from collections import Counter
from dataclasses import asdict, fields
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure

import solve2vec
from solve2vec.cooccurrence.cooccurrence import count
from solve2vec.cooccurrence.window import Window
from solve2vec.core import resources
from solve2vec.core.errors import FolderError, InputError
from solve2vec.corpus.corpus import Corpus, VocabularyOptions, encode
from solve2vec.corpus.vocabulary import Vocabulary
from solve2vec.diagnosis import CHECKS, DiagnosisOptions, Finding, Skipped, diagnose, needs, passes
from solve2vec.diagnosis import documents as reading
from solve2vec.diagnosis import start as starting
from solve2vec.diagnosis.asking import case_mismatch, coverage_below_half
from solve2vec.diagnosis.dimension import dimension_without_support, more_dimensions_than_positive_eigenvalues
from solve2vec.diagnosis.material import Material, Questions, head_of
from solve2vec.diagnosis.negatives import negatives_far_from_theory, subspace_overlap, weights
from solve2vec.diagnosis.picture import Bars, Curves
from solve2vec.diagnosis.registry import run
from solve2vec.diagnosis.repetition import RUN, repetition
from solve2vec.diagnosis.replication import replicate
from solve2vec.diagnosis.steps import first_rate
from solve2vec.diagnosis.thinning import subsampling_moves_modes, thinned
from solve2vec.diagnosis.words import mixed_languages, more_parameters_than_tokens, smallest_cut, words_seen_once
from solve2vec.evaluation import Analogy, AnalogyQuestions, SimilarityQuestions
from solve2vec.target.formula import Formula
from solve2vec.target.target import build_target
from solve2vec.uncertainty.shards import ShardCounts, cut

ALL = VocabularyOptions(min_count=1)
DOCUMENT = Window("document")


def corpus_of(documents):
    return encode(documents, selection=ALL)


@pytest.fixture(scope="module")
def planted():
    """A corpus of 34 concepts, and the world it is from."""
    world = solve2vec.planted_corpus()
    return Corpus.from_ids(*world.token_ids(n=4000), world.words), world


@pytest.fixture(scope="module")
def material(planted):
    setup = DiagnosisOptions(size="document", dim=34)
    return Material(setup, {"corpus": planted[0]})


# findings, settings, registry


def test_a_fine_finding_advises_nothing():
    assert Finding(check="c", severity="fine", claim="all well", advice="act", options="--x", gensim="y").advice == ""
    assert Finding(check="c", severity="warning", claim="not well", advice="act").advice == "act"


def test_every_check_is_named_as_its_finding_and_asks_for_material_that_there_is(material):
    there = {name for name in dir(Material) if not name.startswith("_")} | {f.name for f in fields(Material)}
    for name, check in CHECKS.items():
        assert set(needs(check)) <= there, name
        found = run(check, material)
        assert found.check == name == check.__name__
        assert isinstance(found, Skipped) or found.source or found.is_fine


def test_gensims_names_bring_gensims_defaults():
    asked = DiagnosisOptions.of({"vector_size": 300, "sg": 1, "sample": 0})
    assert (asked.tool, asked.dim, asked.model, asked.subsample) == ("gensim", 300, "sgns", None)
    assert (asked.negatives, asked.context_smoothing, asked.window) == (5, 0.75, Window(5, "linear"))
    assert not asked.tied and asked.starts_with_zeros


def test_ours_are_as_the_run_was_made():
    counts = count(corpus_of([["a", "b", "c"]] * 5), Window(3, "flat"))
    lineage = build_target(counts, Formula(negatives=2)).lineage
    asked = DiagnosisOptions.of({"dim": 7}, lineage)
    assert (asked.dim, asked.window, asked.negatives, asked.min_count) == (7, Window(3, "flat"), 2, 1)
    assert DiagnosisOptions.of({"vector_size": 7}, lineage).window == Window(5, "linear")


def test_what_is_trained_with_our_trainer_has_its_defaults():
    from solve2vec.training.sampled.settings import TrainingOptions

    trained, asked = TrainingOptions(), DiagnosisOptions.of({"model": "sgns"})
    for name in (
        "dim",
        "epochs",
        "learning_rate",
        "negatives",
        "context_smoothing",
        "subsample",
        "tied",
        "closed_gaps",
    ):
        assert getattr(trained, name) == getattr(asked, name), name


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"vector_siz": 3}, "did you mean 'vector_size'"),
        ({"dim": 3, "vector_size": 4}, "given twice"),
        ({"dim": 0}, "at least 1"),
        ({"negative": 0}, "hierarchical softmax"),
        ({"init_scale": "xavier"}, "one of word2vec, gensim"),
        ({"init_scale": 0.0}, "above 0"),
        ({"model": "glove"}, "model must be one of"),
        ({"tool": "torch"}, "tool must be one of"),
    ],
)
def test_settings_that_cannot_stand_are_told(given, message):
    with pytest.raises(InputError, match=message):
        DiagnosisOptions.of(given)


def test_the_starts_of_the_tools_have_the_deviation_of_what_they_draw():
    draws, d = np.random.default_rng(0).random((4000, 50)), 50
    assert DiagnosisOptions(init_scale="gensim", dim=d).sigma == pytest.approx(((draws * 2 - 1) / d).std(), rel=0.01)
    assert DiagnosisOptions(init_scale="word2vec", dim=d).sigma == pytest.approx(((draws - 0.5) / d).std(), rel=0.01)


def test_a_toml_file_may_have_tables(write):
    path = write('tool = "word2vec"\n[window]\nsize = 3\n[training]\nvector_size = 9\n', "settings.toml")
    assert (DiagnosisOptions.read(path).dim, DiagnosisOptions.read(path).size) == (9, 3)
    with pytest.raises(InputError, match="is not TOML"):
        DiagnosisOptions.read(write("= 3", "bad.toml"))


# documents


WORDS = [f"w{k}" for k in range(400)]


def some_documents(n, length, seed=0):
    rng = np.random.default_rng(seed)
    return [[WORDS[k] for k in row] for row in rng.integers(0, len(WORDS), (n, length)).tolist()]


def severity(found):
    return found.severity


def test_one_line_for_everything():
    check = reading.whole_corpus_on_one_line
    assert severity(check(corpus_of(some_documents(1, 12_000)))) == "warning"
    assert severity(check(corpus_of(some_documents(400, 30)))) == "fine"
    assert severity(check(corpus_of(some_documents(1, 30)))) == "fine"  # one short text is one document


def test_one_token_a_line():
    check = reading.one_token_per_line
    assert severity(check(corpus_of(some_documents(300, 1)))) == "warning"
    assert severity(check(corpus_of(some_documents(300, 9)))) == "fine"


def test_letters_instead_of_words():
    check = reading.characters_instead_of_words
    assert severity(check(corpus_of([list("the cat sat on the mat")] * 9))) == "warning"
    assert severity(check(corpus_of([["the", "cat", "sat", "on", "the", "mat"]] * 9))) == "fine"
    signs = [[chr(0x4E00 + k % 900) for k in range(at, at + 30)] for at in range(0, 9000, 7)]
    assert severity(check(corpus_of(signs))) == "fine"  # each a word of its own


def test_gensims_cut_is_counted():
    long = corpus_of([*some_documents(1, 15_000), *some_documents(5, 1000)])
    found = reading.cut_at_ten_thousand_tokens(long, DiagnosisOptions(tool="gensim"))
    assert (found.severity, found.numbers["tokens_lost"], found.numbers["share_lost"]) == ("warning", 5000, 0.25)
    assert severity(reading.cut_at_ten_thousand_tokens(long, DiagnosisOptions())) == "worth knowing"
    assert (
        severity(reading.cut_at_ten_thousand_tokens(corpus_of(some_documents(9, 99)), DiagnosisOptions(tool="gensim")))
        == "fine"
    )


def test_window_and_documents():
    check = reading.window_wider_than_documents
    baskets = corpus_of(some_documents(200, 8))
    found = check(baskets, DiagnosisOptions(size=32))
    assert (found.severity, found.options) == ("warning", "--size document")
    assert severity(check(baskets, DiagnosisOptions(size=3))) == "fine"
    assert severity(check(baskets, DiagnosisOptions(size="document"))) == "fine"


def test_lost_context_is_what_the_loops_say():
    lengths, weights = np.array([1, 3, 3, 7, 2]), np.array([4, 3, 1])
    promised = kept = 0
    for n in lengths.tolist():
        for i in range(n):
            for j, ω in enumerate(weights.tolist(), start=1):
                promised += 2 * ω
                kept += ω * ((i - j >= 0) + (i + j < n))
    assert reading._lost(lengths, weights) == pytest.approx(1 - kept / promised)


def test_repetition_is_what_the_loops_say():
    rng = np.random.default_rng(1)
    documents = [[f"v{k}" for k in rng.integers(0, 2, n).tolist()] for n in rng.integers(5, 30, 60).tolist()]
    documents += documents[:7]
    runs = [tuple(d[i : i + RUN]) for d in documents for i in range(len(d) - RUN + 1)]
    seen, copied = set(), 0
    for d in documents:
        copied += len(d) if tuple(d) in seen and len(d) >= 8 else 0
        seen.add(tuple(d))
    corpus = corpus_of(documents)
    found = repetition(corpus)
    assert found.repeated == pytest.approx(1 - len(set(runs)) / len(runs))
    assert found.copies == pytest.approx(copied / len(corpus))
    times = Counter(runs).most_common(1)[0][1]
    assert found.examples[0][1] == times
    first = Counter(run[0] for run in runs)
    again = Counter(run[0] for run in runs if Counter(runs)[run] > 1)
    expected = [again[word] / first[word] for word in corpus.vocabulary.words]
    np.testing.assert_allclose(found.of_words, expected)


def test_unknown_words_make_no_run():
    corpus = encode([["a"] * 7 + ["rare"] + ["a"] * 7] * 3, selection=VocabularyOptions(min_count=5))
    assert repetition(corpus).repeated == 0.0


def boilerplate(n):
    license = [f"law{k}" for k in range(40)]
    return [d + license for d in some_documents(n, 12)]


def test_copies_and_boilerplate():
    plain, license = (corpus_of(d) for d in (some_documents(150, 40), boilerplate(150)))
    copies = corpus_of(some_documents(75, 40) * 2)
    assert severity(reading.repeated_text(repetition(plain))) == "fine"
    assert severity(reading.repeated_text(repetition(copies))) == "warning"
    assert severity(reading.repeated_text(repetition(license))) == "warning"
    for corpus, expected in ((plain, "fine"), (license, "warning")):
        spectrum = solve2vec.solve(build_target(count(corpus, Window(5))), 4)
        assert severity(reading.boilerplate_in_mode_1(repetition(corpus), spectrum)) == expected


# words


def test_words_seen_once_and_parameters():
    rare = corpus_of([[f"w{k}"] * (1 + (k % 3 == 0) * 9) for k in range(300)]).vocabulary
    assert severity(words_seen_once(rare, DiagnosisOptions(min_count=1))) == "warning"
    often = words_seen_once(rare, DiagnosisOptions(min_count=5))
    assert severity(often) == "fine" and "rarest of 100 words is seen 10 times" in often.evidence
    rare = Vocabulary.from_counts({f"w{k}": 1 + (k % 3 == 0) * 9 for k in range(300)}, total=2000)
    assert severity(more_parameters_than_tokens(rare, DiagnosisOptions(dim=100))) == "warning"
    assert severity(more_parameters_than_tokens(rare, DiagnosisOptions(dim=5))) == "fine"


def test_how_rare_words_may_be_is_not_said_of_graphs_and_ids():
    graph = solve2vec.Cooccurrence.from_matrix([[0, 2, 1], [2, 0, 3], [1, 3, 0]], ["a", "b", "c"])
    ids = Corpus.from_ids(np.array([0, 1, 2, 0, 1, 0]), np.array([0, 6]), ["a", "b", "c"])
    for source in (graph, ids):
        (left,) = diagnose(source, checks=["words_seen_once"]).skipped
        assert "chosen elsewhere" in left.reason


ENGLISH = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "a",
    "is",
    "that",
    "for",
    "it",
    "as",
    "was",
    "with",
    "be",
    "by",
    "on",
    "not",
    "he",
    "his",
    "but",
]
FRENCH = [
    "de",
    "la",
    "le",
    "et",
    "à",
    "les",
    "il",
    "des",
    "en",
    "du",
    "que",
    "une",
    "est",
    "qui",
    "dans",
    "pour",
    "par",
    "au",
    "sur",
    "ne",
]


def speech(function_words, prefix, n, seed):
    rng = np.random.default_rng(seed)
    common = rng.zipf(1.3, (n, 20)) % len(function_words)
    rare = rng.integers(0, 30, (n, 20))
    return [[w for c, r in zip(cs, rs, strict=True) for w in (function_words[c], f"{prefix}{r}")]
            for cs, rs in zip(common.tolist(), rare.tolist(), strict=True)]  # fmt: skip


def test_two_languages_fire_and_one_does_not():
    english, french = speech(ENGLISH, "noun", 200, 0), speech(FRENCH, "nom", 150, 1)
    both = count(corpus_of(english + french), Window(5))
    found = mixed_languages(both)
    assert found.severity == "warning"
    sides = [{word in FRENCH or word[:3] == "nom" for word in found.numbers[name]} for name in ("one", "other")]
    assert sorted(map(tuple, sides)) == [(False,), (True,)]
    assert severity(mixed_languages(count(corpus_of(english), Window(5)))) == "fine"


def test_a_few_quotations_are_no_language():
    few = count(corpus_of(speech(ENGLISH, "noun", 200, 0) + speech(FRENCH, "nom", 5, 1)), Window(5))
    assert severity(mixed_languages(few)) == "fine"


def test_a_few_quotations_do_not_hide_two_languages():
    bridges = [["the", "de", "of", "la"] * 5] * 3
    quotations = [["salve", "orbis", "terrae", "iterum"] * 5] * 2
    languages = speech(ENGLISH, "noun", 200, 0) + speech(FRENCH, "nom", 150, 1)
    assert severity(mixed_languages(count(corpus_of(languages + bridges + quotations), Window(5)))) == "warning"


def test_the_smallest_cut_of_two_blocks_is_the_best_of_all_cuts():
    rng = np.random.default_rng(0)
    W = rng.random((8, 8)) * 0.1
    W[:4, :4] += 1
    W[4:, 4:] += 1
    W += W.T
    best = min(
        W[np.ix_(side, ~side)].sum() / min(W[side].sum(), W[~side].sum())
        for bits in range(1, 255)
        for side in [np.array([bool(bits >> k & 1) for k in range(8)])]
    )
    assert smallest_cut(W)[0] == pytest.approx(best)


# start


def test_rises_are_those_of_the_law():
    from solve2vec.dynamics.growth import aligned_strengths

    λ, s = np.array([5.0, 2.0]), np.array([1e-3, 1e-4])
    begin, end = starting.rises(λ, s)
    assert np.diagonal(aligned_strengths(λ, s, begin)) == pytest.approx(0.1 * λ)
    assert np.diagonal(aligned_strengths(λ, s, end)) == pytest.approx(0.9 * λ)


def test_below_the_largest_start_modes_are_sequential_and_above_not():
    λ, setup = np.array([10.0, 6.0, 3.0]), DiagnosisOptions(dim=10)
    σ = starting.largest_start(λ, setup)
    for factor, expected in ((0.99, True), (1.01, False)):
        alone = starting.time_alone(λ, starting.start_squares(σ * factor, 3, setup))
        assert bool((alone >= 1).all()) == expected


def test_contexts_that_start_at_zero_halve_the_start():
    """One mode from a = s, b = 0: the half-way time of a b is that of s_0² = s²/4."""
    from scipy.integrate import solve_ivp

    from solve2vec.dynamics.growth import half_way_times

    λ, s = 3.0, 1e-3

    def flow(t, y):
        a, b = y
        return [(λ - a * b) * b, (λ - a * b) * a]

    seen = solve_ivp(flow, (0, 6), [s, 0.0], rtol=1e-9, atol=1e-14, dense_output=True)
    t = half_way_times(np.array([λ]), np.array([s**2 / 4]))[0]
    a, b = seen.sol(t)
    assert a * b == pytest.approx(λ / 2, rel=1e-3)
    zeros, both = (
        DiagnosisOptions(tied=False, dim=50, init_scale="gensim"),
        DiagnosisOptions(tied=False, dim=50, init_scale=0.1),
    )
    assert starting.start_squares(0.1, 1, zeros)[0] == pytest.approx(starting.start_squares(0.1, 1, both)[0] / 2)


@pytest.mark.parametrize(("σ", "expected"), [(0.1, "warning"), (1e-4, "fine"), (1e-8, "fine")])
def test_always_initialize_very_small(material, σ, expected):
    found = starting.start_too_large(material.spectrum, DiagnosisOptions(dim=34, init_scale=σ))
    assert found.severity == expected
    assert (found.options == "--init-scale 0.0001") == (expected == "warning")


def test_a_smaller_start_leaves_more_of_the_staircase(material):
    shares = [
        starting.start_too_large(material.spectrum, DiagnosisOptions(dim=34, init_scale=10.0**-p)).numbers[
            "share_of_staircase"
        ]
        for p in range(1, 9)
    ]
    assert shares == sorted(shares) and shares[0] < 0.1 < 0.5 < shares[-1]


# negatives and subsampling


def test_weights_are_those_of_the_loss():
    counts = count(corpus_of(speech(ENGLISH, "n", 40, 0)), Window(3))
    formula = Formula(negatives=5, context_smoothing=0.75, shrinkage=0, symmetric=False)
    g = weights(counts, build_target(counts, formula))
    P = counts.counts.toarray() / counts.counts.sum()
    p = P.sum(axis=1)
    q = p**0.75 / (p**0.75).sum()
    np.testing.assert_allclose(g, (P + 5 * p[:, None] * q) / 8, rtol=1e-9)


def test_overlap_of_subspaces():
    Q = np.linalg.qr(np.random.default_rng(0).standard_normal((9, 9)))[0]
    assert subspace_overlap(Q[:, :4] @ np.diag([1, 9, 3, 2]), Q[:, 2:6]) == pytest.approx(0.5)


def test_many_negatives_fire_and_one_does_not(material):
    trained = {"size": "document", "model": "sgns"}
    many = negatives_far_from_theory(material.head, DiagnosisOptions.of(trained | {"negatives": 200}))
    one = negatives_far_from_theory(material.head, DiagnosisOptions.of(trained | {"negatives": 1}))
    assert many.severity != "fine" and many.options == f"--negatives {many.numbers['best_k']:g}"
    assert one.severity == "fine"
    assert set(one.numbers["at_k"]) == {"1", "2", "5", "15"}
    assert one.numbers["at_k"]["1"]["overlap"] > many.numbers["at_k"]["200"]["overlap"]


def test_weights_are_worth_knowing_at_any_k_and_are_not_where_pairs_are_alike_or_weighed_alike():
    trained = {"model": "sgns", "negatives": 1, "size": 5, "subsample": 0}
    rng = np.random.default_rng(0)
    topics = [[f"w{t}-{min(k, 19)}" for k in rng.zipf(1.4, 20).tolist()] for t in rng.integers(0, 4, 800)]
    uneven = count(corpus_of(topics), Window(5, "linear"))
    fires = negatives_far_from_theory(uneven, DiagnosisOptions.of(trained))
    assert (fires.severity, fires.options) == ("worth knowing", "--reweighted")
    assert fires.numbers["lost_to_weights"] == pytest.approx(1 - weighted_overlap(uneven, 19), abs=0.02)
    for given in ({"reweighted": True}, {"model": "closed-form"}):
        assert severity(negatives_far_from_theory(uneven, DiagnosisOptions.of(trained | given))) == "fine"
    mean = negatives_far_from_theory(uneven, DiagnosisOptions.of(trained | {"model": "cbow"}))
    assert mean.options == "--model sgns --reweighted"
    blocks = np.where(rng.random((2000, 20)) < 0.5, rng.integers(0, 10, (2000, 20)), rng.integers(0, 60, (2000, 20)))
    blocks = (blocks + 10 * rng.integers(0, 6, (2000, 1))) % 60  # six topics, words all of one frequency
    even = count(corpus_of([[f"w{k}" for k in row] for row in blocks.tolist()]), Window(5))
    assert severity(negatives_far_from_theory(even, DiagnosisOptions.of(trained))) == "fine"


def weighted_overlap(counts, d):
    """‖VᵀV̂‖²/d of M*'s leading singular directions and the optimum with weights, by NumPy: gradient descent, k = 1."""
    from scipy.optimize import minimize

    P = counts.counts.toarray() / counts.counts.sum()
    p = P.sum(axis=1)
    q = np.asarray(counts.vocabulary.counts) ** 0.75
    E = np.outer(p, q / q.sum())
    E = np.sqrt(E * E.T)
    M, g, V = 2 * (P - E) / (P + E), (P + E) / (P + E).mean(), len(P)
    left, σ, right = np.linalg.svd(M)

    def loss(x):
        W, U = x.reshape(2, V, d)
        R = W @ U.T - M
        return (g * R * R).sum() / 2, np.stack([(g * R) @ U, (g * R).T @ W]).ravel()

    start = np.stack([left[:, :d] * np.sqrt(σ[:d]), right[:d].T * np.sqrt(σ[:d])]).ravel()
    W = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 2000}).x.reshape(2, V, d)[0]
    return subspace_overlap(left[:, :d], W)


def test_thinning_keeps_what_it_should():
    corpus = encode([["a", "b", "a", "c", "x"]] * 5000, Vocabulary.of_words(["a", "b", "c"]))
    thin = thinned(corpus, np.array([0.25, 1.0, 0.0, 0.0]), seed=0)
    seen = np.bincount(thin.tokens, minlength=4)
    assert seen[1] == 5000 and seen[2] == seen[3] == 0
    assert seen[0] == pytest.approx(2500, abs=4 * np.sqrt(10_000 * 0.25 * 0.75))
    assert thin.n_documents == 5000 and thin.document_starts[-1] == len(thin)


def test_closed_counts_are_the_mean_over_all_ways_to_thin():
    from solve2vec.kernels.thinning import closed_counts

    rng = np.random.default_rng(5)
    ω, keep = np.array([1.0, 0.6, 0.3]), np.array([0.3, 0.9, 0.5, 1.0, 0.0])  # the last is unknown and vanishes
    documents = [rng.integers(0, 5, n) for n in (0, 1, 7, 9)]
    expected = np.zeros((3, 3))  # the fourth word takes its place, and is counted in no pair
    for document in documents:
        for bits in range(1 << len(document)):
            stays = np.array([bits >> k & 1 for k in range(len(document))], bool)
            chance = np.where(stays, keep[document], 1 - keep[document]).prod()
            left = document[stays]
            for i, a in enumerate(left):
                for r, b in enumerate(left[i + 1 : i + 4]):
                    if a < 3 and b < 3:
                        expected[a, b] += chance * ω[r]
                        expected[b, a] += chance * ω[r]
    made = np.zeros((3, 3))
    starts = np.cumsum([0, *map(len, documents)])
    closed_counts(np.concatenate(documents).astype(np.int32), starts, keep, ω, 0.0, made)
    np.testing.assert_allclose(made, expected, rtol=1e-12)


def space_left(before, after, d):
    V, U = (np.linalg.eigh((M + M.T) / 2)[1][:, ::-1][:, :d] for M in (before, after))
    return float(((V.T @ U) ** 2).sum() / d)


@pytest.mark.parametrize(("t", "noise", "expected"), [(1e-3, "pairs", "fine"), (1e-6, "kept", "worth knowing")])
def test_the_closed_form_is_judged_by_the_subsampling_of_its_formula(t, noise, expected):
    """By NumPy: what is left of the modes of M* where counts are times keep_i keep_j."""
    counts = count(corpus_of(speech(ENGLISH, "noun", 300, 0)), Window(3))
    found = subsampling_moves_modes(counts, None, DiagnosisOptions(size=3, subsample=t, noise=noise))
    C, words = counts.counts.toarray() / counts.denominator, np.asarray(counts.vocabulary.counts)
    keep = np.minimum(1, np.sqrt(t / (words / words.sum())))
    P, thin = C.sum(axis=1), C * np.outer(keep, keep)
    R = thin.sum(axis=1)
    E, F = np.outer(P, P) / P.sum(), np.outer(R, R if noise == "kept" else P / P.sum() * R.sum()) / R.sum()
    F = np.sqrt(F * F.T)
    before, after = 2 * (C - E) / (C + E + 0.5), 2 * (thin - F) / (thin + F + 0.5)
    assert found.numbers["left"] == pytest.approx(space_left(before, after, len(C) // 4), abs=1e-6)
    assert found.severity == expected and found.numbers["left_in_passes"] is None


def test_training_is_judged_by_what_thinned_text_has_on_average(planted):
    def found(**given):
        setup = DiagnosisOptions.of({"model": "sgns", "size": 3, "tied": True, "epochs": 1} | given)
        made = Material(setup, {"corpus": planted[0]})
        return subsampling_moves_modes(made.head, made.middle, setup)

    hard, mild, none = found(subsample=1e-5), found(subsample=1e-1), found(subsample=0)
    assert hard.severity == "warning" and mild.severity == none.severity == "fine"
    assert hard.numbers["tokens_gone"] > none.numbers["tokens_gone"] > mild.numbers["tokens_gone"]
    assert float(hard.options.split()[1]) > 1e-5
    assert found(subsample=float(hard.options.split()[1])).severity == "fine"
    # many passes see what is expected: the chance of a draw is no fault of the threshold
    many = found(subsample=0.01, epochs=10)
    assert many.numbers["left_in_passes"] == pytest.approx(many.numbers["left"], abs=0.02)


# dimension


@pytest.mark.parametrize(
    "world",
    [{}, {"noise": 0.1}, {"families": 12, "countries": 6, "verbs": 5, "topics": 2}],
    ids=["default", "noise", "other world"],
)
@pytest.mark.parametrize("documents", [20_000, pytest.param(60_000, marks=pytest.mark.slow)])
def test_the_recommended_dimension_is_the_number_of_concepts(world, documents):
    planted = solve2vec.planted_corpus(**world)
    corpus = Corpus.from_ids(*planted.token_ids(n=documents), planted.words)
    found = replicate(ShardCounts(cut(corpus, 10), DOCUMENT), Formula())
    assert (found.recommended, found.interval) == (planted.dim, (planted.dim, planted.dim))


def test_tokens_without_order_have_no_modes():
    found = replicate(ShardCounts(cut(corpus_of(some_documents(600, 30)), 10), Window(5)), Formula())
    assert found.interval[1] <= 3


def test_halves_of_one_corpus_are_compared_in_both_directions(planted):
    """The share found again, by dense algebra on the same halves."""
    parts = ShardCounts(cut(planted[0], 10), DOCUMENT)
    found = replicate(parts, Formula(), splits=1, seed=3)
    half = np.zeros(10, np.int64)
    half[np.random.default_rng(3).permutation(10)[:5]] = 1
    A, B = (build_target(parts.weighted(w)).toarray() for w in (half, 1 - half))
    shares = []
    for X, Y in ((A, B), (B, A)):
        values, vectors = np.linalg.eigh(X)
        V = vectors[:, ::-1][:, :10]
        shares.append(np.einsum("ik,ij,jk->k", V, Y, V) / values[::-1][:10])
    np.testing.assert_allclose(found.found[0, :10], np.mean(shares, axis=0), rtol=1e-3, atol=1e-3)
    assert found.noise[0] == pytest.approx(np.linalg.eigvalsh((A - B) / 2)[-1], rel=0.02)


@pytest.fixture(scope="module")
def halves(planted):
    corpus = Corpus.from_ids(*planted[1].token_ids(n=20_000), planted[1].words)
    return replicate(ShardCounts(cut(corpus, 10), DOCUMENT), Formula())


@pytest.fixture(scope="module")
def asked(planted):
    quads = planted[1].analogies["gender"]
    return Questions([AnalogyQuestions("planted", [Analogy("gender", a, b, c, (d,)) for a, b, c, d in quads])])


@pytest.mark.parametrize(
    ("d", "expected"), [(8, "warning"), (33, "worth knowing"), (34, "fine"), (50, "worth knowing"), (200, "warning")]
)
def test_dimensions_that_fit_and_that_do_not(halves, d, expected):
    found = dimension_without_support(halves, DiagnosisOptions(dim=d), Questions())
    assert found.severity == expected and found.options == ("" if expected == "fine" else "--dim 34")


def test_below_its_own_recommendation_no_dimension_is_fine(halves):
    from dataclasses import replace

    shares = np.r_[np.full(10, 0.5), np.full(24, 0.25), np.zeros(halves.found.shape[1] - 34)]
    unsure = replace(halves, found=np.tile(shares, (3, 1)))  # surely ten modes, at most 34
    assert (unsure.interval, unsure.recommended) == ((10, 34), 34)
    for d in range(1, 34):
        assert not dimension_without_support(unsure, DiagnosisOptions(dim=d), Questions()).is_fine


def test_where_there_are_scores_they_decide(halves, asked):
    few = dimension_without_support(halves, DiagnosisOptions(dim=8), asked)
    assert few.severity == "warning" and few.numbers["behind"]["planted"] > 0.2
    assert "conflate" in few.evidence and len(few.numbers["modes_above"]) == 4
    scores = few.numbers["scores"]["planted"]
    assert scores[8] == scores_at(halves, asked, 8)
    assert f"{scores[8]:.3f} at 8" in few.evidence and few.claim.startswith(f"d = 8 scores {scores[8]:.3f} on planted")
    best = few.numbers["recommended"]
    assert scores[best] >= 0.95 * max(scores.values()) > max(s for d, s in scores.items() if d < best)
    assert few.options == f"--dim {best}"
    assert dimension_without_support(halves, DiagnosisOptions(dim=best), asked).severity == "fine"
    fewer = next(d for d in range(best - 1, 0, -1) if scores_at(halves, asked, d) < 0.95 * max(scores.values()))
    assert not dimension_without_support(halves, DiagnosisOptions(dim=fewer), asked).is_fine


def scores_at(halves, asked, d):
    return by_hand(halves.eigenvectors[:, :d] * np.sqrt(halves.eigenvalues[:d]), halves.vocabulary, asked.analogies[0])


def by_hand(vectors, vocabulary, questions):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    right = 0
    for _, a, b, c, answers in questions.questions:
        ids = [vocabulary.id_of[word] for word in (a, b, c)]
        cosines = unit @ (unit[ids[1]] - unit[ids[0]] + unit[ids[2]])
        cosines[ids] = -np.inf
        right += vocabulary.words[int(cosines.argmax())] in answers
    return right / len(questions.questions)


def test_more_dimensions_than_positive_eigenvalues(material):
    λ = np.linalg.eigvalsh(build_target(material.head, material.settings.formula).toarray())
    positive = int((λ > 1e-9).sum())
    check = more_dimensions_than_positive_eigenvalues
    found = check(material.head, DiagnosisOptions(size="document", dim=positive + 1))
    assert (found.severity, found.options) == ("warning", f"--dim {positive}")
    assert check(material.head, DiagnosisOptions(size="document", dim=positive)).severity == "fine"


# questions


def test_case_and_coverage():
    asked = AnalogyQuestions("capitals", [Analogy("c", "Paris", "France", "Rome", ("Italy",))])
    lower, upper = (Vocabulary.of_words(words) for words in (
        ["paris", "france", "rome", "italy"], ["Paris", "France", "Rome", "Italy"]
    ))  # fmt: skip
    assert severity(case_mismatch(lower, Questions([asked]))) == "worth knowing"
    assert severity(case_mismatch(upper, Questions([asked]))) == "fine"
    assert severity(coverage_below_half(lower, Questions([asked]), DiagnosisOptions())) == "fine"
    assert (
        severity(coverage_below_half(Vocabulary.of_words(["paris", "rome"]), Questions([asked]), DiagnosisOptions()))
        == "warning"
    )


@pytest.mark.parametrize(
    ("selection", "options"),
    [
        (VocabularyOptions(min_count=1, max_vocab=2), "--max-vocab 5"),
        (VocabularyOptions(min_count=3, max_vocab=2), "--max-vocab 5"),
        (VocabularyOptions(min_count=5), "--min-count 3"),
        (VocabularyOptions(min_count=5, max_vocab=2), "--min-count 3 --max-vocab 5"),
    ],
    ids=["cut", "cut, as rare as may be", "rare", "both"],
)
def test_advice_on_coverage_is_what_helps(selection, options):
    times = {"a": 9, "b": 8, "c": 6, "d": 4, "e": 3, "f": 2, "g": 1}  # six pairs; three need five words at most
    pairs = (("a", "b"), ("A", "d"), ("b", "e"), ("a", "g"), ("f", "x"), ("x", "y"))
    asked = Questions(similarities=[SimilarityQuestions("pairs", pairs, np.arange(6.0))])
    text = [[word] * n for word, n in times.items()]
    found = coverage_below_half(
        encode(text, selection=selection).vocabulary, asked, DiagnosisOptions(**asdict(selection))
    )
    assert (found.severity, found.options) == ("warning", options)
    assert (found.numbers["words_needed"], found.numbers["count_needed"]) == (5, 3)
    given = dict(zip(found.options.split()[::2], map(int, found.options.split()[1::2]), strict=True))
    least, most = given.get("--min-count", selection.min_count), given.get("--max-vocab", selection.max_vocab)
    better = VocabularyOptions(min_count=least, max_vocab=most)
    after = coverage_below_half(encode(text, selection=better).vocabulary, asked, DiagnosisOptions(**asdict(better)))
    assert after.severity == "fine" and after.numbers["coverage"] == {"pairs": 0.5}


def test_no_option_is_advised_for_a_vocabulary_that_was_given():
    asked = Questions(similarities=[SimilarityQuestions("pairs", (("a", "b"), ("b", "c")), np.arange(2.0))])
    words = encode([["a"] * 9, ["b"] * 8, ["c"] * 7], Vocabulary.of_words(["a"])).vocabulary
    found = coverage_below_half(words, asked, DiagnosisOptions())
    assert (found.severity, found.options, found.numbers["words_needed"]) == ("warning", "", 2)
    assert found.advice.startswith("Take a larger vocabulary")


def test_no_option_is_advised_where_none_helps():
    pairs = (("a", "b"), ("x", "y"), ("a", "z"))
    asked = Questions(similarities=[SimilarityQuestions("pairs", pairs, np.arange(3.0))])
    words = encode([["a"] * 9, ["b"] * 8], selection=VocabularyOptions(min_count=1, max_vocab=1)).vocabulary
    found = coverage_below_half(words, asked, DiagnosisOptions(max_vocab=1))
    assert found.severity == "warning" and found.options == "" and "more text" in found.advice
    assert found.numbers["coverage_of_all_seen"]["pairs"] == pytest.approx(1 / 3)


# steps


def test_the_first_rate_is_the_largest_eigenvalue_or_singular_value_of_the_gradient(material):
    P = material.head.counts.toarray() / material.head.counts.sum()
    p = P.sum(axis=1)
    q = p**0.5 / (p**0.5).sum()
    A = (P - 2 * np.outer(p, q)) / 2
    tied, untied = (
        DiagnosisOptions(size="document", negatives=2, context_smoothing=0.5, tied=one) for one in (True, False)
    )
    n = material.head.total
    assert first_rate(material.head, tied, n) == pytest.approx(np.linalg.eigvalsh((A + A.T) / 2)[-1], rel=1e-3)
    assert first_rate(material.head, untied, n) == pytest.approx(np.linalg.norm(A, 2), rel=1e-3)


TRAINED = {"subsample": 0.0, "size": 5, "weighting": "linear", "dim": 10, "epochs": 1, "tool": "solve2vec"}


def finding(corpus, check, **given):
    return run(CHECKS[check], Material(DiagnosisOptions.of(TRAINED | given), {"corpus": corpus}))


@pytest.mark.parametrize(
    ("model", "tied", "η"),
    [("sgns", False, 4e-5), ("sgns", True, 1.3e-3), ("quadratic", False, 4e-5), ("cbow", False, 2e-4)],
)
def test_the_first_direction_grows_in_training_as_it_is_said_to(planted, model, tied, η):
    from solve2vec.training.sampled.settings import TrainingOptions
    from solve2vec.training.sampled.weights import start

    corpus, k, σ = planted[0], 5, 1e-4
    found = finding(corpus, "too_few_epochs", model=model, tied=tied, learning_rate=η, negatives=k, init_scale=σ)
    given = {"dim": 10, "init_scale": σ, "tied": tied, "subsample": None, "negatives": k, "skip_center": False}
    trainer = {"sgns": solve2vec.sgns, "quadratic": solve2vec.quadratic, "cbow": solve2vec.cbow}[model]
    made = trainer.train(corpus, epochs=1, learning_rate=η, points=1, **given).embedding
    P = count(corpus, Window(5, "linear")).counts.toarray()
    P, p = P / P.sum(), P.sum(axis=1) / P.sum()
    A = (P - k * np.outer(p, p**0.75 / (p**0.75).sum())) / 2
    if tied:
        a = b = np.linalg.eigh((A + A.T) / 2)[1][:, -1]
    else:
        left, _, right = np.linalg.svd(A)
        a, b = left[:, 0], right[0]
    begun = start(corpus.vocabulary, TrainingOptions(**given)).rows()
    grown = made.vectors, made.context_vectors
    (W0, U0), (W, U) = ((X, X if Y is None else Y) for X, Y in (begun, grown))
    first = (a @ W0 + b @ U0) / 2
    seen = np.log((a @ W) @ (b @ U) / (first @ first))
    assert seen == pytest.approx(found.numbers["growth_of_an_epoch"], rel=0.04)


@pytest.mark.parametrize("window", [Window(3, "linear"), Window(2, "harmonic"), DOCUMENT])
def test_pairs_of_an_epoch_are_what_the_loops_say(window, monkeypatch):
    rng = np.random.default_rng(4)
    documents = [[f"w{k}" for k in rng.integers(0, 30, n).tolist()] for n in [0, 1, 0, 2, 9, 30, 0, 17]]
    corpus = encode(documents, selection=VocabularyOptions(min_count=3))
    known = set(corpus.vocabulary.words)
    lengths = [sum(word in known for word in document) for document in documents]
    assert 0 < len(known) < 30
    weights = np.ones(40) if window.is_document else window.numerators / window.denominator
    expected = sum(ω for n in lengths for i in range(n) for j in range(n) if i != j
                   for ω in weights[abs(i - j) - 1 : abs(i - j)])  # fmt: skip
    setup = DiagnosisOptions(model="sgns", size=window.size, weighting=window.weighting, dim=2, tied=False)
    with resources.using(block=7):
        pairs = passes.pairs_of(passes.task_of(corpus, setup))
    assert pairs == pytest.approx(expected)


def test_pairs_of_an_epoch_are_those_that_are_trained():
    from solve2vec.training.sampled.task import flow_time

    documents = speech(ENGLISH, "noun", 300, 0)
    corpus = encode(
        [[w for d in part for w in d] for part in (documents[:150], documents[150:])],
        selection=VocabularyOptions(min_count=250),
    )
    for closed in (True, False):
        setup = DiagnosisOptions.of(TRAINED | {"model": "sgns", "subsample": 0.02, "dim": 2, "closed_gaps": closed})
        found = run(CHECKS["too_few_epochs"], Material(setup, {"corpus": corpus}))
        made = solve2vec.sgns.train(corpus, dim=2, epochs=20, learning_rate=1e-6, subsample=0.02, closed_gaps=closed)
        rates = made.trajectory.time[-1] / flow_time(1.0, len(corpus.vocabulary), 5, tied=False)
        assert rates / 20e-6 == pytest.approx(found.numbers["pairs"], rel=0.01), closed
        assert made.facts["centers"] / 20 == pytest.approx(found.numbers["centers"], rel=0.01)


def test_two_matrices_are_judged_by_singular_values(material):
    setup = DiagnosisOptions.of({"size": "document", "model": "sgns", "dim": 34, "shrinkage": 0.0})
    made = Material(setup, material.stages)
    σ = np.linalg.svd(made.target.toarray(), compute_uv=False)
    found = starting.start_too_large(made.learned, setup)
    np.testing.assert_allclose(found.numbers["eigenvalues"], σ[: starting.STEPS], rtol=1e-2)
    assert σ[0] > 2 * np.linalg.eigvalsh(made.target.toarray())[-1], "the background is the first mode"
    skipped = run(CHECKS["more_dimensions_than_positive_eigenvalues"], made)
    assert isinstance(skipped, Skipped) and "singular values" in skipped.reason
    run_with_modes = material.stages | {"spectrum": solve2vec.solve(made.target, 5, tied=False)}
    assert Material(setup, {"spectrum": run_with_modes["spectrum"]}).learned is run_with_modes["spectrum"]


@pytest.mark.parametrize("model", ["sgns", "quadratic", "cbow"])
def test_training_diverges_where_steps_are_said_to_overshoot(planted, model):
    corpus, check = planted[0], "learning_rate_too_large"
    limit = finding(corpus, check, model=model).numbers["largest_stable"]
    warned, close = ((1 / 3, 1 / 8) if model == "quadratic" else (1, 1 / 3)) * np.array(limit)
    for η, expected in ((warned * 1.01, "warning"), (close * 1.01, "worth knowing"), (close * 0.5, "fine")):
        found = finding(corpus, check, model=model, learning_rate=η)
        assert found.severity == expected
        assert expected == "fine" or float(found.options.split()[1]) == pytest.approx(close / 2, rel=0.05)
    trainer, given = getattr(solve2vec, model), {"dim": 10, "epochs": 1, "points": 1, "subsample": None}
    with pytest.raises(InputError, match="diverged"):
        trainer.train(corpus, learning_rate=warned * 1.01, **given)
    made = trainer.train(corpus, learning_rate=close * 0.5, **given)
    assert made.facts["epoch_losses"][0] < 6 * np.log(2)


def test_a_step_moves_all_that_is_trained_at_once(planted):
    """The largest eigenvalue of a center's Gauss-Newton matrix, where its vectors point the same way."""
    found = finding(planted[0], "learning_rate_too_large", model="sgns", negatives=3)
    at = found.numbers
    c, k = round(at["contexts"]), 3
    W = np.sqrt(at["context_length"]) * np.ones((c, 1))
    U = np.sqrt(np.r_[at["center_length"], [at["noise_length"]] * k])[:, None]
    J = np.block([[np.kron(np.eye(c), U), np.kron(W, np.eye(1 + k))]])  # of x_co = w_c u_o by each w_c, then each u_o
    top = np.linalg.norm(J @ J.T, 2) / 4
    expected = 0.25 * (c * W[0, 0] ** 2 + (U**2).sum())
    assert top == pytest.approx(expected)
    assert at["largest_stable"] == pytest.approx(2 / (expected + (at["contexts"] - c) * W[0, 0] ** 2 / 4))
    alone = finding(planted[0], "learning_rate_too_large", model="sgns", negatives=3, tool="gensim", init_scale=1e-4)
    assert alone.numbers["contexts"] == 1 and alone.numbers["largest_stable"] > at["largest_stable"]


def test_too_few_epochs_and_rates_too_large(material):
    def found(name, **given):
        setup = DiagnosisOptions.of(
            {"size": "document", "model": "sgns", "subsample": 0.0, "negatives": 1, "dim": 30, **given}
        )
        return run(CHECKS[name], Material(setup, material.stages))

    short = found("too_few_epochs", learning_rate=1e-7, epochs=1)
    assert short.severity == "warning"
    needed = int(short.options.split()[-1])
    assert found("too_few_epochs", learning_rate=1e-7, epochs=needed).severity == "fine"
    assert found("learning_rate_too_large", learning_rate=50.0).severity == "warning"
    assert found("learning_rate_too_large").severity == "fine"
    assert isinstance(found("too_few_epochs", model="closed-form"), Skipped)


@pytest.mark.parametrize("documents", [None, some_documents(100, 10)], ids=["planted", "mostly unseen pairs"])
def test_a_population_step_is_stable_below_the_limit_that_training_has(material, documents):
    from solve2vec.training.full_batch import population
    from solve2vec.training.full_batch.starting import PopulationOptions

    stages = material.stages if documents is None else {"corpus": corpus_of(documents)}

    def found(rate):
        setup = DiagnosisOptions(size=3, shrinkage=0.0, model="population", learning_rate=rate, dim=8)
        made = Material(setup, stages)
        return run(CHECKS["population_step_too_large"], made), made.target

    largest = found(1.0)[0].numbers["largest_stable"]
    assert found(1.0)[0].severity == "warning" and found(largest * 0.99)[0].severity == "fine"
    with pytest.raises(InputError, match="diverge"):
        population.train(found(1.0)[1], PopulationOptions(dim=8, learning_rate=largest * 1.01, duration=1.0))
    population.train(
        found(1.0)[1], PopulationOptions(dim=8, modes=2, learning_rate=largest * 0.99, duration=9 * largest)
    )


# the whole


def test_a_run_is_diagnosed_from_its_stages_and_its_text_alike(tmp_path, write):
    path = write("\n".join(" ".join(d) for d in speech(ENGLISH, "noun", 150, 0)))
    solve2vec.fit(path, 8, out=tmp_path / "run", size=4)
    checks = ["more_parameters_than_tokens", "mixed_languages", "start_too_large"]
    one, other = diagnose(tmp_path / "run", checks=checks), diagnose(path, {"size": 4, "dim": 8}, checks=checks)
    assert one.settings == other.settings
    for name in checks[:2]:
        assert one[name] == other[name]
    sizes = [d["start_too_large"].numbers["eigenvalues"] for d in (one, other)]
    np.testing.assert_allclose(*sizes, rtol=1e-3)


def test_what_is_not_there_is_skipped_with_its_reason(planted):
    found = diagnose(count(planted[0], DOCUMENT), {"size": "document", "dim": 30})
    reasons = {left.check: left.reason for left in found.skipped}
    assert "no corpus" in reasons["repeated_text"] and "no corpus" in reasons["dimension_without_support"]
    assert "no question set" in reasons["case_mismatch"] and "no steps" in reasons["too_few_epochs"]
    assert len(found.findings) + len(found.skipped) == len(CHECKS)
    assert found["start_too_large"].numbers["dim"] == 30


def test_a_run_that_says_too_little_is_refused_and_never_read_as_text(tmp_path, write, capsys):
    path = write("cats chase mice\ndogs chase cats\nmice eat cheese\npeople eat cheese\n" * 5)
    solve2vec.fit(path, 2, out=tmp_path / "run", keep="target")
    for source in (tmp_path / "run", str(tmp_path / "run")):
        with pytest.raises(FolderError, match=r"run has only target, which says too little.*give the text"):
            diagnose(source)
    (tmp_path / "run" / "target").rename(tmp_path / "run" / "other")
    with pytest.raises(FolderError, match="has only other"):
        diagnose(tmp_path / "run")
    for folder in (tmp_path / "run", tmp_path / "run" / "other"):
        with pytest.raises(InputError, match="is no text: it has other, which solve2vec made of one"):
            solve2vec.fit(folder, 2)
    code, said = told(capsys, tmp_path / "run")
    assert code == 2 and said.err.count("\n") == 1 and "damaged" not in said.err


def test_no_advice_is_the_value_that_it_is_about(planted):
    """Whatever options a finding offers, not one of them has the value already."""
    sources = (
        planted[0].documents_between(0, 600),
        corpus_of(speech(ENGLISH, "noun", 80, 0) + speech(FRENCH, "nom", 60, 1)),
    )
    hard = {"subsample": 1e-6, "dim": 300, "negatives": 200, "min_count": 1, "epochs": 1}
    mild = {"subsample": 0.1, "dim": 2, "negatives": 1, "min_count": 10, "epochs": 1, "init_scale": 0.5}
    offered = set()
    for source in sources:
        for given, model in ((hard, "closed-form"), (hard, "sgns"), (mild, "cbow")):
            rate = {} if model == "closed-form" else {"learning_rate": 1e-7 if given is hard else 40.0}
            made = diagnose(source, {"tool": "solve2vec", "model": model} | given | rate)
            for found in made.findings:
                words = found.options.split()
                for name, value in pairwise(words):
                    if name.startswith("--") and hasattr(made.settings, name[2:].replace("-", "_")):
                        offered.add((found.check, name))
                        assert str(getattr(made.settings, name[2:].replace("-", "_"))) not in (
                                value, f"{value}.0"
                            ), found.check  # fmt: skip
    assert {"subsampling_moves_modes", "dimension_without_support", "negatives_far_from_theory"} <= {
        check for check, _ in offered
    }


def test_few_documents_have_no_halves():
    found = diagnose([["a", "b", "c"]] * 3, {"min_count": 1}, checks=["dimension_without_support"])
    assert "3 documents" in found.skipped[0].reason


def test_unknown_checks_are_told(planted):
    with pytest.raises(InputError, match="no check 'vibes'"):
        diagnose(planted[0], checks=["vibes"])


def test_a_head_of_a_corpus_counts_as_a_head_of_its_counts(planted):
    corpus = planted[0]
    one, other = count(head_of(corpus, 20), Window(4)), count(corpus, Window(4)).head(20)
    assert (one.counts != other.counts).nnz == 0


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.addresses = [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [value for name, value in attributes if name in ("src", "href", "onload", "onclick")]


def test_the_page_is_self_contained_and_no_word_is_markup():
    evil = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"&<b>', "a\x1b[2Jb", "plain"]
    made = diagnose([evil * 3] * 60, {"min_count": 1, "dim": 2, "size": 3})
    assert any("<script>" in found.evidence for found in made.findings)
    page = made.page()
    seen = Tags()
    seen.feed(page)
    assert "script" not in seen.tags and "img" not in seen.tags and "b" not in seen.tags
    assert seen.addresses == [] and "\x1b" not in page
    assert set(re.findall(r"https?://[^\s\"<]+", page)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    pictures = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert pictures
    for picture in pictures:
        ElementTree.fromstring(picture)


def test_pictures_draw_what_they_are_given():
    axes = [Figure().subplots() for _ in range(2)]
    bars = Bars(["<a>", "b", "c"], [1.0, 2.0, np.inf], ["1", "2", "?"], "two", marked=1)
    bars.draw(axes[0])
    assert [bar.get_width() for bar in axes[0].patches] == [1, 2, 0]
    assert axes[0].patches[1].get_facecolor() != axes[0].patches[0].get_facecolor()
    curves = Curves([1, 2, 4], {"one": [1.0, 2.0, 4.0], "other": [4.0, np.nan, 1.0]}, "c", log_x=True, marks={"m": 2.0})
    curves.draw(axes[1])
    assert axes[1].lines[0].get_ydata().tolist() == [1, 2, 4] and axes[1].get_xscale() == "log"
    svg = bars.svg()
    assert svg == bars.svg() and "&lt;a&gt;" in svg and 'aria-label="two"' in svg and "<a>" not in svg


def test_a_page_without_matplotlib_says_how_to_get_pictures(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    page = diagnose(["a b c d e f g h"] * 60, {"min_count": 1, "dim": 2, "size": 3}).page()
    assert "<svg" not in page and "pip install matplotlib" in page


# the command line


def told(capsys, *arguments):
    from solve2vec.cli.main import run as command

    code = command(["diagnose", *map(str, arguments)])
    return code, capsys.readouterr()


def test_the_command_tells_json_and_writes_a_page(write, tmp_path, capsys):
    import json

    path = write("\n".join(" ".join(d) for d in speech(ENGLISH, "noun", 100, 0)))
    settings = write("vector_size = 5000\nmin_count = 1\n", "settings.toml")
    names = ("--checks", "more_parameters_than_tokens", "--settings", settings)
    code, said = told(capsys, path, *names, "--html", tmp_path / "report.html", "--json")
    (found,) = json.loads(said.out)["findings"]
    assert (code, found["severity"], found["numbers"]["tokens"]) == (0, "warning", 4000)
    assert "numbers to learn for each token" in (tmp_path / "report.html").read_text("utf-8")
    gaps = ("--checks", "too_few_epochs", "--model", "sgns", "--subsample", "0.01", "--dim", "2", "--json")
    pairs = [
        json.loads(told(capsys, path, *gaps, *more)[1].out)["findings"][0]["numbers"]["pairs"]
        for more in ((), ("--no-closed-gaps",))
    ]
    assert pairs[0] > pairs[1], "windows without gaps reach over what is dropped"
    code, said = told(capsys, path, *names, "--vector_size", 3, "--min-count", 2)
    assert code == 0 and "tokens for each number" in said.out


def test_the_evidence_of_fine_findings_can_be_seen(write, tmp_path, monkeypatch, capsys):
    write("\n".join(" ".join(d) for d in speech(ENGLISH, "noun", 100, 0)), "said.txt")
    monkeypatch.chdir(tmp_path)
    check = ("--checks", "more_parameters_than_tokens", "repeated_text", "case_mismatch", "coverage_below_half")
    plain, more = (told(capsys, "said.txt", "--dim", 2, *check, *shown)[1].out for shown in ((), ("--evidence",)))
    assert "evidence " not in plain and more.count("\nfine: ") == more.count("evidence ") == 2
    assert plain.count("not made: ") == 1 and "case mismatch, coverage below half: no question set" in plain


def test_the_command_refuses_in_one_sentence(write, capsys):
    path = write("a b c\n" * 9)
    for arguments, message in (
        ([path, "--checks", "vibes"], "no check 'vibes'"),
        ([path, "--init-scale", "0"], "init_scale must be above 0"),
        ([path, "--dim", "3", "--vector-size", "4"], "given twice"),
        (["absent.txt"], "absent.txt"),
    ):
        code, said = told(capsys, *arguments)
        assert code == 2 and message in said.err and said.err.count("\n") == 1
