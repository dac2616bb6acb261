"""Recommendations, against the dense formula, a planted law and counting by hand."""

import json

import numpy as np
import pytest

from solve2vec import (
    Cooccurrence,
    InputError,
    Recommender,
    Run,
    UnknownWordError,
    Window,
    count,
    encode,
    evaluate_recommender,
    fit,
    fit_recommender,
    load,
    read_events,
    solve_recommender,
)
from solve2vec.cli.main import run
from solve2vec.recommendation import recommender as module
from solve2vec.recommendation.holdout import _wilson
from solve2vec.target.plan import Plan

TEA = [["tea", "milk"], ["tea", "lemon"], ["tea", "milk", "sugar"], ["ink", "pen"], ["pen", "paper", "ink"]] * 5


def random_baskets(n, V=40, seed=0):
    """Baskets of four kinds: each has its own ten items, seldom those of another."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(n):
        kind = rng.integers(4)
        own = rng.choice(np.arange(10 * kind, 10 * kind + 10), rng.integers(2, 6), replace=False)
        made.append([f"i{item}" for item in {*own.tolist(), *rng.choice(V, rng.integers(0, 2)).tolist()}])
    return made


def dense_weights(baskets, items, ridge):
    """B = I - P diag(P)⁻¹, P = (XᵀX + ridge)⁻¹, as Steck (2019) writes it."""
    X = np.array([[basket.count(item) for item in items] for basket in baskets], float)
    P = np.linalg.inv(X.T @ X + ridge * np.eye(len(items)))
    B = -P / np.diag(P)
    np.fill_diagonal(B, 0)
    return B


@pytest.mark.parametrize("ridge", [1.0, 30.0])
def test_all_modes_are_least_squares_with_a_ridge(ridge):
    baskets = random_baskets(400)
    baskets[0] += baskets[0][:1] * 2  # an item may be in a basket several times
    made = fit_recommender(baskets, dim=40, ridge=ridge)
    B = dense_weights(baskets, made.items, ridge)
    for item in made.items[:5]:
        np.testing.assert_allclose(made.weights(item), B[:, made.items.index(item)], atol=2e-5)
    basket = [made.items[3], made.items[20]]
    scores = B[[3, 20]].sum(axis=0)
    scores[[3, 20]] = -np.inf
    best = made.recommend(basket, 5)
    assert [each.item for each in best] == [made.items[row] for row in np.argsort(-scores, kind="stable")[:5]]
    np.testing.assert_allclose([each.score for each in best], np.sort(scores)[::-1][:5], rtol=1e-4)
    for each in best:
        assert sum(share for _, share in each.because) == pytest.approx(each.score, rel=1e-4)


def test_modes_found_by_products_are_those_of_the_dense_matrix(monkeypatch):
    counts = count(encode(random_baskets(600)), Window("document"))
    dense = solve_recommender(counts, 12)
    monkeypatch.setattr(module, "plan_for", lambda *args, **options: Plan("krylov", (), None))
    sparse = solve_recommender(counts, 12)
    np.testing.assert_allclose(sparse.eigenvalues, dense.eigenvalues, atol=1e-4)
    assert (dense.eigenvalues < 0).any() and (dense.eigenvalues > 0).any()
    every = solve_recommender(counts, 40)
    assert len(every.eigenvalues) == 40
    overlap = np.linalg.svd(sparse.eigenvectors.T @ dense.eigenvectors)[1]
    assert overlap[:10].min() > 0.99


def test_the_ridge_is_the_mean_number_of_an_item_by_default():
    made = fit_recommender(TEA, dim=2)
    assert made.ridge == np.mean(made.vocabulary.counts)


def test_what_completes_a_basket_comes_first_and_what_is_in_it_never():
    made = fit_recommender(TEA, dim=4)
    best = made.recommend(["tea", "sugar", "tea"], 10)
    assert best[0].item == "milk" and not {"tea", "sugar"} & {each.item for each in best}
    assert len(best) == len(made) - 2
    assert made.recommend(["pen"], 1)[0].item == "ink"


def test_an_empty_basket_gets_the_most_frequent_items():
    made = fit_recommender(TEA, dim=3)
    assert [each.item for each in made.recommend([], 3)] == list(made.items[:3])
    places, scores = made.recommend_many([[], ["nothing known"]], 2)
    assert places.tolist() == [[0, 1], [0, 1]] and not scores.any()


def test_unknown_items_are_named_or_ignored():
    made = fit_recommender(TEA, dim=3)
    with pytest.raises(UnknownWordError, match="teal"):
        made.recommend(["teal"])
    assert made.recommend(["teal", "pen"], 2, unknown="ignore") == made.recommend(["pen"], 2)
    with pytest.raises(InputError, match="a list of items"):
        made.recommend("tea")


def test_many_are_recommended_as_one_by_one():
    made = fit_recommender(random_baskets(300), dim=8)
    baskets = [[made.items[0]], [], [made.items[7], made.items[2]], [made.items[30]]]
    places, scores = made.recommend_many(baskets, 4)
    for basket, row, score in zip(baskets, places.tolist(), scores.tolist(), strict=True):
        alone = made.recommend(basket, 4)
        assert [each.item for each in alone] == [made.items[place] for place in row]
        assert [each.score for each in alone] == score


def test_no_item_is_left_for_a_basket_of_all():
    made = fit_recommender(TEA, dim=2)
    places, _ = made.recommend_many([made.items], 3)
    assert places.tolist() == [[-1, -1, -1]] and made.recommend(made.items) == []


def test_integers_are_items():
    made = fit_recommender([["1", "2"], ["3", "4"]] * 5, dim=2)
    assert made.recommend([1], 1)[0].item == "2"


@pytest.mark.parametrize("threads", [2, 3])
def test_the_same_bits_for_any_number_of_threads(threads, monkeypatch):
    monkeypatch.setattr(module, "plan_for", lambda *args, **options: Plan("krylov", (), None))
    baskets = random_baskets(500)
    alone, many = (fit_recommender(baskets, dim=6, threads=n) for n in (1, threads))
    assert alone.fingerprint == many.fingerprint


def test_a_recommender_is_saved_and_loaded(tmp_path):
    made = fit_recommender(TEA, dim=3)
    again = load(made.save(tmp_path / "r"))
    assert isinstance(again, Recommender) and again.fingerprint == made.fingerprint
    assert again.recommend(["tea"]) == made.recommend(["tea"])


def test_what_cannot_be_solved_is_refused():
    corpus = encode(TEA)
    with pytest.raises(InputError, match="windows of 2 tokens"):
        solve_recommender(count(corpus, Window(2)))
    counts = count(corpus, Window("document"))
    with pytest.raises(InputError, match="there are 7 items"):
        solve_recommender(counts, 8)
    with pytest.raises(InputError, match="ridge must be 0 or more"):
        solve_recommender(counts, 2, ridge=-1)
    with pytest.raises(InputError, match="nothing to recommend"):
        solve_recommender(count(encode([["a"], ["b"]] * 5), Window("document")), 1)
    outside = Cooccurrence.from_matrix([[0, 3], [3, 0]], ["a", "b"])
    assert solve_recommender(outside, 1).recommend(["a"])[0].item == "b"


def test_hidden_items_are_found_and_popular_ones_do_not_suffice():
    corpus = encode(random_baskets(3000))
    found = evaluate_recommender(corpus, dim=8, n=6)
    assert found.baskets == round(0.1 * 3000) and found.n == 6
    ours, simple = found["solve2vec"], found["popularity"]
    assert ours.recall > 0.5 > simple.recall and ours.low < ours.recall < ours.high
    assert ours.coverage == 1.0 and simple.coverage <= (6 + 6) / 40  # those of a basket make way for the next
    assert found == evaluate_recommender(corpus, dim=8, n=6, threads=1)


def test_scores_by_hand():
    """Pairs that always come together: whatever is hidden is the first recommended; popularity knows the frequent."""
    corpus = encode([["a", "b"]] * 60 + [["c", "d"]] * 40)
    found = evaluate_recommender(corpus, dim=4, n=1, holdout=0.5)
    for method in ("solve2vec", "item-kNN"):
        assert (found[method].recall, found[method].ndcg, found[method].coverage) == (1.0, 1.0, 1.0)
    assert found["popularity"].recall < 1


def test_intervals_are_those_of_scipy():
    from scipy.stats import binomtest

    expected = binomtest(30, 100).proportion_ci(0.95, "wilson")
    assert _wilson(0.3, 100) == pytest.approx((expected.low, expected.high), abs=1e-4)


def test_a_holdout_that_leaves_nothing_is_refused():
    with pytest.raises(InputError, match="none to ask"):
        evaluate_recommender(encode([["a"], ["b"]] * 9))
    with pytest.raises(InputError, match="holdout"):
        evaluate_recommender(encode(TEA), holdout=1.0)


def test_peers_are_asked_where_installed():
    pytest.importorskip("implicit")
    found = evaluate_recommender(encode(random_baskets(1000)), dim=8, n=6)
    assert found["implicit ALS"].recall > found["popularity"].recall


def events_of(baskets):
    return {
        "user": np.repeat(np.arange(len(baskets)), [len(basket) for basket in baskets]),
        "item": np.array([item for basket in baskets for item in basket]),
    }


@pytest.mark.parametrize("kind", ["dict", "arrow", "pandas", "polars", "parquet", "csv", "tsv", "jsonl"])
def test_events_are_grouped_by_user(kind, tmp_path):
    import pyarrow as pa
    from pyarrow import csv, parquet

    table = pa.table({"user": ["u2", "u1", "u2", "u2"], "item": [7, 5, 9, 7], "time": [3, 1, 1, 2]})
    given = tmp_path / f"events.{kind}"
    if kind == "dict":
        given = table.to_pydict()
    elif kind == "arrow":
        given = table
    elif kind in ("pandas", "polars"):
        pytest.importorskip(kind)
        import importlib

        given = table.to_pandas() if kind == "pandas" else importlib.import_module("polars").from_arrow(table)
    elif kind == "parquet":
        parquet.write_table(table, given)
    elif kind == "jsonl":
        given.write_text("\n".join(json.dumps(row) for row in table.to_pylist()))
    else:
        csv.write_csv(table, given, csv.WriteOptions(delimiter="," if kind == "csv" else "\t"))
    assert list(read_events(given, user="user", item="item", time="time")) == [["9", "7", "7"], ["5"]]
    assert list(read_events(given, user="user", item="item")) == [["7", "9", "7"], ["5"]]


def test_events_in_any_number_of_batches_are_the_same(monkeypatch):
    from solve2vec.text import events

    baskets = random_baskets(200)
    expected = encode(baskets).fingerprint
    assert encode(read_events(events_of(baskets), user="user", item="item")).fingerprint == expected
    monkeypatch.setattr(events, "ITEMS", 7)
    assert encode(read_events(events_of(baskets), user="user", item="item")).fingerprint == expected


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"user": [1], "thing": [2]}, "no column 'item' for the item; it has user, thing"),
        ({"user": ["a", None], "item": ["x", "y"]}, "row 2 of the table has no user"),
        ({"user": [1, 2], "item": [1.0, float("nan")]}, "row 2 of the table has no item"),
        ("nowhere.csv", "not a file"),
        (7, "events are a path"),
    ],
)
def test_bad_events_are_named(table, says):
    with pytest.raises(InputError, match=says):
        read_events(table, user="user", item="item")


@pytest.fixture
def baskets_run(tmp_path):
    (tmp_path / "baskets.txt").write_text("\n".join(map(" ".join, random_baskets(800))))
    fit(tmp_path / "baskets.txt", dim=3, size="document", out=tmp_path / "run")
    return tmp_path / "run"


def test_the_command_solves_once_and_keeps_it(baskets_run, capsys):
    item = Run(baskets_run).vocabulary.words[0]
    assert run(["recommend", str(baskets_run), item, "-n", "3", "--dim", "8", "--json"]) == 0
    first = capsys.readouterr()
    assert "kept in" in first.err and len(json.loads(first.out)["recommendations"]) == 3
    assert run(["recommend", str(baskets_run), item, "-n", "3", "--json"]) == 0
    again = capsys.readouterr()
    assert again.out == first.out and again.err == ""
    assert Run(baskets_run).stages[-1] == "recommender" and Run(baskets_run).stale() == ()
    assert run(["recommend", str(baskets_run), item, "--ridge", "3", "--dim", "4"]) == 0
    assert "because of" in capsys.readouterr().out
    assert Run(baskets_run).load("recommender").ridge == 3


def test_the_command_measures(baskets_run, capsys):
    assert run(["recommend", str(baskets_run), "--holdout", "0.2", "--dim", "8", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["baskets"] == 160 and found["scores"][0]["method"] == "solve2vec"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "a basket or --holdout"),
        (["i0", "--holdout", "0.1"], "a basket or --holdout"),
        (["i0", "-n", "0"], "n must"),
    ],
)
def test_the_command_refuses(baskets_run, capsys, arguments, says):
    assert run(["recommend", str(baskets_run), *arguments]) == 2
    assert says in capsys.readouterr().err


def test_a_run_of_text_is_no_run_of_baskets(tmp_path, capsys):
    fit(random_baskets(100), dim=2, size=2, out=tmp_path / "run")
    assert run(["recommend", str(tmp_path / "run"), "i0"]) == 2
    assert "--size document" in capsys.readouterr().err
