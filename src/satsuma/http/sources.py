"""What counts as one source, wherever something is counted by source: failures, letters, lines, connections."""

from __future__ import annotations

import ipaddress
from functools import lru_cache


@lru_cache(maxsize=4096)
def network(source: str) -> str:
    """What counts as one source: an IPv4 address, or the /64 that one IPv6 customer has.

    Spec: RFC 4291 §2.5.4, §2.5.5.2.
    """
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source[:64]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), 64), strict=False))
