"""Commands that make stages: each loads what it needs, calls one verb, saves, and says what it made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from .. import recipes
from ..cooccurrence import Cooccurrence
from ..corpus import Corpus, Selection
from ..embedding import embed as embed_spectrum
from ..errors import InputError
from ..formula import Formula
from ..loading import find_stage
from ..spectrum import Solver, Spectrum
from ..stage import Stage
from ..target import Target, build_target
from ..text.documents import Reading, read
from ..text.tokenizer import Tokenizer
from ..vocabulary import Vocabulary
from ..window import Window
from . import report

Flat = Parameter(name="*")
Threads = Annotated[int | None, Parameter(help="Threads; all cores by default. The result does not depend on it.")]
Memory = Annotated[str | None, Parameter(help="Limit of the count, such as 4GB; half of what is free by default.")]
Json = Annotated[bool, Parameter(help="Report as JSON.", negative="")]
Out = Annotated[Path | None, Parameter(help="Folder to write; by default beside the input, under the stage's name.")]
StageName = Literal["corpus", "cooccurrence", "target", "spectrum", "embedding"]


def fit(
    texts: Annotated[list[str], Parameter(help="Files, folders, or - for standard input.")],
    /,
    *,
    out: Annotated[Path, Parameter(help="Run folder to write.")],
    dim: Annotated[int, Parameter(help="Dimensions d.")] = 200,
    power: Annotated[float, Parameter(help="Power of the eigenvalues.")] = 0.5,
    tied: Annotated[bool, Parameter(help="One matrix for words and contexts, or --no-tied: one for each.")] = True,
    reading: Annotated[Reading, Flat] = Reading(),  # noqa: B008
    tokenizer: Annotated[Tokenizer, Flat] = Tokenizer(),  # noqa: B008
    selection: Annotated[Selection, Flat] = Selection(),  # noqa: B008
    window: Annotated[Window, Flat] = Window(),  # noqa: B008
    formula: Annotated[Formula, Flat] = Formula(),  # noqa: B008
    solver: Annotated[Solver, Flat] = Solver(),  # noqa: B008
    keep: Annotated[
        list[StageName], Parameter(help="Stages to save.", consume_multiple=True, negative="")
    ] = list(recipes.KEPT),  # noqa: B006, B008
    memory: Memory = None,
    shards: Annotated[int | None, Parameter(help="Count in so many parts at least; the result is the same.")] = None,
    threads: Threads = None,
    json: Json = False,
) -> None:
    """From text to vectors in one command: encode, count, target, solve, embed."""
    recipe = recipes.Recipe(reading, tokenizer, selection, window, formula, solver)
    with report.working() as watch:
        documents = read(texts, reading=reading, tokenizer=tokenizer)
        made = recipes.fit(
            documents, dim, power=power, tied=tied, out=out, keep=keep, memory=memory, shards=shards,
            threads=threads, recipe=recipe,
        )  # fmt: skip
    if json:
        report.as_json(
            {"run": str(out), **made.summary(), "seconds": watch.elapsed, "stages": watch.seconds,
             "fingerprint": made.fingerprint, "lineage": str(made.lineage)}
        )  # fmt: skip
    else:
        parts = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in watch.seconds.items())
        print(f"{out}: {len(made):,} words in {made.dim} dimensions, {watch.elapsed:.1f} s ({parts})")
        print(f"next: solve2vec modes {out} · solve2vec neighbors {out} {report.printed(_some_word(made.words))}")


def _some_word(words: tuple[str, ...]) -> str:
    return words[min(len(words) - 1, 500)]


def encode(
    texts: Annotated[list[str], Parameter(help="Files, folders, or - for standard input.")],
    /,
    *,
    out: Annotated[Path, Parameter(help="Folder to write, such as run/corpus.")],
    vocabulary: Annotated[Path | None, Parameter(help="A stage whose vocabulary to use, instead of a new one.")] = None,
    reading: Annotated[Reading, Flat] = Reading(),  # noqa: B008
    tokenizer: Annotated[Tokenizer, Flat] = Tokenizer(),  # noqa: B008
    selection: Annotated[Selection, Flat] = Selection(),  # noqa: B008
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Text to token ids."""
    from ..corpus import encode as encode_documents

    def verb() -> Stage:
        given = None if vocabulary is None else _vocabulary_of(vocabulary)
        documents = read(texts, reading=reading, tokenizer=tokenizer)
        return encode_documents(documents, given, selection=selection, threads=threads, scratch=_scratch(out))

    _make(verb, out, json)


def count(
    corpus: Annotated[Path, Parameter(help="A corpus, or a run that has one.")],
    /,
    *,
    out: Out = None,
    window: Annotated[Window, Flat] = Window(),  # noqa: B008
    memory: Memory = None,
    shards: Annotated[int | None, Parameter(help="Count in so many parts at least; the result is the same.")] = None,
    part: Annotated[str | None, Parameter(help="Count one part only, such as 2/3; parts merge to the whole.")] = None,
    estimate: Annotated[bool, Parameter(help="Only say how many pairs, bytes and seconds to expect.", negative="")] = False,
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Token ids to co-occurrence counts."""
    from .. import cooccurrence

    given = Corpus.load(folder := find_stage(corpus, "corpus"))
    if part is not None:
        given = _part(given, part)
    if estimate:
        expected = cooccurrence.estimate(given, window, threads=threads)
        report.as_json(expected.as_json()) if json else print(expected)
        return
    out = _beside(out, folder, "cooccurrence")
    _make(
        lambda: cooccurrence.count(
            given, window, memory=memory, shards=shards, threads=threads, scratch=_scratch(out)
        ),
        out,
        json,
    )


def merge(
    parts: Annotated[list[Path], Parameter(help="Counts, or runs that have them.")],
    /,
    *,
    out: Annotated[Path, Parameter(help="Folder to write.")],
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Add counts of disjoint texts, exactly."""
    from ..cooccurrence import merge as merge_counts

    loaded = [Cooccurrence.load(find_stage(part, "cooccurrence")) for part in parts]
    _make(lambda: merge_counts(loaded, threads=threads, scratch=_scratch(out)), out, json)


def subtract(
    whole: Annotated[Path, Parameter(help="Counts, or a run that has them.")],
    part: Annotated[Path, Parameter(help="The counts to take away.")],
    /,
    *,
    out: Annotated[Path, Parameter(help="Folder to write.")],
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Take the counts of some text away again, exactly."""
    from ..cooccurrence import subtract as subtract_counts

    loaded = [Cooccurrence.load(find_stage(path, "cooccurrence")) for path in (whole, part)]
    _make(lambda: subtract_counts(*loaded, threads=threads, scratch=_scratch(out)), out, json)


def target(
    cooccurrence: Annotated[Path, Parameter(help="Counts, or a run that has them.")],
    /,
    *,
    out: Out = None,
    formula: Annotated[Formula, Flat] = Formula(),  # noqa: B008
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Counts to the matrix that word2vec factorizes."""
    counts = Cooccurrence.load(folder := find_stage(cooccurrence, "cooccurrence"))
    _make(lambda: build_target(counts, formula, threads=threads), _beside(out, folder, "target"), json)


def solve(
    target: Annotated[Path, Parameter(help="A target, or a run that has one.")],
    /,
    *,
    out: Out = None,
    dim: Annotated[int, Parameter(help="How many modes.")] = 200,
    tied: Annotated[bool, Parameter(help="One matrix for words and contexts, or --no-tied: one for each.")] = True,
    solver: Annotated[Solver, Flat] = Solver(),  # noqa: B008
    warm_start: Annotated[Path | None, Parameter(help="A spectrum of similar counts to start from.")] = None,
    threads: Threads = None,
    json: Json = False,
) -> None:
    """The matrix to its leading modes."""
    from ..spectrum import solve as solve_target

    matrix = Target.load(folder := find_stage(target, "target"))
    start = None if warm_start is None else Spectrum.load(find_stage(warm_start, "spectrum"))
    out = _beside(out, folder, "spectrum")
    _make(
        lambda: solve_target(matrix, dim, tied=tied, solver=solver, warm_start=start, threads=threads), out, json
    )


def embed(
    spectrum: Annotated[Path, Parameter(help="A spectrum, or a run that has one.")],
    /,
    *,
    out: Out = None,
    dim: Annotated[int | None, Parameter(help="Dimensions; all modes by default.")] = None,
    power: Annotated[float, Parameter(help="Power of the eigenvalues.")] = 0.5,
    json: Json = False,
) -> None:
    """Modes to a vector for each word."""
    modes = Spectrum.load(folder := find_stage(spectrum, "spectrum"))
    _make(lambda: embed_spectrum(modes, dim=dim, power=power), _beside(out, folder, "embedding"), json)


def _make(verb: Callable[[], Stage], out: Path, json: bool) -> None:
    from ..storage import refuse_foreign

    refuse_foreign(out, "stage.json")  # before the work, not after it
    with report.working() as watch:
        stage = verb()
        stage.save(out)
    report.made(stage, out, watch.elapsed, json)


def _beside(out: Path | None, folder: Path, name: str) -> Path:
    return folder.parent / name if out is None else out


def _scratch(out: Path) -> Path:
    """Where unnamed working files go: the disk that the result will be on."""
    parent = out.absolute().parent
    parent.mkdir(parents=True, exist_ok=True)
    return parent


def _vocabulary_of(path: Path) -> Vocabulary:
    from ..loading import load_stage

    stage = load_stage(find_stage(path, "vocabulary", "corpus", "cooccurrence", "embedding"))
    return stage if isinstance(stage, Vocabulary) else stage.vocabulary  # type: ignore[attr-defined,no-any-return]


def _part(corpus: Corpus, part: str) -> Corpus:
    numbers = part.split("/")
    if len(numbers) != 2 or not all(n.isdigit() for n in numbers) or not 1 <= int(numbers[0]) <= int(numbers[1]):
        raise InputError(f"part must be such as 2/3, got {part!r}")
    return corpus.shards(int(numbers[1]))[int(numbers[0]) - 1]
