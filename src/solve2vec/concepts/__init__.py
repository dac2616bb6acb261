"""Concepts: what vectors of words that belong together have in common; pairs of a relation, and lists in an order."""

from .relations import Relation, Relations, relations

__all__ = ["Relation", "Relations", "relations"]
