"""Threads: results in order, few waiting, errors and early ends passed on."""

import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from importlib import import_module

import pytest

from solve2vec.core.parallel import import_beside, ordered_map, single_threaded_blas
from solve2vec.core.resources import current, thread_count, using
from solve2vec.linalg.rowblocks import row_blocks


@pytest.mark.parametrize("threads", [1, 2, 5, None])
def test_results_come_in_the_order_of_the_items(threads):
    def slow_first(n):
        time.sleep(0.01 * (n == 0))
        return n * n

    with using(threads=threads):
        assert list(ordered_map(slow_first, range(20))) == [n * n for n in range(20)]


def test_a_stream_is_not_read_far_ahead():
    read = []
    results = ordered_map(lambda n: n, (read.append(n) or n for n in range(1000)), ahead=3)
    with using(threads=2):
        next(results)
    assert len(read) <= 2 + 3
    results.close()


def test_items_are_read_in_the_callers_thread():
    here = threading.get_ident()
    with using(threads=2):
        seen = list(ordered_map(lambda ident: ident, (threading.get_ident() for _ in range(5))))
    assert set(seen) == {here}


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_comes_at_its_place(threads):
    results = ordered_map(lambda n: 1 // n, [2, 1, 0, 1])
    with using(threads=threads):
        assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_threads_are_at_least_one():
    assert thread_count() >= 1


@pytest.mark.parametrize("threads", [1, 3])
def test_what_runs_in_a_pool_has_one_thread_and_all_else_of_its_caller(threads, tmp_path):
    def seen(_):
        time.sleep(0.001)
        return current()

    with using(threads=threads, memory="1GB", scratch=tmp_path, block=7):
        expected = replace(current(), threads=1)
        assert set(ordered_map(seen, range(20))) == {expected}
        with row_blocks(100, rows=10) as blocks:
            assert set(blocks.map(seen, blocks.blocks)) == {expected}
        assert current().threads == threads


def test_a_map_inside_a_map_starts_no_pool_of_its_own():
    """Three threads beside those that were there, however deep the maps."""
    most, before = [], threading.active_count()

    def inner(n):
        most.append(threading.active_count())
        time.sleep(0.001)
        return n

    def outer(n):
        with row_blocks(20, rows=5) as blocks:
            return sum(ordered_map(inner, range(n))) + sum(blocks.map(inner, [1, 2, 3]))

    with using(threads=3):
        made = list(ordered_map(outer, range(6)))
    assert made == [n * (n - 1) // 2 + 6 for n in range(6)]
    assert max(most) <= before + 3


def test_blas_keeps_to_one_thread_inside():
    from threadpoolctl import threadpool_info

    with single_threaded_blas():
        assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} <= {1}


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """Write modules, import them beside, and wait until that is over."""

    def imported(**modules):
        for name, code in modules.items():
            (tmp_path / f"{name}.py").write_text(code)
        monkeypatch.syspath_prepend(tmp_path)
        before = threading.enumerate()
        import_beside(*modules)
        for thread in threading.enumerate():
            if thread not in before:
                thread.join()

    yield imported
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(path.stem, None)


def test_modules_are_imported_in_another_thread(beside):
    ran = "import threading\nran = threading.get_ident()"
    beside(one_beside=ran, two_beside=ran)
    threads = {import_module(name).ran for name in ("one_beside", "two_beside")}
    assert len(threads) == 1 and threads != {threading.get_ident()}


def test_what_cannot_be_imported_says_so_where_it_is_used_and_keeps_nothing_else_from_being_imported(beside):
    beside(broken_beside="raise ValueError('broken for a reason')", next_beside="")
    assert "next_beside" in sys.modules
    with pytest.raises(ValueError, match="broken for a reason"):
        import_module("broken_beside")


def test_a_blas_that_is_loaded_late_has_one_thread_too():
    """SciPy brings its own, and lazily: what a fresh process imports inside must not escape."""
    code = """
from solve2vec.core.parallel import single_threaded_blas
with single_threaded_blas():
    import numpy, scipy.linalg, scipy.sparse.linalg
    from threadpoolctl import threadpool_info
    print(sorted({pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}))
"""
    many = {**os.environ, "OPENBLAS_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"}
    told = subprocess.run([sys.executable, "-c", code], env=many, capture_output=True, text=True, check=True)
    assert told.stdout == "[1]\n"
