"""Stages with right checksums and wrong numbers: refused in one sentence, before any kernel sees them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

import solve2vec
from solve2vec import Cooccurrence, Corpus, FolderError
from solve2vec.core.stage import csr


@pytest.fixture(scope="module")
def corpus():
    return solve2vec.encode(["a b c a", "b c", "c a b"] * 5)


def changed(array, place, value):
    array = np.array(array)
    array[place] = value
    return array


TOKENS = {
    "far above": lambda c: replace(c, tokens=changed(c.tokens, 5, 2**30)),
    "just above": lambda c: replace(c, tokens=changed(c.tokens, 0, len(c.vocabulary) + 1)),
    "below": lambda c: replace(c, tokens=changed(c.tokens, -1, -1)),
    "not whole": lambda c: replace(c, tokens=c.tokens.astype(float)),
    "starts late": lambda c: replace(c, document_starts=changed(c.document_starts, 0, 1)),
    "ends beyond": lambda c: replace(c, document_starts=changed(c.document_starts, -1, 2**40)),
    "falls": lambda c: replace(c, document_starts=changed(c.document_starts, 3, 2**40)),
    "no starts": lambda c: replace(c, document_starts=c.document_starts[:0]),
}


@pytest.mark.parametrize("how", TOKENS)
def test_a_corpus_that_leads_out_of_its_arrays_is_refused(corpus, how, tmp_path):
    TOKENS[how](corpus).save(tmp_path / "corpus")
    with pytest.raises(FolderError, match=r"corpus is damaged \((tokens|document_starts)"):
        Corpus.load(tmp_path / "corpus")


def test_a_token_for_unknown_words_is_none_of_these(corpus, tmp_path):
    made = replace(corpus, tokens=changed(corpus.tokens, 1, len(corpus.vocabulary)))
    assert Corpus.load(made.save(tmp_path / "corpus")).fingerprint == made.fingerprint


def parts(matrix, **others):
    given = {name: getattr(matrix, name) for name in ("data", "indices", "indptr")} | others
    return csr(given["data"], given["indices"], given["indptr"], matrix.shape)


MATRICES = {
    "column above": lambda m: parts(m, indices=changed(m.indices, 0, 2**30)),
    "column below": lambda m: parts(m, indices=changed(m.indices, 0, -1)),
    "row beyond": lambda m: parts(m, indptr=changed(m.indptr, -1, 2**30)),
    "row back": lambda m: parts(m, indptr=changed(m.indptr, 1, 2**30)),
    "rows missing": lambda m: parts(m, indptr=m.indptr[:-1]),
    "data missing": lambda m: parts(m, data=m.data[:-1]),
    "columns not whole": lambda m: parts(m, indices=m.indices.astype(float)),
}


@pytest.mark.parametrize("how", MATRICES)
def test_counts_that_lead_out_of_their_arrays_are_refused(corpus, how, tmp_path):
    counts = solve2vec.count(corpus)
    assert sparse.issparse(counts.counts)
    replace(counts, counts=MATRICES[how](counts.counts)).save(tmp_path / "counts")
    with pytest.raises(FolderError, match=r"counts is damaged \(.*counts"):
        Cooccurrence.load(tmp_path / "counts")


def test_a_crafted_corpus_is_refused_by_commands_that_look_unchecked(corpus, tmp_path):
    TOKENS["far above"](corpus).save(tmp_path / "run/corpus")
    with pytest.raises(FolderError, match="corpus is damaged"):
        solve2vec.diagnose(tmp_path / "run")


def test_a_header_of_something_else_is_told_by_what_it_lacks(tmp_path):
    (tmp_path / "stage.json").write_text('{"a": 1}')
    with pytest.raises(FolderError, match=r"stage\.json is damaged or not ours \(it says no format\)"):
        solve2vec.load(tmp_path)
