"""Solving second orders: a directed target to the words' own modes, its leading left singular vectors."""

from __future__ import annotations

import warnings
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import InputError, NotConverged, require_stage, require_whole
from ..core.resources import with_resources
from ..linalg.basis import LEAST
from ..linalg.krylov import Eigenpairs
from ..linalg.rowblocks import row_blocks
from ..target.directed import DirectedFormula
from .solver import Solver, TooManyModes, carried, complaint, krylov, plan_for, signs_of
from .spectrum import SecondOrderSpectrum

if TYPE_CHECKING:
    from ..target.directed import DirectedTarget
    from ..target.plan import Plan

COARSE = 4e-3  # the finest tolerance that leaves room for entries rounded to bfloat16
ROUNDING = 1e-6  # of λ_1: what float32 products leave of an eigenvalue that is 0


@with_resources
def solve_second_order(
    target: DirectedTarget,
    dim: int = 200,
    *,
    solver: Solver = Solver(),  # noqa: B008 - frozen
    warm_start: SecondOrderSpectrum | None = None,
    plan: Plan | None = None,
    threads: int | None = None,
) -> SecondOrderSpectrum:
    """The ``dim`` leading eigenpairs of A Aᵀ: λ = σ², and the left singular vectors of A.

    Parameters
    ----------
    target : DirectedTarget
    dim : int
        K, at most the rank of A.
    solver : Solver
        Its tolerance is that of each singular triplet, ‖A q - σ u‖, as a share of σ_1: of A Aᵀ, as one of σ_1 σ.
    warm_start : SecondOrderSpectrum, optional
        Of a similar target, over the same or another vocabulary.
    plan : Plan, optional
        By which way; that of :func:`~solve2vec.spectrum.solver.plan_for` by default.
    threads : int, optional
        All cores by default; the answer does not depend on it.

    Raises
    ------
    InputError
        If ``dim`` is above the rank (the message says what it is).

    Warns
    -----
    NotConverged
        If residuals above the tolerance are left.
    """
    require_stage("solve_second_order", target, "DirectedTarget", "make one with directed_target(counts)")
    require_whole(dim=dim)
    V = len(target)
    if not 1 <= dim <= V:
        raise InputError(f"asked for {dim} modes; the vocabulary has {V} words: use 1 … {V}")
    plan = plan or second_order_plan(V, dim, solver=solver)
    is_dense = plan.method == "dense"
    pairs = _dense(target.toarray(), dim) if is_dense else _by_products(target, dim, solver, warm_start, plan)
    positive = int((pairs.values > ROUNDING * max(pairs.values[0], 0.0)).sum())
    if positive < dim:
        words = f"asked for {dim} modes; the directed target has rank {positive}: use dim={positive} or less"
        raise TooManyModes(words, positive)
    if not pairs.converged:
        units = np.sqrt(pairs.values[0] * np.maximum(pairs.values, LEAST * pairs.values[0]))
        warnings.warn(complaint(pairs, solver, units, "σ_1 σ"), NotConverged, stacklevel=3)
    signs = signs_of(pairs.vectors).astype(pairs.vectors.dtype)
    how = asdict(solver) | {"warm_start": warm_start is not None}
    return SecondOrderSpectrum(
        eigenvalues=pairs.values,
        eigenvectors=(pairs.vectors * signs).astype(np.float32, order="C"),
        residuals=pairs.residuals,
        vocabulary=target.vocabulary,
        lineage=target.lineage.then("solve_second_order", dim=dim, **how),
    )


def second_order_plan(V: int, dim: int, *, solver: Solver = Solver()) -> Plan:  # noqa: B008
    """How a directed target of ``V`` words is solved for ``dim`` modes: rounded where the tolerance leaves room."""
    return plan_for(None if solver.tolerance < COARSE else DirectedFormula(), V, dim, solver=solver)


def _by_products(
    target: DirectedTarget, dim: int, solver: Solver, warm_start: SecondOrderSpectrum | None, plan: Plan
) -> Eigenpairs:
    with row_blocks(len(target), rows=plan.rows) as blocks:
        start = None if warm_start is None else carried(warm_start, target.vocabulary)
        if plan.method == "rounded":
            product = target.rounded_product(blocks)
            pairs = krylov(product, blocks, dim, solver, start, rounding=product.lost, squared=True)
            gave_up = solver.max_products is not None and pairs.products >= solver.max_products
            if len(pairs.values) == dim and (pairs.converged or gave_up):
                return pairs
        return krylov(target.product(blocks), blocks, dim, solver, start, squared=True)


def _dense(A: np.ndarray, dim: int) -> Eigenpairs:
    values, vectors = np.linalg.eigh(A @ A.T)
    values, vectors = values[::-1][:dim], np.ascontiguousarray(vectors[:, ::-1][:, :dim])
    residuals = np.linalg.norm(A @ (A.T @ vectors) - vectors * values, axis=0)
    return Eigenpairs(values, vectors, residuals, 0, True)
