"""Plots: one stage on one axes, drawn with matplotlib (the extra ``plots``); nothing is computed here."""

from .spectrum import plot_eigenvalues, plot_modes

__all__ = ["plot_eigenvalues", "plot_modes"]
