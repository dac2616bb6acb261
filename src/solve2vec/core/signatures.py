"""Signatures: the first bytes that say what a file is, whatever its name is."""

from __future__ import annotations

import re

GZIP, BZIP2, ZSTD, XZ, ZIP = b"\x1f\x8b", b"BZh", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\x00", b"PK\x03\x04"
TAR, TAR_AT = b"ustar", 257  # behind the first name
PACKED = (GZIP, BZIP2, ZSTD, XZ, ZIP)
MARK = b"\xef\xbb\xbf"  # of byte order, in UTF-8
UTF_32, UTF_16 = b"\xff\xfe\0\0", (b"\xff\xfe", b"\xfe\xff")
MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|\?xml|error)", re.IGNORECASE)
