"""Whichever call that changes a file is a command's last, or fails: what it makes is as before or done, and goes on."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EVERY = ["fit", "fit-new", "train", "train-new", "population", "solve", "merge", "explore", "convert", "convert-folder",
         "convert-safetensors", "convert-table"]  # fmt: skip


@pytest.fixture(scope="session")
def faults(tmp_path_factory):
    """The library that counts, kills and fails calls."""
    if not sys.platform.startswith("linux") or shutil.which("cc") is None:
        pytest.skip("needs Linux and a C compiler")
    made = tmp_path_factory.mktemp("faults") / "faults.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", made, HERE / "faults.c", "-ldl"], check=True)
    return made


@pytest.mark.parametrize(
    ("command", "every"), [("fit", 30), *(pytest.param(command, 1, marks=pytest.mark.slow) for command in EVERY)]
)
def test_no_call_is_one_at_which_anything_is_mixed_lost_or_refused_afterwards(faults, command, every):
    """Killed there, and failing there; the same command is given again, and its result is that of no fault."""
    given = [sys.executable, HERE / "crash_points.py", command, str(every)]
    done = subprocess.run(given, env=os.environ | {"LD_PRELOAD": str(faults)}, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found = json.loads(done.stdout)
    assert found["wrong"] == []
    assert found["calls"] > 10 and found["tried"] == 2 * len(range(0, found["calls"], every))
    assert found["old"] and found["new"], "some of the calls come before the step, and some after it"
