"""Comparison: on which questions two embeddings differ, and whether the difference is more than chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from .answering import AnalogyOptions, Method, Protocol, answer
from .lookup import Case, Lookup, WordVectors, shared_words, spelling
from .questions import Analogy, AnalogyQuestions, SimilarityQuestions
from .resampling import Drawing, Resample, resampled_means
from .similarity import pair_cosines, ranks, resampled_spearman, spearman


class Disagreement(NamedTuple):
    """A question on which two embeddings differ, and what each says to it.

    To an analogy, its answer; to a word pair, how many places above (+) or below (-) people's it ranks the pair.
    """

    question: Analogy | tuple[str, str]
    one: str | float | None
    other: str | float | None

    def as_json(self) -> dict[str, Any]:
        """Plain values, the question as words."""
        if isinstance(self.question, Analogy):
            words = [*self.question[1:4], "/".join(self.question.answers)]
            return {"category": self.question.category, "question": words, "one": self.one, "other": self.other}
        return {"question": list(self.question), "one": self.one, "other": self.other}


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """Two embeddings on the questions that both can answer.

    Attributes
    ----------
    file : str
        The question set.
    measure : {"accuracy", "spearman"}
    one, other : float, optional
        Each one's score on the ``asked`` questions; None where it is undefined.
    difference : float, optional
        ``one`` minus ``other``.
    low, high : float, optional
        Bootstrap interval of the difference, both answering the same drawn questions (paired).
    chance : float, optional
        The two-sided share of samples in which the difference is 0 or has the other sign, 0…1; read it as a p-value.
        Below 1 minus the confidence, the difference is more than the choice of questions explains.
    asked, skipped : int
        Questions that both can answer, and the others.
    won, lost : tuple of Disagreement
        Where ``one`` does better, and where ``other`` does; word pairs by falling difference of their misplacement.
    settings : dict
        What was asked for, as given.
    """

    file: str
    measure: str
    one: float | None
    other: float | None
    low: float | None
    high: float | None
    chance: float | None
    asked: int
    skipped: int
    won: tuple[Disagreement, ...]
    lost: tuple[Disagreement, ...]
    settings: dict[str, Any]

    @property
    def difference(self) -> float | None:
        """``one`` minus ``other``; None where one of them is undefined."""
        return None if self.one is None or self.other is None else self.one - self.other

    @property
    def categories(self) -> dict[str, tuple[int, int]]:
        """Questions won and lost in each category of analogies where there are any; most first."""
        won, lost = _by_category(self.won), _by_category(self.lost)
        return {name: (won[name], lost[name]) for name, _ in (won + lost).most_common()}

    def __repr__(self) -> str:
        values = {name: getattr(self, name) for name in ("one", "other", "difference", "chance")}
        facts = [f"{name}={value:.4f}" for name, value in values.items() if value is not None]
        return f"Comparison({', '.join([self.file, self.measure, *facts])}, asked={self.asked:,})"

    def as_json(self) -> dict[str, Any]:
        """Plain values, disagreements and settings included; what is not known is None."""
        names = ("file", "measure", "one", "other", "difference", "low", "high", "chance", "asked", "skipped")
        told = {side: [each.as_json() for each in getattr(self, side)] for side in ("won", "lost")}
        return {**{name: getattr(self, name) for name in names}, **told, **self.settings}


def _by_category(found: Iterable[Disagreement]) -> Counter[str]:
    return Counter(each.question.category for each in found if isinstance(each.question, Analogy))


def compare_analogies(
    one: WordVectors,
    other: WordVectors,
    questions: AnalogyQuestions,
    *,
    method: Method = "add",
    case: Case = "ignore",
    restrict: int | None = None,
    protocol: Protocol = "file",
    shared: bool = True,
    resample: Resample = "pairs",
    bootstrap: int = Drawing.samples,
    seed: int = Drawing.seed,
    confidence: float = Drawing.confidence,
) -> Comparison:
    """Compare two embeddings' accuracy on the analogies that both can answer.

    Parameters
    ----------
    one, other : Embedding
    questions : AnalogyQuestions
    shared : bool
        Both choose their answers among the words that both have.  Otherwise each has its own vocabulary to be
        misled by, and the larger one is at a disadvantage that is not its vectors'.
    method, case, restrict, protocol, resample, bootstrap, seed, confidence
        As in :func:`analogies`.

    Raises
    ------
    InputError
        If an option has a value it cannot have, the two have no word in common, or a vector is not finite.

    References
    ----------
    .. [1] Berg-Kirkpatrick, Burkett and Klein, "An Empirical Investigation of Statistical Significance in NLP",
       EMNLP 2012 (the paired bootstrap).

    Examples
    --------
    >>> words = ["man", "woman", "king", "queen", "apple"]
    >>> from solve2vec import Embedding
    >>> good = Embedding.from_vectors(words, [[1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 1, 1], [-1, 0, 0]])
    >>> poor = Embedding.from_vectors(words, [[1, 0, 0], [1, 1, 0], [1, 0, 1], [-1, 0, 0], [1, 1, 1]])
    >>> asked = AnalogyQuestions("sex", [Analogy("sex", "man", "woman", "king", ("queen",))])
    >>> found = compare_analogies(good, poor, asked)
    >>> found.difference, found.won[0].other
    (1.0, 'apple')
    """
    drawing, rules = Drawing(bootstrap, seed, confidence), AnalogyOptions(method, case, restrict, protocol)
    settings = {**vars(rules), "shared": shared, "resampled": resample, **vars(drawing)}
    if shared:
        one, other, rules = *shared_words(one, other, case, restrict), replace(rules, restrict=None)
    put = rules.put(questions)
    mine, theirs = answer(one, put, rules), answer(other, put, rules)
    asked = np.flatnonzero((mine.verdicts >= 0) & (theirs.verdicts >= 0))
    gain = mine.verdicts[asked].astype(np.int64) - theirs.verdicts[asked]
    samples = resampled_means([put[q] for q in asked], gain, drawing, resample, spelling(case)).overall
    low, high = drawing.interval(samples)
    words = [Disagreement(put[q], _word(one, mine.rows[q]), _word(other, theirs.rows[q])) for q in asked.tolist()]
    return Comparison(
        file=questions.file,
        measure="accuracy",
        one=float(mine.verdicts[asked].mean()) if len(asked) else None,
        other=float(theirs.verdicts[asked].mean()) if len(asked) else None,
        low=low,
        high=high,
        chance=drawing.chance(samples),
        asked=len(asked),
        skipped=len(put) - len(asked),
        won=tuple(words[place] for place in np.flatnonzero(gain > 0).tolist()),
        lost=tuple(words[place] for place in np.flatnonzero(gain < 0).tolist()),
        settings=settings,
    )


def _word(embedding: WordVectors, row: int) -> str | None:
    return None if row < 0 else embedding.words[row]


def compare_similarity(
    one: WordVectors,
    other: WordVectors,
    questions: SimilarityQuestions,
    *,
    case: Case = "ignore",
    restrict: int | None = None,
    bootstrap: int = Drawing.samples,
    seed: int = Drawing.seed,
    confidence: float = Drawing.confidence,
) -> Comparison:
    """Compare two embeddings' rank correlation with people's scores, on the word pairs that both know.

    Parameters
    ----------
    one, other : Embedding
    questions : SimilarityQuestions
    case, restrict, bootstrap, seed, confidence
        As in :func:`similarity`.

    Raises
    ------
    InputError
        If an option has a value it cannot have, or a vector is not finite.

    Examples
    --------
    >>> from solve2vec import Embedding
    >>> good = Embedding.from_vectors(["cat", "dog", "car"], [[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
    >>> poor = Embedding.from_vectors(["cat", "dog", "car"], [[0.0, 1.0], [0.9, 0.1], [1.0, 0.0]])
    >>> asked = SimilarityQuestions("pets", (("cat", "dog"), ("dog", "car"), ("cat", "car")), [9.0, 3.0, 1.0])
    >>> compare_similarity(good, poor, asked).difference
    0.5
    """
    drawing = Drawing(bootstrap, seed, confidence)
    cosines = np.array(
        [pair_cosines(embedding, questions, Lookup.of(embedding, case, restrict))[0] for embedding in (one, other)]
    )
    asked = np.flatnonzero(np.isfinite(cosines).all(axis=0))
    (x, y), people = cosines[:, asked], questions.scores[asked]
    # the same seed draws the same pairs for both
    samples = resampled_spearman(x, people, drawing) - resampled_spearman(y, people, drawing)
    low, high = drawing.interval(samples)
    won, lost = _misplaced([questions.pairs[place] for place in asked.tolist()], x, y, people)
    return Comparison(
        file=questions.file,
        measure="spearman",
        one=spearman(x, people),
        other=spearman(y, people),
        low=low,
        high=high,
        chance=drawing.chance(samples),
        asked=len(asked),
        skipped=len(questions) - len(asked),
        won=won,
        lost=lost,
        settings={"case": case, "restrict": restrict, "resampled": "pairs", **vars(drawing)},
    )


def _misplaced(
    pairs: list[tuple[str, str]], x: np.ndarray, y: np.ndarray, people: np.ndarray
) -> tuple[tuple[Disagreement, ...], tuple[Disagreement, ...]]:
    """Pairs that x ranks nearer to people than y does, and the converse."""
    off_x, off_y = ranks(x) - ranks(people), ranks(y) - ranks(people)
    gain = np.abs(off_y) - np.abs(off_x)
    order = np.argsort(-np.abs(gain), kind="stable").tolist()
    told = {p: Disagreement(pairs[p], float(off_x[p]), float(off_y[p])) for p in order if gain[p]}
    won, lost = (tuple(each for p, each in told.items() if sign * gain[p] > 0) for sign in (1, -1))
    return won, lost
