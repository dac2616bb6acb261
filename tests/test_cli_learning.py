"""Commands on learning: what is printed, saved and drawn is what Python says."""

import json

import numpy as np
import pytest

import solve2vec
from solve2vec import Start, predict
from solve2vec.cli.main import run
from solve2vec.datasets.synthetic import planted_corpus
from solve2vec.trajectory import Trajectory


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    out = tmp_path_factory.mktemp("fitted") / "run"
    documents = planted_corpus(plain=3, families=3, countries=3, verbs=3).documents(300, length=20, seed=1)
    solve2vec.fit(documents, 4, out=out, keep=["cooccurrence", "spectrum"], size="document", min_count=1)
    return out


@pytest.fixture
def ask(capsys):
    def asked(*arguments):
        capsys.readouterr()
        assert run([str(a) for a in arguments]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    return asked


@pytest.fixture
def refused(capsys):
    def refused(*arguments):
        assert run([str(a) for a in arguments]) == 2
        return capsys.readouterr().err

    return refused


@pytest.mark.parametrize("options", [["--seed", "3"], []])
def test_a_prediction_is_that_of_python(fitted, ask, tmp_path, options):
    out = tmp_path / "made"
    found = json.loads(ask("predict", fitted, "--init-scale", "1e-3", "--dim", "8", *options, "--learning-rate", "0.5",
                           "--out", out, "--json"))  # fmt: skip
    spectrum = solve2vec.load(fitted / "spectrum")
    target = solve2vec.build_target(solve2vec.load(fitted / "cooccurrence"), spectrum.formula)
    expected = predict(spectrum, Start(1e-3, 8, seed=3 if options else None), target=target)
    made = solve2vec.load(out)
    assert made.fingerprint == expected.fingerprint
    assert found["method"] == ("exact" if options else "aligned") and found["loss"] == "absolute"
    rows = found["modes"]
    assert [row["eigenvalue"] for row in rows] == spectrum.eigenvalues.tolist()
    assert [row["half_way"] for row in rows] == pytest.approx(expected.half_way(), rel=0.01)
    assert [row["step"] for row in rows] == [round(row["half_way"] / 0.5) for row in rows]
    assert (rows[0]["half_way_spread"] is None) == bool(options)


def test_the_table_has_a_row_for_each_mode_and_the_run_a_prediction(fitted, ask):
    out = ask("predict", fitted, "--init-scale", "1e-3", "--learning-rate", "0.01", "--modes", "2")
    spectrum = solve2vec.load(fitted / "spectrum")
    assert all(f"{value:.2f}" in out for value in spectrum.eigenvalues[:2]) and " step " in out
    assert solve2vec.load(fitted / "prediction").strengths.shape[1] == 2


def test_half_way_times_do_not_depend_on_the_moments_and_say_why_there_is_none(fitted, ask, tmp_path):
    """In 2 dimensions 2 of 4 modes rise; from a large start some are there at once."""
    options = ["predict", fitted, "--seed", "0", "--dim", "2", "--out", tmp_path / "made", "--init-scale", "1e-3"]
    whole, few = (json.loads(ask(*options, "--json", *more))["modes"] for more in ([], ["--times", "1e-6", "2e-6"]))
    assert [row["half_way"] for row in few] == [row["half_way"] for row in whole]
    assert [row["half_way"] is None for row in few] == [False, False, True, True]
    assert ask(*options, "--times", "1e-6").count(" never ") == 2
    assert " start " in ask(*options[:-1], "9")


def test_two_matrices_learn_singular_values_that_are_solved_for(fitted, ask, refused, tmp_path):
    ask("predict", fitted, "--init-scale", "1e-3", "--untied", "--out", tmp_path / "made")
    spectrum = solve2vec.load(fitted / "spectrum")
    target = solve2vec.build_target(solve2vec.load(fitted / "cooccurrence"), spectrum.formula)
    made = solve2vec.load(tmp_path / "made")
    assert made.eigenvalues == pytest.approx(np.linalg.svd(target.toarray())[1][:4], rel=1e-6)
    spectrum.save(tmp_path / "alone" / "spectrum")
    assert "--no-tied" in refused("predict", tmp_path / "alone", "--init-scale", "1e-3", "--untied")


def test_a_run_is_compared_with_its_prediction_at_its_own_moments(fitted, ask, tmp_path):
    spectrum = solve2vec.load(fitted / "spectrum")
    target = solve2vec.build_target(solve2vec.load(fitted / "cooccurrence"), spectrum.formula)
    exact = predict(spectrum, Start(1e-3, 4, seed=0), target=target)
    Trajectory(model="run", time=exact.time[::3], loss=exact.loss[::3], strengths=exact.strengths[::3],
               eigenvalues=exact.eigenvalues, overlap=exact.overlap[::3]).save(tmp_path / "trajectory")  # fmt: skip
    ask("predict", fitted, "--init-scale", "1e-3", "--seed", "0", "--at", tmp_path, "--out", tmp_path / "prediction")
    picture = tmp_path / "compared.png"
    found = json.loads(ask("compare", tmp_path, tmp_path, "--figure", picture, "--json"))
    assert found["order_agreement"] == 1 and found["risen"] == 4 and picture.read_bytes()[1:4] == b"PNG"
    assert all(mode["r_squared"] > 0.999999 for mode in found["modes"])
    table = ask("compare", tmp_path, tmp_path)
    assert "order agreement (Kendall's τ) 1.000" in table and "- 4 of 4 modes reached half" in table


def test_pictures_are_drawn_whole_or_not_at_all(fitted, ask, refused, tmp_path):
    pytest.importorskip("matplotlib")
    drawings = [
        "--figure",
        tmp_path / "s.pdf",
        "--animation",
        tmp_path / "grow.gif",
        "--words",
        "king",
        "queen",
        "--frames",
        "3",
    ]
    ask("predict", fitted, "--init-scale", "1e-3", *drawings, "--out", tmp_path / "made", "--modes", "3")
    assert (tmp_path / "s.pdf").read_bytes()[:4] == b"%PDF" and (tmp_path / "grow.gif").read_bytes()[:3] == b"GIF"
    wrong = refused("predict", fitted, "--init-scale", "1e-3", "--figure", tmp_path / "s.xyz", "--out", tmp_path / "x")
    assert "end its name in .png" in wrong
    assert sorted(path.name for path in tmp_path.iterdir()) == ["grow.gif", "made", "s.pdf", "x"]


def test_a_matrix_that_the_spectrum_is_not_of_is_not_mixed_in(fitted, ask, refused, tmp_path):
    """Counts or a target made anew leave the spectrum as it was: theory takes what fits, or the modes alone."""
    spectrum, counts = solve2vec.load(fitted / "spectrum"), solve2vec.load(fitted / "cooccurrence")
    other = solve2vec.Cooccurrence.from_matrix(counts.counts.toarray() ** 2, counts.vocabulary)
    start, options = Start(1e-3, 4, seed=0), ["--init-scale", "1e-3", "--seed", "0"]
    for held, fits in ((counts, True), (other, False)):
        run = tmp_path / f"run-{fits}"
        spectrum.save(run / "spectrum")
        held.save(run / "cooccurrence")
        solve2vec.build_target(counts, solve2vec.Formula(shrinkage=5.0)).save(run / "target")
        ask("predict", run, *options)
        target = solve2vec.build_target(counts, spectrum.formula) if fits else None
        assert solve2vec.load(run / "prediction").fingerprint == predict(spectrum, start, target=target).fingerprint
    assert "no longer the matrix that its spectrum was solved from" in refused("predict", run, *options, "--untied")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--init-scale", "0"], "above 0"),
        (["--init-scale", "1e-3", "--method", "exact"], "seed"),
        (["--init-scale", "1e-3", "--dim", "0"], "dim"),
        (["--init-scale", "1e-3", "--modes", "0"], "--modes must be"),
        (["--init-scale", "1e-3", "--learning-rate", "-1"], "learning rate"),
        (["--init-scale", "1e-3", "--times", "2", "1"], "rising"),
        (["--init-scale", "1e-3", "--times", "2", "--at", "x"], "leave out one"),
    ],
)
def test_what_cannot_be_predicted_is_one_sentence(fitted, refused, tmp_path, options, message):
    said = refused("predict", fitted, *options, "--out", tmp_path / "out")
    assert message in said and said.count("\n") == 1 and not (tmp_path / "out").exists()


def test_a_spectrum_is_not_overwritten(fitted, refused):
    assert "holds a Spectrum" in refused("predict", fitted, "--init-scale", "1e-3", "--out", fitted / "spectrum")
