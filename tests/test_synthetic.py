"""The planted corpus against enumeration of its latent states, group theory and its own samples."""

import itertools
import re

import numpy as np
import pytest

from solve2vec.core.errors import InputError
from solve2vec.datasets import planted, streams, synthetic
from solve2vec.datasets.planted import Factor, PlantedCorpus, Sector
from solve2vec.datasets.streams import zipf_topic_tokens
from solve2vec.datasets.synthetic import planted_corpus, planted_spectrum

SMALL = {"families": 2, "countries": 2, "verbs": 0, "topics": 1, "topic_words": 3, "plain": 3}
WORLDS = [
    {},
    {"zipf": 1.0},
    {"noise": 0.3},
    SMALL,
    {**SMALL, "zipf": 0.7, "noise": 0.2},
    {"families": 0, "topics": 0, "plain": 1},
    {"families": 40, "countries": 60, "verbs": 30, "topics": 20, "zipf": 0.5},
]


def _joint_by_enumeration(corpus: PlantedCorpus) -> np.ndarray:
    """P_ij = Σ_z p(z) p(i|z) p(j|z), over every combination z of the states of a document."""
    factors = [factor for sector in corpus.sectors for factor in sector.factors]

    def chances(factor):
        p = np.array([π / ε if ε else π for π, ε in zip(factor.π, factor.ε, strict=True)])
        return p / p.sum()

    def shows(factor, z):
        return np.array([(1 - factor.ε[z]) * π + factor.ε[z] * (a == z) for a, π in enumerate(factor.π)])

    def words_given(topic, states, blind):
        state_of = dict(zip(map(id, factors), states, strict=True))
        given = []
        for number, sector in enumerate(corpus.sectors):
            start = corpus.mixture.π[number] if blind else shows(corpus.mixture, topic)[number]
            tables = [f.π if blind else shows(f, state_of[id(f)]) for f in sector.factors]
            given += [start * np.prod(chosen) for chosen in itertools.product(*tables)]
        return np.array(given)

    P_ij = 0.0
    for topic, *states in itertools.product(*(range(len(factor)) for factor in [corpus.mixture, *factors])):
        p = np.prod([chances(f)[z] for f, z in zip([corpus.mixture, *factors], [topic, *states], strict=True)])
        clean, blind = (words_given(topic, states, blind) for blind in (False, True))
        p_i = (1 - corpus.noise) * clean + corpus.noise * blind
        P_ij = P_ij + p * np.outer(p_i, p_i)
    return P_ij


@pytest.mark.parametrize("changes", [{}, {"zipf": 1.3}, {"noise": 0.4}, {"zipf": 0.7, "noise": 0.2}])
def test_the_joint_is_what_enumerating_all_states_gives(changes):
    corpus = planted_corpus(**{**SMALL, **changes})
    np.testing.assert_allclose(corpus.joint, _joint_by_enumeration(corpus), rtol=1e-12)


def test_copying_may_differ_between_states():
    factor = Factor("topic", ("a", "b", "c"), copying=[0.2, 0.5, 0.9], shares=[1, 2, 3])
    corpus = PlantedCorpus((Sector("all", (factor,), ("x", "y", "z")),), Factor("sector", ("all",), 0.0))
    np.testing.assert_allclose(corpus.marginal, [1 / 6, 2 / 6, 3 / 6], rtol=1e-14)
    np.testing.assert_allclose(corpus.joint, _joint_by_enumeration(corpus), rtol=1e-12)
    np.testing.assert_allclose(corpus.joint.sum(axis=1), corpus.marginal, rtol=1e-12)


def test_two_words_by_hand():
    """Copying ½ of two equal states: a token shows its document's state 3 times in 4, so P_aa = ½(¾² + ¼²)."""
    gender = Factor("gender", ("m", "f"), copying=0.5)
    corpus = PlantedCorpus((Sector("people", (gender,), ("he", "she")),), Factor("sector", ("people",), 0.0))
    np.testing.assert_allclose(corpus.joint, [[0.3125, 0.1875], [0.1875, 0.3125]], rtol=1e-15)
    np.testing.assert_allclose(corpus.mstar(), [[2 / 9, -2 / 7], [-2 / 7, 2 / 9]], rtol=1e-14)
    assert corpus.concept_eigenvalues() == pytest.approx({"gender": 2 / 9 + 2 / 7, "people": 2 / 9 - 2 / 7})


@pytest.mark.parametrize("changes", WORLDS)
def test_the_marginal_of_the_joint_is_the_marginal(changes):
    corpus = planted_corpus(**changes)
    assert abs(corpus.marginal.sum() - 1) < 1e-12
    np.testing.assert_allclose(corpus.joint.sum(axis=1), corpus.marginal, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(corpus.joint, corpus.joint.T)
    assert (corpus.joint > 0).all()


def _chi_square_in_deviations(counts: np.ndarray, probabilities: np.ndarray) -> float:
    """How many standard deviations Pearson's statistic is above its mean, if all draws are independent."""
    expected = counts.sum() * probabilities
    assert expected.min() > 3  # else the statistic is not nearly normal
    freedom = probabilities.size - 1
    return float((((counts - expected) ** 2 / expected).sum() - freedom) / np.sqrt(2 * freedom))


@pytest.mark.parametrize("changes", [{}, {"zipf": 0.5, "noise": 0.2}])
@pytest.mark.parametrize("places", [(0, 1), (0, 4), (2, 3)])
def test_pairs_in_documents_are_as_frequent_as_the_joint_says(changes, places):
    """One pair from each document: independent draws, so the error is multinomial and nothing else."""
    corpus = planted_corpus(**SMALL, **changes)
    V = len(corpus)
    tokens, _ = corpus.token_ids(n=400_000, length=5, seed=7)
    i, j = tokens.reshape(-1, 5)[:, places].T
    counts = np.bincount(i * V + j, minlength=V * V).reshape(V, V)
    assert abs(_chi_square_in_deviations(counts, corpus.joint)) < 4.5
    independent = np.outer(corpus.marginal, corpus.marginal)
    assert _chi_square_in_deviations(counts, independent) > 100  # and the test can tell


def test_words_of_documents_are_as_frequent_as_the_marginal_says():
    corpus = planted_corpus(zipf=1.0, noise=0.1)
    tokens, _ = corpus.token_ids(n=200_000, length=3, seed=1)
    counts = np.bincount(tokens[::3], minlength=len(corpus))
    assert abs(_chi_square_in_deviations(counts, corpus.marginal)) < 4.5


def _mstar_by_loops(P_ij: np.ndarray) -> np.ndarray:
    P_i = [sum(row) for row in P_ij.tolist()]
    V = range(len(P_i))
    return np.array([[(P_ij[i, j] - P_i[i] * P_i[j]) / (0.5 * (P_ij[i, j] + P_i[i] * P_i[j])) for j in V] for i in V])


@pytest.mark.parametrize("changes", [{}, SMALL, {"zipf": 1.0, "noise": 0.3}])
def test_mstar_and_its_eigenvalues_by_the_obvious_road(changes):
    corpus = planted_corpus(**changes)
    M = _mstar_by_loops(corpus.joint)
    np.testing.assert_allclose(corpus.mstar(), M, atol=1e-12)
    np.testing.assert_allclose(corpus.eigenvalues(), np.linalg.eigh(M)[0][::-1], atol=1e-10)
    assert (np.diff(corpus.eigenvalues()) <= 0).all()


@pytest.mark.parametrize("noise", [0.0, 0.25])
def test_two_state_concepts_are_exact_eigenvectors(noise):
    corpus = planted_corpus(noise=noise)
    M, values = corpus.mstar(), corpus.concept_eigenvalues()
    for name in ("gender", "number", "role", "tense"):
        v = corpus.concepts[name]
        assert set(v) == {-1.0, 0.0, 1.0}
        np.testing.assert_allclose(M @ v, values[name] * v, atol=1e-11)
        assert np.abs(corpus.eigenvalues() - values[name]).min() < 1e-10


def test_larger_factors_are_multiplets_of_equal_eigenvalues():
    corpus = planted_corpus()
    M, eigenvalues = corpus.mstar(), corpus.eigenvalues()
    for factor, multiplicity in (("family", 7), ("country", 9), ("verb", 7)):
        B = corpus.contrasts(factor)
        assert B.shape == (len(corpus), multiplicity)
        np.testing.assert_allclose(B.T @ B, np.eye(multiplicity), atol=1e-13)
        λ = B[:, 0] @ M @ B[:, 0]
        np.testing.assert_allclose(M @ B, λ * B, atol=1e-11)
        assert (np.abs(eigenvalues - λ) < 1e-9).sum() == multiplicity
    king, queen, man = (corpus.words.index(word) for word in ("king", "queen", "man"))
    np.testing.assert_array_equal(corpus.contrasts("family")[king], corpus.contrasts("family")[queen])
    assert not np.allclose(corpus.contrasts("family")[king], corpus.contrasts("family")[man])


def test_sectors_and_plain_words_span_an_invariant_subspace():
    corpus = planted_corpus()
    sectors = [corpus.concepts[name] for name in ("people", "places", "verbs", "music", "sport", "food", "science")]
    S = np.stack([*sectors, 1.0 - sum(sectors)], axis=1)
    S /= np.linalg.norm(S, axis=0)
    MS = corpus.mstar() @ S
    np.testing.assert_allclose(MS, S @ (S.T @ MS), atol=1e-11)


def test_content_sectors_are_independent_of_each_other():
    corpus = planted_corpus()
    music, people = (np.flatnonzero(corpus.concepts[name]) for name in ("music", "people"))
    P = corpus.marginal
    np.testing.assert_allclose(corpus.joint[np.ix_(music, people)], np.outer(P[music], P[people]), rtol=1e-12)


def test_the_leading_modes_are_the_concepts_one_by_one():
    """Overlap cos² between mode and concept; sectors lean on the plain words a little, two-state factors do not."""
    corpus = planted_corpus()
    eigenvalues, modes = np.linalg.eigh(corpus.mstar())
    eigenvalues, modes = eigenvalues[::-1], modes[:, ::-1]
    directions = {name: v / np.linalg.norm(v) for name, v in corpus.concepts.items()}
    overlaps = np.array([(v @ modes[:, :11]) ** 2 for v in directions.values()])
    best = [list(directions)[k] for k in overlaps.argmax(axis=0)]
    assert best == list(corpus.concept_eigenvalues()) and len(set(best)) == 11
    assert overlaps.max(axis=0).min() > 0.9
    assert (1 - eigenvalues[1:12] / eigenvalues[:11]).min() > 0.08
    assert eigenvalues[corpus.dim - 1] > 1 and abs(eigenvalues[corpus.dim]) < 0.2


def _solved(M: np.ndarray, corpus: PlantedCorpus) -> dict[str, float]:
    """The share of analogies that W = V_d Λ_d^½ solves (3CosAdd), by category."""
    eigenvalues, modes = np.linalg.eigh(M)
    W = modes[:, -corpus.dim :] * np.sqrt(np.maximum(eigenvalues[-corpus.dim :], 0))
    W /= np.linalg.norm(W, axis=1, keepdims=True)
    id_of = {word: token for token, word in enumerate(corpus.words)}
    scores = {}
    for category, questions in corpus.analogies.items():
        ids = np.array([[id_of[word] for word in question] for question in questions])
        nearness = (W[ids[:, 1]] - W[ids[:, 0]] + W[ids[:, 2]]) @ W.T
        np.put_along_axis(nearness, ids[:, :3], -np.inf, axis=1)
        scores[category] = float((nearness.argmax(axis=1) == ids[:, 3]).mean())
    return scores


@pytest.mark.parametrize("changes", [{}, {"zipf": 1.0}, {"noise": 0.2}, {"families": 30, "countries": 50}])
def test_the_known_joint_solves_every_analogy(changes):
    corpus = planted_corpus(**changes)
    assert _solved(corpus.mstar(), corpus) == dict.fromkeys(("number", "gender", "role", "tense"), 1.0)


def test_300_000_tokens_solve_the_analogies():
    corpus = planted_corpus()
    tokens, starts = corpus.token_ids(n=6_000, length=50)
    assert starts[-1] == len(tokens) == 300_000
    X = np.zeros((6_000, len(corpus)))
    np.add.at(X, (np.repeat(np.arange(6_000), 50), tokens), 1)
    C = X.T @ X - np.diag(X.sum(axis=0))  # every other token of the document is context
    assert min(_solved(_mstar_by_loops(C / C.sum()), corpus).values()) > 0.98


def test_analogies_change_one_state_and_nothing_else():
    corpus = planted_corpus()
    questions = corpus.analogies["gender"]
    assert ("king", "queen", "man", "woman") in questions and ("sons", "daughters", "king", "queen") in questions
    assert len(questions) == len(set(questions)) == 16 * 15
    assert ("france", "paris", "japan", "tokyo") in corpus.analogies["role"]
    assert ("walk", "walked", "call", "called") in corpus.analogies["tense"]
    assert ("queen", "queens", "boy", "boys") in corpus.analogies["number"]
    for category, concept in ((name, corpus.concepts[name]) for name in corpus.analogies):
        for a, b, c, d in corpus.analogies[category]:
            signs = [concept[corpus.words.index(word)] for word in (a, b, c, d)]
            assert signs == [1, -1, 1, -1] and a != c
    large = planted_corpus(families=100).analogies["gender"]
    assert len(large) == 200 * planted.PARTNERS


def test_a_factor_with_two_states_is_a_concept_even_if_it_could_have_more():
    corpus = planted_corpus(families=2, countries=1, verbs=0, topics=1, topic_words=2)
    assert set(corpus.concepts) == {"people", "places", "music", "family", "number", "gender", "role"}
    assert ("king", "man", "queen", "woman") in corpus.analogies["family"]
    assert corpus.analogies["role"] == []  # a single pair compares with none
    assert corpus.dim == 7


@pytest.mark.parametrize(
    ("sizes", "V"),
    [
        ({}, 106),
        ({"families": 2, "countries": 2, "verbs": 2, "topics": 1}, 30),
        ({"families": 300, "countries": 300, "verbs": 300, "topics": 40, "topic_words": 20, "plain": 200}, 3400),
    ],
)
def test_any_size_has_that_many_distinct_words(sizes, V):
    words = planted_corpus(**sizes).words
    assert len(words) == V == len(set(words))
    assert all(re.fullmatch(r"[a-z0-9_]+", word) for word in words)  # one token to any tokenizer


def test_all_listed_words_differ():
    listed = " ".join((synthetic.PEOPLE, synthetic.PLACES, synthetic.VERBS, synthetic.TOPICS, synthetic.PLAIN)).split()
    assert len(listed) == len(set(listed))
    assert (
        len(synthetic.PEOPLE.split()) % 4 == len(synthetic.PLACES.split()) % 2 == len(synthetic.VERBS.split()) % 2 == 0
    )


def test_same_seed_same_bytes_other_seed_other_bytes():
    corpus = planted_corpus(noise=0.1)
    tokens, starts = corpus.token_ids(500, 20, seed=3)
    assert tokens.dtype == np.int32 and starts.dtype == np.int64
    assert tokens.tobytes() == corpus.token_ids(500, 20, seed=3)[0].tobytes()
    assert tokens.tobytes() != corpus.token_ids(500, 20, seed=4)[0].tobytes()
    np.testing.assert_array_equal(starts, np.arange(501) * 20)


def test_documents_are_the_tokens_as_words_at_every_pass():
    corpus = planted_corpus()
    documents = corpus.documents(30, 7, seed=5)
    tokens, _ = corpus.token_ids(30, 7, seed=5)
    words = [[corpus.words[token] for token in row] for row in tokens.reshape(30, 7)]
    assert len(documents) == 30 and list(documents) == words == list(documents)


def test_a_longer_run_begins_like_a_shorter_one():
    """Documents so long that a batch has four."""
    corpus, length = planted_corpus(), planted.BATCH // 4
    long, short = (corpus.token_ids(n, length)[0] for n in (9, 5))
    np.testing.assert_array_equal(long[: 5 * length], short)
    assert len(np.unique(long.reshape(9, length), axis=0)) == 9  # batches differ


def test_known_arrays_cannot_be_changed():
    corpus = planted_corpus()
    for known in (corpus.marginal, corpus.joint):
        with pytest.raises(ValueError, match="read-only"):
            known[0] = 1


TWO = Factor("two", ("a", "b"), 0.5)
ONE = Factor("sector", ("all",), 0.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: planted_corpus(families=-1), "families must be 0 or more, got -1"),
        (lambda: planted_corpus(zipf=float("nan")), "zipf must be 0 or more, got nan"),
        (lambda: planted_corpus(plain=0), "plain must be at least 1, got 0"),
        (lambda: planted_corpus(noise=1.5), "noise must be in 0…1, got 1.5"),
        (lambda: planted_corpus(families=0, countries=0, verbs=0, topics=0), "nothing is planted: ask for"),
        (lambda: planted_corpus().documents(0), "documents must be at least 1, got 0"),
        (lambda: planted_corpus().token_ids(5, length=0), "length must be at least 1, got 0"),
        (lambda: planted_corpus().contrasts("age"), "no factor is called 'age': choose one of family, number"),
        (lambda: Factor("empty", (), 0.5), "factor 'empty' has 0 states"),
        (lambda: Factor("two", ("a", "b"), 1.0), "factor 'two' copies with 1.0: use numbers above 0 and below 1"),
        (lambda: Factor("two", ("a", "b"), [0.5, 0.0]), "factor 'two' copies with"),
        (lambda: Factor("two", ("a", "b"), 0.5, [1.0, 0.0]), "factor 'two' has 2 states: give it at least 1, and each"),
        (lambda: Factor("two", ("a", "b"), 0.5, [1.0]), "factor 'two' has 2 states"),
        (lambda: Sector("all", (TWO,), ("x",)), "sector 'all' has 1 words for"),
        (lambda: Sector("all", (), ("x",)), "sector 'all' has 1 words for"),
        (lambda: PlantedCorpus((Sector("some", (TWO,), ("x", "y")),), ONE), "they must be the sectors"),
        (lambda: PlantedCorpus((Sector("all", (TWO,), ("x", "x")),), ONE), "'x' stands twice"),
        (lambda: PlantedCorpus((Sector("all", (TWO, TWO), ("x", "y", "z", "w")),), ONE), "'two' stands twice"),
        (lambda: planted_spectrum([1.0, 2.0], V=1), "2 eigenvalues do not fit a matrix of 1 rows: use V=2"),
        (lambda: zipf_topic_tokens(10, V=0), "V must be at least 1, got 0"),
        (lambda: zipf_topic_tokens(10, V=5, copying=-0.1), "copying is a probability, in 0…1, got -0.1"),
    ],
)
def test_what_cannot_stand_is_named(make, message):
    with pytest.raises(InputError, match=re.escape(message)):
        make()


@pytest.mark.parametrize("V", [5, 40])
def test_a_planted_spectrum_has_these_eigenvalues_and_no_others(V):
    given = [7.0, 2.5, 2.5, -0.5, -90.0]
    M = planted_spectrum(given, V, seed=2)
    np.testing.assert_array_equal(M, M.T)
    np.testing.assert_allclose(np.linalg.eigvalsh(M), sorted(given + [0.0] * (V - 5)), atol=90 * 1e-14 * 5)
    np.testing.assert_array_equal(M, planted_spectrum(given, V, seed=2))
    assert not np.allclose(M, planted_spectrum(given, V, seed=3))


def test_planted_eigenvectors_have_no_preferred_direction():
    """The entries of a uniform unit vector have mean 0 and mean square 1 / V: no sign or axis is preferred."""
    v = np.array([planted_spectrum([1.0], 4, seed) for seed in range(2_000)])  # v vᵀ
    assert abs(v[:, 0, 1].mean()) < 4 * np.sqrt(1 / 24 / 2_000)  # the variance of v_0 v_1 is 1 / (V (V + 2))
    np.testing.assert_allclose(np.einsum("sii->i", v) / 2_000, 0.25, atol=4 * np.sqrt(1 / 16 / 2_000))


def _zipf_given_topic(V: int, plain: int, topics: int, copying: float) -> np.ndarray:
    """(topics, V) p(i|z), word by word."""
    q = 1 / np.arange(1, V + 1)
    q /= q.sum()
    given = np.tile(q, (topics, 1))
    for first in range(plain, V - topics + 1, topics):
        for z, place in itertools.product(range(topics), range(topics)):
            i = first + place
            given[z, i] = (1 - copying) * q[i] + copying * (place == z) * q[first : first + topics].sum()
    return given


@pytest.mark.parametrize("V", [13, 14])  # 4 plain words, 3 groups of 3 topics; one word over
def test_zipf_tokens_and_pairs_are_as_frequent_as_the_formula_says(V):
    stream = zipf_topic_tokens(1_200_000, V, topics=3, document_length=2, copying=0.4, seed=1, chunk=1, plain_words=4)
    counts = np.zeros(V * V)
    for tokens, starts in stream:
        assert (np.diff(starts) == 2).all()
        counts += np.bincount(tokens[::2] * V + tokens[1::2], minlength=V * V)
    given = _zipf_given_topic(V, 4, 3, copying=round(0.4 * 65536) / 65536)
    joint = given.T @ given / 3
    assert counts.sum() == 600_000
    assert abs(_chi_square_in_deviations(counts, joint.ravel())) < 4.5
    assert _chi_square_in_deviations(counts, np.outer(joint.sum(0), joint.sum(0)).ravel()) > 30


def test_zipf_words_follow_the_law_in_a_large_vocabulary():
    V = 1_000
    tokens = np.concatenate([tokens for tokens, _ in zipf_topic_tokens(2_000_000, V, topics=8, document_length=1)])
    given = _zipf_given_topic(V, 128, 8, copying=round(0.3 * 65536) / 65536)
    assert abs(_chi_square_in_deviations(np.bincount(tokens, minlength=V), given.mean(axis=0))) < 4.5


def test_zipf_chunks_are_whole_documents_of_one_corpus():
    whole, starts = next(zipf_topic_tokens(300_001, 5_000, chunk=1 << 30))
    assert whole.dtype == np.int32 and len(whole) == 300_001
    assert whole.min() >= 0 and whole.max() < 5_000
    assert starts.tolist() == [*range(0, 300_001, 256), 300_001]
    parts = list(zipf_topic_tokens(300_001, 5_000, chunk=70_000))
    assert len(parts) > 3 and all(starts[0] == 0 and starts[-1] == len(tokens) for tokens, starts in parts)
    np.testing.assert_array_equal(np.concatenate([tokens for tokens, _ in parts]), whole)
    lengths = np.concatenate([np.diff(starts) for _, starts in parts])
    np.testing.assert_array_equal(lengths, np.diff(starts))
    other, _ = next(zipf_topic_tokens(300_001, 5_000, chunk=1 << 30, seed=1))
    assert (other != whole).mean() > 0.5


@pytest.mark.parametrize("V", [1, 2, 5, 1_000])
@pytest.mark.parametrize("exponent", [0.0, 1.0, 3.0])
def test_alias_tables_hold_the_probabilities_they_were_made_of(V, exponent):
    p = np.arange(1, V + 1) ** -exponent
    p /= p.sum()
    cut, jump = streams._alias_tables(p)
    cells = len(cut)
    implied = np.zeros(cells)
    np.add.at(implied, np.arange(cells), cut / 2**32 / cells)
    np.add.at(implied, np.arange(cells) + jump, (1 - cut / 2**32) / cells)
    np.testing.assert_allclose(implied, np.pad(p, (0, cells - V)), atol=2**-31)
