"""The corridor in one call equals the corridor step by step; run folders hold what was asked for, or nothing."""

import math
from dataclasses import fields
from inspect import signature

import numpy as np
import pytest

from solve2vec.cooccurrence.cooccurrence import Cooccurrence, count
from solve2vec.cooccurrence.window import Window
from solve2vec.core import drafts
from solve2vec.core.errors import FolderError, InputError
from solve2vec.core.stage import Stage
from solve2vec.corpus.corpus import Corpus, VocabularyOptions, encode
from solve2vec.datasets.synthetic import planted_corpus
from solve2vec.embedding.embedding import Embedding, embed
from solve2vec.recipe import KEPT, Recipe, fit
from solve2vec.spectrum.solver import Solver, solve
from solve2vec.spectrum.spectrum import SingularSpectrum, Spectrum
from solve2vec.target.formula import Formula
from solve2vec.target.target import Target, build_target

KINDS = {
    "corpus": Corpus,
    "cooccurrence": Cooccurrence,
    "target": Target,
    "spectrum": Spectrum,
    "embedding": Embedding,
}
DOCUMENTS = list(planted_corpus(plain=3, families=3, countries=3, verbs=3).documents(200, length=20, seed=1))


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "planted.txt"
    path.write_text("".join(" ".join(document) + "\n" for document in DOCUMENTS))
    return path


def listing(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_it_is_the_stages_one_after_another():
    corpus = encode(DOCUMENTS, selection=VocabularyOptions(min_count=3))
    counts = count(corpus, Window(4, "linear"))
    target = build_target(counts, Formula("shifted_pmi", negatives=2, subsample=1e-2))
    expected = embed(solve(target, 7, solver=Solver(tolerance=1e-4)), power=0.25)
    options = {"min_count": 3, "size": 4, "weighting": "linear", "kind": "shifted_pmi", "negatives": 2}
    made = fit(DOCUMENTS, 7, power=0.25, subsample=1e-2, tolerance=1e-4, **options)
    assert made.fingerprint == expected.fingerprint
    assert str(made.lineage) == str(expected.lineage)


def test_lists_texts_generators_and_files_give_the_same(text):
    made = fit(DOCUMENTS, 5)
    for source in ((d for d in DOCUMENTS), [" ".join(d) for d in DOCUMENTS], text, str(text)):
        assert fit(source, 5).fingerprint == made.fingerprint
    # several paths are several files, not texts
    with pytest.raises(InputError, match="is the name of a file"):
        fit([str(text)], 5)


def test_threads_shards_and_memory_leave_no_trace():
    first = fit(DOCUMENTS, 5)
    for options in ({"threads": 1}, {"threads": 3}, {"shards": 7}, {"memory": "200MB"}):
        assert fit(DOCUMENTS, 5, **options).fingerprint == first.fingerprint


def test_two_matrices_on_request(tmp_path):
    made = fit(DOCUMENTS, 5, tied=False, symmetric=False, context_smoothing=0.75, out=tmp_path / "run")
    assert made.context_vectors.shape == made.vectors.shape
    assert isinstance(Spectrum.load(tmp_path / "run" / "spectrum"), SingularSpectrum)


class TestRecipe:
    def test_flat_names_reach_the_part_that_uses_them(self):
        made = Recipe.of(size=5, min_count=2, shrinkage=3.0, seed=7, lowercase=False, document="file")
        assert made.window == Window(size=5)
        assert made.selection == VocabularyOptions(min_count=2)
        assert made.formula == Formula(shrinkage=3.0)
        assert made.solver == Solver(seed=7)
        assert not made.tokenizer.lowercase
        assert made.reading.document == "file"
        assert Recipe.of() == Recipe()

    def test_no_two_parts_share_a_name(self):
        recipe = Recipe()
        names = [f.name for part in fields(recipe) for f in fields(getattr(recipe, part.name))]
        names += [part.name for part in fields(recipe)] + [one for one in signature(fit).parameters if one != "options"]
        assert len(set(names)) == len(names)

    def test_parts_may_be_given_whole_and_changed(self):
        made = Recipe.of(window=Window(9, "flat"), weighting="linear")
        assert made.window == Window(9, "linear")
        assert made.with_options(size=2).window == Window(2, "linear")
        with pytest.raises(InputError, match=r"window must be a Window, got 5\.5"):
            Recipe.of(window=5.5)

    @pytest.mark.parametrize(
        ("wrong", "right"),
        [
            ("min_coutn", "min_count"),
            ("windw", "window"),
            ("toleranc", "tolerance"),
            ("dims", "dim"),
        ],
    )
    def test_an_unknown_option_is_refused_with_the_nearest(self, wrong, right):
        with pytest.raises(InputError, match=f"no option '{wrong}'; (did you mean '{right}'|here it is {right})"):
            fit(DOCUMENTS, 5, **{wrong: 3})

    def test_a_name_like_nothing_is_answered_with_all_names(self):
        with pytest.raises(InputError, match=r"no option 'xyzzy'; options: .*min_count.*shrinkage"):
            Recipe.of(xyzzy=1)

    def test_a_bad_value_is_refused_where_it_belongs(self):
        with pytest.raises(InputError, match=r"window size must be .* got 0"):
            fit(DOCUMENTS, size=0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dim": 0}, "dim must be at least 1, got 0"),
        ({"power": math.nan}, "power must be a finite number, got nan"),
        ({"memory": "lots"}, "memory must be such as 4GB or 512MiB, got 'lots'"),
        ({"shards": 0}, "shards must be at least 1, got 0"),
        ({"threads": 0}, "threads must be at least 1, got 0"),
        ({"keep": ["corpse"]}, "no stage 'corpse' to keep; stages: corpus, "),
        ({"keep": []}, "keep names no stage, so nothing would be saved; stages: corpus, .*embedding$"),
        ({"keep": "bootstrap"}, "no stage 'bootstrap' to keep; give the number of replicates too, or leave it out"),
        ({"keep": ["corpus", "trajectory"]}, "no stage 'trajectory' to keep; stages: corpus, "),
    ],
)
def test_what_cannot_be_done_is_refused_before_any_work(options, message, tmp_path):
    def never():
        pytest.fail("the text was read")
        yield

    with pytest.raises(InputError, match=message):
        fit(never(), out=tmp_path / "run", **options)
    assert not list(tmp_path.iterdir())


class TestRunFolder:
    @pytest.mark.parametrize("keep", [KEPT, tuple(KINDS), ("embedding",), ("target", "spectrum"), "embedding"])
    def test_it_holds_the_stages_to_keep_and_no_others(self, keep, tmp_path):
        made = fit(DOCUMENTS, 5, out=tmp_path / "run", keep=keep)
        wanted = {keep} if isinstance(keep, str) else set(keep)
        assert {path.name for path in (tmp_path / "run").iterdir()} == wanted
        for name in wanted:
            assert isinstance(Stage.load(tmp_path / "run" / name), KINDS[name])
        if "embedding" in wanted:
            assert Embedding.load(tmp_path / "run" / "embedding").fingerprint == made.fingerprint
        assert [path.name for path in tmp_path.iterdir()] == ["run"]

    def test_a_second_run_replaces_its_stages_and_removes_those_that_belong_to_the_first(self, tmp_path):
        run = tmp_path / "run"
        fit(DOCUMENTS, 5, out=run, keep=KINDS)
        (run / "notes.txt").write_text("mine")
        (run / "plots").mkdir()
        (run / "plots" / "a.png").write_bytes(b"mine too")
        made = fit(DOCUMENTS, 4, out=run, keep=("spectrum", "embedding"))
        assert {path.name for path in run.iterdir()} == {"spectrum", "embedding", "notes.txt", "plots"}
        assert Embedding.load(run / "embedding").fingerprint == made.fingerprint
        assert len(Spectrum.load(run / "spectrum")) == 4
        assert (run / "notes.txt").read_text() == "mine"
        assert (run / "plots" / "a.png").read_bytes() == b"mine too"
        assert [path.name for path in tmp_path.iterdir()] == ["run"]

    def test_a_second_run_may_keep_more_than_the_first(self, tmp_path):
        run = tmp_path / "run"
        fit(DOCUMENTS, 5, out=run, keep=("corpus", "spectrum", "embedding"))
        made = fit(DOCUMENTS, 4, out=run, keep=("corpus", "cooccurrence", "target", "embedding"), bootstrap=2)
        assert {path.name for path in run.iterdir()} == {"corpus", "cooccurrence", "target", "embedding", "bootstrap"}
        for name in ("corpus", "cooccurrence", "target", "embedding"):
            assert isinstance(Stage.load(run / name), KINDS[name])
        assert (
            Stage.load(run / "target").fingerprint == build_target(Cooccurrence.load(run / "cooccurrence")).fingerprint
        )
        assert Embedding.load(run / "embedding").fingerprint == made.fingerprint
        assert Stage.load(run / "bootstrap").is_of(made)

    def test_a_failed_second_run_leaves_the_first_as_it_was(self, tmp_path):
        run = tmp_path / "run"
        first = fit(DOCUMENTS, 5, out=run)
        before = listing(tmp_path)
        with pytest.raises(InputError, match=r"positive eigenvalues|vocabulary has"):
            fit(DOCUMENTS, 5000, out=run)
        assert listing(tmp_path) == before
        assert Embedding.load(run / "embedding").fingerprint == first.fingerprint

    def test_a_failed_first_run_leaves_nothing(self, tmp_path):
        with pytest.raises(InputError):
            fit(DOCUMENTS, 5000, out=tmp_path / "run")
        assert not list(tmp_path.iterdir())

    def test_a_failed_run_leaves_no_new_parent_folders(self, tmp_path):
        with pytest.raises(InputError):
            fit(DOCUMENTS, 5000, out=tmp_path / "a" / "b" / "run")
        assert not list(tmp_path.iterdir())

    def test_what_others_wrote_is_never_overwritten(self, tmp_path):
        (tmp_path / "run" / "corpus").mkdir(parents=True)
        (tmp_path / "run" / "corpus" / "thesis.tex").write_text("years of work")
        before = listing(tmp_path)
        with pytest.raises(FolderError, match=r"corpus holds other files and no stage\.json: choose another folder"):
            fit(DOCUMENTS, 5, out=tmp_path / "run")
        assert listing(tmp_path) == before
        (tmp_path / "file").write_text("mine")
        with pytest.raises(FolderError, match="is a file, not a folder"):
            fit(DOCUMENTS, 5, out=tmp_path / "file")
        assert (tmp_path / "file").read_text() == "mine"

    def test_a_run_may_be_made_in_a_folder_that_is_there(self, tmp_path):
        (tmp_path / "readme").write_text("mine")
        fit(DOCUMENTS, 5, out=tmp_path, keep=("embedding",))
        assert {path.name for path in tmp_path.iterdir()} == {"embedding", "readme"}

    def test_an_error_while_the_stages_are_put_in_place_is_not_hidden(self, tmp_path, monkeypatch):
        def full(*paths):
            raise OSError(28, "No space left on device")

        fit(DOCUMENTS, 5, out=tmp_path / "run")
        monkeypatch.setattr(drafts, "publish", full)
        with pytest.raises(OSError, match="No space left"):
            fit(DOCUMENTS, 4, out=tmp_path / "run")
        assert [path.name for path in tmp_path.iterdir()] == ["run"]
        assert Embedding.load(tmp_path / "run" / "embedding").dim == 5


def test_the_result_is_that_of_by_hand_numpy():
    """The whole method in a few lines: flat window, M* without shrinkage, eigh."""
    import oracles_math as oracle

    texts = [d for d in DOCUMENTS[:60]]
    made = fit(texts, 6, min_count=1, size=3, weighting="flat", shrinkage=0.0)
    V = len(made)
    ids = [[made.vocabulary.id_of[word] for word in d] for d in texts]
    M = oracle.target(np.array(oracle.counts(ids, V, 3, "flat"), dtype=float), "mstar")
    values, vectors = np.linalg.eigh(M)
    best = (vectors[:, -6:] * values[-6:]) @ vectors[:, -6:].T
    W = made.vectors.astype(float)
    np.testing.assert_allclose(W @ W.T, best, atol=2e-5)
