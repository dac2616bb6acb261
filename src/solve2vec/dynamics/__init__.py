"""Dynamics: what theory says of learning in time, and how an observed run compares."""
