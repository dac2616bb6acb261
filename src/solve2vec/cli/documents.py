"""The command that embeds documents: a vector for each line, row or file, as an array or a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
from cyclopts import Parameter

from ..core import resources
from ..core.arrays import map_array, save_array
from ..core.errors import InputError
from ..core.printing import printable
from ..core.storage import draft_file
from ..embedding.documents import SMOOTHING, DocumentVectors
from ..embedding.documents import embed_documents as embed
from ..run import load_embedding
from ..text.documents import ReadingOptions, read
from ..text.tokenizer import Tokenizer
from . import report
from .reading import Json
from .resources import Threads, Together

ENDINGS = (".npy", ".parquet")


def embed_documents(
    source: Annotated[Path, Parameter(help="A run, or vectors in any known format.")],
    texts: Annotated[list[str], Parameter(help="Files, folders, or - for standard input.")],
    /,
    *,
    out: Annotated[Path, Parameter(help="File to write, .npy or .parquet: a row for each document, in order.")],
    smoothing: Annotated[float, Parameter(help="a of a word's weight a / (a + share); 0 for plain means.")] = SMOOTHING,
    components: Annotated[int, Parameter(help="Common directions to remove.")] = 1,
    directions: Annotated[
        Path | None, Parameter(help="Common directions, .npy: used if the file is there, written otherwise.")
    ] = None,
    reading: Annotated[ReadingOptions, Parameter(name="*")] = ReadingOptions(),  # noqa: B008
    tokenizer: Annotated[Tokenizer, Parameter(name="*")] = Tokenizer(),  # noqa: B008
    given: Annotated[Threads, Together] = Threads(),  # noqa: B008
    json: Json = False,
) -> None:
    """Give each document the weighted mean of its words' vectors (SIF)."""
    if out.suffix not in ENDINGS:
        raise InputError(f"document vectors are written as {' or '.join(ENDINGS)}, got {out.name}")
    with resources.using(given), report.working() as watch:
        old = None if directions is None or not directions.is_file() else _read(directions)
        made = embed(
            load_embedding(source), read(texts, reading=reading, tokenizer=tokenizer),
            smoothing=smoothing or None, components=components, directions=old,
        )  # fmt: skip
        if not len(made):
            raise InputError(f"{', '.join(map(str, texts))} has no documents: no vectors to write")
        _write(made, out)
        if directions is not None and old is None:
            with draft_file(directions) as draft:
                save_array(draft, made.directions)
    n, tokens, known = len(made), int(made.tokens.sum()), int(made.known.sum())
    facts = {"file": str(out), "documents": n, "dim": made.vectors.shape[1], "tokens": tokens, "known_tokens": known}
    if json:
        without = int((made.known == 0).sum())
        report.as_json(facts | {"without_known_words": without, "seconds": round(watch.elapsed, 3)})
    else:
        share = known / max(tokens, 1)
        print(
            f"{printable(str(out))}: {n:,} documents in {facts['dim']} dimensions, {share:.1%} of tokens have a vector"
        )


def _read(path: Path) -> np.ndarray:
    try:
        with open(path, "rb") as file:
            return map_array(file)
    except ValueError as error:
        raise InputError(
            f"{path} is not an array in NumPy's .npy format: name another file for --directions"
        ) from error


def _write(made: DocumentVectors, out: Path) -> None:
    """Write the vectors as an array, or as a table with a column for the number of each document."""
    with draft_file(out) as draft:
        if out.suffix == ".npy":
            save_array(draft, made.vectors)
            return
        import pyarrow as pa
        from pyarrow import parquet

        flat = pa.array(made.vectors.ravel())
        columns = {
            "document": pa.array(np.arange(len(made))),
            "tokens": pa.array(made.tokens),
            "known": pa.array(made.known),
            "vector": pa.FixedSizeListArray.from_arrays(flat, made.vectors.shape[1]),
        }
        parquet.write_table(pa.table(columns), draft)
