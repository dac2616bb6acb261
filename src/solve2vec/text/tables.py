"""Tables: a column of Parquet or JSON Lines as a stream of Arrow arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import InputError
from . import files

_JSON_NAMES = (".jsonl", ".ndjson", ".json")
_COMPRESSION = (".gz", ".bz2", ".xz", ".zst")


def is_table(path: str) -> bool:
    """Whether ``path`` is Parquet (by content) or JSON Lines (by name, a compression's ending aside)."""
    name = path.lower()
    for ending in _COMPRESSION:
        name = name.removesuffix(ending)
    return name.endswith(_JSON_NAMES) or files.kind_of(path) == "parquet"


def columns(path: str, column: str | None) -> Iterator[tuple[Any, float]]:
    """Pieces of the column, each with the bytes of file read for it.

    Raises
    ------
    InputError
        If the column is not there, is not named though there are several, or holds neither strings nor lists
        of strings; or if the file is damaged.
    """
    import pyarrow as pa

    read = _parquet if files.kind_of(path) == "parquet" else _json_lines
    try:
        yield from read(path, column)
    except pa.ArrowException as error:
        raise InputError(f"{path} is damaged or not what its name says: {_first_line(error)}") from None


def _parquet(path: str, column: str | None) -> Iterator[tuple[Any, float]]:
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        name = _choose(file.schema_arrow, column, path)
        size = sum(
            file.metadata.row_group(g).column(c).total_compressed_size
            for g in range(file.num_row_groups)
            for c in range(file.metadata.num_columns)
            if file.metadata.row_group(g).column(c).path_in_schema.split(".")[0] == name
        )
        for batch in file.iter_batches(batch_size=8192, columns=[name]):
            rows = _plain(batch.column(0))
            yield rows, size * len(rows) / max(1, file.metadata.num_rows)


def _json_lines(path: str, column: str | None) -> Iterator[tuple[Any, float]]:
    import io

    import pyarrow as pa
    from pyarrow import json

    stream, raw = files.open_file(path)
    place = 0
    with stream, raw:
        for piece, _ in files.cut_at_ends(files.blocks(stream, path), path):
            if not piece.strip():
                continue
            options = json.ReadOptions(block_size=len(piece) + 1, use_threads=False)
            table = json.read_json(io.BytesIO(piece), read_options=options)
            rows = table.column(_choose(table.schema, column, path)).combine_chunks()
            if isinstance(rows, pa.ChunkedArray):
                rows = rows.chunk(0)
            now = raw.tell()
            yield _plain(rows), now - place
            place = now


def _choose(schema: Any, column: str | None, path: str) -> str:
    usable = [field.name for field in schema if _holds_text(field.type)]
    listed = ", ".join(usable) or "none"
    if column is not None:
        if column not in schema.names:
            raise InputError(f"{path} has no column {column!r}; columns of text or tokens: {listed}")
        if column not in usable:
            raise InputError(
                f"column {column!r} of {path} holds {schema.field(column).type}, not text or lists of tokens: {listed} would do"
            )
        return column
    if len(usable) != 1:
        raise InputError(f"{path} has {len(usable)} columns of text or tokens ({listed}): name one with column")
    return usable[0]


def _holds_text(kind: Any) -> bool:
    import pyarrow.types as is_

    if is_.is_dictionary(kind):
        kind = kind.value_type
    if is_.is_list(kind) or is_.is_large_list(kind):
        return _is_string(kind.value_type)
    return _is_string(kind)


def _is_string(kind: Any) -> bool:
    import pyarrow.types as is_

    return is_.is_string(kind) or is_.is_large_string(kind) or is_.is_string_view(kind)


def _plain(rows: Any) -> Any:
    """Strings, or lists of strings, with 32-bit offsets and no dictionary."""
    import pyarrow as pa
    import pyarrow.types as is_

    if is_.is_dictionary(rows.type):
        rows = rows.dictionary_decode()
    wanted = pa.list_(pa.string()) if is_.is_list(rows.type) or is_.is_large_list(rows.type) else pa.string()
    return rows if rows.type == wanted else rows.cast(wanted)


def _first_line(error: Exception) -> str:
    return str(error).split("\n")[0]
