"""What population training is told, where it starts, and when it is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ...core.errors import InputError
from ...core.options import ABOVE_0, INSIDE_0_1, POSITIVE, SEED, Number, check_options, option
from ...embedding.embedding import Embedding
from ...linalg.layers import LATER, product
from ...spectrum.solver import Solver, solve
from ..recorder import require_same_words
from .deep import joined, split

if TYPE_CHECKING:
    from ...spectrum.spectrum import Spectrum
    from ...target.target import Target

ALIGNED = 1e-5  # residual of the modes that an aligned start is made of, as a share of λ_1
LAYERS = Number(least=2, whole=True)
RISE = 3.0  # a mode is followed until e^(-2 RISE) of its strength is missing

LossName = Literal["unweighted", "quadratic", "logistic", "unweighted-logistic"]
Start = Literal["random", "aligned"]
Integrator = Literal["fixed", "adaptive", "stabilized", "exponential"]
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
    depth : int
        L ≥ 2, layers of the network W A_2 … A_(L-1) Uᵀ that learns M; the A are (d, d).  More than two are untied and
        learn the unweighted loss.
    start : {"random", "aligned"}
        Gaussian entries; or s_0 along each of the ``dim`` leading modes, the closed form's own setting.
    init_scale : float
        σ > 0, the standard deviation of an entry; s_0 = σ√d, the mean size along any direction, for both starts.
    seed : int
        Of the random start.
    integrator : {"fixed", "adaptive", "stabilized", "exponential"}
        Gradient descent; an ODE solver of order 8 that chooses its steps; one of order 2 for stiff flows, which those
        of weighted losses are; or one that follows exactly what makes these stiff, and is the fastest for many words.
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
    depth: int = option(2, "Layers: more than W and U stand between the two; unweighted and untied.", LAYERS)
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
        if self.depth > 2 and (self.tied or self.loss != "unweighted"):
            what = "has a first and a last of its own: set tied=False" if self.tied else "learns loss='unweighted' only"
            raise InputError(f"a network of {self.depth} layers {what}")
        if self.integrator == "exponential" and self.loss == "unweighted":
            raise InputError("the exponential integrator follows weighted losses: use integrator='adaptive'")

    def as_lineage(self) -> dict[str, Any]:
        """What a lineage keeps: all fields, but the depth only of deep networks."""
        return {name: value for name, value in asdict(self).items() if name != "depth" or value > 2}


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
    """(m, V, d) float64: W, and U where untied; of a deep network all its layers, as :class:`Deep` has them."""
    if settings.depth > 2:
        return _deep_start(len(target), settings, spectrum, warm_start)
    shape = (1 if settings.tied else 2, len(target), settings.dim)
    if warm_start is not None:
        return _carried(warm_start, shape)
    if settings.start == "random":
        return settings.init_scale * np.random.default_rng(settings.seed).standard_normal(shape)
    size = settings.init_scale * settings.dim**0.5
    return size * np.stack([modes[:, : settings.dim] for modes in _sides(spectrum)]).astype(np.float64)


def _deep_start(V: int, settings: PopulationOptions, spectrum: Spectrum, warm_start: Any) -> np.ndarray:
    """Normal numbers, W and U first; or the same size along each mode in every layer; or the layers that are given."""
    d, between = settings.dim, settings.depth - 2
    if warm_start is not None:
        return _carried_layers(warm_start, [(V, d), *[(d, d)] * between, (V, d)])
    if settings.start == "random":
        rng = np.random.default_rng(settings.seed)
        W, U = rng.standard_normal((2, V, d))
        return settings.init_scale * joined(W, list(rng.standard_normal((between, d, d))), U)
    W, U = (modes[:, :d].astype(np.float64) for modes in _sides(spectrum))
    return settings.init_scale * d**0.5 * joined(W, [np.eye(d)] * between, U)


def end_point(spectrum: Spectrum, state: np.ndarray, depth: int = 2) -> np.ndarray:
    """Where training without weights would end, W = V Λ^½, as far as the modes are known; of the shape of ``state``."""
    made = np.zeros_like(state)
    if depth > 2:  # every layer has Λ^(1/L)
        W, between, U = split(made, len(spectrum.vocabulary))
        K = min(len(spectrum), state.shape[2])
        size = np.maximum(spectrum.eigenvalues[:K], 0) ** (1 / depth)
        for side, modes in zip((W, U), _sides(spectrum), strict=True):
            side[:, :K] = modes[:, :K] * size
        for layer in between:
            layer[:K, :K] = np.diag(size)
        return made
    K = min(len(spectrum), state.shape[2])
    for side, modes in zip(made, _sides(spectrum), strict=True):
        side[:, :K] = modes[:, :K] * np.sqrt(np.maximum(spectrum.eigenvalues[:K], 0))
    return made


def half_way_times(spectrum: Spectrum, state: np.ndarray, K: int, depth: int = 2) -> np.ndarray:
    """(K,) τ_k = ln(λ_k / s_k² - 1) / (2 λ_k), s_k² the start's own size along mode k; 0 where it is past half.

    Untied, what grows along mode k is the mean of v_kᵀW and of r_kᵀU.
    """
    if depth > 2:
        return _deep_half_way_times(spectrum, state, K, depth)
    along = sum(modes[:, :K].astype(np.float64).T @ side for modes, side in zip(_sides(spectrum), state, strict=True))
    sizes = ((along / len(state)) ** 2).sum(axis=1)
    λ = spectrum.eigenvalues[:K]
    if not sizes.any():
        raise InputError("the start has nothing along the modes to follow, and would stay there: start elsewhere")
    ratio = np.maximum(λ / np.maximum(sizes, np.finfo(float).tiny) - 1, 1.0)
    return np.log(ratio) / (2 * λ)


def _deep_half_way_times(spectrum: Spectrum, state: np.ndarray, K: int, depth: int) -> np.ndarray:
    """(K,) about when mode k is half-way, (s_0^b - (λ/2)^b) / ((L-2) λ), b = 2/L - 1; later where not aligned.

    s_0 is what there would be if the layers stood along the mode: |v_kᵀW| |r_kᵀU| Π ‖A‖/√d.
    """
    W, between, U = split(state, len(spectrum.vocabulary))
    left, right = (
        modes[:, :K].astype(np.float64).T @ side for modes, side in zip(_sides(spectrum), (W, U), strict=True)
    )
    sizes = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    sizes *= np.prod([np.linalg.norm(layer) / len(layer) ** 0.5 for layer in between])
    λ, b = spectrum.eigenvalues[:K], 2 / depth - 1
    if not sizes.any():
        raise InputError("the start has nothing along the modes to follow, and would stay there: start elsewhere")
    aligned = np.abs((left @ product(between) * right).sum(axis=1)) > 0.9 * sizes
    τ = (np.maximum(sizes, np.finfo(float).tiny) ** b - (λ / 2) ** b) / ((depth - 2) * λ)
    return np.maximum(np.where(aligned, τ, LATER * (τ + 1 / λ)), 0.0)


def recorded_times(
    settings: PopulationOptions, half_way: np.ndarray, λ: np.ndarray, times: Sequence[float] | np.ndarray | None
) -> np.ndarray:
    """(T,) 0, then rising to the end."""
    if times is not None:
        return given_times(times)
    end = settings.duration or float((half_way + RISE / λ).max())
    if settings.spacing == "linear":
        return np.linspace(0, end, settings.points + 1)
    rising = half_way[half_way > 0]
    first = min(float(rising.min()) / 5, end / 5) if len(rising) else end / 100
    return np.r_[0.0, np.geomspace(first, end, settings.points)]


def given_times(times: Sequence[float] | np.ndarray) -> np.ndarray:
    """(T,) 0, then the times that were asked for."""
    given = np.asarray(times, dtype=np.float64)
    if given.ndim != 1 or not given.size or not np.isfinite(given).all() or (np.diff(given) <= 0).any():
        raise InputError("times must be finite numbers that rise")
    if given[0] < 0 or given[-1] <= 0:
        raise InputError(f"times must be 0 or later, and end after 0, got {given[0]:g} to {given[-1]:g}")
    return given if given[0] == 0 else np.r_[0.0, given]


def _sides(spectrum: Spectrum) -> list[np.ndarray]:
    right = spectrum.right_vectors
    return [np.asarray(side) for side in (spectrum.eigenvectors, right) if side is not None]


def _carried_layers(warm_start: Any, shapes: list[tuple[int, int]]) -> np.ndarray:
    if not isinstance(warm_start, Sequence) or isinstance(warm_start, str) or len(warm_start) != len(shapes):
        raise InputError(
            f"{len(shapes)} layers go on from {len(shapes)} arrays, W first and U last: give them in a list"
        )
    layers = [np.asarray(layer, np.float64) for layer in warm_start]
    for layer, shape in zip(layers, shapes, strict=True):
        if layer.shape != shape or not np.isfinite(layer).all():
            raise InputError(f"a layer of the warm start must be a finite {shape} array, got shape {layer.shape}")
    return joined(layers[0], layers[1:-1], layers[-1])


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
