"""Plots draw what the spectrum says, and take words for words."""

import subprocess
import sys

import numpy as np
import pytest

from solve2vec.core.errors import InputError
from solve2vec.core.printing import printable
from solve2vec.corpus.vocabulary import Vocabulary
from solve2vec.spectrum.spectrum import Spectrum

matplotlib = pytest.importorskip("matplotlib")
NASTY = ["$\\frac{1}{", "a$b$c", "\x1b[2J", "#%&_^{}", "tab\tline\n", "plain"]


@pytest.fixture(autouse=True)
def without_a_screen():
    from matplotlib import pyplot

    pyplot.switch_backend("agg")
    yield
    pyplot.close("all")


def a_spectrum(words, eigenvalues):
    V, K = len(words), len(eigenvalues)
    vectors = np.linalg.qr(np.random.default_rng(0).standard_normal((V, K)))[0]
    return Spectrum(
        eigenvalues=np.array(eigenvalues, dtype=float),
        eigenvectors=vectors.astype(np.float32),
        residuals=np.zeros(K),
        vocabulary=Vocabulary.of_words(words),
    )


@pytest.fixture
def spectrum():
    return a_spectrum(NASTY, [5.0, 2.0, 0.5])


def drawn(ax):
    ax.figure.canvas.draw()
    return ax


def test_eigenvalues_are_drawn_by_rank(spectrum):
    from solve2vec.plots import plot_eigenvalues

    ax = drawn(plot_eigenvalues(spectrum))
    assert ax.lines[0].get_xydata().tolist() == [[1, 5.0], [2, 2.0], [3, 0.5]]
    assert ax.get_xscale() == ax.get_yscale() == "log"


def test_modes_are_bars_with_the_words_of_both_ends(spectrum):
    from solve2vec.plots import plot_modes

    ax = drawn(plot_modes(spectrum, modes=2, words=1))
    assert [bar.get_width() for bar in ax.patches] == [5.0, 2.0, -5.0, -2.0]
    right = ax.child_axes[0]
    for k in range(2):
        (positive,), (negative,) = spectrum.mode_words(k, 1)
        for axis, word in ((ax, negative), (right, positive)):
            label = axis.get_yticklabels()[k].get_text()
            assert label == printable(word)


def test_a_dollar_is_a_dollar_even_where_tex_is_asked_for(spectrum):
    from solve2vec.plots import plot_modes

    ax = plot_modes(spectrum)
    labels = [*ax.get_yticklabels(), *ax.child_axes[0].get_yticklabels()]
    assert any("$" in label.get_text() for label in labels)
    assert not any(label.get_parse_math() or label.get_usetex() for label in labels)
    drawn(ax)  # "$\frac{1}{" as mathematics would be an error


def test_a_plot_goes_where_it_is_told_to(spectrum):
    from matplotlib.figure import Figure

    from solve2vec.plots import plot_eigenvalues, plot_modes

    axes = Figure().subplots(1, 2)
    assert plot_eigenvalues(spectrum, axes[0]) is axes[0]
    assert plot_modes(spectrum, ax=axes[1]) is axes[1]


def test_more_modes_than_there_are_gives_those_there_are(spectrum):
    from solve2vec.plots import plot_modes

    assert len(plot_modes(spectrum, modes=100).patches) == 6


def test_no_modes_or_words_are_refused(spectrum):
    from solve2vec.plots import plot_modes

    for wrong in ({"modes": 0}, {"words": 0}):
        with pytest.raises(InputError, match="at least 1"):
            plot_modes(spectrum, **wrong)


def test_the_two_shades_differ_in_grey():
    from matplotlib.colors import to_rgb

    from solve2vec.plots import style

    lightness = [np.dot(to_rgb(shade), (0.299, 0.587, 0.114)) for shade in (style.DARK, style.LIGHT)]
    assert lightness[1] - lightness[0] > 0.35


def test_without_matplotlib_the_error_says_what_to_install(spectrum, monkeypatch):
    from solve2vec.plots import plot_eigenvalues

    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(InputError, match=r"pip install matplotlib"):
        plot_eigenvalues(spectrum)


def test_importing_the_plots_does_not_import_matplotlib():
    code = "import sys, solve2vec.plots; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_strength_of_a_mode_stands_beside_its_bar(spectrum):
    from solve2vec.plots import plot_modes

    ax = plot_modes(spectrum)
    figure = drawn(ax).figure
    space = ax.get_window_extent()
    for bar, text in zip(ax.patches, ax.texts, strict=False):
        place = text.get_window_extent(figure.canvas.get_renderer())
        assert bar.get_window_extent().x1 < place.x0 < place.x1 < space.x1
