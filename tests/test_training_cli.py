"""``solve2vec train``: text or corpus in, a run out."""

import json
import os
import signal

import pytest

import solve2vec
from solve2vec.cli import main
from solve2vec.datasets.synthetic import planted_corpus

SMALL = ["--dim", "8", "--epochs", "2", "--subsample", "0.01"]


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "planted.txt"
    path.write_text("".join(" ".join(document) + "\n" for document in planted_corpus().documents(300, seed=1)))
    return str(path)


@pytest.fixture(scope="module")
def corpus(text, tmp_path_factory):
    run = str(tmp_path_factory.mktemp("runs") / "run")
    assert main.run(["encode", text, "--out", run + "/corpus"]) == 0
    return run


def test_text_becomes_a_run(text, tmp_path, capsys):
    run = tmp_path / "run"
    assert main.run(["train", text, "--out", str(run), *SMALL]) == 0
    out = capsys.readouterr().out
    assert "8 dimensions, 2 epochs" in out
    assert sorted(path.name for path in run.iterdir()) == ["corpus", "embedding", "trajectory"]
    corpus = solve2vec.load(run / "corpus")
    made = solve2vec.sgns.train(corpus, dim=8, epochs=2, subsample=0.01)
    assert solve2vec.load(run).fingerprint == made.embedding.fingerprint
    assert solve2vec.load(run / "trajectory").fingerprint == made.trajectory.fingerprint
    assert main.run(["show", str(run)]) == 0


@pytest.mark.parametrize("model", ["sgns", "cbow", "quadratic"])
def test_a_corpus_is_trained_with_every_model(model, corpus, tmp_path, capsys):
    run = tmp_path / "run"
    assert main.run(["train", corpus, "--model", model, "--out", str(run), *SMALL, "--size", "3", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["model"], said["dim"], len(said["epoch_losses"])) == (model, 8, 2)
    assert sorted(path.name for path in run.iterdir()) == ["embedding", "trajectory"]
    embedding = solve2vec.load(run)
    assert said["fingerprint"] == embedding.fingerprint
    values = embedding.lineage.values_of("train")
    assert (values["size"], values["weighting"], values["model"]) == (3, "linear", model)


def test_modes_are_followed_and_vectors_taken_over(corpus, text, tmp_path, capsys):
    solved, run = str(tmp_path / "solved"), str(tmp_path / "run")
    assert main.run(["fit", text, "--out", solved, "--dim", "8"]) == 0
    capsys.readouterr()
    options = ["--model", "quadratic", "--reweighted", "--follow", solved, "--warm-start", solved, "--epochs", "1"]
    assert main.run(["train", corpus, "--out", run, "--dim", "8", "--learning-rate", "0.001", *options]) == 0
    trajectory = solve2vec.load(run + "/trajectory")
    assert trajectory.strengths.shape[1] == 8
    assert trajectory.singular_values[0, 0] > 1, "it starts from the solved vectors"
    assert solve2vec.load(run).lineage.values_of("train")["reweighted"] is True


@pytest.fixture
def interruptible():
    """SIGINT as a program in the foreground has it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupted_run_says_how_to_go_on_and_does(corpus, tmp_path, capsys, monkeypatch, interruptible):
    from solve2vec.training.sampled import workers

    run = tmp_path / "run"
    gather = workers.Workers.gather

    def interrupting(self, epoch, segment):
        if (epoch, segment) == (1, 0):
            os.kill(os.getpid(), signal.SIGINT)
        return gather(self, epoch, segment)

    monkeypatch.setattr(workers.Workers, "gather", interrupting)
    assert main.run(["train", corpus, "--out", str(run), *SMALL]) == 130
    said = capsys.readouterr().err
    assert (
        said
        == f"solve2vec: interrupted; what was learned is in {run}/checkpoint: the same command goes on from there\n"
    )
    assert main.run(["train", corpus, "--out", str(run), *SMALL[:2], "--epochs", "3"]) == 2
    assert "a run with epochs=2, not 3" in capsys.readouterr().err
    monkeypatch.setattr(workers.Workers, "gather", gather)
    assert main.run(["train", corpus, "--out", str(run), *SMALL]) == 0
    assert not (run / "checkpoint").exists()
    whole = tmp_path / "whole"
    assert main.run(["train", corpus, "--out", str(whole), *SMALL]) == 0
    assert solve2vec.load(run).fingerprint == solve2vec.load(whole).fingerprint


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--model", "cbow", "--tied", "--dim", "8"], "cbow cannot be tied"),
        (["--model", "cbow", "--reweighted"], "belongs to sgns and quadratic, not to cbow"),
        (["--dim", "100000"], "dimensions are more than"),
        (["--warm-start", "/nowhere"], "nowhere"),
        (["--follow", "/nowhere"], "/nowhere does not exist"),
        (["--model", "glove"], "glove"),
        (["--epochs", "-1"], "epochs must be at least 1"),
    ],
)
def test_what_cannot_be_is_one_sentence(arguments, why, corpus, tmp_path, capsys):
    assert main.run(["train", corpus, "--out", str(tmp_path / "run"), *arguments]) == 2
    said = capsys.readouterr().err
    assert why in said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "run").exists()


def test_a_run_of_another_text_is_refused(corpus, tmp_path, capsys, write):
    other = write("a b c a b c\n" * 20)
    run = str(tmp_path / "run")
    assert main.run(["train", other, "--out", run, "--dim", "2"]) == 0
    assert main.run(["train", write("x y z x y\n" * 20, "x.txt"), "--out", run, "--dim", "2"]) == 2
    assert "a corpus of another text" in capsys.readouterr().err


@pytest.mark.parametrize("option", [["--min-count", "50"], ["--no-lowercase"], ["--encoding", "utf-16"]])
def test_how_text_is_read_is_not_asked_of_a_corpus(option, corpus, tmp_path, capsys):
    assert main.run(["train", corpus, "--out", str(tmp_path / "out"), *option]) == 2
    name = option[0].removeprefix("--no-").removeprefix("--")
    assert f"is encoded already: leave out --{name}, or give the text" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
