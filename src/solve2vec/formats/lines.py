"""Lines of a word and its numbers: the rows of word2vec's text, GloVe and fastText's .vec."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from ..core.errors import FolderError, InputError
from ..core.resources import block_size
from ..core.signatures import MARK
from .layout import PEEK, SAMPLE, SPACE, Layout, is_number, layout_of, numbers_at_end
from .rows import blocks, reading

CHUNK = 1 << 24  # bytes of lines parsed at a time
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
LINES, SHORT = 4, 1 << 22  # a line may be as long as so many blocks, and as so many bytes


def first_lines(head: bytes) -> list[bytes]:
    """The first lines of a file whose first PEEK bytes are ``head``, none of them cut."""
    text = head.split(b"\n")
    return (text if len(head) < PEEK else text[:-1])[:SAMPLE]


@contextmanager
def reading_lines(path: Path) -> Iterator[tuple[IO[bytes], bytes]]:
    """A file whose lines LF ends, also where the file itself has CR alone; and its first PEEK bytes."""
    with reading(path) as file:
        head = file.read(PEEK)
        file.seek(0)
        if has_cr_alone(head):
            yield cast("IO[bytes]", io.BufferedReader(_WithLineFeeds(file))), head.replace(b"\r", b"\n")
        else:
            yield file, head


def has_cr_alone(head: bytes) -> bool:
    """Whether CR ends lines, as on old Macs; all of them, or all but a first one of word2vec's header."""
    first, _, rest = head.partition(b"\n")
    if rest and re.fullmatch(rb"\d+[ \t]+\d+", first):
        return b"\r" in rest.strip(b"\r") and b"\n" not in rest and not CONTROL.search(rest)
    return b"\r" in head and b"\n" not in head


class _WithLineFeeds(io.RawIOBase):
    """A file of bytes with LF for CR."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        given = self._file.read(len(buffer)).replace(b"\r", b"\n")
        buffer[: len(given)] = given
        return len(given)


def split(line: bytes, dim: int, between: bytes) -> tuple[bytes, bytes] | None:
    """The word and the text of its ``dim`` numbers, split from the right; None if there are fewer."""
    line = line.rstrip(SPACE)
    if line.count(between) == dim:  # the word has no space: much faster than what follows
        word, _, numbers = line.partition(between)
        return word, numbers
    word, *fields = line.rsplit(between, dim)
    return (word, between.join(fields)) if len(fields) == dim else None


def read_rows(
    file: IO[bytes], dim: int, path: Path, line: int, limit: int | None = None, *, layout: Layout
) -> tuple[list[bytes], np.ndarray]:
    """All rows from here to the file's end, or the first ``limit``.

    Parameters
    ----------
    dim : int
        d, how many numbers end each line; what stands before them is the word, spaces included.
    line : int
        The number of the first line, for messages.
    layout : Layout
        Of the lines.

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
    between = layout.between
    for lines in whole_lines(file, path):
        given = lines if layout.is_plain else [layout.plain(text, dim) for text in lines]
        rows = [(number, text) for number, text in enumerate(given, line) if text.strip(SPACE)]
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
        if b"\r" in chunk:
            _refuse_cr_within(lines, path)
        if len(rest) > most:
            raise FolderError(f"{path} has a line of more than {most >> 20} MiB: it is damaged, or no text")
        if lines:
            yield lines
    if rest:
        _refuse_cr_within([rest], path)
        yield [rest]


def _refuse_cr_within(lines: list[bytes], path: Path) -> None:
    if any(b"\r" in line.rstrip(b"\r") for line in lines):
        raise FolderError(
            f"{path} has lines that CR ends among others that LF ends: make them alike (dos2unix, mac2unix)"
        )


def _require(text: bytes, dim: int, between: bytes, path: Path, number: int) -> tuple[bytes, bytes]:
    row = split(text, dim, between)
    if row is None:
        seen = numbers_at_end(text.rstrip(SPACE).split(between))
        raise FolderError(f"{path}, line {number}: {seen} numbers where {dim} were expected")
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


def require_readable(words: list[bytes], vectors: np.ndarray, *, header: bool) -> None:
    """Refuse rows whose first lines would be read as other words: no layout is told apart without a doubt.

    Raises
    ------
    InputError
        If so.
    """
    n, dim = min(len(words), SAMPLE), vectors.shape[1]
    first = next(row_blocks(words[:n], vectors[:n]))
    sample = first_lines(first[:PEEK])
    layout = layout_of(sample, dim=dim if header else None)
    found: list[tuple[bytes, bytes] | None] = []
    if not layout.fault and layout.dim >= dim and (header or layout.dim == dim):
        found = [split(layout.plain(line, dim), dim, layout.between) for line in sample if line.strip(SPACE)]
    if not header and words[0].startswith(MARK):
        found = []
    if (
        len(found) < len(sample) - 1
        or not found
        or any(row is None or row[0] != word for word, row in zip(words, found, strict=False))
    ):
        raise InputError(
            "some words end in a number, or are one, and could not be told from the vectors when read back: write "
            "word2vec-binary, npz or parquet"
        )


def written(block: np.ndarray, between: str) -> list[bytes]:
    """The rows of a (n, d) float32 block, each number in the fewest digits that read back to the same float32."""
    import pyarrow as pa
    from pyarrow import compute

    text = pa.array(block.ravel()).cast(pa.string())
    ends = np.arange(0, block.size + 1, block.shape[1], dtype=np.int64)
    rows = compute.binary_join(pa.LargeListArray.from_arrays(ends, text), between)
    return rows.cast(pa.large_binary()).to_pylist()
