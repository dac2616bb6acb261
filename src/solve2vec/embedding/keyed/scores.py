"""Scores on question files, under gensim's names and in gensim's form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import InputError

METHODS = {"most_similar": "add", "most_similar_cosmul": "mul"}


class Scores:
    """How an embedding does on files of analogies and of word pairs."""

    def evaluate_word_analogies(
        self,
        analogies: str | Path,
        restrict_vocab: int | None = 300_000,
        case_insensitive: bool = True,
        dummy4unknown: bool = False,
        similarity_function: str = "most_similar",
    ) -> tuple[float, list[dict[str, Any]]]:
        """Accuracy on a file of analogies, as gensim reports it; :func:`solve2vec.evaluation.analogies` says more.

        Parameters
        ----------
        analogies : path
            Google's layout, or another that :func:`~solve2vec.evaluation.read_analogies` knows.
        restrict_vocab : int, optional
            Know only so many first words.
        case_insensitive : bool
            "Paris" and "paris" are one word.
        dummy4unknown : bool
            Questions with unknown words count as wrong, instead of not at all.
        similarity_function : {"most_similar", "most_similar_cosmul"}

        Returns
        -------
        score : float
            0…1; 0 where nothing could be asked.
        sections : list of dict
            ``section``, ``correct`` and ``incorrect`` of each, and of all under "Total accuracy".
        """
        from ...evaluation import analogies as put
        from ...evaluation import read_analogies

        if similarity_function not in METHODS:
            raise InputError(f"similarity_function must be one of {', '.join(METHODS)}, got {similarity_function!r}")
        score = put(
            self,  # type: ignore[arg-type]
            read_analogies(analogies),
            method=METHODS[similarity_function],  # type: ignore[arg-type]
            case="ignore" if case_insensitive else "as_is",
            restrict=restrict_vocab,
            bootstrap=0,
        )
        total: dict[str, Any] = {"section": "Total accuracy", "correct": [], "incorrect": []}
        sections: dict[str, dict[str, Any]] = {}
        for question, verdict in zip(score.questions, score.verdicts.tolist(), strict=True):
            words = tuple(word.upper() if case_insensitive else word for word in (*question[1:4], question.answers[0]))
            section = sections.setdefault(
                question.category, {"section": question.category, "correct": [], "incorrect": []}
            )
            if verdict >= 0 or dummy4unknown:
                for kept in (section, total):
                    kept["correct" if verdict == 1 else "incorrect"].append(words)
        asked = len(total["correct"]) + len(total["incorrect"])
        return len(total["correct"]) / asked if asked else 0.0, [*sections.values(), total]

    def evaluate_word_pairs(
        self,
        pairs: str | Path,
        delimiter: str = "\t",
        encoding: str = "utf8",
        restrict_vocab: int | None = 300_000,
        case_insensitive: bool = True,
        dummy4unknown: bool = False,
    ) -> tuple[tuple[float, float], tuple[float, float], float]:
        """Correlation with people's scores of word pairs; :func:`solve2vec.evaluation.similarity` says more.

        Parameters
        ----------
        pairs : path
            A file of two words and a score a line.
        delimiter : str
            What separates them; a tab leaves it to the file, which tells.
        encoding : str
            Of the file.
        restrict_vocab, case_insensitive
            As for :meth:`evaluate_word_analogies`.
        dummy4unknown : bool
            Pairs with an unknown word have similarity 0, instead of being left out.

        Returns
        -------
        pearson, spearman : (float, float)
            Correlation in -1…1 and its two-sided p-value.
        oov_ratio : float
            Pairs with an unknown word, in percent.

        Raises
        ------
        InputError
            If fewer than two pairs are known.
        """
        from scipy import stats

        from ...evaluation import read_similarities, similarity

        asked = read_similarities(pairs, delimiter=None if delimiter == "\t" else delimiter, encoding=encoding)
        case = "ignore" if case_insensitive else "as_is"
        score = similarity(self, asked, case=case, restrict=restrict_vocab, bootstrap=0)  # type: ignore[arg-type]
        cosines = np.nan_to_num(score.cosines) if dummy4unknown else score.cosines
        known = np.isfinite(cosines)
        if known.sum() < 2:
            raise InputError(
                f"{pairs}: only {known.sum()} of {len(cosines)} pairs have both words known: nothing to compare"
            )
        pearson, spearman = (
            correlate(asked.scores[known], cosines[known]) for correlate in (stats.pearsonr, stats.spearmanr)
        )
        return (
            (float(pearson[0]), float(pearson[1])),
            (float(spearman[0]), float(spearman[1])),
            100 * score.skipped / len(cosines),
        )
