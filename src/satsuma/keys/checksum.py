"""The checksum at the end of every credential of ours, by which a secret scanner tells a leak from noise."""

from __future__ import annotations

import zlib

from satsuma_client.protocol.base64url import b64

LENGTH = 6


def checksum(text: bytes) -> bytes:
    """Six base64url characters of the CRC-32 of what stands before them."""
    return b64(zlib.crc32(text).to_bytes(4, "big"))
