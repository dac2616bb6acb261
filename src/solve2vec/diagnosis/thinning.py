"""Subsampling: what thinning out frequent words does to the counts, and whether dividing it out brings modes back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..cooccurrence.cooccurrence import Cooccurrence, count
from ..core.progress import Silence, reported_to
from ..corpus.corpus import Corpus
from ..linalg.search import largest
from ..target.target import build_target
from .finding import Finding, Severity
from .material import head_of
from .picture import Bars
from .registry import check
from .settings import DiagnosisOptions

if TYPE_CHECKING:
    from ..target.formula import Formula

WORD2VEC = 1e-3  # what is looked at where the settings have no threshold
WORDS, MODES, TOKENS = 1000, 20, 2_000_000
MOVED = (0.5, 0.8)  # of the leading modes' space that is left: below, a warning; below, worth knowing
DENOMINATOR = 360_360


@check
def subsampling_moves_modes(corpus: Corpus, settings: DiagnosisOptions) -> Finding:
    """Thinning out frequent words changes the pairs, closes windows over what is dropped, and so moves modes."""
    threshold, is_asked = settings.subsample or WORD2VEC, settings.subsample is not None
    keep = corpus.vocabulary.keep_probability(threshold)
    gone = float((corpus.vocabulary.counts * (1 - keep)).sum() / max(1, corpus.vocabulary.total))
    part = leading_tokens(head_of(corpus, WORDS), TOKENS)
    with reported_to(Silence()):
        plain = count(part, settings.window)
        thin = count(thinned(part, keep, seed=0), settings.window)
    formula = replace(settings.formula, subsample=None)
    before = modes(plain, formula)
    after, back = modes(thin, formula), modes(corrected(thin, keep[: len(thin)]), formula)
    expected = modes(plain, replace(formula, subsample=threshold))
    cosines = np.linalg.svd(before.T @ after, compute_uv=False)
    left, restored, by_chance = (float(((before.T @ V) ** 2).sum() / before.shape[1]) for V in (after, back, expected))
    kept = ((before.T @ after) ** 2).sum(axis=1)
    severity: Severity = (
        ("warning" if left < MOVED[0] else "worth knowing" if left < MOVED[1] else "fine") if is_asked else "fine"
    )
    moved = largest(-kept, 3)
    d = before.shape[1]
    return Finding(
        check="subsampling_moves_modes",
        severity=severity,
        claim=f"Subsampling with t = {threshold:g} drops {gone:.0%} of the tokens and leaves {left:.0%} of the {d} "
        "leading modes' space."
        if is_asked
        else f"Nothing is subsampled. word2vec's t = {threshold:g} would drop {gone:.0%} of the tokens and leave "
        f"{left:.0%} of the {d} leading modes' space.",
        evidence=f"Counted on {len(part):,} tokens among the {len(plain):,} most frequent words, with windows that "
        f"close up over dropped words: largest angle {np.degrees(np.arccos(np.clip(cosines.min(), 0, 1))):.0f}°; modes "
        f"{', '.join(f'{m + 1} ({kept[m]:.0%} left)' for m in moved.tolist())} move most. Counts times keep_i keep_j "
        f"(no closing up) would leave {by_chance:.0%}; dividing the thinned counts by keep_i keep_j "
        f"{'brings back' if restored > left + 0.01 else 'does not bring back more:'} {restored:.0%}.",
        advice="Account for subsampling: put its expected effect into the target, without chance and without closing "
        "windows, or do without it.",
        options=f"--subsample {threshold:g}  # of fit: in expectation; leave it out for none",
        gensim="sample=0",
        source="Mikolov et al. 2013, keep = √(t/f); Hellrich et al. 2018 (random thinning makes vectors unstable)",
        numbers={"threshold": threshold, "tokens_gone": gone, "left": left, "restored": restored,
                 "expected_left": by_chance, "kept_of_modes": kept.tolist(), "cosines": cosines.tolist(),
                 "words": len(plain), "tokens": len(part)},
        picture=Bars(["subsampled", "then divided by keep", "in expectation"], [left, restored, by_chance],
                     [f"{x:.0%}" for x in (left, restored, by_chance)],
                     f"How much of the space of the {d} leading modes is left"),
    )  # fmt: skip


def leading_tokens(corpus: Corpus, tokens: int) -> Corpus:
    """Whole documents from the middle of the corpus, about so many tokens."""
    if len(corpus) <= tokens:
        return corpus
    starts = np.asarray(corpus.document_starts)
    first = int(np.searchsorted(starts, (len(corpus) - tokens) // 2))
    last = max(first + 1, int(np.searchsorted(starts, starts[min(first, len(starts) - 1)] + tokens)))
    return corpus.documents_between(first, min(last, corpus.n_documents))


def thinned(corpus: Corpus, keep: np.ndarray, seed: int) -> Corpus:
    """Drop each token with chance 1 - keep; what is left closes up.  Words beyond ``keep`` stay."""
    tokens = np.asarray(corpus.tokens)
    chance = np.append(keep[: len(corpus.vocabulary)], 1.0)[tokens]
    stays = np.random.default_rng(seed).random(len(tokens)) < chance
    starts = np.concatenate([[0], np.cumsum(stays)])[np.asarray(corpus.document_starts)]
    return Corpus(
        tokens=tokens[stays],
        document_starts=starts.astype(np.int64),
        vocabulary=corpus.vocabulary,
        lineage=corpus.lineage.then("thinned", seed=seed),
    )


def corrected(counts: Cooccurrence, keep: np.ndarray) -> Cooccurrence:
    """C_ij / (keep_i keep_j)."""
    from scipy import sparse

    scale = sparse.dia_array((1 / keep[None, :], [0]), shape=(len(keep), len(keep)))
    matrix = scale @ (counts.counts.astype(np.float64) / counts.denominator) @ scale
    matrix = sparse.csr_array((matrix + matrix.T) / 2)
    return Cooccurrence.from_matrix(matrix, counts.vocabulary, denominator=DENOMINATOR)


def modes(counts: Cooccurrence, formula: Formula) -> Any:
    """(V, d) the leading eigenvectors, dense."""
    M = build_target(counts, formula).toarray()
    d = max(1, min(MODES, len(M) // 4))
    return np.linalg.eigh((M + M.T) / 2)[1][:, ::-1][:, :d]
