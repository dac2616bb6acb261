"""The tokenizer: what counts as a token, and strings to tokens at the speed of Arrow.

White space always ends a token, so a text is first split at white space and each *distinct* piece is looked
at once: lower case, normal form and the token pattern cost nothing for the words that come again and again.
For patterns of one character class, ASCII is even settled by a table of 256 bytes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import InputError
from ..core.options import check_options, option
from . import letters, unseen
from .ragged import expand_lists, interleave, translated
from .words import Words

if TYPE_CHECKING:
    StopWords = str | Iterable[str] | None
else:
    StopWords = str | None  # a command line cannot give more

PRESETS = {
    "words": r"[\p{L}\p{M}\p{N}_]+",
    "letters": r"[\p{L}\p{M}]+",
    "whitespace": "",
    "characters": r"[\p{L}\p{M}\p{N}_]+",
}
_ONE_CLASS = re.compile(r"\[(?!\^)((?:[^\]\[\\]|\\.(?:\{\w+\})?)+)\]\+")
_ESCAPE = re.compile(r"\\.")
_CLASSES = {r"\w": r"\p{L}\p{N}_", r"\d": r"\p{Nd}"}  # Arrow's own are ASCII
_WHITESPACE = b" \t\n\r\v\f\x1c\x1d\x1e\x1f"  # what str.split takes for it


@dataclass(frozen=True)
class Tokenizer:
    r"""What a token is.

    Characters that are not seen are of no token: soft hyphens, variation selectors and marks of writing direction are
    dropped; joiners stay where letters are joined by them, between two of Arabic or Indic scripts.  ``"whitespace"``
    drops byte order marks alone, and tokens of which nothing is seen.

    Parameters
    ----------
    token_pattern : str
        ``"words"`` (letters, marks, digits and underscores of any script), ``"letters"``, ``"whitespace"``
        (tokens are what white space separates), ``"characters"`` (each letter or digit of "words", with its marks), or
        a regular expression such as ``"[a-z]+"``; a token never spans white space.
    lowercase : bool
        Before the pattern is applied.
    unicode_form : {"NFC", "NFKC", "none"}
        Normal form of characters beyond ASCII, so that é is one letter however it was typed.
    segmenter : str, optional
        What cuts pieces beyond ASCII into words before the pattern is applied, for text without spaces: a package of
        :data:`~solve2vec.text.segmenters.PACKAGES`, or ``module:function``.
    lemmas : str, optional
        Tokens become their lemmas: of a language, such as "la", by the package simplemma, or of a file with a form and
        its lemma a line, separated by a tab.
    stop_words : str or iterable of str, optional
        Tokens that are left out, and whose neighbors then stand beside each other: of a language, such as "fr", by the
        package stop-words, of a file with one a line, or these.

    Raises
    ------
    InputError
        If the pattern is not a regular expression, or a segmenter, a lemma table or stop words are not there.

    Examples
    --------
    >>> Tokenizer(token_pattern="[a-z]+").split("The king's 2 crowns")
    ['the', 'king', 's', 'crowns']
    """

    token_pattern: str = option(
        "words", "words, letters, whitespace, characters, or a regular expression such as '[a-z]+'."
    )
    lowercase: bool = option(True, "Put text into lower case.")
    unicode_form: letters.Form = option("NFC", "Normal form of characters beyond ASCII.")
    segmenter: str | None = option(None, "What cuts text without spaces: jieba, janome, pythainlp, module:function.")
    lemmas: str | None = option(None, "Tokens become lemmas: a language such as la, or a file of forms and lemmas.")
    stop_words: StopWords = option(None, "Leave these out: a language such as fr, or a file.")

    def __post_init__(self) -> None:
        check_options(self)
        if self.stop_words is not None and not isinstance(self.stop_words, str):
            object.__setattr__(self, "stop_words", tuple(self.stop_words))
        if self.token_pattern not in PRESETS and self._class is None:
            self._compiled  # noqa: B018 - a bad pattern is told where it was given
        for given, made in (("segmenter", "_segment"), ("lemmas", "_lemma"), ("stop_words", "_stopped")):
            if getattr(self, given) is not None:
                getattr(self, made)  # and so is a list that is not there

    @property
    def _pattern(self) -> str:
        return PRESETS.get(self.token_pattern, self.token_pattern)

    @cached_property
    def _class(self) -> str | None:
        r"""The inside of a pattern ``[…]+`` in the words of Arrow's regular expressions, else None."""
        match = _ONE_CLASS.fullmatch(self._pattern)
        if match is None or self.token_pattern in PRESETS:
            return match and match[1]
        if any(escape[1] in "WDSsb" for escape in _ESCAPE.findall(match[1])):
            return None
        inside = _ESCAPE.sub(lambda escape: _CLASSES.get(escape[0], escape[0]), match[1])
        return inside if _is_class(inside) else None

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        try:
            return re.compile(self._pattern)
        except re.error as error:
            hint = "; \\p{…} stands only in a single class such as [\\p{L}']+" if "\\p" in self._pattern else ""
            raise InputError(f"token pattern {self._pattern!r} is not a regular expression: {error}{hint}") from None

    @cached_property
    def _composes(self) -> bool:
        """Whether a letter such as é fits though its e does not: no byte may then be judged without the next."""
        if self._class is None or self.token_pattern in PRESETS or self.unicode_form == "none":
            return False
        letters = [(unicodedata.normalize("NFD", chr(code))[0], chr(code)) for code in range(128, 0x2300)]
        bases, composed = zip(*(pair for pair in letters if pair[0].isascii()), strict=True)
        return bool((~self._fits(bases) & self._fits(composed)).any())

    def _fits(self, characters: Iterable[str]) -> np.ndarray:
        import pyarrow as pa
        import pyarrow.compute as pc

        return np.asarray(pc.match_substring_regex(pa.array(characters, pa.string()), f"^[{self._class}]$"))

    @cached_property
    def table(self) -> bytes:
        """What each byte becomes: ASCII lowered, ASCII outside the class a space, the rest itself."""
        lowered = [chr(byte).lower() if self.lowercase else chr(byte) for byte in range(128)]
        if self._class is not None and not self._composes:
            lowered = [c if fits else " " for c, fits in zip(lowered, self._fits(lowered), strict=True)]
        table = bytearray("".join(lowered).encode()) + bytes(range(128, 256))
        for space in _WHITESPACE:
            table[space] = ord(" ")
        return bytes(table)

    @cached_property
    def _find(self) -> Callable[[str], list[str]]:
        """What finds the tokens of a piece that holds no white space."""
        if not self._compiled.groups:
            return self._compiled.findall  # twice as fast; with groups it would give those
        return lambda piece: [match.group() for match in self._compiled.finditer(piece)]

    @property
    def is_settled(self) -> bool:
        """Whether the table says all there is to say of ASCII."""
        return not (self._composes or self._edits) and (self._class is not None or not self._pattern)

    @property
    def _edits(self) -> bool:
        """Whether tokens are cut, changed or left out after the pattern has found them."""
        return self.token_pattern == "characters" or self.lemmas is not None or self.stop_words is not None

    @cached_property
    def _segment(self) -> Callable[[str], Iterable[str]]:
        from .segmenters import segmenter

        return segmenter(self.segmenter or "")

    @cached_property
    def _lemma(self) -> Callable[[str], str]:
        from .wordlists import lemmatizer

        return lemmatizer(self.lemmas or "")

    @cached_property
    def _stopped(self) -> frozenset[str]:
        """Stop words as this tokenizer spells them; those that are more than one token are none."""
        from .wordlists import stop_words

        pattern = "words" if self.token_pattern == "characters" else self.token_pattern
        plain = replace(self, token_pattern=pattern, stop_words=None, lemmas=None)
        split = (plain.split(word) for word in sorted(stop_words(self.stop_words or ())))
        return frozenset(tokens[0] for tokens in split if len(tokens) == 1)

    def __getstate__(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self)}  # what was loaded is loaded again

    def split(self, text: str) -> list[str]:
        """The tokens of one text."""
        import pyarrow as pa

        types, ids, _ = self.split_all(pa.array([text]))
        return types.take(pa.array(ids)).to_pylist()

    def split_all(self, strings: Any) -> tuple[Any, np.ndarray, np.ndarray]:
        """Split many strings.

        Parameters
        ----------
        strings : pyarrow string array, length D

        Returns
        -------
        types : pyarrow string array
            Every distinct token, in order of appearance.
        ids : (n,) int32
            The place in ``types`` of each token.
        lengths : (D,) int64
            How many tokens each string gave.
        """
        import pyarrow.compute as pc

        pieces = pc.ascii_split_whitespace(translated(strings, self.table))
        encoded = pieces.flatten().dictionary_encode()
        raw = encoded.indices.to_numpy(zero_copy_only=False)
        offsets = pieces.offsets.to_numpy() - pieces.offsets[0].as_py()
        types, tokens_of, starts = self._tokens_of_pieces(encoded.dictionary)
        return types, *expand_lists(raw, offsets, tokens_of, starts)

    def _tokens_of_pieces(self, pieces: Any) -> tuple[Any, np.ndarray, np.ndarray]:
        """Types, and for each distinct piece the ids of its tokens, end to end, with where each piece starts."""
        import pyarrow as pa
        import pyarrow.compute as pc

        plain = np.asarray(pc.string_is_ascii(pieces)) if self.is_settled else np.zeros(len(pieces), dtype=bool)
        filled = np.asarray(pc.greater(pc.binary_length(pieces), 0))
        n_tokens = filled.astype(np.int64)
        other = np.flatnonzero(~plain)
        tokens = pieces
        if len(other):
            lists = self._split_pieces(pieces.take(pa.array(other)))
            n_tokens[other] = np.asarray(pc.list_value_length(lists))
            tokens = interleave(pieces, plain & filled, lists, other)
        else:
            tokens = pieces.filter(pa.array(filled))
        unique = tokens.dictionary_encode()
        starts = np.concatenate([[0], np.cumsum(n_tokens)])
        return unique.dictionary, unique.indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False), starts

    def tokens_of(self, pieces: Words, strange: np.ndarray) -> tuple[Words, np.ndarray]:
        """Tokens of distinct pieces, end to end, with where each piece starts, (pieces + 1,) int32.

        What the byte table could not settle, the ``strange`` pieces, may hold any number of tokens.
        """
        import pyarrow as pa

        if not len(strange):
            return pieces, np.arange(len(pieces) + 1, dtype=np.int32)
        lists = self._split_pieces(pieces.arrow(strange).cast(pa.string()))
        n_tokens = np.ones(len(pieces), np.int64)
        n_tokens[strange] = np.asarray(lists.value_lengths())
        starts = np.concatenate([[0], np.cumsum(n_tokens)]).astype(np.int32)
        return pieces.replaced(strange, Words.of_arrow(lists.flatten()), n_tokens[strange]), starts

    def _split_pieces(self, pieces: Any) -> Any:
        """Lists of tokens of pieces that the byte table could not settle."""
        import pyarrow as pa

        is_odd = unseen.has(pieces, unseen.UNSEEN)
        if is_odd:
            pieces = unseen.without_dropped(pieces) if self._pattern else unseen.without_marks(pieces)
        pieces = letters.normalized(pieces, self.unicode_form, lowercase=self.lowercase)
        if self.segmenter is not None:
            cut = (text if text.isascii() else " ".join(self._segment(text)) for text in pieces.to_pylist())
            pieces = pa.array(cut, pa.string())
        lists = self._found(pieces)
        lists = _where(lists, ~unseen.are_unseen(lists.values)) if is_odd else lists
        return self._edited(lists) if self._edits else lists

    def _found(self, pieces: Any) -> Any:
        """Lists of what the pattern finds in pieces."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if self._class is not None:
            pieces = self._spaced(pieces)
        if self._class is not None or not self._pattern:
            trimmed = pc.utf8_trim_whitespace(pieces)  # splitting looks beyond a string that ends in a space
            lists = pc.utf8_split_whitespace(trimmed)
            return _where(lists, np.asarray(pc.greater(pc.binary_length(lists.values), 0)))
        find = self._find
        lists = [[token for part in text.split() for token in find(part) if token] for text in pieces.to_pylist()]
        return pa.array(lists, pa.list_(pa.string()))

    def _spaced(self, pieces: Any) -> Any:
        """Pieces with spaces for all that is outside the class, and for the marks on that, where no token begins so.

        Joiners hold together what they stand between.
        """
        import pyarrow.compute as pc

        is_preset, joiners = self.token_pattern in PRESETS, unseen.JOINERS
        is_joined = unseen.has(pieces, joiners)
        inside = f"{self._class}{joiners}" if is_joined else self._class
        first = (r"\p{M}" if is_preset else "") + (joiners if is_joined else "")  # what no token begins with
        outside = f"[^{inside}]+" + (f"[{first}]*" if first else "")
        if first:
            outside += f"|^[{first}]+"
        if is_joined:
            pieces = pc.replace_substring_regex(pieces, f"[{joiners}]+([^{inside}]|$)", r"\1")
        return pc.replace_substring_regex(pieces, outside, " ")

    def _edited(self, lists: Any) -> Any:
        """Lists of tokens cut into characters, as lemmas, and without stop words."""
        import pyarrow as pa

        from .segmenters import characters

        stopped = self._stopped if self.stop_words is not None else frozenset()
        made: dict[str, list[str]] = {}

        def edit(token: str) -> list[str]:
            lemma = token if self.lemmas is None else self._lemma(token)
            kept = [] if token in stopped or lemma in stopped else [lemma]
            return [part for word in kept for part in characters(word)] if self.token_pattern == "characters" else kept

        for token in lists.flatten().unique().to_pylist():
            made[token] = edit(token)
        edited = [[part for token in tokens for part in made[token]] for tokens in lists.to_pylist()]
        return pa.array(edited, pa.list_(pa.string()))


def _where(lists: Any, kept: np.ndarray) -> Any:
    """Lists of strings, of which some are kept."""
    import pyarrow as pa

    before = np.concatenate([[0], np.cumsum(kept)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(before[lists.offsets.to_numpy()]), lists.values.filter(pa.array(kept)))


def _is_class(inside: str) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        pc.match_substring_regex(pa.array([""]), f"[{inside}]")
    except pa.ArrowInvalid:
        return False
    return True
