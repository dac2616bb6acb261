"""Relations: the vectors between the words of analogous pairs, as more and more modes are added.

Pairs such as (man, woman), (king, queen) are linear in an embedding where their relation vectors r = w_b - w_a agree:
a mean that they share, the spike, on differences that they do not, the bulk (Karkada et al. 2025, section 5).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..core import progress
from ..core.errors import InputError, is_whole
from ..core.options import INSIDE_0_1
from ..core.parallel import single_threaded_blas
from ..core.resources import with_resources
from ..evaluation.answering import best_rows, hidden_rows
from ..evaluation.lookup import Case, Lookup, WordVectors, spelling
from ..evaluation.questions import AnalogyQuestions
from ..evaluation.reading import read_analogies
from ..linalg.search import nearest, unit_rows
from .signal import MEASURES, SNR, Measured, Sample, effective_dim, measure

ROWS = 4096  # of vectors turned at a time
FEWEST = 4  # pairs: fewer have no interval worth the name


class Bulk(NamedTuple):
    """What random differences between pairs alone would show: the law of Marchenko and Pastur (1967).

    Eigenvalues of R_d R_dᵀ / d of n vectors with no mean, variance σ² an entry and as many independent directions as
    ``effective_dim``, lie between ``low`` and ``high``, σ² (1 ± √(n / effective_dim))².
    """

    variance: float
    effective_dim: float
    low: float
    high: float

    def density(self, values: np.ndarray, n: int) -> np.ndarray:
        """The density of eigenvalues that are not 0, at each of ``values``."""
        γ, x = n / self.effective_dim, np.asarray(values, np.float64) / self.variance
        low, high = (1 - np.sqrt(γ)) ** 2, (1 + np.sqrt(γ)) ** 2
        inside = (x > low) & (x < high)
        made = np.zeros(len(x))
        made[inside] = np.sqrt((high - x[inside]) * (x[inside] - low)) / (2 * np.pi * γ * x[inside]) / self.variance
        return made


@dataclass(frozen=True, eq=False, kw_only=True)
class Relation:
    """One relation, and what its vectors show.

    Attributes
    ----------
    name : str
    pairs : tuple of (str, str), length n
        The words a and b, as the embedding spells them.
    vectors : (n, d) float64
        w_b - w_a along the modes, the strongest first.
    dims : tuple of int, length D
        Numbers of modes at which it was measured.
    measures : tuple of dict, length D
        By number of modes: ``snr`` and each of ``MEASURES``, with its interval.
    """

    name: str
    pairs: tuple[tuple[str, str], ...]
    vectors: np.ndarray
    dims: tuple[int, ...]
    measures: tuple[dict[str, Measured], ...]

    def __len__(self) -> int:
        return len(self.pairs)

    def __repr__(self) -> str:
        return f"Relation({self.name}, {len(self)} pairs)"

    def at(self, dim: int) -> dict[str, Measured]:
        """``snr`` and every measure in the first ``dim`` modes.

        Raises
        ------
        InputError
            If it was not measured there.
        """
        if dim not in self.dims:
            raise InputError(f"{self.name} was measured with {', '.join(map(str, self.dims))} modes, not with {dim}")
        return self.measures[self.dims.index(dim)]

    def curve(self, name: str) -> np.ndarray:
        """(D, 3) a measure, its low and its high end, by number of modes."""
        return np.array([found[name] for found in self.measures])

    @property
    def best_dim(self) -> int:
        """The number of modes, of those measured, with the highest signal to noise."""
        return self.dims[int(np.nanargmax(self.curve("snr")[:, 0]))]

    def eigenvalues(self, dim: int) -> np.ndarray:
        """(n,) of R_d R_dᵀ / d in the first ``dim`` modes, falling: the spike first."""
        R = self.vectors[:, :dim]
        with single_threaded_blas():
            return np.linalg.eigvalsh(R @ R.T / dim)[::-1]

    def bulk(self, dim: int) -> Bulk:
        """Where eigenvalues would lie if pairs had no more in common than their differences do."""
        R = self.vectors[:, :dim]
        with single_threaded_blas():
            d = effective_dim(R)
        variance, γ = float(((R - R.mean(axis=0)) ** 2).mean()), len(R) / d
        return Bulk(variance, d, variance * (1 - np.sqrt(γ)) ** 2, variance * (1 + np.sqrt(γ)) ** 2)

    def mean_shares(self, dim: int | None = None) -> np.ndarray:
        """(dim,) the share of each mode in the squared length of the mean relation vector."""
        power = self.vectors[:, :dim].mean(axis=0) ** 2
        return power / power.sum()

    def as_json(self) -> dict[str, Any]:
        """Plain values: pairs, and every measure at every number of modes."""
        by_dim = [
            {"modes": dim} | {name: dict(one._asdict()) for name, one in self.at(dim).items()}
            | {"bulk": dict(self.bulk(dim)._asdict()), "spike": float(self.eigenvalues(dim)[0])}
            for dim in self.dims
        ]  # fmt: skip
        return {
            "relation": self.name,
            "pairs": list(map(list, self.pairs)),
            "best_modes": self.best_dim,
            "by_modes": by_dim,
        }


@dataclass(frozen=True, eq=False, kw_only=True)
class Relations:
    """The relations of a set of questions, in its order.

    Attributes
    ----------
    file : str
        The question set.
    dims : tuple of int
        Numbers of modes at which all were measured, rising; the last is all modes.
    confidence : float
        Of the intervals.
    relations : tuple of Relation
    skipped : dict
        Relations with fewer than four known pairs, and how many they have.
    """

    file: str
    dims: tuple[int, ...]
    confidence: float
    relations: tuple[Relation, ...]
    skipped: dict[str, int]

    def __len__(self) -> int:
        return len(self.relations)

    def __iter__(self) -> Iterator[Relation]:
        return iter(self.relations)

    def __getitem__(self, name: str) -> Relation:
        found = next((one for one in self.relations if one.name == name), None)
        if found is None:
            known = ", ".join(one.name for one in self.relations)
            raise InputError(f"there is no relation {name!r} with {FEWEST} known pairs; there are {known}")
        return found

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "file": self.file, "modes": list(self.dims), "confidence": self.confidence,
            "measures": {"snr": SNR} | {name: one.about for name, one in MEASURES.items()},
            "relations": [one.as_json() for one in self.relations], "skipped": self.skipped,
        }  # fmt: skip


@with_resources
def relations(
    embedding: WordVectors,
    questions: AnalogyQuestions | str | Path,
    *,
    dims: Sequence[int] | None = None,
    case: Case = "ignore",
    restrict: int | None = None,
    confidence: float = 0.95,
    threads: int | None = None,
) -> Relations:
    """What the relation vectors of each category have in common, mode after mode.

    Parameters
    ----------
    embedding : Embedding
        Of a spectrum, its columns are the modes.  Trained or outside vectors are first turned along their principal
        directions, the strongest first, which changes no cosine.
    questions : AnalogyQuestions, or path
        As :func:`solve2vec.evaluation.read_analogies` gives or reads them.  The different word pairs of a category
        are its pairs; those with an unknown word, or with one vector for both, are left out.
    dims : sequence of int, optional
        Numbers of modes, 1 … d; by default 4, 5, 8, 11, 16 … (powers of √2, as in the paper) and d.
    case : {"ignore", "lower", "as_is"}
    restrict : int, optional
        Know only so many first words.
    confidence : float
        Of the intervals, in (0, 1).
    threads : int, optional

    Returns
    -------
    Relations
        At each number of modes: signal to noise, how far the strongest direction is the mean, the effective dimension
        of the bulk, localization over modes, cosines, and the share of questions answered rightly.

    Raises
    ------
    InputError
        If no category has four known pairs, or a value is out of range.

    References
    ----------
    .. [1] Karkada et al., "Closed-Form Training Dynamics Reveal Learned Features and Linear Structure in
       Word2Vec-like Models", NeurIPS 2025, arXiv:2502.09863, section 5 and Figures 4, 6, 7.

    Examples
    --------
    >>> import solve2vec
    >>> from solve2vec.evaluation import Analogy, AnalogyQuestions
    >>> world = solve2vec.planted_corpus()
    >>> E = solve2vec.embed(solve2vec.solve(solve2vec.Target.from_array(world.mstar(), world.words), 20))
    >>> asked = AnalogyQuestions("planted", tuple(Analogy(name, *four[:3], four[3:])
    ...                                           for name, found in world.analogies.items() for four in found))
    >>> found = relations(E, asked, dims=[5, 20])
    >>> len(found) == len(world.analogies), {one.name for one in found} == set(world.analogies)
    (True, True)
    """
    INSIDE_0_1("confidence", confidence)
    questions = questions if isinstance(questions, AnalogyQuestions) else read_analogies(questions)
    vectors = along_modes(embedding)[:restrict]
    dims = _dims(dims, vectors.shape[1])
    lookup = Lookup.of(embedding, case, restrict)
    pairs, skipped = _pairs(questions, lookup)
    if not pairs.names:
        raise InputError(f"no relation of {questions.file} has {FEWEST} known pairs: ask about words that have vectors")
    R = vectors[pairs.rows[:, 1]].astype(np.float64) - vectors[pairs.rows[:, 0]]
    measured: list[list[dict[str, Measured]]] = [[] for _ in pairs.names]
    with progress.task("relations", float(len(dims) * len(pairs.names))) as advance, single_threaded_blas():
        for dim in dims:
            among = _among(unit_rows(vectors[:, :dim]), pairs, lookup)
            for place, name in enumerate(pairs.names):
                own = pairs.members(place)
                numbers = {key: values[np.ix_(own, own)] for key, values in among.items()}
                measured[place].append(measure(Sample(R[own, :dim], numbers), confidence))
                advance(1.0, name)
    words = embedding.words
    return Relations(
        file=questions.file, dims=dims, confidence=confidence, skipped=skipped,
        relations=tuple(
            Relation(
                name=name, dims=dims, vectors=R[own := pairs.members(place)], measures=tuple(measured[place]),
                pairs=tuple((words[a], words[b]) for a, b in pairs.rows[own].tolist()),
            )
            for place, name in enumerate(pairs.names)
        ),
    )  # fmt: skip


class _Pairs(NamedTuple):
    """The known pairs of all relations, one relation after another, and the questions that they make."""

    names: tuple[str, ...]
    rows: np.ndarray  # (n, 2) int64: a and b
    right: list[set[int]]  # rows that answer to a, b among them
    of: np.ndarray  # (n,) the place of the pair's relation in ``names``

    def members(self, place: int) -> np.ndarray:
        """The places of the pairs of one relation."""
        return np.flatnonzero(self.of == place)

    def questions(self) -> np.ndarray:
        """(Q, 2) example and question: every pair of a relation after every other of it, rowwise."""
        each = [
            np.array([(i, j) for i in own for j in own if i != j]) for own in map(self.members, range(len(self.names)))
        ]
        return np.concatenate(each)


def _pairs(questions: AnalogyQuestions, lookup: Lookup) -> tuple[_Pairs, dict[str, int]]:
    """The known pairs of each relation that has enough, and how many the others have."""
    names: list[str] = []
    rows: list[tuple[int, int]] = []
    right: list[set[int]] = []
    of: list[int] = []
    skipped: dict[str, int] = {}
    for name, pairs in questions.word_pairs(spelling(lookup.case)).items():
        known: dict[tuple[int, int], set[int]] = {}
        for word, answers in pairs:
            [a], found = lookup([word]), [row for row in lookup(answers) if row >= 0]
            if a >= 0 and found and found[0] != a:
                known.setdefault((a, found[0]), set(found))
        if len(known) < FEWEST:
            skipped[name] = len(known)
            continue
        of += [len(names)] * len(known)
        names.append(name)
        rows += known
        right += known.values()
    return _Pairs(tuple(names), np.array(rows, np.int64).reshape(-1, 2), right, np.array(of, np.int64)), skipped


def along_modes(embedding: WordVectors) -> np.ndarray:
    """(V, d) the vectors along their modes, the strongest first; what was not solved for is turned along its own.

    These are the right singular vectors of W, from the (d, d) matrix WᵀW.
    """
    vectors = np.asarray(embedding.vectors)
    if not np.isfinite(vectors).all():
        raise InputError("a vector has an entry that is not a finite number: nothing can be measured with it")
    if getattr(embedding, "eigenvalues", None) is not None:
        return vectors
    with single_threaded_blas():
        pieces = [vectors[at : at + ROWS].astype(np.float64) for at in range(0, len(vectors), ROWS)]
        _, directions = np.linalg.eigh(sum(piece.T @ piece for piece in pieces))
        return np.concatenate([(piece @ directions[:, ::-1]).astype(np.float32) for piece in pieces])


def _dims(dims: Sequence[int] | None, most: int) -> tuple[int, ...]:
    """The numbers of modes, each once and rising; the last is all of them."""
    if dims is None:
        steps = np.floor(4 * 2 ** (np.arange(64) / 2))
        return tuple(sorted({min(4, most), *steps[steps < most].astype(int).tolist(), most}))
    for dim in dims:
        if not is_whole(dim) or not 1 <= dim <= most:
            raise InputError(f"asked for {dim} modes of vectors that have {most}: ask for 1 … {most}")
    return tuple(sorted({*map(int, dims), most}))


def _among(unit: np.ndarray, pairs: _Pairs, lookup: Lookup) -> dict[str, np.ndarray]:
    """(n, n) numbers of an example i and a question j, of all pairs: cosines of the answer, 1 where it was right."""
    a, b = (unit[rows].astype(np.float64) for rows in pairs.rows.T)
    own = np.einsum("ij,ij->i", a, b)
    ab, ends = a @ b.T, b @ b.T
    length = np.sqrt(np.maximum(3 - 2 * own[:, None] + 2 * ab.T - 2 * a @ a.T, np.finfo(float).tiny))
    answered = (ends - ab + own) / length  # cos(b_i - a_i + a_j, b_j)
    asked = pairs.questions()
    i, j = asked.T
    given = np.column_stack([pairs.rows[i], pairs.rows[j, 0]])
    best = best_rows(unit, given, hidden_rows(given, lookup), "add")
    right = np.zeros(ends.shape)
    right[i, j] = [
        row >= 0 and int(lookup.first[row]) in pairs.right[q] for row, q in zip(best.tolist(), j.tolist(), strict=True)
    ]
    return {"answer": answered, "nearest": answered / _beside(unit, pairs, lookup), "right": right}


def _beside(unit: np.ndarray, pairs: _Pairs, lookup: Lookup) -> np.ndarray:
    """(n, n) the cosine of b_j with its nearest word that is none of a_i, b_i, a_j; NaN where there is none above 0."""
    places, scores = nearest(unit, unit[pairs.rows[:, 1]], 3, hidden_rows(pairs.rows, lookup))
    made = np.full((len(pairs.rows), len(pairs.rows)), np.nan)
    for rank in range(places.shape[1])[::-1]:  # the nearest that is not given stays last
        is_given = (
            np.isin(places[:, rank][None, :], -1)
            | (places[:, rank] == pairs.rows[:, :1])
            | (places[:, rank] == pairs.rows[:, 1:])
        )
        made = np.where(is_given, made, scores[:, rank])
    return np.where(made > 0, made, np.nan)
