"""Planning: what a count would take, and into how many parts to cut it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..core import progress
from ..core.errors import InputError, require_positive
from ..core.resources import block_size, memory_limit, readable, thread_count, with_resources
from .counting import PLACES, prepare, reach
from .rows import ROOM
from .window import Window

if TYPE_CHECKING:
    from ..corpus.corpus import Corpus

LONG = 3e9  # additions of a count that is worth an estimate: some ten seconds
ADDITIONS = 3e8  # a second and thread, about


def planned(corpus: Corpus, window: Window, shards: int | None) -> tuple[int, int]:
    """The limit in bytes, and into how many parts to cut the corpus: as many as asked for, or as memory needs."""
    if shards is not None:
        require_positive(shards=shards)
    limit = memory_limit()
    return limit, max(shards or 1, parts_needed(corpus, window, limit))


def parts_needed(corpus: Corpus, window: Window, limit: int, places: int = PLACES) -> int:
    """Into how many parts to cut a corpus so that each is counted within ``limit`` bytes, in so many ``places``."""
    V, threads = len(corpus.vocabulary), thread_count()
    margin = 0 if window.is_document else int(window.size)
    fixed = threads * (12 * V + 16 * max(block_size(ROOM), V)) + 64 * V
    text = 16 * len(corpus) + 4 * margin * corpus.n_documents
    least = fixed + text // max(1, corpus.n_documents)  # one document at a time
    if limit <= least:
        raise InputError(
            f"counting {V:,} words on {threads} threads needs at least {least // 10**6 + 1:,} MB, "
            f"memory is {readable(limit)}: raise it, or use fewer threads, fewer words or shorter documents"
        )
    too_long = (len(corpus) + margin * corpus.n_documents) // (places - 2**20) + 1
    return min(max(1, corpus.n_documents), max(int(np.ceil(text / (limit - fixed))), too_long))


@dataclass(frozen=True)
class Estimate:
    """What a count would take: distinct pairs, bytes of scratch and result, seconds."""

    pairs: int
    bytes: int
    seconds: float

    def __str__(self) -> str:
        return f"about {self.pairs:,} pairs, {readable(self.bytes)} on disk, {self.seconds:.0f} s"

    def as_json(self) -> dict[str, float]:
        """As plain values."""
        return {"pairs": self.pairs, "bytes": self.bytes, "seconds": round(self.seconds, 1)}


@with_resources
def estimate(
    corpus: Corpus,
    window: Window = Window(),  # noqa: B008 - frozen
    *,
    threads: int | None = None,
    rows: int = 48,
) -> Estimate:
    """What :func:`count` would take, from counting ``rows`` words spread over all frequencies.

    The number of contexts of a word, and the time it takes, are smooth functions of its rank; both are
    interpolated between the counted ranks on logarithmic axes.
    """
    from ..kernels.counting import accumulator

    V = len(corpus.vocabulary)
    ranks = np.unique(np.geomspace(1, V, rows).astype(int)) - 1
    row_of = np.full(V + 1, -1)
    row_of[ranks] = np.arange(len(ranks))
    begun = time.perf_counter()
    *_, kernel = prepare(corpus, window, row_of)
    preparing = time.perf_counter() - begun
    room = int(min(V, reach(corpus, window, np.bincount(corpus.tokens, minlength=V + 1)[:-1])[ranks].max(initial=1)))
    pairs, seconds = np.ones(len(ranks)), np.full(len(ranks), 1e-9)
    for row in (0, *range(len(ranks))):  # the first twice: it may have to be compiled
        sums, indptr = accumulator(V), np.zeros(2, np.int64)
        begun = time.perf_counter()
        used = kernel(row, row + 1, sums, indptr, np.empty(room, np.int32), np.empty(room, np.int64))
        pairs[row], seconds[row] = max(1, used), time.perf_counter() - begun
    total, work = (_summed_over_ranks(ranks, values, V) for values in (pairs, seconds))
    return Estimate(int(total), int(total) * 12, preparing + work / thread_count())


def _summed_over_ranks(ranks: np.ndarray, values: np.ndarray, V: int) -> float:
    return float(np.exp(np.interp(np.log(np.arange(1, V + 1)), np.log(ranks + 1), np.log(values))).sum())


def announce_cost(corpus: Corpus, window: Window, parts: int, long: float = LONG) -> None:
    """Say before a count of ``long`` additions or more what it will take; nothing before a short one."""
    lengths = np.diff(corpus.document_starts).astype(np.float64)
    additions = float(lengths @ lengths) if window.is_document else 2.0 * int(window.size) * len(corpus)
    if additions < long:
        return
    if window.is_document:  # a frequent word's row alone may be long: no sampling
        seconds = additions / ADDITIONS / thread_count()
        progress.note(f"every pair of places in {len(lengths):,} documents: about {seconds:,.0f} s")
        return
    one = estimate(corpus.shard(0, parts), window)
    more = f", and more in {parts} parts" if parts > 1 else ""
    seconds = parts * one.seconds
    pairs = f"about {one.pairs:,} pairs, {readable(one.bytes)}{more}"
    progress.note(f"counting {len(corpus):,} tokens: {pairs}; about {seconds:,.0f} s")
