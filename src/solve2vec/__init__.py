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

from .version import __version__ as __version__

if TYPE_CHECKING:  # X as X: to a strict type checker only that is an export
    from .cooccurrence import Cooccurrence as Cooccurrence
    from .cooccurrence import count as count
    from .cooccurrence import count_stream as count_stream
    from .cooccurrence import merge as merge
    from .cooccurrence import subtract as subtract
    from .corpus import Corpus as Corpus
    from .corpus import Selection as Selection
    from .corpus import build_vocabulary as build_vocabulary
    from .corpus import encode as encode
    from .diagnosis import Diagnosis as Diagnosis
    from .diagnosis import Finding as Finding
    from .diagnosis import Setup as Setup
    from .diagnosis import diagnose as diagnose
    from .documentation import documentation_corpus as documentation_corpus
    from .dynamics import Comparison as Comparison
    from .dynamics import Start as Start
    from .dynamics import compare as compare
    from .dynamics import embedding_at as embedding_at
    from .dynamics import predict as predict
    from .embedding import Embedding as Embedding
    from .embedding import embed as embed
    from .errors import FolderError as FolderError
    from .errors import InputError as InputError
    from .errors import NotConverged as NotConverged
    from .errors import UnknownWordError as UnknownWordError
    from .explorer import explore as explore
    from .formula import Formula as Formula
    from .loading import load as load
    from .phrases import Phrases as Phrases
    from .phrases import join_phrases as join_phrases
    from .planning import Estimate as Estimate
    from .planning import estimate as estimate
    from .recipes import Recipe as Recipe
    from .recipes import fit as fit
    from .rotation import Rotation as Rotation
    from .rotation import rotate as rotate
    from .solving import Solver as Solver
    from .solving import solve as solve
    from .spectrum import SingularSpectrum as SingularSpectrum
    from .spectrum import Spectrum as Spectrum
    from .streams import zipf_topic_tokens as zipf_topic_tokens
    from .synthetic import planted_corpus as planted_corpus
    from .target import Target as Target
    from .target import build_target as build_target
    from .target import mstar as mstar
    from .target import pmi as pmi
    from .target import ppmi as ppmi
    from .target import shifted_pmi as shifted_pmi
    from .text.documents import Documents as Documents
    from .text.documents import Reading as Reading
    from .text.documents import read as read
    from .text.tokenizer import Tokenizer as Tokenizer
    from .training import cbow as cbow
    from .training import population as population
    from .training import quadratic as quadratic
    from .training import sgns as sgns
    from .training import weighted as weighted
    from .training.settings import Settings as Settings
    from .training.starting import Population as Population
    from .training.weighted import Alternation as Alternation
    from .training.weighted import Factorization as Factorization
    from .trajectory import Trajectory as Trajectory
    from .uncertainty import Bootstrap as Bootstrap
    from .uncertainty import Resampling as Resampling
    from .uncertainty import resample as resample
    from .vocabulary import Vocabulary as Vocabulary
    from .window import Window as Window

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
