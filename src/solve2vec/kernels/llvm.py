"""What kernels ask of the compiler beyond Python: vectors in registers, bits, bfloat16, atomic numbers, prefetching.

The only file that knows LLVM.  Each operation is a function of NumPy arrays; :func:`lowered` adds what compiled kernels
do instead.  With ``NUMBA_DISABLE_JIT`` kernels call the functions as they stand here, with NumPy rows for vectors.

Operations have one fixed order, so no entry of a vector depends on where a loop began.  Where registers are shorter
than vectors, LLVM splits them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import config, njit, types
from numba.core import cgutils
from numba.extending import lower_builtin, models, register_model, type_callable

# A model is some forty arrays.  numba counts references to each of them at every call and look, which costs more than
# the arithmetic, and threads would share the counters: three times the speed without.  Nothing here allocates, and
# who calls a kernel holds its arrays.
LEAN: dict[str, Any] = {"nogil": True, "cache": True, "_nrt": False}
kernel = njit(**LEAN)

# Functions that kernels alone call, without the wrappers for Python, which take as long to compile as the functions:
# called from Python, they crash.
_INNER: dict[str, Any] = {"nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_INLINED: dict[str, Any] = {"_nrt": False, "forceinline": True}
inner, inlined = njit(**_INNER), njit(**_INNER, **_INLINED)

IS_INTERPRETED = bool(config.DISABLE_JIT)  # type: ignore[attr-defined]
# of the processor that numba compiles for
_FEATURES = {} if config.CPU_NAME else binding.get_host_cpu_features()  # type: ignore[attr-defined]
HAS_PAIRS = bool(_FEATURES.get("avx512bf16"))
ROWS = 8 if _FEATURES.get("avx512f") else 2  # of a product whose sums the registers hold; no bit depends on it
LANES, GROUP = 16, 64  # numbers of a vector of float32, and of bits in a word
_I1, _I8, _I16, _I32, _I64 = (ir.IntType(bits) for bits in (1, 8, 16, 32, 64))


def matrix(number: Any, dimensions: int = 2) -> Any:
    """numba's type of a matrix, or a stack of them, of any strides: one kernel for all."""
    return types.Array(number, dimensions, "A")


class Vector(types.Type):
    """numba's type of ``count`` numbers side by side, inside kernels only."""

    def __init__(self, number: Any, count: int) -> None:
        super().__init__(name=f"Vector({number}, {count})")
        self.number, self.count = number, count


@register_model(Vector)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Vector) -> None:
        super().__init__(manager, kind, ir.VectorType(manager[kind.number].get_value_type(), kind.count))


def lowered(function: Callable, signature: Callable) -> Callable:
    """Register code for calls of ``function`` in kernels; ``signature`` gives numba's from the arguments' types.

    The code is a function of numba's context, LLVM's builder, numba's signature, and the arguments' LLVM values.
    """

    def register(code: Callable) -> Callable:
        def build(context: Any, builder: Any, types_of: Any, arguments: Any) -> Any:
            value = code(context, builder, types_of, *arguments)
            return context.get_dummy_value() if value is None else value

        type_callable(function)(lambda context: signature)
        lower_builtin(function, types.VarArg(types.Any))(build)
        return code

    return register


def _place(at: Any) -> Any:
    """numba's type of an index, or of one for each dimension."""
    return types.UniTuple(types.int64, len(at)) if isinstance(at, types.BaseTuple) else types.int64


def _pointer(context: Any, builder: Any, kind: Any, array: Any, at: Any, of: Any) -> Any:
    """Where ``array[at]`` lies, as a pointer to ``of``."""
    view = context.make_array(kind)(context, builder, array)
    indices = cgutils.unpack_tuple(builder, at) if isinstance(at.type, ir.ArrayType) else [at]
    shape, strides = (cgutils.unpack_tuple(builder, part, kind.ndim) for part in (view.shape, view.strides))
    place = cgutils.get_item_pointer2(context, builder, view.data, shape, strides, kind.layout, indices)
    return builder.bitcast(place, of.as_pointer())


def _bytes(kind: Any) -> int:
    return kind.bitwidth // 8


def _spread(builder: Any, number: Any, vector: Any) -> Any:
    """An LLVM vector whose entries all are ``number``."""
    undefined, first = ir.Constant(vector, ir.Undefined), ir.VectorType(_I32, vector.count)(None)
    return builder.shuffle_vector(builder.insert_element(undefined, number, _I32(0)), undefined, first)


def _shuffle(builder: Any, one: Any, other: Any, places: list[int]) -> Any:
    """The entries of two vectors side by side at these places."""
    return builder.shuffle_vector(one, other, ir.Constant(ir.VectorType(_I32, len(places)), places))


def _is_tuple(kind: Any) -> bool:
    return isinstance(kind, types.UniTuple)


# Vectors.


def _fill(count: int) -> Callable:
    def fill(number):
        return np.full(count, number)

    @lowered(fill, lambda number: Vector(number, count)(number))
    def _code(context, builder, signature, number):
        return _spread(builder, number, context.get_value_type(signature.return_type))

    return fill


fill, fill_8, fill_32 = _fill(LANES), _fill(8), _fill(32)  # a vector whose entries all are one number


def load_like(array, at, vector):
    """As many numbers as ``vector`` has, from ``array[at]`` on, along the last dimension."""
    *rows, first = at if isinstance(at, tuple) else (at,)
    return array[(*rows, slice(first, first + len(vector)))].copy()


@lowered(load_like, lambda array, at, vector: Vector(array.dtype, vector.count)(array, _place(at), vector))
def _load_like(context, builder, signature, array, at, vector):
    of = context.get_value_type(signature.return_type)
    kind = signature.args[0]
    return builder.load(_pointer(context, builder, kind, array, at, of), align=_bytes(kind.dtype))


def load(array, at):
    """Sixteen numbers from ``array[at]`` on."""
    return array[at : at + LANES].copy()


@lowered(load, lambda array, at: Vector(array.dtype, LANES)(array, _place(at)))
def _load(context, builder, signature, array, at):
    return _load_like(context, builder, signature, array, at, None)


def store(array, at, vector):
    """Store a vector from ``array[at]`` on."""
    *rows, first = at if isinstance(at, tuple) else (at,)
    array[(*rows, slice(first, first + len(vector)))] = vector


@lowered(store, lambda array, at, vector: types.void(array, _place(at), vector))
def _store(context, builder, signature, array, at, vector):
    kind = signature.args[0]
    builder.store(vector, _pointer(context, builder, kind, array, at, vector.type), align=_bytes(kind.dtype))


def fma(a, b, c):
    """A b + c, rounded once where that can be; a is a vector or one number for all entries."""
    return (np.float64(a) * b + c).astype(c.dtype)


@lowered(fma, lambda a, b, c: c(a if isinstance(a, Vector) else c.number, c, c))
def _fma(context, builder, signature, a, b, c):
    vector, size = c.type, signature.return_type.number.bitwidth
    a = a if a.type == vector else _spread(builder, a, vector)
    kind = ir.FunctionType(vector, [vector] * 3)
    fused = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{vector.count}f{size}")
    return builder.call(fused, [a, b, c])


def add(a, b):
    """A + b."""
    return a + b


def subtract(a, b):
    """A - b."""
    return a - b


lowered(add, lambda a, b: a(a, a))(lambda context, builder, signature, a, b: builder.fadd(a, b))
lowered(subtract, lambda a, b: a(a, a))(lambda context, builder, signature, a, b: builder.fsub(a, b))


def total(vector):
    """The sum of all entries: entry n plus entry n + half, until one is left."""
    while len(vector) > 1:
        vector = vector[: len(vector) // 2] + vector[len(vector) // 2 :]
    return vector[0]


@lowered(total, lambda vector: vector.number(vector))
def _total(context, builder, signature, vector):
    count = half = vector.type.count
    while half := half // 2:
        places = [n + half if n < half else 0 for n in range(count)]
        vector = builder.fadd(vector, _shuffle(builder, vector, ir.Constant(vector.type, ir.Undefined), places))
    return builder.extract_element(vector, _I32(0))


# Rows of a product: a tuple of vectors, the sums of each row.


def sums_like(vector):
    """``vector`` for each row whose sums the registers hold."""
    return (vector,) * ROWS


@lowered(sums_like, lambda vector: types.UniTuple(vector, ROWS)(vector))
def _sums_like(context, builder, signature, vector):
    return context.make_tuple(builder, signature.return_type, [vector] * ROWS)


def add_terms(A, i, k, x, sums):
    """``sums[r] + A[i + r, k] x`` for each r: of float32, or of pairs of bfloat16, for which see :func:`dot`."""
    return tuple((fma if A.dtype == np.float32 else dot)(A[i + r, k], x, part) for r, part in enumerate(sums))


@lowered(add_terms, lambda A, i, k, x, sums: sums(A, types.int64, types.int64, x, sums))
def _add_terms(context, builder, signature, A, i, k, x, sums):
    kind, vector = signature.args[0], signature.return_type.dtype
    number, code = context.get_value_type(kind.dtype), _fma if kind.dtype == types.float32 else _dot
    parts = []
    for r, part in enumerate(cgutils.unpack_tuple(builder, sums)):
        at = context.make_tuple(builder, types.UniTuple(types.int64, 2), [builder.add(i, _I64(r)), k])
        a = builder.load(_pointer(context, builder, kind, A, at, number))
        parts.append(code(context, builder, vector(kind.dtype, vector, vector), a, x, part))
    return context.make_tuple(builder, signature.return_type, parts)


def add_to_rows(Y, i, column, sums):
    """``Y[i + r, column …] += sums[r]`` for each r."""
    for r, part in enumerate(sums):
        Y[i + r, column : column + len(part)] += part


@lowered(add_to_rows, lambda Y, i, column, sums: types.void(Y, types.int64, types.int64, sums))
def _add_to_rows(context, builder, signature, Y, i, column, sums):
    kind = signature.args[0]
    for r, part in enumerate(cgutils.unpack_tuple(builder, sums)):
        at = context.make_tuple(builder, types.UniTuple(types.int64, 2), [builder.add(i, _I64(r)), column])
        y = _pointer(context, builder, kind, Y, at, part.type)
        builder.store(builder.fadd(builder.load(y, align=4), part), y, align=4)


# bfloat16, the upper half of a float32: in kernels as uint16, two of them side by side, a pair, as uint32.


class _BFloat(ir.Type):
    """LLVM's bfloat, which llvmlite has no name for."""

    def _to_string(self) -> str:
        return "bfloat"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _BFloat)

    def __hash__(self) -> int:
        return hash("bfloat")


def nearest(x):
    """The bits of the bfloat16 nearest to each float32, of two the even one: uint16."""
    bits = x.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


@lowered(nearest, lambda x: Vector(types.uint16, x.count)(x))
def _nearest(context, builder, signature, x):
    words = ir.VectorType(_I32, x.type.count)
    bits, one, sixteen, half = builder.bitcast(x, words), *(words([n] * words.count) for n in (1, 16, 0x7FFF))
    odd = builder.and_(builder.lshr(bits, sixteen), one)
    upper = builder.lshr(builder.add(bits, builder.add(odd, half)), sixteen)
    return builder.trunc(upper, context.get_value_type(signature.return_type))


def widened(halves):
    """The bits of bfloat16 as float32."""
    return (halves.astype(np.uint32) << 16).view(np.float32)


@lowered(widened, lambda halves: Vector(types.float32, halves.count)(halves))
def _widened(context, builder, signature, halves):
    words = ir.VectorType(_I32, halves.type.count)
    upper = builder.shl(builder.zext(halves, words), words([16] * words.count))
    return builder.bitcast(upper, context.get_value_type(signature.return_type))


# Two rows of 32 put side by side become pairs in the order that one instruction has: column 8 n + m stands at 4 n + m,
# or for m > 3 at 16 + 4 n + m - 4.
_LOW = [place for n in range(0, 32, 8) for m in range(4) for place in (n + m, 32 + n + m)]
_SIDE_BY_SIDE = _LOW + [place + 4 for place in _LOW]
_IN_ORDER = [c // 8 * 4 + c % 4 + (16 if c % 8 > 3 else 0) for c in range(32)]


def side_by_side(one, other):
    """Two rows of 32 bfloat16 as 32 pairs, one below, other above; compiled, in an order of their own."""
    return one | (other.astype(np.uint32) << 16)


@lowered(side_by_side, lambda one, other: Vector(types.uint32, 32)(one, other))
def _side_by_side(context, builder, signature, one, other):
    pairs = _shuffle(builder, one, other, _SIDE_BY_SIDE)
    return builder.bitcast(pairs, context.get_value_type(signature.return_type))


def in_order(vector):
    """What :func:`side_by_side` gave, or a tuple of sums of such pairs, in the order of the columns."""
    return vector


@lowered(in_order, lambda vector: vector(vector))
def _in_order(context, builder, signature, vector):
    kind = signature.return_type
    if _is_tuple(kind):
        parts = [_in_order(context, builder, kind.dtype(kind.dtype), v) for v in cgutils.unpack_tuple(builder, vector)]
        return context.make_tuple(builder, kind, parts)
    return _shuffle(builder, vector, ir.Constant(vector.type, ir.Undefined), _IN_ORDER)


def dot(pair, pairs, sums):
    """Sums + one pair times each of 32 pairs, the upper product added first.

    One instruction (AVX-512 BF16) multiplies sixteen pairs by sixteen.  Products of bfloat16 are exact in float32, so
    processors without it get the same bits in more steps.
    """
    upper, lower = np.uint32(0xFFFF0000), np.uint32(16)
    sums = sums + (pair & upper).view(np.float32) * (pairs & upper).view(np.float32)
    return sums + (pair << lower).view(np.float32) * (pairs << lower).view(np.float32)


@lowered(dot, lambda pair, pairs, sums: sums(types.uint32, pairs, sums))
def _dot(context, builder, signature, pair, pairs, sums):
    pair = _spread(builder, pair, pairs.type)
    if not HAS_PAIRS:
        upper, sixteen = (pairs.type([n] * 32) for n in (0xFFFF0000, 16))
        for take, by in ((builder.and_, upper), (builder.shl, sixteen)):
            a, b = (builder.bitcast(take(value, by), sums.type) for value in (pair, pairs))
            sums = builder.fadd(sums, builder.fmul(a, b))
        return sums
    halves, floats = ir.VectorType(_BFloat(), 32), ir.VectorType(ir.FloatType(), 16)
    kind = ir.FunctionType(floats, [floats, halves, halves])
    called = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.avx512bf16.dpbf16ps.512")
    parts = []
    for n in (0, 16):
        part, a, b = (_shuffle(builder, v, v, list(range(n, n + 16))) for v in (sums, pair, pairs))
        parts.append(builder.call(called, [part, builder.bitcast(a, halves), builder.bitcast(b, halves)]))
    return _shuffle(builder, parts[0], parts[1], list(range(32)))


# Bits of words, and bytes as words.


def equal(array, at, number):
    """Which of ``array[at : at + 64]``, integers, are ``number``: bit n tells of ``array[at + n]``.

    LLVM makes four instructions of it where registers are long, and a few more where they are short.
    """
    return np.packbits(array[at : at + GROUP] == number, bitorder="little").view(np.uint64)[0]


@lowered(equal, lambda array, at, number: types.uint64(array, types.int64, array.dtype))
def _equal(context, builder, signature, array, at, number):
    kind = signature.args[0]
    vector = ir.VectorType(context.get_value_type(kind.dtype), GROUP)
    numbers = builder.load(_pointer(context, builder, kind, array, at, vector), align=_bytes(kind.dtype))
    return builder.bitcast(builder.icmp_unsigned("==", numbers, _spread(builder, number, vector)), _I64)


def lowest(bits):
    """The number of the lowest bit that is set; 64 without any."""
    return np.uint64((int(bits) & -int(bits)).bit_length() - 1 if bits else 64)


def drop(bits):
    """Drop the lowest bit that is set."""
    return bits & np.uint64(max(0, int(bits) - 1))


def count(bits):
    """How many bits are set."""
    return int(bits).bit_count()


def times(a, b):
    """A b modulo 2^64."""
    return np.uint64(int(a) * int(b) % 2**64)


_word_of = types.uint64(types.uint64)
lowered(lowest, lambda bits: _word_of)(lambda context, builder, signature, bits: builder.cttz(bits, _I1(0)))
lowered(drop, lambda bits: _word_of)(
    lambda context, builder, signature, bits: builder.and_(bits, builder.sub(bits, _I64(1)))
)
lowered(count, lambda bits: types.int64(types.uint64))(lambda context, builder, signature, bits: builder.ctpop(bits))
lowered(times, lambda a, b: types.uint64(types.uint64, types.uint64))(
    lambda context, builder, signature, a, b: builder.mul(a, b)
)


def load_word(array, at):
    """Eight bytes, wherever they begin, as one number."""
    return np.uint64(int.from_bytes(array[at : at + 8].tobytes(), "little"))


@lowered(load_word, lambda array, at: types.uint64(array, types.int64))
def _load_word(context, builder, signature, array, at):
    return builder.load(_pointer(context, builder, signature.args[0], array, at, _I64), align=1)


def store_word(array, at, word):
    """Store a number as eight bytes."""
    array[at : at + 8] = np.frombuffer(int(word).to_bytes(8, "little"), np.uint8)


@lowered(store_word, lambda array, at, word: types.void(array, types.int64, types.uint64))
def _store_word(context, builder, signature, array, at, word):
    builder.store(word, _pointer(context, builder, signature.args[0], array, at, _I64), align=1)


# Memory: what threads agree on, and what is on its way.


def add_shared(array, at, amount):
    """Add to an int64 that other threads add to as well; what it was before."""
    array[at] += amount
    return array[at] - amount


@lowered(add_shared, lambda array, at, amount: types.int64(array, types.int64, types.int64))
def _add_shared(context, builder, signature, array, at, amount):
    place = _pointer(context, builder, signature.args[0], array, at, _I64)
    return builder.atomic_rmw("add", place, amount, "seq_cst")


def read_shared(array, at):
    """Read an int64 that other threads add to."""
    return array[at]


@lowered(read_shared, lambda array, at: types.int64(array, types.int64))
def _read_shared(context, builder, signature, array, at):
    return builder.load_atomic(_pointer(context, builder, signature.args[0], array, at, _I64), "seq_cst", 8)


def prefetch(array, at):
    """Bring the cache line of ``array[at]`` nearer; it changes no result."""


@lowered(prefetch, lambda array, at: types.void(array, types.int64))
def _prefetch(context, builder, signature, array, at):
    place = _pointer(context, builder, signature.args[0], array, at, _I8)
    kind = ir.FunctionType(ir.VoidType(), [place.type, _I32, _I32, _I32])
    read, keep, data_cache = _I32(0), _I32(3), _I32(1)
    builder.call(builder.module.declare_intrinsic("llvm.prefetch", [place.type], kind), [place, read, keep, data_cache])


_has_yield = not IS_INTERPRETED and binding.address_of_symbol(
    "sched_yield"
)  # plain Python, and some systems, have none
give_way: Any = types.ExternalFunction("sched_yield", types.int32()) if _has_yield else njit(lambda: np.int32(0))
