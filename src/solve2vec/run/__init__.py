"""A run is a folder of stages: which it has, what can be made again, what is out of date, and how it is written."""

from .loading import find_stage, load, load_embedding, load_stage
from .matching import is_counted
from .names import FITTED, STAGES, Keepable
from .run import Run
from .writing import Draft, refuse_other, refuse_other_making

__all__ = [
    "FITTED",
    "STAGES",
    "Draft",
    "Keepable",
    "Run",
    "find_stage",
    "is_counted",
    "load",
    "load_embedding",
    "load_stage",
    "refuse_other",
    "refuse_other_making",
]
