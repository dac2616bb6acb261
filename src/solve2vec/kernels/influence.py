"""Influence kernels: what stands around places of a text, weighted by distance and by whose it is, added up.

An empty window stands for whole documents: there every other token of the document is a context of weight 1.
"""

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def sums_around(tokens, document_starts, document, places, numerators, weights):
    """Σ_j numerators[j] (weights of the tokens j + 1 before and after) of each of ``places`` (n,), rising.

    tokens (N,), V for unknown ones; ``document`` is that of the first place or one before it; numerators (L,);
    weights (V + 1,), 0 for unknown tokens → (n,) float64
    """
    sums, d, whole, known = np.zeros(places.size), document, 0.0, -1
    for k in range(places.size):
        q = np.int64(places[k])
        while document_starts[d + 1] <= q:
            d += 1
        if numerators.size:
            sums[k] = _around(tokens, document_starts[d], document_starts[d + 1], q, numerators, weights)
        else:
            if known != d:
                known, whole = d, _whole(tokens, document_starts[d], document_starts[d + 1], weights)
            sums[k] = whole - weights[tokens[q]]
    return sums


@njit(nogil=True, cache=True)
def document_sums(tokens, document_starts, document_of, starts, places, numerators, first, indptr, indices, values):
    """(D,) the sums around all places of some words, each word with weights of its own, by document.

    Word ``first + i`` stands at places[starts[first + i] : starts[first + i + 1]], and weighs word indices[k] by
    values[k], indptr[i] <= k < indptr[i + 1]; all others weigh nothing.
    """
    sums, V = np.zeros(document_starts.size - 1), starts.size - 1
    weights = np.zeros(V + 1)
    for i in range(indptr.size - 1):
        for k in range(indptr[i], indptr[i + 1]):
            weights[indices[k]] = values[k]
        known, whole = -1, 0.0
        for k in range(starts[first + i], starts[first + i + 1]):
            q = np.int64(places[k])
            d = document_of[q]
            if numerators.size:
                sums[d] += _around(tokens, document_starts[d], document_starts[d + 1], q, numerators, weights)
            else:
                if known != d:
                    known, whole = d, _whole(tokens, document_starts[d], document_starts[d + 1], weights)
                sums[d] += whole - weights[tokens[q]]
        for k in range(indptr[i], indptr[i + 1]):
            weights[indices[k]] = 0.0
    return sums


@njit(nogil=True, cache=True)
def _around(tokens, begin, end, q, numerators, weights):
    total = 0.0
    for j in range(min(numerators.size, q - begin)):
        total += numerators[j] * weights[tokens[q - 1 - j]]
    for j in range(min(numerators.size, end - 1 - q)):
        total += numerators[j] * weights[tokens[q + 1 + j]]
    return total


@njit(nogil=True, cache=True)
def _whole(tokens, begin, end, weights):
    total = 0.0
    for q in range(begin, end):
        total += weights[tokens[q]]
    return total
