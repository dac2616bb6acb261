"""Skip-gram, the quadratic model and theory learn the same modes in the same order: after Figure 2 of
arXiv:2502.09863, which has one matrix, 10,000 words and 200 dimensions; here two matrices, 2,000 words and 50.

Three rows: SGNS trained on the text (logistic loss, word2vec's sampling), the quadratic model trained on the text with
every pair weighed alike, and the closed form from the very numbers that training began with.  Two columns: a tiny
start, and word2vec's own.  One pass over the text, one negative; words outside the vocabulary keep their place.
"""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
from workshop import claim, save_figure, wikipedia, wikipedia_counts

from solve2vec import (
    Comparison,
    Cooccurrence,
    Corpus,
    Formula,
    TrainingOptions,
    Window,
    build_target,
    compare,
    count,
    planted_corpus,
    predict,
    quadratic,
    sgns,
    solve,
)
from solve2vec.plots import style
from solve2vec.training.sampled.weights import start

V = 2_000
WINDOW = Window(16, "linear")
TINY = 1e-4
MODES, DRAWN = 20, 8
SGNS_RATE, QUADRATIC_RATE = 0.025, 0.01
WORD2VEC = TrainingOptions(dim=50, epochs=1, negatives=1, closed_gaps=False, points=240)


def trained(
    corpus: Corpus, counts: Cooccurrence, settings: TrainingOptions, sgns_rate: float, rate: float
) -> list[Comparison]:
    """SGNS and the quadratic model with their learning rates, each laid over what theory says of the start."""
    formula = Formula(
        negatives=settings.negatives, context_smoothing=settings.context_smoothing, subsample=settings.subsample,
        shrinkage=0.0, symmetric=False,
    )  # fmt: skip
    target = build_target(counts, formula)
    spectrum = solve(target, MODES, tied=False)
    own = replace(settings, learning_rate=sgns_rate)
    # weighing each pair by how rarely it is drawn allows smaller steps only, and so takes twice as long
    even = replace(
        settings, learning_rate=rate, final_learning_rate=0.3 * rate, epochs=2 * settings.epochs, skip_center=False
    )
    runs = (
        sgns.train(corpus, own, window=WINDOW, spectrum=spectrum),
        quadratic.train(corpus, even, window=WINDOW, spectrum=spectrum, counts=counts, reweighted=True),
    )
    W, U = start(corpus.vocabulary, settings).rows()
    end = max(run.trajectory.time[-1] for run in runs)
    theory = predict(spectrum, (W, U), times=np.linspace(0, end, 400), target=target)
    return [compare(theory, run.trajectory) for run in runs]


def told(comparison: Comparison) -> dict[str, object]:
    """What is kept of a comparison."""
    halves = [mode.ratio for mode in comparison.risen]
    return {
        "modes_risen": len(comparison.risen),
        "order_agreement": comparison.order_agreement and round(comparison.order_agreement, 3),
        "median_half_way_as_a_multiple_of_the_predicted": round(float(np.median(halves)), 3) if halves else None,
        "median_r_squared": comparison.median_r_squared and round(comparison.median_r_squared, 3),
        "overlap_with_the_modes_at_the_end": round(comparison.final_overlap, 3),
        "flow_time_at_the_end": round(float(comparison.observed.time[-1]), 4),
    }


def planted() -> tuple[Corpus, Cooccurrence]:
    """Text of a small world, where each pair within a document is drawn from a known joint."""
    world = planted_corpus()
    corpus = Corpus.from_ids(*world.token_ids(60_000, length=50, seed=1), world.words)
    return corpus, count(corpus, WINDOW)


def draw(columns: list[list[Comparison]]) -> None:
    """Strengths along the leading modes, model by model and start by start."""
    titles = ("SGNS: logistic loss, word2vec's sampling", "quadratic model, all pairs weighed alike", "theory")
    figure, axes = style.pyplot().subplots(3, 2, figsize=(11.5, 9.8), sharex="col", layout="constrained")
    for at, pair in enumerate(columns):
        for row, trajectory in enumerate((pair[0].observed, pair[1].observed, pair[0].predicted)):
            ax = axes[row, at]
            for k in range(DRAWN):
                shade = (style.DARK, style.MIDDLE)[k % 2]
                ax.plot(trajectory.time, trajectory.strengths[:, k], color=shade, linestyle=("-", "--")[k == 0])
            for τ in pair[0].predicted.half_way()[:DRAWN]:
                ax.axvline(τ, color=style.LINE, linewidth=0.9, zorder=0)
            ax.set_title(titles[row], fontsize="medium", loc="left")
            ax.set_ylabel("strength $s_k^2$")
            style.plain(ax)
        axes[0, at].set_title(
            f"{('tiny start, σ = 0.0001', 'start of word2vec')[at]}\n{titles[0]}", fontsize="medium", loc="left"
        )
        axes[2, at].set_xlim(0, min(one.observed.time[-1] for one in pair))
        axes[2, at].set_xlabel("time (gradient flow); upright lines: predicted half-way times")
    figure.suptitle(
        f"Strength of the {DRAWN} leading modes while training on Wikipedia (2,000 words, d = 50; dashed: mode 0, "
        "whose eigenvalue is negative)",
        fontsize="medium",
    )
    save_figure(figure, "three_rows")


def main() -> None:
    """Train, compare, draw."""
    with claim("three_rows", "SGNS and the quadratic model learn the modes that theory names, in its order") as found:
        corpus, counts = planted()
        settings = replace(WORD2VEC, dim=20, init_scale=TINY, subsample=None, context_smoothing=1.0)
        pair = trained(corpus, counts, settings, 0.01, 0.001)
        found |= {f"planted, σ = {TINY:g}: {one.observed.model}": told(one) for one in pair}
        columns = []
        for σ in (TINY, None):
            settings = replace(WORD2VEC, init_scale=σ)
            columns.append(trained(wikipedia(V), wikipedia_counts(10_000).head(V), settings, SGNS_RATE, QUADRATIC_RATE))
            start_name = "start of word2vec" if σ is None else f"σ = {σ:g}"
            found |= {f"enwiki105, {start_name}: {one.observed.model}": told(one) for one in columns[-1]}
        found["settings of enwiki105"] = asdict(WINDOW) | {
            "words": V, "dim": WORD2VEC.dim, "negatives": 1, "context_smoothing": WORD2VEC.context_smoothing,
            "subsample": WORD2VEC.subsample, "sgns": f"learning rate {SGNS_RATE}, 1 epoch",
            "quadratic": f"learning rate {QUADRATIC_RATE}, 2 epochs",
        }  # fmt: skip
        draw(columns)


if __name__ == "__main__":
    main()
