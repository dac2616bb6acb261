"""Counting and target in one pass: the values of each row are made where its counts are, which are never held.

Writing, reading and saving the counts of a long text takes as long as making them.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ..cooccurrence.cooccurrence import count
from ..cooccurrence.counting import Rows, Value
from ..cooccurrence.planning import announce_cost, planned
from ..cooccurrence.window import Window
from ..core import progress
from ..core.resources import thread_count
from ..linalg.bfloat16.packed import ENTRIES, Packed, Tile, expected_widths, packed_bytes, packed_tile, tile_edges
from ..linalg.rowblocks import row_blocks
from .expectation import Expectation
from .formula import Formula
from .packed import PackedTarget, packed_target
from .target import Target, build_target, expected_lineage, expected_target

if TYPE_CHECKING:
    from ..corpus.corpus import Corpus


def count_target(
    corpus: Corpus,
    window: Window = Window(),  # noqa: B008 - frozen
    formula: Formula = Formula(),  # noqa: B008
    *,
    shards: int | None = None,
) -> Target:
    """The target of a corpus: bit by bit what :func:`build_target` makes of its :func:`count`, without the counts.

    Where the rows of the target cannot be made one by one (a corpus counted in parts, subsampling, windows as long as
    documents), the counts are made first and forgotten afterwards.

    Parameters
    ----------
    corpus, window, shards
        As in :func:`count`.
    formula : Formula

    Raises
    ------
    InputError
        If no two words stand in one window.

    Examples
    --------
    >>> from solve2vec.corpus.corpus import Selection, encode
    >>> corpus = encode([["a", "b", "c"]], selection=Selection(min_count=1))
    >>> count_target(corpus, Window(1), Formula(shrinkage=0)).toarray().round(3).tolist()
    [[-2.0, 0.667, -2.0], [0.667, -2.0, 0.667], [-2.0, 0.667, -2.0]]
    """
    made = _counted(corpus, window, formula, shards, is_packed=False)
    assert isinstance(made, Target)
    return made


def count_packed(
    corpus: Corpus,
    window: Window = Window(),  # noqa: B008 - frozen
    formula: Formula = Formula(),  # noqa: B008
    *,
    shards: int | None = None,
) -> PackedTarget:
    """What packing makes of :func:`count_target`, bit by bit, without the target; ``formula`` must be symmetric.

    Where that could take more than half of the memory, or rows cannot be made one by one, the target is made first.
    The corpus is kept as long as the packed target: its exact one would be made from it.
    """
    made = _counted(corpus, window, formula, shards, is_packed=True)
    if isinstance(made, PackedTarget):
        return made
    with row_blocks(len(made)) as blocks:
        return packed_target(made, blocks)


def _counted(
    corpus: Corpus,
    window: Window,
    formula: Formula,
    shards: int | None,
    *,
    is_packed: bool,
) -> Target | PackedTarget:
    """The target; packed, if it shall be and can be where its rows are counted."""
    limit, parts = planned(corpus, window, shards)
    if parts > 1 or window.is_document or formula.subsample is not None:
        return build_target(count(corpus, window, shards=shards), formula)
    announce_cost(corpus, window, 1)
    lineage = corpus.lineage.then("count", **asdict(window))
    with progress.task("counting", float(len(corpus))) as advance:
        rows = Rows(corpus, window)
        expected = Expectation.of(rows.weights() / window.denominator, formula, corpus.vocabulary, None)
        value = _valued(window, expected)
        if is_packed and (packed := _packed_rows(rows, expected, value, limit // 2, advance)) is not None:
            exact = partial(count_target, corpus, window, formula, shards=shards)
            return PackedTarget(packed, expected, corpus.vocabulary, expected_lineage(lineage, formula), exact)
        seen = rows.collected(limit // 2, advance, value)
    return expected_target(seen, expected, corpus.vocabulary, lineage)


def _packed_rows(
    rows: Rows, expected: Expectation, value: Value, limit: int, advance: progress.Advance
) -> Packed | None:
    """Tiles of the target, each made where its rows are counted; None if they might take more than ``limit`` bytes."""
    widths = expected_widths(expected.marginal, expected.total)
    work = 16 * ENTRIES * thread_count()  # a tile's indices, counts and values
    if packed_bytes(rows.most, widths) + work > limit:
        return None
    errors = np.empty(len(widths))

    def tile(block: slice, indptr: np.ndarray, indices: np.ndarray, counts: np.ndarray) -> Tile:
        seen = value(block, indptr, indices, counts)
        return packed_tile(block.start, indptr, indices, seen, widths, errors[block])

    return Packed(list(rows.each(tile_edges(rows.most, widths), tile, advance)), errors)


def _valued(window: Window, expected: Expectation) -> Value:
    """What makes values of the counts of a block of rows."""

    def value(block: slice, indptr: np.ndarray, indices: np.ndarray, counts: np.ndarray) -> np.ndarray:
        seen = np.empty(len(counts), np.float32)
        expected.fill(block, indptr, indices, counts, 1 / window.denominator, seen)
        return seen

    return value
