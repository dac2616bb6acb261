"""Characters that are not seen: most are no part of a word, some hold it together, and none is one by itself.

After the default ignorable code points of Unicode and the joiners of its identifiers (UAX #31, section 2.3): joiners
change how letters of Arabic, Indic and kindred scripts are written, and thereby what is said; elsewhere only the look.
"""

from __future__ import annotations

from typing import Any

import numpy as np

JOINERS = "\u200c\u200d\u180e"  # zero width, not and joining; the separator of Mongolian vowels
DROPPED = (  # the soft hyphen, marks of writing direction and of bytes' order, variation selectors, tags
    "\u00ad\u034f\u061c\u17b4\u17b5\u180b-\u180d\u180f\u200e\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff"
)
BLANKS = "\u115f\u1160\u3164\uffa0"  # letters of Hangul that are empty
BYTE_ORDER_MARK = "\ufeff"
UNSEEN = f"{JOINERS}{DROPPED}{BLANKS}\u200b"
_PLAIN = (  # from Latin to Armenian, Georgian and Jamo, from CJK to Yi, Hangul: their letters are never joined
    r"0-9A-Za-z_\x{80}-\x{58f}"
    "\u10a0-\u11ff\u1d00-\u1fff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
)


def has(strings: Any, characters: str) -> bool:
    """Whether any string of an Arrow array has one of ``characters``, the inside of a class of RE2."""
    import pyarrow as pa
    import pyarrow.compute as pc

    offsets, letters = strings.buffers()[1:]
    if letters is None or not len(strings):
        return False
    ends = np.frombuffer(offsets, np.int32)[[strings.offset, strings.offset + len(strings)]]
    whole = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(ends), letters])
    return bool(pc.match_substring_regex(whole, f"[{characters}]")[0].as_py())


def without_dropped(strings: Any) -> Any:
    """An Arrow array of strings without what is not seen and no part of a word; joiners stay where they may matter."""
    import pyarrow.compute as pc

    strings = pc.replace_substring_regex(strings, f"[{DROPPED}]+", "")
    strings = pc.replace_substring_regex(strings, f"[{BLANKS}]+", " ")
    if has(strings, JOINERS):
        strings = pc.replace_substring_regex(strings, f"([{_PLAIN}])[{JOINERS}]+", r"\1")
        strings = pc.replace_substring_regex(strings, f"[{JOINERS}]+([{_PLAIN}])", r"\1")
    return strings


def without_marks(strings: Any) -> Any:
    """An Arrow array of strings without the marks of bytes' order, which stand where files were put together."""
    import pyarrow.compute as pc

    return pc.replace_substring(strings, BYTE_ORDER_MARK, "")


def are_unseen(strings: Any) -> np.ndarray:
    """(n,) bool, which of an Arrow array of strings show nothing; the empty string is one."""
    import pyarrow.compute as pc

    return np.asarray(pc.match_substring_regex(strings, f"^[{UNSEEN}]*$"))
