"""fastText's .vec: word2vec's text, with words that white space ends."""

from __future__ import annotations

import re
from pathlib import Path

from . import lines, rows
from .rows import WordVectors
from .word2vec import read_text

SPACE = re.compile(r"[ \t\n\v\f\r]")  # what C++ takes for white space, and fastText's loader for a word's end

read = read_text


def write(embedding: WordVectors, path: str | Path) -> None:
    """Write what ``fasttext -pretrainedVectors`` reads; a word that is empty or holds white space is refused.

    Examples
    --------
    >>> from solve2vec import Embedding
    >>> write(Embedding.from_vectors(["New York"], [[0.5]]), "cities.vec")
    Traceback (most recent call last):
        ...
    solve2vec.core.errors.InputError: the word 'New York' cannot be written: white space ends a word in \
fastText's .vec; join it with '_', or write word2vec-text
    """
    rows.require_rows(embedding)
    rule = "white space ends a word in fastText's .vec; join it with '_', or write word2vec-text"
    words = rows.encoded(embedding.words, lambda word: not word or SPACE.search(word) is not None, rule)
    with rows.writing(Path(path)) as file:
        file.write(b"%d %d\n" % (len(words), embedding.dim))
        file.writelines(lines.row_blocks(words, embedding.vectors))
