"""Change: words that stand among other words in one text than in another, and how sure that is.

Two texts have a space each. Of the words that both know well, one space is turned onto the other (orthogonal
Procrustes, every word alike), and a word has *moved* by 1 - the cosine of its two vectors (Hamilton, Leskovec and
Jurafsky 2016). Any two texts differ, and the rarer a word the more. So the same is done with texts among whose parts,
of documents that follow one another, the two labels are shuffled: what moves are like when nothing has changed but
chance (Dubossarsky, Weinshall and Grossman 2017). A word's p is the share of all moves by chance that lie as far
above those of words about as frequent; q is the false-discovery rate at which it would be named (Benjamini and
Hochberg 1995).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..cooccurrence.cooccurrence import Cooccurrence, count, merge
from ..cooccurrence.window import Window
from ..core import progress
from ..core.errors import InputError, require_numbers, require_positive
from ..core.resources import with_resources
from ..corpus.corpus import Corpus
from ..corpus.vocabulary import Vocabulary
from ..embedding.embedding import Embedding, embed
from ..linalg.search import unit_rows
from ..spectrum.solver import solve
from ..target.target import mstar

DIM, SHUFFLES, SHARDS, LEAST = 100, 20, 20, 50
TINY = 1e-12
PEERS = 200  # words about as frequent, whose moves by chance are looked at together


@dataclass(frozen=True)
class Moved:
    """A word, and how far it moved.

    Attributes
    ----------
    word : str
    counts : tuple of two int
        In the first text and in the second.
    move : float
        1 - the cosine of its two vectors.
    by_chance : float
        What 95 % of the moves of words about as frequent stay under when labels are shuffled.
    p, q : float
    """

    word: str
    counts: tuple[int, int]
    move: float
    by_chance: float
    p: float
    q: float


@dataclass(frozen=True, eq=False)
class Change:
    """What moved between two texts.

    Attributes
    ----------
    words : tuple of Moved
        All words that both know well, the smallest q first, then the largest move beyond chance.
    before, after : Embedding
        Their vectors in each text, in one space.
    rate : float
        The false-discovery rate that was asked for.
    """

    words: tuple[Moved, ...]
    before: Embedding
    after: Embedding
    rate: float

    @property
    def found(self) -> tuple[Moved, ...]:
        """The words named at this rate: of these so large a share is expected to be there by chance."""
        return tuple(word for word in self.words if word.q <= self.rate)

    def neighbors(self, word: str, n: int = 5) -> tuple[list[str], list[str]]:
        """The nearest words in the first text, and in the second."""
        before, after = ([near for near, _ in space.neighbors(word, n)] for space in (self.before, self.after))
        return before, after


@with_resources
def change(
    first: Corpus,
    second: Corpus,
    *,
    window: Window = Window(),  # noqa: B008 - frozen
    dim: int = DIM,
    min_count: int = LEAST,
    shuffles: int = SHUFFLES,
    shards: int = SHARDS,
    rate: float = 0.05,
    seed: int = 0,
    threads: int | None = None,
) -> Change:
    """Find the words that moved from one text to another, by more than chance would have it.

    Parameters
    ----------
    first, second : Corpus
        Cut into tokens by the same rules.
    window : Window
    dim : int
        d of both spaces.
    min_count : int
        Words that both have at least so often are looked at.
    shuffles : int
        How often labels are shuffled.  One word alone can have no q below 1 / shuffles.
    shards : int
        Parts of the longer text, of documents that follow one another; the other is cut into parts as long.
    rate : float
        In (0, 1), the false-discovery rate.
    seed : int
    threads : int, optional
        All cores by default; the answer does not depend on it.

    Raises
    ------
    InputError
        If texts were cut into tokens by other rules, have fewer than ``dim`` words in common, or too few documents.

    Examples
    --------
    >>> from solve2vec import encode, planted_corpus
    >>> text = list(planted_corpus().documents(8000, length=40, seed=0))
    >>> swap = {"paris": "walked", "walked": "paris"}
    >>> other = [[swap.get(word, word) for word in document] for document in text[4000:]]
    >>> found = change(encode(text[:4000]), encode(other), dim=20).found
    >>> {"paris", "walked"} <= {word.word for word in found}
    True
    """
    require_positive(dim=dim, min_count=min_count, shuffles=shuffles, shards=shards)
    require_numbers(rate=rate)
    if not 0 < rate < 1:
        raise InputError(f"rate must lie between 0 and 1, got {rate}")
    words = _shared(first, second, min_count, dim)
    sizes = zip((first, second), _shares(first, second, shards), strict=True)
    parts = [_parts(corpus, words, window, n) for corpus, n in sizes]
    with progress.task("comparing", shuffles + 1) as advance:
        spaces = [_space(part, dim) for part in parts]
        seen = np.array([spaces[0].vocabulary.counts, spaces[1].vocabulary.counts])
        moves, spaces[0] = _moves(*spaces)
        advance(1)
        pooled, n = [*parts[0], *parts[1]], len(parts[0])
        rng, by_chance = np.random.default_rng(seed), []
        for _ in range(shuffles):
            order = rng.permutation(len(pooled))
            drawn = [[pooled[place] for place in places] for places in (order[:n], order[n:])]
            by_chance.append(_moves(*(_space(part, dim) for part in drawn))[0])
            advance(1)
    p, limit = _chances(moves, np.array(by_chance), seen.min(axis=0))
    q = _false_discovery(p)
    order = np.lexsort((limit - moves, q))
    found = [
        Moved(words[k], (int(seen[0, k]), int(seen[1, k])), float(moves[k]), float(limit[k]), float(p[k]), float(q[k]))
        for k in order
    ]
    return Change(tuple(found), spaces[0], spaces[1], rate)


def _shared(first: Corpus, second: Corpus, least: int, dim: int) -> list[str]:
    """Words that both have often enough, the more frequent in both first."""
    rules = [corpus.lineage.values_of("read") for corpus in (first, second)]
    for name in ("token_pattern", "lowercase", "unicode_form"):
        if all(rules) and rules[0].get(name) != rules[1].get(name):
            values = " and ".join(repr(rule.get(name)) for rule in rules)
            raise InputError(f"the texts were cut into tokens by other rules: {name} is {values}; encode them alike")
    counts = [
        dict(zip(corpus.vocabulary.words, corpus.counted_vocabulary().counts.tolist(), strict=True))
        for corpus in (first, second)
    ]
    both = [word for word in counts[0] if min(counts[0][word], counts[1].get(word, 0)) >= least]
    if len(both) <= dim:
        raise InputError(
            f"{len(both)} words are seen {least} times in both texts, too few for {dim} dimensions: lower dim or "
            "min_count, or take more text"
        )
    return sorted(both, key=lambda word: (-min(counts[0][word], counts[1][word]), word))


def _shares(first: Corpus, second: Corpus, shards: int) -> tuple[int, int]:
    longest = max(len(first), len(second))
    sizes = tuple(max(2, round(shards * len(corpus) / longest)) for corpus in (first, second))
    for corpus, n in zip((first, second), sizes, strict=True):
        if corpus.n_documents < n:
            raise InputError(
                f"a text has {corpus.n_documents} documents, too few to shuffle {n} parts of it: lower shards"
            )
    return sizes  # type: ignore[return-value]


def _parts(corpus: Corpus, words: Sequence[str], window: Window, n: int) -> list[Cooccurrence]:
    """The counts of each part, all of the same words."""
    new = np.full(len(corpus.vocabulary) + 1, len(words), np.int32)
    rows = corpus.vocabulary.id_of
    new[[rows[word] for word in words]] = np.arange(len(words))
    known = replace(corpus, tokens=new[np.asarray(corpus.tokens)], vocabulary=Vocabulary.of_words(words))
    return [count(replace(part, vocabulary=part.counted_vocabulary()), window) for part in known.shards(n)]


def _space(parts: Sequence[Cooccurrence], dim: int) -> Embedding:
    return embed(solve(mstar(merge(parts)), dim))


def _moves(before: Embedding, after: Embedding) -> tuple[np.ndarray, Embedding]:
    """1 - the cosines of all words, and the first space turned onto the second."""
    old, now = unit_rows(before.vectors.astype(np.float64)), unit_rows(after.vectors.astype(np.float64))
    left, _, right = np.linalg.svd(old.T @ now)
    turn = left @ right
    turned = replace(before, vectors=(before.vectors @ turn).astype(np.float32), eigenvalues=None)
    return 1 - np.einsum("nd,nd->n", old @ turn, now), turned


def _chances(moves: np.ndarray, by_chance: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """p of each move among those by chance, and what 95 % of these stay under.

    Logarithms of moves are measured in the quartiles of their peers in frequency; then all words are one sample of what
    chance does, which a few shuffles make large enough to tell a move that is one in thousands.
    """
    order = np.argsort(-counts, kind="stable")
    logs, chances = np.log(np.maximum(moves, TINY)), np.log(np.maximum(by_chance, TINY))
    limit = np.empty(len(moves))
    for peers in np.array_split(order, max(1, len(order) // PEERS)):
        low, middle, high = np.quantile(chances[:, peers], [0.25, 0.5, 0.75])
        width = max(high - low, TINY)
        limit[peers] = np.quantile(by_chance[:, peers], 0.95)
        logs[peers], chances[:, peers] = (logs[peers] - middle) / width, (chances[:, peers] - middle) / width
    pool = np.sort(chances.ravel())
    as_large = len(pool) - np.searchsorted(pool, logs, side="left")
    return (1 + as_large) / (1 + len(pool)), limit


def _false_discovery(p: np.ndarray) -> np.ndarray:
    """The smallest rate at which each is found: min over the later ones of p n / rank."""
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return q
