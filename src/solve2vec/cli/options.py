"""What ``train`` may be told: the options of three ways to train under one roof, and which belong to which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from ..core.errors import InputError
from ..core.options import Unset, option, with_fields
from ..training.full_batch.starting import PopulationOptions
from ..training.full_batch.weighted import WeightedOptions
from ..training.sampled.settings import TrainingOptions

Way = Literal["corpus", "population", "weighted"]
HYPERPARAMETERS: dict[Way, type[Any]] = {
    "corpus": TrainingOptions,
    "population": PopulationOptions,
    "weighted": WeightedOptions,
}
CALLED: dict[Way, str] = {
    "corpus": "training on a corpus", "population": "--population", "weighted": "--model weighted"
}  # fmt: skip
ALIKE = ("dim", "tied", "seed", "points", "init_scale")  # mean the same everywhere
FORMULA = ("negatives", "context_smoothing", "subsample")  # of the counts too, as they are of a corpus
BESIDE: dict[Way, tuple[str, ...]] = {
    "corpus": ("follow",), "population": ("follow", "head", *FORMULA), "weighted": ("head", *FORMULA)
}  # fmt: skip
CHOSEN_OTHERWISE = {"loss": ("model", "reweighted")}  # by other options
NEVER: dict[Way, tuple[str, ...]] = {"corpus": (), "population": (), "weighted": ("tied",)}  # there is no choice


def takes(way: Way) -> set[str]:
    """The options that belong to a way of training."""
    own = {f.name for f in fields(HYPERPARAMETERS[way])}
    return own - CHOSEN_OTHERWISE.keys() - set(NEVER[way]) | set(BESIDE[way])


def defaults(name: str) -> dict[Way, Any]:
    """What stands for an option that is not given, in each way of training that has it among its hyperparameters."""
    return {way: f.default for way, kind in HYPERPARAMETERS.items() for f in fields(kind) if f.name == name}


def told(name: str) -> Any:
    """A field that is None unless given; its help says whose it is, and what stands for it otherwise."""
    helps = {way: f.metadata["help"] for way, kind in HYPERPARAMETERS.items() for f in fields(kind) if f.name == name}
    if name in ALIKE:
        text = next(iter(helps.values()))
    else:
        text = " ".join(help if way == "corpus" else f"{way.capitalize()}: {help}" for way, help in helps.items())
    known = {way: value for way, value in defaults(name).items() if value not in (None, MISSING)}
    if len(set(known.values())) == 1 and len(known) == len(helps):
        text += f" [default: {next(iter(known.values()))}]"
    elif known:
        each = (f"{value}" if way == "corpus" else f"{way} {value}" for way, value in known.items())
        text += f" [default: {', '.join(each)}]"
    return option(None, text)


def hints() -> dict[str, Any]:
    """Each hyperparameter that is an option, with the types that it has in all ways of training."""
    made: dict[str, Any] = {}
    for kind in HYPERPARAMETERS.values():
        for name, hint in get_type_hints(kind).items():
            if name not in CHOSEN_OTHERWISE:
                known = made.get(name, hint)
                if known != hint and get_origin(hint) is Literal:  # each choice once
                    known = hint = Literal[tuple(dict.fromkeys(get_args(known) + get_args(hint)))]
                made[name] = known | hint
    return made


@with_fields(
    # "none" comes first: the parser takes what fits first, and would make None, which is "not given", of it
    (name, Literal["none"] | hint | None if name == "subsample" else hint | None, told(name))
    for name, hint in hints().items()
)
class Options(Unset):
    """The hyperparameters of all three ways of training; None where one was not given."""

    def given(self) -> dict[str, Any]:
        """What was given, by name; ``subsample`` may be None, which keeps all words."""
        given = super().given()
        return given | ({"subsample": None} if given.get("subsample") == "none" else {})


PREDICTED = (  # of training on a corpus: what a prediction of it takes beside its own options
    "epochs", "final_learning_rate", "negatives", "context_smoothing", "subsample", "tied", "sampled_windows",
    "closed_gaps", "skip_center",
)  # fmt: skip


@with_fields(
    (
        f.name,
        (Literal["none"] | float | None) if f.name == "subsample" else get_type_hints(TrainingOptions)[f.name] | None,
        option(None, f.metadata["help"] + (f" [default: {f.default}]" if f.default is not None else "")),
    )
    for f in fields(TrainingOptions)
    if f.name in PREDICTED
)
class PredictedTraining(Unset):
    """The hyperparameters of a training that is predicted; None where one was not given."""

    def given(self) -> dict[str, Any]:
        """What was given, by name; ``subsample`` may be None, which keeps all words."""
        given = super().given()
        return given | ({"subsample": None} if given.get("subsample") == "none" else {})


def way_of(model: str, population: bool) -> Way:
    """The way of training that was chosen."""
    if model == "weighted":
        if population:
            raise InputError("--population descends step by step and --model weighted solves: leave out one of the two")
        return "weighted"
    return "population" if population else "corpus"


def refuse_foreign(way: Way, given: Mapping[str, Any]) -> None:
    """Refuse what belongs to another way of training than the chosen one, before any text is read.

    Raises
    ------
    InputError
        Naming the first such option, and whose it is.
    """
    for name in given:
        if name not in takes(way):
            owners = " and ".join(CALLED[other] for other in CALLED if name in takes(other))
            option = f"--{name.replace('_', '-')}"
            raise InputError(f"{option} belongs to {owners}, not to {CALLED[way]}: leave it out")


def hyperparameters(way: Way, given: Mapping[str, Any], **others: Any) -> Any:
    """The way's own dataclass, with what was given and its own defaults for the rest."""
    kind = HYPERPARAMETERS[way]
    own = {f.name for f in fields(kind)}
    return kind(**{name: value for name, value in given.items() if name in own}, **others)
