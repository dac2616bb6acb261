"""Relations: what relation vectors have in common, against loops, planted populations and the laws of chance."""

import json

import numpy as np
import pytest

import solve2vec
from solve2vec import Embedding, relations
from solve2vec.cli import main
from solve2vec.concepts.signal import MEASURES, Sample, effective_dim, measure
from solve2vec.core.errors import InputError
from solve2vec.core.resources import using
from solve2vec.evaluation import Analogy, AnalogyQuestions, analogies

PAIRS = [("man", "woman"), ("king", "queen"), ("boy", "girl"), ("son", "daughter"), ("uncle", "aunt")]


def asked(name="sex", pairs=PAIRS):
    first = pairs[0]
    return tuple(Analogy(name, *first, a, (b,)) for a, b in pairs[1:])


def embedding(n=60, d=12, seed=0, eigenvalues=True):
    rng = np.random.default_rng(seed)
    words = [word for pair in PAIRS for word in pair] + [f"other{i}" for i in range(n)]
    vectors = rng.standard_normal((len(words), d)) * np.arange(1, d + 1) ** -0.5
    vectors[1 : 2 * len(PAIRS) : 2] = vectors[0 : 2 * len(PAIRS) : 2] + rng.standard_normal(d) + 0.6 * vectors[10:15]
    E = Embedding.from_vectors(words, vectors)
    return E._with("solved", {}, eigenvalues=np.arange(d, 0, -1.0)) if eigenvalues else E


QUESTIONS = AnalogyQuestions("by hand", asked())


def test_by_hand():
    """Vectors that all differ by the same step: one direction, their mean, on one mode."""
    words = [word for pair in PAIRS for word in pair]
    places = np.random.default_rng(1).standard_normal((len(PAIRS), 3))
    vectors = np.stack([np.c_[places, np.zeros(5)], np.c_[places, np.full(5, 2.0)]], axis=1).reshape(10, 4)
    E = Embedding.from_vectors(words, vectors)._with("solved", {}, eigenvalues=np.array([4.0, 3, 2, 1]))
    found = relations(E, QUESTIONS, dims=[4])["sex"].at(4)
    assert {name: round(found[name].value, 9) for name in ("snr", "share", "on_mean", "localization", "cosine")} == {
        "snr": 1,
        "share": 1,
        "on_mean": 1,
        "localization": 1,
        "cosine": 1,
    }  # fmt: skip - the paper's ratio is 1 where R has rank 1: λ_max is the trace


@pytest.mark.parametrize("d", [2, 5, 12])
def test_signal_to_noise_is_that_of_the_paper(d):
    E = embedding()
    R = np.array([E[b][:d] - E[a][:d] for a, b in PAIRS], float)
    G = R @ R.T
    λ = np.linalg.eigvalsh(G)[-1]
    found = relations(E, QUESTIONS, dims=[d])["sex"]
    assert found.at(d)["snr"].value == pytest.approx(λ / (np.trace(G) / np.linalg.matrix_rank(G)), rel=1e-6)
    _, _, right = np.linalg.svd(R)
    mean = R.mean(axis=0)
    assert found.at(d)["on_mean"].value == pytest.approx((right[0] @ mean) ** 2 / (mean @ mean), rel=1e-5)
    power = mean**2 / (mean**2).sum()
    assert found.at(d)["localization"].value == pytest.approx((power**2).sum(), rel=1e-5)
    np.testing.assert_allclose(found.eigenvalues(d), np.linalg.eigvalsh(G / d)[::-1], rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize("d", [3, 12])
def test_answers_are_those_of_the_obvious_loops(d):
    E = embedding()
    unit = {word: E.first(d)[word].astype(float) for word in E.words}
    unit = {word: vector / np.linalg.norm(vector) for word, vector in unit.items()}
    cosines, ratios, relation = [], [], []
    for i, (a, b) in enumerate(PAIRS):
        for j, (c, answer) in enumerate(PAIRS):
            if i == j:
                continue
            guess = unit[b] - unit[a] + unit[c]
            cosines.append(guess @ unit[answer] / np.linalg.norm(guess))
            ratios.append(cosines[-1] / max(unit[w] @ unit[answer] for w in E.words if w not in (a, b, c, answer)))
            one, other = E[b][:d] - E[a][:d], E[answer][:d] - E[c][:d]
            relation.append(one @ other / np.linalg.norm(one) / np.linalg.norm(other))
    found = relations(E, QUESTIONS, dims=[d])["sex"].at(d)
    assert found["answer"].value == pytest.approx(np.mean(cosines), abs=1e-6)
    assert found["nearest"].value == pytest.approx(np.mean(ratios), abs=1e-6)
    assert found["cosine"].value == pytest.approx(np.mean(relation), abs=1e-6)
    assert found["accuracy"].value == pytest.approx(analogies(E.first(d), QUESTIONS, protocol="pairs").accuracy)


def test_the_effective_dimension_is_that_of_the_planted_covariance():
    variances = np.arange(1, 81) ** -1.0
    planted = variances.sum() ** 2 / (variances**2).sum()
    rng = np.random.default_rng(0)
    seen = [effective_dim(3 + rng.standard_normal((40, 80)) * np.sqrt(variances)) for _ in range(200)]
    assert np.median(seen) == pytest.approx(planted, rel=0.08)  # quartiles are 0.85 and 1.2 of it


def test_pairs_that_differ_by_chance_fill_the_bulk_and_no_more():
    """The law of Marchenko and Pastur: between the edges, and as dense there; a spike only where there is a mean."""
    rng = np.random.default_rng(0)
    R = rng.standard_normal((150, 600))
    for mean, has_spike in ((0, False), (0.5, True)):
        found = solve2vec.Relation(
            name="planted", pairs=(("a", "b"),) * 150, vectors=R + mean, dims=(600,), measures=({},)
        )  # fmt: skip
        bulk, values = found.bulk(600), found.eigenvalues(600)
        assert (bulk.low, bulk.high) == pytest.approx((0.25, 2.25), rel=0.03)  # (1 ± √¼)²
        assert (values[0] > 1.2 * bulk.high) == has_spike
        assert values[1] < 1.05 * bulk.high and values[-1] > 0.9 * bulk.low
        x = np.linspace(bulk.low, bulk.high, 2001)
        below = np.cumsum(bulk.density(x, 150)) * (x[1] - x[0])
        assert below[-1] == pytest.approx(1, abs=0.01)
        assert np.searchsorted(np.sort(values), np.median(values)) / 150 == pytest.approx(
            np.interp(np.median(values), x, below), abs=0.03
        )


def population(rng, n):
    """Pairs of a relation in 60 modes: a mean on modes of falling weight, and differences of falling variance."""
    spread = np.arange(1, 61) ** -0.3
    return 0.5 * spread * np.sin(np.arange(60)) + rng.standard_normal((n, 60)) * spread


def test_intervals_hold_what_they_promise_and_drawn_pairs_would_not():
    """95 % of planted values, of the numbers that R alone decides; the usual bootstrap has under 60 % of the share."""
    rng, n = np.random.default_rng(0), 20
    names = ("share", "cosine", "localization", "effective_dim")
    one_of = {name: MEASURES[name].of for name in names}
    texts = [Sample(population(rng, n), ZERO) for _ in range(2000)]
    truth = {name: np.mean([f(text) for text in texts]) for name, f in one_of.items()}
    holds, drawn = dict.fromkeys(names, 0), 0
    for _ in range(200):
        R = population(rng, n)
        found = measure(Sample(R, {"answer": np.eye(n), "nearest": np.eye(n), "right": np.eye(n)}), 0.95)
        for name in names:
            holds[name] += found[name].low <= truth[name] <= found[name].high
        again = [one_of["share"](Sample(R[rng.integers(n, size=n)], ZERO)) for _ in range(100)]
        low, high = np.quantile(again, [0.025, 0.975])
        drawn += low <= truth["share"] <= high
    # two standard errors of 200 trials are 3 %
    assert {name: 0.9 <= share / 200 <= 0.995 for name, share in holds.items()} == dict.fromkeys(names, True), holds
    assert drawn / 200 < 0.6


ZERO: dict[str, np.ndarray] = {}


def test_vectors_that_were_not_solved_for_are_turned_along_their_own_modes():
    solved = embedding()
    left, s, _ = np.linalg.svd(solved.vectors.astype(float), full_matrices=False)
    turn = np.linalg.qr(np.random.default_rng(3).standard_normal((12, 12)))[0]
    along = Embedding.from_vectors(solved.words, left * s)._with("solved", {}, eigenvalues=s)
    turned = Embedding.from_vectors(solved.words, left * s @ turn)
    one, other = (relations(E, QUESTIONS, dims=[4]).relations[0] for E in (along, turned))
    for name in ("snr", "localization", "nearest"):
        np.testing.assert_allclose(one.curve(name), other.curve(name), rtol=1e-4)


def test_pairs_with_unknown_words_are_left_out_and_small_relations_named():
    more = [*PAIRS, ("gander", "goose"), ("man", "MAN")]
    few = [("boy", "king"), ("son", "uncle"), ("gander", "goose")]
    found = relations(embedding(), AnalogyQuestions("q", asked(pairs=more) + asked("few", few)))
    assert found["sex"].pairs == tuple(PAIRS)
    assert found.skipped == {"few": 2}
    with pytest.raises(InputError, match=r"no relation 'few'.*there are sex"):
        found["few"]
    with pytest.raises(InputError, match="no relation of q has 4 known pairs"):
        relations(embedding(), AnalogyQuestions("q", asked("few", few)))


@pytest.mark.parametrize(
    ("options", "message"),
    [({"dims": [0]}, "asked for 0 modes"), ({"dims": [13]}, "have 12: ask for 1"), ({"confidence": 1}, "below 1"),
     ({"restrict": 0}, "at least 1"), ({"case": "upper"}, "case")],
)  # fmt: skip
def test_what_cannot_be_measured_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        relations(embedding(), QUESTIONS, **options)


def test_the_answer_does_not_depend_on_threads():
    found = []
    for threads in (1, 3):
        with using(threads=threads):
            found.append(json.dumps(relations(embedding(eigenvalues=False), QUESTIONS).as_json()))
    assert found[0] == found[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("relations")
    embedding().save(folder / "vectors")
    lines = "\n".join(" ".join((*PAIRS[0], *pair)) for pair in PAIRS[1:])
    (folder / "questions.txt").write_text(f": sex\n{lines}\n: few\nboy king son uncle\n")
    return folder


def test_the_command_tells_and_draws(folder, capsys, monkeypatch):
    import matplotlib

    matplotlib.use("agg")
    monkeypatch.setenv("COLUMNS", "80")
    assert main.run(["relations", str(folder / "vectors"), str(folder / "questions.txt"),
                     "--figure", str(folder / "all.png"), "--relation", "sex"]) == 0  # fmt: skip
    said = capsys.readouterr().out
    assert "left out: few: 2 known pairs" in said
    assert (folder / "all.png").read_bytes()[:4] == b"\x89PNG"
    assert main.run(["relations", str(folder / "vectors"), str(folder / "questions.txt"), "--json", "-k", "3"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["modes"] == [3, 12] and told["skipped"] == {"few": 2}
    [one] = told["relations"]
    assert set(told["measures"]) <= set(one["by_modes"][0])
    expected = relations(solve2vec.load(folder / "vectors"), folder / "questions.txt", dims=[3])["sex"].at(3)
    assert one["by_modes"][0]["snr"] == pytest.approx(expected["snr"]._asdict())


def test_the_command_refuses_in_one_sentence(folder, capsys):
    assert main.run(["relations", str(folder / "vectors"), str(folder / "questions.txt"), "--relation", "sex"]) == 2
    assert "name a file with --figure" in capsys.readouterr().err
    assert main.run(["relations", str(folder / "vectors"), str(folder / "none.txt")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_every_line_of_the_figure_has_a_name():
    pytest.importorskip("matplotlib").use("agg")
    from solve2vec.plots import plot_relations

    found = relations(embedding(), AnalogyQuestions("q", asked() + asked("again", PAIRS[::-1])))
    figure = plot_relations(found, "again")
    assert len(figure.axes) == 6
    [legend] = figure.legends
    assert sorted(text.get_text() for text in legend.get_texts()) == ["again", "sex"]
    for ax in figure.axes:
        assert ax.get_title(loc="left") and ax.get_xlabel() and ax.get_ylabel()
