"""Kernels in bfloat16."""
