"""Answering analogies: for each question, the one word that suits it best, found exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..core.errors import InputError
from ..core.options import check_options
from ..linalg.search import unit_rows
from .lookup import Case, Lookup, WordVectors, spelling
from .questions import Analogy, AnalogyQuestions

Method = Literal["add", "mul"]
Protocol = Literal["file", "pairs"]
TIE = 1e-12  # scores closer than this are equal: thousands of times float64's rounding, far below any meaning
_EPSILON = 1e-3  # Levy and Goldberg 2014, footnote 4
_CHUNK = 64  # questions at a time: their scores against a block of words fit a core's cache
_COSINES = 1 << 23  # held at a time


@dataclass(frozen=True)
class AnalogyOptions:
    """How a set of analogies is put; :func:`analogies` explains each."""

    method: Method = "add"
    case: Case = "ignore"
    restrict: int | None = None
    protocol: Protocol = "file"

    def __post_init__(self) -> None:
        check_options(self)

    def put(self, questions: AnalogyQuestions) -> tuple[Analogy, ...]:
        """Return the questions that the protocol asks."""
        if self.protocol == "file":
            return questions.questions
        return questions.every_ordered_pair(spelling(self.case)).questions


@dataclass(frozen=True, eq=False)
class Answers:
    """What an embedding answered.

    Attributes
    ----------
    rows : (Q,) int64
        The answer's row; -1 where the question was skipped, or every known word stands in the question.
    verdicts : (Q,) int8
        1 right, 0 wrong, -1 skipped.
    unknown : dict
        Words without a row, and how many questions each kept from being asked; most first.
    """

    rows: np.ndarray
    verdicts: np.ndarray
    unknown: dict[str, int]


def answer(embedding: WordVectors, questions: Sequence[Analogy], rules: AnalogyOptions) -> Answers:
    """Answer the questions whose four words are known; of several right answers one is enough."""
    lookup = Lookup.of(embedding, rules.case, rules.restrict)
    given = np.array([lookup(question[1:4]) for question in questions], dtype=np.int64).reshape(-1, 3)
    right = [{row for row in lookup(question.answers) if row >= 0} for question in questions]
    known = (given >= 0).all(axis=1) & np.array([bool(rows) for rows in right], dtype=bool)
    rows = np.full(len(questions), -1)
    verdicts = np.full(len(questions), -1, dtype=np.int8)
    if known.any():
        vectors = embedding.vectors[: rules.restrict]
        rows[known] = best_rows(vectors, given[known], hidden_rows(given[known], lookup), rules.method)
    for q in np.flatnonzero(known).tolist():
        verdicts[q] = rows[q] >= 0 and int(lookup.first[rows[q]]) in right[q]
    return Answers(rows, verdicts, _unknown([questions[q] for q in np.flatnonzero(~known).tolist()], lookup))


def _unknown(skipped: Sequence[Analogy], lookup: Lookup) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for question in skipped:
        words = dict.fromkeys(question[1:4])
        if max(lookup(question.answers)) < 0:
            words |= dict.fromkeys(question.answers)
        counts.update(word for word, row in zip(words, lookup(list(words)), strict=True) if row < 0)
    return dict(counts.most_common())


def hidden_rows(given: np.ndarray, lookup: Lookup) -> np.ndarray:
    """(Q, m) the rows that cannot answer: the given words, in each of their spellings."""
    words, where = np.unique(given, return_inverse=True)
    spellings = [lookup.spellings.get(word, [word]) for word in words.tolist()]
    most = max(map(len, spellings))
    table = np.array([rows + rows[:1] * (most - len(rows)) for rows in spellings])
    return table[where.reshape(given.shape)].reshape(len(given), -1)


def best_rows(vectors: np.ndarray, given: np.ndarray, hidden: np.ndarray, method: Method) -> np.ndarray:
    """(Q,) int64, the row that answers each question best, equal ones by row; -1 where all rows are hidden.

    A question set has few words and many questions, so the cosines of its words are taken once for each block of
    rows, in float64, and a question only adds up three of them.  Memory does not grow with V times Q.

    Parameters
    ----------
    vectors : (V, d) array
    given : (Q, 3) int64
        Rows a, b and c of "a is to b as c is to …".
    hidden : (Q, m) int64
        Rows that may not answer.
    method : {"add", "mul"}
    """
    asked, where = _asked(vectors, given, method)  # (U, d) and (Q, 3) or (Q, 1)
    best, rows = np.full(len(given), -np.inf), np.full(len(given), -1)
    width = min(max(_COSINES // len(asked), 256), 4096)
    for start in range(0, len(vectors), width):
        near = asked @ unit(vectors[start : start + width]).T  # (U, width)
        if method == "mul":
            near = (1 + near) / 2  # 0…1: a product of negative cosines would mean nothing
        for at in range(0, len(given), _CHUNK):
            part = slice(at, at + _CHUNK)
            scores = _scores(near, where[part], method)
            _hide(scores, hidden[part] - start)
            top = scores.max(axis=1)
            floor = top - TIE * np.maximum(1, np.abs(top))
            better = floor > best[part]
            best[part][better] = top[better]
            rows[part][better] = start + (scores >= floor[:, None]).argmax(axis=1)[better]
    return rows


def _asked(vectors: np.ndarray, given: np.ndarray, method: Method) -> tuple[np.ndarray, np.ndarray]:
    """Take unit vectors of all words, and the places of each question's three; or its b - a + c, where that is less."""
    words, where = np.unique(given, return_inverse=True)
    if method == "mul" or len(words) <= len(given):
        return unit(vectors[words]), where.reshape(given.shape)
    a, b, c = (unit(vectors[rows]) for rows in given.T)
    return b - a + c, np.arange(len(given))[:, None]


def _scores(near: np.ndarray, where: np.ndarray, method: Method) -> np.ndarray:
    """(q, width) how well each word answers each question.

    3CosAdd (Mikolov et al. 2013): cos(w, b) - cos(w, a) + cos(w, c).
    3CosMul (Levy and Goldberg 2014): cos(w, b) cos(w, c) / (cos(w, a) + 0.001), with cosines moved to 0…1.
    """
    if where.shape[1] == 1:
        return near[where[:, 0]]
    a, b, c = where.T
    scores = near[b]
    if method == "add":
        scores += near[c]
        scores -= near[a]
    else:
        scores *= near[c]
        scores /= near[a] + _EPSILON
    return scores


def _hide(scores: np.ndarray, hidden: np.ndarray) -> None:
    question, place = np.nonzero((hidden >= 0) & (hidden < scores.shape[1]))
    scores[question, hidden[question, place]] = -np.inf


def unit(vectors: np.ndarray) -> np.ndarray:
    """(n, d) float64, rows of length 1; a zero row stays zero, so its cosine with any word is 0."""
    if not np.isfinite(vectors).all():
        raise InputError("a vector has an entry that is not a finite number: nothing can be measured with it")
    return unit_rows(vectors, np.float64)
