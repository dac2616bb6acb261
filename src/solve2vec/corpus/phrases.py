"""Phrases: words that stand side by side more often than chance would have it become one word, ``new_york``."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from ..core import progress, storage
from ..core.errors import InputError
from ..core.options import POSITIVE, Number, check_options, option
from ..core.parallel import ordered_map
from ..core.resources import block_size, current, with_resources
from .corpus import Corpus, VocabularyOptions
from .vocabulary import Vocabulary, rare_lines

Scoring = Literal["none", "npmi", "mikolov"]
THRESHOLDS: dict[Scoring, float] = {"none": 0.0, "npmi": 0.5, "mikolov": 10.0}
BAND = 1 << 24  # pairs gathered at a time and thread, unless they begin with one word


@dataclass(frozen=True)
class Phrases:
    """Which adjacent words are joined into one.

    With c the counts of words and of adjacent pairs, N the number of tokens, p = c / N, and δ = ``phrase_count``:

    ======= ================================== =============================================
    npmi    ln(p_ab / (p_a p_b)) / -ln p_ab     normalized pointwise mutual information [1]_
    mikolov (c_ab - δ) T / (c_a c_b)            word2phrase [2]_, on gensim's scale
    ======= ================================== =============================================

    T is, as in gensim, the number of distinct words and distinct adjacent pairs; word2phrase itself has N there.

    Parameters
    ----------
    phrase_scoring : {"none", "npmi", "mikolov"}
        How a pair is scored; "none" joins nothing.
    phrase_threshold : float, optional
        Pairs that score above it are joined; by default 0.5 for npmi, which is in -1…1, and 10 for mikolov.
    phrase_count : int
        δ: pairs seen less often are never joined; at least 1.
    phrase_rounds : int
        2 joins phrases of up to 4 words, r rounds up to 2^r.
    phrase_delimiter : str
        What stands between the joined words.

    References
    ----------
    .. [1] Bouma, "Normalized (Pointwise) Mutual Information in Collocation Extraction", GSCL 2009.
    .. [2] Mikolov et al., "Distributed Representations of Words and Phrases and their Compositionality",
       NeurIPS 2013.

    Examples
    --------
    >>> Phrases("npmi").threshold
    0.5
    """

    phrase_scoring: Scoring = option("none", "Join adjacent words that score high, such as new_york; none: do not.")
    phrase_threshold: float | None = option(
        None, "Score above which pairs are joined: 0.5 for npmi, 10 for mikolov by default.", Number()
    )
    phrase_count: int = option(5, "Pairs seen less often are never joined.", POSITIVE)
    phrase_rounds: int = option(1, "Rounds of joining: 2 finds phrases of up to 4 words.", POSITIVE)
    phrase_delimiter: str = option("_", "What stands between joined words.")

    def __post_init__(self) -> None:
        check_options(self)
        if not isinstance(self.phrase_delimiter, str):
            raise InputError(f"phrase_delimiter must be a string, got {self.phrase_delimiter!r:.60}")
        given = [f.name for f in fields(self) if getattr(self, f.name) != f.default]
        if given and not self:
            raise InputError(
                f"{given[0]}={getattr(self, given[0])!r} joins nothing by itself: choose a phrase_scoring, npmi or "
                "mikolov"
            )

    def __bool__(self) -> bool:
        """Whether anything is to be joined."""
        return self.phrase_scoring != "none"

    @property
    def threshold(self) -> float:
        """The threshold given, or the scoring's own."""
        return THRESHOLDS[self.phrase_scoring] if self.phrase_threshold is None else self.phrase_threshold

    def score(
        self, pairs: np.ndarray, firsts: np.ndarray, seconds: np.ndarray, *, total: int, types: int
    ) -> np.ndarray:
        """Scores of pairs with counts c_ab, c_a and c_b, float64; the formulas of this class.

        Parameters
        ----------
        pairs, firsts, seconds : (n,) arrays
            c_ab, c_a and c_b, all at least 1.
        total : int
            N.
        types : int
            T.

        Examples
        --------
        >>> Phrases("npmi").score(np.array([2]), np.array([2]), np.array([2]), total=8, types=5).tolist()
        [1.0]
        """
        c_ab, c_a, c_b = (np.asarray(counts, np.float64) for counts in (pairs, firsts, seconds))
        if self.phrase_scoring == "mikolov":
            return (c_ab - self.phrase_count) / (c_a * c_b) * types
        p_ab = c_ab / total
        return np.minimum(1.0, np.log(p_ab / ((c_a / total) * (c_b / total))) / -np.log(p_ab))


class Collocation(NamedTuple):
    """Two words that are joined, how often they stand side by side, and their score."""

    first: str
    second: str
    seen: int
    score: float


@with_resources
def join_phrases(
    corpus: Corpus,
    phrases: Phrases,
    *,
    selection: VocabularyOptions | None = None,
    threads: int | None = None,
    scratch: str | Path | None = None,
) -> Corpus:
    """The corpus with its phrases as words.  Works on token ids: the text is not read again.

    Pairs are joined from the left ("a b c" with "a b" and "b c" gives "a_b c"), never across the end of a document
    or an unknown word.  A phrase takes one place, so its neighbors move closer.  Words are counted anew; those
    left with fewer than ``min_count`` places become unknown and keep them.  A phrase spelled like a word that is
    there already is that word.

    Parameters
    ----------
    corpus : Corpus
        Words unknown in it are unknown in phrases too: where ``min_count`` is at most ``phrase_count``, none is missed.
    phrases : Phrases
    selection : VocabularyOptions, optional
        ``min_count`` and ``max_vocab``, of words and phrases; by default those the corpus was encoded with.
    threads : int, optional
        All cores by default; the result does not depend on it.
    scratch : path, optional
        A folder for the new ids (4 bytes a token); the system's own by default.

    Returns
    -------
    Corpus
        Over a vocabulary of its own; ``corpus`` itself if ``phrases`` joins nothing ("none").

    Raises
    ------
    InputError
        If no word is left that is seen ``min_count`` times.

    Examples
    --------
    >>> from solve2vec.corpus.corpus import encode
    >>> corpus = encode(["is new york big", "new york is old", "old york is big", "big is new"] * 5)
    >>> joined = join_phrases(corpus, Phrases("npmi"))
    >>> joined.document(0), joined.document(2)
    (['is', 'new_york', 'big'], ['old', 'york', 'is', 'big'])
    """
    if not phrases:
        return corpus
    selection = selection or _selection_of(corpus)
    with _Text.copied(corpus) as text, progress.task("joining", phrases.phrase_rounds) as advance:
        n = 0
        for names in text.rounds(phrases):
            n += len(names)
            advance(1)
        if not n:
            progress.note(
                f"no phrase was joined: no two words seen {phrases.phrase_count} times together score above "
                f"{phrases.threshold:g} by {phrases.phrase_scoring}"
            )
        return text.as_corpus(corpus, phrases, selection)


@with_resources
def find_phrases(
    corpus: Corpus, phrases: Phrases, *, threads: int | None = None, scratch: str | Path | None = None
) -> list[Collocation]:
    """What :func:`join_phrases` would join, strongest first; equal scores by count, then by spelling.

    Examples
    --------
    >>> from solve2vec.corpus.corpus import encode
    >>> corpus = encode(["is new york big", "new york is old", "old york is big", "big is new"] * 5)
    >>> for first, second, count, score in find_phrases(corpus, Phrases("npmi")):
    ...     print(first, second, count, round(score, 2))
    new york 10 0.6
    """
    if not phrases:
        return []
    with _Text.copied(corpus) as text:
        found = [collocation for names in text.rounds(phrases) for collocation in names]
    return sorted(found, key=lambda one: (-one.score, -one.seen, one.first, one.second))


def _selection_of(corpus: Corpus) -> VocabularyOptions:
    """What the corpus was encoded with; every word where nobody chose."""
    past = corpus.lineage
    made = past.values_of("join_phrases") or past.values_of("build_vocabulary") or {"min_count": 1, "max_vocab": None}
    return VocabularyOptions(min_count=made["min_count"], max_vocab=made["max_vocab"])


class _Pairs(NamedTuple):
    """Chosen pairs of token ids, rising by first, then second; all arrays (n,)."""

    first: np.ndarray
    second: np.ndarray
    counts: np.ndarray
    scores: np.ndarray


class _Text:
    """A copy of a corpus' ids, joined in place; ids grow by one for each new phrase, the largest is unknown."""

    def __init__(self, corpus: Corpus, spool: Any) -> None:
        spool.write(np.ascontiguousarray(corpus.tokens, np.int32).data)
        spool.flush()
        self.tokens = np.asarray(np.memmap(spool, np.int32, "r+")) if len(corpus) else np.empty(0, np.int32)
        self.starts = np.array(corpus.document_starts, np.int64)
        self.ids = dict(corpus.vocabulary.id_of)

    @classmethod
    @contextmanager
    def copied(cls, corpus: Corpus) -> Iterator[_Text]:
        """The copy, in a scratch file."""
        with storage.scratch_file(current().scratch) as spool:
            yield cls(corpus, spool)

    def rounds(self, phrases: Phrases) -> Iterator[list[Collocation]]:
        """Find and join until the rounds are over or nothing is left to join; what each found."""
        for _ in range(phrases.phrase_rounds):
            pairs = self._find(phrases)
            if not len(pairs.first):
                return
            words = list(self.ids)
            self._join(pairs, words, phrases.phrase_delimiter)
            named = zip(*(array.tolist() for array in pairs), strict=True)
            yield [Collocation(words[a], words[b], count, score) for a, b, count, score in named]

    def _find(self, phrases: Phrases) -> _Pairs:
        from ..kernels import phrases as kernels

        V = len(self.ids)
        seen, begins = kernels.occurrences(self.tokens, self.starts, V)

        def band(edges: tuple[int, int]) -> tuple[int, np.ndarray, np.ndarray]:
            return kernels.frequent_pairs(self.tokens, self.starts, begins, *edges, phrases.phrase_count)

        bands = list(ordered_map(band, _bands(begins, block_size(BAND))))
        keys = np.concatenate([np.empty(0, np.int64), *(keys for _, keys, _ in bands)])
        counts = np.concatenate([np.empty(0, np.int64), *(counts for _, _, counts in bands)])
        first, second = np.divmod(keys, max(1, V))
        types = int(np.count_nonzero(seen[:V])) + sum(distinct for distinct, _, _ in bands)
        scores = phrases.score(counts, seen[first], seen[second], total=len(self.tokens), types=types)
        chosen = np.flatnonzero(scores > phrases.threshold)
        chosen = chosen[np.argsort(keys[chosen])]
        return _Pairs(first[chosen], second[chosen], counts[chosen], scores[chosen])

    def _join(self, pairs: _Pairs, words: list[str], delimiter: str) -> None:
        from ..kernels import phrases as kernels

        indptr = np.searchsorted(pairs.first, np.arange(len(words) + 1))
        names = (words[a] + delimiter + words[b] for a, b in zip(pairs.first, pairs.second, strict=True))
        joined = np.array([self.ids.setdefault(name, len(self.ids)) for name in names], np.int32)
        self.starts = kernels.join(
            self.tokens, self.starts, indptr, pairs.second.astype(np.int32), joined, np.int32(len(self.ids))
        )
        self.tokens = self.tokens[: self.starts[-1]]

    def as_corpus(self, corpus: Corpus, phrases: Phrases, selection: VocabularyOptions) -> Corpus:
        """The text over the words that ``selection`` keeps, in their order."""
        from ..kernels import phrases as kernels
        from ..kernels.tokens import renumber

        V, words = len(self.ids), list(self.ids)
        seen = kernels.occurrences(self.tokens, self.starts, V)[0][:V]
        counts, frequent = seen.tolist(), np.flatnonzero(seen >= selection.min_count)
        ranked = sorted(frequent.tolist(), key=lambda i: (-counts[i], words[i]))
        kept = ranked[: selection.max_vocab]
        if not kept:
            raise InputError(f"no word is seen {selection.min_count} times once phrases are joined: lower min_count")
        numbers = np.full(V + 1, len(kept), np.int32)
        numbers[kept] = np.arange(len(kept), dtype=np.int32)
        renumber(self.tokens, numbers, self.tokens)
        dropped = [*ranked[len(kept) :], *np.flatnonzero((seen > 0) & (seen < selection.min_count)).tolist()]
        values = asdict(phrases) | {"phrase_threshold": phrases.threshold} | asdict(selection)
        vocabulary = Vocabulary(
            words=tuple(words[i] for i in kept),
            counts=seen[kept],
            total=len(self.tokens),
            documents=corpus.n_documents,
            rare=rare_lines([words[i] for i in dropped], [counts[i] for i in dropped], corpus.vocabulary.rare),
            lineage=corpus.vocabulary.lineage.then("join_phrases", **values),
        )
        lineage = corpus.lineage.then("join_phrases", **values)
        return replace(corpus, tokens=self.tokens, document_starts=self.starts, vocabulary=vocabulary, lineage=lineage)


def _bands(begins: np.ndarray, size: int) -> list[tuple[int, int]]:
    """Words first … last - 1 with at most ``size`` pairs together, or one word."""
    ends = np.concatenate([[0], np.cumsum(begins)])
    edges = [0]
    while edges[-1] < len(begins):
        last = int(np.searchsorted(ends, ends[edges[-1]] + size, side="right")) - 1
        edges.append(max(edges[-1] + 1, last))
    return list(itertools.pairwise(edges))
