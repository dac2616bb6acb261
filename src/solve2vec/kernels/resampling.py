"""Resampling kernels: the counts of many shards put together pair by pair, and their weighted sums.

For each pair of words the shards that have it stand side by side, so that a weighted sum over all shards is one
pass through memory.
"""

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def bundle_rows(part_indptr, part_indices, part_data, places, pairs, indices, lengths, shards, data):
    """The same rows of several parts, ordered by row, then column, then part.

    part_indptr (S, rows + 1), offsets into part_indices and part_data; places (V,) int64 zeros, left as zeros
    → pairs (rows + 1,) offsets into indices and lengths, which have the column of each pair and how many parts
    have it; shards and data, as long as part_data: those parts and their counts.  Returns how many pairs there are.
    """
    S, V, used, at = part_indptr.shape[0], places.size, 0, 0
    for row in range(part_indptr.shape[1] - 1):
        for part in range(S):
            for k in range(part_indptr[part, row], part_indptr[part, row + 1]):
                places[part_indices[k]] += 1
        begin = used
        for token in range(V):
            if places[token] != 0:
                indices[used] = token
                lengths[used] = places[token]
                places[token] = at
                at += lengths[used]
                used += 1
        for part in range(S):
            for k in range(part_indptr[part, row], part_indptr[part, row + 1]):
                place = places[part_indices[k]]
                shards[place] = part
                data[place] = part_data[k]
                places[part_indices[k]] += 1
        for k in range(begin, used):
            places[indices[k]] = 0
        pairs[row + 1] = used
    return used


@njit(nogil=True, cache=True)
def sum_bundle(pairs, indices, lengths, shards, data, weights, found, sums_of, sums):
    """Σ_s weights_s counts_s for bundled rows, pairs whose sum is 0 left out.

    weights (S,) int64 → found (rows + 1,) offsets into sums_of, the columns, and sums.  Returns how many there are.
    """
    used, at = 0, 0
    for row in range(pairs.size - 1):
        for k in range(pairs[row], pairs[row + 1]):
            total = np.int64(0)
            for _ in range(lengths[k]):
                total += weights[shards[at]] * data[at]
                at += 1
            if total != 0:
                sums_of[used] = indices[k]
                sums[used] = total
                used += 1
        found[row + 1] = used
    return used
