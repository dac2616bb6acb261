"""Prediction and run side by side: numbers by hand, and words only where the numbers show them."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

import solve2vec
from solve2vec import InputError, Trajectory, compare
from solve2vec.core.stage import Lineage
from solve2vec.dynamics.growth import aligned_strengths

λ = np.array([8.0, 5.0, 3.0, 1.5])
TIME = np.r_[0.0, np.geomspace(0.05, 14, 160)]
S0 = np.full(4, 1e-10)


def law(time=TIME, s0=S0, values=λ):
    return aligned_strengths(values, s0, np.asarray(time))


def trajectory(strengths=None, *, model="theory", time=TIME, eigenvalues=λ, start=None, **fields):
    strengths = law(time) if strengths is None else strengths
    lineage = Lineage() if start is None else Lineage().then("train", **start)
    return Trajectory(model=model, time=time, loss=np.zeros(len(time)), strengths=strengths, eigenvalues=eigenvalues,
                      lineage=lineage, **fields)  # fmt: skip


def remarks(predicted, observed):
    """The remarks after the first, which every comparison has."""
    return " ".join(compare(predicted, observed).remarks[1:])


def test_the_numbers_of_one_mode_by_hand():
    time = np.array([0.0, 1.0, 2.0, 3.0])
    theory = trajectory(np.array([[0.0, 1.0, 3.0, 4.0]]).T, time=time, eigenvalues=np.array([4.0]))
    seen = trajectory(np.array([[0.0, 0.0, 2.0, 4.0]]).T, time=time, eigenvalues=np.array([4.0]), model="run")
    (mode,) = compare(theory, seen).modes
    assert mode.r_squared == pytest.approx(1 - 2 / 11)  # residuals 0 1 1 0; variance about 1.5: 2.25 2.25 .25 6.25
    assert mode.worst_residual == 1 / 4 == compare(seen, theory).modes[0].worst_residual
    assert (mode.predicted_final, mode.observed_final, mode.eigenvalue) == pytest.approx((4, 4, 4), rel=1e-12)
    assert mode.predicted_half_way == pytest.approx(1.5) and mode.observed_half_way == pytest.approx(2.0)
    assert mode.ratio == pytest.approx(4 / 3)


def test_a_prediction_at_other_moments_is_interpolated():
    """To a thousandth of λ, from moments that see each rise; only where both look."""
    other = np.linspace(0.5, 20, 333)
    found = compare(trajectory(), trajectory(law(other), time=other, model="run"))
    assert found.time[-1] <= TIME[-1] < other[-1]
    assert all(mode.worst_residual < 2e-3 and mode.r_squared > 0.99999 for mode in found.modes)
    assert found.order_agreement == 1


def test_order_is_kendalls_tau():
    """One exchange among four: (5 - 1) / 6."""
    seen = law()[:, [0, 2, 1, 3]] * λ / λ[[0, 2, 1, 3]]
    found = compare(trajectory(), trajectory(seen, model="run"))
    assert found.order_agreement == pytest.approx(4 / 6)
    assert "Order: 1 pairs of modes came the other way round" in " ".join(found.remarks)


def test_a_run_that_follows_theory_gets_one_sentence_and_no_blame():
    (first, *rest) = compare(trajectory(), trajectory(model="run")).remarks
    assert first.startswith("4 of 4 modes reached half of their λ in both; half-way times differ by 0.00%")
    assert rest == []


def test_modes_that_did_not_rise_are_named():
    seen = law().copy()
    seen[:, 2] = 1e-10
    said = remarks(trajectory(), trajectory(seen, model="run"))
    assert "mode 2 should have reached half of λ by time 14 and did not" in said
    said = remarks(trajectory(seen), trajectory(model="run"))
    assert "mode 2 reached half of λ by time 14 before it was due" in said


def test_modes_that_are_there_from_the_first_moment_on_are_not_missing():
    """As after a warm start; and what hardly moves has no R²."""
    there = np.tile(λ, (len(TIME), 1)) + 1e-5 * λ * np.sin(TIME)[:, None]
    found = compare(trajectory(), trajectory(there, model="run"))
    assert "the run begins with 4 modes (0, 1, 2, 3) above it" in found.remarks[0]
    assert "did not" not in " ".join(found.remarks) and all(mode.r_squared is None for mode in found.modes)
    assert "before it was due" not in remarks(trajectory(1e-9 * law()), trajectory(there, model="run"))


def test_nothing_risen_is_said_and_has_no_numbers():
    flat = np.full((len(TIME), 4), 1e-9)
    found = compare(trajectory(), trajectory(flat, model="run"))
    assert found.remarks[0].startswith("No mode reached half") and found.order_agreement is None
    assert found.median_r_squared is None and all(mode.r_squared is None for mode in found.modes)


def test_a_coarse_step_is_made_responsible_by_its_own_formula():
    """η = 0.025: 1 + ηλ_1 = 1.2; late by 0.2 / ln 1.2 - 1 = 9.7 %."""
    step = np.rint(TIME / 0.025).astype(np.int64)
    said = remarks(trajectory(), trajectory(model="run", step=step, time=step * 0.025, strengths=law(step * 0.025)))
    assert "1 + ηλ = 1.2 " in said and "9.7% late" in said
    fine = np.rint(TIME / 1e-4).astype(np.int64)
    seen = trajectory(model="run", step=fine, time=fine * 1e-4, strengths=law(fine * 1e-4))
    assert "Finite step" not in remarks(trajectory(), seen)


@pytest.mark.parametrize(("integrator", "is_blamed"), [("fixed", True), ("adaptive", False), ("stabilized", False)])
def test_only_descent_has_a_step_that_is_late(integrator, is_blamed):
    """A Runge-Kutta step of the same length follows the flow."""
    step, start = np.arange(0, 561, 2), {"init_scale": 1e-5, "integrator": integrator}
    seen = trajectory(model="run", step=step, time=step * 0.025, strengths=law(step * 0.025), start=start)
    assert ("Finite step" in remarks(trajectory(), seen)) == is_blamed


def test_a_clock_that_is_off_by_a_factor_is_told_from_modes_that_are_off():
    slow = trajectory(law(TIME / 1.25), model="run")
    assert "half-way times are 1.25 times the predicted ones" in remarks(trajectory(), slow)
    scattered = np.column_stack([law(TIME / c)[:, k] for k, c in enumerate((0.8, 1.3, 1.0, 1.2))])
    assert "clock" not in remarks(trajectory(), trajectory(scattered, model="run"))


def test_strengths_that_go_up_and_down_are_noise_and_one_fall_is_not():
    shaken = law() + 0.04 * λ * np.random.default_rng(0).normal(size=(len(TIME), 4)) * (law() > 1)
    said = remarks(trajectory(), trajectory(shaken, model="run"))
    assert "Noise: the strength of mode" in said
    high = trajectory(law(s0=np.full(4, 20.0)), model="run")  # falls from above, as the flow from a large start does
    assert "Noise" not in remarks(trajectory(), high)


def test_turns_are_counted_by_hand():
    from solve2vec.dynamics.remarks import _turns

    assert _turns(np.array([0.0, 1, 0.95, 1, 0.5, 0.9, 0.85, 0.3]), 0.2) == 3
    assert _turns(np.array([3.0, 2, 1, 1.1]), 0.2) == 0


def test_another_optimum_is_seen_in_what_has_settled():
    said = remarks(trajectory(), trajectory(0.8 * law(), model="weighted quadratic"))
    assert "stand at 0.80 of λ in the median" in said and "so weighted quadratic does not minimize" in said


def test_a_large_start_blurs_the_theory_itself():
    begun = trajectory(law(s0=np.full(4, 0.5)))
    assert "4 of 4 modes begin above 1% of λ" in (said := remarks(begun, begun)) and "aligned" not in said
    alone = Trajectory(model="theory", time=TIME, loss=0 * TIME, strengths=begun.strengths, eigenvalues=λ,
                       lineage=Lineage().then("predict", method="aligned"))  # fmt: skip
    assert "the exact method has it" in remarks(alone, begun)


def test_starts_that_differ_are_told_from_the_lineage():
    here = {"init_scale": 1e-4, "dim": 50, "tied": True, "seed": 0}
    assert "starts" not in remarks(trajectory(start=here), trajectory(start=here | {"learning_rate": 1.0}))
    said = remarks(trajectory(start=here), trajectory(start=here | {"init_scale": 1e-3, "dim": 40}))
    assert "σ = 0.0001 predicted and 0.001 observed, d = 50 predicted and 40 observed" in said
    measured = here | {"init_scale": 1.1e-4, "given": True}  # of the numbers themselves
    assert "starts" not in remarks(trajectory(start=measured), trajectory(start=here))


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        ({"start": "aligned"}, "the run with the modes themselves, made small"),
        ({"warm_start": True}, r"the run with vectors that it was given \(a warm start\)"),
        ({"init_scale": None}, "the run with word2vec's own numbers"),
    ],
)
def test_starts_of_two_kinds_are_not_the_same(start, kind):
    drawn = {"init_scale": 1e-4, "dim": 50, "seed": 0}
    run = trajectory(start=drawn | start)
    assert re.search(f"theory begins with normal numbers, {kind}", remarks(trajectory(start=drawn), run))
    assert "starts" not in remarks(trajectory(start=drawn | {"given": True, "seed": None}), run)
    assert "starts" not in remarks(run, run)


@pytest.mark.parametrize(
    ("verb", "other", "told"),
    [
        ("target", {"kind": "pmi"}, "kind = mstar in the prediction and pmi in training"),
        ("target", {"shrinkage": 5.0}, "κ = 50.0 in the prediction and 5.0 in training"),
        ("train", {"model": "quadratic"}, "κ = 50.0 in the prediction and 0.0 in training"),
        ("count", {"size": 5}, "window = 32 in the prediction and 5 in training"),
        ("count", {"weighting": "flat"}, "weighting = harmonic in the prediction and flat in training"),
    ],
)
def test_another_formula_or_window_is_told_and_nothing_else_is_blamed(verb, other, told):
    """Every mode slow by a factor and at 80 % of λ: of the same target that would be the clock, and the loss."""
    counted = Lineage().then("count", size=32, weighting="harmonic")
    lineage = counted.then("target", kind="mstar", shrinkage=50.0, negatives=1.0)
    theory = replace(trajectory(), lineage=lineage.then("predict", init_scale=1e-5))
    seen = trajectory(0.8 * law(TIME / 1.25), model="run")
    blamed = remarks(theory, replace(seen, lineage=lineage.then("population_train", init_scale=1e-5)))
    assert "clock" in blamed and "Other optimum" in blamed and "another target" not in blamed
    said = remarks(theory, replace(seen, lineage=lineage.then(verb, **lineage.values_of(verb) | other)))
    assert told in said and "clock" not in said and "Other optimum" not in said


def test_another_target_is_told_from_the_lineage():
    formula, σ = {"negatives": 1.0, "context_smoothing": 1.0, "subsample": None}, {"init_scale": 1e-3}
    theory = Trajectory(model="theory", time=TIME, loss=0 * TIME, strengths=law(), eigenvalues=λ,
                        lineage=Lineage().then("target", **formula).then("predict", **σ))  # fmt: skip
    assert "another target" not in remarks(theory, trajectory(start=formula | σ | {"negatives": 1}))
    said = remarks(theory, trajectory(start=formula | σ | {"negatives": 5, "subsample": 1e-3}))
    assert "k = 1.0 in the prediction and 5 in training, subsampling = None in the prediction and 0.001" in said


def test_a_subspace_that_is_another_is_told():
    seen = trajectory(model="run", overlap=np.full(len(TIME), 0.5))
    found = compare(trajectory(), seen)
    assert found.final_overlap == 0.5 and "hold 50.0% of the modes" in " ".join(found.remarks)


def test_only_modes_of_both_are_compared_and_all_of_it_is_json():
    found = compare(trajectory(law()[:, :2], eigenvalues=λ[:2]), trajectory(model="run", mode_names=tuple("abcd")))
    assert len(found.modes) == 2
    made = json.loads(json.dumps(found.as_json(), default=lambda array: array.tolist()))
    assert [mode["mode"] for mode in made["modes"]] == [0, 1] and made["order_agreement"] == 1


@pytest.mark.parametrize(
    ("observed", "message"),
    [
        (lambda: trajectory(eigenvalues=λ * 1.1), "mode 0 has λ = 8 in the prediction and 8.8 in the run"),
        (lambda: trajectory(time=TIME + 100), "--at"),
        (lambda: trajectory(np.zeros((len(TIME), 0)), eigenvalues=np.zeros(0)), "no modes"),
    ],
)
def test_what_cannot_be_compared_is_refused(observed, message):
    predicted = trajectory(start={"init_scale": 1e-4, "tied": True})
    with pytest.raises(InputError, match=message):
        compare(predicted, observed())


def test_the_way_out_of_one_or_two_matrices_is_the_right_one():
    one, two = (trajectory(start={"init_scale": 1e-4, "tied": tied}) for tied in (True, False))
    with pytest.raises(InputError, match="for one matrix, the run has two matrices: predict with --untied"):
        compare(one, two)


def test_the_face_has_them():
    assert solve2vec.Comparison is type(compare(trajectory(), trajectory()))
