"""Options: every hyperparameter of stochastic training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from ...cooccurrence.window import Window
from ...core.errors import InputError
from ...core.gensim import ARGUMENTS, in_our_names, unknown
from ...core.options import DIM, POSITIVE, Number, check_options, option

ModelName = Literal["sgns", "cbow", "quadratic"]  # each is the name of the module with its verb
WORD2VEC = Window(5, "linear")  # what word2vec's shrinking window is on average

RATE = Number(least=0, way_out="word2vec's is 0.025")


@dataclass(frozen=True)
class SampledModel:
    """What tells one model from another; a new one is a row of :data:`MODELS` and a module of its name.

    Attributes
    ----------
    learning_rate : float
        η at the first token, by default.
    loss : str
        Of a center and what is taught with it; of the whole corpus's too, where that is descended.
    is_mean : bool
        Whether a center is taught by the mean of its contexts, instead of by each of them.
    """

    learning_rate: float
    loss: Literal["logistic", "quadratic"]
    is_mean: bool = False


MODELS: dict[ModelName, SampledModel] = {  # rates of word2vec.c
    "sgns": SampledModel(0.025, "logistic"),
    "cbow": SampledModel(0.05, "logistic", is_mean=True),
    "quadratic": SampledModel(0.025, "quadratic"),
}
REWEIGHED = tuple(name for name, row in MODELS.items() if not row.is_mean)  # all pairs may weigh the same


@dataclass(frozen=True)
class TrainingOptions:
    """How skip-gram, CBOW and the quadratic model are trained on a corpus; the defaults are word2vec's.

    Parameters
    ----------
    dim : int
        d.
    epochs : int
        Passes over the corpus.
    learning_rate, final_learning_rate : float, optional
        η falls linearly with the tokens passed, from the one to the other; by default from word2vec.c's own, 0.05
        for CBOW and 0.025 else, to 0.0001, or for CBOW to a tenth.
    negatives : int
        k, drawn once for each center and shared by its contexts.
    context_smoothing : float
        α: negatives are drawn in proportion to count^α.
    subsample : float, optional
        t, the share of tokens above which a word is thinned out; None keeps every token.
    init_scale : float, optional
        None: W uniform in ±½/d and U zero, as word2vec.  A number σ: both Gaussian, N(0, σ²).
    tied : bool
        One matrix for words and contexts, W = U.
    sampled_windows : bool
        Distance j is in a center's window with probability ω_j, by one draw for all of them: for linear weights
        that is word2vec's shrinking window.  Otherwise all pairs of the window, their gradients times ω_j.
    closed_gaps : bool
        Thinned-out and unknown words vanish before windows are laid, and a word is kept with chance √(t/f) + t/f,
        f its share of the known tokens: as word2vec.c and gensim.  Otherwise they keep their place, as in counts,
        and the chance is that of ``Vocabulary.keep_probability``: the expectation is then that of ``Formula``.
    skip_center : bool
        A negative that is the center itself is left out, as in word2vec; not so in the formula.
    lock_free : bool
        Threads update at once, without waiting (Hogwild): faster; with more than one no two runs are the same.
    batch : int
        Centers whose coefficients are found from the same W and U, where threads wait for each other; fewer where
        the most frequent word would be moved more than 1/η times in a batch.
    seed : int
    points : int
        Moments that the trajectory records, evenly spaced in the logarithm of the step.

    Raises
    ------
    InputError
        If a value cannot be.

    Examples
    --------
    >>> TrainingOptions(dim=50, learning_rate=0.05).negatives
    5
    """

    dim: int = option(DIM, "Dimensions d.", POSITIVE)
    epochs: int = option(5, "Passes over the corpus.", POSITIVE)
    learning_rate: float | None = option(None, "η at the first token; by default 0.05 for CBOW and 0.025 else.", RATE)
    final_learning_rate: float | None = option(
        None, "η at the last token; it falls linearly, by default to a tenth for CBOW and to 0.0001 else.", RATE
    )
    negatives: int = option(5, "k, noise words for each center, shared by its contexts.", POSITIVE)
    context_smoothing: float = option(
        0.75, "Noise words are drawn by count to this power.", Number(least=0, most=1, way_out="word2vec's is 0.75")
    )
    subsample: float | None = option(
        1e-3,
        "Words with a larger share of the tokens are thinned out; none: keep all.",
        Number(above=0, way_out="None keeps every token"),
    )
    init_scale: float | None = option(
        None,
        "Standard deviation of a Gaussian start; by default word2vec's start.",
        Number(above=0, way_out="None is word2vec's own start"),
    )
    tied: bool = option(False, "One matrix for words and contexts.")
    sampled_windows: bool = option(True, "Draw each window's reach, or take all pairs and weigh their gradients.")
    closed_gaps: bool = option(True, "Dropped words leave no gap, as in word2vec, or keep their place, as in counts.")
    skip_center: bool = option(True, "Leave out noise words equal to the center, as word2vec does.")
    lock_free: bool = option(False, "Threads do not wait for each other: faster, but no two runs are the same.")
    batch: int = option(64, "Most centers between two waits of the threads.", POSITIVE)
    seed: int = option(0, "Of the start and of every draw.", Number(least=0, below=2**63, whole=True))
    points: int = option(10, "Moments that the trajectory records.", POSITIVE)

    def __post_init__(self) -> None:
        check_options(self)


def with_options(
    settings: TrainingOptions | None, window: Window | int, options: Mapping[str, Any]
) -> tuple[TrainingOptions, Window]:
    """Both with single fields changed, by their names or gensim's (``dim=50, size=10`` or ``vector_size=50``).

    A window that is a number is one of word2vec's, of that size.

    Raises
    ------
    InputError
        If a name is unknown; the message offers the nearest.
    """
    settings = settings or TrainingOptions()
    own, of_window = ({f.name for f in fields(kind)} for kind in (TrainingOptions, Window))
    window = window if isinstance(window, Window) else replace(WORD2VEC, size=window)
    for name in options:
        called = ARGUMENTS[name].ours if name in ARGUMENTS else name
        if called == "threads":
            raise InputError(f"there is no option {name!r}; did you mean 'threads'?")
        if called not in own | of_window:
            raise InputError(unknown(name, sorted(own | of_window)))
    options = in_our_names(options, trains=True)
    return (
        replace(settings, **{name: value for name, value in options.items() if name in own}),
        replace(window, **{name: value for name, value in options.items() if name in of_window}),
    )
