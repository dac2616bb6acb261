"""The documentation inside the Python installation: real text that every machine already has."""

from __future__ import annotations

import ast
import gc
import hashlib
import importlib.util
import inspect
import json
import os
import platform
import re
import subprocess
import sys
import sysconfig
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib import metadata
from itertools import pairwise
from pathlib import Path

from ..core import storage
from ..core.errors import InputError
from ..core.parallel import ordered_map
from ..core.resources import thread_count, using

PACKAGES = ("numpy", "scipy", "numba", "pyarrow")  # dependencies all, so that they are always there
SKIPPED_FOLDERS = frozenset(
    (
        "site-packages",
        "dist-packages",
        "test",
        "tests",
        "idle_test",
        "encodings",
        "_vendor",
        "_vendored",
        "vendored",
        "__pycache__",
    )
)
MAX_PROCESSES = 4
SERVE = "from solve2vec.datasets import documentation; documentation._serve()"
CHILD = f"import sys; sys.path.append(sys.argv[1]); {SERVE}"

_DOC_NAME = re.compile(r"doc|^topics$", re.IGNORECASE)  # add_newdoc(...), __doc__ = ..., pydoc_data's topics
_DROPPED_SECTIONS = frozenset(("see also", "references"))
_DIRECTIVE = re.compile(r"\.\.(\s|$)")
_PROSE_DIRECTIVE = re.compile(
    r"\.\. *(note|warning|tip|hint|important|caution|admonition|topic|rubric|deprecated|version\w+)::"
)
_UNDERLINE = re.compile(r"([-=~^*#\"'`+.])\1{2,}$")
_TABLE = re.compile(r"[-=]{2,}\s+[-=]{2,}|\+[-=]+\+|\|.*\|$")
_BULLET = re.compile(r"([-*•+]|\(?\w{1,2}[.)]|:\w+( [\w.*, ]+)?:)\s+(?=\S)")  # also Sphinx's ":param x: "
_CODE = re.compile(  # a call, an assignment, a rule of grammar, a statement, odd first letters
    r"[\w.]+\(.*\)( *->.*)?:?$|[\w.\[\], ]+ *[-+*/]?=[^=]|.*::="
    r"|(import|from|def|class|return|raise|print|del) *\(?[\w.]+|[@$%#\]})|]"
)
_INLINE = tuple(
    (needle, re.compile(pattern), replacement)
    for needle, pattern, replacement in (  # the needle saves most searches
        ("`", r":math:\s*`\\?(\w+)`", r"\1"),  # one symbol stays, a formula goes
        ("`", r":math:\s*`[^`]*`", " "),
        ("`", r"(?::[\w:.+-]+:)?`([^`<]*[^`<\s])\s*<[^`]*>`_{0,2}", r"\1"),  # `text <target>`
        ("`", r":[\w:.+-]+:`[~!](?:[^`]*\.)?([^`.]+)`", r"\1"),  # :func:`~a.b.c`
        ("`", r":[\w:.+-]+:`([^`]*)`", r"\1"),
        ("://", r"\S+://\S+", " "),
        ("]_", r"\[[\w#*-]+\]_", " "),
        ("%(", r"%\(\w+\)[sdr]", " "),
        ("`", r"`+_{0,2}", ""),
        ("*", r"(?<![\w*])(\*{1,2})(?=\S)([^*]*[^*\s])\1(?![\w*])", r"\2"),
        ("|", r"(?<!\w)\|(\w[^|]*)\|_{0,2}", r"\1"),
        ("(", r"\(\s*\)", ""),
        ("", r"\s+", " "),
        (" ", r" (?=[.,;:)](\s|$))", ""),
    )
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_GLUE = re.compile(r"\b(the|an?|of|to|this|that|are|be|by|on|it|its|which|no|all|each|used?|using)\b", re.IGNORECASE)


def documentation_corpus(*, cache: bool = True) -> Path:
    """Collect what the installed Python, NumPy, SciPy, Numba and PyArrow say about themselves in a text file.

    One paragraph a line, a blank line between documents; a document is one docstring or one topic of the
    language reference.  Source files are parsed, never imported or run.  The file is kept in the cache
    folder: ``$SOLVE2VEC_CACHE``, else the system's place for caches, else a temporary folder.

    Parameters
    ----------
    cache : bool
        Take the file of an earlier call if these very versions were harvested before (False: harvest again).

    Raises
    ------
    InputError
        If the installation carries no documentation, as some stripped ones do.

    Examples
    --------
    >>> path = documentation_corpus()  # seconds at first, then at once
    >>> "iterator" in path.read_text(encoding="utf-8")
    True
    """
    path = _place(f"documentation-{_revision()}.txt", must_write=not cache)
    if cache and path.is_file():
        return path
    text = "\n".join("".join(f"{paragraph}\n" for paragraph in document) for document in harvest(sources()))
    if not text:
        raise InputError(f"the Python in {sys.prefix} carries no documentation: give a text file of your own")
    with storage.draft_file(path) as draft:
        draft.write_bytes(text.encode("utf-8", "replace"))
    return path


def sources() -> list[Path]:
    """List the source files to read: the standard library's, then each package's, by path."""
    roots = [Path(sysconfig.get_path("stdlib"))]
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        roots += [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec else []
    return [path for root in roots for path in source_files(root)]


def source_files(root: Path) -> list[Path]:
    """List every Python file below ``root``, tests and other people's packages left out, by path."""
    found = []
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = [name for name in subfolders if name not in SKIPPED_FOLDERS]
        found += [Path(folder, name) for name in names if name.endswith(".py")]
    return sorted(found, key=lambda path: path.relative_to(root).as_posix())


def harvest(files: Iterable[Path], *, processes: int | None = None) -> Iterator[list[str]]:
    """Read the documents in Python source files: each docstring as a list of paragraphs, one line each.

    A paragraph that stood in an earlier document is left out; so are files that cannot be read or parsed.

    Parameters
    ----------
    files : iterable of Path
        Documents come in this order.
    processes : int, optional
        Python interpreters side by side (parsing holds the lock); by default one a core, at most 4.
        The answer does not depend on it.

    Yields
    ------
    list of str
    """
    files = list(files)
    with using(threads=processes):
        processes = max(1, min(MAX_PROCESSES, thread_count(), len(files) // 20))
    shares = [files[share::processes] for share in range(processes)]
    with using(threads=processes):
        parts = list(ordered_map(_read_in_child, shares)) if processes > 1 else [_read(files)]
    seen: set[str] = set()
    for place in range(len(files)):
        for document in parts[place % processes][place // processes]:
            fresh = [paragraph for paragraph in dict.fromkeys(document) if paragraph not in seen]
            seen.update(fresh)
            if fresh:
                yield fresh


def _read(files: Iterable[Path]) -> list[list[list[str]]]:
    """Clean the docstrings of each file."""
    return [[paragraphs for text in docstrings(path) if (paragraphs := clean(text))] for path in files]


def _read_in_child(files: list[Path]) -> list[list[list[str]]]:
    """Let a fresh interpreter do it: unlike a fork it is safe beside threads, and it needs no __main__ guard."""
    command = [sys.executable, "-P", "-W", "ignore", "-c", CHILD, str(Path(__file__).parents[2])]
    request = json.dumps([str(path) for path in files]).encode()
    try:
        answer = subprocess.run(command, input=request, capture_output=True, check=True).stdout
        return json.loads(answer)
    except (OSError, ValueError, subprocess.SubprocessError):  # Python inside another program has no interpreter
        return _read(files)


def _serve() -> None:
    """Answer one request of :func:`_read_in_child`: file names in, documents out."""
    gc.disable()  # syntax trees have no cycles, and looking for them takes a third of the time
    sys.stdout.write(json.dumps(_read(Path(name) for name in json.load(sys.stdin))))


def docstrings(path: Path) -> Iterator[str]:
    """Find the documentation strings of a source file, in order; none if it cannot be read or parsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):  # ValueError: null bytes, before 3.12
        return
    yield from _of_block(tree.body, is_documented=True)


def _of_block(block: list[ast.stmt], *, is_documented: bool = False) -> Iterator[str]:
    for place, statement in enumerate(block):
        match statement:
            case ast.Expr(ast.Constant(str(text))) if place == 0 and is_documented:
                yield text
            case ast.Expr(ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name))) if _DOC_NAME.search(name):
                yield from _strings(statement)
            case ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name), *_]) if _DOC_NAME.search(name):
                yield from _strings(statement.value)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield from _of_block(statement.body, is_documented=True)
            case ast.If() | ast.Try() | ast.With():
                for part in ("body", "orelse", "finalbody"):
                    yield from _of_block(getattr(statement, part, []))


def _strings(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.value


def clean(docstring: str) -> list[str]:
    r"""Take the prose out of a docstring: one string for each paragraph, markup and code left out.

    Examples
    --------
    >>> clean('''Sort a list, see :func:`sorted`.
    ...
    ... Parameters
    ... ----------
    ... key : callable
    ...     What to sort by,
    ...     applied to each item.
    ... ''')
    ['Sort a list, see sorted.', 'What to sort by, applied to each item.']
    """
    lines = _without_blocks(inspect.cleandoc(docstring).splitlines())
    paragraphs = (_inline(paragraph) for paragraph in _paragraphs(lines))
    return [paragraph for paragraph in paragraphs if _is_prose(paragraph)]


def _without_blocks(lines: list[str]) -> list[str]:
    """Blank lines in place of code, doctests, formulas, tables, headings and unread sections."""
    kept: list[str] = []
    deeper_than: int | None = None  # inside a block that ends where the indent is this or less
    in_doctest = in_section = in_fence = False
    for line, below in pairwise([*lines, ""]):
        text, indent = line.strip(), len(line) - len(line.lstrip())
        kept.append("")
        if text.startswith("```"):
            in_fence = not in_fence
        elif not text or in_fence:
            in_doctest = False
        elif deeper_than is not None and indent > deeper_than:
            continue
        elif _UNDERLINE.match(below.strip()) and len(below.strip()) >= len(text) - 2:
            in_section, deeper_than = text.lower() in _DROPPED_SECTIONS, None
        elif in_section or _UNDERLINE.match(text):
            continue
        else:
            deeper_than = None
            in_doctest = in_doctest or text.startswith((">>>", "In ["))
            if _DIRECTIVE.match(text):
                deeper_than = None if _PROSE_DIRECTIVE.match(text) else indent
            elif not in_doctest:
                kept[-1] = line
                if text.endswith("::"):
                    deeper_than, kept[-1] = indent, line.rstrip()[:-1]
    return kept


def _paragraphs(lines: list[str]) -> Iterator[list[str]]:
    """Group lines that belong together: up to a blank line, a list item, or a term above its definition."""
    paragraph: list[str] = []
    for line, below in pairwise([*lines, ""]):
        text = line.strip()
        is_bullet = bool(_BULLET.match(text))
        if not text or is_bullet or _is_term(line, below):
            if paragraph:
                yield paragraph
            paragraph = [_BULLET.sub("", text, count=1)] if is_bullet else []
        else:
            paragraph.append(text)
    if paragraph:
        yield paragraph


def _is_term(line: str, below: str) -> bool:
    indent, indent_below = (len(x) - len(x.lstrip()) for x in (line, below))
    is_short = " : " in line or len(line.split()) <= 6 or _CODE.match(line.strip(" `*")) is not None
    return (bool(below.strip()) and indent_below > indent and is_short) or line.endswith(", optional")


def _inline(lines: list[str]) -> str:
    if any(_TABLE.match(line) for line in lines) or 2 * sum(bool(_CODE.match(line)) for line in lines) > len(lines):
        return ""
    text = " ".join(lines)
    for needle, pattern, replacement in _INLINE:
        if needle in text:
            text = pattern.sub(replacement, text)
    return text.strip()


def _is_prose(text: str) -> bool:
    words = _WORD.findall(text)
    letters = sum(map(len, words)) + text.count(" ")
    is_sentence = text[:1].isupper() and text.endswith(".")
    return len(words) >= 3 and letters >= 0.75 * len(text) and (is_sentence or _GLUE.search(text) is not None)


def _revision() -> str:
    """Name in 12 letters what the text depends on: the versions read, and this file."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    digest.update(f"{platform.python_version()} {sysconfig.get_path('stdlib')}".encode())
    for package in PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            digest.update(f"{package} {metadata.version(package)}".encode())
    return digest.hexdigest()[:12]


def _cache_folders() -> Iterator[Path]:
    """Name the places for the file, best first: the one asked for, the system's for caches, a temporary one."""
    if os.environ.get("SOLVE2VEC_CACHE"):
        yield Path(os.environ["SOLVE2VEC_CACHE"])
    for variable in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        if os.environ.get(variable):
            yield Path(os.environ[variable], "solve2vec")
    yield Path(os.path.expanduser("~"), ".cache", "solve2vec")
    user = os.getuid() if hasattr(os, "getuid") else "cache"
    yield Path(tempfile.gettempdir(), f"solve2vec-{user}")


def _place(name: str, *, must_write: bool) -> Path:
    """Choose the first folder that has the file already, unless it must be written, or can be written."""
    for folder in _cache_folders():
        if not must_write and (folder / name).is_file():
            return folder / name
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder / name
    return Path(tempfile.mkdtemp(prefix="solve2vec-"), name)
