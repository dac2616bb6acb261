"""Counting and target in one pass against the two passes: the same bits, whatever is asked; and runs without counts."""

import numpy as np
import pytest

import solve2vec
from solve2vec import Formula, InputError, VocabularyOptions, Window
from solve2vec.cli import main
from solve2vec.cooccurrence import counting
from solve2vec.cooccurrence.rows import row_sums
from solve2vec.core.resources import using
from solve2vec.target.expectation import Kept
from solve2vec.target.from_corpus import target_of
from solve2vec.target.kinds import KINDS
from solve2vec.target.plan import Plan

FORMULAS = [
    *(Formula(kind=kind) for kind in KINDS),
    Formula(kind="pmi", shrinkage=0.0),
    Formula(kind="ppmi", context_smoothing=0.75),
    Formula(subsample=1e-2),
]
LINES = ["cats chase mice", "dogs chase cats", "mice eat cheese", "people eat cheese"] * 5
WINDOWS = [Window(), Window(1, "flat"), Window(7, "linear"), Window("document")]


@pytest.fixture(scope="module")
def corpus():
    """Documents of 0 to 60 tokens over 40 words, a tenth of them rare enough to be left out."""
    rng = np.random.default_rng(3)
    documents = [[f"w{i}" for i in (50 * rng.random(n) ** 3).astype(int)] for n in rng.integers(0, 60, 80)]
    return solve2vec.encode(documents, selection=VocabularyOptions(min_count=20))


@pytest.mark.parametrize("formula", FORMULAS, ids=str)
@pytest.mark.parametrize("window", WINDOWS, ids=str)
@pytest.mark.parametrize(("threads", "shards"), [(1, None), (3, None), (2, 3)])
def test_it_is_the_target_of_the_counts_to_the_last_bit(corpus, window, formula, threads, shards):
    expected = solve2vec.build_target(solve2vec.count(corpus, window), formula)
    with using(threads=threads):
        made = target_of(corpus, window, formula, Plan(shards=shards))
    assert made.fingerprint == expected.fingerprint
    assert str(made.lineage) == str(expected.lineage)


def test_counts_beyond_int32_are_not_held_either(corpus, use):
    """In a window so long that a word may have more than 2³¹ around it, as far as its occurrences tell."""
    use(block=64)
    window = Window(10_000, "linear")
    assert counting.Rows(corpus, window)._narrowest() == np.int64
    expected = solve2vec.mstar(solve2vec.count(corpus, window))
    assert target_of(corpus, window).fingerprint == expected.fingerprint


@pytest.mark.parametrize("window", WINDOWS[:3], ids=str)
def test_row_weights_are_the_sums_of_rows(corpus, window, use):
    use(block=100)
    made = counting.Rows(corpus, window).weights()
    np.testing.assert_array_equal(made, row_sums(solve2vec.count(corpus, window).counts))


@pytest.mark.parametrize("window", WINDOWS[:3], ids=str)
def test_shared_weights_are_the_sums_of_rows_times_shares(corpus, window, use):
    """By NumPy, in whole numbers: for pieces of a few places, and for pieces longer than what is weighed at a time."""
    shares = np.random.default_rng(0).integers(0, 2**30, len(corpus.vocabulary))
    expected = solve2vec.count(corpus, window).counts.toarray().astype(np.int64) @ shares
    for block in (100, 7, 1 << 20):
        use(block=block)
        np.testing.assert_array_equal(counting.Rows(corpus, window).shared_weights(shares), expected)


def test_shares_have_as_many_bits_as_the_heaviest_row_leaves(corpus):
    formula, vocabulary = Formula(subsample=1e-3), corpus.vocabulary
    exact = vocabulary.keep_probability(1e-3)
    for heaviest, bits in ((2**8, 52), (2**20, 41), (2**40, 21)):
        kept = Kept.of(vocabulary, formula, np.array([1, heaviest]))
        assert kept.bits == bits and kept.shares.max() * heaviest < 2**63
        np.testing.assert_allclose(kept.keep, exact, atol=2.0**-bits)
    assert Kept.of(vocabulary, Formula(), np.array([1])) is None


def test_spooled_values_are_the_same(corpus, tmp_path, use):
    """Half of what every row could fill in memory: the rest goes through files."""

    def collected(limit):
        rows = counting.Rows(corpus, Window())
        return rows.collected(limit, lambda amount: None, lambda block, indptr, indices, counts: np.float32(counts) / 3)

    use(scratch=tmp_path, block=64)
    spooled, whole = collected(len(corpus.vocabulary) ** 2 * 8 // 2), collected(1 << 30)
    assert isinstance(spooled.data, np.memmap) and not isinstance(whole.data, np.memmap)
    for part in ("data", "indices", "indptr"):
        assert getattr(spooled, part).tobytes() == getattr(whole, part).tobytes()


def test_stages_that_the_plan_keeps_are_handed_over_and_change_no_bit(corpus):
    expected = solve2vec.build_target(counts := solve2vec.count(corpus))
    for keep, kinds in (
        ((), ["Target"]),
        (("target",), ["Target"]),
        (("cooccurrence",), ["Cooccurrence", "Target"]),
        (("cooccurrence", "target"), ["Cooccurrence", "Target"]),
    ):
        seen = []
        for method in ("krylov", "rounded"):
            made = target_of(corpus, plan=Plan(method, keep), save=lambda stage, seen=seen: seen.append(stage) or stage)
            assert made.exact().fingerprint == expected.fingerprint
            if method == "krylov" or keep:
                assert [type(stage).__name__ for stage in seen] == kinds
                assert made is seen[-1]
            else:
                assert (type(made).__name__, seen) == ("PackedTarget", [])
            if len(kinds) > 1:
                assert seen[0].fingerprint == counts.fingerprint
            seen.clear()


def test_no_pair_at_all_is_refused():
    lonely = solve2vec.encode([["a"], ["b"]], selection=VocabularyOptions(min_count=1))
    with pytest.raises(InputError, match="no two of the 2 words ever stand in one window"):
        target_of(lonely)


def test_a_run_without_counts_is_the_same_run(tmp_path):
    kept, plain = (
        solve2vec.fit(LINES, 2, out=tmp_path / name, keep=keep)
        for name, keep in (
            ("kept", ["corpus", "cooccurrence", "spectrum", "embedding"]),
            ("plain", ["corpus", "spectrum"]),
        )
    )
    assert kept.fingerprint == plain.fingerprint
    assert sorted(path.name for path in (tmp_path / "plain").iterdir()) == ["corpus", "spectrum"]


def test_commands_count_again_where_a_run_kept_no_counts(tmp_path, capsys):
    text = tmp_path / "text.txt"
    text.write_text("\n".join(LINES))
    run, size = str(tmp_path / "run"), ["--size", "3", "--weighting", "flat"]
    assert main.run(["fit", str(text), "--dim", "2", *size, "--out", run]) == 0
    assert main.run(["target", run, "--kind", "ppmi"]) == 0
    corpus = solve2vec.load(tmp_path / "run" / "corpus")
    counts = solve2vec.count(corpus, Window(3, "flat"))
    expected = solve2vec.build_target(counts, Formula(kind="ppmi"))
    assert solve2vec.load(tmp_path / "run" / "target").fingerprint == expected.fingerprint
    assert main.run(["merge", run, run, "--out", str(tmp_path / "twice")]) == 0
    assert solve2vec.load(tmp_path / "twice").total == 2 * counts.total
    corpus.save(tmp_path / "alone" / "corpus")
    capsys.readouterr()
    assert main.run(["target", str(tmp_path / "alone")]) == 2
    assert "has no cooccurrence: it has corpus" in capsys.readouterr().err
