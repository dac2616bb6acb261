"""Counting kernels: token ids → rows of window-weighted counts.  Arrays in, arrays out, integers only.

A row is counted from its word's own positions: walk them, add the weights of their neighbors into one
accumulator as long as the vocabulary, write out what is not zero, in order.  Rows share nothing, so any thread
may count any row and the result is the same.
"""

import numpy as np
from numba import njit

from .lanes import bring

AHEAD = 8  # places: enough to hide the way to memory
LINE = 16  # int32 in a cache line
AT_ONCE = 4096  # places whose neighbors stay in a first cache


@njit(nogil=True, cache=True)
def pad(tokens, document_starts, margin, V):
    """Documents apart by ``margin`` unknown tokens, so that no window needs to look for a document's end.

    tokens (N,), document_starts (D + 1,) → (N + margin (D + 1),) int32
    """
    D = document_starts.size - 1
    padded = np.full(tokens.size + margin * (D + 1), V, np.int32)
    at = margin
    for d in range(D):
        for q in range(document_starts[d], document_starts[d + 1]):
            padded[at] = tokens[q]
            at += 1
        at += margin
    return padded


@njit(nogil=True, cache=True)
def postings(padded, row_of, n_rows):
    """Where each row's word stands: positions of row r are ``places[starts[r] : starts[r + 1]]``, rising.

    row_of (V + 1,) gives the row of each token id, or -1.  → starts (n_rows + 1,) int64, places uint32
    """
    starts = np.zeros(n_rows + 1, np.int64)
    for token in padded:
        row = row_of[token]
        if row >= 0:
            starts[row + 1] += 1
    for row in range(n_rows):
        starts[row + 1] += starts[row]
    places = np.empty(starts[n_rows], np.uint32)
    free = starts[:-1].copy()
    for q in range(padded.size):
        row = row_of[padded[q]]
        if row >= 0:
            places[free[row]] = q
            free[row] += 1
    return starts, places


@njit(nogil=True, cache=True)
def window_weights(padded, numerators, first, last, V):
    """(V + 1,) int64, the summed weights of all known neighbors of each word, over its places first … last - 1.

    What :func:`window_rows` would add up to, row by row; padded with a margin of L, numerators (L,) int32.
    """
    L, sums = numerators.size, np.zeros(V + 1, np.int64)
    known, weights = np.empty(AT_ONCE + 2 * L, np.int32), np.empty(AT_ONCE, np.int32)
    for base in range(first, last, AT_ONCE):
        n = min(AT_ONCE, last - base)
        for i in range(n + 2 * L):
            known[i] = padded[base - L + i] != V
        weights[:n] = 0
        for j in range(1, L + 1):
            weight, before, after = numerators[j - 1], known[L - j :], known[L + j :]
            for i in range(n):
                weights[i] += weight * (before[i] + after[i])
        for i in range(n):
            sums[padded[base + i]] += weights[i]
    return sums


@njit(nogil=True, cache=True)
def window_rows(padded, starts, places, numerators, first, last, sums, indptr, indices, data):
    """Rows first … last - 1 of the counts for a window of L tokens on each side.

    padded as :func:`pad` makes it with a margin of L; numerators (L,); sums (V + 1,) zeros, left as zeros;
    indptr (last - first + 1,), indices and data with room for the rows → how much of them was used.
    """
    V, L, used = sums.size - 1, numerators.size, 0
    for row in range(first, last):
        for k in range(starts[row], starts[row + 1]):
            q = np.uint64(places[k])
            if k + AHEAD < places.size:  # the next places are far apart in memory
                soon = np.uint64(places[k + AHEAD])
                for p in range(0, 2 * L + 1, LINE):
                    bring(padded, soon + np.uint64(p) - np.uint64(L))
            for j in range(L):
                weight = numerators[j]
                sums[np.uint32(padded[q - np.uint64(j + 1)])] += weight
                sums[np.uint32(padded[q + np.uint64(j + 1)])] += weight
        sums[V] = 0
        begin = used
        if 32 * L * (starts[row + 1] - starts[row]) < V:  # a rare word: its few neighbors, then put in order
            for k in range(starts[row], starts[row + 1]):
                place = np.int64(places[k])
                for p in range(place - L, place + L + 1):
                    token = padded[p]
                    if sums[token] != 0:
                        indices[used] = token
                        data[used] = sums[token]
                        sums[token] = 0
                        used += 1
            _sort_together(indices[begin:used], data[begin:used])
        else:
            used = _take_all(sums, V, indices, data, used)
        indptr[row - first + 1] = used
    return used


@njit(nogil=True, cache=True)
def document_rows(tokens, document_starts, document_of, starts, places, first, last, sums, indptr, indices, data):
    """Rows first … last - 1 of the counts when every other token of a document is a context of weight 1.

    tokens (N,) unpadded; document_of (N,) the document of each position; the rest as in :func:`window_rows`.
    """
    V, used = sums.size - 1, 0
    for row in range(first, last):
        for k in range(starts[row], starts[row + 1]):
            q = np.int64(places[k])
            d = document_of[q]
            for p in range(document_starts[d], document_starts[d + 1]):
                sums[tokens[p]] += 1
            sums[tokens[q]] -= 1
        sums[V] = 0
        used = _take_all(sums, V, indices, data, used)
        indptr[row - first + 1] = used
    return used


@njit(nogil=True, cache=True)
def added_rows(part_indptr, part_indices, part_data, signs, sums, indptr, indices, data):
    """The sum of the same rows of several parts, each times its sign.

    part_indptr (parts, rows + 1), offsets into part_indices and part_data; sums (V,) zeros, left as zeros
    → how much of indices and data was used, and the smallest sum met.
    """
    V, used, least = sums.size, 0, np.int64(0)
    for row in range(part_indptr.shape[1] - 1):
        n = 0
        for part in range(part_indptr.shape[0]):
            n += part_indptr[part, row + 1] - part_indptr[part, row]
            for k in range(part_indptr[part, row], part_indptr[part, row + 1]):
                sums[part_indices[k]] += signs[part] * np.int64(part_data[k])
        begin = used
        if 16 * n < V:
            for part in range(part_indptr.shape[0]):
                for k in range(part_indptr[part, row], part_indptr[part, row + 1]):
                    token = part_indices[k]
                    if sums[token] != 0:
                        indices[used] = token
                        data[used] = sums[token]
                        sums[token] = 0
                        used += 1
            _sort_together(indices[begin:used], data[begin:used])
        else:
            used = _take_all(sums, V, indices, data, used)
        for k in range(begin, used):
            least = min(least, np.int64(data[k]))
        indptr[row + 1] = used
    return used, least


@njit(nogil=True, cache=True)
def _take_all(sums, V, indices, data, used):
    """Write out the sums that are not zero, by rising token, and set them to zero."""
    whole = V - V % 8
    for base in range(0, whole, 8):  # most groups of eight are empty
        if (
            sums[base] | sums[base + 1] | sums[base + 2] | sums[base + 3]
            | sums[base + 4] | sums[base + 5] | sums[base + 6] | sums[base + 7]
        ):  # fmt: skip
            for token in range(base, base + 8):
                if sums[token] != 0:
                    indices[used] = token
                    data[used] = sums[token]
                    sums[token] = 0
                    used += 1
    for token in range(whole, V):
        if sums[token] != 0:
            indices[used] = token
            data[used] = sums[token]
            sums[token] = 0
            used += 1
    return used


@njit(nogil=True, cache=True)
def _sort_together(keys, values):
    """Sort distinct ``keys``, some thousand at most, in place, and ``values`` with them.

    Shell's sort with gaps growing 2.25-fold (Tokuda 1992): a library's takes seconds to compile.
    """
    gap = 1
    while gap < keys.size // 3:
        gap = (9 * gap) // 4 + 1
    while gap > 0:
        for i in range(gap, keys.size):
            key, value, j = keys[i], values[i], i
            while j >= gap and keys[j - gap] > key:
                keys[j], values[j] = keys[j - gap], values[j - gap]
                j -= gap
            keys[j], values[j] = key, value
        gap = (4 * gap + 4) // 9 if gap > 1 else 0  # the one before


@njit(nogil=True, cache=True)
def document_of_positions(document_starts):
    """(N,) int64, the document each position belongs to."""
    made = np.empty(document_starts[-1], np.int64)
    for d in range(document_starts.size - 1):
        made[document_starts[d] : document_starts[d + 1]] = d
    return made
