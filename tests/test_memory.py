"""Amounts of memory: read, written, and found within a container's limit."""

import pytest

from solve2vec import InputError
from solve2vec.core import memory


@pytest.mark.parametrize(
    ("amount", "n_bytes"),
    [("4GB", 4 * 10**9), ("512MiB", 2**29), ("2g", 2 * 10**9), (" 1.5 kB ", 1500), ("7", 7), (12, 12), (1e9, 10**9)],
)
def test_amounts_are_read(amount, n_bytes):
    assert memory.parse_bytes(amount) == n_bytes
    assert type(memory.parse_bytes(amount)) is int


@pytest.mark.parametrize("amount", ["", "GB", "4 apples", "1.2.3GB", ".", "-4GB", 0, -1, "0", float("nan")])
def test_what_is_no_amount_is_told(amount):
    with pytest.raises(InputError, match="memory must be"):
        memory.parse_bytes(amount)


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_960, "1.0 MB"), (1.25e9, "1.2 GB"), (5e12, "5.0 TB")],
)
def test_amounts_are_written_as_people_read_them(n_bytes, text):
    assert memory.readable(n_bytes) == text


def test_a_container_is_asked_for_its_limit(tmp_path, monkeypatch):
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:  8000 kB\n")
    (tmp_path / "max").write_text("3000000\n")
    (tmp_path / "current").write_text("1000000\n")
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "meminfo")
    limits = [(tmp_path / "absent", tmp_path / "absent"), (tmp_path / "max", tmp_path / "current")]
    monkeypatch.setattr(memory, "_LIMITS", limits)
    assert memory.available_bytes() == 2_000_000
    (tmp_path / "max").write_text("max\n")
    assert memory.available_bytes() == 8000 * 1024


def test_there_is_memory_here():
    assert 10**6 < memory.available_bytes() < 10**15
