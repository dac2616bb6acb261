"""Nearest words, distances and ranks, under gensim's names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import SupportsFloat, TypeAlias

import numpy as np

from ...core.errors import InputError
from ...linalg.search import Ratio, above, dots, nearest, products
from .lookup import Key, Lookup, Query, listed, unit

Weighted: TypeAlias = Query | tuple[Query, SupportsFloat]
COSMUL_EPSILON = 1e-6  # gensim's; Embedding.analogy has Levy and Goldberg's 1e-3


class Nearest(Lookup):
    """Which words are near to words, vectors and sums of them."""

    def most_similar(
        self,
        positive: Sequence[Weighted] | Query | None = None,
        negative: Sequence[Weighted] | Query | None = None,
        topn: int | None = 10,
        clip_start: int = 0,
        clip_end: int | None = None,
        restrict_vocab: int | None = None,
        indexer: None = None,
    ) -> list[tuple[str, float]] | np.ndarray:
        """The words nearest to the mean of ``positive`` and the opposites of ``negative``.

        Parameters
        ----------
        positive, negative : words, rows, vectors, or pairs of one and a weight
            The weights are 1 and -1 by default; words count with length 1.  Words given are no answer.
        topn : int, optional
            How many; None for the cosines of all rows.
        clip_start, clip_end : int
            Search rows from … up to ….
        restrict_vocab : int, optional
            Search only so many first rows, whatever the clips.
        indexer : None
            The search is exact: there is no index to ask.

        Returns
        -------
        list of (word, cosine), or (n,) float32 array if ``topn`` is None

        Raises
        ------
        UnknownWordError, InputError
            If a word is unknown, or none is given.

        Examples
        --------
        >>> from solve2vec.embedding.embedding import Embedding
        >>> words = ["man", "woman", "king", "queen"]
        >>> E = Embedding.from_vectors(words, [[1.0, 0.0, 0.1], [0.0, 1.0, 0.1], [1.0, 0.0, 0.9], [0.0, 1.0, 0.9]])
        >>> E.most_similar(positive=["king", "woman"], negative=["man"], topn=1)[0][0]
        'queen'
        """
        if indexer is not None:
            raise InputError("indexer is not asked here, the search is exact: leave it out, or say to_gensim() first")
        weighted = [_weighted(item, 1.0) for item in listed(positive)]
        weighted += [_weighted(item, -1.0) for item in listed(negative)]
        keys = [key for key, _ in weighted]
        mean = self.get_mean_vector(keys, [weight for _, weight in weighted], post_normalize=True, ignore_missing=False)
        clip = slice(0, restrict_vocab) if restrict_vocab else slice(clip_start, clip_end or None)
        rows, start = self.unit_vectors[clip], clip.indices(len(self.vectors))[0]
        if topn is None:
            return products(rows, mean)
        hidden = np.array([self._given(keys, start, len(rows))], np.int64)
        places, cosines = nearest(rows, mean[None, :], max(0, topn), hidden)
        return self._with_words(places[0] + start, cosines[0])

    def most_similar_cosmul(
        self,
        positive: Sequence[Query] | Query | None = None,
        negative: Sequence[Query] | Query | None = None,
        topn: int | None = 10,
        restrict_vocab: int | None = None,
    ) -> list[tuple[str, float]] | np.ndarray:
        """The words with the largest product of cosines to ``positive`` over that to ``negative`` (3CosMul [1]_).

        Cosines are moved to 0…1, and 0.000001 is added to the divisor.  Parameters as for :meth:`most_similar`; a
        given vector is taken at the length it has.

        References
        ----------
        .. [1] Levy and Goldberg, "Linguistic Regularities in Sparse and Explicit Word Representations", CoNLL 2014.
        """
        positive, negative = listed(positive), listed(negative)
        if not positive:
            raise InputError("most_similar_cosmul needs at least one positive word or vector")
        rows = self.unit_vectors[: restrict_vocab or None]
        over, under = ([self._vector(key, True) for key in keys] for keys in (positive, negative))
        ratio = Ratio(over, under, COSMUL_EPSILON)
        if topn is None:
            return ratio.of(rows)
        return self._with_words(*ratio.largest(rows, topn, self._given([*positive, *negative], 0, len(rows))))

    def _given(self, keys: Iterable[Query], start: int, size: int) -> list[int]:
        """Where the words among ``keys`` are in the ``size`` rows from ``start`` on: they are no answer."""
        places = {self.get_index(key) - start for key in keys if not isinstance(key, np.ndarray)}
        return sorted(place for place in places if 0 <= place < size)

    def _with_words(self, rows: np.ndarray, scores: np.ndarray) -> list[tuple[str, float]]:
        words = self.vocabulary.words
        return [(words[row], score) for row, score in zip(rows.tolist(), scores.tolist(), strict=True)]

    def _cosines(self, query: Query, words: Sequence[Key] = ()) -> np.ndarray:
        """(n,) float32, the cosine of ``query`` with each of ``words``, or with every row."""
        vector = unit(self._vector(query, norm=True))
        if not len(words):
            return products(self.unit_vectors, vector)
        places = np.array([self.get_index(word) for word in listed(words)], np.int64)
        return dots(self.unit_vectors, vector, places).astype(np.float32)

    def similar_by_word(
        self, word: Key, topn: int | None = 10, restrict_vocab: int | None = None
    ) -> list[tuple[str, float]] | np.ndarray:
        """The words nearest to a word; see :meth:`most_similar`."""
        return self.most_similar([word], topn=topn, restrict_vocab=restrict_vocab)

    def similar_by_key(
        self, key: Key, topn: int | None = 10, restrict_vocab: int | None = None
    ) -> list[tuple[str, float]] | np.ndarray:
        """The words nearest to a word; see :meth:`most_similar`."""
        return self.similar_by_word(key, topn, restrict_vocab)

    def most_similar_to_given(self, key1: Key, keys_list: Sequence[Key]) -> Key:
        """Whichever of ``keys_list`` is nearest to ``key1``; of equal ones the first.

        Raises
        ------
        UnknownWordError, InputError
            If a word is unknown, or none is given.
        """
        keys = listed(keys_list)
        if not keys:
            raise InputError("most_similar_to_given needs at least one word to choose from")
        return keys[int(self._cosines(key1, keys).argmax())]

    def relative_cosine_similarity(self, wa: Key, wb: Key, topn: int = 10) -> float:
        """The cosine of two words over the sum of those of ``wa`` with its ``topn`` neighbors [1]_.

        References
        ----------
        .. [1] Leeuwenberg et al., "A Minimally Supervised Approach for Synonym Extraction with Word Embeddings",
           The Prague Bulletin of Mathematical Linguistics 105, 2016.
        """
        near = self.similar_by_word(wa, topn)
        return float(self._cosines(wa, [wb])[0]) / sum(cosine for _, cosine in near)

    def similar_by_vector(
        self, vector: np.ndarray | Sequence[float], topn: int | None = 10, restrict_vocab: int | None = None
    ) -> list[tuple[str, float]] | np.ndarray:
        """The words nearest to a (d,) vector; see :meth:`most_similar`."""
        return self.most_similar([np.asarray(vector, np.float32)], topn=topn, restrict_vocab=restrict_vocab)

    def distance(self, w1: Key, w2: Key) -> float:
        """1 - cosine of two words, 0…2."""
        return float(self.distances(w1, [w2])[0])

    def distances(self, word_or_vector: Query, other_words: Sequence[Key] = ()) -> np.ndarray:
        """(n,) float32, 1 - cosine to each of ``other_words``, or to every row."""
        return 1 - self._cosines(word_or_vector, other_words)

    def closer_than(self, key1: Key, key2: Key) -> list[str]:
        """The words nearer to ``key1`` than ``key2`` is."""
        return [self.vocabulary.words[row] for row in self._nearer(key1, key2).tolist()]

    def rank(self, key1: Key, key2: Key) -> int:
        """The place of ``key2`` among the neighbors of ``key1``, nearest 1."""
        return len(self._nearer(key1, key2)) + 1

    def _nearer(self, key1: Key, key2: Key) -> np.ndarray:
        """(n,) int64, the rows nearer to ``key1`` than ``key2`` is, but its own."""
        rows = above(self.unit_vectors, unit(self._vector(key1, norm=True)), self._cosines(key1, [key2])[0])
        return rows[rows != self.get_index(key1)]

    def n_similarity(self, ws1: Sequence[Key], ws2: Sequence[Key]) -> float:
        """Cosine between the means of two sets of words, unknown ones left out.

        Raises
        ------
        InputError
            If a set has no known word.
        """
        one, other = (unit(self.get_mean_vector(self._known(words), pre_normalize=False)) for words in (ws1, ws2))
        return float(dots(one[None, :], other)[0])

    def doesnt_match(self, words: Sequence[Key]) -> Key:
        """Whichever word is furthest from the mean of all, unknown ones left out; of equal ones the first.

        Raises
        ------
        InputError
            If no word is known.

        Examples
        --------
        >>> from solve2vec.embedding.embedding import Embedding
        >>> E = Embedding.from_vectors(["tea", "coffee", "car"], [[1.0, 0.1], [1.0, 0.0], [0.0, 1.0]])
        >>> E.doesnt_match(["tea", "car", "coffee"])
        'car'
        """
        known = self._known(words)
        vectors = self.unit_vectors[[self.get_index(word) for word in known]]
        cosines = dots(vectors, self.get_mean_vector(list(vectors), post_normalize=True)).astype(np.float32)
        return known[int(cosines.argmin())]

    def _known(self, words: Sequence[Key]) -> list[Key]:
        """The words that have a vector, one at least."""
        known = [word for word in listed(words) if self.has_index_for(word)]
        if not known:
            raise InputError(f"none of {listed(words)!r:.60} has a vector: there is nothing to compare")
        return known


def _weighted(item: Weighted, weight: float) -> tuple[Query, float]:
    if isinstance(item, (tuple, list)):
        if len(item) != 2:
            raise InputError(f"{item!r:.60} is neither a word or vector nor a pair of one and its weight")
        return item[0], float(item[1])
    return item, weight
