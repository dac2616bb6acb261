"""Product kernels: a sparse matrix times a block of vectors, and its dense corner."""

import numpy as np
from numba import njit

from .llvm import add, fill_8, fill_32, fma, inlined, load_like, store

WIDE, NARROW = 32, 8  # columns added at a time, their sums in registers: two vectors of AVX-512, or one of AVX2


@inlined
def _add_row(indices, data, first, last, X, column, y, zero):
    """y[column …] += Σ_k data[k] X[indices[k], column …], k = first … last - 1, as many columns as ``zero`` has."""
    a = b = c = d = zero  # sums that do not wait for each other
    first, last = np.uint64(first), np.uint64(last)  # for signed indices numba asks each time whether they are negative
    whole = last - ((last - first) & np.uint64(3))
    for k in range(first, whole, np.uint64(4)):
        a = _add_term(indices, data, k, X, column, a)
        b = _add_term(indices, data, k + np.uint64(1), X, column, b)
        c = _add_term(indices, data, k + np.uint64(2), X, column, c)
        d = _add_term(indices, data, k + np.uint64(3), X, column, d)
    for k in range(whole, last):
        a = _add_term(indices, data, k, X, column, a)
    store(y, column, add(add(add(add(load_like(y, column, zero), a), b), c), d))


@inlined
def _add_term(indices, data, k, X, column, sums):
    return fma(data[k], load_like(X, (indices[k], column), sums), sums)


@njit(nogil=True, cache=True)
def add_csr_times_block(starts, ends, indices, data, X, Y, first, last):
    """Rows first … last - 1 of Y += M X, over the entries starts[i] … ends[i] - 1 of each row.

    starts, ends (V,); indices, data of a CSR matrix; X, Y (V, b), C-contiguous, of one type, data's or a wider one.
    One thread, one order of sums.
    """
    b = X.shape[1]
    wide, narrow = b - b % WIDE, b - b % NARROW
    zero, short_zero = fill_32(X.dtype.type(0)), fill_8(X.dtype.type(0))
    for i in range(first, last):
        y = Y[i]
        for column in range(0, wide, WIDE):
            _add_row(indices, data, starts[i], ends[i], X, column, y, zero)
        for column in range(wide, narrow, NARROW):
            _add_row(indices, data, starts[i], ends[i], X, column, y, short_zero)
        for column in range(narrow, b):
            total = y[column]
            for k in range(starts[i], ends[i]):
                total += data[k] * X[indices[k], column]
            y[column] = total


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
