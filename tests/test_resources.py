"""Resources: given once, known below, checked where they are born; amounts of memory, and a container's limit."""

import inspect

import numpy as np
import pytest

import solve2vec
from solve2vec import InputError, VocabularyOptions
from solve2vec.core import resources
from solve2vec.core.resources import Resources, current, using, with_resources


@with_resources
def verb(*, threads=None, memory=None, scratch=None):
    """What a public verb and all below it see."""
    return current()


def test_what_a_verb_is_given_holds_for_what_it_calls_and_ends_with_it():
    assert verb(threads=3, memory="1kB", scratch="here") == Resources(3, 1000, "here")
    assert current() == Resources()


def test_what_a_verb_is_not_given_is_that_of_its_caller():
    with using(threads=3, scratch="here"):
        assert verb() == Resources(3, None, "here")
        assert verb(threads=2) == Resources(2, None, "here")
        assert current().threads == 3


def test_resources_end_with_an_error_too():
    with pytest.raises(ZeroDivisionError), using(threads=3):
        raise ZeroDivisionError
    assert current() == Resources()


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"threads": 0}, "threads must be at least 1, got 0"),
        ({"threads": 1.5}, "threads must be a whole number, got 1.5"),
        ({"memory": "four"}, "memory must be such as 4GB"),
        ({"memory": True}, "memory must be a number, got True"),
        ({"block": 0}, "block must be at least 1, got 0"),
    ],
)
def test_resources_that_cannot_be_are_refused(given, complaint):
    with pytest.raises(InputError, match=complaint):
        Resources(**given)


def test_every_public_verb_that_takes_threads_lets_them_hold_below():
    """A verb that declares ``threads`` and is not wrapped would take them and do nothing."""
    verbs = [getattr(solve2vec, name) for name in solve2vec.__all__]
    verbs += [module.train for module in (solve2vec.sgns, solve2vec.cbow, solve2vec.quadratic, solve2vec.population)]
    takers = [v for v in (*verbs, solve2vec.weighted.factorize) if inspect.isfunction(v) and "threads" in signed(v)]
    assert len(takers) > 15
    assert [v.__name__ for v in takers if v.__code__ is not verb.__code__] == []


def signed(function):
    return inspect.signature(function).parameters


def test_tokens_beyond_a_quarter_of_the_memory_go_through_a_file():
    """62 tokens of 4 bytes in 1,000 bytes: the ids of 300 are mapped, and the same."""
    texts = [["a", "b", "a"]] * 100
    whole = solve2vec.encode(texts, selection=VocabularyOptions(1))
    with using(memory=1000):
        spooled = solve2vec.encode(texts, selection=VocabularyOptions(1))
    assert isinstance(spooled.tokens.base, np.memmap) and not isinstance(whole.tokens.base, np.memmap)
    assert spooled.fingerprint == whole.fingerprint


@pytest.mark.parametrize(
    ("amount", "n_bytes"),
    [("4GB", 4 * 10**9), ("512MiB", 2**29), ("2g", 2 * 10**9), (" 1.5 kB ", 1500), ("7", 7), (12, 12), (1e9, 10**9)],
)
def test_amounts_are_read(amount, n_bytes):
    assert resources.parse_bytes(amount) == n_bytes
    assert type(resources.parse_bytes(amount)) is int


@pytest.mark.parametrize("amount", ["", "GB", "4 apples", "1.2.3GB", ".", "-4GB", 0, -1, "0", float("nan")])
def test_what_is_no_amount_is_told(amount):
    with pytest.raises(InputError, match="memory must be"):
        resources.parse_bytes(amount)


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_960, "1.0 MB"), (1.25e9, "1.2 GB"), (5e12, "5.0 TB")],
)
def test_amounts_are_written_as_people_read_them(n_bytes, text):
    assert resources.readable(n_bytes) == text


@pytest.mark.parametrize(
    ("limit", "used"),
    [("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes")],
)
def test_a_container_is_asked_for_its_limit(write, tmp_path, limit, used):
    write("MemTotal: 9 kB\nMemAvailable:  8000 kB\n", "proc/meminfo")
    write("3000000\n", f"sys/fs/cgroup/{limit}")
    write("1000000\n", f"sys/fs/cgroup/{used}")
    assert resources.available_bytes(tmp_path) == 2_000_000
    write("max\n", f"sys/fs/cgroup/{limit}")
    assert resources.available_bytes(tmp_path) == 8000 * 1024


def test_there_is_memory_here():
    assert 10**6 < resources.available_bytes() < 10**15


def test_the_groups_around_a_process_limit_it_as_well(write, tmp_path):
    write("MemAvailable:  8000 kB\n", "proc/meminfo")
    write("0::/user.slice/job_7/step_0\n", "proc/self/cgroup")
    write("3000000\n", "sys/fs/cgroup/user.slice/job_7/memory.max")
    write("1000000\n", "sys/fs/cgroup/user.slice/job_7/memory.current")
    write("max\n", "sys/fs/cgroup/user.slice/job_7/step_0/memory.max")
    assert resources.available_bytes(tmp_path) == 2_000_000


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, "all"),
        ({"cpu.max": "max 100000"}, "all"),
        ({"cpu.max": "100000 100000"}, 1),
        ({"cpu.max": "50000 100000"}, 1),
        ({"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, 1),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, "all"),
        ({"a/b/cpu.max": "max 100000", "a/cpu.max": "90000 100000"}, 1),
        ({"cpu.max": "nonsense"}, "all"),
    ],
)
def test_a_quota_of_processor_time_limits_threads(write, tmp_path, files, expected):
    write("0::/a/b\n", "proc/self/cgroup")
    for name, text in files.items():
        write(text + "\n", f"sys/fs/cgroup/{name}")
    everything = resources.processors(tmp_path / "elsewhere")
    assert resources.processors(tmp_path) == (everything if expected == "all" else expected)
