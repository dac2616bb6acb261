"""Streams: corpora too long to keep, with Zipf frequencies and topics, made as they are read."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..core.errors import InputError, require_positive

BLOCK = 1 << 16  # tokens drawn at a time: they stay in cache


def zipf_topic_tokens(
    n_tokens: int,
    V: int,
    *,
    topics: int = 50,
    seed: int = 0,
    chunk: int = 1 << 22,
    document_length: int = 256,
    exponent: float = 1.0,
    copying: float = 0.3,
    plain_words: int = 128,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Stream a large corpus with Zipf frequencies and topics, for benchmarks; nothing of it is kept.

    Every token draws a word i with probability q_i ∝ (i + 1)^-exponent.  The first ``plain_words`` have no topic;
    the others follow in groups of ``topics``, one word of each topic in a group.  With probability
    ``copying`` (to 1/65,536) such a word is replaced by the one of its group that has its document's topic,
    so P_i = (1 - copying) q_i + copying Σ_group q / topics.

    Parameters
    ----------
    n_tokens, V : int
    topics : int
        Equally frequent.  V - ``plain_words`` should be a multiple of it: words of an incomplete last group have no
        topic.
    plain_words : int
        The most frequent words, which have no topic.
    chunk : int
        Tokens at a time, about; the corpus does not depend on it.
    document_length : int
        Tokens of a document; the last may be shorter.

    Yields
    ------
    tokens : (n,) int32
        Whole documents, ids in 0…V - 1.
    document_starts : (D + 1,) int64
        Within these tokens, from 0 to n.

    Raises
    ------
    InputError
        If a number is below 1 or copying is not in 0…1.

    Examples
    --------
    >>> sum(len(tokens) for tokens, _ in zipf_topic_tokens(1_000_000, V=10_000))
    1000000
    """
    require_positive(n_tokens=n_tokens, V=V, topics=topics, chunk=chunk, document_length=document_length)
    if not 0 <= copying <= 1:
        raise InputError(f"copying is a probability, in 0…1, got {copying}")
    return _zipf_chunks(n_tokens, V, topics, seed, chunk, document_length, exponent, copying, plain_words)


def _zipf_chunks(
    n_tokens: int, V: int, topics: int, seed: int, chunk: int, length: int, exponent: float, copying: float, plain: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.Generator(np.random.SFC64(seed))
    q = np.arange(1, V + 1) ** -float(exponent)
    cut, jump = _alias_tables(q / q.sum())
    group = np.full(V, -topics, dtype=np.int32)  # the first word of each word's group; negative: it has no topic
    topical = np.arange(plain, V - (V - plain) % topics, dtype=np.int32)
    group[topical] = topical - (topical - plain) % topics

    def block(documents: int) -> np.ndarray:
        n = documents * length
        place, accept = rng.bit_generator.random_raw(n).view(np.uint32).reshape(2, n)
        copies = rng.bit_generator.random_raw(n // 4 + 1).view(np.uint16)[:n] < round(copying * 65536)
        cell = (place >> np.uint32(32 - (len(cut) - 1).bit_length())).astype(np.int32)
        token = cell + jump.take(cell) * (accept >= cut.take(cell))  # products: where() is several times slower
        z = np.repeat(rng.integers(topics, size=documents, dtype=np.int32), length)
        moved = group.take(token) + z
        return token + (moved - token) * (copies & (moved >= 0))

    documents = max(1, BLOCK // length)
    per_chunk = max(1, chunk // (documents * length)) * documents * length
    for at in range(0, n_tokens, per_chunk):
        n = min(per_chunk, n_tokens - at)
        tokens = np.concatenate([block(documents) for _ in range(-(-n // (documents * length)))])[:n]
        yield tokens, np.append(np.arange(0, n, length, dtype=np.int64), n)


def _alias_tables(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut probabilities p (V,) into equal cells, a power of 2 of them, each shared by two words (Walker 1977).

    Returns
    -------
    cut : (cells,) uint32
        A cell stands for its own word below ``cut / 2³²``, and above for the other one,
    jump : (cells,) int32
        so many words further.
    """
    cells = 1 << max(1, (len(p) - 1).bit_length())
    mass = [*(p * cells).tolist(), *[0.0] * (cells - len(p))]
    keep, other = [1.0] * cells, list(range(cells))
    small = [cell for cell, value in enumerate(mass) if value < 1]
    large = [cell for cell, value in enumerate(mass) if value >= 1]
    while small and large:
        poor, rich = small.pop(), large[-1]
        keep[poor], other[poor] = mass[poor], rich
        mass[rich] -= 1 - mass[poor]
        if mass[rich] < 1:
            small.append(large.pop())
    cut = np.minimum(np.array(keep) * 2**32, 2**32 - 1).astype(np.uint32)
    return cut, (np.array(other) - np.arange(cells)).astype(np.int32)
