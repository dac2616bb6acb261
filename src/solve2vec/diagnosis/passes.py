"""Passes: how training goes over this corpus, as far as it can be counted beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import InputError
from ..core.resources import block_size
from ..training.sampled.settings import MODELS, ModelName, TrainingOptions
from ..training.sampled.task import BLOCK, LOWEST, Task

if TYPE_CHECKING:
    from ..corpus.corpus import Corpus
    from .settings import DiagnosisOptions


def task_of(corpus: Corpus, settings: DiagnosisOptions) -> Task:
    """What the trainer is given; one of another tool lets η fall to 0.0001 for CBOW too."""
    η = rate(settings)
    return Task(
        _sampled(settings),
        corpus,
        settings.window,
        TrainingOptions(
            dim=min(settings.dim, len(corpus.vocabulary)), epochs=settings.epochs, learning_rate=η,
            final_learning_rate=None if settings.tool == "solve2vec" else min(η, LOWEST),
            negatives=round(settings.negatives), context_smoothing=settings.context_smoothing,
            subsample=settings.subsample, tied=settings.tied, closed_gaps=settings.closed_gaps,
        ),
    )  # fmt: skip


def rate(settings: DiagnosisOptions) -> float:
    """η at the first token."""
    return MODELS[_sampled(settings)].learning_rate if settings.learning_rate is None else settings.learning_rate


def _sampled(settings: DiagnosisOptions) -> ModelName:
    if settings.model == "closed-form" or settings.model == "population":
        raise InputError(f"{settings.model} takes no steps over the corpus: choose one of {', '.join(MODELS)}")
    return settings.model


def pairs_of(task: Task) -> float:
    """Centers with one context each, in an epoch without gaps: Σ_d Σ_j 2 ω_j max(0, m_d - j).

    m_d are the tokens of document d that are known and expected to be kept.  Windows then reach over the others, so
    these are more pairs than counts have, in which words that go keep their places.  What m_d varies by is left out:
    a twentieth too few where a document keeps five tokens, nothing to speak of where it keeps a hundred.
    """
    m = kept_tokens(task)
    if task.window.is_document:
        return float((m * np.maximum(0, m - 1)).sum())
    numerators, denominator = task.weights
    return float(sum(2 * ω * np.maximum(0, m - j).sum() for j, ω in enumerate(numerators.tolist(), 1))) / denominator


def kept_tokens(task: Task) -> np.ndarray:
    """(D,) tokens of each document that are known and expected to be kept."""
    tokens, starts = task.corpus.tokens, np.asarray(task.corpus.document_starts)
    keep = np.append(task.keep, 0.0)
    before, done = np.empty(len(starts)), 0.0
    size = block_size(BLOCK)
    for at in range(0, len(tokens), size):
        sums = done + np.r_[0.0, keep[tokens[at : at + size]].cumsum()]
        inside = slice(*np.searchsorted(starts, (at, at + len(sums) - 1)))
        before[inside] = sums[starts[inside] - at]
        done = float(sums[-1])
    before[np.searchsorted(starts, len(tokens)) :] = done
    return np.diff(before)
