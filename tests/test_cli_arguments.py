"""Arguments: a lone dash is a path, a word or a value, where it stands; what comes first in the usage line works."""

import io
import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from solve2vec.cli.main import COMMANDS, run
from solve2vec.corpus.corpus import Corpus
from solve2vec.embedding.embedding import Embedding

WORDS = ["-", "of", "in", "dash"]


@pytest.fixture
def stdin(monkeypatch):
    def typed(text):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))

    return typed


@pytest.fixture
def dashes(tmp_path):
    """An embedding with a word that is a dash."""
    vectors = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)
    return Embedding.from_vectors(WORDS, vectors).save(tmp_path / "dashes")


@pytest.mark.parametrize("texts", [["-", "b.txt"], ["a.txt", "-"], ["a.txt", "-", "b.txt"]])
@pytest.mark.parametrize("behind", [[], ["--"]])
def test_standard_input_is_read_in_its_place(texts, behind, stdin, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    contents = {"a.txt": "one two\n", "-": "three four\n", "b.txt": "five six\n"}
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(contents[name])
    (tmp_path / "whole.txt").write_text("".join(contents[name] for name in texts))
    stdin(contents["-"])
    assert run(["encode", "--min-count", "1", "--out", "parts", *behind, *texts]) == 0
    assert run(["encode", "--min-count", "1", "--out", "whole", "whole.txt"]) == 0
    parts, whole = (Corpus.load(tmp_path / name) for name in ("parts", "whole"))
    assert parts.fingerprint == whole.fingerprint


@pytest.mark.parametrize("behind", [[], ["--"]])
def test_a_dash_among_words_stays_where_it_is(behind, dashes, capsys):
    assert run(["analogy", "-n", "1", *behind, str(dashes), "-", "of", "in"]) == 0
    assert "- : of = in : ?" in capsys.readouterr().out
    assert run(["neighbors", "-n", "3", *behind, str(dashes), "of", "-"]) == 0
    out = capsys.readouterr().out
    assert [line.strip() for line in out.splitlines() if line.strip() in WORDS] == ["of", "-"]


@pytest.mark.parametrize("value", [["--phrase-delimiter", "-"], ["--phrase-delimiter=-"]])
def test_a_dash_may_be_the_value_of_an_option(value, tmp_path):
    (tmp_path / "text.txt").write_text("new york is new york and new york is big\n" * 20)
    asked = ["--phrase-scoring", "npmi", "--phrase-threshold", "0.1", "--phrase-count", "5", *value]
    assert run(["encode", str(tmp_path / "text.txt"), "--out", str(tmp_path / "corpus"), *asked]) == 0
    assert "new-york" in Corpus.load(tmp_path / "corpus").vocabulary.words


def test_a_dash_is_no_command_and_named_as_it_was_given(capsys):
    assert run(["-"]) == 2
    assert "there is no command '-'" in capsys.readouterr().err
    assert run(["analogy", "run", "a", "b", "c", "-"]) == 2
    assert "['-']" in capsys.readouterr().err
    assert run(["analogy", "run", "a", "b", "c", "-n", "-"]) == 2
    assert '"-"' in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_the_usage_names_first_what_stands_first(command, capsys):
    assert run([command, "--help"]) == 0
    usage = re.search(r"Usage: solve2vec (.*)", capsys.readouterr().out)[1].split()
    named = usage[1:] if command != "demo" else ["", *usage[1:]]
    assert not named[0].startswith(("-", "["))
    assert usage[-1] == "[OPTIONS]"


@pytest.mark.parametrize(
    ("line", "name"),
    [("evaluate --similarity ws353.txt g.bin", "MODELS"), ("fit --out p --keep corpus embedding t.txt", "TEXTS"),
     ("diagnose --analogies questions.txt t.txt", "SOURCE")],
)  # fmt: skip
def test_a_path_taken_by_an_option_of_several_values_is_told_where_to_stand(line, name, capsys):
    assert run(line.split()) == 2
    assert f"put {name} first, or behind --" in capsys.readouterr().err
