"""Files of text: found, opened whatever their compression, read in blocks that end where a token may end."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from ..errors import InputError

BLOCK = 4 << 20  # bytes read at a time
LONGEST_TOKEN = 8 << 20  # bytes without white space that still pass for text
STDIN = "-"
_MAGIC = {
    b"\x1f\x8b": "gz",
    b"BZh": "bz2",
    b"\x28\xb5\x2f\xfd": "zst",
    b"\xfd7zXZ\x00": "xz",
    b"PAR1": "parquet",
}
_NOT_TEXT = {
    b"\x7fELF": "a program",
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip archive: unpack it",
    b"\x93NUMPY": "a NumPy array",
    b"\x89PNG": "a picture",
    b"ARROW1": "an Arrow file: save it as Parquet",
    b"\xff\xfe": "UTF-16 text: use encoding='utf-16'",
    b"\xfe\xff": "UTF-16 text: use encoding='utf-16'",
}


def find_files(paths: str | Path | Iterable[str | Path]) -> list[str]:
    """The files that ``paths`` stand for: files, folders (all files below, hidden ones left out), or "-" (stdin).

    Raises
    ------
    InputError
        If a path does not exist, or a folder has no file in it.
    """
    files: list[str] = []
    for path in [paths] if isinstance(paths, (str, Path)) else paths:
        here = Path(path)
        if str(path) == STDIN:
            files.append(STDIN)
        elif here.is_dir():
            inside = sorted(p for p in here.rglob("*") if p.is_file() and not _is_hidden(p.relative_to(here)))
            if not inside:
                raise InputError(f"the folder {path} has no file in it")
            files += map(str, inside)
        elif not here.exists():
            raise InputError(f"{path} does not exist")
        else:
            files.append(str(path))
    if not files:
        raise InputError("no file was named: give at least one path, or - for standard input")
    return files


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def kind_of(path: str) -> str:
    """ "gz", "bz2", "zst", "xz", "parquet" or "plain", from the first bytes (stdin is plain until it is opened)."""
    if path == STDIN:
        return "plain"
    with open(path, "rb") as file:
        return _kind(file.read(8))


def _kind(start: bytes) -> str:
    return next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), "plain")


def open_file(path: str) -> tuple[BinaryIO, BinaryIO]:
    """The decompressed stream of a file, and the raw one below it, whose place tells how far reading is."""
    raw: BinaryIO = sys.stdin.buffer if path == STDIN else open(path, "rb")  # noqa: SIM115 - the caller closes it
    if path == STDIN:
        buffered = raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(raw)  # type: ignore[arg-type]
        kind, raw = _kind(buffered.peek(8)[:8]), buffered  # type: ignore[assignment]
    else:
        kind = _kind(raw.read(8))
        raw.seek(0)
    return _decompress(raw, kind, path), raw


def _decompress(raw: BinaryIO, kind: str, path: str) -> BinaryIO:
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
        raise InputError(f"{path} is Parquet and can only be read from a file, not from standard input")
    return raw


def blocks(stream: BinaryIO, path: str, encoding: str = "utf-8", errors: str = "strict") -> Iterator[bytes]:
    """The bytes of ``stream`` as UTF-8, without a byte order mark.

    Raises
    ------
    InputError
        If the file is not text, is damaged, or is not in ``encoding``.
    """
    try:
        codec = codecs.lookup(encoding).name
    except LookupError:
        raise InputError(f"unknown encoding {encoding!r}: try utf-8, latin-1, cp1252 or utf-16") from None
    decoder = None if codec == "utf-8" else codecs.getincrementaldecoder(codec)(errors)
    place, first = 0, True
    while block := _read(stream, path):
        if first and decoder is None:
            block = _checked_start(block, path)
        first = False
        try:
            yield block if decoder is None else decoder.decode(block).encode("utf-8")
        except UnicodeError as error:
            raise InputError(f"{path} is not {encoding} near byte {place + getattr(error, 'start', 0)}: {error}") from None
        place += len(block)


def _read(stream: BinaryIO, path: str) -> bytes:
    try:
        return stream.read(BLOCK)
    except (EOFError, lzma.LZMAError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None and not isinstance(error, gzip.BadGzipFile):
            raise
        raise InputError(f"{path} is damaged or cut short ({error}): fetch or compress it again") from error


def _checked_start(block: bytes, path: str) -> bytes:
    for magic, what in _NOT_TEXT.items():
        if block.startswith(magic):
            raise InputError(f"{path} is not plain text but {what}")
    return block.removeprefix(codecs.BOM_UTF8)


def cut_at_ends(parts: Iterable[bytes], path: str) -> Iterator[tuple[bytes, bool]]:
    """Pieces that end with a line, or else with a token; and whether the last line goes on in the next piece.

    Raises
    ------
    InputError
        If 8 MiB follow one another without white space.
    """
    rest, place = b"", 0
    for part in parts:
        piece = rest + part
        at = piece.rfind(b"\n") + 1
        goes_on = not at
        if goes_on:
            at = max(piece.rfind(b" "), piece.rfind(b"\t"), piece.rfind(b"\r")) + 1
        if at:
            yield piece[:at], goes_on
        rest = piece[at:]
        place += at
        if len(rest) > LONGEST_TOKEN:
            raise InputError(f"{path} has no white space in the {len(rest):,} bytes after byte {place:,}: is it text?")
    if rest:
        yield rest, False
