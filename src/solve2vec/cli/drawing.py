"""Pictures of what commands found, written to files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import InputError

if TYPE_CHECKING:
    from ..dynamics import Start
    from ..evidence.change import Change
    from ..spectrum.spectrum import Spectrum
    from ..target.target import Target
    from ..trajectory import Trajectory

LINES, BARS = 11, 12  # modes in a picture, and beside an animation
ENDINGS = (".png, .pdf or .svg", ".gif")  # of pictures, and of animations


def draw_strengths(made: Trajectory, path: Path) -> None:
    """The strengths of the first modes against time."""
    from ..plots import caption, plot_strengths

    ax = plot_strengths(made, modes=LINES)
    ax.set_title(caption(made), fontsize="medium", loc="left", parse_math=False)
    save(ax.figure, path)


def draw_growth(
    made: Trajectory, spectrum: Spectrum, start: Start, target: Target | None, path: Path, *,
    words: Sequence[str], frames: int,
) -> None:  # fmt: skip
    """The growing space as an animation."""
    from ..dynamics import growth_frames
    from ..plots import animate_growth, caption

    tokens = _tokens(spectrum, words)
    times, places, strengths = growth_frames(made, spectrum, start, tokens, frames=frames, target=target)
    names, K = [spectrum.vocabulary.words[token] for token in tokens], min(BARS, strengths.shape[1])
    moving = animate_growth(times, places, names, strengths[:, :K], made.eigenvalues[:K], title=caption(made))
    save(moving, path, writer="pillow")


def draw_change(found: Change, path: Path, n: int) -> None:
    """How far words moved, against how often they were seen; those that were found by name."""
    from ..plots import plot_moves

    counts, moves, limits = np.array([(min(w.counts), w.move, w.by_chance) for w in found.words]).T
    ax = plot_moves(counts, moves, limits, [(row, word.word) for row, word in enumerate(found.found[:n])])
    save(ax.figure, path)


def _tokens(spectrum: Spectrum, words: Sequence[str]) -> list[int]:
    """The rows of the given words, or of those at the ends of the first four modes."""
    named = words or [word for k in range(min(4, len(spectrum))) for end in spectrum.mode_words(k, 3) for word in end]
    return [spectrum.vocabulary.require(word) for word in dict.fromkeys(named)]


def save(drawing: Any, path: Path, **how: Any) -> None:
    """Write a figure or an animation, whole or not at all; its format follows from the ending."""
    from ..core.storage import draft_file
    from ..plots import style

    try:
        with draft_file(path) as draft:
            named = draft.with_name(draft.name + path.suffix)  # matplotlib goes by the ending
            try:
                (drawing.save if hasattr(drawing, "save") else drawing.savefig)(named, dpi=100 if how else 150, **how)
                named.replace(draft)
            finally:
                named.unlink(missing_ok=True)
    except (ValueError, KeyError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} cannot be drawn: end its name in {ENDINGS[bool(how)]}") from error
    finally:
        style.pyplot().close("all")
