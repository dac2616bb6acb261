"""The n largest, equal ones by place; products whose bits depend on nothing but their two vectors."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solve2vec.core import resources
from solve2vec.embedding.embedding import Embedding
from solve2vec.linalg import search
from solve2vec.linalg.search import Ratio, above, dots, largest, nearest, products, unit_rows

COARSE = 2.0**-18  # entries are whole multiples: float64 adds up their products exactly, float32 does not


def near_ties(rng, V, d):
    """Rows of which many are equal, most the same but for last digits, a few alone and some 0."""
    rows = rng.integers(-(1 << 14), (1 << 14) + 1, (V, d))
    for row in range(1, V):
        if (kind := rng.integers(0, 12)) > 0:
            rows[row] = rows[rng.integers(0, row)]
        if kind > 3:
            rows[row, rng.integers(0, d, 3)] += rng.integers(-1, 2, 3)
    rows[rng.random(V) < 0.1] = 0
    return rows


def by_whole_numbers(rows, query, n, hidden=()):
    """The n best of whole rows and their scores as float32: exact products, sorted in plain Python."""
    scores = [sum(a * b for a, b in zip(row, query, strict=True)) for row in rows.tolist()]
    rounded = [np.float32(float(score) * COARSE**2) for score in scores]
    order = sorted((place for place in range(len(rows)) if place not in hidden), key=lambda p: (-rounded[p], p))
    return order[:n], [rounded[place] for place in order[:n]]


@given(
    st.integers(0, 2**32), st.integers(1, 150), st.integers(1, 120), st.sampled_from([1, 2, 5, 40, 1000]),
    st.integers(0, 3),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_the_nearest_are_those_of_whole_numbers(seed, V, d, n, out):
    rng = np.random.default_rng(seed)
    rows, queries = near_ties(rng, V, d), rng.integers(-(1 << 14), (1 << 14) + 1, (3, d))
    queries[0], queries[1] = rows[0], queries[1] >> rng.integers(0, 12, d)  # the last digits of rows may weigh little
    hidden = rng.integers(0, V, (3, out))
    hidden[:, 1:2] = hidden[:, :1]  # a row that is hidden twice is one
    places, scores = nearest((rows * COARSE).astype(np.float32), (queries * COARSE).astype(np.float32), n, hidden)
    room = min(n, V - max(len(set(row)) for row in hidden.tolist()))
    assert places.shape == scores.shape == (3, room)
    for q in range(3):
        expected = by_whole_numbers(rows, queries[q].tolist(), room, set(hidden[q].tolist()))
        assert (places[q].tolist(), scores[q].tolist()) == expected


@given(st.integers(0, 2**32), st.integers(1, 150), st.integers(1, 120))
@settings(max_examples=150, deadline=None)
def test_products_are_those_of_whole_numbers_and_so_are_the_rows_above_one(seed, V, d):
    rng = np.random.default_rng(seed)
    rows, query = near_ties(rng, V, d), rng.integers(-(1 << 14), (1 << 14) + 1, d)
    exact = [np.float32(float(product) * COARSE**2) for product in (rows.astype(object) @ query.astype(object))]
    scaled, asked = (rows * COARSE).astype(np.float32), (query * COARSE).astype(np.float32)
    assert products(scaled, asked).tolist() == exact
    for least in {*exact[:5], np.float32(-np.inf), np.float32(np.inf), np.float32(0)}:
        assert above(scaled, asked, least).tolist() == [place for place in range(V) if exact[place] > least]


@given(
    st.integers(0, 2**32), st.integers(1, 150), st.integers(1, 60), st.integers(1, 3), st.integers(0, 3),
    st.sampled_from([1e-3, 1e-6]), st.booleans(),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_ratios_by_bounds_are_the_ratios_of_every_row(seed, V, d, over, under, epsilon, is_opposite):
    rng = np.random.default_rng(seed)
    rows = unit_rows(near_ties(rng, V, d).astype(np.float32))
    queries = rows[rng.integers(0, V, over + under)] * (-1 if is_opposite else 1)  # opposites divide by nearly 0
    ratio = Ratio(queries[:over], queries[over:], epsilon)
    every = ratio.of(rows, np.arange(V))
    np.testing.assert_array_equal(ratio.of(rows), every)
    near = [(1 + rows.astype(np.float64) @ query) / 2 for query in queries.astype(np.float64)]
    by_formula = np.prod(near[:over], axis=0) / (np.prod(near[over:], axis=0) + epsilon)
    np.testing.assert_allclose(every, np.broadcast_to(by_formula, V), rtol=1e-6, atol=1e-9)
    hidden = rng.integers(0, V, 2).tolist()
    order = [row for row in sorted(range(V), key=lambda row: (-every[row], row)) if row not in hidden]
    for n in (0, 1, 3, V, 2 * V):
        places, scores = ratio.largest(rows, n, hidden)
        assert (places.tolist(), scores.tolist()) == (order[:n], every[order[:n]].tolist())


@pytest.mark.parametrize("n", [1, 10, 2999, 3000, 3001, 8000])
def test_thousands_of_equal_rows_come_in_row_order(n):
    rng = np.random.default_rng(0)
    rows = unit_rows(rng.standard_normal((8000, 33)))
    mixed = rng.permutation(8000)
    equal, zeros = np.sort(mixed[:3000]), np.sort(mixed[3000:4000])
    rows[equal], rows[zeros] = rows[equal[0]].copy(), 0
    places, scores = nearest(rows, rows[[equal[0], zeros[0]]], n)
    assert places[0, :3000].tolist() == equal[:n].tolist()
    assert len(set(scores[0, :3000].tolist())) == 1
    assert (np.lexsort((places[0], -scores[0])) == np.arange(len(places[0]))).all()
    assert places[1].tolist() == list(range(min(n, 8000))) and not scores[1].any()  # zeros are as near to all


def test_what_one_query_finds_it_finds_among_others_and_in_any_piece():
    rng = np.random.default_rng(1)
    rows = unit_rows(np.repeat(rng.standard_normal((300, 70)), 3, axis=0)[rng.permutation(900)])
    alone = [nearest(rows, rows[[q]], 20, [[q]]) for q in range(900)]
    for pieces in (search.QUERIES, 7):
        with resources.using(block=pieces):
            places, scores = nearest(rows, rows, 20, np.arange(900)[:, None])
        np.testing.assert_array_equal(places, np.concatenate([found for found, _ in alone]))
        np.testing.assert_array_equal(scores, np.concatenate([found for _, found in alone]))


def test_the_shortlist_holds_whatever_float32_may_hide():
    """The rough scores of these rows are all rounding: 1e7 is taken away from itself."""
    rng = np.random.default_rng(2)
    d = 64
    rows, query = np.zeros((4000, d)), np.full(d, 1.0)
    rows[:, : d // 2] = rng.random((4000, d // 2)) / 8
    rows[:, d // 2 :] = -rows[:, : d // 2][:, rng.permutation(d // 2)]
    rows = np.concatenate([rows, rows[::-1]]).astype(np.float32)
    exact = np.array([math.fsum(row) for row in rows.astype(np.float64).tolist()]).astype(np.float32)
    places, scores = nearest(rows, query[None, :].astype(np.float32), 7)
    assert places[0].tolist() == sorted(range(8000), key=lambda row: (-exact[row], row))[:7]
    np.testing.assert_array_equal(scores[0], exact[places[0]])


@pytest.mark.parametrize("d", [1, 2, 3, 7, 8, 9, 16, 17, 50, 127, 128, 129, 200, 300, 1000, 9000])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_products_depend_on_nothing_but_their_vectors(d, dtype):
    """Neither on the number of rows, nor where one lies, nor how memory is laid out."""
    rng = np.random.default_rng(d)
    row, query = rng.standard_normal((2, d)).astype(dtype)
    expected = dots(row[None, :], query)[0]
    assert expected == pytest.approx(
        math.fsum((row.astype(float) * query.astype(float)).tolist()), rel=1e-12, abs=1e-12
    )
    for V in (2, 3, 31, 1000):
        rows = rng.standard_normal((V, d)).astype(dtype)
        twins = rng.choice(V, min(V, 5), replace=False)
        rows[twins] = row
        for laid in (rows, np.asfortranarray(rows), np.repeat(rows, 2, axis=1)[:, ::2], rows[::-1][::-1]):
            assert set(dots(laid, query)[twins].tolist()) == {expected}
        assert set(dots(rows[1:], query)[twins[twins > 0] - 1].tolist()) <= {expected}
        assert dots(rows, query, twins).tolist() == [expected] * len(twins)
        assert dots(rows[twins], np.tile(query, (len(twins), 1))).tolist() == [expected] * len(twins)
        lengths = unit_rows(rows)
        assert (lengths[twins] == unit_rows(row[None, :])[0]).all()


def test_no_product_is_minus_zero():
    assert not np.signbit(dots(np.zeros((3, 20)), np.full(20, -1.0))).any()


@given(st.lists(st.sampled_from([-2.5, -1.0, 0.0, -0.0, 1.0, 3.25, -np.inf]), max_size=60), st.integers(-1, 70))
@settings(max_examples=200)
def test_the_largest_are_those_of_a_stable_sort(values, n):
    order = sorted(range(len(values)), key=lambda place: -values[place])
    assert largest(np.array(values), n).tolist() == order[: max(0, n)]


@given(st.lists(st.integers(0, 4), max_size=60), st.integers(0, 70))
@settings(deadline=None)
def test_the_largest_counts_are_those_of_a_stable_sort(values, n):
    order = sorted(range(len(values)), key=lambda place: -values[place])
    assert largest(np.array(values, np.int64), n).tolist() == order[:n]


def test_unit_rows_have_length_one_at_any_size():
    rows = unit_rows(np.array([[3e30, 4e30], [3e-38, 4e-38], [0, 0], [-3, 4]], np.float32))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0.6, 0.8], [0, 0], [-0.6, 0.8]], rtol=2e-7)


@pytest.mark.parametrize("d", [3, 20, 200])
def test_all_ways_of_asking_agree_on_order_and_bits(d):
    """Neighbors, most_similar, distances, ranks: one cosine each, equal ones by row."""
    rng = np.random.default_rng(d)
    vectors = rng.standard_normal((120, d)).astype(np.float32)
    vectors[rng.choice(120, 60, replace=False)] = vectors[rng.choice(4, 60)]
    E = Embedding.from_vectors([f"w{row}" for row in range(120)], vectors)
    for word in ("w0", "w3", "w77"):
        found, cosines = E.neighbors(word, 500), E.most_similar(word, topn=None)
        assert E.most_similar(word, topn=500) == found
        rows = [int(other[1:]) for other, _ in found]
        assert rows == sorted(set(range(120)) - {int(word[1:])}, key=lambda row: (-cosines[row], row))
        assert [cosine for _, cosine in found] == cosines[rows].tolist()
        np.testing.assert_array_equal(E.distances(word), 1 - cosines)
        few = [f"w{row}" for row in (5, 0, 119)]
        np.testing.assert_array_equal(E.distances(word, few), E.distances(word)[[5, 0, 119]])
        for place in (0, 7, 60):
            other, cosine = found[place]
            assert E.rank(word, other) == 1 + sum(more > cosine for _, more in found)
        for method in ("add", "mul"):
            pairs = [(-score, int(other[1:])) for other, score in E.analogy(word, "w1", "w9", 500, method=method)]
            assert pairs == sorted(pairs) and len(pairs) == 117
        pairs = [(-score, int(other[1:])) for other, score in E.most_similar_cosmul([word, "w1"], ["w9"], topn=500)]
        assert pairs == sorted(pairs)


def test_the_first_of_equal_words_does_not_match():
    vectors = np.random.default_rng(0).standard_normal((9, 37)).astype(np.float32)
    vectors[[3, 5, 8]] = -vectors[0]
    E = Embedding.from_vectors([f"w{row}" for row in range(9)], vectors)
    for asked in (["w0", "w5", "w1", "w3", "w0", "w8"], ["w8", "w0", "w0", "w3", "w0"]):
        mean = E.get_mean_vector(asked, post_normalize=True)
        scores = dict(zip(asked, 1 - E.distances(mean, asked), strict=True))
        least = min(scores.values())
        assert E.doesnt_match(asked) == next(word for word in asked if scores[word] == least)
    assert E.rank("w0", "w3") == E.rank("w0", "w8")
