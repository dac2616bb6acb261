"""Pieces of text found and numbered 64 bytes at a time, against Python's bytes and dictionaries."""

from itertools import accumulate

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solve2vec import InputError, ReadingOptions, Tokenizer
from solve2vec.kernels import SPARE, tokens
from solve2vec.text.batches import Piece, line_count, tokenize_text
from solve2vec.text.plain import Workspace, Workspaces
from solve2vec.text.words import Numbering, Words

TABLE = Tokenizer(token_pattern="[a-z]+").table
LETTERS = st.sampled_from(
    [b"a", b"B", b"zz", b" ", b"\n", b"\r\n", b".", b"\t", b"\xc3\xa9", b"abcdefgh" * 3, b"x" * 70]
)
TEXTS = st.lists(LETTERS, max_size=80).map(b"".join)
STEM = "of sixteen bytes"  # so that what comes after it decides
WORDS = st.lists(
    st.one_of(
        st.sampled_from(["", "a", "a\0", "é", "中文", "eight!!!", STEM, STEM + "\0", STEM + "a", STEM + "b" * 9]),
        st.text(max_size=20),
    )
)


def obvious_pieces(text, table=TABLE):
    """Of each line."""
    lines = [line.translate(table).split() for line in text.split(b"\n")]
    return lines[: len(lines) - text.endswith(b"\n")]


def check(bench, text):
    types, pieces, line_ends = bench.split(text, text.count(b"\n"), TABLE)
    lines = obvious_pieces(text)
    flat = [piece for line in lines for piece in line]
    assert types.encoded(np.arange(len(types))) == list(dict.fromkeys(flat))
    assert types.encoded(pieces) == flat
    assert line_ends.tolist() == list(accumulate(map(len, lines)))


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=3))
def test_pieces_are_those_of_translate_and_split_also_on_a_used_bench(texts):
    bench = Workspace()
    for text in texts:
        check(bench, text)


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 127, 128, 129])
@pytest.mark.parametrize("last", [b"a", b" ", b"\n"])
def test_a_text_may_end_anywhere_in_its_64_bytes(size, last):
    check(Workspace(), b"a" * size + last)
    check(Workspace(), b"a " * (size // 2) + b"b" * (size % 2) + last)
    check(Workspace(), b"\n" * size + last)


def test_tokens_as_long_as_a_block_of_a_file_are_told_apart_by_their_last_letter():
    long = b"x" * 300_000
    check(Workspace(), b" ".join([long + b"a", long + b"b", long, long + b"a"]))


@settings(max_examples=60, deadline=None)
@given(batches=st.lists(WORDS, max_size=4), blind=st.booleans())
def test_tokens_are_numbered_as_a_dictionary_would_whatever_their_hashes(batches, blind):
    numbers = {}
    blinded = {"seeds": np.zeros(3, np.uint64)} if blind else {}  # every token has the same hash
    numbering = Numbering(few=2, **blinded)
    for batch in batches:
        expected = [numbers.setdefault(word, len(numbers)) for word in batch]
        assert numbering.add(Words.of(batch)).tolist() == expected
    assert numbering.words().to_pylist() == list(numbers)
    assert len(numbering) == len(numbers)


def test_a_table_grows_and_forgets():
    numbering, many = Numbering(), [f"{n:b}" for n in range(20_000)]
    for _ in range(2):
        assert numbering.add(Words.of(many)).tolist() == list(range(20_000))
        assert numbering.add(Words.of(many[::-1])).tolist() == list(range(20_000))[::-1]
        numbering.clear()
        assert len(numbering) == 0


def test_of_many_tokens_few_may_be_the_first_by_spelling():
    numbering = Numbering()
    numbering.add(Words.of(str(k) for k in range(999, 99, -1)))
    assert sorted(numbering.words().strings(numbering.early(np.arange(900), 3))) == ["100", "101", "102"]


@pytest.mark.parametrize("reach", [5, 6, 11, 100])
def test_letters_beyond_the_reach_of_32_bits_are_numbered_piece_by_piece(reach):
    """With a small reach in the place of 2 GiB; a word that is longer than it is refused."""
    words = [f"{n % 97:b}" for n in range(500)] + ["", "x" * 5]
    expected = Numbering().add(Words.of(words))
    assert Numbering().add(Words.of(words[:2]), reach=reach).tolist() == [0, 1]
    if reach < 7:  # the longest has 7 letters
        with pytest.raises(InputError, match=f"a word of {reach + 1} bytes is longer than {reach}: cut it"):
            Numbering().add(Words.of(words), reach=reach)
    else:
        assert Numbering().add(Words.of(words), reach=reach).tolist() == expected.tolist()


def test_a_copy_of_a_table_learns_on_its_own():
    numbering = Numbering()
    numbering.add(Words.of(["a", "b"]))
    assert numbering.copy().add(Words.of(["c", "b"])).tolist() == [2, 1]
    assert numbering.words().to_pylist() == ["a", "b"]


@pytest.mark.parametrize("n", [0, 1, 30_000])
def test_slots_are_found_within_few_steps(n):
    """Tokens that differ in one place only, the worst for a weak hash: at half load 1.5 steps are expected."""
    for made in (
        [f"{k:08d}" for k in range(n)],
        [f"{k:06d}" + "x" * 30 for k in range(n)],
        [STEM + str(k) for k in range(n)],
    ):
        numbering = Numbering()
        numbering.add(Words.of(made))
        home = (numbering._entries[:n, 2] >> np.uint64(32)).astype(np.int64) % len(numbering._slots)
        at = np.argsort(numbering._slots)[len(numbering._slots) - n :]
        steps = (at - home) % len(numbering._slots)
        assert steps.sum() <= n, "one step more than the first, on average, would be much"


def test_more_tokens_than_numbers_are_told():
    numbering = Numbering(most=1024)
    with pytest.raises(InputError, match="more than 2 billion distinct tokens"):
        numbering.add(Words.of(map(str, range(1025))))


@settings(max_examples=80, deadline=None)
@given(some=WORDS.map(lambda words: list(dict.fromkeys(words))), data=st.data())
def test_spelling_is_the_order_of_bytes(some, data):
    numbering = Numbering()
    numbering.add(Words.of(some))
    chosen = data.draw(st.permutations(range(len(some))))
    found = numbering.spelled(np.array(chosen, np.int64))
    assert [some[k] for k in found] == sorted(some, key=str.encode)
    size = data.draw(st.integers(1, len(some) + 1))
    early = numbering.early(np.array(chosen, np.int64), size)
    assert {some[k] for k in early} >= set(sorted(some, key=str.encode)[:size])


@settings(max_examples=60, deadline=None)
@given(some=WORDS, data=st.data())
def test_some_words_give_way_to_any_number_of_others(some, data):
    gone = sorted(data.draw(st.sets(st.integers(0, max(0, len(some) - 1))))) if some else []
    instead = [data.draw(st.lists(st.sampled_from(["x", "é", ""]), max_size=3)) for _ in gone]
    flat = [word for words in instead for word in words]
    found = Words.of(some).replaced(np.array(gone, np.int64), Words.of(flat), np.array([*map(len, instead)], np.int64))
    given = dict(zip(gone, instead, strict=True))
    assert found.to_pylist() == [word for k in range(len(some)) for word in given.get(k, [some[k]])]
    assert not found.letters[found.ends[-1] :].any()
    assert len(found.letters) == found.ends[-1] + SPARE


@settings(max_examples=40, deadline=None)
@given(some=WORDS)
def test_words_come_back_from_arrow_and_those_beyond_ascii_are_found(some):
    made = Words.of_arrow(pa.array(["before", *some], pa.string()).slice(1))
    assert made.to_pylist() == some == [made[k] for k in range(len(some))]
    assert made.beyond_ascii().tolist() == [k for k, word in enumerate(some) if not word.isascii()]


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(st.lists(st.integers(0, 4), max_size=6)), widths=st.lists(st.integers(0, 3), min_size=5, max_size=5)
)
def test_pieces_expand_to_their_tokens(lines, widths):
    starts = np.cumsum([0, *widths]).astype(np.int32)
    tokens_of = [[*range(start, start + width)] for start, width in zip(starts.tolist(), widths, strict=False)]
    expected = [[token for piece in line for token in tokens_of[piece]] for line in lines]
    flat = [piece for line in lines for piece in line]
    pieces, ends = np.array(flat, np.int32), np.cumsum([len(line) for line in lines], dtype=np.int64)
    ids = np.full(sum(map(len, expected)) + 1, -1, np.int32)
    tokens.expand_ranges(pieces, ends, starts, ids)
    assert ids[:-1].tolist() == [token for line in expected for token in line]
    assert ends.tolist() == list(accumulate(map(len, expected)))
    counts = np.zeros(5, np.int64)
    tokens.tally(pieces, counts)
    assert counts.tolist() == [flat.count(k) for k in range(5)]


ODD = st.sampled_from(
    ["a", "Bc", "é", "e\u0301", "İ", "K", "–", "中", "\u00a0", "'", "-", "_", "0", " ", "\n", "\t", "\u2028"]
)
PATTERNS = ["words", "letters", "whitespace", "[a-z]+", r"[\w']+", "[éa]+", r"\w+(?:'\w+)?", "[^,]+", "x*"]


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=40, deadline=None)
@given(text=st.lists(ODD, max_size=40).map("".join), lowercase=st.booleans(), form=st.sampled_from(["NFC", "none"]))
def test_text_in_pieces_gives_what_its_lines_give_to_arrow(pattern, text, lowercase, form):
    tokenizer = Tokenizer(token_pattern=pattern, lowercase=lowercase, unicode_form=form)
    batch = batch_of(text.encode(), tokenizer)
    words = batch.types.to_pylist()
    lines = text.split("\n")
    types, ids, lengths = tokenizer.split_all(pa.array(lines[: len(lines) - text.endswith("\n")], pa.string()))
    assert [words[k] for k in batch.ids] == types.take(pa.array(ids)).to_pylist()
    assert list(dict.fromkeys(words)) == types.to_pylist()
    assert batch.lengths.tolist() == lengths.tolist()
    assert batch.counts.tolist() == np.bincount(batch.ids, minlength=len(words)).tolist()


def batch_of(text, tokenizer, benches=None):
    piece = Piece(text, False, "", "text.txt", 0, line_count(text))
    return tokenize_text(piece, ReadingOptions(), tokenizer, benches or Workspaces())


@pytest.mark.parametrize("pattern", ["[a-z]+", "whitespace", "x*"])
@pytest.mark.parametrize(
    "wrong", [b"\xe9", b"a\xc3 \xa9", b"a \xc3\n\xa9", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xc0\xaf", b"\xe2\x80"]
)
def test_bytes_that_are_not_utf_8_are_told_as_python_finds_them(pattern, wrong):
    text = b"fine\ncaf\xc3\xa9 \xc3\xa9\n" + wrong + b"\nfine"
    with pytest.raises(UnicodeDecodeError) as found:
        text.decode()
    start = found.value.start
    line = text[:start].count(b"\n") + 1
    says = f"line {line}, is not valid UTF-8: byte 0x{text[start]:02x} after"
    with pytest.raises(InputError, match=says):
        batch_of(text, Tokenizer(token_pattern=pattern))


def test_a_bench_comes_back_and_serves_one_at_a_time():
    benches = Workspaces()
    with benches.one() as first, benches.one() as second:
        assert first is not second
    with benches.one() as again:
        assert again in (first, second)


@pytest.mark.slow
def test_every_kernel_also_runs_interpreted_and_with_bounds_checked(pass_again):
    pass_again(__file__)
