"""The n-grams of words, by their script, as rows of hashed buckets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..core.stage import csr

BUCKETS = 1 << 17  # two n-grams of one bucket share a row: of fastText's 2^21 buckets, few words would fill most
LETTERS = (3, 5)  # characters of an n-gram of letters …
SIGNS = (1, 2)  # … and of one of signs that mean a syllable or a word each
SIGN = re.compile("[\u2e80-\u31ff\u3400-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]")


@dataclass(frozen=True)
class Ngrams:
    """Which n-grams a word has: runs of ``shortest`` … ``longest`` characters of ``<word>``, hashed as by fastText.

    Attributes
    ----------
    shortest, longest : int
    buckets : int
        FNV-1a hashes are taken modulo this.
    """

    shortest: int = LETTERS[0]
    longest: int = LETTERS[1]
    buckets: int = BUCKETS

    @classmethod
    def of(cls, words: Sequence[str]) -> Ngrams:
        """Those that suit the script of most of these words: letters, or signs (Han, Kana, Hangul).

        >>> Ngrams.of(["tea", "cup"]).longest, Ngrams.of(["お茶", "杯", "tea"]).longest
        (5, 2)
        """
        signs = sum(SIGN.search(word) is not None for word in words)
        return cls(*(SIGNS if 2 * signs > len(words) else LETTERS))

    def __call__(self, words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """The bucket of every n-gram of every word, and the word that each is of: (n,) int64 both."""
        from ..kernels.ngrams import hash_ngrams

        spelled = [f"<{word}>".encode(errors="surrogatepass") for word in words]
        ends = np.cumsum([len(one) for one in spelled], dtype=np.int64)
        text = np.frombuffer(b"".join(spelled), np.uint8)
        found, owners = np.empty((2, len(text) * (self.longest - self.shortest + 1)), np.int64)
        n = hash_ngrams(text, ends, self.shortest, self.longest, self.buckets, found, owners)
        return found[:n], owners[:n]


def incidence(ngrams: Ngrams, words: Sequence[str], rows: np.ndarray | None = None) -> tuple[Any, np.ndarray]:
    """Count n-grams in words: (V, N) float32 CSR of how often each of the buckets ``rows`` is in a word.

    Parameters
    ----------
    rows : (N,) int64, optional
        Buckets, rising; all by default.

    Returns
    -------
    csr : (V, N)
    sizes : (V,) int64
        How many n-grams each word has, those of other buckets too.
    """
    found, owners = ngrams(words)
    sizes = np.bincount(owners, minlength=len(words))
    if rows is None:
        columns, n = found, ngrams.buckets
    else:
        columns, n = np.searchsorted(rows, found), len(rows)
        is_known = columns < n
        is_known[is_known] = rows[columns[is_known]] == found[is_known]
        columns, owners = columns[is_known], owners[is_known]
    keys, times = np.unique(owners * max(1, n) + columns, return_counts=True)
    places = np.concatenate([[0], np.cumsum(np.bincount(keys // max(1, n), minlength=len(words)))])
    entries = (keys % max(1, n)).astype(np.int32)
    return csr(times.astype(np.float32), entries, places.astype(np.int64), (len(words), n)), sizes


@dataclass(frozen=True, eq=False)
class Shared:
    """Which words have which of the n-grams that two words or more have.

    Attributes
    ----------
    ngrams : Ngrams
    counts : (V, N) float32 CSR
        How often a word has the n-grams of each bucket.
    sizes : (V,) int64
        How many n-grams each word has, those of other buckets too.
    buckets : (N,) int64
        Rising.
    """

    ngrams: Ngrams
    counts: Any
    sizes: np.ndarray
    buckets: np.ndarray

    @classmethod
    def of(cls, words: Sequence[str], ngrams: Ngrams | None = None) -> Shared:
        """Those of some words, by the n-grams that suit their script."""
        ngrams = ngrams or Ngrams.of(words)
        full, sizes = incidence(ngrams, words)
        seen = np.bincount(full.indices, minlength=ngrams.buckets) >= 2
        kept, place = seen[full.indices], np.cumsum(seen, dtype=np.int32) - 1
        starts = np.concatenate([[0], np.cumsum(kept)])[full.indptr]
        counts = csr(full.data[kept], place[full.indices[kept]], starts, (len(words), int(seen.sum())))
        return cls(ngrams, counts, sizes, np.flatnonzero(seen))

    @cached_property
    def weighted(self) -> Any:
        """G: counts divided by the root of each word's number of n-grams."""
        roots = np.sqrt(np.maximum(self.sizes, 1))
        G, indptr = self.counts, np.asarray(self.counts.indptr)
        return csr(G.data / np.repeat(roots, np.diff(indptr)).astype(np.float32), G.indices, indptr, G.shape)
