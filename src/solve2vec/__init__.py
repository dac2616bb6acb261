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
    from .concepts import Geometry as Geometry
    from .concepts import Relation as Relation
    from .concepts import Relations as Relations
    from .concepts import geometry as geometry
    from .concepts import relations as relations
    from .cooccurrence.cooccurrence import Cooccurrence as Cooccurrence
    from .cooccurrence.cooccurrence import count as count
    from .cooccurrence.cooccurrence import count_stream as count_stream
    from .cooccurrence.cooccurrence import merge as merge
    from .cooccurrence.cooccurrence import subtract as subtract
    from .cooccurrence.planning import Estimate as Estimate
    from .cooccurrence.planning import estimate as estimate
    from .cooccurrence.window import Window as Window
    from .core.errors import FolderError as FolderError
    from .core.errors import InputError as InputError
    from .core.errors import NotConverged as NotConverged
    from .core.errors import UnknownWordError as UnknownWordError
    from .corpus.corpus import Corpus as Corpus
    from .corpus.corpus import VocabularyOptions as VocabularyOptions
    from .corpus.corpus import build_vocabulary as build_vocabulary
    from .corpus.corpus import encode as encode
    from .corpus.phrases import Phrases as Phrases
    from .corpus.phrases import join_phrases as join_phrases
    from .corpus.vocabulary import Vocabulary as Vocabulary
    from .datasets.documentation import documentation_corpus as documentation_corpus
    from .datasets.streams import zipf_topic_tokens as zipf_topic_tokens
    from .datasets.synthetic import planted_corpus as planted_corpus
    from .diagnosis import Diagnosis as Diagnosis
    from .diagnosis import DiagnosisOptions as DiagnosisOptions
    from .diagnosis import Finding as Finding
    from .diagnosis import diagnose as diagnose
    from .dynamics import Comparison as Comparison
    from .dynamics import Start as Start
    from .dynamics import compare as compare
    from .dynamics import embedding_at as embedding_at
    from .dynamics import predict as predict
    from .embedding.documents import DocumentVectors as DocumentVectors
    from .embedding.documents import embed_documents as embed_documents
    from .embedding.embedding import Embedding as Embedding
    from .embedding.embedding import embed as embed
    from .embedding.rotation import Rotation as Rotation
    from .embedding.rotation import rotate as rotate
    from .embedding.spelled import spell as spell
    from .evidence.change import Change as Change
    from .evidence.change import change as change
    from .evidence.collocations import Collocation as Collocation
    from .evidence.collocations import collocations as collocations
    from .evidence.concordance import Concordance as Concordance
    from .evidence.concordance import concordance as concordance
    from .evidence.why import Why as Why
    from .evidence.why import documents_of_mode as documents_of_mode
    from .evidence.why import why as why
    from .explorer import explore as explore
    from .graphs.fitting import fit_graph as fit_graph
    from .graphs.graph import Graph as Graph
    from .graphs.graph import read_graph as read_graph
    from .graphs.walks import count_walks as count_walks
    from .recipe import Recipe as Recipe
    from .recipe import fit as fit
    from .recommendation.holdout import Holdout as Holdout
    from .recommendation.holdout import evaluate_recommender as evaluate_recommender
    from .recommendation.recommender import Recommender as Recommender
    from .recommendation.recommender import fit_recommender as fit_recommender
    from .recommendation.recommender import solve_recommender as solve_recommender
    from .run import Run as Run
    from .run import load as load
    from .spectrum.solver import Solver as Solver
    from .spectrum.solver import solve as solve
    from .spectrum.spectrum import SingularSpectrum as SingularSpectrum
    from .spectrum.spectrum import Spectrum as Spectrum
    from .spelling.subwords import Subwords as Subwords
    from .target.formula import Formula as Formula
    from .target.target import Target as Target
    from .target.target import build_target as build_target
    from .target.target import mstar as mstar
    from .target.target import pmi as pmi
    from .target.target import ppmi as ppmi
    from .target.target import shifted_pmi as shifted_pmi
    from .text.documents import Documents as Documents
    from .text.documents import ReadingOptions as ReadingOptions
    from .text.documents import read as read
    from .text.events import read_events as read_events
    from .text.tokenizer import Tokenizer as Tokenizer
    from .training.full_batch import population as population
    from .training.full_batch import weighted as weighted
    from .training.full_batch.starting import PopulationOptions as PopulationOptions
    from .training.full_batch.weighted import Factorization as Factorization
    from .training.full_batch.weighted import WeightedOptions as WeightedOptions
    from .training.sampled import cbow as cbow
    from .training.sampled import quadratic as quadratic
    from .training.sampled import sgns as sgns
    from .training.sampled.settings import TrainingOptions as TrainingOptions
    from .trajectory import Trajectory as Trajectory
    from .uncertainty import Bootstrap as Bootstrap
    from .uncertainty import Resampling as Resampling
    from .uncertainty import resample as resample
    from .updating import Update as Update
    from .updating import update as update

_ROOMS = {
    "recipe": ["fit", "Recipe"],
    "updating": ["Update", "update"],
    "text.documents": ["read", "Documents", "ReadingOptions"],
    "text.events": ["read_events"],
    "text.tokenizer": ["Tokenizer"],
    "corpus.vocabulary": ["Vocabulary"],
    "corpus.corpus": ["Corpus", "VocabularyOptions", "build_vocabulary", "encode"],
    "corpus.phrases": ["Phrases", "join_phrases"],
    "cooccurrence.window": ["Window"],
    "cooccurrence.cooccurrence": ["Cooccurrence", "count", "count_stream", "merge", "subtract"],
    "cooccurrence.planning": ["Estimate", "estimate"],
    "target.formula": ["Formula"],
    "target.target": ["Target", "build_target", "mstar", "pmi", "ppmi", "shifted_pmi"],
    "spectrum.spectrum": ["SingularSpectrum", "Spectrum"],
    "spelling.subwords": ["Subwords"],
    "spectrum.solver": ["Solver", "solve"],
    "embedding.embedding": ["Embedding", "embed"],
    "embedding.documents": ["DocumentVectors", "embed_documents"],
    "concepts": ["Geometry", "Relation", "Relations", "geometry", "relations"],
    "trajectory": ["Trajectory"],
    "training": ["cbow", "population", "quadratic", "sgns", "weighted"],
    "training.sampled.settings": ["TrainingOptions"],
    "training.full_batch.starting": ["PopulationOptions"],
    "training.full_batch.weighted": ["WeightedOptions", "Factorization"],
    "uncertainty": ["Bootstrap", "Resampling", "resample"],
    "dynamics": ["Comparison", "Start", "compare", "embedding_at", "predict"],
    "explorer": ["explore"],
    "embedding.rotation": ["Rotation", "rotate"],
    "embedding.spelled": ["spell"],
    "diagnosis": ["Diagnosis", "Finding", "DiagnosisOptions", "diagnose"],
    "recommendation.recommender": ["Recommender", "fit_recommender", "solve_recommender"],
    "recommendation.holdout": ["Holdout", "evaluate_recommender"],
    "evidence.change": ["Change", "change"],
    "evidence.collocations": ["Collocation", "collocations"],
    "evidence.concordance": ["Concordance", "concordance"],
    "evidence.why": ["Why", "documents_of_mode", "why"],
    "graphs.graph": ["Graph", "read_graph"],
    "graphs.walks": ["count_walks"],
    "graphs.fitting": ["fit_graph"],
    "run": ["Run", "load"],
    "datasets.documentation": ["documentation_corpus"],
    "datasets.synthetic": ["planted_corpus"],
    "datasets.streams": ["zipf_topic_tokens"],
    "core.errors": ["FolderError", "InputError", "NotConverged", "UnknownWordError"],
}
_RENAMED = {  # what older programs call them
    "Alternation": "WeightedOptions",
    "Population": "PopulationOptions",
    "Reading": "ReadingOptions",
    "Selection": "VocabularyOptions",
    "Settings": "TrainingOptions",
    "Setup": "DiagnosisOptions",
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = ["__version__", *_ROOM_OF]


def __getattr__(name: str) -> Any:
    """Import a room when its first name is asked for: ``import solve2vec`` costs nothing."""
    name = _RENAMED.get(name, name)
    if name not in _ROOM_OF:
        raise AttributeError(f"solve2vec has no {name!r}")
    return getattr(import_module(f".{_ROOM_OF[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
