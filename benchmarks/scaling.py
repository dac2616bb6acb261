"""How cost grows: seconds and memory of counting and solving against tokens, words, window, dimensions and threads.

python benchmarks/scaling.py                        # measures, each point a process of its own
python benchmarks/scaling.py plot docs/images/scaling.png
"""

from __future__ import annotations

import json
import resource
import sys
import time

import measure

BASE = {"share": 1.0, "V": 30_000, "L": 32, "d": 200, "threads": 2}
POINTS = {
    "share": [0.0625, 0.125, 0.25, 0.5, 1.0],
    "V": [3_750, 7_500, 15_000, 30_000, 60_000],
    "L": [2, 4, 8, 16, 32, 64],
    "d": [25, 50, 100, 200, 400],
    "threads": [1, 2],
}
LABELS = {"share": "million tokens", "V": "words V", "L": "window L", "d": "dimensions d", "threads": "threads"}


def one(setting: str) -> None:
    """One point, in this process."""
    from solve2vec import Formula, Tokenizer, VocabularyOptions, Window, encode, read, solve
    from solve2vec.core.resources import using
    from solve2vec.spectrum.solver import plan_for
    from solve2vec.target.from_corpus import target_of
    from solve2vec.target.plan import Plan

    at = BASE | json.loads(setting)
    threads = int(at["threads"])
    documents = read(measure.plain_text(), tokenizer=Tokenizer(token_pattern="[a-z]+"))
    begun = time.perf_counter()
    corpus = encode(documents, selection=VocabularyOptions(5, int(at["V"])), threads=threads)
    encoding = time.perf_counter() - begun
    part = corpus.shards(round(1 / at["share"]))[0]
    solve(target_of(part.shards(200)[0], plan=Plan("rounded")), 10, threads=threads)  # compiled
    plan = plan_for(Formula(), len(part.vocabulary), int(at["d"]))
    begun = time.perf_counter()
    with using(threads=threads):
        target = target_of(part, Window(int(at["L"]), "harmonic"), plan=plan)
    counted = time.perf_counter()
    made = solve(target, int(at["d"]), plan=plan, threads=threads)
    solved = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({
        "tokens": len(part), "encoding": encoding, "counting": counted - begun, "solving": solved - counted,
        "peak_mb": peak, "residual": made.worst_residual,
    }))  # fmt: skip


def all_points() -> None:
    """Every point; results/scaling.json keeps them."""
    kept: dict[str, list] = {}
    measure.run([sys.executable, __file__, "one", "{}"])  # compiles what is not cached yet
    for axis, values in POINTS.items():
        print(f"{LABELS[axis]:<16}{'counting':>10}{'solving':>10}{'memory':>10}")
        for value in values:
            found = measure.run([sys.executable, __file__, "one", json.dumps({axis: value})]).report
            kept.setdefault(axis, []).append({"value": value, **found})
            x = found["tokens"] / 1e6 if axis == "share" else value
            print(f"{x:<16,.4g}{found['counting']:9.2f}s{found['solving']:9.2f}s{found['peak_mb']:7.0f} MB",
                  flush=True)  # fmt: skip
    text = json.dumps({"machine": measure.machine(), "points": kept}, indent=1)
    (measure.RESULTS / "scaling.json").write_text(text)


def plot(path: str) -> None:
    """The points of results/scaling.json as one picture."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    kept = json.loads((measure.RESULTS / "scaling.json").read_text())
    axes_of = [axis for axis in POINTS if axis != "threads"]
    figure, all_axes = plt.subplots(2, len(axes_of), figsize=(13, 5.6), sharex="col", sharey="row")
    for axis, (top, bottom) in zip(axes_of, all_axes.T, strict=True):
        points = kept["points"][axis]
        x = [p["tokens"] / 1e6 if axis == "share" else p["value"] for p in points]
        for name, style in (("encoding", "^:"), ("counting", "o-"), ("solving", "s--")):
            top.loglog(x, [p[name] for p in points], style, color="black", markersize=4, label=name)
        bottom.loglog(x, [p["peak_mb"] / 1024 for p in points], "D-", color="black", markersize=4)
        bottom.set_xlabel(LABELS[axis])
        bottom.set_xticks(x, [f"{value:,.3g}" if value < 1000 else f"{value:,}" for value in x])
        bottom.minorticks_off()
        for axes in (top, bottom):
            axes.grid(True, color="0.9")
    for row, ticks in zip(all_axes, ([0.5, 1, 2, 5, 10], [0.75, 1, 1.5, 2, 3]), strict=True):
        row[0].set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        row[0].yaxis.minorticks_off()
    all_axes[0][0].set_ylabel("seconds")
    all_axes[1][0].set_ylabel("peak memory, GiB")
    all_axes[0][-1].legend(frameon=False, loc="upper left")
    figure.suptitle(f"enwiki105, otherwise V = 30,000, L = 32, d = 200; {kept['machine']}", fontsize=10)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        one(sys.argv[2])
    elif sys.argv[1:2] == ["plot"]:
        plot(sys.argv[2])
    else:
        all_points()
