"""To gensim's own KeyedVectors and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

import numpy as np

from ...core.errors import InputError, require_positive
from .lookup import Key, Lookup

if TYPE_CHECKING:
    from ...spelling.subwords import Subwords

CHANGING = {
    "add_vector", "add_vectors", "allocate_vecattrs", "fill_norms", "intersect_word2vec_format", "resize_vectors",
    "set_vecattr", "sort_by_descending_frequency", "unit_normalize_all",
}  # fmt: skip
CHANGED = "make another with Embedding.from_vectors(words, vectors), or grow a compat.KeyedVectors"
ONLY_GENSIM = {  # what asks for more than vectors of words, or is asked by few
    "log_accuracy", "log_evaluate_word_pairs", "rank_by_centrality", "similarity_unseen_docs", "wmdistance",
}  # fmt: skip
SHORTER = {  # … and what is said otherwise here: first KeyedVectors', then its names of gensim 3, then Word2Vec's
    "cosine_similarities": "distances", "vectors_norm": "unit_vectors", "index2word": "index_to_key",
    "index2entity": "index_to_key", "vocab": "key_to_index", "word_vec": "get_vector", "init_sims": "unit_vectors",
    "words_closer_than": "closer_than", "syn0": "vectors", "syn0norm": "unit_vectors",
    "accuracy": "evaluate_word_analogies", "syn1": "context_vectors", "syn1neg": "context_vectors",
    "layer1_size": "vector_size", "corpus_total_words": "vocabulary.total", "corpus_count": "vocabulary.documents",
    "raw_vocab": "vocabulary", "estimate_memory": "lineage",
}  # fmt: skip
MODELS = {  # what gensim's Word2Vec does that an embedding does not
    "train": "an embedding is solved, not trained on: solve2vec.fit(text), or train with solve2vec.sgns",
    "build_vocab": "words are chosen when text is read: solve2vec.fit(text, min_count=…), or build_vocabulary(text)",
    "predict_output_word": "fold_in gives a vector for the words around: neighbors(fold_in({word: 1, …}))",
    "score": "there is no probability of sentences here: leave it out",
    "get_latest_training_loss": "the trajectory of a training has its loss: solve2vec.sgns",
    "reset_from": "a vocabulary is given to encode: solve2vec.encode(text, vocabulary)",
    "update_weights": "an embedding never changes: fit again, or see solve2vec.merge for more text",
}


class Exchange(Lookup):
    """Take vectors over from gensim, and give them to it."""

    if TYPE_CHECKING:  # Embedding has these
        subwords: Subwords | None

        def with_strings(self, strings: Sequence[str]) -> Self:
            """The same words, and strings that are spelled out."""

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

    def to_arrow(self) -> Any:
        """A ``pyarrow.Table`` of ``token``, ``count`` and ``vector``, a list of d float32, as databases take it.

        Examples
        --------
        >>> from solve2vec import Embedding
        >>> Embedding.from_vectors(["tea", "cup"], [[1.0, 0.5], [0.0, 2.0]]).to_arrow().column_names
        ['token', 'count', 'vector']
        """
        from ...formats import frames

        made: Any = self
        return frames.to_arrow(made)

    def to_pandas(self) -> Any:
        """A ``pandas.DataFrame`` of V rows and d columns, the words as its index.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        from ...formats import frames

        made: Any = self
        return frames.to_pandas(made)

    @classmethod
    def from_frame(
        cls, frame: Any, *, word: str | None = None, vector: str | None = None, count: str | None = None
    ) -> Self:
        """An embedding from a table of pandas, polars, Arrow, DuckDB, or of any library that speaks Arrow.

        Parameters
        ----------
        frame : table
            One row a word.  Words are in a column, or in pandas' index; vectors in a column of lists, or one number a
            column.
        word, vector, count : str, optional
            Names of columns.  By default words are in ``token``, ``word`` or the one column of text, vectors in
            ``vector``, ``embedding`` or the one column of lists, or else in all columns of numbers, and counts in
            ``count`` where there is one.

        Raises
        ------
        InputError
            If there are no words or vectors, a cell is empty (the message names its row), or rows differ in length.

        Examples
        --------
        >>> import pyarrow as pa
        >>> from solve2vec import Embedding
        >>> Embedding.from_frame(pa.table({"word": ["tea", "cup"], "x": [1.0, 0.5], "y": [0.0, 2.0]}))["cup"]
        array([0.5, 2. ], dtype=float32)
        """
        from ...formats import frames

        words, vectors, counts = frames.parts_of(frame, word, vector, count)
        return cls.from_vectors(words, vectors, counts=counts)

    def vectors_for_all(self, keys: Iterable[Key], allow_inference: bool = True, copy_vecattrs: bool = False) -> Self:
        """An embedding of these words alone, in their order, each once; unknown ones are left out.

        Parameters
        ----------
        allow_inference : bool
            Give a vector to words without a row whose spelling has one, where the embedding knows spelling.
        copy_vecattrs : bool
            Keep the counts; words without a row have none.

        Raises
        ------
        InputError
            If no word has a vector.
        """
        words = [self.vocabulary.words[self.get_index(key)] if self.has_index_for(key) else str(key) for key in keys]
        spells = allow_inference and self.subwords is not None
        whole = self.with_strings([word for word in words if not self.has_index_for(word)]) if spells else self
        kept = [word for word in dict.fromkeys(words) if whole.has_index_for(word)]
        if not kept:
            raise InputError("none of these words has a vector: there is nothing to keep")
        rows = [whole.get_index(word) for word in kept]
        return self.from_vectors(kept, whole.vectors[rows], counts=whole.vocabulary.counts[rows] * copy_vecattrs)

    def save_word2vec_format(
        self,
        fname: str | Path,
        fvocab: str | Path | None = None,
        binary: bool = False,
        total_vec: None = None,
        write_header: bool = True,
        prefix: str = "",
        append: bool = False,
        sort_attr: str = "count",
    ) -> None:
        """Write word2vec's text or, if ``binary``, its binary file, as gensim does: words with counts by falling count.

        Parameters
        ----------
        fvocab : path, optional
            Write a file of words and counts, too.
        write_header : bool
            False leaves the first line out, as GloVe does.
        prefix : str
            Stands before each word.
        total_vec, append, sort_attr
            As by default.

        Raises
        ------
        InputError
            For a word that the format cannot hold, and for gensim's arguments that are not as by default, which
            :meth:`to_gensim` honours.
        """
        from ...formats import glove, word2vec
        from ...formats.rows import writing

        if not write_header and binary:
            raise InputError("a binary file is not written without its header, which says where vectors end")
        plain = {"total_vec": (total_vec, None), "append": (append, False), "sort_attr": (sort_attr, "count")}
        _require_plain(plain, "written", "to_gensim().save_word2vec_format(…)")
        order = np.argsort(-self.vocabulary.counts, kind="stable")
        words, counts = [self.vocabulary.words[row] for row in order.tolist()], self.vocabulary.counts[order]
        made: Any = self.from_vectors([prefix + word for word in words], self.vectors[order])
        if binary:
            word2vec.write_binary(made, fname, newline=False)
        else:
            (word2vec.write_text if write_header else glove.write)(made, fname)
        if fvocab is not None:
            with writing(Path(fvocab)) as file:
                file.writelines(b"%b %d\n" % pair for pair in zip(map(str.encode, made.words), counts, strict=True))

    @classmethod
    def load_word2vec_format(
        cls,
        fname: str | Path,
        fvocab: str | Path | None = None,
        binary: bool = False,
        encoding: str = "utf8",
        unicode_errors: str | None = None,
        limit: int | None = None,
        datatype: type = np.float32,
        no_header: bool = False,
    ) -> Self:
        """Read word2vec's text or, if ``binary``, its binary file; :func:`solve2vec.load` tells which it is.

        Parameters
        ----------
        fvocab : path, optional
            A file with a word and its count a line.
        encoding, unicode_errors : str
            How the bytes of words become text: "strict" refuses what is none, "replace" and "ignore" do as they say.
            By default it becomes U+FFFD, with a warning that counts it.
        limit : int, optional
            Keep only so many words, from the first on; the rest is not read.
        datatype : type
            float32, which vectors are.
        no_header : bool
            The file is text and has no first line of V and d, as GloVe's.

        Raises
        ------
        FolderError
            If the file is not what was said, or damaged.
        InputError
            For another ``datatype``, or a limit below 1.
        """
        from ...formats import glove, word2vec

        _require_plain({"datatype": (np.dtype(datatype), np.dtype(np.float32))}, "read", "vectors, which are float32")
        if limit is not None:
            require_positive(limit=limit)
        if no_header and binary:
            raise InputError("a binary file has a header, which says where vectors end: leave out no_header")
        read: Any = word2vec.read_binary if binary else glove.read if no_header else word2vec.read_text
        found: Self = read(fname, limit=limit, encoding=encoding, errors=unicode_errors)
        return found if fvocab is None else found._with_counts_of(Path(fvocab), encoding, unicode_errors)

    def _with_counts_of(self, path: Path, encoding: str, errors: str | None) -> Self:
        from ...formats.glove_counts import read_vocabulary

        count_of = dict(zip(*read_vocabulary(path, encoding, errors), strict=True))
        counts = np.array([count_of.get(word, 0) for word in self.vocabulary.words], np.int64)
        return self.from_vectors(self.vocabulary.words, self.vectors, counts=counts)

    def __setitem__(self, key: Any, value: Any) -> NoReturn:
        """Refuse: nothing about an embedding changes."""
        raise TypeError(f"an embedding never changes: {CHANGED}")

    if not TYPE_CHECKING:  # a type checker is to know what is not there

        def __getattr__(self, name: str) -> Any:
            """What gensim's KeyedVectors have and we have not: an AttributeError that says where it is."""
            if name in CHANGING:
                said = f"{name} would change an embedding, which never changes: {CHANGED}"
            elif name in ONLY_GENSIM:
                said = f"{name} is gensim's own: say to_gensim().{name}"
            elif name in SHORTER:
                said = f"{name} is not offered here: say {SHORTER[name]}"
            elif name in MODELS:
                said = f"{name} is not offered here: {MODELS[name]}"
            else:
                return super().__getattribute__(name)  # says again what is wrong, if in a property
            raise AttributeError(said, name=name, obj=self)

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


def _require_plain(given: Mapping[str, tuple[Any, Any]], done: str, way_out: str) -> None:
    """Refuse arguments of gensim's that ask for more than it does by default: name, value and default of each."""
    for name, (value, default) in given.items():
        if value != default:
            raise InputError(f"{name}={value!r:.40} is not {done} here: use {way_out}")
