"""Trajectories: the noun, half-way times, and what the recorder measures, against the obvious road."""

import numpy as np
import pytest

import solve2vec
from solve2vec.training.recorder import Recorder, log_spaced

λ, s0 = np.array([5.0, 3.0, 1.0]), 1e-3


def law(time):
    return λ / (1 + (λ / s0**2 - 1) * np.exp(-2 * λ * time[:, None]))


def test_half_way_times_of_the_law_are_exact_from_few_moments():
    time = np.linspace(0, 12, 40)
    made = solve2vec.Trajectory(
        model="theory", time=time, loss=np.zeros(40), strengths=law(time), eigenvalues=λ
    ).half_way()
    assert made == pytest.approx(np.log(λ / s0**2 - 1) / (2 * λ), rel=1e-6)


def test_a_mode_that_does_not_rise_has_no_half_way_time():
    time = np.linspace(0, 2, 40)
    made = solve2vec.Trajectory(model="theory", time=time, loss=np.zeros(40), strengths=law(time), eigenvalues=λ)
    assert np.isnan(made.half_way()).tolist() == [False, True, True]
    assert np.isnan(made.half_way([-1.0, 0.0, 1e-9])).all()


def test_effective_rank_counts_equal_modes():
    strengths = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0]])
    made = solve2vec.Trajectory(
        model="x", time=np.arange(3.0), loss=np.zeros(3), strengths=strengths, eigenvalues=np.ones(2)
    )
    assert made.effective_rank.tolist() == [0, 1, 2]


def test_a_trajectory_survives_its_folder(tmp_path):
    made = solve2vec.Trajectory(
        model="sgns", time=np.arange(2.0), loss=np.ones(2), strengths=np.ones((2, 1)), eigenvalues=np.ones(1),
        score_names=("google",), scores=np.ones((2, 1)), mode_names=("a b c",),
    )  # fmt: skip
    made.save(tmp_path / "trajectory")
    again = solve2vec.load(tmp_path / "trajectory")
    assert again.fingerprint == made.fingerprint and again.score_names == ("google",) and again.step is None


def test_shapes_and_falling_times_are_refused():
    good = {"model": "x", "time": np.arange(2.0), "loss": np.ones(2), "strengths": np.ones((2, 1))}
    with pytest.raises(solve2vec.InputError, match="need loss"):
        solve2vec.Trajectory(**good, eigenvalues=np.ones(3))
    with pytest.raises(solve2vec.InputError, match="must rise"):
        solve2vec.Trajectory(**{**good, "time": np.array([1.0, 0.0])}, eigenvalues=np.ones(1))


def test_log_spaced_steps_rise_from_zero_to_the_last():
    made = log_spaced(1_000_000, 50)
    assert made[0] == 0 and made[-1] == 1_000_000 and (np.diff(made) > 0).all() and len(made) <= 51
    assert log_spaced(0, 5).tolist() == [0]


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize(("d", "K"), [(6, 4), (3, 8)])
def test_the_recorder_measures_what_dense_algebra_says(tied, d, K):
    rng = np.random.default_rng(0)
    V = 600
    M = rng.normal(size=(V, 8)) @ np.diag([9, 7, 5, 4, 3, 2, 1, 1]) @ rng.normal(size=(8, V))
    target = solve2vec.Target.from_array(M @ M.T if tied else M, [f"w{i}" for i in range(V)])
    spectrum = solve2vec.solve(target, K, tied=tied)
    W, U = rng.normal(size=(2, V, d))
    U = W if tied else U
    recorder = Recorder(spectrum, probe=lambda W: {"mean": float(W.mean())})
    recorder.record(W, None if tied else U, time=0.0, loss=1.0, step=0)
    made = recorder.trajectory("x")
    left = np.asarray(spectrum.eigenvectors, np.float64)
    right = left if tied else np.asarray(spectrum.right_vectors, np.float64)
    X, values, _ = np.linalg.svd(W @ U.T, full_matrices=False)
    assert made.strengths[0] == pytest.approx(np.diag(left.T @ W @ U.T @ right), rel=1e-9, abs=1e-9)
    assert made.singular_values[0] == pytest.approx(np.linalg.svd(W, compute_uv=False), rel=1e-9)
    assert made.product_values[0] == pytest.approx(values[:d], rel=1e-7)
    across = left.T @ X[:, : min(d, K)]
    assert made.alignment[0, :d] == pytest.approx(np.diag(across) ** 2, rel=1e-6, abs=1e-9)
    assert not made.alignment[0, d:].any()
    assert made.overlap[0] == pytest.approx((across**2).sum() / K, rel=1e-6)
    assert made.scores[0] == pytest.approx(W.mean()) and made.score_names == ("mean",)
    assert made.mode_names[0].split() == spectrum.mode_words(0, 3)[0]
