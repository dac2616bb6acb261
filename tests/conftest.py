"""Shared fixtures: places for files, small corpora written by hand, and the shared data where it is at hand."""

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

TEXT = "the cat sat on the mat\nthe dog sat\n\na cat and a dog ran\n"


@pytest.fixture
def write(tmp_path):
    """Write a text or bytes to a new file; its path, as people give it."""

    def write(content, name="text.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


@pytest.fixture
def use():
    """Enter resources, which hold until the test ends."""
    from solve2vec.core.resources import using

    with ExitStack() as stack:
        yield lambda **given: stack.enter_context(using(**given))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of larger texts; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("SOLVE2VEC_DATA", Path(__file__).parents[2] / "shared/data"))
    if not folder.is_dir():
        pytest.skip(f"no data at {folder}: set SOLVE2VEC_DATA")
    return folder


@pytest.fixture(scope="session")
def enwiki5(shared_data) -> str:
    """Five megabytes of English Wikipedia, one paragraph a line."""
    path = shared_data / "enwiki5.txt"
    if not path.is_file():
        pytest.skip(f"{path} is absent")
    return str(path)


@pytest.fixture(params=["NUMBA_DISABLE_JIT=1", "NUMBA_BOUNDSCHECK=1", "NUMBA_CPU_NAME=generic"])
def pass_again(request, tmp_path):
    """Run fast tests, given as to pytest, kernels interpreted, bounds checked, or for the oldest processor."""

    def passed(*tests):
        environment = (
            os.environ | dict([request.param.split("=")]) | {"NUMBA_CACHE_DIR": str(tmp_path)}
        )  # numba's own mixes modes up
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", *tests]
        told = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert told.returncode == 0, told.stdout[-3000:]

    return passed
