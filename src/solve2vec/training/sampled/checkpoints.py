"""Checkpoints: a run's whole state in a folder, so that it goes on to the same bits after any interruption."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import InputError
from ...core.stage import Stage, is_stage

if TYPE_CHECKING:
    from .weights import Weights

MINUTES = 5.0  # at most between two checkpoints, besides those at the end of each epoch


class Interrupted(KeyboardInterrupt):
    """Someone asked to stop, and what there was is saved; the message says how to go on."""


@dataclass
class State:
    """Where a run is: all that changes besides the weights."""

    epoch: int = 0
    segment: int = 0  # the next one
    centers: int = 0
    rates: float = 0.0  # Σ η of all pairs
    epoch_sums: list[float] = field(default_factory=lambda: [0.0, 0.0])  # losses and weights of this epoch's pairs …
    recent_sums: list[float] = field(default_factory=lambda: [0.0, 0.0])  # … and of those since the last moment
    epoch_losses: list[float] = field(default_factory=list)
    seconds: float = 0.0
    rows: list[dict[str, Any]] = field(default_factory=list)  # the recorder's


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Checkpoint(Stage):
    """The weights and the state of an unfinished run, and what it was started with.

    Attributes
    ----------
    W, U : (V * stride,) float32
        As the kernels take them; no U where tied.
    state : dict
        The fields of ``State``.
    started : dict
        The description of the task and the fingerprints of what was given; a run goes on only with the same.
    """

    W: np.ndarray
    U: np.ndarray | None = None
    state: dict[str, Any]
    started: dict[str, Any]

    def summary(self) -> dict[str, Any]:
        """The model, the epochs done, and the epochs asked for."""
        done = {"epoch": self.state["epoch"], "of": self.started["epochs"], "centers": self.state["centers"]}
        return {"model": self.started["model"], **done}


class Keeper:
    """Saves and restores the state of one run in a folder; does nothing without one."""

    def __init__(
        self,
        folder: str | Path | None,
        started: dict[str, Any],
        *,
        minutes: float = MINUTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder = None if folder is None else Path(folder)
        self.started = started
        self.asked_to_stop: int | None = None  # the signal
        self._minutes, self._clock = minutes, clock
        self._saved = clock()

    @property
    def is_due(self) -> bool:
        """Whether the last save is long ago."""
        return self.folder is not None and self._clock() - self._saved > 60 * self._minutes

    def restore(self, weights: Weights) -> State:
        """The state of the run that the folder holds, its weights put into ``weights``; a new state if it holds none.

        Raises
        ------
        InputError
            If that run was started otherwise.
        """
        if self.folder is None or not is_stage(self.folder):
            return State()
        held = Checkpoint.load(self.folder)
        for name, now in self.started.items():
            if (then := held.started.get(name)) != now:
                raise InputError(
                    f"{self.folder} is a checkpoint of a run with {name}={then}, not {now}: go on with the same, or "
                    "delete that folder to begin anew"
                )
        weights.W[:] = held.W
        if held.U is not None:
            weights.U[:] = held.U
        state = State(**held.state)
        state.rows = [{name: _array(value) for name, value in row.items()} for row in state.rows]
        return state

    def save(self, weights: Weights, state: State) -> None:
        """Save, whole or not at all."""
        if self.folder is None:
            return
        plain = {f.name: getattr(state, f.name) for f in fields(state)}
        plain["rows"] = [{name: _list(value) for name, value in row.items()} for row in state.rows]
        U = None if weights.tied else weights.U
        Checkpoint(W=weights.W, U=U, state=plain, started=self.started).save(self.folder)
        self._saved = self._clock()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Inside, the first Ctrl-C or SIGTERM only asks to stop at the next whole state; a second one stops at once.

        What was ignored stays ignored, as in a job started with ``nohup`` or in the background of a script.
        """
        if self.folder is None or threading.current_thread() is not threading.main_thread():
            yield
            return
        held = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        before = {number: handler for number, handler in held.items() if handler not in (signal.SIG_IGN, None)}

        def ask(number: int, frame: Any) -> None:
            self.asked_to_stop = number
            for other, handler in before.items():
                signal.signal(other, handler)

        for number in before:
            signal.signal(number, ask)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def leave(self) -> None:
        """Stop as asked, after a save."""
        if self.asked_to_stop == signal.SIGTERM:
            raise SystemExit(128 + signal.SIGTERM)
        raise Interrupted(f"interrupted; what was learned is in {self.folder}: the same command goes on from there")


def _list(value: Any) -> Any:
    return {"array": value.tolist()} if isinstance(value, np.ndarray) else value


def _array(value: Any) -> Any:
    return np.array(value["array"]) if isinstance(value, dict) and "array" in value else value
