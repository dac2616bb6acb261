"""The loop of stochastic training: epochs of segments, moments recorded, states kept, divergence caught."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core import progress
from ...core.errors import InputError
from ...embedding.embedding import Embedding
from ..recorder import Probe, Recorder, log_spaced, require_same_words
from ..result import Training
from .checkpoints import MINUTES, Keeper, State
from .task import Task, flow_time
from .weights import start
from .workers import SEGMENT, WORTH_WAITING, Workers

if TYPE_CHECKING:
    from ...spectrum.spectrum import Spectrum

GROWN = 1.5  # times the loss of an epoch before, and of vectors that say nothing: training has diverged


def train_task(
    task: Task, *, warm_start: Embedding | None = None, spectrum: Spectrum | None = None, probe: Probe | None = None,
    checkpoint: str | Path | None = None, segment: int = SEGMENT, worth_waiting: float = WORTH_WAITING,
    minutes: float = MINUTES,
) -> Training:  # fmt: skip
    """Train, or go on where the checkpoint is; ``segment`` and ``worth_waiting`` as in :class:`Workers`."""
    if spectrum is not None:
        require_same_words(spectrum, task.corpus.vocabulary)
    weights = start(task.corpus.vocabulary, task.settings, warm_start)
    keeper = Keeper(checkpoint, {} if checkpoint is None else _started(task, warm_start, spectrum), minutes=minutes)
    recorder = Recorder(spectrum, probe=probe)
    state = keeper.restore(weights)
    recorder.rows = state.rows
    with Workers(task, weights, segment, worth_waiting) as workers, keeper.listening():
        run = Run(workers, state, keeper, recorder)
        if run.train():
            raise _divergence(run)
    return _result(run, warm_start is not None)


def _started(task: Task, warm_start: Embedding | None, spectrum: Spectrum | None) -> dict[str, Any]:
    stages = {"corpus": task.corpus, "counts": task.counts, "warm_start": warm_start, "spectrum": spectrum}
    return {
        **task.describe(),
        **{name: None if stage is None else stage.fingerprint for name, stage in stages.items()},
    }


class Run:
    """One run from its present state to its end."""

    def __init__(self, workers: Workers, state: State, keeper: Keeper, recorder: Recorder) -> None:
        self.workers, self.state, self.keeper, self.recorder = workers, state, keeper, recorder
        self.task, self.N = workers.task, len(workers.task.corpus)
        expected = self.task.settings.epochs * float(self.task.frequency.sum())
        batches = log_spaced(int(expected) // workers.batch, self.task.settings.points)
        self.moments = batches[:-1] * workers.batch  # the last one is the end
        self._begun, self._before = time.perf_counter(), state.seconds
        self._trained = 0

    def train(self) -> bool:
        """Go through all epochs; whether it diverged."""
        state, epochs = self.state, self.task.settings.epochs
        with progress.task(self.task.model, total=float(epochs - state.epoch) * self.N) as advance:
            self._record_due(0.0)
            while state.epoch < epochs:
                # Train one segment: long enough for the threads, short enough to report, save and stop in between.
                if self._segment():
                    return True
                # Count what was done.
                state.segment += 1
                size = min(self.N, state.segment * self.workers.segment) - (state.segment - 1) * self.workers.segment
                self._trained += size
                state.seconds = self._before + time.perf_counter() - self._begun
                advance(size, self._say())
                # Save: at the end of each epoch, every few minutes, and before stopping when interrupted.
                if state.segment == self.workers.segments:
                    self._end_epoch()
                elif self.keeper.is_due:
                    self.keeper.save(self.workers.weights, state)
                if self.keeper.asked_to_stop is not None:
                    self.keeper.save(self.workers.weights, state)
                    self.keeper.leave()
        return False

    def _segment(self) -> bool:
        """Train the next segment, with stops at the moments that fall into it; whether it diverged."""
        state, batch = self.state, self.workers.batch
        # Draw which tokens stay; they depend on the epoch and their position alone.
        text, first, last = self.workers.gather(state.epoch, state.segment)
        while first < last:
            # Stop after the batch in which the next moment to record falls: whole batches, so recording changes no bit.
            end = last
            if (due := self._next_moment()) is not None:
                whole = -(-(due - state.centers) // batch) * batch
                end = min(last, first + whole)
            # Train, and add up the loss.
            self.workers.train(text, first, end)
            state.centers += end - first
            self._count(self.workers.sums)
            first = end
            # Look for divergence: at the loss each time, at all weights before they are recorded or saved.
            checked = first == last or self._is_due
            if not (np.isfinite(self.workers.sums).all() and (not checked or self.workers.weights.are_finite)):
                return True
            # Record, if it is time.
            self._record_due((state.epoch * self.N + float(text.positions[end - 1]) + 1) / self.N)
        return False

    def _count(self, sums: np.ndarray) -> None:
        loss, weight, rates = sums.tolist()
        for total in (self.state.epoch_sums, self.state.recent_sums):
            total[0] += loss
            total[1] += weight
        self.state.rates += rates

    def _next_moment(self) -> int | None:
        """The centers after which to record next."""
        last = self.state.rows[-1]["step"] if self.state.rows else -1
        ahead = self.moments[self.moments > last]
        return int(ahead[0]) if len(ahead) else None

    @property
    def _is_due(self) -> bool:
        return (due := self._next_moment()) is not None and due <= self.state.centers

    def _record_due(self, epoch: float) -> None:
        if self._is_due:
            self.record(epoch)

    def record(self, epoch: float) -> None:
        """Measure now; the loss is the mean since the last moment, and that of the first batch at step 0."""
        state, rows = self.state, self.state.rows
        loss = _mean(state.recent_sums)
        if len(rows) == 1:
            rows[0]["loss"] = loss
        settings = self.task.settings
        time = flow_time(state.rates, len(self.task.corpus.vocabulary), settings.negatives, tied=settings.tied)
        W, U = self.workers.weights.rows()
        self.recorder.record(W, U, time=time, loss=loss, step=state.centers, epoch=epoch)
        state.recent_sums = [0.0, 0.0]

    def _end_epoch(self) -> None:
        state = self.state
        if not state.epoch_sums[1] and not np.isfinite(state.epoch_losses).any():
            L = len(self.task.weights[0])
            raise InputError(
                f"no two known words stand within {L} tokens of each other in one document: there is nothing to "
                "learn from; use longer documents, a wider window, a lower min_count or no subsampling"
            )
        loss = _mean(state.epoch_sums)
        if self._has_grown(loss):
            raise _divergence(self)
        state.epoch_losses.append(loss)
        state.epoch_sums, state.segment, state.epoch = [0.0, 0.0], 0, state.epoch + 1
        if state.epoch == self.task.settings.epochs:
            self.record(float(state.epoch))
        self.keeper.save(self.workers.weights, state)

    def _has_grown(self, loss: float) -> bool:
        """Whether an epoch's loss lies far above that of vectors that say nothing, from which it began or fell.

        Steps that overshoot may go on forever between finite numbers.
        """
        task, state = self.task, self.state
        if task.row.loss != "logistic" or task.reweighted:
            return False
        nothing = float(np.log(2)) * (1 + task.settings.negatives)  # of W Uᵀ = 0
        before = state.epoch_losses[-1] if state.epoch_losses else state.rows[0]["loss"] if state.rows else nothing
        return bool(loss > GROWN * nothing and loss > GROWN * before)

    def _say(self) -> str:
        speed = self._trained / max(1e-9, self.state.seconds - self._before)
        return f"loss {_mean(self.state.epoch_sums):.4f}, {speed:,.0f} words/s"


def _mean(sums: list[float]) -> float:
    return sums[0] / sums[1] if sums[1] else float("nan")


def _divergence(run: Run) -> InputError:
    """A loss that is no number any more, with what to do about it."""
    η = run.task.learning_rate
    return InputError(
        f"learning_rate={η:g} diverged in epoch {run.state.epoch + 1}, by center {run.state.centers:,}: halve it until "
        f"it does not, learning_rate={η / 2:g} first, and final_learning_rate with it; or look at the start"
    )


def _result(run: Run, warm_start: bool) -> Training:
    task, state, weights = run.task, run.state, run.workers.weights
    W, U = weights.rows()
    lineage = task.corpus.lineage.then("train", **task.describe(), warm_start=warm_start)
    embedding = Embedding(
        vectors=W.copy(), vocabulary=task.corpus.vocabulary, context_vectors=None if U is None else U.copy(),
        lineage=lineage,
    )  # fmt: skip
    facts = {
        "epoch_losses": list(state.epoch_losses),
        "centers": state.centers,
        "batch": 1 if task.settings.lock_free else run.workers.batch,
        "threads": run.workers.threads,
        "seconds": state.seconds,
        "words_per_second": state.epoch * run.N / max(1e-9, state.seconds),
    }
    return Training(embedding, run.recorder.trajectory(task.model, lineage), facts)
