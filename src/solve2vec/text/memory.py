"""Memory: texts and lists of tokens that a program holds, or columns of its tables, as a stream of Arrow arrays."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from ..core.errors import InputError, is_whole
from ..core.resources import block_size
from . import files
from .tables import arrow_table, choose, holds_items, holds_text, is_column, is_missing, is_pandas, is_table, plain

ROWS = 50_000  # tokens put into one array, about

Document = str | list[Any] | tuple[Any, ...]  # a text, or its tokens


def refuse(source: Any) -> None:
    """Refuse what goes through its columns or keys where documents are meant: iterating would read their names."""
    kind = type(source).__name__
    if isinstance(source, Mapping):
        raise InputError(
            f"documents cannot be told from the keys of a {kind}: give its values, such as list(d.values())"
        )
    if hasattr(source, "columns"):
        raise InputError(f"documents cannot be told from the columns of a {kind}: give one column, such as df['text']")
    if getattr(source, "ndim", 1) != 1:
        raise InputError(
            f"documents cannot be told from an array of shape {source.shape}: give one column, such as x[:, 0], "
            "or lists of tokens, such as x.tolist()"
        )
    if not isinstance(source, Iterable) or hasattr(source, "lineage"):  # a stage, such as an embedding
        raise InputError(f"cannot read documents from a {kind}: give a path or lists of tokens")


def column_of(source: Any, named: str | None) -> Any:
    """The column of text or tokens that a table has, or that ``source`` itself is, of Arrow; None if it is neither.

    Raises
    ------
    InputError
        If a table has no such column or several and none is ``named``, or a column holds something else.
    """
    if not is_table(source):
        return _whole_column(source) if is_column(source) else None
    if is_pandas(source) and named is not None and named in source.columns:  # others may be of no type of Arrow's
        return _whole_column(source[named])
    table = arrow_table(source)
    return table.column(choose(table.schema, named, "the table"))


def _whole_column(source: Any) -> Any:
    """A column of pandas, polars or Arrow; None if Arrow has no type for it, and rows are to be looked at."""
    import pyarrow as pa

    try:
        if is_pandas(source):
            if source.dtype == object and any(isinstance(row, AbstractSet) for row in source):
                return None  # to Arrow they would go in any order
            column = pa.array(source, from_pandas=True)  # NaN is null
        elif hasattr(source, "to_arrow"):
            column = source.to_arrow()
        else:
            column = pa.chunked_array(source) if hasattr(source, "__arrow_c_stream__") else pa.array(source)
    except (pa.ArrowException, TypeError, UnicodeError):
        return None
    if pa.types.is_null(column.type):
        return column.cast(pa.string())
    if not (holds_text(column.type) or holds_items(column.type)):
        raise InputError(
            f"the column holds {column.type}, not text or lists of tokens: make strings of it, or give another"
        )
    return column


def slices(column: Any) -> Iterator[Any]:
    """A column in pieces of about as many bytes as a block of a file."""
    import pyarrow as pa

    for chunk in column.chunks if isinstance(column, pa.ChunkedArray) else [column]:
        n = max(1, min(8192, block_size(files.BLOCK) * len(chunk) // max(1, chunk.nbytes)))
        for first in range(0, len(chunk), n):
            yield plain(pa.concat_arrays([chunk.slice(first, n)]))  # in memory of its own


def rows(source: Iterable[Any]) -> Iterator[Any]:
    """Texts or lists of tokens as Arrow arrays.

    Raises
    ------
    InputError
        If one is neither, or a token is no string; lists of whole numbers alone are lists of their texts.
    """
    documents = iter(source)
    for first in documents:  # only to look at the first
        texts, place = isinstance(first, str), 0
        if texts and len(first) < 1000 and os.path.isfile(first):
            raise InputError(f"{first!r} is the name of a file: pass read({first!r}, …) to read it")
        every = enumerate(itertools.chain([first], documents))
        for group in _grouped(_document(row, texts, number) for number, row in every):
            yield _array(group, texts, place)
            place += len(group)


def _array(group: list[Document], texts: bool, place: int) -> Any:
    """Texts or lists of tokens as an Arrow array; the first of them is number ``place``."""
    import pyarrow as pa

    kind = pa.string() if texts else pa.list_(pa.string())
    try:
        return pa.array(group, kind)
    except (pa.ArrowException, UnicodeEncodeError, TypeError):
        return pa.array([_strings(row, number) for number, row in enumerate(group, place)], kind)


def _strings(row: Document, place: int) -> Document:
    """A document of strings alone, of which Arrow can make one."""
    tokens = [row] if isinstance(row, str) else row
    if any(map(is_whole, tokens)) and all(token is None or is_whole(token) for token in tokens):
        return [None if token is None else str(token) for token in tokens]
    for token in tokens:
        if not isinstance(token, str | None):
            way_out = "make strings of all tokens, and None of what is missing"
            raise InputError(f"the token {token!r:.60} of document {place} is not a string: {way_out}")
        try:
            (token or "").encode()
        except UnicodeEncodeError as error:
            odd, what = error.object[error.start], "text" if isinstance(row, str) else f"token {token!r:.60}"
            way_out = "such as text.encode('utf-8', 'replace').decode()"
            raise InputError(
                f"the {what} of document {place} is not valid Unicode: it has half of a surrogate pair, {odd!r}; "
                f"replace it, {way_out}"
            ) from None
    return row


def _document(row: Any, texts: bool, place: int) -> Document:
    """A text, or a list of the tokens in whatever holds them: those of a set by spelling, for it has no order."""
    if isinstance(row, str) == texts:
        if texts or isinstance(row, (list, tuple)):
            return row
        if isinstance(row, AbstractSet):
            return sorted(row, key=str)
        listed = getattr(row, "tolist", getattr(row, "to_list", None))  # NumPy, pandas, polars
        if listed is not None and isinstance(tokens := listed(), list):
            return tokens
    kind, empty = ("text", '""') if texts else ("list of tokens", "[]")
    if is_missing(row):
        raise InputError(f"document {place} is missing ({row!r:.60}): leave it out, or give {empty} in its place")
    raise InputError(
        f"each document must be a {kind}, but number {place} is {row!r:.60}: make one of it, or leave it out"
    )


def _grouped(documents: Iterable[Document]) -> Iterator[list[Document]]:
    group: list[Document] = []
    size, most = 0, block_size(ROWS)
    for document in documents:
        group.append(document)
        size += 1 + (len(document) // 6 if isinstance(document, str) else len(document))
        if size >= most:
            yield group
            group, size = [], 0
    if group:
        yield group
