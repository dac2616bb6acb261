"""Sets of items: documents in which hardly a word stands twice, told from running text by looking at some of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .corpus import Corpus

TOKENS = 1 << 18  # looked at, in documents spread evenly over all
LONG = 1 << 12  # tokens of one document
FEW = 0.1  # of what chance would bring: text of five words a document has half of it, baskets have a twentieth
EVIDENCE = 100.0  # pairs that chance would bring; fewer are none


def are_sets(corpus: Corpus) -> bool:
    """Whether documents are sets of items: two places of one have the same word a tenth as often as by chance, or less.

    Order tells nothing: in most baskets some items are written before others.

    Examples
    --------
    >>> from solve2vec.corpus.corpus import VocabularyOptions, encode
    >>> baskets = [["salt", "flour", "eggs"], ["eggs", "salt", "milk"], ["flour", "milk", "salt"]] * 50
    >>> sentences = [["the", "cat", "sees", "the", "dog"], ["the", "dog", "sees", "a", "cat"]] * 50
    >>> [are_sets(encode(documents, selection=VocabularyOptions(min_count=1))) for documents in (baskets, sentences)]
    [True, False]
    """
    starts, V = np.asarray(corpus.document_starts), len(corpus.vocabulary)
    lengths = np.minimum(np.diff(starts), LONG)
    if not len(lengths) or not (total := int(lengths.sum())):
        return False
    chosen = np.unique(np.linspace(0, len(lengths) - 1, max(1, len(lengths) * min(total, TOKENS) // total)).astype(int))
    sizes = lengths[chosen]
    document = np.repeat(np.arange(len(chosen)), sizes)
    tokens = np.asarray(
        corpus.tokens[np.repeat(starts[chosen] - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())]
    )
    known = tokens < V
    seen = np.bincount(tokens[known], minlength=V)
    in_document = np.bincount(document[known], minlength=len(chosen)).astype(np.float64)
    _, times = np.unique(document[known].astype(np.int64) * V + tokens[known], return_counts=True)
    found = float((times.astype(np.float64) * (times - 1)).sum())
    shares = seen / max(1, seen.sum())
    expected = float((in_document * (in_document - 1)).sum() * (shares @ shares))
    return expected >= EVIDENCE and found < FEW * expected
