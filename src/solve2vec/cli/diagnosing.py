"""The command that diagnoses: findings with evidence from this corpus, as a table, JSON or an HTML report."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ..cooccurrence.window import Size, WeightingName
from ..core.errors import InputError
from ..core.printing import printable
from ..core.resources import using
from ..diagnosis.settings import Model, StartName, ToolName
from ..text.documents import Reading
from ..text.tokenizer import Tokenizer
from . import report
from .reading import Json
from .resources import Resources, Together

if TYPE_CHECKING:
    from ..diagnosis import Diagnosis, Finding

Many = {"consume_multiple": True, "negative": ""}
GENSIM = "As gensim's Word2Vec."


def _either(name: str, help: str) -> Parameter:
    """An option that may be written as gensim writes it, with underscores."""
    return Parameter(name=[f"--{name.replace('_', '-')}", f"--{name}"], help=help)


@dataclass(frozen=True)
class Given:
    """How the model is trained; what is not given is as the run was made, or as the tool has it."""

    tool: Annotated[ToolName | None, Parameter(help="Whose defaults stand for what is not given.")] = None
    model: Annotated[Model | None, Parameter(help="What is trained.")] = None
    dim: Annotated[int | None, Parameter(help="Dimensions d.")] = None
    size: Annotated[Size | None, Parameter(help="Window, tokens on each side.")] = None
    weighting: Annotated[WeightingName | None, Parameter(help="Weight of a context by distance.")] = None
    negatives: Annotated[float | None, Parameter(help="k, negatives for each pair.")] = None
    context_smoothing: Annotated[float | None, Parameter(help="Power of the noise distribution.")] = None
    subsample: Annotated[float | None, Parameter(help="Threshold of subsampling.")] = None
    shrinkage: Annotated[float | None, Parameter(help="Ridge on each pair, of the closed form.")] = None
    init_scale: Annotated[float | StartName | None, Parameter(help="σ at the start, or a tool's own start.")] = None
    learning_rate: Annotated[float | None, Parameter(help="η.")] = None
    epochs: Annotated[int | None, Parameter(help="Passes over the corpus.")] = None
    min_count: Annotated[int | None, _either("min_count", "Words seen less often have no row.")] = None
    max_vocab: Annotated[int | None, Parameter(help="Keep only so many words.")] = None
    tied: Annotated[bool | None, Parameter(help="One matrix for words and contexts.")] = None
    closed_gaps: Annotated[bool | None, Parameter(help="Windows reach over words that are dropped.")] = None
    vector_size: Annotated[int | None, _either("vector_size", GENSIM)] = None
    window: Annotated[int | None, Parameter(help=GENSIM)] = None
    sample: Annotated[float | None, Parameter(help=GENSIM)] = None
    negative: Annotated[int | None, Parameter(help=GENSIM)] = None
    ns_exponent: Annotated[float | None, _either("ns_exponent", GENSIM)] = None
    sg: Annotated[int | None, Parameter(help=GENSIM)] = None
    alpha: Annotated[float | None, Parameter(help=GENSIM)] = None
    max_final_vocab: Annotated[int | None, _either("max_final_vocab", GENSIM)] = None


def diagnose(
    source: Annotated[list[str], Parameter(help="A run, a corpus, or text: files, folders, or -.")],
    /,
    *,
    settings: Annotated[Path | None, Parameter(help="A TOML file that says how the model is trained.")] = None,
    given: Annotated[Given, Parameter(name="*")] = Given(),
    analogies: Annotated[list[Path], Parameter(help="Analogies that will be asked.", **Many)] = [],  # noqa: B006
    similarity: Annotated[list[Path], Parameter(help="Word pairs that will be asked.", **Many)] = [],  # noqa: B006
    checks: Annotated[list[str], Parameter(help="Make only these checks.", **Many)] = [],  # noqa: B006
    reading: Annotated[Reading, Parameter(name="*")] = Reading(),  # noqa: B008
    tokenizer: Annotated[Tokenizer, Parameter(name="*")] = Tokenizer(),  # noqa: B008
    html: Annotated[Path | None, Parameter(help="Write the report as a page, with pictures.")] = None,
    resources: Annotated[Resources, Together] = Resources(),  # noqa: B008
    json: Json = False,
) -> None:
    """What goes wrong in word embeddings, looked for in this corpus: claims, evidence, advice."""
    from ..core.stage import is_stage
    from ..diagnosis import diagnose as look

    told = {f.name: value for f in fields(given) if (value := getattr(given, f.name)) is not None}
    if len(source) > 1 and any(is_stage(Path(place)) for place in source):
        raise InputError("give one run or one corpus, or text files")
    paths: Any = source[0] if len(source) == 1 else [Path(place) for place in source]
    with using(resources), report.working() as watch:
        made = look(
            paths, _settings(settings, told), analogies=analogies, similarities=similarity,
            checks=checks or None, reading=reading, tokenizer=tokenizer,
        )  # fmt: skip
        if html is not None:
            made.save_page(html)
    if json:
        report.as_json(made.as_json() | {"elapsed": round(watch.elapsed, 3)})
        return
    _tell(made)
    if html is not None:
        print(f"report: {printable(str(html))}")
    print(f"{len(made.findings)} checks in {watch.elapsed:.1f} s")


def _settings(path: Path | None, told: dict[str, Any]) -> dict[str, Any]:
    """The file's settings and, over them, those of the command line."""
    if path is None:
        return told
    from ..diagnosis.settings import flat_toml

    return flat_toml(path) | told


def _tell(made: Diagnosis) -> None:
    rows = [(found.severity, found.check.replace("_", " "), found.claim) for found in made.findings]
    report.table(("", "check", "claim"), rows, title=f"Diagnosis of {made.source}")
    for found in made.findings:
        if not found.is_fine:
            _explain(found)
    for left in made.skipped:
        print(f"not made: {left.check.replace('_', ' ')}: {printable(left.reason)}")


def _explain(found: Finding) -> None:
    print(f"{found.severity}: {printable(found.claim)}")
    lines = [("evidence", found.evidence), ("advice", found.advice), ("options", found.options)]
    lines += [("gensim", found.gensim), ("source", found.source)]
    for name, text in lines:
        if text:
            print(f"  {name:<9} {printable(text)}")
    print()
