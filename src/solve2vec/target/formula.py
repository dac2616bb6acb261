"""The formula: what a target says about one pair, from its counts and the counts that chance would give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from ..core.errors import InputError
from ..core.options import ABOVE_0, FROM_0, Number, check_options, option
from .kinds import KINDS, Kind, KindName

NUMBERS = ("negatives", "context_smoothing", "shrinkage", "subsample", "floor")
NoiseName = Literal["pairs", "words", "kept"]


@dataclass(frozen=True)
class Formula:
    """M as a function of C (weighted counts) and E = k n P_i q_j (expected counts).

    Which function is a row of :data:`solve2vec.target.kinds.KINDS`: mstar, the quadratic model's [1]_, or a form of
    PMI [2]_.

    q_j is the noise distribution, P_j^α of all pairs.  κ, ``shrinkage``, is a ridge on each pair in units of weighted
    counts: pairs with little evidence are pulled to 0.  κ = 0 gives the published targets.

    Parameters
    ----------
    kind : str
        Which matrix, a key of that table.
    negatives : float
        k, at least 1: shifts the PMI by -log k.
    context_smoothing : float
        α in (0, 1]: the noise distribution's power (word2vec: 0.75).
    shrinkage : float
        κ ≥ 0.
    subsample : float, optional
        t > 0: expected effect of subsampling frequent words, counts times keep_i keep_j.
    noise : {"pairs", "words", "kept"}
        What q is the power α of: each word's share of all pairs, or of all words, both before subsampling, as word2vec
        draws its negatives; or of the pairs that subsampling keeps, which differs from the first where there is any.
    unigram : bool
        P_i from word counts instead of the marginal of P_ij; the published code does so.
    symmetric : bool
        With α < 1, E_ij and E_ji are replaced by their geometric mean, so that M stays symmetric and can be
        factorized by one matrix; otherwise two matrices are needed.
    floor : float
        The PMI of pairs never seen where κ = 0 leaves it at minus infinity (0: Levy and Goldberg's M_0).

    References
    ----------
    .. [1] Karkada et al., "Closed-Form Training Dynamics Reveal Learned Features and Linear Structure in
       Word2Vec-like Models", NeurIPS 2025, arXiv:2502.09863.
    .. [2] Levy and Goldberg, "Neural Word Embedding as Implicit Matrix Factorization", NeurIPS 2014.

    Examples
    --------
    >>> Formula(kind="mstar", shrinkage=0.0).of(np.array([0.0, 3.0]), np.array([1.0, 1.0])).tolist()
    [-2.0, 1.0]
    """

    kind: KindName = option("mstar", f"Which matrix: {', '.join(f'{n} ({k.about})' for n, k in KINDS.items())}.")
    negatives: float = option(1.0, "k, negatives for each pair: shifts the PMI by -log k.", Number(least=1))
    context_smoothing: float = option(
        1.0, "Power of the noise distribution, above 0 and at most 1; word2vec has 0.75.", Number(above=0, most=1)
    )
    shrinkage: float = option(0.5, "Ridge on each pair, in weighted counts; 0 gives the published targets.", FROM_0)
    subsample: float | None = option(
        None, "Threshold of subsampling frequent words, in expectation (such as 1e-4).", ABOVE_0
    )
    noise: NoiseName = option(
        "pairs",
        "Noise words are drawn by their share of all pairs, of all words, or of the pairs that subsampling keeps.",
    )
    unigram: bool = option(False, "Take P_i from word counts, not from the marginal of P_ij.")
    symmetric: bool = option(True, "Keep M symmetric under context smoothing (geometric mean of both directions).")
    floor: float = option(0.0, "PMI of pairs never seen, where shrinkage is 0.", Number())

    def __post_init__(self) -> None:
        check_options(self)
        if self.row.shifted and self.negatives != 1:
            raise InputError(f"{self.kind} has no negatives, got {self.negatives}: use {self.row.shifted}")
        for name in NUMBERS:  # 2 and 2.0 are one formula, with one fingerprint
            if (value := getattr(self, name)) is not None:
                object.__setattr__(self, name, float(value))

    @property
    def row(self) -> Kind:
        """The row of the table of targets."""
        return KINDS[self.kind]

    def of(self, counts: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """M for pairs with ``counts`` C ≥ 0 and ``expected`` E > 0, arrays of one shape; float64."""
        C, E = np.asarray(counts, np.float64), np.asarray(expected, np.float64)
        return self.row.value(C, E, self.shrinkage, self.floor)

    def of_unseen(self, expected: np.ndarray) -> np.ndarray:
        """M for pairs that were never counted."""
        return self.of(np.zeros_like(expected, dtype=np.float64), expected)

    @property
    def constant_background(self) -> float | None:
        """The value of all pairs never seen, where it is one number; otherwise None."""
        return self.row.unseen(self.shrinkage, self.floor)

    def log_expected(
        self, marginal: np.ndarray, total: float, drawn: np.ndarray, normalizer: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Give x and y such that E_ij = exp(x_i + y_j).

        Parameters
        ----------
        marginal : (V,) array
            P_i.
        total : float
            n, the sum of all weighted counts.
        drawn : (V,) array
            What noise is the power α of, in any unit.
        normalizer : float
            Σ_j drawn_j^α over the whole vocabulary.
        """
        with np.errstate(divide="ignore"):
            x = np.log(self.negatives * total) + np.log(marginal)
            y = self.context_smoothing * np.log(drawn) - np.log(normalizer)
        return ((x + y) / 2, (x + y) / 2) if self.symmetric else (x, y)

    @property
    def values(self) -> dict[str, Any]:
        """The fields by name; without ``noise`` where it makes no difference, or is what it was before it was one."""
        is_old = self.noise == "kept" or (self.noise == "pairs" and self.subsample is None)
        return {name: value for name, value in asdict(self).items() if name != "noise" or not is_old}

    @classmethod
    def of_values(cls, values: Mapping[str, Any]) -> Formula:
        """What :attr:`values` are of."""
        return cls(**{"noise": "pairs" if values.get("subsample") is None else "kept"} | dict(values))

    @property
    def is_symmetric(self) -> bool:
        """Whether M equals its transpose for symmetric counts."""
        return self.symmetric or (self.context_smoothing == 1 and self.draws_by_marginal)

    @property
    def draws_by_marginal(self) -> bool:
        """Whether noise is the power α of P_i itself."""
        return self.noise == "kept" or (self.subsample is None and (self.noise == "pairs" or self.unigram))
