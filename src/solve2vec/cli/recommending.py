"""The command that recommends: items that complete a basket, and a test of it on hidden items."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..cooccurrence.window import Window
from ..core.errors import FolderError, InputError
from ..core.progress import note
from ..core.resources import using
from ..recommendation.holdout import Holdout, evaluate_recommender
from ..recommendation.recommender import DIM, Recommendation, Recommender, UnknownItem, solve_recommender
from ..run import Run
from . import report
from .reading import Json
from .resources import Threads, Together


def recommend(
    run: Annotated[Path, Parameter(help="A run fitted with --size document.")],
    items: Annotated[list[str], Parameter(help="The basket.")] = [],  # noqa: B006
    /,
    *,
    n: Annotated[int, Parameter(name=["--n", "-n"], help="How many items.")] = 10,
    dim: Annotated[int | None, Parameter(help=f"Modes; {DIM} by default.")] = None,
    ridge: Annotated[float | None, Parameter(help="Ridge; by default the mean number of an item.")] = None,
    unknown: Annotated[UnknownItem, Parameter(help="What to do with items that have no row.")] = "error",
    holdout: Annotated[
        float | None, Parameter(help="Hide an item in this share of baskets, such as 0.1, and look for it.")
    ] = None,
    seed: Annotated[int, Parameter(help="Seed of the baskets and items that --holdout hides.")] = 0,
    given: Annotated[Threads, Together] = Threads(),  # noqa: B008
    json: Json = False,
) -> None:
    """Recommend items that complete a basket; with --holdout, measure how well that works."""
    if (holdout is None) == (not items):
        raise InputError(
            "recommend takes a basket or --holdout: solve2vec recommend RUN ITEM ITEM, or RUN --holdout 0.1"
        )
    place = Run(run)
    with using(given), report.working():
        if holdout is not None:
            corpus = place.corpus
            found = evaluate_recommender(corpus, dim or DIM, ridge=ridge, n=n, holdout=holdout, seed=seed)
            _tell_holdout(found, json)
            return
        best = recommender_of(place, dim, ridge).recommend(items, n, unknown=unknown)
    _tell(items, best, json)


def recommender_of(run: Run, dim: int | None, ridge: float | None) -> Recommender:
    """The run's recommender, if it is of the run's baskets and these options; solved, and saved, otherwise."""
    if "recommender" in run and "recommender" not in run.stale():
        own: Recommender = run.load("recommender")
        solved = own.lineage.values_of("solve_recommender")
        if dim in (None, solved.get("dim")) and ridge in (None, solved.get("ridge")):
            return own
    counts = run.counts(Window("document") if run.stages == ("corpus",) else None)
    made = solve_recommender(counts, min(DIM, len(counts)) if dim is None else dim, ridge=ridge)
    try:
        note(f"solved {made.dim} modes, kept in {run.save(made)}")
    except (OSError, FolderError) as error:
        note(f"solved {made.dim} modes, not kept: {error}")
    return made


def _tell(basket: list[str], best: list[Recommendation], json: bool) -> None:
    if json:
        found = [
            {
                "item": each.item,
                "score": each.score,
                "because": [dict(zip(("item", "share"), one, strict=True)) for one in each.because],
            }
            for each in best
        ]
        report.as_json({"basket": basket, "recommendations": found})
        return
    rows = [
        (each.item, f"{each.score:.3f}", ", ".join(f"{item} {share:+.3f}" for item, share in each.because[:3]))
        for each in best
    ]
    report.table(("item", "score", "because of"), rows, right=(1,), title=" + ".join(basket))


def _tell_holdout(found: Holdout, json: bool) -> None:
    if json:
        report.as_json(asdict(found))
        return
    rows = [
        (s.method, f"{s.recall:.3f}", f"{s.low:.3f} … {s.high:.3f}", f"{s.ndcg:.3f}",
         f"{s.coverage:.1%}", f"{s.popularity:.1%}")
        for s in found.scores
    ]  # fmt: skip
    columns = ("method", f"recall@{found.n}", "95% interval", f"ndcg@{found.n}", "coverage", "popularity")
    report.table(columns, rows, right=(1, 2, 3, 4, 5), title=f"{found.baskets:,} baskets, one item hidden in each")
