"""Word embeddings in closed form: solve for what word2vec learns, in the order of the flow.

>>> import solve2vec
>>> texts = ["cats chase mice", "dogs chase cats", "mice eat cheese", "people eat cheese"] * 5
>>> embedding = solve2vec.fit(texts, dim=2)
>>> "cats" in embedding
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from .cooccurrence import Cooccurrence, count, count_stream, merge, subtract
    from .corpus import Corpus, Selection, build_vocabulary, encode
    from .diagnosis import Diagnosis, Finding, Setup, diagnose
    from .documentation import documentation_corpus
    from .dynamics import Comparison, Start, compare, embedding_at, predict
    from .embedding import Embedding, embed
    from .errors import FolderError, InputError, NotConverged, UnknownWordError
    from .explorer import explore
    from .formula import Formula
    from .loading import load
    from .phrases import Phrases, join_phrases
    from .planning import Estimate, estimate
    from .recipes import Recipe, fit
    from .rotation import Rotation, rotate
    from .solving import Solver, solve
    from .spectrum import SingularSpectrum, Spectrum
    from .streams import zipf_topic_tokens
    from .synthetic import planted_corpus
    from .target import Target, build_target, mstar, pmi, ppmi, shifted_pmi
    from .text.documents import Documents, Reading, read
    from .text.tokenizer import Tokenizer
    from .training import cbow, population, quadratic, sgns, weighted
    from .training.settings import Settings
    from .training.starting import Population
    from .training.weighted import Alternation, Factorization
    from .trajectory import Trajectory
    from .uncertainty import Bootstrap, Resampling, resample
    from .vocabulary import Vocabulary
    from .window import Window

_ROOMS = {
    "recipes": ["fit", "Recipe"],
    "text.documents": ["read", "Documents", "Reading"],
    "text.tokenizer": ["Tokenizer"],
    "vocabulary": ["Vocabulary"],
    "corpus": ["Corpus", "Selection", "build_vocabulary", "encode"],
    "phrases": ["Phrases", "join_phrases"],
    "window": ["Window"],
    "cooccurrence": ["Cooccurrence", "count", "count_stream", "merge", "subtract"],
    "planning": ["Estimate", "estimate"],
    "formula": ["Formula"],
    "target": ["Target", "build_target", "mstar", "pmi", "ppmi", "shifted_pmi"],
    "spectrum": ["SingularSpectrum", "Spectrum"],
    "solving": ["Solver", "solve"],
    "embedding": ["Embedding", "embed"],
    "trajectory": ["Trajectory"],
    "training": ["cbow", "population", "quadratic", "sgns", "weighted"],
    "training.settings": ["Settings"],
    "training.starting": ["Population"],
    "training.weighted": ["Alternation", "Factorization"],
    "uncertainty": ["Bootstrap", "Resampling", "resample"],
    "dynamics": ["Comparison", "Start", "compare", "embedding_at", "predict"],
    "explorer": ["explore"],
    "rotation": ["Rotation", "rotate"],
    "diagnosis": ["Diagnosis", "Finding", "Setup", "diagnose"],
    "loading": ["load"],
    "documentation": ["documentation_corpus"],
    "synthetic": ["planted_corpus"],
    "streams": ["zipf_topic_tokens"],
    "errors": ["FolderError", "InputError", "NotConverged", "UnknownWordError"],
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = ["__version__", *_ROOM_OF]


def __getattr__(name: str) -> Any:
    """Import a room when its first name is asked for: ``import solve2vec`` costs nothing."""
    if name not in _ROOM_OF:
        raise AttributeError(f"solve2vec has no {name!r}")
    return getattr(import_module(f".{_ROOM_OF[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
