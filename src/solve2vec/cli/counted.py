"""Training on counts, behind the ``train`` command: the whole loss at once, or its weighted optimum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import InputError
from ..run import Draft, Run
from ..target.formula import Formula
from ..training.result import Stopped, Training
from ..training.sampled.settings import MODELS, ModelName, TrainingOptions
from . import options, report

LEARNED = ("embedding", "trajectory")

if TYPE_CHECKING:
    from ..cooccurrence.cooccurrence import Cooccurrence
    from ..spectrum.spectrum import Spectrum


REWEIGHTED = {"quadratic": "unweighted", "logistic": "unweighted-logistic"}  # losses, and their even ones


def population_settings(model: ModelName, reweighted: bool, given: Mapping[str, Any]) -> Any:
    """Options of population training, from the options given; no more modes are followed than there are dimensions."""
    row = MODELS[model]
    if row.is_mean:
        raise InputError("--population has no CBOW: its loss is not a sum over pairs of words; use sgns or quadratic")
    loss = REWEIGHTED[row.loss] if reweighted else row.loss
    made = options.hyperparameters("population", given, loss=loss)
    return replace(made, modes=min(made.modes, made.dim))


def descend(
    counts: Cooccurrence, settings: Any, formula: Formula, keep: Draft, spectrum: Spectrum | None = None, **given: Any
) -> Any:
    """Population training; its matrix and the modes it follows are kept in the run: a prediction starts from them."""
    from ..training.full_batch import population
    from ..training.full_batch.starting import followed_modes

    target = population.matrix_of(counts, settings, formula)
    if spectrum is None:
        spectrum = followed_modes(target, settings, None)
        keep(target)
        keep(spectrum)
    if settings.loss == "unweighted":
        return population.train(target, settings, spectrum=spectrum, **given)
    return population.train(counts, settings, formula=formula, spectrum=spectrum, **given)


def formula_of(given: Mapping[str, Any]) -> Formula:
    """The matrix of what is trained: word2vec's k, α and subsampling unless given, and no shrinkage."""
    ours = TrainingOptions()
    return Formula(**{name: given.get(name, getattr(ours, name)) for name in options.FORMULA}, shrinkage=0.0)


def learn(counts: Cooccurrence, wanted: Any, formula: Formula, run: Run, **given: Any) -> Any:
    """Train on counts as ``PopulationOptions`` or ``WeightedOptions`` say, and save what was learned in the run."""
    from ..training.full_batch import weighted

    if isinstance(wanted, weighted.WeightedOptions):
        made: Any = weighted.factorize(counts, wanted, formula=formula, **given)
        save(made, run)
        return made
    stopped = None
    with run.writing(keep=("target", "spectrum", *LEARNED)) as keep:
        try:
            made = descend(counts, wanted, formula, keep, **given)
        except Stopped as stop:
            stopped, made = stop, stop.training
        _keep(made, keep)
    if stopped is not None:
        place = report.in_shell(str(run.folder))
        raise Stopped(made, f"{stopped}; saved as it was: --warm-start {place} goes on from there")
    return made


def save(made: Any, run: Run, *, gone: Iterable[str] = ()) -> None:
    """Save in the run what was learned, and how, and remove what is ``gone`` then; all or nothing."""
    with run.writing(keep=LEARNED, gone=gone) as keep:
        _keep(made, keep)


def _keep(made: Any, keep: Draft) -> None:
    keep(made.embedding)
    if isinstance(made, Training):
        keep(made.trajectory)


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
    two += f"--depth {given['depth']} " if "depth" in given else ""
    out = "" if follow is None else f" --out {report.in_shell(f'{run}/prediction')}"
    modes = place if follow is None else report.in_shell(str(follow))
    print(f"next: solve2vec predict {modes} --init-scale {given['init_scale']} --dim {made.embedding.dim} {two}"
          f"--seed {given['seed']} --at {place}{out} · solve2vec compare {place} {place}")  # fmt: skip
