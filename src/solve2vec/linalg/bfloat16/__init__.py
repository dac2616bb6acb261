"""Linear algebra in bfloat16, entered only by the solver."""
