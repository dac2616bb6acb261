"""Token kernels: bytes → pieces of text, numbered as they appear.  64 bytes at a time, no branch for each byte.

What is known of the tokens met so far is a tuple of arrays, ``known``:

- slots (a power of 2,) int32, the number of the token whose hash leads there, or -1: open addressing, half empty;
- entries (types, 4) uint64, a token's letters 1-8 and 9-16 as two words, its hash, its length;
- ends (types + 1,) int64 and letters (bytes,) uint8: token k is ``letters[ends[k] : ends[k + 1]]``;
- seeds (3,) uint64, odd and drawn anew by each process: who writes a text cannot know which tokens collide.

No number depends on the seeds, only the time it takes to find it.
"""

import numpy as np

from . import SPARE
from .llvm import count, drop, equal, inner, kernel, load_word, lowest, store_word, times

SPACE, NEWLINE = 32, 10
_KEPT = np.array([(1 << 8 * n) - 1 for n in range(9)], np.uint64)  # the first n letters of a word


@inner
def with_rest(bits, text, start, length, seed):
    """Extend the hash of a token's first 16 letters to all of them."""
    for at in range(start + 16, start + length, 8):
        word = load_word(text, at) & _KEPT[min(8, start + length - at)]
        bits = times(bits ^ (bits >> np.uint64(29)) ^ word, seed)
    return bits


@inner
def same_rest(text, start, length, letters, begin):
    """Whether two tokens agree from their 17th letter on."""
    i = 16
    while i < length and text[start + i] == letters[begin + i]:
        i += 1
    return i == length


@inner
def copy_rest(text, start, length, letters, begin):
    """Copy a token's letters from the 17th on."""
    for i in range(16, length):
        letters[begin + i] = text[start + i]


@kernel
def number_all(text, edges, n_types, known, ids):
    """Number the tokens ``text[edges[2 i] : edges[2 i + 1]]`` as long as ``known`` has room for one that is new.

    text (bytes + SPARE,) uint8; edges (2 n,) int32 → ids (n,) int32; how many were numbered, and the types now
    """
    slots, entries, ends, letters, seeds = known
    last = np.uint64(slots.size - 1)
    for i in range(ids.size):
        start = np.int64(edges[2 * i])
        length = edges[2 * i + 1] - start
        # the first 16 letters as two words, zeros behind a shorter token; most tokens end here
        first = load_word(text, start) & _KEPT[min(8, length)]
        second = load_word(text, start + 8) & _KEPT[min(8, max(0, length - 8))]
        # hash: odd multipliers that nobody outside knows, then the upper half of the product
        bits = times(first, seeds[0]) ^ times(second, seeds[1])
        if length > 16:
            bits = with_rest(bits, text, start, length, seeds[0])
        bits = times(bits ^ (bits >> np.uint64(32)), seeds[2])
        # search: from the hashed slot on, until the token or an empty slot
        slot = (bits >> np.uint64(32)) & last
        while slots[slot] >= 0:
            k = slots[slot]
            entry = entries[k]
            alike = entry[0] == first and entry[1] == second and entry[3] == np.uint64(length)
            if alike and (length <= 16 or same_rest(text, start, length, letters, ends[k])):
                break
            slot = (slot + np.uint64(1)) & last
        else:
            # a new token: stop where there is no room, else enter its letters
            begin = ends[n_types]
            if n_types == entries.shape[0] or begin + length + SPARE > letters.size:
                return i, n_types
            k = n_types
            slots[slot] = k
            entries[k, 0], entries[k, 1], entries[k, 2], entries[k, 3] = first, second, bits, np.uint64(length)
            store_word(letters, begin, first)
            store_word(letters, begin + 8, second)
            if length > 16:
                copy_rest(text, start, length, letters, begin)
            ends[k + 1] = begin + length
            n_types += 1
        ids[i] = k
    return ids.size, n_types


@kernel
def place_all(slots, entries, n_types):
    """Fill empty slots from the hashes of the entries."""
    last = np.uint64(slots.size - 1)
    for k in range(n_types):
        slot = (entries[k, 2] >> np.uint64(32)) & last
        while slots[slot] >= 0:
            slot = (slot + np.uint64(1)) & last
        slots[slot] = k


@kernel
def find_edges(text, table, plain, edges, line_ends):
    """Where tokens begin and end, by turns; and how many tokens end before each line does.

    text (n,) uint8; table (256,) uint8, what each byte becomes: ``SPACE`` is not of a token, ``NEWLINE`` ends a line
    → plain (n + SPARE,) uint8, what the bytes became; edges (n + SPARE,) int32, of which the number is returned
    """
    n, used, lines, inside = text.size, 0, 0, np.uint64(0)
    # map each byte: lower case, separators to spaces
    for i in range(n):
        plain[i] = table[text[i]]
    plain[n : n + SPARE] = SPACE
    for base in range(0, n, 64):
        # 64 bytes as bits: which belong to a token, and where that changes, from the byte before on
        newlines = equal(plain, base, NEWLINE)
        token = ~(equal(plain, base, SPACE) | newlines)
        edge = token ^ ((token << np.uint64(1)) | inside)
        inside = token >> np.uint64(63)
        # each line that ends here: half of the edges up to its end are tokens
        while newlines:
            until = newlines ^ (newlines - np.uint64(1))  # the bits up to the lowest
            line_ends[lines] = (used + count(edge & until)) // 2
            lines += 1
            newlines = drop(newlines)
        # write the edges eight at a time, too many rather than too few: a loop as long as their number mispredicts
        at, used = used, used + count(edge)
        while at < used:
            for k in range(8):
                edges[at + k] = base + np.int64(lowest(edge))
                edge = drop(edge)
            at += 8
    edges[used] = n  # ends the last token, where the last byte is of it
    return used + np.int64(inside)


@kernel
def expand_ranges(pieces, line_ends, starts, ids):
    """The tokens of a stream of pieces, each a range of them: k is ``starts[k]`` … ``starts[k + 1] - 1``.

    pieces (n,) int32; line_ends: pieces before each, become tokens before each; starts (types + 1,) int32
    → ids (tokens + 1,), of which the last is of no use
    """
    i = used = 0
    for line in range(line_ends.size):
        while i < line_ends[line]:
            begin, end = starts[pieces[i]], starts[pieces[i] + 1]
            # most pieces are one token; its number is written first, and overwritten where a piece has none
            ids[used] = begin
            for token in range(begin + 1, end):
                ids[used + token - begin] = token
            used += end - begin
            i += 1
        line_ends[line] = used


@kernel
def tally(ids, counts):
    """Add to ``counts`` (types,) how often each of ``ids`` (n,) stands there."""
    for k in ids:
        counts[k] += 1


@kernel
def renumber(ids, numbers, out):
    """``out`` (n,) int32 becomes ``numbers`` (types,) int32 of each of ``ids`` (n,); it may be ``ids`` itself."""
    for i in range(ids.size):
        out[i] = numbers[ids[i]]
