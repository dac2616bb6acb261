"""Measure commands as whole processes: wall seconds, CPU seconds, peak memory; medians, and ratios within one run."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

DATA = Path(os.environ.get("SOLVE2VEC_DATA", Path(__file__).parents[2] / "shared" / "data"))
RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Run:
    """One process: what it reported of itself, and what the system says it took."""

    wall: float
    cpu: float
    peak_mb: float
    report: dict

    @property
    def seconds(self) -> float:
        """The part that is compared: as reported by the process, or else all of it."""
        return self.report.get("seconds", self.wall)


_CHILD = """
import json, resource, subprocess, sys, time
begun = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, text=True)
wall = time.perf_counter() - begun
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([done.returncode, wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, done.stdout]))
"""


def run(command: list[str]) -> Run:
    """Run a command once; its last line of output may be a JSON object about itself."""
    out = subprocess.run([sys.executable, "-c", _CHILD, *command], stdout=subprocess.PIPE, text=True, check=True).stdout
    code, wall, cpu, peak, text = json.loads(out)
    if code:
        raise SystemExit(f"{' '.join(command)} failed with exit code {code}")
    lines = text.strip().splitlines()
    report = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
    return Run(wall, cpu, peak, report)


def compare(ours: list[str], peers: dict[str, list[str]], *, name: str, runs: int = 3) -> None:
    """Ours and each peer in turn, ``runs`` times after a warm-up of ours; prints medians and ratios, keeps JSON."""
    run(ours)  # compiles what is not cached yet
    commands = {"solve2vec": ours, **peers}
    found: dict[str, list[Run]] = {who: [] for who in commands}
    for _ in range(runs):
        for who, command in commands.items():
            found[who].append(run(command))
    print(f"{name} on {machine()}, median of {runs}")
    mine = statistics.median(r.seconds for r in found["solve2vec"])
    for who, results in found.items():
        seconds = statistics.median(r.seconds for r in results)
        peak = statistics.median(r.peak_mb for r in results)
        note = results[-1].report.get("note", "")
        print(f"  {who:<44} {seconds:9.2f} s {peak:8.0f} MB   {seconds / mine:6.1f} x   {note}")
    RESULTS.mkdir(exist_ok=True)
    kept = {who: [vars(r) for r in results] for who, results in found.items()}
    (RESULTS / f"{name}.json").write_text(json.dumps({"machine": machine(), "runs": kept}, indent=1))


def machine() -> str:
    """The processor and how many cores may be used."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{len(os.sched_getaffinity(0))} cores of {model}, Python {platform.python_version()}"


def plain_text() -> Path:
    """The Wikipedia text of the shared data, unpacked beside the results once."""
    return unpacked("enwiki105.txt")


def recipes() -> Path:
    """The recipes of the shared data, one basket of ingredients a line."""
    return unpacked("recipes-baskets.txt")


def unpacked(name: str) -> Path:
    """A file of the shared data, unpacked beside the results once."""
    packed, text = DATA / f"{name}.xz", RESULTS / name
    if not text.exists():
        if not packed.exists():
            raise SystemExit(f"{packed} is not there: name the folder that has it with SOLVE2VEC_DATA")
        import lzma
        import shutil

        RESULTS.mkdir(exist_ok=True)
        with lzma.open(packed) as source, open(text, "wb") as sink:
            shutil.copyfileobj(source, sink)
    return text
