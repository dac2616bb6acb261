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
    basis = _Basis(product, blocks, max_basis or max(4 * k, k + 8 * COLUMNS), dtype)
    limit = max_products or 40 * k + 1000
    block = _first_block(blocks, k, seed, start, dtype)
    with progress.task("solving") as advance:
        while True:
            basis.append(block)
            advance(block.shape[1])
            exhausted = basis.size >= blocks.n_rows
            if basis.size >= k and (basis.is_promising(k, tolerance) or exhausted or basis.products >= limit):
                values, vectors, residuals, smallest = basis.ritz(k)
                converged = bool((residuals <= tolerance * max(smallest, abs(values[0]))).all())
                if converged or exhausted or basis.products >= limit:
                    return Eigenpairs(values, vectors, residuals, basis.products, converged)
            basis.thin(k)
            block = basis.next_block(seed)


def _first_block(blocks: RowBlocks, k: int, seed: int, start: np.ndarray | None, dtype: type) -> np.ndarray:
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
        self._product, self._blocks, self._max = product, blocks, min(max_basis, blocks.n_rows)
        self._dtype = dtype
        self._parts: list[np.ndarray] = []  # blocks of Q
        self._products: list[np.ndarray] = []  # the same blocks of A Q
        self._H = np.zeros((0, 0))
        self._last = np.zeros((0, 0))  # how the next block couples to the last
        self.products = 0

    @property
    def size(self) -> int:
        return len(self._H)

    def append(self, block: np.ndarray) -> None:
        """Take an orthonormal block, orthogonal to the basis, into it."""
        made = self._product(block)
        self.products += block.shape[1]
        columns = [self._blocks.gram(part, made) for part in self._parts]
        corner = self._blocks.gram(block, made)
        side = np.concatenate(columns) if columns else np.zeros((0, block.shape[1]))
        self._H = np.block([[self._H, side], [side.T, (corner + corner.T) / 2]])
        self._parts.append(block)
        self._products.append(made)
        self._remainder()

    def _remainder(self) -> None:
        """What the last product adds to the basis, orthonormal; twice is enough (Parlett)."""
        last = self._products[-1].shape[1]
        rest = self._products[-1].copy()
        coefficients = self._H[:, -last:]
        for _ in range(2):
            at = 0
            for part in self._parts:
                self._blocks.take_away(rest, part, coefficients[at : at + part.shape[1]])
                at += part.shape[1]
            coefficients = np.concatenate([self._blocks.gram(part, rest) for part in self._parts])
        scale = np.abs(np.diagonal(self._H)).max() if self.size else 1.0
        self._next, self._last = self._blocks.orthonormal(rest, 1e-6 * max(scale, 1e-300))

    def next_block(self, seed: int) -> np.ndarray:
        """The next orthonormal block; random directions where the Krylov space is complete."""
        room = self._blocks.n_rows - self.size
        if self._next.shape[1]:
            return self._next[:, :room]
        fresh = _random(self._blocks, min(COLUMNS, room), seed + self.products, self._dtype)
        for _ in range(2):
            for part in self._parts:
                self._blocks.take_away(fresh, part, self._blocks.gram(part, fresh))
        return self._blocks.orthonormal(fresh, 1e-4)[0]

    def is_promising(self, k: int, tolerance: float) -> bool:
        """Whether the coupling to the next block says that the ``k`` largest have converged (no product needed)."""
        values, S = np.linalg.eigh(self._H)
        wanted = S[:, ::-1][-self._products[-1].shape[1] :, :k]
        estimates = np.linalg.norm(self._last @ wanted, axis=0)
        return bool((estimates <= tolerance * abs(values[-1])).all())

    def ritz(self, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        """The ``k`` largest Ritz values, their vectors and true residuals, and the scale of rounding."""
        values, S = np.linalg.eigh(self._H)
        values, S = values[::-1][:k], np.ascontiguousarray(S[:, ::-1][:, :k])
        vectors = self._combine(self._parts, S)
        rest = self._combine(self._products, S)
        rest -= vectors * values.astype(self._dtype)
        residuals = np.sqrt(self._blocks.squared_norms(rest))
        return values, vectors, residuals, 0.0

    def _combine(self, parts: list[np.ndarray], S: np.ndarray) -> np.ndarray:
        at, total = 0, np.zeros((self._blocks.n_rows, S.shape[1]), self._dtype)
        for part in parts:
            self._blocks.take_away(total, part, -S[at : at + part.shape[1]])
            at += part.shape[1]
        return total

    def thin(self, k: int) -> None:
        """Keep the best vectors only, once the basis has outgrown its room."""
        if self.size + self._next.shape[1] <= self._max or self.size <= k + 2 * COLUMNS:
            return
        keep = min(self.size, k + 2 * COLUMNS)
        values, S = np.linalg.eigh(self._H)
        S = np.ascontiguousarray(S[:, ::-1][:, :keep])
        last = self._products[-1].shape[1]
        self._last = self._last @ S[-last:]
        self._parts, self._products = [self._combine(self._parts, S)], [self._combine(self._products, S)]
        self._H = np.diag(values[::-1][:keep])
