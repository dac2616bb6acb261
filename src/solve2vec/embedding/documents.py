"""Document vectors: weighted means of word vectors, less the directions that all documents share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core import resources
from ..core.errors import InputError, require_numbers, require_stage
from ..core.options import Number
from ..linalg.rowblocks import row_blocks
from ..spectrum.solver import signs_of
from ..text.documents import Documents, ReadingOptions, as_documents
from ..text.tokenizer import Tokenizer

if TYPE_CHECKING:
    from .embedding import Embedding

COMPONENTS = Number(least=0, whole=True)
SMOOTHING = 1e-3  # Arora et al.'s a: between 1e-4 and 1e-3, they found little difference


@dataclass(frozen=True, eq=False)
class DocumentVectors:
    """A vector for each document, in the order of the documents.

    Attributes
    ----------
    vectors : (n, d) float32
        All zeros where a document has no known word.
    directions : (k, d) float64
        Unit rows: what was taken away from every vector.  Give them to :func:`embed_documents` with new documents.
    tokens, known : (n,) int64
        How many tokens each document has, and how many of them have a vector.
    """

    vectors: np.ndarray
    directions: np.ndarray
    tokens: np.ndarray
    known: np.ndarray

    def __len__(self) -> int:
        return len(self.vectors)


@resources.with_resources
def embed_documents(
    embedding: Embedding,
    documents: Any,
    *,
    smoothing: float | None = SMOOTHING,
    components: int = 1,
    directions: np.ndarray | None = None,
    reading: ReadingOptions = ReadingOptions(),  # noqa: B008 - frozen
    tokenizer: Tokenizer = Tokenizer(),  # noqa: B008 - frozen
    threads: int | None = None,
) -> DocumentVectors:
    """Give each document the mean of its words' vectors, weighted by a / (a + p) [1]_, less their common directions.

    p is a word's share of the tokens of the text that the embedding was learned from: frequent words say little of a
    document.  The common directions are the leading right singular vectors of all documents' means; what is left is
    what tells documents apart.

    Parameters
    ----------
    embedding : Embedding
    documents : path, Documents, or iterable of texts or token lists
    smoothing : float, optional
        a > 0; None gives all words the weight 1.
    components : int
        k, how many common directions are taken away; 0 for none.
    directions : (k, d) array, optional
        Those of other documents, instead of these documents' own: for new documents beside old ones.
    reading, tokenizer
        How files become documents, and what a token is: as when the embedding was learned.
    threads : int, optional
        All cores by default.  The result does not depend on it.

    Returns
    -------
    DocumentVectors

    Raises
    ------
    InputError
        If the embedding does not know how often its words were seen, an argument is out of range, or ``directions``
        have another number of dimensions.

    References
    ----------
    .. [1] Arora, Liang and Ma, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings", ICLR 2017.

    Examples
    --------
    >>> from solve2vec.embedding.embedding import Embedding
    >>> words = Embedding.from_vectors(["tea", "cup"], [[1.0, 0.0], [0.0, 1.0]])
    >>> embed_documents(words, [["tea", "cup"], ["tea"], ["rain"]], smoothing=None, components=0).vectors.tolist()
    [[0.5, 0.5], [1.0, 0.0], [0.0, 0.0]]
    """
    require_stage("document vectors", embedding, "Embedding", "make one with fit(text) or embed(spectrum)")
    COMPONENTS("components", components)
    vectors = word_weights(embedding, smoothing)[:, None] * np.asarray(embedding.vectors, np.float64)
    if directions is not None:
        if np.asarray(directions).dtype.kind not in "fiu":
            raise InputError(f"directions must be numbers, got an array of {np.asarray(directions).dtype}")
        directions = np.atleast_2d(np.asarray(directions, np.float64))
        if directions.ndim != 2 or directions.shape[1] != embedding.dim:
            raise InputError(f"directions have {directions.shape[-1]} dimensions, the embedding has {embedding.dim}")
        if not np.isfinite(directions).all():
            raise InputError("directions have an entry that is not a finite number: make them again")
    stream = as_documents(documents, reading=reading, tokenizer=tokenizer)
    nothing = np.empty((0, embedding.dim), np.float32), np.empty(0, np.int64), np.empty(0, np.int64)
    blocks = [nothing, *_means(embedding, vectors, stream)]
    means, tokens, known = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    if stream.origin.get("document") == "blank-line":  # several blank lines end one document
        means, tokens, known = (part[tokens > 0] for part in (means, tokens, known))
    if directions is None:
        directions = common_directions(means, components)
    means = (means - (means @ directions.T) @ directions).astype(np.float32)
    return DocumentVectors(means, directions, tokens, known)


def word_weights(embedding: Embedding, smoothing: float | None) -> np.ndarray:
    """(V,) a / (a + p) of each word, or ones without ``smoothing``."""
    if smoothing is None:
        return np.ones(len(embedding))
    require_numbers(smoothing=smoothing)
    if not (np.isfinite(smoothing) and smoothing > 0):
        raise InputError(f"smoothing must be a number above 0, got {smoothing}: None gives all words the same weight")
    counts, total = np.asarray(embedding.vocabulary.counts, np.float64), embedding.vocabulary.total
    if not counts.any():
        raise InputError(
            "these vectors do not tell how often each word was seen, which smoothing needs: give smoothing=None, or "
            "the counts to Embedding.from_vectors"
        )
    return smoothing / (smoothing + counts / max(total, counts.sum()))


def common_directions(means: np.ndarray, components: int) -> np.ndarray:
    """(k, d) float64, the leading right singular vectors of (n, d) document vectors; the largest entry is positive.

    At most as many as there are documents, and d - 1: one direction at least is left.
    """
    n, d = means.shape
    components = min(components, d - 1, n)
    if components < 1:
        return np.zeros((0, d))
    with row_blocks(n) as blocks:
        _, vectors = np.linalg.eigh(blocks.gram(means, means, np.float64))
    leading = vectors[:, ::-1][:, :components]
    return np.ascontiguousarray((leading * signs_of(leading)).T)


def _means(
    embedding: Embedding, vectors: np.ndarray, documents: Documents
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Means of the weighted (V, d) ``vectors``, tokens and known tokens of each document, a batch at a time."""
    from scipy import sparse

    id_of, V = embedding.vocabulary.id_of, len(embedding)
    open_sums = np.zeros((0, embedding.dim + 2))  # of a document that goes on in the next batch
    for batch in documents.batches():
        row_of = np.array([id_of.get(word, -1) for word in batch.types.to_pylist()], dtype=np.int64)
        rows = row_of[batch.ids] if len(row_of) else row_of
        n, owner, is_known = len(batch.lengths), np.repeat(np.arange(len(batch.lengths)), batch.lengths), rows >= 0
        counts = sparse.csr_array((np.ones(is_known.sum()), (owner[is_known], rows[is_known])), shape=(n, V))
        sums = np.column_stack([counts @ vectors, batch.lengths, counts.sum(axis=1)])
        if batch.ends_file:  # after a last line that had its end, nothing is open
            sums = np.delete(open_sums, np.flatnonzero(open_sums[:, -2] == 0), axis=0)
        elif len(open_sums):
            sums[0] += open_sums[0]
        last = len(sums) - batch.goes_on
        open_sums = sums[last:]
        yield _divided(sums[:last])


def _divided(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    tokens, known = sums[:, -2].astype(np.int64), sums[:, -1].astype(np.int64)
    return (sums[:, :-2] / np.maximum(known, 1)[:, None]).astype(np.float32), tokens, known
