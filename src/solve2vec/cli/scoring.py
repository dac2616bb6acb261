"""Commands that score: analogies and similarities, one model or two side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from ..core import progress
from ..core.errors import InputError
from ..core.printing import printable
from ..evaluation.answering import Method, Protocol
from ..evaluation.lookup import Case, Lookup
from ..evaluation.questions import AnalogyQuestions, SimilarityQuestions
from ..evaluation.resampling import Drawing
from ..run import load_embedding
from . import report
from .reading import Json

if TYPE_CHECKING:
    from ..embedding.embedding import Embedding
    from ..evaluation import Comparison

Missing = Literal["skip", "subword"]
Many = {"consume_multiple": True, "negative": ""}


def evaluate(
    models: Annotated[list[Path], Parameter(help="A run, a stage or a file of vectors; two with --paired.")],
    /,
    *,
    analogies: Annotated[list[Path], Parameter(help="Google, MSR or BATS question files.", **Many)] = [],  # noqa: B006
    similarity: Annotated[list[Path], Parameter(help="Word pairs with human scores.", **Many)] = [],  # noqa: B006
    paired: Annotated[bool, Parameter(help="Compare two models question by question.", negative="")] = False,
    method: Annotated[Method, Parameter(help="3CosAdd or 3CosMul.")] = "add",
    case: Annotated[Case, Parameter(help="How words of the questions meet those of the model.")] = "ignore",
    protocol: Annotated[
        Protocol, Parameter(help="The file's questions, or all pairs of its pairs (Karkada 2025).")
    ] = "file",
    restrict: Annotated[int | None, Parameter(help="Search and ask only the most frequent words.")] = None,
    unknown: Annotated[
        Missing,
        Parameter(help="A word without a vector: skip the question, or spell it out; it may answer then."),
    ] = "skip",
    bootstrap: Annotated[int, Parameter(help="Resamples for the intervals.")] = Drawing.samples,
    confidence: Annotated[float, Parameter(help="Of the intervals.")] = Drawing.confidence,
    seed: Annotated[int, Parameter(help="Of the resampling.")] = Drawing.seed,
    json: Json = False,
) -> None:
    """Scores on analogies and similarities, with coverage and confidence intervals."""
    from .. import evaluation

    if len(models) != (2 if paired else 1):
        raise InputError(f"evaluate takes {'two models with --paired' if paired else 'one model'}, got {len(models)}")
    if not analogies and not similarity:
        raise InputError("nothing to ask: name question files with --analogies or --similarity")
    asked = [evaluation.read_analogies(path) for path in analogies]
    rated = [evaluation.read_similarities(path) for path in similarity]
    loaded = [load_embedding(path) for path in models]
    if unknown == "subword":
        if restrict is not None:
            raise InputError("--restrict leaves out words that --unknown subword spells out: leave out one of the two")
        loaded = [_spelled_out(model, [*asked, *rated], case) for model in loaded]
    common: dict[str, Any] = {
        "case": case,
        "restrict": restrict,
        "bootstrap": bootstrap,
        "confidence": confidence,
        "seed": seed,
    }
    ways = common | {"method": method, "protocol": protocol}
    with report.working():
        if paired:
            found: list[Any] = [
                evaluation.compare_analogies(loaded[0], loaded[1], questions, **ways) for questions in asked
            ]
            found += [evaluation.compare_similarity(loaded[0], loaded[1], questions, **common) for questions in rated]
        else:
            found = [evaluation.analogies(loaded[0], questions, **ways) for questions in asked]
            found += [evaluation.similarity(loaded[0], questions, **common) for questions in rated]
        for score in found:
            _note_unknown(score)
    if paired:
        _tell_compared(found, json)
    else:
        _tell_scores(evaluation.report(found), json)


def _note_unknown(score: Any) -> None:
    """Say which words are unknown, and what may help, where no question of a file could be asked."""
    unknown = getattr(score, "unknown", None)
    asked = getattr(score, "pairs", None) if hasattr(score, "pairs") else getattr(score, "asked", None)
    if asked == 0 and unknown:
        words = ", ".join(printable(str(word)) for word in list(unknown)[:5])
        progress.note(
            f"no question of {score.file} can be asked: the model has none of the words {words}, …; is it of another "
            "language or spelling? --case lower, --case ignore and --unknown subword may help"
        )


def _spelled_out(model: Embedding, asked: list[AnalogyQuestions | SimilarityQuestions], case: Case) -> Embedding:
    """The model with a row for each word of the questions that has none, spelled as its own words are."""
    words: list[str] = []
    for questions in asked:
        if isinstance(questions, SimilarityQuestions):
            words += [word for pair in questions.pairs for word in pair]
        else:
            words += [word for question in questions.questions for word in (*question[1:4], *question.answers)]
    if case == "lower" or (case == "ignore" and all(word == word.lower() for word in model.words)):
        words = [word.lower() for word in words]
    known = Lookup.of(model, case, None)
    new = [word for word, row in zip(words, known(words), strict=True) if row < 0]
    return model.with_strings(new)


def _tell_scores(found: dict[str, list[dict[str, Any]]], json: bool) -> None:
    if json:
        report.as_json(found)
        return
    for score in found["analogies"]:
        rows = [(name, *_accuracy(entry)) for name, entry in [*score["categories"].items(), ("all", score)]]
        report.table(
            ("category", "right", "interval", "asked", "skipped"), rows, right=(1, 2, 3, 4), title=score["file"]
        )
    if found["similarity"]:
        rows = [
            (score["file"], _number(score["spearman"], 3), _interval(score, 3), score["pairs"], score["skipped"])
            for score in found["similarity"]
        ]
        report.table(("file", "Spearman", "interval", "pairs", "skipped"), rows, right=(1, 2, 3, 4))


def _tell_compared(found: list[Comparison], json: bool) -> None:
    if json:
        report.as_json({"comparisons": [comparison.as_json() for comparison in found]})
        return
    rows = [_compared(comparison) for comparison in found]
    columns = ("file", "first", "second", "difference", "interval", "chance", "won", "lost")
    report.table(columns, rows, right=range(1, 8))


def _compared(comparison: Comparison) -> tuple[Any, ...]:
    entry = comparison.as_json()
    numbers = (_number(entry[name], 3) for name in ("one", "other", "difference"))
    return (entry["file"], *numbers, _interval(entry, 3), _number(entry["chance"], 3),
            len(comparison.won), len(comparison.lost))  # fmt: skip


def _accuracy(entry: dict[str, Any]) -> tuple[Any, ...]:
    share = entry["accuracy"]
    shown = "–" if share is None else f"{100 * share:.1f} %"
    bounds = {name: None if entry.get(name) is None else 100 * entry[name] for name in ("low", "high")}
    return shown, _interval(bounds, 1), entry["asked"], entry["skipped"]


def _interval(entry: dict[str, Any], digits: int) -> str:
    if entry.get("low") is None:
        return "–"
    return f"{entry['low']:.{digits}f} … {entry['high']:.{digits}f}"


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
