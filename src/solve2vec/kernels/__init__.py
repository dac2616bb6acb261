"""Kernels: compiled loops, arrays in and arrays out; imported only by the verbs that run them."""

SPARE = 80  # bytes after a text or the letters of tokens that kernels/tokens.py may read and write
