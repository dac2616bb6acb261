"""Weighted factorization against dense normal equations, the truncated decomposition, and population training."""

from dataclasses import replace

import numpy as np
import pytest

import solve2vec
from solve2vec import Cooccurrence, Formula, InputError, NotConverged
from solve2vec.linalg.rowblocks import row_blocks
from solve2vec.training.full_batch.halfsteps import WeightedSteps
from solve2vec.training.full_batch.losses import Quadratic
from solve2vec.training.full_batch.pairs import Pairs
from solve2vec.training.full_batch.weighted import WeightedOptions, _alternate, factorize

FORMULAS = [
    Formula(shrinkage=0),
    Formula(negatives=5, context_smoothing=0.75, shrinkage=2.0),
    Formula(negatives=2, context_smoothing=0.75, shrinkage=0, symmetric=False, subsample=0.01),
]
TIGHT = WeightedOptions(dim=2, tolerance=1e-12, sweeps=3000)


def counted(V=90, seed=0, seen=0.3):
    rng = np.random.default_rng(seed)
    p = 1 / np.arange(2, V + 2)
    taste = rng.normal(size=(V, 3))
    C = np.triu(rng.poisson(3e4 * np.outer(p, p) / (p.sum() ** 2) * np.exp(0.6 * taste @ taste.T)) + 1)
    C = np.triu(C * (rng.random((V, V)) < seen), 1)
    return Cooccurrence.from_matrix(C + C.T + np.eye(V), [f"w{i}" for i in range(V)])


def weights_and_target(counts, formula):
    """g and M* as (V, V) arrays, written out."""
    C = counts.counts.toarray() / counts.denominator
    drawn = C.sum(axis=1)
    if formula.subsample is not None:
        keep = counts.vocabulary.keep_probability(formula.subsample)
        C = C * np.outer(keep, keep)
    P, n = C.sum(axis=1) / C.sum(), C.sum()
    q = drawn**formula.context_smoothing / (drawn**formula.context_smoothing).sum()
    E = formula.negatives * n * np.outer(P, q)
    E = np.sqrt(E * E.T) if formula.symmetric else E
    return (C + E + formula.shrinkage) / (8 * n), 2 * (C - E) / (C + E + formula.shrinkage)


def slow_half_step(g, M, U, ridge):
    """Each w_i by the weighted least squares of its own row."""
    d = U.shape[1]
    return np.array(
        [np.linalg.solve((U * g[i][:, None]).T @ U + ridge * np.eye(d), U.T @ (g[i] * M[i])) for i in range(len(M))]
    )


@pytest.mark.parametrize("ridge", [0.0, 0.3])
@pytest.mark.parametrize("formula", FORMULAS)
def test_each_half_step_solves_the_dense_normal_equations_and_knows_its_loss(formula, ridge):
    counts = counted()
    g, M = weights_and_target(counts, formula)
    U = np.random.default_rng(1).normal(size=(len(counts), 5))
    r = ridge * g.mean()
    with row_blocks(len(counts)) as blocks:
        target = solve2vec.build_target(counts, formula)
        solver = WeightedSteps(Pairs.of(counts, target), target, blocks, ridge)
        W, loss = solver.for_rows(U)
        assert slow_half_step(g, M, U, r) == pytest.approx(W, rel=1e-9, abs=1e-10)
        assert loss == pytest.approx((g * (W @ U.T - M) ** 2).sum() + r * ((W**2).sum() + (U**2).sum()), rel=3e-6)
        U, loss = solver.for_columns(W)
        assert slow_half_step(g.T, M.T, W, r) == pytest.approx(U, rel=1e-9, abs=1e-10)
        assert loss == pytest.approx((g * (W @ U.T - M) ** 2).sum() + r * ((W**2).sum() + (U**2).sum()), rel=3e-6)


@pytest.mark.parametrize("start", ["spectral", "random"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_the_loss_never_rises(formula, start):
    made = factorize(counted(), WeightedOptions(dim=6, start=start, tolerance=1e-7, sweeps=300), formula=formula)
    assert made.converged and len(made.losses) > 4
    assert (np.diff(made.losses) <= 1e-12 * made.losses[0]).all() and made.losses[-1] < made.losses[0]


@pytest.mark.parametrize("formula", FORMULAS)
def test_where_it_ends_population_training_has_nothing_left_to_do(formula):
    counts = counted()
    target = solve2vec.build_target(counts, formula)
    made = factorize(counts, TIGHT, formula=formula)
    W, U = made.embedding.vectors.astype(float), made.embedding.context_vectors.astype(float)
    with row_blocks(len(counts)) as blocks:
        loss = Quadratic.of(Pairs.of(counts, target), blocks)
        state = np.stack([W, U])
        assert loss.value(state) == pytest.approx(made.losses[-1], rel=1e-5)
        before = np.abs(loss.flow(state / 2)).max()
        assert np.abs(loss.flow(state)).max() < 1e-4 * before


def test_random_and_spectral_starts_end_at_one_loss():
    counts = counted()
    ends = [factorize(counts, replace(TIGHT, tolerance=1e-9, start=start)) for start in ("spectral", "random")]
    assert ends[0].losses[-1] == pytest.approx(ends[1].losses[-1], rel=1e-6)


def test_the_weighted_optimum_fits_better_under_its_weights_than_the_closed_form_does():
    counts, formula = counted(), Formula(shrinkage=0)
    g, M = weights_and_target(counts, formula)
    A, σ, Bt = np.linalg.svd(M)
    closed = (A[:, :4] * σ[:4]) @ Bt[:4]
    made = factorize(counts, WeightedOptions(dim=4), formula=formula)
    ours = made.embedding.vectors.astype(float) @ made.embedding.context_vectors.T
    assert (g * (ours - M) ** 2).sum() < 0.9 * (g * (closed - M) ** 2).sum()
    assert ((ours - M) ** 2).sum() > ((closed - M) ** 2).sum()


@pytest.mark.parametrize("start", ["spectral", "random"])
@pytest.mark.parametrize("ridge", [0.0, 2.0])
def test_equal_weights_give_the_truncated_decomposition_less_the_ridge(start, ridge):
    counts, formula = counted(), Formula(shrinkage=0)
    _, M = weights_and_target(counts, formula)
    A, σ, Bt = np.linalg.svd(M)
    alternation = WeightedOptions(dim=2, weights="unweighted", start=start, ridge=ridge, tolerance=1e-14, sweeps=3000)
    made = factorize(counts, alternation, formula=formula)
    fitted = made.embedding.vectors.astype(float) @ made.embedding.context_vectors.T
    off = np.abs(fitted - (A[:, :2] * (σ[:2] - ridge)) @ Bt[:2]).max()
    assert off < 2e-5
    assert made.embedding.eigenvalues == pytest.approx(σ[:2] - ridge, rel=1e-6)
    assert made.losses[-1] == pytest.approx((σ[2:] ** 2).sum() + (2 * ridge * σ[:2] - ridge**2).sum(), rel=1e-7)


def test_the_columns_are_balanced_and_strongest_first():
    made = factorize(counted(), replace(TIGHT, tolerance=1e-6))
    aim = pytest.approx(np.diag(made.embedding.eigenvalues), abs=1e-3)
    assert all(side.T @ side == aim for side in (made.embedding.vectors, made.embedding.context_vectors))
    assert (np.diff(made.embedding.eigenvalues) <= 0).all()


@pytest.mark.parametrize(("weights", "V"), [("model", 300), ("unweighted", 2200)])
def test_one_two_and_three_threads_give_the_same_bits(weights, V):
    counts = counted(V=V, seen=0.02)
    alternation = WeightedOptions(dim=5, weights=weights, start="random", sweeps=2, tolerance=0.999)
    made = [factorize(counts, alternation, threads=threads) for threads in (1, 2, 3)]
    assert len({run.embedding.fingerprint for run in made}) == 1
    assert len({run.losses.tobytes() for run in made}) == 1


def test_an_embedding_is_a_warm_start_and_its_own_answer_stays():
    counts = counted()
    first = factorize(counts, replace(TIGHT, tolerance=1e-9))
    again = factorize(counts, replace(TIGHT, tolerance=1e-6), warm_start=first.embedding)
    assert len(again.losses) == 4 and again.losses[-1] == pytest.approx(first.losses[-1], rel=1e-7)
    tied = solve2vec.embed(solve2vec.solve(solve2vec.mstar(counts, shrinkage=0.0), 2))
    assert factorize(counts, replace(TIGHT, tolerance=1e-4), warm_start=tied).losses[-1] < 1.5 * first.losses[-1]


@pytest.mark.parametrize(("tolerance", "sweeps", "converged"), [(0.5, 2, True), (0.05, 3, True), (0.01, 4, False)])
def test_it_stops_when_a_whole_sweep_changed_too_little(tolerance, sweeps, converged):
    """Losses by hand: sweeps end at 100, 60, 58, 56, so the shares they fell by are 0.4, 0.033 and 0.034."""
    losses = iter([101.0, 100.0, 60.5, 60.0, 59.0, 58.0, 57.9, 56.0])
    by_hand = [lambda given: (given, next(losses))] * 2
    *_, made, found = _alternate(*by_hand, np.eye(2), WeightedOptions(dim=2, tolerance=tolerance, sweeps=4))
    assert (len(made), found) == (2 * sweeps, converged)


def test_too_few_sweeps_are_told():
    with pytest.warns(NotConverged, match="raise sweeps"):
        assert not factorize(counted(), replace(TIGHT, sweeps=2)).converged


def test_equations_without_a_solution_name_the_ridge():
    counts, U = counted(), np.zeros((90, 2), np.float32)
    start = solve2vec.Embedding.from_vectors(list(counts.vocabulary.words), U)
    with pytest.raises(InputError, match="singular: use fewer dimensions, or a ridge"):
        factorize(counts, TIGHT, warm_start=start)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"dim": 0}, "dim must be at least 1"),
        ({"sweeps": 0}, "sweeps must be at least 1"),
        ({"weights": "mine"}, "weights must be one of"),
        ({"start": "zero"}, "start must be one of"),
        ({"tied": True}, "cannot be alternated: use population.train"),
        ({"ridge": -1.0}, "ridge must be"),
        ({"tolerance": 0.0}, "tolerance must be"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_settings_that_cannot_stand_are_refused(settings, problem):
    with pytest.raises(InputError, match=problem):
        WeightedOptions(**settings)


def test_what_does_not_fit_together_is_refused():
    counts = counted(V=20)
    with pytest.raises(InputError, match="use dim=20 or less"):
        factorize(counts, WeightedOptions(dim=21))
    with pytest.raises(InputError, match="belong to mstar, not to ppmi"):
        factorize(counts, WeightedOptions(dim=2), formula=Formula(kind="ppmi"))
    start = solve2vec.Embedding.from_vectors(list(counts.vocabulary.words), np.ones((20, 3), np.float32))
    with pytest.raises(InputError, match=r"has shape \(20, 3\), the model \(20, 2\)"):
        factorize(counts, WeightedOptions(dim=2), warm_start=start)
