"""Tables in memory: vectors as a table of Arrow or pandas, and from one of any library that speaks Arrow."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from ..core.errors import InputError
from ..text.tables import arrow_table, first_empty, is_pandas, is_table
from . import rows
from .parquet import NAMES, table_of
from .rows import WordVectors


def to_arrow(embedding: WordVectors) -> Any:
    """A ``pyarrow.Table`` of ``token`` string, ``count`` int64 and ``vector``, a list of d float32."""
    rows.require_rows(embedding)
    return table_of(embedding, slice(None))


def to_pandas(embedding: WordVectors) -> Any:
    """A ``pandas.DataFrame`` of V rows and d columns, the words as its index ``token``.

    Raises
    ------
    ImportError
        If pandas is not installed.
    """
    try:
        pandas = import_module("pandas")
    except ImportError as error:
        raise ImportError("to_pandas needs pandas: pip install pandas") from error
    return pandas.DataFrame(np.array(embedding.vectors), index=pandas.Index(embedding.words, name="token"))


def parts_of(
    frame: Any, word: str | None, vector: str | None, count: str | None
) -> tuple[list[str], np.ndarray, np.ndarray | None]:
    """The words, (V, d) vectors and (V,) counts of a table; see :meth:`solve2vec.Embedding.from_frame`."""
    table = _table(frame)
    names = list(table.column_names)
    for name in (word, vector, count):
        if name is not None and name not in names:
            raise InputError(f"the table has no column {name!r}; it has {', '.join(map(rows.brief, names[:10]))}")
    count = count or _named(names, "count")
    word = word or _named(names, "token") or _only(table, _is_text)
    if word is None:
        raise InputError(
            f"no column of the table holds words; it has {', '.join(map(rows.brief, names[:10]))}: name one"
        )
    vector = vector or _named(names, "vector") or _only(table, _is_lists)
    for name in filter(None, (word, vector, count)):
        _require_whole(table, name)
    words = table.column(word).to_pylist()
    if (odd := next((value for value in words if not isinstance(value, str)), None)) is not None:
        raise InputError(f"column {word!r} holds {odd!r:.40}, which is not a word: words are strings")
    counts = None if count is None else table.column(count).to_numpy()
    return words, _lists(table, vector) if vector else _columns(table, {word, count}), counts


def _table(frame: Any) -> Any:
    if not is_table(frame):
        raise InputError(f"a {type(frame).__name__} is no table: give one of pandas, polars, Arrow or DuckDB")
    if is_pandas(frame):  # the index may have the words
        has_words = any(str(name) in NAMES["token"] for name in frame.columns) or _has_range(frame)
        frame = frame if has_words else frame.rename_axis(frame.index.name or "token").reset_index()
    return arrow_table(frame)


def _has_range(frame: Any) -> bool:
    """Whether the index of a table of pandas only numbers its rows."""
    return type(frame.index).__name__ == "RangeIndex"


def _named(names: list[str], part: str) -> str | None:
    return next((name for name in NAMES[part] if name in names), None)


def _only(table: Any, is_such: Any) -> str | None:
    """The one column of a kind."""
    found = [field.name for field in table.schema if is_such(field.type)]
    return found[0] if len(found) == 1 else None


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_lists(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _is_numbers(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))


def _require_whole(table: Any, name: str) -> None:
    """Refuse a column with empty cells, by the row of the first."""
    if (row := first_empty(table.column(name))) is not None:
        raise InputError(f"column {name!r} is empty in row {row}: fill or drop it")


def _lists(table: Any, name: str) -> np.ndarray:
    column = table.column(name).combine_chunks()
    if not _is_lists(column.type) or not _is_numbers(column.type.value_type):
        raise InputError(f"column {name!r} holds {column.type}, not lists of numbers")
    lengths = np.asarray(column.value_lengths())
    if len(lengths) and (lengths != lengths[0]).any():
        row = int(np.flatnonzero(lengths != lengths[0])[0])
        raise InputError(f"column {name!r} has {lengths[row]} numbers in row {row} and {lengths[0]} in row 0")
    numbers = column.flatten()
    if numbers.null_count:
        raise InputError(f"column {name!r} has lists with empty places: fill them")
    return numbers.to_numpy(zero_copy_only=False).astype(np.float32).reshape(len(column), -1)


def _columns(table: Any, others: set[str | None]) -> np.ndarray:
    """(V, d) float32 of all columns of numbers but the others, in their order."""
    names = [field.name for field in table.schema if field.name not in others and _is_numbers(field.type)]
    left = [field.name for field in table.schema if field.name not in {*others, *names}]
    if left or not names:
        what = f"column {left[0]!r} holds {table.schema.field(left[0]).type}" if left else "there are no numbers"
        raise InputError(f"{what}: keep words, counts and the columns of vectors alone, or name the column of vectors")
    made = np.empty((table.num_rows, len(names)), np.float32)
    for place, name in enumerate(names):
        _require_whole(table, name)
        made[:, place] = table.column(name).to_numpy()
    return made
