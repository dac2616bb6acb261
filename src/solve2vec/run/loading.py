"""Whatever a path holds, loaded as the thing it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.drafts import listed
from ..core.errors import FolderError, with_article
from ..core.header import Opened, is_stage, opened
from ..core.kinds import MODULES
from ..core.stage import Stage

if TYPE_CHECKING:
    from ..embedding.embedding import Embedding


def load_stage(folder: str | Path, *, verify: bool = True) -> Stage:
    """The stage that a folder holds, of whatever kind.

    Raises
    ------
    FolderError
        If it holds none, or it is damaged or newer.
    """
    with opened(folder) as stage:
        return read_stage(stage, verify=verify)


def read_stage(stage: Opened, *, verify: bool = True) -> Stage:
    """The stage whose files are open."""
    kind = stage.header["kind"]
    if kind not in MODULES:
        which = "which this version of solve2vec does not know: upgrade it"
        raise FolderError(f"{stage.folder} holds {with_article(kind)}, {which}")
    return Stage.read(stage, verify=verify)


MAKERS = {  # the command that makes a stage
    "corpus": "encode", "cooccurrence": "count", "target": "target", "spectrum": "solve", "embedding": "embed",
    "trajectory": "train", "prediction": "predict",
}  # fmt: skip


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
    found = [name for name in listed(path) if is_stage(path / name)]
    holds = f"it has {', '.join(found)}" if found else "it is neither a saved stage nor a run"
    way_out = next((f"; solve2vec {MAKERS[name]} makes one" for name in names if found and name in MAKERS), "")
    raise FolderError(f"{path} has no {' or '.join(names)}: {holds}{way_out}")


def load(path: str | Path, *, limit: int | None = None) -> Any:
    """A saved stage, the embedding of a run folder, or vectors in any format that other tools write.

    Parameters
    ----------
    path : path
        A stage's folder, a run folder, or a file or folder of vectors; recognised from the content.
    limit : int, optional
        Of vectors, only so many words, from the first on.

    Raises
    ------
    FolderError
        If it is none of these; the message says what it seems to be.
    """
    path = Path(path)
    own = path if is_stage(path) else path / "embedding"
    if limit is None and is_stage(own):
        return load_stage(own)
    from .. import formats

    return formats.load(own if is_stage(own) else path, limit=limit)


def load_embedding(path: str | Path) -> Embedding:
    """The embedding of a run, a stage, or a file of vectors.

    Raises
    ------
    FolderError
        If ``path`` holds something else, or nothing that is known.
    """
    from ..embedding.embedding import Embedding

    path = Path(path)
    if not is_stage(path) and any(is_stage(path / name) for name in listed(path)):
        path = find_stage(path, "embedding")
    made = load(path)
    if not isinstance(made, Embedding):
        kind = with_article(type(made).__name__)
        raise FolderError(f"{path} holds {kind}, not an Embedding: solve and embed it first")
    return made
