"""Moves: the rows of a center's contexts and outputs, moved by its slopes, in some of the columns.

All rows of one center move at once: neither sees the other moved.
"""

import numpy as np

from .centers import mean_of_contexts, rows_of
from .llvm import LANES, fill, fma, inlined, load, store


@inlined
def apply(model, text, i, slots, slot, scratch, first, last):
    """Move the rows of center i, in columns first … last - 1."""
    m, n = rows_of(model, text, i, slots, slot, scratch)
    if m == 0:
        return
    if model.cbow:
        _move_by_mean(model, slots.g[slot], scratch, m, n, first, last)
        return
    for column in range(first, last, LANES):
        _output_moves(model, slots.g[slot], scratch, m, n, column)
        _context_moves(model, slots.g[slot], scratch, m, n, column)
        _move(model, scratch, m, n, column)


@inlined
def _output_moves(model, g, scratch, m, n, column):
    """moves[m + o] = Σ_c g_co w_c, one lane's width of columns; past the last they are written and never read."""
    zero, width = fill(np.float32(0)), model.negatives + 1
    for o in range(0, n, 3):
        p = q = r = zero
        second, third = min(o + 1, n - 1), min(o + 2, n - 1)
        for c in range(m):
            w, at = load(model.W, scratch.contexts[c] + column), c * width
            p = fma(fill(g[at + o]), w, p)
            q = fma(fill(g[at + second]), w, q)
            r = fma(fill(g[at + third]), w, r)
        store(scratch.moves, (m + o) * LANES, p)
        store(scratch.moves, (m + o + 1) * LANES, q)
        store(scratch.moves, (m + o + 2) * LANES, r)


@inlined
def _context_moves(model, g, scratch, m, n, column):
    """moves[c] = Σ_o g_co u_o; run after :func:`_output_moves`, which may overwrite nothing before m."""
    zero, width = fill(np.float32(0)), model.negatives + 1
    for c in range(0, m, 2):
        a = b = zero
        first = c * width
        second = first if c + 1 == m else first + width
        for o in range(n):
            u = load(model.U, scratch.outputs[o] + column)
            a = fma(fill(g[first + o]), u, a)
            b = fma(fill(g[second + o]), u, b)
        store(scratch.moves, c * LANES, a)
        if c + 1 < m:
            store(scratch.moves, (c + 1) * LANES, b)


@inlined
def _move_by_mean(model, g, scratch, m, n, first, last):
    """Each context moves by Σ_o g_o u_o, each output by g_o h, one output after another; h is the contexts' mean."""
    mean_of_contexts(model, scratch, m, first, last)
    one, zero = fill(np.float32(1)), fill(np.float32(0))
    for column in range(first, last, LANES):
        h, move = load(scratch.mean, column), zero
        for o in range(n):
            weight, at = fill(g[o]), scratch.outputs[o] + column
            u = load(model.U, at)
            move = fma(weight, u, move)
            store(model.U, at, fma(weight, h, u))
        for c in range(m):
            at = scratch.contexts[c] + column
            store(model.W, at, fma(one, move, load(model.W, at)))


@inlined
def _move(model, scratch, m, n, column):
    one = fill(np.float32(1))
    for c in range(m):
        at = scratch.contexts[c] + column
        store(model.W, at, fma(one, load(scratch.moves, c * LANES), load(model.W, at)))
    for o in range(n):
        at = scratch.outputs[o] + column
        store(model.U, at, fma(one, load(scratch.moves, (m + o) * LANES), load(model.U, at)))
