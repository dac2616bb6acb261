"""Material: what checks look at, each part made when it is first asked for, from whatever is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..cooccurrence.cooccurrence import Cooccurrence, count
from ..corpus.corpus import BLOCK, Corpus
from ..corpus.vocabulary import Vocabulary
from ..run import is_counted
from ..spectrum.solver import Solver, solve
from ..spectrum.spectrum import Spectrum
from ..target.target import Target, build_target
from ..uncertainty.shards import ShardCounts, cut
from .finding import Unavailable
from .repetition import Repetition, repetition
from .replication import Replication, replicate
from .settings import DiagnosisOptions

if TYPE_CHECKING:
    from ..evaluation import AnalogyQuestions, SimilarityQuestions

HEAD = 2000  # words of what is dense
REPLICATED = 3000  # words of the split halves
TOKENS = 10_000_000  # of a text's middle, divided by the window's width
PARTS = 10  # of the documents
LEADING = 24  # modes that the start is judged by
COARSE = 1e-2  # of a residual, in λ_1: enough to tell how strong modes are


@dataclass(frozen=True)
class Questions:
    """What the person will ask the vectors."""

    analogies: Sequence[AnalogyQuestions] = ()
    similarities: Sequence[SimilarityQuestions] = ()

    def words(self) -> dict[str, set[str]]:
        """The words of each question set, by its file."""
        made = {
            asked.file: {word for q in asked.questions for word in (q.a, q.b, q.c, *q.answers)}
            for asked in self.analogies
        }
        return made | {rated.file: {word for pair in rated.pairs for word in pair[:2]} for rated in self.similarities}


@dataclass(frozen=True, eq=False)
class Material:
    """Stages that are at hand, and what follows from them.

    Parameters
    ----------
    settings : DiagnosisOptions
    stages : dict
        Any of corpus, cooccurrence, spectrum, embedding and trajectory, from a run; used where they were made as
        ``settings`` say, and otherwise made again.
    asked : Questions, optional

    Raises
    ------
    Unavailable
        From any part that cannot be made; the message says why.
    """

    settings: DiagnosisOptions
    stages: dict[str, Any] = field(default_factory=dict)
    asked: Questions | None = None

    @cached_property
    def corpus(self) -> Corpus:
        """Documents as token ids."""
        made: Corpus = self._stage("corpus", "there is no corpus, only what was made of it: give the text or the run")
        return made

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words of whatever is at hand."""
        for stage in self.stages.values():
            if hasattr(stage, "vocabulary"):
                made: Vocabulary = stage.vocabulary
                return made
        raise Unavailable("there is no vocabulary")

    @cached_property
    def cooccurrence(self) -> Cooccurrence:
        """Counts in the settings' window: the run's own, or counted now."""
        held = self.stages.get("cooccurrence")
        if held is not None and (is_counted(held, self.settings.window) or "corpus" not in self.stages):
            made: Cooccurrence = held
            return made
        return count(self.corpus, self.settings.window)

    @cached_property
    def spectrum(self) -> Spectrum:
        """The leading modes of the settings' target: the run's own, or solved now, a few and coarsely."""
        return self._modes(tied=True)

    @cached_property
    def learned(self) -> Spectrum:
        """The modes that are learned: those of the spectrum, or the singular ones of two matrices."""
        return self.spectrum if self.settings.tied else self._modes(tied=False)

    def _modes(self, *, tied: bool) -> Spectrum:
        held = self.stages.get("spectrum")
        if held is not None and held.formula == self.settings.formula and (held.right_vectors is None) == tied:
            is_ours = is_counted(held, self.settings.window) or not {"corpus", "cooccurrence"} & self.stages.keys()
            if is_ours:
                made: Spectrum = held
                return made
        modes = max(1, min(LEADING, len(self.target) // 4))
        return solve(self.target, modes, tied=tied, solver=Solver(tolerance=COARSE))

    @cached_property
    def target(self) -> Target:
        """The matrix that the settings ask to factorize."""
        return build_target(self.cooccurrence, self.settings.formula)

    @cached_property
    def head(self) -> Cooccurrence:
        """Counts among the 2,000 most frequent words."""
        counts = self.cooccurrence
        return counts.head(HEAD) if len(counts) > HEAD else counts

    @cached_property
    def middle(self) -> Corpus | None:
        """Documents from the middle of the corpus, where training closes windows up over what it drops; or None."""
        settings = self.settings
        if not settings.is_trained or not settings.closed_gaps or settings.window.is_document:
            return None
        corpus, tokens = self.corpus, TOKENS // max(5, len(settings.window.numerators))
        if len(corpus) <= tokens:
            return corpus
        starts = np.asarray(corpus.document_starts)
        first = int(np.searchsorted(starts, (len(corpus) - tokens) // 2))
        last = max(first + 1, int(np.searchsorted(starts, starts[min(first, len(starts) - 1)] + tokens)))
        return corpus.documents_between(first, min(last, corpus.n_documents))

    @cached_property
    def parts(self) -> ShardCounts:
        """Ten parts of the documents, each counted once, among the 3,000 most frequent words."""
        corpus = self.corpus
        parts = min(PARTS, corpus.n_documents)
        if parts < 4:
            raise Unavailable(f"the corpus has {corpus.n_documents} documents; halves of it are drawn from 4 at least")
        return ShardCounts(cut(head_of(corpus, REPLICATED), parts), self.settings.window)

    @cached_property
    def replication(self) -> Replication:
        """Which modes of half the documents are found again in the other half."""
        return replicate(self.parts, self.settings.formula)

    @cached_property
    def repetition(self) -> Repetition:
        """How much of the text was there before."""
        return repetition(self.corpus)

    @cached_property
    def questions(self) -> Questions:
        """The question sets."""
        if self.asked is None or not (self.asked.analogies or self.asked.similarities):
            raise Unavailable("no question set was given: name files with --analogies or --similarity")
        return self.asked

    @cached_property
    def optional_questions(self) -> Questions:
        """The question sets, or none."""
        return self.asked or Questions()

    def _stage(self, name: str, otherwise: str) -> Any:
        if name not in self.stages:
            raise Unavailable(otherwise)
        return self.stages[name]


def head_of(corpus: Corpus, size: int) -> Corpus:
    """The corpus in which all but the ``size`` most frequent words are unknown; they keep their places."""
    if len(corpus.vocabulary) <= size:
        return corpus
    tokens = np.empty(len(corpus), np.int32)
    for at in range(0, len(corpus), BLOCK):
        np.minimum(corpus.tokens[at : at + BLOCK], size, out=tokens[at : at + BLOCK])
    return Corpus(
        tokens=tokens,
        document_starts=corpus.document_starts,
        vocabulary=corpus.vocabulary.head(size),
        lineage=corpus.lineage.then("head", size=size),
    )
