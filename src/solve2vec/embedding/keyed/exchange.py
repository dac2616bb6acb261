"""To gensim's own KeyedVectors and back."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ...core.errors import InputError
from .lookup import Lookup

WRITING = {"fvocab": None, "total_vec": None, "write_header": True, "prefix": "", "append": False, "sort_attr": "count"}
ONLY_GENSIM = {  # what changes vectors, or asks for more than vectors of words
    "add_vector", "add_vectors", "allocate_vecattrs", "fill_norms", "intersect_word2vec_format", "resize_vectors",
    "set_vecattr", "similarity_unseen_docs", "sort_by_descending_frequency", "unit_normalize_all", "vectors_for_all",
    "wmdistance",
}  # fmt: skip


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

    def save_word2vec_format(self, fname: str | Path, fvocab: None = None, binary: bool = False, **others: Any) -> None:
        """Write word2vec's text or, if ``binary``, its binary file, as gensim does: words with counts by falling count.

        Raises
        ------
        InputError
            For a word that the format cannot hold, and for gensim's other arguments, which :meth:`to_gensim` honours.
        """
        from ...formats import word2vec

        for name, value in {"fvocab": fvocab, **others}.items():
            if name not in WRITING or value != WRITING[name]:
                raise InputError(f"{name}={value!r:.40} is not written here: use to_gensim().save_word2vec_format(…)")
        order = np.argsort(-self.vocabulary.counts, kind="stable")
        words = [self.vocabulary.words[row] for row in order.tolist()]
        made: Any = self.from_vectors(words, self.vectors[order])
        word2vec.write_binary(made, fname, newline=False) if binary else word2vec.write_text(made, fname)

    if not TYPE_CHECKING:  # a type checker is to know what is not there

        def __getattr__(self, name: str) -> Any:
            """What gensim's KeyedVectors have and we have not: an AttributeError that says where it is."""
            if name == "wv":
                raise AttributeError("this is itself what gensim calls model.wv: ask it directly", name=name, obj=self)
            if name in ONLY_GENSIM:
                what = f"{name} is gensim's own: say to_gensim().{name}"
                raise AttributeError(what, name=name, obj=self)
            return super().__getattribute__(name)  # says again what is wrong, if in a property

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
