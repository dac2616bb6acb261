"""Stochastic training: against a plain twin, finite differences, its own expectation, and planted answers."""

import numpy as np
import pytest
from numba import njit

import solve2vec
import training_twin as twin
from solve2vec import (
    Corpus,
    Formula,
    InputError,
    TrainingOptions,
    VocabularyOptions,
    Window,
    build_target,
    count,
    encode,
)
from solve2vec.core.resources import using
from solve2vec.datasets.synthetic import planted_corpus
from solve2vec.kernels import centers, moves, slopes
from solve2vec.linalg.rowblocks import row_blocks
from solve2vec.training.full_batch.losses import Logistic
from solve2vec.training.full_batch.pairs import Pairs
from solve2vec.training.sampled import workers as workers_module
from solve2vec.training.sampled.loop import train_task
from solve2vec.training.sampled.task import Task, flow_time
from solve2vec.training.sampled.weights import Weights, start
from solve2vec.training.sampled.workers import Workers, scratch_for, slots_for

FLAT, LINEAR = Window(3, "flat"), Window(4, "linear")
TRAINERS = {"sgns": solve2vec.sgns, "cbow": solve2vec.cbow, "quadratic": solve2vec.quadratic}


def corpus_of(N=600, V=12, D=20, seed=0, unknown=True):
    """Zipf-like tokens in documents of all lengths, empty ones too."""
    rng = np.random.default_rng(seed)
    p = 1 / np.arange(1.0, V + 1 + unknown)
    tokens = rng.choice(V + unknown, N, p=p / p.sum())
    edges = np.sort(rng.integers(0, N, D - 1))
    return Corpus.from_ids(tokens.astype(np.int32), np.r_[0, edges, N], [f"w{n}" for n in range(V)])


def task_of(model="sgns", corpus=None, window=LINEAR, reweighted=False, **settings):
    corpus = corpus or corpus_of()
    counts = count(corpus, window) if reweighted else None
    return Task(model, corpus, window, TrainingOptions(**{"dim": 6, "epochs": 2, "subsample": 0.05} | settings), counts)


CASES = {
    "sgns": {},
    "sgns tied": {"tied": True, "init_scale": 0.3},
    "sgns all pairs, gaps open": {"sampled_windows": False, "closed_gaps": False, "init_scale": 0.3},
    "sgns harmonic, center kept": {
        "window": Window(6, "harmonic"),
        "skip_center": False,
        "negatives": 1,
        "init_scale": 0.3,
    },
    "sgns documents": {"window": Window("document"), "negatives": 2},
    "sgns wide": {"dim": 12, "negatives": 7, "batch": 3, "subsample": None, "init_scale": 0.5},
    "cbow": {"model": "cbow"},
    "cbow gaps open": {"model": "cbow", "closed_gaps": False, "window": FLAT, "init_scale": 0.5, "negatives": 3},
    "quadratic": {"model": "quadratic", "init_scale": 0.3},
    "quadratic tied": {"model": "quadratic", "tied": True, "negatives": 2, "init_scale": 0.3},
    "sgns reweighted": {"reweighted": True, "init_scale": 0.3, "learning_rate": 0.01},
    "quadratic reweighted": {"model": "quadratic", "reweighted": True, "init_scale": 0.3, "learning_rate": 0.01},
}


def run(task, threads=1, **options):
    with using(threads=threads):
        return train_task(task, **options)


def trained(task, threads=1):
    """W, U and the facts."""
    made = run(task, threads)
    return made.embedding.vectors, made.embedding.context_vectors, made.facts


@pytest.mark.parametrize("case", CASES)
def test_training_is_that_of_the_plain_twin(case):
    """To 2e-5: hundreds of float32 updates of entries up to 1, against float64."""
    task = task_of(**CASES[case])
    W, U = start(task.corpus.vocabulary, task.settings).rows()
    W, U, losses = twin.train(task, W, U, task.batch)
    got_W, got_U, facts = trained(task)
    np.testing.assert_allclose(got_W, W, atol=2e-5)
    if task.settings.tied:
        assert got_U is None
    else:
        np.testing.assert_allclose(got_U, U, atol=2e-5)
    np.testing.assert_allclose(facts["epoch_losses"], losses, rtol=1e-5)
    start_W = start(task.corpus.vocabulary, task.settings).rows()[0]
    assert np.abs(got_W - start_W).max() > 0.02, "it moved"


@pytest.mark.parametrize("case", ["sgns", "sgns tied", "cbow", "sgns reweighted", "quadratic reweighted"])
def test_any_number_of_threads_gives_the_same_bits(case):
    task = task_of(**CASES[case] | {"dim": 40, "epochs": 1, "corpus": corpus_of(V=60, N=250, D=4)})
    one, *others = (run(task, threads, worth_waiting=1e-9) for threads in (1, 2, 3))
    assert [made.facts["threads"] for made in others] == [2, 3]
    for other in others:
        assert other.embedding.fingerprint == one.embedding.fingerprint
        assert other.facts["epoch_losses"] == one.facts["epoch_losses"]
        assert other.trajectory.loss.tobytes() == one.trajectory.loss.tobytes()


def test_the_pace_is_that_of_the_faster_and_looks_again_at_times():
    pace = workers_module.Pace(4)
    speeds, chosen = {4: 10.0, 1: 3.0}, []
    for call in range(400):
        if call == 200:
            speeds[4] = 1.0  # another program has come
        chosen.append(pace.choose())
        pace.record(chosen[-1], speeds[chosen[-1]])
    assert set(chosen[:2]) == {1, 4}, "both are tried"
    assert chosen[2:200].count(1) <= 4
    assert chosen[202:].count(4) <= 4
    alone = workers_module.Pace(1)
    assert alone.choose() == 1


def test_changing_the_number_of_threads_on_the_way_changes_no_bit(monkeypatch):
    task = task_of(corpus=corpus_of(N=900, V=40), dim=40, epochs=1)
    one = run(task, 1, segment=64)
    used = []
    monkeypatch.setattr(workers_module.Pace, "choose", lambda self: used.append(1 + len(used) % 3) or used[-1])
    assert run(task, 3, segment=64, worth_waiting=1e-9).embedding.fingerprint == one.embedding.fingerprint
    assert set(used) == {1, 2, 3}


def test_segments_cover_the_corpus_and_leave_batches_whole():
    """Small segments: every token that stays is a center once, with the same contexts as in one large segment."""

    def windows(size):
        found = []
        with Workers(task, start(task.corpus.vocabulary, task.settings), size) as workers:
            for segment in range(workers.segments):
                text, first, last = workers.gather(1, segment)
                for i in range(first, last):
                    near = np.abs(text.places[: text.n] - text.places[i]) <= workers._reach
                    found.append((text.positions[i], text.positions[: text.n][near].tolist()))
        return found

    for closed in (True, False):
        task = task_of(corpus=corpus_of(N=900, D=9), closed_gaps=closed, subsample=0.02)
        whole = windows(1 << 17)
        assert whole == windows(64) == windows(7)
        assert [position for position, _ in whole] == [item[0] for item in twin.kept(task, 1)]


@njit
def choose_center(model, text, i, slots):
    centers.choose(model, text, i, slots, 0)


@njit
def train_center(model, text, i, slots, scratch):
    slopes.measure(model, text, i, slots, 0, scratch)
    moves.apply(model, text, i, slots, 0, scratch, 0, model.stride)


def step(task, W, U, center=None):
    """What one center moves in W and in U, its contexts, its outputs, and its loss."""
    weights = loaded(task, W, U)
    with Workers(task, weights) as workers:
        text, first, _ = workers.gather(0, 0)
        i = first if center is None else center
        L, k = workers._reach, task.settings.negatives
        slots, scratch = slots_for(1, L, k), scratch_for(weights.stride, L, k)
        choose_center(workers._model, text, i, slots)
        train_center(workers._model, text, i, slots, scratch)
    now, U_now = weights.rows()
    contexts = [text.words[c] for c in range(slots.low[0], slots.high[0]) if c != i]
    return (
        now - W,
        None if U_now is None else U_now - U,
        contexts,
        slots.outputs[0, : slots.n_outputs[0]],
        slots.loss[0],
    )


def loaded(task, W, U=None):
    weights = Weights.empty(*W.shape, task.settings.tied)
    weights.rows()[0][:] = W
    if U is not None:
        weights.rows()[1][:] = U
    return weights


@pytest.mark.parametrize("model", ["sgns", "cbow", "quadratic"])
@pytest.mark.parametrize("tied", [False, True])
def test_a_step_goes_down_the_gradient_of_the_formula(model, tied):
    if model == "cbow" and tied:
        return
    task = task_of(model, tied=tied, learning_rate=1.0, final_learning_rate=1.0, subsample=None)
    rng = np.random.default_rng(1)
    W, U = rng.normal(0, 0.5, (2, 12, 6)).astype(np.float32)
    U = W if tied else U
    for center in range(50, 90):
        moved_W, moved_U, contexts, outputs, loss = step(task, W, None if tied else U, center)
        if len(contexts) > 1 and len(outputs) > 2 and len(set(outputs)) == len(outputs):  # noise words may come twice
            break
    else:
        pytest.fail("no center has enough to show")
    s = np.r_[1.0, -np.ones(len(outputs) - 1)]

    def height(W, U):
        rows = W[contexts].mean(axis=0)[None] if model == "cbow" else W[contexts]
        x = rows @ U[outputs].T
        return (np.log(2) - s * x / 2 + x * x / 8 if model == "quadratic" else np.log1p(np.exp(-s * x))).sum()

    np.testing.assert_allclose(loss, height(W.astype(float), U.astype(float)), rtol=1e-6)
    share = len(contexts) if model == "cbow" else 1  # contexts move by the whole of the mean's step
    gradient = differences(lambda Z: height(Z, Z) if tied else height(Z, U.astype(float)), W)
    np.testing.assert_allclose(moved_W, -share * gradient, atol=1e-5)
    if not tied:
        np.testing.assert_allclose(moved_U, -differences(lambda Z: height(W.astype(float), Z), U), atol=1e-5)


def differences(function, at, size=1e-5):
    made, at = np.empty(at.shape), at.astype(np.float64)
    for place in np.ndindex(at.shape):
        up, down = at.copy(), at.copy()
        up[place] += size
        down[place] -= size
        made[place] = (function(up) - function(down)) / (2 * size)
    return made


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("α", [1.0, 0.75])
def test_the_reweighted_expectation_is_least_squares_and_flow_time_its_clock(tied, α):
    """Summed over every pair, each noise word by its chance, one epoch moves W by (M* - WUᵀ)U dt."""
    corpus, window, k = corpus_of(N=120, V=5, D=4, unknown=True), Window(2, "linear"), 3
    counts = count(corpus, window)
    η = 1e-3
    settings = TrainingOptions(
        dim=3, tied=tied, negatives=k, context_smoothing=α, subsample=None, sampled_windows=False, closed_gaps=False,
        skip_center=False, learning_rate=η, final_learning_rate=η,
    )  # fmt: skip
    rng = np.random.default_rng(2)
    W, U = rng.normal(0, 0.5, (2, 5, 3)).astype(np.float32)
    U = W if tied else U
    task = Task("quadratic", corpus, window, settings, counts)
    moved, moved_U, rates = np.zeros(W.shape), np.zeros(W.shape), 0.0
    with Workers(task, loaded(task, W, None if tied else U)) as workers:
        text, first, last = workers.gather(0, 0)
        slots, scratch = slots_for(1, 2, k), scratch_for(16, 2, k)
        for i in range(first, last):
            for others in [*np.eye(5, dtype=int), None]:  # the positive alone comes with no noise word
                word = None if others is None else int(others.argmax())
                workers.weights.rows()[0][:] = W
                if not tied:
                    workers.weights.rows()[1][:] = U
                choose_center(workers._model, text, i, slots)
                slots.n_outputs[0] = 1
                if word is not None:
                    slots.outputs[0, 1], slots.n_outputs[0] = word, 2
                train_center(workers._model, text, i, slots, scratch)
                now, U_now = workers.weights.rows()
                chance = 1 - k if word is None else k * task.noise[word]  # Σ_n k q_n (pos + neg_n) + (1 - k) pos
                moved += chance * (now.astype(float) - W)
                moved_U += 0 if tied else chance * (U_now.astype(float) - U)
            rates += η * slots.weight[0]
    assert rates == pytest.approx(η * counts.total)
    formula = Formula("mstar", negatives=k, context_smoothing=α, shrinkage=0.0, symmetric=False)
    M = build_target(counts, formula).toarray()
    dt = flow_time(rates, 5, k, tied=tied)
    if tied:  # the flow of ¼‖WWᵀ - M‖² for the symmetric part of M; the other part does nothing
        np.testing.assert_allclose(moved, ((M + M.T) / 2 - W @ W.T) @ W * dt, atol=2e-4 * np.abs(moved).max())
    else:
        np.testing.assert_allclose(moved, (M - W @ U.T) @ U * dt, atol=2e-4 * np.abs(moved).max())
        np.testing.assert_allclose(moved_U, (M - W @ U.T).T @ W * dt, atol=2e-4 * np.abs(moved_U).max())


def mean_steps(task, W, U, epochs=3):
    """Σ of the moves of W and U from where they are, over whole epochs of sampled steps, and Σ η of the pairs."""
    moved, rates = np.zeros((2, *W.shape)), 0.0
    with Workers(task, loaded(task, W, U), segment=1 << 10) as workers:
        for epoch in range(epochs):
            for segment in range(workers.segments):
                for rows, at in zip(workers.weights.rows(), (W, U), strict=True):
                    rows[:] = at
                workers.train(*workers.gather(epoch, segment))
                rates += workers.sums[2]
                moved += [rows.astype(float) - at for rows, at in zip(workers.weights.rows(), (W, U), strict=True)]
    return moved, rates


@pytest.mark.parametrize("noise", ["pairs", "words"])
@pytest.mark.parametrize("subsample", [None, 0.01])
@pytest.mark.parametrize("α", [1.0, 0.75])
@pytest.mark.parametrize("k", [1, 5, 15])
def test_sampled_steps_are_the_population_gradient_on_average(k, α, subsample, noise):
    """One noise: what training draws is what the formula expects, thinned or not."""
    corpus, window, V, η = corpus_of(N=100_000, V=50, D=2000), Window(8, "linear"), 50, 2e-6
    counts = count(corpus, window)
    task = task_of(
        corpus=corpus, window=window, negatives=k, context_smoothing=α, subsample=subsample, dim=6, closed_gaps=False,
        skip_center=False, learning_rate=η, final_learning_rate=η,
    )  # fmt: skip
    W, U = np.random.default_rng(3).normal(0, 0.4, (2, V, 6)).astype(np.float32)
    moved, rates = mean_steps(task, W, U)
    state, time = np.stack([W, U]).astype(float), flow_time(rates, V, k, tied=False)

    def found(noise):
        """Cosine and slope of the sampled moves on those of the flow, for W and for U."""
        formula = Formula(negatives=k, context_smoothing=α, subsample=subsample, shrinkage=0, noise=noise)
        pairs = Pairs.of(counts, build_target(counts, formula), as_drawn=True)
        with row_blocks(V) as blocks:
            flow = Logistic.of(pairs, blocks).flow(state) * time
        across = (moved * flow).sum(axis=(1, 2))
        sizes = [(X * X).sum(axis=(1, 2)) for X in (moved, flow)]
        return across / np.sqrt(sizes[0] * sizes[1]), across / sizes[1]

    cosines, slopes = found(noise)
    assert (cosines >= 0.998).all()
    assert (np.abs(slopes - 1) <= 0.02).all()
    if subsample is not None:  # and with the noise of what is left after thinning it would be seen
        assert (found("kept")[0] < 0.99).any() or (np.abs(found("kept")[1] - 1) > 0.05).any()


def pairs_seen(task, epochs):
    """(V, V) weights of the contexts that centers draw, over so many epochs."""
    V = len(task.keep)
    seen = np.zeros((V, V))
    with Workers(task, start(task.corpus.vocabulary, task.settings)) as workers:
        slots = slots_for(1, workers._reach, task.settings.negatives)
        for epoch in range(epochs):
            text, first, last = workers.gather(epoch, 0)
            for i in range(first, last):
                choose_center(workers._model, text, i, slots)
                for c in range(slots.low[0], slots.high[0]):
                    if c != i:
                        j = abs(text.places[c] - text.places[i])
                        ω = task.weights[0][j - 1] / task.weights[1]
                        seen[text.words[i], text.words[c]] += 1 if task.settings.sampled_windows else ω
    return seen


@pytest.mark.parametrize("window", [LINEAR, FLAT, Window(5, "harmonic"), Window("document")])
def test_all_pairs_of_windows_weigh_what_counts_weigh(window):
    task = task_of(window=window, sampled_windows=False, closed_gaps=False, subsample=None)
    counts = count(task.corpus, window)
    np.testing.assert_allclose(pairs_seen(task, 1), counts.counts.toarray() / counts.denominator, atol=1e-9)


@pytest.mark.parametrize("subsample", [None, 0.05])
@pytest.mark.parametrize("window", [LINEAR, Window(5, "harmonic")])
def test_drawn_windows_are_counts_in_expectation(window, subsample):
    """Over 300 epochs; within five standard errors of a mean of draws, where Formula's keep_i keep_j thins them."""
    task = task_of(corpus=corpus_of(N=200), window=window, closed_gaps=False, subsample=subsample)
    counts, epochs = count(task.corpus, window), 300
    expected = counts.counts.toarray() / counts.denominator
    if subsample is not None:
        keep = task.corpus.vocabulary.keep_probability(subsample)
        assert keep.min() < 0.5
        expected = expected * np.outer(keep, keep)
    got = pairs_seen(task, epochs) / epochs
    # pairs of one token hang together: each draw moves at most 2L of them, which widens the error of a sum
    error = np.sqrt((expected * 4 + 0.01) / epochs)
    assert (np.abs(got - expected) / error).max() < 5
    assert abs(got.sum() / expected.sum() - 1) < 0.02


def test_words_stay_as_often_as_word2vec_keeps_them():
    corpus = corpus_of(N=30_000, unknown=True)
    f = corpus.vocabulary.counts / corpus.vocabulary.counts.sum()
    t = 0.01
    for closed, keep in ((True, np.sqrt(t / f) + t / f), (False, corpus.vocabulary.keep_probability(t))):
        task = task_of(corpus=corpus, subsample=t, closed_gaps=closed)
        np.testing.assert_allclose(task.keep, np.minimum(1, keep))
        with Workers(task, start(corpus.vocabulary, task.settings)) as workers:
            text, first, last = workers.gather(0, 0)
        seen = np.bincount(text.words[first:last], minlength=12)
        n, p = corpus.vocabulary.counts, task.keep
        assert (np.abs(seen - n * p) < 4.5 * np.sqrt(n * p * (1 - p)) + 1e-9).all()
        assert p.min() < 0.3


def test_recording_changes_no_bit_and_counts_steps():
    task = task_of(corpus=corpus_of(N=4000, V=40), dim=8)
    few, many = (run(task_of(corpus=task.corpus, dim=8, points=n), 2) for n in (1, 40))
    assert few.embedding.fingerprint == many.embedding.fingerprint
    steps = many.trajectory.step
    assert len(few.trajectory) == 2
    assert len(steps) > 15
    assert steps[0] == 0
    assert steps[-1] == many.facts["centers"]
    assert (np.diff(steps) > 0).all()
    first_epoch = steps[many.trajectory.epoch < 1]
    assert (first_epoch % many.facts["batch"] == 0).all()
    assert (np.diff(many.trajectory.time) > 0).all()
    assert many.trajectory.epoch[-1] == 2
    # U = 0: every one of the pairs of the first batch costs log 2, the skipped negatives nothing
    assert 3 * np.log(2) < many.trajectory.loss[0] <= 6 * np.log(2)


def test_time_is_that_of_the_pairs_and_losses_are_those_between_moments():
    """With a steady rate, time counts pairs; weighed by them, the moments' losses are the epoch's."""
    task = task_of(epochs=1, points=30, learning_rate=0.01, final_learning_rate=0.01)
    made = run(task, 1)
    pairs = pairs_seen(task, 1).sum()
    assert made.trajectory.time[-1] == pytest.approx(flow_time(0.01 * pairs, 12, 5, tied=False), rel=1e-12)
    shares = np.diff(made.trajectory.time) / made.trajectory.time[-1]
    assert len(shares) > 10
    assert shares @ made.trajectory.loss[1:] == pytest.approx(made.facts["epoch_losses"][0], rel=1e-12)


def test_rates_are_word2vecs_own_unless_given():
    assert [task_of(model).learning_rate for model in TRAINERS] == [0.025, 0.05, 0.025]
    assert task_of("cbow", learning_rate=0.1).learning_rate == 0.1
    assert task_of("cbow").describe()["learning_rate"] == 0.05
    ends = {model: task_of(model).settings.final_learning_rate for model in ("sgns", "cbow", "quadratic")}
    assert ends == pytest.approx({"sgns": 1e-4, "cbow": 0.005, "quadratic": 1e-4})
    assert task_of(learning_rate=1e-5).settings.final_learning_rate == 1e-5, "it never rises unless told to"
    assert task_of("cbow", final_learning_rate=0.01).settings.final_learning_rate == 0.01


def test_losses_stay_exact_where_the_logistic_function_saturates():
    """x = ±300: float32 has no e^300, the loss is 300."""
    task = task_of(subsample=None, negatives=40)
    W = np.full((12, 6), 10.0, np.float32)
    U = np.repeat(np.where(np.arange(12) % 2, 5, -5)[:, None], 6, axis=1).astype(np.float32)
    *_, contexts, outputs, loss = step(task, W, U, center=50)
    x = np.where(outputs % 2, 300.0, -300.0)
    s = np.r_[1.0, -np.ones(len(outputs) - 1)]
    assert loss == pytest.approx(len(contexts) * np.maximum(0, -s * x).sum(), rel=1e-12)


def test_one_thread_without_locks_is_batches_of_one():
    free = run(task_of(lock_free=True), 1)
    careful = run(task_of(batch=1), 2)
    assert free.embedding.fingerprint == careful.embedding.fingerprint


def test_threads_without_locks_learn_as_well():
    corpus = planted(1000)
    free, careful = (
        solve2vec.sgns.train(corpus, dim=16, epochs=2, lock_free=flag, threads=2).facts["epoch_losses"][-1]
        for flag in (True, False)
    )
    assert free == pytest.approx(careful, rel=0.01)


def planted(n):
    return encode(planted_corpus().documents(n, length=30, seed=3), selection=VocabularyOptions(min_count=1))


@pytest.mark.parametrize("model", ["sgns", "cbow", "quadratic"])
def test_planted_concepts_are_learned(model):
    """The words of a planted topic have each other as nearest neighbors: none at the start, nearly all at the end."""
    corpus = planted(2000)
    rate = {"sgns": 0.05, "cbow": 0.1, "quadratic": 0.01}[model]
    made = TRAINERS[model].train(
        corpus, dim=20, epochs=8 if model == "quadratic" else 4, subsample=None, window=Window(6, "flat"),
        learning_rate=rate,
    )  # fmt: skip
    words = [word for word in corpus.vocabulary.words if "_" in word and word.split("_")[0] in ("music", "sport")]
    assert len(words) == 16
    hits = [near.split("_")[0] == w.split("_")[0] for w in words for near, _ in made.embedding.neighbors(w, 7)]
    assert np.mean(hits) > 0.95
    assert made.facts["epoch_losses"][-1] < made.facts["epoch_losses"][0]


def test_the_seed_decides():
    a, b, c = (trained(task_of(seed=seed))[0] for seed in (1, 1, 2))
    assert a.tobytes() == b.tobytes() != c.tobytes()


@pytest.mark.parametrize(("scale", "tied"), [(1e-6, False), (0.1, True), (None, False), (None, True)])
def test_starts_have_their_scale(scale, tied):
    vocabulary = encode([[f"w{n}" for n in range(4000)]], selection=VocabularyOptions(min_count=1)).vocabulary
    W, U = start(vocabulary, TrainingOptions(dim=20, init_scale=scale, tied=tied)).rows()
    assert np.std(W) == pytest.approx(scale or 0.5 / 20 / np.sqrt(3), rel=0.02)
    assert np.abs(W).max() <= (10 * scale if scale else 0.5 / 20)
    if tied:
        assert U is None
    elif scale:
        assert np.std(U) == pytest.approx(scale, rel=0.02)
        assert abs(np.corrcoef(W.ravel(), U.ravel())[0, 1]) < 0.02
    else:
        assert not U.any()


def test_a_warm_start_gives_words_their_rows_and_others_the_usual_start():
    corpus = corpus_of(unknown=False)
    given = solve2vec.Embedding.from_vectors(["w3", "else", "w0"], np.arange(18.0).reshape(3, 6))
    W, U = start(corpus.vocabulary, TrainingOptions(dim=6), given).rows()
    usual, _ = start(corpus.vocabulary, TrainingOptions(dim=6)).rows()
    rest = [row for row in range(12) if row not in (0, 3)]
    assert W[3].tolist() == [0, 1, 2, 3, 4, 5]
    assert W[0].tolist() == [12, 13, 14, 15, 16, 17]
    assert not U.any()
    np.testing.assert_array_equal(W[rest], usual[rest])
    first = solve2vec.sgns.train(corpus, dim=6, epochs=1, subsample=None)
    W, U = start(corpus.vocabulary, TrainingOptions(dim=6), first.embedding).rows()
    np.testing.assert_array_equal(U, first.embedding.context_vectors)
    again = solve2vec.sgns.train(corpus, dim=6, epochs=1, subsample=None, warm_start=first.embedding)
    assert again.trajectory.loss[0] < first.trajectory.loss[0]


def test_the_trajectory_follows_given_modes():
    corpus = planted(500)
    counts = count(corpus, window := Window(5, "linear"))
    spectrum = solve2vec.solve(solve2vec.mstar(counts, shrinkage=0.0), 5)
    made = solve2vec.quadratic.train(
        corpus, window=window, spectrum=spectrum, dim=20, epochs=1, subsample=None,
        probe=lambda W: {"size": float(np.abs(W).max())},
    )  # fmt: skip
    W, U = made.embedding.vectors.astype(float), made.embedding.context_vectors.astype(float)
    v = spectrum.eigenvectors.astype(float)
    np.testing.assert_allclose(made.trajectory.strengths[-1], np.diag(v.T @ W @ U.T @ v), rtol=1e-6, atol=1e-9)
    assert made.trajectory.strengths.shape[1] == 5
    assert made.trajectory.scores[-1, 0] == np.abs(made.embedding.vectors).max()


def test_lineage_says_how_it_was_trained():
    made = solve2vec.quadratic.train(corpus_of(), dim=4, epochs=1, size=3)
    values = made.embedding.lineage.values_of("train")
    assert (values["model"], values["dim"], values["size"], values["reweighted"]) == ("quadratic", 4, 3, False)
    again = solve2vec.sgns.train(corpus_of(), dim=4, epochs=1, warm_start=made.embedding)
    assert [one.embedding.lineage.values_of("train")["warm_start"] for one in (made, again)] == [False, True]


def test_the_batch_shrinks_where_a_word_would_move_too_often():
    assert task_of(corpus=corpus_of(V=12), learning_rate=0.025).batch < 10
    assert task_of(corpus=corpus_of(V=12), learning_rate=1e-4, batch=50).batch == 50
    assert task_of(corpus=corpus_of(V=12), learning_rate=10.0).batch == 1


def test_steps_that_overshoot_between_finite_numbers_are_refused_too():
    rng = np.random.default_rng(0)
    texts = [[f"w{n}" for n in rng.zipf(1.5, 60) if n < 40] for _ in range(200)]
    corpus = encode(texts, selection=VocabularyOptions(min_count=1))
    with pytest.raises(InputError, match=r"learning_rate=0.07 diverged in epoch 1, .*learning_rate=0.035 first"):
        solve2vec.sgns.train(corpus, dim=16, window=Window(16, "linear"), epochs=3, learning_rate=0.07, subsample=None)


def test_a_rate_that_diverges_is_refused_with_its_half():
    with pytest.raises(InputError, match=r"learning_rate=50 diverged in epoch 1, by center .*learning_rate=25 first"):
        solve2vec.quadratic.train(planted(300), dim=8, epochs=1, learning_rate=50.0, init_scale=0.1)


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda c: solve2vec.cbow.train(c, dim=4, tied=True), "cbow cannot be tied"),
        (lambda c: solve2vec.cbow.train(c, dim=4, sampled_windows=False), "plain mean of a window"),
        (lambda c: solve2vec.sgns.train(c), "200 dimensions are more than the 12 words have"),
        (lambda c: solve2vec.sgns.train(c, dim=4, negativ=3), "did you mean 'negative'"),
        (lambda c: solve2vec.sgns.train(c, dim=4, workers=3), "did you mean 'threads'"),
        (lambda c: solve2vec.sgns.train(c, dim=4, vector_size=4), "dim is given twice, once as vector_size"),
        (lambda c: solve2vec.sgns.train(c, dim=4, epochs=0), "epochs must be at least 1"),
        (lambda c: solve2vec.sgns.train(c, dim=4, learning_rate=float("nan")), "learning_rate must be"),
        (lambda c: solve2vec.sgns.train(c, dim=4, init_scale=-1.0), "init_scale must be above 0"),
        (lambda c: solve2vec.sgns.train(c, dim=4, subsample=0.0), "None keeps every token"),
        (lambda c: solve2vec.quadratic.train(c, dim=4, reweighted=True), "give counts="),
        (lambda c: solve2vec.sgns.train(c, dim=4, reweighted=True), "give counts="),
        (lambda c: solve2vec.quadratic.train(c, dim=4, counts=count(c)), "set reweighted=True"),
        (lambda c: solve2vec.quadratic.train(c, dim=4, reweighted=True, counts=count(c)), "another window"),
        (
            lambda c: solve2vec.sgns.train(c, dim=4, warm_start=solve2vec.Embedding.from_vectors(["w1"], [[1.0]])),
            "the warm start has 1 dimensions",
        ),
        (
            lambda c: solve2vec.sgns.train(c, dim=1, warm_start=solve2vec.Embedding.from_vectors(["x"], [[1.0]])),
            "none of the corpus's words",
        ),
    ],
)
def test_what_cannot_be_is_told(call, why):
    with pytest.raises(InputError, match=why):
        call(corpus_of())


def test_a_corpus_without_pairs_is_told():
    alone = Corpus.from_ids(np.array([0, 1, 2]), np.array([0, 1, 2, 3]), ["a", "b", "c"])
    with pytest.raises(InputError, match="no two known words stand within 5 tokens"):
        solve2vec.sgns.train(alone, dim=2, subsample=None)
    with pytest.raises(InputError, match="1 known word; training needs 2"):
        solve2vec.sgns.train(Corpus.from_ids(np.array([0, 0]), np.array([0, 2]), ["a"]), dim=1)


def test_a_recorder_of_other_words_is_refused():
    corpus = planted(50)
    other = solve2vec.solve(solve2vec.mstar(count(corpus_of())), 2)
    with pytest.raises(InputError, match="the modes to follow have 12 words"):
        solve2vec.sgns.train(corpus, dim=4, spectrum=other)


@pytest.mark.parametrize("model", ["sgns", "cbow", "quadratic"])
def test_as_many_other_words_are_other_words(model):
    corpus = corpus_of()
    renamed = Corpus.from_ids(corpus.tokens, corpus.document_starts, [f"other{n}" for n in range(12)])
    other = solve2vec.solve(solve2vec.mstar(count(renamed)), 2)
    with pytest.raises(InputError, match="of other words than the model: row 0 is 'other0' there and 'w0' here"):
        TRAINERS[model].train(corpus, dim=4, spectrum=other)
