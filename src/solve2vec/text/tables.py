"""Tables: which column holds text; that of Parquet as a stream of Arrow arrays; and whole ones, of files or memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import InputError
from ..core.resources import block_size
from . import files


def is_parquet(path: str) -> bool:
    """Whether ``path`` is Parquet, by its content."""
    return files.kind_of(path) == "parquet"


def parquet_column(path: str, column: str | None) -> Iterator[tuple[Any, float]]:
    """Pieces of a column of Parquet, each with the bytes of file read for it.

    Raises
    ------
    InputError
        If the column is not there, is not named though there are several, or holds neither strings nor lists
        of strings; or if the file is damaged.
    """
    import pyarrow as pa

    try:
        yield from _row_groups(path, column)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise InputError(f"{path} cannot be read: {error.strerror}") from error
        raise InputError(f"{path} is damaged: {first_line(error)}") from None


def _row_groups(path: str, column: str | None) -> Iterator[tuple[Any, float]]:
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        name = choose(file.schema_arrow, column, path)
        size = sum(
            file.metadata.row_group(g).column(c).total_compressed_size
            for g in range(file.num_row_groups)
            for c in range(file.metadata.num_columns)
            if file.metadata.row_group(g).column(c).path_in_schema.split(".")[0] == name
        )
        most = block_size(files.BLOCK)
        n_rows = 8192 if size < most else max(1, min(8192, most * file.metadata.num_rows // size))
        for batch in file.iter_batches(batch_size=n_rows, columns=[name]):
            rows = plain(batch.column(0))
            rows.validate(full=True)
            yield rows, size * len(rows) / max(1, file.metadata.num_rows)


def choose(schema: Any, column: str | None, path: str, *, guessed: bool = False) -> str:
    """The column to read; where Arrow ``guessed`` the types, a named one may be of a type that text is taken for."""
    usable = [field.name for field in schema if holds_text(field.type)]
    usable = usable or [field.name for field in schema if holds_items(field.type)]
    listed = ", ".join(usable) or "there are none"
    if column is not None:
        if column not in schema.names:
            raise InputError(f"{path} has no column {column!r}; columns of text or tokens: {listed}")
        kind = schema.field(column).type
        if not (holds_text(kind) or holds_items(kind) or (guessed and _may_hold_text(kind))):
            raise InputError(
                f"column {column!r} of {path} holds {kind}, not text or lists of tokens: make strings of it, or name "
                f"a column that does ({listed})"
            )
        return column
    if not usable:
        held = ", ".join(f"{field.name} ({field.type})" for field in schema) or "none at all"
        raise InputError(
            f"{path} has no column of text or tokens, only {held:.200}: make strings of what is to be read"
        )
    if len(usable) > 1:
        raise InputError(f"{path} has {len(usable)} columns of text or tokens ({listed}): name one as the column")
    return usable[0]


def holds_text(kind: Any) -> bool:
    """Whether a type is text, or lists of tokens."""
    import pyarrow.types as is_

    if is_.is_dictionary(kind):
        kind = kind.value_type
    if is_.is_list(kind) or is_.is_large_list(kind):
        return _is_string(kind.value_type)
    return _is_string(kind)


def holds_items(kind: Any) -> bool:
    """Whether a type is lists of whole numbers, which may be tokens."""
    import pyarrow.types as is_

    return (is_.is_list(kind) or is_.is_large_list(kind)) and is_.is_integer(kind.value_type)


def _may_hold_text(kind: Any) -> bool:
    """Whether Arrow may have taken text for something else: nothing at all, or dates."""
    import pyarrow.types as is_

    if is_.is_list(kind):
        kind = kind.value_type
    return is_.is_null(kind) or is_.is_timestamp(kind)


def _is_string(kind: Any) -> bool:
    import pyarrow.types as is_

    return is_.is_string(kind) or is_.is_large_string(kind) or is_.is_string_view(kind)


def plain(rows: Any) -> Any:
    """Strings, or lists of strings, with 32-bit offsets and no dictionary."""
    import pyarrow as pa
    import pyarrow.types as is_

    if is_.is_dictionary(rows.type):
        rows = rows.dictionary_decode()
    wanted = pa.list_(pa.string()) if is_.is_list(rows.type) or is_.is_large_list(rows.type) else pa.string()
    return rows if rows.type == wanted else rows.cast(wanted)


def first_line(error: Exception) -> str:
    """What Arrow has to say, without what it adds for its makers."""
    return str(error).split("\n")[0]


def is_table(given: Any) -> bool:
    """Whether it is a table of pandas, polars, Arrow, or of another library that speaks Arrow."""
    return _speaks_arrow(given) and not is_column(given)


def is_column(given: Any) -> bool:
    """Whether it is a column of such a table."""
    is_one = hasattr(given, "dtype") or hasattr(given, "type")
    return _speaks_arrow(given) and is_one and not hasattr(given, "columns")


def _speaks_arrow(given: Any) -> bool:
    names = ("to_arrow", "__arrow_c_stream__", "__arrow_c_array__")
    is_stage = hasattr(given, "lineage")  # an embedding has to_arrow, too
    return is_pandas(given) or (not is_stage and any(hasattr(given, name) for name in names))


def arrow_table(given: Any) -> Any:
    """A table, see :func:`is_table`, as one of Arrow; the index of pandas is left out.

    Raises
    ------
    InputError
        If a column is of no type of Arrow's.
    """
    import pyarrow as pa

    try:
        if is_pandas(given):
            return pa.Table.from_pandas(given.rename(columns=str), preserve_index=False)
        return given.to_arrow() if hasattr(given, "to_arrow") else pa.table(given)
    except (pa.ArrowException, TypeError, UnicodeError) as error:
        why = "; ".join(str(part).split("\n")[0] for part in error.args)
        raise InputError(f"the table has a column of several types ({why}): make it one, or leave it out") from None


def is_pandas(given: Any) -> bool:
    """Whether it is of pandas."""
    return type(given).__module__.partition(".")[0] == "pandas"


def is_missing(value: Any) -> bool:
    """Whether a value stands for none: None, NaN, or what pandas has for them."""
    is_nan = isinstance(value, float) and value != value
    return value is None or is_nan or type(value).__name__ in ("NAType", "NaTType")


def read_table(given: Any) -> tuple[Any, str]:
    """A path, a table or a dict of columns as a table of Arrow, and what to call it in a sentence."""
    import pyarrow as pa

    if isinstance(given, (str, os.PathLike)):
        return _read(Path(given)), str(given)
    if is_table(given):
        return arrow_table(given), "the table"
    if isinstance(given, dict):
        try:
            return pa.table({str(column): np.asarray(values) for column, values in given.items()}), "the table"
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise InputError(f"the columns make no table: {first_line(error)}") from None
    raise InputError(f"events are a path, a table of Arrow, pandas or polars, or a dict of columns, got {given!r:.100}")


def is_table_file(path: str | os.PathLike[str]) -> bool:
    """Whether a file's name is that of a table that is read whole."""
    return Path(path).suffix.lower() in READERS


def _read(path: Path) -> Any:
    import pyarrow as pa

    if not path.is_file():
        raise InputError(f"{path} is not a file: give a .parquet, .csv, .tsv or .jsonl file of events")
    if not is_table_file(path):
        raise InputError(f"{path} is no table by its name: give a .parquet, .csv, .tsv or .jsonl file of events")
    try:
        return READERS[path.suffix.lower()](path)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path} cannot be read as a table: {first_line(error)}") from None


def _parquet(path: Path) -> Any:
    from pyarrow import parquet

    return parquet.read_table(path)


def _csv(path: Path, delimiter: str = ",") -> Any:
    from pyarrow import csv

    return csv.read_csv(path, parse_options=csv.ParseOptions(delimiter=delimiter))


def _json_lines(path: Path) -> Any:
    from pyarrow import json

    return json.read_json(path)


READERS: dict[str, Callable[[Path], Any]] = {  # of tables that are read whole, by the endings of their names
    ".parquet": _parquet,
    ".csv": _csv,
    ".tsv": lambda path: _csv(path, "\t"),
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
}


def first_empty(column: Any, *, is_nan_empty: bool = False) -> int | None:
    """The row of the first empty cell of an Arrow column, or None."""
    empty = np.flatnonzero(np.asarray(column.is_null(nan_is_null=is_nan_empty)))
    return int(empty[0]) if len(empty) else None
