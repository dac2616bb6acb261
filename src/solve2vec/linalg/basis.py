"""The basis of a Krylov space: an orthonormal Q, what A makes of it, and what lies outside.

A RoundedBasis is for products that are themselves rounded: it checks orthogonality in bfloat16.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .columns import Columns
from .halves import WIDTH, Halves
from .rowblocks import RowBlocks, aligned_full

Product = Callable[[np.ndarray], np.ndarray]
FEW = 8  # vectors of a block that explores
ROUGH = 0.5  # share of the tolerance that rounding may take
SETTLED = 256  # vectors; before, a huge negative eigenvalue may yet turn up, and with it rounding errors of its size
COLUMNS = WIDTH  # vectors multiplied at a time: fewer converge in fewer products, more run faster each


def random_block(blocks: RowBlocks, columns: int, seed: int, dtype: type) -> np.ndarray:
    """(V, columns) of normal random numbers, each column of length 1 on average."""
    made = np.random.default_rng(seed).standard_normal((blocks.n_rows, columns), dtype=np.float32)
    return (made / np.sqrt(blocks.n_rows)).astype(dtype, copy=False)


class Basis:
    """An orthonormal Q (V, m), its products A Q, and H = Qᵀ A Q; what A Q has outside Q: A Q = Q H + N C."""

    def __init__(self, product: Product, blocks: RowBlocks, max_basis: int, tolerance: float, dtype: type) -> None:
        self._product, self._blocks, self.tolerance = product, blocks, tolerance
        self._room = min(max_basis, blocks.n_rows)
        self._dtype, self._Q, self._AQ = dtype, *(Columns(blocks, self._room, dtype) for _ in range(2))
        self._whole_H = np.zeros((self._room, self._room))
        self._N: np.ndarray = np.zeros((blocks.n_rows, 0), dtype)
        self._C = np.zeros((0, 0))
        self._answer: tuple[int, np.ndarray, np.ndarray] | None = None  # after how many products, the eigenpairs of H
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
        made = self._product(block)
        self.products += b
        known = link is not None and m >= SETTLED
        side = link if known else self._Q.gram(made)  # zero but for the last vectors where it was known beforehand
        side = np.concatenate([side, self._blocks.gram(block, made)])
        self._store(block, made)
        rest = aligned_full(made.shape, made.dtype, made)
        self._Q.take_away(rest, side)
        missed = self._take_away_again(rest)
        side, corner = np.split(side + missed if known else side, [m])
        self._H[:m, m:], self._H[m:, :m], self._H[m:, m:] = side, side.T, (corner + corner.T) / 2
        self._keep(rest, self._smallest(made, rest))

    def _store(self, block: np.ndarray, made: np.ndarray) -> None:
        """Keep a block and its product as the next columns."""
        self._Q.append(block)
        self._AQ.append(made)

    def _take_away_again(self, rest: np.ndarray) -> np.ndarray | float:
        """A second time, since one loses half the digits; and what the first missed, for H."""
        missed = self._Q.gram(rest)
        self._Q.take_away(rest, missed)
        return missed

    def _keep(self, rest: np.ndarray, smallest: float) -> None:
        """Keep A Q = Q H + N C true: add what the last product has outside Q to N."""
        N, shared = self._N, np.zeros((0, rest.shape[1]))
        if N.shape[1]:
            shared = self._blocks.gram(N, rest)
            self._blocks.take_away(rest, N, shared)
        fresh, lengths = self._blocks.orthonormal(rest, smallest)
        self._C = np.block([[self._C, shared], [np.zeros((len(lengths), self._C.shape[1])), lengths]])
        self._N = np.concatenate([N, fresh], axis=1) if N.shape[1] else fresh

    def _smallest(self, made: np.ndarray, rest: np.ndarray) -> float:
        """Shorter directions than this are rounding, or too short to matter for the tolerance."""
        longest, kept = (float(np.sqrt(self._blocks.squared_norms(X).max())) for X in (made, rest))
        rounding = max(4 * float(np.finfo(made.dtype).eps) * longest, 2e-8 * kept)  # a Gram matrix halves the digits
        return max(0.01 * self.tolerance * float(np.diagonal(self._H).max()), rounding, 1e-300)

    def next_block(self, k: int, seed: int, *, from_last: bool = False) -> tuple[np.ndarray, np.ndarray | None]:
        """The next orthonormal block: the directions outside the basis that its best vectors miss most.

        With it Qᵀ A block, which A Q = Q H + N C tells beforehand, A being symmetric: Cᵀ Nᵀ block.
        ``from_last`` asks for those that the last FEW vectors miss: the Krylov space of these alone.
        """
        room = min(FEW if from_last else COLUMNS, self._blocks.n_rows - self.size)
        if not self._N.shape[1]:  # the Krylov space is complete
            return self._fresh_block(room, seed), None
        if self._N.shape[1] <= room:
            block, link = self._N, self._C.T
            self._N, self._C = self._N[:, :0], self._C[:0]
            return block, link
        wanted = np.eye(self.size)[:, -FEW:] if from_last else self._best(k)[1]
        U = np.linalg.svd(self._C @ wanted)[0]
        block, self._N = self._blocks.times(self._N, U[:, :room]), self._blocks.times(self._N, U[:, room:])
        link, self._C = self._C.T @ U[:, :room], U[:, room:].T @ self._C
        return block, link

    def _fresh_block(self, columns: int, seed: int) -> np.ndarray:
        fresh = random_block(self._blocks, columns, seed + self.products, self._dtype)
        for _ in range(2):
            self._Q.take_away(fresh, self._Q.gram(fresh))
        return self._blocks.orthonormal(fresh, 1e-4)[0]

    def worst_estimate(self, k: int) -> float:
        """The largest residual of the ``k`` best vectors as a share of λ_1, from A Q = Q H + N C: no product needed."""
        values, S = self._best(k)
        missing = np.linalg.norm(self._C @ S, axis=0).max()
        return float(missing / max(abs(values[0]), 1e-300))

    def _best(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The ``k`` largest eigenvalues of H, falling, and their vectors; the last answer is kept."""
        from scipy.linalg import eigh

        if self._answer is None or self._answer[0] != self.products or len(self._answer[1]) < k:
            few = {"driver": "evr", "subset_by_index": [self.size - k, self.size - 1]}
            values, S = eigh(self._rounded_H(), **few if 2 * k < self.size else {"driver": "evd"})
            self._answer = self.products, values[::-1], S[:, ::-1]
        return self._answer[1][:k], self._answer[2][:, :k]

    def _rounded_H(self) -> np.ndarray:
        """H in the precision that its eigenvectors are wanted in."""
        return self._H

    def is_too_rough(self, k: int, tolerance: float) -> bool:
        """Whether rounding leaves no room for the tolerance: not where products are exact."""
        return False

    def ritz(self, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The ``k`` largest Ritz values, their vectors and their true residuals."""
        values, S = self._best(k)
        vectors = self._Q.times(S)
        rest = self._AQ.times(S)
        rest -= vectors * values.astype(vectors.dtype)
        return values, vectors, np.sqrt(self._blocks.squared_norms(rest))

    def thin(self, k: int) -> None:
        """Keep the best vectors only, once the next block would not fit."""
        keep = min(self.size, k + 2 * COLUMNS)
        if self.size + COLUMNS <= self._room or keep == self.size or self._room == self._blocks.n_rows:
            return
        values, S = self._best(keep)
        self._restart(self._Q.times(S), S)
        self._C, self._answer = self._C @ S, None
        self._H[:] = np.diag(values)

    def _restart(self, vectors: np.ndarray, S: np.ndarray) -> None:
        """Keep ``vectors``, which is Q S, for Q."""
        self._Q.replace(vectors)
        self._AQ.replace(self._AQ.times(S))


class RoundedBasis(Basis):
    """A basis for products that are rounded to bfloat16 somewhere, and not the same from both sides.

    What is measured of A Q is then not taken for Qᵀ A; the errors that matter are those of the products, so the basis
    is kept orthogonal with less: a second pass in bfloat16, which leaves a thousandth of what the first has left.
    Products are not kept: those of the vectors themselves, at the end, tell the residuals, to which the rounding of
    A's entries is added, (V,) lengths of what it took from each row.
    """

    def __init__(
        self,
        product: Product,
        blocks: RowBlocks,
        max_basis: int,
        tolerance: float,
        dtype: type,
        rounding: np.ndarray,
    ) -> None:
        super().__init__(product, blocks, max_basis, tolerance, dtype)
        self._rounding, self._is_checked = rounding, False
        del self._AQ
        self._halves, self._work = Halves(blocks, self._room // COLUMNS + 1), Halves(blocks, 1)

    def _store(self, block: np.ndarray, made: np.ndarray) -> None:
        first = self.size
        self._Q.append(block)
        self._narrow(first)

    def _narrow(self, first: int) -> None:
        """Bring the panels from column ``first`` of Q on up to date."""
        for at in range(first - first % COLUMNS, self.size, COLUMNS):
            self._halves.put(self._Q.between(at, min(self.size, at + COLUMNS)), at // COLUMNS)

    def _take_away_again(self, rest: np.ndarray) -> float:
        for at in range(0, rest.shape[1], COLUMNS):
            self._halves.remove_from(rest[:, at : at + COLUMNS], self._work)
        return 0.0

    def _rounded_H(self) -> np.ndarray:
        return self._H.astype(np.float32)

    def _restart(self, vectors: np.ndarray, S: np.ndarray) -> None:
        self._Q.replace(vectors)
        self._narrow(0)

    def is_too_rough(self, k: int, tolerance: float) -> bool:
        """Whether rounding takes much of the first mode's tolerance, or nearly all of any one's; asked once, early."""
        if self._is_checked:
            return False
        self._is_checked = True
        values, S = self._best(k)
        taken = self._rounding_of(self._Q.times(S)) / (tolerance * values[0])
        return bool(taken[0] > ROUGH or taken.max() > 0.9)

    def ritz(self, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The ``k`` largest eigenvalues, vectors, and what their residuals are to be expected to be.

        The vectors are made orthonormal to all digits (by the nearest that are: Löwdin 1950), and only then multiplied.
        """
        vectors = self._Q.times(self._best(k)[1])
        squares, U = np.linalg.eigh(self._blocks.gram(vectors, vectors))
        vectors = self._blocks.times(vectors, (U / np.sqrt(squares)) @ U.T)
        made = self._product(vectors)
        self.products += k
        values = self._blocks.dots(vectors, made)
        order = np.argsort(-values, kind="stable")
        made -= vectors * values.astype(vectors.dtype)
        residuals = np.hypot(np.sqrt(self._blocks.squared_norms(made)), self._rounding_of(vectors))
        return values[order], vectors[:, order], residuals[order]

    def _rounding_of(self, vectors: np.ndarray) -> np.ndarray:
        """(K,) expected length of the rounding errors times each vector.

        They are independent, so squares add: Σ_j v_j² Σ_i δ_ij², the columns of a symmetric matrix being its rows.
        """
        return np.sqrt(self._blocks.squared_norms(vectors * self._rounding.astype(vectors.dtype)[:, None]))
