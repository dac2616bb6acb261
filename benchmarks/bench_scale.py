"""How far it goes: a stream of up to a billion tokens, a million words, the whole vocabulary of a text.

python benchmarks/bench_scale.py stream 1000000000     # tokens made as they are read, V = 100,000, L = 16
python benchmarks/bench_scale.py words 1000000 500     # V, and millions of counted pairs: 100 modes
python benchmarks/bench_scale.py text                  # enwiki105, min_count 5, no limit on words, d = 300
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import threading
import time
from pathlib import Path

import measure

CHUNK = 1 << 27  # tokens counted at a time


def stream(n_tokens: int, V: int = 100_000) -> None:
    """Count a stream that is never stored; the limit is on what this process may allocate, mapped files aside."""
    from solve2vec import Corpus, Vocabulary, Window, count_stream, zipf_topic_tokens

    resource.setrlimit(resource.RLIMIT_DATA, (8 << 30, 8 << 30))
    vocabulary = Vocabulary.of_words([f"w{i}" for i in range(V)])
    made = 0.0

    def corpora():
        nonlocal made
        source = zipf_topic_tokens(n_tokens, V, chunk=CHUNK, exponent=1.1)
        while True:
            begun = time.perf_counter()
            piece = next(source, None)
            made += time.perf_counter() - begun
            if piece is None:
                return
            yield Corpus.from_ids(*piece, vocabulary)

    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=measure.RESULTS) as scratch:
        counts = count_stream(corpora(), Window(16, "linear"), memory="6GB", scratch=scratch)
        seconds = time.perf_counter() - begun
        report(
            tokens=n_tokens, seconds=seconds, making_tokens=made, pairs=len(counts.counts.data),
            tokens_per_second=n_tokens / (seconds - made),
        )  # fmt: skip


def words(V: int, millions: int, K: int = 100) -> None:
    """100 modes of M* over counts with ``millions`` of pairs, made like text: both words of a pair by Zipf's law."""
    from solve2vec import mstar, solve

    counts = zipf_counts(V, millions * 1_000_000)
    begun = time.perf_counter()
    target = mstar(counts)
    ready = time.perf_counter()
    del counts
    made = solve(target, K)
    report(
        words=V, pairs=len(target.seen.data), modes=K, target_seconds=ready - begun,
        seconds=time.perf_counter() - ready, worst_residual=made.worst_residual,
    )  # fmt: skip


def zipf_counts(V: int, pairs: int):
    """A Cooccurrence of about so many stored pairs: counts of a stream of topics, counted at L = 16."""
    from solve2vec import Corpus, Vocabulary, Window, count_stream, zipf_topic_tokens

    vocabulary = Vocabulary.of_words([f"w{i}" for i in range(V)])
    n_tokens = round(pairs / 6.0)  # pairs a token at this length, about
    source = zipf_topic_tokens(n_tokens, V, chunk=CHUNK >> 1, exponent=1.1)
    pieces = (Corpus.from_ids(*piece, vocabulary) for piece in source)
    return count_stream(pieces, Window(16, "linear"), memory="6GB", scratch=measure.RESULTS)


def text(K: int = 300) -> None:
    """The whole vocabulary of the shared Wikipedia text, from the text file to vectors."""
    from solve2vec import fit

    source = measure.plain_text()
    begun = time.perf_counter()
    made = fit(source, K, token_pattern="[a-z]+", min_count=5)
    report(words=len(made), dim=K, seconds=time.perf_counter() - begun)


class OwnMemory(threading.Thread):
    """Watches how much memory is this process's own; pages of mapped files the system can take back at any time."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self.start()

    def run(self) -> None:
        """Look five times a second."""
        while True:
            lines = Path("/proc/self/status").read_text().splitlines()
            now = next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
            self.peak = max(self.peak, now)
            time.sleep(0.2)


def report(**facts: float) -> None:
    """One line of JSON, with what the process took."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = {"user_seconds": used.ru_utime, "system_seconds": used.ru_stime}
    memory = {"own_gib": own.peak / 2**20, "with_mapped_files_gib": used.ru_maxrss / 2**20}
    print(json.dumps({**facts, **cpu, **memory, "machine": measure.machine()}))


if __name__ == "__main__":
    measure.RESULTS.mkdir(exist_ok=True)
    own = OwnMemory()
    what, *numbers = sys.argv[1:] or ["text"]
    {"stream": stream, "words": words, "text": text}[what](*map(int, numbers))
