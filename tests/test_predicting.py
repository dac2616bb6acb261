"""Training predicted: sparse losses against dense ones, the integrator against a slow one, and what training does."""

from dataclasses import replace

import numpy as np
import pytest

import solve2vec
from solve2vec import Corpus, Formula, InputError, TrainingOptions, Trajectory, Window, build_target, compare, count
from solve2vec.core.stage import Lineage
from solve2vec.datasets.synthetic import planted_corpus
from solve2vec.linalg.rowblocks import row_blocks
from solve2vec.training.full_batch.chebyshev import Chebyshev
from solve2vec.training.full_batch.exponential import Exponential
from solve2vec.training.full_batch.finite_steps import Crowd, FiniteSteps
from solve2vec.training.full_batch.losses import Logistic, Quadratic, Slopes
from solve2vec.training.full_batch.pairs import Pairs
from solve2vec.training.full_batch.sparse import SparseWeighted
from solve2vec.training.sampled.drawn import Drawn
from solve2vec.training.sampled.scatter import deviations
from solve2vec.training.sampled.schedule import Schedule
from solve2vec.training.sampled.task import Task, flow_time
from test_training import corpus_of, pairs_seen

LOSSES = {"logistic": Logistic, "quadratic": Quadratic}


def pairs_of(N=3000, V=30, k=2, subsample=0.05, **options):
    """Pairs of a Zipf-like text; of many tokens, all pairs of words are seen."""
    counts = count(corpus_of(N=N, V=V, D=40), Window(4, "linear"))
    formula = Formula(negatives=k, context_smoothing=0.75, shrinkage=0, subsample=subsample, noise="words", **options)
    return Pairs.of(counts, build_target(counts, formula), as_drawn=True), counts


def states(V, d=6, tied=False, size=0.5):
    return np.random.default_rng(5).normal(0.1, size, (1 if tied else 2, V, d))


def both(pairs, name, blocks):
    return LOSSES[name].of(pairs, blocks), SparseWeighted(pairs, blocks, logistic=name == "logistic")


@pytest.mark.parametrize("skip", [False, True])
@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("name", LOSSES)
def test_a_sparse_loss_is_the_dense_one_where_all_pairs_are_counted(name, tied, skip):
    pairs, counts = pairs_of(N=60_000)
    assert counts.counts.nnz == 30**2
    pairs = pairs.skipping_centers() if skip else pairs
    state = states(30, tied=tied)
    with row_blocks(30) as blocks:
        dense, sparse = both(pairs, name, blocks)
        assert sparse.unit == pytest.approx(dense.unit, rel=1e-12)
        np.testing.assert_allclose(sparse.mass, dense.mass, rtol=1e-12)
        assert sparse.value(state) == pytest.approx(dense.value(state), rel=1e-5)
        one, other = dense.slopes(state), sparse.slopes(state)
        for part in ("flow", "curvature", "drawn", "pushed", "together"):
            then, now = getattr(one, part), getattr(other, part)
            np.testing.assert_allclose(now, then, atol=2e-6 * np.abs(then).max(), err_msg=part)
        np.testing.assert_array_equal(other.flow, sparse.flow(state))
        np.testing.assert_allclose(one.flow, dense.flow(state), rtol=1e-12)


@pytest.mark.parametrize(("name", "near"), [("quadratic", 2e-6), ("logistic", 5e-3)])
def test_pairs_that_were_never_counted_are_summed_by_moments(name, near):
    """Exactly where σ is a line; else to half a hundredth, with half of all pairs unseen and six dimensions."""
    pairs, counts = pairs_of(N=1500, V=60)
    assert 0.3 < counts.counts.nnz / 60**2 < 0.6
    state = states(60)
    with row_blocks(60) as blocks:
        dense, sparse = both(pairs, name, blocks)
        flow = dense.flow(state)
        np.testing.assert_allclose(sparse.flow(state), flow, atol=near * np.abs(flow).max())
        assert sparse.value(state) == pytest.approx(dense.value(state), rel=near)
        far = 5 * state  # a line alone would be far off
        off = np.abs(sparse.flow(far) - dense.flow(far)).max() / np.abs(dense.flow(far)).max()
        assert off < 20 * near


@pytest.mark.parametrize("name", LOSSES)
def test_what_is_seen_closely_is_its_definition(name):
    pairs, _ = pairs_of()
    pairs = pairs.skipping_centers()
    state = states(30)
    C, N = (part / pairs.total for part in pairs.dense())
    x = state[0] @ state[1].T
    s = 1 / (1 + np.exp(-x)) if name == "logistic" else 0.5 + x / 4
    bend = s * (1 - s) if name == "logistic" else 0.25
    with row_blocks(30) as blocks:
        seen = LOSSES[name].of(pairs, blocks).slopes(state)
    for found, of in ((seen.curvature, (C + N) * bend), (seen.drawn, C * (1 - s) ** 2), (seen.pushed, N * s * s)):
        np.testing.assert_allclose(found, [of.sum(axis=1), of.sum(axis=0)], rtol=1e-10)
    np.testing.assert_allclose(seen.together, [C @ state[0], C @ state[1]], rtol=1e-10)
    k, q = pairs.row.sum() / pairs.total, pairs.column
    np.testing.assert_allclose(N, k * q * (C.sum(axis=1)[:, None] - C), rtol=1e-10)  # n ≠ j of each center j


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("name", LOSSES)
def test_the_exponential_integrator_follows_the_flow(name, tied):
    """Beside one of small steps: strengths along the leading modes, all the way, to half a per cent of the largest."""
    pairs, counts = pairs_of(symmetric=tied)
    target = build_target(counts, Formula(negatives=2, context_smoothing=0.75, shrinkage=0, symmetric=tied))
    modes = solve2vec.solve(target, 3, tied=tied)
    start = states(30, tied=tied, size=0.01)
    L, R = modes.eigenvectors.astype(float), modes.context_modes.astype(float)
    times = np.linspace(0, 20 / modes.eigenvalues[0], 20)[1:]
    with row_blocks(30) as blocks:
        loss = LOSSES[name].of(pairs, blocks)
        slow = Chebyshev(loss.flow, start.copy(), relative=1e-6, absolute=1e-8)
        fast = Exponential(
            loss, start.copy(), relative=1e-3, absolute=1e-5, growth=float(modes.eigenvalues[0]), blocks=blocks
        )
        found = []
        for time in times:
            for solver in (slow, fast):
                list(solver.reach(float(time)))
            found.append([((L.T @ X.state[0]) * (R.T @ X.state[-1])).sum(axis=1) for X in (slow, fast)])
    then, now = np.array(found).swapaxes(0, 1)
    assert then[-1, 0] > 0.3 * modes.eigenvalues[0]  # it has risen
    assert np.abs(now - then).max() < 0.005 * np.abs(then).max()


class Plain:
    """A loss in which every pair is taught as much as it bends, and each row sees the same U."""

    unit, mass = 3.0, np.full((2, 8), 0.125)


def trembling(tied=False, others=0.0, steps=2000, η=0.02, h=0.05, drawn=1.0):
    state = np.random.default_rng(0).normal(size=(1 if tied else 2, 8, 2))
    state -= state.mean(axis=1, keepdims=True)
    even = np.full((2, 8), 0.125)
    seen = Slopes(np.zeros_like(state), even, drawn * even / 2, drawn * even / 2, state[[0, -1]] / 8)
    with row_blocks(8) as blocks:
        made = FiniteSteps(Plain(), state.shape, lambda time: η, Crowd(1.0, others, np.full(8, 0.125)), blocks)
        made.turn([np.linalg.eigh(X.T @ X)[1] for X in state])
        for step in range(steps):
            made.pass_time(seen, step * h, h, state)
        return made, made.pull(state), state


def test_rows_come_to_tremble_by_half_the_learning_rate_in_every_direction():
    """Whatever the loss, where noise is what curvature is made of: the fluctuation–dissipation theorem."""
    made, pull, state = trembling()
    np.testing.assert_allclose(made.variances, 0.01, rtol=1e-6)
    np.testing.assert_allclose(pull, 3.0 * 0.125 * 0.01 * state, rtol=1e-6)  # unit, curvature, and η/2 of w
    np.testing.assert_allclose(trembling(tied=True)[0].variances, 0.01, rtol=1e-6)
    np.testing.assert_allclose(trembling(drawn=3.0)[0].variances, 0.03, rtol=1e-6)
    assert trembling(others=4.0)[0].variances[1].min() > 0.011  # contexts that move together
    few = trembling(steps=1, h=1e-4)[0].variances
    assert 0 < few.max() < 1e-4  # it takes time


def test_variances_follow_their_basis():
    made, _, _ = trembling()
    made.variances[:] = [[[1.0, 3.0]] * 8] * 2
    turn = np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])
    made.turn([basis @ turn for basis in made._bases])
    expected = np.diag(turn.T @ np.diag([1.0, 3.0]) @ turn)
    np.testing.assert_allclose(made.variances[0], [expected] * 8)


@pytest.mark.parametrize("rates", [(0.025, 1e-4), (0.01, 0.01)])
def test_the_schedule_knows_when_what_is_done(rates):
    first, last = rates
    schedule = Schedule(first, last, 3.0, 5, 1000.0)
    done = np.linspace(0, 1, 11)
    times = schedule.time(done)
    assert times[[0, -1]].tolist() == [0.0, pytest.approx(3.0)]
    np.testing.assert_allclose(schedule.done(times), done, atol=1e-9)
    np.testing.assert_allclose([schedule.rate(t) for t in times], first + (last - first) * done, rtol=1e-9)
    passed = np.concatenate([[0], np.cumsum((first + (last - first) * (done[1:] + done[:-1]) / 2) * 0.1)])
    np.testing.assert_allclose(times, 3.0 * passed / passed[-1], rtol=1e-12)  # dτ is η for each pair
    moments = schedule.moments(200)
    assert moments[[0, -1]].tolist() == [0.0, pytest.approx(3.0)]
    assert (np.diff(moments) > 0).all()
    assert len(moments) == 200


@pytest.mark.parametrize(("closed", "subsample"), [(True, 0.05), (True, None), (False, 0.05), (False, None)])
@pytest.mark.parametrize("parts", [1, 3])
def test_drawn_pairs_are_those_that_training_meets(closed, subsample, parts):
    """Its very tokens where gaps close, in any number of stretches; keep_i keep_j in expectation where they do not."""
    settings = TrainingOptions(
        dim=4, epochs=2, subsample=subsample, closed_gaps=closed, sampled_windows=False, skip_center=False
    )
    task = Task("sgns", corpus_of(N=900, D=90), Window(4, "linear"), settings)
    drawn = Drawn.of(task, parts)
    C = sum(part.dense()[0] for part in drawn.parts)
    if closed or subsample is None:
        np.testing.assert_allclose(C, pairs_seen(task, 2) / 2, atol=1e-9)
    else:
        counts = count(task.corpus, task.window)
        expected = counts.counts.toarray() / counts.denominator * np.outer(task.keep, task.keep)
        np.testing.assert_allclose(C, expected, atol=1e-9)
    assert len(drawn.parts) == parts
    assert drawn.total == pytest.approx(C.sum())
    N = sum(part.dense()[1] for part in drawn.parts)
    np.testing.assert_allclose(N, 5 * np.outer(C.sum(axis=1), task.noise), rtol=1e-9)
    assert drawn.target.vocabulary.fingerprint == task.corpus.vocabulary.fingerprint


def test_a_document_that_is_cut_loses_only_windows_across_the_cut():
    corpus = Corpus.from_ids(corpus_of(N=900).tokens, [0, 900], [f"w{n}" for n in range(12)])
    task = Task("sgns", corpus, Window(2, "flat"), TrainingOptions(dim=4, subsample=None, closed_gaps=False))
    whole, cut = (Drawn.of(task, parts).total for parts in (1, 3))
    assert 0 < whole - cut <= 2 * 6


@pytest.mark.parametrize(("window", "sampled"), [(Window(6, "linear"), True), (Window(5, "harmonic"), False)])
def test_how_many_contexts_stand_beside_one(window, sampled):
    """E m (m - 1) / E m, or with weights that are not drawn Σ ω² and all products; against every center of a text."""
    settings = TrainingOptions(dim=4, subsample=0.05, closed_gaps=False, sampled_windows=sampled)
    task = Task("sgns", corpus_of(N=6000, D=2), window, settings)
    drawn = Drawn.of(task)
    ω = np.array(task.weights[0]) / task.weights[1]
    stays = np.append(task.keep, 0.0)[task.corpus.tokens]
    rng, alone, together, met = np.random.default_rng(0), 0.0, 0.0, 0.0
    for _ in range(20):
        kept = rng.random(len(stays)) < stays
        for center in np.flatnonzero(kept)[50:-50:3]:
            after, before = kept[center + 1 : center + 1 + len(ω)], kept[center - len(ω) : center][::-1]
            weights = np.concatenate([ω[after], ω[before]])
            if sampled:
                mark = rng.random()
                weights = (weights > mark).astype(float)
            met, alone = met + weights.sum(), alone + (weights**2).sum()
            together += weights.sum() ** 2 - (weights**2).sum()
    assert drawn.single == pytest.approx(alone / met, rel=0.03)
    assert drawn.others == pytest.approx(together / met, rel=0.06)


@pytest.fixture(scope="module")
def planted():
    return solve2vec.encode(planted_corpus().documents(600, seed=1), selection=solve2vec.VocabularyOptions(min_count=1))


def trained(corpus, predicted, seeds=(0,), **options):
    """Trajectories of runs along the modes of a prediction."""
    return [
        solve2vec.sgns.train(corpus, spectrum=predicted.followed, seed=seed, points=60, **options).trajectory
        for seed in seeds
    ]


HOW = {"dim": 10, "negatives": 2, "epochs": 40, "subsample": 0.02, "size": 5, "threads": 1}


def test_what_is_predicted_is_what_is_trained(planted):
    """word2vec's own start, falling rate, closed gaps, skipped centers: curves, times and the clock."""
    options = HOW | {"learning_rate": 0.01}
    made = solve2vec.sgns.predict(planted, modes=6, parts=1, **options)
    [run] = trained(planted, made, **options)
    foretold = made.trajectory
    assert run.time[-1] == pytest.approx(foretold.time[-1], rel=0.01)
    assert foretold.epoch[-1] == run.epoch[-1] == 40
    assert foretold.step[-1] == pytest.approx(run.step[-1], rel=0.01)
    found = compare(foretold, run)
    assert found.median_r_squared > 0.98
    assert min(mode.r_squared for mode in found.modes if mode.own_ratio) > 0.9
    assert all(abs(mode.own_ratio - 1) < 0.2 for mode in found.modes if mode.own_ratio)
    assert foretold.loss[-1] == pytest.approx(run.loss[-1], rel=0.02)
    assert not any("starts are not" in remark or "target" in remark for remark in found.remarks)


def test_finite_steps_hold_modes_down_as_predicted(planted):
    """At a large rate modes end lower than the flow has them: the pull of trembling rows foretells most of it."""
    options = HOW | {"learning_rate": 0.1, "final_learning_rate": 0.1, "epochs": 10}
    with_steps, without = (
        solve2vec.sgns.predict(planted, modes=4, parts=1, finite_steps=steps, scatter=False, **options)
        for steps in (True, False)
    )
    runs = trained(planted, with_steps, seeds=(0, 1), **options)
    end = np.mean([run.strengths[-20:].mean(axis=0) for run in runs], axis=0)
    near, far = (np.abs(one.trajectory.strengths[-1] - end).sum() for one in (with_steps, without))
    assert (without.trajectory.strengths[-1] > end).all()
    assert near < far / 2


@pytest.mark.parametrize("model", ["sgns", "quadratic"])
@pytest.mark.parametrize("tied", [False, True])
def test_any_number_of_threads_predicts_the_same_bits(planted, model, tied):
    predict = getattr(solve2vec, model).predict
    made = [
        predict(planted, dim=4, epochs=2, tied=tied, init_scale=0.01, modes=3, parts=2, threads=n) for n in (1, 2, 3)
    ]
    assert len({one.trajectory.fingerprint for one in made}) == len({one.embedding.fingerprint for one in made}) == 1
    assert (made[0].embedding.context_vectors is None) == tied


def test_a_text_whose_topics_come_one_after_another_is_followed_in_its_order(planted):
    """The first half of the text has words that the second has not: only in stretches does that show."""
    rng = np.random.default_rng(0)
    halves = [np.where(rng.random((300, 12)) < 0.5, rng.integers(0, 4, (300, 12)), 8) + 4 * half for half in (0, 1)]
    tokens = np.concatenate([np.where(part >= 8, 8, part).ravel() for part in halves]).astype(np.int32)
    corpus = Corpus.from_ids(tokens, np.arange(0, 7201, 12), [f"w{n}" for n in range(9)])
    options = {"dim": 3, "negatives": 1, "epochs": 1, "subsample": None, "window": 5, "learning_rate": 0.05, "seed": 1}
    rises = {}
    for parts in (1, 8):
        made = solve2vec.sgns.predict(corpus, parts=parts, modes=1, scatter=False, **options)
        run = solve2vec.sgns.train(corpus, spectrum=made.followed, points=60, **options).trajectory
        rises[parts] = compare(made.trajectory, run).modes[0].r_squared
    assert rises[8] > rises[1]


def test_a_strength_strays_as_far_as_text_and_valley_let_it():
    """At rest v = η D speed / (2 pace); while it rises, a difference grows as the strength does."""
    g, end = 4.0, 10.0
    times = np.linspace(0, 12, 2000)
    s = end / (1 + 1e5 * np.exp(-g * times))
    D = np.full((2, 1), 0.3)
    made = deviations(times, s[:, None], times[[0, -1]], D, lambda time: 0.1, 2.0)
    assert made[0, 0] == 0
    pace = g * np.log(5) / np.log(6)  # from .8 to .96 of a logistic curve, where nearly all of it is exponential
    assert made[-1, 0] == pytest.approx(np.sqrt(0.1 * 0.3 * 2.0 / (2 * pace)), rel=0.01)
    early = (times > 1) & (times < 1.8)
    growth = np.diff(np.log(made[early, 0])) / np.diff(times[early])
    assert np.median(growth) == pytest.approx(g, rel=0.1)
    assert (deviations(times, -s[:, None], times[[0, -1]], D, lambda time: 0.1, 2.0)[1:] > 0).all()


def test_scatter_is_there_where_text_is_long_enough_and_asked_for(planted):
    options = {"dim": 4, "epochs": 2, "modes": 3, "parts": 1}
    made = solve2vec.sgns.predict(planted, **options).trajectory
    assert made.deviations.shape == made.strengths.shape
    assert (made.deviations[1:] > 0).all()
    assert solve2vec.sgns.predict(planted, scatter=False, **options).trajectory.deviations is None
    short = planted.documents_between(0, 5)
    assert solve2vec.sgns.predict(short, dim=2, epochs=1, modes=1).trajectory.deviations is None


def test_a_prediction_saves_and_loads_with_what_it_knows(planted, tmp_path):
    made = solve2vec.sgns.predict(planted, dim=4, epochs=2, modes=3, times=[0.001, 0.002]).trajectory
    assert made.time.tolist() == [0.0, 0.001, 0.002]
    back = Trajectory.load(made.save(tmp_path / "prediction"))
    assert back.fingerprint == made.fingerprint
    np.testing.assert_array_equal(back.deviations, made.deviations)
    assert back.source["negatives"] == 5 and back.beginning["init_scale"] is None


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda c: solve2vec.sgns.predict(c, dim=4, parts=0), "parts must be at least 1"),
        (lambda c: solve2vec.sgns.predict(c, dim=4, modes=0), "modes must be at least 1"),
        (lambda c: solve2vec.sgns.predict(c, dim=4, accuracy=1.0), "accuracy must be above 0 and below 1"),
        (lambda c: solve2vec.sgns.predict(c, dim=4, times=[2.0, 1.0]), "times must be finite numbers that rise"),
        (lambda c: solve2vec.sgns.predict(c, dim=4, negativ=3), "did you mean 'negative'"),
        (lambda c: solve2vec.sgns.predict(c), "dimensions are more than the 12 words have"),
        (
            lambda c: solve2vec.sgns.predict(
                c, dim=4, spectrum=solve2vec.solve(solve2vec.Target.from_array(np.eye(2), ["a", "b"]), 1)
            ),
            "the modes to follow have 2 words, the model 12",
        ),
    ],
)
def test_what_cannot_be_predicted_is_told(call, why):
    with pytest.raises(InputError, match=why):
        call(corpus_of())


def trajectory(strengths, time, λ, method="expected", deviations=None):
    return Trajectory(
        model="x", time=time, loss=0 * time, strengths=strengths, eigenvalues=λ, deviations=deviations,
        lineage=Lineage().then("predict", method=method),
    )  # fmt: skip


def test_each_mode_is_judged_at_half_of_its_own_end_as_well():
    """Two rises that end at 3/4 and 2/5 of λ: the first has its λ/2, the second never; both have half of their end."""
    time, λ = np.linspace(0, 20, 4001), np.array([8.0, 5.0])
    ends, at = np.array([6.0, 2.0]), np.array([4.0, 8.0])
    rise = ends / (1 + np.exp(-2 * (time[:, None] - at)))
    theory, run = trajectory(rise, time, λ, deviations=np.full_like(rise, 0.05)), trajectory(0.9 * rise, time * 1.1, λ)
    found = compare(theory, run)
    assert [mode.predicted_half_way is None for mode in found.modes] == [False, True]
    np.testing.assert_allclose([mode.predicted_own for mode in found.modes], at, rtol=1e-3)
    np.testing.assert_allclose([mode.own_ratio for mode in found.modes], 1.1, rtol=2e-3)
    assert found.own_order_agreement == 1.0
    assert found.judged_at == "own end"
    said = found.remarks[0]
    assert said.startswith("2 of 2 modes reached half of their own end in both") and "λ itself: 1 modes" in said
    assert "within two of the deviations" in " ".join(found.remarks)
    even = [
        Lineage().then("train", model="quadratic", reweighted=True),
        Lineage().then("population_train", loss="unweighted"),
    ]
    assert {compare(replace(theory, lineage=Lineage()), replace(run, lineage=of)).judged_at for of in even} == {"λ/2"}
    seen = replace(run, lineage=Lineage().then("train", model="sgns"))
    assert compare(replace(theory, lineage=Lineage()), seen).judged_at == "own end"
    off = np.abs(found.seen - found.expected)
    assert found.covered == pytest.approx((off <= 0.1).mean(), abs=1e-12)
    assert compare(replace(theory, deviations=None), run).covered is None
    json = found.as_json()
    assert json["own_order_agreement"] == 1.0 and json["modes"][1]["own_ratio"] == pytest.approx(1.1, rel=2e-3)


def test_a_mode_that_has_hardly_risen_has_no_half_way_of_its_own():
    time, λ = np.linspace(0, 10, 500), np.array([100.0])
    theory = trajectory(np.exp(0.2 * time)[:, None], time, λ)
    assert compare(theory, theory).modes[0].predicted_own is None


def test_flow_time_is_the_clock_of_the_schedule():
    task = Task("sgns", corpus_of(), Window(4, "linear"), TrainingOptions(dim=4, epochs=3, negatives=2))
    drawn = Drawn.of(task)
    mean = (0.025 + 1e-4) / 2
    assert Schedule.of(task, drawn).duration == pytest.approx(flow_time(3 * mean * drawn.total, 12, 2, tied=False))
