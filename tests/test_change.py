"""Change: planted changes are found, an unchanged text stays silent; Procrustes and q as SciPy has them."""

import json

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from scipy.stats import false_discovery_control

from solve2vec import InputError, change, encode, fit
from solve2vec.cli.main import run
from solve2vec.datasets.synthetic import planted_corpus
from solve2vec.evidence.change import _false_discovery, _moves

SWAP = {"paris": "walked", "walked": "paris", "king": "jump", "jump": "king"}


@pytest.fixture(scope="module")
def text():
    return list(planted_corpus().documents(8000, length=40, seed=0))


def swapped(documents):
    return [[SWAP.get(word, word) for word in document] for document in documents]


def test_a_planted_change_is_found_with_its_neighbors(text):
    made = change(encode(text[:4000]), encode(swapped(text[4000:])), dim=20)
    assert set(SWAP) <= {word.word for word in made.found}
    assert [word.q for word in made.words] == sorted(word.q for word in made.words)
    paris = next(word for word in made.words if word.word == "paris")
    assert paris.move > paris.by_chance and min(paris.counts) >= 50
    before, after = made.neighbors("paris", 8)
    assert {"france", "berlin", "rome", "madrid"} & set(before) and not {"france", "berlin", "rome"} & set(after)


def test_an_unchanged_text_stays_silent(text):
    """Ten pairs of parts of one text: at a rate of 5 % hardly one of them may have anything to say."""
    rng = np.random.default_rng(7)
    named = 0
    for seed in range(10):
        order = rng.permutation(len(text))
        parts = [encode([text[place] for place in order[half::2][:1500]]) for half in (0, 1)]
        named += bool(change(*parts, dim=15, shuffles=20, shards=10, min_count=30, seed=seed).found)
    assert named <= 2  # binomial(10, .05): 1.2 % of the time more


def test_moves_are_those_after_procrustes(text):
    spaces = [change(encode(text[:4000]), encode(text[4000:]), dim=12, shuffles=1, shards=4)]
    before, after = spaces[0].before, spaces[0].after
    moves, turned = _moves(before, after)
    unit = [e.vectors / np.linalg.norm(e.vectors, axis=1)[:, None] for e in (before, after)]
    turn, _ = orthogonal_procrustes(*unit)
    np.testing.assert_allclose(moves, 1 - ((unit[0] @ turn) * unit[1]).sum(axis=1), atol=1e-5)
    np.testing.assert_allclose(turned.vectors, before.vectors @ turn, atol=1e-4)


def test_false_discovery_is_that_of_benjamini_and_hochberg():
    p = np.random.default_rng(0).random(50) ** 2
    np.testing.assert_allclose(_false_discovery(p), false_discovery_control(p))


def test_the_same_for_any_threads(text):
    parts = encode(text[:2000]), encode(text[2000:4000])
    made = [change(*parts, dim=10, shuffles=3, shards=6, threads=n).words for n in (1, 2)]
    assert made[0] == made[1]


def test_what_cannot_be_compared_says_why(text):
    one = encode(text[:200])
    for wrong, says in [
        ({"dim": 200}, "too few for 200 dimensions"),
        ({"min_count": 1, "dim": 5, "shards": 500}, "too few to shuffle"),
        ({"rate": 0}, "rate must lie"),
        ({"shuffles": 0}, "shuffles"),
    ]:
        with pytest.raises(InputError, match=says):
            change(one, one, **wrong)


def test_the_command_names_words_and_draws_them(text, tmp_path, capsys):
    for name, documents in (("a", text[:4000]), ("b", swapped(text[4000:]))):
        fit(documents, 10, out=tmp_path / name)
    options = [str(tmp_path / "a"), str(tmp_path / "b"), "--dim", "20", "-n", "6"]
    assert run(["change", *options, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(SWAP) <= {word["word"] for word in told["moved"]} and told["found"] >= 4
    assert run(["change", *options, "--figure", str(tmp_path / "c.png")]) == 0
    shown = capsys.readouterr().out
    assert "words moved, at a false-discovery rate of 0.05" in shown and (tmp_path / "c.png").stat().st_size > 10_000
