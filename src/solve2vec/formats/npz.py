"""NumPy's npz: ``vectors``, ``counts`` and the words in UTF-8, no pickle."""

from __future__ import annotations

import math
import zipfile
import zlib
from pathlib import Path

import numpy as np

from ..core import storage
from ..core.errors import FolderError
from ..core.signatures import ZIP
from . import rows
from .rows import WordVectors
from .sample import Sample


def recognise(sample: Sample) -> bool | str:
    """Whether it is a zip archive with vectors."""
    if not sample.head.startswith(ZIP):
        return False
    try:
        with zipfile.ZipFile(sample.path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        return f"a zip archive, and damaged ({error}): download it again"
    if "vectors.npy" in names:
        return True
    what = "an npz without 'vectors' and 'words'" if names and names[0].endswith(".npy") else "a zip archive"
    return f"{what}; it holds {', '.join(names[:5])}: unpack it and give the file inside"


def write(embedding: WordVectors, path: str | Path) -> None:
    r"""Write ``vectors`` (V, d) float32, ``counts`` (V,) int64, ``total`` and ``words``.

    ``words`` is the UTF-8 of one word a line, in which a backslash, tab or line break of a word is spelled ``\\``,
    ``\t``, ``\n``: a NumPy array of strings would cut words at NUL and give every word the space of the longest.

    Examples
    --------
    >>> import tempfile
    >>> from solve2vec import Embedding
    >>> E = Embedding.from_vectors(["a b", "c"], [[1.0, 2.0], [3.0, 4.0]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(E, folder + "/vectors.npz")
    ...     with np.load(folder + "/vectors.npz") as arrays:
    ...         print(arrays["vectors"].shape, bytes(arrays["words"]).decode().split("\n"))
    (2, 2) ['a b', 'c']
    """
    rows.require_rows(embedding)
    words = b"\n".join(rows.encoded([storage.escape(word) for word in embedding.words]))
    with storage.draft_file(path) as draft, open(draft, "wb") as file:
        np.savez(
            file,
            allow_pickle=False,
            vectors=np.asarray(embedding.vectors, dtype="<f4"),
            words=np.frombuffer(words, dtype=np.uint8),
            counts=np.asarray(embedding.vocabulary.counts, dtype="<i8"),
            total=np.asarray(embedding.vocabulary.total, dtype="<i8"),
        )


def read(path: str | Path) -> WordVectors:
    """Vectors from an npz with ``vectors`` and ``words``; ``words`` may also be an array of strings.

    Raises
    ------
    FolderError
        If an array is missing, damaged, or would need pickle.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            held = set(archive.namelist())
            if missing := {"vectors.npy", "words.npy"} - held:
                raise FolderError(f"{path} has no array {sorted(missing)[0][:-4]!r}: it is not an embedding's npz")
            vectors, words = _array(archive, "vectors", path), _array(archive, "words", path)
            counts = _array(archive, "counts", path).ravel() if "counts.npy" in held else None
            total = int(_array(archive, "total", path).ravel()[0]) if "total.npy" in held else None
        if vectors.dtype.kind != "f" or (counts is not None and counts.dtype.kind not in "iu"):
            raise FolderError(f"{path}: vectors must be real numbers and counts whole ones, got {vectors.dtype}")
        if counts is not None and len(counts) != len(vectors):
            raise FolderError(f"{path} is damaged: {len(counts)} counts for {len(vectors)} vectors")
        return rows.made(_words(words), vectors, path, "npz", counts=counts, total=total)
    except FolderError:
        raise
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, IndexError, RuntimeError) as error:
        raise FolderError(f"{path} is damaged ({error}): fetch or write it again") from error


def _array(archive: zipfile.ZipFile, name: str, path: Path) -> np.ndarray:
    """One array, if its header promises as many bytes as the archive holds for it."""
    with archive.open(f"{name}.npy") as member:
        version = np.lib.format.read_magic(member)
        if version == (1, 0):
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(member)
        else:
            shape, fortran, dtype = np.lib.format.read_array_header_2_0(member)
        held = archive.getinfo(f"{name}.npy").file_size - member.tell()
        if dtype.hasobject or math.prod(shape) * dtype.itemsize != held:
            raise FolderError(f"{path}: the array {name!r} is damaged, or holds Python objects, which are not read")
        return np.frombuffer(member.read(), dtype).reshape(shape, order="F" if fortran else "C")


def _words(words: np.ndarray) -> list[str]:
    if words.dtype == np.uint8:
        return [storage.unescape(word) for word in words.tobytes().decode().split("\n")]
    return [word.decode() if isinstance(word, bytes) else str(word) for word in words.ravel().tolist()]
