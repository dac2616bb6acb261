"""The embedding: a vector for each word, and questions to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from ..core.choices import require_choice
from ..core.errors import InputError, require_numbers, require_stage, require_whole
from ..core.options import FINITE, POWER
from ..core.stage import Lineage, Stage
from ..corpus.vocabulary import Vocabulary
from ..evaluation.answering import Method
from ..linalg.search import Ratio, dots, nearest, unit_rows
from ..spelling.subwords import Subwords
from ..target.expectation import log_expected
from ..target.formula import Formula
from .keyed import KeyedVectors
from .keyed.lookup import Key, is_row
from .strings import Strings, Unknown

if TYPE_CHECKING:
    from ..spectrum.spectrum import SingularSpectrum, Spectrum


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Embedding(KeyedVectors, Strings, Stage):
    """One row for each word.  Columns are modes, strongest first, so the first d of them embed in d dimensions.

    ``embedding["tea"]`` is a vector, ``embedding[["tea", "cup"]]`` two rows of a matrix; iterating gives the words.
    Wherever a word is asked for, its row may be given, as ``embedding[0]``.

    Attributes
    ----------
    vectors : (V, d) float32
        W, one row a word.
    vocabulary : Vocabulary
    context_vectors : (V, d) float32, optional
        U, where words and contexts have vectors of their own.
    eigenvalues : (d,) float64, optional
        The strength of each column's mode; absent for vectors that were not solved for.
    formula, marginal, total, drawn
        What :meth:`fold_in` needs: the target's formula, P_i (V,), n, and what noise is drawn by where that is not P_i;
        absent for outside vectors.
    subwords : Subwords, optional
        What spelling adds to ``vectors``; it has a vector for any string.
    """

    vectors: np.ndarray
    vocabulary: Vocabulary
    context_vectors: np.ndarray | None = None
    eigenvalues: np.ndarray | None = None
    formula: Formula | None = None
    marginal: np.ndarray | None = None
    total: float = 0.0
    subwords: Subwords | None = field(default=None, metadata={"optional": True})
    drawn: np.ndarray | None = field(default=None, metadata={"optional": True})

    def __post_init__(self) -> None:
        if isinstance(self.formula, Mapping):
            object.__setattr__(self, "formula", Formula.of_values(self.formula))
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.vocabulary):
            V = len(self.vocabulary)
            raise InputError(f"vectors have shape {self.vectors.shape}; {V} words need ({V}, d)")
        if self.subwords is not None and self.subwords.dim != self.dim:
            raise InputError(f"vectors have {self.dim} dimensions and subwords {self.subwords.dim}: they must agree")
        super().__post_init__()

    def __len__(self) -> int:
        return len(self.vocabulary)

    def __contains__(self, word: object) -> bool:
        return self.has_index_for(word)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __getitem__(self, words: Key | Iterable[Key]) -> np.ndarray:
        """(d,) the vector of a word or row, or (n, d) of several; an :class:`UnknownWordError` if one has none."""
        if isinstance(words, str) or not isinstance(words, Iterable):
            return self.vectors[self.get_index(words)]
        return self.vectors[np.array([self.get_index(word) for word in words], np.int64)]

    @property
    def dim(self) -> int:
        """d, the number of columns."""
        return self.vectors.shape[1]

    @property
    def words(self) -> tuple[str, ...]:
        """The words in row order."""
        return self.vocabulary.words

    def summary(self) -> dict[str, Any]:
        """Words and dimensions; and how much spelling counts, where it does."""
        spelled = {} if self.subwords is None else {"spelling": self.subwords.strength}
        return {"words": len(self), "dim": self.dim, **spelled}

    @cached_property
    def unit_vectors(self) -> np.ndarray:
        """(V, d) float32, rows of length 1 (a zero row stays zero); read-only, as all arrays of a stage are."""
        made = unit_rows(np.asarray(self.vectors, dtype=np.float32))
        made.flags.writeable = False
        return made

    def save(self, folder: str | Path) -> Path:
        """Write a folder of our own, whole or not at all; or a file, where the name ends as a format's do.

        Parameters
        ----------
        folder : path
            A new folder, or an earlier stage's, which is then replaced as a whole; or a file such as ``vectors.bin``,
            see :data:`~solve2vec.formats.FORMATS`.

        Raises
        ------
        FolderError
            If ``folder`` holds files that are not a stage's.
        InputError
            If the format that the name asks for cannot hold one of the words.
        """
        from ..formats import has_ending, save

        return save(self, folder) if has_ending(folder) else super().save(folder)

    def head(self, size: int) -> Embedding:
        """The embedding of the first ``size`` words: the most frequent, where it was made from a text."""
        return self._with(
            "head",
            {"size": size},
            vectors=self.vectors[:size],
            vocabulary=self.vocabulary.head(size),
            context_vectors=None if self.context_vectors is None else self.context_vectors[:size],
            formula=None,
            marginal=None,
            total=0.0,
            drawn=None,
        )

    def with_unit_rows(self) -> Embedding:
        """The same words, each vector of length 1: for tools that know inner products and no cosines."""
        left_out: dict[str, Any] = dict.fromkeys(
            ("context_vectors", "eigenvalues", "formula", "marginal", "subwords"), None
        )
        return self._with("with_unit_rows", {}, vectors=self.unit_vectors, total=0.0, **left_out)

    def first(self, dim: int) -> Embedding:
        """The embedding in the first ``dim`` dimensions: what solving for ``dim`` modes would have given.

        Raises
        ------
        InputError
            If ``dim`` is below 1 or above :attr:`dim`.
        """
        if not 1 <= dim <= self.dim:
            raise InputError(f"asked for {dim} dimensions of an embedding that has {self.dim}")
        return self._with(
            "first",
            {"dim": dim},
            vectors=self.vectors[:, :dim],
            context_vectors=None if self.context_vectors is None else self.context_vectors[:, :dim],
            eigenvalues=None if self.eigenvalues is None else self.eigenvalues[:dim],
            subwords=None if self.subwords is None else self.subwords.first(dim),
        )

    def _with(self, verb: str, values: dict[str, Any], **changes: Any) -> Embedding:
        from dataclasses import replace

        return replace(self, lineage=self.lineage.then(verb, **values), **changes)

    def similarity(self, w1: Key, w2: Key) -> float:
        """Cosine of two words' vectors, in -1…1."""
        first, second = self.unit_vectors[[self.get_index(w1), self.get_index(w2)]]
        return float(np.clip(dots(first[None, :], second)[0], -1, 1))

    def neighbors(
        self,
        query: Key | np.ndarray,
        n: int = 10,
        *,
        unknown: Unknown = "error",
        contexts_only: bool = False,
    ) -> list[tuple[str, float]]:
        """The ``n`` nearest words by cosine, nearest first.

        Parameters
        ----------
        query : str, int or (d,) array
            A word or row, which is then left out of the answer, or any vector.
        n : int
            How many, at least 1.
        unknown : {"error", "subword"}
            What a word without a row does: see :meth:`vector`.
        contexts_only : bool
            Ask :attr:`contexts`, which know nothing of spelling.

        Examples
        --------
        >>> E = Embedding.from_vectors(["a", "b", "c"], [[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]])
        >>> [word for word, _ in E.neighbors("a", n=2)]
        ['b', 'c']
        """
        if contexts_only:
            return self.contexts.neighbors(query, n, unknown=unknown)
        if not isinstance(query, np.ndarray) and (isinstance(query, str) or is_row(query)):
            if unknown != "error" and query not in self:
                return self.neighbors(self.vector(query, unknown=unknown), n)
            token = self.get_index(query)
            return self._named(*self.search(self.unit_vectors[[token]], n, exclude=[[token]]))[0]
        if np.ndim(query) != 1:
            raise InputError(f"{query!r:.60} is neither a word nor a vector: words are strings")
        return self._named(*self.search(np.asarray(query)[None, :], n))[0]

    def analogy(
        self,
        a: Key,
        b: Key,
        c: Key,
        n: int = 10,
        *,
        method: Method = "add",
        unknown: Unknown = "error",
        contexts_only: bool = False,
    ) -> list[tuple[str, float]]:
        """``a`` is to ``b`` as ``c`` is to …: the ``n`` best words, the three given ones left out.

        Parameters
        ----------
        method : {"add", "mul"}
            3CosAdd, cos(w, b - a + c) (Mikolov et al. 2013), or 3CosMul, cos(w,b) cos(w,c) / (cos(w,a) + 0.001)
            with cosines moved to 0…1 (Levy and Goldberg 2014).
        unknown, contexts_only
            As for :meth:`neighbors`.
        """
        require_choice("method", method, get_args(Method))
        if contexts_only:
            return self.contexts.analogy(a, b, c, n, method=method, unknown=unknown)
        unit = unit_rows(np.stack([self.vector(word, unknown=unknown) for word in (a, b, c)]))
        tokens = np.array([self.get_index(word) for word in (a, b, c) if word in self], np.int64)
        if method == "add":
            hidden = tokens[None, :] if len(tokens) else None
            return self._named(*self.search((unit[1] - unit[0] + unit[2])[None, :], n, exclude=hidden))[0]
        best, scores = Ratio([*unit[1:]], [unit[0]], 1e-3).largest(self.unit_vectors, n, tokens.tolist())
        return self._named(best[None, :], scores[None, :])[0]

    def search(
        self, queries: np.ndarray, n: int = 10, *, exclude: np.ndarray | Sequence[Sequence[int]] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The ``n`` nearest words of many vectors, exactly.

        Parameters
        ----------
        queries : (Q, d) array
        exclude : (Q, m) token ids, optional
            Words that may not be the answer to each query.

        Returns
        -------
        tokens : (Q, n) int64
        similarities : (Q, n) float32
            Cosines, falling; equal ones by token id, and the same on every processor.
        """
        if n < 1:
            raise InputError(f"asked for {n} neighbors; ask for at least 1")
        queries = np.asarray(queries, dtype=np.float32)
        if queries.ndim != 2 or queries.shape[1] != self.dim:
            raise InputError(f"a query has shape {queries.shape[1:]}; this embedding has {self.dim} dimensions")
        if not np.isfinite(queries).all():
            raise InputError("a query has an entry that is not a finite number: there is nothing near it")
        return nearest(self.unit_vectors, unit_rows(queries), n, exclude)

    def _named(self, tokens: np.ndarray, similarities: np.ndarray) -> list[list[tuple[str, float]]]:
        return [
            [(self.words[token], float(value)) for token, value in zip(row, values, strict=True)]
            for row, values in zip(tokens, similarities, strict=True)
        ]

    def fold_in(self, counts: np.ndarray | Mapping[str, float], *, seen: float | None = None) -> np.ndarray:
        """(d,) float32, a vector for an unseen word from the words around it; nothing is solved again.

        For a word of the vocabulary this is its own row, up to what d modes leave out: row i of
        M ≈ V Λ Vᵀ is M_i, and M_i V Λ^(p-1) is row i of V Λ^p.

        Parameters
        ----------
        counts : (V,) array, or mapping from word to weight
            The window-weighted counts of each vocabulary word around the new one (1 = a direct neighbor).
        seen : float, optional
            How often the new word was seen, in the text the vocabulary was counted in.  Only formulas with
            ``subsample``, ``unigram`` or ``noise="words"`` ask for it; by default it is too rare to be subsampled, and
            as frequent as its share of all counts.

        Raises
        ------
        InputError
            If the vectors were not solved from counts, no count is above 0, or one is negative or not finite; or
            ``seen`` is not above 0.
        """
        if self.formula is None or self.eigenvalues is None or self.marginal is None:
            raise InputError(
                "folding in needs the target's statistics: these vectors were not solved from counts, or are a head"
            )
        if seen is not None:
            require_numbers(seen=seen)
            if not 0 < seen < np.inf:
                raise InputError(f"seen must be above 0, got {seen}: leave it out for a word too rare to be subsampled")
        row, share, own = self._statistics(self._context_row(counts), seen)
        drawn = self.marginal if self.drawn is None else self.drawn
        normalizer = float((drawn**self.formula.context_smoothing).sum())
        x, _ = self.formula.log_expected(np.array([share]), self.total, np.array([own]), normalizer)
        _, y = log_expected(self.formula, self.marginal, self.total, self.drawn)
        M = self.formula.of(row, np.exp(x + y))
        other = self.contexts.vectors if self.context_vectors is None else self.context_vectors
        summed = np.einsum("i,ij->j", M, other, dtype=np.float64)  # in one order, whatever the threads of BLAS
        return (summed / self.eigenvalues).astype(np.float32)

    def _statistics(self, row: np.ndarray, seen: float | None) -> tuple[np.ndarray, float, float]:
        """Of a word with these counts that was ``seen`` so often: (V,) those left by subsampling, P_i, and its noise.

        Noise is in the unit of ``drawn``, where there is one.
        """
        assert self.formula is not None
        before, own, kept = float(row.sum()), 1.0, np.ones(len(self))
        if (threshold := self.formula.subsample) is not None:
            kept = self.vocabulary.keep_probability(threshold)
            if seen is not None:
                own = min(1.0, float(np.sqrt(threshold * max(1, self.vocabulary.total) / seen)))
        row = own * row * kept
        share = float(row.sum()) / self.total
        if self.formula.unigram and seen is not None:
            share = own * seen / float((self.vocabulary.counts * kept).sum())
        if self.drawn is None:
            return row, share, share
        if self.formula.noise == "pairs" and not self.formula.unigram:
            return row, share, before
        return row, share, share * float(self.drawn.sum()) if seen is None else seen

    def _context_row(self, counts: np.ndarray | Mapping[str, float]) -> np.ndarray:
        if isinstance(counts, Mapping):
            row = np.zeros(len(self))
            for word, weight in counts.items():
                if (token := self.vocabulary.id_of.get(word)) is not None:
                    row[token] += weight
        else:
            row = np.asarray(counts, dtype=np.float64).ravel()
        if len(row) != len(self):
            raise InputError(f"{len(row)} context counts; the vocabulary has {len(self)} words")
        if not (np.isfinite(row).all() and (row >= 0).all()):
            raise InputError("a context count is negative or not a finite number: counts are 0 or more")
        if not row.any():
            raise InputError("none of the given context words is in the vocabulary: nothing to fold in")
        return row

    @classmethod
    def from_vectors(
        cls, words: Sequence[str], vectors: np.ndarray | Sequence[Sequence[float]], *, counts: np.ndarray | None = None
    ) -> Embedding:
        """Outside vectors: from gensim, a file, any model.

        Parameters
        ----------
        words : sequence of str, length V
            Each once; any order.
        vectors : (V, d) array
        counts : (V,) int array, optional
            How often each word was seen, where known.

        Raises
        ------
        InputError
            If words and rows do not fit, an entry is not finite, or a count is not a whole number from 0.
        """
        vocabulary = Vocabulary.of_words(words)
        vectors, words = np.asarray(vectors, dtype=np.float32), vocabulary.words
        if vectors.ndim != 2 or len(vectors) != len(words):
            raise InputError(f"{len(words)} words but vectors of shape {vectors.shape}: one row for each word, please")
        if not np.isfinite(vectors).all():
            raise InputError(f"the vector of {words[int(np.argwhere(~np.isfinite(vectors))[0, 0])]!r} is not finite")
        if counts is not None:
            from dataclasses import replace

            seen = _whole_counts(counts, words)
            vocabulary = replace(vocabulary, counts=seen, total=int(seen.sum()))
        return cls(vectors=vectors, vocabulary=vocabulary, lineage=Lineage().then("from_vectors"))


def _whole_counts(counts: Any, words: Sequence[str]) -> np.ndarray:
    """(V,) int64, the counts, if they are some."""
    counts = np.asarray(counts)
    if counts.shape != (len(words),) or counts.dtype.kind not in "iuf":
        raise InputError(f"{len(words)} words but counts of {counts.dtype} and shape {counts.shape}: a number for each")
    odd = ~((counts >= 0) & (counts < 2.0**63) & (counts == np.floor(counts)))
    if odd.any():
        first = int(odd.argmax())
        raise InputError(f"the count of {words[first]!r} is {counts[first]}: counts are whole numbers from 0")
    return counts.astype(np.int64)


def embed(spectrum: Spectrum | SingularSpectrum, *, dim: int | None = None, power: float = POWER) -> Embedding:
    """W = V_d Λ_d^p: the closed form of what training converges to (p = ½), up to a rotation.

    Parameters
    ----------
    spectrum : Spectrum or SingularSpectrum
    dim : int, optional
        d, at most the number of modes; all of them by default.
    power : float
        p.  ½ shares each mode evenly between words and contexts; 0 gives every mode the same weight
        (Levy, Goldberg and Dagan 2015).

    Raises
    ------
    InputError
        If ``dim`` is not in 1…K or the power is not finite.
    """
    require_stage("embed", spectrum, "Spectrum", "make one with solve(target, dim)")
    K = len(spectrum.eigenvalues)
    dim = K if dim is None else dim
    require_whole(dim=dim)
    if not 1 <= dim <= K:
        raise InputError(f"asked for {dim} dimensions; the spectrum has {K} modes: solve for more, or use dim={K}")
    FINITE("power", power)
    if not spectrum.eigenvalues[dim - 1] > 0:
        positive = int((spectrum.eigenvalues > 0).sum())
        raise InputError(f"asked for {dim} dimensions; the spectrum has {positive} positive modes: use dim={positive}")
    scale = spectrum.eigenvalues[:dim] ** power
    right = spectrum.right_vectors
    return Embedding(
        vectors=(spectrum.eigenvectors[:, :dim] * scale).astype(np.float32),
        vocabulary=spectrum.vocabulary,
        context_vectors=None if right is None else (right[:, :dim] * scale).astype(np.float32),
        eigenvalues=spectrum.eigenvalues[:dim],
        formula=spectrum.formula,
        marginal=spectrum.marginal,
        total=spectrum.total,
        drawn=spectrum.drawn,
        lineage=spectrum.lineage.then("embed", dim=dim, power=power),
    )
