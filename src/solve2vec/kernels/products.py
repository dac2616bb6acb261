"""Product kernels: a sparse matrix times a block of vectors."""

from numba import njit


@njit(nogil=True, cache=True)
def csr_times_block(indptr, indices, data, X, Y, first, last):
    """Rows first … last - 1 of Y = M X.

    indptr (V + 1,), indices, data: M in CSR; X (V, b) and Y (V, b), C-contiguous.  One thread, one order of sums.
    """
    b = X.shape[1]
    for i in range(first, last):
        y = Y[i]
        y[:] = 0
        for k in range(indptr[i], indptr[i + 1]):
            x = X[indices[k]]
            weight = data[k]
            for c in range(b):
                y[c] += weight * x[c]
