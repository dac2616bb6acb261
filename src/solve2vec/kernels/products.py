"""Product kernels: a sparse matrix times a block of vectors, and its dense corner."""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils

from .lanes import choose, spread

WIDE, NARROW = 32, 8  # columns added at a time, their sums in registers: two vectors of AVX-512, or one of AVX2
SUMS = 4  # that do not wait for each other


def _adder(lanes: int) -> Any:
    """y[column : column + lanes] += Σ_k data[k] X[indices[k], column : column + lanes], k = start … end - 1.

    LLVM's own vectors: what it makes of the plain loop spends most of its time on whether y and X overlap.
    """

    def code(typing_context, indices, data, start, end, X, column, y):
        def generate(context, builder, signature, arguments):
            index, value, block, out = (
                context.make_array(signature.args[n])(context, builder, arguments[n]) for n in (0, 1, 4, 6)
            )
            number, size = block.data.type.pointee, signature.args[4].dtype.bitwidth
            long, vector = ir.IntType(64), ir.VectorType(number, lanes)
            width = cgutils.unpack_tuple(builder, block.shape)[1]
            first, last, offset = arguments[2], arguments[3], arguments[5]
            kind = ir.FunctionType(vector, [vector] * 3)
            fused = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fmuladd.v{lanes}f{size}")
            sums = [cgutils.alloca_once_value(builder, vector(None)) for _ in range(SUMS)]

            def add(k, part):
                row = builder.mul(builder.sext(builder.load(builder.gep(index.data, [k])), long), width)
                at = builder.gep(block.data, [builder.add(row, offset)])
                x = builder.load(builder.bitcast(at, vector.as_pointer()), align=size // 8)
                w = builder.load(builder.gep(value.data, [k]))
                w = w if w.type == number else builder.fpext(w, number)
                builder.store(builder.call(fused, [spread(builder, w, vector), x, builder.load(part)]), part)

            whole = builder.add(first, builder.and_(builder.sub(last, first), long(-SUMS)))
            with cgutils.for_range_slice(builder, first, whole, long(SUMS)) as (k, _):
                for n, part in enumerate(sums):
                    add(builder.add(k, long(n)), part)
            with cgutils.for_range_slice(builder, whole, last, long(1)) as (k, _):
                add(k, sums[0])
            place = builder.bitcast(builder.gep(out.data, [offset]), vector.as_pointer())
            total = builder.load(place, align=size // 8)
            for part in sums:
                total = builder.fadd(total, builder.load(part))
            builder.store(total, place, align=size // 8)
            return context.get_dummy_value()

        return types.void(indices, data, types.int64, types.int64, X, types.int64, y), generate

    def plainly(indices, data, start, end, X, column, y):
        columns = slice(column, column + lanes)
        y[columns] += data[start:end] @ X[indices[start:end], columns]

    return choose(code, plainly)


_add_wide, _add_narrow = _adder(WIDE), _adder(NARROW)


@njit(nogil=True, cache=True)
def add_csr_times_block(starts, ends, indices, data, X, Y, first, last):
    """Rows first … last - 1 of Y += M X, over the entries starts[i] … ends[i] - 1 of each row.

    starts, ends (V,); indices, data of a CSR matrix; X, Y (V, b), C-contiguous, of one type, data's or a wider one.
    One thread, one order of sums.
    """
    b = X.shape[1]
    wide, narrow = b - b % WIDE, b - b % NARROW
    for i in range(first, last):
        y = Y[i]
        for column in range(0, wide, WIDE):
            _add_wide(indices, data, starts[i], ends[i], X, column, y)
        for column in range(wide, narrow, NARROW):
            _add_narrow(indices, data, starts[i], ends[i], X, column, y)
        for column in range(narrow, b):
            total = y[column]
            for k in range(starts[i], ends[i]):
                total += data[k] * X[indices[k], column]
            y[column] = total


@njit(nogil=True, cache=True)
def tile_counts(indptr, indices, first, last, tile, V):
    """(ceil(V / tile),) int64, how many entries of rows first … last - 1 lie in each tile of columns."""
    counts = np.zeros((V + tile - 1) // tile, np.int64)
    for k in range(indptr[first], indptr[last]):
        counts[indices[k] // tile] += 1
    return counts


@njit(nogil=True, cache=True)
def fill_dense(indptr, indices, data, first, last, dense, starts):
    """Move the columns below dense.shape[1] of rows first … last - 1 into ``dense``; the rest begins at ``starts``."""
    width = dense.shape[1]
    for i in range(first, last):
        k = indptr[i]
        while k < indptr[i + 1] and indices[k] < width:
            dense[i - first, indices[k]] = data[k]
            k += 1
        starts[i] = k
