"""Growth of one mode: the law of gradient flow from an aligned start, and the two factors that it is made of.

Everything is worked out from 2 ∫_0^t e^(2λs) ds = (e^(2λt) - 1) / λ, which is smooth at λ = 0 and is kept as a
logarithm: e^(2λt) itself leaves the range of floating point long before the last mode rises.
"""

from __future__ import annotations

import numpy as np


def log_growth(λ: np.ndarray, t: float) -> np.ndarray:
    """(n,) log g, with g = (e^(2λt) - 1) / λ > 0, for λ of either sign and t ≥ 0.

    Examples
    --------
    >>> np.exp(log_growth(np.array([1.0, 0.0, -1.0]), 0.5)).round(4).tolist()
    [1.7183, 1.0, 0.6321]
    """
    if t == 0:
        return np.full(np.shape(λ), -np.inf)
    x = 2 * np.asarray(λ, np.float64) * t
    return np.log(2 * t) + np.maximum(x, 0) + np.log(_share(x))


def ceiling(λ: np.ndarray, t: float) -> np.ndarray:
    """(n,) e^(2λt) / g = λ / (1 - e^(-2λt)) for t > 0: the most that a mode's strength can be at time t.

    It falls from infinity to λ, or to 0 for λ ≤ 0.
    """
    x = 2 * np.asarray(λ, np.float64) * t
    return np.exp(np.minimum(x, 0)) / (_share(x) * 2 * t)


def _share(x: np.ndarray) -> np.ndarray:
    """(1 - e^-|x|) / |x|, which is 1 at 0."""
    size = np.abs(x)
    return np.divide(-np.expm1(-size), size, out=np.ones_like(size), where=size > 0)


def aligned_strengths(λ: np.ndarray, s0_squared: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Strengths from a start of size s_0 along each mode, and nothing across [1]_.

    s_k²(t) = λ_k / (1 + (λ_k / s_0² - 1) e^(-2 λ_k t))

    Parameters
    ----------
    λ : (K,) array
        Of either sign; negative modes decay.
    s0_squared : (K,) array
        s_0² ≥ 0 of each mode.
    times : (T,) array
        t ≥ 0, in gradient-flow time.

    Returns
    -------
    (T, K) float64

    References
    ----------
    .. [1] Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear
       neural networks", ICLR 2014; for W Wᵀ: Karkada et al., NeurIPS 2025, arXiv:2502.09863.

    Examples
    --------
    >>> aligned_strengths(np.array([2.0]), np.array([0.5]), np.array([0.0, 100.0])).round(6).tolist()
    [[0.5], [2.0]]
    """
    from scipy.special import expit

    s0_squared = np.asarray(s0_squared, np.float64)
    with np.errstate(divide="ignore"):
        log_start = np.log(s0_squared)
    made = np.empty((len(times), len(λ)))
    for row, t in enumerate(times):  # s² = ceiling · s_0² g / (1 + s_0² g); at t = 0 the ceiling is infinite
        made[row] = s0_squared if t == 0 else ceiling(λ, t) * expit(log_start + log_growth(λ, t))
    return made


def half_way_times(λ: np.ndarray, s0_squared: np.ndarray) -> np.ndarray:
    """(K,) when each strength reaches λ_k / 2: τ_k = ln(λ_k / s_0² - 1) / (2 λ_k); NaN where it never crosses it.

    Examples
    --------
    >>> half_way_times(np.array([2.0, 2.0, -1.0]), np.array([0.5, 1.5, 0.1])).round(4).tolist()
    [0.2747, nan, nan]
    """
    λ, s0_squared = np.asarray(λ, np.float64), np.asarray(s0_squared, np.float64)
    rises = (λ > 0) & (s0_squared > 0) & (s0_squared < λ / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(rises, np.log(λ / s0_squared - 1) / (2 * λ), np.nan)
