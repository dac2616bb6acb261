"""Rotated axes, told as a table or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import report

if TYPE_CHECKING:
    from ..embedding.embedding import Embedding


def tell_axes(embedding: Embedding, axes: int, words: int, json: bool) -> None:
    """Turn an embedding's axes and tell the strongest: their words, and how much these have in common."""
    from ..embedding.rotation import coherence, rotate

    with report.working():
        made = rotate(embedding)
    alike, before = made.coherence(), float(coherence(embedding.vectors).mean())
    rows: list[dict[str, Any]] = [
        {
            "axis": k,
            "strength": float(made.strengths[k]),
            "coherence": float(alike[k]),
            "words": made.axis_words(k, words),
        }
        for k in range(min(axes, len(made)))
    ]
    if json:
        report.as_json(
            {"axes": rows, "coherence": float(alike.mean()), "coherence_before": before, "moved": made.moved}
        )
        return
    report.table(
        ("axis", "strength", "alike", "words"),
        [(r["axis"], f"{r['strength']:.1f}", f"{r['coherence']:.2f}", " ".join(r["words"])) for r in rows],
        right=(0, 1, 2),
    )
    print(f"alike: the mean cosine of ten words at an end; all axes {alike.mean():.2f}, before rotation {before:.2f}")
