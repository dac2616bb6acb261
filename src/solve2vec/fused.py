"""Counting and target in one pass: the values of each row are made where its counts are, which are never held.

Writing, reading and saving the counts of a long text takes as long as making them.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from . import progress
from .cooccurrence import count
from .counting import Rows, announce_cost, planned
from .expectation import Expectation
from .formula import Formula
from .target import Target, build_target, expected_target
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
    if parts > 1 or window.is_document or formula.subsample is not None:
        counts = count(corpus, window, memory=memory, shards=shards, threads=threads, scratch=scratch)
        return build_target(counts, formula, threads=threads)
    announce_cost(corpus, window, 1, threads)
    with progress.task("counting", float(len(corpus))) as advance:
        rows, unit = Rows(corpus, window), 1 / window.denominator
        expected = Expectation.of(rows.weights(threads) / window.denominator, formula, corpus.vocabulary, None)

        def value(block: slice, indptr: np.ndarray, indices: np.ndarray, counts: np.ndarray) -> np.ndarray:
            seen = np.empty(len(counts), np.float32)
            expected.fill(block, indptr, indices, counts, unit, seen)
            return seen

        seen = rows.collected(limit // 2, threads, scratch, advance, value)
    return expected_target(seen, expected, corpus.vocabulary, corpus.lineage.then("count", **asdict(window)))
