"""Layers: linear networks W A_2 … A_(L-1) Uᵀ of three and more, each A (d, d)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

LATER = 5.0  # of modes whose layers must first turn to each other, about


def product(between: Sequence[np.ndarray]) -> np.ndarray:
    """B = A_2 … A_(L-1)."""
    return reduce(np.matmul, between)


def slopes_between(between: Sequence[np.ndarray], inner: np.ndarray) -> list[np.ndarray]:
    """The slope of every A_l: (A_2 … A_(l-1))ᵀ ``inner`` (A_(l+1) … A_(L-1))ᵀ, where ``inner`` is that of B alone."""
    identity, made = np.eye(len(inner)), []
    for at in range(len(between)):
        left, right = reduce(np.matmul, between[:at], identity), reduce(np.matmul, between[at + 1 :], identity)
        made.append(left.T @ inner @ right.T)
    return made
