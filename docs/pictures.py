"""Makes the pictures of the documentation from real runs.

modes.png     the documentation of this Python, from text to modes
learning.png  the planted corpus: learning as predicted, and as gradient descent then does it
theory.png    documentation: learning from a small start, a large start, and with word2vec's weights
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np

import solve2vec
from solve2vec.plots import plot_modes, plot_strengths
from solve2vec.training.full_batch.population import PopulationOptions, train

IMAGES = Path(__file__).parent / "images"


def main() -> None:
    """Draw all of them."""
    matplotlib.use("agg")
    modes()
    learning()
    theory()


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


def theory() -> None:
    """Predict 1,000 words from two starts, train on them, and on skip-gram's own loss; draw all three."""
    from matplotlib import pyplot

    text = solve2vec.encode(solve2vec.read(solve2vec.documentation_corpus()))
    counts = solve2vec.count(text, solve2vec.Window(16, "linear")).head(1000)
    formula = solve2vec.Formula(negatives=1, context_smoothing=0.75, shrinkage=0)
    target = solve2vec.build_target(counts, formula)
    spectrum = solve2vec.solve(target, 20)
    small, large = (PopulationOptions(dim=20, modes=20, init_scale=scale, seed=0, points=60) for scale in (1e-4, 0.3))
    weighted = replace(small, loss="logistic", points=80)
    panels = {
        "small start, σ = 0.0001": (small, {"source": target}),
        "large start, σ = 0.3": (large, {"source": target}),
        "small start, word2vec's loss": (weighted, {"source": counts, "formula": formula}),
    }
    with pyplot.rc_context({"font.size": 9, "figure.facecolor": "white"}):
        figure, axes = pyplot.subplots(1, 3, figsize=(9.6, 3.0), sharey=True, layout="constrained")
        for ax, (title, (settings, source)) in zip(axes, panels.items(), strict=True):
            run = train(settings=settings, spectrum=spectrum, **source).trajectory
            start = solve2vec.Start(init_scale=settings.init_scale, dim=20, seed=0)
            times = np.linspace(0, run.time[-1], 400)
            said = solve2vec.predict(spectrum, start, times=times, target=target)
            plot_strengths(said, run, modes=5, words=False, ax=ax)
            ax.get_legend().remove()
            ax.set(xscale="linear", xlim=(0, run.time[-1]), ylim=(0, 1.05 * spectrum.eigenvalues[0]))
            ax.set_title(title, fontsize="medium", loc="left")
            ax.label_outer()
        figure.savefig(IMAGES / "theory.png", dpi=150, metadata={"Software": None})


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
