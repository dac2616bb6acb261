"""Drafts: one step gives all names, a killed process's is finished or removed, a living one's is left alone."""

import os
import subprocess
import sys
import threading

import pytest

from solve2vec.core import drafts

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")


def fill(place, text="new", gone=(), **more):
    """Write ``place`` and, beside it, ``more``, in one step in which ``gone`` goes."""
    with drafts.drafting(place) as new:
        for name, content in {place.name: text, **more}.items():
            (new / name).mkdir()
            (new / name / "stage.json").write_text(content)
        drafts.publish(new, gone)


def held(parent):
    """What each name in a folder means, whether or not it is at its place."""
    found = {}
    for name in drafts.listed(parent):
        file = drafts.resolve(parent / name) / "stage.json"
        if file.exists():
            found[name] = file.read_text()
    return found


OLD = {"a": "old a", "b": "old b", "c": "old c"}
NEW = {"a": "new a", "b": "new b"}


def switch(parent, call, at, how):
    """In a process of its own switch two names and drop a third; the ``at``-th ``call`` kills it, or fails.

    The answer is whether there was such a call.
    """
    if (child := os.fork()) == 0:
        try:
            _switch(parent, call, at, how)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 7


def _switch(parent, call, at, how):
    drafts._exchange = lambda one, other: False
    real, calls = getattr(os, call), []

    def counted(*args, **given):
        calls.append(args)
        if len(calls) != at:
            return real(*args, **given)
        if how == "kill":
            os._exit(9)
        raise OSError(5, "Input/output error")

    setattr(os, call, counted)
    fill(parent / "a", "new a", ["c"], b="new b")
    os._exit(7 if len(calls) < at else 0)


CALLS = ("rename", "mkdir", "rmdir", "unlink", "fsync", "open")


@pytest.mark.parametrize("how", ["kill", "fail"])
@pytest.mark.parametrize("call", CALLS)
def test_whichever_call_is_the_last_all_names_are_old_or_all_are_new(tmp_path, call, how):
    """Each one, counted from 1 until there are no more; then the next who comes finds all as it should be."""
    states = set()
    for at in range(1, 100):
        place = tmp_path / str(at)
        place.mkdir()
        fill(place / "a", "old a", b="old b", c="old c")
        if not switch(place, call, at, how):
            break
        found = held(place)
        assert found in (OLD, NEW), at
        states.add(found == NEW)
        fill(place / "d", "more")
        assert held(place) == found | {"d": "more"}
        assert sorted(os.listdir(place)) == sorted(held(place)), "nothing is left over"
    else:
        pytest.fail("no end")
    assert at > 1
    if call == "rename" and how == "kill":
        assert states == {True, False}


def test_what_is_half_switched_is_read_where_nothing_can_be_moved(tmp_path, monkeypatch):
    """As on a disk that can only be read."""
    fill(tmp_path / "a", "old a", b="old b", c="old c")
    for at in range(2, 6):
        assert switch(tmp_path, "rename", at, "kill")
        with monkeypatch.context() as here:
            here.setattr(drafts, "_finish", lambda switch, draft: 1 / 0)
            here.setattr(drafts, "settle", lambda parent: None)
            assert (tmp_path / drafts.SWITCH).exists() and held(tmp_path) == NEW
        fill(tmp_path / "a", "old a", b="old b", c="old c")
        assert held(tmp_path) == OLD and sorted(os.listdir(tmp_path)) == ["a", "b", "c"]


def test_a_switch_that_is_going_on_is_left_to_its_owner_and_waited_for(tmp_path, monkeypatch):
    fill(tmp_path / "a", "old a", b="old b", c="old c")
    reached, go_on, finish = threading.Event(), threading.Event(), drafts._finish

    def slow(switch, draft):
        reached.set()
        go_on.wait()
        finish(switch, draft)

    monkeypatch.setattr(drafts, "_finish", slow)
    one = threading.Thread(target=fill, args=(tmp_path / "a", "new a", ["c"]), kwargs={"b": "new b"})
    one.start()
    reached.wait()
    assert held(tmp_path) == NEW and sorted(os.listdir(tmp_path)) == [drafts.SWITCH, "a", "b", "c"]
    other = threading.Thread(target=fill, args=(tmp_path / "a", "newer a"), kwargs={"b": "newer b"})
    other.start()
    other.join(0.1)
    assert other.is_alive() and held(tmp_path) == NEW
    go_on.set()
    one.join()
    other.join()
    assert held(tmp_path) == {"a": "newer a", "b": "newer b"} and sorted(os.listdir(tmp_path)) == ["a", "b"]


WORKING = """
import sys
from pathlib import Path
from solve2vec.core import drafts
with drafts.drafting(Path(sys.argv[1])) as new:
    (new / "half").write_text("x")
    print("ready", flush=True)
    sys.stdin.read()
"""


def working(place):
    """A process that is at work on ``place``, in a draft of its own."""
    process = subprocess.Popen([sys.executable, "-c", WORKING, place], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    return process


def test_drafts_of_killed_processes_go_and_those_of_living_ones_stay(tmp_path):
    """By a lock, which is gone with the process: its number may be another's, in a container or on another machine."""
    killed, living = working(tmp_path / "one"), working(tmp_path / "two")
    killed.kill()
    killed.communicate()
    earlier = tmp_path / ".old.draft-0123abcd-999999999-abcdef"  # an earlier version's, without a lock
    forgotten = tmp_path / ".older.draft-0123abcd-999999999-abcdef"
    for folder in (earlier, forgotten):
        (folder / "half").mkdir(parents=True)
    os.utime(forgotten, (0, 0))
    assert len(os.listdir(tmp_path)) == 4
    fill(tmp_path / "three")
    (left,) = set(os.listdir(tmp_path)) - {"three", earlier.name}
    assert left.startswith(".two.draft-")
    living.communicate()
    assert sorted(os.listdir(tmp_path)) == sorted(["three", earlier.name])


def test_where_there_are_no_locks_nothing_is_taken_for_a_dead_processs(tmp_path, monkeypatch):
    killed = working(tmp_path / "one")
    killed.kill()
    killed.communicate()
    monkeypatch.setattr(drafts, "fcntl", None)
    fill(tmp_path / "two")
    assert len(os.listdir(tmp_path)) == 2
    monkeypatch.undo()
    fill(tmp_path / "two")
    assert os.listdir(tmp_path) == ["two"]


@pytest.mark.parametrize("call", ["unlink", "rmdir"])
def test_what_cannot_be_deleted_now_is_no_stage_and_goes_later(tmp_path, monkeypatch, call):
    fill(tmp_path / "a", "old a", b="old b")

    def refuse(*args, **given):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as here:
        here.setattr(os, call, refuse)
        drafts.remove(tmp_path / "a")
        assert held(tmp_path) == {"b": "old b"}
    fill(tmp_path / "c")
    assert sorted(os.listdir(tmp_path)) == ["b", "c"]


def test_an_error_that_the_disk_reports_at_last_is_not_lost(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    fill(tmp_path / "a", "old a")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        fill(tmp_path / "a", "new a")
    assert held(tmp_path) == {"a": "old a"} and os.listdir(tmp_path) == ["a"]


def test_a_stage_inside_a_stage_is_found_while_the_outer_one_is_switched(tmp_path):
    fill(tmp_path / "a", "old a", b="old b", c="old c")
    for name in "ab":
        (tmp_path / name / "inner").mkdir()
    assert switch(tmp_path, "rename", 2, "kill")
    assert drafts.resolve(tmp_path / "a" / "inner").parent.joinpath("stage.json").read_text() == "new a"
