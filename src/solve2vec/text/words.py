"""Words: distinct tokens as flat arrays of letters, and what numbers them as they appear."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..core.errors import InputError
from ..kernels import SPARE

MOST = 2**31  # distinct tokens
REACH = 2**31 - 1  # letters of tokens that are numbered at a time
FEW = 1024  # tokens for which there is room from the start
_SEEDS = np.frombuffer(os.urandom(24), np.uint64) | np.uint64(1)  # no result depends on them: kernels/tokens.py


class Words:
    """Tokens in UTF-8, end to end: number k is ``letters[ends[k] : ends[k + 1]]``; ``SPARE`` letters more follow."""

    def __init__(self, letters: np.ndarray, ends: np.ndarray) -> None:
        self.letters = letters  # (bytes + SPARE,) uint8
        self.ends = ends  # (n + 1,) int64

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __getitem__(self, number: int) -> str:
        return self.letters[self.ends[number] : self.ends[number + 1]].tobytes().decode()

    def encoded(self, numbers: np.ndarray) -> list[bytes]:
        """The bytes of some of them."""
        letters = self.letters.data
        starts, ends = self.ends[numbers].tolist(), self.ends[numbers + 1].tolist()
        return [bytes(letters[start:end]) for start, end in zip(starts, ends, strict=True)]

    def strings(self, numbers: np.ndarray) -> list[str]:
        """Some of them."""
        return self.arrow(numbers).to_pylist()

    def to_pylist(self) -> list[str]:
        """All of them."""
        return self.strings(np.arange(len(self)))

    def copy(self) -> Words:
        """The same in memory of their own."""
        return Words(self.letters.copy(), self.ends.copy())

    def beyond_ascii(self) -> np.ndarray:
        """Numbers of those that are not plain ASCII."""
        bytes_beyond = np.flatnonzero(self.letters[: self.ends[-1]] >= 128)
        places = np.searchsorted(self.ends, bytes_beyond, side="right") - 1
        return places[np.flatnonzero(np.diff(places, prepend=-1))]

    def replaced(self, numbers: np.ndarray, tokens: Words, n_tokens: np.ndarray) -> Words:
        """The same, but each of the rising ``numbers`` gives way to the next ``n_tokens`` of ``tokens``."""
        ours, theirs = self.letters.data, tokens.letters.data
        cuts = np.concatenate([[0], np.cumsum(n_tokens)])
        parts, at = [], 0
        for start, end, first, last in zip(
            self.ends[numbers].tolist(),
            self.ends[numbers + 1].tolist(),
            tokens.ends[cuts[:-1]].tolist(),
            tokens.ends[cuts[1:]].tolist(),
            strict=True,
        ):
            parts += [ours[at:start], theirs[first:last]]
            at = end
        letters = np.frombuffer(bytearray().join([*parts, ours[at : self.ends[-1]], bytes(SPARE)]), np.uint8)
        widths = np.ones(len(self), np.int64)
        widths[numbers] = n_tokens
        is_new = np.zeros(len(self), bool)
        is_new[numbers] = True
        lengths = np.repeat(np.diff(self.ends), widths)
        lengths[np.repeat(is_new, widths)] = np.diff(tokens.ends)
        return Words(letters, np.concatenate([[0], np.cumsum(lengths)]))

    def arrow(self, numbers: np.ndarray) -> Any:
        """Some of them as an array of pyarrow's large strings."""
        import pyarrow as pa

        ends, letters = pa.py_buffer(self.ends), pa.py_buffer(self.letters)
        return pa.LargeStringArray.from_buffers(len(self), ends, letters).take(pa.array(numbers))

    @classmethod
    def of(cls, strings: Iterable[str]) -> Words:
        """Words of strings."""
        encoded = [word.encode() for word in strings]
        letters = np.frombuffer(bytearray().join([*encoded, bytes(SPARE)]), np.uint8)
        return cls(letters, np.cumsum([0, *map(len, encoded)], dtype=np.int64))

    @classmethod
    def of_arrow(cls, strings: Any) -> Words:
        """Words of a string array of pyarrow."""
        offsets, data = strings.buffers()[1:]
        if not len(strings):
            return cls.of([])
        ends = np.frombuffer(offsets, np.int32)[strings.offset : strings.offset + len(strings) + 1].astype(np.int64)
        letters = np.zeros(ends[-1] - ends[0] + SPARE, np.uint8)
        if data is not None:
            letters[:-SPARE] = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]
        return cls(letters, ends - ends[0])


class Numbering:
    """Tokens met so far, numbered as they appear: a table that doubles before it is half full."""

    def __init__(self, most: int = MOST, *, few: int = FEW, seeds: np.ndarray = _SEEDS) -> None:
        self.n, self._most = 0, most
        self._slots = np.full(2 * few, -1, np.int32)
        self._entries = np.empty((few, 4), np.uint64)
        self._ends = np.zeros(few + 1, np.int64)
        self._letters = np.empty(8 * few + SPARE, np.uint8)
        self._seeds = seeds

    def __len__(self) -> int:
        return self.n

    def take(self, text: np.ndarray, edges: np.ndarray, ids: np.ndarray) -> None:
        """Number the tokens ``text[edges[2 i] : edges[2 i + 1]]``, the new ones from the first number that is free.

        Parameters
        ----------
        text : (bytes + SPARE,) uint8
        edges : (2 n or more,) int32
        ids : (n,) int32
            Takes the numbers.
        """
        from ..kernels.tokens import number_all

        done, self.n = number_all(text, edges, self.n, self._known, ids)
        while done < len(ids):
            self._grow(int(edges[2 * done + 1] - edges[2 * done]))
            more, self.n = number_all(text, edges[2 * done :], self.n, self._known, ids[done:])
            done += more

    def add(self, words: Words, *, reach: int = REACH) -> np.ndarray:
        """(n,) int32 numbers of ``words``, of which so many letters at a time are looked at as 32 bits can count."""
        numbers, ends, first = np.empty(len(words), np.int32), words.ends, 0
        while first < len(words):
            last = int(np.searchsorted(ends, ends[first] + reach, side="right")) - 1
            if last == first:
                raise InputError(f"a word of {ends[first + 1] - ends[first]:,} bytes is longer than {reach:,}: cut it")
            edges = np.repeat((ends[first : last + 1] - ends[first]).astype(np.int32), 2)[1:-1]
            self.take(words.letters[ends[first] :], edges, numbers[first:last])
            first = last
        return numbers

    @property
    def _known(self) -> tuple[np.ndarray, ...]:
        return self._slots, self._entries, self._ends, self._letters, self._seeds

    def _grow(self, length: int) -> None:
        """Make room for one more token of ``length`` letters, and for as many again as there are."""
        from ..kernels.tokens import place_all

        size, used = len(self._entries), int(self._ends[self.n])
        if self.n == size:
            if size > self._most // 2:
                raise InputError("more than 2 billion distinct tokens: is this text?")
            self._entries, self._ends = (
                _longer(self._entries, 2 * size, size),
                _longer(self._ends, 2 * size + 1, size + 1),
            )
            self._slots = np.full(4 * size, -1, np.int32)
            place_all(self._slots, self._entries, self.n)
        if used + length + SPARE > len(self._letters):
            self._letters = _longer(self._letters, 2 * (used + length + SPARE), used)

    def words(self) -> Words:
        """All of them, over memory of this table."""
        return Words(self._letters[: self._ends[self.n] + SPARE], self._ends[: self.n + 1])

    def spelled(self, numbers: np.ndarray) -> np.ndarray:
        """The same numbers in the order of their tokens' bytes."""
        first, second, _, lengths = np.moveaxis(self._entries[numbers], 1, 0)
        order = np.lexsort((lengths, second.byteswap(), first.byteswap()))  # the first letter weighs most
        numbers = numbers[order]
        same = (np.diff(first[order]) == 0) & (np.diff(second[order]) == 0) & (lengths[order][1:] > 16)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], same, [False]]).astype(np.int8)))
        for begin, last in edges.reshape(-1, 2).tolist():  # of these the rest decides
            alike = numbers[begin : last + 1]
            words = self.words().encoded(alike)
            numbers[begin : last + 1] = alike[sorted(range(len(words)), key=words.__getitem__)]
        return numbers

    def early(self, numbers: np.ndarray, size: int) -> np.ndarray:
        """Those of ``numbers`` that may be among the first ``size`` by spelling: many fewer, as a rule."""
        if len(numbers) <= size:
            return numbers
        first = self._entries[numbers, 0].byteswap()
        return numbers[first <= np.partition(first, size - 1)[size - 1]]

    def copy(self) -> Numbering:
        """A table that knows the same and learns on its own."""
        return copy.deepcopy(self)

    def clear(self) -> None:
        """Forget them all, and keep the memory."""
        self.n = 0
        self._slots.fill(-1)


def _longer(array: np.ndarray, size: int, used: int) -> np.ndarray:
    longer = np.empty((size, *array.shape[1:]), array.dtype)
    longer[:used] = array[:used]
    return longer
