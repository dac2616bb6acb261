"""Shapes: whether a symmetric table of n words is that of a ring, a line or a tree.

What is looked at is E, what a table has beyond the level of each of its words: M_ij less a_i + a_j, over i ≠ j.  A
shape says which pairs have the same value: on a ring those of the same distance around it, on a line those of the
same distance along it, in a tree those whose branches meet at the same node.  How well it says so is measured on pairs
that were not looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

HARMONICS = 3  # of the function of distance, fewer for few words
FOLDS, ROUNDS = 5, 3  # parts in which pairs are left out of a tree; rounds in which it fills them in
FEWEST, MOST = 6, 300  # words of a list

ShapeName = Literal["ring", "line", "tree"]


def residual(tables: np.ndarray) -> np.ndarray:
    """(…, n, n) E_ij = M_ij - a_i - a_j with the least squares over i ≠ j, and 0 on the diagonal.

    Two-way analysis of variance of a symmetric table without a diagonal (the round robin of Warner, Kenny and Stoto
    1979): a_i + a_j = (r_i + r_j) / (n-2) - Σr / ((n-1)(n-2)), r the sums of rows.
    """
    n = tables.shape[-1]
    off = ~np.eye(n, dtype=bool)
    hollow = np.where(off, tables, 0.0)
    r = hollow.sum(axis=-1)
    level = (r[..., :, None] + r[..., None, :]) / (n - 2) - r.sum(axis=-1)[..., None, None] / ((n - 1) * (n - 2))
    return np.where(off, hollow - level, 0.0)


def pairs_of(tables: np.ndarray) -> np.ndarray:
    """(…, n(n-1)/2) the entries above the diagonal, row by row."""
    rows, columns = np.triu_indices(tables.shape[-1], 1)
    return tables[..., rows, columns]


def distances(n: int, shape: ShapeName) -> np.ndarray:
    """(n, n) along a line, or the shorter way around a ring."""
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return np.minimum(apart, n - apart) if shape == "ring" else apart


def waves(n: int, shape: ShapeName) -> np.ndarray:
    """(n, n, K) the functions of distance that are fitted, cos 2πkΔ/n around a ring and cos πkΔ/n along a line."""
    turn = 2 * np.pi if shape == "ring" else np.pi
    K = min(HARMONICS, n // 2 - 1 if shape == "ring" else n - 3)
    return np.cos(turn / n * distances(n, "line")[..., None] * np.arange(1, K + 1))


class _Basis(NamedTuple):
    """Functions of distance without word levels, orthonormal over pairs, and how much each pair decides its own fit."""

    columns: np.ndarray  # (P, K)
    leverage: np.ndarray  # (P,)


def _basis(n: int, shape: ShapeName) -> _Basis:
    X = pairs_of(residual(np.moveaxis(waves(n, shape), -1, 0))).T
    U, s, _ = np.linalg.svd(X, full_matrices=False)
    U = U[:, s > 1e-9 * s[0]]
    return _Basis(U, 2 / (n - 1) + np.square(U).sum(axis=1))  # of the n word levels, the first


def by_distance(E: np.ndarray, shape: ShapeName) -> np.ndarray:
    """(B,) 1 - Σ (E - Ê)² / Σ (E - Ē)²: both predict each pair from the others, Ê by distance, Ē by word levels alone.

    Of tables (B, n, n); what least squares without one pair would predict for it follows from its leverage h:
    the error is (E - Ê) / (1 - h) (Allen 1974).
    """
    n = E.shape[-1]
    columns, leverage = _basis(n, shape)
    e = pairs_of(E)
    errors = (e - (e @ columns) @ columns.T) / (1 - leverage)
    return _explained(errors, e / (1 - 2 / (n - 1)))


def by_tree(E: np.ndarray) -> np.ndarray:
    """(B,) the same of trees, each made of four fifths of the pairs to predict the others.

    Average linkage (Sokal and Michener 1958) of tables (B, n, n).  A pair that is left out is filled in by the tree
    made without it, and the tree made again.
    """
    n = E.shape[-1]
    e = pairs_of(E)
    fold = np.random.default_rng(0).permutation(e.shape[-1]) % FOLDS  # the same for all tables
    found = np.empty_like(e)
    for one, own in enumerate(e):
        for part in range(FOLDS):
            out = fold == part
            found[one, out] = _joins(np.where(out, 0.0, own), out, n)[1][out]
    return _explained(e - found, e)


def _explained(errors: np.ndarray, without: np.ndarray) -> np.ndarray:
    total = np.square(without).sum(axis=-1)
    return np.asarray(1 - np.square(errors).sum(axis=-1) / np.where(total > 0, total, np.inf))


def _joins(e: np.ndarray, unknown: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The tree of SciPy's linkage, and (P,) the value at which each pair meets in it."""
    from scipy.cluster.hierarchy import cophenet, linkage

    filled = e.copy()
    for _ in range(ROUNDS if unknown.any() else 1):
        top = filled.max()
        tree = linkage(top - filled, "average")
        values = top - cophenet(tree)
        filled[unknown] = values[unknown]
    return tree, values


class Shape(NamedTuple):
    """A shape: what it says, and how well it accounts for tables (B, n, n) of residuals."""

    about: str
    score: Callable[[np.ndarray], np.ndarray]
    has_order: bool  # whether the order of the list is part of the claim


SHAPES: dict[ShapeName, Shape] = {
    "ring": Shape(
        "a closed round, the last word next to the first: the further around, the less alike",
        lambda E: by_distance(E, "ring"),
        True,
    ),
    "line": Shape("a row: the further apart, the less alike", lambda E: by_distance(E, "line"), True),
    "tree": Shape("branches that part into branches; the order of the list means nothing", by_tree, False),
}


def tree_of(E: np.ndarray) -> np.ndarray:
    """(n-1, 4) the tree of one table of residuals, as SciPy's ``linkage`` has it."""
    e = pairs_of(E)
    return _joins(e, np.zeros(len(e), bool), len(E))[0]


def predicted(E: np.ndarray, shape: ShapeName) -> np.ndarray:
    """(n, n) what the shape says of a table of residuals, fitted to all its pairs; the diagonal is 0."""
    n = len(E)
    rows, columns = np.triu_indices(n, 1)
    e = E[rows, columns]
    if shape == "tree":
        values = _joins(e, np.zeros(len(e), bool), n)[1]
    else:
        basis = _basis(n, shape).columns
        values = basis @ (basis.T @ e)
    made = np.zeros((n, n))
    made[rows, columns] = made[columns, rows] = values
    return made


def modes_of(E: np.ndarray, shape: ShapeName) -> list[tuple[str, np.ndarray]]:
    """The modes that a shape predicts, named, each an (n, m) orthonormal block; constants are left out.

    A ring has pairs of waves cos 2πkj/n, sin 2πkj/n (Karkada et al. 2026); a line cos πk(j + ½)/n; both whatever the
    function of distance is.  A tree has the leading eigenvectors of its own table, from broad branches to fine
    (Nava and Wyart 2026).
    """
    n = len(E)
    j = np.arange(n)
    if shape == "ring":
        waves = [(k, 2 * np.pi * k * j / n) for k in range(1, min(HARMONICS, (n - 1) // 2) + 1)]
        return [(f"{k} × around", np.sqrt(2 / n) * np.c_[np.cos(x), np.sin(x)]) for k, x in waves]
    if shape == "line":
        ks = range(1, min(HARMONICS + 1, n - 1) + 1)
        return [(f"{k} × half a wave", np.sqrt(2 / n) * np.cos(np.pi * k * (j + 0.5) / n)[:, None]) for k in ks]
    values, vectors = np.linalg.eigh(predicted(E, "tree"))
    vectors *= np.where(vectors[np.abs(vectors).argmax(axis=0), j] < 0, -1, 1)
    return [(f"split {k + 1}", vectors[:, [-1 - k]]) for k in range(min(HARMONICS + 1, n - 1)) if values[-1 - k] > 0]


def strength(E: np.ndarray, block: np.ndarray) -> np.ndarray:
    """(B,) ± ‖ΦᵀEΦ‖² / ‖E‖² of tables (B, n, n) and blocks of modes (n, m) or (B, n, m): the share of a table in each.

    Negative where tr ΦᵀEΦ is: where the mode keeps apart what it should bring together.
    """
    inside = np.swapaxes(block, -1, -2) @ E @ block
    total = np.square(E).sum(axis=(-2, -1))
    sign = np.sign(np.trace(inside, axis1=-2, axis2=-1))
    return np.asarray(sign * np.square(inside).sum(axis=(-2, -1)) / np.where(total > 0, total, np.inf))


def falls_with_distance(E: np.ndarray, shape: ShapeName) -> bool:
    """Whether the longest wave is the strongest mode of a table, and brings neighbors together; of a tree, always."""
    if shape == "tree":
        return True
    first, *others = (float(strength(E, block)) for _, block in modes_of(E, shape))
    return first > max(map(abs, others), default=0.0)
