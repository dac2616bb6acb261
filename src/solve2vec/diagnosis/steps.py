"""Steps: whether training goes on long enough for modes to rise, and slowly enough not to diverge."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..dynamics.growth import half_way_times
from ..linalg.krylov import leading_eigenpairs
from ..linalg.rowblocks import row_blocks
from ..target.target import build_target
from ..training.full_batch.flow import fastest_decay
from ..training.full_batch.pairs import Pairs
from ..training.sampled.task import flow_time
from .finding import Finding, Unavailable
from .material import LEADING
from .passes import pairs_of, task_of
from .picture import Bars
from .registry import check, unless
from .settings import DiagnosisOptions
from .start import start_squares

if TYPE_CHECKING:
    from ..cooccurrence.cooccurrence import Cooccurrence
    from ..corpus.corpus import Corpus
    from ..spectrum.spectrum import Spectrum
    from ..target.target import Target

SLOPE = 0.25  # the most that a pair's loss curves: σ' ≤ ¼, and of the quadratic model just that
# of the average step that overshoots: a warning, worth knowing; batches and long words diverge before the average
TOO_FAST = {"quadratic": (1 / 3, 1 / 8)}  # its slopes never flatten, so that a few steps are enough
FLATTENING = (1.0, 1 / 3)


def _without_passes(settings: DiagnosisOptions) -> str | None:
    if settings.model in ("closed-form", "population"):
        return f"{settings.model} takes no steps over the corpus: set model to sgns, cbow or quadratic"
    return None


def _without_full_steps(settings: DiagnosisOptions) -> str | None:
    if settings.model != "population":
        return "only full-batch (population) training takes its steps in units of flow"
    if settings.learning_rate is None:
        return "no learning_rate was given, and the trainer chooses a stable one by itself"
    return None


@check
@unless(_without_passes)
def too_few_epochs(corpus: Corpus, head: Cooccurrence, learned: Spectrum, settings: DiagnosisOptions) -> Finding:
    """Until the first direction has risen nothing is learned but the start.

    Near W = U = 0 a pair of SGNS and of the quadratic model, weights and all, moves W on average by η A U and U by
    η Aᵀ W with A = P - k P q over 2.  So the first direction's w·u grows by e^(2 ρ Σ η), ρ the largest singular value
    of A; with one matrix by e^(4 ρ Σ η), ρ the largest eigenvalue of (A + Aᵀ)/2.  CBOW moves its contexts once for
    each pair and the center once for each mean: the mean of the two, √(pairs centers), takes the place of the pairs.
    Growth slows down before λ is reached, and rare words are late, so this is the least that it takes.  Where all
    pairs weigh alike, time is that of :func:`~solve2vec.training.sampled.task.flow_time`.
    """
    task = task_of(corpus, settings)
    n = pairs_of(task) if settings.closed_gaps else learned.total
    if not n:
        raise Unavailable("no pairs were counted, or the spectrum does not know how many")
    moves = float(np.sqrt(n * task.frequency.sum())) if settings.model == "cbow" else n
    η, end = task.learning_rate, task.final_learning_rate
    λ = np.asarray(learned.eigenvalues, np.float64)
    λ = λ[λ > 0]
    squares = start_squares(settings.sigma, len(λ), settings)
    per_epoch, ρ = (η + end) / 2 * moves, first_rate(head, settings, learned.total)
    growth = 2 * ρ * per_epoch * (2 if settings.tied else 1)
    needed = float(np.log(max(2.0, λ[0] / squares[0]))) / growth
    flow = flow_time(per_epoch, len(learned.vocabulary), task.settings.negatives, tied=settings.tied)
    τ = half_way_times(λ, squares)
    alike = float(τ[0] / flow) if np.isfinite(τ[0]) else 0.0
    fires, epochs = settings.epochs < needed, int(np.ceil(needed))
    risen = int((τ < flow * settings.epochs).sum())
    return Finding(
        check="too_few_epochs",
        severity="warning" if fires else "fine",
        claim=f"The first direction takes at least {_epochs(needed)} to rise, and training ends after "
        f"{settings.epochs}."
        if fires
        else f"The first direction takes at least {_epochs(needed)} to rise; training goes on for {settings.epochs}.",
        evidence=f"An epoch has {task.frequency.sum():,.0f} centers and {n:,.0f} pairs at η = {η:g}, falling to "
        f"{end:g}. Among the {len(head):,} most frequent words (P - kPq)/2 has the largest "
        f"{'eigenvalue' if settings.tied else 'singular value'} ρ = {ρ:.3g}, so the first direction grows by "
        f"e^({growth:.3g}) in an epoch, from s_0² = {squares[0]:.3g} toward {'λ' if settings.tied else 'σ'}_1 = "
        f"{λ[0]:.4g}. Were all pairs weighed alike, as reweighted training does, τ_1 would be {_epochs(alike)}, and "
        f"{risen} of {len(λ)} modes half-way at the end.",
        advice="Train longer, with a larger learning rate, from a larger start, or with more text.",
        options=f"--epochs {epochs}",
        gensim=f"epochs={epochs}",
        source="Karkada et al., NeurIPS 2025 (τ_k); the gradient of the loss at W = 0; training.task.flow_time",
        numbers={"epochs": settings.epochs, "epochs_needed": needed, "epochs_if_alike": alike, "rate": ρ,
                 "pairs": n, "centers": float(task.frequency.sum()), "growth_of_an_epoch": growth,
                 "start": float(squares[0]), "first_mode": float(λ[0]), "modes_half_way_if_alike": risen},
        picture=Bars(["first direction, at least", "training ends", "all pairs alike: half-way"],
                     [needed, settings.epochs, alike], [_epochs(x) for x in (needed, settings.epochs, alike)],
                     "Epochs until the first direction has risen", marked=1),
    )  # fmt: skip


def first_rate(head: Cooccurrence, settings: DiagnosisOptions, total: float) -> float:
    """ρ of A_ij = (P_ij - k P_i q_j)/2, ``total`` being the weight of all pairs of the corpus.

    Its largest singular value; with one matrix the largest eigenvalue of its symmetric part.
    """
    target = build_target(head, replace(settings.formula, shrinkage=0.0, symmetric=False))
    C, E = Pairs.of(head, target).dense()
    A = (C - E) / (2 * total)
    S = (A + A.T) / 2 if settings.tied else A
    with row_blocks(len(A)) as blocks:
        product = (lambda X: S @ X) if settings.tied else (lambda X: S.T @ (S @ X))
        found = leading_eigenpairs(product, blocks, 1, tolerance=1e-3, dtype=np.float64)
    top = max(float(found.values[0]), 0.0)
    return max(top if settings.tied else float(np.sqrt(top)), np.finfo(float).tiny)


def _epochs(number: float) -> str:
    return f"{number:.2g} epoch{'' if number == 1 else 's'}" if number < 100 else f"{number:,.0f} epochs"


@check
@unless(_without_passes)
def learning_rate_too_large(corpus: Corpus, learned: Spectrum, settings: DiagnosisOptions) -> Finding:
    """A step must not overshoot: all that it moves at once adds up.

    The c contexts of a center share its 1 + k outputs.  Their products w·u move by η/4 of (W_c W_cᵀ) ⊗ I + I ⊗ (U_o
    U_oᵀ) times their errors, whose largest eigenvalue is at most the sum of all the squared lengths.  CBOW has one
    mean in place of c contexts; gensim and word2vec.c take the contexts of skip-gram one at a time.
    """
    task = task_of(corpus, settings)
    η, k = task.learning_rate, task.settings.negatives
    K = min(settings.dim, LEADING)
    λ = np.maximum(np.asarray(learned.eigenvalues, np.float64)[:K], 0)
    sides = [learned.eigenvectors, learned.eigenvectors if learned.right_vectors is None else learned.right_vectors]
    w, u = (np.asarray(side[:, :K], np.float64) ** 2 @ λ for side in sides)  # (V,) squared lengths
    kept = float(task.frequency.sum())
    if not kept:
        raise Unavailable("no token of the corpus is known")
    drawn = task.frequency / kept
    lengths = float(drawn @ w), float(drawn @ u), float(task.noise @ u)
    alone = settings.model == "cbow" or settings.tool != "solve2vec"
    c = 1.0 if alone else (pairs_of(task) if settings.closed_gaps else learned.total) / kept
    curvature = SLOPE * (c * lengths[0] + lengths[1] + k * lengths[2])
    largest = 2 / curvature
    warned, close = (share * largest for share in TOO_FAST.get(settings.model, FLATTENING))
    return Finding(
        check="learning_rate_too_large",
        severity="warning" if η >= warned else "worth knowing" if η >= close else "fine",
        claim=f"η = {η:g} overshoots: an average step is stable below {largest:.2g}."
        if η >= largest
        else f"η = {η:g} is too near {largest:.2g}, where an average step overshoots, for a loss that never flattens."
        if η >= warned
        else f"η = {η:g} is {'close to' if η >= close else 'well below'} {largest:.2g}, where an average step "
        "overshoots.",
        evidence=f"A step moves {_contexts(c, settings)} and 1 + {k} outputs at once. In the {len(λ)} leading modes "
        f"of the solution and on average over what is drawn, ‖w‖² = {lengths[0]:.3g} for a context, ‖u‖² = "
        f"{lengths[1]:.3g} for a center and {lengths[2]:.3g} for a noise word: where they point the same way, w·u "
        f"moves by η/4 ({c:.3g} × {lengths[0]:.3g} + {lengths[1]:.3g} + {k} × {lengths[2]:.3g}) = "
        f"{η * curvature:.2g} of its error, and must move by less than 2.",
        advice="Use a smaller learning rate.",
        options=f"--learning-rate {close / 2:.2g}",
        gensim=f"alpha={close / 2:.2g}",
        source="second order of log(1 + e^-x); stability of gradient descent, η · curvature < 2; docs/diagnosis.md",
        numbers={"learning_rate": η, "largest_stable": largest, "contexts": c, "negatives": k,
                 "context_length": lengths[0], "center_length": lengths[1], "noise_length": lengths[2]},
    )  # fmt: skip


def _contexts(c: float, settings: DiagnosisOptions) -> str:
    if settings.model == "cbow":
        return "the mean of a window"
    return "one context" if c == 1 else f"the {c:.3g} contexts of a center"


@check
@unless(_without_full_steps)
def population_step_too_large(target: Target, settings: DiagnosisOptions) -> Finding:
    """Full-batch steps of η are stable below 2/ρ, ρ = max(2 λ_1, λ_1 + |λ_min|) or, untied, 2 σ_1."""
    assert settings.learning_rate is not None
    with row_blocks(len(target)) as blocks:
        product = target.product(blocks)
        top = max(0.0, float(leading_eigenpairs(product, blocks, 1, tolerance=1e-3).values[0]))
        low = max(0.0, float(leading_eigenpairs(lambda X: -product(X), blocks, 1, tolerance=1e-3).values[0]))
    ρ = fastest_decay(top, low) if settings.tied else 2 * max(top, low)
    if not ρ > 0:
        raise Unavailable("the target is 0 everywhere: there is nothing to step toward")
    η, largest = settings.learning_rate, 2 / ρ
    fires = η >= largest
    return Finding(
        check="population_step_too_large",
        severity="warning" if fires else "fine",
        claim=f"η = {η:g} diverges: steps are stable below {largest:.3g}."
        if fires
        else f"η = {η:g} is stable: the largest step is {largest:.3g}.",
        evidence=f"λ_1 = {top:.4g}, λ_min = {-low:.4g} over {len(target):,} words, the fastest decay is ρ = {ρ:.4g}; "
        f"η ρ = {η * ρ:.3g} must be below 2.",
        advice="Use a smaller learning rate, or leave it to the trainer.",
        options=f"--learning-rate {largest / 2:.2g}",
        source="solve2vec.training.full_batch.flow.stability_of (the Jacobian at the fixed point)",
        numbers={"learning_rate": η, "largest_stable": largest, "lambda_1": top, "lambda_min": -low},
    )
