"""The header of a saved stage: what ``stage.json`` says, and whether the files beside it are as it says.

A stage is read through files that were opened together: they are as they were, whoever replaces or deletes it then.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np

from ..version import __version__
from . import storage
from .arrays import map_array
from .drafts import resolve
from .errors import FolderError

FORMAT = 1
HEADER = "stage.json"
ABSENCES = 3  # looks at one name while it is moved: away, from where it was made ready, and at its place
TRIES = 1000  # a writer that replaces a stage more often while it is opened is not at work


class NewerError(FolderError):
    """A stage was written by a later version."""


@dataclass(frozen=True)
class Opened:
    """The files of a saved stage, opened at one moment.

    Attributes
    ----------
    folder : Path
        By the name under which it was opened.
    header : dict
        What ``stage.json`` says.
    files : mapping of str to file
        All others, by their names in the folder.
    """

    folder: Path
    header: dict[str, Any]
    files: Mapping[str, BufferedReader]

    def array(self, name: str) -> np.ndarray:
        """The array in a file, mapped."""
        file = self._file(name)
        try:
            return map_array(file)
        except ValueError as error:
            raise FolderError(f"{self.folder} is damaged: {name} has {error}; make it again") from error

    def content(self, name: str) -> bytes:
        """All of a file."""
        return self._file(name).read()

    def map(self, name: str) -> np.ndarray:
        """(n,) uint8, all of a file, mapped."""
        file = self._file(name)
        return np.memmap(file, np.uint8, "r") if self.header["files"][name]["bytes"] else np.empty(0, np.uint8)

    def inner(self, name: str) -> Opened:
        """The stage in a folder inside, whose files are among those of this one."""
        inside(self.folder, name)
        files = {path[len(name) + 1 :]: file for path, file in self.files.items() if path.startswith(f"{name}/")}
        if HEADER not in files:
            raise FolderError(f"{self.folder / name} is not a stage that solve2vec saved: it has no {HEADER}")
        files[HEADER].seek(0)
        return Opened(self.folder / name, parse(self.folder / name, files.pop(HEADER).read()), files)

    def check(self) -> None:
        """Stop if the checksum of a file differs."""
        for file in self.files.values():
            file.seek(0)
        digests = storage.sums(self.files.values())
        for name, digest in zip(self.files, digests, strict=True):
            if digest != self.header["files"][name]["sha256"]:
                raise FolderError(f"{self.folder} is damaged: {name} does not match its checksum, make it again")

    def _file(self, name: str) -> BufferedReader:
        inside(self.folder, name)
        if name not in self.files:
            raise FolderError(f"{self.folder} is damaged: {name} is not among its files, make it again")
        self.files[name].seek(0)
        return self.files[name]


def is_stage(folder: str | Path) -> bool:
    """Whether ``folder`` looks like a saved stage."""
    return find(Path(folder)) is not None


def find(folder: Path) -> Path | None:
    """Where the stage is now that is called ``folder``; None if there is none.  To be moved is not to be absent."""
    for _ in range(ABSENCES):
        if ((place := resolve(folder)) / HEADER).is_file():
            return place
    return None


def read_header(folder: str | Path) -> dict[str, Any]:
    """The checked contents of a saved stage's ``stage.json``.

    Raises
    ------
    FolderError
        If there is none, or it is damaged, foreign or written by a newer version.
    """
    with opened(folder, files=False) as stage:
        return stage.header


@contextmanager
def opened(folder: str | Path, *, files: bool = True) -> Iterator[Opened]:
    """The stage in ``folder``, opened; of its files only the header, where it is all that is asked.

    Raises
    ------
    FolderError
        If there is none, or it is damaged, foreign or written by a newer version.
    """
    folder = Path(folder)
    with together([folder], files=files) as found:
        if folder not in found:
            lacks = f"is not a stage that solve2vec saved: it has no {HEADER}"
            raise FolderError(f"{folder} {lacks if folder.exists() else 'does not exist'}")
        if isinstance(stage := found[folder], FolderError):
            raise stage
        yield stage


@contextmanager
def together(folders: Iterable[Path], *, files: bool = True) -> Iterator[dict[Path, Opened | FolderError]]:
    """The stages that there are in ``folders``, as all are at one moment, whoever replaces them; or what is wrong.

    Of each the header is opened, and at the end it is looked whether all names still lead to these very files.  As long
    as a file is open no other has its number, so then all were at their places when the last one was opened.
    """
    names = list(folders)
    with ExitStack() as stack:
        for _ in range(TRIES):
            headers = {folder: file for folder in names if (file := _open_header(folder, stack))}
            found = {folder: _open(folder, file, stack, files) for folder, file in headers.items()}
            if all(_is_still(folder, headers.get(folder)) for folder in names):
                break
            stack.close()
            time.sleep(0.001)
        else:
            raise FolderError(f"{names[0]} is replaced again and again by another process: stop that first")
        yield found


def _open_header(folder: Path, stack: ExitStack) -> BufferedReader | None:
    place = find(folder)
    return None if place is None else _opened_file(place / HEADER, stack)


def _open(folder: Path, header: BufferedReader, stack: ExitStack, wants_files: bool) -> Opened | FolderError:
    try:
        said = parse(folder, header.read())
        names = said["files"] if wants_files else {}
        paths = {name: inside(find(folder) or folder, name) for name in names}
    except FolderError as error:
        return error
    files: dict[str, BufferedReader] = {}
    for name, path in paths.items():
        file = _opened_file(path, stack)
        if file is None:
            return FolderError(f"{folder} is damaged: {name} is missing, make it again")
        if (size := os.fstat(file.fileno()).st_size) != (meant := names[name]["bytes"]):
            return FolderError(f"{folder} is damaged: {name} has {size} bytes instead of {meant}, make it again")
        files[name] = file
    return Opened(folder, said, files)


def _opened_file(path: Path, stack: ExitStack) -> BufferedReader | None:
    """An open regular file; None if there is none of that name."""
    try:
        file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115 (the stack closes it)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    stack.enter_context(file)
    return file if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else None


def _without_waiting(path: str, flags: int) -> int:
    """Open what may be a pipe that nobody writes to."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _is_still(folder: Path, header: BufferedReader | None) -> bool:
    """Whether this open file is the header of what is called ``folder`` now; without one, whether there is none."""
    place = find(folder)
    if place is None or header is None:
        return place is header
    try:
        return os.path.samestat(os.stat(place / HEADER), os.fstat(header.fileno()))
    except FileNotFoundError:
        return False


def parse(folder: Path, text: bytes) -> dict[str, Any]:
    """What a header says, if it is one of ours and of this version."""
    try:
        header = json.loads(text)
        if lacking := next((name for name in ("format", "sha256") if name not in header), None):
            raise ValueError(f"it says no {lacking}")
        newer = header["format"] > FORMAT
        intact = newer or header["sha256"] == header_sum(header)
    except (ValueError, TypeError, RecursionError) as error:
        raise FolderError(f"{folder / HEADER} is damaged or not ours ({error}): make the stage again") from error
    if newer:
        raise NewerError(
            f"{folder} has format {header['format']}; solve2vec {__version__} reads up to {FORMAT}: upgrade it"
        )
    if not intact:
        raise FolderError(f"{folder / HEADER} does not match its checksum: it was changed or damaged, make it again")
    if not _is_whole(header):
        raise FolderError(f"{folder / HEADER} is not as solve2vec writes it: make the stage again")
    return dict(header)


def _is_whole(header: dict[str, Any]) -> bool:
    """Whether a header has all its parts, each of its own type."""
    parts = {"kind": str, "version": str, "lineage": list, "fields": dict, "files": dict}
    return (
        all(isinstance(header.get(name), kind) for name, kind in parts.items())
        and all(isinstance(step, dict) and step.keys() == {"verb", "values"} for step in header["lineage"])
        and all(isinstance(step["verb"], str) and isinstance(step["values"], dict) for step in header["lineage"])
        and all(isinstance(entry, dict) and entry.keys() >= {"bytes", "sha256"} for entry in header["files"].values())
    )


def header_sum(header: dict[str, Any]) -> str:
    """SHA-256 of everything in the header but this sum."""
    body = {name: value for name, value in header.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def inside(folder: Path, name: str) -> Path:
    """The path of a file that ``stage.json`` names.  A link may lead elsewhere (data stores do so), a name may not."""
    if ".." in Path(name).parts or Path(name).is_absolute():
        raise FolderError(f"{folder} names a file outside itself ({name}): it is not to be trusted")
    return folder / name


def refuse_company(folder: Path) -> None:
    """Stop before replacing a stage's folder into which someone, and not only a file manager, has put other files."""
    try:
        files = read_header(folder)["files"]
    except FolderError:
        return  # absent, foreign (refused elsewhere) or damaged
    ours = {HEADER, *storage.LITTER, *(Path(name).parts[0] for name in files)}
    place = find(folder) or folder
    others = sorted(path.name for path in place.iterdir() if path.name not in ours)
    if others:
        raise FolderError(f"{folder} holds {others[0]} beside the stage: move it, or choose another folder")
