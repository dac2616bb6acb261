"""GloVe's text: lines of a word and its numbers, without a header."""

from __future__ import annotations

from pathlib import Path

from ..core.errors import FolderError, InputError
from . import lines, rows
from .layout import SAMPLE, is_number, layout_of, without_marks
from .parquet import NAMES
from .rows import WordVectors
from .sample import Sample


def read(
    path: str | Path, *, limit: int | None = None, encoding: str = "utf-8", errors: str | None = None
) -> WordVectors:
    """Vectors from GloVe's text.

    d is how many numbers most of the first lines end in, so that words with spaces (``. . .``, ``route 66``) stay
    whole.

    Parameters
    ----------
    limit, encoding, errors
        As for :func:`~solve2vec.formats.word2vec.read_text`.

    Raises
    ------
    FolderError
        If there is no line with numbers, or a later line has fewer.
    """
    path = Path(path)
    with lines.reading_lines(path) as (file, head):
        layout = layout_of(lines.first_lines(head))
        if layout.fault or not layout.dim:
            raise FolderError(f"{path} is {layout.fault or 'not GloVe text: each line must be a word and its numbers'}")
        if layout.has_names:
            file.readline()
        words, vectors = lines.read_rows(file, layout.dim, path, 1 + layout.has_names, limit, layout=layout)
    if words:
        words[0] = without_marks(words[0])
    decoded = rows.decoded(words[:limit], path, encoding, errors)
    return rows.made(decoded, vectors[: len(decoded)], path, "glove")


def recognise(sample: Sample) -> bool | str:
    """Whether most of the first lines end in as many numbers, two at least."""
    # where it is text, a first word may look like the first bytes of another kind of file
    layout = sample.layout
    if sample.header or (sample.magic and not sample.is_text):
        return False
    if layout.fault and sample.is_text:
        return layout.fault
    if layout.dim < 2:
        return False
    if layout.separator == "commas" and layout.fields(sample.lines[0])[0].decode(errors="replace") in NAMES["token"]:
        return "CSV whose rows have other fields than its header: it is cut off or edited"
    words = [layout.fields(line)[0] for line in sample.lines if line.strip(lines.SPACE)]
    if _are_decimals(words):
        return "a table of numbers without words; for the projector's vectors.tsv give its folder"
    return True


def _are_decimals(words: list[bytes]) -> bool:
    return all(b"." in word and is_number(word) for word in words)


def write(embedding: WordVectors, path: str | Path) -> None:
    """Write GloVe's text; refused where a reader could not tell the words from the numbers.

    Raises
    ------
    InputError
        If a word holds a line break, there is only one dimension (which reads like a list of counts), or the first
        lines would be read as other words: numbers, or words that end in one.
    """
    rows.require_rows(embedding)
    if embedding.dim == 1:
        raise InputError("GloVe text of one dimension looks like a list of counts: write word2vec-text")
    rule = "a line of text cannot hold a line break; write npz, parquet or safetensors"
    words = rows.encoded(embedding.words, rows.has_line_break, rule)
    if _are_decimals(words[:SAMPLE]):
        raise InputError("words that are all decimal numbers read like a table without words: write word2vec-text")
    lines.require_readable(words, embedding.vectors, header=False)
    with rows.writing(Path(path)) as file:
        file.writelines(lines.row_blocks(words, embedding.vectors))
