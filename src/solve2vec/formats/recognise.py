"""What a file or folder seems to be that is none of the formats."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import numpy as np

from ..core.signatures import MARKUP
from . import safetensors
from .glove_counts import RECORD
from .sample import Sample

GENSIM = re.compile(rb"gensim\.models\.\w+[^A-Za-z]+((?:Fast|Word2|Doc2|Keyed)\w+)")  # the class, in a pickle's head
PICKLE = re.compile(rb"\x80[\x02-\x05]")
ARRAYS = re.compile(rb"[\[{]\s*[\"\[{\d]")


def seeming(sample: Sample) -> str:
    """What it seems to be, and what to do."""
    if sample.path.is_dir():
        names = sorted(item.name for item in sample.path.iterdir())
        if any(name.startswith("part-") for name in names):
            return "a folder of parts, as Spark writes it: put them into one file (cat part-* > vectors.txt)"
        held = ", ".join(names[:5]) or "nothing"
        return f"a folder without embeddings; it holds {held}"
    if not sample.head:
        return "empty"
    if sample.is_text and sample.layout.fault:
        return sample.layout.fault
    if sample.is_text and sample.layout.dim == 1:
        return (
            "a list of words with one number each: GloVe's vocab.txt? (solve2vec from-glove and load_glove_counts "
            "read it with its cooccurrence.bin)"
        )
    return sample.magic or _otherwise(sample)


def _otherwise(sample: Sample) -> str:
    head = sample.head
    if PICKLE.match(head):
        return (
            f"a Python pickle, perhaps gensim's own format; reading one can run code: {_by_gensim(sample.path, head)}"
        )
    if MARKUP.match(head):
        return "a web page (HTML or XML), perhaps an error message that was saved: download it again"
    if sample.is_text:
        if ARRAYS.match(head):
            return "JSON, not vectors: build the embedding with Embedding.from_vectors(words, vectors)"
        return (
            "plain text, not vectors: its first lines are not a word and its numbers; to learn vectors from it, use fit"
        )
    size = struct.unpack("<Q", head[:8].ljust(8, b"\0"))[0]
    if 2 <= size < sample.path.stat().st_size and head[8:9] == b"{":
        return f"a safetensors file without its words: give the folder that holds it with {safetensors.TOKENIZER}"
    records = np.frombuffer(head[: len(head) // RECORD.itemsize * RECORD.itemsize], RECORD)
    if len(records) and min(records["i"].min(), records["j"].min()) >= 1 and _plausible(records["weight"]):
        return (
            "GloVe's cooccurrence.bin, counts and not vectors: read it with solve2vec from-glove or load_glove_counts"
        )
    return "binary data of no kind that holds word vectors here"


def _by_gensim(path: Path, head: bytes) -> str:
    """How gensim writes a file that can be read from what it saved: vectors, or a whole model of the named kind."""
    found = GENSIM.search(head)
    kind = found[1].decode() if found else "KeyedVectors"
    model, vectors = ("KeyedVectors", "") if kind.endswith("KeyedVectors") else (kind, ".wv")
    return f"in gensim, {model}.load({str(path)!r}){vectors}.save_word2vec_format('vectors.bin', binary=True)"


def _plausible(weights: np.ndarray) -> bool:
    return bool(np.all((weights > 1e-6) & (weights < 1e15)))
