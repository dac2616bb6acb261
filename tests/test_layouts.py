"""Layouts of lines of words and numbers: each is read rightly or refused by name, never as other words."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawing import FEW, MANY
from solve2vec import FolderError, InputError, load
from solve2vec.embedding.embedding import Embedding
from solve2vec.formats import save
from solve2vec.formats.layout import is_number, layout_of

ROWS = [("the", [0.1, -0.2]), ("of", [0.3, 0.4]), ("and", [0.5, 0.6])]


def written(rows, shape="{word} {numbers}", between=" ", number="{:g}", end="\n", header=None, before=""):
    """A file of these rows, in a layout."""
    lines = [] if header is None else [f"{header[0]} {header[1]}"]
    for place, (word, vector) in enumerate(rows):
        numbers = between.join(number.format(entry) for entry in vector)
        lines.append(shape.format(word=word, numbers=numbers, place=place, count=900 // (place + 1)))
    return (before + end.join([*lines, ""])).encode()


READ = {
    "one blank": {},
    "one tab": {"shape": "{word}\t{numbers}", "between": "\t"},
    "a blank at the end": {"shape": "{word} {numbers} "},
    "runs of blanks": {"shape": "{word:8}{numbers}", "between": "   "},
    "padded columns": {"shape": "{word:8}{numbers}", "number": "{:8g}", "between": ""},
    "words to the right": {"shape": "{word:>8} {numbers}"},
    "a tab, then blanks": {"shape": "{word}\t{numbers}"},
    "no-break spaces": {"shape": "{word}\u00a0{numbers}", "between": "\u00a0"},
    "bars": {"shape": "{word}|{numbers}", "between": "|"},
    "bars and blanks": {"shape": "{word} | {numbers}", "between": " | "},
    "a blank, then bars": {"between": "|"},
    "commas": {"shape": "{word},{numbers}", "between": ","},
    "commas and blanks": {"shape": "{word}, {numbers}", "between": ", "},
    "semicolons": {"shape": "{word};{numbers}", "between": ";"},
    "decimal commas": {"number": "comma"},
    "decimal commas after tabs": {"shape": "{word}\t{numbers}", "between": "\t", "number": "comma"},
    "decimal commas after semicolons": {"shape": "{word};{numbers}", "between": ";", "number": "comma"},
    "words in quotes": {"shape": '"{word}" {numbers}'},
    "words in single quotes": {"shape": "'{word}' {numbers}"},
    "a colon after words": {"shape": "{word}: {numbers}"},
    "numbers in quotes": {"shape": '"{word}","{numbers}"', "between": '","'},
    "decimal commas in quotes": {"shape": '"{word}";"{numbers}"', "between": '";"', "number": "comma"},
    "decimal commas between commas and blanks": {"shape": "{word}, {numbers}", "between": ", ", "number": "comma"},
    "R's row names": {"shape": '"{place}" "{word}" {numbers}'},
    "a row number, then commas": {"shape": "{place},{word},{numbers}", "between": ","},
    "commas, words in quotes": {"shape": '"{word}",{numbers}', "between": ","},
    "a row number first": {"shape": "{place} {word} {numbers}"},
    "a count first": {"shape": "{count}\t{word}\t{numbers}", "between": "\t"},
    "CR LF": {"end": "\r\n"},
    "CR alone": {"end": "\r"},
    "a byte order mark": {"before": "\ufeff"},
    "two of them": {"before": "\ufeff\ufeff"},
    "exponents": {"number": "{:e}"},
}
REFUSED = {
    "a count after the word": ({"shape": "{word} {count} {numbers}"}, "whole numbers"),
    "a row number after the word": ({"shape": "{word} {place} {numbers}"}, "whole numbers"),
    "a count after the vector": ({"shape": "{word} {numbers} {count}"}, "behind the vectors"),
    "a small count between tabs": ({"shape": "{word}\t{place}\t{numbers}"}, "whole numbers"),
    "decimal commas between commas": (
        {"shape": "{word},{numbers}", "between": ",", "number": "comma"},
        "commas between",
    ),
    "a header of fewer dimensions": ({"header": (3, 1)}, "header says 1 dim"),
    "a header of more": ({"header": (3, 5)}, "header of 5 dim"),
    "a header of fewer words": ({"header": (2, 2)}, "promises 2 words"),
    "a header of more words": ({"header": (9, 2)}, "too short|promises 9 words"),
    "brackets": ({"shape": "{word} [{numbers}]", "between": ", "}, "not a word and its numbers"),
}
KINDS = [(name, header) for name in READ for header in (False, True)]


def bytes_of(rows, how, header=False):
    how = dict(how)
    if header:
        how["header"] = (len(rows), len(rows[0][1]))
    if how.get("number") == "comma":
        how["number"] = "{:.4f}"
        shape = how.pop("shape", "{word} {numbers}")
        text = written(rows, "{word}\x01{numbers}", **how).decode()
        lines = [line.split("\x01") if "\x01" in line else [line] for line in text.split("\n")]
        return "\n".join(
            line[0] if len(line) == 1 else shape.format(word=line[0], numbers=line[1].replace(".", ","))
            for line in lines
        ).encode()
    return written(rows, **how)


@pytest.mark.parametrize(("name", "header"), KINDS)
def test_a_known_layout_is_read(name, header, tmp_path):
    (tmp_path / "v").write_bytes(bytes_of(ROWS, READ[name], header))
    made = load(tmp_path / "v")
    assert made.words == ("the", "of", "and")
    np.testing.assert_allclose(made.vectors, [row for _, row in ROWS], rtol=1e-6)


@pytest.mark.parametrize("name", REFUSED)
def test_an_unsure_layout_is_refused(name, tmp_path):
    how, says = REFUSED[name]
    (tmp_path / "v").write_bytes(bytes_of(ROWS, how))
    with pytest.raises(FolderError, match=says):
        load(tmp_path / "v")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("3 3\n的 0:1.5 2:0.25\n是 1:0.75\n不 0:0.1 1:0.2 2:0.3\n", "sparse rows"),
        ("a 0:1.5 2:0.25\nb 1:0.75\n", "sparse rows"),
        ("2 4 5 3 2 2166136261 < >\n0 0.1 0.2 0.3\n1 0.4 0.5 0.6\n", "floret"),
        ("a 0.1 0.2\nb 0.3\nc 0.4 0.5\n", "line 2: 1 numbers"),
        ("the 100 0.1 0.2\nof 500 0.3 0.4\nand 20 0.5 0.6\n", "whole numbers .* before the vectors"),
        ("the 100 0.1 0.2\nof 50 0.3 0.4\n", "whole numbers .* before the vectors"),
        ("a,0,1,0,2\nb,0,3,0,4\n", "commas between numbers and in them"),
        ("2 2 5\na 0.1 0.2\nb 0.3 0.4\n", "first line has 3 numbers"),
        ("a 0.1 0.2\nb 0.3 0.4\rc 0.5 0.6\n", "CR ends among others"),
        ("2 2\n0.1 0.2\n0.3 0.4\n", "line 2 ends in 1 numbers"),
    ],
)
def test_other_tables_are_named(text, says, tmp_path):
    (tmp_path / "v").write_text(text)
    with pytest.raises(FolderError, match=says):
        load(tmp_path / "v")


@pytest.mark.parametrize(
    "text",
    [
        "word,d0,d1\na,0.1,0.2\nb,0.3,0.4\n",
        "\t0\t1\na\t0.1\t0.2\nb\t0.3\t0.4\n",  # of pandas, by tabs
        ",word,0,1\n0,a,0.1,0.2\n1,b,0.3,0.4\n",  # with its index
        '"","word","V1","V2"\n"1","a",0.1,0.2\n"2","b",0.3,0.4\n',  # of R
        '"word" "V1" "V2"\n"1" "a" 0.1 0.2\n"2" "b" 0.3 0.4\n',
        "2,2\na,0.1,0.2\nb,0.3,0.4\n",
        "2|2\na|0.1|0.2\nb|0.3|0.4\n",
        "2 2\na 0.1 0.2\rb 0.3 0.4\r",
    ],
)
def test_a_first_line_of_another_kind_is_no_word(text, tmp_path):
    (tmp_path / "v").write_bytes(text.encode())
    made = load(tmp_path / "v")
    assert made.words == ("a", "b")
    np.testing.assert_allclose(made.vectors, [[0.1, 0.2], [0.3, 0.4]], rtol=1e-6)


def test_words_that_are_decimals_are_refused_where_they_could_not_be_read_back(tmp_path):
    E = Embedding.from_vectors(["0.5", "1.25"], [[0.1, 0.2], [0.3, 0.4]])
    with pytest.raises(InputError, match="all decimal numbers"):
        save(E, tmp_path / "v.glove")
    assert load(save(E, tmp_path / "v.txt")).words == E.words


def test_a_folder_of_parts_is_named(tmp_path):
    (tmp_path / "part-00000").write_text("a 0.1 0.2\n")
    with pytest.raises(FolderError, match="folder of parts, as Spark writes it"):
        load(tmp_path)


def test_words_that_end_in_a_number_keep_it_where_a_header_says_so(tmp_path):
    (tmp_path / "v").write_text("2 2\nitem 1 0.5 0.1\nitem 2 0.2 0.3\n")
    assert load(tmp_path / "v").words == ("item 1", "item 2")


@pytest.mark.parametrize("newline", [True, False])
def test_binary_whose_words_have_blanks_is_refused(newline, tmp_path):
    rng = np.random.default_rng(0)
    for words in ([b"a b", b"c"] * 9, [b"new york", b"rome", b"san juan"] * 5, [b"x", b"y z"] * 5):
        rows = [word + b" " + rng.normal(size=3).astype("<f4").tobytes() + b"\n" * newline for word in words]
        (tmp_path / "v.bin").write_bytes(b"%d 3\n" % len(words) + b"".join(rows))
        with pytest.raises(FolderError):
            load(tmp_path / "v.bin")


def test_a_header_that_is_wrong_never_makes_binary_of_text(tmp_path):
    rng = np.random.default_rng(0)
    for _ in range(40):
        lines = [f"w{i} " + " ".join(f"{x:.3f}" for x in rng.normal(size=4)) for i in range(50)]
        (tmp_path / "v").write_text("50 6\n" + "\n".join(lines) + "\n")
        with pytest.raises(FolderError):
            load(tmp_path / "v")


LETTERS = st.characters(
    codec="utf-8", exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters='"|,;\ufeff'
)
WORDS = st.lists(
    st.text(LETTERS, min_size=1, max_size=6).filter(lambda word: not is_number(word.encode())),
    min_size=2,
    max_size=8,
    unique=True,
)


def check_random(data, tmp_path):
    """Random words and vectors in a random layout: what is read is what was written, or it is refused."""
    words, name = data.draw(WORDS), data.draw(st.sampled_from(sorted(READ)))
    dim, header = data.draw(st.integers(2, 5)), data.draw(st.booleans())
    seed = data.draw(st.integers(0, 2**32 - 1))
    vectors = np.random.default_rng(seed).normal(size=(len(words), dim)).round(4)
    (tmp_path / "v").write_bytes(bytes_of(list(zip(words, vectors.tolist(), strict=True)), READ[name], header))
    try:
        made = load(tmp_path / "v")
    except FolderError:
        return
    assert made.words == tuple(words)
    np.testing.assert_allclose(made.vectors, vectors, rtol=1e-4, atol=1e-6)


@FEW
@given(data=st.data())
def test_random_tables_are_read_or_refused(data, tmp_path):
    check_random(data, tmp_path)


@pytest.mark.slow
@MANY
@given(data=st.data())
def test_twenty_thousand_random_tables_are_read_or_refused(data, tmp_path):
    check_random(data, tmp_path)


ANY = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=6) | st.from_regex(
    r"[a-b]{0,2} ?\d{1,2}([.,]\d)?", fullmatch=True
)


@pytest.mark.parametrize("ending", [".txt", ".glove", ".vec", ".bin"])
@settings(FEW, max_examples=60)
@given(words=st.lists(ANY, min_size=1, max_size=6, unique=True), seed=st.integers(0, 99))
def test_what_we_write_is_read_back_or_refused(ending, words, seed, tmp_path):
    vectors = np.random.default_rng(seed).normal(size=(len(words), 3)).astype(np.float32)
    try:
        save(Embedding.from_vectors(words, vectors), tmp_path / f"v{ending}")
    except InputError:
        return
    made = load(tmp_path / f"v{ending}")
    assert made.words == tuple(words)
    assert np.array_equal(made.vectors, vectors)


def test_a_plain_file_is_read_as_it_is():
    assert layout_of([b"a 0.1 0.2", b"route 66 0.3 0.4"] * 9).is_plain
