"""The command line: every command on a small corpus; stage by stage equals fit, and Python equals both."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

import solve2vec
from solve2vec.cli.main import COMMANDS, run
from solve2vec.datasets.synthetic import planted_corpus
from solve2vec.run import load_stage
from solve2vec.target.target import Target

OPTIONS = ["--size", "4", "--weighting", "linear"]
ESCAPE = "\x1b[31mred\x1b[0m"


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "planted.txt"
    documents = planted_corpus(plain=3, families=3, countries=3, verbs=3).documents(200, length=20, seed=1)
    path.write_text("".join(" ".join(document) + "\n" for document in documents))
    return path


@pytest.fixture(scope="module")
def fitted(text, tmp_path_factory):
    """A run with every stage, made by one command."""
    out = tmp_path_factory.mktemp("fitted") / "run"
    keep = ["corpus", "cooccurrence", "target", "spectrum", "embedding"]
    assert run(["fit", str(text), "--out", str(out), "--dim", "5", "--keep", *keep, "--shrinkage", "2", *OPTIONS]) == 0
    return out


@pytest.fixture
def ask(capsys):
    """Run a command that must succeed → what it printed."""

    def asked(*arguments):
        capsys.readouterr()
        assert run([str(a) for a in arguments]) == 0, capsys.readouterr().err
        out, err = capsys.readouterr()
        assert not err, "nothing to complain about, nothing on stderr"
        return out

    return asked


def shell(*arguments, **options):
    """The command as a process of its own."""
    command = [sys.executable, "-c", "from solve2vec.cli.main import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, **options)


def stages(folder):
    return {path.name: load_stage(path).fingerprint for path in sorted(Path(folder).iterdir())}


def test_stage_by_stage_equals_fit(text, fitted, tmp_path, ask):
    ask("encode", text, "--out", tmp_path / "corpus")
    ask("count", tmp_path, *OPTIONS)
    ask("target", tmp_path, "--shrinkage", 2)
    ask("solve", tmp_path, "--dim", 5)
    ask("embed", tmp_path)
    assert stages(tmp_path) == stages(fitted)


def test_python_equals_the_command_line(text, fitted):
    made = solve2vec.fit(text, 5, size=4, weighting="linear", shrinkage=2)
    assert made.fingerprint == stages(fitted)["embedding"]


def test_parts_counted_apart_merge_to_the_whole_and_can_be_taken_away_again(fitted, tmp_path, ask):
    for part in (1, 2, 3):
        ask("count", fitted, "--part", f"{part}/3", "--out", tmp_path / f"{part}", *OPTIONS)
    ask("merge", tmp_path / "3", tmp_path / "1", tmp_path / "2", "--out", tmp_path / "whole")
    assert stages(tmp_path)["whole"] == stages(fitted)["cooccurrence"]
    ask("subtract", tmp_path / "whole", tmp_path / "2", "--out", tmp_path / "rest")
    ask("merge", tmp_path / "1", tmp_path / "3", "--out", tmp_path / "others")
    assert stages(tmp_path)["rest"] == stages(tmp_path)["others"]


def test_a_given_vocabulary_and_a_warm_start_are_used(text, fitted, tmp_path, ask):
    ask("encode", text, "--out", tmp_path / "corpus", "--vocabulary", fitted)
    assert stages(tmp_path)["corpus"] == stages(fitted)["corpus"]
    ask("solve", fitted, "--out", tmp_path / "spectrum", "--dim", 4, "--warm-start", fitted)
    ask("embed", tmp_path, "--dim", 2, "--power", 1)
    assert load_stage(tmp_path / "embedding").dim == 2


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (
            ["encode", "TEXT", "--out", "OUT", "--vocabulary", "RUN", "--max-vocab", "3"],
            "a given vocabulary is taken whole",
        ),
        (["count", "RUN", "--estimate", "--shards", "3"], "--estimate counts nothing"),
        (["fit", "TEXT", "--out", "OUT", "--bootstrap-shards", "7"], "say --bootstrap 20"),
        (["fit", "TEXT", "--out", "OUT", "--phrase-rounds", "2"], "phrase_rounds=2 joins nothing by itself"),
    ],
)
def test_an_option_that_would_have_no_effect_is_refused(text, fitted, tmp_path, capsys, command, message):
    places = {"TEXT": str(text), "OUT": str(tmp_path / "out"), "RUN": str(fitted)}
    assert run([places.get(word, word) for word in command]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_two_matrices_on_request(fitted, tmp_path, ask):
    smoothed = ["--context-smoothing", "0.75", "--no-symmetric"]
    ask("target", fitted, "--out", tmp_path / "target", *smoothed)
    ask("solve", tmp_path, "--no-tied", "--dim", "3")
    ask("embed", tmp_path)
    assert load_stage(tmp_path / "embedding").context_vectors.shape[1] == 3


def _json_of(ask, *arguments):
    out = ask(*arguments, "--json")
    assert "NaN" not in out
    return json.loads(out)


def test_every_report_is_json_on_request(text, fitted, tmp_path, ask):
    made = _json_of(ask, "fit", text, "--out", tmp_path / "run", "--dim", "5", "--shrinkage", "2", *OPTIONS)
    assert made["fingerprint"] == stages(fitted)["embedding"]
    assert made["words"] == load_stage(fitted / "embedding").summary()["words"]
    for command, kind in {
        ("encode", text, "--out", tmp_path / "corpus"): "Corpus",
        ("count", tmp_path): "Cooccurrence",
        ("merge", fitted, fitted, "--out", tmp_path / "merged"): "Cooccurrence",
        ("subtract", fitted, fitted, "--out", tmp_path / "nothing"): "Cooccurrence",
        ("target", tmp_path): "Target",
        ("solve", tmp_path, "--dim", "5"): "Spectrum",
        ("embed", tmp_path): "Embedding",
    }.items():
        told = _json_of(ask, *command)
        assert told["stage"] == kind
        assert told["fingerprint"] == load_stage(told["folder"]).fingerprint
    assert _json_of(ask, "count", fitted, "--estimate")
    one, two, three, four = load_stage(fitted / "embedding").words[3:7]
    (tmp_path / "asked.txt").write_text(f": some\n{one} {two} {three} {four}\n")
    (tmp_path / "pairs.tsv").write_text(f"{one}\t{two}\t3\n{one}\t{three}\t1\n{two}\t{four}\t2\n")
    assert _json_of(ask, "evaluate", fitted, "--analogies", tmp_path / "asked.txt", "--bootstrap", "10")
    assert _json_of(ask, "evaluate", fitted, "--similarity", tmp_path / "pairs.tsv", "--bootstrap", "10")
    assert _json_of(ask, "convert", fitted, tmp_path / "vectors.txt")
    assert (tmp_path / "vectors.txt").is_file()
    assert len(_json_of(ask, "modes", fitted, "-k", "3")["modes"]) == 3
    assert {fact["kind"] for fact in _json_of(ask, "show", fitted)["stages"]} >= {"Corpus", "Target", "Embedding"}
    assert _json_of(ask, "show", fitted / "embedding")["stages"][0]["fingerprint"] == stages(fitted)["embedding"]


def test_questions_are_answered_as_python_answers_them(fitted, ask):
    embedding = solve2vec.load(fitted)
    one, two, three = embedding.words[4:7]
    found = _json_of(ask, "neighbors", fitted, one, two, "-n", 4)["results"]
    assert [result["query"] for result in found] == [one, two]
    for result in found:
        expected = embedding.neighbors(result["query"], 4)
        assert [(w["word"], w["similarity"]) for w in result["words"]] == expected
    for method in ("add", "mul"):
        found = _json_of(ask, "analogy", fitted, one, two, three, "--method", method)["results"][0]["words"]
        assert [(w["word"], w["similarity"]) for w in found] == embedding.analogy(one, two, three, 5, method=method)
    told = ask("neighbors", fitted, one, "-n", 2)
    assert all(word in told for word, _ in embedding.neighbors(one, 2))
    spectrum = load_stage(fitted / "spectrum")
    assert _json_of(ask, "modes", fitted)["modes"][1]["positive"] == spectrum.mode_words(1, 8)[0]


def test_show_says_how_a_stage_was_made(fitted, ask):
    told = ask("show", fitted)
    assert "min_count=5" in told
    assert "weighting='linear'" in told
    assert stages(fitted)["target"][:8] in told
    assert stages(fitted)["target"] in ask("show", fitted / "target")
    assert len(told.splitlines()) < 40, "a run is one screen"
    assert all(len(line) <= 120 for line in told.splitlines())


def test_show_cuts_long_lists_that_json_has_whole(tmp_path, ask):
    for number in range(30):
        (tmp_path / f"{number:02}.txt").write_text("tea and milk\nmilk and tea\n")
    ask("encode", *sorted(tmp_path.glob("*.txt")), "--out", tmp_path / "run" / "corpus")
    for shown in (tmp_path / "run", tmp_path / "run" / "corpus"):
        told = " ".join(ask("show", shown).split())
        assert "… 30 in all]" in told and "29.txt" not in told
    [read, *_] = _json_of(ask, "show", tmp_path / "run" / "corpus")["stages"][0]["lineage"]
    assert "29.txt" in read


def test_standard_input_is_read(text, fitted, tmp_path):
    with open(text, "rb") as file:
        told = shell("encode", "-", "--out", tmp_path / "corpus", stdin=file)
    assert told.returncode == 0, told.stderr
    assert stages(tmp_path)["corpus"] == stages(fitted)["corpus"]


def test_the_version_and_the_help_of_every_command_are_there(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"solve2vec {solve2vec.__version__}"
    for command in COMMANDS:
        assert run([command, "--help"]) == 0
        out, err = capsys.readouterr()
        assert f"solve2vec {command}" in out
        assert not err
    assert run([]) == 0
    assert all(command in capsys.readouterr().out for command in [*COMMANDS][:1])


def test_the_help_imports_neither_numpy_nor_numba():
    """``-X importtime`` lists every module that was imported."""
    command = [sys.executable, "-X", "importtime", "-c", "from solve2vec.cli.main import main; main()", "--help"]
    told = subprocess.run(command, capture_output=True, text=True)
    assert told.returncode == 0
    imported = {line.rsplit("|", 1)[-1].strip() for line in told.stderr.splitlines()}
    assert "solve2vec.cli.main" in imported
    assert not imported & {"numpy", "numba", "scipy", "pyarrow"}


@pytest.mark.parametrize("command", [("fit",), ("show",), ("modes",), ("neighbors",), ("--help",)])
def test_no_color_where_nobody_would_see_it_and_nothing_on_stderr(command, text, fitted, tmp_path):
    given = {"fit": (text, "--out", tmp_path / "run", "--dim", 3), "neighbors": (fitted, "the"), "--help": ()}
    told = shell(*command, *given.get(command[0], (fitted,)))
    assert told.returncode == 0
    assert "\x1b" not in told.stdout
    assert told.stdout
    assert not told.stderr


@pytest.fixture
def hostile(tmp_path):
    """Tokens that move the cursor, look like markup, reverse the line, or are not in Latin-1."""
    words = [ESCAPE, "[/bold]", "[red]", "\u202egnp.exe", "λόγος", "😀", "b\x07ell"]
    (tmp_path / "hostile.txt").write_text("\n".join(" ".join(words[i:] + words[:i]) for i in range(7)) + "\n")
    out = tmp_path / "run\x1b[2J"
    whole = ["--token-pattern", "whitespace", "--no-lowercase", "--min-count", "1", "--dim", "2", "--shrinkage", "0"]
    assert run(["fit", str(tmp_path / "hostile.txt"), "--out", str(out), "--size", "1", *whole]) == 0
    return out, words


def test_no_word_or_path_can_reach_the_terminal_as_a_command(hostile, capsys):
    out, words = hostile
    for arguments in (
        ["modes"],
        ["show"],
        ["neighbors", *words],
        ["analogy", *words[:3]],
        ["embed"],
        ["neighbors", "\x1b[3J"],
    ):
        run([arguments[0], str(out), *arguments[1:]])
    told = capsys.readouterr()
    assert "\x1b" not in told.out + told.err
    assert "\u202e" not in told.out + told.err
    assert "\\x1b[31mred" in told.out
    assert "[/bold]" in told.out
    assert "λόγος" in told.out


def test_words_the_terminal_cannot_print_are_spelled_out(hostile):
    out, words = hostile
    environment = os.environ | {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    told = shell("neighbors", out, "[red]", env=environment)
    assert told.returncode == 0, told.stderr
    assert "\\u03bb" in told.stdout
    told = shell("neighbors", out, "[red]", "--json", env=environment)
    assert {w["word"] for w in json.loads(told.stdout)["results"][0]["words"]} == {*words} - {"[red]"}


@pytest.mark.skipif(os.name != "posix", reason="a shell's pipes")
@pytest.mark.parametrize("command", ["modes {run}", "modes {run} --json", "show {run}", "--help", "fit --help"])
def test_a_reader_who_leaves_is_no_error(command, fitted):
    """``| head`` with nothing read at all: no traceback, no message, exit code 0."""
    program = f'{sys.executable} -c "from solve2vec.cli.main import main; main()" {command.format(run=fitted)}'
    told = subprocess.run(["bash", "-c", f"set -o pipefail; {program} | head -c 0"], capture_output=True, text=True)
    assert (told.returncode, told.stderr) == (0, "")


def test_a_solve_that_stops_early_says_so_on_stderr_and_saves(tmp_path, capsys):
    """2,001 words are the fewest that are not solved densely."""
    values = sparse.diags_array(np.linspace(9, 1, 2001))
    Target.from_array(values, [f"w{i}" for i in range(2001)]).save(tmp_path / "target")
    code = run(
        [
            "solve",
            str(tmp_path / "target"),
            "--out",
            str(tmp_path / "s"),
            "--dim",
            "9",
            "--tolerance",
            "1e-9",
            "--max-products",
            "1",
        ]
    )
    out, err = capsys.readouterr()
    assert code == 0
    assert "Spectrum" in out
    assert err.startswith("solve2vec: warning: mode ")
    assert err.count("\n") == 1
    assert load_stage(tmp_path / "s").worst_residual > 1e-9


def test_one_stage_never_takes_the_place_of_another_kind(fitted, capsys):
    before = stages(fitted)
    assert run(["target", str(fitted), "--out", str(fitted / "corpus")]) == 2
    assert "holds a Corpus, not a Target: choose another folder" in capsys.readouterr().err
    assert stages(fitted) == before


def test_the_demo_writes_its_text_to_a_new_file_alone(tmp_path, ask, capsys):
    ask("demo", "--text", tmp_path / "text.txt")
    assert (tmp_path / "text.txt").read_bytes() == solve2vec.documentation_corpus().read_bytes()
    assert run(["demo", "--text", str(tmp_path / "text.txt")]) == 2
    assert "text.txt exists: name a new file" in capsys.readouterr().err


@pytest.mark.slow
def test_the_demo_reports_json_too(tmp_path, ask):
    told = _json_of(ask, "demo", "--out", tmp_path / "demo")
    assert told
    assert {"corpus", "spectrum", "embedding"} <= {path.name for path in tmp_path.rglob("*")}


@pytest.mark.slow
def test_compiling_is_told_once_and_never_again(tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("cats chase mice\ndogs chase cats\nmice eat cheese\npeople eat cheese\npeople like dogs\n" * 5)
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}

    def told(run: str) -> int:
        command = [sys.executable, "-m", "solve2vec", "fit", str(text), "--out", str(tmp_path / run), "--dim", "2"]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
        return done.stderr.count("compiling")

    assert [told("first"), told("second")] == [1, 0]


@pytest.mark.parametrize(
    "keep",
    [[], ["corpus"], ["cooccurrence"], ["target"], ["spectrum"], ["embedding"], ["corpus", "target"],
     ["spectrum", "embedding"], ["target", "--no-tied"]],
)  # fmt: skip
def test_what_is_named_as_next_can_be_done(keep, text, tmp_path, ask):
    """Typed into a shell as it is printed, whatever the run is called and keeps."""
    out = tmp_path / "b'c d"
    keep = ["--keep", *keep] if keep else []
    told = ask("fit", text, "--out", out, "--dim", "3", *keep, *OPTIONS).splitlines()[-1]
    assert told.startswith("next: ")
    for command in told.removeprefix("next: ").split(" · "):
        program, *arguments = shlex.split(command)
        assert program == "solve2vec"
        ask(*arguments)


def test_a_word_that_looks_like_an_option_is_named_as_a_word(text, tmp_path, ask):
    (tmp_path / "text").write_text("--" + text.read_text().replace(" ", " --").replace("\n", "\n--")[:-2])
    split = ["--token-pattern", "whitespace"]
    told = ask("fit", tmp_path / "text", "--out", tmp_path / "run", "--dim", "3", *split, *OPTIONS)
    command = shlex.split(told.splitlines()[-1].split(" · ")[1])
    assert command[-1].startswith("--")
    ask(*command[1:])


@pytest.mark.parametrize("keep", [[], ["bootstrap"], ["trajectory"]])
def test_a_run_that_would_keep_nothing_is_refused_and_the_earlier_one_stays(keep, text, fitted, capsys):
    before = stages(fitted)
    assert run(["fit", str(text), "--out", str(fitted), "--dim", "3", "--keep", *keep]) == 2
    told = capsys.readouterr().err
    assert "embedding" in told or "leave it out" in told
    assert stages(fitted) == before


def test_a_new_stage_in_a_run_names_the_later_ones_that_were_made_of_another(text, tmp_path, capsys):
    folder = tmp_path / "run"
    assert run(["fit", str(text), "--dim", "4", "--out", str(folder)]) == 0
    capsys.readouterr()
    assert run(["target", str(folder)]) == 0
    assert "replaced since" not in capsys.readouterr().err
    assert run(["target", str(folder), "--kind", "ppmi"]) == 0
    assert (
        f"in {folder}, made of stages that have been replaced since: spectrum, embedding; make them again in this "
        "order, or delete them\n" in capsys.readouterr().err
    )
    assert run(["solve", str(folder), "--dim", "4"]) == 0
    assert "replaced since: embedding; make" in capsys.readouterr().err
    assert run(["embed", str(folder)]) == 0
    assert "replaced since" not in capsys.readouterr().err


def test_a_closed_stderr_is_no_error():
    command = f'"{sys.executable}" -c "from solve2vec.cli.main import main; main()" --version 2>&-'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, f"solve2vec {solve2vec.__version__}")


def test_evaluate_says_which_words_are_unknown_where_nothing_can_be_asked(tmp_path, capsys):
    from solve2vec import Embedding

    Embedding.from_vectors(["a", "b"], [[1.0, 0.0], [0.0, 1.0]]).save(tmp_path / "e")
    (tmp_path / "men").write_text("boat-n river-n 50\nbread-n cake-n 40\n")
    assert run(["evaluate", str(tmp_path / "e"), "--similarity", str(tmp_path / "men")]) == 0
    assert "none of the words boat, " in capsys.readouterr().err


def test_vectors_made_in_another_way_are_not_replaced_unless_told_to(tmp_path, capsys):
    text, folder = tmp_path / "t.txt", tmp_path / "r"
    text.write_text("the boat is on the river and the fish swim\nshe bakes warm bread in the oven\n" * 30)
    small = ["--dim", "2", "--min-count", "1"]
    assert run(["fit", str(text), "--out", str(folder), *small]) == 0
    before = solve2vec.Run(folder).embedding.fingerprint
    train = ["train", str(folder), "--out", str(folder), "--dim", "2", "--epochs", "1"]
    assert run(train) == 2
    assert "holds vectors of the closed form, and training would take their place" in capsys.readouterr().err
    assert solve2vec.Run(folder).embedding.fingerprint == before
    assert run([*train, "--replace"]) == 0
    for closed in (["fit", str(text), "--out", str(folder), *small], ["embed", str(folder)]):
        assert run(closed) == 2
        assert "holds vectors of training, and the closed form would take their place" in capsys.readouterr().err
    assert run(["embed", str(folder), "--out", str(tmp_path / "e")]) == 0
    assert run(["fit", str(text), "--out", str(folder), *small, "--replace"]) == 0
    assert solve2vec.Run(folder).embedding.fingerprint == before


def test_what_came_to_nothing_is_said(tmp_path, capsys):
    text = tmp_path / "t.txt"
    text.write_text("the boat is on the river and the fish swim\n" * 30)
    (tmp_path / "v.vec").write_text("3 2\nBoat 0.1 0.2\nriver 0.3 0.4\nbread 0.1 0.9\n")
    small = ["--dim", "1", "--min-count", "1", "--out", str(tmp_path / "r")]
    assert run(["fit", str(text), *small, "--phrase-scoring", "npmi", "--phrase-threshold", "10"]) == 0
    assert "no phrase was joined: no two words seen 5 times together score above 10 by npmi" in capsys.readouterr().err
    warm = ["--dim", "2", "--epochs", "1", "--warm-start", str(tmp_path / "v.vec"), "--out", str(tmp_path / "w")]
    assert run(["train", str(text), *warm]) == 0
    assert "1 of 8 words have a vector there" in capsys.readouterr().err


def test_an_embedding_saved_by_the_name_of_a_file_is_that_file(tmp_path):
    E = solve2vec.Embedding.from_vectors(["a", "b"], [[1.0, 2.0], [3.0, 4.5]])
    for name in ("v.bin", "v.txt", "v.vec.gz", "v.npz"):
        assert E.save(tmp_path / name).is_file() and solve2vec.load(tmp_path / name).words == E.words
    assert E.save(tmp_path / "v.2026").is_dir()
