"""Strings without a row, and how much of a word's vector is context and how much spelling."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self, get_args

import numpy as np

from ..core.choices import require_choice
from ..core.errors import InputError
from ..linalg.search import dots
from ..spelling.subwords import Subwords
from .keyed.lookup import Key, Lookup

Unknown = Literal["error", "subword"]


class Shares(NamedTuple):
    """Of a word's vector, how much is context and how much spelling; the two add up to 1."""

    contexts: float
    spelling: float


class Strings(Lookup):
    """What spelling knows, mixed into Embedding."""

    subwords: Subwords | None
    if TYPE_CHECKING:  # Embedding has it

        def _with(self, verb: str, values: dict[str, Any], **changes: Any) -> Self:
            """A copy with some changes, which its lineage tells."""

    def vector(self, word: Key, *, unknown: Unknown = "error", contexts_only: bool = False) -> np.ndarray:
        """(d,) float32, the vector of a word or row, or of any string.

        Parameters
        ----------
        unknown : {"error", "subword"}
            A word without a row is an error, or gets the vector that its spelling foretells.
        contexts_only : bool
            Leave out what spelling adds.

        Raises
        ------
        UnknownWordError
            If the word has no row and may not be spelled out, or shares no n-gram with a word that has one.
        InputError
            If it is to be spelled out and :attr:`subwords` is None.
        """
        require_choice("unknown", unknown, get_args(Unknown))
        if contexts_only:
            return self.contexts.vector(word, unknown=unknown)
        if unknown == "error" or self.has_index_for(word):
            found: np.ndarray = self.vectors[self.get_index(word)]
            return found
        return self._spelled(str(word)).require(str(word))

    @cached_property
    def contexts(self) -> Self:
        """The same words with what their contexts say alone: E, where ``vectors`` are E + s G B."""
        if self.subwords is None:
            return self
        vectors = self.vectors - self.subwords.parts(self.vocabulary.words)
        return self._with("contexts", {}, vectors=vectors, subwords=None)

    def shares(self, word: str) -> Shares:
        """How much of a word's vector its contexts and its spelling make up: each one's part along the sum.

        >>> from solve2vec import Embedding
        >>> Embedding.from_vectors(["tea"], [[1.0, 2.0]]).shares("tea")
        Shares(contexts=1.0, spelling=0.0)
        """
        vector = self.vector(word)
        if self.subwords is None or not vector.any():
            return Shares(1.0, 0.0)
        part = self.subwords.parts([word])
        spelling = float(dots(part, vector)[0] / dots(vector[None, :], vector)[0])
        return Shares(1 - spelling, spelling)

    def with_strings(self, strings: Sequence[str]) -> Self:
        """The same words, and after them the strings that have no row and whose spelling has a vector.

        They were never seen: their count is 0.  What :meth:`fold_in` needs is left out.
        """
        from dataclasses import replace

        subwords = self._spelled(next(iter(strings), ""))
        new = [string for string in dict.fromkeys(strings) if string not in self.vocabulary.id_of]
        rows = subwords.of(new)
        kept = rows.any(axis=1)
        words = (*self.vocabulary.words, *(new[place] for place in np.flatnonzero(kept).tolist()))
        counts = np.concatenate([self.vocabulary.counts, np.zeros(int(kept.sum()), np.int64)])
        vocabulary = replace(self.vocabulary, words=words, counts=counts)
        changes = {"vectors": np.concatenate([self.vectors, rows[kept]]), "vocabulary": vocabulary, "total": 0.0}
        left_out = dict.fromkeys(("context_vectors", "formula", "marginal", "subwords"))
        return self._with("with_strings", {"strings": int(kept.sum())}, **changes, **left_out)

    def _spelled(self, word: str) -> Subwords:
        if self.subwords is None:
            raise InputError(
                f"{word!r} can have no vector from its spelling, of which these vectors know nothing: fit(…, "
                "spelling=True), or spell(embedding)"
            )
        return self.subwords
