"""Regression kernels: what a step of conjugate gradients does with a block of rows while it is in the cache."""

import numpy as np
from numba import njit

from .products import add_csr_times_block

CHUNK = 32  # rows: of 400 columns, a core's cache has room for some


@njit(nogil=True, cache=True)
def weigh_rows(starts, indices, data, P, weights, Y, first, last):
    """Rows first … last - 1 of Y = D G P.

    starts (V + 1,), indices, data of G (V, N); P (N, d); weights (V,), the diagonal of D; Y (V, d).
    """
    for begin in range(first, last, CHUNK):
        end = min(begin + CHUNK, last)
        Y[begin:end] = 0
        add_csr_times_block(starts[:-1], starts[1:], indices, data, P, Y, begin, end)
        for i in range(begin, end):
            for c in range(Y.shape[1]):
                Y[i, c] *= weights[i]


@njit(nogil=True, cache=True)
def normal_rows(starts, indices, data, Y, P, penalty, AP, dots, first, last):
    """Rows first … last - 1 of AP = Gᵀ Y + λ P, and dots (d,) += the products of P with it: G's transpose given."""
    for begin in range(first, last, CHUNK):
        end = min(begin + CHUNK, last)
        for i in range(begin, end):
            for c in range(P.shape[1]):
                AP[i, c] = penalty * P[i, c]
        add_csr_times_block(starts[:-1], starts[1:], indices, data, Y, AP, begin, end)
        for i in range(begin, end):
            for c in range(P.shape[1]):
                dots[c] += np.float64(P[i, c]) * np.float64(AP[i, c])


@njit(nogil=True, cache=True)
def advance_rows(step, P, AP, inverse, B, R, squares, first, last):
    """Rows of B += P step, R -= AP step, all (N, d); squares (d,) += those of R times ``inverse`` (N,)."""
    for i in range(first, last):
        m = np.float64(inverse[i])
        for c in range(P.shape[1]):
            B[i, c] += P[i, c] * step[c]
            r = R[i, c] - AP[i, c] * step[c]
            R[i, c] = r
            squares[c] += m * np.float64(r) * np.float64(r)


@njit(nogil=True, cache=True)
def turn_rows(turn, R, inverse, P, first, last):
    """Rows of P = R inverse + P turn."""
    for i in range(first, last):
        for c in range(P.shape[1]):
            P[i, c] = R[i, c] * inverse[i] + P[i, c] * turn[c]
