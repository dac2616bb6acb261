"""What a file or folder is, told from its contents."""

from __future__ import annotations

import re
import struct
import zipfile
from pathlib import Path

import numpy as np

from ..core.errors import FolderError
from ..core.stage import is_stage
from . import glove, lines, projector, safetensors
from .glove import PEEK
from .glove_counts import RECORD
from .rows import reading
from .word2vec import HEADER, read_binary

MAGIC = (
    (0, b"\xba\x16\x4f\x2f", "a fastText model (.bin): write its vectors as text (.vec) with fastText first"),
    (0, b"BZh", "compressed by bzip2: unpack it first"),
    (0, b"\xfd7zXZ\x00", "compressed by xz: unpack it first"),
    (0, b"\x28\xb5\x2f\xfd", "compressed by zstd: unpack it first"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it first"),
    (257, b"ustar", "a tar archive: unpack it first"),
    (0, b"\x7fELF", "a program (ELF), not data"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\x89HDF", "an HDF5 file: export its words and vectors to npz or Parquet first"),
    (0, b"SQLite format 3\x00", "an SQLite database (pymagnitude?): export its words and vectors first"),
    (0, b"\x93NUMPY", "one NumPy array without words: use Embedding.from_vectors(words, numpy.load(...))"),
    (0, b"version https://git-lfs", "a Git LFS pointer, not the file itself: run git lfs pull"),
    (0, b"\xff\xfe", "UTF-16 text: convert it to UTF-8 first"),
    (0, b"\xfe\xff", "UTF-16 text: convert it to UTF-8 first"),
)
GENSIM = re.compile(rb"gensim\.models\.\w+[^A-Za-z]+((?:Fast|Word2|Doc2|Keyed)\w+)")  # the class, in a pickle's head
PICKLE = re.compile(rb"\x80[\x02-\x05]")
MARKUP = re.compile(rb"\s*<(?:!doctype|html|head|\?xml)", re.IGNORECASE)
ARRAYS = re.compile(rb"[\[{]\s*[\"\[{\d]")


def recognise(path: str | Path) -> str:
    """The name of the format that ``path`` holds, whatever its own name says.

    Returns
    -------
    str
        A key of :data:`solve2vec.formats.FORMATS`.

    Raises
    ------
    FolderError
        If it is none of them; the message says what it seems to be, and what to do.
    """
    path = Path(path)
    if not path.exists():
        raise FolderError(f"{path} does not exist")
    if path.is_dir():
        return _folder(path)
    if not path.is_file():
        raise FolderError(f"{path} is neither a file nor a folder: save the data to a file first")
    name, what = _file(path, _peek(path))
    if not name:
        raise FolderError(f"{path} is {what}")
    return name


def _folder(path: Path) -> str:
    if is_stage(path):
        return "solve2vec"
    if (path / safetensors.TENSORS).is_file() or (path / safetensors.NESTED / safetensors.TENSORS).is_file():
        return "safetensors"
    if (path / projector.VECTORS).is_file():
        return "projector"
    held = ", ".join(sorted(item.name for item in path.iterdir())[:5]) or "nothing"
    raise FolderError(f"{path} is a folder without embeddings; it holds {held}")


def _peek(path: Path) -> bytes:
    """The first PEEK bytes, inflated if they are gzip."""
    with reading(path) as file:
        return file.read(PEEK)


def _file(path: Path, head: bytes) -> tuple[str, str]:
    """The format's name, or "" and what the file seems to be instead."""
    if not head:
        return "", "empty"
    if HEADER.fullmatch(_first(head)) and b"\n" in head:
        return _word2vec(path, head)
    sample, text = glove.first_lines(head), _is_text(head)
    known = next((what for offset, magic, what in MAGIC if head.startswith(magic, offset)), "")
    if (dim := glove.dimensions(sample)) > 1 and (text or not known):  # text: a first word may look like a magic number
        return _rows(sample)
    if head.startswith(b"PAR1"):
        return "parquet", ""
    if head.startswith(b"PK\x03\x04"):
        return _zip(path)
    if dim == 1 and text:
        return (
            "",
            "a list of words with one number each: GloVe's vocab.txt? (solve2vec from-glove and load_glove_counts "
            "read it with its cooccurrence.bin)",
        )
    return "", known or _otherwise(path, head)


def _first(head: bytes) -> bytes:
    return head.split(b"\n", 1)[0].removeprefix(b"\xef\xbb\xbf")  # a byte order mark may stand before the header


def _rows(sample: list[bytes]) -> tuple[str, str]:
    words = [line.split(lines.separator(line), 1)[0] for line in sample if line.strip(lines.SPACE)]
    if all(b"." in word and lines.is_number(word) for word in words):
        return "", "a table of numbers without words; for the projector's vectors.tsv give its folder"
    return "glove", ""


def _zip(path: Path) -> tuple[str, str]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        return "", f"a zip archive, and damaged ({error}): download it again"
    if "vectors.npy" in names:
        return "npz", ""
    what = "an npz without 'vectors' and 'words'" if names and names[0].endswith(".npy") else "a zip archive"
    return "", f"{what}; it holds {', '.join(names[:5])}: unpack it and give the file inside"


def _word2vec(path: Path, head: bytes) -> tuple[str, str]:
    """Text or binary: text if the second line ends in the d numbers that the first promises."""
    size, dim = map(int, HEADER.fullmatch(_first(head)).groups())  # type: ignore[union-attr]
    rest = head.split(b"\n", 1)[1]
    numbers = lines.numbers_at_end(rest.split(b"\n", 1)[0])
    if numbers >= dim or not size:
        return "word2vec-text", ""
    if not _is_text(rest) or (
        len(head) < PEEK and _reads_as_binary(path)
    ):  # the bytes of a few numbers may all be letters
        return "word2vec-binary", ""
    return (
        "",
        f"text with a word2vec header of {dim} dimensions, but line 2 ends in {numbers} numbers: the header is wrong",
    )


def _reads_as_binary(path: Path) -> bool:
    try:
        read_binary(path)
    except FolderError:
        return False
    return True


def _otherwise(path: Path, head: bytes) -> str:
    if PICKLE.match(head):
        return f"a Python pickle, perhaps gensim's own format; reading one can run code: {_by_gensim(path, head)}"
    if MARKUP.match(head):
        return "a web page (HTML or XML), perhaps an error message that was saved: download it again"
    if _is_text(head):
        if ARRAYS.match(head):
            return "JSON, not vectors: build the embedding with Embedding.from_vectors(words, vectors)"
        return (
            "plain text, not vectors: its first lines are not a word and its numbers; to learn vectors from it, use fit"
        )
    size = struct.unpack("<Q", head[:8].ljust(8, b"\0"))[0]
    if 2 <= size < path.stat().st_size and head[8:9] == b"{":
        return f"a safetensors file without its words: give the folder that holds it with {safetensors.TOKENIZER}"
    records = np.frombuffer(head[: len(head) // RECORD.itemsize * RECORD.itemsize], RECORD)
    if len(records) and min(records["i"].min(), records["j"].min()) >= 1 and _plausible(records["weight"]):
        return (
            "GloVe's cooccurrence.bin, counts and not vectors: read it with solve2vec from-glove or load_glove_counts"
        )
    return "binary data of no kind that holds word vectors here"


def _by_gensim(path: Path, head: bytes) -> str:
    """How gensim writes a file that can be read from what it saved: vectors, or a whole model of the named kind."""
    found = GENSIM.search(head)
    kind = found[1].decode() if found else "KeyedVectors"
    model, vectors = ("KeyedVectors", "") if kind.endswith("KeyedVectors") else (kind, ".wv")
    return f"in gensim, {model}.load({str(path)!r}){vectors}.save_word2vec_format('vectors.bin', binary=True)"


def _plausible(weights: np.ndarray) -> bool:
    return bool(np.all((weights > 1e-6) & (weights < 1e15)))


def _is_text(head: bytes) -> bool:
    """Whether these bytes are UTF-8, save for a last character cut in half, without control characters."""
    try:
        text = head[:4096].decode()
    except UnicodeDecodeError as error:
        if error.start < min(len(head), 4096) - 3:
            return False
        text = head[: error.start].decode()
    return not re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]", text)
