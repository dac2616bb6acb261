"""bfloat16 inside kernels: the instruction that multiplies pairs of them, and what else LLVM has to be told.

A bfloat16 is the upper half of a float32: eight of its 24 significant bits.  Two of them side by side in 32 bits are
a *pair*, and one instruction (AVX-512 BF16) multiplies sixteen pairs by sixteen and adds all 32 products to sixteen
float32.  Products of bfloat16 are exact in float32, so processors without it get the same bits in more steps.
"""

from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import config, types
from numba.core import cgutils

from ..lanes import spread

WIDTH = 32  # vectors in a block: two registers of sums for each row
# of the processor that numba compiles for
_FEATURES = {} if config.CPU_NAME else binding.get_host_cpu_features()  # type: ignore[attr-defined]
HAS_PAIRS = bool(_FEATURES.get("avx512bf16"))
ROWS = 8 if _FEATURES.get("avx512f") else 2  # whose sums the registers hold
INT16, INT32, INT64 = ir.IntType(16), ir.IntType(32), ir.IntType(64)
PAIRS, HALVES, WORDS = ir.VectorType(INT32, WIDTH // 2), ir.VectorType(INT16, WIDTH), ir.VectorType(INT32, WIDTH)
SUM, FLOATS = ir.VectorType(ir.FloatType(), WIDTH // 2), ir.VectorType(ir.FloatType(), WIDTH)


def mask(places: list[int]) -> Any:
    """Which entries a shuffle takes, as LLVM wants it."""
    return ir.Constant(ir.VectorType(INT32, len(places)), places)


# Two rows of 32 put side by side become two vectors of pairs, in the order that one instruction each has: column
# 8 n + m stands at 4 n + m of the first, or for m > 3 at 4 n + m - 4 of the second.
_LOW = [place for n in range(0, WIDTH, 8) for m in range(4) for place in (n + m, WIDTH + n + m)]
_SIDE_BY_SIDE = mask(_LOW), mask([place + 4 for place in _LOW])
_IN_ORDER = mask([c // 8 * 4 + c % 4 + (WIDTH // 2 if c % 8 > 3 else 0) for c in range(WIDTH)])


class _BFloat(ir.Type):
    """LLVM's bfloat, which llvmlite has no name for."""

    def _to_string(self) -> str:
        return "bfloat"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _BFloat)

    def __hash__(self) -> int:
        return hash("bfloat")


def dot(builder: Any, sums: Any, a: Any, b: Any) -> Any:
    """sums + the sixteen pairs a times the sixteen pairs b, the second of each pair first."""
    if HAS_PAIRS:
        kind = ir.VectorType(_BFloat(), WIDTH)
        function = ir.FunctionType(SUM, [SUM, kind, kind])
        called = cgutils.get_or_insert_function(builder.module, function, "llvm.x86.avx512bf16.dpbf16ps.512")
        return builder.call(called, [sums, builder.bitcast(a, kind), builder.bitcast(b, kind)])
    upper, sixteen = PAIRS([0xFFFF0000] * (WIDTH // 2)), PAIRS([16] * (WIDTH // 2))
    for x, y in (
        (builder.and_(a, upper), builder.and_(b, upper)),
        (builder.shl(a, sixteen), builder.shl(b, sixteen)),
    ):
        sums = builder.fadd(sums, builder.fmul(builder.bitcast(x, SUM), builder.bitcast(y, SUM)))
    return sums


def add_dots(builder: Any, parts: list[Any], pair: Any, vectors: list[Any]) -> None:
    """Add one pair times each vector of pairs to the sums at ``parts``."""
    for part, x in zip(parts, vectors, strict=True):
        builder.store(dot(builder, builder.load(part), spread(builder, pair, PAIRS), x), part)


def no_sums(builder: Any, rows: int) -> list[list[Any]]:
    """Places for the sums of so many rows, two vectors each, at zero."""
    return [[cgutils.alloca_once_value(builder, SUM(None)) for _ in range(2)] for _ in range(rows)]


def side_by_side(builder: Any, rows: list[Any]) -> list[Any]:
    """Two rows of 32 halves as two vectors of pairs, columns out of order."""
    return [builder.bitcast(builder.shuffle_vector(*rows, place), PAIRS) for place in _SIDE_BY_SIDE]


def in_order(builder: Any, sums: list[Any]) -> Any:
    """Sums of such pairs as 32 floats in the order of their columns."""
    return builder.shuffle_vector(*sums, _IN_ORDER)


def base(context: Any, builder: Any, kind: Any, array: Any) -> tuple[Any, list[Any]]:
    """The address of an array's first byte, and its strides."""
    made = context.make_array(kind)(context, builder, array)
    return builder.bitcast(made.data, ir.IntType(8).as_pointer()), cgutils.unpack_tuple(builder, made.strides)


def at(builder: Any, start: Any, offset: Any, of: Any) -> Any:
    """What lies so many bytes behind ``start``."""
    return builder.bitcast(builder.gep(start, [offset]), of.as_pointer())


def row(context: Any, builder: Any, kind: Any, array: Any, i: Any, of: Any) -> Any:
    """Where row i of a matrix begins."""
    start, steps = base(context, builder, kind, array)
    return at(builder, start, builder.mul(i, steps[0]), of)


def matrix(number: Any) -> Any:
    """numba's type of a matrix of any strides."""
    return types.Array(number, 2, "A")


def stack(number: Any) -> Any:
    """numba's type of a stack of matrices of any strides."""
    return types.Array(number, 3, "A")


def nearest(x: np.ndarray) -> np.ndarray:
    """The bits of the bfloat16 nearest to each float32, of two the even one: uint16."""
    bits = x.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def widened(halves: np.ndarray) -> np.ndarray:
    """The bits of bfloat16 as float32."""
    return (halves.astype(np.uint32) << 16).view(np.float32)
