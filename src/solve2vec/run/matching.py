"""Whether a stage is made of the one that stands before it, or of one that was in its place.

The lineage tells what a stage was made through, and with which values; that of another text with the same options is
the same, so the words, their counts, and the numbers that both stages carry are compared too.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from ..core.stage import Lineage, Stage
from ..corpus.vocabulary import Vocabulary
from .names import is_made_through

if TYPE_CHECKING:
    from ..cooccurrence.window import Window
    from ..target.formula import Formula

CLOSE = 1e-6  # of the largest: how far numbers may be apart that were stored with another rounding
OF_SEVERAL = ("merge", "subtract")  # verbs that make counts of several texts


def is_made_of(name: str, stage: Stage, earlier_name: str, earlier: Stage) -> bool | None:
    """Whether a stage is made of this earlier one: True; of another in its place: False; of none such: None."""
    if name == "bootstrap" and earlier_name in ("spectrum", "embedding"):
        return bool(stage.is_of(earlier))  # type: ignore[attr-defined]
    if name == "trajectory" and earlier_name == "embedding":  # both come of one training
        return _begins(earlier.lineage, stage.lineage)
    lineage = stage.lineage
    if name == "embedding" and (joined := lineage.values_of("join")) and earlier_name.startswith("spectrum"):
        return earlier.fingerprint in joined["spectra"]
    if not is_made_through(lineage, earlier_name):
        return None
    if earlier_name == "corpus" and any(step.verb in OF_SEVERAL for step in lineage):
        return None
    past = earlier.lineage
    if earlier_name == "spectrum" and name == "prediction" and _is_solved_otherwise(lineage, past):
        return _begins(lineage, Lineage(past[:-1]))  # of singular values, solved for this prediction
    return _begins(lineage, past) and _has_words_of(stage, earlier) and _has_numbers_of(stage, earlier)


def is_counted(stage: Stage, window: Window) -> bool:
    """Whether a stage was made of counts in this window."""
    return stage.lineage.values_of("count") == asdict(window)


def _begins(whole: Lineage, beginning: Lineage) -> bool:
    return whole[: len(beginning)] == beginning


def _is_solved_otherwise(lineage: Lineage, past: Lineage) -> bool:
    """Whether one was solved for eigenvalues and the other for singular values."""
    return lineage.values_of("solve").get("tied") != past.values_of("solve").get("tied")


def _has_words_of(stage: Stage, earlier: Stage) -> bool:
    """Whether the words of a stage are the first of an earlier one's, seen as often, in a text of the same length."""
    own, other = (_vocabulary_of(one) for one in (stage, earlier))
    if own is None or other is None:
        return True
    n = len(own)
    same_text = own.total == other.total and own.documents == other.documents
    return same_text and own.words == other.words[:n] and np.array_equal(own.counts, other.counts[:n])


def _vocabulary_of(stage: Stage) -> Vocabulary | None:
    return stage if isinstance(stage, Vocabulary) else getattr(stage, "vocabulary", None)


def _has_numbers_of(stage: Stage, earlier: Stage) -> bool:
    """Whether the eigenvalues, and how often each word is in a pair, are the same as far as both have them."""
    if not _same(getattr(stage, "eigenvalues", None), getattr(earlier, "eigenvalues", None)):
        return False
    own, other = getattr(stage, "marginal", None), _marginal_of(earlier, getattr(stage, "formula", None))
    return own is None or other is None or len(own) != len(other) or _same(own, other)


def _marginal_of(earlier: Stage, formula: Formula | None) -> np.ndarray | None:
    """(V,) the share of pairs that each word is in, by an earlier stage and as a later one's formula takes it."""
    marginal = getattr(earlier, "marginal", None)
    if not callable(marginal):  # of counts it is a method
        return marginal
    is_plain = formula is not None and not formula.unigram and formula.subsample is None
    return marginal() if is_plain else None


def _same(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    if one is None or other is None:
        return True
    n = min(len(one), len(other))
    return n == 0 or bool((np.abs(one[:n] - other[:n]) <= CLOSE * np.abs(other[:n]).max()).all())
