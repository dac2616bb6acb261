"""Sixteen float32 at a time: a register's worth of columns as one value inside kernels, and words threads agree on.

What a loop over columns would be turned into by a compiler that knew everything is written down here: operations
in one fixed order, so a column's bits never depend on where a loop began.  On processors with shorter registers
LLVM splits each value.  Without the compiler (``NUMBA_DISABLE_JIT``) they are plain NumPy rows.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import config, njit, types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

# A model is some forty arrays.  numba counts references to each of them at every call and look, which costs more than
# the arithmetic, and threads would share the counters: three times the speed without.  Nothing here allocates, and
# who calls a kernel holds its arrays.
LEAN: dict[str, Any] = {"nogil": True, "cache": True, "_nrt": False}
kernel, inlined = njit(**LEAN), njit(**LEAN, forceinline=True)

WIDTH = 16  # float32 in a cache line, and in the longest register there is
_VECTOR = ir.VectorType(ir.FloatType(), WIDTH)
_INDEX = ir.IntType(32)
_is_plain = config.DISABLE_JIT  # type: ignore[attr-defined]


class Lanes(types.Type):
    """The type of sixteen float32, inside kernels only."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")


LANES = Lanes()


@register_model(Lanes)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


def _place(context, builder, kind, array, at, of=_VECTOR):
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [at]), of.as_pointer())


def _load_code(typing_context, array, at):
    def generate(context, builder, signature, arguments):
        return builder.load(_place(context, builder, signature.args[0], *arguments), align=4)

    return LANES(array, types.int64), generate


def _store_code(typing_context, array, at, lanes):
    def generate(context, builder, signature, arguments):
        place = _place(context, builder, signature.args[0], *arguments[:2])
        builder.store(arguments[2], place, align=4)
        return context.get_dummy_value()

    return types.void(array, types.int64, LANES), generate


def spread(builder, number, vector):
    """A vector of LLVM's whose entries all are ``number``."""
    nothing, everywhere = ir.Constant(vector, ir.Undefined), ir.VectorType(_INDEX, vector.count)(None)
    return builder.shuffle_vector(builder.insert_element(nothing, number, _INDEX(0)), nothing, everywhere)


def _fill_code(typing_context, number):
    def generate(context, builder, signature, arguments):
        return spread(builder, arguments[0], _VECTOR)

    return LANES(types.float32), generate


def _fma_code(typing_context, a, b, c):
    def generate(context, builder, signature, arguments):
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
        fused = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{WIDTH}f32")
        return builder.call(fused, arguments)

    return LANES(LANES, LANES, LANES), generate


def _total_code(typing_context, lanes):
    def generate(context, builder, signature, arguments):
        (value,) = arguments
        half = WIDTH // 2
        while half:  # lane n plus lane n + half: one order, whatever the processor
            mask = [n + half if n < half else 0 for n in range(WIDTH)]
            other = builder.shuffle_vector(value, ir.Constant(_VECTOR, ir.Undefined), ir.Constant(
                ir.VectorType(_INDEX, WIDTH), mask))  # fmt: skip
            value = builder.fadd(value, other)
            half //= 2
        return builder.extract_element(value, _INDEX(0))

    return types.float32(LANES), generate


def _add_shared_code(typing_context, array, at, amount):
    def generate(context, builder, signature, arguments):
        place = _place(context, builder, signature.args[0], arguments[0], arguments[1], ir.IntType(64))
        return builder.atomic_rmw("add", place, arguments[2], "seq_cst")

    return types.int64(array, types.int64, types.int64), generate


def _read_shared_code(typing_context, array, at):
    def generate(context, builder, signature, arguments):
        place = _place(context, builder, signature.args[0], arguments[0], arguments[1], ir.IntType(64))
        return builder.load_atomic(place, "seq_cst", 8)

    return types.int64(array, types.int64), generate


def _bring_code(typing_context, array, at):
    def generate(context, builder, signature, arguments):
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        place = builder.bitcast(_place(context, builder, signature.args[0], *arguments), byte)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        read, keep, data_cache = number(0), number(3), number(1)
        builder.call(builder.module.declare_intrinsic("llvm.prefetch", [byte], kind), [place, read, keep, data_cache])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


def _plain_add_shared(array, at, amount):
    array[at] += amount
    return array[at] - amount


def _plain_store(array, at, lanes):
    array[at : at + WIDTH] = lanes


def _plain_fma(a, b, c):
    return (a.astype(np.float64) * b + c).astype(np.float32)


def _plain_total(lanes):
    lanes, half = lanes.copy(), WIDTH // 2
    while half:
        lanes = lanes[:half] + lanes[half : 2 * half]
        half //= 2
    return lanes[0]


def choose(code: Any, plain: Any) -> Any:
    """The intrinsic that ``code`` makes, or what does the same without the compiler."""
    return plain if _is_plain else intrinsic(code)


load = choose(_load_code, lambda array, at: array[at : at + WIDTH].copy())
store = choose(_store_code, _plain_store)
fill = choose(_fill_code, lambda number: np.full(WIDTH, number, np.float32))
fma = choose(_fma_code, _plain_fma)
total = choose(_total_code, _plain_total)
bring = choose(_bring_code, lambda array, at: None)  # a cache line nearer; it changes no result
add_shared = choose(_add_shared_code, _plain_add_shared)
read_shared = choose(_read_shared_code, lambda array, at: array[at])
