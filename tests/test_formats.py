"""Formats: there and back for any word and any float32; wrong files are named, never half read."""

from __future__ import annotations

import bz2
import contextlib
import errno
import gzip
import json
import lzma
import pickle
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import sparse

from solve2vec import formats
from solve2vec.core import resources
from solve2vec.core.errors import FolderError, InputError
from solve2vec.embedding.embedding import Embedding
from solve2vec.formats import FORMATS, glove, word2vec
from solve2vec.formats.tokenizer import tokenizer_for

NAMES = {name: "folder" if row.is_folder else f"v{row.extensions[0]}" for name, row in FORMATS.items()}
FILES = [name for name, row in FORMATS.items() if not row.is_folder]
GZIPPED = [name for name, row in FORMATS.items() if row.may_be_gzip]
READ_AS = {name: "word2vec-text" if row.recognise is None else name for name, row in FORMATS.items()}
HOSTILE = (
    "plain",
    "New York",
    " leading",
    "trailing ",
    "  ",
    "",
    "\u00a0",
    "a\u00a0b",
    '"quoted"',
    "it's",
    "<script>alert(1)</script>",
    "=1+1",
    "tab\tinside",
    "\t",
    "line\nbreak",
    "\n",
    "carriage\rreturn",
    "\r",
    "back\\slash\\n",
    "nul\0",
    "66",
    "route 66",
    "1e5 nan inf",
    "\u2028",
    "\x85",
    "\ufeff",
    "e\u0301",
    "é",
    "😀",
    "[UNK]",
    "</s>",
    "3 5",
    "x" * 10_000,
)
REFUSED = {  # format -> the hostile words it documents as refused
    "word2vec-text": lambda word: "\n" in word or "\r" in word,
    "glove": lambda word: "\n" in word or "\r" in word,
    "word2vec-binary": lambda word: "\n" in word or " " in word,
    "fasttext-bin": lambda word: "\0" in word,
    "csv": lambda word: "\0" in word,
    "fasttext": lambda word: not word or any(space in word for space in " \t\n\v\f\r"),
}
SPECIAL = [0.0, -0.0, 5.0, 0.1, 1e-5, 1e-45, 1.1754942e-38, 3.4028235e38, 16777216.0, 1 / 3, 1e20, -123456789.0]


def embedding(words, dim=3, seed=0):
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((len(words), dim)).astype(np.float32)
    vectors[0, : len(SPECIAL)] = SPECIAL[:dim]
    return Embedding.from_vectors(words, vectors, counts=rng.integers(1, 10**12, len(words)))


def same(one, other, counts=False):
    assert one.words == other.words
    assert one.vectors.dtype == np.float32
    np.testing.assert_array_equal(one.vectors.view(np.uint32), other.vectors.view(np.uint32))  # -0.0 too
    if counts:
        np.testing.assert_array_equal(one.vocabulary.counts, other.vocabulary.counts)
        assert one.vocabulary.total == other.vocabulary.total


@pytest.mark.parametrize("name", NAMES)
def test_there_and_back_with_hostile_words(name, tmp_path):
    words = [word for word in HOSTILE if not REFUSED.get(name, lambda _: False)(word)]
    assert len(words) > 15
    E = embedding(words, dim=12)
    path = formats.save(E, tmp_path / NAMES[name], format=name)
    assert formats.recognise(path) == READ_AS[name]
    same(formats.load(path), E, counts=FORMATS[name].has_counts)
    same(formats.load(path, format=name), E)


def test_every_row_says_that_it_refuses_the_words_that_it_refuses():
    assert {name for name, row in FORMATS.items() if row.refuses} == set(REFUSED)


@pytest.mark.parametrize("name", REFUSED)
def test_a_word_that_a_format_cannot_hold_is_refused_by_name_and_nothing_is_written(name, tmp_path):
    refused = [word for word in HOSTILE if REFUSED[name](word)]
    assert refused
    for word in refused:
        with pytest.raises(InputError, match="cannot be written"):
            formats.save(embedding(["plain", word]), tmp_path / NAMES[name], format=name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_a_word_that_is_not_unicode_is_refused(name, tmp_path):
    with pytest.raises(InputError, match="not valid Unicode"):
        formats.save(embedding(["fine", "half \ud800 pair".replace(" ", "_")]), tmp_path / NAMES[name], format=name)
    assert not list(tmp_path.iterdir())


words_of = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), min_size=1, max_size=8, unique=True)
floats = st.floats(width=32, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_word_and_any_float_come_back_or_the_write_is_refused(name, data, tmp_path):
    words = data.draw(words_of)
    dim = data.draw(st.integers(1, 4))
    numbers = data.draw(st.lists(floats, min_size=len(words) * dim, max_size=len(words) * dim))
    E = Embedding.from_vectors(words, np.array(numbers, np.float32).reshape(len(words), dim))
    path = tmp_path / NAMES[name]
    try:
        formats.save(E, path, format=name)
    except InputError:
        refused = any(REFUSED.get(name, lambda _: False)(word) for word in words)
        assert refused or (
            name == "glove" and (dim == 1 or 2 * sum(" " in word or "\t" in word for word in words) >= len(words))
        )
        return
    same(formats.load(path), E)


@pytest.mark.parametrize("name", GZIPPED)
def test_gzip_is_read_through_and_written_the_same_every_time(name, tmp_path):
    E = embedding(["one", "two", "three"])
    path = formats.save(E, tmp_path / (NAMES[name] + ".gz"))
    assert path.read_bytes()[:2] == b"\x1f\x8b"
    same(formats.load(path), E)
    first = path.read_bytes()
    formats.save(E, path)
    assert path.read_bytes() == first


def test_binary_is_read_with_and_without_the_line_break_after_each_vector(tmp_path):
    E = embedding(["a", "b", "", "d"], dim=5)
    sizes = []
    for newline in (True, False):
        word2vec.write_binary(E, tmp_path / "v.bin", newline=newline)
        sizes.append((tmp_path / "v.bin").stat().st_size)
        same(formats.load(tmp_path / "v.bin"), E)
    assert sizes[0] - sizes[1] == 4


def test_binary_by_hand(tmp_path):
    (tmp_path / "v").write_bytes(b"2 2\n" + b"a " + struct.pack("<2f", 1, 2) + b"bc " + struct.pack("<2f", 3, 4))
    E = formats.load(tmp_path / "v")
    assert E.words == ("a", "bc")
    assert E.vectors.tolist() == [[1, 2], [3, 4]]


def test_binary_whose_bytes_look_like_a_line_of_text_is_binary(tmp_path):
    E = Embedding.from_vectors([""], [[1020067.0]])  # the bytes 0, line break, y, I
    path = formats.save(E, tmp_path / "v.bin")
    assert path.read_bytes() == b"1 1\n 0\nyI\n"
    assert formats.recognise(path) == "word2vec-binary"
    same(formats.load(path), E)


@pytest.mark.parametrize(
    ("text", "words", "vectors"),
    [
        ("2 2\nnew york 1 2\nb 3 4\n", ("new york", "b"), [[1, 2], [3, 4]]),
        ("2 2\r\na 1 2 \r\nb 3 4 \r\n", ("a", "b"), [[1, 2], [3, 4]]),  # word2vec.c ends lines in a space
        ("2 2\na\t1\t2\nb c\t3\t4", ("a", "b c"), [[1, 2], [3, 4]]),  # tabs, no line break at the end
        ("\ufeff2 2\na 1 2\nb 3 4\n\n", ("a", "b"), [[1, 2], [3, 4]]),  # byte order mark, empty last line
        ("a +1 2.\nb .5 -1E1\n", ("a", "b"), [[1, 2], [0.5, -10]]),  # GloVe: no header
        (". . . 1 2\nat 3 4\nroute 66 5 6\n", (". . .", "at", "route 66"), [[1, 2], [3, 4], [5, 6]]),
        ("3 4.5 1\n5 6 7\n", ("3", "5"), [[4.5, 1], [6, 7]]),  # numbers for words
    ],
)
def test_text_by_hand(text, words, vectors, tmp_path):
    (tmp_path / "v").write_bytes(text.encode())
    E = formats.load(tmp_path / "v")
    assert E.words == words
    np.testing.assert_allclose(E.vectors, vectors)


def test_text_is_the_float32_nearest_to_the_decimal(tmp_path):
    decimals = ["1.00000017881393432617187499", "1.00000017881393432617187501", "0.1", "1e-46", "3.40282346e38"]
    (tmp_path / "v").write_text("1 5\nw " + " ".join(decimals) + "\n")
    expected = np.array([1.00000011920929, 1.00000023841858, 0.1, 0.0, 3.4028235e38], np.float32)  # rounded once
    np.testing.assert_array_equal(formats.load(tmp_path / "v").vectors[0], expected)


def test_rows_that_repeat_a_word_keep_the_first_with_a_warning(tmp_path):
    (tmp_path / "v").write_text("3 1\na 1\nb 2\na 3\n")
    with pytest.warns(UserWarning, match="1 rows repeat a word"):
        E = formats.load(tmp_path / "v")
    assert E.words == ("a", "b")
    assert E.vectors.tolist() == [[1], [2]]


def test_words_that_are_not_utf8_are_read_with_a_warning(tmp_path):
    (tmp_path / "v").write_bytes(b"2 2\ncaf\xe9 1 2\nok 3 4\n")
    with pytest.warns(UserWarning, match="1 of 2 words are not UTF-8"):
        assert formats.load(tmp_path / "v").words == ("caf\ufffd", "ok")


# --- what is wrong is said ------------------------------------------------------------------------------------------

VECTOR = struct.pack("<2f", 1, 2)


def _zip(names):
    def make(path):
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, "x")

    return make


FOREIGN = {
    "empty": (b"", "empty"),
    "pickle": (pickle.dumps({"vectors": [1.0]}, protocol=4), "pickle"),
    "gensim": (b"\x80\x02cgensim.models.word2vec\nWord2Vec\n", r"pickle.*Word2Vec\.load\('.*'\)\.wv\.save_word2vec"),
    "zip": (_zip(["glove.6B.50d.txt"]), "zip archive; it holds glove.6B.50d.txt"),
    "other npz": (_zip(["x.npy"]), "npz without 'vectors'"),
    "broken zip": (b"PK\x03\x04" + bytes(50), "zip archive, and damaged"),
    "html": (b"\n<!DOCTYPE html><html><body>404</body></html>", "web page"),
    "elf": (b"\x7fELF" + bytes(60), "program"),
    "prose": (b"It was the best of times, it was the worst of times,\nit was the age of wisdom.\n", "plain text"),
    "one line": (b"anarchism originated as a term of abuse", "plain text"),
    "vocab": (b"the 1061396\nof 593677\n", "from-glove"),
    "cooccurrence": (struct.pack("<iid", 1, 2, 1.5) * 9, "cooccurrence.bin"),
    "numbers": (b"0.1\t0.2\t0.3\n0.4\t0.5\t0.6\n", "numbers without words"),
    "json": (b'{"king": [0.1, 0.2]}', "JSON"),
    "bz2": (bz2.compress(b"2 2\na 1 2\nb 3 4\n"), "bzip2"),
    "xz": (lzma.compress(b"2 2\na 1 2\nb 3 4\n"), "xz"),
    "npy": (b"\x93NUMPY\x01\x00" + bytes(80), "without words"),
    "utf16": ("a 1 2\n".encode("utf-16"), "UTF-16"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "git lfs pull"),
    "noise": (bytes(range(256)) * 9, "binary data"),
    "gzip of prose": (gzip.compress(b"It was the best of times\n"), "plain text"),
    "cut gzip": (gzip.compress(b"2 2\na 1 2\nb 3 4\n" * 9)[:30], "damaged"),
    "safetensors": (struct.pack("<Q", 20) + b'{"a":{}}            ' + bytes(8), "safetensors file without its words"),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_a_file_of_another_kind_is_named(case, tmp_path):
    content, message = FOREIGN[case]
    path = tmp_path / "vectors.bin"
    path.write_bytes(content) if isinstance(content, bytes) else content(path)
    with pytest.raises(FolderError, match=message):
        formats.load(path)


WRONG = {
    "more promised": (b"3 2\na 1 2\nb 3 4\n", "promises 3 words, the file has 2"),
    "fewer promised": (b"1 2\na 1 2\nb 3 4\n", "promises 1 words, the file has 2"),
    "d too large": (b"2 3\na 1 2\nb 3 4\n", "2 numbers"),
    "huge V": (b"999999999999999999 2\na 1 2\n", "too short"),
    "huge d": (b"2 999999999999999999\na 1 2\n", "line 2 ends in 2 numbers"),
    "no rows": (b"0 2\n", "no vectors"),
    "only a header": (b"5 2\n", "line 2 ends in 0 numbers"),
    "ragged": (b"2 2\na 1 2\nb 3\n", "line 3: 1 numbers where 2"),
    "a word for a number": (b"2 2\na 1 2\nb 3 x\n", "line 3"),
    "comma": (b"2 2\na 1 2\nb 3,5 4\n", "line 3: '3,5' is not a number"),
    "nan": (b"2 2\na 1 2\nb nan 4\n", "vector of 'b' is not finite"),
    "overflow": (b"2 2\na 1 2\nb 1e99 4\n", "vector of 'b' is not finite"),
    "glove ragged": (b"a 1 2\nb 3 4\n" * 1000 + b"c 3\n", "line 2001: 1 numbers where 2"),
    "cut binary": (b"2 2\na " + VECTOR + b"b " + VECTOR[:5], "cut off"),
    "binary, fewer promised": (b"1 2\na " + VECTOR + b"b " + VECTOR, "data follow the 1 words"),
    "binary, huge V": (b"99999999999 2\na " + VECTOR, "too short"),
    "binary, huge d": (b"1 99999999999\na " + VECTOR, "too short"),
    "binary, no word ends": (b"2 2\n" + b"\x01" * 3_000_000, "no vector of 2 dimensions"),
    "binary, not finite": (b"1 2\na " + struct.pack("<2f", 1, np.nan), "not finite"),
    "gzip, huge V": (gzip.compress(b"99999999999 2\na " + VECTOR), "too short"),
    "gzip, cut": (gzip.compress(b"2 2\na " + VECTOR + b"b " + VECTOR)[:-9], "damaged"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_damaged_or_lying_file_is_refused_without_a_large_allocation(case, tmp_path):
    content, message = WRONG[case]
    (tmp_path / "v").write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(FolderError, match=message):
            formats.load(tmp_path / "v")
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_anywhere_is_refused(name, tmp_path):
    path = formats.save(embedding(["one", "two", "three"], dim=4), tmp_path / NAMES[name], format=name)
    whole = path.read_bytes()
    refused = 0
    for length in range(len(whole) - 1):  # the line break at the end may go
        if not _looks_whole(whole[:length], name):
            path.write_bytes(whole[:length])
            with pytest.raises(FolderError):
                formats.load(path)
            refused += 1
    assert refused > 0.6 * len(whole)


def _looks_whole(cut: bytes, name: str) -> bool:
    """Text cannot show that its last number lost digits; GloVe and CSV, which say no V, not that lines are missing."""
    last = cut.split(b"\n")[-1]
    if name == "csv":
        return cut.count(b"\n") > 1 - (last.count(b",") == 5) and last.count(b",") in (0, 5) and last != b'"'
    if name == "glove":
        return last == b"" or last.count(b" ") == 4 or cut.count(b"\n") == 0
    return (
        name in ("word2vec-text", "fasttext") and cut.count(b"\n") == 3 and last.count(b" ") == 4 and last[-1:] != b" "
    )


@pytest.mark.parametrize("name", [name for name in NAMES if READ_AS[name] == name])
@pytest.mark.filterwarnings("ignore:.*words are not UTF-8", "ignore:.*rows repeat a word")
def test_a_file_with_bytes_changed_is_read_or_refused_but_never_breaks_the_program(name, tmp_path):
    path = formats.save(embedding(["one", "two", "é"], dim=4), tmp_path / NAMES[name], format=name)
    files = sorted(file for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file())
    rng = np.random.default_rng(0)
    for _ in range(400):
        file = files[rng.integers(len(files))]
        before = file.read_bytes()
        changed = bytearray(before)
        for _ in range(rng.integers(1, 4)):
            at = int(rng.integers(len(changed)))
            changed[at : at + int(rng.integers(0, 3))] = rng.choice(
                [b"", b"\xff", b"\0\0", b"9" * 10, b"\n", b" ", b"nan"]
            )
        file.write_bytes(changed)
        with contextlib.suppress(InputError):
            E = formats.load(path)
            assert len(E.words) == len(E.vectors) == len(set(E.words))
            assert np.isfinite(E.vectors).all()
        file.write_bytes(before)


@pytest.mark.parametrize("start", [b"2 2\na 1 2\n", b"a 1 2\nb 3 4\n"])
def test_a_line_without_end_is_refused_before_memory_is_full(start, tmp_path):
    (tmp_path / "v.gz").write_bytes(gzip.compress(start + b"x" * (100 << 20)))
    tracemalloc.start()
    try:
        with resources.using(block=1 << 20), pytest.raises(FolderError, match="has a line of more than 4 MiB"):
            formats.load(tmp_path / "v.gz")
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()


def test_a_word_without_end_is_refused_before_memory_is_full(tmp_path):
    (tmp_path / "v.gz").write_bytes(gzip.compress(b"2 2\n" + b"\x01" * (20 << 20)))
    tracemalloc.start()
    try:
        message = "no vector of 2 dimensions for word 1 of 2"
        with resources.using(block=1 << 18), pytest.raises(FolderError, match=message):
            word2vec.read_binary(tmp_path / "v.gz")
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_the_longest_word_is_read_and_a_longer_one_refused(tmp_path):
    longest = word2vec.LONGEST_WORD
    (tmp_path / "v.bin").write_bytes(b"2 2\n" + b"x" * longest + b" " + VECTOR + b"y" * longest + b" " + VECTOR)
    with resources.using(block=1 << 12):
        assert word2vec.read_binary(tmp_path / "v.bin").words == ("x" * longest, "y" * longest)
    longer = longest + (1 << 13)
    (tmp_path / "v.bin").write_bytes(b"2 2\n" + b"x" * longest + b" " + VECTOR + b"y" * longer + b" " + VECTOR)
    message = "no vector of 2 dimensions for word 2 of 2"
    with resources.using(block=1 << 12), pytest.raises(FolderError, match=message):
        word2vec.read_binary(tmp_path / "v.bin")


@pytest.mark.parametrize("chunk", [1, 7, 64, 1 << 20])
@pytest.mark.parametrize("name", ["word2vec-text", "word2vec-binary", "glove", "projector"])
def test_files_are_read_alike_in_chunks_of_any_size(name, chunk, tmp_path):
    E = embedding([f"w{i}" for i in range(50)], dim=7)
    path = formats.save(E, tmp_path / NAMES[name], format=name)
    with resources.using(block=chunk):
        same(formats.load(path), E)


def test_an_npz_that_needs_pickle_or_lies_about_its_size_is_refused(tmp_path):
    path = tmp_path / "v.npz"
    np.savez(path, vectors=np.ones((2, 2), np.float32), words=np.array(["a", "b"], dtype=object))
    with pytest.raises(FolderError, match="Python objects"):
        formats.load(path)
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (4000000000, 300), }"
    lying = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(8)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("vectors.npy", lying)
        archive.writestr("words.npy", lying)
    with pytest.raises(FolderError, match="damaged"):
        formats.load(path)


def test_an_npz_of_strings_is_read(tmp_path):
    np.savez(tmp_path / "v.npz", vectors=np.asfortranarray([[1.0, 2.0], [3.0, 4.0]]), words=np.array(["a b", "é"]))
    E = formats.load(tmp_path / "v.npz")
    assert E.words == ("a b", "é")
    assert E.vectors.tolist() == [[1, 2], [3, 4]]


def test_a_parquet_of_another_tool_is_read(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    lists = pa.array([[1.0, 2.0], [3.0, 4.0]], pa.list_(pa.float64()))
    parquet.write_table(pa.table({"embedding": lists, "word": ["a", "b"]}), tmp_path / "v.parquet")
    E = formats.load(tmp_path / "v.parquet")
    assert (E.words, E.vectors.tolist()) == (("a", "b"), [[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"word": ["a", "b"]}, "no column 'vector'"),
        ({"word": ["a", None], "vector": [[1.0], [2.0]]}, "1 empty cells"),
        ({"word": ["a", "b"], "vector": [[1.0], [2.0, 3.0]]}, "1 to 2 dimensions"),
        ({"word": ["a", "b"], "vector": [[1.0], [None]]}, "without empty cells"),
        ({"word": ["a", "b"], "vector": ["x", "y"]}, "not lists"),
        ({"word": ["a", "b"], "vector": [[1.0], [float("nan")]]}, "'b' is not finite"),
    ],
)
def test_a_parquet_without_words_and_vectors_is_refused(columns, message, tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table(columns), tmp_path / "v.parquet")
    with pytest.raises(FolderError, match=message):
        formats.load(tmp_path / "v.parquet")


# --- folders --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["safetensors", "projector"])
def test_a_folder_is_replaced_if_ours_and_refused_if_it_holds_anything_else(name, tmp_path):
    folder = tmp_path / "out"
    formats.save(embedding(["a"]), folder, format=name)
    (folder / ".DS_Store").write_bytes(b"icons")
    formats.save(embedding(["b"]), folder, format=name)
    assert formats.load(folder).words == ("b",)
    assert not (folder / ".DS_Store").exists()
    (folder / "thesis.tex").write_text("precious")
    with pytest.raises(FolderError, match=r"thesis\.tex"):
        formats.save(embedding(["c"]), folder, format=name)
    assert (folder / "thesis.tex").read_text() == "precious"


def test_the_safetensors_folder_says_what_it_is(tmp_path):
    formats.save(embedding(["plain", "words"]), tmp_path / "m", format="safetensors")
    held = sorted(path.name for path in (tmp_path / "m").iterdir())
    assert held == ["README.md", "config.json", "model.safetensors", "modules.json", "tokenizer.json"]
    card = (tmp_path / "m" / "README.md").read_text()
    assert card.startswith("---\nlibrary_name: model2vec")
    assert "2 words in 3 dimensions" in card
    assert "into runs of letters, digits and underscores and puts it in lower case" in card


@pytest.mark.parametrize(
    ("words", "pattern", "lower"),
    [
        (["plain", "e\u0301t\u0301e", "x_1", "日本"], r"[\p{L}\p{M}\p{N}_]+", True),
        (["don't", "co-op", "...", "U"], r"^[\p{P}\p{S}]+|[\p{P}\p{S}]+$", False),
        (["c++", "words", "'tis"], None, True),
    ],
)
def test_the_tokenizer_splits_as_the_words_look(words, pattern, lower):
    contents, _ = tokenizer_for(words)
    assert contents["normalizer"] == ({"type": "Lowercase"} if lower else None)
    last = contents["pre_tokenizer"]["pretokenizers"][-1]
    assert last.get("pattern") == (None if pattern is None else {"Regex": pattern})
    assert list(contents["model"]["vocab"]) == [*words, "[UNK]"]


def test_safetensors_that_do_not_match_their_tokens_are_refused(tmp_path):
    folder = formats.save(embedding(["a", "b"]), tmp_path / "m", format="safetensors")
    path = folder / "tokenizer.json"
    good = json.loads(path.read_text())
    for vocabulary in ({"a": 0, "b": 1}, {"a": 0, "b": 1, "c": 7}, {"a": 0, "b": "x", "c": 2}, 5, None):
        path.write_text(json.dumps({**good, "model": {**good["model"], "vocab": vocabulary}}))
        with pytest.raises(FolderError):
            formats.load(folder)
    path.write_text("[" * 100_000)
    with pytest.raises(FolderError):
        formats.load(folder)
    path.unlink()
    with pytest.raises(FolderError, match=r"no tokenizer\.json"):
        formats.load(folder)


def test_safetensors_with_mapping_and_weights_give_what_each_token_stands_for(tmp_path):
    from safetensors.numpy import save_file

    tensors = {
        "embeddings": np.array([[1, 2], [3, 4]], np.float16),
        "mapping": np.array([1, 0, 1], np.int64),
        "weights": np.array([1, 10, 2], np.float32),
    }
    save_file(tensors, tmp_path / "model.safetensors")
    pieces = {"type": "Unigram", "vocab": [["a", -1.0], ["b", -2.0], ["c", -3.0]]}
    (tmp_path / "tokenizer.json").write_text(json.dumps({"model": pieces}))
    E = formats.load(tmp_path)
    assert (E.words, E.vectors.tolist()) == (("a", "b", "c"), [[3, 4], [10, 20], [6, 8]])
    save_file({**tensors, "mapping": np.array([1, 0, 2], np.int64)}, tmp_path / "model.safetensors")
    with pytest.raises(FolderError, match="rows that are not there"):
        formats.load(tmp_path)


def test_the_projector_table_keeps_one_line_a_word(tmp_path):
    formats.save(embedding(HOSTILE), tmp_path / "p", format="projector")
    metadata = (tmp_path / "p" / "metadata.tsv").read_bytes().decode().removesuffix("\n").split("\n")
    assert metadata[0] == "token\tcount"
    assert len(metadata) == 1 + len(HOSTILE)
    assert all(line.count("\t") == 1 for line in metadata)


@pytest.mark.parametrize(
    ("metadata", "words"),
    [("a\nb\n", ("a", "b")), ("kind\tword\nx\ta\\n\nx\tb\n", ("a\\n", "b")), ("a\tx\r\nb\ty\r\n", ("a", "b"))],
)
def test_a_projector_folder_of_another_tool_is_read(metadata, words, tmp_path):
    (tmp_path / "vectors.tsv").write_text("1\t2\n3\t4\n")
    (tmp_path / "metadata.tsv").write_bytes(metadata.encode())
    E = formats.load(tmp_path)
    assert (E.words, E.vectors.tolist()) == (words, [[1, 2], [3, 4]])


def test_projector_tables_that_disagree_are_refused(tmp_path):
    folder = formats.save(embedding(["a", "b"]), tmp_path / "p", format="projector")
    (folder / "metadata.tsv").write_text("a\nb\nc\nd\n")
    with pytest.raises(FolderError, match="4 lines for 2 vectors"):
        formats.load(folder)
    (folder / "vectors.tsv").write_text("1\t2\n3\n")
    with pytest.raises(FolderError, match="2 numbers"):
        formats.load(folder)
    (folder / "metadata.tsv").unlink()
    with pytest.raises(FolderError, match=r"no metadata\.tsv"):
        formats.load(folder)


def test_a_folder_without_embeddings_says_what_it_holds(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(FolderError, match=r"it holds notes\.txt"):
        formats.load(tmp_path)


# --- the door -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, row in FORMATS.items() if row.extensions])
def test_the_ending_chooses_the_format(name, tmp_path):
    path = formats.save(embedding(["a", "b"]), tmp_path / NAMES[name])
    assert formats.recognise(path) == READ_AS[name]


@pytest.mark.parametrize(
    ("file", "message"),
    [("v.doc", "no format ends in '.doc'"), ("v.safetensors", "is a folder"), ("v.npz.gz", "not written through gzip")],
)
def test_an_ending_without_a_format_is_an_error(file, message, tmp_path):
    with pytest.raises(InputError, match=message):
        formats.save(embedding(["a"]), tmp_path / file)
    assert not list(tmp_path.iterdir())


def test_names_do_not_matter_on_reading(tmp_path):
    formats.save(embedding(["a", "b"]), tmp_path / "v.npz")
    (tmp_path / "v.npz").rename(tmp_path / "v.txt")
    assert formats.load(tmp_path / "v.txt").words == ("a", "b")


def test_convert_reads_one_and_writes_the_other(tmp_path):
    E = embedding(["a", "b"])
    formats.save(E, tmp_path / "v.bin")
    same(formats.load(formats.convert(tmp_path / "v.bin", tmp_path / "v.vec")), E)
    with pytest.raises(InputError, match=r"format must be one of .*parquet.*, got 'doc'"):
        formats.convert(tmp_path / "v.bin", tmp_path / "v.doc", "doc")


@pytest.mark.parametrize("name", [name for name in NAMES if name != "solve2vec"])
def test_nothing_to_write_is_an_error(name, tmp_path):
    for shape in ((0, 3), (2, 0)):
        E = Embedding.from_vectors(["a", "b"][: shape[0]], np.empty(shape, np.float32))
        with pytest.raises(InputError, match="nothing to write"):
            formats.save(E, tmp_path / NAMES[name], format=name)


@pytest.mark.parametrize("words", [["route 66", "a 1"], ["x 1 2"]])
def test_glove_refuses_words_that_a_reader_could_not_tell_from_numbers(words, tmp_path):
    with pytest.raises(InputError, match="end in a number"):
        glove.write(embedding(words), tmp_path / "v.glove")


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = formats.save(embedding(["old"]), tmp_path / "v.txt")
    before = path.read_bytes()
    with pytest.raises(InputError):
        formats.save(embedding(["new", "line\nbreak"]), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["v.txt"]


@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_is_told_as_the_system_tells_it_and_leaves_the_old_file(name, tmp_path):
    """No file may grow beyond 256 kB, which is how a disk that is nearly full looks to whoever writes a file."""
    resource = pytest.importorskip("resource")
    path = formats.save(embedding(["old"]), tmp_path / NAMES[name], format=name)
    large = embedding(["old", *map(str, range(300))], 1000)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, before[1]))
    try:
        with pytest.raises(OSError, match=r"[Tt]oo large|requested and") as caught:
            formats.save(large, path, format=name)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not isinstance(caught.value, (FolderError, InputError))
    assert caught.value.errno in (errno.EFBIG, None)
    same(formats.load(path), embedding(["old"]))
    assert {p.name for p in tmp_path.iterdir()} == {NAMES[name], *(["v.words.txt"] if name == "npy" else [])}


def test_the_lineage_says_where_it_came_from(tmp_path):
    path = formats.save(embedding(["a"]), tmp_path / "v.bin")
    assert formats.load(path).lineage.values_of("load") == {"path": str(path), "format": "word2vec-binary"}


def test_binary_holds_no_python_object_for_each_number(tmp_path):
    V, d = 20_000, 300
    E = Embedding.from_vectors([str(i) for i in range(V)], np.ones((V, d), np.float32))
    path = formats.save(E, tmp_path / "v.bin")
    size = path.stat().st_size
    tracemalloc.start()
    try:
        word2vec.read_binary(path)
        assert tracemalloc.get_traced_memory()[1] < 4 * size  # a float object alone takes 24 bytes instead of 4
    finally:
        tracemalloc.stop()


# --- GloVe's counts -------------------------------------------------------------------------------------------------


def glove_counts(V=7, seed=0, density=0.5):
    rng = np.random.default_rng(seed)
    weights = sparse.random_array((V, V), density=density, rng=rng, format="csr")
    return [f"w{i}" for i in range(V)], rng.integers(1, 99, V), sparse.csr_array(weights)


def test_glove_counts_by_hand(tmp_path):
    (tmp_path / "vocab.txt").write_text("the 9\nof 4\n")
    records = struct.pack("<iid", 2, 1, 0.5) + struct.pack("<iid", 1, 2, 1.5) + struct.pack("<iid", 2, 1, 0.25)
    (tmp_path / "c.bin").write_bytes(records)
    words, counts, weights = formats.read_glove_counts(tmp_path / "vocab.txt", tmp_path / "c.bin")
    assert (words, counts.tolist()) == (["the", "of"], [9, 4])
    assert weights.toarray().tolist() == [[0, 1.5], [0.75, 0]]  # two records of one pair are added up


@pytest.mark.parametrize("chunk", [1, 3, 1 << 20])
@pytest.mark.parametrize("shuffled", [False, True])
def test_glove_counts_there_and_back_in_chunks_of_any_size_and_order(chunk, shuffled, tmp_path):
    from solve2vec.formats import glove_counts as room

    words, counts, weights = glove_counts()
    files = tmp_path / "vocab.txt", tmp_path / "c.bin"
    with resources.using(block=chunk):
        formats.write_glove_counts(words, counts, weights, *files)
    if shuffled:
        records = np.fromfile(files[1], room.RECORD)
        np.random.default_rng(1).permutation(records).tofile(files[1])
    with resources.using(block=chunk):
        read_words, read_counts, read = formats.read_glove_counts(*files)
    assert read_words == words
    np.testing.assert_array_equal(read_counts, counts)
    np.testing.assert_array_equal(read.toarray(), weights.toarray())
    assert read.has_sorted_indices


def test_glove_records_are_sixteen_bytes_that_count_from_one(tmp_path):
    weights = sparse.csr_array(np.array([[0, 0], [2, 0]]))
    formats.write_glove_counts(["a", "b"], np.array([2, 1]), weights, tmp_path / "v", tmp_path / "c")
    assert (tmp_path / "c").read_bytes() == struct.pack("<iid", 2, 1, 2.0)
    assert (tmp_path / "v").read_bytes() == b"a 2\nb 1\n"


@pytest.mark.parametrize(
    ("vocab", "records", "message"),
    [
        (b"a 1\nb 2\n", struct.pack("<iid", 1, 3, 1.0), "names word 3 of a vocabulary of 2"),
        (b"a 1\nb 2\n", struct.pack("<iid", 0, 1, 1.0), "names word 0"),
        (b"a 1\nb 2\n", struct.pack("<iid", 1, 1, np.nan), "not a number above 0"),
        (b"a 1\nb 2\n", struct.pack("<iid", 1, 1, -1.0), "not a number above 0"),
        (b"a 1\nb 2\n", struct.pack("<iid", 1, 1, 1.0)[:-1], "not a multiple"),
        (b"a 1\nb\n", b"", "each line"),
        (b"a 1\nb x\n", b"", "each line"),
        (b"a 1\na 2\n", b"", "twice"),
        (b"a 99999999999999999999999\n", b"", "each line"),
    ],
)
def test_glove_counts_that_cannot_be_are_refused(vocab, records, message, tmp_path):
    (tmp_path / "vocab.txt").write_bytes(vocab)
    (tmp_path / "c.bin").write_bytes(records)
    with pytest.raises(FolderError, match=message):
        formats.read_glove_counts(tmp_path / "vocab.txt", tmp_path / "c.bin")


@pytest.mark.parametrize("word", ["", "a b", "a\nb", "é" * 501])
def test_a_word_that_glove_would_read_as_another_is_refused(word, tmp_path):
    _, counts, weights = glove_counts(2)
    with pytest.raises(InputError, match="cannot be written"):
        formats.write_glove_counts(["a", word], counts, weights, tmp_path / "v", tmp_path / "c")
    assert not list(tmp_path.iterdir())


def test_nothing_of_glove_is_written_if_the_sizes_disagree(tmp_path: Path):
    words, counts, weights = glove_counts()
    with pytest.raises(InputError, match="6 words need"):
        formats.write_glove_counts(words[:-1], counts, weights, tmp_path / "v", tmp_path / "c")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("inside", ["", "data"])
def test_a_model_that_spark_saved_is_read(tmp_path, inside):
    import pyarrow as pa
    from pyarrow import parquet

    folder = tmp_path / "model" / inside
    folder.mkdir(parents=True)
    (tmp_path / "model" / "metadata").mkdir()
    for part, words in enumerate((["a", "b"], ["c"])):
        rows = pa.array([[0.5 * part + n, 1.0] for n in range(len(words))], pa.list_(pa.float32()))
        parquet.write_table(pa.table({"word": words, "vector": rows}), folder / f"part-0000{part}.snappy.parquet")
    made = formats.load(tmp_path / "model")
    assert made.words == ("a", "b", "c") and made.vectors.tolist() == [[0.0, 1.0], [1.0, 1.0], [0.5, 1.0]]
