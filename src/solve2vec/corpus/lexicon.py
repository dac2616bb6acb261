"""The lexicon: every distinct token met so far, numbered in order of appearance, and how often it was met.

A token costs its letters and some 60 bytes, half of what a Python dictionary takes.
"""

from __future__ import annotations

import numpy as np

from ..core import storage
from ..linalg.search import largest
from ..text.words import Numbering, Words


class Lexicon:
    """Grows by batches of types."""

    def __init__(self) -> None:
        self._numbering = Numbering()
        self._counts = np.zeros(0, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._numbering)

    @property
    def words(self) -> Words:
        """The tokens by their numbers."""
        return self._numbering.words()

    @property
    def counts(self) -> np.ndarray:
        """(n,) int64, how often each was met."""
        return self._counts[: len(self)]

    @property
    def is_word(self) -> np.ndarray:
        """(n,) bool: all but the empty token, which holds a place in a document and is never given a row."""
        return np.diff(self.words.ends) > 0

    def add(self, types: Words, counts: np.ndarray) -> np.ndarray:
        """Take in a batch: its tokens in the order in which they appear, and how often each does.

        Returns
        -------
        numbers : (types,) int32
            The lexicon's number of each type.
        """
        numbers = self._numbering.add(types)
        if len(self) > len(self._counts):
            longer = np.zeros(max(len(self), 2 * len(self._counts)), np.int64)
            longer[: len(self._counts)] = self._counts
            self._counts = longer
        np.add.at(self._counts, numbers, counts)  # a type may come twice
        return numbers

    def places_in(self, words: Words) -> np.ndarray:
        """(n,) int32, the place of each token in ``words``; ``len(words)`` if it is not there."""
        numbers = self._numbering.copy().add(words)  # beyond len(self) for those never met
        places = np.full(len(self) + len(words), len(words), np.int32)
        places[numbers[::-1]] = np.arange(len(words) - 1, -1, -1)  # the first place of a word that stands twice
        return places[: len(self)]

    def ranked(self, min_count: int, max_vocab: int | None) -> np.ndarray:
        """(V,) numbers of the words seen at least ``min_count`` times, by falling count, then by spelling."""
        counts = self.counts
        kept = np.flatnonzero((counts >= min_count) & self.is_word)
        if max_vocab is not None and len(kept) > max_vocab:
            least = np.partition(counts[kept], len(kept) - max_vocab)[len(kept) - max_vocab]
            above = kept[counts[kept] > least]
            equal = self._numbering.early(kept[counts[kept] == least], max_vocab - len(above))
            kept = np.concatenate([above, equal])
        kept = self._numbering.spelled(kept)
        return kept[np.argsort(-counts[kept], kind="stable")][:max_vocab]

    def most_frequent(self, numbers: np.ndarray, size: int) -> np.ndarray:
        """The ``size`` most frequent among ``numbers``; equal ones as they first appeared."""
        return numbers[largest(self.counts[numbers], size)]

    def lines(self, numbers: np.ndarray) -> np.ndarray | None:
        """(bytes,) uint8, a line for each of ``numbers``: its token, a tab and its count; None without any."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if not len(numbers):
            return None
        words, counts = self.words.arrow(numbers), pa.array(self.counts[numbers]).cast(pa.large_string())
        text = words.buffers()[2].to_pybytes().decode()
        if storage.escape(text) != text:
            words = pa.array(map(storage.escape, words.to_pylist()), pa.large_string())
        tab, end, nothing = (pa.scalar(text, pa.large_string()) for text in ("\t", "\n", ""))
        lines = pc.binary_join_element_wise(pc.binary_join_element_wise(words, counts, tab), end, nothing)
        return np.frombuffer(lines.buffers()[2], np.uint8)
