"""The parameters of a message, from a query or a form and back to one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple
from urllib.parse import urlencode

from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.form import parse_form, unquote_plus
from satsuma_client.protocol.scope import parse_scope

MAX_BYTES: Final = 64 * 1024
_MAX_RESOURCES: Final = 50
_RESOURCE: Final = b"resource"


class FormMessage(NamedTuple):
    """What goes over the wire: a form and, where a secret stands in it, the Authorization field. Never printed."""

    body: bytes
    authorization: bytes | None = None

    def __repr__(self) -> str:
        return "FormMessage(...)"


def parse_parameters(text: bytes) -> dict[str, str]:
    """Read a query or form of at most 64 KiB, each parameter once.

    Spec: RFC 6749 §3.1, §3.2.
    """
    if len(text) > MAX_BYTES:
        raise Malformed("message-too-large", length=len(text))
    return parse_form(text)


def parse_with_resources(text: bytes) -> tuple[dict[str, str], tuple[str, ...]]:
    """Read a query or form in which `resource` alone may stand more than once.

    Spec: RFC 8707 §2.
    """
    if len(text) > MAX_BYTES:
        raise Malformed("message-too-large", length=len(text))
    resources: list[bytes] = []
    others: list[bytes] = []
    for pair in text.split(b"&"):
        is_resource = unquote_plus(pair.partition(b"=")[0]) == _RESOURCE
        (resources if is_resource else others).append(pair)
    if len(resources) > _MAX_RESOURCES:
        raise Malformed("too-many-parameters")
    form = parse_form(b"&".join(others))
    values = (parse_form(pair).get("resource") for pair in resources)
    return form, tuple(value for value in values if value is not None)


def render_parameters(pairs: Iterable[tuple[str, str | None]]) -> bytes:
    """Write a query or form, without those parameters that are None.

    Spec: RFC 6749 App. B.
    """
    return urlencode([(name, value) for name, value in pairs if value is not None]).encode()


def required(parameters: Mapping[str, str], name: str) -> str:
    """The parameter that must be there; raises Malformed."""
    value = parameters.get(name)
    if value is None:
        raise Malformed("parameter-missing", parameter=name)
    return value


def scope_of(parameters: dict[str, str]) -> tuple[str, ...] | None:
    """The scope's tokens, None where no scope is asked for; raises Malformed.

    Spec: RFC 6749 §3.3.
    """
    text = parameters.get("scope")
    if text is None:
        return None
    scope = parse_scope(text)
    if scope is None:
        raise Malformed("parameter-malformed", parameter="scope")
    return scope


def scope_text(scope: tuple[str, ...] | None) -> str | None:
    """The scope as one text, None where there is none."""
    return " ".join(scope) if scope else None
