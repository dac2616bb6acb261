"""Question sets: whether the corpus has their words, and in the same case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .finding import Finding
from .picture import Bars
from .registry import check
from .settings import DiagnosisOptions

if TYPE_CHECKING:
    from ..corpus.vocabulary import Vocabulary
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
def coverage_below_half(vocabulary: Vocabulary, questions: Questions, settings: DiagnosisOptions) -> Finding:
    """A score on the questions that could be asked says little where most could not."""
    rare = dict(sorted(vocabulary.rare_counts.items(), key=lambda item: -item[1]))
    seen, counts = [*vocabulary.words, *rare], [*vocabulary.counts.tolist(), *rare.values()]
    needs = words_needed(seen, questions)
    shares = {file: float((ranks <= len(vocabulary)).mean()) for file, ranks in needs.items()}
    of_all = {file: float((ranks <= len(seen)).mean()) for file, ranks in needs.items()}
    worst = min(shares, key=lambda name: shares[name])
    half = max(np.sort(ranks)[(len(ranks) - 1) // 2] for ranks in needs.values())  # words that half of each need
    fires = shares[worst] < HALF
    more, count = (int(half), counts[int(half) - 1]) if half <= len(seen) else (0, 0)
    chosen = bool(vocabulary.lineage.values_of("build_vocabulary"))  # and not given, when no option chooses
    options, gensim = _selection(vocabulary, settings, more, counts) if chosen and more > len(vocabulary) else ("", "")
    return Finding(
        check="coverage_below_half",
        severity="warning" if fires else "fine",
        claim=f"Only {shares[worst]:.0%} of {Path(worst).name} can be asked: the score would be that of an easier set."
        if fires
        else f"At least {shares[worst]:.0%} of every question set can be asked.",
        evidence="; ".join(f"{Path(file).name}: {share:.0%} can be asked" for file, share in shares.items())
        + f". The vocabulary has {len(vocabulary):,} words"
        + (f"; with {more:,}, those seen {count:,} times or more, half of every set could be." if fires and more
           else f"; with all {len(seen):,} that are known to stand in the text it would be "
           f"{min(of_all.values()):.0%} of one set." if fires else "."),
        advice="Keep more words, or compare models on the questions that both can answer."
        if more and chosen
        else "Take a larger vocabulary, or compare models on the questions that both can answer."
        if not chosen or (vocabulary.rare is None and vocabulary.coverage < 1)  # what else there is was not kept
        else "Take more text, or compare models on the questions that both can answer: more of the words that this "
        "text has are not enough.",
        options=options,
        gensim=gensim,
        source="common in public issue threads; docs/diagnosis.md (evaluation that can be compared)",
        numbers={"coverage": shares, "coverage_of_all_seen": of_all, "words_needed": more or None,
                 "count_needed": count or None},
        picture=Bars([Path(file).name for file in shares], list(shares.values()),
                     [f"{share:.0%}" for share in shares.values()], "Questions that can be asked"),
    )  # fmt: skip


def words_needed(seen: Sequence[str], questions: Questions) -> dict[str, np.ndarray]:
    """How many of the words ``seen``, most frequent first, each question needs; inf if they are not enough.

    Case is ignored, as ``evaluate`` does.
    """
    rank: dict[str, float] = {}
    for place, word in enumerate(seen, 1):
        rank.setdefault(word.casefold(), place)

    def of(words: Iterable[str]) -> list[float]:
        return [rank.get(word.casefold(), np.inf) for word in words]

    made = {
        asked.file: [max(*of((q.a, q.b, q.c)), min(of(q.answers), default=np.inf)) for q in asked.questions]
        for asked in questions.analogies
    }
    made |= {rated.file: [max(of(pair[:2])) for pair in rated.pairs] for rated in questions.similarities}
    return {file: np.array(ranks or [np.inf]) for file, ranks in made.items()}


def _selection(
    vocabulary: Vocabulary, settings: DiagnosisOptions, words: int, counts: Sequence[int]
) -> tuple[str, str]:
    """Options that keep so many words of those with these falling ``counts``, and gensim's."""
    least = vocabulary.lineage.values_of("build_vocabulary").get("min_count", settings.min_count)
    count, first_without = counts[words - 1], counts[len(vocabulary)]
    options, gensim = [], []
    if count < least:
        options.append(f"--min-count {count}")
        gensim.append(f"min_count={count}")
    if settings.max_vocab is not None or first_without >= least:  # the number of words was bounded
        options.append(f"--max-vocab {words}")
        gensim.append(f"max_final_vocab={words}")
    return " ".join(options), ", ".join(gensim)
