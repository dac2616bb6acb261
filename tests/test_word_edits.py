"""Words cut, changed or left out: characters, segmenters, lemmas and stop words; files and rows alike."""

import pickle
import sys

import pyarrow as pa
import pytest

from solve2vec import InputError, Tokenizer, read
from solve2vec.core import resources
from solve2vec.text.documents import as_documents

MESSY = [
    "The Cats' tails, the cats and THE mice", "le chat et la souris d'aujourd'hui", "", "the the the",
    "\u6211\u7231\u5317\u4eac cats \u4ed6\u5403\u9c7c", "cafe\u0301 Caf\u00e9 \u0928\u092e\u0938\u094d\u0924\u0947 x2",
]  # fmt: skip


def pairs(text):
    """A segmenter of one's own: two letters a word."""
    return [text[at : at + 2] for at in range(0, len(text), 2)]


@pytest.fixture
def lists(tmp_path):
    (tmp_path / "stop.txt").write_text("# of nothing\nThe\nand\nd'aujourd\n", encoding="utf-8")
    (tmp_path / "forms.tsv").write_text("cats\tcat\nmice\tmouse\nmouses\tmouse\nlions\tlion\n")
    (tmp_path / "lemmas.tsv").write_text("cat\tcats\nmouse\tmice\nmouse\tmouses\nlion\tlions\n")  # the other way round
    return tmp_path


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"stop_words": "{}/stop.txt"}, ["cats", "tails", "cats", "mice"]),
        ({"stop_words": ("THE", "cats")}, ["tails", "and", "mice"]),
        ({"lemmas": "{}/forms.tsv"}, ["the", "cat", "tails", "the", "cat", "and", "the", "mouse"]),
        ({"lemmas": "{}/lemmas.tsv"}, ["the", "cat", "tails", "the", "cat", "and", "the", "mouse"]),
        ({"lemmas": "{}/forms.tsv", "stop_words": ("the", "cat", "mice")}, ["tails", "and"]),
        ({"lowercase": False, "stop_words": ("The",)}, ["Cats", "tails", "the", "cats", "and", "THE", "mice"]),
        ({"token_pattern": "characters", "stop_words": ("cats", "the", "and")}, [*"tailsmice"]),
    ],
)
def test_words_are_left_out_or_become_their_lemmas(options, expected, lists):
    made = {name: value.format(lists) if isinstance(value, str) else value for name, value in options.items()}
    assert Tokenizer(**made).split(MESSY[0]) == expected


def test_characters_are_letters_with_their_marks():
    split = Tokenizer(token_pattern="characters", unicode_form="none").split
    assert split(MESSY[-1]) == ["c", "a", "f", "e\u0301", "c", "a", "f", "\u00e9", "\u0928", "\u092e", "\u0938\u094d",
                                "\u0924\u0947", "x", "2"]  # fmt: skip
    assert split("one, two!") == [*"onetwo"]


def test_a_segmenter_of_ones_own_cuts_what_is_beyond_ascii():
    made = Tokenizer(segmenter=f"{__name__}:pairs")
    assert made.split(MESSY[4]) == ["\u6211\u7231", "\u5317\u4eac", "cats", "\u4ed6\u5403", "\u9c7c"]
    assert Tokenizer(segmenter=f"{__name__}:pairs", stop_words=("\u5317\u4eac",)).split(MESSY[4])[1] == "cats"


@pytest.mark.parametrize(
    "options",
    [{"token_pattern": "characters"}, {"stop_words": ("the", "et")}, {"lemmas": "{}/forms.tsv"}, {"segmenter": "pairs"},
     {"lemmas": "{}/forms.tsv", "stop_words": ("cat",), "token_pattern": "[a-z']+"},
     {"segmenter": "pairs", "token_pattern": "whitespace", "stop_words": ("the",)}],
)  # fmt: skip
@pytest.mark.parametrize("block", [None, 16])
def test_files_and_rows_are_split_alike_when_words_are_edited(options, block, lists):
    made = {name: value.format(lists) if isinstance(value, str) else value for name, value in options.items()}
    if "segmenter" in made:
        made["segmenter"] = f"{__name__}:pairs"
    tokenizer = Tokenizer(**made)
    expected = [tokens for tokens in map(tokenizer.split, MESSY) if tokens]
    (lists / "messy.txt").write_text("\n".join(MESSY) + "\n", encoding="utf-8")
    with resources.using(block=block):
        assert list(read(lists / "messy.txt", tokenizer=tokenizer)) == expected
        assert list(as_documents(MESSY, tokenizer=tokenizer)) == expected
    assert tokenizer.split_all(pa.array(MESSY))[2].tolist() == [len(tokenizer.split(text)) for text in MESSY]
    assert (
        pickle.loads(pickle.dumps(tokenizer)) == tokenizer
        and pickle.loads(pickle.dumps(tokenizer)).split("x") is not None
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stop_words": "absent.txt"}, "absent.txt cannot be read: No such file"),
        ({"lemmas": "absent.tsv"}, "absent.tsv cannot be read: No such file"),
        ({"segmenter": "jiba"}, r"there is no segmenter 'jiba': jieba \(Chinese\), janome"),
        ({"segmenter": "absent_module:cut"}, "the segmenter 'absent_module:cut' cannot be loaded: No module"),
        ({"lemmas": "{}/one.tsv"}, "one.tsv, line 2: a table of lemmas has two columns, separated by a tab"),
        ({"lemmas": "{}/empty.tsv"}, "empty.tsv is empty"),
        ({"stop_words": "{}/latin.txt"}, "latin.txt is not UTF-8 at byte 3"),
    ],
)
def test_a_list_that_is_not_there_is_told_where_it_is_named(options, message, tmp_path):
    (tmp_path / "one.tsv").write_text("cats\tcat\nmice\n")
    (tmp_path / "empty.tsv").write_text("")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9\n")
    with pytest.raises(InputError, match=message):
        Tokenizer(**{name: value.format(tmp_path) for name, value in options.items()})


@pytest.mark.parametrize("name", ["stop_words", "lemmas"])
def test_without_the_package_of_a_language_the_error_says_what_to_install(name, monkeypatch):
    package = {"stop_words": "stop-words", "lemmas": "simplemma"}[name]
    monkeypatch.setitem(sys.modules, package.replace("-", "_"), None)
    with pytest.raises(InputError, match=f"pip install {package}; or give a file"):
        Tokenizer(**{name: "fr"})


def test_lists_of_languages():
    pytest.importorskip("stop_words")
    assert Tokenizer(stop_words="fr").split("Le chat et la souris") == ["chat", "souris"]
    with pytest.raises(InputError, match=r"there are no stop words of 'xx': .*en.*; or give a file"):
        Tokenizer(stop_words="xx")


def test_lemmas_of_languages():
    pytest.importorskip("simplemma")
    assert Tokenizer(lemmas="en").split("the mice were running") == ["the", "mouse", "be", "run"]
    with pytest.raises(InputError, match=r"simplemma has no lemmas of 'xx': .*la.*; or give a table"):
        Tokenizer(lemmas="xx")


@pytest.mark.parametrize(
    ("package", "text", "words"),
    [("jieba", "\u6211\u7231\u5317\u4eac\u5929\u5b89\u95e8",
      ["\u6211", "\u7231", "\u5317\u4eac", "\u5929\u5b89\u95e8"]),
     ("janome", "\u3059\u3082\u3082\u3082\u3082\u3082", ["\u3059\u3082\u3082", "\u3082", "\u3082\u3082"])],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore")
def test_segmenters_of_packages(package, text, words):
    pytest.importorskip(package)
    assert Tokenizer(segmenter=package).split(text) == words
