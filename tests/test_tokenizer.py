"""The tokenizer against Python's own re, unicodedata and str."""

import unicodedata
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracles
from solve2vec import InputError, Tokenizer

ODD = "aZé\u0301Éİıß'’-_.,09²Ⅷ①ﬁℝK ΣσςЖ中文ひ한ا٣😀👩‍🚀\u00a0\u2028\u3000\u0085\u200b\u1e9e\t\v\x1c\n"
UNSEEN = "\u200c\u200d\u180e\u00ad\u034f\u200e\u202b\u2060\ufeff\ufe0f\U000e0101\u3164\u115f\u20e3"
JOINED = "می‌خواهمශ්‍රීक्‌ षᠠ"
OLD = unicodedata.ucd_3_2_0  # characters that every Python and every Arrow knows
texts = st.text(
    st.one_of(
        st.sampled_from(ODD),
        st.sampled_from(UNSEEN),
        st.sampled_from(JOINED),
        st.characters(exclude_categories=["Cs", "Cn"]).filter(lambda c: OLD.category(c) == unicodedata.category(c)),
    )
)
TWINS = {  # ours: what Python's re says for the same
    "words": "words",
    "letters": "letters",
    "whitespace": "whitespace",
    "[a-z]+": "[a-z]+",
    r"[\w']+": r"[\w'](?:[\u200c\u200d\u180e]*[\w'])*",
    r"[\d]+": r"\d+",
    "[éa]+": "[éa]+",
    r"[\u00e9-]+": r"[\u00e9-]+",
    r"\w+(?:'\w+)?": r"\w+(?:'\w+)?",
    r"(?u)\b\w\w+\b": r"(?u)\b\w\w+\b",
    "[^,]+": "[^,]+",
    "(a|b)c?": "(a|b)c?",
    "x*": "x*",
}


@pytest.mark.parametrize("pattern", TWINS)
@settings(max_examples=40, deadline=None)
@given(text=texts, lowercase=st.booleans(), form=st.sampled_from(["NFC", "NFKC", "none"]))
def test_tokens_are_those_of_plain_python(pattern, text, lowercase, form):
    ours = Tokenizer(token_pattern=pattern, lowercase=lowercase, unicode_form=form).split(text)
    assert ours == oracles.tokens(text, TWINS[pattern], lowercase, form)


@settings(max_examples=50, deadline=None)
@given(many=st.lists(texts, max_size=8), pattern=st.sampled_from(list(TWINS)))
def test_many_strings_at_once_are_each_on_its_own(many, pattern):
    tokenizer = Tokenizer(token_pattern=pattern)
    types, ids, lengths = tokenizer.split_all(pa.array(many, pa.string()))
    words = types.take(pa.array(ids)).to_pylist()
    ends = [sum(lengths[:n]) for n in range(len(many) + 1)]
    assert [words[a:b] for a, b in pairwise(ends)] == [tokenizer.split(text) for text in many]
    assert len(set(types.to_pylist())) == len(types)


@pytest.mark.parametrize("pattern", ["words", "[éa]+", "[à-ÿ]+", r"\w+"])
@settings(max_examples=40, deadline=None)
@given(text=texts)
def test_composed_and_decomposed_letters_are_one(pattern, text):
    tokenizer = Tokenizer(token_pattern=pattern)
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert tokenizer.split(composed) == tokenizer.split(decomposed)


def test_a_part_of_an_array_is_split_like_the_whole():
    strings = pa.array(["zero", "one Two", "é three", None, "four"], pa.string()).slice(1, 2)
    types, ids, lengths = Tokenizer().split_all(strings)
    assert types.take(pa.array(ids)).to_pylist() == ["one", "two", "é", "three"]
    assert lengths.tolist() == [2, 2]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The King's  2 crowns", ["the", "king", "s", "2", "crowns"]),
        ("A B", ["a", "b"]),  # NBSP is white space
        ("K", ["k"]),  # the Kelvin sign is a k
        ("İstanbul", ["i̇stanbul"]),  # as Python lowers it
        ("ΟΔΟΣ ΣΟΦΟΣ Σ", ["οδος", "σοφος", "σ"]),
        ("ΟΔΟ\u0301Σ, ΟΔΟΣ’ΑΒ", ["οδός", "οδος", "αβ"]),
        ("i love ❤\ufe0f 1\ufe0f\u20e3 #\ufe0f\u20e3 葛\U000e0100", ["i", "love", "1\u20e3", "葛"]),
        ("co\u00adoperate a\u2060b \u202bשלום\u202c\u200f", ["cooperate", "ab", "שלום"]),
        ("ශ්\u200dරී می\u200cخواهم\u200c 👩\u200d🚀", ["ශ්\u200dරී", "می\u200cخواهم"]),
        ("Auf\u200clage a\u200d\u200c b", ["auflage", "a", "b"]),  # of Latin letters the look alone
        ("\ufeffthe\ufeff \ufeff\ufeff", ["the"]),
        ("ខ្ញុំ\u200bស្រលាញ់", ["ខ្ញុំ", "ស្រលាញ់"]),  # this one separates words
        ("a\u3164b \u3164 \u0301 \u25cc\u0301", ["a", "b"]),
        ("中文 😀 한국", ["中文", "한국"]),
        ("a\x1cb\x1fc", ["a", "b", "c"]),  # as str.split has it
        ("", []),
        (" \t\n", []),
    ],
)
def test_by_hand(text, tokens):
    assert Tokenizer().split(text) == tokens


def test_white_space_is_what_python_takes_for_it():
    every = [chr(code) for code in range(0x3001) if chr(code).isspace()]
    spaces = Tokenizer(token_pattern="whitespace")
    assert [spaces.split(f"a{space}b") for space in every] == [["a", "b"]] * len(every)


@pytest.mark.parametrize("text", ["é\u3000", "é a\u00a0\u00a0", "\u2028"])
def test_what_lies_in_memory_beyond_a_string_is_no_part_of_it(text):
    """Arrow's splitting took a space that ends a string for a letter before a byte that is not UTF-8."""
    letters = text.encode()
    ends, data = (pa.py_buffer(part) for part in (np.array([0, len(letters)], np.int32), letters + b"\x80"))
    spaces = Tokenizer(token_pattern="whitespace", lowercase=False, unicode_form="none")
    assert spaces._split_pieces(pa.StringArray.from_buffers(1, ends, data)).to_pylist() == [text.split()]


def test_case_is_kept_when_asked():
    assert Tokenizer(lowercase=False).split("The É") == ["The", "É"]


@pytest.mark.parametrize("pattern", ["[a-", "(", "[z-a]+", "*a", r"\p{L}+-", r"[\p{Nonsense}]+"])
def test_a_bad_pattern_is_told_where_it_is_given(pattern):
    with pytest.raises(InputError, match="is not a regular expression"):
        Tokenizer(token_pattern=pattern)


def test_an_unknown_normal_form_is_told():
    with pytest.raises(InputError, match="unicode_form must be one of NFC, NFKC, none, got 'NFD'"):
        Tokenizer(unicode_form="NFD")
