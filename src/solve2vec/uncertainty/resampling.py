"""Resampling: draw the documents again, then solve and embed as for the run itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ..cooccurrence.directed import Directed, count_directed, weigh_directed
from ..cooccurrence.window import Window
from ..core import progress
from ..core.errors import InputError
from ..core.options import POSITIVE, POWER, SEED, Number, check_options, option
from ..core.parallel import single_threaded_blas
from ..core.resources import with_resources
from ..corpus.corpus import Corpus
from ..embedding.embedding import Embedding, embed
from ..embedding.joining import JoinedEmbedding, join
from ..embedding.spelled import spell
from ..embedding.view import View
from ..spectrum.second_order import solve_second_order
from ..spectrum.solver import Solver, solve
from ..spectrum.spectrum import Spectrum
from ..target.directed import DirectedFormula, directed_target
from ..target.target import build_target
from .bootstrap import Bootstrap
from .shards import MOST_SHARDS, ShardCounts, cut

Views = Sequence[tuple[View, Spectrum]]


@dataclass(frozen=True)
class Resampling:
    """How documents are drawn again.

    Parameters
    ----------
    replicates : int
        B, at least 2.  20 know a standard error to about 1/6, 100 to 1/14.
    shards : int
        S, parts of consecutive documents of about equal length; whole parts are drawn.  At least 2, at most 255.
    seed : int
        Of the draws.
    head : int, optional
        Keep the replicates' vectors of so many words only, the most frequent; all by default.  They take
        2 B V d bytes: 240 MB for 20 replicates of 30,000 words in 200 dimensions.
    """

    replicates: int = option(
        20, "B, how often documents are drawn again.", Number(least=2, whole=True, way_out="20 or more are useful")
    )
    shards: int = option(
        50, "S, parts of consecutive documents that are drawn whole.", Number(least=2, most=MOST_SHARDS, whole=True)
    )
    seed: int = option(0, "Seed of the draws.", SEED)
    head: int | None = option(None, "Keep intervals for so many words, the most frequent.", POSITIVE)

    def __post_init__(self) -> None:
        check_options(self)

    def draws(self) -> Iterator[np.ndarray]:
        """(S,) int64, how often each shard is drawn in each replicate; S draws each.

        More replicates begin with the same ones.
        """
        rng = np.random.default_rng(self.seed)
        for _ in range(self.replicates):
            yield rng.multinomial(self.shards, np.full(self.shards, 1 / self.shards))


@with_resources
def resample(
    corpus: Corpus,
    spectrum: Spectrum,
    embedding: Embedding,
    resampling: Resampling = Resampling(),
    *,
    views: Views = (),
    memory: int | str | None = None,
    scratch: str | Path | None = None,
    threads: int | None = None,
) -> Bootstrap:
    """Draw the documents again B times, and solve and embed each time as for the run itself.

    Windows, formulas, tolerances, dimension, power and spelling are read from the lineages.  The vocabulary stays.
    Every shard is counted once; the counts of a replicate are then a sum of whole numbers, the same as counting its
    text, those of all views of the same documents.

    Parameters
    ----------
    corpus, spectrum, embedding
        Of one run.
    resampling : Resampling
    views : sequence of (View, Spectrum)
        Of an embedding that was joined: ``run.views()``; ``spectrum`` is that of first order.
    memory : int or str, optional
        What the shards' counts may take in memory; beyond it they are memory-mapped from ``scratch``.  By default
        half of what is free.
    scratch : path, optional
        A folder for them; the system's own by default.
    threads : int, optional
        All cores by default; the result is the same.

    Raises
    ------
    InputError
        If the corpus has fewer documents than shards or another vocabulary, the spectrum was not solved from
        counts, or an embedding was joined of other views than are given.

    Examples
    --------
    >>> import solve2vec as s2v
    >>> planted = s2v.planted_corpus()
    >>> corpus = s2v.Corpus.from_ids(*planted.token_ids(n=500), planted.words)
    >>> spectrum = s2v.solve(s2v.build_target(s2v.count(corpus)), dim=20)
    >>> bootstrap = resample(corpus, spectrum, s2v.embed(spectrum), Resampling(replicates=5))
    >>> estimate, low, high = bootstrap.similarity("man", "king")
    >>> low <= estimate <= high
    True
    """
    window = _check_one_run(corpus, spectrum, embedding, views)
    again = _Again(spectrum, embedding, views, window, cut(corpus, resampling.shards))
    vocabulary = corpus.vocabulary.head(min(resampling.head or len(embedding), len(embedding)))
    B, H, K = resampling.replicates, len(vocabulary), len(spectrum)
    vectors = np.empty((B, H, embedding.dim), np.float16)
    eigenvalues, products = np.empty((B, K)), np.empty((B, K, K), np.float32)
    with progress.task("resampling", float(B)) as advance:
        for b, drawn in enumerate(resampling.draws()):
            with progress.reported_to(progress.Silence()):
                solved, made = again.drawn(drawn)
            vectors[b], eigenvalues[b] = made.unit_vectors[:H], solved.eigenvalues
            products[b] = _products(spectrum.eigenvectors, solved.eigenvectors)
            advance(1)
    return Bootstrap(
        vectors=embedding.unit_vectors[:H],
        replicates=vectors,
        eigenvalues=spectrum.eigenvalues,
        replicate_eigenvalues=eigenvalues,
        products=products,
        shards=resampling.shards,
        vocabulary=vocabulary,
        embedding=embedding.fingerprint,
        lineage=embedding.lineage.then("resample", **asdict(resampling)),
    )


class _Again:
    """A run that can be made again of any weighting of its shards, each of which is counted once."""

    def __init__(
        self, spectrum: Spectrum, embedding: Embedding, views: Views, window: Window, shards: list[Corpus]
    ) -> None:
        self._spectrum, self._embedding, self._views = spectrum, embedding, views
        self._counts = ShardCounts(shards, window)
        self._directed: list[Directed] = []
        for view, solved in views:
            if view.is_second_order:
                offsets = solved.lineage.values_of("count_directed")["offsets"]
                with progress.reported_to(progress.Silence()):
                    self._directed = [count_directed(shard, offsets) for shard in shards]

    def drawn(self, weights: np.ndarray) -> tuple[Spectrum, Embedding]:
        """The modes of first order and the vectors of the corpus that has every shard so often."""
        given = self._embedding.lineage
        wide = self._solved(weights)
        if not self._views:
            made = embed(wide, dim=self._embedding.dim, power=given.values_of("embed").get("power", POWER))
        else:
            parts = [(view, self._narrow(weights, one) if view.is_second_order else wide) for view, one in self._views]
            made = join(parts, dim=self._embedding.dim, power=given.values_of("join")["power"])
        spelled = given.values_of("spell")
        return wide, spell(made, **spelled) if self._embedding.subwords is not None else made

    def _solved(self, weights: np.ndarray) -> Spectrum:
        formula, spectrum = self._spectrum.formula, self._spectrum
        assert formula is not None
        target = build_target(self._counts.weighted(weights), formula)
        # not from the run's modes: 100 of them make a first block too wide to pay (2.3 s against 1.4 s)
        tied = spectrum.right_vectors is None
        return solve(target, len(spectrum), tied=tied, solver=_solver(spectrum, "solve"))

    def _narrow(self, weights: np.ndarray, spectrum: Spectrum) -> Spectrum:
        formula = DirectedFormula(**spectrum.lineage.values_of("directed_target"))
        target = directed_target(weigh_directed(self._directed, weights), formula)
        return solve_second_order(target, len(spectrum), solver=_solver(spectrum, "solve_second_order"))


def _solver(spectrum: Spectrum, verb: str) -> Solver:
    how = spectrum.lineage.values_of(verb)
    return Solver(tolerance=how.get("tolerance", Solver.tolerance), seed=how.get("seed", 0))


def _check_one_run(corpus: Corpus, spectrum: Spectrum, embedding: Embedding, views: Views) -> Window:
    """The window that the counts were made with, if all belong together."""
    words = corpus.vocabulary.words
    alike = embedding.words == words and all(
        one.vocabulary.words == words for one in (spectrum, *(s for _, s in views))
    )
    if not alike:
        raise InputError("corpus, spectrum and embedding have different vocabularies: give those of one run")
    counted = spectrum.lineage.values_of("count")
    if spectrum.formula is None or not counted:
        raise InputError("the spectrum was not solved from counts of a corpus: there are no documents to draw again")
    if isinstance(embedding, JoinedEmbedding) and tuple(view.name for view, _ in views) != embedding.views:
        raise InputError(f"the vectors were joined of {' and '.join(embedding.views)}: give views=run.views()")
    return Window(**counted)


def _products(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(K, K) the inner products of two sets of columns, summed by one thread."""
    with single_threaded_blas():
        return np.asarray(one).T @ np.asarray(other)
