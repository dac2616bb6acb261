"""Subsampling: what thinning out frequent words does to the counts on average, and so to the modes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..cooccurrence.cooccurrence import count
from ..core.progress import Silence, reported_to
from ..corpus.corpus import Corpus
from ..linalg.search import largest
from ..target.expectation import drawn_by, log_expected
from .finding import Finding, Severity, Unavailable
from .material import head_of
from .passes import task_of
from .picture import Bars
from .registry import check
from .settings import DiagnosisOptions

if TYPE_CHECKING:
    from ..cooccurrence.cooccurrence import Cooccurrence

WORD2VEC = 1e-3  # what is looked at where the settings have no threshold
MILDER = 10.0  # times the threshold, step by step, when a better one is looked for
WORDS, MODES = 1000, 20
MOVED = (0.5, 0.8)  # of the leading modes' space that is left: below, a warning; below, worth knowing
DRAWS = 10  # passes, at most; more are taken for all draws
REST = 1e-6  # of a window that is not followed


@check
def subsampling_moves_modes(head: Cooccurrence, middle: Corpus | None, settings: DiagnosisOptions) -> Finding:
    """Subsampling changes how often pairs are counted, and where windows close up also which: so it moves modes.

    What training sees on average over all draws is compared with what it would see of the same text without
    subsampling.  The formula's subsampling is that average itself, counts times keep_i keep_j; where windows close up
    over dropped words it is :func:`~solve2vec.kernels.thinning.closed_counts`.
    """
    t, is_asked = settings.subsample or WORD2VEC, settings.subsample is not None
    text = Thinned(head, middle, settings)
    before = text.modes(None)
    after, drawn = text.modes(t), text.left_of_draws(before, t)
    left, d = _left(before, after), before.shape[1]
    seen = left if drawn is None else min(left, drawn)
    kept = ((before.T @ after) ** 2).sum(axis=1)
    angle = np.degrees(np.arccos(np.clip(np.linalg.svd(before.T @ after, compute_uv=False).min(), 0, 1)))
    severity: Severity = (
        ("warning" if seen < MOVED[0] else "worth knowing" if seen < MOVED[1] else "fine") if is_asked else "fine"
    )
    better = _milder(text, before, t) if severity != "fine" else None
    none = "--subsample none" if settings.is_trained else ""
    bars = {"average of all draws": left} | ({} if drawn is None else {f"{text.passes} passes": drawn})
    in_passes = "" if drawn is None else f", and {drawn:.0%} in {text.passes} passes"
    gone = text.tokens_gone(t)
    return Finding(
        check="subsampling_moves_modes",
        severity=severity,
        claim=f"Subsampling with t = {t:g} drops {gone:.0%} of the tokens and leaves {left:.0%} of the {d} "
        f"leading modes' space, on average over all draws{in_passes}."
        if is_asked
        else f"Nothing is subsampled. t = {t:g} would drop {gone:.0%} of the tokens and leave {left:.0%} of the {d} "
        "leading modes' space.",
        evidence=f"Among the {len(before):,} most frequent words{text.where}: largest angle {angle:.0f}°; modes "
        f"{', '.join(f'{m + 1} ({kept[m]:.0%} left)' for m in largest(-kept, 3).tolist())} move most."
        + (" What more passes bring back is chance: each draws other tokens." if drawn is not None else "")
        + (f" t = {better[0]:g} leaves {better[1]:.0%}." if better else ""),
        advice="Subsample less." if better
        else "Do without subsampling." if none else "Do without subsampling: leave the option out.",
        options=f"--subsample {better[0]:g}" if better else none,
        gensim=f"sample={better[0]:g}" if better else "sample=0",
        source="Mikolov et al. 2013, keep = √(t/f); the expected counts of thinned documents, docs/diagnosis.md",
        numbers={"threshold": t, "tokens_gone": gone, "left": left, "left_in_passes": drawn, "passes": text.passes,
                 "kept_of_modes": kept.tolist(), "largest_angle": float(angle), "words": len(before),
                 "better_threshold": better[0] if better else None},
        picture=Bars(list(bars), list(bars.values()), [f"{x:.0%}" for x in bars.values()],
                     f"How much of the space of the {d} leading modes is left"),
    )  # fmt: skip


class Thinned:
    """What is left of the counts of one text at any threshold, as the settings' model is trained on them."""

    def __init__(self, head: Cooccurrence, middle: Corpus | None, settings: DiagnosisOptions) -> None:
        self._settings, self._middle = settings, middle
        self._vocabulary = head.vocabulary if middle is None else middle.vocabulary
        self._formula = replace(settings.formula, subsample=None)
        longer = 1.0 if middle is None else max(1.0, middle.vocabulary.total / max(1, len(middle)))
        self.passes = int(np.ceil(settings.epochs * longer))
        if middle is None:
            small = head.head(WORDS) if len(head) > WORDS else head
            self._words, self._plain = small.vocabulary, small.counts.toarray() / small.denominator
            self.where = ""
        else:
            self._words = self._vocabulary.head(WORDS) if len(self._vocabulary) > WORDS else self._vocabulary
            self._plain = self._closed(np.ones(len(self._vocabulary)))
            self.where = f", in {len(middle):,} tokens"
        if not self._plain.any():
            raise Unavailable("no two words stand in one window: there is nothing to thin out")

    def modes(self, t: float | None) -> np.ndarray:
        """(H, d) the leading modes of what t leaves on average, or of all."""
        keep = np.ones(len(self._vocabulary)) if t is None else self._keep(t)
        own = keep[: len(self._words)]
        C = self._plain * np.outer(own, own) if self._middle is None or t is None else self._closed(keep)
        return self._modes_of(C, t)

    def _modes_of(self, C: np.ndarray, t: float | None) -> np.ndarray:
        """(H, d) the leading eigenvectors of the target, by size where two matrices take both signs."""
        formula = replace(self._formula, subsample=t)
        marginal, n = C.sum(axis=1) / C.sum(), float(C.sum())
        drawn = drawn_by(formula, self._words, self._plain.sum(axis=1))
        x, y = log_expected(replace(formula, symmetric=True), marginal, n, drawn)
        M = formula.of(C, np.exp(x[:, None] + y))
        λ, V = np.linalg.eigh((M + M.T) / 2)
        order = np.argsort(-λ if self._settings.tied else -np.abs(λ), kind="stable")
        return V[:, order[: max(1, min(MODES, len(M) // 4))]]

    def left_of_draws(self, before: np.ndarray, t: float) -> float | None:
        """What the sum of all passes leaves of the modes ``before``; None where none are drawn, or too many.

        A pass over a longer text counts for as many draws of its middle, whose chance is the larger.
        """
        if self._middle is None or self.passes > DRAWS:
            return None
        keep, part, C = np.append(self._keep(t), 0.0), self._middle, np.zeros_like(self._plain)
        with reported_to(Silence()):
            for seed in range(self.passes):
                counts = count(head_of(thinned(part, keep, seed), len(self._words)), self._settings.window)
                C += counts.counts.toarray() / counts.denominator
        return _left(before, self._modes_of(C, t))

    def tokens_gone(self, t: float) -> float:
        """The share of all tokens that t drops."""
        return float((self._vocabulary.counts * (1 - self._keep(t))).sum() / max(1, self._vocabulary.total))

    def _keep(self, t: float) -> np.ndarray:
        if self._middle is None:
            return self._vocabulary.keep_probability(t)
        return task_of(self._middle, replace(self._settings, subsample=t)).keep

    def _closed(self, keep: np.ndarray) -> np.ndarray:
        from ..kernels.thinning import closed_counts

        assert self._middle is not None
        window, part = self._settings.window, self._middle
        C = np.zeros((len(self._words), len(self._words)))
        closed_counts(np.asarray(part.tokens), np.asarray(part.document_starts), np.append(keep, 0.0),
                      window.numerators / window.denominator, REST, C)  # fmt: skip
        return C


def _left(before: np.ndarray, after: np.ndarray) -> float:
    return float(((before.T @ after) ** 2).sum() / before.shape[1])


def _milder(text: Thinned, before: np.ndarray, t: float) -> tuple[float, float] | None:
    """The first threshold above t, in steps of a decade, that leaves enough, and what it leaves."""
    while (t := t * MILDER) < 1:
        left, drawn = _left(before, text.modes(t)), text.left_of_draws(before, t)
        if min(left, left if drawn is None else drawn) >= MOVED[1]:
            return t, left
    return None


def thinned(corpus: Corpus, keep: np.ndarray, seed: int) -> Corpus:
    """Drop each token with chance 1 - keep, (V + 1,) with that of unknown ones; what is left closes up."""
    tokens = np.asarray(corpus.tokens)
    stays = np.random.default_rng(seed).random(len(tokens)) < keep[tokens]
    starts = np.concatenate([[0], np.cumsum(stays)])[np.asarray(corpus.document_starts)]
    return Corpus(
        tokens=tokens[stays],
        document_starts=starts.astype(np.int64),
        vocabulary=corpus.vocabulary,
        lineage=corpus.lineage.then("thinned", seed=seed),
    )
