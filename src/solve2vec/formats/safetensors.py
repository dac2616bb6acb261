"""safetensors: the folder that model2vec's ``StaticModel.from_pretrained`` loads, and Hugging Face's hub shows."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np

from ..core import storage
from ..core.errors import FolderError
from ..version import __version__
from . import rows
from .rows import WordVectors
from .sample import Sample
from .tokenizer import tokenizer_for, tokens_of

TENSORS, TOKENIZER, CONFIG, CARD, MODULES = (
    "model.safetensors",
    "tokenizer.json",
    "config.json",
    "README.md",
    "modules.json",
)
OURS = "solve2vec"  # our part of config.json
NESTED = "0_StaticEmbedding"  # where sentence-transformers puts the two files

MODEL_CARD = """---
library_name: model2vec
tags:
- embeddings
- static-embeddings
- word-embeddings
---

# Word embeddings

{words:,} words in {dim} dimensions, written by solve2vec {version}.

```python
from model2vec import StaticModel

model = StaticModel.from_pretrained("path/to/this/folder")
model.encode(["a sentence"])  # the mean of its words' vectors
```

`tokenizer.json` {splitting}; words without a vector are left out.
`solve2vec.load("path/to/this/folder")` gives the words back one by one, with their counts.

How it was made:

```
{lineage}
```
"""


def recognise(sample: Sample) -> bool:
    """Whether it is a folder with tensors where model2vec or sentence-transformers have them."""
    return (sample.path / TENSORS).is_file() or (sample.path / NESTED / TENSORS).is_file()


def write(embedding: WordVectors, folder: str | Path) -> None:
    """Write ``model.safetensors``, ``tokenizer.json``, ``config.json``, ``modules.json`` and a model card.

    The tensor ``embeddings`` (V + 1, d) float32 ends in a row of zeros for unknown words, as tokenizers need one;
    ``counts`` (V,) int64 is there if any is known.  How text is split is told from the words, see
    :func:`~solve2vec.formats.tokenizer.tokenizer_for`, and said in the model card.

    Raises
    ------
    FolderError
        If ``folder`` holds other files.
    OSError
        If the disk is full or the place cannot be written; nothing is left behind.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    rows.require_rows(embedding)
    folder = Path(folder)
    rows.require_own_folder(folder, (TENSORS, TOKENIZER, CONFIG, CARD, MODULES))
    rows.encoded(embedding.words)  # refuses what is not Unicode
    vectors = np.zeros((len(embedding) + 1, embedding.dim), np.float32)
    vectors[:-1] = embedding.vectors
    tensors = {"embeddings": vectors}
    if embedding.vocabulary.counts.any():
        tensors["counts"] = np.ascontiguousarray(embedding.vocabulary.counts, dtype=np.int64)
    with storage.draft_folder(folder, marker=TENSORS) as draft:
        try:
            save_file(tensors, draft / TENSORS)
        except SafetensorError as error:
            raise _as_os_error(error, folder) from error
        _write_texts(embedding, draft)


def _as_os_error(error: Exception, folder: Path) -> OSError:
    """What the system said, which safetensors wraps in a text of its own."""
    number = re.search(r"os error (\d+)", str(error))
    return OSError(int(number[1]), os.strerror(int(number[1])), str(folder)) if number else OSError(str(error))


def _write_texts(embedding: WordVectors, folder: Path) -> None:
    tokenizer, splitting = tokenizer_for(embedding.words)
    config = {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "normalize": False,
        "max_length": None,  # model2vec's own default cuts every text at 512 words
        "hidden_dim": embedding.dim,
        "embedding_dtype": "float32",
        OURS: {"version": __version__, "words": len(embedding), "total": embedding.vocabulary.total},
    }
    modules = [{"idx": 0, "name": "0", "path": ".", "type": "sentence_transformers.models.StaticEmbedding"}]
    _dump(folder / CONFIG, config)
    _dump(folder / MODULES, modules)
    _dump(folder / TOKENIZER, tokenizer)
    card = MODEL_CARD.format(
        words=len(embedding),
        dim=embedding.dim,
        version=__version__,
        splitting=splitting,
        lineage=str(embedding.lineage).replace("`", "'"),
    )
    (folder / CARD).write_text(card, encoding="utf-8", errors="backslashreplace")


def _dump(path: Path, value: Any) -> None:
    path.write_text(
        json.dumps(value, ensure_ascii=False, indent=None if path.name == TOKENIZER else 1), encoding="utf-8"
    )


def read(folder: str | Path) -> WordVectors:
    """Vectors of a model2vec or sentence-transformers static model; each token of its tokenizer is a word.

    Raises
    ------
    FolderError
        If a file is missing or damaged, or tokens and vectors do not match.
    """
    from safetensors import SafetensorError, safe_open

    folder = Path(folder)
    inner = folder / NESTED if (folder / NESTED).is_dir() else folder
    try:
        tokens = tokens_of(json.loads((inner / TOKENIZER).read_text(encoding="utf-8")))
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8")) if (folder / CONFIG).is_file() else {}
        with safe_open(inner / TENSORS, framework="numpy") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
    except FileNotFoundError as error:
        raise FolderError(f"{folder} has no {Path(error.filename or TENSORS).name}") from error
    except (SafetensorError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FolderError(f"{folder} is damaged, or not a static embedding model ({error})") from error
    vectors = _rows(tensors, folder)
    if len(tokens) != len(vectors):
        raise FolderError(f"{folder}: {len(tokens)} tokens but {len(vectors)} vectors: not a static embedding model")
    ours = config.get(OURS) if isinstance(config, dict) else None
    if isinstance(ours, dict):  # the last row is the one for unknown words
        tokens, vectors = tokens[:-1], vectors[:-1]
    counts = tensors.get("counts")
    counts = counts if counts is not None and counts.shape == (len(tokens),) and counts.dtype.kind == "i" else None
    total = ours.get("total") if isinstance(ours, dict) and isinstance(ours.get("total"), int) else None
    return rows.made(tokens, vectors, folder, "safetensors", counts=counts, total=total)


def _rows(tensors: dict[str, np.ndarray], folder: Path) -> np.ndarray:
    """(tokens, d) what each token stands for: its vector, after model2vec's own mapping and weights."""
    vectors = next((tensors[name] for name in ("embeddings", "embedding.weight") if name in tensors), None)
    if vectors is None or vectors.ndim != 2:
        raise FolderError(f"{folder}: no matrix 'embeddings' among the tensors {', '.join(sorted(tensors)[:10])}")
    mapping, weights = tensors.get("mapping"), tensors.get("weights")
    if mapping is not None:
        if mapping.ndim != 1 or mapping.dtype.kind not in "iu" or not np.all((mapping >= 0) & (mapping < len(vectors))):
            raise FolderError(f"{folder} is damaged: 'mapping' names rows that are not there")
        vectors = vectors[mapping]
    if weights is not None:
        if weights.shape != (len(vectors),):
            raise FolderError(f"{folder} is damaged: {weights.shape} weights for {len(vectors)} tokens")
        vectors = vectors * weights[:, None]
    return vectors.astype(np.float32)
