"""The explorer's page: it says what the stages say, runs nothing but itself, and no word can be more than a word."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources

import numpy as np
import pytest

from solve2vec import Bootstrap, Embedding, InputError, Start, Target, Trajectory, embed, explore, fit, solve
from solve2vec.cli.main import run
from solve2vec.dynamics import embedding_at, predict
from solve2vec.explorer.space import Space

HOSTILE = [
    "<script>alert(1)</script>", "</script><script>alert(2)</script>", "<!--", "<img src=x onerror=alert(1)>",
    "[[style]]", "$x$", "%{y}", "\u202eevil", "a\nb", "__proto__", "\ud800", "&lt;", "",
]  # fmt: skip


@pytest.fixture(scope="module")
def spectrum():
    made = np.random.default_rng(0).normal(size=(40, 40))
    return solve(Target.from_array(made @ made.T, [f"w{i}" for i in range(40)]), dim=6)


@pytest.fixture(scope="module")
def script():
    """The page's own scripts but the one that needs a document, in an engine without one."""
    MiniRacer = pytest.importorskip("py_mini_racer").MiniRacer
    engine = MiniRacer()
    for name in ("geometry.js", "text.js"):
        engine.eval((resources.files("solve2vec.explorer") / "static" / name).read_text("utf-8"))

    def call(function, *arguments):
        given = ", ".join(json.dumps(argument) for argument in arguments)
        return json.loads(engine.eval(f"JSON.stringify({function}({given}))"))

    def space_of(contents):
        numbers = np.frombuffer(base64.b64decode(contents["numbers"]), "<i2").tolist()
        engine.eval(f"var space = Geometry.space({json.dumps(numbers)}, {json.dumps(contents['scales'])})")

    def weigh(*arguments):
        engine.eval(f"var weights = Geometry.weights({', '.join(json.dumps(a) for a in arguments)})")

    call.space_of, call.weigh, call.engine = space_of, weigh, engine
    return call


def names(found, contents):
    return [contents["words"][i] for i, _ in found]


def near(script, i, n):
    return json.loads(script.engine.eval(f"JSON.stringify(Geometry.neighbors(space, weights, {i}, {n}))"))


class Parts(HTMLParser):
    """Scripts and other elements of a page."""

    def __init__(self, html):
        super().__init__()
        self.scripts, self.tags, self.attributes, self._inside = [], [], [], None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attributes]
        if tag == "script":
            self.scripts.append([dict(attributes), ""])
            self._inside = self.scripts[-1]

    def handle_endtag(self, tag):
        self._inside = None if tag == "script" else self._inside

    def handle_data(self, data):
        if self._inside is not None:
            self._inside[1] += data


@pytest.fixture(scope="module")
def hostile():
    pytest.importorskip("plotly")
    words = [*HOSTILE, *(f"w{i}" for i in range(30))]
    vectors = np.random.default_rng(1).normal(size=(len(words), 5))
    return explore(Embedding.from_vectors(words, vectors), title='<b>"[[data]]\u202e\ud800')


def test_a_page_runs_the_scripts_whose_sums_it_names_and_no_other(hostile):
    parts = Parts(hostile.html)
    policy = next(value for tag, name, value in parts.attributes if name == "content" and "default-src" in value)
    named = re.findall(r"'sha256-([^']+)'", policy)
    run_by_browser = [text for attributes, text in parts.scripts if "type" not in attributes]
    sums = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in run_by_browser]
    assert named == sums and len(sums) == 4
    assert "default-src 'none'" in policy and "unsafe-eval" not in policy
    assert "script-src 'sha256" in policy  # and not 'unsafe-inline'


def test_a_page_refers_to_nothing_outside(hostile):
    parts = Parts(hostile.html)
    assert not {"link", "img", "iframe", "object", "base"} & set(parts.tags)
    assert [a for a in parts.attributes if a[1] in ("src", "href", "action", "srcset", "style")] == []
    own = [text for attributes, text in parts.scripts if "type" not in attributes][1:]
    assert not [text for text in own if "http" in text or "fetch(" in text or "innerHTML" in text]


def test_hostile_words_arrive_as_they_are_and_end_no_script(hostile):
    held = next(text for attributes, text in Parts(hostile.html).scripts if attributes.get("id") == "data")
    assert "<" not in held
    assert json.loads(held)["words"][: len(HOSTILE)] == HOSTILE
    hostile.html.encode("utf-8")  # which half a letter would not let happen
    assert hostile.html.count("<h1>&lt;b&gt;&quot;[[data]]\\u202e\\ud800</h1>") == 1


def test_names_in_pictures_have_no_markup_and_no_hidden_letters(script):
    assert script("Text.plain", "<b>&$x$\u202e\n") == "&lt;b&gt;&amp;&#36;x&#36;\\u{202e}\\u{a}"
    assert script("Text.printed", "") == '""'
    assert script("Text.plain", "𝒜" * 50) == "𝒜" * 39 + "…"


def test_modes_are_the_columns_and_their_lengths(spectrum):
    embedding = embed(spectrum, power=0.3)
    space = Space.of(embedding)
    assert space.kind == "modes"
    np.testing.assert_allclose(space.columns, spectrum.eigenvectors, atol=1e-6)
    np.testing.assert_allclose(space.weights, spectrum.eigenvalues**0.3, rtol=1e-6)
    np.testing.assert_array_equal(space.strengths, spectrum.eigenvalues)


def test_principal_axes_change_no_angle_and_no_length():
    W = np.random.default_rng(2).normal(size=(5000, 4)).astype(np.float32) @ np.diag([1, 9, 3, 2]).astype(np.float32)
    space = Space.of(Embedding.from_vectors([str(i) for i in range(5000)], W))
    turned = space.columns * space.weights
    np.testing.assert_allclose(turned[:50] @ turned.T, W[:50] @ W.T, atol=1e-3)
    np.testing.assert_allclose(space.columns.T @ space.columns, np.eye(4), atol=1e-5)
    np.testing.assert_allclose(space.weights, np.linalg.svd(W, compute_uv=False), rtol=1e-5)
    np.testing.assert_allclose(space.strengths, np.linalg.eigvalsh(W.T.astype(float) @ W)[::-1], rtol=1e-5)
    assert (space.columns.max(axis=0) >= -space.columns.min(axis=0)).all()


@pytest.mark.parametrize("d", [6, 3, 1])
def test_neighbors_in_the_first_dimensions_are_the_embeddings(spectrum, script, d):
    embedding = embed(spectrum)
    contents = explore(embedding).contents
    script.space_of(contents)
    script.weigh(contents["weights"], d)
    for word in (0, 17, 39):
        found = near(script, word, 8)
        expected = embedding.first(d).neighbors(f"w{word}", 8)
        np.testing.assert_allclose([cosine for _, cosine in found], [cosine for _, cosine in expected], atol=2e-4)
        if d > 1:  # in one dimension all cosines are 1 or -1
            assert names(found, contents) == [other for other, _ in expected]


def test_neighbors_at_a_moment_are_those_of_the_flow(spectrum, script):
    contents = explore(embed(spectrum), spectrum=spectrum).contents
    course = next(one for one in contents["trajectories"] if one["is_course"])
    moment = next(i for i, s in enumerate(course["strengths"]) if s[2] > 0.3 * contents["strengths"][2])
    script.space_of(contents)
    script.weigh(contents["weights"], 6, course["strengths"][moment], contents["strengths"])
    scale = 1e-3 * float(np.sqrt(spectrum.eigenvalues[-1] / 6))
    then = embedding_at(spectrum, Start(scale, 6), course["time"][moment], method="aligned")
    expected = then.neighbors("w5", 5)
    found = near(script, 5, 5)
    assert names(found, contents) == [other for other, _ in expected]
    np.testing.assert_allclose([cosine for _, cosine in found], [cosine for _, cosine in expected], atol=3e-4)


def test_shares_of_modes_add_up_to_the_cosine(spectrum, script):
    embedding = embed(spectrum)
    contents = explore(embedding).contents
    script.space_of(contents)
    script.weigh(contents["weights"], 6)
    shares = json.loads(script.engine.eval("JSON.stringify(Geometry.shares(space, weights, 3, 11))"))
    own = embedding.unit_vectors[3] * embedding.unit_vectors[11]
    np.testing.assert_allclose(shares, own, atol=1e-4)
    profile = json.loads(script.engine.eval("JSON.stringify(Geometry.profile(space, weights, 3))"))
    np.testing.assert_allclose(profile, embedding.unit_vectors[3], atol=1e-4)


def test_a_word_without_a_vector_has_no_neighbors_and_is_nobodys(script):
    contents = explore(Embedding.from_vectors(["a", "b", "c"], [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])).contents
    script.space_of(contents)
    script.weigh(contents["weights"], 2)
    assert near(script, 0, 5) == []
    assert [word for word, _ in near(script, 1, 5)] == [2]


def test_search_finds_the_word_then_beginnings_then_insides_by_rank(script):
    words = ["making", "KING", "kin", "king", "kings", "taking", "queen"]
    assert script("Geometry.matches", words, "king", 9) == [3, 1, 4, 0, 5]
    assert script("Geometry.matches", words, "king", 2) == [3, 1]
    assert script("Geometry.matches", words, "KING", 2) == [1, 3]
    assert script("Geometry.matches", words, "", 9) == []


def test_ends_are_the_words_of_each_mode(spectrum):
    contents = explore(embed(spectrum)).contents
    for mode in range(6):
        one, other = spectrum.mode_words(mode, 12)
        assert [[word for word, _ in end] for end in contents["ends"][mode]] == [one, other]
    one_sided = explore(Embedding.from_vectors(["a", "b"], [[1.0], [2.0]])).contents["ends"]
    assert one_sided == [[[["b", 0.89443], ["a", 0.44721]], []]]
    assert all(x > 0 for _, x in contents["ends"][0][0]) and all(x < 0 for _, x in contents["ends"][0][1])


def test_a_spectrum_brings_the_learning_of_all_modes_one_after_another(spectrum):
    contents = explore(embed(spectrum), spectrum=spectrum).contents
    (course,) = contents["trajectories"]
    assert course["is_course"] and course["model"] == "theory"
    np.testing.assert_allclose(course["strengths"][-1], contents["strengths"], rtol=1e-3)
    assert contents["half_way"] == sorted(contents["half_way"])


def test_a_given_prediction_is_not_made_again_and_time_runs_along_it_only_if_it_has_all_modes(spectrum):
    embedding = embed(spectrum)
    for modes, runs in ((6, True), (4, False)):
        given = predict(spectrum, Start(1e-4, 6), modes=modes)
        contents = explore(embedding, spectrum=spectrum, trajectories=[given]).contents
        assert [one["is_course"] for one in contents["trajectories"]] == [runs]
    observed = replace(given, model="sgns", eigenvalues=spectrum.eigenvalues, strengths=np.ones((len(given), 6)))
    assert not any(one["is_course"] for one in explore(embedding, trajectories=[observed]).contents["trajectories"])


def test_long_and_broken_trajectories_are_thinned_and_mended():
    T = 1000
    loss = np.linspace(5, 1, T)
    loss[0] = np.nan
    made = Trajectory(
        model="sgns", time=np.arange(T) * 1.0, loss=loss, strengths=np.zeros((T, 20)), eigenvalues=np.ones(20)
    )
    vectors = Embedding.from_vectors(["a", "b"], [[1.0], [2.0]])
    page = explore(vectors, trajectories=[made])
    (told,) = page.contents["trajectories"]
    assert len(told["time"]) == 250 and (told["time"][0], told["time"][-1]) == (1, T - 1)
    assert np.shape(told["strengths"]) == (250, 12) and not told["is_course"]
    json.dumps(page.contents, allow_nan=False)


def test_what_is_not_of_the_embedding_is_refused(spectrum):
    embedding = embed(spectrum)
    other = solve(Target.from_array(np.diag(np.arange(1.0, 41)), [f"w{i}" for i in range(40)]), dim=6)
    with pytest.raises(InputError, match="the spectrum is not of this embedding"):
        explore(embedding, spectrum=other)
    with pytest.raises(InputError, match="the spectrum is not of this embedding"):
        explore(Embedding.from_vectors(["a"], [[1.0]]), spectrum=spectrum)
    with pytest.raises(InputError, match="words must be at least 1, got 0"):
        explore(embedding, words=0)


def test_intervals_are_the_bootstraps(tmp_path):
    texts = ["cats chase mice", "dogs chase cats", "mice eat cheese", "people eat cheese"] * 15
    embedding = fit(texts, 2, out=tmp_path / "run", bootstrap=4)
    held = Bootstrap.load(tmp_path / "run/bootstrap")
    contents = explore(embedding, bootstrap=held).contents
    assert contents["low"] == [mode.low for mode in held.modes()]
    assert contents["high"] == [mode.high for mode in held.modes()]
    with pytest.raises(InputError, match="the bootstrap is not of this embedding"):
        explore(embedding.first(1), bootstrap=held)


@pytest.fixture
def small_run(write, tmp_path):
    text = write("cats chase mice\ndogs chase cats\nmice eat cheese\npeople eat cheese\n" * 5)
    fit(text, 2, out=tmp_path / "run")
    return tmp_path / "run"


def test_the_command_writes_into_the_run_or_beside_a_stage_or_file(small_run, tmp_path, capsys):
    pytest.importorskip("plotly")
    assert run(["explore", str(small_run)]) == 0
    assert "open it in a browser" in capsys.readouterr().out
    assert (small_run / "explorer.html").stat().st_size > 1e6
    assert run(["convert", str(small_run), str(tmp_path / "vectors.txt")]) == 0
    capsys.readouterr()
    assert run(["explore", str(tmp_path / "vectors.txt"), "--json", "--words", "3"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["words"], told["trajectories"]) == (3, 0) and told["page"] == str(tmp_path / "explorer.html")
    page = (small_run / "explorer.html").read_text("utf-8")
    assert run(["show", str(small_run)]) == 0  # the page is no part of the run, and does not harm it
    assert run(["explore", str(small_run)]) == 0
    assert (small_run / "explorer.html").read_text("utf-8") == page


def test_the_command_leaves_out_what_is_of_other_modes(write, tmp_path, capsys):
    pytest.importorskip("plotly")
    place = str(tmp_path / "run")
    fit(write("cats chase mice\ndogs chase cats\nmice eat cheese\npeople eat cheese\n" * 9), 2, out=place)
    assert run(["predict", place, "--init-scale", "1e-3", "--dim", "2"]) == 0

    def ends():
        assert run(["explore", place]) == 0
        page = (tmp_path / "run/explorer.html").read_text("utf-8")
        held = next(text for attributes, text in Parts(page).scripts if attributes.get("id") == "data")
        return [one["time"][-1] for one in json.loads(held)["trajectories"]]

    given = ends()
    assert run(["count", place]) == 0 and run(["target", place, "--shrinkage", "3"]) == 0
    assert run(["solve", place, "--dim", "2"]) == 0 and run(["embed", place]) == 0
    assert len(given) == len(ends()) == 1 and ends() != given


def test_the_command_refuses_in_one_sentence(small_run, capsys, monkeypatch):
    assert run(["explore", str(small_run), "--words", "0"]) == 2
    assert capsys.readouterr().err == "solve2vec: --words must be at least 1, got 0\n"
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    assert run(["explore", str(small_run)]) == 2
    assert "pip install plotly" in capsys.readouterr().err
    assert not (small_run / "explorer.html").exists()


def test_a_page_is_not_written_over_a_folder(small_run, capsys):
    pytest.importorskip("plotly")
    assert run(["explore", str(small_run), "--out", str(small_run)]) == 2
    assert "is a folder, not a file" in capsys.readouterr().err


@pytest.mark.slow
def test_a_browser_shows_the_neighbors_and_complains_of_nothing(tmp_path, hostile, spectrum):
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium here")
    embedding = embed(spectrum)
    for name, page in (("hostile", hostile), ("plain", explore(embedding, spectrum=spectrum))):
        path = page.save(tmp_path / f"{name}.html")
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--enable-logging=stderr",
                   "--disable-background-networking", "--disable-component-update", "--disable-sync",
                   f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=5000", "--dump-dom",
                   path.as_uri()]  # fmt: skip
        seen = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert "CONSOLE" not in seen.stderr, seen.stderr
        table = re.search(r'<table id="near">(.*?)</table>', seen.stdout, re.S)[1]
        shown = re.findall(r"<button[^>]*>(.*?)</button></td><td>([-\d.]+)</td>", table)
        if name == "plain":
            first = page.contents["words"][page.contents["first"]]
            assert shown == [(word, f"{cosine:.3f}") for word, cosine in embedding.neighbors(first, 16)]
        assert len(shown) == 16 and "main-svg" in seen.stdout
