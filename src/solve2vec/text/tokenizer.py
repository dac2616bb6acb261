"""The tokenizer: what counts as a token, and strings to tokens at the speed of Arrow.

White space always ends a token, so a text is first split at white space and each *distinct* piece is looked
at once: lower case, normal form and the token pattern cost nothing for the words that come again and again.
For patterns of one character class, ASCII is even settled by a table of 256 bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from ..errors import InputError

PRESETS = {
    "words": r"[\p{L}\p{M}\p{N}_]+",
    "letters": r"[\p{L}\p{M}]+",
    "whitespace": "",
}
_ONE_CLASS = re.compile(r"\[(?!\^)((?:[^\]\[\\]|\\.(?:\{\w+\})?)+)\]\+")
_WHITESPACE = b" \t\n\r\v\f"


@dataclass(frozen=True)
class Tokenizer:
    r"""What a token is.

    Parameters
    ----------
    token_pattern : str
        ``"words"`` (letters, marks, digits and underscores of any script), ``"letters"``, ``"whitespace"``
        (tokens are what white space separates), or a regular expression such as ``"[a-z]+"``; a token never
        spans white space.
    lowercase : bool
        Before the pattern is applied.
    unicode_form : {"NFC", "NFKC", "none"}
        Normal form of characters beyond ASCII, so that é is one letter however it was typed.

    Raises
    ------
    InputError
        If the pattern is not a regular expression.

    Examples
    --------
    >>> Tokenizer(token_pattern="[a-z]+").split("The king's 2 crowns")
    ['the', 'king', 's', 'crowns']
    """

    token_pattern: str = field(
        default="words", metadata={"help": "words, letters, whitespace, or a regular expression such as '[a-z]+'."}
    )
    lowercase: bool = field(default=True, metadata={"help": "Put text into lower case."})
    unicode_form: Literal["NFC", "NFKC", "none"] = field(
        default="NFC", metadata={"help": "Normal form of characters beyond ASCII."}
    )

    def __post_init__(self) -> None:
        if self.unicode_form not in ("NFC", "NFKC", "none"):
            raise InputError(f"unicode_form must be NFC, NFKC or none, got {self.unicode_form!r}")
        if self._class is not None:
            self._check_class()
        elif self._pattern:
            self._compiled  # noqa: B018 - a bad pattern is told where it was given

    @property
    def _pattern(self) -> str:
        return PRESETS.get(self.token_pattern, self.token_pattern)

    @cached_property
    def _class(self) -> str | None:
        r"""The inside of a pattern ``[…]+``, else None."""
        match = _ONE_CLASS.fullmatch(self._pattern)
        return match.group(1) if match else None

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        try:
            return re.compile(self._pattern)
        except re.error as error:
            raise InputError(f"token pattern {self._pattern!r} is not a regular expression: {error}") from None

    def _check_class(self) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        try:
            pc.match_substring_regex(pa.array([""]), f"[{self._class}]")
        except pa.ArrowInvalid as error:
            raise InputError(f"token pattern {self._pattern!r} is not a regular expression: {error}") from None

    @cached_property
    def _table(self) -> bytes:
        """What each byte becomes: ASCII lowered, ASCII outside the class a space, the rest itself."""
        import pyarrow as pa
        import pyarrow.compute as pc

        ascii_range = [chr(byte) for byte in range(128)]
        lowered = [c.lower() if self.lowercase else c for c in ascii_range]
        if self._class is not None:
            inside = pc.match_substring_regex(pa.array(lowered), f"^[{self._class}]$").to_pylist()
            lowered = [c if keep else " " for c, keep in zip(lowered, inside, strict=True)]
        table = bytearray("".join(lowered).encode()) + bytes(range(128, 256))
        for space in _WHITESPACE:
            table[space] = ord(" ")
        return bytes(table)

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

        pieces = pc.ascii_split_whitespace(_translated(strings, self._table))
        encoded = pieces.flatten().dictionary_encode()
        raw = encoded.indices.to_numpy(zero_copy_only=False)
        offsets = pieces.offsets.to_numpy() - pieces.offsets[0].as_py()
        types, tokens_of, starts = self._tokens_of_pieces(encoded.dictionary)
        return types, *_expand(raw, offsets, tokens_of, starts)

    def _tokens_of_pieces(self, pieces: Any) -> tuple[Any, np.ndarray, np.ndarray]:
        """Types, and for each distinct piece the ids of its tokens, end to end, with where each piece starts."""
        import pyarrow as pa
        import pyarrow.compute as pc

        settled = self._class is not None or not self._pattern  # by the table, as far as ASCII goes
        plain = np.asarray(pc.string_is_ascii(pieces)) if settled else np.zeros(len(pieces), dtype=bool)
        filled = np.asarray(pc.greater(pc.binary_length(pieces), 0))
        n_tokens = filled.astype(np.int64)
        other = np.flatnonzero(~plain)
        tokens = pieces
        if len(other):
            lists = self._split_pieces(pieces.take(pa.array(other)))
            n_tokens[other] = np.asarray(pc.list_value_length(lists))
            tokens = _interleave(pieces, plain & filled, lists, other)
        else:
            tokens = pieces.filter(pa.array(filled))
        unique = tokens.dictionary_encode()
        starts = np.concatenate([[0], np.cumsum(n_tokens)])
        return unique.dictionary, unique.indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False), starts

    def _split_pieces(self, pieces: Any) -> Any:
        """Lists of tokens of pieces that the byte table could not settle."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if self.lowercase:
            pieces = pc.utf8_lower(pieces)
        if self.unicode_form != "none":
            pieces = pc.utf8_normalize(pieces, form=self.unicode_form)
        if self._class is not None:
            pieces = pc.replace_substring_regex(pieces, f"[^{self._class}]+", " ")
        elif self._pattern:
            texts = pieces.to_pylist()
            return pa.array([[m.group() for m in self._compiled.finditer(t) if m.group()] for t in texts], pa.list_(pa.string()))
        return pa.array([text.split() for text in pieces.to_pylist()], pa.list_(pa.string()))


def _translated(strings: Any, table: bytes) -> Any:
    """The same strings with every byte replaced by the table's."""
    import pyarrow as pa

    offsets = strings.buffers()[1]
    data = strings.buffers()[2]
    changed = b"" if data is None else data.to_pybytes().translate(table)
    validity = strings.buffers()[0]
    return pa.Array.from_buffers(
        strings.type, len(strings), [validity, offsets, pa.py_buffer(changed)], offset=strings.offset
    )


def _interleave(pieces: Any, plain: np.ndarray, lists: Any, other: np.ndarray) -> Any:
    """All tokens in the order of their pieces: a plain piece is its own token, another gives its list."""
    import pyarrow as pa

    place = np.concatenate([np.flatnonzero(plain), np.repeat(other, np.asarray(lists.value_lengths()))])
    both = pa.concat_arrays([pieces.filter(pa.array(plain)), lists.flatten()])
    return both.take(pa.array(np.argsort(place, kind="stable")))


def _expand(
    raw: np.ndarray, offsets: np.ndarray, tokens_of: np.ndarray, starts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Ids of the tokens of a stream of pieces, and how many fall between each two ``offsets``."""
    n_tokens = np.diff(starts)
    counts = n_tokens[raw]
    ends = np.concatenate([[0], np.cumsum(counts)])
    lengths = np.diff(ends[offsets])
    keep = counts > 0
    raw, counts = raw[keep], counts[keep]
    if counts.size == 0 or counts.max() == 1:
        return tokens_of[starts[raw]], lengths
    first = ends[:-1][keep]
    at = np.repeat(starts[raw] - first, counts) + np.arange(int(counts.sum()))
    return tokens_of[at], lengths
