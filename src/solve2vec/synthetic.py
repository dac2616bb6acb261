"""The planted corpus: text whose concepts, pair probabilities and eigenvalues are known before it is written."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .errors import InputError

BATCH = 1 << 18  # tokens of a planted corpus drawn at a time
BLOCK = 1 << 16  # tokens of zipf_topic_tokens drawn at a time: they stay in cache
PLAIN_WORDS = 128  # its most frequent words, which have no topic
PARTNERS = 20  # pairs that each pair is compared with in analogies, at most

PEOPLE = """king queen kings queens man woman men women boy girl boys girls father mother fathers mothers
son daughter sons daughters brother sister brothers sisters uncle aunt uncles aunts husband wife husbands wives
prince princess princes princesses actor actress actors actresses nephew niece nephews nieces lord lady lords ladies
duke duchess dukes duchesses waiter waitress waiters waitresses hero heroine heroes heroines monk nun monks nuns
grandfather grandmother grandfathers grandmothers grandson granddaughter grandsons granddaughters
gentleman gentlewoman gentlemen gentlewomen wizard witch wizards witches emperor empress emperors empresses
god goddess gods goddesses groom bride grooms brides heir heiress heirs heiresses host hostess hosts hostesses"""
PLACES = """france paris germany berlin italy rome spain madrid japan tokyo china beijing russia moscow egypt cairo
greece athens poland warsaw norway oslo sweden stockholm finland helsinki austria vienna hungary budapest cuba havana
canada ottawa peru lima chile santiago kenya nairobi iran tehran iraq baghdad turkey ankara portugal lisbon
belgium brussels denmark copenhagen ireland dublin scotland edinburgh thailand bangkok vietnam hanoi syria damascus
jordan amman qatar doha nepal kathmandu ghana accra angola luanda zambia lusaka morocco rabat ukraine kyiv"""
VERBS = """walk walked talk talked play played jump jumped look looked call called open opened close closed turn turned
help helped work worked laugh laughed cook cooked clean cleaned paint painted wait waited push pushed pull pulled
climb climbed listen listened watch watched answer answered dance danced travel traveled"""
TOPICS = "music sport food science law war sea money health garden art weather school theater farm railway"
PLAIN = """the of and to in a is that for it as was with be by on not he his but at are this have from or had an they
which one you were all her she there would their we him been has when who will no more if out so up said what"""


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
        >>> [len(document) for document in planted_corpus().documents(n=3, length=4)]
        [4, 4, 4]
        """
        _check_counts(documents=n, length=length)
        return PlantedDocuments(self, n, length, seed)

    def token_ids(self, n: int, length: int = 50, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Write the same documents as :meth:`documents`, as arrays.

        Returns
        -------
        tokens : (n * length,) int32
        document_starts : (n + 1,) int64
        """
        _check_counts(documents=n, length=length)
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


def _check_counts(**counts: int) -> None:
    for name, count in counts.items():
        if count < 1:
            raise InputError(f"{name} must be at least 1, got {count}")


NUMBER = Factor("number", ("singular", "plural"), copying=0.56)
GENDER = Factor("gender", ("masculine", "feminine"), copying=0.53)
ROLE = Factor("role", ("country", "capital"), copying=0.61)
TENSE = Factor("tense", ("present", "past"), copying=0.64)
PLAIN_SHARE = 0.6  # of all tokens
TOPICALITY = 0.25  # how often a token copies its document's sector


def planted_corpus(
    *,
    families: int = 8,
    countries: int = 10,
    verbs: int = 8,
    topics: int = 4,
    topic_words: int = 8,
    plain: int = 6,
    zipf: float = 0.0,
    noise: float = 0.0,
) -> PlantedCorpus:
    """Plant people, places, verbs and topics among plain words.

    The default (V = 106) has its eleven concepts as the eleven leading modes of M*, from people (λ = 16.0) to
    science (4.9), each eigenvalue at least 8 % below the one before; then come the multiplets of families,
    verbs and countries.  All 34 modes together solve every analogy.

    Parameters
    ----------
    families : int
        Of four people each: king, queen, kings, queens; factors family, number, gender.
    countries, verbs : int
        Pairs of country and capital (factors country, role), of present and past (factors verb, tense).
    topics, topic_words : int
        Plain topics of so many words: music_01, music_02, …
    plain : int
        Words that belong to nothing: the, of, and, …; they share 60 % of all tokens.
    zipf : float
        Exponent of unequal frequencies: the k-th family, country, verb, topic word and plain word is seen in
        proportion to k^-zipf.  The joint stays exact; the directions are then nearly eigenvectors.
    noise : float
        The share of tokens drawn from the marginal, in 0…1.

    Raises
    ------
    InputError
        If a number is negative, there are no plain words or nothing besides.

    Examples
    --------
    >>> planted = planted_corpus()
    >>> list(planted.concept_eigenvalues())[:6]
    ['people', 'places', 'music', 'verbs', 'sport', 'number']
    >>> planted.analogies["gender"][1]
    ('king', 'queen', 'man', 'woman')
    """
    sizes = {"families": families, "countries": countries, "verbs": verbs, "topics": topics, "zipf": zipf}
    for name, size in sizes.items():
        if not size >= 0:
            raise InputError(f"{name} must be 0 or more, got {size}")
    _check_counts(topic_words=topic_words, plain=plain)
    content: list[tuple[Sector, float]] = []

    def add(name: str, words: tuple[str, ...], weight: float, first: str, copying: float, *others: Factor) -> None:
        if words:
            content.append((_sector(name, words, zipf, first, copying, *others), weight))

    people = _names(PEOPLE, families, "person{}_m", "person{}_f", "person{}_ms", "person{}_fs")
    add("people", people, 4.4, "family", 0.48, NUMBER, GENDER)
    add("places", _names(PLACES, countries, "country{}", "capital{}"), 2.4, "country", 0.59, ROLE)
    add("verbs", _names(VERBS, verbs, "verb{}", "verb{}_past"), 1.7, "verb", 0.7, TENSE)
    weights = 4 / max(1, topics) * np.geomspace(0.73, 5.8, topics)  # rare topics are strong ones
    for topic, weight in zip(_names(TOPICS, topics, "topic{}"), weights.tolist(), strict=True):
        add(topic, tuple(f"{topic}_{k:02}" for k in range(1, topic_words + 1)), weight, "word", 0.0)
    if not content:
        raise InputError("nothing is planted: ask for at least 1 family, country, verb or topic")
    return _mixed(content, _sector("plain", _names(PLAIN, plain, "plain{}"), zipf, "word", 0.0), noise)


def _names(listed: str, n: int, *forms: str) -> tuple[str, ...]:
    """Give the first ``n`` groups of the listed words, and made ones where the list ends."""
    words = listed.split()[: n * len(forms)]
    return (*words, *(form.format(k) for k in range(len(words) // len(forms) + 1, n + 1) for form in forms))


def _sector(name: str, words: tuple[str, ...], zipf: float, first: str, copying: float, *others: Factor) -> Sector:
    """Make words of one kind, their first factor with as many states as they need."""
    n = len(words) // math.prod(len(factor) for factor in others)
    states = tuple(f"{first}_{k}" for k in range(1, n + 1))
    factor = Factor(first, states, copying, np.arange(1.0, n + 1) ** -zipf)
    return Sector(name, (factor, *others), words, is_concept=name != "plain")


def _mixed(content: list[tuple[Sector, float]], plain: Sector, noise: float) -> PlantedCorpus:
    """Mix sectors so that they are independent of each other: only the plain words make room for them.

    J_st / (π_s π_t) = 1 + c (Σ_u π_u ε_u - ε_s - ε_t) for s ≠ t, which is 1 if ε is the same for all but
    the plain words p, and π_p ε_p + (1 - π_p) ε = 2ε.
    """
    weights = np.array([weight for _, weight in content])
    shares = [*(weights / weights.sum() * (1 - PLAIN_SHARE)), PLAIN_SHARE]
    copying = [TOPICALITY] * len(content) + [TOPICALITY * (1 + PLAIN_SHARE) / PLAIN_SHARE]
    sectors = (*(sector for sector, _ in content), plain)
    return PlantedCorpus(sectors, Factor("sector", tuple(sector.name for sector in sectors), copying, shares), noise)


def planted_spectrum(eigenvalues: Sequence[float] | np.ndarray, V: int, seed: int = 0) -> np.ndarray:
    """Make a symmetric matrix with these eigenvalues, to test solvers on.

    Parameters
    ----------
    eigenvalues : (K,) array
        The rest, V - K of them, are 0.
    V : int
        Rows, at least K.
    seed : int
        Of the eigenvectors, which are orthonormal and otherwise uniformly random.

    Returns
    -------
    (V, V) float64

    Raises
    ------
    InputError
        If there are more eigenvalues than rows.

    Examples
    --------
    >>> np.linalg.eigvalsh(planted_spectrum([3.0, 2.0], V=2)).round(12).tolist()
    [2.0, 3.0]
    """
    λ = np.asarray(eigenvalues, dtype=np.float64)
    if λ.ndim != 1 or len(λ) > V:
        raise InputError(f"{λ.size} eigenvalues do not fit a matrix of {V} rows: use V={λ.size} or fewer of them")
    Q, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((V, len(λ))))
    M = (Q * λ) @ Q.T
    return (M + M.T) / 2


def zipf_topic_tokens(
    n_tokens: int,
    V: int,
    *,
    topics: int = 50,
    seed: int = 0,
    chunk: int = 1 << 22,
    document_length: int = 256,
    exponent: float = 1.0,
    copying: float = 0.3,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Stream a large corpus with Zipf frequencies and topics, for benchmarks; nothing of it is kept.

    Every token draws a word i with probability q_i ∝ (i + 1)^-exponent.  The first 128 words have no topic;
    the others follow in groups of ``topics``, one word of each topic in a group.  With probability
    ``copying`` (to 1/65,536) such a word is replaced by the one of its group that has its document's topic,
    so P_i = (1 - copying) q_i + copying Σ_group q / topics.

    Parameters
    ----------
    n_tokens, V : int
    topics : int
        Equally frequent.  V - 128 should be a multiple of it: words of an incomplete last group have no topic.
    chunk : int
        Tokens at a time, about; the corpus does not depend on it.
    document_length : int
        Tokens of a document; the last may be shorter.

    Yields
    ------
    tokens : (n,) int32
        Whole documents, ids in 0…V - 1.
    document_starts : (D + 1,) int64
        Within these tokens, from 0 to n.

    Raises
    ------
    InputError
        If a number is below 1 or copying is not in 0…1.

    Examples
    --------
    >>> sum(len(tokens) for tokens, _ in zipf_topic_tokens(1_000_000, V=10_000))
    1000000
    """
    _check_counts(n_tokens=n_tokens, V=V, topics=topics, chunk=chunk, document_length=document_length)
    if not 0 <= copying <= 1:
        raise InputError(f"copying is a probability, in 0…1, got {copying}")
    return _zipf_chunks(n_tokens, V, topics, seed, chunk, document_length, exponent, copying)


def _zipf_chunks(
    n_tokens: int, V: int, topics: int, seed: int, chunk: int, length: int, exponent: float, copying: float
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.Generator(np.random.SFC64(seed))
    q = np.arange(1, V + 1) ** -float(exponent)
    cut, jump = _alias_tables(q / q.sum())
    group = np.full(V, -topics, dtype=np.int32)  # the first word of each word's group; negative: it has no topic
    topical = np.arange(PLAIN_WORDS, V - (V - PLAIN_WORDS) % topics, dtype=np.int32)
    group[topical] = topical - (topical - PLAIN_WORDS) % topics

    def block(documents: int) -> np.ndarray:
        n = documents * length
        place, accept = rng.bit_generator.random_raw(n).view(np.uint32).reshape(2, n)
        copies = rng.bit_generator.random_raw(n // 4 + 1).view(np.uint16)[:n] < round(copying * 65536)
        cell = (place >> np.uint32(32 - (len(cut) - 1).bit_length())).astype(np.int32)
        token = cell + jump.take(cell) * (accept >= cut.take(cell))  # products: where() is several times slower
        z = np.repeat(rng.integers(topics, size=documents, dtype=np.int32), length)
        moved = group.take(token) + z
        return token + (moved - token) * (copies & (moved >= 0))

    documents = max(1, BLOCK // length)
    per_chunk = max(1, chunk // (documents * length)) * documents * length
    for at in range(0, n_tokens, per_chunk):
        n = min(per_chunk, n_tokens - at)
        tokens = np.concatenate([block(documents) for _ in range(-(-n // (documents * length)))])[:n]
        yield tokens, np.append(np.arange(0, n, length, dtype=np.int64), n)


def _alias_tables(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut probabilities p (V,) into equal cells, a power of 2 of them, each shared by two words (Walker 1977).

    Returns
    -------
    cut : (cells,) uint32
        A cell stands for its own word below ``cut / 2³²``, and above for the other one,
    jump : (cells,) int32
        so many words further.
    """
    cells = 1 << max(1, (len(p) - 1).bit_length())
    mass = [*(p * cells).tolist(), *[0.0] * (cells - len(p))]
    keep, other = [1.0] * cells, list(range(cells))
    small = [cell for cell, value in enumerate(mass) if value < 1]
    large = [cell for cell, value in enumerate(mass) if value >= 1]
    while small and large:
        poor, rich = small.pop(), large[-1]
        keep[poor], other[poor] = mass[poor], rich
        mass[rich] -= 1 - mass[poor]
        if mass[rich] < 1:
            small.append(large.pop())
    cut = np.minimum(np.array(keep) * 2**32, 2**32 - 1).astype(np.uint32)
    return cut, (np.array(other) - np.arange(cells)).astype(np.int32)
