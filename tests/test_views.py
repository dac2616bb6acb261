"""Views: targets, modes and joins against NumPy's dense algebra, and a fit that is the sum of its stages."""

import json
from dataclasses import replace

import numpy as np
import pytest

import solve2vec
from solve2vec.cli.main import run
from solve2vec.cooccurrence.cooccurrence import count
from solve2vec.cooccurrence.directed import count_directed
from solve2vec.cooccurrence.window import Window
from solve2vec.core.errors import InputError
from solve2vec.corpus.corpus import Corpus, VocabularyOptions, encode
from solve2vec.datasets.synthetic import planted_corpus
from solve2vec.embedding.from_corpus import embed_views
from solve2vec.embedding.joining import JoinedEmbedding, join, similarity_in, with_share
from solve2vec.embedding.spelled import spell
from solve2vec.embedding.view import NARROW, VIEWS, WIDE, View
from solve2vec.linalg.rowblocks import row_blocks
from solve2vec.recipe import Recipe, fit, fitted
from solve2vec.spectrum.second_order import second_order_plan, solve_second_order
from solve2vec.spectrum.solver import Solver, TooManyModes, solve
from solve2vec.spectrum.spectrum import SecondOrderSpectrum
from solve2vec.target.directed import DirectedFormula, directed_target
from solve2vec.target.formula import Formula
from solve2vec.target.kinds import DIRECTED
from solve2vec.target.plan import Plan
from solve2vec.target.target import build_target
from solve2vec.uncertainty import Resampling, cut, resample

BOTH = ("wide", "narrow")


@pytest.fixture(scope="module")
def texts():
    return planted_corpus(plain=3).documents(600, length=20, seed=1)


@pytest.fixture(scope="module")
def corpus(texts):
    return encode(texts, selection=VocabularyOptions(min_count=1))


@pytest.fixture(scope="module")
def directed(corpus):
    return count_directed(corpus)


@pytest.fixture(scope="module")
def parts(corpus, directed):
    wide = solve(build_target(count(corpus, Window(5))), 12)
    return [(WIDE, wide), (NARROW, solve_second_order(directed_target(directed), 10))]


def obvious(counts, kind, exponent):
    """T of dense counts, one pair after another."""
    r, c, n = counts.sum(axis=1), counts.sum(axis=0), counts.sum()
    made = np.zeros(counts.shape)
    for i, j in zip(*np.nonzero(counts), strict=True):
        C = float(counts[i, j])
        value = C / np.sqrt(r[i] * c[j]) if kind == "ratio" else max(0.0, np.log(C * n / (r[i] * c[j])))
        made[i, j] = value**exponent
    return made


@pytest.mark.parametrize("kind", DIRECTED)
@pytest.mark.parametrize("exponent", [0.4, 1.0])
def test_a_directed_target_is_its_formula_on_both_sides_of_every_offset(directed, kind, exponent):
    A = directed_target(directed, DirectedFormula(kind, exponent)).toarray()
    T = [obvious(directed.at(offset).toarray(), kind, exponent) for offset in (1, 2)]
    np.testing.assert_allclose(A, np.hstack([T[0], T[0].T, T[1], T[1].T]), rtol=1e-6, atol=1e-7)


def test_counts_without_order_stand_alone(corpus):
    counts = count(corpus, Window("document"))
    A = directed_target(counts).toarray()
    np.testing.assert_allclose(A, obvious(counts.counts.toarray(), "ratio", 0.4), rtol=1e-6)


def test_the_product_is_that_of_the_matrix_that_is_never_formed(directed):
    target = directed_target(directed)
    A, X = target.toarray(), np.random.default_rng(0).standard_normal((len(target), 5))
    with row_blocks(len(target)) as blocks:
        np.testing.assert_allclose(target.product(blocks)(X), A @ (A.T @ X), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("method", ["dense", "krylov"])
def test_modes_are_left_singular_vectors(directed, method):
    target = directed_target(directed)
    made = solve_second_order(target, 8, solver=Solver(tolerance=1e-4), plan=Plan(method))
    U, σ, _ = np.linalg.svd(target.toarray())
    np.testing.assert_allclose(made.eigenvalues, σ[:8] ** 2, atol=1e-4 * σ[0] ** 2)
    A, u = target.toarray(), made.eigenvectors.astype(np.float64)
    left = np.linalg.norm(A @ (A.T @ u) - u * made.eigenvalues, axis=0)
    assert (left <= 1e-4 * σ[0] ** 2).all()
    np.testing.assert_allclose(np.abs(U[:, 0] @ u[:, 0]), 1, atol=1e-4)  # by far the strongest
    assert made.residuals.max() <= 1e-4 * made.eigenvalues[0]


@pytest.mark.parametrize("is_one_sided", [False, True])
def test_rounded_modes_tell_residuals_that_hold(corpus, directed, is_one_sided):
    """Entries and vectors in bfloat16: residuals against all of A are what is told of them, and wanted of σ_1 σ."""
    target = directed_target(count(corpus, Window(3)) if is_one_sided else directed)
    made = solve_second_order(target, 12, solver=Solver(tolerance=2e-2), plan=Plan("rounded"))
    A, u = target.toarray(), made.eigenvectors.astype(np.float64)
    true = np.linalg.norm(A @ (A.T @ u) - u * made.eigenvalues, axis=0)
    assert (true <= 1.1 * made.residuals).all()
    assert (made.residuals <= 2e-2 * np.sqrt(made.eigenvalues[0] * made.eigenvalues)).all()
    assert true.max() > 1e-5 * made.eigenvalues[0]  # rounded indeed
    np.testing.assert_allclose(made.eigenvalues, np.linalg.eigvalsh(A @ A.T)[::-1][:12], rtol=1e-2)


def test_what_rounding_is_told_to_add_is_what_it_adds(directed):
    """A product with the true singular vectors in all digits, against that of rounded entries alone."""
    target = directed_target(directed)
    A = target.toarray()
    values, vectors = np.linalg.eigh(A @ A.T)
    values, vectors = values[::-1][:20], np.ascontiguousarray(vectors[:, ::-1][:, :20], np.float32)
    with row_blocks(len(target)) as blocks:
        product = target.rounded_product(blocks)
        upper = (vectors.view(np.uint32) & 0xFFFF0000).view(np.float32)  # nothing of these is rounded
        off = np.linalg.norm(product(upper) - A @ (A.T @ upper.astype(np.float64)), axis=0)
        lost = product.lost(vectors, values)
    assert (off <= lost).all() and (lost <= 30 * off).all()


def test_what_rounding_leaves_undecided_is_solved_with_all_digits(directed):
    target, solver = directed_target(directed), Solver(tolerance=1e-4)
    made = solve_second_order(target, 8, solver=solver, plan=Plan("rounded"))
    assert (made.residuals <= 1e-4 * np.sqrt(made.eigenvalues[0] * made.eigenvalues)).all()
    assert second_order_plan(30_000, 200, solver=solver).method == "krylov"
    assert second_order_plan(30_000, 200, solver=Solver(tolerance=NARROW.tolerance)).method == "rounded"


def test_a_warm_start_comes_to_the_same_modes(directed):
    target, plan = directed_target(directed), Plan("krylov")
    cold = solve_second_order(target, 6, plan=plan)
    warm = solve_second_order(target, 6, warm_start=cold, plan=plan)
    np.testing.assert_allclose(warm.eigenvalues, cold.eigenvalues, atol=2e-3 * cold.eigenvalues[0])
    assert warm.lineage.values_of("solve_second_order")["warm_start"] is True


def test_more_modes_than_the_rank_are_refused_with_the_rank():
    target = directed_target(count_directed(encode([["a", "b"]] * 9), (1,)))
    with pytest.raises(TooManyModes, match="has rank 2") as error:
        solve_second_order(directed_target(count_directed(encode([["a", "b", "c"], ["a", "b"]] * 9), (2,))), 3)
    assert error.value.available == 2
    assert len(solve_second_order(target, 2)) == 2


def test_a_view_reads_rows_of_length_one(parts):
    for view, spectrum in parts:
        rows = view.rows(spectrum).astype(np.float64)
        power = 0.125 / 2 if view is NARROW else 0.5  # Σ^⅛ where λ = σ²
        raw = spectrum.eigenvectors * spectrum.eigenvalues**power
        np.testing.assert_allclose(rows, raw / np.linalg.norm(raw, axis=1, keepdims=True), atol=1e-6)
    with pytest.raises(InputError, match="cannot be read off a Spectrum"):
        NARROW.rows(parts[0][1])


def test_the_join_is_a_power_of_the_views_common_kernel(parts):
    """E has the leading eigenvectors of K = Z Zᵀ, their lengths λ^p, by NumPy's eigh of all of K."""
    Z = np.hstack([view.weight * view.rows(spectrum).astype(np.float64) for view, spectrum in parts]) / np.sqrt(1.49)
    values, vectors = np.linalg.eigh(Z @ Z.T)
    values, vectors = values[::-1][:9], vectors[:, ::-1][:, :9]
    for power in (0.25, 0.5):
        E = join(parts, dim=9, power=power).vectors.astype(np.float64)
        gram = (vectors * (values / values[0]) ** (2 * power)) @ vectors.T * values[0]
        np.testing.assert_allclose(E @ E.T, gram, atol=1e-5 * values[0])


def test_an_embedding_knows_its_parts(parts):
    joined = join(parts, dim=9)
    Z = np.hstack([np.float32(view.weight / np.sqrt(1.49)) * view.rows(spectrum) for view, spectrum in parts])
    np.testing.assert_allclose(Z @ joined.coefficients, joined.vectors, atol=1e-5)
    assert joined.modes == (12, 10)
    assert joined.view_shares == pytest.approx({"wide": 1 / 1.49, "narrow": 0.49 / 1.49})
    one, other = joined.words[3], joined.words[8]
    in_views, rows = similarity_in(parts, one, other), Z[[3, 8]].astype(np.float64)
    assert sum(joined.view_shares[view] * cosine for view, cosine in in_views.items()) == pytest.approx(
        rows[0] @ rows[1], abs=1e-6
    )


def test_dimensions_are_nested(parts):
    nine, five = join(parts, dim=9), join(parts, dim=5)
    assert np.array_equal(nine.vectors[:, :5], five.vectors)
    assert nine.first(5).fingerprint == five.fingerprint


def test_what_cannot_be_joined_is_refused(parts):
    with pytest.raises(InputError, match="the views have 22 together"):
        join(parts, dim=23)
    with pytest.raises(InputError, match="one name"):
        join([parts[0], parts[0]], dim=2)
    with pytest.raises(InputError, match="nothing to join"):
        join([], dim=2)
    with pytest.raises(InputError, match="folded into one view"):
        join(parts, dim=3).fold_in(np.ones(len(parts[0][1].vocabulary)))


def test_fit_is_its_stages_and_no_thread_or_shard_changes_a_bit(texts, corpus, directed, tmp_path):
    made = fit(texts, 8, views=BOTH, min_count=1, size=5, out=tmp_path / "run", threads=1)
    wide = solve(build_target(count(corpus, Window(5)), WIDE.formula), 6, solver=Solver(tolerance=3e-3))
    narrow = solve_second_order(directed_target(directed), 4)
    assert made.fingerprint == join([(WIDE, wide), (NARROW, narrow)], dim=8).fingerprint
    for options in ({"threads": 3}, {"shards": 4}):
        assert fit(texts, 8, views=BOTH, min_count=1, size=5, **options).fingerprint == made.fingerprint
    opened = solve2vec.Run(tmp_path / "run")
    assert opened.stages == ("corpus", "spectrum", "spectrum-narrow", "embedding")
    assert opened.stale() == ()
    assert isinstance(opened.load("spectrum-narrow"), SecondOrderSpectrum)
    assert isinstance(opened.embedding, JoinedEmbedding)
    assert opened.embedding.fingerprint == made.fingerprint
    opened.save(solve_second_order(directed_target(count_directed(corpus, (1,))), 4))
    assert opened.stale() == ("embedding",)


def test_one_view_alone_is_the_fit_there_was(texts):
    plain = fit(texts, 6, min_count=1)
    for views in ("wide", ("wide",)):
        assert fit(texts, 6, min_count=1, views=views).fingerprint == plain.fingerprint
    assert not isinstance(plain, JoinedEmbedding)


@pytest.fixture(scope="module")
def prose():
    """Sentences of 1,300 words: nouns of twenty subjects and verbs, in forms, after articles that come again."""
    rng = np.random.default_rng(0)
    stems = sorted({"".join(rng.choice(list(part)) for part in ("bdfgklmnprstvz", "aeiou") * 3) for _ in range(700)})
    nouns, verbs = stems[:450], stems[450:650]
    sentences = []
    for _ in range(5000):
        subject = int(rng.integers(20))
        one, other = (nouns[subject::20][int(22 * rng.random() ** 2)] + str(rng.choice(["", "s"])) for _ in range(2))
        verb = verbs[subject::20][int(rng.integers(10))] + str(rng.choice(["ed", "ing"]))
        sentences.append(["the", one, verb, str(rng.choice(["a", "the"])), other, "of", "the", nouns[subject]])
    return sentences


def test_running_text_has_two_views_and_all_else_one(prose):
    made = fit(prose, 20, min_count=1)
    assert len(made) > 1000 and made.views == BOTH
    assert made.fingerprint == fit(prose, 20, min_count=1, views=BOTH).fingerprint
    for options in ({"max_vocab": 999}, {"size": "document"}, {"tied": False}):
        one = fit(prose, 20, min_count=1, **options)
        assert one.fingerprint == fit(prose, 20, min_count=1, views="wide", spelling=False, **options).fingerprint
    sets = [sorted(set(sentence) - {"the", "a", "of"}) for sentence in prose]
    one, why = fitted(sets, 20, min_count=1)
    assert not isinstance(one, JoinedEmbedding) and one.subwords is None and "sets of items" in why
    asked, why = fitted(sets, 20, min_count=1, views=BOTH, spelling=True)
    assert asked.views == BOTH and asked.subwords is not None and not why


def test_what_is_asked_for_changes_a_view_and_what_is_not_leaves_it_its_own():
    asked = {
        "nothing": (Recipe(), {}, WIDE.formula),
        "one option": (Recipe(), {"shrinkage": 0.5}, replace(WIDE.formula, shrinkage=0.5)),
        "an option at its default": (Recipe(), {"subsample": None}, replace(WIDE.formula, subsample=None)),
        "a recipe of other parts": (Recipe.of(min_count=2, size=5), {}, WIDE.formula),
        "a recipe with a formula": (Recipe.of(kind="ppmi"), {}, Formula(kind="ppmi")),
        "a formula": (Recipe(), {"formula": Formula()}, Formula()),
    }
    for name, (recipe, options, formula) in asked.items():
        assert recipe.seen(WIDE, options).formula == formula, name
    assert Recipe.of(size=5).seen(WIDE, {}).window == Window(5)
    assert Recipe().seen(View(name="own", window=Window(7)), {"weighting": "flat"}).window == Window(7, "flat")
    assert (
        Recipe().seen(NARROW, {"tolerance": 1e-3}).tolerance
        == Recipe.of(tolerance=1e-4).seen(NARROW, {}).tolerance * 10
    )
    assert Recipe().seen(NARROW, {"shrinkage": 0.5}) == NARROW


def test_the_command_line_knows_what_was_given(prose, tmp_path, capsys):
    text = tmp_path / "text.txt"
    text.write_text("\n".join(" ".join(sentence) for sentence in prose), encoding="utf-8")
    fitting = ["fit", str(text), "--min-count", "1", "--dim", "10", "--out"]
    for options, shrinkage, subsample in (
        ([], 0.25, 3e-5),
        (["--shrinkage", "0.5"], 0.5, 3e-5),
        (["--subsample", "none"], 0.25, None),
        (["--views", "wide"], 0.5, None),
    ):
        assert run([*fitting, str(tmp_path / "run"), *options, "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        formula = solve2vec.Run(tmp_path / "run").spectrum.formula
        assert (formula.shrinkage, formula.subsample) == (shrinkage, subsample)
        assert told["views"] == (["wide"] if options[:1] == ["--views"] else list(BOTH)) and not told["plain_because"]
    assert run([*fitting, str(tmp_path / "few"), "--max-vocab", "50"]) == 0
    assert "view wide, without spelling: 50 words are too few for more" in capsys.readouterr().out


def test_a_bootstrap_draws_both_views_and_spelling(prose, tmp_path):
    """Against the obvious road: the documents that were drawn, written out and fitted."""
    how = Resampling(replicates=2, shards=5)
    made = fit(prose, 12, min_count=1, spelling=True, out=tmp_path / "run", bootstrap=how)
    opened = solve2vec.Run(tmp_path / "run")
    assert opened.stages == ("corpus", "spectrum", "spectrum-narrow", "embedding", "bootstrap") and not opened.stale()
    assert opened.bootstrap.is_of(made) and opened.bootstrap.is_of(opened.spectrum)
    parts, again = cut(opened.corpus, 5), opened.bootstrap
    for replicate, eigenvalues, drawn in zip(again.replicates, again.replicate_eigenvalues, how.draws(), strict=True):
        whole = [part for part, times in zip(parts, drawn, strict=True) for _ in range(times)]
        starts = np.cumsum(np.concatenate([[0], *(np.diff(part.document_starts) for part in whole)]))
        corpus = Corpus.from_ids(np.concatenate([part.tokens for part in whole]), starts, made.vocabulary.words)
        joined, ((_, wide), _) = embed_views(corpus, (WIDE, NARROW), 12)
        np.testing.assert_allclose(eigenvalues, wide.eigenvalues, rtol=1e-6)
        vectors = spell(joined, spelling=True).unit_vectors
        np.testing.assert_allclose(replicate.astype(np.float64) @ replicate[:50].T, vectors @ vectors[:50].T, atol=5e-3)
    estimate, low, high = again.similarity(*made.words[3:5])
    assert low < estimate < high
    with pytest.raises(InputError, match="joined of wide and narrow"):
        resample(opened.corpus, opened.spectrum, made, how)
    assert resample(opened.corpus, opened.spectrum, made, how, views=opened.views()).fingerprint == again.fingerprint


def test_fit_takes_views_of_ones_own(texts):
    near = View(name="next", offsets=(1,), modes=5, words=1, share=0.0)
    made = fit(texts, 4, views=[near], min_count=1)
    assert (made.views, made.modes, made.view_shares) == (("next",), (5,), {"next": 1.0})


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"views": "narow"}, "did you mean 'narrow'"),
        ({"views": BOTH, "size": "document"}, "without an order"),
        ({"views": BOTH, "tied": False}, "one matrix each"),
        ({"views": [NARROW, View(name="b", offsets=(1,))]}, "both views of second order"),
        ({"views": "narrow", "bootstrap": 3, "out": "run"}, "of a view of first order"),
    ],
)
def test_views_that_cannot_be_are_refused_before_the_text_is_read(options, what):
    with pytest.raises(InputError, match=what):
        fit(iter(()), 3, **options)


@pytest.mark.parametrize(
    "options", [{"weight": -1.0}, {"power": np.nan}, {"modes": 0}, {"offsets": (0,)}, {"share": -1}]
)
def test_a_view_has_numbers_that_make_sense(options):
    with pytest.raises(InputError):
        View(name="odd", **options)


def test_the_table_has_two_views():
    assert list(VIEWS) == list(BOTH)
    assert (WIDE.modes_for(200, 30_000), NARROW.modes_for(200, 30_000)) == (220, 200)
    assert (WIDE.modes_for(800, 30_000), NARROW.modes_for(800, 30_000)) == (600, 320)
    assert (WIDE.modes_for(20, 4_800), NARROW.modes_for(20, 4_800)) == (150, 100)
    assert (WIDE.modes_for(50, 40), NARROW.modes_for(2, 40)) == (38, 1)


def test_a_share_of_similarity_is_what_the_second_order_counts(parts):
    for share in (0.0, 0.3, 1.0):
        assert join(with_share(parts, share), dim=4).view_shares == pytest.approx({"wide": 1 - share, "narrow": share})
    wide = join(with_share(parts, 0.0), dim=12, power=0.5).vectors.astype(np.float64)
    rows = WIDE.rows(parts[0][1]).astype(np.float64)
    np.testing.assert_allclose(wide @ wide.T, rows @ rows.T, atol=1e-5)
    with pytest.raises(InputError, match="0 … 1"):
        with_share(parts, 1.5)
    with pytest.raises(InputError, match="of first and of second order"):
        with_share(parts[:1], 0.5)


def command(arguments):
    assert run(list(map(str, arguments))) == 0


def test_the_command_line_fits_shows_and_asks_views(texts, tmp_path, capsys):
    text, folder = tmp_path / "text.txt", tmp_path / "run"
    text.write_text("\n".join(" ".join(document) for document in texts), "utf-8")
    command(["fit", text, "--out", folder, "--dim", 8, "--views", "wide", "narrow", "--min-count", 1, "--size", 5])
    made = fit(solve2vec.read(text), 8, views=BOTH, min_count=1, size=5)
    opened = solve2vec.Run(folder)
    assert opened.embedding.fingerprint == made.fingerprint
    word = made.words[5]
    capsys.readouterr()
    command(["modes", folder, "--view", "narrow", "-k", 2, "--json"])
    modes = json.loads(capsys.readouterr().out)["modes"]
    assert [mode["eigenvalue"] for mode in modes] == opened.load("spectrum-narrow").eigenvalues[:2].tolist()
    command(["neighbors", folder, word, "-n", 3, "--views", "--json"])
    (found,) = json.loads(capsys.readouterr().out)["results"]
    assert [near["word"] for near in found["words"]] == [name for name, _ in made.neighbors(word, 3)]
    for near in found["words"]:
        assert near["views"] == similarity_in(opened.views(), word, near["word"])
    command(["neighbors", folder, word, "-n", 3, "--similarity", 1, "--json"])
    (found,) = json.loads(capsys.readouterr().out)["results"]
    alone = join(with_share(opened.views(), 1.0), dim=4).neighbors(word, 3)
    assert [(near["word"], near["similarity"]) for near in found["words"]] == alone
    command(["show", folder])
    shown = capsys.readouterr().out
    assert opened.spectrum.fingerprint[:12] in shown and opened.spectrum.fingerprint not in shown
    command(["embed", folder])
    assert "was of two views; it is of the wide one alone now" in capsys.readouterr().err


def test_a_run_of_one_view_has_none_to_show(texts, tmp_path):
    fit(texts, 4, min_count=1, out=tmp_path / "run")
    with pytest.raises(InputError, match="an embedding of one view"):
        solve2vec.Run(tmp_path / "run").views()


def test_a_run_of_two_views_is_explored_along_its_own_axes_and_predicted_along_the_wide_modes(texts, tmp_path):
    joined = fit(texts, 8, min_count=1, views=BOTH, out=tmp_path / "run")
    opened = solve2vec.Run(tmp_path / "run")
    page = solve2vec.explore(opened)
    assert page.contents["ends"] == solve2vec.explore(joined).contents["ends"]
    command(["predict", tmp_path / "run", "--init-scale", 0.01])
    np.testing.assert_array_equal(opened.prediction.eigenvalues, opened.spectrum.eigenvalues)
