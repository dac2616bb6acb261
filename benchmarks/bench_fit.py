"""The whole way, raw text to saved vectors, against gensim's skip-gram on the same text (window 5, 5 negatives)."""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from pathlib import Path

import measure

TOKENS = ["--token-pattern", "[a-z]+", "--max-vocab", "30000"]


def gensim(text: str, epochs: int) -> None:
    """Train as people do; the text is tokenized into a file beforehand and that is not timed."""
    from gensim.models import Word2Vec

    with tempfile.TemporaryDirectory() as folder:
        cleaned = Path(folder) / "cleaned.txt"
        with open(text, encoding="utf-8") as source, open(cleaned, "w") as sink:
            for line in source:
                sink.write(" ".join(re.findall("[a-z]+", line.lower())) + "\n")
        begun = time.perf_counter()
        model = Word2Vec(
            corpus_file=str(cleaned), vector_size=200, window=5, negative=5, sg=1, epochs=epochs, workers=2,
            max_final_vocab=30_000, min_count=5,
        )  # fmt: skip
        seconds = time.perf_counter() - begun
        questions = measure.DATA / "evaluation" / "questions-words.txt"
        score, _ = model.wv.evaluate_word_analogies(str(questions))
    print(json.dumps({"seconds": seconds, "note": f"Google analogies {100 * score:.1f} %"}))


def ours(text: str) -> None:
    """Fit through the command line, then score."""
    import subprocess

    with tempfile.TemporaryDirectory() as folder:
        run = str(Path(folder) / "run")
        begun = time.perf_counter()
        subprocess.run(["solve2vec", "fit", text, "--out", run, *TOKENS], check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - begun
        questions = str(measure.DATA / "evaluation" / "questions-words.txt")
        command = ["solve2vec", "evaluate", run, "--analogies", questions, "--bootstrap", "2", "--json"]
        scored = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    accuracy = scored["analogies"][0]["accuracy"]
    print(json.dumps({"seconds": seconds, "note": f"Google analogies {100 * accuracy:.1f} %"}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["gensim"]:
        gensim(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1:2] == ["ours"]:
        ours(sys.argv[2])
    else:
        text, this = str(measure.plain_text()), [sys.executable, __file__]
        peers = {"gensim skip-gram, 5 epochs, 2 workers": [*this, "gensim", text, "5"]}
        measure.compare([*this, "ours", text], peers, name="fit", runs=int((sys.argv[1:] or ["1"])[0]))
