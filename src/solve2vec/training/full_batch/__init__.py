"""Descent of the whole loss, from counts."""
