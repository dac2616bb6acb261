"""The names of stages in a run folder, in their order: the one place that has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from ..core.errors import InputError
from ..core.stage import Lineage, Stage
from ..trajectory import Trajectory

if TYPE_CHECKING:
    Keepable = str  # a type checker cannot read a table


class Row(NamedTuple):
    """What is known of the stages of one name."""

    kind: str  # the class
    verbs: tuple[str, ...] = ()  # of the steps in a lineage that make one
    is_fitted: bool = False  # whether fit makes it


TRAINED = ("train", "population_train", "factorize")
STAGES: dict[str, Row] = {  # every stage is made of some that stand before it
    "vocabulary": Row("Vocabulary"),  # a corpus brings its own
    "corpus": Row("Corpus", ("encode", "from_ids"), is_fitted=True),
    "cooccurrence": Row("Cooccurrence", ("count", "from_matrix"), is_fitted=True),
    "directed": Row("Directed", ("count_directed",), is_fitted=True),
    "target": Row("Target", ("target", "from_array"), is_fitted=True),
    "spectrum": Row("Spectrum", ("solve",), is_fitted=True),
    "spectrum-narrow": Row("SecondOrderSpectrum", ("solve_second_order",), is_fitted=True),
    "embedding": Row("Embedding", ("embed", "join", "embedding_at", "from_vectors", "load", *TRAINED), is_fitted=True),
    "trajectory": Row("Trajectory", TRAINED),
    "prediction": Row("Trajectory", ("predict",)),
    "bootstrap": Row("Bootstrap", ("resample",), is_fitted=True),
    "recommender": Row("Recommender", ("solve_recommender",)),
}
BEFORE = {name: tuple(STAGES)[:place] for place, name in enumerate(STAGES)}
FITTED = tuple(name for name, row in STAGES.items() if row.is_fitted)
if not TYPE_CHECKING:
    Keepable = Literal[FITTED]


def name_of(stage: Stage) -> str:
    """The name that a stage has in a run.

    Raises
    ------
    InputError
        If it has none.
    """
    if isinstance(stage, Trajectory) and is_made_through(stage.lineage, "prediction"):
        return "prediction"
    kinds = [kind.__name__ for kind in type(stage).__mro__]
    name = next((name for kind in kinds for name, row in STAGES.items() if row.kind == kind), None)
    if name is None:
        raise InputError(f"a {type(stage).__name__} is no stage of a run; a run has {', '.join(STAGES)}")
    return name


def is_made_through(lineage: Lineage, name: str) -> bool:
    """Whether one of the steps of a lineage makes a stage of this name."""
    return any(step.verb in STAGES[name].verbs for step in lineage)
