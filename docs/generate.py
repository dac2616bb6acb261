"""Writes the generated pages: options, commands, formats and modules, as the program says them.

python docs/generate.py            write them
python docs/generate.py --check    exit 1 if they are stale
"""

from __future__ import annotations

import ast
import dataclasses
import io
import itertools
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import solve2vec
from solve2vec.cli.main import COMMANDS, app
from solve2vec.cli.options import CHOSEN_OTHERWISE
from solve2vec.cooccurrence.window import WEIGHTINGS
from solve2vec.embedding.view import VIEWS, View
from solve2vec.formats import FORMATS
from solve2vec.target.kinds import DIRECTED, KINDS

DOCS = Path(__file__).parent
SOURCE = DOCS.parent / "src" / "solve2vec"
WIDTH = 88
NOTE = "<!-- Written by docs/generate.py: change the program, not this page. -->\n"
INTRODUCTION = """\
Every hyperparameter belongs to the object that uses it. `solve2vec.fit` and the command line take all of them by these
names: `fit(text, size=5)`, `solve2vec fit text.txt --size 5`. Besides these there are `dim` (200, the number of
dimensions), `tied` (true: one matrix for words and contexts) and `power` (0.5, of the eigenvalues; 0.25 of several
views). Running text has two views by default, whose [own defaults](#view) stand in for those of the formula and the
tolerance. gensim's names are understood too: `--vector-size 100 --window 5` is `--dim 100 --size 5`, `fit(text,
vector_size=100, window=5)` likewise. Which to change, and when: [how to choose](how-to-choose.md).
"""
ON_COUNTS = """\
On the command line also `--negatives`, `--context-smoothing` and `--subsample`, with the defaults of
`TrainingOptions`, and
`--head`, only so many words."""
TABLE = "<!-- The table is written by docs/generate.py: change the program, not this page. -->\n"
END_OF_TABLE = "<!-- end of the table -->"
POPULATION = f"""\
How the whole loss is descended: `population.train`, `solve2vec train --population`. There `--model sgns` (the default)
has the logistic loss, `--model quadratic` the quadratic one, which `--reweighted` makes unweighted. {ON_COUNTS}"""
ALTERNATION = f"How the weighted optimum is found: `weighted.factorize`, `train --model weighted`. {ON_COUNTS}"
VIEW = """\
What is looked at of a text, and how its modes are read: `fit(text, views=("wide", "narrow"))`, which running text has
by default, or `solve2vec fit --views wide narrow`. Options of window, formula and solver change those of the views;
views of one's own are given in Python, such as `replace(solve2vec.embedding.view.NARROW, weight=1.0)`.
"""
PARTS = (
    (solve2vec.ReadingOptions, "What a document is; acts when text is read."),
    (solve2vec.Tokenizer, "What a token is; acts when text is read."),
    (solve2vec.VocabularyOptions, "Which words get a row; acts when the corpus is encoded."),
    (solve2vec.Window, "Which neighbors count, and how much; acts when pairs are counted."),
    (solve2vec.Formula, "Which matrix is factorized; acts when the target is built."),
    (solve2vec.Solver, "How its modes are found; acts when the target is solved."),
    (
        solve2vec.TrainingOptions,
        "How skip-gram, CBOW and the quadratic model are trained on a corpus: `solve2vec train`.",
    ),
    (solve2vec.PopulationOptions, POPULATION),
    (solve2vec.WeightedOptions, ALTERNATION),
)
TARGETS = ["| kind | M | what it is | published by |", "|---|---|---|---|"]
TARGETS += [f"| `{name}` | {row.formula} | {row.about} | {row.source} |" for name, row in KINDS.items()]
DIRECTED_TARGETS = ["| directed kind | T | what it is | published by |", "|---|---|---|---|"]
DIRECTED_TARGETS += [f"| `{name}` | {row.formula} | {row.about} | {row.source} |" for name, row in DIRECTED.items()]
WEIGHTS = ["| weighting | weight at distance j of L | what it is |", "|---|---|---|"]
WEIGHTS += [f"| `{name}` | {row.formula} | {row.about} |" for name, row in WEIGHTINGS.items()]
TABLES = {solve2vec.Formula: [*TARGETS, ""], solve2vec.Window: [*WEIGHTS, ""]}


def pages() -> dict[str, str]:
    """Each generated page by its file name."""
    return {
        "hyperparameters.md": hyperparameters(),
        "cli.md": command_line(),
        "formats.md": formats(),
        "modules.md": modules(),
    }


def modules() -> str:
    """A heading for each package, a row for each of its files."""
    parts = ["# Modules", NOTE, "What each file is; how they belong together: [the house](the-house.md).\n"]
    files = sorted(SOURCE.rglob("*.py"), key=lambda file: (file.parent.relative_to(SOURCE).parts, file.name))
    for folder, members in itertools.groupby(files, key=lambda file: file.parent):
        about = {file.name: _first_line(file) for file in members}
        name = "" if folder == SOURCE else f"{folder.relative_to(SOURCE).as_posix()}/"
        parts += [f"## solve2vec/{name}\n", f"{about.pop('__init__.py')}\n", "| file | what it is |", "|---|---|"]
        parts += [f"| `{file}` | {line.replace('|', chr(92) + '|')} |" for file, line in about.items()]
        parts += [""]
    return "\n".join(parts)


def _first_line(file: Path) -> str:
    """The first line of a module's docstring, and what follows it up to the end of its sentence."""
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return " ".join(docstring.split("\n\n")[0].split())


def hyperparameters() -> str:
    """One table for each dataclass, a row for each of its fields."""
    parts = ["# Hyperparameters", NOTE, INTRODUCTION]
    for kind, about in PARTS:
        parts += [f"## {kind.__name__}\n", f"{about}\n", "| name | option | default | meaning |", "|---|---|---|---|"]
        parts += [_row(field) for field in dataclasses.fields(kind)]
        parts += ["", *TABLES.get(kind, [])]
        parts += views() if kind is solve2vec.Solver else []
    return "\n".join(parts)


def views() -> list[str]:
    """The section of views: a row for each field, a column for each view."""
    rows = ["## View\n", VIEW, f"| name | {' | '.join(VIEWS)} | meaning |", "|---|" + "---|" * (len(VIEWS) + 1)]
    for field in dataclasses.fields(View):
        values = (_brief(getattr(view, field.name)) for view in VIEWS.values())
        rows.append(f"| `{field.name}` | {' | '.join(values)} | {field.metadata['help'].replace('|', chr(92) + '|')} |")
    return [*rows, "", *DIRECTED_TARGETS, ""]


def _brief(value: Any) -> str:
    """A value; of an object those of its fields that are no defaults."""
    if not dataclasses.is_dataclass(value):
        return f"`{value}`"
    changed = [f for f in dataclasses.fields(value) if getattr(value, f.name) != f.default]
    return f"`{type(value).__name__}({', '.join(f'{f.name}={getattr(value, f.name)!r}' for f in changed)})`"


def _row(field: dataclasses.Field[Any]) -> str:
    name = field.name.replace("_", "-")
    option = f"`--{name}`" + (f", `--no-{name}`" if isinstance(field.default, bool) else "")
    if field.name in CHOSEN_OTHERWISE:
        option = ", ".join(f"`--{other}`" for other in CHOSEN_OTHERWISE[field.name])
    cells = (f"`{field.name}`", option, f"`{field.default}`", field.metadata["help"].replace("|", "\\|"))
    return "| " + " | ".join(cells) + " |"


def formats() -> str:
    """The page of formats, with its table made anew."""
    before, rest = (DOCS / "formats.md").read_text(encoding="utf-8").split(TABLE)
    after = rest[rest.index(END_OF_TABLE) :]
    rows = ["| name | what it is | ending | keeps | a word may not have |", "|---|---|---|---|---|"]
    for name, row in FORMATS.items():
        endings = ", ".join(f"`{ending}`" for ending in row.extensions if ending)
        endings += ", also with `.gz`" if row.may_be_gzip else ""
        rows.append(f"| `{name}` | {row.about} | {endings} | {row.keeps} | {row.refuses} |")
    return before + TABLE + "\n" + "\n".join(rows) + "\n\n" + after


def command_line() -> str:
    """The help of the program and of each command."""
    parts = ["# Command line", NOTE, "What each command says to `--help`.\n"]
    for name in ("", *COMMANDS):
        parts += [f"## solve2vec {name}".rstrip() + "\n", "```text", help_of(name), "```\n"]
    return "\n".join(parts)


def help_of(command: str) -> str:
    """The help of one command as plain text of a fixed width."""
    from rich.console import Console

    console = Console(file=io.StringIO(), width=WIDTH, color_system=None, force_terminal=False, legacy_windows=False)
    app.help_print([command] if command else [], console=console)
    lines = (line.rstrip() for line in console.file.getvalue().splitlines())  # type: ignore[attr-defined]
    return "\n".join(lines).strip("\n")


def content(page: str) -> Counter[str]:
    """The words of a page, however its tables are drawn: other versions of rich draw and wrap in other places."""
    return Counter(re.findall(r"[\w.*'-]*\w", page))


def stale() -> list[str]:
    """The names of the pages that no longer say what the program says."""
    found = {name: DOCS / name for name in pages()}
    return [
        name
        for name, page in pages().items()
        if not found[name].is_file() or content(found[name].read_text(encoding="utf-8")) != content(page)
    ]


def main() -> int:
    """Write the pages, or only check them."""
    if "--check" in sys.argv[1:]:
        names = stale()
        sys.stderr.writelines(f"docs/{name} is stale: run python docs/generate.py\n" for name in names)
        return 1 if names else 0
    for name, page in pages().items():
        (DOCS / name).write_text(page, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
