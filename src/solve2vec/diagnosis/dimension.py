"""The dimension: which modes are found again in other documents, and which concepts a smaller d would conflate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
    from ..evaluation import Comparison
    from .material import Questions

GRID = (5, 10, 25, 50, 75, 100, 150, 200, 250, 300)
BEHIND = (0.2, 0.05)  # of the score with enough dimensions: more is a warning; more is worth knowing
TOO_MANY = 4  # times the upper end: four times as many still cost few points (docs/diagnosis.md)
NAMED = 4  # modes above d


@check
def dimension_without_support(
    replication: Replication, settings: DiagnosisOptions, optional_questions: Questions
) -> Finding:
    """Modes that other documents do not show are noise; modes left out conflate what they would tell apart."""
    d, (low, high), K = settings.dim, replication.interval, len(replication.eigenvalues)
    supported, beyond = replication.recommended, replication.is_capped and high >= K
    scored = scores_by_dimension(replication, optional_questions, d)
    best = scored.enough(supported)
    behind = scored.behind(d, best)
    severity: Severity
    if scored.scores:
        worst = max(behind.values(), default=0.0)
        severity = "warning" if worst > BEHIND[0] else "worth knowing" if worst or d < best else "fine"
    elif beyond and d > high:
        severity = "fine"
    else:
        far = d > TOO_MANY * high or d < low / 2
        severity = "warning" if far else "worth knowing" if not supported <= d <= high else "fine"
    says = f"{'at least ' if beyond else ''}{supported} (interval {low} … {high})"
    if behind:
        file = max(behind, key=lambda file: behind[file])
        at, of = scored.scores[file], f" ({K} were solved)" * (d > K)
        claim = f"d = {d}{of} scores {at[min(d, K)]:.3f} on {Path(file).name}, {best} dimensions {at[best]:.3f}"
    elif d < best:
        claim = (
            f"d = {d} leaves out modes that {'scores gain from' if scored.scores else 'other documents show as well'}"
        )
    elif d > high and severity == "fine" and scored.scores:
        claim = f"d = {d} scores no worse than fewer dimensions"
    elif severity == "fine":
        claim = f"d = {d} is within what this corpus supports"
    else:
        claim = f"d = {d} keeps modes that other documents do not show"
    return Finding(
        check="dimension_without_support",
        severity=severity,
        claim=f"{claim}; halves of the documents support {says}.",
        evidence=_evidence(replication, d, scored.scores),
        advice=f"Use {best} dimensions: "
        + (f"the fewest with all scores within {BEHIND[1]:.0%} of their best, or nearest to that."
           if scored.scores else "so many modes do other documents show."),
        options=f"--dim {best}",
        gensim=f"vector_size={best}",
        source="Chen, Roch, Rohe and Yu 2021, cross-validated eigenvalues; spiked model: Benaych-Georges and "
        "Nadakuditi 2011; Karkada et al., NeurIPS 2025 (d ≥ 100)",
        numbers={"dim": d, "recommended": best, "supported": supported, "low": low, "high": high,
                 "words": len(replication.vocabulary), "above_noise": replication.above_noise,
                 "noise": replication.noise.tolist(), "found_again": replication.share.tolist(),
                 "scores": scored.scores, "behind": behind, "capped": beyond,
                 "overlap_at_supported": float(replication.overlap[:, supported - 1].mean()),
                 "modes_above": [replication.mode_words(k) for k in range(min(d, K), min(d + NAMED, K))]},
        picture=_picture(replication, scored, {f"your d = {d}": float(d), f"recommended {best}": float(best)}),
    )  # fmt: skip


def _picture(replication: Replication, scored: Scored, marks: dict[str, float]) -> Curves:
    """Scores by dimension where there are any; otherwise how much of each mode is found again."""
    if scored.scores:
        lines: dict[str, Sequence[float]] = {Path(file).name: list(at.values()) for file, at in scored.scores.items()}
        return Curves(scored.dims, lines, f"Scores by dimension, of the {len(replication.vocabulary):,} most frequent "
                      "words", "dimensions", "score", marks=marks, log_x=True)  # fmt: skip
    K = len(replication.eigenvalues)
    return Curves(
        list(range(1, K + 1)),
        {"found again": replication.share.tolist(),
         "half of it is signal": [SIGNAL] * K, "worth keeping": [WORTH_KEEPING] * K},
        "Share of each mode's strength that the other half of the documents shows",
        "mode, by rank", "found again", marks=marks, log_x=True,
    )  # fmt: skip


def _evidence(replication: Replication, d: int, scores: dict[str, dict[int, float]]) -> str:
    best, K = replication.recommended, len(replication.eigenvalues)
    parts = [
        f"{Path(file).name}: " + ", ".join(f"{score:.3f} at {dim}" for dim, score in by_dim.items()) + "."
        for file, by_dim in scores.items()
    ]
    parts += [
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
    return " ".join(parts)


@dataclass(frozen=True)
class Scored:
    """Question sets put to vectors of several dimensions.

    Attributes
    ----------
    scores : dict
        Of each set, by its file, the score by dimension; sets without a score, or none above 0, are left out.
    dims : list of int
    compare : function of a file and two dimensions
        The paired bootstrap of the one's score less the other's.
    """

    scores: dict[str, dict[int, float]]
    dims: list[int]
    compare: Callable[[str, int, int], Comparison]

    def enough(self, supported: int) -> int:
        """The fewest dimensions whose score is near the best of every set, or nearest; ``supported`` without any."""
        if not self.scores:
            return supported
        share = {d: min(at[d] / max(at.values()) for at in self.scores.values()) for d in self.dims}
        near = min(1 - BEHIND[1], max(share.values()))
        return next(d for d in self.dims if share[d] >= near)

    def behind(self, d: int, best: int) -> dict[str, float]:
        """Sets on which ``d`` dimensions are clearly behind ``best``, and by which share of the score."""
        d, found = min(d, self.dims[-1]), {}
        for file, at in self.scores.items():
            lost = 1 - at[d] / at[best] if at[best] > 0 else 0.0
            if lost > BEHIND[1]:
                high = self.compare(file, d, best).high
                if high is not None and high < 0:
                    found[file] = lost
        return found


def scores_by_dimension(replication: Replication, questions: Questions, d: int) -> Scored:
    """Put every question set to vectors of the words that were looked at, in ``d`` and other dimensions."""
    from .. import evaluation

    vectors = replication.eigenvectors * np.sqrt(replication.eigenvalues)
    made = Embedding.from_vectors(replication.vocabulary.words, vectors)
    K = made.dim
    dims = sorted({dim for dim in GRID if dim <= K} | {min(K, replication.recommended), min(K, d)})
    asked_for: tuple[evaluation.AnalogyQuestions | evaluation.SimilarityQuestions, ...] = (
        *questions.analogies,
        *questions.similarities,
    )
    sets = {asked.file: asked for asked in asked_for}
    found: dict[str, dict[int, float]] = {}
    for file, asked in sets.items():
        for dim in dims:
            small = made.first(dim)
            score = (
                evaluation.analogies(small, asked, bootstrap=0).accuracy
                if isinstance(asked, evaluation.AnalogyQuestions)
                else evaluation.similarity(small, asked, bootstrap=0).spearman
            )
            if score is not None:
                found.setdefault(file, {})[dim] = float(score)

    def compare(file: str, one: int, other: int) -> Comparison:
        verb: Any = (
            evaluation.compare_analogies
            if isinstance(sets[file], evaluation.AnalogyQuestions)
            else evaluation.compare_similarity
        )
        made_of: Comparison = verb(made.first(one), made.first(other), sets[file])
        return made_of

    whole = {file: at for file, at in found.items() if len(at) == len(dims) and max(at.values()) > 0}
    return Scored(whole, dims, compare)


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
