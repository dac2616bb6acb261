"""The layout of lines of words and numbers: told from the first lines together, not line by line.

A file of one word, one space or tab, and numbers is *plain* and read fast.  Others are brought into that form line by
line: columns padded with blanks, a tab before numbers with blanks, no-break spaces, commas, semicolons or bars between
them, decimal commas, quoted words and numbers, words with a colon, a column of numbers before the words, lines that end
in CR.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from ..core.signatures import MARK

PEEK = 1 << 20  # bytes …
SAMPLE = 1000  # … and lines that the layout is told from
SPACE = b" \t\r\n"
BLANK = b" \t\xc2\xa0"
NUMBER = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
WHOLE = re.compile(rb"\d{1,18}")
WITH_COMMA = re.compile(rb"[+-]?\d+(?:,\d+)?(?:[eE][+-]?\d+)?")
QUOTED = re.compile(rb'(?<=[,;|\t ])"([+-]?\d[\d.,]*(?:[eE][+-]?\d+)?)"')  # a number
LEADING = re.compile(rb'\d{1,18}|"\d{1,18}"')
ZERO = re.compile(rb"[+-]?0\d+|-0")  # what stands on one side of a decimal comma, and is no whole number
SPARSE = re.compile(rb"\d+:" + NUMBER.pattern, re.IGNORECASE)
FLORET = re.compile(rb"\d+ \d+ \d+ \d+ \d+ \d+ \S+ \S+\s*")  # minn maxn dim hashcount buckets seed BOW EOW
BLANKS = rb"(?:[ \t]|\xc2\xa0)"
SEPARATORS = {  # of numbers; tried in this order where a single space or tab does not do
    "blanks": re.compile(BLANKS + rb"+"),
    "commas": re.compile(BLANKS + rb"*," + BLANKS + rb"*|" + BLANKS + rb"+"),
    "semicolons": re.compile(BLANKS + rb"*;" + BLANKS + rb"*|" + BLANKS + rb"+"),
    "bars": re.compile(BLANKS + rb"*\|" + BLANKS + rb"*|" + BLANKS + rb"+"),
    "commas and blanks": re.compile(BLANKS + rb"*," + BLANKS + rb"+"),  # where commas alone are decimal ones
}
FEWEST, FIELDS = 100, 20_000  # lines that are looked at, and about how many fields of them
ENOUGH = 3  # lines that show a column of numbers that are none of the vector's
COUNT = 10  # the largest of such a column at least, where it is no row number …
SMALL_COUNT = 2  # … or where all other numbers have a decimal point


def is_number(field: bytes) -> bool:
    """Whether ``field`` is written as a decimal number."""
    return NUMBER.fullmatch(field) is not None


def without_marks(text: bytes) -> bytes:
    """The text without the byte order marks that it begins with."""
    while text.startswith(MARK):
        text = text.removeprefix(MARK)
    return text


@dataclass(frozen=True)
class Layout:
    """How lines of words and numbers are written.

    Attributes
    ----------
    dim : int
        How many numbers most lines end in, the first field aside; 0 if there is none.
    separator : str
        "space", "tab", or a key of :data:`SEPARATORS`.
    has_decimal_commas, has_quotes, has_quoted_numbers, has_colons, has_leading_number, has_names : bool
        0,5 stands for 0.5; every word is in quotes; numbers are; a colon ends every word; a number that is no part of
        it stands before every word; the first line names the columns.
    fault : str
        What it is that cannot be read, or "".
    """

    dim: int
    separator: str = "space"
    has_decimal_commas: bool = False
    has_quotes: bool = False
    has_quoted_numbers: bool = False
    has_colons: bool = False
    has_leading_number: bool = False
    has_names: bool = False
    fault: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether lines are read as they are."""
        is_single = self.separator in ("space", "tab")
        is_changed = self.has_quotes or self.has_quoted_numbers or self.has_colons
        return is_single and not (is_changed or self.has_leading_number or self.has_decimal_commas)

    @property
    def between(self) -> bytes:
        """What stands between numbers, once lines are :meth:`plain`."""
        return b"\t" if self.separator == "tab" else b" "

    @property
    def number(self) -> re.Pattern[bytes]:
        """What a number is here."""
        return WITH_COMMA if self.has_decimal_commas else NUMBER

    def fields(self, line: bytes) -> list[bytes]:
        """The fields of a line; its word may be in several."""
        return _fields(_unquoted(line) if self.has_quoted_numbers else line, self.separator)

    def numbers_in(self, line: bytes) -> int:
        """How many numbers a line ends in, its first field aside."""
        return numbers_at_end(self.fields(line), self.number)

    def plain(self, line: bytes, dim: int) -> bytes:
        """The line as a word, one space or tab, and ``dim`` numbers; unchanged where it is too short."""
        if self.is_plain or not line.strip(SPACE):
            return line
        line = _unquoted(line.strip(b"\r\n")) if self.has_quoted_numbers else line.strip(b"\r\n")
        fields = _fields(line, self.separator)
        if len(fields) <= dim:
            return line
        numbers = fields[-dim:]
        if self.has_decimal_commas:
            numbers = [number.replace(b",", b".") for number in numbers]
        if self.separator in SEPARATORS:
            word = _word(line, SEPARATORS[self.separator], len(fields) - dim)
        else:
            word = self.between.join(fields[:-dim])
        if self.has_leading_number:
            blanks = SEPARATORS["blanks"]
            word = SEPARATORS.get(self.separator, blanks).split(word.lstrip(SPACE), maxsplit=1)[-1]
        if self.has_quotes:
            quote = word.strip(SPACE)[:1]
            word = word.strip(SPACE)[1:-1].replace(quote + quote, quote)
        if self.has_colons:
            word = word.rstrip(SPACE).removesuffix(b":").rstrip(SPACE)
        return word + self.between + self.between.join(numbers)


def layout_of(lines: Iterable[bytes], *, dim: int | None = None) -> Layout:
    r"""The layout of the first lines of a file, without the header of word2vec.

    Parameters
    ----------
    lines : iterable of bytes
    dim : int, optional
        d by a header: more numbers at the ends of lines are then part of words, where they may be.

    Examples
    --------
    >>> layout_of([b"TP53\t0.1 0.2 ", b"MYC\t0.4 0.5 "]).separator
    'blanks'
    >>> layout_of([b"route 66 0.5 1", b"at 0.1 0.2", b"of 0.3 0.4"]).dim
    2
    """
    sample = [line.strip(b"\r\n") for line in lines if line.strip(SPACE)]
    if not sample:
        return Layout(0)
    sample = sample[: max(FEWEST, FIELDS // len(sample[0].split()))]
    if sum(_ends_quoted(line) for line in sample) > len(sample) / 2:
        return replace(layout_of(map(_unquoted, sample), dim=dim), has_quoted_numbers=True)
    if FLORET.fullmatch(sample[0]) and len(sample[0].split()) == 8:
        return Layout(0, fault="floret's table of hashed n-grams: write vectors of words from floret (.vec)")
    if (name := _plain_separator(sample)) and not _is_padded(sample, name, dim):
        return _with_columns(sample, Layout(_dimensions(sample, name), name), dim)
    made = Layout(0)
    if not name:
        for other in ("blanks", "semicolons", "commas and blanks"):
            found = Layout(_dimensions(sample, other, WITH_COMMA), other, has_decimal_commas=True)
            made = found if found.dim > made.dim else made
    for other in list(SEPARATORS)[:-1]:
        found = Layout(_dimensions(sample, other), other)
        is_usable = made.dim <= 1 and not made.has_decimal_commas
        made = found if found.dim > made.dim and is_usable else made
    if made.dim == 0 and all(
        len(fields := line.split()) > 1 and all(map(SPARSE.fullmatch, fields[1:])) for line in sample
    ):
        return Layout(0, fault="a table of sparse rows (column:value): write all numbers of each row")
    return _with_columns(sample, made, dim)


def _plain_separator(sample: list[bytes]) -> str:
    """What stands before the last number of the first line that has one."""
    line = next((line for line in sample if is_number(re.split(rb"[ \t]", line.rstrip(SPACE))[-1])), b"")
    line = line.rstrip(SPACE)
    return "" if not line else "tab" if line.rfind(b"\t") > line.rfind(b" ") else "space"


def _is_padded(sample: list[bytes], name: str, dim: int | None) -> bool:
    """Whether a single separator leaves out numbers, or blanks stand around words or between numbers."""
    single = _dimensions(sample, name)
    others = (
        max(_dimensions(sample, other) for other in list(SEPARATORS)[:-1])
        if single <= 1
        else _dimensions(sample, "blanks")
    )
    if dim is not None and single >= dim:
        single, others = dim, min(others, dim)
    if others > single:
        return True
    rows = [_fields(line, name) for line in sample]
    if any(not field for row in rows for field in row[max(1, len(row) - single) :]):
        return True
    around = sum(len(row) > single + 1 and not (row[-single - 1] and row[0]) for row in rows)
    return around > len(rows) / 2


def _ends_quoted(line: bytes) -> bool:
    """Whether a number in quotes ends the line."""
    *_, last = [None, *QUOTED.finditer(line.rstrip(SPACE))]
    return last is not None and last.end() == len(line.rstrip(SPACE))


def _unquoted(line: bytes) -> bytes:
    """The line with its numbers out of quotes, and a point for a comma in them."""
    return QUOTED.sub(lambda found: found[1].replace(b",", b"."), line)


def _fields(line: bytes, name: str) -> list[bytes]:
    if name in SEPARATORS:
        return [field for field in SEPARATORS[name].split(line.strip(SPACE)) if field]
    return line.rstrip(SPACE).split(b"\t" if name == "tab" else b" ")


def _word(line: bytes, separator: re.Pattern[bytes], fields: int) -> bytes:
    """The first ``fields`` fields of a line, and what stands between them."""
    line = line.strip(SPACE)
    ends = (found.start() for found in separator.finditer(line) if found.start())
    for place, end in enumerate(ends, 1):
        if place == fields:
            return line[:end]
    return line


def numbers_at_end(fields: list[bytes], number: re.Pattern[bytes] = NUMBER) -> int:
    """How many of the fields, the first aside, are numbers up to the last."""
    count = 0
    while count < len(fields) - 1 and number.fullmatch(fields[-1 - count]):
        count += 1
    return count


def _dimensions(sample: list[bytes], name: str, number: re.Pattern[bytes] = NUMBER) -> int:
    """How many numbers most of these lines end in."""
    found = Counter(numbers_at_end(_fields(line, name), number) for line in sample)
    return max(found, key=lambda count: (found[count], count), default=0)


def _with_columns(sample: list[bytes], made: Layout, dim: int | None) -> Layout:
    """The layout with what its columns say: names in the first line, quotes, numbers that are none of the vector's."""
    number = made.number
    rows = [made.fields(line) for line in sample]
    if made.dim == 0:
        return made
    if _are_names(rows, made):
        made, rows = replace(made, has_names=True), rows[1:]
    whole = [row for row in rows if numbers_at_end(row, number) >= made.dim]
    wanted = made.dim if dim is None else dim
    words = [row[: len(row) - wanted] for row in whole]
    if len(whole) > 1 and all(len(word) > 1 and LEADING.fullmatch(word[0]) for word in words):
        rest = [word[1:] for word in words]
        if len(set(map(tuple, rest))) == len(rest) and not all(numbers_at_end([b"", *word]) for word in rest):
            made, words = replace(made, has_leading_number=True), rest
    if any(all(_is_quoted(word, quote) for word in words) for quote in (b'"', b"'")):
        made = replace(made, has_quotes=True)
    elif len(words) > 1 and all(word and word[-1].endswith(b":") and len(b"".join(word)) > 1 for word in words):
        made = replace(made, has_colons=True)
    return replace(made, fault=_fault_of_columns(rows, whole, made, dim))


def _are_names(rows: list[list[bytes]], made: Layout) -> bool:
    """Whether the first line names the columns: by no number, or by 0, 1, 2, … as pandas does."""
    first, fewest = rows[0], 3  # dimensions that are not 0, 1, … by chance
    if len(rows) < 2:
        return False
    if not numbers_at_end(first, made.number):
        return len(first) in (made.dim, made.dim + 1) or (len(first) == made.dim + 2 == len(rows[1]))
    counted = [[b"%d" % (start + n) for n in range(made.dim)] for start in (0, 1)]
    is_counted = first[-made.dim :] in counted and len(first) == made.dim + 1
    others = (field for row in rows[1:] for field in row[-made.dim :])
    return is_counted and (not first[0] or made.dim >= fewest) and not all(map(WHOLE.fullmatch, others))


def _fault_of_columns(rows: list[list[bytes]], whole: list[list[bytes]], made: Layout, dim: int | None) -> str:
    """What columns, or a first line, are none of words and vectors; or ""."""
    wanted = made.dim if dim is None else dim
    if made.dim > wanted and len(whole) > len(rows) / 2:
        column = [row[-wanted - 1] for row in whole]
        names = {tuple(row[: -wanted - 1]) for row in whole}
        if not all(map(WHOLE.fullmatch, column)):
            return f"text whose header says {dim} dimensions, but most lines end in {made.dim} numbers"
        if len(names) == len(whole) > 1:
            return "text with a column of whole numbers between words and vectors: take it out"
    if dim is not None or made.dim < 2 or not whole:
        return ""
    if made.separator == "commas" and not made.has_quoted_numbers and _has_split_decimals(whole, made.dim):
        return "text with commas between numbers and in them: write points, or semicolons between numbers"
    if _is_header(rows, whole, made):
        return f"text whose first line has {made.dim + 1} numbers: word2vec's has two, words and dimensions"
    first, last = [row[-made.dim] for row in whole], [row[-1] for row in whole]
    others = [field for row in whole for field in row[1 - made.dim :]]
    if (_is_count(first) and not all(map(WHOLE.fullmatch, others))) or _is_apart(first, others):
        return "text with a column of whole numbers (counts or row numbers) before the vectors: take it out"
    if _is_apart(last, [field for row in whole for field in row[-made.dim : -1]]):
        return "text with a column of whole numbers (counts or row numbers) behind the vectors: take it out"
    return ""


def _has_split_decimals(rows: list[list[bytes]], dim: int) -> bool:
    """Whether whole numbers are the two sides of decimal commas: some begin with 0, or all left sides are 0."""
    fields = [row[-dim:] for row in rows]
    if dim % 2 or not all(re.fullmatch(rb"[+-]?\d+", field) for row in fields for field in row):
        return False
    return any(ZERO.fullmatch(field) for row in fields for field in row) or (
        all(field in (b"0", b"+0", b"-0") for row in fields for field in row[::2])
        and any(field != b"0" for row in fields for field in row[1::2])
    )


def _is_header(rows: list[list[bytes]], whole: list[list[bytes]], made: Layout) -> bool:
    """Whether the first line is of numbers alone, words and dimensions first, where other lines have words."""
    first = rows[0]
    if made.has_names or len(first) != made.dim + 1 or not all(map(WHOLE.fullmatch, first)):
        return False
    are_words = not any(is_number(row[0]) for row in whole[1:])
    return len(whole) > 1 and are_words and int(first[1]) == made.dim and int(first[0]) >= len(whole) - 1


def _is_quoted(word: list[bytes], quote: bytes) -> bool:
    return bool(word) and word[0][:1] == word[-1][-1:] == quote and len(b" ".join(word)) > 2 - (quote == b'"')


def _is_apart(column: list[bytes], others: list[bytes]) -> bool:
    """Whether a column alone is of whole numbers, and not of 0 and 1 alone; two lines show it by larger ones."""
    if len(column) < 2 or not all(map(WHOLE.fullmatch, column)) or any(map(WHOLE.fullmatch, others)):
        return False
    numbers = set(map(int, column))
    return len(numbers) > 1 and max(numbers) >= (COUNT if len(column) < ENOUGH else SMALL_COUNT)


def _is_count(column: Iterable[bytes]) -> bool:
    """Whether numbers are those of rows, or counts that fall."""
    texts = list(column)
    if len(texts) < ENOUGH or not all(map(WHOLE.fullmatch, texts)):
        return False
    numbers = list(map(int, texts))
    steps = [after - before for before, after in pairwise(numbers)]
    return all(step == 1 for step in steps) or (
        max(numbers) >= COUNT and all(step <= 0 for step in steps) and min(numbers) > 0
    )
