"""What the scripts here share: the two corpora, kept stages, and where figures and numbers go.

Every script is one claim: it prints its numbers, writes them to ``numbers/<name>.json`` with its run time, and draws
``figures/<name>.png``.  ``python reproductions/run.py`` runs them all.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import solve2vec
from solve2vec import (
    Cooccurrence,
    Corpus,
    Embedding,
    ReadingOptions,
    Spectrum,
    Tokenizer,
    VocabularyOptions,
    Window,
    sgns,
)

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "benchmarks"))

from measure import DATA, machine  # noqa: E402 - a neighbour, not a package

__all__ = ["DATA", "claim", "modes_of_mstar", "save_figure", "wikipedia", "wikipedia_counts", "word2vec"]
KEPT = HERE / "stages"  # not in the repository; deleted by hand when the text or the options change
FIGURES, NUMBERS = HERE / "figures", HERE / "numbers"


@cache
def wikipedia(V: int = 10_000) -> Corpus:
    """The first 105 MB of a-z Wikipedia, one article a document (6,660 of them), the V most frequent words."""
    packed = DATA / "enwiki105.txt.xz"
    if not packed.exists():
        raise SystemExit(f"{packed} is not there: name the folder that has it with SOLVE2VEC_DATA")

    def make() -> Corpus:
        reading = ReadingOptions(document="blank-line")  # lines are paragraphs, and a blank one ends an article
        documents = solve2vec.read(packed, reading=reading, tokenizer=Tokenizer(token_pattern="[a-z]+"))
        return solve2vec.encode(documents, selection=VocabularyOptions(5, V))

    return _kept(f"articles-{V}", make)


@cache
def wikipedia_counts(V: int = 10_000, window: Window = Window(16, "linear")) -> Cooccurrence:  # noqa: B008 - frozen
    """Its counts; the paper's window by default."""
    return _kept(f"article-counts-{V}-{window.size}-{window.weighting}", lambda: solve2vec.count(wikipedia(V), window))


@cache
def modes_of_mstar(K: int, V: int = 10_000) -> Spectrum:
    """The K leading modes of M* (κ = 0) of these counts."""
    return _kept(f"mstar-{V}-{K}", lambda: solve2vec.solve(solve2vec.mstar(wikipedia_counts(V), shrinkage=0.0), K))


@cache
def word2vec(tied: bool = False, dim: int = 200, epochs: int = 3) -> Embedding:
    """Skip-gram trained on these articles with word2vec's settings, but for the paper's window; 10,000 words."""

    def make() -> Embedding:
        made = sgns.train(wikipedia(), window=Window(16, "linear"), dim=dim, epochs=epochs, tied=tied)
        return made.embedding

    return _kept(f"word2vec-{'tied' if tied else 'untied'}-{dim}-{epochs}", make)


def _kept(name: str, make: Any) -> Any:
    """A stage that an earlier script left, or a new one."""
    folder = KEPT / name
    if not folder.exists():
        make().save(folder)
    return solve2vec.load(folder)


@contextmanager
def claim(name: str, sentence: str) -> Iterator[dict[str, Any]]:
    """Print the claim, time what shows it, and keep the numbers that the block puts into the dictionary."""
    print(f"\n{name}: {sentence}")
    found: dict[str, Any] = {}
    begun = time.perf_counter()
    yield found
    seconds = time.perf_counter() - begun
    NUMBERS.mkdir(exist_ok=True)
    kept = {"claim": sentence, "seconds": round(seconds, 1), "machine": machine(), "numbers": found}
    (NUMBERS / f"{name}.json").write_text(json.dumps(kept, indent=1, default=float) + "\n", encoding="utf-8")
    for key, value in found.items():
        print(f"  {key}: {json.dumps(value, default=float)}"[:400])
    print(f"  {seconds:.0f} s")


def save_figure(figure: Any, name: str) -> None:
    """As a picture that a page can show: 110 dots an inch, no metadata that changes from run to run."""
    FIGURES.mkdir(exist_ok=True)
    figure.savefig(FIGURES / f"{name}.png", dpi=110, metadata={"Software": None})
