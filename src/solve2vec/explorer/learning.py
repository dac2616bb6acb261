"""Learning: what the page knows of how modes rise, predicted and observed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..dynamics import Start, predict

if TYPE_CHECKING:
    from ..spectrum.spectrum import Spectrum
    from ..trajectory import Trajectory

INIT_SCALE = 1e-3  # as a share of √λ_K / √d: what every mode begins with is small beside what it becomes
MOMENTS = 250  # of a trajectory, at most
LINES = 12  # modes drawn of what is not slid along
SPREAD = 10.0  # of its moments, from which time is told in powers of ten


def small_start(spectrum: Spectrum, modes: int) -> Trajectory | None:
    """The closed form from a start so small that modes rise one by one; None where no mode can rise."""
    λ = np.asarray(spectrum.eigenvalues[:modes], np.float64)
    if not (λ > 0).all():
        return None
    scale = INIT_SCALE * float(np.sqrt(λ[-1] / modes))
    return predict(spectrum, Start(scale, modes, tied=spectrum.right_vectors is None), method="aligned", modes=modes)


def as_json(trajectories: Sequence[Trajectory], strengths: np.ndarray) -> dict[str, Any]:
    """Trajectories for the page; time runs along the first predicted one of all modes, which have λ ``strengths``."""
    course = next((one for one in trajectories if _follows(one, strengths)), None)
    told = [_moved(one, one is course) for one in trajectories if len(one) > 1]
    times = [t for one in told for t in one["time"] if t > 0]
    return {
        "trajectories": told,
        "log_time": bool(times) and max(times) > SPREAD * min(times),
        "half_way": None if course is None else course.lineage.values_of("predict").get("half_way"),
        "learning_note": _note(trajectories),
    }


def _follows(trajectory: Trajectory, strengths: np.ndarray) -> bool:
    λ = trajectory.eigenvalues
    return trajectory.model == "theory" and λ.shape == strengths.shape and np.allclose(λ, strengths, rtol=1e-6)


def _moved(trajectory: Trajectory, is_course: bool) -> dict[str, Any]:
    whole = np.isfinite(trajectory.loss) & np.isfinite(trajectory.strengths).all(axis=1)
    rows = np.flatnonzero(whole)
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOMENTS)).astype(int))] if len(rows) else rows
    strengths = trajectory.strengths[rows] if is_course else trajectory.strengths[rows, :LINES]
    return {
        "model": trajectory.model,
        "is_course": is_course,
        "time": _digits(trajectory.time[rows]),
        "loss": _digits(trajectory.loss[rows]),
        "strengths": _digits(strengths),
    }


def _note(trajectories: Sequence[Trajectory]) -> str:
    from ..plots import caption

    modes = f"The first {LINES} modes. " if any(one.strengths.shape[1] for one in trajectories) else ""
    said = "; ".join(f"{'lines' if one.model == 'theory' else 'circles'}: {caption(one)}" for one in trajectories)
    return f"{modes}{said[:1].upper()}{said[1:]}."


def _digits(values: np.ndarray) -> Any:
    """As lists, with the six digits that a picture has use for."""
    values = np.asarray(values, np.float64)
    flat = [float(f"{x:.6g}") for x in values.ravel().tolist()]
    return np.array(flat).reshape(values.shape).tolist()
