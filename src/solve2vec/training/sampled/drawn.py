"""Drawn pairs: how often training on a corpus is expected to meet each pair of words, in each stretch of the text."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ...cooccurrence.cooccurrence import Cooccurrence, count, merge
from ...core import progress
from ...corpus.corpus import Corpus
from ...target.formula import Formula
from ...target.target import Target, build_target
from ..full_batch.pairs import Pairs
from .task import BLOCK, Task
from .workers import key_of

if TYPE_CHECKING:
    from collections.abc import Iterator

DRAWS = 4  # epochs whose very tokens are counted, where windows close over what is dropped


@dataclass(frozen=True)
class Drawn:
    """What a task is expected to draw in an epoch.

    Attributes
    ----------
    target : Target
        M* of its pairs: k, α and noise by words, no shrinkage, symmetric only where one matrix is trained.
    parts : list of Pairs
        Of the stretches of the text, in their order.
    single, others : float
        Σ ω² / Σ ω of the contexts that a center has, and (Σ ω)² / Σ ω less that, on average: 1 and the number of other
        contexts beside each one, where windows are drawn.
    texts : Texts
        What was counted.
    whole : Pairs
        Of all that was counted.
    """

    target: Target
    parts: list[Pairs]
    single: float
    others: float
    texts: Texts
    whole: Pairs

    @property
    def total(self) -> float:
        """Pairs of an epoch."""
        return float(sum(part.total for part in self.parts))

    @property
    def ends(self) -> np.ndarray:
        """(parts,) the share of an epoch's pairs that are met by the end of each stretch."""
        return np.asarray(np.cumsum([part.total for part in self.parts]) / self.total)

    def stretches(self, size: int, n: int) -> list[Pairs]:
        """The pairs of ``n`` stretches of ``size`` tokens, spread evenly over the text."""
        firsts = np.linspace(0, len(self.texts.task.corpus) - size, n).astype(int).tolist()
        made = []
        with progress.task("counting stretches", float(n)) as advance:
            for first in firsts:
                counts = self.texts.count((first, first + size))
                if counts.counts.nnz:
                    made.append(part_of(self.whole, counts, len(self.texts)))
                advance(1)
        return made

    @classmethod
    def of(cls, task: Task, parts: int = 1) -> Drawn:
        """Count it in so many stretches; with closed gaps, in the very tokens that the first epochs draw."""
        settings, texts = task.settings, Texts.of(task)
        with progress.task("counting pairs", float(parts)) as advance:
            counted = []
            for stretch in texts.stretches(parts):
                counted.append(texts.count(stretch))
                advance(1)
        counted = [counts for counts in counted if counts.counts.nnz]
        formula = Formula(
            negatives=settings.negatives,
            context_smoothing=settings.context_smoothing,
            subsample=settings.subsample if texts.are_whole else None,
            shrinkage=0.0,
            symmetric=settings.tied,
            noise="words",
        )
        lineage = task.corpus.lineage.then("count", **asdict(task.window))
        whole = replace(merge(counted), vocabulary=task.corpus.vocabulary, lineage=lineage)
        target = build_target(whole, formula)
        pairs = Pairs.of(whole, target, as_drawn=True)
        single, others = _beside(task, pairs.total / len(texts) / float(task.frequency.sum()))
        each = [part_of(pairs, counts, len(texts)) for counts in counted]
        if settings.skip_center:
            each = [part.skipping_centers() for part in each]
        return cls(target, each, single, others, texts, pairs)


@dataclass(frozen=True)
class Texts:
    """The tokens that some epochs draw, or all tokens, to be thinned out in expectation.

    Attributes
    ----------
    task : Task
    drawn : tuple of Corpus
        One for each epoch that was drawn.
    places : tuple of (n,) arrays, optional
        Where its tokens stand in the task's corpus, where some are dropped.
    """

    task: Task
    drawn: tuple[Corpus, ...]
    places: tuple[np.ndarray, ...] | None = None

    @property
    def are_whole(self) -> bool:
        """Whether it is one corpus with all its tokens."""
        return self.places is None

    @classmethod
    def of(cls, task: Task) -> Texts:
        """The whole corpus where dropped words keep their place, or none is dropped."""
        V, tokens = len(task.keep), task.corpus.tokens
        drops = bool((task.keep < 1).any())
        if not task.settings.closed_gaps or not (drops or any((part >= V).any() for part in _pieces(tokens))):
            return cls(task, (task.corpus,))
        epochs = min(task.settings.epochs, DRAWS) if drops else 1
        return cls(task, *zip(*(_kept(task, epoch) for epoch in range(epochs)), strict=True))

    def __len__(self) -> int:
        return len(self.drawn)

    def stretches(self, parts: int) -> list[tuple[int, int]]:
        """Equal shares of the tokens, from … to, one after another; between documents, if these are short."""
        starts, N = np.asarray(self.task.corpus.document_starts), len(self.task.corpus)
        edges = np.rint(np.linspace(0, N, parts + 1)).astype(np.int64)
        after = np.minimum(np.searchsorted(starts, edges), len(starts) - 1)
        sides = starts[[np.maximum(after - 1, 0), after]]
        near = np.where(edges - sides[0] < sides[1] - edges, *sides)
        edges = np.unique(np.where(np.abs(near - edges) <= N / parts / 4, near, edges))
        return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))

    def count(self, stretch: tuple[int, int]) -> Cooccurrence:
        """The pairs of a stretch, added up over epochs."""
        return merge([count(self._between(n, *stretch), self.task.window) for n in range(len(self.drawn))])

    def _between(self, n: int, at: int, end: int) -> Corpus:
        """Some tokens of the corpus, as far as an epoch draws them; a document that is cut is two."""
        corpus = self.drawn[n]
        if self.places is not None:
            at, end = np.searchsorted(self.places[n], [at, end]).tolist()
        if (at, end) == (0, len(corpus)):
            return corpus
        return _cut(corpus, at, end)


def _cut(corpus: Corpus, at: int, end: int) -> Corpus:
    starts = np.asarray(corpus.document_starts)
    return Corpus(
        tokens=corpus.tokens[at:end],
        document_starts=np.unique(np.r_[0, np.clip(starts, at, end) - at, end - at]),
        vocabulary=corpus.vocabulary,
        lineage=corpus.lineage,
    )


def _kept(task: Task, epoch: int) -> tuple[Corpus, np.ndarray]:
    """The tokens that an epoch draws, side by side, and where they stood."""
    from ...kernels.sampling import gather

    tokens, starts = (np.asarray(part) for part in (task.corpus.tokens, task.corpus.document_starts))
    key, N = key_of(task.settings.seed, epoch), len(tokens)
    room = [np.empty(min(BLOCK, N), kind) for kind in (np.int32, np.int64, np.int64)]
    words, positions = [], []
    for first in range(0, N, BLOCK):
        _, begin, end = gather(tokens, starts, first, min(N, first + BLOCK), task.keep, key, 0, True, *room)
        words.append(room[0][begin:end].copy())
        positions.append(room[2][begin:end].copy())
    places = np.concatenate(positions)
    kept = Corpus(
        tokens=np.concatenate(words),
        document_starts=np.searchsorted(places, starts),
        vocabulary=task.corpus.vocabulary,
        lineage=task.corpus.lineage,
    )
    return kept, places


def _pieces(tokens: np.ndarray) -> Iterator[np.ndarray]:
    return (np.asarray(tokens[at : at + BLOCK]) for at in range(0, len(tokens), BLOCK))


def part_of(whole: Pairs, counts: Cooccurrence, epochs: int) -> Pairs:
    """The pairs of some counts: thinned, and met with noise, as those of the whole text are."""
    made = replace(whole, counts=counts.counts)
    weights = np.zeros(len(whole))
    for first in range(0, len(whole), BLOCK >> 8):
        last = min(len(whole), first + (BLOCK >> 8))
        ends, _, C = made.stored(first, last)
        weights[first:last] = np.add.reduceat(np.r_[C, 0.0], ends[:-1]) * (np.diff(ends) > 0)
    k, total = float(whole.row.sum() / whole.total), float(weights.sum())
    return replace(made, unit=whole.unit / epochs, row=k * weights / epochs, total=total / epochs)


def _beside(task: Task, contexts: float) -> tuple[float, float]:
    """``single`` and ``others``, from the mean of Σ ω over centers: places of a window are taken independently."""
    numerators, denominator = task.weights
    ω = np.asarray(numerators, np.float64) / denominator
    taken = contexts / (2 * float(ω.sum()))  # share of a window's places that hold a word
    if task.settings.sampled_windows:  # reach r with chance ω_r - ω_(r+1): E r² = Σ (2 j - 1) ω_j
        square = float(((2 * np.arange(1, len(ω) + 1) - 1) * ω).sum())
        return 1.0, max(0.0, taken * (2 * square / float(ω.sum()) - 1))
    single = float((ω * ω).sum() / ω.sum())
    return single, max(0.0, taken * (2 * float(ω.sum()) - single))
