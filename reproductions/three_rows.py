"""word2vec, the quadratic model and theory learn the same modes: Figures 1 and 2 of arXiv:2502.09863, at its V and d.

Three rows, one matrix (W = U), 10,000 words in 200 dimensions, k = 1, the window of 16 with linear weights:

    word2vec         SGNS on drawn pairs with word2vec's sampling: one pass over 105 MB at a nearly constant rate
    quadratic model  down its whole gradient (the paper draws samples here as well, for days)
    theory           the exact flow of the same start, from the modes of M* alone

and two columns, the paper's two starts: s_k(0) of about 0.1, and of 1e-12.  What is scaled down: 17 million tokens of
text instead of 2 billion, one pass over it, and no samples in the second row.  The first row has word2vec's weights:
frequent pairs count more, so its steps come in an order of their own, and overlap.

Figure 1 shows the two trained rows of the small start again: the loss, the singular values, and the words in the plane
of two directions at three moments.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from workshop import claim, save_figure, wikipedia, wikipedia_counts

from solve2vec import (
    Formula,
    PopulationOptions,
    Spectrum,
    Target,
    TrainingOptions,
    Trajectory,
    Window,
    build_target,
    compare,
    population,
    predict,
    sgns,
    solve,
)
from solve2vec.plots import style
from solve2vec.training.full_batch.starting import starting_point

V, DIM, MODES = 10_000, 200, 40
STARTS = {"word2vec's start, $s_k(0) ≈ 0.1$": 0.1, "small start, $s_k(0) ≈ 10^{-12}$": 1e-12}
DARK, EVERY = 5, 20  # singular values that are dark; of the others, every 20th is pale
WINDOW = Window(16, "linear")


class Row(NamedTuple):
    """A row of Figure 2: its name, its trajectory, and W at every moment where it was kept."""

    name: str
    seen: Trajectory
    looks: list[np.ndarray]

    @property
    def first(self) -> float:
        """When its largest singular value squared is half of what it becomes: the unit of time of the row."""
        s = self.seen.singular_values[:, 0] ** 2
        return float(self.seen.time[np.argmax(s >= s[-1] / 2)])


def word2vec_row(size: float, spectrum: Spectrum) -> Row:
    """SGNS over the text once."""
    looks: list[np.ndarray] = []

    def look(W: np.ndarray) -> dict[str, float]:
        looks.append(W.astype(np.float32))
        return {}

    settings = TrainingOptions(
        dim=DIM, epochs=1, negatives=1, tied=True, init_scale=size / DIM**0.5, learning_rate=0.025,
        final_learning_rate=0.01, points=150, closed_gaps=False,
    )  # fmt: skip
    made = sgns.train(wikipedia(V), settings, window=WINDOW, spectrum=spectrum, probe=look)
    print(f"    word2vec: {made.facts['seconds']:.0f} s", flush=True)
    return Row("word2vec: SGNS on drawn pairs", made.trajectory, looks)


def other_rows(size: float, spectrum: Spectrum, target: Target) -> list[Row]:
    """The quadratic model down its gradient, and theory of the same start at its moments."""
    settings = PopulationOptions(
        dim=DIM, modes=MODES, init_scale=size / DIM**0.5, integrator="stabilized", tolerance=1e-2
    )
    [W] = starting_point(target, settings, spectrum, None)
    τ = predict(spectrum, W, modes=MODES).half_way()
    times = np.geomspace(τ[0] / 6, 1.4 * np.nanmax(τ), 90)
    looks = [W.astype(np.float32)]
    made = population.train(target, settings, spectrum=spectrum, times=times, watch=lambda _, W, __: looks.append(W))
    print(f"    quadratic model: {made.facts['steps']:.0f} steps, {made.facts['seconds']:.0f} s", flush=True)
    said = predict(spectrum, W, times=np.geomspace(times[0], times[-1], 300))
    return [
        Row("quadratic model: whole gradient", made.trajectory, looks),
        Row("theory: from the modes of M*", said, []),
    ]


def compared(row: Row, theory: Trajectory) -> dict[str, Any]:
    """What is kept of a row against theory, each in its own unit of time."""
    found = compare(theory, row.seen)
    ratios = [mode.ratio for mode in found.risen]
    return {
        "modes risen to half of λ": f"{len(found.risen)} of {len(found.modes)}",
        "order": found.order_agreement and round(found.order_agreement, 3),
        "half-way times over the predicted: quartiles": np.round(np.quantile(ratios, [0.25, 0.5, 0.75]), 2).tolist()
        if ratios else None,
        "median R²": found.median_r_squared and round(found.median_r_squared, 3),
        "overlap with the leading modes at the end": round(found.final_overlap, 3),
        "largest singular values at the end": np.round(row.seen.singular_values[-1, :5], 1).tolist(),
        "time of the first rise": float(f"{row.first:.3g}"),
    }  # fmt: skip


def draw_figure_2(columns: dict[str, list[Row]]) -> None:
    """Singular values of W against time, row by row and start by start."""
    figure, axes = style.pyplot().subplots(3, 2, figsize=(12, 9.6), sharey=True, layout="constrained")
    for column, (start, rows) in zip(axes.T, columns.items(), strict=True):
        for ax, row in zip(column, rows, strict=True):
            _draw_values(ax, row)
            ax.set_xlim(0.3, 30)
            ax.set_title(f"{row.name}; {start}", fontsize="medium", loc="left")
        column[-1].set_xlabel("time, in units of the row's first rise (its largest $s^2$ half of its end)")
    for ax in axes[:, 0]:
        ax.set_ylabel("singular values $s_k$ of W")
    figure.suptitle(
        f"Wikipedia, {V:,} words, d = {DIM}, W = U: the {DARK} largest, dark and lighter in turn; pale: every "
        f"{EVERY}th; others not shown (Figure 2)",
        fontsize="medium",
    )
    save_figure(figure, "three_rows")


def _draw_values(ax: Any, row: Row) -> None:
    values = row.seen.singular_values
    for k in (*range(DARK), *range(EVERY, values.shape[1], EVERY)):
        color, width = ((style.DARK, style.MIDDLE)[k % 2], 1.7) if k < DARK else (style.LIGHT, 0.9)
        ax.plot(row.seen.time / row.first, values[:, k], color=color, linewidth=width)
    ax.set_xscale("log")
    style.plain(ax)
    style.plain_ticks(ax)


def draw_figure_1(rows: list[Row], words: tuple[str, ...]) -> None:
    """Loss, singular values and three moments of the two trained rows."""
    figure = style.pyplot().figure(figsize=(15, 8.4), layout="constrained")
    for part, row in zip(figure.subfigures(2, 1), rows, strict=True):
        left, right = part.subfigures(1, 2, width_ratios=(1, 3))
        above, below = left.subplots(2, 1, sharex=True)
        t = row.seen.time / row.first
        above.plot(t[1:], row.seen.loss[1:], color=style.DARK)
        above.set_ylabel("loss")
        style.plain(above)
        _draw_values(below, row)
        below.set_ylabel("singular values")
        below.set_xlabel("time / first rise")
        below.set_xlim(0.3, min(30, t[-1]))
        part.suptitle(row.name, x=0.01, ha="left", fontsize="medium")
        _draw_places(right, row, words, (above, below))
    figure.suptitle(
        f"The small start again (Figure 1): singular values as in Figure 2; upright lines: the moments on the right, "
        f"where dots are {V // 4:,} words along the 1st and 3rd direction of the end",
        fontsize="medium",
    )
    save_figure(figure, "growth_rows")


def _draw_places(part: Any, row: Row, words: tuple[str, ...], marked: tuple[Any, Any]) -> None:
    """Words at three moments: after the first rise, after the third, and at the end."""
    last = row.looks[-1].astype(np.float64)
    left, s, right = np.linalg.svd(last, full_matrices=False)
    halves = [row.seen.time[np.argmax(row.seen.singular_values[:, k] > 0.5 * s[k])] for k in range(4)]
    moments = [np.sqrt(halves[0] * halves[1]), np.sqrt(halves[2] * halves[3]), row.seen.time[-1]]
    plane = right[[0, 2]].T
    named = [*np.argsort(left[:4000, 0])[[0, 1, -2, -1]], *np.argsort(left[:4000, 2])[[0, 1, -2, -1]]]
    limit = 1.1 * np.abs(last[:4000] @ plane).max()
    for ax, moment in zip(part.subplots(1, 3), moments, strict=True):
        at = int(np.abs(row.seen.time - moment).argmin())
        places = row.looks[at][::4].astype(np.float64) @ plane
        ax.plot(*places.T, ".", ms=1.5, color=style.LIGHT)
        for token in named:
            x, y = row.looks[at][token].astype(np.float64) @ plane
            ax.plot(x, y, "o", ms=3.5, color=style.DARK)
            ax.annotate(words[token], (x, y), (3, 3), textcoords="offset points", fontsize="small", **style.VERBATIM)
        ax.set(xlim=(-limit, limit), ylim=(-limit, limit), xlabel="1st direction", ylabel="3rd direction")
        ax.set_title(f"time {row.seen.time[at] / row.first:.2g}", fontsize="medium", loc="left")
        style.plain(ax)
        for own in marked:
            own.axvline(row.seen.time[at] / row.first, color=style.LINE, linewidth=1, zorder=0)


def main() -> None:
    """Two starts, three rows each."""
    sentence = "word2vec, the quadratic model and theory learn one direction after another, and nearly the same ones."
    with claim("three_rows", sentence) as found:
        counts = wikipedia_counts(V)
        # what one matrix learns is the symmetric part of M*, with word2vec's noise and thinning
        target = build_target(counts, Formula(negatives=1, context_smoothing=0.75, subsample=1e-3, shrinkage=0.0))
        spectrum = solve(target, DIM + 20)
        columns: dict[str, list[Row]] = {}
        for start, size in STARTS.items():
            print(f"  {start}", flush=True)
            columns[start] = rows = [word2vec_row(size, spectrum), *other_rows(size, spectrum, target)]
            for row in rows[:2]:
                found[f"s_k(0) = {size:g}: {row.name}"] = compared(row, rows[2].seen)
        found["settings"] = {
            "words": V, "dim": DIM, "negatives": 1, "context_smoothing": 0.75, "subsample": 1e-3, "window": 16,
            "word2vec": "1 pass, learning rate 0.025 to 0.01", "quadratic model": "stabilized, tolerance 0.01",
        }  # fmt: skip
        draw_figure_2(columns)
        draw_figure_1(list(columns.values())[1][:2], counts.vocabulary.words)


if __name__ == "__main__":
    main()
