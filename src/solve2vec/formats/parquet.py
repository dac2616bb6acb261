"""Parquet: a table of ``token``, ``count`` and ``vector``, for DuckDB, Polars, pandas, Spark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..core import storage
from ..core.errors import FolderError
from . import rows
from .rows import WordVectors
from .sample import Sample

ROWS = 1 << 14  # rows written as a group, and read at a time
TOTAL = b"solve2vec.total"
NAMES = {
    "token": ("token", "word", "key", "words"),
    "count": ("count", "counts", "frequency"),
    "vector": ("vector", "vectors", "embedding", "embeddings"),
}


def recognise(sample: Sample) -> bool:
    """Whether it begins as Parquet does, or is a folder of such parts, as Spark saves a table or its Word2Vec model."""
    return sample.head.startswith(b"PAR1") or (sample.path.is_dir() and bool(_parts(sample.path)))


def _parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*.parquet")) or sorted((folder / "data").glob("part-*.parquet"))


def write(embedding: WordVectors, path: str | Path) -> None:
    """Write ``token`` string, ``count`` int64, ``vector`` fixed-size list of d float32; N is in the metadata."""
    from pyarrow import parquet

    rows.require_rows(embedding)
    rows.encoded(embedding.words)  # before anything is written
    with storage.draft_file(path) as draft, parquet.ParquetWriter(draft, _schema(embedding)) as file:
        for at in range(0, len(embedding), ROWS):
            file.write_table(table_of(embedding, slice(at, at + ROWS)))


def _schema(embedding: WordVectors) -> Any:
    import pyarrow as pa

    kinds = {"token": pa.string(), "count": pa.int64(), "vector": pa.list_(pa.float32(), embedding.dim)}
    total = {TOTAL: str(embedding.vocabulary.total)}
    return pa.schema([pa.field(name, kind, False) for name, kind in kinds.items()], metadata=total)


def table_of(embedding: WordVectors, part: slice) -> Any:
    """A table of some rows."""
    import pyarrow as pa

    schema = _schema(embedding)
    numbers = pa.array(np.ascontiguousarray(embedding.vectors[part], dtype=np.float32).ravel())
    columns = [
        pa.array(rows.encoded(embedding.words[part]), type=pa.binary()).cast(pa.string()),
        pa.array(np.asarray(embedding.vocabulary.counts[part], dtype=np.int64)),
        pa.FixedSizeListArray.from_arrays(numbers, type=schema.field("vector").type),
    ]
    return pa.table(columns, schema=schema)


def read(path: str | Path) -> WordVectors:
    """Vectors from a table, or a folder of its parts, with a column of words (``word``) and one of lists (``vector``).

    Raises
    ------
    FolderError
        If a column is missing, holds nulls, or its lists differ in length.
    """
    import pyarrow as pa
    from pyarrow import parquet

    path = Path(path)
    words: list[str] = []
    counts: list[np.ndarray] = []
    vectors: list[np.ndarray] = []
    try:
        for each in _parts(path) if path.is_dir() else [path]:
            with parquet.ParquetFile(each) as file:
                token, count, vector = (_column(file.schema_arrow.names, part, each) for part in NAMES)
                columns = [name for name in (token, count, vector) if name]
                for batch in file.iter_batches(batch_size=ROWS, columns=columns):
                    words += _whole(batch, token, each).cast(pa.large_string()).to_pylist()
                    vectors.append(_matrix(_whole(batch, vector, each), each))
                    if count:
                        counts.append(_whole(batch, count, each).cast(pa.int64()).to_numpy())
                total = (file.schema_arrow.metadata or {}).get(TOTAL)
    except FolderError:
        raise
    except (pa.ArrowException, ValueError, OSError, MemoryError) as error:
        raise FolderError(f"{path} is not a Parquet file that can be read ({error})") from error
    if len({part.shape[1] for part in vectors}) != 1:
        raise FolderError(f"{path}: its vectors differ in length, or there is none")
    number = int(total) if total is not None and total.isdigit() else None
    known = np.concatenate(counts) if counts else None
    return rows.made(words, np.concatenate(vectors), path, "parquet", counts=known, total=number)


def _column(names: list[str], part: str, path: Path) -> str | None:
    found = next((name for name in NAMES[part] if name in names), None)
    if found is None and part != "count":
        raise FolderError(f"{path} has no column {part!r}; it has {', '.join(_shown(names))}")
    return found


def _shown(names: list[str]) -> Iterator[str]:
    return (rows.brief(name) for name in names[:10])


def _whole(batch: Any, name: str | None, path: Path) -> Any:
    column = batch.column(name)
    if column.null_count:
        raise FolderError(f"{path}: column {name!r} has {column.null_count} empty cells: fill or drop them")
    return column


def _matrix(lists: Any, path: Path) -> np.ndarray:
    """(n, d) float32 from an Arrow array of lists of one length."""
    import pyarrow as pa

    if not any(check(lists.type) for check in (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)):
        raise FolderError(f"{path}: the vector column holds {lists.type}, not lists of numbers")
    numbers = lists.flatten()
    if numbers.null_count or not pa.types.is_floating(numbers.type):
        raise FolderError(f"{path}: the vector column must hold lists of floats without empty cells")
    dim = len(numbers) // max(1, len(lists))
    lengths = lists.value_lengths().to_numpy(zero_copy_only=False)
    if (lengths != dim).any():
        raise FolderError(f"{path}: vectors have {lengths.min()} to {lengths.max()} dimensions; all must have the same")
    return numbers.to_numpy().astype(np.float32, copy=False).reshape(len(lists), dim)
