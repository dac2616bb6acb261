"""Exploring: an embedding, and what is known of its modes, as a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import InputError, require_positive, require_stage
from ..run import Run
from .learning import as_json, small_start
from .page import Page
from .space import Space

if TYPE_CHECKING:
    from ..embedding.embedding import Embedding
    from ..embedding.rotation import Rotation
    from ..spectrum.spectrum import Spectrum
    from ..trajectory import Trajectory
    from ..uncertainty import Bootstrap

ENDS = 12  # words at each end of a mode
WORDS = 10_000
COMMON = 100  # words of which no neighbors would be expected


def explore(
    embedding: Embedding | Run,
    *,
    spectrum: Spectrum | None = None,
    trajectories: Sequence[Trajectory] = (),
    bootstrap: Bootstrap | None = None,
    rotation: Rotation | None = None,
    words: int = WORDS,
    title: str = "solve2vec",
) -> Page:
    """A page to look around in: what each mode means, who is near whom and by which modes, a map, and learning in time.

    It is one HTML file that loads nothing and sends nothing.  Its slider takes the first d dimensions, or the
    dimensions learned by some time, and neighbors and map follow.

    Parameters
    ----------
    embedding : Embedding or Run
        Solved ones are shown mode by mode, others along their principal axes.  Of a run all that belongs to its
        embedding is shown: spectrum, bootstrap, prediction and trajectory.
    spectrum : Spectrum, optional
        The embedding's.  With it the page predicts how it would be learned from a small start, where no prediction is
        among ``trajectories``.
    trajectories : sequence of Trajectory, optional
        Predicted or observed.
    bootstrap : Bootstrap, optional
        The embedding's: an interval for each mode's strength.
    rotation : Rotation, optional
        The embedding's: show its axes, which are easier to read, instead of modes; these have no order of learning, so
        the page is without sliders then, and without trajectories and intervals.
    words : int
        How many words the page knows, the first of the vocabulary, which of a text are the most frequent; 2 d bytes
        each.
    title : str

    Returns
    -------
    Page
        Its ``save`` writes the file.

    Raises
    ------
    InputError
        If ``words`` is below 1, or spectrum, bootstrap or rotation are not of this embedding.

    Examples
    --------
    >>> import solve2vec
    >>> texts = ["cats chase mice", "dogs chase cats", "mice eat cheese", "people eat cheese"] * 5
    >>> page = explore(solve2vec.fit(texts, dim=2), title="animals")
    >>> page.contents["ends"][0][0][0][0] in texts[0] + texts[3]
    True
    """
    if isinstance(embedding, Run):
        run, embedding = embedding, embedding.embedding
        if spectrum is None and not trajectories and bootstrap is None and rotation is None:
            spectrum, trajectories, bootstrap = _beside(run, embedding)
    require_stage("explore", embedding, "Embedding", "make one with embed(spectrum)")
    require_positive(words=words)
    space, n = Space.of(embedding), min(words, len(embedding))
    shown = list(trajectories)
    if rotation is not None:
        _require(_is_turned(rotation, embedding), "the rotation")
        space, shown, spectrum, bootstrap = Space.along(rotation), [], None, None
    if spectrum is not None:
        _require(is_embedded(spectrum, embedding), "the spectrum")
        predicted = None if any(one.model == "theory" for one in shown) else small_start(spectrum, embedding.dim)
        shown = [predicted, *shown] if predicted is not None else shown
    ends = space.ends(embedding.words, ENDS)
    counts = np.asarray(embedding.vocabulary.counts[:n])
    return Page(
        title,
        {
            "facts": _facts(embedding, spectrum, n),
            "lineage": [str(step) for step in embedding.lineage],
            "note": _NOTES[space.kind],
            "words": list(embedding.words[:n]),
            "counts": counts.tolist() if counts.any() else None,
            "first": _first(ends, embedding, n),
            "ends": ends,
            **space.as_json(n),
            **_intervals(bootstrap, embedding),
            **as_json(shown, space.strengths),
        },
    )


_NOTES = {
    "modes": "Eigenvectors of the target, strongest first; training from a small start learns them in this order. "
    "Click one. What a word has of a mode is its entry times λ^p.",
    "rotated": "The same space, turned so that few words stand far out along each axis (independent components); no "
    "angle between words is changed. Click one.",
    "axes": "Principal axes of the vectors, longest first; no angle between words is changed by them. Click one.",
}


def _facts(embedding: Embedding, spectrum: Spectrum | None, n: int) -> list[str]:
    facts = [f"{len(embedding):,} words", f"{embedding.dim:,} dimensions"]
    if embedding.vocabulary.total:
        facts.append(f"{embedding.vocabulary.total:,} tokens")
    if spectrum is not None:
        facts.append(f"largest residual {spectrum.worst_residual:.1e} of the strongest mode")
    return facts if n == len(embedding) else [*facts, f"the first {n:,} words are on this page"]


def _first(ends: list[Any], embedding: Embedding, n: int) -> int:
    """The word to begin with: at the end of a strong mode, and not one of those that every sentence has."""
    rows = (embedding.vocabulary.id_of[end[0][0]] for mode in ends for end in mode if end)
    return next((row for row in rows if min(COMMON, n // 10) <= row < n), 0)


def _intervals(bootstrap: Bootstrap | None, embedding: Embedding) -> dict[str, Any]:
    if bootstrap is None:
        return {"low": None, "high": None}
    _require(bootstrap.is_of(embedding), "the bootstrap")
    modes = bootstrap.modes()
    return {"low": [mode.low for mode in modes], "high": [mode.high for mode in modes]}


def _is_turned(rotation: Rotation, embedding: Embedding) -> bool:
    if rotation.words != embedding.words or len(rotation) != embedding.dim:
        return False
    few = np.asarray(embedding.vectors[:10], np.float64) @ rotation.matrix
    return np.allclose(rotation.vectors[:10], few, atol=1e-4 * np.abs(few).max())


def _beside(run: Run, embedding: Embedding) -> tuple[Spectrum | None, list[Trajectory], Bootstrap | None]:
    """What a run has beside its embedding, as far as it belongs to it."""
    told = {}
    if run.is_made_of("trajectory", "embedding"):
        told["trajectory"] = run.trajectory
    λ = told["trajectory"].eigenvalues if told else embedding.eigenvalues
    if "prediction" in run and λ is not None and _same_modes(run.prediction.eigenvalues, λ):
        told["prediction"] = run.prediction
    is_of_modes = embedding.eigenvalues is not None  # joined views have axes of their own
    spectrum = run.spectrum if is_of_modes and run.is_made_of("embedding", "spectrum") else None
    bootstrap = run.bootstrap if run.is_made_of("bootstrap", "embedding") else None
    return spectrum, [told[name] for name in ("prediction", "trajectory") if name in told], bootstrap


def _same_modes(λ: np.ndarray, others: np.ndarray) -> bool:
    """Whether the modes of two are the same, as far as both have them."""
    K = min(len(λ), len(others))
    return K > 0 and bool((abs(λ[:K] - others[:K]) <= 1e-6 * abs(λ[0])).all())


def is_embedded(spectrum: Spectrum, embedding: Embedding) -> bool:
    """Whether an embedding is of these modes."""
    λ = embedding.eigenvalues
    return λ is not None and np.array_equal(spectrum.eigenvalues[: len(λ)], λ)


def _require(fits: bool, what: str) -> None:
    if not fits:
        raise InputError(f"{what} is not of this embedding: leave it out, or embed its own")
