"""Co-occurrence counts, L = 16, linear, against vectorizers' TokenCooccurrenceVectorizer and scipy's sparse sums."""

from __future__ import annotations

import itertools
import json
import sys
import time

import measure

SHARE = 20  # the peers count one document in so many; seconds are scaled by tokens


def corpus():
    """The shared Wikipedia text, 30,000 words."""
    from solve2vec import Tokenizer, VocabularyOptions, encode, read

    documents = read(measure.plain_text(), tokenizer=Tokenizer(token_pattern="[a-z]+"))
    return encode(documents, selection=VocabularyOptions(5, 30_000))


def ours(threads: int) -> None:
    """All of the text."""
    from solve2vec import Window, count

    given = corpus()
    count(given.shards(5000)[0], Window(16, "linear"))  # compiled
    begun = time.perf_counter()
    made = count(given, Window(16, "linear"), threads=threads)
    report(time.perf_counter() - begun, len(given), len(given), len(made.counts.data))


def vectorizers() -> None:
    """A twentieth of the documents."""
    import numpy as np
    from vectorizers import TokenCooccurrenceVectorizer

    given = corpus()
    part = given.shards(SHARE)[0]
    starts = part.document_starts
    words = np.array([*given.vocabulary.words, "<unknown>"])
    documents = [words[part.tokens[a:b]].tolist() for a, b in itertools.pairwise(starts)]
    made = TokenCooccurrenceVectorizer(window_radii=16, window_orientations="after", kernel_functions="flat")
    made.fit_transform(documents[:200])
    begun = time.perf_counter()
    matrix = made.fit_transform(documents)
    matrix = matrix + matrix.T
    report(time.perf_counter() - begun, len(part), len(given), matrix.nnz)


def scipy_sums() -> None:
    """One sparse matrix per distance, added up: the shortest correct program."""
    import numpy as np
    from scipy import sparse

    given = corpus()
    part = given.shards(SHARE)[0]
    V, tokens = len(given.vocabulary), np.asarray(part.tokens)
    document = np.repeat(np.arange(part.n_documents), np.diff(part.document_starts))
    begun = time.perf_counter()
    total = sparse.csr_array((V + 1, V + 1), dtype=np.int64)
    for distance in range(1, 17):
        same = document[distance:] == document[:-distance]
        left, right = tokens[:-distance][same], tokens[distance:][same]
        ones = np.full(len(left), 17 - distance)
        total = total + sparse.coo_array((ones, (left, right)), shape=total.shape).tocsr()
    total = (total + total.T)[:V, :V]
    report(time.perf_counter() - begun, len(part), len(given), total.nnz)


def report(seconds: float, counted: int, all_tokens: int, pairs: int) -> None:
    """Scaled to all tokens."""
    note = f"{counted / seconds / 1e6:.2f}M tokens/s on {counted:,} tokens, {pairs:,} pairs"
    print(json.dumps({"seconds": seconds * all_tokens / counted, "note": note}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["ours"]:
        ours(int(sys.argv[2]))
    elif len(sys.argv) > 1:
        {"vectorizers": vectorizers, "scipy": scipy_sums}[sys.argv[1]]()
    else:
        this = [sys.executable, __file__]
        peers = {"solve2vec, 1 thread": [*this, "ours", "1"], "scipy sparse sums (scaled)": [*this, "scipy"]}
        try:
            import vectorizers as _  # noqa: F401

            peers["vectorizers (scaled)"] = [*this, "vectorizers"]
        except ImportError:
            print("vectorizers is not installed: left out")
        measure.compare([*this, "ours", "2"], peers, name="counting")
