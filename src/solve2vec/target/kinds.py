"""The targets: one row each.  Whatever names, checks, builds, compiles or documents a target reads this table.

Each is a function of C, the weighted counts of a pair, and E = k n P_i q_j, those that chance would give it.  κ is the
shrinkage, a ridge on each pair; ``floor`` stands for the logarithm of 0.  To add a target: its name in
:data:`KindName`, its row in :data:`KINDS`, and what ``tests/oracles_math.py`` expects of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

KindName = Literal["mstar", "shifted_pmi", "pmi", "ppmi"]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One target.

    Attributes
    ----------
    label : str
        Its name in a caption.
    formula, about : str
        Its definition, and what it is.
    source : str
        Where it was published.
    value : function of C, E, κ, floor
        M, arrays of float64; C ≥ 0 and E > 0.
    unseen : function of κ, floor
        M of all pairs that were never counted where it is one number, or None where it depends on E.
    above : function of C, E, κ, floor, above
        The part of M that stands above that of pairs never counted, value(C, E) - value(0, E), written such that
        nothing cancels: a loop over (n,) arrays that numba compiles, into ``above``, float32.
    shrinkage : float
        κ of the verb of this name, where none is asked for.
    shifted : str
        The target that takes more than one negative, where this one does not.
    """

    label: str
    formula: str
    about: str
    source: str
    value: Callable[[np.ndarray, np.ndarray, float, float], np.ndarray]
    unseen: Callable[[float, float], float | None]
    above: Callable[..., None]
    shrinkage: float = 0.0
    shifted: str = ""

    @cached_property
    def kernel(self) -> Any:
        """:attr:`above`, compiled."""
        from ..kernels.targets import compiled

        return compiled(self.above)


def _mstar(C: np.ndarray, E: np.ndarray, κ: float, floor: float) -> np.ndarray:
    return 2 * (C - E) / (C + E + κ)


def _mstar_above(C: Any, E: Any, κ: float, floor: float, above: Any) -> None:
    for k in range(above.size):  # 2 (C - E) / (C + E + κ) + 2 E / (E + κ), as one fraction of sums
        above[k] = 2 * C[k] * (2 * E[k] + κ) / ((C[k] + E[k] + κ) * (E[k] + κ))


def _pmi(C: np.ndarray, E: np.ndarray, κ: float, floor: float) -> np.ndarray:
    if κ > 0:
        return np.log((C + κ) / (E + κ))
    with np.errstate(divide="ignore"):
        return np.where(C > 0, np.log(C / E), floor)


def _pmi_above(C: Any, E: Any, κ: float, floor: float, above: Any) -> None:
    if κ > 0:
        for k in range(above.size):  # E + κ cancels
            above[k] = np.log((C[k] + κ) / κ)
    else:
        for k in range(above.size):
            above[k] = np.log(C[k] / E[k]) - floor


def _ppmi(C: np.ndarray, E: np.ndarray, κ: float, floor: float) -> np.ndarray:
    return np.maximum(0.0, _pmi(C, E, κ, floor))


def _ppmi_above(C: Any, E: Any, κ: float, floor: float, above: Any) -> None:
    under = 0.0 if κ > 0 else max(0.0, floor)
    for k in range(above.size):
        above[k] = max(0.0, np.log((C[k] + κ) / (E[k] + κ))) - under


def _pmi_unseen(κ: float, floor: float) -> float | None:
    return None if κ > 0 else floor


KINDS: dict[KindName, Kind] = {
    "mstar": Kind(
        label="M*",
        formula="2 (C - E) / (C + E + κ)",
        about="quadratic word embedding model",
        source="Karkada et al. 2025, arXiv:2502.09863",
        value=_mstar,
        unseen=lambda κ, floor: None if κ > 0 else -2.0,
        above=_mstar_above,
        shrinkage=0.5,
    ),
    "shifted_pmi": Kind(
        label="shifted PMI",
        formula="log((C + κ) / (E + κ))",
        about="PMI - log k, what skip-gram factorizes",
        source="Levy and Goldberg 2014",
        value=_pmi,
        unseen=_pmi_unseen,
        above=_pmi_above,
    ),
    "pmi": Kind(
        label="PMI",
        formula="log((C + κ) / (E + κ)), k = 1",
        about="pointwise mutual information",
        source="Church and Hanks 1990",
        value=_pmi,
        unseen=_pmi_unseen,
        above=_pmi_above,
        shifted="shifted_pmi",
    ),
    "ppmi": Kind(
        label="PPMI",
        formula="max(0, log((C + κ) / (E + κ)))",
        about="shifted PMI above 0",
        source="Levy and Goldberg 2014",
        value=_ppmi,
        unseen=lambda κ, floor: 0.0 if κ > 0 else max(0.0, floor),
        above=_ppmi_above,
    ),
}


DirectedName = Literal["ratio", "ppmi"]


@dataclass(frozen=True, kw_only=True)
class DirectedKind:
    """One target of directed counts: sparse, so pairs never counted are 0.

    Attributes
    ----------
    label, formula, about, source : str
        As in :class:`Kind`.
    value : function of C, r, c, n
        T ≥ 0 of counted pairs, from their counts, the sums of their rows and columns, and that of all counts.
    """

    label: str
    formula: str
    about: str
    source: str
    value: Callable[[np.ndarray, np.ndarray, np.ndarray, float], np.ndarray]


DIRECTED: dict[DirectedName, DirectedKind] = {
    "ratio": DirectedKind(
        label="smoothed ratio",
        formula="(C / √(r c))^ρ",
        about="canonical correlations where ρ = 1, their roots where ρ = ½",
        source="Stratos, Collins and Hsu 2015",
        value=lambda C, r, c, n: C / np.sqrt(r * c),
    ),
    "ppmi": DirectedKind(
        label="PPMI",
        formula="max(0, log(C n / (r c)))^ρ",
        about="pointwise mutual information above 0",
        source="Levy and Goldberg 2014",
        value=lambda C, r, c, n: np.maximum(0.0, np.log(C * n / (r * c))),
    ),
}
