"""Files of questions, in the layouts they are published in, told apart by what they look like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..core.errors import InputError
from ..core.signatures import MARKUP, PACKED, UTF_16
from .columns import MISSING, WORD, PairColumns, Row, no_pair, number_of, pair_columns, place_of, split_rows, untagged
from .questions import Analogy, AnalogyQuestions, SimilarityQuestions, WordPair, ask_pairs

JSON = re.compile(r"[\[{]\s*[\[{\"]")
LETTERS = ("a", "b", "c", "d")
_RELATION_COLUMNS = (0, 3, 4)  # where the five-column forms of MSR have it
_ADVICE = {
    1: "an analogy has four words, and a BATS line a word and its answers",
    3: "the fourth word is missing (MSR keeps it in a file of its own: paste the two files side by side)",
}


def read_analogies(path: str | Path) -> AnalogyQuestions:
    r"""Read analogies from a file, or from a folder of files; what they look like says which kind they are.

    ====================  =================================================================================
    Google                ``: category`` lines, then four words a line [1]_
    MSR                   four words a line, with or without a column that names the relation [2]_
    BATS                  two columns, a word and its right answers ``one/other``; each file (or ``: category``)
                          of a folder is a category, and every line is asked after every other one [3]_
    ====================  =================================================================================

    Columns are separated by tabs, or else by spaces.  Empty lines and lines that start with ``#`` are passed over.
    In BATS the first answer of a line is the one shown when the line is the example.

    Parameters
    ----------
    path : path
        A UTF-8 text file, or a folder with such files, named ``*.txt``, at any depth.

    Raises
    ------
    InputError
        If the file is absent, empty, packed, not text or not UTF-8, or a line has another number of columns
        than it should; the message names the line.

    References
    ----------
    .. [1] Mikolov et al., "Efficient Estimation of Word Representations in Vector Space", 2013, arXiv:1301.3781.
    .. [2] Mikolov, Yih and Zweig, "Linguistic Regularities in Continuous Space Word Representations", NAACL 2013.
    .. [3] Gladkova, Drozd and Matsuoka, "Analogy-based Detection of Morphological and Semantic Relations With
       Word Embeddings", NAACL-SRW 2016.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "family.txt"
    ...     _ = path.write_text(": family\nman woman king queen\n")
    ...     read_analogies(path).questions
    (Analogy(category='family', a='man', b='woman', c='king', answers=('queen',)),)
    """
    path = Path(path)
    if not path.is_dir():
        return AnalogyQuestions(str(path), tuple(_analogies_of(path, path.stem)))
    files = sorted(file for file in path.rglob("*.txt") if file.is_file() and not file.name.startswith("."))
    if not files:
        raise InputError(f"{path} is a folder without any *.txt file: name a question file, or a folder of them")
    stems = [file.stem for file in files]
    names = stems if len(set(stems)) == len(stems) else [str(f.relative_to(path).with_suffix("")) for f in files]
    return AnalogyQuestions(
        str(path), tuple(q for file, name in zip(files, names, strict=True) for q in _analogies_of(file, name))
    )


def read_similarities(
    path: str | Path, *, delimiter: str | None = None, encoding: str = "utf-8"
) -> SimilarityQuestions:
    r"""Read word pairs with scores: WordSim-353, SimLex-999, MEN and files like them.

    A line is two words and their score, and may have more columns.  All lines together tell what separates columns
    (tabs, ``;``, ``,``, ``|`` or white space) and which is which: words are in the first two columns of text that are
    no numbering; the score is the column called mean, score or the like, the one that is the mean of others (raters),
    the mean of raters where there are only these, or the first with fractions.  Where every word ends in its part of
    speech (``sun-n``), that is left out.  Empty lines, lines that start with ``#`` and a header are passed over.
    ``layout`` of the result says what was found.

    Parameters
    ----------
    path : path
        A text file.
    delimiter : str, optional
        What separates columns, where the file shall not tell.
    encoding : str
        Of the file.

    Raises
    ------
    InputError
        If the file is absent, empty, packed, not text or not UTF-8, or a line has no two words and a number;
        the message names the line.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "pairs.txt"
    ...     _ = path.write_text("word1 word2 mean\ntiger cat 7.35\n")
    ...     read_similarities(path).pairs
    (('tiger', 'cat'),)
    """
    path = Path(path)
    rows, separator = split_rows(list(_lines(path, encoding)), 3, delimiter)
    found = pair_columns(rows, path)
    scored = [_scored_pair(row, found, path) for row in rows[found.has_header :]]
    pairs = tuple((one, other) for one, other, _ in scored)
    layout = f"columns by {separator}, words in {found.words[0] + 1} and {found.words[1] + 1}, "
    places = ", ".join(str(place + 1) for place in found.scores)
    layout += f"score in {places}" if len(found.scores) == 1 else f"score the mean of {places}"
    if all(len(word) > 2 and word[0] == word[-1] == "'" for pair in pairs for word in pair):
        pairs = tuple((one[1:-1], other[1:-1]) for one, other in pairs)
    if (plain := untagged(pairs)) is not None:
        pairs, layout = plain, f"{layout}, tags of parts of speech left out"
    return SimilarityQuestions(str(path), pairs, np.array([score for _, _, score in scored]), layout)


def _scored_pair(row: Row, found: PairColumns, path: Path) -> tuple[str, str, float]:
    columns, place = row[2], place_of(row, path)
    if len(columns) < 3 or len(columns) <= max(found.words) or not all(columns[k] for k in found.words):
        raise no_pair(row, path)
    if len(columns) <= max(found.scores):
        raise InputError(f"{place} has no score in column {max(found.scores) + 1}: add it")
    scores = [number_of(columns[k]) for k in found.scores]
    are_missing = [
        score is None and columns[k].lower() in MISSING for k, score in zip(found.scores, scores, strict=True)
    ]
    for k, score, is_missing in zip(found.scores, scores, are_missing, strict=True):
        if score is None and (not is_missing or all(are_missing)):
            raise InputError(f"{place} has the score {columns[k]!r}, which is not a finite number: correct it")
    one, other = (columns[k] for k in found.words)
    return one, other, float(np.mean([score for score in scores if score is not None]))


def _analogies_of(path: Path, category: str) -> tuple[Analogy, ...]:
    """Questions of one file; ``category`` is for lines before the first header."""
    rows = list(_rows(path, category))
    if not rows:
        raise InputError(f"{path} has categories but no questions: is it cut off?")
    if len(rows) > 1 and _are_names(rows[0][2]):
        rows = rows[1:]
    width = len(rows[0][2])
    for number, _, columns in rows:
        if len(columns) not in (2, 4, 5):
            advice = _ADVICE.get(len(columns), "an analogy has four words, and at most one more for its relation")
            raise InputError(f"{path}, line {number}: {len(columns)} columns in {_short(columns)}; {advice}")
        if len(columns) != width or not all(columns):
            raise InputError(
                f"{path}, line {number}: {_short(columns)} has {len(list(filter(None, columns)))} words where "
                f"line {rows[0][0]} has {width}: make all lines alike"
            )
    if width == 2:
        return _from_pairs(path, rows)
    relation = _relation_column(path, rows) if width == 5 else None
    return tuple(_analogy(name, columns, relation) for _, name, columns in rows)


def _are_names(columns: list[str]) -> bool:
    """Whether a line names columns: a, b, c, d or word1 … word4, beside what names a relation."""
    lower = [column.lower() for column in columns]
    numbered = sum(WORD.fullmatch(name) is not None or name in ("target", "answer") for name in lower)
    return tuple(lower[-4:]) == LETTERS or numbered >= 3


def _analogy(category: str, columns: list[str], relation: int | None) -> Analogy:
    if relation is not None:
        category, columns = columns[relation], columns[:relation] + columns[relation + 1 :]
    a, b, c, answer = columns
    return Analogy(category, a, b, c, (answer,))


def _from_pairs(path: Path, rows: list[tuple[int, str, list[str]]]) -> tuple[Analogy, ...]:
    pairs: dict[str, list[WordPair]] = {}
    for number, category, (word, text) in rows:
        answers = tuple(filter(None, (answer.strip() for answer in text.split("/"))))
        if not answers:
            raise InputError(f"{path}, line {number}: {word!r} has no answer in {text!r}: write word, tab, one/other")
        pairs.setdefault(category, []).append((word, answers))
    questions = ask_pairs(pairs, f"{path}: ")
    if not questions:
        raise InputError(
            f"{path} has one word pair for each category: a question needs two, one to ask after the other"
        )
    return questions


def _relation_column(path: Path, rows: list[tuple[int, str, list[str]]]) -> int:
    """Of five columns, the one that names the relation: it has the fewest values."""
    values = {place: len({columns[place] for _, _, columns in rows}) for place in _RELATION_COLUMNS}
    fewest = [place for place in values if values[place] == min(values.values())]
    if len(fewest) > 1:
        raise InputError(
            f"{path} has five columns and it is not clear which one names the relation (line {rows[0][0]}: "
            f"{_short(rows[0][2])}): put it on a line of its own, as ': relation'"
        )
    return fewest[0]


def _rows(path: Path, category: str) -> Iterator[tuple[int, str, list[str]]]:
    """Line number, category and columns of each question."""
    lines = list(_lines(path))
    asked = [(number, line) for number, line in lines if not line.startswith(":")]
    columns_of = {number: columns for number, _, columns in split_rows(asked, 2)[0]} if asked else {}
    for number, line in lines:
        columns = columns_of.get(number) or line.split()
        if columns[0] == ":" or (line.startswith(":") and (len(columns) == 1 or "\t" not in line)):
            category = line[1:].strip()
            if not category:
                raise InputError(f"{path}, line {number}: a category without a name: write ': name'")
        else:
            yield number, category, columns


def _short(columns: list[str]) -> str:
    text = " ".join(columns)
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _lines(path: Path, encoding: str = "utf-8") -> Iterator[tuple[int, str]]:
    """Give number and text of each line that says something."""
    said = 0
    try:
        with open(path, "rb") as file:
            for number, raw in enumerate(file, start=1):
                line = _text(path, number, raw, encoding).strip()
                if not said and JSON.match(line):
                    raise InputError(f"{path} is JSON, not lines of questions: write a line for each")
                if line and not line.startswith("#"):
                    said += 1
                    yield number, line
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): name a text file of questions") from error
    if not said:
        raise InputError(f"{path} is empty, or has comments only: name a file with questions")


def _text(path: Path, number: int, raw: bytes, encoding: str) -> str:
    if number == 1 and raw.startswith(PACKED):
        raise InputError(f"{path} is a packed file: unpack it first")
    if number == 1 and raw.startswith(UTF_16):
        raise InputError(f"{path} is UTF-16: convert it, for example with iconv -f UTF-16 -t UTF-8")
    if number == 1 and MARKUP.match(raw):
        raise InputError(f"{path} is a web page (HTML or XML), perhaps an error message: download it again")
    if b"\0" in raw:
        raise InputError(f"{path}, line {number}: has zero bytes, so it is no text file: name one with questions")
    try:
        return raw.decode(encoding).removeprefix("\ufeff" if number == 1 else "")
    except LookupError as error:
        raise InputError(f"{error}: name an encoding that Python has, such as utf-8 or latin-1") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}, line {number}: byte {raw[error.start]:#x} is not {encoding.upper()}: convert the file, "
            "for example with iconv -f LATIN1 -t UTF-8"
        ) from error
