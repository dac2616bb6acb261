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
        k, end = starts[i], ends[i]
        while k + 4 <= end:  # four at a time: a quarter of the loads and stores of y
            x0, x1, x2, x3 = X[indices[k]], X[indices[k + 1]], X[indices[k + 2]], X[indices[k + 3]]
            w0, w1, w2, w3 = data[k], data[k + 1], data[k + 2], data[k + 3]
            for c in range(b):
                y[c] += w0 * x0[c] + w1 * x1[c] + w2 * x2[c] + w3 * x3[c]
            k += 4
        while k < end:
            x, w = X[indices[k]], data[k]
            for c in range(b):
                y[c] += w * x[c]
            k += 1


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
