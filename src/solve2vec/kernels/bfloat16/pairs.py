"""Products of pairs of bfloat16: tiles of a matrix, dense or sparse, and panels of a basis, times 32 vectors."""

import numpy as np
from numba import njit, types

from ..llvm import (
    LEAN,
    ROWS,
    add,
    add_terms,
    add_to_rows,
    dot,
    fill_32,
    in_order,
    inlined,
    kernel,
    load_like,
    matrix,
    side_by_side,
    store,
    sums_like,
)
from ..panels import DEPTH, product_loops

WIDTH = 32  # vectors in a block


@inlined
def _two_rows(X, one, other, like):
    """Two rows of X as pairs."""
    return side_by_side(load_like(X, (one, 0), like), load_like(X, (other, 0), like))


@inlined
def _add_two(indices, values, k, X, sums):
    """Sums += values[k] X[indices[k]] + values[k + 1] X[indices[k + 1]]."""
    after = k + np.uint64(1)
    pair = np.uint32(values[k]) | (np.uint32(values[after]) << np.uint32(16))
    return dot(pair, _two_rows(X, indices[k], indices[after], sums), sums)


# Y += A X over pairs: A (n, w) uint32 of any strides, X (w, 32) uint32, Y (n, 32) float32
_PAIRS, _SUMS = matrix(types.uint32), matrix(types.float32)
add_pairs_product = njit(types.void(_PAIRS, _PAIRS, _SUMS), **LEAN)(product_loops)


@njit(types.void(matrix(types.uint32, 3), matrix(types.uint32, 3), matrix(types.float32)), **LEAN)
def add_pairs_products(A, X, Y):
    """Y += Σ_p A[p] X[p] over pairs: A (P, n, w), X (P, w, 32) uint32, Y (n, 32) float32."""
    for p in range(A.shape[0]):
        add_pairs_product(A[p], X[p], Y)


@njit(types.void(matrix(types.uint16, 3), matrix(types.uint32), matrix(types.float32, 3)), **LEAN)
def add_crossed_products(Q, X, Y):
    """Y[p] += Xᵀ Q[p]: Q (P, n, 32) uint16, n even; X (n / 2, 32) uint32, pairs of rows; Y (P, 32, 32) float32."""
    zero = fill_32(np.float32(0))
    for p in range(Q.shape[0]):
        for first in range(0, X.shape[0], DEPTH):
            last = min(X.shape[0], first + DEPTH)
            for column in range(0, WIDTH, ROWS):
                sums = sums_like(zero)
                for k in range(first, last):
                    sums = add_terms(X.T, column, k, _two_rows(Q[p], 2 * k, 2 * k + 1, zero), sums)
                add_to_rows(Y[p], column, 0, in_order(sums))


@kernel
def add_sparse_product(starts, indices, values, X, Y):
    """Y += M X for the n rows M of a sparse matrix.

    starts (n + 1,) int64 into indices and values (uint16), an even number in each row; X (V, 32) uint16; Y (n, 32)
    float32.
    """
    zero = fill_32(np.float32(0))
    for row in range(starts.size - 1):
        first, last = np.uint64(starts[row]), np.uint64(starts[row + 1])  # unsigned: see products.py
        if first < last:
            one = other = zero  # sums that do not wait for each other
            whole = last - ((last - first) & np.uint64(3))
            for k in range(first, whole, np.uint64(4)):
                one = _add_two(indices, values, k, X, one)
                other = _add_two(indices, values, k + np.uint64(2), X, other)
            if whole < last:
                one = _add_two(indices, values, whole, X, one)
            store(Y, (row, 0), add(load_like(Y, (row, 0), zero), in_order(add(one, other))))
