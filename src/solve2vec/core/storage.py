"""Files and folders: written whole or not at all, with the sums of what was to be written; text for any token."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from .arrays import parts_of, write_all
from .drafts import drafting, publish
from .errors import FolderError

LITTER = frozenset({".DS_Store", "Thumbs.db", "ehthumbs.db", "desktop.ini", "Icon\r", "__MACOSX", "_SUCCESS"})
# what file managers, archives and Spark leave in folders
_LINE_ENDS = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_ESCAPES = str.maketrans(
    {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"} | {end: f"\\u{ord(end):04x}" for end in _LINE_ENDS}
)
_SPECIAL = re.compile(rf"[\\\t\n\r{_LINE_ENDS}]")


@contextmanager
def draft_folder(folder: str | Path, *, marker: str = "stage.json") -> Iterator[Path]:
    """A new folder to fill, which takes the name ``folder`` only when the block ends without an error.

    A folder already there is replaced as a whole if it holds ``marker``, and refused otherwise.

    Raises
    ------
    FolderError
        If ``folder`` is a file, or a folder with other people's files in it.
    """
    folder = real(folder)  # a link stays a link to the new folder
    refuse_foreign(folder, marker)
    with drafting(folder) as new:
        (new / folder.name).mkdir()
        yield new / folder.name
        publish(new)


@contextmanager
def draft_file(path: str | Path) -> Iterator[Path]:
    """A path to write to, which takes the name ``path`` only when the block ends without an error.

    What is no regular file is never replaced: a terminal, ``/dev/null`` and a pipe are written to, in the end.

    Raises
    ------
    FolderError
        If ``path`` is a folder, a socket or a disk.
    """
    kind = _kind_of(real(path))
    if kind in ("pipe", "device"):
        with tempfile.TemporaryDirectory() as made:
            yield Path(made) / (Path(path).name or "file")
            with open(Path(made) / Path(path).name, "rb") as file, open(path, "wb") as pipe:
                shutil.copyfileobj(file, pipe)
        return
    if kind != "file":
        raise FolderError(f"{path} is a {kind}, not a file: choose another name")
    path = real(path)  # a link stays a link to the new file
    with drafting(path) as new:
        yield new / path.name
        publish(new)


def real(path: str | Path) -> Path:
    """Where a path leads, through all links.

    Raises
    ------
    FolderError
        If it leads round in a circle.
    """
    try:
        return Path(path).resolve()
    except (RuntimeError, OSError) as error:
        if isinstance(error, RuntimeError) or error.errno == errno.ELOOP:
            raise FolderError(f"{path} is a link to itself: remove it, or choose another name") from error
        raise


def _kind_of(path: Path) -> str:
    """What is at a path; a file, if nothing is."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "file"
    kinds = {"folder": stat.S_ISDIR, "pipe": stat.S_ISFIFO, "device": stat.S_ISCHR, "socket": stat.S_ISSOCK}
    return next((kind for kind, is_one in kinds.items() if is_one(mode)), "file" if stat.S_ISREG(mode) else "disk")


def refuse_foreign(folder: Path, marker: str) -> None:
    """Stop before overwriting anything that this package did not write."""
    if folder.is_dir():
        if not (folder / marker).is_file() and any(path.name not in LITTER for path in folder.iterdir()):
            raise FolderError(f"{folder} holds other files and no {marker}: choose another folder")
    elif folder.exists():
        raise FolderError(f"{folder} is a file, not a folder: choose another name")


class Writer:
    """Writes the files of a folder side by side, and keeps the sum of what was to be written in each.

    Attributes
    ----------
    folder : Path
    """

    def __init__(self, folder: Path, pool: ThreadPoolExecutor) -> None:
        self.folder, self._pool = folder, pool
        self._begun: dict[str, tuple[Future[int], Future[str]]] = {}
        self._inner: dict[str, Writer] = {}

    def write(self, name: str, *parts: bytes | np.ndarray) -> None:
        """Begin to write a file of these parts: bytes or (n,) uint8, which stay as they are until all is done."""
        self._begun[name] = self._pool.submit(_write, self.folder / name, parts), self._pool.submit(_sum, parts)

    def write_array(self, name: str, array: np.ndarray) -> None:
        """Begin to write the file of an array."""
        self.write(name, *parts_of(array))

    def inner(self, name: str) -> Writer:
        """A writer of a new folder inside."""
        (self.folder / name).mkdir()
        self._inner[name] = Writer(self.folder / name, self._pool)
        return self._inner[name]

    def done(self) -> dict[str, dict[str, Any]]:
        """The bytes and the SHA-256 of each file, when all are written.

        Raises
        ------
        OSError
            If one could not be written, as on a full disk.
        """
        found = {
            name: {"bytes": size.result(), "sha256": digest.result()} for name, (size, digest) in self._begun.items()
        }
        for folder, writer in self._inner.items():
            found |= {f"{folder}/{name}": entry for name, entry in writer.done().items()}
        return dict(sorted(found.items(), key=lambda entry: Path(entry[0])))


@contextmanager
def writing(folder: Path) -> Iterator[Writer]:
    """A writer of the files of ``folder``, which is there and empty."""
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        yield Writer(folder, pool)


def _write(path: Path, parts: Sequence[bytes | np.ndarray]) -> int:
    with open(path, "xb", buffering=0) as file:
        return sum(write_all(file, part) for part in parts)


def _sum(parts: Iterable[bytes | np.ndarray]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(cast("bytes", part))
    return digest.hexdigest()


def scratch_file(folder: str | Path | None = None) -> IO[bytes]:
    """An open file without a name, gone when closed, in ``folder`` or the system's place for such files."""
    try:
        return tempfile.TemporaryFile(dir=folder)
    except OSError as error:
        raise FolderError(f"{folder or tempfile.gettempdir()} cannot hold scratch files: {error.strerror}") from error


def sums(files: Iterable[IO[bytes]]) -> list[str]:
    """The SHA-256 of each open file, side by side: hashing releases the interpreter's lock."""
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return list(pool.map(lambda file: hashlib.file_digest(file, "sha256").hexdigest(), files))


def escape(word: str) -> str:
    r"""One line, no tab: ``\\``, ``\t``, ``\n``, ``\r`` and other line ends are spelled out.

    >>> escape("two\nlines")
    'two\\nlines'
    """
    return word.translate(_ESCAPES) if _SPECIAL.search(word) else word


def unescape(text: str) -> str:
    r"""The word that :func:`escape` made into ``text``."""
    if "\\" not in text:
        return text
    parts: list[str] = []
    place = 0
    while (at := text.find("\\", place)) >= 0:
        parts.append(text[place:at])
        code = text[at + 1 : at + 2]
        if code == "u":
            parts.append(chr(int(text[at + 2 : at + 6].rjust(4, "x"), 16)))  # all four digits
            place = at + 6
        elif code in ("\\", "t", "n", "r"):
            parts.append({"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}[code])
            place = at + 2
        else:
            raise ValueError(f"unknown escape in {text!r}")
    return "".join(parts) + text[place:]
