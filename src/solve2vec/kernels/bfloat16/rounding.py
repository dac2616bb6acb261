"""float32 to bfloat16: blocks of vectors, what is left over carried on; entries of a matrix, as if by chance."""

import numpy as np
from numba import njit, types

from ..llvm import (
    LEAN,
    add,
    fill_32,
    in_order,
    inlined,
    kernel,
    load_like,
    matrix,
    nearest,
    side_by_side,
    store,
    subtract,
    widened,
)

_FLOATS, _HALVES, _PAIRS = matrix(types.float32), matrix(types.uint16), matrix(types.uint32)


@inlined
def _rounded_row(x, carried):
    """A row with what the row above left over, as bfloat16; and what this one leaves over."""
    x = add(x, carried)
    kept = nearest(x)
    return kept, subtract(x, widened(kept))


@njit(types.void(_FLOATS, _HALVES, _PAIRS), **LEAN)
def narrow_block(X, halves, pairs):
    """A block (n, 32) float32 as bfloat16: halves (n, 32) uint16 row by row, pairs (n / 2, 32) uint32 two by two.

    What rounding takes from an entry is added to the next one below: where the rows of a matrix are much alike, errors
    that add up would be multiplied by its largest eigenvalue.  n even; rows of all have their entries side by side.
    """
    carried = fill_32(np.float32(0))  # the error of the row above, in registers
    for i in range(0, X.shape[0], 2):
        # round two rows, each with the error of the one above
        one, carried = _rounded_row(load_like(X, (i, 0), carried), carried)
        other, carried = _rounded_row(load_like(X, (i + 1, 0), carried), carried)
        # store them one after another, and as pairs side by side
        store(halves, (i, 0), one)
        store(halves, (i + 1, 0), other)
        store(pairs, (i // 2, 0), in_order(side_by_side(one, other)))


@njit(types.void(_FLOATS, _HALVES, _HALVES), **LEAN)
def split_block(X, upper, lower):
    """A block (n, 32) float32 as two of bfloat16: upper as :func:`narrow_block` makes it, lower what that lacks."""
    carried = carried_below = fill_32(np.float32(0))
    for i in range(X.shape[0]):
        x = load_like(X, (i, 0), carried)
        # the upper half as in narrow_block, then what it lacks of x, rounded with errors of its own
        above, carried = _rounded_row(x, carried)
        below, carried_below = _rounded_row(subtract(x, widened(above)), carried_below)
        store(upper, (i, 0), above)
        store(lower, (i, 0), below)


@njit(types.void(_HALVES, _HALVES, _FLOATS), **LEAN)
def join_block(upper, lower, X):
    """X (n, 32) float32 = upper + lower, (n, 32) uint16 each: sixteen of 24 significant bits of what was split."""
    zero = fill_32(np.float32(0))
    for i in range(X.shape[0]):
        one, other = widened(load_like(upper, (i, 0), zero)), widened(load_like(lower, (i, 0), zero))
        store(X, (i, 0), add(one, other))


@inlined
def _rounded(number, i, j):
    """One of the two bfloat16 next to a float32, each as likely as it is near: the upper half of its bits.

    To the nearest would move equal entries all one way, which adds up; so the place (i, j) decides, as if by chance,
    and (j, i) the same.
    """
    # a hash of the place, the same for (i, j) and (j, i): its upper half is the chance
    mixed = np.uint32((i * np.uint32(0x9E3779B1)) ^ (j * np.uint32(0x9E3779B1)) ^ ((i + j) * np.uint32(0xC2B2AE35)))
    mixed = np.uint32((mixed ^ (mixed >> np.uint32(15))) * np.uint32(0x85EBCA6B))
    # added below the bits that are kept, it carries into them as often as what is cut off is large
    return np.uint32(np.float32(number).view(np.uint32) + (mixed >> np.uint32(16))) >> np.uint32(16)


@kernel
def pack_rows(first, indptr, indices, data, dense, starts, places, values, errors):
    """Rows of a CSR matrix, from row ``first`` on, as a tile.

    indptr (n + 1,) into indices and data (float32), columns rising; dense (n, 2 w) uint16, zeros; starts (n + 1,),
    starts[0] set; places and values (uint16) with room for what lies beyond column 2 w and one more in each row;
    errors (n,) float64, the sum of the squares of what rounding took from each row.
    """
    width = dense.shape[1]
    for i in range(indptr.size - 1):
        row, used, error = np.uint32(first + i), starts[i], 0.0
        for k in range(indptr[i], indptr[i + 1]):
            # round the entry, and add up what that takes from it
            kept = _rounded(data[k], row, np.uint32(indices[k]))
            error += np.float64(data[k] - np.uint32(kept << np.uint32(16)).view(np.float32)) ** 2
            # the frequent columns are dense, the others sparse
            if indices[k] < width:
                dense[i, indices[k]] = kept
            else:
                places[used], values[used] = indices[k], kept
                used += 1
        # products take sparse entries two by two: an odd row gets one more, of value 0
        if (used - starts[i]) % 2:
            places[used], values[used] = places[used - 1], 0
            used += 1
        starts[i + 1], errors[i] = used, error
