"""Encoding against Counter and sorted; one answer for any threads, folds and shards."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracles
from solve2vec import (
    Corpus,
    FolderError,
    InputError,
    Phrases,
    ReadingOptions,
    Tokenizer,
    UnknownWordError,
    Vocabulary,
    VocabularyOptions,
    build_vocabulary,
    encode,
    join_phrases,
    read,
)
from solve2vec.core import resources

ALL = VocabularyOptions(min_count=1)
documents = st.lists(st.lists(st.sampled_from(["a", "b", "B", "é", "中", "cc", "\t", "a b"]), max_size=8), max_size=12)


def as_lists(corpus):
    edges = itertools.pairwise(corpus.document_starts.tolist())
    return [corpus.tokens[start:end].tolist() for start, end in edges]


@settings(max_examples=60, deadline=None)
@given(documents=documents, min_count=st.integers(1, 4), max_vocab=st.none() | st.integers(1, 5))
def test_words_and_ids_are_those_of_counter_and_sorted(documents, min_count, max_vocab):
    words, ids = oracles.encode(documents, min_count, max_vocab)
    selection = VocabularyOptions(min_count=min_count, max_vocab=max_vocab)
    if not words:
        with pytest.raises(InputError):
            encode(documents, selection=selection)
        return
    corpus = encode(documents, selection=selection)
    assert corpus.vocabulary.words == words
    assert as_lists(corpus) == ids
    assert corpus.vocabulary.total == len(corpus) == sum(map(len, documents))
    flat = list(itertools.chain(*ids))
    assert corpus.vocabulary.counts.tolist() == [flat.count(token) for token in range(len(words))]
    assert corpus.vocabulary.documents == corpus.n_documents


@settings(max_examples=30, deadline=None)
@given(documents=documents.filter(any), words=st.lists(st.sampled_from(["a", "é", "no"]), min_size=1, unique=True))
def test_a_given_vocabulary_gives_the_ids(documents, words):
    vocabulary = Vocabulary.of_words(words)
    corpus = encode(documents, vocabulary)
    assert as_lists(corpus) == oracles.encode(documents, words=words)[1]
    flat = list(itertools.chain(*documents))
    assert corpus.vocabulary.words == tuple(words)
    assert corpus.vocabulary.counts.tolist() == [flat.count(word) for word in words]
    assert (corpus.vocabulary.total, corpus.vocabulary.documents) == (len(flat), corpus.n_documents)


def test_rows_without_tokens_keep_their_number_and_blank_lines_are_no_documents(write):
    rows = ["", "a b", " ", "b", ""]
    assert as_lists(encode(rows, selection=ALL)) == [[], [1, 0], [], [0], []]
    assert encode(rows, selection=ALL).document_starts.tolist() == [0, 0, 2, 2, 3, 3]
    assert encode(write("\n".join(rows)), selection=ALL).document_starts.tolist() == [0, 2, 3]


def test_a_word_outside_a_given_vocabulary_says_so():
    corpus = encode([["a", "b", "b"]], Vocabulary.of_words(["a"]))
    with pytest.raises(UnknownWordError, match="'b' is seen 2 times, but is not in the vocabulary that was given"):
        corpus.vocabulary.require("b")


def test_a_part_of_a_corpus_has_its_own_counts():
    corpus = encode([["a", "b"], ["a", "a", "c"], ["b"]], selection=VocabularyOptions(1))
    part = corpus.documents_between(1, 3)
    assert dict(zip(part.vocabulary.words, part.vocabulary.counts.tolist(), strict=True)) == {"a": 2, "b": 1, "c": 1}
    assert (part.vocabulary.total, part.vocabulary.documents) == (4, 2)
    assert corpus.documents_between(0, 3) is corpus


def test_a_vocabulary_with_phrases_or_of_other_tokens_is_not_for_more_text(write):
    one, other = write("New York New York\n" * 9, "one.txt"), write("new york\n" * 9, "other.txt")
    joined = join_phrases(encode(one), Phrases("npmi", phrase_threshold=0.0))
    with pytest.raises(InputError, match=r"has phrases joined \(npmi\)"):
        encode(other, joined.vocabulary)
    kept = encode(read(one, tokenizer=Tokenizer(lowercase=False)))
    with pytest.raises(InputError, match="lowercase=False, this one with True"):
        encode(other, kept.vocabulary)
    assert encode([["new"]], kept.vocabulary).vocabulary.counts.sum() == 0  # tokens are taken as they are


@pytest.mark.parametrize("what", ["line", "blank-line", "file"])
def test_building_a_vocabulary_is_encoding_without_the_ids(write, what):
    from solve2vec import ReadingOptions

    source = read([write("a b\n\nb c\n", "1"), write("c d", "2")], reading=ReadingOptions(document=what))
    assert build_vocabulary(source, selection=ALL).fingerprint == encode(source, selection=ALL).vocabulary.fingerprint


def test_threads_and_pieces_and_where_ids_wait_do_not_change_the_corpus(enwiki5, use):

    use(block=300_000)
    plain = encode(enwiki5, threads=1)
    use(block=70_000)
    use(memory=1_600_000)  # a quarter holds 100,000 tokens
    spooled = encode(enwiki5, threads=2)
    assert spooled.fingerprint == plain.fingerprint
    assert spooled.vocabulary.rare.tobytes() == plain.vocabulary.rare.tobytes()
    assert build_vocabulary(enwiki5, threads=2).fingerprint == plain.vocabulary.fingerprint


@settings(max_examples=20, deadline=None)
@given(documents=documents.filter(any), in_memory=st.integers(1, 60), segment=st.integers(1, 20))
def test_a_stream_that_outgrows_memory_gives_the_same_corpus(documents, in_memory, segment):
    rows = documents * 30
    with resources.using(memory=16 * in_memory, block=segment):
        spooled = encode(iter(rows), selection=ALL)
    assert isinstance(spooled.tokens, np.memmap) == (sum(map(len, rows)) > in_memory)
    assert spooled.fingerprint == encode(rows, selection=ALL).fingerprint


@settings(max_examples=40, deadline=None)
@given(documents=documents.filter(any), n=st.integers(1, 15))
def test_shards_hold_every_document_once_and_in_order(documents, n):
    corpus = encode(documents, selection=ALL)
    shards = corpus.shards(n)
    assert len(shards) == n
    assert list(itertools.chain.from_iterable(map(as_lists, shards))) == as_lists(corpus)
    assert all(shard.document_starts[0] == 0 and shard.document_starts[-1] == len(shard) for shard in shards)


def test_shards_are_of_about_equal_length():
    corpus = encode([["a"] * 10] * 100, selection=ALL)
    assert [len(shard) for shard in corpus.shards(4)] == [250] * 4


def test_a_document_comes_back_with_none_for_unknown_words():
    corpus = encode([["a", "b", "a"], ["b", "c"]], selection=VocabularyOptions(min_count=2))
    assert [corpus.document(0), corpus.document(1)] == [["a", "b", "a"], ["b", None]]
    for wrong in (2, -1):
        with pytest.raises(InputError, match=f"there is no document {wrong}: they are numbered 0…1"):
            corpus.document(wrong)


@pytest.fixture
def folder(tmp_path):
    """Files of several kinds; the text of each document says where it stands."""
    import pyarrow as pa
    from pyarrow import parquet

    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "a.txt").write_text("a.txt 1 x\n\n \na.txt 4 x\na.txt 5 x")
    (texts / "b.txt").write_text("\n")
    (texts / "c.jsonl").write_text('{"text": "c.jsonl 1 x"}\n{"text": "..."}\n{"text": "c.jsonl 3 x"}\n')
    parquet.write_table(pa.table({"text": ["d.parquet 1 x", None, "d.parquet 3 x"]}), texts / "d.parquet")
    (texts / "e.txt").write_bytes(b"bad\0\nworse")
    (texts / "f.txt").write_text("f.txt 1 x\n")
    return texts


TOLD = ReadingOptions(skip_bad=True)
SPACES = Tokenizer(token_pattern="whitespace")


@pytest.mark.parametrize("block", [16, 1 << 20])
def test_every_document_knows_the_file_and_the_line_it_was_read_from(folder, tmp_path, block):
    with resources.using(block=block):
        corpus = encode(read(folder, reading=TOLD, tokenizer=SPACES), selection=ALL)
    joined = join_phrases(corpus, Phrases("mikolov", 0.0, phrase_count=1))
    assert len(joined) < len(corpus)
    parts = [corpus, Corpus.load(corpus.save(tmp_path / "saved")), *corpus.shards(4), joined]
    told = [[part.origin(d) for d in range(part.n_documents)] for part in parts]
    assert told[0] == told[1] == [*itertools.chain(*told[2:-1])] == told[-1]
    for number, (file, line) in enumerate(told[0]):
        words = corpus.document(number)
        assert Path(file).parent == folder and (words in ([], ["..."]) or words[:2] == [Path(file).name, str(line)])
    assert [str(origin).removeprefix(f"{folder}/") for origin in told[0]] == [
        *("a.txt:1", "a.txt:4", "a.txt:5", "c.jsonl:1", "c.jsonl:2", "c.jsonl:3"),
        *("d.parquet:1", "d.parquet:2", "d.parquet:3", "f.txt:1"),
    ]


def test_where_documents_were_read_is_no_part_of_what_a_corpus_is(folder):
    """Not of its fingerprint, nor of its lineage; texts from memory were read nowhere, whole files have no lines."""
    corpus = encode(read(folder / "a.txt", tokenizer=SPACES), selection=ALL)
    memory = encode(["a.txt 1 x", "a.txt 4 x", "a.txt 5 x"], selection=ALL)
    assert memory.origin(0) is memory.file_starts is memory.lines is None
    assert replace(corpus, file_starts=None, lines=None).fingerprint == corpus.fingerprint
    whole = encode(read(folder / "a.txt", reading=ReadingOptions(document="file"), tokenizer=SPACES), selection=ALL)
    assert [tuple(whole.origin(0)), whole.lines] == [(str(folder / "a.txt"), None), None]
    with pytest.raises(InputError, match="there is no document 3"):
        corpus.origin(3)


@pytest.mark.parametrize("damage", [{"lines": np.ones(2, np.int32)}, {"file_starts": np.array([0, 9])}])
def test_a_corpus_whose_documents_are_in_no_file_is_damaged(folder, tmp_path, damage):
    corpus = encode(read(folder / "a.txt"), selection=ALL)
    replace(corpus, **damage).save(tmp_path / "corpus")
    with pytest.raises(FolderError, match=f"damaged .*{next(iter(damage))}"):
        Corpus.load(tmp_path / "corpus")


def test_a_corpus_goes_there_and_back(tmp_path):
    corpus = encode([["a", "b", "a"], ["b", "c"]], selection=VocabularyOptions(min_count=2))
    corpus.save(tmp_path / "corpus")
    back = Corpus.load(tmp_path / "corpus")
    assert back.fingerprint == corpus.fingerprint
    assert str(back.lineage) == str(corpus.lineage)
    assert as_lists(back) == as_lists(corpus)


def test_ids_from_outside_make_a_corpus():
    corpus = Corpus.from_ids([0, 2, 1, 0], [0, 1, 4], ["x", "y"])
    assert corpus.document(1) == [None, "y", "x"]
    assert corpus.vocabulary.counts.tolist() == [2, 1]
    assert Corpus.from_ids([], [0], ["x"]).n_documents == 0


@pytest.mark.parametrize(
    ("tokens", "starts", "words", "says"),
    [
        ([0, 3], [0, 2], ["a", "b"], "in 0…2, got 0…3"),
        ([0, -1], [0, 2], ["a", "b"], "in 0…2, got -1…0"),
        ([2**32], [0, 1], ["a", "b"], "got 4294967296"),
        ([0.5], [0, 1], ["a"], "whole numbers, got float64"),
        ([[0]], [0, 1], ["a"], r"flat array .* shape \(1, 1\)"),
        ([0, 1], [0, 1], ["a", "b"], "must rise from 0 to 2"),
        ([0, 1], [1, 2], ["a", "b"], "must rise from 0 to 2"),
        ([0, 1], [0, 2, 1, 2], ["a", "b"], "must rise from 0 to 2"),
        ([0, 1], [0, 2], ["a", "a"], "the word 'a' stands twice"),
    ],
)
def test_ids_that_cannot_be_are_told(tokens, starts, words, says):
    with pytest.raises(InputError, match=says):
        Corpus.from_ids(np.array(tokens), np.array(starts), words)


def test_no_frequent_word_is_told_with_the_most_frequent(write):
    with pytest.raises(InputError, match=r"no word is seen 5 times in the 3 tokens .* 'a', is seen 2 times: lower"):
        encode(write("a a b"))


@pytest.mark.parametrize("wrong", [{"min_count": 0}, {"max_vocab": 0}])
def test_a_selection_of_nothing_is_refused(wrong):
    with pytest.raises(InputError, match=f"{next(iter(wrong))} must be at least 1, got 0"):
        VocabularyOptions(**wrong)


def test_a_missing_scratch_folder_is_told(tmp_path):
    with pytest.raises(InputError, match="no/folder cannot hold scratch files: No such file"):
        encode([["a"]], selection=ALL, scratch=tmp_path / "no/folder")


def test_coverage_is_that_of_the_text_not_of_the_vocabulary():
    vocabulary = encode([["a", "a", "b"]], selection=VocabularyOptions(min_count=1)).vocabulary
    assert encode([["a", "x", "y", "b"]], vocabulary).summary()["coverage"] == 0.5
    assert encode([["x"]], vocabulary).coverage == 0
