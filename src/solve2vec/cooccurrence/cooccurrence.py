"""Co-occurrence: how often each word stands in the window of each other word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core import progress
from ..core.errors import InputError, require_positive, require_stage
from ..core.resources import memory_limit, with_resources
from ..core.stage import Lineage, Stage
from ..corpus.vocabulary import Vocabulary, add_vocabularies
from .counting import Rows
from .planning import announce_cost, planned
from .rows import add_rows, canonical, narrow, row_sums, total_of
from .window import Window

if TYPE_CHECKING:
    from scipy import sparse

    from ..corpus.corpus import Corpus

MOST = 1e15  # of one weight in units of 1 / denominator: float64 holds it exactly
LARGEST = 2.0**62  # of all weights together: int64 holds their sums
GLOVE_DENOMINATOR = 360_360  # lcm(1…15): sums of 1/j as GloVe makes them, in whole numbers
FINE = 10_000  # units that the smallest weight is to have, where weights are no such sums


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
        """Words, stored pairs, their share of all pairs, and the sum of weights."""
        V, pairs = len(self), len(self.counts.data)
        return {"words": V, "pairs": pairs, "density": pairs / V**2, "weight": self.total}

    @property
    def total(self) -> float:
        """n, the sum of all weights."""
        return float(total_of(self.counts.data)) / self.denominator

    def row_weights(self) -> np.ndarray:
        """(V,) float64, Σ_j of each row's weights."""
        return row_sums(self.counts) / self.denominator

    def marginal(self) -> np.ndarray:
        """(V,) float64, P_i = Σ_j P_ij; sums to 1."""
        weights = self.row_weights()
        return weights / weights.sum()

    def weight(self, word: str, context: str) -> float:
        """The weight of ``context`` around ``word``."""
        i, j = self.vocabulary.ids([word, context])
        return float(self.counts[[i], [j]][0]) / self.denominator

    def head(self, size: int) -> Cooccurrence:
        """The counts of the first ``size`` words, exactly those that a vocabulary of them alone would have given.

        In counts of a text they are the most frequent; :meth:`from_matrix` keeps the order of its words.
        """
        vocabulary = self.vocabulary.head(size)
        return Cooccurrence(
            counts=canonical(self.counts[:size, :size]),
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
            In any order, which is kept.
        denominator : int, optional
            Entries are kept as whole multiples of 1 / denominator.  By default 1 for whole numbers, otherwise
            360,360, which holds GloVe's sums of 1/j exactly, doubled until the smallest entry has 10,000 units.

        Raises
        ------
        InputError
            If the matrix is not square, symmetric, finite and non-negative, has no positive entry, or a positive one
            that is less than half of a unit.

        Examples
        --------
        >>> Cooccurrence.from_matrix([[0, 2], [2, 0]], ["a", "b"]).total
        4.0
        """
        from scipy import sparse

        given = sparse.csr_array(matrix, dtype=np.float64, copy=True)  # it is put into order in place
        vocabulary = words if isinstance(words, Vocabulary) else Vocabulary.of_words(words)
        _check_counts(given, len(vocabulary))
        if denominator is None:
            denominator = _denominator(given.data)
        given.data = _whole(given.data, denominator)
        if not (abs(given - given.T)).sum() == 0:
            raise InputError(
                "the matrix is not symmetric: add its transpose to it, or make a target of it with "
                "Target.from_array and solve that with tied=False"
            )
        if not isinstance(words, Vocabulary):
            from dataclasses import replace

            weights = given.sum(axis=1) // denominator
            vocabulary = replace(vocabulary, counts=np.asarray(weights, np.int64), total=int(weights.sum()))
        return cls(
            counts=canonical(given),
            denominator=denominator,
            vocabulary=vocabulary,
            lineage=Lineage().then("from_matrix", denominator=denominator),
        )


@with_resources
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
        merged, and counts that take more are memory-mapped from there.  By default half of what is free.
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
    >>> from solve2vec.corpus.corpus import VocabularyOptions, encode
    >>> counts = count(encode([["a", "b", "c"]], selection=VocabularyOptions(min_count=1)), Window(2, "linear"))
    >>> (counts.counts.toarray() / counts.denominator).tolist()
    [[0.0, 1.0, 0.5], [1.0, 0.0, 1.0], [0.5, 1.0, 0.0]]
    """
    require_stage("count", corpus, "Corpus", "make one with encode(documents)")
    require_stage("count", window, "Window", "make one with Window(size)")
    limit, parts = planned(corpus, window, shards)
    announce_cost(corpus, window, parts)
    lineage = corpus.lineage.then("count", **asdict(window))
    with progress.task("counting", float(len(corpus))) as advance:
        runs = [Rows(shard, window).collected(limit // (2 * parts), advance) for shard in corpus.shards(parts)]
    counts = runs[0] if len(runs) == 1 else add_rows(runs, [1] * len(runs))
    return Cooccurrence(
        counts=narrow(counts), denominator=window.denominator, vocabulary=corpus.vocabulary, lineage=lineage
    )


@with_resources
def count_stream(
    corpora: Iterable[Corpus],
    window: Window = Window(),  # noqa: B008 - frozen
    *,
    threads: int | None = None,
    scratch: str | Path | None = None,
    together: int = 16,
    memory: int | str | None = None,
) -> Cooccurrence:
    """Count a stream of corpora over one vocabulary, such as text too long to keep; each is forgotten once counted.

    Runs are merged ``together`` at a time, so that scratch space stays within a few times the result.
    """
    limit = memory_limit()
    runs: list[sparse.csr_array] = []
    first, seen = None, None
    for corpus in corpora:
        if first is not None and corpus.vocabulary.words != first.vocabulary.words:
            raise InputError("the corpora of a stream must be encoded with one vocabulary")
        words = corpus.counted_vocabulary()
        seen = words if seen is None else add_vocabularies([seen, words], [1, 1])
        first = first or corpus
        runs.append(Rows(corpus, window).collected(limit // (2 * together), lambda amount: None))
        if len(runs) == together:
            runs = [add_rows(runs, [1] * len(runs))]
    if first is None or seen is None:
        raise InputError("the stream of corpora is empty: nothing to count")
    counts = runs[0] if len(runs) == 1 else add_rows(runs, [1] * len(runs))
    return Cooccurrence(
        counts=narrow(counts),
        denominator=window.denominator,
        vocabulary=seen,
        lineage=first.lineage.then("count", **asdict(window)),
    )


@with_resources
def merge(
    parts: Sequence[Cooccurrence], *, threads: int | None = None, scratch: str | Path | None = None
) -> Cooccurrence:
    """Add counts made over disjoint documents, of words as of pairs: neither order nor number of parts matters.

    Raises
    ------
    InputError
        If there is no part, or words or window weights differ.
    """
    if not parts:
        raise InputError("nothing to merge: give at least one set of counts")
    for part in parts:
        require_stage("merge", part, "Cooccurrence", "make one with count(corpus)")
    _check_alike(parts, "merge")
    if len(parts) == 1:
        return parts[0]
    if sum(part.total for part in parts) * parts[0].denominator > LARGEST:
        raise InputError("the counts together are too large for whole numbers of 64 bits: merge fewer")
    same = all(part.lineage == parts[0].lineage for part in parts)
    return Cooccurrence(
        counts=narrow(add_rows([part.counts for part in parts], [1] * len(parts))),
        denominator=parts[0].denominator,
        vocabulary=add_vocabularies([part.vocabulary for part in parts], [1] * len(parts)),
        lineage=parts[0].lineage if same else parts[0].lineage.then("merge", parts=len(parts)),
    )


@with_resources
def subtract(
    whole: Cooccurrence, part: Cooccurrence, *, threads: int | None = None, scratch: str | Path | None = None
) -> Cooccurrence:
    """The counts without those of some documents: the exact inverse of :func:`merge`.

    Raises
    ------
    InputError
        If words or window weights differ, or ``part`` has a count that ``whole`` has not.
    """
    for given in (whole, part):
        require_stage("subtract", given, "Cooccurrence", "make one with count(corpus)")
    _check_alike([whole, part], "subtract")
    return Cooccurrence(
        counts=narrow(add_rows([whole.counts, part.counts], [1, -1])),
        denominator=whole.denominator,
        vocabulary=add_vocabularies([whole.vocabulary, part.vocabulary], [1, -1]),
        lineage=whole.lineage.then("subtract"),
    )


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


def _denominator(weights: np.ndarray) -> int:
    """1 for whole numbers, or what holds GloVe's sums, or a multiple of it that holds the smallest weight well."""
    if (weights == np.round(weights)).all():
        return 1
    denominator, smallest = GLOVE_DENOMINATOR, weights[weights > 0].min()
    while smallest * denominator < FINE and 2 * weights.sum() * denominator < MOST:
        denominator *= 2
    return denominator


def _whole(weights: np.ndarray, denominator: int) -> np.ndarray:
    """Weights as int64 multiples of 1 / denominator."""
    require_positive(denominator=denominator)
    multiples = np.round(weights * denominator)
    if multiples.max() > MOST or multiples.sum() > LARGEST:
        raise InputError(
            f"the weight {weights.max():g} in units of 1/{denominator:,} is too large: give a smaller denominator"
        )
    if ((multiples == 0) & (weights > 0)).any():
        lost = weights[weights > 0].min()
        raise InputError(
            f"the weight {lost:g} is below 1/{2 * denominator:,} and would be rounded to 0: give a larger denominator, "
            "or leave it out"
        )
    return multiples.astype(np.int64)


def _check_counts(matrix: sparse.csr_array, V: int) -> None:
    if matrix.shape != (V, V):
        raise InputError(f"the matrix has shape {matrix.shape}; {V} words need ({V}, {V})")
    if not np.isfinite(matrix.data).all():
        raise InputError("the matrix has an entry that is not a finite number")
    if (matrix.data < 0).any():
        raise InputError(f"the matrix has a negative entry ({matrix.data.min()}): counts cannot be negative")
    if not matrix.data.any():
        raise InputError("the matrix has no positive entry: there is nothing to learn from")
