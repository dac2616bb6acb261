"""bfloat16 kernels: tiles of a matrix, dense to the left and sparse beyond, times a block of 32 vectors.

A bfloat16 is the upper half of a float32: eight of its 24 significant bits.  Two of them side by side in 32 bits are
a *pair*, and one instruction (AVX-512 BF16) multiplies sixteen pairs by sixteen and adds all 32 products to sixteen
float32.  Products of bfloat16 are exact in float32, so processors without it get the same bits in more steps.
"""

from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import config, njit, types
from numba.core import cgutils

from .lanes import LEAN, choose, spread

WIDTH = 32  # vectors in a block: two registers of sums for each row
DEPTH = 256  # pairs of terms summed in registers: 32 KiB of the block, a first cache
# of the processor that numba compiles for
_FEATURES = {} if config.CPU_NAME else binding.get_host_cpu_features()  # type: ignore[attr-defined]
HAS_PAIRS = bool(_FEATURES.get("avx512bf16"))
ROWS = 8 if _FEATURES.get("avx512f") else 2  # whose sums the registers hold
SUMS = 2  # of a sparse row that do not wait for each other
_HALF, _INT, _LONG, _FLOAT = ir.IntType(16), ir.IntType(32), ir.IntType(64), ir.FloatType()
_PAIRS, _HALVES = ir.VectorType(_INT, WIDTH // 2), ir.VectorType(_HALF, WIDTH)
_SUMS, _ALL = ir.VectorType(_FLOAT, WIDTH // 2), ir.VectorType(_FLOAT, WIDTH)


def _mask(places: list[int]) -> Any:
    return ir.Constant(ir.VectorType(_INT, len(places)), places)


class _BFloat(ir.Type):
    """LLVM's bfloat, which llvmlite has no name for."""

    def _to_string(self) -> str:
        return "bfloat"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _BFloat)

    def __hash__(self) -> int:
        return hash("bfloat")


def _dot(builder: Any, sums: Any, a: Any, b: Any) -> Any:
    """sums + the sixteen pairs a times the sixteen pairs b, the second of each pair first."""
    if HAS_PAIRS:
        kind = ir.VectorType(_BFloat(), WIDTH)
        function = ir.FunctionType(_SUMS, [_SUMS, kind, kind])
        called = cgutils.get_or_insert_function(builder.module, function, "llvm.x86.avx512bf16.dpbf16ps.512")
        return builder.call(called, [sums, builder.bitcast(a, kind), builder.bitcast(b, kind)])
    upper, sixteen = _PAIRS([0xFFFF0000] * (WIDTH // 2)), _PAIRS([16] * (WIDTH // 2))
    for x, y in (
        (builder.and_(a, upper), builder.and_(b, upper)),
        (builder.shl(a, sixteen), builder.shl(b, sixteen)),
    ):
        sums = builder.fadd(sums, builder.fmul(builder.bitcast(x, _SUMS), builder.bitcast(y, _SUMS)))
    return sums


def _base(context, builder, kind, array):
    """The address of an array's first byte, and its strides."""
    made = context.make_array(kind)(context, builder, array)
    return builder.bitcast(made.data, ir.IntType(8).as_pointer()), cgutils.unpack_tuple(builder, made.strides)


def _at(builder, base, offset, of):
    return builder.bitcast(builder.gep(base, [offset]), of.as_pointer())


def _dense_code(rows: int) -> Any:
    """Y[i] += Σ_k A[i, k] X[k] over pairs, k = first … last - 1, for ``rows`` rows from row."""

    def code(typing_context, A, row, first, last, X, Y):
        def generate(context, builder, signature, arguments):
            (left, a_step), (right, x_step), (out, y_step) = (
                _base(context, builder, signature.args[n], arguments[n]) for n in (0, 4, 5)
            )
            places = [builder.add(arguments[1], _LONG(r)) for r in range(rows)]
            starts = [builder.gep(left, [builder.mul(place, a_step[0])]) for place in places]
            sums = [[cgutils.alloca_once_value(builder, _SUMS(None)) for _ in range(2)] for _ in range(rows)]
            with cgutils.for_range_slice(builder, arguments[2], arguments[3], _LONG(1)) as (k, _):
                at = builder.mul(k, x_step[0])
                xs = [builder.load(_at(builder, right, builder.add(at, _LONG(n)), _PAIRS), align=4) for n in (0, 64)]
                for start, parts in zip(starts, sums, strict=True):
                    a = builder.load(_at(builder, start, builder.mul(k, a_step[1]), _INT))
                    for x, part in zip(xs, parts, strict=True):
                        builder.store(_dot(builder, builder.load(part), spread(builder, a, _PAIRS), x), part)
            for place, parts in zip(places, sums, strict=True):
                for n, part in zip((0, 64), parts, strict=True):
                    y = _at(builder, out, builder.add(builder.mul(place, y_step[0]), _LONG(n)), _SUMS)
                    builder.store(builder.fadd(builder.load(y, align=4), builder.load(part)), y, align=4)
            return context.get_dummy_value()

        return types.void(A, types.int64, types.int64, types.int64, X, Y), generate

    def plainly(A, row, first, last, X, Y):
        a, x = A[row : row + rows, first:last], X[first:last]
        Y[row : row + rows] += widened(a >> 16) @ widened(x >> 16) + widened(a & 0xFFFF) @ widened(x & 0xFFFF)

    return choose(code, plainly)


def _sparse_code() -> Any:
    """y += Σ_k values[k] X[indices[k]], k = first … last - 1, an even number of them.

    Rows of X are taken two by two and their entries put side by side, in the order that one instruction has:
    column 8 n + m stands at 4 n + m of the first sums, or for m > 3 at 4 n + m - 4 of the second.
    """
    low = [place for n in range(0, WIDTH, 8) for m in range(4) for place in (n + m, WIDTH + n + m)]
    masks = [_mask(low), _mask([place + 4 for place in low])]
    order = _mask([c // 8 * 4 + c % 4 + (WIDTH // 2 if c % 8 > 3 else 0) for c in range(WIDTH)])

    def code(typing_context, indices, values, first, last, X, y):
        index = ir.IntType(indices.dtype.bitwidth)

        def generate(context, builder, signature, arguments):
            (places, _), (given, _), (block, _), (out, _) = (
                _base(context, builder, signature.args[n], arguments[n]) for n in (0, 1, 4, 5)
            )
            places, given = builder.bitcast(places, index.as_pointer()), builder.bitcast(given, _HALF.as_pointer())
            sums = [[cgutils.alloca_once_value(builder, _SUMS(None)) for _ in range(2)] for _ in range(SUMS)]

            def add(k, parts):
                rows = []
                for n in range(2):
                    j = builder.load(builder.gep(places, [builder.add(k, _LONG(n))]))
                    j = j if index == _LONG else builder.zext(j, _LONG)
                    rows.append(builder.load(_at(builder, block, builder.mul(j, _LONG(2 * WIDTH)), _HALVES), align=2))
                pair = builder.load(builder.bitcast(builder.gep(given, [k]), _INT.as_pointer()), align=2)
                for mask, part in zip(masks, parts, strict=True):
                    x = builder.bitcast(builder.shuffle_vector(*rows, mask), _PAIRS)
                    builder.store(_dot(builder, builder.load(part), spread(builder, pair, _PAIRS), x), part)

            first, last = arguments[2:4]
            whole = builder.add(first, builder.and_(builder.sub(last, first), _LONG(-2 * SUMS)))
            with cgutils.for_range_slice(builder, first, whole, _LONG(2 * SUMS)) as (k, _):
                for n, parts in enumerate(sums):
                    add(builder.add(k, _LONG(2 * n)), parts)
            with cgutils.for_range_slice(builder, whole, last, _LONG(2)) as (k, _):
                add(k, sums[0])
            total = [builder.fadd(*(builder.load(parts[n]) for parts in sums)) for n in range(2)]
            y = _at(builder, out, _LONG(0), _ALL)
            made = builder.shuffle_vector(*total, order)
            builder.store(builder.fadd(builder.load(y, align=4), made), y, align=4)
            return context.get_dummy_value()

        return types.void(indices, values, types.int64, types.int64, X, y), generate

    def plainly(indices, values, first, last, X, y):
        y += widened(values[first:last]) @ widened(X[indices[first:last]])

    return choose(code, plainly)


def _narrow_code(typing_context, X, left_over, i, halves, pairs):
    """Rows i and i + 1 of X as bfloat16, with what was left over of the row before, and what is left over of them."""

    def generate(context, builder, signature, arguments):
        (block, x_step), (left, _), (narrow, n_step), (out, p_step) = (
            _base(context, builder, signature.args[n], arguments[n]) for n in (0, 1, 3, 4)
        )
        i, words = arguments[2], ir.VectorType(_INT, WIDTH)
        kept, place = [], _at(builder, left, _LONG(0), _ALL)
        rest = builder.load(place, align=4)
        for row in (i, builder.add(i, _LONG(1))):
            x = builder.load(_at(builder, block, builder.mul(row, x_step[0]), _ALL), align=4)
            x = builder.fadd(x, rest)
            bits = builder.bitcast(x, words)
            odd = builder.and_(builder.lshr(bits, words([16] * WIDTH)), words([1] * WIDTH))
            bits = builder.add(bits, builder.add(odd, words([0x7FFF] * WIDTH)))  # to the nearest, of two the even one
            bits = builder.lshr(bits, words([16] * WIDTH))
            rest = builder.fsub(x, builder.bitcast(builder.shl(bits, words([16] * WIDTH)), _ALL))
            y = _at(builder, narrow, builder.mul(row, n_step[0]), _HALVES)
            builder.store(builder.trunc(bits, _HALVES), y, align=2)
            kept.append(bits)
        builder.store(rest, place, align=4)
        pair = builder.or_(kept[0], builder.shl(kept[1], words([16] * WIDTH)))
        at = builder.mul(builder.lshr(i, _LONG(1)), p_step[0])
        builder.store(pair, _at(builder, out, at, words), align=4)
        return context.get_dummy_value()

    return types.void(X, left_over, types.int64, halves, pairs), generate


def _plain_narrow(X, left_over, i, halves, pairs):
    for row in (i, i + 1):
        exact = X[row] + left_over[0]
        halves[row] = nearest(exact)
        left_over[0] = exact - widened(halves[row])
    pairs[i // 2] = halves[i].astype(np.uint32) | (halves[i + 1].astype(np.uint32) << 16)


_some_dense, _one_dense, _sparse = _dense_code(ROWS), _dense_code(1), _sparse_code()
_narrow_two = choose(_narrow_code, _plain_narrow)


def _matrix(number: Any) -> Any:
    return types.Array(number, 2, "A")


@njit(types.void(_matrix(types.uint32), _matrix(types.uint32), _matrix(types.float32)), **LEAN)
def add_pairs_product(A, X, Y):
    """Y += A X over pairs: A (n, w) uint32 of any strides, X (w, 32) uint32, Y (n, 32) float32; rows side by side."""
    n, w = A.shape
    for first in range(0, w, DEPTH):
        last = min(w, first + DEPTH)
        whole = n - n % ROWS
        for row in range(0, whole, ROWS):
            _some_dense(A, row, first, last, X, Y)
        for row in range(whole, n):
            _one_dense(A, row, first, last, X, Y)


def _stack(number: Any) -> Any:
    return types.Array(number, 3, "A")


@njit(types.void(_stack(types.uint32), _stack(types.uint32), _matrix(types.float32)), **LEAN)
def add_pairs_products(A, X, Y):
    """Y += Σ_p A[p] X[p] over pairs: A (P, n, w), X (P, w, 32) uint32, Y (n, 32) float32."""
    for p in range(A.shape[0]):
        add_pairs_product(A[p], X[p], Y)


@njit(types.void(_stack(types.uint32), _matrix(types.uint32), _stack(types.float32)), **LEAN)
def add_transposed_products(A, X, Y):
    """Y[p] += A[p]ᵀ X over pairs of rows: A (P, n, 32), X (n, 32) uint32, Y (P, 32, 32) float32."""
    for p in range(A.shape[0]):
        add_pairs_product(A[p].T, X, Y[p])


@njit(**LEAN)
def add_sparse_product(starts, indices, values, X, Y):
    """Y += M X for the n rows M of a sparse matrix.

    starts (n + 1,) int64 into indices and values (uint16), an even number in each row; X (V, 32) uint16; Y (n, 32)
    float32.
    """
    for row in range(starts.size - 1):
        if starts[row] < starts[row + 1]:
            _sparse(indices, values, starts[row], starts[row + 1], X, Y[row])


@njit(**LEAN)
def _rounded(bits, i, j):
    """One of the two bfloat16 next to the float32 of these bits, each as likely as it is near.

    To the nearest would move equal entries all one way, which adds up; so the place (i, j) decides, as if by chance,
    and (j, i) the same.
    """
    mixed = np.uint32((i * np.uint32(0x9E3779B1)) ^ (j * np.uint32(0x9E3779B1)) ^ ((i + j) * np.uint32(0xC2B2AE35)))
    mixed = np.uint32((mixed ^ (mixed >> np.uint32(15))) * np.uint32(0x85EBCA6B))
    return np.uint32(bits + (mixed >> np.uint32(16))) >> np.uint32(16)


@njit(types.void(*(_matrix(kind) for kind in (types.float32, types.float32, types.uint16, types.uint32))), **LEAN)
def narrow_block(X, left_over, halves, pairs):
    """A block (n, 32) float32 as bfloat16: halves (n, 32) uint16 row by row, pairs (n / 2, 32) uint32 two by two.

    What rounding takes from an entry is added to the next one below: where the rows of a matrix are much alike, errors
    that add up would be multiplied by its largest eigenvalue.  n even; left_over (1, 32) float32, zeros, is for that;
    rows of all have their entries side by side.
    """
    for i in range(0, X.shape[0], 2):
        _narrow_two(X, left_over, i, halves, pairs)


@njit(**LEAN)
def pack_rows(first, indptr, indices, data, dense, starts, places, values, squares):
    """Rows of a CSR matrix, from row ``first`` on, as a tile.

    indptr (n + 1,) into indices and data (float32), columns rising; dense (n, 2 w) uint16, zeros; starts (n + 1,),
    starts[0] set; places and values (uint16) with room for what lies beyond column 2 w and one more in each row;
    squares (n,) float64, the sum of the squares of each row.
    """
    bits, width = data.view(np.uint32), dense.shape[1]
    for i in range(indptr.size - 1):
        row, k, used, square = np.uint32(first + i), indptr[i], starts[i], 0.0
        while k < indptr[i + 1] and indices[k] < width:
            dense[i, indices[k]] = _rounded(bits[k], row, np.uint32(indices[k]))
            k += 1
        for rest in range(k, indptr[i + 1]):
            places[used], values[used] = indices[rest], _rounded(bits[rest], row, np.uint32(indices[rest]))
            used += 1
        if (used - starts[i]) % 2:  # taken two by two
            places[used], values[used] = places[used - 1], 0
            used += 1
        for rest in range(indptr[i], indptr[i + 1]):
            square += np.float64(data[rest]) ** 2
        starts[i + 1], squares[i] = used, square


def nearest(x: np.ndarray) -> np.ndarray:
    """The bits of the bfloat16 nearest to each float32, of two the even one: uint16."""
    bits = x.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def widened(halves: np.ndarray) -> np.ndarray:
    """The bits of bfloat16 as float32."""
    return (halves.astype(np.uint32) << 16).view(np.float32)
