"""Block Krylov: the algebraically largest eigenpairs of a symmetric operator, residuals with them.

The target's spectrum is indefinite, with one huge negative eigenvalue; a Krylov basis with Rayleigh–Ritz looks
for the largest end and is not misled by size.  The products A Q are kept beside the basis Q, so that residuals
are real ones and a basis that grows too large is thinned to its best vectors and goes on (thick restart:
Wu and Simon 2000; block form: Zhou and Saad 2008).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .. import progress
from .rowblocks import RowBlocks

Product = Callable[[np.ndarray], np.ndarray]
COLUMNS = 64  # vectors multiplied at a time


@dataclass(frozen=True)
class Eigenpairs:
    """Eigenvalues (K,) falling, eigenvectors (V, K), residuals (K,) ‖A v - λ v‖, and how many products it took."""

    values: np.ndarray
    vectors: np.ndarray
    residuals: np.ndarray
    products: int
    converged: bool


def leading_eigenpairs(
    product: Product,
    blocks: RowBlocks,
    k: int,
    *,
    tolerance: float,
    seed: int = 0,
    start: np.ndarray | None = None,
    max_products: int | None = None,
    max_basis: int | None = None,
    dtype: type = np.float32,
) -> Eigenpairs:
    """The ``k`` algebraically largest eigenpairs.

    Parameters
    ----------
    product : function
        (V, b) → (V, b), A X for a symmetric A.
    blocks : RowBlocks
        Of V rows.
    k : int
        1 … V.
    tolerance : float
        Wanted of every residual, as a share of the largest eigenvalue.
    seed : int
        Of the random first block.
    start : (V, m) array, optional
        Directions to begin with: eigenvectors of a similar matrix.
    max_products : int, optional
        Columns multiplied before giving up; 40 k + 1000 by default.
    max_basis : int, optional
        Columns kept before a restart.
    dtype : numpy dtype
        Of the basis; inner products are float64.
    """
    room = max_basis or max(6 * k, k + 12 * COLUMNS)
    basis = _Basis(product, blocks, room, dtype)
    limit, look = max_products or 40 * k + 1000, k
    block = _first_block(blocks, seed, start, dtype)
    with progress.task("solving") as advance:
        while True:
            basis.append(block)
            advance(block.shape[1])
            last = basis.size >= blocks.n_rows or basis.products >= limit
            if basis.size >= k and (last or (basis.size >= look and basis.is_promising(k, tolerance))):
                values, vectors, residuals = basis.ritz(k)
                converged = bool((residuals <= tolerance * abs(values[0])).all())
                if converged or last:
                    return Eigenpairs(values, vectors, residuals, basis.products, converged)
            if basis.size >= look:  # each look costs a small dense problem
                look = int(1.05 * basis.size)
            if basis.thin(k):
                look = basis.size
            block = basis.next_block(k, seed)


def _first_block(blocks: RowBlocks, seed: int, start: np.ndarray | None, dtype: type) -> np.ndarray:
    b = min(COLUMNS, blocks.n_rows)
    made = _random(blocks, b, seed, dtype)
    if start is not None:
        made = np.ascontiguousarray(np.concatenate([start.astype(dtype), made[:, : b // 4]], axis=1))
    return blocks.orthonormal(made, 1e-4)[0]


def _random(blocks: RowBlocks, columns: int, seed: int, dtype: type) -> np.ndarray:
    made = np.random.default_rng(seed).standard_normal((blocks.n_rows, columns), dtype=np.float32)
    return (made / np.sqrt(blocks.n_rows)).astype(dtype, copy=False)


class _Basis:
    """An orthonormal Q (V, m), its products A Q, and H = Qᵀ A Q."""

    def __init__(self, product: Product, blocks: RowBlocks, max_basis: int, dtype: type) -> None:
        self._product, self._blocks = product, blocks
        room = min(max_basis, blocks.n_rows)
        self._Q = np.empty((blocks.n_rows, room), dtype)  # pages are taken as they are filled
        self._AQ = np.empty_like(self._Q)
        self._H = np.zeros((0, 0))
        self._N = np.zeros((blocks.n_rows, 0), dtype)  # what A Q has outside Q: A Q = Q H + N C
        self._C = np.zeros((0, 0))
        self.products = 0

    @property
    def size(self) -> int:
        return len(self._H)

    def append(self, block: np.ndarray) -> None:
        """Take an orthonormal block, orthogonal to the basis, into it."""
        m, b = self.size, block.shape[1]
        made = self._product(block)
        self.products += b
        self._Q[:, m : m + b], self._AQ[:, m : m + b] = block, made
        side = self._blocks.gram(self._Q[:, : m + b], made)
        corner = (side[m:] + side[m:].T) / 2
        self._H = np.block([[self._H, side[:m]], [side[:m].T, corner]])
        self._find_rest(made, np.concatenate([side[:m], corner]))

    def _find_rest(self, made: np.ndarray, coefficients: np.ndarray) -> None:
        """Keep A Q = Q H + N C true: add to N what the last product has outside Q, twice orthogonalized."""
        Q, N = self._Q[:, : self.size], self._N
        rest = made.copy()
        self._blocks.take_away(rest, Q, coefficients)
        self._blocks.take_away(rest, Q, self._blocks.gram(Q, rest))
        shared = self._blocks.gram(N, rest)
        self._blocks.take_away(rest, N, shared)
        scale = float(np.abs(np.diagonal(self._H)).max())
        fresh, lengths = self._blocks.orthonormal(rest, 1e-6 * max(scale, 1e-300))
        self._C = np.block([[self._C, shared], [np.zeros((len(lengths), self._C.shape[1])), lengths]])
        self._N = np.concatenate([N, fresh], axis=1) if N.shape[1] else fresh

    def next_block(self, k: int, seed: int) -> np.ndarray:
        """The next orthonormal block: the directions outside the basis that its best vectors miss most."""
        room = min(COLUMNS, self._blocks.n_rows - self.size)
        if not self._N.shape[1]:  # the Krylov space is complete
            return self._fresh_block(room, seed)
        if self._N.shape[1] <= room:
            block, self._N, self._C = self._N, self._N[:, :0], self._C[:0]
            return block
        wanted = np.linalg.eigh(self._H)[1][:, ::-1][:, :k]
        U = np.linalg.svd(self._C @ wanted)[0]
        block, self._N = self._blocks.times(self._N, U[:, :room]), self._blocks.times(self._N, U[:, room:])
        self._C = U[:, room:].T @ self._C
        return block

    def _fresh_block(self, columns: int, seed: int) -> np.ndarray:
        fresh = _random(self._blocks, columns, seed + self.products, self._Q.dtype.type)
        Q = self._Q[:, : self.size]
        for _ in range(2):
            self._blocks.take_away(fresh, Q, self._blocks.gram(Q, fresh))
        return self._blocks.orthonormal(fresh, 1e-4)[0]

    def is_promising(self, k: int, tolerance: float) -> bool:
        """Whether what is known to be missing says that the ``k`` largest have converged (no product needed)."""
        values, S = np.linalg.eigh(self._H)
        estimates = np.linalg.norm(self._C @ S[:, ::-1][:, :k], axis=0)
        return bool((estimates <= tolerance * abs(values[-1])).all())

    def ritz(self, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The ``k`` largest Ritz values, their vectors and their true residuals."""
        values, S = np.linalg.eigh(self._H)
        values, S = values[::-1][:k], S[:, ::-1][:, :k]
        vectors = self._blocks.times(self._Q[:, : self.size], S)
        rest = self._blocks.times(self._AQ[:, : self.size], S)
        rest -= vectors * values.astype(vectors.dtype)
        return values, vectors, np.sqrt(self._blocks.squared_norms(rest))

    def thin(self, k: int) -> bool:
        """Keep the best vectors only, once the next block would not fit; whether that was so."""
        keep = min(self.size, k + 2 * COLUMNS)
        if self.size + COLUMNS <= self._Q.shape[1] or keep == self.size or self._Q.shape[1] == self._blocks.n_rows:
            return False
        values, S = np.linalg.eigh(self._H)
        S = S[:, ::-1][:, :keep]
        self._Q[:, :keep] = self._blocks.times(self._Q[:, : self.size], S)
        self._AQ[:, :keep] = self._blocks.times(self._AQ[:, : self.size], S)
        self._C = self._C @ S
        self._H = np.diag(values[::-1][:keep])
        return True
