"""The embedding: W Wᵀ is the best M of rank d, folding in is the row it must be, and nearest means nearest."""

import re

import numpy as np
import pytest

import oracles_math as oracle
from solve2vec.cooccurrence.cooccurrence import count
from solve2vec.cooccurrence.window import Window
from solve2vec.core.errors import InputError, UnknownWordError
from solve2vec.corpus.corpus import VocabularyOptions, encode
from solve2vec.corpus.vocabulary import Vocabulary
from solve2vec.datasets.synthetic import planted_corpus, planted_spectrum
from solve2vec.embedding.embedding import Embedding, embed
from solve2vec.spectrum.solver import Solver, solve
from solve2vec.spectrum.spectrum import Spectrum
from solve2vec.target.formula import Formula
from solve2vec.target.plan import Plan
from solve2vec.target.target import Target, build_target


@pytest.fixture(scope="module")
def counts():
    documents = planted_corpus(plain=3, families=3, countries=3, verbs=3, zipf=0.7).documents(500, length=20, seed=1)
    return count(encode(documents, selection=VocabularyOptions(min_count=1)), Window(5))


@pytest.fixture(scope="module")
def target(counts):
    return build_target(counts)


@pytest.fixture(scope="module")
def embedding(target):
    return embed(solve(target, 12))


FLOAT32 = 2.0**-24


class TestSolution:
    def test_by_hand(self):
        """[[2, 1], [1, 2]] = 3 v vᵀ + 1 u uᵀ with v = (1, 1)/√2: in one dimension both words are √1.5."""
        made = embed(solve(Target.from_array([[2.0, 1.0], [1.0, 2.0]], ["a", "b"]), 2))
        np.testing.assert_allclose(made.vectors[:, 0], np.sqrt(1.5), rtol=1e-6)
        np.testing.assert_allclose(made.vectors @ made.vectors.T, [[2, 1], [1, 2]], atol=1e-6)

    def test_w_w_transposed_is_the_best_positive_approximation(self, target, embedding):
        """Eckart and Young: the d largest eigenpairs; float32 rounds each of V d products."""
        values, vectors = np.linalg.eigh(target.toarray())
        best = (vectors[:, ::-1][:, :12] * values[::-1][:12]) @ vectors[:, ::-1][:, :12].T
        W = embedding.vectors.astype(np.float64)
        np.testing.assert_allclose(W @ W.T, best, atol=4 * FLOAT32 * values[-1])

    @pytest.mark.parametrize("power", [0, 0.25, 1, -0.5])
    def test_the_power_scales_each_mode(self, target, power):
        modes = solve(target, 5)
        made = embed(modes, power=power)
        np.testing.assert_allclose(
            np.linalg.norm(made.vectors.astype(float), axis=0), modes.eigenvalues**power, rtol=1e-6
        )

    def test_two_matrices_share_each_mode(self, counts):
        target = build_target(counts, Formula(symmetric=False, context_smoothing=0.75))
        made = embed(solve(target, 40, tied=False))
        U, σ, Vt = np.linalg.svd(target.toarray())
        best = (U[:, :40] * σ[:40]) @ Vt[:40]
        found = made.vectors.astype(float) @ made.context_vectors.astype(float).T
        np.testing.assert_allclose(found, best, atol=4 * FLOAT32 * σ[0])

    def test_fewer_dimensions_are_the_first_columns_bit_for_bit(self, target, embedding):
        for dim in (1, 7, 12):
            solved = embed(solve(target, dim))
            np.testing.assert_array_equal(embedding.first(dim).vectors, solved.vectors)
            np.testing.assert_array_equal(embed(solve(target, 12), dim=dim).vectors, solved.vectors)
        assert embedding.first(3).lineage[-1].verb == "first"

    def test_fewer_dimensions_of_an_iterated_solution_agree_to_its_tolerance(self):
        """W Wᵀ does not see rotations inside near modes; its error is that of eigenvalues, 2 · 1e-6 λ_1 each."""
        target = Target.from_array(planted_spectrum(np.geomspace(9, 0.1, 80), 300), [f"w{i}" for i in range(300)])
        solver, plan = Solver(tolerance=1e-6), Plan("krylov")
        small, large = (embed(solve(target, dim, solver=solver, plan=plan)) for dim in (6, 20))
        W, X = small.vectors.astype(float), large.first(6).vectors.astype(float)
        np.testing.assert_allclose(W @ W.T, X @ X.T, atol=1e-4)

    def test_impossible_dimensions_and_powers_are_refused(self, target, embedding):
        modes = solve(target, 5)
        for dim in (0, 6):
            with pytest.raises(InputError, match=rf"asked for {dim} dimensions; the spectrum has 5 modes"):
                embed(modes, dim=dim)
        for dim in (0, 13):
            with pytest.raises(InputError, match=rf"asked for {dim} dimensions of an embedding that has 12"):
                embedding.first(dim)
        with pytest.raises(InputError, match="finite number, got nan"):
            embed(modes, power=float("nan"))

    def test_modes_that_are_not_positive_make_no_vectors(self):
        modes = Spectrum(
            eigenvalues=np.array([2.0, -1.0]), eigenvectors=np.eye(2, dtype=np.float32), residuals=np.zeros(2),
            vocabulary=Vocabulary.of_words("ab"),
        )  # fmt: skip
        with pytest.raises(InputError, match="1 positive modes: use dim=1"):
            embed(modes)
        assert embed(modes, dim=1).dim == 1


FOLDED = [
    Formula(),
    Formula(shrinkage=0),
    Formula("ppmi", shrinkage=0, negatives=2),
    Formula("shifted_pmi", negatives=3, context_smoothing=0.75),
    Formula(subsample=1e-2),
    Formula("shifted_pmi", subsample=1e-2, context_smoothing=0.75, symmetric=False),
    Formula(unigram=True),
    Formula(unigram=True, subsample=1e-2, context_smoothing=0.5, symmetric=False),
    Formula(noise="kept", subsample=1e-2, context_smoothing=0.75),
    Formula(noise="words", subsample=1e-2, context_smoothing=0.75),
    Formula("shifted_pmi", noise="words", symmetric=False),
]


class TestFoldingIn:
    @pytest.mark.parametrize("formula", FOLDED, ids=lambda f: "-".join(map(str, f.__dict__.values())))
    @pytest.mark.parametrize("power", [0.5, 0.0, 1.0])
    def test_a_word_of_the_vocabulary_is_its_own_row(self, counts, formula, power):
        """M_i V Λ^(p-1) = V_i Λ^p holds for each mode by itself; what is lost is float32, of M and of vectors."""
        target = build_target(counts, formula)
        tied = target.is_symmetric
        made = embed(solve(target, 10, tied=tied), power=power)
        C = counts.counts.toarray() / counts.denominator
        strongest, weakest = made.eigenvalues[[0, -1]]
        M = target.toarray()
        lost = (4 * FLOAT32 + target.background_error) * np.linalg.norm(M, axis=1).max()
        for i in (0, 3, 20, len(counts) - 1):
            folded = made.fold_in(C[i], seen=int(counts.vocabulary.counts[i]))
            slack = lost * max(strongest**power, weakest**power) / weakest
            np.testing.assert_allclose(folded, made.vectors[i], atol=slack)

    def test_at_full_rank_nothing_is_left_out(self):
        """A positive definite target: all V modes, and the row comes back whole."""
        documents = [["a", "a", "a", "b"], ["b", "b", "b", "c"], ["c", "c", "c", "a"]]
        counts = count(encode(documents, selection=VocabularyOptions(min_count=1)), Window("document"))
        target = build_target(counts, Formula("ppmi", shrinkage=0))
        made = embed(solve(target, 3))
        for i, row in enumerate(counts.counts.toarray()):
            np.testing.assert_allclose(made.fold_in(row), made.vectors[i], atol=20 * FLOAT32)
            np.testing.assert_allclose(made.fold_in(row) @ made.vectors.T, target.toarray()[i], atol=20 * FLOAT32)

    def test_words_and_arrays_say_the_same(self, counts, embedding):
        row = np.zeros(len(counts))
        row[[0, 5]] = 3.0, 1.5
        words = embedding.words
        named = embedding.fold_in({words[0]: 3.0, words[5]: 1.5, "never heard of": 99.0})
        np.testing.assert_array_equal(named, embedding.fold_in(row))

    @pytest.mark.parametrize(
        "formula", [Formula(shrinkage=0), Formula(), Formula("shifted_pmi", context_smoothing=0.5)], ids=str
    )
    def test_a_word_that_meets_nobody_is_no_obstacle(self, formula):
        """It has no share of the counts, and gets that of the rarest that has: in M, and so in what is folded in."""
        documents = [["a", "b"], ["a", "b"], ["b", "c"], ["lonely"]]
        counts = count(encode(documents, selection=VocabularyOptions(min_count=1)), Window(2))
        assert counts.marginal().min() == 0
        made = embed(solve(build_target(counts, formula), 1))
        assert made["lonely"][0] != 0  # so that its part in M is a part of every row
        i = made.vocabulary.id_of["a"]
        np.testing.assert_allclose(made.fold_in({"b": 2.0}), made.vectors[i], atol=1e-5)

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({}, "none of the given context words"),
            ({"unheard": 3.0}, "none of the given context words"),
            (np.ones(3), "3 context counts; the vocabulary has"),
            ({"the": -1.0}, "negative or not a finite"),
            ({"the": np.nan}, "negative or not a finite"),
            ({"the": np.inf}, "negative or not a finite"),
        ],
    )
    def test_what_cannot_be_folded_in_is_refused(self, embedding, given, message):
        with pytest.raises(InputError, match=message):
            embedding.fold_in(given)

    @pytest.mark.parametrize("seen", [0, -1, float("nan"), float("inf"), "5"])
    @pytest.mark.parametrize("formula", [Formula(), Formula(subsample=1e-2, unigram=True)])
    def test_a_word_that_was_never_seen_is_told(self, counts, formula, seen):
        made = embed(solve(build_target(counts, formula), 4))
        with pytest.raises(InputError, match=rf"^seen must be .* got {seen!r}"):
            made.fold_in({"the": 1.0}, seen=seen)

    def test_vectors_from_elsewhere_have_no_statistics(self):
        with pytest.raises(InputError, match="not solved from counts"):
            Embedding.from_vectors(["a"], [[1.0]]).fold_in({"a": 1})


@pytest.fixture(scope="module")
def grid():
    """40 vectors of few small whole numbers: many exact ties, some zero vectors, some equal rows."""
    vectors = np.random.default_rng(0).integers(-1, 2, (40, 2)).astype(np.float32)
    return Embedding.from_vectors([f"w{i}" for i in range(40)], vectors)


class TestQuestions:
    @staticmethod
    def rows(found):
        return [int(word[1:]) for word, _ in found]

    @pytest.mark.parametrize("n", [1, 5, 38, 39, 40, 1000])
    def test_neighbors_are_those_of_brute_force(self, embedding, n):
        for i in (0, 1, 30):
            expected = oracle.nearest(embedding.vectors, embedding.vectors[i], n, without={i})
            found = embedding.neighbors(embedding.words[i], n)
            assert [word for word, _ in found] == [embedding.words[row] for row, _ in expected]
            np.testing.assert_allclose([c for _, c in found], [c for _, c in expected], atol=1e-6)

    @pytest.mark.parametrize("n", [1, 3, 17, 39, 100])
    def test_ties_fall_to_the_more_frequent_word(self, grid, n):
        """Scores of equal rows are equal; the oracle's are rounded to 6 digits to be so, too."""
        rounded = [(row, round(c, 6)) for row, c in oracle.nearest(grid.vectors, grid.vectors[7], 40, without={7})]
        expected = [row for row, _ in sorted(rounded, key=lambda pair: (-pair[1], pair[0]))][:n]
        assert self.rows(grid.neighbors("w7", n)) == expected

    def test_a_vector_asks_like_a_word_that_is_not_left_out(self, grid):
        assert self.rows(grid.neighbors(grid["w7"], 3)) == [
            row for row, _ in oracle.nearest(grid.vectors, grid["w7"], 3)
        ]

    def test_the_length_of_a_query_does_not_matter(self, embedding):
        query = embedding["king_0"] if "king_0" in embedding else embedding.vectors[9]
        for scale in (1e-30, 1e-3, 1e30):
            assert [w for w, _ in embedding.neighbors(query * np.float32(scale))] == [
                w for w, _ in embedding.neighbors(query)
            ]

    def test_very_long_and_very_short_vectors_have_cosines_too(self):
        made = Embedding.from_vectors("abc", np.array([[1e30, 0], [1e-30, 1e-30], [0, 1e-38]], np.float32))
        assert made.similarity("a", "b") == pytest.approx(np.sqrt(0.5), abs=1e-6)
        assert made.similarity("b", "c") == pytest.approx(np.sqrt(0.5), abs=1e-6)

    def test_a_zero_vector_is_near_nothing(self):
        made = Embedding.from_vectors("abc", [[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0]])
        assert made.neighbors("a") == [("b", 0.0), ("c", 0.0)]
        assert made.similarity("a", "a") == 0
        assert made.neighbors("b") == [("a", 0.0), ("c", -1.0)]

    @pytest.mark.parametrize("method", ["add", "mul"])
    def test_analogies_are_those_of_brute_force(self, embedding, method):
        unit = embedding.vectors.astype(float) / np.linalg.norm(embedding.vectors.astype(float), axis=1)[:, None]
        rng = np.random.default_rng(0)
        for a, b, c in [*rng.integers(0, len(embedding), (8, 3)).tolist(), [1, 1, 2], [3, 3, 3]]:
            if method == "add":
                scores = unit @ (unit[b] - unit[a] + unit[c])
                scores /= np.linalg.norm(unit[b] - unit[a] + unit[c])
            else:
                near = (1 + unit @ unit.T) / 2
                scores = near[:, b] * near[:, c] / (near[:, a] + 0.001)
            scores[[a, b, c]] = -np.inf
            best = np.argsort(-scores, kind="stable")[:5]
            found = embedding.analogy(*(embedding.words[i] for i in (a, b, c)), 5, method=method)
            assert [word for word, _ in found] == [embedding.words[i] for i in best]
            np.testing.assert_allclose([value for _, value in found], scores[best], rtol=1e-4)

    def test_similarity_is_the_cosine_and_never_above_one(self, embedding):
        W = embedding.vectors.astype(float)
        assert embedding.similarity(*embedding.words[3:5]) == pytest.approx(
            W[3] @ W[4] / np.linalg.norm(W[3]) / np.linalg.norm(W[4]), abs=1e-6
        )
        assert max(embedding.similarity(word, word) for word in embedding.words) <= 1

    @pytest.mark.parametrize("V", [1, 2])
    def test_vocabularies_of_one_and_two_words_answer(self, V):
        made = Embedding.from_vectors("ab"[:V], np.eye(2)[:V])
        assert made.neighbors("a") == [("b", 0.0)][: V - 1]
        assert made.analogy("a", "a", "a") == [("b", 0.0)][: V - 1]
        assert [w for w, _ in made.neighbors(np.array([0.0, 1.0]), 9)] == ["b", "a"][-V:]
        if V == 2:
            assert made.analogy("a", "b", "a") == []

    def test_searching_many_queries_is_searching_each(self, embedding):
        """More queries than are searched at a time; scores may differ in the last bit."""
        queries = np.random.default_rng(0).standard_normal((1500, embedding.dim)).astype(np.float32)
        tokens, cosines = embedding.search(queries, 3)
        assert tokens.shape == cosines.shape == (1500, 3)
        for q in (0, 1023, 1024, 1499):
            expected = oracle.nearest(embedding.vectors, queries[q], 3)
            np.testing.assert_allclose(cosines[q], [c for _, c in expected], atol=1e-6)
            assert tokens[q].tolist() == [row for row, _ in expected]
        assert embedding.search(np.empty((0, embedding.dim)), 3)[0].shape == (0, 3)

    def test_what_cannot_be_asked_is_refused(self, embedding):
        with pytest.raises(UnknownWordError, match=r"'the_' is not among the \d+ words; close spellings: the"):
            embedding.neighbors("the_")
        with pytest.raises(InputError, match="asked for 0 neighbors"):
            embedding.neighbors("the", 0)
        with pytest.raises(InputError, match=r"shape \(3,\); this embedding has 12 dimensions"):
            embedding.neighbors(np.ones(3))
        with pytest.raises(InputError, match="not a finite number"):
            embedding.neighbors(np.full(12, np.nan))
        with pytest.raises(InputError, match="one of add, mul, got 'div'"):
            embedding.analogy("the", "of", "and", method="div")


class TestStage:
    @pytest.mark.parametrize("tied", [True, False])
    def test_a_saved_embedding_answers_the_same(self, target, tied, tmp_path):
        made = embed(solve(target, 6, tied=tied))
        back = Embedding.load(made.save(tmp_path / "embedding"))
        assert back.fingerprint == made.fingerprint
        np.testing.assert_array_equal(back.fold_in({"the": 3.0}), made.fold_in({"the": 3.0}))
        assert back.neighbors("the") == made.neighbors("the")

    def test_the_head_keeps_the_most_frequent_words_and_forgets_what_no_longer_holds(self, embedding):
        made = embedding.head(5)
        assert made.words == embedding.words[:5]
        np.testing.assert_array_equal(made.vectors, embedding.vectors[:5])
        with pytest.raises(InputError, match="folding in"):
            made.fold_in({"the": 1.0})

    def test_it_is_iterated_by_words_as_in_and_len_have_it(self, embedding):
        assert list(embedding) == list(embedding.words) and len(list(embedding)) == len(embedding)
        assert all(word in embedding for word in embedding)

    @pytest.mark.parametrize("kind", [list, tuple, np.array, iter])
    def test_several_words_give_a_row_each(self, embedding, kind):
        words = [embedding.words[n] for n in (3, 0, 3)]
        np.testing.assert_array_equal(embedding[kind(words)], np.stack([embedding[word] for word in words]))
        assert embedding[[]].shape == (0, embedding.dim)

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (["the", "the_"], "'the_' is not"),
            ([["the"]], "is not a word"),
            (1.5, "1.5 is not a word"),
            (99, "99 is neither"),
        ],
    )
    def test_what_is_no_word_has_no_row(self, embedding, words, says):
        with pytest.raises(UnknownWordError, match=says):
            embedding[words]

    def test_vectors_must_fit_their_words(self):
        with pytest.raises(InputError, match=r"shape \(2, 1\); 3 words need \(3, d\)"):
            Embedding(vectors=np.ones((2, 1)), vocabulary=Vocabulary.of_words("abc"))
        with pytest.raises(InputError, match="one row for each word"):
            Embedding.from_vectors("abc", [[1.0]])
        with pytest.raises(InputError, match="the vector of 'b' is not finite"):
            Embedding.from_vectors("ab", [[1.0], [np.nan]])
        with pytest.raises(InputError, match="'a' stands twice"):
            Embedding.from_vectors("aa", [[1.0], [1.0]])

    @pytest.mark.parametrize("bad", [1.7, -1, float("nan"), float("inf"), 2.0**63])
    def test_counts_are_whole_numbers_from_0(self, bad):
        with pytest.raises(InputError, match=rf"the count of 'b' is {re.escape(str(bad))}: counts are whole"):
            Embedding.from_vectors("ab", np.eye(2), counts=[3, bad])

    @pytest.mark.parametrize("bad", [[1], [[1, 2]], ["1", "2"], [None, 1]])
    def test_there_is_a_count_for_each_word(self, bad):
        with pytest.raises(InputError, match=r"2 words but counts of .* and shape \(.*\): a number for each"):
            Embedding.from_vectors("ab", np.eye(2), counts=bad)

    @pytest.mark.parametrize("kind", [np.int32, np.uint64, np.float64, list])
    def test_whole_counts_of_any_kind_are_kept(self, kind):
        counts = [3, 2**40] if kind is list else np.array([3, 2**20]).astype(kind)
        made = Embedding.from_vectors("ab", np.eye(2), counts=counts).vocabulary
        assert made.counts.dtype == np.int64 and made.counts.tolist() == list(counts)
        assert made.total == sum(map(int, counts))


@pytest.mark.parametrize(
    ("query", "says"),
    [(3, "3 is neither a word nor one of the 2 rows"), (3.5, "words are strings"), (None, "words are")],
)
def test_what_is_no_word_is_refused_as_a_query(query, says):
    embedding = Embedding.from_vectors(["a", "b"], [[1.0, 0.0], [0.0, 1.0]])
    with pytest.raises(InputError, match=says):
        embedding.neighbors(query)
