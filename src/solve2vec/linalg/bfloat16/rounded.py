"""A basis for products that are themselves rounded: kept, and kept orthogonal, with fewer digits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..basis import COLUMNS, FEW, Basis, Product
from ..rowblocks import RowBlocks
from .halves import Halves
from .split import SplitColumns

Lost = Callable[[np.ndarray, np.ndarray], np.ndarray]  # (V, K) vectors, (K,) eigenvalues → (K,) lengths
LEAST = 0.4  # of the tolerance, to be left for errors of the basis
SAMPLE = 32  # modes looked at early: a block of vectors
SHORT = 0.05  # of λ_1, or of the longest: what a product has outside the basis is half rounding where it is shorter


class RoundedBasis(Basis):
    """A basis for products that are rounded to bfloat16 somewhere, and not the same from both sides.

    A product then measures A along Q worse than earlier products predict it: the errors of the new
    block all along one mode add up to a share of its eigenvalue, while those of the mode itself stay those of one
    product.  The errors that matter are those of the products, so the basis is kept orthogonal with less: a second pass
    in bfloat16, which leaves a thousandth of what the first has left.
    Products are not kept: the residuals come from products with the Ritz vectors at the end, to which the rounding of
    A's entries is added: (V,) lengths of what it took from each row, or a function of vectors (V, K) and their
    eigenvalues that gives what it adds.
    """

    def __init__(
        self,
        product: Product,
        Q: SplitColumns,
        tolerance: float,
        rounding: np.ndarray | Lost,
        *,
        squared: bool = False,
    ) -> None:
        super().__init__(product, Q, tolerance, squared=squared)
        self._wanted, self._rounding, self._is_checked = tolerance, rounding, False
        self._Q: SplitColumns = Q
        self._work = Halves(Q.blocks)

    def _take_away_again(self, rest: np.ndarray, side: np.ndarray, link: np.ndarray | None) -> np.ndarray:
        # By the upper halves of Q: coefficients this small need few digits.
        for at in range(0, rest.shape[1], COLUMNS):
            self._Q.remove_from(rest[:, at : at + COLUMNS], self._work)
        # H keeps what earlier products predict: a new product measures it worse.
        return side if link is None else np.concatenate([link, side[len(link) :]])

    def next_block(self, k: int, seed: int, *, from_last: bool = False) -> tuple[np.ndarray, np.ndarray | None]:
        """The next block; made orthogonal once more where it may be rounding, as when the Krylov space is complete.

        The second pass leaves some 1e-4 of the longest column in the shortest, and made of length 1 that can be more
        than the column itself.  What was known of Qᵀ A block beforehand is no longer true then.
        """
        block, link = super().next_block(k, seed, from_last=from_last)
        if link is None:
            return block, link
        # Long directions are orthogonal enough as they are.
        lengths = np.linalg.norm(link, axis=0)
        longest = lengths.max() if self._squared else max(lengths.max(), np.diagonal(self._H).max())
        if lengths.min() >= SHORT * longest:
            return block, link
        # Short ones may be rounding: orthogonalize again, and begin anew where nothing is left.
        for _ in range(2):
            self._Q.take_away(block, self._Q.gram(block))
            block = self._blocks.orthonormal(block, 0.1)[0]
        return (block if block.shape[1] else self._fresh_block(FEW, seed)), None

    def _coarse_H(self) -> np.ndarray:
        return self._H.astype(np.float32)

    def has_room(self, k: int) -> bool:
        """Whether rounding leaves room for errors of the basis, which then aims for what is left; looked at once."""
        if not self._is_checked:
            self._is_checked = True
            self._measured(k, np.linspace(0, k - 1, min(k, SAMPLE)).astype(int))
        return self.may_improve()

    def may_improve(self) -> bool:
        """Whether errors as small as the basis aims for are not a small part of what rounding adds."""
        return bool(self.tolerance >= LEAST * self._wanted)

    def ritz(self, k: int, *, finely: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The ``k`` largest eigenvalues, vectors, and what their residuals are to be expected to be.

        They are measured by a product, whose own rounding is in them; twice as many products leave that out.
        """
        values, vectors, residuals = self._measured(k, np.arange(k), finely=finely)
        order = np.argsort(-values, kind="stable")
        if (np.diff(order) == 1).all():  # no copy
            return values, vectors, residuals
        # take keeps rows in one piece, where [:, order] would not
        return values[order], np.take(vectors, order, axis=1), residuals[order]

    def _measured(
        self, k: int, modes: np.ndarray, *, finely: bool = False
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Eigenvalues, vectors and residuals of some of the ``k`` leading modes, by a product of these vectors.

        The vectors are made orthonormal to all digits (by the nearest that are: Löwdin 1950), and only then multiplied.
        What residuals have beside the basis's own errors is rounding; the basis aims for what that leaves.
        """
        # Ritz vectors in float32, made orthonormal to all digits.
        ritz_values, S = self._best(k)
        vectors = self._Q.times(S[:, modes])
        squares, U = np.linalg.eigh(self._blocks.gram(vectors, vectors))
        self._blocks.times(vectors, (U / np.sqrt(squares)) @ U.T, out=vectors)
        # Multiply them: Rayleigh quotients, and residuals with what rounding the entries of A is expected to add.
        rest = self._fine_product(vectors) if finely else self._product(vectors)
        self.products += len(modes) * (2 if finely else 1)
        values = self._blocks.dots(vectors, rest)
        self._blocks.subtract(rest, vectors, values)
        lost = self._lost(vectors, values)
        residuals = np.hypot(np.sqrt(self._blocks.squared_norms(rest)), lost)
        # Subtract the basis's own errors: what is left is rounding, and the tolerance leaves the basis the remainder.
        own, units = np.linalg.norm(self._C @ S[:, modes], axis=0), self._units(ritz_values)[modes]
        wanted = self._wanted * units
        beside = np.where(own < wanted, residuals**2 - own**2, lost**2)  # modes far from convergence are left out
        self.tolerance = 0.95 * float((np.sqrt(np.maximum(wanted**2 - beside, 0.0)) / units).min())
        return values, vectors, residuals

    def _fine_product(self, X: np.ndarray) -> np.ndarray:
        """A X, X in two parts: of the first nothing is lost, and of the second little."""
        from ...kernels.llvm import nearest, widened

        upper = widened(nearest(X))
        product = self._product(upper)
        product += self._product(X - upper)
        return product

    def _lost(self, vectors: np.ndarray, values: np.ndarray) -> np.ndarray:
        """(K,) length that the rounding errors times each vector are to be expected to stay below."""
        if callable(self._rounding):
            return self._rounding(vectors, values)
        return expected_lengths(self._blocks, vectors, self._rounding)


def expected_lengths(blocks: RowBlocks, vectors: np.ndarray, rounding: np.ndarray) -> np.ndarray:
    """(K,) length that δ v is to be expected to stay below, δ being errors of which column j has length ``rounding``_j.

    Errors are independent, so squares add: Σ_j v_j² r_j², r_j² = Σ_i δ_ij², the columns of a symmetric matrix being
    its rows.  A sum of n squares of one size spreads by √(2 / n) of itself: little where a mode has thousands of
    words, much where it is a clique of ten.  Three such spreads are added, n = (Σ_j v_j² r_j²)² / Σ_j (v_j² r_j²)².
    """
    rounding = rounding.astype(vectors.dtype)
    squares = blocks.squared_norms(vectors, rounding)
    fourth = blocks.sums(lambda rows: _fourth(vectors[rows], rounding[rows]), vectors.shape[1])
    return np.sqrt(squares + 3 * np.sqrt(2 * fourth))


def _fourth(vectors: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(K,) float64 sums of the fourth powers of weighted rows."""
    return np.square(np.square(vectors * weights[:, None], dtype=np.float64)).sum(axis=0)
