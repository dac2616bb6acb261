"""Splicing: strings, pieces and tokens as flat arrays with offsets, put together without a loop."""

from __future__ import annotations

from typing import Any

import numpy as np


def translated(strings: Any, table: bytes) -> Any:
    """The same strings with every byte replaced by the table's."""
    import pyarrow as pa

    offsets = strings.buffers()[1]
    data = strings.buffers()[2]
    changed = b"" if data is None else data.to_pybytes().translate(table)
    validity = strings.buffers()[0]
    return pa.Array.from_buffers(
        strings.type, len(strings), [validity, offsets, pa.py_buffer(changed)], offset=strings.offset
    )


def interleave(pieces: Any, plain: np.ndarray, lists: Any, other: np.ndarray) -> Any:
    """All tokens in the order of their pieces: a plain piece is its own token, another gives its list."""
    import pyarrow as pa

    place = np.concatenate([np.flatnonzero(plain), np.repeat(other, np.asarray(lists.value_lengths()))])
    both = pa.concat_arrays([pieces.filter(pa.array(plain)), lists.flatten()])
    return both.take(pa.array(np.argsort(place, kind="stable")))


def expand_lists(
    raw: np.ndarray, offsets: np.ndarray, tokens_of: np.ndarray, starts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Ids of the tokens of a stream of pieces, each a list of them, and how many fall between each two ``offsets``."""
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
