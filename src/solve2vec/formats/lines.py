"""Lines of a word and its numbers: the rows of word2vec's text, GloVe and fastText's .vec."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from ..core.errors import FolderError
from ..core.resources import block_size
from .rows import blocks

CHUNK = 1 << 24  # bytes of lines parsed at a time
LINES, SHORT = 4, 1 << 22  # a line may be as long as so many blocks, and as so many bytes
PEEK = 1 << 20  # bytes …
SAMPLE = 1000  # … and lines from which the number of dimensions is read
SPACE = b" \t\r\n"
NUMBER = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:nan|inf|infinity)", re.IGNORECASE)


def is_number(field: bytes) -> bool:
    """Whether ``field`` is written as a decimal number."""
    return NUMBER.fullmatch(field) is not None


def separator(line: bytes) -> bytes:
    """What stands before the last number of this line: a tab or a space."""
    line = line.rstrip(SPACE)
    return b"\t" if line.rfind(b"\t") > line.rfind(b" ") else b" "


def numbers_at_end(line: bytes) -> int:
    """How many numbers end the line, its first field aside.

    >>> numbers_at_end(b"new york 0.5 1"), numbers_at_end(b"66 0.5 1")
    (2, 2)
    """
    fields = line.rstrip(SPACE).split(separator(line))[1:]
    count = 0
    while count < len(fields) and is_number(fields[-1 - count]):
        count += 1
    return count


def first_lines(head: bytes) -> list[bytes]:
    """The first lines of a file whose first PEEK bytes are ``head``, none of them cut."""
    text = head.split(b"\n")
    return (text if len(head) < PEEK else text[:-1])[:SAMPLE]


def dimensions(sample: list[bytes]) -> int:
    """How many numbers most of these lines end in, their first field aside; 0 if there is no line.

    >>> dimensions([b"route 66 0.5 1", b"at 0.1 0.2", b"of 0.3 0.4"])
    2
    """
    found = Counter(numbers_at_end(line) for line in sample if line.strip(SPACE))
    return max(found, key=lambda count: (found[count], count), default=0)


def split(line: bytes, dim: int, between: bytes) -> tuple[bytes, bytes] | None:
    """The word and the text of its ``dim`` numbers, split from the right; None if there are fewer."""
    line = line.rstrip(SPACE)
    if line.count(between) == dim:  # the word has no space: much faster than what follows
        word, _, numbers = line.partition(between)
        return word, numbers
    word, *fields = line.rsplit(between, dim)
    return (word, between.join(fields)) if len(fields) == dim else None


def read_rows(
    file: IO[bytes], dim: int, path: Path, line: int, limit: int | None = None
) -> tuple[list[bytes], np.ndarray]:
    """All rows from here to the file's end, or the first ``limit``.

    Parameters
    ----------
    dim : int
        d, how many numbers end each line; what stands before them is the word, spaces included.
    line : int
        The number of the first line, for messages.

    Returns
    -------
    words : list of bytes, length V
    vectors : (V, d) float32

    Raises
    ------
    FolderError
        If a line has fewer than ``dim`` numbers.
    """
    words: list[bytes] = []
    parts: list[np.ndarray] = []
    between = b""
    for lines in whole_lines(file, path):
        between = between or separator(lines[0])
        rows = [(number, text) for number, text in enumerate(lines, line) if text.strip(SPACE)]
        found = [_require(text, dim, between, path, number) for number, text in rows]
        words += [word for word, _ in found]
        numbers = b"\n".join(numbers for _, numbers in found)
        parsed = parse(numbers, dim, between) if found else np.empty((0, dim), np.float32)
        if parsed is None or len(parsed) != len(found):
            raise FolderError(_culprit(rows, dim, between, path))
        parts.append(parsed)
        line += len(lines)
        if limit is not None and len(words) >= limit:
            break
    return words, np.concatenate(parts) if parts else np.empty((0, dim), np.float32)


def whole_lines(file: IO[bytes], path: Path) -> Iterator[list[bytes]]:
    """Some lines at a time; a :class:`FolderError` where a line is too long to be one, before memory is."""
    rest = b""
    size = block_size(CHUNK)
    most = max(LINES * size, SHORT)
    while chunk := file.read(size):
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > most:
            raise FolderError(f"{path} has a line of more than {most >> 20} MiB: it is damaged, or no text")
        if lines:
            yield lines
    if rest:
        yield [rest]


def _require(text: bytes, dim: int, between: bytes, path: Path, number: int) -> tuple[bytes, bytes]:
    row = split(text, dim, between)
    if row is None:
        raise FolderError(f"{path}, line {number}: {numbers_at_end(text)} numbers where {dim} were expected")
    return row


def parse(numbers: bytes, dim: int, between: bytes) -> np.ndarray | None:
    """(n, d) float32, each number rounded once; None if one cannot be read."""
    import pyarrow as pa
    from pyarrow import csv

    names = [str(column) for column in range(dim)]
    try:
        table = csv.read_csv(
            pa.BufferReader(numbers),
            read_options=csv.ReadOptions(column_names=names, block_size=max(1 << 20, 64 * dim)),
            parse_options=csv.ParseOptions(
                delimiter=between.decode(), quote_char=False, escape_char=False, ignore_empty_lines=False
            ),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.float32()), null_values=[], strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    vectors = np.empty((table.num_rows, dim), np.float32)
    for column, values in enumerate(table.columns):
        vectors[:, column] = values.to_numpy()
    return vectors


def _culprit(rows: list[tuple[int, bytes]], dim: int, between: bytes, path: Path) -> str:
    for number, text in rows:
        row = split(text, dim, between)
        for field in row[1].split(between) if row else ():
            if not is_number(field):
                shown = field[:40].decode(errors="replace")
                return f"{path}, line {number}: {shown!r} is not a number; each line ends in {dim} of them"
    return f"{path}: a number of lines {rows[0][0]} to {rows[-1][0]} is too long to be one"


def row_blocks(words: list[bytes], vectors: np.ndarray) -> Iterator[bytes]:
    """Lines of a word, a space and its numbers, many at a time."""
    for at, block in blocks(vectors):
        pairs = zip(words[at : at + len(block)], written(block, " "), strict=True)
        yield b"".join(b"%b %b\n" % pair for pair in pairs)


def written(block: np.ndarray, between: str) -> list[bytes]:
    """The rows of a (n, d) float32 block, each number in the fewest digits that read back to the same float32."""
    import pyarrow as pa
    from pyarrow import compute

    text = pa.array(block.ravel()).cast(pa.string())
    ends = np.arange(0, block.size + 1, block.shape[1], dtype=np.int64)
    rows = compute.binary_join(pa.LargeListArray.from_arrays(ends, text), between)
    return rows.cast(pa.large_binary()).to_pylist()
