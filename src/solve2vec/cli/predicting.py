"""Behind ``predict``: the closed form of a spectrum, or what training on a run's corpus is expected to learn."""

from __future__ import annotations

from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..cooccurrence.window import Window
from ..core import progress
from ..core.errors import FolderError, InputError
from ..core.printing import printable
from ..run import Run, find_stage
from ..training.sampled.settings import WORD2VEC, TrainingOptions
from . import report
from .drawing import draw_growth

if TYPE_CHECKING:
    from ..dynamics.begun import Method
    from ..spectrum.spectrum import Spectrum
    from ..target.target import Target
    from ..trajectory import Trajectory


def from_spectrum(
    folder: Path,
    out: Path,
    start: dict[str, Any],
    *,
    untied: bool,
    method: Method | None,
    modes: int | None,
    times: Any,
    animation: Path | None,
    words: list[str],
    frames: int,
) -> Trajectory:
    """Predict from the modes alone and save what comes of it in ``out``; draw it growing where that is wanted."""
    from ..dynamics import Start, predict

    spectrum, target = _modes_of(folder, untied)
    start["dim"] = len(spectrum) if start["dim"] is None else start["dim"]
    begin = Start(**start, tied=spectrum.right_vectors is None)
    made = predict(spectrum, begin, method=method, times=times, modes=modes, target=target)
    made.save(out)
    if animation is not None:
        draw_growth(made, spectrum, begin, target, animation, words=words, frames=frames)
    return made


def _modes_of(folder: Path, untied: bool) -> tuple[Spectrum, Target | None]:
    """The spectrum, and the matrix it is of, where the run has it or what it is made from.

    Two matrices learn singular values; where the run has eigenvalues, they are solved for.
    """
    from ..spectrum.solver import solve
    from ..spectrum.spectrum import Spectrum

    spectrum, run = Spectrum.load(folder), Run(folder.parent)
    target = run.target_of(spectrum)
    if target is None and run.has_matrix(spectrum.formula):
        progress.note(
            f"{printable(str(run.folder))} has no longer the matrix that its spectrum was solved from: predicted "
            "from the modes alone; solve it again"
        )
    if untied and spectrum.right_vectors is None:
        if target is None:
            raise InputError(
                f"an untied prediction needs singular values, but {run.folder} has only eigenvalues, and neither the "
                "target nor the counts that they are of: solve its target with --no-tied first"
            )
        spectrum = solve(target, len(spectrum), tied=False)
    return spectrum, target


def from_training(
    model: str,
    run: Run,
    out: Path,
    given: dict[str, Any],
    around: dict[str, Any],
    *,
    like: Path | None,
    follow: Path | None,
    parts: int | None,
    modes: int | None,
    times: Any,
) -> Trajectory:
    """Predict a training and save what is expected in ``out``; the modes that it follows beside it, if they are new."""
    if "corpus" not in run:
        raise FolderError(
            f"{run.folder} has no corpus, and --model is about training on one: encode the text into it first"
        )
    settings, window = _settings(model, run, like)
    settings, window = replace(settings, **given), replace(window, **around)
    beside = Run(out.absolute().parent)
    spectrum = _followed(follow, beside)
    predict = import_module(f"...training.sampled.{model}", __name__).predict
    more = {} if parts is None else {"parts": parts}
    made = predict(run.corpus, settings, window=window, spectrum=spectrum, modes=modes, times=times, **more)
    if spectrum is None:
        beside.save(made.followed)
        progress.note(f"{printable(str(beside.folder))} has the modes that are followed: train with --follow it")
    expected: Trajectory = made.trajectory
    expected.save(out)
    return expected


def _settings(model: str, run: Run, like: Path | None) -> tuple[TrainingOptions, Window]:
    """Those of the training to predict: of ``like``, or of the run itself if it was trained; or defaults."""
    from ..trajectory import Trajectory

    values: dict[str, Any] = {}
    if like is not None:
        values = Trajectory.load(find_stage(like, "trajectory")).lineage.values_of("train")
    elif "trajectory" in run:
        values = run.trajectory.lineage.values_of("train")
    if values.get("model") != model:
        return TrainingOptions(), WORD2VEC
    where = run.folder if like is None else like
    progress.note(f"by the settings of the training in {printable(str(where))}")
    settings, window = (
        {f.name: values[f.name] for f in fields(kind) if f.name in values} for kind in (TrainingOptions, Window)
    )
    return TrainingOptions(**settings), Window(**window)


def _followed(follow: Path | None, beside: Run) -> Spectrum | None:
    from ..spectrum.spectrum import Spectrum

    if follow is not None:
        return Spectrum.load(find_stage(follow, "spectrum"))
    if "spectrum" not in beside:
        return None
    progress.note(f"along the modes that {printable(str(beside.folder))} has")
    return beside.spectrum


def tell_spectrum(
    made: Trajectory, out: Path, learning_rate: float | None, modes: int, seconds: float, json: bool
) -> None:
    """Each mode: when it has half of its strength."""
    values = made.lineage.values_of("predict")
    half_way = values["half_way"]
    spread = values.get("half_way_spread") or [None] * len(half_way)
    rows: list[dict[str, Any]] = [
        {"mode": k, "words": made.mode_names[k], "eigenvalue": float(λ), "half_way": half_way[k],
         "half_way_spread": spread[k], "step": _steps(half_way[k], learning_rate),
         "final": float(made.strengths[-1, k])}
        for k, λ in enumerate(made.eigenvalues)
    ]  # fmt: skip
    facts = {name: values.get(name) for name in ("method", "init_scale", "dim", "tied", "seed", "frame", "loss")}
    if json:
        report.as_json({"folder": str(out), **facts, **made.summary(), "modes": rows, "seconds": seconds})
        return
    columns = ["mode", "λ", "half-way at"] + ["±"] * (spread[0] is not None) + ["step"] * (learning_rate is not None)
    table = [
        [row["mode"], f"{row['eigenvalue']:.2f}", _half_way(row["half_way"])]
        + [number(row["half_way_spread"], 2)] * (spread[0] is not None)
        + ["–" if row["step"] is None else f"{row['step']:,}"] * (learning_rate is not None)
        + [row["words"]]
        for row in rows[:modes]
    ]
    report.table([*columns, "words"], table, right=range(len(columns)), title=_headline(made, values))
    print(f"{printable(str(out))}: {len(made)} moments, {len(rows)} modes; loss {values['loss']}")


def _headline(made: Trajectory, values: dict[str, Any]) -> str:
    layers = values.get("depth", 2)
    average = "on average over starts" if layers == 2 else "of layers along the modes"
    whose = f"of seed {values['seed']}" if values["seed"] is not None else average
    matrices = "one matrix" if values["tied"] else "two matrices" if layers == 2 else f"{layers} layers"
    how = f"{values['method']}, {values['frame']}" if "frame" in values else values["method"]
    return f"Half-way times of {matrices} in {values['dim']} dimensions, σ = {values['init_scale']:g}, {whose} ({how})"


def tell_training(made: Trajectory, out: Path, modes: int, seconds: float, json: bool) -> None:
    """Each mode: where it ends, and by when it has half of that."""
    values, K = made.lineage.values_of("predict"), len(made.eigenvalues)
    ends, λ = made.strengths[-1], made.eigenvalues
    deviations = np.full(K, np.nan) if made.deviations is None else made.deviations[-1]
    at_λ, own = made.half_way(), made.half_way(np.where(ends > 0, ends, np.nan))
    assert made.epoch is not None and made.step is not None
    epochs, steps = (np.interp(own, made.time, part) for part in (made.epoch, made.step))
    rows: list[dict[str, Any]] = [
        {"mode": k, "words": made.mode_names[k], "eigenvalue": float(λ[k]), "final": float(ends[k]),
         "deviation": _known(deviations[k]), "half_way": _known(at_λ[k]), "half_way_to_own_end": _known(own[k]),
         "epoch": _known(epochs[k]), "step": None if _known(steps[k]) is None else round(float(steps[k]))}
        for k in range(K)
    ]  # fmt: skip
    names = ("model", "method", "dim", "tied", "seed", "init_scale", "negatives", "learning_rate", "epochs", "parts")
    if json:
        facts = {name: values[name] for name in names}
        report.as_json({"folder": str(out), **facts, **made.summary(), "modes": rows, "seconds": seconds})
        return
    table = [
        [row["mode"], f"{row['eigenvalue']:.1f}", f"{row['final']:.1f}", number(row["deviation"], 2),
         number(row["half_way_to_own_end"]), number(row["epoch"], 3), row["words"]]
        for row in rows[:modes]
    ]  # fmt: skip
    columns = ["mode", "λ", "end", "±", "half-way at", "epoch", "words"]
    report.table(columns, table, right=range(6), title=_training_headline(values))
    print(f"half-way: to the mode's own end, at time {made.time[-1]:.3g}; epoch: by when that is")
    print(f"{printable(str(out))}: {len(made)} moments, {K} modes; loss {made.loss[0]:.4f} → {made.loss[-1]:.4f}")


def _training_headline(values: dict[str, Any]) -> str:
    epochs = f"{values['epochs']} epoch{'s' * (values['epochs'] != 1)}"
    start = "word2vec's start" if values["init_scale"] is None else f"σ = {values['init_scale']:g}"
    return (
        f"{values['model']} in {values['dim']} dimensions, k = {values['negatives']}, {epochs} from η = "
        f"{values['learning_rate']:g}, {start} of seed {values['seed']}: what is expected"
    )


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _steps(time: float | None, learning_rate: float | None) -> int | None:
    return None if time is None or learning_rate is None else round(time / learning_rate)


def _half_way(time: float | None) -> str:
    return "never" if time is None else number(time) if time else "start"


def number(value: float | None, digits: int = 4) -> str:
    """In so many digits; a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}g}"
