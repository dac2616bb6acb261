"""make keeps what is not its own: folders of other files, and environments made by hand."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[1] / "Makefile"

pytestmark = pytest.mark.skipif(
    shutil.which("make") is None or os.name != "posix" or not MAKEFILE.exists(), reason="make and its file are needed"
)


@pytest.fixture
def make(tmp_path):
    """make with a Python that only writes down how it was called, and makes what ``venv`` would make."""
    log = tmp_path / "calls"
    python = tmp_path / "python"
    python.write_text(
        f'#!/bin/sh\necho "$*" >> {log}\n'
        'if [ "$1 $2" = "-m venv" ]; then for folder; do :; done; mkdir -p "$folder/bin"; '
        'touch "$folder/pyvenv.cfg"; cp "$0" "$folder/bin/python"; fi\n'
    )
    python.chmod(0o755)

    def made(goal, folder):
        command = ["make", "-f", str(MAKEFILE), goal, f"VENV={folder}", f"PYTHON={python}"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        return done, log.read_text().splitlines() if log.exists() else []

    return made


def environment(folder, python):
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (folder / "bin" / "python").write_text(f'#!/bin/sh\nexec {python} "$@"\n')
    (folder / "bin" / "python").chmod(0o755)
    (folder / "notes.txt").write_text("precious")
    return folder


@pytest.mark.parametrize("goal", ["env/.made", "clean"])
def test_a_folder_that_is_no_environment_is_refused_and_kept(goal, make, tmp_path):
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "notes.txt").write_text("precious")
    done, calls = make(goal, "env")
    assert done.returncode != 0
    assert "env is no environment and holds other files: say make VENV=another-folder" in done.stderr
    assert (tmp_path / "env" / "notes.txt").read_text() == "precious"
    assert not calls


@pytest.mark.parametrize("there", [False, True])
def test_a_new_or_empty_folder_becomes_an_environment(there, make, tmp_path):
    if there:
        (tmp_path / "env").mkdir()
    done, calls = make("env/.made", "env")
    assert done.returncode == 0, done.stderr
    assert "-m venv env" in calls
    assert (tmp_path / "env" / ".made").exists()
    assert make("clean", "env")[0].returncode == 0
    assert not (tmp_path / "env").exists()


def test_an_environment_made_by_hand_is_kept_as_it_is(make, tmp_path):
    environment(tmp_path / "env", tmp_path / "python")
    done, calls = make("env/.made", "env")
    assert done.returncode == 0, done.stderr
    assert "using the environment in env" in done.stdout
    assert not [call for call in calls if "venv" in call]
    assert (tmp_path / "env" / "notes.txt").read_text() == "precious"


def test_an_environment_that_does_not_run_is_completed_and_nothing_in_it_is_lost(make, tmp_path):
    environment(tmp_path / "env", "false")
    done, calls = make("env/.made", "env")
    assert done.returncode == 0, done.stderr
    assert [call for call in calls if "venv" in call] == ["-m venv env"]
    assert (tmp_path / "env" / "notes.txt").read_text() == "precious"


def test_an_environment_of_an_old_python_is_told(make, tmp_path):
    old = tmp_path / "old"
    is_old = 'case "$2" in *version_info*) exit 1;; esac'
    old.write_text(f'#!/bin/sh\n{is_old}\n[ "$1" = -V ] && echo Python 3.9.1\nexit 0\n')
    old.chmod(0o755)
    environment(tmp_path / "env", old)
    done, _ = make("env/.made", "env")
    assert done.returncode != 0
    assert "needs Python 3.11 or later; env/bin/python is Python 3.9.1: say make VENV=another-folder" in done.stderr
    assert not (tmp_path / "env" / ".made").exists()


@pytest.mark.slow
def test_a_real_environment_is_made_and_kept(tmp_path):
    def make():
        command = ["make", "-f", str(MAKEFILE), "env/.made", "VENV=env", f"PYTHON={sys.executable}"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    assert "making the environment" in make().stdout
    (tmp_path / "env" / ".made").unlink()
    (tmp_path / "env" / "notes.txt").write_text("precious")
    assert "using the environment" in make().stdout
    assert (tmp_path / "env" / "notes.txt").read_text() == "precious"
