"""fastText's .bin: words, and rows of n-grams that give any string a vector, as gensim's load_facebook_vectors reads.

A word's vector is the mean of a row of its own and those of its n-grams, each the row of its bucket.  Ours is written
so that the mean is the vector: the own row is what is lacking.  Our buckets are fastText's own hashes, so two n-grams
that share a row here share it there, and none besides.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from ..core.errors import FolderError
from ..spelling.ngrams import Ngrams, incidence
from ..spelling.subwords import Subwords
from . import rows
from .rows import WordVectors
from .sample import Sample

MAGIC, VERSION = 793712314, 12
ARGUMENTS = "<12id"  # dim, ws, epoch, minCount, neg, wordNgrams, loss, model, bucket, minn, maxn, lrUpdateRate, t
SKIP_GRAM, NEGATIVE_SAMPLING = 2, 2
UNTRAINED = 5, 0, 1, 5, 1, NEGATIVE_SAMPLING, SKIP_GRAM  # ws … model: nobody trains on from here
BLOCK = 1 << 13  # words or buckets at a time


def recognise(sample: Sample) -> bool:
    """Whether it begins as fastText's models do."""
    return sample.head.startswith(struct.pack("<i", MAGIC))


def write(embedding: WordVectors, path: str | Path) -> None:
    """Write a model without a training state; a word with a NUL is refused.  Words nobody counted get a count of 1.

    Raises
    ------
    InputError
        If there is nothing to write, or a word cannot be.
    """
    rows.require_rows(embedding)
    rule = "a NUL ends a word in fastText's .bin; write npz, parquet or safetensors"
    words = rows.encoded(embedding.words, lambda word: "\0" in word, rule)
    subwords: Subwords | None = getattr(embedding, "subwords", None)
    ngrams = Ngrams(0, 0, 0) if subwords is None else subwords.ngrams
    d, counts = embedding.dim, np.maximum(embedding.vocabulary.counts, 1)
    with rows.writing(Path(path)) as file:
        file.write(struct.pack("<2i", MAGIC, VERSION))
        file.write(struct.pack(ARGUMENTS, d, *UNTRAINED, ngrams.buckets, ngrams.shortest, ngrams.longest, 100, 1e-4))
        file.write(struct.pack("<3i2q", len(words), len(words), 0, int(counts.sum()), -1))
        file.writelines(
            word + struct.pack("<xqb", count, 0) for word, count in zip(words, counts.tolist(), strict=True)
        )
        file.write(struct.pack("<?2q", False, len(words) + ngrams.buckets, d))
        for at, block in rows.blocks(embedding.vectors):
            file.write(_own_rows(embedding.words[at : at + len(block)], block, subwords).tobytes())
        if subwords is not None:
            _write_buckets(file, subwords)
        file.write(struct.pack("<?2q", False, len(words), d))
        file.writelines(bytes(block.nbytes) for _, block in rows.blocks(embedding.vectors))  # the output layer: zeros


def _own_rows(words: Any, vectors: np.ndarray, subwords: Subwords | None) -> np.ndarray:
    """(n, d) float32 rows whose mean with those of the words' n-grams are their vectors."""
    if subwords is None:
        return vectors
    _, sizes = incidence(subwords.ngrams, words, np.asarray(subwords.buckets))
    own = (1.0 + sizes[:, None]) * vectors - sizes[:, None] * subwords.of(words).astype(np.float64)
    return cast("np.ndarray", own.astype("<f4"))


def _write_buckets(file: IO[bytes], subwords: Subwords) -> None:
    buckets = np.asarray(subwords.buckets)
    for at in range(0, subwords.ngrams.buckets, BLOCK):
        first, last = np.searchsorted(buckets, [at, min(at + BLOCK, subwords.ngrams.buckets)])
        block = np.zeros((min(BLOCK, subwords.ngrams.buckets - at), subwords.dim), "<f4")
        block[buckets[first:last] - at] = subwords.rows[first:last]
        file.write(block.tobytes())


def read(path: str | Path) -> WordVectors:
    """Vectors and subwords of a model that fastText trained without labels.

    Raises
    ------
    FolderError
        If it is quantized, has labels, is cut off or damaged.
    """
    path = Path(path)
    with rows.reading(path) as file:
        magic, _ = _unpack(file, "<2i", path)
        if magic != MAGIC:
            raise FolderError(f"{path} is not a fastText model of version 0.1 or later")
        arguments = _unpack(file, ARGUMENTS, path)
        dim, buckets, shortest, longest = (int(arguments[place]) for place in (0, 8, 9, 10))
        entries, n_words, labels, total, pruned = _unpack(file, "<3i2q", path)
        if labels or pruned > 0 or entries != n_words or not (n_words > 0 and dim > 0):
            raise FolderError(f"{path} is a classifier or a pruned model: words of others have their vectors")
        if (longest and not 0 < shortest <= longest) or min(longest, buckets) < 0:
            raise FolderError(f"{path} is damaged: n-grams of {shortest} to {longest} characters, {buckets} buckets")
        words, counts = _words(file, n_words, path)
        is_quantized, n_rows, width = _unpack(file, "<?2q", path)
        if is_quantized:
            raise FolderError(f"{path} is a quantized model (.ftz): give the .bin it was made of")
        buckets = buckets if longest else 0
        if n_rows != n_words + buckets or width != dim or 4 * n_rows * dim > rows.most_bytes(path):
            raise FolderError(f"{path} is damaged: {n_rows} x {width} numbers for {n_words} words")
        own = _matrix(file, n_words, dim, path)
        table = _matrix(file, buckets, dim, path)
        _, n_outputs, width = _unpack(file, "<?2q", path)
        if not 0 <= 4 * n_outputs * width <= rows.most_bytes(path):
            raise FolderError(f"{path} is damaged: an output layer of {n_outputs} x {width} numbers")
        _matrix(file, n_outputs, width, path)  # what training would go on from: read to know that the file is whole
    if not buckets:
        return rows.made(words, own, path, "fasttext-bin", counts=counts, total=total)
    known = np.flatnonzero(table.any(axis=1))
    ngrams = Ngrams(shortest, longest, buckets)
    _, sizes = incidence(ngrams, words, known)
    size = max(1.0, float(sizes.mean()))
    subwords = Subwords(rows=table[known], buckets=known, ngrams=ngrams, size=size, strength=1.0, averaged=True)
    vectors = own / (1 + sizes[:, None]) + subwords.parts(words)
    found = rows.made(words, vectors.astype(np.float32), path, "fasttext-bin", counts=counts, total=total)
    return cast("WordVectors", replace(cast("Any", found), subwords=subwords))


def _words(file: IO[bytes], n: int, path: Path) -> tuple[list[str], np.ndarray]:
    words, counts, rest = [], np.empty(n, np.int64), b""
    for place in range(n):
        while (end := rest.find(b"\0")) < 0 or len(rest) < end + 10:
            chunk = file.read(1 << 16)
            if not chunk:
                raise FolderError(f"{path} is cut off: {place} of {n} words")
            rest += chunk
        words.append(rest[:end])
        counts[place] = struct.unpack_from("<q", rest, end + 1)[0]
        rest = rest[end + 10 :]
    file.seek(-len(rest), 1)
    return rows.decoded(words, path), counts


def _matrix(file: IO[bytes], n: int, dim: int, path: Path) -> np.ndarray:
    data = file.read(4 * n * dim)
    if len(data) < 4 * n * dim:
        raise FolderError(f"{path} is cut off: fetch or write it again")
    return np.frombuffer(data, "<f4").reshape(n, dim)


def _unpack(file: IO[bytes], layout: str, path: Path) -> tuple[Any, ...]:
    data = file.read(struct.calcsize(layout))
    if len(data) < struct.calcsize(layout):
        raise FolderError(f"{path} is cut off: fetch or write it again")
    return struct.unpack(layout, data)
