"""Products of pairs of bfloat16: tiles of a matrix, dense or sparse, and panels of a basis, times 32 vectors."""

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils

from ..lanes import LEAN, choose
from .arithmetic import (
    FLOATS,
    HALVES,
    INT16,
    INT32,
    INT64,
    PAIRS,
    ROWS,
    SUM,
    WIDTH,
    add_dots,
    at,
    base,
    in_order,
    matrix,
    no_sums,
    side_by_side,
    stack,
    widened,
)

DEPTH = 256  # pairs of terms summed in registers: 32 KiB of the block, a first cache
SUMS = 2  # of a sparse row that do not wait for each other


def _dense_code(rows: int) -> Any:
    """Y[i] += Σ_k A[i, k] X[k] over pairs, k = first … last - 1, for ``rows`` rows from row."""

    def code(typing_context, A, row, first, last, X, Y):
        def generate(context, builder, signature, arguments):
            (left, a_step), (right, x_step), (out, y_step) = (
                base(context, builder, signature.args[n], arguments[n]) for n in (0, 4, 5)
            )
            places = [builder.add(arguments[1], INT64(r)) for r in range(rows)]
            starts = [builder.gep(left, [builder.mul(place, a_step[0])]) for place in places]
            sums = no_sums(builder, rows)
            with cgutils.for_range_slice(builder, arguments[2], arguments[3], INT64(1)) as (k, _):
                line = builder.mul(k, x_step[0])
                xs = [builder.load(at(builder, right, builder.add(line, INT64(n)), PAIRS), align=4) for n in (0, 64)]
                for start, parts in zip(starts, sums, strict=True):
                    pair = builder.load(at(builder, start, builder.mul(k, a_step[1]), INT32))
                    add_dots(builder, parts, pair, xs)
            for place, parts in zip(places, sums, strict=True):
                for n, part in zip((0, 64), parts, strict=True):
                    y = at(builder, out, builder.add(builder.mul(place, y_step[0]), INT64(n)), SUM)
                    builder.store(builder.fadd(builder.load(y, align=4), builder.load(part)), y, align=4)
            return context.get_dummy_value()

        return types.void(A, types.int64, types.int64, types.int64, X, Y), generate

    def plainly(A, row, first, last, X, Y):
        a, x = A[row : row + rows, first:last], X[first:last]
        Y[row : row + rows] += widened(a >> 16) @ widened(x >> 16) + widened(a & 0xFFFF) @ widened(x & 0xFFFF)

    return choose(code, plainly)


def _sparse_code() -> Any:
    """y += Σ_k values[k] X[indices[k]], k = first … last - 1, an even number of them; rows of X taken two by two."""

    def code(typing_context, indices, values, first, last, X, y):
        index = ir.IntType(indices.dtype.bitwidth)

        def generate(context, builder, signature, arguments):
            (places, _), (given, _), (block, _), (out, _) = (
                base(context, builder, signature.args[n], arguments[n]) for n in (0, 1, 4, 5)
            )
            places, given = builder.bitcast(places, index.as_pointer()), builder.bitcast(given, INT16.as_pointer())
            sums = no_sums(builder, SUMS)

            def add(k, parts):
                rows = []
                for n in range(2):
                    j = builder.load(builder.gep(places, [builder.add(k, INT64(n))]))
                    j = j if index == INT64 else builder.zext(j, INT64)
                    rows.append(builder.load(at(builder, block, builder.mul(j, INT64(2 * WIDTH)), HALVES), align=2))
                pair = builder.load(builder.bitcast(builder.gep(given, [k]), INT32.as_pointer()), align=2)
                add_dots(builder, parts, pair, side_by_side(builder, rows))

            first, last = arguments[2:4]
            whole = builder.add(first, builder.and_(builder.sub(last, first), INT64(-2 * SUMS)))
            with cgutils.for_range_slice(builder, first, whole, INT64(2 * SUMS)) as (k, _):
                for n, parts in enumerate(sums):
                    add(builder.add(k, INT64(2 * n)), parts)
            with cgutils.for_range_slice(builder, whole, last, INT64(2)) as (k, _):
                add(k, sums[0])
            total = [builder.fadd(*(builder.load(parts[n]) for parts in sums)) for n in range(2)]
            y = at(builder, out, INT64(0), FLOATS)
            builder.store(builder.fadd(builder.load(y, align=4), in_order(builder, total)), y, align=4)
            return context.get_dummy_value()

        return types.void(indices, values, types.int64, types.int64, X, y), generate

    def plainly(indices, values, first, last, X, y):
        y += widened(values[first:last]) @ widened(X[indices[first:last]])

    return choose(code, plainly)


def _crossed_code() -> Any:
    """Y[c] += Σ_k X[k, c] (Q[2 k], Q[2 k + 1]), k = first … last - 1, for ROWS columns c of X, from column on."""

    def code(typing_context, Q, X, column, first, last, Y):
        def generate(context, builder, signature, arguments):
            (left, q_step), (right, x_step), (out, y_step) = (
                base(context, builder, signature.args[n], arguments[n]) for n in (0, 1, 5)
            )
            columns = [builder.add(arguments[2], INT64(c)) for c in range(ROWS)]
            sums = no_sums(builder, ROWS)
            with cgutils.for_range_slice(builder, arguments[3], arguments[4], INT64(1)) as (k, _):
                places = [builder.add(builder.mul(k, INT64(2)), INT64(n)) for n in range(2)]
                lines = [at(builder, left, builder.mul(place, q_step[0]), HALVES) for place in places]
                qs = side_by_side(builder, [builder.load(line, align=2) for line in lines])
                line = builder.mul(k, x_step[0])
                for column, parts in zip(columns, sums, strict=True):
                    here = builder.add(line, builder.mul(column, INT64(4)))
                    add_dots(builder, parts, builder.load(at(builder, right, here, INT32)), qs)
            for column, parts in zip(columns, sums, strict=True):
                y = at(builder, out, builder.mul(column, y_step[0]), FLOATS)
                made = in_order(builder, [builder.load(part) for part in parts])
                builder.store(builder.fadd(builder.load(y, align=4), made), y, align=4)
            return context.get_dummy_value()

        return types.void(Q, X, types.int64, types.int64, types.int64, Y), generate

    def plainly(Q, X, column, first, last, Y):
        x, columns = X[first:last], slice(column, column + ROWS)
        for n, half in enumerate((x & 0xFFFF, x >> 16)):
            Y[columns] += widened(half[:, columns]).T @ widened(Q[2 * first + n : 2 * last : 2])

    return choose(code, plainly)


_some_dense, _one_dense, _sparse, _crossed = _dense_code(ROWS), _dense_code(1), _sparse_code(), _crossed_code()


@njit(types.void(matrix(types.uint32), matrix(types.uint32), matrix(types.float32)), **LEAN)
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


@njit(types.void(stack(types.uint32), stack(types.uint32), matrix(types.float32)), **LEAN)
def add_pairs_products(A, X, Y):
    """Y += Σ_p A[p] X[p] over pairs: A (P, n, w), X (P, w, 32) uint32, Y (n, 32) float32."""
    for p in range(A.shape[0]):
        add_pairs_product(A[p], X[p], Y)


@njit(types.void(stack(types.uint16), matrix(types.uint32), stack(types.float32)), **LEAN)
def add_crossed_products(Q, X, Y):
    """Y[p] += Xᵀ Q[p]: Q (P, n, 32) uint16, n even; X (n / 2, 32) uint32, pairs of rows; Y (P, 32, 32) float32."""
    n_pairs = X.shape[0]
    for p in range(Q.shape[0]):
        for first in range(0, n_pairs, DEPTH):
            for column in range(0, WIDTH, ROWS):
                _crossed(Q[p], X, column, first, min(n_pairs, first + DEPTH), Y[p])


@njit(**LEAN)
def add_sparse_product(starts, indices, values, X, Y):
    """Y += M X for the n rows M of a sparse matrix.

    starts (n + 1,) int64 into indices and values (uint16), an even number in each row; X (V, 32) uint16; Y (n, 32)
    float32.
    """
    for row in range(starts.size - 1):
        if starts[row] < starts[row + 1]:
            _sparse(indices, values, starts[row], starts[row + 1], X, Y[row])
