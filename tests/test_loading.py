"""Loading whatever a path holds."""

import json
import pkgutil
import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest

import solve2vec
from solve2vec import Corpus, Embedding, FolderError, InputError, Vocabulary, load
from solve2vec.core.kinds import MODULES
from solve2vec.core.stage import Stage
from solve2vec.run import find_stage, load_stage


@pytest.fixture
def run(tmp_path):
    Embedding.from_vectors(["a", "b"], [[1.0, 0.0], [0.0, 1.0]]).save(tmp_path / "run/embedding")
    Corpus.from_ids(np.array([0, 1]), np.array([0, 2]), ["a", "b"]).save(tmp_path / "run/corpus")
    return tmp_path / "run"


def test_a_stage_and_a_run_are_loaded_as_what_they_are(run):
    assert isinstance(load(run), Embedding)
    assert isinstance(load(run / "corpus"), Corpus)
    assert isinstance(load_stage(run / "corpus/vocabulary"), Vocabulary)


def test_every_kind_of_stage_is_known_with_its_module():
    """All modules are imported, so that no subclass of Stage can hide in one."""
    for module in pkgutil.walk_packages(solve2vec.__path__, "solve2vec."):
        if module.name not in ("solve2vec.__main__", "solve2vec.sklearn"):  # no stage's, and not always importable
            import_module(module.name)
    classes, waiting = {}, [Stage]
    while waiting:
        waiting += waiting.pop(0).__subclasses__()
        classes |= {kind.__name__: kind.__module__ for kind in waiting if kind.__module__.startswith("solve2vec.")}
    assert len(classes) >= 10
    assert {name: f"solve2vec.{place}" for name, place in MODULES.items()} == classes


LOADED = """
import sys
from solve2vec.core.stage import Stage
from solve2vec.corpus.vocabulary import Vocabulary
print(type(Stage.load(sys.argv[1])).__name__)
try:
    Vocabulary.load(sys.argv[1])
except ValueError as error:
    print(error)
"""


@pytest.mark.parametrize(("name", "said"), [("embedding", "an Embedding"), ("corpus", "a Corpus")])
def test_a_stage_loads_whatever_was_imported_before(run, name, said):
    made = subprocess.run([sys.executable, "-c", LOADED, run / name], capture_output=True, text=True, check=True)
    kind, refusal = made.stdout.splitlines()
    assert said.endswith(f" {kind}")
    assert refusal == f"{run / name} holds {said}, not a Vocabulary: give one, or the folder of a run that has one"


def test_a_stage_is_found_by_name_in_a_run(run):
    assert find_stage(run, "target", "corpus") == run / "corpus"
    assert find_stage(run / "corpus", "target") == run / "corpus"
    with pytest.raises(FolderError, match="has no target: it has corpus, embedding"):
        find_stage(run, "target")
    with pytest.raises(FolderError, match="nothing does not exist"):
        find_stage(run / "nothing", "target")
    with pytest.raises(FolderError, match=r"stage\.json has no target: it is neither"):
        find_stage(run / "corpus/stage.json", "target")


def test_an_unknown_kind_says_upgrade(run):
    from solve2vec.core.header import header_sum

    path = run / "corpus/stage.json"
    header = json.loads(path.read_text()) | {"kind": "Hologram"}
    path.write_text(json.dumps(header | {"sha256": header_sum(header)}))
    with pytest.raises(FolderError, match="holds a Hologram, which this version of solve2vec does not know: upgrade"):
        load(run / "corpus")


@pytest.mark.parametrize("name", ["absent", "empty"])
def test_what_is_not_there_is_told(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=name):
        load(tmp_path / name)
