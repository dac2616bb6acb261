"""The planted corpus: text whose concepts, pair probabilities and eigenvalues are known before it is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .errors import InputError

BATCH = 1 << 18  # tokens drawn at a time
PARTNERS = 20  # analogies asked for each pair, at most

PEOPLE = """king queen kings queens man woman men women boy girl boys girls father mother fathers mothers
son daughter sons daughters brother sister brothers sisters uncle aunt uncles aunts husband wife husbands wives
prince princess princes princesses actor actress actors actresses nephew niece nephews nieces lord lady lords ladies
duke duchess dukes duchesses waiter waitress waiters waitresses hero heroine heroes heroines monk nun monks nuns
grandfather grandmother grandfathers grandmothers grandson granddaughter grandsons granddaughters
gentleman gentlewoman gentlemen gentlewomen wizard witch wizards witches emperor empress emperors empresses
god goddess gods goddesses groom bride grooms brides heir heiress heirs heiresses host hostess hosts hostesses""".split()
PLACES = """france paris germany berlin italy rome spain madrid japan tokyo china beijing russia moscow egypt cairo
greece athens poland warsaw norway oslo sweden stockholm finland helsinki austria vienna hungary budapest cuba havana
canada ottawa peru lima chile santiago kenya nairobi iran tehran iraq baghdad turkey ankara portugal lisbon
belgium brussels denmark copenhagen ireland dublin scotland edinburgh thailand bangkok vietnam hanoi syria damascus
jordan amman qatar doha nepal kathmandu ghana accra angola luanda zambia lusaka morocco rabat ukraine kyiv""".split()
VERBS = """walk walked talk talked play played jump jumped look looked call called open opened close closed turn turned
help helped work worked laugh laughed cook cooked clean cleaned paint painted wait waited push pushed pull pulled
climb climbed listen listened watch watched answer answered dance danced travel traveled""".split()
TOPICS = "music sport food science law war sea money health garden art weather school theater farm railway".split()
PLAIN = """the of and to in a is that for it as was with be by on not he his but at are this have from or had an they
which one you were all her she there would their we him been has when who will no more if out so up said what""".split()


@dataclass(frozen=True, eq=False)
class Factor:
    """Something that a document is in a state of, and that its words show: a topic, a gender, a country.

    A document draws its state z with chance p_z.  Each of its tokens copies z with probability ε_z and else
    draws from the shares π, so p(a | z) = (1 - ε_z) π_a + ε_z δ_az.  With p_z ∝ π_z / ε_z all tokens
    together keep the shares: Σ_z p_z p(a | z) = π_a.

    Parameters
    ----------
    name : str
    states : sequence of str, length q
    copying : float or (q,) array
        ε, above 0 and below 1, or 0 for all states: then nothing is planted.
    shares : (q,) array, optional
        π, made to sum to 1; all equal by default.

    Raises
    ------
    InputError
        If there is no state, a share is not above 0 or a probability is out of its range.
    """

    name: str
    states: Sequence[str]
    copying: float | np.ndarray
    shares: np.ndarray | None = None

    def __post_init__(self) -> None:
        q = len(self.states)
        shares = np.ones(q) if self.shares is None else np.asarray(self.shares, dtype=np.float64)
        copying = np.broadcast_to(np.asarray(self.copying, dtype=np.float64), (q,))
        if q == 0 or shares.shape != (q,) or not (shares > 0).all():
            raise InputError(f"factor {self.name!r} needs a share above 0 for each of its {q} states (at least 1)")
        if not ((0 < copying) & (copying < 1)).all() and copying.any():
            raise InputError(f"factor {self.name!r} copies with {self.copying}: use numbers above 0 and below 1, or 0")
        object.__setattr__(self, "states", tuple(self.states))
        object.__setattr__(self, "shares", shares / shares.sum())
        object.__setattr__(self, "copying", copying)

    def __len__(self) -> int:
        return len(self.states)

    @cached_property
    def chances(self) -> np.ndarray:
        """(q,) float64, p_z: how many of the documents are in each state."""
        p = self.shares / self.copying if self.copying.any() else self.shares
        return p / p.sum()

    @cached_property
    def joint(self) -> np.ndarray:
        """(q, q) float64, the probability that two tokens of one document show states a and b."""
        given = (1 - self.copying)[:, None] * self.shares + np.diag(self.copying)
        return given.T @ (self.chances[:, None] * given)

    def draw_states(self, rng: np.random.Generator, n: int) -> np.ndarray:
        """(n,) int64, the states of ``n`` documents."""
        return _draw(rng, self.chances, n)

    def draw(self, rng: np.random.Generator, z: np.ndarray, alone: np.ndarray) -> np.ndarray:
        """(n,) int64, what tokens of documents in states ``z`` (n,) show; those ``alone`` (n,) never copy."""
        copies = (rng.random(len(z)) < self.copying[z]) & ~alone
        return np.where(copies, z, _draw(rng, self.shares, len(z)))


def _draw(rng: np.random.Generator, probabilities: np.ndarray, n: int) -> np.ndarray:
    steps = np.cumsum(probabilities)
    return np.searchsorted(steps[:-1] / steps[-1], rng.random(n), side="right")


@dataclass(frozen=True, eq=False)
class Sector:
    """Words of one kind: one for each combination of its factors' states, the last factor's changing fastest."""

    name: str
    factors: tuple[Factor, ...]
    words: tuple[str, ...]
    is_concept: bool = True

    @property
    def shape(self) -> tuple[int, ...]:
        """How many states each factor has."""
        return tuple(len(factor) for factor in self.factors)

    @property
    def states(self) -> np.ndarray:
        """(factors, words) int64, the state of each word in each factor."""
        return np.stack(np.unravel_index(np.arange(len(self.words)), self.shape))


@dataclass(frozen=True, eq=False)
class PlantedCorpus:
    sectors: tuple[Sector, ...]
    mixture: Factor
    noise: float = 0.0

    @cached_property
    def words(self): return tuple(w for s in self.sectors for w in s.words)
    @cached_property
    def starts(self): return np.cumsum([0]+[len(s.words) for s in self.sectors])
    @cached_property
    def marginal(self):
        out=[]
        for share,s in zip(self.mixture.shares,self.sectors):
            p=np.array(share)
            for f in s.factors: p=np.multiply.outer(p,f.shares)
            out.append(p.ravel())
        return np.concatenate(out)
    @cached_property
    def joint(self):
        P=self.marginal; J=self.mixture.joint; sh=self.mixture.shares
        sector=np.repeat(np.arange(len(self.sectors)),np.diff(self.starts))
        r=(J/np.outer(sh,sh))[np.ix_(sector,sector)]
        for s,a in zip(self.sectors,self.starts):
            b=slice(a,a+len(s.words))
            for f,st in zip(s.factors,s.states):
                r[b,b]*=(f.joint/np.outer(f.shares,f.shares))[np.ix_(st,st)]
        keep=(1-self.noise)**2
        return np.outer(P,P)*(keep*r+1-keep)
    def mstar(self):
        E=np.outer(self.marginal,self.marginal)
        return 2*(self.joint-E)/(self.joint+E)
