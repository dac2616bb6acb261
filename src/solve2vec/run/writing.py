"""Writing stages into a run: side by side into a draft, and into their places when all are there."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from ..core import storage
from ..core.errors import FolderError, with_article
from ..core.stage import HEADER, Stage, is_stage, stage_class
from .loading import load_stage
from .names import STAGES, name_of

AnyStage = TypeVar("AnyStage", bound=Stage)
MADE = tuple(STAGES)[1:]  # of the text; a vocabulary stands before it


class Draft:
    """Saves stages side by side into a draft; their folders take their places in the run when all are there.

    Writing goes on beside the work on the next stage: counts are large, and the disk is not the processor.  A run
    already there keeps its other files.  Of one that is made anew the stages that are not saved here are removed, as
    they would no longer belong to the new ones.

    Parameters
    ----------
    out : path or None
        The run; without one nothing is saved.
    keep : iterable of str
        The names of the stages to save.
    anew : bool
    """

    def __init__(self, out: str | Path | None, keep: Iterable[str], *, anew: bool) -> None:
        self._out = None if out is None else Path(out).absolute()
        self._keep, self._anew = tuple(keep), anew

    def __enter__(self) -> Draft:
        if self._out is not None:
            refuse_foreign(self._out)
            storage.remove_stale_drafts(self._out)
            self._draft = storage.draft(self._out if self._anew else self._out / "stages", is_folder=True)
            self.folder = self._draft.__enter__()
            self._writer = ThreadPoolExecutor(1)
            self._written: list[Future[Path]] = []
        return self

    @property
    def scratch(self) -> Path | None:
        """Where working files go: beside the stages, on the run's own disk."""
        return None if self._out is None else self.folder

    @property
    def kept(self) -> tuple[str, ...]:
        """The names of the stages that are going to be saved."""
        return () if self._out is None else self._keep

    def __call__(self, stage: AnyStage) -> AnyStage:
        """Save ``stage`` if it is to be kept, and hand it on; what went wrong with an earlier one is raised now."""
        name = name_of(stage)
        if name in self.kept:
            for written in filter(Future.done, self._written):
                written.result()
            self._written.append(self._writer.submit(stage.save, self.folder / name))
        return stage

    def __exit__(self, *error: Any) -> None:
        if self._out is None:
            return
        try:
            self._writer.shutdown(cancel_futures=error[0] is not None)
            if error[0] is None:
                for written in self._written:
                    written.result()
                self._publish(self._out)
        finally:
            self._draft.__exit__(*error)

    def _publish(self, out: Path) -> None:
        if not out.exists():
            self.folder.rename(out)
            return
        if self._anew:
            for name in reversed(MADE):  # what was made last goes first: no stage is left without its own past
                if (out / name).exists() and not (self.folder / name).exists():
                    storage.remove_folder(out / name)
        for name in STAGES:
            if (self.folder / name).exists():
                storage.replace_folder(self.folder / name, out / name)


def refuse_foreign(out: Path) -> None:
    """Stop before writing a run where other people's files would be overwritten."""
    if out.is_file():
        raise FolderError(f"{out} is a file, not a folder: choose another name for the run")
    if is_stage(out):
        raise FolderError(f"{out} is a stage, not a run: choose another name for the run")
    for name in MADE:
        if (out / name).exists():
            storage.refuse_foreign(out / name, HEADER)


def refuse_other(folder: Path, kind: str) -> None:
    """Stop before a stage would take the place of one of another kind, or of anything that is not a stage."""
    storage.refuse_foreign(folder, HEADER)
    if is_stage(folder):
        held = load_stage(folder, verify=False)
        if not isinstance(held, stage_class(kind)):
            kinds = f"{with_article(type(held).__name__)}, not {with_article(kind)}"
            raise FolderError(f"{folder} holds {kinds}: choose another folder")
