"""JSON: a column of objects, one a line, as a stream of Arrow arrays; or one array of documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from ..core.errors import InputError
from . import files
from .batches import Piece, ReadingOptions, checked_text, line_count, refuse_invalid
from .tables import choose, first_line, holds_items, holds_text, plain

NULL = re.compile(rb"(?:^|\n)[ \t\r]*(null)\b")  # a line
_JSON_NAMES = (".jsonl", ".ndjson", ".json")


def is_array(path: str, start: bytes) -> bool:
    """Whether a file that is JSON by its name is an array, or has arrays for lines."""
    return _is_named(path) and start.lstrip().startswith(b"[")


def json_array(blocks: Iterable[bytes], path: str, reading: ReadingOptions) -> Any:
    """The documents of one JSON array, or of a line each that is a list of tokens, as an Arrow array.

    An item, or a line, is a text, a list of tokens, or an object with a column of either.  The whole file is in memory.

    Raises
    ------
    InputError
        If the file is not JSON, or items are none of these.
    """
    import json

    import pyarrow as pa

    text = checked_text(Piece(b"".join(blocks), False, "", path, 0, 0), reading)
    try:
        try:
            items = json.loads(text)
        except ValueError as error:
            if not str(error).startswith("Extra data"):
                raise
            items = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is no JSON: {error}: mend it, or give it another name if it is plain text") from None
    try:
        if items and all(isinstance(item, dict) for item in items):
            table = pa.Table.from_pylist(items)
            return plain(table.column(choose(table.schema, reading.column, path)).combine_chunks())
        lists = pa.array(items)
        if not items or holds_text(lists.type) or holds_items(lists.type):
            return plain(lists if items else pa.array([], pa.string()))
    except UnicodeEncodeError as error:
        raise InputError(f"{path} is not valid Unicode: it has half of a surrogate pair ({error.reason})") from None
    except pa.ArrowException:
        pass
    raise InputError(f"{path} is an array of several kinds: texts, lists of tokens and objects cannot be mixed")


def _is_named(path: str) -> bool:
    name = path.lower()
    for ending in files.PACKED:
        name = name.removesuffix(ending)
    return name.endswith(_JSON_NAMES)


def is_json_lines(path: str, start: bytes, column: str | None) -> bool:
    """Whether a file of text is JSON Lines: by its name, or by how it starts.

    Any object will do where a ``column`` is named; else the first line has to be one with a text in it.

    Raises
    ------
    InputError
        If a column is named and this is plain text.
    """
    if _is_named(path):
        return True
    if column is None or not start.strip():
        return _is_object_with_text(start.partition(b"\n")[0])
    if not start.lstrip().startswith(b"{"):
        raise InputError(f"{path} is plain text, which has no column {column!r}: leave the column or the file out")
    return True


def _is_object_with_text(line: bytes) -> bool:
    import json

    if not line.lstrip().startswith(b"{"):
        return False
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return any(isinstance(entry, str) or (isinstance(entry, list) and _is_tokens(entry)) for entry in found.values())


def _is_tokens(entry: list[Any]) -> bool:
    return bool(entry) and all(isinstance(token, str) for token in entry)


def json_lines(
    blocks: Iterable[bytes], path: str, reading: ReadingOptions, tell: Callable[[], int]
) -> Iterator[tuple[Any, float]]:
    """Pieces of a column of JSON Lines, each with the bytes of file read for it.

    The type of the column is settled by the first piece in which it is not null; where no column is named, another
    one of text that comes later is an error.

    Raises
    ------
    InputError
        As :func:`~solve2vec.text.tables.parquet_column` does; a line that is damaged is named.
    """
    import pyarrow as pa

    column, seen, kind, place, lines = reading.column, pa.schema([]), pa.null(), 0, 0
    for text, _ in files.cut_at_ends(blocks, path, lines_only=True):
        piece, now = Piece(text, False, "", path, lines, line_count(text)), tell()
        text = _checked(piece, reading)
        if pa.types.is_null(kind):
            seen = _united(seen, _fields(text, piece, column))
            if (name := _settled(seen, column, path)) is not None:
                kind = _as_text(seen.field(name).type)
        if not pa.types.is_null(kind):
            table = _table(text, piece, pa.schema([(name, kind)]), others=column is None)
            if column is None and (other := choose(_united(seen, table.schema), None, path)) != name:
                raise InputError(f"{path} has items in {name!r} and text in {other!r}: name one as the column")
            yield plain(table.column(name).combine_chunks()), now - place
        place, lines = now, lines + piece.n_lines
    if pa.types.is_null(kind) and seen.names:
        choose(seen, column, path, guessed=True)


def _checked(piece: Piece, reading: ReadingOptions) -> bytes:
    text = checked_text(piece, reading)
    if reading.encoding_errors == "strict" and not text.isascii():
        refuse_invalid(piece)
    if b"null" in text and (found := NULL.search(text)) is not None:  # Arrow 26 does not outlive it
        line = piece.lines_before + text.count(b"\n", 0, found.start(1)) + 1
        why = "is damaged or not one JSON object: null; mend the line or take it out"
        raise InputError(f"{piece.path}, line {line:,}, {why}")
    return text


def _settled(seen: Any, column: str | None, path: str) -> str | None:
    """The column to read, as far as the fields ``seen`` so far tell."""
    if column is None:
        return choose(seen, None, path) if any(holds_text(f.type) or holds_items(f.type) for f in seen) else None
    return choose(seen, column, path, guessed=True) if column in seen.names else None


def _united(one: Any, other: Any) -> Any:
    """The fields of two schemas; of the two types of one of them that which holds text, or else the first known."""
    import pyarrow as pa

    kinds = {field.name: field.type for field in one}
    for field in other:
        known = kinds.get(field.name)
        if known is None or pa.types.is_null(known) or (holds_text(field.type) and not holds_text(known)):
            kinds[field.name] = field.type
    return pa.schema(kinds.items())


def _fields(text: bytes, piece: Piece, column: str | None) -> Any:
    """The fields of a piece with their types; of a named ``column`` alone where others are of several types."""
    import pyarrow as pa

    try:
        return _parsed(text).schema
    except pa.ArrowException as error:
        for kind in (pa.string(), pa.list_(pa.string())) if column is not None else ():
            with suppress(pa.ArrowException):
                found = _parsed(text, pa.schema([(column, kind)]), "ignore").column(0)
                return pa.schema([(column, pa.null() if found.null_count == len(found) else kind)])
        raise _bad_line(error, text, piece, None, "mend the line or take it out, or name the column") from None


def _table(text: bytes, piece: Piece, schema: Any, *, others: bool) -> Any:
    """The table of a piece: the columns of ``schema`` as they are there, and the ``others`` if wanted and readable."""
    import pyarrow as pa

    if others:
        with suppress(pa.ArrowException):
            return _parsed(text, schema)
    try:
        return _parsed(text, schema, "ignore")
    except pa.ArrowException as error:
        raise _bad_line(error, text, piece, schema, "mend the line or take it out") from None


def _bad_line(error: Exception, text: bytes, piece: Piece, schema: Any, way_out: str) -> InputError:
    line = piece.lines_before + _first_bad(text, schema)
    why = first_line(error).partition(" in row ")[0].rstrip(".")  # Arrow counts the objects of this piece
    return InputError(f"{piece.path}, line {line:,}, is damaged or not one JSON object: {why}; {way_out}")


def _first_bad(text: bytes, schema: Any) -> int:
    """The line, from 1, up to which the lines of ``text`` can no longer be read."""
    import pyarrow as pa

    lines = text.split(b"\n")
    good, bad = 0, len(lines)
    while bad - good > 1:
        middle = (good + bad) // 2
        try:
            _parsed(b"\n".join(lines[:middle]), schema, "infer" if schema is None else "ignore")
            good = middle
        except pa.ArrowException:
            bad = middle
    return bad


def _parsed(text: bytes, schema: Any = None, others: str = "infer") -> Any:
    """The table of some lines of JSON; fields that ``schema`` does not name are ignored or their types inferred."""
    import io

    from pyarrow import json

    return json.read_json(
        io.BytesIO(text),
        read_options=json.ReadOptions(block_size=len(text) + 1, use_threads=False),
        parse_options=json.ParseOptions(explicit_schema=schema, unexpected_field_behavior=others),
    )


def _as_text(kind: Any) -> Any:
    """What a type that Arrow made out of JSON is as text: it takes strings that look like dates for dates."""
    import pyarrow as pa

    if pa.types.is_list(kind):
        return kind if holds_items(kind) else pa.list_(pa.string())
    return kind if pa.types.is_null(kind) else pa.string()
