"""Files and folders: whole or not at all, nothing but regular files replaced, any token escaped."""

import os
import socket
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solve2vec import FolderError
from solve2vec.core import drafts, storage
from solve2vec.run.writing import refuse_foreign

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
        monkeypatch.setattr(drafts, "_exchange", lambda one, other: False)
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
    drafts.remove(tmp_path / "link")
    assert os.listdir(tmp_path) == ["real"] and (tmp_path / "real/stage.json").is_file()


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


def _bind(path):
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))


SPECIAL = {
    "pipe": lambda path: os.mkfifo(path),
    "null": lambda path: os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 3)),
    "socket": lambda path: _bind(path),
    "disk": lambda path: os.mknod(path, 0o600 | stat.S_IFBLK, os.makedev(7, 250)),
}


@pytest.fixture(params=SPECIAL)
def special(request, tmp_path, monkeypatch):
    """Something that is no regular file, by a short name (that of a socket has few letters)."""
    monkeypatch.chdir(tmp_path)
    try:
        SPECIAL[request.param](Path("it"))
    except (OSError, AttributeError):
        pytest.skip(f"cannot make a {request.param} here")
    return request.param, tmp_path / "it"


def test_only_regular_files_are_replaced(special):
    """A pipe and a device are written to; a socket and a disk are refused."""
    kind, path = special
    before, got = os.lstat(path), []
    reader = threading.Thread(target=lambda: got.append(path.read_bytes()), daemon=True)
    if kind == "pipe":
        reader.start()
    if kind in ("pipe", "null"):
        with storage.draft_file(path) as draft:
            draft.write_text("new")
    else:
        with pytest.raises(FolderError, match=f"it is a {kind}, not a file"), storage.draft_file(path):
            pass
    for save in (lambda: fill(path), lambda: refuse_foreign(path)):
        with pytest.raises(FolderError, match="is a file, not a folder"):
            save()
    if kind == "pipe":
        reader.join()
        assert got == [b"new"]
    assert os.path.samestat(os.lstat(path), before) and os.listdir(path.parent) == ["it"]


def test_a_link_to_itself_is_refused(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(FolderError, match="loop is a link to itself"), storage.draft_file(tmp_path / "loop"):
        pass
    with pytest.raises(FolderError, match="loop is a link to itself"):
        fill(tmp_path / "loop")
