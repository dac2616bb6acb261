"""A basis for products that are themselves rounded: kept, and kept orthogonal, with fewer digits."""

from __future__ import annotations

import numpy as np

from .basis import COLUMNS, Basis, Product
from .halves import Halves
from .split import SplitColumns

SHARED = 0.8  # of the squared tolerance, by the rounding of entries and the basis; the rest is for that of products
LEAST = 0.15  # of it, for the basis
SAMPLE = 32  # modes whose rounding is looked at early


class RoundedBasis(Basis):
    """A basis for products that are rounded to bfloat16 somewhere, and not the same from both sides.

    What a product measures of A along Q is then worse than what earlier products tell of it: the errors of the new
    block all along one mode add up to a share of its eigenvalue, while those of the mode itself stay those of one
    product.  The errors that matter are those of the products, so the basis is kept orthogonal with less: a second pass
    in bfloat16, which leaves a thousandth of what the first has left.
    Products are not kept: those of the vectors themselves, at the end, tell the residuals, to which the rounding of
    A's entries is added, (V,) lengths of what it took from each row.
    """

    def __init__(self, product: Product, Q: SplitColumns, tolerance: float, rounding: np.ndarray) -> None:
        super().__init__(product, Q, np.sqrt(SHARED) * tolerance)
        self._wanted, self._rounding, self._is_checked = tolerance, rounding, False
        self._beside = 0.0  # the most that a residual of the last answer had beside the basis's own, in units of λ_1
        self._Q: SplitColumns = Q
        self._work = Halves(Q.blocks)

    def _take_away_again(self, rest: np.ndarray, side: np.ndarray, link: np.ndarray | None) -> np.ndarray:
        for at in range(0, rest.shape[1], COLUMNS):
            self._Q.remove_from(rest[:, at : at + COLUMNS], self._work)
        return side if link is None else np.concatenate([link, side[len(link) :]])

    def _coarse_H(self) -> np.ndarray:
        return self._H.astype(np.float32)

    def has_room(self, k: int) -> bool:
        """Whether rounding leaves room for errors of the basis, which then aims for what is left; looked at once."""
        if not self._is_checked:
            self._is_checked = True
            values, S = self._best(k)
            some = S[:, np.linspace(0, k - 1, min(k, SAMPLE)).astype(int)]
            taken = self._rounding_of(self._Q.times(some)).max() / (self._wanted * values[0])
            self.tolerance = self._wanted * np.sqrt(max(SHARED - taken**2, 0.0))
        return self._is_enough

    def may_improve(self) -> bool:
        """Whether what the last answer had beside the error of the basis leaves room, which then is to be smaller."""
        self.tolerance = 0.95 * np.sqrt(max(self._wanted**2 - self._beside**2, 0.0))
        return self._is_enough

    @property
    def _is_enough(self) -> bool:
        return bool(self.tolerance >= self._wanted * np.sqrt(LEAST))

    def ritz(self, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The ``k`` largest eigenvalues, vectors, and what their residuals are to be expected to be.

        The vectors are made orthonormal to all digits (by the nearest that are: Löwdin 1950), and only then multiplied.
        """
        found, S = self._best(k)
        vectors = self._Q.times(S)
        squares, U = np.linalg.eigh(self._blocks.gram(vectors, vectors))
        self._blocks.times(vectors, (U / np.sqrt(squares)) @ U.T, out=vectors)
        made = self._product(vectors)
        self.products += k
        values = self._blocks.dots(vectors, made)
        order = np.argsort(-values, kind="stable")
        self._blocks.subtract(made, vectors, values)
        residuals = np.hypot(np.sqrt(self._blocks.squared_norms(made)), self._rounding_of(vectors))
        own = np.linalg.norm(self._C @ S, axis=0)
        self._beside = float(np.sqrt(np.maximum(residuals**2 - own**2, 0.0).max()) / found[0])
        if (np.diff(order) == 1).all():  # no copy
            return values, vectors, residuals
        return values[order], vectors[:, order], residuals[order]

    def _rounding_of(self, vectors: np.ndarray) -> np.ndarray:
        """(K,) expected length of the rounding errors times each vector.

        They are independent, so squares add: Σ_j v_j² Σ_i δ_ij², the columns of a symmetric matrix being its rows.
        """
        return np.sqrt(self._blocks.squared_norms(vectors, self._rounding.astype(vectors.dtype)))
