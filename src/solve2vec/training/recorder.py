"""A recorder measures W and U at moments that are spaced evenly in the logarithm of the step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import InputError
from ..core.stage import Lineage
from ..linalg.rowblocks import row_blocks
from ..trajectory import Trajectory, agreement

if TYPE_CHECKING:
    from ..corpus.vocabulary import Vocabulary
    from ..spectrum.spectrum import Spectrum

Probe = Callable[[np.ndarray], Mapping[str, float]]


def log_spaced(steps: int, points: int) -> np.ndarray:
    """(≤ points + 1,) int64 distinct rising steps 0 … ``steps``, dense at the beginning.

    Examples
    --------
    >>> log_spaced(100, 4).tolist()
    [0, 1, 5, 22, 100]
    """
    if steps < 1:
        return np.zeros(1, np.int64)
    return np.unique(np.r_[0, np.rint(np.geomspace(1, steps, max(1, points)))].astype(np.int64))


def require_same_words(spectrum: Spectrum, vocabulary: Vocabulary) -> None:
    """Refuse modes whose rows stand for other words than the model's, though there be as many."""
    theirs, ours = spectrum.vocabulary.words, vocabulary.words
    if len(theirs) != len(ours):
        raise InputError(f"the modes to follow have {len(theirs):,} words, the model {len(ours):,}: solve the same")
    if theirs != ours:
        row = next(row for row, (one, other) in enumerate(zip(theirs, ours, strict=True)) if one != other)
        raise InputError(
            f"the modes to follow are of other words than the model: row {row} is {theirs[row]!r} there and "
            f"{ours[row]!r} here; solve the same corpus"
        )


class Recorder:
    """Collects what a :class:`~solve2vec.trajectory.Trajectory` holds.

    Parameters
    ----------
    spectrum : Spectrum, optional
        The modes to follow; without one, only the loss and the singular values are kept.
    modes : int, optional
        K, how many of them; all by default.
    probe : function, optional
        Takes W (V, d), gives named scores.
    """

    def __init__(
        self, spectrum: Spectrum | None = None, *, modes: int | None = None, probe: Probe | None = None
    ) -> None:
        K = 0 if spectrum is None else min(len(spectrum), modes or len(spectrum))
        self._left = None if spectrum is None else np.asarray(spectrum.eigenvectors[:, :K], np.float64)
        self._right = None if spectrum is None else np.asarray(spectrum.context_modes[:, :K], np.float64)
        self._eigenvalues = np.zeros(0) if spectrum is None else np.asarray(spectrum.eigenvalues[:K])
        self._names = () if spectrum is None else spectrum.mode_names(K)
        self._probe = probe
        self.rows: list[dict[str, Any]] = []

    def record(
        self, W: np.ndarray, U: np.ndarray | None = None, *, time: float, loss: float, step: int,
        epoch: float = float("nan"),
    ) -> None:  # fmt: skip
        """Measure W (V, d), and U (V, d) where untied, now."""
        row: dict[str, Any] = {
            "time": time,
            "loss": loss,
            "step": step,
            "epoch": epoch,
            **self._measured(W, W if U is None else U),
        }
        if self._probe is not None:
            row["scores"] = dict(self._probe(W))
        self.rows.append(row)

    def _measured(self, W: np.ndarray, U: np.ndarray) -> dict[str, Any]:
        """Everything from d x d and K x d matrices: W itself is read twice."""
        with row_blocks(len(W)) as blocks:  # the small problems too: BLAS is on one thread in here
            GW = blocks.gram(W, W, np.float64)
            BW = None if self._left is None else blocks.gram(self._left, W, np.float64)
            GU, BU = GW, BW
            if U is not W:
                GU = blocks.gram(U, U, np.float64)
                BU = None if self._right is None else blocks.gram(self._right, U, np.float64)
            root, inverse = _roots(GW)
            P, product_values, _ = np.linalg.svd(root @ _roots(GU)[0])
            singular_values = np.sqrt(np.maximum(np.linalg.eigvalsh(GW)[::-1], 0))
            made: dict[str, Any] = {"singular_values": singular_values, "product_values": product_values}
            if BW is None or BU is None:
                return made
            across = BW @ inverse @ P  # V_KᵀÛ, Û the left singular vectors of W Uᵀ
            return made | {"strengths": (BW * BU).sum(axis=1)} | agreement(across)

    def trajectory(self, model: str, lineage: Lineage = Lineage()) -> Trajectory:  # noqa: B008
        """What was recorded so far."""
        T, K, rows = len(self.rows), len(self._eigenvalues), self.rows

        def column(name: str) -> np.ndarray:
            return np.array([row[name] for row in rows])

        scores = [row["scores"] for row in rows if "scores" in row]
        names = tuple(scores[0]) if scores else ()
        followed = K > 0 and T > 0
        return Trajectory(
            model=model,
            time=column("time").astype(np.float64),
            loss=column("loss").astype(np.float64),
            step=column("step").astype(np.int64),
            epoch=column("epoch").astype(np.float64),
            strengths=column("strengths") if followed else np.zeros((T, K)),
            eigenvalues=self._eigenvalues,
            singular_values=column("singular_values") if T else None,
            product_values=column("product_values") if T else None,
            alignment=column("alignment") if followed else None,
            overlap=column("overlap") if followed else None,
            scores=np.array([[row[name] for name in names] for row in scores]) if names else None,
            score_names=names,
            mode_names=self._names,
            lineage=lineage,
        )


def _roots(G: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """G^½ and its pseudo-inverse, of a Gram matrix (d, d)."""
    values, A = np.linalg.eigh(G)
    root = np.sqrt(np.maximum(values, 0))
    floor = root.max(initial=0.0) * 1e-7
    inverse = np.divide(1, root, out=np.zeros_like(root), where=root > floor)
    return (A * root) @ A.T, (A * inverse) @ A.T
