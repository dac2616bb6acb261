"""The command that diagnoses: findings with evidence from this corpus, as a table, JSON or an HTML report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

from cyclopts import Parameter

from ..core.errors import InputError
from ..core.gensim import ARGUMENTS
from ..core.options import Unset, option, with_fields
from ..core.printing import printable
from ..core.resources import using
from ..diagnosis.settings import DiagnosisOptions
from ..text.documents import ReadingOptions
from ..text.tokenizer import Tokenizer
from . import report
from .reading import Json
from .resources import Resources, Together

if TYPE_CHECKING:
    from ..diagnosis import Diagnosis, Finding

Many = {"consume_multiple": True, "negative": ""}


def _options() -> Iterator[tuple[str, Any, Any]]:
    """The settings of a diagnosis by their names and by gensim's."""
    hints = get_type_hints(DiagnosisOptions)
    for f in fields(DiagnosisOptions):
        yield f.name, hints[f.name] | None, option(None, f.metadata["help"])
    for name, argument in ARGUMENTS.items():
        if argument.ours in hints and argument.ours != name:
            kind = hints[argument.ours] if argument.default in (..., None) else type(argument.default)
            yield name, kind | None, option(None, "As gensim's Word2Vec.")


@with_fields(_options())
class Given(Unset):
    """How the model is trained; what is not given is as the run was made, or as the tool has it."""


def diagnose(
    source: Annotated[list[str], Parameter(help="A run, a corpus, or text: files, folders, or -.")],
    /,
    *,
    settings: Annotated[Path | None, Parameter(help="A TOML file that says how the model is trained.")] = None,
    given: Annotated[Given, Parameter(name="*")] = Given(),  # noqa: B008
    analogies: Annotated[list[Path], Parameter(help="Analogies that will be asked.", **Many)] = [],  # noqa: B006
    similarity: Annotated[list[Path], Parameter(help="Word pairs that will be asked.", **Many)] = [],  # noqa: B006
    checks: Annotated[list[str], Parameter(help="Make only these checks.", **Many)] = [],  # noqa: B006
    reading: Annotated[ReadingOptions, Parameter(name="*")] = ReadingOptions(),  # noqa: B008
    tokenizer: Annotated[Tokenizer, Parameter(name="*")] = Tokenizer(),  # noqa: B008
    evidence: Annotated[bool, Parameter(help="Show the evidence of fine findings, too.", negative="")] = False,
    html: Annotated[Path | None, Parameter(help="Write the report as a page, with pictures.")] = None,
    resources: Annotated[Resources, Together] = Resources(),  # noqa: B008
    json: Json = False,
) -> None:
    """What goes wrong in word embeddings, looked for in this corpus: claims, evidence, advice."""
    from ..core.stage import is_stage
    from ..diagnosis import diagnose as look

    if len(source) > 1 and any(is_stage(Path(place)) for place in source):
        raise InputError("give one run or one corpus, or text files")
    paths: Any = source[0] if len(source) == 1 else [Path(place) for place in source]
    with using(resources), report.working() as watch:
        made = look(
            paths, _settings(settings, given.given()), analogies=analogies, similarities=similarity,
            checks=checks or None, reading=reading, tokenizer=tokenizer,
        )  # fmt: skip
        if html is not None:
            made.save_page(html)
    if json:
        report.as_json(made.as_json() | {"elapsed": round(watch.elapsed, 3)})
        return
    _tell(made, evidence)
    if html is not None:
        print(f"report: {printable(str(html))}")
    print(f"{len(made.findings)} checks in {watch.elapsed:.1f} s")


def _settings(path: Path | None, told: dict[str, Any]) -> dict[str, Any]:
    """The file's settings and, over them, those of the command line."""
    if path is None:
        return told
    from ..diagnosis.settings import flat_toml

    return flat_toml(path) | told


def _tell(made: Diagnosis, of_fine: bool) -> None:
    rows = [(found.severity, found.check.replace("_", " "), found.claim) for found in made.findings]
    report.table(("", "check", "claim"), rows, title=f"Diagnosis of {made.source}")
    for found in made.findings:
        if of_fine or not found.is_fine:
            _explain(found)
    reasons: dict[str, list[str]] = {}
    for left in made.skipped:
        reasons.setdefault(left.reason, []).append(left.check.replace("_", " "))
    for reason, checks in reasons.items():
        print(f"not made: {', '.join(checks)}: {printable(reason)}")


def _explain(found: Finding) -> None:
    print(f"{found.severity}: {printable(found.claim)}")
    lines = [("evidence", found.evidence), ("advice", found.advice), ("options", found.options)]
    lines += [("gensim", found.gensim), ("source", found.source)]
    for name, text in lines:
        if text:
            print(f"  {name:<9} {printable(text)}")
    print()
