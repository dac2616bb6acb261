"""The formula against its definition pair by pair, its limits, and its laws."""

import itertools

import numpy as np
import pytest

import oracles_math as oracle
from solve2vec.core.errors import InputError
from solve2vec.target.formula import Formula
from solve2vec.target.kinds import KINDS

C = np.array([0.0, 0.0, 0.25, 1.0, 3.0, 1000.0, 1e9])
E = np.array([1e-6, 5.0, 0.25, 4.0, 1.5, 3.0, 1e3])


def test_by_hand():
    """C = 3 where 1 was expected: M* = 2 (3 - 1) / (3 + 1) = 1, and the PMI is log 3."""
    assert Formula("mstar", shrinkage=0).of(np.array([3.0]), np.array([1.0])).tolist() == [1.0]
    assert Formula("pmi", shrinkage=0).of(np.array([3.0]), np.array([1.0])) == pytest.approx(np.log(3), rel=1e-15)
    assert Formula("ppmi", shrinkage=0).of(np.array([1.0]), np.array([3.0])).tolist() == [0.0]
    assert Formula("mstar", shrinkage=1).of(np.array([0.0]), np.array([1.0])).tolist() == [-1.0]


@pytest.mark.parametrize(("kind", "κ", "floor"), list(itertools.product(KINDS, [0.0, 0.3, 20.0], [0.0, -3.0, 1.0])))
def test_every_kind_is_its_definition(kind, κ, floor):
    made = Formula(kind, shrinkage=κ, floor=floor)
    expected = [oracle.entry(kind, c, e, κ, floor) for c, e in zip(C, E, strict=True)]
    np.testing.assert_allclose(made.of(C, E), expected, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(made.of_unseen(E), [oracle.entry(kind, 0.0, e, κ, floor) for e in E], rtol=1e-13)


@pytest.mark.parametrize(("kind", "κ"), list(itertools.product(KINDS, [0.0, 0.7])))
def test_the_background_is_one_number_exactly_when_it_is_said_to_be(kind, κ):
    made = Formula(kind, shrinkage=κ, floor=0.5)
    values = made.of_unseen(E)
    if made.constant_background is None:
        assert np.ptp(values) > 0.1
    else:
        assert (values == made.constant_background).all()


@pytest.mark.parametrize("negatives", [1.0, 5.0])
def test_mstar_is_twice_the_hyperbolic_tangent_of_half_the_shifted_pmi(negatives):
    """Method page §2: M* = 2 tanh(½ (PMI - log k)); E holds the k."""
    seen, chance = C[2:], negatives * E[2:]
    pmi = Formula("shifted_pmi", shrinkage=0, negatives=negatives).of(seen, chance)
    mstar = Formula("mstar", shrinkage=0, negatives=negatives).of(seen, chance)
    np.testing.assert_allclose(mstar, 2 * np.tanh(pmi / 2), rtol=1e-13, atol=1e-15)


def test_the_same_shrinkage_is_twice_as_strong_for_pmi():
    pmi, mstar = Formula("shifted_pmi", shrinkage=3.0).of(C, E), Formula("mstar", shrinkage=6.0).of(C, E)
    np.testing.assert_allclose(mstar, 2 * np.tanh(pmi / 2), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("kind", KINDS)
def test_shrinkage_pulls_every_pair_towards_zero_and_little_evidence_most(kind):
    sizes = np.array([np.abs(Formula(kind, shrinkage=κ).of(C[2:], E[2:])) for κ in (0.0, 0.1, 1.0, 10.0, 1e12)])
    assert (np.diff(sizes, axis=0) <= 1e-15).all()
    assert sizes[-1].max() < 2e-3
    little, much = Formula(kind, shrinkage=1.0).of(np.array([0.3, 300.0]), np.array([0.1, 100.0]))
    assert 0 < little < much


@pytest.mark.parametrize(
    ("α", "symmetric", "other"), list(itertools.product([1.0, 0.75, 0.01], [True, False], [True, False]))
)
def test_expected_counts_are_those_of_the_definition(α, symmetric, other):
    counts = np.random.default_rng(0).integers(0, 9, (6, 6)).astype(float)
    counts += counts.T
    P = counts.sum(axis=1) / counts.sum()
    noise = "words" if other else "pairs"
    made = Formula("shifted_pmi", negatives=3, context_smoothing=α, symmetric=symmetric, noise=noise)
    drawn = np.arange(1.0, 7.0) if other else P
    x, y = made.log_expected(P, counts.sum(), drawn, float((drawn**α).sum()))
    expected = oracle.expected(counts, k=3, α=α, symmetric=symmetric, drawn=drawn)
    np.testing.assert_allclose(np.exp(x[:, None] + y[None, :]), expected, rtol=1e-13)
    assert made.is_symmetric == (symmetric or (α == 1 and not other))
    assert made.is_symmetric == np.allclose(expected, expected.T, rtol=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "glove"}, f"one of {', '.join(KINDS)}, got 'glove'"),
        ({"kind": "ppmy"}, "got 'ppmy'; did you mean 'ppmi'"),
        ({"kind": ["ppmi"]}, r"got \['ppmi'\]"),
        ({"negatives": 0}, "at least 1, got 0"),
        ({"negatives": np.nan}, "at least 1, got nan"),
        ({"kind": "pmi", "negatives": 2}, "use shifted_pmi"),
        ({"context_smoothing": 0}, "above 0 and at most 1, got 0"),
        ({"context_smoothing": 3}, "above 0 and at most 1, got 3"),
        ({"context_smoothing": np.nan}, "got nan"),
        ({"shrinkage": -1}, "0 or more, got -1"),
        ({"shrinkage": np.inf}, "0 or more, got inf"),
        ({"subsample": 0}, "above 0, got 0"),
        ({"subsample": np.inf}, "above 0, got inf"),
        ({"floor": -np.inf}, "finite number, got -inf"),
    ],
)
def test_what_is_not_possible_is_refused_with_its_value(options, message):
    with pytest.raises(InputError, match=message):
        Formula(**options)


def test_whole_and_decimal_numbers_are_one_formula():
    made = Formula(negatives=2, shrinkage=np.float32(0), subsample=1, floor=-1)
    assert made == Formula(negatives=2.0, shrinkage=0.0, subsample=1.0, floor=-1.0)
    assert {type(getattr(made, name)) for name in ("negatives", "shrinkage", "subsample", "floor")} == {float}


@pytest.mark.parametrize("subsample", [None, 1e-3])
@pytest.mark.parametrize("noise", ["pairs", "words", "kept"])
def test_noise_is_saved_where_it_makes_a_difference_and_read_as_it_was_before_it_had_a_name(noise, subsample):
    made = Formula(noise=noise, subsample=subsample)
    assert ("noise" in made.values) == (noise == "words" or (noise == "pairs" and subsample is not None))
    back = Formula.of_values(made.values)
    assert back == made or (subsample is None and (back.noise, noise) == ("pairs", "kept"))
    assert Formula.of_values({"subsample": subsample}).draws_by_marginal
