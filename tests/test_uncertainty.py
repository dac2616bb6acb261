"""The bootstrap against counting the drawn documents, planted truths, and rotations known beforehand."""

import json

import numpy as np
import pytest

import solve2vec as s2v
from solve2vec.cli.main import run as cli
from solve2vec.core.errors import FolderError, InputError, UnknownWordError
from solve2vec.core.resources import using
from solve2vec.run import find_stage, load_stage
from solve2vec.uncertainty import Bootstrap, Level, Resampling, ShardCounts, cut, match, resample

SHARDS = 12
WINDOW = s2v.Window(5, "linear")


def corpus_of(n=300, seed=0, length=40):
    planted = s2v.planted_corpus()
    return s2v.Corpus.from_ids(*planted.token_ids(n=n, length=length, seed=seed), planted.words)


def run_of(corpus, dim=12, window=WINDOW, tied=True, power=0.5, **formula):
    spectrum = s2v.solve(s2v.build_target(s2v.count(corpus, window), s2v.Formula(**formula)), dim, tied=tied)
    return corpus, spectrum, s2v.embed(spectrum, power=power)


def drawn_again(corpus, weights):
    """The obvious road: write every shard as often as it was drawn, end to end."""
    parts = [part for part, times in zip(cut(corpus, len(weights)), weights, strict=True) for _ in range(times)]
    lengths = np.concatenate([np.diff(part.document_starts) for part in parts])
    tokens = np.concatenate([part.tokens for part in parts])
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return s2v.Corpus.from_ids(tokens, starts, corpus.vocabulary.words)


@pytest.fixture(scope="module")
def corpus():
    return corpus_of()


@pytest.fixture(scope="module")
def run(corpus):
    return run_of(corpus)


@pytest.fixture(scope="module")
def bootstrap(run):
    return resample(*run, Resampling(replicates=8, shards=SHARDS))


@pytest.mark.parametrize("window", [WINDOW, s2v.Window(32, "harmonic"), s2v.Window("document")])
def test_a_replicate_is_the_count_of_the_documents_drawn(corpus, window):
    counts = ShardCounts(cut(corpus, SHARDS), window)
    for weights in Resampling(replicates=3, shards=SHARDS).draws():
        made, direct = counts.weighted(weights), s2v.count(drawn_again(corpus, weights), window)
        assert made.counts.dtype == direct.counts.dtype
        assert (made.counts != direct.counts).nnz == 0
        assert np.array_equal(made.counts.indptr, direct.counts.indptr)
        assert np.array_equal(made.counts.indices, direct.counts.indices)
        assert np.array_equal(made.vocabulary.counts, direct.vocabulary.counts)
        assert made.vocabulary.total == direct.vocabulary.total
        assert made.denominator == direct.denominator


@pytest.mark.parametrize("lengths", [[5, 1, 1, 1, 1, 900], [900, 1, 1, 1, 1], [1] * 5, [3, 1, 4, 1, 5, 9, 2, 6]])
def test_no_shard_is_empty(lengths):
    tokens, starts = np.arange(sum(lengths), dtype=np.int32) % 3, np.cumsum([0, *lengths])
    parts = cut(s2v.Corpus.from_ids(tokens, starts, ["a", "b", "c"]), 5)
    assert min(part.n_documents for part in parts) >= 1
    assert np.array_equal(np.concatenate([part.tokens for part in parts]), tokens)


def test_every_shard_once_is_the_whole_corpus(corpus):
    once = ShardCounts(cut(corpus, SHARDS), WINDOW).weighted(np.ones(SHARDS))
    assert once.fingerprint == s2v.count(corpus, WINDOW).fingerprint


def test_counts_beyond_memory_are_the_same(corpus, tmp_path):
    weights = np.arange(SHARDS)
    with using(scratch=tmp_path):
        spooled, tight = (ShardCounts(cut(corpus, SHARDS), WINDOW) for _ in range(2))
    tight._spool._left = 0
    tight._blocks = [type(b)(b.rows, tuple(map(tight._spool.keep, b.arrays))) for b in tight._blocks]
    assert any(isinstance(array, np.memmap) for block in tight._blocks for array in block.arrays)
    assert tight.weighted(weights).fingerprint == spooled.weighted(weights).fingerprint


def test_counts_that_outgrow_32_bits_are_exact():
    corpus = s2v.Corpus.from_ids(np.array([0, 1] * 4, np.int32), np.arange(0, 9, 2), ["a", "b"])
    weights = np.array([2**31, 0, 0, 1])
    made = ShardCounts(cut(corpus, 4), s2v.Window(1, "flat")).weighted(weights)
    assert made.counts.toarray().tolist() == [[0, 2**31 + 1], [2**31 + 1, 0]]


def test_a_replicate_is_solved_like_its_own_corpus(corpus, run, bootstrap):
    """Same cosines as fitting the drawn documents from nothing, up to the solver's tolerance and float16."""
    weights = next(Resampling(replicates=8, shards=SHARDS).draws())
    _, spectrum, embedding = run_of(drawn_again(corpus, weights))
    assert bootstrap.replicate_eigenvalues[0] == pytest.approx(spectrum.eigenvalues, rel=1e-6)
    ours = bootstrap.replicates[0].astype(np.float64)
    assert ours @ ours.T == pytest.approx((embedding.unit_vectors @ embedding.unit_vectors.T).astype(float), abs=1e-3)


@pytest.mark.parametrize(
    "options",
    [{"tied": False}, {"power": 0.0}, {"kind": "pmi", "shrinkage": 0.0}, {"subsample": 1e-2, "unigram": True}],
)
def test_every_kind_of_run_can_be_resampled(corpus, options):
    _, spectrum, embedding = run_of(corpus, dim=4, **options)
    made = resample(corpus, spectrum, embedding, Resampling(replicates=2, shards=SHARDS))
    weights = next(Resampling(replicates=2, shards=SHARDS).draws())
    _, again, other = run_of(drawn_again(corpus, weights), dim=4, **options)
    assert made.replicate_eigenvalues[0] == pytest.approx(again.eigenvalues, rel=1e-6)
    near = made.replicates[0].astype(np.float64)
    assert near @ near.T == pytest.approx((other.unit_vectors @ other.unit_vectors.T).astype(float), abs=2e-3)


def test_a_seed_gives_the_same_bytes_on_any_number_of_threads(run, bootstrap):
    again = resample(*run, Resampling(replicates=8, shards=SHARDS), threads=1)
    other = resample(*run, Resampling(replicates=8, shards=SHARDS, seed=1))
    assert again.fingerprint == bootstrap.fingerprint
    assert other.fingerprint != bootstrap.fingerprint


def test_more_replicates_begin_with_the_same_ones():
    few, many = (list(Resampling(replicates=b, shards=9, seed=3).draws()) for b in (3, 7))
    assert np.array_equal(few, many[:3])
    assert (np.sum(many, axis=1) == 9).all()


def test_intervals_cover_the_cosines_of_endless_text():
    """A planted corpus's limit is its exact M*; of 8 corpora's intervals about the stated share hold its cosines.

    A document is the window, so P_ij is the planted joint, and κ = 0.  Words that the eleven modes cannot tell
    apart have a cosine of exactly 1, which no estimate reaches: pairs below .9 are asked for.
    """
    planted, dim = s2v.planted_corpus(), 11
    limit = s2v.embed(s2v.solve(s2v.Target.from_array(planted.mstar(), planted.words), dim))
    drawn = np.random.default_rng(0).integers(0, len(limit), (400, 2))
    pairs = [(limit.words[i], limit.words[j]) for i, j in drawn]
    pairs = [pair for pair in pairs if abs(limit.similarity(*pair)) < 0.9][:100]
    truths, held = np.array([limit.similarity(*pair) for pair in pairs]), []
    for seed in range(8):
        run = run_of(corpus_of(n=2000, seed=seed, length=30), dim, s2v.Window("document"), shrinkage=0.0)
        found = resample(*run, Resampling(replicates=20, shards=40, seed=seed)).similarities(pairs)
        held.append([low <= truth <= high for (_, low, high), truth in zip(found, truths, strict=True)])
    assert 0.91 <= np.mean(held) <= 0.99  # pairs of one corpus err together: some two points either way


def test_confidence_and_prediction_set_the_width(bootstrap):
    z = [np.arctanh(bootstrap.similarity("king", "man", confidence=c)[1:]) for c in (0.5, 0.9, 0.99)]
    widths = [high - low for low, high in z]
    assert widths == sorted(widths)
    plain, wide = (np.arctanh(bootstrap.similarity("king", "man", prediction=p)[1:]) for p in (False, True))
    assert np.diff(wide) / np.diff(plain) == pytest.approx(np.sqrt(2))


def test_normal_intervals_by_hand():
    """Replicates 1 and 3 around 2: error 1; √(S/(S-1)) = √2 for two shards; ν = 1 / (1/2 + 1/1)."""
    from scipy.stats import t

    low, high = Level().of_values(np.array([2.0]), np.array([[1.0], [3.0]]), shards=2)
    reach = t.ppf(0.975, 2 / 3) * np.sqrt(2)
    assert (low[0], high[0]) == pytest.approx((2 - reach, 2 + reach))


def test_percentile_intervals_are_quantiles_of_the_replicates(bootstrap):
    i, j = bootstrap.vocabulary.ids(["king", "man"])
    cosines = [float(v[i].astype(float) @ v[j].astype(float)) for v in bootstrap.replicates]
    found = bootstrap.similarity("king", "man", confidence=0.75, method="percentile")
    assert found[1:] == pytest.approx(np.quantile(cosines, [0.125, 0.875]))
    with pytest.raises(InputError, match="need 40 replicates, there are 8"):
        bootstrap.similarity("king", "man", method="percentile")


def test_neighbors_are_the_embeddings_own(run, bootstrap):
    embedding, found = run[2], bootstrap.neighbors("king", n=7)
    plain = embedding.neighbors("king", 7)
    assert [near.word for near in found] == [word for word, _ in plain]
    assert [near.cosine for near in found] == pytest.approx([cosine for _, cosine in plain], abs=1e-6)
    for near in found:
        assert near[1:4] == pytest.approx(bootstrap.similarity("king", near.word), abs=1e-3)
        times = sum(_is_near(vectors, embedding, near.word) for vectors in bootstrap.replicates)
        assert near.share == times / len(bootstrap)


def _is_near(vectors, embedding, word):
    other = s2v.Embedding.from_vectors(embedding.words, vectors.astype(np.float32) * 1.0)
    king = np.asarray(vectors, np.float32) @ np.asarray(vectors[embedding.vocabulary.require("king")], np.float32)
    order = [w for w in np.argsort(-king, kind="stable") if other.words[w] != "king"][:7]
    return word in [other.words[w] for w in order]


def test_modes_are_matched_by_direction_when_ranks_swap():
    """Modes 1 and 2 change places, 3 and 4 rotate freely into each other, 0 stays."""
    rng = np.random.default_rng(0)
    products = np.zeros((30, 5, 5))
    for b in range(30):
        c, s = np.cos(a := rng.uniform(0, 2 * np.pi)), np.sin(a)
        products[b, 0, 0] = -1
        products[b, 1, 1 + b % 2] = products[b, 2, 2 - b % 2] = 1
        products[b, 3:, 3:] = [[c, -s], [s, c]]
    found = match(products)
    assert found.place[:2, :3].tolist() == [[0, 1, 2], [0, 2, 1]]
    assert found.overlaps[:, :3] == pytest.approx(1)
    assert found.groups == [(0,), (1,), (2,), (3, 4)]
    assert found.overlaps[:, 3].min() < 0.9
    assert found.group_overlaps == pytest.approx(1)
    assert found.kept == pytest.approx(1)


def test_nearly_degenerate_modes_of_a_corpus_are_one_group():
    """The planted families are a multiplet of equal eigenvalues: none comes back alone, all of them together do."""
    planted = s2v.planted_corpus()
    assert np.ptp(planted.eigenvalues()[11:18]) < 1e-9
    run = run_of(corpus_of(n=30_000, length=30), 18, s2v.Window("document"), shrinkage=0.0)
    modes = resample(*run, Resampling(replicates=10, shards=40)).modes()
    assert modes[0].group == (0,) and modes[0].overlap > 0.95 and modes[0].share == 1
    for mode in modes[11:]:
        assert set(range(11, 18)) <= set(mode.group)
        assert mode.group_overlap > 1.5 * mode.overlap


def test_it_saves_and_loads(bootstrap, tmp_path):
    bootstrap.save(tmp_path / "bootstrap")
    loaded = load_stage(tmp_path / "bootstrap")
    assert isinstance(loaded, Bootstrap)
    assert loaded.fingerprint == bootstrap.fingerprint
    assert loaded.similarity("king", "man") == bootstrap.similarity("king", "man")
    assert loaded.modes() == bootstrap.modes()


def test_a_head_keeps_the_most_frequent_words(run, bootstrap):
    head = resample(*run, Resampling(replicates=8, shards=SHARDS, head=50))
    words = head.vocabulary.words
    assert words == bootstrap.vocabulary.words[:50]
    assert head.similarity(*words[:2]) == bootstrap.similarity(*words[:2])
    with pytest.raises(UnknownWordError):
        head.similarity(words[0], bootstrap.vocabulary.words[60])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"replicates": 1}, "replicates must be at least 2"),
        ({"shards": 1}, "at least 2 and at most 255"),
        ({"shards": 256}, "at least 2 and at most 255"),
        ({"seed": -1}, "seed"),
        ({"head": 0}, "head"),
    ],
)
def test_resampling_that_cannot_be_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        Resampling(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"confidence": 1.0}, "confidence"),
        ({"method": "magic"}, "one of normal, percentile, got"),
        ({"method": "percentile", "prediction": True}, "another text"),
    ],
)
def test_intervals_that_cannot_be_are_refused(bootstrap, options, message):
    with pytest.raises(InputError, match=message):
        bootstrap.similarity("king", "man", **options)


def test_misuse_is_explained(corpus, run, bootstrap):
    few = corpus_of(n=5)
    with pytest.raises(InputError, match="5 documents, too few for 50 shards"):
        resample(*run_of(few, 2))
    with pytest.raises(InputError, match="different vocabularies"):
        resample(s2v.encode([["a", "b"]] * 9), *run[1:])
    given = s2v.solve(s2v.Target.from_array(np.eye(len(corpus.vocabulary)), corpus.vocabulary), 2)
    with pytest.raises(InputError, match="not solved from counts"):
        resample(corpus, given, s2v.embed(given))
    with pytest.raises(UnknownWordError, match="is not among"):
        bootstrap.similarity("king", "zebra")
    with pytest.raises(InputError, match="ask for at least 1"):
        bootstrap.neighbors("king", 0)


TEXTS = [" ".join(document) for document in s2v.planted_corpus().documents(n=120, length=30)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("fitted") / "run"
    s2v.fit(TEXTS, dim=4, out=out, bootstrap=4, seed=3)
    return out


def test_fit_saves_a_bootstrap_of_its_own_vectors(folder):
    held = Bootstrap.load(find_stage(folder, "bootstrap"))
    assert held.is_of(s2v.load(folder)) and held.is_of(load_stage(folder / "spectrum"))
    assert held.lineage.values_of("resample") == {"replicates": 4, "shards": 50, "seed": 3, "head": None}
    with pytest.raises(InputError, match="give out="):
        s2v.fit(TEXTS, dim=4, bootstrap=4)
    with pytest.raises(InputError, match="replicates must be at least 2"):
        s2v.fit(TEXTS, dim=4, bootstrap=1, out=folder)


def test_a_fit_without_one_leaves_no_old_bootstrap(folder, tmp_path):
    s2v.fit(TEXTS, dim=4, out=tmp_path / "run", bootstrap=2)
    s2v.fit(TEXTS, dim=3, out=tmp_path / "run")
    with pytest.raises(FolderError, match="has no bootstrap"):
        find_stage(tmp_path / "run", "bootstrap")


def test_the_command_line_shows_intervals(folder, capsys):
    assert cli(["neighbors", str(folder), "king", "-n", "3"]) == 0
    assert "95% interval" in capsys.readouterr().out
    assert cli(["neighbors", str(folder), "king", "--no-intervals"]) == 0
    assert "interval" not in capsys.readouterr().out
    assert cli(["neighbors", str(folder), "king", "--json", "--confidence", "0.8"]) == 0
    near = json.loads(capsys.readouterr().out)["results"][0]["words"][0]
    assert near["low"] <= near["similarity"] <= near["high"]
    assert cli(["modes", str(folder), "-k", "2"]) == 0
    assert "comes back" in capsys.readouterr().out
    assert cli(["modes", str(folder), "--json"]) == 0
    mode = json.loads(capsys.readouterr().out)["modes"][0]
    assert mode["low"] <= mode["eigenvalue"] <= mode["high"]


def test_a_run_without_bootstrap_says_so(folder, tmp_path, capsys):
    s2v.fit(TEXTS, dim=3, out=tmp_path / "plain")
    assert cli(["neighbors", str(tmp_path / "plain"), "king"]) == 0
    assert cli(["neighbors", str(tmp_path / "plain"), "king", "--intervals"]) == 2
    assert "fit it with --bootstrap 20" in capsys.readouterr().err
    (folder / "bootstrap").rename(tmp_path / "plain" / "bootstrap")
    assert cli(["modes", str(tmp_path / "plain"), "--intervals"]) == 2
    assert "solved again" in capsys.readouterr().err
    (tmp_path / "plain" / "bootstrap").rename(folder / "bootstrap")


def test_the_command_line_fits_one(tmp_path, capsys):
    text = tmp_path / "text.txt"
    text.write_text("\n".join(TEXTS))
    common = ["fit", str(text), "--out", str(tmp_path / "run"), "--dim", "3", "--bootstrap", "2"]
    assert cli([*common, "--bootstrap-shards", "20"]) == 0
    assert Bootstrap.load(tmp_path / "run" / "bootstrap").shards == 20
    capsys.readouterr()
    assert cli([*common, "--bootstrap-shards", "200"]) == 2
    assert "120 documents, too few for 200 shards" in capsys.readouterr().err
