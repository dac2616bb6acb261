"""Makes the README's picture from a real run: the documentation of this Python, from text to modes."""

from __future__ import annotations

from pathlib import Path

import matplotlib

import solve2vec
from solve2vec.plots import plot_modes

PICTURE = Path(__file__).parent / "images" / "modes.png"


def main() -> None:
    """Solve, draw ten modes, write the picture."""
    matplotlib.use("agg")
    from matplotlib import pyplot

    options = {"document": "blank-line", "token_pattern": "letters"}
    counts = solve2vec.count(_encoded(**options))
    spectrum = solve2vec.solve(solve2vec.mstar(counts), 100)
    with pyplot.rc_context({"font.size": 9, "figure.facecolor": "white"}):
        figure, ax = pyplot.subplots(figsize=(8.4, 3.5), layout="constrained")
        plot_modes(spectrum, modes=10, words=5, ax=ax)
        figure.get_layout_engine().set(w_pad=0.12, h_pad=0.08)
        figure.savefig(PICTURE, dpi=200, metadata={"Software": None})


def _encoded(document: str, token_pattern: str) -> solve2vec.Corpus:
    text = solve2vec.read(
        solve2vec.documentation_corpus(),
        reading=solve2vec.Reading(document=document),
        tokenizer=solve2vec.Tokenizer(token_pattern=token_pattern),
    )
    return solve2vec.encode(text)


if __name__ == "__main__":
    main()
