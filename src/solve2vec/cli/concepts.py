"""Commands that ask what words have in common: pairs of a relation, and lists in an order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..core.errors import InputError
from ..core.printing import printable
from ..core.stage import is_stage
from ..evaluation.lookup import Case
from ..run import Run, load_embedding
from . import report
from .reading import Json, Source

if TYPE_CHECKING:
    from ..concepts import Geometry, Relations
    from ..concepts.geometry import Fit, Mode
    from ..concepts.signal import Measured
    from ..target.target import Target

Figure = Annotated[Path | None, Parameter(help="Draw it into this file: .png, .pdf or .svg.")]
LEGEND = (
    "signal/noise  λ_max(RRᵀ) over the mean eigenvalue, R the vectors w_b - w_a",
    "highest, at   the highest signal/noise, and at how many modes",
    "spike         λ_max over what chance alone would reach",
    "on mean       squared cosine of its direction with the mean of R",
    "cosine        of two relation vectors",
    "answer        cos(w_b - w_a + w_c, w_d) over that of w_d with its nearest word",
    "dims, modes   in which pairs differ; on which their mean lies",
)
Many = {"consume_multiple": True, "negative": ""}


def relations(
    run: Source,
    questions: Annotated[Path, Parameter(help="A Google, MSR or BATS question file, or a folder of them.")],
    /,
    *,
    modes: Annotated[
        list[int] | None,
        Parameter(
            name=["--modes", "-k"], help="Numbers of modes to measure in, besides all: 4, 5, 8, 11, 16 …", **Many
        ),
    ] = None,
    case: Annotated[Case, Parameter(help="How words of the questions meet those of the model.")] = "ignore",
    restrict: Annotated[int | None, Parameter(help="Know only the most frequent words.")] = None,
    confidence: Annotated[float, Parameter(help="Of the intervals.")] = 0.95,
    figure: Figure = None,
    relation: Annotated[str | None, Parameter(help="The relation that the figure shows from near.")] = None,
    json: Json = False,
) -> None:
    """What the vectors between the words of analogous pairs have in common: signal, noise, and in which modes."""
    from .. import concepts

    if relation is not None and figure is None:
        raise InputError("--relation is what the figure shows from near: name a file with --figure")
    embedding = load_embedding(run)
    with report.working():
        found = concepts.relations(
            embedding, questions, dims=modes, case=case, restrict=restrict, confidence=confidence
        )  # fmt: skip
        if figure is not None:
            from ..plots import plot_relations
            from .drawing import save

            save(plot_relations(found, relation), figure)
    if json:
        report.as_json(found.as_json())
        return
    _tell_relations(found)
    if figure is not None:
        print(f"figure: {printable(str(figure))}")


def _tell_relations(found: Relations) -> None:
    from ..concepts.relations import FEWEST

    last = found.dims[-1]
    signals, places = [], []
    for one in found:
        here, best = one.at(last), one.at(one.best_dim)
        right = f"{100 * here['accuracy'].value:.0f} %"
        signals.append((one.name, len(one), _interval(here["snr"]), f"{best['snr'].value:.1f}", one.best_dim, right))
        spike = float(one.eigenvalues(last)[0]) / one.bulk(last).high
        numbers = (here[name].value for name in ("on_mean", "cosine", "nearest"))
        dim, modes = here["effective_dim"].value, 1 / here["localization"].value
        places.append(
            (one.name, f"{spike:.1f}", *(f"{number:.2f}" for number in numbers), f"{dim:.0f}", f"{modes:.0f}")
        )
    report.table(
        ("relation", "pairs", "signal/noise", "highest", "at", "right"), signals, right=(1, 3, 4, 5),
        title=f"{found.file}: {last} modes, {found.confidence:.0%} intervals",
    )  # fmt: skip
    report.table(("relation", "spike", "on mean", "cosine", "answer", "dims", "modes"), places, right=range(1, 7))
    _print_all(LEGEND)
    for name, pairs in found.skipped.items():
        print(f"left out: {printable(name)}: {pairs} known pairs, {FEWEST} are needed")


def _interval(one: Measured) -> str:
    value, low, high = (f"{part:.1f}" for part in one)
    return f"{value} ({low} … {high})"


SHAPES = (
    "share of what pairs have beyond the levels of their words that a shape",
    "predicts for pairs held out (chance: random lists or orders that do as well);",
    "starred: counts, for it is beyond chance and falls with distance",
)
MODES = (
    "share of each view in a predicted mode (what 95 % of chance stay under),",
    "then its cosine with where the other words put each word",
)


def geometry(
    run: Source,
    words: Annotated[list[str], Parameter(help="The list, in the order of the ring or line: 6 words or more.")],
    /,
    *,
    masked: Annotated[
        bool, Parameter(help="Solve again with the list's own pairs masked; as long as a solve takes.")
    ] = True,
    draws: Annotated[int, Parameter(help="Random lists and orders that chance is taken from.")] = 200,
    seed: Annotated[int, Parameter(help="Of these.")] = 0,
    figure: Figure = None,
    json: Json = False,
) -> None:
    """Whether a list of words is a ring, a line or a tree: in M*, in the vectors, and with its own pairs masked."""
    from .. import concepts

    embedding = load_embedding(run)
    with report.working():
        target = _target_of(run)
        found = concepts.geometry(embedding, words, target, masked=masked, draws=draws, seed=seed)
        if figure is not None:
            from ..plots import plot_geometry
            from .drawing import save

            save(plot_geometry(found), figure)
    if json:
        report.as_json(found.as_json())
        return
    _tell_geometry(found)
    if target is None:
        print("only vectors were looked at: M* and masking need a run with its counts or its target")
    if figure is not None:
        print(f"figure: {printable(str(figure))}")


def _target_of(path: Path) -> Target | None:
    """The matrix of a run, where it is one and has it or can make it."""
    if is_stage(path) or not path.is_dir():
        return None
    run = Run(path)
    return run.target() if "embedding" in run and run.has_matrix(run.embedding.formula) else None


def _tell_geometry(found: Geometry) -> None:
    shape = found.first.nearest_shape
    told = f"a {found.shape}" if found.shape else "no shape beyond chance"
    rows = [(name, *(_score(fit) for fit in view.fits.values())) for name, view in found.views.items()]
    report.table(
        ("view", *found.first.fits), rows, right=range(1, 4), title=f"{len(found)} words, {found.draws} draws: {told}"
    )  # fmt: skip
    _print_all(SHAPES)
    by_view = [found.modes(name) for name in found.views]
    modes = [(mode.name, *(_mode(one[k]) for one in by_view)) for k, mode in enumerate(by_view[0])]
    title = f"Modes of {'the' if found.shape else 'a'} {shape}"
    report.table(("mode", *found.views), modes, right=range(1, 1 + len(by_view)), title=title)
    _print_all(MODES)


def _score(fit: Fit) -> str:
    return f"{fit.score:.2f} ({fit.by_chance:.3f})" + ("*" if fit.counts else " ")


def _mode(one: Mode) -> str:
    return f"{one.strength:.2f} ({one.by_chance:.2f})  {one.agreement:.2f}"


def _print_all(lines: Sequence[str]) -> None:
    for line in lines:
        print(line)
