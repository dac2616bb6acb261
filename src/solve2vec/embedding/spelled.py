"""The verb that adds spelling to an embedding."""

from __future__ import annotations

from typing import Literal

from ..core.errors import InputError, require_stage
from ..core.resources import with_resources
from ..spelling.ngrams import Shared
from ..spelling.subwords import PENALTY, STRENGTH, learn, means_something
from .embedding import Embedding

Spelling = bool | Literal["auto"]


def require_spelling(spelling: object) -> None:
    """Refuse what is none of the three choices."""
    if not (isinstance(spelling, bool) or spelling == "auto"):
        raise InputError(f'spelling must be True, False or "auto", got {spelling!r:.60}')


@with_resources
def spell(
    embedding: Embedding,
    *,
    spelling: Spelling = True,
    strength: float = STRENGTH,
    penalty: float = PENALTY,
    threads: int | None = None,
) -> Embedding:
    """Add to each word's vector what its spelling foretells, E + s G B; any string has a vector then.

    Parameters
    ----------
    embedding : Embedding
        Of any origin; if it knows spelling already, that is learned anew.
    spelling : {True, "auto", False}
        "auto" adds it only where it means something: not to ids, whose n-grams explain nothing of the vectors of
        words left out of the regression, nor to fewer than a thousand words.
    strength : float
        s; more of it makes words of one form or stem alike, at a cost in meaning.
    penalty : float
        λ of the regression.
    threads : int, optional
        All cores by default; the result is the same.

    Returns
    -------
    Embedding
        With :attr:`~solve2vec.Embedding.subwords`; the embedding as it is, without, where spelling adds nothing.

    Examples
    --------
    >>> from solve2vec import Embedding
    >>> E = Embedding.from_vectors(["singer", "singers", "teas"], [[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]])
    >>> sorted(word for word, _ in spell(E).neighbors("singerz", n=2, unknown="subword"))
    ['singer', 'singers']
    """
    require_stage("spell", embedding, "Embedding", "make one with fit(text) or embed(spectrum)")
    require_spelling(spelling)
    plain = embedding.contexts
    if not spelling:
        return plain
    words, counts = plain.vocabulary.words, plain.vocabulary.counts
    shared = Shared.of(words)
    if spelling == "auto" and not means_something(shared, plain.vectors, counts):
        return plain
    subwords = learn(shared, plain.vectors, counts, strength=strength, penalty=penalty)
    vectors = plain.vectors + subwords.parts(words, shared)
    return plain._with("spell", {"strength": strength, "penalty": penalty}, vectors=vectors, subwords=subwords)
