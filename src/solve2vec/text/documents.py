"""Documents: text in files, tables or memory as one stream of batches, read in one pass and in parallel."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from ..core import progress
from ..core.errors import InputError
from ..core.parallel import ordered_map
from ..core.signatures import MARKUP
from . import files, jsonlines, memory, tables
from .batches import (
    Batch,
    Piece,
    ReadingOptions,
    check_text,
    end_of_document,
    line_count,
    line_state,
    tokenize_rows,
    tokenize_text,
)
from .cleaning import Cleaner
from .encodings import GUESS, guessed
from .plain import Workspaces
from .tokenizer import Tokenizer

NAMED = 20  # files that were left out
TOLD = ("document", "column", "encoding", "encoding_errors", "token_pattern", "lowercase", "unicode_form")


Work = tuple[Callable[..., Batch], tuple[Any, ...]]


class Documents:
    """A stream of documents; iterating gives each as a list of tokens, ``""`` where a list has None.

    Made by :func:`read` and :func:`as_documents`.  Restartable for files and lists; a generator can be read
    once, and once is all that :func:`~solve2vec.corpus.corpus.encode` needs.
    """

    def __init__(
        self, work: Callable[[], Iterator[Work]], origin: dict[str, Any], *, size: float | None = None
    ) -> None:
        self._work = work
        self.origin = origin
        self.size = size

    def __iter__(self) -> Iterator[list[str]]:
        document: list[str] = []
        for batch in self._batches(map):  # no thread reads ahead
            words = batch.types.to_pylist()
            tokens, at = batch.ids.tolist(), 0
            for place, length in enumerate(batch.lengths.tolist()):
                document += [words[token] for token in tokens[at : at + length]]
                at += length
                if place < len(batch.lengths) - 1 or not batch.goes_on:
                    if document:
                        yield document
                    document = []

    def batches(self) -> Iterator[Batch]:
        """The documents as batches of distinct tokens and ids, in order, tokenized side by side."""
        return self._batches(ordered_map)

    def _batches(self, mapped: Callable[..., Iterator[Batch]]) -> Iterator[Batch]:
        with progress.task("reading", self.size) as advance:

            def watched() -> Iterator[Work]:
                for work in self._work():
                    advance(0 if self.size is None else work[1][-1])
                    yield work

            yield from mapped(lambda work: work[0](*work[1][:-1]), watched())


def read(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    reading: ReadingOptions = ReadingOptions(),  # noqa: B008 - frozen
    tokenizer: Tokenizer = Tokenizer(),  # noqa: B008 - frozen
) -> Documents:
    """Text files (.txt, .gz, .bz2, .xz, .zst), Parquet, JSON Lines, folders of them, or "-" for standard input.

    Parameters
    ----------
    paths : path or iterable of paths
        Compression and Parquet are recognised from the content, JSON Lines from the name (.jsonl, .ndjson, .json) or
        from a first line that is an object with a text in it.
    reading : ReadingOptions
        What a document is, which column, which encoding.
    tokenizer : Tokenizer
        What a token is.

    Raises
    ------
    InputError
        If a path does not exist.  Bad content is found while reading: binary files, invalid UTF-8, no white space.
    """
    found = files.find_files(paths, reading.extensions)  # type: ignore[arg-type]
    sizes = [0 if path == files.STDIN else Path(path).stat().st_size for path in found]

    def work() -> Iterator[Work]:
        skipped: dict[str, str] = {}
        for number, path in enumerate(found):
            try:
                if reading.skip_bad and path != files.STDIN:
                    _check(path, reading)
                for make, given in _file_work(path, reading, tokenizer):
                    yield _of_file, (number, make, *given)
            except InputError as error:
                if not reading.skip_bad:
                    raise
                skipped[path] = str(error)
                yield _of_file, (number, end_of_document, 0)
        if skipped:
            _tell_skipped(skipped, len(found))

    origin = {"paths": found, **_told(reading), **_told(tokenizer)}
    if files.STDIN in found:
        return Documents(_once(work, "standard input"), origin)
    return Documents(work, origin, size=float(sum(sizes)))


def as_documents(
    source: Any,
    *,
    reading: ReadingOptions = ReadingOptions(),  # noqa: B008 - frozen
    tokenizer: Tokenizer = Tokenizer(),  # noqa: B008 - frozen
) -> Documents:
    """Documents of anything that can be meant: a path, an iterable of token lists or of texts, a table or its column.

    A list of :class:`~pathlib.Path` is read as files; strings in a list are texts.

    A list of tokens may as well be a tuple, an array or series of strings, or a set, which has its tokens in the
    order of spelling: where that means nothing, the window's size should be ``"document"``.  Whole numbers may be the
    tokens of a list: 17 is the token ``"17"``.  What is missing in a column of Arrow, pandas or polars is a document
    without tokens.

    Raises
    ------
    InputError
        If ``source`` is a mapping, or a table without one column of text; if an item is neither a text nor a list of
        tokens, is missing, or is the name of a file.
    """
    if isinstance(source, Documents):
        return source
    are_paths = isinstance(source, (list, tuple)) and source and all(isinstance(item, os.PathLike) for item in source)
    if are_paths or isinstance(source, (str, os.PathLike)):
        return read(source, reading=reading, tokenizer=tokenizer)
    column = memory.column_of(source, reading.column)
    if column is None:
        memory.refuse(source)

    def work() -> Iterator[Work]:
        for rows in memory.rows(source) if column is None else memory.slices(column):
            yield _clean_rows, (rows, reading, tokenizer, 0)

    once = column is None and isinstance(source, Iterator)
    return Documents(_once(work, "a generator") if once else work, {"paths": [], **_told(tokenizer)})


def _of_file(number: int, make: Callable[..., Batch], *given: Any) -> Batch:
    return replace(make(*given), file=number)


def _told(options: Any) -> dict[str, Any]:
    """The options as a lineage has them: some always, others where they ask for something."""
    values = ((f.name, getattr(options, f.name), f.default) for f in fields(options))
    return {name: value for name, value, default in values if name in TOLD or value != default}


def _file_work(path: str, reading: ReadingOptions, tokenizer: Tokenizer) -> Iterator[Work]:
    if tables.is_parquet(path):
        for column, size in tables.parquet_column(path, reading.column):
            yield _clean_rows, (column, reading, tokenizer, size)
        return
    with _blocks(path, reading) as (blocks, start, tell):
        if jsonlines.is_array(path, start):
            yield _clean_rows, (jsonlines.json_array(blocks, path, reading), reading, tokenizer, tell())
        elif jsonlines.is_json_lines(path, start, reading.column):
            for column, size in jsonlines.json_lines(blocks, path, reading, tell):
                yield _clean_rows, (column, reading, tokenizer, size)
        else:
            cleaner = Cleaner(reading)
            if MARKUP.match(start) and not reading.strip_markup:
                progress.note(f"{path} begins as a web page (HTML or XML), an error message perhaps; --strip-markup")
            yield from _text_work(cleaner.stream(blocks) if cleaner else blocks, path, tell, reading, tokenizer)


@contextmanager
def _blocks(path: str, reading: ReadingOptions) -> Iterator[tuple[Iterator[bytes], bytes, Callable[[], int]]]:
    """The blocks of a file as UTF-8, the first of them once more, and what tells how far one is."""
    encoding = reading.encoding
    if encoding == GUESS:
        encoding = "utf-8" if path == files.STDIN else guessed(path)
    with files.opened(path) as (stream, tell):
        blocks = files.blocks(stream, path, encoding, reading.encoding_errors)
        start = next(blocks, b"")
        yield itertools.chain([start], blocks), start, tell


def _clean_rows(column: Any, reading: ReadingOptions, tokenizer: Tokenizer) -> Batch:
    return tokenize_rows(Cleaner(reading).column(column), tokenizer)


def _check(path: str, reading: ReadingOptions) -> None:
    """Refuse a file of text that cannot be read to its end, before any of it is taken."""
    if tables.is_parquet(path):
        return
    with _blocks(path, reading) as (blocks, start, _):
        if jsonlines.is_array(path, start):
            jsonlines.json_array(blocks, path, reading)
        elif not jsonlines.is_json_lines(path, start, reading.column):
            pieces = (Piece(text, goes_on, "", path, 0, 0) for text, goes_on in files.cut_at_ends(blocks, path))
            check_text(pieces, reading)


def _tell_skipped(skipped: Mapping[str, str], of: int) -> None:
    """Name the files that were left out, and why."""
    if len(skipped) == of:
        raise InputError(f"none of {of} files can be read; the first: {next(iter(skipped.values()))}")
    progress.note(f"{len(skipped)} of {of} files cannot be read and are left out:")
    for why in [*skipped.values()][:NAMED]:
        progress.note(f"  {why}")
    if len(skipped) > NAMED:
        progress.note(f"  and {len(skipped) - NAMED} more")


def _text_work(
    blocks: Iterable[bytes], path: str, tell: Callable[[], int], reading: ReadingOptions, tokenizer: Tokenizer
) -> Iterator[Work]:
    place, lines, line = 0, 0, ""
    benches = Workspaces()
    for text, goes_on in files.cut_at_ends(blocks, path):
        now = tell()
        piece = Piece(text, goes_on, line, path, lines, line_count(text))
        yield tokenize_text, (piece, reading, tokenizer, benches, now - place)
        place, lines = now, lines + piece.n_lines
        line = line_state(text, line) if goes_on else ""
    yield end_of_document, (0,)  # a file ends its last document


def _once(work: Callable[[], Iterator[Work]], what: str) -> Callable[[], Iterator[Work]]:
    """The same work, which tells the second one who asks that there is nothing left."""
    asked = iter([work])

    def first() -> Iterator[Work]:
        for work in asked:
            return work()
        raise InputError(f"{what} can be read once and was: encode() needs one pass; for more, give a path or a list")

    return first
