"""Closed streams: a command works without standard input, output or error, and no file takes their place."""

import os
import subprocess
import sys

import pytest

TEXT = "the boat is on the river and the fish swim\n" * 30


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_command_works_with_closed_streams(tmp_path, closed):
    (tmp_path / "t.txt").write_text(TEXT)
    command = f"{sys.executable} -m solve2vec fit t.txt --out r --dim 1 {closed}"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and "Error" not in done.stderr + done.stdout
    assert (tmp_path / "r" / "embedding" / "stage.json").is_file()


def test_an_error_with_closed_streams_keeps_its_code(tmp_path):
    command = f"{sys.executable} -m solve2vec fit absent.txt --out r >&- 2>&-"
    assert subprocess.run(["sh", "-c", command], cwd=tmp_path).returncode == 2


UNWRITABLE = """
import os, runpy, sys
os.access = lambda *_, **__: False  # as in a package of another user, without a home
sys.argv = ["solve2vec", "fit", "t.txt", "--out", "r", "--dim", "1"]
runpy.run_module("solve2vec", run_name="__main__")
"""


def test_kernels_are_compiled_where_nothing_can_be_kept(tmp_path):
    (tmp_path / "t.txt").write_text(TEXT)
    (tmp_path / "tmp").mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    environment["TMPDIR"] = str(tmp_path / "tmp")
    command = [sys.executable, "-c", UNWRITABLE]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.returncode == 0 and done.stderr.count("compiled code is not kept") == 1
    assert not list((tmp_path / "tmp").iterdir())
