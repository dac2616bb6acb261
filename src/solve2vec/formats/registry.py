"""One door for all formats: recognise on reading, choose on writing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import InputError
from ..core.stage import stage_class
from . import fasttext, glove, npz, parquet, projector, safetensors, word2vec
from .recognise import recognise
from .rows import WordVectors


@dataclass(frozen=True)
class Format:
    """How one format is read and written, and the names its files usually have."""

    read: Callable[[str | Path], WordVectors]
    write: Callable[[WordVectors, str | Path], object]
    extensions: tuple[str, ...]
    about: str


def _read_own(folder: str | Path) -> WordVectors:
    found: WordVectors = stage_class("Embedding").load(folder)
    return found


def _write_own(embedding: WordVectors, folder: str | Path) -> None:
    embedding.save(folder)


FORMATS = {
    "solve2vec": Format(
        _read_own, lambda embedding, folder: embedding.save(folder), ("",), "our own folder; keeps everything"
    ),
    "word2vec-binary": Format(word2vec.read_binary, word2vec.write_binary, (".bin",), "words and vectors"),
    "word2vec-text": Format(word2vec.read_text, word2vec.write_text, (".txt", ".w2v"), "words and vectors"),
    "glove": Format(glove.read, glove.write, (".glove",), "words and vectors; no header"),
    "fasttext": Format(fasttext.read, fasttext.write, (".vec",), "words and vectors"),
    "npz": Format(npz.read, npz.write, (".npz",), "words, vectors, counts"),
    "parquet": Format(parquet.read, parquet.write, (".parquet", ".pq"), "words, vectors, counts"),
    "safetensors": Format(safetensors.read, safetensors.write, (), "a model2vec folder; words, vectors, counts"),
    "projector": Format(projector.read, projector.write, (), "TensorBoard's folder; words, vectors, counts"),
}
PACKED = ("word2vec-binary", "word2vec-text", "glove", "fasttext")  # may end in .gz
FOLDERS = {".safetensors": "safetensors", ".tsv": "projector"}


def load(path: str | Path, *, format: str | None = None) -> WordVectors:
    """An embedding from any file or folder that :data:`FORMATS` names.

    Parameters
    ----------
    path : path
        The format is told from the contents, never from the name; text and word2vec's binary may be gzip.
    format : str, optional
        Skip the recognition.

    Raises
    ------
    FolderError
        If the file is none of them (the message says what it seems to be), damaged, or cut off.

    Examples
    --------
    >>> import tempfile
    >>> from solve2vec import Embedding
    >>> E = Embedding.from_vectors(["a", "b"], [[1.0, 0.5], [0.0, 2.0]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save(E, folder + "/vectors.bin")
    ...     print(recognise(path), load(path)["b"])
    word2vec-binary [0. 2.]
    """
    return _named(format or recognise(path)).read(path)


def save(embedding: WordVectors, path: str | Path, format: str | None = None) -> Path:
    """Write ``embedding`` to ``path``, whole or not at all.

    Parameters
    ----------
    format : str, optional
        A key of :data:`FORMATS`; by default what the name's ending says (``.bin``, ``.txt``, ``.vec``, ``.npz``,
        ``.parquet``, ``.glove``; each of the text and binary ones also with ``.gz``; none for our own folder).

    Raises
    ------
    InputError
        If no format has such an ending, or the format cannot hold one of the words.
    """
    path = Path(path)
    name = format or _by_extension(path)
    chosen = _named(name)
    if path.suffix == ".gz" and name not in PACKED:
        raise InputError(f"{name} is not written through gzip: choose a name without .gz")
    chosen.write(embedding, path)
    return path


def convert(source: str | Path, destination: str | Path, format: str | None = None) -> Path:
    """Read ``source``, whatever it is, and write it to ``destination``; see :func:`load` and :func:`save`."""
    name = format or _by_extension(Path(destination))  # a wrong name is said before a long read
    _named(name)
    return save(load(source), destination, name)


def _named(name: str) -> Format:
    found = FORMATS.get(name)
    if found is None:
        raise InputError(f"no format is called {name!r}; there are {', '.join(FORMATS)}")
    return found


def _by_extension(path: Path) -> str:
    ending = (path.with_suffix("") if path.suffix == ".gz" else path).suffix.lower()
    if folder := FOLDERS.get(ending):
        raise InputError(f"{folder} is a folder of files: give the folder's name and {folder} as the format")
    found = next((name for name, format in FORMATS.items() if ending in format.extensions), None)
    if found is None:
        endings = ", ".join(ending for format in FORMATS.values() for ending in format.extensions if ending)
        raise InputError(f"no format ends in {ending!r}: use one of {endings}, or name the format")
    return found
