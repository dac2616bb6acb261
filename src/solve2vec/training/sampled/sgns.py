"""Skip-gram with negative sampling (SGNS), trained on a corpus."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...cooccurrence.window import Window
from ...core.resources import with_resources
from ...corpus.corpus import Corpus
from ..recorder import Probe
from ..result import Training
from .loop import train_task
from .predicting import ACCURACY, PARTS, predict_task
from .settings import WORD2VEC, TrainingOptions, with_options
from .task import Task

if TYPE_CHECKING:
    from ...cooccurrence.cooccurrence import Cooccurrence
    from ...embedding.embedding import Embedding
    from ...spectrum.spectrum import Spectrum


@with_resources
def train(
    corpus: Corpus,
    settings: TrainingOptions | None = None,
    *,
    window: Window | int = WORD2VEC,
    reweighted: bool = False,
    counts: Cooccurrence | None = None,
    warm_start: Embedding | None = None,
    spectrum: Spectrum | None = None,
    probe: Probe | None = None,
    checkpoint: str | Path | None = None,
    threads: int | None = None,
    **options: Any,
) -> Training:
    """Learn to tell each center's contexts from noise words (Mikolov et al. 2013).

    For a context i (a row w_i of W) of a center j (a row u_j of U) and k words n drawn from the noise,

        loss = log(1 + exp(-w_i·u_j)) + Σ_n log(1 + exp(w_i·u_n))

    is lowered by stochastic gradient descent, center after center, the k noise words shared by a center's contexts.

    Parameters
    ----------
    corpus : Corpus
    settings : TrainingOptions, optional
        Hyperparameters; word2vec's own by default.
    window : Window or int
        By default 5 tokens on each side with linear weights, which is word2vec's shrinking window; a number is one of
        that kind.
    reweighted : bool
        Give all pairs of words the same weight: multiply each drawn pair's loss by how rarely it is drawn, as
        :func:`solve2vec.quadratic.train` does.  What is lowered then is, in expectation, (1 + k)/V² times
        Σ_ij log(1 + e^x) - x P_ij/(P_ij + k P_i q_j), x = w_i·u_j: the logistic loss without word2vec's weights.
    counts : Cooccurrence, optional
        Of this corpus and window, where reweighted.
    warm_start : Embedding, optional
        Vectors to start from, such as the closed form's; words it lacks start as usual.
    spectrum : Spectrum, optional
        Modes whose growth the trajectory records.
    probe : function, optional
        Takes W (V, d), gives named scores that the trajectory keeps.
    checkpoint : path, optional
        A folder for the state of the run, saved at each epoch's end, every five minutes, and on Ctrl-C.  If it holds
        an unfinished run with the same settings and corpus, that run goes on, to the same bits unless lock-free.
    threads : int, optional
        All cores by default.  The same bits for any number, unless lock-free.
    **options
        Single settings and window fields by name: ``dim=100, epochs=3, size=10``; gensim's
        names are understood too: ``vector_size=100, negative=5, alpha=0.025``.

    Returns
    -------
    Training
        The embedding (W, with U as ``context_vectors`` unless tied), the trajectory (``step`` counts centers,
        ``loss`` is the mean of a pair and its k noise words since the moment before, ``time`` is
        :func:`~solve2vec.training.sampled.task.flow_time`), and facts: epoch_losses, words_per_second, seconds,
        centers, batch, threads.

    Raises
    ------
    InputError
        If counts are missing or of something else, the corpus is too small, the learning rate diverges, or the
        checkpoint is another run's.

    Examples
    --------
    >>> from solve2vec.corpus.corpus import VocabularyOptions, encode
    >>> texts = [["cats", "chase", "mice"], ["dogs", "chase", "cats"], ["mice", "eat", "cheese"]] * 10
    >>> made = train(encode(texts, selection=VocabularyOptions(min_count=1)), dim=2, epochs=2, subsample=None)
    >>> made.embedding, len(made.facts["epoch_losses"])
    (Embedding(words=6, dim=2), 2)
    """
    settings, window = with_options(settings, window, options)
    return train_task(
        Task.reweighing("sgns", corpus, window, settings, reweighted=reweighted, counts=counts),
        warm_start=warm_start, spectrum=spectrum, probe=probe, checkpoint=checkpoint,
    )  # fmt: skip


@with_resources
def predict(
    corpus: Corpus,
    settings: TrainingOptions | None = None,
    *,
    window: Window | int = WORD2VEC,
    warm_start: Embedding | None = None,
    spectrum: Spectrum | None = None,
    modes: int | None = None,
    times: Sequence[float] | np.ndarray | None = None,
    parts: int = PARTS,
    finite_steps: bool = True,
    scatter: bool = True,
    accuracy: float = ACCURACY,
    threads: int | None = None,
    **options: Any,
) -> Training:
    """What :func:`train` will learn, in which order and when, by the same settings: nothing is sampled.

    The flow of the expected gradient is followed from the very start, stretch after stretch of the text, with the
    learning rate as it falls; and to first order in the learning rate, what steps that are not small do on average (see
    :mod:`solve2vec.training.full_batch.finite_steps`).

    Parameters
    ----------
    corpus, settings, window, warm_start, **options
        As for :func:`train`; ``points``, ``batch`` and ``lock_free`` make no difference.
    spectrum : Spectrum, optional
        Modes to follow; by default the leading 20 of M* of the pairs that are drawn, solved for two matrices or one.
    modes : int, optional
        K, how many of them; all by default.
    times : (T,) array, optional
        Moments to record, in the flow's time, as a training's trajectory has them; by default 200 up to its end.
    parts : int
        Stretches that an epoch is cut into: each is followed by its own pairs, so that what comes when in the text
        shows.  1 is the population flow of the whole text.
    finite_steps : bool
        Count what finite steps do; otherwise the learning rate only measures time.
    scatter : bool
        Find the ``deviations`` that runs may be expected to have from the flow: a text is not everywhere the same.
    accuracy : float
        In (0, 1), of a step of the integrator.
    threads : int, optional
        All cores by default; the answer does not depend on it.

    Returns
    -------
    Training
        The vectors expected at the end, and the trajectory: time, epoch, step (centers), loss (of the stretch at hand),
        and strengths with their ``deviations``.  Facts: duration (in the flow's time), pairs and centers of an epoch,
        steps of the integrator, seconds.

    Raises
    ------
    InputError
        If the corpus is too small, the modes are of other words, or the integrator cannot go on.

    Notes
    -----
    A look takes O(pairs d) operations, whatever the vocabulary.  With ``closed_gaps``, pairs are counted in the tokens
    that the first epochs really draw.  What is left out: threads that overwrite each other, batches, and orders of η
    above the first.

    Examples
    --------
    >>> from solve2vec.corpus.corpus import VocabularyOptions, encode
    >>> texts = [["cats", "chase", "mice"], ["dogs", "chase", "cats"], ["mice", "eat", "cheese"]] * 10
    >>> corpus = encode(texts, selection=VocabularyOptions(min_count=1))
    >>> foretold = predict(corpus, dim=2, epochs=2, subsample=None)
    >>> foretold.trajectory.model, foretold.trajectory.strengths.shape
    ('sgns, expected', (200, 2))
    """
    settings, window = with_options(settings, window, options)
    return predict_task(
        Task("sgns", corpus, window, settings), warm_start=warm_start, spectrum=spectrum, modes=modes, times=times,
        parts=parts, finite_steps=finite_steps, scatter=scatter, accuracy=accuracy,
    )  # fmt: skip
