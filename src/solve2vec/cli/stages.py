"""Commands that make stages: each loads what it needs, calls one verb, saves, and says what it made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .. import recipe as recipes
from ..cooccurrence.cooccurrence import Cooccurrence
from ..cooccurrence.window import Window
from ..core import progress
from ..core.errors import InputError
from ..core.header import read_header
from ..core.options import DIM, POWER
from ..core.printing import printable
from ..core.resources import using
from ..core.stage import Stage, is_stage
from ..corpus.corpus import Corpus, VocabularyOptions
from ..corpus.phrases import Phrases, join_phrases
from ..corpus.vocabulary import Vocabulary
from ..embedding.embedding import Embedding
from ..embedding.embedding import embed as embed_spectrum
from ..embedding.view import ViewName
from ..run import STAGES, Keepable, Run, find_stage, load_stage, refuse_other, refuse_other_making
from ..spectrum.solver import Solver
from ..spectrum.spectrum import Spectrum
from ..target.formula import Formula
from ..target.target import Target, build_target
from ..text.documents import ReadingOptions, read
from ..text.tokenizer import Tokenizer
from ..uncertainty import Resampling
from . import report
from .fitting import SolverOptions, TargetOptions
from .resources import Resources, Threads, Together

Flat = Parameter(name="*")
Replacing = Annotated[
    bool,
    Parameter(
        name="--replace", help="Replace vectors that the run has and that were made in another way.", negative=""
    ),
]
Json = Annotated[bool, Parameter(help="Report as JSON.", negative="")]
Out = Annotated[Path | None, Parameter(help="Folder to write; by default beside the input, under the stage's name.")]


def fit(
    texts: Annotated[list[str], Parameter(help="Files, folders, or - for standard input.")],
    /,
    *,
    out: Annotated[Path, Parameter(help="Run folder to write.")],
    dim: Annotated[int, Parameter(help="Dimensions d.")] = DIM,
    views: Annotated[
        tuple[ViewName, ...] | None,
        Parameter(
            help="wide, or wide narrow: joined with a view in which words are alike that could replace each other. By "
            "default both for running text, wide alone for sets of items and fewer than 1,000 words.",
            consume_multiple=True,
            negative="",
        ),
    ] = None,
    power: Annotated[float | None, Parameter(help="Power of the eigenvalues: 0.5, or 0.25 of several views.")] = None,
    tied: Annotated[bool, Parameter(help="One matrix for words and contexts, or --no-tied: one for each.")] = True,
    spelling: Annotated[
        bool | None,
        Parameter(help="Let n-grams add to vectors; by default where they foretell those of other words."),
    ] = None,
    reading: Annotated[ReadingOptions, Flat] = ReadingOptions(),  # noqa: B008
    tokenizer: Annotated[Tokenizer, Flat] = Tokenizer(),  # noqa: B008
    selection: Annotated[VocabularyOptions, Flat] = VocabularyOptions(),  # noqa: B008
    phrases: Annotated[Phrases, Flat] = Phrases(),  # noqa: B008
    window: Annotated[Window, Flat] = Window(),  # noqa: B008
    formula: Annotated[TargetOptions, Flat] = TargetOptions(),  # noqa: B008
    solver: Annotated[SolverOptions, Flat] = SolverOptions(),  # noqa: B008
    keep: Annotated[
        tuple[Keepable, ...], Parameter(help="Stages to save.", consume_multiple=True, negative="")
    ] = recipes.KEPT,
    bootstrap: Annotated[
        int | None, Parameter(help="Draw the documents again so many times (20 or more): intervals for what is asked.")
    ] = None,
    bootstrap_shards: Annotated[
        int | None, Parameter(help="Parts of consecutive documents that are drawn whole; 50 by default.")
    ] = None,
    shards: Annotated[int | None, Parameter(help="Count in so many parts at least; the result is the same.")] = None,
    replacing: Replacing = False,
    resources: Annotated[Resources, Together] = Resources(),  # noqa: B008
    json: Json = False,
) -> None:
    """From text to vectors in one command: encode, count, target, solve, embed."""
    if not replacing:
        refuse_other_making(out, trained=False)
    recipe = recipes.Recipe(reading, tokenizer, selection, phrases, window)
    given = formula.given() | solver.given()
    with using(resources), report.working() as watch:
        resampling = _resampling(bootstrap, bootstrap_shards, given.get("seed", Solver.seed))
        documents = read(texts, reading=reading, tokenizer=tokenizer)
        made, plain = recipes.fitted(
            documents, dim, views=recipes.AUTO if views is None else views, power=power, tied=tied,
            spelling="auto" if spelling is None else spelling, out=out, keep=keep, bootstrap=resampling, shards=shards,
            recipe=recipe, **given,
        )  # fmt: skip
    looked = getattr(made, "views", ("wide",))
    if json:
        report.as_json(
            {"run": str(out), "spelling": 0.0, **made.summary(), "views": list(looked), "plain_because": plain or None,
             "seconds": watch.elapsed, "stages": watch.seconds, "fingerprint": made.fingerprint,
             "lineage": str(made.lineage)}
        )  # fmt: skip
    else:
        parts = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in watch.seconds.items())
        run, look = printable(str(out)), f"view{'s' * (len(looked) > 1)} {' and '.join(looked)}"
        how = f"{look}, {'with' if made.subwords is not None else 'without'} spelling{': ' * bool(plain)}{plain}"
        print(f"{run}: {len(made):,} words in {made.dim} dimensions, {watch.elapsed:.1f} s ({parts})")
        print(how)
        print(f"next: {_next(out, keep, made)}")


def _next(run: Path, kept: Sequence[str], made: Embedding) -> str:
    """Commands that can be given next, with the stages that the run has."""
    place, commands = report.in_shell(str(run)), []
    if "spectrum" in kept:
        commands.append(f"solve2vec modes {place}")
    if "embedding" in kept:
        word = _some_word(made.words)
        commands.append(f"solve2vec neighbors {place} {'-- ' * word.startswith('-')}{report.in_shell(word)}")
    if not commands:
        solve = f"solve --dim {made.dim}" + (" --no-tied" if made.context_vectors is not None else "")
        last = next((name for name in reversed(STAGES) if name in kept and name != "bootstrap"), "bootstrap")
        verb = {"target": solve, "cooccurrence": "target", "corpus": "count"}.get(last, "show")
        commands.append(f"solve2vec {verb} {place}")
    return " · ".join(commands)


def _resampling(replicates: int | None, shards: int | None, seed: int) -> Resampling | None:
    if replicates is None:
        if shards is not None:
            raise InputError("--bootstrap-shards draws nothing by itself: say --bootstrap 20")
        return None
    return Resampling(replicates, seed=seed) if shards is None else Resampling(replicates, shards, seed)


def _some_word(words: tuple[str, ...]) -> str:
    return words[min(len(words) - 1, 500)]


def encode(
    texts: Annotated[list[str], Parameter(help="Files, folders, or - for standard input.")],
    /,
    *,
    out: Annotated[Path, Parameter(help="Folder to write, such as run/corpus.")],
    vocabulary: Annotated[Path | None, Parameter(help="A stage whose vocabulary to use, instead of a new one.")] = None,
    reading: Annotated[ReadingOptions, Flat] = ReadingOptions(),  # noqa: B008
    tokenizer: Annotated[Tokenizer, Flat] = Tokenizer(),  # noqa: B008
    selection: Annotated[VocabularyOptions, Flat] = VocabularyOptions(),  # noqa: B008
    phrases: Annotated[Phrases, Flat] = Phrases(),  # noqa: B008
    resources: Annotated[Resources, Together] = Resources(),  # noqa: B008
    json: Json = False,
) -> None:
    """Text to token ids."""
    from ..corpus.corpus import encode as encode_documents

    if vocabulary is not None and phrases:
        raise InputError("phrases change the vocabulary, so none can be given with them: leave out one of the two")
    if vocabulary is not None and selection != VocabularyOptions():
        raise InputError("a given vocabulary is taken whole: leave out --min-count and --max-vocab")

    def verb() -> Stage:
        given = None if vocabulary is None else _vocabulary_of(vocabulary)
        documents = read(texts, reading=reading, tokenizer=tokenizer)
        made = encode_documents(documents, given, selection=selection)
        return join_phrases(made, phrases, selection=selection)

    with using(resources, scratch=_scratch(out)):
        make(Corpus, verb, out, json)


def count(
    corpus: Annotated[Path, Parameter(help="A corpus, or a run that has one.")],
    /,
    *,
    out: Out = None,
    window: Annotated[Window, Flat] = Window(),  # noqa: B008
    shards: Annotated[int | None, Parameter(help="Count in so many parts at least; the result is the same.")] = None,
    part: Annotated[str | None, Parameter(help="Count one part only, such as 2/3; parts merge to the whole.")] = None,
    estimate: Annotated[bool, Parameter(help="Only say what pairs, bytes and seconds to expect.", negative="")] = False,
    resources: Annotated[Resources, Together] = Resources(),  # noqa: B008
    json: Json = False,
) -> None:
    """Token ids to co-occurrence counts."""
    from ..cooccurrence import cooccurrence
    from ..cooccurrence.planning import estimate as expected_cost

    given = Corpus.load(folder := find_stage(corpus, "corpus"))
    if part is not None:
        given = _part(given, part)
    if estimate:
        if out is not None or resources.memory is not None or shards is not None:
            raise InputError("--estimate counts nothing: leave out --out, --memory and --shards")
        with using(resources):
            expected = expected_cost(given, window)
        report.as_json(expected.as_json()) if json else print(expected)
        return
    if part is not None and out is None:
        raise InputError("one part must not take the place of all counts: say --out, such as part1/cooccurrence")
    out = _beside(out, folder, "cooccurrence")

    with using(resources, scratch=_scratch(out)):
        make(Cooccurrence, lambda: cooccurrence.count(given, window, shards=shards), out, json)


def merge(
    parts: Annotated[list[Path], Parameter(help="Counts, or runs.")],
    /,
    *,
    out: Annotated[Path, Parameter(help="Folder to write.")],
    resources: Annotated[Resources, Together] = Resources(),  # noqa: B008
    json: Json = False,
) -> None:
    """Add counts of disjoint texts, exactly."""
    from ..cooccurrence.cooccurrence import merge as merge_counts

    with using(resources, scratch=_scratch(out)):
        loaded = [counts_at(part) for part in parts]
        make(Cooccurrence, lambda: merge_counts(loaded), out, json)


def subtract(
    whole: Annotated[Path, Parameter(help="Counts, or a run.")],
    part: Annotated[Path, Parameter(help="The counts to take away.")],
    /,
    *,
    out: Annotated[Path, Parameter(help="Folder to write.")],
    resources: Annotated[Resources, Together] = Resources(),  # noqa: B008
    json: Json = False,
) -> None:
    """Take the counts of some text away again, exactly."""
    from ..cooccurrence.cooccurrence import subtract as subtract_counts

    with using(resources, scratch=_scratch(out)):
        loaded = [counts_at(path) for path in (whole, part)]
        make(Cooccurrence, lambda: subtract_counts(*loaded), out, json)


def target(
    cooccurrence: Annotated[Path, Parameter(help="Counts, or a run.")],
    /,
    *,
    out: Out = None,
    formula: Annotated[Formula, Flat] = Formula(),  # noqa: B008
    resources: Annotated[Resources, Together] = Resources(),  # noqa: B008
    json: Json = False,
) -> None:
    """Counts to the matrix that word2vec factorizes."""
    run = cooccurrence.parent if is_stage(cooccurrence) else cooccurrence
    with using(resources):
        counts = counts_at(cooccurrence)
        make(Target, lambda: build_target(counts, formula), run / "target" if out is None else out, json)


def solve(
    target: Annotated[Path, Parameter(help="A target, or a run that has one.")],
    /,
    *,
    out: Out = None,
    dim: Annotated[int, Parameter(help="How many modes.")] = DIM,
    tied: Annotated[bool, Parameter(help="One matrix for words and contexts, or --no-tied: one for each.")] = True,
    solver: Annotated[Solver, Flat] = Solver(),  # noqa: B008
    warm_start: Annotated[Path | None, Parameter(help="A spectrum of similar counts to start from.")] = None,
    resources: Annotated[Threads, Together] = Threads(),  # noqa: B008
    json: Json = False,
) -> None:
    """The matrix to its leading modes."""
    from ..spectrum.solver import solve as solve_target

    matrix = Target.load(folder := find_stage(target, "target"))
    start = None if warm_start is None else Spectrum.load(find_stage(warm_start, "spectrum"))
    out = _beside(out, folder, "spectrum")

    def verb() -> Stage:
        return solve_target(matrix, dim, tied=tied, solver=solver, warm_start=start)

    with using(resources):
        make(Spectrum, verb, out, json)


def embed(
    spectrum: Annotated[Path, Parameter(help="A spectrum, or a run that has one.")],
    /,
    *,
    out: Out = None,
    dim: Annotated[int | None, Parameter(help="Dimensions; all modes by default.")] = None,
    power: Annotated[float, Parameter(help="Power of the eigenvalues.")] = POWER,
    replacing: Replacing = False,
    json: Json = False,
) -> None:
    """Modes to a vector for each word."""
    modes = Spectrum.load(folder := find_stage(spectrum, "spectrum"))
    target = _beside(out, folder, "embedding")
    if not replacing and target.name == "embedding":
        refuse_other_making(target.parent, trained=False)
    was_joined = is_stage(target) and read_header(target)["kind"] == "JoinedEmbedding"

    def made() -> Embedding:
        if was_joined:
            progress.note(
                f"{printable(str(target))} was of two views; it is of the wide one alone now (fit joins both)"
            )
        return embed_spectrum(modes, dim=dim, power=power)

    make(Embedding, made, target, json)


def make(kind: type[Stage], verb: Callable[[], Stage], out: Path, json: bool) -> None:
    """Run a verb, save the stage it makes, and say so."""
    refuse_other(out, kind.__name__)  # before the work, not after it
    with report.working() as watch:
        stage = verb()
        stage.save(out)
        if out.name in STAGES:
            report.note_stale(Run(out.parent), out.name)
    report.made(stage, out, watch.elapsed, json)


def counts_at(path: Path) -> Cooccurrence:
    """The counts that a path holds, or those of a run."""
    return Cooccurrence.load(path) if is_stage(path) else Run(path).counts()


def _beside(out: Path | None, folder: Path, name: str) -> Path:
    return folder.parent / name if out is None else out


def _scratch(out: Path) -> Path:
    """Where unnamed working files go: the nearest folder above ``out`` that is there, on the same disk."""
    return next(folder for folder in out.absolute().parents if folder.is_dir())


def _vocabulary_of(path: Path) -> Vocabulary:
    if not is_stage(path):
        return Run(path).vocabulary
    stage = load_stage(path)
    return stage if isinstance(stage, Vocabulary) else stage.vocabulary  # type: ignore[attr-defined]


def _part(corpus: Corpus, part: str) -> Corpus:
    numbers = part.split("/")
    if len(numbers) != 2 or not all(n.isdigit() for n in numbers) or not 1 <= int(numbers[0]) <= int(numbers[1]):
        raise InputError(f"part must be such as 2/3, got {part!r}")
    return corpus.shard(int(numbers[0]) - 1, int(numbers[1]))
