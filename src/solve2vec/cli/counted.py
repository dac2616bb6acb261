"""Training on counts, behind the ``train`` command: the whole loss at once, or its weighted optimum."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..errors import InputError
from ..formula import Formula
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


def refuse_strangers(settings: Settings, allowed: set[str], what: str) -> None:
    """Options of stochastic training that were given and cannot act."""
    for option in fields(settings):
        if option.name not in allowed and getattr(settings, option.name) != option.default:
            name = option.name.replace("_", "-")
            raise InputError(f"--{name} belongs to training on a corpus, not to {what}: leave it out")


def descend(counts: Cooccurrence, model: str, reweighted: bool, settings: Settings, on: OnCounts, **given: Any) -> Any:
    """Population training of a model, with the options that have a meaning for it."""
    from ..training import population
    from ..training.starting import Population

    refuse_strangers(settings, DESCENT, "--population")
    if model == "cbow":
        raise InputError("--population has no CBOW: its loss is not a sum over pairs of words; use sgns or quadratic")
    losses: dict[str, Any] = {"sgns": "logistic", "quadratic": "unweighted" if reweighted else "quadratic"}
    own: dict[str, Any] = {name: getattr(settings, name) for name in sorted(SHARED)}
    for name in ("learning_rate", "init_scale", "points"):  # word2vec's defaults mean nothing here
        if (value := getattr(settings, name)) != getattr(Settings(), name):
            own[name] = value
    own |= {name: getattr(on, name) for name in ("start", "integrator", "duration", "modes")}
    own["modes"] = min(on.modes, settings.dim)
    return population.train(counts, Population(loss=losses[model], **own), formula=_formula(settings), **given)


def _followed(counts: Cooccurrence, settings: Settings, on: OnCounts, out: Path, threads: int | None) -> Spectrum:
    """The modes to follow, kept in the run with their matrix: what a prediction starts from."""
    from ..spectrum import solve
    from ..target import build_target

    target = build_target(counts, _formula(settings), threads=threads)
    spectrum = solve(target, settings.dim if on.start == "aligned" else min(on.modes, settings.dim),
                     tied=settings.tied, threads=threads)  # fmt: skip
    target.save(out / "target")
    spectrum.save(out / "spectrum")
    return spectrum


def factorize(counts: Cooccurrence, settings: Settings, on: OnCounts, **given: Any) -> Any:
    """The weighted optimum."""
    from ..training import weighted

    refuse_strangers(settings, OPTIMUM, "--model weighted")
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
    counts: Cooccurrence, model: str, reweighted: bool, settings: Settings, on: OnCounts, out: Path, watch: Any,
    json: bool, **given: Any,
) -> None:  # fmt: skip
    """Train on counts, save what was learned in the run, and say what it is."""
    if model == "weighted":
        if given.pop("spectrum", None) is not None:
            raise InputError("--follow belongs to training step by step, not to --model weighted: leave it out")
        made = factorize(counts, settings, on, **given)
    else:
        if "spectrum" not in given:
            given["spectrum"] = _followed(counts, settings, on, out, given["threads"])
        made = descend(counts, model, reweighted, settings, on, **given)
        made.trajectory.save(out / "trajectory")
    made.embedding.save(out / "embedding")
    tell(made, out, watch.elapsed, json)


def tell(made: Any, out: Path, seconds: float, json: bool) -> None:
    """What was learned, and in how many steps or sweeps."""
    embedding = made.embedding
    training = hasattr(made, "trajectory")
    facts: dict[str, Any] = made.facts if training else {"losses": list(made.losses), "converged": made.converged}
    if json:
        report.as_json(
            {"run": str(out), "model": made.trajectory.model if training else "weighted", **embedding.summary(),
             **facts, "total_seconds": seconds, "fingerprint": embedding.fingerprint,
             "lineage": str(embedding.lineage)}
        )  # fmt: skip
        return
    how = f"{facts['steps']:,} step{'s' * (facts['steps'] != 1)}" if training else f"{len(made.losses)} half-steps"
    run = report.printed(str(out))
    print(f"{run}: {len(embedding):,} words in {embedding.dim} dimensions, {how} ({seconds:.1f} s)")
    ends = made.trajectory.loss[[0, -1]] if training else [made.losses[0], made.losses[-1]]
    print(f"loss: {ends[0]:.6g} → {ends[1]:.6g}")
    if training:
        given = made.embedding.lineage.values_of("population_train")
        two = "" if given["tied"] else "--untied "
        print(f"next: solve2vec predict {run} --init-scale {given['init_scale']:g} --dim {embedding.dim} {two}"
              f"--seed {given['seed']} --at {run} · solve2vec compare {run} {run}")  # fmt: skip
