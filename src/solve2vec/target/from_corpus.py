"""A corpus to its target by a plan: by way of its counts, or in one pass, in which counts are never held.

Writing, reading and saving the counts of a long text takes as long as making them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..cooccurrence.cooccurrence import count
from ..cooccurrence.counting import Rows, Value
from ..cooccurrence.planning import announce_cost, planned
from ..cooccurrence.window import Window
from ..core import progress
from ..core.resources import thread_count
from ..linalg.bfloat16.packed import Packed, Tile, Tiling, expected_widths, packed_bytes, packed_tile, tile_edges
from .expectation import Expectation
from .formula import Formula
from .packed import PackedTarget
from .plan import Plan
from .target import Target, build_target, expected_lineage, expected_target

if TYPE_CHECKING:
    from ..corpus.corpus import Corpus


def unsaved(stage: Any) -> Any:
    """Hand a stage on."""
    return stage


def target_of(
    corpus: Corpus,
    window: Window = Window(),  # noqa: B008 - frozen
    formula: Formula = Formula(),  # noqa: B008
    plan: Plan = Plan(),  # noqa: B008
    *,
    save: Callable[[Any], Any] = unsaved,
) -> Target | PackedTarget:
    """The target of a corpus: bit by bit what :func:`build_target` makes of its :func:`count`.

    Counts are made only where the plan keeps them, or the rows of the target cannot be made one by one (a corpus
    counted in parts, windows as long as documents).

    Parameters
    ----------
    corpus, window
        As in :func:`count`.
    formula : Formula
    plan : Plan
        A target for rounded products is packed where its rows are counted, unless it is kept itself or packing could
        take more than half of the memory.  Its corpus is held as long: the exact target would be made from it.
    save : function
        Takes the counts and the target if they are made, and hands them on.

    Raises
    ------
    InputError
        If no two words stand in one window.

    Examples
    --------
    >>> from solve2vec.corpus.corpus import VocabularyOptions, encode
    >>> corpus = encode([["a", "b", "c"]], selection=VocabularyOptions(min_count=1))
    >>> target_of(corpus, Window(1), Formula(shrinkage=0)).toarray().round(3).tolist()
    [[-2.0, 0.667, -2.0], [0.667, -2.0, 0.667], [-2.0, 0.667, -2.0]]
    """
    limit, parts = planned(corpus, window, plan.shards)
    if "cooccurrence" in plan.keep or parts > 1 or window.is_document:
        counts = save(count(corpus, window, shards=plan.shards))
        target: Target = save(build_target(counts, formula))
        return target
    announce_cost(corpus, window, 1)
    lineage = corpus.lineage.then("count", **asdict(window))
    with progress.task("counting", float(len(corpus))) as advance:
        rows = Rows(corpus, window)
        expected = Expectation.of(rows.weights(), window.denominator, formula, corpus.vocabulary, rows.shared_weights)
        value = _valued(window, expected)
        if plan.method == "rounded" and "target" not in plan.keep:
            packed = _packed_rows(rows, expected, value, plan.tiling, limit // 2, advance)
            if packed is not None:
                exact = partial(_exact_target, corpus, window, formula, replace(plan, method="krylov"))
                return PackedTarget(packed, expected, corpus.vocabulary, expected_lineage(lineage, formula), exact)
        seen = rows.collected(limit // 2, advance, value)
    target = save(expected_target(seen, expected, corpus.vocabulary, lineage))
    return target


def _exact_target(corpus: Corpus, window: Window, formula: Formula, plan: Plan) -> Target:
    made = target_of(corpus, window, formula, plan)
    assert isinstance(made, Target)
    return made


def _packed_rows(
    rows: Rows, expected: Expectation, value: Value, tiling: Tiling, limit: int, advance: progress.Advance
) -> Packed | None:
    """Tiles of the target, each made where its rows are counted; None if they might take more than ``limit`` bytes."""
    widths = expected_widths(expected.marginal, expected.total, tiling)
    work = 16 * tiling.entries * thread_count()  # a tile's indices, counts and values
    if packed_bytes(rows.most, widths) + work > limit:
        return None
    errors = np.empty(len(widths))

    def tile(block: slice, indptr: np.ndarray, indices: np.ndarray, counts: np.ndarray) -> Tile:
        seen = value(block, indptr, indices, counts)
        return packed_tile(block.start, indptr, indices, seen, widths, errors[block])

    return Packed(list(rows.each(tile_edges(rows.most, widths, tiling.entries), tile, advance)), errors)


def _valued(window: Window, expected: Expectation) -> Value:
    """What makes values of the counts of a block of rows."""

    def value(block: slice, indptr: np.ndarray, indices: np.ndarray, counts: np.ndarray) -> np.ndarray:
        seen = np.empty(len(counts), np.float32)
        expected.fill(block, indptr, indices, counts, 1 / window.denominator, seen)
        return seen

    return value
