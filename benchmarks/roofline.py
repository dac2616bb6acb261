"""The roofline: what each stage of a fit must move and compute, the least time this machine allows, and ours.

    python benchmarks/roofline.py             # enwiki105, V = 30,000, d = 200, the defaults

Bandwidth and arithmetic are measured here, in the same process, before the stages run: a copy between two arrays far
larger than the caches, the first writing to fresh memory, and float32 products, the faster of NumPy's square one and
small ones of ours that never leave the first cache, each on all threads; and how much one thread does of the latter.
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
    """Bytes a second (read and written), bytes a second of first writing, operations a second; all threads.

    ``flops`` in float32, ``pairs`` on pairs of bfloat16; ``gain``: how many times as much all threads compute as one.
    """

    bandwidth: float
    fresh: float
    flops: float
    pairs: float
    gain: float


def measured_machine(threads: int) -> Machine:
    """What two of anything can do at once here."""
    n = 256 * MIB
    source, sink = np.ones(n // 8), np.ones(n // 8)
    halves = [slice(i * len(source) // threads, (i + 1) * len(source) // threads) for i in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        copy = best(lambda: list(pool.map(lambda part: np.copyto(sink[part], source[part]), halves)))
    fresh = best(lambda: np.empty(n // 8).fill(1.0), times=2)
    A = np.ones((3000, 3000), np.float32)
    square = 2 * 3000**3 / best(lambda: A @ A)
    small, one = computing(threads), computing(1)
    return Machine(2 * n / copy, n / fresh, max(square, small), computing(threads, pairs=True), small / one)


def computing(threads: int, times: int = 2000, *, pairs: bool = False) -> float:
    """Operations a second, in float32 or on pairs of bfloat16, of products that never leave a core's first cache."""
    from solve2vec.kernels.bfloat16.pairs import add_pairs_product
    from solve2vec.kernels.panels import add_product
    from solve2vec.linalg.rowblocks import aligned_full

    kind, width, product = (np.uint32, 128, add_pairs_product) if pairs else (np.float32, 256, add_product)

    def work(_: int) -> None:
        A, X = (aligned_full(shape, kind, 0 if pairs else 1e-6) for shape in ((256, width), (width, 32)))
        Y = aligned_full((256, 32), np.float32, 1e-6)
        for _ in range(times):
            product(A, X, Y)

    with ThreadPoolExecutor(threads) as pool:
        seconds = best(lambda: list(pool.map(work, range(threads))), times=3)
    return threads * times * 2 * 256 * 256 * 32 / seconds


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
    pairs: float
    why: str

    def bound(self, machine: Machine) -> float:
        """Seconds: the longer of moving the bytes and doing the arithmetic."""
        return max(self.bytes / machine.bandwidth, self.flops / machine.flops + self.pairs / machine.pairs)


def stages() -> list[Stage]:
    """Run the corridor once, after everything is compiled, and account for it."""
    from solve2vec import Formula, Tokenizer, VocabularyOptions, Window, embed, encode, read, solve
    from solve2vec.linalg import krylov
    from solve2vec.linalg.basis import COLUMNS
    from solve2vec.spectrum.solver import plan_for
    from solve2vec.target.from_corpus import target_of
    from solve2vec.target.plan import Plan

    text = measure.plain_text()
    tokenizer = Tokenizer(token_pattern="[a-z]+")
    warm_up = encode(read(text, tokenizer=tokenizer), selection=VocabularyOptions(5, 3_000)).shards(100)[0]
    rounded = Plan("rounded")
    embed(solve(target_of(warm_up, plan=rounded), 20, plan=rounded))

    found: list[krylov.Eigenpairs] = []
    original = krylov.leading_eigenpairs

    def watched(*arguments, **options):
        found.append(original(*arguments, **options))
        return found[-1]

    import solve2vec.spectrum.solver as room

    room.leading_eigenpairs = watched
    corpus, encoding = timed(lambda: encode(read(text, tokenizer=tokenizer), selection=VocabularyOptions(5, 30_000)))
    plan = plan_for(Formula(), len(corpus.vocabulary), DIM)
    target, counting = timed(lambda: target_of(corpus, Window(L, "harmonic"), plan=plan))
    spectrum, solving = timed(lambda: solve(target, DIM, plan=plan))
    with tempfile.TemporaryDirectory(dir=measure.RESULTS) as folder:
        made = {"corpus": corpus, "spectrum": spectrum, "embedding": embed(spectrum)}
        _, saving = timed(lambda: [stage.save(Path(folder) / name) for name, stage in made.items()])
    V, N, products, tiles = len(target), len(corpus), found[-1].products, target.packed.tiles
    held = sum(part.nbytes for tile in tiles for part in (tile.dense, tile.starts, tile.indices, tile.values))
    entries = sum(2 * tile.dense.size + tile.values.size for tile in tiles)
    grown = products - DIM  # the last products are those of the answer
    return [
        Stage("reading and encoding", encoding, text.stat().st_size + 12 * N, 0, 0,
              "every byte is looked at several times: UTF-8, pattern, case, hash of each token"),
        Stage("counting and packing", counting, 4 * N * 2 + held, 2 * L * N, 0,
              "an addition goes to a place of its own in the cache, not to the next: no vectors"),
        Stage("solving", solving, held * products / COLUMNS, 2 * 2 * V * grown * DIM, 2 * entries * products
              + 2 * V * grown**2, "rows of the block come from the second and third cache, one for each entry"),
        Stage("saving the run", saving, 2 * (4 * N + 8 * V * DIM), 0, 0,
              "pages of the file are fresh memory; a checksum of all of it"),
    ]  # fmt: skip


def timed(function):
    """The result and the seconds."""
    begun = time.perf_counter()
    made = function()
    return made, time.perf_counter() - begun


def main() -> None:
    """The table, and the same as JSON in results/."""
    from solve2vec.core.parallel import thread_count

    machine = measured_machine(thread_count())
    print(f"{measure.machine()}: {machine.bandwidth / 1e9:.1f} GB/s, fresh memory {machine.fresh / 1e9:.1f} GB/s, "
          f"{machine.flops / 1e9:.0f} GFLOP/s in float32, {machine.pairs / 1e9:.0f} on pairs, "
          f"{machine.gain:.2f} times those of one thread")  # fmt: skip
    print(f"{'stage':<22}{'took':>8}{'GB':>8}{'GFLOP':>8}{'bound':>9}{'times':>8}   why")
    rows = stages()
    for stage in rows:
        bound = stage.bound(machine)
        print(f"{stage.name:<22}{stage.seconds:7.2f}s{stage.bytes / 1e9:8.2f}{(stage.flops + stage.pairs) / 1e9:8.0f}"
              f"{bound:8.3f}s{stage.seconds / bound:7.1f}x   {stage.why}")  # fmt: skip
    kept = {"machine": vars(machine), "stages": [vars(stage) for stage in rows]}
    (measure.RESULTS / "roofline.json").write_text(json.dumps(kept, indent=1))


if __name__ == "__main__":
    main()
