"""Relations drawn: signal against the number of modes, and of one relation its spike, its bulk and its modes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import InputError
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..concepts.relations import Relation, Relations

NAMED, BINS, SHOWN = 6, 24, 100  # relations with a name; bars of eigenvalues; modes with a bar
STROKES = [(color, dash) for dash in ("-", (0, (4, 1.5))) for color in (style.DARK, style.MIDDLE, style.LIGHT)]
CURVES = {  # of a measure: title, axis, and whether it is drawn as a percentage
    "snr": ("Do pairs agree?  Signal to noise", "S/N = λ$_{max}$ / mean eigenvalue of RRᵀ", False),
    "nearest": ("How near is w$_b$ − w$_a$ + w$_c$ to the answer?", "cosine / that of its nearest other word", False),
    "accuracy": ("Analogies solved", "% right, every pair after every other", True),
}


def plot_curves(found: Relations, name: str, named: Sequence[str] = (), ax: Axes | None = None) -> Axes:
    """One measure of every relation against the number of modes.

    Parameters
    ----------
    found : Relations
    name : str
        ``snr`` or one of the measures of a relation.
    named : sequence of str
        Relations drawn dark with their intervals, six at most; all others are pale and have no name.
    ax : matplotlib Axes, optional
        Of a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If there is no such measure or relation, or matplotlib is not installed.
    """
    ax = style.axes_or_new(ax)
    if name not in found.relations[0].measures[0]:
        raise InputError(f"there is no measure {name!r}; there are {', '.join(found.relations[0].measures[0])}")
    title, label, is_percent = CURVES.get(name, (name, name, False))
    strokes = dict(zip((found[one].name for one in named), STROKES, strict=False))
    scale = 100 if is_percent else 1
    for one in found:
        values, low, high = scale * one.curve(name).T
        if one.name not in strokes:
            ax.plot(found.dims, values, color=style.LINE, linewidth=1, zorder=1)
            continue
        color, dash = strokes[one.name]
        ax.plot(found.dims, values, color=color, linestyle=dash, linewidth=1.8, label=_short(one.name))
        ax.fill_between(found.dims, low, high, color=color, alpha=0.12, linewidth=0)
    _by_modes(ax, found.dims)
    ax.set_title(title, fontsize="medium", loc="left")
    ax.set_ylabel(label)
    return ax


def plot_bulk(one: Relation, dim: int, ax: Axes | None = None) -> Axes:
    """Eigenvalues of R_d R_dᵀ / d in ``dim`` modes: the spike, and the bulk with the law of Marchenko and Pastur."""
    ax = style.axes_or_new(ax)
    values, bulk = one.eigenvalues(dim), one.bulk(dim)
    edge = bulk.high if np.isfinite(bulk.high) else float(values[1])
    width = max(edge, float(values[1])) * 1.15 / BINS
    ax.hist(
        values[1:],
        bins=[step * width for step in range(BINS + 1)],
        color=style.LIGHT,
        label="eigenvalues but the largest",
    )
    if np.isfinite(bulk.effective_dim):
        x = np.linspace(0, BINS * width, 400)
        law = bulk.density(x, len(one)) * width * (len(one) - 1)
        ax.plot(x, law, color=style.DARK, linewidth=1.6,
                label=f"chance alone: Marchenko–Pastur,\n{bulk.effective_dim:.0f} effective dimensions")  # fmt: skip
    right = BINS * width
    ax.set_xlim(0, 1.02 * max(right, float(values[0])))
    ax.set_ylim(0, 1.5 * ax.get_ylim()[1])
    ax.annotate(
        f"spike {values[0]:.3g}", (values[0], 0), (values[0], 0.3 * ax.get_ylim()[1]), ha="right", fontsize="small",
        arrowprops={"arrowstyle": "->", "color": style.MIDDLE},
    )  # fmt: skip
    ax.set_title(f"{_short(one.name)}, {dim} modes: spike and bulk", fontsize="medium", loc="left")
    ax.set_xlabel("eigenvalue of RRᵀ / d, R the relation vectors")
    ax.set_ylabel("how many")
    ax.legend(frameon=False, fontsize="small", loc="upper right")
    style.plain(ax)
    return ax


def plot_localization(one: Relation, ax: Axes | None = None, modes: int = SHOWN) -> Axes:
    """Each mode's share of the squared length of the mean relation vector, of the first ``modes``."""
    ax = style.axes_or_new(ax)
    shares = 100 * one.mean_shares()
    shown = min(modes, len(shares))
    ax.bar(np.arange(shown), shares[:shown], width=0.9, color=style.DARK)
    rest = "" if shown == len(shares) else f"\nnot shown, modes {shown}–{len(shares) - 1}: {shares[shown:].sum():.0f} %"
    spread = 1 / one.at(one.dims[-1])["localization"].value
    ax.set_title(f"{_short(one.name)}: modes of the mean vector", fontsize="medium", loc="left")
    ax.set_xlabel(f"mode; as if spread evenly on {spread:.0f} of {len(shares)}{rest}")
    ax.set_ylabel("% of its squared length")
    style.plain(ax)
    return ax


def plot_relations(found: Relations, relation: str | None = None, dim: int | None = None) -> Figure:
    """Six views: three curves of every relation by number of modes, and three of one relation.

    Parameters
    ----------
    found : Relations
    relation : str, optional
        The one below; by default that with the strongest signal.
    dim : int, optional
        In how many modes its spectrum is drawn; by default in all.

    Returns
    -------
    matplotlib Figure
    """
    strongest = sorted(found, key=lambda one: -float(np.nanmax(one.curve("snr")[:, 0])))
    below = found[relation] if relation else strongest[0]
    named = [below.name, *(one.name for one in strongest if one is not below)][:NAMED]
    named = [one.name for one in found if one.name in named]
    figure = style.pyplot().figure(figsize=(13, 8), layout="constrained")
    axes = figure.subplots(2, 3)
    for ax, name in zip(axes[0], CURVES, strict=True):
        plot_curves(found, name, named, ax)
    axes[0, 0].set_yscale("log")
    style.plain_ticks(axes[0, 0])
    plot_bulk(below, dim or found.dims[-1], axes[1, 0])
    plot_localization(below, axes[1, 1])
    _plot_cosines(below, axes[1, 2])
    pale = f"; pale: {len(found) - len(named)} more" if len(found) > len(named) else ""
    figure.legend(
        *axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=min(3, len(named)), frameon=False,
        title=f"relations, with intervals of {found.confidence:.0%}{pale}",
    )  # fmt: skip
    return figure


def _plot_cosines(one: Relation, ax: Axes) -> None:
    names = {"cosine": "two relation vectors", "answer": "w$_b$ − w$_a$ + w$_c$ and the answer", "on_mean": None}
    strokes = dict(zip(names, STROKES, strict=False))
    for name, label in names.items():
        values, low, high = one.curve(name).T
        color, dash = strokes[name]
        ax.plot(one.dims, values, color=color, linestyle=dash, linewidth=1.8,
                label=label or "squared: strongest direction and the mean")  # fmt: skip
        ax.fill_between(one.dims, low, high, color=color, alpha=0.12, linewidth=0)
    _by_modes(ax, one.dims)
    ax.set_ylim(min(0.0, ax.get_ylim()[0]), 1.3)
    ax.set_title(f"{_short(one.name)}: cosines", fontsize="medium", loc="left")
    ax.set_ylabel("mean cosine")
    ax.legend(frameon=False, fontsize="small", loc="upper right")


def _by_modes(ax: Any, dims: Sequence[int]) -> None:
    ax.set_xscale("log")
    style.plain_ticks(ax)
    ax.set_xlim(dims[0], dims[-1])
    ax.set_xlabel("modes learned, d")
    style.plain(ax)


def _short(name: str) -> str:
    return style.word_text([name], longest=30)
