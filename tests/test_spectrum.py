"""Spectra against numpy's eigh and svd, against planted answers, and from every road to the same modes.

Where two solves are compared, the tolerance follows from Weyl: |θ - λ| ≤ ‖residual‖ ≤ tolerance · λ_1.
"""

import warnings
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from solve2vec.cooccurrence.cooccurrence import count
from solve2vec.cooccurrence.window import Window
from solve2vec.core import progress
from solve2vec.core.errors import InputError, NotConverged
from solve2vec.corpus.corpus import VocabularyOptions, encode
from solve2vec.datasets.synthetic import planted_corpus, planted_spectrum
from solve2vec.spectrum import solver as room
from solve2vec.spectrum.solver import Solver, plan_for, solve
from solve2vec.spectrum.spectrum import SingularSpectrum, Spectrum
from solve2vec.target.formula import Formula
from solve2vec.target.plan import Plan
from solve2vec.target.target import Target, build_target


@pytest.fixture(scope="module")
def counts():
    """103 planted words, every pair of which may be seen."""
    documents = planted_corpus(plain=3).documents(600, length=20, seed=1)
    return count(encode(documents, selection=VocabularyOptions(min_count=1)), Window(5))


@pytest.fixture(scope="module")
def target(counts):
    return build_target(counts)


@pytest.fixture(scope="module")
def asymmetric(counts):
    return build_target(counts, Formula(symmetric=False, context_smoothing=0.75))


KRYLOV = Plan("krylov")  # small problems, too, go the way of large ones
WAYS = [Plan("dense"), KRYLOV]


def names(V):
    return [f"w{i}" for i in range(V)]


def planted(values, V, seed=0):
    return Target.from_array(planted_spectrum(values, V, seed=seed), names(V))


def true_residuals(M, made):
    v = made.eigenvectors.astype(np.float64)
    return np.linalg.norm(M @ v - v * made.eigenvalues, axis=0)


def rounding(M):
    """What keeping vectors as float32 does to M v - λ v."""
    return 2 * np.linalg.norm(M, 2) * 2.0**-24


def test_by_hand():
    """[[2, 1], [1, 2]] has eigenvalues 3 and 1, eigenvectors (1, 1) and (1, -1) over √2."""
    made = solve(Target.from_array([[2.0, 1.0], [1.0, 2.0]], ["a", "b"]), 2)
    np.testing.assert_allclose(made.eigenvalues, [3, 1], rtol=1e-12)
    np.testing.assert_allclose(np.abs(made.eigenvectors), np.sqrt(0.5), rtol=1e-6)
    assert made.gaps == pytest.approx([2])


def test_the_dense_road_is_eigh(target):
    M = target.toarray()
    made = solve(target, 20)
    np.testing.assert_allclose(made.eigenvalues, np.linalg.eigvalsh(M)[::-1][:20], atol=1e-10)
    assert (true_residuals(M, made) <= rounding(M) * 2).all()
    assert made.worst_residual < 1e-10


@pytest.mark.parametrize("tolerance", [1e-3, 1e-8])
@pytest.mark.parametrize(
    "formula", [Formula(), Formula("ppmi", shrinkage=0), Formula(shrinkage=0, context_smoothing=0.75)]
)
def test_the_krylov_road_meets_the_dense_one(counts, formula, tolerance):
    target = build_target(counts, formula)
    M = target.toarray()
    exact = np.linalg.eigvalsh(M)[::-1]
    made = solve(target, 15, solver=Solver(tolerance=tolerance), plan=KRYLOV)
    assert made.worst_residual <= tolerance
    np.testing.assert_allclose(made.eigenvalues, exact[:15], atol=tolerance * exact[0] + rounding(M))
    np.testing.assert_allclose(made.residuals, true_residuals(M, made), atol=15 * rounding(M))


@pytest.mark.parametrize("tolerance", [1e-3, 1e-8])
def test_planted_eigenvalues_come_back_and_a_huge_negative_one_does_not_disturb(tolerance):
    """The real background has an eigenvalue near -2V; 3,000 λ_1 is worse."""
    values = [9.0, 7.0, 5.0, 3.0, 1.0, -30_000.0]
    made = solve(planted(values, 400), 5, solver=Solver(tolerance=tolerance), plan=KRYLOV)
    M = planted(values, 400).toarray()
    np.testing.assert_allclose(made.eigenvalues, values[:5], atol=tolerance * 9 + rounding(M) * 10)


@pytest.mark.parametrize("tolerance", [5e-5, 9e-5])
@pytest.mark.parametrize("tied", [True, False])
def test_a_fine_tolerance_is_reached_beside_a_huge_eigenvalue(tied, tolerance):
    """float32 loses 2⁻²⁴ of 30,000 in a product with M, twice or more what is asked for; with MᵀM more."""
    target = planted([9.0, 7.0, 5.0, 3.0, 1.0, -30_000.0], 400)
    made = solve(target, 5, tied=tied, solver=Solver(tolerance=tolerance), plan=KRYLOV)
    exact = np.linalg.eigvalsh(target.toarray())[::-1]
    exact = exact[:5] if tied else np.sort(np.abs(exact))[::-1][:5]
    assert made.worst_residual <= tolerance
    np.testing.assert_allclose(made.eigenvalues, exact, atol=tolerance * exact[0])


def test_two_matrices_are_solved_in_float64_where_squares_would_lose_too_much(matrix):
    """A tolerance of 9e-4 for M is one of 8e-7 for MᵀM."""
    made = solve(Target.from_array(matrix, names(600)), 30, tied=False, solver=Solver(tolerance=9e-4), plan=KRYLOV)
    assert made.worst_residual <= 9e-4
    np.testing.assert_allclose(made.eigenvalues, np.linalg.svd(matrix, compute_uv=False)[:30], atol=9e-4 * 20)


def test_degenerate_eigenvalues_are_right_as_subspaces():
    """Inside one eigenvalue any basis will do; the projection onto it is unique."""
    values = [4.0, 4.0, 4.0, 2.0, 2.0, 1.0, 1.0, 1.0]
    target = planted(values, 300, seed=3)
    made = solve(target, 5, solver=Solver(tolerance=1e-7), plan=KRYLOV)
    M = target.toarray()
    exact_values, exact = np.linalg.eigh(M)
    for value, chosen in ((4.0, slice(0, 3)), (2.0, slice(3, 5))):
        space = exact[:, np.abs(exact_values - value) < 1e-3]
        found = made.eigenvectors[:, chosen].astype(np.float64)
        np.testing.assert_allclose(found @ found.T, space @ space.T, atol=1e-5)


@pytest.mark.parametrize("plan", WAYS, ids=lambda plan: plan.method)
@pytest.mark.parametrize("dim", [4, 7, 50])
def test_more_modes_than_positive_eigenvalues_are_refused_with_their_number(dim, plan):
    target = planted([5.0, 3.0, 1.0, *np.linspace(-0.5, -40, 197)], 200)
    with pytest.raises(InputError, match=rf"asked for {dim} modes; .* 3 positive eigenvalues: use dim=3"):
        solve(target, dim, plan=plan)
    assert len(solve(target, 3, plan=plan)) == 3


@pytest.mark.parametrize("plan", WAYS, ids=lambda plan: plan.method)
def test_eigenvalues_that_are_rounding_errors_of_zero_are_not_modes(plan):
    """Rank 6 of 200: the other 194 eigenvalues are ±1e-7, of float32 entries; a vector made of them is noise."""
    with pytest.raises(InputError, match=r"asked for 50 modes; .* 3 positive eigenvalues: use dim=3"):
        solve(planted([5.0, 3.0, 1.0, -1.0, -2.0, -40.0], 200), 50, plan=plan)


@pytest.mark.parametrize("plan", WAYS, ids=lambda plan: plan.method)
def test_a_target_without_positive_eigenvalues_is_refused(plan):
    with pytest.raises(InputError, match="0 positive eigenvalues"):
        solve(Target.from_array(-np.eye(60), names(60)), 2, plan=plan)


@pytest.mark.parametrize("plan", WAYS, ids=lambda plan: plan.method)
def test_the_zero_target_is_refused(plan):
    with pytest.raises(InputError, match="0 positive eigenvalues"):
        solve(Target.from_array(np.zeros((70, 70)), names(70)), 2, plan=plan)


@pytest.mark.parametrize("V", [2, 3, 10, 61, 150])
def test_positive_eigenvalues_are_counted_without_one_being_found(V):
    """Whole numbers around a diagonal of zeros: the pivots of its factors come in pairs, a half of them and more."""
    M = np.triu(np.random.default_rng(V).integers(-9, 10, (V, V)), 1)
    M = (M + M.T).astype(float)
    target = Target.from_array(M, names(V))
    values = np.linalg.eigvalsh(M)
    assert (np.abs(np.abs(values) - target.rounding()) > 1e-9).all()  # none lies where counting would be a guess
    assert room.positive_count(target) == (values > target.rounding()).sum() > 0


def test_impossible_numbers_of_modes_are_refused(target):
    with pytest.raises(InputError, match="at least 1"):
        solve(target, 0)
    with pytest.raises(
        InputError, match=r"asked for 104 modes; the target has \d+ positive eigenvalues: use dim=\d+ or less"
    ):
        solve(target, 104)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tolerance": 0}, "above 0 and below 1, got 0"),
        ({"tolerance": 2}, "got 2"),
        ({"tolerance": np.nan}, "got nan"),
        ({"max_products": 0}, "at least 1, got 0"),
        ({"seed": -1}, "seed must be .*, got -1"),
    ],
)
def test_an_impossible_solver_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        Solver(**options)


class TestTwoMatrices:
    def test_a_target_that_is_not_symmetric_needs_them(self, asymmetric):
        with pytest.raises(InputError, match="tied=False"):
            solve(asymmetric, 5)

    @pytest.mark.parametrize("plan", WAYS, ids=lambda plan: plan.method)
    @pytest.mark.parametrize("tolerance", [1e-3, 1e-7])
    def test_singular_triplets_are_those_of_numpy(self, asymmetric, plan, tolerance):
        M = asymmetric.toarray()
        σ = np.linalg.svd(M, compute_uv=False)
        made = solve(asymmetric, 12, tied=False, solver=Solver(tolerance=tolerance), plan=plan)
        assert isinstance(made, SingularSpectrum)
        np.testing.assert_allclose(made.eigenvalues, σ[:12], atol=tolerance * σ[0])
        left, right = made.eigenvectors.astype(float), made.right_vectors.astype(float)
        slack = 1.1 * tolerance * σ[0] + 2 * rounding(M)
        assert (np.linalg.norm(M @ right - left * made.eigenvalues, axis=0) <= slack).all()
        assert (np.linalg.norm(M.T @ left - right * made.eigenvalues, axis=0) <= slack).all()
        assert (np.abs(left.max(axis=0)) >= np.abs(left.min(axis=0)) * (1 - 1e-6)).all()

    def test_negative_eigenvalues_count_by_size(self):
        made = solve(planted([5.0, 2.0, -4.0], 60), 3, tied=False)
        np.testing.assert_allclose(made.eigenvalues, [5, 4, 2], atol=1e-5)
        np.testing.assert_allclose((made.eigenvectors * made.right_vectors).sum(axis=0), [1, -1, 1], atol=1e-5)

    @pytest.mark.parametrize("plan", WAYS, ids=lambda plan: plan.method)
    def test_more_than_the_rank_is_refused(self, plan):
        """The refusal says how many singular values are not lost in rounding (float32 entries: 1e-7 of the largest)."""
        rng = np.random.default_rng(0)
        left, right = rng.integers(-3, 4, (80, 3)), rng.integers(-3, 4, (3, 80))
        with pytest.raises(InputError, match=r"3 positive singular values: use dim=3"):
            solve(Target.from_array((left @ right).astype(float), names(80)), 5, tied=False, plan=plan)


def test_the_largest_entry_of_each_mode_is_positive(target):
    for made in (solve(target, 10, plan=KRYLOV), solve(target, 10, tied=False, plan=KRYLOV)):
        largest = np.abs(made.eigenvectors).argmax(axis=0)
        assert (np.take_along_axis(made.eigenvectors, largest[None], axis=0) > 0).all()


@pytest.mark.parametrize("tied", [True, False])
def test_threads_change_no_bit(target, tied):
    plan = Plan("krylov", rows=16)
    assert len({solve(target, 8, tied=tied, threads=threads, plan=plan).fingerprint for threads in (1, 2, 3)}) == 1


def test_threads_change_no_bit_of_a_dense_solve(target):
    assert len({solve(target, 8, threads=threads).fingerprint for threads in (1, 2, 3)}) == 1


def test_the_seed_moves_answers_only_within_the_tolerance():
    target = planted(np.linspace(10, 1, 200), 500)
    one, same, other = (solve(target, 5, solver=Solver(seed=seed), plan=KRYLOV) for seed in (0, 0, 7))
    assert one.fingerprint == same.fingerprint
    assert one.fingerprint != other.fingerprint
    np.testing.assert_allclose(one.eigenvalues, other.eigenvalues, atol=1e-3 * 10)


def test_too_few_products_warn_and_say_what_to_change():
    target = planted(np.linspace(10, 1, 300), 600)
    with pytest.warns(
        NotConverged, match=r"mode \d+ has a residual of .* λ_1 after \d+ products.*: raise max_products"
    ):
        made = solve(target, 20, solver=Solver(tolerance=1e-6, max_products=64), plan=KRYLOV)
    assert made.worst_residual > 1e-6
    np.testing.assert_allclose(made.residuals, true_residuals(target.toarray(), made), atol=1e-5)


@pytest.fixture(scope="module")
def matrix():
    return planted_spectrum(np.geomspace(20, 0.5, 300), 600, seed=4)


class TestWarmStart:
    """A start changes the work, never the answer beyond its tolerance."""

    @pytest.fixture
    def products(self):
        """How many columns each solve multiplied."""

        class Listener(progress.Silence):
            @contextmanager
            def task(self, name, total):
                columns = []
                yield lambda amount, how="": columns.append(amount)
                made.append(sum(columns))

        made = []
        with progress.reported_to(Listener()):
            yield lambda: made

    def test_the_same_matrix_is_solved_at_once(self, matrix, products):
        target = Target.from_array(matrix, names(600))
        cold = solve(target, 30, plan=KRYLOV)
        warm = solve(target, 30, warm_start=cold, plan=KRYLOV)
        assert products()[1] < products()[0] / 1.5
        np.testing.assert_allclose(warm.eigenvalues, cold.eigenvalues, atol=1e-3 * 20)

    def test_a_changed_matrix_is_solved_to_its_own_answer(self, matrix, products):
        cold = solve(Target.from_array(matrix, names(600)), 30, plan=KRYLOV)
        changed = matrix + 0.05 * planted_spectrum(np.linspace(3, -3, 50), 600, seed=9)
        warm = solve(Target.from_array(changed, names(600)), 30, warm_start=cold, plan=KRYLOV)
        exact = np.linalg.eigvalsh(changed)[::-1][:30]
        assert warm.worst_residual <= 1e-3
        np.testing.assert_allclose(warm.eigenvalues, exact, atol=1.1e-3 * exact[0])

    def test_another_order_and_other_words_are_matched_by_name(self, matrix, products):
        cold = solve(Target.from_array(matrix, names(600)), 30, plan=KRYLOV)
        order = np.random.default_rng(0).permutation(600)
        words = [names(600)[i] for i in order[:-20]] + [f"new{i}" for i in range(20)]
        target = Target.from_array(matrix[np.ix_(order, order)], words)
        warm = solve(target, 30, warm_start=cold, plan=KRYLOV)
        alone = solve(target, 30, plan=KRYLOV)
        assert products()[1] < products()[2] / 2
        np.testing.assert_allclose(warm.eigenvalues, alone.eigenvalues, atol=1e-3 * 20)

    def test_no_common_word_is_no_harm(self, matrix, products):
        cold = solve(Target.from_array(matrix, [f"x{i}" for i in range(600)]), 10, plan=KRYLOV)
        warm = solve(Target.from_array(matrix, names(600)), 10, warm_start=cold, plan=KRYLOV)
        np.testing.assert_allclose(warm.eigenvalues, cold.eigenvalues, atol=1e-3 * 20)

    def test_a_new_topic_that_the_old_modes_know_nothing_of_is_found(self, products):
        """Old modes are exact modes of the new matrix, too; the strongest one is among the new words alone."""
        old, new = planted_spectrum(np.linspace(10, 1, 40), 300), planted_spectrum([15.0, 9.9], 60, seed=1)
        cold = solve(Target.from_array(old, names(300)), 5, plan=KRYLOV)
        both = np.block([[old, np.zeros((300, 60))], [np.zeros((60, 300)), new]])
        warm = solve(Target.from_array(both, names(360)), 5, warm_start=cold, plan=KRYLOV)
        np.testing.assert_allclose(warm.eigenvalues, np.linalg.eigvalsh(both)[::-1][:5], atol=1e-3 * 15)

    def test_singular_spectra_start_each_other(self, asymmetric, products):
        cold = solve(asymmetric, 10, tied=False, plan=KRYLOV)
        warm = solve(asymmetric, 10, tied=False, warm_start=cold, plan=KRYLOV)
        np.testing.assert_allclose(warm.eigenvalues, cold.eigenvalues, atol=1e-3 * cold.eigenvalues[0])

    @pytest.mark.parametrize("order", ["C", "F"])
    @pytest.mark.parametrize("tied", [True, False])
    def test_a_start_helps_however_its_numbers_lie(self, matrix, products, tied, order):
        M = matrix if tied else matrix[:, np.random.default_rng(1).permutation(600)]
        target = Target.from_array(M, names(600))
        cold = solve(target, 40, tied=tied, plan=KRYLOV)
        lying = {name: np.array(getattr(cold, name), order=order) for name in ("eigenvectors", "right_vectors")}
        lying = lying if not tied else {"eigenvectors": lying["eigenvectors"]}
        warm = solve(target, 40, tied=tied, warm_start=replace(cold, **lying), plan=KRYLOV)
        assert products()[1] <= 40 + 8 * 4 < products()[0] / 1.5  # the start and a look at what it knows nothing of
        np.testing.assert_allclose(warm.eigenvalues, cold.eigenvalues, atol=2e-3 * cold.eigenvalues[0])


def test_singular_values_fall_and_rows_lie_side_by_side(matrix):
    M = matrix[:, np.random.default_rng(1).permutation(600)] * np.linspace(1, 1.001, 600)
    made = solve(Target.from_array(M, names(600)), 40, tied=False, solver=Solver(tolerance=0.05), plan=KRYLOV)
    assert (np.diff(made.eigenvalues) <= 0).all()
    assert made.eigenvectors.flags.c_contiguous and made.right_vectors.flags.c_contiguous
    sizes = np.linalg.norm(M @ made.right_vectors, axis=0)
    np.testing.assert_allclose(sizes, made.eigenvalues, rtol=1e-5)


def test_the_words_of_a_mode_are_those_of_its_largest_entries(target):
    made = solve(target, 4)
    column = made.eigenvectors[:, 2].astype(np.float64)
    positive, negative = made.mode_words(2, 5)
    words = np.array(made.vocabulary.words)
    assert positive == words[np.argsort(-column, kind="stable")[:5]].tolist()
    assert negative == words[np.argsort(column)[:5]].tolist()
    for mode in (-1, 4):
        with pytest.raises(InputError, match=f"no mode {mode}; the spectrum has modes 0…3"):
            made.mode_words(mode)


@pytest.mark.parametrize("tied", [True, False])
def test_a_saved_spectrum_comes_back_the_same(target, tied, tmp_path):
    made = solve(target, 6, tied=tied)
    back = Spectrum.load(made.save(tmp_path / "spectrum"))
    assert type(back) is type(made)
    assert back.fingerprint == made.fingerprint
    assert back.formula == target.formula
    assert back.lineage.values_of("solve")["tied"] is tied


def test_a_converged_solve_is_silent(target):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        solve(target, 5, plan=KRYLOV)


def test_a_coarse_tolerance_does_not_pass_for_a_count_of_positive_eigenvalues():
    """Ritz values lie below eigenvalues: with few products the last ones are negative though their modes are not."""
    values = np.concatenate([np.linspace(10, 1, 60), np.linspace(-0.1, -3, 2200)])
    target = Target.from_array(planted_spectrum(values, len(values), seed=0), [f"w{i}" for i in range(len(values))])
    with pytest.raises(InputError, match=r"of 60 modes were found positive at a tolerance of 0.9, .* finer tolerance"):
        solve(target, 60, solver=Solver(tolerance=0.9, max_products=96))
    with pytest.raises(InputError, match=r"of 60 modes were found positive after 96 products, .* raise max_products"):
        solve(target, 60, solver=Solver(max_products=96))
    assert len(solve(target, 60)) == 60


def test_a_dense_solve_leaves_nothing_open(counts):
    """Eigenvalues are known to rounding: what is not positive is not, however fine the tolerance."""
    for tolerance in (1e-3, 1e-12):
        target = Target.from_array(np.diag([8e-31, -1.4, -3.5]), names(3))
        with pytest.raises(InputError, match="the target has 0 positive eigenvalues"):
            solve(target, 1, solver=Solver(tolerance=tolerance))


def test_a_matrix_is_symmetric_up_to_the_rounding_of_its_entries():
    rng = np.random.default_rng(3)
    Q = np.linalg.qr(rng.standard_normal((80, 80)))[0]
    M = (Q * np.linspace(2, 1, 80)) @ Q.T
    assert (M != M.T).any()
    np.testing.assert_allclose(
        solve(Target.from_array(M, names(80)), 3).eigenvalues, np.linspace(2, 1, 80)[:3], rtol=1e-6
    )
    M[0, 1] += 1e-5
    with pytest.raises(InputError, match=r"not symmetric.*give \(M \+ M.T\) / 2"):
        solve(Target.from_array(M, names(80)), 3)


@pytest.mark.parametrize(("V", "dim"), [(1500, 10), (2400, 800)])
def test_a_dense_solve_that_memory_has_no_room_for_is_refused(V, dim):
    plan = replace(plan_for(None, V, dim), memory=20 * V**2)
    target = Target.from_array(np.diag(np.arange(1.0, V + 1)), names(V))
    with pytest.raises(InputError, match=f"solving {V:,} words for {dim} modes takes"):
        solve(target, dim, plan=plan)


def test_positive_eigenvalues_are_counted_beforehand_only_where_memory_has_room():
    """The solver's task is opened where nobody counted."""
    V, opened = 2100, []
    target = Target.from_array(np.diag(np.concatenate([np.linspace(3, 1, 5), -np.ones(V - 5)])), names(V))

    class Listener(progress.Silence):
        def task(self, name, total):
            opened.append(name)
            return super().task(name, total)

    for room_for in (15, 17):
        opened.clear()
        with progress.reported_to(Listener()), pytest.raises(InputError, match="5 positive eigenvalues"):
            solve(target, 300, plan=Plan(memory=room_for * V**2))
        assert ("solving" in opened) == (room_for < 16)


def test_of_entries_equal_up_to_rounding_the_first_gives_the_sign():
    """Whichever of ±x is the larger by rounding: BLAS differs from processor to processor."""
    columns = np.array([[1.0, -1.0, 0.5, 0.0], [-1.0000001, 1.0000001, -2.0, 0.0], [0.3, -0.3, 1.99, 0.0]])
    assert room.signs_of(columns).tolist() == [1, -1, -1, 1]
    assert room.signs_of(columns.astype(np.float32)).tolist() == [1, -1, -1, 1]
