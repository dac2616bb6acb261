"""Matching: which mode of a replicate is which mode of the whole, by their directions and not by their ranks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

LEAK = 0.1  # of one mode's square, that may be found among modes of another group


@dataclass(frozen=True, eq=False)
class Matches:
    """How the modes of the whole are found again in the replicates.

    Attributes
    ----------
    place : (B, K) int64
        Which mode of replicate b stands for mode k of the whole.
    overlaps : (B, K) float64
        (v_k · v_place)²: 1 if it is the same direction.
    groups : list of tuple of int
        Modes whose directions mix with each other in the replicates, as nearly equal eigenvalues make them;
        only the space that such a group spans means anything.
    group_overlaps : (B, K) float64
        cos² of the principal angles between the spaces of k's group and of the modes that stand for it, averaged.
    kept : (B, K) float64
        ‖Vᵀ v_k‖², how much of v_k is inside the space of all the replicate's modes.
    """

    place: np.ndarray
    overlaps: np.ndarray
    groups: list[tuple[int, ...]]
    group_overlaps: np.ndarray
    kept: np.ndarray


def match(products: np.ndarray) -> Matches:
    """Match modes so that the squares of their inner products are largest in sum (Kuhn's assignment).

    Parameters
    ----------
    products : (B, K, K) array
        v_k · v_l of mode k of the whole and mode l of replicate b.

    Examples
    --------
    >>> swapped = np.array([[[0.0, 1.0], [1.0, 0.0]]])
    >>> match(swapped).place.tolist(), match(swapped).overlaps.tolist()
    ([[1, 0]], [[1.0, 1.0]])
    """
    from scipy.optimize import linear_sum_assignment

    squares = np.asarray(products, np.float64) ** 2
    place = np.stack([linear_sum_assignment(-square)[1] for square in squares])
    moved = np.take_along_axis(squares, place[:, None, :], axis=2)  # column l: the mode that stands for mode l
    groups = _groups(moved.mean(axis=0))
    shares = np.empty(place.shape)
    for group in groups:
        members = list(group)
        shares[:, members] = moved[:, members][:, :, members].sum(axis=(1, 2))[:, None] / len(members)
    return Matches(place, np.einsum("bkk->bk", moved).copy(), groups, shares, squares.sum(axis=2))


def _groups(mixing: np.ndarray) -> list[tuple[int, ...]]:
    """Runs of modes, by rank: a run ends where less than LEAK of one mode crosses to the other side."""
    both = (mixing + mixing.T) / 2
    ends = [c for c in range(1, len(both)) if both[:c, c:].sum() < LEAK]
    edges = [0, *ends, len(both)]
    return [tuple(range(first, last)) for first, last in pairwise(edges)]
