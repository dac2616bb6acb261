"""Repetition: documents that are copies, and runs of words that occur again, found by their hashes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..linalg.search import largest

if TYPE_CHECKING:
    from ..corpus.corpus import Corpus

RUN = 8  # words
SAMPLE = 1 << 21  # runs looked at, about
BLOCK = 1 << 20  # tokens hashed at a time
LEAST = 8  # tokens of a document that can be called a copy
ODD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Repetition:
    """How much of a text was there before.

    Attributes
    ----------
    copies : float
        Share of tokens in documents (of 8 tokens or more) that are an earlier document, word for word.
    repeated : float
        Share of runs of words that occur in an earlier place.
    length : int
        Of a run.
    sampled_one_in : int
        Of all runs, by their hash, so that equal runs are sampled alike.
    examples : list of (str, int)
        The runs that occur most often.
    of_words : (V,) float64
        The share of each word's occurrences, as the first of a run, whose run stands in another place as well.
    """

    copies: float
    repeated: float
    length: int
    sampled_one_in: int
    examples: list[tuple[str, int]]
    of_words: np.ndarray


def repetition(corpus: Corpus) -> Repetition:
    """Hash every document and every run of eight known words inside one document.

    Examples
    --------
    >>> from solve2vec.corpus.corpus import VocabularyOptions, encode
    >>> corpus = encode([list("abcdefgh")] * 2, selection=VocabularyOptions(min_count=1))
    >>> repetition(corpus).copies, repetition(corpus).repeated
    (0.5, 0.5)
    """
    one_in = 1 << max(0, int(np.ceil(np.log2(max(1, len(corpus)) / SAMPLE))))
    hashes, places = _runs(corpus, one_in)
    _, first, which, times = np.unique(hashes, return_index=True, return_inverse=True, return_counts=True)
    repeated = 1 - len(times) / len(hashes) if len(hashes) else 0.0
    best = largest(times, 3)
    examples = [(_words(corpus, int(places[first[k]])), int(times[k])) for k in best.tolist() if times[k] > 1]
    again, V = times[which] > 1, len(corpus.vocabulary)
    words = np.asarray(corpus.tokens)[places]
    of_words = np.bincount(words[again], minlength=V) / np.maximum(1, np.bincount(words, minlength=V))
    return Repetition(_copies(corpus), float(repeated), RUN, one_in, examples, of_words)


def _mixed(tokens: np.ndarray) -> np.ndarray:
    """Token ids as 64 well-mixed bits (Steele, Lea and Flood 2014)."""
    h = (tokens.astype(np.uint64) + np.uint64(1)) * ODD
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return h ^ (h >> np.uint64(31))


def _runs(corpus: Corpus, one_in: int) -> tuple[np.ndarray, np.ndarray]:
    """Hash and place of each run of known words inside one document, or of a sample."""
    V, N = len(corpus.vocabulary), len(corpus)
    factors = np.uint64(1) + 2 * _mixed(np.arange(RUN))
    hashes, places = [], []
    for at in range(0, max(0, N - RUN + 1), BLOCK):
        tokens = np.asarray(corpus.tokens[at : at + BLOCK + RUN - 1])
        n = len(tokens) - RUN + 1
        mixed, barred, begins = _mixed(tokens), tokens >= V, np.zeros(len(tokens), bool)
        inner = slice(*np.searchsorted(corpus.document_starts, [at + 1, at + len(tokens)]))
        begins[corpus.document_starts[inner] - at] = True
        h, broken = np.zeros(n, np.uint64), barred[:n].copy()
        for j in range(RUN):
            h += mixed[j : j + n] * factors[j]
            if j:
                broken |= barred[j : j + n] | begins[j : j + n]
        h = _mixed(h)
        kept = np.flatnonzero(~broken & (h & np.uint64(one_in - 1) == 0))
        hashes.append(h[kept])
        places.append(at + kept)
    if not hashes:
        return np.zeros(0, np.uint64), np.zeros(0, np.int64)
    return np.concatenate(hashes), np.concatenate(places)


def _copies(corpus: Corpus) -> float:
    """The share of tokens in documents that are an earlier one."""
    starts = np.asarray(corpus.document_starts)
    lengths = np.diff(starts)
    sums = np.zeros(len(lengths), np.uint64)
    for first in range(0, len(lengths), 1 << 16):
        last = min(len(lengths), first + (1 << 16))
        a, b = int(starts[first]), int(starts[last])
        tokens, own = np.asarray(corpus.tokens[a:b]), lengths[first:last]
        place = np.arange(b - a) - np.repeat(starts[first:last] - a, own)
        h = np.concatenate([[np.uint64(0)], np.cumsum(_mixed(_mixed(tokens) + _mixed(place)), dtype=np.uint64)])
        sums[first:last] = h[starts[first + 1 : last + 1] - a] - h[starts[first:last] - a]
    long = np.flatnonzero(lengths >= LEAST)
    _, originals = np.unique(sums[long], return_index=True)
    copied = np.setdiff1d(np.arange(len(long)), originals)
    return float(lengths[long[copied]].sum()) / max(1, len(corpus))


def _words(corpus: Corpus, place: int) -> str:
    words = corpus.vocabulary.words
    return " ".join(words[token] for token in corpus.tokens[place : place + RUN].tolist())
