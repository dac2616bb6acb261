"""Evaluation against gensim: the same questions right, the same correlations."""

import os
from pathlib import Path

import numpy as np
import pytest

from solve2vec.embedding.embedding import Embedding
from solve2vec.evaluation import analogies, answering, read_analogies, read_similarities, similarity

pytestmark = pytest.mark.slow
keyedvectors = pytest.importorskip("gensim.models.keyedvectors", reason="gensim is not installed")

DATA = Path(os.environ.get("SOLVE2VEC_DATA", Path(__file__).parents[3] / "shared" / "data")) / "evaluation"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no question files in {DATA}; set SOLVE2VEC_DATA")


def in_gensim(E):
    vectors = keyedvectors.KeyedVectors(E.dim)
    vectors.add_vectors(list(E.words), np.array(E.vectors))
    return vectors


def planted(n, rng, noise):
    """Two kinds of relation between 2 n words each, in which vector arithmetic works up to noise."""
    words, vectors, lines = [], [], []
    for kind in "pq":
        base = rng.standard_normal((n, 25))
        other = base + rng.standard_normal(25) + noise * rng.standard_normal((n, 25))
        names = [f"{kind}{side}{i}" for side in "ab" for i in range(n)]
        words += names
        vectors += [base, other]
        lines.append(f": {kind}")
        for i, j in rng.integers(n, size=(4 * n, 2)):
            if i != j:
                lines.append(" ".join((names[i], names[n + i], names[j], names[n + j])))
    return words, np.concatenate(vectors).astype(np.float32), lines


def with_other_spellings(words, vectors, rng):
    """Half of the words a second time in capitals, near the first or far, and all of them in any order.

    gensim looks at the five best words only, so more spellings of the three given words than that could hide an
    answer from it; ours finds it.
    """
    twice = rng.choice(len(words), len(words) // 2, replace=False)
    near = vectors[twice] + rng.choice([0.05, 1.0], size=(len(twice), 1)) * rng.standard_normal((len(twice), 25))
    words = [*words, *(words[i].upper() for i in twice)]
    vectors = np.concatenate([vectors, near])
    order = rng.permutation(len(words))
    return [words[i] for i in order], vectors[order]


def gensims_verdicts(score_and_sections):
    """Accuracy, and the sets of right and wrong questions of each section, in upper case."""
    accuracy, sections = score_and_sections
    return accuracy, {
        section["section"]: {
            kind: sorted(tuple(word.upper() for word in question) for question in section[kind])
            for kind in ("correct", "incorrect")
        }
        for section in sections[:-1]
    }


def our_verdicts(score):
    found = {name: {"correct": [], "incorrect": []} for name in score.categories}
    for question, verdict in zip(score.questions, score.verdicts, strict=True):
        if verdict >= 0:
            words = tuple(word.upper() for word in (*question[1:4], *question.answers))
            found[question.category]["correct" if verdict else "incorrect"].append(words)
    return score.accuracy or 0.0, {name: {k: sorted(v) for k, v in kinds.items()} for name, kinds in found.items()}


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("case", ["ignore", "as_is"])
@pytest.mark.parametrize("restrict", [None, 110])
def test_every_verdict_is_gensims(tmp_path, seed, case, restrict):
    rng = np.random.default_rng(seed)
    words, vectors, lines = planted(25, rng, noise=1.0)
    words, vectors = with_other_spellings(words, vectors, rng)
    lines += [": unknown", "pa0 nobody pa1 pb1", "PA0 PB0 pA1 pb1", "pa2 pb2 pa2 pb2", "pa3 pb3 pa4 pb3"]
    path = tmp_path / "questions.txt"
    path.write_text("\n".join(lines) + "\n")
    E = Embedding.from_vectors(words, vectors)
    score = analogies(E, read_analogies(path), case=case, restrict=restrict)
    peer = in_gensim(E).evaluate_word_analogies(
        str(path), restrict_vocab=restrict or len(words), case_insensitive=case == "ignore"
    )
    assert our_verdicts(score) == gensims_verdicts(peer)
    assert 0 < score.accuracy < 1 and score.skipped > 0


@pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`:DeprecationWarning")  # gensim's own call
@pytest.mark.parametrize("seed", range(6))
def test_every_answer_of_3cosmul_is_gensims(tmp_path, monkeypatch, seed):
    """Word by word: gensim's evaluation has 3CosAdd only, whatever its ``similarity_function`` says.

    Its ε is 1e-6, ours the paper's 1e-3, which decides where a word is nearly opposite to the first one.
    """
    monkeypatch.setattr(answering, "_EPSILON", 1e-6)
    rng = np.random.default_rng(seed)
    words, vectors, lines = planted(25, rng, noise=1.0)
    path = tmp_path / "questions.txt"
    path.write_text("\n".join(lines) + "\n")
    E = Embedding.from_vectors(words, vectors)
    peer = in_gensim(E)
    score = analogies(E, read_analogies(path), method="mul")
    for q, word in zip(score.questions, score.answered, strict=True):
        assert word == peer.most_similar_cosmul(positive=[q.b, q.c], negative=[q.a], topn=1)[0][0]
    assert 0 < score.accuracy < 1


def over_the_data(seed, V, dim, case):
    """Vectors for V words that the published files ask about; each pair of a category is off by its offset."""
    rng = np.random.default_rng(seed)
    questions = read_analogies(DATA / "questions-words.txt").questions
    words = [w for q in questions for w in (*q[1:4], *q.answers)]
    words += [
        w for name in ("ws353", "simlex999", "men") for p in read_similarities(DATA / f"{name}.txt").pairs for w in p
    ]
    vector = {word: rng.standard_normal(dim) for word in dict.fromkeys(map(case, words))}
    offset = {q.category: rng.standard_normal(dim) for q in questions}
    for q in questions:
        vector[case(q.b)] = vector[case(q.a)] + offset[q.category] + 1.1 * rng.standard_normal(dim)
    known = [list(vector)[i] for i in rng.permutation(len(vector))[:V]]
    return Embedding.from_vectors(known, np.array([vector[word] for word in known]))


@needs_data
@pytest.mark.parametrize(
    "case", [str.lower, str], ids=["a lower-case vocabulary", "a vocabulary as the files spell it"]
)
@pytest.mark.parametrize("policy", ["ignore", "as_is"])
def test_google_questions_have_gensims_verdicts(case, policy):
    E = over_the_data(1, 2300, 25, case)
    path = DATA / "questions-words.txt"
    peer = in_gensim(E).evaluate_word_analogies(str(path), case_insensitive=policy == "ignore")
    score = analogies(E, read_analogies(path), case=policy)
    assert our_verdicts(score) == gensims_verdicts(peer)
    assert score.asked > 1000 and 0.05 < score.accuracy < 0.95 and score.skipped > 0


@needs_data
@pytest.mark.parametrize("name", ["ws353", "simlex999", "men"])
@pytest.mark.parametrize("policy", ["ignore", "as_is"])
@pytest.mark.parametrize("restrict", [None, 2000])
def test_word_pairs_have_gensims_correlations(tmp_path, name, policy, restrict):
    E = over_the_data(2, 2300, 25, str)
    questions = read_similarities(DATA / f"{name}.txt")
    path = tmp_path / "pairs.tsv"  # gensim takes three columns only, and WordSim-353 has four
    rows = zip(questions.pairs, questions.scores, strict=True)
    path.write_text("".join(f"{one}\t{other}\t{float(score)!r}\n" for (one, other), score in rows))
    score = similarity(E, questions, case=policy, restrict=restrict)
    pearson, spearman, unknown = in_gensim(E).evaluate_word_pairs(
        str(path), case_insensitive=policy == "ignore", restrict_vocab=restrict or len(E)
    )
    # gensim's cosines are float32: a pair of neighbors closer than that may change places, and move the last digits
    n = score.pairs
    swaps = np.sum(np.diff(np.sort(score.cosines[np.isfinite(score.cosines)])) < 2e-7)
    assert abs(score.spearman - spearman[0]) <= 1e-12 + swaps * 12 * n / (n * (n**2 - 1))
    assert score.pearson == pytest.approx(pearson[0], abs=1e-6)
    assert unknown == pytest.approx(100 * score.skipped / (score.skipped + score.pairs))
    assert score.skipped > 0
