"""A linear network learns from saddle to saddle: it rests near the best matrix of rank 1, then 2, then 3 …

Two layers, W Uᵀ, three, W A Uᵀ, and four go down the whole gradient of ½‖M - product‖² from a tiny random start, where
M is M* of a planted corpus, or of the 500 most frequent words of Wikipedia.  The rank-r truncations of M* are saddles
of the loss: near each the gradient all but vanishes and the loss stands still.  The more layers, the longer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from workshop import claim, save_figure, wikipedia_counts

from solve2vec import PopulationOptions, Start, Target, mstar, planted_corpus, population, predict, solve
from solve2vec.plots import style

RANK, HIDDEN = 5, 20
STARTS = {"two": (2, 1e-12), "three": (3, 0.003), "four": (4, 0.03)}  # layers, and the size of an entry at the start
MOMENTS = 500
LATER = 1.5  # times the predicted rise of the last mode: the modes before delay it


@dataclass
class Path:
    """Where a network was, seen from M and its truncations M_1 … M_d, the saddles."""

    M: np.ndarray
    time: list[float] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    gradient: list[float] = field(default_factory=list)
    distance: list[list[float]] = field(default_factory=list)  # to each saddle, as a share of ‖M_d‖

    def __post_init__(self) -> None:
        left, values, right = np.linalg.svd(self.M)
        self.values = values
        self.saddles = [(left[:, :r] * values[:r]) @ right[:r] for r in range(1, RANK + 1)]

    def see(self, time: float, W: np.ndarray, U: np.ndarray, loss: float, gradient: float) -> None:
        """Note where the product W Uᵀ is, the loss there, and how steep it is."""
        made, whole = W.astype(np.float64) @ U.T, np.linalg.norm(self.saddles[-1])
        self.time.append(time)
        self.loss.append(loss)
        self.gradient.append(gradient)
        self.distance.append([float(np.linalg.norm(made - saddle) / whole) for saddle in self.saddles])

    def told(self) -> list[dict[str, float]]:
        """At the moment nearest to each saddle: how near, and the gradient against its peaks before and after."""
        gradient, nearest = np.array(self.gradient), np.argmin(self.distance, axis=0)
        made = []
        for r, at in enumerate(nearest[:-1]):
            before, after = (0 if r == 0 else nearest[r - 1]), nearest[r + 1]
            peak = min(gradient[before : at + 1].max(), gradient[at : after + 1].max())
            made.append(
                {
                    "rank": r + 1,
                    "time": round(float(self.time[at]), 4),
                    "distance": round(self.distance[at][r], 4),
                    "gradient_over_its_lower_neighboring_peak": round(float(gradient[at] / peak), 4),
                }
            )
        return made


def descended(target: Target, layers: int, size: float) -> Path:
    """From independent normal numbers, until the last of ``RANK`` modes has risen; looked at evenly in time."""
    path = Path(target.toarray())
    settings = PopulationOptions(
        dim=HIDDEN, modes=RANK, tied=False, depth=layers, init_scale=size, integrator="stabilized", tolerance=1e-4
    )
    spectrum = solve(target, HIDDEN, tied=False)
    start = Start(size, HIDDEN, tied=False, seed=settings.seed, depth=layers)
    said = predict(spectrum, start, target=target)
    times = np.linspace(0, LATER * said.lineage.values_of("predict")["half_way"][RANK - 1], MOMENTS)[1:]
    looks: list[tuple[float, np.ndarray, np.ndarray]] = []
    run = population.train(
        target, settings, spectrum=spectrum, times=times, watch=lambda time, W, U: looks.append((time, W, U))
    ).trajectory
    # down a gradient flow dℒ/dt = -‖∇ℒ‖²: the gradient's size is read off the loss
    steep = np.sqrt(np.maximum(-np.gradient(run.loss, run.time), 0))
    for (time, W, U), loss, gradient in zip(looks, run.loss, steep, strict=True):
        path.see(time, W, U, float(loss), float(gradient))
    return path


def draw(paths: dict[str, Path]) -> None:
    """Loss, gradient and distance to each saddle against time, network by network."""
    figure, axes = style.pyplot().subplots(3, len(paths), figsize=(15, 8), sharex="col", layout="constrained")
    for column, (name, path) in zip(axes.T, paths.items(), strict=True):
        loss, distance = np.array(path.loss), np.array(path.distance)
        column[0].plot(path.time, (loss - loss[-1]) / (loss[0] - loss[-1]), color=style.DARK)
        column[1].semilogy(path.time, np.array(path.gradient) / max(path.gradient), color=style.DARK)
        for r in range(RANK):
            shade, line = (style.DARK, style.MIDDLE)[r % 2], ("-", "-", "--", "--", ":")[r]
            column[2].semilogy(path.time, distance[:, r], line, color=shade, linewidth=1.2, label=f"M$_{r + 1}$")
        column[0].set_title(name, fontsize="medium")
        column[1].set_ylim(1e-4, 2)
        column[2].set(ylim=(1e-4, 2), xlabel="time (gradient flow)")
        first = np.argmax(loss < 0.99 * loss[0] + 0.01 * loss[-1])
        column[2].set_xlim(0.8 * path.time[first], path.time[-1])
        for ax in column:
            ax.tick_params(which="minor", length=0)
            style.plain(ax)
    for ax, label in zip(
        axes[:, 0],
        ("loss, share of its fall", "gradient norm, share of the largest", "distance to M$_r$ / ‖M$_5$‖"),
        strict=True,
    ):
        ax.set_ylabel(label)
    figure.legend(*axes[2, 0].get_legend_handles_labels(), loc="outside lower center", ncols=RANK, frameon=False)
    save_figure(figure, "deep_linear")


def main() -> None:
    """Descend, look, draw."""
    with claim("deep_linear", "deep linear networks learn from saddle to saddle, one rank at a time") as found:
        world = planted_corpus()
        targets = {
            "planted": Target.from_array(world.mstar(), world.words),
            "Wikipedia": mstar(wikipedia_counts(10_000).head(500), shrinkage=0.0),
        }
        paths = {
            f"{name}, {layers} layers": descended(target, depth, size)
            for name, target in targets.items()
            for layers, (depth, size) in STARTS.items()
        }
        found |= {f"{name}: near each saddle": path.told() for name, path in paths.items()}
        found |= {
            f"{name}: distance from M_{RANK} at the end": round(path.distance[-1][-1], 6)
            for name, path in paths.items()
        }
        draw(paths)


if __name__ == "__main__":
    main()
