"""Product kernels: a sparse matrix times a block of vectors, and its dense corner."""

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def add_csr_times_block(starts, ends, indices, data, X, Y, first, last):
    """Rows first … last - 1 of Y += M X, over the entries starts[i] … ends[i] - 1 of each row.

    starts, ends (V,); indices, data of a CSR matrix; X, Y (V, b), C-contiguous.  One thread, one order of sums.
    """
    b = X.shape[1]
    for i in range(first, last):
        y = Y[i]
        for k in range(starts[i], ends[i]):
            x = X[indices[k]]
            weight = data[k]
            for c in range(b):
                y[c] += weight * x[c]


@njit(nogil=True, cache=True)
def tile_counts(indptr, indices, first, last, tile, V):
    """(ceil(V / tile),) int64, how many entries of rows first … last - 1 lie in each tile of columns."""
    counts = np.zeros((V + tile - 1) // tile, np.int64)
    for k in range(indptr[first], indptr[last]):
        counts[indices[k] // tile] += 1
    return counts


@njit(nogil=True, cache=True)
def fill_dense(indptr, indices, data, first, last, dense, starts):
    """Move the columns below dense.shape[1] of rows first … last - 1 into ``dense``; the rest begins at ``starts``."""
    width = dense.shape[1]
    for i in range(first, last):
        k = indptr[i]
        while k < indptr[i + 1] and indices[k] < width:
            dense[i - first, indices[k]] = data[k]
            k += 1
        starts[i] = k
