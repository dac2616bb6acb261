"""Shards: a corpus cut into parts that are counted once each, so that any resampled corpus is a weighted sum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ..cooccurrence.cooccurrence import Cooccurrence, count
from ..cooccurrence.rows import INT32, collected, narrow, row_blocks_of
from ..cooccurrence.window import Window
from ..core import progress, storage
from ..core.errors import InputError
from ..core.parallel import ordered_map
from ..core.resources import current, memory_limit
from ..corpus.corpus import Corpus

MOST_SHARDS = 255  # their numbers are kept in one byte


def require_documents(corpus: Corpus, shards: int) -> None:
    """Stop if ``corpus`` cannot be cut into so many shards.

    Raises
    ------
    InputError
        If shards are not in 2…255, or there are fewer documents.
    """
    if not 2 <= shards <= MOST_SHARDS:
        raise InputError(f"shards must be in 2…{MOST_SHARDS}, got {shards}")
    if corpus.n_documents < shards:
        raise InputError(
            f"the corpus has {corpus.n_documents} documents, too few for {shards} shards: resampling draws documents; "
            "ask for fewer shards, or give the text as more documents"
        )


def cut(corpus: Corpus, shards: int) -> list[Corpus]:
    """Cut a corpus into ``shards`` parts of consecutive documents, about equally long.

    Neighboring documents depend on each other, as the paragraphs of one article do, and texts drift.  Parts far
    longer than an article keep both inside, so that the parts themselves are nearly independent draws.

    Raises
    ------
    InputError
        If shards are not in 2…255, or there are fewer documents.

    Examples
    --------
    >>> from solve2vec.corpus.corpus import VocabularyOptions, encode
    >>> corpus = encode([["a", "b"], ["b"], ["a"], ["b", "a"]], selection=VocabularyOptions(min_count=1))
    >>> [len(shard) for shard in cut(corpus, shards=2)]
    [3, 3]
    """
    require_documents(corpus, shards)
    aims = np.linspace(0, len(corpus), shards + 1)[1:-1]
    steps = np.arange(1, shards)
    cuts = np.maximum.accumulate(np.searchsorted(corpus.document_starts, aims) - steps)  # a document each at least
    cuts = np.clip(cuts, 0, corpus.n_documents - shards) + steps
    edges = [0, *cuts.tolist(), corpus.n_documents]
    return [corpus.documents_between(first, last) for first, last in pairwise(edges)]


_Bundle = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class _Rows:
    """Bundled counts of the rows first … last - 1, see :func:`~solve2vec.kernels.resampling.bundle_rows`."""

    rows: int
    arrays: _Bundle


class ShardCounts:
    """The counts of every shard, from which the counts of any weighting of the shards follow exactly.

    They stay in memory as far as there may be so much; the rest is memory-mapped from scratch files.

    Parameters
    ----------
    shards : list of Corpus
        Over one vocabulary.
    window : Window

    Examples
    --------
    >>> from solve2vec.corpus.corpus import VocabularyOptions, encode
    >>> corpus = encode([["a", "b"], ["b", "a"], ["a", "a"]], selection=VocabularyOptions(min_count=1))
    >>> counts = ShardCounts(corpus.shards(3), Window(1, "flat"))
    >>> counts.weighted(np.array([2, 0, 1])).counts.toarray().tolist()
    [[2, 2], [2, 0]]
    """

    def __init__(self, shards: list[Corpus], window: Window) -> None:
        self._spool = _Spool(memory_limit(), current().scratch)
        self._vocabulary, self._denominator = shards[0].vocabulary, window.denominator
        self._lineage = shards[0].lineage.then("count", **asdict(window))
        V = len(self._vocabulary)
        self._words = np.stack([np.bincount(shard.tokens, minlength=V + 1) for shard in shards])  # (S, V + 1)
        self._documents = np.array([shard.n_documents for shard in shards])
        with progress.task("counting shards", float(sum(map(len, shards)))) as advance:
            parts = [self._counted(shard, window, advance) for shard in shards]
        self._largest = np.array([int(data.max(initial=0)) for _, _, data in parts])  # (S,)
        self._blocks = list(self._bundled(parts))

    def __len__(self) -> int:
        return len(self._words)

    def _counted(self, shard: Corpus, window: Window, advance: Any) -> Any:
        with progress.reported_to(progress.Silence()):
            counts = count(shard, window).counts
        advance(float(len(shard)))
        return np.asarray(counts.indptr), self._spool.keep(counts.indices), self._spool.keep(counts.data)

    def _bundled(self, parts: list[Any]) -> Iterator[_Rows]:
        room = sum(np.diff(indptr) for indptr, _, _ in parts)
        wide = any(data.dtype == np.int64 for _, _, data in parts)
        V = len(self._vocabulary)

        def bundle(edges: tuple[int, int]) -> _Bundle:
            return _bundle(parts, edges, V, np.int64 if wide else np.int32)

        edges = row_blocks_of(np.asarray(room))
        for (first, last), arrays in zip(edges, ordered_map(bundle, edges), strict=True):
            pairs, *rest = (self._spool.keep(array) for array in arrays)
            yield _Rows(last - first, (pairs, rest[0], rest[1], rest[2], rest[3]))

    def weighted(self, weights: np.ndarray) -> Cooccurrence:
        """The counts of the corpus that has every shard ``weights`` (S,) times: exact, whole numbers."""
        from ..kernels.resampling import sum_bundle

        weights = np.asarray(weights, np.int64)
        dtype = np.int64 if int(weights @ self._largest) > INT32 else np.int32

        def block(rows: _Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            pairs = len(rows.arrays[1])
            found, columns = np.zeros(rows.rows + 1, np.int64), np.empty(pairs, np.int32)
            sums = np.empty(pairs, dtype)
            used = sum_bundle(*rows.arrays, weights, found, columns, sums)
            return np.diff(found), columns[:used], sums[:used]

        V, most = len(self._vocabulary), sum(len(rows.arrays[1]) for rows in self._blocks)
        counts = narrow(collected(ordered_map(block, self._blocks), V, most, dtype, memory_limit()))
        words = weights @ self._words
        vocabulary = replace(
            self._vocabulary, counts=words[:-1], total=int(words.sum()), documents=int(weights @ self._documents)
        )
        return Cooccurrence(counts=counts, denominator=self._denominator, vocabulary=vocabulary, lineage=self._lineage)


def _bundle(parts: list[Any], edges: tuple[int, int], V: int, dtype: Any) -> _Bundle:
    from ..kernels.resampling import bundle_rows

    first, last = edges
    cuts = [(int(indptr[first]), int(indptr[last])) for indptr, _, _ in parts]
    at = np.concatenate([[0], np.cumsum([end - start for start, end in cuts])])
    indptr = np.stack([part[0][first : last + 1] - part[0][first] + at[s] for s, part in enumerate(parts)])
    columns, counts = (
        np.concatenate([part[which][a:b] for part, (a, b) in zip(parts, cuts, strict=True)]) for which in (1, 2)
    )
    pairs, n = np.zeros(last - first + 1, np.int64), int(at[-1])
    indices, lengths = np.empty(n, np.int32), np.empty(n, np.uint8)
    shards, data = np.empty(n, np.uint8), np.empty(n, dtype)
    used = bundle_rows(indptr, columns, counts, np.zeros(V, np.int64), pairs, indices, lengths, shards, data)
    return pairs, indices[:used].copy(), lengths[:used].copy(), shards, data


class _Spool:
    """Arrays kept in memory up to a limit, and beyond it memory-mapped from a file without a name."""

    def __init__(self, limit: int, scratch: str | Path | None) -> None:
        self._left, self._scratch, self._file = limit, scratch, None

    def keep(self, array: np.ndarray) -> np.ndarray:
        self._left -= array.nbytes
        if self._left >= 0 or not len(array):
            return array
        with storage.scratch_file(self._scratch) as file:
            array.tofile(file)
            file.flush()
            return np.memmap(file, array.dtype, "r", shape=array.shape)
