"""Sixty-four numbers at a time: which of them are not zero, as the bits of one word.

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
        return builder.cttz(arguments[0], ir.IntType(1)(1))

    return types.uint64(types.uint64), generate


def _plain_nonzero(array, at):
    return np.packbits(array[at : at + GROUP] != 0, bitorder="little").view(np.uint64)[0]


def _plain_lowest(bits):
    return np.uint64((int(bits) & -int(bits)).bit_length() - 1)


nonzero = choose(_nonzero_code, _plain_nonzero)  # of array[at : at + 64], integers: bit n tells of array[at + n]
lowest = choose(_lowest_code, _plain_lowest)  # the number of the lowest bit that is set; one must be
