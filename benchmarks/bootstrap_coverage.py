"""Do bootstrap intervals cover?  A text of articles is split at random into halves, which stand in for new texts.

    python benchmarks/bootstrap_coverage.py enwiki105.txt --questions men.txt ws353.txt

Two questions, for cosines of question pairs, of random pairs and of nearest neighbors, and for eigenvalues:

*whole*   The 95 % intervals of a fit on all of the text, against the estimates from a random half of its articles.
          A half of n articles is off the whole by a variance of (1/(n/2) - 1/n) σ² = σ²/n, just that of the whole's
          own error, so 95 % of half-corpus estimates should fall inside.  Shrinkage κ is in counts: half the text
          is solved with half of it, to estimate the same thing; with all of it eigenvalues are smaller.
*half*    The intervals of one half against the estimates of the other, an independent text of the same size.  Both
          err alike: 95 % should fall inside intervals √2 times as wide (prediction=True), and
          P(|t| < 1.96 / √2) = 83 % inside the plain ones.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import solve2vec as s2v
from solve2vec.uncertainty import Bootstrap, Resampling, resample

BANDS = ((0, 1000), (1000, 3000), (3000, 10_000))
WORDS, NEAREST = 150, 10  # of each band


@dataclass(frozen=True)
class Run:
    corpus: s2v.Corpus
    spectrum: s2v.Spectrum
    embedding: s2v.Embedding

    @classmethod
    def of(cls, corpus: s2v.Corpus, counts: s2v.Cooccurrence, dim: int, shrinkage: float) -> Run:
        spectrum = s2v.solve(s2v.build_target(counts, s2v.Formula(shrinkage=shrinkage)), dim)
        return cls(corpus, spectrum, s2v.embed(spectrum))


def halves(path: Path, folder: Path, seed: int) -> tuple[Path, Path]:
    """Articles, which end at empty lines, go to either half at random."""
    articles = path.read_text(encoding="utf-8").split("\n\n")
    side = np.random.default_rng(seed).permutation(len(articles)) % 2
    made = folder / "a.txt", folder / "b.txt"
    for which, out in enumerate(made):
        text = "\n\n".join(a for a, s in zip(articles, side, strict=True) if s == which)
        out.write_text(text, encoding="utf-8")
    return made


def pairs_of(embedding: s2v.Embedding, files: list[Path]) -> dict[str, list[tuple[str, str]]]:
    """Question pairs; and for each band of frequency, random pairs and the nearest neighbors of random words."""
    known, rng = embedding.vocabulary, np.random.default_rng(0)
    asked = [line.split()[:2] for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    groups = {"question pairs": [(a, b) for a, b in asked if a in known and b in known and a != b]}
    for low, high in BANDS:
        high = min(high, len(known))
        left, right = rng.integers(low, high, size=(2, WORDS * NEAREST))
        random = [(known.words[i], known.words[j]) for i, j in zip(left, right, strict=True) if i != j]
        chosen = [known.words[i] for i in rng.choice(np.arange(low, high), WORDS, replace=False)]
        near = [(word, other) for word in chosen for other, _ in embedding.neighbors(word, NEAREST)]
        groups |= {f"random pairs, ranks {low}-{high}": random, f"nearest {NEAREST}, ranks {low}-{high}": near}
    return groups


def inside(bootstrap: Bootstrap, pairs: list[tuple[str, str]], other: s2v.Embedding, prediction: bool) -> float:
    """The share of another estimate's cosines inside our intervals."""
    found = bootstrap.similarities(pairs, prediction=prediction)
    new = [other.similarity(*pair) for pair in pairs]
    return float(np.mean([low <= value <= high for (_, low, high), value in zip(found, new, strict=True)]))


def modes_inside(bootstrap: Bootstrap, ours: s2v.Spectrum, other: s2v.Spectrum, prediction: bool) -> float:
    """The same of eigenvalues, the other's modes matched to ours by direction."""
    from solve2vec.uncertainty import match

    place = match((ours.eigenvectors.T @ other.eigenvectors)[None]).place[0]
    found = bootstrap.modes(prediction=prediction)
    return float(
        np.mean([mode.low <= value <= mode.high for mode, value in zip(found, other.eigenvalues[place], strict=True)])
    )


def table(bootstrap: Bootstrap, run: Run, others: list[Run], files: list[Path], wide: tuple[bool, ...]) -> list[dict]:
    rows = []
    for name, pairs in pairs_of(run.embedding, files).items():
        widths = [np.mean([(i.high - i.low) / 2 for i in bootstrap.similarities(pairs)])]
        shares = [np.mean([inside(bootstrap, pairs, other.embedding, w) for other in others]) for w in wide]
        rows.append({"what": name, "n": len(pairs), "half_width": float(widths[0]), "inside": list(map(float, shares))})
    shares = [np.mean([modes_inside(bootstrap, run.spectrum, o.spectrum, w) for o in others]) for w in wide]
    width = float(np.mean([(m.high - m.low) / 2 / m.eigenvalue for m in bootstrap.modes()]))
    rows.append(
        {"what": "eigenvalues", "n": len(run.spectrum), "half_width": width, "inside": list(map(float, shares))}
    )
    return rows


def show(title: str, columns: tuple[str, ...], rows: list[dict]) -> None:
    print(f"\n{title}\n{'':32} {'n':>6} {'± mean':>7} " + " ".join(f"{c:>12}" for c in columns))
    for row in rows:
        shares = " ".join(f"{share:12.1%}" for share in row["inside"])
        print(f"{row['what']:32} {row['n']:6,} {row['half_width']:7.3f} {shares}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=Path, help="articles that end at empty lines")
    parser.add_argument("--questions", type=Path, nargs="*", default=[], help="files of word pairs")
    parser.add_argument("--vocabulary", type=int, default=10_000)
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--replicates", type=int, default=20)
    parser.add_argument("--shards", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write the numbers here too")
    options = parser.parse_args()
    begun = time.perf_counter()
    κ = s2v.Formula().shrinkage
    corpus = s2v.encode(options.text, selection=s2v.VocabularyOptions(max_vocab=options.vocabulary))
    whole = Run.of(corpus, s2v.count(corpus), options.dim, κ)
    with TemporaryDirectory() as folder:
        split = [s2v.encode(half, corpus.vocabulary) for half in halves(options.text, Path(folder), options.seed)]
    counts = [s2v.count(half) for half in split]
    parts, with_half_shrinkage = (
        [Run.of(half, counted, options.dim, shrinkage) for half, counted in zip(split, counts, strict=True)]
        for shrinkage in (κ, κ / 2)
    )
    del counts
    resampling = Resampling(options.replicates, options.shards, options.seed)
    report: dict = {"command": sys.argv, "machine": platform.processor() or platform.machine(), "cores": os.cpu_count()}
    for name, run, others, wide, columns in (
        ("whole", whole, with_half_shrinkage, (False,), ("95 % wanted",)),
        ("half", parts[0], parts[1:], (True, False), ("95 % wanted", "83 % wanted")),
    ):
        at = time.perf_counter()
        bootstrap = resample(run.corpus, run.spectrum, run.embedding, resampling)
        seconds = time.perf_counter() - at
        rows = table(bootstrap, run, others, options.questions, wide)
        title = {"whole": "intervals of the whole, estimates of its halves", "half": "of one half, of the other"}[name]
        show(f"{title} ({len(run.corpus):,} tokens; {options.replicates} replicates in {seconds:.0f} s)", columns, rows)
        report[name] = {"seconds": seconds, "rows": rows}
    report["seconds"] = time.perf_counter() - begun
    print(f"\n{report['seconds']:.0f} s in all")
    if options.json:
        options.json.write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
