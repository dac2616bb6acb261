"""Phrases against plain Python, against gensim, and by laws: nothing is lost, nothing is joined across a gap."""

import dataclasses
import json
import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solve2vec.cli.main import run
from solve2vec.core.errors import InputError
from solve2vec.core.stage import Stage
from solve2vec.corpus import phrases as room
from solve2vec.corpus.corpus import Corpus, VocabularyOptions, encode
from solve2vec.corpus.phrases import Phrases, find_phrases, join_phrases
from solve2vec.recipe import Recipe, fit

EVERY = VocabularyOptions(min_count=1)
ANYTHING = -1e308
NOTHING = 1e308
SAN = ["we saw san marino", "san marino saw us", "saw we us", "us saw"] * 5 + ["we san", "san us"]
YORK = ["is new york big", "new york is old", "old york is big", "big is new"] * 5


def corpus_of(documents, words):
    """A corpus of documents of words; what is not among ``words`` is unknown."""
    ids = {word: i for i, word in enumerate(words)}
    tokens = np.array([ids.get(word, len(words)) for d in documents for word in d], np.int32)
    return Corpus.from_ids(tokens, np.cumsum([0, *map(len, documents)]), words)


def documents_of(corpus):
    return [corpus.document(d) for d in range(corpus.n_documents)]


def zipf_documents(seed, n_documents=400, length=40, V=150):
    """Words by Zipf's law, independent but for some that are always followed by the same other."""
    rng = np.random.default_rng(seed)
    p = 1 / np.arange(1, V + 1)
    follower = {20 + 5 * i: 21 + 5 * i for i in range(20)}
    documents = []
    for _ in range(n_documents):
        document = []
        for token in rng.choice(V, rng.integers(1, length), p=p / p.sum()).tolist():
            document.append(f"w{token}")
            if token in follower and rng.random() < 0.8:
                document.append(f"w{follower[token]}")
                if token % 10 == 0 and rng.random() < 0.8:
                    document.append(f"w{follower[token] + 1}")
        documents.append(document)
    return documents


def slow_scores(documents, phrases):
    """Scores of every pair by dictionary, as the formulas stand in the papers; None is unknown."""
    words = Counter(word for d in documents for word in d if word is not None)
    pairs = Counter((a, b) for d in documents for a, b in pairwise(d) if a is not None and b is not None)
    N, T = sum(map(len, documents)), len(words) + len(pairs)
    scores = {}
    for (a, b), c in pairs.items():
        if c < phrases.phrase_count:
            continue
        if phrases.phrase_scoring == "mikolov":
            scores[a, b] = (c - phrases.phrase_count) / (words[a] * words[b]) * T
        else:
            scores[a, b] = math.log((c / N) / ((words[a] / N) * (words[b] / N))) / -math.log(c / N)
    return {pair: (pairs[pair], score) for pair, score in scores.items() if score > phrases.threshold}


def slow_join(documents, chosen, delimiter):
    joined = []
    for document in documents:
        left, made = list(document), []
        while left:
            if tuple(left[:2]) in chosen:
                made.append(left.pop(0) + delimiter + left.pop(0))
            else:
                made.append(left.pop(0))
        joined.append(made)
    return joined


def slow_phrases(documents, phrases, min_count):
    """Joined documents, and every pair that was joined with its count and score."""
    found = []
    for _ in range(phrases.phrase_rounds):
        chosen = slow_scores(documents, phrases)
        found += [(a, b, count, score) for (a, b), (count, score) in chosen.items()]
        documents = slow_join(documents, chosen, phrases.phrase_delimiter)
    seen = Counter(word for d in documents for word in d)
    return [[word if seen[word] >= min_count else None for word in d] for d in documents], found


def test_by_hand():
    """ "new york" stands together 10 times in 75 tokens, new and york 15 times each."""
    corpus = encode(YORK)
    assert len(corpus) == 75
    score = math.log((10 / 75) / (15 / 75) ** 2) / -math.log(10 / 75)
    [(first, second, count, found)] = find_phrases(corpus, Phrases("npmi"))
    assert (first, second, count) == ("new", "york", 10)
    assert found == pytest.approx(score, rel=1e-14)
    joined = join_phrases(corpus, Phrases("npmi"))
    assert documents_of(joined)[:4] == [
        ["is", "new_york", "big"],
        ["new_york", "is", "old"],
        ["old", "york", "is", "big"],
        ["big", "is", "new"],
    ]
    assert joined.vocabulary.words == ("is", "big", "new_york", "old", "new", "york")
    assert joined.vocabulary.counts.tolist() == [20, 15, 10, 10, 5, 5]
    assert joined.vocabulary.total == len(joined) == 65
    assert joined.vocabulary.documents == 20


def test_by_hand_on_the_scale_of_gensim():
    """5 words and 8 distinct pairs: T = 13.  new york: (10 - 5) x 13 / (15 x 15)."""
    pairs = {pair for text in YORK for pair in pairwise(text.split())}
    assert (len({word for text in YORK for word in text.split()}), len(pairs)) == (5, 8)
    found = find_phrases(encode(YORK), Phrases("mikolov", phrase_threshold=0.1))
    assert found[0][:3] == ("new", "york", 10)
    assert found[0].score == pytest.approx(5 * 13 / 225, rel=1e-14)


def test_a_pair_must_score_above_the_threshold():
    corpus = encode(YORK)
    [strongest, *_] = find_phrases(corpus, Phrases("mikolov", 0.1))
    assert strongest not in find_phrases(corpus, Phrases("mikolov", strongest.score))
    assert strongest in find_phrases(corpus, Phrases("mikolov", math.nextafter(strongest.score, 0)))


def test_words_that_are_only_seen_together_score_1_and_never_more():
    for N in range(3, 400, 7):
        c = np.arange(1, N)
        scores = Phrases("npmi").score(c, c, c, total=N, types=1)
        assert scores.max() <= 1.0
        assert scores == pytest.approx(np.ones(N - 1), abs=1e-12)


def test_pairs_are_joined_from_the_left():
    phrases = Phrases("npmi", ANYTHING, phrase_count=1)
    assert documents_of(join_phrases(corpus_of([list("abc"), list("ab"), list("bc")], "abc"), phrases)) == [
        ["a_b", "c"],
        ["a_b"],
        ["b_c"],
    ]
    assert documents_of(join_phrases(corpus_of([list("aaaaa")], "ab"), phrases)) == [["a_a", "a_a", "a"]]


@given(
    documents=st.lists(st.lists(st.sampled_from(["a", "b", "a_b", "b_a", "?"]), max_size=12), max_size=6),
    scoring=st.sampled_from(["npmi", "mikolov"]),
    threshold=st.sampled_from([-0.4321, 0.0123, 0.3217]),
    count=st.integers(1, 3),
    rounds=st.integers(1, 3),
    min_count=st.integers(1, 2),
)
@settings(max_examples=300, deadline=None)
def test_agrees_with_plain_python(documents, scoring, threshold, count, rounds, min_count):
    """Also where a phrase is spelled like a word, or like another phrase."""
    phrases = Phrases(scoring, threshold, count, rounds)
    plain = [[None if word == "?" else word for word in d] for d in documents]
    expected, found = slow_phrases(plain, phrases, min_count)
    corpus = corpus_of(documents, ["a", "b", "a_b", "b_a"])
    made = find_phrases(corpus, phrases)
    assert [one[:3] for one in sorted(made)] == [one[:3] for one in sorted(found)]
    assert [one.score for one in sorted(made)] == pytest.approx([one[3] for one in sorted(found)], rel=1e-12, abs=1e-12)
    assert made == sorted(made, key=lambda one: (-one.score, -one.seen, one.first, one.second))
    if not any(word is not None for d in expected for word in d):
        with pytest.raises(InputError, match="lower min_count"):
            join_phrases(corpus, phrases, selection=VocabularyOptions(min_count=min_count))
        return
    joined = join_phrases(corpus, phrases, selection=VocabularyOptions(min_count=min_count))
    assert documents_of(joined) == expected
    seen = Counter(word for d in expected for word in d if word is not None)
    assert list(joined.vocabulary.words) == sorted(seen, key=lambda word: (-seen[word], word))
    assert joined.vocabulary.counts.tolist() == [seen[word] for word in joined.vocabulary.words]


@pytest.mark.slow
@pytest.mark.parametrize(("scoring", "theirs", "threshold"), [("npmi", "npmi", 0.45), ("mikolov", "default", 20.0)])
@pytest.mark.parametrize("rounds", [1, 2])
def test_agrees_with_gensim(scoring, theirs, threshold, rounds):
    """Where every word has a row, no word has the delimiter in it and no two phrases have one spelling."""
    models = pytest.importorskip("gensim.models.phrases")
    documents = zipf_documents(5)
    phrases = Phrases(scoring, threshold, phrase_rounds=rounds)
    expected, scores = documents, {}
    for _ in range(rounds):
        model = models.Phrases(expected, min_count=5, threshold=threshold, scoring=theirs)
        scores |= model.find_phrases(expected)  # those that the joined text has
        expected = [model[document] for document in expected]
    corpus = encode(documents, selection=EVERY)
    assert documents_of(join_phrases(corpus, phrases)) == expected
    found = {f"{one.first}_{one.second}": one.score for one in find_phrases(corpus, phrases)}
    assert {name: found[name] for name in scores} == pytest.approx(scores, rel=1e-12)
    assert max(name.count("_") for name in scores) == rounds
    if rounds == 1:
        assert found == pytest.approx(model.export_phrases(), rel=1e-12)


@pytest.mark.parametrize("scoring", ["npmi", "mikolov"])
def test_joining_shortens_the_text_by_the_joins_and_loses_no_word(scoring):
    documents = zipf_documents(1)
    corpus = encode(documents, selection=EVERY)
    joined = join_phrases(corpus, Phrases(scoring, 0.35, phrase_rounds=2))
    made = documents_of(joined)
    joins = sum(word.count("_") for d in made for word in d)
    assert joins > 500
    assert len(joined) == len(corpus) - joins
    assert [[part for word in d for part in word.split("_")] for d in made] == documents


def test_a_threshold_out_of_reach_changes_nothing():
    corpus = encode(zipf_documents(2))
    joined = join_phrases(corpus, Phrases("mikolov", NOTHING))
    assert joined.fingerprint == corpus.fingerprint
    assert find_phrases(corpus, Phrases("mikolov", NOTHING)) == []


def test_without_scoring_the_corpus_is_handed_on():
    corpus = encode(YORK)
    assert join_phrases(corpus, Phrases()) is corpus
    assert find_phrases(corpus, Phrases()) == []


def test_nothing_is_joined_across_a_document_end_or_an_unknown_word():
    phrases = Phrases("npmi", ANYTHING, phrase_count=1, phrase_rounds=3)
    apart = corpus_of([["a"], [], ["b"], ["a", "?", "b"], ["?"], ["b", "?"]], "ab")
    assert find_phrases(apart, phrases) == []
    assert documents_of(join_phrases(apart, phrases)) == documents_of(apart)
    mixed = join_phrases(corpus_of([["a", "b", "?", "a"], ["b", "a"], ["?", "b"]], "ab"), Phrases("npmi", ANYTHING, 2))
    assert documents_of(mixed) == [["a", "b", None, "a"], ["b", "a"], [None, "b"]]


def test_a_word_that_became_rare_is_unknown_and_keeps_its_place():
    """ "san" stands alone twice: fewer than min_count."""
    joined = join_phrases(encode(SAN), Phrases("npmi"))
    assert "san_marino" in joined.vocabulary
    assert "san" not in joined.vocabulary
    assert joined.document(20) == ["we", None]
    assert joined.document(21) == [None, "us"]
    assert joined.vocabulary.total == len(joined)
    assert joined.vocabulary.coverage == pytest.approx(1 - 2 / len(joined))
    assert joined.vocabulary.rare_counts == {"san": 2}


def test_a_phrase_spelled_like_a_word_is_that_word():
    documents = [["new_york"], ["new", "york"], ["york", "new"]]
    joined = join_phrases(corpus_of(documents, ["new", "york", "new_york"]), Phrases("npmi", ANYTHING, 1))
    assert dict(zip(joined.vocabulary.words, joined.vocabulary.counts.tolist(), strict=True)) == {
        "new_york": 2,
        "york_new": 1,
    }


def test_a_second_round_joins_three_words():
    texts = ["in new york city", "new york city is in", "is it in", "it is", "in it"] * 6
    one, two = (join_phrases(encode(texts), Phrases("npmi", phrase_rounds=rounds)) for rounds in (1, 2))
    assert one.document(0) == ["in", "new_york", "city"]
    assert two.document(0) == ["in", "new_york_city"]
    found = find_phrases(encode(texts), Phrases("npmi", phrase_rounds=2))
    assert {("new", "york", 12), ("new_york", "city", 12)} <= {one[:3] for one in found}


def test_neither_threads_nor_bands_change_a_bit(use):
    corpus = encode(zipf_documents(3))
    phrases = Phrases("npmi", 0.1, phrase_rounds=2)
    whole = join_phrases(corpus, phrases, threads=1)
    found = find_phrases(corpus, phrases, threads=1)
    for band, threads in [(1, 1), (100, 3), (1000, 2)]:
        use(block=band)
        assert join_phrases(corpus, phrases, threads=threads).fingerprint == whole.fingerprint
        assert find_phrases(corpus, phrases, threads=threads) == found


def test_bands_hold_every_word_once_and_no_more_pairs_than_they_may():
    begins = np.array([25, 3, 7, 1, 0, 0, 10, 4, 4, 4])
    bands = room._bands(begins, 10)
    assert [word for first, last in bands for word in range(first, last)] == list(range(10))
    assert all(begins[first:last].sum() <= 10 or last == first + 1 for first, last in bands)
    assert len(bands) == 6
    assert room._bands(np.zeros(0, np.int64), 10) == []


def test_the_corpus_itself_is_left_as_it_was(tmp_path):
    encode(YORK).save(tmp_path / "corpus")
    corpus = Corpus.load(tmp_path / "corpus")
    before = corpus.tokens.tolist()
    joined = join_phrases(corpus, Phrases("npmi"), scratch=tmp_path)
    assert corpus.tokens.tolist() == before
    assert Corpus.load(tmp_path / "corpus").fingerprint == corpus.fingerprint
    joined.save(tmp_path / "joined")
    back = Stage.load(tmp_path / "joined")
    assert back.fingerprint == joined.fingerprint
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus", "joined"]


def test_the_lineage_says_how_phrases_were_joined():
    joined = join_phrases(encode(YORK, selection=VocabularyOptions(min_count=2)), Phrases("npmi"))
    expected = {
        "phrase_scoring": "npmi",
        "phrase_threshold": 0.5,
        "phrase_count": 5,
        "phrase_rounds": 1,
        "phrase_delimiter": "_",
        "min_count": 2,
        "max_vocab": None,
    }
    assert joined.lineage[-1].verb == joined.vocabulary.lineage[-1].verb == "join_phrases"
    assert joined.lineage.values_of("join_phrases") == expected
    assert json.loads(json.dumps(expected, allow_nan=False)) == joined.vocabulary.lineage.values_of("join_phrases")


def test_the_selection_is_by_default_that_of_the_corpus():
    texts = [*YORK, "rare words"]
    again = Phrases("npmi", NOTHING)
    for selection in (EVERY, VocabularyOptions(min_count=5), VocabularyOptions(min_count=1, max_vocab=3)):
        corpus = encode(texts, selection=selection)
        once = join_phrases(corpus, again)
        assert once.vocabulary.words == corpus.vocabulary.words
        assert join_phrases(once, again).vocabulary.words == corpus.vocabulary.words
    kept = join_phrases(encode(SAN), Phrases("npmi"), selection=EVERY)
    assert "san" in join_phrases(kept, again).vocabulary
    chosen = join_phrases(encode(texts, selection=EVERY), Phrases("npmi"), selection=VocabularyOptions(max_vocab=3))
    assert chosen.vocabulary.words == ("is", "big", "new_york")
    assert chosen.tokens.max() == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"phrase_scoring": "pmi"}, "none, npmi, mikolov, got 'pmi'"),
        ({"phrase_threshold": math.nan}, "finite number, got nan"),
        ({"phrase_threshold": math.inf}, "finite number, got inf"),
        ({"phrase_count": 0}, "at least 1, got 0"),
        ({"phrase_rounds": 0}, "at least 1, got 0"),
    ],
)
def test_values_that_cannot_stand_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        Phrases(**options)


def test_thresholds_are_those_of_their_scoring_unless_given():
    assert [Phrases(scoring).threshold for scoring in ("npmi", "mikolov")] == [0.5, 10.0]
    assert Phrases("mikolov", 0.0).threshold == 0.0


def test_no_two_parts_of_a_recipe_share_a_name():
    names = [f.name for part in dataclasses.fields(Recipe()) for f in dataclasses.fields(getattr(Recipe(), part.name))]
    assert len(names) == len(set(names))
    assert Recipe.of(phrase_scoring="npmi").phrases == Phrases("npmi")


def test_a_recipe_joins_phrases_only_when_asked():
    assert "w20_w21_w22" in fit(zipf_documents(4), dim=5, phrase_scoring="npmi", phrase_rounds=2)
    assert not any("_" in word for word in fit(zipf_documents(4), dim=5).words)


def test_on_the_command_line(tmp_path, capsys):
    text, out = tmp_path / "text.txt", tmp_path / "corpus"
    text.write_text("\n".join(YORK), encoding="utf-8")
    command = ["encode", str(text), "--out", str(out), "--phrase-scoring", "npmi"]
    assert run(command) == 0
    assert Corpus.load(out).fingerprint == join_phrases(encode(YORK), Phrases("npmi")).fingerprint
    assert run([*command, "--vocabulary", str(out)]) == 2
    assert "phrases change the vocabulary" in capsys.readouterr().err


@pytest.mark.parametrize("scoring", ["npmi", "mikolov"])
def test_finds_names_in_an_encyclopedia(enwiki5, scoring):
    joined = join_phrases(encode(enwiki5), Phrases(scoring, phrase_rounds=2))
    for name in ["new_york", "united_states", "soviet_union", "los_angeles", "spanish_civil_war"]:
        assert name in joined.vocabulary, name
    assert not {"of_the", "in_the", "and_the", "to_the"} & set(joined.vocabulary.words)


@pytest.mark.parametrize("option", [{"phrase_threshold": 0.9}, {"phrase_rounds": 2}, {"phrase_delimiter": "+"}])
def test_an_option_of_phrases_without_a_scoring_is_refused(option):
    with pytest.raises(InputError, match=f"{next(iter(option))}=.* joins nothing by itself"):
        Phrases(**option)
