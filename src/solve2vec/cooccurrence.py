"""Co-occurrence: how often each word stands in the window of each other word."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from . import progress, storage
from .errors import InputError
from .memory import available_bytes, parse_bytes, readable
from .parallel import ordered_map, thread_count
from .stage import Lineage, Stage
from .vocabulary import Vocabulary
from .window import Window

if TYPE_CHECKING:
    from .corpus import Corpus

INT32 = np.iinfo(np.int32).max
ROOM = 1 << 20  # counts that a block of rows may hold at most, unless it is one row
GLOVE_DENOMINATOR = 360_360  # lcm(1…15): sums of 1/j as GloVe makes them, in whole numbers


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Cooccurrence(Stage):
    """Window-weighted counts.  ``counts[i, j] / denominator`` is the weight of word j around word i.

    Attributes
    ----------
    counts : (V, V) CSR array of int32, or int64 where a count needs it
        Symmetric, columns rising in each row, no stored zeros.
    denominator : int
        Of the window's weights: 1 / denominator is the smallest.
    vocabulary : Vocabulary
    """

    counts: sparse.csr_array
    denominator: int
    vocabulary: Vocabulary

    def __post_init__(self) -> None:
        V = len(self.vocabulary)
        if self.counts.shape != (V, V):
            raise InputError(f"counts have shape {self.counts.shape}; {V} words need ({V}, {V})")
        super().__post_init__()

    def __len__(self) -> int:
        return len(self.vocabulary)

    def summary(self) -> dict[str, Any]:
        V, pairs = len(self), len(self.counts.data)
        return {"words": V, "pairs": pairs, "density": pairs / V**2, "weight": self.total}

    @property
    def total(self) -> float:
        """N, the sum of all weights."""
        return float(_sum(self.counts.data)) / self.denominator

    def row_weights(self) -> np.ndarray:
        """(V,) float64, Σ_j of each row's weights."""
        sums = np.add.reduceat(np.append(self.counts.data, 0).astype(np.int64), np.asarray(self.counts.indptr[:-1]))
        return np.where(np.diff(self.counts.indptr) > 0, sums, 0) / self.denominator

    def marginal(self) -> np.ndarray:
        """(V,) float64, P_i = Σ_j P_ij; sums to 1."""
        weights = self.row_weights()
        return weights / weights.sum()

    def weight(self, word: str, context: str) -> float:
        """The weight of ``context`` around ``word``."""
        i, j = self.vocabulary.ids([word, context])
        return float(self.counts[[i], [j]][0]) / self.denominator

    def head(self, size: int) -> Cooccurrence:
        """The counts that a vocabulary of the ``size`` most frequent words would have given, exactly."""
        vocabulary = self.vocabulary.head(size)
        return Cooccurrence(
            counts=_canonical(self.counts[:size, :size]),
            denominator=self.denominator,
            vocabulary=vocabulary,
            lineage=self.lineage.then("head", size=size),
        )

    @classmethod
    def from_matrix(
        cls, matrix: Any, words: Vocabulary | Sequence[str], *, denominator: int | None = None
    ) -> Cooccurrence:
        """Outside counts: graphs, genes, another program's co-occurrences.

        Parameters
        ----------
        matrix : (V, V) array or SciPy sparse matrix
            Symmetric, no negative entry.
        words : sequence of str or Vocabulary, length V
        denominator : int, optional
            Entries are kept as whole multiples of 1 / denominator.  By default 1 for whole numbers, otherwise
            360,360, which holds GloVe's sums of 1/j exactly.

        Raises
        ------
        InputError
            If the matrix is not square, symmetric, finite and non-negative, or has no positive entry.

        Examples
        --------
        >>> Cooccurrence.from_matrix([[0, 2], [2, 0]], ["a", "b"]).total
        4.0
        """
        given = sparse.csr_array(matrix, dtype=np.float64)
        vocabulary = words if isinstance(words, Vocabulary) else Vocabulary.of_words(words)
        _check_counts(given, len(vocabulary))
        if denominator is None:
            denominator = 1 if (given.data == np.round(given.data)).all() else GLOVE_DENOMINATOR
        given.data = np.round(given.data * denominator).astype(np.int64)
        if not (abs(given - given.T)).sum() == 0:
            raise InputError("the matrix is not symmetric: add its transpose to it, or solve Target.from_array(…, tied=False)")
        if not isinstance(words, Vocabulary):
            from dataclasses import replace

            weights = given.sum(axis=1) // denominator
            vocabulary = replace(vocabulary, counts=np.asarray(weights, np.int64), total=int(weights.sum()))
        return cls(
            counts=_canonical(given),
            denominator=denominator,
            vocabulary=vocabulary,
            lineage=Lineage().then("from_matrix", denominator=denominator),
        )


def count(
    corpus: Corpus,
    window: Window = Window(),  # noqa: B008 - frozen
    *,
    memory: int | str | None = None,
    shards: int | None = None,
    threads: int | None = None,
    scratch: str | Path | None = None,
) -> Cooccurrence:
    """Slide ``window`` over every document of ``corpus``; no window crosses a document's end.

    Parameters
    ----------
    corpus : Corpus
    window : Window
    memory : int or str, optional
        Bytes, or such as "4GB": longer corpora are counted in parts, spilled to ``scratch`` as sorted runs and
        merged.  By default half of what is free.  Counts themselves are memory-mapped from ``scratch``.
    shards : int, optional
        Count in so many parts at least.
    threads : int, optional
        All cores by default.
    scratch : path, optional
        A folder with room for the counts; the system's own by default.

    Returns
    -------
    Cooccurrence
        The same bits for any ``memory``, ``shards`` and ``threads``: counts are integers.

    Examples
    --------
    >>> from solve2vec.corpus import Selection, encode
    >>> counts = count(encode([["a", "b", "c"]], selection=Selection(min_count=1)), Window(2, "linear"))
    >>> (counts.counts.toarray() / counts.denominator).tolist()
    [[0.0, 1.0, 0.5], [1.0, 0.0, 1.0], [0.5, 1.0, 0.0]]
    """
    limit = available_bytes() // 2 if memory is None else parse_bytes(memory)
    parts = max(shards or 1, _parts_needed(corpus, window, limit, thread_count(threads)))
    lineage = corpus.lineage.then("count", **asdict(window))
    with progress.task("counting", float(len(corpus))) as advance:
        runs = [_count_run(shard, window, threads, scratch, advance) for shard in corpus.shards(parts)]
    counts = runs[0] if len(runs) == 1 else _add(runs, [1] * len(runs), threads, scratch)
    return Cooccurrence(
        counts=_narrow(counts), denominator=window.denominator, vocabulary=corpus.vocabulary, lineage=lineage
    )


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
    V = len(corpus.vocabulary)
    ranks = np.unique(np.geomspace(1, V, rows).astype(int)) - 1
    row_of = np.full(V + 1, -1)
    row_of[ranks] = np.arange(len(ranks))
    begun = time.perf_counter()
    _, _, kernel = _prepare(corpus, window, row_of)
    preparing = time.perf_counter() - begun
    room = int(min(V, _reach(corpus, window, np.bincount(corpus.tokens, minlength=V + 1)[:-1])[ranks].max(initial=1)))
    pairs, seconds = np.ones(len(ranks)), np.full(len(ranks), 1e-9)
    for row in (0, *range(len(ranks))):  # the first twice: it may have to be compiled
        sums, indptr = np.zeros(V + 1, np.int64), np.zeros(2, np.int64)
        begun = time.perf_counter()
        used = kernel(row, row + 1, sums, indptr, np.empty(room, np.int32), np.empty(room, np.int64))
        pairs[row], seconds[row] = max(1, used), time.perf_counter() - begun
    total, work = (_summed_over_ranks(ranks, values, V) for values in (pairs, seconds))
    return Estimate(int(total), int(total) * 12, preparing + work / thread_count(threads))


def _summed_over_ranks(ranks: np.ndarray, values: np.ndarray, V: int) -> float:
    return float(np.exp(np.interp(np.log(np.arange(1, V + 1)), np.log(ranks + 1), np.log(values))).sum())


def count_stream(
    corpora: Iterable[Corpus],
    window: Window = Window(),  # noqa: B008 - frozen
    *,
    threads: int | None = None,
    scratch: str | Path | None = None,
    together: int = 16,
) -> Cooccurrence:
    """Count a stream of corpora over one vocabulary, such as text too long to keep; each is forgotten once counted.

    Runs are merged ``together`` at a time, so that scratch space stays within a few times the result.
    """
    runs: list[sparse.csr_array] = []
    first: Corpus | None = None
    for corpus in corpora:
        first = first or corpus
        if corpus.vocabulary.words != first.vocabulary.words:
            raise InputError("the corpora of a stream must be encoded with one vocabulary")
        runs.append(_count_run(corpus, window, threads, scratch, lambda amount: None))
        if len(runs) == together:
            runs = [_add(runs, [1] * len(runs), threads, scratch)]
    if first is None:
        raise InputError("the stream of corpora is empty: nothing to count")
    counts = runs[0] if len(runs) == 1 else _add(runs, [1] * len(runs), threads, scratch)
    return Cooccurrence(
        counts=_narrow(counts),
        denominator=window.denominator,
        vocabulary=first.vocabulary,
        lineage=first.lineage.then("count", **asdict(window)),
    )


def merge(
    parts: Sequence[Cooccurrence], *, threads: int | None = None, scratch: str | Path | None = None
) -> Cooccurrence:
    """Add counts made over disjoint documents.  Integers, so neither order nor number of parts matters.

    Raises
    ------
    InputError
        If there is no part, or words or window weights differ.
    """
    if not parts:
        raise InputError("nothing to merge: give at least one set of counts")
    _check_alike(parts, "merge")
    if len(parts) == 1:
        return parts[0]
    same = all(part.lineage == parts[0].lineage for part in parts)
    return Cooccurrence(
        counts=_narrow(_add([part.counts for part in parts], [1] * len(parts), threads, scratch)),
        denominator=parts[0].denominator,
        vocabulary=parts[0].vocabulary,
        lineage=parts[0].lineage if same else parts[0].lineage.then("merge", parts=len(parts)),
    )


def subtract(
    whole: Cooccurrence, part: Cooccurrence, *, threads: int | None = None, scratch: str | Path | None = None
) -> Cooccurrence:
    """The counts without those of some documents: the exact inverse of :func:`merge`.

    Raises
    ------
    InputError
        If words or window weights differ, or ``part`` has a count that ``whole`` has not.
    """
    _check_alike([whole, part], "subtract")
    return Cooccurrence(
        counts=_narrow(_add([whole.counts, part.counts], [1, -1], threads, scratch)),
        denominator=whole.denominator,
        vocabulary=whole.vocabulary,
        lineage=whole.lineage.then("subtract"),
    )


def _count_run(
    corpus: Corpus, window: Window, threads: int | None, scratch: str | Path | None, advance: Callable[[float], None]
) -> sparse.csr_array:
    """The counts of one corpus that fits into memory, their rows spooled to ``scratch`` block by block."""
    V = len(corpus.vocabulary)
    starts, places, rows = _prepare(corpus, window, np.append(np.arange(V), -1))
    occurrences = np.diff(starts)
    reach = _reach(corpus, window, occurrences)
    share = len(corpus) / max(1, len(places))

    def block(edges: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        first, last = edges
        room = int(np.minimum(reach[first:last], V).sum())
        wide = int(reach[first:last].max(initial=0)) * int(window.numerators[0]) > INT32
        sums = np.zeros(V + 1, np.int64 if wide else np.int32)
        indptr = np.zeros(last - first + 1, np.int64)
        indices, data = np.empty(room, np.int32), np.empty(room, sums.dtype)
        used = rows(first, last, sums, indptr, indices, data)
        return np.diff(indptr), indices[:used], data[:used]

    blocks = _blocks(np.minimum(reach, V))
    results = ordered_map(block, blocks, threads)
    return _spooled(_watched(results, blocks, occurrences * share, advance), V, scratch)


def _prepare(
    corpus: Corpus, window: Window, row_of: np.ndarray
) -> tuple[np.ndarray, np.ndarray, Callable[..., int]]:
    """Positions of each row's word, and the kernel that counts rows from them."""
    from .kernels import counting

    V, n_rows = len(corpus.vocabulary), int(row_of.max()) + 1
    tokens, document_starts = np.asarray(corpus.tokens), np.asarray(corpus.document_starts)
    if window.is_document:
        starts, places = counting.postings(tokens, row_of, n_rows)
        document_of = counting.document_of_positions(document_starts)

        def rows(*arguments: Any) -> int:
            return counting.document_rows(tokens, document_starts, document_of, starts, places, *arguments)

        return starts, places, rows
    padded = counting.pad(tokens, document_starts, int(window.size), V)
    starts, places = counting.postings(padded, row_of, n_rows)

    def rows(*arguments: Any) -> int:
        first, last, sums, *out = arguments
        return counting.window_rows(
            padded, starts, places, window.numerators.astype(sums.dtype), first, last, sums, *out
        )

    return starts, places, rows


def _reach(corpus: Corpus, window: Window, occurrences: np.ndarray) -> np.ndarray:
    """(V,) int64, how many neighbors a word has at most, over all its places."""
    if not window.is_document:
        return 2 * int(window.size) * occurrences
    lengths = np.diff(corpus.document_starts)
    weights = np.repeat(lengths, lengths) - 1
    reach = np.bincount(corpus.tokens, weights=weights, minlength=len(corpus.vocabulary) + 1)
    return reach[:-1].astype(np.int64)


def _blocks(room: np.ndarray) -> list[tuple[int, int]]:
    """Rows in blocks whose counts fit into a buffer; fixed by the data alone."""
    ends = np.cumsum(room)
    blocks, first = [], 0
    while first < len(room):
        base = ends[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(ends, base + ROOM, side="right")))
        blocks.append((first, last))
        first = last
    return blocks


def _watched(
    results: Iterator[Any], blocks: list[tuple[int, int]], work: np.ndarray, advance: Callable[[float], None]
) -> Iterator[Any]:
    for result, (first, last) in zip(results, blocks, strict=True):
        advance(float(work[first:last].sum()))
        yield result


def _spooled(
    results: Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]], V: int, scratch: str | Path | None
) -> sparse.csr_array:
    """Blocks of rows, written end to end to files without a name and mapped as one CSR array."""
    from .stage import csr

    lengths = [np.zeros(1, np.int64)]
    with storage.scratch_file(scratch) as indices, storage.scratch_file(scratch) as data:
        for row_lengths, block_indices, block_data in results:
            lengths.append(row_lengths)
            indices.write(block_indices.data)
            data.write(block_data.astype(np.int64, copy=False).data)
        indices.flush(), data.flush()
        indptr = np.cumsum(np.concatenate(lengths))
        return csr(_mapped(data, np.int64, indptr[-1]), _mapped(indices, np.int32, indptr[-1]), indptr, (V, V))


def _mapped(file: Any, dtype: Any, size: int) -> np.ndarray:
    return np.memmap(file, dtype, "r+", shape=(int(size),)) if size else np.empty(0, dtype)


def _add(
    parts: Sequence[sparse.csr_array], signs: Sequence[int], threads: int | None, scratch: str | Path | None
) -> sparse.csr_array:
    """The signed sum of CSR arrays, block of rows by block of rows."""
    from .kernels import counting

    V = parts[0].shape[0]
    room = sum(np.diff(part.indptr) for part in parts)

    def block(edges: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        first, last = edges
        indptr, indices, data = _rows_of(parts, first, last)
        found = np.zeros(last - first + 1, np.int64)
        out = np.empty(len(indices), np.int32), np.empty(len(indices), np.int64)
        used, least = counting.added_rows(
            indptr, indices, data, np.array(signs, np.int64), np.zeros(V, np.int64), found, *out
        )
        if least < 0:
            raise InputError("the counts to subtract are not part of the whole: a difference would be negative")
        return np.diff(found), out[0][:used], out[1][:used]

    return _spooled(ordered_map(block, _blocks(np.asarray(room)), threads), V, scratch)


def _rows_of(parts: Sequence[sparse.csr_array], first: int, last: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows first … last - 1 of every part, end to end: (parts, rows + 1) offsets, indices, data."""
    edges = [(int(part.indptr[first]), int(part.indptr[last])) for part in parts]
    at = np.concatenate([[0], np.cumsum([end - start for start, end in edges])])
    indptr = np.stack([part.indptr[first : last + 1] - part.indptr[first] + at[p] for p, part in enumerate(parts)])
    pieces = [(part.indices[start:end], part.data[start:end]) for part, (start, end) in zip(parts, edges, strict=True)]
    indices = np.concatenate([piece[0] for piece in pieces])
    return indptr.astype(np.int64), indices, np.concatenate([piece[1].astype(np.int64) for piece in pieces])


def _parts_needed(corpus: Corpus, window: Window, limit: int, threads: int) -> int:
    """Into how many parts to cut a corpus so that each is counted within ``limit`` bytes."""
    V = len(corpus.vocabulary)
    margin = 0 if window.is_document else int(window.size)
    fixed = threads * (12 * V + 12 * max(ROOM, V)) + 64 * V
    text = 16 * len(corpus) + 4 * margin * corpus.n_documents
    if limit - fixed < text / max(1, corpus.n_documents) or limit <= fixed:
        raise InputError(
            f"counting {V:,} words on {threads} threads needs at least {(fixed + text // 1000) >> 20:,} MiB, "
            f"memory is {limit >> 20:,} MiB: raise it, or use fewer threads or words"
        )
    too_long = (len(corpus) + margin * corpus.n_documents) // (2**32 - 2**20) + 1
    return min(max(1, corpus.n_documents), max(int(np.ceil(text / (limit - fixed))), too_long))


def _check_alike(parts: Sequence[Cooccurrence], verb: str) -> None:
    for part in parts[1:]:
        if part.vocabulary.words != parts[0].vocabulary.words:
            raise InputError(
                f"cannot {verb} counts over different vocabularies ({len(parts[0]):,} and {len(part):,} words): "
                "encode both texts with one vocabulary"
            )
        windows = [(p.denominator, p.lineage.values_of("count")) for p in (parts[0], part)]
        if windows[0][0] != windows[1][0] or (windows[0][1] and windows[1][1] and windows[0][1] != windows[1][1]):
            raise InputError(f"cannot {verb} counts made with different windows: {windows[0]} and {windows[1]}")


def _check_counts(matrix: sparse.csr_array, V: int) -> None:
    if matrix.shape != (V, V):
        raise InputError(f"the matrix has shape {matrix.shape}; {V} words need ({V}, {V})")
    if not np.isfinite(matrix.data).all():
        raise InputError("the matrix has an entry that is not a finite number")
    if (matrix.data < 0).any():
        raise InputError(f"the matrix has a negative entry ({matrix.data.min()}): counts cannot be negative")
    if not matrix.data.any():
        raise InputError("the matrix has no positive entry: there is nothing to learn from")


def _canonical(matrix: sparse.csr_array) -> sparse.csr_array:
    """Sorted, without zeros, in the narrowest type that holds it."""
    matrix = sparse.csr_array(matrix)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return _narrow(matrix)


def _narrow(matrix: sparse.csr_array) -> sparse.csr_array:
    """int32 where every count fits, else int64: decided by the counts, not by how they were made."""
    from .stage import csr

    largest = max((int(matrix.data[at : at + ROOM].max()) for at in range(0, len(matrix.data), ROOM)), default=0)
    data = matrix.data.astype(np.int32 if largest <= INT32 else np.int64, copy=False)
    return csr(data, matrix.indices.astype(np.int32, copy=False), matrix.indptr.astype(np.int64, copy=False), matrix.shape)


def _sum(data: np.ndarray) -> int:
    return sum(int(data[at : at + ROOM].sum(dtype=np.int64)) for at in range(0, len(data), ROOM))
