"""Stochastic training, as word2vec does."""
