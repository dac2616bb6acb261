"""Sampling kernels: random numbers by counting, noise words in constant time, which tokens stay.

Every draw is a function of (key, position in the corpus, number of the draw), so it does not depend on which
thread asks, or in which order.
"""

import numpy as np
from numba import njit

from .llvm import inlined, inner

GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: the step of splitmix64
KEEP, WINDOW, NEGATIVES = 0, 1, 2  # numbers of a position's draws; negatives take all from the last on


@inlined
def mixed(bits):
    """Scatter 64 bits: the finalizer of splitmix64 (Steele, Lea & Flood 2014)."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


@inlined
def source(key, position):
    """Where the draws of a position begin."""
    return mixed(np.uint64(key) + np.uint64(position) * GOLDEN)


@inlined
def draw(begin, number):
    """Draw ``number`` from there: 64 random bits."""
    return mixed(begin + (np.uint64(number) + np.uint64(1)) * GOLDEN)


@inlined
def below(bits, n):
    """A whole number in 0 … n - 1 from the upper 32 bits; no two differ in chance by more than n / 2^32 of it."""
    return np.int64(((bits >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32))


@njit(nogil=True, cache=True)
def alias_table(shares):
    """Vose's alias method (1991): column c gives c below its limit and ``alias[c]`` from there on.

    shares (V,) sums to 1 → limits (V,) uint64 in units of 2^-32, alias (V,) int32
    """
    V = shares.size
    limits, alias = np.full(V, np.uint64(1) << np.uint64(32)), np.arange(V).astype(np.int32)
    height = shares * V
    small, large = np.empty(V, np.int64), np.empty(V, np.int64)
    n_small = n_large = 0
    for c in range(V):
        if height[c] < 1:
            small[n_small] = c
            n_small += 1
        else:
            large[n_large] = c
            n_large += 1
    while n_small and n_large:
        n_small -= 1
        low, high = small[n_small], large[n_large - 1]
        limits[low] = np.uint64(height[low] * 4294967296.0)
        alias[low] = high
        height[high] -= 1 - height[low]
        if height[high] < 1:
            n_large -= 1
            small[n_small] = high
            n_small += 1
    return limits, alias


@inlined
def noise_word(bits, limits, alias):
    """A word of the noise distribution from 64 random bits."""
    column = below(bits, limits.size)
    return column if (bits & np.uint64(0xFFFFFFFF)) < limits[column] else np.int64(alias[column])


@inlined
def stays(token, position, keep, key):
    """Whether the token at ``position`` is known and survives subsampling."""
    if token >= keep.size:
        return False
    chance = keep[token]
    return chance >= 1 or np.float64(draw(source(key, position), KEEP) >> np.uint64(11)) * 2.0**-53 < chance


@njit(nogil=True, cache=True)
def gather(tokens, starts, first, last, keep, key, reach, closed, words, places, positions):
    """The tokens that stay, from positions first … last - 1 and as far around as a window of ``reach`` sees.

    tokens (N,), starts (D + 1,), keep (V,); words, places and positions have room for last - first + 2 reach.
    Two tokens are in one window if their ``places`` differ by at most its radius: places count the tokens that stay
    if gaps are ``closed``, all tokens if not, and leap by ``reach + 1`` where a document ends.
    → how many were written, and which of them are centers: from, to
    """
    document = np.searchsorted(starts, first, side="right") - 1
    begin = _step_back(tokens, starts[document], first, keep, key, reach, closed)
    n = place = leap = 0
    center_from = center_to = -1
    after = 0
    for position in range(begin, tokens.size):
        if position >= last and (position >= starts[document + 1] or after >= reach):
            break
        while position >= starts[document + 1]:
            document += 1
            leap = reach + 1  # added once however many documents are empty
        place += leap
        leap = 0
        if position >= first and center_from < 0:
            center_from = n
        if position >= last and center_to < 0:
            center_to = n
        here = stays(tokens[position], position, keep, key)
        if here:
            words[n], places[n], positions[n] = tokens[position], place, position
            n += 1
        place += here or not closed
        after += position >= last and (here or not closed)
    return n, n if center_from < 0 else center_from, n if center_to < 0 else center_to


@inner
def _step_back(tokens, start, first, keep, key, reach, closed):
    """The first position that a window of a center at ``first`` may see."""
    begin, seen = first, 0
    while begin > start and seen < reach:
        begin -= 1
        seen += (not closed) or stays(tokens[begin], begin, keep, key)
    return begin
