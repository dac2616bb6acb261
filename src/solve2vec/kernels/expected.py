"""Expected slopes: what all pairs of words teach a row on average, from the pairs that were counted.

Noise is drawn for every pair, N_ij = a_i b_j.  What it teaches is summed in closed form where its slope is a line,
s ≈ α + β x; here is the rest, on the pairs that were counted.
"""

import math

import numpy as np
from numba import njit

from .llvm import LANES, fill, fma, inlined, load, prefetch, store, total

AT_ONCE = 256  # pairs whose products lie in a core's cache
ONE, HALF, QUARTER, ZERO = np.float32(1), np.float32(0.5), np.float32(0.25), np.float32(0)


@inlined
def _products(x, row, Y, stride, indices, begin, n, products):
    """products[k] = x · y of each pair's other row, four at a time."""
    zero = fill(ZERO)
    last = begin + n - 1
    for k in range(0, n, 4):
        a, b = indices[begin + k], indices[min(begin + k + 1, last)]
        c, d = indices[min(begin + k + 2, last)], indices[min(begin + k + 3, last)]
        sa = sb = sc = sd = zero
        for column in range(0, stride, LANES):
            w = load(x, row + column)
            sa, sb = fma(w, load(Y, a * stride + column), sa), fma(w, load(Y, b * stride + column), sb)
            sc, sd = fma(w, load(Y, c * stride + column), sc), fma(w, load(Y, d * stride + column), sd)
        products[k], products[k + 1] = total(sa), total(sb)
        products[k + 2], products[k + 3] = total(sc), total(sd)


@inlined
def _add_rows(weights, Y, stride, indices, begin, n, made, at):
    """made[at …] += Σ_k weights[k] y of each pair's other row."""
    for column in range(0, stride, LANES):
        one, two = load(made, at + column), fill(ZERO)
        for k in range(0, n - 1, 2):
            one = fma(fill(weights[k]), load(Y, indices[begin + k] * stride + column), one)
            two = fma(fill(weights[k + 1]), load(Y, indices[begin + k + 1] * stride + column), two)
        if n % 2:
            one = fma(fill(weights[n - 1]), load(Y, indices[begin + n - 1] * stride + column), one)
        store(made, at + column, fma(fill(ONE), one, two))


@inlined
def slope(x, logistic):
    """σ(x), or ½ + x/4, which is the same to first order."""
    if not logistic:
        return HALF + QUARTER * x
    e = math.exp(-abs(x))
    return (ONE if x >= 0 else e) / (ONE + e)


@njit(nogil=True, cache=True)
def pair_slopes(first, last, pairs, X, Y, stride, own, other, line, by_own, logistic, made, together, sums):
    """Rows first … last - 1 of Σ_j G_ij y_j, and of Σ_j C_ij y_j where ``together`` has room for them.

    G_ij = (C + N) s - C - a_i b_j (α + β x), with x = x_i · y_j and s its :func:`slope`.

    Parameters
    ----------
    pairs : indptr, indices, counts, unit, keep
        Symmetric counts; C_ij = counts unit keep_i keep_j.
    X, Y : (V * stride,) float32
        Rows of ``stride`` numbers, a multiple of the lanes' width.
    own, other : (mass, skip), each (V,) float32
        N_ij = mass_i mass_j - C_ij (skip_i + skip_j).
    line : α, β, γ, each (V,) float32
        Of the rows where ``by_own``, else of the others; γ stands for s².
    made, together : (V * stride,) float32
        ``together`` may be of length 0.
    sums : (V, 3) float64
        Σ_j (C + N) s (1 - s) - a_i b_j β, Σ_j C (1 - s)² and Σ_j N s² - a_i b_j γ.
    """
    indptr, indices, counts, unit, keep = pairs
    (own_mass, own_skip), (other_mass, other_skip) = own, other
    α, β, γ = line
    x, p = np.empty(AT_ONCE + 4, np.float32), np.empty(AT_ONCE + 4, np.float32)
    for i in range(first, last):
        row, mass, skip, scale = i * stride, own_mass[i], own_skip[i], unit * keep[i]
        curvature, drawn, pushed = np.float64(0), np.float64(0), np.float64(0)
        for begin in range(indptr[i], indptr[i + 1], AT_ONCE):
            n = min(AT_ONCE, indptr[i + 1] - begin)
            for k in range(n):
                prefetch(Y, indices[begin + k] * stride)
            _products(X, row, Y, stride, indices, begin, n, x)
            some_curvature = some_drawn = some_pushed = ZERO
            for k in range(n):
                j = indices[begin + k]
                at = i if by_own else j
                C = np.float32(counts[begin + k] * scale * keep[j])
                E = mass * other_mass[j]
                N = E - C * (skip + other_skip[j])
                s = slope(x[k], logistic)
                rest = ONE - s
                bend = s * rest if logistic else QUARTER
                some_curvature += (C + N) * bend - E * β[at]
                some_drawn += C * rest * rest
                some_pushed += N * s * s - E * γ[at]
                x[k] = (C + N) * s - C - E * (α[at] + β[at] * x[k])
                p[k] = C
            curvature += some_curvature
            drawn += some_drawn
            pushed += some_pushed
            _add_rows(x, Y, stride, indices, begin, n, made, row)
            if together.size:
                _add_rows(p, Y, stride, indices, begin, n, together, row)
        sums[i, 0], sums[i, 1], sums[i, 2] = curvature, drawn, pushed


@njit(nogil=True, cache=True)
def pair_errors(first, last, pairs, X, Y, stride, logistic, errors):
    """errors[k] = C (1 - s) of the pairs of rows first … last - 1, which lie at k; as for :func:`pair_slopes`."""
    indptr, indices, counts, unit, keep = pairs
    x = np.empty(AT_ONCE + 4, np.float32)
    for i in range(first, last):
        scale = unit * keep[i]
        for begin in range(indptr[i], indptr[i + 1], AT_ONCE):
            n = min(AT_ONCE, indptr[i + 1] - begin)
            _products(X, i * stride, Y, stride, indices, begin, n, x)
            for k in range(n):
                C = np.float32(counts[begin + k] * scale * keep[indices[begin + k]])
                errors[begin + k] = C * (ONE - slope(x[k], logistic))


@njit(nogil=True, cache=True)
def pair_losses(first, last, pairs, X, Y, stride, own, other, line, logistic, losses):
    """losses[i] = Σ_j (C + N) h(x) - C x - a_i b_j (c_i + α_i x + β_i x²/2), h′ = s, i = first … last - 1.

    As for :func:`pair_slopes`; line: c, α, β.  h is log(1 + e^x), or log 2 + x/2 + x²/8.
    """
    indptr, indices, counts, unit, keep = pairs
    (own_mass, own_skip), (other_mass, other_skip) = own, other
    c, α, β = line
    x = np.empty(AT_ONCE + 4, np.float32)
    for i in range(first, last):
        found, scale = 0.0, unit * keep[i]
        for begin in range(indptr[i], indptr[i + 1], AT_ONCE):
            n = min(AT_ONCE, indptr[i + 1] - begin)
            _products(X, i * stride, Y, stride, indices, begin, n, x)
            for k in range(n):
                j, y = indices[begin + k], np.float64(x[k])
                C, E = counts[begin + k] * scale * keep[j], own_mass[i] * other_mass[j]
                N = E - C * (own_skip[i] + other_skip[j])
                bent = max(y, 0.0) + math.log1p(math.exp(-abs(y)))
                h = bent if logistic else math.log(2.0) + y / 2 + y * y / 8
                found += (C + N) * h - C * y - E * (c[i] + α[i] * y + β[i] * y * y / 2)
        losses[i] = found
