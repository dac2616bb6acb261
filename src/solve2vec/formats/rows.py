"""What every reader ends with and every writer begins with: words in UTF-8, one finite vector each."""

from __future__ import annotations

import gzip
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Protocol, Self, cast

import numpy as np

from ..core import storage
from ..core.errors import FolderError, InputError
from ..core.signatures import GZIP
from ..core.stage import Lineage, stage_class
from ..corpus.vocabulary import Vocabulary

GZIP_RATIO = 1032  # no deflate stream inflates further than this
BLOCK = 4096  # rows written at a time


class WordVectors(Protocol):
    """What is read and written: an Embedding, which stands above, as it writes word2vec's files."""

    def __len__(self) -> int: ...

    @property
    def words(self) -> tuple[str, ...]:
        """V words."""

    @property
    def dim(self) -> int:
        """d."""

    @property
    def vectors(self) -> np.ndarray:
        """(V, d) float32."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The words with their counts."""

    @property
    def lineage(self) -> Lineage:
        """How they were made."""

    def save(self, folder: str | Path) -> Path:
        """Write our own folder."""

    def head(self, size: int) -> Self:
        """The first words."""


@contextmanager
def reading(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of ``path``, inflated if they are gzip; a damaged file becomes a :class:`FolderError`."""
    with open(path, "rb") as plain:
        packed = plain.read(2) == GZIP
        plain.seek(0)
        try:
            yield cast("IO[bytes]", gzip.GzipFile(fileobj=plain)) if packed else plain
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise FolderError(f"{path} is damaged or cut off ({error}): fetch or write it again") from error


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """A draft of ``path`` to fill, through gzip if the name ends in .gz; it takes the name when all is written."""
    with storage.draft_file(path) as draft, open(draft, "wb") as plain:
        if path.suffix == ".gz":
            with gzip.GzipFile(
                filename="", fileobj=plain, mode="wb", compresslevel=6, mtime=0
            ) as packed:  # same bytes every time
                yield cast("IO[bytes]", packed)
        else:
            yield plain


def most_bytes(path: Path) -> int:
    """An upper bound on how many bytes :func:`reading` can give."""
    with open(path, "rb") as file:
        packed = file.read(2) == GZIP
    return path.stat().st_size * (GZIP_RATIO if packed else 1)


def require_rows(embedding: WordVectors) -> None:
    """An :class:`InputError` unless there is at least one word and one dimension to write."""
    if not len(embedding) or not embedding.dim:
        raise InputError(f"an embedding of {len(embedding)} words and {embedding.dim} dimensions has nothing to write")


def require_own_folder(folder: Path, names: Sequence[str]) -> None:
    """A :class:`FolderError` if ``folder`` holds anything but ``names``, which are about to be replaced."""
    held = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    others = sorted(held - set(names) - storage.LITTER)
    if others:
        raise FolderError(f"{folder} holds other files ({others[0]!r}): choose another folder")


def encoded(words: Sequence[str], unfit: Callable[[str], bool] | None = None, rule: str = "") -> list[bytes]:
    """The words in UTF-8, or an :class:`InputError` with ``rule`` for the first that is ``unfit`` to be written."""
    if unfit is not None and (word := next(filter(unfit, words), None)) is not None:
        raise InputError(f"the word {brief(word)} cannot be written: {rule}")
    try:
        return [word.encode() for word in words]
    except UnicodeEncodeError as error:
        raise InputError(f"the word {brief(error.object)} is not valid Unicode: clean it first") from error


def has_line_break(word: str) -> bool:
    """Whether LF or CR is in the word, either of which ends a line somewhere."""
    return "\n" in word or "\r" in word


def brief(word: str) -> str:
    """A word for a message: quoted, escaped, at most 60 characters."""
    return repr(word) if len(word) <= 60 else f"{word[:60]!r}…"


def blocks(vectors: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """(first row, (≤ BLOCK, d) float32) pieces of (V, d) ``vectors``."""
    for at in range(0, len(vectors), BLOCK):
        yield at, np.ascontiguousarray(vectors[at : at + BLOCK], dtype="<f4")


def decoded(words: list[bytes], path: Path, encoding: str = "utf-8", errors: str | None = None) -> list[str]:
    """The words as text.

    Parameters
    ----------
    errors : {"strict", "replace", "ignore"}, optional
        As of ``bytes.decode``.  By default what cannot be decoded becomes U+FFFD, with a warning that counts it.
    """
    try:
        return [word.decode(encoding, errors or "strict") for word in words]
    except LookupError as error:
        raise InputError(f"{error}: name an encoding that Python has, such as utf-8 or latin-1") from error
    except UnicodeDecodeError as error:
        text = [word.decode(encoding, "replace") for word in words]
        bad = [(place, seen) for place, seen in enumerate(text) if "\ufffd" in seen]
        what = (
            f"{path}: {len(bad)} of {len(words)} words are not {encoding.upper()}, the first reads {brief(bad[0][1])}"
        )
        if errors is not None:
            raise UndecodableError(f"{what}: name its encoding, or say how with replace or ignore", error) from error
    warnings.warn(f"{what}; if the file has another encoding, convert it to UTF-8 first", stacklevel=2)
    return text


class UndecodableError(FolderError, UnicodeDecodeError):
    """Words of a file are not text in the encoding that was named."""

    def __init__(self, message: str, error: UnicodeDecodeError) -> None:
        UnicodeDecodeError.__init__(self, *error.args)
        self.message = message

    def __str__(self) -> str:
        return self.message


def made(
    words: Sequence[str],
    vectors: np.ndarray,
    path: Path,
    format: str,
    *,
    counts: np.ndarray | None = None,
    total: int | None = None,
) -> WordVectors:
    """The embedding that a reader found in ``path``.

    A word that stands twice keeps its first vector, as in gensim, with a warning.  ``total`` is N, the sum of the
    counts by default.

    Raises
    ------
    FolderError
        If there is no word or no dimension, the sizes disagree, or a vector is not finite.
    """
    if vectors.ndim != 2 or len(words) != len(vectors):
        raise FolderError(f"{path} is damaged: {len(words)} words but vectors of shape {vectors.shape}")
    if not vectors.size:
        raise FolderError(f"{path} holds no vectors: {len(words)} words of {vectors.shape[1]} dimensions")
    starts = range(0, len(vectors), BLOCK)  # in blocks: the answers of isfinite are a quarter as large as the vectors
    finite = np.concatenate([np.isfinite(vectors[at : at + BLOCK]).all(axis=1) for at in starts])
    if not finite.all():
        raise FolderError(
            f"{path}: the vector of {brief(words[int(np.argmin(finite))])} is not finite: remove the word"
        )
    first: dict[str, int] = {}
    for row, word in enumerate(words):
        first.setdefault(word, row)
    if len(first) < len(words):
        twice = next(word for row, word in enumerate(words) if first[word] != row)
        dropped = len(words) - len(first)
        warnings.warn(f"{path}: {dropped} rows repeat a word ({brief(twice)}); the first of each stays", stacklevel=2)
        rows = np.fromiter(first.values(), np.int64)
        vectors, counts = vectors[rows], None if counts is None else counts[rows]
    vocabulary = _vocabulary(list(first), counts, total, path)
    lineage = Lineage().then("load", path=str(path), format=format)
    found: WordVectors = stage_class("Embedding")(
        vectors=np.asarray(vectors, np.float32), vocabulary=vocabulary, lineage=lineage
    )
    return found


def _vocabulary(words: list[str], counts: np.ndarray | None, total: int | None, path: Path) -> Vocabulary:
    vocabulary = Vocabulary.of_words(words)
    if counts is None:
        return vocabulary
    if len(counts) and counts.min() < 0:
        raise FolderError(f"{path} is damaged: the count of {brief(words[int(counts.argmin())])} is {counts.min()}")
    seen = sum(counts.tolist())
    return replace(vocabulary, counts=counts.astype(np.int64), total=seen if total is None else max(seen, total))
