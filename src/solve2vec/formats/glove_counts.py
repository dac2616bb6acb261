"""GloVe's counts: ``vocab.txt`` (word, count) and ``cooccurrence.bin`` (i, j from 1 as int32, weight as float64)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..core import storage
from ..core.errors import FolderError, InputError
from ..core.resources import block_size
from . import rows

if TYPE_CHECKING:
    from scipy import sparse

    from ..cooccurrence.cooccurrence import Cooccurrence

RECORD = np.dtype([("i", "<i4"), ("j", "<i4"), ("weight", "<f8")])
CHUNK = 1 << 20  # records held at a time: 16 MiB
LONGEST_WORD = 1000  # bytes that GloVe's programs read of one word
SPACE = re.compile(r"[ \t\n\v\f\r]")


def read_glove_counts(
    vocab_path: str | Path, cooccurrence_path: str | Path
) -> tuple[list[str], np.ndarray, sparse.csr_array]:
    """What GloVe's ``vocab_count`` and ``cooccur`` (or ``shuffle``) wrote.

    The records are read twice, 16 MiB at a time: besides the result, nothing as large as the file is held.

    Returns
    -------
    words : list of str, length V
    counts : (V,) int64
        How often each word was seen.
    weights : (V, V) float64 csr_array
        The weight of word j around word i, 1 / distance summed; records of one pair are added up.

    Raises
    ------
    FolderError
        If a line is not a word and a count, a record names a word that is not in the vocabulary, or a weight is
        not a number above 0.
    """
    from scipy import sparse

    words, counts = read_vocabulary(Path(vocab_path))
    path = Path(cooccurrence_path)
    size = len(words)
    indptr = np.zeros(size + 1, dtype=np.int64)
    for records in _records(path, size):
        indptr[1:] += np.bincount(records["i"] - 1, minlength=size)
    np.cumsum(indptr, out=indptr)
    indices, data = np.empty(indptr[-1], dtype=np.int32), np.empty(indptr[-1])
    free = indptr[:-1].copy()  # the next free place of each row
    for records in _records(path, size):
        row = records["i"] - 1
        order = np.argsort(row, kind="stable")
        held = np.bincount(row, minlength=size)
        place = np.arange(len(row)) + np.repeat(free - (np.cumsum(held) - held), held)
        indices[place], data[place] = records["j"][order] - 1, records["weight"][order]
        free += held
    weights = sparse.csr_array((data, indices, indptr), shape=(size, size))
    weights.sum_duplicates()  # sorts each row as well
    return words, counts, weights


def write_glove_counts(
    words: Sequence[str],
    counts: np.ndarray,
    weights: sparse.csr_array,
    vocab_path: str | Path,
    cooccurrence_path: str | Path,
) -> None:
    """Write what GloVe's ``shuffle`` and ``glove`` read.

    Parameters
    ----------
    words : sequence of str, length V
    counts : (V,) int array
    weights : (V, V) sparse array
        The weight of word j around word i; both directions of a pair, as ``cooccur -symmetric 1`` writes them.
        Pairs of weight 0 are left out.

    Raises
    ------
    InputError
        If the sizes disagree, a weight is not finite or below 0, or a word is empty, holds white space or has more
        than 1000 bytes: GloVe would read it as another.

    Examples
    --------
    >>> import tempfile
    >>> from scipy import sparse
    >>> weights = sparse.csr_array([[0.0, 1.5], [1.5, 0.0]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     files = folder + "/vocab.txt", folder + "/cooccurrence.bin"
    ...     write_glove_counts(["the", "of"], [7, 3], weights, *files)
    ...     words, counts, read = read_glove_counts(*files)
    >>> words, counts.tolist(), read.toarray().tolist()
    (['the', 'of'], [7, 3], [[0.0, 1.5], [1.5, 0.0]])
    """
    size = len(words)
    if len(counts) != size or weights.shape != (size, size):
        raise InputError(f"{size} words need {size} counts and ({size}, {size}) weights, got {weights.shape}")
    if not (np.isfinite(weights.data).all() and (weights.data >= 0).all()):
        raise InputError("every weight must be finite and 0 or more: GloVe takes its logarithm")
    rule = "GloVe ends a word at white space or after 1000 bytes"
    texts = rows.encoded(words, lambda word: not word or bool(SPACE.search(word)) or _too_long(word), rule)
    with storage.draft_file(vocab_path) as vocab, storage.draft_file(cooccurrence_path) as cooccurrence:
        vocab.write_bytes(b"".join(b"%b %d\n" % pair for pair in zip(texts, counts, strict=True)))
        with open(cooccurrence, "wb") as file:
            for records in _as_records(weights):
                records.tofile(file)


def load_glove_counts(vocab_path: str | Path, cooccurrence_path: str | Path) -> Cooccurrence:
    """GloVe's counts as a stage: an existing GloVe pipeline can be solved without counting again.

    Weights are kept as whole multiples of 1/360,360, which holds sums of 1/distance up to GloVe's window of 15
    exactly.

    Raises
    ------
    FolderError
        If a file is not what GloVe writes.
    InputError
        If the counts are not symmetric (``cooccur -symmetric 0``).
    """
    from ..cooccurrence.cooccurrence import Cooccurrence
    from ..corpus.vocabulary import Vocabulary

    words, counts, weights = read_glove_counts(vocab_path, cooccurrence_path)
    vocabulary = Vocabulary(words=tuple(words), counts=counts, total=int(counts.sum()))
    return Cooccurrence.from_matrix(weights, vocabulary)


def save_glove_counts(cooccurrence: Cooccurrence, vocab_path: str | Path, cooccurrence_path: str | Path) -> None:
    """The ``vocab.txt`` and ``cooccurrence.bin`` that GloVe's ``shuffle`` and ``glove`` read.

    Raises
    ------
    InputError
        If GloVe would read a word as another.
    """
    from scipy import sparse

    counts = cooccurrence.counts
    data = np.asarray(counts.data) / cooccurrence.denominator
    weights = sparse.csr_array((data, counts.indices, counts.indptr), shape=counts.shape)
    vocabulary = cooccurrence.vocabulary
    write_glove_counts(vocabulary.words, vocabulary.counts, weights, vocab_path, cooccurrence_path)


def _too_long(word: str) -> bool:
    return len(word) > LONGEST_WORD // 4 and len(word.encode(errors="replace")) > LONGEST_WORD


def read_vocabulary(path: Path, encoding: str = "utf-8", errors: str | None = None) -> tuple[list[str], np.ndarray]:
    """The words and counts of a file with one of each a line, as GloVe's vocab.txt and gensim's ``fvocab`` have it."""
    lines = path.read_bytes().split(b"\n")
    pairs = [line.rsplit(None, 1) for line in lines if line.strip()]
    short = next((n for n, line in enumerate(lines, 1) if line.strip() and len(line.split()) < 2), None)
    if short is not None:
        raise FolderError(
            f"{path} is not GloVe's vocab.txt: each line must be a word and its count, but line {short} is "
            f"{lines[short - 1].decode(errors='replace')!r:.40}: take the empty token out of the text, and count again"
        )
    try:
        counts = np.array([int(count) for _, count in pairs], dtype=np.int64)
    except (ValueError, OverflowError) as error:
        raise FolderError(f"{path} is not GloVe's vocab.txt: each line must be a word and its count") from error
    words = rows.decoded([word for word, _ in pairs], path, encoding, errors)
    if len(set(words)) < len(words):
        raise FolderError(f"{path} holds a word twice: the rows of cooccurrence.bin would be ambiguous")
    return words, counts


def _records(path: Path, size: int) -> Iterator[np.ndarray]:
    """The records of ``path``, at most CHUNK at a time, checked."""
    length = path.stat().st_size
    if length % RECORD.itemsize:
        raise FolderError(
            f"{path} has {length} bytes, not a multiple of {RECORD.itemsize}: it is cut off or not GloVe's"
        )
    with open(path, "rb") as file:
        while len(records := np.fromfile(file, RECORD, block_size(CHUNK))):
            for ids in (records["i"], records["j"]):
                if ids.min() < 1 or ids.max() > size:
                    wrong = ids.min() if ids.min() < 1 else ids.max()
                    raise FolderError(
                        f"{path} names word {wrong} of a vocabulary of {size}: the two do not belong together"
                    )
            if not (np.isfinite(records["weight"]).all() and (records["weight"] > 0).all()):
                raise FolderError(f"{path} holds a weight that is not a number above 0: it is damaged or not GloVe's")
            yield records


def _as_records(weights: sparse.csr_array) -> Iterator[np.ndarray]:
    size = block_size(CHUNK)
    for start in range(0, weights.nnz, size):
        part = slice(start, min(start + size, weights.nnz))
        records = np.empty(part.stop - start, RECORD)
        places = np.arange(part.start, part.stop)
        records["i"] = np.searchsorted(weights.indptr, places, side="right")  # row + 1
        records["j"] = weights.indices[part] + 1
        records["weight"] = weights.data[part]
        yield records[records["weight"] > 0]
