"""Killed at any moment: only whole stages are left, and the next run succeeds as if nothing had been.

Moments are drawn with a seed over the time an undisturbed run takes, start of the interpreter included.
"""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from solve2vec.core.stage import Stage, is_stage
from solve2vec.datasets.synthetic import planted_corpus
from solve2vec.run import load_stage

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="signals")]

STAGES = {"corpus", "cooccurrence", "spectrum", "embedding"}


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """2 MB."""
    path = tmp_path_factory.mktemp("text") / "planted.txt"
    documents = planted_corpus(families=30, countries=40, verbs=30, topics=20, plain=30, zipf=0.8)
    path.write_text("".join(" ".join(document) + "\n" for document in documents.documents(5600, length=50, seed=1)))
    assert path.stat().st_size > 1_500_000
    return path


def start(text, out):
    command = [sys.executable, "-c", "from solve2vec.cli.main import main; main()", "fit", text, "--out", out]
    command += ["--dim", "20", "--keep", *STAGES]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finished(process):
    err = process.communicate()[1]
    assert process.returncode == 0, err.decode()


@pytest.fixture(scope="module")
def undisturbed(text, tmp_path_factory):
    """(fingerprints, seconds) of a run that nobody disturbs; the first one compiles the kernels."""
    for name in ("first", "second"):
        out = tmp_path_factory.mktemp(name) / "run"
        begun = time.perf_counter()
        finished(start(text, out))
        seconds = time.perf_counter() - begun
    return fingerprints(out), seconds


def fingerprints(run):
    """Of every stage of a run, each loaded with all its checksums."""
    return {path.name: load_stage(path).fingerprint for path in stages_of(run)}


def stages_of(run):
    """All but the drafts that a kill left."""
    return [path for path in run.iterdir() if not path.name.startswith(".")]


def moments(n, seconds):
    rng = random.Random(20)
    return [rng.uniform(0, 1.1 * seconds) for _ in range(n)]


def _is_whole(stage):
    assert is_stage(stage)
    assert isinstance(load_stage(stage), Stage)


def test_a_killed_run_leaves_whole_stages_only_and_the_next_run_is_undisturbed(text, undisturbed, tmp_path):
    """Twenty kills one after another, in one place, so that each finds what the last one left."""
    expected, seconds = undisturbed
    out, killed, unfinished = tmp_path / "run", 0, 0
    for moment in moments(20, seconds):
        process = start(text, out)
        time.sleep(moment)
        process.kill()
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        for path in tmp_path.iterdir():
            if path == out:
                for stage in stages_of(out):
                    _is_whole(stage)
                    assert fingerprints(out)[stage.name] == expected[stage.name]
            else:
                assert path.name.startswith(".run.draft-")
                unfinished += 1
    assert killed >= 10, "most were killed before they were done"
    assert unfinished, "some were killed while they were writing"
    finished(start(text, out))
    assert [path.name for path in tmp_path.iterdir()] == ["run"], "drafts of killed runs are gone"
    assert fingerprints(out) == expected and len(list(out.iterdir())) == len(expected)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_run_told_to_stop_leaves_nothing(sent, code, text, undisturbed, tmp_path):
    """From the moment that its draft is there, so that the program itself and not the interpreter's start is told."""
    expected, seconds = undisturbed
    codes = []
    for moment in moments(5, seconds * 0.5):
        process = start(text, tmp_path / "run")
        while not list(tmp_path.iterdir()) and process.poll() is None:
            time.sleep(0.002)
        time.sleep(moment * 0.3)
        process.send_signal(sent)
        out, err = process.communicate()
        codes.append(process.returncode)
        if process.returncode == 0:  # it had been done already
            assert fingerprints(tmp_path / "run") == expected
            subprocess.run(["rm", "-r", tmp_path / "run"], check=True)
            continue
        assert process.returncode == code, err.decode()
        assert b"Traceback" not in err
        assert not out
        if sent == signal.SIGINT:
            assert err == b"solve2vec: interrupted; nothing half-written was left\n"
        assert not list(tmp_path.iterdir())
    assert code in codes
