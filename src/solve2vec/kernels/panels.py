"""Panel kernel: a dense matrix of any strides times a narrow block of vectors, the sums held in registers.

General libraries are made for square products: of a tall, thin one they reach a third of what the processor can do.
"""

from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import njit, types
from numba.core import cgutils

from .lanes import LEAN, choose, spread

WIDTH = 32  # columns of the block worked on at a time
DEPTH = 256  # terms added up in registers before they are added to the result: 32 KiB of the block, a first cache
ROWS = 8 if binding.get_host_cpu_features().get("avx512f") else 2  # whose sums the registers hold; no bit depends on it


def _summer(rows: int) -> Any:
    """Y[i, j] += Σ_k A[i, k] X[k, j], k = first … last - 1, for ``rows`` rows from row, WIDTH columns from column."""

    def code(typing_context, A, row, first, last, X, column, Y):
        def generate(context, builder, signature, arguments):
            number, long, byte = ir.FloatType(), ir.IntType(64), ir.IntType(8).as_pointer()
            vector = ir.VectorType(number, WIDTH)
            kind = ir.FunctionType(vector, [vector] * 3)
            fused = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{WIDTH}f32")

            def address(which, i, j, of):
                array = context.make_array(signature.args[which])(context, builder, arguments[which])
                strides = cgutils.unpack_tuple(builder, array.strides)
                offset = builder.add(builder.mul(i, strides[0]), builder.mul(j, strides[1]))
                return builder.bitcast(builder.gep(builder.bitcast(array.data, byte), [offset]), of.as_pointer())

            top, begin, end, left = arguments[1], arguments[2], arguments[3], arguments[5]
            below = [builder.add(top, long(r)) for r in range(rows)]
            sums = [cgutils.alloca_once_value(builder, vector(None)) for _ in range(rows)]
            with cgutils.for_range_slice(builder, begin, end, long(1)) as (k, _):
                x = builder.load(address(4, k, left, vector), align=4)
                for i, part in zip(below, sums, strict=True):
                    a = spread(builder, builder.load(address(0, i, k, number)), vector)
                    builder.store(builder.call(fused, [a, x, builder.load(part)]), part)
            for i, part in zip(below, sums, strict=True):
                place = address(6, i, left, vector)
                builder.store(builder.fadd(builder.load(place, align=4), builder.load(part)), place, align=4)
            return context.get_dummy_value()

        return types.void(A, types.int64, types.int64, types.int64, X, types.int64, Y), generate

    def plainly(A, row, first, last, X, column, Y):
        here = slice(row, row + rows), slice(column, column + WIDTH)
        Y[here] += A[row : row + rows, first:last] @ X[first:last, column : column + WIDTH]

    return choose(code, plainly)


_some, _one = _summer(ROWS), _summer(1)
_given = types.Array(types.float32, 2, "A", readonly=True)
_written = types.Array(types.float32, 2, "A")


@njit(types.void(_given, _given, _written), **LEAN)  # once for all strides, where each would be compiled anew
def add_product(A, X, Y):
    """Y += A X.

    A (n, m) float32 of any strides; X (m, b), Y (n, b) float32, entries of a row side by side, b a multiple of WIDTH.
    """
    n, m = A.shape
    for column in range(0, Y.shape[1], WIDTH):
        for first in range(0, m, DEPTH):
            last = min(m, first + DEPTH)
            whole = n - n % ROWS
            for row in range(0, whole, ROWS):
                _some(A, row, first, last, X, column, Y)
            for row in range(whole, n):
                _one(A, row, first, last, X, column, Y)


def add_any_product(A: np.ndarray, X: np.ndarray, Y: np.ndarray) -> None:
    """Y += A X for matrices of any type, width and strides; what the kernel is not made for is left to BLAS."""
    b = Y.shape[1]
    fits = A.dtype == X.dtype == Y.dtype == np.float32 and X.strides[1] == Y.strides[1] == Y.itemsize
    whole = b - b % WIDTH if fits else 0
    if whole:
        add_product(A, X[:, :whole], Y[:, :whole])
    if whole < b:
        Y[:, whole:] += A @ X[:, whole:]
