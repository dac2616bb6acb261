"""The whole method by hand: from a text to word vectors in plain NumPy, for small vocabularies.

    python examples/by_hand.py text.txt king queen

Letters: V words, N tokens, L window, d dimensions.  solve2vec does the same without ever forming a V x V matrix.
"""

import re
import sys
from collections import Counter

import numpy as np

DENOMINATOR = 27_720  # lcm(1 … 12): window weights are whole multiples of 1/27,720, so that counts stay whole


def tokenize(lines):
    """Every line is a document: lists of words in lower case."""
    return [re.findall(r"\w+", line.lower()) for line in lines]


def build_vocabulary(documents, min_count):
    """V words by falling count, equal counts by spelling."""
    counts = Counter(word for document in documents for word in document)
    kept = [word for word, count in counts.items() if count >= min_count]
    return sorted(kept, key=lambda word: (-counts[word], word.encode()))


def count(documents, words, size):
    """C (V, V) whole numbers: the sum of 1/j over all places where two words stand j <= L apart, times 27,720."""
    row_of = {word: i for i, word in enumerate(words)}
    V, L = len(words), size
    C = np.zeros((V, V), dtype=np.int64)
    for document in documents:  # no window crosses a document's end
        rows = np.array([row_of.get(word, -1) for word in document], dtype=int)  # (N,); an unknown word keeps its place
        for j in range(1, L + 1):
            left, right = rows[:-j], rows[j:]  # all pairs at distance j
            known = (left >= 0) & (right >= 0)
            weight = (2 * DENOMINATOR + j) // (2 * j)  # 1/j, to the nearest 1/27,720
            np.add.at(C, (left[known], right[known]), weight)
    return C + C.T  # what stands right of i has i on its left


def mstar(C, shrinkage):
    """M* (V, V), the target of the quadratic word embedding model (Karkada et al. 2025), with a ridge on each pair.

    M_ij = 2 (C_ij - E_ij) / (C_ij + E_ij + κ),  E_ij = n P_i P_j: the counts that chance would give.
    κ = 0 is the published target: 2 tanh(PMI / 2), which is -2 for pairs that never met.
    """
    C = C / DENOMINATOR
    n = C.sum()
    P = C.sum(axis=1) / n  # (V,) the marginal, sums to 1
    E = n * np.outer(P, P)  # (V, V)
    return 2 * (C - E) / (C + E + shrinkage)


def leading_modes(M, d):
    """λ (d,) and v (V, d): the algebraically largest eigenvalues of M; M has a huge negative one besides."""
    λ, v = np.linalg.eigh(M)  # rising
    λ, v = λ[::-1][:d], v[:, ::-1][:, :d]
    if λ[-1] <= 0:
        raise SystemExit(f"only {(λ > 0).sum()} eigenvalues are positive: use fewer dimensions or more text")
    largest = np.abs(v).argmax(axis=0)
    return λ, v * np.sign(v[largest, range(d)])  # an eigenvector has no sign of its own: make its peak positive


def embed(λ, v):
    """W (V, d) with W Wᵀ the best positive rank-d approximation of M: what training converges to."""
    return v * np.sqrt(λ)


def neighbors(W, words, word, n=5):
    """Find the n nearest words by cosine."""
    unit = W / np.linalg.norm(W, axis=1, keepdims=True)  # (V, d) rows of length 1
    cosines = unit @ unit[words.index(word)]  # (V,)
    return [(words[i], round(float(cosines[i]), 3)) for i in np.argsort(-cosines) if words[i] != word][:n]


def fit(lines, dim=50, min_count=5, size=32, shrinkage=0.5):
    """From text to (words, C, λ, W)."""
    documents = tokenize(lines)
    words = build_vocabulary(documents, min_count)
    C = count(documents, words, size)
    λ, v = leading_modes(mstar(C, shrinkage), dim)
    return words, C, λ, embed(λ, v)


if __name__ == "__main__":
    path, *queries = sys.argv[1:] or sys.exit(__doc__)
    with open(path, encoding="utf-8") as file:
        words, C, λ, W = fit(file)
    print(f"{len(words)} words; strongest modes: λ = {', '.join(f'{value:.1f}' for value in λ[:5])}")
    for query in queries or words[:5]:
        print(query, *neighbors(W, words, query))
