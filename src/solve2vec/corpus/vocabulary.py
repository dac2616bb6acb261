"""The vocabulary: which words have a row, and how often each was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..core import storage
from ..core.errors import FolderError, InputError, UnknownWordError
from ..core.frozen import FrozenDict
from ..core.header import Opened
from ..core.stage import Lineage, Stage

WORDS = "words.tsv"
RARE = "rare.tsv"
SHOWN = 8  # words in a notebook
MOST_RARE = 100_000  # words without a row whose counts are kept: about 1 MB


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Vocabulary(Stage):
    """Words by falling count, equal counts by spelling; a word's place in ``words`` is its token id.

    One that was made for another text, or for none, keeps its order: words from outside stand as they were given.

    Attributes
    ----------
    words : tuple of str, length V
    counts : (V,) int64
        How often each word was seen.
    total : int
        N, all tokens seen, unknown ones included.
    documents : int
        How many documents they came from; 0 where that is not known.
    rare : (n,) uint8, optional
        The lines of ``rare.tsv``: the most frequent words that got no row, and their counts.  It only helps to say
        why a word is unknown, so it is mapped from disk, read when that is asked, and not part of the fingerprint.
    """

    words: tuple[str, ...]
    counts: np.ndarray
    total: int
    documents: int = 0
    rare: np.ndarray | None = field(default=None, metadata={"content": False})

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", tuple(self.words))
        if len(self.words) != len(self.counts):
            raise InputError(f"{len(self.words)} words but {len(self.counts)} counts: there must be one for each")
        super().__post_init__()

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.id_of

    def summary(self) -> dict[str, Any]:
        """Words, tokens, and the share of tokens that have a row."""
        return {"words": len(self), "tokens": self.total, "coverage": self.coverage}

    def _excerpt(self) -> Iterator[tuple[str, str]]:
        """The first words."""
        from ..core import html

        if self.words:
            yield "first words", html.words(self.words[:SHOWN]) + " …" * (len(self) > SHOWN)

    @property
    def coverage(self) -> float:
        """The share of all tokens that have a row, in 0…1."""
        return float(self.counts.sum()) / self.total if self.total else 0.0

    @cached_property
    def id_of(self) -> dict[str, int]:
        """The token id of each word."""
        return FrozenDict((word, token) for token, word in enumerate(self.words))

    @cached_property
    def rare_counts(self) -> dict[str, int]:
        """How often words were seen that have no row, as far as they were kept (the 100,000 most frequent)."""
        return {} if self.rare is None else dict(_parsed(self.rare.tobytes()))

    def ids(self, words: Iterable[str]) -> np.ndarray:
        """(n,) int64 token ids of ``words``.

        Raises
        ------
        UnknownWordError
            If one has no row; the message offers close spellings.
        """
        return np.array([self.require(word) for word in words], dtype=np.int64)

    def require(self, word: str) -> int:
        """The token id of ``word``, or an :class:`UnknownWordError` that helps to find it."""
        token = self.id_of.get(word) if isinstance(word, str) else None
        if token is None:
            raise UnknownWordError(self._unknown(word))
        return token

    def _unknown(self, word: str) -> str:
        from difflib import get_close_matches

        if not isinstance(word, str):
            return f"{word!r} is not a word: words are strings"
        message = self._why(word)
        if word.lower() in self.id_of:
            return f"{message}; {word.lower()!r} is: this vocabulary is in lower case"
        near = get_close_matches(word[:100], self.words[:50_000], n=3, cutoff=0.75)
        return f"{message}; close spellings: {', '.join(near)}" if near else message

    def _why(self, word: str) -> str:
        """Why ``word`` has no row."""
        count = self.rare_counts.get(word)
        if count is None:
            return f"{word!r} is not among the {len(self):,} words"
        seen = f"{word!r} is seen {count:,} time{'s' * (count != 1)}" if self.total else f"{word!r} was there"
        if self.lineage.values_of("use_vocabulary"):
            return f"{seen}, but is not in the vocabulary that was given"
        least = self.lineage.values_of("build_vocabulary").get("min_count", 1)
        if count < least and self.total:
            return f"{seen}, below min_count={least}: a lower one gives it a row"
        return f"{seen}, but only the first {len(self):,} words were kept: keep more to give it a row"

    def head(self, size: int) -> Vocabulary:
        """The first ``size`` words, the most frequent of a text; the rest become unknown."""
        if size < 1:
            raise InputError(f"a vocabulary keeps at least 1 word, asked for {size}")
        return Vocabulary(
            words=self.words[:size],
            counts=self.counts[:size],
            total=self.total,
            documents=self.documents,
            rare=rare_lines(self.words[size:], self.counts[size : size + MOST_RARE].tolist(), self.rare),
            lineage=self.lineage.then("head", size=int(size)),
        )

    def counted(self, counts: np.ndarray, total: int, documents: int, **changes: Any) -> Vocabulary:
        """The same words in the same order, as often as another text has them."""
        return replace(self, counts=counts, total=total, documents=documents, **{"rare": None, **changes})

    def unigram(self, power: float = 1.0) -> np.ndarray:
        """(V,) float64, sums to 1: each word's count to the ``power``, as a share."""
        if not self.counts.any():
            raise InputError("no word of this vocabulary has a count, so none has a share: give it counts first")
        weights = np.asarray(self.counts, dtype=np.float64) ** power
        return weights / weights.sum()

    def keep_probability(self, threshold: float) -> np.ndarray:
        """(V,) float64 in 0…1: min(1, √(t/f)), the chance that subsampling keeps a token (Mikolov et al. 2013).

        ``threshold`` t is a share of all N tokens, f the word's own share.
        """
        if not threshold > 0:
            raise InputError(f"subsampling threshold must be above 0, got {threshold}")
        share = self.counts / max(1, self.total)
        return np.minimum(1.0, np.sqrt(threshold / np.maximum(share, np.finfo(float).tiny)))

    @classmethod
    def from_counts(
        cls, counts: Mapping[str, int] | Iterable[tuple[str, int]], *, total: int | None = None
    ) -> Vocabulary:
        """A vocabulary from words and their counts, put into order.

        Parameters
        ----------
        counts : mapping or iterable of pairs
            Each word once.
        total : int, optional
            N, unknown tokens included; by default the sum of the counts.

        Raises
        ------
        InputError
            If a word stands twice, or a count is not a whole number from 0.

        Examples
        --------
        >>> Vocabulary.from_counts({"b": 2, "a": 2, "c": 9}).words
        ('c', 'a', 'b')
        """
        pairs = list(counts.items() if isinstance(counts, Mapping) else counts)
        _check_words(word for word, _ in pairs)
        for word, number in pairs:
            if not isinstance(number, (int, float, np.number)) or not (0 <= number < 2**63 and number == int(number)):
                raise InputError(f"the count of {word!r} is {number!r}: counts are whole numbers from 0")
        pairs.sort(key=lambda pair: (-pair[1], pair[0].encode("utf-8", "surrogatepass")))
        words = tuple(str(word) for word, _ in pairs)
        if len(set(words)) != len(words):
            raise InputError("a word stands twice in the given counts: add its counts up first")
        numbers = np.array([number for _, number in pairs], dtype=np.int64)
        seen = sum(int(number) for _, number in pairs)
        if max(seen, total or 0) >= 2**63 or (total is not None and total != int(total)):
            raise InputError(f"a total of {seen if total is None else total:,} is no whole number of 63 bits")
        if total is not None and total < seen:
            raise InputError(f"a total of {total:,} tokens is less than the sum of the counts, {seen:,}")
        return cls(
            words=words,
            counts=numbers,
            total=seen if total is None else int(total),
            lineage=Lineage().then("from_counts"),
        )

    @classmethod
    def of_words(cls, words: Iterable[str]) -> Vocabulary:
        """A vocabulary in the given order, for outside data whose counts nobody kept (all 0).

        Raises
        ------
        InputError
            If a word stands twice, or is not a string.
        """
        words = tuple(words)
        _check_words(words)
        if len(set(words)) != len(words):
            seen: set[str] = set()
            twice = next(word for word in words if word in seen or seen.add(word))  # type: ignore[func-returns-value]
            raise InputError(f"the word {twice!r} stands twice: each row needs a name of its own")
        return cls(words=tuple(map(str, words)), counts=np.zeros(len(words), dtype=np.int64), total=0)

    def _write_fields(self, writer: storage.Writer) -> dict[str, Any]:
        try:
            writer.write(WORDS, _lines(self.words, self.counts.tolist()))
        except UnicodeEncodeError as error:
            raise InputError(f"a word is not valid Unicode ({error.object!r:.60}): clean it first") from error
        if self.rare is not None:
            writer.write(RARE, np.ascontiguousarray(self.rare))
        return {"total": self.total, "documents": self.documents}

    @classmethod
    def _read_fields(cls, stage: Opened, how: dict[str, Any]) -> dict[str, Any]:
        try:
            pairs = _parsed(stage.content(WORDS))
        except ValueError as error:
            raise FolderError(f"{stage.folder / WORDS} is damaged: every line is a word, a tab and a count") from error
        counts = np.array([count for _, count in pairs], dtype=np.int64)
        rare = stage.map(RARE) if RARE in stage.files else None
        return {"words": tuple(word for word, _ in pairs), "counts": counts, "rare": rare, **how}


def add_vocabularies(parts: Sequence[Vocabulary], signs: Sequence[int]) -> Vocabulary:
    """The first one's words with the counts of all, added or, where a sign is -1, taken away.

    Raises
    ------
    InputError
        If a count would be negative.
    """
    counts = sum(sign * part.counts for sign, part in zip(signs, parts, strict=True))
    total = sum(sign * part.total for sign, part in zip(signs, parts, strict=True))
    known = all(part.documents or not part.total for part in parts)
    documents = sum(sign * part.documents for sign, part in zip(signs, parts, strict=True)) if known else 0
    if (least := np.asarray(counts).min(initial=0)) < 0 or total < 0:
        word = parts[0].words[int(np.argmin(counts))] if least < 0 else "a word without a row"
        raise InputError(f"the text to take away is not part of the whole: it has {word!r} more often")
    return parts[0].counted(np.asarray(counts), total, documents, rare=_rare_of_all(parts, min(signs) > 0))


def _rare_of_all(parts: Sequence[Vocabulary], are_added: bool) -> np.ndarray | None:
    """The words without a row of several texts; those of one text's parts are known for the whole of it already."""
    lines = {b"" if part.rare is None else part.rare.tobytes() for part in parts if part.total}
    if len(lines) <= 1:
        return parts[0].rare
    rare: Counter[str] = Counter()
    for part in parts if are_added else ():
        rare.update(part.rare_counts)
    ranked = sorted(rare.items(), key=lambda pair: (-pair[1], pair[0]))
    return rare_lines([word for word, _ in ranked], [n for _, n in ranked])


def _check_words(words: Iterable[Any]) -> None:
    for word in words:
        if not isinstance(word, str):
            raise InputError(f"{word!r} is not a word: words are strings, so name it by one")


def rare_lines(words: Sequence[str], counts: Sequence[int], more: np.ndarray | None = None) -> np.ndarray | None:
    """The lines of ``rare.tsv`` for the first of ``words``, and of those in ``more`` as many as there is room for."""
    size = min(len(words), MOST_RARE)
    made = np.frombuffer(_lines(words[:size], counts[:size]), np.uint8)
    if more is not None:
        ends = np.flatnonzero(more == ord("\n"))[: MOST_RARE - size]
        made = np.concatenate([made, more[: ends[-1] + 1 if len(ends) else 0]])
    return made if len(made) else None


def _lines(words: Sequence[str], counts: Sequence[int]) -> bytes:
    return "".join(f"{storage.escape(word)}\t{n}\n" for word, n in zip(words, counts, strict=True)).encode("utf-8")


def _parsed(lines: bytes) -> list[tuple[str, int]]:
    pairs = (line.rsplit("\t", 1) for line in lines.decode("utf-8").split("\n")[:-1])
    return [(storage.unescape(word), int(count)) for word, count in pairs]
