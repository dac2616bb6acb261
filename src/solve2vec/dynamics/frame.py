"""The frame: the modes in which a flow is followed, and the start's part of each.

Where all of M is at hand and small, its full eigendecomposition is the frame and the flow is exact.  Elsewhere the
frame is the K solved modes and, for the directions of the start that lie outside them, modes of eigenvalue 0: there
M is taken to be 0, so that what W begins with outside the K modes neither grows by itself nor is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .riccati import Flow

if TYPE_CHECKING:
    from ..spectrum.spectrum import Spectrum
    from ..target.target import Target

COMPLETE = 5000  # words; up to here a target is decomposed in full


@dataclass(frozen=True)
class Frame:
    """Modes (u_i, ρ_i, v_i), v = u where tied; the K that are followed; and the start in these terms.

    Attributes
    ----------
    values : (m,) float64
        ρ, falling: eigenvalues where tied, else singular values.
    words, contexts : (V, m) float64
        u_i and v_i, orthonormal.
    followed_words, followed_contexts : (m, K) float64
        The followed modes in these bases.
    start, context_start : (m, d) float64
        UᵀW_0 and VᵀU_0.
    is_complete : bool
        Whether these are all modes that M has.
    tied : bool
    """

    values: np.ndarray
    words: np.ndarray
    contexts: np.ndarray
    followed_words: np.ndarray
    followed_contexts: np.ndarray
    start: np.ndarray
    context_start: np.ndarray
    is_complete: bool
    tied: bool


def frame_of(spectrum: Spectrum, target: Target | None, W: np.ndarray, U: np.ndarray | None, *, modes: int) -> Frame:
    """The frame for a start W (V, d), and U (V, d) where untied; the first ``modes`` of ``spectrum`` are followed."""
    tied = U is None
    left = np.asarray(spectrum.eigenvectors, np.float64)
    right = left if spectrum.right_vectors is None else np.asarray(spectrum.right_vectors, np.float64)
    is_complete = target is not None and len(target) <= COMPLETE
    if target is not None and is_complete:
        values, words, contexts = _all_modes(target, tied)
        followed = words.T @ left[:, :modes], contexts.T @ right[:, :modes]
    else:
        words = _with_rest(left, W)
        contexts = words if tied else _with_rest(right, U)
        values = np.pad(np.asarray(spectrum.eigenvalues, np.float64), (0, words.shape[1] - left.shape[1]))
        followed = (np.eye(len(values), modes),) * 2
    order = np.argsort(-values, kind="stable")
    words = words[:, order]
    contexts = words if tied else contexts[:, order]
    start = words.T @ W
    return Frame(
        values[order], words, contexts, followed[0][order], followed[1][order], start,
        start if U is None else contexts.T @ U, is_complete, tied,
    )  # fmt: skip


def _all_modes(target: Target, tied: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    M = target.toarray()
    if tied:
        values, vectors = np.linalg.eigh((M + M.T) / 2)
        return values, vectors, vectors
    words, values, contexts = np.linalg.svd(M)
    return values, words, contexts.T


def _with_rest(modes: np.ndarray, start: np.ndarray | None) -> np.ndarray:
    """(V, ≤ K + d) the modes, and an orthonormal basis of what the start has outside of them."""
    assert start is not None
    Q, R = np.linalg.qr(np.concatenate([modes, start], axis=1))
    Q[:, : modes.shape[1]] *= np.sign(np.diagonal(R))[: modes.shape[1]]  # the modes as they were given
    return Q


class FramedFlow:
    """W and U in a frame at any time, from the flow of one matrix.

    Two matrices are one: with Z = [W; U], M' = [[0, M], [Mᵀ, 0]], J = diag(I, -I) and D = WᵀW - UᵀU, which the
    flow conserves, dW/dt = (M - W Uᵀ) U and dU/dt = (Mᵀ - U Wᵀ) W are

        dZ/dt = (M' - ½ Z Zᵀ) Z + ½ J Z D

    For D = δI this is the tied flow of Z/√2 on M' + ½δJ, whose eigenpairs come in pairs ±√(ρ² + δ²/4) for each
    singular value ρ of M: exact (δ = 0, balanced: Fukumizu 1998; δ ≠ 0: Dominé et al. 2025).  For any other start
    what D has beyond δI is left out; ``imbalance``, its norm, bounds twice the error of any rate of growth.
    """

    def __init__(self, frame: Frame) -> None:
        self.frame, self.imbalance = frame, 0.0
        A, B, ρ = frame.start, frame.context_start, frame.values
        if frame.tied:
            self._flow = Flow(ρ, A)
            return
        # the frame holds all of the start, so that D follows from its parts
        D = A.T @ A - B.T @ B
        δ = float(np.trace(D)) / len(D)
        self.imbalance = float(np.linalg.norm(D - δ * np.eye(len(D)), 2))
        angle = np.arctan2(2 * ρ, δ)[:, None] / 2
        self._cos, self._sin = np.cos(angle), np.sin(angle)
        eigenvalues = np.concatenate([(rate := np.hypot(ρ, δ / 2)), -rate])
        parts = np.concatenate([self._cos * A + self._sin * B, self._cos * B - self._sin * A]) / np.sqrt(2)
        self._order = np.argsort(-eigenvalues, kind="stable")
        self._flow = Flow(eigenvalues[self._order], parts[self._order])

    def at(self, t: float) -> tuple[np.ndarray, np.ndarray]:
        """W and U (m, d) in the frame at time t, up to one rotation of the columns of both."""
        made = self._flow.at(t)
        if self.frame.tied:
            return made, made
        Y = np.empty_like(made)
        Y[self._order] = made * np.sqrt(2)
        rising, falling = np.split(Y, 2)
        return self._cos * rising - self._sin * falling, self._sin * rising + self._cos * falling
