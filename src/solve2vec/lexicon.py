"""The lexicon: every distinct token met so far, as Arrow strings, numbered in order of appearance.

A token costs its letters and some 20 bytes, a fifth of what a Python dictionary takes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import InputError

PENDING_TYPES = 4_000_000  # types that wait to be numbered; bounds the memory of a long stream


class Lexicon:
    """Grows by batches of types; :meth:`fold` numbers what is pending."""

    def __init__(self) -> None:
        import pyarrow as pa

        self.words: Any = pa.array([], pa.large_string())
        self.counts = np.zeros(0, dtype=np.int64)
        self._types: list[Any] = []
        self._type_counts: list[np.ndarray] = []
        self._pending = 0

    def add(self, types: Any, ids: np.ndarray) -> None:
        """Remember a batch: its distinct tokens and, for each token of its stream, which one it is."""
        self._types.append(types)
        self._type_counts.append(np.bincount(ids, minlength=len(types)))
        self._pending += len(types)

    @property
    def is_full(self) -> bool:
        """Whether so many types wait that it is time to :meth:`fold`."""
        return self._pending > PENDING_TYPES

    def fold(self) -> list[np.ndarray]:
        """Number the pending types; for each batch added since the last fold, the (types,) int32 numbers."""
        import pyarrow as pa

        if not self._types:
            return []
        parts = [self.words, *(types.cast(pa.large_string()) for types in self._types)]
        encoded = pa.concat_arrays(parts).dictionary_encode()
        if len(encoded.dictionary) >= 2**31:
            raise InputError("more than 2 billion distinct tokens: is this text?")
        numbers = encoded.indices.to_numpy(zero_copy_only=False)
        counts = np.zeros(len(encoded.dictionary), dtype=np.int64)
        counts[: len(self.counts)] = self.counts
        maps, at = [], len(self.words)
        for type_counts in self._type_counts:
            maps.append(numbers[at : at + len(type_counts)])
            counts[maps[-1]] += type_counts  # a batch names each type once
            at += len(type_counts)
        self.words, self.counts = encoded.dictionary, counts
        self._types, self._type_counts, self._pending = [], [], 0
        return maps

    def ranked(self, min_count: int, max_vocab: int | None) -> np.ndarray:
        """(V,) numbers of the tokens seen at least ``min_count`` times, by falling count, then by spelling."""
        import pyarrow as pa
        import pyarrow.compute as pc

        kept = np.flatnonzero(self.counts >= min_count)
        table = pa.table({"count": self.counts[kept], "word": self.words.take(pa.array(kept))})
        order = pc.sort_indices(table, sort_keys=[("count", "descending"), ("word", "ascending")])
        return kept[order.to_numpy()][:max_vocab]

    def most_frequent(self, numbers: np.ndarray, size: int) -> tuple[list[str], list[int]]:
        """Words and counts of the ``size`` most frequent among ``numbers``; equal ones as they first appeared."""
        import pyarrow as pa

        first = numbers[np.argsort(-self.counts[numbers], kind="stable")[:size]]
        return self.words.take(pa.array(first)).to_pylist(), self.counts[first].tolist()
