"""Directed counts: how often each word stands exactly so many places after each other word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core import progress
from ..core.errors import InputError, require_stage, require_whole
from ..core.resources import with_resources
from ..core.stage import Stage, csr
from ..corpus.vocabulary import Vocabulary, add_vocabularies
from .counting import Workroom, each_block, padded_places
from .planning import planned
from .rows import INT32, add_rows, collected, narrow, row_blocks_of, total_of
from .window import Window

if TYPE_CHECKING:
    from collections.abc import Callable

    from scipy import sparse

    from ..corpus.corpus import Corpus

OFFSETS = (1, 2)  # places: the words beside a word say what may stand in its place


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Directed(Stage):
    """How often word j stands exactly δ places after word i, in one document, for each δ of ``offsets``.

    Attributes
    ----------
    counts : (n V, V) CSR array of int32, or int64 where a count needs it
        Rows k V … (k + 1) V - 1 are the matrix of ``offsets[k]``; columns rising in each row, no stored zeros.
    offsets : tuple of n ints
        Rising, from 1.
    vocabulary : Vocabulary
    """

    counts: sparse.csr_array
    offsets: tuple[int, ...]
    vocabulary: Vocabulary

    def __post_init__(self) -> None:
        object.__setattr__(self, "offsets", whole_offsets(self.offsets))
        wanted = (len(self.offsets) * len(self.vocabulary), len(self.vocabulary))
        if self.counts.shape != wanted:
            raise InputError(f"counts have shape {self.counts.shape}; these words and offsets need {wanted}")
        super().__post_init__()

    def __len__(self) -> int:
        return len(self.vocabulary)

    def summary(self) -> dict[str, Any]:
        """Words, offsets, stored pairs, and how often any pair was seen."""
        return {"words": len(self), "offsets": list(self.offsets), "pairs": len(self.counts.data), "seen": self.total}

    @property
    def total(self) -> int:
        """How often any pair was seen, at all offsets together."""
        return total_of(self.counts.data)

    def at(self, offset: int) -> sparse.csr_array:
        """(V, V) CSR, the counts of one offset.

        Raises
        ------
        InputError
            If it was not counted.
        """
        if offset not in self.offsets:
            raise InputError(f"offset {offset} was not counted; there are {', '.join(map(str, self.offsets))}")
        V, k = len(self), self.offsets.index(offset)
        indptr = np.asarray(self.counts.indptr[k * V : (k + 1) * V + 1])
        stored = slice(int(indptr[0]), int(indptr[-1]))
        return csr(self.counts.data[stored], self.counts.indices[stored], indptr - indptr[0], (V, V))


def whole_offsets(offsets: Iterable[int]) -> tuple[int, ...]:
    """Offsets as a tuple, if they are some.

    Raises
    ------
    InputError
        If there is none, or they are not whole numbers that rise from 1.
    """
    made = tuple(offsets)
    for offset in made:
        require_whole(offset=offset)
    if not made or made[0] < 1 or any(a >= b for a, b in pairwise(made)):
        raise InputError(f"offsets must be whole numbers that rise from 1, such as 1, 2; got {list(made)}")
    return tuple(int(offset) for offset in made)


@with_resources
def count_directed(
    corpus: Corpus,
    offsets: Iterable[int] = OFFSETS,
    *,
    memory: int | str | None = None,
    shards: int | None = None,
    threads: int | None = None,
    scratch: str | Path | None = None,
) -> Directed:
    """Count which word stands how many places after which, inside each document; unknown words keep their place.

    Parameters
    ----------
    corpus : Corpus
    offsets : iterable of int
        δ, rising from 1.
    memory, shards, threads, scratch
        As in :func:`~solve2vec.cooccurrence.cooccurrence.count`.

    Returns
    -------
    Directed
        The same bits for any ``memory``, ``shards`` and ``threads``.

    Examples
    --------
    >>> from solve2vec.corpus.corpus import VocabularyOptions, encode
    >>> directed = count_directed(encode([["a", "b", "c"]], selection=VocabularyOptions(min_count=1)))
    >>> directed.at(1).toarray().tolist(), directed.at(2).toarray().tolist()
    ([[0, 1, 0], [0, 0, 1], [0, 0, 0]], [[0, 0, 1], [0, 0, 0], [0, 0, 0]])
    """
    require_stage("count_directed", corpus, "Corpus", "make one with encode(documents)")
    offsets = whole_offsets(offsets)
    limit, parts = planned(corpus, Window(offsets[-1]), shards)
    with progress.task("counting order", float(len(corpus) * len(offsets))) as advance:
        runs = [_rows(shard, offsets, limit // (2 * parts), advance) for shard in corpus.shards(parts)]
    return Directed(
        counts=_summed(runs, [1] * len(runs)),
        offsets=offsets,
        vocabulary=corpus.vocabulary,
        lineage=corpus.lineage.then("count_directed", offsets=list(offsets)),
    )


def _rows(corpus: Corpus, offsets: tuple[int, ...], limit: int, advance: Callable[[float], None]) -> sparse.csr_array:
    """(n V, V) counts of one part of a corpus."""
    from ..kernels import counting

    V = len(corpus.vocabulary)
    starts, places, padded = padded_places(corpus, offsets[-1], np.append(np.arange(V), -1))
    rows = partial(counting.directed_rows, padded, V, starts, places, np.array(offsets))
    seen = np.tile(np.diff(starts), len(offsets))
    most = np.minimum(seen, V)  # pairs that a row may have
    blocks = row_blocks_of(most)
    room = Workroom(max((int(most[first:last].sum()) for first, last in blocks), default=0), V)
    dtype = np.int64 if int(seen.max(initial=0)) > INT32 else np.int32

    def made(
        rows: slice, indptr: np.ndarray, indices: np.ndarray, counts: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return np.diff(indptr), indices.copy(), counts.astype(dtype)

    results = each_block(rows, blocks, room, made, seen, advance)
    return _shaped(collected(results, len(most), int(most.sum()), dtype, limit), V)


def _shaped(counts: sparse.csr_array, V: int) -> sparse.csr_array:
    return csr(counts.data, counts.indices, counts.indptr, (len(counts.indptr) - 1, V))


def _summed(parts: Sequence[sparse.csr_array], signs: Sequence[int]) -> sparse.csr_array:
    if len(parts) == 1:
        return narrow(parts[0])
    return _shaped(narrow(add_rows(parts, signs)), parts[0].shape[1])


@with_resources
def merge_directed(
    parts: Sequence[Directed], *, threads: int | None = None, scratch: str | Path | None = None
) -> Directed:
    """Add counts made over disjoint documents, of words as of pairs: neither order nor number of parts matters.

    Raises
    ------
    InputError
        If there is no part, or words or offsets differ.
    """
    if not parts:
        raise InputError("nothing to merge: give at least one set of counts")
    _check_alike(parts, "merge")
    same = all(part.lineage == parts[0].lineage for part in parts)
    return Directed(
        counts=_summed([part.counts for part in parts], [1] * len(parts)),
        offsets=parts[0].offsets,
        vocabulary=add_vocabularies([part.vocabulary for part in parts], [1] * len(parts)),
        lineage=parts[0].lineage if same else parts[0].lineage.then("merge", parts=len(parts)),
    )


@with_resources
def subtract_directed(
    whole: Directed, part: Directed, *, threads: int | None = None, scratch: str | Path | None = None
) -> Directed:
    """The counts without those of some documents: the exact inverse of :func:`merge_directed`.

    Raises
    ------
    InputError
        If words or offsets differ, or ``part`` has a count that ``whole`` has not.
    """
    _check_alike([whole, part], "subtract")
    return Directed(
        counts=_summed([whole.counts, part.counts], [1, -1]),
        offsets=whole.offsets,
        vocabulary=add_vocabularies([whole.vocabulary, part.vocabulary], [1, -1]),
        lineage=whole.lineage.then("subtract"),
    )


@with_resources
def weigh_directed(
    parts: Sequence[Directed],
    weights: Sequence[int] | np.ndarray,
    *,
    threads: int | None = None,
    scratch: str | Path | None = None,
) -> Directed:
    """The counts of a text that has the documents of each part so often: exact, whole numbers.

    Raises
    ------
    InputError
        If there is no part, or words or offsets differ.
    """
    if not parts:
        raise InputError("nothing to weigh: give at least one set of counts")
    _check_alike(parts, "weigh")
    times = [int(weight) for weight in weights]
    weighted = narrow(add_rows([part.counts for part in parts], times))
    return replace(
        parts[0],
        counts=_shaped(weighted, len(parts[0])),
        vocabulary=add_vocabularies([part.vocabulary for part in parts], times),
    )


def _check_alike(parts: Sequence[Directed], verb: str) -> None:
    for part in parts:
        require_stage(f"{verb}_directed", part, "Directed", "make one with count_directed(corpus)")
        if part.vocabulary.words != parts[0].vocabulary.words:
            raise InputError(
                f"cannot {verb} counts over different vocabularies ({len(parts[0]):,} and {len(part):,} words): "
                "encode both texts with one vocabulary"
            )
        if part.offsets != parts[0].offsets:
            raise InputError(f"cannot {verb} counts at offsets {parts[0].offsets} and {part.offsets}: count both alike")
