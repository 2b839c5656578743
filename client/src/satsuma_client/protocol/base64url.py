"""Bytes as text that stands in a URL as it is."""

from __future__ import annotations

import binascii
from typing import Final

_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")


def b64(data: bytes) -> bytes:
    """Encode as base64url without padding.

    Spec: RFC 7515 §2.
    """
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL)


def unb64(text: bytes) -> bytes:
    """Decode base64url without padding; raises binascii.Error on what is none.

    Padding and the spare bits of the last character are passed over: whoever needs one spelling encodes again.
    """
    standard = text.translate(_TO_STANDARD)
    return binascii.a2b_base64(standard + b"=" * (-len(standard) % 4), strict_mode=True)
