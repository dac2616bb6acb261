"""Makes the pictures of the documentation from real runs.

modes.png     the documentation of this Python, from text to modes
learning.png  the planted corpus: learning as predicted, and as gradient descent then does it
"""

from __future__ import annotations

from pathlib import Path

import matplotlib

import solve2vec
from solve2vec.plots import plot_modes, plot_strengths
from solve2vec.training.full_batch.population import PopulationOptions, train

IMAGES = Path(__file__).parent / "images"


def main() -> None:
    """Draw all of them."""
    matplotlib.use("agg")
    modes()
    learning()


def learning() -> None:
    """Predict the planted corpus from its known M*, train on it, draw both."""
    world = solve2vec.planted_corpus()
    target = solve2vec.Target.from_array(world.mstar(), world.words)
    spectrum = solve2vec.solve(target, 11)
    run = train(
        target, PopulationOptions(dim=20, init_scale=1e-4, modes=11, seed=0, points=70), spectrum=spectrum
    ).trajectory
    start = solve2vec.Start(init_scale=1e-4, dim=20, seed=0)
    predicted = solve2vec.predict(spectrum, start, target=target)
    ax = plot_strengths(predicted, run, modes=11)
    ax.figure.savefig(IMAGES / "learning.png", dpi=150, metadata={"Software": None})


def modes() -> None:
    """Solve, draw ten modes, write the picture."""
    from matplotlib import pyplot

    options = {"document": "blank-line", "token_pattern": "letters"}
    counts = solve2vec.count(_encoded(**options))
    spectrum = solve2vec.solve(solve2vec.mstar(counts), 100)
    with pyplot.rc_context({"font.size": 9, "figure.facecolor": "white"}):
        figure, ax = pyplot.subplots(figsize=(8.4, 3.5), layout="constrained")
        plot_modes(spectrum, modes=10, words=5, ax=ax)
        figure.get_layout_engine().set(w_pad=0.12, h_pad=0.08)
        figure.savefig(IMAGES / "modes.png", dpi=200, metadata={"Software": None})


def _encoded(document: str, token_pattern: str) -> solve2vec.Corpus:
    text = solve2vec.read(
        solve2vec.documentation_corpus(),
        reading=solve2vec.ReadingOptions(document=document),
        tokenizer=solve2vec.Tokenizer(token_pattern=token_pattern),
    )
    return solve2vec.encode(text)


if __name__ == "__main__":
    main()
