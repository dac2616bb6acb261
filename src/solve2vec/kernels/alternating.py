"""Alternating kernel: the vectors of one row's contexts, each scaled, side by side."""

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def gather_scaled(U, columns, weights, scaled, right_side):
    """Scaled[m] = √weights[m] U[columns[m]], and right_side += Σ_m weights[m] U[columns[m]].

    U (V, d), columns (n,), weights (n,) of at least 0, scaled (≥ n, d), right_side (d,).
    """
    d = U.shape[1]
    for m in range(len(columns)):
        u, w = U[columns[m]], weights[m]
        root = np.sqrt(w)
        for c in range(d):
            scaled[m, c] = root * u[c]
            right_side[c] += w * u[c]
