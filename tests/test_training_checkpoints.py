"""A run that was stopped, in any way, goes on to the bits of one that was not."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import solve2vec
from solve2vec import FolderError, InputError, TrainingOptions, Window
from solve2vec.core.resources import using
from solve2vec.training.sampled.checkpoints import Checkpoint, Interrupted, Keeper, State
from solve2vec.training.sampled.loop import train_task
from solve2vec.training.sampled.task import Task
from solve2vec.training.sampled.weights import Weights
from test_training import corpus_of

OPTIONS = {"dim": 6, "epochs": 4, "subsample": 0.05, "points": 9}


@pytest.fixture
def corpus():
    return corpus_of(N=1000, V=20)


def train(corpus, model="sgns", threads=None, checkpoint=None, spectrum=None, probe=None, minutes=5.0, **options):
    """As the verbs do, five segments to an epoch."""
    task = Task(model, corpus, Window(5, "linear"), TrainingOptions(**OPTIONS | options))
    with using(threads=threads):
        return train_task(task, checkpoint=checkpoint, spectrum=spectrum, probe=probe, segment=200, minutes=minutes)


@pytest.fixture(autouse=True)
def handled():
    """Signals as a program in the foreground has them: these tests may run where SIGINT is ignored."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def once(number, call=1):
    """A probe that sends this process a signal, at one call."""
    calls = iter(range(1, 10**6))

    def probe(W):
        if next(calls) == call:
            os.kill(os.getpid(), number)
        return {}

    return probe


def same(one, other):
    assert one.embedding.fingerprint == other.embedding.fingerprint
    assert one.trajectory.fingerprint == other.trajectory.fingerprint
    assert one.facts["epoch_losses"] == other.facts["epoch_losses"]
    return True


@pytest.mark.parametrize("model", ["sgns", "cbow"])
@pytest.mark.parametrize("saves", [1, 3, 5, 12])
def test_a_run_that_dies_goes_on_to_the_same_bits(model, saves, corpus, tmp_path, monkeypatch):
    whole = train(corpus, model, threads=1)
    save = Keeper.save

    def dying(self, weights, state):
        nonlocal left
        save(self, weights, state)
        left -= 1
        if not left:
            raise RuntimeError("power cut")

    left = saves
    monkeypatch.setattr(Keeper, "save", dying)
    with pytest.raises(RuntimeError, match="power cut"):
        train(corpus, model, checkpoint=tmp_path / "checkpoint", minutes=-1.0)  # saved after every segment
    held = Checkpoint.load(tmp_path / "checkpoint")
    assert (held.state["epoch"], held.state["segment"]) == divmod(saves, 5)
    assert same(train(corpus, model, checkpoint=tmp_path / "checkpoint", threads=2), whole)


def test_a_save_is_due_five_minutes_after_the_last(tmp_path):
    now = 1000.0
    keeper = Keeper(tmp_path / "c", {"model": "sgns", "epochs": 1}, clock=lambda: now)
    nowhere = Keeper(None, {}, clock=lambda: now)
    now = 1299.0
    assert not keeper.is_due
    now = 1301.0
    assert keeper.is_due and not nowhere.is_due
    keeper.save(Weights.empty(3, 2, True), State())
    now = 1600.0
    assert not keeper.is_due
    now = 1602.0
    assert keeper.is_due


def test_tied_runs_with_modes_and_scores_go_on_too(corpus, tmp_path):
    spectrum = solve2vec.solve(solve2vec.mstar(solve2vec.count(corpus)), 3)
    options = {"tied": True, "spectrum": spectrum, "probe": lambda W: {"size": float(np.abs(W).sum())}}
    whole = train(corpus, "quadratic", **options)
    interrupting = once(signal.SIGINT, call=5)

    def probe(W):
        interrupting(W)
        return options["probe"](W)

    with pytest.raises(Interrupted):
        train(corpus, "quadratic", **options | {"probe": probe}, checkpoint=tmp_path / "c")
    assert same(train(corpus, "quadratic", **options, checkpoint=tmp_path / "c"), whole)


@pytest.mark.parametrize(("number", "kind"), [(signal.SIGINT, Interrupted), (signal.SIGTERM, SystemExit)])
def test_a_signal_saves_first(number, kind, corpus, tmp_path):
    before = signal.getsignal(number)
    with pytest.raises(kind) as left:
        train(corpus, checkpoint=tmp_path / "c", probe=once(number))
    assert signal.getsignal(number) is before
    if kind is Interrupted:
        assert "goes on from there" in str(left.value)
        assert isinstance(left.value, KeyboardInterrupt)
    else:
        assert left.value.code == 143
    held = Checkpoint.load(tmp_path / "c")
    assert (held.state["epoch"], held.state["segment"]) == (0, 1), "at the end of the segment it was in"


def test_without_a_checkpoint_ctrl_c_is_as_ever(corpus):
    with pytest.raises(KeyboardInterrupt) as left:
        train(corpus, probe=once(signal.SIGINT))
    assert type(left.value) is KeyboardInterrupt


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_is_ignored_stays_ignored(number, corpus, tmp_path):
    signal.signal(number, signal.SIG_IGN)
    made = train(corpus, checkpoint=tmp_path / "c", probe=once(number))
    assert len(made.facts["epoch_losses"]) == OPTIONS["epochs"]
    assert signal.getsignal(number) == signal.SIG_IGN


def test_a_finished_run_comes_back_as_it_was(corpus, tmp_path):
    once = train(corpus, checkpoint=tmp_path / "c")
    assert same(train(corpus, checkpoint=tmp_path / "c"), once)
    assert solve2vec.load(tmp_path / "c").summary()["epoch"] == 4


def test_a_checkpoint_of_another_run_is_refused(corpus, tmp_path):
    train(corpus, checkpoint=tmp_path / "c")
    with pytest.raises(InputError, match="a run with dim=6, not 5: go on with the same, or delete that folder"):
        train(corpus, dim=5, checkpoint=tmp_path / "c")
    with pytest.raises(InputError, match="model=sgns, not cbow"):
        train(corpus, "cbow", checkpoint=tmp_path / "c")
    with pytest.raises(InputError, match="a checkpoint of a run with corpus="):
        train(corpus_of(N=1000, V=20, seed=5), checkpoint=tmp_path / "c")
    with pytest.raises(InputError, match="size=5, not 2"):
        solve2vec.sgns.train(corpus, **OPTIONS, size=2, checkpoint=tmp_path / "c")


def test_a_damaged_checkpoint_is_told(corpus, tmp_path):
    train(corpus, checkpoint=tmp_path / "c")
    (tmp_path / "c" / "W.npy").write_bytes(b"")
    with pytest.raises(FolderError, match="damaged"):
        train(corpus, checkpoint=tmp_path / "c")


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_killed_process_goes_on_to_the_same_bits(tmp_path):
    """Killed five times, each time soon after a new checkpoint appeared, then left in peace."""
    code = f"""
import sys
sys.path.insert(0, {os.path.dirname(__file__)!r})
import solve2vec
from test_training import corpus_of
from solve2vec.training.sampled import loop
loop.train_task.__kwdefaults__["minutes"] = -1.0  # a checkpoint after every segment
out = sys.argv[1]
made = solve2vec.sgns.train(corpus_of(N=1_500_000, V=400, D=900), dim=20, epochs=2, checkpoint=out + "/c", threads=1)
made.embedding.save(out + "/embedding")
"""

    def process(out):
        return subprocess.Popen([sys.executable, "-c", code, str(out)])

    def done(out):
        assert process(out).wait() == 0
        return solve2vec.load(out / "embedding").fingerprint

    expected = done(tmp_path / "whole")
    out, killed = tmp_path / "killed", 0
    for number in range(5):
        header = out / "c" / "stage.json"
        before = header.stat().st_mtime_ns if header.exists() else 0
        child = process(out)
        while child.poll() is None and (not header.exists() or header.stat().st_mtime_ns == before):
            time.sleep(0.005)
        time.sleep(0.07 * number)
        child.kill()
        killed += child.wait() == -signal.SIGKILL
    assert killed >= 3
    assert done(out) == expected
