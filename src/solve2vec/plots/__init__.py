"""Plots: one stage on one axes, drawn with matplotlib (the extra ``plots``); nothing is computed here."""

from .caption import caption
from .dynamics import (
    plot_comparison,
    plot_half_way,
    plot_loss,
    plot_overlap,
    plot_singular_values,
    plot_strengths,
)
from .geometry import plot_geometry
from .growth import animate_growth
from .moves import plot_moves
from .relations import plot_bulk, plot_curves, plot_localization, plot_relations
from .spectrum import plot_eigenvalues, plot_modes

__all__ = [
    "animate_growth",
    "caption",
    "plot_bulk",
    "plot_comparison",
    "plot_curves",
    "plot_eigenvalues",
    "plot_geometry",
    "plot_half_way",
    "plot_localization",
    "plot_loss",
    "plot_modes",
    "plot_moves",
    "plot_overlap",
    "plot_relations",
    "plot_singular_values",
    "plot_strengths",
]
