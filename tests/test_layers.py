"""The house has one direction: a package may import only what stands on a floor below its own, and no file itself.

Imports for types and imports inside functions count too.  The list of floors is the map of the house: a new package
needs a place in it.
"""

import ast
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest

import solve2vec

FLOORS = [  # ground floor first; rooms of one floor do not import each other
    ["version", "kernels"],
    ["core"],
    ["linalg", "text", "datasets"],
    ["corpus", "spelling", "trajectory"],
    ["cooccurrence"],
    ["target"],
    ["spectrum", "formats", "evaluation"],  # the last two work on words and vectors, whose ever they are
    ["embedding"],
    ["concepts"],
    ["plots", "uncertainty", "training", "dynamics", "recommendation"],  # they read the stages
    ["run"],
    ["recipe", "graphs", "evidence"],
    ["compat", "sklearn", "diagnosis", "explorer", "updating"],
    ["cli"],
    ["__main__"],
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
ROOT = Path(solve2vec.__file__).parent


def files():
    return [file for file in sorted(ROOT.rglob("*.py")) if file != ROOT / "__init__.py"]


def room_of(file):
    return file.relative_to(ROOT).with_suffix("").parts[0]


def module_of(file):
    """The dotted name of a file; that of a package for its ``__init__``."""
    return ".".join(("solve2vec", *file.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")


def imported(file, tree, modules):
    """Each module of our own that a file imports, wherever in it and whatever for; a name in one counts as the one."""
    package = ("solve2vec", *file.relative_to(ROOT).parts[:-1])
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            full = ".".join([*above, *filter(None, [node.module])])
            names = [inner if (inner := f"{full}.{alias.name}") in modules else full for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == "solve2vec")


def graph():
    """The modules that each module imports."""
    modules = {module_of(file): file for file in files()}
    trees = {module: ast.parse(file.read_text("utf-8")) for module, file in modules.items()}
    return {module: set(imported(modules[module], tree, modules)) for module, tree in trees.items()}


def circle_in(arrows):
    """One circle of modules, each importing the next, or none."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def test_every_room_has_its_floor():
    rooms = {room_of(file) for file in files()}
    assert sorted(rooms - FLOOR.keys()) == [], "give these packages and modules a place in FLOORS"
    assert sorted(FLOOR.keys() - rooms) == [], "these are no more: take them out of FLOORS"


def test_imports_only_run_down():
    up = [
        f"{module} -> {other}"
        for module, others in graph().items()
        for other in others
        for room, below in [(module.split(".")[1], [*other.split("."), "__init__"][1])]
        if below != room and FLOOR.get(below, len(FLOORS)) >= FLOOR[room]
    ]
    assert up == []


def test_no_file_imports_itself_by_way_of_others():
    arrows = graph()
    assert len(arrows) > 150
    assert " -> ".join(circle_in(arrows)) == ""


@pytest.mark.parametrize(
    ("arrows", "circle"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, []),
        ({"a": {"b"}, "b": {"c"}, "c": {"b"}}, ["b", "c"]),
        ({"a": {"a"}}, ["a"]),
    ],
)
def test_a_circle_is_seen(arrows, circle):
    assert sorted(set(circle_in(arrows))) == circle
    assert all(after in arrows[before] for before, after in pairwise(circle_in(arrows)))


def test_the_reader_of_imports_sees_every_kind():
    code = "from ..core import stage\nfrom ..core.errors import InputError\nimport solve2vec.text.files\n"
    code += "if TYPE_CHECKING:\n  from ..corpus.corpus import Corpus\n"
    code += "def f():\n  from .. import run\n  from ..evaluation import analogies\n  import numpy\n"
    modules = {module_of(file) for file in files()}
    seen = list(imported(ROOT / "target/target.py", ast.parse(code), modules))
    expected = ["core.stage", "core.errors", "text.files", "corpus.corpus", "run", "evaluation"]
    assert sorted(seen) == sorted(f"solve2vec.{name}" for name in expected)
    inner = imported(ROOT / "text/files.py", ast.parse("from . import tables\nfrom .words import Words"), modules)
    assert list(inner) == ["solve2vec.text.tables", "solve2vec.text.words"]
