"""The spool: token ids of a stream, kept until the vocabulary is known; many of them in a file without a name."""

from __future__ import annotations

from typing import IO

import numpy as np

from ..core.parallel import ordered_map
from ..core.resources import block_size, current
from ..text.batches import Batch
from ..text.documents import Documents
from .lexicon import Lexicon

IN_MEMORY = 1 << 26  # tokens; pages of memory come several times as fast as pages of a file
SEGMENT = 1 << 20  # tokens renumbered at a time


class DocumentEnds:
    """Where documents end in a stream whose batches may break a document, and where in which file they begin.

    A document without tokens keeps its number where documents are rows; blank lines of a text are none.
    """

    def __init__(self) -> None:
        self._parts = [np.zeros(1, np.int64)]
        self._at = 0
        self._lines: list[np.ndarray] | None = []  # None where they are not known
        self._of_file: dict[int, int] = {}  # documents
        self._open: int | None = None  # the line in which one begins that goes on
        self._rows = (-1, 0)  # a file, and how many rows of it there were

    def add(self, batch: Batch) -> None:
        """Take the lengths of a batch's documents, of which the last may go on in the next batch."""
        ends = self._at + np.cumsum(batch.lengths)
        is_one = np.ones(len(ends), bool)
        if not batch.are_rows:
            is_one = np.diff(ends, prepend=self._parts[-1][-1]) > 0
            is_one[len(ends) - batch.goes_on :] = False
        self._add_origins(batch, is_one)
        self._at += int(batch.lengths.sum())
        if is_one.any():
            self._parts.append(ends[is_one])

    def _add_origins(self, batch: Batch, is_one: np.ndarray) -> None:
        """Take the file and the lines of the documents that end in a batch."""
        self._of_file[batch.file] = self._of_file.get(batch.file, 0) + int(is_one.sum())
        lines = batch.lines
        if batch.are_rows:
            before = self._rows[1] if self._rows[0] == batch.file else 0
            lines = before + 1 + np.arange(len(is_one))
            self._rows = batch.file, before + len(is_one)
        elif batch.ends_file:
            lines = np.zeros(1, np.int64)
        if lines is None or self._lines is None:
            self._lines = None
            return
        if self._open is not None:
            lines = np.concatenate([[self._open], lines[1:]])
        self._open = int(lines[-1]) if batch.goes_on else None
        self._lines.append(lines[is_one])

    def origins(self) -> dict[str, np.ndarray]:
        """Where the documents of each file begin among all, and the line of it in which each begins, if known."""
        if min(self._of_file, default=-1) < 0:
            return {}
        files = max(self._of_file) + 1
        starts = np.cumsum([0, *(self._of_file.get(file, 0) for file in range(files))])
        if self._lines is None:
            return {"file_starts": starts}
        return {"file_starts": starts, "lines": np.concatenate(self._lines).astype(np.int32)}

    def starts(self) -> np.ndarray:
        """(D + 1,) int64, where each document starts, and the end of the last."""
        left = [self._at] if self._at > self._parts[-1][-1] else []  # of a document that no batch ended
        return np.concatenate([*self._parts, np.array(left, np.int64)])


class Spool:
    """Token ids end to end: in memory as long as they are few, then in ``file``."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        memory = current().memory
        room = IN_MEMORY if memory is None else min(IN_MEMORY, int(memory) // 16)  # 4 bytes a token: a quarter
        self._memory: np.ndarray | None = np.empty(room, np.int32)  # what is not written to takes no memory
        self._n = 0

    def add(self, ids: np.ndarray, numbers: np.ndarray) -> None:
        """Put ``numbers`` (types,) of ``ids`` (n,) at the end."""
        from ..kernels.tokens import renumber

        if self._memory is not None and self._n + len(ids) > len(self._memory):
            self._file.write(self._memory[: self._n].data)
            self._memory = None
        if self._memory is not None:
            renumber(ids, numbers, self._memory[self._n : self._n + len(ids)])
        else:
            made = np.empty(len(ids), np.int32)
            renumber(ids, numbers, made)
            self._file.write(made.data)
        self._n += len(ids)

    def renumbered(self, numbers: np.ndarray) -> np.ndarray:
        """(N,) int32 ``numbers`` of all; of a long stream mapped from the file."""
        from ..kernels.tokens import renumber

        tokens = self._memory
        if tokens is None:
            self._file.flush()
            tokens = np.memmap(self._file, np.int32, "r+", shape=(self._n,))
        else:
            tokens.resize(self._n, refcheck=False)

        def change(segment: np.ndarray) -> None:
            renumber(segment, numbers, segment)

        size = block_size(SEGMENT)
        for _ in ordered_map(change, (tokens[start : start + size] for start in range(0, self._n, size))):
            pass
        return tokens


def fill(spool: Spool, documents: Documents) -> tuple[Lexicon, DocumentEnds]:
    """Put the lexicon's number of every token on ``spool``; the lexicon, and the ends of documents."""
    lexicon, ends = Lexicon(), DocumentEnds()
    for batch in documents.batches():
        spool.add(batch.ids, lexicon.add(batch.types, batch.counts))
        ends.add(batch)
    return lexicon, ends
