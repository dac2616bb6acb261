"""Weighted factorization: the best W Uᵀ under word2vec's own weights, by alternating least squares on the counts."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ...core import progress
from ...core.errors import InputError, NotConverged
from ...core.options import FROM_0, INSIDE_0_1, POSITIVE, SEED, check_options, option
from ...core.resources import with_resources
from ...embedding.embedding import Embedding
from ...linalg.rowblocks import RowBlocks, row_blocks
from ...spectrum.solver import solve
from ...target.formula import Formula
from ...target.target import Target, build_target
from .halfsteps import HalfStep, UnweightedSteps, WeightedSteps
from .pairs import PUBLISHED, Pairs

if TYPE_CHECKING:
    from ...cooccurrence.cooccurrence import Cooccurrence

Weights = Literal["model", "unweighted"]
Start = Literal["spectral", "random"]


@dataclass(frozen=True)
class WeightedOptions:
    """How the two matrices are found in turn.

    Parameters
    ----------
    dim : int
        d, at most V.
    weights : {"model", "unweighted"}
        word2vec's own, g_ij = (P_ij + k P_i q_j + κ/n) / 8; or all equal to 1, for comparison.
    ridge : float
        r ≥ 0: adds r ḡ (‖W‖² + ‖U‖²), ḡ the mean weight.  Unweighted, every singular value then loses r.
    tolerance : float
        In (0, 1): stops when a sweep lowers the loss by a smaller share.
    sweeps : int
        At most so many; one sweep solves for W, then for U.
    start : {"spectral", "random"}
        U from the singular value decomposition of M, or Gaussian with the standard deviation 1 / √d.
    seed : int
        Of the random start.
    """

    dim: int = option(100, "Dimensions of the vectors.", POSITIVE)
    weights: Weights = option("model", "word2vec's own weights, or equal ones.")
    ridge: float = option(0.0, "Ridge on both matrices, in units of the mean weight.", FROM_0)
    tolerance: float = option(1e-4, "Stop when a sweep lowers the loss by a smaller share.", INSIDE_0_1)
    sweeps: int = option(50, "Most sweeps.", POSITIVE)
    start: Start = option("spectral", "Where U starts.")
    seed: int = option(0, "Seed of the random start.", SEED)
    tied: bool = option(False, "One matrix: not possible here.")

    def __post_init__(self) -> None:
        check_options(self)
        if self.tied:
            raise InputError(
                "with W = U the loss is no longer least squares in either, so it cannot be alternated: "
                "use population.train with loss='quadratic' and tied=True"
            )


@dataclass(frozen=True)
class Factorization:
    """A pair of matrices, and how the loss fell.

    Attributes
    ----------
    embedding : Embedding
        W and, as ``context_vectors``, U, both W = A Σ^½, U = B Σ^½ with W Uᵀ = A Σ Bᵀ; Σ are its eigenvalues.
    losses : (2 n,) float64
        After each half-step of n sweeps: never rising.
    converged : bool
        Whether the last sweep changed less than the tolerance.
    """

    embedding: Embedding
    losses: np.ndarray
    converged: bool

    @property
    def facts(self) -> dict[str, Any]:
        """Plain numbers about the run."""
        return {"losses": self.losses.tolist(), "converged": self.converged}


@with_resources
def factorize(
    cooccurrence: Cooccurrence,
    alternation: WeightedOptions = WeightedOptions(),
    *,
    formula: Formula | None = None,
    warm_start: Embedding | None = None,
    threads: int | None = None,
) -> Factorization:
    """The optimum of the quadratic word embedding model with word2vec's own weights.

    Parameters
    ----------
    cooccurrence : Cooccurrence
    alternation : WeightedOptions
    formula : Formula, optional
        Negatives k, context smoothing α, shrinkage κ, subsampling; M* with κ = 0 by default.  Its kind is "mstar",
        unless ``weights="unweighted"``, which takes any.
    warm_start : Embedding, optional
        U starts as its context vectors, or as its vectors where it has no others.
    threads : int, optional
        All cores by default; the answer does not depend on it.

    Raises
    ------
    InputError
        If the equations of a row are singular (a ridge helps), or shapes do not fit.

    Warns
    -----
    NotConverged
        If the loss still falls faster than the tolerance after all sweeps.

    References
    ----------
    Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", ICDM 2008.

    Examples
    --------
    >>> from solve2vec.cooccurrence.cooccurrence import Cooccurrence
    >>> counts = Cooccurrence.from_matrix([[4, 2, 1], [2, 2, 3], [1, 3, 6]], ["a", "b", "c"])
    >>> made = factorize(counts, WeightedOptions(dim=3, ridge=0))  # three dimensions hold all of M*
    >>> bool(made.losses[-1] < 1e-12)
    True
    """
    formula = formula or PUBLISHED
    if alternation.weights == "model" and formula.kind != "mstar":
        raise InputError(f"word2vec's own weights belong to mstar, not to {formula.kind}: use weights='unweighted'")
    V = len(cooccurrence)
    if alternation.dim > V:
        raise InputError(f"asked for {alternation.dim} dimensions; the vocabulary has {V} words: use dim={V} or less")
    target = build_target(cooccurrence, formula)
    U = _start(target, alternation, warm_start)
    with row_blocks(V) as blocks:
        if alternation.weights == "model":
            solver = WeightedSteps(Pairs.of(cooccurrence, target), target, blocks, alternation.ridge)
            for_rows, for_columns = solver.for_rows, solver.for_columns
        else:
            plain = UnweightedSteps(target, blocks, alternation.ridge)
            for_rows, for_columns = plain.for_rows, plain.for_columns
        W, U, losses, converged = _alternate(for_rows, for_columns, U, alternation)
        W, U, strengths = _balanced(W, U, blocks)
    if not converged:
        warnings.warn(_complaint(losses, alternation), NotConverged, stacklevel=3)
    how = asdict(alternation) | {"warm_start": warm_start is not None}
    embedding = Embedding(
        vectors=W.astype(np.float32),
        context_vectors=U.astype(np.float32),
        eigenvalues=strengths,
        vocabulary=cooccurrence.vocabulary,
        lineage=target.lineage.then("factorize", **how),
    )
    return Factorization(embedding, losses, converged)


def _start(target: Target, alternation: WeightedOptions, warm_start: Embedding | None) -> np.ndarray:
    """(V, d) float64, U."""
    shape = (len(target), alternation.dim)
    if warm_start is not None:
        given = warm_start.vectors if warm_start.context_vectors is None else warm_start.context_vectors
        if given.shape != shape:
            raise InputError(f"the warm start has shape {given.shape}, the model {shape}: set dim, or the words")
        return given.astype(np.float64)
    if alternation.start == "random":
        return np.random.default_rng(alternation.seed).standard_normal(shape) / alternation.dim**0.5
    spectrum = solve(target, alternation.dim, tied=False)
    return spectrum.context_modes * np.sqrt(spectrum.eigenvalues)


def _alternate(
    for_rows: HalfStep, for_columns: HalfStep, U: np.ndarray, alternation: WeightedOptions
) -> tuple[np.ndarray, np.ndarray, np.ndarray, bool]:
    """W and U in turn, until a sweep changes too little."""
    losses: list[float] = []
    W, converged = U, False
    with progress.task("alternating", float(2 * alternation.sweeps)) as advance:
        for _ in range(alternation.sweeps):
            W, loss = for_rows(U)
            losses.append(loss)
            advance(1)
            U, loss = for_columns(W)
            losses.append(loss)
            advance(1)
            if converged := len(losses) > 2 and losses[-3] - loss <= alternation.tolerance * abs(losses[-3]):
                break
    return W, U, np.array(losses), bool(converged)


def _balanced(W: np.ndarray, U: np.ndarray, blocks: RowBlocks) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same W Uᵀ = A Σ Bᵀ as A Σ^½ and B Σ^½, strongest column first, from (d, d) matrices."""
    Q, R = blocks.orthonormal(W, 0.0)
    P, S = blocks.orthonormal(U, 0.0)
    A, Σ, Bt = np.linalg.svd(R @ S.T)
    Σ = Σ[: min(len(R), len(S))]
    root = np.sqrt(Σ)
    return blocks.times(Q, A[:, : len(Σ)] * root), blocks.times(P, Bt[: len(Σ)].T * root), Σ


def _complaint(losses: np.ndarray, alternation: WeightedOptions) -> str:
    fell = (losses[-3] - losses[-1]) / abs(losses[-3]) if len(losses) > 2 else 1.0
    return (
        f"the loss still fell by a share of {fell:.1e} in sweep {alternation.sweeps}, above the tolerance of "
        f"{alternation.tolerance:g}: raise sweeps"
    )
