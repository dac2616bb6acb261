"""Skip-gram with negative sampling (SGNS), trained on a corpus."""

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
