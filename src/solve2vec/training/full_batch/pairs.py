"""What the counts say of each pair: C, and E = k n P_i q_j, which is of rank one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ...target.expectation import log_expected
from ...target.formula import Formula

if TYPE_CHECKING:
    from ...cooccurrence.cooccurrence import Cooccurrence
    from ...target.target import Target


PUBLISHED = Formula(shrinkage=0.0)  # the target of Karkada et al., and of word2vec's own loss


@dataclass(frozen=True)
class Pairs:
    """C_ij of the counted pairs and E_ij = row_i column_j of all, in weighted counts.

    Attributes
    ----------
    counts : (V, V) CSR array of whole numbers
    unit : float
        Weight of one of them.
    keep : (V,) float64
        Share of each word's tokens that subsampling keeps.
    row, column : (V,) float64
        E = row columnᵀ.
    shrinkage : float
        κ.
    total : float
        n.
    skip : (V,) float64, optional
        What noise leaves out, C_ij skip_j: k q_j where a noise word that is the center itself is not taught.
    """

    counts: Any
    unit: float
    keep: np.ndarray
    row: np.ndarray
    column: np.ndarray
    shrinkage: float
    total: float
    skip: np.ndarray | None = None

    @classmethod
    def of(cls, cooccurrence: Cooccurrence, target: Target, *, as_drawn: bool = False) -> Pairs:
        """The pairs behind a ``target`` that was built from ``cooccurrence``.

        ``as_drawn`` is E_ij = k n P_i q_j where the target takes the geometric mean with E_ji instead.
        """
        formula, marginal = target.formula, target.marginal
        if formula is None or marginal is None:
            raise ValueError("a target built from counts knows its formula and marginal")
        formula = replace(formula, symmetric=False) if as_drawn else formula
        x, y = log_expected(formula, marginal, target.total, target.drawn)
        subsample, V = formula.subsample, len(cooccurrence)
        return cls(
            counts=cooccurrence.counts,
            unit=1 / cooccurrence.denominator,
            keep=np.ones(V) if subsample is None else cooccurrence.vocabulary.keep_probability(subsample),
            row=np.exp(x),
            column=np.exp(y),
            shrinkage=formula.shrinkage,
            total=target.total,
        )

    def __len__(self) -> int:
        return len(self.row)

    def skipping_centers(self) -> Pairs:
        """The same pairs where a noise word that is the center itself is left out: Σ_n P_in q_j, n ≠ j."""
        return replace(self, skip=self.column * (self.row.sum() / self.total))  # E_ij = k n P_i q_j

    def stored(self, first: int, last: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Ends (rows + 1,), columns and C (float64) of the counted pairs in rows first … last - 1."""
        ends = np.asarray(self.counts.indptr[first : last + 1])
        entries = slice(int(ends[0]), int(ends[-1]))
        columns = np.asarray(self.counts.indices[entries])
        keep = np.repeat(self.keep[first:last], np.diff(ends)) * self.keep[columns]
        return ends - ends[0], columns, np.asarray(self.counts.data[entries]) * self.unit * keep

    def dense(self) -> tuple[np.ndarray, np.ndarray]:
        """C and E, less what noise leaves out, as (V, V) float64 arrays."""
        C = np.zeros((len(self), len(self)))
        for i in range(len(self)):
            _, columns, C_i = self.stored(i, i + 1)
            C[i, columns] = C_i
        E = np.outer(self.row, self.column)
        if self.skip is not None:
            E -= C * self.skip
        return C, E

    @property
    def are_symmetric(self) -> bool:
        """Whether E equals its transpose; C does."""
        return self.skip is None and np.array_equal(self.row, self.column)

    @property
    def time_unit(self) -> float:
        """4 V² / (Σ P + N), which is 4 V² / (1 + k) for the noise that training draws, whatever it leaves out."""
        return 4 * len(self) ** 2 / (1 + float(self.row.sum() * self.column.sum()) / self.total)
