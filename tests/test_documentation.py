"""The harvester: cleaning by hand-made docstrings, tiny package folders, the cache; then the real installation."""

import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from solve2vec.core.errors import InputError
from solve2vec.datasets import documentation
from solve2vec.datasets.documentation import clean, docstrings, documentation_corpus, harvest, source_files

NUMPYDOC = """
    Return the variance of `x` along an axis, see :func:`~numpy.linalg.norm` and
    the `user guide <https://example.org/guide>`_.

    .. versionadded:: 1.7

    Parameters
    ----------
    x : array_like, shape (n, m)
        The values, of **any** type; at
        most :math:`n` of them, with :math:`\\sum_i x_i^2` below one [1]_.
    axis : {int, None}, optional
        The axis to go along.

    See Also
    --------
    mean : The mean of the same values.

    Notes
    -----
    The definition is the usual one::

        var = ((x - x.mean()) ** 2).mean()

    .. math:: \\sigma^2 = \\sum_i (x_i - \\mu)^2

    .. note::
        Rounding matters in this case.

    ===== =====
    one   two of the
    ===== =====

    References
    ----------
    .. [1] The author of a book, 1999.

    Examples
    --------
    >>> variance([1, 2])
    0.5
    this is the output of it

    The result is then used ``twice``:

    - as a number of the first kind
    - as an index
      into the table
"""


def test_a_numpy_docstring_by_hand():
    assert clean(NUMPYDOC) == [
        "Return the variance of x along an axis, see norm and the user guide.",
        "The values, of any type; at most n of them, with below one.",
        "The axis to go along.",
        "The definition is the usual one:",
        "Rounding matters in this case.",
        "The result is then used twice:",
        "as a number of the first kind",
        "as an index into the table",
    ]


@pytest.mark.parametrize(
    ("docstring", "paragraphs"),
    [
        ("", []),
        ("str.join(iterable) -> str", []),
        ("dumps(obj) -> text\n\nTurn the object into text.", ["Turn the object into text."]),
        ("stmt ::= the expression of this", []),
        (
            "Use it so:\n\n```\nthe code of it\n\nand more of the code\n```\nThen close it.",
            ["Use it so:", "Then close it."],
        ),
        (":param x: The first of all.\n:return: The last of all.", ["The first of all.", "The last of all."]),
        (".. a comment of the author\n   on two lines\n\nThe text goes on.", ["The text goes on."]),
        ("The Title Of It\n***************\n\nThe body of it.", ["The body of it."]),
        ("The sum of it: 1 2 3 4 5 6 7 8 9 10 11 12 13 14.", []),  # a row of a table
        ("The end.", []),  # a heading
        (
            "The size of it.\natol : float, optional\nThe tolerance.\n\nThe end of it.",
            ["The size of it.", "The end of it."],
        ),
        ("Compute eigenvalues quickly.", ["Compute eigenvalues quickly."]),  # a sentence without any small word
        ("eigenvalues vectors matrix", []),  # only names
        ("Multiply a*b*c by the factor *n* of it.", ["Multiply a*b*c by the factor n of it."]),
        ("Call it by `obj.run()`, or |the| other.", ["Call it by obj.run, or the other."]),
    ],
)
def test_cleaning_by_hand(docstring, paragraphs):
    assert clean(docstring) == paragraphs


def _package(folder: Path, **modules: str | bytes) -> Path:
    for name, source in modules.items():
        path = folder / (name.replace("__in__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source if isinstance(source, bytes) else source.encode())
    return folder


def test_docstrings_are_found_where_they_stand_and_nothing_is_run(tmp_path):
    source = '''
"""module"""
raise SystemExit("this line must not run")
def f():
    """function"""
    def g():
        """inner"""
    return "not documentation of it"
if True:
    class A:
        """class"""
        x = 1
        """stray"""
        async def m(self):
            """method"""
add_newdoc("package", "name", ("attribute", """a long attribute"""))
A.__doc__ = "assigned doc"
topics = {"if": "a topic " "in two parts"}
print("not a doc")
'''
    _package(tmp_path, a=source)
    found = [
        "module",
        "function",
        "inner",
        "class",
        "method",
        "a long attribute",
        "assigned doc",
        "a topic in two parts",
    ]
    assert list(docstrings(tmp_path / "a.py")) == found


def test_a_tiny_package_in_the_order_of_its_paths_without_tests_or_repeats(tmp_path):
    _package(
        tmp_path,
        b='"""The second of all.\n\nThe boilerplate of it."""',
        a='"""The first of all.\n\nThe boilerplate of it."""\ndef f():\n    """The boilerplate of it."""',
        a__in__c='"""The third of all."""',
        tests__in__test_a='"""The test of all."""',
    )
    (tmp_path / "notes.txt").write_text("The notes of it.")
    files = source_files(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in files] == ["a.py", "a/c.py", "b.py"]
    assert list(harvest(files)) == [
        ["The first of all.", "The boilerplate of it."],
        ["The third of all."],
        ["The second of all."],
    ]


def test_files_that_cannot_be_parsed_are_skipped(tmp_path):
    _package(
        tmp_path,
        a='"""The good of it."""',
        b='"""The syntax of it."""\ndef (:',
        c='"""The bytes of it: é"""'.encode("latin-1"),
        d=b'# -*- coding: nonsense -*-\n"""The coding of it."""',
        e=b'"""The null of it."""\0',
        f='# -*- coding: latin-1 -*-\n"""The café of it."""'.encode("latin-1"),
        g='"""The escape \\d of it."""',  # warns, and must neither stop nor be heard
    )
    files = [*source_files(tmp_path), tmp_path / "absent.py"]
    assert list(harvest(files)) == [["The good of it."], ["The café of it."], ["The escape \\d of it."]]


def test_any_number_of_processes_gives_the_same_documents(tmp_path):
    modules = {f"m{number:02}": f'"""The text of {"x" * number} it.\n\nThe same of it."""' for number in range(50)}
    files = source_files(_package(tmp_path, **modules))
    alone = list(harvest(files, processes=1))
    assert len(alone) == 50 and alone[0][1:] == ["The same of it."] and alone[1][1:] == []
    assert list(harvest(files, processes=2)) == alone


def test_without_an_interpreter_of_its_own_the_work_is_done_here(tmp_path, monkeypatch):
    files = source_files(_package(tmp_path, **{f"m{number}": f'"""The text of {number}."""' for number in range(40)}))
    alone = list(harvest(files, processes=1))
    monkeypatch.setattr(sys, "executable", "")
    assert list(harvest(files, processes=2)) == alone


def test_a_script_without_a_main_guard_can_harvest(tmp_path):
    _package(tmp_path / "package", **{f"m{number}": f'"""The text of {number} it."""' for number in range(40)})
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\nfrom solve2vec.datasets import documentation\n"
        "files = documentation.source_files(Path(__file__).parent / 'package')\n"
        "print(len(list(documentation.harvest(files, processes=2))))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout == "40\n"


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Three files instead of the whole installation; how often they were read."""
    files = source_files(_package(tmp_path / "package", a='"""The first of all."""', b='"""The second of all."""'))
    reads = []
    monkeypatch.setattr(documentation, "sources", lambda: reads.append(1) or files)
    for name in ("SOLVE2VEC_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(documentation.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    return reads


def test_the_second_call_reads_the_cache(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("SOLVE2VEC_CACHE", str(tmp_path / "cache"))
    path = documentation_corpus()
    assert path.parent == tmp_path / "cache"
    assert path.read_bytes() == b"The first of all.\n\nThe second of all.\n"
    assert documentation_corpus() == path and len(tiny) == 1
    path.write_text("changed")
    assert documentation_corpus(cache=False) == path and len(tiny) == 2
    assert path.read_bytes() == b"The first of all.\n\nThe second of all.\n"
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_the_cache_stands_where_the_system_wants_it(tiny, tmp_path, monkeypatch):
    assert documentation_corpus().parent == tmp_path / "home" / ".cache" / "solve2vec"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert documentation_corpus(cache=False).parent == tmp_path / "xdg" / "solve2vec"


def test_a_cache_folder_that_cannot_be_made_gives_way_to_a_temporary_one(tiny, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SOLVE2VEC_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    path = documentation_corpus()
    assert path.parent.parent == tmp_path / "temporary" and path.read_bytes().startswith(b"The first")
    assert documentation_corpus() == path and len(tiny) == 1


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the super user may write anywhere")
def test_a_cache_folder_without_permission_gives_way(tiny, tmp_path, monkeypatch):
    (tmp_path / "cache").mkdir(mode=0o500)
    monkeypatch.setenv("SOLVE2VEC_CACHE", str(tmp_path / "cache"))
    assert documentation_corpus().parent == tmp_path / "home" / ".cache" / "solve2vec"


@pytest.fixture
def read_only(tmp_path, monkeypatch):
    """A cache folder that cannot be written, even by the super user, whom permissions do not stop."""
    real, folder = documentation.tempfile.TemporaryFile, tmp_path / "read-only"

    def refusing(*, dir):
        if Path(dir) == folder:
            raise PermissionError(13, "read-only", str(dir))
        return real(dir=dir)

    monkeypatch.setattr(documentation.tempfile, "TemporaryFile", refusing)
    monkeypatch.setenv("SOLVE2VEC_CACHE", str(folder))
    return folder


def test_a_folder_that_cannot_be_written_is_passed_over(tiny, tmp_path, read_only):
    assert documentation_corpus().parent == tmp_path / "home" / ".cache" / "solve2vec"


def test_a_file_in_a_folder_that_cannot_be_written_still_serves(tiny, tmp_path, read_only):
    path = documentation_corpus()
    read_only.mkdir(exist_ok=True)
    there = path.rename(read_only / path.name)
    assert documentation_corpus() == there and len(tiny) == 1
    assert documentation_corpus(cache=False) == path and len(tiny) == 2


def test_the_folder_asked_for_comes_before_a_file_elsewhere(tiny, tmp_path, monkeypatch):
    elsewhere = documentation_corpus()
    monkeypatch.setenv("SOLVE2VEC_CACHE", str(tmp_path / "cache"))
    assert documentation_corpus() == tmp_path / "cache" / elsewhere.name


def test_other_versions_have_another_file(monkeypatch):
    ours = documentation._revision()
    assert re.fullmatch("[0-9a-f]{12}", ours) and documentation._revision() == ours
    monkeypatch.setattr(documentation.metadata, "version", lambda package: "0.0")
    assert documentation._revision() != ours


def test_an_installation_without_documentation_says_so(tiny, monkeypatch):
    monkeypatch.setattr(documentation, "sources", lambda: [])
    with pytest.raises(InputError, match="carries no documentation: give a text file of your own"):
        documentation_corpus()


def test_the_installation_reads_as_text():
    """The real thing: hundreds of thousands of English words, nearly free of code."""
    paragraphs = documentation_corpus().read_text(encoding="utf-8").split("\n")
    words = re.findall(r"[^\W\d_]+", " ".join(paragraphs).lower())
    assert len(words) > 500_000
    assert words.count("the") / len(words) > 0.05  # English prose: 5 to 7 %; code: none
    assert sum(">>>" in paragraph for paragraph in paragraphs) < 10  # doctest's own documentation
    kept = [paragraph for paragraph in paragraphs if paragraph]
    assert len(set(kept)) == len(kept)
    assert paragraphs[0] and not any(before == after == "" for before, after in pairwise(paragraphs))
