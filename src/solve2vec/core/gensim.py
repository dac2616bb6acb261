"""gensim's names: each argument of its ``Word2Vec``, what it is called here, or why it is nothing here.

One table for ``fit``, the trainers, :mod:`solve2vec.compat`, the diagnosis and the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import InputError, did_you_mean
from .options import POSITIVE, SEED, Check, Number

NO_STEPS = "the closed form takes no steps: leave it out, or train with solve2vec.sgns or cbow"
FIRST = "the text comes first, without a name"
CBOW = "CBOW has no closed form: use sg=1, or train with solve2vec.cbow"


def _same(value: Any) -> Any:
    return value


def _threshold(value: Any) -> Any:
    return None if value == 0 else value


def _weighting(shrinks: Any) -> str:
    return "linear" if shrinks else "flat"


def _model(sg: Any) -> str:
    return "sgns" if sg else "cbow"


@dataclass(frozen=True)
class Flag:
    """The check that a value is 0 or 1, or what is the same, False or True."""

    way_out: str

    def __call__(self, name: str, value: Any) -> None:
        """Refuse a value that is none."""
        if isinstance(value, str) or value not in (0, 1):
            raise InputError(f"{name} must be 0 or 1, got {value!r:.40}: {self.way_out}")


@dataclass(frozen=True)
class Argument:
    """One argument of gensim's ``Word2Vec``.

    Attributes
    ----------
    default : object
        gensim's, save for ``sg`` and ``workers``; ``...`` where none is accepted in the closed form.
    ours : str
        Our option; empty where there is none.
    value : function
        The value that ours takes.
    why : str
        Why the closed form cannot honor anything but the default, and the way out; empty where it can.
    check : function, optional
        Takes the name and a value, and refuses one that is none.
    """

    default: Any
    ours: str = ""
    value: Callable[[Any], Any] = _same
    why: str = ""
    check: Check | None = None

    @property
    def is_same(self) -> bool:
        """Whether our option takes the very same values."""
        return self.value is _same


ARGUMENTS = {
    "sentences": Argument(None, why=FIRST),
    "corpus_file": Argument(None, why=FIRST),
    "vector_size": Argument(100, "dim", check=POSITIVE),
    "window": Argument(5, "size", check=POSITIVE),
    "min_count": Argument(5, "min_count", check=Number(least=0, whole=True)),
    "sample": Argument(1e-3, "subsample", _threshold, check=Number(least=0, way_out="0 is for none, 1e-3 a threshold")),
    "negative": Argument(5, "negatives", check=Number(least=1, way_out="hierarchical softmax is not offered")),
    "ns_exponent": Argument(0.75, "context_smoothing", check=Number(above=0, most=1)),
    "sg": Argument(1, "model", _model, why=CBOW, check=Flag("1 is skip-gram, 0 CBOW")),
    "shrink_windows": Argument(
        True, "weighting", _weighting, check=Flag("1 is a window of linear weights, 0 of equal ones")
    ),
    "max_final_vocab": Argument(None, "max_vocab", check=POSITIVE),
    "workers": Argument(None, "threads", check=POSITIVE),
    "seed": Argument(1, "seed", check=SEED),
    "epochs": Argument(..., "epochs", why=NO_STEPS),
    "iter": Argument(..., "epochs", why=NO_STEPS),  # gensim 3 and word2vec.c
    "alpha": Argument(..., "learning_rate", why=NO_STEPS),
    "min_alpha": Argument(..., "final_learning_rate", why=NO_STEPS),
    "batch_words": Argument(..., why="threads take the words that they need: leave it out"),
    "cbow_mean": Argument(..., why="the mean is what cbow takes, and the closed form has none: leave it out"),
    "hashfxn": Argument(..., why="nothing here depends on hashes: leave it out"),
    "hs": Argument(0, why="hierarchical softmax is not offered: use negative of at least 1"),
    "compute_loss": Argument(False, why="the trajectory of a training has its loss: leave it out"),
    "callbacks": Argument((), why="there is nothing to call back; solve2vec.core.progress reports the stages"),
    "trim_rule": Argument(None, why="choose the words first: solve2vec.encode(text, vocabulary) takes any vocabulary"),
    "max_vocab_size": Argument(None, why="counting needs no such limit: use max_final_vocab to keep fewer words"),
    "null_word": Argument(0, why="there is no null word: leave it out"),
    "sorted_vocab": Argument(1, why="words always come by falling count: leave it out"),
    "comment": Argument(None, why="the lineage of the embedding says how it was made: leave it out"),
}

MAY_BE_NONE = ("sample", "max_final_vocab", "workers")
OTHERS = {  # what else word2vec.c, fastText and gensim have: ours, and where there is none, why
    "topn": ("n", ""), "cbow": ("model=cbow", ""),
    "output": ("out", ""), "thread": ("threads", ""), "lr": ("learning_rate", ""),
    "epoch": ("epochs", ""), "ws": ("size", ""), "neg": ("negatives", ""), "minn": ("spelling", ""),
    "maxn": ("spelling", ""), "bucket": ("spelling", ""), "wordNgrams": ("phrase_scoring", ""), "train": ("", FIRST),
    "input": ("", FIRST), "binary": ("", "convert writes vectors in other formats"),
    "classes": ("", "words are not put into classes: leave it out"), "debug": ("", "progress is shown: leave it out"),
}  # fmt: skip


def check(name: str, value: Any, called: str = "") -> None:
    """Refuse what gensim's argument ``name`` cannot be; the sentence says what it was ``called``.

    >>> check("sg", 2, "--sg")
    Traceback (most recent call last):
        ...
    solve2vec.core.errors.InputError: --sg must be 0 or 1, got 2: 1 is skip-gram, 0 CBOW
    """
    refused = ARGUMENTS[name].check
    if refused is not None and not (value is None and name in MAY_BE_NONE) and value != "document":
        refused(called or name, value)


def require_honored(name: str, value: Any) -> None:
    """Refuse what the closed form cannot honor of gensim's argument ``name``."""
    argument = ARGUMENTS[name]
    check(name, value)
    if argument.why and not _is_default(argument, value):
        raise InputError(f"{name}={value!r:.40} cannot be honoured: {argument.why}")


def _is_default(argument: Argument, value: Any) -> bool:
    if argument.default == () and isinstance(value, (list, tuple, type(None))):
        return not value
    return argument.default is not ... and bool(value == argument.default)


def in_our_names(options: Mapping[str, Any], *, trains: bool = False, ours: Iterable[str] = ()) -> dict[str, Any]:
    """The options with gensim's names made ours; other names stay as they are.

    Parameters
    ----------
    options : mapping
        Names and values.
    trains : bool
        Whether epochs, learning rates and models mean something.
    ours : names
        Those that are ours here, whatever gensim means by them.

    Raises
    ------
    InputError
        If one cannot be honored (the message says what to do instead), or is given by two names.

    Examples
    --------
    >>> in_our_names({"vector_size": 300, "window": 5, "sample": 0, "shrinkage": 0.5})
    {'dim': 300, 'size': 5, 'subsample': None, 'shrinkage': 0.5}
    """
    made: dict[str, Any] = {}
    for name, value in options.items():
        argument = ARGUMENTS.get(name)
        if argument is None or name in ours:
            own = name
        elif argument.ours and (trains or not argument.why):
            own = argument.ours
            if own != name:
                check(name, value)
            value = argument.value(value)
        else:
            require_honored(name, value)
            continue
        if own in made or (own != name and own in options):
            raise InputError(f"{own} is given twice, once as {name}: give it once")
        made[own] = value
    return made


def unknown(name: str, known: Iterable[str]) -> str:
    """The sentence that refuses an option; those there are, in our names, are ``known``.

    >>> unknown("windw", ["dim", "size"]), unknown("cbow", ["model"])
    ("there is no option 'windw'; did you mean 'window'?", "there is no option 'cbow'; here it is model=cbow")
    """
    known = list(known)
    ours, why = OTHERS.get(name, ("", ""))
    if ours.partition("=")[0] in known or why:
        way_out = why or f"here it is {ours}"
    else:
        theirs = [other for other, argument in ARGUMENTS.items() if argument.ours in known and other not in known]
        near = did_you_mean(name, [*known, *theirs])
        way_out = near if near.startswith("did you") else did_you_mean(name, known)
    return f"there is no option {name!r}; {way_out}"
