"""Diagnosis: what goes wrong with word embeddings, looked for in this very corpus, with evidence and advice."""
