"""The spectrum: the leading modes of a target, each with the residual that says how well it is solved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core.errors import InputError
from ..core.printing import brief
from ..core.stage import Stage
from ..corpus.vocabulary import Vocabulary
from ..linalg.search import largest
from ..target.formula import Formula

SHOWN_MODES, SHOWN_WORDS = 5, 4  # in a notebook: modes, and words at each of their ends
HEAD = 20_000  # rows looked at for them: a memory-mapped spectrum is not read to its end


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Spectrum(Stage):
    """The leading modes (λ_k, v_k) of a symmetric target, by falling eigenvalue.

    Attributes
    ----------
    eigenvalues : (K,) float64
        Falling by value, not by size: the target is not positive, and an embedding takes the leading positive ones.
    eigenvectors : (V, K) float32
        Unit columns; the largest entry of each is positive.
    residuals : (K,) float64
        ‖M v_k - λ_k v_k‖; where M was solved in bfloat16, what it is to be expected to be at most.
    vocabulary : Vocabulary
    formula, marginal, total, drawn
        The target's, for folding in unseen words.
    right_vectors : (V, K) float32, optional
        Of contexts; only in a :class:`SingularSpectrum`.
    """

    eigenvalues: np.ndarray
    eigenvectors: np.ndarray
    residuals: np.ndarray
    vocabulary: Vocabulary
    formula: Formula | None = None
    marginal: np.ndarray | None = None
    total: float = 0.0
    right_vectors: np.ndarray | None = None
    drawn: np.ndarray | None = field(default=None, metadata={"optional": True})

    def __post_init__(self) -> None:
        if isinstance(self.formula, Mapping):
            object.__setattr__(self, "formula", Formula.of_values(self.formula))
        super().__post_init__()

    def __len__(self) -> int:
        return len(self.eigenvalues)

    def summary(self) -> dict[str, Any]:
        """Words, modes, the ends of the spectrum, and the worst residual as a share of λ_1."""
        return {
            "words": len(self.vocabulary),
            "modes": len(self),
            "largest": float(self.eigenvalues[0]),
            "smallest": float(self.eigenvalues[-1]),
            "worst_residual": self.worst_residual,
        }

    @property
    def worst_residual(self) -> float:
        """The largest residual, as a share of λ_1."""
        return float(self.residuals.max() / abs(self.eigenvalues[0]))

    @property
    def gaps(self) -> np.ndarray:
        """(K - 1,) λ_k - λ_(k+1): modes with a small gap may rotate into one another."""
        return -np.diff(self.eigenvalues)

    @property
    def context_modes(self) -> np.ndarray:
        """(V, K) the modes of contexts: those of words where there is one matrix."""
        return self.eigenvectors if self.right_vectors is None else self.right_vectors

    def mode_names(self, modes: int, n: int = 3) -> tuple[str, ...]:
        """The ``n`` words at the positive end of each of the first ``modes`` modes, to call them by."""
        return tuple(" ".join(self.mode_words(k, n)[0]) for k in range(modes))

    def mode_words(self, mode: int, n: int = 10) -> tuple[list[str], list[str]]:
        """The words at the two ends of a mode: the ``n`` most positive, and the ``n`` most negative.

        Parameters
        ----------
        mode : int
            0 for the strongest.

        Raises
        ------
        InputError
            If there is no such mode.
        """
        if not 0 <= mode < len(self):
            raise InputError(f"there is no mode {mode}; the spectrum has modes 0…{len(self) - 1}")
        return self._ends(np.asarray(self.eigenvectors[:, mode], dtype=np.float64), n)

    def _ends(self, column: np.ndarray, n: int) -> tuple[list[str], list[str]]:
        words = self.vocabulary.words
        return (
            [words[token] for token in largest(column, n) if column[token] > 0],
            [words[token] for token in largest(-column, n) if column[token] < 0],
        )

    def _excerpt(self) -> Iterator[tuple[str, str]]:
        """The words at the two ends of the leading modes, among the most frequent words."""
        from ..core import html

        yield from super()._excerpt()
        leading = np.asarray(self.eigenvectors[:HEAD, :SHOWN_MODES], np.float64)
        for k, column in enumerate(leading.T):
            ends = " ↔ ".join(html.words(end) for end in self._ends(column, SHOWN_WORDS) if end)
            yield f"mode {k}", f"{html.text(brief(float(self.eigenvalues[k])))}: {ends}"


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class SingularSpectrum(Spectrum):
    """The leading modes (σ_k, u_k, v_k) of any target, for words and contexts with vectors of their own.

    Attributes
    ----------
    eigenvalues : (K,) float64
        The singular values σ_k, falling, all positive.
    eigenvectors : (V, K) float32
        u_k, of words.
    right_vectors : (V, K) float32
        v_k, of contexts.
    residuals : (K,) float64
        The larger of ‖M v - σ u‖ and ‖Mᵀ u - σ v‖.
    """


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class SecondOrderSpectrum(Spectrum):
    """The leading left singular vectors of a directed target A: words that stand in for each other are alike in them.

    Attributes
    ----------
    eigenvalues : (K,) float64
        Of A Aᵀ, falling: λ_k = σ_k².
    eigenvectors : (V, K) float32
        u_k.
    residuals : (K,) float64
        ‖A Aᵀ u_k - λ_k u_k‖.
    formula, marginal, total
        Absent: these modes fold no word in.
    """
