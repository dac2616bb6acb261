"""Deep: the unweighted loss of a linear network of three and more layers, W A_2 … A_(L-1) Uᵀ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...linalg.layers import product, slopes_between
from ...linalg.rowblocks import RowBlocks
from ...target.target import Target
from .losses import Unweighted


class Deep:
    """½‖W B Uᵀ - M‖² with B = A_2 … A_(L-1), each A (d, d).

    A state is one (1, 2V + (L-2) d, d) array: the rows of W, of each A, and of U, so that whoever follows a flow need
    not know of layers.
    """

    name = "population deep quadratic"

    def __init__(self, target: Target, blocks: RowBlocks) -> None:
        self._flat, self._blocks = Unweighted(target, blocks), blocks
        self._V = len(target)

    def flow(self, state: np.ndarray) -> np.ndarray:
        """dW/dt = (M U - W B UᵀU) Bᵀ, dU/dt = (MᵀW - U Bᵀ WᵀW) B; of A_l what stands left and right of it."""
        W, between, U = split(state, self._V)
        times, gram = self._blocks.times, self._blocks.gram
        B = product(between)
        GW, GU = gram(W, W), gram(U, U)
        MU, MtW = self._flat.product(U), self._flat.transposed(W)
        inner = gram(W, MU) - GW @ B @ GU
        made = np.empty_like(state)
        of_W, of_between, of_U = split(made, self._V)
        of_W[:] = times(MU, B.T) - times(W, B @ GU @ B.T)
        of_U[:] = times(MtW, B) - times(U, B.T @ GW @ B)
        for one, slope in zip(of_between, slopes_between(between, inner), strict=True):
            one[:] = slope
        return made

    def value(self, state: np.ndarray) -> float:
        """½ ‖W B Uᵀ - M‖², as if W and U Bᵀ were the two layers."""
        return self._flat.value(np.stack(folded(state, self._V)))


def split(state: np.ndarray, V: int) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
    """W (V, d), the layers between (d, d), and U (V, d): views of a state."""
    d = state.shape[2]
    return state[0, :V], [state[0, at : at + d] for at in range(V, state.shape[1] - V, d)], state[0, -V:]


def joined(W: np.ndarray, between: Sequence[np.ndarray], U: np.ndarray) -> np.ndarray:
    """The state of these layers."""
    return np.concatenate([W, *between, U])[None]


def folded(state: np.ndarray, V: int) -> tuple[np.ndarray, np.ndarray]:
    """W and U Bᵀ, whose product is that of all layers."""
    W, between, U = split(state, V)
    return W, U @ product(between).T
