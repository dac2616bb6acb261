"""Panel kernel: a dense matrix of any strides times a narrow block of vectors, the sums held in registers.

General libraries are made for square products: of a tall, thin one they reach a third of what the processor can do.
"""

import numpy as np
from numba import njit, types

from .llvm import LEAN, ROWS, add_terms, add_to_rows, fill_32, inlined, load_like, sums_like

WIDTH = 32  # columns of the block worked on at a time
DEPTH = 256  # terms added up in registers before they are added to the result: 32 KiB of the block, a first cache


@inlined
def _add_terms(A, row, first, last, X, column, Y, sums):
    """Y[i, column …] += Σ_k A[i, k] X[k, column …], k = first … last - 1, for as many rows i from row on as sums."""
    zero = sums[0]
    for k in range(first, last):
        sums = add_terms(A, row, k, load_like(X, (k, column), zero), sums)
    add_to_rows(Y, row, column, sums)


def product_loops(A, X, Y):
    """Y += A X: A (n, m) of any strides; X (m, b), Y (n, b), entries of a row side by side, b a multiple of WIDTH."""
    n, m = A.shape
    zero = fill_32(np.float32(0))
    for column in range(0, Y.shape[1], WIDTH):
        for first in range(0, m, DEPTH):
            last = min(m, first + DEPTH)
            whole = n - n % ROWS
            for row in range(0, whole, ROWS):
                _add_terms(A, row, first, last, X, column, Y, sums_like(zero))
            for row in range(whole, n):
                _add_terms(A, row, first, last, X, column, Y, (zero,))


# compiled once for all strides, where each would be compiled anew; for pairs of bfloat16 in bfloat16/pairs.py
_given, _written = (types.Array(types.float32, 2, "A", readonly=readonly) for readonly in (True, False))
add_product = njit(types.void(_given, _given, _written), **LEAN)(product_loops)


def add_any_product(A: np.ndarray, X: np.ndarray, Y: np.ndarray) -> None:
    """Y += A X for matrices of any type, width and strides; what the kernel is not made for is left to BLAS."""
    b = Y.shape[1]
    fits = A.dtype == X.dtype == Y.dtype == np.float32 and X.strides[1] == Y.strides[1] == Y.itemsize
    whole = b - b % WIDTH if fits else 0
    if whole:
        add_product(A, X[:, :whole], Y[:, :whole])
    if whole < b:
        Y[:, whole:] += A @ X[:, whole:]
