"""Threads: results in order, few waiting, errors and early ends passed on."""

import threading
import time

import pytest

from solve2vec import InputError
from solve2vec.parallel import ordered_map, single_threaded_blas, thread_count


@pytest.mark.parametrize("threads", [1, 2, 5, None])
def test_results_come_in_the_order_of_the_items(threads):
    def slow_first(n):
        time.sleep(0.01 * (n == 0))
        return n * n

    assert list(ordered_map(slow_first, range(20), threads)) == [n * n for n in range(20)]


def test_a_stream_is_not_read_far_ahead():
    read = []
    results = ordered_map(lambda n: n, (read.append(n) or n for n in range(1000)), threads=2, ahead=3)
    next(results)
    assert len(read) <= 2 + 3
    results.close()


def test_items_are_read_in_the_callers_thread():
    here = threading.get_ident()
    seen = list(ordered_map(lambda ident: ident, (threading.get_ident() for _ in range(5)), threads=2))
    assert set(seen) == {here}


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_comes_at_its_place(threads):
    results = ordered_map(lambda n: 1 // n, [2, 1, 0, 1], threads)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_threads_are_at_least_one():
    assert thread_count() >= 1
    with pytest.raises(InputError, match="at least 1, got 0"):
        thread_count(0)


def test_blas_keeps_to_one_thread_inside():
    from threadpoolctl import threadpool_info

    with single_threaded_blas():
        assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} <= {1}
