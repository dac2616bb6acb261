"""The house has one direction: a room may import only what stands on a floor below its own.

Imports for types count too.  The list of floors is the map of the house: a new room needs a place in it.
"""

import ast
from pathlib import Path

import solve2vec

FLOORS = [  # ground floor first; rooms of one floor do not import each other
    ["version", "kernels"],
    ["core"],
    ["linalg", "text", "datasets"],
    ["corpus", "trajectory"],
    ["cooccurrence"],
    ["target"],
    ["spectrum"],
    ["embedding"],
    ["formats", "evaluation", "plots", "notebook", "uncertainty", "training", "dynamics"],  # they read the stages
    ["recipe", "run"],
    ["compat", "sklearn", "diagnosis", "explorer"],
    ["cli"],
    ["__main__"],
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
DOORS = {  # methods that hand over to a wing, which is imported when they are called
    ("embedding", "evaluation"),
    ("embedding", "formats"),
    ("core", "run"),
    ("core", "notebook"),
}
ROOT = Path(solve2vec.__file__).parent


def files():
    return [file for file in sorted(ROOT.rglob("*.py")) if file != ROOT / "__init__.py"]


def room_of(file):
    return file.relative_to(ROOT).with_suffix("").parts[0]


def imported(file, tree):
    """The room of each import of our own, and whether it waits inside a function."""
    package = ("solve2vec", *file.relative_to(ROOT).parts[:-1])
    waiting = {inner for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            full = ".".join([*above, *filter(None, [node.module])])
            names = [f"{full}.{alias.name}" for alias in node.names] if full == "solve2vec" else [full]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from ((name.split(".")[1], node in waiting) for name in names if name.startswith("solve2vec."))


def test_every_room_has_its_floor():
    rooms = {room_of(file) for file in files()}
    assert sorted(rooms - FLOOR.keys()) == [], "give these rooms a place in FLOORS"
    assert sorted(FLOOR.keys() - rooms) == [], "these rooms are no more: take them out of FLOORS"


def test_imports_only_run_down():
    up = [
        f"{file.relative_to(ROOT)} -> {other}"
        for file in files()
        for other, waits in imported(file, ast.parse(file.read_text("utf-8")))
        if other != (room := room_of(file)) and not (waits and (room, other) in DOORS) and FLOOR[other] >= FLOOR[room]
    ]
    assert up == []


def test_the_reader_of_imports_sees_every_kind():
    code = "from ..core import stage\nimport solve2vec.text.files\nif TYPE_CHECKING:\n"
    code += "  from ..corpus.corpus import Corpus\n"
    code += "def f():\n  from ..cooccurrence.window import Window\n  import numpy\n"
    found = set(imported(ROOT / "target/target.py", ast.parse(code)))
    assert found == {("core", False), ("text", False), ("corpus", False), ("cooccurrence", True)}
    inner = imported(ROOT / "text/files.py", ast.parse("from ..core.errors import InputError\nfrom . import tables"))
    assert set(inner) == {("core", False), ("text", False)}
