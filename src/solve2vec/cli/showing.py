"""The command that says what a folder or file is: a run on one screen, a stage in full."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from ..core.errors import is_whole
from ..core.printing import brief, printable
from ..core.stage import Stage, Step, is_stage, read_header
from ..run import Run, load_embedding, load_stage
from . import report
from .reading import Json

FINGERPRINT = re.compile(r"[0-9a-f]{64}")
LISTED = 3  # of a long list, such as files, so many are shown
WIDTH = 80  # of a line that says how a run was made


def show(
    folder: Annotated[Path, Parameter(help="A stage, a run, or a file of vectors.")],
    /,
    *,
    json: Json = False,
) -> None:
    """What a folder or file is, whether it is whole, and how it was made; a run on one screen, a stage in full."""
    is_run = folder.is_dir() and not is_stage(folder)
    folders = Run(folder).folders if is_run else [folder] if is_stage(folder) else []
    stale = Run(folder).stale() if is_run else ()
    stages = [(path, load_stage(path)) for path in folders]
    facts = [_facts(path, stage, path.name in stale) for path, stage in stages]
    if not folders:
        facts = [{"folder": str(folder), "kind": "vectors", **load_embedding(folder).summary()}]
    if json:
        report.as_json({"stages": facts})
    elif is_run and folders:
        _tell_run(folder, facts, [stage for _, stage in stages])
    else:
        _tell_stage(facts[0], list(stages[0][1].lineage) if stages else [])


def _facts(path: Path, stage: Stage, is_stale: bool) -> dict[str, Any]:
    header = read_header(path)
    return {
        "folder": str(path),
        "kind": header["kind"],
        **stage.summary(),
        "bytes": sum(entry["bytes"] for entry in header["files"].values()),
        "format": header["format"],
        "written_by": f"solve2vec {header['version']}",
        "fingerprint": stage.fingerprint,
        **({"stale": "made of a stage that has been replaced since"} if is_stale else {}),
        "lineage": [str(step) for step in stage.lineage],
    }


def _tell_run(folder: Path, facts: list[dict[str, Any]], stages: list[Stage]) -> None:
    rows = [
        (Path(fact["folder"]).name + " (stale)" * ("stale" in fact), fact["kind"], _holds(stage),
         _size(fact["bytes"]), fact["fingerprint"][:8])
        for fact, stage in zip(facts, stages, strict=True)
    ]  # fmt: skip
    report.table(("stage", "kind", "holds", "bytes", "fingerprint"), rows, right=(3,), title=str(folder))
    longest = max(stages, key=lambda stage: len(stage.lineage))
    for place, step in enumerate(longest.lineage):
        label = "made by" if place == 0 else ""
        print("\n".join(textwrap.wrap(f"{label:<8} {printable(_short(step))}", WIDTH, subsequent_indent=" " * 11)))
    if any("stale" in fact for fact in facts):
        print("stale: made of a stage that has been replaced since; make these again in this order, or delete them")
    last = Path(facts[-1]["folder"])
    print(f"all of a stage: solve2vec show {report.in_shell(str(last))}")


def _holds(stage: Stage) -> str:
    """The summary in words: counts before what they count, other values behind their names."""
    facts = ((name.replace("_", " "), brief(value), is_whole(value)) for name, value in stage.summary().items())
    return ", ".join(f"{value} {name}" if is_count else f"{name} {value}" for name, value, is_count in facts)


def _size(size: int) -> str:
    """Bytes as people read them.

    >>> _size(731), _size(3_847_000)
    ('731', '3.8 MB')
    """
    power = min(3, (len(str(size)) - 1) // 3)
    return f"{size / 1000**power:.1f} {' kMG'[power]}B" if power else str(size)


def _tell_stage(fact: dict[str, Any], lineage: list[Step]) -> None:
    fact.pop("lineage", None)
    print(f"{printable(str(fact.pop('folder')))}: {fact.pop('kind')}")
    for name, value in fact.items():
        print(f"  {name.replace('_', ' '):<18} {brief(value)}")
    for place, step in enumerate(lineage):
        print(f"  {'made by' if place == 0 else '':<18} {printable(_short(step))}")


def _short(step: Step) -> str:
    """A step on which long lists and fingerprints are cut: --json has them whole."""
    return str(Step(step.verb, {name: _cut(value) for name, value in step.values.items()}))


def _cut(value: Any) -> Any:
    if isinstance(value, str) and FINGERPRINT.fullmatch(value):
        return value[:12]
    if not isinstance(value, (list, tuple)):
        return value
    value = [_cut(item) for item in value]
    if len(value) <= LISTED + 1:
        return value
    return _Cut(f"[{', '.join(map(repr, value[:LISTED]))}, … {len(value):,} in all]")


class _Cut(str):
    """A text that is its own representation."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)
