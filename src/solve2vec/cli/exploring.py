"""The command that makes the explorer page of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ..core.errors import InputError
from ..core.printing import printable
from ..core.stage import is_stage
from . import report
from .reading import Json, Run, embedding_at

if TYPE_CHECKING:
    import numpy as np

    from ..embedding.embedding import Embedding

PAGE = "explorer.html"


def explore(
    run: Run,
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
        embedding = embedding_at(run)
        place = run if _is_run(run) else run.absolute().parent
        known = {"rotation": rotate(embedding)} if rotated else _beside(run, embedding) if place == run else {}
        page = look_around(embedding, words=words, title=run.absolute().name, **known)
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


def _is_run(path: Path) -> bool:
    return path.is_dir() and not is_stage(path)


def _beside(run: Path, embedding: Embedding) -> dict[str, Any]:
    """What a run has beside its embedding, as far as it belongs to it."""
    from ..explorer.exploring import is_embedded
    from ..spectrum.spectrum import Spectrum
    from ..trajectory import Trajectory
    from ..uncertainty import Bootstrap

    told = {name: Trajectory.load(run / name) for name in ("prediction", "trajectory") if is_stage(run / name)}
    if "trajectory" in told and told["trajectory"].lineage != embedding.lineage:
        del told["trajectory"]  # of another training
    λ = told["trajectory"].eigenvalues if "trajectory" in told else embedding.eigenvalues
    if "prediction" in told and (λ is None or not _same_modes(told["prediction"].eigenvalues, λ)):
        del told["prediction"]  # of modes that were solved again since
    found: dict[str, Any] = {"trajectories": list(told.values())}
    if is_stage(run / "spectrum") and is_embedded(spectrum := Spectrum.load(run / "spectrum"), embedding):
        found["spectrum"] = spectrum
    if is_stage(run / "bootstrap") and (held := Bootstrap.load(run / "bootstrap")).is_of(embedding):
        found["bootstrap"] = held
    return found


def _same_modes(λ: np.ndarray, others: np.ndarray) -> bool:
    """Whether the modes of two are the same, as far as both have them."""
    K = min(len(λ), len(others))
    return K > 0 and bool((abs(λ[:K] - others[:K]) <= 1e-6 * abs(λ[0])).all())
