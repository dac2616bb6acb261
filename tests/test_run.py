"""A run: what it has, what it makes again, and which of its stages are out of date."""

import json
import re
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import solve2vec
from solve2vec import FolderError, Formula, InputError, Run, Start, Window
from solve2vec.cli import main
from solve2vec.run import STAGES, load_embedding

TEXTS = [" ".join(document) for document in solve2vec.planted_corpus().documents(n=150, length=30)]
OTHERS = [text.replace("queen", "king") for text in TEXTS]  # the same options, so the same lineage
SOLVED = ("corpus", "cooccurrence", "target", "spectrum", "embedding", "prediction", "bootstrap")
MADE_OF = {  # what each stage of a solved run is made of, by hand
    "cooccurrence": ["corpus"],
    "target": ["cooccurrence"],
    "spectrum": ["target"],
    "embedding": ["spectrum"],
    "prediction": ["spectrum"],
    "bootstrap": ["embedding"],
}
CHANGED = {  # one option of each stage, other than below
    "corpus": {"min_count": 9},
    "cooccurrence": {"window": Window(2)},
    "target": {"formula": Formula(shrinkage=2.0)},
    "spectrum": {"dim": 3, "tied": True},
    "embedding": {"power": 1.0},
    "prediction": {"init_scale": 1e-2},
    "bootstrap": {"replicates": 3},
}
OPTIONS = {
    "min_count": 2, "window": Window(4), "formula": Formula(), "dim": 4, "tied": True, "power": 0.5,
    "init_scale": 1e-3, "replicates": 2,
}  # fmt: skip


def solved(texts=tuple(TEXTS), **changed):
    """The stages of a run, made one by one."""
    return _solved(texts, tuple(sorted((OPTIONS | changed).items(), key=lambda pair: pair[0])))


@cache
def _solved(texts, options):
    how = dict(options)
    made = {}
    made["corpus"] = solve2vec.encode(list(texts), selection=solve2vec.VocabularyOptions(min_count=how["min_count"]))
    made["cooccurrence"] = solve2vec.count(made["corpus"], how["window"])
    made["target"] = solve2vec.build_target(made["cooccurrence"], how["formula"])
    made["spectrum"] = solve2vec.solve(made["target"], how["dim"], tied=how["tied"])
    made["embedding"] = solve2vec.embed(made["spectrum"], power=how["power"])
    start = Start(how["init_scale"], how["dim"], tied=how["tied"])
    made["prediction"] = solve2vec.predict(made["spectrum"], start)
    resampling = solve2vec.Resampling(how["replicates"], 10)
    made["bootstrap"] = solve2vec.resample(made["corpus"], made["spectrum"], made["embedding"], resampling)
    return made


def saved(folder, stages, names=None):
    run = Run(folder)
    for name in names or stages:
        run.save(stages[name])
    return run


def made_through(name):
    """A stage and all that was made of it."""
    found = {name}
    for later, before in MADE_OF.items():
        if found & set(before):
            found.add(later)
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return saved(tmp_path_factory.mktemp("whole") / "run", solved())


@pytest.fixture
def run(whole, tmp_path):
    shutil.copytree(whole.folder, tmp_path / "run")
    return Run(tmp_path / "run")


class TestStale:
    @pytest.mark.parametrize("name", SOLVED)
    def test_a_stage_made_with_another_option_leaves_what_was_made_of_it(self, run, name):
        assert run.stale() == ()
        run.save(solved(**CHANGED[name])[name])
        expected = tuple(later for later in SOLVED if later in made_through(name) - {name})
        assert run.stale() == run.stale_after(name) == expected

    @pytest.mark.parametrize("name", SOLVED)
    def test_one_of_another_text_is_stale_itself_though_its_lineage_is_the_same(self, run, name):
        other = solved(tuple(OTHERS))[name]
        assert other.lineage[:-1] == run.load(name).lineage[:-1]
        run.save(other)
        expected = made_through(name) - ({"corpus"} if name == "corpus" else set())
        assert run.stale() == tuple(later for later in SOLVED if later in expected)

    @pytest.mark.parametrize("name", [name for name in SOLVED if name in MADE_OF])
    @pytest.mark.parametrize("left", [["corpus"], ["cooccurrence"], ["target"], ["spectrum"], ["embedding"]])
    def test_a_stage_is_compared_with_whatever_stands_before_it(self, run, name, left):
        """Most runs keep some stages only."""
        for other in set(SOLVED) - {*left, name}:
            shutil.rmtree(run.folder / other)
        run.save(solved(**CHANGED[left[0]])[left[0]])
        assert run.stale() == ((name,) if name in made_through(left[0]) - set(left) else ())

    def test_making_them_again_in_the_order_named_heals_a_run(self, run):
        again = solved(**CHANGED["target"])
        run.save(again["target"])
        while stale := run.stale():
            run.save(again[stale[0]])
            assert len(run.stale()) < len(stale)
        assert [run.load(name).fingerprint for name in SOLVED[3:]] == [again[name].fingerprint for name in SOLVED[3:]]

    def test_counts_of_the_same_words_from_elsewhere_are_other_counts(self, tmp_path):
        rng = np.random.default_rng(0)
        one, other = (solve2vec.Cooccurrence.from_matrix(m + m.T, solved()["corpus"].vocabulary.head(9))
                      for m in rng.poisson(5.0, (2, 9, 9)))  # fmt: skip
        target = solve2vec.build_target(one)
        stages = {"target": target, "spectrum": solve2vec.solve(target, 2), "cooccurrence": one}
        run = saved(tmp_path / "run", stages)
        assert run.stale() == ()
        run.save(other)
        assert run.stale() == ("target", "spectrum")

    def test_what_comes_of_a_training_goes_together(self, tmp_path):
        corpus = solved()["corpus"]
        one, other = (solve2vec.sgns.train(corpus, solve2vec.TrainingOptions(dim=4, epochs=1, seed=s)) for s in (0, 1))
        stages = {"corpus": corpus, "embedding": one.embedding, "trajectory": one.trajectory}
        run = saved(tmp_path / "run", stages)
        run.save(solved()["spectrum"])
        assert run.stale() == (), "training makes no use of a spectrum, and a spectrum none of training"
        assert run.is_made_of("embedding", "corpus") and run.is_made_of("embedding", "spectrum") is None
        run.save(one.embedding.first(2))
        assert run.stale() == (), "it is still the training that the trajectory shows"
        run.save(other.embedding)
        assert run.stale() == ("trajectory",)
        run.save(solved()["embedding"])
        assert run.stale() == ("trajectory",)
        run.save(solved(min_count=9)["corpus"])
        assert run.stale() == ("spectrum", "embedding", "trajectory")

    def test_a_text_of_other_words_that_are_seen_as_often_is_another(self, run):
        renamed = tuple(text.replace("queen", "qween") for text in TEXTS)
        assert solved(renamed)["corpus"].vocabulary.counts.tolist() == run.vocabulary.counts.tolist()
        run.save(solved(renamed)["corpus"])
        assert run.stale() == SOLVED[1:]

    def test_head_counts_are_of_the_whole_ones(self, run):
        head = run.counts().head(20)
        target = solve2vec.build_target(head)
        run.save(target)
        run.save(solve2vec.solve(target, 4))
        assert run.stale() == ("embedding", "prediction", "bootstrap")

    def test_singular_values_are_predicted_of_the_same_matrix(self, run):
        untied = solve2vec.solve(run.target(), 4, tied=False)
        run.save(solve2vec.predict(untied, Start(1e-3, 4, tied=False)))
        assert run.stale() == ()
        run.save(solved(**CHANGED["target"])["spectrum"])
        assert run.stale() == ("spectrum", "embedding", "prediction", "bootstrap")

    def test_merged_counts_are_of_no_single_corpus(self, run):
        more = solve2vec.encode(OTHERS, run.vocabulary)
        run.save(solve2vec.merge([run.counts(), solve2vec.count(more, OPTIONS["window"])]))
        assert run.is_made_of("cooccurrence", "corpus") is None
        assert run.stale() == ("target", "spectrum", "embedding", "prediction", "bootstrap")

    def test_runs_of_an_earlier_version_are_as_fresh_as_they_were_left(self):
        """One was left stale on purpose, and one has vectors of all words beside the counts of the first."""
        folders = {path.parent.parent for path in (Path(__file__).parent / "data").glob("*/*/*/stage.json")}
        runs = {folder.name: Run(folder) for folder in folders if not (folder / "stage.json").exists()}
        assert len(runs) > 20
        stale = {"stale": ("target", "spectrum", "embedding"), "cut": ("embedding",)}
        assert {name: run.stale() for name, run in runs.items() if run.stale()} == stale


class TestMadeAgain:
    def test_counts_are_the_runs_own_or_its_corpus_counted_with_the_window_that_is_remembered(self, run):
        own = run.counts()
        assert own.fingerprint == solved()["cooccurrence"].fingerprint
        shutil.rmtree(run.folder / "cooccurrence")
        for name in ("target", "spectrum", "embedding", "prediction", "bootstrap"):
            assert run.counts().fingerprint == own.fingerprint
            shutil.rmtree(run.folder / name)
        with pytest.raises(FolderError, match="run has no cooccurrence: it has corpus"):
            run.counts()

    def test_counts_in_a_window_are_the_runs_own_only_if_they_are_of_it_and_of_the_corpus(self, run):
        wide = solve2vec.count(run.corpus, Window(7))
        assert run.counts(OPTIONS["window"]) is run.cooccurrence
        assert run.counts(Window(7)).fingerprint == wide.fingerprint
        run.save(solved(tuple(OTHERS))["corpus"])
        expected = solved(tuple(OTHERS))["cooccurrence"]
        assert run.counts(OPTIONS["window"]).fingerprint == expected.fingerprint
        shutil.rmtree(run.folder / "corpus")
        assert run.counts(OPTIONS["window"]) is run.cooccurrence
        with pytest.raises(FolderError, match="is counted already, and has no corpus for another window"):
            run.counts(Window(7))

    def test_a_target_is_the_runs_own_or_made_by_the_formula_that_is_remembered(self, run):
        own, formula = run.target(), Formula("ppmi", shrinkage=1.0)
        assert own.fingerprint == solved()["target"].fingerprint
        assert run.target(Formula()) is own
        assert run.target(formula).fingerprint == solve2vec.build_target(run.counts(), formula).fingerprint
        shutil.rmtree(run.folder / "target")
        shutil.rmtree(run.folder / "cooccurrence")
        for name in ("spectrum", "embedding"):
            assert run.target().fingerprint == own.fingerprint
            shutil.rmtree(run.folder / name)
        with pytest.raises(FolderError, match="run has no target: it has bootstrap, corpus, prediction"):
            run.target()

    def test_a_target_of_other_counts_is_not_taken_for_the_formulas(self, run):
        run.save(solved(window=Window(2))["cooccurrence"])
        assert run.target(Formula()).fingerprint == solved(window=Window(2))["target"].fingerprint

    def test_the_matrix_of_a_spectrum_is_one_that_it_was_solved_from_or_none(self, run):
        spectrum, matrix = run.spectrum, solved()["target"].fingerprint
        assert run.target_of(spectrum).fingerprint == matrix
        run.save(solved(**CHANGED["target"])["target"])
        assert run.target_of(spectrum).fingerprint == matrix, "made of the counts"
        run.save(solved(**CHANGED["cooccurrence"])["cooccurrence"])
        assert run.target_of(spectrum) is None
        shutil.rmtree(run.folder / "cooccurrence")
        assert run.target_of(spectrum).fingerprint == matrix, "made of the corpus"
        run.save(solved(tuple(OTHERS))["corpus"])
        assert run.target_of(spectrum) is None


class TestFolder:
    def test_its_stages_are_named_in_the_order_in_which_they_are_made(self, run):
        assert run.stages == SOLVED == tuple(name for name in STAGES if name in SOLVED)
        solve2vec.load(run.folder / "corpus").save(run.folder / "another")
        assert [path.name for path in run.folders] == [*SOLVED, "another"]
        assert "another" not in run and "trajectory" not in run and "target" in run

    def test_a_stage_is_read_once_and_again_when_it_was_replaced(self, run):
        first = run.embedding
        assert run.embedding is first and first.fingerprint == solved()["embedding"].fingerprint
        other = solved(power=1.0)["embedding"]
        other.save(run.folder / "embedding")
        assert run.embedding.fingerprint == other.fingerprint

    def test_a_stage_that_was_looked_at_unchecked_is_checked_when_it_is_asked_for(self, run):
        run.load("embedding", verify=False)
        path = run.folder / "embedding" / "vectors.npy"
        path.write_bytes(path.read_bytes()[:-1] + b"?")
        run.load("embedding", verify=False)
        with pytest.raises(FolderError, match="does not match its checksum"):
            _ = run.embedding

    @pytest.mark.parametrize("name", ["corpus", "spectrum", "embedding", "prediction", "bootstrap", "cooccurrence"])
    def test_each_stage_is_an_attribute(self, run, name):
        assert getattr(run, name) is run.load(name)

    def test_the_words_are_those_of_whatever_stage_there_is(self, run):
        words = solved()["corpus"].vocabulary
        for name in (*SOLVED, ""):
            assert name == "prediction" or run.vocabulary.words == words.words[: len(run.vocabulary)]
            if name == "bootstrap":
                break
            shutil.rmtree(run.folder / name)
        run.save(words.head(3))
        assert run.vocabulary.fingerprint == words.head(3).fingerprint

    def test_what_is_not_there_is_told(self, run, tmp_path):
        with pytest.raises(FolderError, match="run has no trajectory: it has bootstrap, cooccurrence, corpus"):
            _ = run.trajectory
        with pytest.raises(FolderError, match="nowhere does not exist"):
            _ = Run(tmp_path / "nowhere").embedding
        with pytest.raises(InputError, match="no stage 'matrix'; its stages are vocabulary, corpus, cooccurrence"):
            run.load("matrix")
        with pytest.raises(FolderError, match="corpus is a stage, not a run"):
            Run(run.folder / "corpus")
        shutil.rmtree(run.folder / "spectrum")
        run.corpus.save(run.folder / "spectrum")
        with pytest.raises(FolderError, match="spectrum holds a Corpus, not a Spectrum"):
            _ = run.spectrum

    def test_what_is_no_stage_of_the_kind_is_not_replaced(self, run):
        shutil.rmtree(run.folder / "spectrum")
        run.corpus.save(run.folder / "spectrum")
        with pytest.raises(FolderError, match="spectrum holds a Corpus, not a Spectrum: choose another folder"):
            run.save(solved()["spectrum"])
        shutil.rmtree(run.folder / "embedding")
        (run.folder / "embedding").mkdir()
        (run.folder / "embedding" / "thesis.tex").write_text("years of work")
        for write in (lambda: run.save(solved()["embedding"]), run.refuse_foreign):
            with pytest.raises(FolderError, match=r"holds other files and no stage\.json"):
                write()

    def test_what_is_not_what_its_name_says_is_no_part_of_the_run(self, run, capsys):
        shutil.rmtree(run.folder / "spectrum")
        run.corpus.save(run.folder / "spectrum")
        assert run.stale() == () and run.is_made_of("embedding", "spectrum") is None
        assert main.run(["show", str(run.folder)]) == 0
        assert re.search(r"spectrum +Corpus ", capsys.readouterr().out)

    def test_vectors_are_those_of_the_run_and_of_nothing_else_in_it(self, run):
        assert load_embedding(run.folder).fingerprint == run.embedding.fingerprint
        shutil.rmtree(run.folder / "embedding")
        with pytest.raises(FolderError, match="run has no embedding: it has"):
            load_embedding(run.folder)
        with pytest.raises(FolderError, match="corpus holds a Corpus, not an Embedding"):
            load_embedding(run.folder / "corpus")


class TestWriting:
    def test_stages_appear_together_when_all_are_made(self, tmp_path):
        run, made = Run(tmp_path / "new"), solved()
        with run.writing(keep=("corpus", "embedding")) as save:
            for stage in made.values():
                assert save(stage) is stage
            assert run.stages == ()
        assert run.stages == ("corpus", "embedding")
        assert [path.name for path in tmp_path.iterdir()] == ["new"]
        assert sorted(path.name for path in run.folder.iterdir()) == ["corpus", "embedding"]

    @pytest.mark.parametrize(("anew", "left"), [(False, SOLVED), (True, ("corpus", "embedding"))])
    def test_a_run_made_anew_loses_what_is_not_written_again(self, run, anew, left):
        other = solved(tuple(OTHERS))
        (run.folder / "notes.txt").write_text("mine")
        run.save(run.vocabulary)
        with run.writing(keep=("corpus", "embedding"), anew=anew) as save:
            save(other["corpus"])
            save(other["embedding"])
        assert run.stages == ("vocabulary", *left) and (run.folder / "notes.txt").exists()
        assert run.embedding.fingerprint == other["embedding"].fingerprint

    @pytest.mark.parametrize("anew", [False, True])
    def test_what_goes_wrong_leaves_the_run_as_it_was(self, run, anew):
        before = {path: path.stat().st_mtime_ns for path in run.folder.rglob("*")}
        with pytest.raises(ZeroDivisionError), run.writing(keep=("corpus", "target"), anew=anew) as save:
            save(solved(tuple(OTHERS))["corpus"])
            1 / 0  # noqa: B018
        after = {path: path.stat().st_mtime_ns for path in run.folder.rglob("*")}
        assert after == before

    def test_a_corpus_is_saved_once_and_another_is_refused(self, tmp_path):
        run = Run(tmp_path / "run")
        run.save_once(solved()["corpus"])
        header = run.folder / "corpus" / "stage.json"
        written = header.stat().st_mtime_ns
        run.save_once(solved()["corpus"])
        assert header.stat().st_mtime_ns == written
        with pytest.raises(FolderError, match="a corpus of another text"):
            run.save_once(solved(tuple(OTHERS))["corpus"])


COMMANDS = {
    "count {} --size 2": lambda run: run.save(solve2vec.count(run.corpus, Window(2))),
    "target {} --kind ppmi": lambda run: run.save(solve2vec.build_target(run.counts(), Formula("ppmi"))),
    "solve {} --dim 3": lambda run: run.save(solve2vec.solve(run.target(), 3)),
    "embed {} --power 1": lambda run: run.save(solve2vec.embed(run.spectrum, power=1.0)),
    "predict {} --init-scale 0.1": lambda run: run.save(
        solve2vec.predict(run.spectrum, Start(0.1, 4), target=run.target_of(run.spectrum))
    ),
    "predict {} --init-scale 0.1 --untied": lambda run: run.save(
        solve2vec.predict(
            solve2vec.solve(run.target_of(run.spectrum), 4, tied=False),
            Start(0.1, 4, tied=False),
            target=run.target_of(run.spectrum),
        )
    ),
    "train {} --out {} --replace --model weighted --dim 3 --negatives 1 --subsample none --context-smoothing 1": lambda run: (  # noqa: E501
        run.save(
            solve2vec.weighted.factorize(
                run.counts(Window(5, "linear")), solve2vec.WeightedOptions(dim=3), formula=Formula(**TRAINED)
            ).embedding
        )
    ),
    "train {} --out {} --replace --dim 3 --epochs 1": lambda run: _save_both(
        run, solve2vec.sgns.train(run.corpus, solve2vec.TrainingOptions(dim=3, epochs=1))
    ),
}
TRAINED = {"shrinkage": 0.0, "negatives": 1, "subsample": None, "context_smoothing": 1}


def _save_both(run, made):
    with run.writing(keep=("embedding", "trajectory")) as save:
        save(made.embedding)
        save(made.trajectory)


class TestCommands:
    @pytest.mark.parametrize("kept", [SOLVED, ("corpus", "spectrum", "embedding", "bootstrap")], ids=["all", "few"])
    @pytest.mark.parametrize("command", COMMANDS)
    def test_what_a_command_does_with_a_run_python_does(self, whole, command, kept, tmp_path, capsys):
        if command.startswith("solve") and "target" not in kept:
            pytest.skip("the command asks for a target")
        runs = [saved(tmp_path / name / "run", solved(), kept) for name in ("command", "python")]
        assert main.run(command.replace("{}", str(runs[0].folder)).split()) == 0
        COMMANDS[command](runs[1])
        assert runs[0].stages == runs[1].stages
        for name in runs[0].stages:
            assert runs[0].load(name).fingerprint == runs[1].load(name).fingerprint, name
        stale = runs[1].stale()
        said = [line for line in capsys.readouterr().err.splitlines() if "replaced since" in line]
        assert said == [
            f"solve2vec: in {runs[0].folder}, made of stages that have been replaced since: {', '.join(stale)}; make "
            "them again in this order, or delete them"
        ] * bool(stale)

    def test_show_marks_what_is_stale(self, run, capsys):
        run.save(solved(**CHANGED["spectrum"])["spectrum"])
        assert main.run(["show", str(run.folder), "--json"]) == 0
        facts = json.loads(capsys.readouterr().out)["stages"]
        assert [fact["folder"] for fact in facts] == [str(path) for path in run.folders]
        assert tuple(fact["folder"].split("/")[-1] for fact in facts if "stale" in fact) == run.stale() != ()

    def test_the_explorer_shows_of_a_run_what_belongs_to_its_embedding(self, run, tmp_path):
        def page(**beside):
            return solve2vec.explore(run.embedding, title="run", **beside).contents

        every = {"spectrum": run.spectrum, "bootstrap": run.bootstrap, "trajectories": [run.prediction]}
        assert solve2vec.explore(run, title="run").contents == page(**every)
        run.save(solved(power=1.0)["embedding"])
        assert solve2vec.explore(run, title="run").contents == page(**every | {"bootstrap": None})
        run.save(solved(**CHANGED["target"])["spectrum"])
        assert solve2vec.explore(run, title="run").contents == page(trajectories=[run.prediction])
        assert main.run(["explore", str(run.folder), "--out", str(tmp_path / "page.html")]) == 0
        assert (tmp_path / "page.html").read_text() == solve2vec.explore(run, title="run").html

    def test_a_diagnosis_takes_a_run(self, run):
        checks = ["more_parameters_than_tokens"]
        given, path = (solve2vec.diagnose(source, checks=checks).as_json() for source in (run, run.folder))
        assert given | {"seconds": 0} == path | {"seconds": 0}
