"""Directed counts against a loop over places: the same integers for any threads, shards, memory and order of adding."""

import numpy as np
import pytest

from solve2vec.cooccurrence.directed import (
    Directed,
    count_directed,
    merge_directed,
    subtract_directed,
)
from solve2vec.core.errors import InputError
from solve2vec.core.resources import using
from solve2vec.core.stage import Stage
from solve2vec.corpus.corpus import Corpus


def corpus_of(documents, V):
    tokens = np.array([token for document in documents for token in document], np.int32)
    starts = np.cumsum([0, *map(len, documents)]).astype(np.int64)
    return Corpus.from_ids(tokens, starts, [f"w{i}" for i in range(V)])


def random_corpus(seed=0, V=30, n=60):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, 25, n)
    return corpus_of(
        [(V * rng.random(length) ** 2).astype(int).tolist() for length in lengths], V - 1
    )  # V - 1: unknown


def obvious(corpus, offset):
    """(V, V) how often j stands ``offset`` places after i, by a loop."""
    V = len(corpus.vocabulary)
    made = np.zeros((V + 1, V + 1), np.int64)
    for first, last in zip(corpus.document_starts[:-1], corpus.document_starts[1:], strict=True):
        for at in range(first, last - offset):
            made[corpus.tokens[at], corpus.tokens[at + offset]] += 1
    return made[:V, :V]


def same(one, other):
    return one.fingerprint == other.fingerprint


@pytest.mark.parametrize("offsets", [(1,), (1, 2), (2, 5), (1, 40)])
def test_counts_are_those_of_a_loop_over_places(offsets):
    corpus = random_corpus()
    made = count_directed(corpus, offsets)
    for offset in offsets:
        assert np.array_equal(made.at(offset).toarray(), obvious(corpus, offset))
    assert made.total == sum(obvious(corpus, offset).sum() for offset in offsets)


def test_unknown_words_keep_their_place_and_documents_end():
    made = count_directed(corpus_of([[0, 2, 1], [1, 0], []], 2))
    assert made.at(1).toarray().tolist() == [[0, 0], [1, 0]]
    assert made.at(2).toarray().tolist() == [[0, 1], [0, 0]]


def test_no_thread_shard_or_size_of_memory_changes_a_bit(tmp_path):
    corpus = random_corpus(1)
    plain = count_directed(corpus)
    for options in ({"threads": 1}, {"threads": 3}, {"shards": 5}, {"shards": 7, "threads": 2}):
        assert same(count_directed(corpus, **options), plain)
    with using(block=16):
        assert same(count_directed(corpus, memory=60_000, threads=1, scratch=tmp_path), plain)
    assert (np.diff(plain.at(2).indices)[np.diff(np.repeat(np.arange(29), np.diff(plain.at(2).indptr))) == 0] > 0).all()


def test_parts_merge_to_the_whole_and_can_be_taken_away_again():
    corpus = random_corpus(2)
    parts = [count_directed(shard) for shard in corpus.shards(3)]
    whole = count_directed(corpus)
    merged = merge_directed(parts[::-1])
    assert same(merged, whole)
    assert same(subtract_directed(merged, parts[1]), merge_directed([parts[0], parts[2]]))
    with pytest.raises(InputError, match="not part of the whole"):
        subtract_directed(parts[0], whole)


def test_a_stage_comes_back_from_its_folder(tmp_path):
    made = count_directed(random_corpus(3), (1, 3))
    again = Stage.load(made.save(tmp_path / "directed"))
    assert isinstance(again, Directed)
    assert same(again, made)
    assert again.offsets == (1, 3)
    assert np.array_equal(again.at(3).toarray(), made.at(3).toarray())


@pytest.mark.parametrize("offsets", [(), (0, 1), (2, 1), (1, 1), (1.5,)])
def test_offsets_rise_from_one(offsets):
    with pytest.raises(InputError):
        count_directed(random_corpus(), offsets)


def test_what_does_not_fit_together_is_refused():
    corpus = random_corpus()
    made = count_directed(corpus)
    with pytest.raises(InputError, match="offset 7 was not counted; there are 1, 2"):
        made.at(7)
    with pytest.raises(InputError, match="count both alike"):
        merge_directed([made, count_directed(corpus, (1,))])
    with pytest.raises(InputError, match="different vocabularies"):
        subtract_directed(made, count_directed(corpus_of([[0, 1]], 2)))
    with pytest.raises(InputError, match="nothing to merge"):
        merge_directed([])
    with pytest.raises(InputError, match=r"need \(58, 29\)"):
        Directed(counts=made.counts[:10], offsets=(1, 2), vocabulary=corpus.vocabulary)
