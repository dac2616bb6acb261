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
from .layout import layout_of, without_marks
from .rows import WordVectors
from .sample import HEADER, Sample, is_text

CHUNK = 1 << 24
SMALL, LARGE = 1e-15, 1e10  # entries of vectors, nearly always
LONGEST_WORD = 1 << 20  # bytes; beyond it the file is not what its header says


def recognise_text(sample: Sample) -> bool | str:
    """Whether the second line ends in the d numbers that the first promises."""
    if sample.header is None:
        return False
    size, dim = sample.header
    layout = sample.layout
    first = next((line for line in sample.lines[1:] if line.strip(lines.SPACE)), b"")
    numbers = layout.numbers_in(first)
    if layout.fault and sample.is_text:
        return layout.fault
    if (numbers >= dim and layout.dim >= dim) or not size:
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
    with lines.reading_lines(path) as (file, head):
        size, dim = read_header(file, path, shortest=lambda dim: 2 * dim)
        layout = layout_of(lines.first_lines(head)[1:], dim=dim)
        if layout.fault:
            raise FolderError(f"{path} is {layout.fault}")
        words, vectors = lines.read_rows(file, dim, path, 2, limit, layout=layout)
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
    words = rows.encoded(embedding.words, rows.has_line_break, rule)
    lines.require_readable(words, embedding.vectors, header=True)
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
    found = HEADER.fullmatch(without_marks(file.readline(100)))
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
    ended = 0  # words with the line break of the vector before
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
            word = buffer[at:space]
            ended += word[:1] == b"\n"
            words.append(word.lstrip(b"\n"))
            at = space + 1 + width
        buffer = buffer[at:]
    # A word with a blank shifts all that follows: line breaks then stand in words, or after some vectors only, and
    # the bytes of a number in the next word, after a vector that begins in the middle of one.
    broken = _first_shifted(words, vectors)
    if broken is not None or ended not in (0, size - 1, size):
        reads = "" if broken is None else f" (one reads {rows.brief(words[broken].decode(errors='replace'))})"
        raise FolderError(
            f"{path} is no word2vec binary as its header says, or has words with blanks, which end a word there{reads}"
        )
    return words, vectors, buffer


def _first_shifted(words: list[bytes], vectors: np.ndarray) -> int | None:
    """The place of the first word with a line break, or with bytes of the vector before, which then is no vector."""
    together = b" ".join(words)
    if b"\n" not in together and _is_utf8(together):  # nearly always
        return None
    return next((n for n, word in enumerate(words) if _is_shifted(word, vectors[n - 1] if n else vectors[:0])), None)


def _is_shifted(word: bytes, before: np.ndarray) -> bool:
    if b"\n" in word:
        return True
    sizes = np.abs(before[before != 0])
    is_vector = not len(sizes) or (sizes.min() > SMALL and sizes.max() < LARGE)
    return not (is_vector or _is_utf8(word))


def _is_utf8(word: bytes) -> bool:
    try:
        word.decode()
    except UnicodeDecodeError:
        return False
    return True
