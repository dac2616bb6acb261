"""Deep linear networks: the law of their modes, their gradient, and theory of a start against training from it."""

import json

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import solve2vec
from solve2vec import InputError, PopulationOptions, Start, Target, embedding_at, population, predict, solve
from solve2vec.cli import main
from solve2vec.core.resources import using
from solve2vec.dynamics.deep import aligned_strengths, half_way_times
from solve2vec.linalg.rowblocks import row_blocks
from solve2vec.training.full_batch.deep import Deep, joined, split

LAMBDA = np.array([6.0, 4.5, 3.0, 2.0])


def target(V=30, seed=0):
    """Of rank 4, not symmetric."""
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.standard_normal((V, 4)))[0] for _ in range(2))
    return Target.from_array((left * LAMBDA) @ right.T, [f"w{i}" for i in range(V)])


def options(depth, **changes):
    given = {"dim": 5, "modes": 4, "tied": False, "depth": depth, "init_scale": 0.1, "integrator": "adaptive",
             "tolerance": 1e-9, "seed": 3}  # fmt: skip
    return PopulationOptions(**given | changes)


@pytest.mark.parametrize("depth", [3, 4, 7])
def test_the_law_solves_its_own_equation(depth):
    """ds/dt = L s^(2 - 2/L) (λ - s), Saxe et al. 2014, and it is half-way when it says."""
    λ, s0, times = 2.0, 1e-3, np.array([0.0, 0.5, 2.0, 5.0, 20.0, 100.0])
    solved = solve_ivp(
        lambda _, s: depth * s ** (2 - 2 / depth) * (λ - s), (0, 200), [s0], rtol=1e-11, atol=1e-14, dense_output=True
    ).sol
    made = aligned_strengths(np.array([λ, -1.0]), np.array([s0, 0.0]), times, depth)
    np.testing.assert_allclose(made[:, 0], solved(times)[0], atol=1e-9)
    assert not made[:, 1].any()
    τ = half_way_times(np.array([λ, λ, -1.0]), np.array([s0, 1.5, 0.1]), depth)
    assert solved(τ[0])[0] == pytest.approx(λ / 2, rel=1e-9)
    assert np.isnan(τ[1:]).all()


@pytest.mark.parametrize("depth", [3, 4, 5])
def test_the_flow_goes_down_the_loss_as_differences_say(depth):
    M, rng, d = target(V=9), np.random.default_rng(1), 3
    layers = [rng.standard_normal(shape) / 2 for shape in ((9, d), *[(d, d)] * (depth - 2), (9, d))]
    state = joined(layers[0], layers[1:-1], layers[-1])
    with row_blocks(9) as blocks:
        loss = Deep(M, blocks)
        product = np.linalg.multi_dot([*layers[:-1], layers[-1].T])
        assert loss.value(state) == pytest.approx(0.5 * np.square(M.toarray() - product).sum(), rel=1e-12)
        flow, differences, ε = loss.flow(state), np.empty_like(state), 1e-6
        for at in np.ndindex(*state.shape):
            moved = [state.copy(), state.copy()]
            moved[0][at] += ε
            moved[1][at] -= ε
            differences[at] = (loss.value(moved[0]) - loss.value(moved[1])) / (2 * ε)
    assert flow == pytest.approx(-differences, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("depth", [3, 4])
def test_an_aligned_start_follows_the_law_and_the_error_falls_with_the_step(depth):
    M = target()
    spectrum = solve(M, 4, tied=False)
    worst = []
    for step in (8e-3, 4e-3, 2e-3):
        settings = options(
            depth,
            dim=4,
            init_scale=0.1,
            start="aligned",
            integrator="fixed",
            learning_rate=step,
            duration=10.0,
            points=30,
        )
        run = population.train(M, settings, spectrum=spectrum).trajectory
        said = predict(spectrum, Start(0.1, 4, tied=False, depth=depth), times=run.time, target=M)
        worst.append(np.abs(said.strengths - run.strengths).max())
    assert worst[2] < 0.03 * LAMBDA[0]
    assert worst[1] / worst[0] == pytest.approx(0.5, abs=0.1)  # Euler's method is of first order
    assert worst[2] / worst[1] == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(("depth", "known"), [(3, "target"), (3, "modes"), (4, "modes")])
def test_any_start_is_predicted_layer_by_layer(depth, known):
    """From the whole matrix, and from its modes alone, which here are all that it has; to float32 of the target."""
    M = target()
    spectrum = solve(M, 4, tied=False, solver=solve2vec.Solver(tolerance=1e-6))
    run = population.train(M, options(depth), spectrum=spectrum)
    given = {"target": M} if known == "target" else {}
    start = Start(0.1, 5, tied=False, seed=3, depth=depth)
    said = predict(spectrum, start, times=run.trajectory.time, **given)
    np.testing.assert_allclose(said.strengths, run.trajectory.strengths, atol=2e-4)
    np.testing.assert_allclose(said.product_values[:, :4], run.trajectory.product_values[:, :4], atol=2e-4)
    moved = 0 if known == "target" else M.squared_norm() / 2
    np.testing.assert_allclose(said.loss + moved, run.trajectory.loss, atol=2e-3)
    half_way = np.array(predict(spectrum, start, **given).lineage.values_of("predict")["half_way"])
    there = population.train(M, options(depth), spectrum=spectrum, times=half_way).trajectory.strengths[1:]
    np.testing.assert_allclose(np.diagonal(there), LAMBDA / 2, rtol=1e-3)
    one, other = run.embedding, embedding_at(spectrum, start, run.trajectory.time[-1], **given)
    product = one.vectors @ one.context_vectors.T
    np.testing.assert_allclose(product, other.vectors @ other.context_vectors.T, atol=1e-4)


def test_the_deeper_the_more_of_the_time_is_rest():
    """From equal small products: the share of its own half-way time that a mode takes from a tenth to nine tenths."""
    shares = []
    for depth in (2, 3, 4):
        times = np.linspace(0, 1, 4001)
        if depth == 2:
            from solve2vec.dynamics.growth import aligned_strengths as law
            from solve2vec.dynamics.growth import half_way_times as half

            τ = half(np.array([2.0]), np.array([1e-4]))[0]
            s = law(np.array([2.0]), np.array([1e-4]), 3 * τ * times)[:, 0]
        else:
            τ = half_way_times(np.array([2.0]), np.array([1e-4]), depth)[0]
            s = aligned_strengths(np.array([2.0]), np.array([1e-4]), 3 * τ * times, depth)[:, 0]
        shares.append(3 * (times[np.argmax(s > 1.8)] - times[np.argmax(s > 0.2)]))
    assert shares[0] > 2 * shares[1] > 3 * shares[2]


def test_given_layers_are_the_ones_that_the_seed_draws():
    M = target()
    spectrum = solve(M, 4, tied=False)
    settings = options(3, duration=3.0, points=10)
    start = Start(0.1, 5, tied=False, seed=3, depth=3)
    layers = [start.draw(30)[0], *start.between(30), start.draw(30)[1]]
    drawn, given = (population.train(M, settings, spectrum=spectrum, warm_start=warm) for warm in (None, layers))
    assert drawn.trajectory.strengths.tobytes() == given.trajectory.strengths.tobytes()
    one, other = (predict(spectrum, how, times=drawn.trajectory.time, target=M) for how in (start, layers))
    np.testing.assert_allclose(one.strengths, other.strengths, atol=1e-12)
    assert split(joined(*[layers[0], layers[1:-1], layers[-1]]), 30)[1][0].tobytes() == layers[1].tobytes()


def test_threads_change_no_bit():
    M = target(V=90)
    found = []
    for threads in (1, 3):
        with using(threads=threads):
            found.append(population.train(M, options(3, duration=2.0, points=5)).embedding.fingerprint)
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PopulationOptions(depth=3), "set tied=False"),
        (lambda: PopulationOptions(depth=3, tied=False, loss="logistic"), "loss='unweighted' only"),
        (lambda: PopulationOptions(depth=1), "depth must be"),
        (lambda: Start(0.1, 4, depth=3), "untied"),
        (lambda: population.train(target(), options(3), warm_start=np.zeros((30, 5))), "go on from 3 arrays"),
        (lambda: population.train(target(), options(3), warm_start=[np.ones((30, 5))] * 3), r"\(5, 5\) array"),
        (lambda: predict(solve(target(), 4, tied=False), [np.ones((30, 5))] * 3), r"finite \(5, 5\)"),
        (lambda: aligned_strengths(np.array([1.0]), np.array([2.0]), np.array([1.0]), 3), "begin smaller"),
    ],
)
def test_what_no_deep_network_can_be_is_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_two_layers_are_as_they_were():
    """No lineage says depth where there are two."""
    settings = PopulationOptions(dim=3, modes=3, tied=False, duration=1.0, points=3)
    assert "depth" not in population.train(target(), settings).embedding.lineage.values_of("population_train")
    said = predict(solve(target(), 4, tied=False), Start(0.1, 4, tied=False, seed=0), times=[1.0])
    assert "depth" not in said.lineage.values_of("predict")


def test_commands_train_and_predict_deep_networks(tmp_path, capsys):
    counts = np.rint(20 * np.exp(np.random.default_rng(0).normal(size=(12, 12))))
    kept = solve2vec.Cooccurrence.from_matrix(counts + counts.T, [f"w{i}" for i in range(12)])
    kept.save(tmp_path / "run" / "cooccurrence")
    deep = ["--depth", "3", "--dim", "4", "--modes", "3", "--init-scale", "0.2", "--seed", "1"]
    run, out = str(tmp_path / "run"), str(tmp_path / "deep")
    train = ["train", run, "--population", "--model", "quadratic", "--reweighted", "--no-tied", *deep, "--out", out]
    assert main.run([*train, "--integrator", "adaptive"]) == 0
    assert "--untied --depth 3" in capsys.readouterr().out
    said = ["predict", out, "--untied", *deep[:4], "--init-scale", "0.2", "--seed", "1", "--at", out]
    assert main.run([*said, "--json"]) == 0
    capsys.readouterr()
    assert main.run(["compare", out, out, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["median_r_squared"] > 0.999
    assert main.run(said) == 0
    assert "of 3 layers in 4" in capsys.readouterr().out
    assert main.run(["predict", out, "--untied", "--depth", "3", "--init-scale", "0.2", "--dim", "4"]) == 0
    assert "of layers along the modes" in " ".join(capsys.readouterr().out.split())
    train[train.index("--no-tied")] = "--tied"
    assert main.run(train) == 2
    assert "set tied=False" in capsys.readouterr().err
