"""Intervals: from the replicates of a number to the range that it can be trusted to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from ..core.errors import InputError
from ..core.options import INSIDE_0_1, check_options, option

NEAR_ONE = 1 - 1e-6  # Fisher's z of a cosine of 1 is infinite

Method = Literal["normal", "percentile"]


class Interval(NamedTuple):
    """A number with the low and high end of its interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Level:
    """Which interval.

    Parameters
    ----------
    confidence : float
        The share of texts whose interval is to hold, in (0, 1).
    method : {"normal", "percentile"}
        normal: the estimate ± Student's t times a standard error; works from few replicates.  percentile: the
        quantiles of the replicates themselves; needs 2 / (1 - confidence) of them or more.
    prediction : bool
        For the estimate that another text of the same size would give, instead of for its expectation: both
        estimates err, so the interval is √2 times as wide.

    Examples
    --------
    >>> Level(confidence=0.9).confidence
    0.9
    """

    confidence: float = option(0.95, "Share of texts whose interval is to hold.", INSIDE_0_1)
    method: Method = option("normal", "How the ends are found.")
    prediction: bool = option(False, "For another text's estimate: √2 times as wide.")

    def __post_init__(self) -> None:
        check_options(self)
        if self.prediction and self.method == "percentile":
            raise InputError("percentile intervals say nothing of another text: use method='normal' to predict")

    def of_cosines(self, estimates: np.ndarray, replicates: np.ndarray, shards: int) -> tuple[np.ndarray, np.ndarray]:
        """Low and high (n,) of cosines (n,) from their replicates (B, n), on the scale of Fisher's z = artanh."""
        if self.method == "percentile":
            return self._percentiles(replicates)
        z, replicated = (np.arctanh(np.clip(x, -NEAR_ONE, NEAR_ONE)) for x in (estimates, replicates))
        low, high = self.of_values(z, replicated, shards)
        return np.tanh(low), np.tanh(high)

    def of_values(self, estimates: np.ndarray, replicates: np.ndarray, shards: int) -> tuple[np.ndarray, np.ndarray]:
        """Low and high (n,) of numbers (n,) from their replicates (B, n).

        The error is the root mean square distance of the replicates *from the estimate*, so it holds their bias as
        well as their spread: noise pulls cosines together and spreads eigenvalues, and a pair that was chosen for
        its cosine has too large a one.  How much of it is in one estimate is unknown, so it widens the interval
        rather than moving it.
        """
        if self.method == "percentile":
            return self._percentiles(replicates)
        error = np.sqrt(((replicates - estimates) ** 2).mean(axis=0))
        reach = self._reach(len(replicates), shards) * error
        return estimates - reach, estimates + reach

    def _reach(self, replicates: int, shards: int) -> float:
        """Student's t times what a standard error over ``shards`` draws lacks, √(S / (S - 1)).

        B replicates know the bootstrap's variance to 2 / B, and S shards the text's to 2 / (S - 1) (as a share,
        squared): ν = 1 / (1/B + 1/(S-1)) degrees of freedom.
        """
        from scipy.special import stdtrit

        freedom = 1 / (1 / replicates + 1 / (shards - 1))
        t = float(stdtrit(freedom, (1 + self.confidence) / 2))
        return t * np.sqrt(shards / (shards - 1)) * (np.sqrt(2) if self.prediction else 1)

    def _percentiles(self, replicates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        needed = int(np.ceil(round(2 / (1 - self.confidence), 6)))
        if len(replicates) < needed:
            raise InputError(
                f"percentile intervals of {self.confidence:.0%} need {needed} replicates, there are {len(replicates)}: "
                "fit with a larger bootstrap, or use method='normal'"
            )
        outside = (1 - self.confidence) / 2
        low, high = np.quantile(replicates, [outside, 1 - outside], axis=0)
        return low, high
