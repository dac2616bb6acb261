"""The KeyedVectors door: gensim's names for the questions people ask of vectors."""

from __future__ import annotations

from .exchange import Exchange
from .nearest import Nearest
from .scores import Scores


class KeyedVectors(Nearest, Scores, Exchange):
    """Answers to the method names of gensim's KeyedVectors; mixed into Embedding.

    Same answers as gensim 4, save where gensim leaves them open or is in error: equal values come in row order; the
    cosine of a row of zeros is 0 and not NaN; ``most_similar_cosmul`` heeds ``restrict_vocab``; a set of unknown words
    only is an error and not a similarity of 0.  Nothing here changes the vectors: ``add_vector`` and its like are not
    offered.
    """


__all__ = ["KeyedVectors"]
