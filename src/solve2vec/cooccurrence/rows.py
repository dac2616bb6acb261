"""Rows of counts: blocks of a sparse integer matrix made one by one, collected, added, and put into one form."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core import storage
from ..core.errors import InputError
from ..core.parallel import ordered_map
from ..core.resources import block_size, current, memory_limit
from ..core.stage import csr

if TYPE_CHECKING:
    from scipy import sparse

INT32 = np.iinfo(np.int32).max
ROOM = 1 << 20  # counts that a block of rows may hold at most, unless it is one row


def row_blocks_of(room: np.ndarray) -> list[tuple[int, int]]:
    """Rows in blocks whose counts fit into a buffer; no count depends on where they end."""
    ends, most = np.cumsum(room), block_size(ROOM)
    blocks, first = [], 0
    while first < len(room):
        base = ends[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(ends, base + most, side="right")))
        blocks.append((first, last))
        first = last
    return blocks


def collected(
    results: Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]],
    V: int,
    most: int,
    dtype: Any,
    limit: int,
) -> sparse.csr_array:
    """Blocks of rows as one CSR array: in memory up to ``limit`` bytes, beyond that in files without a name.

    ``most`` pairs at most are to come; the system gives memory only to the pages that are written.
    ``dtype`` is that of the values: int64 where a count may need it.
    """
    room = max(1, min(most, limit // (4 + np.dtype(dtype).itemsize)))
    indices, data, used = np.empty(room, np.int32), np.empty(room, dtype), 0
    lengths = [np.zeros(1, np.int64)]
    for row_lengths, block_indices, block_data in results:
        end = used + len(block_data)
        if end > room:
            whole = itertools.chain([(row_lengths, block_indices, block_data)], results)
            return _spooled(lengths, indices[:used], data[:used], whole, V)
        lengths.append(row_lengths)
        indices[used:end], data[used:end] = block_indices, block_data
        used = end
    return csr(data[:used], indices[:used], np.cumsum(np.concatenate(lengths)), (V, V))


def _spooled(
    lengths: list[np.ndarray],
    first_indices: np.ndarray,
    first_data: np.ndarray,
    results: Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]],
    V: int,
) -> sparse.csr_array:
    """Blocks of rows written end to end to files and mapped as one CSR array."""
    scratch = current().scratch
    with storage.scratch_file(scratch) as indices, storage.scratch_file(scratch) as data:
        dtype = first_data.dtype
        indices.write(first_indices.data)
        data.write(first_data.data)
        for row_lengths, block_indices, block_data in results:
            lengths.append(row_lengths)
            indices.write(block_indices.data)
            data.write(block_data.astype(dtype, copy=False).data)
        indices.flush()
        data.flush()
        indptr = np.cumsum(np.concatenate(lengths))
        values = _narrowed_in_place(_mapped(data, dtype, indptr[-1]))
        return csr(values, _mapped(indices, np.int32, indptr[-1]), indptr, (V, V))


def _mapped(file: Any, dtype: Any, size: int) -> np.ndarray:
    return np.memmap(file, dtype, "r+", shape=(int(size),)) if size else np.empty(0, dtype)


def _narrowed_in_place(data: np.ndarray) -> np.ndarray:
    """int32 in the same place where every count fits: :func:`narrow` would bring the file into memory."""
    if data.dtype != np.int64 or largest_of(data) > INT32:
        return data
    narrowed = data.view(np.int32)[: len(data)]
    for part in _parts(len(data)):
        narrowed[part] = data[part].astype(np.int32)  # never ahead of what is read
    return narrowed


def add_rows(parts: Sequence[sparse.csr_array], signs: Sequence[int]) -> sparse.csr_array:
    """The signed sum of CSR arrays, block of rows by block of rows."""
    from ..kernels import counting

    V = parts[0].shape[0]
    room = sum(np.diff(part.indptr) for part in parts)

    def block(edges: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        first, last = edges
        indptr, indices, data = _rows_of(parts, first, last)
        found = np.zeros(last - first + 1, np.int64)
        out = np.empty(len(indices), np.int32), np.empty(len(indices), np.int64)
        used, least = counting.added_rows(
            indptr, indices, data, np.array(signs, np.int64), counting.accumulator(V), found, *out
        )
        if least < 0:
            raise InputError("the counts to subtract are not part of the whole: a difference would be negative")
        return np.diff(found), out[0][:used].copy(), out[1][:used].copy()

    blocks = row_blocks_of(np.asarray(room))
    return collected(ordered_map(block, blocks), V, int(room.sum()), np.int64, memory_limit() // 2)


def _rows_of(parts: Sequence[sparse.csr_array], first: int, last: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows first … last - 1 of every part, end to end: (parts, rows + 1) offsets, indices, data."""
    edges = [(int(part.indptr[first]), int(part.indptr[last])) for part in parts]
    at = np.concatenate([[0], np.cumsum([end - start for start, end in edges])])
    indptr = np.stack([part.indptr[first : last + 1] - part.indptr[first] + at[p] for p, part in enumerate(parts)])
    pieces = [(part.indices[start:end], part.data[start:end]) for part, (start, end) in zip(parts, edges, strict=True)]
    indices = np.concatenate([piece[0] for piece in pieces])
    return indptr.astype(np.int64), indices, np.concatenate([piece[1].astype(np.int64) for piece in pieces])


def row_sums(counts: sparse.csr_array, shares: np.ndarray | None = None) -> np.ndarray:
    """(V,) int64, the exact sum of each row, each column times its share (V,) int64; without a wider copy of counts."""
    indptr, sums = np.asarray(counts.indptr), np.zeros(counts.shape[0], np.int64)
    for first, last in row_blocks_of(np.diff(indptr)):
        filled = first + np.flatnonzero(np.diff(indptr[first : last + 1]))
        if len(filled):  # an empty row would take the next one's first count
            block = counts.data[indptr[first] : indptr[last]].astype(np.int64)
            if shares is not None:
                block *= shares[counts.indices[indptr[first] : indptr[last]]]
            sums[filled] = np.add.reduceat(block, indptr[filled] - indptr[first])
    return sums


def canonical(matrix: sparse.csr_array) -> sparse.csr_array:
    """Sorted, without zeros, in the narrowest type that holds it."""
    from scipy import sparse

    matrix = sparse.csr_array(matrix)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return narrow(matrix)


def narrow(matrix: sparse.csr_array) -> sparse.csr_array:
    """int32 where every count fits, else int64: decided by the counts, not by how they were made."""
    data = matrix.data.astype(np.int32 if largest_of(matrix.data) <= INT32 else np.int64, copy=False)
    return csr(
        data, matrix.indices.astype(np.int32, copy=False), matrix.indptr.astype(np.int64, copy=False), matrix.shape
    )


def largest_of(data: np.ndarray) -> int:
    """The largest count, 0 if there is none."""
    return max((int(data[part].max()) for part in _parts(len(data))), default=0)


def total_of(data: np.ndarray) -> int:
    """The exact sum of counts, without a wider copy of them."""
    return sum(int(data[part].sum(dtype=np.int64)) for part in _parts(len(data)))


def _parts(n: int) -> Iterator[slice]:
    """What of ``n`` counts to look at at a time."""
    size = block_size(ROOM)
    return (slice(at, at + size) for at in range(0, n, size))
