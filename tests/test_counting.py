"""The counting kernels, called as the package calls them, against one dictionary loop; runs in every numba mode."""

import itertools
from collections import Counter

import numpy as np
import pytest
from numba import njit

from solve2vec.kernels import counting
from solve2vec.kernels.llvm import count, drop, equal, lowest


def _stream(documents):
    tokens = np.array([t for d in documents for t in d], np.int32)
    return tokens, np.cumsum([0, *map(len, documents)]).astype(np.int64)


def _placed(documents, V, margin, dtype=np.uint16):
    tokens, starts = _stream(documents)
    padded = np.empty(len(tokens) + margin * len(starts), dtype)
    return padded, counting.postings(tokens, starts, np.append(np.arange(V), -1), V, margin, padded)


def _rows(documents, V, numerators, dtype=np.uint16):
    """All rows through postings and window_rows → {(i, j): sum}, columns checked to rise."""
    numerators = np.asarray(numerators, np.int64)
    padded, places = _placed(documents, V, len(numerators), dtype)
    sums = counting.accumulator(V)
    indptr, room = np.zeros(V + 1, np.int64), 2 * len(numerators) * len(padded)
    indices, data = np.empty(room, np.int32), np.empty(room, np.int64)
    used = counting.window_rows(padded, V, *places, numerators, 0, V, sums, indptr, indices, data)
    assert not any(part.any() for part in sums), "the accumulator must be left as it was"
    return _as_dictionary(indptr, indices[:used], data[:used])


def _document_rows(documents, V):
    starts = _stream(documents)[1]
    padded, places = _placed(documents, V, 0)
    sums, indptr = counting.accumulator(V), np.zeros(V + 1, np.int64)
    indices, data = np.empty(V * V, np.int32), np.empty(V * V, np.int64)
    document_of = counting.document_of_positions(starts)
    used = counting.document_rows(padded, V, starts, document_of, *places, 0, V, sums, indptr, indices, data)
    assert not any(part.any() for part in sums)
    return _as_dictionary(indptr, indices[:used], data[:used])


def _as_dictionary(indptr, indices, data):
    assert indptr[-1] == len(indices)
    made = {}
    for row in range(len(indptr) - 1):
        columns = indices[indptr[row] : indptr[row + 1]]
        assert (np.diff(columns) > 0).all(), "columns must rise"
        made |= {(row, int(j)): int(c) for j, c in zip(columns, data[indptr[row] : indptr[row + 1]], strict=True)}
    return made


def _obvious(documents, V, numerators=None):
    found = Counter()
    for document in documents:
        for here, i in enumerate(document):
            for there, j in enumerate(document):
                distance = abs(here - there)
                if distance and V not in (i, j) and (numerators is None or distance <= len(numerators)):
                    found[i, j] += 1 if numerators is None else int(numerators[distance - 1])
    return dict(found)


def _random_documents(rng, V, lengths):
    return [rng.integers(0, V + 1, n).tolist() for n in lengths]


def test_by_hand():
    """ "a b c" and a lone "a": neighbors weigh 2, next but one 1; a document of one token counts nothing."""
    assert _rows([[0, 1, 2], [0]], 3, [2, 1]) == {(0, 1): 2, (1, 0): 2, (1, 2): 2, (2, 1): 2, (0, 2): 1, (2, 0): 1}


def test_a_word_is_its_own_context_but_not_at_its_own_place():
    assert _rows([[0, 0]], 1, [5]) == {(0, 0): 10}
    assert _document_rows([[0, 0, 0]], 1) == {(0, 0): 6}


@pytest.mark.parametrize("numerators", [[1], [3, 2, 1], [12, 6, 4, 3], [1] * 9])
@pytest.mark.parametrize("V", [1, 31, 32, 33, 63, 64, 65, 97])
def test_rows_are_those_of_the_obvious_loop(V, numerators):
    """V around multiples of 64, with and without the 32 unknown tokens: sums are looked at 64 at a time."""
    rng = np.random.default_rng(V)
    documents = _random_documents(rng, V, [0, 1, 2, 13, 30, 1])
    assert _rows(documents, V, numerators) == _obvious(documents, V, numerators)
    assert _document_rows(documents, V) == _obvious(documents, V)


@pytest.mark.parametrize("dtype", [np.uint16, np.uint32])
@pytest.mark.parametrize("V", [160, 161, 175, 3000, 9000])
def test_rare_and_frequent_words_agree_across_the_switch(V, dtype):
    """All sums are looked at from V = 8 L n on, else those of touched groups; L = 2: from n = 10 for V = 160.

    Groups are looked at 64 at a time: 9,000 words have three times as many.
    """
    rng = np.random.default_rng(V)
    some = rng.choice(V, 60, replace=False)
    repeats = [8, 9, 10, 11, 12, 46, 47, 48, *[1] * 52]
    stream = rng.permutation(np.repeat(some, repeats))
    stream = np.insert(stream, rng.integers(0, len(stream), 20), V)
    documents = [part.tolist() for part in np.array_split(stream, 7)]
    assert _rows(documents, V, [7, 3], dtype) == _obvious(documents, V, [7, 3])


def test_places_are_those_of_each_word_and_documents_are_apart():
    documents, V, margin = [[0, 2, 1], [], [2, 2, 0]], 2, 3
    padded, (starts, places) = _placed(documents, V, margin)
    known = np.where(padded < V, padded, V)
    assert known.tolist() == [2, 2, 2, 0, 2, 1, 2, 2, 2, 2, 2, 2, 2, 2, 0, 2, 2, 2]
    assert padded.max() < V + counting.SPREAD and len(np.unique(padded)) > V + 10, "unknown tokens are many"
    assert starts.tolist() == [0, 2, 3]
    assert places.tolist() == [3, 14, 5]


def test_only_the_rows_asked_for_have_places():
    tokens, starts = _stream([[3, 1, 0, 4, 3], [1, 3]])
    row_of = np.array([-1, 1, -1, 0, -1])  # words 3 and 1 of four
    starts, places = counting.postings(tokens, starts, row_of, 2, 1, np.empty(10, np.uint16))
    assert starts.tolist() == [0, 3, 5]
    assert places.tolist() == [1, 5, 8, 2, 7]


def _weights(tokens, starts, numerators, first, last, V):
    around = np.array([*numerators[::-1], 0, *numerators], np.int32)
    outside = [sum(numerators[i:]) for i in range(len(numerators))]  # of the place i places from an end
    beyond = np.array([outside, outside[::-1]], np.int32)
    document = np.searchsorted(starts, first, "right") - 1
    return counting.window_weights(tokens, starts, around, beyond, document, first, last, V)[:V]


@pytest.mark.parametrize("numerators", [[1], [3, 2, 1], [9, 5, 4, 3, 2, 2, 1]])
@pytest.mark.parametrize("unknown", [0.0, 0.1, 0.9])
def test_weights_are_the_sums_of_rows_wherever_they_are_cut(numerators, unknown):
    rng = np.random.default_rng(len(numerators))
    V, lengths = 5, [0, 1, 2, 3, 6, 7, 8, 14, 15, 16, 60, 0]
    documents = [np.where(rng.random(n) < unknown, V, rng.integers(0, V, n)).tolist() for n in lengths]
    expected = np.zeros(V, np.int64)
    for (i, _), weight in _obvious(documents, V, numerators).items():
        expected[i] += weight
    tokens, starts = _stream(documents)
    edges = [0, 1, 9, 40, 41, 90, len(tokens)]
    parts = [_weights(tokens, starts, numerators, first, last, V) for first, last in itertools.pairwise(edges)]
    np.testing.assert_array_equal(sum(parts), expected)


def test_weights_of_a_long_document_are_the_sums_of_its_rows():
    """Longer than what is weighed at a time, so that windows reach from one piece into the next."""
    V, n = 3, 2 * counting.AT_ONCE + 5
    tokens = np.random.default_rng(0).integers(0, V + 1, n).astype(np.int32)
    made = _weights(tokens, np.array([0, n]), [4, 2, 1], 0, n, V)
    known = np.concatenate([np.zeros(3), tokens != V, np.zeros(3)]).astype(np.int64)
    weights = np.convolve(known, [1, 2, 4, 0, 4, 2, 1], "valid")
    assert made.tolist() == [int(weights[tokens == word].sum()) for word in range(V)]


@njit
def _found(numbers, at):
    bits, found = ~equal(numbers, at, 0), np.zeros(64, np.bool_)
    while bits != 0:
        found[np.int64(lowest(bits))] = True
        bits = drop(bits)
    return found


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_bits_tell_which_numbers_are_not_zero(dtype):
    """From any place on; only the highest or the lowest bit of a number will do."""
    rng, limits = np.random.default_rng(1), np.iinfo(dtype)
    numbers = np.where(rng.random(200) < 0.3, rng.choice([limits.max, limits.min, 1], 200), 0).astype(dtype)
    for at in (0, 1, 77, 136):
        np.testing.assert_array_equal(_found(numbers, at), numbers[at : at + 64] != 0)


@njit
def _apart(bits):
    return lowest(bits), drop(bits), count(bits)


@pytest.mark.parametrize("bits", [0, 1, 6, 2**63, 5 << 40, 2**64 - 1])
def test_a_word_is_taken_apart_bit_by_bit(bits):
    places = [n for n in range(64) if bits >> n & 1]
    assert _apart(np.uint64(bits)) == ((places or [64])[0], sum(2**n for n in places[1:]), len(places))


@pytest.mark.parametrize("V", [5, 64, 2000, 9000])
def test_signed_sums_of_parts_are_those_of_dense_arrays(V):
    """Entries that cancel are not stored."""
    rng = np.random.default_rng(V)
    parts = [np.where(rng.random((2, V)) < 20 / V, rng.integers(1, 9, (2, V)), 0) for _ in range(3)]
    parts.append(parts[0].copy())
    signs = np.array([1, 1, 1, -1])
    indptr, indices, data, at = [], [], [], 0
    for part in parts:
        rows, columns = np.nonzero(part)
        indptr.append(at + np.cumsum([0, *np.bincount(rows, minlength=2)]))
        at += len(rows)
        indices.append(columns)
        data.append(part[rows, columns])
    indices, data = np.concatenate(indices).astype(np.int32), np.concatenate(data)
    found, out = np.zeros(3, np.int64), (np.empty(at, np.int32), np.empty(at, np.int64))
    used, least = counting.added_rows(np.stack(indptr), indices, data, signs, counting.accumulator(V), found, *out)
    dense = sum(sign * part for sign, part in zip(signs, parts, strict=True))
    expected = {(int(i), int(j)): int(dense[i, j]) for i, j in zip(*np.nonzero(dense), strict=True)}
    assert _as_dictionary(found, out[0][:used], out[1][:used]) == expected
    assert least == 0
    _, least = counting.added_rows(np.stack(indptr), indices, data, -signs, counting.accumulator(V), found, *out)
    assert least == -dense.max(), "a difference below zero is reported"


@pytest.mark.slow
def test_every_kernel_also_runs_interpreted_and_with_bounds_checked(pass_again):
    pass_again(__file__)
