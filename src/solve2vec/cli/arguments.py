"""What the command line's parser is taught: a lone dash, whole numbers, and where to look.

cyclopts takes ``-`` for an option wherever it stands.  A stand-in that no shell can send passes for it while arguments
are told from options; the values are put right before anything is made of them.
"""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from cyclopts import (
    ArgumentCollection,
    CoercionError,
    CycloptsError,
    MissingArgumentError,
    RepeatArgumentError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from ..core.choices import refusal
from ..core.errors import InputError
from .names import repeated

DASH = "\0-"  # for "-"; no argument of a process holds a NUL


def shielded(arguments: list[str]) -> list[str]:
    """The arguments with a stand-in for each lone ``-``, in their places."""
    return [DASH if argument == "-" else argument for argument in arguments]


def put_dashes_back(_: Any, __: Any, arguments: ArgumentCollection) -> None:
    """Undo :func:`shielded` in the values found."""
    for argument in arguments:
        argument.tokens[:] = [t.evolve(value="-") if t.value == DASH else t for t in argument.tokens]


def refuse_fractions(_: Any, __: Any, arguments: ArgumentCollection) -> None:
    """Refuse 1.5 where a whole number is asked for; cyclopts would make 2 of it."""
    for argument in arguments:
        if int in _types(argument.hint):
            for token in argument.tokens:
                if "." in token.value:
                    raise InputError(f"{argument.name} must be a whole number, got {token.value}")


def _types(hint: Any) -> set[Any]:
    """A type and those that it is made of, such as int in list[int] | None."""
    return {hint}.union(*map(_types, get_args(hint))) if get_origin(hint) is not Literal else {hint}


def parser_sentence(error: CycloptsError, given: list[str]) -> str:
    """What the parser has to say about the arguments ``given``, and where to look."""
    if isinstance(error, CoercionError) and get_origin(error.target_type) is Literal and error.token and error.argument:
        return refusal(error.argument.name, error.token.value, get_args(error.target_type))
    if isinstance(error, RepeatArgumentError) and error.token.keyword is not None:
        return repeated(error.token.keyword, given)
    command = " ".join(error.command_chain or ())
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        said = _missing(error, command, given)
    elif isinstance(error, UnusedCliTokensError):
        said = f"{command} has no place for {', '.join(map(repr, error.unused_tokens or ()))}"
    elif isinstance(error, UnknownOptionError):
        said = f"{command} has no {unknown_option(error)}"
    else:
        said = str(error).strip().rstrip(".")
    return f"{said.replace(repr(DASH), repr('-')).replace(DASH, '-')}; solve2vec {command} --help says what there is"


def _missing(error: MissingArgumentError, command: str, given: list[str]) -> str:
    argument = error.argument
    assert argument is not None
    name = error.keyword or next((token.keyword for token in argument.tokens if token.keyword), None)
    what = (argument.parameter.help or "").strip().rstrip(".")
    what = f" ({what[:1].lower()}{what[1:]})" if what else ""
    if name is not None:
        return f"{name} needs a value{what}"
    said = f"{command} needs {argument.name}{what}"
    if argument.index == 0 and len(given) > 1:  # an option of several values may have taken it
        said += f": put {argument.name} first, or behind --"
    return said


def unknown_option(error: CycloptsError) -> str | None:
    """The option that the parser does not know, if that is the error."""
    if not isinstance(error, UnknownOptionError):
        return None
    return (error.token.keyword or error.token.value).partition("=")[0]
