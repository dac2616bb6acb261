"""Packed matrices and what is solved with them, against plain NumPy and the exact road."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

import solve2vec
import solve2vec.spectrum.solver as room
from solve2vec import Formula, InputError, Solver, VocabularyOptions, Window
from solve2vec.cooccurrence.planning import planned
from solve2vec.core.resources import using
from solve2vec.datasets.synthetic import planted_spectrum
from solve2vec.kernels import llvm
from solve2vec.linalg.bfloat16 import packed
from solve2vec.linalg.bfloat16.halves import Halves
from solve2vec.linalg.bfloat16.rounded import RoundedBasis
from solve2vec.linalg.bfloat16.split import SplitColumns
from solve2vec.linalg.krylov import leading_eigenpairs
from solve2vec.linalg.rowblocks import row_blocks
from solve2vec.spectrum.solver import plan_for
from solve2vec.target.from_corpus import target_of
from solve2vec.target.packed import PackedTarget, packed_target
from solve2vec.target.plan import Plan

PLAN = Plan("rounded", rows=64, tiling=packed.Tiling(band=16, entries=5000))  # the way of large problems, in pieces
WIDTH = 32
STEP = 2.0**-8  # of a bfloat16: half of the distance to the next, as a share of the number, at most


@pytest.fixture(scope="module")
def corpus():
    """5,000 documents over some 1,000 words of Zipf's frequencies, in ten topics of which each has its own."""
    rng = np.random.default_rng(8)
    ranks = (1000 ** rng.random((5000, 30))).astype(int) - 1
    topics = rng.integers(0, 10, 5000)[:, None]
    tokens = np.where(rng.random(ranks.shape) < 0.9, ranks // 10 * 10 + topics, ranks)
    return solve2vec.encode([[f"w{token}" for token in row] for row in tokens.tolist()], selection=VocabularyOptions(5))


def test_entries_are_rounded_as_if_by_chance_and_alike_on_both_sides():
    """10,000 equal entries a third of the way between two bfloat16: a third of them go up, within four deviations."""
    V, value = 100, np.float32(1 + 2.0**-7 / 3)
    matrix = np.full((V, V), value)
    indptr, indices = np.arange(0, V * V + 1, V), np.tile(np.arange(V, dtype=np.int32), V)
    errors = np.empty(V)
    tile = packed.packed_tile(0, indptr, indices, matrix.ravel(), np.full(V, 64), errors)
    made = unpacked(packed.Packed([tile], errors), V)
    assert set(np.unique(made).tolist()) == {1.0, 1 + 2.0**-7}
    np.testing.assert_array_equal(made, made.T)
    assert abs((made > 1).mean() - 1 / 3) < 4 * np.sqrt(2 / 9 / (V * V / 2))
    np.testing.assert_allclose(errors, ((made.astype(float) - matrix) ** 2).sum(axis=1), rtol=1e-12)


def unpacked(matrix, V):
    """A packed matrix as (V, V) float32."""
    made = np.zeros((V, V + V % 2), np.float32)
    for tile in matrix.tiles:
        made[tile.rows, : 2 * tile.dense.shape[1]] = llvm.widened(tile.dense.view(np.uint16))
        for row, (start, end) in enumerate(zip(tile.starts[:-1], tile.starts[1:], strict=True), tile.rows.start):
            np.add.at(made[row], tile.indices[start:end], llvm.widened(tile.values[start:end]))
    return made[:, :V]


def test_a_packed_target_is_the_target_up_to_rounding(corpus):
    target = target_of(corpus, Window(2))
    with row_blocks(len(target), rows=64) as blocks:
        made = packed_target(target, blocks, PLAN.tiling)
        widths = {2 * tile.dense.shape[1] for tile in made.packed.tiles}
        assert len(widths) > 2 and len(made.packed.tiles) > len(widths)  # some dense, some sparse, most of them both
        seen = target.seen.toarray()
        back = unpacked(made.packed, len(target))
        assert (np.abs(back - seen) <= 2 * STEP * np.abs(seen)).all()
        np.testing.assert_allclose(made.packed.rounding, np.linalg.norm(back.astype(float) - seen, axis=1), rtol=1e-12)
        X = np.random.default_rng(1).standard_normal((len(target), 40)).astype(np.float32)
        Y, exact = made.product(blocks)(X), target.toarray() @ X
        expected = np.hypot(np.linalg.norm(X.T * made.packed.rounding, axis=1), STEP * np.linalg.norm(seen) * 2)
        assert (np.linalg.norm(Y - exact, axis=0) < 2 * expected).all()
        np.testing.assert_allclose(Y, back @ X + target.left @ (target.right.T @ X), atol=0.02 * np.abs(exact).max())


@pytest.mark.parametrize("formula", [Formula(), Formula(kind="ppmi"), Formula(subsample=1e-2)], ids=str)
@pytest.mark.parametrize(("threads", "shards"), [(1, None), (3, None), (2, 3)])
def test_packed_in_one_pass_it_is_the_packed_target_to_the_last_bit(corpus, formula, threads, shards):
    with using(threads=threads):
        made = target_of(corpus, Window(4), formula, replace(PLAN, shards=shards))
    target = target_of(corpus, Window(4), formula)
    X = np.random.default_rng(2).standard_normal((len(target), WIDTH)).astype(np.float32)
    assert isinstance(made, PackedTarget) == (shards is None)  # else there are counts
    with using(threads=threads), row_blocks(len(target), rows=64) as blocks:
        expected = packed_target(target, blocks, PLAN.tiling)
        made = made if isinstance(made, PackedTarget) else packed_target(made, blocks, PLAN.tiling)
        assert made.product(blocks)(X).tobytes() == expected.product(blocks)(X).tobytes()
    assert str(made.lineage) == str(expected.lineage)
    np.testing.assert_array_equal(made.packed.errors, expected.packed.errors)
    assert made.exact().fingerprint == target.fingerprint


@pytest.mark.parametrize("warm", [False, True])
def test_packed_modes_are_the_exact_ones_within_the_tolerance(corpus, warm):
    """Residuals are what they say against the exact matrix; eigenvalues are as near (Weyl)."""
    target, solver = target_of(corpus), Solver(tolerance=4e-3)
    M = target.toarray()
    start = solve2vec.solve(target_of(corpus, Window(4)), 10, plan=PLAN) if warm else None
    assert room._rounded_modes(target, 10, solver, start, PLAN) is not None  # which it would be, were it undecided
    made = solve2vec.solve(target, 10, solver=solver, warm_start=start, plan=PLAN)
    exact = np.linalg.eigvalsh(M)[::-1][:10]
    vectors = made.eigenvectors.astype(float)
    true = np.linalg.norm(M @ vectors - vectors * made.eigenvalues, axis=0)
    assert (true <= 4e-3 * exact[0]).all() and made.worst_residual <= 4e-3
    assert (true <= 1.2 * made.residuals).all()
    np.testing.assert_allclose(made.eigenvalues, exact, atol=4e-3 * exact[0])
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(10), atol=1e-6)


def cliques(V, size):
    return sparse.kron(sparse.eye_array(V // size), 3 * (np.ones((size, size)) - np.eye(size))).toarray()


def on_hubs(V, hubs):
    """Every word beside two of a few."""
    made = np.zeros((V, V))
    np.add.at(made, (np.tile(np.arange(V), 2), np.random.default_rng(0).integers(hubs, size=2 * V)), 1)
    return made + made.T


GRAPHS = {
    "two hubs": (on_hubs(1000, 2), 2),
    "twenty hubs": (on_hubs(1000, 20), 10),
    "fifty hubs": (on_hubs(1000, 50), 1),
    "cliques of ten": (cliques(1000, 10), 50),
    "cliques of five": (cliques(1000, 5), 30),
}


@pytest.mark.parametrize("shrinkage", [0.0, 0.5])
@pytest.mark.parametrize(("matrix", "dim"), GRAPHS.values(), ids=GRAPHS)
def test_a_krylov_space_that_ends_early_leads_nowhere_else(matrix, dim, shrinkage):
    """Graphs of few different eigenvalues: soon all that a product has outside the basis is rounding."""
    names = [f"w{i}" for i in range(len(matrix))]
    target = solve2vec.mstar(solve2vec.Cooccurrence.from_matrix(matrix, names), shrinkage=shrinkage)
    M = target.toarray()
    made = solve2vec.solve(target, dim, plan=PLAN)
    exact = np.linalg.eigvalsh(M)[::-1][:dim]
    vectors = made.eigenvectors.astype(float)
    true = np.linalg.norm(M @ vectors - vectors * made.eigenvalues, axis=0)
    np.testing.assert_allclose(made.eigenvalues, exact, atol=1.1e-3 * exact[0])
    assert true.max() <= max(1.1 * made.residuals.max(), 1e-5 * exact[0])


@pytest.mark.parametrize("max_basis", [110, 150])
def test_a_rounded_basis_that_is_thinned_reaches_the_same_answer(corpus, max_basis):
    target = target_of(corpus)
    M = target.toarray()
    with row_blocks(len(target), rows=64) as blocks:
        rounded = packed_target(target, blocks, PLAN.tiling)
        made = leading_eigenpairs(
            rounded.product(blocks), blocks, 6, tolerance=1e-2, max_basis=max_basis, rounding=rounded.packed.rounding
        )
    assert made.converged
    true = np.linalg.norm(M @ made.vectors - made.vectors * made.values, axis=0)
    assert (true <= 1e-2 * made.values[0]).all()
    np.testing.assert_allclose(made.values, np.linalg.eigvalsh(M)[::-1][:6], atol=1e-2 * made.values[0])


def test_eigenvalues_fall_though_products_put_them_in_another_order():
    """Forty modes of one strength: rounding alone decides which comes first, and vectors and residuals go with them."""
    M = planted_spectrum(np.r_[np.full(40, 5.0), np.linspace(0.5, -0.5, 260)], 300, seed=4)
    seen = sparse.csr_array(M.astype(np.float32))
    with row_blocks(300, rows=64) as blocks:
        made = packed.pack(seen.indptr, seen.indices, seen.data, np.full(300, 300), blocks)
        product = made.operator(np.zeros((300, 1)), np.zeros((300, 1)), blocks)
        pairs = leading_eigenpairs(product, blocks, 30, tolerance=2e-2, rounding=np.zeros(300))
        rest = product(pairs.vectors) - pairs.vectors * pairs.values.astype(np.float32)
    assert pairs.converged
    assert (np.diff(pairs.values) <= 0).all()
    np.testing.assert_allclose(np.linalg.norm(rest, axis=0), pairs.residuals, rtol=1e-3)


def test_errors_of_products_do_not_add_up_along_a_mode(corpus):
    """The first modes are as near as one product is; what later blocks measure along them would be three times off."""
    target = target_of(corpus)
    with row_blocks(len(target), rows=64) as blocks:
        made = packed_target(target, blocks, PLAN.tiling)
        none = np.zeros(len(target))
        pairs = leading_eigenpairs(made.product(blocks), blocks, 20, tolerance=2e-3, rounding=none)
        M = unpacked(made.packed, len(target)).astype(float) + target.left @ target.right.T
    true = np.linalg.norm(M @ pairs.vectors - pairs.vectors * pairs.values, axis=0)
    assert pairs.converged
    assert true[:5].max() < 1e-3 * pairs.values[0]


@pytest.mark.parametrize(
    ("aim", "tolerance", "converged", "answers"),
    [(2, 1.5e-3, True, 2), (1, 7.3e-4, True, 3), (1, 3e-4, False, 3)],
    ids=["a larger basis helps", "a finer product helps", "nothing helps"],
)
def test_an_answer_that_does_not_suffice_is_looked_into(corpus, monkeypatch, aim, tolerance, converged, answers):
    """The basis knows nothing of rounding here, and aims for so many times the tolerance at first."""

    def too_lightly(basis, k):
        if not basis._is_checked:
            basis._is_checked, basis.tolerance = True, aim * basis.tolerance
        return True

    monkeypatch.setattr(RoundedBasis, "has_room", too_lightly)
    target, widths = target_of(corpus), []
    with row_blocks(len(target), rows=64) as blocks:
        made = packed_target(target, blocks, PLAN.tiling)
        product = made.product(blocks)
        none = np.zeros(len(target))
        pairs = leading_eigenpairs(
            lambda X: widths.append(X.shape[1]) or product(X), blocks, 40, tolerance=tolerance, rounding=none
        )
        M = unpacked(made.packed, len(target)).astype(float) + target.left @ target.right.T
    true = np.linalg.norm(M @ pairs.vectors - pairs.vectors * pairs.values, axis=0)
    assert (pairs.converged, widths.count(40)) == (converged, answers)
    assert (true <= (1.01 if answers == 3 else 1.2) * pairs.residuals).all()  # a coarse product tells less exactly


@pytest.mark.parametrize(("taken", "decided"), [(0.1, True), (0.75, True), (0.93, False)])
def test_the_basis_is_asked_for_what_the_rounding_of_entries_leaves(corpus, taken, decided):
    """The same length lost from every row is what every mode's residual gets."""
    target, tolerance = target_of(corpus), 6e-3
    largest = np.linalg.eigvalsh(target.toarray())[-1]
    with row_blocks(len(target), rows=64) as blocks:
        product = packed_target(target, blocks, PLAN.tiling).product(blocks)
        lost = np.full(len(target), taken * tolerance * largest)
        pairs = leading_eigenpairs(product, blocks, 20, tolerance=tolerance, rounding=lost)
    assert pairs.converged == decided
    assert (pairs.residuals >= lost[0] * (1 - 1e-5)).all()
    if not decided:
        assert pairs.products <= 3 * 20 + 5 * WIDTH  # known from the first look on


def test_a_fit_is_the_solution_of_its_target_to_the_last_bit():
    rng = np.random.default_rng(9)
    ranks = (4800 ** rng.random((6000, 30))).astype(int) - 1
    tokens = np.where(rng.random(ranks.shape) < 0.9, ranks // 6 * 6 + rng.integers(0, 6, 6000)[:, None], ranks)
    texts, solver = [[f"w{token}" for token in row] for row in tokens.tolist()], Solver(tolerance=8e-3)
    embedding = solve2vec.fit(texts, 4, views="wide", min_count=1, tolerance=8e-3)
    target = solve2vec.build_target(solve2vec.count(solve2vec.encode(texts, selection=VocabularyOptions(1))))
    plan = plan_for(target.formula, len(target), 4, solver=solver)
    assert room._rounded_modes(target, 4, solver, None, plan) is not None
    assert embedding.fingerprint == solve2vec.embed(solve2vec.solve(target, 4, solver=solver, threads=1)).fingerprint


@pytest.mark.parametrize(
    ("V", "dim", "options", "method"),
    [
        (2000, 10, {}, "dense"),
        (2001, 10, {}, "krylov"),
        (3999, 10, {}, "krylov"),
        (4000, 10, {}, "rounded"),
        (4000, 501, {}, "krylov"),
        (4000, 1001, {}, "dense"),
        (10_001, 2501, {}, "krylov"),
        (4000, 10, {"tied": False}, "krylov"),
        (4000, 10, {"solver": Solver(tolerance=9e-4)}, "krylov"),
        (4000, 10, {"formula": None}, "krylov"),
        (4000, 10, {"formula": Formula(context_smoothing=0.75, symmetric=False)}, "krylov"),
    ],
)
def test_a_plan_rounds_where_the_problem_is_large_and_the_tolerance_leaves_room(V, dim, options, method):
    assert plan_for(**{"formula": Formula(), "V": V, "dim": dim} | options).method == method


def test_a_plan_of_rounded_entries_is_refused_where_there_is_none_to_round(corpus):
    target = target_of(corpus)
    for given, tied in ((target, False), (solve2vec.Target.from_array(np.eye(9), list("abcdefghi")), True)):
        with pytest.raises(InputError, match="leave out the plan"):
            solve2vec.solve(given, 2, tied=tied, plan=PLAN)


@pytest.mark.parametrize("plan", [None, Plan(rows=64)])
def test_a_packed_target_is_solved_exactly_where_that_is_asked_for(corpus, plan):
    made, target = target_of(corpus, plan=PLAN), target_of(corpus)
    assert isinstance(made, PackedTarget)
    for options in ({"tied": False}, {"solver": Solver(tolerance=1e-6)}):
        expected = solve2vec.solve(target, 5, **options, plan=plan)
        found = solve2vec.solve(made, 5, **options, plan=plan)
        assert type(found) is type(expected)
        assert found.eigenvectors.tobytes() == expected.eigenvectors.tobytes()


def test_products_are_never_more_than_asked_for(corpus):
    with pytest.warns(solve2vec.NotConverged, match="after 106 products"):
        solve2vec.solve(target_of(corpus), 10, solver=Solver(tolerance=4e-3, max_products=106), plan=PLAN)


def test_little_memory_makes_the_target_first(corpus):
    """Enough to count all at once, and half of it too little for the tiles that a thread works on."""
    plan = replace(PLAN, tiling=packed.Tiling())
    with using(threads=1, memory="60MB"):
        assert planned(corpus, Window(4), None)[1] == 1
        made = target_of(corpus, Window(4), plan=plan)
    assert made.fingerprint == target_of(corpus, Window(4)).fingerprint
    with using(threads=1, memory="1GB"):
        assert isinstance(target_of(corpus, Window(4), plan=plan), PackedTarget)


def test_an_odd_number_of_words_loses_none():
    """V = 101, all columns dense or none: whole numbers, so that nothing is rounded."""
    rng = np.random.default_rng(11)
    M, X = (rng.integers(-100, 101, (101, b)).astype(np.float32) for b in (101, WIDTH))  # bfloat16 holds these
    seen = sparse.csr_array(M)
    for width in (102, 64, 0):
        with row_blocks(101, rows=64) as blocks:
            made = packed.pack(seen.indptr, seen.indices, seen.data, np.full(101, width), blocks)
            Y = made.operator(np.zeros((101, 1)), np.zeros((101, 1)), blocks)(X)
        np.testing.assert_array_equal(Y, M @ X)


def test_what_is_left_over_of_the_last_of_an_odd_number_of_words_is_lost():
    """Whole numbers of 12 bits, so that 8 leave a rest; sums of what is kept are exact."""
    rng = np.random.default_rng(12)
    M = rng.integers(-3, 4, (101, 101)).astype(np.float32)
    X = rng.integers(-4095, 4096, (101, WIDTH)).astype(np.float32)
    seen = sparse.csr_array(M)
    with row_blocks(101, rows=64) as blocks:
        held = Halves(blocks)
        held.put(X)
        assert llvm.widened(held.rows)[101].any()
        for width in (102, 64, 0):
            made = packed.pack(seen.indptr, seen.indices, seen.data, np.full(101, width), blocks)
            Y = made.operator(np.zeros((101, 1)), np.zeros((101, 1)), blocks)(X)
            np.testing.assert_array_equal(Y, M @ llvm.widened(held.rows)[:101])


def test_memory_that_nobody_has_set_reaches_no_answer(monkeypatch):
    """Filled with NaN instead: with an odd number of words, a row and a column stand for none."""
    rng, empty = np.random.default_rng(13), np.empty
    M, X, Q = (rng.standard_normal((101, b)).astype(np.float32) for b in (101, WIDTH, 40))
    seen = sparse.csr_array(M)

    def poisoned(*shape, **options):
        made = empty(*shape, **options)
        flat = made.reshape(-1).view(np.uint8)
        flat[::2], flat[1::2] = 0xC0, 0x7F  # NaN in bfloat16 and in float32
        return made

    def answers():
        Y = X.copy()
        with row_blocks(101, rows=64) as blocks:
            basis = SplitColumns(blocks, 70)
            basis.append(Q)
            basis.remove_from(Y, Halves(blocks))
            made = packed.pack(seen.indptr, seen.indices, seen.data, np.full(101, 102), blocks)
            return [Y, made.operator(M[:, :1], M[:, 1:2], blocks)(X)]

    expected = answers()
    monkeypatch.setattr(np, "empty", poisoned)
    for one, other in zip(answers(), expected, strict=True):
        assert one.tobytes() == other.tobytes() and np.isfinite(one).all()


def test_a_rounded_basis_takes_blocks_of_any_width(corpus):
    """The seven vectors at a time of a warm start; what it holds of them is Q, to sixteen bits."""
    target = target_of(corpus)
    with row_blocks(len(target), rows=64) as blocks:
        packed_one, Q = packed_target(target, blocks, PLAN.tiling), SplitColumns(blocks, 90)
        basis = RoundedBasis(packed_one.product(blocks), Q, 1e-3, packed_one.packed.rounding)
        given = np.linalg.qr(np.random.default_rng(7).standard_normal((len(target), 70)))[0].astype(np.float32)
        for first in range(0, 70, 7):
            basis.append(given[:, first : first + 7])
        np.testing.assert_allclose(Q.times(np.eye(70)), given, atol=2 * STEP**2 * np.abs(given).max())


def test_what_rounding_leaves_undecided_is_solved_exactly(corpus):
    """As if rounding had taken a length of 100 from every row, which is too much."""
    target = target_of(corpus)
    made = target_of(corpus, plan=PLAN)
    coarse = replace(made, packed=packed.Packed(made.packed.tiles, np.full(len(target), 100.0**2)))
    assert room._rounded_modes(coarse, 10, Solver(), None, PLAN) is None
    solved, M = solve2vec.solve(coarse, 10, plan=PLAN), target.toarray()
    vectors = solved.eigenvectors.astype(float)
    true = np.linalg.norm(M @ vectors - vectors * solved.eigenvalues, axis=0)
    np.testing.assert_allclose(solved.residuals, true, atol=1e-4)  # nothing added for rounding


def test_widths_follow_from_frequencies():
    P = np.array([0.5, 0.25, 0.125, 0.0625, 0.03125, 0.03125])
    least = np.log(4 / 3) / packed.EVENTS  # expected weight of a pair that is seen one time in four
    total = 1.01 * least / (P[1] * P[3])  # for the first two rows, whose middle is row 1: the first four columns
    tiling = packed.Tiling(band=2, step=2)
    assert packed.expected_widths(P, total, tiling).tolist() == [4, 4, 2, 2, 2, 2]
    few = replace(tiling, dense_entries=10)
    assert packed.expected_widths(P, total, few).tolist() == [4, 4, 0, 0, 0, 0]


def test_tiles_cover_all_rows_and_end_where_widths_change():
    widths = np.repeat([8, 8, 4, 0], [3, 2, 5, 10])
    edges = packed.tile_edges(np.full(20, 500), widths, 2000)
    assert [first for first, _ in edges[1:]] == [last for _, last in edges[:-1]]
    assert (edges[0][0], edges[-1][1]) == (0, 20) and {5, 10} <= {last for _, last in edges}
    assert all(last - first <= 4 for first, last in edges)
