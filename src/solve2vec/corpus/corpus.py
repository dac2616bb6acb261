"""The corpus: documents as token ids, end to end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..core import progress, storage
from ..core.errors import InputError, require_stage
from ..core.options import POSITIVE, check_options, option
from ..core.resources import current, with_resources
from ..core.stage import Lineage, Stage, check_between, check_starts
from ..text.documents import Documents, as_documents
from ..text.tokenizer import Tokenizer
from ..text.unspaced import WAY_OUT, is_unspaced
from ..text.words import Words
from .lexicon import Lexicon
from .spool import DocumentEnds, Spool, fill
from .vocabulary import MOST_RARE, Vocabulary

TRIED = 20_000  # words, from the first on, that tell a text without spaces
BLOCK = 1 << 20  # tokens looked at at a time


@dataclass(frozen=True)
class VocabularyOptions:
    """Which words get a row.

    Parameters
    ----------
    min_count : int
        Words seen less often are unknown; at least 1.
    max_vocab : int, optional
        Keep only so many, the most frequent.
    """

    min_count: int = option(5, "Words seen less often have no row.", POSITIVE)
    max_vocab: int | None = option(None, "Keep only so many words, the most frequent.", POSITIVE)

    def __post_init__(self) -> None:
        check_options(self)


class Origin(NamedTuple):
    """Where a document was read: the file, and the line or row of it, from 1, where it begins.

    There is no line where the document is the file.
    """

    file: str
    line: int | None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Corpus(Stage):
    """Token ids of every document, one after another.  ``V`` stands for any word outside the vocabulary.

    Attributes
    ----------
    tokens : (N,) int32
        0 … V.
    document_starts : (D + 1,) int64
        Document d is ``tokens[document_starts[d] : document_starts[d + 1]]``.
    vocabulary : Vocabulary
    file_starts : (F + 1,) int64, optional
        Documents ``file_starts[f]`` … ``file_starts[f + 1] - 1`` are of the f-th file that the lineage names.  Like
        ``lines`` it only helps people to find them, and is not part of the fingerprint.
    lines : (D,) int32, optional
        The line or row of its file, from 1, where each document begins, in the text as it was cleaned.
    """

    tokens: np.ndarray
    document_starts: np.ndarray
    vocabulary: Vocabulary
    file_starts: np.ndarray | None = field(default=None, metadata={"content": False, "optional": True})
    lines: np.ndarray | None = field(default=None, metadata={"content": False, "optional": True})

    def __len__(self) -> int:
        return len(self.tokens)

    def check_ranges(self) -> None:
        """Refuse tokens beyond the vocabulary and documents beyond the tokens."""
        super().check_ranges()
        if any(array.ndim != 1 or array.dtype.kind != "i" for array in (self.tokens, self.document_starts)):
            raise ValueError("tokens and document_starts are no whole numbers in a row")
        check_between("tokens", self.tokens, 0, len(self.vocabulary))
        check_starts("document_starts", self.document_starts, len(self.tokens))
        if self.file_starts is not None:
            check_starts("file_starts", self.file_starts, self.n_documents)
        if self.lines is not None and self.lines.shape != (self.n_documents,):
            raise ValueError(f"lines are of {self.lines.shape} documents, not of {self.n_documents}")

    @property
    def n_documents(self) -> int:
        """D."""
        return len(self.document_starts) - 1

    def summary(self) -> dict[str, Any]:
        """Tokens, documents, words, and the share of tokens that have a row."""
        return {
            "tokens": len(self),
            "documents": self.n_documents,
            "words": len(self.vocabulary),
            "coverage": self.coverage,
        }

    @cached_property
    def coverage(self) -> float:
        """The share of tokens that have a row, in 0…1; counted where the vocabulary is another text's."""
        return self.vocabulary.coverage if self.vocabulary.total == len(self) else self.counted_vocabulary().coverage

    def counted_vocabulary(self) -> Vocabulary:
        """The vocabulary with the counts of this very corpus; of words without a row it knows the whole text's."""
        V = len(self.vocabulary)
        counts = np.zeros(V + 1, np.int64)
        for at in range(0, len(self), BLOCK):
            counts += np.bincount(self.tokens[at : at + BLOCK], minlength=V + 1)
        return self.vocabulary.counted(counts[:V], len(self), self.n_documents, rare=self.vocabulary.rare)

    def origin(self, index: int) -> Origin | None:
        """The file that a document was read from, and where in it; None if it came from memory, or nobody kept it."""
        self._require_document(index)
        files = self.lineage.values_of("read").get("paths", [])
        if self.file_starts is None or len(files) < len(self.file_starts) - 1:
            return None
        file = str(files[int(np.searchsorted(self.file_starts, index, "right")) - 1])
        return Origin(file, None if self.lines is None else int(self.lines[index]))

    def _require_document(self, index: int) -> None:
        if not 0 <= index < self.n_documents:
            raise InputError(f"there is no document {index}: they are numbered 0…{self.n_documents - 1}")

    def document(self, index: int) -> list[str | None]:
        """The words of one document; None where a word is unknown."""
        self._require_document(index)
        words, (start, end) = self.vocabulary.words, self.document_starts[index : index + 2]
        return [words[token] if token < len(words) else None for token in self.tokens[start:end].tolist()]

    def shards(self, n: int) -> list[Corpus]:
        """The corpus cut at document ends into ``n`` parts of about equal length; their counts merge to its own."""
        return [self.documents_between(first, last) for first, last in self._cuts(n)]

    def shard(self, place: int, n: int) -> Corpus:
        """The one at ``place``, from 0, of ``n`` :meth:`shards`; the others are not made."""
        return self.documents_between(*self._cuts(n)[place])

    def _cuts(self, n: int) -> list[tuple[int, int]]:
        if n < 1:
            raise InputError(f"a corpus is cut into at least 1 shard, got {n}")
        aims = np.linspace(0, len(self.tokens), n + 1)[1:-1]
        cuts = np.searchsorted(self.document_starts, aims)
        return list(pairwise([0, *cuts.tolist(), self.n_documents]))

    def documents_between(self, first: int, last: int) -> Corpus:
        """Documents first … last - 1 as a corpus of their own, its words counted anew."""
        if (first, last) == (0, self.n_documents):
            return self
        starts = self.document_starts[first : last + 1]
        made = replace(
            self,
            tokens=self.tokens[starts[0] : starts[-1]],
            document_starts=starts - starts[0],
            file_starts=None if self.file_starts is None else np.clip(self.file_starts, first, last) - first,
            lines=None if self.lines is None else self.lines[first:last],
        )
        return replace(made, vocabulary=made.counted_vocabulary())

    @classmethod
    def from_ids(
        cls, tokens: np.ndarray, document_starts: np.ndarray, vocabulary: Vocabulary | Sequence[str]
    ) -> Corpus:
        """A corpus whose tokens are numbered already.

        Raises
        ------
        InputError
            If an id is outside 0…V or the document starts do not rise from 0 to N.
        """
        tokens, starts = _whole_numbers(tokens, "token ids"), _whole_numbers(document_starts, "document starts")
        if len(tokens) and not 0 <= tokens.min() <= tokens.max() <= len(vocabulary):
            raise InputError(f"token ids must be in 0…{len(vocabulary)}, got {tokens.min()}…{tokens.max()}")
        if len(starts) < 1 or starts[0] != 0 or starts[-1] != len(tokens) or (np.diff(starts) < 0).any():
            raise InputError(f"document starts must rise from 0 to {len(tokens)}")
        if not isinstance(vocabulary, Vocabulary):
            counts = np.bincount(tokens, minlength=len(vocabulary) + 1)[:-1]
            words = Vocabulary.of_words(vocabulary).words  # each of them once
            vocabulary = Vocabulary(words=words, counts=counts, total=len(tokens), documents=len(starts) - 1)
        tokens, starts = tokens.astype(np.int32, copy=False), starts.astype(np.int64, copy=False)
        return cls(tokens=tokens, document_starts=starts, vocabulary=vocabulary, lineage=Lineage().then("from_ids"))


def _whole_numbers(values: Any, what: str) -> np.ndarray:
    array = np.asarray(values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise InputError(f"{what} must be a flat array of whole numbers, got {array.dtype} of shape {array.shape}")
    return array.astype(np.int64) if not array.size else array


@with_resources
def build_vocabulary(
    source: Any,
    *,
    selection: VocabularyOptions = VocabularyOptions(),
    threads: int | None = None,
) -> Vocabulary:
    """Count the words of ``source`` and keep those that ``selection`` asks for.

    Parameters
    ----------
    source : Documents, path, or iterable of token lists or texts

    Raises
    ------
    InputError
        If there is no token, or none is frequent enough.
    """
    documents = as_documents(source)
    lexicon, ends = Lexicon(), DocumentEnds()
    for batch in documents.batches():
        lexicon.add(batch.types, batch.counts)
        ends.add(batch)
    return _vocabulary(lexicon, selection, documents, len(ends.starts()) - 1)[0]


@with_resources
def encode(
    source: Any,
    vocabulary: Vocabulary | None = None,
    *,
    selection: VocabularyOptions = VocabularyOptions(),
    threads: int | None = None,
    scratch: str | Path | None = None,
) -> Corpus:
    """Documents as token ids, in one pass.  An unknown word keeps its place, so distances between words stand.

    So does a token that is None or empty: whether lists come from memory or from a table, the words on its two sides
    are no neighbors.

    Parameters
    ----------
    source : Documents, path, or iterable of token lists or texts
        Read once, so a generator will do.  For a list of tokens an array, a series or a set of strings may stand; a
        set has them in the order of spelling, so count it with ``Window("document")``, which asks for no order.
    vocabulary : Vocabulary, optional
        Which words have which ids, to be counted anew; by default those of ``source`` itself that ``selection`` asks
        for.
    selection : VocabularyOptions
        ``min_count`` and ``max_vocab``; without effect where a vocabulary is given.
    threads : int, optional
        All cores by default; the result does not depend on it.
    scratch : path, optional
        A folder for the ids of more than 67 million tokens while the vocabulary is not yet known (4 bytes a token).

    Raises
    ------
    InputError
        If there is no token, or no word is frequent enough; if the vocabulary given has phrases joined or is of text
        that was cut into tokens by other rules; or what reading finds wrong with the text.

    Examples
    --------
    >>> corpus = encode([["a", "rose", "is", "a", "rose"]], selection=VocabularyOptions(min_count=2))
    >>> corpus.vocabulary.words, corpus.tokens.tolist()
    (('a', 'rose'), [0, 1, 2, 0, 1])
    """
    require_stage("encode", selection, "VocabularyOptions", "make one with VocabularyOptions(min_count=…)")
    if vocabulary is not None:
        require_stage("encode", vocabulary, "Vocabulary", "make one with build_vocabulary, or give selection=… by name")
    documents = as_documents(source)
    with storage.scratch_file(current().scratch) as file:
        spool = Spool(file)
        lexicon, ends = fill(spool, documents)
        starts = ends.starts()
        made, rank = _vocabulary(lexicon, selection, documents, len(starts) - 1, given=vocabulary)
        tokens = spool.renumbered(rank)
    return Corpus(
        tokens=tokens,
        document_starts=starts,
        vocabulary=made,
        **ends.origins(),
        lineage=made.lineage.then("encode"),
    )


def _vocabulary(
    lexicon: Lexicon,
    selection: VocabularyOptions,
    documents: Documents,
    n_documents: int,
    given: Vocabulary | None = None,
) -> tuple[Vocabulary, np.ndarray]:
    """The vocabulary, and for each of the lexicon's numbers its token id."""
    total, is_word = int(lexicon.counts.sum()), lexicon.is_word
    if not is_word.any():
        raise InputError(
            f"there is no token in {_name(documents)}: it is empty or was read before, or the pattern fits nothing"
        )
    if given is not None:
        return _counted_for(given, lexicon, documents, n_documents)
    ranked = lexicon.ranked(selection.min_count, selection.max_vocab)
    first = np.flatnonzero(is_word)[:TRIED]
    unspaced = is_unspaced(lexicon.words.strings(first), lexicon.counts[first].tolist())
    if not len(ranked):
        most = int((lexicon.counts * is_word).argmax())
        way_out = f"the text has no spaces between words: {WAY_OUT}" if unspaced else "lower min_count"
        raise InputError(
            f"no word is seen {selection.min_count} times in the {total:,} tokens of {_name(documents)}; the most "
            f"frequent, {lexicon.words[most]!r}, is seen {lexicon.counts[most]:,} times: {way_out}"
        )
    if unspaced:
        progress.note(f"{_name(documents)} has no spaces between words, so that clauses count as words: {WAY_OUT}")
    rank = np.full(len(lexicon.counts), len(ranked), dtype=np.int32)
    rank[ranked] = np.arange(len(ranked), dtype=np.int32)
    rare = lexicon.most_frequent(np.flatnonzero((rank == len(ranked)) & is_word), MOST_RARE)
    vocabulary = Vocabulary(
        words=tuple(lexicon.words.strings(ranked)),
        counts=lexicon.counts[ranked],
        total=total,
        documents=n_documents,
        rare=lexicon.lines(rare),
        lineage=Lineage()
        .then("read", **documents.origin)
        .then("build_vocabulary", min_count=selection.min_count, max_vocab=selection.max_vocab),
    )
    return vocabulary, rank


def _counted_for(
    given: Vocabulary, lexicon: Lexicon, documents: Documents, n_documents: int
) -> tuple[Vocabulary, np.ndarray]:
    """A given vocabulary with the counts of this text, and for each of the lexicon's numbers its token id."""
    _require_alike(given.lineage, documents)
    places, V = lexicon.places_in(Words.of(given.words)), len(given)
    counts = np.zeros(V + 1, np.int64)
    np.add.at(counts, places, lexicon.counts)
    rare = lexicon.lines(lexicon.most_frequent(np.flatnonzero((places == V) & lexicon.is_word), MOST_RARE))
    lineage = Lineage().then("read", **documents.origin).then("use_vocabulary", words=V)
    return given.counted(counts[:V], int(lexicon.counts.sum()), n_documents, rare=rare, lineage=lineage), places


def _require_alike(past: Lineage, documents: Documents) -> None:
    """Refuse text whose tokens would be other ones than those of the vocabulary."""
    if joined := past.values_of("join_phrases"):
        raise InputError(
            f"the vocabulary has phrases joined ({joined.get('phrase_scoring')}), which more text would not have: "
            "encode all of the text together, or without phrases"
        )
    before, now = past.values_of("read"), documents.origin
    if before.get("paths") and now.get("paths"):
        for name in (f.name for f in fields(Tokenizer)):
            if name in before and name in now and before[name] != now[name]:
                raise InputError(
                    f"the vocabulary is of text read with {name}={before[name]!r}, this one with {now[name]!r}: "
                    "read both alike"
                )


def _name(documents: Documents) -> str:
    paths = documents.origin.get("paths") or ["the given documents"]
    return str(paths[0]) if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more files"
