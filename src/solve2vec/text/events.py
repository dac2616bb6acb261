"""Events: a table of users and items, one row an event, as one document of items a user."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..core.errors import InputError
from .batches import Batch, tokenize_rows
from .documents import Documents
from .tables import first_empty, first_line, read_table
from .tokenizer import Tokenizer

ITEMS = 1 << 20  # in one batch, about


def read_events(table: Any, *, user: str, item: str, time: str | None = None) -> Documents:
    """Group a table of events by user: a document is what one user chose, in the order of ``time`` or of the rows.

    Parameters
    ----------
    table : path, pyarrow.Table, pandas or polars data frame, or dict of columns
        A path to a ``.parquet``, ``.csv``, ``.tsv`` or ``.jsonl`` file.
    user, item : str
        Columns, of any type: items become tokens by their text, so 17 is the item ``"17"``.
    time : str, optional
        The column to order each user's items by.

    Returns
    -------
    Documents
        Users in the order of their first row; to be given to :func:`~solve2vec.fit_recommender`,
        :func:`~solve2vec.fit` or :func:`~solve2vec.encode`.

    Raises
    ------
    InputError
        If a column is not there, the file cannot be read, or a user or an item is missing (null) in a row.

    Examples
    --------
    >>> events = {"user": [1, 2, 1], "item": [17, 5, 8], "day": [2, 1, 1]}
    >>> list(read_events(events, user="user", item="item", time="day"))
    [['8', '17'], ['5']]
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    rows, name = read_table(table)
    wanted = {"user": user, "item": item} | ({} if time is None else {"time": time})
    for role, column in wanted.items():
        if column not in rows.column_names:
            raise InputError(f"{name} has no column {column!r} for the {role}; it has {', '.join(rows.column_names)}")
        if (first := first_empty(rows.column(column), is_nan_empty=True)) is not None:
            raise InputError(
                f"row {first + 1} of {name} has no {role} (column {column!r} is empty there): drop such rows first"
            )
    try:
        items = rows.column(item).cast(pa.string()).combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError(f"column {item!r} of {name} holds no items: {first_line(error)}") from None
    users = rows.column(user).combine_chunks().dictionary_encode()
    owner = np.asarray((users.combine_chunks() if isinstance(users, pa.ChunkedArray) else users).indices)
    order = np.arange(len(owner))
    if time is not None:
        order = np.asarray(pc.sort_indices(rows.select([time]), sort_keys=[(time, "ascending")]))  # stable
    order = order[np.argsort(owner[order], kind="stable")]
    starts = np.concatenate([[0], np.cumsum(np.bincount(owner))]).astype(np.int64)

    def work() -> Iterator[tuple[Any, tuple[Any, ...]]]:
        first = 0
        while first < len(starts) - 1:
            last = max(first + 1, int(np.searchsorted(starts, starts[first] + ITEMS, side="right")) - 1)
            offsets = (starts[first : last + 1] - starts[first]).astype(np.int32)
            chosen = items.take(pa.array(order[starts[first] : starts[last]]))
            yield _batch, (pa.ListArray.from_arrays(pa.array(offsets), chosen), float(starts[last] - starts[first]))
            first = last

    origin = {"paths": [name], "user": user, "item": item, "time": time}
    return Documents(work, origin, size=float(len(order)))


def _batch(rows: Any) -> Batch:
    return tokenize_rows(rows, Tokenizer())
