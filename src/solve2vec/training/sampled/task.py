"""A task: what is trained on what, checked before the work, and put into the arrays that kernels take."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ...cooccurrence.window import Window
from ...core.errors import InputError
from ...core.parallel import single_threaded_blas
from .settings import MODELS, ModelName, SampledModel, TrainingOptions

if TYPE_CHECKING:
    from ...cooccurrence.cooccurrence import Cooccurrence
    from ...corpus.corpus import Corpus

BLOCK = 1 << 20  # tokens looked at at a time
LOWEST = 1e-4  # where η ends, as in word2vec …
CBOW_END = 0.1  # … and for CBOW, as a share of η: 1.5 points of analogies more; gensim with two workers ends there
LONGEST = 10_000  # tokens of a document whose every pair is trained


@dataclass(frozen=True)
class Task:
    """One model, its corpus and all that says how it is trained."""

    model: ModelName
    corpus: Corpus
    window: Window
    settings: TrainingOptions
    counts: Cooccurrence | None = None  # where pairs are reweighted

    def __post_init__(self) -> None:
        given = self.settings
        η = self.row.learning_rate if given.learning_rate is None else given.learning_rate
        end = η * CBOW_END if self.row.is_mean else min(η, LOWEST)
        end = end if given.final_learning_rate is None else given.final_learning_rate
        object.__setattr__(self, "settings", replace(given, learning_rate=η, final_learning_rate=end))
        V, dim = len(self.corpus.vocabulary), self.settings.dim
        if V < 2:
            raise InputError(f"the corpus has {V} known word{'s' * (V != 1)}; training needs 2: lower min_count")
        if dim > V:
            raise InputError(f"{dim} dimensions are more than the {V} words have: use dim={V} or less")
        if self.row.is_mean and self.settings.tied:
            raise InputError(
                f"{self.model} cannot be tied, a mean of contexts is not one of its words: use sgns, or tied=False"
            )
        if self.row.is_mean and not self.settings.sampled_windows and self.window.weighting != "flat":
            raise InputError(
                f"{self.model} takes the plain mean of a window: use sampled_windows=True, or a flat window"
            )
        self._check_counts()

    @classmethod
    def reweighing(
        cls,
        model: ModelName,
        corpus: Corpus,
        window: Window,
        settings: TrainingOptions,
        *,
        reweighted: bool,
        counts: Cooccurrence | None,
    ) -> Task:
        """A task whose pairs weigh the same where ``reweighted``, which takes their counts, and nothing else does.

        Raises
        ------
        InputError
            If there is the one without the other.
        """
        if reweighted != (counts is not None):
            raise InputError(
                "reweighted=True needs to know how often pairs are drawn: give counts=solve2vec.count(corpus, window)"
                if reweighted
                else "counts serve to give pairs equal weight: set reweighted=True, or leave them out"
            )
        return cls(model, corpus, window, settings, counts)

    @property
    def row(self) -> SampledModel:
        """The row of the table of models."""
        return MODELS[self.model]

    def _check_counts(self) -> None:
        if self.counts is None:
            return
        if self.counts.vocabulary.words != self.corpus.vocabulary.words:
            raise InputError("the counts have other words than the corpus: count this corpus")
        counted = self.counts.lineage.values_of("count")
        if counted and counted != asdict(self.window):
            raise InputError(f"the counts have another window ({counted}): count with {self.window}")

    @property
    def learning_rate(self) -> float:
        """η at the first token."""
        return float(self.settings.learning_rate or 0.0)

    @property
    def final_learning_rate(self) -> float:
        """η at the last."""
        return float(self.settings.final_learning_rate or 0.0)

    @property
    def reweighted(self) -> bool:
        """Whether each pair is weighed by how rarely it is drawn."""
        return self.counts is not None

    def describe(self) -> dict[str, Any]:
        """Everything that the result depends on but the corpus: what a lineage keeps."""
        reweighted = {"reweighted": self.reweighted} if self.model == "quadratic" or self.reweighted else {}
        return {"model": self.model, **reweighted, **asdict(self.window), **asdict(self.settings)}

    @cached_property
    def weights(self) -> tuple[np.ndarray, int]:
        """(L,) int64 numerators of the window's weights, and their denominator."""
        if not self.window.is_document:
            return self.window.numerators, self.window.denominator
        longest = int(np.diff(self.corpus.document_starts).max(initial=1))
        if longest > LONGEST:
            raise InputError(
                f"a document has {longest:,} tokens, too many to train every pair: use a window of at most {LONGEST:,}"
            )
        return np.ones(max(1, longest - 1), np.int64), 1

    @cached_property
    def keep(self) -> np.ndarray:
        """(V,) float64, the chance that a token of each word stays."""
        vocabulary, t = self.corpus.vocabulary, self.settings.subsample
        if t is None:
            return np.ones(len(vocabulary))
        if not self.settings.closed_gaps:
            return vocabulary.keep_probability(t)
        f = vocabulary.unigram()
        with np.errstate(divide="ignore"):
            return np.minimum(1.0, np.sqrt(t / f) + t / f)

    @cached_property
    def frequency(self) -> np.ndarray:
        """(V,) float64, how many tokens of each word are expected to stay in one epoch."""
        V, tokens = len(self.corpus.vocabulary), self.corpus.tokens
        seen = sum(
            (np.bincount(tokens[at : at + BLOCK], minlength=V + 1) for at in range(0, len(tokens), BLOCK)),
            np.zeros(V + 1, np.int64),
        )
        return seen[:V] * self.keep

    @cached_property
    def noise(self) -> np.ndarray:
        """(V,) float64, q_j ∝ P_j^α before subsampling: by words, or by pairs where their counts are given."""
        α, is_thinned = self.settings.context_smoothing, self.settings.subsample is not None
        if self.counts is None:
            return self.corpus.vocabulary.unigram(α)
        weights = (self.counts.marginal() if is_thinned else self.pair_marginal) ** α
        return weights / weights.sum()

    @cached_property
    def _pair_scale(self) -> tuple[np.ndarray, np.ndarray]:
        """a and P_i: with subsampling, P_ij = C_ij a_i a_j and P_i = Σ_j P_ij."""
        assert self.counts is not None
        C, kept = self.counts.counts, self.keep
        rows = np.array([C.data[a:b] @ kept[C.indices[a:b]] for a, b in zip(C.indptr, C.indptr[1:], strict=False)])
        with single_threaded_blas():
            n = float(kept @ rows)
        if not n > 0:
            raise InputError("the counts are empty: there is nothing to weigh pairs by")
        return kept / np.sqrt(n), kept * rows / n

    @property
    def pair_share(self) -> np.ndarray:
        """(V,) float64 a, P_ij = C_ij a_i a_j."""
        return self._pair_scale[0]

    @property
    def pair_marginal(self) -> np.ndarray:
        """(V,) float64 P_i."""
        return self._pair_scale[1]

    @cached_property
    def batch(self) -> int:
        """Centers in a batch: so many that no row is expected to be moved more than 1/η times, and at least 1.

        Moves found from the same W and U add up; with slopes of at most ¼ and rows a few units long, so many of
        them still lead downhill.
        """
        numerators, denominator = self.weights
        η, k = self.learning_rate, self.settings.negatives
        p = float(self.frequency.max() / max(1.0, self.frequency.sum()))
        contexts = min(2 * float(numerators.sum()) / denominator, len(self.corpus))
        as_output = (k * float(self.noise.max()) + p) * (1.0 if self.row.is_mean else contexts)
        as_context = p * contexts * (1.0 if self.row.is_mean else 1.0 + k)
        moves = as_output + as_context if self.settings.tied else max(as_output, as_context)
        return int(max(1, min(self.settings.batch, 1 / max(moves * η, 1e-9))))


def flow_time(rates: float, V: int, negatives: int, *, tied: bool) -> float:
    """The time of gradient flow that pairs trained with learning rates adding up to ``rates`` take.

    A pair is a center and one context, with k negatives.  Of the reweighted quadratic model its loss is on average
    (1 + k)/(8V²) ‖WUᵀ - M*‖² and a constant, so with learning rate η it moves W on average by

        untied   η (1 + k)/(4V²) (M* - WUᵀ) U      the flow of ½‖WUᵀ - M‖² for dt = η (1 + k)/(4V²)
        tied     η (1 + k)/(2V²) (M* - WWᵀ) W      the flow of ¼‖WWᵀ - M‖² for dt = η (1 + k)/(2V²)

    That is exact in the limit of small η.  The plain quadratic loss and the logistic one weigh each pair by how
    often it is met, so modes have no time in common; the mean weight over the draws is 1, and with it the same
    formula stands for them.

    Parameters
    ----------
    rates : float
        Σ η over all pairs, each times its window's weight where those weigh gradients.
    V : int
    negatives : int
        k.
    tied : bool

    Examples
    --------
    >>> flow_time(0.5 * 1000, V=10, negatives=1, tied=False)
    2.5
    """
    return rates * (1 + negatives) / ((2 if tied else 4) * V * V)
