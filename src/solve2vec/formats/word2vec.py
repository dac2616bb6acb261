r"""word2vec's files: a header ``V d``, then a word and its d numbers for each row, as text or as float32.

Lossless or refused: text holds any word without a line break, binary any without a space or a line break.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np

from ..core.errors import FolderError
from ..core.resources import block_size
from . import lines, rows
from .rows import WordVectors
from .sample import HEADER, Sample, is_text

CHUNK = 1 << 24
LONGEST_WORD = 1 << 20  # bytes; beyond it the file is not what its header says


def recognise_text(sample: Sample) -> bool | str:
    """Whether the second line ends in the d numbers that the first promises."""
    if sample.header is None:
        return False
    size, dim = sample.header
    numbers = lines.numbers_at_end(sample.rest.split(b"\n", 1)[0])
    if numbers >= dim or not size:
        # the bytes of a number may read as a line, but hardly as all the lines that are promised
        lines_there = sum(1 for line in sample.rest.split(b"\n") if line.strip(lines.SPACE))
        return sample.is_cut or lines_there == size or not _reads_as_binary(sample.path)
    return f"text with a word2vec header of {dim} dimensions, but line 2 ends in {numbers} numbers: the header is wrong"


def recognise_binary(sample: Sample) -> bool:
    """Whether a header stands before what is not text; the bytes of a few numbers may all be letters."""
    if sample.header is None or recognise_text(sample) is True:
        return False
    return not is_text(sample.rest) or (not sample.is_cut and _reads_as_binary(sample.path))


def _reads_as_binary(path: Path) -> bool:
    try:
        read_binary(path)
    except FolderError:
        return False
    return True


def read_text(
    path: str | Path, *, limit: int | None = None, encoding: str = "utf-8", errors: str | None = None
) -> WordVectors:
    """Vectors from word2vec's text; lines split from the right, so a word may hold spaces.

    Parameters
    ----------
    limit : int, optional
        Stop after so many words.
    encoding, errors
        Of the words; see :func:`~solve2vec.formats.rows.decoded`.

    Raises
    ------
    FolderError
        If the header promises more or fewer rows or numbers than the file has.
    """
    path = Path(path)
    with rows.reading(path) as file:
        size, dim = read_header(file, path, shortest=lambda dim: 2 * dim)
        words, vectors = lines.read_rows(file, dim, path, 2, limit)
    if limit is not None and len(words) >= min(limit, size):
        words, vectors = words[: min(limit, size)], vectors[: min(limit, size)]
    elif len(words) != size:
        raise FolderError(
            f"{path}: the header promises {size} words, the file has {len(words)}: it is cut off or edited"
        )
    return rows.made(rows.decoded(words, path, encoding, errors), vectors, path, "word2vec-text")


def write_text(embedding: WordVectors, path: str | Path) -> None:
    """Write word2vec's text.

    Examples
    --------
    >>> import tempfile
    >>> from solve2vec import Embedding
    >>> E = Embedding.from_vectors(["New York", "Rome"], [[0.5, 1.0], [0.1, -2.0]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "vectors.txt")
    ...     write_text(E, path)
    ...     print(path.read_text() + str(read_text(path).words))
    2 2
    New York 0.5 1
    Rome 0.1 -2
    ('New York', 'Rome')
    """
    rows.require_rows(embedding)
    rule = "a line of text cannot hold a line break; write npz, parquet or safetensors"
    words = rows.encoded(embedding.words, lambda word: "\n" in word, rule)
    with rows.writing(Path(path)) as file:
        file.write(b"%d %d\n" % (len(words), embedding.dim))
        file.writelines(lines.row_blocks(words, embedding.vectors))


def read_binary(
    path: str | Path, *, limit: int | None = None, encoding: str = "utf-8", errors: str | None = None
) -> WordVectors:
    """Vectors from word2vec's binary file, with or without a line break after each vector.

    Parameters
    ----------
    limit, encoding, errors
        As for :func:`read_text`.

    Raises
    ------
    FolderError
        If the file is shorter or longer than its header promises.
    """
    path = Path(path)
    with rows.reading(path) as file:
        size, dim = read_header(file, path, shortest=lambda dim: 4 * dim + 1)
        words, vectors, rest = _read_records(file, min(size, limit or size), dim, path)
        if len(words) == size and (rest + file.read(64)).strip(b"\n"):
            raise FolderError(f"{path}: data follow the {size} words that the header promises: the header is wrong")
    return rows.made(rows.decoded(words, path, encoding, errors), vectors, path, "word2vec-binary")


def write_binary(embedding: WordVectors, path: str | Path, *, newline: bool = True) -> None:
    """Write word2vec's binary file.

    Parameters
    ----------
    newline : bool
        End each vector with a line break, as the original does; gensim writes none and reads both.
    """
    rows.require_rows(embedding)
    rule = "a word ends at its first space in word2vec's binary; join it with '_', or write word2vec-text or npz"
    words = rows.encoded(embedding.words, lambda word: " " in word or "\n" in word, rule)
    end = b"\n" if newline else b""
    with rows.writing(Path(path)) as file:
        file.write(b"%d %d\n" % (len(words), embedding.dim))
        for at, block in rows.blocks(embedding.vectors):
            pairs = zip(words[at : at + len(block)], block, strict=True)
            file.write(b"".join(b"%b %b%b" % (word, row.tobytes(), end) for word, row in pairs))


def read_header(file: IO[bytes], path: Path, *, shortest: Callable[[int], int]) -> tuple[int, int]:
    """(V, d) from the first line, believed only if the file is long enough for V rows of ``shortest(d)`` bytes."""
    found = HEADER.fullmatch(file.readline(100).removeprefix(b"\xef\xbb\xbf"))
    if not found:
        raise FolderError(f"{path} has no word2vec header (two numbers, V and d, on the first line)")
    size, dim = int(found[1]), int(found[2])
    if not size or not dim:
        raise FolderError(f"{path} holds no vectors: its header says {size} words of {dim} dimensions")
    if size * shortest(dim) > rows.most_bytes(path):
        raise FolderError(f"{path} is too short for the {size} words of {dim} dimensions that its header promises")
    return size, dim


def _read_records(file: IO[bytes], size: int, dim: int, path: Path) -> tuple[list[bytes], np.ndarray, bytes]:
    """The words, their (V, d) float32 vectors, and the bytes already read behind them."""
    vectors = np.empty((size, dim), "<f4")
    target, width = vectors.data.cast("B"), 4 * dim
    words: list[bytes] = []
    buffer = b""
    while len(words) < size:
        more = file.read(max(block_size(CHUNK), width))
        if not more or len(buffer) > LONGEST_WORD + width:
            where = f"word {len(words) + 1} of {size}"
            raise FolderError(f"{path} is cut off, or its header wrong: no vector of {dim} dimensions for {where}")
        buffer += more
        source, at = memoryview(buffer), 0
        while len(words) < size and 0 <= (space := buffer.find(b" ", at)) < len(buffer) - width:
            place = len(words) * width
            target[place : place + width] = source[space + 1 : space + 1 + width]
            words.append(buffer[at:space].lstrip(b"\n"))
            at = space + 1 + width
        buffer = buffer[at:]
    return words, vectors, buffer
