"""Reading the token of a request: from one Authorization field, and from nowhere else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from satsuma_client.resource.verified import Refused, invalid, missing

MAX_CHARACTERS: Final = 16 * 1024
_TOKEN: Final = re.compile(r"[A-Za-z0-9\-._~+/]+=*\Z")


def read_bearer(fields: Sequence[str]) -> str:
    """The token of the Authorization fields that a request has; raises Refused.

    Spec: RFC 6750 §2.1, §3.1; RFC 9110 §11.6.2.
    """
    if not fields:
        raise missing()
    if len(fields) > 1:
        raise Refused(400, "invalid_request", "Authorization stands more than once.")
    scheme, _, token = fields[0].strip(" \t").partition(" ")
    if scheme.lower() != "bearer":
        raise missing()
    token = token.strip(" ")
    if len(token) > MAX_CHARACTERS:
        raise invalid("it is too long")
    if not _TOKEN.match(token):
        raise Refused(400, "invalid_request", "After `Bearer ` stands one token, and nothing else.")
    return token
