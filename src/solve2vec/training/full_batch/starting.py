"""What population training is told, where it starts, and when it is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...core.errors import InputError
from ...core.options import ABOVE_0, INSIDE_0_1, POSITIVE, SEED, check_options, option
from ...embedding.embedding import Embedding
from ...spectrum.solver import Solver, solve
from ..recorder import require_same_words

if TYPE_CHECKING:
    from ...spectrum.spectrum import Spectrum
    from ...target.target import Target

ALIGNED = 1e-5  # residual of the modes that an aligned start is made of, as a share of λ_1
RISE = 3.0  # a mode is followed until e^(-2 RISE) of its strength is missing

LossName = Literal["unweighted", "quadratic", "logistic", "unweighted-logistic"]
Start = Literal["random", "aligned"]
Integrator = Literal["fixed", "adaptive", "stabilized"]
Spacing = Literal["log", "linear"]


@dataclass(frozen=True)
class PopulationOptions:
    """What is trained, from where, and how it is followed.

    Parameters
    ----------
    loss : {"unweighted", "quadratic", "logistic", "unweighted-logistic"}
        ¼‖W Wᵀ - M‖² (tied) or ½‖W Uᵀ - M‖²; the same squares with word2vec's own weights; SGNS itself; SGNS with each
        pair's loss divided by its weight.
    dim : int
        d ≥ 1.
    tied : bool
        One matrix, or two.
    start : {"random", "aligned"}
        Gaussian entries; or s_0 along each of the ``dim`` leading modes, the closed form's own setting.
    init_scale : float
        σ > 0, the standard deviation of an entry; s_0 = σ√d, the mean size along any direction, for both starts.
    seed : int
        Of the random start.
    integrator : {"fixed", "adaptive", "stabilized"}
        Gradient descent; an ODE solver of order 8 that chooses its steps; or one of order 2 for stiff flows, which
        those of weighted losses are.
    learning_rate : float, optional
        η > 0, one step's share of the unit of time; by default half of the largest stable one, and at most
        0.02 / λ_1, so that half-way times, late by η λ_k / 2, are true to 1 %.
    tolerance : float
        In (0, 1): of each adaptive step, as a share of each entry and of σ.
    duration : float, optional
        Above 0, in units of flow; by default until the last followed mode has risen to 99.7 % of its strength.
    modes : int
        K, how many modes are followed; at most ``dim`` of them.
    points : int
        Moments recorded, besides the start.
    spacing : {"log", "linear"}
        Of the moments: in equal ratios from a fifth of the first half-way time on, or in equal distances.
    """

    loss: LossName = option(
        "unweighted", "unweighted (what theory solves), quadratic, logistic (SGNS), or that without weights."
    )
    dim: int = option(50, "Dimensions of the vectors.", POSITIVE)
    tied: bool = option(True, "One matrix for words and contexts, or two.")
    start: Start = option("random", "Gaussian entries, or the leading modes themselves, made small.")
    init_scale: float = option(1e-4, "σ, standard deviation of an entry at the start.", ABOVE_0)
    seed: int = option(0, "Seed of the random start.", SEED)
    integrator: Integrator = option(
        "fixed", "Gradient descent, an ODE solver that chooses its own steps, or one for stiff (weighted) losses."
    )
    learning_rate: float | None = option(None, "Size of a step in units of flow; by default a stable one.", ABOVE_0)
    tolerance: float = option(1e-6, "Relative error of an adaptive step.", INSIDE_0_1)
    duration: float | None = option(
        None, "Units of flow; by default until each followed mode would have risen by itself.", ABOVE_0
    )
    modes: int = option(20, "Leading modes that are followed.", POSITIVE)
    points: int = option(80, "Moments recorded.", POSITIVE)
    spacing: Spacing = option("log", "Moments in equal ratios or distances.")

    def __post_init__(self) -> None:
        check_options(self)


def followed_modes(target: Target, settings: PopulationOptions, spectrum: Spectrum | None) -> Spectrum:
    """The given modes, checked, or the leading ones of ``target``."""
    needed = settings.dim if settings.start == "aligned" else 1
    if spectrum is None:
        wanted = max(min(settings.modes, settings.dim), needed)
        tolerance = ALIGNED if settings.start == "aligned" else Solver.tolerance
        try:
            return solve(target, wanted, tied=settings.tied, solver=Solver(tolerance=tolerance))
        except InputError as error:
            raise InputError(f"following the modes={wanted} leading modes: {error}") from error
    require_same_words(spectrum, target.vocabulary)
    if (spectrum.right_vectors is None) != settings.tied:
        raise InputError(f"tied={settings.tied} training follows modes of solve(target, tied={settings.tied})")
    if len(spectrum) < needed:
        raise InputError(
            f"an aligned start in {needed} dimensions takes {needed} modes, the spectrum has "
            f"{len(spectrum)}: solve for more, or use dim={len(spectrum)}"
        )
    return spectrum


def starting_point(
    target: Target,
    settings: PopulationOptions,
    spectrum: Spectrum,
    warm_start: Embedding | np.ndarray | tuple[np.ndarray, np.ndarray] | None,
) -> np.ndarray:
    """(m, V, d) float64: W, and U where untied."""
    shape = (1 if settings.tied else 2, len(target), settings.dim)
    if warm_start is not None:
        return _carried(warm_start, shape)
    if settings.start == "random":
        return settings.init_scale * np.random.default_rng(settings.seed).standard_normal(shape)
    size = settings.init_scale * settings.dim**0.5
    return size * np.stack([modes[:, : settings.dim] for modes in _sides(spectrum)]).astype(np.float64)


def end_point(spectrum: Spectrum, state: np.ndarray) -> np.ndarray:
    """Where training without weights would end, W = V Λ^½, as far as the modes are known; of the shape of ``state``."""
    made = np.zeros_like(state)
    K = min(len(spectrum), state.shape[2])
    for side, modes in zip(made, _sides(spectrum), strict=True):
        side[:, :K] = modes[:, :K] * np.sqrt(np.maximum(spectrum.eigenvalues[:K], 0))
    return made


def half_way_times(spectrum: Spectrum, state: np.ndarray, K: int) -> np.ndarray:
    """(K,) τ_k = ln(λ_k / s_k² - 1) / (2 λ_k), s_k² the start's own size along mode k; 0 where it is past half.

    Untied, what grows along mode k is the mean of v_kᵀW and of r_kᵀU.
    """
    along = sum(modes[:, :K].astype(np.float64).T @ side for modes, side in zip(_sides(spectrum), state, strict=True))
    sizes = ((along / len(state)) ** 2).sum(axis=1)
    λ = spectrum.eigenvalues[:K]
    if not sizes.any():
        raise InputError("the start has nothing along the modes to follow, and would stay there: start elsewhere")
    ratio = np.maximum(λ / np.maximum(sizes, np.finfo(float).tiny) - 1, 1.0)
    return np.log(ratio) / (2 * λ)


def recorded_times(
    settings: PopulationOptions, half_way: np.ndarray, λ: np.ndarray, times: Sequence[float] | np.ndarray | None
) -> np.ndarray:
    """(T,) 0, then rising to the end."""
    if times is not None:
        given = np.asarray(times, dtype=np.float64)
        if given.ndim != 1 or not given.size or not np.isfinite(given).all() or (np.diff(given) <= 0).any():
            raise InputError("times must be finite numbers that rise")
        if given[0] < 0 or given[-1] <= 0:
            raise InputError(f"times must be 0 or later, and end after 0, got {given[0]:g} to {given[-1]:g}")
        return given if given[0] == 0 else np.r_[0.0, given]
    end = settings.duration or float((half_way + RISE / λ).max())
    if settings.spacing == "linear":
        return np.linspace(0, end, settings.points + 1)
    rising = half_way[half_way > 0]
    first = min(float(rising.min()) / 5, end / 5) if len(rising) else end / 100
    return np.r_[0.0, np.geomspace(first, end, settings.points)]


def _sides(spectrum: Spectrum) -> list[np.ndarray]:
    right = spectrum.right_vectors
    return [np.asarray(side) for side in (spectrum.eigenvectors, right) if side is not None]


def _carried(
    warm_start: Embedding | np.ndarray | tuple[np.ndarray, np.ndarray], shape: tuple[int, int, int]
) -> np.ndarray:
    if isinstance(warm_start, Embedding):
        W, U = warm_start.vectors, warm_start.context_vectors
    else:
        W, U = warm_start if isinstance(warm_start, tuple) else (warm_start, None)
    if U is not None and shape[0] == 1:
        raise InputError("the warm start has vectors for contexts: train with tied=False, or give its W alone")
    made = np.empty(shape)
    for at, given in enumerate([W, W if U is None else U][: shape[0]]):
        if np.shape(given) != shape[1:]:
            raise InputError(
                f"the warm start has shape {np.shape(given)}, the model {shape[1:]}: set dim, or the words"
            )
        made[at] = given
    if not np.isfinite(made).all():
        raise InputError("the warm start has an entry that is not a finite number")
    return made
