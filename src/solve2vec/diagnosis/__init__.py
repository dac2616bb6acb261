"""Diagnosis: what goes wrong in word embeddings, looked for in this very corpus, with evidence and advice."""

from .diagnosing import Diagnosis, diagnose
from .finding import Finding, Skipped
from .registry import CHECKS, check, needs
from .settings import DiagnosisOptions

__all__ = ["CHECKS", "Diagnosis", "DiagnosisOptions", "Finding", "Skipped", "check", "diagnose", "needs"]
