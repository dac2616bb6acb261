"""Kinds: where the class of each kind of saved stage is, as plain data; a folder names its kind and no module."""

MODULES = {
    "Vocabulary": "corpus.vocabulary",
    "Corpus": "corpus.corpus",
    "Cooccurrence": "cooccurrence.cooccurrence",
    "Directed": "cooccurrence.directed",
    "Target": "target.target",
    "Spectrum": "spectrum.spectrum",
    "SingularSpectrum": "spectrum.spectrum",
    "SecondOrderSpectrum": "spectrum.spectrum",
    "Embedding": "embedding.embedding",
    "Subwords": "spelling.subwords",
    "JoinedEmbedding": "embedding.joining",
    "Recommender": "recommendation.recommender",
    "Bootstrap": "uncertainty.bootstrap",
    "Trajectory": "trajectory",
    "Checkpoint": "training.sampled.checkpoints",
}
