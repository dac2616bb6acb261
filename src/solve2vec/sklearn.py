"""A scikit-learn transformer: documents to weighted means of their words' vectors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Self

import numpy as np

from .cooccurrence.window import Size, Window
from .core.errors import InputError
from .core.options import DIM, POWER
from .corpus.corpus import VocabularyOptions
from .embedding.documents import SMOOTHING, DocumentVectors, embed_documents
from .embedding.embedding import Embedding
from .target.formula import Formula
from .text.tokenizer import Tokenizer

try:
    from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
    from sklearn.utils.validation import check_is_fitted
except ImportError as error:
    raise ImportError("solve2vec.sklearn needs scikit-learn: pip install scikit-learn") from error


class WordEmbedder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    r"""Learn word vectors in closed form, and give each document a weighted mean of its words' vectors.

    Documents are texts or lists of tokens.  Unknown words are left out; a document without a known word is all zeros.
    Words are weighted, and common directions removed, as in :func:`~solve2vec.embedding.documents.embed_documents`;
    the directions are those of the documents given to :meth:`fit`.

    Parameters
    ----------
    dim : int
        d, the number of columns.
    size : int or "document"
        Tokens on each side that count as context.
    weighting : str
        How the weight of a context falls with its distance.
    kind : str
        Which matrix is factorized, see :class:`~solve2vec.target.formula.Formula`.
    negatives, context_smoothing, shrinkage, subsample
        Its hyperparameters.
    power : float
        Of the eigenvalues.
    min_count : int
        Words seen less often have no vector.
    max_vocab : int, optional
        Keep only so many words, the most frequent.
    smoothing : float, optional
        a of the weight a / (a + p) of a word; None for plain means.
    components : int
        Common directions that are removed; 0 for none.
    token_pattern, lowercase
        How a text is split, see :class:`~solve2vec.text.tokenizer.Tokenizer`; lists of tokens are taken as they are.
    threads : int, optional
        All cores by default; the result does not depend on it.

    Attributes
    ----------
    embedding_ : Embedding
        The words' vectors.
    directions_ : (k, dim) array
        The common directions.

    Examples
    --------
    >>> texts = ["the king rules the land", "the queen rules the land", "a dog eats a bone", "a cat eats a fish"] * 5
    >>> WordEmbedder(dim=2).fit_transform(texts).shape
    (20, 2)
    """

    def __init__(
        self,
        dim: int = DIM,
        *,
        size: Size = Window.size,
        weighting: str = Window.weighting,
        kind: str = Formula.kind,
        negatives: float = Formula.negatives,
        context_smoothing: float = Formula.context_smoothing,
        shrinkage: float = Formula.shrinkage,
        subsample: float | None = Formula.subsample,
        power: float = POWER,
        min_count: int = VocabularyOptions.min_count,
        max_vocab: int | None = VocabularyOptions.max_vocab,
        smoothing: float | None = SMOOTHING,
        components: int = 1,
        token_pattern: str = Tokenizer.token_pattern,
        lowercase: bool = Tokenizer.lowercase,
        threads: int | None = None,
    ) -> None:
        self.dim = dim
        self.size = size
        self.weighting = weighting
        self.kind = kind
        self.negatives = negatives
        self.context_smoothing = context_smoothing
        self.shrinkage = shrinkage
        self.subsample = subsample
        self.power = power
        self.min_count = min_count
        self.max_vocab = max_vocab
        self.smoothing = smoothing
        self.components = components
        self.token_pattern = token_pattern
        self.lowercase = lowercase
        self.threads = threads

    def fit(self, X: Iterable[str | list[str]], y: Any = None) -> Self:
        """Learn the vectors of the words of ``X``; ``y`` is not used.

        Raises
        ------
        InputError
            If a document is neither a text nor a list of tokens, or there is too little text for ``dim`` columns.
        """
        self.fit_transform(X)
        return self

    def fit_transform(self, X: Iterable[str | list[str]], y: Any = None, **_: Any) -> np.ndarray:
        """Learn the vectors of the words of ``X``, and give its documents theirs: (n, d) float32."""
        from .recipe import fit

        X = list(X) if isinstance(X, Iterator) else X  # which is read twice
        options = self.get_params(deep=False)
        for name in ("smoothing", "components"):
            options.pop(name)
        self.embedding_: Embedding = fit(_documents(X), options.pop("dim"), **options)
        self._n_features_out = self.embedding_.dim
        made = self._embed(X, None)
        self.directions_ = made.directions
        return made.vectors

    def transform(self, X: Iterable[str | list[str]]) -> np.ndarray:
        """(n, d) float32, a vector for each document, by the words and common directions that :meth:`fit` learned."""
        check_is_fitted(self)
        return self._embed(X, self.directions_).vectors

    def _embed(self, X: Any, directions: np.ndarray | None) -> DocumentVectors:
        return embed_documents(
            self.embedding_,
            _documents(X),
            smoothing=self.smoothing,
            components=self.components,
            directions=directions,
            tokenizer=Tokenizer(token_pattern=self.token_pattern, lowercase=self.lowercase),
            threads=self.threads,
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags


def _documents(X: Any) -> Any:
    if isinstance(X, str) or not isinstance(X, Iterable):
        raise InputError(f"documents must be a list of texts or of lists of tokens, got a {type(X).__name__}")
    return X
