"""Batches: a piece of a file, or rows of a table, as documents of token ids; what each thread does on its own."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from ..errors import InputError
from .tokenizer import Tokenizer


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
        try:
            "a".encode(self.encoding)  # hex and the like are no encodings of text
            codecs.getincrementaldecoder(self.encoding)
        except (LookupError, TypeError, ValueError):
            raise InputError(
                f"unknown encoding {self.encoding!r}: try utf-8, latin-1, cp1252, utf-16 or gb18030"
            ) from None


@dataclass(frozen=True)
class Batch:
    """Some documents: ``ids`` into ``types``, end to end, ``lengths`` tokens each; the last may go on in the next."""

    types: Any  # pyarrow string array
    ids: np.ndarray  # (n,) int32
    lengths: np.ndarray  # (documents or parts of them,) int64
    goes_on: bool


def end_of_document() -> Batch:
    """The end of a document that went on so far."""
    import pyarrow as pa

    return Batch(pa.array([], pa.string()), np.empty(0, np.int32), np.zeros(1, np.int64), goes_on=False)


def tokenize_text(
    piece: bytes, goes_on: bool, line: str, path: str, lines_before: int, reading: Reading, tokenizer: Tokenizer
) -> Batch:
    """The batch of a piece of a file.

    Parameters
    ----------
    piece : bytes
    goes_on : bool
        Whether its last line goes on in the next piece.
    line : {"", "blank", "filled"}
        What the piece before held of the line that this one begins with: nothing, white space, or more.
    path : str
    lines_before : int
        Lines of the file before this piece.
    """
    piece = _checked_text(piece, path, lines_before, reading)
    lines = _lines(piece)
    types, ids, lengths = tokenizer.split_all(lines)
    if reading.document == "file":
        return Batch(types, ids, np.array([lengths.sum()]), goes_on=True)
    if reading.document == "blank-line":
        first, last = line == "filled", len(lines) - goes_on  # whole lines, as far as blank ones are looked for
        return Batch(types, ids, _join_paragraphs(lines, lengths, range(first, last)), goes_on=True)
    return Batch(types, ids, lengths, goes_on)


def line_state(piece: bytes, before: str) -> str:
    """Whether the line in which ``piece`` breaks off is "blank" or "filled" so far; ``before`` says how it began."""
    last = piece[piece.rfind(b"\n") + 1 :]
    filled = (before == "filled" and len(last) == len(piece)) or last.decode("utf-8", "replace").strip()
    return "filled" if filled else "blank"


def _checked_text(piece: bytes, path: str, lines_before: int, reading: Reading) -> bytes:
    if (nul := piece.find(b"\0")) >= 0:
        line = lines_before + piece.count(b"\n", 0, nul) + 1
        raise InputError(
            f"{path}, line {line:,}, is not text: it has a NUL byte; if it is UTF-16, use encoding='utf-16'"
        )
    if piece.isascii():
        return piece
    try:
        text = piece.decode("utf-8", reading.encoding_errors)
    except UnicodeDecodeError as error:
        line = lines_before + piece.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path}, line {line:,}, is not valid UTF-8: byte 0x{piece[error.start]:02x} after "
            f"{piece[max(0, error.start - 20) : error.start]!r}; "
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


def _join_paragraphs(lines: Any, lengths: np.ndarray, whole: range) -> np.ndarray:
    """Lengths of documents that end at blank lines, which are looked for among the ``whole`` ones."""
    empty = np.flatnonzero(lengths == 0).tolist()
    blank = [line for line in empty if line in whole and not lines[line].as_py().strip()]
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return np.diff(ends[[0, *blank, len(lines)]])


def tokenize_rows(column: Any, tokenizer: Tokenizer) -> Batch:
    """The batch of a column of strings, which are split, or of lists of tokens, which are taken as they are.

    Null rows are empty documents; null tokens and tokens without a letter are left out.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_list(column.type):
        types, ids, lengths = tokenizer.split_all(pc.fill_null(column, ""))
        return Batch(types, ids, lengths, goes_on=False)
    lengths = np.asarray(pc.fill_null(pc.list_value_length(column), 0)).astype(np.int64)
    tokens = column.flatten()
    filled = pc.fill_null(pc.greater(pc.binary_length(tokens), 0), False)
    if not pc.all(filled, min_count=0).as_py():
        before = np.concatenate([[0], np.cumsum(np.asarray(filled), dtype=np.int64)])
        lengths = np.diff(before[np.concatenate([[0], np.cumsum(lengths)])])
        tokens = tokens.filter(filled)
    encoded = tokens.dictionary_encode()
    ids = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return Batch(encoded.dictionary, ids, lengths, goes_on=False)
