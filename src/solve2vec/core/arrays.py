"""Arrays in files, as NumPy has them (``.npy``): what a header promises is in the file, and nothing is unpickled."""

from __future__ import annotations

import io
import math
import os
from io import BufferedReader
from pathlib import Path
from tokenize import TokenError
from typing import IO, cast

import numpy as np

KINDS = "biufc"  # numbers; objects, text and records are none of ours
_BROKEN = (ValueError, TypeError, SyntaxError, TokenError, RecursionError, MemoryError, OverflowError, AttributeError)


def parts_of(array: np.ndarray) -> tuple[bytes, np.ndarray]:
    """The header of an array's file, and (n,) uint8 what comes after it.

    Raises
    ------
    ValueError
        If the array holds objects, which only pickle could write.
    """
    if array.dtype.kind not in KINDS:
        raise ValueError(f"arrays of {array.dtype} cannot be written without pickle")
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(array))
    in_order = array.T if array.flags.f_contiguous and not array.flags.c_contiguous else np.ascontiguousarray(array)
    return header.getvalue(), in_order.reshape(-1).view(np.uint8)


def save_array(path: Path, array: np.ndarray) -> None:
    """Write the file of an array; what NumPy's own ``save`` writes last is lost in silence where the disk is full."""
    with open(path, "wb", buffering=0) as file:
        for part in parts_of(array):
            write_all(file, part)


def write_all(file: IO[bytes], part: bytes | np.ndarray) -> int:
    """Write all of ``part``, however little the system takes at a time; how many bytes that are."""
    rest = memoryview(cast("bytes", part))
    while len(rest):
        rest = rest[file.write(rest[: 1 << 24]) :]
    return len(part)


def map_array(file: BufferedReader) -> np.ndarray:
    """The array in an open file, read-only; it is mapped, not read, and stays when the file is closed or deleted.

    Raises
    ------
    ValueError
        If it is damaged, holds other things than numbers, or another number of bytes than its header says.
    """
    try:
        version = np.lib.format.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"version {version} of NumPy's format")
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, is_fortran, dtype = read(file)
    except _BROKEN as error:
        raise ValueError(f"no header of an array: {error}") from error
    if dtype.kind not in KINDS or dtype.hasobject:
        raise ValueError(f"an array of {dtype}, not of numbers")
    held, size = os.fstat(file.fileno()).st_size - file.tell(), math.prod(shape) * dtype.itemsize
    if held != size or any(n < 0 for n in shape):
        raise ValueError(f"{held} bytes for an array of {shape} {dtype}, which has {size}")
    flat = np.memmap(file, dtype, "r", file.tell()) if size else np.empty(0, dtype)
    return flat.reshape(shape, order="F" if is_fortran else "C")
