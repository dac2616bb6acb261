"""Kernels of targets: the C and E of counted pairs, from which each target makes its own entries."""

from functools import cache

import numpy as np
from numba import njit

AT_ONCE = 1 << 15  # pairs whose C and E stay in a second cache


@cache
def compiled(above):
    """A target's own loop over C and E, compiled; it is kept beside the file that it is written in."""
    return njit(nogil=True, cache=True, error_model="numpy")(above)


@njit(nogil=True, cache=True, error_model="numpy")
def pairs_at(indptr, indices, counts, unit, keep_row, keep_column, expected_row, expected_column, row, begin, C, E):
    """C and E, (n,) float64, of n stored pairs from ``begin`` on, which lies in ``row``.

    C = counts x unit x keep_i keep_j, E = expected_row_i x expected_column_j; keep_row and keep_column empty where
    all is kept; indptr (rows + 1,) into indices and counts.
    """
    end = begin + C.size
    for i in range(row, indptr.size - 1):
        if indptr[i] >= end:
            break
        for at in range(max(begin, indptr[i]), min(end, indptr[i + 1])):
            k, place = np.uint64(at - begin), np.uint64(at)
            j = np.uint32(indices[place])
            C[k] = counts[place] * unit
            E[k] = expected_row[i] * expected_column[j]
            if keep_row.size:
                C[k] *= keep_row[i] * keep_column[j]
