"""The command that keeps a run up to date: texts come and go, and all else stays as it was fitted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..core.printing import printable
from ..core.resources import using
from ..updating import update as update_run
from . import report
from .reading import Json
from .resources import Resources, Together

NAMED = 8  # words in a line


def update(
    run: Annotated[Path, Parameter(help="A run of fit, from files.")],
    /,
    *,
    add: Annotated[
        list[str], Parameter(help="Files or folders of text to add.", consume_multiple=True, negative="")
    ] = [],  # noqa: B006
    remove: Annotated[
        list[str], Parameter(help="Texts of the run to take out.", consume_multiple=True, negative="")
    ] = [],  # noqa: B006
    n: Annotated[int, Parameter(name=["--n", "-n"], help="How many of the words that moved most.")] = 10,
    resources: Annotated[Resources, Together] = Resources(),  # noqa: B008
    json: Json = False,
) -> None:
    """Fit a run again with texts added and removed, by its own options; say which words came, went and moved."""
    with using(resources), report.working() as watch:
        made = update_run(run, add=add, remove=remove)
    if json:
        report.as_json(
            {"run": str(run), "texts": list(made.texts), "new": list(made.new), "gone": list(made.gone),
             "median_move": made.median, "most_moved": [{"word": w, "move": m} for w, m in made.most_moved(n)],
             "seconds": watch.elapsed, "fingerprint": made.embedding.fingerprint}
        )  # fmt: skip
        return
    place, E = printable(str(run)), made.embedding
    print(f"{place}: {len(made.texts):,} texts, {len(E):,} words in {E.dim} dimensions, {watch.elapsed:.1f} s")
    _tell("new", made.new)
    _tell("gone", made.gone)
    if len(made.words):
        rows = [(word, f"{move:.3f}") for word, move in made.most_moved(n)]
        report.table(("word", "move"), rows, right=(1,), title="moved most")
        print("move: 1 - the cosine before and after, the old space turned onto the new one;")
        print(f"half of {len(made.words):,} words moved by less than {made.median:.3f}")


def _tell(what: str, words: tuple[str, ...]) -> None:
    if words:
        more = f" and {len(words) - NAMED:,} more" if len(words) > NAMED else ""
        print(f"{what}: {', '.join(map(printable, words[:NAMED]))}{more}")
