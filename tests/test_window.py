"""Window weights against fractions."""

import json
from dataclasses import asdict
from fractions import Fraction
from typing import get_args

import numpy as np
import pytest

from oracles_math import WEIGHTS
from solve2vec import InputError, Window
from solve2vec.cooccurrence.window import WEIGHTINGS, WeightingName


def test_every_weighting_has_its_oracle_and_no_oracle_is_left_over():
    assert set(get_args(WeightingName)) == set(WEIGHTINGS) == set(WEIGHTS)


@pytest.mark.parametrize("size", [1, 2, 5, 12, 13, 40])
@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_weights_are_the_formulas_fractions_to_the_nearest_whole_numerator(size, weighting):
    """So they are exact where the denominator can hold them."""
    window = Window(size=size, weighting=weighting)
    exact = [WEIGHTS[weighting](j, size) * window.denominator for j in range(1, size + 1)]
    assert window.numerators.dtype == np.int64
    assert all(abs(int(n) - weight) <= Fraction(1, 2) for n, weight in zip(window.numerators, exact, strict=True))
    assert 0 <= window.numerators.min() <= window.numerators.max() <= window.denominator < 2**31


@pytest.mark.parametrize(("weighting", "most"), [("harmonic", 12), ("linear", 10_000), ("flat", 10_000)])
def test_published_weights_are_exact(weighting, most):
    for size in {1, 2, 5, 12, most}:
        window = Window(size=size, weighting=weighting)
        some = np.arange(0, size, max(1, size // 50))
        made = [Fraction(int(window.numerators[k]), window.denominator) for k in some]
        assert made == [WEIGHTS[weighting](int(k) + 1, size) for k in some]


@pytest.mark.parametrize("size", [13, 32, 1000])
def test_wide_harmonic_weights_are_the_nearest_27720ths(size):
    window = Window(size=size)
    assert window.denominator == 27_720
    errors = window.numerators / window.denominator - 1 / np.arange(1, size + 1)
    assert np.abs(errors).max() <= 0.5 / 27_720 + 1e-15  # half a step, and rounding of the check itself


def test_a_document_window_is_flat():
    window = Window(size="document")
    assert window.is_document
    assert (window.weighting, window.denominator, window.numerators.tolist()) == ("flat", 1, [1])


def test_a_size_from_numpy_can_be_written_to_json():
    assert json.dumps(asdict(Window(size=np.int64(5)))) == json.dumps(asdict(Window(size=5)))
    assert Window(size=np.int64(5)) == Window(size=5)


@pytest.mark.parametrize("size", [0, -1, 2.5, "5", None, True, 10_001, float("nan")])
def test_a_size_that_cannot_be_is_told(size):
    with pytest.raises(InputError, match=r"window size .*(at least 1|above 10,000)"):
        Window(size=size)


def test_an_unknown_weighting_is_told():
    with pytest.raises(InputError, match=f"one of {', '.join(WEIGHTINGS)}, got 'square'"):
        Window(weighting="square")
