"""Files and folders: written whole or not at all, checked by their sums, text that survives any token."""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from .errors import FolderError

DRAFT = ".draft-"  # part of every unfinished file's or folder's name
ASIDE = ".replaced-"  # begins the name of a folder that holds the one which is being replaced, under its own name
A_MINUTE = 60  # seconds; replacing a folder takes an instant
LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})  # what file managers leave in folders that are looked at
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

    A folder already there is replaced as a whole if it holds ``marker``, and refused otherwise.

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
    name = os.fsencode(path.name)[:100].decode("utf-8", "ignore")  # file systems count bytes, 255 of them
    made = path.parent / f".{name}{DRAFT}{_mark()}"
    if is_folder:
        made.mkdir()
    try:
        yield made
    finally:
        remove_folder(made)
        for folder in new:  # made for nothing if it is still empty
            with suppress(OSError):
                folder.rmdir()


def _mark() -> str:
    """What tells whose a hidden name is."""
    return f"{_HOST}-{os.getpid()}-{os.urandom(3).hex()}"


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
        if not (folder / marker).is_file() and any(path.name not in LITTER for path in folder.iterdir()):
            raise FolderError(f"{folder} holds other files and no {marker}: choose another folder")
    elif folder.exists():
        raise FolderError(f"{folder} is a file, not a folder: choose another name")


def replace_folder(draft: Path, folder: Path) -> None:
    """Give ``draft`` the name ``folder``.

    Where the system can swap two names (Linux) or none is there, there is always one of the two.  Elsewhere the old one
    is set aside for a moment: after an error it is put back, after a kill by the next who saves beside it.
    """
    if not folder.exists():
        os.rename(draft, folder)
    elif os.name == "posix" and not any(folder.iterdir()):
        os.replace(draft, folder)
    elif not _exchange(draft, folder):
        _replace_in_two_steps(draft, folder)


def _replace_in_two_steps(draft: Path, folder: Path) -> None:
    aside = folder.parent / f"{ASIDE}{_mark()}"
    aside.mkdir()
    try:
        os.rename(folder, aside / folder.name)
        os.rename(draft, folder)
    except BaseException:
        _put_back(aside)
        raise
    remove_folder(aside)


def _put_back(aside: Path) -> None:
    """Give what was set aside its name again, if nothing has taken it; it is not needed otherwise."""
    for old in list(aside.iterdir()) if aside.is_dir() else ():
        if not (aside.parent / old.name).exists():
            os.rename(old, aside.parent / old.name)
    remove_folder(aside)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two names in one step, where the system can (Linux)."""
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None) if os.name == "posix" else None
    here = -100  # AT_FDCWD
    return renameat2 is not None and not renameat2(here, os.fsencode(one), here, os.fsencode(other), _RENAME_EXCHANGE)


def remove_stale_drafts(parent: Path) -> None:
    """Delete what killed processes of this machine left unfinished in ``parent``, and put back what they set aside."""
    for draft in parent.glob(f".*{DRAFT}{_HOST}-*"):
        if not _is_owned(draft.name.rsplit(DRAFT, 1)[1]):
            remove_folder(draft)
    for aside in parent.glob(f"{ASIDE}{_HOST}-*"):
        with suppress(OSError):  # another process may be at it, too
            if not _is_owned(aside.name.removeprefix(ASIDE)) or time.time() - aside.stat().st_mtime > A_MINUTE:
                _put_back(aside)


def _is_owned(mark: str) -> bool:
    """Whether the process that made a hidden name of this ``mark`` may still be at work."""
    process = mark.removeprefix(f"{_HOST}-").split("-")[0]
    return not process.isdigit() or _is_running(int(process))


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
