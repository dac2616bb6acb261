"""The documentation is true: its code runs, its links lead somewhere, its generated pages are fresh.

In README.md and docs/: a ``python`` block is run as it stands, an ``sh`` block line by line; both in a folder with a
small text.txt, question files and a run.  A ``console`` or ``text`` block is only shown.
"""

import importlib.util
import json
import re
import shlex
from pathlib import Path

import pytest

import solve2vec
from solve2vec import formats
from solve2vec.cli import main

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
BESIDE = {"duckdb", "faiss", "lancedb", "pandas", "polars", "qdrant_client"}  # packages that recipes are for
CHARACTERS = 150_000  # of the documentation corpus that snippets learn from


def blocks(language):
    return [
        pytest.param(code, id=f"{page.relative_to(ROOT)}-{place}")
        for page in PAGES
        for place, (kind, code) in enumerate(BLOCK.findall(page.read_text(encoding="utf-8")))
        if kind == language
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the snippets may name."""
    folder = tmp_path_factory.mktemp("docs")
    text = solve2vec.documentation_corpus().read_text(encoding="utf-8")
    middle = text.index("\n", len(text) // 2) + 1
    (folder / "text.txt").write_text(text[middle : middle + CHARACTERS] + WORDS, encoding="utf-8")
    (folder / "more.txt").write_text(text[middle + CHARACTERS : middle + 2 * CHARACTERS], encoding="utf-8")
    pairs = [("array", "arrays"), ("function", "functions"), ("object", "objects"), ("value", "values")]
    questions = [f"file files {a} {b}\n{a} {b} file files\n" for a, b in pairs]
    (folder / "questions-words.txt").write_text(": plural\n" + "".join(questions))
    (folder / "ws353.txt").write_text("file\tfiles\t9.0\nfile\tmatrix\t2.0\narray\tmatrix\t8.0\n")
    (folder / "baskets.txt").write_text("".join(f"item-{i % 97} item-{i % 53} item-{i % 31}\n" for i in range(4000)))
    (folder / "edges.csv").write_text("source,target\n" + "".join(f"n{i},n{(i + 1) % 60}\n" for i in range(60)))
    (folder / "french.txt").write_text(text[:CHARACTERS].replace("e", "é"), encoding="utf-8")
    embedding = solve2vec.fit(folder / "text.txt", 20, out=folder / "run")
    formats.save(embedding.with_unit_rows(), folder / "vectors.parquet")
    return folder


WORDS = "".join(
    f"{a} {b} {c}{i % 13} {d}{i % 7} {e}{i % 29}\n"
    for i in range(700)
    for a, b, c, d, e in [
        [("array", "arrays"), ("file", "files"), ("matrix", "string"), ("characters", "text")][i % 4] + ("x", "y", "z")
    ]
)


@pytest.mark.parametrize("code", blocks("python"))
def test_python_in_the_documentation_runs(code, folder, monkeypatch, capsys, recwarn):
    for name in BESIDE & set(re.findall(r"^(?:import|from) (\w+)", code, re.MULTILINE)):
        pytest.importorskip(name)
    monkeypatch.chdir(folder)
    exec(compile(code, "documentation", "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("code", blocks("sh"))
def test_commands_in_the_documentation_run(code, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    for line in code.strip().splitlines():
        program, *arguments = shlex.split(line, comments=True)
        assert program == "solve2vec", f"only solve2vec is run here: {line}"
        assert main.run(arguments) == 0, f"{line}: {capsys.readouterr().err}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in LINK.findall(text):
        path, _, heading = link.partition("#")
        if "://" in link:
            continue
        found = (page.parent / path).resolve() if path else page
        assert found.exists() and found.is_relative_to(ROOT), f"{page.name} links to {link}, which is not there"
        if heading:
            assert heading in anchors(found), f"{page.name} links to {link}, which has no such heading"


def anchors(page):
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_generated_pages_are_fresh():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    assert generate.stale() == [], "run: python docs/generate.py"


def test_every_room_is_in_the_house_and_every_room_of_the_house_is_there():
    source = ROOT / "src" / "solve2vec"
    house = (ROOT / "docs" / "the-house.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([\w./]+)` \|", house.split("## Who may import whom")[0], re.MULTILINE))
    there = {path.name for path in source.glob("*.py") if path.name != "__init__.py"}
    there |= {f"{path.parent.name}/" for path in source.glob("*/__init__.py")}
    assert named == there


def test_every_module_has_a_first_line_in_the_documentation():
    page = (ROOT / "docs" / "modules.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+\.py)` \| (.+) \|$", page, re.MULTILINE)
    assert sorted(name for name, about in rows if len(about) > 10) == sorted(
        path.name for path in (ROOT / "src" / "solve2vec").rglob("*.py") if path.name != "__init__.py"
    )


def test_the_header_of_a_stage_has_the_keys_that_the_documentation_lists(folder):
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    listed = set(
        re.findall(r"^\| `(\w+)` \|", page.split("`stage.json`:")[1].split("Loading compares")[0], re.MULTILINE)
    )
    assert listed == set(json.loads((folder / "run" / "embedding" / "stage.json").read_text()))


def test_words_with_line_ends_are_spelled_as_the_documentation_says():
    from solve2vec.core.storage import escape

    assert escape("\\ \t \n \r") == r"\\ \t \n \r"
    for end in "\v\f\x1c\x1d\x1e\x85\u2028\u2029":
        assert escape(end) == f"\\u{ord(end):04x}"


def test_readme_says_how_long_the_method_by_hand_is():
    lines = len((ROOT / "examples" / "by_hand.py").read_text(encoding="utf-8").splitlines())
    assert f"in {lines} lines of NumPy" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_no_page_names_a_place_on_someones_machine():
    for page in [*PAGES, ROOT / "Makefile", ROOT / ".ci" / "run"]:
        assert not re.search(r"(?<![\w.])/(work|home|root|tmp)/", page.read_text(encoding="utf-8")), page
