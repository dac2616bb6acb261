"""Captions: what a picture shows, in one line, from the lineage of what was drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..target.kinds import KINDS

if TYPE_CHECKING:
    from ..trajectory import Trajectory


def caption(trajectory: Trajectory) -> str:
    """Name the model, how it starts, and what it learns from.

    Examples
    --------
    >>> import numpy as np
    >>> from solve2vec.core.stage import Lineage
    >>> from solve2vec.trajectory import Trajectory
    >>> lineage = Lineage().then("target", kind="mstar", negatives=5, shrinkage=0.0)
    >>> lineage = lineage.then("predict", init_scale=1e-4, dim=50)
    >>> none = np.zeros(0)
    >>> caption(Trajectory(model="theory", time=none, loss=none, strengths=none.reshape(0, 0), eigenvalues=none,
    ...                    lineage=lineage))
    'theory: σ = 0.0001, d = 50 · M*, κ = 0, k = 5'
    """
    parts = [_start(trajectory.beginning), _law(trajectory), _source(trajectory.source)]
    said = " · ".join(part for part in parts if part)
    return f"{trajectory.model}: {said}" if said else trajectory.model


def _law(trajectory: Trajectory) -> str:
    method = trajectory.lineage.values_of("predict").get("method")
    return "each mode by itself" if method == "aligned" else ""


def _start(values: dict[str, Any]) -> str:
    said = []
    if values.get("given") or values.get("warm_start"):
        said += ["a given start"]
    elif values.get("init_scale") is not None:
        said += ["along the modes"] * (values.get("start") == "aligned") + [f"σ = {values['init_scale']:g}"]
    said += [f"d = {values['dim']}"] if values.get("dim") is not None else []
    said += ["two matrices"] if values.get("tied") is False else []
    is_drawn = values.get("start") != "aligned" and not values.get("warm_start")
    said += [f"seed {values['seed']}"] if is_drawn and values.get("seed") is not None else []
    return ", ".join(said)


def _source(values: dict[str, Any]) -> str:
    letters = {"shrinkage": "κ"} if "kind" in values else {}  # drawn pairs have none
    letters |= {"negatives": "k", "context_smoothing": "α", "subsample": "subsampling"}
    said = [KINDS[values["kind"]].label if values["kind"] in KINDS else str(values["kind"])] if "kind" in values else []
    said += [f"{letter} = {values[name]:g}" for name, letter in letters.items() if values.get(name) is not None]
    said += [f"{values['weighting']} window {values['size']}"] if {"weighting", "size"} <= values.keys() else []
    return ", ".join(said)
