"""Collocations: words that stand together more often than chance would have it, by several scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np

from ..cooccurrence.directed import count_directed
from ..core.choices import require_choice
from ..core.errors import require_positive, require_stage
from ..core.resources import with_resources
from ..linalg.search import largest

if TYPE_CHECKING:
    from scipy import sparse

    from ..corpus.corpus import Corpus

ScoreName = Literal["log_likelihood", "chi_squared", "pmi", "npmi", "t", "log_dice", "delta_p"]
Value = Callable[[np.ndarray, np.ndarray, np.ndarray, float], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Score:
    """One way to score a pair; a new one is a row of :data:`SCORES`.

    Attributes
    ----------
    label, formula, about, source : str
        Its name in a table, its definition, what it is, and where it was published.
    value : function of c, a, b, N
        From how often the pair stands, its first word does with any word after it, its second with any before it, and
        any two words do; arrays of float64 and a number.
    """

    label: str
    formula: str
    about: str
    source: str
    value: Value


def _cells(c: np.ndarray, a: np.ndarray, b: np.ndarray, N: float) -> tuple[np.ndarray, np.ndarray]:
    """(4, pairs) observed and expected: both words, the first alone, the second alone, neither."""
    observed = np.stack([c, a - c, b - c, N - a - b + c])
    expected = np.stack([a * b, a * (N - b), (N - a) * b, (N - a) * (N - b)]) / N
    return observed, expected


def _log_likelihood(c: np.ndarray, a: np.ndarray, b: np.ndarray, N: float) -> np.ndarray:
    observed, expected = _cells(c, a, b, N)
    logs = np.log(np.divide(observed, expected, out=np.ones_like(observed), where=observed > 0))
    return np.sign(c - expected[0]) * 2 * (observed * logs).sum(axis=0)


def _chi_squared(c: np.ndarray, a: np.ndarray, b: np.ndarray, N: float) -> np.ndarray:
    observed, expected = _cells(c, a, b, N)
    parts = np.divide((observed - expected) ** 2, expected, out=np.zeros_like(expected), where=expected > 0)
    return np.sign(c - expected[0]) * parts.sum(axis=0)


SCORES: dict[ScoreName, Score] = {
    "log_likelihood": Score(
        label="G²",
        formula="± 2 Σ O ln(O / E) over the four cells",
        about="how surely the pair is no accident; minus where it is rarer than chance has it",
        source="Dunning 1993",
        value=_log_likelihood,
    ),
    "chi_squared": Score(
        label="χ²",
        formula="± Σ (O - E)² / E over the four cells",
        about="as G², and too large for rare pairs",
        source="Pearson 1900",
        value=_chi_squared,
    ),
    "pmi": Score(
        label="PMI",
        formula="log2(c N / (a b))",
        about="how closely the words hold together; favors rare words",
        source="Church and Hanks 1990",
        value=lambda c, a, b, N: np.log2(c * N / (a * b)),
    ),
    "npmi": Score(
        label="NPMI",
        formula="ln(c N / (a b)) / -ln(c / N)",
        about="PMI in -1 … 1: 1 where neither word stands without the other",
        source="Bouma 2009",
        value=lambda c, a, b, N: np.where(c < N, np.log(c * N / (a * b)) / -np.log(np.minimum(c / N, 1 - 1e-16)), 1.0),
    ),
    "t": Score(
        label="t",
        formula="(c - a b / N) / √c",
        about="favors frequent pairs",
        source="Church et al. 1991",
        value=lambda c, a, b, N: (c - a * b / N) / np.sqrt(c),
    ),
    "log_dice": Score(
        label="logDice",
        formula="14 + log2(2 c / (a + b))",
        about="at most 14, whatever the size of the text",
        source="Rychlý 2008",
        value=lambda c, a, b, N: 14 + np.log2(2 * c / (a + b)),
    ),
    "delta_p": Score(
        label="ΔP",
        formula="c / a - (b - c) / (N - a)",
        about="how much likelier the first word makes the second; it is not symmetric",
        source="Ellis 2006",
        value=lambda c, a, b, N: c / a - np.divide(b - c, N - a, out=np.zeros_like(c), where=a < N),
    ),
}


class Collocation(NamedTuple):
    """A pair of words, the first before the second.

    Attributes
    ----------
    first, second : str
    seen : int
        How often they stand so.
    expected : float
        How often chance would have it: a b / N.
    scores : dict
        By the names of :data:`SCORES`.
    """

    first: str
    second: str
    seen: int
    expected: float
    scores: dict[ScoreName, float]


@with_resources
def collocations(
    corpus: Corpus,
    n: int = 20,
    *,
    word: str | None = None,
    score: ScoreName = "log_likelihood",
    span: int = 1,
    min_count: int = 5,
    memory: int | str | None = None,
    threads: int | None = None,
    scratch: str | Path | None = None,
) -> list[Collocation]:
    """Pairs of words that stand together more often than chance would have it, best first.

    A pair and what it is compared with are counted over all places of which the second is 1 … ``span`` after the first
    in one document: c those of the pair, a those whose first is its first word, b those whose second is its second, N
    all of them.  Words without a row are counted in a, b and N.

    Parameters
    ----------
    corpus : Corpus
    n : int
        How many pairs.
    word : str, optional
        Only pairs with this word.
    score : str
        By which pairs are ordered, a key of :data:`SCORES`.
    span : int
        How far the second word stands after the first at most; 1 for words side by side.
    min_count : int
        Leave out pairs that stand less often.
    memory, threads, scratch
        As in :func:`~solve2vec.cooccurrence.cooccurrence.count`.

    Raises
    ------
    UnknownWordError
        If ``word`` has no row.
    InputError
        If a number is below 1, or there is no such score.

    Examples
    --------
    >>> from solve2vec.corpus.corpus import VocabularyOptions, encode
    >>> corpus = encode(["new york is a city", "a new york taxi"] * 5, selection=VocabularyOptions(min_count=1))
    >>> best = collocations(corpus, 1)[0]
    >>> best.first, best.second, best.seen, round(best.scores["pmi"], 2)
    ('new', 'york', 10, 1.81)
    """
    require_stage("collocations", corpus, "Corpus", "make one with encode(documents)")
    require_positive(n=n, span=span, min_count=min_count)
    require_choice("score", score, get_args(ScoreName))
    token = None if word is None else corpus.vocabulary.require(word)
    first, second, c = _pairs(corpus, span, min_count, token)
    a, b, N = _margins(corpus, span)
    c, a, b = c.astype(np.float64), a[first].astype(np.float64), b[second].astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        best = largest(SCORES[score].value(c, a, b, float(N)), n) if len(c) else np.empty(0, np.int64)
        of_best = {name: row.value(c[best], a[best], b[best], float(N)) for name, row in SCORES.items()}
    words = corpus.vocabulary.words
    return [
        Collocation(
            words[first[pair]],
            words[second[pair]],
            int(c[pair]),
            float(a[pair] * b[pair] / N),
            {name: float(values[place]) for name, values in of_best.items()},
        )
        for place, pair in enumerate(best)
    ]


def _pairs(corpus: Corpus, span: int, least: int, token: int | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First words, second words and counts of the pairs that stand so often, and have the word if there is one."""
    directed = count_directed(corpus, range(1, span + 1))
    counts: sparse.csr_array = directed.at(1)
    for offset in range(2, span + 1):
        counts = counts + directed.at(offset)
    kept = np.flatnonzero(counts.data >= least)
    first, second = np.searchsorted(counts.indptr, kept, "right") - 1, counts.indices[kept]
    if token is not None:
        has = (first == token) | (second == token)
        kept, first, second = kept[has], first[has], second[has]
    return first, second, counts.data[kept]


def _margins(corpus: Corpus, span: int) -> tuple[np.ndarray, np.ndarray, int]:
    """How often each word has any word 1 … span after it, (V,), and before it, and how often any two words stand so."""
    starts, V = np.asarray(corpus.document_starts), len(corpus.vocabulary)
    lengths = np.diff(starts)
    seen = corpus.counted_vocabulary().counts
    a, b, N = np.zeros(V, np.int64), np.zeros(V, np.int64), 0
    last, first = np.zeros(V + 1, np.int64), np.zeros(V + 1, np.int64)  # in the last, and first, ``offset`` places
    for offset in range(1, span + 1):
        long = lengths >= offset
        last += np.bincount(corpus.tokens[starts[1:][long] - offset], minlength=V + 1)
        first += np.bincount(corpus.tokens[starts[:-1][long] + offset - 1], minlength=V + 1)
        a += seen - last[:V]
        b += seen - first[:V]
        N += int(np.maximum(lengths - offset, 0).sum())
    return a, b, N
