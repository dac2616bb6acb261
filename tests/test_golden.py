"""Runs saved by an earlier version load, answer what they answered then, and go on in every command.

``tests/data/README.md`` says how they and what is recorded of them were made.
"""

import json
import math
import shutil
from pathlib import Path

import pytest

import golden
import solve2vec
from solve2vec import FolderError

FOLDERS = sorted(Path(__file__).parent.joinpath("data").glob("runs-*"))
RECORDED = {folder: json.loads((folder / "golden.json").read_text("utf-8")) for folder in FOLDERS}
EXACT = {"Vocabulary", "Corpus", "Cooccurrence"}  # whole numbers; and what is trained on text, in kernels of ours
DIGITS = {"rel_tol": 1e-5, "abs_tol": 1e-5}  # of 8: BLAS rounds sums of float32 otherwise on another processor
ROUGH = {"rel_tol": 2e-3, "abs_tol": 2e-3}  # float16 of a bootstrap: cosines to 5e-4; rotated axes settle to 1e-3


def entries(part):
    return [
        pytest.param(folder, name, id=f"{folder.name}:{name}") for folder in FOLDERS for name in RECORDED[folder][part]
    ]


def differences(then, now, close=DIGITS, at=""):
    """Where what was recorded is not what is found; new entries of a report are no difference."""
    if isinstance(then, dict) and isinstance(now, dict):
        rough = ROUGH if then.get("kind") == "Bootstrap" or "axes" in then else close
        for name, value in then.items():
            if name != "fingerprint" or is_exact(then):
                yield from differences(value, now.get(name, "nothing"), rough, f"{at}/{name}")
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for place, (one, other) in enumerate(zip(then, now, strict=True)):
            yield from differences(one, other, close, f"{at}/{place}")
    elif isinstance(then, float) and isinstance(now, (int, float)) and not isinstance(now, bool):
        if not math.isclose(then, now, **close):
            yield f"{at}: {then} then, {now} now"
    elif then != now or type(then) is not type(now):
        yield f"{at}: {then!r} then, {now!r} now"


def is_exact(stage):
    """Whether this stage has the same bits on every processor."""
    trained = stage["kind"] == "Embedding" and [verb for verb, _ in stage["step"]] == ["train"]
    return stage["kind"] in EXACT or trained


def as_json(value):
    return json.loads(json.dumps(value))


def test_there_are_runs_of_each_version_and_every_one_goes_on():
    assert [folder.name for folder in FOLDERS] == ["runs-0.1"]
    for folder, recorded in RECORDED.items():
        assert golden.stages_in(folder) == sorted(recorded["stages"])
        assert {path.split("/")[0] for path in recorded["stages"]} == recorded["goes_on"].keys()


@pytest.mark.parametrize(("folder", "stage"), entries("stages"))
def test_a_stage_loads_and_answers_what_it_answered(folder, stage):
    then, now = RECORDED[folder]["stages"][stage], as_json(golden.described(folder / stage))
    assert now["fingerprint"] == then["fingerprint"]
    assert list(differences(then, now)) == []


@pytest.mark.parametrize(("folder", "run"), entries("goes_on"))
def test_a_run_goes_on_in_every_command(folder, run, tmp_path):
    goes_on(folder, run, "goes_on", golden.GOES_ON, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("folder", "run"), entries("at_length"))
def test_a_run_goes_on_in_commands_that_take_long(folder, run, tmp_path):
    goes_on(folder, run, "at_length", golden.AT_LENGTH, tmp_path)


def goes_on(folder, run, part, scripts, place):
    now = as_json(golden.all_went_on(scripts[run], golden.copied(folder, run, place)))
    assert list(now) == list(RECORDED[folder][part][run])
    assert list(differences(RECORDED[folder][part][run], now)) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_bit_that_fell_over_since_is_noticed(folder, tmp_path):
    stage = Path(shutil.copytree(folder / "default" / "spectrum", tmp_path / "spectrum"))
    file = stage / "eigenvectors.npy"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(FolderError, match=r"eigenvectors\.npy does not match its checksum"):
        solve2vec.load(stage)


def test_differences_are_seen():
    then = {"kind": "Corpus", "step": [], "fingerprint": "a", "answers": [1.0, {"word": "king", "n": 3}]}
    now = {"kind": "Corpus", "step": [], "fingerprint": "b", "answers": [1.0001, {"word": "queen", "n": 4}], "more": 1}
    places = [difference.split(":")[0] for difference in differences(then, now)]
    assert places == ["/fingerprint", "/answers/0", "/answers/1/word", "/answers/1/n"]
    assert len(list(differences(then | {"kind": "Target"}, now | {"kind": "Target"}))) == 3
    for one, other in (([1.0, 2], [1.0, 2, 3]), ({"a": None}, {}), (1, True), (0.5, None), ({"a": 1}, [])):
        assert list(differences(one, other)) != []
    assert list(differences({"x": [0.5]}, {"x": [0.5 + 1e-7], "y": 2})) == []
