"""Continuous bag of words (CBOW) with negative sampling, trained on a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...cooccurrence.window import Window
from ...core.resources import with_resources
from ...corpus.corpus import Corpus
from ..recorder import Probe
from ..result import Training
from .loop import train_task
from .settings import WORD2VEC, TrainingOptions, with_options
from .task import Task

if TYPE_CHECKING:
    from ...embedding.embedding import Embedding
    from ...spectrum.spectrum import Spectrum


@with_resources
def train(
    corpus: Corpus,
    settings: TrainingOptions | None = None,
    *,
    window: Window | int = WORD2VEC,
    warm_start: Embedding | None = None,
    spectrum: Spectrum | None = None,
    probe: Probe | None = None,
    checkpoint: str | Path | None = None,
    threads: int | None = None,
    **options: Any,
) -> Training:
    """Learn to tell each center from noise words by the mean of its contexts (Mikolov et al. 2013).

    With h the mean of the contexts' rows of W, and k words n drawn from the noise, for a center j

        loss = log(1 + exp(-h·u_j)) + Σ_n log(1 + exp(h·u_n))

    Every context moves by the whole -η ∂loss/∂h, not by its share of the mean: so do word2vec.c and gensim.

    Parameters
    ----------
    corpus, settings, window, warm_start, spectrum, probe, checkpoint, threads, **options
        As for :func:`solve2vec.sgns.train`.  Windows are drawn (``sampled_windows``), or flat; W and U are two;
        the learning rate is 0.05 by default.

    Returns
    -------
    Training
        As :func:`solve2vec.sgns.train` gives it; the loss is the mean of a center and its k noise words.

    Raises
    ------
    InputError
        If the model is to be tied, the corpus is too small, the learning rate diverges, or the checkpoint is
        another run's.

    Examples
    --------
    >>> from solve2vec.corpus.corpus import VocabularyOptions, encode
    >>> texts = [["cats", "chase", "mice"], ["dogs", "chase", "cats"], ["mice", "eat", "cheese"]] * 10
    >>> train(encode(texts, selection=VocabularyOptions(min_count=1)), dim=2, epochs=1).embedding.context_vectors.shape
    (6, 2)
    """
    settings, window = with_options(settings, window, options)
    return train_task(
        Task("cbow", corpus, window, settings), warm_start=warm_start, spectrum=spectrum, probe=probe,
        checkpoint=checkpoint,
    )  # fmt: skip
