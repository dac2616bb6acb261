"""The planted corpus: a small world of people, places, verbs and topics whose concepts and eigenvalues are known."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..core.errors import InputError, require_positive
from .planted import Factor, PlantedCorpus, Sector

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
    require_positive(topic_words=topic_words, plain=plain)
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
