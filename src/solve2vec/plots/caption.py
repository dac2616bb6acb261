"""Captions: what a picture shows, in one line, from the lineage of what was drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..trajectory import Trajectory


def caption(trajectory: Trajectory) -> str:
    """Name the model, how it starts, and what it learns from.

    Examples
    --------
    >>> import numpy as np
    >>> from solve2vec.stage import Lineage
    >>> from solve2vec.trajectory import Trajectory
    >>> lineage = Lineage().then("target", kind="mstar", shrinkage=0.0).then("predict", init_scale=1e-4, dim=50)
    >>> none = np.zeros(0)
    >>> caption(Trajectory(model="theory", time=none, loss=none, strengths=none.reshape(0, 0), eigenvalues=none,
    ...                    lineage=lineage))
    'theory: σ = 0.0001, d = 50 · M*, κ = 0'
    """
    lineage = trajectory.lineage
    start = next((step.values for step in reversed(lineage) if "init_scale" in step.values), {})
    parts = [_start(start), _source(lineage.values_of("target"), lineage.values_of("count"))]
    said = " · ".join(part for part in parts if part)
    return f"{trajectory.model}: {said}" if said else trajectory.model


def _start(values: dict[str, Any]) -> str:
    said = [f"{values['method']} start" if values.get("method") == "aligned" else ""]
    said += [f"σ = {values['init_scale']:g}"] if values.get("init_scale") is not None else []
    said += [f"d = {values['dim']}"] if values.get("dim") is not None else []
    said += ["two matrices"] if values.get("tied") is False else []
    said += [f"seed {values['seed']}"] if values.get("seed") is not None else []
    return ", ".join(part for part in said if part)


def _source(target: dict[str, Any], count: dict[str, Any]) -> str:
    said = [{"mstar": "M*"}.get(target["kind"], str(target["kind"]))] if "kind" in target else []
    said += [f"κ = {target['shrinkage']:g}"] if "shrinkage" in target else []
    said += [f"{count['weighting']} window {count['size']}"] if {"weighting", "size"} <= count.keys() else []
    return ", ".join(said)
