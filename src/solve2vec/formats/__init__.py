"""Other people's files: read whatever they are, write what other tools read.

================ ======================================= ====================== =====================================
name             files                                   keeps                  refuses a word that
================ ======================================= ====================== =====================================
solve2vec        our own folder                          everything             –
word2vec-text    header ``V d``, lines; .txt             words, vectors         has a line break
word2vec-binary  header ``V d``, float32; .bin           words, vectors         has a space or a line break
glove            lines without a header; .glove          words, vectors         has a line break
fasttext         word2vec's text; .vec                   words, vectors         is empty or has white space
npz              NumPy arrays, no pickle                 words, vectors, counts –
parquet          token, count, vector                    words, vectors, counts –
safetensors      model2vec's folder                      words, vectors, counts –
projector        vectors.tsv, metadata.tsv               words, vectors, counts –
================ ======================================= ====================== =====================================

A word that is written reads back the same; one that a format cannot hold is refused by name.
"""

from .glove_counts import load_glove_counts, read_glove_counts, save_glove_counts, write_glove_counts
from .recognise import recognise
from .registry import FORMATS, Format, convert, load, save

__all__ = [
    "FORMATS",
    "Format",
    "convert",
    "load",
    "load_glove_counts",
    "read_glove_counts",
    "recognise",
    "save",
    "save_glove_counts",
    "write_glove_counts",
]
