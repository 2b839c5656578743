"""The two origins, told apart by Host from configuration, and the caller's address as far as it is trusted."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts of each surface, in lower case, with and without a default port; `known` are all of them."""

    api_hosts: frozenset[bytes]
    pages_hosts: frozenset[bytes]
    trusted: tuple[Network, ...]
    known: frozenset[bytes]

    @classmethod
    def of(cls, api_url: str, pages_url: str, trusted: tuple[str, ...] = ()) -> Hosts:
        """Read the hosts from the two URLs; `trusted` are CIDR blocks of proxies."""
        networks = tuple(ipaddress.ip_network(each) for each in trusted)
        api_hosts, pages_hosts = _hosts(api_url) | _rooted(_hosts(api_url)), _hosts(pages_url)
        return cls(api_hosts, pages_hosts, networks, api_hosts | pages_hosts)

    def source(self, peer: str, forwarded_for: bytes | None) -> str:
        """The caller's address: the peer, or the last hop that a trusted proxy added."""
        if not self.trusted or forwarded_for is None or not self.trusts(peer):
            return peer
        for hop in reversed(forwarded_for.decode("latin-1").split(",")):
            address = _address(hop)
            if address is None:
                return peer
            if not self.trusts(address):
                return address
            peer = address
        return peer

    def trusts(self, peer: str) -> bool:
        """Say whether an address is a trusted proxy's."""
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self.trusted)


def unmapped(address: str) -> str:
    """An IPv4 address as such where a socket of both families shows it mapped into IPv6; else the address as it is.

    Spec: RFC 4291 §2.5.5.2.
    """
    if not address.lower().startswith("::ffff:"):
        return address
    try:
        mapped = ipaddress.IPv6Address(address).ipv4_mapped
    except ValueError:
        return address
    return address if mapped is None else str(mapped)


def _hosts(url: str) -> frozenset[bytes]:
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    bare = f"[{host}]" if ":" in host else host
    default = 443 if parts.scheme == "https" else 80
    port = parts.port or default
    hosts = {f"{bare}:{port}".encode()}
    if port == default:
        hosts.add(bare.encode())
    return frozenset(hosts)


def _rooted(hosts: frozenset[bytes]) -> frozenset[bytes]:
    """The same names with the dot of the root, which some clients keep. Pages have none: their Origin would differ.

    Spec: RFC 3986 §3.2.2.
    """
    split = (host.partition(b":") for host in hosts if host[:1] != b"[")
    named = ((name, colon, port) for name, colon, port in split if not name[-1:].isdigit())
    return frozenset(name + b"." + colon + port for name, colon, port in named)


@lru_cache(maxsize=4096)
def _address(hop: str) -> str | None:
    text = hop.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return unmapped(str(ipaddress.ip_address(text)))
    except ValueError:
        return None
