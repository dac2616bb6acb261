"""GloVe's text: lines of a word and its numbers, without a header."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from ..core.errors import FolderError, InputError
from . import lines, rows
from .rows import WordVectors

PEEK = 1 << 20  # bytes …
SAMPLE = 1000  # … and lines from which the number of dimensions is read


def read(path: str | Path) -> WordVectors:
    """Vectors from GloVe's text.

    d is how many numbers most of the first lines end in, so that words with spaces (``. . .``, ``route 66``) stay
    whole.

    Raises
    ------
    FolderError
        If there is no line with numbers, or a later line has fewer.
    """
    path = Path(path)
    with rows.reading(path) as file:
        dim = dimensions(first_lines(file.read(PEEK)))
        if not dim:
            raise FolderError(f"{path} is not GloVe text: each line must be a word and its numbers")
        file.seek(0)
        words, vectors = lines.read_rows(file, dim, path, line=1)
    return rows.made(rows.decoded(words, path), vectors, path, "glove")


def first_lines(head: bytes) -> list[bytes]:
    """The first lines of a file whose first PEEK bytes are ``head``, none of them cut."""
    text = head.split(b"\n")
    return (text if len(head) < PEEK else text[:-1])[:SAMPLE]


def dimensions(sample: list[bytes]) -> int:
    """How many numbers most of these lines end in, their first field aside; 0 if there is no line.

    >>> dimensions([b"route 66 0.5 1", b"at 0.1 0.2", b"of 0.3 0.4"])
    2
    """
    found = Counter(lines.numbers_at_end(line) for line in sample if line.strip(lines.SPACE))
    return max(found, key=lambda count: (found[count], count), default=0)


def write(embedding: WordVectors, path: str | Path) -> None:
    """Write GloVe's text; refused where a reader could not tell the words from the numbers.

    Raises
    ------
    InputError
        If a word holds a line break, there is only one dimension (which reads like a list of counts), or half of
        the first words end in a number of their own.
    """
    rows.require_rows(embedding)
    if embedding.dim == 1:
        raise InputError("GloVe text of one dimension looks like a list of counts: write word2vec-text")
    rule = "a line of text cannot hold a line break; write npz, parquet or safetensors"
    words = rows.encoded(embedding.words, lambda word: "\n" in word, rule)
    first = next(lines.row_blocks(words, embedding.vectors))
    if dimensions(first_lines(first[:PEEK])) != embedding.dim:
        raise InputError("half of the first words end in a number after a space: write word2vec-text")
    with rows.writing(Path(path)) as file:
        file.writelines(lines.row_blocks(words, embedding.vectors))
