"""Text as it comes: markup, escape codes and hyphens taken out, in one piece or many; encodings, endings, bad files."""

import gzip
import json
import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

import solve2vec
from solve2vec import InputError, ReadingOptions, Tokenizer, read
from solve2vec.cli.main import run
from solve2vec.core import progress, resources
from solve2vec.text.cleaning import Cleaner, join, strip
from solve2vec.text.documents import as_documents


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<p class='a b'>The <b>c</b>at &amp; the&nbsp;dog</p><p>sat</p>", "The cat & the dog sat"),
        ("before<script type=x>var a = '<p>';\nif (a < 1) {}</script>after", "before after"),
        ("a <!-- a comment\nof <b>two</b> lines --> b<!DOCTYPE html>c", "a b c"),
        ("<STYLE>p { color: red }</STYLE>x<br/>y<BR>z<my-tag x=1>w", "x y z w"),
        ("3 < 4 and 5 > 2, <3 and a<b", "3 < 4 and 5 > 2, <3 and a<b"),
        ("&#233;t&#xe9; &unknown; AT&T &lt;b&gt;", "été &unknown; AT&T <b>"),
        ("\x1b[1;31mred\x1b[0m \x1b]0;title\x07plain \x1b(Bx\x1b7", "red plain x"),
        ("N\x08NA\x08AM\x08ME _\x08w_\x08o", "NAME wo"),
    ],
)
def test_what_is_no_text_is_taken_out(text, words):
    assert strip(text).split() == words.split()


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("an exam-\nple of it", "an example\nof it"),
        ("an exam-\n    ple\nof it", "an example\nof it"),
        ("exam-\r\nple of", "example\nof"),
        ("a-\nb-\nc d", "abc\nd"),
        ("Saint-\nMalo, half-\n\ntoo, 1-\n2, -\nx", "Saint-\nMalo, half-\n\ntoo, 1-\n2, -\nx"),
        ("h\u00e4u\u00ad\nfig", "h\u00e4ufig\n"),
        ("exam-\nple\n\nnew", "example\n\nnew"),
    ],
)
def test_words_cut_at_line_ends_are_whole_again(text, made):
    assert join(text) == made


fragments = st.sampled_from(
    ["<p>", "</p>", "<b>", "</b>", "<a href='x y'>", "<!--", "-->", "<script>", "</script>", "<", ">", "&amp;", "&",
     ";", "#233", "\x1b[31m", "\x1b", "[", "m", "\x08", "ab", "c ", "-", "-\n", "\n", "\n\n", " ", "\u00e9", "1", "Z"]
)  # fmt: skip


@given(st.lists(fragments, max_size=40).map("".join), st.integers(1, 12), st.booleans(), st.booleans())
@settings(max_examples=600, deadline=None)
def test_a_text_in_pieces_is_cleaned_as_a_whole(text, size, strips, joins):
    cleaner = Cleaner(ReadingOptions(strip_markup=strips, join_hyphens=joins))
    content = text.encode()
    blocks = [content[at : at + size] for at in range(0, len(content), size)]
    assert b"".join(cleaner.stream(blocks)).decode() == cleaner.clean(text)


PAGES = ["<p>The cats &amp; dogs of an exam-", "ple</p><!--", "no word -->", "\x1b[1mlast\x1b[0m line"]
CLEAN = [["the", "cats", "dogs", "of", "an", "example"], ["last", "line"]]


def test_files_of_every_kind_are_cleaned(tmp_path):
    reading = ReadingOptions(strip_markup=True, join_hyphens=True)
    (tmp_path / "a.html").write_text("\n".join(PAGES))
    (tmp_path / "a.html.gz").write_bytes(gzip.compress("\n".join(PAGES).encode()))
    for name in ("a.html", "a.html.gz"):
        for block in (None, 16):
            with resources.using(block=block):
                assert list(read(tmp_path / name, reading=reading)) == CLEAN
    rows = ["\n".join(PAGES[:3]), PAGES[3]]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))
    parquet.write_table(pa.table({"text": rows}), tmp_path / "a.parquet")
    for made in (read(tmp_path / "a.jsonl", reading=reading), read(tmp_path / "a.parquet", reading=reading),
                 as_documents(rows, reading=reading)):  # fmt: skip
        assert list(made) == CLEAN
    assert solve2vec.Embedding  # the text is no markup of ours


def test_hard_wrapped_text_is_whole_again(tmp_path):
    rng = random.Random(0)
    words = ["".join(rng.choices("abcdefghij", k=rng.randint(2, 9))) for _ in range(400)]
    paragraphs = [words[at : at + 80] for at in range(0, 400, 80)]
    wrapped = []
    for paragraph in paragraphs:
        line, lines = "", []
        for word in paragraph:
            if len(line) + len(word) >= 40 and len(word) > 4:  # cut in two by a hyphen
                lines.append(f"{line} {word[:2]}-")
                line = word[2:]
            elif len(line) + len(word) >= 40:
                lines.append(line)
                line = word
            else:
                line += f" {word}"
        wrapped.append("\n".join([*lines, line]))
    (tmp_path / "wrapped.txt").write_text("\n\n".join(wrapped) + "\n")
    reading = ReadingOptions(document="blank-line", join_hyphens=True)
    assert list(read(tmp_path / "wrapped.txt", reading=reading)) == paragraphs
    with resources.using(block=32):
        assert list(read(tmp_path / "wrapped.txt", reading=reading)) == paragraphs


# --- encodings, endings, bad files ----------------------------------------------------------------------------------

GERMAN = "Die Straße über die Brücke führt zu den größeren Häusern; die Bäume blühen schön im Frühling.\n" * 30


def test_each_file_is_read_in_its_own_encoding(tmp_path):
    pytest.importorskip("charset_normalizer")
    for name, encoding in (("a", "utf-8"), ("b", "cp1252"), ("c", "utf-16"), ("d", "utf-8-sig"), ("e", "utf-32")):
        (tmp_path / f"{name}.txt").write_bytes(GERMAN.encode(encoding))
    (tmp_path / "late.txt").write_bytes(b"plain words only\n" * 400_000 + GERMAN.encode("cp1252"))
    made = list(read(tmp_path, reading=ReadingOptions(encoding="guess")))
    expected = Tokenizer().split(GERMAN.splitlines()[0])
    assert [document for document in made if document != ["plain", "words", "only"]] == [expected] * 30 * 6


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("\x1b[31mred\x1b[0m über\n", "latin-1"),
        ("été à la plage, où Noël arrive déjà; le garçon naïf\n" * 3, "cp1252"),
        ("Flickan på ön såg en älg vid sjön\n" * 3, "latin-1"),
        ("Zażółć gęślą jaźń, proszę państwa, w Łodzi\n" * 3, "cp1250"),
        ("Привет, как дела у вас сегодня\n" * 3, "koi8-r"),
        ("我爱北京天安门，天安门上太阳升\n" * 3, "gb18030"),
    ],
)  # fmt: skip
def test_an_encoding_is_told_from_a_few_lines(text, encoding, tmp_path):
    pytest.importorskip("charset_normalizer")
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    made = list(read(tmp_path / "a.txt", reading=ReadingOptions(encoding="guess", strip_markup=True)))
    assert made[0] == Tokenizer().split(strip(text.splitlines()[0]))


def test_where_nothing_guesses_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "charset_normalizer", None)
    (tmp_path / "good.txt").write_text(GERMAN, encoding="utf-8")
    assert len(list(read(tmp_path / "good.txt", reading=ReadingOptions(encoding="guess")))) == 30
    (tmp_path / "b.txt").write_bytes(GERMAN.encode("cp1252"))
    with pytest.raises(InputError, match=r"b\.txt is not UTF-8, and .* pip install charset-normalizer, or name"):
        list(read(tmp_path / "b.txt", reading=ReadingOptions(encoding="guess")))


def test_of_folders_only_files_of_the_endings_are_read(tmp_path):
    for name in ("a.txt", "b.TXT", "c.md", "d.py", "e.txt.gz", "LICENSE"):
        content = f"word{name[0]}\n".encode()
        (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    found = lambda **options: [word for [word] in read(tmp_path, reading=ReadingOptions(**options))]  # noqa: E731
    assert sorted(found(extensions="txt")) == ["worda", "wordb", "worde"]
    assert sorted(found(extensions=["txt", ".md"])) == sorted(found(extensions=".txt, md")) == [
        "worda", "wordb", "wordc", "worde"]  # fmt: skip
    assert [[*document] for document in read(tmp_path / "d.py", reading=ReadingOptions(extensions="txt"))] == [
        ["wordd"]
    ]
    with pytest.raises(InputError, match=r"has no file that ends in \.tex, but \.md, \.py, \.txt, LICENSE"):
        found(extensions="tex")


BAD = {
    "b.bin": b"\x7fELF\x02\x01",
    "c.txt": b"good so far\n" * 10 + b"\xff\xfe no more\n",
    "d.gz": gzip.compress(b"cut " * 4000)[:-20],
    "e.txt": b"a NUL \0 here\n",
    "f.jsonl": b'{"text": "fine"}\n{"text": \n',
}


@pytest.fixture
def messy(tmp_path):
    (tmp_path / "texts").mkdir()
    for name, content in BAD.items() | {("a.txt", b"one two\n"), ("z.txt", b"three four\n")}:
        (tmp_path / "texts" / name).write_bytes(content)
    return tmp_path


def test_bad_files_are_left_out_and_named_at_the_end(messy):
    class Notes:
        said: tuple = ()

        def note(self, message):
            self.said += (message,)

        task = progress.Silence.task

    with progress.reported_to(notes := Notes()):
        made = list(read(messy / "texts", reading=ReadingOptions(skip_bad=True)))
    assert made == [["one", "two"], ["three", "four"]]
    assert notes.said[0] == "5 of 7 files cannot be read and are left out:"
    assert len(notes.said) == 6 and all(name in said for name, said in zip(BAD, notes.said[1:], strict=True))
    with pytest.raises(InputError, match=r"b\.bin is not plain text but a program"):
        list(read(messy / "texts"))


def test_where_all_files_are_bad_nothing_is_made(messy):
    for name in ("a.txt", "z.txt"):
        (messy / "texts" / name).unlink()
    with pytest.raises(InputError, match=r"none of 5 files can be read; the first: .*b\.bin is not plain text"):
        list(read(messy / "texts", reading=ReadingOptions(skip_bad=True)))


def test_the_command_line_says_what_it_left_out(messy, capsys):
    arguments = ["encode", str(messy / "texts"), "--out", str(messy / "corpus"), "--min-count", "1"]
    assert run([*arguments, "--skip-bad", "--extensions", "txt,bin"]) == 0
    out, err = capsys.readouterr()
    assert "3 of 5 files cannot be read and are left out:" in err and "not valid UTF-8" in err and "4 tokens" in out
    step = solve2vec.load(messy / "corpus").lineage[0]
    assert (step.values["extensions"], step.values["skip_bad"]) == ([".txt", ".bin"], True)
    assert "strip_markup" not in step.values
