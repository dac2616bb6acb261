"""Kernels: compiled loops, arrays in and arrays out; imported only by the verbs that run them."""

import atexit
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

SPARE = 80  # bytes after a text or the letters of tokens that kernels/tokens.py may read and write


def _is_writable(folder: Path) -> bool:
    """Whether a folder can be written, or made where it is not there."""
    there = next((path for path in (folder, *folder.parents) if path.exists()), None)
    return there is not None and there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _keep_nowhere_else() -> None:
    """Give Numba a folder of this process where it has none for compiled code: it would not compile otherwise.

    The folder is new and private: what lies in it is run, so nobody else may have put it there.
    """
    home = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    folders = (Path(__file__).parent / "__pycache__", home / "numba")
    if os.environ.get("NUMBA_CACHE_DIR") or any(map(_is_writable, folders)):
        return
    try:
        folder = tempfile.mkdtemp(prefix="solve2vec-")
    except OSError:  # no folder can be written at all
        return
    atexit.register(forget, folder)
    _PRIVATE.append(folder)
    os.environ["NUMBA_CACHE_DIR"] = folder  # of processes that this one starts, too
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = folder
    warnings.warn(
        "compiled code is not kept, as neither the package's folder nor the user's cache can be written: each run "
        "compiles anew; set NUMBA_CACHE_DIR to a folder of your own",
        stacklevel=2,
    )


def forget(folder: str | None = None) -> None:
    """Delete the folder of this process, where there is one."""
    for path in [folder] if folder else _PRIVATE:
        shutil.rmtree(path, ignore_errors=True)


_PRIVATE: list[str] = []
_keep_nowhere_else()
