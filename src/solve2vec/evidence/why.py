"""Why two words are near: the contexts that they share, and the lines and documents that teach it; of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..cooccurrence.directed import Directed, count_directed
from ..cooccurrence.window import Window
from ..core.errors import InputError
from ..core.resources import with_resources
from ..embedding.joining import JoinedEmbedding
from ..embedding.view import WIDE, View
from ..linalg.search import largest
from ..run import Run
from ..target.directed import DirectedFormula
from .concordance import Line, line_at, named
from .contexts import SharedContexts, shared_contexts
from .influence import Influence, Text, influence_on_cosine, influence_on_mode, lines_of

if TYPE_CHECKING:
    from ..corpus.corpus import Corpus
    from ..spectrum.spectrum import Spectrum

WINDOW = 10  # words shown on each side


class TaughtBy(NamedTuple):
    """A document, and what it adds.

    Attributes
    ----------
    document : int
        Its number in the corpus, from 0.
    influence : float
        How much higher the number is with the document than without, to first order.
    tokens : int
    file, line
        Where it was read, if that is known.
    """

    document: int
    influence: float
    tokens: int
    file: str | None
    line: int | None

    @property
    def where(self) -> str:
        """The name of the file and the line there, or the number of the document."""
        return named(self.document, self.file, self.line)


@dataclass(frozen=True, eq=False)
class Documents:
    """What each document of a text adds to a number, a cosine or the strength of a mode, to first order.

    Attributes
    ----------
    value : float
        The number.
    by_document : (D,) float64
        How much higher it is with the document than without.
    """

    corpus: Corpus
    influence: Influence

    @property
    def value(self) -> float:
        """The number."""
        return self.influence.value

    @property
    def by_document(self) -> np.ndarray:
        """(D,) float64, how much higher the number is with each document than without."""
        return self.influence.by_document

    def largest(self, n: int = 10) -> list[TaughtBy]:
        """The ``n`` documents that add most."""
        lengths = np.diff(np.asarray(self.corpus.document_starts))
        return [
            TaughtBy(d, float(self.by_document[d]), int(lengths[d]), *(self.corpus.origin(d) or (None, None)))
            for d in largest(self.by_document, n).tolist()
        ]

    def lines(self, word: str, n: int = 10, *, window: int = WINDOW) -> list[tuple[float, Line]]:
        """The ``n`` lines of one of the two words that add most to their cosine, each with what it adds."""
        if word not in self.influence.places:
            asked = " and ".join(map(repr, self.influence.places)) or "none, but of a mode"
            raise InputError(f"these are not the lines of {word!r:.60}: they are of {asked}")
        found = lines_of(self.influence, word, n)
        return [(adds, line_at(self.corpus, place, 1, window)) for place, adds in found]


@dataclass(frozen=True, eq=False)
class Why:
    """Why two words are near.

    Attributes
    ----------
    first, second : str
    cosine : float
        Of the run's vectors.
    without_spelling : float
        The same without what spelling adds.
    views : tuple of SharedContexts
        The cosine in each view of the run, by the contexts that the words share.
    documents : Documents, optional
        What adds to the cosine in the view of first order; None where it was not asked for or cannot be told.
    no_documents : str
        Why it cannot be told.
    """

    first: str
    second: str
    cosine: float
    without_spelling: float
    views: tuple[SharedContexts, ...]
    documents: Documents | None
    no_documents: str = ""


@with_resources
def why(
    run: Run | str | PathLike[str],
    first: str,
    second: str,
    *,
    documents: bool = True,
    threads: int | None = None,
) -> Why:
    """Say why two words are near: by the contexts that they share, and by the lines and documents that teach it.

    Parameters
    ----------
    run : Run or path
        Fitted from text; its spectrum, or those of its views, is needed.
    first, second : str
        Two words of it.
    documents : bool
        Look for the documents and lines, in one pass over the run's corpus.
    threads : int, optional
        All cores by default; the result is the same.

    Returns
    -------
    Why

    Raises
    ------
    UnknownWordError
        If a word has no row.
    InputError
        If both are one word, or the run's vectors were not solved from modes that it has.

    Examples
    --------
    >>> import tempfile, solve2vec
    >>> texts = ["cats chase mice", "dogs chase mice", "cats eat fish", "dogs eat meat", "ink on paper"] * 5
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     embedding = solve2vec.fit(texts, dim=2, out=folder + "/animals")
    ...     found = why(folder + "/animals", "cats", "dogs")
    ...     view = found.views[0]
    ...     print([each.context for each in view.largest(2)], abs(view.parts.sum() - view.cosine) < 1e-5)
    ['on', 'ink'] True
    """
    with (run if isinstance(run, Run) else Run(run)).held() as held:  # type: ignore[arg-type]
        embedding = held.embedding
        embedding.vocabulary.ids([first, second])
        if first == second:
            raise InputError(f"{first!r} is near itself: give two words")
        parts = views_of(held)
        views = tuple(shared_contexts(*part, first, second, _directed(held, *part)) for part in parts)
        found, reason = None, ""
        if documents:
            wide = next(((view, spectrum) for view, spectrum in parts if not view.is_second_order), None)
            if wide is None:
                reason = "documents are told apart in the view of first order, and this run has none"
            else:
                try:
                    text = _text(held, wide[1])
                    found = Documents(text.corpus, influence_on_cosine(text, first, second, wide[0].power))
                except InputError as error:
                    reason = str(error)
        similar = embedding.similarity(first, second)
        without = similar if embedding.subwords is None else embedding.contexts.similarity(first, second)
    return Why(first, second, similar, without, views, found, reason)


@with_resources
def documents_of_mode(run: Run | str | PathLike[str], mode: int, *, threads: int | None = None) -> Documents:
    """What each document adds to the strength of a mode: v_kᵀ dM v_k, to first order.

    Parameters
    ----------
    run : Run or path
        With a corpus and a spectrum.
    mode : int
        0 for the strongest; of the view of first order.

    Raises
    ------
    InputError
        If there is no such mode, or the run has not both.
    """
    with (run if isinstance(run, Run) else Run(run)).held() as held:  # type: ignore[arg-type]
        text = _text(held, held.spectrum)
        return Documents(text.corpus, influence_on_mode(text, mode))


def views_of(run: Run) -> list[tuple[View, Spectrum]]:
    """The views that a run's vectors are made of, with their modes.

    Raises
    ------
    InputError
        If they were not solved from modes that the run has.
    """
    embedding = run.embedding
    if isinstance(embedding, JoinedEmbedding):
        return [(_as_counted(view, spectrum), spectrum) for view, spectrum in run.views()]
    embedded = embedding.lineage.values_of("embed")
    if not embedded or run.is_made_of("embedding", "spectrum") is not True:
        raise InputError(
            f"the vectors in {run.folder} were not solved from modes that are there: contexts are told apart in what "
            "fit makes"
        )
    modes = run.spectrum
    if embedding.dim < len(modes):
        cut = {name: value[..., : embedding.dim] for name in ("eigenvalues", "eigenvectors", "residuals")
               for value in [getattr(modes, name)]}  # fmt: skip
        right = None if modes.right_vectors is None else modes.right_vectors[:, : embedding.dim]
        modes = replace(modes, **cut, right_vectors=right)
    return [(replace(WIDE, power=embedded["power"]), modes)]


def _as_counted(view: View, spectrum: Spectrum) -> View:
    """A view with the offsets and the formula that its modes remember."""
    if not view.is_second_order:
        return view
    past = spectrum.lineage
    offsets = tuple(past.values_of("count_directed")["offsets"])
    return replace(view, offsets=offsets, directed=DirectedFormula(**past.values_of("directed_target")))


def _directed(run: Run, view: View, spectrum: Spectrum) -> Directed | None:
    """The counts of a view of second order: the run's own, or counted again."""
    if view.offsets is None:
        return None
    if "directed" in run and "directed" not in run.stale():
        own: Directed = run.load("directed")
        if own.offsets == view.offsets:
            return own
    return count_directed(_corpus(run, spectrum), view.offsets)


def _corpus(run: Run, spectrum: Spectrum) -> Corpus:
    corpus = run.corpus
    if not _same_words(corpus.vocabulary.words, spectrum.vocabulary.words) or len(corpus) != spectrum.vocabulary.total:
        raise InputError(f"the corpus in {run.folder} is not the text that its modes were solved from: fit it again")
    return corpus


def _same_words(one: Sequence[str], other: Sequence[str]) -> bool:
    return len(one) == len(other) and tuple(one) == tuple(other)


def _text(run: Run, spectrum: Spectrum) -> Text:
    counted = spectrum.lineage.values_of("count")
    if not counted or any(step.verb in ("merge", "subtract", "head") for step in spectrum.lineage):
        raise InputError("documents are told apart in modes of one text that was counted as a whole")
    return Text(_corpus(run, spectrum), Window(**counted), spectrum)
