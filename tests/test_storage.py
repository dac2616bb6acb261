"""Files and folders: whole or not at all, drafts of the dead removed, any token escaped."""

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solve2vec import FolderError
from solve2vec.core import storage

awkward = st.text(st.one_of(st.sampled_from("\\nrtu028\n\t\r\x85\u2028"), st.characters()))


@given(awkward)
def test_any_word_is_one_line_without_a_tab_and_comes_back(word):
    escaped = storage.escape(word)
    assert len(f"{escaped}x".splitlines()) == 1
    assert "\t" not in escaped
    assert storage.unescape(escaped) == word


@given(st.lists(awkward, unique=True))
def test_different_words_stay_different(words):
    assert len({storage.escape(word) for word in words}) == len(words)


@pytest.mark.parametrize("text", ["\\", "a\\x", "\\u12", "\\uzzzz"])
def test_escapes_that_were_never_written_are_refused(text):
    with pytest.raises(ValueError):
        storage.unescape(text)


def fill(folder, text="new", marker="stage.json"):
    with storage.draft_folder(folder, marker=marker) as draft:
        (draft / marker).write_text(text)


def test_a_folder_appears_only_when_it_is_whole(tmp_path):
    folder = tmp_path / "deep/er/made"
    with storage.draft_folder(folder) as draft:
        (draft / "stage.json").write_text("x")
        assert not folder.exists()
    assert (folder / "stage.json").read_text() == "x"
    assert os.listdir(folder.parent) == ["made"]


@pytest.mark.parametrize("exchange", [True, False])
def test_an_older_folder_is_replaced(tmp_path, monkeypatch, exchange):
    if not exchange:  # as on systems that cannot swap two names
        monkeypatch.setattr(storage, "_exchange", lambda one, other: False)
    fill(tmp_path / "made", "old")
    (tmp_path / "made/other").write_text("old too")
    fill(tmp_path / "made", "new")
    assert os.listdir(tmp_path / "made") == ["stage.json"]
    assert (tmp_path / "made/stage.json").read_text() == "new"
    assert os.listdir(tmp_path) == ["made"]


def test_an_error_leaves_the_old_folder_and_no_draft(tmp_path):
    fill(tmp_path / "made", "old")
    with pytest.raises(ZeroDivisionError), storage.draft_folder(tmp_path / "made") as draft:
        (draft / "stage.json").write_text("half")
        1 / 0  # noqa: B018
    assert (tmp_path / "made/stage.json").read_text() == "old"
    assert os.listdir(tmp_path) == ["made"]


def test_an_empty_folder_may_be_filled(tmp_path):
    (tmp_path / "made").mkdir()
    fill(tmp_path / "made")
    assert (tmp_path / "made/stage.json").read_text() == "new"


def test_other_peoples_folders_and_files_are_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.tex").write_text("years of work")
    (tmp_path / "file").write_text("x")
    with pytest.raises(FolderError, match=r"mine holds other files and no stage\.json: choose another folder"):
        fill(tmp_path / "mine")
    with pytest.raises(FolderError, match="is a file, not a folder"):
        fill(tmp_path / "file")
    with pytest.raises(FolderError, match="is a folder, not a file"), storage.draft_file(tmp_path / "mine"):
        pass
    assert sorted(os.listdir(tmp_path)) == ["file", "mine"]
    assert (tmp_path / "mine/thesis.tex").read_text() == "years of work"


def test_a_file_appears_only_when_it_is_whole(tmp_path):
    path = tmp_path / "made.txt"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), storage.draft_file(path) as draft:
        draft.write_text("half")
        1 / 0  # noqa: B018
    assert path.read_text() == "old"
    with storage.draft_file(path) as draft:
        draft.write_text("new")
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["made.txt"]


def test_links_stay_links_to_what_is_new(tmp_path):
    fill(tmp_path / "real", "old")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "note").write_text("old")
    (tmp_path / "note-link").symlink_to("note")
    fill(tmp_path / "link", "new")
    with storage.draft_file(tmp_path / "note-link") as draft:
        draft.write_text("new")
    assert (tmp_path / "real/stage.json").read_text() == (tmp_path / "note").read_text() == "new"
    assert (tmp_path / "link").is_symlink() and (tmp_path / "note-link").is_symlink()
    assert sorted(os.listdir(tmp_path)) == ["link", "note", "note-link", "real"]


def test_a_link_to_a_folder_is_removed_without_what_it_leads_to(tmp_path):
    fill(tmp_path / "real")
    (tmp_path / "link").symlink_to("real")
    storage.remove_folder(tmp_path / "link")
    assert os.listdir(tmp_path) == ["real"] and (tmp_path / "real/stage.json").is_file()


@pytest.fixture
def no_exchange(monkeypatch):
    """As on systems that cannot swap two names."""
    monkeypatch.setattr(storage, "_exchange", lambda one, other: False)


@pytest.mark.parametrize("error", [OSError(28, "No space left"), KeyboardInterrupt()])
def test_an_error_between_the_two_steps_puts_the_old_folder_back(tmp_path, monkeypatch, no_exchange, error):
    fill(tmp_path / "made", "old")
    rename, calls = os.rename, []

    def failing(one, other):
        calls.append((one, other))
        if len(calls) == 2:
            raise error
        rename(one, other)

    monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(type(error)):
        fill(tmp_path / "made", "new")
    assert len(calls) == 3
    assert (tmp_path / "made/stage.json").read_text() == "old"
    assert os.listdir(tmp_path) == ["made"]


KILLED_BETWEEN = """
import os, sys
from solve2vec.core import storage
storage._exchange = lambda one, other: False
rename, calls = os.rename, []
def killed(one, other):
    calls.append(one)
    if len(calls) == int(sys.argv[2]):
        os._exit(9)
    rename(one, other)
os.rename = killed
def remove(path):
    os._exit(9)
if sys.argv[2] == "3":
    storage.remove_folder = remove
with storage.draft_folder(sys.argv[1]) as draft:
    (draft / "stage.json").write_text("new")
"""


@pytest.mark.parametrize(("step", "left"), [(1, "old"), (2, "old"), (3, "new")])
@pytest.mark.parametrize("name", ["made", "名" * 80], ids=["short", "long"])
def test_a_kill_between_the_two_steps_loses_nothing(tmp_path, step, left, name):
    fill(tmp_path / name, "old")
    killed = subprocess.run([sys.executable, "-c", KILLED_BETWEEN, str(tmp_path / name), str(step)], check=False)
    assert killed.returncode == 9
    assert len(os.listdir(tmp_path)) > 1, "something is left over"
    fill(tmp_path / "other")
    assert (tmp_path / name / "stage.json").read_text() == left
    assert sorted(os.listdir(tmp_path)) == sorted([name, "other"])


def test_what_a_living_process_sets_aside_is_its_own_for_a_minute(tmp_path):
    aside = tmp_path / f"{storage.ASIDE}{storage._HOST}-{os.getppid()}-abcdef"
    (aside / "made").mkdir(parents=True)
    fill(tmp_path / "other")
    assert set(os.listdir(tmp_path)) == {aside.name, "other"}
    os.utime(aside, (0, 0))
    fill(tmp_path / "other")
    assert set(os.listdir(tmp_path)) == {"made", "other"}


@pytest.mark.parametrize("name", ["名" * 80, "é" * 127, "x" * 255, "a" * 99 + "é" * 20], ids=range(4))
def test_any_name_that_a_file_may_have_can_be_saved_under(tmp_path, name):
    fill(tmp_path / name)
    fill(tmp_path / name, "newer")
    with storage.draft_file(tmp_path / f"{name[1:]}") as draft:
        draft.write_text("x")
    assert sorted(os.listdir(tmp_path)) == sorted([name, name[1:]])


@pytest.mark.parametrize("litter", sorted(storage.LITTER))
def test_a_folder_with_litter_of_file_managers_counts_as_empty(tmp_path, litter):
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / litter).write_bytes(b"icons")
    fill(tmp_path / "made")
    assert os.listdir(tmp_path / "made") == ["stage.json"]


KILLED = """
import os, signal, sys
from solve2vec.core import storage
with storage.draft_folder(sys.argv[1]) as draft:
    (draft / "half").write_text("x")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_drafts_of_killed_writers_go_and_those_of_living_ones_stay(tmp_path):
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "made")], check=False)
    (dead,) = os.listdir(tmp_path)
    living, own = (f".made{storage.DRAFT}{storage._HOST}-{process}-abcdef" for process in (os.getppid(), os.getpid()))
    elsewhere = f".made{storage.DRAFT}00000000-999999999-abcdef"  # another machine's, on a shared disk
    for name in (living, own, elsewhere):
        (tmp_path / name).mkdir()
    fill(tmp_path / "other")
    assert storage.DRAFT in dead
    assert set(os.listdir(tmp_path)) == {"other", living, own, elsewhere}
