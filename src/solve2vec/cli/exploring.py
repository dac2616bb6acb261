"""The command that makes the explorer page of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..core.errors import InputError
from ..core.printing import printable
from ..core.stage import is_stage
from ..run import Run, load_embedding
from . import report
from .reading import Json, Source

PAGE = "explorer.html"


def explore(
    run: Source,
    /,
    *,
    out: Annotated[Path | None, Parameter(help="Page to write; by default explorer.html in the run.")] = None,
    words: Annotated[int, Parameter(name=["--words", "-n"], help="How many words, from the first on.")] = 10_000,
    rotated: Annotated[bool, Parameter(help="Show axes that are easier to read.", negative="")] = False,
    open_page: Annotated[bool, Parameter(name="--open", help="Open it in the browser.", negative="")] = False,
    json: Json = False,
) -> None:
    """A page to look around in: modes, neighbors and why, a map, learning in time. One file, no network."""
    import webbrowser

    from ..embedding.rotation import rotate
    from ..explorer import explore as look_around

    if words < 1:
        raise InputError(f"--words must be at least 1, got {words}")
    with report.working() as watch:
        embedding, is_run = load_embedding(run), run.is_dir() and not is_stage(run)
        place = run if is_run else run.absolute().parent
        source = Run(run) if is_run and "embedding" in Run(run) else embedding
        rotation = rotate(embedding) if rotated else None
        page = look_around(source, words=words, title=run.absolute().name, rotation=rotation)
        made = page.save(place / PAGE if out is None else out)
    opened = open_page and webbrowser.open(made.absolute().as_uri())
    size, n = made.stat().st_size, len(page.contents["words"])
    if json:
        courses = len(page.contents["trajectories"])
        facts = {"page": str(made), "bytes": size, "words": n, "dimensions": embedding.dim, "trajectories": courses}
        report.as_json(facts | {"opened": opened, "seconds": round(watch.elapsed, 3)})
        return
    told = f"{n:,} words in {embedding.dim:,} dimensions, {size / 1e6:.1f} MB"
    print(f"{printable(str(made))}: {told}; open it in a browser")
