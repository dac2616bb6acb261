"""The vocabulary: words, counts, shares; and what an unknown word is told."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solve2vec import (
    Cooccurrence,
    Corpus,
    Embedding,
    InputError,
    Target,
    UnknownWordError,
    Vocabulary,
    VocabularyOptions,
    encode,
)
from solve2vec.corpus.vocabulary import MOST_RARE

HOSTILE = [
    "tab\there", "line\nend", "cr\rhere", "\u2028", "\x85", "\x0b\x0c\x1c\x1d\x1e", "\\", "\\n", "\\u2028", "\\\\t",
    "'\"", "nul\0", "<script>alert(1)</script>", "x" * 10_000, " ", "", "中文", "e\u0301", "é", "\ufeff", "#", "\\u",
]  # fmt: skip
words = st.text(st.one_of(st.sampled_from("\\nrtu0\n\t\r\x85\u2028"), st.characters(exclude_categories=["Cs"])))


def told(vocabulary, word):
    with pytest.raises(UnknownWordError) as error:
        vocabulary.require(word)
    return str(error.value)


def test_by_hand():
    vocabulary = Vocabulary.from_counts({"b": 2, "a": 2, "c": 4}, total=10)
    assert vocabulary.words == ("c", "a", "b")
    assert vocabulary.id_of == {"c": 0, "a": 1, "b": 2}
    assert vocabulary.ids(["b", "c"]).tolist() == [2, 0]
    assert vocabulary.coverage == 0.8
    assert vocabulary.unigram().tolist() == [0.5, 0.25, 0.25]
    assert np.allclose(vocabulary.unigram(0.5), np.array([2, 2**0.5, 2**0.5]) / (2 + 2 * 2**0.5), rtol=1e-15)
    assert np.allclose(vocabulary.keep_probability(0.1), [0.5, 0.5**0.5, 0.5**0.5], rtol=1e-15)
    assert vocabulary.head(1).words == ("c",)
    assert vocabulary.head(1).total == 10
    assert "a" in vocabulary and "A" not in vocabulary


def test_hostile_words_go_there_and_back(tmp_path):
    vocabulary = Vocabulary.from_counts({word: n for n, word in enumerate(HOSTILE)})
    for name in ("one", "two"):
        vocabulary.head(12).save(tmp_path / name)
    back = Vocabulary.load(tmp_path / "one")
    assert back.words == vocabulary.words[:12]
    assert back.rare_counts == dict(zip(vocabulary.words[12:], vocabulary.counts[12:].tolist(), strict=True))
    assert back.fingerprint == vocabulary.head(12).fingerprint
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


@settings(max_examples=60, deadline=None)
@given(counts=st.dictionaries(words, st.integers(0, 2**62 // 50), max_size=6))
def test_any_words_survive_the_disk(tmp_path_factory, counts):
    vocabulary = Vocabulary.from_counts(counts)
    folder = vocabulary.save(tmp_path_factory.mktemp("v") / "v")
    back = Vocabulary.load(folder)
    assert (back.words, back.counts.tolist()) == (vocabulary.words, vocabulary.counts.tolist())
    lines = (folder / "words.tsv").read_text("utf-8").splitlines()  # at whatever may end a line
    assert [line.count("\t") for line in lines] == [1] * len(counts)


def test_a_lone_surrogate_cannot_be_saved_and_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match="not valid Unicode"):
        Vocabulary.from_counts({"a\ud800": 1}).save(tmp_path / "v")
    assert list(tmp_path.iterdir()) == []


def test_one_word_is_a_vocabulary(tmp_path):
    assert Vocabulary.load(Vocabulary.from_counts({"a": 1}).save(tmp_path / "v")).words == ("a",)


@pytest.mark.parametrize(
    ("counts", "total", "says"),
    [
        ([("a", 1), ("a", 2)], None, "a word stands twice"),
        ({"a": -1}, None, "the count of 'a' is -1"),
        ({"a": 2.5}, None, "the count of 'a' is 2.5: counts are whole numbers"),
        ({3: 1}, None, "3 is not a word"),
        ({"a": 5}, 4, "a total of 4 tokens is less than the sum of the counts, 5"),
    ],
)
def test_counts_that_cannot_be_are_told(counts, total, says):
    with pytest.raises(InputError, match=says):
        Vocabulary.from_counts(counts, total=total)


def test_words_and_counts_go_in_pairs():
    with pytest.raises(InputError, match="2 words but 1 counts"):
        Vocabulary(words=("a", "b"), counts=np.ones(1, np.int64), total=1)
    with pytest.raises(InputError, match="'a' stands twice"):
        Vocabulary.of_words(["a", "b", "a"])
    with pytest.raises(InputError, match="at least 1 word, asked for 0"):
        Vocabulary.of_words(["a"]).head(0)
    with pytest.raises(InputError, match="above 0, got 0"):
        Vocabulary.of_words(["a"]).keep_probability(0)


# unknown words


DOORS = {  # every door by which names come in from outside
    "of_words": Vocabulary.of_words,
    "from_counts": lambda names: Vocabulary.from_counts((name, 1) for name in names),
    "from_matrix": lambda names: Cooccurrence.from_matrix([[0, 2], [2, 0]], names).vocabulary,
    "from_array": lambda names: Target.from_array([[0, 2], [2, 0]], names).vocabulary,
    "from_vectors": lambda names: Embedding.from_vectors(names, [[1.0], [2.0]]).vocabulary,
    "from_ids": lambda names: Corpus.from_ids([0, 1], [0, 2], names).vocabulary,
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", [7, None, b"a", ["a"], np.int64(7)])
def test_a_name_that_is_no_string_is_refused_at_every_door(door, name):
    with pytest.raises(
        InputError, match=f"^{re.escape(repr(name))} is not a word: words are strings, so name it by one$"
    ):
        DOORS[door](["a", name])


@pytest.mark.parametrize("door", DOORS)
def test_names_in_an_array_become_plain_strings(door):
    assert list(map(type, DOORS[door](np.array(["a", "b"])).words)) == [str, str]


@pytest.fixture
def zoo():
    animals = ["zebra"] * 6 + ["zebras"] * 3 + ["lion"] * 9 + ["gnu"]
    return encode([animals], selection=VocabularyOptions(min_count=5)).vocabulary


def test_a_rare_word_says_its_count_and_what_left_it_out(zoo):
    assert told(zoo, "zebras") == (
        "'zebras' is seen 3 times, below min_count=5: a lower one gives it a row; close spellings: zebra"
    )
    assert told(zoo, "gnu").startswith("'gnu' is seen 1 time, below min_count=5")


def test_a_word_never_seen_says_so(zoo):
    assert told(zoo, "okapi") == "'okapi' is not among the 2 words"
    assert told(zoo, "Lion").endswith("'lion' is: this vocabulary is in lower case")
    assert told(zoo, 5) == "5 is not a word: words are strings"


def test_a_word_cut_off_says_how_often_it_was_seen(zoo):
    for cut in (
        zoo.head(1),
        encode([["lion"] * 9 + ["zebra"] * 6], selection=VocabularyOptions(max_vocab=1)).vocabulary,
    ):
        assert told(cut, "zebra").startswith("'zebra' is seen 6 times, but only the first 1 words were kept")
    assert "below min_count=5" in told(zoo.head(1), "zebras")


def test_the_counts_of_rare_words_are_saved_and_do_not_change_the_fingerprint(zoo, tmp_path):
    from dataclasses import replace

    back = Vocabulary.load(zoo.save(tmp_path / "v"))
    assert told(back, "zebras") == told(zoo, "zebras")
    assert replace(zoo, rare=None).fingerprint == zoo.fingerprint == back.fingerprint
    assert (tmp_path / "v/rare.tsv").read_text() == "zebras\t3\ngnu\t1\n"


def test_the_counts_of_rare_words_are_read_when_asked_even_if_the_folder_is_gone(zoo, tmp_path):
    import shutil

    back = Vocabulary.load(zoo.save(tmp_path / "v"))
    assert "rare_counts" not in vars(back)
    shutil.rmtree(tmp_path / "v")
    assert "seen 3 times" in told(back, "zebras")


def test_a_vocabulary_without_rare_words_has_no_file_of_them(tmp_path):
    vocabulary = Vocabulary.from_counts({"a": 1})
    assert [path.name for path in sorted(vocabulary.save(tmp_path / "v").iterdir())] == ["stage.json", "words.tsv"]


def test_only_so_many_rare_words_are_kept():
    counts = {f"w{n:06d}": MOST_RARE + 10 - n for n in range(MOST_RARE + 5)}
    words, vocabulary = list(counts), Vocabulary.from_counts(counts).head(6)
    for size in (6, 4, 1):
        kept = words[size : size + MOST_RARE]
        assert vocabulary.head(size).rare_counts == {word: counts[word] for word in kept}
