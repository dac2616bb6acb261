"""A finding: a claim about this corpus, the numbers it rests on, what to do about it, and who says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from .picture import Bars, Curves

Severity = Literal["fine", "worth knowing", "warning"]
SEVERITIES: tuple[Severity, ...] = ("warning", "worth knowing", "fine")  # most urgent first


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one check found.

    Attributes
    ----------
    check : str
        The check's name, such as ``"window_wider_than_documents"``.
    severity : {"warning", "worth knowing", "fine"}
    claim : str
        One sentence.
    evidence : str
        Sentences with numbers from this corpus, and of which part of it.
    advice : str
        What to do; like the options it is left out where the finding is fine.
    options : str
        The advice as options of ``solve2vec fit`` and ``train``, to be pasted.
    gensim : str
        The same as arguments of gensim's ``Word2Vec``, where they differ.
    source : str
        Where the claim or its measure comes from.
    numbers : dict
        Every number of the evidence, and more, by name.
    picture : Bars or Curves, optional
        A small one, for the report.

    Examples
    --------
    >>> Finding(check="one_token_per_line", severity="fine", claim="Documents have 20 tokens.").is_fine
    True
    """

    check: str
    severity: Severity
    claim: str
    evidence: str = ""
    advice: str = ""
    options: str = ""
    gensim: str = ""
    source: str = ""
    numbers: dict[str, Any] = field(default_factory=dict)
    picture: Bars | Curves | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.is_fine:  # where nothing is to be done nothing is advised
            for name in ("advice", "options", "gensim"):
                object.__setattr__(self, name, "")

    @property
    def is_fine(self) -> bool:
        """Whether there is nothing to do."""
        return self.severity == "fine"

    def as_json(self) -> dict[str, Any]:
        """Plain values; without the picture, whose numbers are among the others."""
        names = ("check", "severity", "claim", "evidence", "advice", "options", "gensim", "source", "numbers")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Skipped:
    """A check that could not be made, and why."""

    check: str
    reason: str


class Unavailable(Exception):
    """What a check needs is not there; the message says what, and what would bring it."""
