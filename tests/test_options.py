"""An option is declared once: its check says what it must be, and what repeats it borrows it from its owner."""

import dataclasses
import math
from typing import get_type_hints

import numpy as np
import pytest

import solve2vec
from solve2vec import InputError
from solve2vec.cli.diagnosing import Given
from solve2vec.cli.main import app
from solve2vec.cli.options import CHOSEN_OTHERWISE, HYPERPARAMETERS, Options
from solve2vec.core.options import Number, check_options, members, option, same_as
from solve2vec.diagnosis import DiagnosisOptions

OWNERS = {
    solve2vec.TrainingOptions: ("dim", "epochs", "learning_rate", "closed_gaps"),
    solve2vec.Window: ("size", "weighting"),
    solve2vec.Formula: ("negatives", "context_smoothing", "subsample", "shrinkage"),
    solve2vec.VocabularyOptions: ("min_count", "max_vocab"),
    solve2vec.PopulationOptions: ("tied",),
}


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (Number(least=0), [0, 1.5, np.float32(2)], {-1: "0 or more, got -1", math.inf: "a finite number, 0 or more"}),
        (Number(above=0, below=1), [0.5], {0: "above 0 and below 1, got 0", 1: "above 0 and below 1, got 1"}),
        (Number(least=2, most=3, whole=True), [2, 3, np.int8(3)], {1: "at least 2 and at most 3", 2.0: "whole number"}),
        (Number(), [-5.0], {math.nan: "a finite number, got nan", "5": "a number, got", True: "a number, got"}),
    ],
)
def test_a_number_is_within_its_bounds_or_a_sentence_names_them(check, good, bad):
    for value in good:
        check("x", value)
    for value, message in bad.items():
        with pytest.raises(InputError, match=f"^x must be .*{message}"):
            check("x", value)


def test_none_passes_only_where_the_type_has_it():
    @dataclasses.dataclass
    class Both:
        a: int | None = option(None, "", Number(least=1, whole=True))
        b: int = same_as(solve2vec.TrainingOptions, "dim", default=7)

        def __post_init__(self):
            check_options(self)

    assert Both() == Both(None, 7)
    with pytest.raises(InputError, match="b must be a whole number, got None"):
        Both(b=None)
    with pytest.raises(InputError, match="a must be at least 1, got 0"):
        Both(a=0)


@pytest.mark.parametrize("owner", OWNERS, ids=lambda owner: owner.__name__)
def test_settings_of_a_diagnosis_have_the_type_and_default_of_their_owner(owner):
    ours, theirs = get_type_hints(DiagnosisOptions), get_type_hints(owner)
    for name in OWNERS[owner]:
        assert (ours[name], getattr(DiagnosisOptions, name)) == (theirs[name], getattr(owner, name))


def test_every_setting_and_hyperparameter_is_an_option_that_is_none_unless_given():
    assert {f.name for f in dataclasses.fields(DiagnosisOptions)} <= {f.name for f in dataclasses.fields(Given)}
    own = {f.name for kind in HYPERPARAMETERS.values() for f in dataclasses.fields(kind)}
    assert {f.name for f in dataclasses.fields(Options)} == own - CHOSEN_OTHERWISE.keys()
    for kind in (Given, Options):
        assert kind().given() == {}
        assert all(type(None) in members(hint) for hint in get_type_hints(kind).values())
    assert Options(dim=3, subsample="none").given() == {"dim": 3, "subsample": None}


def test_none_keeps_all_words_and_is_not_the_same_as_not_given():
    for arguments, given in ([], {}), (["--subsample", "none"], {"subsample": None}), (["--dim", "3"], {"dim": 3}):
        _, bound, _ = app.parse_args(["train", "text.txt", "--out", "run", *arguments], exit_on_error=False)
        assert bound.arguments.get("options", Options()).given() == given
