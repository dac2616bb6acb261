"""CSV: a header ``token,count,0,1,…``, then a word, its count and its d numbers a line, for spreadsheets and pandas."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import numpy as np

from ..core.errors import FolderError
from . import lines, rows
from .parquet import NAMES
from .rows import WordVectors
from .sample import Sample

SEEN = 1 << 16  # letters of the beginning that are parsed to recognise it
INDEX = ""  # what pandas calls an index without a name


def recognise(sample: Sample) -> bool:
    """Whether a header that begins with a name of words stands over as many fields, numbers all but the first."""
    if b"," not in sample.head[:SEEN] or b"\0" in sample.head[:SEEN]:
        return False
    text = StringIO(sample.head[:SEEN].decode(errors="replace").removeprefix("\ufeff"), newline="")
    try:
        header, first = (row for row, _ in zip(csv.reader(text, strict=True), range(2), strict=False))
    except (csv.Error, ValueError):
        return False
    place = word_column(header)
    are_data = any(lines.is_number(name.encode()) and not name.isdigit() for name in header[place + 1 :])
    is_named = header[place] in (*NAMES["token"], INDEX) and len(header) > place + 1 and not are_data
    numbers = (field.encode() for field in first[place + 1 :])
    return is_named and len(first) == len(header) and all(map(lines.is_number, numbers))


def word_column(header: list[str]) -> int:
    """Where words are: behind an index without a name, as pandas and R write one, if the column there has a name."""
    return int(len(header) > 1 and header[0] == INDEX and header[1] in NAMES["token"])


def write(embedding: WordVectors, path: str | Path) -> None:
    """Write words in quotes, so that any fits, and numbers in the fewest digits that read back the same.

    Examples
    --------
    >>> import tempfile
    >>> from solve2vec import Embedding
    >>> E = Embedding.from_vectors(["New York, NY", "Rome"], [[0.5, 1.0], [0.1, -2.0]], counts=[7, 3])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(E, Path(folder, "vectors.csv"))
    ...     print(Path(folder, "vectors.csv").read_text(), end="")
    token,count,0,1
    "New York, NY",7,0.5,1
    "Rome",3,0.1,-2
    """
    rows.require_rows(embedding)
    rule = "CSV has no NUL; write npz, parquet or safetensors"
    words = [word.replace(b'"', b'""') for word in rows.encoded(embedding.words, lambda word: "\0" in word, rule)]
    counts = embedding.vocabulary.counts.tolist()
    with rows.writing(Path(path)) as file:
        file.write(",".join(["token", "count", *map(str, range(embedding.dim))]).encode() + b"\n")
        for at, block in rows.blocks(embedding.vectors):
            part = slice(at, at + len(block))
            entries = zip(words[part], counts[part], lines.written(block, ","), strict=True)
            file.write(b"".join(b'"%b",%d,%b\n' % entry for entry in entries))


def read(path: str | Path) -> WordVectors:
    """Vectors from CSV with a header: words in the first column, counts in one of that name, numbers in all others.

    Raises
    ------
    FolderError
        If a row has another number of fields, or one is no number.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow

    path = Path(path)
    with rows.reading(path) as file:
        content = file.read()
    try:
        table = arrow.read_csv(
            pa.BufferReader(content),
            read_options=arrow.ReadOptions(block_size=max(1 << 20, min(len(content), 1 << 30))),
            parse_options=arrow.ParseOptions(newlines_in_values=True),
            convert_options=arrow.ConvertOptions(
                column_types=_types(content), null_values=[""], strings_can_be_null=False, check_utf8=True
            ),
        )
        names = table.column_names
    except (pa.ArrowException, csv.Error, ValueError) as error:
        raise FolderError(f"{path} is not CSV of words and numbers: {str(error).partition(chr(10))[0]}") from error
    empty = [name for name, column in zip(names, table.columns, strict=True) if column.null_count]
    if empty:
        raise FolderError(f"{path}: column {empty[0]!r} has empty cells: fill or drop them")
    count = next((place for place, name in enumerate(names) if place and name in NAMES["count"]), None)
    at = word_column(names)
    numbers = [column for place, column in enumerate(table.columns) if place > at and place != count]
    if not numbers or not table.num_rows:
        raise FolderError(f"{path} holds no vectors: {table.num_rows} words of {len(numbers)} dimensions")
    vectors = np.empty((table.num_rows, len(numbers)), np.float32)
    for place, column in enumerate(numbers):
        vectors[:, place] = column.to_numpy()
    counts = None if count is None else table.column(count).to_numpy()
    return rows.made(table.column(at).to_pylist(), vectors, path, "csv", counts=counts)


def _types(content: bytes) -> dict[str, object]:
    """The type of each column, by its name in the header."""
    import pyarrow as pa

    header = next(csv.reader(StringIO(content[: 1 << 22].decode(errors="replace").removeprefix("\ufeff"), newline="")))
    at = word_column(header)
    kinds = {name: pa.int64() if name in NAMES["count"] else pa.float32() for name in header[at + 1 :]}
    return kinds | dict.fromkeys(header[: at + 1], pa.string())
