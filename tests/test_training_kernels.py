"""The kernels that training is made of: lanes, draws, noise."""

from pathlib import Path

import numpy as np
import pytest
from numba import njit
from scipy.stats import chi2

import training_twin as twin
from solve2vec.kernels import llvm, sampling


@njit
def _combined(a, b, c, out):
    made = llvm.fma(llvm.load(a, 1), llvm.load(b, 2), llvm.fill(c))
    llvm.store(out, 3, made)
    return llvm.total(made)


def test_lanes_do_what_numpy_does():
    a, b = np.random.default_rng(0).normal(size=(2, 40)).astype(np.float32)
    out = np.zeros(40, np.float32)
    total = _combined(a, b, np.float32(0.3), out)
    expected = (a[1:17].astype(np.float64) * b[2:18] + np.float32(0.3)).astype(np.float32)  # one rounding, not two
    np.testing.assert_array_equal(out[3:19], expected)
    assert not out[:3].any()
    assert not out[19:].any()
    folded = expected.copy()
    while len(folded) > 1:
        folded = folded[: len(folded) // 2] + folded[len(folded) // 2 :]
    assert total == folded[0]
    np.testing.assert_array_equal(llvm.fma(a[1:17], b[2:18], np.float32(0.3)), expected)
    assert llvm.total(expected) == folded[0]


@njit
def _added(array, amount):
    before = llvm.add_shared(array, 1, amount)
    return before, llvm.read_shared(array, 1)


def test_shared_words_are_added_to():
    array = np.array([1, 2, 3])
    assert _added(array, 5) == (2, 7)
    assert array.tolist() == [1, 7, 3]


@njit
def _drawn(begin, n):
    return sampling.draw(begin, n)


@njit
def _source(key, position):
    return sampling.source(key, position)


def test_draws_are_splitmix64():
    """The published first outputs of splitmix64 with seed 1234567."""
    first = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert [_drawn(np.uint64(1234567), n) for n in range(3)] == first
    assert _source(7, 9) == twin.mixed((7 + 9 * twin.GOLDEN) & twin.BITS)


@pytest.mark.parametrize("V", [1, 2, 7, 1000])
def test_the_alias_table_holds_the_shares_exactly(V):
    shares = np.random.default_rng(V).pareto(0.8, V)
    shares /= shares.sum()
    limits, alias = sampling.alias_table(shares)
    own = np.minimum(limits.astype(np.float64) / 2**32, 1)
    held = own.copy()
    np.add.at(held, alias, 1 - own)
    np.testing.assert_allclose(held / V, shares, atol=1e-9)


@njit
def _noise(key, n, limits, alias):
    found = np.zeros(limits.size, np.int64)
    for position in range(n):
        for k in range(5):
            begin = sampling.source(key, position)
            found[sampling.noise_word(sampling.draw(begin, sampling.NEGATIVES + k), limits, alias)] += 1
    return found


@pytest.mark.parametrize("key", [0, 12345])
def test_noise_words_have_the_noise_distribution(key):
    """Chi-square over a million draws, at one in ten thousand."""
    q = 1 / np.arange(1.0, 301) ** 0.75
    q /= q.sum()
    n = 200_000
    found = _noise(key, n, *sampling.alias_table(q))
    statistic = ((found - 5 * n * q) ** 2 / (5 * n * q)).sum()
    assert chi2.ppf(1e-4, 299) < statistic < chi2.ppf(1 - 1e-4, 299)


@njit
def _draws(key, n):
    made = np.empty(n, np.uint64)
    for position in range(n):
        made[position] = sampling.draw(sampling.source(key, position), 1)
    return made


def test_neighboring_positions_and_keys_draw_independently():
    bits = np.array([_draws(key, 2000) for key in (5, 6)])
    numbers = (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
    correlation = [np.corrcoef(numbers[0], numbers[1])[0, 1], np.corrcoef(numbers[0, 1:], numbers[0, :-1])[0, 1]]
    assert np.abs(correlation).max() < 0.09
    assert np.abs(numbers.mean(axis=1) - 0.5).max() < 0.03


@pytest.mark.slow
def test_the_kernels_are_in_bounds_and_the_same_without_the_compiler(pass_again):
    drawing = "ignore:overflow:RuntimeWarning"  # draws are made of sums and products that overflow
    pass_again(Path(__file__).with_name("test_training.py"), "-k", "plain_twin", "-W", drawing)
