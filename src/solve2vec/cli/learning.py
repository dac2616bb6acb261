"""Commands on learning in time: what theory predicts, and how a run compares."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from cyclopts import Parameter

from ..core import progress
from ..core.errors import InputError, require_positive
from ..core.printing import printable
from ..dynamics.begun import Method
from ..run import Run, find_stage, refuse_other
from . import report
from .drawing import draw_growth, draw_strengths, save
from .reading import Json

if TYPE_CHECKING:
    from ..dynamics import Comparison
    from ..spectrum.spectrum import Spectrum
    from ..target.target import Target
    from ..trajectory import Trajectory

SHOWN = 20  # rows of a table, unless --modes says otherwise
Many: dict[str, Any] = {"consume_multiple": True, "negative": ""}
Figure = Annotated[Path | None, Parameter(help="Picture to draw, such as learning.png, .pdf or .svg.")]
Modes = Annotated[int | None, Parameter(name=["--modes", "-k"], help="Modes to follow and show; all, and 20 shown.")]


def predict(
    run: Annotated[Path, Parameter(help="A run that has a spectrum, or a spectrum.")],
    /,
    *,
    init_scale: Annotated[float, Parameter(help="σ, the standard deviation of the numbers that W and U begin with.")],
    dim: Annotated[int | None, Parameter(help="Dimensions d; by default as many as there are modes.")] = None,
    untied: Annotated[bool, Parameter(help="Two matrices, W and U.", negative="")] = False,
    depth: Annotated[int, Parameter(help="Layers of a deep linear network; more than two are untied.")] = 2,
    seed: Annotated[int | None, Parameter(help="The trainer's: predict its very start, not the average one.")] = None,
    method: Annotated[
        Method | None,
        Parameter(help="Each mode by itself, or all together (needs --seed); exact where it can be."),
    ] = None,
    learning_rate: Annotated[float | None, Parameter(help="η: count steps too; t = η × steps.")] = None,
    modes: Modes = None,
    times: Annotated[list[float], Parameter(help="Moments to predict, in gradient-flow time.", **Many)] = [],  # noqa: B006
    at: Annotated[Path | None, Parameter(help="A trajectory: predict at its moments.")] = None,
    out: Annotated[Path | None, Parameter(help="Folder to write; by default prediction, beside the spectrum.")] = None,
    figure: Figure = None,
    animation: Annotated[
        Path | None, Parameter(help="Animation of the growing space to draw, such as grow.gif.")
    ] = None,
    frames: Annotated[int, Parameter(help="Of the animation.")] = 60,
    words: Annotated[
        list[str], Parameter(help="Words in the animation; by default the ends of the modes.", **Many)
    ] = [],  # noqa: B006
    json: Json = False,
) -> None:
    """What training will learn, in which order and when, from the modes alone."""
    from ..dynamics import Start
    from ..dynamics import predict as predict_learning

    _check_modes(modes)
    require_positive(frames=frames)
    if learning_rate is not None and not (np.isfinite(learning_rate) and learning_rate > 0):
        raise InputError(f"learning rate must be a number above 0, got {learning_rate}")
    if times and at is not None:
        raise InputError("--times and --at both say when: leave out one of the two")
    folder = find_stage(run, "spectrum")
    out = folder.parent / "prediction" if out is None else out
    refuse_other(out, "Trajectory")
    with report.working() as watch:
        spectrum, target = _modes_of(folder, untied)
        dim = len(spectrum) if dim is None else dim
        start = Start(init_scale, dim, tied=spectrum.right_vectors is None, seed=seed, depth=depth)
        moments = _trajectory(at, "trajectory").time if at is not None else (times or None)
        made = predict_learning(spectrum, start, method=method, times=moments, modes=modes, target=target)
        made.save(out)
        if figure is not None:
            draw_strengths(made, figure)
        if animation is not None:
            draw_growth(made, spectrum, start, target, animation, words=words, frames=frames)
    _tell_prediction(made, out, learning_rate, modes, watch.elapsed, json)


def compare(
    predicted: Annotated[Path, Parameter(help="A prediction, or a run that has one.")],
    observed: Annotated[Path, Parameter(help="The trajectory of a training, or a run that has one.")],
    /,
    *,
    modes: Modes = None,
    figure: Figure = None,
    json: Json = False,
) -> None:
    """A prediction and a run side by side: when each mode rose, and where theory and practice part."""
    from ..dynamics import compare as lay_over

    _check_modes(modes)
    found = lay_over(_trajectory(predicted, "prediction"), _trajectory(observed, "trajectory"))
    if figure is not None:
        from ..plots import plot_comparison

        save(plot_comparison(found.predicted, found.observed, modes or 8).flat[0].figure, figure)
    if json:
        report.as_json(found.as_json())
    else:
        _tell_comparison(found, modes or SHOWN)


def _check_modes(modes: int | None) -> None:
    if modes is not None and modes < 1:
        raise InputError(f"--modes must be at least 1, got {modes}")


def _trajectory(path: Path, name: str) -> Trajectory:
    from ..trajectory import Trajectory

    return Trajectory.load(find_stage(path, name))


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


def _tell_prediction(
    made: Trajectory, out: Path, learning_rate: float | None, modes: int | None, seconds: float, json: bool
) -> None:
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
        + [_number(row["half_way_spread"], 2)] * (spread[0] is not None)
        + ["–" if row["step"] is None else f"{row['step']:,}"] * (learning_rate is not None)
        + [row["words"]]
        for row in rows[: modes or SHOWN]
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


def _tell_comparison(found: Comparison, modes: int) -> None:
    rows = [
        (m.mode, f"{m.eigenvalue:.2f}", _reached(found.predicted, m.mode, m.predicted_half_way),
         _reached(found.observed, m.mode, m.observed_half_way), _number(m.ratio, 4), f"{m.predicted_final:.2f}",
         f"{m.observed_final:.2f}", _r_squared(m.r_squared), _number(m.worst_residual, 2), m.name)
        for m in found.modes[:modes]
    ]  # fmt: skip
    columns = ("mode", "λ", "τ predicted", "τ observed", "ratio", "end pred.", "end obs.", "R²", "worst", "words")
    report.table(columns, rows, right=range(9), title=f"{found.predicted.model} and {found.observed.model}")
    agreed, overlap = found.order_agreement, found.final_overlap
    facts = [] if agreed is None else [f"order agreement (Kendall's τ) {agreed:.3f}"]
    facts += [] if overlap is None else [f"subspace overlap at the end {overlap:.4f}"]
    if facts:
        print("; ".join(facts))
    for remark in found.remarks:
        print(f"- {printable(remark)}")


def _steps(time: float | None, learning_rate: float | None) -> int | None:
    return None if time is None or learning_rate is None else round(time / learning_rate)


def _reached(trajectory: Trajectory, mode: int, time: float | None) -> str:
    """A half-way time, and "start" where the strength is above half from the first moment on."""
    λ = trajectory.eigenvalues[mode]
    return "start" if time is None and 0 < λ <= 2 * trajectory.strengths[0, mode] else _number(time)


def _r_squared(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}" if value > -100 else f"{value:.0e}"


def _half_way(time: float | None) -> str:
    return "never" if time is None else _number(time) if time else "start"


def _number(value: float | None, digits: int = 4) -> str:
    return "–" if value is None else f"{value:.{digits}g}"
