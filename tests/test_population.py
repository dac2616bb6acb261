"""Population training against finite differences, the minimizers that theory names, and the law of the flow."""

import numpy as np
import pytest
from scipy import sparse

import solve2vec
from solve2vec import Cooccurrence, Formula, InputError, Target
from solve2vec.datasets.synthetic import planted_spectrum
from solve2vec.linalg.rowblocks import row_blocks
from solve2vec.training.full_batch.chebyshev import Chebyshev
from solve2vec.training.full_batch.flow import spectral_radius, stability_of
from solve2vec.training.full_batch.losses import EvenLogistic, Logistic, Quadratic, Unweighted
from solve2vec.training.full_batch.pairs import Pairs
from solve2vec.training.full_batch.population import PopulationOptions, train
from solve2vec.training.full_batch.starting import recorded_times
from solve2vec.training.result import Stopped


def smooth_counts(V=9, seed=0, rare=0.0):
    """Positive counts of a smooth kind, so that every PMI is finite and moderate; ``rare`` of the pairs are unseen."""
    rng = np.random.default_rng(seed)
    p = 1 / np.arange(2, V + 2)
    taste = rng.normal(size=(V, 2))
    C = np.rint(4000 * np.outer(p, p) * np.exp(0.4 * taste @ taste.T)) + 1
    C = np.triu(C * (rng.random((V, V)) >= rare))
    C = C + np.triu(C, 1).T + np.eye(V)
    return Cooccurrence.from_matrix(C, [f"w{i}" for i in range(V)])


def planted(λ, V=40, seed=0):
    Q = np.linalg.qr(np.random.default_rng(seed).normal(size=(V, len(λ))))[0]
    M = (Q * λ) @ Q.T
    return Target.from_array((M + M.T) / 2, [f"w{i}" for i in range(V)])


WEIGHTED = {"logistic": Logistic, "quadratic": Quadratic, "unweighted-logistic": EvenLogistic}
FORMULAS = [
    Formula(shrinkage=0),
    Formula(negatives=5, context_smoothing=0.75, shrinkage=2.0),
    Formula(negatives=2, context_smoothing=0.75, shrinkage=0, symmetric=False, subsample=0.05),
]


def by_hand(name, X, C, E, κ):
    """ℒ of x = X from (V, V) counts and expected counts, written out."""
    n = C.sum()
    if name == "logistic":
        return (((C + κ) * np.log1p(np.exp(-X)) + (E + κ) * np.log1p(np.exp(X))) / n).sum()
    if name == "unweighted-logistic":
        share = (C + κ) / (C + E + 2 * κ)
        return (share * np.log1p(np.exp(-X)) + (1 - share) * np.log1p(np.exp(X))).sum()
    g = (C + E + κ) / (8 * n)
    return (g * (X - 2 * (C - E) / (C + E + κ)) ** 2).sum()


def expected(counts, formula):
    C = counts.counts.toarray() / counts.denominator
    drawn = C.sum(axis=1)
    if formula.subsample is not None:
        keep = counts.vocabulary.keep_probability(formula.subsample)
        C = C * np.outer(keep, keep)
    P = C.sum(axis=1) / C.sum()
    q = drawn**formula.context_smoothing / (drawn**formula.context_smoothing).sum()
    E = formula.negatives * C.sum() * np.outer(P, q)
    return C, np.sqrt(E * E.T) if formula.symmetric else E


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("name", WEIGHTED)
def test_a_weighted_loss_is_its_formula_written_out(name, formula):
    counts = smooth_counts(rare=0.3)
    C, E = expected(counts, formula)
    W, U = np.random.default_rng(1).normal(size=(2, len(counts), 3))
    with row_blocks(len(counts)) as blocks:
        made = WEIGHTED[name].of(Pairs.of(counts, solve2vec.build_target(counts, formula)), blocks)
        assert made.value(np.stack([W, U])) == pytest.approx(by_hand(name, W @ U.T, C, E, formula.shrinkage), rel=1e-12)
        assert made.value(W[None]) == pytest.approx(by_hand(name, W @ W.T, C, E, formula.shrinkage), rel=1e-12)
        curvature = (C + E + (2 if name == "logistic" else 1) * formula.shrinkage) / (4 * C.sum())
        curvature = 0.25 if name == "unweighted-logistic" else curvature
        assert made.unit == pytest.approx(1 / np.mean(curvature), rel=1e-12)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("name", [*WEIGHTED, "unweighted"])
def test_each_flow_goes_down_its_loss_as_differences_say(name, formula, tied):
    counts = smooth_counts(rare=0.3)
    target = solve2vec.build_target(counts, formula)
    if tied and name == "unweighted" and not target.is_symmetric:
        return  # refused
    state = np.random.default_rng(2).normal(size=(1 if tied else 2, len(counts), 3)) / 2
    with row_blocks(len(counts)) as blocks:
        if name == "unweighted":
            loss, scale = Unweighted(target, blocks), 1.0
        else:
            loss = WEIGHTED[name].of(Pairs.of(counts, target), blocks)
            scale = loss.unit / (2 if tied else 1)
        flow, differences, ε = loss.flow(state), np.empty_like(state), 1e-5
        for at in np.ndindex(*state.shape):
            ends = []
            for sign in (1, -1):
                moved = state.copy()
                moved[at] += sign * ε
                ends.append(loss.value(moved))
            differences[at] = (ends[0] - ends[1]) / (2 * ε)
    assert flow == pytest.approx(-scale * differences, rel=1e-6, abs=1e-6 * np.abs(flow).max())


@pytest.mark.parametrize("tied", [True, False])
def test_equal_weights_give_the_unweighted_flow_in_its_own_unit_of_time(tied):
    M = planted([4.0, 2.0, -3.0], V=20).toarray()
    state = np.random.default_rng(0).normal(size=(1 if tied else 2, 20, 3))
    g = 0.37  # Σ g (x - M)² has the weight 8 g and the push 2 g M
    with row_blocks(20) as blocks:
        weighted = Quadratic(np.full((20, 20), 8 * g), 2 * g * M, blocks, symmetric=True, constant=g * (M * M).sum())
        plain = Unweighted(Target.from_array(M, [str(i) for i in range(20)]), blocks)
        assert weighted.flow(state) == pytest.approx(plain.flow(state), rel=1e-5, abs=1e-5)
        share = 1 / (4 if tied else 2)
        assert weighted.value(state) / g * share == pytest.approx(plain.value(state), rel=1e-6)


def test_unweighted_loss_and_flow_are_dense_algebra():
    rng = np.random.default_rng(3)
    M = rng.normal(size=(30, 30))
    W, U = rng.normal(size=(2, 30, 4))
    with row_blocks(30) as blocks:
        loss = Unweighted(Target.from_array(M, [str(i) for i in range(30)]), blocks)
        M = M.astype(np.float32).astype(float)
        made = loss.flow(np.stack([W, U]))
        assert loss.value(np.stack([W, U])) == pytest.approx(((W @ U.T - M) ** 2).sum() / 2, rel=1e-12)
    assert made[0] == pytest.approx((M - W @ U.T) @ U) and made[1] == pytest.approx((M - W @ U.T).T @ W)


@pytest.mark.parametrize("formula", [Formula(shrinkage=0), Formula(shrinkage=0.5, negatives=3)])
@pytest.mark.parametrize("tied", [True, False])
def test_the_sparse_product_gives_what_the_dense_matrix_gives(formula, tied):
    counts = smooth_counts(V=700, rare=0.8)
    target = solve2vec.build_target(counts, formula)
    state = np.random.default_rng(0).normal(size=(1 if tied else 2, 700, 5))
    with row_blocks(700) as blocks:
        dense, sparse = (Unweighted(target, blocks, dense=dense) for dense in (True, False))
        assert sparse.flow(state) == pytest.approx(dense.flow(state), rel=1e-9, abs=1e-9)
        assert sparse.value(state) == pytest.approx(dense.value(state), rel=1e-11)


@pytest.mark.parametrize(
    ("loss", "formula"),
    [
        ("logistic", Formula(kind="shifted_pmi", negatives=2, shrinkage=0)),
        ("logistic", Formula(kind="shifted_pmi", negatives=2, shrinkage=3.0)),
        ("quadratic", Formula(negatives=2, shrinkage=0)),
        ("quadratic", Formula(negatives=2, shrinkage=3.0)),
        ("unweighted-logistic", Formula(kind="shifted_pmi", negatives=2, shrinkage=0)),
        ("unweighted-logistic", Formula(kind="shifted_pmi", negatives=2, shrinkage=3.0)),
        ("unweighted", Formula(shrinkage=0)),
    ],
)
def test_with_room_for_everything_each_loss_learns_the_matrix_that_theory_names(loss, formula):
    Z = np.random.default_rng(5).normal(size=(6, 6))
    counts = Cooccurrence.from_matrix(np.rint(500 * np.exp((Z + Z.T) / 2)), list("abcdef"))
    start = 2 * np.eye(6) + np.random.default_rng(0).normal(size=(2, 6, 6)) / 10
    made = train(
        counts,
        PopulationOptions(loss=loss, dim=6, tied=False, modes=1, duration=200, points=2, integrator="adaptive",
                   tolerance=1e-7),
        formula=formula, warm_start=(start[0], start[1]),
    )  # fmt: skip
    E = made.embedding
    M = solve2vec.build_target(counts, formula).toarray()
    assert E.vectors @ E.context_vectors.T == pytest.approx(M, abs=2e-5)


def test_without_weights_sgns_begins_as_the_quadratic_model_does():
    """Near W = 0 its flow is that toward M*, in the same unit of time; with word2vec's weights it is not."""
    counts = smooth_counts(rare=0.3)
    state = 1e-4 * np.random.default_rng(0).normal(size=(2, len(counts), 3))
    M = solve2vec.mstar(counts, shrinkage=0)
    with row_blocks(len(counts)) as blocks:
        pairs = Pairs.of(counts, M)
        toward, even, plain = (
            loss.flow(state)
            for loss in (Unweighted(M, blocks), EvenLogistic.of(pairs, blocks), Logistic.of(pairs, blocks))
        )
    assert even == pytest.approx(toward, rel=1e-6, abs=1e-7 * np.abs(toward).max())
    assert np.abs(plain - toward).max() > 0.5 * np.abs(toward).max()


λ, σ = np.array([4.0, 2.5, 1.0, -5.0]), 1e-3
ALIGNED = PopulationOptions(dim=3, modes=3, start="aligned", init_scale=σ, points=40, duration=9.0, spacing="linear")


def law(time, s0=σ * 3**0.5):
    return λ[:3] / (1 + (λ[:3] / s0**2 - 1) * np.exp(-2 * λ[:3] * time[:, None]))


def with_(settings, **changes):
    from dataclasses import replace

    return replace(settings, **changes)


@pytest.mark.parametrize("tied", [True, False])
def test_an_aligned_start_follows_the_law_and_the_error_falls_with_the_step(tied):
    target = planted(λ)
    settings = with_(ALIGNED, tied=tied, dim=3 if tied else 4, init_scale=σ if tied else σ * (3 / 4) ** 0.5)
    worst = []
    for step in (4e-3, 2e-3, 1e-3):
        made = train(target, with_(settings, learning_rate=step)).trajectory
        full = λ[:3] if tied else np.array([5.0, 4.0, 2.5])  # singular values rise, of eigenvalues of either sign
        aim = full / (1 + (full / (3 * σ**2) - 1) * np.exp(-2 * full * made.time[:, None]))
        worst.append(np.abs(made.strengths - aim).max())
    assert worst[0] < 0.15
    assert worst[0] / worst[1] == pytest.approx(2, rel=0.1) and worst[1] / worst[2] == pytest.approx(2, rel=0.1)


def test_the_adaptive_integrator_is_the_law_to_its_tolerance():
    made = train(planted(λ), with_(ALIGNED, integrator="adaptive", tolerance=1e-9)).trajectory
    assert made.strengths == pytest.approx(law(made.time), rel=2e-6)
    rough = train(planted(λ), with_(ALIGNED, integrator="adaptive", tolerance=1e-3)).trajectory
    assert np.abs(rough.strengths - law(rough.time)).max() > 1e-7  # the tolerance is what decides


def test_the_stabilized_integrator_is_of_second_order():
    # error a step ~ h³ = tolerance: a tolerance 1000 times finer takes 10 times the steps, and errs 100 times less
    runs = [train(planted(λ), with_(ALIGNED, integrator="stabilized", tolerance=tol)) for tol in (1e-3, 1e-6)]
    errors = [np.abs(run.trajectory.strengths - law(run.trajectory.time)).max() for run in runs]
    assert errors[1] < 1e-3 and 60 < errors[0] / errors[1] < 150
    assert 7 < runs[1].facts["steps"] / runs[0].facts["steps"] < 14


def test_a_stiff_flow_costs_the_root_of_its_stiffness():
    rates, calls = np.array([1.0, 1e4]), []

    def flow(state):
        calls.append(1)
        return -rates * (state - 2.0)

    solver = Chebyshev(flow, np.array([3.0, 5.0]), relative=1e-5, absolute=1e-5)
    assert sum(solver.reach(1.0)) == pytest.approx(1.0) and solver.time == 1.0
    assert solver.state == pytest.approx([2 + np.exp(-1), 2.0], abs=2e-4)
    assert len(calls) < 1500  # stable Euler steps: 5,000


@pytest.mark.parametrize("name", ["logistic", "quadratic"])
@pytest.mark.parametrize("tied", [True, False])
def test_both_solvers_and_small_steps_agree_on_a_weighted_loss(name, tied):
    counts, times = smooth_counts(V=12), [2.0, 5.0, 9.0]
    settings = PopulationOptions(loss=name, dim=3, modes=1, tied=tied, init_scale=0.1)
    exact = train(counts, with_(settings, integrator="adaptive", tolerance=1e-9), times=times)
    again = train(counts, with_(settings, integrator="stabilized", tolerance=1e-7), times=times)
    descent = [train(counts, with_(settings, learning_rate=η), times=times) for η in (4e-3, 2e-3)]
    assert again.trajectory.loss == pytest.approx(exact.trajectory.loss, rel=1e-5)
    assert again.embedding.vectors == pytest.approx(exact.embedding.vectors, abs=1e-4)
    off = [np.abs(run.embedding.vectors - exact.embedding.vectors).max() for run in descent]
    assert off[0] < 0.01 and off[0] / off[1] == pytest.approx(2, rel=0.1)
    assert exact.trajectory.model == {"logistic": "population sgns", "quadratic": "population weighted quadratic"}[name]


def test_the_loss_falls_as_a_staircase_of_known_height():
    made = train(planted(λ), with_(ALIGNED, integrator="adaptive", tolerance=1e-9)).trajectory
    s = law(made.time)
    aim = ((λ**2).sum() - (λ[:3] ** 2 - (λ[:3] - s) ** 2).sum(axis=1)) / 4
    assert made.loss == pytest.approx(aim, rel=1e-5)


def test_small_steps_and_the_adaptive_integrator_agree_from_a_random_start():
    target, times = planted(λ), [0.5, 1.0, 2.0, 4.0]
    settings = PopulationOptions(dim=5, modes=2, init_scale=0.05, seed=3)
    exact = train(target, with_(settings, integrator="adaptive", tolerance=1e-10), times=times).trajectory
    errors = [
        np.abs(
            train(target, with_(settings, learning_rate=η), times=times).trajectory.strengths - exact.strengths
        ).max()
        for η in (2e-3, 1e-3, 5e-4)
    ]
    assert errors[2] < 5e-3 and errors[0] / errors[1] == pytest.approx(2, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(2, rel=0.1)


def test_by_default_a_run_lasts_until_its_modes_have_risen_on_time():
    made = train(planted(λ), PopulationOptions(dim=3, modes=3, init_scale=1e-5, start="aligned"))
    s0 = 1e-5 * 3**0.5
    τ = np.log(λ[:3] / s0**2 - 1) / (2 * λ[:3])
    assert made.trajectory.strengths[-1] == pytest.approx(λ[:3], rel=0.005)
    late = made.trajectory.half_way() / τ - 1
    assert (late > 0).all() and (late < 0.011).all()  # η λ / 2 at η = 0.02 / λ_1
    assert made.facts["duration"] == pytest.approx(τ[2] + 3 / λ[2], rel=1e-6)
    assert made.trajectory.model == "population quadratic" and made.trajectory.step[-1] == made.facts["steps"]


@pytest.mark.parametrize("values", [[4.0, 1.0, -0.5], [4.0, 1.0, -20.0]])
@pytest.mark.parametrize("tied", [True, False])
def test_the_largest_stable_step_is_where_descent_starts_to_diverge(values, tied):
    target, state = planted(values), np.full((1 if tied else 2, 40, 2), 1e-3)
    with row_blocks(40) as blocks:
        bound = stability_of(Unweighted(target, blocks), state, blocks).largest_step
        top, low = values[0], -values[-1]
        assert bound == pytest.approx(2 / max(2 * top, top + low) if tied else 1 / max(top, low), rel=1e-4)
        goal = train(target, PopulationOptions(dim=2, modes=2, tied=tied, start="aligned", integrator="adaptive"))
        end = np.stack(
            [np.asarray(X, float) for X in (goal.embedding.vectors, goal.embedding.context_vectors)[: len(state)]]
        )
        assert spectral_radius(Unweighted(target, blocks).flow, end) == pytest.approx(2 / bound, rel=1e-2)
    settings = PopulationOptions(dim=2, modes=2, tied=tied, start="aligned", duration=400 * bound, points=5)
    with pytest.raises(InputError, match="would diverge: the largest stable one is"):
        train(target, with_(settings, learning_rate=1.01 * bound))
    made = train(target, with_(settings, learning_rate=0.97 * bound))
    assert np.isfinite(made.trajectory.loss).all()


def test_a_large_start_lowers_the_largest_step():
    target = planted([1.0, 0.5])
    state = np.zeros((1, 40, 2))
    state[0, 0, 0] = 10.0
    with row_blocks(40) as blocks:
        loss = Unweighted(target, blocks)
        bound = stability_of(loss, state, blocks).largest_step
        assert bound <= 2 / spectral_radius(loss.flow, state) * 1.01
    made = train(target, PopulationOptions(dim=2, modes=1, duration=5), warm_start=state[0])
    assert made.trajectory.loss[-1] < made.trajectory.loss[0]


@pytest.mark.parametrize("loss", ["quadratic", "logistic"])
def test_a_weighted_loss_that_diverges_is_caught_with_advice(loss):
    counts = smooth_counts()
    good = train(counts, PopulationOptions(loss=loss, dim=3, modes=1, duration=5))
    with pytest.raises(InputError, match="largest stable one is about"):
        train(
            counts,
            PopulationOptions(loss=loss, dim=3, modes=1, duration=500, learning_rate=30 * good.facts["largest_step"]),
        )
    assert (np.diff(good.trajectory.loss) <= 0).all()


@pytest.mark.parametrize("loss", ["unweighted", *WEIGHTED])
@pytest.mark.parametrize("tied", [True, False])
def test_one_two_and_three_threads_give_the_same_bits(loss, tied):
    counts = smooth_counts(V=520, rare=0.7)
    spectrum = solve2vec.solve(solve2vec.mstar(counts, shrinkage=0.0), 3, tied=tied)
    made = [
        train(counts, PopulationOptions(loss=loss, dim=3, modes=2, tied=tied, duration=0.01,
              learning_rate=2e-4, points=2),
              spectrum=spectrum, threads=threads)
        for threads in (1, 2, 3)
    ]  # fmt: skip
    assert len({run.embedding.fingerprint for run in made}) == 1
    assert len({run.trajectory.fingerprint for run in made}) == 1


def test_a_run_goes_on_from_where_another_stopped():
    target = planted(λ)
    settings = PopulationOptions(dim=3, modes=2, init_scale=0.05, learning_rate=1e-3)
    whole = train(target, settings, times=[1.0, 2.0])
    half = []
    train(target, settings, times=[1.0], watch=lambda time, W, U: half.append(W))
    rest = train(target, settings, times=[1.0], warm_start=half[-1])
    assert rest.embedding.vectors == pytest.approx(whole.embedding.vectors, abs=1e-6)
    assert half[0].dtype == np.float32 and len(half) == 2


@pytest.mark.parametrize(("half_way", "first"), [([10.0, 20.0], 0.2), ([0.25, 10.0], 0.05), ([0.0, 10.0], 0.2)])
def test_moments_rise_from_a_fifth_of_what_comes_first_the_end_or_a_mode(half_way, first):
    settings = PopulationOptions(duration=1.0, points=3)
    made = recorded_times(settings, np.array(half_way), np.array([2.0, 1.0]), None)
    assert made == pytest.approx([0, first, first**0.5, 1], rel=1e-12)


def test_a_run_shorter_than_the_first_half_way_time_is_recorded_too():
    made = train(planted(λ), with_(ALIGNED, spacing="log", points=6, duration=0.05, learning_rate=1e-3)).trajectory
    assert made.time[-1] == pytest.approx(0.05) and (np.diff(made.time) > 0).all() and len(made) == 7


def test_a_moment_within_half_a_step_of_the_start_is_that_of_the_first_step():
    settings = PopulationOptions(dim=2, modes=1, learning_rate=1e-2)
    made = train(planted(λ), settings, times=[1e-4, 4e-3, 0.1]).trajectory
    assert made.step.tolist() == [0, 1, 10]
    made = train(planted(λ), settings, times=[1e-4]).trajectory
    assert made.step.tolist() == [0, 1] and made.time.tolist() == [0, 1e-2]


def test_whoever_watches_sees_every_moment_and_a_probe_gives_scores():
    seen = []
    made = train(
        planted(λ), PopulationOptions(dim=2, modes=1, tied=False), times=[0.0, 0.5, 1.0],
        watch=lambda time, W, U: seen.append((time, W.shape, U.shape)), probe=lambda W: {"size": float(abs(W).max())},
    )  # fmt: skip
    assert [time for time, _, _ in seen] == made.trajectory.time.tolist()
    assert made.trajectory.time == pytest.approx([0, 0.5, 1.0], abs=made.facts["learning_rate"])
    assert made.trajectory.score_names == ("size",) and seen[0][1:] == ((40, 2), (40, 2))


def test_an_embedding_is_a_warm_start():
    target = planted(λ)
    W = solve2vec.embed(solve2vec.solve(target, 3))
    made = train(target, PopulationOptions(dim=3, modes=3, duration=1.0), warm_start=W)
    assert made.trajectory.strengths == pytest.approx(np.tile(λ[:3], (len(made.trajectory), 1)), rel=1e-5)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"loss": "hinge"}, "loss must be one of"),
        ({"start": "zero"}, "start must be one of"),
        ({"integrator": "euler"}, "integrator must be one of"),
        ({"spacing": "even"}, "spacing must be one of"),
        ({"dim": 0}, "dim must be at least 1"),
        ({"init_scale": 0.0}, "init_scale must be above 0"),
        ({"learning_rate": float("nan")}, "learning_rate must be"),
        ({"duration": -1.0}, "duration must be"),
        ({"tolerance": 1.0}, "tolerance must be"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_settings_that_cannot_stand_are_refused(settings, problem):
    with pytest.raises(InputError, match=problem):
        PopulationOptions(**settings)


@pytest.mark.parametrize(
    ("settings", "given", "problem"),
    [
        ({"loss": "logistic"}, {}, "give counts, not a target"),
        ({}, {"formula": Formula()}, "a target has its formula already"),
        ({"dim": 3}, {"warm_start": np.ones((40, 2))}, r"the warm start has shape \(40, 2\)"),
        ({"dim": 3}, {"warm_start": (np.ones((40, 3)),) * 2}, "give its W alone"),
        ({"dim": 3}, {"warm_start": np.full((40, 3), np.nan)}, "not a finite number"),
        ({"dim": 3}, {"warm_start": np.zeros((40, 3))}, "would stay there"),
        ({"dim": 3}, {"times": [2.0, 1.0]}, "that rise"),
        ({"dim": 3}, {"times": [-1.0, 1.0]}, "0 or later"),
        ({"dim": 4, "start": "aligned"}, {}, "positive eigenvalues"),
        ({"dim": 3, "modes": 30}, {"spectrum": "untied"}, "follows modes of"),
        ({"dim": 3}, {"spectrum": "other"}, "solve the same"),
        ({"dim": 3}, {"spectrum": "shuffled"}, "of other words than the model: row 0 is 'w39' there and 'w0' here"),
        ({"dim": 2, "start": "aligned"}, {"spectrum": "shuffled"}, "of other words than the model"),
        ({"dim": 3, "start": "aligned"}, {"spectrum": "few"}, "takes 3 modes"),
    ],
)
def test_what_does_not_fit_together_is_refused(settings, given, problem):
    target = planted(λ)
    spectra = {
        "untied": lambda: solve2vec.solve(target, 2, tied=False),
        "other": lambda: solve2vec.solve(planted(λ, V=30), 2),
        "few": lambda: solve2vec.solve(target, 2),
        "shuffled": lambda: solve2vec.solve(Target.from_array(target.toarray(), target.vocabulary.words[::-1]), 2),
    }
    if isinstance(given.get("spectrum"), str):
        given = {"spectrum": spectra[given["spectrum"]]()}
    with pytest.raises(InputError, match=problem):
        train(target, PopulationOptions(**{"modes": 2} | settings), **given)


def test_a_target_of_two_sides_is_not_fitted_by_one_matrix():
    with pytest.raises(InputError, match="train with tied=False"):
        train(Target.from_array([[1.0, 2.0], [0.0, 1.0]], ["a", "b"]), PopulationOptions(dim=1, modes=1))


def test_too_many_words_for_all_pairs_are_refused_and_unweighted_ones_are_not():
    V = 5001
    diagonal = np.full(V, 4.0)
    diagonal[:2] = [100.0, 50.0]
    counts = Cooccurrence.from_matrix(sparse.diags_array(diagonal).tocsr(), [f"w{i}" for i in range(V)])
    for loss, shrinkage in (("unweighted-logistic", 0), ("logistic", 1), ("quadratic", 1)):
        with pytest.raises(InputError, match=f"{loss} loss.* at most 5,000 words; there are 5,001"):
            train(counts, PopulationOptions(loss=loss), formula=Formula(shrinkage=shrinkage))
    target = Target.from_array(sparse.diags_array(diagonal).tocsr(), counts.vocabulary)
    settings = PopulationOptions(
        dim=2, modes=2, duration=0.2, init_scale=1e-3, start="aligned", integrator="adaptive", tolerance=1e-9
    )
    made = train(target, settings).trajectory
    s0 = 1e-3 * 2**0.5
    aim = diagonal[:2] / (1 + (diagonal[:2] / s0**2 - 1) * np.exp(-2 * diagonal[:2] * made.time[:, None]))
    assert made.strengths == pytest.approx(aim, rel=1e-4)
    assert made.loss[0] == pytest.approx((diagonal**2).sum() / 4, rel=1e-6)


def test_an_interrupted_run_hands_over_what_was_recorded():
    """Interrupted at its fourth moment, t = 1: what it hands over is the undisturbed run up to there."""
    words = [f"w{i}" for i in range(30)]
    target = Target.from_array(planted_spectrum([9.0, 4.0, 2.0, -1.0], 30, seed=1), words)
    settings, moments = PopulationOptions(dim=3, modes=3, seed=4), [0.2, 0.6, 1.0, 1.4]
    whole = train(target, settings, times=moments[:3])
    seen = []

    def watch(now, W, U):
        seen.append(now)
        if len(seen) == 4:
            raise KeyboardInterrupt

    with pytest.raises(Stopped, match="interrupted after") as stop:
        train(target, settings, times=moments, watch=watch)
    made = stop.value.training
    np.testing.assert_array_equal(made.embedding.vectors, whole.embedding.vectors)
    np.testing.assert_array_equal(made.trajectory.time, whole.trajectory.time)
    assert made.facts["steps"] == whole.facts["steps"]
