"""Threads: work cut into fixed pieces, results in the order of the pieces; no answer depends on their number."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import TypeVar

from .errors import InputError

Item = TypeVar("Item")
Result = TypeVar("Result")


def thread_count(threads: int | None = None) -> int:
    """``threads``, or as many as this process may use."""
    if threads is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if threads < 1:
        raise InputError(f"threads must be at least 1, got {threads}")
    return threads


def ordered_map(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int | None = None, *, ahead: int = 2
) -> Iterator[Result]:
    """Results of ``function`` in the order of ``items``, computed by threads.

    At most ``threads + ahead`` results wait at a time, so a long stream needs little memory.  ``items`` is
    read in the caller's thread.  The functions worth calling release the interpreter's lock (Arrow, NumPy, numba).

    Examples
    --------
    >>> list(ordered_map(abs, [-1, -2, 3], threads=2))
    [1, 2, 3]
    """
    workers = thread_count(threads)
    if workers == 1:
        yield from map(function, items)
        return
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) >= workers + ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def import_beside(*modules: str) -> None:
    """Begin to import modules in a thread of its own, for a caller who first does something else and needs them soon.

    What cannot be imported says so where it is used.
    """

    def work() -> None:
        for module in modules:
            with suppress(Exception):
                import_module(module)

    threading.Thread(target=work, daemon=True).start()


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Inside, BLAS uses one thread: we cut the work ourselves, and its sums must not depend on its threads."""
    import scipy.linalg  # noqa: F401 - it has a BLAS of its own: loaded inside, it would escape the limit
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield
