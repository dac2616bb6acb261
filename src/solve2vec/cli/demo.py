"""The demo: the whole way on text that every Python has, and on a corpus whose answer is known."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ..core.errors import InputError
from ..core.printing import printable
from ..core.resources import using
from ..core.storage import draft_file
from . import report
from .reading import Json
from .resources import Resources, Together

if TYPE_CHECKING:
    from ..datasets.planted import PlantedCorpus
    from ..embedding.embedding import Embedding
    from ..spectrum.spectrum import Spectrum

QUERIES = ("thread", "matrix", "integer", "file", "gaussian", "json")
PLANTED_DOCUMENTS, PLANTED_LENGTH = 40_000, 50


def demo(
    *,
    out: Annotated[Path, Parameter(help="Run folder to write.")] = Path("demo"),
    text: Annotated[Path | None, Parameter(help="Only write the text that is learned from, to try things on.")] = None,
    resources: Annotated[Resources, Together] = Resources(),  # noqa: B008
    json: Json = False,
) -> None:
    """The documentation of this Python and a planted corpus, from text to what was learned; under a minute."""
    if text is not None:
        _write(text, json)
        return
    with using(resources), report.working() as watch:
        real = _documentation(out / "documentation", watch)
        planted = _planted(out / "planted", watch)
    if json:
        report.as_json({"documentation": real, "planted": planted, "seconds": watch.elapsed})
        return
    _tell_documentation(real, out / "documentation")
    _tell_planted(planted)
    place = report.in_shell(str(out / "documentation"))
    print(f"All of it took {watch.elapsed:.1f} s.  Now ask: {_program()} neighbors {place} exception")
    print(f"Its text, to try the README on: {_program()} demo --text text.txt")


def _write(text: Path, json: bool) -> None:
    """Copy the documentation of this Python to a new file."""
    from ..datasets.documentation import documentation_corpus

    if text.exists():
        raise InputError(f"{text} exists: name a new file")
    with draft_file(text) as draft:
        shutil.copyfile(documentation_corpus(), draft)
    size = text.stat().st_size
    if json:
        report.as_json({"text": str(text), "bytes": size})
    else:
        print(f"{printable(str(text))}: {size / 1e6:.1f} MB of documentation")


def _program() -> str:
    """How this program is called from here."""
    if shutil.which("solve2vec"):
        return "solve2vec"
    module = os.path.basename(sys.argv[0]) == "__main__.py"
    return (
        f"{report.in_shell(sys.executable)} -m solve2vec" if module else report.in_shell(os.path.relpath(sys.argv[0]))
    )


def _documentation(out: Path, watch: report.Stopwatch) -> dict[str, Any]:
    from ..datasets.documentation import documentation_corpus

    begun = time.perf_counter()
    path = documentation_corpus()
    seconds = {"harvesting": time.perf_counter() - begun}
    embedding, spectrum = _fit(path, out, 100, document="blank-line", token_pattern="letters")
    seconds |= watch.seconds
    return {
        "text": str(path),
        "tokens": embedding.vocabulary.total,
        **embedding.summary(),
        "seconds": seconds,
        "modes": [_mode(spectrum, k, 7) for k in range(8)],
        "neighbors": {word: [w for w, _ in embedding.neighbors(word, 6)] for word in QUERIES if word in embedding},
    }


def _planted(out: Path, watch: report.Stopwatch) -> dict[str, Any]:
    from ..datasets.synthetic import planted_corpus

    begun = time.perf_counter()
    world = planted_corpus()
    documents = world.documents(PLANTED_DOCUMENTS, PLANTED_LENGTH, seed=0)
    embedding, spectrum = _fit(documents, out, world.dim, size="document", min_count=1, shrinkage=0.0)
    asked = [(a, b, c, d) for questions in world.analogies.values() for a, b, c, d in questions]
    right = sum(embedding.analogy(a, b, c, 1)[0][0] == d for a, b, c, d in asked)
    known = world.eigenvalues()
    return {
        "words": len(world.words),
        "tokens": PLANTED_DOCUMENTS * PLANTED_LENGTH,
        "seconds": time.perf_counter() - begun,
        "asked": len(asked),
        "right": right,
        "example": list(world.analogies["gender"][0]),
        "modes": [
            {**_mode(spectrum, k, 5), "known": float(known[k]), **_nearest_concept(world, spectrum, k)}
            for k in range(len(world.concepts))
        ],
    }


def _fit(source: Any, out: Path, dim: int, **options: Any) -> tuple[Embedding, Spectrum]:
    from ..recipe import fit
    from ..run import Run

    return fit(source, dim, out=out, **options), Run(out).load("spectrum", verify=False)


def _mode(spectrum: Spectrum, k: int, n: int) -> dict[str, Any]:
    positive, negative = spectrum.mode_words(k, n)
    return {"mode": k, "eigenvalue": float(spectrum.eigenvalues[k]), "positive": positive, "negative": negative}


def _nearest_concept(world: PlantedCorpus, spectrum: Spectrum, k: int) -> dict[str, Any]:
    """The planted concept most alike to a mode: the squared cosine of their directions."""
    rows = [world.words.index(word) for word in spectrum.vocabulary.words]
    mode = spectrum.eigenvectors[:, k]
    alike = {
        name: float((mode @ direction[rows]) ** 2 / (direction @ direction))
        for name, direction in world.concepts.items()
    }
    best = max(alike, key=lambda name: alike[name])
    return {"concept": best, "overlap": alike[best]}


def _tell_documentation(found: dict[str, Any], out: Path) -> None:
    print(
        f"1. The documentation of this Python: {found['tokens']:,} words of text, solved in {found['dim']} dimensions"
    )
    print(
        "   " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in found["seconds"].items()) + f"; saved in {out}"
    )
    rows = [
        (m["mode"], f"{m['eigenvalue']:.0f}", " ".join(m["positive"]), " ".join(m["negative"])) for m in found["modes"]
    ]
    report.table(("mode", "λ", "one end", "the other"), rows, right=(0, 1), title="What the strongest modes mean")
    near = [(word, " ".join(words)) for word, words in found["neighbors"].items()]
    report.table(("word", "nearest"), near, title="Neighbors")


def _tell_planted(found: dict[str, Any]) -> None:
    a, b, c, d = found["example"]
    print(
        f"2. A planted corpus: {found['words']} words with known concepts, {found['tokens']:,} tokens drawn, "
        f"{found['seconds']:.1f} s\n   {found['right']} of {found['asked']} planted analogies solved, "
        f"such as {a} : {b} = {c} : {d}"
    )
    rows = [
        (m["mode"], m["concept"], f"{m['overlap']:.2f}", f"{m['eigenvalue']:.2f}", f"{m['known']:.2f}",
         " ".join(m["positive"][:4]), " ".join(m["negative"][:4]))
        for m in found["modes"]
    ]  # fmt: skip
    columns = ("mode", "planted concept", "overlap", "λ", "known λ", "one end", "the other")
    report.table(columns, rows, right=(0, 2, 3, 4), title="Each mode is one planted concept")
