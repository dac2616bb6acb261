"""Space: the directions of an embedding, each of length 1, and how much each counts."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..linalg.rowblocks import aligned, row_blocks
from ..linalg.search import largest
from ..spectrum.solver import signs_of

if TYPE_CHECKING:
    from ..embedding.embedding import Embedding
    from ..embedding.rotation import Rotation

FINEST = 32767  # of 16 bits: cosines keep four digits


@dataclass(frozen=True)
class Space:
    """W = columns · weights.

    Attributes
    ----------
    kind : "modes", "axes" or "rotated"
        Modes of the target, where the embedding was solved for; else the principal axes of its vectors; or the axes of
        a rotation.
    columns : (V, d) float32
        Of length 1, the largest entry of each positive.
    weights : (d,) float64
        The length that each column has in W.
    strengths : (d,) float64
        λ_k of modes; of axes the squared weight, which is the same where W = V Λ^½.
    """

    kind: str
    columns: np.ndarray
    weights: np.ndarray
    strengths: np.ndarray

    @classmethod
    def of(cls, embedding: Embedding) -> Space:
        """The modes of a solved embedding, or the principal axes of any other; no angle between words is changed."""
        if embedding.eigenvalues is not None:
            weights = _lengths(embedding.vectors)
            return cls("modes", _divided(embedding.vectors, weights), weights, np.asarray(embedding.eigenvalues))
        turned = _turned(embedding.vectors)
        weights = _lengths(turned)
        columns = _divided(turned, weights)
        return cls("axes", columns * signs_of(columns).astype(np.float32), weights, weights**2)

    @classmethod
    def along(cls, rotation: Rotation) -> Space:
        """The axes of a rotation."""
        weights = _lengths(rotation.vectors)
        return cls("rotated", _divided(rotation.vectors, weights), weights, rotation.strengths)

    def as_json(self, size: int) -> dict[str, Any]:
        """The first ``size`` words' entries as 16-bit numbers in base 64, (size, d), with what one of them stands for.

        Returns
        -------
        dict
            ``numbers``, ``scales`` (d,), ``weights`` (d,), ``strengths`` (d,) and ``kind``.
        """
        entries = np.asarray(self.columns[:size], np.float64)
        scales = np.maximum(np.abs(entries).max(axis=0), 1e-30) / FINEST
        numbers = np.rint(entries / scales).astype("<i2")
        return {
            "kind": self.kind,
            "numbers": base64.b64encode(numbers.tobytes()).decode("ascii"),
            "scales": scales.tolist(),
            "weights": self.weights.tolist(),
            "strengths": self.strengths.tolist(),
        }

    def ends(self, words: tuple[str, ...], n: int) -> list[list[list[list[Any]]]]:
        """For each column its ``n`` most positive words and its ``n`` most negative ones, each with its entry."""
        return [[_end(column, words, n), _end(-column, words, n, -1)] for column in self.columns.T]


def _end(column: np.ndarray, words: tuple[str, ...], n: int, sign: int = 1) -> list[list[Any]]:
    return [[words[i], sign * round(float(column[i]), 5)] for i in largest(column, n) if column[i] > 0]


def _turned(W: np.ndarray) -> np.ndarray:
    """W R (V, d) for the rotation R that makes its columns orthogonal, longest first: WᵀW = R Σ² Rᵀ."""
    W = aligned(np.asarray(W), np.float32)
    with row_blocks(len(W)) as blocks:
        return blocks.times(W, np.linalg.eigh(blocks.gram(W, W, np.float64))[1][:, ::-1])


def _lengths(W: np.ndarray) -> np.ndarray:
    return np.sqrt(np.einsum("ij,ij->j", W, W, dtype=np.float64))


def _divided(W: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return (W / np.where(lengths > 0, lengths, 1)).astype(np.float32)
