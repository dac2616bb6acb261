"""Question sets: whether the corpus has their words, and in the same case."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .finding import Finding
from .picture import Bars
from .registry import check

if TYPE_CHECKING:
    from ..vocabulary import Vocabulary
    from .material import Questions

HALF = 0.5
LOST = 0.1  # of the words, unknown for their case alone


@check
def case_mismatch(vocabulary: Vocabulary, questions: Questions) -> Finding:
    """Paris is asked for, and paris has the vector."""
    words = set().union(*questions.words().values())
    known = set(vocabulary.words)
    folded = {word.casefold() for word in known}
    as_is = sum(word in known for word in words)
    ignoring = sum(word.casefold() in folded for word in words)
    lost = (ignoring - as_is) / max(1, len(words))
    examples = sorted(word for word in words if word not in known and word.casefold() in folded)[:4]
    fires = lost > LOST
    return Finding(
        check="case_mismatch",
        severity="worth knowing" if fires else "fine",
        claim=f"{lost:.0%} of the questions' words are unknown for their case alone."
        if fires
        else "The questions' words stand in the vocabulary's case.",
        evidence=f"{as_is:,} of {len(words):,} words are known as they are written, {ignoring:,} if case is ignored"
        + (f" ({', '.join(examples)})." if examples else "."),
        advice="Ignore case when asking, as evaluate does unless told otherwise, or keep case when reading.",
        options="evaluate --case ignore",
        gensim="case_insensitive=True",
        source="common in public issue threads; docs/diagnosis.md",
        numbers={"words": len(words), "known_as_is": as_is, "known_ignoring_case": ignoring, "lost": lost},
    )


@check
def coverage_below_half(vocabulary: Vocabulary, questions: Questions) -> Finding:
    """A score on the questions that could be asked says little where most could not."""
    known = {word.casefold() for word in vocabulary.words}
    shares: dict[str, float] = {}
    for asked in questions.analogies:
        can = sum({w.casefold() for w in (q.a, q.b, q.c)} <= known and any(w.casefold() in known for w in q.answers)
                  for q in asked.questions)  # fmt: skip
        shares[asked.file] = can / max(1, len(asked))
    for rated in questions.similarities:
        can = sum({w.casefold() for w in pair} <= known for pair in rated.pairs)
        shares[rated.file] = can / max(1, len(rated.pairs))
    worst = min(shares, key=lambda name: shares[name])
    fires = shares[worst] < HALF
    return Finding(
        check="coverage_below_half",
        severity="warning" if fires else "fine",
        claim=f"Only {shares[worst]:.0%} of {Path(worst).name} can be asked: the score would be that of an easier set."
        if fires
        else f"At least {shares[worst]:.0%} of every question set can be asked.",
        evidence="; ".join(f"{Path(file).name}: {share:.0%} can be asked" for file, share in shares.items())
        + f". The vocabulary has {len(vocabulary):,} words.",
        advice="Keep more words, take more text, or compare models on the questions that both can answer.",
        options="--min-count 2",
        gensim="min_count=2, max_final_vocab=None",
        source="common in public issue threads; docs/diagnosis.md (evaluation that can be compared)",
        numbers={"coverage": shares},
        picture=Bars([Path(file).name for file in shares], list(shares.values()),
                     [f"{share:.0%}" for share in shares.values()], "Questions that can be asked"),
    )  # fmt: skip
