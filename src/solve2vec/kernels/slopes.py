"""Slopes: how far each context of a center is to move along each of its outputs, g = -η ∂loss/∂x for x = w·u."""

import math

import numpy as np

from .centers import LOGISTIC, learning_rate, mean_of_contexts, rows_of
from .llvm import LANES, fill, fma, inlined, load, total

LOG_2 = math.log(2.0)


@inlined
def products(model, scratch, m, n, x):
    """x[c * (1 + k) + o] = w_c · u_o, two contexts by three outputs at a time."""
    W, U, width = model.W, model.U, model.negatives + 1
    zero = fill(np.float32(0))
    for c in range(0, m, 2):
        a, b = scratch.contexts[c], scratch.contexts[c + 1]
        for o in range(0, n, 3):
            p, q, r = scratch.outputs[o], scratch.outputs[o + 1], scratch.outputs[o + 2]
            ap = aq = ar = bp = bq = br = zero
            for column in range(0, model.stride, LANES):
                wa, wb = load(W, a + column), load(W, b + column)
                up, uq, ur = load(U, p + column), load(U, q + column), load(U, r + column)
                ap, aq, ar = fma(wa, up, ap), fma(wa, uq, aq), fma(wa, ur, ar)
                bp, bq, br = fma(wb, up, bp), fma(wb, uq, bq), fma(wb, ur, br)
            for d in range(min(2, m - c)):
                at = (c + d) * width + o
                x[at] = total(ap if d == 0 else bp)
                if o + 1 < n:
                    x[at + 1] = total(aq if d == 0 else bq)
                if o + 2 < n:
                    x[at + 2] = total(ar if d == 0 else br)


@inlined
def mean_products(model, scratch, m, n, x):
    """x[o] = h · u_o, h the mean of the contexts' rows."""
    mean_of_contexts(model, scratch, m, 0, model.stride)
    U, zero = model.U, fill(np.float32(0))
    for o in range(0, n, 3):
        p, q, r = scratch.outputs[o], scratch.outputs[o + 1], scratch.outputs[o + 2]
        xp = xq = xr = zero
        for column in range(0, model.stride, LANES):
            h = load(scratch.mean, column)
            xp, xq = fma(h, load(U, p + column), xp), fma(h, load(U, q + column), xq)
            xr = fma(h, load(U, r + column), xr)
        x[o] = total(xp)
        if o + 1 < n:
            x[o + 1] = total(xq)
        if o + 2 < n:
            x[o + 2] = total(xr)


@inlined
def slopes(model, x, first, n, rate):
    """Turn n products x[first:] into g = -rate ∂loss/∂x in place; the center's own comes first → the loss.

    logistic   log(1 + e^-sx)            g = rate s / (1 + e^sx)      s = 1 for the center, -1 for negatives
    quadratic  log 2 - s x/2 + x²/8      g = rate (s/2 - x/4)         the same to second order
    """
    loss, product = 0.0, 1.0
    for o in range(first, first + n):
        s = np.float32(1) if o == first else np.float32(-1)
        if model.loss == LOGISTIC:
            y = s * x[o]
            e = math.exp(-abs(y))
            product *= 1.0 + np.float64(e)  # Σ log(1 + e) is the log of the product: no more than 2^n
            loss += max(-y, np.float32(0))
            x[o] = rate * s * ((e if y >= 0 else np.float32(1)) / (np.float32(1) + e))
            if product > 1e250:
                loss, product = loss + math.log(product), 1.0
        else:
            y = np.float64(x[o])
            loss += LOG_2 - 0.5 * s * y + 0.125 * y * y
            x[o] = rate * (s * np.float32(0.5) - x[o] * np.float32(0.25))
    return loss + math.log(product)


@inlined
def weighted_slopes(model, x, first, row, outputs, rate):
    """:func:`slopes` with each pair's weight, after which all pairs weigh the same in the expected loss.

    w_ij = (1 + k) / (V² (P_ij + k P_i q_j)), i the context, j the output: how often a pair is met, upside down.
    """
    V, k, loss = model.marginal.size, model.negatives, 0.0
    for o in range(outputs.size):
        j, y = outputs[o], np.float64(x[first + o])
        P_ij = _count(model, row, j) * model.share[row] * model.share[j]
        w = (1 + k) / (V * V * (P_ij + k * model.marginal[row] * model.noise[j]))
        s = 1.0 if o == 0 else -1.0
        if model.loss == LOGISTIC:
            e = math.exp(-abs(y))
            loss += w * (max(-s * y, 0.0) + math.log1p(e))
            x[first + o] = np.float32(rate * w * s * (e if s * y >= 0 else 1.0) / (1.0 + e))
        else:
            loss += w * (LOG_2 - 0.5 * s * y + 0.125 * y * y)
            x[first + o] = np.float32(rate * w * (0.5 * s - 0.25 * y))
    return loss


@inlined
def _count(model, i, j):
    """Entry (i, j) of the counts."""
    low, high = model.indptr[i], model.indptr[i + 1]
    while low < high:
        middle = (low + high) // 2
        if model.indices[middle] < j:
            low = middle + 1
        else:
            high = middle
    return model.data[low] if low < model.indptr[i + 1] and model.indices[low] == j else 0


@inlined
def measure(model, text, i, slots, slot, scratch):
    """The g and the loss of center i for the contexts and outputs that its slot names."""
    m, n = rows_of(model, text, i, slots, slot, scratch)
    slots.loss[slot] = slots.weight[slot] = 0.0
    if m == 0:
        return
    rate, g = np.float32(learning_rate(model, text, i)), slots.g[slot]
    if model.cbow:
        mean_products(model, scratch, m, n, g)
        slots.loss[slot], slots.weight[slot] = slopes(model, g, 0, n, rate), 1.0
        return
    products(model, scratch, m, n, g)
    c, loss, weights = 0, 0.0, 0.0
    for j in range(slots.low[slot], slots.high[slot]):
        if j == i:
            continue
        weight = 1.0
        if not model.sampled_windows:
            weight = model.numerators[abs(text.places[j] - text.places[i]) - 1] / model.denominator
        first, pair_rate = c * (model.negatives + 1), np.float32(weight) * rate
        if model.reweighted:
            outputs = slots.outputs[slot, :n]
            loss += weight * weighted_slopes(model, g, first, text.words[j], outputs, pair_rate)
        else:
            loss += weight * slopes(model, g, first, n, pair_rate)
        weights += weight
        c += 1
    slots.loss[slot], slots.weight[slot] = loss, weights
