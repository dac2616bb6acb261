"""A scikit-learn transformer: documents to the mean of their words' vectors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import numpy as np

from .cooccurrence.window import Size, Window
from .core import resources
from .core.errors import InputError
from .embedding.embedding import Embedding
from .target.formula import Formula

try:
    from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
    from sklearn.utils.validation import check_is_fitted
except ImportError as error:
    raise ImportError("solve2vec.sklearn needs scikit-learn: pip install scikit-learn") from error


class WordEmbedder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    r"""Learn word vectors in closed form, and give each document the mean of its words' vectors.

    Documents are texts or lists of tokens.  Unknown words are left out; a document without a known word is all zeros.

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
    token_pattern, lowercase
        How a text is split, see :class:`~solve2vec.text.tokenizer.Tokenizer`; lists of tokens are taken as they are.
    threads : int, optional
        All cores by default; the result does not depend on it.

    Attributes
    ----------
    embedding_ : Embedding
        The words' vectors.

    Examples
    --------
    >>> texts = ["the king rules the land", "the queen rules the land", "a dog eats a bone", "a cat eats a fish"] * 5
    >>> WordEmbedder(dim=1).fit_transform(texts).shape
    (20, 1)
    """

    def __init__(
        self,
        dim: int = 200,
        *,
        size: Size = Window.size,
        weighting: str = Window.weighting,
        kind: str = Formula.kind,
        negatives: float = Formula.negatives,
        context_smoothing: float = Formula.context_smoothing,
        shrinkage: float = Formula.shrinkage,
        subsample: float | None = Formula.subsample,
        power: float = 0.5,
        min_count: int = 5,
        max_vocab: int | None = None,
        token_pattern: str = "words",
        lowercase: bool = True,
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
        from .recipe import fit

        options = self.get_params(deep=False)
        self.embedding_: Embedding = fit(_documents(X), options.pop("dim"), **options)
        self._n_features_out = self.embedding_.dim
        return self

    def transform(self, X: Iterable[str | list[str]]) -> np.ndarray:
        """(n, d) float32, the mean vector of the known words of each document, as often as they occur."""
        from scipy import sparse

        check_is_fitted(self)
        rows, lengths = self._rows(_documents(X))
        known = rows >= 0
        document = np.repeat(np.arange(len(lengths)), lengths)[known]
        shape = (len(lengths), len(self.embedding_))
        counts = sparse.csr_array((np.ones(len(document), np.float32), (document, rows[known])), shape=shape)
        sums = counts @ np.asarray(self.embedding_.vectors, np.float32)
        return sums / np.maximum(counts.sum(axis=1), 1)[:, None].astype(np.float32)

    def _rows(self, documents: Iterable[str | list[str]]) -> tuple[np.ndarray, np.ndarray]:
        """The row of every token, -1 if unknown, and how many tokens each document has."""
        from .text.documents import as_documents
        from .text.tokenizer import Tokenizer

        id_of = self.embedding_.vocabulary.id_of
        tokenizer = Tokenizer(token_pattern=self.token_pattern, lowercase=self.lowercase)
        rows, lengths = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        with resources.using(threads=self.threads):
            for batch in as_documents(documents, tokenizer=tokenizer).batches():
                row_of = np.array([id_of.get(word, -1) for word in batch.types.to_pylist()], dtype=np.int64)
                rows.append(row_of[batch.ids] if len(row_of) else row_of)
                lengths.append(batch.lengths)
        return np.concatenate(rows), np.concatenate(lengths)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags


def _documents(X: Any) -> Any:
    if isinstance(X, str) or not isinstance(X, Iterable):
        raise InputError(f"documents must be a list of texts or of lists of tokens, got a {type(X).__name__}")
    return X
