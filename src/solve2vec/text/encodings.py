"""Encodings: which one a file is in, where nobody says."""

from __future__ import annotations

import codecs
from importlib import import_module

from ..core.errors import InputError
from . import files

GUESS = "guess"
MARKS = (  # byte order marks; those of four bytes begin with those of two
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
WESTERN = "cp1252"  # of encodings that say the same of a text the one that most files are in
FEW = 40  # bytes beyond ASCII, too few for the statistics of an encoding
MARKED = [
    "utf_7",
    "utf_16",
    "utf_16_be",
    "utf_16_le",
    "utf_32",
    "utf_32_be",
    "utf_32_le",
]  # told by a mark, or not at all
LOOKED_AT = 1 << 18  # bytes around the first that is no UTF-8


def guessed(path: str) -> str:
    """The encoding of a file: UTF-8 if all of it is, what its byte order mark says, or else the likeliest.

    Raises
    ------
    InputError
        If it is none of these and the package that guesses is not installed, or cannot tell.
    """
    with files.opened(path) as (stream, _):
        place, decode = 0, codecs.getincrementaldecoder("utf-8")().decode
        before = b""
        while block := stream.read(files.BLOCK):
            if place == 0 and (marked := next((name for mark, name in MARKS if block.startswith(mark)), None)):
                return marked
            try:
                decode(block)
            except UnicodeDecodeError as error:
                at = max(0, error.start + len(before) - LOOKED_AT // 2)
                return _likeliest((before + block)[at : at + LOOKED_AT], path)
            place, before = place + len(block), block[-LOOKED_AT:]
        try:
            decode(b"", final=True)
        except UnicodeDecodeError:
            return _likeliest(before, path)
    return "utf-8"


def _likeliest(sample: bytes, path: str) -> str:
    try:
        from_bytes = import_module("charset_normalizer").from_bytes
    except ImportError as error:
        raise InputError(
            f"{path} is not UTF-8, and what guesses its encoding is the package charset-normalizer: pip install "
            "charset-normalizer, or name the encoding"
        ) from error
    telling = b"\n".join(line for line in sample.split(b"\n") if not line.isascii()) or sample
    found = list(from_bytes(telling, cp_exclusion=MARKED))
    western = next((match for match in found if WESTERN in (match.encoding, *match.could_be_from_charset)), None)
    if western is not None and western.coherence >= found[0].coherence:
        return WESTERN
    is_short = sum(byte > 127 for byte in telling) < FEW
    if is_short and (not found or not found[0].coherence) and _is_western(telling):
        return WESTERN
    if not found:
        raise InputError(f"{path} is not UTF-8, and its encoding cannot be told: name it, such as latin-1")
    return str(found[0].encoding)


def _is_western(sample: bytes) -> bool:
    try:
        sample.decode(WESTERN)
    except UnicodeDecodeError:
        return False
    return True
