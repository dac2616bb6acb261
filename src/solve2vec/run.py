"""Loading: whatever a path holds, as the thing it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cooccurrence.window import Window
from .core.errors import FolderError, with_article
from .core.kinds import MODULES
from .core.stage import Stage, is_stage, read_header

if TYPE_CHECKING:
    from .cooccurrence.cooccurrence import Cooccurrence


def load_stage(folder: str | Path, *, verify: bool = True) -> Stage:
    """The stage that a folder holds, of whatever kind.

    Raises
    ------
    FolderError
        If it holds none, or it is damaged or newer.
    """
    kind = read_header(folder)["kind"]
    if kind not in MODULES:
        which = "which this version of solve2vec does not know: upgrade it"
        raise FolderError(f"{folder} holds {with_article(kind)}, {which}")
    return Stage.load(folder, verify=verify)


def find_stage(path: str | Path, *names: str) -> Path:
    """The folder of a stage: ``path`` itself, or the first of ``names`` inside a run folder.

    Raises
    ------
    FolderError
        If it is neither.
    """
    path = Path(path)
    if is_stage(path):
        return path
    for name in names:
        if is_stage(path / name):
            return path / name
    if not path.exists():
        raise FolderError(f"{path} does not exist")
    found = sorted(p.name for p in path.iterdir() if is_stage(p)) if path.is_dir() else []
    holds = f"it has {', '.join(found)}" if found else "it is neither a saved stage nor a run"
    raise FolderError(f"{path} has no {' or '.join(names)}: {holds}")


def find_counts(path: str | Path, *, threads: int | None = None) -> tuple[Cooccurrence, Path]:
    """The counts at ``path``, or those of a run: its own, or counted again from its corpus with its window.

    Returns
    -------
    Cooccurrence, path
        With it the folder that it has or would have.

    Raises
    ------
    FolderError
        If there are no counts, and no corpus of which a later stage tells the window.
    """
    from .cooccurrence.cooccurrence import Cooccurrence

    path = Path(path)
    held = None if is_stage(path) else counts_of(path, threads=threads)
    if held is not None:
        return held, path / "cooccurrence"
    folder = find_stage(path, "cooccurrence")
    return Cooccurrence.load(folder), folder


def counts_of(run: Path, *, threads: int | None = None) -> Cooccurrence | None:
    """A run's own counts, or its corpus counted again with the window that a later stage remembers, or none."""
    from .cooccurrence.cooccurrence import Cooccurrence, count
    from .corpus.corpus import Corpus

    if is_stage(run / "cooccurrence"):
        return Cooccurrence.load(run / "cooccurrence")
    if not is_stage(run / "corpus"):
        return None
    later = [run / name for name in ("target", "spectrum", "embedding") if is_stage(run / name)]
    counted = (load_stage(folder, verify=False).lineage.values_of("count") for folder in later)
    window = next((Window(**values) for values in counted if values), None)
    return None if window is None else count(Corpus.load(run / "corpus"), window, threads=threads, scratch=run)


def load(path: str | Path) -> Any:
    """A saved stage, the embedding of a run folder, or vectors in any format that other tools write.

    Parameters
    ----------
    path : path
        A stage's folder, a run folder, or a file or folder of vectors; recognised from the content.

    Raises
    ------
    FolderError
        If it is none of these; the message says what it seems to be.
    """
    path = Path(path)
    if is_stage(path):
        return load_stage(path)
    if is_stage(path / "embedding"):
        return load_stage(path / "embedding")
    from . import formats

    return formats.load(path)
