"""Recipes: the corridor in one call.  Composes, computes nothing."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from .cooccurrence.window import Window
from .core import resources
from .core.errors import InputError, is_whole, require_positive
from .core.gensim import in_our_names, unknown
from .core.options import DIM, FINITE, POWER
from .core.parallel import import_beside
from .corpus.corpus import Corpus, VocabularyOptions, encode
from .corpus.phrases import Phrases, join_phrases
from .embedding.embedding import Embedding, embed
from .embedding.from_corpus import TEXT, Views, embed_views, refuse_plain, views_of, why_plain, why_plain_here
from .embedding.joining import POWER as JOINED_POWER
from .embedding.spelled import Spelling, require_spelling, spell
from .embedding.view import View
from .run import FITTED, Draft
from .spectrum.solver import Solver, plan_for, solve
from .target.formula import Formula
from .target.from_corpus import target_of
from .text.documents import ReadingOptions, as_documents
from .text.tokenizer import Tokenizer
from .uncertainty import Resampling, require_documents, resample

AUTO = "auto"  # views that suit the text
KEPT = ("corpus", "spectrum", "embedding")
KERNELS = ("tokens", "counting", "targets", "panels")
SOON = (*(f"solve2vec.kernels.{name}" for name in KERNELS), "scipy.linalg")  # what a fit takes half a second to import


@dataclass(frozen=True)
class Recipe:
    """Every hyperparameter of the way from text to vectors, each with the stage that uses it.

    Examples
    --------
    >>> Recipe.of(size=5, min_count=2).window.size
    5
    """

    reading: ReadingOptions = field(default_factory=ReadingOptions)
    tokenizer: Tokenizer = field(default_factory=Tokenizer)
    selection: VocabularyOptions = field(default_factory=VocabularyOptions)
    phrases: Phrases = field(default_factory=Phrases)
    window: Window = field(default_factory=Window)
    formula: Formula = field(default_factory=Formula)
    solver: Solver = field(default_factory=Solver)

    @classmethod
    def of(cls, **options: Any) -> Recipe:
        """A recipe from flat names: those of the fields of every part (``size``, ``min_count``, ``shrinkage``, …).

        gensim's names are understood too: ``window=5`` is ``size=5``, ``negative=5`` is ``negatives=5``.

        Raises
        ------
        InputError
            If a name is unknown; the message offers the nearest.
        """
        return cls().with_options(**options)

    def with_options(self, **options: Any) -> Recipe:
        """This recipe with some options changed."""
        options = _in_our_names(options)
        parts: dict[str, Any] = {}
        for part in fields(self):
            now = getattr(self, part.name)
            if part.name in options and not isinstance(options[part.name], type(now)):
                given = options[part.name]
                raise InputError(
                    f"{part.name} must be a {type(now).__name__}, got {given!r:.60}; or give its fields by name: "
                    + ", ".join(f.name for f in fields(now))
                )
            now = options.pop(part.name, now)
            own = {f.name: options.pop(f.name) for f in fields(now) if f.name in options}
            parts[part.name] = replace(now, **own) if own else now
        if options:
            raise InputError(_unknown(next(iter(options)), self))
        return Recipe(**parts)

    def seen(self, view: View, given: Mapping[str, Any]) -> View:
        """A view with what is asked for of it: options that are ``given``, and what this recipe has beside defaults."""
        now = self.with_options(**given)
        asks = "tolerance" in given or "solver" in given or self.solver.tolerance != Solver.tolerance
        view = replace(view, tolerance=now.solver.tolerance) if asks else view
        if view.is_second_order:
            return view
        window = _asked(view.window, self.window, now.window, "window", given)
        return replace(view, window=window, formula=_asked(view.formula, self.formula, now.formula, "formula", given))


def _asked(own: Any, before: Any, now: Any, name: str, given: Mapping[str, Any]) -> Any:
    """What a view has of its own with the fields that are given, unless the recipe says otherwise."""
    if before != type(before)() or name in given:
        return now
    return replace(own, **{f.name: given[f.name] for f in fields(own) if f.name in given})


def _unknown(name: str, recipe: Recipe) -> str:
    known = [f.name for part in fields(recipe) for f in fields(getattr(recipe, part.name))]
    known += [part.name for part in fields(recipe)]
    known += [name for name in inspect.signature(fit).parameters if name not in ("source", "recipe", "options")]
    return unknown(name, known)


def _in_our_names(options: dict[str, Any]) -> dict[str, Any]:
    """gensim's names made ours; its ``window`` is a number, and ours an object."""
    window = options.get("window")
    return in_our_names(options, ours=() if is_whole(window) or window == "document" else ("window",))


@resources.with_resources
def fit(
    source: Any,
    dim: int = DIM,
    *,
    views: Views = AUTO,
    power: float | None = None,
    tied: bool = True,
    spelling: Spelling = "auto",
    out: str | Path | None = None,
    keep: Iterable[str] = KEPT,
    bootstrap: int | Resampling | None = None,
    memory: int | str | None = None,
    shards: int | None = None,
    threads: int | None = None,
    recipe: Recipe | None = None,
    **options: Any,
) -> Embedding:
    """From text to vectors: encode, count, target, solve, embed.

    Parameters
    ----------
    source : path, Documents, or iterable of token lists or texts
        Read once.  Arrays, series and sets of strings are lists of tokens too; for sets, which have no order, and
        for lists whose order means nothing, give ``size="document"``.
    dim : int
        d.
    views : str, View, or iterable of them
        "wide": words are alike that stand near each other.  ``("wide", "narrow")``: joined with a second view, in which
        words are alike that could stand in for each other (see :mod:`solve2vec.embedding.view`); better on analogies
        and similarities.  The wide view then has a window, a formula and a tolerance of its own, but for options that
        are given.  "auto": both for running text; the wide one alone for fewer than 1,000 words, for sets of items
        (``size="document"``, or documents in which hardly a word stands twice), with a matrix each for words and
        contexts, and with a bootstrap.
    power : float, optional
        Of the eigenvalues: ½ for the wide view alone, see :func:`~solve2vec.embedding.embedding.embed`; ¼ for several,
        see :func:`~solve2vec.embedding.joining.join`.
    tied : bool
        One matrix for words and contexts, or one for each.
    spelling : {"auto", True, False}
        Whether a word's vector has a part that its n-grams foretell, and any string a vector: see
        :func:`~solve2vec.spell`.  "auto" does so where n-grams explain the vectors of words left out of the
        regression; never where ``views="auto"`` leaves one view.
    out : path, optional
        A run folder: the stages of ``keep`` are saved there once all are made.  A new folder appears whole; in an
        earlier run's, stage after stage is replaced.
    keep : iterable of str
        Which of corpus, cooccurrence, directed, target, spectrum (of every view) and embedding, one at least.  Counts
        and target of a long text are larger than the text and made from the corpus in seconds, so they are not kept by
        default.
    bootstrap : int or Resampling, optional
        Draw the documents again so many times and save a :class:`~solve2vec.uncertainty.Bootstrap` in the run:
        intervals for similarities, neighbors and modes.  Needs ``out``.
    memory : int or str, optional
        Limit of the count, such as "4GB".
    shards : int, optional
        Count in so many parts at least; the result is the same.
    threads : int, optional
        All cores by default; the result is the same.
    recipe : Recipe, optional
        All other hyperparameters.
    **options
        Single ones, by the names of the recipe's fields: ``min_count=5, size=32, weighting="harmonic"``, …  gensim's
        names are understood too: ``vector_size=100, window=5, negative=5, sample=1e-3, workers=2``.

    Returns
    -------
    Embedding
        The same bits for the same text and options, on any number of threads.

    Examples
    --------
    >>> texts = ["cats chase mice", "dogs chase cats", "mice eat cheese", "people eat cheese"] * 5
    >>> fit(texts, dim=2).words[:4]
    ('cats', 'chase', 'cheese', 'eat')
    """
    made, _ = fitted(
        source, dim, views=views, power=power, tied=tied, spelling=spelling, out=out, keep=keep, bootstrap=bootstrap,
        shards=shards, recipe=recipe, **options,
    )  # fmt: skip
    return made


def fitted(
    source: Any,
    dim: int = DIM,
    *,
    views: Views = AUTO,
    power: float | None = None,
    tied: bool = True,
    spelling: Spelling = "auto",
    out: str | Path | None = None,
    keep: Iterable[str] = KEPT,
    bootstrap: int | Resampling | None = None,
    shards: int | None = None,
    recipe: Recipe | None = None,
    **options: Any,
) -> tuple[Embedding, str]:
    """What :func:`fit` makes, and why it has one view without spelling where nobody asked for that; "" otherwise."""
    options = _in_our_names(options)
    if "dim" in options and dim != DIM:
        raise InputError("dim is given twice, once as vector_size: give it once")
    if "threads" in options and resources.current().threads is not None:
        raise InputError("threads is given twice, once as workers: give it once")
    dim, threads = options.pop("dim", dim), options.pop("threads", None)
    given, recipe = options, recipe or Recipe()
    before, recipe = recipe, recipe.with_options(**given)
    is_open = isinstance(views, str) and views == AUTO
    looked = tuple(before.seen(view, given) for view in views_of(TEXT if is_open else views))
    _check_early(dim, POWER if power is None else power, shards)
    resampling = _resampling(bootstrap, recipe.solver.seed, out)
    require_spelling(spelling)
    if spelling is True and not tied:
        raise InputError("two matrices foretell counts by their products, which spelling would spoil: use tied=True")
    plain = why_plain(recipe.window, tied=tied)
    if looked and not is_open:
        refuse_plain(looked, recipe.window, tied=tied, bootstrapped=resampling is not None)
    documents = as_documents(source, reading=recipe.reading, tokenizer=recipe.tokenizer)
    import_beside(*SOON)
    with (
        resources.using(threads=threads),
        Draft(out, _kept(keep, out, resampling), anew=True) as save,
        resources.using(scratch=save.scratch),
    ):
        corpus = encode(documents, selection=recipe.selection)
        corpus = join_phrases(corpus, recipe.phrases, selection=recipe.selection)
        save(corpus)
        drawn_from = None if resampling is None else _enough(corpus, resampling)
        plain = plain or (why_plain_here(corpus) if is_open or spelling == "auto" else "")
        looked = () if plain and is_open else looked
        spelling = False if plain and spelling == "auto" else spelling
        if looked:
            import_beside("solve2vec.kernels.bfloat16.pairs")
            how: dict[str, Any] = {"solver": recipe.solver, "keep": save.kept, "shards": shards, "save": save}
            joined, parts = embed_views(corpus, looked, dim, power=JOINED_POWER if power is None else power, **how)
            made = save(spell(joined, spelling=spelling) if spelling else joined)
            if resampling is not None:
                wide = next(spectrum for view, spectrum in parts if not view.is_second_order)
                save(resample(corpus, wide, made, resampling, views=parts))
            return made, plain
        plan = plan_for(
            recipe.formula, len(corpus.vocabulary), dim, tied=tied, solver=recipe.solver, keep=save.kept, shards=shards
        )
        if plan.method == "rounded":
            import_beside("solve2vec.kernels.bfloat16.pairs")  # small texts need it not
        target = target_of(corpus, recipe.window, recipe.formula, plan, save=save)
        del corpus
        spectrum = save(solve(target, dim, tied=tied, solver=recipe.solver, plan=plan))
        embedding = embed(spectrum, power=POWER if power is None else power)
        embedding = save(spell(embedding, spelling=spelling) if spelling else embedding)
        if resampling is not None and drawn_from is not None:
            del target
            save(resample(drawn_from, spectrum, embedding, resampling))
        return embedding, plain


def _kept(keep: Iterable[str], out: str | Path | None, resampling: Resampling | None) -> tuple[str, ...]:
    """The names of the stages to save; refuse those that are not made."""
    keep = (keep,) if isinstance(keep, str) else tuple(keep)
    made = [name for name in FITTED if name != "bootstrap" or resampling is not None]
    if out is not None and not keep:
        raise InputError(f"keep names no stage, so nothing would be saved; stages: {', '.join(made)}")
    for name in keep:
        if name not in made:
            way_out = "give the number of replicates too, or leave it out" if name == "bootstrap" else ""
            raise InputError(f"there is no stage {name!r} to keep; {way_out or 'stages: ' + ', '.join(made)}")
    if "spectrum" in keep:  # that of each view
        keep = (*keep, "spectrum-narrow")
    return keep if resampling is None else (*keep, "bootstrap")


def _enough(corpus: Corpus, resampling: Resampling) -> Corpus:
    """The corpus, if it has documents to draw: before the count, not after the solve."""
    require_documents(corpus, resampling.shards)
    return corpus


def _resampling(asked: int | Resampling | None, seed: int, out: str | Path | None) -> Resampling | None:
    if asked is None:
        return None
    if out is None:
        raise InputError("a bootstrap is saved in a run folder: give out=…, or call resample on the stages")
    return asked if isinstance(asked, Resampling) else Resampling(replicates=asked, seed=seed)


def _check_early(dim: int, power: float, shards: int | None) -> None:
    """Refuse what a later stage would refuse, before hours of work rather than after them."""
    require_positive(dim=dim)
    FINITE("power", power)
    if shards is not None:
        require_positive(shards=shards)
