"""Updating: texts come and go night after night, and the run is each time what a fit of them all would be."""

import json

import numpy as np
import pytest

import solve2vec
from solve2vec import FolderError, InputError, Run, fit, update
from solve2vec.cli.main import run as command
from solve2vec.datasets.synthetic import planted_corpus


@pytest.fixture
def texts(tmp_path):
    """Twelve nights of text, each with a word of its own now and then."""
    documents = list(planted_corpus().documents(480, length=25, seed=3))
    files = []
    for night in range(12):
        lines = [" ".join(document) for document in documents[40 * night : 40 * night + 40]]
        lines[0] += f" rare{night % 4}" * 2
        files.append(tmp_path / f"night{night:02}.txt")
        files[-1].write_text("\n".join(lines) + "\n")
    return files


def same(run, files, **options):
    whole = fit(files, **options)
    mine = Run(run).embedding
    assert mine.words == whole.words and mine.vocabulary.counts.tolist() == whole.vocabulary.counts.tolist()
    assert mine.vectors.tobytes() == whole.vectors.tobytes() and mine.fingerprint == whole.fingerprint
    return whole


@pytest.mark.parametrize(
    "options",
    [
        {"dim": 8},
        {"dim": 6, "size": 3, "weighting": "linear", "shrinkage": 0.1, "negatives": 2, "power": 0.3, "tolerance": 1e-5},
        {"dim": 5, "tied": False, "context_smoothing": 0.75},
        {"dim": 8, "views": ("wide", "narrow"), "size": 5, "spelling": False},
        {"dim": 6, "phrase_scoring": "npmi", "phrase_threshold": 0.2, "max_vocab": 60, "lowercase": False},
    ],
    ids=["defaults", "options", "two matrices", "views", "phrases"],
)
def test_a_year_of_nights_is_a_fit_of_the_whole(texts, tmp_path, options):
    run = tmp_path / "run"
    fit(texts[:3], out=run, **options)
    for night in range(3, 12, 3):
        made = update(run, add=texts[night : night + 3], remove=texts[night - 3])
        left = [*texts[: night + 3]]
        left = [path for path in left if path not in texts[0 : night - 2 : 3]]
        assert [str(path) for path in left] == list(made.texts)
        same(run, left, **options)
    assert set(made.words) | set(made.new) == set(made.embedding.words)


def test_words_that_reach_min_count_come_and_others_go(texts, tmp_path):
    run = tmp_path / "run"
    fit(texts[:8], 4, out=run)
    assert not any(word.startswith("rare") for word in Run(run).embedding.words)
    made = update(run, add=texts[8:])
    assert sorted(made.new) == [f"rare{n}" for n in range(4)] and made.gone == ()
    back = update(run, remove=texts[8:])
    assert sorted(back.gone) == [f"rare{n}" for n in range(4)] and back.new == ()


def test_moves_are_those_after_the_best_turn(texts, tmp_path):
    run = tmp_path / "run"
    before = fit(texts[:6], 6, out=run)
    made = update(run, add=texts[6:])
    rows = [[one.vocabulary.id_of[word] for word in made.words] for one in (before, made.embedding)]
    old, now = (one.vectors[r] / np.linalg.norm(one.vectors[r], axis=1)[:, None]
                for one, r in zip((before, made.embedding), rows, strict=True))  # fmt: skip
    from scipy.linalg import orthogonal_procrustes

    turn, _ = orthogonal_procrustes(old, now)
    np.testing.assert_allclose(made.moves, 1 - (old @ turn * now).sum(axis=1), atol=1e-6)
    assert made.most_moved(3)[0][1] == made.moves.max() and 0 <= made.median <= made.moves.max()


def test_stages_kept_and_intervals_are_made_again(texts, tmp_path):
    run = tmp_path / "run"
    fit(texts[:6], 4, out=run, keep=("corpus", "cooccurrence", "target", "spectrum", "embedding"), bootstrap=20)
    update(run, add=texts[6:])
    opened = Run(run)
    assert not opened.stale() and all(name in opened for name in ("cooccurrence", "target", "bootstrap"))
    assert opened.cooccurrence.fingerprint == solve2vec.count(opened.corpus).fingerprint


def test_the_command_says_what_came_and_moved(texts, tmp_path, capsys):
    run = tmp_path / "run"
    fit(texts[:8], 4, out=run)
    assert command(["update", str(run), "--add", *map(str, texts[8:10]), "--remove", str(texts[0]), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["texts"] == [str(path) for path in texts[1:10]] and len(told["most_moved"]) == 10
    assert command(["update", str(run), "--add", *map(str, texts[10:])]) == 0
    shown = capsys.readouterr().out
    assert "moved most" in shown and "new: rare" in shown and max(map(len, shown.splitlines()[1:])) <= 80


def test_what_cannot_be_updated_says_why_and_stays(texts, tmp_path):
    run = tmp_path / "run"
    fit(texts[:2], 4, out=run)
    before = Run(run).embedding.fingerprint
    other = tmp_path / "other.txt"
    other.write_text("a b c\n")
    for wrong, says in [
        ({}, "nothing to add and nothing to remove"),
        ({"add": texts[0]}, "one of the run's texts already"),
        ({"remove": other}, "none of the run's texts"),
        ({"remove": texts[:2]}, "no text would be left"),
        ({"add": tmp_path / "absent.txt"}, "does not exist"),
    ]:
        with pytest.raises(InputError, match=says):
            update(run, **wrong)
    texts[1].unlink()
    with pytest.raises(InputError, match=r"night01\.txt, a text of .* does not exist: go to the folder"):
        update(run, add=texts[2])
    assert Run(run).embedding.fingerprint == before
    fit(planted_corpus().documents(99, length=9), 2, out=tmp_path / "memory")
    with pytest.raises(FolderError, match="not fitted from files"):
        update(tmp_path / "memory", add=texts[2])
    trained = solve2vec.sgns.train(Run(run).corpus, dim=2, epochs=1)
    trained.embedding.save(tmp_path / "t" / "embedding")
    with pytest.raises(FolderError, match="was trained"):
        update(tmp_path / "t", add=texts[2])
