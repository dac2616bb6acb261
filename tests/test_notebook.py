"""What a notebook shows of a stage: every fact is there, and no word can be more than a word."""

import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from solve2vec.core.printing import brief
from solve2vec.core.stage import Lineage, Stage
from solve2vec.corpus.corpus import VocabularyOptions, encode
from solve2vec.corpus.vocabulary import Vocabulary
from solve2vec.recipe import fit
from solve2vec.spectrum import spectrum as spectra
from solve2vec.spectrum.solver import solve
from solve2vec.spectrum.spectrum import Spectrum
from solve2vec.target.target import Target

HOSTILE = [
    "<script>alert(1)</script>",
    "</td></tr></table><b>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "&lt;i&gt;",
    "<!--",
    "a\u202eb\x1b[31m\x00\n",
    "\ud800",
]
MARKUP = {"div", "strong", "table", "tbody", "tr", "th", "td", "code", "ol", "li"}
ATTRIBUTES = {"class", "style", "scope", "dir"}


class Page(HTMLParser):
    """The tags and attributes of a page, whether they nest, and its text by table row."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.styles, self.open = [], set(), set(), []
        self.rows, self.codes, self.items = {}, [], []
        self._cell = ""
        self.feed(page)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.open.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.styles |= {value for name, value in attrs if name == "style"}
        if tag in ("th", "td"):
            self._cell = ""
        if tag == "code":
            self.codes.append("")
        if tag == "li":
            self.items.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag == "th":
            self._name = self._cell
        if tag == "td":
            self.rows[self._name] = self._cell

    def handle_data(self, data):
        self._cell += data
        if "code" in self.open:
            self.codes[-1] += data
        if "li" in self.open:
            self.items[-1] += data

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")


def shown(stage):
    return Page(stage._repr_html_())


@pytest.fixture(scope="module")
def stages(tmp_path_factory):
    """One of each kind that a run makes."""
    rng = np.random.default_rng(0)
    texts = [[f"w{i}" for i in rng.zipf(1.5, 30) % 60] for _ in range(100)]
    out = tmp_path_factory.mktemp("run") / "run"
    fit(texts, dim=7, out=out, keep=["corpus", "cooccurrence", "target", "spectrum", "embedding"])
    made = [Stage.load(folder) for folder in sorted(out.iterdir())]
    return {type(stage).__name__: stage for stage in [*made, made[0].vocabulary]}


def test_every_stage_shows_its_kind_its_numbers_its_words_and_its_past(stages):
    assert set(stages) == {"Cooccurrence", "Corpus", "Embedding", "Spectrum", "Target", "Vocabulary"}
    for kind, stage in stages.items():
        page = stage._repr_html_()
        assert f"<strong>{kind}</strong>" in page
        rows = Page(page).rows
        assert stage.summary()
        for name, value in stage.summary().items():
            assert rows[name.replace("_", " ")] == brief(value)
        words = stage.words if kind == "Vocabulary" else stage.vocabulary.words
        assert rows["first words"] == " ".join(words[:8]) + " …"


def test_the_lineage_is_a_list_of_its_steps(stages):
    items = shown(stages["Embedding"]).items
    assert len(items) == len(stages["Embedding"].lineage) >= 6
    assert items[-1] == "embed dim=7, power=0.5"
    assert items[1].startswith("build_vocabulary min_count=5, max_vocab=None")
    assert "made by" not in shown(replace(stages["Vocabulary"], lineage=Lineage())).rows


def test_a_spectrum_shows_the_words_at_both_ends_of_its_leading_modes(stages):
    spectrum = stages["Spectrum"]
    rows = shown(spectrum).rows
    assert [name for name in rows if name.startswith("mode ")] == [f"mode {k}" for k in range(5)]
    for k in range(5):
        top, bottom = (" ".join(end) for end in spectrum.mode_words(k, 4))
        ends = f"{top} ↔ {bottom}" if bottom else top
        assert rows[f"mode {k}"] == f"{brief(float(spectrum.eigenvalues[k]))}: {ends}"
    assert not any(name.startswith("mode ") for name in shown(stages["Embedding"]).rows)


def test_a_mode_without_negative_words_has_one_end():
    rows = shown(solve(Target.from_array([[2.0, 1.0], [1.0, 2.0]], ["a", "b"]), dim=2)).rows
    assert rows["mode 0"] == "3: a b"
    assert rows["mode 1"] in ("1: a ↔ b", "1: b ↔ a")


def test_a_long_spectrum_is_read_at_its_head_only():
    V = spectra.HEAD + 5
    column = np.zeros((V, 1), np.float32)
    column[[0, 1, V - 1], 0] = 0.1, 0.2, 0.9
    words = Vocabulary.of_words([f"w{i}" for i in range(V)])
    spectrum = Spectrum(eigenvalues=np.ones(1), eigenvectors=column, residuals=np.zeros(1), vocabulary=words)
    assert shown(spectrum).rows["mode 0"] == "1: w1 w0"


def test_singular_modes_are_shown_too():
    M = np.array([[2.0, 1.0, 0.0], [0.0, 1.0, 0.5], [0.1, 0.0, 3.0]])
    spectrum = solve(Target.from_array(M, ["a", "b", "c"]), dim=2, tied=False)
    assert isinstance(spectrum, Spectrum)
    assert "mode 1" in shown(spectrum).rows


def hostile_spectrum():
    M = np.eye(len(HOSTILE)) + 0.1
    return solve(Target.from_array(M, HOSTILE), dim=2)


def test_no_word_can_be_markup():
    for stage in (Vocabulary.of_words(HOSTILE), hostile_spectrum()):
        page = shown(stage)
        assert set(page.tags) <= MARKUP
        assert page.attributes <= ATTRIBUTES
        for word in HOSTILE[:6]:
            assert word in page.codes
        assert "a\\u202eb\\x1b[31m\\x00\\n" in page.codes
        assert "\\ud800" in page.codes
        stage._repr_html_().encode("utf-8")


def test_no_value_of_the_lineage_can_be_markup():
    values = {"paths": HOSTILE, "<b>": "<i>", "long": "x" * 1000}
    lineage = Lineage().then("<script>read</script>", **values)
    page = shown(replace(encode([["a"]], selection=VocabularyOptions(min_count=1)), lineage=lineage))
    assert set(page.tags) <= MARKUP
    assert page.attributes <= ATTRIBUTES
    [item] = page.items
    assert item.startswith("<script>read</script> paths=['<script>alert(1)</script>'")
    assert "<b>='<i>', long='xxx" in item
    assert len(item) < 350


def test_a_long_word_is_cut():
    page = shown(Vocabulary.of_words(["y" * 10_000, "z" * 40]))
    assert page.codes == ["y" * 39 + "…", "z" * 40]


def test_nothing_is_fetched_and_no_color_is_set(stages):
    for stage in [*stages.values(), hostile_spectrum()]:
        page = stage._repr_html_()
        parsed = Page(page)
        assert parsed.styles
        assert not any(word in style for style in parsed.styles for word in ("color", "background", "url("))
        assert parsed.attributes <= ATTRIBUTES
        assert len(page) < 20_000


def test_formulas_are_not_looked_for():
    """ "$x$" is a word here; MathJax passes over what has its classes, and over <code>."""
    page = Vocabulary.of_words(["$x$", r"\(y\)"])._repr_html_()
    assert page.startswith('<div class="tex2jax_ignore mathjax_ignore">')
    assert Page(page).codes == ["$x$", r"\(y\)"]


def test_a_stage_without_words_shows_what_it_has():
    empty = Vocabulary.of_words([])
    assert "first words" not in shown(empty).rows
    assert shown(empty).rows["words"] == "0"


def test_html_is_imported_only_when_one_looks():
    code = (
        "import sys, solve2vec.core.stage, solve2vec.corpus.vocabulary; sys.exit('solve2vec.core.html' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
