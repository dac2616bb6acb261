"""Measures: what a trajectory holds, from W and U in a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..trajectory import agreement
from .frame import Frame

if TYPE_CHECKING:
    from ..target.target import Target


def strengths_of(frame: Frame, W: np.ndarray, U: np.ndarray) -> np.ndarray:
    """(K,) s_k² of the followed modes, from W and U (m, d) in the frame's bases."""
    return ((frame.followed_words.T @ W) * (frame.followed_contexts.T @ U)).sum(axis=1)


def measured(frame: Frame, W: np.ndarray, U: np.ndarray) -> dict[str, Any]:
    """Strengths, singular values, alignment and overlap as a trainer's recorder defines them.

    ``fallen`` is ‖M - W Uᵀ‖² - ‖M‖².

    Parameters
    ----------
    W, U : (m, d) arrays
        In the frame's bases; the same where tied.
    """
    d = W.shape[1]
    Q, R = np.linalg.qr(W)
    R_U = R if U is W else np.linalg.qr(U)[1]
    turned, product_values, _ = np.linalg.svd(R @ R_U.T)  # W Uᵀ = Q (R R_Uᵀ) Q_Uᵀ
    across = frame.followed_words.T @ Q @ turned  # VᵀÛ, Û the left singular vectors of W Uᵀ
    values = np.linalg.svd(R, compute_uv=False)
    fitted = (frame.values * (W * U).sum(axis=1)).sum()  # tr Mᵀ W Uᵀ
    return {
        "strengths": strengths_of(frame, W, U),
        "singular_values": np.pad(values, (0, d - len(values))),
        "product_values": np.pad(product_values, (0, d - len(product_values))),
        **agreement(across),
        "fallen": float(((W.T @ W) * (U.T @ U)).sum() - 2 * fitted),
    }


def losses(fallen: np.ndarray, target: Target | None, tied: bool) -> np.ndarray:
    """(T,) ¼‖M - W Wᵀ‖² or ½‖M - W Uᵀ‖², less its value at W = 0 where M is not at hand.

    Parameters
    ----------
    fallen : (T,) array
        ‖M - W Uᵀ‖² - ‖M‖².
    """
    return (0.25 if tied else 0.5) * (fallen + (0.0 if target is None else target.squared_norm()))
