"""Starts: how W and U begin, and how much of each mode there is in what they begin with.

A start of independent normal numbers holds about σ²d of every mode.  But modes rise one after another, and each one
that has risen takes its direction out of the d; of the k-th mode (from 0) what counts is the part that stands
perpendicular to the k stronger ones.  For normal numbers it is σ² χ² with d - k degrees of freedom (Bartlett's
decomposition), so late modes are later than σ²d would have it, and the d-th never rises.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.errors import InputError
from ..core.options import POSITIVE, SEED, Number, check_options, option


@dataclass(frozen=True)
class Start:
    """Independent normal numbers of one size, as a trainer draws them.

    Parameters
    ----------
    init_scale : float
        σ > 0, their standard deviation.
    dim : int
        d, columns of W.
    tied : bool
        One matrix W; or W and then U, from one stream of numbers.
    seed : int, optional
        Without one the start is not drawn: theory speaks of the average over all starts.
    depth : int
        L ≥ 2, layers of W A_2 … A_(L-1) Uᵀ; more than two are untied.  Without a seed each of them then holds σ√d
        along every mode, the start from which theory has the law of deep networks.

    Examples
    --------
    >>> W, U = Start(init_scale=1e-3, dim=2, tied=False, seed=0).draw(5)
    >>> W.shape, U.shape
    ((5, 2), (5, 2))
    """

    init_scale: float = option(
        help="σ, the standard deviation of the numbers that W and U begin with.", check=Number(above=0, most=1e100)
    )
    dim: int = option(help="Dimensions d.", check=POSITIVE)
    tied: bool = option(True, "One matrix for words and contexts, or one for each.")
    seed: int | None = option(None, "Of the start; without one, the average over starts.", SEED)

    depth: int = option(2, "Layers: more than two are W, U and d × d ones between.", Number(least=2, whole=True))

    def __post_init__(self) -> None:
        check_options(self)
        if self.depth > 2 and self.tied:
            raise InputError(
                f"a network of {self.depth} layers has a first and a last of its own: predict it untied (--untied)"
            )

    def draw(self, V: int) -> tuple[np.ndarray, np.ndarray | None]:
        """W_0 (V, d), and U_0 (V, d) or None where tied."""
        if self.seed is None:
            raise InputError("a start can be drawn only with a seed: give seed=0, or whatever the trainer had")
        rng = np.random.default_rng(self.seed)
        W = rng.standard_normal((V, self.dim)) * self.init_scale
        return W, None if self.tied else rng.standard_normal((V, self.dim)) * self.init_scale

    def between(self, V: int) -> list[np.ndarray]:
        """A_2 … A_(L-1), (d, d) each, drawn after W and U; none of two layers."""
        rng = np.random.default_rng(self.seed)
        rng.standard_normal((2, V, self.dim))
        return list(rng.standard_normal((self.depth - 2, self.dim, self.dim)) * self.init_scale)

    def typical_squares(self, K: int) -> np.ndarray:
        """(K,) s_0² of each mode as its logarithm is on average, 0 from the d-th mode on.

        log s_0² = log σ² + log 2 + ψ((d - k) / 2), the mean of log χ²; so half-way times are right on average.
        Two matrices share each mode, half and half: what grows is (W + U) / √2, and of that W and U get 1/√2
        each, so s_0² is half as large.
        """
        from scipy.special import digamma

        freedom = _freedom(self.dim, K)
        s0_squared = 2 * self.init_scale**2 * np.exp(digamma(np.maximum(freedom, 1) / 2))
        return np.where(freedom > 0, s0_squared * (1 if self.tied else 0.5), 0.0)

    def layer_products(self, K: int) -> np.ndarray:
        """(K,) s_0 = (σ√d)^L of each mode where all L layers hold σ√d of it; 0 from the d-th mode on."""
        return np.where(_freedom(self.dim, K) > 0, (self.init_scale * self.dim**0.5) ** self.depth, 0.0)

    def half_way_spread(self, λ: np.ndarray) -> np.ndarray:
        """(K,) the standard deviation of each half-way time over starts: √ψ₁((d - k) / 2) / (2 λ_k)."""
        from scipy.special import polygamma

        freedom = _freedom(self.dim, len(λ))
        spread = np.sqrt(polygamma(1, np.maximum(freedom, 1) / 2)) / (2 * np.abs(λ))
        return np.where(freedom > 0, spread, np.nan)


def _freedom(dim: int, K: int) -> np.ndarray:
    return dim - np.arange(K)


def perpendicular_squares(parts: np.ndarray) -> np.ndarray:
    """(K,) s_0² of each mode: the squared length of its part of the start that stands on those of stronger modes.

    Parameters
    ----------
    parts : (K, d) array
        v_kᵀ W_0, strongest mode first; or (u_kᵀ W_0 + v_kᵀ U_0) / 2 where untied.

    Examples
    --------
    >>> perpendicular_squares(np.array([[3.0, 0.0], [1.0, 2.0], [5.0, 5.0]])).round(9).tolist()
    [9.0, 4.0, 0.0]
    """
    K, d = parts.shape
    lengths = np.diagonal(np.linalg.qr(np.asarray(parts, np.float64).T)[1])
    return np.pad(lengths**2, (0, max(0, K - d)))[:K]
