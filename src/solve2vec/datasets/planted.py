"""Planted text: documents with a hidden state, so that every P_ij, and all that follows from it, is known."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..core.errors import InputError, require_positive

BATCH = 1 << 18  # tokens drawn at a time
PARTNERS = 20  # pairs that each pair is compared with in analogies, at most


@dataclass(frozen=True, eq=False)
class Factor:
    """Something that a document is in a state of and that its words show: a topic, a gender, a country.

    A document draws its state z with chance p_z.  Each of its tokens copies z with probability ε_z and else
    draws from the shares π, so p(a|z) = (1 - ε_z) π_a + ε_z δ_az.  Since p_z ∝ π_z / ε_z, all tokens
    together keep the shares: Σ_z p_z p(a|z) = π_a.

    Parameters
    ----------
    name : str
    states : tuple of str, length q
    copying : float or (q,) array
        ε, above 0 and below 1; or 0 for every state, and nothing is planted.
    shares : (q,) array, optional
        π, divided by its sum; all equal by default.

    Raises
    ------
    InputError
        If there is no state, a share is not above 0 or a probability is out of its range.

    Examples
    --------
    >>> Factor("gender", ("masculine", "feminine"), copying=0.5).joint
    array([[0.3125, 0.1875],
           [0.1875, 0.3125]])
    """

    name: str
    states: tuple[str, ...]
    copying: float | Sequence[float]
    shares: Sequence[float] | np.ndarray | None = None

    def __post_init__(self) -> None:
        q = len(self.states)
        shares = self._of_states(self.shares, 1.0)
        if q == 0 or shares.shape != (q,) or not (np.isfinite(shares) & (shares > 0)).all():
            raise InputError(f"factor {self.name!r} has {q} states: give it at least 1, and each a share above 0")
        ε = self._of_states(self.copying, 0.0)
        if ε.shape != (q,) or (ε.any() and not ((ε > 0) & (ε < 1)).all()):
            raise InputError(f"factor {self.name!r} copies with {self.copying}: use numbers above 0 and below 1, or 0")

    def _of_states(self, given: float | Sequence[float] | np.ndarray | None, default: float) -> np.ndarray:
        values = np.asarray(default if given is None else given, dtype=np.float64)
        return values if values.ndim else np.full(len(self.states), values)

    def __len__(self) -> int:
        return len(self.states)

    @cached_property
    def π(self) -> np.ndarray:
        """(q,) float64, the share of each state among all tokens; sums to 1."""
        shares = self._of_states(self.shares, 1.0)
        return shares / shares.sum()

    @cached_property
    def ε(self) -> np.ndarray:
        """(q,) float64, how often a token copies each state."""
        return self._of_states(self.copying, 0.0)

    @property
    def is_planted(self) -> bool:
        """Whether documents differ in it at all."""
        return bool(self.ε.any())

    @cached_property
    def chances(self) -> np.ndarray:
        """(q,) float64, p_z: the share of documents in each state."""
        p = self.π / self.ε if self.is_planted else self.π
        return p / p.sum()

    @cached_property
    def joint(self) -> np.ndarray:
        """(q, q) float64, J_ab = Σ_z p_z p(a|z) p(b|z): two tokens of one document show a and b."""
        given = (1 - self.ε)[:, None] * self.π + np.diag(self.ε)  # p(a|z), a row for each z
        J = given.T @ (self.chances[:, None] * given)
        return (J + J.T) / 2  # the same to the last bit on both sides

    def draw(self, rng: np.random.Generator, z: np.ndarray, alone: np.ndarray) -> np.ndarray:
        """Draw what tokens show.

        Parameters
        ----------
        z : (n,) int array
            The states of the tokens' documents.
        alone : (n,) bool array
            Tokens that never copy.
        """
        copies = (rng.random(len(z)) < self.ε[z]) & ~alone
        return np.where(copies, z, _draw(rng, self.π, len(z)))


def _draw(rng: np.random.Generator, probabilities: np.ndarray, n: int) -> np.ndarray:
    return np.searchsorted(np.cumsum(probabilities)[:-1], rng.random(n), side="right")


@dataclass(frozen=True, eq=False)
class Sector:
    """Words of one kind: one for each combination of its factors' states, the last factor's changing fastest.

    Raises
    ------
    InputError
        If there is no factor, or the number of words is not the product of the numbers of states.
    """

    name: str
    factors: tuple[Factor, ...]
    words: tuple[str, ...]
    is_concept: bool = True

    def __post_init__(self) -> None:
        if not self.factors or len(self.words) != math.prod(self.shape):
            raise InputError(f"sector {self.name!r} has {len(self.words)} words for {self.shape} states: name them all")

    def __len__(self) -> int:
        return len(self.words)

    @property
    def shape(self) -> tuple[int, ...]:
        """How many states each factor has."""
        return tuple(len(factor) for factor in self.factors)


@dataclass(frozen=True, eq=False)
class PlantedCorpus:
    """Text with a planted answer: the tokens of a document are independent given the document's states.

    A token shows a sector (people, places, a topic, plain words) by ``mixture``, then a state in each factor
    of that sector.  So any two tokens of one document, whatever their distance, have the probability

        P_ij = P_i P_j [η' + (1 - η') J_st / (π_s π_t) Π_f J_ab / (π_a π_b)],    1 - η' = (1 - η)²

    with s, t their sectors, a, b their states in factor f, J the :attr:`Factor.joint` and η the noise;
    the product stands only where s = t.  Counts from any window inside documents estimate this P_ij.

    Where all states of a factor have equal shares and copying, exchanging them changes nothing.  If that
    holds throughout a sector, the ±1 direction of a two-state factor is an exact eigenvector of M*, and so is
    each contrast between the states of a larger one (:meth:`contrasts`), a multiplet of q - 1 equal
    eigenvalues.  If it holds throughout, the sectors' own directions (1 on all words of a sector, plain words
    included) span an invariant subspace; each is near one eigenvector, not equal to it.

    Parameters
    ----------
    sectors : tuple of Sector
    mixture : Factor
        One state for each sector, by name.
    noise : float
        η in 0…1: the share of tokens drawn from the marginal, whatever their document.

    Raises
    ------
    InputError
        If mixture and sectors do not match, a word or a name stands twice, or the noise is not in 0…1.
    """

    sectors: tuple[Sector, ...]
    mixture: Factor
    noise: float = 0.0

    def __post_init__(self) -> None:
        names = tuple(sector.name for sector in self.sectors)
        if self.mixture.states != names:
            raise InputError(f"the mixture has the states {self.mixture.states}: they must be the sectors, {names}")
        factors = tuple(factor.name for _, factor, _ in self._factors if factor.is_planted)
        for given in (self.words, names + factors):
            if len(set(given)) < len(given):
                twice = Counter(given).most_common(1)[0][0]
                raise InputError(f"{twice!r} stands twice among words or names: each needs its own")
        if not 0 <= self.noise <= 1:
            raise InputError(f"noise must be in 0…1, got {self.noise}")

    def __len__(self) -> int:
        return len(self.words)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The V words, sector by sector; a word's place is its token id."""
        return tuple(word for sector in self.sectors for word in sector.words)

    @cached_property
    def _places(self) -> list[slice]:
        ends = np.cumsum([len(sector) for sector in self.sectors]).tolist()
        return [slice(end - len(sector), end) for sector, end in zip(self.sectors, ends, strict=True)]

    @cached_property
    def _factors(self) -> list[tuple[slice, Factor, np.ndarray]]:
        """For each factor its sector's place among the words, and the states of the words there."""
        return [
            (place, factor, states)
            for place, sector in zip(self._places, self.sectors, strict=True)
            for factor, states in zip(
                sector.factors, np.unravel_index(np.arange(len(sector)), sector.shape), strict=True
            )
        ]

    @cached_property
    def marginal(self) -> np.ndarray:
        """(V,) float64, P_i: each word's share of all tokens."""
        P = np.repeat(self.mixture.π, [len(sector) for sector in self.sectors])
        for place, factor, states in self._factors:
            P[place] *= factor.π[states]
        P.flags.writeable = False
        return P

    @cached_property
    def joint(self) -> np.ndarray:
        """(V, V) float64, P_ij, exact for any two positions of a document."""
        sector = np.repeat(np.arange(len(self.sectors)), [len(sector) for sector in self.sectors])
        ratio = _ratio(self.mixture, sector)
        for place, factor, states in self._factors:
            ratio[place, place] *= _ratio(factor, states)
        alike = (1 - self.noise) ** 2
        P_ij = np.outer(self.marginal, self.marginal) * (1 - alike + alike * ratio)
        P_ij.flags.writeable = False
        return P_ij

    @cached_property
    def concepts(self) -> dict[str, np.ndarray]:
        """Directions (V,) by name: 1 on a sector's words; +1 and -1 on the two states of a factor; else 0."""
        concepts = {}
        for place, sector in zip(self._places, self.sectors, strict=True):
            if sector.is_concept:
                concepts[sector.name] = np.zeros(len(self))
                concepts[sector.name][place] = 1
        for place, factor, states in self._factors:
            if factor.is_planted and len(factor) == 2:
                concepts[factor.name] = np.zeros(len(self))
                concepts[factor.name][place] = 1 - 2 * states
        return concepts

    def contrasts(self, factor: str) -> np.ndarray:
        """(V, q - 1) float64, an orthonormal basis of the differences between the states of ``factor``.

        Raises
        ------
        InputError
            If no factor that was planted has this name.
        """
        for place, found, states in self._factors:
            if found.is_planted and found.name == factor:
                q = len(found)
                directions = np.zeros((len(self), q - 1))
                directions[place] = np.linalg.qr(np.eye(q)[:, 1:] - 1 / q)[0][states] * np.sqrt(q / len(states))
                return directions
        planted = ", ".join(found.name for _, found, _ in self._factors if found.is_planted)
        raise InputError(f"no factor is called {factor!r}: choose one of {planted}")

    @property
    def dim(self) -> int:
        """The number of planted directions: what an embedding needs to hold every concept and contrast."""
        multiplets = [len(factor) - 1 for _, factor, _ in self._factors if factor.is_planted]
        return sum(sector.is_concept for sector in self.sectors) + sum(multiplets)

    @cached_property
    def analogies(self) -> dict[str, list[tuple[str, str, str, str]]]:
        """Questions by two-state factor: a is to b as c is to d, where a and c, b and d share that state."""
        analogies = {}
        for place, factor, states in self._factors:
            if factor.is_planted and len(factor) == 2:
                words = np.array(self.words[place])
                pairs = list(zip(words[states == 0].tolist(), words[states == 1].tolist(), strict=True))
                near = range(1, 1 + min(PARTNERS, len(pairs) - 1))
                analogies[factor.name] = [
                    pair + pairs[(at + step) % len(pairs)] for at, pair in enumerate(pairs) for step in near
                ]
        return analogies

    def mstar(self) -> np.ndarray:
        """(V, V) float64, M*_ij = (P_ij - P_i P_j) / ½(P_ij + P_i P_j) of the known P (arXiv:2502.09863)."""
        P_iP_j = np.outer(self.marginal, self.marginal)
        return 2 * (self.joint - P_iP_j) / (self.joint + P_iP_j)

    def eigenvalues(self) -> np.ndarray:
        """(V,) float64, all eigenvalues of M*, falling by value."""
        return np.linalg.eigvalsh(self.mstar())[::-1]

    def concept_eigenvalues(self) -> dict[str, float]:
        """vᵀM*v / vᵀv of each concept's direction v, falling: its eigenvalue, where v is an eigenvector."""
        M = self.mstar()
        values = {name: float(v @ M @ v / (v @ v)) for name, v in self.concepts.items()}
        return dict(sorted(values.items(), key=lambda item: -item[1]))

    def documents(self, n: int, length: int = 50, seed: int = 0) -> PlantedDocuments:
        """Write ``n`` documents of ``length`` words each; they can be read any number of times.

        Examples
        --------
        >>> from solve2vec.datasets.synthetic import planted_corpus
        >>> [len(document) for document in planted_corpus().documents(n=3, length=4)]
        [4, 4, 4]
        """
        require_positive(documents=n, length=length)
        return PlantedDocuments(self, n, length, seed)

    def token_ids(self, n: int, length: int = 50, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Write the same documents as :meth:`documents`, as arrays.

        Returns
        -------
        tokens : (n * length,) int32
        document_starts : (n + 1,) int64
        """
        require_positive(documents=n, length=length)
        tokens = np.empty((n, length), dtype=np.int32)
        at = 0
        for batch in self._batches(n, length, seed):
            tokens[at : at + len(batch)] = batch
            at += len(batch)
        return tokens.ravel(), np.arange(0, n * length + 1, length, dtype=np.int64)

    def _batches(self, n: int, length: int, seed: int) -> Iterator[np.ndarray]:
        """Token ids (documents, length); always drawn in full batches, so that a longer run begins like a shorter."""
        rng = np.random.default_rng(seed)
        size = max(1, BATCH // length)
        for at in range(0, n, size):
            yield self._batch(rng, size, length)[: n - at]

    def _batch(self, rng: np.random.Generator, n: int, length: int) -> np.ndarray:
        document = np.repeat(np.arange(n), length)
        alone = rng.random(n * length) < self.noise
        shown = self.mixture.draw(rng, _draw(rng, self.mixture.chances, n)[document], alone)
        tokens = np.empty(n * length, dtype=np.int32)
        for number, (place, sector) in enumerate(zip(self._places, self.sectors, strict=True)):
            here = np.flatnonzero(shown == number)
            states = tuple(
                factor.draw(rng, _draw(rng, factor.chances, n)[document[here]], alone[here])
                for factor in sector.factors
            )
            tokens[here] = place.start + np.ravel_multi_index(states, sector.shape)
        return tokens.reshape(n, length)


@dataclass(frozen=True, eq=False)
class PlantedDocuments:
    """Documents of a planted corpus as lists of words; each pass over them writes the same ones again."""

    corpus: PlantedCorpus
    n: int
    length: int
    seed: int

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> Iterator[list[str]]:
        words = np.array(self.corpus.words, dtype=object)
        for batch in self.corpus._batches(self.n, self.length, self.seed):
            yield from words[batch].tolist()


def _ratio(factor: Factor, states: np.ndarray) -> np.ndarray:
    """(n, n), J_ab / (π_a π_b) for words in these states."""
    return (factor.joint / np.outer(factor.π, factor.π))[np.ix_(states, states)]
