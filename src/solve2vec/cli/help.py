"""Help: options in panels by what they belong to, and a usage line that works as it is typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cache
from typing import Any

LONG = 15  # options that one panel may have
STEPS = {"Target": "Loss", "Solver": "Training"}  # what these are where a model is trained, not solved
REST = "Options"
BESIDE = {  # options that are no hyperparameter of the closed form; in the order of the panels
    "Text": (),
    "Vocabulary": ("vocabulary", "head"),
    "Window": ("sampled_windows", "closed_gaps"),
    "Target": ("reweighted", "weights", "ridge", "skip_center"),
    "Solver": ("dim", "views", "view", "power", "tied", "spelling", "warm_start"),
    "Training": (
        "tool", "model", "population", "epochs", "learning_rate", "final_learning_rate", "init_scale", "start",
        "integrator", "duration", "sweeps", "batch", "lock_free", "depth",
    ),
    "Trajectory": ("points", "spacing", "modes", "follow"),
    "Uncertainty": ("bootstrap", "bootstrap_shards"),
    "Checks": ("settings", "checks", "analogies", "similarity"),
    "gensim's names": (
        "vector_size", "window", "sample", "negative", "ns_exponent", "sg", "shrink_windows", "alpha", "iter",
        "max_final_vocab",
    ),
    REST: (),
    "Output": ("out", "keep", "replace", "evidence", "html", "json"),
    "Resources": ("memory", "shards", "threads"),
}  # fmt: skip


@cache
def group_of(option: str) -> str:
    """What an option belongs to: the stage whose hyperparameter it is, or what it is about."""
    from ..cooccurrence.window import Window
    from ..corpus.corpus import VocabularyOptions
    from ..corpus.phrases import Phrases
    from ..spectrum.solver import Solver
    from ..target.formula import Formula
    from ..text.documents import ReadingOptions
    from ..text.tokenizer import Tokenizer

    name = option.removeprefix("--").replace("-", "_")
    stages: tuple[tuple[str, tuple[type, ...]], ...] = (
        ("Text", (ReadingOptions, Tokenizer)), ("Vocabulary", (VocabularyOptions, Phrases)), ("Window", (Window,)),
        ("Target", (Formula,)), ("Solver", (Solver,)),
    )  # fmt: skip
    for group, kinds in stages:
        if any(name == f.name for kind in kinds for f in fields(kind)):
            return group
    return next((group for group, names in BESIDE.items() if name in names), REST)


def grouped(entries: Iterable[Any]) -> Iterator[tuple[str, list[Any]]]:
    """The entries of a long panel by group, in the order of the groups."""
    entries = list(entries)
    names = STEPS if any("--epochs" in entry.names for entry in entries) else {}
    groups: dict[str, list[Any]] = {names.get(group, group): [] for group in BESIDE}
    for entry in entries:
        group = group_of(next(iter(entry.names), ""))
        groups[names.get(group, group)].append(entry)
    return ((group, members) for group, members in groups.items() if members)


class Help:
    """cyclopts's help; the usage line names first what an option of several values would swallow behind it."""

    def __call__(self, console: Any, options: Any, panel: Any) -> None:
        """Print one panel, or a long one of options as several."""
        from cyclopts.help import DefaultFormatter

        parts = grouped(panel.entries) if panel.format == "parameter" and len(panel.entries) > LONG else ()
        for part in [panel.copy(title=title, entries=members) for title, members in parts] or [panel]:
            DefaultFormatter()(console, options, part)

    def render_usage(self, console: Any, _: Any, usage: Any) -> None:
        """Print the usage line."""
        line, options, positional = str(usage).strip().partition(" [OPTIONS]")
        command, dashes, required = line.partition(" --")
        console.print(f"Usage: {command}{positional}{dashes}{required}{options}\n", style="bold", markup=False)
