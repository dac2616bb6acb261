"""The shape of a list of words drawn: its table, its function of distance, its modes, and the words in their plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..concepts.geometry import Geometry, Mode
    from ..concepts.shapes import ShapeName

NAMED = 40  # words whose names fit
ABOUT = {"M*": "M*", "vectors": "cosines", "masked": "cosines, own pairs masked"}
BELOW: dict[str, Any] = {"frameon": False, "fontsize": "small", "loc": "upper center", "ncols": 2, "columnspacing": 1.2}


def plot_table(found: Geometry, view: str, ax: Axes | None = None) -> Axes:
    """Every pair of the list, in its order; the diagonal is left white."""
    ax = style.axes_or_new(ax)
    n, table = len(found), found.views[view].table.copy()
    np.fill_diagonal(table, np.nan)
    image = ax.imshow(table, cmap="Blues")
    ax.figure.colorbar(image, ax=ax, shrink=0.8, label=f"{ABOUT[view]} of two words")
    step = max(1, n // 12)
    for set_ticks in (ax.set_xticks, ax.set_yticks):
        set_ticks(range(0, n, step), [_word(word) for word in found.words[::step]], **style.VERBATIM)
    ax.tick_params(axis="x", rotation=90)
    ax.set_title(f"Every pair: {ABOUT[view]}", fontsize="medium", loc="left")
    style.plain(ax)
    return ax


def plot_by_distance(found: Geometry, view: str, shape: ShapeName | None = None, ax: Axes | None = None) -> Axes:
    """What pairs have beyond the levels of their words, against their distance, beside what random lists have."""
    from ..concepts.shapes import distances, predicted

    ax = style.axes_or_new(ax)
    own = found.views[view]
    shape = "line" if (shape or own.nearest_shape) == "line" else "ring"
    apart, upper = distances(len(found), shape), np.triu(np.ones((len(found),) * 2, bool), 1)
    by = own.by_distance(shape)
    chance = np.array([own.by_chance[:, upper & (apart == distance)].mean(axis=1) for distance in by[:, 0]])
    low, high = np.quantile(chance, [0.025, 0.975], axis=1)
    ax.fill_between(by[:, 0], low, high, color=style.LINE, alpha=0.6, linewidth=0, label="95 % of random lists")
    ax.plot(apart[upper], own.residual[upper], ".", ms=4, color=style.LIGHT, label="one pair")
    ax.errorbar(by[:, 0], by[:, 1], by[:, 2], fmt="o", ms=5, color=style.DARK, label="mean and its error")
    fitted = predicted(own.residual, shape)
    ax.plot(by[:, 0], [fitted[upper & (apart == distance)].mean() for distance in by[:, 0]], "--", color=style.MIDDLE,
            label=f"fitted {shape}")  # fmt: skip
    ax.set_title(f"{ABOUT[view]} against distance on a {shape}", fontsize="medium", loc="left")
    ax.set_xlabel(f"steps apart on the {shape}")
    ax.set_ylabel("beyond the levels of the two words")
    ax.legend(bbox_to_anchor=(0.5, -0.13), **BELOW)
    style.plain(ax)
    return ax


def plot_scores(found: Geometry, ax: Axes | None = None) -> Axes:
    """How well each shape accounts for each view; open where it does not count."""
    ax = style.axes_or_new(ax)
    views = list(found.views)
    shapes = list(found.first.fits)
    for at, shape in enumerate(shapes):
        for row, name in enumerate(views):
            fit = found.views[name].fits[shape]
            y = at + 0.22 * (row - (len(views) - 1) / 2)
            color = (style.DARK, style.MIDDLE, style.LIGHT)[row]
            ax.plot([0, max(fit.score, -0.2)], [y, y], color=color, linewidth=1.5)
            ax.plot(max(fit.score, -0.2), y, "o", ms=7, color=color, markerfacecolor=color if fit.counts else "white",
                    label=name if at == 0 else None)  # fmt: skip
            ax.text(max(fit.score, 0) + 0.04, y, f"chance {fit.by_chance:.3f}", va="center", fontsize="x-small")
    ax.axvline(0, color=style.LINE, linewidth=1)
    ax.set_xlim(-0.25, 1.25)
    ax.set_yticks(range(len(shapes)), shapes)
    ax.set_ylim(len(shapes) - 0.4, -0.9)
    ax.set_xlabel("share of held-out pairs' variance predicted\n(open: does not count)")
    ax.set_title("Ring, line or tree?", fontsize="medium", loc="left")
    handles = {label: handle for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)}
    ax.legend(list(handles.values()), list(handles), frameon=False, fontsize="small", ncols=3, loc="upper left",
              columnspacing=1)  # fmt: skip
    style.plain(ax)
    return ax


def plot_places(found: Geometry, view: str, ax: Axes | None = None) -> Axes:
    """Words in the plane of the first two predicted modes: where the others put them, over where the shape would."""
    ax = style.axes_or_new(ax)
    modes = found.modes(view)
    (x, first), (y, second) = _columns(modes)[:2]
    said, seen = np.c_[x[1], y[1]], np.c_[x[0], y[0]]
    is_ring = found.first.nearest_shape == "ring"
    if found.first.nearest_shape != "tree":
        closed = np.r_[np.arange(len(said)), 0] if is_ring else np.arange(len(said))
        ax.plot(*said[closed].T, "-", color=style.LIGHT, linewidth=1.5, label="predicted")
        ax.plot(*seen[closed].T, "-", color=style.LINE, linewidth=1, zorder=0)
    ax.plot(*seen.T, "o", ms=4, color=style.DARK, label="where the other words put it")
    step = max(1, len(found) // NAMED + 1) if len(found) > NAMED else 1
    for word, place in list(zip(found.words, seen, strict=True))[::step]:
        ax.annotate(_word(word), place, (3, 3), textcoords="offset points", fontsize="small", **style.VERBATIM)
    told = ", ".join(f"{mode.agreement:.2f}" for mode in modes[: 1 if is_ring else 2])
    ax.set_title(f"{ABOUT[view]}; agreement {told}", fontsize="medium", loc="left")
    ax.set_xlabel(first)
    ax.set_ylabel(second)
    ax.margins(0.15)
    ax.legend(bbox_to_anchor=(0.5, -0.13), **BELOW)
    style.plain(ax)
    return ax


def plot_modes_along(found: Geometry, view: str, ax: Axes | None = None) -> Axes:
    """The first predicted modes along the list (lines), and where the others put each word (dots)."""
    ax = style.axes_or_new(ax)
    for ((places, values), name), color in zip(
        _columns(found.modes(view)), (style.DARK, style.MIDDLE, style.LIGHT), strict=False
    ):
        ax.plot(values, "-", color=color, linewidth=1.6, label=f"{name}")
        ax.plot(places, "o", ms=4, color=color, label="as put by the others")
    n = len(found)
    step = max(1, n // 12)
    ax.set_xticks(range(0, n, step), [_word(word) for word in found.words[::step]], rotation=90, **style.VERBATIM)
    ax.set_ylabel("value, each mode of length 1")
    ax.set_title("Predicted modes beside the vectors", fontsize="medium", loc="left")
    ax.legend(bbox_to_anchor=(0.5, -0.26), **BELOW)
    style.plain(ax)
    return ax


def plot_tree(found: Geometry, ax: Axes | None = None) -> Axes:
    """The tree of the first view: branches meet at what their pairs have beyond the levels of their words."""
    from scipy.cluster.hierarchy import dendrogram

    from ..concepts.shapes import pairs_of, tree_of

    ax = style.axes_or_new(ax)
    tree = tree_of(found.first.residual)
    drawn = dendrogram(tree, no_plot=True)
    top = float(pairs_of(found.first.residual).max())
    for x, y in zip(drawn["icoord"], drawn["dcoord"], strict=True):
        ax.plot(x, top - np.array(y), color=style.DARK, linewidth=1.2)
    ax.set_xticks(
        5 + 10 * np.arange(len(found)),
        [_word(found.words[leaf]) for leaf in drawn["leaves"]],
        rotation=90,
        **style.VERBATIM,
    )
    ax.margins(y=0.05)
    ax.set_ylabel("beyond the levels of the words")
    ax.set_title(f"The tree of {ABOUT[found.first.name]}", fontsize="medium", loc="left")
    style.plain(ax)
    return ax


def plot_geometry(found: Geometry) -> Figure:
    """Six views of a list: its pairs, their distances or their tree, which shape, its modes, and the words in a plane.

    Parameters
    ----------
    found : Geometry

    Returns
    -------
    matplotlib Figure
    """
    figure = style.pyplot().figure(figsize=(15, 10), layout="constrained")
    axes = figure.subplots(2, 3)
    names = list(found.views)
    first, vectors, last = names[0], "vectors", names[-1]
    plot_table(found, first, axes[0, 0])
    if found.first.nearest_shape == "tree":
        plot_tree(found, axes[0, 1])
    else:
        plot_by_distance(found, first, None, axes[0, 1])
    plot_scores(found, axes[0, 2])
    plot_modes_along(found, vectors, axes[1, 0])
    plot_places(found, vectors, axes[1, 1])
    if last == vectors:
        axes[1, 2].set_visible(False)
    else:
        plot_places(found, last, axes[1, 2])
    shape = found.shape
    told = (
        f"a {shape}" if shape else f"no shape beyond chance; drawn as what comes nearest, a {found.first.nearest_shape}"
    )
    named = style.word_text(
        [*found.words[:4], "…", found.words[-1]] if len(found) > 5 else list(found.words), longest=16
    )
    figure.suptitle(f"{named}: {told}", fontsize="medium", **style.VERBATIM)
    return figure


def _columns(modes: list[Mode]) -> list[tuple[tuple[np.ndarray, np.ndarray], str]]:
    """Of each column of each mode: where words are put and what is predicted, and its name."""
    made: list[tuple[tuple[np.ndarray, np.ndarray], str]] = []
    for mode in modes:
        m = mode.values.shape[1]
        names = [f"{mode.name}, {part}" for part in ("cosine", "sine")] if m == 2 else [mode.name]
        made += [((mode.places[:, k], mode.values[:, k]), names[k]) for k in range(m)]
    return made


def _word(word: Any) -> str:
    return style.word_text([word], longest=14)
