"""gensim's own tests of KeyedVectors, run with ours in its place; docs/coming-from-gensim.md explains what fails."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "coming-from-gensim.md"
RUN = """
import io, json, unittest, warnings
warnings.simplefilter("ignore")
import gensim.models, gensim.models.keyedvectors as theirs
from solve2vec.compat import KeyedVectors
gensim.models.KeyedVectors = theirs.KeyedVectors = KeyedVectors
import gensim.test.test_keyedvectors as tests
assert tests.KeyedVectors is KeyedVectors
made = unittest.TextTestRunner(io.StringIO()).run(unittest.defaultTestLoader.loadTestsFromModule(tests))
failed = [case.id().split("test_keyedvectors.")[1] for case, _ in made.failures + made.errors]
print(json.dumps([made.testsRun, sorted(failed)]))
"""


def test_gensims_own_tests_pass_but_for_those_that_the_page_explains():
    gensim = pytest.importorskip("gensim")
    if not (Path(gensim.__file__).parent / "test" / "test_data" / "euclidean_vectors.bin").exists():
        pytest.skip("this gensim comes without its tests")
    told = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    ran, failed = json.loads(told.stdout.splitlines()[-1])
    page = PAGE.read_text(encoding="utf-8")
    assert f"{ran - len(failed)} of the {ran} tests" in page
    explained = re.findall(r"`((?:\w+)\.test\w*)`", page)
    assert failed == sorted(explained)
