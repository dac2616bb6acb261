"""Question sets: analogies, and word pairs that people scored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..core.errors import InputError

MOST_QUESTIONS = 2_000_000  # n pairs make n (n - 1) questions: a long list of pairs is no analogy file
WordPair = tuple[str, tuple[str, ...]]  # a word and its right answers


class Analogy(NamedTuple):
    """``a`` is to ``b`` as ``c`` is to any one of ``answers``."""

    category: str
    a: str
    b: str
    c: str
    answers: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.a} : {self.b} :: {self.c} : {'/'.join(self.answers)}"


@dataclass(frozen=True)
class AnalogyQuestions:
    """Analogies in the order of their file.

    Attributes
    ----------
    file : str
        Where they come from; it names the set in every score.
    questions : tuple of Analogy, length Q
    """

    file: str
    questions: tuple[Analogy, ...]

    def __post_init__(self) -> None:
        questions = tuple(q._replace(answers=_several(q.answers)) for q in self.questions)
        for question in questions:
            if not question.answers:
                raise InputError(f"{self.file}: {question} has no right answer: give it one")
        object.__setattr__(self, "questions", questions)

    def __len__(self) -> int:
        return len(self.questions)

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories, in the order of their first question."""
        return tuple(dict.fromkeys(question.category for question in self.questions))

    def every_ordered_pair(self, same: Callable[[str], str] = str) -> AnalogyQuestions:
        """In each category, every unique word pair asked after every other one.

        The protocol of Karkada et al. [1]_.  Their code also drops each pair with token 0 (`if a and b:`), the most
        frequent word; this does not.

        Parameters
        ----------
        same : function of a word
            Words for which it gives one answer count as one word (``str.lower``: case does not matter).

        References
        ----------
        .. [1] Karkada et al., "Closed-Form Training Dynamics Reveal Learned Features and Linear Structure in
           Word2Vec-like Models", NeurIPS 2025, arXiv:2502.09863.

        Examples
        --------
        >>> one = AnalogyQuestions("by hand", [Analogy("sex", "man", "woman", "king", ("queen",))])
        >>> [str(question) for question in one.every_ordered_pair().questions]
        ['man : woman :: king : queen', 'king : queen :: man : woman']
        """
        return AnalogyQuestions(self.file, ask_pairs(self.word_pairs(same)))

    def word_pairs(self, same: Callable[[str], str] = str) -> dict[str, tuple[WordPair, ...]]:
        """Each category's unique word pairs, a word and its right answers, in the order of the file."""
        pairs: dict[str, dict[tuple[str, str], WordPair]] = {name: {} for name in self.categories}
        for category, a, b, c, answers in self.questions:
            found = pairs[category]
            for word, right in ((a, (b,)), (c, answers)):
                key = same(word), same(right[0])
                if key not in found or len(right) > len(found[key][1]):
                    found[key] = word, right
        return {name: tuple(found.values()) for name, found in pairs.items()}


def _several(answers: str | Sequence[str]) -> tuple[str, ...]:
    return (answers,) if isinstance(answers, str) else tuple(answers)


def ask_pairs(pairs: Mapping[str, Sequence[WordPair]], place: str = "") -> tuple[Analogy, ...]:
    """Every pair of each category asked after every other one of it; the first answer of a pair is its example.

    Raises
    ------
    InputError
        If that makes more than two million questions.
    """
    asked = sum(len(found) * (len(found) - 1) for found in pairs.values())
    if asked > MOST_QUESTIONS:
        largest = max(pairs, key=lambda name: len(pairs[name]))
        raise InputError(
            f"{place}category {largest!r} has {len(pairs[largest]):,} word pairs, which makes {asked:,} questions in "
            f"all (at most {MOST_QUESTIONS:,}): keep fewer pairs, or ask four words a line"
        )
    return tuple(
        Analogy(name, a, right[0], c, answers)
        for name, found in pairs.items()
        for i, (a, right) in enumerate(found)
        for j, (c, answers) in enumerate(found)
        if i != j
    )


@dataclass(frozen=True, eq=False)
class SimilarityQuestions:
    """Word pairs and how alike or related people found them.

    Attributes
    ----------
    file : str
        Where they come from; it names the set in every score.
    pairs : tuple of (str, str), length n
    scores : (n,) float64
        In the file's own unit; only their order and spacing matter.
    layout : str
        How the file was understood: what separates columns, and which hold words and scores.
    """

    file: str
    pairs: tuple[tuple[str, str], ...]
    scores: np.ndarray
    layout: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "pairs", tuple((one, other) for one, other in self.pairs))
        scores = np.array(self.scores, dtype=np.float64)
        if scores.shape != (len(self.pairs),):
            raise InputError(f"{len(self.pairs)} word pairs but scores of shape {scores.shape}: one for each, please")
        if not np.isfinite(scores).all():
            pair = self.pairs[int(np.argmin(np.isfinite(scores)))]
            raise InputError(
                f"{self.file}: the score of {pair} is not a finite number: correct it, or leave the pair out"
            )
        scores.flags.writeable = False
        object.__setattr__(self, "scores", scores)

    def __len__(self) -> int:
        return len(self.pairs)
