"""To gensim's own KeyedVectors and back."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ...core.errors import InputError
from .lookup import Lookup

READING = {"fvocab": None, "encoding": "utf8", "unicode_errors": "strict", "no_header": False, "datatype": np.float32}
WRITING = {"fvocab": None, "total_vec": None, "write_header": True, "prefix": "", "append": False, "sort_attr": "count"}
ONLY_GENSIM = {  # what changes vectors, asks for more than vectors of words, or is asked by few
    "add_vector", "add_vectors", "allocate_vecattrs", "cosine_similarities", "fill_norms", "intersect_word2vec_format",
    "log_accuracy", "log_evaluate_word_pairs", "most_similar_to_given", "rank_by_centrality",
    "relative_cosine_similarity", "resize_vectors", "set_vecattr", "similarity_unseen_docs",
    "sort_by_descending_frequency", "unit_normalize_all", "vectors_for_all", "wmdistance",
}  # fmt: skip
SHORTER = {  # … and what is said otherwise here; in the second row gensim 3's names
    "has_index_for": "word in embedding", "get_index": "key_to_index[word]", "get_normed_vectors": "unit_vectors",
    "similar_by_key": "similar_by_word",
    "index2word": "index_to_key", "index2entity": "index_to_key", "vocab": "key_to_index", "word_vec": "get_vector",
    "words_closer_than": "closer_than", "init_sims": "unit_vectors", "vectors_norm": "unit_vectors",
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

        _require_plain({"fvocab": fvocab, **others}, WRITING, "written", "to_gensim().save_word2vec_format(…)")
        order = np.argsort(-self.vocabulary.counts, kind="stable")
        words = [self.vocabulary.words[row] for row in order.tolist()]
        made: Any = self.from_vectors(words, self.vectors[order])
        word2vec.write_binary(made, fname, newline=False) if binary else word2vec.write_text(made, fname)

    @classmethod
    def load_word2vec_format(
        cls, fname: str | Path, fvocab: None = None, binary: bool = False, *, limit: int | None = None, **others: Any
    ) -> Self:
        """Read word2vec's text or, if ``binary``, its binary file; :func:`solve2vec.load` tells which it is.

        Parameters
        ----------
        limit : int, optional
            Keep only so many words, from the first on.

        Raises
        ------
        FolderError
            If the file is not what was said, or damaged.
        InputError
            For gensim's other arguments, unless as by default.
        """
        from ...formats import word2vec

        _require_plain({"fvocab": fvocab, **others}, READING, "read", "solve2vec.load(…), which knows other formats")
        found: Any = word2vec.read_binary(fname) if binary else word2vec.read_text(fname)
        kept: Self = found if limit is None else found.head(limit)
        return kept

    if not TYPE_CHECKING:  # a type checker is to know what is not there

        def __getattr__(self, name: str) -> Any:
            """What gensim's KeyedVectors have and we have not: an AttributeError that says where it is."""
            if name == "wv":
                raise AttributeError("this is itself what gensim calls model.wv: ask it directly", name=name, obj=self)
            if name in ONLY_GENSIM:
                raise AttributeError(f"{name} is gensim's own: say to_gensim().{name}", name=name, obj=self)
            if name in SHORTER:
                raise AttributeError(f"{name} is not offered here: say {SHORTER[name]}", name=name, obj=self)
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


def _require_plain(given: Mapping[str, Any], defaults: Mapping[str, Any], done: str, way_out: str) -> None:
    """Refuse arguments of gensim's that ask for more than it does by default."""
    for name, value in given.items():
        if name not in defaults or value != defaults[name]:
            raise InputError(f"{name}={value!r:.40} is not {done} here: use {way_out}")
