"""``solve2vec train --population`` and ``--model weighted``: counts in, a run out that theory can be held against."""

import json
import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

import solve2vec
from solve2vec.cli import main, options
from solve2vec.datasets.synthetic import planted_corpus

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
        solve2vec.mstar(counts, **TARGET), solve2vec.PopulationOptions(dim=8, modes=5, tied=True)
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
    made = solve2vec.weighted.factorize(counts_of(corpus, 60), solve2vec.WeightedOptions(dim=5), formula=formula)
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
        (["--population", "--model", "weighted"], "leave out one of the two"),
        (["--population", "--start", "spectral"], "start must be one of random, aligned, got 'spectral'"),
        (["--model", "weighted", "--start", "aligned"], "start must be one of spectral, random, got 'aligned'"),
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


VALUES = {
    "subsample": "none", "start": "random", "integrator": "adaptive", "spacing": "linear", "weights": "unweighted",
    "head": "40", "follow": "run", "context_smoothing": "0.5",
}  # fmt: skip
KINDS = {
    "corpus": solve2vec.TrainingOptions,
    "population": solve2vec.PopulationOptions,
    "weighted": solve2vec.WeightedOptions,
}
WAYS = {"corpus": [], "population": ["--population"], "weighted": ["--model", "weighted"]}


def spelled(name):
    option = f"--{name.replace('_', '-')}"
    flags = {f.name for kind in KINDS.values() for f in fields(kind) if isinstance(f.default, bool)}
    return [option] if name in flags else [option, VALUES.get(name, "1")]


def on_the_page(kind):
    """Field, option and default of each row of the table in docs/hyperparameters.md."""
    page = (Path(__file__).parents[1] / "docs" / "hyperparameters.md").read_text(encoding="utf-8")
    section = page.split(f"## {kind.__name__}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \| (.*?) \| `(.*?)` \|", section, re.MULTILINE)


@pytest.mark.parametrize("way", KINDS)
def test_documented_options_are_options_and_have_the_documented_defaults(way):
    rows = on_the_page(KINDS[way])
    assert [name for name, _, _ in rows] == [f.name for f in fields(KINDS[way])]
    made = options.hyperparameters(way, {})
    for name, spelling, default in rows:
        assert str(getattr(made, name)) == default
        for option in re.findall(r"`(--[\w-]+)`", spelling):
            own = option.removeprefix("--").replace("-", "_")
            given = spelled(own) if own in VALUES or own == name else [option]
            given = [option, "sgns"] if option == "--model" else given
            _, bound, _ = main.app.parse_args(
                ["train", "x", "--out", "y", *given], exit_on_error=False, print_error=False
            )
            told = bound.arguments.get("options", options.Options()).given()
            assert name == "loss" or name in told


def foreign():
    every = {name for way in KINDS for name in options.takes(way)}
    return [(way, name) for way in KINDS for name in sorted(every - options.takes(way))]


def test_what_belongs_to_another_way_of_training_is_refused_by_name(corpus, tmp_path, capsys):
    for way, name in foreign():
        assert main.run(["train", corpus, "--out", str(tmp_path / "r"), *WAYS[way], *spelled(name)]) == 2
        said = capsys.readouterr().err
        assert f"--{name.replace('_', '-')} belongs to" in said and said.count("\n") == 1
        assert f"not to {options.CALLED[way]}" in said
    for way, name in (("corpus", "head"), ("corpus", "duration"), ("weighted", "modes"), ("population", "ridge")):
        assert (way, name) in foreign()
    assert not (tmp_path / "r").exists()


def test_what_is_given_is_taken_also_where_it_is_another_ways_default(corpus, tmp_path):
    run = str(tmp_path / "run")
    how = ["--population", "--model", "quadratic", "--reweighted", "--head", "40", "--dim", "4", "--duration", "0.1"]
    moments = ["--points", "10", "--spacing", "linear", "--integrator", "adaptive"]
    assert main.run(["train", corpus, *how, *moments, "--out", run, *PLAIN]) == 0
    trajectory = solve2vec.load(run + "/trajectory")
    np.testing.assert_allclose(trajectory.time, np.linspace(0, 0.1, 11))
    used = solve2vec.load(run).lineage.values_of("population_train")
    assert used["tied"] is True and used["init_scale"] == 1e-4


def test_the_weighted_optimum_takes_its_own_options(corpus, tmp_path):
    run, how = str(tmp_path / "run"), ["--weights", "unweighted", "--start", "random", "--tolerance", "0.01"]
    assert (
        main.run(["train", corpus, "--model", "weighted", "--dim", "3", "--head", "40", "--out", run, *how, *PLAIN])
        == 0
    )
    alternation = solve2vec.WeightedOptions(dim=3, weights="unweighted", start="random", tolerance=0.01)
    made = solve2vec.weighted.factorize(counts_of(corpus, 40), alternation, formula=solve2vec.Formula(**TARGET))
    assert solve2vec.load(run).fingerprint == made.embedding.fingerprint


def test_what_an_earlier_training_left_in_the_run_is_named(corpus, tmp_path, capsys):
    def said(*given):
        assert main.run(["train", corpus, "--out", run, "--dim", "3", *given, *PLAIN]) == 0
        return [line for line in capsys.readouterr().err.splitlines() if "replaced since" in line]

    run = str(tmp_path / "run")
    descent = ["--population", "--model", "quadratic", "--reweighted", "--modes", "2", "--duration"]

    def note(stale):
        return f"solve2vec: in {run}, made of stages that have been replaced since: {stale}; make them again " + (
            "in this order, or delete them"
        )

    assert said(*descent, "0.01", "--head", "40") == []
    assert main.run(["predict", run, "--init-scale", "1e-4", "--dim", "3"]) == 0
    assert said(*descent, "0.02", "--head", "40") == [], "the prediction is of the same modes"
    assert said("--model", "weighted", "--head", "40") == [note("trajectory")], (
        "the modes are still those of the matrix"
    )
    assert said(*descent, "0.01") == [note("prediction")]
    assert said("--epochs", "1", "--follow", run) == [note("prediction")]


@pytest.mark.parametrize("way", ["population", "weighted"])
def test_counts_of_a_graph_are_trained_on(way, tmp_path, capsys):
    rng = np.random.default_rng(0)
    graph = rng.poisson(3.0, (12, 12))
    counts = solve2vec.Cooccurrence.from_matrix(graph + graph.T, [f"node{k}" for k in range(12)])
    counts.save(tmp_path / "graph" / "cooccurrence")
    formula, plain = solve2vec.Formula(**TARGET), ["--dim", "3", "--out", str(tmp_path / "out"), *PLAIN]
    for source in (tmp_path / "graph", tmp_path / "graph" / "cooccurrence"):
        assert main.run(["train", str(source), *WAYS[way], *plain]) == 0
        if way == "weighted":
            made = solve2vec.weighted.factorize(counts, solve2vec.WeightedOptions(dim=3), formula=formula).embedding
        else:
            how = solve2vec.PopulationOptions(loss="logistic", dim=3, modes=3)
            made = solve2vec.population.train(counts, how, formula=formula).embedding
        np.testing.assert_array_equal(solve2vec.load(tmp_path / "out").vectors, made.vectors)
    capsys.readouterr()
    for given, message in (
        ([], "has counts and no corpus to train on: add --population"),
        ([*WAYS[way], "--size", "4"], "no corpus for another window: leave out --size"),
    ):
        assert main.run(["train", str(tmp_path / "graph"), *given, *plain]) == 2
        said = capsys.readouterr().err
        assert message in said and said.count("\n") == 1
