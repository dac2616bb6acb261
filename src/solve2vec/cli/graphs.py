"""The command for graphs: from edges to a vector for each node."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..cooccurrence.window import WeightingName, Window
from ..core.options import DIM
from ..core.printing import printable
from ..core.resources import using
from ..graphs.fitting import fit_graph as fit
from ..graphs.graph import read_graph
from ..spectrum.solver import Solver
from ..target.formula import Formula
from . import report
from .reading import Json
from .resources import Resources, Together

Flat = Parameter(name="*")


def fit_graph(
    edges: Annotated[Path, Parameter(help="A table of edges (.csv, .tsv, .parquet, .jsonl), or an edge list.")],
    /,
    *,
    out: Annotated[Path, Parameter(help="The run to write.")],
    dim: Annotated[int, Parameter(help="Dimensions.")] = DIM,
    source: Annotated[str | None, Parameter(help="Column of a table: where an edge begins.")] = None,
    target: Annotated[str | None, Parameter(help="Column of a table: where it ends.")] = None,
    weight: Annotated[str | None, Parameter(help="Column of a table: its weight.")] = None,
    directed: Annotated[bool, Parameter(help="Edges lead one way only.", negative="")] = False,
    size: Annotated[int, Parameter(help="Steps of a walk, to each side, that count as context.")] = 10,
    weighting: Annotated[WeightingName, Parameter(help="How the weight of a context falls with steps.")] = "flat",
    walks: Annotated[int, Parameter(help="Walks from every node; none is drawn.")] = 10,
    length: Annotated[int, Parameter(help="Nodes of a walk.")] = 80,
    formula: Annotated[Formula, Flat] = Formula(),  # noqa: B008
    solver: Annotated[Solver, Flat] = Solver(),  # noqa: B008
    resources: Annotated[Resources, Together] = Resources(),  # noqa: B008
    json: Json = False,
) -> None:
    """Give each node of a graph a vector, from the expected co-occurrences of random walks."""
    with using(resources), report.working() as watch:
        graph = read_graph(edges, source=source, target=target, weight=weight, directed=directed)
        made = fit(
            graph,
            dim,
            window=Window(size, weighting),
            walks=walks,
            length=length,
            formula=formula,
            solver=solver,
            out=out,
        )
    if json:
        report.as_json({"run": str(out), **made.summary(), "seconds": watch.elapsed, "fingerprint": made.fingerprint})
    else:
        place = report.in_shell(str(out))
        print(f"{printable(str(out))}: {graph!r}, {made.dim} dimensions, {watch.elapsed:.1f} s")
        node = report.in_shell(made.words[0])
        print(f"next: solve2vec modes {place} · solve2vec neighbors {place} {'-- ' * node.startswith('-')}{node}")
