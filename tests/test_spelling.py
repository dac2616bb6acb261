"""Spelling: n-grams as fastText hashes them, the regression against other solvers, and what vectors know of strings."""

import json
import struct
from itertools import product

import numpy as np
import pytest
from scipy.stats import spearmanr

from solve2vec import Embedding, FolderError, InputError, UnknownWordError, embed, fit, formats, load, spell
from solve2vec.cli.main import run as command
from solve2vec.core import resources
from solve2vec.linalg.search import unit_rows
from solve2vec.spelling.ngrams import Ngrams, Shared, incidence
from solve2vec.spelling.ridge import ridge
from solve2vec.spelling.subwords import explained, learn

SYLLABLES = ["".join(letters) for letters in product("bdgklmnprst", "aeiou")]
STEMS = ["".join(pair) for pair in product(SYLLABLES[::2], SYLLABLES[1::5])]  # 308 of four letters
ENDINGS = ["", "s", "ing", "ed"]


def fnv(ngram, buckets):
    """FNV-1a of 32 bits as fastText has it: a byte is a signed char, widened to unsigned."""
    value = 2166136261
    for byte in ngram.encode():
        value = ((value ^ (byte if byte < 128 else byte | 0xFFFFFF00)) * 16777619) % 2**32
    return value % buckets


def ngrams_of(word, shortest, longest):
    text = f"<{word}>"
    spans = [(at, at + n) for at in range(len(text)) for n in range(shortest, longest + 1) if at + n <= len(text)]
    return [text[a:b] for a, b in spans if text[a:b] not in ("<", ">")]


def inflected(seed=0, dim=30, noise=0.3):
    """A vector for each stem and each ending, which add up; words in any order, with counts."""
    rng = np.random.default_rng(seed)
    stems, endings = rng.standard_normal((len(STEMS), dim)), rng.standard_normal((len(ENDINGS), dim))
    words = [stem + ending for stem in STEMS for ending in ENDINGS]
    vectors = (stems[:, None] + endings[None]).reshape(-1, dim) + noise * rng.standard_normal((len(words), dim))
    order, counts = rng.permutation(len(words)), np.sort(rng.integers(1, 5000, len(words)))[::-1].copy()
    return Embedding.from_vectors([words[i] for i in order], vectors[order], counts=counts)


@pytest.mark.parametrize("word", ["tea", "a", "", "café", "日本語", "😀b", "x" * 50])
@pytest.mark.parametrize(("shortest", "longest"), [(3, 5), (1, 2), (2, 2)])
def test_ngrams_are_those_of_fasttext(word, shortest, longest):
    found, owners = Ngrams(shortest, longest, 1000)(["other", word])
    expected = sorted(fnv(ngram, 1000) for ngram in ngrams_of(word, shortest, longest))
    assert sorted(found[owners == 1].tolist()) == expected


def test_words_of_signs_have_shorter_ngrams():
    assert Ngrams.of(["中国", "日本", "tea"]) == Ngrams.of(["한국", "미국"]) == Ngrams(1, 2)
    assert Ngrams.of(["tea", "Чай", "中国"]) == Ngrams.of([]) == Ngrams(3, 5)


def test_only_ngrams_of_two_words_have_a_row():
    ngrams = Ngrams(3, 3)
    shared = Shared.of(["abc", "abd", "xyxyxyx", "abab"], ngrams)  # xyx is in one word twice
    assert shared.buckets.tolist() == sorted([fnv("<ab", ngrams.buckets)])
    assert shared.counts.toarray().tolist() == [[1], [1], [0], [1]]
    np.testing.assert_allclose(shared.weighted.toarray()[:, 0], [1 / np.sqrt(3), 1 / np.sqrt(3), 0, 1 / 2])
    same, sizes = incidence(ngrams, ["abc", "abd", "xyxyxyx", "abab"], shared.buckets)
    assert (same.toarray() == shared.counts.toarray()).all() and (sizes == shared.sizes).all()
    some = np.array([fnv("aba", ngrams.buckets)])
    G, sizes = incidence(ngrams, ["abc", "cab", "ababab"], some)
    assert sizes.tolist() == [3, 3, 6]
    assert G.toarray().tolist() == [[0], [0], [2]]


@pytest.fixture(scope="module")
def problem():
    E = inflected(dim=11)
    return Shared.of(E.words).counts, E.vectors, np.sqrt(E.vocabulary.counts)


def test_the_regression_is_that_of_the_normal_equations_and_of_scikit_learn(problem):
    Ridge = pytest.importorskip("sklearn.linear_model").Ridge
    G, E, weights = problem
    dense = G.toarray().astype(np.float64)
    expected = np.linalg.solve(
        dense.T @ (weights[:, None] * dense) + 10 * np.eye(G.shape[1]), dense.T @ (weights[:, None] * E)
    )
    B = ridge(G, E, weights, 10.0, steps=500)
    np.testing.assert_allclose(G @ B, dense @ expected, atol=5e-5 * np.abs(E).max())
    theirs = Ridge(alpha=10.0, fit_intercept=False, solver="cholesky")
    theirs = theirs.fit(dense, E.astype(np.float64), sample_weight=weights).coef_.T
    np.testing.assert_allclose(G @ B, dense @ theirs, atol=5e-5 * np.abs(E).max())
    np.testing.assert_allclose(B, expected, atol=3e-4 * np.abs(expected).max())


def test_a_few_steps_leave_little(problem):
    G, E, weights = problem
    exact, few = ridge(G, E, weights, 10.0, steps=500), ridge(G, E, weights, 10.0)
    assert np.linalg.norm(G @ few - G @ exact) < 0.03 * np.linalg.norm(G @ exact)


def test_the_same_bits_on_any_number_of_threads(problem):
    made = []
    for threads in (1, 2, 3):
        with resources.using(threads=threads):
            made.append(ridge(*problem, 10.0, rows=100))
    assert np.array_equal(made[0], made[1]) and np.array_equal(made[0], made[2])


def test_by_hand_one_ngram():
    """Two words share one n-gram alone: b = Σ √n g e / (Σ √n g² + λ), g = 1/√(number of n-grams)."""
    words, E, counts = ["abxq", "abyp"], np.array([[3.0], [5.0]], np.float32), np.array([16, 9])
    made = learn(Shared.of(words), E, counts, strength=2.0, penalty=10.0)
    sizes = np.array([len(ngrams_of(word, 3, 5)) for word in words])
    g = 1 / np.sqrt(sizes)
    b = (np.sqrt(counts) * g * E[:, 0]).sum() / ((np.sqrt(counts) * g**2).sum() + 10)
    assert made.buckets.tolist() == [fnv("<ab", 1 << 17)]
    np.testing.assert_allclose(made.parts(words)[:, 0], 2 * g * b, rtol=1e-5)
    np.testing.assert_allclose(
        made.of(["abz"])[0, 0], b * np.sqrt(sizes.mean()) / len(ngrams_of("abz", 3, 5)), rtol=1e-5
    )


def test_spelling_is_added_where_it_means_something_and_nowhere_else():
    E = inflected()
    ids = Embedding.from_vectors([f"{i:06d}" for i in np.random.default_rng(1).permutation(10**6)[: len(E)]], E.vectors)
    exchanged = Embedding.from_vectors(np.random.default_rng(2).permutation(E.words).tolist(), E.vectors)
    assert explained(Shared.of(E.words), E.vectors, E.vocabulary.counts) > 0.3
    assert spell(E, spelling="auto").subwords is not None
    for other in (ids, exchanged, E.head(900)):
        assert spell(other, spelling="auto").subwords is None
    assert spell(E, spelling=False) is E


def test_vectors_are_contexts_and_spelling():
    E, S = inflected(), spell(inflected())
    np.testing.assert_allclose(S.vectors, E.vectors + S.subwords.parts(E.words), atol=1e-6)
    np.testing.assert_allclose(S.contexts.vectors, E.vectors, atol=1e-6)
    assert S.contexts.subwords is None and E.contexts is E
    share = S.shares(S.words[3])
    assert share.contexts + share.spelling == pytest.approx(1) and 0 < share.spelling < 1
    assert S.neighbors("badex", 3, unknown="subword")[0][0].startswith("bade")
    assert S.neighbors(S.words[0], contexts_only=True) == S.contexts.neighbors(S.words[0])
    assert spell(S).fingerprint == pytest.approx(spell(S.contexts).fingerprint)


def test_forms_come_nearer_and_unknown_forms_find_their_stem():
    E = inflected()
    held = [word for word in E.words if word.endswith("ing")][::10]
    kept = [i for i, word in enumerate(E.words) if word not in set(held)]
    S = spell(Embedding.from_vectors([E.words[i] for i in kept], E.vectors[kept], counts=E.vocabulary.counts[kept]))
    stems = [word for word in E.words if word in STEMS]
    cosines = S.subwords.of(held) @ unit_rows(S.contexts[stems]).T
    own = cosines[np.arange(len(held)), [stems.index(word[:4]) for word in held]]
    ranks = (cosines > own[:, None]).sum(axis=1)
    assert np.median(ranks) <= 2 and np.mean(ranks < 10) > 0.7  # of 308: by chance 154, and 3 %


def test_dimensions_are_nested():
    whole, part = spell(inflected(dim=40)), spell(inflected(dim=40).first(24))
    np.testing.assert_allclose(whole.first(24).vectors, part.vectors, atol=1e-6)
    np.testing.assert_allclose(
        whole.first(24).vector("badeling", unknown="subword"), part.subwords.of(["badeling"])[0], atol=1e-6
    )


def test_a_saved_embedding_keeps_its_spelling(tmp_path):
    S = spell(inflected())
    back = load(S.save(tmp_path / "e"))
    assert back.fingerprint == S.fingerprint
    assert np.array_equal(back.vector("zzbadez", unknown="subword"), S.vector("zzbadez", unknown="subword"))
    assert back.head(5).subwords is not None and np.array_equal(back.head(5).contexts.vectors, S.contexts.vectors[:5])
    plain = inflected()
    plain.save(tmp_path / "plain")
    assert "subwords" not in json.loads((tmp_path / "plain" / "stage.json").read_text())["fields"]


def test_unknown_words_are_errors_unless_spelled():
    S = spell(inflected())
    with pytest.raises(UnknownWordError):
        S.vector("badeings")
    with pytest.raises(UnknownWordError, match="shares no n-gram"):
        S.vector("qqqq", unknown="subword")
    with pytest.raises(InputError, match="spell"):
        S.contexts.vector("badeings", unknown="subword")
    with pytest.raises(InputError, match="unknown must be one of"):
        S.vector("badeings", unknown="guess")
    assert S.analogy("bade", "bals", "badeings", 2, unknown="subword")
    with pytest.raises(InputError, match="penalty"):
        spell(S, penalty=0.0)


def test_strings_can_be_given_rows():
    S = spell(inflected()).with_strings(["badeings", "bade", "qqqq", "badeings"])
    assert len(S) == len(inflected()) + 1 and S.vocabulary.counts[-1] == 0
    assert np.array_equal(S["badeings"], spell(inflected()).vector("badeings", unknown="subword"))


TEXT = [" ".join(np.random.default_rng(i).choice(STEMS[:40], 12)) for i in range(60)]


def test_fit_leaves_vectors_as_they_are_without_spelling(tmp_path):
    plain = fit(TEXT, 4, min_count=1, spelling=False, out=tmp_path / "run")
    same = embed(load(tmp_path / "run/spectrum"))
    assert plain.fingerprint == same.fingerprint == fit(TEXT, 4, min_count=1).fingerprint  # 40 words are no evidence
    spelled = fit(TEXT, 4, min_count=1, spelling=True, out=tmp_path / "run")
    assert spelled.fingerprint == spell(plain).fingerprint == load(tmp_path / "run").fingerprint
    with pytest.raises(InputError, match="two matrices"):
        fit(TEXT, 4, min_count=1, spelling=True, tied=False)
    with pytest.raises(InputError, match="spelling must be"):
        fit(TEXT, 4, spelling="yes")


def test_words_fold_in_among_contexts():
    S = fit(TEXT, 4, min_count=1, spelling=True)
    row = {S.words[1]: 2.0, S.words[2]: 1.0}
    np.testing.assert_allclose(S.fold_in(row), fit(TEXT, 4, min_count=1, spelling=False).fold_in(row), rtol=1e-4)


def test_the_command_line_says_what_spelling_says(tmp_path, capsys):
    (tmp_path / "text.txt").write_text("\n".join(TEXT))
    run = str(tmp_path / "run")
    command(["fit", str(tmp_path / "text.txt"), "--out", run, "--dim", "4", "--min-count", "1", "--spelling"])
    E = load(run)
    word = E.words[0]
    capsys.readouterr()
    command(["neighbors", run, word, word + "ing", "-n", "2"])
    said = capsys.readouterr().out
    assert f"{word}: {E.shares(word).contexts:.0%} contexts" in said and "from spelling alone" in said
    command(["neighbors", run, word, "--contexts-only", "--json"])
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert [(near["word"], near["similarity"]) for near in result["words"]] == E.neighbors(word, contexts_only=True)
    command(["neighbors", run, word + "ing", "--json"])
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert (result["contexts"], result["spelling"]) == (0, 1)
    command(["analogy", run, word, E.words[1], word + "ing"])
    assert f"{word}ing from spelling alone" in capsys.readouterr().out


def test_a_fasttext_model_keeps_words_and_strings(tmp_path):
    S = spell(inflected())
    back = load(formats.save(S, tmp_path / "model.bin", "fasttext-bin"))
    assert back.words == S.words and np.array_equal(back.vocabulary.counts, S.vocabulary.counts)
    np.testing.assert_allclose(back.vectors, S.vectors, atol=1e-5)
    strings = ["badeling", "lunamed", "gosusx"]
    assert np.array_equal(back.subwords.of(strings), S.subwords.of(strings))
    np.testing.assert_allclose(back.contexts.vectors + back.subwords.parts(S.words), back.vectors, atol=1e-5)


def test_the_rows_of_a_fasttext_model_average_to_the_vectors(tmp_path):
    """The matrix of the file, read by its place, and fastText's rule by hand."""
    S = spell(inflected(dim=4))
    data = formats.save(S, tmp_path / "model.bin", "fasttext-bin").read_bytes()
    n, buckets, d = len(S), 1 << 17, 4
    matrix = np.frombuffer(data, "<f4", (n + buckets) * d, len(data) - 4 * n * d - 17 - 4 * (n + buckets) * d)
    matrix = matrix.reshape(-1, d)
    for word in S.words[:50]:
        rows = [S.vocabulary.id_of[word], *(n + fnv(ngram, buckets) for ngram in ngrams_of(word, 3, 5))]
        np.testing.assert_allclose(matrix[rows].mean(axis=0), S[word], atol=1e-5)
    rows = [n + fnv(ngram, buckets) for ngram in ngrams_of("badeling", 3, 5)]
    np.testing.assert_allclose(matrix[rows].mean(axis=0), S.vector("badeling", unknown="subword"), atol=1e-6)


def test_what_is_no_whole_fasttext_model_is_refused(tmp_path):
    S = spell(inflected())
    data = formats.save(S, tmp_path / "model.bin", "fasttext-bin").read_bytes()
    for cut in (6, 40, 100, 5000, 1 << 20):
        (tmp_path / "cut.bin").write_bytes(data[:cut])
        with pytest.raises(FolderError):
            load(tmp_path / "cut.bin")
    labelled = data[:72] + struct.pack("<i", 3) + data[76:]  # 2 + 12 ints, a double, then words, words, labels
    (tmp_path / "labels.bin").write_bytes(labelled)
    with pytest.raises(FolderError, match="classifier"):
        load(tmp_path / "labels.bin")


def test_questions_with_unknown_words_can_be_asked(tmp_path, capsys):
    S = spell(inflected())
    S.save(tmp_path / "E")
    pairs = [("bade", "badeing"), ("bades", "badeings"), ("badex", "gosu"), ("qqqq", "bade")]
    (tmp_path / "pairs.txt").write_text("".join(f"{a.upper()}\t{b}\t{5 - k}\n" for k, (a, b) in enumerate(pairs)))
    asked = ["evaluate", str(tmp_path / "E"), "--similarity", str(tmp_path / "pairs.txt"), "--bootstrap", "0", "--json"]
    found = {}
    for unknown in ("skip", "subword"):
        assert command([*asked, "--unknown", unknown]) == 0
        (found[unknown],) = json.loads(capsys.readouterr().out)["similarity"]
    assert (found["skip"]["pairs"], found["skip"]["skipped"]) == (1, 3)
    assert (found["subword"]["pairs"], found["subword"]["skipped"]) == (3, 1)  # qqqq shares no n-gram
    vectors = [S.vector(word, unknown="subword") for word in ("badex", "gosu", "bades", "badeings", "bade", "badeing")]
    cosines = [
        float(a @ b / np.linalg.norm(a) / np.linalg.norm(b)) for a, b in zip(vectors[::2], vectors[1::2], strict=True)
    ]
    assert found["subword"]["spearman"] == pytest.approx(spearmanr(cosines, [3, 4, 5])[0])
    assert command([*asked, "--unknown", "subword", "--restrict", "5"]) != 0
