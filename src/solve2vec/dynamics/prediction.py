"""Prediction: what training will learn, in which order and when, from the modes of the target alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import progress
from ..errors import InputError
from ..parallel import single_threaded_blas
from ..trajectory import Trajectory
from .begun import Begun, Given, Method, checked_times, framed_flow, require_solved_from
from .growth import aligned_strengths, half_way_times
from .measures import losses, measured
from .starts import Start

if TYPE_CHECKING:
    from ..spectrum import Spectrum
    from ..stage import Lineage
    from ..target import Target


def predict(
    spectrum: Spectrum,
    start: Start | Given,
    *,
    method: Method | None = None,
    times: Sequence[float] | np.ndarray | None = None,
    modes: int | None = None,
    target: Target | None = None,
) -> Trajectory:
    """The closed form of gradient flow: which modes rise, in which order and when.

    Tied, dW/dt = (M - W Wᵀ) W, the flow of the loss ¼‖M - W Wᵀ‖²; untied, dW/dt = (M - W Uᵀ) U and
    dU/dt = (Mᵀ - U Wᵀ) W, that of ½‖M - W Uᵀ‖².

    Parameters
    ----------
    spectrum : Spectrum or SingularSpectrum
        The modes; a spectrum of eigenvalues for one matrix, of singular values for two.
    start : Start, (V, d) array, or two (V, d) arrays
        How W (and U) begin: drawn as a trainer draws them, or the very numbers.
    method : {"aligned", "exact"}
        ``"aligned"``: each mode by itself, s_k²(t) = λ_k / (1 + (λ_k/s_0² - 1) e^(-2λ_k t)); right for a small
        start and separate eigenvalues.  Without a seed s_0 is that of the average start.  ``"exact"``: the
        matrix Riccati solution for the very start, of any size; the default where the start is known.
    times : (T,) array, optional
        t ≥ 0, rising; by default 200 that see every mode rise.
    modes : int, optional
        K, how many modes to follow; all of them by default.
    target : Target, optional
        What the spectrum was solved from.  Gives ‖M‖², and so the loss itself rather than how far it falls below
        its value at W = 0.  With at most 5,000 words the exact method takes all modes from it, not only the solved
        ones.

    Returns
    -------
    Trajectory
        Its lineage says what it rests on: ``frame`` is "all modes", or "K modes, 0 elsewhere";
        ``loss`` "absolute" or "less its value at W = 0"; ``imbalance`` ‖WᵀW - UᵀU - δI‖ of an untied start,
        which the exact method leaves out (see :class:`~solve2vec.dynamics.frame.FramedFlow`); ``half_way`` and
        ``half_way_spread`` the aligned method's τ_k and their standard deviation over starts.

    Raises
    ------
    InputError
        If start and spectrum do not fit, the spectrum is not of the target, the times fall, or the exact method is
        asked for an unknown start.

    References
    ----------
    Saxe, McClelland and Ganguli, ICLR 2014; Karkada et al., NeurIPS 2025, arXiv:2502.09863 (aligned).
    Fukumizu, ICONIP 1998; Braun, Dominé, Fitzgerald and Saxe, NeurIPS 2022; Dominé et al., ICLR 2025 (exact).

    Examples
    --------
    >>> import solve2vec
    >>> target = solve2vec.Target.from_array([[2.0, 1.0], [1.0, 2.0]], ["a", "b"])
    >>> spectrum = solve2vec.solve(target, dim=2)
    >>> seen = predict(spectrum, Start(init_scale=1e-3, dim=2, seed=0), target=target)
    >>> [(round(float(s), 3), round(float(λ), 3)) for s, λ in zip(seen.strengths[-1], spectrum.eigenvalues)]
    [(3.0, 3.0), (1.0, 1.0)]
    """
    K = _checked_modes(spectrum, modes)
    require_solved_from(spectrum, target)
    begun = Begun.of(spectrum, start)
    follow = _aligned if begun.method(method) == "aligned" else _exact
    return follow(spectrum, begun, times, K, target)


def _aligned(
    spectrum: Spectrum, begun: Begun, times: Sequence[float] | np.ndarray | None, K: int, target: Target | None
) -> Trajectory:
    λ, s0_squared = np.asarray(spectrum.eigenvalues, np.float64), begun.squares(spectrum)
    moments = _moments(times, λ[:K], s0_squared[:K])
    strengths = aligned_strengths(λ, s0_squared, moments)
    # ‖M - W Wᵀ‖² = ‖M‖² - Σ λ² - (λ - s²)², and half of the loss's factor where tied
    fallen = (strengths * (strengths - 2 * λ)).sum(axis=1)
    sizes = -np.sort(-strengths, axis=1)[:, : begun.how.dim]
    spread = {} if begun.W is not None else {"half_way_spread": _listed(begun.how.half_way_spread(λ[:K]))}
    return Trajectory(
        model="theory",
        time=moments,
        loss=losses(fallen, target, begun.how.tied),
        strengths=strengths[:, :K],
        eigenvalues=λ[:K],
        singular_values=np.sqrt(sizes),
        product_values=sizes,
        mode_names=spectrum.mode_names(K),
        lineage=_lineage(
            spectrum, begun, target, method="aligned", half_way=_listed(half_way_times(λ, s0_squared)[:K]), **spread
        ),
    )


def _exact(
    spectrum: Spectrum, begun: Begun, times: Sequence[float] | np.ndarray | None, K: int, target: Target | None
) -> Trajectory:
    flow = framed_flow(spectrum, begun, target, K)
    moments = _moments(times, np.asarray(spectrum.eigenvalues[:K], np.float64), begun.squares(spectrum)[:K])
    rows = []
    with progress.task("predicting", len(moments)) as advance, single_threaded_blas():  # the matrices are small
        for t in moments:
            rows.append(measured(flow.frame, *flow.at(float(t))))
            advance(1)
    column: dict[str, Any] = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return Trajectory(
        model="theory",
        time=moments,
        loss=losses(column.pop("fallen"), target, begun.how.tied),
        eigenvalues=np.asarray(spectrum.eigenvalues[:K], np.float64),
        mode_names=spectrum.mode_names(K),
        **column,
        lineage=_lineage(
            spectrum, begun, target, method="exact", imbalance=flow.imbalance,
            frame="all modes" if flow.frame.is_complete else f"{len(spectrum)} modes, 0 elsewhere",
        ),
    )  # fmt: skip


def _checked_modes(spectrum: Spectrum, modes: int | None) -> int:
    if modes is not None and modes < 1:
        raise InputError(f"modes must be at least 1, got {modes}")
    return min(len(spectrum), modes or len(spectrum))


def _moments(times: Sequence[float] | np.ndarray | None, λ: np.ndarray, s0_squared: np.ndarray) -> np.ndarray:
    """The given times, or 0 and 200 in geometric steps from before the first rise until after the last."""
    if times is not None:
        return checked_times(times)
    rising = (λ > 0) & (s0_squared > 0)
    if not rising.any():
        raise InputError("no mode rises from this start: give the times to look at")
    λ, τ = λ[rising], np.nan_to_num(half_way_times(λ, s0_squared)[rising])
    first, last = np.maximum(τ - 3 / λ, 0.1 / λ).min(), (τ + 5 / λ).max()
    return np.concatenate([[0.0], np.geomspace(first, last, 200)])


def _listed(values: np.ndarray) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def _lineage(spectrum: Spectrum, begun: Begun, target: Target | None, **values: Any) -> Lineage:
    loss = "less its value at W = 0" if target is None else "absolute"
    return spectrum.lineage.then("predict", **begun.told, loss=loss, **values)
