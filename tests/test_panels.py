"""Panel products against NumPy: exactly in whole numbers, and the same bits wherever a row stands."""

import numpy as np
import pytest

from solve2vec.kernels.panels import DEPTH, WIDTH, add_any_product
from solve2vec.linalg.rowblocks import LINE, aligned, aligned_empty

SHAPES = [
    (1, 1, WIDTH),
    (9, DEPTH, WIDTH),
    (17, DEPTH + 1, 2 * WIDTH),
    (8, 2 * DEPTH + 3, WIDTH + 5),
    (5, 7, 3),
    (0, 4, WIDTH),
]


def whole(rng, shape):
    """Small enough that every sum of products is a whole number that float32 holds."""
    return rng.integers(-50, 51, shape).astype(np.float32)


@pytest.mark.parametrize(("n", "m", "b"), SHAPES)
@pytest.mark.parametrize("layout", ["rows", "columns", "part", "no terms"])
def test_products_of_whole_numbers_are_exact(n, m, b, layout):
    rng = np.random.default_rng(n + m + b)
    wide = whole(rng, (n + 2, m + 3))
    A = {"rows": wide[:n, :m].copy(), "columns": whole(rng, (m, n)).T, "part": wide[1 : n + 1, 2 : m + 2],
         "no terms": np.empty((n, 0), np.float32)}[layout]  # fmt: skip
    X, Y = whole(rng, (A.shape[1], b)), whole(rng, (n, b))
    expected = Y + (A.astype(np.int64) @ X.astype(np.int64)).astype(np.float32)
    add_any_product(A, X, Y)
    np.testing.assert_array_equal(Y, expected)


def test_other_types_are_multiplied_too():
    rng = np.random.default_rng(1)
    A, X, Y = rng.standard_normal((6, 4)), rng.standard_normal((4, WIDTH)), np.zeros((6, WIDTH))
    add_any_product(A, X, Y)
    np.testing.assert_allclose(Y, A @ X, atol=1e-14)


@pytest.mark.parametrize("lie", [np.asfortranarray, lambda X: X[:, ::-1], lambda X: np.repeat(X, 2, axis=1)[:, ::2]])
@pytest.mark.parametrize("which", ["block", "result"])
def test_blocks_whose_rows_do_not_lie_side_by_side_are_multiplied_too(lie, which):
    rng = np.random.default_rng(3)
    A, X, Y = whole(rng, (9, 5)), whole(rng, (5, WIDTH)), whole(rng, (9, WIDTH))
    X, Y = (lie(X), Y) if which == "block" else (X, lie(Y))
    expected = Y + A @ X
    add_any_product(A, X, Y)
    np.testing.assert_array_equal(Y, expected)


def test_a_row_has_the_same_bits_alone_and_among_others_aligned_or_not():
    rng = np.random.default_rng(2)
    A, X = (rng.standard_normal(shape).astype(np.float32) for shape in ((21, 700), (700, WIDTH)))
    together = np.zeros((21, WIDTH), np.float32)
    add_any_product(A, X, together)
    shifted = np.empty(X.size + 1, np.float32)[1:].reshape(X.shape)
    shifted[:] = X
    for i in range(21):
        alone = np.zeros((1, WIDTH), np.float32)
        add_any_product(A[i : i + 1], shifted, alone)
        assert alone.tobytes() == together[i].tobytes()
    np.testing.assert_allclose(together, A.astype(float) @ X, atol=700 * 2.0**-22)


def test_aligned_arrays_begin_with_a_cache_line():
    for shape in ((3, 5), (1000,)):
        assert aligned_empty(shape, np.float32).ctypes.data % LINE == 0
    X = aligned(np.arange(12.0).reshape(3, 4).T, np.float32)
    np.testing.assert_array_equal(X, np.arange(12.0).reshape(3, 4).T)
    assert X.flags.c_contiguous and aligned(X, np.float32) is X
