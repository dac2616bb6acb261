"""Commands that show what in the text vectors rest on: lines, collocations, shared contexts, documents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..core.errors import InputError, require_positive
from ..core.printing import printable
from ..core.resources import using
from ..corpus.corpus import Corpus
from ..evidence.collocations import SCORES, ScoreName
from ..evidence.collocations import collocations as find_collocations
from ..evidence.concordance import Concordance, Line
from ..evidence.concordance import concordance as find_lines
from ..evidence.contexts import SharedContexts
from ..evidence.why import Documents, TaughtBy, Why, documents_of_mode
from ..evidence.why import why as find_why
from ..run import Run, find_stage
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


def why(
    run: Annotated[Path, Parameter(help="A run fitted from text.")],
    first: Annotated[str | None, Parameter(help="A word.")] = None,
    second: Annotated[str | None, Parameter(help="Another.")] = None,
    /,
    *,
    mode: Annotated[int | None, Parameter(help="Ask for a mode, 0 the strongest, instead of two words.")] = None,
    n: Annotated[int, Parameter(name=["--n", "-n"], help="How many contexts of each view.")] = 8,
    lines: Annotated[int, Parameter(help="How many lines of each word.")] = 3,
    documents: Annotated[int, Parameter(help="How many documents.")] = 5,
    given: Annotated[Threads, Together] = Threads(),  # noqa: B008
    json: Json = False,
) -> None:
    """Why two words are near: the contexts that they share, and the lines and documents that teach it."""
    require_positive(n=n)
    for option, value in (("lines", lines), ("documents", documents)):
        if value < 0:
            raise InputError(f"--{option} must be at least 0, got {value}")
    if (mode is None) == (first is None) or (first is None) != (second is None):
        raise InputError("why takes two words, or --mode alone: solve2vec why RUN WORD WORD, or RUN --mode 0")
    with using(given), report.working():
        if first is None or second is None:
            assert mode is not None
            place = Run(run)
            found = documents_of_mode(place, mode)
            ends = place.spectrum.mode_words(mode, 5)
            _tell_mode(mode, ends, found, documents, json)
            return
        _tell_why(find_why(run, first, second, documents=bool(lines or documents)), n, lines, documents, json)


def _tell_mode(mode: int, ends: tuple[list[str], list[str]], found: Documents, n: int, json: bool) -> None:
    best = found.largest(n)
    if json:
        told = {"mode": mode, "eigenvalue": found.value, "positive": ends[0], "negative": ends[1]}
        report.as_json(told | {"documents": [each._asdict() for each in best]})
        return
    print(f"mode {mode}, λ = {found.value:.1f}: {printable(' ↔ '.join(' '.join(end) for end in ends if end))}")
    _tell_documents(best, "λ")


def _tell_why(found: Why, n: int, lines: int, documents: int, json: bool) -> None:
    words = (found.first, found.second)
    of_documents = found.documents.largest(documents) if found.documents else []
    of_lines = {word: found.documents.lines(word, lines) if found.documents else [] for word in words}
    if json:
        views = [{"view": view.view, "cosine": view.cosine, "contexts": [each._asdict() for each in best],
                  "others": view.cosine - sum(each.part for each in best)}
                 for view in found.views for best in [view.largest(n)]]  # fmt: skip
        told = {"words": words, "cosine": found.cosine, "without_spelling": found.without_spelling, "views": views}
        told |= {
            "lines": {
                word: [{"influence": adds, **as_object(line)} for adds, line in best] for word, best in of_lines.items()
            },
            "documents": [each._asdict() for each in of_documents],
            "no_documents": found.no_documents,
        }
        report.as_json(told)
        return
    spelled = "" if found.cosine == found.without_spelling else f", {found.without_spelling:.3f} without spelling"
    print(f"{printable(' and '.join(words))}: cosine {found.cosine:.3f}{spelled}")
    for view in found.views:
        _tell_contexts(view, words, n)
    if found.no_documents:
        print(f"no lines and documents: {printable(found.no_documents)}")
    for word, best in of_lines.items():
        if best:
            print(f"\nlines of {printable(word)} that bring it nearest to {printable(words[word == found.first])}")
            print(Concordance((word,), len(best), tuple(line for _, line in best)).text())
    if of_documents:
        _tell_documents(of_documents, f"the cosine in the {found.views[0].view} view")


def _tell_contexts(view: SharedContexts, words: tuple[str, str], n: int) -> None:
    best = view.largest(n)
    rest = view.cosine - sum(each.part for each in best)
    report.table(
        ("context", "part", *(printable(word, 20) for word in words)),
        [*((each.context, f"{each.part:+.4f}", f"{each.first:+.3f}", f"{each.second:+.3f}") for each in best),
         ("all others", f"{rest:+.4f}", "", ""), ("cosine", f"{view.cosine:+.4f}", "", "")],
        right=(1, 2, 3), title=f"{view.view} view",
    )  # fmt: skip


def _tell_documents(best: list[TaughtBy], of: str) -> None:
    rows = [(each.where, f"{each.document:,}", f"{each.tokens:,}", f"{each.influence:+.4f}") for each in best]
    print()
    report.table(
        ("where", "document", "tokens", "adds"), rows, right=(1, 2, 3), title=f"documents that add most to {of}"
    )


def as_object(line: Line) -> dict[str, object]:
    """A line as JSON has it."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in line._asdict().items()}


def _corpus(run: Path) -> Corpus:
    return Corpus.load(find_stage(run, "corpus"))


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}"
