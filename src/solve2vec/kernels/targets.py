"""Target kernel: weighted counts → the part of M that stands above its background, on the pairs that were counted."""

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def fill_seen(
    indptr, indices, counts, unit, keep_row, keep_column, expected_row, expected_column, kind, shrinkage, floor, seen
):
    """``Formula.of(C, E) - Formula.of_unseen(E)`` for the stored pairs of some rows.

    C = counts x unit x keep_i keep_j, E = expected_row_i x expected_column_j; kind 0 mstar, 1 pmi, 2 ppmi;
    indptr (rows + 1,) into indices, counts and seen (pairs,) float32.
    """
    for i in range(indptr.size - 1):
        for k in range(indptr[i], indptr[i + 1]):
            j = indices[k]
            C = counts[k] * unit * (keep_row[i] * keep_column[j])
            E = expected_row[i] * expected_column[j]
            if kind == 0:
                seen[k] = 2 * (C - E) / (C + E + shrinkage) + 2 * E / (E + shrinkage)
                continue
            M = np.log((C + shrinkage) / (E + shrinkage))
            unseen = np.log(shrinkage / (E + shrinkage)) if shrinkage > 0 else floor
            if kind == 2:
                M, unseen = max(0.0, M), max(0.0, unseen)
            seen[k] = M - unseen
