"""Evaluation: question sets, scores with their uncertainty, and comparisons; verbs return values, none prints."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .analogy import Accuracy, AnalogyScore, analogies
from .comparison import Comparison, Disagreement, compare_analogies, compare_similarity
from .questions import Analogy, AnalogyQuestions, SimilarityQuestions
from .reading import read_analogies, read_similarities
from .similarity import SimilarityScore, similarity

__all__ = [
    "Accuracy",
    "Analogy",
    "AnalogyQuestions",
    "AnalogyScore",
    "Comparison",
    "Disagreement",
    "SimilarityQuestions",
    "SimilarityScore",
    "analogies",
    "compare_analogies",
    "compare_similarity",
    "read_analogies",
    "read_similarities",
    "report",
    "similarity",
]


def report(scores: Iterable[AnalogyScore | SimilarityScore]) -> dict[str, list[dict[str, Any]]]:
    """``{"analogies": […], "similarity": […]}``: scores of both kinds as plain values, ready for JSON.

    Examples
    --------
    >>> report([])
    {'analogies': [], 'similarity': []}
    """
    found: dict[str, list[dict[str, Any]]] = {"analogies": [], "similarity": []}
    for score in scores:
        found["analogies" if isinstance(score, AnalogyScore) else "similarity"].append(score.as_json())
    return found
