"""The header of a saved stage: what ``stage.json`` says, and whether the files beside it are as it says."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ..version import __version__
from . import storage
from .errors import FolderError

FORMAT = 1
HEADER = "stage.json"


def is_stage(folder: str | Path) -> bool:
    """Whether ``folder`` looks like a saved stage."""
    return (Path(folder) / HEADER).is_file()


def read_header(folder: str | Path) -> dict[str, Any]:
    """The checked contents of a saved stage's ``stage.json``.

    Raises
    ------
    FolderError
        If there is none, or it is damaged, foreign or written by a newer version.
    """
    folder = Path(folder)
    if not folder.exists():
        raise FolderError(f"{folder} does not exist")
    if not is_stage(folder):
        raise FolderError(f"{folder} is not a stage that solve2vec saved: it has no {HEADER}")
    try:
        header = json.loads((folder / HEADER).read_text(encoding="utf-8"))
        newer = header["format"] > FORMAT
        intact = newer or header["sha256"] == header_sum(header)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FolderError(f"{folder / HEADER} is damaged or not ours ({error}): make the stage again") from error
    if newer:
        raise FolderError(
            f"{folder} has format {header['format']}; solve2vec {__version__} reads up to {FORMAT}: upgrade it"
        )
    if not intact or not isinstance(header.get("kind"), str):
        raise FolderError(f"{folder / HEADER} does not match its checksum: it was changed or damaged, make it again")
    return header


def header_sum(header: dict[str, Any]) -> str:
    """SHA-256 of everything in the header but this sum."""
    body = {name: value for name, value in header.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def check_files(folder: Path, header: dict[str, Any], verify: bool) -> None:
    """Stop if a file is missing or has another size; and, to ``verify``, if its checksum differs."""
    for name, entry in header["files"].items():
        path = inside(folder, name)
        if not path.is_file():
            raise FolderError(f"{folder} is damaged: {name} is missing, make it again")
        if path.stat().st_size != entry["bytes"]:
            sizes = f"{path.stat().st_size} bytes instead of {entry['bytes']}"
            raise FolderError(f"{folder} is damaged: {name} has {sizes}, make it again")
    if verify:
        digests = storage.sha256_all(folder / name for name in header["files"])
        for (name, entry), digest in zip(header["files"].items(), digests, strict=True):
            if digest != entry["sha256"]:
                raise FolderError(f"{folder} is damaged: {name} does not match its checksum, make it again")


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
    others = sorted(path.name for path in folder.iterdir() if path.name not in ours)
    if others:
        raise FolderError(f"{folder} holds {others[0]} beside the stage: move it, or choose another folder")
