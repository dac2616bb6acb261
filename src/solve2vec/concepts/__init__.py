"""Concepts: what vectors of words that belong together have in common; pairs of a relation, and lists in an order."""

from .geometry import Geometry, geometry
from .relations import Relation, Relations, relations

__all__ = ["Geometry", "Relation", "Relations", "geometry", "relations"]
