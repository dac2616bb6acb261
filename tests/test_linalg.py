"""Row blocks and block Krylov against plain NumPy, and the same bits from any number of threads."""

import time

import numpy as np
import pytest

from solve2vec.core.resources import using
from solve2vec.datasets.synthetic import planted_spectrum
from solve2vec.linalg import rowblocks
from solve2vec.linalg.columns import Columns
from solve2vec.linalg.krylov import EXPLORED, FEW, leading_eigenpairs
from solve2vec.linalg.rowblocks import row_blocks


@pytest.fixture(scope="module")
def indefinite():
    """V = 700: forty positive eigenvalues, a huge negative one, a small cloud around 0."""
    values = np.concatenate([np.geomspace(50, 1, 40), [-5000.0], np.linspace(-0.4, 0.4, 600)])
    return np.sort(values)[::-1], planted_spectrum(values, 700, seed=2)


def solved(M, k, *, threads=1, rows=rowblocks.ROWS, **options):
    with using(threads=threads), row_blocks(len(M), rows=rows) as blocks:
        return leading_eigenpairs(lambda X: M.astype(X.dtype) @ X, blocks, k, **options)


@pytest.mark.parametrize("V", [1, 5, 300])
def test_row_blocks_do_what_numpy_does(V):
    """float64: only the order of sums differs."""
    rng = np.random.default_rng(V)
    X, Y, C = rng.standard_normal((V, 6)), rng.standard_normal((V, 4)), rng.standard_normal((6, 4))
    with row_blocks(V, rows=64) as blocks:
        np.testing.assert_allclose(blocks.gram(X, Y), X.T @ Y, atol=1e-12)
        np.testing.assert_allclose(blocks.times(X, C), X @ C, atol=1e-12)
        np.testing.assert_allclose(blocks.squared_norms(X), (X**2).sum(axis=0), rtol=1e-13)
        Z = Y.copy()
        blocks.take_away(Z, X, C)
    np.testing.assert_allclose(Z, Y - X @ C, atol=1e-12)


def test_an_orthonormal_basis_leaves_out_what_depends_on_the_rest():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 5)) @ rng.standard_normal((5, 8))
    with row_blocks(200) as blocks:
        Q, C = blocks.orthonormal(X, 1e-6)
    assert Q.shape == (200, 5)
    np.testing.assert_allclose(Q.T @ Q, np.eye(5), atol=1e-12)
    np.testing.assert_allclose(Q @ C, X, atol=1e-10)


@pytest.mark.parametrize(("tolerance", "dtype"), [(1e-3, np.float32), (1e-8, np.float64)])
def test_planted_eigenvalues_come_back_past_a_huge_negative_one(indefinite, tolerance, dtype):
    """|θ - λ| ≤ ‖residual‖ ≤ tolerance · λ_1 (Weyl); float32 products of ‖M‖ = 5,000 add 5,000 · 2⁻²⁴ · √k."""
    values, M = indefinite
    made = solved(M, 20, tolerance=tolerance, dtype=dtype)
    assert made.converged
    rounding = 5000 * np.finfo(dtype).eps * 10
    np.testing.assert_allclose(made.values, values[:20], atol=tolerance * values[0] + rounding)
    true = np.linalg.norm(M @ made.vectors - made.vectors * made.values, axis=0)
    np.testing.assert_allclose(made.residuals, true, atol=rounding + 1e-9)
    np.testing.assert_allclose(made.vectors.T @ made.vectors, np.eye(20), atol=100 * np.finfo(dtype).eps)


@pytest.mark.parametrize("max_basis", [150, 180, 200])
def test_restarts_reach_the_same_answer(indefinite, max_basis):
    """A basis far too small for one go: it is thinned, and residuals stay the true ones."""
    values, M = indefinite
    made = solved(M, 20, tolerance=1e-7, dtype=np.float64, max_basis=max_basis, max_products=20_000)
    assert made.converged
    assert made.products > max_basis
    np.testing.assert_allclose(made.values, values[:20], atol=1e-7 * values[0])
    true = np.linalg.norm(M @ made.vectors - made.vectors * made.values, axis=0)
    np.testing.assert_allclose(made.residuals, true, atol=1e-9)


def test_too_few_products_are_confessed(indefinite):
    made = solved(indefinite[1], 20, tolerance=1e-10, dtype=np.float64, max_products=64)
    assert not made.converged
    assert made.residuals.max() > 1e-10 * made.values[0]


@pytest.mark.parametrize("k", [1, 2, 30, 90])
def test_all_eigenpairs_of_a_small_matrix_can_be_asked_for(k):
    rng = np.random.default_rng(k)
    M = rng.standard_normal((90, 90))
    M = (M + M.T) / 2
    made = solved(M, k, tolerance=1e-9, dtype=np.float64)
    np.testing.assert_allclose(made.values, np.linalg.eigvalsh(M)[::-1][:k], atol=1e-7)


def test_a_matrix_of_low_rank_is_solved_though_the_krylov_space_ends():
    M = planted_spectrum([5.0, 5.0, 3.0, -2.0], 400, seed=1)
    made = solved(M, 6, tolerance=1e-8, dtype=np.float64)
    np.testing.assert_allclose(made.values, [5, 5, 3, 0, 0, 0], atol=1e-7)


def test_the_identity_and_zero_are_solved():
    np.testing.assert_allclose(solved(np.eye(300), 5, tolerance=1e-6, dtype=np.float64).values, 1, atol=1e-9)
    np.testing.assert_allclose(solved(np.zeros((300, 300)), 3, tolerance=1e-6, dtype=np.float64).values, 0, atol=1e-9)


def test_a_good_start_saves_products(indefinite):
    values, M = indefinite
    cold = solved(M, 20, tolerance=1e-6, dtype=np.float64)
    warm = solved(M, 20, tolerance=1e-6, dtype=np.float64, start=cold.vectors)
    assert warm.converged
    assert warm.products == 20 + FEW * (1 + EXPLORED) < cold.products  # nothing beyond a look at what is new
    np.testing.assert_allclose(warm.values, values[:20], atol=1e-6 * values[0])


def test_threads_change_no_bit(indefinite):
    answers = [solved(indefinite[1], 12, tolerance=1e-3, threads=threads, rows=100) for threads in (1, 2, 3)]
    for made in answers[1:]:
        assert made.values.tobytes() == answers[0].values.tobytes()
        assert made.vectors.tobytes() == answers[0].vectors.tobytes()
        assert made.residuals.tobytes() == answers[0].residuals.tobytes()


def test_the_seed_decides_the_bits(indefinite):
    one, same, other = (solved(indefinite[1], 5, tolerance=1e-3, seed=seed).vectors.tobytes() for seed in (0, 0, 1))
    assert one == same
    assert one != other


def test_columns_do_what_numpy_does():
    rng = np.random.default_rng(3)
    Q, Y, C = rng.standard_normal((50, 12)), rng.standard_normal((50, 4)), rng.standard_normal((12, 4))
    C[5:9] = 0  # a block that costs nothing
    with row_blocks(50, rows=16) as blocks:
        made = Columns(blocks, 12, np.float64)
        for first, last in ((0, 5), (5, 9), (9, 12)):
            made.append(Q[:, first:last])
        np.testing.assert_allclose(made.gram(Y), Q.T @ Y, atol=1e-12)
        np.testing.assert_allclose(made.times(C), Q @ C, atol=1e-12)
        Z = Y.copy()
        made.take_away(Z, C)
        np.testing.assert_allclose(Z, Y - Q @ C, atol=1e-12)
        made.replace(Y)
        np.testing.assert_array_equal(made.times(np.eye(4)), Y)


@pytest.mark.parametrize("threads", [1, 3])
def test_a_map_over_blocks_that_fails_says_so_and_stops(threads):
    seen = []

    def work(item):
        seen.append(item)
        if item == 3:
            raise KeyError("three")
        time.sleep(0.001)

    with using(threads=threads), row_blocks(10) as blocks, pytest.raises(KeyError, match="three"):
        blocks.map(work, list(range(1000)))
    assert len(seen) < 100
