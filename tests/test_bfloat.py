"""bfloat16 kernels, blocks and columns, against plain NumPy."""

import numpy as np
import pytest
from scipy import sparse

from solve2vec.kernels import llvm
from solve2vec.kernels.bfloat16 import pairs, rounding
from solve2vec.kernels.panels import DEPTH
from solve2vec.linalg.bfloat16.halves import Halves, narrow_into
from solve2vec.linalg.bfloat16.split import SplitColumns
from solve2vec.linalg.rowblocks import row_blocks

WIDTH = pairs.WIDTH
STEP = 2.0**-8  # of a bfloat16: half of the distance to the next, as a share of the number, at most


def whole(rng, shape):
    """Whole numbers that bfloat16 holds, and every sum of their products float32."""
    return rng.integers(-100, 101, shape).astype(np.float32)


def halves_of(X):
    """Both layouts of X, by NumPy: rows (n, b) uint16 and pairs (n / 2, b) uint32."""
    rows = llvm.nearest(X)
    return rows, rows[::2] | (rows[1::2].astype(np.uint32) << 16)


@pytest.mark.parametrize(("n", "m"), [(1, 2), (9, 64), (17, 2 * DEPTH + 2), (8, 0), (0, 4)])
@pytest.mark.parametrize("layout", ["rows", "columns"])
def test_products_of_pairs_of_whole_numbers_are_exact(n, m, layout):
    rng = np.random.default_rng(n + m)
    A, X, Y = whole(rng, (n, m)), whole(rng, (m, WIDTH)), whole(rng, (n, WIDTH))
    expected = Y + (A.astype(int) @ X.astype(int)).astype(np.float32)
    given = llvm.nearest(A).view(np.uint32) if layout == "rows" else halves_of(np.ascontiguousarray(A.T))[1].T
    pairs.add_pairs_product(given, halves_of(X)[1], Y)
    np.testing.assert_array_equal(Y, expected)


@pytest.mark.parametrize("kind", [np.uint16, np.uint32])
def test_sparse_products_of_whole_numbers_are_exact(kind):
    rng = np.random.default_rng(4)
    lengths = 2 * rng.integers(0, 9, 50)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    indices = rng.integers(0, 300, starts[-1]).astype(kind)
    values, X, Y = whole(rng, starts[-1]), whole(rng, (300, WIDTH)), whole(rng, (50, WIDTH))
    M = sparse.csr_array((values, indices.astype(np.int32), starts), shape=(50, 300))
    expected = Y + M.toarray() @ X
    pairs.add_sparse_product(starts, indices, llvm.nearest(values), llvm.nearest(X), Y)
    np.testing.assert_array_equal(Y, expected)


def test_the_compiled_product_has_the_bits_of_the_steps_without_the_instruction():
    """NumPy adds the products one after another, upper halves first; every processor is to get its bits."""
    rng = np.random.default_rng(5)
    A, X = rng.standard_normal((7, 200)).astype(np.float32), rng.standard_normal((200, WIDTH)).astype(np.float32)
    compiled, expected = np.zeros((2, 7, WIDTH), np.float32)
    given, block = llvm.nearest(A).view(np.uint32), halves_of(X)[1]
    pairs.add_pairs_product(given, block, compiled)
    for i, k in np.ndindex(given.shape):
        expected[i] = llvm.dot(given[i, k], block[k], expected[i])
    assert compiled.tobytes() == expected.tobytes()
    np.testing.assert_allclose(compiled, A.astype(float) @ X, atol=2 * STEP * np.sqrt(200) * 6)


def test_a_block_is_narrowed_with_what_is_left_over_carried_down():
    """The slow twin row by row; and the law that follows: no column's sum is off by more than one rounding."""
    rng = np.random.default_rng(6)
    X = (1 + rng.random((40, WIDTH))).astype(np.float32)
    rows, pairs = np.empty((40, WIDTH), np.uint16), np.empty((20, WIDTH), np.uint32)
    narrow_into(rows, pairs, X)
    carried = np.zeros(WIDTH, np.float32)
    for i in range(40):
        kept = llvm.nearest(X[i] + carried)
        np.testing.assert_array_equal(rows[i], kept)
        carried = X[i] + carried - llvm.widened(kept)
    np.testing.assert_array_equal(pairs, rows[::2] | (rows[1::2].astype(np.uint32) << 16))
    assert np.abs((llvm.widened(rows).astype(float) - X).sum(axis=0)).max() <= 2 * STEP


@pytest.mark.parametrize("steps", [[70], [32, 32, 6], [7] * 10, [5, 60, 5]], ids=str)
def test_split_columns_do_what_a_matrix_does(steps):
    """Numbers of sixteen bits, whole ones, so that every sum is exact; other blocks before, so that none stays."""
    rng = np.random.default_rng(len(steps))
    Q, Y = rng.integers(-9999, 10000, (61, 70)).astype(np.float32), whole(rng, (61, 4))
    C = rng.integers(-9, 10, (70, 4)).astype(float)
    C[32:64] = 0
    with row_blocks(61, rows=16) as blocks:
        made = SplitColumns(blocks, 70)
        made.append(whole(rng, (61, 50)))
        made.replace(Q[:, : steps[0]])
        for first, step in zip(np.cumsum(steps), steps[1:], strict=False):
            made.append(Q[:, first : first + step])
        np.testing.assert_array_equal(made.times(np.eye(70)), Q)
        np.testing.assert_array_equal(made.gram(Y / 128), Q.T.astype(float) @ (Y / 128))
        np.testing.assert_array_equal(made.times(C), Q @ C)
        left = Y.copy()
        made.take_away(left, C)
    np.testing.assert_array_equal(left, Y - Q @ C)


def test_a_block_is_split_into_two_that_add_up_to_it():
    """The slow twin, twice; and the law that follows: no column's sum is off by more than one rounding of the rest."""
    rng = np.random.default_rng(12)
    X = (1 + rng.random((40, WIDTH))).astype(np.float32)
    upper, lower, joined = np.empty((40, WIDTH), np.uint16), np.empty((40, WIDTH), np.uint16), np.empty_like(X)
    rounding.split_block(X, upper, lower)
    rounding.join_block(upper, lower, joined)
    rest = X
    for part in (upper, lower):
        carried = np.zeros(WIDTH, np.float32)
        for i in range(40):
            np.testing.assert_array_equal(part[i], llvm.nearest(rest[i] + carried))
            carried = rest[i] + carried - llvm.widened(part[i])
        rest = rest - llvm.widened(part)
    np.testing.assert_array_equal(joined, llvm.widened(upper) + llvm.widened(lower))
    assert np.abs((joined.astype(float) - X).sum(axis=0)).max() <= 2 * STEP**2


@pytest.mark.parametrize("n", [2, 38, 4 * DEPTH + 2])
def test_crossed_products_of_whole_numbers_are_exact(n):
    rng = np.random.default_rng(n)
    Q, X, Y = whole(rng, (3, n, WIDTH)), whole(rng, (n, WIDTH)), whole(rng, (3, WIDTH, WIDTH))
    expected = Y + np.einsum("ix,piq->pxq", X.astype(int), Q.astype(int)).astype(np.float32)
    pairs.add_crossed_products(llvm.nearest(Q), halves_of(X)[1], Y)
    np.testing.assert_array_equal(Y, expected)


@pytest.mark.parametrize("b", [WIDTH, 5])
@pytest.mark.parametrize("V", [60, 61])
@pytest.mark.parametrize("m", [20, 40])
def test_a_split_basis_removes_itself_from_a_block(V, b, m):
    """Each column is off by a share of its own length, however long the others are."""
    rng = np.random.default_rng(V)
    Q = np.linalg.qr(rng.standard_normal((V, m)))[0].astype(np.float32)
    outside = rng.standard_normal((V, b)) * 10.0 ** rng.integers(-3, 4, b)
    outside -= Q @ (Q.T @ outside)
    lengths = np.linalg.norm(outside, axis=0)
    X = (outside + 1e-3 * Q @ rng.standard_normal((m, b)) * lengths).astype(np.float32)
    with row_blocks(V, rows=16) as blocks:
        basis = SplitColumns(blocks, 70)
        basis.append(Q)
        basis.remove_from(X, Halves(blocks))
    assert (np.linalg.norm(X - outside, axis=0) < 2 * STEP * lengths).all()
    assert (np.abs(Q.T @ X).max(axis=0) < STEP / 2 * lengths).all()  # of which an eighth of a STEP, or more, was Q's


@pytest.mark.slow
def test_kernels_do_the_same_interpreted_with_bounds_checked_and_for_older_processors(pass_again):
    pass_again(__file__, "-k", "whole_numbers or narrowed or removes or split or bits_of_the_steps")
