"""The matrix that is factorized."""
