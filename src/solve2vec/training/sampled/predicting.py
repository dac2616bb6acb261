"""Predicting what training on a corpus will learn: the flow of the expected gradient, by the trainer's own settings."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ...core import progress
from ...core.errors import InputError, require_positive
from ...core.options import INSIDE_0_1
from ...embedding.embedding import Embedding
from ...linalg.rowblocks import RowBlocks, row_blocks
from ...spectrum.solver import solve
from ..full_batch.exponential import Exponential
from ..full_batch.finite_steps import Crowd, FiniteSteps
from ..full_batch.sparse import expected_loss
from ..full_batch.starting import given_times
from ..recorder import Recorder, require_same_words
from ..result import Training
from .drawn import Drawn
from .scatter import SHARE, SHORTEST, STRETCHES, Scatter, deviations
from .schedule import Schedule
from .task import Task
from .weights import start

if TYPE_CHECKING:
    from ...spectrum.spectrum import Spectrum
    from ...trajectory import Trajectory

DENSE = 300  # words; up to here all pairs are held, which is as fast
ACCURACY = 3e-3  # of a step; half-way times come out to a per cent
MODES, MOMENTS = 20, 200
PARTS = 20  # stretches of an epoch that are followed one after another
LOOKS = 16  # at what differs from stretch to stretch


def predict_task(
    task: Task,
    *,
    spectrum: Spectrum | None = None,
    warm_start: Embedding | None = None,
    modes: int | None = None,
    times: Sequence[float] | np.ndarray | None = None,
    parts: int = PARTS,
    finite_steps: bool = True,
    scatter: bool = True,
    accuracy: float = ACCURACY,
) -> Training:
    """What :func:`~solve2vec.training.sampled.loop.train_task` is expected to give."""
    began = time.perf_counter()
    _refuse_other_losses(task)
    require_positive(parts=parts, **({} if modes is None else {"modes": modes}))
    INSIDE_0_1("accuracy", accuracy)
    if spectrum is not None:
        require_same_words(spectrum, task.corpus.vocabulary)
    drawn = Drawn.of(task, parts)
    schedule = Schedule.of(task, drawn)
    if spectrum is None:
        spectrum = solve(drawn.target, min(modes or MODES, task.settings.dim), tied=task.settings.tied)
    moments = schedule.moments(MOMENTS) if times is None else given_times(times)
    sides = start(task.corpus.vocabulary, task.settings, warm_start).rows()
    state = np.stack([side for side in sides if side is not None]).astype(np.float64)
    with row_blocks(len(task.keep)) as blocks:
        way = Way(task, drawn, schedule, spectrum, modes, finite_steps, blocks)
        trajectory = way.follow(state, moments, accuracy, scatter)
    lineage = task.corpus.lineage.then(
        "predict", **task.describe(), warm_start=warm_start is not None, method="expected", finite_steps=finite_steps,
        parts=parts, accuracy=accuracy,
    )  # fmt: skip
    vectors = way.state.astype(np.float32)
    facts = {
        "duration": schedule.duration, "pairs": drawn.total, "centers": schedule.centers / schedule.epochs,
        "steps": way.steps, "seconds": time.perf_counter() - began,
    }  # fmt: skip
    embedding = Embedding(
        vectors=vectors[0], context_vectors=None if len(vectors) == 1 else vectors[1],
        vocabulary=task.corpus.vocabulary, lineage=lineage,
    )  # fmt: skip
    return Training(embedding, replace(trajectory, lineage=lineage), facts, spectrum)


class Way:
    """The way from a start through the text, stretch after stretch, epoch after epoch."""

    def __init__(
        self,
        task: Task,
        drawn: Drawn,
        schedule: Schedule,
        spectrum: Spectrum,
        modes: int | None,
        finite_steps: bool,
        blocks: RowBlocks,
    ) -> None:
        self._task, self._drawn, self._schedule, self._blocks = task, drawn, schedule, blocks
        self._spectrum, self._modes, self._finite_steps = spectrum, modes, finite_steps
        self._losses = [
            expected_loss(pairs, blocks, DENSE, logistic=task.row.loss == "logistic") for pairs in drawn.parts
        ]
        self._crowds = [Crowd(drawn.single, drawn.others, pairs.row / pairs.row.sum()) for pairs in drawn.parts]
        self.state, self.steps = np.empty(0), 0

    def follow(self, state: np.ndarray, moments: np.ndarray, accuracy: float, scatter: bool) -> Trajectory:
        """Go through all ``moments``, and record each."""
        schedule, epochs, blocks = self._schedule, self._schedule.epochs, self._blocks
        recorder = Recorder(self._spectrum, modes=self._modes)
        measure = self._scatter() if scatter else None
        looked: list[tuple[float, np.ndarray]] = []
        first, crowd = self._losses[0], self._crowds[0]
        finite = FiniteSteps(first, state.shape, schedule.rate, crowd, blocks) if self._finite_steps else None
        solver = Exponential(
            first, state, relative=accuracy, absolute=accuracy * float(np.sqrt(np.mean(state**2))),
            growth=float(self._spectrum.eigenvalues[0]), blocks=blocks, finite=finite,
        )  # fmt: skip
        # the trainer's loss is log 2 of each pair at W Uᵀ = 0
        zero = np.zeros_like(state)
        offsets = [np.log(2) * float(loss.mass[0].sum()) - loss.value(zero) for loss in self._losses]
        ends = schedule.time((np.arange(epochs)[:, None] + self._drawn.ends).ravel() / epochs)
        ends[-1] = np.inf
        looks = set(np.linspace(1, len(moments) - 1, LOOKS).astype(int).tolist()) if len(moments) > 1 else set()
        at, n = 0, len(self._losses)
        with progress.task(f"predicting {self._task.model}", float(moments[-1])) as advance:
            for number, moment in enumerate(moments.tolist()):
                while solver.time < moment:
                    solver.follow(self._losses[at % n], self._crowds[at % n])
                    for step in solver.reach(min(moment, float(ends[at]))):
                        advance(step)
                    at += solver.time >= ends[at]
                now, part, share = solver.state, min(at, len(ends) - 1) % n, float(schedule.done(moments)[number])
                recorder.record(
                    now[0], now[1] if len(now) == 2 else None, time=moment, step=round(share * schedule.centers),
                    loss=self._losses[part].value(now) + offsets[part], epoch=share * epochs,
                )  # fmt: skip
                if measure is not None and number in looks:
                    looked.append((moment, measure.variances(now, blocks)))
        self.state, self.steps = solver.state, solver.steps
        made = recorder.trajectory(f"{self._task.model}, expected")
        if measure is None or not looked:
            return made
        times, variances = map(np.array, zip(*looked, strict=True))
        speed = first.unit / (2 if len(state) == 1 else 1)
        return replace(made, deviations=deviations(made.time, made.strengths, times, variances, schedule.rate, speed))

    def _scatter(self) -> Scatter | None:
        N = len(self._task.corpus)
        size = max(SHORTEST, N // SHARE)
        stretches = [] if 2 * size > N else self._drawn.stretches(size, min(STRETCHES, N // size))
        if len(stretches) < 2:
            return None
        K = min(len(self._spectrum), self._modes or len(self._spectrum))
        sides = self._spectrum.eigenvectors, self._spectrum.context_modes
        left, right = (np.asarray(side[:, :K], np.float64) for side in sides)
        return Scatter(stretches, left, right, self._task.row.loss == "logistic")


def _refuse_other_losses(task: Task) -> None:
    if task.row.is_mean:
        raise InputError(
            f"{task.model} is not predicted: its loss is a sum over whole windows, not over pairs of words; use sgns"
        )
    if task.reweighted:
        raise InputError(
            "the reweighted quadratic model is what theory solves in closed form: use "
            "solve2vec.predict(spectrum, start)"
        )
