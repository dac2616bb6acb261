"""Which row of an embedding answers to a word of a question."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np

from ..core.choices import require_choice
from ..core.errors import InputError

Case = Literal["ignore", "lower", "as_is"]
# upper case, not lower, because gensim folds so: the two differ on letters such as ß
SPELLINGS: dict[Case, Callable[[str], str]] = {"ignore": str.upper, "lower": str.lower, "as_is": str}


class WordVectors(Protocol):
    """What can be scored: words by falling count, and a row of ``vectors`` (V, d) for each; an Embedding is one."""

    @property
    def words(self) -> tuple[str, ...]:
        """The words."""

    @property
    def vectors(self) -> np.ndarray:
        """Their vectors."""


class _Chosen(NamedTuple):
    words: tuple[str, ...]
    vectors: np.ndarray


def spelling(case: Case) -> Callable[[str], str]:
    """How to spell a word of a question before it is looked up; words that become one are the same word."""
    return SPELLINGS[case]


@dataclass(frozen=True, eq=False)
class Lookup:
    """Which row answers to a word, under a policy on case.

    Attributes
    ----------
    case : {"ignore", "lower", "as_is"}
    rows : dict
        The first row, the most frequent word, of each spelling.
    first : (n,) int64
        For each row that may answer, the first row of its spelling: itself, unless case is ignored.
    spellings : dict
        All rows of a spelling that has more than one, by its first.
    """

    case: Case
    rows: dict[str, int]
    first: np.ndarray
    spellings: dict[int, list[int]]

    @classmethod
    def of(cls, embedding: WordVectors, case: Case, restrict: int | None) -> Lookup:
        """Look up among the first ``restrict`` words of ``embedding``, or all."""
        require_choice("case", case, SPELLINGS)
        if restrict is not None and restrict < 1:
            raise InputError(f"restrict must leave at least 1 word, got {restrict}")
        words = embedding.words[:restrict]
        keys = [word.upper() for word in words] if case == "ignore" else words
        rows: dict[str, int] = {}
        spellings: dict[int, list[int]] = {}
        first = np.arange(len(words))
        for row, key in enumerate(keys):
            first[row] = rows.setdefault(key, row)
            if first[row] != row:
                spellings.setdefault(int(first[row]), [int(first[row])]).append(row)
        return cls(case, rows, first, spellings)

    def __call__(self, words: Sequence[str]) -> list[int]:
        """Row of each word; -1 where it has none."""
        spell = spelling(self.case)
        return [self.rows.get(spell(word), -1) for word in words]


def shared_words(
    one: WordVectors, other: WordVectors, case: Case, restrict: int | None
) -> tuple[WordVectors, WordVectors]:
    """Both with only the words that both have among their first ``restrict``, each in its own order."""
    lookups = [Lookup.of(embedding, case, restrict) for embedding in (one, other)]
    common = lookups[0].rows.keys() & lookups[1].rows.keys()
    if not common:
        raise InputError("the two embeddings have no word in common: are they of one language, and one case?")
    one, other = (_only(common, *both) for both in zip((one, other), lookups, strict=True))
    return one, other


def _only(keys: Set[str], embedding: WordVectors, lookup: Lookup) -> WordVectors:
    rows = np.flatnonzero(np.isin(lookup.first, [lookup.rows[key] for key in keys]))
    if len(rows) == len(embedding.words):
        return embedding
    return _Chosen(tuple(embedding.words[row] for row in rows.tolist()), embedding.vectors[rows])
