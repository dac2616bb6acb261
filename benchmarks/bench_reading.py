"""Text to token ids, against plain Python (re.findall, Counter) and gensim's vocabulary scan."""

from __future__ import annotations

import json
import sys
import time

import measure


def ours(text: str, threads: int) -> None:
    """Encode once."""
    from solve2vec import Tokenizer, VocabularyOptions, encode, read

    begun = time.perf_counter()
    corpus = encode(
        read(text, tokenizer=Tokenizer(token_pattern="[a-z]+")), threads=threads, selection=VocabularyOptions(5)
    )
    report(time.perf_counter() - begun, text, len(corpus))


def plain(text: str) -> None:
    """The obvious road."""
    import re
    from collections import Counter

    begun = time.perf_counter()
    with open(text, encoding="utf-8") as lines:
        documents = [re.findall("[a-z]+", line.lower()) for line in lines]
    counts = Counter(word for document in documents for word in document)
    ids = {word: token for token, (word, n) in enumerate(counts.most_common()) if n >= 5}
    tokens = [ids.get(word, len(ids)) for document in documents for word in document]
    report(time.perf_counter() - begun, text, len(tokens))


def gensim(text: str) -> None:
    """Only the scan for the vocabulary: gensim keeps no token ids."""
    from gensim.models.word2vec import LineSentence, Word2Vec

    begun = time.perf_counter()
    model = Word2Vec(min_count=5)
    model.build_vocab(LineSentence(text))
    report(time.perf_counter() - begun, text, model.corpus_total_words)


def report(seconds: float, text: str, tokens: int) -> None:
    """Speed by bytes of text."""
    from pathlib import Path

    speed = Path(text).stat().st_size / 1e6 / seconds
    print(json.dumps({"seconds": seconds, "note": f"{speed:.0f} MB/s, {tokens:,} tokens"}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["ours"]:
        ours(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1:2] in (["plain"], ["gensim"]):
        {"plain": plain, "gensim": gensim}[sys.argv[1]](sys.argv[2])
    else:
        text, this = str(measure.plain_text()), [sys.executable, __file__]
        peers = {
            "solve2vec, 1 thread": [*this, "ours", text, "1"],
            "plain Python": [*this, "plain", text],
            "gensim, vocabulary only": [*this, "gensim", text],
        }
        measure.compare([*this, "ours", text, "2"], peers, name="reading")
