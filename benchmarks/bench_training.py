"""Stochastic training, ours and gensim's (``corpus_file``, 2 workers), on one text: words/s, peak memory, analogies.

    python benchmarks/bench_training.py [--model sgns cbow] [--epochs 5] [--seeds 1] [--text FILE]
                                        [--only ours free gensim] [--rate η]

Window 5, 5 negatives, subsampling 1e-3, V = 30,000, d = 200.  Every run is a process of its own; text is tokenized
beforehand for gensim and encoded beforehand for us, and neither is timed.  A word is a token of the text inside the
vocabulary, before subsampling, in every epoch.  Kernels are compiled before the first timed run.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import measure

TOKENS = ["--token-pattern", "[a-z]+", "--max-vocab", "30000"]
QUESTIONS = str(measure.DATA / "evaluation" / "questions-words.txt")
RATES = {"sgns": 0.025, "cbow": 0.05}
WHO = ("ours", "free", "gensim")
NAMES = {"ours": "solve2vec, same bits for any threads", "free": "solve2vec, lock-free", "gensim": "gensim, 2 workers"}


def gensim(cleaned: str, model: str, epochs: int, seed: int, rate: float) -> None:
    """Build the vocabulary, then train: only training is timed, as gensim's own log times it."""
    from gensim.models import Word2Vec

    made = Word2Vec(
        vector_size=200, window=5, negative=5, sg=int(model == "sgns"), epochs=epochs, workers=2, sample=1e-3,
        max_final_vocab=30_000, min_count=5, seed=seed + 1, alpha=rate,
    )  # fmt: skip
    made.build_vocab(corpus_file=cleaned)
    words = sum(made.wv.get_vecattr(word, "count") for word in made.wv.index_to_key)
    begun = time.perf_counter()
    made.train(corpus_file=cleaned, total_words=made.corpus_total_words, epochs=epochs)
    seconds = time.perf_counter() - begun
    score, _ = made.wv.evaluate_word_analogies(QUESTIONS)
    print(json.dumps({"seconds": seconds, "words_per_second": epochs * words / seconds, "accuracy": 100 * score}))


def ours(corpus: str, model: str, epochs: int, seed: int, rate: float, lock_free: bool) -> None:
    """Train, then score with gensim's questions."""
    import solve2vec
    from solve2vec.evaluation import analogies, read_analogies

    given = solve2vec.load(corpus)
    trainer = getattr(solve2vec, model)
    trainer.train(given.shards(200)[0], epochs=1, dim=200, lock_free=lock_free)  # compiles
    begun = time.perf_counter()
    made = trainer.train(given, epochs=epochs, seed=seed, learning_rate=rate, lock_free=lock_free)
    seconds = time.perf_counter() - begun
    words = epochs * given.coverage * len(given)
    score = analogies(made.embedding, read_analogies(QUESTIONS), bootstrap=2)
    facts = {"words_per_second": words / seconds, "accuracy": 100 * score.accuracy}
    print(json.dumps({"seconds": seconds, **facts, "epoch_losses": made.facts["epoch_losses"]}))


def prepare(text: str, folder: Path) -> tuple[str, str]:
    """The corpus for us and the cleaned text for gensim, both from the same tokens."""
    corpus, cleaned = folder / "corpus", folder / "cleaned.txt"
    command = ["solve2vec", "encode", text, "--out", str(corpus), *TOKENS]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with open(text, encoding="utf-8") as source, open(cleaned, "w") as sink:
        for line in source:
            sink.write(" ".join(re.findall("[a-z]+", line.lower())) + "\n")
    return str(corpus), str(cleaned)


def compare(options: argparse.Namespace) -> None:
    """All that was asked for in turn, seed after seed; prints as it goes, keeps JSON."""
    found: dict[str, list[dict]] = {}
    with tempfile.TemporaryDirectory() as folder:
        corpus, cleaned = prepare(options.text, Path(folder))
        for model in options.model:
            rate = options.rate or RATES[model]
            for seed in range(options.seeds):
                for who in options.only:
                    place, name = cleaned if who == "gensim" else corpus, f"{model} {who}"
                    command = [
                        sys.executable,
                        __file__,
                        "run",
                        who,
                        place,
                        model,
                        str(options.epochs),
                        str(seed),
                        str(rate),
                    ]
                    run = measure.run(command)
                    found.setdefault(name, []).append({"peak_mb": run.peak_mb, "cpu": run.cpu, **run.report})
                    print(f"{model:<6}{NAMES[who]:<40} {_line(found[name][-1:])}", flush=True)
    print(f"training on {measure.machine()}, {options.epochs} epochs of {options.text}, {options.seeds} seeds")
    for name, runs in found.items():
        model, who = name.split()
        other = found.get(f"{model} gensim")
        ratio = f"{_speed(runs) / _speed(other):5.2f} x" if other else ""
        print(f"  {model:<6}{NAMES[who]:<40} {_line(runs)} {ratio}")
    measure.RESULTS.mkdir(exist_ok=True)
    kept = {
        "machine": measure.machine(),
        "text": os.path.basename(options.text),
        "epochs": options.epochs,
        "runs": found,
    }
    (measure.RESULTS / "training.json").write_text(json.dumps(kept, indent=1))


def _speed(runs: list[dict]) -> float:
    return statistics.median(run["words_per_second"] for run in runs)


def _line(runs: list[dict]) -> str:
    scores = [run["accuracy"] for run in runs]
    spread = f" ± {2 * statistics.stdev(scores) / len(scores) ** 0.5:.1f}" if len(scores) > 1 else ""
    peak = statistics.median(run["peak_mb"] for run in runs)
    return f"{_speed(runs):10,.0f} words/s {peak:6.0f} MB   Google analogies {statistics.mean(scores):.1f}{spread} %"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", nargs="+", choices=("sgns", "cbow"), default=("sgns", "cbow"))
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=1, help="runs of each, with seeds 0, 1, …")
    parser.add_argument("--rate", type=float, help="learning rate of both; by default word2vec.c's")
    parser.add_argument("--text", help="by default the Wikipedia text of the shared data")
    parser.add_argument("--only", nargs="+", choices=WHO, default=WHO)
    options = parser.parse_args()
    options.text = options.text or str(measure.plain_text())
    return options


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        who, place, model, epochs, seed, rate = sys.argv[2:]
        if who == "gensim":
            gensim(place, model, int(epochs), int(seed), float(rate))
        else:
            ours(place, model, int(epochs), int(seed), float(rate), who == "free")
    else:
        compare(_options())
