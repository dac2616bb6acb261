"""The basis of a Krylov space: an orthonormal Q, what A makes of it, and what lies outside."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeGuard

import numpy as np

from .bfloat16.halves import WIDTH
from .columns import Columns, GrowingColumns
from .rowblocks import RowBlocks

Product = Callable[[np.ndarray], np.ndarray]
FEW = 8  # vectors of a block that explores
LEAST = 1e-6  # of λ_1: an eigenvalue of B Bᵀ below it may as well be 0
SETTLED = 256  # vectors; before, a huge negative eigenvalue may yet turn up, and with it rounding errors of its size
COLUMNS = WIDTH  # vectors multiplied at a time: fewer converge in fewer products, more run faster each


def random_block(blocks: RowBlocks, columns: int, seed: int, dtype: type) -> np.ndarray:
    """(V, columns) of normal random numbers, each column of length 1 on average."""
    X = np.random.default_rng(seed).standard_normal((blocks.n_rows, columns), dtype=np.float32)
    return (X / np.sqrt(blocks.n_rows)).astype(dtype, copy=False)


def _is_settled(link: np.ndarray | None) -> TypeGuard[np.ndarray]:
    """Whether Qᵀ A block is known beforehand, and may be trusted; it is zero then but for the last vectors."""
    return link is not None and len(link) >= SETTLED


class Basis(ABC):
    """An orthonormal Q (V, m) and H = Qᵀ A Q, with what A Q has outside Q: A Q = Q H + N C.

    Parameters
    ----------
    product : function
        (V, b) → (V, b), A X.
    Q : GrowingColumns
        Empty; with room for as many columns as the basis may grow to.
    tolerance : float
        Wanted of residuals, as a share of λ_1; or of √(λ_1 λ_k), that is of σ_1 σ_k, where A is ``squared``: some B Bᵀ.
    """

    def __init__(self, product: Product, Q: GrowingColumns, tolerance: float, *, squared: bool = False) -> None:
        self._product, self._blocks, self.tolerance, self._squared = product, Q.blocks, tolerance, squared
        self._Q, self._room = Q, Q.room
        self._whole_H = np.zeros((Q.room, Q.room))
        self._N: np.ndarray = np.zeros((Q.blocks.n_rows, 0), Q.dtype)
        self._C = np.zeros((0, 0))
        self._answer: tuple[int, np.ndarray, np.ndarray] | None = None  # of which size, the eigenpairs of H
        self.products = 0

    @property
    def size(self) -> int:
        """m."""
        return self._Q.size

    @property
    def _H(self) -> np.ndarray:
        return self._whole_H[: self.size, : self.size]

    def append(self, block: np.ndarray, link: np.ndarray | None = None) -> None:
        """Take an orthonormal block, orthogonal to the basis, into it; ``link`` is Qᵀ A block where it is known."""
        m, b = self.size, block.shape[1]
        rest = self._product(block)
        self.products += b
        # The new columns of H: known beforehand from A Q = Q H + N C, or measured.
        side = link if _is_settled(link) else self._Q.gram(rest)
        side = np.concatenate([side, self._blocks.gram(block, rest)])
        self._store(block, rest)
        # Orthogonalize the product against the basis, twice: once loses half the digits.
        self._Q.take_away(rest, side)
        side = self._take_away_again(rest, side, link)
        # Fill in the rows and columns of H, symmetric by construction.
        self._H[:m, m:], self._H[m:, :m], self._H[m:, m:] = side[:m], side[:m].T, (side[m:] + side[m:].T) / 2
        # The remainder is where the Krylov space grows next.
        self._keep(rest, self._smallest(side, rest))

    def _keep(self, rest: np.ndarray, smallest: float) -> None:
        """Keep A Q = Q H + N C true: add what the last product has outside Q to N."""
        N, shared = self._N, np.zeros((0, rest.shape[1]))
        # What earlier remainders span already goes into C alone.
        if N.shape[1]:
            shared = self._blocks.gram(N, rest)
            self._blocks.take_away(rest, N, shared)
        # The rest extends N by orthonormal columns; directions too short to matter are dropped.
        fresh, lengths = self._blocks.orthonormal(rest, smallest)
        self._C = np.block([[self._C, shared], [np.zeros((len(lengths), self._C.shape[1])), lengths]])
        self._N = np.concatenate([N, fresh], axis=1) if N.shape[1] else fresh

    def _smallest(self, side: np.ndarray, rest: np.ndarray) -> float:
        """Shorter directions than this of ``rest`` are rounding, or too short to matter for the tolerance."""
        squares = self._blocks.squared_norms(rest)
        longest = float(np.sqrt((squares + np.square(side).sum(axis=0)).max()))  # of the product, with its part in Q
        kept = float(np.sqrt(squares.max()))
        rounding = max(4 * float(np.finfo(rest.dtype).eps) * longest, 2e-8 * kept)  # a Gram matrix halves the digits
        return max(0.01 * self.tolerance * float(np.diagonal(self._H).max()), rounding, 1e-300)

    def next_block(self, k: int, seed: int, *, from_last: bool = False) -> tuple[np.ndarray, np.ndarray | None]:
        """The next orthonormal block: the directions outside the basis that its best vectors miss most.

        With it Qᵀ A block = Cᵀ Nᵀ block, known from A Q = Q H + N C since A is symmetric.
        ``from_last`` asks for those that the last FEW vectors miss: the Krylov space of these alone.
        """
        room = min(FEW if from_last else COLUMNS, self._blocks.n_rows - self.size)
        if not self._N.shape[1]:  # the Krylov space is complete
            return self._fresh_block(room, seed), None
        # All remaining directions fit into one block.
        if self._N.shape[1] <= room:
            block, link = self._N, self._C.T
            self._N, self._C = self._N[:, :0], self._C[:0]
            return block, link
        # Else the directions of N that the wanted Ritz vectors miss most: left singular vectors of C S.
        wanted = np.eye(self.size)[:, -FEW:] if from_last else self._best(k)[1]
        U = np.linalg.svd(self._C @ wanted)[0]
        # The block takes the first of them, N keeps the others.
        block, self._N = self._blocks.times(self._N, U[:, :room]), self._blocks.times(self._N, U[:, room:])
        link, self._C = self._C.T @ U[:, :room], U[:, room:].T @ self._C
        return block, link

    def _fresh_block(self, columns: int, seed: int) -> np.ndarray:
        fresh = random_block(self._blocks, columns, seed + self.products, self._Q.dtype)
        for _ in range(2):
            self._Q.take_away(fresh, self._Q.gram(fresh))
        return self._blocks.orthonormal(fresh, 1e-4)[0]

    def worst_estimate(self, k: int) -> float:
        """The largest residual of the ``k`` best vectors in the tolerance's unit, from A Q = Q H + N C: no product."""
        values, S = self._best(k)
        return float((np.linalg.norm(self._C @ S, axis=0) / self._units(values)).max())

    def suffices(self, values: np.ndarray, residuals: np.ndarray, tolerance: float) -> bool:
        """Whether no residual of modes, largest first, is above the tolerance."""
        return bool((residuals <= tolerance * self._units(values)).all())

    def _units(self, values: np.ndarray) -> np.ndarray:
        """(k,) what residuals of the leading modes are a share of."""
        largest = max(abs(float(values[0])), 1e-300)
        if self._squared:
            return np.asarray(np.sqrt(largest * np.maximum(values, LEAST * largest)))
        return np.full(len(values), largest)

    def _best(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The ``k`` largest eigenvalues of H, falling, and their vectors; the last answer is kept."""
        from scipy.linalg import eigh

        if self._answer is None or self._answer[0] != self.size or len(self._answer[1]) < k:
            few = {"driver": "evr", "subset_by_index": [self.size - k, self.size - 1]}
            values, S = eigh(self._coarse_H(), **few if 2 * k < self.size else {"driver": "evd"})
            self._answer = self.size, values[::-1], S[:, ::-1]
        return self._answer[1][:k], self._answer[2][:, :k]

    def thin(self, k: int) -> None:
        """Keep the best vectors only, once the next block would not fit."""
        keep = min(self.size, k + 2 * COLUMNS)
        if self.size + COLUMNS <= self._room or keep == self.size or self._room == self._blocks.n_rows:
            return
        # Thick restart: rotate the basis to its best Ritz vectors, where H is diagonal.
        values, S = self._best(keep)
        self._restart(S)
        self._C, self._answer = self._C @ S, None
        self._H[:] = np.diag(values)

    def _store(self, block: np.ndarray, product: np.ndarray) -> None:
        """Keep a block as the next columns."""
        self._Q.append(block)

    def _restart(self, S: np.ndarray) -> None:
        """Keep Q S for Q."""
        self._Q.replace(self._Q.times(S))

    @abstractmethod
    def _take_away_again(self, rest: np.ndarray, side: np.ndarray, link: np.ndarray | None) -> np.ndarray:
        """Take Q away a second time, since one loses half the digits; and what H is to hold instead of ``side``."""

    @abstractmethod
    def _coarse_H(self) -> np.ndarray:
        """H in the precision that its eigenvectors are wanted in."""

    @abstractmethod
    def has_room(self, k: int) -> bool:
        """Whether rounding leaves room for errors of the basis, which then aims for what is left."""

    @abstractmethod
    def may_improve(self) -> bool:
        """Whether an answer that did not suffice may yet by a larger basis, which then aims for less."""

    @abstractmethod
    def ritz(self, k: int, *, finely: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The ``k`` largest Ritz values, falling, their vectors and the residuals of these; as exactly as can be."""


class ExactBasis(Basis):
    """A basis for products in all digits: they are kept, and the residuals computed from them."""

    def __init__(self, product: Product, Q: Columns, tolerance: float, *, squared: bool = False) -> None:
        super().__init__(product, Q, tolerance, squared=squared)
        self._AQ = Columns(Q.blocks, Q.room, Q.dtype)

    def _store(self, block: np.ndarray, product: np.ndarray) -> None:
        super()._store(block, product)
        self._AQ.append(product)

    def _restart(self, S: np.ndarray) -> None:
        super()._restart(S)
        self._AQ.replace(self._AQ.times(S))

    def _take_away_again(self, rest: np.ndarray, side: np.ndarray, link: np.ndarray | None) -> np.ndarray:
        missed = self._Q.gram(rest)
        self._Q.take_away(rest, missed)
        return side + missed if _is_settled(link) else side

    def _coarse_H(self) -> np.ndarray:
        return self._H

    def has_room(self, k: int) -> bool:
        """Always: nothing is rounded."""
        return True

    def may_improve(self) -> bool:
        """Always: what estimates missed, the next ones will see."""
        return True

    def ritz(self, k: int, *, finely: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The ``k`` largest Ritz values, falling, their vectors and the residuals of these."""
        values, S = self._best(k)
        # The residuals A v - λ v, from the products that were kept: no new one is needed.
        vectors = self._Q.times(S)
        rest = self._AQ.times(S)
        self._blocks.subtract(rest, vectors, values)
        return values, vectors, np.sqrt(self._blocks.squared_norms(rest))
