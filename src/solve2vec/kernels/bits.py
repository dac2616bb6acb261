"""Sixty-four at a time: which numbers are not zero, as the bits of one word; and such words taken apart.

Finding the few entries of a long row takes a test and a jump for each 64 of them instead of for each.  LLVM makes
four instructions of a test where registers are long, and a few more where they are short.
"""

import numpy as np
from llvmlite import ir
from numba import types

from .lanes import choose

GROUP = 64
_WORD = ir.IntType(64)


def _nonzero_code(typing_context, array, at):
    def generate(context, builder, signature, arguments):
        kind = signature.args[0]
        vector = ir.VectorType(context.get_value_type(kind.dtype), GROUP)
        data = context.make_array(kind)(context, builder, arguments[0]).data
        place = builder.bitcast(builder.gep(data, [arguments[1]]), vector.as_pointer())
        numbers = builder.load(place, align=kind.dtype.bitwidth // 8)
        return builder.bitcast(builder.icmp_unsigned("!=", numbers, ir.Constant(vector, None)), _WORD)

    return types.uint64(array, types.int64), generate


def _lowest_code(typing_context, bits):
    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.IntType(1)(0))

    return types.uint64(types.uint64), generate


def _drop_code(typing_context, bits):
    def generate(context, builder, signature, arguments):
        return builder.and_(arguments[0], builder.sub(arguments[0], _WORD(1)))

    return types.uint64(types.uint64), generate


def _count_code(typing_context, bits):
    def generate(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), generate


def _plain_nonzero(array, at):
    return np.packbits(array[at : at + GROUP] != 0, bitorder="little").view(np.uint64)[0]


def _plain_lowest(bits):
    return np.uint64((int(bits) & -int(bits)).bit_length() - 1 if bits else 64)


nonzero = choose(_nonzero_code, _plain_nonzero)  # of array[at : at + 64], integers: bit n tells of array[at + n]
lowest = choose(_lowest_code, _plain_lowest)  # the number of the lowest bit that is set; 64 without any
drop = choose(_drop_code, lambda bits: bits & np.uint64(max(0, int(bits) - 1)))  # without the lowest bit that is set
count = choose(_count_code, lambda bits: int(bits).bit_count())  # how many bits are set
