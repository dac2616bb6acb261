"""Weights: W and U as the kernels take them, and where they start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...core import progress
from ...core.errors import InputError
from ...linalg.rowblocks import aligned_full

if TYPE_CHECKING:
    from ...corpus.vocabulary import Vocabulary
    from ...embedding.embedding import Embedding
    from .settings import TrainingOptions


@dataclass(frozen=True)
class Weights:
    """W and U as the kernels take them: rows of ``stride`` float32, 0 beyond the d columns; tied, one array."""

    W: np.ndarray  # (V * stride,)
    U: np.ndarray
    dim: int
    stride: int

    @classmethod
    def empty(cls, V: int, dim: int, tied: bool) -> Weights:
        """All zeros."""
        from ...kernels.llvm import LANES

        stride = -(-dim // LANES) * LANES
        W = aligned_full((V * stride,), np.float32, 0)  # not zeros: NumPy asks for huge pages for empty arrays only
        return cls(W, W if tied else aligned_full(W.shape, np.float32, 0), dim, stride)

    @property
    def tied(self) -> bool:
        """Whether there is one matrix."""
        return self.W is self.U

    @property
    def are_finite(self) -> bool:
        """Whether every entry is a number; sums of squares tell it soonest."""
        return all(np.isfinite(np.vdot(flat, flat)) for flat in ((self.W,) if self.tied else (self.W, self.U)))

    def rows(self) -> tuple[np.ndarray, np.ndarray | None]:
        """W and U, (V, d) views; None for U where tied."""
        W, U = (flat.reshape(-1, self.stride)[:, : self.dim] for flat in (self.W, self.U))
        return W, None if self.tied else U


def start(vocabulary: Vocabulary, settings: TrainingOptions, warm_start: Embedding | None = None) -> Weights:
    """W and U before the first step.

    Words that ``warm_start`` has take its rows, and its context vectors where there are any (or else U = 0); the
    others are drawn as without it.

    Raises
    ------
    InputError
        If its dimensions are not those of ``settings``, or it has none of the words.
    """
    V, d, σ = len(vocabulary), settings.dim, settings.init_scale
    made = Weights.empty(V, d, settings.tied)
    W, U = made.rows()
    rng = np.random.default_rng(settings.seed)
    W[:] = (rng.random((V, d), np.float32) - np.float32(0.5)) / d if σ is None else rng.normal(0, σ, (V, d))
    if U is not None and σ is not None:
        U[:] = rng.normal(0, σ, (V, d))
    if warm_start is not None:
        _take(W, U, vocabulary, warm_start, d)
    return made


def _take(W: np.ndarray, U: np.ndarray | None, vocabulary: Vocabulary, given: Embedding, d: int) -> None:
    if given.dim != d:
        raise InputError(f"the warm start has {given.dim} dimensions, not {d}: train with dim={given.dim}")
    there = [(row, given.vocabulary.id_of[word]) for row, word in enumerate(vocabulary.words) if word in given]
    if not there:
        raise InputError("the warm start has none of the corpus's words: start without it")
    if 2 * len(there) < len(vocabulary):
        progress.note(f"warm start: {len(there):,} of {len(vocabulary):,} words have a vector there; others begin anew")
    rows, theirs = np.array(there).T
    W[rows] = given.vectors[theirs]
    if U is not None:
        U[rows] = 0 if given.context_vectors is None else given.context_vectors[theirs]
