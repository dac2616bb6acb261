"""Block Krylov: the algebraically largest eigenpairs of a symmetric operator, residuals with them.

The target's spectrum is indefinite, with one huge negative eigenvalue; a Krylov basis with Rayleigh–Ritz looks
for the largest end and is not misled by size.  A basis that grows too large is thinned to its best vectors and goes
on (thick restart: Wu and Simon 2000; block form: Zhou and Saad 2008).  Residuals are of products
with the vectors, and where those are rounded, what rounding is to be expected to add.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core import progress
from .basis import COLUMNS, FEW, Basis, ExactBasis, Product, random_block
from .bfloat16.rounded import SAMPLE, Lost, RoundedBasis
from .bfloat16.split import SplitColumns
from .columns import Columns
from .rowblocks import RowBlocks, aligned

EXPLORED = 3  # blocks of FEW vectors that a warm start spends on what its vectors know nothing of


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
    rounding: np.ndarray | Lost | None = None,
    squared: bool = False,
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
        Wanted of every residual, as a share of the largest eigenvalue; of √(λ_1 λ_k) where A is ``squared``.
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
    rounding : (V,) array or function, optional
        The length of what rounding took from each row of A, or what it adds to residuals, where the product is of
        rounded entries and vectors (see :class:`RoundedBasis`).  Residuals are then those of A itself, as far as they
        are to be expected; where rounding alone takes a large part of the tolerance, it gives up early, not converged.
    squared : bool
        A = B Bᵀ: eigenvalues are σ², which fall twice as fast, and residuals those of B's singular triplets times σ.
    """
    # Two kinds of products: exact ones keep A Q, rounded ones a basis of fewer digits and estimates of the rounding.
    room = min(max_basis or basis_room(k, rounded=rounding is not None), blocks.n_rows)
    if rounding is None:
        basis: Basis = ExactBasis(product, Columns(blocks, room, dtype), tolerance, squared=squared)
    else:
        basis = RoundedBasis(product, SplitColumns(blocks, room), tolerance, rounding, squared=squared)
    limit = (max_products or 40 * k + 1000) - (0 if rounding is None else k + min(k, SAMPLE))  # for those of answers
    # Testing convergence costs a dense problem, so the first test waits until it can succeed: for so many products.
    enough = 2 * k + COLUMNS if squared else max(3 * k, 2 * k + 4 * COLUMNS)
    schedule = _Schedule(k, enough if start is None else 0)
    # A warm start begins with its own directions and explores random ones beside them.
    block, link = _first_block(blocks, seed, None if start is None else start[:, : k + COLUMNS], dtype), None
    exploring = 0 if start is None else EXPLORED  # blocks still to come from the random vectors alone
    with progress.task("solving") as advance:
        while True:
            # Expand: multiply the block, orthogonalize the product, extend H = Qᵀ A Q.
            if block.shape[1]:
                basis.append(block, link)
            advance(block.shape[1])
            last = basis.size >= blocks.n_rows or basis.products >= limit or not block.shape[1]
            # Give up early where rounding alone exceeds the tolerance.
            if basis.size >= enough and not last and not basis.has_room(k):
                return Eigenpairs(*basis.ritz(1), basis.products, converged=False)
            # Test: where the estimate from A Q = Q H + N C suffices, compute the residuals themselves.
            if basis.size >= k and (last or (not exploring and schedule.suffices(basis))):
                values, vectors, residuals = basis.ritz(k)
                converged = basis.suffices(values, residuals, tolerance)
                if not (converged or last or basis.may_improve()):
                    values, vectors, residuals = basis.ritz(k, finely=True)
                    converged = basis.suffices(values, residuals, tolerance)
                if converged or last or not basis.may_improve():
                    return Eigenpairs(values, vectors, residuals, basis.products, converged)
            # Continue: restart with the best vectors if there is no room, and take the next block.
            basis.thin(k)
            block, link = basis.next_block(k, seed, from_last=exploring > 0)
            exploring = max(0, exploring - 1)


def basis_room(k: int, *, rounded: bool = False) -> int:
    """Columns that a basis for ``k`` modes may grow to before it is thinned.

    As many products are kept beside it, but where they are rounded; there it may grow further: thinning would cost
    digits.
    """
    return (6 if rounded else 3) * k + 24 * COLUMNS


class _Schedule:
    """When to test the basis for convergence: a test costs a dense problem of its size, so not after every block."""

    def __init__(self, k: int, first: int) -> None:
        self._k, self._next = k, first
        self._last = (0, 1.0)  # after how many products, and how bad it was

    def suffices(self, basis: Basis) -> bool:
        """Whether the basis suffices, if a test is due; two tests give the rate, and so the time of the next.

        After the first test it waits for all the products that the rate predicts, since convergence accelerates; after
        later ones for half of them.  Half a block is added: a test in vain costs more than another block.
        """
        if basis.products < self._next:
            return False
        # Compare the largest residual with that of the test before.
        (before, worse), share = self._last, 1.0 if self._last[0] == 0 else 0.5
        self._last = now, bad = basis.products, basis.worst_estimate(self._k)
        # Extrapolate: residuals fall geometrically, so their rate gives the products still needed.
        rate = np.log(max(worse, 1e-300) / max(bad, 1e-300)) / max(1, now - before)
        needed = np.log(max(bad / basis.tolerance, 1.0)) / max(rate, 1e-6)
        self._next = now + COLUMNS // 2 + int(min(share * needed, share * now))
        return bad <= basis.tolerance


def _first_block(blocks: RowBlocks, seed: int, start: np.ndarray | None, dtype: type) -> np.ndarray:
    # Without a start, orthonormal random vectors.
    block = random_block(blocks, min(COLUMNS if start is None else FEW, blocks.n_rows), seed, dtype)
    # With one, its vectors first, then a few random ones orthogonal to them: what the start does not contain.
    if start is not None:
        old, _ = blocks.orthonormal(aligned(start, dtype), 1e-4)
        for _ in range(2):
            blocks.take_away(block, old, blocks.gram(old, block))
        return np.ascontiguousarray(np.concatenate([old, blocks.orthonormal(block, 1e-4)[0]], axis=1))
    return blocks.orthonormal(block, 1e-4)[0]
