"""Lines, collocations: against documents searched one by one, tables counted by hand, SciPy's tests and nltk's."""

import itertools
import json
from collections import Counter

import numpy as np
import pytest
from scipy import stats

from solve2vec import Corpus, InputError, UnknownWordError, VocabularyOptions, collocations, concordance, encode
from solve2vec.cli.main import run
from solve2vec.evidence import concordance as lines_module
from solve2vec.evidence.collocations import SCORES

ALL = VocabularyOptions(min_count=1)


@pytest.fixture(scope="module")
def documents():
    rng = np.random.default_rng(5)
    common = rng.zipf(1.5, (300, 12)) % 30
    return [[f"w{k}" for k in row[: rng.integers(1, 12)]] + ["new", "york"] * rng.integers(0, 2) for row in common]


@pytest.fixture(scope="module")
def corpus(documents):
    """Words that are seen once or twice have no row."""
    return encode(documents, selection=VocabularyOptions(min_count=3))


@pytest.fixture(scope="module")
def saved(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    corpus.save(folder / "corpus")
    return folder


@pytest.fixture
def ask(capsys):
    def asked(*arguments):
        assert run([str(argument) for argument in arguments]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    return asked


def found_by_hand(corpus, words, window, near=None):
    """Every line: documents looked through place by place."""
    k, found = len(words), []
    for d in range(corpus.n_documents):
        text = corpus.document(d)
        for place in range(len(text) - k + 1):
            before, after = text[max(0, place - window) : place], text[place + k : place + k + window]
            if text[place : place + k] == list(words) and (near is None or near in before + after):
                found.append((d, place, tuple(before), tuple(words), tuple(after)))
    return found


@pytest.mark.parametrize("near", [None, "w2", "w1"])
@pytest.mark.parametrize("words", [("w1",), ("new", "york"), ("w1", "w1")])
def test_lines_are_those_that_reading_every_document_finds(corpus, words, near, monkeypatch):
    monkeypatch.setattr(lines_module, "BLOCK", 100)
    every = found_by_hand(corpus, words, 3, near)
    found = concordance(corpus, words, 10_000, window=3, near=near)
    assert len(every) > 5 and found.seen == len(every) and [line[:5] for line in found] == every
    few = concordance(corpus, list(words), 5, window=3, near=near)
    assert few.seen == len(every) and [few[0][:5], few[-1][:5]] == [every[0], every[-1]]
    assert len(few) == 5 and {line[:5] for line in few} <= set(every)


def test_printed_lines_are_aligned_and_fit(corpus):
    wide = encode(["狗 很 好 " * 12 + "dog " + "猫 不 好 " * 12, "e\u0301a dog \x1b[31m"], selection=ALL)
    for made in (concordance(corpus, "york", 50), concordance(wide, "dog")):
        lines = str(made).splitlines()
        assert len(lines) == len(made)
        places = {lines_module._width(line[: line.index(f" {made.words[0]}")]) for line in lines}
        assert len(places) == 1 and max(map(lines_module._width, lines)) <= 80
        assert not any("\x1b" in line for line in lines)


def test_words_without_a_row_are_seen_as_a_dot(corpus):
    text = encode([["a", "b", "a", None, "c", "a"]], selection=VocabularyOptions(min_count=3))
    assert [line.before for line in concordance(text, "a", window=1)] == [(), (None,), (None,)]
    assert "·" in str(concordance(text, "a"))


@pytest.mark.parametrize(
    ("options", "error"), [({"n": 0}, "n must"), ({"window": 0}, "window must"), ({"near": "xyz"}, "'xyz'")]
)
def test_what_no_lines_can_be_found_for_is_refused(corpus, options, error):
    with pytest.raises(InputError, match=error):
        concordance(corpus, "w1", **options)
    with pytest.raises(UnknownWordError, match="neww"):
        concordance(corpus, "neww")
    with pytest.raises(InputError, match="no word"):
        concordance(corpus, [])


def pairs_by_hand(corpus, span):
    """c, a, b, N of every pair of known words, from a list of all places."""
    places = []
    for d in range(corpus.n_documents):
        text = corpus.document(d)
        places += [(text[i], text[j]) for i, j in itertools.combinations(range(len(text)), 2) if j - i <= span]
    first, second = Counter(pair[0] for pair in places), Counter(pair[1] for pair in places)
    pairs = Counter(pair for pair in places if None not in pair)
    return {pair: (c, first[pair[0]], second[pair[1]], len(places)) for pair, c in pairs.items()}


@pytest.mark.parametrize("span", [1, 3])
def test_collocations_are_counted_and_scored_as_by_hand_and_by_scipy(corpus, span):
    by_hand = {pair: table for pair, table in pairs_by_hand(corpus, span).items() if table[0] >= 2}
    found = collocations(corpus, 10_000, span=span, min_count=2)
    assert {(f.first, f.second): f.seen for f in found} == {pair: table[0] for pair, table in by_hand.items()}
    assert any(f.seen < f.expected for f in found) and any(f.seen > f.expected for f in found)
    for f in found:
        c, a, b, N = by_hand[f.first, f.second]
        table, sign = [[c, a - c], [b - c, N - a - b + c]], np.sign(c - a * b / N)
        test = {
            name: stats.chi2_contingency(table, correction=False, lambda_=name) for name in (None, "log-likelihood")
        }
        assert f.expected == pytest.approx(test[None].expected_freq[0, 0])
        wanted = {
            "log_likelihood": sign * test["log-likelihood"].statistic,
            "chi_squared": sign * test[None].statistic,
            "pmi": np.log2(c / (a * b / N)),
            "npmi": np.log2(c / (a * b / N)) / -np.log2(c / N),
            "t": (c - a * b / N) / c**0.5,
            "log_dice": 14 + np.log2(2 * c / (a + b)),
            "delta_p": c / a - (b - c) / (N - a),
        }
        assert f.scores == pytest.approx(wanted, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("score", SCORES)
def test_pairs_are_ordered_by_the_score_that_is_asked_for(corpus, score):
    found = collocations(corpus, 8, score=score)
    scores = [each.scores[score] for each in found]
    assert scores == sorted(scores, reverse=True)
    every = collocations(corpus, 10_000, score=score)
    assert max(each.scores[score] for each in every) == scores[0] and found == every[:8]


def test_scores_are_those_of_nltk(corpus):
    """Of pairs more frequent than by chance: nltk's have no sign."""
    association = pytest.importorskip("nltk.metrics.association").BigramAssocMeasures
    tables = pairs_by_hand(corpus, 1)
    for f in collocations(corpus, 1000, min_count=2):
        c, a, b, N = tables[f.first, f.second]
        if c > a * b / N:
            assert f.scores["log_likelihood"] == pytest.approx(association.likelihood_ratio(c, (a, b), N), abs=1e-6)
            assert f.scores["chi_squared"] == pytest.approx(association.chi_sq(c, (a, b), N))
            assert f.scores["pmi"] == pytest.approx(association.pmi(c, (a, b), N))
            assert f.scores["t"] == pytest.approx(association.student_t(c, (a, b), N))
            assert f.scores["log_dice"] == pytest.approx(14 + np.log2(association.dice(c, (a, b), N)))


def test_a_planted_pair_is_first_and_pairs_of_one_word_are_its_own(corpus):
    best = collocations(corpus, 1)[0]
    assert (best.first, best.second) == ("new", "york")
    of_one = collocations(corpus, 10_000, word="york")
    every = collocations(corpus, 10_000)
    assert of_one == [each for each in every if "york" in (each.first, each.second)] != []


def test_one_pair_alone_and_none_at_all_have_their_scores():
    alone = encode(["a b"] * 5, selection=ALL)
    assert collocations(alone)[0].scores["npmi"] == 1.0
    assert collocations(encode(["a"] * 9, selection=ALL)) == []
    repeated = collocations(encode(["a a a a a a a"], selection=ALL))[0]
    assert (repeated.seen, repeated.expected) == (6, 6.0) and repeated.scores["log_likelihood"] == 0


def test_the_command_line_says_what_python_does(corpus, saved, ask):
    found = concordance(corpus, ["new", "york"], 3, window=4)
    out = ask("concordance", saved, "new", "york", "-n", 3, "--window", 4)
    assert out.splitlines() == [f"new york: {found.seen} lines, 3 shown", *str(found).splitlines()]
    told = json.loads(ask("concordance", saved / "corpus", "w1", "--near", "w2", "--json"))
    every = concordance(corpus, "w1", near="w2")
    assert told["seen"] == every.seen
    assert [(line["document"], line["place"]) for line in told["lines"]] == [line[:2] for line in every]
    told = json.loads(ask("collocations", saved, "-n", 4, "--score", "t", "--span", 2, "--json"))
    assert told["collocations"] == [each._asdict() for each in collocations(corpus, 4, score="t", span=2)]
    for arguments in ([], ["york"], ["--score", "delta_p", "--span", 2]):
        out = ask("collocations", saved, *arguments)
        assert "G²" in out and max(map(len, out.splitlines())) <= 80


def test_a_run_without_a_corpus_is_refused_in_one_sentence(tmp_path, capsys):
    Corpus.from_ids(np.array([0, 1]), np.array([0, 2]), ["a", "b"]).vocabulary.save(tmp_path / "vocabulary")
    for command in (["concordance", str(tmp_path), "a"], ["collocations", str(tmp_path)]):
        assert run(command) == 2
        assert "has no corpus: it has vocabulary" in capsys.readouterr().err
