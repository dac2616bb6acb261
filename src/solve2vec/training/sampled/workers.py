"""Workers: threads that train stretches of a corpus, and the room they work in."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.resources import thread_count
from .task import Task
from .weights import Weights

if TYPE_CHECKING:
    from ...kernels.centers import Text

SEGMENT = 1 << 17  # tokens between two looks at what happened: a fraction of a second
LOOK_AGAIN = 64  # stretches trained together before one alone, to see which is faster now
MEASURABLE = 1 << 14  # centers of a stretch that is long enough to time
WORTH_WAITING = 3e5  # multiplications in a batch for each thread, some 10 µs: for less, fewer threads are faster


class Workers:
    """Trains ``weights`` on ``task``; a context manager, since it holds threads.

    Parameters
    ----------
    task : Task
    weights : Weights
    segment : int
        Tokens trained between two looks at the loss.
    worth_waiting : float
        Multiplications in a batch for each thread: with fewer, fewer threads are used.

    Attributes
    ----------
    sums : (3,) float64
        What the last call of :meth:`train` added up: losses, weights of pairs, η times these weights.
    """

    def __init__(
        self, task: Task, weights: Weights, segment: int = SEGMENT, worth_waiting: float = WORTH_WAITING
    ) -> None:
        from ...kernels import batches
        from ...kernels.llvm import IS_INTERPRETED

        # What is trained, by how many threads.
        self.task, self.weights = task, weights
        self.threads = 1 if IS_INTERPRETED else worth_using(task, weights.stride, worth_waiting)
        self.segment, self.sums = segment, np.zeros(3)
        self.batch, self._pace = task.batch, Pace(self.threads)
        self._train = self._freely if task.settings.lock_free else self._together
        self._kernels = batches
        # The arrays that kernels read, all read-only, so that each kernel is compiled for one kind of array.
        self._model = model_of(task, weights)
        self._tokens, self._starts = map(_read_only, (task.corpus.tokens, task.corpus.document_starts))
        self._keep, self._reach = _read_only(task.keep), len(task.weights[0])
        # Memory for the tokens of a segment with a window's reach on both sides, for a batch, and for each thread.
        room = min(segment, len(self._tokens)) + 2 * self._reach
        self._kept = np.empty(room, np.int32), np.empty(room, np.int64), np.empty(room, np.int64)
        k, L = task.settings.negatives, self._reach
        slots = [batches.AHEAD + 1] * self.threads if task.settings.lock_free else [self.batch]
        self._slots = [slots_for(size, L, k) for size in slots]
        self._scratch = [scratch_for(weights.stride, L, k) for _ in range(self.threads)]

    def __enter__(self) -> Workers:
        self._pool = ThreadPoolExecutor(self.threads)
        # Kernels wait for each other, so every thread has to exist before the first one starts.
        barrier = Barrier(self.threads)
        for future in [self._pool.submit(barrier.wait) for _ in range(self.threads)]:
            future.result()
        return self

    def __exit__(self, *error: Any) -> None:
        self._pool.shutdown()

    @property
    def segments(self) -> int:
        """Into how many stretches an epoch is cut: by the corpus alone."""
        return -(-len(self._tokens) // self.segment)

    def gather(self, epoch: int, segment: int) -> tuple[Text, int, int]:
        """The tokens of a segment that stay, and which of them are centers: from, to."""
        from ...kernels.centers import Text
        from ...kernels.sampling import gather

        N, key = len(self._tokens), key_of(self.task.settings.seed, epoch)
        first, last = segment * self.segment, min(N, (segment + 1) * self.segment)
        keep, closed = self._keep, self.task.settings.closed_gaps
        n, begin, end = gather(self._tokens, self._starts, first, last, keep, key, self._reach, closed, *self._kept)
        return Text(*self._kept, n, key, float(epoch) * N), begin, end

    def train(self, text: Text, first: int, last: int) -> None:
        """Train centers first … last - 1 of a segment, which are whole batches or end it."""
        self.sums[:] = 0
        if last > first:
            self._train(text, first, last)

    def _together(self, text: Text, first: int, last: int) -> None:
        """Train batch after batch, threads waiting for each other: the same bits for any number of them."""
        # Where other programs keep the processors busy, one thread may be faster than threads that wait.
        threads, begun = self._pace.choose(), time.perf_counter()
        meeting, (slots,) = np.zeros(16, np.int64), self._slots

        def part(thread: int) -> None:
            self._kernels.train_batches(
                thread, threads, self._model, text, first, last, self.batch, slots, self._scratch[thread], meeting,
                self.sums,
            )  # fmt: skip

        self._all(part, threads)
        if last - first >= MEASURABLE:
            self._pace.record(threads, (last - first) / (time.perf_counter() - begun))

    def _freely(self, text: Text, first: int, last: int) -> None:
        """Train without waiting: threads take the next centers as they come, each with sums of its own."""
        meeting, sums = np.zeros(16, np.int64), np.zeros((self.threads, 8))

        def part(thread: int) -> None:
            self._kernels.train_freely(
                self._model, text, first, last, self._slots[thread], self._scratch[thread], meeting, sums[thread]
            )

        self._all(part, self.threads)
        self.sums += sums[:, :3].sum(axis=0)

    def _all(self, part: Callable[[int], None], n: int) -> None:
        for future in [self._pool.submit(part, thread) for thread in range(n)]:
            future.result()


class Pace:
    """Whether all threads or one alone is faster at present, by trying; no bit depends on the choice."""

    def __init__(self, most: int) -> None:
        self._most, self._speed, self._calls = most, dict.fromkeys((most, 1), float("inf")), 0

    def choose(self) -> int:
        """How many threads to use next: those that were faster, and now and then the others."""
        faster = max(self._speed, key=lambda threads: (self._speed[threads], threads))
        slower = 1 if faster == self._most else self._most
        return slower if self._calls % LOOK_AGAIN == LOOK_AGAIN - 1 else faster

    def record(self, n: int, speed: float) -> None:
        """Record how fast so many threads were."""
        self._speed[n] = speed
        self._calls += 1


def worth_using(task: Task, stride: int, worth_waiting: float) -> int:
    """As many of the threads as have enough to do between two waits; no bit depends on it."""
    threads = thread_count()
    if task.settings.lock_free:
        return threads
    numerators, denominator = task.weights
    contexts = 1 if task.row.is_mean else 2 * float(numerators.sum()) / denominator
    work = 3.0 * task.batch * contexts * (1 + task.settings.negatives) * stride
    return int(max(1, min(threads, work / worth_waiting)))


def key_of(seed: int, epoch: int) -> int:
    """The key of an epoch's draws, in 0 … 2^63 - 1."""
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)[0] >> np.uint64(1))


def model_of(task: Task, weights: Weights) -> Any:
    """The kernels' view of a task."""
    from ...kernels.centers import LOGISTIC, QUADRATIC, Model
    from ...kernels.sampling import alias_table

    settings, (numerators, denominator) = task.settings, task.weights
    loss = {"logistic": LOGISTIC, "quadratic": QUADRATIC}[task.row.loss]
    pairs: list[Any] = [np.zeros(0, kind) for kind in (np.int64, np.int32, np.int32, float, float, float)]
    if task.counts is not None:
        C = task.counts.counts
        pairs = [C.indptr.astype(np.int64), C.indices, C.data, task.pair_share, task.pair_marginal, task.noise]
    limits, alias, numerators, *pairs = map(_read_only, (*alias_table(task.noise), numerators, *pairs))
    return Model(
        weights.W, weights.U, weights.stride, task.row.is_mean, loss, task.reweighted, settings.negatives,
        limits, alias, settings.skip_center, numerators, denominator, settings.sampled_windows, task.learning_rate,
        task.final_learning_rate, float(settings.epochs) * len(task.corpus), *pairs,
    )  # fmt: skip


def _read_only(array: np.ndarray) -> np.ndarray:
    """A read-only view, as those of stages are: kernels are compiled for each kind of array anew."""
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


def slots_for(size: int, L: int, k: int) -> Any:
    """Room for ``size`` centers."""
    from ...kernels.centers import Slots

    whole = [np.zeros(size, np.int64) for _ in range(3)]
    outputs, g = np.zeros((size, 1 + k), np.int64), np.zeros((size, 2 * L * (1 + k)), np.float32)
    return Slots(whole[0], whole[1], outputs, whole[2], g, np.zeros(size), np.zeros(size))


def scratch_for(stride: int, L: int, k: int) -> Any:
    """Room for one thread."""
    from ...kernels.centers import Scratch
    from ...kernels.llvm import LANES

    moves = np.zeros((2 * L + k + 6) * LANES, np.float32)
    contexts, outputs = np.zeros(2 * L + 2, np.int64), np.zeros(k + 4, np.int64)
    return Scratch(contexts, outputs, np.zeros(stride, np.float32), moves)
