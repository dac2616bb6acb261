"""Solving: a target to its spectrum, in bfloat16 where the tolerance leaves room, else with all digits."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import InputError, NotConverged, require_stage, require_whole
from ..core.options import DIM, INSIDE_0_1, POSITIVE, SEED, check_options, option
from ..core.resources import available_bytes, readable, with_resources
from ..corpus.vocabulary import Vocabulary
from ..linalg.bfloat16.rounded import Lost
from ..linalg.krylov import Eigenpairs, basis_room, leading_eigenpairs
from ..linalg.rowblocks import RowBlocks, row_blocks
from ..target.formula import Formula
from ..target.packed import PackedTarget, packed_target
from ..target.plan import Plan
from .spectrum import SingularSpectrum, Spectrum

if TYPE_CHECKING:
    from ..target.directed import DirectedFormula
    from ..target.target import Target

COARSE = 1e-3  # the finest tolerance that leaves room for entries rounded to bfloat16
LARGE = 4000  # words; smaller problems are solved in half a second without
DENSE = 2000  # words; smaller problems are solved densely
SAME_SIZE = 1e-5  # of an entry: two that differ by less may change places on another processor
COUNTABLE = 20_000  # words; up to here a dense factorization tells how many eigenvalues are positive


@dataclass(frozen=True)
class Solver:
    """How modes are found.

    Parameters
    ----------
    tolerance : float
        Wanted of every residual ‖M v - λ v‖, as a share of λ_1; in (0, 1).
    seed : int
        Of the random vectors the iteration starts from; without effect on small or warm-started problems'
        answers beyond their tolerance.
    max_products : int, optional
        Columns multiplied before giving up.
    """

    tolerance: float = option(1e-3, "Residual wanted of every mode, as a share of λ_1.", INSIDE_0_1)
    seed: int = option(0, "Seed of the starting vectors.", SEED)
    max_products: int | None = option(None, "Columns multiplied before giving up.", POSITIVE)

    def __post_init__(self) -> None:
        check_options(self)

    def dtype(self, *, tied: bool = True) -> type:
        """float32 carries residuals of M down to about 1e-5, and of MᵀM to 1e-7; finer ones need float64."""
        return np.float32 if self.tolerance >= (1e-4 if tied else 1e-3) else np.float64


class TooManyModes(InputError):
    """More modes were asked for than there are; ``available`` says how many there are."""

    def __init__(self, message: str, available: int) -> None:
        super().__init__(message)
        self.available = available


@with_resources
def solve(
    target: Target | PackedTarget,
    dim: int = DIM,
    *,
    tied: bool = True,
    solver: Solver = Solver(),
    warm_start: Spectrum | None = None,
    plan: Plan | None = None,
    threads: int | None = None,
) -> Spectrum:
    """The ``dim`` leading modes of ``target``.

    Parameters
    ----------
    target : Target or PackedTarget
    dim : int
        K, at most the number of positive eigenvalues.
    tied : bool
        True: one matrix W with W Wᵀ ≈ M, the algebraically largest eigenvalues.  False: two matrices with
        W Uᵀ ≈ M, the largest singular values (a :class:`SingularSpectrum`).
    solver : Solver
        Tolerance, seed and limits.
    warm_start : Spectrum, optional
        Of a similar target, over the same or another vocabulary: the iteration starts there.
    plan : Plan, optional
        The one that the target was made by; that of :func:`plan_for` by default.
    threads : int, optional
        All cores by default; the answer does not depend on it.

    Raises
    ------
    InputError
        If ``dim`` is above the number of positive eigenvalues (the message says how many there are), or a target
        that is not symmetric is to be solved tied.

    Warns
    -----
    NotConverged
        If residuals above the tolerance are left.

    Examples
    --------
    >>> from solve2vec.target.target import Target
    >>> solve(Target.from_array([[2.0, 1.0], [1.0, 2.0]], ["a", "b"]), dim=2).eigenvalues.round(6).tolist()
    [3.0, 1.0]
    """
    if not isinstance(target, PackedTarget):
        require_stage("solve", target, "Target", "make one with mstar(counts)")
    require_whole(dim=dim)
    V = len(target)
    if dim < 1:
        raise InputError(f"asked for {dim} modes; ask for at least 1")
    if dim > V:
        if tied and target.is_symmetric and V <= DENSE:  # to say at once how many there are
            _refuse_too_many(dim, positive_count(target.exact()), tied)
        raise InputError(f"asked for {dim} modes; the vocabulary has {V} words: use dim={V} or less")
    if tied and not target.is_symmetric:
        raise InputError(
            "the target is not symmetric, so one matrix cannot factorize it: solve with tied=False, make the target "
            "with symmetric=True, or give (M + M.T) / 2 where M is a matrix of your own"
        )
    formula = None if target.marginal is None else target.formula
    plan = plan or plan_for(formula, V, dim, tied=tied, solver=solver)
    if plan.method == "rounded" and not (tied and formula is not None):
        raise InputError("entries are rounded only of targets that a formula made, for one matrix: leave out the plan")
    _check_memory(V, dim, solver, plan)
    found = _rounded_modes(target, dim, solver, warm_start, plan) if plan.method == "rounded" else None
    pairs, right = found or _exact_modes(target.exact(), dim, tied, solver, warm_start, plan)
    if not pairs.converged:
        warnings.warn(complaint(pairs, solver), NotConverged, stacklevel=3)
    how = asdict(solver) | {"warm_start": warm_start is not None}
    lineage = target.lineage.then("solve", dim=dim, tied=tied, **how)
    signs = signs_of(pairs.vectors).astype(pairs.vectors.dtype)
    common = dict(
        eigenvalues=pairs.values,
        eigenvectors=(pairs.vectors * signs).astype(np.float32, order="C"),
        residuals=pairs.residuals,
        vocabulary=target.vocabulary,
        formula=target.formula,
        marginal=target.marginal,
        total=target.total,
        drawn=target.drawn,
        lineage=lineage,
    )
    return (
        Spectrum(**common)
        if right is None
        else SingularSpectrum(right_vectors=(right * signs).astype(np.float32, order="C"), **common)
    )


def plan_for(
    formula: Formula | DirectedFormula | None,
    V: int,
    dim: int,
    *,
    tied: bool = True,
    solver: Solver = Solver(),
    keep: tuple[str, ...] = (),
    shards: int | None = None,
) -> Plan:
    """How a target of ``V`` words, made by ``formula`` or by no known one, is made and solved for ``dim`` modes.

    Parameters
    ----------
    formula, tied, solver
        Entries are rounded where they differ and the tolerance leaves room.
    keep, shards
        Of the plan.

    Examples
    --------
    >>> plan_for(Formula(), 30_000, 200).method, plan_for(Formula(), 1_000, 200).method
    ('rounded', 'dense')
    """
    has_room = tied and solver.tolerance >= COARSE and formula is not None and formula.is_symmetric
    if V <= DENSE or (dim > V // 4 and V <= 5 * DENSE):
        return Plan("dense", keep, shards)
    return Plan("rounded" if has_room and V >= LARGE and dim <= V // 8 else "krylov", keep, shards)


def _rounded_modes(
    target: Target | PackedTarget, dim: int, solver: Solver, warm_start: Spectrum | None, plan: Plan
) -> tuple[Eigenpairs, None] | None:
    """Modes of the packed target, residuals with what rounding may add; None where it leaves anything undecided."""
    with row_blocks(len(target), rows=plan.rows) as blocks:
        packed = target if isinstance(target, PackedTarget) else packed_target(target, blocks, plan.tiling)
        start = None if warm_start is None else carried(warm_start, target.vocabulary)
        pairs = krylov(packed.product(blocks), blocks, dim, solver, start, rounding=packed.packed.rounding)
    gave_up = solver.max_products is not None and pairs.products >= solver.max_products
    is_decided = len(pairs.values) == dim and pairs.values[-1] > pairs.residuals.max()
    return (pairs, None) if is_decided and (pairs.converged or gave_up) else None


def _exact_modes(
    target: Target, dim: int, tied: bool, solver: Solver, warm_start: Spectrum | None, plan: Plan
) -> tuple[Eigenpairs, np.ndarray | None]:
    """Modes of a target, and the other side's where there are two; refuses those that are not positive."""
    V = len(target)
    fits = _free(plan) >= 2 * 8 * V**2
    if tied and dim > V // 8 and DENSE < V <= COUNTABLE and fits:  # far cheaper than to solve in vain
        _refuse_too_many(dim, positive_count(target), tied)
    with row_blocks(V, rows=plan.rows) as blocks:
        find = _eigenpairs if tied else _singular_triplets
        pairs, right = find(target, blocks, dim, solver, warm_start, dense=plan.method == "dense")
        positive = int((pairs.values > target.rounding()).sum())
    if tied and positive < dim:
        _refuse_open(pairs, positive, solver, target.rounding())
    _refuse_too_many(dim, positive, tied)
    return pairs, right


def _free(plan: Plan) -> int:
    """Bytes that solving may take."""
    return available_bytes() if plan.memory is None else plan.memory


def _check_memory(V: int, dim: int, solver: Solver, plan: Plan) -> None:
    """Refuse what cannot be held: two bases of V rows, or one where products are not kept; or all of M, its vectors."""
    rounded = plan.method == "rounded"
    if plan.method == "dense":
        needed = 3 * 8 * V**2
    else:
        room = min(V, basis_room(dim, rounded=rounded))
        needed = (1 if rounded else 2) * V * room * (8 if solver.dtype() is np.float64 else 4) + 8 * room**2
    if needed > (free := _free(plan)):
        raise InputError(
            f"solving {V:,} words for {dim:,} modes takes {readable(needed)}, {readable(free)} are free: "
            "ask for fewer modes, or fewer words"
        )


def positive_count(target: Target) -> int:
    """How many eigenvalues are above rounding, by Sylvester's law of inertia: one factorization, no eigenvalue."""
    from scipy.linalg.lapack import dsytrf

    M = target.toarray()
    M[np.diag_indices_from(M)] -= target.rounding()
    factors, pivots, _ = dsytrf(M.T, lower=1, lwork=64 * len(M), overwrite_a=1)  # room for blocks of 64
    single = pivots > 0  # the others come in pairs: a block of two has one eigenvalue of either sign
    return int((np.diagonal(factors)[single] > 0).sum() + (~single).sum() // 2)


def _refuse_open(pairs: Eigenpairs, positive: int, solver: Solver, rounding: float) -> None:
    """Refuse where the first mode that was not found positive may yet be: its eigenvalue is known to its residual."""
    coarse = max(rounding, 0.01 * solver.tolerance * pairs.values[0])  # less is rounding, or too little to matter
    if pairs.products and pairs.values[positive] + pairs.residuals[positive] > coarse:
        reached = f"at a tolerance of {solver.tolerance:g}" if pairs.converged else f"after {pairs.products} products"
        way_out = "ask for a finer tolerance" if pairs.converged else "raise max_products"
        raise InputError(
            f"{positive} of {len(pairs.values)} modes were found positive {reached}, which leaves the others open: "
            f"{way_out}, or ask for fewer modes"
        )


def _refuse_too_many(dim: int, positive: int, tied: bool) -> None:
    if positive >= dim:
        return
    kind = "eigenvalue" if tied else "singular value"
    way_out = f"use dim={positive} or less" if positive else "it has nothing to embed; use more text"
    number = f"{positive} positive {kind}{'' if positive == 1 else 's'}"
    raise TooManyModes(f"asked for {dim} modes; the target has {number}: {way_out}, or a wider window", positive)


def complaint(pairs: Eigenpairs, solver: Solver, units: np.ndarray | None = None, unit: str = "λ_1") -> str:
    """What a warning says of modes that did not converge; (K,) ``units`` are what their residuals are a share of."""
    shares = pairs.residuals / (abs(pairs.values[0]) if units is None else units)
    worst = int(shares.argmax())
    return (
        f"mode {worst} has a residual of {shares[worst]:.1e} {unit} after "
        f"{pairs.products} products, above the tolerance of {solver.tolerance:g}: raise max_products"
    )


def signs_of(vectors: np.ndarray) -> np.ndarray:
    """(K,) the sign that makes each column's largest entry positive; the first of those equal up to rounding."""
    sizes = np.abs(vectors)
    largest = (sizes >= (1 - SAME_SIZE) * sizes.max(axis=0)).argmax(axis=0)
    return np.where(np.take_along_axis(vectors, largest[None, :], axis=0)[0] < 0, -1.0, 1.0)


def _eigenpairs(
    target: Target, blocks: RowBlocks, dim: int, solver: Solver, warm_start: Spectrum | None, *, dense: bool
) -> tuple[Eigenpairs, None]:
    if dense:
        return _dense(target.toarray(), dim), None
    start = None if warm_start is None else carried(warm_start, target.vocabulary)
    product = target.product(blocks)
    return krylov(product, blocks, dim, solver, start), None


def krylov(
    product: Any,
    blocks: RowBlocks,
    dim: int,
    solver: Solver,
    start: np.ndarray | None,
    *,
    tied: bool = True,
    rounding: np.ndarray | Lost | None = None,
    squared: bool = False,
) -> Eigenpairs:
    """Leading eigenpairs by products, as a solver wants them."""
    return leading_eigenpairs(
        product,
        blocks,
        dim,
        tolerance=solver.tolerance if tied else solver.tolerance**2,
        seed=solver.seed,
        start=start,
        max_products=solver.max_products,
        dtype=solver.dtype(tied=tied and not squared) if rounding is None else np.float32,
        rounding=rounding,
        squared=squared,
    )


def _singular_triplets(
    target: Target, blocks: RowBlocks, dim: int, solver: Solver, warm_start: Spectrum | None, *, dense: bool
) -> tuple[Eigenpairs, np.ndarray]:
    """Singular triplets, from the eigenpairs of MᵀM."""
    if dense:
        U, σ, Vt = np.linalg.svd(target.toarray())
        return Eigenpairs(σ[:dim], U[:, :dim], np.zeros(dim), 0, True), Vt[:dim].T
    forward, backward = target.product(blocks), target.product(blocks, transposed=True)
    start = None
    if warm_start is not None:
        right = warm_start.right_vectors
        start = carried(warm_start, target.vocabulary, warm_start.eigenvectors if right is None else right)
    # ‖MᵀM v - σ² v‖ = σ ‖Mᵀu - σ v‖: at σ ≪ σ_1 the residual wanted of MᵀM is smaller than that of M
    pairs = krylov(lambda X: backward(forward(X)), blocks, dim, solver, start, tied=False)
    made = forward(pairs.vectors)
    σ = np.sqrt(blocks.squared_norms(made))
    residuals = pairs.residuals / np.maximum(σ, np.finfo(float).tiny)
    converged = bool((residuals <= solver.tolerance * σ[0]).all())
    order = np.argsort(-σ, kind="stable")
    U = np.take(made / np.maximum(σ, np.finfo(float).tiny).astype(made.dtype), order, axis=1)
    return Eigenpairs(σ[order], U, residuals[order], pairs.products, converged), np.take(pairs.vectors, order, axis=1)


def _dense(M: np.ndarray, dim: int) -> Eigenpairs:
    values, vectors = np.linalg.eigh((M + M.T) / 2)
    values, vectors = values[::-1][:dim], np.ascontiguousarray(vectors[:, ::-1][:, :dim])
    residuals = np.linalg.norm(M @ vectors - vectors * values, axis=0)
    return Eigenpairs(values, vectors, residuals, 0, True)


def carried(spectrum: Spectrum, vocabulary: Vocabulary, vectors: np.ndarray | None = None) -> np.ndarray:
    """Eigenvectors moved to another vocabulary's rows; new words start at 0."""
    vectors = spectrum.eigenvectors if vectors is None else vectors
    if spectrum.vocabulary.words == vocabulary.words:
        return np.asarray(vectors)
    moved = np.zeros((len(vocabulary), vectors.shape[1]), vectors.dtype)
    known = [(row, spectrum.vocabulary.id_of.get(word)) for row, word in enumerate(vocabulary.words)]
    rows = [(row, old) for row, old in known if old is not None]
    if rows:
        new, old = (np.array(part) for part in zip(*rows, strict=True))
        moved[new] = vectors[old]
    return moved
