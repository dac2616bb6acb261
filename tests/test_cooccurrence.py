"""Counts against the double loop, and the laws that integers give: any order, any cut, any number of threads."""

import json
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

import oracles_math as oracle
from solve2vec.cooccurrence import counting, planning
from solve2vec.cooccurrence import rows as countrows
from solve2vec.cooccurrence.cooccurrence import Cooccurrence, count, count_stream, merge, subtract
from solve2vec.cooccurrence.planning import planned
from solve2vec.cooccurrence.window import WEIGHTINGS, Window
from solve2vec.core import progress
from solve2vec.core.errors import InputError
from solve2vec.core.resources import using
from solve2vec.corpus.corpus import Corpus, VocabularyOptions, encode
from solve2vec.corpus.vocabulary import Vocabulary
from solve2vec.target.formula import Formula
from solve2vec.target.target import build_target

DOCUMENTS = st.lists(st.lists(st.integers(0, 5), max_size=12), min_size=1, max_size=5)


def corpus_of(documents, V, words=None):
    tokens = np.array([t for d in documents for t in d], np.int32)
    words = words or [f"w{i}" for i in range(V)]
    return Corpus.from_ids(tokens, np.cumsum([0, *map(len, documents)]), words)


def dense(counts):
    return counts.counts.toarray().astype(np.int64)


def random_documents(seed, V, lengths, unknown=True):
    rng = np.random.default_rng(seed)
    p = 1 / np.arange(1, V + 1 + unknown)
    return [rng.choice(V + unknown, n, p=p / p.sum()).tolist() for n in lengths]


def sums_of_files(folder):
    return {name: entry["sha256"] for name, entry in json.loads((folder / "stage.json").read_text())["files"].items()}


@pytest.fixture(scope="module")
def corpus():
    """3,000 tokens of 60 Zipf words in documents of very different lengths, unknown words among them."""
    return corpus_of(random_documents(1, 60, [1, 900, 2, 300, 0, 700, 5, *[50] * 20, 92]), 60)


@pytest.fixture(scope="module")
def whole(corpus):
    return count(corpus, Window(7, "harmonic"), threads=1)


def test_by_hand():
    """ "a b c", window 2, linear: neighbors weigh 2/2, next but one 1/2."""
    made = count(encode([["a", "b", "c"]], selection=VocabularyOptions(min_count=1)), Window(2, "linear"))
    assert made.denominator == 2
    assert dense(made).tolist() == [[0, 2, 1], [2, 0, 2], [1, 2, 0]]
    assert made.weight("a", "c") == 0.5
    assert made.total == 5.0
    assert made.row_weights().tolist() == [1.5, 2.0, 1.5]


def test_an_unknown_word_keeps_its_place():
    """ "a ? b": a and b stand two apart, not side by side."""
    made = count(corpus_of([[0, 2, 1]], 2), Window(2, "harmonic"))
    assert made.weight("w0", "w1") == 0.5
    assert count(corpus_of([[0, 2, 1]], 2), Window(1)).total == 0


def test_no_window_crosses_the_end_of_a_document():
    assert count(corpus_of([[0], [1]], 2), Window(9)).total == 0
    assert count(corpus_of([[0, 1]], 2), Window(9)).total == 2


def rounding(weighting, size, denominator):
    """How far a weight of a window may be from its formula."""
    weights = [oracle.weight(j, size, weighting) * denominator for j in range(1, size + 1)]
    return 0 if all(weight.denominator == 1 for weight in weights) else Fraction(1, 2 * denominator)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("size", [1, 2, 3, 5, 12, 13, 16, 40])
def test_agrees_with_the_obvious_loops(size, weighting):
    """Exactly where the denominator can hold the weights; else each is at most half of its inverse off."""
    documents = random_documents(size, 9, [1, 2, 25, 0, 60, 3])
    made = count(corpus_of(documents, 9), Window(size, weighting))
    expected = oracle.counts(documents, 9, size, weighting)
    pairs = oracle.counts(documents, 9, size, "flat")
    slack = rounding(weighting, size, made.denominator)
    for i, row in enumerate(dense(made).tolist()):
        for j, number in enumerate(row):
            assert abs(Fraction(number, made.denominator) - expected[i][j]) <= slack * pairs[i][j]


@given(documents=DOCUMENTS, size=st.integers(1, 14), weighting=st.sampled_from(["flat", "linear"]))
@settings(max_examples=60, deadline=None)
def test_agrees_with_the_obvious_loops_on_any_documents(documents, size, weighting):
    made = count(corpus_of(documents, 5), Window(size, weighting), threads=1)
    expected = oracle.counts(documents, 5, size, weighting)
    assert [[Fraction(n, made.denominator) for n in row] for row in dense(made).tolist()] == expected


@given(documents=DOCUMENTS)
@settings(max_examples=40, deadline=None)
def test_a_document_window_counts_every_pair_of_places(documents):
    made = count(corpus_of(documents, 5), Window("document"), threads=1)
    assert dense(made).tolist() == oracle.counts(documents, 5, "document")


@given(documents=DOCUMENTS, weighting=st.sampled_from(list(WEIGHTINGS)))
@settings(max_examples=40, deadline=None)
def test_counts_are_symmetric_and_reversing_every_document_leaves_them(documents, weighting):
    made = count(corpus_of(documents, 5), Window(4, weighting), threads=1)
    backward = count(corpus_of([d[::-1] for d in documents], 5), Window(4, weighting), threads=1)
    assert (dense(made) == dense(made).T).all()
    assert backward.counts.data.tobytes() == made.counts.data.tobytes()
    assert backward.counts.indices.tobytes() == made.counts.indices.tobytes()


def test_doubling_the_corpus_doubles_the_counts(corpus, whole):
    twice = [corpus.document(d) for d in range(corpus.n_documents)] * 2
    ids = [[60 if word is None else corpus.vocabulary.id_of[word] for word in d] for d in twice]
    assert (dense(count(corpus_of(ids, 60), Window(7, "harmonic"))) == 2 * dense(whole)).all()


@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("size", [1, 4, 12])
def test_the_sum_of_counts_is_what_lengths_and_borders_imply(size, weighting):
    lengths = [1, 2, 3, 4, 5, 30, 0, 13]
    made = count(corpus_of(random_documents(0, 6, lengths, unknown=False), 6), Window(size, weighting))
    expected = oracle.total_of_borders(lengths, size, weighting)
    slack = rounding(weighting, size, made.denominator) * oracle.total_of_borders(lengths, size, "flat")
    assert abs(Fraction(int(made.counts.data.sum()), made.denominator) - expected) <= slack
    assert made.marginal().sum() == pytest.approx(1, abs=1e-15 * 6)


@pytest.mark.parametrize("size", [8, "document"])
def test_threads_shards_and_memory_leave_no_trace(corpus, size, tmp_path):
    """Same fingerprint, and the same bytes on disk."""
    first = count(corpus, Window(size), threads=1)
    files = sums_of_files(first.save(tmp_path / "first"))
    for threads in (1, 2, 3):
        for shards in (1, 3, 7):
            with using(block=200):  # many blocks of rows
                made = count(corpus, Window(size), threads=threads, shards=shards, scratch=tmp_path)
            assert made.fingerprint == first.fingerprint
            assert made.counts.data.dtype == first.counts.data.dtype
    assert sums_of_files(made.save(tmp_path / "last")) == files
    assert not [p for p in tmp_path.iterdir() if p.name not in ("first", "last")]


def test_a_small_memory_limit_counts_in_parts_and_changes_nothing(corpus, whole):
    fixed = countrows.ROOM * 16 + 100 * 60
    with using(threads=1, memory=fixed + 20_000):
        assert planned(corpus, Window(7, "harmonic"), None)[1] > 2
        made = count(corpus, Window(7, "harmonic"))
    assert made.fingerprint == whole.fingerprint
    with pytest.raises(InputError, match=r"counting 60 words on 1 threads needs at least .* raise it"):
        count(corpus, Window(7, "harmonic"), threads=1, memory="1MB")


def test_the_gaps_between_documents_take_memory_too():
    """6,000 documents of two tokens, 100 places between them, of 4 bytes: each part stays below what it may take."""
    corpus, window = corpus_of([[0, 1]] * 6000, 2), Window(100, "flat")
    fixed = 16 * countrows.ROOM + (12 + 64) * 2
    with using(threads=1, memory=fixed + 1_000_000):
        parts = corpus.shards(planned(corpus, window, None)[1])
        made = count(corpus, window)
    assert dense(made).tolist() == [[0, 6000], [6000, 0]]
    taken = [16 * len(part) + 4 * 100 * part.n_documents for part in parts]
    assert sum(taken) == 2_592_000 and max(taken) <= 1_000_000 and len(parts) == 3


def test_places_in_the_gaps_are_numbered_too_and_more_than_there_are_numbers_make_parts():
    corpus, window, places = corpus_of([[0, 1]] * 14_000, 2), Window(100, "flat"), 2**20 + 200_000
    assert planning.parts_needed(corpus, window, 10**9) == 1
    parts = corpus.shards(planning.parts_needed(corpus, window, 10**9, places))
    rows = np.append(np.arange(2), -1)
    for part in parts:
        counting.prepare(part, window, rows, places)
    with pytest.raises(InputError, match=r"1,428,100 places are more than can be numbered \(1,248,576\)"):
        counting.prepare(corpus, window, rows, places)


def test_parts_merge_to_the_whole_in_any_order(corpus, whole):
    parts = [count(shard, Window(7, "harmonic")) for shard in corpus.shards(3)]
    for order in permutations(parts):
        assert merge(order).fingerprint == whole.fingerprint
    a, b, c = parts
    assert merge([merge([c, a]), b]).fingerprint == whole.fingerprint


def test_subtract_is_the_exact_inverse_of_merge(corpus, whole):
    a, b, c = (count(shard, Window(7, "harmonic")) for shard in corpus.shards(3))
    assert subtract(subtract(whole, b), a).fingerprint == c.fingerprint
    assert subtract(merge([whole, a]), a).fingerprint == whole.fingerprint
    nothing = subtract(whole, whole)
    assert nothing.counts.nnz == 0
    assert nothing.total == 0


def test_words_are_added_and_subtracted_with_their_pairs():
    vocabulary = Vocabulary.of_words(["a", "b", "c"])
    one, other = (count(encode(text, vocabulary), Window(1)) for text in ([["a", "b"]] * 9, [["a", "c", "x"]] * 20))
    both = merge([one, other])
    assert both.vocabulary.counts.tolist() == [29, 9, 20]
    assert (both.vocabulary.total, both.vocabulary.documents) == (78, 29)
    assert both.vocabulary.rare_counts == {"x": 20}
    assert subtract(both, one).vocabulary.counts.tolist() == [20, 0, 20]
    assert merge([other, one]).fingerprint == both.fingerprint
    together = count(encode([["a", "b"]] * 9 + [["a", "c", "x"]] * 20, vocabulary), Window(1))
    assert both.fingerprint == together.fingerprint
    formula = Formula(unigram=True, subsample=1e-2, shrinkage=0)
    assert build_target(both, formula).fingerprint == build_target(together, formula).fingerprint


def test_parts_of_a_text_and_their_sum_know_its_rare_words():
    whole = encode([["a", "b", "a"], ["a", "c"], ["a", "b"]], selection=VocabularyOptions(min_count=2))
    parts = [count(part, Window(1)) for part in whole.shards(2)]
    for vocabulary in (*(part.vocabulary for part in parts), merge(parts).vocabulary):
        assert vocabulary.rare_counts == {"c": 1}


def test_matrices_add_with_the_counts_of_their_words():
    A = np.array([[0, 2], [2, 0]])
    parts = [Cooccurrence.from_matrix(k * A, ["a", "b"]) for k in (1, 10)]
    assert merge(parts).fingerprint == merge(parts[::-1]).fingerprint
    assert merge(parts).vocabulary.counts.tolist() == [22, 22]


def test_a_part_that_was_never_counted_in_cannot_be_subtracted(corpus, whole):
    foreign = count(corpus_of([[58, 59] * 40], 60), Window(7, "harmonic"))
    with pytest.raises(InputError, match="not part of the whole"):
        subtract(whole, foreign)


@pytest.mark.parametrize("column", range(4))
def test_a_count_below_zero_is_found_wherever_it_stands_in_its_row(column):
    whole = Cooccurrence.from_matrix(np.full((4, 4), 5), "abcd")
    part = np.ones((4, 4), int)
    part[0, column] = part[column, 0] = 6
    with pytest.raises(InputError, match="not part of the whole"):
        subtract(whole, Cooccurrence.from_matrix(part, "abcd"))


def test_counts_of_other_windows_or_words_are_not_added(corpus, whole):
    with pytest.raises(InputError, match="different windows"):
        merge([whole, count(corpus, Window(6, "harmonic"))])
    with pytest.raises(InputError, match="different windows"):
        merge([count(corpus, Window(6, "flat")), count(corpus, Window(7, "flat"))])
    with pytest.raises(InputError, match=r"different vocabularies \(60 and 59 words\)"):
        subtract(whole, whole.head(59))
    with pytest.raises(InputError, match="nothing to merge"):
        merge([])
    with pytest.raises(InputError, match="merge needs a Cooccurrence, got a Corpus"):
        merge([corpus])


@pytest.mark.parametrize("size", [1, 2, 17, 59, 60])
def test_the_head_is_what_counting_with_the_smaller_vocabulary_gives(corpus, whole, size):
    tokens = np.where(corpus.tokens < size, corpus.tokens, size)
    smaller = Corpus.from_ids(tokens, corpus.document_starts, corpus.vocabulary.words[:size])
    expected = count(smaller, Window(7, "harmonic"))
    made = whole.head(size)
    assert made.counts.data.tobytes() == expected.counts.data.tobytes()
    assert made.counts.indices.tobytes() == expected.counts.indices.tobytes()
    assert (made.counts.indptr == expected.counts.indptr).all()
    assert made.denominator == expected.denominator


def test_the_head_of_outside_counts_is_their_first_rows_in_the_order_given():
    whole = Cooccurrence.from_matrix([[0, 1, 0], [1, 0, 9], [0, 9, 0]], ["seldom", "often", "also"])
    head = whole.head(2)
    assert head.vocabulary.words == ("seldom", "often") and head.vocabulary.counts.tolist() == [1, 10]
    assert head.counts.toarray().tolist() == [[0, 1], [1, 0]]
    with pytest.raises(InputError, match="'also' is seen 9 times, but only the first 2 words were kept"):
        head.vocabulary.require("also")


def test_counts_are_int32_where_they_fit_and_int64_where_not():
    largest = 2**31 - 1
    fits = Cooccurrence.from_matrix([[0, largest], [largest, 0]], ["a", "b"])
    assert fits.counts.data.dtype == np.int32
    one = Cooccurrence.from_matrix([[0, 1], [1, 0]], ["a", "b"])
    over = merge([fits, one])
    assert over.counts.data.dtype == np.int64
    assert dense(over).tolist() == [[0, 2**31], [2**31, 0]]
    assert dense(merge([over, over])).tolist() == [[0, 2**32], [2**32, 0]]
    back = subtract(over, one)
    assert back.counts.data.dtype == np.int32
    assert (dense(back) == dense(fits)).all()


@pytest.mark.parametrize("n", [13_000, 50_000])
def test_a_count_beyond_int32_is_counted_right(n):
    """One word n times: C_00 = 27,720 · 2 Σ_j (n - j) / j, near 2.2·10⁹ and 8.6·10⁹; the first is below 2³²."""
    made = count(corpus_of([[0] * n], 1), Window(12, "harmonic"))
    assert made.counts.data.dtype == np.int64
    assert Fraction(int(made.counts.data[0]), 27_720) == oracle.total_of_borders([n], 12, "harmonic")


def test_a_stream_counts_like_the_whole(corpus, whole):
    shards = corpus.shards(20)
    for together in (2, 3, 50):
        made = count_stream(iter(shards), Window(7, "harmonic"), together=together)
        assert made.fingerprint == whole.fingerprint
    assert made.lineage.values_of("count") == {"size": 7, "weighting": "harmonic"}
    with pytest.raises(InputError, match="one vocabulary"):
        count_stream([shards[0], corpus_of([[0, 1]], 2)])
    with pytest.raises(InputError, match="nothing to count"):
        count_stream([])


def test_a_corpus_without_any_pair_counts_nothing_and_says_so():
    made = count(corpus_of([[0], [1], [2]], 3), Window(4))
    assert (made.total, made.counts.nnz, made.counts.data.dtype) == (0, 0, np.int32)


def test_rows_without_counts_weigh_nothing():
    made = count(corpus_of([[0, 2], [4, 2]], 6), Window(1, "flat"))
    assert made.row_weights().tolist() == [1, 0, 2, 0, 1, 0]
    assert made.marginal().tolist() == [0.25, 0, 0.5, 0, 0.25, 0]


class TestFromMatrix:
    def test_whole_numbers_stay_what_they_are(self):
        given = np.array([[4, 0, 1], [0, 0, 7], [1, 7, 0]])
        for matrix in (given, given.astype(float), sparse.coo_array(given), sparse.csc_matrix(given)):
            made = Cooccurrence.from_matrix(matrix, ["a", "b", "c"])
            assert (dense(made) == given).all()
            assert made.denominator == 1
        assert made.vocabulary.counts.tolist() == [5, 7, 8]

    def test_repeated_entries_of_a_sparse_matrix_add_up(self):
        entries = ([1, 2, 1, 2], ([0, 0, 1, 1], [1, 1, 0, 0]))
        assert dense(Cooccurrence.from_matrix(sparse.coo_array(entries, (2, 2)), ["a", "b"])).tolist() == [
            [0, 3],
            [3, 0],
        ]

    def test_sums_of_reciprocals_as_glove_makes_them_are_kept_exactly(self):
        """1/3 + 1/3 + 1 as a double is not 5/3, but the nearest multiple of 1/360,360 is."""
        value = sum([1 / 3, 1 / 3, 1.0])
        made = Cooccurrence.from_matrix([[0, value], [value, 0]], ["a", "b"])
        assert Fraction(int(dense(made)[0, 1]), made.denominator) == Fraction(5, 3)

    def test_it_equals_counting_the_same_text(self, corpus, whole):
        made = Cooccurrence.from_matrix(whole.counts / whole.denominator, corpus.vocabulary, denominator=420)
        assert made.fingerprint == whole.fingerprint

    def test_the_callers_matrix_is_left_alone(self):
        given = sparse.csr_array(np.array([[0.0, 0.5], [0.5, 0.0]]))
        before = given.data.copy()
        Cooccurrence.from_matrix(given, ["a", "b"])
        assert (given.data == before).all()

    @pytest.mark.parametrize(
        ("matrix", "message"),
        [
            ([[0, 1, 1], [1, 0, 1]], r"shape \(2, 3\)"),
            ([[0]], r"shape \(1, 1\); 2 words"),
            ([[0, np.nan], [np.nan, 0]], "not a finite"),
            ([[0, np.inf], [np.inf, 0]], "not a finite"),
            ([[0, -2], [-2, 0]], r"negative entry \(-2"),
            ([[0, 0], [0, 0]], "no positive entry"),
            ([[0, 1], [2, 0]], "not symmetric"),
            ([[0, 1e-30], [1e-30, 1.5]], "denominator"),
            ([[0, 1e17], [1e17, 0.5]], "denominator"),
        ],
    )
    def test_what_cannot_be_counts_is_refused(self, matrix, message):
        with pytest.raises(InputError, match=message):
            Cooccurrence.from_matrix(matrix, ["a", "b"])

    def test_words_stand_once_and_fit_the_matrix(self):
        with pytest.raises(InputError, match="'a' stands twice"):
            Cooccurrence.from_matrix([[0, 1], [1, 0]], ["a", "a"])
        with pytest.raises(InputError, match="3 words need"):
            Cooccurrence(counts=sparse.csr_array((2, 2)), denominator=1, vocabulary=Vocabulary.of_words("abc"))


def test_saved_counts_come_back_the_same(whole, tmp_path):
    back = Cooccurrence.load(whole.save(tmp_path / "counts"))
    assert back.fingerprint == whole.fingerprint
    assert back.lineage == whole.lineage
    assert merge([back, whole]).total == 2 * whole.total
    with pytest.raises(ValueError, match="read-only"):
        back.counts.data[0] = 1


def test_bad_shards_and_threads_are_refused(corpus):
    with pytest.raises(InputError, match="threads must be at least 1, got 0"):
        count(corpus, threads=0)
    for shards in (0, -2):
        with pytest.raises(InputError, match="shard"):
            count(corpus, shards=shards)


def test_a_matrix_of_probabilities_is_that_of_its_counts():
    """What is scale-free of a target does not see a common factor."""
    rng = np.random.default_rng(5)
    C = np.triu(rng.poisson(rng.pareto(1.0, (60, 60))))
    C = C + C.T
    whole, shares = (Cooccurrence.from_matrix(M, [f"w{i}" for i in range(60)]) for M in (C, C / (1e5 * C.sum())))
    assert shares.counts.nnz == whole.counts.nnz
    made, expected = (build_target(counts, Formula(shrinkage=0)).toarray() for counts in (shares, whole))
    np.testing.assert_allclose(made, expected, atol=2e-4)


def test_what_64_bits_do_not_hold_is_refused():
    for weights in (np.full((100, 100), 1e15), [[0, 2.5e15], [2.5e15, 0]]):
        with pytest.raises(InputError, match="too large: give a smaller denominator"):
            Cooccurrence.from_matrix(weights, [f"w{i}" for i in range(len(weights))])
    with pytest.raises(InputError, match=r"the weight 0.3 is below 1/2 and would be rounded to 0"):
        Cooccurrence.from_matrix([[0, 0.3], [0.3, 2]], ["a", "b"], denominator=1)
    huge = Cooccurrence.from_matrix(np.full((60, 60), 9e14), [f"w{i}" for i in range(60)])
    with pytest.raises(InputError, match="too large for whole numbers of 64 bits"):
        merge([huge, huge])


def test_the_given_matrix_stays_as_it_is():
    given = sparse.csr_array(
        (np.array([1.0, 3.0, 2.0, 1.0]), np.array([1, 0, 1, 0]), np.array([0, 2, 4])), shape=(2, 2)
    )
    made = Cooccurrence.from_matrix(given, ["a", "b"])
    assert given.toarray().tolist() == made.counts.toarray().tolist() == [[3, 1], [1, 2]]


@pytest.mark.parametrize("largest", [1, 2**31 - 1, 2**31])
def test_counts_on_disk_are_narrowed_there(largest, tmp_path):
    """Two rows of one count each, and memory for none: what narrowing in memory finds is narrow already."""
    rows = [(np.array([1]), np.array([column], np.int32), np.array([n])) for column, n in ((1, 1), (0, largest))]
    with using(scratch=tmp_path, block=1):
        on_disk = countrows.collected(iter(rows), 2, 2, np.int64, 1)
    assert isinstance(on_disk.data, np.memmap)
    for made in (on_disk, countrows.narrow(on_disk)):
        assert made.toarray().tolist() == [[0, 1], [largest, 0]]
        assert made.data.dtype == (np.int64 if largest == 2**31 else np.int32)


@pytest.mark.parametrize("size", [8, "document"])
def test_a_long_count_says_beforehand_what_it_takes_and_a_short_one_nothing(corpus, size):
    class Listener(progress.Silence):
        said: tuple[str, ...] = ()

        def note(self, message):
            self.said += (message,)

    def notes(work):
        with progress.reported_to(heard := Listener()):
            work()
        return [message for message in heard.said if "compiling" not in message]

    assert notes(lambda: count(corpus, Window(size, "linear"))) == []
    (message,) = notes(lambda: planning.announce_cost(corpus, Window(size, "linear"), 1, long=1))
    assert ("3,000 tokens" if size == 8 else "28 documents") in message and message.endswith(" s")
