"""Hugging Face's tokenizer.json for a list of words, and the words of anyone's."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

WORD = r"[\p{L}\p{M}\p{N}_]+"
EDGES = r"^[\p{P}\p{S}]+|[\p{P}\p{S}]+$"
WHITESPACE = {"type": "WhitespaceSplit"}


def tokenizer_for(words: Sequence[str]) -> tuple[dict[str, Any], str]:
    """The contents of a tokenizer.json whose token ids are the places of ``words``, and a sentence on how it splits.

    Text is cut the way the words look as if they had been: into runs of letters and digits if all words are such;
    else at white space, with punctuation taken off a word's edges unless there are words with such edges (``c++``).
    It is put in lower case if every word is.  One id more, the last, is for unknown words.
    """
    if all(word.isalnum() or _is_word(word) for word in words):
        splitter, how = [_split(WORD, "Removed", invert=True)], "into runs of letters, digits and underscores"
    elif not any(_has_edges(word) for word in words):
        splitter = [WHITESPACE, _split(EDGES, "Isolated", invert=False)]
        how = "at white space and takes punctuation off a word's edges"
    else:
        splitter, how = [WHITESPACE], "at white space"
    lower = all(word == word.lower() for word in words)
    unknown, held = "[UNK]", set(words)
    while unknown in held:
        unknown += "_"
    contents: dict[str, Any] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {"type": "Lowercase"} if lower else None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": splitter},
        "post_processor": None,
        "decoder": None,
        "model": {
            "type": "WordLevel",
            "vocab": {word: token for token, word in enumerate([*words, unknown])},
            "unk_token": unknown,
        },
    }
    return contents, f"splits text {how}{' and puts it in lower case' if lower else ''}"


def _split(pattern: str, behavior: str, *, invert: bool) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": behavior, "invert": invert}


def _is_word(word: str) -> bool:
    return bool(word) and all(char == "_" or unicodedata.category(char)[0] in "LMN" for char in word)


def _has_edges(word: str) -> bool:
    """Whether letters or digits stand beside punctuation at an end: ``c++``, ``'tis``; not ``don't`` or ``...``."""
    if word.isalnum():
        return False
    ends = [unicodedata.category(char)[0] in "PS" for char in (word[:1], word[-1:]) if char]
    return any(ends) and any(char.isalnum() for char in word)


def tokens_of(tokenizer: Any) -> list[str]:
    """The tokens of a tokenizer.json by their ids.

    Raises
    ------
    ValueError, TypeError, KeyError, AttributeError
        If the contents are of another form, or the ids are not 0, 1, 2 and so on.
    """
    vocabulary = tokenizer["model"]["vocab"]
    if isinstance(vocabulary, dict):
        by_id = {token: word for word, token in vocabulary.items()}
    else:  # Unigram: pairs of a token and its score
        by_id = {token: pair[0] for token, pair in enumerate(vocabulary)}
    by_id.update((added["id"], added["content"]) for added in tokenizer.get("added_tokens") or ())
    words = [by_id.get(token) for token in range(len(by_id))]
    if not all(isinstance(word, str) for word in words):
        raise ValueError("token ids are not 0, 1, 2, …")
    return words  # type: ignore[return-value]
