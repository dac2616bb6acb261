"""Window weights against fractions."""

import json
from dataclasses import asdict
from fractions import Fraction

import numpy as np
import pytest

from solve2vec import InputError, Window


@pytest.mark.parametrize("size", [1, 2, 5, 12])
@pytest.mark.parametrize("weighting", ["flat", "linear", "harmonic"])
def test_weights_are_the_formulas_fractions_exactly(size, weighting):
    formula = {
        "flat": lambda j: Fraction(1),
        "linear": lambda j: Fraction(size + 1 - j, size),
        "harmonic": lambda j: Fraction(1, j),
    }[weighting]
    window = Window(size=size, weighting=weighting)
    made = [Fraction(int(n), window.denominator) for n in window.numerators]
    assert made == [formula(j) for j in range(1, size + 1)]


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
    with pytest.raises(InputError, match="harmonic, linear or flat, got 'square'"):
        Window(weighting="square")
