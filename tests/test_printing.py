"""What is printed has nothing in it that is not seen."""

import unicodedata

import pytest

from solve2vec.core.errors import did_you_mean
from solve2vec.core.printing import printable

UNSEEN = {
    "a control character": "\x1b\x00\n\t\x7f",
    "C1": "\x80\x85\x9b\x9f",
    "of no width": "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e",
    "a direction of writing": "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    "a letter that is empty": "\u115f\u1160\u3164\uffa0",
    "a break of lines": "\u2028\u2029",
    "half a letter, or none": "\ud800\ue000\U000e0001\U0010ffff",
    "a space that is not one": "\u00a0\u2003\u3000",
}


@pytest.mark.parametrize("kind", UNSEEN)
def test_what_is_unseen_is_spelled_out(kind):
    for character in UNSEEN[kind]:
        shown = printable(f"a{character}b")
        assert shown == f"a{character.encode('unicode_escape').decode()}b"
        assert shown.isascii() and shown.isprintable()


def test_no_control_format_or_separator_character_is_ever_left():
    every = "".join(map(chr, range(0x110000)))
    left = {character for character in printable(every) if unicodedata.category(character)[0] in "CZ"}
    assert left == {" "}


def test_what_is_seen_stays():
    for word in ("Straße", "naïve", "中文", "שלום", "मन", "🙂", "e\u0301", "don't", "a b"):
        assert printable(word) == word


def test_a_long_text_is_cut_after_it_is_spelled_out():
    assert printable("\x00" * 3, 5) == r"\x00…"
    assert printable("abcde", 5) == "abcde"


def test_an_unknown_name_has_one_way_out():
    assert did_you_mean("kinde", ["kind", "size"]) == "did you mean 'kind'?"
    assert did_you_mean("zzz", ["kind", "size"], "names") == "names: kind, size"
