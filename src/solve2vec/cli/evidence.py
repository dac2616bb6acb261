"""Commands that show what in the text vectors rest on: lines and collocations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..core.printing import printable
from ..core.resources import using
from ..corpus.corpus import Corpus
from ..evidence.collocations import SCORES, ScoreName
from ..evidence.collocations import collocations as find_collocations
from ..evidence.concordance import Line
from ..evidence.concordance import concordance as find_lines
from ..run import find_stage
from . import report
from .reading import Json
from .resources import Threads, Together

WithCorpus = Annotated[Path, Parameter(help="A run that has its corpus, or a corpus.")]
SHOWN: tuple[ScoreName, ...] = ("log_likelihood", "pmi", "npmi", "t", "log_dice")  # what 80 columns hold


def concordance(
    run: WithCorpus,
    words: Annotated[list[str], Parameter(help="A word, or several that stand side by side.")],
    /,
    *,
    n: Annotated[int, Parameter(name=["--n", "-n"], help="How many lines, spread evenly over the text.")] = 20,
    window: Annotated[int, Parameter(help="Words on each side.")] = 10,
    near: Annotated[str | None, Parameter(help="Only lines that have this word, too.")] = None,
    json: Json = False,
) -> None:
    """The lines in which a word stands, one under the other (key word in context); · is a word without a row."""
    found = find_lines(_corpus(run), words, n, window=window, near=near)
    if json:
        report.as_json({"words": list(found.words), "seen": found.seen, "lines": [as_object(line) for line in found]})
        return
    shown = "" if len(found) == found.seen else f", {len(found):,} shown"
    print(f"{printable(' '.join(found.words))}: {found.seen:,} line{'s' * (found.seen != 1)}{shown}")
    if found.lines:
        print(found.text())


def collocations(
    run: WithCorpus,
    word: Annotated[str | None, Parameter(help="Only pairs with this word.")] = None,
    /,
    *,
    n: Annotated[int, Parameter(name=["--n", "-n"], help="How many pairs.")] = 20,
    score: Annotated[
        ScoreName,
        Parameter(
            help="What pairs are ordered by: " + ", ".join(f"{n} ({s.formula})" for n, s in SCORES.items()) + "."
        ),
    ] = "log_likelihood",
    span: Annotated[int, Parameter(help="How far the second word stands after the first at most.")] = 1,
    min_count: Annotated[int, Parameter(help="Leave out pairs that stand less often.")] = 5,
    given: Annotated[Threads, Together] = Threads(),  # noqa: B008
    json: Json = False,
) -> None:
    """Pairs of words that stand together more often than chance would have it."""
    with using(given), report.working():
        found = find_collocations(_corpus(run), n, word=word, score=score, span=span, min_count=min_count)
    if json:
        report.as_json({"score": score, "span": span, "collocations": [each._asdict() for each in found]})
        return
    names = SHOWN if score in SHOWN else (*SHOWN, score)
    report.table(
        ("pair", "seen", *(SCORES[name].label for name in names)),
        [(f"{each.first} {each.second}", f"{each.seen:,}", *(_number(each.scores[name]) for name in names))
         for each in found],
        right=range(1, len(names) + 2),
    )  # fmt: skip


def as_object(line: Line) -> dict[str, object]:
    """A line as JSON has it."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in line._asdict().items()}


def _corpus(run: Path) -> Corpus:
    return Corpus.load(find_stage(run, "corpus"))


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}"
