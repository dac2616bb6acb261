"""A linear network learns from saddle to saddle: it rests near the best matrix of rank 1, then 2, then 3 …

Two layers, W Uᵀ, are population training with two matrices; three, A B Cᵀ, are descended here.  Both learn M* of a
planted corpus and of the 500 most frequent words of Wikipedia from a tiny start.  The rank-r truncations of M* are
saddles of the loss: near each the gradient all but vanishes and the loss stands still.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from workshop import claim, save_figure, wikipedia_counts

from solve2vec import PopulationOptions, Target, mstar, planted_corpus, population
from solve2vec.plots import style

RANK = 5
TWO_LAYERS, THREE_LAYERS = 1e-12, 0.03  # size of the start


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

    def see(self, time: float, factors: list[np.ndarray]) -> None:
        """Note where the product of ``factors`` is, and how steep the loss ½‖M - product‖² is there."""
        made = np.linalg.multi_dot(factors)
        self.time.append(time)
        self.loss.append(0.5 * float(((self.M - made) ** 2).sum()))
        self.gradient.append(float(np.sqrt(sum((slope**2).sum() for slope in slopes(self.M, factors)))))
        whole = np.linalg.norm(self.saddles[-1])
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


def slopes(M: np.ndarray, factors: list[np.ndarray]) -> Iterator[np.ndarray]:
    """The gradient of ½‖M - F_1 F_2 … ‖² with respect to each factor."""
    error = np.linalg.multi_dot(factors) - M
    for at in range(len(factors)):
        slope = error
        for factor in factors[:at]:
            slope = factor.T @ slope
        for factor in reversed(factors[at + 1 :]):
            slope = slope @ factor.T
        yield slope


def two_layers(target: Target) -> Path:
    """Population training with two matrices from N(0, σ²)."""
    path = Path(target.toarray())
    settings = PopulationOptions(
        dim=RANK, modes=RANK, tied=False, init_scale=TWO_LAYERS, points=400, spacing="linear",
        learning_rate=0.1 / path.values[0],
    )  # fmt: skip
    population.train(target, settings, watch=lambda time, W, U: path.see(time, [W.astype(float), U.astype(float).T]))
    return path


def three_layers(target: Target) -> Path:
    """Gradient descent from orthonormal layers made small, which are balanced."""
    path = Path(target.toarray())
    rng, V, λ = np.random.default_rng(0), len(target), path.values
    factors = [
        THREE_LAYERS * np.linalg.qr(rng.standard_normal(shape))[0] for shape in ((V, RANK), (RANK, RANK), (V, RANK))
    ]
    factors[2] = factors[2].T
    # a mode of strength λ escapes at about 1 / (s_0 λ), and falls back at a rate of 3 λ^(4/3)
    rate, end = 0.4 / λ[0] ** (4 / 3), 5.0 / (THREE_LAYERS * λ[RANK - 1])
    steps = int(end / rate)
    for step in range(steps + 1):
        if step % (steps // 400) == 0:
            path.see(step * rate, factors)
        factors = [factor - rate * slope for factor, slope in zip(factors, slopes(path.M, factors), strict=True)]
    return path


def draw(paths: dict[str, Path]) -> None:
    """Loss, gradient and distance to each saddle against time, network by network."""
    figure, axes = style.pyplot().subplots(3, len(paths), figsize=(11.5, 8), sharex="col", layout="constrained")
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
            f"{name}, {layers} layers": descend(target)
            for name, target in targets.items()
            for layers, descend in (("two", two_layers), ("three", three_layers))
        }
        found |= {f"{name}: near each saddle": path.told() for name, path in paths.items()}
        found |= {
            f"{name}: distance from M_{RANK} at the end": round(path.distance[-1][-1], 6)
            for name, path in paths.items()
        }
        draw(paths)


if __name__ == "__main__":
    main()
