"""The command that compares two texts: which words moved, and among what they stood and stand."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..cooccurrence.window import Window
from ..core.printing import printable
from ..core.resources import using
from ..corpus.corpus import Corpus
from ..evidence.change import DIM, LEAST, SHARDS, SHUFFLES, Change
from ..evidence.change import change as find_change
from ..run import Run, find_stage
from . import report
from .drawing import draw_change
from .reading import Json
from .resources import Threads, Together


def change(
    first: Annotated[Path, Parameter(help="A run that has its corpus, or a corpus.")],
    second: Annotated[Path, Parameter(help="Another, of text cut by the same rules.")],
    /,
    *,
    n: Annotated[int, Parameter(name=["--n", "-n"], help="How many words.")] = 10,
    dim: Annotated[int, Parameter(help="Dimensions of both spaces.")] = DIM,
    min_count: Annotated[int, Parameter(help="Only words that both texts have so often.")] = LEAST,
    shuffles: Annotated[int, Parameter(help="How often the labels of the texts' parts are shuffled.")] = SHUFFLES,
    shards: Annotated[int, Parameter(help="Parts of the longer text, of consecutive documents.")] = SHARDS,
    rate: Annotated[float, Parameter(help="False-discovery rate of the words that are named.")] = 0.05,
    seed: Annotated[int, Parameter(help="Seed of the shuffles.")] = 0,
    figure: Annotated[Path | None, Parameter(help="Picture to draw, such as change.png, .pdf or .svg.")] = None,
    threads: Annotated[Threads, Together] = Threads(),  # noqa: B008
    json: Json = False,
) -> None:
    """Name the words that moved from one text to another by more than chance, and their neighbors in both."""
    with using(threads), report.working():
        found = find_change(
            *map(_corpus, (first, second)), window=_window(first), dim=dim, min_count=min_count, shuffles=shuffles,
            shards=shards, rate=rate, seed=seed,
        )  # fmt: skip
        if figure is not None:
            draw_change(found, figure, n)
    if json:
        rows = [
            asdict(word) | dict(zip(("before", "after"), found.neighbors(word.word), strict=True))
            for word in found.words[:n]
        ]
        report.as_json({"rate": rate, "words": len(found.words), "found": len(found.found), "moved": rows})
        return
    _tell(found, n)


def _corpus(path: Path) -> Corpus:
    return Corpus.load(find_stage(path, "corpus"))


def _window(path: Path) -> Window:
    """That of the run, if it was counted; the default otherwise."""
    run = Run(path)
    for name in ("spectrum", "cooccurrence"):
        if name in run and (values := run.load(name).lineage.values_of("count")):
            return Window(values["size"], values["weighting"])
    return Window()


def _tell(found: Change, n: int) -> None:
    rows = [
        (word.word, f"{word.move:.2f}", f"{word.by_chance:.2f}", f"{word.q:.3f}",
         *(", ".join(near) for near in found.neighbors(word.word, 2)))
        for word in found.words[:n]
    ]  # fmt: skip
    columns = ("word", "move", "chance", "q", "nearest before", "nearest after")
    report.table(columns, rows, right=(1, 2, 3))
    print("move: 1 - the cosine in one space; chance: what 95 % of moves stay under when nothing changes;")
    named = ", ".join(printable(word.word) for word in found.found[:n]) or "none"
    total = f"{len(found.found):,} of {len(found.words):,}"
    print(f"{total} words moved, at a false-discovery rate of {found.rate:g}: {named}")
