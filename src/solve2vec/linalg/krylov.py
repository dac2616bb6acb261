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
from .rowblocks import RowBlocks, aligned_empty, aligned_full

Product = Callable[[np.ndarray], np.ndarray]
EXPLORED, FEW = 3, 8  # blocks, and vectors in each, that a warm start spends on what its vectors know nothing of
SETTLED = 256  # vectors; before, a huge negative eigenvalue may yet turn up, and with it rounding errors of its size
COLUMNS = 32  # vectors multiplied at a time: fewer converge in fewer products, more run faster each


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
        Of the basis; inner products are summed over the blocks of rows in float64.
    """
    room = max_basis or basis_room(k)
    basis = _Basis(product, blocks, room, tolerance, dtype)
    limit, look = max_products or 40 * k + 1000, _Look(k, tolerance)
    block, link = _first_block(blocks, seed, None if start is None else start[:, : k + COLUMNS], dtype), None
    exploring = 0 if start is None else EXPLORED  # blocks still to come from the random vectors alone
    with progress.task("solving") as advance:
        while True:
            if block.shape[1]:
                basis.append(block, link)
            advance(block.shape[1])
            last = basis.size >= blocks.n_rows or basis.products >= limit or not block.shape[1]
            if basis.size >= k and (last or (not exploring and look.suffices(basis))):
                values, vectors, residuals = basis.ritz(k)
                converged = bool((residuals <= tolerance * abs(values[0])).all())
                if converged or last:
                    return Eigenpairs(values, vectors, residuals, basis.products, converged)
            basis.thin(k)
            block, link = basis.next_block(k, seed, from_last=exploring > 0)
            exploring = max(0, exploring - 1)


def basis_room(k: int) -> int:
    """Columns that a basis for ``k`` modes may grow to before it is thinned; as many products are kept beside it."""
    return 3 * k + 24 * COLUMNS


class _Look:
    """When to look whether the basis suffices: a look costs a dense problem of its size, so not after every block."""

    def __init__(self, k: int, tolerance: float) -> None:
        self._k, self._tolerance = k, tolerance
        self._next = 0
        self._seen: list[tuple[int, float]] = []

    def suffices(self, basis: _Basis) -> bool:
        """Whether the basis is known to suffice; errors fall geometrically, so two looks tell when the next pays."""
        if basis.products < self._next:
            return False
        self._seen.append((basis.products, basis.worst_estimate(self._k)))
        (before, worse), (now, bad) = self._seen[-2:] if len(self._seen) > 1 else [(0, 1.0), self._seen[-1]]
        rate = np.log(max(worse, 1e-300) / max(bad, 1e-300)) / max(1, now - before)
        needed = np.log(max(bad / self._tolerance, 1.0)) / max(rate, 1e-6)
        self._next = now + int(np.clip(0.8 * needed, COLUMNS, now / 2))
        return bad <= self._tolerance


def _first_block(blocks: RowBlocks, seed: int, start: np.ndarray | None, dtype: type) -> np.ndarray:
    made = _random(blocks, min(COLUMNS if start is None else FEW, blocks.n_rows), seed, dtype)
    if start is not None:
        old, _ = blocks.orthonormal(start.astype(dtype), 1e-4)
        for _ in range(2):
            blocks.take_away(made, old, blocks.gram(old, made))
        return np.ascontiguousarray(np.concatenate([old, blocks.orthonormal(made, 1e-4)[0]], axis=1))
    return blocks.orthonormal(made, 1e-4)[0]


def _random(blocks: RowBlocks, columns: int, seed: int, dtype: type) -> np.ndarray:
    made = np.random.default_rng(seed).standard_normal((blocks.n_rows, columns), dtype=np.float32)
    return (made / np.sqrt(blocks.n_rows)).astype(dtype, copy=False)


class _Basis:
    """An orthonormal Q (V, m), its products A Q, and H = Qᵀ A Q."""

    def __init__(self, product: Product, blocks: RowBlocks, max_basis: int, tolerance: float, dtype: type) -> None:
        self._product, self._blocks, self._tolerance = product, blocks, tolerance
        room = min(max_basis, blocks.n_rows)
        self._Q, self._AQ = (aligned_empty((blocks.n_rows, room), dtype) for _ in range(2))
        self._H = np.zeros((0, 0))
        self._N: np.ndarray = np.zeros((blocks.n_rows, 0), dtype)  # what A Q has outside Q: A Q = Q H + N C
        self._C = np.zeros((0, 0))
        self._answer: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None  # of which H, and its eigenpairs
        self.products = 0

    @property
    def size(self) -> int:
        return len(self._H)

    def append(self, block: np.ndarray, link: np.ndarray | None = None) -> None:
        """Take an orthonormal block, orthogonal to the basis, into it; ``link`` is Qᵀ A block where it is known."""
        m, b = self.size, block.shape[1]
        made = self._product(block)
        self.products += b
        self._blocks.put(self._Q, m, block)
        self._blocks.put(self._AQ, m, made)
        known = link is not None and m >= SETTLED
        side = link if known else self._blocks.gram(self._Q[:, :m], made)
        side = np.concatenate([side, self._blocks.gram(block, made)])
        rest, missed = self._outside(made, side)
        side, corner = np.split(side + missed if known else side, [m])
        self._H = np.block([[self._H, side], [side.T, (corner + corner.T) / 2]])
        self._keep(rest, self._smallest(made, rest))

    def _outside(self, made: np.ndarray, side: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What A block has outside Q, in two passes, since one loses half the digits; and what the first missed.

        The first pass takes ``side`` away, which is zero but for the last vectors where it was known beforehand.
        """
        Q, rest = self._Q[:, : len(side)], aligned_full(made.shape, made.dtype, made)
        first = int(np.argmax(side.any(axis=1)))
        self._blocks.take_away(rest, Q[:, first:], side[first:])
        missed = self._blocks.gram(Q, rest)
        self._blocks.take_away(rest, Q, missed)
        return rest, missed

    def _keep(self, rest: np.ndarray, smallest: float) -> None:
        """Keep A Q = Q H + N C true: add what the last product has outside Q to N."""
        N = self._N
        shared = self._blocks.gram(N, rest)
        self._blocks.take_away(rest, N, shared)
        fresh, lengths = self._blocks.orthonormal(rest, smallest)
        self._C = np.block([[self._C, shared], [np.zeros((len(lengths), self._C.shape[1])), lengths]])
        self._N = np.concatenate([N, fresh], axis=1) if N.shape[1] else fresh

    def _smallest(self, made: np.ndarray, rest: np.ndarray) -> float:
        """Shorter directions than this are rounding, or too short to matter for the tolerance."""
        longest, kept = (float(np.sqrt(self._blocks.squared_norms(X).max())) for X in (made, rest))
        rounding = max(4 * float(np.finfo(made.dtype).eps) * longest, 2e-8 * kept)  # a Gram matrix halves the digits
        return max(0.01 * self._tolerance * float(np.diagonal(self._H).max()), rounding, 1e-300)

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
        fresh = _random(self._blocks, columns, seed + self.products, self._Q.dtype.type)
        Q = self._Q[:, : self.size]
        for _ in range(2):
            self._blocks.take_away(fresh, Q, self._blocks.gram(Q, fresh))
        return self._blocks.orthonormal(fresh, 1e-4)[0]

    def worst_estimate(self, k: int) -> float:
        """The largest residual of the ``k`` best vectors as a share of λ_1, from A Q = Q H + N C: no product needed."""
        values, S = self._best(k)
        missing = np.linalg.norm(self._C @ S, axis=0).max()
        return float(missing / max(abs(values[0]), 1e-300))

    def _best(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The ``k`` largest eigenvalues of H, falling, and their vectors; the last answer is kept."""
        from scipy.linalg import eigh

        if self._answer is None or self._answer[0] is not self._H or len(self._answer[1]) < k:
            few = {"driver": "evr", "subset_by_index": [self.size - k, self.size - 1]}
            values, S = eigh(self._H, **few if 2 * k < self.size else {"driver": "evd"})
            self._answer = self._H, values[::-1], S[:, ::-1]
        return self._answer[1][:k], self._answer[2][:, :k]

    def ritz(self, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The ``k`` largest Ritz values, their vectors and their true residuals."""
        values, S = self._best(k)
        vectors = self._blocks.times(self._Q[:, : self.size], S)
        rest = self._blocks.times(self._AQ[:, : self.size], S)
        rest -= vectors * values.astype(vectors.dtype)
        return values, vectors, np.sqrt(self._blocks.squared_norms(rest))

    def thin(self, k: int) -> None:
        """Keep the best vectors only, once the next block would not fit."""
        keep = min(self.size, k + 2 * COLUMNS)
        if self.size + COLUMNS <= self._Q.shape[1] or keep == self.size or self._Q.shape[1] == self._blocks.n_rows:
            return
        values, S = self._best(keep)
        self._Q[:, :keep] = self._blocks.times(self._Q[:, : self.size], S)
        self._AQ[:, :keep] = self._blocks.times(self._AQ[:, : self.size], S)
        self._C = self._C @ S
        self._H = np.diag(values)
