"""Spelling: what the n-grams of a word say about its vector, and a vector for any string."""
