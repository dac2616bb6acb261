"""Diagnose: every check that what is at hand allows, most urgent findings first."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core import progress
from ..core.errors import FolderError, InputError
from ..core.parallel import single_threaded_blas
from ..core.resources import with_resources
from ..core.stage import Lineage, Stage, is_stage, name_among
from ..corpus.corpus import VocabularyOptions, encode
from ..run import Run, load_stage
from ..text.documents import ReadingOptions, as_documents, read
from ..text.tokenizer import Tokenizer

# the order of the checks is the order of these modules
from . import asking, dimension, documents, negatives, start, steps, thinning, words
from .finding import SEVERITIES, Finding, Skipped
from .material import Material, Questions
from .page import page
from .registry import CHECKS
from .registry import run as run_check
from .settings import DiagnosisOptions

if TYPE_CHECKING:
    from ..evaluation import AnalogyQuestions, SimilarityQuestions

TELLING = {"corpus", "cooccurrence", "spectrum", "embedding", "trajectory"}  # what a diagnosis can do with
ORDER = (start, negatives, thinning, dimension, documents, words, asking, steps)


@dataclass(frozen=True)
class Diagnosis:
    """What was found, and what could not be looked for.

    Attributes
    ----------
    findings : list of Finding
        Most urgent first.
    skipped : list of Skipped
    settings : DiagnosisOptions
        How the person trains, as far as it was said.
    source : str
    seconds : dict
        Of each check, the parts that it was the first to ask for included.
    """

    findings: list[Finding]
    skipped: list[Skipped]
    settings: DiagnosisOptions
    source: str
    seconds: dict[str, float]

    def __getitem__(self, check: str) -> Finding:
        """The finding of a check; a KeyError if it was skipped."""
        return next(found for found in self.findings if found.check == check) if check in self else _missing(check)

    def __contains__(self, check: object) -> bool:
        return any(found.check == check for found in self.findings)

    @property
    def warnings(self) -> list[Finding]:
        """The findings that call for something."""
        return [found for found in self.findings if found.severity == "warning"]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "source": self.source,
            "settings": self.settings.as_json(),
            "findings": [found.as_json() for found in self.findings],
            "skipped": [{"check": left.check, "reason": left.reason} for left in self.skipped],
            "seconds": self.seconds,
        }

    def page(self) -> str:
        """The report as one HTML page that needs nothing besides itself."""
        return page(self.findings, self.skipped, self.settings, self.source)

    def save_page(self, path: str | Path) -> Path:
        """Write :meth:`page`, whole or not at all."""
        from ..core.storage import draft_file

        with draft_file(path) as draft:
            draft.write_text(self.page(), encoding="utf-8")
        return Path(path)


def _missing(check: str) -> Finding:
    raise KeyError(f"{check} was not made, or skipped")


@with_resources
def diagnose(
    source: Any,
    settings: DiagnosisOptions | Mapping[str, Any] | str | Path | None = None,
    *,
    analogies: Sequence[AnalogyQuestions | str | Path] = (),
    similarities: Sequence[SimilarityQuestions | str | Path] = (),
    checks: Iterable[str] | None = None,
    reading: ReadingOptions = ReadingOptions(),  # noqa: B008 - frozen
    tokenizer: Tokenizer = Tokenizer(),  # noqa: B008 - frozen
    threads: int | None = None,
) -> Diagnosis:
    """Look in this very corpus for what goes wrong: the four mistakes, and the practical list.

    Parameters
    ----------
    source : Run, path, paths, Corpus, or iterable of token lists or texts
        A run (its stages are used as they are), a stage, or text.
    settings : DiagnosisOptions, mapping or path, optional
        How the model is trained: names of :class:`DiagnosisOptions` or of gensim's ``Word2Vec``; or a TOML file of
        them.
        What is not given is as the run was made, or as the tool has it.
    analogies, similarities : sequences of paths or question sets
        What the vectors will be asked.
    checks : iterable of str, optional
        Only these.
    reading, tokenizer
        Of text.
    threads : int, optional

    Returns
    -------
    Diagnosis

    Raises
    ------
    InputError
        If the source, a setting or a check is unknown.

    Examples
    --------
    >>> texts = ["the king and the queen rule", "a dog and a cat play", "the king rules a land"] * 40
    >>> found = diagnose(texts, {"vector_size": 300, "min_count": 1}, checks=["more_parameters_than_tokens"])
    >>> found.findings[0].severity, found.findings[0].claim
    ('worth knowing', 'There are 9.7 numbers to learn for each token.')
    """
    wanted = _wanted(checks)
    stages, where = _held(source)
    lineage = _longest_lineage(stages)
    made = _settings(settings, lineage)
    if not stages:
        is_paths = _are_paths(source)
        text = (
            read(source, reading=reading, tokenizer=tokenizer)
            if is_paths
            else as_documents(source, reading=reading, tokenizer=tokenizer)
        )
        selection = VocabularyOptions(min_count=made.min_count, max_vocab=made.max_vocab)
        stages = {"corpus": encode(text, selection=selection)}
        where = str(source if isinstance(source, (str, Path)) else ", ".join(map(str, source))) if is_paths else "text"
    material = Material(made, stages, _questions(analogies, similarities))
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    seconds: dict[str, float] = {}
    with single_threaded_blas(), progress.task("diagnosing", float(len(wanted))) as advance:
        for name in wanted:
            begun = time.perf_counter()
            found = run_check(CHECKS[name], material)
            seconds[name] = round(time.perf_counter() - begun, 3)
            if isinstance(found, Skipped):
                skipped.append(found)
            else:
                findings.append(found)
            advance(1)
    findings.sort(key=lambda found: SEVERITIES.index(found.severity))
    return Diagnosis(findings, skipped, made, where, seconds)


def _wanted(checks: Iterable[str] | None) -> list[str]:
    order = [module.__name__ for module in ORDER]
    known = sorted(CHECKS, key=lambda name: order.index(CHECKS[name].__module__))
    if checks is None:
        return known
    asked = [checks] if isinstance(checks, str) else list(checks)
    for name in asked:
        if name not in CHECKS:
            raise InputError(f"there is no check {name!r}; checks: {', '.join(known)}")
    return asked


def _held(source: Any) -> tuple[dict[str, Stage], str]:
    """Stages that are at hand, by name; none if the source is text."""
    if isinstance(source, Stage):
        return {_name(source): source}, repr(source)
    if isinstance(source, (list, tuple)) and len(source) == 1:
        source = source[0]
    if isinstance(source, Run):
        source = source.folder
    if not isinstance(source, (str, Path)) or not Path(source).is_dir():
        return {}, ""
    folder = Path(source)
    if is_stage(folder):
        stage = load_stage(folder)
        return {_name(stage): stage}, str(folder)
    run = Run(folder)
    if run.folders and not TELLING & set(run.stages):
        has = ", ".join(path.name for path in run.folders)
        raise FolderError(f"{folder} has only {has}, which says too little for a diagnosis: give the text it is of")
    return {name: run.load(name) for name in run.stages if name in TELLING}, str(folder)


def _name(stage: Stage) -> str:
    name = name_among(stage, TELLING)
    if name is None:
        raise FolderError(f"a {type(stage).__name__} says too little for a diagnosis: give the corpus, or a run")
    return name


def _longest_lineage(stages: Mapping[str, Stage]) -> Lineage:
    return max((stage.lineage for stage in stages.values()), key=len, default=Lineage())


def _settings(given: Any, lineage: Lineage) -> DiagnosisOptions:
    if isinstance(given, DiagnosisOptions):
        return given
    if isinstance(given, (str, Path)):
        return DiagnosisOptions.read(given, lineage)
    return DiagnosisOptions.of(given or {}, lineage)


def _are_paths(source: Any) -> bool:
    if isinstance(source, (str, Path)):
        return True
    return isinstance(source, (list, tuple)) and bool(source) and all(isinstance(item, Path) for item in source)


def _questions(analogies: Sequence[Any], similarities: Sequence[Any]) -> Questions:
    from .. import evaluation

    def opened(given: Sequence[Any], reader: Any) -> list[Any]:
        return [reader(item) if isinstance(item, (str, Path)) else item for item in given]

    return Questions(opened(analogies, evaluation.read_analogies), opened(similarities, evaluation.read_similarities))
