"""Which words: those seen once, more numbers than tokens to learn them from, and languages that do not mix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .finding import Finding, Unavailable
from .picture import Bars
from .registry import check
from .settings import DiagnosisOptions

if TYPE_CHECKING:
    from ..cooccurrence.cooccurrence import Cooccurrence
    from ..corpus.vocabulary import Vocabulary

FREQUENT = 200  # words whose company tells languages apart
APART = 0.1  # of a group's weight that may lead out of it, for two languages
TRIED = 5  # eigenvectors
SMALL = 0.05  # of all weight: less is a quotation, not a language


@check
def words_seen_once(vocabulary: Vocabulary, settings: DiagnosisOptions) -> Finding:
    """min_count = 1 gives every misspelling a vector, made from one place."""
    counts = np.asarray(vocabulary.counts)
    if not counts.any():
        raise Unavailable("the words' counts are not known")
    if not vocabulary.lineage.values_of("build_vocabulary"):
        raise Unavailable("the words were chosen elsewhere, so nobody knows how rare one may be: give the text")
    rows = counts[counts >= settings.min_count]
    if not len(rows):
        raise Unavailable(f"no word of this vocabulary is seen min_count={settings.min_count} times: lower it")
    once = int((counts == 1).sum())
    if settings.min_count == 1 and not once and vocabulary.rare is not None:
        once = sum(count == 1 for count in vocabulary.rare_counts.values())
    fires = settings.min_count == 1 and once > 0.2 * len(vocabulary)
    five = int((counts >= 5).sum())
    kept = float(counts[counts >= 5].sum()) / max(1, int(counts.sum()))
    return Finding(
        check="words_seen_once",
        severity="warning" if fires else "fine",
        claim="Every word that is seen once has a vector, and a vector from one place says nothing."
        if fires
        else f"Words have a row from {settings.min_count} occurrence{'s' * (settings.min_count != 1)} on.",
        evidence=f"{once:,} words are seen once, beside {len(vocabulary):,} in the vocabulary; with min_count = 5 "
        f"there would be {five:,} words, and they are {kept:.1%} of the tokens that have a row."
        if fires
        else f"The rarest of {len(rows):,} words is seen {int(rows.min()):,} time{'s' * bool(rows.min() != 1)}.",
        advice="Ask for more occurrences; unseen words can be folded in from their contexts.",
        options="--min-count 5",
        gensim="min_count=5",
        source="common in public issue threads; docs/diagnosis.md; word2vec's default of 5",
        numbers={"seen_once": once, "words": len(vocabulary), "words_of_5": five, "coverage_of_5": kept},
    )


@check
def more_parameters_than_tokens(vocabulary: Vocabulary, settings: DiagnosisOptions) -> Finding:
    """V·d numbers cannot be learned from fewer tokens."""
    if not vocabulary.total:
        raise Unavailable("the number of tokens is not known")
    V = min(len(vocabulary), settings.max_vocab or len(vocabulary))
    numbers = V * settings.dim * (1 if settings.tied else 2)
    ratio = numbers / vocabulary.total
    fires = ratio > 1
    d = max(1, int(vocabulary.total / (V * (1 if settings.tied else 2))))
    return Finding(
        check="more_parameters_than_tokens",
        severity="warning" if ratio > 10 else "worth knowing" if fires else "fine",
        claim=f"There are {ratio:.1f} numbers to learn for each token."
        if fires
        else f"There are {1 / ratio:.1f} tokens for each number to learn.",
        evidence=f"{V:,} words × {settings.dim} dimensions{'' if settings.tied else ' × 2 matrices'} = {numbers:,} "
        f"numbers; {vocabulary.total:,} tokens.",
        advice="Fewer words or fewer dimensions, or more text.",
        options=f"--min-count {max(10, 2 * settings.min_count)} --dim {d}",
        gensim=f"min_count={max(10, 2 * settings.min_count)}, vector_size={d}",
        source="common in public issue threads; docs/diagnosis.md (V·d ≫ tokens)",
        numbers={"parameters": numbers, "tokens": vocabulary.total, "per_token": ratio},
    )


@check
def mixed_languages(head: Cooccurrence) -> Finding:
    """Two groups of frequent words that never stand together: two languages, which are two models in one.

    On the graph of the 200 most frequent words, the cut of smallest conductance along a leading eigenvector of the
    normalized counts.
    """
    small = head.head(FREQUENT) if len(head) > FREQUENT else head
    conductance, group = smallest_cut(small.counts.toarray().astype(np.float64))
    weights = np.asarray(small.counts.sum(axis=1), np.float64).ravel()
    share = float(weights[group].sum() / max(1.0, weights.sum()))
    fires = conductance < APART and min(share, 1 - share) > SMALL
    ends = [[small.vocabulary.words[k] for k in np.flatnonzero(side)[:12]] for side in (~group, group)]
    return Finding(
        check="mixed_languages",
        severity="warning" if fires else "fine",
        claim="The corpus falls into two parts whose most frequent words never stand together, as two languages do."
        if fires
        else "The frequent words stand together, as those of one language do.",
        evidence=f"Among the {len(small)} most frequent words, {conductance:.1%} of the smaller group's contexts cross "
        f"to the other where it is cut most easily: {' '.join(ends[0])} | {' '.join(ends[1])}."
        + (f" The smaller group holds {min(share, 1 - share):.0%} of the contexts." if fires else ""),
        advice="Fit each part by itself: the first modes would only tell them apart, and neighbors across them mean "
        "nothing.",
        source="common in public issue threads; docs/diagnosis.md; conductance: Shi and Malik 2000",
        numbers={"conductance": conductance, "share": share, "one": ends[0], "other": ends[1]},
        picture=Bars(
            ["one language below", "this corpus"], [APART, conductance], [f"{APART:.0%}", f"{conductance:.1%}"],
            "Contexts that cross the easiest cut among frequent words; two languages cross less than 10 %", marked=1,
        ),
    )  # fmt: skip


def smallest_cut(weights: np.ndarray) -> tuple[float, np.ndarray]:
    """The conductance of the best cut along a leading eigenvector, and its (n,) smaller side.

    φ(A) = Σ_{i∈A, j∉A} w_ij / min(Σ_A, Σ_rest), with the words in the order of each of the five leading eigenvectors
    of D^-½ W D^-½: the second alone may tell a small group apart.  Sides with less than 5 % of the weight do not count.

    Examples
    --------
    >>> round(smallest_cut(np.array([[0, 9, 0, 0], [9, 0, 1, 0], [0, 1, 0, 9], [0, 0, 9, 0.0]]))[0], 3)
    0.053
    """
    W = (weights + weights.T) / 2
    degree = W.sum(axis=1)
    alive = np.flatnonzero(degree > 0)
    group = np.zeros(len(W), bool)
    if len(alive) < 4:
        return 1.0, group
    inner, scale = W[np.ix_(alive, alive)], 1 / np.sqrt(degree[alive])
    leading = np.linalg.eigh(inner * scale[:, None] * scale[None, :])[1][:, -TRIED:] * scale[:, None]
    orders = [np.argsort(column, kind="stable") for column in leading.T]
    cuts = [_conductances(inner[np.ix_(order, order)]) for order in orders]
    which = int(np.argmin([φ.min() for φ in cuts]))
    at = int(cuts[which].argmin()) + 1
    group[alive[orders[which][:at]]] = True
    if degree[group].sum() > degree.sum() / 2:
        group[alive] = ~group[alive]
    return float(cuts[which].min()), group


def _conductances(W: np.ndarray) -> np.ndarray:
    """(n - 1,) φ of the first k of n words against the rest; 1 where a side is small."""
    inside = W.sum(axis=1).cumsum()[:-1]
    within = (2 * np.tril(W, -1).sum(axis=1) + np.diagonal(W)).cumsum()[:-1]
    side = np.minimum(inside, W.sum() - inside)
    return np.divide(inside - within, side, out=np.ones(len(side)), where=side > SMALL * W.sum())
