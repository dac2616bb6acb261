"""Replication: which modes of half the documents are found again in the other half."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..cooccurrence.cooccurrence import Cooccurrence
from ..core import progress
from ..corpus.vocabulary import Vocabulary
from ..linalg.krylov import leading_eigenpairs
from ..linalg.rowblocks import RowBlocks, row_blocks
from ..linalg.search import largest
from ..target.formula import Formula
from ..target.target import Target, build_target
from ..uncertainty.shards import ShardCounts
from .finding import Unavailable

SPLITS = 3  # each used in both directions
DENSE = 1500  # words; up to here all modes are solved for
MOST = 300  # modes, beyond
TOLERANCE = 1e-2  # of a residual, in λ_1
SIGNAL = 1 / 3  # found again in the other half: half of the mode's square is signal
WORTH_KEEPING = 1 / 5  # the same, of a mode that the whole text would show with half of its strength


@dataclass(frozen=True, eq=False)
class Replication:
    """Modes of halves, held against the other halves.

    Attributes
    ----------
    eigenvalues : (K,) float64
        Of the whole text, falling, positive.
    eigenvectors : (H, K) float32
    vocabulary : Vocabulary
        The H words looked at.
    found : (S, K) float64
        For each split the share of λ_k that the other half shows along the same direction, v_kᵀ M' v_k / λ_k.
    overlap : (S, K) float64
        ‖V_kᵀ V'_k‖² / k of the two halves' leading k modes.
    noise : (S,) float64
        The largest eigenvalue of (M - M') / 2, which is noise alone, of the size it has in the whole text.
    documents, tokens : int
    is_capped : bool
        Whether there may be more modes than were solved for.
    """

    eigenvalues: np.ndarray
    eigenvectors: np.ndarray
    vocabulary: Vocabulary
    found: np.ndarray
    overlap: np.ndarray
    noise: np.ndarray
    documents: int
    tokens: int
    is_capped: bool

    @property
    def share(self) -> np.ndarray:
        """(K,) the share found again, over all splits, made to fall with rank (isotonic regression)."""
        return falling(self.found.mean(axis=0))

    @property
    def recommended(self) -> int:
        """d: modes that earn their place in the whole text."""
        return max(1, int((self.share > WORTH_KEEPING).sum()))

    @property
    def interval(self) -> tuple[int, int]:
        """From the modes that are mostly signal in every split's halves to the most that any split supports."""
        curves = [falling(found) for found in self.found]
        low = min(int((curve > SIGNAL).sum()) for curve in curves)
        high = max(int((curve > WORTH_KEEPING).sum()) for curve in curves)
        return max(1, min(low, self.recommended)), max(high, self.recommended)

    @property
    def above_noise(self) -> int:
        """How many eigenvalues of the whole stand above the largest that noise makes."""
        return int((self.eigenvalues > self.noise.mean()).sum())

    def mode_words(self, mode: int, n: int = 4) -> tuple[list[str], list[str]]:
        """The words at the two ends of a mode of the whole."""
        column, words = self.eigenvectors[:, mode], self.vocabulary.words
        return [words[token] for token in largest(column, n)], [words[token] for token in largest(-column, n)]


def replicate(parts: ShardCounts, formula: Formula, *, splits: int = SPLITS, seed: int = 0) -> Replication:
    """Split the documents into halves at random, solve each, and look for its modes in the other.

    The counts of a half are the sum of those of its parts.  A direction v that was found in one half has the
    strength vᵀ M' v in the other, where nothing was chosen for it; noise has none on average.  In the spiked model
    (noise of size s against a mode of strength μ) λ = μ + s²/μ and the mode's square is signal for a share of
    c = 1 - (s/μ)², so the share found again is f = c / (2 - c): a third where half of the mode is signal.  The whole
    text has half the noise, hence 1 - c halves; f is ½ there where it is a fifth in a half, and a mode lowers the
    squared error on unseen text if more than half of its eigenvalue is found there.

    References
    ----------
    Chen, Roch, Rohe and Yu, "Estimating graph dimension with cross-validated eigenvalues", 2021, arXiv:2108.03336;
    spiked model: Benaych-Georges and Nadakuditi, Advances in Mathematics 227 (2011).
    """
    rng = np.random.default_rng(seed)
    n = len(parts)
    whole = parts.weighted(np.ones(n, np.int64))
    vocabulary = whole.vocabulary
    made = []
    with row_blocks(len(vocabulary)) as blocks, progress.reported_to(progress.Silence()):
        values, vectors = _modes(build_target(whole, formula), blocks)
        for _ in range(splits):
            half = np.zeros(n, np.int64)
            half[rng.permutation(n)[: n // 2]] = 1
            pair = parts.weighted(half), parts.weighted(1 - half)
            made.append(_split(pair, formula, blocks))
    K = min(len(values), *(len(found) for found, _, _ in made))
    if not K:
        raise Unavailable("a half of the documents has no positive mode at all: there is nothing to find again")
    return Replication(
        eigenvalues=values[:K],
        eigenvectors=vectors[:, :K],
        vocabulary=vocabulary,
        found=np.stack([found[:K] for found, _, _ in made]),
        overlap=np.stack([overlap[:K] for _, overlap, _ in made]),
        noise=np.array([noise for _, _, noise in made]),
        documents=vocabulary.documents,
        tokens=vocabulary.total,
        is_capped=len(vocabulary) > DENSE,
    )


def falling(values: np.ndarray) -> np.ndarray:
    """The falling curve nearest to ``values``.

    >>> falling(np.array([3.0, 1.0, 2.0])).tolist()
    [3.0, 1.5, 1.5]
    """
    from scipy.optimize import isotonic_regression

    made: np.ndarray = isotonic_regression(values, increasing=False).x
    return made


def _modes(target: Target, blocks: RowBlocks) -> tuple[np.ndarray, np.ndarray]:
    """The positive eigenvalues, falling, and their vectors: all of them, or the leading 300 of a large target."""
    if len(target) <= DENSE:
        M = target.toarray()
        values, vectors = np.linalg.eigh((M + M.T) / 2)
        values, vectors = values[::-1], vectors[:, ::-1].astype(np.float32)
    else:
        k = min(MOST, len(target) // 8)
        pairs = leading_eigenpairs(target.product(blocks), blocks, k, tolerance=TOLERANCE)
        values, vectors = pairs.values, pairs.vectors
    positive = int((values > target.rounding()).sum())
    return values[:positive], np.ascontiguousarray(vectors[:, :positive])


def _split(
    pair: tuple[Cooccurrence, Cooccurrence], formula: Formula, blocks: RowBlocks
) -> tuple[np.ndarray, np.ndarray, float]:
    """Shares found again (K,), in both directions averaged; overlaps (K,); the largest eigenvalue of the noise."""
    targets = [build_target(counts, formula) for counts in pair]
    products = [target.product(blocks) for target in targets]
    (one, V), (other, U) = (_modes(target, blocks) for target in targets)
    K = min(len(one), len(other))
    V, U = np.ascontiguousarray(V[:, :K]), np.ascontiguousarray(U[:, :K])
    found = (_along(V, products[1]) / one[:K] + _along(U, products[0]) / other[:K]) / 2
    squares = blocks.gram(V, U) ** 2
    overlap = np.diagonal(squares.cumsum(axis=0).cumsum(axis=1)) / np.arange(1, K + 1)
    noise = leading_eigenpairs(
        lambda X: (products[0](X) - products[1](X)) / 2, blocks, 1, tolerance=TOLERANCE, dtype=np.float32
    )
    return found, overlap, float(noise.values[0])


def _along(vectors: np.ndarray, product: Any) -> np.ndarray:
    """(K,) vᵀ M v of each column."""
    return np.einsum("ik,ik->k", vectors, product(vectors), dtype=np.float64)
