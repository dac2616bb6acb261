"""Batches: a piece of a file, or rows of a table, as documents of token ids; what each thread does on its own."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..core.errors import InputError
from ..core.options import check_options, option
from .plain import Workspaces
from .tokenizer import Tokenizer
from .words import Words

if TYPE_CHECKING:
    Endings = str | Iterable[str] | None
else:
    Endings = str | None  # a command line cannot give more


@dataclass(frozen=True)
class ReadingOptions:
    """How files become documents.

    Parameters
    ----------
    document : {"line", "blank-line", "file"}
        What ends a document of plain text: no window reaches across.  A row of a table is a document.
    column : str, optional
        Which column of Parquet or JSON Lines holds the text (strings) or the tokens (lists of strings).
    encoding : str
        Of plain text and of JSON Lines; "guess" looks at each file: UTF-8 if all of it is, or else the likeliest, by
        the package charset-normalizer.
    encoding_errors : {"strict", "replace", "ignore"}
        What to do with bytes that are not in ``encoding``.
    strip_markup : bool
        Take out HTML tags, comments and scripts, and the escape codes of terminals; entities such as ``&amp;`` become
        what they stand for.
    join_hyphens : bool
        Join words that a hyphen cuts at the end of a line, where the next begins with a small letter.  Text that was
        broken into lines of one width is whole again with ``document="blank-line"``.
    extensions : str or iterable of str, optional
        Of folders, read only files whose names end so: "txt,md".  A further .gz, .bz2, .xz or .zst does not count.
    skip_bad : bool
        Leave out files that cannot be read, and name them at the end, instead of stopping at the first.
    """

    document: Literal["line", "blank-line", "file"] = option(
        "line", "What ends a document: no window reaches across it."
    )
    column: str | None = option(None, "Column of Parquet or JSON Lines with text or tokens.")
    encoding: str = option("utf-8", "Encoding of text and of JSON Lines, or guess: that of each file.")
    encoding_errors: Literal["strict", "replace", "ignore"] = option(
        "strict", "What to do with bytes that are not in the encoding."
    )
    strip_markup: bool = option(False, "Take out HTML tags, entities and the escape codes of terminals.")
    join_hyphens: bool = option(False, "Join words cut by a hyphen at the end of a line.")
    extensions: Endings = option(None, "Of folders, read only files with these endings, such as txt,md.")
    skip_bad: bool = option(False, "Leave out files that cannot be read, and name them at the end.")

    def __post_init__(self) -> None:
        check_options(self)
        if self.extensions is not None:
            given = self.extensions.replace(",", " ").split() if isinstance(self.extensions, str) else self.extensions
            object.__setattr__(self, "extensions", tuple(f".{ending.lower().lstrip('.')}" for ending in given))
        if self.encoding == "guess":
            return
        try:
            "a".encode(self.encoding)  # hex and the like are no encodings of text
            codecs.getincrementaldecoder(self.encoding)
        except (LookupError, TypeError, ValueError):
            raise InputError(
                f"unknown encoding {self.encoding!r}: try utf-8, latin-1, cp1252, utf-16 or gb18030, or guess"
            ) from None


@dataclass(frozen=True)
class Batch:
    """Some documents: ``ids`` into ``types``, end to end, ``lengths`` tokens each; the last may go on in the next.

    Types come in the order of appearance of their tokens; one may come twice.  A batch of a file has its number among
    the files, and may know the line, from 1, in which each of its documents begins.
    """

    types: Words
    counts: np.ndarray  # (types,) int64, how often each is among the ids
    ids: np.ndarray  # (n,) int32
    lengths: np.ndarray  # (documents or parts of them,) int64
    goes_on: bool
    ends_file: bool = False  # and has no document of its own
    are_rows: bool = False  # of a table, a document each, those without tokens too
    file: int = -1
    lines: np.ndarray | None = None  # (documents or parts of them,) int64


def line_count(text: bytes) -> int:
    """Ends of lines in ``text``; ``bytes.count`` takes several times as long where lines are short."""
    return int(np.count_nonzero(np.frombuffer(text, np.uint8) == ord("\n")))


def end_of_document() -> Batch:
    """The end of a document that went on so far."""
    nothing = Words.of([]), np.zeros(0, np.int64), np.empty(0, np.int32)
    return Batch(*nothing, np.zeros(1, np.int64), goes_on=False, ends_file=True)


@dataclass(frozen=True)
class Piece:
    """A piece of a file, and where it lies there.

    Parameters
    ----------
    text : bytes
    goes_on : bool
        Whether its last line goes on in the next piece.
    line : {"", "blank", "filled"}
        What the piece before held of the line that this one begins with: nothing, white space, or more.
    path : str
    lines_before : int
        Lines of the file before this piece.
    n_lines : int
        Ends of lines in it.
    """

    text: bytes
    goes_on: bool
    line: str
    path: str
    lines_before: int
    n_lines: int


def tokenize_text(piece: Piece, reading: ReadingOptions, tokenizer: Tokenizer, benches: Workspaces) -> Batch:
    """The batch of a piece of a file."""
    text = checked_text(piece, reading)
    with benches.one() as bench:
        types, ids, ends = bench.split(text, piece.n_lines, tokenizer.table)
        strange = types.beyond_ascii()
        if len(strange):
            _check_utf8(piece, types.arrow(strange))
        if not tokenizer.is_settled:
            strange = np.arange(len(types))
        types, starts = tokenizer.tokens_of(types, strange)
        counts, ids = _counted(ids, ends, starts)
        types = types.copy()
    lengths, before = np.diff(ends, prepend=0), piece.lines_before + 1
    if reading.document == "file":
        return Batch(types, counts, ids, np.array([lengths.sum()]), goes_on=True)
    if reading.document == "blank-line":
        first, last = piece.line == "filled", len(lengths) - piece.goes_on  # whole lines: blank ones are among them
        lengths, lines = _join_paragraphs(text, lengths, range(first, last))
        return Batch(types, counts, ids, lengths, goes_on=True, lines=before + lines)
    return Batch(types, counts, ids, lengths, piece.goes_on, lines=before + np.arange(len(lengths)))


def _counted(pieces: np.ndarray, line_ends: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How often each token stands among ``pieces``, and their tokens one by one; ``line_ends`` become theirs."""
    from ..kernels.tokens import expand_ranges, tally

    n_pieces, n_tokens = np.zeros(len(starts) - 1, np.int64), np.diff(starts)
    tally(pieces, n_pieces)
    if (n_tokens == 1).all():
        return n_pieces, pieces
    counts = np.repeat(n_pieces, n_tokens)
    ids = np.empty(int(counts.sum()) + 1, np.int32)
    expand_ranges(pieces, line_ends, starts, ids)
    return counts, ids[:-1]


def line_state(piece: bytes, before: str) -> str:
    """Whether the line in which ``piece`` breaks off is "blank" or "filled" so far; ``before`` says how it began."""
    last = piece[piece.rfind(b"\n") + 1 :]
    filled = (before == "filled" and len(last) == len(piece)) or last.decode("utf-8", "replace").strip()
    return "filled" if filled else "blank"


def check_text(pieces: Iterable[Piece], reading: ReadingOptions) -> None:
    """Refuse what :func:`tokenize_text` would refuse of the pieces of a file."""
    for piece in pieces:
        if not (text := checked_text(piece, reading)).isascii() and reading.encoding_errors == "strict":
            refuse_invalid(piece)
        del text


def checked_text(piece: Piece, reading: ReadingOptions) -> bytes:
    """The text of a piece without NUL bytes, and without what is not UTF-8 unless the ``reading`` is strict."""
    text = piece.text
    if (nul := text.find(b"\0")) >= 0:
        raise InputError(
            f"{_place(piece, nul)}, is not text: it has a NUL byte; if it is UTF-16, set the encoding to utf-16"
        )
    if reading.encoding_errors == "strict" or text.isascii():
        return text
    return text.decode("utf-8", reading.encoding_errors).encode("utf-8")


def _check_utf8(piece: Piece, words: Any) -> None:
    """Tell where the piece is not UTF-8, if one of its words is not."""
    import pyarrow as pa

    try:
        words.validate(full=True)
    except pa.ArrowInvalid:
        refuse_invalid(piece)


def refuse_invalid(piece: Piece) -> None:
    """Tell where the piece is not UTF-8, if it is not."""
    try:
        piece.text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{_place(piece, error.start)}, is not valid UTF-8: byte 0x{piece.text[error.start]:02x} after "
            f"{piece.text[max(0, error.start - 20) : error.start]!r}; "
            "name its encoding (such as latin-1), or set encoding_errors to replace"
        ) from None


def _place(piece: Piece, byte: int) -> str:
    line = piece.lines_before + piece.text.count(b"\n", 0, byte) + 1
    return f"{piece.path}, line {line:,}"


def _line_starts(piece: bytes) -> np.ndarray:
    """(lines + 1,) int64, where each line starts, and the end of the last."""
    ends = np.flatnonzero(np.frombuffer(piece, np.uint8) == ord("\n")) + 1
    return np.concatenate([[0], ends, [] if piece.endswith(b"\n") else [len(piece)]]).astype(np.int64)


def _join_paragraphs(piece: bytes, lengths: np.ndarray, whole: range) -> tuple[np.ndarray, np.ndarray]:
    """Lengths and first lines of documents that end at blank lines, which are looked for among the ``whole`` ones."""
    starts, empty = _line_starts(piece), np.flatnonzero(lengths == 0).tolist()
    blank = [
        line for line in empty if line in whole and not piece[starts[line] : starts[line + 1]].decode("utf-8").strip()
    ]
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return np.diff(ends[[0, *blank, len(lengths)]]), np.array([0, *(line + 1 for line in blank)], np.int64)


def tokenize_rows(column: Any, tokenizer: Tokenizer) -> Batch:
    """The batch of a column of strings, which are split, or of lists of tokens, which are taken as they are.

    Null rows are empty documents; null tokens of a list are empty strings, and those keep their place.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_list(column.type):
        types, ids, lengths = tokenizer.split_all(pc.fill_null(column, ""))
        return _batch_of_arrow(types, ids, lengths)
    lengths = np.asarray(pc.fill_null(pc.list_value_length(column), 0)).astype(np.int64)
    tokens = pc.fill_null(column.flatten(), "")
    encoded = tokens.dictionary_encode()
    ids = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return _batch_of_arrow(encoded.dictionary, ids, lengths)


def _batch_of_arrow(types: Any, ids: np.ndarray, lengths: np.ndarray) -> Batch:
    counts = np.bincount(ids, minlength=len(types))
    return Batch(Words.of_arrow(types), counts, ids, lengths, goes_on=False, are_rows=True)
