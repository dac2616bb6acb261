"""The KeyedVectors door: gensim's names for the questions people ask of vectors."""

from __future__ import annotations


class KeyedVectors:
    """Answers to the method names of gensim's KeyedVectors; mixed into Embedding."""
