"""Training kernels: batches of centers by threads that wait for each other, or freely.

Of a batch, all coefficients are found first, from W and U at rest, each center by whichever thread; then they are
applied, each column of W and U by one thread, center after center.  So nothing depends on the number of threads.
"""

from .centers import choose, learning_rate
from .llvm import LANES, add_shared, give_way, inlined, kernel, read_shared
from .moves import apply
from .slopes import measure

PIECE = 16  # centers that a thread takes at a time …
FREE_PIECE = 256  # … and without waiting for the others
AHEAD = 2  # centers between the draw of noise words and their use, while their rows are on the way
PATIENCE = 300  # looks at the meeting place before the processor is given to others
_ARRIVALS, _PIECES = 0, 8  # places in the meeting, a cache line apart


@inlined
def _meet(meeting, arrivals):
    """Wait until so many arrivals have been counted."""
    add_shared(meeting, _ARRIVALS, 1)
    looks = 0
    while read_shared(meeting, _ARRIVALS) < arrivals:
        looks += 1
        if looks > PATIENCE:
            give_way()


@kernel
def train_batches(thread, threads, model, text, first, last, batch, slots, scratch, meeting, sums):
    """Train centers first … last - 1 in batches; every thread calls this with the same arguments but its own two.

    meeting (16,) int64 zeros; sums (3,) float64 += losses, weights, and η times weights
    """
    units, met = model.stride // LANES, 0
    left, right = thread * units // threads * LANES, (thread + 1) * units // threads * LANES
    for begin in range(first, last, batch):
        size = min(batch, last - begin)
        for piece in range(thread * PIECE, size, threads * PIECE):
            end = min(size, piece + PIECE)
            for slot in range(piece, end + AHEAD):
                if slot < end:
                    choose(model, text, begin + slot, slots, slot)
                if slot >= piece + AHEAD:
                    measure(model, text, begin + slot - AHEAD, slots, slot - AHEAD, scratch)
        met += threads
        _meet(meeting, met)
        for slot in range(size):
            apply(model, text, begin + slot, slots, slot, scratch, left, right)
        if thread == 0:
            for slot in range(size):
                _add(model, text, begin + slot, slots, slot, sums)
        met += threads
        _meet(meeting, met)


@kernel
def train_freely(model, text, first, last, slots, scratch, meeting, sums):
    """Train centers as they come, beside other threads that do so too (Hogwild: Recht et al. 2011); sums as above."""
    while True:
        begin = first + add_shared(meeting, _PIECES, 1) * FREE_PIECE
        if begin >= last:
            return
        end = min(last, begin + FREE_PIECE)
        for ahead in range(begin, end + AHEAD):
            if ahead < end:
                choose(model, text, ahead, slots, ahead % (AHEAD + 1))
            i = ahead - AHEAD
            if i >= begin:
                slot = i % (AHEAD + 1)
                measure(model, text, i, slots, slot, scratch)
                apply(model, text, i, slots, slot, scratch, 0, model.stride)
                _add(model, text, i, slots, slot, sums)


@inlined
def _add(model, text, i, slots, slot, sums):
    sums[0] += slots.loss[slot]
    sums[1] += slots.weight[slot]
    sums[2] += slots.weight[slot] * learning_rate(model, text, i)
