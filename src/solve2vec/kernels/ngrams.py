"""N-gram kernel: the hashed n-grams of words, as fastText has them."""

import numpy as np
from numba import njit

OFFSET, PRIME = 2166136261, 16777619  # FNV-1a of 32 bits


@njit(nogil=True, cache=True)
def hash_ngrams(text, ends, shortest, longest, buckets, found, owners):
    """Fill ``found`` with the bucket of each n-gram of each word, ``owners`` with the word; returns how many.

    text (n,) uint8: the UTF-8 bytes of ``<word>``, one word after another; ends (V,) where each ends.  An n-gram is
    ``shortest`` … ``longest`` characters, its bucket the FNV-1a hash of its bytes modulo ``buckets``; ``<`` and ``>``
    alone are none.
    """
    n = first = 0
    for word in range(len(ends)):
        last = ends[word]
        for start in range(first, last):
            if (text[start] & 0xC0) == 0x80:  # inside a character
                continue
            value, place, size = np.uint32(OFFSET), start, 0
            while place < last and size < longest:
                value = _hash_byte(value, text[place])
                place += 1
                while place < last and (text[place] & 0xC0) == 0x80:
                    value = _hash_byte(value, text[place])
                    place += 1
                size += 1
                if size >= shortest and not (size == 1 and (start == first or place == last)):
                    found[n], owners[n] = value % np.uint32(buckets), word
                    n += 1
        first = last
    return n


@njit(nogil=True, cache=True)
def _hash_byte(value, byte):
    """One step of FNV-1a; fastText takes a byte for a signed number."""
    return np.uint32((value ^ np.uint32(np.int8(byte))) * np.uint32(PRIME))
