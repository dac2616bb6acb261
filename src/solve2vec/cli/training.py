"""The command that trains: a corpus or text in, a run with an embedding and its trajectory out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from .. import recipes, storage
from ..corpus import Corpus, Selection, encode
from ..embedding import Embedding
from ..errors import FolderError, InputError
from ..loading import find_stage
from ..stage import is_stage
from ..text.documents import Reading, read
from ..text.tokenizer import Tokenizer
from ..training.result import Training
from ..training.settings import Settings
from ..window import Window
from . import counted, report
from .counted import OnCounts
from .stages import Flat, Json, Threads

Model = Literal["sgns", "cbow", "quadratic", "weighted"]


def train(
    source: Annotated[list[str], Parameter(help="A corpus, a run that has one, or text: files, folders, or -.")],
    /,
    *,
    model: Annotated[
        Model, Parameter(help="Skip-gram with negative sampling, CBOW, the quadratic model, or its weighted optimum.")
    ] = "sgns",
    out: Annotated[Path, Parameter(help="Run folder to write; an unfinished run in it goes on.")],
    settings: Annotated[Settings, Flat] = Settings(),  # noqa: B008
    on: Annotated[OnCounts, Flat] = OnCounts(),  # noqa: B008
    size: Annotated[
        int | Literal["document"], Parameter(help="Tokens on each side that count as context, or document.")
    ] = 5,
    weighting: Annotated[
        Literal["harmonic", "linear", "flat"], Parameter(help="How contexts count by distance; linear is word2vec's.")
    ] = "linear",
    reweighted: Annotated[
        bool, Parameter(help="Quadratic model: all pairs of words weigh the same.", negative="")
    ] = False,
    follow: Annotated[Path | None, Parameter(help="A spectrum, or a run that has one: its modes are followed.")] = None,
    warm_start: Annotated[Path | None, Parameter(help="A run, or vectors in any known format, to start from.")] = None,
    reading: Annotated[Reading, Flat] = Reading(),  # noqa: B008
    tokenizer: Annotated[Tokenizer, Flat] = Tokenizer(),  # noqa: B008
    selection: Annotated[Selection, Flat] = Selection(),  # noqa: B008
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Learn vectors by gradient descent on a corpus, as word2vec does, or on its counts."""
    if reweighted and model != "quadratic":
        raise InputError(f"--reweighted belongs to the quadratic model, not to {model}: leave it out")
    on_counts = on.population or model == "weighted"
    if on_counts:
        counted.refuse_unknown(model, settings, on)
    recipes.refuse_foreign_run(out)
    window = Window(size, weighting)
    with report.working() as watch:
        given = _given(source)
        corpus, beside = given or (_encoded(source, out, reading, tokenizer, selection, threads), out)
        options: dict[str, Any] = {"threads": threads}
        if follow is not None:
            options["spectrum"] = _spectrum(follow)
        if warm_start is not None:
            options["warm_start"] = _vectors(warm_start)
        if on_counts:
            counts = counted.head_of(_counts(corpus, beside, window, threads), on)
            made = counted.learn(counts, model, reweighted, settings, on, out, **options)
        else:
            options |= {"checkpoint": out / "checkpoint", "window": window}
            if reweighted:
                options |= {"reweighted": True, "counts": _counts(corpus, beside, window, threads)}
            made = _trainer(model)(corpus, settings, **options)
            made.embedding.save(out / "embedding")
            made.trajectory.save(out / "trajectory")
            storage.remove_folder(out / "checkpoint")
    if json:
        _as_json(made, out, watch.elapsed)
    elif on_counts:
        counted.tell(made, report.printed(str(out)), follow)
    else:
        _tell(made, report.printed(str(out)))


def _trainer(model: Model) -> Any:
    """The verb that trains a model."""
    from ..training import cbow, quadratic, sgns

    return {"sgns": sgns, "cbow": cbow, "quadratic": quadratic}[model].train


def _given(source: list[str]) -> tuple[Corpus, Path] | None:
    """The corpus that the one source is or has, and the folder beside which other stages of it lie."""
    path = Path(source[0])
    if len(source) > 1 or not (is_stage(path) or is_stage(path / "corpus")):
        return None
    folder = find_stage(path, "corpus")
    return Corpus.load(folder), folder.parent


def _encoded(
    texts: list[str], out: Path, reading: Reading, tokenizer: Tokenizer, selection: Selection, threads: int | None
) -> Corpus:
    """Text as a corpus, kept in the run before training begins."""
    documents = read(texts, reading=reading, tokenizer=tokenizer)
    with storage.draft(out.absolute() / "corpus", is_folder=True) as scratch:
        corpus = encode(documents, selection=selection, threads=threads, scratch=scratch)
    if is_stage(out / "corpus"):
        if Corpus.load(out / "corpus").fingerprint != corpus.fingerprint:
            raise FolderError(f"{out} has a corpus of another text: choose another folder, or train on it by its name")
    else:
        corpus.save(out / "corpus")
    return corpus


def _spectrum(path: Path) -> Any:
    from ..spectrum import Spectrum

    return Spectrum.load(find_stage(path, "spectrum"))


def _vectors(path: Path) -> Embedding:
    from .reading import embedding_at

    return embedding_at(path)


def _counts(corpus: Corpus, beside: Path, window: Window, threads: int | None) -> Any:
    """Counts of this corpus and window: the run's own if they are, or made now."""
    from dataclasses import asdict

    from ..cooccurrence import Cooccurrence, count

    if is_stage(beside / "cooccurrence"):
        held = Cooccurrence.load(beside / "cooccurrence")
        same_text = held.vocabulary.fingerprint == corpus.vocabulary.fingerprint
        if same_text and held.lineage.values_of("count") == asdict(window):
            return held
    return count(corpus, window, threads=threads)


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
