"""Errors for people at work: each message names the value that cannot stand and the way out."""

import operator
from collections.abc import Iterable
from numbers import Real
from typing import Any

ALIKE = 0.7  # share of letters in common, by difflib, of names of which one may be a slip for the other


class InputError(ValueError):
    """What was given or asked for cannot be honoured; the message says what to change."""


class FolderError(InputError):
    """A folder or file is not what it should be: absent, foreign, newer, corrupt or of another kind."""


class UnknownWordError(InputError, KeyError):
    """A word has no row in the vocabulary."""

    def __str__(self) -> str:  # KeyError would print the repr of the message
        return str(self.args[0])


class UnknownAttributeError(InputError, KeyError):
    """Words have no such attribute, or nobody kept it."""

    def __str__(self) -> str:
        return str(self.args[0])


class NotConverged(UserWarning):
    """A solver stopped at its limit with residuals above the tolerance it was given."""


def require_positive(**counts: Any) -> None:
    """Refuse what is no whole number, or below 1, by its name.

    >>> require_positive(words=3)
    """
    require_whole(**counts)
    for name, count in counts.items():
        if count < 1:
            raise InputError(f"{name} must be at least 1, got {count}")


def require_whole(**values: Any) -> None:
    """Refuse what is no whole number, by its name: NumPy's are, True and 2.0 are not."""
    for name, value in values.items():
        if not is_whole(value):
            raise InputError(f"{name} must be a whole number, got {value!r:.60}")


def require_numbers(**values: Any) -> None:
    """Refuse what is no number, by its name.

    >>> require_numbers(shrinkage=0.5, subsample=1)
    """
    for name, value in values.items():
        if not is_number(value):
            raise InputError(f"{name} must be a number, got {value!r:.60}")


def require_stage(verb: str, given: Any, kind: str, way_out: str) -> None:
    """Refuse to a verb what is not a ``kind``, told by its name: a verb does not import the stage before it.

    >>> require_stage("solve", "text", "Target", "make one with mstar(counts)")
    Traceback (most recent call last):
        ...
    solve2vec.core.errors.InputError: solve needs a Target, got a str: make one with mstar(counts)
    """
    if kind not in (made.__name__ for made in type(given).__mro__):
        raise InputError(f"{verb} needs a {kind}, got {with_article(type(given).__name__)}: {way_out}")


def did_you_mean(name: str, known: Iterable[str], what: str = "options") -> str:
    """The way out for an unknown name: the nearest known one, or all of them.

    >>> did_you_mean("min_cout", ["min_count", "size"]), did_you_mean("x", ["min_count", "size"])
    ("did you mean 'min_count'?", 'options: min_count, size')
    """
    known = list(known)
    near = nearest(name, known)
    return f"{what}: {', '.join(known)}" if near is None else f"did you mean {near!r}?"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """What was most likely meant by ``name``, if anything; dashes and capitals do not count, the start of one is one.

    >>> known = ["size", "vector_size", "kind", "power"]
    >>> nearest("vectorSize", known), nearest("vect", known), nearest("vectr_size", known), nearest("cbow", known)
    ('vector_size', 'vector_size', 'vector_size', None)
    """
    from difflib import get_close_matches

    bare = {_bare(other): other for other in reversed(list(known))}
    asked = _bare(name[:100])
    starting = [other for other in bare if len(asked) > 2 and other.startswith(asked)]
    near = asked if asked in bare else starting[0] if len(starting) == 1 else None
    near = near or next(iter(get_close_matches(asked, list(bare), n=1, cutoff=ALIKE)), None)
    return None if near is None else bare[near]


def _bare(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()


def with_article(kind: str) -> str:
    """The name of a kind of thing in a sentence.

    >>> with_article("Corpus"), with_article("Embedding"), with_article("int")
    ('a Corpus', 'an Embedding', 'an int')
    """
    return f"{'an' if kind[:1] in 'AEIOUaeiou' else 'a'} {kind}"


def is_number(value: Any) -> bool:
    """Whether this is a number, of Python's or NumPy's; True is none."""
    return isinstance(value, Real) and not isinstance(value, bool)


def is_whole(value: Any) -> bool:
    """Whether this is a whole number, of Python's or NumPy's; True and 2.0 are none."""
    try:
        operator.index(value)
    except TypeError:
        return False
    return not isinstance(value, bool)
