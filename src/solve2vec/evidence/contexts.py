"""Contexts: how much of a cosine each context that two words share brings about; the parts add up to it.

In a view of first order M ≈ V Λ Vᵀ, and a word's row is V_i Λ^p.  It is also Σ_c x_ic v_c with x_ic = (V_i Λ^p) · V_c,
what the word has of each context c, as columns of V are orthonormal; so the cosine is Σ_c x_ac x_bc over rows of length
1.  In a view of second order A = U Σ Zᵀ, and contexts are the rows of Z: a word so many places before or after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..core.resources import with_resources
from ..linalg.search import dots, largest
from ..target.directed import directed_target

if TYPE_CHECKING:
    from ..cooccurrence.directed import Directed
    from ..embedding.view import View
    from ..spectrum.spectrum import Spectrum


class Context(NamedTuple):
    """What two words have in common.

    Attributes
    ----------
    context : str
        A word; of second order with _ where the two words stand, and · for the place between.
    part : float
        Its part of the cosine: ``first`` times ``second``.
    first, second : float
        How much each of the two words has of it; below 0 if they shun each other.
    """

    context: str
    part: float
    first: float
    second: float


@dataclass(frozen=True, eq=False)
class SharedContexts:
    """The cosine of two words in one view, by contexts.

    Attributes
    ----------
    view : str
    cosine : float
        In -1 … 1.
    offsets : tuple of int
        Where a context stands: 0 for near, below 0 for before, above 0 for after.
    first, second : (offsets, V) float64
        How much each of the two words has of each context; their product adds up to the cosine.
    words : tuple of str, length V
    """

    view: str
    cosine: float
    offsets: tuple[int, ...]
    first: np.ndarray
    second: np.ndarray
    words: Sequence[str]

    @property
    def parts(self) -> np.ndarray:
        """(offsets, V) float64, the part of each context."""
        return self.first * self.second

    def largest(self, n: int = 10) -> list[Context]:
        """The ``n`` contexts with the largest parts, whatever their sign."""
        parts = self.parts.ravel()
        found = []
        for place in largest(abs(parts), n):
            offset, word = divmod(int(place), len(self.words))
            name = placed(self.words[word], self.offsets[offset])
            found.append(Context(name, *(float(of.ravel()[place]) for of in (self.parts, self.first, self.second))))
        return found


def placed(word: str, offset: int) -> str:
    """A context as people read it.

    >>> placed("tea", 0), placed("tea", 1), placed("tea", -1), placed("tea", 2)
    ('tea', '_ tea', 'tea _', '_ · tea')
    """
    between = ["·"] * (abs(offset) - 1)
    return " ".join([word] if offset == 0 else ["_", *between, word] if offset > 0 else [word, *between, "_"])


@with_resources
def shared_contexts(
    view: View, spectrum: Spectrum, first: str, second: str, directed: Directed | None = None, *,
    threads: int | None = None,
) -> SharedContexts:  # fmt: skip
    """The cosine of two words in a view, by the contexts that they share.

    Parameters
    ----------
    view : View
    spectrum : Spectrum
        Its modes.
    first, second : str
    directed : Directed
        The counts of a view of second order.

    Raises
    ------
    UnknownWordError
        If a word has no row.
    """
    ids = spectrum.vocabulary.ids([first, second])
    power = view.power / 2 if view.is_second_order else view.power
    rows = np.asarray(spectrum.eigenvectors)[ids] * np.asarray(spectrum.eigenvalues, np.float64) ** power
    lengths = np.sqrt(np.add.reduce(rows * rows, axis=1))[:, None]
    rows = rows / np.where(lengths > 0, lengths, 1)
    cosine = float(np.clip(np.add.reduce(rows[0] * rows[1]), -1, 1))
    if directed is None:
        offsets: tuple[int, ...] = (0,)
        has = np.stack([dots(np.asarray(spectrum.context_modes), row) for row in rows])[:, None]
    else:
        offsets = tuple(side * offset for offset in directed.offsets for side in (1, -1))
        weighted = rows * np.asarray(spectrum.eigenvalues, np.float64) ** -0.5
        left = np.stack([dots(np.asarray(spectrum.eigenvectors), row) for row in weighted], axis=1)
        sides = [side for T in directed_target(directed, view.directed).parts for side in (T.T @ left, T @ left)]
        has = np.stack(sides).transpose(2, 0, 1)
    return SharedContexts(view.name, cosine, offsets, has[0], has[1], spectrum.vocabulary.words)
