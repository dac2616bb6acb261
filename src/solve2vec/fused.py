"""Counting and target in one pass: the values of each row are made where its counts are, which are never held.

Writing, reading and saving the counts of a long text takes as long as making them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import progress
from .cooccurrence import count
from .counting import Rows, Value, announce_cost, planned
from .expectation import Expectation
from .formula import Formula
from .linalg.packed import ENTRIES, Packed, Tile, expected_widths, packed_bytes, packed_tile, tile_edges
from .linalg.rowblocks import row_blocks
from .packing import PackedTarget, packed_target
from .parallel import thread_count
from .target import Target, build_target, expected_lineage, expected_target
from .window import Window

if TYPE_CHECKING:
    from .corpus import Corpus


def count_target(
    corpus: Corpus,
    window: Window = Window(),  # noqa: B008 - frozen
    formula: Formula = Formula(),  # noqa: B008
    *,
    memory: int | str | None = None,
    shards: int | None = None,
    threads: int | None = None,
    scratch: str | Path | None = None,
) -> Target:
    """The target of a corpus: bit by bit what :func:`build_target` makes of its :func:`count`, without the counts.

    Where the rows of the target cannot be made one by one (a corpus counted in parts, subsampling, windows as long as
    documents), the counts are made first and forgotten afterwards.

    Parameters
    ----------
    corpus, window, memory, shards, threads, scratch
        As in :func:`count`.
    formula : Formula

    Raises
    ------
    InputError
        If no two words stand in one window.

    Examples
    --------
    >>> from solve2vec.corpus import Selection, encode
    >>> corpus = encode([["a", "b", "c"]], selection=Selection(min_count=1))
    >>> count_target(corpus, Window(1), Formula(shrinkage=0)).toarray().round(3).tolist()
    [[-2.0, 0.667, -2.0], [0.667, -2.0, 0.667], [-2.0, 0.667, -2.0]]
    """
    limit, parts = planned(corpus, window, memory, shards, threads)
    if not _is_one_pass(window, formula, parts):
        counts = count(corpus, window, memory=memory, shards=shards, threads=threads, scratch=scratch)
        return build_target(counts, formula, threads=threads)
    announce_cost(corpus, window, 1, threads)
    with progress.task("counting", float(len(corpus))) as advance:
        rows, expected = _expected_rows(corpus, window, formula, threads)
        value = _valued(window, expected)
        seen = rows.collected(limit // 2, threads, scratch, advance, value)
    return expected_target(seen, expected, corpus.vocabulary, corpus.lineage.then("count", **asdict(window)))


def count_packed(
    corpus: Corpus,
    window: Window = Window(),  # noqa: B008 - frozen
    formula: Formula = Formula(),  # noqa: B008
    *,
    memory: int | str | None = None,
    shards: int | None = None,
    threads: int | None = None,
    scratch: str | Path | None = None,
) -> PackedTarget:
    """What packing makes of :func:`count_target`, bit by bit, without the target; ``formula`` must be symmetric.

    Where that could take more than half of ``memory``, or rows cannot be made one by one, the target is made first.
    The corpus is kept as long as the packed target: its exact one would be made from it.
    """
    how: dict[str, Any] = {"memory": memory, "shards": shards, "threads": threads, "scratch": scratch}
    limit, parts = planned(corpus, window, memory, shards, threads)
    if _is_one_pass(window, formula, parts):
        announce_cost(corpus, window, 1, threads)
        with progress.task("counting", float(len(corpus))) as advance:
            rows, expected = _expected_rows(corpus, window, formula, threads)
            widths = expected_widths(expected.marginal, expected.total)
            work = 16 * ENTRIES * thread_count(threads)  # a tile's indices, counts and values
            if packed_bytes(rows.most, widths) + work <= limit // 2:
                packed = _packed_rows(rows, expected, _valued(window, expected), widths, threads, advance)
                lineage = expected_lineage(corpus.lineage.then("count", **asdict(window)), formula)
                exact = partial(count_target, corpus, window, formula, **how)
                return PackedTarget(packed, expected, corpus.vocabulary, lineage, exact)
    with row_blocks(len(corpus.vocabulary), threads) as blocks:
        return packed_target(count_target(corpus, window, formula, **how), blocks)


def _packed_rows(
    rows: Rows,
    expected: Expectation,
    value: Value,
    widths: np.ndarray,
    threads: int | None,
    advance: Callable[[float], None],
) -> Packed:
    """Tiles of the target, each made where its rows are counted."""
    errors = np.empty(len(widths))

    def tile(block: slice, indptr: np.ndarray, indices: np.ndarray, counts: np.ndarray) -> Tile:
        seen = value(block, indptr, indices, counts)
        return packed_tile(block.start, indptr, indices, seen, widths, errors[block])

    return Packed(list(rows.each(tile_edges(rows.most, widths), tile, threads, advance)), errors)


def _is_one_pass(window: Window, formula: Formula, parts: int) -> bool:
    """Whether each row of the target can be made where its counts are."""
    return parts == 1 and not window.is_document and formula.subsample is None


def _expected_rows(corpus: Corpus, window: Window, formula: Formula, threads: int | None) -> tuple[Rows, Expectation]:
    """The rows to count, and what their counts are compared with."""
    rows = Rows(corpus, window)
    weights = rows.weights(threads) / window.denominator
    return rows, Expectation.of(weights, formula, corpus.vocabulary, None)


def _valued(window: Window, expected: Expectation) -> Value:
    """What makes values of the counts of a block of rows."""

    def value(block: slice, indptr: np.ndarray, indices: np.ndarray, counts: np.ndarray) -> np.ndarray:
        seen = np.empty(len(counts), np.float32)
        expected.fill(block, indptr, indices, counts, 1 / window.denominator, seen)
        return seen

    return value
