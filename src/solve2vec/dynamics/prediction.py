"""Prediction: what training will learn, in which order and when, from the modes of the target alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core import progress
from ..core.errors import InputError, require_stage
from ..core.parallel import single_threaded_blas
from ..linalg.layers import LATER
from ..trajectory import Trajectory
from . import deep
from .begun import Begun, Given, Method, framed_flow, require_solved_from
from .growth import aligned_strengths
from .measures import losses, measured, strengths_of
from .rises import DOUBLINGS, alone, moments, span, together
from .starts import Start

if TYPE_CHECKING:
    from ..core.stage import Lineage
    from ..spectrum.spectrum import Spectrum
    from ..target.target import Target


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
        t ≥ 0, rising; by default 200 while modes rise one by one, and more where some mode must first push out
        another, until every mode that ever reaches half of λ_k has.
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
        which the exact method leaves out (see :class:`~solve2vec.dynamics.frame.FramedFlow`); ``half_way`` each
        τ_k, found on the flow itself and not between its moments: 0 where a mode begins above half of λ_k, None
        where it never rises; ``half_way_spread`` the aligned method's standard deviation of it over starts.

    Raises
    ------
    InputError
        If start and spectrum do not fit, the spectrum is not of the target, the times fall, or the exact method is
        asked for an unknown start.

    Notes
    -----
    A deep network, ``Start(depth=3, tied=False, …)`` or a list of its layers, learns ½‖M - W A_2 … Uᵀ‖².  Aligned, a
    mode of strength s follows ds/dt = L s^(2-2/L) (λ - s) from s_0 = (σ√d)^L; the exact method integrates the flow of
    all layers in the modes' frame, and stops looking for rises some times as late as these say.

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
    require_stage("predict", spectrum, "Spectrum", "make one with solve(target)")
    K = _checked_modes(spectrum, modes)
    require_solved_from(spectrum, target)
    begun = Begun.of(spectrum, start)
    follow = _aligned if begun.method(method) == "aligned" else _exact
    with single_threaded_blas():
        return follow(spectrum, begun, times, K, target)


def _aligned(
    spectrum: Spectrum, begun: Begun, times: Sequence[float] | np.ndarray | None, K: int, target: Target | None
) -> Trajectory:
    λ, L = np.asarray(spectrum.eigenvalues, np.float64), begun.how.depth
    if L == 2:
        s0 = begun.squares(spectrum)
        half_way = alone(λ, s0)[:K]
        time = moments(times, span(λ[:K], s0[:K]), half_way)
        strengths = aligned_strengths(λ, s0, time)
    else:
        s0 = begun.how.layer_products(len(λ))
        half_way = deep.half_way_times(λ, s0, L)[:K]
        time = moments(times, deep.span(λ[:K], s0[:K], L), half_way)
        strengths = deep.aligned_strengths(λ, s0, time, L)
    # ‖M - W Wᵀ‖² = ‖M‖² - Σ λ² - (λ - s²)², and half of the loss's factor where tied
    fallen = (strengths * (strengths - 2 * λ)).sum(axis=1)
    sizes = -np.sort(-strengths, axis=1)[:, : begun.how.dim]
    is_average = begun.W is None and L == 2  # deep, the law is that of one start
    spread = {"half_way_spread": _listed(begun.how.half_way_spread(λ[:K]))} if is_average else {}
    return Trajectory(
        model="theory",
        time=time,
        loss=losses(fallen, target, begun.how.tied),
        strengths=strengths[:, :K],
        eigenvalues=λ[:K],
        singular_values=sizes ** (1 / L),
        product_values=sizes,
        mode_names=spectrum.mode_names(K),
        lineage=_lineage(spectrum, begun, target, method="aligned", half_way=_listed(half_way), **spread),
    )


def _exact(
    spectrum: Spectrum, begun: Begun, times: Sequence[float] | np.ndarray | None, K: int, target: Target | None
) -> Trajectory:
    flow, λ = framed_flow(spectrum, begun, target, K), np.asarray(spectrum.eigenvalues[:K], np.float64)
    L = begun.how.depth
    doublings, ends = DOUBLINGS, None
    if L == 2:
        ends = span(λ, begun.squares(spectrum)[:K])
    elif alone_ends := deep.span(λ, begun.how.layer_products(K), L):  # layers must first turn to each other
        doublings, ends = 0, (alone_ends[0], LATER * alone_ends[1])
    half_way = together(lambda t: strengths_of(flow.frame, *flow.at(t)), λ, ends, doublings)
    time, rows = moments(times, ends, half_way), []
    with progress.task("predicting", len(time)) as advance:
        for t in time:
            rows.append(measured(flow.frame, *flow.at(float(t))))
            advance(1)
    column: dict[str, Any] = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return Trajectory(
        model="theory",
        time=time,
        loss=losses(column.pop("fallen"), target, begun.how.tied),
        eigenvalues=λ,
        mode_names=spectrum.mode_names(K),
        **column,
        lineage=_lineage(
            spectrum, begun, target, method="exact", half_way=_listed(half_way), imbalance=flow.imbalance,
            frame="all modes" if flow.frame.is_complete else f"{len(spectrum)} modes, 0 elsewhere",
        ),
    )  # fmt: skip


def _checked_modes(spectrum: Spectrum, modes: int | None) -> int:
    if modes is not None and modes < 1:
        raise InputError(f"modes must be at least 1, got {modes}")
    return min(len(spectrum), modes or len(spectrum))


def _listed(values: np.ndarray) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def _lineage(spectrum: Spectrum, begun: Begun, target: Target | None, **values: Any) -> Lineage:
    loss = "less its value at W = 0" if target is None else "absolute"
    return spectrum.lineage.then("predict", **begun.told, loss=loss, **values)
