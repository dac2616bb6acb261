"""Commands for other people's files: vectors from one format to another, GloVe's counts both ways."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..core.printing import printable
from ..formats.registry import FormatName
from ..run import load_embedding
from . import report
from .reading import Json


def convert(
    source: Annotated[Path, Parameter(help="A run, a stage, or a file or folder of vectors in any known format.")],
    out: Annotated[Path, Parameter(help="What to write; the format follows from the ending.")],
    /,
    *,
    format: Annotated[FormatName | None, Parameter(help="Format to write, where the ending does not tell.")] = None,
    unit: Annotated[bool, Parameter(help="Bring each vector to length 1.", negative="")] = False,
    json: Json = False,
) -> None:
    """Vectors from one format to another; the format of the source is recognised from its content."""
    from .. import formats

    with report.working() as watch:
        embedding = load_embedding(source)
        formats.save(embedding.with_unit_rows() if unit else embedding, out, format=format)
    if json:
        report.as_json({"file": str(out), **embedding.summary(), "seconds": round(watch.elapsed, 3)})
    else:
        print(f"{printable(str(out))}: {len(embedding):,} words in {embedding.dim} dimensions")


def from_glove(
    vocab: Annotated[Path, Parameter(help="GloVe's vocab.txt.")],
    cooccurrence: Annotated[Path, Parameter(help="GloVe's cooccurrence.bin, shuffled or not.")],
    /,
    *,
    out: Annotated[Path, Parameter(help="Folder to write, such as run/cooccurrence.")],
    json: Json = False,
) -> None:
    """GloVe's counts as a stage, to be solved without counting again."""
    from .. import formats
    from ..cooccurrence.cooccurrence import Cooccurrence
    from .stages import make

    make(Cooccurrence, lambda: formats.load_glove_counts(vocab, cooccurrence), out, json)


def to_glove(
    counts: Annotated[Path, Parameter(help="Counts, or a run.")],
    vocab: Annotated[Path, Parameter(help="vocab.txt to write.")],
    cooccurrence: Annotated[Path, Parameter(help="cooccurrence.bin to write.")],
    /,
    *,
    json: Json = False,
) -> None:
    """Counts as the two files that GloVe's shuffle and glove read."""
    from .. import formats
    from .stages import counts_at

    with report.working() as watch:
        given = counts_at(counts)
        formats.save_glove_counts(given, vocab, cooccurrence)
    facts = {"vocab": str(vocab), "cooccurrence": str(cooccurrence), **given.summary()}
    if json:
        report.as_json(facts | {"seconds": round(watch.elapsed, 3)})
    else:
        files = printable(f"{vocab}, {cooccurrence}")
        print(f"{files}: {len(given):,} words, {len(given.counts.data):,} pairs")
