"""What a training run gives: vectors, and how they came about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..embedding.embedding import Embedding
from ..trajectory import Trajectory

if TYPE_CHECKING:
    from ..spectrum.spectrum import Spectrum


@dataclass(frozen=True)
class Training:
    """An embedding and the trajectory that led to it.

    Attributes
    ----------
    embedding : Embedding
        Context vectors with it where untied.
    trajectory : Trajectory
        Observed at log-spaced steps.
    facts : dict
        Plain numbers about the run: words a second, loss of each epoch, seconds, …
    followed : Spectrum, optional
        The modes that the trajectory follows, where they were solved for on the way.
    """

    embedding: Embedding
    trajectory: Trajectory
    facts: dict[str, Any]
    followed: Spectrum | None = None


class Stopped(KeyboardInterrupt):
    """Interrupted on the way; ``training`` is what was learned by the last moment that was recorded."""

    def __init__(self, training: Training, message: str = "") -> None:
        super().__init__(message)
        self.training = training
