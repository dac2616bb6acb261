"""Rotation: the same space along axes that are easier to read than modes.

Modes are what is learned, in order; each is a contrast of two large halves of the vocabulary, and many words stand at
its ends for many reasons.  Turned so that few words stand far out along each axis (independent components: Comon 1994;
of word vectors: Musil and Mareček 2022), the same space has an axis for chemistry, one for football, one for first
names.  A rotation changes no angle, hence no neighbor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core import progress
from ..core.errors import InputError, require_positive, require_stage
from ..core.resources import with_resources
from ..linalg.rowblocks import RowBlocks, aligned, row_blocks
from ..linalg.search import largest
from .embedding import Embedding

HEAD = 20_000  # words that the rotation is found on
SETTLED = 1e-3  # 1 - cosine of an axis with what it was a step before, at most
WORDS = 10  # at the end of an axis, whose cosines say how much they have in common


@dataclass(frozen=True)
class Rotation:
    """Axes of an embedding, the strongest first.

    Attributes
    ----------
    matrix : (d, d) float64
        Orthogonal; column k is axis k in the embedding's coordinates.
    vectors : (V, d) float32
        The embedding's vectors along the axes: ``embedding.vectors @ matrix``.
    strengths : (d,) float64
        Σ_i of each axis's squared entries, falling; of modes that would be λ where W = V Λ^½.
    words : tuple of str, length V
    moved : float
        1 - cosine of the last step, of the axis that moved most: above 1e-3 where it never settled, as axes along which
        words lie like normal numbers do not.
    """

    matrix: np.ndarray
    vectors: np.ndarray
    strengths: np.ndarray
    words: tuple[str, ...]
    moved: float

    def __len__(self) -> int:
        return len(self.strengths)

    def axis_words(self, axis: int, n: int = 10) -> list[str]:
        """The ``n`` words that stand farthest out along an axis, on its long side.

        Raises
        ------
        InputError
            If there is no such axis.
        """
        if not 0 <= axis < len(self):
            raise InputError(f"there is no axis {axis}; the rotation has axes 0…{len(self) - 1}")
        return [self.words[token] for token in largest(self.vectors[:, axis], n)]

    def coherence(self, n: int = WORDS) -> np.ndarray:
        """(d,) the mean cosine of the ``n`` words at the end of each axis with one another: 1 where all are alike."""
        return coherence(self.vectors, n)


@with_resources
def rotate(embedding: Embedding, *, iterations: int = 100, head: int = HEAD, threads: int | None = None) -> Rotation:
    """Turn an embedding's axes so that few words stand far out along each.

    Independent components of its columns, by the fixed-point iteration with tanh (FastICA, symmetric: Hyvärinen 1999),
    which begins with the columns as they are, so that nothing is drawn.  The long side of each axis is made positive.

    Parameters
    ----------
    embedding : Embedding
        Solved, trained or read from a file.
    iterations : int
        At most; fewer where no axis moves any more.
    head : int
        Find the rotation on the first so many words; of a text, the most frequent.
    threads : int, optional
        All cores by default; the answer does not depend on it.

    Raises
    ------
    InputError
        If ``iterations`` or ``head`` is below 1, or the columns depend on each other, as where there are fewer words
        than dimensions.

    References
    ----------
    Hyvärinen, "Fast and Robust Fixed-Point Algorithms for Independent Component Analysis", IEEE TNN 1999.
    Musil and Mareček, "Exploring Interpretability of Independent Components of Word Embeddings with Automated Word
    Intruder Test", arXiv:2212.09580.

    Examples
    --------
    >>> sources = np.random.default_rng(0).laplace(size=(900, 2)) * [2, 1]
    >>> E = Embedding.from_vectors([f"w{i}" for i in range(900)], sources @ [[0.6, 0.8], [-0.8, 0.6]])
    >>> abs(rotate(E).matrix).round(1).tolist()
    [[0.6, 0.8], [0.8, 0.6]]
    """
    require_stage("rotate", embedding, "Embedding", "make one with embed(spectrum)")
    require_positive(iterations=iterations, head=head)
    head = min(len(embedding), head)
    with row_blocks(head) as blocks, progress.task("rotating", iterations) as advance:
        white = _whitened(embedding.vectors[:head], blocks)
        R = np.eye(embedding.dim)
        for done in range(iterations):
            turned = _step(white, R, blocks)
            moved = 1 - np.abs((turned * R).sum(axis=0)).min()
            R = turned
            advance(1)
            if moved < SETTLED:
                advance(iterations - 1 - done)
                break
    with row_blocks(len(embedding)) as blocks:
        vectors = blocks.times(aligned(np.asarray(embedding.vectors), np.float32), R)
        cubes = blocks.sums(lambda rows: np.power(vectors[rows], 3, dtype=np.float64).sum(axis=0), embedding.dim)
        strengths = blocks.squared_norms(vectors)
    order = np.argsort(-strengths, kind="stable")
    signs = np.where(cubes < 0, -1.0, 1.0)[order]
    return Rotation(
        matrix=R[:, order] * signs,
        vectors=np.take(vectors, order, axis=1) * signs.astype(np.float32),
        strengths=strengths[order],
        words=embedding.words,
        moved=float(moved),
    )


def coherence(vectors: np.ndarray, n: int = WORDS) -> np.ndarray:
    """(d,) for each column, the mean cosine with one another of the ``n`` words whose entries are largest."""
    made = np.zeros(vectors.shape[1])
    for k, column in enumerate(vectors.T):
        rows = vectors[largest(column, n)].astype(np.float64)
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-300)
        m = len(rows)
        made[k] = (np.square(rows.sum(axis=0)).sum() - m) / (m * (m - 1)) if m > 1 else 1.0
    return made


def _whitened(W: np.ndarray, blocks: RowBlocks) -> np.ndarray:
    """W (WᵀW / V)^-½, whose columns are orthogonal and have mean square 1."""
    W = aligned(np.asarray(W), np.float32)
    squares, U = np.linalg.eigh(blocks.gram(W, W))
    if not squares[0] > 1e-10 * squares[-1]:
        raise InputError(
            f"the {W.shape[1]} columns of {len(W):,} vectors depend on each other: take fewer dimensions (first)"
        )
    return blocks.times(W, (U * np.sqrt(len(W) / squares)) @ U.T)


def _step(Z: np.ndarray, R: np.ndarray, blocks: RowBlocks) -> np.ndarray:
    """R' = the orthogonal matrix nearest to E[z tanh(zᵀR)] - R diag(E[tanh'(zᵀR)])."""
    Y = blocks.times(Z, R)

    def bend(rows: slice) -> np.ndarray:
        np.tanh(Y[rows], out=Y[rows])
        return np.square(Y[rows], dtype=np.float64).sum(axis=0)

    slopes = 1 - blocks.sums(bend, len(R)) / len(Z)
    U, _, Vt = np.linalg.svd(blocks.gram(Z, Y) / len(Z) - R * slopes)
    made: np.ndarray = U @ Vt
    return made
