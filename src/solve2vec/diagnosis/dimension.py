"""The dimension: which modes are found again in other documents, and which concepts a smaller d would conflate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..embedding.embedding import Embedding
from .finding import Finding, Severity
from .picture import Curves
from .registry import check, unless
from .replication import SIGNAL, WORTH_KEEPING, Replication
from .settings import DiagnosisOptions

if TYPE_CHECKING:
    from ..cooccurrence.cooccurrence import Cooccurrence
    from .material import Questions

GRID = (5, 10, 25, 50, 75, 100, 150, 200, 250, 300)
TOO_MANY = 4  # times the upper end: four times as many still cost few points (docs/diagnosis.md)
NAMED = 4  # modes above d


@check
def dimension_without_support(
    replication: Replication, settings: DiagnosisOptions, optional_questions: Questions
) -> Finding:
    """Modes that other documents do not show are noise; modes left out conflate what they would tell apart."""
    d, best, (low, high) = settings.dim, replication.recommended, replication.interval
    K = len(replication.eigenvalues)
    beyond = replication.is_capped and high >= K
    severity: Severity = (
        "warning" if d > TOO_MANY * high or d < low / 2 else "worth knowing" if not low <= d <= high else "fine"
    )
    if beyond and d > high:
        severity = "fine"
    says = f"{'at least ' if beyond else ''}{best} (interval {low} … {high})"
    scores = scores_by_dimension(replication, optional_questions)
    return Finding(
        check="dimension_without_support",
        severity=severity,
        claim=f"d = {d} is within what this corpus supports, {says}."
        if severity == "fine"
        else f"d = {d} keeps modes that other documents do not show: this corpus supports {says}."
        if d > high
        else f"d = {d} leaves out modes that other documents show as well: this corpus supports {says}.",
        evidence=_evidence(replication, d, scores),
        advice=f"Use {best} dimensions.",
        options=f"--dim {best}",
        gensim=f"vector_size={best}",
        source="Chen, Roch, Rohe and Yu 2021, cross-validated eigenvalues; spiked model: Benaych-Georges and "
        "Nadakuditi 2011; Karkada et al., NeurIPS 2025 (d ≥ 100)",
        numbers={"dim": d, "recommended": best, "low": low, "high": high, "words": len(replication.vocabulary),
                 "above_noise": replication.above_noise, "noise": replication.noise.tolist(),
                 "found_again": replication.share.tolist(), "scores": scores, "capped": beyond,
                 "overlap_at_recommended": float(replication.overlap[:, best - 1].mean()),
                 "modes_above": [replication.mode_words(k) for k in range(min(d, K), min(d + NAMED, K))]},
        picture=Curves(
            list(range(1, K + 1)),
            {"found again": replication.share.tolist(),
             "half of it is signal": [SIGNAL] * K, "worth keeping": [WORTH_KEEPING] * K},
            "Share of each mode's strength that the other half of the documents shows",
            "mode, by rank", "found again", marks={f"your d = {d}": float(d), f"recommended {best}": float(best)},
            log_x=True,
        ),
    )  # fmt: skip


def _evidence(replication: Replication, d: int, scores: dict[str, dict[int, float]]) -> str:
    best, K = replication.recommended, len(replication.eigenvalues)
    parts = [
        f"Halves of {replication.documents:,} documents, drawn {len(replication.found)} times, among the "
        f"{len(replication.vocabulary):,} most frequent words: of mode 1's strength the other half shows "
        f"{replication.share[0]:.0%}, of mode {best}'s {replication.share[best - 1]:.0%}, and the spaces of the "
        f"leading {best} modes overlap by {replication.overlap[:, best - 1].mean():.0%}.",
        f"{replication.above_noise} eigenvalues are above the largest of noise alone, {replication.noise.mean():.3g}.",
    ]
    above = [replication.mode_words(k, 3) for k in range(min(d, K), min(d + NAMED, K))]
    if above and d < best:
        told = "; ".join(f"{' '.join(one)} | {' '.join(other)}" for one, other in above)
        parts.append(f"The next modes, which {d} dimensions conflate, tell apart: {told}.")
    for file, by_dim in scores.items():
        parts.append(f"{Path(file).name}: " + ", ".join(f"{score:.3f} at {dim}" for dim, score in by_dim.items()) + ".")
    return " ".join(parts)


def scores_by_dimension(replication: Replication, questions: Questions) -> dict[str, dict[int, float]]:
    """The score of each question set, by dimension, of vectors of the words that were looked at."""
    if not (questions.analogies or questions.similarities):
        return {}
    from .. import evaluation

    vectors = replication.eigenvectors * np.sqrt(replication.eigenvalues)
    made = Embedding.from_vectors(replication.vocabulary.words, vectors)
    K = made.dim
    dims = sorted({d for d in GRID if d <= K} | {min(K, replication.recommended)})
    found: dict[str, dict[int, float]] = {}
    for dim in dims:
        small = made.first(dim)
        scores: list[Any] = [
            (a.file, evaluation.analogies(small, a, bootstrap=0).accuracy) for a in questions.analogies
        ]
        scores += [(s.file, evaluation.similarity(small, s, bootstrap=0).spearman) for s in questions.similarities]
        for name, score in scores:
            if score is not None:
                found.setdefault(name, {})[dim] = float(score)
    return found


def _of_two_matrices(settings: DiagnosisOptions) -> str | None:
    if settings.tied:
        return None
    return "two matrices learn singular values, those of negative eigenvalues included: set tied where W = U"


@check
@unless(_of_two_matrices)
def more_dimensions_than_positive_eigenvalues(head: Cooccurrence, settings: DiagnosisOptions) -> Finding:
    """An embedding is made of positive eigenvalues; there are no more dimensions than those."""
    from ..spectrum.solver import positive_count
    from ..target.target import build_target

    positive, V = positive_count(build_target(head, settings.formula)), len(head)
    fires = settings.dim > positive
    return Finding(
        check="more_dimensions_than_positive_eigenvalues",
        severity="warning" if fires else "fine",
        claim=f"d = {settings.dim} is above the number of positive eigenvalues, {positive}."
        if fires
        else f"The target has more positive eigenvalues than d = {settings.dim}.",
        evidence=f"{positive:,} of {V:,} eigenvalues are positive; where these are the most frequent "
        "of more words, all of them have at least as many (Cauchy's interlacing).",
        advice=f"Use at most {positive} dimensions; by gradient descent the others decay to noise.",
        options=f"--dim {positive}",
        gensim=f"vector_size={positive}",
        source="Eckart and Young 1936; counted by Sylvester's law of inertia",
        numbers={"positive": positive, "words": V, "dim": settings.dim},
    )
