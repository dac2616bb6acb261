"""Analogies: how often vector arithmetic finds the fourth word, by category, and how sure that number is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .answering import AnalogyOptions, Answers, Method, Protocol, answer
from .lookup import Case, WordVectors, spelling
from .questions import Analogy, AnalogyQuestions
from .resampling import Drawing, Resample, numbered, resampled_means


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """The share of right answers, and the interval it would likely fall in with other questions of the kind.

    Attributes
    ----------
    correct, asked, skipped : int
        Questions; those with an unknown word are skipped and count neither way.
    low, high : float, optional
        Bootstrap interval of the accuracy, 0…1; None where nothing was asked or no interval was wanted.
    """

    correct: int
    asked: int
    skipped: int
    low: float | None = None
    high: float | None = None

    @property
    def accuracy(self) -> float | None:
        """Correct answers by questions asked, 0…1; None where none was."""
        return self.correct / self.asked if self.asked else None

    @property
    def coverage(self) -> float | None:
        """The share of questions that could be asked, 0…1."""
        return self.asked / (self.asked + self.skipped) if self.asked + self.skipped else None

    def as_json(self) -> dict[str, Any]:
        """Plain values; what is not known is None."""
        names = ("accuracy", "low", "high", "correct", "asked", "skipped")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, kw_only=True, eq=False)
class AnalogyScore(Accuracy):
    """An embedding's accuracy on a set of analogies, and each of its answers.

    Attributes
    ----------
    file : str
        The question set.
    rules : AnalogyOptions
        How it was put: method, case, restrict, protocol.
    bootstrap : Drawing
        How the interval was made.
    resample : {"pairs", "questions"}
        What was drawn for it.
    categories : dict of Accuracy
    questions : tuple of Analogy, length Q
        As they were put; under the pairs protocol not those of the file.
    answered : tuple of (str or None), length Q
        The word that was found for each; None where it was skipped, or no word was left to answer.
    verdicts : (Q,) int8
        1 right, 0 wrong, -1 skipped.
    unknown : dict
        Words without a vector, and how many questions each kept from being asked; most first.
    """

    file: str
    rules: AnalogyOptions
    bootstrap: Drawing
    resample: Resample
    categories: dict[str, Accuracy]
    questions: tuple[Analogy, ...]
    answered: tuple[str | None, ...]
    verdicts: np.ndarray
    unknown: dict[str, int]

    @property
    def mistakes(self) -> list[tuple[Analogy, str | None]]:
        """Each question answered wrongly, and the answer."""
        return [(self.questions[q], self.answered[q]) for q in np.flatnonzero(self.verdicts == 0).tolist()]

    def __repr__(self) -> str:
        rate = "nothing asked" if self.accuracy is None else f"accuracy={self.accuracy:.4f}"
        return f"AnalogyScore({self.file}, {rate}, asked={self.asked:,}, skipped={self.skipped:,})"

    def as_json(self) -> dict[str, Any]:
        """Plain values, categories and settings included; accuracies in 0…1."""
        return {
            "file": self.file,
            **super().as_json(),
            "categories": {name: category.as_json() for name, category in self.categories.items()},
            "coverage": self.coverage,
            "unknown": self.unknown,
            **vars(self.rules),
            "resampled": self.resample,
            **vars(self.bootstrap),
        }


def analogies(
    embedding: WordVectors,
    questions: AnalogyQuestions,
    *,
    method: Method = "add",
    case: Case = "ignore",
    restrict: int | None = None,
    protocol: Protocol = "file",
    resample: Resample = "pairs",
    bootstrap: int = Drawing.samples,
    seed: int = Drawing.seed,
    confidence: float = Drawing.confidence,
) -> AnalogyScore:
    """Ask an embedding analogies: a is to b as c is to which word.

    The one best word of the whole vocabulary must be right; the three given words cannot be it.  A question with a
    word that has no vector is skipped, and the score says which words those were.  Equal scores go to the word that
    comes first, the most frequent one.

    Parameters
    ----------
    embedding : Embedding
    questions : AnalogyQuestions
        From :func:`read_analogies`, or made by hand.
    method : {"add", "mul"}
        3CosAdd [1]_ or 3CosMul [2]_ (ε = 0.001).
    case : {"ignore", "lower", "as_is"}
        ``ignore``: "Paris", "paris" and "PARIS" are one word, whose vector is that of the most frequent spelling;
        any spelling is a right answer, and none of a given word's is an answer (gensim's ``case_insensitive=True``).
        ``lower``: the questions are put in lower case, the vocabulary is taken as it is.
        ``as_is``: both are (gensim's ``case_insensitive=False``).
    restrict : int, optional
        Know only this many first words, in questions and answers alike (gensim's ``restrict_vocab``, 300,000 there).
    protocol : {"file", "pairs"}
        ``file``: the questions of the file.  ``pairs``: in each category every unique word pair is asked after every
        other one [3]_; published scores of one protocol are not to be set beside those of the other.
    resample : {"pairs", "questions"}
        What is drawn, with replacement and within each category, for the interval.  ``pairs``: word pairs; a question
        counts as often as both of its pairs were drawn.  A few hundred pairs make thousands of questions, which rise
        and fall together: ``questions``, which draws them as if they were independent, gives too short an interval.
    bootstrap : int
        How many samples; 0 for no interval.
    seed : int
        Of the samples; same seed, same interval.
    confidence : float
        The share of samples in the interval, between 0 and 1.

    Returns
    -------
    AnalogyScore
        Accuracies in 0…1; None where nothing could be asked.

    Raises
    ------
    InputError
        If an option has a value it cannot have, or a vector is not finite.

    References
    ----------
    .. [1] Mikolov, Yih and Zweig, "Linguistic Regularities in Continuous Space Word Representations", NAACL 2013.
    .. [2] Levy and Goldberg, "Linguistic Regularities in Sparse and Explicit Word Representations", CoNLL 2014.
    .. [3] Karkada et al., "Closed-Form Training Dynamics Reveal Learned Features and Linear Structure in
       Word2Vec-like Models", NeurIPS 2025, arXiv:2502.09863.

    Examples
    --------
    >>> words = ["man", "woman", "king", "queen", "apple"]
    >>> from solve2vec import Embedding
    >>> E = Embedding.from_vectors(words, [[1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 1, 1], [-1, 0, 0]])
    >>> asked = AnalogyQuestions("sex", [Analogy("sex", "man", "woman", "king", ("queen",)),
    ...                                  Analogy("sex", "man", "woman", "boy", ("girl",))])
    >>> score = analogies(E, asked)
    >>> score.accuracy, score.asked, score.skipped, score.unknown
    (1.0, 1, 1, {'boy': 1, 'girl': 1})
    """
    rules, drawing = AnalogyOptions(method, case, restrict, protocol), Drawing(bootstrap, seed, confidence)
    put = rules.put(questions)
    answers = answer(embedding, put, rules)
    total, categories = _accuracies(put, answers, rules, drawing, resample)
    return AnalogyScore(
        **vars(total),
        file=questions.file,
        rules=rules,
        bootstrap=drawing,
        resample=resample,
        categories=categories,
        questions=put,
        answered=tuple(None if row < 0 else embedding.words[row] for row in answers.rows.tolist()),
        verdicts=answers.verdicts,
        unknown=answers.unknown,
    )


def _accuracies(
    questions: Sequence[Analogy], answers: Answers, rules: AnalogyOptions, bootstrap: Drawing, resample: Resample
) -> tuple[Accuracy, dict[str, Accuracy]]:
    """Of all questions, and of each category; a category of which nothing could be asked is there too."""
    asked = np.flatnonzero(answers.verdicts >= 0)
    samples = resampled_means(
        [questions[q] for q in asked.tolist()], answers.verdicts[asked], bootstrap, resample, spelling(rules.case)
    )
    names, category = numbered(question.category for question in questions)
    total = _accuracy(answers.verdicts, *bootstrap.interval(samples.overall))
    return total, {
        name: _accuracy(
            answers.verdicts[category == place], *bootstrap.interval(samples.categories.get(name, np.empty(0)))
        )
        for place, name in enumerate(names)
    }


def _accuracy(verdicts: np.ndarray, low: float | None, high: float | None) -> Accuracy:
    correct, skipped = int(np.sum(verdicts == 1)), int(np.sum(verdicts < 0))
    return Accuracy(correct=correct, asked=len(verdicts) - skipped, skipped=skipped, low=low, high=high)
