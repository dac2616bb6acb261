"""Learning in time: what theory says of it, in closed form, and how an observed run compares."""

from .comparison import Comparison, compare
from .moments import embedding_at, embeddings_at, growth_frames
from .overlay import ModeComparison
from .prediction import predict
from .starts import Start

__all__ = [
    "Comparison",
    "ModeComparison",
    "Start",
    "compare",
    "embedding_at",
    "embeddings_at",
    "growth_frames",
    "predict",
]
