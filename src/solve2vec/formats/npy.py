"""One NumPy array of vectors, and beside ``v.npy`` its words in ``v.words.txt``, one a line."""

from __future__ import annotations

import warnings
from pathlib import Path
from tokenize import TokenError

import numpy as np

from ..core import storage
from ..core.errors import FolderError
from . import rows
from .rows import WordVectors
from .sample import Sample

MAGIC = b"\x93NUMPY"


def words_of(path: Path) -> Path:
    """Where the words are."""
    return path.with_name(f"{path.stem}.words.txt")


def recognise(sample: Sample) -> bool:
    """Whether it is an array that has words beside it."""
    return sample.head.startswith(MAGIC) and words_of(sample.path).is_file()


def write(embedding: WordVectors, path: str | Path) -> None:
    r"""Write (V, d) float32, and the words in UTF-8; ``\\``, ``\t``, ``\n`` and ``\r`` of a word are spelled out.

    Examples
    --------
    >>> import tempfile
    >>> from solve2vec import Embedding
    >>> E = Embedding.from_vectors(["a b", "c"], [[1.0, 2.0], [3.0, 4.0]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(E, folder + "/vectors.npy")
    ...     print(np.load(folder + "/vectors.npy").shape, Path(folder, "vectors.words.txt").read_text().splitlines())
    (2, 2) ['a b', 'c']
    """
    rows.require_rows(embedding)
    path = Path(path)
    words = b"".join(word + b"\n" for word in rows.encoded([storage.escape(word) for word in embedding.words]))
    with storage.draft_file(words_of(path)) as beside, storage.draft_file(path) as draft:
        with open(draft, "wb") as file:
            np.save(file, np.asarray(embedding.vectors, "<f4"), allow_pickle=False)
        beside.write_bytes(words)


def read(path: str | Path) -> WordVectors:
    """Vectors from an array with a line of text for each row beside it.

    Raises
    ------
    FolderError
        If the array is damaged, not of real numbers or not two-dimensional, or has not as many rows as there are words.
    """
    path = Path(path)
    try:
        text = words_of(path).read_bytes().decode()
        with warnings.catch_warnings():  # NumPy tries a header that it cannot parse as one of Python 2
            warnings.simplefilter("ignore", UserWarning)
            vectors = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OSError, SyntaxError, TokenError) as error:
        raise FolderError(f"{path} or the words beside it cannot be read ({error}): write both again") from error
    words = [storage.unescape(word) for word in text.removesuffix("\n").split("\n")]
    if vectors.dtype.kind != "f" or vectors.ndim != 2 or len(vectors) != len(words):
        raise FolderError(
            f"{path} has {vectors.dtype} of shape {vectors.shape}, and {words_of(path)} {len(words)} words"
        )
    return rows.made(words, np.array(vectors, np.float32), path, "npy")
