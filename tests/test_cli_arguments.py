"""Arguments: a lone dash is a path, a word or a value, where it stands; what comes first in the usage line works."""

import io
import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from solve2vec.cli.help import BESIDE, LONG, REST, group_of, grouped
from solve2vec.cli.main import COMMANDS, app, run
from solve2vec.cli.names import Known, advice, in_our_options
from solve2vec.cooccurrence.cooccurrence import Cooccurrence
from solve2vec.core.errors import InputError
from solve2vec.core.gensim import ARGUMENTS, OTHERS
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
    assert "no place for '-'" in capsys.readouterr().err
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


# --- gensim's names -------------------------------------------------------------------------------------------------

KNOWN = Known(app)
VALUES = {
    "sg": "1",
    "ns_exponent": "0.5",
    "hs": "0",
    "shrink_windows": "",
    "sample": "0.001",
    "callbacks": "x",
    "compute_loss": "",
}


@pytest.mark.parametrize("name", ARGUMENTS)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_understands_gensims_name_or_says_what_to_use(command, name):
    """Each of the two ways that gensim's name may be spelled ends in options that the command has, or in a sentence."""
    options = KNOWN[command]
    said = set()
    for option in (f"--{name.replace('_', '-')}", f"--{name}"):
        value = VALUES.get(name, "3")
        try:
            made = in_our_options(KNOWN, [command, "x", option, *([value] if value else [])])
        except InputError as error:
            said.add(str(error).replace(f" {option}: ", " --NAME: "))
            continue
        taken = [token for token in made[2:] if token.startswith("--")]
        assert all(token in options or token.replace("_", "-") in options for token in taken)
        assert taken or (ARGUMENTS[name].why and command in ("fit", "train", "diagnose"))
        said.add("understood")
    [sentence] = said
    if sentence != "understood":
        assert sentence.startswith(f"{command} has no --NAME: ")
        ours = f"--{ARGUMENTS[name].ours.replace('_', '-')}"
        owners = [other for other in COMMANDS if ours in KNOWN[other]]
        assert command not in owners
        assert all(owner in sentence for owner in owners)
        assert ours in sentence or ARGUMENTS[name].ours in ("", name)


@pytest.mark.parametrize(
    ("command", "theirs", "ours"),
    [
        ("fit", "--window 5", "--size 5"),
        ("fit", "--window=5", "--size=5"),
        ("fit", "--vector-size 100 --vector_size 7", "--dim 100 --dim 7"),
        ("fit", "--sample 1e-4 --sample=0", "--subsample 1e-4 --subsample none"),
        ("fit", "--negative 5 --ns_exponent 0.75", "--negatives 5 --context-smoothing 0.75"),
        ("fit", "--sg 1 --hs 0 --sorted-vocab=1", ""),
        ("fit", "--shrink-windows --no-shrink_windows", "--weighting linear --weighting flat"),
        ("fit", "--max-final-vocab 9 --workers 2 --seed 1", "--max-vocab 9 --threads 2 --seed 1"),
        ("count", "--window document", "--size document"),
        ("encode", "--min-count 2 --max_final_vocab 9", "--min-count 2 --max-vocab 9"),
        ("solve", "--vector-size 9", "--dim 9"),
        ("train", "--sg 1 --sg=0", "--model sgns --model cbow"),
        (
            "train",
            "--alpha 0.05 --min-alpha 1e-4 --iter 3",
            "--learning-rate 0.05 --final-learning-rate 1e-4 --epochs 3",
        ),
        ("train", "--sample 0", "--subsample none"),
        ("diagnose", "--window 5 --sg 0 --workers 2", "--window 5 --sg 0 --threads 2"),
        ("neighbors", "-- --window 5", "-- --window 5"),
    ],
)
def test_gensims_options_become_ours(command, theirs, ours):
    assert in_our_options(KNOWN, [command, *theirs.split()]) == [command, *ours.split()]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            "fit x --out y --epochs 5",
            "fit has no --epochs: the closed form takes no steps; it belongs to train, predict and diagnose",
        ),
        ("fit x --out y --sg 0", "fit has no --sg: CBOW has no closed form; it is --model, which belongs to train"),
        (
            "train x --out y --hs=1",
            "train has no --hs: hierarchical softmax is not offered: use negative of",
        ),
        ("neighbors x w --window 5", "neighbors has no --window: it is --size, which belongs to fit, "),
        ("count x --dim 5", "count has no --dim: it belongs to fit, "),
        ("solve x --min-count=5", "solve has no --min-count: it belongs to fit, "),
        ("target x --window", "target has no --window: it is --size"),
    ],
)
def test_an_option_of_another_command_says_whose_it_is(given, sentence, capsys):
    assert run(given.split()) == 2
    assert capsys.readouterr().err.startswith(f"solve2vec: {sentence}")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("fit x --out y --windw 5", "fit has no --windw; did you mean --window, here --size?"),
        ("fit x --out y --vectorsize 5", "fit has no --vectorsize; did you mean --vector-size, here --dim?"),
        ("fit x --out y --minCount 5", "fit has no --minCount; did you mean --min-count?"),
        ("fit x --out y --tolernce 5", "fit has no --tolernce; did you mean --tolerance?"),
        ("train x -out y", "train has no -out; did you mean --out?"),
        ("train x --out y -size 100", "train has no -size; did you mean --vector-size, here --dim?"),  # word2vec.c's
        ("train x --out y -window 5", "train has no -window; did you mean --window, here --size?"),
        ("train x --out y --cbow 1", "train has no --cbow: here it is --model=cbow"),
        ("fit x --out y --cbow", "fit has no --cbow: it is --model, which belongs to train, predict and diagnose"),
        ("train x --out y --lr 1", "train has no --lr: here it is --learning-rate"),
        ("train -train x", "train has no -train: the text comes first, without a name"),
        ("neighbors x w --topn 5", "neighbors has no --topn: here it is --n"),
        ("show x --colour", "show has no --colour; solve2vec show --help says what there is"),
        ("fit x --out y --size 5 --window 6", "--size is given twice, as --size and --window: give it once"),
        ("fit x --out y --vector_size 5 --dim=6", "--dim is given twice, as --vector_size and --dim: give it once"),
        ("neighbors x w -n 5 --n 6", "--n is given twice: give it once"),
        ("fit x", "fit needs --out (run folder to write); solve2vec fit --help says what there is"),
        ("neighbors x", "neighbors needs WORDS (words to ask for)"),
        ("fit x --out y --dim", "--dim needs a value (dimensions d)"),
        ("fit x --out y extra", "fit has no place for 'extra'"),
        ("train x --out y --sg 2", "--sg must be 0 or 1, got 2: 1 is skip-gram, 0 CBOW"),
        ("diagnose x --sg -1", "sg must be 0 or 1, got -1"),
        ("fit x --out y --shrink-windows=3", "--shrink-windows must be 0 or 1, got 3"),
        ("fit x --out y --vector-size 0", "--vector-size must be at least 1, got 0"),
        ("fit x --out y --negative -2", "--negative must be at least 1, got -2"),
        ("fit x --out y --window many", 'Invalid value for --window: unable to convert "many"'),
        ("fit x --out y --bootstrap -1", "--bootstrap must be at least 2, got -1: 20 or more are useful"),
        ("fit x --out y --bootstrap 3 --bootstrap-shards 1", "--bootstrap-shards must be at least 2 and at most 255"),
    ],
)
def test_a_slip_is_told_by_what_was_typed_and_what_would_work(given, sentence, capsys):
    assert run(given.split()) == 2
    assert capsys.readouterr().err.startswith(f"solve2vec: {sentence}")


def test_what_a_slip_is_answered_with_is_understood():
    """A letter less, an option in any command: what is offered is that option, or one that is spelled as nearly."""
    for command in COMMANDS:
        names = {*KNOWN[command], *(f"--{name.replace('_', '-')}" for name in ARGUMENTS)}
        for option in sorted(name for name in names if len(name) > 5):
            for slip in (option[:-1], option[:3] + option[4:]):
                if slip in names or slip[2:] in OTHERS or any(slip in KNOWN[other] for other in COMMANDS):
                    continue
                offered = re.search(r"did you mean (--[\w-]+)", advice(KNOWN, command, slip) or "")
                if option in KNOWN[command]:
                    assert offered, (command, slip)
                if offered:
                    made = in_our_options(KNOWN, [command, f"{offered[1]}=1"])[1:2]
                    assert all(ours.partition("=")[0] in KNOWN[command] for ours in made), (command, slip)


def test_a_window_given_as_gensim_does_counts_the_same(tmp_path):
    (tmp_path / "text.txt").write_text("new york is a big town and york is old\n" * 20)
    assert run(["encode", "--min-count", "1", "--out", f"{tmp_path}/corpus", f"{tmp_path}/text.txt"]) == 0
    for option in ("--window", "--size"):
        assert run(["count", f"{tmp_path}/corpus", option, "2", "--out", f"{tmp_path}/counts{option}"]) == 0
    made = [Cooccurrence.load(tmp_path / f"counts{option}") for option in ("--window", "--size")]
    assert made[0].fingerprint == made[1].fingerprint


# --- help -----------------------------------------------------------------------------------------------------------


def long_commands():
    """The options of each command that has many, by command."""
    every = {command: sorted(KNOWN[command]) for command in COMMANDS}
    return {command: options for command, options in every.items() if len(options) > LONG}


def test_every_option_of_a_long_command_has_its_place():
    assert {"fit", "encode", "train", "diagnose"} <= set(long_commands())
    for command in ("fit", "encode", "train", "diagnose"):
        at_rest = [o for o in long_commands()[command] if group_of(o) == REST and not o.startswith("--no-")]
        assert at_rest == []


def test_no_group_names_an_option_that_is_no_more():
    known = {option for command in COMMANDS for option in KNOWN[command]}
    assert [name for names in BESIDE.values() for name in names if f"--{name.replace('_', '-')}" not in known] == []


def test_help_of_fit_has_a_panel_for_each_stage(capsys):
    run(["fit", "--help"])
    panels = re.findall(r"^╭─ (.*?) ─", capsys.readouterr().out, flags=re.M)
    stages = ["Text", "Vocabulary", "Window", "Target", "Solver"]
    assert panels == ["Arguments", *stages, "Uncertainty", "Output", "Resources"]


def test_what_is_a_target_to_be_solved_is_a_loss_to_be_lowered():
    entries = [SimpleNamespace(names=(name,)) for name in ("--epochs", "--negatives", "--dim", "--out")]
    assert [(group, len(members)) for group, members in grouped(entries)] == [
        ("Loss", 1),
        ("Training", 2),
        ("Output", 1),
    ]
    assert [group for group, _ in grouped(entries[1:])] == ["Target", "Solver", "Output"]
