"""Population training: the whole gradient of a loss, computed from the counts; no corpus, no samples, no noise.

This is the observation that theory is held against.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...cooccurrence.cooccurrence import Cooccurrence
from ...core import progress
from ...core.errors import InputError
from ...core.resources import with_resources
from ...embedding.embedding import Embedding
from ...linalg.rowblocks import RowBlocks, row_blocks
from ...target.formula import Formula
from ...target.target import Target, build_target
from ..recorder import Probe, Recorder
from ..result import Stopped, Training
from .deep import Deep, folded
from .exponential import Exponential
from .flow import Stability, descend, integrate, require_stable, stability_near, stability_of, stabilize
from .losses import Curved, EvenLogistic, Loss, Unweighted, require_room
from .pairs import PUBLISHED, Pairs
from .sparse import expected_loss
from .starting import (
    PopulationOptions,
    end_point,
    followed_modes,
    half_way_times,
    recorded_times,
    starting_point,
)

if TYPE_CHECKING:
    from ...spectrum.spectrum import Spectrum

Watch = Callable[[float, np.ndarray, "np.ndarray | None"], None]
Outer = Callable[[np.ndarray], "tuple[np.ndarray, np.ndarray | None]"]  # a state's W, and what stands for U


@with_resources
def train(
    source: Cooccurrence | Target,
    settings: PopulationOptions = PopulationOptions(),  # noqa: B008 - frozen
    *,
    formula: Formula | None = None,
    spectrum: Spectrum | None = None,
    warm_start: Embedding | np.ndarray | tuple[np.ndarray, np.ndarray] | None = None,
    times: Sequence[float] | np.ndarray | None = None,
    watch: Watch | None = None,
    probe: Probe | None = None,
    threads: int | None = None,
) -> Training:
    """Go down the gradient of the whole loss, in float64, without noise.

    Parameters
    ----------
    source : Cooccurrence or Target
        Counts; or the matrix to fit, for the unweighted loss.
    settings : PopulationOptions
    formula : Formula, optional
        With counts: negatives k, context smoothing α, shrinkage κ, subsampling; M* with κ = 0 by default.  Its kind
        says which matrix the unweighted loss fits, and for every loss whose modes are followed.  Weighted losses have
        the noise that training draws, k P_i q_j, whether or not M is ``symmetric``.
    spectrum : Spectrum, optional
        The modes to follow, if they are solved for already; untied training follows a SingularSpectrum.
    warm_start : Embedding, (V, d) array, or a pair of them (W, U), optional
        In place of ``settings.start``.  One matrix starts both where untied.  A deep network's layers in a list.
    times : (T,) array, optional
        Moments to record, rising, above 0; the last is the end.  In place of points, spacing and duration.
    watch : function, optional
        Called at every moment with the time, W and U (None where tied): float32 copies, free to keep.  Of a deep
        network, here and in the embedding, U stands for all layers but the first: W Uᵀ is the whole product.
    probe : function, optional
        Takes W (V, d), gives named scores for the trajectory.
    threads : int, optional
        All cores by default; the answer does not depend on it.

    Returns
    -------
    Training
        The trajectory's time is that of dW/dt = (M - W Uᵀ) U; weighted losses are scaled to it by 1 / (their mean
        curvature), its loss is the model's own.  Facts: learning_rate, largest_step, duration, steps, seconds.

    Raises
    ------
    InputError
        If the step is too large (the message has the largest stable one), the loss needs counts and there are none,
        over 5,000 words for the unweighted logistic loss or a weighted one with shrinkage, or shapes that do not fit.
    Stopped
        A KeyboardInterrupt with the ``training`` so far.

    Notes
    -----
    The linearized flow of the tied loss is stable for η < 2 / max(2 λ_1, λ_1 + |λ_min|), of the untied for
    η < 1 / σ_1: the background of M* has an eigenvalue near -2 V, which limits the step and learns nothing.

    Examples
    --------
    >>> from solve2vec.target.target import Target
    >>> target = Target.from_array([[2.0, 1.0], [1.0, 2.0]], ["a", "b"])
    >>> made = train(target, PopulationOptions(dim=1, modes=1, start="aligned"))
    >>> made.trajectory.strengths[-1].round(1).tolist()
    [3.0]
    """
    began = time.perf_counter()
    target = matrix_of(source, settings, formula)
    spectrum = followed_modes(target, settings, spectrum)
    state, V, L = starting_point(target, settings, spectrum, warm_start), len(target), settings.depth
    K = min(settings.modes, settings.dim, len(spectrum))
    outer = (lambda state: folded(state, V)) if L > 2 else _outer
    watcher = _Watcher(recorder := Recorder(spectrum, modes=K, probe=probe), watch, outer)
    with row_blocks(len(target)) as blocks:
        moments = recorded_times(settings, half_way_times(spectrum, state, K, L), spectrum.eigenvalues[:K], times)
        loss = _loss(source, target, settings, blocks)
        λ = float(spectrum.eigenvalues[0])
        growth = L / 2 * λ ** (2 - 2 / L)  # ds/dt = L s^(2 - 2/L) (λ - s): of two layers the growth from 0 is λ_1
        stopped = False
        try:
            if settings.integrator == "exponential" and not isinstance(loss, (Unweighted, Deep)):
                facts = _exponentially(loss, state, settings, growth, moments, watcher, blocks)
            else:
                stability = (
                    stability_of(loss, state, blocks)
                    if isinstance(loss, Unweighted)
                    else stability_near(loss, state, end_point(spectrum, state, L), growth)
                )
                facts = _run(loss, state, settings, stability, moments, watcher)
        except KeyboardInterrupt:
            if not watcher.last.size:
                raise
            stopped, facts = True, {"steps": watcher.steps, "duration": watcher.time}
    name = "population quadratic" if isinstance(loss, Unweighted) else loss.name
    lineage = target.lineage.then("population_train", **settings.as_lineage() | {"warm_start": warm_start is not None})
    W, U = outer(watcher.last)
    made = Training(
        embedding=Embedding(
            vectors=W.astype(np.float32),
            vocabulary=target.vocabulary,
            context_vectors=None if U is None else U.astype(np.float32),
            lineage=lineage,
        ),
        trajectory=recorder.trajectory(name, lineage),
        facts=facts | {"start_size": settings.init_scale * settings.dim**0.5, "seconds": time.perf_counter() - began},
    )
    if stopped:
        raise Stopped(made, f"interrupted after {watcher.steps:,} steps, at t = {watcher.time:.4g}")
    return made


class _Watcher:
    """Records each moment, shows it to whoever watches, and keeps the last."""

    def __init__(self, recorder: Recorder, watch: Watch | None, outer: Outer) -> None:
        self._recorder, self._watch, self._outer = recorder, watch, outer
        self.last, self.steps, self.time = np.empty(0), 0, 0.0

    def __call__(self, now: float, state: np.ndarray, loss: float, done: int) -> None:
        W, U = self._outer(state)
        self._recorder.record(W, U, time=now, loss=loss, step=done)
        self.last, self.steps, self.time = state.copy(), done, now  # a step that is broken off may leave it half made
        if self._watch is not None:
            self._watch(now, W.astype(np.float32), None if U is None else U.astype(np.float32))


def matrix_of(source: Cooccurrence | Target, settings: PopulationOptions, formula: Formula | None) -> Target:
    """The matrix that is fitted, or whose modes are followed; refused where :func:`train` would refuse it."""
    if isinstance(source, Target):
        if settings.loss != "unweighted":
            raise InputError(f"the {settings.loss} loss is a sum over counts: give counts, not a target")
        if formula is not None:
            raise InputError("a target has its formula already: give counts, or no formula")
        target = source
    else:
        formula = formula or PUBLISHED
        require_room(len(source), settings.loss, formula.shrinkage)
        target = build_target(source, formula)
    if settings.tied and not target.is_symmetric:
        raise InputError("the target is not symmetric, so one matrix cannot fit it: train with tied=False")
    return target


def _outer(state: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """W, and U where untied."""
    return state[0], state[1] if len(state) == 2 else None


def _loss(
    source: Cooccurrence | Target, target: Target, settings: PopulationOptions, blocks: RowBlocks
) -> Unweighted | Deep | Curved:
    if settings.depth > 2:
        return Deep(target, blocks)
    if isinstance(source, Target) or settings.loss == "unweighted":
        return Unweighted(target, blocks)
    pairs = Pairs.of(source, target, as_drawn=True)
    if settings.loss == "unweighted-logistic":
        return EvenLogistic.of(pairs, blocks)
    return expected_loss(pairs, blocks, logistic=settings.loss == "logistic")


def _exponentially(
    loss: Curved,
    state: np.ndarray,
    settings: PopulationOptions,
    growth: float,
    times: np.ndarray,
    watcher: _Watcher,
    blocks: RowBlocks,
) -> dict[str, float]:
    """Follow the flow of a weighted loss with the exponential integrator; plain numbers about it."""
    absolute = settings.tolerance * float(np.sqrt(np.mean(state**2)))
    solver = Exponential(loss, state, relative=settings.tolerance, absolute=absolute, growth=growth, blocks=blocks)
    with progress.task("population training", float(times[-1])) as advance:
        for moment in times.tolist():
            for step in solver.reach(moment):
                advance(step)
            watcher(moment, solver.state, loss.value(solver.state), solver.steps)
    return {"duration": float(times[-1]), "steps": solver.steps}


def _run(
    loss: Loss,
    state: np.ndarray,
    settings: PopulationOptions,
    stability: Stability,
    times: np.ndarray,
    watcher: _Watcher,
) -> dict[str, float]:
    """Follow the flow; plain numbers about it."""
    end = float(times[-1])
    if settings.integrator != "fixed":
        follow = {"adaptive": integrate, "stabilized": stabilize}[settings.integrator]
        absolute = settings.tolerance * float(np.sqrt(np.mean(state**2)))
        steps = follow(loss, state, times, watcher, relative=settings.tolerance, absolute=absolute)
        return {"duration": end, "steps": steps, "largest_step": stability.largest_step}
    step = stability.step if settings.learning_rate is None else settings.learning_rate
    if stability.exact:
        require_stable(step, stability)
    moments = np.unique(np.maximum(np.rint(times / step), times > 0).astype(np.int64))
    steps = descend(loss, state, step, moments, watcher, stability.largest_step)
    return {"duration": end, "steps": steps, "learning_rate": step, "largest_step": stability.largest_step}
