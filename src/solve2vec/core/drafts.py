"""Drafts: hidden folders in which files and folders are made ready, and the one step that gives them their names.

A draft is ``.NAME.draft-…`` beside what it is for.  It holds ``lock``, which its owner has locked as long as it lives,
``new/`` with what is being written, and ``old/`` with what that replaced.  One name is given by one rename, or by
swapping two (Linux).  Several are given by renaming the draft to ``.solve2vec-switch``: from that moment on a name
means what ``new/`` in there has by it, and nothing if ``gone/`` has it.  Then all are moved to their places,
by whoever comes next if this process is killed, and the switch is a draft again, to be deleted.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: nothing there is taken for a dead process's
    fcntl = None  # type: ignore[assignment]

DRAFT = ".draft-"
SWITCH = ".solve2vec-switch"
LOCK, NEW, OLD, GONE = "lock", "new", "old", "gone"
A_DAY = 86_400  # seconds; nobody needs so long between making a folder and locking it
PATIENCE = 60  # seconds to wait for another process's switch, which takes milliseconds
_TAKEN = (errno.EEXIST, errno.ENOTEMPTY)
_RENAME_EXCHANGE = 2  # linux/fs.h


@contextmanager
def drafting(place: Path) -> Iterator[Path]:
    """An empty folder to write in, on the disk of ``place``; what is in it in the end is deleted."""
    absent = [folder for folder in place.parents if not folder.exists()]
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        settle(place.parent)
        remove_stale(place.parent)
        draft, lock = _begin(place)
        try:
            yield draft / NEW
        finally:
            _discard(draft, lock)
    finally:
        for folder in absent:  # made for nothing if it is still empty
            with suppress(OSError):
                folder.rmdir()


def publish(new: Path, gone: Iterable[str] = ()) -> None:
    """Give all that is in ``new``, which :func:`drafting` gave, its name beside the draft, in one step.

    What has such a name already is replaced, and what is named in ``gone`` goes in the same step.
    """
    draft, parent = new.parent, new.parent.parent
    names = sorted(os.listdir(new))
    going = [name for name in gone if name not in names and os.path.lexists(parent / name)]
    flush(new)
    if len(names) == 1 and not going and _put(new / names[0], parent / names[0]):
        flush(parent, deep=False)
        return
    for folder, marks in ((OLD, ()), (GONE, going)):
        (draft / folder).mkdir()
        for name in marks:
            (draft / folder / name).touch()
    flush(draft, deep=False)
    until = time.monotonic() + PATIENCE
    while True:
        try:
            os.rename(draft, parent / SWITCH)
            break
        except OSError as error:
            if error.errno not in _TAKEN or time.monotonic() > until:
                raise
        settle(parent)
        time.sleep(0.001)
    _finish(parent / SWITCH, draft)


def remove(path: Path) -> None:
    """Take away a file, or a folder with all in it, in one step."""
    if os.path.lexists(path):
        with drafting(path) as new:
            os.rename(path, new / path.name)


def resolve(folder: Path) -> Path:
    """Where lies what is called ``folder``: there, unless a switch that gives this name is not finished."""
    folder = Path(os.path.realpath(folder))
    if (folder.parent.parent / SWITCH).exists():  # of a stage inside a stage
        folder = resolve(folder.parent) / folder.name
    switch = folder.parent / SWITCH
    if not switch.exists():
        return folder
    with suppress(OSError):  # as on a disk that can only be read
        settle(folder.parent)
    if os.path.lexists(switch / NEW / folder.name):
        return switch / NEW / folder.name
    is_gone = (switch / GONE / folder.name).exists() and not os.path.lexists(switch / OLD / folder.name)
    return switch / GONE / folder.name if is_gone else folder


def listed(parent: Path) -> list[str]:
    """The names of what is in a folder, drafts left out and those given by an unfinished switch with them; sorted."""
    with suppress(OSError):
        settle(parent)
    new = parent / SWITCH / NEW
    found = {*(os.listdir(parent) if parent.is_dir() else ()), *(os.listdir(new) if new.is_dir() else ())}
    return sorted(name for name in found if name != SWITCH and not (name.startswith(".") and DRAFT in name))


def settle(parent: Path) -> None:
    """Finish a switch in ``parent`` that a killed process began; one that is still going on is left to its owner."""
    switch = parent / SWITCH
    if not switch.exists():
        return
    try:
        is_left = time.time() - switch.stat().st_mtime > PATIENCE  # said where there are no locks
        lock = _locked(switch / LOCK, os.O_CREAT, must=is_left)
    except FileNotFoundError:  # just finished
        return
    if lock is None:
        return
    draft = _name_for(switch)
    try:
        if (switch / LOCK).exists() and os.path.samestat(os.fstat(lock), os.stat(switch / LOCK)):
            _finish(switch, draft)
    finally:
        _discard(draft, lock)


def remove_stale(parent: Path) -> None:
    """Delete the drafts of processes that are gone."""
    for draft in parent.glob(f".*{DRAFT}*"):
        with suppress(OSError):
            try:
                lock = _locked(draft / LOCK)
            except (FileNotFoundError, NotADirectoryError):  # killed before it had one; or an earlier version's
                if draft.is_dir() and not any(draft.iterdir()):
                    draft.rmdir()
                elif time.time() - draft.lstat().st_mtime > A_DAY:
                    delete(draft)
            else:
                if lock is not None:
                    _discard(draft, lock)


def delete(path: Path) -> None:
    """Delete a folder with all in it, or a file, as far as it can be done; in a draft, so that it may be half done."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def flush(path: Path, *, deep: bool = True) -> None:
    """Force a file, or a folder with all in it, to disk.

    Raises
    ------
    OSError
        If it could not be written.
    """
    inner = [inner for inner in path.rglob("*") if not inner.is_symlink()] if deep and path.is_dir() else []
    if len(inner) < 2:
        for each in (*inner, path):
            _flush_one(each)
        return
    with ThreadPoolExecutor(min(8, len(inner))) as pool:  # the disk takes them together
        list(pool.map(_flush_one, inner))
    _flush_one(path)


def _flush_one(path: Path) -> None:
    is_folder = path.is_dir()
    if is_folder and os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if not is_folder or error.errno != errno.EINVAL:  # some file systems cannot flush folders
            raise
    finally:
        os.close(descriptor)


def _begin(place: Path) -> tuple[Path, int]:
    """A new draft beside ``place``, and its lock."""
    while True:
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = _name_for(place)
        draft.mkdir()
        try:
            if (lock := _locked(draft / LOCK, os.O_CREAT, must=True)) is not None:
                (draft / NEW).mkdir()
                return draft, lock
        except FileNotFoundError:  # deleted by another process, which came before the lock was there
            continue
        except BaseException:
            delete(draft)
            raise


def _name_for(place: Path) -> Path:
    name = os.fsencode(place.name.removeprefix("."))[:100].decode("utf-8", "ignore")  # file systems count bytes, 255
    return place.parent / f".{name}{DRAFT}{os.urandom(4).hex()}"


def _locked(path: Path, flags: int = 0, *, must: bool = False) -> int | None:
    """A descriptor of ``path`` that holds its lock; None if another process does, or it was deleted meanwhile.

    Where the system or the disk knows no locks it is None, too, so that nothing is taken for a dead process's; or,
    if there ``must`` be one, a descriptor without a lock.
    """
    descriptor = os.open(path, os.O_RDWR | flags, 0o666)
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        must, has_lock = False, False
    except OSError:
        has_lock = False
    else:
        has_lock = fcntl is not None and os.fstat(descriptor).st_nlink > 0
    if has_lock or must:
        return descriptor
    os.close(descriptor)
    return None


def _discard(draft: Path, lock: int) -> None:
    """Delete a draft and give up its lock, which goes last: what cannot be deleted now can be later."""
    with suppress(OSError):
        for path in draft.iterdir():
            if path.name != LOCK:
                delete(path)
        if os.listdir(draft) == [LOCK]:
            (draft / LOCK).unlink()
    os.close(lock)
    with suppress(OSError):
        draft.rmdir()


def _put(new: Path, place: Path) -> bool:
    """Give ``new`` the name ``place`` in one step, and its own to what had that; False where this cannot be done."""
    try:
        os.replace(new, place)
    except OSError:
        if not (new.is_dir() and place.is_dir()):
            raise
        return _exchange(new, place)
    return True


def _exchange(one: Path, other: Path) -> bool:
    """Swap two names in one step, where the system can (Linux)."""
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None) if os.name == "posix" else None
    here = -100  # AT_FDCWD
    return renameat2 is not None and not renameat2(here, os.fsencode(one), here, os.fsencode(other), _RENAME_EXCHANGE)


def _finish(switch: Path, draft: Path) -> None:
    """Move all that a switch gives its name to its place, take away what goes, and make a draft of what is left."""
    parent, (new, old, gone) = switch.parent, (switch / folder for folder in (NEW, OLD, GONE))
    for name in sorted(os.listdir(new)):
        if os.path.lexists(parent / name):
            os.rename(parent / name, old / f"{os.urandom(4).hex()}-{name[:50]}")
        os.rename(new / name, parent / name)
    for name in sorted(os.listdir(gone)):
        if os.path.lexists(parent / name) and not os.path.lexists(old / name):
            os.rename(parent / name, old / name)
    flush(parent, deep=False)
    os.rename(switch, draft)
