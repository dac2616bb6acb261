"""Thinning kernel: the counts that subsampling leaves on average, where windows close up over dropped words."""

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def closed_counts(tokens, starts, keep, weights, rest, counts):
    """Add to ``counts`` (H, H) what thinned documents have of each pair in expectation: E of its window weights.

    tokens (N,) with V for the unknown, starts (D + 1,) of documents, keep (V + 1,) each word's chance to stay,
    weights (L,) of distances 1 … L.  Words from H on are counted in no pair, but take their places.  A pair at i < j
    weighs keep_i keep_j Σ_r P(r of the tokens between them stay) ω_{r+1}; the P of all r < L, which has the
    recursion of a sum of coin tosses, is followed until less than ``rest`` of it is left.
    """
    H, L = counts.shape[0], weights.size
    chance = np.empty(L)
    for d in range(starts.size - 1):
        for i in range(starts[d], starts[d + 1]):
            a = tokens[i]
            if a >= H:
                continue
            chance[:] = 0.0
            chance[0], reached = 1.0, 1
            for j in range(i + 1, starts[d + 1]):
                b = tokens[j]
                stays = keep[b]
                if stays == 0.0:
                    continue
                weight = 0.0
                for r in range(reached):
                    weight += chance[r] * weights[r]
                if b < H:
                    counts[a, b] += keep[a] * stays * weight
                    counts[b, a] += keep[a] * stays * weight
                reached, left = min(reached + 1, L), 0.0
                for r in range(reached - 1, -1, -1):
                    chance[r] = chance[r] * (1.0 - stays) + (chance[r - 1] * stays if r else 0.0)
                    left += chance[r]
                if left < rest:
                    break
