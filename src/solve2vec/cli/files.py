"""The command that converts: vectors from one format to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from . import report
from .reading import Json, embedding_at


def convert(
    source: Annotated[Path, Parameter(help="A run, a stage, or a file or folder of vectors in any known format.")],
    out: Annotated[Path, Parameter(help="What to write; the format follows from the ending.")],
    /,
    *,
    format: Annotated[str | None, Parameter(help="Format to write, where the ending does not tell.")] = None,
    json: Json = False,
) -> None:
    """Vectors from one format to another; the format of the source is recognised from its content."""
    from .. import formats

    with report.working() as watch:
        embedding = embedding_at(source)
        formats.save(embedding, out, format=format)
    if json:
        report.as_json({"file": str(out), **embedding.summary(), "seconds": round(watch.elapsed, 3)})
    else:
        print(f"{out}: {len(embedding):,} words in {embedding.dim} dimensions")
