"""Every call of a command that changes a file is once the last one, and once fails: what is left then, as JSON.

``LD_PRELOAD=faults.so python tests/crash_points.py COMMAND [EVERY]`` tries each, or each EVERYth.  Commands are those
of ``COMMANDS``.  The process forks for each try, so that imports and compiled kernels are there already.
"""

import contextlib
import ctypes
import errno
import io
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from solve2vec.cli import main
from solve2vec.core import drafts
from solve2vec.core.header import is_stage
from solve2vec.run import load_stage

TEXT = "the boat is on the river and the fish swim\nshe bakes warm bread and cake in the oven\n" * 30
OTHER = TEXT.replace("fish", "otter").replace("warm", "cold")  # as many words, seen as often
FIT = "--dim 3 --min-count 1 --threads 1"
BEFORE = {  # commands that make what is there before
    "fit": f"fit text.txt --out it/run --keep corpus cooccurrence spectrum embedding {FIT}",
    "fit-new": "",
    "train": "train text.txt --out it/run --dim 3 --min-count 1 --epochs 1 --threads 1",
    "train-new": "",
    "population": "train counts --population --out it/run --dim 3 --modes 3 --points 3 --duration 0.1",
    "solve": f"fit text.txt --out it/run --keep target spectrum embedding {FIT}",
    "merge": "merge counts --out it/merged",
    "explore": f"fit text.txt --out it/run {FIT}; explore it/run",
    "convert": "convert vectors it/vectors.bin",
    "convert-folder": "convert vectors it/vectors",
    "convert-safetensors": "convert vectors it/vectors --format safetensors",
    "convert-table": "convert vectors it/vectors.parquet",
}
COMMANDS = {
    "fit": f"fit other.txt --out it/run --keep corpus spectrum embedding {FIT}",
    "fit-new": f"fit other.txt --out it/run {FIT}",
    "train": "train text.txt --out it/run --dim 3 --min-count 1 --epochs 2 --seed 1 --threads 1",
    "train-new": "train text.txt --out it/run --dim 3 --min-count 1 --epochs 2 --threads 1",
    "population": "train counts --population --out it/run --dim 2 --modes 2 --points 3 --duration 0.2",
    "solve": "solve it/run --dim 2",
    "merge": "merge counts counts --out it/merged",
    "explore": "explore it/run --words 5",
    "convert": "convert others it/vectors.bin",
    "convert-folder": "convert others it/vectors",
    "convert-safetensors": "convert others it/vectors --format safetensors",
    "convert-table": "convert others it/vectors.parquet",
}
ON_THE_WAY = {"corpus", "checkpoint"}  # a training keeps what it goes on from


def run(line):
    """The exit code of a command, and what it said on stderr."""
    err = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(err):
        code = main.run(line.split())
    return code, err.getvalue()


def state(place):
    """What is there: the fingerprint of every stage, the sum of every other file."""
    found = {}
    for name in drafts.listed(place):
        path = place / name
        if is_stage(path):
            found[name] = load_stage(path).fingerprint
        elif path.is_dir():
            found |= {f"{name}/{inner}": value for inner, value in state(path).items()}
        else:
            found[name] = path.read_bytes().hex()[-64:] + str(path.stat().st_size)
    return found


def tried(line, place, at, how):
    """Run a command in a process of its own whose ``at``-th call is the last or fails: its exit code, and its words."""
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        code, said = 70, ""
        try:
            shim.faults_arm(os.fsencode(place), at, how)
            code, said = run(line)
            calls = shim.faults_count()
            shim.faults_arm(b"", 0, 0)
            os.write(write, json.dumps([code, calls, said]).encode())
        except BaseException as error:
            os.write(write, json.dumps([70, at, repr(error)]).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return json.loads(answer) if answer else [-9, at, ""]


def every_point(name, every=1):
    """All tries of one command."""
    here = Path(tempfile.mkdtemp())
    os.chdir(here)
    Path("text.txt").write_text(TEXT)
    Path("other.txt").write_text(OTHER)
    for line in (f"fit text.txt --out made --keep cooccurrence embedding {FIT}", f"fit other.txt --out made-too {FIT}"):
        assert run(line)[0] == 0, run(line)
    Path("counts").symlink_to("made/cooccurrence")
    Path("vectors").symlink_to("made/embedding")
    Path("others").symlink_to("made-too/embedding")
    place, line = here / "it", COMMANDS[name]
    place.mkdir()
    for before in filter(None, BEFORE[name].split(";")):
        assert run(before)[0] == 0, run(before)
    shutil.copytree(place, "before")
    before = state(place)
    code, calls, said = tried(line, place, 0, 0)
    assert code == 0, said
    after = state(place)
    assert before != after and calls
    found = {"calls": calls, "tried": 0, "old": 0, "new": 0, "wrong": []}
    for how in (0, errno.EIO):
        for at in range(1, calls + 1, every):
            found["tried"] += 1
            _restore(place)
            code, _, said = tried(line, place, at, how)
            try:
                wrong = _judged(state(place), before, after, code, said, found)
                code, _, said = tried(line, place, 0, 0)
                if code:
                    wrong.append(f"refused afterwards: {said}")
                elif state(place) != after:
                    wrong.append("another result afterwards")
                hidden = [path.name for path in place.rglob(".*")]
                if hidden:
                    wrong.append(f"left over: {hidden}")
            except Exception as error:
                wrong = [repr(error)]
            found["wrong"] += [[at, "fail" if how else "kill", *wrong]] if wrong else []
    os.chdir("/")
    shutil.rmtree(here)
    return found


def _restore(place):
    shutil.rmtree(place)
    shutil.copytree("before", place)


def _judged(now, before, after, code, said, found):
    """What is wrong with what one try left."""
    passing = {name for name in now if name.split("/")[-1] in ON_THE_WAY}
    rest, old, new = ({n: v for n, v in each.items() if n not in passing} for each in (now, before, after))
    is_old, is_new = rest == old or (not rest and not before), rest == new
    found["new" if is_new else "old"] += 1
    wrong = (
        [] if is_old or is_new else [f"mixed: {sorted(n for n in {*rest, *old, *new} if rest.get(n) != old.get(n))}"]
    )
    if code == 0 and not is_new:
        wrong.append("done, and not as it should be")
    if code not in (0, 2, -9):
        wrong.append(f"exit code {code}: {said}")
    return wrong


if __name__ == "__main__":
    shim = ctypes.CDLL(None)
    print(json.dumps(every_point(sys.argv[1], *map(int, sys.argv[2:]))))
