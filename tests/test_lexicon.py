"""The lexicon against a dictionary."""

from collections import Counter

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from solve2vec.lexicon import Lexicon

words = st.lists(st.sampled_from(["a", "b", "é", "中", "zz", ""]), max_size=10)


@settings(max_examples=60, deadline=None)
@given(batches=st.lists(words, max_size=6), fold_after=st.sets(st.integers(0, 5)))
def test_words_are_numbered_as_they_first_appear_and_counted(batches, fold_after):
    flat = [word for batch in batches for word in batch]
    lexicon, maps = Lexicon(), []
    for place, batch in enumerate(batches):
        types = list(dict.fromkeys(batch))
        lexicon.add(pa.array(types, pa.string()), np.array([types.index(word) for word in batch], np.int32))
        if place in fold_after:
            maps += lexicon.fold()
    maps += lexicon.fold()
    order = list(dict.fromkeys(flat))
    assert lexicon.words.to_pylist() == order
    assert lexicon.counts.tolist() == [Counter(flat)[word] for word in order]
    expected = [[order.index(word) for word in dict.fromkeys(batch)] for batch in batches]
    assert [numbers.tolist() for numbers in maps] == expected


@settings(max_examples=60, deadline=None)
@given(batch=words.filter(bool), min_count=st.integers(1, 3), size=st.none() | st.integers(1, 4))
def test_ranks_fall_by_count_then_by_the_bytes_of_the_word(batch, min_count, size):
    lexicon = Lexicon()
    types = list(dict.fromkeys(batch))
    lexicon.add(pa.array(types, pa.string()), np.array([types.index(word) for word in batch], np.int32))
    lexicon.fold()
    counts = Counter(batch)
    expected = sorted((w for w in types if counts[w] >= min_count), key=lambda w: (-counts[w], w.encode()))[:size]
    assert lexicon.words.take(pa.array(lexicon.ranked(min_count, size))).to_pylist() == expected


def test_the_most_frequent_of_some_are_named_with_their_counts():
    lexicon = Lexicon()
    lexicon.add(pa.array(["a", "b", "c", "d"]), np.array([0, 1, 1, 2, 2, 3, 3, 3], np.int32))
    lexicon.fold()
    assert lexicon.most_frequent(np.array([0, 1, 2]), 2) == (["b", "c"], [2, 2])


def test_an_empty_lexicon_folds_to_nothing():
    assert Lexicon().fold() == []
