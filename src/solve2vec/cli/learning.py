"""Commands on learning in time: what theory predicts, and how a run compares."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from cyclopts import Parameter

from ..cooccurrence.window import Size, WeightingName
from ..core.errors import InputError, require_positive
from ..core.printing import printable
from ..core.resources import using
from ..dynamics.begun import Method
from ..run import Run, find_stage, refuse_other
from . import report
from .drawing import draw_strengths, save
from .options import PredictedTraining
from .predicting import from_spectrum, from_training, number, tell_spectrum, tell_training
from .reading import Json
from .resources import Resources, Together

if TYPE_CHECKING:
    from ..dynamics import Comparison
    from ..dynamics.overlay import ModeComparison
    from ..trajectory import Trajectory

Model = Literal["theory", "sgns", "quadratic"]
Flat = Parameter(name="*")
SHOWN = 20  # rows of a table, unless --modes says otherwise
Many: dict[str, Any] = {"consume_multiple": True, "negative": ""}
Figure = Annotated[Path | None, Parameter(help="Picture to draw, such as learning.png, .pdf or .svg.")]
Modes = Annotated[int | None, Parameter(name=["--modes", "-k"], help="Modes to follow and show; all, and 20 shown.")]


def predict(
    run: Annotated[
        Path, Parameter(help="A run that has a spectrum, or a spectrum; with --model, a run that has a corpus.")
    ],
    /,
    *,
    model: Annotated[
        Model, Parameter(help="What learns: theory's unweighted squares, or a model trained on the run's corpus.")
    ] = "theory",
    init_scale: Annotated[
        float | None,
        Parameter(help="σ, the standard deviation of the numbers that W and U begin with; word2vec's with --model."),
    ] = None,
    dim: Annotated[int | None, Parameter(help="Dimensions d; by default as many as there are modes.")] = None,
    untied: Annotated[bool, Parameter(help="Theory: two matrices, W and U.", negative="")] = False,
    depth: Annotated[int, Parameter(help="Theory: layers of a deep linear network; more than two are untied.")] = 2,
    seed: Annotated[int | None, Parameter(help="The trainer's: predict its very start, not the average one.")] = None,
    method: Annotated[
        Method | None,
        Parameter(help="Theory: each mode by itself, or all together (needs --seed); exact where it can be."),
    ] = None,
    learning_rate: Annotated[
        float | None, Parameter(help="η: count steps too; t = η × steps. With --model, that of the first token.")
    ] = None,
    training: Annotated[PredictedTraining, Flat] = PredictedTraining(),  # noqa: B008
    size: Annotated[Size | None, Parameter(help="With --model: tokens on each side that count as context.")] = None,
    weighting: Annotated[WeightingName | None, Parameter(help="With --model: how contexts count by distance.")] = None,
    follow: Annotated[
        Path | None, Parameter(help="With --model: a spectrum, or a run that has one, in place of this run's modes.")
    ] = None,
    parts: Annotated[
        int | None, Parameter(help="With --model: stretches of an epoch, each with its own pairs. [default: 20]")
    ] = None,
    modes: Modes = None,
    times: Annotated[list[float], Parameter(help="Moments to predict, in gradient-flow time.", **Many)] = [],  # noqa: B006
    at: Annotated[
        Path | None, Parameter(help="A trajectory: predict at its moments; with --model, by its settings, too.")
    ] = None,
    out: Annotated[Path | None, Parameter(help="Folder to write; by default prediction, in the run.")] = None,
    figure: Figure = None,
    animation: Annotated[
        Path | None, Parameter(help="Animation of the growing space to draw, such as grow.gif.")
    ] = None,
    frames: Annotated[int, Parameter(help="Of the animation.")] = 60,
    words: Annotated[
        list[str], Parameter(help="Words in the animation; by default the ends of the modes.", **Many)
    ] = [],  # noqa: B006
    resources: Annotated[Resources, Together] = Resources(),  # noqa: B008
    json: Json = False,
) -> None:
    """What training will learn, in which order and when: in closed form, or as a trainer does it, without samples."""
    _check_modes(modes)
    require_positive(frames=frames)
    if learning_rate is not None and not (np.isfinite(learning_rate) and learning_rate > 0):
        raise InputError(f"learning rate must be a number above 0, got {learning_rate}")
    if times and at is not None:
        raise InputError("--times and --at both say when: leave out one of the two")
    given = training.given()
    around = {name: value for name, value in (("size", size), ("weighting", weighting)) if value is not None}
    _refuse_foreign(
        model,
        theirs=[*given, *around, *("follow",) * (follow is not None), *("parts",) * (parts is not None)],
        ours={"method": method, "animation": animation, "untied": untied, "words": words, "depth": depth != 2},
    )
    start = {"init_scale": init_scale, "dim": dim, "seed": seed}
    moments = _trajectory(at, "trajectory").time if at is not None else (times or None)
    with using(resources), report.working() as watch:
        if model == "theory":
            if init_scale is None:
                raise InputError("theory begins with numbers of a size: give --init-scale, such as 1e-3, or a --model")
            folder = find_stage(run, "spectrum")
            out = folder.parent / "prediction" if out is None else out
            refuse_other(out, "Trajectory")
            made = from_spectrum(
                folder, out, start | {"depth": depth}, untied=untied, method=method, modes=modes, times=moments,
                animation=animation, words=words, frames=frames,
            )  # fmt: skip
        else:
            own = start | {"learning_rate": learning_rate}
            given |= {name: value for name, value in own.items() if value is not None}
            out = Run(run).folder / "prediction" if out is None else out
            refuse_other(out, "Trajectory")
            made = from_training(
                model, Run(run), out, given, around, like=at, follow=follow, parts=parts, modes=modes, times=moments
            )
        if figure is not None:
            draw_strengths(made, figure)
    if model == "theory":
        tell_spectrum(made, out, learning_rate, modes or SHOWN, watch.elapsed, json)
    else:
        tell_training(made, out, modes or SHOWN, watch.elapsed, json)


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


def _refuse_foreign(model: Model, theirs: list[str], ours: dict[str, Any]) -> None:
    """Refuse what belongs to the closed form where a model is predicted, and the other way round."""
    given = theirs if model == "theory" else [name for name, value in ours.items() if value]
    if given:
        name = given[0]
        whose, other = ("--model sgns and quadratic", "theory") if model == "theory" else ("theory", f"--model {model}")
        raise InputError(f"--{name.replace('_', '-')} belongs to {whose}, not to {other}: leave it out")


def _trajectory(path: Path, name: str) -> Trajectory:
    from ..trajectory import Trajectory

    return Trajectory.load(find_stage(path, name))


def _tell_comparison(found: Comparison, modes: int) -> None:
    own = found.judged_at == "own end"
    rows = [
        (m.mode, f"{m.eigenvalue:.2f}", *_half_way_times(found, m), f"{m.predicted_final:.2f}",
         f"{m.observed_final:.2f}", _r_squared(m.r_squared), number(m.worst_residual, 2), m.name)
        for m in found.modes[:modes]
    ]  # fmt: skip
    columns = ("mode", "λ", "τ predicted", "τ observed", "ratio", "end pred.", "end obs.", "R²", "worst", "words")
    report.table(columns, rows, right=range(9), title=f"{found.predicted.model} and {found.observed.model}")
    agreed, overlap = found.order_agreement, found.final_overlap
    facts = [] if agreed is None else [f"order agreement (Kendall's τ) {agreed:.3f}"]
    if own:
        print("τ: when a mode has half of its own end, which is not λ where pairs have weights")
        facts = [fact + " at λ/2" for fact in facts]
        if found.own_order_agreement is not None:
            facts.insert(0, f"order agreement (Kendall's τ) {found.own_order_agreement:.3f} at half of the own end")
    facts += [] if overlap is None else [f"subspace overlap at the end {overlap:.4f}"]
    if facts:
        print("; ".join(facts))
    for remark in found.remarks:
        print(f"- {printable(remark)}")


def _half_way_times(found: Comparison, mode: ModeComparison) -> tuple[str, str, str]:
    """Predicted, observed, and their ratio."""
    if found.judged_at == "own end":
        return number(mode.predicted_own), number(mode.observed_own), number(mode.own_ratio)
    return (
        _reached(found.predicted, mode.mode, mode.predicted_half_way),
        _reached(found.observed, mode.mode, mode.observed_half_way),
        number(mode.ratio),
    )


def _reached(trajectory: Trajectory, mode: int, time: float | None) -> str:
    """A half-way time, and "start" where the strength is above half from the first moment on."""
    λ = trajectory.eigenvalues[mode]
    return "start" if time is None and 0 < λ <= 2 * trajectory.strengths[0, mode] else number(time)


def _r_squared(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}" if value > -100 else f"{value:.0e}"
