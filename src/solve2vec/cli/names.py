"""Names of options: gensim's are ours wherever a command has a use for them, and each name knows where it belongs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from cyclopts import App

from ..core.errors import InputError, nearest
from ..core.gensim import ARGUMENTS, OTHERS, Argument, check

LEARNING = ("fit", "train", "diagnose")  # commands to which all of gensim's arguments mean something
PLAIN = {"true": True, "false": False, "none": None}
CALLED = {"replicates": "--bootstrap", "shards": "--bootstrap-shards"}  # options that are not called as what they set


class Known(dict[str, frozenset[str]]):
    """Every name of every option of each command, found when it is asked for."""

    def __init__(self, app: App) -> None:
        self._app = app

    def __missing__(self, command: str) -> frozenset[str]:
        taken = [argument for argument in self._app[command].assemble_argument_collection() if argument.parse]
        self[command] = frozenset(name for argument in taken for name in argument.names if name.startswith("--"))
        return self[command]

    def commands_with(self, option: str) -> list[str]:
        """The commands that have an option, in the order of the help."""
        return [command for command in self._app if not command.startswith("-") and option in self[command]]


def in_our_options(known: Known, arguments: list[str]) -> list[str]:
    """The arguments of a command with gensim's options made ours: ``--window 5`` is ``--size 5``.

    Raises
    ------
    InputError
        If the command has no use for one; the message says where it belongs, or what to do instead.
    """
    command, given = arguments[0], arguments[1:]
    end = given.index("--") if "--" in given else len(given)
    if not any(_argument(token) for token in given[:end]):
        return arguments
    return [command, *_translated(command, iter(given[:end]), known), *given[end:]]


def _translated(command: str, tokens: Iterator[str], known: Known) -> Iterator[str]:
    options = known[command]
    for token in tokens:
        option, has_value, value = token.partition("=")
        name = _argument(token)
        if name is None or option in options or _dashed(name) in options:
            yield token
            continue
        argument = ARGUMENTS[name]
        ours = _dashed(argument.ours)
        if option.startswith("--no-"):
            value = "false"
        elif not has_value:
            value = "true" if isinstance(argument.default, bool) else next(tokens, "")
        if ours in options:
            if not isinstance(_plain(value), str):
                check(name, _plain(value), option)
            if value or has_value:
                value = value if argument.is_same else _text(argument, value)
                yield from (f"{ours}={value}",) if has_value and argument.is_same else (ours, value)
            else:
                yield ours
        elif not (command in LEARNING and argument.why and _plain(value) == argument.default):
            raise InputError(f"{command} has no {option}: {_way_out(known, name, argument)}")


def _argument(token: str) -> str | None:
    """The name in gensim's table that an option stands for."""
    if not token.startswith("--"):
        return None
    name = token[2:].partition("=")[0].replace("-", "_")
    name = name.removeprefix("no_") if isinstance(_default_of(name.removeprefix("no_")), bool) else name
    return name if name in ARGUMENTS else None


def _default_of(name: str) -> Any:
    return ARGUMENTS[name].default if name in ARGUMENTS else None


def _dashed(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _plain(text: str) -> Any:
    """The number, yes, no or nothing that a value says, or its text."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return PLAIN.get(text.lower(), text)


def _text(argument: Argument, value: str) -> str:
    """The value that our option takes, as it is typed."""
    ours = argument.value(_plain(value))
    return value if ours == _plain(value) else "none" if ours is None else str(ours)


def _way_out(known: Known, name: str, argument: Argument) -> str:
    ours = _dashed(argument.ours)
    owners = known.commands_with(ours) if argument.ours else []
    if not owners:
        return argument.why
    reason = argument.why.partition(": ")[0]
    where = "it" if argument.ours == name else f"it is {ours}, which"
    return (f"{reason}; " if reason else "") + f"{where} belongs to {_listed(owners)}"


def advice(known: Known, command: str, option: str) -> str | None:
    """What to give instead of an option that ``command`` has not, or where it belongs; None where nobody knows."""
    name = option.lstrip("-")
    options, said = known[command], f"{command} has no {option}"
    if name in OTHERS and _dashed(name) not in options:
        ours, why = OTHERS[name]
        here, own = _dashed(ours), ours.partition("=")[0]
        is_here = _dashed(own) in options
        return f"{said}: {f'here it is {here}' if is_here else _way_out(known, name, Argument(..., own, why=why))}"
    if owners := known.commands_with(option):
        return f"{said}: it belongs to {_listed(owners)}"
    if option == "-size":  # word2vec.c's
        name = "vector_size"
    ours_of = {_dashed(theirs): _dashed(argument.ours) for theirs, argument in ARGUMENTS.items()}
    near = nearest(name, [*sorted(options), *(theirs for theirs, ours in ours_of.items() if ours in options)])
    if near is None:
        return None
    return f"{said}; did you mean {near}{'' if near in options else f', here {ours_of[near]}'}?"


def as_typed(sentence: str, given: list[str]) -> str:
    """The sentence with the names of options as they were typed, where what they set is called otherwise.

    >>> as_typed("size must be at least 1, got 0", ["fit", "--window", "0"])
    '--window must be at least 1, got 0'
    """
    typed = [token.partition("=")[0] for token in given if token.startswith("--")]
    names = {own: option for own, option in CALLED.items() if option in typed}
    names |= {ARGUMENTS[name].ours: option for option in typed if (name := _argument(option)) and ARGUMENTS[name].ours}
    for own, option in names.items():
        if _dashed(own) not in typed:
            sentence = re.sub(rf"^{own}(?= must )|(?<= for ){_dashed(own)}(?![\w-])", option, sentence, count=1)
    return sentence


def repeated(option: str, given: list[str]) -> str:
    """The sentence that refuses an option which is given twice, by all the names it was given."""
    ours = option.removeprefix("--").replace("-", "_")
    typed = dict.fromkeys(
        token for token in (token.partition("=")[0] for token in given)
        if token == option or ((name := _argument(token)) is not None and ARGUMENTS[name].ours == ours)
    )  # fmt: skip
    names = f", as {_listed(typed)}" if len(typed) > 1 else ""
    return f"{option} is given twice{names}: give it once"


def _listed(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
