"""Documents of every kind of source, whatever the size of the blocks that are read, and what is said of bad ones."""

import bz2
import gzip
import io
import itertools
import json
import lzma
import os
import socket
import subprocess
import sys
import tarfile
import time
import zipfile
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

import oracles
from conftest import TEXT
from solve2vec import Embedding, InputError, ReadingOptions, Tokenizer, encode, read
from solve2vec.cooccurrence.cooccurrence import count
from solve2vec.cooccurrence.window import Window
from solve2vec.corpus.corpus import VocabularyOptions
from solve2vec.text import files
from solve2vec.text.documents import as_documents

EXPECTED = [line.split() for line in TEXT.split("\n") if line]
ALL = VocabularyOptions(min_count=1)


def zstd(data):
    return pa.compress(data, codec="zstd", asbytes=True)


COMPRESSED = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd}
ODD_TEXT = "Héllo wörld  \r\n\r\n \t \r\n中文 e\u0301tude x\n\u00a0\n\n\nlast line, no end: " + "long " * 9


@pytest.mark.parametrize("kind", ["txt", *COMPRESSED])
@pytest.mark.parametrize("twice", [False, True])
def test_compressed_text_is_text_even_in_two_members(write, kind, twice):
    squeeze = COMPRESSED.get(kind, bytes)
    path = write(squeeze(TEXT.encode()) * (1 + twice), f"text.{kind}")
    assert list(read(path)) == EXPECTED * (1 + twice)


def test_compression_is_recognised_from_the_content_not_the_name(write):
    assert list(read(write(gzip.compress(TEXT.encode()), "text.txt"))) == EXPECTED


COLUMNS = {
    "string": pa.array(["the cat", None, "", "a dog"]),
    "large_string": pa.array(["the cat", None, "", "a dog"], pa.large_string()),
    "dictionary": pa.array(["the cat", None, "", "a dog"]).dictionary_encode(),
    "list": pa.array([["the", "cat"], None, [], ["a", None, "", "dog"]]),
    "large_list": pa.array([["the", "cat"], None, [], ["a", "dog"]], pa.large_list(pa.large_string())),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_parquet_column_is_read(tmp_path, kind):
    path = tmp_path / "table.parquet"
    parquet.write_table(pa.table({"n": [1, 2, 3, 4], "text": COLUMNS[kind]}), path, row_group_size=3)
    expected = [["the", "cat"], ["a", "", "", "dog"] if kind == "list" else ["a", "dog"]]
    assert list(read(path)) == expected
    assert list(read(path, reading=ReadingOptions(column="text"))) == expected


def test_missing_tokens_keep_their_places_wherever_the_lists_lie(tmp_path, write):
    lists = [["a", None, "b"], ["a", "", "b"], ["a", "once", "b"], [None], ["b", "a"]]
    parquet.write_table(pa.table({"t": lists}), tmp_path / "t.parquet")
    lines = write("".join(json.dumps({"t": row}) + "\n" for row in lists), "t.jsonl")
    selection = VocabularyOptions(min_count=2)
    made = [encode(source, selection=selection) for source in (lists, tmp_path / "t.parquet", lines)]
    assert [corpus.document(d) for corpus in made for d in range(5)] == [
        *[["a", None, "b"]] * 3,
        [None],
        ["b", "a"],
    ] * 3
    assert len({corpus.fingerprint for corpus in made}) == 1
    assert made[0].vocabulary.words == ("a", "b") and made[0].vocabulary.total == len(made[0]) == 12
    again = encode(lists, made[0].vocabulary)
    for vocabulary in (made[0].vocabulary, again.vocabulary):
        assert vocabulary.rare_counts == {"once": 1}  # what is missing is no word that was rare
    assert count(made[0], Window(1, "flat")).weight("a", "b") == 1
    with pytest.raises(InputError, match="the most frequent, 'a', is seen 1 times"):
        encode([[None, "", "a"]], selection=selection)


def test_long_rows_of_parquet_are_taken_few_at_a_time(tmp_path, use):
    rows = [f"w{n} " * 50 for n in range(40)]
    parquet.write_table(pa.table({"text": rows}), tmp_path / "t.parquet")
    use(block=100)
    documents = read(tmp_path / "t.parquet")
    assert max(len(batch.lengths) for batch in documents.batches()) < 40
    assert list(documents) == [row.split() for row in rows]


@pytest.mark.parametrize("name", ["t.jsonl", "t.ndjson", "t.json", "t.jsonl.gz"])
@pytest.mark.parametrize("block", [20, 4 << 20])
def test_json_lines_are_read_whatever_the_block(write, use, name, block):
    rows = ["The cat\tsat", "", "2020-01-01", 'é "q" \n x', "long " * 30]
    lines = "".join(json.dumps({"id": n, "text": row}) + "\n" for n, row in enumerate(rows))
    path = write(gzip.compress(lines.encode()) if name.endswith("gz") else lines, name)
    use(block=block)
    assert list(read(path)) == [found for row in rows if (found := oracles.tokens(row))]


def test_a_field_of_json_may_be_absent_null_or_a_date_at_first(write, use):
    use(block=16)
    path = write('{"text": null, "n": 1}\n{"text": "2020-01-01"}\n{"n": 5}\n{"text": "a b"}', "t.jsonl")
    assert list(read(path, reading=ReadingOptions(column="text"))) == [["2020", "01", "01"], ["a", "b"]]


ROWS = [{"id": 1, "text": "The cat\tsat"}, {"id": 2, "text": "a dog"}]
JSON_LINES = "".join(json.dumps(row) + "\n" for row in ROWS)
FROM_JSON = [["the", "cat", "sat"], ["a", "dog"]]


@pytest.mark.parametrize("column", [None, "text"])
@pytest.mark.parametrize("name", ["t.txt", "t", "t.gz", "-"])
def test_json_lines_are_known_by_their_first_line(write, monkeypatch, name, column):
    data = gzip.compress(JSON_LINES.encode()) if name == "t.gz" else JSON_LINES.encode()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    path = name if name == "-" else write(data, name)
    assert list(read(path, reading=ReadingOptions(column=column))) == FROM_JSON


@pytest.mark.parametrize(
    "text",
    ["{}\nx y\n", '{"a": 1}\nx y\n', "{a} b\nx\n", '\n{"a": "b"}\n', '{"a": []}\n', '["a"]\nb', '{"a": "b"\n}\n'],
)
def test_what_only_looks_like_json_is_plain_text(write, text):
    assert list(read(write(text))) == [found for line in text.split("\n") if (found := oracles.tokens(line))]


@pytest.mark.parametrize("name", ["t.txt", "-"])
def test_a_column_of_plain_text_is_refused_and_any_object_has_columns(write, monkeypatch, name):
    def tokens(text):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))
        return list(read(name if name == "-" else write(text, name), reading=ReadingOptions(column="text")))

    with pytest.raises(InputError, match="is plain text, which has no column 'text': leave the column or the file out"):
        tokens("the cat\n")
    with pytest.raises(InputError, match="has no column 'text'; columns of text or tokens: body"):
        tokens('{"body": "a"}\n')
    assert tokens('\n{"id": 1}\n{"text": "a b"}\n') == [["a", "b"]]
    assert tokens("\n \n") == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_json_lines_may_have_another_encoding(write, encoding):
    path = write('{"text": "café x"}\n'.encode(encoding), "t.jsonl")
    assert list(read(path, reading=ReadingOptions(encoding=encoding))) == [["café", "x"]]


def test_a_field_may_come_first_when_many_lines_are_read(write, use):
    use(block=100)
    lines = [json.dumps({"url": f"u{n}"}) for n in range(100)] + ['{"url": "v", "text": "a b"}', '{"url": "w"}']
    path = write("\n".join(lines), "t.jsonl")
    assert list(read(path, reading=ReadingOptions(column="text"))) == [["a", "b"]]
    with pytest.raises(InputError, match=r"has no column 'body'; columns of text or tokens: url, text$"):
        list(read(path, reading=ReadingOptions(column="body")))
    with pytest.raises(InputError, match=r"has 2 columns of text or tokens \(url, text\): name one as the column"):
        list(read(path))


def test_other_fields_may_be_anything_but_text_where_no_column_is_named(write, use):
    use(block=100)
    odd = ['{"text": "a", "n": 1}', '{"text": "a", "n": [1]}', '{"text": "a", "n": {"b": "c"}, "when": "2020-01-01"}']
    assert list(read(write("\n".join(odd[:1] * 10 + odd * 50), "t.jsonl"))) == [["a"]] * 160
    with pytest.raises(InputError, match=r"line 2, .*n.* changed from number to array; .* or name the column"):
        list(read(write("\n".join(odd), "t.jsonl")))


@pytest.mark.parametrize("made", [" ".join, list])
def test_other_fields_may_be_anything_where_the_column_is_named(write, use, made):
    use(block=100)
    rows = [{"n": 1}, {"n": "x"}, {"n": [1]}] * 20 + [{"n": 1, "text": made(["a", "b"])}, {"n": "x", "text": None}]
    path = write("\n".join(map(json.dumps, rows)), "t.jsonl")
    assert list(read(path, reading=ReadingOptions(column="text"))) == [["a", "b"]]


@pytest.mark.parametrize("block", [64, 4 << 20])
@pytest.mark.parametrize("column", [None, "text"])
@pytest.mark.parametrize(
    "bad", ['{"text": 5}', "plain", '{"text": "a"', '{"text": "\\ud800"}', '"text"', "[1]", "null"]
)
def test_the_line_of_a_bad_object_is_that_of_the_file(write, use, bad, column, block):
    use(block=block)
    for place in (2, 40, 101):
        lines = ["" if n % 7 == 0 else '{"text": "a b"}\r' for n in range(1, 102)]
        lines[place - 1] = bad
        with pytest.raises(InputError, match=rf"t\.jsonl, line {place}, is damaged or not one JSON object: .*; mend"):
            list(read(write("\n".join(lines), "t.jsonl"), reading=ReadingOptions(column=column)))


def test_bytes_of_json_that_are_not_utf_8_are_told_or_replaced(write):
    path = write(b'{"text": "a"}\n{"text": "caf\xe9 x"}\n', "t.jsonl")
    with pytest.raises(InputError, match=r"t\.jsonl, line 2, is not valid UTF-8: byte 0xe9"):
        list(read(path))
    assert list(read(path, reading=ReadingOptions(encoding_errors="ignore"))) == [["a"], ["caf", "x"]]


def test_strings_of_parquet_that_are_not_utf_8_are_told(tmp_path):
    strings = pa.array([b"caf\xe9 x"]).view(pa.string())
    parquet.write_table(pa.table({"text": strings}), tmp_path / "t.parquet")
    with pytest.raises(InputError, match=r"t\.parquet is damaged: Invalid UTF8"):
        list(read(tmp_path / "t.parquet"))


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_a_table_without_text_says_what_it_has(tmp_path, write, kind):
    parquet.write_table(pa.table({"n": [1], "m": [2.5]}), tmp_path / "t.parquet")
    write('{"n": 1, "m": 2.5}\n', "t.jsonl")
    with pytest.raises(InputError, match=r"has no column of text or tokens, only n \(int64\), m \(double\):"):
        list(read(tmp_path / f"t.{kind}"))


def test_lists_of_tokens_in_json_are_taken_as_they_are(write):
    path = write('{"t": []}\n{"t": ["New York", "THE"]}\n{"t": ["2020-01-01"]}\n', "t.jsonl")
    assert list(read(path, reading=ReadingOptions(column="t"))) == [["New York", "THE"], ["2020-01-01"]]


def test_several_files_and_folders_are_read_in_order_hidden_ones_left_out(write, tmp_path):
    for name in ("in/b.txt", "in/a/z.txt", "in/.hidden.txt", "in/.git/x.txt", "first.txt"):
        write(name.replace("/", "_").replace(".", "_"), name)
    found = list(read([tmp_path / "first.txt", str(tmp_path / "in")]))
    assert found == [["first_txt"], ["in_a_z_txt"], ["in_b_txt"]]


SCRIPT = """
import sys, solve2vec
documents = solve2vec.read("-")
print(list(documents))
try:
    list(documents)
except solve2vec.InputError as error:
    print(error)
"""


@pytest.mark.parametrize("kind", ["txt", "gz", "zst"])
def test_standard_input_is_read_once(kind):
    data = COMPRESSED.get(kind, bytes)(TEXT.encode())
    made = subprocess.run([sys.executable, "-c", SCRIPT], input=data, capture_output=True, check=True)
    found, second = made.stdout.decode().splitlines()
    assert found == str(EXPECTED)
    assert "can be read once" in second


def test_a_named_pipe_loses_nothing(tmp_path):
    pipe = str(tmp_path / "pipe")
    os.mkfifo(pipe)
    with subprocess.Popen(["sh", "-c", f"printf 'the cat\\na dog\\n' > {pipe}"]):
        assert list(read(pipe)) == [["the", "cat"], ["a", "dog"]]


@pytest.mark.parametrize("what", ["line", "blank-line", "file"])
@pytest.mark.parametrize("text", [TEXT, ODD_TEXT, "a b\n \nc d", "a", "a\n\n", " \na", "x \n y \n\n z"])
def test_documents_end_where_they_should_whatever_the_block(write, use, what, text):
    path = write(text)
    expected = oracles.documents(text, what, oracles.tokens)
    for block in (1, 2, 3, 7, 16, 10_000):
        use(block=block)
        assert list(read(path, reading=ReadingOptions(document=what))) == expected, block


lines = st.text(st.sampled_from("aé中 \t\r\u00a0.\n"), max_size=60)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=lines, block=st.integers(1, 20), threads=st.sampled_from([1, 2]))
@pytest.mark.parametrize("what", ["line", "blank-line", "file"])
def test_any_block_and_any_threads_give_the_same_corpus(write, use, what, text, block, threads):
    told = text.replace("\r", "\n") if "\n" not in text else text  # CR alone ends lines, too
    expected = oracles.documents(told, what, oracles.tokens)
    if not expected:
        return
    use(block=block)
    corpus = encode(read(write(text), reading=ReadingOptions(document=what)), selection=ALL, threads=threads)
    words, ids = oracles.encode(expected)
    assert corpus.vocabulary.words == words
    assert corpus.tokens.tolist() == list(itertools.chain(*ids))
    assert np.diff(corpus.document_starts).tolist() == [len(document) for document in expected]
    assert corpus.file_starts.tolist() == [0, len(expected)]
    begins = [corpus.origin(document).line for document in range(len(expected))]
    assert begins == (first_lines(told, what) if what != "file" else [None])


def first_lines(text, what):
    """The number of the line, from 1, in which each document begins, read one by one; of a paragraph the first."""
    begins, begin, has_tokens = [], None, False
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if begin is not None and has_tokens and (what == "line" or not line.strip()):
            begins.append(begin)
        if what == "line" or not line.strip():
            begin, has_tokens = None, False
        if line.strip():
            begin, has_tokens = begin or number, has_tokens or bool(oracles.tokens(line))
    return begins


def test_a_line_longer_than_a_block_stays_one_document(write, use):
    use(block=64)
    words = [f"w{n}" for n in range(500)]
    assert list(read(write(" ".join(words) + "\nnext"))) == [words, ["next"]]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le", "utf-8-sig", "utf-32", "gb18030"])
def test_other_encodings_are_read_whatever_the_block(write, use, encoding):
    text = "café Zürich\nnaïve übel\n"
    path = write(text.encode(encoding))
    for block in (1, 3, 1000):
        use(block=block)
        assert list(read(path, reading=ReadingOptions(encoding=encoding))) == [["café", "zürich"], ["naïve", "übel"]]


@pytest.mark.parametrize("block", [1, 4 << 20])
def test_byte_order_marks_are_no_token(write, use, block):
    use(block=block)
    spaces = Tokenizer(token_pattern="whitespace")
    assert list(read(write(b"\xef\xbb\xbfthe cat"), tokenizer=spaces)) == [["the", "cat"]]
    little = write(b"\xff\xfe" + "the cat".encode("utf-16-le"))
    assert list(read(little, tokenizer=spaces, reading=ReadingOptions(encoding="utf-16-le"))) == [["the", "cat"]]


@pytest.mark.parametrize(("errors", "tokens"), [("replace", ["caf", "x"]), ("ignore", ["cafx"])])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_invalid_bytes_can_be_replaced_or_ignored(write, errors, tokens, encoding):
    reading = ReadingOptions(encoding=encoding, encoding_errors=errors)
    assert list(read(write(b"caf\xffx"), reading=reading)) == [tokens]


# what is in memory


def test_texts_and_token_lists_in_memory():
    assert list(as_documents(["The cat", "", "a  dog"])) == [["the", "cat"], ["a", "dog"]]
    assert list(as_documents([["The", "New York"], [], ("a",)])) == [["The", "New York"], ["a"]]


class Series:
    """As polars' own: a list by another name."""

    def __init__(self, tokens):
        self.tokens = tokens

    def to_list(self):
        return self.tokens


HOLDERS = {
    "tuple": tuple,
    "array of strings": np.array,
    "array of objects": lambda tokens: np.array(tokens, dtype=object),
    "series": Series,
    "Arrow array": pa.array,
}


@pytest.mark.parametrize("held", HOLDERS)
def test_whatever_holds_tokens_is_a_list_of_them(held):
    lists = [["b", "New York", "a"], ["c", "b"]] * 3
    made = encode([HOLDERS[held](tokens) for tokens in lists], selection=ALL)
    assert made.fingerprint == encode(lists, selection=ALL).fingerprint


@pytest.mark.parametrize("kind", [set, frozenset, dict.fromkeys])
def test_the_order_of_a_set_is_that_of_spelling(kind):
    sets = [kind(["pear", "Fig", "é", "apple"]), kind("abc")]
    sets = [held.keys() if isinstance(held, dict) else held for held in sets]
    assert list(as_documents(sets)) == [["Fig", "apple", "pear", "é"], ["a", "b", "c"]]


def test_whole_numbers_are_tokens_where_a_list_has_them(tmp_path, write):
    lists = [[17, 5, 17], [], [5, None, 300]]
    parquet.write_table(pa.table({"id": [1, 2, 3], "items": lists}), tmp_path / "t.parquet")
    lines = write("".join(json.dumps({"id": n, "items": row}) + "\n" for n, row in enumerate(lists)), "t.jsonl")
    texts = encode([[None if item is None else str(item) for item in row] for row in lists], selection=ALL)
    assert texts.vocabulary.words == ("17", "5", "300")
    named = ReadingOptions(column="items")
    sources = [
        lists,
        [np.array(lists[0], np.uint8), [], lists[2]],
        [pa.array(row, pa.int32()) for row in lists],
        pa.array(lists),
        *(read(path, reading=how) for path in (tmp_path / "t.parquet", lines) for how in (ReadingOptions(), named)),
    ]
    for source in sources:
        made = encode(source, selection=ALL)
        assert made.n_documents == 3 and made.fingerprint == texts.fingerprint
    mixed = write('{"items": [1, 2]}\n{"items": ["a"]}\n', "mixed.jsonl")
    with pytest.raises(InputError, match="line 2, is damaged"):
        encode(mixed, selection=ALL)


IN_MEMORY = {
    "table": lambda rows: pa.table({"text": rows, "n": range(len(rows))}),
    "batch": lambda rows: pa.record_batch({"text": rows}),
    "chunks": lambda rows: pa.chunked_array([rows[:1], rows[1:]], pa.string()),
    "slice": lambda rows: pa.array(["x", *rows, "y"]).slice(1, len(rows)),
    "view": lambda rows: pa.array(rows, pa.string_view()),
    "categories": lambda rows: pa.array(rows).dictionary_encode(),
    "pandas table": lambda rows: pytest.importorskip("pandas").DataFrame({"text": rows, "n": range(len(rows))}),
    "pandas column": lambda rows: pytest.importorskip("pandas").Series(rows, index=range(5, 5 + len(rows))),
    "pandas objects": lambda rows: pytest.importorskip("pandas").Series(
        [float("nan") if row is None else row for row in rows], dtype=object
    ),
    "polars table": lambda rows: pytest.importorskip("polars").DataFrame({"text": rows, "n": range(len(rows))}),
    "polars column": lambda rows: pytest.importorskip("polars").Series(rows),
}


@pytest.mark.parametrize("block", [1, 4 << 20])
@pytest.mark.parametrize("held", IN_MEMORY)
def test_a_column_of_text_in_memory_is_read_as_one_of_a_file(tmp_path, use, held, block):
    rows = ["the cat", None, "", "A dog", None]
    parquet.write_table(pa.table({"text": rows}), tmp_path / "t.parquet")
    use(block=block)
    made = encode(IN_MEMORY[held](rows), selection=ALL)
    assert made.n_documents == 5 and made.fingerprint == encode(tmp_path / "t.parquet", selection=ALL).fingerprint


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_lists_in_columns_of_data_frames_are_tokens(library):
    frames = pytest.importorskip(library)
    lists = frames.Series([["a", "b"], None, ["c", None, "a"]])
    assert list(as_documents(lists)) == [["a", "b"], ["c", "", "a"]]
    assert list(as_documents(frames.Series([[3, 1], [2]]))) == [["3", "1"], ["2"]]
    if library == "pandas":
        assert list(as_documents(frames.Series([{"b", "a", "d", "c"}]))) == [["a", "b", "c", "d"]]
        several = frames.DataFrame({"a": ["q", 2], "b": ["a b", None]})
        assert list(as_documents(several, reading=ReadingOptions(column="b"))) == [["a", "b"]]
        for source, says in [(several, "column of several types"), (several["a"], "number 1 is 2: make one of it")]:
            with pytest.raises(InputError, match=says):
                list(as_documents(source))


def test_a_generator_is_read_once_and_says_so():
    documents = as_documents(line for line in ["a b", "c"])
    assert list(documents) == [["a", "b"], ["c"]]
    with pytest.raises(InputError, match="a generator can be read once"):
        list(documents)


def test_a_list_can_be_read_again():
    documents = as_documents(["a b"])
    assert list(documents) == list(documents) == [["a", "b"]]


def test_long_streams_come_in_batches_and_in_order():
    rows = [[f"w{n}"] * 100 for n in range(2000)]
    documents = as_documents(row for row in rows)
    batches = list(documents.batches())
    assert len(batches) > 2
    firsts = [int(batch.types[0][1:]) for batch in batches]
    assert firsts == sorted(firsts)
    assert sum(len(batch.ids) for batch in batches) == 200_000


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (["a b", ["c"]], "must be a text, but number 1 is \\['c'\\]"),
        ([["c"], "a b"], "must be a list of tokens, but number 1 is 'a b'"),
        ([3], "list of tokens, but number 0 is 3"),
        ([b"bytes"], "list of tokens, but number 0 is b'bytes'"),
        ([["a"], ["a", 3]], "the token 3 of document 1 is not a string: make strings of all tokens, and None of what"),
        ([{"a", 3}], "the token 3 of document 0 is not a string"),
        ([np.array([17, 18]), [True, 1]], "the token True of document 1 is not a string"),
        ([[1.0, 2.0]], "the token 1.0 of document 0 is not a string"),
        ([["a", float("nan")]], "the token nan of document 0 is not a string"),
        ([[["a", "b"]]], r"the token \['a', 'b'\] of document 0 is not a string"),
        ([np.array("a")], "must be a list of tokens, but number 0 is array"),
        ([{"a": 1}], "must be a list of tokens, but number 0 is {'a': 1}: make one of it, or leave it out"),
        ([[None, ""]], "there is no token"),
        ([None], r"document 0 is missing \(None\): leave it out, or give \[\] in its place"),
        (["a"] * 3 + [float("nan")], r'document 3 is missing \(nan\): leave it out, or give "" in its place'),
        (np.array(["a", None], dtype=object), r"document 1 is missing \(None\)"),
        (
            [["b"] * 60_000, ["a"], ["c", "a\udce9d"]],
            r"the token 'a\\udce9d' of document 2 is not valid Unicode: it has half of a surrogate pair, '\\udce9'",
        ),
        (["a", "b\ud800"], r"the text of document 1 is not valid Unicode.*'\\ud800'; replace it, such as"),
        (pa.table({"a": ["x"], "b": ["y"]}), r"the table has 2 columns of text or tokens \(a, b\): name one as"),
        (pa.table({"n": [1.5]}), r"the table has no column of text or tokens, only n \(double\)"),
        (pa.array([1.5]), "the column holds double, not text or lists of tokens: make strings of it, or give another"),
        (7, "cannot read documents from a int"),
        (Embedding.from_vectors(["a"], [[1.0]]), "cannot read documents from a Embedding"),
        ([], "there is no token in the given documents"),
        ([[], []], "there is no token"),
        (["...", " "], "there is no token"),
        ("no/such/file", "no/such/file does not exist"),
        ("a text " * 100, "a text itself is given in a list"),
    ],
)
def test_wrong_documents_are_told_in_one_sentence(source, says):
    with pytest.raises(InputError, match=says):
        encode(source, selection=ALL)


class Table:
    """What iterates as tables do: through the names of the columns."""

    columns = ("text", "price")

    def __iter__(self):
        return iter(self.columns)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (Table(), r"columns of a Table: give one column, such as df\['text'\]"),
        ({"text": ["a b"]}, r"keys of a dict: give its values, such as list\(d\.values\(\)\)"),
        (np.array([["a b"], ["c d"]]), r"an array of shape \(2, 1\): give one column, such as x\[:, 0\]"),
    ],
)
def test_tables_and_mappings_are_not_read_as_their_names(source, says):
    with pytest.raises(InputError, match=says):
        as_documents(source)


def test_a_path_in_a_list_of_texts_is_told(write):
    path = write(TEXT)
    with pytest.raises(InputError, match=r"is the name of a file: pass read\("):
        encode([path], selection=ALL)


def test_a_text_as_long_as_no_name_can_be_is_a_text():
    assert list(as_documents(["x" * 300, "a\0b"])) == [["x" * 300], ["a", "b"]]


# what is wrong with a file


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "there is no token in .*text.txt: it is empty"),
        (b" \n\t \r\n", "there is no token"),
        (b"ok\nthe c\0at", "text.txt, line 2, is not text: it has a NUL byte"),
        (b"\x7fELF\x02\x01", "a program"),
        (b"%PDF-1.4\n", "a PDF"),
        (b"PK\x03\x04rest", "a zip archive: unpack it"),
        (b"\x93NUMPY\x01", "a NumPy array"),
        (b"\x89PNG\r\n", "a picture"),
        ("text".encode("utf-16"), "UTF-16 text: set the encoding to utf-16"),
        (b"fine\nfine\ncaf\xe9 x", r"text.txt, line 3, is not valid UTF-8: byte 0xe9 after .*latin-1"),
    ],
)
def test_what_is_not_text_is_told_with_file_and_place(write, content, says):
    with pytest.raises(InputError, match=says):
        encode(write(content), selection=ALL)


def test_the_line_of_invalid_bytes_is_counted_over_blocks(write, use):
    use(block=10)
    with pytest.raises(InputError, match="line 101, is not valid UTF-8"):
        encode(write(b"some words\n" * 100 + b"caf\xe9\n"), selection=ALL)


@pytest.mark.parametrize("kind", COMPRESSED)
@pytest.mark.parametrize("harm", ["cut", "garbled"])
def test_damaged_compressed_files_are_told(write, kind, harm):
    data = bytearray(COMPRESSED[kind](os.urandom(3000).hex().encode()))
    if harm == "cut":
        del data[len(data) // 2 :]
    else:
        data[16:60] = bytes(255 - byte for byte in data[16:60])
    with pytest.raises(InputError, match=r"damaged or cut short|not valid UTF-8|NUL"):
        encode(write(bytes(data), f"x.{kind}"), selection=ALL)


@pytest.mark.parametrize("harm", ["end", "page", "cut"])
def test_a_damaged_parquet_file_is_told(tmp_path, harm):
    path = tmp_path / "t.parquet"
    parquet.write_table(pa.table({"text": ["the cat"] * 1000}), path, compression="none", use_dictionary=False)
    data = path.read_bytes()
    harmed = {
        "end": data[:-8] + b"\xff" * 8,
        "page": data[:20] + b"\xff" * 6 + data[26:],
        "cut": data[: len(data) // 2],
    }
    path.write_bytes(harmed[harm])
    with pytest.raises(InputError, match=r"t\.parquet is damaged"):
        encode(path, selection=ALL)


TABLE = pa.table({"n": [1], "text": ["a b"], "title": ["t"], "when": pa.array([0], pa.timestamp("s"))})


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("body", "has no column 'body'; columns of text or tokens: text, title"),
        ("n", "column 'n' of .* holds int64, not text"),
        (None, r"has 2 columns of text or tokens \(text, title\): name one as the column"),
    ],
)
def test_the_wrong_column_is_told_with_the_right_ones(tmp_path, write, kind, column, says):
    path = str(tmp_path / f"t.{kind}")
    parquet.write_table(TABLE, path) if kind == "parquet" else write('{"n": 1, "text": "a b", "title": "t"}', "t.jsonl")
    with pytest.raises(InputError, match=says):
        encode(read(path, reading=ReadingOptions(column=column)), selection=ALL)


def test_a_column_of_times_in_parquet_is_not_text(tmp_path):
    parquet.write_table(TABLE, tmp_path / "t.parquet")
    with pytest.raises(InputError, match="holds timestamp"):
        encode(read(tmp_path / "t.parquet", reading=ReadingOptions(column="when")), selection=ALL)


@pytest.mark.parametrize("content", ["null\n", '"text"\n', "not json", '{"text": "a"', '{"text": "\\ud800"}'])
def test_json_that_is_not_lines_is_told(write, content):
    with pytest.raises(InputError, match=r"t\.jsonl, line 1, is damaged or not one JSON object"):
        encode(write(content, "t.jsonl"), selection=ALL)


def test_a_column_that_turns_into_numbers_is_told(write, use):
    use(block=16)
    with pytest.raises(InputError, match="changed from string to number"):
        encode(write('{"text": "some words"}\n{"text": 3}\n', "t.jsonl"), selection=ALL)


def test_an_endless_line_is_told_in_bounded_time(write, use):
    use(block=1 << 10)  # 8,192 blocks: copying what is held each time would take minutes
    path = write(b"x" * (9 << 20))
    start = time.perf_counter()
    with pytest.raises(InputError, match=r"no white space in the 8,38\d,\d+ bytes after byte 0: is it text\?"):
        encode(path, selection=ALL)
    assert time.perf_counter() - start < 5


def test_an_endless_line_of_json_is_told():
    parts = [b'{"text": "', *[b"x " * 50] * 20]
    with pytest.raises(InputError, match="has no line end in the 1,010 bytes after byte 0"):
        list(files.cut_at_ends(parts, "t.jsonl", lines_only=True, longest=1000))
    assert list(files.cut_at_ends(parts[:9], "t.jsonl", lines_only=True, longest=1000)) == [
        (b"".join(parts[:9]), False)
    ]


def test_folders_without_files_and_missing_paths_are_told(tmp_path, write):
    write("x", "folder/.hidden")
    with pytest.raises(InputError, match="has no file in it"):
        read(tmp_path / "folder")
    with pytest.raises(InputError, match="absent does not exist"):
        read([tmp_path / "absent"])
    with pytest.raises(InputError, match="no file was named"):
        read([])


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no such sockets here")
def test_an_unreadable_file_is_told(tmp_path, monkeypatch):
    """A socket: the tests may run as root, whom no mode of a file stops."""
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    with (
        socket.socket(socket.AF_UNIX) as made,
        pytest.raises(InputError, match=r"text\.txt cannot be read: No such"),
    ):
        made.bind("text.txt")
        encode("text.txt", selection=ALL)


@pytest.mark.parametrize("encoding", ["klingon", "hex", "", "rot13"])
def test_an_unknown_encoding_is_told_where_it_is_given(encoding):
    with pytest.raises(InputError, match="unknown encoding"):
        ReadingOptions(encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf-16", "ascii", "utf-32"])
def test_text_in_another_encoding_than_said_is_told(write, encoding):
    with pytest.raises(InputError, match=f"is not {encoding} near byte"):
        encode(read(write(b"caf\xe9!!!"), reading=ReadingOptions(encoding=encoding)), selection=ALL)


def test_utf_16_that_breaks_off_in_a_letter_is_told(write):
    path = write("the cat".encode("utf-16")[:-1])
    with pytest.raises(InputError, match="is not utf-16 near byte 15"):
        encode(read(path, reading=ReadingOptions(encoding="utf-16")), selection=ALL)


def test_a_pdf_is_no_text_in_any_encoding(write):
    with pytest.raises(InputError, match="a PDF"):
        encode(read(write(b"%PDF-1.4 \xe9"), reading=ReadingOptions(encoding="latin-1")), selection=ALL)


@pytest.mark.parametrize("wrong", [{"document": "page"}, {"encoding_errors": "shrug"}])
def test_reading_refuses_what_it_does_not_know(wrong):
    with pytest.raises(InputError, match=str(next(iter(wrong.values())))):
        ReadingOptions(**wrong)


def test_a_zip_file_is_told(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.txt", "w") as made:
        made.writestr("t", TEXT)
    with pytest.raises(InputError, match="a zip archive"):
        encode(tmp_path / "t.txt", selection=ALL)


def test_braces_and_odd_letters_in_a_path_are_no_trouble(write):
    with pytest.raises(InputError, match=r"a\{b\}é.txt, line 1, is not valid"):
        encode(write(b"caf\xe9", "a{b}é.txt"), selection=ALL)


@pytest.mark.parametrize(
    ("name", "content", "documents"),
    [
        ("a.json", '[{"text": "a boat"}, {"text": "b", "n": 1}]', [["a", "boat"], ["b"]]),
        ("a.json", '["a boat",\n "b"]', [["a", "boat"], ["b"]]),
        ("a.json", '[["a", "boat"], ["b"]]', [["a", "boat"], ["b"]]),
        ("a.jsonl", '["a", "boat"]\n\n["b"]\n', [["a", "boat"], ["b"]]),
        ("a.jsonl", "[17, 5]\n[3]\n", [["17", "5"], ["3"]]),
    ],
)
def test_arrays_of_json_are_documents(write, name, content, documents):
    assert list(read(write(content, name))) == documents


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('[{"text": "a"}, "b"]', "an array of several kinds"),
        ('[{"text": "a"', "is no JSON: Expecting"),
        ('["a \\ud800 b"]', "half of a surrogate pair"),
        ("[]", "there is no token"),
        ('[{"n": 1}]', "only n"),
        ('[{"text": "a", "title": "b"}]', "text, title"),
    ],
)
def test_an_array_that_is_none_of_documents_says_why(write, content, says):
    with pytest.raises(InputError, match=says):
        encode(read(write(content, "a.json")), selection=ALL)


@pytest.mark.parametrize("block", [1, 100, 4 << 20])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_lines_may_end_in_cr_alone(write, use, block, encoding):
    use(block=block)
    text = "the cat\rsat\r\ron the mat é\r"
    reading = ReadingOptions(encoding=encoding)
    assert list(read(write(text.encode(encoding)), reading=reading)) == [
        ["the", "cat"],
        ["sat"],
        ["on", "the", "mat", "é"],
    ]


def test_a_folder_is_read_without_what_systems_leave_there(write, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr("solve2vec.core.progress.note", said.append)
    for name in ("a.txt", "b.txt", "c.txt.gz"):
        write(gzip.compress(b"a boat\n") if name.endswith("gz") else "a boat\n", f"w/{name}")
    for name in ("Thumbs.db", "desktop.ini", "__MACOSX/x.txt", "_SUCCESS", ".hidden", "~$x.txt"):
        write(b"\xff\xfe\0", f"w/{name}")
    assert list(read(tmp_path / "w")) == [["a", "boat"]] * 3 and not said
    write("# Title", "w/README.md")
    assert len(list(read(tmp_path / "w"))) == 4
    assert "1 of 4 files do not end in .txt and are read as text, too, such as README.md; --extensions txt" in said[0]


def test_an_archive_and_a_web_page_are_named(write, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr("solve2vec.core.progress.note", said.append)
    with tarfile.open(tmp_path / "t.tar.gz", "w:gz") as archive:
        archive.add(write("a boat\n", "a.txt"), "a.txt")
    with pytest.raises(InputError, match="a tar archive: unpack it"):
        list(read(tmp_path / "t.tar.gz"))
    list(read(write("<?xml version='1.0'?><Error>AccessDenied</Error>", "x.txt")))
    assert "begins as a web page" in said[0] and "--strip-markup" in said[0]


@pytest.mark.parametrize("text", ["我爱喝茶也爱吃鱼看书", "ฉันชอบดื่มชาและอ่านหนังสือทุกวัน", "ខ្ញុំចូលចិត្តផឹកតែ និងអានសៀវភៅរាល់ថ្ងៃ"])
def test_text_without_spaces_says_so(text, monkeypatch):
    said = []
    monkeypatch.setattr("solve2vec.core.progress.note", said.append)
    with pytest.raises(InputError, match="no spaces between words: cut it with --segmenter"):
        encode([text, text + "茶"])
    encode([text] * 9, selection=ALL)
    assert "clauses count as words" in said[0]
    encode([" ".join(text)] * 9, selection=ALL)
    assert len(said) == 1
