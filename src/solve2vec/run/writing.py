"""Writing stages into a run: side by side into a draft, and all given their names in one step."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, TypeVar

from ..core import drafts, storage
from ..core.errors import FolderError, with_article
from ..core.header import HEADER, NewerError, is_stage, read_header
from ..core.stage import Stage, stage_class
from .names import STAGES, TRAINED, name_of

AnyStage = TypeVar("AnyStage", bound=Stage)
MADE = tuple(STAGES)[1:]  # of the text; a vocabulary stands before it


class Draft:
    """Saves stages side by side into a draft; in the end the run has all of them at once, or none.

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
    gone : iterable of str
        Names of folders in the run that go when the stages are there.
    """

    def __init__(
        self, out: str | Path | None, keep: Iterable[str], *, anew: bool = False, gone: Iterable[str] = ()
    ) -> None:
        self._out = None if out is None else storage.real(out)
        self._keep, self._anew, self._gone = tuple(keep), anew, tuple(gone)

    def __enter__(self) -> Draft:
        if self._out is None:
            return self
        drafts.settle(self._out)
        with suppress(OSError):  # drafts of runs that were new lie there
            drafts.remove_stale(self._out.parent)
        refuse_foreign(self._out)
        self._is_new = not self._out.exists()
        with ExitStack() as stack:
            new = stack.enter_context(drafts.drafting(self._out if self._is_new else self._out / "stages"))
            self.folder = new / self._out.name if self._is_new else new
            self.folder.mkdir(exist_ok=True)
            self._draft = stack.pop_all()
        self._writer = ThreadPoolExecutor(1)
        self._written: list[Future[None]] = []
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
            self._written.append(self._writer.submit(_write, stage, self.folder / name))
        return stage

    def __exit__(self, *error: Any) -> None:
        if self._out is None:
            return
        with self._draft:
            self._writer.shutdown(cancel_futures=error[0] is not None)
            if error[0] is None:
                for written in self._written:
                    written.result()
                self._publish(self._out)

    def _publish(self, out: Path) -> None:
        if not self._is_new:
            drafts.publish(self.folder, (*self._gone, *(MADE if self._anew else ())))
        elif not out.exists():
            drafts.publish(self.folder.parent)
        else:  # another process has made one meanwhile
            with drafts.drafting(out / "stages") as new:
                for path in self.folder.iterdir():
                    path.rename(new / path.name)
                drafts.publish(new, MADE if self._anew else ())


def _write(stage: Stage, folder: Path) -> None:
    folder.mkdir()
    stage.write_to(folder)
    drafts.flush(folder)


def refuse_foreign(out: Path) -> None:
    """Stop before writing a run where other people's files would be overwritten."""
    if out.exists() and not out.is_dir():
        raise FolderError(f"{out} is a file, not a folder: choose another name for the run")
    if is_stage(out):
        raise FolderError(f"{out} is a stage, not a run: choose another name for the run")
    for name in MADE:
        if not is_stage(out / name):
            storage.refuse_foreign(out / name, HEADER)


def refuse_other_making(run: Path, *, trained: bool) -> None:
    """Stop before trained vectors would take the place of those of the closed form in a run, or the other way round."""
    try:
        lineage = read_header(run / "embedding")["lineage"] if is_stage(run / "embedding") else []
    except FolderError:  # damaged, which is why it is made again
        return
    verbs = [step["verb"] for step in lineage if step["verb"] in STAGES["embedding"].verbs]
    if verbs and any(verb in TRAINED for verb in verbs) != trained:
        ours, theirs = ("training", "the closed form")[:: 1 if trained else -1]
        raise FolderError(
            f"{run} holds vectors of {theirs}, and {ours} would take their place: name another folder with --out, or "
            "say --replace"
        )


def refuse_other(folder: Path, kind: str) -> None:
    """Stop before a stage would take the place of one of another kind, or of anything that is not a stage."""
    if not is_stage(folder):
        storage.refuse_foreign(folder, HEADER)
        return
    try:
        held = read_header(folder)["kind"]
    except NewerError:
        raise
    except FolderError:  # damaged, which is why it is made again
        return
    found = stage_class(held)
    if found is None or not issubclass(found, stage_class(kind)):
        raise FolderError(f"{folder} holds {with_article(held)}, not {with_article(kind)}: choose another folder")
