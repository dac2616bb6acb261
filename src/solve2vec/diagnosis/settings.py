"""Options of the diagnosis: how the person trains, in our names or gensim's, with the defaults of the tool they use."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..cooccurrence.window import Size, WeightingName, Window
from ..core.choices import require_choice
from ..core.errors import InputError, did_you_mean
from ..core.gensim import ARGUMENTS, check
from ..core.options import ABOVE_0, check_options, option, same_as
from ..core.stage import Lineage
from ..corpus.corpus import VocabularyOptions
from ..target.formula import Formula, NoiseName
from ..training.full_batch.starting import PopulationOptions
from ..training.sampled.settings import MODELS, REWEIGHED, ModelName, TrainingOptions

ToolName = Literal["solve2vec", "gensim", "word2vec"]
Model = Literal["closed-form", "population", ModelName]
StartName = Literal["word2vec", "gensim"]
STARTS: dict[StartName, float] = {"word2vec": 0.5, "gensim": 1.0}  # a of a tool's own start, uniform in ±a/d


@dataclass(frozen=True)
class DiagnosisOptions:
    """What a model is trained with, as far as it matters to what can go wrong.

    Parameters
    ----------
    tool : {"solve2vec", "gensim", "word2vec"}
        Whose defaults stand for what is not given; gensim where one of its own names is used.
    model : {"closed-form", "population", "quadratic", "sgns", "cbow"}
        Population is full-batch training on counts, its learning rate in units of flow.
    dim, epochs, min_count : int
        At least 1.
    max_vocab : int, optional
    size : int or "document"
        L, of the window.
    weighting : str
        As in :class:`Window`.
    negatives : float
        k, at least 1.
    context_smoothing : float
        α, the power of the noise distribution.
    subsample : float, optional
        t; none by default.
    noise : {"pairs", "words", "kept"}
        What noise words are drawn by, as in :class:`Formula`; our trainers, gensim and word2vec draw them by words.
    shrinkage : float
        κ of the closed form; 0 for what is trained.
    init_scale : float, "word2vec" or "gensim"
        σ > 0 of normal numbers, or a tool's own start: the words uniform in ±½/d (word2vec.c) or ±1/d (gensim 4),
        the contexts 0.
    learning_rate : float, optional
        η; by default 0.05 for CBOW and 0.025 else, as word2vec.c and our trainers have it.
    tied : bool
    reweighted : bool
        Whether all pairs weigh the same in training, as ``train --reweighted`` has it.
    closed_gaps : bool
        Whether windows reach over words that are dropped, as in gensim, word2vec.c and by default in our trainers.

    Examples
    --------
    >>> asked = DiagnosisOptions.of({"vector_size": 300, "sample": 1e-4})
    >>> asked.tool, asked.dim, asked.subsample, asked.negatives
    ('gensim', 300, 0.0001, 5.0)
    """

    tool: ToolName = option("solve2vec", "Whose defaults stand for what is not given.")
    model: Model = option("closed-form", "What is trained, or solved.")
    dim: int = same_as(TrainingOptions, "dim")
    size: Size = same_as(Window, "size")
    weighting: WeightingName = same_as(Window, "weighting")
    negatives: float = same_as(Formula, "negatives")
    context_smoothing: float = same_as(Formula, "context_smoothing")
    subsample: float | None = same_as(Formula, "subsample")
    shrinkage: float = same_as(Formula, "shrinkage")
    noise: NoiseName = same_as(Formula, "noise")
    init_scale: float | StartName = same_as(
        PopulationOptions, "init_scale", help="σ at the start, or a tool's own start."
    )
    learning_rate: float | None = same_as(TrainingOptions, "learning_rate", check=ABOVE_0)
    epochs: int = same_as(TrainingOptions, "epochs")
    min_count: int = same_as(VocabularyOptions, "min_count")
    max_vocab: int | None = same_as(VocabularyOptions, "max_vocab")
    tied: bool = same_as(PopulationOptions, "tied")
    reweighted: bool = option(False, "All pairs of words weigh the same in training.")
    closed_gaps: bool = same_as(TrainingOptions, "closed_gaps")

    def __post_init__(self) -> None:
        check_options(self)
        _ = self.formula, self.window  # their own checks, now rather than later
        if self.reweighted and self.model not in REWEIGHED:
            raise InputError(f"reweighted belongs to {' and '.join(REWEIGHED)}, not to {self.model}: leave it out")

    @property
    def window(self) -> Window:
        """Which neighbors count, and how much."""
        return Window(self.size, self.weighting)

    @property
    def formula(self) -> Formula:
        """The quadratic model's target, with these negatives, noise and subsampling."""
        return Formula(
            negatives=self.negatives,
            context_smoothing=self.context_smoothing,
            subsample=self.subsample,
            shrinkage=self.shrinkage,
            noise=self.noise,
        )

    @property
    def is_trained(self) -> bool:
        """Whether a model goes over the corpus step by step."""
        return self.model in MODELS

    @property
    def sigma(self) -> float:
        """σ, the standard deviation of an entry of W at the start; a uniform one in ±a has a/√3."""
        if isinstance(self.init_scale, str):
            return STARTS[self.init_scale] / self.dim / float(np.sqrt(3))
        return float(self.init_scale)

    @property
    def starts_with_zeros(self) -> bool:
        """Whether contexts start at 0, as in word2vec and gensim."""
        return isinstance(self.init_scale, str)

    @classmethod
    def of(cls, given: Mapping[str, Any], lineage: Lineage = Lineage()) -> DiagnosisOptions:  # noqa: B008
        """Options from names that may be gensim's; the rest from how a run was made, or from the tool's defaults.

        Raises
        ------
        InputError
            If a name is unknown (the message offers the nearest), given twice, or a value cannot stand.
        """
        known, is_gensims = _translated(given)
        tool = known.get("tool", "gensim" if is_gensims else "solve2vec")
        require_choice("tool", tool, TOOLS)
        made = TOOLS[tool] if tool != "solve2vec" else _of_lineage(lineage)
        if tool == "solve2vec" and known.get("model") in MODELS:
            made = TRAINED | {name: made[name] for name in ("min_count", "max_vocab") if name in made}
        return cls(**({"tool": tool} | made | known))

    @classmethod
    def read(cls, path: str | Path, lineage: Lineage = Lineage()) -> DiagnosisOptions:  # noqa: B008
        """Options from a TOML file; names may stand in tables, which are read as one.

        Raises
        ------
        InputError
            If it is not TOML, or as in :meth:`of`.
        """
        return cls.of(flat_toml(path), lineage)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


TOOLS: dict[ToolName, dict[str, Any]] = {
    "solve2vec": {},
    "gensim": dict(
        model="cbow", dim=100, size=5, weighting="linear", negatives=5.0, context_smoothing=0.75, subsample=1e-3,
        shrinkage=0.0, noise="words", init_scale="gensim", learning_rate=0.025, tied=False,
    ),
    "word2vec": dict(
        model="cbow", dim=100, size=5, weighting="linear", negatives=5.0, context_smoothing=0.75, subsample=1e-3,
        shrinkage=0.0, noise="words", init_scale="word2vec", tied=False,
    ),
}  # fmt: skip
TRAINED = TOOLS["word2vec"] | {"model": "sgns", "dim": 200}  # what training.settings has
MAX_SIZE = "max_size"  # GloVe's name of max_vocab


def _translated(given: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """In our names, and whether one of gensim's own was among them."""
    ours = {f.name for f in fields(DiagnosisOptions)}
    made: dict[str, Any] = {}
    for name, value in given.items():
        own = "max_vocab" if name == MAX_SIZE else ARGUMENTS[name].ours if name in ARGUMENTS else name
        if own not in ours:
            theirs = [name for name, argument in ARGUMENTS.items() if argument.ours in ours]
            known = dict.fromkeys([*(f.name for f in fields(DiagnosisOptions)), *theirs])
            raise InputError(f"there is no setting {name!r}; {did_you_mean(name, known, 'settings')}")
        if own in made:
            raise InputError(f"{own} is given twice, once as {name}: give it once")
        made[own] = _value(name, value)
    return made, any(name in ARGUMENTS and name != "window" and ARGUMENTS[name].ours != name for name in given)


def _value(name: str, value: Any) -> Any:
    if name in ("sg", "shrink_windows"):
        check(name, value)
        return ARGUMENTS[name].value(value)
    if name in ("sample", "subsample"):
        return float(value) or None if value is not None else None
    if name in ("negative", "negatives") and isinstance(value, (int, float)) and value < 1:
        raise InputError(f"{name}={value} leaves hierarchical softmax, of which nothing is known here: use 1 or more")
    return value


def _of_lineage(lineage: Lineage) -> dict[str, Any]:
    """What the lineage of a run says."""
    counted, target, solved = (lineage.values_of(verb) for verb in ("count", "target", "solve"))
    chosen, joined = lineage.values_of("build_vocabulary"), lineage.values_of("join")
    made = {
        "size": counted.get("size"),
        "weighting": counted.get("weighting"),
        "dim": joined.get("dim", solved.get("dim")),
    }
    made |= {name: target.get(name) for name in ("negatives", "context_smoothing", "subsample", "shrinkage")}
    made |= {name: chosen.get(name) for name in ("min_count", "max_vocab")} | {"tied": solved.get("tied")}
    made["noise"] = Formula.of_values(target).noise if target else None
    if trained := lineage.values_of("train"):
        made |= {name: trained.get(name) for name in TRAINED if name in trained}
        made |= {"epochs": trained.get("epochs"), "shrinkage": 0.0, "subsample": trained.get("subsample")}
        made |= {"init_scale": trained.get("init_scale") or "word2vec", "closed_gaps": trained.get("closed_gaps")}
        is_even = bool(trained.get("reweighted"))
        made |= {"reweighted": is_even, "noise": "pairs" if is_even else "words"}
    return {name: value for name, value in made.items() if value is not None}


def flat_toml(path: str | Path) -> dict[str, Any]:
    """The names and values of a TOML file; those in tables as if they stood in none.

    Raises
    ------
    InputError
        If it is not TOML, or a name stands there twice.
    """
    try:
        with open(path, "rb") as file:
            read = tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not TOML: {error}") from error
    flat: dict[str, Any] = {}
    for name, value in read.items():
        for inner, entry in value.items() if isinstance(value, dict) else [(name, value)]:
            if inner in flat:
                raise InputError(f"{path}: {inner} stands there twice: give it once")
            flat[inner] = entry
    return flat
