"""Unspaced scripts: whether a text is in one without spaces between words, and was cut at spaces all the same."""

from __future__ import annotations

import re
from collections.abc import Iterable

RUNS = {  # letters of such scripts, and of how many a token is that cannot be a word
    7: re.compile(r"[\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"),  # Han, Kana
    14: re.compile(r"[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff]+"),  # Thai, Lao, Tibetan, Burmese, Khmer
}
SHARE = 0.2  # of all tokens are of such a script, and of these so many are no words
WAY_OUT = "cut it with --segmenter (jieba, janome, pythainlp, module:function), or by --token-pattern characters"


def is_unspaced(words: Iterable[str], counts: Iterable[int]) -> bool:
    """Whether tokens seen so often are clauses of a text without spaces.

    >>> is_unspaced(["我爱喝茶也爱吃鱼", "看书"], [1, 1]), is_unspaced(["我", "喝茶"], [5, 3])
    (True, False)
    """
    total = of_script = long = 0
    for word, count in zip(words, counts, strict=True):
        total += count
        for length, script in RUNS.items():
            if script.fullmatch(word):
                of_script += count
                long += count * (len(word) >= length)
    return of_script > SHARE * total and long > SHARE * of_script
