"""Slow, plain twins of tokenizing and encoding, with Python's own strings, re, unicodedata and Counter."""

import re
import unicodedata
from collections import Counter


def is_word_character(c):
    return c == "_" or unicodedata.category(c)[0] in "LMN"


def is_letter(c):
    return unicodedata.category(c)[0] in "LM"


def lower(text):
    """Python's lower case but for the final sigma, which depends on its neighbours."""
    return "".join("i̇" if c == "İ" else c.lower() for c in text)


def runs(text, belongs):
    """Maximal runs of characters that belong."""
    return "".join(c if belongs(c) else " " for c in text).split()


def tokens(text, pattern="words", lowercase=True, form="NFC"):
    """Tokens of one text.  ``pattern`` is a preset or a regular expression of Python's re."""
    if lowercase:
        text = lower(text)
    if form != "none":
        text = unicodedata.normalize(form, text)
    if lowercase and form == "NFKC":
        text = lower(text)
    if pattern == "words":
        return runs(text, is_word_character)
    if pattern == "letters":
        return runs(text, is_letter)
    if pattern == "whitespace":
        return text.split()
    return [m.group() for part in text.split() for m in re.finditer(pattern, part) if m.group()]


def documents(text, what="line", split=str.split):
    """Documents of a text as lists of tokens; documents without a token do not count."""
    lines = text.split("\n")
    if what == "file":
        found = [[word for line in lines for word in split(line)]]
    elif what == "line":
        found = [split(line) for line in lines]
    else:
        found = [[]]
        for line in lines:
            if not line.strip():
                found.append([])
            found[-1] += split(line)
    return [document for document in found if document]


def encode(documents, min_count=1, max_vocab=None, words=None):
    """Words by falling count then by spelling, and each document's ids, len(words) for a word without a row."""
    counts = Counter(word for document in documents for word in document)
    if words is None:
        kept = [word for word in counts if counts[word] >= min_count]
        words = sorted(kept, key=lambda word: (-counts[word], word.encode()))[:max_vocab]
    id_of = {word: token for token, word in enumerate(words)}
    return tuple(words), [[id_of.get(word, len(words)) for word in document] for document in documents]
