"""Target kernel: weighted counts → the part of M that stands above its background, on the pairs that were counted."""

import numpy as np
from numba import njit

AT_ONCE = 512  # pairs whose C and E stay in a first cache


@njit(nogil=True, cache=True, error_model="numpy")
def fill_seen(
    indptr, indices, counts, unit, keep_row, keep_column, expected_row, expected_column, kind, shrinkage, floor, seen
):
    """``Formula.of(C, E) - Formula.of_unseen(E)`` for the stored pairs of some rows.

    C = counts x unit x keep_i keep_j, E = expected_row_i x expected_column_j; kind 0 mstar, 1 pmi, 2 ppmi;
    keep_row and keep_column empty where all is kept; indptr (rows + 1,) into indices, counts and seen (pairs,) float32.
    """
    C, E, κ = np.empty(AT_ONCE), np.empty(AT_ONCE), shrinkage
    least, unseen = (0.0, max(0.0, floor)) if kind == 2 else (-np.inf, floor)
    if κ > 0:
        unseen = 0.0  # PPMI has no background; in PMI's difference E + κ cancels
    for i in range(indptr.size - 1):
        for begin in range(indptr[i], indptr[i + 1], AT_ONCE):
            n, base = min(AT_ONCE, indptr[i + 1] - begin), np.uint64(begin)
            for k in range(n):
                j = np.uint32(indices[base + np.uint64(k)])
                C[k] = counts[base + np.uint64(k)] * unit
                E[k] = expected_row[i] * expected_column[j]
                if keep_row.size:
                    C[k] *= keep_row[i] * keep_column[j]
            if kind == 0:  # 2 (C - E) / (C + E + κ) + 2 E / (E + κ), as one fraction of sums: nothing cancels
                for k in range(n):
                    seen[base + np.uint64(k)] = 2 * C[k] * (2 * E[k] + κ) / ((C[k] + E[k] + κ) * (E[k] + κ))
                continue
            for k in range(n):
                expected = 0.0 if kind == 1 and κ > 0 else E[k]
                seen[base + np.uint64(k)] = max(least, np.log((C[k] + κ) / (expected + κ))) - unseen
