"""The quadratic model: skip-gram's loss to second order, trained on a corpus; the model that the closed form solves."""

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
    """Lower skip-gram's loss as it is to second order in x = w·u, log(1 + e^-x) ≈ log 2 - x/2 + x²/8 [1]_.

    In expectation that is weighted least squares, Σ_ij g_ij (w_i·u_j - M*_ij)² with g_ij = (P_ij + k P_i q_j)/8.
    ``reweighted`` multiplies each drawn pair's loss by

        w_ij = (1 + k) / (V² (P_ij + k P_i q_j)),      whose mean over the draws is 1,

    so that the expectation is (1 + k)/(8V²) ‖WUᵀ - M*‖² and a constant: what the closed form solves.

    Parameters
    ----------
    corpus, settings, window, warm_start, spectrum, probe, checkpoint, threads, **options
        As for :func:`solve2vec.sgns.train`.
    reweighted : bool
        Give all pairs of words the same weight.
    counts : Cooccurrence, optional
        Of this corpus and window: where the weights take P_ij from, and then P_i and the noise q_j ∝ P_j^α too.

    Returns
    -------
    Training
        As :func:`solve2vec.sgns.train` gives it.

    Raises
    ------
    InputError
        If counts are missing or of something else, the corpus is too small, the learning rate diverges, or the
        checkpoint is another run's.

    Notes
    -----
    The expectation is exact with ``closed_gaps=False`` and ``skip_center=False``, up to what W and U move within an
    epoch; ``subsample`` then acts as ``Formula.subsample``.  With the defaults, windows reach over dropped words and a
    negative is never the center, so pairs are drawn a little otherwise than counts say.

    References
    ----------
    .. [1] Karkada et al., "Closed-Form Training Dynamics Reveal Learned Features and Linear Structure in
       Word2Vec-like Models", NeurIPS 2025, arXiv:2502.09863.

    Examples
    --------
    >>> from solve2vec.corpus.corpus import VocabularyOptions, encode
    >>> from solve2vec.cooccurrence.cooccurrence import count
    >>> texts = [["cats", "chase", "mice"], ["dogs", "chase", "cats"], ["mice", "eat", "cheese"]] * 10
    >>> corpus, window = encode(texts, selection=VocabularyOptions(min_count=1)), Window(2, "linear")
    >>> made = train(corpus, window=window, reweighted=True, counts=count(corpus, window), dim=2, epochs=1)
    >>> made.trajectory.model
    'quadratic'
    """
    settings, window = with_options(settings, window, options)
    return train_task(
        Task.reweighing("quadratic", corpus, window, settings, reweighted=reweighted, counts=counts),
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
    """What :func:`train` will learn, in which order and when, with word2vec's own weights: nothing is sampled.

    Parameters
    ----------
    corpus, settings, window, warm_start, spectrum, modes, times, parts, finite_steps, scatter, accuracy, threads
        As for :func:`solve2vec.sgns.predict`.
    **options
        As for :func:`train`.

    Returns
    -------
    Training
        As :func:`solve2vec.sgns.predict` gives it.

    Notes
    -----
    The reweighted model is what :func:`solve2vec.predict` solves in closed form.

    Examples
    --------
    >>> from solve2vec.corpus.corpus import VocabularyOptions, encode
    >>> texts = [["cats", "chase", "mice"], ["dogs", "chase", "cats"], ["mice", "eat", "cheese"]] * 10
    >>> corpus = encode(texts, selection=VocabularyOptions(min_count=1))
    >>> predict(corpus, dim=1, epochs=1, subsample=None, tied=True, init_scale=0.1).trajectory.model
    'quadratic, expected'
    """
    settings, window = with_options(settings, window, options)
    return predict_task(
        Task("quadratic", corpus, window, settings), warm_start=warm_start, spectrum=spectrum, modes=modes, times=times,
        parts=parts, finite_steps=finite_steps, scatter=scatter, accuracy=accuracy,
    )  # fmt: skip
