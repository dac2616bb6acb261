"""A corpus to its joined views: each counted and solved by itself; and where a text has two of them by default."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..cooccurrence.directed import count_directed
from ..core.errors import InputError, did_you_mean
from ..corpus.sets import are_sets
from ..spectrum.second_order import solve_second_order
from ..spectrum.solver import Solver, TooManyModes, plan_for, solve
from ..spectrum.spectrum import Spectrum
from ..target.directed import directed_target
from ..target.from_corpus import target_of, unsaved
from .joining import POWER, JoinedEmbedding, join
from .view import VIEWS, View

if TYPE_CHECKING:
    from ..cooccurrence.window import Window
    from ..corpus.corpus import Corpus

Views = str | View | Iterable[str | View]  # by name or of one's own; "auto" for what suits the corpus
TEXT = ("wide", "narrow")  # the views of running text
LEAST_WORDS = 1000  # fewer are no evidence of what spelling says, and have few modes that are not noise


def why_plain(window: Window, *, tied: bool) -> str:
    """Why options leave one view without spelling where nobody asks for either; "" where they do not."""
    if window.is_document:
        return "size='document' makes sets of documents"
    return "" if tied else "words and contexts have a matrix each"


def why_plain_here(corpus: Corpus) -> str:
    """Why a corpus has one view without spelling where nobody asks for either; "" for running text."""
    if (V := len(corpus.vocabulary)) < LEAST_WORDS:
        return f"{V:,} words are too few for more"
    return "documents hardly have a word twice, as sets of items" if are_sets(corpus) else ""


def views_of(asked: Views) -> tuple[View, ...]:
    """The views that were asked for, to be joined; none where the wide one is embedded by itself.

    Raises
    ------
    InputError
        If there is no such view, or two are of one order.
    """
    given = (asked,) if isinstance(asked, str | View) else tuple(asked)
    if given in ((), ("wide",)):
        return ()
    for view in given:
        if not isinstance(view, View) and view not in VIEWS:
            raise InputError(f"there is no view {view!r}; {did_you_mean(str(view), VIEWS, 'views')}")
    named: dict[str, View] = dict(VIEWS)  # type: ignore[arg-type]
    made = tuple(view if isinstance(view, View) else named[view] for view in given)
    for is_second in (False, True):
        same = [view.name for view in made if view.is_second_order is is_second]
        if len(same) > 1:
            order = "second" if is_second else "first"
            raise InputError(
                f"{' and '.join(same)} are both views of {order} order: a run has one of each, join others"
            )
    return made


def refuse_plain(views: tuple[View, ...], window: Window, *, tied: bool, bootstrapped: bool) -> None:
    """Refuse views that options leave no place for."""
    if not tied:
        raise InputError("views are joined of one matrix each: leave out tied=False, or give views='wide'")
    if bootstrapped and all(view.is_second_order for view in views):
        raise InputError("a bootstrap draws the modes of a view of first order: give views=('wide', 'narrow')")
    if window.is_document and any(view.is_second_order for view in views):
        raise InputError(
            "size='document' is for words without an order, and a view of second order is of order alone: give "
            "views='wide'"
        )


def embed_views(
    corpus: Corpus,
    views: tuple[View, ...],
    dim: int,
    *,
    power: float = POWER,
    solver: Solver = Solver(),  # noqa: B008 - frozen
    keep: tuple[str, ...] = (),
    shards: int | None = None,
    save: Callable[[Any], Any] = unsaved,
) -> tuple[JoinedEmbedding, list[tuple[View, Spectrum]]]:
    """Each view counted and solved by itself, to its own tolerance, and all joined; and the views with their modes.

    Parameters
    ----------
    corpus : Corpus
    views : tuple of View
    dim, power
        As in :func:`~solve2vec.embedding.joining.join`.
    solver : Solver
    keep, shards
        Of the plan of the view of first order.
    save : function
        Takes each stage that is made, and hands it on.
    """
    parts = [(view, save(_solved(corpus, view, dim, solver, keep, shards, save))) for view in views]
    return join(parts, dim=dim, power=power), parts


def _solved(
    corpus: Corpus,
    view: View,
    dim: int,
    solver: Solver,
    keep: tuple[str, ...],
    shards: int | None,
    save: Callable[[Any], Any],
) -> Spectrum:
    """The modes of a view: as many as it wants, or as there are."""
    V = len(corpus.vocabulary)
    modes, solver = view.modes_for(dim, V), replace(solver, tolerance=view.tolerance)
    if view.offsets is not None:
        directed = directed_target(save(count_directed(corpus, view.offsets, shards=shards)), view.directed)
        return _as_many(modes, lambda k: solve_second_order(directed, k, solver=solver))
    plan = plan_for(view.formula, V, modes, solver=solver, keep=keep, shards=shards)
    target = target_of(corpus, view.window, view.formula, plan, save=save)
    return _as_many(modes, lambda k: solve(target, k, solver=solver, plan=plan if k == modes else None))


def _as_many(modes: int, solved: Callable[[int], Spectrum]) -> Spectrum:
    try:
        return solved(modes)
    except TooManyModes as error:
        if not error.available:
            raise
        return solved(error.available)
