"""Columns of a question file: what separates them, and what each holds, told from all lines together."""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..core.errors import InputError

Row = tuple[int, str, list[str]]  # the number of the line, the line, its columns
SEPARATORS = ("\t", ";", ",", "|")  # the first that every line has in one number; white space else
NAMES = {"\t": "tabs", None: "white space"}
MEANS = ("mean", "average", "avg", "simlex999", "score", "gold", "human", "similarity", "relatedness", "rating", "sim")
RATERS = re.compile(
    r"(annotator|rater|subject|judge|coder|assessor|participant|person|s|r|a)?[ _.#-]*\d+", re.IGNORECASE
)
ID = re.compile(r"[^\W\d_]{0,8}[ _.#-]?\d+")
WORD = re.compile(r"(word|verb|noun|adjective|term|item|w|lemma|token|concept)[ _.-]?([1-4ab])", re.IGNORECASE)
TAG = re.compile(r"(.+)[-_#/.](n|v|j|a|r|nn|vb|jj|noun|verb|adj|adv)", re.IGNORECASE)  # MEN's: sun-n
TAGS = frozenset(["n", "v", "j", "a", "r", "nn", "vb", "jj", "noun", "verb", "adj", "adv"])
MISSING = ("", "na", "nan", "-", "?", "null", "none")  # what stands for a rater who did not say
FEW = 20  # names of a category or a language, in three times as many rows
PANEL = 3  # raters of a pair, at least
LARGER = 2.0  # than the largest deviation is the largest mean
OFF = 0.06  # of a mean that was rounded to one digit


def split_rows(lines: Sequence[tuple[int, str]], least: int, delimiter: str | None = None) -> tuple[list[Row], str]:
    """Split all lines at what separates columns in all of them, quotes kept together; and its name.

    Parameters
    ----------
    lines : sequence of (number, line)
    least : int
        Columns that most lines must have.
    delimiter : str, optional
        What separates columns, where the file shall not tell.
    """
    found, most = ([(number, line, line.split()) for number, line in lines], _name(None)), 0
    for separator in (delimiter,) if delimiter else (*SEPARATORS, None):
        rows = [(number, line, _split(line, separator)) for number, line in lines]
        width, agreeing = Counter(len(columns) for _, _, columns in rows).most_common(1)[0]
        if delimiter or (width >= least and agreeing == len(rows)):
            return rows, _name(separator)
        if width >= least and agreeing > most:
            found, most = (rows, _name(separator)), agreeing
    return found


def _split(line: str, separator: str | None) -> list[str]:
    if separator is None:
        quoted = '"' in line and next(csv.reader([line], delimiter=" ", skipinitialspace=True), [])
        return [column for column in quoted if column] or line.split() if quoted else line.split()
    columns = line.split(separator)
    if len(separator) == 1 and '"' in line and len(columns) > 1:
        columns = next(csv.reader([line], delimiter=separator, skipinitialspace=True), []) or columns
    return [column.strip() for column in columns]


def _name(separator: str | None) -> str:
    return NAMES.get(separator, f"{separator!r}")


def number_of(text: str) -> float | None:
    """The finite number that a text is, with a decimal point or comma; None if it is none."""
    try:
        number = float(text.replace(",", ".") if re.fullmatch(r"[+-]?\d+,\d+", text) else text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


@dataclass(frozen=True)
class PairColumns:
    """Which columns hold two words and their score.

    Attributes
    ----------
    words : tuple of two int
    scores : tuple of int
        One, or those of raters whose mean is taken.
    has_header : bool
    """

    words: tuple[int, int]
    scores: tuple[int, ...]
    has_header: bool


def place_of(row: Row, path: object) -> str:
    """Where a row stands, for messages."""
    return f"{path}, line {row[0]}: {row[1][:60]!r}"


def no_pair(row: Row, path: object) -> InputError:
    """What is raised for a row without two words and a number."""
    return InputError(f"{place_of(row, path)} is not two words and a score: complete the line or delete it")


def pair_columns(rows: Sequence[Row], path: object) -> PairColumns:
    """Find two columns of words, and that of scores: by their names, or by what they hold.

    Raises
    ------
    InputError
        If there are no two columns of words, no number, or several columns of numbers that nothing tells apart.
    """
    whole = [columns for _, _, columns in rows]
    width = Counter(map(len, whole)).most_common(1)[0][0]
    body = [columns for columns in whole if len(columns) == width]
    first = rows[0]
    if width < 3:
        raise no_pair(first, path)
    numeric = [p for p in range(width) if _is_numeric([row[p] for row in body])]
    has_header = len(whole) > 1 and body[0] is whole[0] and any(number_of(body[0][place]) is None for place in numeric)
    tail = body[has_header:]
    names = [name.lower() for name in body[0]] if has_header else [""] * width
    texts = [place for place in range(width) if place not in numeric]
    if len(texts) > 2 and all(ID.fullmatch(columns[texts[0]]) for columns in tail):
        texts = texts[1:]
    if len(named := [place for place in texts if WORD.fullmatch(names[place])]) >= 2:
        texts = named
    elif len(texts) > 2:
        texts = [p for p in texts if not _is_category([columns[p].lower() for columns in tail])]
    if len(texts) < 2:
        raise no_pair(first, path)
    one, other = texts[:2]
    after = [place for place in numeric if place > other]
    after = after or [place for place in numeric if not _counts_up([row[place] for row in tail])]
    return PairColumns((one, other), _scores(tail, names, after, path, first), has_header)


def _is_numeric(column: list[str]) -> bool:
    """Whether half of what is there are numbers, a name at the top or not."""
    there = [text for text in column[1:] if text.lower() not in MISSING] + column[:1]
    return 2 * sum(number_of(text) is not None for text in there) >= len(there)


def _is_category(column: list[str]) -> bool:
    """Whether it names parts of speech, a language or the like, which are few, and no words of pairs."""
    values = set(column)
    return len(column) > 1 and (values <= TAGS or len(values) == 1 or (len(values) <= FEW < len(column) / 3))


def _counts_up(column: list[str]) -> bool:
    """Whether it numbers the rows."""
    return len(column) > 1 and all(
        number_of(after) == (number_of(before) or 0) + 1 for before, after in pairwise(column)
    )


def _scores(body: list[list[str]], names: list[str], places: list[int], path: object, first: Row) -> tuple[int, ...]:
    if not places:
        raise InputError(f"{place_of(first, path)} has no score in column 3: add it")
    if len(places) == 1:
        return tuple(places)
    for wanted in MEANS:
        for exactly in (True, False):
            if named := [p for p in places if (names[p] == wanted if exactly else wanted in names[p])]:
                return (named[0],)
    values = np.array([[number_of(columns[place]) or 0.0 for place in places] for columns in body])
    for k in (len(places) - 1, 0):  # the mean stands behind its raters, or before them
        others = np.delete(values, k, axis=1)
        if len(places) > 2 and (np.abs(values[:, k] - others.mean(axis=1)) < OFF).all():
            return (places[k],)
    if all(RATERS.fullmatch(names[place]) for place in places):
        return tuple(places)
    fractional = [k for k in range(len(places)) if (values[:, k] % 1 != 0).any()]
    most = np.abs(values).max(axis=0)
    best = max(fractional, key=lambda k: float(most[k]), default=None)
    if best is not None and len(fractional) == 1 and len(places) > 2:
        return (places[best],)  # among raters, who say whole numbers
    if best is not None and all(
        most[best] >= LARGER * most[k]
        if k in fractional
        else LARGER * most[best] > most[k] and values[:, k].min() >= PANEL
        for k in range(len(places))
        if k != best
    ):  # beside deviations, which are small, or numbers of raters, which are whole
        return (places[best],)
    listed = ", ".join(str(place + 1) for place in places)
    raise InputError(
        f"{path} has numbers in columns {listed}, and nothing tells which is the score: name it 'mean' in a header, or "
        "leave the others out"
    )


def untagged(pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...] | None:
    """The pairs without part-of-speech tags, if every word has one (MEN's ``sun-n``); None otherwise."""
    found = [(TAG.fullmatch(one), TAG.fullmatch(other)) for one, other in pairs]
    if not found or any(one is None or other is None for one, other in found):
        return None
    return tuple((one[1], other[1]) for one, other in found if one is not None and other is not None)
