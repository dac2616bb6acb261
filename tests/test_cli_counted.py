"""``solve2vec train --population`` and ``--model weighted``: counts in, a run out that theory can be held against."""

import json

import numpy as np
import pytest

import solve2vec
from solve2vec.cli import main
from solve2vec.synthetic import planted_corpus

PLAIN = ["--negatives", "1", "--context-smoothing", "1", "--subsample", "none"]
UNWEIGHTED = ["--population", "--model", "quadratic", "--reweighted", "--tied"]
DESCENT = [*UNWEIGHTED, "--dim", "4", "--modes", "3", "--head", "40", *PLAIN]
TARGET = {"negatives": 1, "context_smoothing": 1, "shrinkage": 0}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    run = tmp_path_factory.mktemp("runs") / "run"
    solve2vec.encode(planted_corpus().documents(300, seed=1)).save(run / "corpus")
    return str(run)


def counts_of(corpus, head):
    return solve2vec.count(solve2vec.load(corpus + "/corpus"), solve2vec.Window(5, "linear")).head(head)


def test_theory_is_held_against_a_run_in_three_commands(corpus, tmp_path, capsys):
    run = str(tmp_path / "run")
    options = [*UNWEIGHTED, "--dim", "8", "--modes", "5", "--head", "80", *PLAIN]
    assert main.run(["train", corpus, "--out", run, *options]) == 0
    told = capsys.readouterr().out
    _, predict, compare = told.split("next: ")[0], *told.split("next: solve2vec ")[1].split(" · solve2vec ")
    assert main.run(predict.split()) == 0
    capsys.readouterr()
    assert main.run([*compare.split(), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["order_agreement"] == pytest.approx(1) and found["median_r_squared"] > 0.999
    counts = counts_of(corpus, 80)
    made = solve2vec.population.train(
        solve2vec.mstar(counts, **TARGET), solve2vec.Population(dim=8, modes=5, tied=True)
    )
    np.testing.assert_allclose(solve2vec.load(run).vectors, made.embedding.vectors, atol=1e-6)


def test_what_can_be_done_next_with_followed_modes_works(corpus, tmp_path, capsys):
    """The prediction is made from the modes that were followed, and laid beside the run."""
    one, other = str(tmp_path / "one"), str(tmp_path / "other")
    assert main.run(["train", corpus, "--out", one, *DESCENT]) == 0
    assert main.run(["train", corpus, "--out", other, "--follow", one, "--init-scale", "1.25e-7", *DESCENT]) == 0
    for command in capsys.readouterr().out.split("next: ")[2].split(" · "):
        assert main.run(command.split()[1:]) == 0
    assert "3 of 3 modes reached half of their λ in both" in capsys.readouterr().out
    assert not (tmp_path / "one" / "prediction").exists() and (tmp_path / "other" / "prediction").exists()


@pytest.mark.parametrize("how", ["--start", "--warm-start"])
def test_a_start_that_no_command_draws_has_no_command_to_predict_it(how, corpus, tmp_path, capsys):
    """And where one was predicted all the same, the comparison says that it is another."""
    run, value = str(tmp_path / "run"), "aligned"
    if how == "--warm-start":
        value = str(tmp_path / "before")
        assert main.run(["train", corpus, "--out", value, *DESCENT, "--duration", "0.05"]) == 0
    capsys.readouterr()
    assert main.run(["train", corpus, "--out", run, how, value, *DESCENT]) == 0
    told = capsys.readouterr().out
    assert "solve2vec.predict(spectrum, W)" in told and "--seed" not in told
    assert main.run(["predict", run, "--init-scale", "1e-4", "--dim", "4", "--seed", "0", "--at", run]) == 0
    assert main.run(["compare", run, run]) == 0
    assert "The two starts are not the same: theory begins with normal numbers" in capsys.readouterr().out


@pytest.mark.parametrize(("model", "loss"), [("sgns", "logistic"), ("quadratic", "quadratic")])
def test_each_model_descends_its_own_loss(model, loss, corpus, tmp_path, capsys):
    options = ["--dim", "4", "--modes", "2", "--head", "40", "--duration", "0.01", "--json", *PLAIN]
    assert main.run(["train", corpus, "--population", "--model", model, "--out", str(tmp_path / "r"), *options]) == 0
    said = json.loads(capsys.readouterr().out)
    lineage = solve2vec.load(tmp_path / "r").lineage
    assert lineage.values_of("population_train")["loss"] == loss
    assert said["dim"] == 4 and said["words"] == 40


def test_the_weighted_optimum_is_that_of_the_library(corpus, tmp_path, capsys):
    run = str(tmp_path / "run")
    assert main.run(["train", corpus, "--model", "weighted", "--dim", "5", "--head", "60", "--out", run, *PLAIN]) == 0
    assert "half-steps" in capsys.readouterr().out
    formula = solve2vec.Formula(**TARGET)
    made = solve2vec.weighted.factorize(counts_of(corpus, 60), solve2vec.Alternation(dim=5), formula=formula)
    assert solve2vec.load(run).fingerprint == made.embedding.fingerprint


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--population", "--model", "cbow"], "--population has no CBOW"),
        (["--population", "--epochs", "3"], "--epochs belongs to training on a corpus, not to --population"),
        (
            ["--model", "weighted", "--lock-free"],
            "--lock-free belongs to training on a corpus, not to --model weighted",
        ),
        (["--model", "weighted", "--tied"], "tied"),
        (["--population", "--head", "0"], "0"),
        (
            ["--population", "--model", "quadratic", "--reweighted", "--dim", "4", "--learning-rate", "9", *PLAIN],
            "stable",
        ),
    ],
)
def test_what_has_no_meaning_is_refused_in_one_sentence(options, message, corpus, tmp_path, capsys):
    assert main.run(["train", corpus, "--out", str(tmp_path / "r"), *options]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1
    assert not (tmp_path / "r" / "embedding").exists()
