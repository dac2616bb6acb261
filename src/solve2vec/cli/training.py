"""The command that trains: a corpus or text in, a run with an embedding and its trajectory out."""

from __future__ import annotations

from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from ..cooccurrence.window import Size, WeightingName, Window
from ..core.drafts import drafting
from ..core.errors import FolderError, InputError
from ..core.printing import printable
from ..core.resources import using
from ..core.stage import is_stage, read_header
from ..corpus.corpus import Corpus, VocabularyOptions, encode
from ..run import Run, find_stage, load_embedding, refuse_other_making
from ..text.documents import ReadingOptions, read
from ..text.tokenizer import Tokenizer
from ..training.result import Training
from ..training.sampled.settings import REWEIGHED, WORD2VEC, ModelName
from . import counted, report
from .options import Options, Way, hyperparameters, refuse_foreign, way_of
from .resources import Resources, Together
from .stages import Flat, Json, Replacing, counts_at

Model = Literal[ModelName, "weighted"]


def train(
    source: Annotated[
        list[str], Parameter(help="A corpus, text, or a run; for --population and --model weighted counts, too.")
    ],
    /,
    *,
    model: Annotated[
        Model, Parameter(help="Skip-gram with negative sampling, CBOW, the quadratic model, or its weighted optimum.")
    ] = "sgns",
    out: Annotated[Path, Parameter(help="Run folder to write; an unfinished run in it goes on.")],
    population: Annotated[
        bool, Parameter(help="Descend the whole loss, from counts: no samples, no noise.", negative="")
    ] = False,
    options: Annotated[Options, Flat] = Options(),  # noqa: B008
    head: Annotated[int | None, Parameter(help="On counts: only so many words, from the first on.")] = None,
    size: Annotated[
        Size | None,
        Parameter(help="Tokens on each side that count as context, or document. [default: 5]"),
    ] = None,
    weighting: Annotated[
        WeightingName | None,
        Parameter(help="How contexts count by distance; linear is word2vec's. [default: linear]"),
    ] = None,
    reweighted: Annotated[
        bool, Parameter(help="All pairs of words weigh the same; sgns and quadratic.", negative="")
    ] = False,
    follow: Annotated[Path | None, Parameter(help="A spectrum, or a run that has one: its modes are followed.")] = None,
    warm_start: Annotated[Path | None, Parameter(help="A run, or vectors in any known format, to start from.")] = None,
    reading: Annotated[ReadingOptions, Flat] = ReadingOptions(),  # noqa: B008
    tokenizer: Annotated[Tokenizer, Flat] = Tokenizer(),  # noqa: B008
    selection: Annotated[VocabularyOptions, Flat] = VocabularyOptions(),  # noqa: B008
    replacing: Replacing = False,
    resources: Annotated[Resources, Together] = Resources(),  # noqa: B008
    json: Json = False,
) -> None:
    """Learn vectors by gradient descent on a corpus, as word2vec does, or on its counts."""
    if reweighted and model not in REWEIGHED:
        raise InputError(f"--reweighted belongs to {' and '.join(REWEIGHED)}, not to {model}: leave it out")
    way = way_of(model, population)
    given = options.given()
    beside = {"follow": follow, "head": head}
    refuse_foreign(way, given | {name: value for name, value in beside.items() if value is not None})
    wanted = (
        counted.population_settings(model, reweighted, given)
        if way == "population" and model != "weighted"
        else hyperparameters(way, given)
    )
    formula = None if way == "corpus" else counted.formula_of(given)
    run = Run(out)
    run.refuse_foreign()
    if not replacing:
        refuse_other_making(out, trained=True)
    around: dict[str, Any] = {
        name: value for name, value in (("size", size), ("weighting", weighting)) if value is not None
    }
    window = replace(WORD2VEC, **around)
    with using(resources), report.working() as watch:
        counts, parts = _counts_alone(source, way, around), (reading, tokenizer, selection)
        if counts is not None:
            _refuse_reading(source[0], *parts)
        else:
            corpus, home = _corpus_of(source, run, parts)
        others = _others(follow, warm_start)
        if formula is not None:
            counts = _counts(corpus, home, window) if counts is None else counts
            counts = counts if head is None else counts.head(min(head, len(counts.vocabulary)))
            made = counted.learn(counts, wanted, formula, run, **others)
        else:
            if reweighted:
                others |= {"reweighted": True, "counts": _counts(corpus, home, window)}
            made = _learn(model, corpus, wanted, run, window=window, **others)
        report.note_stale(run, "target", "spectrum", "embedding")
    if json:
        _as_json(made, out, watch.elapsed)
    elif way != "corpus":
        counted.tell(made, printable(str(out)), follow)
    else:
        _tell(made, printable(str(out)))


def _others(follow: Path | None, warm_start: Path | None) -> dict[str, Any]:
    """What all ways of training may be given beside their hyperparameters."""
    made: dict[str, Any] = {}
    if follow is not None:
        from ..spectrum.spectrum import Spectrum

        made["spectrum"] = Spectrum.load(find_stage(follow, "spectrum"))
    if warm_start is not None:
        made["warm_start"] = load_embedding(warm_start)
    return made


def _learn(model: Model, corpus: Corpus, wanted: Any, run: Run, **others: Any) -> Training:
    """Train on a corpus and save what comes of it; the checkpoint has done its work then."""
    checkpoint = run.folder / "checkpoint"
    train_model = import_module(f"...training.sampled.{model}", __name__).train
    made: Training = train_model(corpus, wanted, checkpoint=checkpoint, **others)
    counted.save(made, run, gone=(checkpoint.name,))
    return made


def _corpus_of(
    source: list[str], run: Run, parts: tuple[ReadingOptions, Tokenizer, VocabularyOptions]
) -> tuple[Corpus, Run | None]:
    """The corpus that the source is or has, or that is made of its text; and the run that it is in."""
    path = Path(source[0])
    if len(source) > 1 or not (is_stage(path) or is_stage(path / "corpus")):
        return _encoded(source, run, *parts), run
    folder = find_stage(path, "corpus")
    corpus = Corpus.load(folder)
    _refuse_reading(source[0], *parts)
    return corpus, Run(folder.parent) if folder.name == "corpus" else None


def _refuse_reading(source: str, *parts: Any) -> None:
    """Refuse what says how text is to be read where there is none to read."""
    for part in parts:
        for f in fields(part):
            if getattr(part, f.name) != f.default:
                option = f"--{f.name.replace('_', '-')}"
                raise InputError(f"{source} is encoded already: leave out {option}, or give the text")


def _counts_alone(source: list[str], way: Way, around: dict[str, Any]) -> Any:
    """Counts that the one source is, or has without a corpus; their window is what it is."""
    path = Path(source[0])
    is_counts = is_stage(path) and read_header(path)["kind"] == "Cooccurrence"
    if len(source) > 1 or not (is_counts or (is_stage(path / "cooccurrence") and not is_stage(path / "corpus"))):
        return None
    if way == "corpus":
        raise FolderError(
            f"{path} has counts and no corpus to train on: add --population or --model weighted, or give the text"
        )
    if around:
        raise InputError(f"{path} is counted already, and has no corpus for another window: leave out --{min(around)}")
    return counts_at(path)


def _encoded(
    texts: list[str], run: Run, reading: ReadingOptions, tokenizer: Tokenizer, selection: VocabularyOptions
) -> Corpus:
    """Text as a corpus, kept in the run before training begins."""
    documents = read(texts, reading=reading, tokenizer=tokenizer)
    with drafting(run.folder.absolute() / "corpus") as scratch:
        corpus = encode(documents, selection=selection, scratch=scratch)
    run.save_once(corpus)
    return corpus


def _counts(corpus: Corpus, home: Run | None, window: Window) -> Any:
    """Counts of this corpus and window: those of its run if they are, or made now."""
    from ..cooccurrence.cooccurrence import count

    return count(corpus, window) if home is None else home.counts(window)


def _as_json(made: Any, out: Path, seconds: float) -> None:
    embedding = made.embedding
    model = made.trajectory.model if isinstance(made, Training) else "weighted"
    report.as_json(
        {"run": str(out), "model": model, **embedding.summary(), **made.facts, "total_seconds": seconds,
         "fingerprint": embedding.fingerprint, "lineage": str(embedding.lineage)}
    )  # fmt: skip


def _tell(made: Training, run: str) -> None:
    embedding, facts = made.embedding, made.facts
    losses = facts["epoch_losses"]
    epochs = f"{len(losses)} epoch{'s' * (len(losses) != 1)}"
    speed = f"{facts['seconds']:.1f} s, {facts['words_per_second']:,.0f} words/s"
    print(f"{run}: {len(embedding):,} words in {embedding.dim} dimensions, {epochs} ({speed})")
    print(f"loss of each epoch: {', '.join(f'{loss:.4f}' for loss in losses)}")
