"""The spool: token ids of a stream, kept in a file without a name until the vocabulary is known."""

from __future__ import annotations

from typing import IO

import numpy as np

from .lexicon import Lexicon
from .parallel import ordered_map
from .text.documents import Documents

SEGMENT = 1 << 20  # tokens renumbered at a time


class DocumentEnds:
    """Where documents end in a stream whose batches may break a document; empty documents are dropped."""

    def __init__(self) -> None:
        self._parts = [np.zeros(1, np.int64)]
        self._at = 0

    def add(self, lengths: np.ndarray, goes_on: bool) -> None:
        """Take the lengths of a batch's documents, of which the last may go on in the next batch."""
        ends = self._at + np.cumsum(lengths)
        self._at = int(ends[-1]) if len(ends) else self._at
        self._parts.append(ends[:-1] if goes_on else ends)

    def starts(self) -> np.ndarray:
        """(D + 1,) int64, where each document starts, and the end of the last."""
        return np.unique(np.concatenate([*self._parts, [self._at]]))


def fill(spool: IO[bytes], documents: Documents, threads: int | None) -> tuple[Lexicon, np.ndarray]:
    """Write the lexicon's number of every token to ``spool``; the lexicon, and (D + 1,) document starts."""
    lexicon, ends = Lexicon(), DocumentEnds()
    waiting: list[tuple[int, int]] = []
    at = 0
    for batch in documents.batches(threads):
        lexicon.add(batch.types, batch.ids)
        spool.write(batch.ids.astype(np.int32, copy=False).data)
        waiting.append((at, at + len(batch.ids)))
        at += len(batch.ids)
        ends.add(batch.lengths, batch.goes_on)
        if lexicon.is_full:
            _fold(lexicon, waiting, spool, threads)
            waiting = []
    _fold(lexicon, waiting, spool, threads)
    return lexicon, ends.starts()


def _fold(lexicon: Lexicon, waiting: list[tuple[int, int]], spool: IO[bytes], threads: int | None) -> None:
    """Renumber what was spooled since the last fold from each batch's numbers to the lexicon's."""
    spool.flush()
    maps = lexicon.fold()
    if waiting and waiting[-1][1] > waiting[0][0]:
        first = waiting[0][0]
        tokens = np.memmap(spool, np.int32, "r+", offset=4 * first, shape=(waiting[-1][1] - first,))
        work = [(start - first, end - first, numbers) for (start, end), numbers in zip(waiting, maps, strict=True)]
        _renumber(tokens, work, threads)
        spool.seek(0, 2)  # NumPy does not say where it leaves the place to write


def renumber_all(spool: IO[bytes], rank: np.ndarray, threads: int | None) -> np.ndarray:
    """(N,) int32 token ids, mapped from ``spool``: ``rank`` of each of the lexicon's numbers."""
    n = spool.seek(0, 2) // 4
    tokens = np.memmap(spool, np.int32, "r+", shape=(n,))
    _renumber(tokens, [(start, min(n, start + SEGMENT), rank) for start in range(0, n, SEGMENT)], threads)
    return tokens


def _renumber(tokens: np.ndarray, work: list[tuple[int, int, np.ndarray]], threads: int | None) -> None:
    def renumber(piece: tuple[int, int, np.ndarray]) -> None:
        start, end, numbers = piece
        if end > start:
            tokens[start:end] = numbers[tokens[start:end]]

    for _ in ordered_map(renumber, work, threads):
        pass
