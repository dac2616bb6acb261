"""Counting kernels: token ids → rows of window-weighted counts.  Arrays in, arrays out, integers only.

A row is counted from its word's own positions: walk them, add the weights of their neighbors into one
accumulator as long as the vocabulary, write out what is not zero, in order.  Rows share nothing, so any thread
may count any row and the result is the same.
"""

import numpy as np
from numba import njit

from .llvm import GROUP, drop, equal, inlined, inner, kernel, lowest, prefetch

AHEAD = 16  # places: enough to hide the way to memory
LINE = 64  # bytes that the processor brings at a time
AT_ONCE = 4096  # places whose weights stay in a first cache
SPREAD = 32  # ids of unknown tokens: adding to one sum again and again would wait for each addition
FEW = 8  # a row has few neighbors if 2 L of them at each place are less than a fourth of the words


def accumulator(V):
    """Zeros to count a row in, left as zeros: int64 sums for V words and the unknown ones, and uint8, one a group."""
    groups = -(-(V + SPREAD) // GROUP)
    return np.zeros(groups * GROUP, np.int64), np.zeros(-(-groups // GROUP) * GROUP, np.uint8)


@njit(nogil=True, cache=True)
def postings(tokens, document_starts, row_of, n_rows, margin, padded):
    """Where each row's word stands in ``padded``: row r at ``places[starts[r] : starts[r + 1]]``, rising.

    tokens (N,), V for unknown ones; document_starts (D + 1,); row_of (V + 1,) gives the row of each word, or -1.
    padded (N + margin (D + 1),) becomes the tokens with ``margin`` unknown ones around each document, so that no
    window needs to look for its end; unknown ones become V … V + SPREAD - 1.
    → starts (n_rows + 1,) int64, places uint32
    """
    # count the places of each row, and add up: where its list begins
    V, starts = row_of.size - 1, np.zeros(n_rows + 1, np.int64)
    for token in tokens:
        row = row_of[token]
        if row >= 0:
            starts[row + 1] += 1
    for row in range(n_rows):
        starts[row + 1] += starts[row]
    # copy each document with its margins, and append each place to the list of its word
    places, free = np.empty(starts[n_rows], np.uint32), starts[:-1].copy()
    _pad_between(V, np.int64(0), margin, padded)
    for d in range(document_starts.size - 1):
        shift = margin * (d + 1)
        for q in range(document_starts[d], document_starts[d + 1]):
            token, p = np.int64(tokens[q]), np.uint64(q + shift)
            row = row_of[token]
            if row >= 0:
                places[np.uint64(free[row])] = p
                free[row] += 1
            padded[p] = token if token != V else V + (q + shift) % SPREAD
        _pad_between(V, document_starts[d + 1] + shift, margin, padded)
    return starts, places


@inner
def _pad_between(V, at, margin, padded):
    for p in range(at, at + margin):
        padded[p] = V + p % SPREAD


@njit(nogil=True, cache=True)
def window_weights(tokens, document_starts, around, beyond, document, first, last, V):
    """(V + 1,) int64, the summed weights of all known neighbors of each word, over its places first … last - 1.

    What :func:`window_rows` would add up to, row by row: all weights of a window, less those that lie beyond the
    document's ends, less those of unknown neighbors.  tokens as in :func:`postings`; around (2 L + 1,) int32 the
    weights of a window; beyond (2, L) those outside it for the first and last L places of a document, which is number
    ``document`` at place ``first``.
    """
    L, sums, at, d = around.size // 2, np.zeros(V + 1, np.int64), first, document
    room = np.empty(AT_ONCE + 4 * L, np.int32)
    while at < last:
        # the next places of one document, as many as stay in the cache
        while document_starts[d + 1] <= at:
            d += 1
        begin, end = document_starts[d], document_starts[d + 1]
        n = min(last, end, at + AT_ONCE) - at
        # start from a whole window; room reaches beyond both ends, for unknown tokens there
        for i in range(n):
            room[2 * L + i] = 2 * beyond[0, 0]
        # subtract what lies outside the document, before its first and after its last place
        _lessen(room, 2 * L, beyond[0], at - begin, n)
        inside = max(0, end - L - at)
        _lessen(room, 2 * L + inside, beyond[1], max(0, at + L - end), n - inside)
        # subtract each unknown token from the places that see it
        for q in range(max(begin, at - L), min(end, at + n + L)):
            if tokens[q] == V:
                _lessen(room, q - at + L, around, np.int64(0), around.size)
        # add what is left to the words at these places
        for i in range(n):
            sums[tokens[at + i]] += room[2 * L + i]
        at += n
    return sums


@inner
def _lessen(numbers, at, less, begin, most):
    """Take less[begin], … from numbers[at], …, ``most`` at most."""
    for i in range(min(most, less.size - begin)):
        numbers[np.uint64(at + i)] -= less[np.uint64(begin + i)]


@njit(nogil=True, cache=True)
def shared_weights(padded, numerators, shares, first, last):
    """(V + SPREAD,) int64, the summed weights of all neighbors of each word, each times its share, over some places.

    The row sums of counts times the diagonal of ``shares`` (V + SPREAD,) int64, which are 0 for unknown tokens, without
    counting.  padded as in :func:`window_rows`, of which places first … last - 1 are looked at.
    """
    L, sums = numerators.size, np.zeros(shares.size, np.int64)
    around, room = np.zeros(AT_ONCE + 2 * L, np.int64), np.empty(AT_ONCE, np.int64)
    for at in range(first, last, AT_ONCE):
        n = min(last - at, AT_ONCE)
        # the shares of these places and of L more on both sides, but beyond the ends, where nothing is known anyhow
        for i in range(max(0, L - at), min(n + 2 * L, padded.size - at + L)):
            around[np.uint64(i)] = shares[padded[np.uint64(at - L + i)]]
        around[min(n + 2 * L, padded.size - at + L) :] = 0
        room[:n] = 0
        for j in range(L):
            weight, before, after = numerators[j], around[L - 1 - j :], around[L + 1 + j :]
            for i in range(n):
                room[i] += weight * (before[i] + after[i])
        for i in range(n):
            sums[padded[np.uint64(at + i)]] += room[i]
    return sums


@kernel
def window_rows(padded, V, starts, places, numerators, first, last, room, indptr, indices, data):
    """Rows first … last - 1 of the counts for a window of L tokens on each side.

    padded as :func:`postings` makes it with a margin of L; numerators (L,); room from :func:`accumulator`;
    indptr (last - first + 1,), indices and data with room for the rows → how much of them was used.
    """
    (sums, touched), L, used = room, numerators.size, np.int64(0)
    for row in range(first, last):
        row_places = places[starts[row] : starts[row + 1]]
        for k in range(row_places.size):
            q = np.uint64(row_places[k])
            if starts[row] + k + AHEAD < places.size:  # the next places are far apart in memory
                soon = np.int64(places[starts[row] + k + AHEAD])
                for p in range(soon - L, soon + L + 1, LINE // padded.itemsize):
                    prefetch(padded, p)
            # add the neighbors on both sides, by distance
            for j in range(L):
                weight = numerators[j]
                sums[np.uint64(padded[q - np.uint64(j + 1)])] += weight
                sums[np.uint64(padded[q + np.uint64(j + 1)])] += weight
        # forget unknown neighbors; mark the groups of sums to look at, all of them where most have an entry
        sums[V:] = 0
        if FEW * L * row_places.size < V:
            for place in row_places:
                for token in padded[np.int64(place) - L : np.int64(place) + L + 1]:
                    touched[token // GROUP] = 1
        else:
            touched[: sums.size // GROUP] = 1
        used = _take(sums, touched, indices, data, used)
        indptr[row - first + 1] = used
    return used


@kernel
def directed_rows(padded, V, starts, places, offsets, first, last, room, indptr, indices, data):
    """Rows first … last - 1 of the counts of what stands some places after a word, all rows of one offset together.

    Row k V + w is that of word w and ``offsets[k]`` (n,), none above padded's margin; the rest as in
    :func:`window_rows`.
    """
    (sums, touched), used, words = room, np.int64(0), starts.size - 1
    for row in range(first, last):
        word, offset = row % words, offsets[row // words]
        row_places = places[starts[word] : starts[word + 1]]
        for k in range(row_places.size):
            if starts[word] + k + AHEAD < places.size:
                prefetch(padded, np.int64(places[starts[word] + k + AHEAD]) + offset)
            sums[padded[np.int64(row_places[k]) + offset]] += 1
        sums[V:] = 0
        if FEW * row_places.size < V:
            for place in row_places:
                touched[padded[np.int64(place) + offset] // GROUP] = 1
        else:
            touched[: sums.size // GROUP] = 1
        used = _take(sums, touched, indices, data, used)
        indptr[row - first + 1] = used
    return used


@kernel
def document_rows(padded, V, document_starts, document_of, starts, places, first, last, room, indptr, indices, data):
    """Rows first … last - 1 of the counts when every other token of a document is a context of weight 1.

    padded (N,) with a margin of 0; document_of (N,) the document of each position; the rest as in :func:`window_rows`.
    """
    (sums, touched), used = room, np.int64(0)
    for row in range(first, last):
        for k in range(starts[row], starts[row + 1]):
            q = np.int64(places[k])
            # add all of the document, then subtract the place itself
            d = document_of[q]
            for token in padded[document_starts[d] : document_starts[d + 1]]:
                sums[token] += 1
            sums[padded[q]] -= 1
        sums[V:] = 0
        touched[: sums.size // GROUP] = 1
        used = _take(sums, touched, indices, data, used)
        indptr[row - first + 1] = used
    return used


@kernel
def added_rows(part_indptr, part_indices, part_data, signs, room, indptr, indices, data):
    """The sum of the same rows of several parts, each times its sign.

    part_indptr (parts, rows + 1), offsets into part_indices and part_data; room from :func:`accumulator`
    → how much of indices and data was used, and the smallest sum met.
    """
    (sums, touched), used, least = room, np.int64(0), np.int64(0)
    for row in range(part_indptr.shape[1] - 1):
        # add up the row over all parts, then write it out and look for its smallest sum
        begin = used
        for part in range(part_indptr.shape[0]):
            for k in range(part_indptr[part, row], part_indptr[part, row + 1]):
                sums[part_indices[k]] += signs[part] * np.int64(part_data[k])
                touched[part_indices[k] // GROUP] = 1
        used = _take(sums, touched, indices, data, used)
        for k in range(begin, used):
            least = min(least, np.int64(data[k]))
        indptr[row + 1] = used
    return used, least


@inlined
def _take(sums, touched, indices, data, used):
    """Write out the sums that are not zero, by rising token, from the groups that were touched; set all to zero."""
    one, at = np.uint64(1), np.uint64(used)
    for base in range(0, touched.size, GROUP):
        # 64 groups as the bits of a word: go from one set bit to the next
        groups = ~equal(touched, base, 0)
        while groups != 0:
            group = np.uint64(base) + lowest(groups)
            groups = drop(groups)
            touched[group] = 0
            first = group * np.uint64(GROUP)
            # within a group the same: 64 sums as bits, only those that are not zero are written
            bits = ~equal(sums, np.int64(first), 0)
            while bits != 0:
                token = first + lowest(bits)
                bits = drop(bits)
                indices[at], data[at] = token, sums[token]
                sums[token] = 0
                at += one
    return np.int64(at)


@njit(nogil=True, cache=True)
def document_of_positions(document_starts):
    """(N,) int64, the document each position belongs to."""
    documents = np.empty(document_starts[-1], np.int64)
    for d in range(document_starts.size - 1):
        documents[document_starts[d] : document_starts[d + 1]] = d
    return documents
