"""gensim's classes for the closed form: a program that imports them from here runs, or is told what to write instead.

>>> from solve2vec.compat import Word2Vec
>>> sentences = [["the", "king", "rules"], ["the", "queen", "rules"], ["a", "dog", "barks"]] * 20
>>> model = Word2Vec(sentences=sentences, vector_size=1, negative=1, sample=0)
>>> model.wv.doesnt_match(["king", "queen", "dog"])
'dog'
"""

from .keyedvectors import KeyedVectors
from .models import DEFAULTS, Word2Vec, translate, word2vec

__all__ = ["DEFAULTS", "KeyedVectors", "Word2Vec", "translate", "word2vec"]
