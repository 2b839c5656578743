"""Settings that name a service, a host or an address: each is read before it is used, and brought into one form.

A reading gives the value as it is used, or raises ValueError with what is wrong and how to write it. A value that may
hold a password is never repeated.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final, NamedTuple

from satsuma.domain.web_urls import BadUrl, canonical_host, canonical_origin, without_user
from satsuma_client.protocol.secret import Secret

_USER: Final = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:]|%[0-9A-Fa-f]{2})*\Z")
_FIELD_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*\*?\Z")
_PORT: Final = re.compile(r"[0-9]{1,5}\Z")
_MAPPED: Final = 96
_WRITTEN: Final = (
    "numbers in the digits 0 to 9, protocol 2 or 3, ssl_cert_reqs none, optional or required, ssl_check_hostname true "
    "or false, files by their whole path"
)
_ENCODE: Final = "percent-encode # / ? @ in the user and the password: %23 %2F %3F %40"
_REDIS: Final = "redis://USER:PASSWORD@HOST:PORT/0"
_REDIS_SCHEMES: Final = {
    "redis": "redis",
    "rediss": "rediss",
    "valkey": "redis",
    "valkeys": "rediss",
}
_FILE: Final = re.compile(r"/[^\x00-\x20%+#&]*\Z")
_NUMBER: Final = re.compile(r"[0-9]{1,5}\Z")
REDIS_OPTIONS: Final = {
    "client_name": re.compile(r"[A-Za-z0-9._:-]{1,64}\Z"),
    "db": _NUMBER,
    "health_check_interval": _NUMBER,
    "protocol": re.compile(r"[23]\Z"),
    "ssl_ca_certs": _FILE,
    "ssl_cert_reqs": re.compile(r"(?:none|optional|required)\Z"),
    "ssl_certfile": _FILE,
    "ssl_check_hostname": re.compile(r"(?:true|false)\Z", re.IGNORECASE),
    "ssl_keyfile": _FILE,
}
"""What may stand behind the `?` of the counting server's URL, and how each is written."""


class _Service(NamedTuple):
    scheme: str
    host: str
    path: str
    query: str


def read_origin(text: str) -> str:
    """A URL of ours as browsers send it: scheme, host in A-labels, and a port that is not the scheme's own.

    Spec: RFC 6454 §4; RFC 3986 §6.2.2.
    """
    try:
        return canonical_origin(text.rstrip("/")) if text else text
    except BadUrl as problem:
        shown = without_user(text)
        raise ValueError(f"{shown!r} {problem}: write https://HOST, without a path") from None


def read_listening(text: str) -> str:
    """An address or a name of this machine to listen on."""
    bare = text.removeprefix("[").removesuffix("]") if text[:1] + text[-1:] == "[]" else text
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        pass
    try:
        return canonical_host(text)
    except BadUrl:
        says = f"{text!r} is no address: write 0.0.0.0, ::, 127.0.0.1 or a name; the port is a setting of its own"
        raise ValueError(says) from None


def read_networks(blocks: tuple[str, ...]) -> tuple[str, ...]:
    """Networks in CIDR, an address being a network of one; blanks around them and empty ones are passed over.

    IPv4 mapped into IPv6 is IPv4, as callers are known by.

    Spec: RFC 4632 §3.1; RFC 4291 §2.5.5.2.
    """
    found = []
    for block in blocks:
        if not block.strip():
            continue
        try:
            found.append(str(_unmapped(ipaddress.ip_network(block.strip()))))
        except ValueError as problem:
            raise ValueError(f"{problem}: write blocks such as 10.0.0.0/8,fd00::/8") from None
    return tuple(found)


def _unmapped(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network,
) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < _MAPPED:
        return network
    return ipaddress.IPv4Network((mapped, network.prefixlen - _MAPPED))


def read_field_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names of header fields, each perhaps with a `*` at its end; blanks around them and empty ones are passed over.

    Spec: RFC 9110 §5.1.
    """
    found = tuple(name.strip().lower() for name in names if name.strip())
    for name in found:
        if not _FIELD_NAME.match(name):
            raise ValueError("write names of header fields such as X-User-Id,X-Tenant-*")
    return found


def read_smtp_url(given: Secret) -> Secret:
    """The mail server: smtp:// (STARTTLS) or smtps:// (TLS), with a user and password where it wants them."""
    example = "smtp://USER:PASSWORD@HOST:587"
    service = _service(given.reveal(), ("smtp", "smtps"), example)
    if service.path not in ("", "/") or service.query:
        raise ValueError(f"it ends behind the port: write {example}; {_ENCODE}")
    return given


def read_redis(text: str) -> str:
    """The counting server, whose protocol Valkey speaks alike; a path of /N is the number of a database."""
    if text.startswith("unix:///"):
        _check_redis_options(text.partition("?")[2], is_tls=False)
        return text
    service = _service(text, tuple(_REDIS_SCHEMES), _REDIS)
    if not re.fullmatch(r"/?[0-9]{0,5}", service.path):
        raise ValueError(
            f"behind the host stands the number of a database: write {_REDIS}; {_ENCODE}"
        )
    scheme = _REDIS_SCHEMES[service.scheme]
    url = scheme + text[text.index("://") :]
    if _check_redis_options(service.query, is_tls=scheme == "rediss"):
        from satsuma.counters.redis import check_tls

        check_tls(url)
    return url


def _check_redis_options(query: str, is_tls: bool) -> bool:
    """Refuse an option that there is none of, or that is not written as one, and say whether any is of TLS."""
    seen = set()
    for each in filter(None, query.split("&")):
        name, _, value = each.partition("=")
        form = REDIS_OPTIONS.get(name)
        if form is None or name in seen:
            what = "is no option of it" if form is None else "stands twice"
            raise ValueError(f"{name!r} {what}: write {_REDIS}; {_ENCODE}")
        seen.add(name)
        if name.startswith("ssl_") and not is_tls:
            raise ValueError(f"{name} is an option of TLS alone: write rediss://")
        if not form.match(value):
            raise ValueError(f"{name} is not written so; {_WRITTEN}")
    return any(name.startswith("ssl_") for name in seen)


def read_database(text: str) -> str:
    """Where the facts are kept."""
    from satsuma.store.opening import MEMORY, POSTGRESQL, sqlite_path

    if not text.startswith(POSTGRESQL):
        if text != MEMORY:
            sqlite_path(text)
        return text
    from satsuma.store.postgresql.connection import check_address, ports_of

    user, at, _ = text.partition("://")[2].partition("?")[0].rpartition("@")
    if at and not _USER.match(user):
        raise ValueError(f"write postgresql://USER:PASSWORD@HOST:PORT/NAME, and {_ENCODE}")
    check_address(text)
    if not all(_is_port(port) for port in ports_of(text)):
        raise ValueError(f"its port is no number from 1 to 65535; {_ENCODE}")
    return text


def read_sender(text: str) -> str:
    """The one sender of mails, with a name where there is one; a mailbox of this machine is taken too.

    Spec: RFC 5322 §3.4, §3.6.2.
    """
    from satsuma.accounts.emails import BadEmail, canonical_email
    from satsuma.outbox.mail import mailbox_of
    from satsuma.outbox.worker import GaveUp

    try:
        sender = mailbox_of(text)
        if sender.domain != "localhost":
            canonical_email(sender.addr_spec)
    except (BadEmail, GaveUp) as problem:
        raise ValueError(f"{problem}: write NAME <name@example.com>") from None
    return str(sender)


def _service(text: str, schemes: tuple[str, ...], example: str) -> _Service:
    scheme, found, rest = text.partition("://")
    if not found or scheme.lower() not in schemes:
        known = " or ".join(f"{each}://" for each in schemes)
        raise ValueError(f"it begins with {known}: write {example}")
    before, _, query = rest.partition("?")
    user, at, place = before.rpartition("@")
    if not before.isprintable() or " " in before or (at and not _USER.match(user)):
        raise ValueError(f"write {example}, and {_ENCODE}")
    place, slash, path = place.partition("/")
    host = _host(place, f"write {example}; {_ENCODE}")
    return _Service(scheme.lower(), host, slash + path, query)


def _host(place: str, hint: str) -> str:
    bare, colon, port = place.rpartition(":")
    if not colon or place.endswith("]"):
        bare, colon, port = place, "", ""
    if colon and not _is_port(port):
        raise ValueError(f"its port is no number from 1 to 65535: {hint}")
    try:
        return canonical_host(bare)
    except BadUrl:
        raise ValueError(f"it has no host: {hint}") from None


def _is_port(port: str) -> bool:
    return bool(_PORT.match(port)) and 1 <= int(port) <= 65535
