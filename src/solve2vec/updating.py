"""Updating: a run of texts that come and go, fitted again by its own options, and how far its words moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from .cooccurrence.window import Window
from .core.errors import FolderError, InputError, did_you_mean
from .core.resources import with_resources
from .core.stage import Lineage
from .corpus.corpus import VocabularyOptions
from .corpus.phrases import Phrases
from .embedding.embedding import Embedding
from .embedding.joining import JoinedEmbedding
from .embedding.view import VIEWS, View
from .linalg.search import unit_rows
from .recipe import Recipe, fitted
from .run import FITTED, Run
from .spectrum.solver import Solver
from .target.formula import Formula
from .text.documents import ReadingOptions, read
from .text.files import STDIN, find_files
from .text.tokenizer import Tokenizer
from .uncertainty import Resampling


@dataclass(frozen=True, eq=False)
class Update:
    """What an update made of a run.

    Attributes
    ----------
    embedding : Embedding
        The new one.
    texts : tuple of str
        The files that the run is of now.
    new, gone : tuple of str
        Words that came to have a row, and that have none any more, the most frequent first.
    words : tuple of str
        Those that have one before and after, in the order of the new vocabulary.
    moves : (n,) float64
        1 - the cosine of each one's vector before and after, the old space turned onto the new one (orthogonal
        Procrustes over all these words).
    """

    embedding: Embedding
    texts: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    words: tuple[str, ...]
    moves: np.ndarray

    @property
    def median(self) -> float:
        """The median move; nan where no word stayed."""
        return float(np.median(self.moves)) if len(self.moves) else float("nan")

    def most_moved(self, n: int = 10) -> list[tuple[str, float]]:
        """The words that moved most, the farthest first; of equal ones the more frequent."""
        order = np.argsort(-self.moves, kind="stable")[:n]
        return [(self.words[place], float(self.moves[place])) for place in order]


@with_resources
def update(
    run: str | Path | Run,
    *,
    add: str | Path | Iterable[str | Path] = (),
    remove: str | Path | Iterable[str | Path] = (),
    threads: int | None = None,
    memory: int | str | None = None,
) -> Update:
    r"""Fit a run again on its texts, with some more and without some, by all of its own options.

    The run has, to the last bit, what ``fit`` makes of these texts at once: words that reach ``min_count`` now have a
    row, and those that fall below it lose theirs.  All texts are read again, which takes a tenth of the time; counts of
    some alone could not say how often words were met that had no row.  The run is replaced in one step.

    Parameters
    ----------
    run : path or Run
        Of ``fit``, from files.
    add, remove : path or iterable of paths
        Files, or folders of them; what is removed must be among the run's texts.
    threads, memory
        As for :func:`~solve2vec.fit`.

    Raises
    ------
    InputError
        If neither is given, a text is added twice or removed that is not there, or nothing would be left.
    FolderError
        If the run was not fitted from files, was trained, or was joined of views of one's own.

    Examples
    --------
    >>> import tempfile
    >>> from solve2vec import fit
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     monday, tuesday = Path(folder, "monday.txt"), Path(folder, "tuesday.txt")
    ...     _ = monday.write_text("cats chase mice\ndogs chase cats\nmice eat cheese\n" * 9)
    ...     _ = tuesday.write_text("people eat cheese\n" * 9)
    ...     _ = fit(monday, 1, out=Path(folder, "run"))
    ...     update(Path(folder, "run"), add=tuesday).new
    ('people',)
    """
    opened = run if isinstance(run, Run) else Run(Path(run))
    before = opened.embedding
    texts = _texts(opened, before.lineage, _files(add), _files(remove))
    made, _ = fitted(texts.pop("source"), out=opened.folder, keep=_kept(opened), **texts.pop("options"))
    return _compared(before, made, tuple(texts["paths"]))


def _files(given: str | Path | Iterable[str | Path]) -> list[str]:
    paths = [given] if isinstance(given, str | Path) else list(given)
    return find_files(paths) if paths else []


def _texts(run: Run, lineage: Lineage, add: list[str], remove: list[str]) -> dict[str, Any]:
    """What is to be read, and how, and all options of ``fit``."""
    values = lineage.values_of("read")
    if any(step.verb in ("train", "population_train", "factorize") for step in lineage):
        raise FolderError(f"{run.folder} was trained, and update fits in closed form: train again, with a --warm-start")
    if not values.get("paths") or STDIN in values["paths"] or "solve" not in {step.verb for step in lineage}:
        raise FolderError(f"{run.folder} was not fitted from files, to be read again: fit it from all of its text")
    if not (add or remove):
        raise InputError("nothing to add and nothing to remove: name texts with add or remove")
    paths: list[str] = list(values["paths"])
    places = {Path(path).resolve(): path for path in paths}
    for path in remove:
        if (there := places.pop(Path(path).resolve(), None)) is None:
            raise InputError(f"{path} is none of the run's texts; {did_you_mean(path, paths, 'texts')}")
        paths.remove(there)
    for path in add:
        if Path(path).resolve() in places:
            raise InputError(f"{path} is one of the run's texts already: leave it out, or remove it first")
        places[Path(path).resolve()] = path
        paths.append(path)
    if not paths:
        raise InputError(f"no text would be left of {run.folder}: delete it")
    if missing := [path for path in paths if not Path(path).exists()]:
        raise InputError(
            f"{missing[0]}, a text of {run.folder}, does not exist: go to the folder in which the run was fitted, "
            "bring it back, or remove it"
        )
    solver = _part(Solver, lineage.values_of("solve"))
    if isinstance(run.embedding, JoinedEmbedding):  # each view has a tolerance of its own
        solver = replace(solver, tolerance=Solver.tolerance)
    recipe = Recipe(
        reading=_part(ReadingOptions, values), tokenizer=_part(Tokenizer, values),
        selection=_part(VocabularyOptions, lineage.values_of("build_vocabulary")),
        phrases=_part(Phrases, lineage.values_of("join_phrases")), window=_part(Window, lineage.values_of("count")),
        formula=Formula.of_values(lineage.values_of("target")), solver=solver,
    )  # fmt: skip
    options = _options(run, lineage) | {"recipe": recipe}
    source = read(paths, reading=recipe.reading, tokenizer=recipe.tokenizer)
    return {"source": source, "paths": paths, "options": options}


def _part(kind: Any, values: dict[str, Any]) -> Any:
    """The options of one stage, as a lineage has them."""
    names = {f.name for f in fields(kind)}
    return kind(**{name: tuple(v) if isinstance(v, list) else v for name, v in values.items() if name in names})


def _options(run: Run, lineage: Lineage) -> dict[str, Any]:
    """What ``fit`` takes beside a recipe."""
    embedding = run.embedding
    tied = embedding.context_vectors is None
    options: dict[str, Any] = {"dim": embedding.dim, "tied": tied, "spelling": embedding.subwords is not None}
    if "bootstrap" in run:
        drawn = run.load("bootstrap").lineage.values_of("resample")
        options["bootstrap"] = _part(Resampling, drawn)
    if not isinstance(embedding, JoinedEmbedding):
        return options | {"views": "wide", "power": lineage.values_of("embed")["power"]}
    return options | {"views": _views(run, embedding), "power": lineage.values_of("join")["power"]}


def _views(run: Run, embedding: JoinedEmbedding) -> tuple[View, ...]:
    made = []
    for name, weight, power, order in zip(
        embedding.views, embedding.weights, embedding.powers, embedding.orders, strict=True
    ):
        if name not in VIEWS:
            raise FolderError(f"{run.folder} has a view of one's own, {name!r}, which is not saved: fit it again")
        past = run.load("spectrum-narrow" if order == 2 else "spectrum").lineage
        view: View = replace(VIEWS[name], weight=weight, power=power)
        if order == 2:
            made.append(replace(view, tolerance=past.values_of("solve_second_order")["tolerance"]))
            continue
        formula, window = Formula.of_values(past.values_of("target")), _part(Window, past.values_of("count"))
        made.append(replace(view, tolerance=past.values_of("solve")["tolerance"], formula=formula, window=window))
    return tuple(made)


def _kept(run: Run) -> tuple[str, ...]:
    """The stages that the run has, and that ``fit`` makes and keeps."""
    return tuple(name for name in FITTED if name in run and name not in ("bootstrap", "spectrum-narrow"))


def _compared(before: Embedding, after: Embedding, texts: tuple[str, ...]) -> Update:
    known = before.vocabulary.id_of
    new = tuple(word for word in after.words if word not in known)
    gone = tuple(word for word in before.words if word not in after)
    words = tuple(word for word in after.words if word in known)
    rows = [known[word] for word in words], [after.vocabulary.id_of[word] for word in words]
    old, now = (unit_rows(e.vectors[r].astype(np.float64)) for e, r in zip((before, after), rows, strict=True))
    if not len(words):
        return Update(after, texts, new, gone, words, np.zeros(0))
    left, _, right = np.linalg.svd(old.T @ now, full_matrices=False)
    moves = 1 - np.einsum("nd,nd->n", old @ (left @ right), now)
    return Update(after, texts, new, gone, words, np.maximum(moves, 0.0))
