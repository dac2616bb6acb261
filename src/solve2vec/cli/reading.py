"""Commands that ask: modes, neighbors, analogies, and what a folder is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from ..errors import FolderError
from ..loading import find_stage, load, load_stage
from ..stage import Stage, _brief, is_stage, read_header
from . import report

if TYPE_CHECKING:
    from ..embedding import Embedding

Json = Annotated[bool, Parameter(help="Report as JSON.", negative="")]
Run = Annotated[Path, Parameter(help="A run, a stage, or a file of vectors.")]


def modes(
    run: Run,
    /,
    *,
    modes: Annotated[int, Parameter(name=["--modes", "-k"], help="How many modes, strongest first.")] = 10,
    words: Annotated[int, Parameter(name=["--words", "-n"], help="How many words at each end.")] = 8,
    json: Json = False,
) -> None:
    """What each mode means: its strength, and the words at its two ends."""
    from ..spectrum import Spectrum

    spectrum = Spectrum.load(find_stage(run, "spectrum"))
    rows = [
        {"mode": k, "eigenvalue": float(spectrum.eigenvalues[k]), "residual": float(spectrum.residuals[k]),
         **dict(zip(("positive", "negative"), spectrum.mode_words(k, words), strict=True))}
        for k in range(min(modes, len(spectrum)))
    ]  # fmt: skip
    if json:
        report.as_json({"modes": rows})
        return
    report.table(
        ("mode", "λ", "one end", "the other"),
        [(r["mode"], f"{r['eigenvalue']:.1f}", " ".join(r["positive"]), " ".join(r["negative"])) for r in rows],
        right=(0, 1),
    )


def neighbors(
    run: Run,
    words: Annotated[list[str], Parameter(help="Words to ask for.")],
    /,
    *,
    n: Annotated[int, Parameter(name=["--n", "-n"], help="How many neighbors.")] = 10,
    json: Json = False,
) -> None:
    """The nearest words by cosine."""
    embedding = embedding_at(run)
    found = {word: embedding.neighbors(word, n) for word in words}
    _tell(found, json)


def analogy(
    run: Run,
    a: str,
    b: str,
    c: str,
    /,
    *,
    n: Annotated[int, Parameter(name=["--n", "-n"], help="How many answers.")] = 5,
    method: Annotated[Literal["add", "mul"], Parameter(help="3CosAdd or 3CosMul.")] = "add",
    json: Json = False,
) -> None:
    """A is to B as C is to …? The three given words are left out of the answer."""
    found = embedding_at(run).analogy(a, b, c, n, method=method)
    _tell({f"{a} : {b} = {c} : ?": found}, json)


def show(
    folder: Annotated[Path, Parameter(help="A stage, a run, or a file of vectors.")],
    /,
    *,
    json: Json = False,
) -> None:
    """What a folder or file is, whether it is whole, and how it was made."""
    folders = _stages_in(folder)
    if not folders:
        facts = [{"folder": str(folder), "kind": "vectors", **embedding_at(folder).summary()}]
    else:
        facts = [_facts(path, load_stage(path)) for path in folders]
    if json:
        report.as_json({"stages": facts})
        return
    for fact in facts:
        lineage = fact.pop("lineage", [])
        print(f"{report.printed(str(fact.pop('folder')))}: {fact.pop('kind')}")
        for name, value in fact.items():
            print(f"  {name.replace('_', ' '):<18} {_brief(value)}")
        for place, step in enumerate(lineage):
            print(f"  {'made by' if place == 0 else '':<18} {report.printed(step)}")


def _facts(path: Path, stage: Stage) -> dict[str, object]:
    header = read_header(path)
    return {
        "folder": str(path),
        "kind": header["kind"],
        **stage.summary(),
        "bytes": sum(entry["bytes"] for entry in header["files"].values()),
        "format": header["format"],
        "written_by": f"solve2vec {header['version']}",
        "fingerprint": stage.fingerprint,
        "lineage": [str(step) for step in stage.lineage],
    }


def _stages_in(folder: Path) -> list[Path]:
    if is_stage(folder) or not folder.is_dir():
        return [folder] if is_stage(folder) else []
    order = ("vocabulary", "corpus", "cooccurrence", "target", "spectrum", "embedding")
    found = [path for path in folder.iterdir() if is_stage(path)]
    return sorted(found, key=lambda path: (order.index(path.name) if path.name in order else 99, path.name))


def embedding_at(path: Path) -> Embedding:
    """The embedding of a run, a stage, or a file of vectors."""
    from ..embedding import Embedding

    if path.is_dir() and not is_stage(path) and _stages_in(path):
        path = find_stage(path, "embedding")
    made = load(path)
    if not isinstance(made, Embedding):
        raise FolderError(f"{path} holds a {type(made).__name__}, not an Embedding: solve and embed it first")
    return made


def _tell(found: dict[str, list[tuple[str, float]]], json: bool) -> None:
    if json:
        report.as_json(
            {"results": [{"query": query, "words": [{"word": w, "similarity": s} for w, s in best]} for query, best in found.items()]}
        )
        return
    for query, best in found.items():
        report.table(("word", "cosine"), [(word, f"{value:.3f}") for word, value in best], right=(1,), title=report.printed(query))
