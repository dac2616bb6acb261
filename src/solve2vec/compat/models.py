"""gensim's constructor names for the closed form: what can be honoured is, what cannot is refused by name.

===================================== ========= ================================================================
gensim                                          here
===================================== ========= ================================================================
sentences, corpus_file                honoured  lists of words are taken as they are; texts and the lines of a file are
                                                split at white space, case kept (gensim takes a text for its letters)
vector_size, min_count                honoured  d; words seen less often have no vector
workers                               honoured  threads; the result does not depend on them
seed                                  honoured  of the solver's start; the answer agrees to its tolerance
window, shrink_windows                mapped    a window of linear weights, which is the shrinking window on average,
                                                or of equal ones; words keep their distance when others are left out
sample                                mapped    expected effect of subsampling, instead of chance
negative, ns_exponent                 mapped    k and α of the matrix that the loss with k negatives leads to
max_final_vocab                       mapped    the most frequent; gensim drops all words of the last count with them
sg=1                                  mapped    skip-gram; the default here, as 0 (CBOW) is in gensim
sg=0, hs=1, negative=0                refused   CBOW and hierarchical softmax have no closed form
epochs, alpha, min_alpha, batch_words refused   there are no steps: the answer is where training converges to
cbow_mean, hashfxn                    refused   without meaning here
callbacks, compute_loss, trim_rule,   refused   but for gensim's own defaults, which ask for nothing
max_vocab_size, null_word, comment,
sorted_vocab
size, iter                            refused   gensim 3's names of vector_size and epochs
===================================== ========= ================================================================

What gensim has no name for, such as ``shrinkage``, stays at this package's own default.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..cooccurrence.window import Window
from ..core.errors import InputError, did_you_mean
from ..core.gensim import ARGUMENTS, check, require_honored
from ..embedding.embedding import Embedding
from ..run import load_embedding
from ..spectrum.solver import TooManyModes
from ..target.formula import Formula

DEFAULTS = {name: argument.default for name, argument in ARGUMENTS.items() if argument.ours and not argument.why}
DEFAULTS |= {"sentences": None, "corpus_file": None}


def translate(**names: Any) -> dict[str, Any]:
    """The arguments of :func:`solve2vec.recipe.fit` that do what gensim's ``Word2Vec`` is asked to.

    Parameters
    ----------
    **names
        Arguments of gensim's ``Word2Vec``; the table at the top of this module says what becomes of each.

    Raises
    ------
    InputError
        For the first argument that cannot be honoured; the message names it and the way out.

    Examples
    --------
    >>> asked = translate(corpus_file="text8", vector_size=300, window=10, negative=15)
    >>> asked["dim"], asked["window"].size, asked["window"].weighting, asked["formula"].negatives
    (300, 10, 'linear', 15.0)
    >>> translate(corpus_file="text8", epochs=20)
    Traceback (most recent call last):
        ...
    solve2vec.core.errors.InputError: epochs=20 cannot be honoured: the closed form takes no steps: leave it out, \
or train with solve2vec.sgns or cbow
    """
    for name, value in names.items():
        _require_honored(name, value)
    asked = {**DEFAULTS, **{name: value for name, value in names.items() if name in DEFAULTS}}
    for name, value in asked.items():
        check(name, value)
    limits = {"max_vocab": asked["max_final_vocab"], "threads": asked["workers"]}
    return {
        **_source(asked["sentences"], asked["corpus_file"]),
        "dim": int(asked["vector_size"]),
        "min_count": max(1, int(asked["min_count"])),  # 0 keeps every word, as 1 does
        "window": Window(asked["window"], "linear" if asked["shrink_windows"] else "flat"),
        "formula": Formula(
            negatives=asked["negative"], context_smoothing=asked["ns_exponent"], subsample=asked["sample"] or None
        ),
        "seed": int(asked["seed"]),
        **{name: int(limit) for name, limit in limits.items() if limit is not None},
    }


def word2vec(
    sentences: Iterable[list[str]] | Iterable[str] | None = None, corpus_file: str | Path | None = None, **names: Any
) -> Embedding:
    """Word vectors in closed form, asked for as of gensim's ``Word2Vec``.

    Parameters
    ----------
    sentences : iterable of lists of str, or of texts, optional
        Read once, so a generator will do; no sentence is cut at 10,000 words.  Texts are split as lines of a file are.
    corpus_file : path, optional
        Instead of ``sentences``: words between white space, a document a line.
    **names
        Other arguments of gensim's ``Word2Vec``, with its defaults (``vector_size=100, window=5, min_count=5,
        sample=1e-3, negative=5, ns_exponent=0.75``), save ``sg=1``, ``workers`` (all cores) and those that are refused.

    Returns
    -------
    Embedding
        What gensim calls ``model.wv``; it answers to the names of ``KeyedVectors``.

    Raises
    ------
    InputError
        For an argument that cannot be honoured, see :func:`translate`; or what :func:`solve2vec.recipe.fit` raises.

    Examples
    --------
    >>> sentences = [["the", "king", "rules"], ["the", "queen", "rules"], ["a", "dog", "barks"]] * 20
    >>> word2vec(sentences, vector_size=1, negative=1, sample=0).doesnt_match(["king", "queen", "dog"])
    'dog'
    """
    asked = translate(sentences=sentences, corpus_file=corpus_file, **names)
    from ..recipe import fit

    try:
        return fit(asked.pop("source"), **asked)
    except TooManyModes as error:
        if not error.available:
            raise
        raise InputError(
            f"vector_size={asked['dim']} is more than this text can fill: it has {error.available} directions that are "
            f"worth a dimension, so use vector_size={error.available} or less, or more text"
        ) from error


class Word2Vec:
    """gensim's name of :func:`word2vec`: what it makes is an :class:`~solve2vec.Embedding`, which is its own ``wv``."""

    def __new__(cls, *args: Any, **names: Any) -> Embedding:  # type: ignore[misc]  # noqa: D102
        return word2vec(*args, **names)

    @staticmethod
    def load(fname: str | Path, mmap: str | None = None) -> Embedding:
        """Load an embedding that was saved, or vectors in any known format; ``mmap`` changes nothing."""
        return load_embedding(fname)


def _require_honored(name: str, value: Any) -> None:
    if name == "size":
        raise InputError(f"size={value!r:.40} cannot be honoured: gensim 4 and this package call it vector_size")
    if name not in ARGUMENTS:
        theirs = [other for other, argument in ARGUMENTS.items() if argument.ours == name]
        known = f"it calls it {theirs[0]}" if theirs else did_you_mean(name, ARGUMENTS, "arguments")
        raise InputError(f"gensim's Word2Vec has no argument {name!r}; {known}")
    if name not in DEFAULTS:
        require_honored(name, value)


def _source(sentences: Any, corpus_file: Any) -> dict[str, Any]:
    if (sentences is None) == (corpus_file is None):
        raise InputError("give sentences or corpus_file, and not both")
    as_is = {"token_pattern": "whitespace", "lowercase": False, "unicode_form": "none"}
    if corpus_file is not None:
        return {"source": corpus_file, **as_is}
    if isinstance(sentences, (str, Path)):
        raise InputError(
            f"sentences={str(sentences)!r:.40} is one text: give lists of words or a list of texts, or corpus_file="
        )
    return {"source": sentences, **as_is}
