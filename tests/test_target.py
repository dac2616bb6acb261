"""The target against its dense definition: sparse part, background of low rank, products and norms.

Tolerance of an entry: the background may be off by ``background_error``, which is measured on all pairs where
V ≤ 200; the sparse part M - background is kept as float32, so it is off by at most 2⁻²⁴ of its size.
"""

import itertools
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from scipy import sparse

import oracles_math as oracle
from solve2vec.cooccurrence.cooccurrence import Cooccurrence, count
from solve2vec.cooccurrence.window import Window
from solve2vec.core.errors import InputError
from solve2vec.core.resources import using
from solve2vec.corpus.corpus import Corpus, VocabularyOptions, encode
from solve2vec.corpus.vocabulary import Vocabulary
from solve2vec.datasets.synthetic import planted_corpus
from solve2vec.linalg.rowblocks import row_blocks
from solve2vec.spectrum.solver import solve
from solve2vec.target.expectation import BACKGROUND_ERROR
from solve2vec.target.formula import Formula
from solve2vec.target.kinds import KINDS, KindName
from solve2vec.target.target import Target, build_target, mstar, pmi, ppmi, shifted_pmi

FLOAT32 = 2.0**-24


@pytest.fixture(scope="module")
def counts():
    """40 Zipf words and unknown ones; most pairs of rare words are never seen, and one word sees nobody."""
    rng = np.random.default_rng(3)
    p = 1 / np.arange(1, 41) ** 1.5
    documents = [*(rng.choice(40, n, p=p / p.sum()) for n in (600, 40, 300, 3)), [39, 40, 40, 40, 40, 40, 39]]
    tokens = np.concatenate(documents).astype(np.int32)
    tokens[(tokens == 37)] = 40
    tokens = np.append(tokens, [37]).astype(np.int32)
    corpus = Corpus.from_ids(tokens, np.cumsum([0, *map(len, documents), 1]), [f"w{i}" for i in range(40)])
    made = count(corpus, Window(4, "linear"))
    assert made.row_weights()[37] == 0
    return made


def dense_counts(counts):
    return counts.counts.toarray() / counts.denominator


def dense_target(counts, formula):
    C, v = dense_counts(counts), counts.vocabulary
    options = dict(
        κ=formula.shrinkage, k=formula.negatives, α=formula.context_smoothing, symmetric=formula.symmetric,
        floor=formula.floor, threshold=formula.subsample, unigram=formula.unigram, noise=formula.noise,
        word_counts=v.counts, tokens=v.total,
    )  # fmt: skip
    return oracle.target(C, formula.kind, **options)


def oracle_expected(counts, formula):
    C, v = dense_counts(counts), counts.vocabulary
    keep = np.ones(len(C))
    if formula.subsample is not None:
        keep = oracle.keep_probability(v.counts, v.total, formula.subsample)
    p = v.counts * keep / (v.counts * keep).sum() if formula.unigram else None
    α, k = formula.context_smoothing, formula.negatives
    drawn = oracle.drawn_by(C, formula.noise, formula.unigram, v.counts)
    return oracle.expected(C * np.outer(keep, keep), k=k, α=α, symmetric=formula.symmetric, p=p, drawn=drawn)


GRID = [
    Formula(kind, shrinkage=κ, context_smoothing=α, subsample=t, unigram=unigram, symmetric=symmetric,
            negatives=1 if row.shifted else 3)
    for (kind, row), κ, α, t, unigram, symmetric in itertools.product(
        KINDS.items(), (0.0, 0.5), (1.0, 0.75), (None, 1e-2), (False, True), (True, False)
    )
]  # fmt: skip
GRID += [
    Formula(
        "shifted_pmi", negatives=3, context_smoothing=α, subsample=t, unigram=unigram, symmetric=symmetric, noise=noise
    )
    for noise, α, t, unigram, symmetric in itertools.product(
        ("kept", "words"), (1.0, 0.75), (None, 1e-2), (False, True), (True, False)
    )
]
GRID += [Formula(kind, shrinkage=κ, floor=floor) for kind in KINDS for κ in (0.0, 0.5) for floor in (-3.0, 1.0)]


def is_its_dense_matrix(counts, formula):
    """Whether each entry is what the definition says, up to the tolerance of the sparse part and the background."""
    made = build_target(counts, formula)
    expected, found = dense_target(counts, formula), made.toarray()
    assert made.background_error <= BACKGROUND_ERROR
    E = oracle_expected(counts, formula)
    under = oracle.background(formula.kind, E, formula.shrinkage, formula.floor)
    tolerance = made.background_error + FLOAT32 * np.abs(expected - under) + 1e-12
    return (np.abs(found - expected) <= tolerance).all() and made.is_symmetric == formula.is_symmetric


@pytest.mark.parametrize("formula", GRID, ids=lambda f: "-".join(map(str, f.__dict__.values())))
def test_every_formula_makes_its_dense_matrix(counts, formula):
    assert is_its_dense_matrix(counts, formula)


def test_every_target_has_its_oracle_and_no_oracle_is_left_over():
    assert set(get_args(KindName)) == set(KINDS) == set(oracle.TARGETS)
    assert {formula.kind for formula in GRID} == set(KINDS)


def scaled(kernel):
    """A kernel that is off by a millionth."""

    def wrong(C, E, κ, floor, above):
        kernel(C, E, κ, floor, above)
        above *= np.float32(1 + 1e-6)

    return wrong


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [(kind, other) for kind, row in KINDS.items() for other in KINDS if KINDS[other].above is not row.above]
    + [(kind, scaled) for kind in KINDS],
)
def test_the_grid_catches_a_wrong_kernel_of_any_target(counts, monkeypatch, kind, wrong):
    own, kernel = [formula for formula in GRID if formula.kind == kind], KINDS[kind].kernel
    row = replace(KINDS[kind])
    vars(row)["kernel"] = scaled(kernel) if wrong is scaled else KINDS[wrong].kernel
    monkeypatch.setitem(KINDS, kind, row)
    for κ in (0.0, 0.5):  # either branch of a kernel
        assert not all(is_its_dense_matrix(counts, formula) for formula in own if formula.shrinkage == κ)


def test_no_target_is_taken_for_another(counts):
    """A kind without a row is refused where it is named, and has no kernel that it could fall back on."""
    formula = Formula()
    object.__setattr__(formula, "kind", "glove")
    with pytest.raises(KeyError, match="glove"):
        build_target(counts, formula)


def test_by_hand():
    """a b c in a row: a and b are seen 2 times of 8 where 1 was expected, M* = 2 (2 - 1) / (2 + 1)."""
    counts = Cooccurrence.from_matrix([[0, 2, 0], [2, 0, 2], [0, 2, 0]], ["a", "b", "c"])
    expected = np.array([[-2, 2 / 3, -2], [2 / 3, -2, 2 / 3], [-2, 2 / 3, -2]])
    np.testing.assert_allclose(mstar(counts, shrinkage=0).toarray(), expected, atol=3 * FLOAT32)
    np.testing.assert_allclose(mstar(counts, shrinkage=0).row("b"), expected[1], atol=3 * FLOAT32)


def test_the_named_targets_are_the_published_ones(counts):
    """No shrinkage unless asked for; M* has ours."""
    for verb, kind in ((pmi, "pmi"), (shifted_pmi, "shifted_pmi"), (ppmi, "ppmi")):
        assert verb(counts).formula == Formula(kind, shrinkage=0)
        assert verb(counts, shrinkage=2).formula == Formula(kind, shrinkage=2)
    assert mstar(counts).formula == Formula()
    assert (ppmi(counts).toarray() == np.maximum(0, pmi(counts).toarray())).all()


@pytest.mark.parametrize("negatives", [1, 5])
def test_mstar_clips_the_shifted_pmi_softly(counts, negatives):
    seen = dense_counts(counts) > 0
    M, shifted = mstar(counts, shrinkage=0, negatives=negatives), shifted_pmi(counts, negatives=negatives)
    np.testing.assert_allclose(M.toarray()[seen], 2 * np.tanh(shifted.toarray()[seen] / 2), atol=20 * FLOAT32)
    assert (np.abs(M.toarray()[~seen] + 2) <= 0).all()


@pytest.mark.parametrize("κ", [1e-3, 0.5, 100.0])
@pytest.mark.parametrize("kind", ["mstar", "shifted_pmi"])
@pytest.mark.parametrize("symmetric", [True, False])
def test_the_background_bound_holds_on_every_pair(kind, κ, symmetric):
    """900 words over seven orders of magnitude: the bound is found on 200 of them; it must hold on all."""
    rng = np.random.default_rng(5)
    V = 900
    some = sparse.random_array((V, V), density=0.01, rng=rng)
    i, j = some.coords
    weights = np.ceil(1e7 / (1 + i) ** 2.2 / (1 + j) ** 0.3)
    C = sparse.coo_array((weights, (i, j)), (V, V)) + sparse.eye_array(V)
    counts = Cooccurrence.from_matrix(C + C.T, [f"w{i}" for i in range(V)])
    formula = Formula(kind, shrinkage=κ, context_smoothing=0.75, symmetric=symmetric)
    made = build_target(counts, formula)
    E = oracle.expected(counts.counts.toarray().astype(float), α=0.75, symmetric=symmetric)
    exact = -2 * E / (E + κ) if kind == "mstar" else np.log(κ / (E + κ))
    worst = np.abs(made.left @ made.right.T - exact).max()
    assert worst <= max(made.background_error, BACKGROUND_ERROR) * 1.05
    assert made.left.shape[1] < 100


@pytest.mark.parametrize(
    "formula",
    [Formula(), Formula("ppmi", shrinkage=0), Formula("shifted_pmi", symmetric=False, context_smoothing=0.75)],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_products_are_those_of_the_dense_matrix(counts, formula, dtype):
    """float64: 40 products of size ‖M‖ rounded; float32: the same at 2⁻²⁴."""
    made = build_target(counts, formula)
    M = made.toarray()
    X = np.random.default_rng(0).standard_normal((40, 7)).astype(dtype)
    size = np.linalg.norm(np.abs(M)) * np.linalg.norm(X)
    for threads in (1, 2, 3):
        with using(threads=threads), row_blocks(40) as blocks:
            Y, Z = made.product(blocks)(X), made.product(blocks, transposed=True)(X)
        assert Y.dtype == Z.dtype == dtype
        np.testing.assert_allclose(Y, M @ X, atol=np.finfo(dtype).eps * size)
        np.testing.assert_allclose(Z, M.T @ X, atol=np.finfo(dtype).eps * size)


@pytest.mark.parametrize("formula", GRID[::5], ids=str)
def test_the_squared_norm_is_the_sum_of_squares(counts, formula):
    made = build_target(counts, formula)
    assert made.squared_norm() == pytest.approx((made.toarray() ** 2).sum(), rel=1e-9)


def test_a_planted_joint_distribution_is_recovered_within_sampling_error():
    """Tokens of a document are exchangeable, so a document window samples P_ij without bias: over ten samples the
    mean is off by its standard error, so t² is 9/7 on average (Student, 9 degrees of freedom)."""
    planted = planted_corpus(plain=4, families=3, countries=3, verbs=3, topics=2)
    order = {word: i for i, word in enumerate(planted.words)}
    samples = []
    for seed in range(10):
        corpus = encode(planted.documents(800, length=12, seed=seed), selection=VocabularyOptions(min_count=1))
        counts = count(corpus, Window("document"))
        place = np.argsort([order[word] for word in corpus.vocabulary.words])
        assert len(place) == len(planted.words)
        samples.append(dense_counts(counts)[np.ix_(place, place)] / counts.total)
        np.testing.assert_allclose(build_target(counts).marginal[place], samples[-1].sum(axis=1), rtol=1e-12)
    error = np.std(samples, axis=0, ddof=1) / np.sqrt(10)
    t = (np.mean(samples, axis=0) - planted.joint)[error > 0] / error[error > 0]
    assert np.sqrt(np.mean(error**2)) < 0.1 * planted.joint.std()
    assert 0.8 < np.mean(t**2) < 2


class TestFromArray:
    def test_any_matrix_is_kept_as_it_is(self):
        M = np.array([[1.5, -2.0], [0.25, 0.0]])
        made = Target.from_array(M, ["a", "b"])
        assert (made.toarray() == M).all()
        assert not made.is_symmetric
        assert Target.from_array(M + M.T, ["a", "b"]).is_symmetric
        assert made.squared_norm() == (M**2).sum()

    def test_the_background_is_what_a_sparse_matrix_does_not_store(self):
        made = Target.from_array(sparse.csr_array(([3.0, 4.0], ([0, 1], [1, 0])), (2, 2)), ["a", "b"], background=-2)
        assert made.toarray().tolist() == [[-2, 3], [4, -2]]
        assert made.squared_norm() == 33

    def test_a_dense_zero_is_a_zero_on_any_background(self):
        assert Target.from_array([[0.0, 1.0], [1.0, 5.0]], ["a", "b"], background=-2).toarray().tolist() == [
            [0, 1],
            [1, 5],
        ]

    def test_the_callers_matrix_is_left_alone(self):
        given = sparse.csr_array(np.array([[0, 1], [1, 0]], np.float32))
        Target.from_array(given, ["a", "b"], background=-2)
        assert given.data.tolist() == [1, 1]

    @pytest.mark.parametrize(
        ("matrix", "message"),
        [
            ([[1.0, 2.0]], r"shape \(1, 2\); 2 words"),
            ([[1.0, np.nan], [0, 1]], "finite"),
            ([[1e300, 0], [0, 1]], "finite"),
        ],
    )
    def test_what_is_no_matrix_over_the_words_is_refused(self, matrix, message):
        with pytest.raises(InputError, match=message):
            Target.from_array(matrix, ["a", "b"])


def test_counts_without_a_pair_are_refused():
    lonely = count(encode([["a"], ["b"]], selection=VocabularyOptions(min_count=1)))
    with pytest.raises(InputError, match=r"no two of the 2 words .* wider window"):
        build_target(lonely)


def test_a_saved_target_comes_back_the_same(counts, tmp_path):
    made = build_target(counts, Formula("shifted_pmi", negatives=2, subsample=1e-3))
    back = Target.load(made.save(tmp_path / "target"))
    assert back.fingerprint == made.fingerprint
    assert back.formula == made.formula
    assert (back.toarray() == made.toarray()).all()


def test_threads_leave_no_trace(counts):
    assert len({build_target(counts, Formula(subsample=1e-2), threads=t).fingerprint for t in (1, 2, 3)}) == 1


def test_a_symmetric_array_on_a_constant_background_is_solved_by_one_matrix():
    M = np.array([[2.0, 1.0, -2.0], [1.0, 2.0, -2.0], [-2.0, -2.0, -2.0]])
    target = Target.from_array(M, ["a", "b", "c"], background=-2.0)
    assert target.is_symmetric
    np.testing.assert_allclose(solve(target, dim=2).eigenvalues, np.linalg.eigvalsh(M)[::-1][:2], atol=1e-6)
    assert not Target.from_array([[0.0, 1.0], [2.0, 0.0]], ["a", "b"], background=-2.0).is_symmetric


def test_word_counts_that_nobody_kept_give_no_unigram():
    counts = Cooccurrence.from_matrix([[0, 2], [2, 0]], Vocabulary.of_words(["a", "b"]))
    with pytest.raises(InputError, match="no word of this vocabulary has a count"):
        mstar(counts, unigram=True)
