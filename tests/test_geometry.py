"""Geometry: the shape of a list of words, against refitting pair by pair, planted shapes, and lists of chance."""

import json
from itertools import combinations

import numpy as np
import pytest

import solve2vec
from solve2vec import Embedding, Target, geometry
from solve2vec.cli import main
from solve2vec.concepts.geometry import without_pairs
from solve2vec.concepts.shapes import (
    SHAPES,
    by_distance,
    by_tree,
    distances,
    modes_of,
    pairs_of,
    predicted,
    residual,
    strength,
    waves,
)
from solve2vec.core.errors import InputError, UnknownWordError
from solve2vec.core.resources import using

N = 12


def kernel(shape, n=N):
    """What pairs of a planted shape have: falls with distance, or a table of nested branches in a mixed order."""
    if shape != "tree":
        return np.exp(-distances(n, shape) / (n / 5))
    mixed = np.random.default_rng(5).permutation(n)
    return sum(0.4 * (mixed[:, None] * parts // n == mixed * parts // n) for parts in (2, 4, 8))


def noisy(shape, rng, n=N, noise=0.1):
    level, Z = rng.standard_normal(n), noise * rng.standard_normal((n, n))
    return kernel(shape, n) + level[:, None] + level + (Z + Z.T) / np.sqrt(2)


def design(n):
    """(P, n) which words a pair has."""
    X = np.zeros((n * (n - 1) // 2, n))
    for row, pair in enumerate(combinations(range(n), 2)):
        X[row, list(pair)] = 1
    return X


@pytest.mark.parametrize("n", [6, 7, 12])
def test_word_levels_are_those_of_least_squares(n):
    M = noisy("ring", np.random.default_rng(0), n)
    X, y = design(n), pairs_of(M)
    np.testing.assert_allclose(pairs_of(residual(M)), y - X @ np.linalg.lstsq(X, y, rcond=None)[0], atol=1e-12)
    assert not residual(M).diagonal().any()


@pytest.mark.parametrize("shape", ["ring", "line"])
@pytest.mark.parametrize("n", [6, 7, 12])
def test_scores_are_those_of_fitting_again_without_each_pair(shape, n):
    M = noisy("line", np.random.default_rng(1), n, 0.3)
    y, levels = pairs_of(M), design(n)
    functions = np.c_[levels, pairs_of(np.moveaxis(waves(n, shape), -1, 0)).T]

    def left_out(X, row):
        kept = np.arange(len(y)) != row
        return y[row] - X[row] @ np.linalg.lstsq(X[kept], y[kept], rcond=1e-9)[0]

    errors, without = ([left_out(X, row) for row in range(len(y))] for X in (functions, levels))
    expected = 1 - np.square(errors).sum() / np.square(without).sum()
    assert by_distance(residual(M)[None], shape)[0] == pytest.approx(expected, abs=1e-9)


def test_a_tree_is_found_again():
    """Ultrametric values come back exactly, and the first mode parts the two broad branches."""
    M = kernel("tree", 16)
    E = M - np.diag(M.diagonal())
    np.testing.assert_allclose(predicted(E, "tree"), E, atol=1e-12)
    (_, first), *_ = modes_of(residual(M), "tree")
    branch = np.random.default_rng(5).permutation(16) * 2 // 16
    assert np.abs(np.corrcoef(first[:, 0], branch)[0, 1]) > 0.99


def test_pairs_that_a_tree_is_scored_on_did_not_make_it():
    """Noise has a tree that fits it closely, and that predicts nothing of the pairs it was not made of."""
    rng = np.random.default_rng(0)
    E = residual(np.array([noisy("ring", rng, 20, 1.0) - kernel("ring", 20) for _ in range(30)]))
    fitted = [1 - np.square(one - predicted(one, "tree")).sum() / np.square(one).sum() for one in E]
    assert np.mean(fitted) > 0.2
    assert by_tree(E).mean() < 0.05


def test_waves_are_the_modes_of_rings_and_lines():
    """Of any function of distance around a ring, exactly; of one that falls along a line, nearly."""
    any_function = np.random.default_rng(0).standard_normal(N)[distances(N, "ring")]
    for _, block in modes_of(any_function, "ring"):
        image = any_function @ block
        np.testing.assert_allclose(image, block @ (block.T @ image), atol=1e-10)
    line = np.exp(-distances(40, "line") / 10)
    centered = line - line.mean(axis=0) - line.mean(axis=1)[:, None] + line.mean()
    vectors = np.linalg.eigh(centered)[1]
    for k, (_, block) in enumerate(modes_of(line, "line")[:3]):
        assert abs(vectors[:, -1 - k] @ block[:, 0]) > 0.97


@pytest.mark.parametrize("shape", SHAPES)
def test_planted_shapes_score_highest(shape):
    rng = np.random.default_rng(0)
    tables = residual(np.array([noisy(shape, rng, 16) for _ in range(30)]))
    scores = np.array([one.score(tables) for one in SHAPES.values()])
    wins = np.bincount(scores.argmax(axis=0), minlength=3) / 30
    assert dict(zip(SHAPES, wins, strict=True))[shape] >= 0.9


def world(context=True, own=True, seed=0):
    """Vectors and target of 12 words and 150 others on a ring: told by its own pairs, all others, or both."""
    rng = np.random.default_rng(seed)
    angle = np.r_[2 * np.pi * np.arange(N) / N, rng.uniform(0, 2 * np.pi, 150)]
    ring = np.cos(np.subtract.outer(angle, angle))
    is_own = np.zeros(ring.shape, bool)
    is_own[:N, :N] = True
    Z = 0.3 * rng.standard_normal(ring.shape)
    M = np.where(is_own, own * ring, context * ring) + (Z + Z.T) / np.sqrt(2)
    order = rng.permutation(len(M))  # frequent and rare ones in turn
    words = np.array([f"hour{k}" if k < N else f"other{k}" for k in range(len(M))])
    target = Target.from_array(M[np.ix_(order, order)], words[order].tolist())
    return solve2vec.embed(solve2vec.solve(target, 8)), target


HOURS = [f"hour{k}" for k in range(N)]


def test_a_ring_of_the_world_outlives_its_own_pairs_and_one_of_pairs_alone_does_not():
    """Karkada et al. 2026: what one hidden place controls stays when the words never meet."""
    found = geometry(*(world()[0], HOURS, world()[1]), draws=60)
    assert {name: view.shape for name, view in found.views.items()} == dict.fromkeys(
        ("M*", "vectors", "masked"), "ring"
    )
    [first, *_] = found.modes("masked")
    assert first.name == "1 × around" and first.agreement > 0.95 and first.strength > 2 * first.by_chance
    embedding, target = world(context=False)
    alone = geometry(embedding, HOURS, target, draws=60)
    assert (alone.shape, alone.views["masked"].shape) == ("ring", None)


def test_random_words_have_no_shape():
    """Of 40 lists of words without any, at 5 % for each of three shapes, few seem to have one."""
    embedding, target = world(context=False, own=False)
    rng = np.random.default_rng(0)
    shapes = [
        geometry(embedding, rng.permutation(embedding.words)[:N].tolist(), target, masked=False, draws=20, seed=k).shape
        for k in range(40)
    ]
    assert sum(shape is not None for shape in shapes) <= 6


def test_distance_that_does_not_bring_together_is_no_ring():
    """Of eight winds those between are alike and the four others are: distance decides, but nearness does not."""
    M = np.cos(np.pi * distances(8, "ring"))
    Z = np.random.default_rng(0).standard_normal((8, 8)) * 0.02
    table = residual(M + Z + Z.T)
    assert SHAPES["ring"].score(table[None])[0] > 0.8
    others = np.random.default_rng(1).standard_normal((60, 5))
    values, vectors = np.linalg.eigh(M + 8 * np.eye(8))
    E = Embedding.from_vectors([f"w{k}" for k in range(68)], np.r_[np.c_[vectors * np.sqrt(values)][:, 3:], others])
    fit = geometry(E, E.words[:8]).views["vectors"].fits["ring"]
    assert not fit.falls and not fit.counts


def test_a_word_has_no_say_in_its_own_place():
    embedding, target = world()
    view = geometry(embedding, HOURS, target, masked=False, draws=20).views["M*"]
    for _, block in modes_of(view.residual, "ring"):
        expected = np.array([sum(view.residual[i, j] * block[j] for j in range(N) if j != i) for i in range(N)])
        np.testing.assert_allclose(view.places(block), expected / np.linalg.norm(expected, axis=0), atol=1e-12)
        assert float(strength(view.residual, block)) == pytest.approx(
            np.square(block.T @ view.residual @ block).sum() / np.square(view.residual).sum() * np.sign(
                np.trace(block.T @ view.residual @ block)
            )
        )  # fmt: skip


@pytest.mark.parametrize("shrinkage", [0.0, 0.5])
def test_masking_sets_own_pairs_to_chance_and_nothing_else(shrinkage):
    """On a background of one number, and on one of low rank."""
    rng = np.random.default_rng(0)
    counts = np.triu(rng.poisson(1.0, (30, 30)), 1)
    target = solve2vec.mstar(
        solve2vec.Cooccurrence.from_matrix(counts + counts.T, [f"w{k}" for k in range(30)]), shrinkage=shrinkage
    )
    ids = np.array([3, 17, 4, 22, 9, 11])
    expected = target.toarray()
    for i, j in combinations(ids, 2):
        expected[i, j] = expected[j, i] = 0
    masked = without_pairs(target, ids)
    np.testing.assert_allclose(masked.toarray(), expected, atol=1e-6)
    assert masked.lineage.values_of("without_pairs")["words"][0] == "w3"


def test_random_lists_have_other_words_of_like_frequency():
    embedding, target = world()
    found = geometry(embedding, HOURS, target, masked=False, draws=50)
    assert len(found.lists) == 50
    rank = embedding.vocabulary.id_of
    for words in found.lists:
        assert len(set(words)) == N and not set(words) & set(HOURS)
        for own, other in zip(HOURS, words, strict=True):
            assert abs(rank[own] - rank[other]) <= 2 * (10 + rank[own] // 5)


@pytest.mark.parametrize(
    ("words", "options", "message"),
    [(HOURS[:5], {}, "6 … 300 words, got 5"), ([*HOURS, "hour3"], {}, "'hour3' stands twice"),
     (HOURS, {"draws": 3}, "draws must be"), (HOURS, {"seed": -1}, "seed")],
)  # fmt: skip
def test_what_has_no_shape_to_speak_of_is_refused(words, options, message):
    embedding, target = world()
    with pytest.raises(InputError, match=message):
        geometry(embedding, words, target, **options)


def test_other_words_are_refused():
    embedding, target = world()
    with pytest.raises(UnknownWordError, match="hours"):
        geometry(embedding, [*HOURS[:-1], "hours"])
    with pytest.raises(InputError, match="of other words"):
        geometry(embedding, HOURS, Target.from_array(np.eye(3), ["a", "b", "c"]))
    with pytest.raises(InputError, match="not symmetric"):
        geometry(embedding, HOURS, Target.from_array(np.triu(target.toarray()), embedding.words))
    with pytest.raises(InputError, match="too few to draw lists"):
        geometry(embedding.head(14), embedding.words[:12])


def test_the_answer_does_not_depend_on_threads():
    embedding, target = world()
    found = []
    for threads in (1, 3):
        with using(threads=threads):
            found.append(json.dumps(geometry(embedding, HOURS, target, draws=20).as_json()))
    assert found[0] == found[1]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("geometry")
    embedding, target = world()
    embedding.save(folder / "run" / "embedding")
    target.save(folder / "run" / "target")
    return folder / "run"


def test_the_command_tells_and_draws(run, capsys, monkeypatch):
    import matplotlib

    matplotlib.use("agg")
    monkeypatch.setenv("COLUMNS", "80")
    drawn = run.parent / "hours.svg"
    assert main.run(["geometry", str(run), *HOURS, "--draws", "40", "--figure", str(drawn)]) == 0
    told = capsys.readouterr().out
    assert "12 words, 40 draws: a ring" in told and "masked" in told
    assert max(map(len, told.splitlines())) <= 80
    assert b"</svg>" in drawn.read_bytes()
    assert main.run(["geometry", str(run), *HOURS, "--draws", "40", "--no-masked", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["shape"] == "ring" and [view["view"] for view in found["views"]] == ["M*", "vectors"]
    assert main.run(["geometry", str(run / "embedding"), *HOURS, "--draws", "40"]) == 0
    assert "only vectors were looked at" in capsys.readouterr().out
    assert main.run(["geometry", str(run), *HOURS[:4]]) == 2
    assert "a list has 6" in capsys.readouterr().err


@pytest.mark.parametrize("shape", SHAPES)
def test_every_axis_of_the_figure_says_what_it_shows(shape):
    pytest.importorskip("matplotlib").use("agg")
    from solve2vec.plots import plot_geometry

    M = np.eye(80) * 0.5
    M[:N, :N] = kernel(shape)
    target = Target.from_array(M, HOURS + [f"other{k}" for k in range(68)])
    embedding = solve2vec.embed(solve2vec.solve(target, 6))
    figure = plot_geometry(geometry(embedding, HOURS, target, draws=30))
    shown = [ax for ax in figure.axes if ax.get_title(loc="left")]
    assert len(shown) == 6
    for ax in shown[2:]:
        assert ax.get_xlabel() or ax.get_ylabel()
        lines = [line for line in ax.get_lines() if not line.get_label().startswith("_")]
        assert not lines or ax.get_legend() is not None
