"""Kernels: compiled loops, arrays in and arrays out; imported only by the verbs that run them."""
