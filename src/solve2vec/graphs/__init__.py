"""Graphs: edges to expected co-occurrences of random walks, and on to vectors of nodes."""
