"""The trajectory: how loss, modes and scores move while a model learns, predicted or observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .core.errors import InputError
from .core.stage import Stage

SOURCE = (
    "kind", "negatives", "context_smoothing", "shrinkage", "subsample", "unigram", "symmetric", "floor", "size",
    "weighting",
)  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Trajectory(Stage):
    """T moments of one learning run.  Theory and trainers give the same type, so one can be laid over the other.

    Attributes
    ----------
    model : str
        What learns: ``"theory"``, ``"population quadratic"``, ``"sgns"``, …
    time : (T,) float64
        Rising, in units of gradient flow on ¼‖WWᵀ - M‖² (tied) or ½‖WUᵀ - M‖² (untied).
    loss : (T,) float64
        Of the model itself, so losses of two models are not one scale.
    strengths : (T, K) float64
        s_k² = v_kᵀ W Uᵀ v_k (U = W where tied), along K given modes; tends to λ_k.
    eigenvalues : (K,) float64
        λ_k, what theory says each strength tends to; the singular values where untied.
    step : (T,) int64, optional
        Updates so far; absent in theory.
    epoch : (T,) float64, optional
        Passes over the corpus so far; absent in theory and where there is no corpus.
    singular_values : (T, d) float64, optional
        Of W, falling.
    product_values : (T, d) float64, optional
        Of W Uᵀ, falling.
    alignment : (T, K) float64, optional
        (v_k · û_k)², in 0…1: how far the k-th left singular vector of W Uᵀ is mode k.
    overlap : (T,) float64, optional
        ‖V_KᵀÛ_K‖² / K, in 0…1: how far the leading K directions are the K modes; with d < K of them at most d / K.
    scores : (T, n) float64, optional
        What was measured on the way, one column for each of ``score_names``.
    score_names : tuple of str, length n
    mode_names : tuple of str, length K, optional
        The words at the positive end of each mode, for people.
    deviations : (T, K) float64, optional
        Of a prediction: the standard deviation of each strength over runs on such text, from finite steps.
    """

    model: str
    time: np.ndarray
    loss: np.ndarray
    strengths: np.ndarray
    eigenvalues: np.ndarray
    step: np.ndarray | None = None
    epoch: np.ndarray | None = None
    singular_values: np.ndarray | None = None
    product_values: np.ndarray | None = None
    alignment: np.ndarray | None = None
    overlap: np.ndarray | None = None
    scores: np.ndarray | None = None
    score_names: tuple[str, ...] = ()
    mode_names: tuple[str, ...] = ()
    deviations: np.ndarray | None = field(default=None, metadata={"optional": True})

    def __post_init__(self) -> None:
        object.__setattr__(self, "score_names", tuple(self.score_names))
        object.__setattr__(self, "mode_names", tuple(self.mode_names))
        T, K = len(self.time), len(self.eigenvalues)
        if self.loss.shape != (T,) or self.strengths.shape != (T, K):
            raise InputError(
                f"{T} times and {K} modes need loss ({T},) and strengths ({T}, {K}), "
                f"got {self.loss.shape} and {self.strengths.shape}"
            )
        if (np.diff(self.time) < 0).any():
            raise InputError("the times of a trajectory must rise")
        super().__post_init__()

    def __len__(self) -> int:
        return len(self.time)

    def summary(self) -> dict[str, Any]:
        """Model, moments, modes, and the loss at both ends."""
        ends = {"first_loss": float(self.loss[0]), "last_loss": float(self.loss[-1])} if len(self) else {}
        return {"model": self.model, "moments": len(self), "modes": len(self.eigenvalues), **ends}

    def half_way(self, aims: Sequence[float] | np.ndarray | None = None) -> np.ndarray:
        """(K,) the time at which each strength first reaches half of its aim; NaN where it does not, or begins there.

        A prediction found its τ_k on the flow itself and keeps them in its lineage; those within its moments are what
        it answers for its own λ_k.  Else log(s²/(aim - s²)) is taken as linear in time between two moments.  That is
        exact where modes rise by themselves, and else as good as moments are near each other.

        Parameters
        ----------
        aims : (K,) array, optional
            λ_k by default.
        """
        K, found = len(self.eigenvalues), self.lineage.values_of("predict").get("half_way") or ()
        if aims is None and len(found) >= K > 0 and len(self):
            τ = np.array([np.nan if time is None else time for time in found[:K]], np.float64)
            return np.where((τ > 0) & (τ <= self.time[-1]), τ, np.nan)
        aims = self.eigenvalues if aims is None else np.asarray(aims, dtype=np.float64)
        return half_way_times(self.time, self.strengths, aims)

    @property
    def beginning(self) -> dict[str, Any]:
        """How its lineage says that learning starts: the values of the last step that has a σ."""
        return next((step.values for step in reversed(self.lineage) if "init_scale" in step.values), {})

    @property
    def expected_training(self) -> dict[str, Any]:
        """The settings of the training on a corpus that it predicts, from its lineage; nothing if it does not."""
        values = self.lineage.values_of("predict")
        return values if values.get("method") == "expected" else {}

    @property
    def source(self) -> dict[str, Any]:
        """The pairs that its lineage says are learned from: the window, and the formula's k, α, κ and so on.

        Training on a corpus draws its pairs, and a drawn pair has no shrinkage.
        """
        drawn = self.lineage.values_of("train") or self.expected_training
        steps = self.lineage.values_of("count"), self.lineage.values_of("target"), drawn
        known = {name: value for step in steps for name, value in step.items()}
        return {name: known[name] for name in SOURCE if name in known} | ({"shrinkage": 0.0} if drawn else {})

    @property
    def effective_rank(self) -> np.ndarray:
        """(T,) (Σ s_k²)² / Σ s_k⁴: how many of the K modes carry the embedding; 0 before any does."""
        s = np.maximum(self.strengths, 0)
        squares = (s * s).sum(axis=1)
        return np.divide(s.sum(axis=1) ** 2, squares, out=np.zeros(len(self)), where=squares > 0)


def half_way_times(time: np.ndarray, strengths: np.ndarray, aims: np.ndarray) -> np.ndarray:
    """(K,) when each column of (T, K) first reaches half of its aim; NaN where it begins there or never does."""
    return np.array([_crossing(time, s, aim) for s, aim in zip(strengths.T, aims, strict=True)])


def agreement(across: np.ndarray) -> dict[str, Any]:
    """``alignment`` and ``overlap`` of one moment from V_KᵀÛ (K, m), Û the left singular vectors, strongest first."""
    K = len(across)
    across = across[:, :K]
    return {
        "alignment": np.pad(np.diagonal(across) ** 2, (0, K - across.shape[1])),
        "overlap": float((across**2).sum()) / K,
    }


def _crossing(time: np.ndarray, strength: np.ndarray, aim: float) -> float:
    above = strength >= aim / 2
    if not aim > 0 or not above.any() or above[0]:
        return float("nan")
    j = int(above.argmax())
    share = np.clip(strength[j - 1 : j + 1] / aim, 1e-12, 1 - 1e-12)
    x = np.log(share / (1 - share))
    return float(time[j - 1] + (time[j] - time[j - 1]) * (-x[0] / (x[1] - x[0])))
