"""Plain text: its pieces, which white space or bytes outside the pattern separate, numbered in one pass over it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from ..kernels import SPARE
from .words import Numbering, Words


class Workspace:
    """What one thread works with, kept from piece to piece: new memory costs more than the work itself."""

    def __init__(self) -> None:
        self._numbering = Numbering()
        self._changed = np.empty(0, np.uint8)
        self._edges = np.empty(0, np.int32)

    def split(self, text: bytes, n_lines: int, table: bytes) -> tuple[Words, np.ndarray, np.ndarray]:
        """Number the pieces of a text.

        Parameters
        ----------
        text : bytes
        n_lines : int
            Ends of lines in it.
        table : bytes
            What each byte becomes; a space is not part of a piece.

        Returns
        -------
        types : Words
            Every distinct piece, in order of appearance, in memory of this bench.
        pieces : (n,) int32
            The place in ``types`` of each piece.
        line_ends : (lines,) int64
            How many pieces end before each line does; what follows the last end is one line more, if it is anything.
        """
        from ..kernels.tokens import NEWLINE, find_edges

        becomes = np.frombuffer(table, np.uint8).copy()
        becomes[NEWLINE] = NEWLINE
        if len(self._changed) < len(text) + SPARE:
            self._changed = np.empty(len(text) + SPARE, np.uint8)
            self._edges = np.empty(len(text) + SPARE, np.int32)
        line_ends = np.empty(n_lines + 1, np.int64)
        n = find_edges(np.frombuffer(text, np.uint8), becomes, self._changed, self._edges, line_ends) // 2
        line_ends[n_lines] = n
        pieces = np.empty(n, np.int32)
        self._numbering.clear()
        self._numbering.take(self._changed, self._edges, pieces)
        return self._numbering.words(), pieces, line_ends[: n_lines + (not text.endswith(b"\n"))]


class Workspaces:
    """Benches for as many threads as ask at a time."""

    def __init__(self) -> None:
        self._idle: list[Workspace] = []

    @contextmanager
    def one(self) -> Iterator[Workspace]:
        """A bench that nobody else works at."""
        try:
            bench = self._idle.pop()
        except IndexError:
            bench = Workspace()
        yield bench
        self._idle.append(bench)
