"""The roofline: what each stage of a fit must move and compute, the least time this machine allows, and ours.

    python benchmarks/roofline.py             # enwiki105, V = 30,000, d = 200, the defaults

Bandwidth and arithmetic are measured here, in the same process, before the stages run: a copy between two arrays far
larger than the caches, the first writing to fresh memory, and a square float32 product, each on all threads.
"""

from __future__ import annotations

import json
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import measure
import numpy as np

DIM, L = 200, 32
MIB = 1 << 20


@dataclass(frozen=True)
class Machine:
    """Bytes a second (read and written), bytes a second of first writing, float32 operations a second; all threads."""

    bandwidth: float
    fresh: float
    flops: float


def measured_machine(threads: int) -> Machine:
    """What two of anything can do at once here."""
    n = 256 * MIB
    source, sink = np.ones(n // 8), np.ones(n // 8)
    halves = [slice(i * len(source) // threads, (i + 1) * len(source) // threads) for i in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        copy = best(lambda: list(pool.map(lambda part: np.copyto(sink[part], source[part]), halves)))
    fresh = best(lambda: np.empty(n // 8).fill(1.0), times=2)
    A = np.ones((3000, 3000), np.float32)
    product = best(lambda: A @ A)
    return Machine(2 * n / copy, n / fresh, 2 * 3000**3 / product)


def best(function, times: int = 5) -> float:
    """The shortest of some runs, in seconds."""

    def once() -> float:
        begun = time.perf_counter()
        function()
        return time.perf_counter() - begun

    return min(once() for _ in range(times))


@dataclass(frozen=True)
class Stage:
    """What a stage must at least do, and how long it took."""

    name: str
    seconds: float
    bytes: float
    flops: float
    why: str

    def bound(self, machine: Machine) -> float:
        """Seconds: the longer of moving the bytes and doing the arithmetic."""
        return max(self.bytes / machine.bandwidth, self.flops / machine.flops)


def stages() -> list[Stage]:
    """Run the corridor once, after everything is compiled, and account for it."""
    from solve2vec import Selection, Tokenizer, Window, count, embed, encode, mstar, read, solve
    from solve2vec.linalg import krylov

    text = measure.plain_text()
    tokenizer = Tokenizer(token_pattern="[a-z]+")
    warm_up = encode(read(text, tokenizer=tokenizer), selection=Selection(5, 3_000)).shards(100)[0]
    embed(solve(mstar(count(warm_up)), 20))

    found: list[krylov.Eigenpairs] = []
    original = krylov.leading_eigenpairs

    def watched(*arguments, **options):
        found.append(original(*arguments, **options))
        return found[-1]

    import solve2vec.spectrum as room

    room.leading_eigenpairs = watched
    corpus, encoding = timed(lambda: encode(read(text, tokenizer=tokenizer), selection=Selection(5, 30_000)))
    counts, counting = timed(lambda: count(corpus, Window(L, "harmonic")))
    target, filling = timed(lambda: mstar(counts))
    _, solving = timed(lambda: solve(target, DIM))
    with tempfile.TemporaryDirectory(dir=measure.RESULTS) as folder:
        _, saving = timed(lambda: counts.save(Path(folder) / "cooccurrence"))
    V, nnz, N = len(target), len(target.seen.data), len(corpus)
    products = found[-1].products
    algebra = 2 * 2 * V * products**2 / 2 + 2 * 2 * V * products * DIM  # orthogonal to all before, and Ritz vectors
    return [
        Stage("reading and encoding", encoding, text.stat().st_size + 12 * N, 0,
              "every byte is looked at several times: UTF-8, pattern, case, hash of each token"),
        Stage("counting", counting, 4 * N * 2 + 8 * nnz, 2 * L * N,
              "an addition goes to a place of its own in the cache, not to the next: no vectors"),
        Stage("target", filling, 8 * nnz + 4 * nnz, 30 * nnz, "one pass; a division for each pair"),
        Stage("solving", solving, 8 * nnz * products / krylov.COLUMNS, 2 * nnz * products + algebra,
              "rows of the block come from the third cache, one for each entry"),
        Stage("saving counts", saving, 2 * 8 * nnz, 0, "pages of the file are fresh memory; a checksum of all of it"),
    ]  # fmt: skip


def timed(function):
    """The result and the seconds."""
    begun = time.perf_counter()
    made = function()
    return made, time.perf_counter() - begun


def main() -> None:
    """The table, and the same as JSON in results/."""
    from solve2vec.parallel import thread_count

    machine = measured_machine(thread_count())
    print(f"{measure.machine()}: {machine.bandwidth / 1e9:.1f} GB/s, fresh memory {machine.fresh / 1e9:.1f} GB/s, "
          f"{machine.flops / 1e9:.0f} GFLOP/s in float32")  # fmt: skip
    print(f"{'stage':<22}{'took':>8}{'GB':>8}{'GFLOP':>8}{'bound':>9}{'times':>8}   why")
    rows = stages()
    for stage in rows:
        bound = stage.bound(machine)
        print(f"{stage.name:<22}{stage.seconds:7.2f}s{stage.bytes / 1e9:8.2f}{stage.flops / 1e9:8.0f}"
              f"{bound:8.3f}s{stage.seconds / bound:7.1f}x   {stage.why}")  # fmt: skip
    kept = {"machine": vars(machine), "stages": [vars(stage) for stage in rows]}
    (measure.RESULTS / "roofline.json").write_text(json.dumps(kept, indent=1))


if __name__ == "__main__":
    main()
