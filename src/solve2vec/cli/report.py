"""Reports: tables for people on a terminal, JSON for programs, progress on stderr for whoever waits."""

from __future__ import annotations

import json
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..core import progress
from ..core.printing import brief, printable
from ..core.stage import Stage
from ..run import Run

PATIENCE = 2.0  # seconds of work before progress is shown


def in_shell(argument: str) -> str:
    """An argument as it may be typed: a name with a space or a quote in it stays one.

    >>> print(in_shell("my runs"), in_shell("runs"))
    'my runs' runs
    """
    return shlex.quote(printable(argument))


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, right: Sequence[int] = (), title: str = "") -> None:
    """Print a table; words are shown as they are, never as markup."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    heading = Text(printable(title), style="bold") if title else None
    made = Table(box=box.SIMPLE_HEAD, title=heading, title_justify="left", pad_edge=False)
    for place, column in enumerate(columns):
        made.add_column(column, justify="right" if place in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(Text(printable(str(cell))) for cell in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=120)
    with console.capture() as captured:  # rich would leave the program by itself if nobody reads on
        console.print(made)
    print(captured.get(), end="")


def as_json(value: Any) -> None:
    """Print a value as JSON; numbers that are not finite become null."""
    any_letter = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(json.dumps(_plain(value), ensure_ascii=not any_letter, indent=1, allow_nan=False))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    return value if isinstance(value, (str, int, bool)) or value is None else str(value)


def made(stage: Stage, folder: Path, seconds: float, json_wanted: bool) -> None:
    """Say what stage was written, and where."""
    facts = {"stage": type(stage).__name__, "folder": str(folder), **stage.summary(), "seconds": round(seconds, 3)}
    if json_wanted:
        as_json(facts | {"fingerprint": stage.fingerprint})
    else:
        parts = ", ".join(f"{brief(value)} {name.replace('_', ' ')}" for name, value in stage.summary().items())
        print(f"{printable(str(folder))}: {type(stage).__name__}, {parts}")


def note_stale(run: Run, *made: str) -> None:
    """Name the stages of a run that are out of date after some were made anew, where there are any."""
    if stale := run.stale_after(*made):
        progress.note(
            f"in {printable(str(run.folder))}, made of stages that have been replaced since: {', '.join(stale)}; "
            "make them again in this order, or delete them"
        )


@contextmanager
def working(quiet: bool = False) -> Iterator[Stopwatch]:
    """Show the progress of what runs inside, and time its tasks."""
    watch = Stopwatch(show=not quiet and sys.stderr.isatty())
    with progress.reported_to(watch):
        try:
            yield watch
        finally:
            watch.close()


class Stopwatch:
    """Progress on stderr with remaining time, once something takes over two seconds; and the seconds of each task."""

    def __init__(self, show: bool) -> None:
        self._show = show
        self._bars: Any = None
        self._started = time.perf_counter()
        self.seconds: dict[str, float] = {}

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._started

    def note(self, message: str) -> None:
        """Say one line on stderr."""
        print(f"solve2vec: {printable(message)}", file=sys.stderr)

    @contextmanager
    def task(self, name: str, total: float | None) -> Iterator[progress.Advance]:
        """A task with a bar of its own."""
        begun, done, bar = time.perf_counter(), 0.0, None

        def advance(amount: float, how: str = "") -> None:
            nonlocal done, bar
            done += amount
            if self._show and bar is None and time.perf_counter() - self._started > PATIENCE:
                bar = self._open().add_task(name, total=total, completed=done, how=how)
            elif bar is not None:
                self._bars.update(bar, completed=done, how=how)

        try:
            yield advance
        finally:
            if bar is not None:
                self._bars.update(bar, completed=done, total=done)
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begun

    def _open(self) -> Any:
        if self._bars is None:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

            times, how = (TimeElapsedColumn(), TimeRemainingColumn()), TextColumn("{task.fields[how]}")
            columns = TextColumn("{task.description:<10}"), BarColumn(), *times, how
            self._bars = Progress(*columns, console=Console(stderr=True), transient=True)
            self._bars.start()
        return self._bars

    def close(self) -> None:
        """Take the bars away."""
        if self._bars is not None:
            self._bars.stop()
