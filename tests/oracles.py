"""Slow, plain twins of tokenizing and encoding, with Python's own strings, re, unicodedata and Counter."""

import re
import unicodedata
from collections import Counter

MARKS = "".join(map(chr, range(0x300, 0x370)))
JOINERS = "\u200c\u200d\u180e"
BLANKS = "\u115f\u1160\u3164\uffa0"
DROPPED = {0xAD, 0x34F, 0x61C, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x200E, 0x200F, 0xFEFF} | {
    code
    for first, last in ((0x202A, 0x202E), (0x2060, 0x206F), (0xFE00, 0xFE0F), (0xE0000, 0xE0FFF))
    for code in range(first, last + 1)
}
PLAIN = ((0x80, 0x58F), (0x10A0, 0x11FF), (0x1D00, 0x1FFF), (0x2E80, 0xA4CF), (0xAC00, 0xD7FF), (0xF900, 0xFAFF),
         (0xFF00, 0xFFEF), (0x20000, 0x3FFFF))  # fmt: skip


def is_unseen(c):
    return ord(c) in DROPPED or c in JOINERS + BLANKS + "\u200b"


def is_never_joined(c):
    return c == "_" or (c.isascii() and c.isalnum()) or any(c and first <= ord(c) <= last for first, last in PLAIN)


def is_joiner_or_mark(c):
    return c != "" and (c in JOINERS or unicodedata.category(c)[0] == "M")


def seen(text):
    """A text without what is dropped from words; joiners stay between two characters that may be joined."""
    text = "".join(" " if c in BLANKS else c for c in text if ord(c) not in DROPPED)
    parts = re.split(f"([{JOINERS}]+)", text)
    for i in range(1, len(parts), 2):
        if is_never_joined(parts[i - 1][-1:]) or is_never_joined(parts[i + 1][:1]):
            parts[i] = ""
    return "".join(parts)


def is_word_character(c):
    return c == "_" or unicodedata.category(c)[0] in "LMN"


def is_letter(c):
    return unicodedata.category(c)[0] in "LM"


def lower(text):
    """Python's lower case of each character, and of Σ between letters, with the marks on them, or after the last."""
    made = ["i̇" if c == "İ" else c.lower() for c in text]
    for i, c in enumerate(text):
        before, after = text[:i].rstrip(MARKS)[-1:], text[i + 1 :].lstrip(MARKS)[:1]
        if c == "Σ" and before.lower() != before.upper() and after.lower() == after.upper():
            made[i] = "ς"
    return "".join(made)


def runs(text, belongs):
    """Maximal runs of characters that belong, and joiners between them; none begins with a mark."""
    found = "".join(c if belongs(c) or c in JOINERS else " " for c in text).split()
    while any(odd := [word for word in found if is_joiner_or_mark(word[:1]) or word[-1:] in JOINERS]):
        found = [word.rstrip(JOINERS)[is_joiner_or_mark(word[:1]) :] if word in odd else word for word in found]
    return found


def tokens(text, pattern="words", lowercase=True, form="NFC"):
    """Tokens of one text.  ``pattern`` is a preset or a regular expression of Python's re."""
    text = text.replace("\ufeff", "") if pattern == "whitespace" else seen(text)
    if lowercase:
        text = lower(text)
    if form != "none":
        text = unicodedata.normalize(form, text)
    if lowercase and form == "NFKC":
        text = lower(text)
    if pattern in ("words", "letters"):
        found = runs(text, is_word_character if pattern == "words" else is_letter)
    elif pattern == "whitespace":
        found = text.split()
    else:
        found = [m.group() for part in text.split() for m in re.finditer(pattern, part)]
    return [word for word in found if not all(map(is_unseen, word))]


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
