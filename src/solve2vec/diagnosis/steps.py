"""Steps: whether training goes on long enough for modes to rise, and slowly enough not to diverge."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..dynamics.growth import half_way_times
from ..linalg.krylov import leading_eigenpairs
from ..linalg.rowblocks import row_blocks
from ..target import build_target
from ..training.flow import fastest_decay
from ..training.pairs import Pairs
from ..training.task import RATES, flow_time
from .finding import Finding, Unavailable
from .picture import Bars
from .registry import check, unless
from .settings import Setup
from .start import start_squares

if TYPE_CHECKING:
    from ..cooccurrence import Cooccurrence
    from ..spectrum import Spectrum
    from ..target import Target

SLOPE = 0.25  # the most that a pair's loss curves: σ' ≤ ¼, and of the quadratic model just that


def _without_passes(settings: Setup) -> str | None:
    if settings.model in ("closed-form", "population"):
        return f"{settings.model} takes no steps over the corpus: set model to sgns, cbow or quadratic"
    return None


def _without_full_steps(settings: Setup) -> str | None:
    if settings.model != "population":
        return "only full-batch (population) training takes its steps in units of flow"
    if settings.learning_rate is None:
        return "no learning_rate was given, and the trainer chooses a stable one by itself"
    return None


@check
@unless(_without_passes)
def too_few_epochs(head: Cooccurrence, spectrum: Spectrum, settings: Setup) -> Finding:
    """Until the first mode has risen nothing is learned but the start.

    Near W = 0 a pair of SGNS and of the quadratic model, weights and all, moves W on average by η (P - k P q)/2 U, so
    the first direction grows by e^(2 ρ Σ η), ρ the largest eigenvalue of (P_ij - k P_i q_j)/2.  Where all pairs weigh
    alike, time is that of :func:`~solve2vec.training.task.flow_time`.
    """
    η, n = _rate(settings), spectrum.total
    if not n:
        raise Unavailable("the spectrum does not know how many pairs were counted")
    λ = np.asarray(spectrum.eigenvalues, np.float64)
    λ = λ[λ > 0]
    squares = start_squares(settings.sigma, len(λ), settings)
    per_epoch, ρ = η / 2 * n, first_rate(head, settings, n)  # η falls to 0: half of it on average
    needed = float(np.log(max(2.0, λ[0] / squares[0])) / (2 * ρ * per_epoch))
    flow = flow_time(per_epoch, len(spectrum.vocabulary), round(settings.negatives), tied=settings.tied)
    τ = half_way_times(λ, squares)
    alike = float(τ[0] / flow) if np.isfinite(τ[0]) else 0.0
    fires, epochs = settings.epochs < needed, int(np.ceil(needed))
    risen = int((τ < flow * settings.epochs).sum())
    return Finding(
        check="too_few_epochs",
        severity="warning" if fires else "fine",
        claim=f"The first mode takes {_epochs(needed)} to rise, and training ends after {settings.epochs}."
        if fires
        else f"The first mode takes {_epochs(needed)} to rise; training goes on for {settings.epochs}.",
        evidence=f"An epoch has {n:,.0f} pairs at η = {η:g}, falling to 0. Among the {len(head):,} most frequent words "
        f"(P - kPq)/2 has the largest eigenvalue {ρ:.3g}, the rate of the first direction; it starts at "
        f"s_0² = {squares[0]:.3g}. Were all pairs weighed alike, as reweighted training does, τ_1 would be "
        f"{_epochs(alike)}, and {risen} of {len(λ)} modes half-way at the end.",
        advice="Train longer, with a larger learning rate, from a larger start, or with more text.",
        options=f"--epochs {epochs}",
        gensim=f"epochs={epochs}",
        source="Karkada et al., NeurIPS 2025 (τ_k); the gradient of the loss at W = 0; training.task.flow_time",
        numbers={"epochs": settings.epochs, "epochs_needed": needed, "epochs_if_alike": alike, "rate": ρ,
                 "pairs": n, "modes_half_way_if_alike": risen},
        picture=Bars(["first mode half-way", "training ends", "all pairs alike: half-way"],
                     [needed, settings.epochs, alike], [_epochs(x) for x in (needed, settings.epochs, alike)],
                     "Epochs until the first mode has risen", marked=1),
    )  # fmt: skip


def first_rate(head: Cooccurrence, settings: Setup, total: float) -> float:
    """ρ, the largest eigenvalue of (P_ij - k P_i q_j)/2, ``total`` being the weight of all pairs of the corpus."""
    target = build_target(head, replace(settings.formula, shrinkage=0.0))
    C, E = Pairs.of(head, target).dense()
    A = (C - E) / (2 * total)
    with row_blocks(len(A)) as blocks:
        found = leading_eigenpairs(lambda X: A @ X, blocks, 1, tolerance=1e-3, dtype=np.float64)
    return max(float(found.values[0]), np.finfo(float).tiny)


def _epochs(number: float) -> str:
    return f"{number:.2g} epoch{'' if number == 1 else 's'}" if number < 100 else f"{number:,.0f} epochs"


@check
@unless(_without_passes)
def learning_rate_too_large(spectrum: Spectrum, settings: Setup) -> Finding:
    """A step on one pair must not overshoot: it moves w·u by η ‖u‖² times the slope."""
    η = _rate(settings)
    λ = np.maximum(np.asarray(spectrum.eigenvalues, np.float64)[: settings.dim], 0)
    V_d = np.asarray(spectrum.eigenvectors[:, : settings.dim], np.float64)
    lengths = (V_d * V_d) @ λ
    worst = int(lengths.argmax())
    largest = 2 / (SLOPE * float(lengths[worst]))
    fires = η >= largest / 2
    return Finding(
        check="learning_rate_too_large",
        severity="warning" if η >= largest else "worth knowing" if fires else "fine",
        claim=f"η = {η:g} overshoots: one pair's step is stable below {largest:.2g}."
        if η >= largest
        else f"η = {η:g} is {'close to' if fires else 'well below'} {largest:.2g}, where one pair's step overshoots.",
        evidence=f"The longest vector of the solution, {spectrum.vocabulary.words[worst]!r}, has ‖u‖² = "
        f"{lengths[worst]:.3g} in the {len(λ)} modes looked at; a step moves w·u by η ‖u‖²/4 of its error "
        f"(λ_1 = {λ[0]:.4g}).",
        advice="Use a smaller learning rate.",
        options=f"--learning-rate {largest / 20:.2g}",
        gensim=f"alpha={largest / 20:.2g}",
        source="second order of log(1 + e^-x); stability of gradient descent, η · curvature < 2",
        numbers={"learning_rate": η, "largest_stable": largest, "longest": float(lengths[worst])},
    )


@check
@unless(_without_full_steps)
def population_step_too_large(target: Target, settings: Setup) -> Finding:
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
        source="solve2vec.training.flow.stability_of (the Jacobian at the fixed point)",
        numbers={"learning_rate": η, "largest_stable": largest, "lambda_1": top, "lambda_min": -low},
    )


def _rate(settings: Setup) -> float:
    return RATES[settings.model] if settings.learning_rate is None else settings.learning_rate
