"""Documents: text in files, tables or memory as one stream of batches, read in one pass and in parallel."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from .. import progress
from ..errors import InputError
from ..parallel import ordered_map
from . import files, tables
from .tokenizer import Tokenizer

ROWS = 50_000  # tokens of in-memory documents put into one batch, about


@dataclass(frozen=True)
class Reading:
    """How files become documents.

    Parameters
    ----------
    document : {"line", "blank-line", "file"}
        What ends a document of plain text: no window reaches across.  A row of a table is a document.
    column : str, optional
        Which column of Parquet or JSON Lines holds the text (strings) or the tokens (lists of strings).
    encoding : str
        Of plain text.
    encoding_errors : {"strict", "replace", "ignore"}
        What to do with bytes that are not in ``encoding``.
    """

    document: Literal["line", "blank-line", "file"] = field(
        default="line", metadata={"help": "What ends a document: no window reaches across it."}
    )
    column: str | None = field(default=None, metadata={"help": "Column of Parquet or JSON Lines with text or tokens."})
    encoding: str = field(default="utf-8", metadata={"help": "Encoding of plain text."})
    encoding_errors: Literal["strict", "replace", "ignore"] = field(
        default="strict", metadata={"help": "What to do with bytes that are not in the encoding."}
    )

    def __post_init__(self) -> None:
        if self.document not in ("line", "blank-line", "file"):
            raise InputError(f"document must be line, blank-line or file, got {self.document!r}")
        if self.encoding_errors not in ("strict", "replace", "ignore"):
            raise InputError(f"encoding_errors must be strict, replace or ignore, got {self.encoding_errors!r}")


@dataclass(frozen=True)
class Batch:
    """Some documents: ``ids`` into ``types``, end to end, ``lengths`` tokens each; the last may go on in the next."""

    types: Any  # pyarrow string array
    ids: np.ndarray  # (n,) int32
    lengths: np.ndarray  # (documents or parts of them,) int64
    goes_on: bool


Work = tuple[Callable[..., Batch], tuple[Any, ...]]


class Documents:
    """A stream of documents; iterating gives each as a list of tokens.

    Made by :func:`read` and :func:`as_documents`.  Restartable for files and lists; a generator can be read
    once, and once is all that :func:`~solve2vec.corpus.encode` needs.
    """

    def __init__(self, work: Callable[[], Iterator[Work]], origin: dict[str, Any], *, size: float | None = None) -> None:
        self._work = work
        self.origin = origin
        self.size = size

    def __iter__(self) -> Iterator[list[str]]:
        document: list[str] = []
        for batch in self.batches(threads=1):
            words = batch.types.to_pylist()
            tokens, at = batch.ids.tolist(), 0
            for place, length in enumerate(batch.lengths.tolist()):
                document += [words[token] for token in tokens[at : at + length]]
                at += length
                if place < len(batch.lengths) - 1 or not batch.goes_on:
                    if document:
                        yield document
                    document = []

    def batches(self, threads: int | None = None) -> Iterator[Batch]:
        """The documents as batches of distinct tokens and ids, tokenized by ``threads``, in order."""
        with progress.task("reading", self.size) as advance:

            def watched() -> Iterator[Work]:
                for work in self._work():
                    advance(0 if self.size is None else work[1][-1])
                    yield work

            yield from ordered_map(lambda work: work[0](*work[1][:-1]), watched(), threads)


def read(
    paths: str | Path | Iterable[str | Path],
    *,
    reading: Reading = Reading(),  # noqa: B008 - frozen
    tokenizer: Tokenizer = Tokenizer(),  # noqa: B008 - frozen
) -> Documents:
    """Text files (.txt, .gz, .bz2, .xz, .zst), Parquet, JSON Lines, folders of them, or "-" for standard input.

    Parameters
    ----------
    paths : path or iterable of paths
        Compression and Parquet are recognised from the content, JSON Lines from the name (.jsonl, .ndjson).
    reading : Reading
        What a document is, which column, which encoding.
    tokenizer : Tokenizer
        What a token is.

    Raises
    ------
    InputError
        If a path does not exist.  Bad content is found while reading: binary files, invalid UTF-8, no white space.
    """
    found = files.find_files(paths)
    sizes = [0 if path == files.STDIN else Path(path).stat().st_size for path in found]

    def work() -> Iterator[Work]:
        for path in found:
            if tables.is_table(path):
                yield from _table_work(path, reading, tokenizer)
            else:
                yield from _text_work(path, reading, tokenizer)

    origin = {"paths": found, **asdict(reading), **asdict(tokenizer)}
    return Documents(work, origin, size=None if files.STDIN in found else float(sum(sizes)))


def as_documents(source: Any, *, reading: Reading = Reading(), tokenizer: Tokenizer = Tokenizer()) -> Documents:  # noqa: B008
    """Documents of anything that can be meant: a path, or an iterable of token lists or of texts.

    Raises
    ------
    InputError
        If an item is neither a text nor a list of tokens, or is the name of a file.
    """
    if isinstance(source, Documents):
        return source
    if isinstance(source, (str, Path)):
        return read(source, reading=reading, tokenizer=tokenizer)
    if not isinstance(source, Iterable):
        raise InputError(f"cannot read documents from a {type(source).__name__}: give a path or lists of tokens")
    return Documents(lambda: _memory_work(source, tokenizer), {"paths": [], **asdict(tokenizer)})


def _text_work(path: str, reading: Reading, tokenizer: Tokenizer) -> Iterator[Work]:
    stream, raw = files.open_file(path)
    place, lines = 0, 0
    tell = raw.tell if path != files.STDIN else (lambda: 0)
    with stream, raw:
        pieces = files.cut_at_ends(files.blocks(stream, path, reading.encoding, reading.encoding_errors), path)
        for piece, goes_on in pieces:
            now = tell()
            yield _tokenize_text, (piece, goes_on, f"{path} (after line {lines:,})", reading, tokenizer, now - place)
            place, lines = now, lines + piece.count(b"\n")
    yield _end_of_document, (0,)  # a file ends its last document


def _table_work(path: str, reading: Reading, tokenizer: Tokenizer) -> Iterator[Work]:
    for column, size in tables.columns(path, reading.column):
        yield _tokenize_rows, (column, tokenizer, size)


def _memory_work(source: Iterable[Any], tokenizer: Tokenizer) -> Iterator[Work]:
    import pyarrow as pa

    documents = iter(source)
    for first in documents:  # only to look at the first
        texts = isinstance(first, str)
        if texts and len(first) < 1000 and "\n" not in first and Path(first).is_file():
            raise InputError(f"{first!r} is the name of a file: pass read({first!r}, …) to read it")
        for rows in _grouped(itertools.chain([first], documents)):
            for row in rows:
                if isinstance(row, str) != texts or not isinstance(row, (str, list, tuple)):
                    raise InputError(f"each document must be a {'text' if texts else 'list of tokens'}, got {row!r:.60}")
            try:
                column = pa.array(rows, pa.string() if texts else pa.list_(pa.string()))
            except (pa.ArrowException, UnicodeEncodeError, TypeError) as error:
                raise InputError(f"a token is not a valid string: {error}") from None
            yield _tokenize_rows, (column, tokenizer, 0)


def _grouped(documents: Iterator[Any]) -> Iterator[list[Any]]:
    rows: list[Any] = []
    size = 0
    for document in documents:
        rows.append(document)
        size += 1 + (len(document) // 6 if isinstance(document, str) else len(document) if hasattr(document, "__len__") else 1)
        if size >= ROWS:
            yield rows
            rows, size = [], 0
    if rows:
        yield rows


def _end_of_document() -> Batch:
    import pyarrow as pa

    return Batch(pa.array([], pa.string()), np.empty(0, np.int32), np.zeros(1, np.int64), goes_on=False)


def _tokenize_text(piece: bytes, goes_on: bool, name: str, reading: Reading, tokenizer: Tokenizer) -> Batch:
    piece = _checked_text(piece, name, reading)
    lines = _lines(piece)
    types, ids, lengths = tokenizer.split_all(lines)
    if reading.document == "file":
        return Batch(types, ids, np.array([lengths.sum()]), goes_on=True)
    if reading.document == "blank-line":
        return Batch(types, ids, _join_paragraphs(lines, lengths), goes_on=True)
    return Batch(types, ids, lengths, goes_on)


def _checked_text(piece: bytes, name: str, reading: Reading) -> bytes:
    if b"\0" in piece:
        raise InputError(f"{name} is not text: it has a NUL byte; if it is UTF-16, use encoding='utf-16'")
    if piece.isascii():
        return piece
    try:
        text = piece.decode("utf-8", reading.encoding_errors)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name} is not valid UTF-8: byte 0x{piece[error.start]:02x} at {piece[max(0, error.start - 20) : error.start]!r}…; "
            "name its encoding (such as latin-1), or set encoding_errors to replace"
        ) from None
    return piece if reading.encoding_errors == "strict" else text.encode("utf-8")


def _lines(piece: bytes) -> Any:
    """The lines of ``piece`` as strings over its own bytes."""
    import pyarrow as pa

    ends = np.flatnonzero(np.frombuffer(piece, np.uint8) == ord("\n")) + 1
    if not len(ends) or ends[-1] != len(piece):
        ends = np.append(ends, len(piece))
    offsets = np.concatenate([[0], ends]).astype(np.int32)
    return pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(piece))


def _join_paragraphs(lines: Any, lengths: np.ndarray) -> np.ndarray:
    """Lengths of documents that end at blank lines."""
    blank = [line for line in np.flatnonzero(lengths == 0) if not lines[line].as_py().strip()]
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return np.diff(ends[[0, *blank, len(lines)]])


def _tokenize_rows(column: Any, tokenizer: Tokenizer) -> Batch:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        tokens = column.flatten()
        lengths = np.asarray(pc.fill_null(pc.list_value_length(column), 0)).astype(np.int64)
        encoded = pc.fill_null(tokens, "").dictionary_encode()
        ids = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
        return Batch(encoded.dictionary, ids, lengths, goes_on=False)
    types, ids, lengths = tokenizer.split_all(pc.fill_null(column, ""))
    return Batch(types, ids, lengths, goes_on=False)
