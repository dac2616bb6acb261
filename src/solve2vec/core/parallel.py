"""Threads: work cut into fixed pieces, results in the order of the pieces; no answer depends on their number."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib import import_module
from typing import TypeVar

from . import resources

Item = TypeVar("Item")
Result = TypeVar("Result")


@contextmanager
def thread_pool(workers: int) -> Iterator[Executor]:
    """A pool of threads.  What runs in it may use one thread itself, and otherwise what its maker may."""
    inside = replace(resources.current(), threads=1)
    with ThreadPoolExecutor(workers, initializer=resources.settle, initargs=(inside,)) as pool:
        yield pool


def ordered_map(function: Callable[[Item], Result], items: Iterable[Item], *, ahead: int = 2) -> Iterator[Result]:
    """Results of ``function`` in the order of ``items``, computed by as many threads as there may be now.

    At most so many results and ``ahead`` wait at a time, so a long stream needs little memory.  ``items`` is
    read in the caller's thread.  The functions worth calling release the interpreter's lock (Arrow, NumPy, numba).

    Examples
    --------
    >>> with resources.using(threads=2):
    ...     list(ordered_map(abs, [-1, -2, 3]))
    [1, 2, 3]
    """
    workers = resources.thread_count()
    if workers == 1:
        yield from map(function, items)
        return
    waiting: deque[Future[Result]] = deque()
    with thread_pool(workers) as pool:
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
