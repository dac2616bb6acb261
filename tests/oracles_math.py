"""Slow dense twins in plain NumPy, written from the method page; they share no code with the package."""

import math
from fractions import Fraction

import numpy as np

WEIGHTS = {  # of a context at distance j in a window of size L, by the name of the weighting
    "harmonic": lambda j, L: Fraction(1, j),
    "linear": lambda j, L: Fraction(L + 1 - j, L),
    "flat": lambda j, L: Fraction(1),
}


def weight(distance: int, size: int, weighting: str) -> Fraction:
    """ω_j."""
    return WEIGHTS[weighting](distance, size)


def counts(documents, V: int, size, weighting: str = "flat"):
    """C as V lists of V fractions: for each token, each other token of its document at most ``size`` away.

    ``documents`` are lists of ids; an id of V is an unknown word.  ``size`` may be "document".
    """
    C = [[Fraction(0)] * V for _ in range(V)]
    for document in documents:
        for here, i in enumerate(document):
            for there, j in enumerate(document):
                distance = abs(here - there)
                if distance == 0 or V in (i, j):
                    continue
                if size == "document":
                    C[i][j] += 1
                elif distance <= size:
                    C[i][j] += weight(distance, size, weighting)
    return C


def total_of_borders(lengths, size: int, weighting: str) -> Fraction:
    """ΣC of documents without unknown words: 2 Σ_d Σ_j (n_d - j) ω_j over the distances that fit."""
    return 2 * sum(
        ((n - j) * weight(j, size, weighting) for n in lengths for j in range(1, min(size, n - 1) + 1)), Fraction(0)
    )


def keep_probability(word_counts, tokens: int, threshold: float):
    """min(1, √(t / f)) with f the word's share of all tokens."""
    return np.array([1.0 if c == 0 else min(1.0, math.sqrt(threshold * tokens / c)) for c in word_counts])


def expected(C, *, k=1.0, α=1.0, symmetric=True, p=None, drawn=None):
    """E_ij = k n P_i q_j with q ∝ drawn^α, by default P^α; the geometric mean of E_ij and E_ji where symmetric.

    A word that was never counted has the chance of the rarest that was, so that no pair expects 0.
    """
    n = C.sum()
    P = C.sum(axis=1) / n if p is None else p
    drawn = P if drawn is None else drawn
    normalizer = (drawn**α).sum()
    P, drawn = np.maximum(P, P[P > 0].min()), np.maximum(drawn, drawn[drawn > 0].min())
    q = drawn**α / normalizer
    E = k * n * np.outer(P, q)
    return np.sqrt(E * E.T) if symmetric else E


def drawn_by(C, noise, unigram, word_counts):
    """What noise is a power of, from dense weighted counts before subsampling; None for the marginal that is left."""
    if noise == "kept":
        return None
    return np.asarray(word_counts, float) if noise == "words" or unigram else C.sum(axis=1)


def pmi(C, E, κ: float, floor: float) -> float:
    """log((C + κ) / (E + κ)), and ``floor`` for the logarithm of 0."""
    return floor if C + κ == 0 else math.log((C + κ) / (E + κ))


TARGETS = {  # M for one pair, by the name of the target
    "mstar": lambda C, E, κ, floor: 2 * (C - E) / (C + E + κ),
    "shifted_pmi": pmi,
    "pmi": pmi,
    "ppmi": lambda C, E, κ, floor: max(0.0, pmi(C, E, κ, floor)),
}


def entry(kind: str, C, E, κ: float, floor: float = 0.0) -> float:
    """M for one pair."""
    return TARGETS[kind](C, E, κ, floor)


def target(
    C, kind="mstar", *, κ=0.0, k=1.0, α=1.0, symmetric=True, floor=0.0, threshold=None, unigram=False,
    noise="pairs", word_counts=None, tokens=0,
):  # fmt: skip
    """All of M, pair by pair, from dense weighted counts C."""
    drawn = drawn_by(C, noise, unigram, word_counts)
    p = None if not unigram else np.asarray(word_counts, float) / np.sum(word_counts)
    if threshold is not None:
        keep = keep_probability(word_counts, tokens, threshold)
        C = C * np.outer(keep, keep)
        p = None if p is None else p * keep / (p * keep).sum()
    E = expected(C, k=k, α=α, symmetric=symmetric, p=p, drawn=drawn)
    V = len(C)
    return np.array([[entry(kind, C[i, j], E[i, j], κ, floor) for j in range(V)] for i in range(V)])


def background(kind: str, E, κ: float, floor: float = 0.0):
    """M of pairs never seen."""
    return np.array([[entry(kind, 0.0, e, κ, floor) for e in row] for row in E])


def nearest(vectors, query, n: int, without=()):
    """(row, cosine) of the n rows with the largest cosine, equal ones by row; zero vectors have cosine 0."""

    def cosine(a, b):
        lengths = math.sqrt(float(a @ a)) * math.sqrt(float(b @ b))
        return float(a @ b) / lengths if lengths else 0.0

    vectors, query = np.asarray(vectors, np.float64), np.asarray(query, np.float64)
    found = [(row, cosine(v, query)) for row, v in enumerate(vectors) if row not in without]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:n]
