"""Words, their rows and their vectors, under gensim's names."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import numpy as np

from ...core.errors import InputError, UnknownAttributeError, UnknownWordError
from ...core.frozen import FrozenList
from ...linalg.search import dots, unit_rows

if TYPE_CHECKING:
    from ...corpus.vocabulary import Vocabulary

Key: TypeAlias = str | int | np.integer  # a word, or its row
Query: TypeAlias = Key | np.ndarray  # … or a vector


class Lookup:
    """A word's row, count and vector, and means of vectors."""

    vectors: np.ndarray  # (V, d) float32
    vocabulary: Vocabulary
    if TYPE_CHECKING:  # Embedding has it

        @property
        def unit_vectors(self) -> np.ndarray:
            """(V, d) float32, rows of length 1 or 0."""

    @cached_property
    def index_to_key(self) -> list[str]:
        """The words in row order; the list never changes."""
        return FrozenList(self.vocabulary.words)

    @property
    def key_to_index(self) -> dict[str, int]:
        """The row of each word; the dict never changes."""
        return self.vocabulary.id_of

    @property
    def vector_size(self) -> int:
        """d, the number of columns."""
        return int(self.vectors.shape[1])

    @cached_property
    def norms(self) -> np.ndarray:
        """(V,) float32, the length of each row; read-only."""
        made = np.sqrt(dots(self.vectors, self.vectors)).astype(np.float32)
        made.flags.writeable = False
        return made

    @property
    def wv(self) -> Self:
        """Itself: what gensim's models have as ``wv``."""
        return self

    def has_index_for(self, key: Key) -> bool:
        """Whether a word, or a row, is there."""
        if is_row(key):
            return 0 <= int(key) < len(self.vectors)
        return key in self.vocabulary.id_of

    def get_index(self, key: Key, default: int | None = None) -> int:
        """The row of a word, or of itself; ``default`` where there is none, or an :class:`UnknownWordError`."""
        if default is not None and not self.has_index_for(key):
            return default
        if not is_row(key):
            return self.vocabulary.require(key)  # type: ignore[arg-type]
        if not self.has_index_for(key):
            raise UnknownWordError(f"{key!r} is neither a word nor one of the {len(self.vectors)} rows")
        return int(key)

    def get_normed_vectors(self) -> np.ndarray:
        """(V, d) float32, rows of length 1 or 0."""
        return self.unit_vectors

    def get_vecattr(self, key: Key, attr: str) -> int:
        """The ``"count"`` of a word: how often it was seen.

        Raises
        ------
        UnknownAttributeError
            If another attribute is asked for, or nobody kept the counts; it is a KeyError, as gensim's.
        """
        row = self.get_index(key)
        if attr != "count":
            raise UnknownAttributeError(f"words have no attribute {attr!r} here, only 'count'")
        if not self.vocabulary.counts.any():
            raise UnknownAttributeError("these vectors came without counts: give them to from_vectors(…, counts=…)")
        return int(self.vocabulary.counts[row])

    def get_vector(self, key: Key, norm: bool = False) -> np.ndarray:
        """(d,) float32, the vector of a word; of length 1 if ``norm``."""
        return (self.unit_vectors if norm else self.vectors)[self.get_index(key)]

    def get_mean_vector(
        self,
        keys: Sequence[Query] | Query,
        weights: Sequence[float] | np.ndarray | None = None,
        pre_normalize: bool = True,
        post_normalize: bool = False,
        ignore_missing: bool = True,
    ) -> np.ndarray:
        """(d,) float32, the weighted mean of words' vectors.

        Parameters
        ----------
        keys : sequence of words, rows or vectors
        weights : (n,) array, optional
            1 each by default; the sum is divided by Σ|weight|.
        pre_normalize : bool
            Bring words' vectors to length 1 first; given vectors are taken as they are.
        post_normalize : bool
            Bring the mean to length 1.
        ignore_missing : bool
            Leave unknown words out; all unknown give a vector of zeros.

        Raises
        ------
        InputError
            If there is no key, not one weight for each, or a weight or a vector's entry is not a finite number.
        UnknownWordError
            If a word is unknown and ``ignore_missing`` is False.
        """
        keys = listed(keys)
        weights = np.ones(len(keys)) if weights is None else np.asarray(weights, dtype=np.float64)
        if not keys:
            raise InputError("a mean needs at least one word or vector")
        if weights.shape != (len(keys),):
            raise InputError(f"{len(keys)} words but weights of shape {weights.shape}: one for each, please")
        if not np.isfinite(weights).all():
            raise InputError(f"a weight is {weights[~np.isfinite(weights)][0]}: weights are finite numbers")
        total, used = np.zeros(self.vector_size), 0.0
        for key, weight in zip(keys, weights.tolist(), strict=True):
            if isinstance(key, np.ndarray) or not ignore_missing or self.has_index_for(key):
                total += weight * self._vector(key, pre_normalize)
                used += abs(weight)
        mean = (total / used if used else total).astype(np.float32)
        return unit(mean) if post_normalize else mean

    def _vector(self, query: Query, norm: bool) -> np.ndarray:
        if not isinstance(query, np.ndarray):
            return self.get_vector(query, norm)
        if query.shape != (self.vector_size,):
            raise InputError(f"a vector has shape {query.shape}; this embedding has {self.vector_size} dimensions")
        if not np.isfinite(query).all():
            raise InputError("a vector has an entry that is not a finite number: there is nothing near it")
        return query


def is_row(key: Any) -> bool:
    """Whether a key is a whole number, and so a row and no word."""
    return isinstance(key, (int, np.integer)) and not isinstance(key, bool)


def listed(given: Any) -> list[Any]:
    """One word, row or vector, or a sequence of them, as a list."""
    if given is None:
        return []
    if isinstance(given, (str, int, np.integer)):
        return [given]
    if isinstance(given, np.ndarray) and given.ndim == 1 and given.dtype.kind not in "USO":
        return [given]
    return list(given)


def unit(vector: np.ndarray) -> np.ndarray:
    """(d,) float32 of length 1; zeros stay zeros."""
    return unit_rows(vector[None, :])[0]
