"""Negatives: what the number k does to the weights of the loss, and so to what is learned."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import NotConverged
from ..embedding.embedding import embed
from ..spectrum.solver import solve
from ..target.target import Target, build_target
from ..training.full_batch.pairs import Pairs
from ..training.full_batch.weighted import WeightedOptions, factorize
from ..training.sampled.settings import REWEIGHED
from .finding import Finding, Severity, Unavailable
from .picture import Bars
from .registry import check
from .settings import DiagnosisOptions

if TYPE_CHECKING:
    from ..cooccurrence.cooccurrence import Cooccurrence
    from ..target.formula import Formula

LOOKED_AT = (1.0, 2.0, 5.0, 15.0)
WORDS, MODES, SWEEPS = 800, 20, 20  # dense, and cheap enough for every k
FEWEST = 20  # words
ALIKE = 0.01  # of an overlap: less is no difference
LOST = (0.1, 0.03)  # of the best overlap, to k: more is a warning; more is worth knowing
LOST_TO_WEIGHTS = 0.1  # of the leading directions, at any k: more is worth knowing


@dataclass(frozen=True)
class AtK:
    """What k negatives do here.

    ``overlap`` is ‖V_dᵀÛ_d‖²/d of the weighted and the unweighted solution, ``agreement`` the correlation of their
    products W Uᵀ, ``top`` the share of all weight in the heaviest hundredth of pairs, ``effective`` the share of
    pairs that would have the same Σg² if they weighed alike, (Σ g)² / (V² Σ g²).
    """

    k: float
    overlap: float
    agreement: float
    positive: int
    top: float
    effective: float


@check
def negatives_far_from_theory(head: Cooccurrence, settings: DiagnosisOptions) -> Finding:
    """The loss weighs pairs by g_ij = (P_ij + k P_i q_j)/8, so its optimum is not the closed form's; k says how far."""
    small = head.head(WORDS) if len(head) > WORDS else head
    if len(small) < FEWEST:
        raise Unavailable(f"there are {len(small)} words; {FEWEST} are the fewest whose directions can be compared")
    ks = sorted({*LOOKED_AT, settings.negatives})
    found = {k: at_k(small, replace(settings.formula, negatives=k, shrinkage=0.0, subsample=None)) for k in ks}
    mine, top = found[settings.negatives], max(one.overlap for one in found.values())
    best = next(k for k in ks if found[k].overlap > top - ALIKE)
    by_k, by_weights = 1 - mine.overlap / top, 1 - mine.overlap
    weighted = settings.is_trained and not settings.reweighted
    severity: Severity = (
        "fine" if not weighted
        else "warning" if by_k > LOST[0] else "worth knowing" if by_k > LOST[1] or by_weights > LOST_TO_WEIGHTS
        else "fine"
    )  # fmt: skip
    k, dim, is_k = settings.negatives, min(MODES, len(small) // 4), by_k > LOST[1]
    even = "--reweighted" if settings.model in REWEIGHED else "--model sgns --reweighted"
    return Finding(
        check="negatives_far_from_theory",
        severity=severity,
        claim=f"Here all pairs weigh the same; with word2vec's own weights {mine.overlap:.0%} of the {dim} leading "
        f"directions would be the same at k = {k:g}."
        if not weighted
        else f"k = {k:g} takes the optimum {by_k:.0%} further from the closed form than k = {best:g} does."
        if is_k
        else f"At k = {k:g} {by_weights:.0%} of the {dim} leading directions are lost to the loss's own weights"
        f"{'; no k keeps more' if k == best else f', at k = {best:g} {1 - top:.0%}'}."
        if severity != "fine"
        else f"At k = {k:g} the weighted optimum has {mine.overlap:.0%} of the closed form's {dim} leading directions.",
        evidence=f"Among the {len(small):,} most frequent words, k = {k:g} "
        + ("shifts the PMI by nothing" if k == 1 else f"lowers the PMI by log k = {np.log(k):.2f}")
        + f"; the heaviest hundredth of pairs has {mine.top:.0%} of the weight, as if {mine.effective:.1%} of pairs "
        f"counted. Overlap of {dim} directions, correlation of W Uᵀ and positive eigenvalues left: "
        + "; ".join(f"k = {one.k:g}: {one.overlap:.2f}, {one.agreement:.2f}, {one.positive}" for one in found.values())
        + f". Overlaps within {ALIKE} are alike; the theory holds best at k = {best:g}.",
        advice=f"Tune the number of negatives by scores; where the theory is to hold, "
        f"{f'use k = {best:g}, or ' if is_k else ''}weigh pairs alike ({even}): then it holds at any k.",
        options=f"--negatives {best:g}" if is_k and 1 - top <= LOST_TO_WEIGHTS else even,
        gensim=f"negative={best:g}" if is_k else "no argument: pairs always have word2vec's own weights",
        source="Levy and Goldberg 2014 (the shift); Karkada et al., NeurIPS 2025 (the weights); Hu, Koren and Volinsky "
        "2008 (the weighted optimum)",
        numbers={"k": k, "best_k": best, "lost": by_k, "lost_to_weights": by_weights, "words": len(small),
                 "modes": dim, "at_k": {f"{one.k:g}": one.__dict__ for one in found.values()}},
        picture=Bars([f"k = {one.k:g}" for one in found.values()], [one.overlap for one in found.values()],
                     [f"{one.overlap:.2f}" for one in found.values()],
                     "How much of the closed form's leading directions the weighted optimum has",
                     marked=ks.index(k)),
    )  # fmt: skip


def at_k(counts: Cooccurrence, formula: Formula) -> AtK:
    """Solve with and without weights, and compare."""
    target = build_target(counts, formula)
    dim = max(1, min(MODES, len(counts) // 4))
    unweighted = embed(solve(target, dim, tied=False))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConverged)  # a few sweeps from the spectrum tell the direction
        how = WeightedOptions(dim=dim, sweeps=SWEEPS, tolerance=1e-4, ridge=1e-6)
        weighted = factorize(counts, how, formula=formula, warm_start=unweighted).embedding
    g = weights(counts, target)
    heavy = np.partition(g.ravel(), -max(1, g.size // 100))[-max(1, g.size // 100) :]
    M = target.toarray()
    products = [np.asarray(E.vectors, np.float64) @ np.asarray(E.context_vectors).T for E in (unweighted, weighted)]
    return AtK(
        k=formula.negatives,
        overlap=subspace_overlap(unweighted.vectors, weighted.vectors),
        agreement=float(np.corrcoef(products[0].ravel(), products[1].ravel())[0, 1]),
        positive=int((np.linalg.eigvalsh((M + M.T) / 2) > target.rounding()).sum()),
        top=float(heavy.sum() / g.sum()),
        effective=float(g.sum() ** 2 / (g.size * (g * g).sum())),
    )


def weights(counts: Cooccurrence, target: Target) -> np.ndarray:
    """(V, V) g_ij = (P_ij + k P_i q_j) / 8, dense."""
    C, E = Pairs.of(counts, target).dense()
    made: np.ndarray = (C + E) / (8 * target.total)
    return made


def subspace_overlap(one: np.ndarray, other: np.ndarray) -> float:
    """‖QᵀQ'‖² / d of two (V, d) matrices' column spaces: 1 if they are the same.

    >>> subspace_overlap(np.eye(3)[:, :2], np.eye(3)[:, 1:])
    0.5
    """
    Q, R = (np.linalg.qr(np.asarray(X, np.float64))[0] for X in (one, other))
    return float(((Q.T @ R) ** 2).sum() / Q.shape[1])
