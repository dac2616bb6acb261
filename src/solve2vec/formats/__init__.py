"""Other people's files: read whatever they are, write what other tools read.

:data:`FORMATS` has a row for each: what it is, what it keeps, and which words it refuses.

A word that is written reads back the same; one that a format cannot hold is refused by name.
"""

from .glove_counts import load_glove_counts, read_glove_counts, save_glove_counts, write_glove_counts
from .registry import FORMATS, Format, convert, has_ending, load, recognise, save

__all__ = [
    "FORMATS",
    "Format",
    "convert",
    "has_ending",
    "load",
    "load_glove_counts",
    "read_glove_counts",
    "recognise",
    "save",
    "save_glove_counts",
    "write_glove_counts",
]
