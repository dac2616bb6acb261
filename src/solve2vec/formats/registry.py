"""The formats: one row each.  Whatever reads, writes, recognises, checks or documents a format reads this table.

To add one: a module with ``read``, ``write`` and ``recognise``, its name in :data:`FormatName`, its row in
:data:`FORMATS`, and, if it cannot hold every word, which in ``tests/test_formats.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..core.choices import require_choice
from ..core.errors import FolderError, InputError, require_positive
from ..core.stage import is_stage, stage_class
from . import csv, fasttext, fasttext_bin, glove, npy, npz, parquet, projector, safetensors, word2vec
from .recognise import seeming
from .rows import WordVectors
from .sample import Sample

FormatName = Literal[
    "solve2vec",
    "word2vec-binary",
    "word2vec-text",
    "csv",
    "glove",
    "fasttext",
    "fasttext-bin",
    "npz",
    "parquet",
    "npy",
    "safetensors",
    "projector",
]


@dataclass(frozen=True, kw_only=True)
class Format:
    """One format.

    Attributes
    ----------
    read, write : functions
        From a path, and of an embedding to a path.
    recognise : function of a :class:`Sample`
        Whether a file or folder is of this format, told from its contents; or, where it is nearly so, what is wrong
        with it.  None where its files are another format's too, which then reads them.
    about : str
        What a file or folder of it is.
    extensions : tuple of str
        The endings of names that choose it for writing; "" for a name without.
    inside : str
        The ending of a file in its folder, if it is one: nobody means to write that alone.
    keeps : str
        What comes back of an embedding.
    has_counts : bool
        Whether counts do.
    refuses : str
        What a word may not have.
    may_be_gzip : bool
        Whether it is read and written through gzip.
    is_folder : bool
    """

    read: Callable[..., WordVectors]
    write: Callable[[WordVectors, str | Path], object]
    recognise: Callable[[Sample], bool | str] | None
    about: str
    extensions: tuple[str, ...] = ()
    inside: str = ""
    keeps: str = "words, vectors"
    has_counts: bool = False
    refuses: str = ""
    may_be_gzip: bool = False
    is_folder: bool = False
    has_limit: bool = False


def _read_own(folder: str | Path) -> WordVectors:
    found: WordVectors = stage_class("Embedding").load(folder)
    return found


FORMATS: dict[FormatName, Format] = {
    "solve2vec": Format(
        read=_read_own, write=lambda embedding, folder: embedding.save(folder),
        recognise=lambda sample: is_stage(sample.path), about="our own folder, see above", extensions=("",),
        keeps="everything", has_counts=True, is_folder=True,
    ),
    "word2vec-binary": Format(
        read=word2vec.read_binary, has_limit=True, write=word2vec.write_binary, recognise=word2vec.recognise_binary,
        about="a line of V and d, then each word and its float32", extensions=(".bin",),
        refuses="a space or a line break", may_be_gzip=True,
    ),
    "word2vec-text": Format(
        read=word2vec.read_text, has_limit=True, write=word2vec.write_text, recognise=word2vec.recognise_text,
        about="a line of V and d, then a line for each word", extensions=(".txt", ".w2v"), refuses="a line break",
        may_be_gzip=True,
    ),
    "csv": Format(
        read=csv.read, write=csv.write, recognise=csv.recognise, about="a line of names, then one for each word",
        extensions=(".csv",), keeps="words, vectors, counts", has_counts=True, refuses="a NUL", may_be_gzip=True,
    ),
    "glove": Format(
        read=glove.read, has_limit=True, write=glove.write, recognise=glove.recognise, about="a line for each word",
        extensions=(".glove",), refuses="a line break", may_be_gzip=True,
    ),
    "fasttext": Format(
        read=fasttext.read, has_limit=True, write=fasttext.write, recognise=None, about="word2vec's text",
        extensions=(".vec",), refuses="white space", may_be_gzip=True,
    ),
    "fasttext-bin": Format(
        read=fasttext_bin.read, write=fasttext_bin.write, recognise=fasttext_bin.recognise,
        about="fastText's model, with rows for n-grams; `.bin` by `--format fasttext-bin`", extensions=(".fasttext",),
        keeps="words, vectors, counts, subwords", has_counts=True, refuses="a NUL",
    ),
    "npz": Format(
        read=npz.read, write=npz.write, recognise=npz.recognise, about="NumPy arrays, no pickle", extensions=(".npz",),
        keeps="words, vectors, counts", has_counts=True,
    ),
    "parquet": Format(
        read=parquet.read, write=parquet.write, recognise=parquet.recognise, about="a table of token, count, vector",
        extensions=(".parquet", ".pq"), keeps="words, vectors, counts", has_counts=True,
    ),
    "npy": Format(
        read=npy.read, write=npy.write, recognise=npy.recognise, extensions=(".npy",),
        about="one NumPy array; its words in `v.words.txt` beside it, one a line",
    ),
    "safetensors": Format(
        read=safetensors.read, write=safetensors.write, recognise=safetensors.recognise,
        about="a folder, as model2vec reads it: `--format safetensors`", inside=".safetensors",
        keeps="words, vectors, counts", has_counts=True, is_folder=True,
    ),
    "projector": Format(
        read=projector.read, write=projector.write, recognise=projector.recognise,
        about="a folder for TensorBoard's projector: `--format projector`", inside=".tsv",
        keeps="words, vectors, counts", has_counts=True, is_folder=True,
    ),
}  # fmt: skip


def recognise(path: str | Path) -> FormatName:
    """The name of the format that ``path`` holds, whatever its own name says.

    Returns
    -------
    str
        A key of :data:`FORMATS`.

    Raises
    ------
    FolderError
        If it is none of them; the message says what it seems to be, and what to do.
    """
    path = Path(path)
    if not path.exists():
        raise FolderError(f"{path} does not exist")
    if not (path.is_dir() or path.is_file()):
        raise FolderError(f"{path} is neither a file nor a folder: save the data to a file first")
    sample, nearly = Sample.of(path), ""
    for name, format in FORMATS.items():
        answer = False if format.recognise is None else format.recognise(sample)
        if answer is True:
            return name
        nearly = nearly or answer or ""
    raise FolderError(f"{path} is {nearly or seeming(sample)}")


def load(path: str | Path, *, format: FormatName | None = None, limit: int | None = None) -> WordVectors:
    """An embedding from any file or folder that :data:`FORMATS` names.

    Parameters
    ----------
    path : path
        The format is told from the contents, never from the name; text and word2vec's binary may be gzip.
    format : str, optional
        Skip the recognition.
    limit : int, optional
        Only so many words, from the first on; a file of text or word2vec's binary is not read further.

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
    if limit is not None:
        require_positive(limit=limit)
    chosen = _named(format or recognise(path))
    found = chosen.read(path, limit=limit) if limit is not None and chosen.has_limit else chosen.read(path)
    return found if limit is None or len(found) <= limit else found.head(limit)


def save(embedding: WordVectors, path: str | Path, format: FormatName | None = None) -> Path:
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
    if path.suffix == ".gz" and not chosen.may_be_gzip:
        raise InputError(f"{name} is not written through gzip: choose a name without .gz")
    chosen.write(embedding, path)
    return path


def convert(source: str | Path, destination: str | Path, format: FormatName | None = None) -> Path:
    """Read ``source``, whatever it is, and write it to ``destination``; see :func:`load` and :func:`save`."""
    name = format or _by_extension(Path(destination))  # a wrong name is said before a long read
    _named(name)
    return save(load(source), destination, name)


def _named(name: FormatName) -> Format:
    require_choice("format", name, FORMATS)
    return FORMATS[name]


def ending_of(path: Path) -> str:
    """The ending that a name has, what compresses the file aside."""
    return (path.with_suffix("") if path.suffix == ".gz" else path).suffix.lower()


def has_ending(path: str | Path) -> bool:
    """Whether a name ends as files of a format do."""
    ending = ending_of(Path(path))
    return any(ending in format.extensions for format in FORMATS.values() if ending)


def _by_extension(path: Path) -> FormatName:
    ending = ending_of(path)
    for name, format in FORMATS.items():
        if ending in format.extensions:
            return name
        if ending and ending == format.inside:
            raise InputError(f"{name} is a folder of files: give the folder's name and {name} as the format")
    endings = ", ".join(ending for format in FORMATS.values() for ending in format.extensions if ending)
    raise InputError(f"no format ends in {ending!r}: use one of {endings}, or name the format")
