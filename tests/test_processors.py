"""The same answers, bit for bit, from the BLAS of every processor, tested with those that this one can run.

And the same numbers from one processor, however many threads its BLAS takes.
"""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
NEEDS = {"Nehalem": None, "Haswell": {"AVX2", "X86_V3"}, "SkylakeX": {"AVX512F", "X86_V4"}}  # one of these
TIES = [
    "test_search.py",
    "test_embedding.py::TestQuestions",
    "test_keyed.py::test_equal_values_come_in_row_order",
    "test_keyed.py::test_distances_and_ranks",
]


def extensions(*kinds):
    """What NumPy says of this processor; the names differ between its versions."""
    found = np.show_config(mode="dicts")["SIMD Extensions"]
    return [name for kind in kinds for name in found.get(kind, [])]


@pytest.fixture(params=NEEDS)
def environment(request):
    """Of a process that takes NumPy for one on a processor of this kind."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        pytest.skip("core types are chosen on x86-64 only")
    if "openblas" not in np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]:
        pytest.skip("this NumPy is not built on OpenBLAS")
    needed = NEEDS[request.param]
    if needed is not None and not needed & set(extensions("baseline", "found")):
        pytest.skip(f"this processor has no {' or '.join(sorted(needed))}")
    return {**os.environ, "OPENBLAS_CORETYPE": request.param}


def run(arguments, environment):
    return subprocess.run(
        [sys.executable, *map(str, arguments)], env=environment, cwd=HERE.parent, capture_output=True, text=True
    )


def answers(environment, script="processor_answers.py"):
    done = run([HERE / script], environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def here():
    return answers(os.environ)["answers"]


def test_answers_are_those_of_any_other_processor(environment, here):
    there = answers(environment)
    if there["blas"] != [environment["OPENBLAS_CORETYPE"]]:
        pytest.skip(f"this OpenBLAS took {there['blas']} for {environment['OPENBLAS_CORETYPE']}")
    for group, expected in here.items():
        assert there["answers"][group].keys() == expected.keys()
        differs = [name for name, answer in expected.items() if there["answers"][group][name] != answer]
        assert differs == [], group


def test_answers_do_not_depend_on_numpys_own_instructions_nor_on_threads(here):
    for name, value in (("NPY_DISABLE_CPU_FEATURES", " ".join(extensions("found"))), ("OPENBLAS_NUM_THREADS", "1")):
        assert answers({**os.environ, name: value})["answers"] == here, name


def test_ties_fall_as_promised_on_any_other_processor(environment):
    done = run(
        ["-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", *(HERE / name for name in TIES)], environment
    )
    assert done.returncode == 0, done.stdout


def test_numbers_do_not_depend_on_the_threads_of_blas():
    one, more = (answers({**os.environ, "OPENBLAS_NUM_THREADS": n}, "thread_numbers.py") for n in ("1", "3"))
    assert one.keys() == more.keys() and len(one) > 30
    assert [name for name in one if one[name] != more[name]] == []
