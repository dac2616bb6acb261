"""To gensim's own KeyedVectors and back."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..errors import InputError
from .lookup import Lookup


class Exchange(Lookup):
    """Take vectors over from gensim, and give them to it."""

    if TYPE_CHECKING:  # Embedding has it

        @classmethod
        def from_vectors(cls, words: Any, vectors: Any, *, counts: Any = None) -> Self:
            """An embedding of outside vectors."""

    def to_gensim(self) -> Any:
        """The same vectors as a real ``gensim.models.KeyedVectors``, with the counts where they are known."""
        try:
            gensim = import_module("gensim.models")
        except ImportError as error:
            raise ImportError("to_gensim needs gensim: pip install gensim") from error
        made = gensim.KeyedVectors(self.vector_size)
        made.add_vectors(list(self.vocabulary.words), np.array(self.vectors, np.float32))
        if self.vocabulary.counts.any():
            made.expandos["count"] = np.array(self.vocabulary.counts)
        return made

    @classmethod
    def from_gensim(cls, keyed: Any) -> Self:
        """An embedding from gensim's ``KeyedVectors``, or a model that has them as ``.wv``.

        Counts are taken over, save the falling V, V - 1, …, 1 that gensim makes up when a file has none.

        Raises
        ------
        InputError
            If ``keyed`` is neither, or its keys are not words.
        """
        keyed = getattr(keyed, "wv", keyed)
        words, vectors = getattr(keyed, "index_to_key", None), getattr(keyed, "vectors", None)
        if words is None or vectors is None:
            raise InputError(f"a {type(keyed).__name__} is not gensim's KeyedVectors, nor a model with .wv")
        odd = next((word for word in words if not isinstance(word, str)), None)
        if odd is not None:
            raise InputError(f"the key {odd!r} is not a word: name each row with a string first")
        counts = getattr(keyed, "expandos", {}).get("count")
        if counts is not None and np.array_equal(counts, np.arange(len(words), 0, -1)):
            counts = None
        return cls.from_vectors(words, np.array(vectors[: len(words)], np.float32), counts=counts)
