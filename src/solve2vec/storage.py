"""Files and folders: written whole or not at all, checked by their sums, text that survives any token."""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from .errors import FolderError

DRAFT = ".draft-"  # part of every unfinished file's or folder's name
_HOST = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]  # process numbers mean nothing elsewhere
_LINE_ENDS = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_ESCAPES = str.maketrans(
    {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"} | {end: f"\\u{ord(end):04x}" for end in _LINE_ENDS}
)
_SPECIAL = re.compile(rf"[\\\t\n\r{_LINE_ENDS}]")
_RENAME_EXCHANGE = 2  # linux/fs.h


@contextmanager
def draft_folder(folder: str | Path, *, marker: str = "stage.json") -> Iterator[Path]:
    """A new folder to fill, which takes the name ``folder`` only when the block ends without an error.

    A folder already there is replaced in one step if it holds ``marker``, and refused otherwise.

    Raises
    ------
    FolderError
        If ``folder`` is a file, or a folder with other people's files in it.
    """
    folder = Path(folder).resolve()  # a link stays a link to the new folder
    refuse_foreign(folder, marker)
    with draft(folder, is_folder=True) as made:
        yield made
        replace_folder(made, folder)


@contextmanager
def draft_file(path: str | Path) -> Iterator[Path]:
    """A path to write to, which takes the name ``path`` only when the block ends without an error."""
    path = Path(path).resolve()  # a link stays a link to the new file
    if path.is_dir():
        raise FolderError(f"{path} is a folder, not a file: choose another name")
    with draft(path, is_folder=False) as made:
        yield made
        os.replace(made, path)


@contextmanager
def draft(path: Path, *, is_folder: bool) -> Iterator[Path]:
    """A hidden name beside ``path`` to work under; whatever still has it at the end is deleted."""
    new = [folder for folder in path.parents if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_stale_drafts(path.parent)
    made = path.parent / f".{path.name[:100]}{DRAFT}{_HOST}-{os.getpid()}-{os.urandom(3).hex()}"
    if is_folder:
        made.mkdir()
    try:
        yield made
    finally:
        remove_folder(made)
        for folder in new:  # made for nothing if it is still empty
            with suppress(OSError):
                folder.rmdir()


def remove_folder(path: Path) -> None:
    """Delete a folder with all in it, or a file; in silence where it cannot be done."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def refuse_foreign(folder: Path, marker: str) -> None:
    """Stop before overwriting anything that this package did not write."""
    if folder.is_dir():
        if any(folder.iterdir()) and not (folder / marker).is_file():
            raise FolderError(f"{folder} holds other files and no {marker}: choose another folder")
    elif folder.exists():
        raise FolderError(f"{folder} is a file, not a folder: choose another name")


def replace_folder(draft: Path, folder: Path) -> None:
    """Give ``draft`` the name ``folder``; at no moment is neither the old nor the new one there."""
    if not folder.exists():
        os.rename(draft, folder)
    elif not any(folder.iterdir()):
        os.replace(draft, folder)
    elif not _exchange(draft, folder):
        old = draft.with_name(draft.name + "-old")
        os.rename(folder, old)
        os.rename(draft, folder)
        remove_folder(old)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two names in one step, where the system can (Linux)."""
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None) if os.name == "posix" else None
    here = -100  # AT_FDCWD
    return renameat2 is not None and not renameat2(here, os.fsencode(one), here, os.fsencode(other), _RENAME_EXCHANGE)


def remove_stale_drafts(parent: Path) -> None:
    """Delete what killed processes of this machine left unfinished in ``parent``."""
    for draft in parent.glob(f".*{DRAFT}{_HOST}-*"):
        process = draft.name.rsplit(f"{DRAFT}{_HOST}-", 1)[1].split("-")[0]
        if process.isdigit() and not _is_running(int(process)):
            remove_folder(draft)


def _is_running(process: int) -> bool:
    if os.name != "posix":  # elsewhere the question itself may stop the process
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def scratch_file(folder: str | Path | None = None) -> IO[bytes]:
    """An open file without a name, gone when closed, in ``folder`` or the system's place for such files."""
    try:
        return tempfile.TemporaryFile(dir=folder)
    except OSError as error:
        raise FolderError(f"{folder or tempfile.gettempdir()} cannot hold scratch files: {error.strerror}") from error


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_all(paths: Iterable[Path]) -> list[str]:
    """The SHA-256 of each file, side by side: hashing releases the interpreter's lock."""
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return list(pool.map(sha256, paths))


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
