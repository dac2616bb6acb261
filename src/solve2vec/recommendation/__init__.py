"""Recommendation: which items complete a basket, in closed form from co-occurrence counts."""
