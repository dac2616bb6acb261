"""Training on counts, behind the ``train`` command: the whole loss at once, or its weighted optimum."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..errors import InputError
from ..formula import Formula
from ..training.result import Stopped, Training
from ..training.settings import Settings
from . import report

if TYPE_CHECKING:
    from ..cooccurrence import Cooccurrence
    from ..spectrum import Spectrum

SHARED = {"dim", "tied", "seed"}  # of Settings, which also mean something here
DESCENT = SHARED | {"learning_rate", "negatives", "context_smoothing", "subsample", "init_scale", "points"}
OPTIMUM = SHARED | {"negatives", "context_smoothing", "subsample"}


@dataclass(frozen=True)
class OnCounts:
    """Options that only training on counts has.

    Parameters
    ----------
    population : bool
        The whole gradient, from counts, without noise.
    head : int, optional
        Only so many words, the most frequent: losses with weights take 5,000 at most.
    start : {"random", "aligned"}
    integrator : {"fixed", "adaptive", "stabilized"}
    duration : float, optional
        In units of gradient flow.
    modes : int
        How many are followed.
    ridge : float
        Added to the squares of all vectors, by ``--model weighted``.
    sweeps : int
        Most sweeps over both matrices, by ``--model weighted``.
    """

    population: bool = field(
        default=False, metadata={"help": "Descend the whole loss, from counts: no samples, no noise."}
    )
    head: int | None = field(default=None, metadata={"help": "On counts: only so many words, the most frequent."})
    start: Literal["random", "aligned"] = field(
        default="random", metadata={"help": "Population: Gaussian, or the leading modes made small."}
    )
    integrator: Literal["fixed", "adaptive", "stabilized"] = field(
        default="fixed", metadata={"help": "Population: equal steps, or an ODE solver; stabilized for weighted losses."}
    )
    duration: float | None = field(
        default=None, metadata={"help": "Population: units of flow; by default until the modes have risen."}
    )
    modes: int = field(default=20, metadata={"help": "Population: leading modes to follow."})
    ridge: float = field(default=0.0, metadata={"help": "Model weighted: a penalty on long vectors."})
    sweeps: int = field(default=50, metadata={"help": "Model weighted: at most so many."})


def refuse_unknown(model: str, settings: Settings, on: OnCounts) -> None:
    """What training on counts cannot do, said before any text is read."""
    if on.population and model == "cbow":
        raise InputError("--population has no CBOW: its loss is not a sum over pairs of words; use sgns or quadratic")
    allowed, what = (OPTIMUM, "--model weighted") if model == "weighted" else (DESCENT, "--population")
    for option in fields(settings):
        if option.name not in allowed and getattr(settings, option.name) != option.default:
            name = option.name.replace("_", "-")
            raise InputError(f"--{name} belongs to training on a corpus, not to {what}: leave it out")


def population_settings(model: str, reweighted: bool, settings: Settings, on: OnCounts) -> Any:
    """Settings of population training, from the options given."""
    from ..training.starting import Population

    losses: dict[str, Any] = {"sgns": "logistic", "quadratic": "unweighted" if reweighted else "quadratic"}
    own: dict[str, Any] = {name: getattr(settings, name) for name in sorted(SHARED)}
    for name in ("learning_rate", "init_scale", "points"):  # word2vec's defaults mean nothing here
        if (value := getattr(settings, name)) != getattr(Settings(), name):
            own[name] = value
    own |= {name: getattr(on, name) for name in ("start", "integrator", "duration", "modes")}
    own["modes"] = min(on.modes, settings.dim)
    return Population(loss=losses[model], **own)


def descend(
    counts: Cooccurrence, settings: Any, formula: Formula, out: Path, spectrum: Spectrum | None = None, **given: Any
) -> Any:
    """Population training; its matrix and the modes it follows are kept in the run: a prediction starts from them."""
    from ..training import population
    from ..training.starting import followed_modes

    target = population.matrix_of(counts, settings, formula)
    if spectrum is None:
        spectrum = followed_modes(target, settings, None, given["threads"])
        target.save(out / "target")
        spectrum.save(out / "spectrum")
    if settings.loss == "unweighted":
        return population.train(target, settings, spectrum=spectrum, **given)
    return population.train(counts, settings, formula=formula, spectrum=spectrum, **given)


def factorize(counts: Cooccurrence, settings: Settings, on: OnCounts, **given: Any) -> Any:
    """The weighted optimum."""
    from ..training import weighted

    own = {name: getattr(settings, name) for name in sorted(SHARED)}
    alternation = weighted.Alternation(ridge=on.ridge, sweeps=on.sweeps, **own)
    return weighted.factorize(counts, alternation, formula=_formula(settings), **given)


def _formula(settings: Settings) -> Formula:
    return Formula(
        negatives=settings.negatives, context_smoothing=settings.context_smoothing, subsample=settings.subsample,
        shrinkage=0.0,
    )  # fmt: skip


def head_of(counts: Cooccurrence, on: OnCounts) -> Cooccurrence:
    """The counts of the most frequent words, if only so many are wanted."""
    return counts if on.head is None else counts.head(min(on.head, len(counts.vocabulary)))


def learn(
    counts: Cooccurrence, model: str, reweighted: bool, settings: Settings, on: OnCounts, out: Path, **given: Any
) -> Any:  # fmt: skip
    """Train on counts and save what was learned in the run."""
    if model == "weighted":
        if given.pop("spectrum", None) is not None:
            raise InputError("--follow belongs to training step by step, not to --model weighted: leave it out")
        made = factorize(counts, settings, on, **given)
    else:
        try:
            wanted = population_settings(model, reweighted, settings, on)
            made = descend(counts, wanted, _formula(settings), out, **given)
        except Stopped as stop:
            _save(stop.training, out)
            run = report.in_shell(str(out))
            raise Stopped(stop.training, f"{stop}; saved as it was: --warm-start {run} goes on from there") from None
    _save(made, out)
    return made


def _save(made: Any, out: Path) -> None:
    if isinstance(made, Training):
        made.trajectory.save(out / "trajectory")
    made.embedding.save(out / "embedding")


def tell(made: Any, run: str, follow: Path | None) -> None:
    """What was learned, and in how many steps or sweeps; for a population run, what can be done next."""
    training = isinstance(made, Training)
    losses = made.trajectory.loss if training else made.losses
    done, of = (made.facts["steps"], "step") if training else (len(losses), "half-step")
    print(f"{run}: {len(made.embedding):,} words in {made.embedding.dim} dimensions, {done:,} {of}{'s' * (done != 1)}")
    print(f"loss: {losses[0]:.6g} → {losses[-1]:.6g}")
    if not training:
        return
    given = made.embedding.lineage.values_of("population_train")
    if given["warm_start"] or given["start"] != "random":
        print("next, in Python: solve2vec.predict(spectrum, W), from the W that this began with; the command draws one")
        return
    two, place = "" if given["tied"] else "--untied ", report.in_shell(run)
    out = "" if follow is None else f" --out {report.in_shell(f'{run}/prediction')}"
    modes = place if follow is None else report.in_shell(str(follow))
    print(f"next: solve2vec predict {modes} --init-scale {given['init_scale']} --dim {made.embedding.dim} {two}"
          f"--seed {given['seed']} --at {place}{out} · solve2vec compare {place} {place}")  # fmt: skip
