"""Letters: Arrow's strings in lower case and in a normal form of Unicode, as Python has them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any, Literal

import numpy as np

from .unseen import has

SIGMA = "Σ"
_GREEK_WORD = re.compile(r"[\w\u0300-\u036f]*Σ[\w\u0300-\u036f]*")
Form = Literal["NFC", "NFKC", "none"]


def normalized(texts: Any, form: Form, *, lowercase: bool) -> Any:
    """An Arrow array of strings in lower case and normal form, however the characters were typed."""
    texts = lowered(texts) if lowercase else texts
    if form != "none":
        texts = in_form(texts, form)
    return lowered(texts) if lowercase and form == "NFKC" else texts  # it makes a plain R of ℝ


def lowered(texts: Any) -> Any:
    """An Arrow array of strings in lower case; Arrow's own makes i of İ and knows no ς."""
    import pyarrow.compute as pc

    texts = pc.replace_substring(texts, "İ", "i̇")
    return pc.utf8_lower(_with_final_sigmas(texts) if has(texts, SIGMA) else texts)


def _with_final_sigmas(texts: Any) -> Any:
    """An Arrow array of strings in which each word with a Σ is in lower case already."""
    import pyarrow as pa
    import pyarrow.compute as pc

    mask = np.asarray(pc.match_substring(texts, SIGMA))
    changed = (_GREEK_WORD.sub(lambda word: word[0].lower(), text) for text in texts.filter(mask).to_pylist())
    return pc.replace_with_mask(texts, pa.array(mask), pa.array(changed, texts.type))


def in_form(texts: Any, form: Literal["NFC", "NFKC"]) -> Any:
    """An Arrow array of strings in a normal form of Unicode."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if _arrow_composes():
        return pc.utf8_normalize(texts, form=form)
    return pa.array([unicodedata.normalize(form, text) for text in texts.to_pylist()], texts.type)


@cache
def _arrow_composes() -> bool:
    """Whether this Arrow's NFC is one: before version 26 it took é apart, and left it so."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return bool(pc.utf8_normalize(pa.array(["e\u0301"]), form="NFC")[0].as_py() == "\u00e9")
