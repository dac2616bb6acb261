"""Losses over all pairs at once, in float64, and the gradient flow that goes down them.

A state is an (m, V, d) array: W alone where tied (m = 1), W and U where untied (m = 2).  All flows share one unit
of time, that of dW/dt = (M - W Uᵀ) U: a weighted loss is multiplied by 1 / (its mean curvature at W Uᵀ = 0), so that
it becomes that flow where all weights are equal.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ...core.errors import InputError
from ...linalg.rowblocks import RowBlocks
from .pairs import Pairs

if TYPE_CHECKING:
    from ...target.target import Target

DENSE = 5000  # words; up to here a matrix of all pairs is held
GROUP = 512  # rows whose sums are made by one thread …
TILE = 64  # … so many at a time, which stay in its cache


Product = Callable[[np.ndarray], np.ndarray]


class Loss(Protocol):
    """What training goes down."""

    def flow(self, state: np.ndarray) -> np.ndarray:
        """d state / dt, of the shape of ``state``."""

    def value(self, state: np.ndarray) -> float:
        """The loss itself."""


@dataclass(frozen=True)
class Slopes:
    """What a weighted loss does at a state: its flow, and by what sampled steps scatter around it.

    Attributes
    ----------
    flow : (m, V, d) float64
    curvature : (2, V) float64
        Σ_j (P_ij + N_ij) σ′(x_ij) of each row i, and Σ_i of each column; N = k P_i q_j.
    drawn, pushed : (2, V) float64
        The same of P_ij (1 - s)² and of N_ij s², s = σ(x): mean squares of what pairs and noise words are taught.
    together : (2, V, d) float64
        P W and P U.
    """

    flow: np.ndarray
    curvature: np.ndarray
    drawn: np.ndarray
    pushed: np.ndarray
    together: np.ndarray


class Curved(Loss, Protocol):
    """A weighted loss, as the exponential integrator follows it."""

    name: str
    unit: float
    mass: np.ndarray  # (2, V) Σ_j weight_ij of each row, Σ_i of each column

    def slopes(self, state: np.ndarray, *, closely: bool = True) -> Slopes:
        """The flow, and more where it is looked at closely."""


class Unweighted:
    """¼‖W Wᵀ - M‖² (tied) or ½‖W Uᵀ - M‖² (untied).

    Up to ``DENSE`` words M is held whole; beyond, it is multiplied as sparse plus low rank.
    """

    def __init__(self, target: Target, blocks: RowBlocks, *, dense: bool | None = None) -> None:
        self._blocks = blocks
        self._squared_norm = target.squared_norm()
        self.product: Product
        self.transposed: Product
        if len(target) <= DENSE if dense is None else dense:
            M = target.toarray()
            self.product, self.transposed = _DenseProduct(M, blocks), _DenseProduct(M.T, blocks)
        else:
            self.product, self.transposed = target.product(blocks), target.product(blocks, transposed=True)

    def flow(self, state: np.ndarray) -> np.ndarray:
        """dW/dt = (M - W Uᵀ) U,  dU/dt = (M - W Uᵀ)ᵀ W."""
        W, U = state[0], state[-1]
        made = np.empty_like(state)
        made[0] = self.product(U)
        self._blocks.take_away(made[0], W, self._blocks.gram(U, U))
        if len(state) == 2:
            made[1] = self.transposed(W)
            self._blocks.take_away(made[1], U, self._blocks.gram(W, W))
        return made

    def value(self, state: np.ndarray) -> float:
        """‖W Uᵀ - M‖² = ‖M‖² - 2 tr(Wᵀ M U) + tr(WᵀW UᵀU), a quarter of it where tied, half where untied."""
        W, U, gram = state[0], state[-1], self._blocks.gram
        crossed = float(np.trace(gram(W, self.product(U))))
        squared = float((gram(W, W) * gram(U, U)).sum())
        return (self._squared_norm - 2 * crossed + squared) / (4 if len(state) == 1 else 2)


class _DenseProduct:
    """A X for a dense A (V, V), block of rows by block of rows."""

    def __init__(self, A: np.ndarray, blocks: RowBlocks) -> None:
        self._A, self._blocks = A, blocks
        self._tiles = _groups(len(A))

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """(V, b) → (V, b)."""
        Y = np.empty_like(X)

        def block(rows: slice) -> None:
            Y[rows] = self._A[rows] @ X

        self._blocks.map(block, self._tiles)
        return Y


class Weighted(ABC):
    """Σ_ij weight_ij h(x_ij) - push_ij x_ij + const of x = W Uᵀ, for one convex function h of each pair.

    Parameters
    ----------
    weight, push : (V, V) float64
    symmetric : bool
        Whether both equal their transposes, so that a tied flow needs half the products.
    constant : float
    unit : float, optional
        Of time; by default 4 / (the mean weight), since both h have h″(0) = ¼.
    """

    name: str

    def __init__(
        self,
        weight: np.ndarray,
        push: np.ndarray,
        blocks: RowBlocks,
        *,
        symmetric: bool,
        constant: float = 0.0,
        unit: float | None = None,
    ) -> None:
        self._weight, self._push, self._blocks = weight, push, blocks
        self._symmetric, self._constant = symmetric, constant
        self.unit = 4 / float(weight.mean()) if unit is None else unit
        self.mass = np.stack([weight.sum(axis=1), weight.sum(axis=0)])

    @classmethod
    @abstractmethod
    def of(cls, pairs: Pairs, blocks: RowBlocks) -> Weighted:
        """The loss of these counts."""

    @staticmethod
    @abstractmethod
    def slope(x: np.ndarray) -> np.ndarray:
        """h′(x), which may overwrite x."""

    @staticmethod
    @abstractmethod
    def height(x: np.ndarray) -> np.ndarray:
        """h(x)."""

    def flow(self, state: np.ndarray) -> np.ndarray:
        """-unit G U and -unit Gᵀ W with G = ∂ℒ/∂x = weight h′(x) - push; tied, the mean of both."""
        return self.slopes(state, closely=False).flow

    def slopes(self, state: np.ndarray, *, closely: bool = True) -> Slopes:
        """The flow, and the rest of :class:`Slopes` where it is looked at ``closely``."""
        W, U = state[0], state[-1]
        tied, V = len(state) == 1, len(W)
        made, together, sums = np.empty_like(state), np.zeros((2, *W.shape)), np.zeros((3, 2, V))
        both = not (tied and self._symmetric)

        def group(rows: slice) -> tuple[np.ndarray | None, np.ndarray]:
            across, columns = np.zeros_like(U) if both else None, np.zeros((3, V))
            for at in range(rows.start, rows.stop, TILE):
                tile = slice(at, min(at + TILE, rows.stop))
                G = self.slope(W[tile] @ U.T)
                if closely:
                    P, of_pairs = self._looked_at(G, tile)
                    together[:, tile] = P @ W, P @ U
                    sums[:, 0, tile] = of_pairs.sum(axis=2)
                    columns += of_pairs.sum(axis=1)
                G *= self._weight[tile]
                G -= self._push[tile]
                np.matmul(G, U, out=made[0][tile])
                if across is not None:
                    across += G.T @ W[tile]
            return across, columns

        parts = self._blocks.map(group, _groups(V))
        if both:
            across = sum(part for part, _ in parts if part is not None)
            if tied:
                made[0] = (made[0] + across) / 2
            else:
                made[1] = across
        made *= -self.unit
        sums[:, 1] = sum(columns for _, columns in parts)
        return Slopes(made, sums[0], sums[1], sums[2], together)

    @abstractmethod
    def _looked_at(self, slope: np.ndarray, rows: slice) -> tuple[np.ndarray, np.ndarray]:
        """P_ij, and weight h″(x), P (1 - s)² and N s² (3, rows, V), from h′(x) of some rows."""

    def value(self, state: np.ndarray) -> float:
        """The loss, in the units of the model it belongs to."""
        W, U = state[0], state[-1]

        def group(rows: slice) -> float:
            total = 0.0
            for at in range(rows.start, rows.stop, TILE):
                tile = slice(at, min(at + TILE, rows.stop))
                x = W[tile] @ U.T
                total += float((self._weight[tile] * self.height(x) - self._push[tile] * x).sum())
            return total

        return self._constant + sum(self._blocks.map(group, _groups(len(W))))


class Logistic(Weighted):
    """Skip-gram with negative sampling, ℒ = Σ P_ij log(1 + e^(-x)) + k P_i q_j log(1 + e^x) (Mikolov et al. 2013).

    With shrinkage, κ/n is added to both of P_ij and k P_i q_j, so that the minimizer is log((C + κ) / (E + κ)).
    """

    name = "population sgns"

    @classmethod
    def of(cls, pairs: Pairs, blocks: RowBlocks) -> Logistic:
        """P log(1 + e^(-x)) + N log(1 + e^x) = (P + N) log(1 + e^x) - P x."""
        P, N = pairs.dense()
        P, N = (P + pairs.shrinkage) / pairs.total, (N + pairs.shrinkage) / pairs.total
        N += P
        return cls(N, P, blocks, symmetric=pairs.are_symmetric, unit=None if pairs.skip is None else pairs.time_unit)

    @staticmethod
    def slope(x: np.ndarray) -> np.ndarray:
        """σ(x) = 1 / (1 + e^(-x)); e^(-x) may overflow to infinity, where σ is 0."""
        np.negative(x, out=x)
        with np.errstate(over="ignore"):
            np.exp(x, out=x)
        x += 1
        return np.reciprocal(x, out=x)

    @staticmethod
    def height(x: np.ndarray) -> np.ndarray:
        """log(1 + e^x)."""
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))

    def _looked_at(self, slope: np.ndarray, rows: slice) -> tuple[np.ndarray, np.ndarray]:
        return self._push[rows], _squares(self._push[rows], self._weight[rows], slope, slope * (1 - slope))


class EvenLogistic(Logistic):
    """Each pair's part of SGNS divided by its weight P_ij + k P_i q_j: Σ log(1 + e^x) - x P_ij / (P_ij + k P_i q_j).

    Near 0 its flow is that of the unweighted squares, toward M*; it goes on to the shifted PMI, and pairs never seen
    to -∞.  With shrinkage, κ/n is added to both of P_ij and k P_i q_j.
    """

    name = "population unweighted sgns"

    @classmethod
    def of(cls, pairs: Pairs, blocks: RowBlocks) -> EvenLogistic:
        """Weights of 1; a pair that is neither met nor drawn has no slope at 0."""
        P, both = pairs.dense()
        P += pairs.shrinkage
        both += P + pairs.shrinkage
        push = np.divide(P, both, out=np.full_like(P, 0.5), where=both > 0)
        return cls(np.ones_like(push), push, blocks, symmetric=pairs.are_symmetric)


class Quadratic(Weighted):
    """Σ g_ij (x - M*_ij)² with word2vec's own weights, g_ij = (P_ij + k P_i q_j + κ/n) / 8: SGNS to second order."""

    name = "population weighted quadratic"

    @classmethod
    def of(cls, pairs: Pairs, blocks: RowBlocks) -> Quadratic:
        """8 g x²/8 - 2 g M* x + g M*², with g M* = (P - k P q) / 4."""
        C, E = pairs.dense()
        weight, push = (C + E + pairs.shrinkage) / pairs.total, (C - E) / (2 * pairs.total)
        constant = 2 * float(
            np.divide(push * push, weight, out=np.zeros_like(push), where=weight > 0).sum()
        )  # g M*² = 2 push² / weight
        return cls(
            weight,
            push,
            blocks,
            symmetric=pairs.are_symmetric,
            constant=constant,
            unit=None if pairs.skip is None else pairs.time_unit,
        )

    @staticmethod
    def slope(x: np.ndarray) -> np.ndarray:
        """x / 4."""
        x /= 4
        return x

    @staticmethod
    def height(x: np.ndarray) -> np.ndarray:
        """x² / 8."""
        return x * x / 8

    def _looked_at(self, slope: np.ndarray, rows: slice) -> tuple[np.ndarray, np.ndarray]:
        P = self._weight[rows] / 2 + self._push[rows]  # push is (P - N) / 2
        return P, _squares(P, self._weight[rows], slope + 0.5, 0.25)


def _squares(P: np.ndarray, weight: np.ndarray, s: np.ndarray, bend: np.ndarray | float) -> np.ndarray:
    """(3, …) weight bend, P (1 - s)² and N s² with N = weight - P."""
    return np.stack([weight * bend, P * (1 - s) ** 2, (weight - P) * (s * s)])


def require_room(V: int, loss: str, shrinkage: float) -> None:
    """Refuse a matrix of all pairs, where a loss needs one, for too many words."""
    if V > DENSE and (loss == "unweighted-logistic" or (loss != "unweighted" and shrinkage)):
        what = f"the {loss} loss" + (f" with shrinkage={shrinkage:g}" if shrinkage else "")
        raise InputError(
            f"{what} holds all pairs of words, at most {DENSE:,} words; there are {V:,}: train on "
            f"counts.head({DENSE}), or with loss='logistic' and no shrinkage, which has no limit"
        )


def _groups(V: int) -> list[slice]:
    return [slice(at, min(V, at + GROUP)) for at in range(0, V, GROUP)]
