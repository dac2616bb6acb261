"""Why two words are near: contexts against dense algebra; documents against counting, and solving, without each."""

import json
from dataclasses import replace

import numpy as np
import pytest

from solve2vec import (
    Formula,
    InputError,
    Run,
    UnknownWordError,
    VocabularyOptions,
    Window,
    build_target,
    count,
    documents_of_mode,
    embed,
    encode,
    fit,
    solve,
    why,
)
from solve2vec.cli.main import run
from solve2vec.cooccurrence.directed import count_directed
from solve2vec.core import resources
from solve2vec.embedding.view import NARROW, WIDE
from solve2vec.evidence.contexts import shared_contexts
from solve2vec.evidence.influence import Text, influence_on_cosine, influence_on_mode
from solve2vec.spectrum.second_order import solve_second_order
from solve2vec.target.directed import DirectedFormula, directed_target

ALL = VocabularyOptions(min_count=1)
KEPT = Formula(shrinkage=0.25, subsample=0.02, noise="kept")
FORMULAS = {
    "mstar": Formula(),
    "mstar of subsampled words": KEPT,
    "pmi, smoothed noise": Formula("shifted_pmi", negatives=3, shrinkage=0.5, context_smoothing=0.75),
    "subsampled and smoothed": replace(KEPT, context_smoothing=0.75),
    "pmi without shrinkage": Formula("pmi", shrinkage=0.0),
}
WINDOWS = [Window(4), Window(2, "flat"), Window("document")]


def topics(n, seed=0, length=14):
    """Documents of three topics with words of their own, and common words, the first of them very frequent."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(n):
        topic = rng.integers(3)
        own = rng.integers(0, 8, length) + 8 * topic
        common = np.minimum(rng.geometric(0.35, length), 8) + 23
        made.append([f"w{k}" for k in np.where(rng.random(length) < 0.6, own, common)[: rng.integers(4, length)]])
    return made


@pytest.fixture(scope="module")
def documents():
    return topics(60)


def corpus_of(documents, times=1):
    return encode(documents * times, selection=ALL)


def without(corpus, document):
    """The corpus without a document, over the same vocabulary, counted anew."""
    starts = corpus.document_starts
    begin, end = starts[document : document + 2].tolist()
    tokens = np.concatenate([corpus.tokens[:begin], corpus.tokens[end:]])
    later = starts[document + 1 :] - (end - begin)
    made = replace(corpus, tokens=tokens, document_starts=np.concatenate([starts[:document], later]))
    return replace(made, vocabulary=made.counted_vocabulary())


def target_of(corpus, window, formula):
    return build_target(count(corpus, window), formula)


@pytest.mark.parametrize("window", WINDOWS, ids=str)
@pytest.mark.parametrize("formula", FORMULAS.values(), ids=FORMULAS)
def test_a_number_falls_by_what_a_document_adds_when_all_is_made_without_it(documents, window, formula):
    """To first order: of a text three times as long, the error is a third of the fall.

    A mode falls as if everything were solved again, a cosine as if everything were counted again and modes held.
    """
    pair, mode, worst = ("w1", "w20"), 2, []
    for times in (12, 36):
        corpus = corpus_of(documents, times)
        spectrum, ids = solve(target_of(corpus, window, formula), 4), corpus.vocabulary.ids(pair)
        text, chosen = Text(corpus, window, spectrum), range(0, 60, 7)
        left = [target_of(without(corpus, d), window, formula).toarray() for d in chosen]
        told = influence_on_mode(text, mode), influence_on_cosine(text, *pair, 0.5)
        again = (
            [np.linalg.eigvalsh(M)[::-1][mode] for M in left],
            [held_cosine(M[ids], spectrum, 0.5) for M in left],
        )
        assert told[0].value == spectrum.eigenvalues[mode]
        assert told[1].value == pytest.approx(embed(spectrum).similarity(*pair), abs=1e-6)
        errors = []
        for number, values in zip(told, again, strict=True):
            falls = number.value - np.array(values)
            errors.append(np.abs(number.by_document[chosen] - falls).max() / np.abs(falls).max())
        worst.append(errors)
    assert np.max(worst[0]) < 0.1
    assert (np.array(worst[1]) < 0.5 * np.array(worst[0])).all()


def held_cosine(rows, spectrum, power):
    """The cosine of the rows M_i V Λ^(p-1) of another text's matrix, with the modes of this one."""
    W = rows @ spectrum.eigenvectors.astype(float) * spectrum.eigenvalues ** (power - 1)
    return W[0] @ W[1] / np.sqrt((W[0] @ W[0]) * (W[1] @ W[1]))


@pytest.mark.parametrize("formula", [Formula(), KEPT], ids=["mstar", "subsampled"])
def test_a_line_adds_what_the_pairs_around_its_place_add(documents, formula):
    """The cosine with and without them, the row of their word shorter, every other word's as it is."""
    corpus, window, pair = corpus_of(documents, 36), Window(4), ("w1", "w20")
    spectrum, ids = solve(target_of(corpus, window, formula), 4), corpus.vocabulary.ids(pair)
    told = influence_on_cosine(Text(corpus, window, spectrum), *pair, 0.5)
    keep = corpus.vocabulary.keep_probability(formula.subsample or 1.0)
    counts = count(corpus, window)
    C = counts.counts.toarray() / counts.denominator * keep[:, None] * keep
    r, whole = C.sum(axis=1), held_cosine(target_of(corpus, window, formula).toarray()[ids], spectrum, 0.5)
    for row, word in enumerate(pair):
        token = ids[row]
        assert (np.flatnonzero(corpus.tokens == token) == told.places[word]).all()
        falls, chosen = [], range(0, len(told.places[word]), 61)
        for place in told.places[word][chosen]:
            starts = corpus.document_starts
            document = np.searchsorted(starts, place, "right") - 1
            gone = np.zeros(len(r))
            for j in range(max(starts[document], place - 4), min(starts[document + 1], place + 5)):
                if j != place:
                    gone[corpus.tokens[j]] += keep[token] * keep[corpus.tokens[j]] / abs(j - place)
            rest, left = r.copy(), C[ids].copy()
            rest[token] -= gone.sum()
            left[row] -= gone
            rows = formula.of(np.maximum(left, 0), rest[ids][:, None] * rest / rest.sum())
            falls.append(whole - held_cosine(rows, spectrum, 0.5))
        assert len(falls) > 5
        np.testing.assert_allclose(told.by_place[word][chosen], falls, atol=0.05 * np.abs(falls).max())


def both(text):
    return [influence_on_cosine(text, "w1", "w20", 0.5).by_document, influence_on_mode(text, 1).by_document]


def test_threads_and_blocks_change_no_bit(documents):
    corpus = corpus_of(documents, 4)
    text = Text(corpus, Window(4), solve(target_of(corpus, Window(4), KEPT), 4))
    made = []
    for threads in (1, 2):
        with resources.using(threads=threads, block=256):
            made.append(
                [influence_on_cosine(text, "w1", "w3", 0.5).by_document, influence_on_mode(text, 1).by_document]
            )
    np.testing.assert_array_equal(made[0], made[1])
    whole = [influence_on_cosine(text, "w1", "w3", 0.5).by_document, influence_on_mode(text, 1).by_document]
    np.testing.assert_allclose(made[0], whole, atol=1e-13)


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_contexts_are_those_of_the_dense_power_of_the_matrix(documents, power):
    corpus = corpus_of(documents)
    M = target_of(corpus, Window(4), KEPT)
    found = shared_contexts(replace(WIDE, power=power), solve(M, 5), "w1", "w20")
    λ, U = np.linalg.eigh(M.toarray())
    best = np.argsort(-λ)[:5]
    P = U[:, best] * λ[best] ** power @ U[:, best].T
    ids = corpus.vocabulary.ids(["w1", "w20"])
    rows = P[ids] / np.linalg.norm(P[ids], axis=1)[:, None]
    np.testing.assert_allclose([found.first[0], found.second[0]], rows, atol=2e-5)
    assert found.cosine == pytest.approx(rows[0] @ rows[1], abs=1e-5)
    assert found.parts.sum() == pytest.approx(found.cosine, abs=1e-5)
    most = found.largest(3)
    order = np.argsort(-abs(found.parts[0]))[:3]
    assert [each.context for each in most] == [corpus.vocabulary.words[k] for k in order]
    assert [each.part for each in most] == pytest.approx([each.first * each.second for each in most])


def test_contexts_of_second_order_are_places_before_and_after_by_dense_svd(documents):
    corpus = corpus_of(documents)
    directed, view = count_directed(corpus, (1, 2)), replace(NARROW, directed=DirectedFormula(exponent=0.7))
    target = directed_target(directed, view.directed)
    found = shared_contexts(view, solve_second_order(target, 5), "w1", "w9", directed)
    U, σ, Z = np.linalg.svd(target.toarray())
    P = U[:, :5] * σ[:5] ** view.power @ Z[:5]
    rows = P[corpus.vocabulary.ids(["w1", "w9"])]
    rows /= np.linalg.norm(rows, axis=1)[:, None]
    np.testing.assert_allclose([found.first.ravel(), found.second.ravel()], rows, atol=1e-4)
    assert found.offsets == (1, -1, 2, -2)
    assert found.parts.sum() == pytest.approx(found.cosine, abs=1e-4)
    assert all(("_" in each.context) for each in found.largest(20))


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Two views; in file planted.txt alone tea and ink, of different topics, stand in one place."""
    folder = tmp_path_factory.mktemp("why")
    texts = folder / "texts"
    texts.mkdir()
    replaced = {"w0": "tea", "w8": "ink"}
    lines = [" ".join(replaced.get(word, word) for word in document) for document in topics(400, seed=3)]
    (texts / "a.txt").write_text("\n".join(lines[:200]))
    (texts / "planted.txt").write_text("\n\nw3 ink w4 tea w5 ink w3 tea w4\n")
    (texts / "z.txt").write_text("\n".join(lines[200:]))
    options = {"dim": 4, "token_pattern": "whitespace", "views": ("wide", "narrow"), "spelling": True}
    fit(texts, min_count=1, out=folder / "run", **options)
    return folder / "run"


@pytest.fixture
def ask(capsys):
    def asked(*arguments):
        assert run([str(argument) for argument in arguments]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    return asked


def test_a_run_says_of_each_view_what_brings_two_words_near_and_which_document_taught_it(saved):
    found = why(saved, "tea", "ink")
    embedding = Run(saved).embedding
    assert found.cosine == embedding.similarity("tea", "ink")
    assert found.without_spelling == embedding.contexts.similarity("tea", "ink")
    assert [view.view for view in found.views] == ["wide", "narrow"]
    for view in found.views:
        assert view.parts.sum() == pytest.approx(view.cosine, abs=1e-3)
    first = found.documents.largest(2)[0]
    assert (first.where, first.document, first.tokens) == ("planted.txt:3", 200, 9)
    assert found.documents.value == pytest.approx(found.views[0].cosine, abs=1e-6)
    for word in ("tea", "ink"):
        adds, line = found.documents.lines(word, 1)[0]
        assert adds > 0 and line.where == "planted.txt:3" and line.words == (word,)
    with pytest.raises(InputError, match="not the lines of 'w1': they are of 'tea' and 'ink'"):
        found.documents.lines("w1")


def test_the_command_line_says_what_python_does(saved, ask):
    found = why(saved, "tea", "ink")
    told = json.loads(ask("why", saved, "tea", "ink", "-n", 3, "--lines", 2, "--documents", 4, "--json"))
    assert told["cosine"] == found.cosine and told["without_spelling"] == found.without_spelling
    for view, expected in zip(told["views"], found.views, strict=True):
        assert (view["view"], view["cosine"]) == (expected.view, expected.cosine)
        assert view["contexts"] == [each._asdict() for each in expected.largest(3)]
        others = view["cosine"] - sum(each["part"] for each in view["contexts"])
        assert view["others"] == pytest.approx(others)
    assert told["documents"] == [each._asdict() for each in found.documents.largest(4)]
    assert [line["influence"] for line in told["lines"]["ink"]] == [x for x, _ in found.documents.lines("ink", 2)]
    out = ask("why", saved, "tea", "ink")
    assert "planted.txt:3" in out and max(map(len, out.splitlines())) <= 80
    assert "planted" not in ask("why", saved, "tea", "ink", "--documents", 0, "--lines", 0)


def test_a_mode_has_its_documents_in_python_and_on_the_command_line(saved, ask):
    found = documents_of_mode(saved, 1)
    told = json.loads(ask("why", saved, "--mode", 1, "--documents", 3, "--json"))
    assert told["eigenvalue"] == found.value == Run(saved).spectrum.eigenvalues[1]
    assert told["documents"] == [each._asdict() for each in found.largest(3)]
    out = ask("why", saved, "--mode", 1)
    assert found.largest(1)[0].where in out and max(map(len, out.splitlines())) <= 80


def test_vectors_of_one_view_have_their_contexts_in_the_dimensions_they_have(tmp_path, documents):
    embedding = fit(documents, dim=4, min_count=1, views="wide", spelling=False, out=tmp_path / "run")
    found = why(tmp_path / "run", "w1", "w3")
    assert found.views[0].cosine == pytest.approx(embedding.similarity("w1", "w3"), abs=1e-6)
    assert found.cosine == found.without_spelling
    assert found.documents.largest(1)[0].where.startswith("document ")
    Run(tmp_path / "run").save(embedding.first(2))
    found = why(tmp_path / "run", "w1", "w3", documents=False)
    assert found.documents is None and found.no_documents == ""
    assert found.views[0].cosine == pytest.approx(embedding.first(2).similarity("w1", "w3"), abs=1e-6)


def test_words_and_contexts_with_a_matrix_each_have_contexts_and_no_documents(tmp_path, documents, ask):
    embedding = fit(documents, dim=4, min_count=1, tied=False, out=tmp_path / "run")
    found = why(tmp_path / "run", "w1", "w3")
    assert found.views[0].parts.sum() == pytest.approx(embedding.similarity("w1", "w3"), abs=1e-5)
    assert found.documents is None and "one matrix" in found.no_documents
    assert "one matrix" in " ".join(ask("why", tmp_path / "run", "w1", "w3").split())


def test_what_cannot_be_told_is_refused_with_a_way_out(tmp_path, saved, documents, capsys):
    with pytest.raises(UnknownWordError, match="'teaa'"):
        why(saved, "teaa", "ink")
    with pytest.raises(InputError, match="'tea' is near itself: give two words"):
        why(saved, "tea", "tea")
    with pytest.raises(InputError, match="there is no mode 900"):
        documents_of_mode(saved, 900)
    fit(documents, dim=4, min_count=1, out=tmp_path / "run")
    Run(tmp_path / "run").save(corpus_of(documents[:50]))
    with pytest.raises(InputError, match="not the text that its modes were solved from"):
        documents_of_mode(tmp_path / "run", 0)
    for wrong, message in (
        (["tea"], "two words"), ([], "two words"), (["tea", "ink", "--mode", "1"], "--mode"), (["a", "b", "c"], ""),
        (["tea", "ink", "-n", "0"], "at least 1"), (["tea", "ink", "--lines", "-1"], "--lines"),
    ):  # fmt: skip
        assert run(["why", str(saved), *wrong]) == 2, wrong
        assert message in capsys.readouterr().err
