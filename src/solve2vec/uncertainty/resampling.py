"""Resampling: draw the documents again, then solve and embed as for the run itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ..cooccurrence.window import Window
from ..core import progress
from ..core.errors import InputError
from ..core.options import POSITIVE, SEED, Number, check_options, option
from ..core.parallel import single_threaded_blas
from ..core.resources import with_resources
from ..corpus.corpus import Corpus
from ..embedding.embedding import Embedding, embed
from ..spectrum.solver import Solver, solve
from ..spectrum.spectrum import Spectrum
from ..target.target import build_target
from .bootstrap import Bootstrap
from .shards import MOST_SHARDS, ShardCounts, cut


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
    memory: int | str | None = None,
    scratch: str | Path | None = None,
    threads: int | None = None,
) -> Bootstrap:
    """Draw the documents again B times, and solve and embed each time as for the run itself.

    Window, formula, tolerance, dimension and power are read from the lineages.  The vocabulary stays.  Every shard
    is counted once; the counts of a replicate are then a sum of whole numbers, the same as counting its text.

    Parameters
    ----------
    corpus, spectrum, embedding
        Of one run.
    resampling : Resampling
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
        If the corpus has fewer documents than shards or another vocabulary, or the spectrum was not solved from
        counts.

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
    window = _check_one_run(corpus, spectrum, embedding)
    shards = cut(corpus, resampling.shards)
    counts = ShardCounts(shards, window)
    vocabulary = corpus.vocabulary.head(min(resampling.head or len(embedding), len(embedding)))
    B, H, K = resampling.replicates, len(vocabulary), len(spectrum)
    vectors = np.empty((B, H, embedding.dim), np.float16)
    eigenvalues, products = np.empty((B, K)), np.empty((B, K, K), np.float32)
    with progress.task("resampling", float(B)) as advance:
        for b, drawn in enumerate(resampling.draws()):
            solved, made = _replicate(counts, drawn, spectrum, embedding)
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


def _check_one_run(corpus: Corpus, spectrum: Spectrum, embedding: Embedding) -> Window:
    """The window that the counts were made with, if all three belong together."""
    if not corpus.vocabulary.words == spectrum.vocabulary.words == embedding.vocabulary.words:
        raise InputError("corpus, spectrum and embedding have different vocabularies: give those of one run")
    counted = spectrum.lineage.values_of("count")
    if spectrum.formula is None or not counted:
        raise InputError("the spectrum was not solved from counts of a corpus: there are no documents to draw again")
    return Window(**counted)


def _replicate(
    counts: ShardCounts, drawn: np.ndarray, spectrum: Spectrum, embedding: Embedding
) -> tuple[Spectrum, Embedding]:
    """Solve and embed the corpus that has every shard as often as it was drawn."""
    assert spectrum.formula is not None
    how, given = spectrum.lineage.values_of("solve"), embedding.lineage.values_of("embed")
    solver = Solver(tolerance=how.get("tolerance", 1e-3), seed=how.get("seed", 0))
    with progress.reported_to(progress.Silence()):
        target = build_target(counts.weighted(drawn), spectrum.formula)
        tied = spectrum.right_vectors is None
        # not from the run's modes: 100 of them make a first block too wide to pay (2.3 s against 1.4 s)
        solved = solve(target, len(spectrum), tied=tied, solver=solver)
        return solved, embed(solved, dim=embedding.dim, power=given.get("power", 0.5))


def _products(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(K, K) the inner products of two sets of columns, summed by one thread."""
    with single_threaded_blas():
        return np.asarray(one).T @ np.asarray(other)
