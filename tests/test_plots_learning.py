"""Pictures of learning show the numbers they were given, and words as words."""

from dataclasses import replace

import numpy as np
import pytest

from solve2vec.core.errors import InputError
from solve2vec.core.stage import Lineage
from solve2vec.dynamics.growth import aligned_strengths
from solve2vec.trajectory import Trajectory

pytest.importorskip("matplotlib")
from solve2vec import plots

λ = np.array([5.0, 4.9, 4.8, 1.0])
NAMES = ("$\\frac{1}{ a$b$ \x1b[2J", "b c d", "e f g", "plain")


@pytest.fixture(autouse=True)
def without_a_screen():
    from matplotlib import pyplot

    pyplot.switch_backend("agg")
    yield
    pyplot.close("all")


def trajectory(model="theory", points=60, **fields):
    time = np.r_[0.0, np.geomspace(0.2, 20, points)]
    strengths = aligned_strengths(λ, np.full(4, 1e-6), time)
    return Trajectory(model=model, time=time, loss=50 - (strengths @ λ), strengths=strengths, eigenvalues=λ,
                      mode_names=NAMES, singular_values=np.sqrt(strengths), **fields)  # fmt: skip


def drawn(ax):
    ax.figure.canvas.draw()
    return ax


def data(ax):
    """What lines of more than two points show."""
    return [line.get_xydata() for line in ax.lines if len(line.get_xydata()) > 2]


def test_strengths_are_lines_where_predicted_and_circles_where_observed():
    theory, run = trajectory(), trajectory("run", points=20)
    ax = drawn(plots.plot_strengths(theory, run, modes=2))
    assert len(data(ax)) == 4
    for k in range(2):
        line, circles = data(ax)[2 * k : 2 * k + 2]
        assert np.array_equal(line, np.column_stack([theory.time, theory.strengths[:, k]])[1:])
        assert np.array_equal(circles, np.column_stack([run.time, run.strengths[:, k]])[1:])
    looks = [(line.get_linestyle(), line.get_marker()) for line in ax.lines if len(line.get_xydata()) > 2]
    assert looks[:2] == [("-", "None"), ("None", "o")]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["theory", "run"]


def test_labels_of_modes_are_apart_and_verbatim():
    ax = drawn(plots.plot_strengths(trajectory()))
    boxes = [text.get_window_extent() for text in ax.texts]
    assert len(boxes) == 4 and not any(a.overlaps(b) for at, a in enumerate(boxes) for b in boxes[:at])
    assert ax.texts[0].get_text() == "0  $\\frac{1}{ a$b$ \\x1b[2J" and not ax.texts[0].get_parse_math()
    assert [text.get_text() for text in plots.plot_strengths(trajectory(), words=False).texts] == list("0123")


def test_loss_is_drawn_from_one_to_zero_at_the_last_common_moment():
    theory, run = trajectory(), trajectory("run")
    short = Trajectory(model="run", time=run.time[:40], loss=7 * run.loss[:40], strengths=run.strengths[:40],
                       eigenvalues=λ)  # fmt: skip
    line, circles = data(drawn(plots.plot_loss(theory, short)))
    assert circles[-1, 1] == pytest.approx(0) and line[38, 1] == pytest.approx(0)
    assert np.allclose(line[:39], circles)


def test_a_loss_needs_no_modes():
    """As of plain training; beside a prediction, too."""
    whole = trajectory("sgns")
    bare = replace(whole, strengths=np.zeros((61, 0)), eigenvalues=np.zeros(0))
    assert np.array_equal(data(drawn(plots.plot_loss(observed=bare)))[0], data(drawn(plots.plot_loss(whole)))[0])
    assert len(data(drawn(plots.plot_loss(whole, bare)))) == 2
    with pytest.raises(InputError, match=r"nothing to draw: give a trajectory$"):
        plots.plot_loss()


def test_half_way_times_of_equal_runs_lie_on_the_line():
    ax = drawn(plots.plot_half_way(trajectory(), trajectory("run")))
    points = ax.lines[1].get_xydata()
    assert len(points) == 4 and np.array_equal(points[:, 0], points[:, 1])


def test_a_comparison_is_four_pictures_under_what_was_drawn():
    lineage = Lineage().then("train", init_scale=1e-3, dim=7)
    axes = plots.plot_comparison(trajectory(), trajectory("run", lineage=lineage))
    assert axes.shape == (2, 2) and drawn(axes[0, 0]).figure is axes[1, 1].figure
    assert axes[0, 0].figure.get_suptitle() == "theory\nrun: σ = 0.001, d = 7"
    assert len(data(axes[1, 1])) == 4  # singular values, where there is no overlap
    held = trajectory("run", overlap=np.linspace(0, 1, 61))
    assert np.array_equal(data(plots.plot_comparison(trajectory(), held)[1, 1])[0][:, 1], held.overlap[1:])


def test_a_caption_says_how_learning_starts_and_from_what():
    pairs = Lineage().then("count", size=5, weighting="linear")
    target = pairs.then("target", kind="mstar", shrinkage=0.0, negatives=5.0, context_smoothing=0.75, subsample=1e-3)
    start = {"init_scale": 1e-4, "dim": 10, "tied": True, "seed": 0}
    formula = "M*, κ = 0, k = 5, α = 0.75, subsampling = 0.001, linear window 5"
    for verb, more, said in [
        ("population_train", {}, "σ = 0.0001, d = 10, seed 0"),
        ("population_train", {"start": "aligned"}, "along the modes, σ = 0.0001, d = 10"),
        ("population_train", {"warm_start": True}, "a given start, d = 10"),
        ("predict", {"given": True, "seed": None}, "a given start, d = 10"),
        ("predict", {"method": "aligned"}, "σ = 0.0001, d = 10, seed 0 · each mode by itself"),
        ("predict", {"tied": False}, "σ = 0.0001, d = 10, two matrices, seed 0"),
    ]:
        assert plots.caption(trajectory(lineage=target.then(verb, **start | more))) == f"theory: {said} · {formula}"
    drawn = {"negatives": 5, "context_smoothing": 0.75, "subsample": None, "size": 3, "weighting": "flat"}
    caption = plots.caption(trajectory(lineage=Lineage().then("train", init_scale=None, dim=10, seed=0, **drawn)))
    assert caption == "theory: d = 10, seed 0 · k = 5, α = 0.75, flat window 3"


def test_what_a_trajectory_lacks_is_told():
    bare = Trajectory(model="x", time=np.arange(3.0), loss=np.zeros(3), strengths=np.zeros((3, 0)),
                      eigenvalues=np.zeros(0))  # fmt: skip
    with pytest.raises(InputError, match="nothing to draw"):
        plots.plot_strengths(bare)
    with pytest.raises(InputError, match="no overlap"):
        plots.plot_overlap(trajectory())
    with pytest.raises(InputError, match="no singular values"):
        plots.plot_singular_values(bare)
    with pytest.raises(InputError, match="at least 1"):
        plots.plot_strengths(trajectory(), modes=0)


def test_labels_are_spread_by_hand():
    from solve2vec.plots.style import spread

    assert spread([0.0, 1.0], 0.1) == [0.0, 1.0]
    assert spread([0.5, 0.5, 0.5], 0.1) == pytest.approx([0.4, 0.5, 0.6])
    many = spread([0.30, 0.31, 0.52, 0.1], 0.2)
    assert sorted(many) == [many[3], many[0], many[1], many[2]] and np.diff(sorted(many)).min() > 0.2 - 1e-12


def test_an_animation_moves_words_and_bars_within_fixed_limits(tmp_path):
    from PIL import Image

    positions = np.linspace(0, 1, 5)[:, None, None] * np.array([[1.0, 2.0], [-1.0, 0.5]])
    strengths = np.linspace(0, 1, 5)[:, None] * λ
    made = plots.animate_growth(np.arange(5.0), positions, ["$x$", "y"], strengths, λ, title="t")
    made.save(tmp_path / "grow.gif", writer="pillow", dpi=40)
    with Image.open(tmp_path / "grow.gif") as image:
        assert image.n_frames == 5
    plane, bars = made._fig.axes
    limits = plane.get_xlim(), plane.get_ylim(), bars.get_xlim()
    for frame in (0, 3):
        made._func(frame)
        assert np.array_equal(plane.collections[0].get_offsets(), positions[frame])
        assert [label.xy for label in plane.texts] == [tuple(place) for place in positions[frame]]
        assert [bar.get_width() for bar in bars.patches[4:]] == strengths[frame].tolist()
        assert (plane.get_xlim(), plane.get_ylim(), bars.get_xlim()) == limits


def test_words_in_an_animation_do_not_touch_at_the_end():
    places = np.random.default_rng(0).normal(size=(14, 2))
    places[1] = places[0] + 0.01
    made = plots.animate_growth([0.0], places[None], [f"word{k}" for k in range(14)], λ[None], λ)
    made._func(0)
    made._fig.canvas.draw()
    boxes = [label.get_window_extent() for label in made._fig.axes[0].texts]
    assert not any(a.overlaps(b) for at, a in enumerate(boxes) for b in boxes[:at])


def test_frames_of_other_shapes_are_refused():
    with pytest.raises(InputError, match="need positions"):
        plots.animate_growth([0.0], np.zeros((1, 2, 2)), ["a"], λ[None], λ)
