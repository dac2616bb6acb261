"""Commands that ask: modes, neighbors, analogies."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ..core.errors import InputError
from ..core.printing import printable
from ..core.stage import is_stage
from ..embedding.strings import Shares, Unknown
from ..embedding.view import ViewName
from ..evaluation.answering import Method
from ..run import Run, find_stage, load_embedding
from . import report

if TYPE_CHECKING:
    from ..embedding.embedding import Embedding
    from ..spectrum.spectrum import Spectrum
    from ..uncertainty import Bootstrap, Neighbor

Json = Annotated[bool, Parameter(help="Report as JSON.", negative="")]
Source = Annotated[Path, Parameter(help="A run, a stage, or a file of vectors.")]
Intervals = Annotated[bool | None, Parameter(help="Show intervals; by default if the run was fitted with --bootstrap.")]
ContextsOnly = Annotated[bool, Parameter(help="Leave out what spelling adds to vectors.", negative="")]
CONFIDENCE = 0.95
Confidence = Annotated[float | None, Parameter(help="The share of texts whose interval is to hold; 0.95.")]


def modes(
    run: Annotated[Path, Parameter(help="A run that has a spectrum, or a spectrum.")],
    /,
    *,
    modes: Annotated[int, Parameter(name=["--modes", "-k"], help="How many modes, strongest first.")] = 10,
    words: Annotated[int, Parameter(name=["--words", "-n"], help="How many words at each end.")] = 8,
    view: Annotated[ViewName, Parameter(help="Whose modes, in a run that has two views.")] = "wide",
    rotated: Annotated[bool, Parameter(help="Turn them: few words stand out along each.", negative="")] = False,
    intervals: Intervals = None,
    confidence: Confidence = None,
    json: Json = False,
) -> None:
    """What each mode means: its strength, and the words at its two ends."""
    from ..spectrum.spectrum import Spectrum

    for name, value in (("modes", modes), ("words", words)):
        if value < 1:
            raise InputError(f"--{name} must be at least 1, got {value}")
    if rotated:
        if intervals or confidence is not None:
            raise InputError("rotated axes have no intervals: leave out --rotated, or --intervals and --confidence")
        from .axes import tell_axes

        tell_axes(load_embedding(run), modes, words, json)
        return
    spectrum = Spectrum.load(find_stage(run, "spectrum" if view == "wide" else "spectrum-narrow"))
    rows: list[dict[str, Any]] = [
        {"mode": k, "eigenvalue": float(spectrum.eigenvalues[k]), "residual": float(spectrum.residuals[k]),
         **dict(zip(("positive", "negative"), spectrum.mode_words(k, words), strict=True))}
        for k in range(min(modes, len(spectrum)))
    ]  # fmt: skip
    bootstrap = _bootstrap_of(run, intervals, confidence, spectrum)
    if bootstrap is not None:
        for row, mode in zip(rows, bootstrap.modes(confidence=confidence or CONFIDENCE), strict=False):
            row |= {name: value for name, value in mode._asdict().items() if name != "eigenvalue"}
    if json:
        report.as_json({"modes": rows})
    else:
        _tell_modes(rows)


def _tell_modes(rows: list[dict[str, Any]]) -> None:
    if "low" in rows[0]:
        report.table(
            ("mode", "λ", "interval", "comes back", "one end", "the other"),
            [(r["mode"], f"{r['eigenvalue']:.1f}", f"{r['low']:.1f} … {r['high']:.1f}", _comes_back(r),
              " ".join(r["positive"]), " ".join(r["negative"])) for r in rows],
            right=(0, 1, 2, 3),
        )  # fmt: skip
        return
    report.table(
        ("mode", "λ", "one end", "the other"),
        [(r["mode"], f"{r['eigenvalue']:.1f}", " ".join(r["positive"]), " ".join(r["negative"])) for r in rows],
        right=(0, 1),
    )


def _comes_back(row: dict[str, Any]) -> str:
    """How much of the mode the replicates have; and where it mixes, with how many, and what they have of all these."""
    others = len(row["group"]) - 1
    alone = f"{row['overlap']:.0%}"
    return f"{alone}, {row['group_overlap']:.0%} with {others} more" if others else alone


def neighbors(
    run: Source,
    words: Annotated[list[str], Parameter(help="Words to ask for.")],
    /,
    *,
    n: Annotated[int, Parameter(name=["--n", "-n"], help="How many neighbors.")] = 10,
    contexts_only: ContextsOnly = False,
    views: Annotated[bool, Parameter(help="Show the cosine in each view of the run.", negative="")] = False,
    similarity: Annotated[
        float | None,
        Parameter(help="Join the run's views again, with this share, 0 … 1, of the view of words to replace."),
    ] = None,
    intervals: Intervals = None,
    confidence: Confidence = None,
    json: Json = False,
) -> None:
    """The nearest words by cosine; of a word without a vector, those that its spelling is near to."""
    if views or similarity is not None:
        if intervals or confidence is not None:
            raise InputError("several views have no intervals: leave out --views and --similarity, or --intervals")
        _tell_views(Run(run), words, n, similarity, contexts_only, views, json)
        return
    embedding = load_embedding(run)
    bootstrap = _bootstrap_of(run, intervals, confidence, embedding)
    if bootstrap is None:
        embedding = embedding.contexts if contexts_only else embedding
        nearest = {word: embedding.neighbors(word, n, unknown=_unknown(embedding)) for word in words}
        _tell(nearest, json, _sources(embedding, words))
        return
    for word in words:
        embedding.vocabulary.require(word)  # the helpful error is that of all words
    confidence = confidence or CONFIDENCE
    results = {word: bootstrap.neighbors(word, n, confidence=confidence) for word in words}
    if json:
        found = [{"query": query, "words": [_as_json(near) for near in best]} for query, best in results.items()]
        report.as_json({"results": found})
        return
    for query, best in results.items():
        rows = [(b.word, f"{b.cosine:.3f}", f"{b.low:.3f} … {b.high:.3f}", f"{b.share:.0%}") for b in best]
        report.table(("word", "cosine", f"{confidence:.0%} interval", "comes back"), rows, right=(1, 2, 3), title=query)


def _tell_views(
    run: Run, words: list[str], n: int, similarity: float | None, contexts_only: bool, shown: bool, json: bool
) -> None:
    """Neighbors where views are joined, again if they shall weigh otherwise, and the cosine in each."""
    from ..embedding.joining import join, similarity_in, with_share
    from ..embedding.spelled import spell

    parts, embedding = run.views(), run.embedding
    if similarity is not None:
        power = embedding.lineage.values_of("join")["power"]
        weighted = with_share(parts, similarity)
        modes = sum(len(spectrum) for view, spectrum in weighted if view.weight)
        joined = join(weighted, dim=min(embedding.dim, modes), power=power)
        embedding = joined if embedding.subwords is None or contexts_only else spell(joined)
    elif contexts_only:
        embedding = embedding.contexts
    results = {word: embedding.neighbors(word, n) for word in words}
    if not shown:
        _tell(results, json, _sources(embedding, words))
        return
    found = {
        query: [(word, cosine, similarity_in(parts, query, word)) for word, cosine in best]
        for query, best in results.items()
    }
    if json:
        report.as_json(
            {"results": [{"query": query, "words": [{"word": word, "similarity": cosine, "views": each}
                                                    for word, cosine, each in best]} for query, best in found.items()]}
        )  # fmt: skip
        return
    names = [view.name for view, _ in parts]
    for query, best in found.items():
        rows = [(word, f"{cosine:.3f}", *(f"{each[name]:.3f}" for name in names)) for word, cosine, each in best]
        report.table(("word", "cosine", *names), rows, right=range(1, 2 + len(names)), title=query)


def _as_json(near: Neighbor) -> dict[str, Any]:
    return {"word": near.word, "similarity": near.cosine, "low": near.low, "high": near.high, "share": near.share}


def _bootstrap_of(
    run: Path, wanted: bool | None, confidence: float | None, stage: Embedding | Spectrum
) -> Bootstrap | None:
    """The bootstrap of a run, if it has one that belongs to ``stage`` and intervals are wanted.

    They are where a confidence is named.

    Raises
    ------
    InputError
        If intervals were asked for by name and there are none.
    """
    if wanted is False:
        if confidence is not None:
            raise InputError("--confidence is that of intervals: leave it out, or --no-intervals")
        return None
    wanted = wanted or confidence is not None
    held = Run(run).bootstrap if not is_stage(run) and "bootstrap" in Run(run) else None
    if held is not None and held.is_of(stage):
        return held
    if wanted:
        why = "no bootstrap" if held is None else "a bootstrap of other vectors, made before they were solved again"
        raise InputError(f"{run} has {why}, so there are no intervals: fit it with --bootstrap 20")
    return None


def analogy(
    run: Source,
    a: str,
    b: str,
    c: str,
    /,
    *,
    n: Annotated[int, Parameter(name=["--n", "-n"], help="How many answers.")] = 5,
    method: Annotated[Method, Parameter(help="3CosAdd or 3CosMul.")] = "add",
    contexts_only: ContextsOnly = False,
    json: Json = False,
) -> None:
    """A is to B as C is to …? The three given words are left out of the answer; one without a vector is spelled out."""
    embedding = load_embedding(run)
    embedding = embedding.contexts if contexts_only else embedding
    found, query = embedding.analogy(a, b, c, n, method=method, unknown=_unknown(embedding)), f"{a} : {b} = {c} : ?"
    spelled = ", ".join(word for word in (a, b, c) if word not in embedding)
    _tell(
        {query: found},
        json,
        {query: (f"{printable(spelled)} from spelling alone", {"spelled": spelled})} if spelled else {},
    )


def _unknown(embedding: Embedding) -> Unknown:
    """A word without a row is spelled out where that can be; elsewhere the error helps to find it."""
    return "error" if embedding.subwords is None else "subword"


def _sources(embedding: Embedding, words: list[str]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Where the vector of each word comes from, for people and for programs; nothing where all is context."""
    if embedding.subwords is None:
        return {}
    shares = {word: embedding.shares(word) if word in embedding else Shares(0.0, 1.0) for word in words}
    return {
        word: (
            f"{share.contexts:.0%} contexts, {share.spelling:.0%} spelling"
            if word in embedding
            else "no vector of its own: from spelling alone",
            share._asdict(),
        )
        for word, share in shares.items()
    }


def _tell(
    found: dict[str, list[tuple[str, float]]], json: bool, sources: Mapping[str, tuple[str, dict[str, Any]]]
) -> None:
    if json:
        results = [
            {"query": query, **sources.get(query, ("", {}))[1],
             "words": [{"word": word, "similarity": value} for word, value in best]}
            for query, best in found.items()
        ]  # fmt: skip
        report.as_json({"results": results})
        return
    for query, best in found.items():
        report.table(("word", "cosine"), [(word, f"{value:.3f}") for word, value in best], right=(1,), title=query)
        if query in sources:
            print(f"{printable(query)}: {sources[query][0]}")
