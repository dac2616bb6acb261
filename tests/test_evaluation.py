"""Evaluation: reading question files, scoring analogies and word pairs, comparing two embeddings."""

import itertools
import json
import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from drawing import FEW, MANY
from solve2vec.core.errors import InputError
from solve2vec.embedding.embedding import Embedding
from solve2vec.evaluation import (
    Analogy,
    AnalogyQuestions,
    SimilarityQuestions,
    analogies,
    compare_analogies,
    compare_similarity,
    read_analogies,
    read_similarities,
    report,
    similarity,
)
from solve2vec.evaluation.resampling import Drawing, resampled_means
from solve2vec.evaluation.similarity import spearman

DATA = Path(os.environ.get("SOLVE2VEC_DATA", Path(__file__).parents[2] / "shared" / "data")) / "evaluation"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no question files in {DATA}; set SOLVE2VEC_DATA")


def written(folder, text, name="questions.txt"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def asked(*quadruples, category="x"):
    return AnalogyQuestions("by hand", [Analogy(category, a, b, c, tuple(d.split("/"))) for a, b, c, d in quadruples])


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        ": sex\nman woman king queen\n: size\nbig bigger old older\n",
        "\ufeff# a comment\r\n: sex\r\nman\twoman\tking\tqueen\r\n\r\n:  size \r\n big bigger  old older",
    ],
    ids=["spaces", "tabs, line ends of Windows, a mark of byte order"],
)
def test_google_files_keep_their_categories(tmp_path, text):
    assert read_analogies(written(tmp_path, text)).questions == (
        Analogy("sex", "man", "woman", "king", ("queen",)),
        Analogy("size", "big", "bigger", "old", ("older",)),
    )


@pytest.mark.parametrize("place", [0, 3, 4])
def test_msr_files_may_name_the_relation_in_a_column(tmp_path, place):
    questions = [["good", "better", "rough", "rougher"], ["big", "bigger", "old", "older"], ["be", "is", "do", "does"]]
    relations = ["JJ_JJR", "JJ_JJR", "VB_VBZ"]
    lines = [" ".join([*q[:place], r, *q[place:]]) for q, r in zip(questions, relations, strict=True)]
    found = read_analogies(written(tmp_path, "\n".join(lines)))
    assert found.categories == ("JJ_JJR", "VB_VBZ")
    assert [[q.a, q.b, q.c, q.answers[0]] for q in found.questions] == questions


def test_msr_files_without_relations_are_one_category(tmp_path):
    assert read_analogies(written(tmp_path, "good better rough rougher\n", "msr.txt")).categories == ("msr",)


def test_bats_asks_every_line_after_every_other_and_takes_any_of_its_answers(tmp_path):
    written(tmp_path, "cat\tmeow\ndog\tbark/woof\ncow\tmoo\n", "BATS/4_lexicography/E08 [animal - sound].txt")
    written(tmp_path, "go\tgoes\ndo\tdoes\n", "BATS/1_inflection/I05 [verb - 3pSg].txt")
    found = read_analogies(tmp_path / "BATS")
    assert found.categories == ("I05 [verb - 3pSg]", "E08 [animal - sound]")
    assert len(found) == 2 * 1 + 3 * 2
    assert Analogy("E08 [animal - sound]", "cat", "meow", "dog", ("bark", "woof")) in found.questions
    assert Analogy("E08 [animal - sound]", "dog", "bark", "cow", ("moo",)) in found.questions


def test_files_of_one_name_in_two_folders_are_two_categories(tmp_path):
    for folder in ("one", "two"):
        written(tmp_path, "go\tgoes\ndo\tdoes\n", f"{folder}/verbs.txt")
    assert read_analogies(tmp_path).categories == ("one/verbs", "two/verbs")


@pytest.mark.parametrize(
    "text",
    [
        "tiger\tcat\t7.35\nNew York\tcity\t6\n",
        "Word 1\tWord 2\tHuman (mean)\ntiger\tcat\t7.35\nNew York\tcity\t6\n",
        "# comment\nword1\tword2\tPOS\tSimLex999\tconc\ntiger\tcat\tN\t7.35\t1\n#no\nNew York\tcity\tN\t6\t2\n",
        "Word 1,Word 2,Human (mean)\r\ntiger,cat,7.35\r\nNew York,city,6\r\n",
    ],
    ids=["tabs", "header", "comments and a column before the score", "commas"],
)
def test_similarity_files_are_two_words_and_the_first_number(tmp_path, text):
    found = read_similarities(written(tmp_path, text))
    assert found.pairs == (("tiger", "cat"), ("New York", "city"))
    assert found.scores.tolist() == [7.35, 6.0]


def test_similarity_files_may_have_spaces_for_columns(tmp_path):
    found = read_similarities(written(tmp_path, "tiger cat   7.35 M\nbook paper 7.46\n"))
    assert (found.pairs, found.scores.tolist()) == ((("tiger", "cat"), ("book", "paper")), [7.35, 7.46])


BAD = {
    b"": "is empty",
    b"\n# only\n\n": "is empty",
    b": family\n": "no questions",
    b": family\nman woman king queen\nman woman king\n": "line 3: 3 columns in 'man woman king'; the fourth word",
    b"man woman king queen\n\xff\xfeman\n": "line 2: byte 0xff is not UTF-8",
    b"man woman king queen\nuncle aunt\n": "line 2: 'uncle aunt' has 2 words where line 1 has 4",
    b"man\twoman\t\tqueen\n": "line 1: 'man woman  queen' has 3 words",
    b": \nman woman king queen\n": "line 1: a category without a name",
    b"a b c d e\n": "five columns and it is not clear",
    b"a b c d e f g\n": "line 1: 7 columns",
    b"lonely\n": "line 1: 1 columns in 'lonely'",
    b"go\tgoes\n": "one word pair",
    b"go\tgoes\ndo\t/\n": "line 2: 'do' has no answer in '/'",
    b"\x1f\x8b\x08rest": "packed",
    b"\xff\xfem\x00a\x00": "UTF-16",
    b"\x7fELF\x00\x00\n": "line 1: has zero bytes",
}


@pytest.mark.parametrize("content", BAD, ids=range(len(BAD)))
def test_a_bad_analogy_file_is_refused_with_its_name_and_line(tmp_path, content):
    path = written(tmp_path, content)
    with pytest.raises(InputError) as caught:
        read_analogies(path)
    assert str(path) in str(caught.value) and BAD[content] in str(caught.value)


BAD_PAIRS = {
    b"": "is empty",
    b"tiger cat\n": "line 1: 'tiger cat' is not two words and a score",
    b"tiger cat 7\nbook paper\n": "line 2: 'book paper' is not two words",
    b"tiger cat 7\nbook paper high\n": "line 2: 'book paper high' has the score 'high'",
    b"tiger cat 7\nbook paper nan\n": "has the score 'nan'",
    b"boat,river,9,8\nbread,cake,3,9\n": "numbers in columns 3, 4, and nothing tells",
    b"boat,river,9.5,8,7\nbread,cake,3,9.5,4\n": "numbers in columns 3, 4, 5, and nothing tells",
    b"boat,river,9,0.35\nbread,cake,7,0.5\n": "numbers in columns 3, 4, and nothing tells",
    b'[["boat", "river", 9]]': "is JSON, not lines",
    b"<html><body>404</body></html>": "a web page",
    b"a b N 7\nc d N\n": "line 2: 'c d N' has no score in column 4",
    b"a\t\t7\n": "line 1: 'a\\t\\t7' is not two words",
    b"a b 7\nc\xe9 d 7\n": "line 2: byte 0xe9 is not UTF-8",
}


@pytest.mark.parametrize("content", BAD_PAIRS, ids=range(len(BAD_PAIRS)))
def test_a_bad_similarity_file_is_refused_with_its_name_and_line(tmp_path, content):
    path = written(tmp_path, content)
    with pytest.raises(InputError) as caught:
        read_similarities(path)
    assert str(path) in str(caught.value) and BAD_PAIRS[content] in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "a,b,c,d\nman,woman,king,queen\nboy,girl,he,she\n",
        "category\tw1\tw2\tw3\tw4\nx\tman\twoman\tking\tqueen\nx\tboy\tgirl\the\tshe\ny\trome\titaly\toslo\tnorway\n",
        "word1 word2 word3 target\nman woman king queen\nboy girl he she\n",
    ],
)
def test_names_of_columns_are_no_analogy(tmp_path, text):
    found = read_analogies(written(tmp_path, text.encode())).questions
    assert (found[0].a, found[0].b, found[0].c, found[0].answers) == ("man", "woman", "king", ("queen",))


LAYOUTS = {  # two pairs, 9.3 and 7.6, in the ways that pairs are published
    "tabs": "{a}\t{b}\t{s}",
    "blanks": "{a}  {b}   {s}",
    "commas": "{a},{b},{s}",
    "commas and blanks": "{a}, {b}, {s}",
    "semicolons": "{a} ; {b} ; {s}",
    "bars": "{a}|{b}|{s}",
    "quotes": '"{a}","{b}","{s}"',
    "raters before the mean": "{a},{b},{r[0]},{r[1]},{r[2]},{s}",
    "the mean before raters": "{a}\t{b}\t{s}\t{r[0]}\t{r[1]}\t{r[2]}",
    "a row number": "{n},{a},{b},{s}",
    "an id": "p{n} {a} {b} {s}",
    "the score first": "{s} {a} {b}",
    "a part of speech": "{a}\t{b}\tN\t{s}\tSYNONYM",
    "tags": "{a}-n {b}-v {s}",
    "decimal commas": "{a};{b};{c}",
    "decimal commas and blanks": "{a} {b} {c}",
    "a header": "{a},{b},{s}\nword1,word2,mean",
    "a header with numbers": "{a} {b} {r[0]} {r[1]} {r[2]} {s}\nword1 word2 1 2 3 mean",
    "raters before a mean of others, too": "{a},{b},{r[1]},{r[2]},{n},{s}",
    "a mean and its deviation": "{a},{b},{s},0.{n}",
    "a deviation and its mean": "{a},{b},0.{n},{s}",
    "a language": "en\t{a}\t{b}\t{s}",
    "parts of speech beside words": "{a} N {b} V {s}",
    "single quotes": "'{a}' '{b}' {s}",
    "quotes and blanks": '"{a}" "{b}" {s}',
    "genres and numbers before": "news\tMSRvid\t{n}\t{s}\t{a}\t{b}",
    "raters of whom one did not say": "{a},{b},{x},,{y}\nword1,word2,r1,r2,r3",
    "raters alone": "{n},{a},{b},{x},{y}\nID,Word 1,Word 2,Annotator 1,Annotator 2",
}
TWO = [("boat", "river", 9.3, (10, 9, 9)), ("bread", "cake", 7.6, (8, 8, 7))]


def pairs_in(layout, rows):
    body, _, header = layout.partition("\n")
    lines = [body.format(a=a, b=b, s=s, c=str(s).replace(".", ","), r=r, n=n, x=s - 1, y=s + 1)
             for n, (a, b, s, r) in enumerate(rows, 1)]  # fmt: skip
    return "\n".join([*([header] if header else []), *lines, ""])


@pytest.mark.parametrize("name", LAYOUTS)
def test_pairs_are_read_in_the_layouts_they_are_published_in(name, tmp_path):
    (tmp_path / "q").write_text(pairs_in(LAYOUTS[name], TWO))
    found = read_similarities(tmp_path / "q")
    assert found.pairs == (("boat", "river"), ("bread", "cake"))
    assert found.scores.tolist() == pytest.approx([9.3, 7.6]) and "columns by" in found.layout


@pytest.mark.parametrize("name", ["tabs", "commas", "quotes", "semicolons", "bars"])
def test_names_with_blanks_stay_whole(name, tmp_path):
    rows = [("new york", "city", 9.3, (9, 9, 9)), ("san juan", "old town", 7.6, (8, 8, 7))]
    (tmp_path / "q").write_text(pairs_in(LAYOUTS[name], rows))
    assert read_similarities(tmp_path / "q").pairs == (("new york", "city"), ("san juan", "old town"))


def check_random_pairs(data, tmp_path):
    """Random words and scores in a random layout are read as they were written, or refused."""
    letters = st.characters(codec="utf-8", categories=["Ll", "Lu", "Lo"])
    word = st.text(letters, min_size=1, max_size=6)
    words = data.draw(st.lists(st.tuples(word, word), min_size=2, max_size=6))
    raters = data.draw(st.lists(st.tuples(*[st.integers(0, 10)] * 3), min_size=len(words), max_size=len(words)))
    rows = [(a, b, round(sum(r) / 3, 2), r) for (a, b), r in zip(words, raters, strict=True)]
    name = data.draw(st.sampled_from(sorted(LAYOUTS)))
    (tmp_path / "q").write_text(pairs_in(LAYOUTS[name], rows))
    try:
        found = read_similarities(tmp_path / "q")
    except InputError:
        return
    assert found.pairs == tuple(words)
    assert found.scores.tolist() == pytest.approx([s for _, _, s, _ in rows], abs=1e-6)


@FEW
@given(data=st.data())
def test_random_pairs_are_read_or_refused(data, tmp_path):
    check_random_pairs(data, tmp_path)


@pytest.mark.slow
@MANY
@given(data=st.data())
def test_twenty_thousand_random_pairs_are_read_or_refused(data, tmp_path):
    check_random_pairs(data, tmp_path)


@pytest.mark.parametrize("separator", [" ", "\t", ",", ", ", ";", "|"])
def test_analogies_are_separated_by_what_all_lines_have(separator, tmp_path):
    lines = [": capitals", separator.join(["Oslo", "Norway", "Paris", "France"]), separator.join("abcd")]
    (tmp_path / "q").write_text("\n".join(lines))
    first, second = read_analogies(tmp_path / "q").questions
    assert first == ("capitals", "Oslo", "Norway", "Paris", ("France",)) and second.answers == ("d",)


def test_absent_files_and_folders_without_questions_are_refused(tmp_path):
    for read, path in ((read_analogies, tmp_path / "no"), (read_similarities, tmp_path), (read_analogies, tmp_path)):
        with pytest.raises(InputError, match=r"cannot be read|without any \*\.txt"):
            read(path)


def test_a_long_list_of_pairs_is_refused_before_it_fills_the_memory(tmp_path):
    lines = "".join(f"a{i}\tb{i}\n" for i in range(20_000))
    with pytest.raises(InputError, match=r"20,000 word pairs, which makes 399,980,000 questions"):
        read_analogies(written(tmp_path, lines))


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_no_file_whatever_stops_a_reader_with_another_error(tmp_path_factory, content):
    path = written(tmp_path_factory.getbasetemp(), content)
    for read in (read_analogies, read_similarities):
        try:
            assert len(read(path)) > 0
        except InputError as error:
            assert str(path) in str(error)


@needs_data
def test_published_files_are_read_whole():
    google = read_analogies(DATA / "questions-words.txt")
    assert (len(google), len(google.categories)) == (19_544, 14)
    assert google.questions[0] == Analogy("capital-common-countries", "Athens", "Greece", "Baghdad", ("Iraq",))
    for name, n, first in (("ws353", 353, 6.77), ("simlex999", 999, 1.58), ("men", 3000, 50.0)):
        found = read_similarities(DATA / f"{name}.txt")
        assert (len(found), found.scores[0]) == (n, first)


def test_questions_made_by_hand_are_checked_where_they_are_made():
    assert AnalogyQuestions("f", [Analogy("x", "a", "b", "c", "dada")]).questions[0].answers == ("dada",)
    with pytest.raises(InputError, match=r"a : b :: c :  has no right answer"):
        AnalogyQuestions("f", [Analogy("x", "a", "b", "c", ())])
    with pytest.raises(InputError, match="2 word pairs but scores of shape"):
        SimilarityQuestions("f", (("a", "b"), ("c", "d")), [1.0])
    with pytest.raises(InputError, match=r"score of \('c', 'd'\) is not a finite number"):
        SimilarityQuestions("f", (("a", "b"), ("c", "d")), [1.0, math.nan])


# --- the protocol of Karkada et al. ----------------------------------------------------------------------------------


def ids_asked_by_karkada(lines, word2token, with_the_bug):
    """Their rules in their order, over (a, b, a', b') lines of one category, in token ids."""
    pairs = set()
    for line in lines:
        a, b, a_, b_ = (word2token.get(word.lower()) for word in line)
        for one, other in ((a, b), (a_, b_)):
            if (one and other) if with_the_bug else (one is not None and other is not None):
                pairs.add((one, other))
    return {(*one, *other) for one in pairs for other in pairs if one != other}


@given(st.lists(st.tuples(*[st.sampled_from(["A", "a", "b", "C", "d", "e", "zz"])] * 4), min_size=1, max_size=8))
def test_the_pairs_protocol_asks_what_karkada_asks_and_token_0_too(lines):
    E = Embedding.from_vectors(list("abcde"), np.random.default_rng(0).standard_normal((5, 3)))
    score = analogies(E, asked(*lines), protocol="pairs", bootstrap=0)
    ids = E.vocabulary.id_of
    ours = [
        tuple(ids[word.lower()] for word in (q.a, q.b, q.c, q.answers[0]))
        for q, verdict in zip(score.questions, score.verdicts, strict=True)
        if verdict >= 0
    ]
    assert len(set(ours)) == len(ours) == score.asked
    assert set(ours) == ids_asked_by_karkada(lines, ids, with_the_bug=False)
    without_token_0 = {q for q in ours if 0 not in q}
    assert without_token_0 == ids_asked_by_karkada(lines, ids, with_the_bug=True)


# --- answers ---------------------------------------------------------------------------------------------------------

PLANE = Embedding.from_vectors(
    ["man", "woman", "king", "queen", "apple"], [[1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 1, 1], [0, -1, -1]]
)


@pytest.mark.parametrize("method", ["add", "mul"])
def test_by_hand(method):
    """The offset of woman from man leads from king to queen; a question with "boy" cannot be asked."""
    score = analogies(PLANE, asked(("man", "woman", "king", "queen"), ("man", "woman", "boy", "queen")), method=method)
    assert (score.accuracy, score.correct, score.asked, score.skipped) == (1.0, 1, 1, 1)
    assert score.answered == ("queen", None)
    assert score.unknown == {"boy": 1}
    assert (score.coverage, score.low, score.high) == (0.5, 1.0, 1.0)


def best_by_loops(E, question, method, case, restrict):
    """The published formulas, word by word, in Python's own numbers."""
    words = E.words[:restrict]
    fold = {"ignore": str.upper, "lower": str, "as_is": str}[case]
    spell = {"ignore": str.upper, "lower": str.lower, "as_is": str}[case]
    row = {}
    for place, word in enumerate(words):
        row.setdefault(fold(word), place)
    a, b, c, d = (row.get(spell(word)) for word in (*question[1:4], question.answers[0]))
    if None in (a, b, c, d):
        return None, None

    def cos(i, j):
        u, v = ([float(x) for x in E.vectors[k]] for k in (i, j))
        lengths = math.sqrt(sum(x * x for x in u)) * math.sqrt(sum(x * x for x in v))
        return sum(x * y for x, y in zip(u, v, strict=True)) / lengths if lengths else 0.0

    best, found = -math.inf, None
    for w, word in enumerate(words):
        if fold(word) in {fold(words[i]) for i in (a, b, c)}:
            continue
        to_a, to_b, to_c = cos(w, a), cos(w, b), cos(w, c)
        value = to_b - to_a + to_c
        if method == "mul":
            value = (1 + to_b) / 2 * (1 + to_c) / 2 / ((1 + to_a) / 2 + 0.001)
        if value > best + 1e-11:
            best, found = value, w
    return found, found is not None and fold(words[found]) == fold(words[d])


@given(
    st.integers(0, 2**32),
    st.sampled_from(["add", "mul"]),
    st.sampled_from(["ignore", "lower", "as_is"]),
    st.one_of(st.none(), st.integers(1, 14)),
)
@settings(max_examples=150)
def test_agrees_with_the_obvious_loops(seed, method, case, restrict):
    """Small integer vectors: zero rows, equal rows and exact ties are common."""
    rng = np.random.default_rng(seed)
    words = rng.permutation(["a", "A", "b", "B", "c", "d", "D", "e", "f", "g", "ß", "SS"]).tolist()
    E = Embedding.from_vectors(words, rng.integers(-2, 3, size=(len(words), 3)))
    questions = asked(*rng.choice([*words, "x", "C"], size=(15, 4)))
    score = analogies(E, questions, method=method, case=case, restrict=restrict, bootstrap=0)
    for question, word, verdict in zip(questions.questions, score.answered, score.verdicts, strict=True):
        found, right = best_by_loops(E, question, method, case, restrict)
        assert (word, verdict) == (None if found is None else words[found], -1 if right is None else int(right))


@pytest.mark.parametrize("method", ["add", "mul"])
@pytest.mark.parametrize("pool", [50, 9_000])
def test_agrees_with_one_dense_product_over_many_blocks(method, pool):
    """Fewer words than questions, and more."""
    rng = np.random.default_rng(3)
    V, Q = 9_000, 300
    E = Embedding.from_vectors([f"w{i}" for i in range(V)], rng.standard_normal((V, 5)))
    rows = np.array([rng.choice(pool, 4, replace=False) * (V // pool) for _ in range(Q)])
    W = E.vectors.astype(np.float64)
    W /= np.linalg.norm(W, axis=1, keepdims=True)
    a, b, c = (W @ W[rows[:, k]].T for k in range(3))
    scores = b - a + c if method == "add" else (1 + b) * (1 + c) / 2 / (1 + a + 0.002)
    for k in range(3):
        scores[rows[:, k], np.arange(Q)] = -np.inf
    rows[::2, 3] = scores.argmax(axis=0)[::2]  # half of the questions have the right answer
    score = analogies(E, asked(*[[f"w{i}" for i in row] for row in rows]), method=method)
    assert [int(word[1:]) for word in score.answered] == scores.argmax(axis=0).tolist()
    assert score.correct == (scores.argmax(axis=0) == rows[:, 3]).sum() >= Q // 2


def test_equal_scores_go_to_the_first_word_wherever_it_stands():
    vector = np.random.default_rng(0).standard_normal(50)
    far = np.random.default_rng(1).standard_normal((5000, 50)) * 0.01 - vector
    far[[700, 4700, 4999]] = vector
    far[:3] = vector + np.random.default_rng(2).standard_normal((3, 50)) * 0.1
    E = Embedding.from_vectors([f"w{i}" for i in range(5000)], far)
    assert analogies(E, asked(("w0", "w1", "w2", "w700"))).answered == ("w700",)


def test_a_given_word_is_never_the_answer_in_any_spelling():
    words = ["a", "b", "B", "c", "d"]
    E = Embedding.from_vectors(words, [[1, 0], [0, 1], [0.01, 1], [1, 0.1], [0.3, 1]])
    question = asked(("a", "b", "c", "d"))
    assert analogies(E, question).answered == ("d",)
    assert analogies(E, question, case="as_is").answered == ("B",)
    assert analogies(E, asked(("a", "b", "c", "b"))).accuracy == 0.0


def test_case_policies_by_hand():
    E = Embedding.from_vectors(["man", "woman", "King", "Queen"], PLANE.vectors[:4])
    upper = asked(("MAN", "WOMAN", "KING", "QUEEN"))
    assert analogies(E, upper).accuracy == 1.0
    assert analogies(E, upper, case="as_is").unknown == {"MAN": 1, "WOMAN": 1, "KING": 1, "QUEEN": 1}
    assert analogies(E, upper, case="lower").unknown == {"KING": 1, "QUEEN": 1}
    assert analogies(E, asked(("man", "woman", "King", "Queen")), case="as_is").accuracy == 1.0


def test_restrict_hides_rare_words_from_questions_and_answers():
    E = Embedding.from_vectors([*PLANE.words, "rare"], [*PLANE.vectors, [1, 1.05, 1.05]])
    question = asked(("man", "woman", "king", "queen"))
    assert analogies(E, question).answered == analogies(E, question, restrict=6).answered
    rare = asked(("man", "woman", "king", "rare"))
    assert analogies(E, rare).asked == 1
    assert (analogies(E, rare, restrict=5).asked, analogies(E, question, restrict=4).accuracy) == (0, 1.0)


def test_any_of_several_answers_is_right_and_one_known_answer_is_enough():
    for answers, verdict in (("rex/queen", 1), ("queen/apple", 1), ("apple/rex", 0), ("rex/regina", -1)):
        score = analogies(PLANE, asked(("man", "woman", "king", answers)))
        assert score.verdicts.tolist() == [verdict]
    assert score.unknown == {"rex": 1, "regina": 1}


def test_a_question_that_hides_all_words_is_asked_and_wrong():
    E = Embedding.from_vectors(["a", "b", "c"], np.eye(3))
    score = analogies(E, asked(("a", "b", "c", "a")))
    assert (score.asked, score.correct, score.answered) == (1, 0, (None,))


def test_zero_vectors_are_far_from_everything_and_break_nothing():
    E = Embedding.from_vectors(PLANE.words, np.zeros((5, 3)))
    score = analogies(E, asked(("man", "woman", "king", "queen")))
    assert score.answered == ("queen",)  # all score 0; the first word that may answer
    pairs = SimilarityQuestions("p", (("man", "woman"), ("king", "queen"), ("man", "king")), np.arange(3.0))
    assert similarity(E, pairs).spearman is None


def test_vectors_that_are_not_finite_are_refused():
    E = Embedding(vectors=np.full((5, 3), np.nan, np.float32), vocabulary=PLANE.vocabulary)
    with pytest.raises(InputError, match="not a finite number"):
        analogies(E, asked(("man", "woman", "king", "queen")))


def test_a_set_that_cannot_be_asked_scores_null():
    none = analogies(PLANE, asked(("x", "y", "z", "w")))
    empty = analogies(PLANE, AnalogyQuestions("empty", ()))
    pairs = similarity(PLANE, SimilarityQuestions("p", (("x", "y"),), [1.0]))
    nothing = similarity(PLANE, SimilarityQuestions("p", (), []))
    text = json.dumps(report([none, empty, pairs, nothing]), allow_nan=False)
    plain = json.loads(text)
    for score in plain["analogies"]:
        assert (score["accuracy"], score["low"], score["high"], score["asked"]) == (None, None, None, 0)
    assert plain["analogies"][0]["categories"]["x"]["skipped"] == plain["analogies"][0]["skipped"] == 1
    for score in plain["similarity"]:
        assert (score["spearman"], score["low"], score["high"], score["pairs"]) == (None, None, None, 0)
    assert (none.coverage, empty.coverage) == (0.0, None)


def test_json_has_the_promised_names():
    questions = AnalogyQuestions(
        "q.txt",
        [Analogy("sex", "man", "woman", "king", ("queen",)), Analogy("fruit", "man", "king", "woman", ("pear",))],
    )
    pairs = SimilarityQuestions("p.txt", (("man", "king"), ("woman", "queen"), ("man", "apple")), [3, 2, 1])
    plain = json.loads(json.dumps(report([analogies(PLANE, questions), similarity(PLANE, pairs)])))
    assert set(plain) == {"analogies", "similarity"}
    score = plain["analogies"][0]
    assert {"file", "accuracy", "low", "high", "correct", "asked", "skipped", "categories"} <= set(score)
    assert (score["file"], score["accuracy"], score["asked"], score["skipped"]) == ("q.txt", 1.0, 1, 1)
    sex = {"accuracy": 1.0, "low": 1.0, "high": 1.0, "correct": 1, "asked": 1, "skipped": 0}
    fruit = {"accuracy": None, "low": None, "high": None, "correct": 0, "asked": 0, "skipped": 1}
    assert score["categories"] == {"sex": sex, "fruit": fruit}
    assert {"file", "spearman", "low", "high", "pairs", "skipped"} <= set(plain["similarity"][0])


@pytest.mark.parametrize(
    "options",
    [
        {"method": "sub"}, {"case": "upper"}, {"restrict": 0}, {"protocol": "all"}, {"resample": "words"},
        {"bootstrap": -1}, {"seed": -3}, {"confidence": 1.0}, {"confidence": 95},
    ],
    ids=str,
)  # fmt: skip
def test_impossible_options_are_refused(options):
    with pytest.raises(InputError, match=str(next(iter(options.values())))):
        analogies(PLANE, asked(("man", "woman", "king", "queen")), **options)


# --- intervals -------------------------------------------------------------------------------------------------------


def crossed_questions(n_pairs, rng, spread=1.0):
    """Every ordered pair of n word pairs, some of which are easy to ask and some to answer; and which are right."""
    example, target = rng.normal(0, spread, (2, n_pairs))
    questions = [
        Analogy("x", f"a{i}", f"b{i}", f"a{j}", (f"b{j}",)) for i, j in itertools.permutations(range(n_pairs), 2)
    ]
    ease = [example[i] + target[j] for i, j in itertools.permutations(range(n_pairs), 2)]
    return questions, (rng.random(len(ease)) < 1 / (1 + np.exp(-np.array(ease)))).astype(float)


def test_intervals_from_pairs_hold_the_truth_and_those_from_questions_do_not():
    """The truth is one half, by symmetry; 95 % intervals."""
    holds = {"pairs": 0, "questions": 0}
    for seed in range(60):
        questions, right = crossed_questions(20, np.random.default_rng(seed))
        for resample in holds:
            bootstrap = Drawing(200, seed)
            low, high = bootstrap.interval(resampled_means(questions, right, bootstrap, resample).overall)
            holds[resample] += low <= 0.5 <= high
    assert holds["pairs"] >= 51  # 57 expected; 51 or fewer would be a 1 % event
    assert holds["questions"] < 45


def test_intervals_from_questions_have_the_width_of_the_binomial():
    rng = np.random.default_rng(0)
    questions = [Analogy("x", f"a{i}", "b", "c", ("d",)) for i in range(2000)]
    right = (rng.random(2000) < 0.3).astype(float)
    bootstrap = Drawing(2000, 1)
    low, high = bootstrap.interval(resampled_means(questions, right, bootstrap, "questions").overall)
    expected = 2 * 1.96 * math.sqrt(right.mean() * (1 - right.mean()) / 2000)
    assert high - low == pytest.approx(expected, rel=0.08)  # 2,000 samples know a quantile to about 4 %
    assert low < right.mean() < high


@given(st.integers(0, 2**32), st.integers(1, 7))
def test_samples_of_pairs_are_what_the_loops_say(seed, n):
    """Two categories that share a pair, and a pair asked after itself."""
    rng = np.random.default_rng(seed)
    names = [(f"a{i}", f"b{i}") for i in range(n)]
    order = [(int(rng.integers(2)), *rng.integers(n, size=2).tolist()) for _ in range(12)]
    questions = [Analogy("xy"[k], *names[i], names[j][0], (names[j][1],)) for k, i, j in order]
    values = rng.random(12)
    bootstrap = Drawing(5, seed)
    means = resampled_means(questions, values, bootstrap, "pairs")

    groups = {name: [place for place, q in enumerate(questions) if q.category == name] for name in means.categories}
    drawn_in, number = [], {}  # pairs are numbered as the grouped questions name them, each in its first group
    for group, places in enumerate(groups.values()):
        for place in places:
            for pair in order[place][1:]:
                if pair not in number:
                    number[pair] = len(drawn_in)
                    drawn_in.append(group)
    (counts,) = bootstrap.weights(np.array(drawn_in), 32)
    for group in set(drawn_in):
        members = [place for place, other in enumerate(drawn_in) if other == group]
        assert (counts[members].sum(axis=0) == len(members)).all()
    for sample in range(5):
        weight = [counts[number[i], sample] * (1 if i == j else counts[number[j], sample]) for _, i, j in order]
        for name, places in [(None, range(12)), *groups.items()]:
            total = sum(weight[p] for p in places)
            value = sum(weight[p] * values[p] for p in places) / total if total else math.nan
            found = means.overall if name is None else means.categories[name]
            assert found[sample] == pytest.approx(value, nan_ok=True)


def test_the_seed_decides_the_interval():
    rng = np.random.default_rng(5)
    words = [f"w{i}" for i in range(40)]
    E = Embedding.from_vectors(words, rng.standard_normal((40, 2)))
    questions = asked(*rng.choice(words, size=(300, 4)))
    intervals = [(s.low, s.high) for s in (analogies(E, questions, seed=seed) for seed in (1, 1, 2))]
    assert intervals[0] == intervals[1] != intervals[2]
    narrow = analogies(E, questions, seed=1, confidence=0.5)
    assert intervals[0][0] < narrow.low < narrow.accuracy < narrow.high < intervals[0][1]
    assert analogies(E, questions, bootstrap=0).low is None


# --- similarity ------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(-4, 4), st.integers(-4, 4)), max_size=30))
def test_spearman_is_scipys_with_ties_too(pairs):
    x, y = np.array(pairs, dtype=float).reshape(-1, 2).T
    if len(set(x)) < 2 or len(set(y)) < 2:
        assert spearman(x, y) is None
    else:
        assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)


def test_similarity_by_hand():
    """Cosines 1, 0 and sqrt(1/2); people say 1, 3, 2; nobody knows "bird"; a word with itself is as alike as can be."""
    E = Embedding.from_vectors(["cat", "Dog", "car"], [[1, 0], [0, 2], [3, 3]])
    pairs = (("Cat", "cat"), ("cat", "dog"), ("CAT", "car"), ("cat", "bird"))
    score = similarity(E, SimilarityQuestions("pets", pairs, [1, 3, 2, 9]))
    assert score.cosines == pytest.approx([1, 0, math.sqrt(0.5), math.nan], nan_ok=True)
    assert (score.spearman, score.pairs, score.skipped, score.unknown) == (-1.0, 3, 1, {"bird": 1})
    assert score.coverage == 0.75
    assert score.pearson == pytest.approx(np.corrcoef([1, 0, math.sqrt(0.5)], [1, 3, 2])[0, 1])
    assert similarity(E, SimilarityQuestions("pets", pairs, [1, 3, 2, 9]), restrict=2).pairs == 2
    assert similarity(E, SimilarityQuestions("pets", pairs, [1, 3, 2, 9]), case="as_is").pairs == 0


def test_rounding_errors_put_no_order_into_equal_cosines():
    """Each word with a longer one of its own direction: cosine 1, thirty times over."""
    vectors = np.random.default_rng(0).standard_normal((30, 40))
    E = Embedding.from_vectors([f"w{i}" for i in range(60)], np.concatenate([vectors, 3 * vectors]))
    same = SimilarityQuestions("p", tuple((f"w{i}", f"w{30 + i}") for i in range(30)), np.arange(30.0))
    assert similarity(E, same).spearman is None


def test_equal_cosines_have_no_correlation_though_their_mean_misses_them():
    E = Embedding.from_vectors(["a", "b"], [[1, 0], [7, 24]])
    missed = [n for n in range(3, 40) if np.full(n, 0.28).mean() != 0.28]
    assert len(missed) > 5
    for n in missed:
        score = similarity(E, SimilarityQuestions("p", (("a", "b"),) * n, np.arange(n) ** 2), bootstrap=0)
        assert set(score.cosines.tolist()) == {0.28}
        assert score.pearson is None and score.spearman is None


def test_the_interval_of_similarity_is_the_spread_of_resampled_pairs():
    rng = np.random.default_rng(8)
    words = [f"w{i}" for i in range(60)]
    E = Embedding.from_vectors(words, rng.standard_normal((60, 4)))
    people = rng.integers(0, 9, 80)
    questions = SimilarityQuestions("p", tuple(map(tuple, rng.choice(words, size=(80, 2)).tolist())), people)
    score = similarity(E, questions, bootstrap=200, seed=4, confidence=0.9)
    (drawn,) = Drawing(200, 4).draws(80)
    found = [stats.spearmanr(score.cosines[places], people[places]).statistic for places in drawn]
    assert (score.low, score.high) == pytest.approx(np.quantile(found, [0.05, 0.95]).tolist())
    assert similarity(E, questions, bootstrap=0).high is None
    with pytest.raises(InputError, match="case must be"):
        similarity(E, questions, case="any")


# --- comparison ------------------------------------------------------------------------------------------------------


def grid(n, rng, noise, words="w"):
    """An embedding with n + n words, each second one off its first by one offset, and noise; its questions."""
    base = rng.standard_normal((n, 20))
    vectors = np.concatenate([base, base + rng.standard_normal(20)]) + noise * rng.standard_normal((2 * n, 20))
    names = [f"{words}{i}" for i in range(2 * n)]
    questions = [
        Analogy("x", names[i], names[n + i], names[j], (names[n + j],)) for i in range(n) for j in range(n) if i != j
    ]
    return Embedding.from_vectors(names, vectors), AnalogyQuestions("grid", questions)


def test_an_embedding_is_as_good_as_itself():
    E, questions = grid(12, np.random.default_rng(0), 0.6)
    found = compare_analogies(E, E, questions)
    assert (found.difference, found.low, found.high, found.chance, found.won, found.lost) == (0, 0, 0, 1, (), ())
    assert 0 < found.one < 1


def test_a_comparison_counts_only_questions_both_can_answer_and_names_those_won_and_lost():
    good, questions = grid(12, np.random.default_rng(1), 0.2)
    vectors = good.vectors.copy()
    vectors[[12, 13]] = vectors[[13, 12]]  # the answers of two pairs change places
    poor = Embedding.from_vectors([*good.words[:20], "u1", "u2", *good.words[22:]], vectors)
    found = compare_analogies(good, poor, questions, shared=False)
    mine, theirs = (analogies(E, questions) for E in (good, poor))
    both = (mine.verdicts >= 0) & (theirs.verdicts >= 0)
    assert (found.asked, found.skipped) == (both.sum(), (~both).sum()) and found.skipped > 0
    assert found.one == (mine.verdicts[both] == 1).mean() and found.other == (theirs.verdicts[both] == 1).mean()
    won = [q for q, m, t in zip(questions.questions, mine.verdicts, theirs.verdicts, strict=True) if (m, t) == (1, 0)]
    assert [each.question for each in found.won] == won and len(won) > 10
    assert all(each.one == each.question.answers[0] != each.other for each in found.won)
    assert found.difference == pytest.approx((len(won) - len(found.lost)) / found.asked)
    assert found.categories == {"x": (len(won), len(found.lost))}


def test_a_comparison_turned_round_has_the_other_sign():
    (one, questions), (other, _) = (grid(12, np.random.default_rng(seed), 0.6) for seed in (2, 3))
    there, back = compare_analogies(one, other, questions), compare_analogies(other, one, questions)
    assert there.difference == -back.difference
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert (there.chance, len(there.won), len(there.lost)) == (back.chance, len(back.lost), len(back.won))


def test_only_a_real_difference_is_more_than_chance():
    """Same offsets and more noise is worse; the same noise drawn again is not, in most of 20 draws."""
    clear, questions = grid(15, np.random.default_rng(0), 0.1)
    poor, _ = grid(15, np.random.default_rng(0), 1.5)
    found = compare_analogies(clear, poor, questions, bootstrap=300)
    assert found.chance < 0.01 < found.low < found.difference < found.high
    noise = np.random.default_rng(9)
    false_alarms = 0
    for _ in range(20):
        one, other = (
            Embedding.from_vectors(clear.words, clear.vectors + 0.7 * noise.standard_normal(clear.vectors.shape))
            for _ in range(2)
        )
        false_alarms += compare_analogies(one, other, questions, bootstrap=300).chance < 0.05
    assert false_alarms <= 4  # 1 expected; more than 4 would be a 0.3 % event


def test_a_larger_vocabulary_is_no_handicap_unless_asked_for():
    small, questions = grid(12, np.random.default_rng(4), 0.1)
    decoys = small.vectors[12:] + 0.01 * np.random.default_rng(5).standard_normal((12, 20))
    large = Embedding.from_vectors(
        [*(f"decoy{i}" for i in range(12)), *small.words], np.concatenate([decoys, small.vectors])
    )
    assert compare_analogies(small, large, questions).difference == 0
    assert compare_analogies(small, large, questions, shared=False).difference > 0.3
    stranger = Embedding.from_vectors(["x", "y"], np.eye(2))
    with pytest.raises(InputError, match="no word in common"):
        compare_analogies(small, stranger, questions)


def test_shared_words_are_found_in_any_case_and_under_restrict():
    E, questions = grid(6, np.random.default_rng(6), 0.1)
    shout = Embedding.from_vectors([word.upper() for word in E.words], E.vectors)
    assert compare_analogies(E, shout, questions).asked == len(questions)
    assert compare_analogies(E, shout, questions, restrict=9).asked == 3 * 2
    turned = Embedding.from_vectors(E.words[::-1], E.vectors[::-1])
    assert compare_analogies(E, turned, questions, restrict=10).asked == 2 * 1  # w2…w9 are left: w2 w8 and w3 w9


def test_comparing_similarities_is_the_difference_of_correlations_on_common_pairs():
    rng = np.random.default_rng(7)
    words = [f"w{i}" for i in range(40)]
    one = Embedding.from_vectors(words, rng.standard_normal((40, 6)))
    other = Embedding.from_vectors(words[:35], rng.standard_normal((35, 6)))
    pairs = tuple(map(tuple, rng.choice(words, size=(120, 2)).tolist()))
    people = np.array([one.similarity(a, b) for a, b in pairs]) + 0.3 * rng.standard_normal(120)
    questions = SimilarityQuestions("p", pairs, people)
    found = compare_similarity(one, other, questions)
    common = [place for place, pair in enumerate(pairs) if set(pair) <= set(words[:35])]
    x, y = (similarity(E, questions, bootstrap=0).cosines[common] for E in (one, other))
    expected = [stats.spearmanr(values, people[common]).statistic for values in (x, y)]
    assert (found.one, found.other) == pytest.approx(expected)
    assert found.difference == pytest.approx(expected[0] - expected[1])
    assert (found.asked, found.skipped) == (len(common), 120 - len(common))
    assert found.chance < 0.01 and 0 < found.low < found.difference < found.high
    off = np.abs(stats.rankdata([x, y], axis=1) - stats.rankdata(people[common]))
    assert len(found.won) == (off[0] < off[1]).sum() and len(found.lost) == (off[0] > off[1]).sum()
    gains = [abs(each.other) - abs(each.one) for each in found.won]
    assert gains == sorted(gains, reverse=True) and gains[-1] > 0
    json.dumps(found.as_json(), allow_nan=False)
    same = compare_similarity(one, one, questions)
    assert (same.difference, same.chance, same.won, same.lost) == (0, 1, (), ())


def test_a_comparison_without_common_questions_is_null():
    E, _ = grid(3, np.random.default_rng(0), 0.1)
    for found in (
        compare_analogies(E, E, asked(("p", "q", "r", "s"))),
        compare_similarity(E, E, SimilarityQuestions("p", (("p", "q"),), [1.0])),
    ):
        plain = json.loads(json.dumps(found.as_json(), allow_nan=False))
        assert [plain[name] for name in ("difference", "low", "high", "chance", "asked")] == [None] * 4 + [0]


@needs_data
def test_google_questions_over_30_000_words_fit_in_seconds_and_a_fixed_memory():
    import tracemalloc

    questions = read_analogies(DATA / "questions-words.txt")
    words = list(dict.fromkeys(w.lower() for q in questions.questions for w in (*q[1:4], *q.answers)))
    words += [f"w{i}" for i in range(30_000 - len(words))]
    E = Embedding.from_vectors(words, np.random.default_rng(0).standard_normal((30_000, 50)))
    tracemalloc.start()
    assert analogies(E, questions).asked == 19_544
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200e6  # the scores of all questions would take 4.7 GB
