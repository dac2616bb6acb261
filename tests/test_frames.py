"""Tables in memory: there and back by Arrow, pandas and polars; what is no table of vectors is named."""

import numpy as np
import pyarrow as pa
import pytest

from solve2vec import formats
from solve2vec.cli.main import run
from solve2vec.core.errors import InputError
from solve2vec.embedding.embedding import Embedding

WORDS = ["tea", "", "New York, NY", "é", 'a "quoted"\nbreak']
VECTORS = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)


@pytest.fixture
def E():
    return Embedding.from_vectors(WORDS, VECTORS, counts=[9, 7, 5, 3, 1])


def same(made, E, counts=True):
    assert made.words == E.words
    np.testing.assert_array_equal(made.vectors, E.vectors)
    assert not counts or made.vocabulary.counts.tolist() == E.vocabulary.counts.tolist()


def test_an_arrow_table_is_that_of_parquet_and_comes_back(E, tmp_path):
    table = E.to_arrow()
    assert table.schema.types == [pa.string(), pa.int64(), pa.list_(pa.float32(), 3)]
    same(Embedding.from_frame(table), E)
    formats.save(E, tmp_path / "v.parquet")
    from pyarrow import parquet

    assert parquet.read_table(tmp_path / "v.parquet").equals(table)


def test_columns_are_told_by_their_names_or_by_what_they_hold(E):
    lists, numbers = VECTORS.tolist(), {f"d{k}": VECTORS[:, k] for k in range(3)}
    for made in (
        {"word": WORDS, "embedding": lists},
        {"id of it": WORDS, "values": pa.array(lists, pa.large_list(pa.float64()))},
        {"term": pa.array(WORDS).dictionary_encode(), **numbers},
        {"term": WORDS, "frequency": [9, 7, 5, 3, 1], **numbers},
    ):
        same(Embedding.from_frame(pa.table(made)), E, counts="frequency" in made)
    asked = pa.table({"term": WORDS, "gloss": WORDS, "n": [9, 7, 5, 3, 1], "a": lists, "b": VECTORS[:, :1].tolist()})
    same(Embedding.from_frame(asked, word="term", vector="a", count="n"), E)
    assert Embedding.from_frame(asked, word="gloss", vector="b").dim == 1


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"word": ["a", None], "vector": [[1.0], [2.0]]}, "column 'word' is empty in row 1: fill or drop it"),
        ({"word": ["a", "b"], "vector": [[1.0], None]}, "column 'vector' is empty in row 1"),
        ({"word": ["a", "b"], "x": [1.0, None]}, "column 'x' is empty in row 1"),
        ({"word": ["a", "b"], "vector": [[1.0, None], [2.0, 3.0]]}, "has lists with empty places"),
        ({"word": ["a", "b"], "vector": [[1.0, 2.0], [2.0]]}, "has 1 numbers in row 1 and 2 in row 0"),
        ({"word": ["a", "b"], "vector": [["x"], ["y"]]}, "holds list<.*string>, not lists of numbers"),
        ({"word": ["a", "b"], "x": [1.0, 2.0], "lang": ["en", "fr"]}, "column 'lang' holds string: keep words"),
        ({"word": ["a", "b"]}, "there are no numbers"),
        ({"x": [1.0, 2.0], "y": [1.0, 2.0]}, "no column of the table holds words; it has 'x', 'y': name one"),
        ({"word": [1, 2], "x": [1.0, 2.0]}, "column 'word' holds 1, which is not a word"),
        ({"word": ["a", "a"], "x": [1.0, 2.0]}, "'a' stands twice"),
        ({"word": ["a", "b"], "x": [1.0, np.nan]}, "the vector of 'b' is not finite"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_vectors_is_named(table, message):
    with pytest.raises(InputError, match=message):
        Embedding.from_frame(pa.table(table))


def test_what_is_no_table_at_all_is_named():
    with pytest.raises(InputError, match="a dict is no table: give one of pandas, polars, Arrow or DuckDB"):
        Embedding.from_frame({"word": ["a"]})
    with pytest.raises(InputError, match="the table has no column 'words'; it has 'word', 'x'"):
        Embedding.from_frame(pa.table({"word": ["a"], "x": [1.0]}), word="words")


def test_tables_of_pandas(E):
    pandas = pytest.importorskip("pandas")
    made = E.to_pandas()
    assert made.index.name == "token" and made.shape == (5, 3) and made.loc["tea"].tolist() == E["tea"].tolist()
    same(Embedding.from_frame(made), E, counts=False)
    same(Embedding.from_frame(made.rename_axis(None)), E, counts=False)
    same(Embedding.from_frame(made.assign(count=[9, 7, 5, 3, 1])), E)
    same(Embedding.from_frame(made.reset_index()), E, counts=False)
    lists = pandas.DataFrame({"word": WORDS, "vector": VECTORS.tolist(), "count": [9, 7, 5, 3, 1]})
    same(Embedding.from_frame(lists), E)
    same(Embedding.from_frame(lists[lists["word"] != "x"].set_index("word")), E)


def test_tables_of_pandas_are_written_as_csv_and_read(E, tmp_path):
    pytest.importorskip("pandas")
    E.to_pandas().to_csv(tmp_path / "v.csv")
    same(formats.load(tmp_path / "v.csv"), E, counts=False)
    E.to_pandas().rename_axis(None).to_csv(tmp_path / "v.csv")
    same(formats.load(tmp_path / "v.csv"), E, counts=False)


def test_tables_of_polars(E):
    polars = pytest.importorskip("polars")
    same(Embedding.from_frame(polars.from_arrow(E.to_arrow())), E)
    same(
        Embedding.from_frame(polars.DataFrame({"word": WORDS, **{f"d{k}": VECTORS[:, k] for k in range(3)}})), E, False
    )


def test_without_pandas_the_error_says_what_to_install(E, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        E.to_pandas()


def test_unit_rows_are_an_embedding(E):
    made = E.with_unit_rows()
    np.testing.assert_array_equal(made.vectors, E.unit_vectors)
    assert made.words == E.words and made.vocabulary.counts.tolist() == [9, 7, 5, 3, 1]
    assert made.most_similar("tea") == E.most_similar("tea")
    assert made.lineage[-1].verb == "with_unit_rows"


def test_vectors_are_converted_at_length_one(E, tmp_path, capsys):
    E.save(tmp_path / "vectors")
    for name in ("v.csv", "v.npy", "v.parquet"):
        assert run(["convert", str(tmp_path / "vectors"), str(tmp_path / name), "--unit"]) == 0
        np.testing.assert_array_equal(formats.load(tmp_path / name).vectors, E.unit_vectors)


def test_an_array_without_its_words_says_where_they_go(E, tmp_path):
    np.save(tmp_path / "v.npy", VECTORS)
    with pytest.raises(InputError, match=r"put them, one a line, into a file beside it, v\.words\.txt of v\.npy"):
        formats.load(tmp_path / "v.npy")
    (tmp_path / "v.words.txt").write_text("a\nb\n")
    with pytest.raises(InputError, match=r"float32 of shape \(5, 3\), and .*v\.words\.txt 2 words"):
        formats.load(tmp_path / "v.npy")
    (tmp_path / "v.words.txt").write_text("a\nb\nc\nd\ne\n")
    assert formats.load(tmp_path / "v.npy").words == tuple("abcde")
