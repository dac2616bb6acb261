"""Readers beside a writer: every load is one whole stage, and what is held together belongs together."""

import os
import signal
import subprocess
import sys
import time

import pytest

import solve2vec
from solve2vec import Run
from solve2vec.core import drafts
from solve2vec.run import load_embedding, load_stage

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")

TEXTS = ["the boat is on the river and the fish swim", "she bakes warm bread and cake in the oven"] * 10
OTHERS = [text.replace("fish", "otter").replace("warm", "cold") for text in TEXTS]  # as many words, seen as often
KEEP = ("corpus", "cooccurrence", "spectrum", "embedding")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two runs with the same names, shapes and counts, and no stage in common."""
    made = []
    for name, texts in (("one", TEXTS), ("other", OTHERS)):
        folder = tmp_path_factory.mktemp(name) / "run"
        solve2vec.fit(texts, 3, min_count=1, out=folder, keep=KEEP)
        run = Run(folder)
        made.append({name: run.load(name) for name in KEEP})
    one, other = ({name: stage.fingerprint for name, stage in run.items()} for run in made)
    assert not {*one.values()} & {*other.values()} and len(made[0]["embedding"]) == len(made[1]["embedding"])
    return made


def writing(folder, runs, how):
    """A process that puts one run in the place of the other, and so on: all stages at once, or one after another."""
    if child := os.fork():
        return child
    try:
        while True:
            for run in runs:
                if how == "one by one":
                    for stage in run.values():
                        Run(folder).save(stage)
                else:
                    with Run(folder).writing(KEEP, anew=True) as save:
                        for stage in run.values():
                            save(stage)
    finally:
        os._exit(1)


LOADS = {
    "a run": lambda folder: solve2vec.load(folder),
    "an embedding": lambda folder: load_embedding(folder),
    "a stage": lambda folder: load_stage(folder / "corpus"),
    "a stage, unchecked": lambda folder: load_stage(folder / "cooccurrence", verify=False),
    "by the run": lambda folder: Run(folder).spectrum,
    "a stage inside": lambda folder: load_stage(folder / "embedding/vocabulary"),
}


def looked_at(folder, runs, loads):
    """Load in every way, so many times: how often the one and the other were met."""
    of_run = {fingerprint(stage): place for place, run in enumerate(runs) for stage in run.values()}
    of_run |= {run["embedding"].vocabulary.fingerprint: place for place, run in enumerate(runs)}
    met = [0, 0]
    for at in range(loads):
        load = list(LOADS.values())[at % len(LOADS)]
        met[of_run[fingerprint(load(folder))]] += 1  # a mixture has no place in the table
    return met


def fingerprint(stage):
    return stage.fingerprint


@pytest.mark.parametrize("how", ["together", "one by one"])
@pytest.mark.parametrize("loads", [300, pytest.param(20_000, marks=pytest.mark.slow)])
def test_no_load_beside_a_writer_is_a_mixture_or_called_damaged(runs, tmp_path, how, loads):
    """The one and the other are met, so the writer was at work all the time."""
    folder = tmp_path / "run"
    with Run(folder).writing(KEEP) as save:
        for stage in runs[0].values():
            save(stage)
    writer = writing(folder, runs, how)
    try:
        met = looked_at(folder, runs, loads)
        assert os.waitpid(writer, os.WNOHANG) == (0, 0), "the writer is still at work"
    finally:
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
    assert min(met) > loads / 20 and sum(met) == loads
    assert sorted(Run(folder).stages) == sorted(KEEP)


@pytest.mark.parametrize("loads", [100, pytest.param(5_000, marks=pytest.mark.slow)])
def test_what_is_held_together_is_of_one_run(runs, tmp_path, loads):
    folder = tmp_path / "run"
    with Run(folder).writing(KEEP) as save:
        for stage in runs[0].values():
            save(stage)
    expected = [{name: fingerprint(stage) for name, stage in run.items()} for run in runs]
    writer, met = writing(folder, runs, "together"), [0, 0]
    try:
        for _ in range(loads):
            with Run(folder).held() as run:
                names = run.stages
                time.sleep(0.001)
                met[expected.index({name: run.load(name).fingerprint for name in names})] += 1
    finally:
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
    assert min(met) > loads / 20 and sum(met) == loads


def test_a_stage_that_was_read_stays_when_it_is_deleted(runs, tmp_path):
    for stage in runs[0].values():
        Run(tmp_path / "run").save(stage)
    with Run(tmp_path / "run").held() as run:
        embedding = run.embedding
        for name in KEEP:
            drafts.remove(tmp_path / "run" / name)
        assert os.listdir(tmp_path / "run") == []
        assert {name: run.load(name).fingerprint for name in run.stages} == {
            n: fingerprint(s) for n, s in runs[0].items()
        }
    assert embedding.fingerprint == fingerprint(runs[0]["embedding"])


SAME_HOST = """
import sys, solve2vec
from pathlib import Path
from solve2vec.core.storage import draft_folder
with draft_folder(Path(sys.argv[1])) as draft:
    print("ready", flush=True)
    sys.stdin.read()
    (draft / "stage.json").write_text("{}")
"""


def test_a_process_of_another_container_is_seen_to_be_alive(tmp_path):
    """Another namespace of process numbers, and the same host name."""
    command = ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", SAME_HOST, tmp_path / "one"]
    if subprocess.run(["unshare", "--pid", "--fork", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no namespaces here")
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    drafts.remove_stale(tmp_path)
    assert len(os.listdir(tmp_path)) == 1
    process.communicate()
    assert process.returncode == 0 and os.listdir(tmp_path) == ["one"]
