"""The TensorBoard projector's two tables: vectors.tsv, and metadata.tsv with the words and their counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..core import storage
from ..core.errors import FolderError
from . import lines, rows
from .rows import WordVectors
from .sample import Sample

VECTORS, METADATA = "vectors.tsv", "metadata.tsv"
HEADER = "token\tcount"


def recognise(sample: Sample) -> bool:
    """Whether it is a folder with a table of vectors."""
    return (sample.path / VECTORS).is_file()


def write(embedding: WordVectors, folder: str | Path) -> None:
    r"""Write a folder to load at projector.tensorflow.org or in TensorBoard.

    A backslash, tab or line break in a word is spelled ``\\``, ``\t``, ``\n``.

    Raises
    ------
    FolderError
        If ``folder`` holds files other than these two.
    """
    rows.require_rows(embedding)
    folder = Path(folder)
    rows.require_own_folder(folder, (VECTORS, METADATA))
    words = rows.encoded([storage.escape(word) for word in embedding.words])
    with storage.draft_folder(folder, marker=VECTORS) as draft:
        with open(draft / VECTORS, "wb") as file:
            for _, block in rows.blocks(embedding.vectors):
                file.write(b"".join(line + b"\n" for line in lines.written(block, "\t")))
        with open(draft / METADATA, "wb") as file:
            file.write(HEADER.encode() + b"\n")
            pairs = zip(words, embedding.vocabulary.counts.tolist(), strict=True)
            file.write(b"".join(b"%b\t%d\n" % pair for pair in pairs))


def read(folder: str | Path) -> WordVectors:
    """Vectors from a folder with ``vectors.tsv`` and ``metadata.tsv``, with or without a header line.

    Raises
    ------
    FolderError
        If a file is missing, or the two differ in length.
    """
    folder = Path(folder)
    for name in (VECTORS, METADATA):
        if not (folder / name).is_file():
            raise FolderError(f"{folder} has no {name}")
    vectors = _vectors(folder / VECTORS)
    words, counts = _metadata(folder / METADATA, len(vectors))
    return rows.made(words, vectors, folder, "projector", counts=counts)


def _vectors(path: Path) -> np.ndarray:
    parts: list[np.ndarray] = []
    dim = 0
    with rows.reading(path) as file:
        for text in lines.whole_lines(file, path):
            dim = dim or text[0].count(b"\t") + 1
            part = lines.parse(b"\n".join(text), dim, b"\t")
            if part is None:
                raise FolderError(f"{path}: each line must hold {dim} numbers, as the first does, between tabs")
            parts.append(part)
    if not parts:
        raise FolderError(f"{path} is empty")
    return np.concatenate(parts)


def _metadata(path: Path, size: int) -> tuple[list[str], np.ndarray | None]:
    """The words, and the counts where the file is one of ours."""
    try:
        text = path.read_bytes().decode().removesuffix("\n").split("\n")
    except UnicodeDecodeError as error:
        raise FolderError(f"{path} is not UTF-8: convert it first") from error
    if len(text) not in (size, size + 1):
        raise FolderError(f"{path} has {len(text)} lines for {size} vectors")
    if len(text) == size + 1 and text[0] == HEADER:
        try:
            pairs = [line.rsplit("\t", 1) for line in text[1:]]
            words = [storage.unescape(word) for word, _ in pairs]
            return words, np.array([int(count) for _, count in pairs], dtype=np.int64)
        except (ValueError, OverflowError) as error:
            raise FolderError(f"{path} is damaged: every line is a word, a tab and a count") from error
    names = text[0].rstrip("\r").split("\t") if len(text) == size + 1 else []
    column = next((names.index(name) for name in ("token", "word", "label") if name in names), 0)
    return [(line.rstrip("\r").split("\t") + [""] * column)[column] for line in text[len(text) - size :]], None
