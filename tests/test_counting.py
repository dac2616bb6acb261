"""The counting kernels, called as the package calls them, against one dictionary loop; runs in every numba mode."""

import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from solve2vec.kernels import counting


def _rows(documents, V, numerators):
    """All rows through pad, postings and window_rows → {(i, j): sum}, columns checked to rise."""
    tokens = np.array([t for d in documents for t in d], np.int32)
    starts = np.cumsum([0, *map(len, documents)]).astype(np.int64)
    numerators = np.asarray(numerators, np.int64)
    padded = counting.pad(tokens, starts, len(numerators), V)
    places = counting.postings(padded, np.append(np.arange(V), -1), V)
    sums = np.zeros(V + 1, np.int64)
    indptr, room = np.zeros(V + 1, np.int64), 2 * len(numerators) * len(tokens)
    indices, data = np.empty(room, np.int32), np.empty(room, np.int64)
    used = counting.window_rows(padded, *places, numerators, 0, V, sums, indptr, indices, data)
    assert not sums.any(), "the accumulator must be left as it was found"
    return _as_dictionary(indptr, indices[:used], data[:used])


def _document_rows(documents, V):
    tokens = np.array([t for d in documents for t in d], np.int32)
    starts = np.cumsum([0, *map(len, documents)]).astype(np.int64)
    places = counting.postings(tokens, np.append(np.arange(V), -1), V)
    sums, indptr = np.zeros(V + 1, np.int64), np.zeros(V + 1, np.int64)
    indices, data = np.empty(V * V, np.int32), np.empty(V * V, np.int64)
    document_of = counting.document_of_positions(starts)
    used = counting.document_rows(tokens, starts, document_of, *places, 0, V, sums, indptr, indices, data)
    assert not sums.any()
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
@pytest.mark.parametrize("V", [1, 7, 8, 9, 40])
def test_rows_are_those_of_the_obvious_loop(V, numerators):
    """V around multiples of 8: the scan looks at eight sums at a time."""
    rng = np.random.default_rng(V)
    documents = _random_documents(rng, V, [0, 1, 2, 13, 30, 1])
    assert _rows(documents, V, numerators) == _obvious(documents, V, numerators)
    assert _document_rows(documents, V) == _obvious(documents, V)


@pytest.mark.parametrize("V", [640, 641, 647, 3000])
def test_rare_and_frequent_words_agree_across_the_switch(V):
    """Rows are sorted below V = 32 L n and scanned from there on; L = 2 puts the switch at n = 10 for V = 640."""
    rng = np.random.default_rng(V)
    some = rng.choice(V, 60, replace=False)
    repeats = [8, 9, 10, 11, 12, 46, 47, 48, *[1] * 52]
    stream = rng.permutation(np.repeat(some, repeats))
    stream = np.insert(stream, rng.integers(0, len(stream), 20), V)
    documents = [part.tolist() for part in np.array_split(stream, 7)]
    assert _rows(documents, V, [7, 3]) == _obvious(documents, V, [7, 3])


@pytest.mark.parametrize("V", [5, 16, 2000])
def test_signed_sums_of_parts_are_those_of_dense_arrays(V):
    """Sorted (V large) and scanned (V small) alike; entries that cancel are not stored."""
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
    used, least = counting.added_rows(np.stack(indptr), indices, data, signs, np.zeros(V, np.int64), found, *out)
    dense = sum(sign * part for sign, part in zip(signs, parts, strict=True))
    expected = {(int(i), int(j)): int(dense[i, j]) for i, j in zip(*np.nonzero(dense), strict=True)}
    assert _as_dictionary(found, out[0][:used], out[1][:used]) == expected
    assert least == 0
    _, least = counting.added_rows(np.stack(indptr), indices, data, -signs, np.zeros(V, np.int64), found, *out)
    assert least == -dense.max(), "a difference below zero is reported"


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["NUMBA_DISABLE_JIT", "NUMBA_BOUNDSCHECK"])
def test_every_kernel_also_runs_interpreted_and_with_bounds_checked(mode, tmp_path):
    environment = os.environ | {mode: "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__, "-m", "not slow"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stdout[-3000:]
