"""The closed form of learning: by hand, against the integrated flow, against gradient descent, and its limits."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import solve2vec
from solve2vec import InputError, Start, predict
from solve2vec.datasets.synthetic import planted_spectrum
from solve2vec.dynamics import embedding_at, embeddings_at, growth_frames
from solve2vec.dynamics.growth import aligned_strengths, ceiling, half_way_times, log_growth
from solve2vec.dynamics.riccati import Flow
from solve2vec.dynamics.starts import perpendicular_squares


def flow(M, W, U=None, *, times):
    """The obvious road: W (and U) at each time, by an integrator of high order."""

    def velocity(_, y):
        X = y.reshape(-1, *W.shape)
        rest = M - X[0] @ X[-1].T
        return np.concatenate([(rest @ X[-1]).ravel()] + ([(rest.T @ X[0]).ravel()] if U is not None else []))

    begin = np.concatenate([X.ravel() for X in (W, U) if X is not None])
    made = solve_ivp(velocity, (0, times[-1]), begin, "DOP853", t_eval=times, rtol=1e-12, atol=1e-14).y.T
    return [(X[0], X[-1]) for X in made.reshape(len(times), -1, *W.shape)]


def symmetric(V, seed=0):
    B = np.random.default_rng(seed).normal(size=(V, V))
    return (B + B.T) / 2


def solved(M, K, *, tied=True):
    target = solve2vec.Target.from_array(M, [f"w{i}" for i in range(len(M))])
    return target, solve2vec.solve(target, K, tied=tied)


def apart(one, other):
    return np.abs(one - other).max() / np.abs(other).max()


# --- one mode --------------------------------------------------------------------------------------------------------


def test_the_law_by_hand():
    """λ = 2 from s_0² = ½: s²(t) = 2 / (1 + 3 e^(-4t)), half-way at ln 3 / 4."""
    t = np.array([0.0, 0.1, np.log(3) / 4, 2.0])
    assert aligned_strengths(np.array([2.0]), np.array([0.5]), t)[:, 0] == pytest.approx(2 / (1 + 3 * np.exp(-4 * t)))
    assert half_way_times(np.array([2.0]), np.array([0.5])) == pytest.approx(np.log(3) / 4)


def test_without_an_eigenvalue_a_mode_fades_as_one_over_time():
    """ds²/dt = -2 s⁴: s² = s_0² / (1 + 2 s_0² t); and λ = ±1e-12 is no different."""
    t = np.array([0.5, 3.0])
    made = aligned_strengths(np.array([0.0, 1e-12, -1e-12]), np.full(3, 0.7), t)
    assert made == pytest.approx(np.repeat((0.7 / (1 + 1.4 * t))[:, None], 3, axis=1))


def test_growth_is_the_integral_it_stands_for():
    λ, t, s = np.array([3.0, 0.4, 0.0, -0.4, -30.0]), 0.8, np.linspace(0, 0.8, 200_001)
    integral = 2 * np.trapezoid(np.exp(2 * λ * s[:, None]), s, axis=0)
    assert np.exp(log_growth(λ, t)) == pytest.approx(integral, rel=1e-7)
    assert ceiling(λ, t) == pytest.approx(np.exp(2 * λ * t) / integral, rel=1e-7)


def test_times_far_beyond_the_range_of_e_to_the_x_are_no_trouble():
    λ = np.array([500.0, 3.0, 0.0, -9000.0])
    made = Flow(λ, np.random.default_rng(0).normal(size=(4, 2)) * 1e-6).at(1e4)
    assert (made**2).sum(axis=1) == pytest.approx([500, 3, 0, 0], abs=1e-9)
    assert aligned_strengths(λ[:2], np.full(2, 1e-12), np.array([1e4]))[0] == pytest.approx(λ[:2])


# --- the exact flow --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [2, 6, 9, 13])
@pytest.mark.parametrize("scale", [1e-3, 0.3, 2.0])
def test_the_riccati_solution_is_the_integrated_flow(d, scale):
    """Indefinite M of 9 words, about half of its eigenvalues positive; d below and above their number, and above V."""
    M, times = symmetric(9), np.array([0.05, 0.5, 2.0, 5.0])
    W = np.random.default_rng(1).normal(size=(9, d)) * scale
    λ, E = np.linalg.eigh(M)
    exact = Flow(λ[::-1], E[:, ::-1].T @ W)
    for t, (seen, _) in zip(times, flow(M, W, times=times), strict=True):
        made = E[:, ::-1] @ exact.at(t)
        assert apart(made @ made.T, seen @ seen.T) < 1e-9


def test_modes_that_the_start_lacks_stay_away():
    """Mode 0 has no part in the start, and two modes share one direction of it."""
    λ, A = np.array([5.0, 3.0, 2.0, 1.0]), np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0], [0, 1, 1]]) * 0.1
    for t, (seen, _) in zip([0.3, 3.0], flow(np.diag(λ), A, times=[0.3, 3.0]), strict=True):
        made = Flow(λ, A).at(t)
        assert apart(made @ made.T, seen @ seen.T) < 1e-9
    assert (Flow(λ, A).at(60.0) ** 2).sum(axis=1) == pytest.approx([0, 3, 0, 1], abs=1e-9)


def test_rounding_in_the_start_does_not_grow_into_a_mode():
    """A start of rank 1 stays of rank 1, though e^(λt) would make 1e-17 a mode many times over."""
    rng = np.random.default_rng(9)
    A = np.outer(rng.normal(size=4), rng.normal(size=3))
    assert np.linalg.norm(Flow(np.array([4.0, 3.0, 2.0, 1.0]), A).at(100.0)) ** 2 == pytest.approx(4)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("whole", [True, False])
def test_a_prediction_from_a_large_start_is_the_integrated_flow(tied, whole):
    """Strengths, values, loss and vectors to 1e-6: the modes are stored as float32.

    Two matrices start in balance.  Without the target the frame is the solved modes; M then has no others.
    """
    rng = np.random.default_rng(2)
    λ = [6.0, 4.0, 3.0, 1.0] + ([-1.5, -40.0] if whole else [])
    M = planted_spectrum(λ, 12, seed=3)
    if not tied:
        M = M @ np.linalg.qr(rng.normal(size=(12, 12)))[0]
    target, spectrum = solved(M, 4, tied=tied)
    M = target.toarray()
    W = rng.normal(size=(12, 5))
    U = None if tied else np.linalg.qr(rng.normal(size=(12, 12)))[0] @ W
    start, times = W if tied else (W, U), np.array([0.0, 0.02, 0.1, 0.4, 1.5])
    if not tied and whole:
        times[-1] = 0.7
    made = predict(spectrum, start, times=times, target=target if whole else None)
    left = np.asarray(spectrum.eigenvectors, np.float64)
    right = left if tied else np.asarray(spectrum.right_vectors, np.float64)
    for j, (X, Y) in enumerate(flow(M, W, U, times=times)):
        product = X @ Y.T
        assert apart(made.strengths[j], np.diag(left.T @ product @ right)) < 1e-6
        assert apart(made.product_values[j], np.linalg.svd(product)[1][:5]) < 1e-6
        assert apart(made.singular_values[j], np.linalg.svd(X)[1]) < 1e-6
        base = 0 if whole else (M**2).sum()
        loss = (0.25 if tied else 0.5) * (((M - product) ** 2).sum() - base)
        assert made.loss[j] == pytest.approx(loss, rel=1e-5)
        top = np.linalg.svd(product)[0][:, :4]
        assert made.overlap[j] == pytest.approx(((left.T @ top) ** 2).sum() / 4, abs=1e-5)
        assert made.alignment[j] == pytest.approx((left * top).sum(axis=0) ** 2, abs=1e-5)
        at = embedding_at(spectrum, start, times[j], target=target if whole else None)
        contexts = at.vectors if tied else at.context_vectors
        assert apart(at.vectors @ contexts.T, product) < 1e-6
    told = made.lineage.values_of("predict")
    assert told["frame"] == ("all modes" if whole else "4 modes, 0 elsewhere") and told["imbalance"] < 1e-9


@pytest.mark.parametrize("δ", [-1.3, 0.4])
def test_two_matrices_out_of_balance_by_one_number_are_exact_too(δ):
    """W_0ᵀW_0 - U_0ᵀU_0 = δI: the flow of the pair is that of one matrix on M' + ½δJ (Dominé et al. 2025)."""
    rng = np.random.default_rng(4)
    target, spectrum = solved(rng.normal(size=(7, 7)), 5, tied=False)
    d, (small, large) = 3, (0.6, np.sqrt(0.36 + abs(δ)))
    Q, R = (np.linalg.qr(rng.normal(size=(7, d)))[0] for _ in range(2))
    W, U = (large * Q, small * R) if δ > 0 else (small * Q, large * R)
    times = np.array([0.1, 0.6, 1.5])
    made = predict(spectrum, (W, U), times=times, target=target)
    left, right = (np.asarray(side, np.float64) for side in (spectrum.eigenvectors, spectrum.right_vectors))
    for j, (X, Y) in enumerate(flow(target.toarray(), W, U, times=times)):
        assert apart(made.strengths[j], np.diag(left.T @ X @ Y.T @ right)) < 1e-6


def test_the_error_of_an_unbalanced_start_falls_with_its_imbalance():
    """What D = WᵀW - UᵀU has beyond δI is left out: an error in proportion, said in the lineage, tiny for small σ."""
    rng = np.random.default_rng(5)
    target, spectrum = solved(rng.normal(size=(8, 8)), 4, tied=False)
    W, U = rng.normal(size=(2, 8, 3))
    times, errors, imbalances = np.array([1.0, 2.0, 3.0]), [], []
    for σ in (1e-1, 1e-2, 1e-3):
        made = predict(spectrum, (σ * W, σ * U), times=times, target=target)
        left, right = (np.asarray(side, np.float64) for side in (spectrum.eigenvectors, spectrum.right_vectors))
        seen = [np.diag(left.T @ X @ Y.T @ right) for X, Y in flow(target.toarray(), σ * W, σ * U, times=times)]
        errors.append(apart(made.strengths, np.array(seen)))
        imbalances.append(made.lineage.values_of("predict")["imbalance"])
    assert np.array(imbalances[:2]) / imbalances[1:] == pytest.approx(100, rel=1e-6)
    assert errors[0] < imbalances[0] and errors[1] < errors[0] / 30 and errors[2] < 1e-5


# --- small starts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tied", [True, False])
def test_as_the_start_shrinks_the_exact_flow_becomes_the_aligned_law(tied):
    M = planted_spectrum([7.0, 5.0, 3.0, -2.0], 30, seed=6)
    if not tied:
        M = M @ np.linalg.qr(np.random.default_rng(7).normal(size=(30, 30)))[0]
    target, spectrum = solved(M, 3, tied=tied)
    far = []
    for σ in (1e-1, 1e-3, 1e-6):
        start = Start(σ, dim=6, tied=tied, seed=8)
        aligned = predict(spectrum, start, method="aligned")
        exact = predict(spectrum, start, method="exact", target=target, times=aligned.time)
        far.append(np.abs((exact.half_way() / aligned.lineage.values_of("predict")["half_way"]) - 1).max())
    assert far[2] < 1e-5 and far[1] < 1e-2 and far[1] < far[0] / 3


@pytest.mark.parametrize("tied", [True, False])
def test_average_half_way_times_and_their_spread_are_those_of_many_starts(tied):
    """d = 5: the last mode has one degree of freedom left, and σ²d alone would have it far too early."""
    λ, d, σ = np.array([16.0, 11.0, 7.0, 4.0, 2.0]), 5, 1e-8
    start = Start(σ, d, tied)
    seen = []
    for seed in range(4000):
        W, U = Start(σ, d, tied, seed).draw(5)
        seen.append(half_way_times(λ, perpendicular_squares(W if tied else (W + U) / 2)))
    expected = half_way_times(λ, start.typical_squares(5))
    spread = start.half_way_spread(λ)
    assert np.abs(np.mean(seen, axis=0) - expected).max() < 4 * (spread / np.sqrt(4000)).max()
    assert (np.abs(np.mean(seen, axis=0) - expected) < 4 * spread / np.sqrt(4000)).all()
    assert np.std(seen, axis=0) == pytest.approx(spread, rel=0.1)
    naive = half_way_times(λ, np.full(5, σ**2 * d * (1 if tied else 0.5)))
    assert expected[4] - naive[4] > spread[4]


def test_d_dimensions_hold_d_modes():
    """Only the exact flow shows how the first two push the others out, slowly where eigenvalues are close."""
    _, spectrum = solved(planted_spectrum([5.0, 4.0, 2.0, 1.0], 20), 4)
    for start in (Start(1e-4, dim=2), Start(1e-4, dim=2, seed=0)):
        made = predict(spectrum, start, times=np.linspace(0, 12, 500))
        assert made.strengths[-1] == pytest.approx([5, 4, 0, 0], abs=1e-6)
        assert np.isnan(made.half_way()).tolist() == [False, False, True, True]
        assert made.singular_values.shape == (len(made), 2)
    assert made.overlap[-1] == pytest.approx(2 / 4, abs=1e-6)


@pytest.mark.parametrize(("scale", "seed"), [(1e-3, 0), (1e-3, 1), (0.5, 2), (1.5, 0)])
def test_half_way_times_are_those_of_the_flow_whatever_moments_are_asked_for(scale, seed):
    """Against the integrated flow, 8,000 moments of it: 5 modes, 4 close to each other, in 2 dimensions.

    A mode may rise first and be pushed out again, rise long after its own time, or be there at the start.
    """
    λ = [5.0, 4.4, 4.2, 4.0, 1.0]
    target, spectrum = solved(planted_spectrum(λ, 8), 5)
    W = np.random.default_rng(seed).normal(size=(8, 2)) * scale
    fine = np.r_[0, np.geomspace(0.01, 30, 8000)]
    road = flow(target.toarray(), W, times=fine)
    along = np.array([((spectrum.eigenvectors.T @ X) ** 2).sum(axis=1) for X, _ in road])
    seen = solve2vec.Trajectory(model="seen", time=fine, loss=0 * fine, strengths=along, eigenvalues=np.array(λ))
    τ = np.where(along[0] >= seen.eigenvalues / 2, 0, seen.half_way())
    assert np.isfinite(τ).sum() >= 2 and np.isnan(τ).any()
    for times in (None, [0.5], [0.0, 3.0, 50.0]):
        made = predict(spectrum, W, times=times, target=target)
        told = np.array(made.lineage.values_of("predict")["half_way"], float)
        assert told == pytest.approx(τ, rel=1e-5, nan_ok=True)
    default = predict(spectrum, W, target=target)
    assert np.isfinite(default.half_way()).sum() == (τ > 0).sum()
    assert default.half_way()[τ > 0] == pytest.approx(τ[τ > 0], rel=0.01)


def test_a_mode_that_pushes_another_out_rises_however_late():
    """λ = 1 and .99 in one dimension, b² = 10¹⁰ a²: mode 1 comes first, and mode 0 must make up for its start.

    x = s_0²/s_1² = (a/b)² e^(2(λ_0 - λ_1)t) exactly, and s_0² + s_1² soon is (x + .99)/(1 + x); so s_0² = ½ where
    ½x² - .01x - ½ = 0.
    """
    target, spectrum = solved(np.diag([1.0, 0.99]), 2)
    made = predict(spectrum, np.array([[1e-9], [1e-4]]), target=target)
    τ = np.log((0.01 + np.sqrt(1.0001)) * 1e10) / 0.02
    assert made.lineage.values_of("predict")["half_way"][0] == pytest.approx(τ, rel=1e-5)
    assert made.half_way()[0] == pytest.approx(τ, rel=1e-3) and made.time[-1] < 3 * τ


def test_each_step_takes_a_quarter_or_half_of_the_squared_eigenvalue():
    """The staircase: ¼‖M‖² falls by λ_k²/4 at each rise; untied, ½‖M‖² by σ_k²/2, negative eigenvalues too."""
    for tied, λ, share in ((True, [90.0, 9.0, 1.0], 4), (False, [90.0, -9.0, 1.0], 2)):
        target, spectrum = solved(planted_spectrum(λ, 15), 3, tied=tied)
        start = Start(1e-12, dim=15, tied=tied, seed=1)
        τ = predict(spectrum, start, method="aligned").half_way()
        between = np.sqrt(τ[:-1] * τ[1:])
        for method in ("aligned", "exact"):
            made = predict(spectrum, start, method=method, target=target, times=[0, *between, 3 * τ[-1]])
            assert -np.diff(made.loss) == pytest.approx(np.square(λ) / share, rel=1e-5)
            assert made.loss[0] == pytest.approx(target.squared_norm() / share, rel=1e-5)
            assert np.round(made.effective_rank[1:], 1).tolist()[0] == 1.0


def test_planted_modes_rise_in_gradient_descent_when_theory_says():
    """Descent in plain NumPy from σ = 1e-4: every τ within 2 %, every R² at least .999, better as steps shrink."""
    world = solve2vec.planted_corpus()
    target = solve2vec.Target.from_array(world.mstar(), world.words)
    spectrum = solve2vec.solve(target, 11)
    M, start = target.toarray(), Start(1e-4, dim=20, seed=3)
    worst = []
    for η in (2e-3, 5e-4):
        W, _ = start.draw(len(M))
        times, rows = [0.0], [np.diag(spectrum.eigenvectors.T @ W @ W.T @ spectrum.eigenvectors)]
        for step in range(1, round(2.4 / η) + 1):
            W = W + η * (M - W @ W.T) @ W
            if step % round(0.02 / η) == 0:
                times.append(η * step)
                rows.append(((spectrum.eigenvectors.T @ W) ** 2).sum(axis=1))
        seen = solve2vec.Trajectory(model="descent", time=np.array(times), loss=np.zeros(len(times)),
                                    strengths=np.array(rows), eigenvalues=spectrum.eigenvalues)  # fmt: skip
        found = solve2vec.compare(predict(spectrum, start, target=target, times=times), seen)
        assert all(abs(mode.ratio - 1) < 0.02 and mode.r_squared > 0.999 for mode in found.modes)
        assert found.order_agreement == 1
        worst.append(max(abs(mode.ratio - 1) for mode in found.modes))
    assert worst[1] < worst[0] / 3


def test_the_start_is_the_one_that_population_training_draws():
    from solve2vec.training.full_batch.population import PopulationOptions, starting_point

    target, spectrum = solved(symmetric(9) + 9 * np.eye(9), 3)
    for tied in (True, False):
        modes = spectrum if tied else solve2vec.solve(target, 3, tied=False)
        theirs = starting_point(target, PopulationOptions(dim=4, tied=tied, init_scale=0.3, seed=5), modes, None)
        ours = Start(0.3, dim=4, tied=tied, seed=5).draw(9)
        assert all(np.array_equal(a, b) for a, b in zip(theirs, ours, strict=False))


# --- embeddings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("method", ["aligned", "exact"])
def test_the_embedding_tends_to_the_closed_form(tied, method):
    target, spectrum = solved(planted_spectrum([7.0, 5.0, 3.0], 12), 3, tied=tied)
    at = embedding_at(spectrum, Start(1e-3, dim=2, tied=tied, seed=0), 1e3, method=method, target=target)
    end = solve2vec.embed(spectrum, dim=2)
    assert at.vectors == pytest.approx(end.vectors, abs=1e-5)
    if not tied:
        assert at.context_vectors == pytest.approx(end.context_vectors, abs=1e-5)


def test_both_methods_give_the_embedding_of_their_own_trajectory():
    target, spectrum = solved(planted_spectrum([7.0, 5.0, 3.0], 12), 3)
    start = Start(1e-3, dim=4, seed=0)
    for method in ("aligned", "exact"):
        made = predict(spectrum, start, method=method, target=target)
        some = made.time[[40, 90, 150]]
        for j, at in zip(
            (40, 90, 150), embeddings_at(spectrum, start, some, method=method, target=target), strict=True
        ):
            along = spectrum.eigenvectors.T @ at.vectors
            assert (along**2).sum(axis=1) == pytest.approx(made.strengths[j], rel=1e-4, abs=1e-9)
            along = along[:, :3]  # columns stand along modes as far as they can: symmetric, no eigenvalue below 0
            assert np.abs(along - along.T).max() < 1e-5 and np.linalg.eigvalsh(along)[0] > -1e-5


def test_frames_of_the_growing_space_are_columns_of_the_embedding():
    _, spectrum = solved(planted_spectrum([7.0, 5.0, 3.0], 12), 3)
    start = Start(1e-3, dim=3)
    made = predict(spectrum, start)
    times, places, strengths = growth_frames(made, spectrum, start, [4, 0], plane=(0, 2), frames=5)
    assert places.shape == (5, 2, 2) and strengths.shape == (5, 3)
    at = embedding_at(spectrum, start, times[3])
    assert np.array_equal(places[3], at.vectors[[4, 0]][:, [0, 2]])
    with pytest.raises(InputError, match="more dimensions"):
        growth_frames(made, spectrum, start, [0], plane=(0, 3))


# --- the door --------------------------------------------------------------------------------------------------------


def test_default_moments_see_every_mode_rise():
    _, spectrum = solved(planted_spectrum([50.0, 5.0, 1.0], 20), 3)
    for start in (Start(1e-6, 5), Start(1e-6, 5, seed=1), Start(2.0, 5, seed=1)):
        made = predict(spectrum, start)
        assert made.time[0] == 0 and made.strengths[-1] == pytest.approx([50, 5, 1], rel=0.01)
    assert predict(spectrum, Start(1e-6, 5), modes=2).strengths.shape[1] == 2


def test_a_prediction_says_what_it_rests_on_and_survives_its_folder(tmp_path):
    target, spectrum = solved(planted_spectrum([5.0, 1.0], 10), 2)
    for known in (None, target):
        made = predict(spectrum, Start(1e-3, 2), target=known)
        told = made.lineage.values_of("predict")
        assert told["loss"] == ("absolute" if known else "less its value at W = 0") and told["method"] == "aligned"
        made.save(tmp_path / "prediction")
        again = solve2vec.load(tmp_path / "prediction")
        assert again.fingerprint == made.fingerprint and again.lineage.values_of("predict") == told


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": Start(1e-3, 2), "method": "exact"}, "give it a seed"),
        ({"start": Start(1e-3, 2), "method": "euler"}, "one of aligned, exact, got"),
        ({"start": Start(1e-3, 2, tied=False)}, "tied=False"),
        ({"start": np.zeros((3, 2))}, r"finite \(10, d\)"),
        ({"start": np.full((10, 2), np.nan)}, "finite"),
        ({"start": np.zeros((10, 2))}, "no mode rises"),
        ({"start": Start(1e-3, 2), "times": [1.0, 0.5]}, "rising"),
        ({"start": Start(1e-3, 2), "times": [-1.0]}, "from 0"),
        ({"start": Start(1e-3, 2), "modes": 0}, "at least 1"),
    ],
)
def test_what_cannot_be_predicted_is_refused(arguments, message):
    _, spectrum = solved(planted_spectrum([5.0, 1.0], 10), 2)
    with pytest.raises(InputError, match=message):
        predict(spectrum, **arguments)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("method", ["aligned", "exact"])
def test_modes_of_another_matrix_are_refused(method, tied):
    """The same words and nearly the same entries; what was solved itself is taken, rounded as it is."""
    M = planted_spectrum([5.0, 2.0, 1.0], 200)
    target, spectrum = solved(M, 2, tied=tied)
    other, _ = solved(M + 1e-3 * np.eye(200), 2)
    start = Start(1e-3, 2, tied, seed=0)
    assert predict(spectrum, start, method=method, target=target).strengths[-1] == pytest.approx([5, 2], rel=1e-3)
    for call in (lambda: predict(spectrum, start, method=method, target=other),
                 lambda: embedding_at(spectrum, start, 1.0, method=method, target=other)):  # fmt: skip
        with pytest.raises(InputError, match="the spectrum is not of this target"):
            call()
    renamed = solve2vec.Target.from_array(M, [f"x{i}" for i in range(200)])
    with pytest.raises(InputError, match="other words"):
        predict(spectrum, start, method=method, target=renamed)


def test_eigenvalues_are_refused_where_singular_values_are_learned():
    _, spectrum = solved(planted_spectrum([5.0, 1.0], 10), 2, tied=False)
    with pytest.raises(InputError, match="tied=True"):
        predict(spectrum, Start(1e-3, 2))


@pytest.mark.parametrize(
    ("values", "message"),
    [({"init_scale": 0.0}, "above 0"), ({"dim": 0}, "dim"), ({"seed": -1}, "seed")],
)
def test_a_start_that_is_none_is_refused(values, message):
    with pytest.raises(InputError, match=message):
        Start(**({"init_scale": 1e-3, "dim": 2} | values))


def test_an_average_start_cannot_be_drawn():
    with pytest.raises(InputError, match="seed"):
        Start(1e-3, 2).draw(5)


def test_a_prediction_at_few_moments_tells_the_half_way_times_of_the_flow():
    target, spectrum = solved(symmetric(30, seed=3), 4)
    start = Start(1e-3, 6, seed=1)
    true = predict(spectrum, start, target=target).half_way()
    few = predict(spectrum, start, target=target, times=[0.0, true[1] / 3, 1.05 * true[1], 1.2 * true[1]])
    np.testing.assert_allclose(few.half_way()[:2], true[:2], rtol=1e-9)
    late = true > few.time[-1]
    assert late.any() and np.isnan(few.half_way()[late]).all()


def test_a_start_too_large_for_numbers_is_refused():
    with pytest.raises(InputError, match=r"init_scale must be .* at most 1e\+100, got 1e\+300"):
        Start(init_scale=1e300, dim=2)
