"""Counting: one corpus to rows of counts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ..core import progress
from ..core.errors import InputError
from ..core.parallel import ordered_map
from ..core.resources import block_size
from .rows import INT32, collected, row_blocks_of
from .window import Window

if TYPE_CHECKING:
    from scipy import sparse

    from ..corpus.corpus import Corpus

Made = TypeVar("Made")
Value = Callable[[slice, np.ndarray, np.ndarray, np.ndarray], np.ndarray]  # rows, indptr, indices, counts → float32
PLACES = 2**32  # as many as postings can number
TOKENS = 1 << 20  # looked at at a time


class Rows:
    """The rows of a corpus's counts, made block by block, by any thread."""

    def __init__(self, corpus: Corpus, window: Window) -> None:
        V = len(corpus.vocabulary)
        starts, places, self._padded, self._count = prepare(corpus, window, np.append(np.arange(V), -1))
        self._corpus, self._window, self._V = corpus, window, V
        self._tokens = np.diff(starts) * (len(corpus) / max(1, len(places)))  # (V,) the share of each row in the work
        self._reach = reach(corpus, window, np.diff(starts))
        self.most = np.minimum(self._reach, V)  # (V,) pairs that a row may have

    def weights(self) -> np.ndarray:
        """(V,) int64, the sum of each row, without counting it; not for windows as long as documents."""
        from ..kernels import counting

        tokens, document_starts = np.asarray(self._corpus.tokens), np.asarray(self._corpus.document_starts)
        around, beyond = _tables(self._window)
        total, size = np.zeros(self._V + 1, np.int64), block_size(TOKENS)

        def part(first: int) -> np.ndarray:
            document, last = np.searchsorted(document_starts, first, "right") - 1, min(first + size, len(tokens))
            return counting.window_weights(tokens, document_starts, around, beyond, document, first, last, self._V)

        for sums in ordered_map(part, range(0, len(tokens), size)):
            total += sums
        return total[:-1]

    def shared_weights(self, shares: np.ndarray) -> np.ndarray:
        """(V,) int64, Σ_j C_ij shares_j for whole numbers (V,), without counting; not for whole documents."""
        from ..kernels import counting

        known = np.concatenate([shares, np.zeros(counting.SPREAD, np.int64)])
        padded, numerators, total, size = (
            self._padded,
            self._window.numerators,
            np.zeros_like(known),
            block_size(TOKENS),
        )

        def part(first: int) -> np.ndarray:
            return counting.shared_weights(padded, numerators, known, first, min(first + size, len(padded)))

        for sums in ordered_map(part, range(0, len(padded), size)):
            total += sums
        return total[: self._V]

    def collected(self, limit: int, advance: Callable[[float], None], value: Value | None = None) -> sparse.csr_array:
        """All rows, or what ``value`` makes of each block's counts, which are then forgotten where they were made."""
        blocks = row_blocks_of(self.most)

        def block(
            rows: slice, indptr: np.ndarray, indices: np.ndarray, counts: np.ndarray
        ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            values = counts.astype(dtype) if value is None else value(rows, indptr, indices, counts)
            return np.diff(indptr), indices.copy(), values

        dtype = np.float32 if value is not None else self._narrowest()
        results = self.each(blocks, block, advance)
        return collected(results, self._V, int(self.most.sum()), dtype, limit)

    def each(
        self,
        blocks: list[tuple[int, int]],
        made: Callable[[slice, np.ndarray, np.ndarray, np.ndarray], Made],
        advance: Callable[[float], None],
    ) -> Iterator[Made]:
        """What ``made`` makes of the rows, indptr, indices and counts of each block (first row, last + 1), in order.

        The arrays are those of the next block as soon as it returns.
        """
        room = Workroom(max((int(self.most[first:last].sum()) for first, last in blocks), default=0), self._V)
        return each_block(self._count, blocks, room, made, self._tokens, advance)

    def _narrowest(self) -> Any:
        """int64 where all neighbors of a word, were they one, could weigh more than int32 holds."""
        numerators = self._window.numerators
        heaviest = int(self._reach.max(initial=0)) * int(numerators.sum()) // len(numerators)
        return np.int64 if heaviest > INT32 else np.int32


def each_block(
    count: Callable[..., int],
    blocks: list[tuple[int, int]],
    room: Workroom,
    made: Callable[[slice, np.ndarray, np.ndarray, np.ndarray], Made],
    work: np.ndarray,
    advance: Callable[[float], None],
) -> Iterator[Made]:
    """What ``made`` makes of each block that the kernel ``count`` has counted, in order; ``work`` is that of a row."""

    def block(edges: tuple[int, int]) -> Made:
        first, last = edges
        sums, indices, data = room.sums, room.indices, room.counts
        indptr = np.zeros(last - first + 1, np.int64)
        used = count(first, last, sums, indptr, indices, data)
        return made(slice(first, last), indptr, indices[:used], data[:used])

    for result, (first, last) in zip(ordered_map(block, blocks), blocks, strict=True):
        advance(float(work[first:last].sum()))
        yield result


def _tables(window: Window) -> tuple[np.ndarray, np.ndarray]:
    """(2 L + 1,) int32, the weights of a window, and (2, L) those outside it for the first and last L places."""
    numerators = window.numerators.astype(np.int32)
    outside = numerators[::-1].cumsum(dtype=np.int32)
    return np.concatenate([numerators[::-1], [np.int32(0)], numerators]), np.stack([outside[::-1], outside])


class Workroom(threading.local):
    """What a thread counts in, kept from block to block: fresh memory is dear.

    Sums are int64 everywhere: narrower ones gain nothing, and each kernel would be compiled twice.
    """

    def __init__(self, room: int, V: int) -> None:
        from ..kernels.counting import accumulator

        self.sums = accumulator(V)
        self.indices, self.counts = np.empty(room, np.int32), np.empty(room, np.int64)


def prepare(
    corpus: Corpus, window: Window, row_of: np.ndarray, most: int = PLACES
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Callable[..., int]]:
    """Positions of each row's word, the padded tokens that they are in, and the kernel that counts rows from them."""
    from ..kernels import counting

    _announce(counting.document_rows if window.is_document else counting.window_rows)
    V, document_starts = len(corpus.vocabulary), np.asarray(corpus.document_starts)
    starts, places, padded = padded_places(corpus, 0 if window.is_document else int(window.size), row_of, most)
    if window.is_document:
        document_of = counting.document_of_positions(document_starts)
        rows = partial(counting.document_rows, padded, V, document_starts, document_of, starts, places)
    else:
        rows = partial(counting.window_rows, padded, V, starts, places, window.numerators)
    return starts, places, padded, rows


def padded_places(
    corpus: Corpus, margin: int, row_of: np.ndarray, most: int = PLACES
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions of each row's word in the tokens, which have ``margin`` unknown ones around each document."""
    from ..kernels import counting

    V, n_rows = len(corpus.vocabulary), int(row_of.max()) + 1
    tokens, document_starts = np.asarray(corpus.tokens), np.asarray(corpus.document_starts)
    if (n := len(tokens) + margin * len(document_starts)) > most:
        raise InputError(
            f"{n:,} places are more than can be numbered ({most:,}): cut long documents, or count one part at a time"
        )
    padded = np.empty(n, np.uint16 if V + counting.SPREAD <= 1 << 16 else np.uint32)
    return (*counting.postings(tokens, document_starts, row_of, n_rows, margin, padded), padded)


def _announce(kernel: Any) -> None:
    """Say that a kernel is about to be compiled, if no earlier run left it in the cache."""
    stats = getattr(kernel, "stats", None)  # absent where compilation is switched off
    if stats is None or sum(stats.cache_hits.values()) or kernel.signatures:
        return
    if not any(Path(stats.cache_path).glob(f"*.{kernel.__name__}-*.nbi")):
        _note_compiling()


@cache
def _note_compiling() -> None:
    progress.note("compiling kernels for this machine: a few seconds, this once")


def reach(corpus: Corpus, window: Window, occurrences: np.ndarray) -> np.ndarray:
    """(V,) int64, how many neighbors a word has at most, over all its places."""
    if not window.is_document:
        return 2 * int(window.size) * occurrences
    starts = np.asarray(corpus.document_starts)
    others, reach = np.diff(starts) - 1, np.zeros(len(corpus.vocabulary) + 1)
    size = block_size(TOKENS)
    for at in range(0, len(corpus), size):
        tokens = corpus.tokens[at : at + size]
        first, last = np.searchsorted(starts, [at, at + len(tokens)], side="right") - [1, 0]
        shares = np.diff(np.clip(starts[first : last + 1], at, at + len(tokens)))  # tokens of each document here
        reach += np.bincount(tokens, np.repeat(others[first:last], shares), minlength=len(reach))
    return reach[:-1].astype(np.int64)
