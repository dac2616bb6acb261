"""The schedule: which learning rate, epoch and step training has at a time of the flow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .drawn import Drawn
from .task import Task, flow_time


@dataclass(frozen=True)
class Schedule:
    """η falls linearly with the tokens passed, so η² falls linearly with the flow's time.

    Attributes
    ----------
    first, last : float
        η at both ends.
    duration : float
        The flow's time, all in all.
    epochs : int
    centers : float
        Of all epochs.
    """

    first: float
    last: float
    duration: float
    epochs: int
    centers: float

    @classmethod
    def of(cls, task: Task, drawn: Drawn) -> Schedule:
        """The schedule of a task."""
        settings, mean = task.settings, (task.learning_rate + task.final_learning_rate) / 2
        rates = mean * drawn.total * settings.epochs
        duration = flow_time(rates, len(task.keep), settings.negatives, tied=settings.tied)
        centers = float(task.frequency.sum()) * settings.epochs
        return cls(task.learning_rate, task.final_learning_rate, duration, settings.epochs, centers)

    def rate(self, time: float) -> float:
        """η."""
        return float(np.sqrt(max(0.0, self.first**2 + (self.last**2 - self.first**2) * time / self.duration)))

    def done(self, times: np.ndarray) -> np.ndarray:
        """The share of training that is done, in 0…1."""
        given = np.clip(np.asarray(times, np.float64) / self.duration, 0, 1)
        if self.first == self.last:
            return given
        η = np.sqrt(np.maximum(0, self.first**2 + (self.last**2 - self.first**2) * given))
        return np.clip((η - self.first) / (self.last - self.first), 0, 1)

    def time(self, done: np.ndarray) -> np.ndarray:
        """The flow's time by which a share of training is done."""
        passed = self.first * done + (self.last - self.first) * done**2 / 2
        return np.asarray(self.duration * passed / ((self.first + self.last) / 2))

    def moments(self, points: int) -> np.ndarray:
        """(T,) 0, then times up to the end: half of them in equal ratios, for what rises early, half in equal steps."""
        rising = np.geomspace(self.duration / 1000, self.duration, points // 2)
        return np.unique(np.r_[0.0, rising, np.linspace(0, self.duration, points - len(rising) + 1)])
