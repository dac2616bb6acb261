"""Views: what is looked at of a text, and how modes of it are read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..cooccurrence.directed import OFFSETS, whole_offsets
from ..cooccurrence.window import Window
from ..core.errors import InputError
from ..core.options import FINITE, FROM_0, INSIDE_0_1, POSITIVE, check_options, option
from ..linalg.search import unit_rows
from ..spectrum.spectrum import SecondOrderSpectrum, Spectrum
from ..target.directed import DirectedFormula
from ..target.formula import Formula


@dataclass(frozen=True, kw_only=True)
class View:
    """One way of looking at a text: which words are counted together, as which matrix, and what its modes weigh.

    A *first-order* view has a window and a formula: words are alike that stand near each other.  A *second-order* view
    has offsets: words are alike that stand in the same places, between the same words, so that each could stand in for
    the other.

    Parameters
    ----------
    name : str
    window : Window
        Of a first-order view.
    formula : Formula
        Of a first-order view.
    offsets : tuple of int, optional
        These make it a second-order view.
    directed : DirectedFormula
        Of a second-order view.
    modes : int
        K, however few dimensions are asked for: so dimensions are nested.
    words : int
        V / K is at least so many, since joining makes much of weak modes and those of few words are noise.
    share : float
        K is at least so many for each dimension.
    tolerance : float
        Of the solver, where none is asked for: as a share of λ_1, or of σ_1 σ where the view is of second order.
    power : float
        p of U Λ^p, or of U Σ^p where the view is of second order, before rows are brought to length 1.
    weight : float
        g ≥ 0, of the rows beside those of other views.
    """

    name: str = option(help="What it is called.")
    window: Window = option(Window(), "Which words are counted together, of a view of first order.")
    formula: Formula = option(Formula(), "As which matrix, of a view of first order.")
    offsets: tuple[int, ...] | None = option(None, "Places after a word that are counted: a view of second order.")
    directed: DirectedFormula = option(DirectedFormula(), "As which matrix, of a view of second order.")
    modes: int = option(200, "K, however few dimensions are asked for: so dimensions are nested.", POSITIVE)
    words: int = option(
        32, "V / K is at least so many: joining makes much of weak modes, of few words noise.", POSITIVE
    )
    share: float = option(1.0, "K is at least so many for each dimension.", FROM_0)
    tolerance: float = option(
        1e-3, "Of the solver, where none is asked for: a share of λ_1, or of σ_1 σ in second order.", INSIDE_0_1
    )
    power: float = option(0.5, "p of U Λ^p, or of U Σ^p in second order, before rows are brought to length 1.", FINITE)
    weight: float = option(1.0, "g, of the rows beside those of other views.", FROM_0)

    def __post_init__(self) -> None:
        check_options(self)
        if self.offsets is not None:
            object.__setattr__(self, "offsets", whole_offsets(self.offsets))

    @property
    def is_second_order(self) -> bool:
        """Whether words are alike by what stands beside them, not by standing near each other."""
        return self.offsets is not None

    def modes_for(self, dim: int, V: int) -> int:
        """K for ``dim`` dimensions of ``V`` words.

        >>> WIDE.modes_for(200, 30_000), NARROW.modes_for(200, 30_000), NARROW.modes_for(600, 30_000)
        (220, 200, 240)
        """
        return min(V, max(1, min(self.modes, V // self.words), math.ceil(self.share * dim)))

    def rows(self, spectrum: Spectrum, words: slice | np.ndarray = slice(None)) -> np.ndarray:
        """(V, K) float32, the rows of length 1 that the view reads off its modes; or those of some words.

        Raises
        ------
        InputError
            If the spectrum is of the other order.
        """
        if isinstance(spectrum, SecondOrderSpectrum) != self.is_second_order:
            raise InputError(
                f"the view {self.name!r} cannot be read off a {type(spectrum).__name__}: solve its own modes"
            )
        power = self.power / 2 if self.is_second_order else self.power  # λ = σ² there
        return unit_rows(np.asarray(spectrum.eigenvectors)[words] * (spectrum.eigenvalues**power).astype(np.float32))


WIDE = View(
    name="wide", formula=Formula(shrinkage=0.25, subsample=3e-5, noise="kept"), modes=220, share=0.75, tolerance=4e-3
)
NARROW = View(name="narrow", offsets=OFFSETS, modes=200, words=48, share=0.4, tolerance=7e-3, power=0.125, weight=0.7)
ViewName = Literal["wide", "narrow"]
VIEWS: dict[ViewName, View] = {"wide": WIDE, "narrow": NARROW}
