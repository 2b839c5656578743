"""The checksum at the end of every credential of ours, by which a secret scanner tells a leak from noise."""

from __future__ import annotations

import zlib
from binascii import b2a_base64

LENGTH = 6
_TO_URL = bytes.maketrans(b"+/", b"-_")


def checksum(text: bytes) -> bytes:
    """Give six base64url characters of the CRC-32 of what stands before them."""
    crc = b2a_base64(zlib.crc32(text).to_bytes(4, "big"), newline=False)
    return crc[:LENGTH].translate(_TO_URL)
