"""Phrase kernels: token ids → counts of adjacent pairs, and token ids with chosen pairs joined.

Pairs are counted as rows are: the words that follow one word are gathered, added up in one accumulator as long as
the vocabulary, and only what is seen often enough is written out.
"""

# mypy: allow-untyped-defs
import numpy as np
from numba import njit

from .llvm import inner


@njit(nogil=True, cache=True)
def occurrences(tokens, document_starts, V):
    """How often each id stands in the text, and how many adjacent pairs of known words begin with it.

    tokens (N,), document_starts (D + 1,) → (V + 1,) int64, (V,) int64
    """
    seen, begins = np.zeros(V + 1, np.int64), np.zeros(V, np.int64)
    for d in range(document_starts.size - 1):
        for q in range(document_starts[d], document_starts[d + 1]):
            a = tokens[q]
            seen[a] += 1
            if a < V and q + 1 < document_starts[d + 1] and tokens[q + 1] < V:
                begins[a] += 1
    return seen, begins


@njit(nogil=True, cache=True)
def frequent_pairs(tokens, document_starts, begins, first, last, least):
    """The pairs that begin with words first … last - 1.

    begins (V,) as :func:`occurrences` gives it → how many distinct pairs there are; of those seen ``least`` times
    or more, the keys a V + b and the counts, both int64, rising by a
    """
    V = begins.size
    starts = np.zeros(last - first + 1, np.int64)
    starts[1:] = np.cumsum(begins[first:last])
    followers = _followers(tokens, document_starts, V, first, last, starts)
    sums = np.zeros(V, np.int64)
    keys, counts = np.empty(followers.size // least, np.int64), np.empty(followers.size // least, np.int64)
    distinct = used = 0
    for row in range(last - first):
        for k in range(starts[row], starts[row + 1]):
            sums[followers[k]] += 1
        for k in range(starts[row], starts[row + 1]):
            b = followers[k]
            if sums[b] == 0:  # written out already
                continue
            distinct += 1
            if sums[b] >= least:
                keys[used] = (first + row) * V + b
                counts[used] = sums[b]
                used += 1
            sums[b] = 0
    return distinct, keys[:used].copy(), counts[:used].copy()


@inner
def _followers(tokens, document_starts, V, first, last, starts):
    """The known words right after each of the words first … last - 1, grouped by word: (starts[-1],) int32."""
    followers, free = np.empty(starts[-1], np.int32), starts[:-1].copy()
    for d in range(document_starts.size - 1):
        for q in range(document_starts[d], document_starts[d + 1] - 1):
            a = tokens[q]
            if first <= a < last and tokens[q + 1] < V:
                followers[free[a - first]] = tokens[q + 1]
                free[a - first] += 1
    return followers


@njit(nogil=True, cache=True)
def join(tokens, document_starts, indptr, seconds, joined, unknown):
    """Join chosen pairs in place, greedily from the left: one place instead of two.

    Chosen are (a, seconds[k]) for indptr[a] ≤ k < indptr[a + 1], seconds rising; they become joined[k].
    indptr (V + 1,); id V becomes ``unknown`` → (D + 1,) int64 document starts, the last is how many tokens are left
    """
    V, used = indptr.size - 1, 0
    starts = np.zeros(document_starts.size, np.int64)
    for d in range(document_starts.size - 1):
        q, end = document_starts[d], document_starts[d + 1]
        while q < end:
            a = tokens[q]
            q += 1
            if a == V:
                a = unknown
            elif q < end and indptr[a] < indptr[a + 1]:
                k = _place(seconds, indptr[a], indptr[a + 1], tokens[q])
                if k < indptr[a + 1] and seconds[k] == tokens[q]:
                    a = joined[k]
                    q += 1
            tokens[used] = a  # never ahead of what is read
            used += 1
        starts[d + 1] = used
    return starts


@inner
def _place(rising, low, high, wanted):
    """The first place from ``low`` on whose entry is not below ``wanted``, or ``high``."""
    while low < high:
        middle = (low + high) // 2
        if rising[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low
