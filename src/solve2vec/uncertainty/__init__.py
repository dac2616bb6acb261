"""Uncertainty: how far neighbors, similarities and modes would move on other texts like this one."""

from .bootstrap import Bootstrap, Mode, Neighbor
from .interval import Interval, Level
from .matching import Matches, match
from .resampling import Resampling, resample
from .shards import ShardCounts, cut, require_documents

__all__ = [
    "Bootstrap",
    "Interval",
    "Level",
    "Matches",
    "Mode",
    "Neighbor",
    "Resampling",
    "ShardCounts",
    "cut",
    "match",
    "require_documents",
    "resample",
]
