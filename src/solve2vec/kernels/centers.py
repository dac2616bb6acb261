"""Centers: what gradient descent works on, and what each center draws: its window and its noise words.

W and U are flat, row after row of ``stride`` float32, a multiple of the lanes' width; tied, they are one array.
A center's contexts are rows of W, its outputs (itself and its negatives) rows of U.
"""

from typing import NamedTuple

import numpy as np

from .llvm import LANES, fill, fma, inlined, load, prefetch, store
from .sampling import NEGATIVES, WINDOW, below, draw, noise_word, source

LOGISTIC, QUADRATIC = 0, 1  # losses


class Model(NamedTuple):
    """What is trained, and how: the same for every batch."""

    W: np.ndarray  # (V * stride,) float32
    U: np.ndarray  # (V * stride,) float32
    stride: int
    cbow: bool
    loss: int
    reweighted: bool
    negatives: int
    limits: np.ndarray  # (V,) uint64, the noise's alias table
    alias: np.ndarray  # (V,) int32
    skip_center: bool
    numerators: np.ndarray  # (L,) int64, the window's weights
    denominator: int
    sampled_windows: bool
    first_rate: float  # η at the first token …
    last_rate: float  # … and at the last
    span: float  # tokens of all epochs
    indptr: np.ndarray  # (V + 1,) int64, counts where reweighted, else empty
    indices: np.ndarray  # int32
    data: np.ndarray  # int32 or int64
    share: np.ndarray  # (V,) P_ij = data_ij share_i share_j
    marginal: np.ndarray  # (V,) P_i
    noise: np.ndarray  # (V,) q_j


class Text(NamedTuple):
    """The tokens that stay of one segment, as :func:`~solve2vec.kernels.sampling.gather` gives them."""

    words: np.ndarray  # (n,) int32
    places: np.ndarray  # (n,) int64
    positions: np.ndarray  # (n,) int64
    n: int
    key: int  # uint64, of seed and epoch
    before: float  # tokens of earlier epochs


class Slots(NamedTuple):
    """Room for what is known of B centers between the two phases."""

    low: np.ndarray  # (B,) int64, contexts are low … high - 1 without the center
    high: np.ndarray  # (B,) int64
    outputs: np.ndarray  # (B, 1 + k) int64, the center's own word first
    n_outputs: np.ndarray  # (B,) int64
    g: np.ndarray  # (B, 2L * (1 + k)) float32
    loss: np.ndarray  # (B,) float64, summed over the center's pairs
    weight: np.ndarray  # (B,) float64, pairs, or their weights


class Scratch(NamedTuple):
    """One thread's own room."""

    contexts: np.ndarray  # (2L + 2,) int64, where rows begin
    outputs: np.ndarray  # (1 + k + 3,) int64
    mean: np.ndarray  # (stride,) float32, of the contexts' rows
    moves: np.ndarray  # ((2L + k + 6) * LANES,) float32


@inlined
def learning_rate(model, text, i):
    """η falls linearly with the tokens passed."""
    done = (text.before + text.positions[i]) / model.span
    return model.first_rate + (model.last_rate - model.first_rate) * done


@inlined
def choose(model, text, i, slots, slot):
    """Draw the window and the negatives of center i."""
    begin, L = source(text.key, text.positions[i]), model.numerators.size
    radius = L
    if model.sampled_windows:  # distance j is in with probability ω_j = numerators[j - 1] / denominator
        mark = below(draw(begin, WINDOW), model.denominator)
        radius = 0
        while radius < L and mark < model.numerators[radius]:
            radius += 1
    low, high, here = i, i + 1, text.places[i]
    while low > 0 and here - text.places[low - 1] <= radius:
        low -= 1
    while high < text.n and text.places[high] - here <= radius:
        high += 1
    slots.low[slot], slots.high[slot] = low, high
    slots.outputs[slot, 0], n = text.words[i], 1
    if high - low > 1:
        for k in range(model.negatives):
            word = noise_word(draw(begin, NEGATIVES + k), model.limits, model.alias)
            if not (model.skip_center and word == text.words[i]):
                slots.outputs[slot, n] = word
                n += 1
    slots.n_outputs[slot] = n
    for o in range(1, n):  # noise words lie anywhere: their rows are on the way while other centers are at work
        row = slots.outputs[slot, o] * model.stride
        for column in range(0, model.stride, LANES):
            prefetch(model.U, row + column)


@inlined
def rows_of(model, text, i, slots, slot, scratch):
    """Where the rows of center i begin, each list with its last one repeated for blocks → contexts, outputs."""
    m, n = 0, slots.n_outputs[slot]
    for c in range(slots.low[slot], slots.high[slot]):
        if c != i:
            scratch.contexts[m] = text.words[c] * model.stride
            m += 1
    for o in range(n):
        scratch.outputs[o] = slots.outputs[slot, o] * model.stride
    scratch.contexts[m] = scratch.contexts[max(0, m - 1)]
    for o in range(n, n + 2):
        scratch.outputs[o] = scratch.outputs[n - 1]
    return m, n


@inlined
def mean_of_contexts(model, scratch, m, first, last):
    """scratch.mean = the mean of the contexts' rows of W, in columns first … last - 1."""
    one, share, zero = fill(np.float32(1)), fill(np.float32(1.0 / m)), fill(np.float32(0))
    for column in range(first, last, LANES):
        total = zero
        for c in range(m):
            total = fma(one, load(model.W, scratch.contexts[c] + column), total)
        store(scratch.mean, column, fma(share, total, zero))
