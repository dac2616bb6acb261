"""Files of text: found, opened whatever their compression, read in blocks that end where a token may end."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import itertools
import lzma
import os
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from ..core import progress
from ..core.errors import InputError
from ..core.header import is_stage
from ..core.resources import block_size
from ..core.signatures import BZIP2, GZIP, TAR, TAR_AT, UTF_16, UTF_32, XZ, ZIP, ZSTD
from ..core.storage import LITTER

BLOCK = 4 << 20  # bytes read at a time
FOREIGN = frozenset(  # endings of what often lies beside texts and is none, or another kind
    [
        ".md",
        ".rst",
        ".tex",
        ".rtf",
        ".html",
        ".htm",
        ".xml",
        ".css",
        ".js",
        ".py",
        ".ipynb",
        ".r",
        ".sh",
        ".yml",
        ".yaml",
        ".toml",
        ".ini",
        ".cfg",
        ".log",
        ".csv",
        ".tsv",
        ".bib",
    ]
)
FIRST = 1 << 16  # bytes that tell what ends lines
LONGEST_TOKEN = 8 << 20  # bytes without white space that still pass for text
LONGEST_LINE = 256 << 20  # bytes of one JSON object
STDIN = "-"
PACKED = (".gz", ".bz2", ".xz", ".zst")
_MAGIC = {
    GZIP: "gz",
    BZIP2: "bz2",
    ZSTD: "zst",
    XZ: "xz",
    b"PAR1": "parquet",
}
_NOT_TEXT = {
    b"\x7fELF": "a program",
    b"%PDF": "a PDF",
    ZIP: "a zip archive: unpack it",
    b"\x93NUMPY": "a NumPy array",
    b"\x89PNG": "a picture",
    b"ARROW1": "an Arrow file: save it as Parquet",
    UTF_32: "UTF-32 text: set the encoding to utf-32",
} | dict.fromkeys(UTF_16, "UTF-16 text: set the encoding to utf-16")


def find_files(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], extensions: tuple[str, ...] | None = None
) -> list[str]:
    """The files that ``paths`` stand for: files, folders (all files below, hidden ones left out), or "-" (stdin).

    Of folders, those whose names end in one of ``extensions``, what compressed them aside.

    Raises
    ------
    InputError
        If a path does not exist, or a folder has no file in it.
    """
    files: list[str] = []
    for path in [paths] if isinstance(paths, (str, os.PathLike)) else paths:
        here = Path(path)
        if str(path) in (STDIN, "/dev/stdin"):
            files.append(STDIN)
        elif os.path.isdir(here):
            _refuse_stages(here)
            inside = sorted(p for p in here.rglob("*") if p.is_file() and not _is_left_out(p.relative_to(here)))
            if not inside:
                raise InputError(f"the folder {path} has no file in it")
            kept = inside if extensions is None else [p for p in inside if _ending(p) in extensions]
            if not kept:
                held = ", ".join(sorted({_ending(p) or p.name for p in inside})[:8])
                raise InputError(
                    f"the folder {path} has no file that ends in {', '.join(extensions or ())}, but {held}"
                )
            files += map(str, kept)
            _note_others(here, kept)
        elif not os.path.exists(here):  # unlike Path.exists, without complaint about names that cannot be
            hint = "; a text itself is given in a list" if " " in str(path) else ""
            raise InputError(f"{path!s:.200} does not exist{hint}")
        else:
            files.append(str(path))
    if not files:
        raise InputError("no file was named: give at least one path, or - for standard input")
    return files


def _note_others(folder: Path, kept: list[Path]) -> None:
    """Name files that are read among others of one kind, such as a license beside texts."""
    endings = Counter(map(_ending, kept))
    usual, most = endings.most_common(1)[0]
    others = [path for path in kept if _ending(path) != usual and _ending(path) in FOREIGN]
    if others and usual and most > len(kept) / 2:
        named = ", ".join(str(path.relative_to(folder)) for path in others[:3])
        progress.note(
            f"{folder}: {len(others)} of {len(kept)} files do not end in {usual} and are read as text, too, such as "
            f"{named}; --extensions {usual.lstrip('.')} leaves them out"
        )


def _ending(path: Path) -> str:
    plain = path.with_suffix("") if path.suffix.lower() in PACKED else path
    return plain.suffix.lower()


def _refuse_stages(folder: Path) -> None:
    """Refuse a folder of what was made of a text."""
    stages = [folder] if is_stage(folder) else [path for path in sorted(folder.iterdir()) if is_stage(path)]
    if stages:
        raise InputError(
            f"{folder} is no text: it has {', '.join(path.name for path in stages)}, which solve2vec made of one: "
            "give the text itself"
        )


def _is_left_out(path: Path) -> bool:
    """Whether it is hidden, or none of what people put there."""
    return any(part.startswith((".", "~$")) or part in LITTER for part in path.parts)


def kind_of(path: str) -> str:
    """The kind of a file by its first bytes: gz, bz2, zst, xz, parquet or plain; a pipe is plain until opened."""
    if not os.path.isfile(path):
        return "plain"
    with _open(path) as file:
        return _kind(file.peek(8))


def _kind(start: bytes) -> str:
    return next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), "plain")


@contextmanager
def opened(path: str) -> Iterator[tuple[BinaryIO, Callable[[], int]]]:
    """The decompressed stream of a file, and what tells how many of the file's own bytes are read."""
    raw = _stdin() if path == STDIN else _open(path)
    stream = _decompress(raw, _kind(raw.peek(8)), path)
    with ExitStack() as stack:
        if path != STDIN:  # standard input is not ours to close
            stack.enter_context(raw)
            stack.enter_context(stream)
        yield stream, raw.tell if raw.seekable() else lambda: 0


def _stdin() -> io.BufferedReader:
    raw = sys.stdin.buffer
    return raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(raw)  # type: ignore[arg-type]


def _open(path: str) -> io.BufferedReader:
    try:
        return open(path, "rb")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error


def _decompress(raw: io.BufferedReader, kind: str, path: str) -> BinaryIO:
    if kind == "gz":
        return gzip.open(raw)  # type: ignore[return-value]
    if kind == "bz2":
        return bz2.open(raw)  # type: ignore[return-value]
    if kind == "xz":
        return lzma.open(raw)  # type: ignore[return-value]
    if kind == "zst":
        import pyarrow as pa

        return pa.CompressedInputStream(raw, "zstd")
    if kind == "parquet":
        raise InputError(f"{path} is Parquet, which can only be read from a file, not from a stream: save it first")
    return raw


def blocks(stream: BinaryIO, path: str, encoding: str = "utf-8", errors: str = "strict") -> Iterator[bytes]:
    """The bytes of ``stream`` as UTF-8, without a byte order mark.

    Raises
    ------
    InputError
        If the file is not text, is damaged, or is not in ``encoding``.
    """
    utf8 = codecs.lookup(encoding).name == "utf-8"
    decoder = None if utf8 else codecs.getincrementaldecoder(encoding)(errors)
    size = block_size(BLOCK)
    first = _read(stream, max(size, FIRST), path)
    _refuse_binary(first, path, utf8)
    sample = first if utf8 else first.decode(encoding, "ignore").encode()
    has_cr_alone = b"\r" in sample and b"\n" not in sample  # as on old Macs
    place = 0
    for block in itertools.chain(_cut(first, size), iter(lambda: _read(stream, size, path), b""), [b""]):
        made = block if decoder is None else _decoded(decoder, block, f"{path} is not {encoding} near byte {place:,}")
        made = made.removeprefix(codecs.BOM_UTF8) if place == 0 else made
        yield made.replace(b"\r", b"\n") if has_cr_alone else made
        place += len(block)


def _cut(first: bytes, size: int) -> Iterator[bytes]:
    """The first bytes as blocks, of 16 bytes at least."""
    start = max(size, 16)
    yield first[:start]
    for at in range(start, len(first), size):
        yield first[at : at + size]


def _decoded(decoder: codecs.IncrementalDecoder, block: bytes, complaint: str) -> bytes:
    """The block as UTF-8; an empty one ends the text."""
    try:
        return decoder.decode(block, final=not block).encode("utf-8")
    except UnicodeError as error:
        raise InputError(f"{complaint}: {error}; name its encoding, or set encoding_errors to replace") from None


def _read(stream: BinaryIO, size: int, path: str) -> bytes:
    try:
        return stream.read(size)
    except (EOFError, lzma.LZMAError, zlib.error, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None and not isinstance(error, gzip.BadGzipFile):
            raise InputError(f"{path} cannot be read: {error.strerror}") from error
        raise InputError(f"{path} is damaged or cut short ({error}): fetch or compress it again") from error


def _refuse_binary(block: bytes, path: str, utf8: bool) -> None:
    for magic, what in _NOT_TEXT.items():
        if block.startswith(magic) and (utf8 or not what.startswith("UTF")):
            raise InputError(f"{path} is not plain text but {what}")
    if block.startswith(TAR, TAR_AT):
        raise InputError(f"{path} is not plain text but a tar archive: unpack it, and give the folder")


def cut_at_ends(
    parts: Iterable[bytes], path: str, *, lines_only: bool = False, longest: int | None = None
) -> Iterator[tuple[bytes, bool]]:
    """Pieces that end with a line, or else with a token; and whether the last line goes on in the next piece.

    Raises
    ------
    InputError
        If ``longest`` bytes follow one another without white space (8 MiB by default); or, for ``lines_only``, without
        a line's end (256 MiB).
    """
    most, missing = (LONGEST_LINE, "line end") if lines_only else (LONGEST_TOKEN, "white space")
    most = longest or most
    held, size, place = [b""], 0, 0  # held has no line end
    for part in parts:
        at = part.rfind(b"\n") + 1
        goes_on = not at
        if goes_on and not lines_only:
            at = max(part.rfind(b" "), part.rfind(b"\t"), part.rfind(b"\r")) + 1
        if at:
            yield b"".join([*held, memoryview(part)[:at]]), goes_on
            held, size, place = [], 0, place + size + at
        held.append(part[at:])
        size += len(part) - at
        if size > most:
            raise InputError(f"{path} has no {missing} in the {size:,} bytes after byte {place:,}: is it text?")
    if size:
        yield b"".join(held), False
