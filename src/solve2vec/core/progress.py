"""Progress: long work says how far it is; who listens is decided at the door (silent by default)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Protocol

Advance = Callable[..., None]  # the work done since the last call, and how it goes, such as "loss 2.31"


class Reporter(Protocol):
    """Shows tasks to a person."""

    def task(self, name: str, total: float | None) -> AbstractContextManager[Advance]:
        """Open a task; the function it gives takes the work done since the last call, and a word on how it goes."""

    def note(self, message: str) -> None:
        """Say one line."""


class Silence:
    """The reporter of a library: nothing is shown."""

    @contextmanager
    def task(self, name: str, total: float | None) -> Iterator[Advance]:
        """Run the task, showing nothing."""
        yield lambda amount, how="": None

    def note(self, message: str) -> None:
        """Say nothing."""


_reporter: ContextVar[Reporter] = ContextVar("reporter", default=Silence())  # noqa: B039 - it has no state


def task(name: str, total: float | None = None) -> AbstractContextManager[Advance]:
    """Open a task with the present reporter.

    Examples
    --------
    >>> with task("counting", total=3) as advance:
    ...     advance(3)
    """
    return _reporter.get().task(name, total)


def note(message: str) -> None:
    """Say one line through the present reporter."""
    _reporter.get().note(message)


@contextmanager
def reported_to(reporter: Reporter) -> Iterator[None]:
    """Send the progress of everything inside the block to ``reporter``."""
    token = _reporter.set(reporter)
    try:
        yield
    finally:
        _reporter.reset(token)
