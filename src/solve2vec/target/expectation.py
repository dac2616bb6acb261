"""What counts are compared with: the weight that chance would give each pair, and the target of pairs never seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..core.errors import InputError
from ..corpus.vocabulary import Vocabulary
from .formula import Formula

BACKGROUND_ERROR = 1e-6  # of any entry of M, which are of size 1


@dataclass(frozen=True)
class Kept:
    """What expected subsampling leaves of each word, in whole multiples of a unit: sums of these are exact.

    Attributes
    ----------
    keep : (V,) float64
    shares : (V,) int64
        The same in multiples of 2^-bits.
    bits : int
        As many as leave room for the heaviest row in 63 bits.
    """

    keep: np.ndarray
    shares: np.ndarray
    bits: int

    @classmethod
    def of(cls, vocabulary: Vocabulary, formula: Formula, sums: np.ndarray) -> Kept | None:
        """From the (V,) int64 sums of all rows of counts; None without subsampling."""
        if formula.subsample is None:
            return None
        bits = max(0, min(52, 62 - int(sums.max(initial=0)).bit_length()))
        shares = np.rint(np.ldexp(vocabulary.keep_probability(formula.subsample), bits)).astype(np.int64)
        return cls(np.ldexp(shares.astype(np.float64), -bits), shares, bits)

    def weights(self, sums: np.ndarray, denominator: int) -> np.ndarray:
        """(V,) Σ_j C_ij keep_i keep_j, from the (V,) int64 sums of counts times the shares of columns."""
        return self.keep * np.ldexp(sums.astype(np.float64), -self.bits) / denominator


@dataclass(frozen=True)
class Expectation:
    """E_ij = row_i column_j, and the background f(E_ij) in factors.

    Attributes
    ----------
    formula : Formula
    marginal : (V,) float64
        P_i.
    total : float
        n, the sum of the weighted counts.
    drawn : (V,) float64, optional
        What noise is the power α of, where that is not P_i: weights or counts of words before subsampling.
    row, column : (V,) float64
    keep : (V,) float64
        Share of each word that subsampling leaves; 1 without.
    left, right : (V, r) float64
        Factors of the background: M of pairs that were never counted.
    background_error : float
        The largest difference between left rightᵀ and the exact background that was found.
    """

    formula: Formula
    marginal: np.ndarray
    total: float
    drawn: np.ndarray | None
    row: np.ndarray
    column: np.ndarray
    keep: np.ndarray
    left: np.ndarray
    right: np.ndarray
    background_error: float

    @classmethod
    def of(
        cls,
        sums: np.ndarray,
        denominator: int,
        formula: Formula,
        vocabulary: Vocabulary,
        shared: Callable[[np.ndarray], np.ndarray],
    ) -> Expectation:
        """From the (V,) int64 sums of all rows of counts; ``shared`` gives those of counts times shares of columns."""
        weights, kept = sums / denominator, Kept.of(vocabulary, formula, sums)
        left = weights if kept is None else kept.weights(shared(kept.shares), denominator)
        marginal, total = _marginal(left, vocabulary, None if kept is None else kept.keep, formula.unigram)
        drawn = drawn_by(formula, vocabulary, weights)
        x, y = log_expected(formula, marginal, total, drawn)
        keep = np.ones(len(vocabulary)) if kept is None else kept.keep
        return cls(formula, marginal, total, drawn, np.exp(x), np.exp(y), keep, *_background(formula, x, y))

    def fill(
        self, rows: slice, indptr: np.ndarray, indices: np.ndarray, counts: np.ndarray, unit: float, seen: np.ndarray
    ) -> None:
        """M less the background on the counted pairs of ``rows``, into ``seen``.

        indptr (rows + 1,) into indices, counts (in multiples of ``unit``) and seen (pairs,) float32.
        """
        from ..kernels.targets import AT_ONCE, pairs_at

        formula = self.formula
        keep = self.keep[:0] if formula.subsample is None else self.keep  # none: it is 1
        expected = (keep[rows], keep, self.row[rows], self.column)
        starts = np.arange(int(indptr[0]), int(indptr[-1]), AT_ONCE)
        C, E = np.empty((2, AT_ONCE))
        for begin, row in zip(starts, np.searchsorted(indptr, starts, side="right") - 1, strict=True):
            above = seen[begin : min(begin + AT_ONCE, indptr[-1])]
            n = len(above)
            pairs_at(indptr, indices, counts, unit, *expected, row, begin, C[:n], E[:n])
            formula.row.kernel(C[:n], E[:n], formula.shrinkage, formula.floor, above)


def log_expected(
    formula: Formula, marginal: np.ndarray, total: float, drawn: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """x and y (V,) such that E_ij = exp(x_i + y_j); words without a share have that of the rarest that has one."""
    drawn = marginal if drawn is None else drawn
    normalizer = float((drawn**formula.context_smoothing).sum())
    return formula.log_expected(_positive(marginal), total, _positive(drawn), normalizer)


def _positive(shares: np.ndarray) -> np.ndarray:
    return np.maximum(shares, shares[shares > 0].min())


def drawn_by(formula: Formula, vocabulary: Vocabulary, weights: np.ndarray) -> np.ndarray | None:
    """What noise is the power α of (V,), where that is not the marginal; ``weights`` of rows before subsampling."""
    if formula.draws_by_marginal:
        return None
    if formula.noise == "words" or formula.unigram:
        return vocabulary.unigram() * vocabulary.counts.sum()  # refused where no word has a count
    return np.asarray(weights, np.float64)


def _marginal(
    weights: np.ndarray, vocabulary: Vocabulary, keep: np.ndarray | None, unigram: bool
) -> tuple[np.ndarray, float]:
    """P_i (V,) and n."""
    if not weights.any():
        raise InputError(
            f"no two of the {len(vocabulary):,} words ever stand in one window: "
            "use a wider window, more text, or documents of more than one token"
        )
    if unigram:
        p = vocabulary.unigram()
        p = p if keep is None else p * keep / (p * keep).sum()
        return p, float(weights.sum())
    return weights / weights.sum(), float(weights.sum())


def _background(formula: Formula, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Factors of the background f(x_i + y_j), and their largest error: interpolation on Chebyshev nodes."""
    V = len(x)
    if (constant := formula.constant_background) is not None:
        left = np.full((V, 1 if constant else 0), constant)
        return left, np.ones_like(left), 0.0
    return interpolated(lambda t: formula.of_unseen(np.exp(t)), x, y)


def interpolated(
    function: Callable[[np.ndarray], np.ndarray], x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Factors (V, r) of function(x_i + y_j), and the largest error that was found."""
    samples = np.linspace(0, len(x) - 1, min(len(x), 200)).astype(int)
    some_x, some_y = np.sort(x)[samples], np.sort(y)[samples]  # with the ends: the nodes follow from them
    exact = function(some_x[:, None] + some_y[None, :])
    for nodes in range(4, 200, 4):
        node_x, basis_x = _chebyshev(some_x, nodes)
        node_y, basis_y = _chebyshev(some_y, nodes)
        values = function(node_x[:, None] + node_y[None, :])
        error = float(np.abs(basis_x @ values @ basis_y.T - exact).max())
        if error < BACKGROUND_ERROR:
            break
    return _chebyshev(x, nodes)[1] @ values, _chebyshev(y, nodes)[1], error


def _chebyshev(x: np.ndarray, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes (r,) on the range of ``x`` and the Lagrange basis (V, r) on them, by discrete cosine sums."""
    middle, half = (x.max() + x.min()) / 2, max((x.max() - x.min()) / 2, 1e-12)
    angles = (np.arange(nodes) + 0.5) * np.pi / nodes
    degrees = np.arange(nodes)
    at_words = np.cos(degrees * np.arccos(np.clip((x - middle) / half, -1, 1))[:, None])  # (V, r)
    at_nodes = np.cos(degrees[:, None] * angles) * (2 - (degrees == 0))[:, None] / nodes
    return middle + half * np.cos(angles), at_words @ at_nodes
