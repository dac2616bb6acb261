"""float32 to bfloat16: blocks of vectors, what is left over carried on; entries of a matrix, as if by chance."""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types

from ..lanes import LEAN, choose
from .arithmetic import FLOATS, HALVES, INT32, INT64, WIDTH, WORDS, matrix, nearest, row, widened


def _every(number: int) -> Any:
    return WORDS([number] * WIDTH)


def _nearest(builder, x):
    """The upper halves of the bfloat16 next to 32 floats, of two the even one, in 32 bits each."""
    bits = builder.bitcast(x, WORDS)
    odd = builder.and_(builder.lshr(bits, _every(16)), _every(1))
    return builder.lshr(builder.add(bits, builder.add(odd, _every(0x7FFF))), _every(16))


def _widened(builder, halves):
    return builder.bitcast(builder.shl(halves, _every(16)), FLOATS)


def _load(context, builder, kind, halves, i):
    """Row i of halves, in 32 bits each."""
    return builder.zext(builder.load(row(context, builder, kind, halves, i, HALVES), align=2), WORDS)


def _carry_down(builder, x, left_over, out):
    """Store 32 floats as bfloat16, with what was left over of those before; and what is left over of them."""
    x = builder.fadd(x, builder.load(left_over, align=4))
    kept = _nearest(builder, x)
    builder.store(builder.fsub(x, _widened(builder, kept)), left_over, align=4)
    builder.store(builder.trunc(kept, HALVES), out, align=2)


def _narrow_code(typing_context, X, left_over, i, upper):
    """upper[i] = X[i] as bfloat16, with what was left over of the row before; and what is left over of it."""

    def generate(context, builder, signature, arguments):
        X, left_over, i, upper = arguments
        kinds = signature.args
        x = builder.load(row(context, builder, kinds[0], X, i, FLOATS), align=4)
        carried = row(context, builder, kinds[1], left_over, INT64(0), FLOATS)
        _carry_down(builder, x, carried, row(context, builder, kinds[3], upper, i, HALVES))
        return context.get_dummy_value()

    return types.void(X, left_over, types.int64, upper), generate


def _plain_narrow(X, left_over, i, upper):
    exact = X[i] + left_over[0]
    upper[i] = nearest(exact)
    left_over[0] = exact - widened(upper[i])


def _pair_code(typing_context, halves, i, pairs):
    """pairs[i / 2] = halves[i] and halves[i + 1] side by side."""

    def generate(context, builder, signature, arguments):
        halves, i, pairs = arguments
        kinds, next_one = signature.args, builder.add(i, INT64(1))
        one, other = (_load(context, builder, kinds[0], halves, place) for place in (i, next_one))
        y = row(context, builder, kinds[2], pairs, builder.lshr(i, INT64(1)), WORDS)
        builder.store(builder.or_(one, builder.shl(other, _every(16))), y, align=4)
        return context.get_dummy_value()

    return types.void(halves, types.int64, pairs), generate


def _plain_pair(halves, i, pairs):
    pairs[i // 2] = halves[i].astype(np.uint32) | (halves[i + 1].astype(np.uint32) << 16)


def _lower_code(typing_context, X, upper, left_over, i, lower):
    """lower[i] = what upper[i] lacks of X[i] as bfloat16, carried down in the same way."""

    def generate(context, builder, signature, arguments):
        X, upper, left_over, i, lower = arguments
        kinds = signature.args
        x = builder.load(row(context, builder, kinds[0], X, i, FLOATS), align=4)
        x = builder.fsub(x, _widened(builder, _load(context, builder, kinds[1], upper, i)))
        carried = row(context, builder, kinds[2], left_over, INT64(0), FLOATS)
        _carry_down(builder, x, carried, row(context, builder, kinds[4], lower, i, HALVES))
        return context.get_dummy_value()

    return types.void(X, upper, left_over, types.int64, lower), generate


def _plain_lower(X, upper, left_over, i, lower):
    exact = X[i] - widened(upper[i]) + left_over[0]
    lower[i] = nearest(exact)
    left_over[0] = exact - widened(lower[i])


def _joined_code(typing_context, upper, lower, i, X):
    """X[i] = upper[i] + lower[i]."""

    def generate(context, builder, signature, arguments):
        upper, lower, i, X = arguments
        kinds = signature.args
        one = _widened(builder, _load(context, builder, kinds[0], upper, i))
        other = _widened(builder, _load(context, builder, kinds[1], lower, i))
        builder.store(builder.fadd(one, other), row(context, builder, kinds[3], X, i, FLOATS), align=4)
        return context.get_dummy_value()

    return types.void(upper, lower, types.int64, X), generate


def _plain_joined(upper, lower, i, X):
    X[i] = widened(upper[i]) + widened(lower[i])


def _bits_code(typing_context, number):
    """The bits of a float32."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], INT32)

    return types.uint32(types.float32), generate


def _number_code(typing_context, bits):
    """The float32 of these bits."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.FloatType())

    return types.float32(types.uint32), generate


_bits = choose(_bits_code, lambda number: number.view(np.uint32))
_number = choose(_number_code, lambda bits: bits.view(np.float32))
_narrow, _pair = choose(_narrow_code, _plain_narrow), choose(_pair_code, _plain_pair)
_lower, _joined = choose(_lower_code, _plain_lower), choose(_joined_code, _plain_joined)
_FLOATS, _HALVES, _PAIRS = matrix(types.float32), matrix(types.uint16), matrix(types.uint32)


@njit(types.void(_FLOATS, _FLOATS, _HALVES, _PAIRS), **LEAN)
def narrow_block(X, left_over, halves, pairs):
    """A block (n, 32) float32 as bfloat16: halves (n, 32) uint16 row by row, pairs (n / 2, 32) uint32 two by two.

    What rounding takes from an entry is added to the next one below: where the rows of a matrix are much alike, errors
    that add up would be multiplied by its largest eigenvalue.  n even; left_over (1, 32) float32, zeros, is for that;
    rows of all have their entries side by side.
    """
    for i in range(0, X.shape[0], 2):
        _narrow(X, left_over, i, halves)
        _narrow(X, left_over, i + 1, halves)
        _pair(halves, i, pairs)


@njit(types.void(_FLOATS, _FLOATS, _HALVES, _HALVES), **LEAN)
def split_block(X, left_over, upper, lower):
    """A block (n, 32) float32 as two of bfloat16: upper as :func:`narrow_block` makes it, lower what that lacks.

    left_over (2, 32) float32, zeros.
    """
    for i in range(X.shape[0]):
        _narrow(X, left_over[:1], i, upper)
        _lower(X, upper, left_over[1:], i, lower)


@njit(types.void(_HALVES, _HALVES, _FLOATS), **LEAN)
def join_block(upper, lower, X):
    """X (n, 32) float32 = upper + lower, (n, 32) uint16 each: sixteen of 24 significant bits of what was split."""
    for i in range(X.shape[0]):
        _joined(upper, lower, i, X)


@njit(**LEAN)
def _rounded(number, i, j):
    """One of the two bfloat16 next to a float32, each as likely as it is near: the upper half of its bits.

    To the nearest would move equal entries all one way, which adds up; so the place (i, j) decides, as if by chance,
    and (j, i) the same.
    """
    mixed = np.uint32((i * np.uint32(0x9E3779B1)) ^ (j * np.uint32(0x9E3779B1)) ^ ((i + j) * np.uint32(0xC2B2AE35)))
    mixed = np.uint32((mixed ^ (mixed >> np.uint32(15))) * np.uint32(0x85EBCA6B))
    return np.uint32(_bits(number) + (mixed >> np.uint32(16))) >> np.uint32(16)


@njit(**LEAN)
def pack_rows(first, indptr, indices, data, dense, starts, places, values, errors):
    """Rows of a CSR matrix, from row ``first`` on, as a tile.

    indptr (n + 1,) into indices and data (float32), columns rising; dense (n, 2 w) uint16, zeros; starts (n + 1,),
    starts[0] set; places and values (uint16) with room for what lies beyond column 2 w and one more in each row;
    errors (n,) float64, the sum of the squares of what rounding took from each row.
    """
    width = dense.shape[1]
    for i in range(indptr.size - 1):
        here, used, error = np.uint32(first + i), starts[i], 0.0
        for k in range(indptr[i], indptr[i + 1]):
            kept = _rounded(data[k], here, np.uint32(indices[k]))
            error += np.float64(data[k] - _number(np.uint32(kept << np.uint32(16)))) ** 2
            if indices[k] < width:
                dense[i, indices[k]] = kept
            else:
                places[used], values[used] = indices[k], kept
                used += 1
        if (used - starts[i]) % 2:  # taken two by two
            places[used], values[used] = places[used - 1], 0
            used += 1
        starts[i + 1], errors[i] = used, error
