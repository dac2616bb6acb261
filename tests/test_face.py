"""The face: every name is there, and nothing heavy is imported before it is needed."""

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import solve2vec
from solve2vec import Embedding

HEAVY = {"numba", "scipy", "pyarrow", "pandas", "matplotlib", "cyclopts", "rich"}


def modules_after(code):
    """The top names of sys.modules after running ``code`` in a fresh Python."""
    code += "\nimport sys\nprint(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("name", solve2vec.__all__)
def test_every_public_name_resolves_and_says_what_it_is(name):
    found = getattr(solve2vec, name)
    assert isinstance(found, str) if name == "__version__" else found.__doc__


def test_what_tools_see_is_what_people_get():
    tree = ast.parse(Path(solve2vec.__file__).read_text("utf-8"))
    (typing,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {alias.asname or alias.name for node in typing.body for alias in node.names}
    assert seen | {"__version__"} == set(solve2vec.__all__) == set(dir(solve2vec))


def test_every_name_is_exported_as_strict_type_checkers_ask():
    tree = ast.parse(Path(solve2vec.__file__).read_text("utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
    exported = {alias.name for node in imports for alias in node.names if alias.asname == alias.name}
    assert exported == set(solve2vec.__all__)


USER = """
import solve2vec
from solve2vec import Embedding, fit

embedding: Embedding = fit("text.txt", dim=100)
near: list[tuple[str, float]] = solve2vec.fit("text.txt").neighbors("a", 5)
version: str = solve2vec.__version__
wrong: int = embedding.similarity("a", "b")
"""


@pytest.mark.slow
def test_mypy_strict_sees_the_types(tmp_path, monkeypatch):
    from mypy import api

    (tmp_path / "user.py").write_text(USER)
    monkeypatch.setenv("MYPYPATH", str(Path(solve2vec.__file__).parents[1]))
    options = ["--strict", "--follow-imports=silent", "--config-file=", f"--cache-dir={tmp_path / 'cache'}"]
    told, trouble, _ = api.run([*options, str(tmp_path / "user.py")])
    assert not trouble
    errors = [line for line in told.splitlines() if ": error: " in line]
    assert [line.split(":")[1] for line in errors] == ["8"], told


def test_the_names_of_before_keep_working():
    for old, new in solve2vec._RENAMED.items():
        assert getattr(solve2vec, old) is getattr(solve2vec, new) and new in solve2vec.__all__


def test_an_unknown_name_is_told():
    with pytest.raises(AttributeError, match="solve2vec has no 'word3vec'"):
        solve2vec.word3vec  # noqa: B018


def test_importing_the_package_imports_nothing_heavy():
    assert not modules_after("import solve2vec") & {"numpy", *HEAVY}


def test_loading_and_asking_an_embedding_needs_numpy_alone(tmp_path):
    vectors = np.random.default_rng(0).normal(size=(50, 8))
    Embedding.from_vectors([f"w{n}" for n in range(50)], vectors).save(tmp_path / "embedding")
    code = f"""
import solve2vec
E = solve2vec.load({str(tmp_path / "embedding")!r})
E["w1"], E.neighbors("w1"), E.similarity("w1", "w2"), E.analogy("w1", "w2", "w3"), "w1" in E, print(E)
try:
    E["w77"]
except solve2vec.UnknownWordError as error:
    print(error)
"""
    loaded = modules_after(code)
    assert "numpy" in loaded
    assert not loaded & HEAVY


def test_the_tokenizer_presets_are_made_without_arrow():
    assert not modules_after("import solve2vec; solve2vec.Tokenizer('letters'); solve2vec.ReadingOptions()") & HEAVY
