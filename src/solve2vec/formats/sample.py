"""A sample: what is seen of a file or folder before it is read, for formats to say whether it is theirs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..core.signatures import BZIP2, TAR, TAR_AT, UTF_16, XZ, ZSTD
from . import lines
from .layout import PEEK, Layout, layout_of, without_marks

HEADER = re.compile(rb"(\d{1,19})(?:[ \t]+|[ \t]*[,;|][ \t]*)(\d{1,19})\s*")  # word2vec's
MAGIC = (
    (0, BZIP2, "compressed by bzip2: unpack it first"),
    (0, XZ, "compressed by xz: unpack it first"),
    (0, ZSTD, "compressed by zstd: unpack it first"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it first"),
    (TAR_AT, TAR, "a tar archive: unpack it first"),
    (0, b"\x7fELF", "a program (ELF), not data"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\x89HDF", "an HDF5 file: export its words and vectors to npz or Parquet first"),
    (0, b"SQLite format 3\x00", "an SQLite database (pymagnitude?): export its words and vectors first"),
    (
        0,
        b"\x93NUMPY",
        "one NumPy array without words: put them, one a line, into a file beside it, v.words.txt of v.npy",
    ),
    (0, b"version https://git-lfs", "a Git LFS pointer, not the file itself: run git lfs pull"),
    *((0, mark, "UTF-16 text: convert it to UTF-8 first") for mark in UTF_16),
)


@dataclass(frozen=True)
class Sample:
    """The path of a file or folder, and how the file begins.

    Attributes
    ----------
    path : Path
    head : bytes
        The first ``PEEK`` bytes, inflated if they are gzip; of a folder none.
    """

    path: Path
    head: bytes

    @classmethod
    def of(cls, path: Path) -> Sample:
        """Look at ``path``, which is there."""
        if path.is_dir():
            return cls(path, b"")
        with lines.reading_lines(path) as (_, head):
            return cls(path, head)

    @property
    def is_cut(self) -> bool:
        """Whether the file may go on behind ``head``."""
        return len(self.head) >= PEEK

    @cached_property
    def header(self) -> tuple[int, int] | None:
        """V and d, if the first line is word2vec's."""
        first = without_marks(self.head.split(b"\n", 1)[0])
        found = HEADER.fullmatch(first) if b"\n" in self.head else None
        return found and (int(found[1]), int(found[2]))

    @property
    def rest(self) -> bytes:
        """All but the first line."""
        return self.head.partition(b"\n")[2]

    @cached_property
    def lines(self) -> list[bytes]:
        """The first lines, none of them cut."""
        return lines.first_lines(self.head)

    @cached_property
    def layout(self) -> Layout:
        """How these lines, those of a header aside, are written."""
        if self.header is None:
            return layout_of(self.lines)
        return layout_of(self.lines[1:], dim=self.header[1])

    @cached_property
    def is_text(self) -> bool:
        """Whether ``head`` is text."""
        return is_text(self.head)

    @cached_property
    def magic(self) -> str:
        """What the first bytes say that this is, if they are of a known kind without vectors."""
        return next((what for offset, magic, what in MAGIC if self.head.startswith(magic, offset)), "")


def is_text(head: bytes) -> bool:
    """Whether these bytes are UTF-8, save for a last character cut in half, without control characters."""
    try:
        text = head[:4096].decode()
    except UnicodeDecodeError as error:
        if error.start < min(len(head), 4096) - 3:
            return False
        text = head[: error.start].decode()
    return not re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]", text)
