"""A choice is a row in one table: nothing else spells it out, and the command line refuses others as Python does."""

import ast
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest

import solve2vec
from solve2vec import InputError
from solve2vec.cli import main
from solve2vec.cooccurrence.window import WEIGHTINGS, WeightingName
from solve2vec.core.choices import refusal, require_choice
from solve2vec.corpus.phrases import THRESHOLDS, Scoring
from solve2vec.diagnosis.settings import STARTS, TOOLS, StartName, ToolName
from solve2vec.evaluation.lookup import SPELLINGS, Case
from solve2vec.formats.registry import FORMATS, FormatName
from solve2vec.target.kinds import KINDS, KindName
from solve2vec.training.sampled.settings import MODELS, ModelName

ROOT = Path(solve2vec.__file__).parent
TABLES = [
    (KindName, KINDS),
    (WeightingName, WEIGHTINGS),
    (Scoring, THRESHOLDS),
    (Case, SPELLINGS),
    (ModelName, MODELS),
    (ToolName, TOOLS),
    (StartName, STARTS),
    (FormatName, FORMATS),
]


def literals(code):
    """The words of each ``Literal[…]`` of two words and more."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("Literal"):
            words = frozenset(item.value for item in ast.walk(node.slice) if isinstance(item, ast.Constant))
            if len(words) > 1:
                yield words


@pytest.mark.parametrize(
    ("names", "table"), TABLES, ids=lambda given: ",".join(given) if isinstance(given, dict) else ""
)
def test_type_checkers_see_the_names_of_the_table(names, table):
    assert get_args(names) == tuple(table)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_trained_by_the_module_of_its_name(name):
    assert callable(import_module(f"solve2vec.training.sampled.{name}").train)


def test_no_choice_is_spelled_out_twice():
    spelled = Counter(words for file in ROOT.rglob("*.py") for words in literals(file.read_text("utf-8")))
    assert {words for words, times in spelled.items() if times > 1} == set()
    assert frozenset(KINDS) in spelled


def test_the_reader_of_literals_sees_copies():
    code = 'a: Literal["x", "y"] | None\nb: typing.Literal["y", "x"]\nc: Literal["z"]'
    assert list(literals(code)) == [frozenset("xy"), frozenset("xy")]


def test_a_refusal_names_the_choices_and_the_nearest():
    assert refusal("kind", "ppmy", ["mstar", "ppmi"]) == (
        "kind must be one of mstar, ppmi, got 'ppmy'; did you mean 'ppmi'?"
    )
    assert refusal("kind", 3, ["mstar", "ppmi"]) == "kind must be one of mstar, ppmi, got 3"
    with pytest.raises(InputError, match="kind must be one of mstar, got \\['mstar'\\]"):
        require_choice("kind", ["mstar"], {"mstar": 1})


@pytest.mark.parametrize(
    ("command", "name", "wrong", "options"),
    [
        (["fit", "text.txt", "--out", "run"], "kind", "ppmy", solve2vec.Formula),
        (["fit", "text.txt", "--out", "run"], "weighting", "cubic", solve2vec.Window),
        (["fit", "text.txt", "--out", "run"], "document", "page", solve2vec.ReadingOptions),
        (["fit", "text.txt", "--out", "run"], "phrase_scoring", "pmi", solve2vec.Phrases),
        (["train", "text.txt", "--out", "run", "--population"], "spacing", "even", solve2vec.PopulationOptions),
        (["diagnose", "text.txt"], "tool", "gensims", solve2vec.DiagnosisOptions),
        (["diagnose", "text.txt"], "model", "glove", solve2vec.DiagnosisOptions),
    ],
)
def test_the_command_line_refuses_others_as_python_does(capsys, command, name, wrong, options):
    with pytest.raises(InputError) as refused:
        options(**{name: wrong})
    option = f"--{name.replace('_', '-')}"
    assert main.run([*command, option, wrong]) == 2
    assert capsys.readouterr().err == f"solve2vec: {str(refused.value).replace(name, option, 1)}\n"
