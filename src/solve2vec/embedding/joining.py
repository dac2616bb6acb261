"""Joining: the rows of several views side by side, in the directions in which they vary most together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..core.errors import InputError, require_numbers, require_whole
from ..core.options import DIM, FINITE
from ..core.resources import with_resources
from ..linalg.rowblocks import row_blocks
from ..linalg.search import dots
from ..spectrum.solver import signs_of
from ..spectrum.spectrum import Spectrum
from .embedding import Embedding
from .view import View

POWER = 0.25  # of the eigenvalues of K = Z Zᵀ; ½ would be plain principal components
LEAST = 1e-7  # of the largest: an eigenvalue below is rounding


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class JoinedEmbedding(Embedding):
    """Vectors of several views, E = Z C with Z = [g_1 R_1, g_2 R_2, …] / √Σ g², R the views' rows of length 1.

    The inner product of two rows of Z is the mean of their cosines in the views, weighted by g².

    Attributes
    ----------
    views : tuple of str
        Their names.
    weights : tuple of float
        g of each.
    powers : tuple of float
        p of each.
    orders : tuple of int
        1 or 2 of each.
    modes : tuple of int
        K of each, the columns of R.
    coefficients : (ΣK, d) float32
        C.
    strengths : (d,) float64
        Eigenvalues of Zᵀ Z, falling.
    """

    views: tuple[str, ...]
    weights: tuple[float, ...]
    powers: tuple[float, ...]
    orders: tuple[int, ...]
    modes: tuple[int, ...]
    coefficients: np.ndarray
    strengths: np.ndarray

    def __post_init__(self) -> None:
        for name in ("views", "weights", "powers", "orders", "modes"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        super().__post_init__()

    def summary(self) -> dict[str, Any]:
        """What every embedding has, and the views."""
        return {**super().summary(), "views": ", ".join(self.views)}

    @property
    def view_shares(self) -> dict[str, float]:
        """g² / Σ g² of each view: how much its cosine counts."""
        whole = sum(weight**2 for weight in self.weights)
        return {view: weight**2 / whole for view, weight in zip(self.views, self.weights, strict=True)}

    def first(self, dim: int) -> Embedding:
        """The embedding in the first ``dim`` dimensions.

        Raises
        ------
        InputError
            If ``dim`` is below 1 or above :attr:`dim`.
        """
        return replace(super().first(dim), coefficients=self.coefficients[:, :dim], strengths=self.strengths[:dim])  # type: ignore[call-arg]

    def fold_in(self, counts: np.ndarray | Mapping[str, float], *, seen: float | None = None) -> np.ndarray:
        """Refuse: counts around a word do not say what stands before it and what after it.

        Raises
        ------
        InputError
            Always, with the way out.
        """
        raise InputError(
            f"a word is folded into one view, not into {' and '.join(self.views)} together: embed the run's wide "
            "spectrum (embed(run.spectrum)), whose vectors fold words in"
        )


@with_resources
def join(
    parts: Sequence[tuple[View, Spectrum]], *, dim: int = DIM, power: float = POWER, threads: int | None = None
) -> JoinedEmbedding:
    """One vector for each word, of several views.

    Z has the views' rows of length 1 side by side, each times its weight; Zᵀ Z = Q Λ Qᵀ, and E = Z Q_d Λ_d^(p - ½),
    λ_1 taken as 1.  Columns are nested: the first d of them are the answer for d, of the same modes.

    Parameters
    ----------
    parts : sequence of (View, Spectrum)
    dim : int
        d, at most the number of modes of all views.
    power : float
        p of the eigenvalues: columns have lengths Λ^p.
    threads : int, optional
        All cores by default; the result is the same.

    Raises
    ------
    InputError
        If views have other words or one name, no weight is above 0, or there are fewer than ``dim`` directions.
    """
    _check(parts, dim, power)
    scale = 1 / np.sqrt(sum(view.weight**2 for view, _ in parts))
    rows = [np.float32(view.weight * scale) * view.rows(spectrum) for view, spectrum in parts]
    Z = np.concatenate(rows, axis=1) if len(rows) > 1 else rows[0]
    del rows
    with row_blocks(len(Z)) as blocks:
        values, Q = np.linalg.eigh(blocks.gram(Z, Z))
        values, Q = values[::-1], Q[:, ::-1]
        found = int((values > LEAST * values[0]).sum())
        if dim > found:
            raise InputError(f"asked for {dim} dimensions; the views have {found} together: use dim={found} or less")
        strengths, Q = values[:dim].copy(), Q[:, :dim]
        C = (Q * signs_of(Q) * (strengths / strengths[0]) ** (power - 0.5)).astype(np.float32)
        vectors = blocks.times(Z, C)
    first = parts[0][1]
    names, weights = [view.name for view, _ in parts], [float(view.weight) for view, _ in parts]
    how: dict[str, Any] = {"dim": dim, "power": power, "views": names, "weights": weights}
    return JoinedEmbedding(
        vectors=vectors,
        vocabulary=first.vocabulary,
        views=tuple(names),
        weights=tuple(weights),
        powers=tuple(float(view.power) for view, _ in parts),
        orders=tuple(2 if view.is_second_order else 1 for view, _ in parts),
        modes=tuple(len(spectrum) for _, spectrum in parts),
        coefficients=C,
        strengths=strengths,
        lineage=first.lineage.then("join", **how, spectra=[spectrum.fingerprint for _, spectrum in parts]),
    )


def _check(parts: Sequence[tuple[View, Spectrum]], dim: int, power: float) -> None:
    if not parts:
        raise InputError("nothing to join: give at least one view with its spectrum")
    require_whole(dim=dim)
    FINITE("power", power)
    names = [view.name for view, _ in parts]
    if len(set(names)) < len(names):
        raise InputError(f"two views have one name: {', '.join(names)}")
    if not any(view.weight for view, _ in parts):
        raise InputError("no view has a weight above 0: nothing would be left")
    for _, spectrum in parts[1:]:
        if spectrum.vocabulary.words != parts[0][1].vocabulary.words:
            raise InputError("the views have other words: make them of one corpus")
    if dim < 1:
        raise InputError(f"asked for {dim} dimensions; ask for at least 1")


def with_share(parts: Sequence[tuple[View, Spectrum]], share: float) -> list[tuple[View, Spectrum]]:
    """The views weighted such that the cosine of second order counts ``share``, and that of first order the rest.

    0 asks what words are about, 1 what they could be replaced by; see :attr:`JoinedEmbedding.view_shares`.

    Raises
    ------
    InputError
        If it is not in 0…1, or there is no view of each order.
    """
    require_numbers(similarity=share)
    if not 0 <= share <= 1:
        raise InputError(f"similarity must be 0 … 1, the share of second order in a cosine, got {share}")
    if sorted(view.is_second_order for view, _ in parts) != [False, True]:
        raise InputError("similarity and relatedness are shares of two views, of first and of second order")
    return [
        (replace(view, weight=float(np.sqrt(share if view.is_second_order else 1 - share))), spectrum)
        for view, spectrum in parts
    ]


def similarity_in(parts: Sequence[tuple[View, Spectrum]], one: str, other: str) -> dict[str, float]:
    """The cosine of two words in each view: which of them brings the two together."""
    made = {}
    for view, spectrum in parts:
        rows = view.rows(spectrum, spectrum.vocabulary.ids([one, other]))
        made[view.name] = float(np.clip(dots(rows[:1], rows[1])[0], -1, 1))
    return made
