"""gensim's KeyedVectors that grow: vectors are added to them, and an Embedding of all that is there answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from ..core.errors import InputError, require_positive
from ..corpus.vocabulary import Vocabulary
from ..embedding.embedding import Embedding
from ..embedding.keyed.lookup import Key, is_row, listed
from ..run import load_embedding


class KeyedVectors:
    """Words and vectors that may change; every question is put to :attr:`embedding`, which answers to gensim's names.

    Parameters
    ----------
    vector_size : int
        d.
    count : int
        As by default: rows are made when words are added.
    dtype : type
        float32, which vectors are.

    Examples
    --------
    >>> vectors = KeyedVectors(2)
    >>> vectors.add_vectors(["tea", "cup"], [[1.0, 0.0], [0.8, 0.1]])
    [0, 1]
    >>> vectors["car"] = [0.0, 1.0]
    >>> vectors.most_similar("tea", topn=1)[0][0], len(vectors.embedding)
    ('cup', 3)
    """

    def __init__(self, vector_size: int, count: int = 0, dtype: type = np.float32) -> None:
        require_positive(vector_size=vector_size)
        if count or np.dtype(dtype) != np.float32:
            raise InputError("rows are made when words are added, as float32: leave out count and dtype")
        self._set({}, np.empty((0, int(vector_size)), np.float32), np.empty(0, np.int64))

    @classmethod
    def of(cls, embedding: Embedding) -> Self:
        """The words and vectors of an embedding, to be changed."""
        made = cls(embedding.dim)
        made._set(dict(embedding.key_to_index), np.array(embedding.vectors), np.array(embedding.vocabulary.counts))
        return made

    def _set(self, row_of: dict[str, int], vectors: np.ndarray, counts: np.ndarray) -> None:
        self._row_of, self._vectors, self._counts = row_of, vectors, counts
        self._embedding: Embedding | None = None

    @property
    def embedding(self) -> Embedding:
        """What is there now, as a stage that never changes."""
        if self._embedding is None:
            vocabulary = Vocabulary(
                words=tuple(self._row_of), counts=np.array(self._counts), total=int(self._counts.sum())
            )
            self._embedding = Embedding(vectors=np.array(self._vectors), vocabulary=vocabulary)
        return self._embedding

    def add_vectors(
        self, keys: Sequence[str] | str, weights: Any, extras: dict[str, Any] | None = None, replace: bool = False
    ) -> list[int]:
        """Give words vectors, and say in which rows.

        Parameters
        ----------
        keys : word or list of words
        weights : (d,) or (n, d) array
        extras : dict, optional
            ``{"count": (n,) counts}``.
        replace : bool
            Whether words that are there get the new vectors, or keep theirs.

        Raises
        ------
        InputError
            If there is not one finite vector of d numbers for each word, or a key is no word.
        """
        words, given = listed(keys), np.atleast_2d(np.asarray(weights, np.float32))
        if given.shape != (len(words), self.vector_size):
            size = f"({len(words)}, {self.vector_size})"
            raise InputError(f"{len(words)} words but vectors of shape {given.shape}: they need {size}")
        if odd := [word for word in words if not isinstance(word, str)]:
            raise InputError(f"{odd[0]!r:.60} is not a word: words are strings")
        if unknown := set(extras or ()) - {"count"}:
            raise InputError(f"words have no attribute {min(unknown)!r} here, only 'count'")
        row_of = dict(self._row_of)
        rows = [row_of.setdefault(word, len(row_of)) for word in words]
        old, more = len(self._vectors), len(row_of) - len(self._vectors)
        vectors = np.concatenate([self._vectors, np.zeros((more, self.vector_size), np.float32)])
        counts = np.concatenate([self._counts, np.zeros(more, np.int64)])
        new_counts = np.broadcast_to((extras or {}).get("count", 0), len(words))
        for row, vector, count in zip(rows, given, new_counts, strict=True):
            if replace or row >= old:
                vectors[row], counts[row] = vector, count if extras else counts[row]
        Embedding.from_vectors(list(row_of), vectors)  # refuses numbers that are not finite
        self._set(row_of, vectors, counts)
        return rows

    def add_vector(self, key: str, vector: Any) -> int:
        """Give one word a vector, and say in which row."""
        return self.add_vectors([key], [vector])[0]

    def __setitem__(self, keys: Sequence[Key] | Key, weights: Any) -> None:
        words = [self.embedding.words[self.embedding.get_index(key)] if is_row(key) else key for key in listed(keys)]
        self.add_vectors(words, weights, replace=True)

    def set_vecattr(self, key: Key, attr: str, val: Any) -> None:
        """Set the count of a word, the one attribute that words have here."""
        if attr != "count":
            raise InputError(f"words have no attribute {attr!r} here, only 'count'")
        self._counts[self.embedding.get_index(key)] = int(val)
        self._embedding = None

    def fill_norms(self, force: bool = False) -> None:
        """Do nothing: lengths are worked out when they are asked for."""

    def unit_normalize_all(self) -> None:
        """Bring all rows to length 1."""
        self._set(self._row_of, np.array(self.embedding.unit_vectors), self._counts)

    def sort_by_descending_frequency(self) -> None:
        """Put rows in the order of falling counts."""
        order = np.argsort(-self._counts, kind="stable")
        words = [self.embedding.words[row] for row in order.tolist()]
        self._set({word: row for row, word in enumerate(words)}, self._vectors[order], self._counts[order])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # not there yet, as while it is copied
            raise AttributeError(name)
        return getattr(self.embedding, name)

    def __getitem__(self, keys: Any) -> np.ndarray:
        return self.embedding[keys]

    def __contains__(self, key: Key) -> bool:
        return self.embedding.has_index_for(key)

    def __len__(self) -> int:
        return len(self._row_of)

    def __iter__(self) -> Iterator[str]:
        return iter(self._row_of)

    def __repr__(self) -> str:
        return f"KeyedVectors(words={len(self)}, dim={self.vector_size})"

    @classmethod
    def load(cls, fname: str | Path, mmap: str | None = None) -> Self:
        """Load an embedding that was saved, or vectors in any known format; ``mmap`` changes nothing."""
        return cls.of(load_embedding(fname))

    @classmethod
    def load_word2vec_format(cls, fname: str | Path, *args: Any, **options: Any) -> Self:
        """Read word2vec's text or binary file: see :meth:`solve2vec.Embedding.load_word2vec_format`."""
        return cls.of(Embedding.load_word2vec_format(fname, *args, **options))

    @classmethod
    def from_gensim(cls, keyed: Any) -> Self:
        """The words and vectors of gensim's own: see :meth:`solve2vec.Embedding.from_gensim`."""
        return cls.of(Embedding.from_gensim(keyed))
