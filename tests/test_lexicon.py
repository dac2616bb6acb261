"""The lexicon against a dictionary."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solve2vec.core import storage
from solve2vec.corpus.lexicon import Lexicon
from solve2vec.text.words import Words

words = st.lists(st.sampled_from(["a", "b", "é", "中", "zz", ""]), max_size=10)


def add(lexicon, batch):
    types = list(dict.fromkeys(batch))
    return types, lexicon.add(Words.of(types), np.array([batch.count(word) for word in types], np.int64))


@settings(max_examples=60, deadline=None)
@given(batches=st.lists(words, max_size=6))
def test_words_are_numbered_as_they_first_appear_and_counted(batches):
    flat = [word for batch in batches for word in batch]
    order, lexicon = list(dict.fromkeys(flat)), Lexicon()
    for batch in batches:
        types, numbers = add(lexicon, batch)
        assert numbers.tolist() == [order.index(word) for word in types]
    assert lexicon.words.to_pylist() == order
    assert lexicon.counts.tolist() == [Counter(flat)[word] for word in order]


def test_a_type_may_come_twice_in_a_batch():
    lexicon = Lexicon()
    assert lexicon.add(Words.of(["a", "b", "a"]), np.array([1, 2, 3])).tolist() == [0, 1, 0]
    assert lexicon.counts.tolist() == [4, 2]


@settings(max_examples=60, deadline=None)
@given(batch=words.filter(bool), min_count=st.integers(1, 3), size=st.none() | st.integers(1, 4))
def test_ranks_fall_by_count_then_by_the_bytes_of_the_word(batch, min_count, size):
    lexicon = Lexicon()
    types, _ = add(lexicon, batch)
    counts = Counter(batch)
    expected = sorted((w for w in types if w and counts[w] >= min_count), key=lambda w: (-counts[w], w.encode()))[:size]
    assert lexicon.words.strings(lexicon.ranked(min_count, size)) == expected


@settings(max_examples=60, deadline=None)
@given(counts=st.lists(st.integers(1, 5), min_size=1, max_size=12), size=st.integers(1, 13), skip=st.integers(0, 3))
def test_the_most_frequent_of_some_are_found_equal_ones_as_they_appeared(counts, size, skip):
    lexicon = Lexicon()
    lexicon.add(Words.of(map(str, range(len(counts)))), np.array(counts))
    numbers = np.arange(len(counts))[skip:]
    assert lexicon.most_frequent(numbers, size).tolist() == sorted(numbers, key=lambda k: -counts[k])[:size]


@pytest.mark.parametrize("odd", ["plain", "back\\slash", "two\nlines", "sep\u2028"])
def test_lines_are_words_tabs_and_counts_with_odd_letters_spelled_out(odd):
    lexicon = Lexicon()
    lexicon.add(Words.of(["é", "gone", odd]), np.array([12, 1, 3000]))
    expected = f"{storage.escape(odd)}\t3000\né\t12\n"
    assert lexicon.lines(np.array([2, 0])).tobytes().decode() == expected
    assert lexicon.lines(np.array([], np.int64)) is None


@settings(max_examples=40, deadline=None)
@given(met=words, given_words=words)
def test_places_in_other_words_are_those_of_a_dictionary(met, given_words):
    lexicon = Lexicon()
    types, _ = add(lexicon, met)
    place_of = {word: place for place, word in reversed(list(enumerate(given_words)))}
    expected = [place_of.get(word, len(given_words)) for word in types]
    assert lexicon.places_in(Words.of(given_words)).tolist() == expected
    assert lexicon.words.to_pylist() == types
