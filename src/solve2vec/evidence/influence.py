"""Influence: how much each document and each line adds to a cosine or to the strength of a mode, to first order.

Without a document the pairs counted in it are gone, the sums of rows r that chance is made of change, and so does what
subsampling keeps of each word.  A number f of the target M therefore falls by

    df = Σ_ij Φ_ij dC_ij + Σ_i ρ_i dr_i + Σ_i κ_i d log keep_i,    Φ = ∂f/∂M ∂M/∂C,

with dC and dr of the document's own pairs.  For f = λ_k it is ∂f/∂M = v_k v_kᵀ (Hellmann and Feynman), and df is exact
to first order; for the cosine of two words modes are held, and their rows M_i V Λ^(p-1) change: exact to first order
for these, and without what the document does to the axes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ..cooccurrence.counting import Rows, Workroom, padded_places, prepare
from ..cooccurrence.rows import row_blocks_of
from ..core import progress
from ..core.errors import InputError
from ..core.parallel import ordered_map
from ..core.resources import block_size
from ..linalg.search import dots
from ..target.expectation import interpolated, log_expected
from .concordance import places_of

if TYPE_CHECKING:
    from ..cooccurrence.window import Window
    from ..corpus.corpus import Corpus
    from ..spectrum.spectrum import Spectrum
    from ..target.formula import Formula

TOKENS = 1 << 20  # looked at at a time
STEP = 1e-4  # of a logarithm, for slopes: central differences, right to STEP²


@dataclass(frozen=True, eq=False)
class Text:
    """A corpus as a target of it sees it.

    Attributes
    ----------
    corpus : Corpus
    window : Window
    spectrum : Spectrum
        Of the target, which has one matrix for words and contexts, and noise drawn by its own marginal.

    Raises
    ------
    InputError
        If the target is another.
    """

    corpus: Corpus
    window: Window
    spectrum: Spectrum
    keep: np.ndarray = field(init=False)  # (V,)
    row_sums: np.ndarray = field(init=False)  # (V,) r
    x: np.ndarray = field(init=False)  # (V,) and y: E_ij = exp(x_i + y_j)
    y: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        spectrum, formula = self.spectrum, self.spectrum.formula
        if formula is None or spectrum.marginal is None or spectrum.right_vectors is not None:
            raise InputError("documents are told apart in modes of one matrix that was made of counts")
        if formula.unigram or not (formula.draws_by_marginal and formula.is_symmetric):
            raise InputError(
                "documents are told apart in targets whose noise is drawn by their own marginal: fit with "
                "noise='kept' and without unigram"
            )
        keep = np.ones(len(spectrum.vocabulary))
        if formula.subsample is not None:
            keep = spectrum.vocabulary.keep_probability(formula.subsample)
        x, y = log_expected(formula, spectrum.marginal, spectrum.total, spectrum.drawn)
        for name, value in (("keep", keep), ("row_sums", spectrum.marginal * spectrum.total), ("x", x), ("y", y)):
            object.__setattr__(self, name, value)

    @property
    def formula(self) -> Formula:
        """The target's."""
        assert self.spectrum.formula is not None
        return self.spectrum.formula

    @cached_property
    def numerators(self) -> np.ndarray:
        """(L,) float64 weights by distance; none for whole documents."""
        return np.empty(0) if self.window.is_document else self.window.numerators / self.window.denominator

    @cached_property
    def starts(self) -> np.ndarray:
        """(D + 1,) document starts."""
        return np.asarray(self.corpus.document_starts)

    def slopes(self, C: np.ndarray, E: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """∂M/∂C of counted pairs, 0 of others; and ∂M/∂log E of all."""
        of, step = self.formula.of, STEP * C
        by_count = np.divide(of(C + step, E) - of(C - step, E), 2 * step, out=np.zeros_like(C), where=C > 0)
        return by_count, (of(C, E * np.exp(STEP)) - of(C, E * np.exp(-STEP))) / (2 * STEP)

    def unseen_slopes(self, t: np.ndarray) -> np.ndarray:
        """∂M/∂log E of pairs never counted, at t = log E."""
        of = self.formula.of_unseen
        return (of(np.exp(t + STEP)) - of(np.exp(t - STEP))) / (2 * STEP)

    def row_slopes(self, summed: np.ndarray) -> np.ndarray:
        """ρ (V,) from (V,) Σ_j ∂f/∂M_ij ∂M_ij/∂log E_ij, rows and columns of one word added.

        d log E_ij = (1 + α)/2 (d log r_i + d log r_j) - α Σ_m w_m d log r_m, w the noise P^α.
        """
        α, P = self.formula.context_smoothing, np.maximum(self.row_sums, 0)
        w = P**α / (P**α).sum()
        by_log = (1 + α) / 2 * summed - α * w * (summed.sum() / 2)
        made: np.ndarray = np.divide(by_log, self.row_sums, out=np.zeros_like(by_log), where=self.row_sums > 0)
        return made

    def counted(self, tokens: np.ndarray) -> np.ndarray:
        """(n, V) float64 weighted counts of some words, after subsampling."""
        V = len(self.keep)
        row_of = np.full(V + 1, -1)
        row_of[tokens] = np.arange(len(tokens))
        _, _, _, count = prepare(self.corpus, self.window, row_of)
        room, indptr = Workroom(len(tokens) * V, V), np.zeros(len(tokens) + 1, np.int64)
        used = count(0, len(tokens), room.sums, indptr, room.indices, room.counts)
        made = np.zeros((len(tokens), V))
        rows = np.repeat(np.arange(len(tokens)), np.diff(indptr))
        made[rows, room.indices[:used]] = room.counts[:used] / self.window.denominator
        return made * self.keep[tokens][:, None] * self.keep

    def around(self, places: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(n,) the summed weights (V,) of what stands in the window of each place, rising, by distance."""
        from ..kernels.influence import sums_around

        if not len(places):
            return np.zeros(0)
        first = int(np.searchsorted(self.starts, places[0], "right")) - 1
        tokens = np.asarray(self.corpus.tokens)
        return sums_around(tokens, self.starts, first, places, self.numerators, np.append(weights, 0.0))

    def documents_at(self, places: np.ndarray) -> np.ndarray:
        """(n,) the document of each place."""
        return np.searchsorted(self.starts, places, "right") - 1

    def of_rows(self, ρ: np.ndarray, κ: np.ndarray) -> np.ndarray:
        """(D,) what each document adds by ρ (V,), of sums of rows, and by what subsampling keeps.

        κ (V,) is Σ_j (Φ_ij + Φ_ji) C_ij, to which here is added what keeping does by way of ρ.
        """
        N, V, D = len(self.corpus), len(self.keep), self.corpus.n_documents
        tokens, keep, subsampled = self.corpus.tokens, self.keep, self.formula.subsample is not None

        def part(first: int) -> tuple[int, np.ndarray, np.ndarray]:
            places = np.arange(first, min(first + size, N))
            here, documents = np.asarray(tokens[places[0] : places[-1] + 1]), self.documents_at(places)
            summed = np.append(ρ * keep, 0.0)[here] * self.around(places, keep)
            again = self.around(places, ρ * keep) if subsampled else np.zeros(len(here))
            by_word: np.ndarray = np.bincount(here, again, V + 1)
            return int(documents[0]), np.bincount(documents - documents[0], summed), by_word

        size, made, by_word = block_size(TOKENS), np.zeros(D), np.zeros(V + 1)
        with progress.task("documents", float(N)) as advance:
            for document, sums, words in ordered_map(part, range(0, N, size)):
                made[document : document + len(sums)] += sums
                by_word += words
                advance(float(size))
        return made + self._of_keeping(κ + ρ * self.row_sums + keep * by_word[:V]) if subsampled else made

    def _of_keeping(self, κ: np.ndarray) -> np.ndarray:
        """(D,) what each document adds by d log keep_i = ½ (d log N - d log count_i), where keep_i is below 1."""
        vocabulary, D = self.spectrum.vocabulary, self.corpus.n_documents
        κ = np.where(self.keep < 1, κ, 0.0)
        weights = np.append(-κ / (2 * np.maximum(vocabulary.counts, 1)), 0.0) + κ.sum() / (2 * vocabulary.total)
        made = np.zeros(D)
        for first in range(0, len(self.corpus), TOKENS):
            here = np.asarray(self.corpus.tokens[first : first + TOKENS])
            documents = self.documents_at(np.arange(first, first + len(here)))
            sums = np.bincount(documents - documents[0], weights[here])
            made[documents[0] : documents[0] + len(sums)] += sums
        return made


@dataclass(frozen=True, eq=False)
class Influence:
    """What each document of a text adds to a number.

    Attributes
    ----------
    value : float
        The number: a cosine, or an eigenvalue.
    by_document : (D,) float64
        How much higher it is with the document than without, to first order.
    places : dict of (n,) int64
        Of each word that was asked for, where it stands in the tokens; of a mode, none.
    by_place : dict of (n,) float64
        What the window around each of these places adds.
    """

    value: float
    by_document: np.ndarray
    places: dict[str, np.ndarray] = field(default_factory=dict)
    by_place: dict[str, np.ndarray] = field(default_factory=dict)


def influence_on_cosine(text: Text, first: str, second: str, power: float) -> Influence:
    """What each document adds to the cosine of two words, with the modes held.

    Parameters
    ----------
    text : Text
    first, second : str
    power : float
        p of the rows V Λ^p.
    """
    spectrum, words = text.spectrum, (first, second)
    ids, λ = spectrum.vocabulary.ids(words), np.asarray(spectrum.eigenvalues, np.float64)
    modes = np.asarray(spectrum.eigenvectors)
    W = modes[ids] * λ**power
    lengths = np.sqrt(np.add.reduce(W * W, axis=1))[:, None]
    if not lengths.all():
        return Influence(0.0, np.zeros(text.corpus.n_documents))
    unit = W / lengths
    cosine = float(np.add.reduce(unit[0] * unit[1]))
    toward = (unit[::-1] - cosine * unit) / lengths  # ∂ cosine / ∂ W
    by_entry = np.stack([dots(modes, λ ** (power - 1) * each) for each in toward])  # ∂ cosine / ∂ M of both rows
    C = text.counted(ids)
    by_count, by_log = text.slopes(C, np.exp(text.x[ids][:, None] + text.y))
    Φ, of_expected = by_entry * by_count, by_entry * by_log
    summed, κ = of_expected.sum(axis=0), (Φ * C).sum(axis=0)
    np.add.at(summed, ids, of_expected.sum(axis=1))
    np.add.at(κ, ids, (Φ * C).sum(axis=1))
    ρ = text.row_slopes(summed)
    by_document, places, by_place = text.of_rows(ρ, κ), {}, {}
    for word, token, row in zip(words, ids, Φ, strict=True):
        places[word] = places_of(text.corpus, np.array([token]))
        weights = text.keep[token] * text.keep
        sums = text.around(places[word], weights * row)
        by_document += np.bincount(text.documents_at(places[word]), sums, len(by_document))
        by_place[word] = sums + ρ[token] * text.around(places[word], weights)
    return Influence(cosine, by_document, places, by_place)


def influence_on_mode(text: Text, mode: int) -> Influence:
    """What each document adds to the eigenvalue of a mode.

    Raises
    ------
    InputError
        If there is no such mode.
    """
    from ..kernels.counting import document_of_positions
    from ..kernels.influence import document_sums

    spectrum, keep = text.spectrum, text.keep
    if not 0 <= mode < len(spectrum):
        raise InputError(f"there is no mode {mode}; the spectrum has modes 0…{len(spectrum) - 1}")
    v = np.asarray(spectrum.eigenvectors[:, mode], np.float64)
    left, right, _ = interpolated(text.unseen_slopes, text.x, text.y)
    summed = dots(left, np.array([np.add.reduce(column * v) for column in right.T]))  # Σ_j ∂M_ij/∂log E_ij v_j
    starts, places, _ = padded_places(text.corpus, 0, np.append(np.arange(len(v)), -1))
    document_of, tokens = document_of_positions(text.starts), np.asarray(text.corpus.tokens)
    counted = Rows(text.corpus, text.window)

    def part(rows: slice, indptr: np.ndarray, indices: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, ...]:
        lengths = np.diff(indptr)
        row = np.repeat(np.arange(rows.start, rows.stop), lengths)
        kept = keep[row] * keep[indices]
        t = text.x[row] + text.y[indices]
        C = counts / text.window.denominator * kept
        by_count, by_log = text.slopes(C, np.exp(t))
        above = (by_log - text.unseen_slopes(t)) * v[indices]
        Φ = v[row] * v[indices] * by_count
        of = row - rows.start
        sums = document_sums(
            tokens, text.starts, document_of, starts, places, text.numerators, rows.start, indptr, indices, kept * Φ
        )
        return sums, np.bincount(of, above, len(lengths)), np.bincount(of, Φ * C, len(lengths))

    by_document, above, κ = np.zeros(text.corpus.n_documents), [], []
    with progress.task("mode", float(len(text.corpus))) as advance:
        for sums, of_rows, of_counts in counted.each(row_blocks_of(counted.most), part, advance):
            by_document += sums
            above.append(of_rows)
            κ.append(of_counts)
    summed = 2 * v * (summed + np.concatenate(above))
    by_document += text.of_rows(text.row_slopes(summed), 2 * np.concatenate(κ))
    return Influence(float(spectrum.eigenvalues[mode]), by_document)


def lines_of(influence: Influence, word: str, n: int) -> Iterator[tuple[int, float]]:
    """The ``n`` places of a word that add most, and what; equal ones in the order of the text."""
    by_place = influence.by_place[word]
    for at in np.argsort(-by_place, kind="stable")[:n]:
        yield int(influence.places[word][at]), float(by_place[at])
